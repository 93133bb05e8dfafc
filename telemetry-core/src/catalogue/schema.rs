//! The constant description of a catalogue.
//!
//! Everything in here can be built by the compiler alone. The derive writes these values; nothing else needs to.

use core::fmt;

use super::{MAX_FORMS, MAX_PROPERTIES};
use crate::Purpose;
use crate::property::{Domain, Kind, Trace};

/// Everything that is known about a catalogue, at compile time.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CatalogueSchema {
    /// The application's name, in `kebab-case`; it also names the kill switch `<APP>_TELEMETRY`.
    pub app: &'static str,
    /// The application's name as people know it.
    pub title: &'static str,
    /// The application's version, from its manifest.
    pub version: &'static str,
    /// The commit that the application was built from, where the build told it in `BUILD_COMMIT`.
    pub commit: Option<&'static str>,
    /// The revision, raised whenever the catalogue grows. Consent is given to a revision.
    pub revision: u32,
    /// How events of one installation are linked.
    pub identity: Identity,
    /// Why the identity is needed, in the author's words; may be empty.
    pub identity_why: &'static str,
    /// How coarse the times of events are.
    pub resolution: Resolution,
    /// In which form numeric ids leave the machine.
    pub ids: IdForm,
    /// What goes along with every event.
    pub context: &'static [Context],
    /// Who receives and reads the data, in the author's words.
    pub publisher: &'static str,
    /// Where to ask about the data; may be empty.
    pub contact: &'static str,
    /// For how many days the publisher keeps the data; 0 when the author does not say.
    pub retention_days: u32,
    /// The crates whose source code reports may name places of, the application's own first.
    pub crates: &'static [&'static str],
    /// Every event.
    pub events: &'static [EventSchema],
}

impl CatalogueSchema {
    /// Starts a schema with the required facts; the derive sets the other fields.
    #[must_use]
    pub const fn new(
        app: &'static str,
        version: &'static str,
        revision: u32,
        identity: Identity,
        events: &'static [EventSchema],
    ) -> Self {
        Self {
            app,
            title: app,
            version,
            commit: None,
            revision,
            identity,
            identity_why: "",
            resolution: Resolution::Minute,
            ids: IdForm::Keyed,
            context: &[],
            publisher: "the developers",
            contact: "",
            retention_days: 0,
            crates: &[],
            events,
        }
    }

    /// The application's name as people know it; the name in `kebab-case` unless set.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    /// The commit that the build named.
    #[must_use]
    pub const fn commit(mut self, commit: Option<&'static str>) -> Self {
        self.commit = commit;
        self
    }

    /// Why the identity is needed.
    #[must_use]
    pub const fn identity_why(mut self, why: &'static str) -> Self {
        self.identity_why = why;
        self
    }

    /// How coarse the times of events are.
    #[must_use]
    pub const fn resolution(mut self, resolution: Resolution) -> Self {
        self.resolution = resolution;
        self
    }

    /// In which form numeric ids leave the machine.
    #[must_use]
    pub const fn ids(mut self, ids: IdForm) -> Self {
        self.ids = ids;
        self
    }

    /// What goes along with every event.
    #[must_use]
    pub const fn context(mut self, context: &'static [Context]) -> Self {
        self.context = context;
        self
    }

    /// Who receives and reads the data.
    #[must_use]
    pub const fn publisher(mut self, publisher: &'static str) -> Self {
        self.publisher = publisher;
        self
    }

    /// Where to ask about the data.
    #[must_use]
    pub const fn contact(mut self, contact: &'static str) -> Self {
        self.contact = contact;
        self
    }

    /// For how many days the data are kept.
    #[must_use]
    pub const fn retention_days(mut self, days: u32) -> Self {
        self.retention_days = days;
        self
    }

