//! Who reads a page: in which language, and where they are.
//!
//! The language is what the person chose with the switch on every page, else the first that their browser asks for and
//! that there is, else English. The choice is a cookie that holds two letters and nothing else; choosing is no event.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::{HeaderMap, Method, Uri, header, request::Parts};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use serde::Deserialize;
use telemetry_core::Locale;

use crate::app::App;
use crate::cookie::{self, Lifetime};
use crate::error::Failure;
use crate::pages::{Form, own_path};
use crate::words::Words;

const COOKIE: &str = "language";

/// A year, after which the browser's own wish counts again.
const SECONDS: i64 = 365 * 24 * 60 * 60;

/// The longest `Accept-Language` that is looked at; browsers send far less.
const LONGEST_WISH: usize = 500;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/language", post(choose))
}

/// The reader of a page, as far as the page depends on it. As a handler's argument it is always there.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) words: &'static Words,
    /// The page that they are on, with its query: where choosing a language leads back to.
    pub(crate) here: String,
}

impl Reader {
    pub(crate) fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        Self { words: Words::of(language(headers)), here: here(method, uri, headers) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.method, &parts.uri, &parts.headers))
    }
}

fn language(headers: &HeaderMap) -> Locale {
    let chosen = cookie::read(headers, COOKIE).and_then(Locale::of_tag);
    let wished = || headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().and_then(first_known);
    chosen.or_else(wished).unwrap_or_default()
}

/// The language that is wished for most, of those that there are; of equal wishes the first.
fn first_known(wishes: &str) -> Option<Locale> {
    let mut best = None;
    for wish in wishes.get(..LONGEST_WISH).unwrap_or(wishes).split(',') {
        let (tag, weight) = wish.split_once(";q=").unwrap_or((wish, "1"));
        let Ok(weight) = weight.trim().parse::<f32>() else { continue };
        // A weight of nothing means "not this one".
        if weight <= 0.0 {
            continue;
        }
        let Some(locale) = Locale::of_tag(tag.trim()) else { continue };
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((locale, weight));
        }
    }
    best.map(|(locale, _)| locale)
}

/// The page itself; for the answer to a form, the page that the form was on.
fn here(method: &Method, uri: &Uri, headers: &HeaderMap) -> String {
    let path = |uri: &Uri| uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    if method == Method::GET {
        return path(uri);
    }
    let page = headers.get(header::REFERER).and_then(|page| page.to_str().ok()?.parse::<Uri>().ok());
    own_path(&page.as_ref().map_or_else(|| "/".to_owned(), path)).to_owned()
}

#[derive(Deserialize)]
struct Choice {
    language: String,
    /// The page to return to.
    #[serde(default)]
    back: String,
}

async fn choose(State(app): State<App>, Form(choice): Form<Choice>) -> Result<Response, Failure> {
    let known = Locale::ALL.into_iter().find(|locale| locale.tag() == choice.language);
    let locale = known.ok_or(Failure::BadRequest)?;
    let mut response = Redirect::to(own_path(&choice.back)).into_response();
    let cookie = cookie::set(COOKIE, locale.tag(), Lifetime::Seconds(SECONDS), app.cookies);
    response.headers_mut().append(header::SET_COOKIE, cookie.ok_or(Failure::internal())?);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_known_language_counts() {
        for (wishes, language) in [
            ("de", Some(Locale::German)),
            ("de-AT,de;q=0.9,en;q=0.8", Some(Locale::German)),
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", Some(Locale::English)),
            ("en;q=0.2,de;q=0.3", Some(Locale::German)),
            ("de;q=0,en;q=0.1", Some(Locale::English)),
            ("en,de", Some(Locale::English)),
            ("de;q=many", None),
            ("fr,*", None),
            ("", None),
        ] {
            assert_eq!(first_known(wishes), language, "{wishes}");
        }
        assert_eq!(first_known(&"ä".repeat(LONGEST_WISH)), None);
    }

    #[test]
    fn a_choice_counts_more_than_the_browsers_wish() {
        let mut headers = HeaderMap::new();
        assert_eq!(language(&headers), Locale::English);
        headers.insert(header::ACCEPT_LANGUAGE, "de".parse().unwrap());
        assert_eq!(language(&headers), Locale::German);
        headers.insert(header::COOKIE, "language=en".parse().unwrap());
        assert_eq!(language(&headers), Locale::English);
        headers.insert(header::COOKIE, "language=tlh".parse().unwrap());
        assert_eq!(language(&headers), Locale::German);
    }

    #[test]
    fn the_switch_leads_back_to_a_page_of_this_application() {
        let of = |method: Method, page: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::REFERER, page.parse().unwrap());
            here(&method, &"/setup?token=1".parse().unwrap(), &headers)
        };
        assert_eq!(of(Method::GET, "http://localhost/elsewhere"), "/setup?token=1");
        assert_eq!(of(Method::POST, "http://localhost/setup?token=2"), "/setup?token=2");
        assert_eq!(of(Method::POST, "http://localhost//evil.example"), "/");
        assert_eq!(here(&Method::POST, &"/setup".parse().unwrap(), &HeaderMap::new()), "/");
    }
}
