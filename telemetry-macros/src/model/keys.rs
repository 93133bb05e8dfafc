//! Rules on the keys of helper attributes: known, given once, and with the right sort of value.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Lit, LitInt, LitStr, Path};

use super::names;
use crate::errors::Errors;
use crate::parse::{Attributes, Entry, Value};

/// A day: year, month, day.
pub(crate) type Day = (u16, u8, u8);

/// The entries of one helper attribute that have yet to be understood.
pub(crate) struct Keys {
    entries: Vec<Entry>,
    /// The attribute's name in the source, where what is missing is shown; `None` if there is no such attribute.
    pub(crate) path: Option<Path>,
    /// Whether part of the attribute could not be read: what seems to be missing may stand there.
    pub(crate) is_broken: bool,
}

impl Keys {
    /// Takes the entries of the helper `name`, and refuses other helpers, unknown keys and repeated ones.
    pub(crate) fn read(attributes: Attributes, name: &str, known: &[&str], errors: &mut Errors) -> Self {
        let mut keys = Self { entries: Vec::new(), path: None, is_broken: false };
        for helper in attributes.helpers {
            if !helper.path.is_ident(name) {
                errors.push(helper.path, format_args!("this attribute does not belong here; use `#[{name}(…)]`"));
                continue;
            }
            keys.path.get_or_insert(helper.path);
            match helper.entries {
                Ok(entries) => entries.into_iter().for_each(|entry| keys.add(entry, known, errors)),
                Err(error) => {
                    keys.is_broken = true;
                    errors.add(error);
                }
            }
        }
        keys
    }

    fn add(&mut self, entry: Entry, known: &[&str], errors: &mut Errors) {
        let key = entry.key.to_string();
        if !known.contains(&key.as_str()) {
            let known = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            errors.push(&entry.key, format_args!("unknown key `{key}`; what can stand here is {known}"));
        } else if key != "allow" && self.entries.iter().any(|earlier| earlier.key == key) {
            errors.push(&entry.key, format_args!("`{key}` is given twice"));
        } else {
            self.entries.push(entry);
        }
    }

    /// The entry of `key`.
    pub(crate) fn take(&mut self, key: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at))
    }

    /// The word `key` itself, which must stand alone.
    pub(crate) fn flag(&mut self, key: &str, errors: &mut Errors) -> Option<Ident> {
        let entry = self.take(key)?;
        if !matches!(entry.value, Value::Flag) {
            errors.push(&entry, format_args!("`{key}` takes no value"));
        }
        Some(entry.key)
    }

    /// The text of `key`, which must not be blank.
    pub(crate) fn text(&mut self, key: &str, errors: &mut Errors) -> Given<LitStr> {
        let Some(entry) = self.take(key) else { return Given::Missing };
        match entry.value {
            Value::Literal(Lit::Str(text)) if !text.value().trim().is_empty() => Given::Good(text),
            _ => Given::refused(&entry, format_args!("expected some text: `{key} = \"…\"`"), errors),
        }
    }

    /// The number of `key`, at least 1.
    pub(crate) fn number(&mut self, key: &str, errors: &mut Errors) -> Given<Number> {
        let Some(entry) = self.take(key) else { return Given::Missing };
        match &entry.value {
            Value::Literal(Lit::Int(literal)) => match number(literal) {
                Some(number) => Given::Good(number),
                None => Given::refused(literal, format_args!("`{key}` is a whole number from 1 on"), errors),
            },
            _ => Given::refused(&entry, format_args!("expected a number: `{key} = 1`"), errors),
        }
    }

    /// The one of `words` that `key` names.
    pub(crate) fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)], errors: &mut Errors) -> Given<T> {
        let Some(entry) = self.take(key) else { return Given::Missing };
        let chosen = match &entry.value {
            Value::Literal(Lit::Str(text)) => words.iter().find(|(word, _)| text.value() == *word),
            _ => None,
        };
        if let Some((_, chosen)) = chosen {
            return Given::Good(*chosen);
        }
        let words = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        Given::refused(value_of(&entry), format_args!("`{key}` is one of {words}"), errors)
    }

    /// The day in `until`.
    pub(crate) fn until(&mut self, errors: &mut Errors) -> Option<Day> {
        let text = self.text("until", errors).good()?;
        let day = names::date(&text.value());
        if day.is_none() {
            errors.push(text, "`until` is a day of the calendar from 2000 on, as `YYYY-MM-DD`");
        }
        day
    }

    /// Refuses `crate` unless it is a path; `parse` has read it already.
    pub(crate) fn core(&mut self, errors: &mut Errors) {
        if let Some(entry) = self.take("crate").filter(|entry| !matches!(entry.value, Value::Path(_))) {
            errors.push(&entry, "expected a path: `crate = some::path`");
        }
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Vec<Entry> {
        self.entries
    }
}

/// What became of a key.
pub(crate) enum Given<T> {
    /// It is there, and right.
    Good(T),
    /// It is there, and refused; the author has been told.
    Refused,
    /// It is not there.
    Missing,
}

impl<T> Given<T> {
    /// Tells the author, once.
    pub(crate) fn refused(tokens: impl ToTokens, message: impl core::fmt::Display, errors: &mut Errors) -> Self {
        errors.push(tokens, message);
        Self::Refused
    }

    /// The value, if it is there and right.
    pub(crate) fn good(self) -> Option<T> {
        match self {
            Self::Good(value) => Some(value),
            Self::Refused | Self::Missing => None,
        }
    }

    /// Whether it is not there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

/// A number from 1 on, and where it stands.
#[derive(Clone)]
pub(crate) struct Number {
    /// The number.
    pub(crate) value: u32,
    /// The author's token.
    pub(crate) literal: LitInt,
}

/// Reads a number from 1 on.
pub(crate) fn number(literal: &LitInt) -> Option<Number> {
    let value = literal.base10_parse::<u32>().ok().filter(|value| *value >= 1)?;
    literal.suffix().is_empty().then(|| Number { value, literal: literal.clone() })
}

/// The tokens behind `=`, or the whole entry where there are none.
pub(crate) fn value_of(entry: &Entry) -> proc_macro2::TokenStream {
    match &entry.value {
        Value::Literal(literal) => literal.to_token_stream(),
        _ => entry.to_token_stream(),
    }
}
