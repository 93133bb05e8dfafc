//! Projects: list, one project's page, add, edit, archive, delete.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use rusqlite::Connection;
use serde::Deserialize;

use super::clients::Show;
use super::comments::Thread;
use super::entries::Line;
use super::form::{Choice, Field, Form, NAME, NOTE, valid};
use super::{Id, Layout, Section, done, mistaken, page};
use crate::app::App;
use crate::db::projects::{self, Details, Project};
use crate::db::tasks::{self, Task};
use crate::db::{self, Shelf, clients, comments, entries};
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
        .route("/projects", get(list).post(create))
        .route("/projects/new", get(new))
        .route("/projects/{id}", get(show).post(update))
        .route("/projects/{id}/edit", get(edit))
        .route("/projects/{id}/archive", post(archive))
        .route("/projects/{id}/restore", post(restore))
        .route("/projects/{id}/delete", post(delete))
}

#[derive(Template)]
#[template(path = "projects.html")]
struct ProjectsPage {
    layout: Layout,
    archived: bool,
    projects: Vec<Project>,
}

async fn list(State(app): State<App>, me: SignedIn, Query(show): Query<Show>) -> Result<Response, Failure> {
    let shelf = show.shelf();
    let projects = app.db.call(move |db| projects::list(db, shelf)).await?;
    let archived = shelf == Shelf::Archived;
    page(&ProjectsPage { layout: Layout::new(&me, Section::Projects, me.words().frame.projects), archived, projects })
}

#[derive(Template)]
#[template(path = "project.html")]
struct ProjectPage {
    layout: Layout,
    project: Project,
    tasks: Vec<Task>,
    entries: Vec<Line>,
    thread: Thread,
}

async fn show(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let (project, tasks, entries, comments) = app
        .db
        .call(move |db| {
            Ok((
                projects::find(db, id)?,
                tasks::list(db, tasks::Filter::Project(id))?,
                entries::on_project(db, id, RECENT)?,
                comments::on_project(db, id)?,
            ))
        })
        .await?;
    let now = time::now();
    page(&ProjectPage {
        layout: Layout::new(&me, Section::Projects, &project.name),
        tasks,
        entries: entries.into_iter().map(|entry| Line::new(entry, &me, now)).collect(),
        thread: Thread::new(format!("/projects/{id}/comments"), comments, &me),
        project,
    })
}

#[derive(Template)]
#[template(path = "project_form.html")]
struct ProjectFormPage {
    layout: Layout,
    /// `None` for a new project.
    existing: Option<Project>,
    name: Field,
    note: Field,
    client: Field,
    clients: Vec<Choice>,
    problem: Option<&'static str>,
}

#[derive(Default, Deserialize)]
struct ProjectForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    note: String,
    /// A client's id, or nothing for work of one's own.
    #[serde(default)]
    client: String,
}

/// The form's fields while they are checked.
struct Fields {
    name: Field,
    note: Field,
    client: Field,
}

impl Fields {
    fn of(form: ProjectForm) -> Self {
        Self { name: Field::new(form.name), note: Field::new(form.note), client: Field::new(form.client) }
    }

    fn of_project(project: &Project) -> Self {
        Self::of(ProjectForm {
            name: project.name.clone(),
            note: project.note.clone(),
            client: project.client_id.map_or(String::new(), |id| id.to_string()),
        })
    }

    fn check(&mut self, words: &Words) -> Option<Details> {
        let client_id = match self.client.value.as_str() {
            "" => None,
            id => {
                let id = id.parse().ok();
                if id.is_none() {
                    self.client.refuse(words.work.choose_client);
                }
                id
            }
        };
        let name = self.name.required(NAME, words.frame.enter_name, words);
        let details = Details { name, note: self.note.text(NOTE, words), client_id };
        valid(&[&self.name, &self.note, &self.client]).then_some(details)
    }

    /// Marks the field that the database refused.
    fn refuse(&mut self, error: db::Error, words: &Words) -> Result<(), Failure> {
        match error {
            db::Error::Taken => self.name.refuse(words.work.project_taken),
            db::Error::InUse => self.client.refuse(words.work.choose_client),
            error => return Err(error.into()),
        }
        Ok(())
    }

