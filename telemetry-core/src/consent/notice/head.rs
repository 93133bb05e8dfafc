//! What every text that a person answers has: a name, a language, a title, first sentences, and a digest of all of it.

use super::Locale;
use crate::consent::receipt::NoticeShown;
use crate::digest::Sha256Hex;

/// The beginning of a text, and what identifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The name and version of the wording; the number rises when the sentences change.
    pub(super) id: &'static str,
    pub(super) locale: Locale,
    pub(super) title: String,
    pub(super) introduction: String,
}

impl Head {
    /// The SHA-256 over the head and the texts behind it, as 64 hexadecimal digits.
    pub(super) fn digest<'a>(&'a self, rest: impl IntoIterator<Item = &'a str>) -> String {
        let mut bytes = Vec::new();
        let head = [self.id, self.locale.tag(), &self.title, &self.introduction];
        // A length before each text, so that no two run together to the same bytes.
        for text in head.into_iter().chain(rest) {
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Sha256Hex::of(&bytes).to_string()
    }

    /// What a receipt says about the text of this digest.
    pub(super) fn shown(&self, sha256: String) -> NoticeShown {
        NoticeShown { id: self.id.to_owned(), locale: self.locale.tag().to_owned(), sha256 }
    }
}

/// What both texts answer about their head.
macro_rules! tells_its_head {
    () => {
        /// The name and version of the wording, for receipts.
        #[must_use]
        pub const fn id(&self) -> &'static str {
            self.head.id
        }

        /// The language tag, for example `en`.
        #[must_use]
        pub const fn locale(&self) -> &'static str {
            self.head.locale.tag()
        }

        /// The heading.
        #[must_use]
        pub fn title(&self) -> &str {
            &self.head.title
        }

        /// The first sentences: what it is about.
        #[must_use]
        pub fn introduction(&self) -> &str {
            &self.head.introduction
        }

        /// What a receipt says about it.
        pub(crate) fn shown(&self) -> $crate::consent::receipt::NoticeShown {
            self.head.shown(self.digest())
        }
    };
}

pub(super) use tells_its_head;
