//! Where a build sends the events of each purpose, as its documents tell it.

use crate::catalogue::CatalogueSchema;
use crate::document::words;
use crate::sink::Destination;
use crate::{Purpose, Purposes};

/// Where a build sends the events of each purpose, for its documents.
///
/// A [`Destination`] becomes one of all purposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients {
    usage: Destination,
    errors: Destination,
}

impl Recipients {
    /// A destination for each purpose.
    #[must_use]
    pub const fn new(usage: Destination, errors: Destination) -> Self {
        Self { usage, errors }
    }

    /// Where the events of this purpose go.
    #[must_use]
    pub const fn of(&self, purpose: Purpose) -> &Destination {
        match purpose {
            Purpose::Usage => &self.usage,
            Purpose::Errors => &self.errors,
        }
    }

    /// Each destination once, with the purposes of the catalogue that it serves.
    pub(crate) fn listed(&self, schema: &CatalogueSchema) -> Vec<Listed<'_>> {
        let mut listed: Vec<Listed<'_>> = Vec::new();
        for purpose in words::purposes(schema) {
            let destination = self.of(purpose);
            match listed.iter_mut().find(|known| is_same(known.destination, destination)) {
                Some(known) => known.purposes = known.purposes.with(purpose),
                None => listed.push(Listed { purposes: Purposes::NONE.with(purpose), destination }),
            }
        }
        listed
    }
}

/// A destination of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listed<'a> {
    pub(crate) purposes: Purposes,
    pub(crate) destination: &'a Destination,
}

impl Listed<'_> {
    /// What stands behind the name of a fact where there are several: ` (error reports)`.
    pub(crate) fn suffix(&self, all: &[Self]) -> String {
        if all.len() < 2 {
            return String::new();
        }
        let labels: Vec<&str> = self.purposes.iter().map(words::purpose_label).collect();
        format!(" ({})", words::list(&labels))
    }
}

/// The key is no part of a document.
fn is_same(one: &Destination, other: &Destination) -> bool {
    (one.origin, one.operator, one.region) == (other.origin, other.operator, other.region)
}

impl From<&Destination> for Recipients {
    fn from(destination: &Destination) -> Self {
        Self::new(destination.clone(), destination.clone())
    }
}

impl From<&Self> for Recipients {
    fn from(recipients: &Self) -> Self {
        recipients.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{DESTINATION, SAMPLE, SMALLEST};

    const ELSEWHERE: Destination = Destination::new("https://errors.example", "Somebody", None, None);

    #[test]
    fn each_destination_is_listed_once_with_what_goes_there() {
        let one = Recipients::from(&DESTINATION);
        let listed = one.listed(&SAMPLE);
        assert_eq!((listed.len(), listed[0].purposes, listed[0].suffix(&listed).as_str()), (1, Purposes::ALL, ""));
        let two = Recipients::new(DESTINATION, ELSEWHERE);
        let listed = two.listed(&SAMPLE);
        let suffixes: Vec<String> = listed.iter().map(|to| to.suffix(&listed)).collect();
        assert_eq!(suffixes, [" (usage statistics)", " (error reports)"]);
        assert_eq!(two.listed(&SMALLEST).len(), 1, "no events, no recipient");
    }
}
