//! Comparing lists of events: two lock files, or one with this program.
//!
//! It must never call a longer list the same or shorter: the exit code goes into scripts.

use std::fs;
use std::path::Path;

use super::Stop;
use super::terminal::Terminal;
use crate::catalogue::CatalogueSchema;
use crate::catalogue::diff::{Class, Difference};
use crate::catalogue::lock::Lock;

pub(super) fn diff(
    schema: &CatalogueSchema,
    old: &Path,
    new: Option<&Path>,
    terminal: &mut Terminal<'_>,
) -> Result<(), Stop> {
    let old = read(old)?;
    let new = new.map_or_else(|| Ok(Lock::of(schema)), read)?;
    let difference = Difference::between(&old, &new);
    let class = difference.class();
    let (speech, locale) = (terminal.speech(), terminal.locale());
    if difference.changes().is_empty() {
        writeln!(terminal.output(), "{}", speech.nothing_has_changed())?;
    } else {
        writeln!(terminal.output(), "{}", difference.told_in(locale))?;
    }
    writeln!(terminal.output(), "\n{}", speech.consequence(class))?;
    if let Some(remedy) = difference.needs_revision_in(locale) {
        writeln!(terminal.output(), "{}", speech.before_release(&remedy))?;
    }
    if class < Class::Wider { Ok(()) } else { Err(Stop::Grown(class)) }
}

fn read(path: &Path) -> Result<Lock, Stop> {
    Lock::parse(&fs::read_to_string(path).map_err(Stop::Read)?).map_err(Stop::Lock)
}
