//! Encoded events: names and closed values from constant data, numbers for ids, and nothing else.
//!
//! Owns the step from an enum value to what a sink may write, including the stripping of everything that the grant
//! does not cover. Nothing in here can hold text that arrived at run time: the only text type is `&'static str`,
//! and all of it comes from the catalogue's constants.

use core::fmt;

use crate::Deployment;
use crate::catalogue::coverage::EventCoverage;
use crate::catalogue::{CatalogueSchema, Context, Date, EventSchema, Fields, IdForm, PropertySchema};
use crate::clock::Timestamp;
use crate::property::{Domain, Index, Kind, Repr};
use crate::pseudonym::Pseudonyms;
use crate::report::{self, ReportFacts};
use crate::spool::StoredValue;

/// A 128-bit identifier in the usual text form.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// A random identifier (RFC 9562, version 4) from these random bytes.
    #[must_use]
    pub(crate) const fn random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// The `n`-th identifier of a run with a common random part (RFC 9562, version 8): 90 random bits, then a
    /// counter. It holds no time, and a batch of them compresses to a fraction of random ones.
    #[must_use]
    pub(crate) fn counted(run: [u8; 16], n: u32) -> Self {
        let mut bytes = run;
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        for (byte, counter) in bytes.iter_mut().skip(12).zip(n.to_be_bytes()) {
            *byte = counter;
        }
        Self(bytes)
    }

    /// The one that comes next in a run.
    pub(crate) const fn successor(self) -> Self {
        let number = u128::from_be_bytes(self.0);
        // The counter alone, so that what comes before it stays what it is.
        let counter = (number & 0xffff_ffff).wrapping_add(1) & 0xffff_ffff;
        Self((number & !0xffff_ffff | counter).to_be_bytes())
    }

    /// The bytes, for the spool.
    pub(crate) const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// The identifier with these bytes.
    pub(crate) const fn of_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The form that `Display` prints, as bytes: it is written for every event that is sent.
    #[must_use]
    pub fn text(self) -> [u8; 36] {
        const fn digit(nibble: u8) -> u8 {
            if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
        }
        let of = self.0.map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]);
        [
            of[0][0], of[0][1], of[1][0], of[1][1], of[2][0], of[2][1], of[3][0], of[3][1], b'-', of[4][0], of[4][1],
            of[5][0], of[5][1], b'-', of[6][0], of[6][1], of[7][0], of[7][1], b'-', of[8][0], of[8][1], of[9][0],
            of[9][1], b'-', of[10][0], of[10][1], of[11][0], of[11][1], of[12][0], of[12][1], of[13][0], of[13][1],
            of[14][0], of[14][1], of[15][0], of[15][1],
        ]
    }

    /// Reads the form that `Display` prints.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        let mut digits = text.bytes().enumerate();
        for byte in &mut bytes {
            let mut nibble = || loop {
                match digits.next()? {
                    (8 | 13 | 18 | 23, b'-') => {}
                    (8 | 13 | 18 | 23, _) => return None,
                    (_, digit @ b'0'..=b'9') => return Some(digit - b'0'),
                    (_, digit @ b'a'..=b'f') => return Some(digit - b'a' + 10),
                    _ => return None,
                }
            };
            *byte = (nibble()? << 4) | nibble()?;
        }
        digits.next().is_none().then_some(Self(bytes))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The value of one property, ready for the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldValue {
    /// A name from a closed domain.
    Word(&'static str),
    /// `true` or `false`.
    Boolean(bool),
    /// An id: a pseudonym below 2⁴⁸, or the row number where the catalogue says `raw`; or a revision.
    Number(i64),
}

/// One property of an encoded event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The property's name on the wire.
    pub name: &'static str,
    /// Its value.
    pub value: FieldValue,
}

/// An encoded event. Identifier and time stay the same over all attempts to deliver it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Identifies the event, so that a server can drop a second copy.
    pub uuid: Uuid,
    /// The event's name on the wire.
    pub name: &'static str,
    /// When it happened, or up to a second before that, as coarse as the catalogue says.
    pub at: Timestamp,
    /// Its properties, as far as the grant covers them.
    pub fields: Vec<Field>,
    /// What it reports, if it is the report of an error or a panic whose code is among the fields.
    pub report: Option<Box<ReportFacts>>,
}

/// Encoded events that travel in one request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// Links events as far as the catalogue's identity allows.
    pub install_id: Uuid,
    /// What goes along with every event: the build's context, the catalogue's revision and the granted one.
    pub common: Vec<Field>,
    /// The events; at least one.
    pub events: Vec<Event>,
}

/// The name of the property that says which catalogue revision the program has.
pub const CATALOGUE_REVISION: &str = "catalogue_revision";

