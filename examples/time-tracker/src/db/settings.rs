//! Settings of the whole installation.

use rusqlite::Connection;

use super::{Error, all};
use crate::choice::choice;

choice! {
    /// The day on which weeks start in tables and charts.
    pub(crate) enum WeekStart {
        Monday = "monday";
        Sunday = "sunday";
        Saturday = "saturday";
    }
}

/// What an administrator can set for everyone.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Shown at the top of every page; may be empty.
    pub(crate) organisation: String,
    /// The time zone that new users start with.
    pub(crate) time_zone: String,
    pub(crate) week_start: WeekStart,
}

pub(crate) fn load(db: &Connection) -> Result<Settings, Error> {
    let mut settings =
        Settings { organisation: String::new(), time_zone: "UTC".to_owned(), week_start: WeekStart::Monday };
    let pairs =
        all(db, "SELECT key, value FROM settings", [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for (key, value) in pairs {
        match key.as_str() {
            "organisation" => settings.organisation = value,
            "time_zone" => settings.time_zone = value,
            "week_start" => {
                settings.week_start = WeekStart::from_code(&value).unwrap_or(WeekStart::Monday);
            }
            _ => {}
        }
    }
    Ok(settings)
}

pub(crate) fn save(db: &mut Connection, settings: &Settings) -> Result<(), Error> {
    let transaction = db.transaction()?;
    for (key, value) in [
        ("organisation", settings.organisation.as_str()),
        ("time_zone", &settings.time_zone),
        ("week_start", settings.week_start.code()),
    ] {
        transaction.execute(
            "INSERT INTO settings (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )?;
    }
    Ok(transaction.commit()?)
}