    async fn page(self, app: &App, me: &SignedIn, existing: Option<Project>) -> Result<ProjectFormPage, Failure> {
        let selected = self.client.value.clone();
        let own = existing.as_ref().and_then(|project| project.client_id);
        let words = &me.words().work;
        let clients = app.db.call(move |db| client_choices(db, own, &selected, words.no_client)).await?;
        let title = if existing.is_some() { words.edit_project } else { words.add_project };
        Ok(ProjectFormPage {
            layout: Layout::new(me, Section::Projects, title),
            existing,
            name: self.name,
            note: self.note,
            client: self.client,
            clients,
            problem: None,
        })
    }
}

/// `none`, the current clients, and the project's `own` even when that is archived.
fn client_choices(db: &Connection, own: Option<i64>, chosen: &str, none: &str) -> Result<Vec<Choice>, db::Error> {
    let mut clients = clients::list(db, Shelf::Current)?;
    if let Some(own) = own.filter(|own| clients.iter().all(|client| client.id != *own)) {
        clients.push(clients::find(db, own)?);
    }
    let none = Choice::new("", none, chosen);
    let some = clients.into_iter().map(|c| Choice::new(c.id.to_string(), c.name, chosen));
    Ok(std::iter::once(none).chain(some).collect())
}

async fn new(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    page(&Fields::of(ProjectForm::default()).page(&app, &me, None).await?)
}

async fn edit(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let project = app.db.call(move |db| projects::find(db, id)).await?;
    page(&Fields::of_project(&project).page(&app, &me, Some(project)).await?)
}

async fn create(State(app): State<App>, me: SignedIn, Form(form): Form<ProjectForm>) -> Result<Response, Failure> {
    let mut fields = Fields::of(form);
    let Some(details) = fields.check(me.words()) else {
        return mistaken(&fields.page(&app, &me, None).await?);
    };
    let client_id = details.client_id;
    let created = app.db.call(move |db| projects::create(db, &details, time::now())).await;
    let project_id = match created {
        Ok(id) => id,
        Err(error) => {
            fields.refuse(error, me.words())?;
            return mistaken(&fields.page(&app, &me, None).await?);
        }
    };
    app.telemetry
        .track(Tracked::ProjectCreated { project_id: project_id.into(), client_id: client_id.map(Into::into) });
    done(&app, &format!("/projects/{project_id}"), Flash::ProjectCreated)
}

async fn update(
    State(app): State<App>,
    me: SignedIn,
    Id(id): Id,
    Form(form): Form<ProjectForm>,
) -> Result<Response, Failure> {
    let existing = app.db.call(move |db| projects::find(db, id)).await?;
    let mut fields = Fields::of(form);
    let Some(details) = fields.check(me.words()) else {
        return mistaken(&fields.page(&app, &me, Some(existing)).await?);
    };
    if let Err(error) = app.db.call(move |db| projects::update(db, id, &details)).await {
        fields.refuse(error, me.words())?;
        return mistaken(&fields.page(&app, &me, Some(existing)).await?);
    }
    app.telemetry.track(Tracked::ProjectUpdated { project_id: id.into() });
    done(&app, &format!("/projects/{id}"), Flash::ProjectUpdated)
}

async fn archive(State(app): State<App>, _me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    app.db.call(move |db| projects::archive(db, id, time::now())).await?;
    app.telemetry.track(Tracked::ProjectArchived { project_id: id.into(), archived: true });
    done(&app, "/projects", Flash::ProjectArchived)
}

async fn restore(State(app): State<App>, _me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    app.db.call(move |db| projects::restore(db, id)).await?;
    app.telemetry.track(Tracked::ProjectArchived { project_id: id.into(), archived: false });
    done(&app, "/projects", Flash::ProjectRestored)
}

async fn delete(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    match app.db.call(move |db| projects::delete(db, id)).await {
        Ok(()) => {}
        Err(db::Error::InUse) => {
            let project = app.db.call(move |db| projects::find(db, id)).await?;
            let fields = Fields::of_project(&project);
            let mut page = fields.page(&app, &me, Some(project)).await?;
            page.problem = Some(me.words().work.project_in_use);
            return mistaken(&page);
        }
        Err(error) => return Err(error.into()),
    }
    app.telemetry.track(Tracked::ProjectDeleted { project_id: id.into() });
    done(&app, "/projects", Flash::ProjectDeleted)
}
