//! Purposes: what a person agrees to, one by one.

use core::fmt;

use serde::{Deserialize, Serialize};

/// One purpose of telemetry. Each is asked for, granted and withdrawn on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Which features are used.
    Usage,
    /// Crash and error reports.
    Errors,
}

impl Purpose {
    /// Every purpose, in the order in which it is shown.
    pub const ALL: [Self; 2] = [Self::Usage, Self::Errors];

    /// The word that files, commands and the catalogue use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Errors => "errors",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Usage => 1,
            Self::Errors => 2,
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of purposes.
///
/// ```
/// use telemetry_core::{Purpose, Purposes};
///
/// let agreed: Purposes = [Purpose::Usage].into_iter().collect();
/// assert!(agreed.contains(Purpose::Usage) && !agreed.contains(Purpose::Errors));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Purpose>", into = "Vec<Purpose>")]
pub struct Purposes(u8);

impl Purposes {
    /// No purpose.
    pub const NONE: Self = Self(0);

    /// Every purpose.
    pub const ALL: Self = Self::NONE.with(Purpose::Usage).with(Purpose::Errors);

    /// The set with `purpose` added.
    #[must_use]
    pub const fn with(self, purpose: Purpose) -> Self {
        Self(self.0 | purpose.bit())
    }

    /// Whether `purpose` is in the set.
    #[must_use]
    pub const fn contains(self, purpose: Purpose) -> bool {
        self.0 & purpose.bit() != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What both sets have.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The purposes in the set, in the order in which they are shown.
    pub fn iter(self) -> impl Iterator<Item = Purpose> {
        Purpose::ALL.into_iter().filter(move |purpose| self.contains(*purpose))
    }

    /// What either set has.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What this set has and `other` has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits & (Purpose::Usage.bit() | Purpose::Errors.bit()))
    }
}

impl FromIterator<Purpose> for Purposes {
    fn from_iter<I: IntoIterator<Item = Purpose>>(purposes: I) -> Self {
        purposes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Vec<Purpose>> for Purposes {
    fn from(purposes: Vec<Purpose>) -> Self {
        purposes.into_iter().collect()
    }
}

impl From<Purposes> for Vec<Purpose> {
    fn from(purposes: Purposes) -> Self {
        purposes.iter().collect()
    }
}

impl fmt::Debug for Purposes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for Purposes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, purpose) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(" and ")?;
            }
            f.write_str(purpose.name())?;
        }
        Ok(())
    }
}
