//! The languages of everything that a person is shown.
//!
//! Each subject has its messages beside it, a file per language: whole messages, never parts of sentences. A match or a
//! trait without default methods makes a message that is missing a mistake that does not compile.

/// A language that people are shown texts in.
///
/// What comes from the application is not translated: its name, the publisher, and the names of events and ids are
/// the author's words, and stand in quotation marks or parentheses in a language that may not be the author's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Locale {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Locale {
    /// Every language that there is, for a surface that lets a person choose.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language tag, for `lang` attributes and receipts.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language's own name for itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language that a tag such as `de`, `de-AT` or `de_CH.UTF-8` asks for; `None` where there is none for it.
    ///
    /// ```
    /// use telemetry_core::Locale;
    ///
    /// assert_eq!(Locale::of_tag("de-AT"), Some(Locale::German));
    /// assert_eq!(Locale::of_tag("fr"), None);
    /// ```
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_', '.', '@']).next()?;
        Self::ALL.into_iter().find(|locale| language.eq_ignore_ascii_case(locale.tag()))
    }
}
