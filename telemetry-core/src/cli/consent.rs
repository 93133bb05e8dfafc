//! Deciding at a terminal: turning on, turning off, a new id, and the question that a program asks by itself.
//!
//! It must never take anything for a yes but a typed one, and never keep a person from saying no.

use core::time::Duration;
use std::io;

use super::terminal::{Person, Reply, Terminal};
use super::{Stop, explain};
use crate::catalogue::Catalogue;
use crate::consent::State;
use crate::consent::receipt::Surface;
use crate::document::words;
use crate::purpose::Purposes;
use crate::telemetry::{Forgotten, GrantError, Question, Status, Telemetry};

/// How long a question that the program asks by itself waits for its answer. Enough to read the notice; after it the
/// program goes on, so that one left alone at a terminal still ends.
const PATIENCE: Duration = Duration::from_secs(120);

/// What became of the question that a program asks once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// It was not asked: somebody decided already, nothing could be sent anyway, or nobody is there to answer.
    NotAsked,
    /// The person agreed to these purposes.
    Agreed(Purposes),
    /// The person said no. The program does not ask again.
    Declined,
    /// No answer came, or none that is one, or it could not be stored. Nothing is stored, and telemetry is off.
    NoAnswer,
}

/// Asks the person at the terminal whether telemetry may be turned on, if they never decided before.
///
/// For command-line programs, to be called after a command has done its work and printed its result; a polite program
/// waits for its third successful command. It asks only where the answer could count and somebody can give it: not
/// without a key in this build, not under a kill switch or a denying policy, not in a continuous-integration run of
/// a [`ProgramKind::CommandLine`](crate::ProgramKind::CommandLine), not where input or error output is no terminal,
/// and not at a terminal that calls itself `dumb`.
///
/// Without an answer within two minutes it returns. It never fails: whatever goes wrong means that nothing was asked
/// or answered, and the program's own exit code stays as it is.
///
/// # Privacy
///
/// An empty line is a "no" and is stored as one. The end of input, another word or no answer store nothing.
pub fn ask_once<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Asked {
    if terminal.person() != Person::Present || telemetry.status().state != State::Unasked {
        return Asked::NotAsked;
    }
    let Some(question) = telemetry.present(Surface::Terminal) else { return Asked::NotAsked };
    // Sets the question off from the result of the command before it.
    let asked = writeln!(terminal.messages()).and_then(|()| put::<C>(&question, terminal, Some(PATIENCE)));
    let Ok(Some(purposes)) = asked else { return Asked::NoAnswer };
    let stored = if purposes.is_empty() {
        telemetry.decline(Surface::Terminal).map_err(GrantError::Store)
    } else {
        telemetry.grant(question.ticket(), purposes)
    };
    // The answer is stored or not; that its confirmation cannot be shown changes nothing.
    let _ = match &stored {
        Ok(()) => confirm::<C>(purposes, terminal),
        Err(error) => writeln!(terminal.messages(), "The answer could not be stored: {error}."),
    };
    match stored {
        Ok(()) if purposes.is_empty() => Asked::Declined,
        Ok(()) => Asked::Agreed(purposes),
        Err(_) => Asked::NoAnswer,
    }
}

/// Shows the whole notice and asks for each purpose. `None` when any answer is missing: half a decision is none.
fn put<C: Catalogue>(
    question: &Question,
    terminal: &mut Terminal<'_>,
    patience: Option<Duration>,
) -> io::Result<Option<Purposes>> {
    writeln!(terminal.messages(), "{}", question.notice.to_text(&place::<C>()))?;
    let mut agreed = Purposes::NONE;
    for purpose in question.notice.purposes() {
        match terminal.ask(&purpose.label, patience)? {
            Reply::Yes => agreed = agreed.with(purpose.purpose),
            Reply::No => {}
            Reply::Nothing => return Ok(None),
        }
    }
    Ok(Some(agreed))
}

