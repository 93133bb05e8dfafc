//! English.

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

pub(super) const ENGLISH: Words = Words {
    locale: Locale::English,
    frame: people::FRAME,
    faults: people::FAULTS,
    people: people::PEOPLE,
    work: work::WORK,
    deciding: telemetry::DECIDING,
    checking: telemetry::CHECKING,
    demo: telemetry::DEMO,
    dates: Dates {
        weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        short_weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        short_months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        day: |day, month| format!("{day} {month}"),
        title: |weekday, day| format!("{weekday} {day}"),
    },
    flash: flashes,
    role: |role| match role {
        Role::User => "User",
        Role::Administrator => "Administrator",
    },
    state: |state| match state {
        State::Active => "Active",
        State::Disabled => "Disabled",
    },
    priority: |priority| match priority {
        Priority::Low => "Low",
        Priority::Normal => "Normal",
        Priority::High => "High",
        Priority::Urgent => "Urgent",
    },
    status: |status| match status {
        Status::ToDo => "To do",
        Status::InProgress => "In progress",
        Status::Review => "In review",
        Status::Done => "Done",
    },
    week_start: |day| match day {
        WeekStart::Monday => "Monday",
        WeekStart::Sunday => "Sunday",
        WeekStart::Saturday => "Saturday",
    },
    loss: losses,
    context: |context| match context {
        Context::AppVersion => "The version of the application.",
        Context::OsFamily => "The family of the operating system.",
        Context::Arch => "The processor architecture.",
        Context::Deployment => "How the application was installed.",
        other => other.what(),
    },
};

const fn flashes(flash: Flash) -> &'static str {
    match flash {
        Flash::SetupComplete => "Setup is complete. You are signed in.",
        Flash::SetupWithoutAnswer => {
            "Setup is complete. You are signed in. Your answer about telemetry could not be stored, so it stays off; it \
             can be turned on under Admin → Telemetry."
        }
        Flash::SignedOut => "You are signed out.",
        Flash::TimerStarted => "Timer started.",
        Flash::TimerSwitched => "The running timer was stopped and a new one started.",
        Flash::TimerStopped => "Timer stopped.",
        Flash::NoTimer => "No timer was running.",
        Flash::EntryCreated => "Entry added.",
        Flash::EntryUpdated => "Entry saved.",
        Flash::EntryDeleted => "Entry deleted.",
        Flash::ClientCreated => "Client added.",
        Flash::ClientUpdated => "Client saved.",
        Flash::ClientArchived => "Client archived.",
        Flash::ClientRestored => "Client is current again.",
        Flash::ClientDeleted => "Client deleted.",
        Flash::ProjectCreated => "Project added.",
        Flash::ProjectUpdated => "Project saved.",
        Flash::ProjectArchived => "Project archived.",
        Flash::ProjectRestored => "Project is current again.",
        Flash::ProjectDeleted => "Project deleted.",
        Flash::TaskCreated => "Task added.",
        Flash::TaskUpdated => "Task saved.",
        Flash::TaskStatusChanged => "Status changed.",
        Flash::TaskDeleted => "Task deleted.",
        Flash::CommentCreated => "Comment added.",
        Flash::CommentUpdated => "Comment saved.",
        Flash::CommentDeleted => "Comment deleted.",
        Flash::UserCreated => "User added.",
        Flash::UserUpdated => "User saved.",
        Flash::UserDeleted => "User deleted.",
        Flash::SettingsUpdated => "Settings saved.",
        Flash::TimeZoneUpdated => "Time zone saved.",
        Flash::PasswordChanged => "Password changed. Other browsers were signed out.",
    }
}

const fn losses(cause: Loss) -> &'static str {
    match cause {
        Loss::QueueFull => "queue full",
        Loss::OutboxFull => "outbox full",
        Loss::SpoolFull => "spool full",
        Loss::TooOld => "too old",
        Loss::NotCovered => "not covered",
        Loss::TurnedOff => "turned off",
        Loss::Rejected => "rejected",
        Loss::TooLarge => "too large",
        Loss::Quota => "quota",
        Loss::Refused => "refused",
        Loss::Shutdown => "shutdown",
        Loss::Damaged => "damaged",
        Loss::Repeated => "repeated",
        Loss::Unrecorded => "unrecorded",
        other => other.name(),
    }
}
