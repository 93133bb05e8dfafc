//! One test for each way in which a catalogue can change.

use super::*;
use crate::catalogue::{CatalogueSchema, Context, Date, EventSchema, PropertySchema, Resolution};
use crate::document::sample::{GROWN, SAMPLE};
use crate::property::{ClosedValue, Domain};

const WEB_OR_API: Domain = Domain::closed(&[ClosedValue::new("web", "", 1), ClosedValue::new("api", "", 1)]);
const WEB: Domain = Domain::closed(&[ClosedValue::new("web", "", 1)]);
const WEB_AND_LATER_API: Domain = Domain::closed(&[ClosedValue::new("web", "", 1), ClosedValue::new("api", "", 2)]);
const LATER_WEB: Domain = Domain::closed(&[ClosedValue::new("web", "", 2)]);

const fn property(name: &'static str, domain: Domain, since: u32) -> PropertySchema {
    PropertySchema::new(name, "", domain, since)
}

fn event(since: u32, properties: &[PropertySchema]) -> EventSchema {
    named("timer.started", since, properties)
}

fn named(name: &'static str, since: u32, properties: &[PropertySchema]) -> EventSchema {
    // A schema only takes what lives as long as the program; a test may leak the little it makes.
    EventSchema::new(name, "", "", Purpose::Usage, since, properties.to_vec().leak())
}

fn catalogue(revision: u32, events: &[EventSchema]) -> CatalogueSchema {
    CatalogueSchema::new("app", "1.0.0", revision, Identity::Rotating { days: 30 }, events.to_vec().leak())
        .retention_days(90)
        .context(&[Context::OsFamily])
}

fn events(old: &[EventSchema], (revision, new): (u32, &[EventSchema])) -> Difference {
    Difference::between(&Lock::of(&catalogue(1, old)), &Lock::of(&catalogue(revision, new)))
}

fn whole(change: impl FnOnce(CatalogueSchema) -> CatalogueSchema) -> Difference {
    let events = &[event(1, &[])];
    let old = catalogue(1, events);
    Difference::between(&Lock::of(&old), &Lock::of(&change(old)))
}

/// One change of this class with this sentence and nothing else.
#[track_caller]
fn is(difference: &Difference, class: Class, sentence: &str) {
    let found: Vec<_> = difference.changes().iter().map(|change| (change.class(), change.sentence())).collect();
    assert_eq!(found, [(class, sentence)]);
    assert_eq!(difference.class(), class);
    assert!(class >= Class::Wider || difference.needs_revision().is_none(), "{:?}", difference.needs_revision());
}

#[track_caller]
fn remedy(difference: &Difference, sentence: &str) {
    assert_eq!(difference.needs_revision().as_deref(), Some(sentence));
}

#[test]
fn same_catalogues_do_not_differ() {
    let same = whole(|schema| schema.commit(Some("0123abc")));
    assert_eq!((same.class(), same.changes().len(), same.needs_revision()), (Class::Same, 0, None));
    is(
        &whole(|schema| CatalogueSchema { revision: 2, ..schema }),
        Class::Same,
        "The revision rose from 1 to 2, although nothing has grown.",
    );
}

#[test]
fn new_events_are_wider() {
    let old = &[event(1, &[])];
    let export = named("report.exported", 1, &[property("format", WEB, 1), property("rows", WEB, 1)]);
    let later = EventSchema { since: 2, ..export };
    let sentence = "The event `report.exported` is new (usage statistics), with `format` and `rows`.";
    let unmarked = events(old, (1, &[event(1, &[]), export]));
    is(&unmarked, Class::Wider, sentence);
    remedy(&unmarked, "raise `revision` to 2 and mark event `report.exported` with `since = 2`");
    remedy(&events(old, (2, &[event(1, &[]), export])), "mark event `report.exported` with `since = 2`");
    remedy(&events(old, (1, &[event(1, &[]), later])), "raise `revision` to 2");
    let marked = events(old, (2, &[event(1, &[]), later]));
    is(&marked, Class::Wider, sentence);
    assert_eq!(marked.needs_revision(), None);
    is(&events(&[event(1, &[]), export], (1, old)), Class::Narrower, "The event `report.exported` is gone.");
}

#[test]
fn new_properties_are_wider() {
    let old = &[event(1, &[property("source", WEB, 1)])];
    let new = events(old, (1, &[event(1, &[property("source", WEB, 1), property("late", Domain::boolean(), 1)])]));
    is(&new, Class::Wider, "The event `timer.started` now also says `late`: `true` or `false`.");
    remedy(&new, "raise `revision` to 2 and mark property `late` of `timer.started` with `since = 2`");
    let id = events(old, (2, &[event(1, &[property("source", WEB, 1), property("user_id", Domain::id("user"), 2)])]));
    is(&id, Class::Wider, "The event `timer.started` now also says `user_id`: the id of a row of `user`.");
    assert_eq!(id.needs_revision(), None);
    is(&events(old, (1, &[event(1, &[])])), Class::Narrower, "The event `timer.started` no longer says `source`.");
}