/// The same tone for both results, and the way back.
fn confirm<C: Catalogue>(purposes: Purposes, terminal: &mut Terminal<'_>) -> io::Result<()> {
    if purposes.is_empty() {
        let on = words::command(&C::SCHEMA, "on");
        writeln!(terminal.messages(), "Off. Change it with: {on}")
    } else {
        let off = words::command(&C::SCHEMA, "off");
        writeln!(terminal.messages(), "On for: {purposes}. Change it with: {off}")
    }
}

/// Where a person at a terminal changes their mind.
fn place<C: Catalogue>() -> String {
    words::command(&C::SCHEMA, "on, or off")
}

pub(super) fn on<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let status = telemetry.status();
    if status.state == State::Fault {
        return Err(refused(&status));
    }
    // Asked for before anything is shown: where telemetry cannot be on, the question would be for nothing.
    let Some(question) = telemetry.present(Surface::Terminal) else { return Err(refused(&status)) };
    if terminal.person() == Person::Absent {
        writeln!(terminal.messages(), "{}", question.notice.to_text(&place::<C>()))?;
        return Err(Stop::NoPerson);
    }
    let asked: Purposes = question.notice.purposes().iter().map(|purpose| purpose.purpose).collect();
    if status.state == State::Granted && status.purposes == asked {
        writeln!(terminal.output(), "{}", status.line())?;
        return Ok(());
    }
    if status.is_on() {
        writeln!(terminal.messages(), "{} This asks anew.\n", status.line())?;
    }
    let purposes = put::<C>(&question, terminal, None)?.ok_or(Stop::NoDecision)?;
    if !purposes.is_empty() {
        telemetry.grant(question.ticket(), purposes).map_err(Stop::Grant)?;
    } else if status.state == State::Unasked {
        telemetry.decline(Surface::Terminal).map_err(Stop::Store)?;
    } else {
        // Whoever answers "no" to the whole question leaves with telemetry off, also where something was on before.
        telemetry.withdraw(Surface::Terminal).map_err(Stop::NotStored)?;
    }
    Ok(confirm::<C>(purposes, terminal)?)
}

fn refused(status: &Status) -> Stop {
    // A "no" or nobody asked is no obstacle: that is what the command is there to change.
    let obstacles = status.reasons.iter().filter(|reason| !explain::is_a_choice(reason.code));
    Stop::unavailable(
        status.app,
        obstacles.map(|reason| {
            let remedy = if reason.remedy.is_empty() { String::new() } else { format!(" ({})", reason.remedy) };
            (reason.code, format!("{}{remedy}", reason.reason))
        }),
    )
}

pub(super) fn off<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let withdrawal = telemetry.withdraw(Surface::Terminal).map_err(Stop::NotStored)?;
    Ok(writeln!(terminal.output(), "{withdrawal}")?)
}

pub(super) fn forget<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let Forgotten { withdrawal, request } = telemetry.forget(Surface::Terminal).map_err(Stop::NotStored)?;
    writeln!(terminal.messages(), "{withdrawal}")?;
    let request = match request {
        Ok(request) => request,
        Err(nothing) => return Ok(writeln!(terminal.output(), "{nothing}")?),
    };
    let written = write!(terminal.output(), "\n{request}").and_then(|()| terminal.flush());
    if written.is_err() {
        // The identifiers are erased by now: this is the last place where they can be seen.
        write!(terminal.messages(), "\n{request}")?;
    }
    writeln!(terminal.messages(), "\n{}", note::<C>())?;
    Ok(written?)
}

fn note<C: Catalogue>() -> String {
    let retention = words::retention(&C::SCHEMA);
    format!(
        "Nothing was sent. This request is yours to send or not, and it is kept nowhere:\nthe identifiers in it are \
         erased here and cannot be shown again. {retention}"
    )
}

pub(super) fn reset_id<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    // Asked first, because even the try to change a decision makes files, and where nobody agreed there are none.
    if telemetry.status().granted_revision.is_none() || !telemetry.reset_id(Surface::Terminal).map_err(Stop::Store)? {
        return Err(Stop::NoId);
    }
    let words =
        "The random identifiers are new. What was unsent under the old ones is deleted, and so is the sent log.";
    Ok(writeln!(terminal.output(), "{words}")?)
}
