//! What a report says: a code, a place, functions, a kind of thread.
//!
//! Owns the only form in which reports are stored and handed to a sink. Whatever is read back goes through the same
//! constructors as what is recorded, so that a file on disk cannot smuggle in text.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

use super::function::{Function, MAX_FUNCTIONS};
use super::place::SourcePlace;

/// The kind of thread that something happened on. Names of threads can hold anything, and are only compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ThreadKind {
    /// The main thread.
    Main,
    /// A thread of an asynchronous runtime.
    Worker,
    /// Any other.
    Other,
}

impl ThreadKind {
    /// Every kind, in the order in which it is shown.
    pub const ALL: [Self; 3] = [Self::Main, Self::Worker, Self::Other];

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Worker => "worker",
            Self::Other => "other",
        }
    }

    pub(crate) fn of_current() -> Self {
        match std::thread::current().name() {
            Some("main") => Self::Main,
            // What tokio has called its workers, before and after it let them be told from blocking threads.
            Some("tokio-rt-worker" | "tokio-runtime-worker") => Self::Worker,
            _ => Self::Other,
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One step of the way to where it was, as far as it is in the program's own code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// The function.
    pub function: Option<&'a Function>,
    /// The place in it.
    pub place: Option<&'a SourcePlace>,
}

/// By the names that servers of error reports have for the parts; what is not known is left out.
impl Serialize for Frame<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_map(None)?;
        if let Some(function) = self.function {
            parts.serialize_entry("function", function.as_str())?;
            parts.serialize_entry("module", &function.module())?;
        }
        if let Some(place) = self.place {
            parts.serialize_entry("filename", &place.file())?;
            parts.serialize_entry("lineno", &place.line())?;
            parts.serialize_entry("colno", &place.column())?;
        }
        parts.end()
    }
}

/// Everything that a report says besides the properties of its event.
///
/// # Privacy
///
/// There is no way to make one outside of this crate, and inside there is one for each part: the code comes from the
/// catalogue's constants, the place and the functions from the compiler's own records, reduced to the crates that the
/// catalogue names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFacts {
    code: &'static str,
    place: Option<SourcePlace>,
    thread: ThreadKind,
    functions: Vec<Function>,
}

impl ReportFacts {
    pub(crate) fn new(
        code: &'static str,
        place: Option<SourcePlace>,
        thread: ThreadKind,
        mut functions: Vec<Function>,
    ) -> Self {
        functions.truncate(MAX_FUNCTIONS);
        Self { code, place, thread, functions }
    }

    /// Made up, to show what a report looks like.
    pub(crate) fn example(crates: &'static [&'static str], code: &'static str) -> Self {
        Self::new(code, SourcePlace::new(crates, "src/main.rs", 1, 1), ThreadKind::Main, Vec::new())
    }

    /// The same, with these functions.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn with_functions(&self, functions: Vec<Function>) -> Self {
        Self::new(self.code, self.place.clone(), self.thread, functions)
    }

    /// The code, from the catalogue.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Where in the program's own code; `None` where it was not in the program's own code.
    #[must_use]
    pub const fn place(&self) -> Option<&SourcePlace> {
        self.place.as_ref()
    }

    /// On which kind of thread.
    #[must_use]
    pub const fn thread(&self) -> ThreadKind {
        self.thread
    }

    /// The program's own functions that led there, innermost first; none for an error.
    #[must_use]
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The frames, outermost first. The innermost function of the program's own is the one that the place is in;
    /// without functions there is one frame with the place, or none.
    #[must_use]
    pub fn frames(&self) -> Vec<Frame<'_>> {
        let mut frames: Vec<Frame<'_>> =
            self.functions.iter().map(|function| Frame { function: Some(function), place: None }).collect();
        match (frames.first_mut(), &self.place) {
            (Some(innermost), place) => innermost.place = place.as_ref(),
            (None, Some(place)) => frames.push(Frame { function: None, place: Some(place) }),
            (None, None) => {}
        }
        frames.reverse();
        frames
    }

    /// Where it was, as exactly as is known: the place, else the innermost function, else `elsewhere`. Reports of
    /// one event and code that agree in this are of one cause.
    #[must_use]
    pub fn origin(&self) -> String {
        match (&self.place, self.functions.first()) {
            (Some(place), _) => place.to_string(),
            (None, Some(function)) => function.to_string(),
            (None, None) => "elsewhere".to_owned(),
        }
    }

    /// The form on disk; the code is among the event's properties.
    pub(crate) fn to_json(&self) -> Value {
        let mut facts = Map::new();
        if let Some(place) = &self.place {
            facts.insert("place".to_owned(), json!([place.file(), place.line(), place.column()]));
        }
        facts.insert("thread".to_owned(), self.thread.name().into());
        if !self.functions.is_empty() {
            let functions = self.functions.iter().map(|function| Value::from(function.as_str()));
            facts.insert("functions".to_owned(), functions.collect());
        }
        Value::Object(facts)
    }

    /// Reads the form on disk; whatever in it is not of today's crates is left out.
    pub(crate) fn from_json(crates: &'static [&'static str], code: &'static str, facts: &Value) -> Self {
        let place = facts.get("place").and_then(|place| {
            let number =
                |at: usize| place.get(at).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
            SourcePlace::new(crates, place.get(0)?.as_str()?, number(1)?, number(2)?)
        });
        let thread = facts.get("thread").and_then(Value::as_str).and_then(ThreadKind::named);
        let functions = facts.get("functions").and_then(Value::as_array).into_iter().flatten();
        let functions = functions.filter_map(Value::as_str).filter_map(|name| Function::new(crates, name));
        Self::new(code, place, thread.unwrap_or(ThreadKind::Other), functions.take(MAX_FUNCTIONS).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRATES: &[&str] = &["app"];

    fn facts() -> ReportFacts {
        let place = SourcePlace::new(CRATES, "src/a.rs", 3, 4);
        let functions = ["app::inner", "app::main"].iter().filter_map(|name| Function::new(CRATES, name));
        ReportFacts::new("panic", place, ThreadKind::Worker, functions.collect())
    }

    #[test]
    fn facts_read_back() {
        assert_eq!(ReportFacts::from_json(CRATES, "panic", &facts().to_json()), facts());
    }

    #[test]
    fn a_file_smuggles_nothing_in() {
        let stored = json!({
            "place": ["/home/alice/src/a.rs", 1, 2], "thread": "alice's thread", "message": "secret",
            "functions": ["app::alice@example.com", "other::f", "app::ok", 7, "app::<String>::x"],
        });
        let read = ReportFacts::from_json(CRATES, "panic", &stored);
        assert_eq!(read.to_json(), json!({ "thread": "other", "functions": ["app::ok", "app::x"] }));
        assert_eq!(ReportFacts::from_json(CRATES, "panic", &json!("text")).to_json(), json!({ "thread": "other" }));
    }

    #[test]
    fn the_origin_is_the_most_exact_that_is_known() {
        let mut facts = facts();
        assert_eq!(facts.origin(), "app/src/a.rs:3:4");
        facts.place = None;
        assert_eq!(facts.origin(), "app::inner");
        facts.functions.clear();
        assert_eq!(facts.origin(), "elsewhere");
    }

    #[test]
    fn threads_are_told_by_kind_only() {
        let kind = |name: &str| {
            std::thread::Builder::new().name(name.to_owned()).spawn(ThreadKind::of_current).unwrap().join().unwrap()
        };
        assert_eq!(kind("alice's laptop"), ThreadKind::Other);
        assert_eq!(kind("tokio-rt-worker"), ThreadKind::Worker);
    }
}
