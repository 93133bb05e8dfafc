//! Deciding at a terminal: turning on, turning off, a new id, and the question that a program asks by itself.
//!
//! It must never take anything for a yes but a typed one, and never keep a person from saying no.

use core::time::Duration;
use std::io;

use super::speech::Choice;
use super::terminal::{Person, Reply, Terminal};
use super::{Stop, explain};
use crate::catalogue::Catalogue;
use crate::consent::State;
use crate::consent::receipt::Surface;
use crate::document::words;
use crate::purpose::{Purpose, Purposes};
use crate::telemetry::{Forgotten, GrantError, Offer, Question, RenewalQuestion, Status, Telemetry};

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

/// Asks the person at the terminal whether telemetry may be turned on, if they never decided before; and whether a list
/// that has grown may be sent, if they agreed to a shorter one and have not answered about this one.
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
/// An empty line is a "no" and is stored as one: off stays off, and a shorter list stays the shorter list. Nobody who
/// said no is asked again, whatever list a later build has. The end of input, another word or no answer store nothing.
pub fn ask_once<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Asked {
    if terminal.person() != Person::Present {
        return Asked::NotAsked;
    }
    match telemetry.status().state {
        State::Unasked => {}
        State::GrantedNarrow => return ask_about_list_once(telemetry, terminal),
        _ => return Asked::NotAsked,
    }
    let Some(question) = telemetry.present_in(Surface::Terminal, terminal.locale()) else { return Asked::NotAsked };
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
        Err(error) => {
            let words = terminal.speech().not_stored(&error.words_in(terminal.locale()));
            writeln!(terminal.messages(), "{words}")
        }
    };
    match stored {
        Ok(()) if purposes.is_empty() => Asked::Declined,
        Ok(()) => Asked::Agreed(purposes),
        Err(_) => Asked::NoAnswer,
    }
}

/// The same for a list that has grown since the person agreed, while they have not answered about it.
fn ask_about_list_once<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Asked {
    let question = telemetry.present_renewal(Surface::Terminal, terminal.locale());
    let Some(question) = question.filter(|question| question.renewal.offer() == Offer::Open) else {
        return Asked::NotAsked;
    };
    let asked = writeln!(terminal.messages()).and_then(|()| put_renewal(&question, terminal, Some(PATIENCE)));
    let Ok(Some(choice)) = asked else { return Asked::NoAnswer };
    match answer_renewal(telemetry, &question, choice, terminal) {
        Err(Stop::Output(_)) | Ok(()) => match choice {
            Choice::Keep | Choice::Off => Asked::Declined,
            Choice::Agree => Asked::Agreed(telemetry.status().purposes),
        },
        Err(error) => {
            let speech = terminal.speech();
            let _ = writeln!(terminal.messages(), "{}", speech.not_stored(&speech.stop(&error)));
            Asked::NoAnswer
        }
    }
}

/// Shows what is new and asks about it. `None` without an answer.
fn put_renewal(
    question: &RenewalQuestion,
    terminal: &mut Terminal<'_>,
    patience: Option<Duration>,
) -> io::Result<Option<Choice>> {
    writeln!(terminal.messages(), "{}", question.notice.to_text())?;
    terminal.choose(&question.notice, patience)
}

/// Stores the answer and says what holds now.
fn answer_renewal<C: Catalogue>(
    telemetry: &Telemetry<C>,
    question: &RenewalQuestion,
    choice: Choice,
    terminal: &mut Terminal<'_>,
) -> Result<(), Stop> {
    let (renewal, speech) = (&question.renewal, terminal.speech());
    let words = match choice {
        Choice::Keep => {
            telemetry.decline(Surface::Terminal).map_err(Stop::Store)?;
            speech.list_is_kept(renewal.agreed(), &words::command(&C::SCHEMA, "on"))
        }
        Choice::Agree => {
            telemetry.agree_to_renewal(question.ticket()).map_err(Stop::Grant)?;
            speech.list_is_agreed(renewal.offered())
        }
        Choice::Off => return off(telemetry, terminal),
    };
    Ok(writeln!(terminal.messages(), "{words}")?)
}

/// Shows the whole notice and asks for each purpose. `None` when any answer is missing: half a decision is none.
fn put<C: Catalogue>(
    question: &Question,
    terminal: &mut Terminal<'_>,
    patience: Option<Duration>,
) -> io::Result<Option<Purposes>> {
    put_for::<C>(question, |_| true, terminal, patience)
}

