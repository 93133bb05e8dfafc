//! What the derives accept, and what it comes to mean.
#![expect(unreachable_pub, reason = "catalogues are written here as applications and libraries write them")]

use telemetry_core::catalogue::{Context, Date, IdForm, Identity, Resolution};
use telemetry_core::property::{ClosedValue, Kind};
use telemetry_core::testing::batch;
use telemetry_core::{Catalogue, CountBucket, Entity, Event, EventSet, FieldValue, Id, Property, Purpose, Timestamp};

/// A person with an account.
#[derive(Entity)]
pub struct User;

/// What time is booked on.
#[derive(Entity)]
#[entity(name = "undertaking")]
pub enum Project {}

/// A piece of a project.
#[derive(Entity)]
pub struct Task;

/// Which front end asked.
#[derive(Property)]
pub enum Source {
    /// The web page.
    Web = 3,
    /// A script.
    #[property(name = "api+v2", since = 2)]
    Api = 1,
}

/// Everything the time tracker can ever report.
#[derive(Catalogue)]
#[catalogue(
    app = "time-tracker", revision = 1,
    identity = "stable",              // "none" | "rotating(days = 90)" | "stable": no default, the author must say
    resolution = "minute",            // of event times
    ids = "keyed",                    // "keyed" (default) | "raw"
    context(app_version, os_family, arch, deployment),
)]
pub enum Tracked {
    /// A timer was started for a time entry.
    ///
    /// Why: shows which parts of the day's work start from a project and which from a task.
    #[event(name = "timer.started", purpose = "usage", since = 1)]
    TimerStarted {
        /// The user who started it.
        user_id: Id<User>,
        /// The project the entry belongs to.
        project_id: Id<Project>,
        /// The task, where one was chosen.
        task_id: Option<Id<Task>>,
        /// Which front end asked.
        source: Source,
    },
    /// … larger applications compose: a crate brings its own enum
    #[event(flatten)]
    Billing(billing::Tracked),
}

mod billing {
    /// What billing reports.
    #[derive(telemetry_core::Catalogue)]
    #[catalogue(part, revision = 1)]
    pub enum Tracked {
        /// An invoice was sent.
        ///
        /// Why: shows whether billing is used at all.
        #[event(name = "invoice.sent")]
        InvoiceSent {
            /// How many entries it had.
            entries: telemetry_core::CountBucket,
        },
    }
}

mod growing {
    /// A part that has grown once, and holds a part itself.
    #[derive(telemetry_core::Catalogue)]
    #[catalogue(part, revision = 2)]
    pub enum Tracked {
        /// An export was made.
        ///
        /// Why: shows which formats to keep.
        #[event(name = "export.made")]
        ExportMade {
            /// Whether it was for a whole year.
            whole_year: bool,
            /// Whether it was compressed.
            #[property(since = 2)]
            compressed: Option<bool>,
        },
        #[event(flatten, since = 2)]
        Inner(inner::Tracked),
        /// An export was thrown away.
        ///
        /// Why: shows whether exports are kept.
        #[event(name = "export.deleted", since = 2, until = "2028-02-29")]
        ExportDeleted,
    }

    pub mod inner {
        /// The innermost part.
        #[derive(telemetry_core::Catalogue)]
        #[catalogue(part, revision = 1)]
        pub enum Tracked {
            /// A template was chosen.
            ///
            /// Why: shows which templates to keep.
            #[event(name = "template.chosen")]
            TemplateChosen {},
        }
    }
}

