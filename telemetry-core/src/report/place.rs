//! Places in the program's own source code.
//!
//! Owns the way from a path that the compiler wrote down to what may leave: the name of a crate from the catalogue's
//! constant list, and what comes after its `src`. Whatever does not have that form has no place at all. A compiler
//! writes absolute paths for code that came from elsewhere, and those hold the name of whoever built the program.

use core::fmt;
use core::panic::Location;

/// The largest length of the part of a path behind `src/`.
const MAX_REST: usize = 120;

/// A place in some source code, as the compiler wrote it down.
///
/// The only way to make one is the compiler's own record of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Place(&'static Location<'static>);

impl Place {
    /// The place of the call.
    ///
    /// In a `#[track_caller]` implementation of `From`, this is the place of the `?` that converted the error.
    #[track_caller]
    #[must_use]
    pub fn here() -> Self {
        Self(Location::caller())
    }

    pub(crate) const fn location(self) -> &'static Location<'static> {
        self.0
    }
}

// The path stays out: debug output ends up in logs, and this is not yet reduced to the program's own code.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({}:{})", self.0.line(), self.0.column())
    }
}

/// A file, a line and a column of this program's own code: `time-tracker/src/pages/timer.rs:23:9`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SourcePlace {
    /// One of the catalogue's crates.
    krate: &'static str,
    /// What comes after `src/`; checked.
    rest: Box<str>,
    line: u32,
    column: u32,
}

impl SourcePlace {
    /// The place of `location`, if it lies in one of these crates.
    pub(crate) fn of(crates: &'static [&'static str], location: &Location<'_>) -> Option<Self> {
        Self::new(crates, location.file(), location.line(), location.column())
    }

    /// The place with this path, if the path is one of these crates' own; the first is the application's.
    pub(crate) fn new(crates: &'static [&'static str], path: &str, line: u32, column: u32) -> Option<Self> {
        let (krate, rest) = own(crates, path)?;
        // The separators of the builder's system say which one it was.
        Some(Self { krate, rest: rest.replace('\\', "/").into(), line, column })
    }

    /// The line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// The column, counted from 1.
    #[must_use]
    pub const fn column(&self) -> u32 {
        self.column
    }

    /// The file: the crate's name, `/src/`, and the path behind it.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}/src/{}", self.krate, self.rest)
    }
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/src/{}:{}:{}", self.krate, self.rest, self.line, self.column)
    }
}

/// The crate that `path` belongs to and what comes after its `src`. Does not allocate: the panic hook asks too.
pub(crate) fn own<'a>(crates: &'static [&'static str], path: &'a str) -> Option<(&'static str, &'a str)> {
    // The last `src` counts, so that no directory above the crate's can pass for a part of it.
    let mut at = None;
    let mut start = 0;
    for component in path.split(is_separator) {
        if component == "src" {
            at = Some(start);
        }
        start += component.len() + 1;
    }
    let at = at?;
    let (before, rest) = (path.get(..at)?, path.get(at + "src/".len()..)?);
    if !is_plain(rest) {
        return None;
    }
    let krate = match before {
        // Relative to the root of the workspace, which is the package itself.
        "" | "./" | ".\\" => *crates.first()?,
        _ => {
            let directory = before.strip_suffix(is_separator)?.rsplit(is_separator).next()?;
            crates.iter().find(|name| is_directory_of(directory, name))?
        }
    };
    Some((krate, rest))
}

fn is_separator(character: char) -> bool {
    matches!(character, '/' | '\\')
}

/// Whether `rest` is a path to a file of source code, in letters that no address, token or home directory needs.
fn is_plain(rest: &str) -> bool {
    rest.len() <= MAX_REST
        && rest.strip_suffix(".rs").is_some_and(|stem| !stem.is_empty())
        && rest.split(is_separator).all(|component| {
            !matches!(component, "" | "." | "..")
                && component.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        })
}