/// The name of the property that says which catalogue revision the person agreed to.
pub const GRANTED_REVISION: &str = "granted_revision";

/// What the grant leaves of an event.
#[derive(Clone, Copy)]
pub(crate) struct Covered<'a> {
    /// The properties and values that the person agreed to.
    pub(crate) of_event: &'a EventCoverage,
    /// The pseudonyms of ids.
    pub(crate) pseudonyms: &'a Pseudonyms,
    /// In which form ids leave.
    pub(crate) ids: IdForm,
}

/// Encodes what was read from an event value, as far as the grant covers it; `None` if its last day is over.
pub(crate) fn encode(
    schema: &'static EventSchema,
    read: &Fields,
    at: Timestamp,
    covered: Covered<'_>,
) -> Option<Vec<Field>> {
    if is_over(schema.until, at) {
        return None;
    }
    let properties = schema.properties.iter().zip(read.as_slice()).zip(0..);
    let mut fields = Vec::with_capacity(schema.properties.len());
    fields.extend(properties.filter_map(|((property, index), position)| {
        if !covered.of_event.has_property(position) || is_over(property.until, at) {
            return None;
        }
        Some(Field { name: property.name, value: value(property.domain, *index, position, at, covered)? })
    }));
    Some(fields)
}

/// What an encoded event reports; `None` if it is no report or the grant does not cover its code.
pub(crate) fn report(
    schema: &'static EventSchema,
    crates: &'static [&'static str],
    read: &Fields,
    fields: &[Field],
) -> Option<Box<ReportFacts>> {
    let (property, code) = code(schema, fields)?;
    let at = schema.properties.iter().position(|known| known.name == property.name)?;
    let from = match read.as_slice().get(at)?.0 {
        Repr::Report { location, thread, .. } => Some((location, thread)),
        _ => None,
    };
    Some(Box::new(report::facts(crates, code, from)))
}

/// The property that makes an event a report, and its code among the fields.
pub(crate) fn code(schema: &'static EventSchema, fields: &[Field]) -> Option<(&'static PropertySchema, &'static str)> {
    let property = schema.report()?;
    let field = fields.iter().find(|field| field.name == property.name)?;
    match field.value {
        FieldValue::Word(code) => Some((property, code)),
        FieldValue::Boolean(_) | FieldValue::Number(_) => None,
    }
}

