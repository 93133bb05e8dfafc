//! Commands that show what is and what was: status, bodies, the sent log, receipts.
//!
//! It must never change a decision, and never print a body otherwise than it goes out unless asked to.

use serde::Serialize;

use super::arguments::{Form, Shape, shown};
use super::layout::pretty;
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
    let status = telemetry.status();
    if form == Form::Json {
        return Ok(writeln!(terminal.output(), "{}", status.to_json())?);
    }
    write!(terminal.output(), "{status}")?;
    if status.is_on() {
        writeln!(terminal.output(), "  turn it off: {}", words::command(&C::SCHEMA, "off"))?;
    } else if status.reasons.iter().all(|reason| explain::is_a_choice(reason.code)) {
        writeln!(terminal.output(), "  turn it on: {}", words::command(&C::SCHEMA, "on"))?;
    }
    for reason in &status.reasons {
        let explain = words::command(&C::SCHEMA, "explain");
        writeln!(terminal.output(), "  what this means: {explain} {}", reason.code)?;
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
        return Ok(writeln!(terminal.messages(), "Nothing is waiting to be sent.")?);
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
    let entries = telemetry.sent_log();
    if entries.is_empty() && form == Form::Text {
        return Ok(writeln!(terminal.messages(), "The log is empty: nothing was sent, or it was removed.")?);
    }
    for entry in entries {
        match form {
            Form::Text => writeln!(terminal.output(), "# {}\n{}", headline(&entry), entry.body)?,
            Form::Json => writeln!(terminal.output(), "{}", line(&entry))?,
        }
    }
    Ok(())
}

fn headline(entry: &SentEntry) -> String {
    match &entry.answer {
        None => format!("{} to {}: no answer is known", entry.at, entry.to),
        Some(Answer { outcome, status, wire_bytes }) => {
            let status = status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
            format!("{} to {}: {outcome}{status}, {wire_bytes} bytes on the wire", entry.at, entry.to)
        }
    }
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
    serde_json::to_string(&Line { at: entry.at, to: &entry.to, body: &entry.body, answer: entry.answer.as_ref() })
        .unwrap_or_default()
}

pub(super) fn clear_log<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    telemetry.clear_sent_log().map_err(Stop::Clear)?;
    Ok(writeln!(terminal.output(), "The log of what was sent is removed.")?)
}

pub(super) fn receipts<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let receipts = telemetry.receipts().map_err(Stop::Store)?;
    if receipts.is_empty() {
        writeln!(terminal.messages(), "There are no receipts: nobody has decided anything.")?;
    }
    for receipt in receipts {
        writeln!(terminal.output(), "{}", receipt.to_line())?;
    }
    Ok(())
}

pub(super) fn verify_receipts<C: Catalogue>(telemetry: &Telemetry<C>, terminal: &mut Terminal<'_>) -> Result<(), Stop> {
    let count = telemetry.verify_receipts().map_err(Stop::Receipts)?;
    let receipts = words::count(count, "receipt");
    Ok(writeln!(terminal.output(), "{receipts}; none was changed, lost or moved.")?)
}