/// Whether the directory is the crate's: `name`, or `name-1.2.3` as a registry unpacks it.
fn is_directory_of(directory: &str, name: &str) -> bool {
    let Some(head) = directory.get(..name.len()) else { return false };
    let Some(version) = directory.get(name.len()..) else { return false };
    same_crate(head, name)
        && (version.is_empty()
            || version.strip_prefix('-').is_some_and(|version| {
                version.starts_with(|first: char| first.is_ascii_digit()) && version.contains('.')
            }))
}

/// Whether two names are the same crate's; `-` in a package is `_` in code.
pub(crate) fn same_crate(a: &str, b: &str) -> bool {
    let fold = |byte: u8| if byte == b'-' { b'_' } else { byte };
    a.len() == b.len() && a.bytes().zip(b.bytes()).all(|(a, b)| fold(a) == fold(b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CRATES: &[&str] = &["time-tracker", "shared_model"];

    fn file(path: &str) -> Option<String> {
        SourcePlace::new(CRATES, path, 1, 2).map(|place| place.file())
    }

    #[test]
    fn own_code_is_named_from_its_crate_on() {
        for (path, expected) in [
            ("src/main.rs", "time-tracker/src/main.rs"),
            ("./src/pages/timer.rs", "time-tracker/src/pages/timer.rs"),
            ("examples/time-tracker/src/pages/timer.rs", "time-tracker/src/pages/timer.rs"),
            ("examples\\time-tracker\\src\\pages\\timer.rs", "time-tracker/src/pages/timer.rs"),
            ("/home/alice/work/time_tracker/src/a.rs", "time-tracker/src/a.rs"),
            ("C:\\Users\\alice\\shared-model\\src\\b.rs", "shared_model/src/b.rs"),
            (
                "/home/alice/.cargo/registry/src/index.crates.io-6f17/time-tracker-1.2.0/src/main.rs",
                "time-tracker/src/main.rs",
            ),
            ("time-tracker-1.2.0-beta.1/src/main.rs", "time-tracker/src/main.rs"),
        ] {
            assert_eq!(file(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn everything_else_has_no_place() {
        for path in [
            "",
            "src",
            "src/",
            "main.rs",
            "/src/main.rs",
            "/home/alice/src/main.rs",
            "/home/alice/secret-project/src/main.rs",
            "/rustc/1234/library/core/src/option.rs",
            "/home/alice/.cargo/registry/src/index.crates.io-6f17/axum-0.8.9/src/lib.rs",
            "/home/time-tracker/src/other/src/main.rs",
            "/home/time-tracker/src/alice@example.com/main.rs",
            "time-tracker/src/../../secret.rs",
            "time-tracker/src/notes.txt",
            "time-tracker/src/a b.rs",
            "time-tracker/src/ключ.rs",
            "time-tracker-evil/src/main.rs",
            "xtime-tracker/src/main.rs",
            "time-tracker/tests/it.rs",
            "time-tracker//src//main.rs",
        ] {
            assert_eq!(file(path), None, "{path}");
        }
        assert_eq!(file(&format!("src/{}.rs", "a".repeat(200))), None);
        assert_eq!(SourcePlace::new(&[], "src/main.rs", 1, 1), None);
    }

    #[test]
    fn a_place_reads_back_as_itself() {
        let place = SourcePlace::new(CRATES, "/x/shared-model/src/b/c.rs", 7, 9).unwrap();
        assert_eq!(place.to_string(), "shared_model/src/b/c.rs:7:9");
        assert_eq!(SourcePlace::new(CRATES, &place.file(), 7, 9), Some(place));
    }

    #[test]
    fn debug_of_an_unreduced_place_names_no_file() {
        assert!(!format!("{:?}", Place::here()).contains("rs"));
    }

    proptest! {
        #[test]
        fn whatever_comes_in_only_own_code_comes_out(path in "[ -~]{0,60}|(/|[a-z]{1,4}|src|time-tracker|@|\\.\\.|\\.rs){0,14}") {
            if let Some(file) = file(&path) {
                let rest = file.strip_prefix("time-tracker/src/").or(file.strip_prefix("shared_model/src/"));
                prop_assert!(rest.is_some_and(is_plain), "{path} gave {file}");
            }
        }
    }
}
