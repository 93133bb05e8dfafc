//! Recorded time: the list of a week, and entries made or corrected by hand.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::ToSpan as _;
use jiff::civil::Date;
use rusqlite::Connection;
use serde::Deserialize;

use super::form::{Choice, Field, Form, Group, NOTE, valid};
use super::{Id, Layout, Section, done, mistaken, page};
use crate::app::App;
use crate::db::entries::{self, Details, Entry};
use crate::db::{self, Shelf, projects, tasks};
use crate::error::Failure;
use crate::flash::Flash;
use crate::session::SignedIn;
use crate::time::{self, Length};

/// Longer entries are more often a typing mistake than work.
const LONGEST: i64 = 24 * 60 * 60;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/entries", get(list).post(create))
        .route("/entries/new", get(new))
        .route("/entries/{id}", get(edit).post(update))
        .route("/entries/{id}/delete", post(delete))
}

/// An entry as a line of a table.
pub(super) struct Line {
    pub(super) id: i64,
    pub(super) user_name: String,
    pub(super) project_id: i64,
    pub(super) project_name: String,
    pub(super) task_id: Option<i64>,
    pub(super) task_name: Option<String>,
    pub(super) note: String,
    /// What a form sends to start the same again.
    pub(super) target: String,
    pub(super) date: String,
    pub(super) from: String,
    /// `None` while the timer runs.
    pub(super) to: Option<String>,
    pub(super) length: Length,
}

impl Line {
    pub(super) fn new(entry: Entry, me: &SignedIn, now: i64) -> Self {
        let zone = &me.zone;
        Self {
            target: target_code(entry.project_id, entry.task_id),
            date: me.words().short_date(time::local(entry.started_at, zone).date()),
            from: time::clock(entry.started_at, zone),
            to: entry.ended_at.map(|end| time::clock(end, zone)),
            length: Length(entry.ended_at.unwrap_or(now) - entry.started_at),
            id: entry.id,
            user_name: entry.user_name,
            project_id: entry.project_id,
            project_name: entry.project_name,
            task_id: entry.task_id,
            task_name: entry.task_name,
            note: entry.note,
        }
    }

    /// The colour of the project's mark, one of eight.
    pub(super) fn hue(&self) -> i64 {
        hue(self.project_id)
    }
}

pub(super) const fn hue(project_id: i64) -> i64 {
    project_id.rem_euclid(8)
}

/// The value of a list box that stands for a project or one of its tasks.
pub(super) fn target_code(project_id: i64, task_id: Option<i64>) -> String {
    match task_id {
        Some(id) => format!("task-{id}"),
        None => format!("project-{project_id}"),
    }
}

pub(super) fn parse_target(code: &str) -> Option<entries::Choice> {
    match code.split_once('-')? {
        ("project", id) => Some(entries::Choice::Project(id.parse().ok()?)),
        ("task", id) => Some(entries::Choice::Task(id.parse().ok()?)),
        _ => None,
    }
}

/// Everything that time can be recorded on now: each current project with its open tasks.
pub(super) fn targets(db: &Connection, selected: &str) -> Result<Vec<Group>, db::Error> {
    let tasks = tasks::list(db, tasks::Filter::Open)?;
    let group = |project: projects::Project| {
        let whole = Choice::new(target_code(project.id, None), project.name.clone(), selected);
        let parts = tasks.iter().filter(|task| task.project_id == project.id).map(|task| {
            let label = format!("{} › {}", project.name, task.name);
            Choice::new(target_code(project.id, Some(task.id)), label, selected)
        });
        Group {
            label: match &project.client_name {
                Some(client) => format!("{client} – {}", project.name),
                None => project.name.clone(),
            },
            choices: std::iter::once(whole).chain(parts).collect(),
        }
    };
    Ok(projects::list(db, Shelf::Current)?.into_iter().map(group).collect())
}

#[derive(Template)]
#[template(path = "entries.html")]
struct EntriesPage {
    layout: Layout,
    title: String,
    days: Vec<DayOfEntries>,
    total: Length,
    earlier: Date,
    later: Date,
    here: String,
}

struct DayOfEntries {
    title: String,
    total: Length,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Week {
    /// Any day of the week wanted, `YYYY-MM-DD`.
    #[serde(default)]
    week: String,
}

async fn list(State(app): State<App>, me: SignedIn, Query(query): Query<Week>) -> Result<Response, Failure> {
    let now = time::now();
    let date = query.week.parse().unwrap_or_else(|_| time::local(now, &me.zone).date());
    let days = time::week(date, me.settings.week_start, &me.zone);
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Err(Failure::internal());
    };
    let (user, from, to) = (me.user.id, first.start, last.end);
    let found = app.db.call(move |db| entries::between(db, user, from, to)).await?;

