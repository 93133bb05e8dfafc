//! Today: the running timer, the day's and the week's time, a chart of the last seven days, and
//! what was done last.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::entries::{Line, hue, targets};
use super::form::Group;
use super::{Layout, Section, page};
use crate::app::App;
use crate::db::entries::{self, Entry};
use crate::error::Failure;
use crate::session::SignedIn;
use crate::time::{self, Day, Length};
use crate::words::Words;

/// As many as fit on a screen without scrolling far.
const RECENT: i64 = 8;

/// The chart is at least this high, so that a short day does not look like a long one.
const FULL_DAY: i64 = 8 * 60 * 60;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    layout: Layout,
    date: String,
    clock: String,
    running: Option<Line>,
    targets: Vec<Group>,
    today: Length,
    week: Length,
    bars: Vec<Bar>,
    recent: Vec<Line>,
}

/// One day of the chart.
struct Bar {
    weekday: &'static str,
    title: String,
    total: Length,
    today: bool,
    parts: Vec<Part>,
}

/// One project's share of a bar, from the top, in hundredths of the chart's height.
struct Part {
    hue: i64,
    top: f64,
    height: f64,
}

async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    let now = time::now();
    let date = time::local(now, &me.zone).date();
    let days = time::last_seven_days(date, &me.zone);
    let week = time::week(date, me.settings.week_start, &me.zone);
    let (Some(first), Some(last)) = (days.first(), week.last()) else {
        return Err(Failure::internal());
    };
    // The week began within the last seven days, so this reaches over both.
    let (user, from, to) = (me.user.id, first.start, last.end);
    let (running, found, recent, targets) = app
        .db
        .call(move |db| {
            Ok((
                entries::running(db, user)?,
                entries::between(db, user, from, to)?,
                entries::recent(db, user, RECENT)?,
                targets(db, "")?,
            ))
        })
        .await?;
    let bars = chart(&days, &found, date, now, me.words());
    let spent = |day: &Day| -> i64 { by_project(day, &found, now).iter().map(|(_, s)| s).sum() };
    page(&DashboardPage {
        layout: Layout::new(&me, Section::Today, me.words().frame.today),
        date: me.words().day_title(date),
        clock: time::local(now, &me.zone).strftime("%H:%M:%S").to_string(),
        running: running.map(|entry| Line::new(entry, &me, now)),
        targets,
        today: Length(spent(&Day::of(date, &me.zone))),
        week: Length(week.iter().map(spent).sum()),
        bars,
        recent: recent.into_iter().map(|entry| Line::new(entry, &me, now)).collect(),
    })
}

fn chart(days: &[Day], entries: &[Entry], today: jiff::civil::Date, now: i64, words: &Words) -> Vec<Bar> {
    let shares: Vec<Vec<(i64, i64)>> = days.iter().map(|day| by_project(day, entries, now)).collect();
    let total = |shares: &Vec<(i64, i64)>| shares.iter().map(|(_, seconds)| seconds).sum::<i64>();
    let scale = shares.iter().map(total).max().unwrap_or(0).max(FULL_DAY);
    days.iter()
        .zip(&shares)
        .map(|(day, shares)| {
            let mut top = 100.0;
            let part = |(project, seconds): &(i64, i64)| {
                let height = hundredths(*seconds, scale);
                top -= height;
                Part { hue: hue(*project), top, height }
            };
            Bar {
                weekday: words.weekday(day.date),
                title: words.day_title(day.date),
                total: Length(total(shares)),
                today: day.date == today,
                parts: shares.iter().map(part).collect(),
            }
        })
        .collect()
}

/// The seconds of each project on a day, in a stable order.
fn by_project(day: &Day, entries: &[Entry], now: i64) -> Vec<(i64, i64)> {
    let mut shares = std::collections::BTreeMap::new();
    for entry in entries {
        let seconds = day.part_of(entry.started_at, entry.ended_at.unwrap_or(now));
        if seconds > 0 {
            *shares.entry(entry.project_id).or_insert(0) += seconds;
        }
    }
    shares.into_iter().collect()
}

#[expect(clippy::cast_precision_loss, reason = "a week's seconds are far below 2^52")]
fn hundredths(part: i64, whole: i64) -> f64 {
    (part as f64 / whole as f64 * 1000.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::settings::WeekStart;
    use jiff::{civil::date, tz::TimeZone};

    fn entry(project_id: i64, started_at: i64, ended_at: Option<i64>) -> Entry {
        Entry {
            id: 1,
            user_name: String::new(),
            project_id,
            project_name: String::new(),
            task_id: None,
            task_name: None,
            note: String::new(),
            started_at,
            ended_at,
        }
    }

    #[test]
    fn bars_add_up_projects_and_count_the_running_timer() {
        let today = date(2026, 11, 24);
        let days = time::week(today, WeekStart::Monday, &TimeZone::UTC);
        let start = days[1].start;
        let entries = [
            entry(1, start, Some(start + 3600)),
            entry(2, start + 3600, Some(start + 7200)),
            entry(1, start + 7200, None),
        ];
        let bars = chart(&days, &entries, today, start + 7260, Words::of(telemetry_core::Locale::English));
        assert_eq!(bars[1].total, Length(7260));
        assert!(bars[1].today && !bars[0].today);
        assert_eq!(bars[1].parts.len(), 2);
        let heights: f64 = bars[1].parts.iter().map(|part| part.height).sum();
        assert!((heights - hundredths(7260, FULL_DAY)).abs() < 0.2);
        assert!((bars[1].parts[1].top - (100.0 - heights)).abs() < 0.01);
        assert_eq!(bars[0].total, Length(0));
    }
}
