//! Where events go, for each purpose.
//!
//! Product events and error reports may go to different servers. What a person agrees to names one destination for each
//! purpose, so that a move of the one takes nothing away from the other, and gives nothing to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::receipt::DestinationShown;
use crate::{Purpose, Purposes};

/// One destination for each of some purposes. A purpose that is not in here has none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Destinations(BTreeMap<Purpose, DestinationShown>);

impl Destinations {
    /// No purpose has a destination.
    pub const NONE: Self = Self(BTreeMap::new());

    /// The same destination for all of these purposes.
    #[must_use]
    pub fn one(purposes: Purposes, destination: &DestinationShown) -> Self {
        purposes.iter().map(|purpose| (purpose, destination.clone())).collect()
    }

    /// Where events of this purpose go.
    #[must_use]
    pub fn of(&self, purpose: Purpose) -> Option<&DestinationShown> {
        self.0.get(&purpose)
    }

    /// The purposes that have a destination.
    #[must_use]
    pub fn purposes(&self) -> Purposes {
        self.0.keys().copied().collect()
    }

    /// Whether no purpose has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left for these purposes.
    #[must_use]
    pub fn only(&self, purposes: Purposes) -> Self {
        self.iter()
            .filter(|(purpose, _)| purposes.contains(*purpose))
            .map(|(purpose, destination)| (purpose, destination.clone()))
            .collect()
    }

    /// The purposes that have the same destination in both.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> Purposes {
        self.iter()
            .filter(|(purpose, destination)| other.of(*purpose) == Some(*destination))
            .map(|(purpose, _)| purpose)
            .collect()
    }

    /// Each purpose with its destination.
    pub fn iter(&self) -> impl Iterator<Item = (Purpose, &DestinationShown)> {
        self.0.iter().map(|(purpose, destination)| (*purpose, destination))
    }
}

impl FromIterator<(Purpose, DestinationShown)> for Destinations {
    fn from_iter<I: IntoIterator<Item = (Purpose, DestinationShown)>>(destinations: I) -> Self {
        Self(destinations.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(origin: &str) -> DestinationShown {
        DestinationShown { origin: origin.into(), key_fingerprint: "0123abcd".into() }
    }

    #[test]
    fn each_purpose_is_compared_by_itself() {
        let one = Destinations::one(Purposes::ALL, &to("https://a.example"));
        let two: Destinations = [(Purpose::Usage, to("https://a.example")), (Purpose::Errors, to("https://b.example"))]
            .into_iter()
            .collect();
        assert_eq!(one.same_as(&two), Purposes::NONE.with(Purpose::Usage));
        assert_eq!(one.same_as(&one), Purposes::ALL);
        assert_eq!(
            Destinations::NONE.same_as(&Destinations::NONE),
            Purposes::NONE,
            "nothing is not the same as nothing"
        );
        let errors = two.only(Purposes::NONE.with(Purpose::Errors));
        assert_eq!((errors.purposes(), errors.of(Purpose::Usage)), (Purposes::NONE.with(Purpose::Errors), None));
    }

    #[test]
    fn it_is_written_under_the_names_of_the_purposes() {
        let both = Destinations::one(Purposes::ALL, &to("https://a.example"));
        let text = serde_json::to_string(&both).unwrap();
        assert!(text.starts_with(r#"{"usage":{"origin":"https://a.example""#), "{text}");
        assert_eq!(serde_json::from_str::<Destinations>(&text).unwrap(), both);
    }
}