    let total =
        |day: &time::Day| -> i64 { found.iter().map(|e| day.part_of(e.started_at, e.ended_at.unwrap_or(now))).sum() };
    let days_with_totals: Vec<_> = days.iter().rev().map(|day| (*day, total(day))).collect();
    let days_of_entries = days_with_totals
        .iter()
        .map(|(day, seconds)| DayOfEntries {
            title: me.words().day_title(day.date),
            total: Length(*seconds),
            lines: found
                .iter()
                // An entry stands on the day it started, or on the first day that is shown.
                .filter(|e| (day.start..day.end).contains(&e.started_at.max(from)))
                .map(|entry| Line::new(entry.clone(), &me, now))
                .collect(),
        })
        .filter(|day| !day.lines.is_empty() || day.total.0 > 0)
        .collect();
    page(&EntriesPage {
        layout: Layout::new(&me, Section::Time, me.words().frame.time),
        title: me.words().stretch(first.date, last.date),
        total: Length(days_with_totals.iter().map(|(_, seconds)| seconds).sum()),
        days: days_of_entries,
        earlier: first.date.saturating_sub(7.days()),
        later: first.date.saturating_add(7.days()),
        here: format!("/entries?week={}", first.date),
    })
}

#[derive(Template)]
#[template(path = "entry_form.html")]
struct EntryPage {
    layout: Layout,
    /// `None` for a new entry.
    id: Option<i64>,
    running: bool,
    zone_name: String,
    target: Field,
    targets: Vec<Group>,
    note: Field,
    started: Field,
    ended: Field,
}

#[derive(Deserialize)]
struct Preselected {
    #[serde(default)]
    target: String,
}

async fn new(
    State(app): State<App>,
    me: SignedIn,
    Query(preselected): Query<Preselected>,
) -> Result<Response, Failure> {
    let now = time::now();
    let selected = preselected.target.clone();
    let targets = app.db.call(move |db| targets(db, &selected)).await?;
    // The last full hour is the likeliest thing to be added by hand, and easy to change.
    let end = now - now.rem_euclid(3600);
    page(&EntryPage {
        layout: Layout::new(&me, Section::Time, me.words().work.add_time),
        id: None,
        running: false,
        zone_name: me.user.time_zone.clone(),
        target: Field::new(preselected.target),
        targets,
        note: Field::default(),
        started: Field::new(time::field(end - 3600, &me.zone)),
        ended: Field::new(time::field(end, &me.zone)),
    })
}

async fn edit(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let (user, words) = (me.user.id, &me.words().work);
    let (entry, targets) = app
        .db
        .call(move |db| {
            let entry = entries::find(db, user, id)?;
            let targets = targets_with(db, &entry, words.as_recorded)?;
            Ok((entry, targets))
        })
        .await?;
    page(&EntryPage {
        layout: Layout::new(&me, Section::Time, me.words().work.edit_time),
        id: Some(id),
        running: entry.ended_at.is_none(),
        zone_name: me.user.time_zone.clone(),
        target: Field::new(target_code(entry.project_id, entry.task_id)),
        targets,
        note: Field::new(entry.note),
        started: Field::new(time::field(entry.started_at, &me.zone)),
        ended: Field::new(entry.ended_at.map_or(String::new(), |end| time::field(end, &me.zone))),
    })
}

/// [`targets`], and the entry's own under a heading of its own even when that is archived or done by now.
fn targets_with(db: &Connection, entry: &Entry, heading: &str) -> Result<Vec<Group>, db::Error> {
    let code = target_code(entry.project_id, entry.task_id);
    let mut groups = targets(db, &code)?;
    if !groups.iter().flat_map(|group| &group.choices).any(|choice| choice.selected) {
        let label = match &entry.task_name {
            Some(task) => format!("{} › {task}", entry.project_name),
            None => entry.project_name.clone(),
        };
        let choices = vec![Choice::new(code.clone(), label, &code)];
        groups.insert(0, Group { label: heading.to_owned(), choices });
    }
    Ok(groups)
}

#[derive(Deserialize)]
struct EntryForm {
    #[serde(default)]
    target: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    started: String,
    #[serde(default)]
    ended: String,
}

