//! How the application was installed, as a closed list.

/// How the application was installed. One of the few things that an application may say about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Deployment {
    /// Nobody said.
    #[default]
    Unknown,
    /// A binary that the publisher built.
    Binary,
    /// A container image.
    Container,
    /// A package of a distribution.
    Package,
    /// Built from source by its user.
    Source,
    /// A demonstration on loopback.
    Demo,
}

impl Deployment {
    /// Every value, in the order of the catalogue.
    pub const ALL: [Self; 6] = [Self::Unknown, Self::Binary, Self::Container, Self::Package, Self::Source, Self::Demo];

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Binary => "binary",
            Self::Container => "container",
            Self::Package => "package",
            Self::Source => "source",
            Self::Demo => "demo",
        }
    }
}
