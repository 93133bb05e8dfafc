//! Comments on projects and tasks. Authors change their own; administrators may delete any.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::form::{Field, Form, NOTE, valid};
use super::{Id, Layout, Section, done, mistaken, page};
use crate::app::App;
use crate::db::comments::{self, Comment};
use crate::db::users::Role;
use crate::db::{projects, tasks};
use crate::error::Failure;
use crate::flash::Flash;
use crate::session::SignedIn;
use crate::telemetry::{Subject, Tracked};
use crate::time;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/comments", post(create_on_project))
        .route("/tasks/{id}/comments", post(create_on_task))
        .route("/comments/{id}", get(edit).post(update))
        .route("/comments/{id}/delete", post(delete))
}

/// The comments of a page and where a new one is sent to.
pub(super) struct Thread {
    pub(super) action: String,
    pub(super) comments: Vec<Shown>,
}

/// A comment as it is shown to one person.
pub(super) struct Shown {
    pub(super) id: i64,
    pub(super) author: String,
    pub(super) body: String,
    pub(super) when: String,
    pub(super) iso: String,
    pub(super) edited: bool,
    pub(super) own: bool,
}

impl Thread {
    pub(super) fn new(action: String, comments: Vec<Comment>, me: &SignedIn) -> Self {
        let shown = |comment: Comment| Shown {
            id: comment.id,
            own: may_change(&comment, me),
            author: comment.author.unwrap_or_else(|| me.words().work.former_user.to_owned()),
            body: comment.body,
            when: me.words().moment(comment.created_at, &me.zone),
            iso: time::iso(comment.created_at),
            edited: comment.edited,
        };
        Self { action, comments: comments.into_iter().map(shown).collect() }
    }
}

fn may_change(comment: &Comment, me: &SignedIn) -> bool {
    comment.user_id == Some(me.user.id) || me.user.role == Role::Administrator
}

/// The page that a comment stands on.
fn home(comment: &Comment) -> String {
    match comment.task_id {
        Some(id) => format!("/tasks/{id}"),
        None => format!("/projects/{}", comment.project_id),
    }
}

#[derive(Deserialize)]
struct CommentForm {
    #[serde(default)]
    body: String,
}

#[derive(Template)]
#[template(path = "comment_form.html")]
struct CommentPage {
    layout: Layout,
    action: String,
    back: String,
    /// `None` for a comment that is not stored yet.
    id: Option<i64>,
    body: Field,
}

async fn create_on_project(
    State(app): State<App>,
    me: SignedIn,
    Id(id): Id,
    Form(form): Form<CommentForm>,
) -> Result<Response, Failure> {
    let project = app.db.call(move |db| projects::find(db, id)).await?;
    create(app, me, (project.id, None), format!("/projects/{id}"), form).await
}

async fn create_on_task(
    State(app): State<App>,
    me: SignedIn,
    Id(id): Id,
    Form(form): Form<CommentForm>,
) -> Result<Response, Failure> {
    let task = app.db.call(move |db| tasks::find(db, id)).await?;
    create(app, me, (task.project_id, Some(id)), format!("/tasks/{id}"), form).await
}

async fn create(
    app: App,
    me: SignedIn,
    (project_id, task_id): (i64, Option<i64>),
    back: String,
    form: CommentForm,
) -> Result<Response, Failure> {
    let mut body = Field::new(form.body);
    let text = body.required(NOTE, me.words().work.write_first, me.words());
    if !valid(&[&body]) {
        return mistaken(&CommentPage {
            layout: Layout::new(&me, Section::Projects, me.words().work.add_a_comment),
            action: format!("{back}/comments"),
            back,
            id: None,
            body,
        });
    }
    let user_id = me.user.id;
    app.db.call(move |db| comments::create(db, project_id, task_id, user_id, &text, time::now())).await?;
    app.telemetry.track(Tracked::CommentCreated { subject: subject(task_id) });
    done(&app, &back, Flash::CommentCreated)
}

fn subject(task_id: Option<i64>) -> Subject {
    if task_id.is_some() { Subject::Task } else { Subject::Project }
}

/// The comment, if this person may change it.
async fn changeable(app: &App, me: &SignedIn, id: i64) -> Result<Comment, Failure> {
    let comment = app.db.call(move |db| comments::find(db, id)).await?;
    if may_change(&comment, me) { Ok(comment) } else { Err(Failure::NotFound) }
}

fn editor(me: &SignedIn, comment: &Comment, body: Field) -> CommentPage {
    CommentPage {
        layout: Layout::new(me, Section::Projects, me.words().work.edit_comment),
        action: format!("/comments/{}", comment.id),
        back: home(comment),
        id: Some(comment.id),
        body,
    }
}

async fn edit(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let comment = changeable(&app, &me, id).await?;
    page(&editor(&me, &comment, Field::new(comment.body.clone())))
}

async fn update(
    State(app): State<App>,
    me: SignedIn,
    Id(id): Id,
    Form(form): Form<CommentForm>,
) -> Result<Response, Failure> {
    let comment = changeable(&app, &me, id).await?;
    let mut body = Field::new(form.body);
    let text = body.required(NOTE, me.words().work.write_first, me.words());
    if !valid(&[&body]) {
        return mistaken(&editor(&me, &comment, body));
    }
    app.db.call(move |db| comments::update(db, id, &text, time::now())).await?;
    app.telemetry.track(Tracked::CommentUpdated { subject: subject(comment.task_id) });
    done(&app, &home(&comment), Flash::CommentUpdated)
}

async fn delete(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let comment = changeable(&app, &me, id).await?;
    app.db.call(move |db| comments::delete(db, id)).await?;
    app.telemetry.track(Tracked::CommentDeleted { subject: subject(comment.task_id) });
    done(&app, &home(&comment), Flash::CommentDeleted)
}
