//! Clients: list, add, edit, archive, delete.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::form::{Field, Form, NAME, NOTE, valid};
use super::{Id, Layout, Section, done, mistaken, page};
use crate::app::App;
use crate::db::clients::{self, Client};
use crate::db::{self, Shelf};
use crate::error::Failure;
use crate::flash::Flash;
use crate::session::SignedIn;
use crate::telemetry::Tracked;
use crate::time::{self, Length};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/clients", get(list).post(create))
        .route("/clients/new", get(new))
        .route("/clients/{id}", get(edit).post(update))
        .route("/clients/{id}/archive", post(archive))
        .route("/clients/{id}/restore", post(restore))
        .route("/clients/{id}/delete", post(delete))
}

/// Which shelf a list shows: `?show=archived`, else what is current.
#[derive(Deserialize)]
pub(super) struct Show {
    #[serde(default)]
    show: String,
}

impl Show {
    pub(super) fn shelf(&self) -> Shelf {
        if self.show == "archived" { Shelf::Archived } else { Shelf::Current }
    }
}

#[derive(Template)]
#[template(path = "clients.html")]
struct ClientsPage {
    layout: Layout,
    archived: bool,
    clients: Vec<Client>,
}

async fn list(State(app): State<App>, me: SignedIn, Query(show): Query<Show>) -> Result<Response, Failure> {
    let shelf = show.shelf();
    let clients = app.db.call(move |db| clients::list(db, shelf)).await?;
    let archived = shelf == Shelf::Archived;
    page(&ClientsPage { layout: Layout::new(&me, Section::Clients, me.words().frame.clients), archived, clients })
}

#[derive(Template)]
#[template(path = "client_form.html")]
struct ClientPage {
    layout: Layout,
    /// `None` for a new client.
    existing: Option<Client>,
    name: Field,
    note: Field,
    problem: Option<&'static str>,
}

impl ClientPage {
    fn new(me: &SignedIn, existing: Option<Client>, name: Field, note: Field) -> Self {
        let words = &me.words().work;
        let title = if existing.is_some() { words.edit_client } else { words.add_client };
        let layout = Layout::new(me, Section::Clients, title);
        Self { layout, existing, name, note, problem: None }
    }
}

async fn new(me: SignedIn) -> Result<Response, Failure> {
    page(&ClientPage::new(&me, None, Field::default(), Field::default()))
}

async fn edit(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    let client = app.db.call(move |db| clients::find(db, id)).await?;
    let (name, note) = (Field::new(client.name.clone()), Field::new(client.note.clone()));
    page(&ClientPage::new(&me, Some(client), name, note))
}

#[derive(Deserialize)]
struct ClientForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    note: String,
}

async fn create(State(app): State<App>, me: SignedIn, Form(form): Form<ClientForm>) -> Result<Response, Failure> {
    let (mut name, mut note) = (Field::new(form.name), Field::new(form.note));
    let (new_name, new_note) =
        (name.required(NAME, me.words().frame.enter_name, me.words()), note.text(NOTE, me.words()));
    if !valid(&[&name, &note]) {
        return mistaken(&ClientPage::new(&me, None, name, note));
    }
    let created = app.db.call(move |db| clients::create(db, &new_name, &new_note, time::now())).await;
    let client_id = match created {
        Ok(id) => id,
        Err(db::Error::Taken) => {
            name.refuse(me.words().work.client_taken);
            return mistaken(&ClientPage::new(&me, None, name, note));
        }
        Err(error) => return Err(error.into()),
    };
    app.telemetry.track(Tracked::ClientCreated { client_id: client_id.into() });
    done(&app, "/clients", Flash::ClientCreated)
}

async fn update(
    State(app): State<App>,
    me: SignedIn,
    Id(id): Id,
    Form(form): Form<ClientForm>,
) -> Result<Response, Failure> {
    let existing = app.db.call(move |db| clients::find(db, id)).await?;
    let (mut name, mut note) = (Field::new(form.name), Field::new(form.note));
    let (new_name, new_note) =
        (name.required(NAME, me.words().frame.enter_name, me.words()), note.text(NOTE, me.words()));
    if !valid(&[&name, &note]) {
        return mistaken(&ClientPage::new(&me, Some(existing), name, note));
    }
    match app.db.call(move |db| clients::update(db, id, &new_name, &new_note)).await {
        Ok(()) => {}
        Err(db::Error::Taken) => {
            name.refuse(me.words().work.client_taken);
            return mistaken(&ClientPage::new(&me, Some(existing), name, note));
        }
        Err(error) => return Err(error.into()),
    }
    app.telemetry.track(Tracked::ClientUpdated { client_id: id.into() });
    done(&app, "/clients", Flash::ClientUpdated)
}

async fn archive(State(app): State<App>, _me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    app.db.call(move |db| clients::archive(db, id, time::now())).await?;
    app.telemetry.track(Tracked::ClientArchived { client_id: id.into(), archived: true });
    done(&app, "/clients", Flash::ClientArchived)
}

async fn restore(State(app): State<App>, _me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    app.db.call(move |db| clients::restore(db, id)).await?;
    app.telemetry.track(Tracked::ClientArchived { client_id: id.into(), archived: false });
    done(&app, "/clients", Flash::ClientRestored)
}

async fn delete(State(app): State<App>, me: SignedIn, Id(id): Id) -> Result<Response, Failure> {
    match app.db.call(move |db| clients::delete(db, id)).await {
        Ok(()) => {}
        Err(db::Error::InUse) => {
            let client = app.db.call(move |db| clients::find(db, id)).await?;
            let (name, note) = (Field::new(client.name.clone()), Field::new(client.note.clone()));
            let mut page = ClientPage::new(&me, Some(client), name, note);
            page.problem = Some(me.words().work.client_in_use);
            return mistaken(&page);
        }
        Err(error) => return Err(error.into()),
    }
    app.telemetry.track(Tracked::ClientDeleted { client_id: id.into() });
    done(&app, "/clients", Flash::ClientDeleted)
}
