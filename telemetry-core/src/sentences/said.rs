//! What a language says, method by method, and what must hold of it: for the tests of every trait of messages.

use crate::document::sample::forbidden_in;
use crate::locale::Locale;

/// Messages under the name of their method.
#[derive(Default)]
pub(crate) struct Said(Vec<(&'static str, String)>);

impl Said {
    pub(crate) fn add(&mut self, method: &'static str, message: impl Into<String>) {
        self.0.push((method, message.into()));
    }

    /// A line for each message, as snapshots keep them.
    pub(crate) fn lines(&self) -> String {
        let lines: Vec<String> = self.0.iter().map(|(method, message)| format!("{method}: {message}")).collect();
        lines.join("\n")
    }
}

/// Fails unless there is a message of each method that `source` declares after `head`.
pub(crate) fn assert_nothing_is_missing(every: fn(Locale) -> Said, source: &str, head: &str) {
    let (_, declared) = source.split_once(head).unwrap();
    let (declared, _) = declared.split_once("\n}\n").unwrap();
    let names = declared.lines().filter_map(|line| line.trim_start().strip_prefix("fn "));
    let methods: Vec<&str> = names.filter_map(|rest| rest.split('(').next()).collect();
    assert!(!methods.is_empty(), "no methods after {head:?}");
    for locale in Locale::ALL {
        let said = every(locale);
        for method in &methods {
            assert!(said.0.iter().any(|(name, _)| name == method), "{method}");
        }
    }
}

/// Fails unless every language has every message, in words of its own, with everything that is filled in, and without
/// the words that nobody may use. What is filled in stands between `marks`; `is_authors` names the methods that say the
/// author's words and nothing else.
pub(crate) fn assert_translated(every: fn(Locale) -> Said, marks: &[(char, char)], is_authors: fn(&str) -> bool) {
    let english = every(Locale::English);
    for locale in Locale::ALL {
        let other = every(locale);
        assert_eq!(other.0.len(), english.0.len(), "{locale:?}");
        for ((method, one), (same, other)) in english.0.iter().zip(&other.0) {
            assert_eq!((method, filled(one, marks)), (same, filled(other, marks)), "{one} / {other}");
            assert!(!other.trim().is_empty(), "{method}");
            let may_be_same = locale == Locale::English || is_authors(method);
            assert!(may_be_same || one != other, "{one} is not translated");
            let text = other.to_lowercase();
            assert!(forbidden_in(locale).iter().all(|word| !text.contains(word)), "{text}");
        }
    }
}

fn filled<'a>(message: &'a str, marks: &[(char, char)]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for (open, close) in marks {
        let mut rest = message;
        while let Some((inner, behind)) = rest.split_once(*open).and_then(|(_, rest)| rest.split_once(*close)) {
            found.push(inner);
            rest = behind;
        }
    }
    found.sort_unstable();
    found
}
