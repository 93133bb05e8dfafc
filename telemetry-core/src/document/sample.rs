//! A catalogue that has something of everything, for the tests of all that is generated.

use crate::Purpose;
use crate::catalogue::{
    CatalogueSchema, Context, Date, EventSchema, Identity, PropertySchema, Resolution, RevisionMap,
};
use crate::locale::Locale;
use crate::property::{ClosedValue, CountBucket, Domain, DurationBucket, Property};
use crate::report::PanicReport;
use crate::sink::Destination;

/// What no generated text may say, in lower case.
pub(crate) const FORBIDDEN: [&str; 12] = [
    "anonym",
    "100 %",
    "100%",
    "gdpr",
    "compliant",
    "cannot identify",
    "can't identify",
    "thank",
    "please",
    "privacy first",
    "help us",
    "diagnostics",
];

/// The same for texts in German.
pub(crate) const FORBIDDEN_IN_GERMAN: [&str; 12] = [
    "anonym",
    "100 %",
    "100%",
    "dsgvo",
    "konform",
    "nicht identifizier",
    "nicht erkennen",
    "danke",
    "bitte",
    "helfen sie",
    "datenschutz zuerst",
    "diagnose",
];

/// What no text in this language may say, in lower case.
pub(crate) const fn forbidden_in(locale: Locale) -> [&'static str; 12] {
    match locale {
        Locale::English => FORBIDDEN,
        Locale::German => FORBIDDEN_IN_GERMAN,
    }
}

pub(crate) const DESTINATION: Destination =
    Destination::new("https://eu.i.posthog.com", "PostHog", Some("Frankfurt, Germany"), None);

const SOURCE: Domain = Domain::closed(&[
    ClosedValue::new("web", "The web page.", 1),
    ClosedValue::new("api", "The programming interface, `GET|POST`.", 1),
    ClosedValue::new("import", "An import <from a file>.", 3),
]);

const GROWN_SOURCE: Domain = Domain::closed(&[
    ClosedValue::new("web", "The web page.", 1),
    ClosedValue::new("api", "The programming interface, `GET|POST`.", 1),
    ClosedValue::new("import", "An import <from a file>.", 3),
    ClosedValue::new("phone", "The telephone.", 4),
]);

const STARTED: &[PropertySchema] = &[
    PropertySchema::new("user_id", "The user who started it.", Domain::id("user"), 1),
    PropertySchema::new("task_id", "The task, where one was chosen.", Domain::id("task").optional(), 1),
    PropertySchema::new("source", "Which front end asked | or was asked.", SOURCE, 1),
    PropertySchema::new("billable", "Whether it is billable.", Domain::boolean().optional(), 2),
];

const GROWN_STARTED: &[PropertySchema] = &[
    PropertySchema::new("user_id", "The user who started it.", Domain::id("user"), 1),
    PropertySchema::new("task_id", "The task, where one was chosen.", Domain::id("task").optional(), 1),
    PropertySchema::new("source", "Which front end asked | or was asked.", GROWN_SOURCE, 1),
    PropertySchema::new("billable", "Whether it is billable.", Domain::boolean().optional(), 2),
];

const EXPORTED: &[PropertySchema] = &[
    PropertySchema::new("rows", "How many rows it had.", CountBucket::DOMAIN, 1),
    PropertySchema::new("took", "How long it took.", DurationBucket::DOMAIN, 1).until(Date::new(2027, 3, 31)),
];

const PANICKED: &[PropertySchema] = &[
    PropertySchema::new("in_request", "Whether a request was served.", Domain::boolean(), 1),
    PropertySchema::new("panic", "Where.", PanicReport::DOMAIN, 1),
];

const LOGGED_OUT: EventSchema = EventSchema::new(
    "auth.logout",
    "A session ended by its user.",
    "Why sessions end tells whether the time limit is right.",
    Purpose::Usage,
    1,
    &[],
)
.until(Date::new(2026, 12, 31));

const TIMER_WHAT: &str = "A timer was started\nfor a time entry.";
const TIMER_WHY: &str = "Shows which front end the day's work starts from.";
const TIMER: EventSchema = EventSchema::new("timer.started", TIMER_WHAT, TIMER_WHY, Purpose::Usage, 1, STARTED);
const GROWN_TIMER: EventSchema =
    EventSchema::new("timer.started", TIMER_WHAT, TIMER_WHY, Purpose::Usage, 1, GROWN_STARTED);

/// An event of a flattened part whose own first revision came with revision 2 of the whole.
const EXPORT: EventSchema = {
    let mut event = EventSchema::new(
        "report.exported",
        "A report was exported.",
        "Large exports decide whether they need a queue.",
        Purpose::Usage,
        2,
        EXPORTED,
    );
    event.revisions = RevisionMap::new(&[2], 3);
    event
};

const PANIC: EventSchema = EventSchema::new(
    "program.panicked",
    "A part of the program stopped by mistake.",
    "Mistakes that nobody reports stay.",
    Purpose::Errors,
    1,
    PANICKED,
);

const OPENED: EventSchema =
    EventSchema::new("invoice.opened", "An invoice was opened.", "Shows its use.", Purpose::Usage, 4, &[]);

/// Two purposes, ids, optional values, ends, later values, and a flattened part.
pub(crate) const SAMPLE: CatalogueSchema = CatalogueSchema::new(
    "sample-app",
    "1.2.3",
    3,
    Identity::Rotating { days: 90 },
    &[TIMER, EXPORT, LOGGED_OUT, PANIC],
)
.identity_why("Retention over a quarter needs it.")
.resolution(Resolution::Minute)
.context(&[Context::AppVersion, Context::OsFamily, Context::Arch, Context::Deployment])
.crates(&["sample-app", "sample_app", "sample-model"])
.publisher("the Sample project")
.contact("privacy@sample.example")
.retention_days(90);

/// The sample with an event and a value more, marked as the rules demand.
pub(crate) const GROWN: CatalogueSchema =
    CatalogueSchema { revision: 4, events: &[GROWN_TIMER, EXPORT, LOGGED_OUT, PANIC, OPENED], ..SAMPLE };

const ONLY: EventSchema = EventSchema::new("SMALLEST.ran", "It ran.", "Whether it runs.", Purpose::Usage, 1, &[]);

/// As little as a catalogue can have: one event, nothing said about it, no identity, no ids, no contact.
pub(crate) const SMALLEST: CatalogueSchema = CatalogueSchema::new("smallest", "0.1.0", 1, Identity::None, &[ONLY]);