    /// The crates whose source code reports may name places of, the application's own first. Without any, reports
    /// tell their code only.
    #[must_use]
    pub const fn crates(mut self, crates: &'static [&'static str]) -> Self {
        self.crates = crates;
        self
    }

    /// The event that panics are reported as, and its property.
    #[must_use]
    pub fn panic_event(&self) -> Option<(&'static EventSchema, &'static PropertySchema)> {
        let reports = self.events.iter().filter_map(|event| Some((event, event.report()?)));
        reports.into_iter().find(|(_, property)| property.domain.trace() == Some(Trace::Functions))
    }

    /// Whether any event tells places in the program's source code.
    #[must_use]
    pub fn has_reports(&self) -> bool {
        self.events.iter().any(|event| event.report().is_some())
    }

    /// The event with this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&'static EventSchema> {
        self.events.iter().find(|event| event.name == name)
    }

    /// Whether any event reports for `purpose`.
    #[must_use]
    pub fn has_purpose(&self, purpose: Purpose) -> bool {
        self.events.iter().any(|event| event.purpose == purpose)
    }
}

/// How events of one installation are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Not at all: each batch carries a fresh random id.
    None,
    /// By a random id that changes after this many days.
    Rotating {
        /// Days until the id changes; at least 1.
        days: u32,
    },
    /// By a random id that lives from the grant to the withdrawal.
    Stable,
}

/// How coarse the times of events are. Finer times never leave the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// Full seconds.
    Second,
    /// Full minutes.
    Minute,
    /// Full hours.
    Hour,
    /// Full days, in UTC.
    Day,
}

impl Resolution {
    /// The step in milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        match self {
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }

    /// The word that the catalogue uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

/// In which form numeric ids leave the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdForm {
    /// As a 48-bit keyed pseudonym.
    Keyed,
    /// As the number of the row itself.
    Raw,
}

impl IdForm {
    /// The word that the catalogue uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyed => "keyed",
            Self::Raw => "raw",
        }
    }
}

/// A fact about the build that goes along with every event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Context {
    /// The application's version, from its manifest.
    AppVersion,
    /// The family of the operating system: `linux`, `macos`, `windows` or `other`.
    OsFamily,
    /// The processor architecture: `x86_64`, `aarch64` or `other`.
    Arch,
    /// How the application was installed; see [`Deployment`](crate::Deployment).
    Deployment,
}

impl Context {
    /// The property's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppVersion => "app_version",
            Self::OsFamily => "os_family",
            Self::Arch => "arch",
            Self::Deployment => "deployment",
        }
    }

    /// What it says.
    #[must_use]
    pub const fn what(self) -> &'static str {
        match self {
            Self::AppVersion => "The version of the application.",
            Self::OsFamily => "The family of the operating system.",
            Self::Arch => "The processor architecture.",
            Self::Deployment => "How the application was installed.",
        }
    }
}

/// Everything that is known about an event.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EventSchema {
    /// The name on the wire, `resource.action`.
    pub name: &'static str,
    /// What happened.
    pub what: &'static str,
    /// Why the publisher wants to know.
    pub why: &'static str,
    /// Which consent covers it.
    pub purpose: Purpose,
    /// The catalogue revision that brought it.
    pub since: u32,
    /// The last day on which it is sent.
    pub until: Option<Date>,
    /// Its properties, in the order of declaration.
    pub properties: &'static [PropertySchema],
    /// How revisions of a flattened part map to revisions of the whole catalogue.
    pub revisions: RevisionMap,
}

impl EventSchema {
    /// Declares an event.
    ///
    /// # Panics
    ///
    /// Stops the build, evaluated as a constant, if the event has too many properties or too many closed forms.
    #[must_use]
    pub const fn new(
        name: &'static str,
        what: &'static str,
        why: &'static str,
        purpose: Purpose,
        since: u32,
        properties: &'static [PropertySchema],
    ) -> Self {
        let event = Self { name, what, why, purpose, since, until: None, properties, revisions: RevisionMap::IDENTITY };
        assert!(properties.len() <= MAX_PROPERTIES, "an event may have at most 12 properties");
        assert!(
            event.reports() == 0 || matches!(purpose, Purpose::Errors),
            "an event with a `Report` or a `PanicReport` has the purpose \"errors\""
        );
        assert!(event.reports() <= 1, "an event has at most one `Report` or `PanicReport`");
        assert!(
            event.forms() <= MAX_FORMS,
            "an event may have at most 4096 closed forms (12 bits): leave a property out or make it coarser"
        );
        event
    }

