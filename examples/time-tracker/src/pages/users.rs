//! Users, for administrators: list, add, change, delete.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::form::{Choice, Field, Form, valid};
use super::{Id, Layout, Section, done, mistaken, page};
use crate::app::App;
use crate::db;
use crate::db::users::{self, NewUser, Role, State as UserState, User};
use crate::error::Failure;
use crate::flash::Flash;
use crate::password::{self, HashError};
use crate::session::Administrator;
use crate::telemetry::Tracked;
use crate::time;
use crate::words::Words;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/users", get(list).post(create))
        .route("/admin/users/new", get(new))
        .route("/admin/users/{id}", get(edit).post(update))
        .route("/admin/users/{id}/password", post(set_password))
        .route("/admin/users/{id}/delete", post(delete))
}

/// A name for an account: short enough for a table, and without line breaks.
pub(super) fn account_name(field: &mut Field, words: &Words) -> String {
    let name = field.required(60, words.frame.enter_name, words);
    if name.chars().any(char::is_control) {
        field.refuse(words.people.plain_name);
    }
    name
}

/// A password that fulfils the rules. It is never printed or sent back.
pub(super) struct Password(String);

impl Password {
    pub(super) fn check(field: &mut Field, account: &str, words: &Words) -> Option<Self> {
        let length = field.value.chars().count();
        if length < password::SHORTEST {
            field.refuse(words.frame.at_least(password::SHORTEST));
        } else if length > password::LONGEST {
            field.refuse(words.frame.at_most(password::LONGEST));
        } else if field.value.eq_ignore_ascii_case(account) {
            field.refuse(words.people.password_is_name);
        }
        field.error.is_none().then(|| Self(field.value.clone()))
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl From<HashError> for Failure {
    #[track_caller]
    fn from(_: HashError) -> Self {
        Self::internal()
    }
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    layout: Layout,
    users: Vec<Row>,
}

struct Row {
    user: User,
    since: String,
    me: bool,
}

async fn list(State(app): State<App>, me: Administrator) -> Result<Response, Failure> {
    let users = app.db.call(|db| users::list(db)).await?;
    let row = |user: User| Row {
        since: me.words().date(time::local(user.created_at, &me.zone).date()),
        me: user.id == me.user.id,
        user,
    };
    let layout = Layout::new(&me, Section::Admin, me.words().people.users);
    page(&UsersPage { layout, users: users.into_iter().map(row).collect() })
}

#[derive(Template)]
#[template(path = "user_form.html")]
struct UserPage {
    layout: Layout,
    /// `None` for a new user.
    existing: Option<User>,
    name: Field,
    password: Field,
    role: Field,
    roles: Vec<Choice>,
    state: Field,
    states: Vec<Choice>,
    problem: Option<&'static str>,
}

#[derive(Deserialize)]
struct UserForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    state: String,
}

impl UserPage {
    fn new(me: &Administrator, existing: Option<User>, form: UserForm) -> Self {
        let words = me.words();
        let title = if existing.is_some() { words.people.edit_user } else { words.people.add_user };
        let role = |role: &Role| Choice::new(role.code(), words.role(*role), &form.role);
        let state = |state: &UserState| Choice::new(state.code(), words.state(*state), &form.state);
        Self {
            layout: Layout::new(me, Section::Admin, title),
            existing,
            roles: Role::ALL.iter().map(role).collect(),
            states: UserState::ALL.iter().map(state).collect(),
            name: Field::new(form.name),
            password: Field::new(form.password),
            role: Field::new(form.role),
            state: Field::new(form.state),
            problem: None,
        }
    }

    fn of(me: &Administrator, user: User) -> Self {
        let form = UserForm {
            name: user.name.clone(),
            password: String::new(),
            role: user.role.code().to_owned(),
            state: user.state.code().to_owned(),
        };
        Self::new(me, Some(user), form)
    }

    /// The name and role that were typed, with mistakes marked.
    fn check(&mut self, words: &Words) -> (String, Option<Role>) {
        let name = account_name(&mut self.name, words);
        let role = Role::from_code(&self.role.value);
        if role.is_none() {
            self.role.refuse(words.people.choose_role);
        }
        (name, role)
    }