/// A catalogue of several parts, with events of its own before, between and after them.
#[derive(Catalogue)]
#[catalogue(
    app = "office",
    revision = 5,
    identity = "rotating(days = 30)",
    identity_why = "to count machines",
    resolution = "day",
    ids = "raw",
    context(deployment),
    publisher = "Example",
    contact = "x@example.org",
    retention_days = 90
)]
enum Office {
    /// First.
    ///
    /// Why: order.
    #[event(name = "a.first")]
    First,
    #[event(flatten, since = [2, 4])]
    Growing(growing::Tracked),
    /// Middle.
    ///
    /// This paragraph is for developers.
    ///
    /// Why: order,
    /// still.
    #[event(name = "b.middle", purpose = "errors", since = 3, allow(file, reason = "a count, no file's name"))]
    Middle {
        /// How many
        /// files.
        ///
        /// Folders count as well.
        file_count: CountBucket,
        /// Whether it was the last.
        #[property(name = "was_last", since = 4, until = "2027-01-31")]
        r#final: bool,
        /// Whether a title was there.
        #[property(allow(reason = "whether, not which"))]
        has_title: bool,
        /// Whose.
        owner_id: Id<User>,
    },
    #[event(flatten, since = 5)]
    Billing(billing::Tracked),
}

fn names(events: &[telemetry_core::catalogue::EventSchema]) -> Vec<&'static str> {
    events.iter().map(|event| event.name).collect()
}

fn encoded(event: Office) -> Event {
    batch([event], Timestamp::from_millis(0)).events.remove(0)
}

fn values(event: &Event) -> Vec<(&'static str, FieldValue)> {
    event.fields.iter().map(|field| (field.name, field.value)).collect()
}

#[test]
fn the_printed_example_is_a_catalogue() {
    let schema = Tracked::SCHEMA;
    assert_eq!((schema.app, schema.version, schema.revision), ("time-tracker", env!("CARGO_PKG_VERSION"), 1));
    assert_eq!(schema.commit, option_env!("BUILD_COMMIT"));
    assert_eq!((schema.identity, schema.resolution, schema.ids), (Identity::Stable, Resolution::Minute, IdForm::Keyed));
    assert_eq!(schema.context, [Context::AppVersion, Context::OsFamily, Context::Arch, Context::Deployment]);
    assert_eq!(names(schema.events), ["timer.started", "invoice.sent"]);

    let started = schema.events[0];
    assert_eq!(started.what, "A timer was started for a time entry.");
    assert_eq!(started.why, "shows which parts of the day's work start from a project and which from a task.");
    assert_eq!((started.purpose, started.since, started.until), (Purpose::Usage, 1, None));
    let properties: Vec<_> = started.properties.iter().map(|property| (property.name, property.domain)).collect();
    assert_eq!(
        properties,
        [
            ("user_id", Id::<User>::DOMAIN),
            ("project_id", Id::<Project>::DOMAIN),
            ("task_id", <Option<Id<Task>>>::DOMAIN),
            ("source", Source::DOMAIN),
        ]
    );
    assert_eq!(started.properties[0].what, "The user who started it.");
    assert_eq!(<Id<Project>>::DOMAIN.kind(), Kind::Id("undertaking"));

    let started = Tracked::TimerStarted {
        user_id: Id::new(1),
        project_id: Id::new(2),
        task_id: Some(Id::new(3)),
        source: Source::Web,
    };
    assert_eq!(started.position(), 0);
    assert_eq!(Tracked::Billing(billing::Tracked::InvoiceSent { entries: CountBucket::One }).position(), 1);
}

#[test]
fn values_have_names_words_and_revisions() {
    let values: Vec<ClosedValue> = Source::DOMAIN.values().copied().collect();
    assert_eq!(values, [ClosedValue::new("web", "The web page.", 1), ClosedValue::new("api+v2", "A script.", 2)]);
    assert_ne!(Source::Web.index(), Source::Api.index());
}