    /// The same event, sent up to and including this day.
    #[must_use]
    pub const fn until(mut self, day: Date) -> Self {
        self.until = Some(day);
        self
    }

    /// The property that tells a place in the program's source code, where the event has one.
    #[must_use]
    pub const fn report(&self) -> Option<&'static PropertySchema> {
        let mut rest = self.properties;
        while let [property, tail @ ..] = rest {
            if property.domain.trace().is_some() {
                return Some(property);
            }
            rest = tail;
        }
        None
    }

    /// How many of its properties tell a place.
    const fn reports(&self) -> usize {
        let (mut count, mut rest) = (0, self.properties);
        while let [property, tail @ ..] = rest {
            count += property.domain.trace().is_some() as usize;
            rest = tail;
        }
        count
    }

    /// In how many forms the event can appear, ids apart: the product of the states of its properties.
    #[must_use]
    pub const fn forms(&self) -> u64 {
        let mut forms: u64 = 1;
        let mut rest = self.properties;
        while let [property, tail @ ..] = rest {
            forms = forms.saturating_mul(property.domain.states());
            rest = tail;
        }
        forms
    }

    /// How much the event can say at most, ids apart, in bits: the binary logarithm of [`forms`](Self::forms).
    #[must_use]
    pub fn bits(&self) -> f64 {
        // At most 4096 forms: exact in a double.
        f64::from(u32::try_from(self.forms()).unwrap_or(u32::MAX)).log2()
    }

    /// How many of its properties are ids.
    #[must_use]
    pub fn ids(&self) -> usize {
        self.properties.iter().filter(|property| matches!(property.domain.kind(), Kind::Id(_))).count()
    }
}

/// Everything that is known about a property of an event.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PropertySchema {
    /// The name on the wire, in `snake_case`.
    pub name: &'static str,
    /// What it says.
    pub what: &'static str,
    /// Every value that it can take.
    pub domain: Domain,
    /// The revision that brought it, in the numbering of the part that declares it.
    pub since: u32,
    /// The last day on which it is sent.
    pub until: Option<Date>,
}

impl PropertySchema {
    /// Declares a property.
    #[must_use]
    pub const fn new(name: &'static str, what: &'static str, domain: Domain, since: u32) -> Self {
        Self { name, what, domain, since, until: None }
    }

    /// The same property, sent up to and including this day.
    #[must_use]
    pub const fn until(mut self, day: Date) -> Self {
        self.until = Some(day);
        self
    }
}

/// The longest list of revisions that a flattened part can have.
pub const MAX_PART_REVISIONS: usize = 32;

/// Maps the revisions of a flattened part to the revisions of the catalogue that holds it.
///
/// The list in `#[event(flatten, since = [1, 4])]` reads: revision 1 of the part came with revision 1 of the
/// catalogue, revision 2 with revision 4. A part that has grown past the list stops the build, so a dependency can
/// never widen a catalogue unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionMap {
    to: [u32; MAX_PART_REVISIONS],
    len: usize,
}

impl RevisionMap {
    /// Every revision is itself.
    pub const IDENTITY: Self = Self { to: [0; MAX_PART_REVISIONS], len: 0 };

    /// Revision `n` of the part is `list[n - 1]` of the catalogue.
    ///
    /// # Panics
    ///
    /// Stops the build, evaluated as a constant, if the list is empty, too long, not ascending, or above `revision`.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, bounded by the loop")]
    pub const fn new(list: &[u32], revision: u32) -> Self {
        assert!(!list.is_empty(), "a flattened part needs at least one revision: since = 1");
        assert!(list.len() <= MAX_PART_REVISIONS, "a flattened part may list at most 32 revisions");
        let mut to = [0; MAX_PART_REVISIONS];
        let mut i = 0;
        while i < list.len() {
            assert!(
                list[i] >= 1 && list[i] <= revision,
                "a flattened part cannot come with a revision above the catalogue's"
            );
            assert!(i == 0 || list[i] >= list[i - 1], "the revisions of a flattened part must ascend");
            to[i] = list[i];
            i += 1;
        }
        Self { to, len: list.len() }
    }

