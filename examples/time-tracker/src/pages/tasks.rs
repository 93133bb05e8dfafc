//! Tasks: list by status, one task's page, add, edit, change of status, delete.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::comments::Thread;
use super::entries::Line;
use super::form::{Choice, Field, Form, NAME, NOTE, valid};
use super::{Id, Layout, Section, done, mistaken, own_path, page};
use crate::app::App;
use crate::db::tasks::{self, Details, Filter, Priority, Status, Task};
use crate::db::{Shelf, comments, entries, projects};
use crate::error::Failure;
use crate::flash::Flash;
use crate::session::SignedIn;
use crate::telemetry::Tracked;
use crate::time::{self, Length};
use crate::words::Words;

/// Enough to see what happened lately; the rest is in each person's own list.
const RECENT: i64 = 10;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks", get(list).post(create))
        .route("/tasks/new", get(new))
        .route("/tasks/{id}", get(show).post(update))
        .route("/tasks/{id}/edit", get(edit))
        .route("/tasks/{id}/status", post(set_status))
        .route("/tasks/{id}/delete", post(delete))
}

#[derive(Template)]
#[template(path = "tasks.html")]
struct TasksPage {
    layout: Layout,
    /// `None` shows everything that is not done.
    status: Option<Status>,
    tasks: Vec<Task>,
    any_project: bool,
}

#[derive(Deserialize)]
struct ByStatus {
    #[serde(default)]
    status: String,
}

async fn list(State(app): State<App>, me: SignedIn, Query(query): Query<ByStatus>) -> Result<Response, Failure> {
    let status = Status::from_code(&query.status);
    let filter = status.map_or(Filter::Open, Filter::Status);
    let (tasks, any_project) =
        app.db.call(move |db| Ok((tasks::list(db, filter)?, !projects::list(db, Shelf::Current)?.is_empty()))).await?;
    page(&TasksPage { layout: Layout::new(&me, Section::Tasks, me.words().frame.tasks), status, tasks, any_project })
}

#[derive(Template)]
#[template(path = "task.html")]
struct TaskPage {
    layout: Layout,
    task: Task,
    statuses: Vec<Choice>,
    entries: Vec<Line>,
    thread: Thread,
}

async fn show(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let (task, entries, comments) = app
        .db
        .call(move |db| {
            let task = tasks::find(db, id)?;
            Ok((task, entries::on_task(db, id, RECENT)?, comments::on_task(db, id)?))
        })
        .await?;
    let now = time::now();
    let choice = |status: &Status| Choice::new(status.code(), me.words().status(*status), task.status.code());
    page(&TaskPage {
        layout: Layout::new(&me, Section::Tasks, &task.name),
        statuses: Status::ALL.iter().map(choice).collect(),
        entries: entries.into_iter().map(|entry| Line::new(entry, &me, now)).collect(),
        thread: Thread::new(format!("/tasks/{id}/comments"), comments, &me),
        task,
    })
}

#[derive(Template)]
#[template(path = "task_form.html")]
struct TaskFormPage {
    layout: Layout,
    /// `None` for a new task, whose project can still be chosen.
    existing: Option<Task>,
    name: Field,
    note: Field,
    priority: Field,
    priorities: Vec<Choice>,
    project: Field,
    projects: Vec<Choice>,
}

#[derive(Default, Deserialize)]
struct TaskForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    priority: String,
    #[serde(default)]
    project: String,
}

/// The form's fields while they are checked.
struct Fields {
    name: Field,
    note: Field,
    priority: Field,
    project: Field,
}

impl Fields {
    fn of(form: TaskForm) -> Self {
        Self {
            name: Field::new(form.name),
            note: Field::new(form.note),
            priority: Field::new(form.priority),
            project: Field::new(form.project),
        }
    }

    fn check(&mut self, words: &Words) -> Option<Details> {
        let name = self.name.required(NAME, words.frame.enter_name, words);
        let note = self.note.text(NOTE, words);
        let Some(priority) = Priority::from_code(&self.priority.value) else {
            self.priority.refuse(words.work.choose_priority);
            return None;
        };
        valid(&[&self.name, &self.note]).then_some(Details { name, note, priority })
    }