    fn again(mut self) -> Result<Response, Failure> {
        self.password.value.clear();
        mistaken(&self)
    }
}

async fn new(me: Administrator) -> Result<Response, Failure> {
    let (role, state) = (Role::User.code().to_owned(), UserState::Active.code().to_owned());
    let form = UserForm { name: String::new(), password: String::new(), role, state };
    page(&UserPage::new(&me, None, form))
}

async fn create(State(app): State<App>, me: Administrator, Form(form): Form<UserForm>) -> Result<Response, Failure> {
    let mut shown = UserPage::new(&me, None, form);
    let (name, role) = shown.check(me.words());
    let secret = Password::check(&mut shown.password, &name, me.words());
    let (Some(role), Some(secret), true) = (role, secret, valid(&[&shown.name])) else {
        return shown.again();
    };
    let user = NewUser {
        name,
        password_hash: app.hasher.hash(secret.into_text()).await?,
        role,
        time_zone: me.settings.time_zone.clone(),
    };
    let created = app.db.call(move |db| users::create(db, &user, time::now())).await;
    let user_id = match created {
        Ok(id) => id,
        Err(db::Error::Taken) => {
            shown.name.refuse(me.words().people.user_taken);
            return shown.again();
        }
        Err(error) => return Err(error.into()),
    };
    app.telemetry.track(Tracked::AdminUserCreated { user_id: user_id.into(), role: role.into() });
    done(&app, "/admin/users", Flash::UserCreated)
}

async fn edit(State(app): State<App>, me: Administrator, Id(id): Id) -> Result<Response, Failure> {
    let user = app.db.call(move |db| users::find(db, id)).await?;
    page(&UserPage::of(&me, user))
}

async fn update(
    State(app): State<App>,
    me: Administrator,
    Id(id): Id,
    Form(form): Form<UserForm>,
) -> Result<Response, Failure> {
    let existing = app.db.call(move |db| users::find(db, id)).await?;
    let mut shown = UserPage::new(&me, Some(existing), form);
    let (name, role) = shown.check(me.words());
    let state = UserState::from_code(&shown.state.value);
    if state.is_none() {
        shown.state.refuse(me.words().people.choose_state);
    }
    let (Some(role), Some(state), true) = (role, state, valid(&[&shown.name])) else {
        return shown.again();
    };
    match app.db.call(move |db| users::update(db, id, &name, role, state)).await {
        Ok(()) => {}
        Err(db::Error::Taken) => {
            shown.name.refuse(me.words().people.user_taken);
            return shown.again();
        }
        Err(db::Error::LastAdministrator) => {
            shown.role.refuse(me.words().people.last_administrator);
            return shown.again();
        }
        Err(error) => return Err(error.into()),
    }
    app.telemetry.track(Tracked::AdminUserUpdated { user_id: id.into(), role: role.into() });
    done(&app, "/admin/users", Flash::UserUpdated)
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    password: String,
}

/// Gives a user who forgot it a new password, and ends that user's sessions.
async fn set_password(
    State(app): State<App>,
    me: Administrator,
    Id(id): Id,
    Form(form): Form<PasswordForm>,
) -> Result<Response, Failure> {
    let user = app.db.call(move |db| users::find(db, id)).await?;
    let mut shown = UserPage::of(&me, user);
    shown.password = Field::new(form.password);
    let Some(secret) = Password::check(&mut shown.password, &shown.name.value, me.words()) else {
        return shown.again();
    };
    let hash = app.hasher.hash(secret.into_text()).await?;
    app.db.call(move |db| users::set_password(db, id, &hash)).await?;
    done(&app, "/admin/users", Flash::UserUpdated)
}

async fn delete(State(app): State<App>, me: Administrator, Id(id): Id) -> Result<Response, Failure> {
    let refused = match app.db.call(move |db| users::delete(db, id)).await {
        Ok(()) => {
            app.telemetry.track(Tracked::AdminUserDeleted { user_id: id.into() });
            return done(&app, "/admin/users", Flash::UserDeleted);
        }
        Err(db::Error::InUse) => me.words().people.user_in_use,
        Err(db::Error::LastAdministrator) => me.words().people.last_administrator,
        Err(error) => return Err(error.into()),
    };
    let user = app.db.call(move |db| users::find(db, id)).await?;
    let mut shown = UserPage::of(&me, user);
    shown.problem = Some(refused);
    shown.again()
}