    /// The catalogue revision for revision `of_part` of the part; `u32::MAX`, which nobody can have agreed to,
    /// when the list does not know it.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "bounded by the comparison before it")]
    pub const fn map(&self, of_part: u32) -> u32 {
        if self.len == 0 {
            of_part
        } else if of_part == 0 || of_part as usize > self.len {
            u32::MAX
        } else {
            self.to[of_part as usize - 1]
        }
    }

    /// This map, followed by `outer`.
    const fn then(&self, outer: &Self) -> Self {
        if self.len == 0 {
            return *outer;
        }
        let mut both = *self;
        let mut i = 0;
        while i < both.len {
            #[expect(clippy::indexing_slicing, reason = "bounded by the loop")]
            {
                both.to[i] = outer.map(both.to[i]);
            }
            i += 1;
        }
        both
    }
}

/// Fills arrays until the real events take its place.
const NOTHING: EventSchema = EventSchema::new("", "", "", Purpose::Usage, 1, &[]);

/// Joins the events of an enum and of its flattened parts, in order. For the derive.
///
/// Stops the build if two events have the same name or the counts do not agree.
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, bounded by the loops")]
pub const fn join<const N: usize>(groups: &[&[EventSchema]]) -> [EventSchema; N] {
    let mut all = [NOTHING; N];
    let mut len = 0;
    let mut group = 0;
    while group < groups.len() {
        let mut i = 0;
        while i < groups[group].len() {
            let event = groups[group][i];
            let mut before = 0;
            while before < len {
                assert!(
                    !same(all[before].name, event.name),
                    "two events have the same name, one of them in a flattened part"
                );
                before += 1;
            }
            all[len] = event;
            len += 1;
            i += 1;
        }
        group += 1;
    }
    assert!(len == N, "the number of events does not agree with the declaration");
    all
}

/// The events of a part, renumbered to the revisions of the catalogue that flattens it. For the derive.
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, bounded by the loop")]
pub const fn adopt<const N: usize>(part: &[EventSchema], part_revision: u32, map: &RevisionMap) -> [EventSchema; N] {
    assert!(
        map.map(part_revision) != u32::MAX,
        "a flattened part has grown: add to its `since` list the revision of this catalogue that brings the part's newest revision"
    );
    let mut all = [NOTHING; N];
    let mut i = 0;
    while i < N {
        let mut event = part[i];
        event.since = map.map(event.since);
        event.revisions = event.revisions.then(map);
        all[i] = event;
        i += 1;
    }
    all
}

#[expect(clippy::indexing_slicing, reason = "bounded by the loop")]
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// A day of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day `year-month-day`.
    ///
    /// # Panics
    ///
    /// Stops the build, evaluated as a constant, if there is no such day between 2000 and 2999.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Self {
        assert!(year >= 2000 && year <= 2999, "a date must lie between 2000 and 2999");
        assert!(month >= 1 && month <= 12, "there are twelve months");
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 31,
        };
        assert!(day >= 1 && day <= days, "the month has no such day");
        Self { year, month, day }
    }

    pub(crate) const fn parts(self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_compose() {
        let inner = RevisionMap::new(&[1, 2], 2);
        let outer = RevisionMap::new(&[1, 4], 4);
        let both = inner.then(&outer);
        assert_eq!((both.map(1), both.map(2), both.map(3)), (1, 4, u32::MAX));
        assert_eq!(RevisionMap::IDENTITY.then(&outer).map(2), 4);
        assert_eq!(RevisionMap::IDENTITY.map(7), 7);
    }

    #[test]
    fn forms_multiply_and_ids_do_not_count() {
        const PROPERTIES: &[PropertySchema] = &[
            PropertySchema::new("a", "", Domain::boolean(), 1),
            PropertySchema::new("b", "", Domain::boolean().optional(), 1),
            PropertySchema::new("c", "", Domain::id("user"), 1),
        ];
        let event = EventSchema::new("a.b", "", "", Purpose::Usage, 1, PROPERTIES);
        assert_eq!((event.forms(), event.ids()), (6, 1));
        assert!((event.bits() - 2.585).abs() < 0.001);
    }
}
