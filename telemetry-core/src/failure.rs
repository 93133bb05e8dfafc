//! Why a request did not deliver, in one word of a closed list.
//!
//! Owns the words that `status`, the pages, counters and logs use for it. There is no place in here for a message, an
//! address or anything else that arrived at run time.

use core::fmt;

use serde::{Serialize, Serializer};

use crate::locale::Locale;
use crate::sentences;

/// Why a request did not deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureClass {
    /// The server's name could not be looked up.
    Name,
    /// No connection came about: refused, no route, or nobody there.
    Connect,
    /// The other side could not be trusted, or did not speak TLS.
    Tls,
    /// There was no answer in time.
    Timeout,
    /// The connection broke before the answer.
    Reset,
    /// What came back is not an answer.
    Garbage,
    /// There was no answer, and the sink cannot tell why.
    Unreachable,
    /// The server said that it is in trouble.
    ServerError,
    /// Something answered that is not, or no longer, the right place: a redirect, a page that is not there.
    UnexpectedAnswer,
    /// The server asked for fewer requests.
    RateLimited,
    /// The server is over its quota and dropped the events.
    Quota,
    /// The body was too large for the server.
    TooLarge,
    /// The server refused what the body says.
    Rejected,
    /// The server refused the key.
    KeyRefused,
    /// The request was given up, because telemetry was being turned off or the program was ending.
    Cancelled,
    /// The sink could not get ready, for example because certificates could not be read.
    Setup,
    /// The sink panicked.
    SinkPanicked,
    /// The request could not be written down for the person to see, and so was not made.
    Disk,
}

impl FailureClass {
    /// Every class.
    pub const ALL: [Self; 18] = [
        Self::Name,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Reset,
        Self::Garbage,
        Self::Unreachable,
        Self::ServerError,
        Self::UnexpectedAnswer,
        Self::RateLimited,
        Self::Quota,
        Self::TooLarge,
        Self::Rejected,
        Self::KeyRefused,
        Self::Cancelled,
        Self::Setup,
        Self::SinkPanicked,
        Self::Disk,
    ];

    /// The word that commands, counters and logs use; stable over versions.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Garbage => "garbage",
            Self::Unreachable => "unreachable",
            Self::ServerError => "server_error",
            Self::UnexpectedAnswer => "unexpected_answer",
            Self::RateLimited => "rate_limited",
            Self::Quota => "quota",
            Self::TooLarge => "too_large",
            Self::Rejected => "rejected",
            Self::KeyRefused => "key_refused",
            Self::Cancelled => "cancelled",
            Self::Setup => "setup",
            Self::SinkPanicked => "sink_panicked",
            Self::Disk => "disk",
        }
    }

    /// The class with this word.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// The same in plain words.
    #[must_use]
    pub fn words_in(self, locale: Locale) -> &'static str {
        sentences::of(locale).failure(self)
    }

    /// Whether the server may have failed because of what it was sent: whoever could not be reached has not seen it.
    pub(crate) const fn may_be_of_the_events(self) -> bool {
        matches!(self, Self::Timeout | Self::Reset | Self::Garbage | Self::ServerError | Self::UnexpectedAnswer)
    }

    /// What kept the events from being delivered.
    pub(crate) const fn blames(self) -> Blames {
        match self {
            Self::Name
            | Self::Connect
            | Self::Tls
            | Self::Timeout
            | Self::Reset
            | Self::Garbage
            | Self::Unreachable
            | Self::ServerError
            | Self::UnexpectedAnswer => Blames::Server,
            Self::RateLimited | Self::Quota => Blames::Load,
            // The last three are here for a sink that says "try again" about them.
            Self::Cancelled
            | Self::Setup
            | Self::SinkPanicked
            | Self::Disk
            | Self::TooLarge
            | Self::Rejected
            | Self::KeyRefused => Blames::Here,
        }
    }
}

/// What kept events from being delivered that shall be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blames {
    /// The server, or the way to it, does not work.
    Server,
    /// The server works and has too much to do.
    Load,
    /// Something on this side; it says nothing about the server.
    Here,
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for FailureClass {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_class_has_a_word_of_its_own() {
        let names: HashSet<&str> = FailureClass::ALL.into_iter().map(FailureClass::name).collect();
        let words: HashSet<&str> = FailureClass::ALL.into_iter().map(|class| class.words_in(Locale::German)).collect();
        assert_eq!((names.len(), words.len()), (FailureClass::ALL.len(), FailureClass::ALL.len()));
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }
}
