//! Functions of the program's own code, as a backtrace names them.
//!
//! Owns the way from such a name to one that may leave: paths of functions in the catalogue's crates,
//! without type parameters and hashes. A name that is not understood yields nothing, so another form of names than
//! today's costs some and leaks none.

use core::fmt;

use super::place::same_crate;

/// The largest length of a name.
pub(super) const MAX_NAME: usize = 120;

/// The largest number of functions in one report: the ones next to the panic.
pub(crate) const MAX_FUNCTIONS: usize = 24;

/// The path of a function in one of the catalogue's crates: `time_tracker::pages::timer::stop`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Function(Box<str>);

impl Function {
    /// Reads a name as a backtrace or the spool has it.
    pub(crate) fn new(crates: &[&str], raw: &str) -> Option<Self> {
        let mut buffer = [0; MAX_NAME];
        clean(crates, raw, &mut buffer).map(|name| Self(name.into()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the module that the function is in.
    #[must_use]
    pub fn module(&self) -> &str {
        self.0.rsplit_once("::").map_or(&self.0, |(module, _)| module)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes the cleaned name into `buffer`. Does not allocate: the panic hook uses it too.
pub(super) fn clean<'a>(crates: &[&str], raw: &str, buffer: &'a mut [u8; MAX_NAME]) -> Option<&'a str> {
    let mut name = Name { buffer, len: 0 };
    // `<crate::Type as other::Trait>::method` is a method of `crate::Type`.
    let (head, tail) = match raw.strip_prefix('<') {
        None => ("", raw),
        Some(inside) => {
            let end = closing(inside)?;
            let (inside, tail) = (inside.get(..end)?, inside.get(end + 1..)?);
            (self_type(inside), tail)
        }
    };
    name.push_path(head)?;
    name.push_path(tail)?;
    let Name { buffer, len } = name;
    let name = core::str::from_utf8(buffer.get(..len)?).ok()?;
    let name = name.strip_suffix("::").unwrap_or(name);
    let name = without_hash(name);
    let krate = name.split("::").next()?;
    // A crate alone is no function.
    (name.len() > krate.len() && crates.iter().any(|own| same_crate(own, krate))).then_some(name)
}

/// Where the bracket that is open before `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            // Not the arrow of a function type.
            b'>' if before != b'-' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some(at),
            },
            _ => {}
        }
        before = byte;
    }
    None
}

/// The type in `T`, `T as Trait` or `&mut T`.
fn self_type(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut end = text.len();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 && text.get(at..).is_some_and(|rest| rest.starts_with(" as ")) => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let mut text = text.get(..end).unwrap_or_default();
    while let Some(rest) = ["&", "*const ", "*mut ", "mut ", "dyn "].iter().find_map(|prefix| text.strip_prefix(prefix))
    {
        text = rest;
    }
    text
}

/// The legacy form of names ends in `::h` and sixteen digits, unless the backtrace was told to leave them out.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => path,
        _ => name,
    }
}

struct Name<'a> {
    buffer: &'a mut [u8; MAX_NAME],
    len: usize,
}

impl Name<'_> {
    /// Adds a path without what stands in `<…>`, `[…]` and behind `#`.
    fn push_path(&mut self, path: &str) -> Option<()> {
        let mut depth = 0_usize;
        let mut is_number = false;
        let mut before = 0;
        for byte in path.bytes() {
            match byte {
                b'<' | b'[' => depth += 1,
                b'>' if before == b'-' => {}
                b'>' | b']' => depth = depth.checked_sub(1)?,
                _ if depth > 0 => {}
                // `{closure#0}` is `{closure}`; where there are several, their order is an accident of compilation.
                b'#' => is_number = true,
                b'0'..=b'9' if is_number => {}
                b'{' | b'}' if before == byte => {}
                _ => {
                    is_number = false;
                    // What was left out between two colons leaves four.
                    let is_double = byte == b':' && self.ends_with(b"::");
                    if !is_double {
                        self.push(byte)?;
                    }
                }
            }
            before = byte;
        }
        (depth == 0).then_some(())
    }

    fn ends_with(&self, end: &[u8]) -> bool {
        self.buffer.get(..self.len).is_some_and(|name| name.ends_with(end))
    }

    fn push(&mut self, byte: u8) -> Option<()> {
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'{' | b'}')) {
            return None;
        }
        *self.buffer.get_mut(self.len)? = byte;
        self.len += 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CRATES: &[&str] = &["time-tracker", "shared"];

    fn name(raw: &str) -> Option<String> {
        Function::new(CRATES, raw).map(|function| function.to_string())
    }

    #[test]
    fn own_functions_lose_parameters_and_hashes() {
        for (raw, expected) in [
            ("time_tracker::main", "time_tracker::main"),
            ("time_tracker::main::h0123456789abcdef", "time_tracker::main"),
            ("time_tracker::pages::timer::stop::{{closure}}", "time_tracker::pages::timer::stop::{closure}"),
            ("time_tracker::stop::{closure#0}::{closure#12}", "time_tracker::stop::{closure}::{closure}"),
            ("time_tracker::run::<alloc::string::String, fn(u8) -> u8>", "time_tracker::run"),
            ("<time_tracker::Job<T> as core::future::Future>::poll", "time_tracker::Job::poll"),
            ("<&mut shared::List<alloc::vec::Vec<u8>>>::push", "shared::List::push"),
            ("<dyn shared::Anything>::call", "shared::Anything::call"),
            ("time_tracker::model::<impl core::fmt::Debug for time_tracker::A>::fmt", "time_tracker::model::fmt"),
            ("time_tracker[8a2f]::main", "time_tracker::main"),
        ] {
            assert_eq!(name(raw).as_deref(), Some(expected), "{raw}");
            assert_eq!(name(expected).as_deref(), Some(expected), "reads back");
        }
    }

    #[test]
    fn other_functions_and_odd_names_are_left_out() {
        for raw in [
            "",
            "main",
            "time_tracker",
            "time_tracker::",
            "core::option::unwrap_failed",
            "<alloc::boxed::Box<time_tracker::F> as core::ops::FnOnce>::call_once",
            "time_trackers::main",
            "time_tracker::<unclosed",
            "<time_tracker::unclosed",
            "time_tracker::a>::b",
            "time_tracker::alice@example.com",
            "time_tracker::path/to/home",
            "time_tracker::with space",
            "_ZN12time_tracker4main17h0123456789abcdefE",
        ] {
            assert_eq!(name(raw), None, "{raw}");
        }
        assert_eq!(name(&format!("time_tracker::{}", "a".repeat(200))), None);
    }

    proptest! {
        #[test]
        fn whatever_comes_in_only_own_paths_come_out(raw in "[ -~]{0,60}|(<|>|::|time_tracker|shared|as|[a-z]{1,4}| |#|\\{|\\}|-|\\[|\\]){0,16}") {
            if let Some(name) = name(&raw) {
                prop_assert!(name.len() <= MAX_NAME);
                prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:{}".contains(&byte)), "{}", name);
                prop_assert!(name.starts_with("time_tracker::") || name.starts_with("shared::"), "{} gave {}", raw, name);
            }
        }
    }
}
