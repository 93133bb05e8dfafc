//! Changes in English. The texts of lock file checks in test suites and of review comments are these, whatever language
//! a person is shown.

use super::super::lock::{LockError, LockedTrace, identity_name};
use super::Class;
use super::fact::{Fact, Item, Remedy, Renamable, Says, Telling};
use crate::catalogue::IdForm;
use crate::document::words::{list, purpose_label};

pub(crate) struct English;

/// What has to be marked in the source, for sentences that say so.
fn item(item: &Item) -> String {
    match item {
        Item::Event(event) => format!("event `{event}`"),
        Item::Property { property, event } => format!("property `{property}` of `{event}`"),
        Item::Value { value, property, event } => format!("value `{value}` of `{property}` of `{event}`"),
    }
}

fn says(says: &Says) -> String {
    match says {
        Says::OneOf(values) => format!("one of {}", quoted(values).join(", ")),
        Says::OneOfWith(values, trace) => format!("one of {}, with {}", quoted(values).join(", "), tells(*trace)),
        Says::TrueOrFalse => "`true` or `false`".to_owned(),
        Says::IdOf(Some(entity)) => format!("the id of a row of `{entity}`"),
        Says::IdOf(None) => "the id of a row".to_owned(),
    }
}

/// What comes with a report.
const fn tells(trace: LockedTrace) -> &'static str {
    match trace {
        LockedTrace::Place => "the place in the program's source code and the kind of thread",
        LockedTrace::Functions => {
            "the place in the program's source code, the functions that led there and the kind of thread"
        }
    }
}

fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

fn kept(days: u32) -> String {
    if days == 0 { "for a time that is not said".to_owned() } else { format!("for {days} days") }
}

impl Telling for English {
    fn sentence(&self, fact: &Fact) -> String {
        match fact {
            Fact::RevisionSank { from, to } => format!("The revision sank from {from} to {to}."),
            Fact::RevisionRoseAlone { from, to } => {
                format!("The revision rose from {from} to {to}, although nothing has grown.")
            }
            Fact::Renamed { what: Renamable::Application, from, to } => {
                format!("The application is called `{to}` instead of `{from}`.")
            }
            Fact::Renamed { what: Renamable::Event, from, to } => {
                format!("The event `{from}` is now called `{to}`.")
            }
            Fact::Renamed { what: Renamable::PropertyOf { event }, from, to } => {
                format!("The property `{from}` of `{event}` is now called `{to}`.")
            }
            Fact::Publisher { from, to } => format!("The data goes to {to} instead of {from}."),
            Fact::Identity { from, to } => {
                let (from, to) = (identity_name(*from), identity_name(*to));
                format!("Events are linked by the identity `{to}` instead of `{from}`.")
            }
            Fact::Ids { to: IdForm::Raw } => {
                "Ids leave as the numbers of the rows themselves instead of as pseudonyms.".to_owned()
            }
            Fact::Ids { to: IdForm::Keyed } => {
                "Ids leave as pseudonyms instead of as the numbers of the rows.".to_owned()
            }
            Fact::Resolution { from, to } => {
                format!("Times are told to the {} instead of to the {}.", to.name(), from.name())
            }
            Fact::Retention { from, to } => format!("The data is kept {} instead of {}.", kept(*to), kept(*from)),
            Fact::ContextNew(name) => format!("Every event now also says `{name}`."),
            Fact::ContextGone(name) => format!("Events no longer say `{name}`."),
            Fact::CodeNew(name) => format!("Error reports can now also name places in the code of `{name}`."),
            Fact::CodeGone(name) => format!("Error reports no longer name places in the code of `{name}`."),
            Fact::PurposeNew(purpose) => format!("There are {} now, a purpose of its own.", purpose_label(*purpose)),
            Fact::PurposeGone(purpose) => format!("There are no {} any more.", purpose_label(*purpose)),
            Fact::EventNew { event, purpose, properties } => {
                let with = if properties.is_empty() { "no properties".to_owned() } else { list(&quoted(properties)) };
                format!("The event `{event}` is new ({}), with {with}.", purpose_label(*purpose))
            }
            Fact::EventGone { event } => format!("The event `{event}` is gone."),
            Fact::EventPurpose { event, from, to } => format!(
                "The event `{event}` counts among the {} instead of the {}.",
                purpose_label(*to),
                purpose_label(*from)
            ),
            Fact::PropertyNew { event, property, says: new } => {
                format!("The event `{event}` now also says `{property}`: {}.", says(new))
            }
            Fact::PropertyGone { event, property } => format!("The event `{event}` no longer says `{property}`."),
            Fact::PropertySays { item: about, from, to } => {
                format!("The {} is {} instead of {}.", item(about), says(to), says(from))
            }
            Fact::TellsNow { item: about, trace } => format!("The {} now also tells {}.", item(about), tells(*trace)),
            Fact::TellsNoMore { item: about, trace } => {
                format!("The {} no longer tells {}.", item(about), tells(*trace))
            }
            Fact::LeftOutNow(about) => format!("The {} may now be left out.", item(about)),
            Fact::AlwaysThereNow(about) => format!("The {} is always there now.", item(about)),
            Fact::ValueNew { item: about, value } => format!("The {} can now also be `{value}`.", item(about)),
            Fact::ValueGone { item: about, value } => format!("The {} can no longer be `{value}`.", item(about)),
            Fact::EndsNow { item: about, day } => format!("The {} is only sent until {day}.", item(about)),
            Fact::EndsNoMore { item: about, day } => {
                format!("The {} is sent without an end instead of until {day}.", item(about))
            }
            Fact::EndMoved { item: about, from, to } => {
                format!("The {} is sent until {to} instead of until {from}.", item(about))
            }
            Fact::Since { item: about, from, to } => {
                format!("The {} is marked `since = {to}` instead of `since = {from}`.", item(about))
            }
        }
    }

    fn class(&self, class: Class) -> &'static str {
        class.name()
    }

    fn remedy(&self, remedy: &Remedy) -> String {
        let marked = |items: &[Item]| list(&items.iter().map(item).collect::<Vec<_>>());
        match remedy {
            Remedy::SetBack(revision) => format!("set `revision` back to at least {revision}: it may never sink"),
            Remedy::Mark { items, since } => format!("mark {} with `since = {since}`", marked(items)),
            Remedy::Raise { to } => format!("raise `revision` to {to}"),
            Remedy::RaiseAndMark { to, items } => {
                format!("raise `revision` to {to} and mark {} with `since = {to}`", marked(items))
            }
        }
    }

    fn unreadable(&self, why: LockError) -> String {
        why.to_string()
    }

    fn has_grown(&self, changes: &str, remedy: &str) -> String {
        format!("the catalogue has grown beyond what people agreed to:\n{changes}\n{remedy}")
    }

    fn is_older(&self, changes: &str, command: &str) -> String {
        format!(
            "the lock file is older than the catalogue:\n{changes}\nreview this, then write the file anew: {command}"
        )
    }
}
