//! Changes in German. Names of events, properties and values are the author's and stay as they are.

use super::super::lock::{LockError, LockedTrace};
use super::Class;
use super::fact::{Fact, Item, Remedy, Renamable, Says, Telling};
use crate::catalogue::{IdForm, Identity, Resolution};
use crate::sentences::{german_list as list, german_purpose as purpose};

pub(crate) struct German;

/// With its article, as the subject of a sentence.
fn subject(item: &Item) -> String {
    match item {
        Item::Event(event) => format!("Das Ereignis `{event}`"),
        Item::Property { property, event } => format!("Die Angabe `{property}` von `{event}`"),
        Item::Value { value, property, event } => format!("Der Wert `{value}` von `{property}` von `{event}`"),
    }
}

/// With its article, as the object of a sentence.
fn object(item: &Item) -> String {
    match item {
        Item::Event(event) => format!("das Ereignis `{event}`"),
        Item::Property { property, event } => format!("die Angabe `{property}` von `{event}`"),
        Item::Value { value, property, event } => format!("den Wert `{value}` von `{property}` von `{event}`"),
    }
}

fn says(says: &Says) -> String {
    match says {
        Says::OneOf(values) => format!("eines von {}", quoted(values).join(", ")),
        Says::OneOfWith(values, trace) => format!("eines von {}, mit {}", quoted(values).join(", "), tells(*trace)),
        Says::TrueOrFalse => "`true` oder `false`".to_owned(),
        Says::IdOf(Some(entity)) => format!("die Nummer einer Zeile von `{entity}`"),
        Says::IdOf(None) => "die Nummer einer Zeile".to_owned(),
    }
}

/// What comes with a report, behind `mit`.
const fn tells(trace: LockedTrace) -> &'static str {
    match trace {
        LockedTrace::Place => "der Stelle im Quelltext des Programms und der Art des Threads",
        LockedTrace::Functions => {
            "der Stelle im Quelltext des Programms, den Funktionen, die dorthin führten, und der Art des Threads"
        }
    }
}

fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

fn kept(days: u32) -> String {
    match days {
        0 => "für eine Zeit, die nicht genannt wird".to_owned(),
        1 => "1 Tag lang".to_owned(),
        days => format!("{days} Tage lang"),
    }
}

fn linked(identity: Identity) -> String {
    match identity {
        Identity::None => "durch nichts".to_owned(),
        Identity::Rotating { days: 1 } => "durch eine Kennung, die täglich wechselt".to_owned(),
        Identity::Rotating { days } => format!("durch eine Kennung, die alle {days} Tage wechselt"),
        Identity::Stable => "durch eine Kennung, die bleibt".to_owned(),
    }
}

const fn exact(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Second => "die Sekunde",
        Resolution::Minute => "die Minute",
        Resolution::Hour => "die Stunde",
        Resolution::Day => "den Tag",
    }
}