/// The same, for some of the purposes.
fn put_for<C: Catalogue>(
    question: &Question,
    is_asked: impl Fn(Purpose) -> bool,
    terminal: &mut Terminal<'_>,
    patience: Option<Duration>,
) -> io::Result<Option<Purposes>> {
    writeln!(terminal.messages(), "{}", question.notice.to_text(&place::<C>()))?;
    let mut agreed = Purposes::NONE;
    for purpose in question.notice.purposes().iter().filter(|purpose| is_asked(purpose.purpose)) {
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
    let (on, off) = (words::command(&C::SCHEMA, "on"), words::command(&C::SCHEMA, "off"));
    let words = terminal.speech().decided(purposes, &on, &off);
    writeln!(terminal.messages(), "{words}")
}

/// Where a person at a terminal changes their mind.
fn place<C: Catalogue>() -> String {
    words::command(&C::SCHEMA, "on, or off")
}

pub(super) fn on<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let status = telemetry.status_in(terminal.locale());
    if status.state == State::Fault {
        return Err(refused(&status));
    }
    let locale = terminal.locale();
    if status.state == State::GrantedNarrow {
        return on_with_longer_list(telemetry, &status, terminal);
    }
    // Asked for before anything is shown: where telemetry cannot be on, the question would be for nothing.
    let question = telemetry.present_in(Surface::Terminal, locale).ok_or_else(|| refused(&status))?;
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
        let words = terminal.speech().asks_anew(&status.line());
        writeln!(terminal.messages(), "{words}\n")?;
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

/// Where something is on and the list has grown for it: asks for the purposes that are off, and then about what is new
/// for whatever is on. Neither answer waits for the other, and nobody reads about changes of what is off.
fn on_with_longer_list<C: Catalogue>(
    telemetry: &Telemetry<C>,
    status: &Status,
    terminal: &mut Terminal<'_>,
) -> Result<(), Stop> {
    let locale = terminal.locale();
    if terminal.person() == Person::Absent {
        let question = telemetry.present_renewal(Surface::Terminal, locale).ok_or_else(|| refused(status))?;
        writeln!(terminal.messages(), "{}", question.notice.to_text())?;
        return Err(Stop::NoPerson);
    }
    let pending = further_purposes(telemetry, status, terminal)?;
    let Some(question) = telemetry.present_renewal_with(pending, Surface::Terminal, locale) else { return Ok(()) };
    let choice = put_renewal(&question, terminal, None)?.ok_or(Stop::NoDecision)?;
    answer_renewal(telemetry, &question, choice, terminal)?;
    if choice == Choice::Agree && !pending.is_empty() {
        // Its notice was shown and answered above; it waited for the list alone.
        let question = telemetry.present_in(Surface::Terminal, locale).ok_or_else(|| refused(status))?;
        telemetry.grant_also(question.ticket(), pending).map_err(Stop::Grant)?;
        confirm::<C>(telemetry.status().purposes, terminal)?;
    }
    Ok(())
}

/// Asks for the purposes that are off and turns on what is agreed to. Gives what stands only in the longer list, and so
/// has to wait for the answer about it.
fn further_purposes<C: Catalogue>(
    telemetry: &Telemetry<C>,
    status: &Status,
    terminal: &mut Terminal<'_>,
) -> Result<Purposes, Stop> {
    let suspended: Purposes = status.suspended.iter().map(|(purpose, _)| *purpose).collect();
    let is_off = |purpose| !status.purposes.union(suspended).contains(purpose);
    let question = telemetry.present_in(Surface::Terminal, terminal.locale()).ok_or_else(|| refused(status))?;
    if !question.notice.purposes().iter().any(|purpose| is_off(purpose.purpose)) {
        return Ok(Purposes::NONE);
    }
    writeln!(terminal.messages(), "{}\n", status.line())?;
    let chosen = put_for::<C>(&question, is_off, terminal, None)?.ok_or(Stop::NoDecision)?;
    if chosen.is_empty() {
        return Ok(Purposes::NONE);
    }
    match telemetry.grant_also(question.ticket(), chosen) {
        Ok(()) => {
            confirm::<C>(telemetry.status().purposes, terminal)?;
            writeln!(terminal.messages())?;
            Ok(Purposes::NONE)
        }
        Err(GrantError::ListFirst) => Ok(chosen),
        Err(error) => Err(Stop::Grant(error)),
    }
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
    let words = withdrawal.sentence_in(terminal.locale());
    Ok(writeln!(terminal.output(), "{words}")?)
}

pub(super) fn forget<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let (locale, speech) = (terminal.locale(), terminal.speech());
    let forgotten = telemetry.forget_in(Surface::Terminal, locale).map_err(Stop::NotStored)?;
    let Forgotten { withdrawal, request } = forgotten;
    writeln!(terminal.messages(), "{}", withdrawal.sentence_in(locale))?;
    let request = match request {
        Ok(request) => request,
        Err(nothing) => return Ok(writeln!(terminal.output(), "{}", nothing.sentence_in(locale))?),
    };
    let written = write!(terminal.output(), "\n{request}").and_then(|()| terminal.flush());
    if written.is_err() {
        // The identifiers are erased by now: this is the last place where they can be seen.
        write!(terminal.messages(), "\n{request}")?;
    }
    writeln!(terminal.messages(), "\n{}", speech.request_is_yours(&C::SCHEMA))?;
    Ok(written?)
}

pub(super) fn reset_id<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    // Asked first, because even the try to change a decision makes files, and where nobody agreed there are none.
    if telemetry.status().granted_revision.is_none() || !telemetry.reset_id(Surface::Terminal).map_err(Stop::Store)? {
        return Err(Stop::NoId);
    }
    let words = terminal.speech().identifiers_are_new();
    Ok(writeln!(terminal.output(), "{words}")?)
}