#[test]
fn new_values_are_wider() {
    let old = &[event(1, &[property("source", WEB, 1)])];
    let sentence = "The property `source` of `timer.started` can now also be `api`.";
    let unmarked = events(old, (1, &[event(1, &[property("source", WEB_OR_API, 1)])]));
    is(&unmarked, Class::Wider, sentence);
    remedy(&unmarked, "raise `revision` to 2 and mark value `api` of `source` of `timer.started` with `since = 2`");
    let marked = events(old, (2, &[event(1, &[property("source", WEB_AND_LATER_API, 1)])]));
    is(&marked, Class::Wider, sentence);
    assert_eq!(marked.needs_revision(), None);
    is(
        &events(&[event(1, &[property("source", WEB_OR_API, 1)])], (1, old)),
        Class::Narrower,
        "The property `source` of `timer.started` can no longer be `api`.",
    );
}

#[test]
fn absence_is_a_value() {
    let always = &[event(1, &[property("source", WEB, 1)])];
    let sometimes = &[event(1, &[property("source", WEB.optional(), 1)])];
    let wider = events(always, (1, sometimes));
    is(&wider, Class::Wider, "The property `source` of `timer.started` may now be left out.");
    remedy(&wider, "raise `revision` to 2 and mark property `source` of `timer.started` with `since = 2`");
    is(
        &events(sometimes, (1, always)),
        Class::Narrower,
        "The property `source` of `timer.started` is always there now.",
    );
}

#[test]
fn ends_that_move_away_are_wider() {
    let open = &[event(1, &[])];
    let spring = &[event(1, &[]).until(Date::new(2027, 3, 31))];
    let summer = &[event(1, &[]).until(Date::new(2027, 6, 30))];
    let opened = events(spring, (1, open));
    is(&opened, Class::Wider, "The event `timer.started` is sent without an end instead of until 2027-03-31.");
    remedy(&opened, "raise `revision` to 2 and mark event `timer.started` with `since = 2`");
    is(
        &events(spring, (1, summer)),
        Class::Wider,
        "The event `timer.started` is sent until 2027-06-30 instead of until 2027-03-31.",
    );
    is(
        &events(summer, (1, spring)),
        Class::Narrower,
        "The event `timer.started` is sent until 2027-03-31 instead of until 2027-06-30.",
    );
    is(&events(open, (1, spring)), Class::Narrower, "The event `timer.started` is only sent until 2027-03-31.");
}

#[test]
fn marks_that_sink_are_wider() {
    let early = &[event(1, &[property("source", WEB, 1)])];
    let late = &[event(2, &[property("source", WEB, 1)])];
    let late_property = &[event(1, &[property("source", WEB, 2)])];
    let late_value = &[event(1, &[property("source", LATER_WEB, 1)])];
    let between = |old, new| Difference::between(&Lock::of(&catalogue(2, old)), &Lock::of(&catalogue(2, new)));
    let sunk = between(late, early);
    is(&sunk, Class::Wider, "The event `timer.started` is marked `since = 1` instead of `since = 2`.");
    remedy(&sunk, "raise `revision` to 3 and mark event `timer.started` with `since = 3`");
    is(
        &between(late_property, early),
        Class::Wider,
        "The property `source` of `timer.started` is marked `since = 1` instead of `since = 2`.",
    );
    is(
        &between(late_value, early),
        Class::Wider,
        "The value `web` of `source` of `timer.started` is marked `since = 1` instead of `since = 2`.",
    );
    is(
        &between(early, late),
        Class::Narrower,
        "The event `timer.started` is marked `since = 2` instead of `since = 1`.",
    );
}

#[test]
fn other_meanings_are_breaking() {
    let old = &[event(1, &[property("source", WEB, 1)])];
    let kind = events(old, (1, &[event(1, &[property("source", Domain::id("user"), 1)])]));
    is(
        &kind,
        Class::Breaking,
        "The property `source` of `timer.started` is the id of a row of `user` instead of one of `web`.",
    );
    remedy(&kind, "raise `revision` to 2 and mark property `source` of `timer.started` with `since = 2`");
    let property_renamed = events(old, (2, &[event(1, &[property("origin", WEB, 2)])]));
    is(&property_renamed, Class::Breaking, "The property `source` of `timer.started` is now called `origin`.");
    assert_eq!(property_renamed.needs_revision(), None);
    let renamed = named("clock.started", 1, &[property("source", WEB, 1)]);
    let event_renamed = events(old, (1, &[renamed]));
    is(&event_renamed, Class::Breaking, "The event `timer.started` is now called `clock.started`.");
    remedy(&event_renamed, "raise `revision` to 2 and mark event `clock.started` with `since = 2`");
}