#[test]
fn every_key_reaches_the_schema() {
    let schema = Office::SCHEMA;
    assert_eq!((schema.identity, schema.identity_why), (Identity::Rotating { days: 30 }, "to count machines"));
    assert_eq!(
        (schema.resolution, schema.ids, schema.context),
        (Resolution::Day, IdForm::Raw, &[Context::Deployment][..])
    );
    assert_eq!((schema.publisher, schema.contact, schema.retention_days), ("Example", "x@example.org", 90));

    let middle = schema.event("b.middle").unwrap();
    assert_eq!((middle.what, middle.why, middle.purpose), ("Middle.", "order, still.", Purpose::Errors));
    let [file_count, was_last, has_title, owner_id] = middle.properties else {
        panic!("{:?}", middle.properties);
    };
    assert_eq!((file_count.name, file_count.what), ("file_count", "How many files. Folders count as well."));
    assert_eq!(
        (file_count.since, file_count.until),
        (3, None),
        "a property is as old as its event unless it says more"
    );
    assert_eq!((was_last.name, was_last.since, was_last.until), ("was_last", 4, Some(Date::new(2027, 1, 31))));
    assert_eq!((has_title.since, owner_id.since), (3, 3));
    assert_eq!(schema.event("export.deleted").unwrap().until, Some(Date::new(2028, 2, 29)));
}

#[test]
fn parts_stand_in_their_place_in_the_numbers_of_the_whole() {
    let events: Vec<_> = Office::EVENTS.iter().map(|event| (event.name, event.since)).collect();
    assert_eq!(
        events,
        [
            ("a.first", 1),
            ("export.made", 2),
            ("template.chosen", 4),
            ("export.deleted", 4),
            ("b.middle", 3),
            ("invoice.sent", 5),
        ]
    );
    let made = Office::EVENTS[1];
    let since: Vec<_> = made.properties.iter().map(|property| made.revisions.map(property.since)).collect();
    assert_eq!(since, [2, 4]);
    assert_eq!(Office::REVISION, 5);
}

