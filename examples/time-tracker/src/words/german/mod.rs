//! German, with the formal address.

mod people;
mod telemetry;
mod work;

use telemetry_core::catalogue::Context;
use telemetry_core::{Locale, Loss};

use super::Words;
use super::dates::Dates;
use crate::db::settings::WeekStart;
use crate::db::tasks::{Priority, Status};
use crate::db::users::{Role, State};
use crate::flash::Flash;

pub(super) const GERMAN: Words = Words {
    locale: Locale::German,
    frame: people::FRAME,
    faults: people::FAULTS,
    people: people::PEOPLE,
    work: work::WORK,
    deciding: telemetry::DECIDING,
    checking: telemetry::CHECKING,
    demo: telemetry::DEMO,
    dates: Dates {
        weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        short_weekdays: ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        short_months: ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
        day: |day, month| format!("{day}. {month}"),
        title: |weekday, day| format!("{weekday}, {day}"),
    },
    flash: flashes,
    role: |role| match role {
        Role::User => "Benutzer",
        Role::Administrator => "Administrator",
    },
    state: |state| match state {
        State::Active => "Aktiv",
        State::Disabled => "Gesperrt",
    },
    priority: |priority| match priority {
        Priority::Low => "Niedrig",
        Priority::Normal => "Mittel",
        Priority::High => "Hoch",
        Priority::Urgent => "Dringend",
    },
    status: |status| match status {
        Status::ToDo => "Zu tun",
        Status::InProgress => "In Arbeit",
        Status::Review => "In Prüfung",
        Status::Done => "Erledigt",
    },
    week_start: |day| match day {
        WeekStart::Monday => "Montag",
        WeekStart::Sunday => "Sonntag",
        WeekStart::Saturday => "Samstag",
    },
    loss: losses,
    context: |context| match context {
        Context::AppVersion => "Die Version der Anwendung.",
        Context::OsFamily => "Die Familie des Betriebssystems.",
        Context::Arch => "Die Bauart des Prozessors.",
        Context::Deployment => "Auf welche Art die Anwendung installiert wurde.",
        other => other.what(),
    },
};

const fn flashes(flash: Flash) -> &'static str {
    match flash {
        Flash::SetupComplete => "Die Einrichtung ist fertig. Sie sind angemeldet.",
        Flash::SetupWithoutAnswer => {
            "Die Einrichtung ist fertig. Sie sind angemeldet. Ihre Antwort zur Telemetrie ließ sich nicht speichern, \
             darum bleibt sie aus; einschalten lässt sie sich unter Admin → Telemetrie."
        }
        Flash::SignedOut => "Sie sind abgemeldet.",
        Flash::TimerStarted => "Zeit gestartet.",
        Flash::TimerSwitched => "Die laufende Zeit wurde gestoppt und eine neue gestartet.",
        Flash::TimerStopped => "Zeit gestoppt.",
        Flash::NoTimer => "Es lief keine Zeit.",
        Flash::EntryCreated => "Eintrag hinzugefügt.",
        Flash::EntryUpdated => "Eintrag gespeichert.",
        Flash::EntryDeleted => "Eintrag gelöscht.",
        Flash::ClientCreated => "Kunde hinzugefügt.",
        Flash::ClientUpdated => "Kunde gespeichert.",
        Flash::ClientArchived => "Kunde archiviert.",
        Flash::ClientRestored => "Der Kunde ist wieder aktuell.",
        Flash::ClientDeleted => "Kunde gelöscht.",
        Flash::ProjectCreated => "Projekt hinzugefügt.",
        Flash::ProjectUpdated => "Projekt gespeichert.",
        Flash::ProjectArchived => "Projekt archiviert.",
        Flash::ProjectRestored => "Das Projekt ist wieder aktuell.",
        Flash::ProjectDeleted => "Projekt gelöscht.",
        Flash::TaskCreated => "Aufgabe hinzugefügt.",
        Flash::TaskUpdated => "Aufgabe gespeichert.",
        Flash::TaskStatusChanged => "Stand geändert.",
        Flash::TaskDeleted => "Aufgabe gelöscht.",
        Flash::CommentCreated => "Kommentar hinzugefügt.",
        Flash::CommentUpdated => "Kommentar gespeichert.",
        Flash::CommentDeleted => "Kommentar gelöscht.",
        Flash::UserCreated => "Benutzer hinzugefügt.",
        Flash::UserUpdated => "Benutzer gespeichert.",
        Flash::UserDeleted => "Benutzer gelöscht.",
        Flash::SettingsUpdated => "Einstellungen gespeichert.",
        Flash::TimeZoneUpdated => "Zeitzone gespeichert.",
        Flash::PasswordChanged => "Passwort geändert. Andere Browser wurden abgemeldet.",
    }
}

const fn losses(cause: Loss) -> &'static str {
    match cause {
        Loss::QueueFull => "Warteschlange voll",
        Loss::OutboxFull => "Ausgang voll",
        Loss::SpoolFull => "Ablage auf der Platte voll",
        Loss::TooOld => "zu alt",
        Loss::NotCovered => "nicht von der Zustimmung gedeckt",
        Loss::TurnedOff => "ausgeschaltet",
        Loss::Rejected => "vom Server abgelehnt",
        Loss::TooLarge => "zu groß",
        Loss::Quota => "Kontingent des Servers erschöpft",
        Loss::Refused => "Schlüssel abgelehnt",
        Loss::Shutdown => "Programm beendet",
        Loss::Damaged => "auf der Platte beschädigt",
        Loss::Repeated => "zu oft wiederholt",
        Loss::Unrecorded => "nicht aufgeschrieben",
        other => other.name(),
    }
}