/// Reads an event that was stored under the catalogue's names, as far as today's catalogue still knows them and the
/// grant covers them; `None` if its last day is over.
pub(crate) fn decode(
    schema: &'static EventSchema,
    uuid: Uuid,
    at: Timestamp,
    properties: &[(&str, StoredValue<'_>)],
    report: Option<&serde_json::Value>,
    crates: &'static [&'static str],
    covered: &EventCoverage,
) -> Option<Event> {
    if is_over(schema.until, at) {
        return None;
    }
    let fields = schema.properties.iter().zip(0..).filter_map(|(property, position)| {
        if !covered.has_property(position) || is_over(property.until, at) {
            return None;
        }
        let (_, stored) = properties.iter().find(|(name, _)| *name == property.name)?;
        let value = match (property.domain.kind(), *stored) {
            (Kind::Closed(values), StoredValue::Word(word)) => {
                let (value, n) = values.iter().zip(0..).find(|(value, _)| value.name() == word)?;
                (covered.has_value(position, n) && !is_over(value.last_day(), at))
                    .then_some(FieldValue::Word(value.name()))?
            }
            (Kind::Boolean, StoredValue::Boolean(truth)) => FieldValue::Boolean(truth),
            (Kind::Id(_), StoredValue::Number(number)) => FieldValue::Number(number),
            _ => return None,
        };
        Some(Field { name: property.name, value })
    });
    let fields: Vec<Field> = fields.collect();
    let report = report
        .and_then(|stored| code(schema, &fields).map(|(_, code)| ReportFacts::from_json(crates, code, stored)))
        .map(Box::new);
    Some(Event { uuid, name: schema.name, at, fields, report })
}

fn value(domain: Domain, index: Index, position: usize, at: Timestamp, covered: Covered<'_>) -> Option<FieldValue> {
    match (domain.kind(), index.0) {
        (Kind::Closed(values), Repr::Position(n)) => {
            let value = values.get(n)?;
            (covered.of_event.has_value(position, n) && !is_over(value.last_day(), at))
                .then_some(FieldValue::Word(value.name()))
        }
        (Kind::Closed(values), Repr::Report { position: n, .. }) => {
            let n = usize::from(n);
            let value = values.get(n)?;
            (covered.of_event.has_value(position, n) && !is_over(value.last_day(), at))
                .then_some(FieldValue::Word(value.name()))
        }
        (Kind::Boolean, Repr::Position(position @ 0..=1)) => Some(FieldValue::Boolean(position == 1)),
        (Kind::Id(entity), Repr::Row(row)) => Some(FieldValue::Number(match covered.ids {
            IdForm::Raw => row,
            IdForm::Keyed => covered.pseudonyms.of(entity, row),
        })),
        _ => None,
    }
}

/// Whether something that is sent until `last` is no longer sent.
fn is_over(last: Option<Date>, at: Timestamp) -> bool {
    last.is_some_and(|day| at.is_after(day))
}

/// What goes along with every event of a batch.
pub(crate) fn common(schema: &CatalogueSchema, deployment: Deployment, granted_revision: u32) -> Vec<Field> {
    let context = schema.context.iter().map(|context| Field {
        name: context.name(),
        value: FieldValue::Word(match context {
            Context::AppVersion => schema.version,
            Context::OsFamily => known(std::env::consts::OS, OS_FAMILIES),
            Context::Arch => known(std::env::consts::ARCH, ARCHITECTURES),
            Context::Deployment => deployment.name(),
        }),
    });
    let revisions = [(CATALOGUE_REVISION, schema.revision), (GRANTED_REVISION, granted_revision)]
        .map(|(name, revision)| Field { name, value: FieldValue::Number(i64::from(revision)) });
    context.chain(revisions).collect()
}

/// The values of the context property `os_family`; everything else is the last.
pub(crate) const OS_FAMILIES: &[&str] = &["linux", "macos", "windows", "other"];

/// The values of the context property `arch`; everything else is the last.
pub(crate) const ARCHITECTURES: &[&str] = &["x86_64", "aarch64", "other"];

fn known(name: &str, closed: &'static [&'static str]) -> &'static str {
    closed.iter().find(|known| **known == name).or(closed.last()).copied().unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Purpose;
    use crate::catalogue::coverage::Coverage;
    use crate::catalogue::lock::Lock;
    use crate::catalogue::{Date, Identity, PropertySchema, RevisionMap};
    use crate::property::{ClosedValue, Entity, Id, Property};

    struct User;
    impl Entity for User {
        const NAME: &'static str = "user";
    }

    enum Source {
        Web,
        Api,
    }
    impl Property for Source {
        const DOMAIN: Domain = Domain::closed(&[ClosedValue::new("web", "", 1), ClosedValue::new("api", "", 2)]);
        fn index(&self) -> Index {
            Index::position(match self {
                Self::Web => 0,
                Self::Api => 1,
            })
        }
    }

    const PROPERTIES: &[PropertySchema] = &[
        PropertySchema::new("user_id", "", Id::<User>::DOMAIN, 1),
        PropertySchema::new("source", "", Source::DOMAIN, 1),
        PropertySchema::new("billable", "", <Option<bool>>::DOMAIN, 3),
        PropertySchema::new("late", "", bool::DOMAIN, 1).until(Date::new(2026, 1, 1)),
    ];
    const EVENT: EventSchema = EventSchema::new("timer.started", "", "", Purpose::Usage, 1, PROPERTIES);
    const KEY: [u8; 32] = [7; 32];

    fn encoded(event: &'static EventSchema, source: &Source, revision: u32) -> Option<Vec<Field>> {
        let mut read = Fields::new();
        read.push(&Id::<User>::new(5));
        read.push(source);
        read.push(&Some(true));
        read.push(&true);
        let at = Timestamp::from_millis(1_795_428_000_000);
        let agreed = coverage(event, revision);
        let of_event = agreed.event(0)?;
        encode(event, &read, at, Covered { of_event, pseudonyms: &Pseudonyms::under(KEY), ids: IdForm::Keyed })
    }

    /// What of the event a person has agreed to who agreed to this list at this revision.
    fn coverage(event: &'static EventSchema, revision: u32) -> Coverage {
        let events = core::slice::from_ref(event);
        let list = CatalogueSchema::new("app", "1.0.0", u32::MAX, Identity::None, events);
        Coverage::of(events, &Lock::of(&list).at_revision(revision))
    }

    fn names(fields: Option<Vec<Field>>) -> Option<Vec<&'static str>> {
        fields.map(|fields| fields.iter().map(|field| field.name).collect())
    }

    #[test]
    fn narrow_grant_strips_fields_and_values() {
        assert_eq!(names(encoded(&EVENT, &Source::Web, 3)), Some(vec!["user_id", "source", "billable"]));
        assert_eq!(names(encoded(&EVENT, &Source::Api, 2)), Some(vec!["user_id", "source"]));
        assert_eq!(names(encoded(&EVENT, &Source::Api, 1)), Some(vec!["user_id"]));
        assert_eq!(names(encoded(&EVENT, &Source::Web, 0)), None);
    }

    #[test]
    fn parts_count_in_the_numbers_of_the_whole() {
        const PART: EventSchema = {
            let mut event = EVENT;
            event.revisions = RevisionMap::new(&[1, 5, 9], 9);
            event
        };
        assert_eq!(names(encoded(&PART, &Source::Api, 4)), Some(vec!["user_id"]));
        assert_eq!(names(encoded(&PART, &Source::Api, 9)), Some(vec!["user_id", "source", "billable"]));
    }

    #[test]
    fn what_was_stored_reads_back_as_far_as_it_is_covered() {
        let fields = encoded(&EVENT, &Source::Api, 3).unwrap();
        let stored: Vec<_> = fields.iter().map(|field| (field.name, field.value.into())).collect();
        let at = Timestamp::from_millis(1_795_428_000_000);
        let read = |stored: &[(&str, StoredValue<'_>)], revision| {
            let agreed = coverage(&EVENT, revision);
            decode(&EVENT, Uuid::random([1; 16]), at, stored, None, &[], agreed.event(0)?).map(|event| event.fields)
        };
        assert_eq!(read(&stored, 3), Some(fields));
        assert_eq!(names(read(&stored, 1)), Some(vec!["user_id"]));
        assert_eq!(names(read(&stored, 0)), None);
        // What today's catalogue does not know, or knows otherwise, is dropped.
        let other = [
            ("user_id", FieldValue::Number(Pseudonyms::under(KEY).of("user", 5)).into()),
            ("source", StoredValue::Word("carrier pigeon")),
            ("note", StoredValue::Word("text")),
            ("billable", StoredValue::Word("yes")),
        ];
        assert_eq!(names(read(&other, 3)), Some(vec!["user_id"]));
    }

    #[test]
    fn a_wrong_index_leaves_the_property_out() {
        let at = Timestamp::from_millis(1_795_428_000_000);
        let pseudonyms = Pseudonyms::under(KEY);
        let covered = Covered { of_event: &EventCoverage::WHOLE, pseudonyms: &pseudonyms, ids: IdForm::Raw };
        assert_eq!(value(Source::DOMAIN, Index::position(9), 0, at, covered), None);
        assert_eq!(value(Source::DOMAIN, Index::position(64), 0, at, covered), None);
        assert_eq!(value(bool::DOMAIN, Index::position(2), 0, at, covered), None);
    }

    #[test]
    fn a_value_whose_last_day_is_over_is_not_sent() {
        const VALUES: &[ClosedValue] =
            &[ClosedValue::new("old", "", 1).until(Date::new(2026, 12, 31)), ClosedValue::new("new", "", 1)];
        const EVENT: EventSchema = EventSchema::new(
            "a.done",
            "",
            "",
            Purpose::Usage,
            1,
            &[PropertySchema::new("how", "", Domain::closed(VALUES), 1)],
        );
        let pseudonyms = Pseudonyms::under(KEY);
        let covered = Covered { of_event: &EventCoverage::WHOLE, pseudonyms: &pseudonyms, ids: IdForm::Raw };
        // The last millisecond of the day, and the first one after it.
        for (at, old) in [(1_798_761_599_999, Some(FieldValue::Word("old"))), (1_798_761_600_000, None)] {
            let at = Timestamp::from_millis(at);
            let domain = Domain::closed(VALUES);
            assert_eq!(value(domain, Index::position(0), 0, at, covered), old);
            assert_eq!(value(domain, Index::position(1), 0, at, covered), Some(FieldValue::Word("new")));
            // The same for what was stored on a day when it was still sent.
            let stored = [("how", StoredValue::Word("old"))];
            let read = decode(&EVENT, Uuid::random([1; 16]), at, &stored, None, &[], &EventCoverage::WHOLE).unwrap();
            assert_eq!(read.fields.first().map(|field| field.value), old);
        }
    }

    #[test]
    fn uuids_read_back_and_tell_their_version() {
        let random = Uuid::random([0xff; 16]);
        assert_eq!(random.to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(Uuid::parse(&random.to_string()), Some(random));
        assert_eq!(Uuid::counted([7; 16], 258).successor(), Uuid::counted([7; 16], 259));
        assert_eq!(Uuid::counted([7; 16], u32::MAX).successor(), Uuid::counted([7; 16], 0));
        assert_eq!(Uuid::of_bytes(random.bytes()), random);
        assert_eq!(Uuid::counted([0; 16], 258).to_string(), "00000000-0000-8000-8000-000000000102");
        for text in [
            "",
            "ffffffff-ffff-4fff-bfff-fffffffffff",
            "ffffffff-ffff-4fff-bfff-ffffffffffff0",
            "fffffffff-fff-4fff-bfff-ffffffffffff",
        ] {
            assert_eq!(Uuid::parse(text), None, "{text}");
        }
    }
}