/// What was typed, checked field by field.
struct Checked {
    target: Field,
    note: Field,
    started: Field,
    ended: Field,
    /// `None` when a field was refused.
    values: Option<(entries::Choice, String, i64, Option<i64>)>,
}

impl EntryForm {
    /// `existing` keeps exact seconds where a field still shows what is stored: a local time that
    /// occurs twice cannot be told apart by its text.
    fn check(self, me: &SignedIn, existing: Option<&Entry>, now: i64) -> Checked {
        let (zone, words) = (&me.zone, &me.words().work);
        let read = |field: &mut Field, stored: Option<i64>| {
            if let Some(stored) = stored.filter(|stored| time::field(*stored, zone) == field.value) {
                return Some(stored);
            }
            let read = time::parse_field(&field.value, zone);
            if read.is_none() {
                field.refuse(words.enter_moment);
            }
            read
        };
        let mut target = Field::new(self.target);
        let mut note = Field::new(self.note);
        let mut started = Field::new(self.started);
        let mut ended = Field::new(self.ended);

        let choice = parse_target(&target.value);
        if choice.is_none() {
            target.refuse(words.choose_target);
        }
        let text = note.text(NOTE, me.words());
        let from = read(&mut started, existing.map(|entry| entry.started_at));
        let may_run = existing.is_some_and(|entry| entry.ended_at.is_none());
        let to = if may_run && ended.value.is_empty() {
            None
        } else {
            read(&mut ended, existing.and_then(|entry| entry.ended_at))
        };
        match (from, to) {
            (Some(from), Some(to)) if to <= from => ended.refuse(words.end_before_start),
            (Some(from), Some(to)) if to - from > LONGEST => {
                ended.refuse(words.too_long);
            }
            (Some(from), None) if may_run && from > now => {
                started.refuse(words.starts_later);
            }
            _ => {}
        }
        let values = match (choice, from) {
            (Some(choice), Some(from)) if valid(&[&target, &note, &started, &ended]) => Some((choice, text, from, to)),
            _ => None,
        };
        Checked { target, note, started, ended, values }
    }
}

/// Shows the form again with what was typed.
async fn again(app: &App, me: &SignedIn, checked: Checked, existing: Option<Entry>) -> Result<Response, Failure> {
    let selected = checked.target.value.clone();
    let words = &me.words().work;
    let title = if existing.is_some() { words.edit_time } else { words.add_time };
    let (id, running) = match &existing {
        Some(entry) => (Some(entry.id), entry.ended_at.is_none()),
        None => (None, false),
    };
    let targets = app.db.call(move |db| targets(db, &selected)).await?;
    mistaken(&EntryPage {
        layout: Layout::new(me, Section::Time, title),
        id,
        running,
        zone_name: me.user.time_zone.clone(),
        target: checked.target,
        targets,
        note: checked.note,
        started: checked.started,
        ended: checked.ended,
    })
}

async fn create(State(app): State<App>, me: SignedIn, Form(form): Form<EntryForm>) -> Result<Response, Failure> {
    let checked = form.check(&me, None, time::now());
    let Some((choice, note, started_at, ended_at)) = checked.values.clone() else {
        return again(&app, &me, checked, None).await;
    };
    let user = me.user.id;
    app.db
        .call(move |db| {
            let target = entries::target(db, choice)?;
            entries::create(db, user, &Details { target, note, started_at, ended_at })
        })
        .await?;
    done(&app, "/entries", Flash::EntryCreated)
}

async fn update(
    State(app): State<App>,
    me: SignedIn,
    Id(id): Id,
    Form(form): Form<EntryForm>,
) -> Result<Response, Failure> {
    let user = me.user.id;
    let existing = app.db.call(move |db| entries::find(db, user, id)).await?;
    let checked = form.check(&me, Some(&existing), time::now());
    let Some((choice, note, started_at, ended_at)) = checked.values.clone() else {
        return again(&app, &me, checked, Some(existing)).await;
    };
    app.db
        .call(move |db| {
            let target = entries::target(db, choice)?;
            entries::update(db, user, id, &Details { target, note, started_at, ended_at })
        })
        .await?;
    done(&app, "/entries", Flash::EntryUpdated)
}

async fn delete(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let user = me.user.id;
    app.db.call(move |db| entries::delete(db, user, id)).await?;
    done(&app, "/entries", Flash::EntryDeleted)
}