#[test]
fn another_purpose_is_breaking_and_asks_anew() {
    let old = &[event(1, &[])];
    let moved = EventSchema { purpose: Purpose::Errors, ..event(1, &[]) };
    let moved = events(old, (1, &[moved]));
    let sentences: Vec<_> = moved.changes().iter().map(Change::sentence).collect();
    assert_eq!(
        sentences,
        [
            "There are no usage statistics any more.",
            "There are error reports now, a purpose of its own.",
            "The event `timer.started` counts among the error reports instead of the usage statistics.",
        ]
    );
    assert_eq!(moved.class(), Class::Breaking);
    remedy(&moved, "raise `revision` to 2 and mark event `timer.started` with `since = 2`");
}

#[test]
fn facts_of_the_whole_are_compared() {
    type Step = fn(CatalogueSchema) -> CatalogueSchema;
    let table: [(Step, Class, &str); 13] = [
        (
            |s| CatalogueSchema { identity: Identity::Stable, ..s },
            Class::Wider,
            "Events are linked by the identity `stable` instead of `rotating(days = 30)`.",
        ),
        (
            |s| CatalogueSchema { identity: Identity::Rotating { days: 31 }, ..s },
            Class::Wider,
            "Events are linked by the identity `rotating(days = 31)` instead of `rotating(days = 30)`.",
        ),
        (
            |s| CatalogueSchema { identity: Identity::None, ..s },
            Class::Narrower,
            "Events are linked by the identity `none` instead of `rotating(days = 30)`.",
        ),
        (
            |s| s.ids(IdForm::Raw),
            Class::Wider,
            "Ids leave as the numbers of the rows themselves instead of as pseudonyms.",
        ),
        (|s| s.resolution(Resolution::Second), Class::Wider, "Times are told to the second instead of to the minute."),
        (|s| s.resolution(Resolution::Day), Class::Narrower, "Times are told to the day instead of to the minute."),
        (|s| s.retention_days(91), Class::Wider, "The data is kept for 91 days instead of for 90 days."),
        (|s| s.retention_days(0), Class::Wider, "The data is kept for a time that is not said instead of for 90 days."),
        (|s| s.retention_days(30), Class::Narrower, "The data is kept for 30 days instead of for 90 days."),
        (|s| s.publisher("Example Ltd"), Class::Wider, "The data goes to Example Ltd instead of the developers."),
        (
            |s| s.context(&[Context::OsFamily, Context::Deployment]),
            Class::Wider,
            "Every event now also says `deployment`.",
        ),
        (|s| s.context(&[]), Class::Narrower, "Events no longer say `os_family`."),
        (
            |s| CatalogueSchema { app: "other", ..s },
            Class::Breaking,
            "The application is called `other` instead of `app`.",
        ),
    ];
    for (change, class, sentence) in table {
        let difference = whole(change);
        is(&difference, class, sentence);
        let needed = (class >= Class::Wider).then_some("raise `revision` to 2");
        assert_eq!(difference.needs_revision().as_deref(), needed, "{sentence}");
        let raised = whole(|schema| change(CatalogueSchema { revision: 2, ..schema }));
        assert_eq!(raised.needs_revision(), None, "{sentence}");
    }
    let raw = catalogue(1, &[]).ids(IdForm::Raw);
    is(
        &Difference::between(&Lock::of(&raw), &Lock::of(&catalogue(1, &[]))),
        Class::Narrower,
        "Ids leave as pseudonyms instead of as the numbers of the rows.",
    );
}

#[test]
fn revisions_never_sink() {
    let sunk = Difference::between(&Lock::of(&GROWN), &Lock::of(&SAMPLE));
    assert_eq!(sunk.class(), Class::Breaking);
    remedy(&sunk, "set `revision` back to at least 4: it may never sink");
}

#[test]
fn ends_of_values_count_like_ends_of_properties() {
    let how = |values: &[ClosedValue]| [event(1, &[property("how", Domain::closed(values.to_vec().leak()), 1)])];
    let open = how(&[ClosedValue::new("fax", "", 1)]);
    let ending = how(&[ClosedValue::new("fax", "", 1).until(Date::new(2027, 3, 31))]);
    is(
        &events(&open, (1, &ending)),
        Class::Narrower,
        "The value `fax` of `how` of `timer.started` is only sent until 2027-03-31.",
    );
    let opened = events(&ending, (1, &open));
    is(
        &opened,
        Class::Wider,
        "The value `fax` of `how` of `timer.started` is sent without an end instead of until 2027-03-31.",
    );
    remedy(&opened, "raise `revision` to 2 and mark value `fax` of `how` of `timer.started` with `since = 2`");
}

#[test]
fn renewed_question_shows_only_what_is_new() {
    let new = Difference::between(&Lock::of(&SAMPLE), &Lock::of(&GROWN));
    assert_eq!(new.class(), Class::Wider);
    insta::assert_snapshot!(new);
}
