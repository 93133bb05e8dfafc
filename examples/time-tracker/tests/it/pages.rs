//! What every page carries, and what no page carries.

use reqwest::StatusCode;

use crate::support::{Browser, fresh, ready};

pub(crate) const PAGES: &[&str] = &[
    "/",
    "/entries",
    "/entries/new",
    "/entries/1",
    "/projects",
    "/projects/new",
    "/projects/1",
    "/projects/1/edit",
    "/tasks",
    "/tasks/new",
    "/tasks/1",
    "/tasks/1/edit",
    "/clients",
    "/clients/new",
    "/clients/1",
    "/account",
    "/admin/users",
    "/admin/users/new",
    "/admin/users/1",
    "/admin/settings",
    "/admin/telemetry",
    "/admin/telemetry/preview",
    "/admin/telemetry/sent",
    "/admin/telemetry/report",
    "/admin/telemetry/catalogue",
    "/admin/telemetry/history",
    "/admin/telemetry/build",
    "/telemetry/preview",
    "/telemetry/catalogue",
];

pub(crate) async fn some_data(browser: &mut Browser) {
    browser.post("/clients", &[("name", "Bakery")]).await;
    browser.post("/projects", &[("name", "Shop"), ("client", "1")]).await;
    browser.post("/tasks", &[("name", "Signboard"), ("project", "1"), ("priority", "low")]).await;
    browser.post("/timer/start", &[("target", "task-1")]).await;
}

#[tokio::test]
async fn every_page_is_complete_and_loads_nothing_from_elsewhere() {
    let (_running, mut browser) = ready().await;
    some_data(&mut browser).await;
    for path in PAGES {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let body = page.body;
        for needed in ["<html lang=\"en\">", "class=\"skip\" href=\"#content\"", "role=\"status\"", "<h1"] {
            assert!(body.contains(needed), "{path} lacks {needed}");
        }
        for banned in ["<script", " style=", "javascript:", "=\"http", "=\"//", " onclick"] {
            assert!(!body.contains(banned), "{path} holds {banned}");
        }
        assert_labelled(path, &body);
    }
}

/// Every control that a person fills in has a label of its own.
fn assert_labelled(path: &str, body: &str) {
    for tag in ["<input", "<select", "<textarea"] {
        for rest in body.split(tag).skip(1) {
            let attributes = rest.split('>').next().unwrap();
            if attributes.contains("type=\"hidden\"") {
                continue;
            }
            let id = attributes.split("id=\"").nth(1).and_then(|id| id.split('"').next());
            let label = format!("<label for=\"{}\"", id.unwrap_or("(none)"));
            assert!(body.contains(&label), "{path}: {attributes}");
        }
    }
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let running = fresh().await;
    let mut browser = running.browser();
    for path in ["/login", "/setup", "/nowhere", "/assets/style.css", "/healthz"] {
        let headers = browser.get(path).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        let stored = headers["cache-control"] == "no-store";
        assert_eq!(stored, !path.starts_with("/assets/"), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_has_a_page_that_says_so() {
    let (_running, mut browser) = ready().await;
    for path in ["/nowhere", "/projects/9", "/projects/none", "/entries/9", "/tasks/-1"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.body.contains("There is nothing here"), "{path}");
    }
}

#[tokio::test]
async fn settings_reach_every_page() {
    let (_running, mut browser) = ready().await;
    let form = [("organisation", "Lantern & Co."), ("zone", "Asia/Kolkata"), ("week_start", "sunday")];
    browser.post("/admin/settings", &form).await;
    let page = browser.get("/admin/settings").await;
    assert_eq!(page.result(), Some("Settings saved."));
    assert!(page.body.contains("Lantern &#38; Co."));
    assert!(page.body.contains("value=\"Asia/Kolkata\" selected"));
    let refused = browser.post("/admin/settings", &[("zone", "Moon/Base")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}