#[test]
fn every_value_finds_its_event_and_its_properties() {
    use growing::Tracked as Growing;

    let all = [
        (Office::First, "a.first", vec![]),
        (
            Office::Growing(Growing::ExportMade { whole_year: true, compressed: Some(false) }),
            "export.made",
            vec![("whole_year", FieldValue::Boolean(true)), ("compressed", FieldValue::Boolean(false))],
        ),
        (
            Office::Growing(Growing::ExportMade { whole_year: false, compressed: None }),
            "export.made",
            vec![("whole_year", FieldValue::Boolean(false))],
        ),
        (Office::Growing(Growing::Inner(growing::inner::Tracked::TemplateChosen {})), "template.chosen", vec![]),
        (Office::Growing(Growing::ExportDeleted), "export.deleted", vec![]),
        (
            Office::Middle { file_count: CountBucket::of(40), r#final: true, has_title: false, owner_id: Id::new(-8) },
            "b.middle",
            vec![
                ("file_count", FieldValue::Word("10-99")),
                ("was_last", FieldValue::Boolean(true)),
                ("has_title", FieldValue::Boolean(false)),
                ("owner_id", FieldValue::Number(-8)),
            ],
        ),
        (
            Office::Billing(billing::Tracked::InvoiceSent { entries: CountBucket::Zero }),
            "invoice.sent",
            vec![("entries", FieldValue::Word("0"))],
        ),
    ];
    for (event, name, expected) in all {
        assert_eq!(Office::EVENTS[event.position()].name, name);
        let event = encoded(event);
        assert_eq!((event.name, values(&event)), (name, expected));
    }
}

/// As many values as a property may have, and an event with as many properties and forms as it may have, both from a
/// macro of the author's own.
#[expect(dead_code, reason = "what counts is that it compiles, and its constants")]
mod at_the_limits {
    macro_rules! declare {
        ($ty:ty; $($value:ident)*; $($field:ident)*) => {
            /// 64 values.
            #[derive(telemetry_core::Property)]
            pub enum Values { $(#[doc = "A value."] $value),* }

            /// One event.
            #[derive(telemetry_core::Catalogue)]
            #[catalogue(app = "limits", revision = 1, identity = "none")]
            pub enum Tracked {
                /// Something.
                ///
                /// Why: to stand at the limit.
                #[event(name = "some.thing")]
                Something {
                    $(#[doc = "A detail."] $field: $ty),*
                },
            }
        };
    }

    declare! {
        bool;
        A0 A1 A2 A3 A4 A5 A6 A7 B0 B1 B2 B3 B4 B5 B6 B7 C0 C1 C2 C3 C4 C5 C6 C7 D0 D1 D2 D3 D4 D5 D6 D7
        E0 E1 E2 E3 E4 E5 E6 E7 F0 F1 F2 F3 F4 F5 F6 F7 G0 G1 G2 G3 G4 G5 G6 G7 H0 H1 H2 H3 H4 H5 H6 H7;
        a b c d e f g h i j k l
    }
}

#[test]
fn limits_belong_to_what_is_allowed() {
    assert_eq!(at_the_limits::Values::DOMAIN.values().len(), telemetry_core::property::MAX_VALUES);
    assert_eq!(at_the_limits::Values::H7.index(), telemetry_core::property::Index::position(63));
    let event = at_the_limits::Tracked::EVENTS[0];
    assert_eq!(event.properties.len(), telemetry_core::catalogue::MAX_PROPERTIES);
    assert_eq!(event.forms(), telemetry_core::catalogue::MAX_FORMS);
}

/// The author's crate may shadow whatever it likes; the lints hold the expansion to the author's own standards.
mod hostile {
    #![deny(
        warnings,
        missing_docs,
        unreachable_pub,
        unused_qualifications,
        clippy::all,
        clippy::pedantic,
        clippy::nursery,
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::wildcard_imports,
        clippy::str_to_string,
        clippy::min_ident_chars,
        clippy::missing_inline_in_public_items
    )]
    extern crate telemetry_core as renamed;

    mod core {}
    mod std {}
    mod telemetry_core {}
    #[expect(dead_code, reason = "it only shadows")]
    struct Option;
    #[expect(dead_code, reason = "it only shadows")]
    struct Index;
    #[expect(unused_macros, reason = "it only shadows")]
    macro_rules! assert {
        () => {};
    }

    /// Not the derive's idea of a type.
    #[derive(renamed::Property)]
    #[property(crate = renamed)]
    pub(super) enum Fields {
        /// Anything.
        #[deprecated]
        Read,
    }

    #[derive(renamed::Entity)]
    #[entity(crate = renamed)]
    pub(super) struct Entity;

    /// Everything.
    #[derive(renamed::Catalogue)]
    #[catalogue(app = "hostile", revision = 1, identity = "none", crate = renamed)]
    pub(super) enum Events {
        /// Something.
        ///
        /// Why: to see the expansion compile.
        #[event(name = "some.thing")]
        #[deprecated]
        Something {
            /// One.
            fields: Fields,
            /// Two.
            r#match: renamed::Id<Entity>,
            /// Three.
            part: bool,
        },
        #[event(flatten)]
        Part(Part),
    }

    /// Some.
    #[derive(renamed::Catalogue)]
    #[catalogue(part, revision = 1, crate = renamed)]
    pub(super) enum Part {
        /// Other things.
        ///
        /// Why: to see the expansion compile.
        #[event(name = "other.thing")]
        Other,
    }

    #[expect(deprecated, reason = "shows that the expansion itself does not warn")]
    pub(super) const fn all() -> [Events; 2] {
        let id = renamed::Id::new(1);
        [Events::Something { fields: Fields::Read, r#match: id, part: true }, Events::Part(Part::Other)]
    }
}

#[test]
fn the_expansion_depends_on_no_name_of_the_authors_crate() {
    let events = hostile::all().map(|event| <hostile::Events as EventSet>::EVENTS[event.position()]);
    assert_eq!(names(&events), ["some.thing", "other.thing"]);
}
