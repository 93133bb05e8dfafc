//! Commands that show what is and what was: status, bodies, the sent log, receipts.
//!
//! It must never change a decision, and never print a body otherwise than it goes out unless asked to.

use serde::Serialize;

use super::arguments::{Form, Shape, shown};
use super::layout::pretty;
use super::speech::Way;
use super::terminal::Terminal;
use super::{Stop, explain};
use crate::catalogue::Catalogue;
use crate::clock::Timestamp;
use crate::document::words;
use crate::sent_log::{Answer, SentEntry};
use crate::telemetry::Telemetry;

pub(super) fn status<C: Catalogue>(
    telemetry: &Telemetry<C>,
    form: Form,
    terminal: &mut Terminal<'_>,
) -> Result<(), Stop> {
    if form == Form::Json {
        // For programs, which are told the same whoever runs them.
        return Ok(writeln!(terminal.output(), "{}", telemetry.status().to_json())?);
    }
    let (status, speech) = (telemetry.status_in(terminal.locale()), terminal.speech());
    write!(terminal.output(), "{status}")?;
    let way = |way, subcommand: &str| speech.way(way, &words::command(&C::SCHEMA, subcommand));
    if status.is_on() {
        writeln!(terminal.output(), "  {}", way(Way::TurnOff, "off"))?;
    } else if status.reasons.iter().all(|reason| explain::is_a_choice(reason.code)) {
        writeln!(terminal.output(), "  {}", way(Way::TurnOn, "on"))?;
    }
    for reason in &status.reasons {
        writeln!(terminal.output(), "  {}", way(Way::Explain, &format!("explain {}", reason.code)))?;
    }
    Ok(())
}

pub(super) fn preview<C: Catalogue>(
    telemetry: &Telemetry<C>,
    event: Option<&str>,
    shape: Shape,
    terminal: &mut Terminal<'_>,
) -> Result<(), Stop> {
    if let Some(given) = event.filter(|name| C::SCHEMA.event(name).is_none()) {
        let known: Vec<&str> = C::SCHEMA.events.iter().map(|event| event.name).collect();
        return Err(Stop::UnknownEvent { given: shown(given.as_ref()), known: known.join(", ").into() });
    }
    for (_, example) in telemetry.examples().filter(|(name, _)| event.is_none_or(|wanted| wanted == *name)) {
        body(&example, shape, terminal)?;
    }
    Ok(())
}

pub(super) fn waiting<C: Catalogue>(
    telemetry: &Telemetry<C>,
    shape: Shape,
    terminal: &mut Terminal<'_>,
) -> Result<(), Stop> {
    let waiting = telemetry.waiting();
    if waiting.is_empty() {
        let words = terminal.speech().nothing_waits();
        return Ok(writeln!(terminal.messages(), "{words}")?);
    }
    waiting.iter().try_for_each(|waiting| body(waiting, shape, terminal))
}

fn body(body: &str, shape: Shape, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    Ok(match shape {
        Shape::Exact => writeln!(terminal.output(), "{body}"),
        Shape::Pretty => writeln!(terminal.output(), "{}", pretty(body)),
    }?)
}

pub(super) fn log<C: Catalogue>(telemetry: &Telemetry<C>, form: Form, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let (entries, speech) = (telemetry.sent_log(), terminal.speech());
    if entries.is_empty() && form == Form::Text {
        return Ok(writeln!(terminal.messages(), "{}", speech.log_is_empty())?);
    }
    for entry in entries {
        match form {
            Form::Text => writeln!(terminal.output(), "# {}\n{}", speech.log_entry(&entry), entry.body())?,
            Form::Json => writeln!(terminal.output(), "{}", line(&entry))?,
        }
    }
    Ok(())
}

/// One entry as a line of JSON; the body is a text in it, so that it stays exact.
fn line(entry: &SentEntry) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        at: Timestamp,
        to: &'a str,
        body: &'a str,
        answer: Option<&'a Answer>,
    }
    // Texts and numbers always have a text.
    serde_json::to_string(&Line { at: entry.at, to: &entry.to, body: &entry.body(), answer: entry.answer.as_ref() })
        .unwrap_or_default()
}

pub(super) fn clear_log<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    telemetry.clear_sent_log().map_err(Stop::Clear)?;
    let words = terminal.speech().log_is_removed();
    Ok(writeln!(terminal.output(), "{words}")?)
}

pub(super) fn receipts<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let receipts = telemetry.receipts().map_err(Stop::Store)?;
    if receipts.is_empty() {
        let words = terminal.speech().no_receipts();
        writeln!(terminal.messages(), "{words}")?;
    }
    for receipt in receipts {
        writeln!(terminal.output(), "{}", receipt.to_line())?;
    }
    Ok(())
}

pub(super) fn verify_receipts<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let count = telemetry.verify_receipts().map_err(Stop::Receipts)?;
    let words = terminal.speech().receipts_hold(count);
    Ok(writeln!(terminal.output(), "{words}")?)
}