    async fn page(self, app: &App, me: &SignedIn, existing: Option<Task>) -> Result<TaskFormPage, Failure> {
        let projects = app.db.call(|db| projects::list(db, Shelf::Current)).await?;
        let words = me.words();
        let title = if existing.is_some() { words.work.edit_task } else { words.work.add_task };
        let choice = |p: &Priority| Choice::new(p.code(), words.priority(*p), &self.priority.value);
        Ok(TaskFormPage {
            layout: Layout::new(me, Section::Tasks, title),
            existing,
            priorities: Priority::ALL.iter().map(choice).collect(),
            projects: projects
                .into_iter()
                .map(|project| {
                    let label = match project.client_name {
                        Some(client) => format!("{client} – {}", project.name),
                        None => project.name,
                    };
                    Choice::new(project.id.to_string(), label, &self.project.value)
                })
                .collect(),
            name: self.name,
            note: self.note,
            priority: self.priority,
            project: self.project,
        })
    }
}

#[derive(Deserialize)]
struct InProject {
    #[serde(default)]
    project: String,
}

async fn new(
    State(app): State<App>,
    me: SignedIn,
    Query(InProject { project }): Query<InProject>,
) -> Result<Response, Failure> {
    let priority = Priority::Normal.code().to_owned();
    let fields = Fields::of(TaskForm { priority, project, ..TaskForm::default() });
    page(&fields.page(&app, &me, None).await?)
}

async fn edit(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let task = app.db.call(move |db| tasks::find(db, id)).await?;
    let fields = Fields::of(TaskForm {
        name: task.name.clone(),
        note: task.note.clone(),
        priority: task.priority.code().to_owned(),
        project: task.project_id.to_string(),
    });
    page(&fields.page(&app, &me, Some(task)).await?)
}

async fn create(State(app): State<App>, me: SignedIn, Form(form): Form<TaskForm>) -> Result<Response, Failure> {
    let mut fields = Fields::of(form);
    let details = fields.check(me.words());
    let wanted = fields.project.value.parse::<i64>().ok();
    let project = match wanted {
        Some(id) => app.db.call(move |db| projects::find(db, id)).await.ok(),
        None => None,
    };
    if project.is_none() {
        fields.project.refuse(me.words().work.choose_project);
    }
    let (Some(details), Some(project)) = (details, project) else {
        return mistaken(&fields.page(&app, &me, None).await?);
    };
    let project_id = project.id;
    let priority = details.priority;
    let task_id = app.db.call(move |db| tasks::create(db, project_id, &details, time::now())).await?;
    app.telemetry.track(Tracked::TaskCreated {
        task_id: task_id.into(),
        project_id: project_id.into(),
        priority: priority.into(),
    });
    done(&app, &format!("/tasks/{task_id}"), Flash::TaskCreated)
}

async fn update(
    State(app): State<App>,
    me: SignedIn,
    Id(id): Id,
    Form(form): Form<TaskForm>,
) -> Result<Response, Failure> {
    let existing = app.db.call(move |db| tasks::find(db, id)).await?;
    let mut fields = Fields::of(form);
    let Some(details) = fields.check(me.words()) else {
        return mistaken(&fields.page(&app, &me, Some(existing)).await?);
    };
    let priority = details.priority;
    app.db.call(move |db| tasks::update(db, id, &details)).await?;
    app.telemetry.track(Tracked::TaskUpdated { task_id: id.into(), priority: priority.into() });
    done(&app, &format!("/tasks/{id}"), Flash::TaskUpdated)
}

#[derive(Deserialize)]
struct StatusForm {
    status: String,
    /// The page to return to.
    #[serde(default)]
    back: String,
}

async fn set_status(
    State(app): State<App>,
    _me: SignedIn,
    Id(id): Id,
    Form(form): Form<StatusForm>,
) -> Result<Response, Failure> {
    let status = Status::from_code(&form.status).ok_or(Failure::BadRequest)?;
    let before = app.db.call(move |db| tasks::set_status(db, id, status)).await?;
    if before != status {
        app.telemetry.track(Tracked::TaskStatusChanged { task_id: id.into(), status: status.into() });
    }
    done(&app, own_path(&form.back), Flash::TaskStatusChanged)
}

async fn delete(State(app): State<App>, _me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let project_id = app
        .db
        .call(move |db| {
            let task = tasks::find(db, id)?;
            tasks::delete(db, id)?;
            Ok(task.project_id)
        })
        .await?;
    app.telemetry.track(Tracked::TaskDeleted { task_id: id.into() });
    done(&app, &format!("/projects/{project_id}"), Flash::TaskDeleted)
}