impl Telling for German {
    fn sentence(&self, fact: &Fact) -> String {
        match fact {
            Fact::RevisionSank { from, to } => format!("Die Nummer der Liste ist von {from} auf {to} gesunken."),
            Fact::RevisionRoseAlone { from, to } => {
                format!("Die Nummer der Liste ist von {from} auf {to} gestiegen, obwohl nichts dazugekommen ist.")
            }
            Fact::Renamed { what: Renamable::Application, from, to } => {
                format!("Die Anwendung heißt jetzt `{to}` statt `{from}`.")
            }
            Fact::Renamed { what: Renamable::Event, from, to } => {
                format!("Das Ereignis `{from}` heißt jetzt `{to}`.")
            }
            Fact::Renamed { what: Renamable::PropertyOf { event }, from, to } => {
                format!("Die Angabe `{from}` von `{event}` heißt jetzt `{to}`.")
            }
            Fact::Publisher { from, to } => format!("Die Daten gehen an \"{to}\" statt an \"{from}\"."),
            Fact::Identity { from, to } => {
                format!("Ereignisse werden {} verbunden statt {}.", linked(*to), linked(*from))
            }
            Fact::Ids { to: IdForm::Raw } => {
                "Nummern werden so gesendet, wie sie in der Datenbank stehen, statt als Pseudonyme.".to_owned()
            }
            Fact::Ids { to: IdForm::Keyed } => {
                "Nummern werden als Pseudonyme gesendet statt so, wie sie in der Datenbank stehen.".to_owned()
            }
            Fact::Resolution { from, to } => {
                format!("Zeiten werden auf {} genau angegeben statt auf {}.", exact(*to), exact(*from))
            }
            Fact::Retention { from, to } => {
                format!("Die Daten werden {} aufbewahrt statt {}.", kept(*to), kept(*from))
            }
            Fact::ContextNew(name) => format!("Jedes Ereignis enthält jetzt auch `{name}`."),
            Fact::ContextGone(name) => format!("Ereignisse enthalten `{name}` nicht mehr."),
            Fact::CodeNew(name) => {
                format!("Fehlerberichte können jetzt auch Stellen im Quelltext von `{name}` nennen.")
            }
            Fact::CodeGone(name) => format!("Fehlerberichte nennen keine Stellen im Quelltext von `{name}` mehr."),
            Fact::PurposeNew(new) => format!("Neu ist ein eigener Zweck: {}.", purpose(*new)),
            Fact::PurposeGone(gone) => format!("Diesen Zweck gibt es nicht mehr: {}.", purpose(*gone)),
            Fact::EventNew { event, purpose: of, properties } if properties.is_empty() => {
                format!("Das Ereignis `{event}` ist neu ({}), ohne weitere Angaben.", purpose(*of))
            }
            Fact::EventNew { event, purpose: of, properties } => {
                format!("Das Ereignis `{event}` ist neu ({}), mit {}.", purpose(*of), list(&quoted(properties)))
            }
            Fact::EventGone { event } => format!("Das Ereignis `{event}` gibt es nicht mehr."),
            Fact::EventPurpose { event, from, to } => format!(
                "Das Ereignis `{event}` dient jetzt diesem Zweck: {} (vorher: {}).",
                purpose(*to),
                purpose(*from)
            ),
            Fact::PropertyNew { event, property, says: new } => {
                format!("Das Ereignis `{event}` enthält jetzt auch `{property}`: {}.", says(new))
            }
            Fact::PropertyGone { event, property } => {
                format!("Das Ereignis `{event}` enthält `{property}` nicht mehr.")
            }
            Fact::PropertySays { item, from, to } => {
                format!("{} ist {} statt {}.", subject(item), says(to), says(from))
            }
            Fact::TellsNow { item, trace } => format!("{} kommt jetzt auch mit {}.", subject(item), tells(*trace)),
            Fact::TellsNoMore { item, trace } => format!("{} kommt nicht mehr mit {}.", subject(item), tells(*trace)),
            Fact::LeftOutNow(item) => format!("{} kann jetzt fehlen.", subject(item)),
            Fact::AlwaysThereNow(item) => format!("{} fehlt jetzt nie.", subject(item)),
            Fact::ValueNew { item, value } => format!("{} kann jetzt auch `{value}` sein.", subject(item)),
            Fact::ValueGone { item, value } => format!("{} kann nicht mehr `{value}` sein.", subject(item)),
            Fact::EndsNow { item, day } => format!("{} wird nur bis zum {day} gesendet.", subject(item)),
            Fact::EndsNoMore { item, day } => {
                format!("{} wird ohne Ende gesendet statt bis zum {day}.", subject(item))
            }
            Fact::EndMoved { item, from, to } => {
                format!("{} wird bis zum {to} gesendet statt bis zum {from}.", subject(item))
            }
            Fact::Since { item, from, to } => {
                format!("{} gehört zu Liste {to} statt zu Liste {from}.", subject(item))
            }
        }
    }

    fn class(&self, class: Class) -> &'static str {
        match class {
            Class::Same => "gleich",
            Class::Narrower => "enger",
            Class::Wider => "weiter",
            Class::Breaking => "anders",
        }
    }

    fn remedy(&self, remedy: &Remedy) -> String {
        let marked = |items: &[Item]| list(&items.iter().map(object).collect::<Vec<_>>());
        match remedy {
            Remedy::SetBack(revision) => {
                format!("`revision` auf mindestens {revision} zurücksetzen: Sie darf nie sinken")
            }
            Remedy::Mark { items, since } => format!("{} mit `since = {since}` kennzeichnen", marked(items)),
            Remedy::Raise { to } => format!("`revision` auf {to} erhöhen"),
            Remedy::RaiseAndMark { to, items } => {
                format!("`revision` auf {to} erhöhen und {} mit `since = {to}` kennzeichnen", marked(items))
            }
        }
    }

    fn unreadable(&self, why: LockError) -> String {
        match why {
            LockError::NotALock { line } => format!(
                "die Lock-Datei kann nicht gelesen werden: In Zeile {line} steht nicht, was das Programm schreibt"
            ),
            LockError::OtherFormat { found } => {
                format!("die Lock-Datei hat das Format {found}, das diese Version nicht liest")
            }
        }
    }

    fn has_grown(&self, changes: &str, remedy: &str) -> String {
        format!("die Ereignisliste geht über das hinaus, dem zugestimmt wurde:\n{changes}\n{remedy}")
    }

    fn is_older(&self, changes: &str, command: &str) -> String {
        format!(
            "die Lock-Datei ist älter als die Ereignisliste:\n{changes}\nPrüfen Sie das, und schreiben Sie die Datei \
             dann neu: {command}"
        )
    }
}
