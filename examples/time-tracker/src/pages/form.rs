//! Form fields that keep what was typed and say what is wrong with it.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::error::Failure;
use crate::words::Words;

/// A name fits on a line of a table.
pub(super) const NAME: usize = 100;

/// A note is a few sentences.
pub(super) const NOTE: usize = 2_000;

/// A submitted form. One that this application's pages do not send is refused with a page.
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(_) => Err(Failure::BadRequest),
        }
    }
}

/// One field of a form as it is shown (again).
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    pub(super) value: String,
    pub(super) error: Option<String>,
}

impl Field {
    pub(super) fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    /// Marks the field; the first mistake found is the one that is shown.
    pub(super) fn refuse(&mut self, why: impl Into<String>) {
        self.error.get_or_insert(why.into());
    }

    /// The text without surrounding space; it may be empty.
    pub(super) fn text(&mut self, longest: usize, words: &Words) -> String {
        let text = self.value.trim().to_owned();
        if text.chars().count() > longest {
            self.refuse(words.frame.at_most(longest));
        }
        text
    }

    /// The text without surrounding space; an empty one is refused with `missing`.
    pub(super) fn required(&mut self, longest: usize, missing: &str, words: &Words) -> String {
        let text = self.text(longest, words);
        if text.is_empty() {
            self.refuse(missing);
        }
        text
    }
}

/// Whether no field was refused.
pub(super) fn valid(fields: &[&Field]) -> bool {
    fields.iter().all(|field| field.error.is_none())
}

/// One entry of a native list box.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) selected: bool,
}

impl Choice {
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>, selected: &str) -> Self {
        let value = value.into();
        Self { selected: value == selected, value, label: label.into() }
    }
}

/// Entries of a list box under a common heading.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) label: String,
    pub(super) choices: Vec<Choice>,
}

/// All time zones, and the stored one even if this machine's database does not know it.
pub(super) fn zones(selected: &str) -> Vec<Choice> {
    let mut zones: Vec<Choice> = crate::time::zone_names()
        .into_iter()
        .map(|name| Choice::new(name.clone(), name.replace('_', " "), selected))
        .collect();
    if !zones.iter().any(|zone| zone.selected) {
        zones.insert(0, Choice::new(selected, selected, selected));
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_keeps_what_was_typed() {
        let words = Words::of(telemetry_core::Locale::English);
        let mut field = Field::new("  ");
        assert_eq!(field.required(NAME, words.frame.enter_name, words), "");
        assert_eq!((field.value.as_str(), field.error.as_deref()), ("  ", Some("Enter a name.")));
        let mut long = Field::new("ä".repeat(NAME + 1));
        long.required(NAME, words.frame.enter_name, words);
        assert!(!valid(&[&Field::new("fine"), &long]));
        assert!(valid(&[&Field::new("fine")]));
    }
}
