//! The pages: one module per section, each with its routes, forms and templates.
//!
//! A handler that changes something ends in [`done`]; the line before it is where the change is
//! committed and all its ids are known.

mod account;
mod admin;
mod clients;
mod comments;
mod dashboard;
mod entries;
mod form;
mod login;
mod projects;
mod setup;
mod tasks;
mod telemetry;
mod timer;
mod users;

pub(crate) use form::Form;

use askama::Template;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::{StatusCode, request::Parts};
use axum::response::{Html, IntoResponse, Response};
use telemetry_core::Locale;

use crate::app::App;
use crate::assets;
use crate::db::users::Role;
use crate::error::Failure;
use crate::flash::{self, Flash};
use crate::reader::Reader;
use crate::session::SignedIn;
use crate::words::Words;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(setup::routes())
        .merge(login::routes())
        .merge(dashboard::routes())
        .merge(timer::routes())
        .merge(entries::routes())
        .merge(clients::routes())
        .merge(projects::routes())
        .merge(tasks::routes())
        .merge(comments::routes())
        .merge(account::routes())
        .merge(users::routes())
        .merge(admin::routes())
        .merge(telemetry::routes())
}

/// The places in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Today,
    Time,
    Projects,
    Tasks,
    Clients,
    Admin,
    Account,
}

/// What every page has around its content.
pub(crate) struct Layout {
    pub(crate) words: &'static Words,
    /// Where choosing a language leads back to.
    pub(crate) here: String,
    pub(crate) title: String,
    pub(crate) section: Option<Section>,
    pub(crate) person: Option<Person>,
    pub(crate) flash: Option<Flash>,
    pub(crate) organisation: String,
}

pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) administers: bool,
}

impl Layout {
    /// A page without navigation, for those who are not signed in.
    pub(crate) fn bare(reader: &Reader, title: &str) -> Self {
        Self {
            words: reader.words,
            here: reader.here.clone(),
            title: title.to_owned(),
            section: None,
            person: None,
            flash: None,
            organisation: String::new(),
        }
    }

    fn new(me: &SignedIn, section: Section, title: &str) -> Self {
        Self {
            words: me.reader.words,
            here: me.reader.here.clone(),
            title: title.to_owned(),
            section: Some(section),
            person: Some(Person { name: me.user.name.clone(), administers: me.user.role == Role::Administrator }),
            flash: me.flash,
            organisation: me.settings.organisation.clone(),
        }
    }

    /// ` aria-current="page"` on the navigation's own section.
    pub(crate) fn current(&self, section: Section) -> &'static str {
        if self.section == Some(section) { " aria-current=\"page\"" } else { "" }
    }

    /// Every language to choose from.
    #[expect(clippy::unused_self, reason = "templates reach it through the layout")]
    pub(crate) fn languages(&self) -> [Locale; 2] {
        Locale::ALL
    }

    /// Part of the stylesheet's address.
    #[expect(clippy::unused_self, reason = "templates reach it through the layout")]
    pub(crate) fn style_version(&self) -> u32 {
        assets::STYLE_VERSION
    }
}

/// A rendered page.
fn page(template: &impl Template) -> Result<Response, Failure> {
    Ok(Html(template.render()?).into_response())
}

/// A rendered form that holds mistakes, with what was typed.
fn mistaken(template: &impl Template) -> Result<Response, Failure> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(template.render()?)).into_response())
}

/// The end of a change: on to `path`, which announces what happened.
#[expect(clippy::unnecessary_wraps, reason = "it is the last expression of fallible handlers")]
fn done(app: &App, path: &str, flash: Flash) -> Result<Response, Failure> {
    Ok(flash::redirect(path, flash, app.cookies))
}

/// `path` when it leads to this application, else the start page.
pub(crate) fn own_path(path: &str) -> &str {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain && path.starts_with('/') && !path.starts_with("//") { path } else { "/" }
}

/// The number in the address; an address without one is a page that does not exist.
struct Id(i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Path::<i64>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(id)) => Ok(Self(id)),
            Err(_) => Err(Failure::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_paths_of_this_application_are_returned_to() {
        assert_eq!(own_path("/projects/4"), "/projects/4");
        for path in ["", "projects", "//example.com", "https://example.com", "/\\example.com", "/a\nb"] {
            assert_eq!(own_path(path), "/", "{path}");
        }
    }
}
