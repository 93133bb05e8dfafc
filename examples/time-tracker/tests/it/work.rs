//! Clients, projects, tasks, timers and entries, as one person's day.

use reqwest::StatusCode;

use crate::support::{PASSWORD, ready};

#[tokio::test]
async fn a_timer_starts_switches_and_stops() {
    let (_running, mut browser) = ready().await;
    browser.post("/projects", &[("name", "Shop")]).await;
    let task = [("name", "Checkout"), ("project", "1"), ("priority", "high")];
    assert_eq!(browser.post("/tasks", &task).await.location.as_deref(), Some("/tasks/1"));

    let start = [("target", "project-1"), ("note", "first & <b>"), ("back", "/")];
    browser.post("/timer/start", &start).await;
    let home = browser.get("/").await;
    assert_eq!(home.result(), Some("Timer started."));
    assert!(home.body.contains("Timer running") && home.body.contains("first &#38; &#60;b&#62;"));
    assert_eq!(browser.get("/").await.result(), None, "a result is announced once");

    browser.post("/timer/start", &[("target", "task-1"), ("back", "/tasks/1")]).await;
    let page = browser.get("/tasks/1").await;
    assert_eq!(page.result(), Some("The running timer was stopped and a new one started."));
    browser.post("/timer/stop", &[]).await;
    assert_eq!(browser.get("/").await.result(), Some("Timer stopped."));
    browser.post("/timer/stop", &[]).await;
    assert_eq!(browser.get("/").await.result(), Some("No timer was running."));
    let entries = browser.get("/entries").await.body;
    assert!(entries.contains("href=\"/entries/1\"") && entries.contains("href=\"/entries/2\""));
}

#[tokio::test]
async fn entries_are_checked_and_what_was_typed_stays() {
    let (_running, mut browser) = ready().await;
    browser.post("/projects", &[("name", "Shop")]).await;
    let mut form = [
        ("target", "project-1"),
        ("started", "2026-03-02T10:00:00"),
        ("ended", "2026-03-02T09:00:00"),
        ("note", "backwards"),
    ];
    let refused = browser.post("/entries", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("The end must be after the start."));
    assert!(refused.body.contains("2026-03-02T09:00:00") && refused.body.contains("backwards"));
    assert!(refused.body.contains("aria-describedby=\"ended-error\""));

    form[2].1 = "2026-03-02T10:00:07";
    assert!(browser.post("/entries", &form).await.location.is_some());
    let week = browser.get("/entries?week=2026-03-04").await.body;
    assert!(week.contains("datetime=\"PT0H0M7S\"") && week.contains("Monday 2 March"));
    assert!(browser.post("/entries/1/delete", &[]).await.location.is_some());
    assert!(browser.get("/entries?week=2026-03-04").await.body.contains("No time was recorded"));
}

#[tokio::test]
async fn entries_belong_to_one_person() {
    let (running, mut ada) = ready().await;
    ada.post("/projects", &[("name", "Shop")]).await;
    ada.post("/timer/start", &[("target", "project-1")]).await;
    ada.post("/admin/users", &[("name", "bob"), ("password", PASSWORD), ("role", "user")]).await;
    let mut bob = running.browser();
    bob.post("/login", &[("name", "bob"), ("password", PASSWORD)]).await;
    assert_eq!(bob.get("/entries/1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(bob.post("/entries/1/delete", &[]).await.status, StatusCode::NOT_FOUND);
    bob.post("/timer/stop", &[]).await;
    assert_eq!(bob.get("/").await.result(), Some("No timer was running."));
    assert!(ada.get("/").await.body.contains("Timer running"));
}

#[tokio::test]
async fn what_others_depend_on_is_archived_not_deleted() {
    let (_running, mut browser) = ready().await;
    browser.post("/clients", &[("name", "Bakery")]).await;
    browser.post("/projects", &[("name", "Shop"), ("client", "1")]).await;
    browser.post("/timer/start", &[("target", "project-1")]).await;
    for (path, words) in [("/clients/1", "Archive it instead"), ("/projects/1", "Archive it instead")] {
        let refused = browser.post(&format!("{path}/delete"), &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(words), "{path}");
        assert!(browser.post(&format!("{path}/archive"), &[]).await.location.is_some());
    }
    assert!(!browser.get("/clients").await.body.contains("Bakery"));
    assert!(browser.get("/projects?show=archived").await.body.contains("Shop"));
    browser.post("/clients/1/restore", &[]).await;
    assert!(browser.get("/clients").await.body.contains("Bakery"));
}

#[tokio::test]
async fn names_are_unique_and_statuses_closed() {
    let (_running, mut browser) = ready().await;
    browser.post("/clients", &[("name", "Bakery")]).await;
    let taken = browser.post("/clients", &[("name", "bakery"), ("note", "kept")]).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.body.contains("There is a client of this name already."));
    assert!(taken.body.contains("kept"));

    browser.post("/projects", &[("name", "Shop")]).await;
    browser.post("/tasks", &[("name", "Signboard"), ("project", "1"), ("priority", "low")]).await;
    let bad = browser.post("/tasks/1/status", &[("status", "perhaps")]).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    browser.post("/tasks/1/status", &[("status", "done"), ("back", "/tasks/1")]).await;
    assert_eq!(browser.get("/tasks/1").await.result(), Some("Status changed."));
    assert!(!browser.get("/tasks").await.body.contains("Signboard"));
    assert!(browser.get("/tasks?status=done").await.body.contains("Signboard"));
}

#[tokio::test]
async fn comments_are_changed_by_their_author() {
    let (running, mut ada) = ready().await;
    ada.post("/projects", &[("name", "Shop")]).await;
    ada.post("/projects/1/comments", &[("body", "Before <noon>?")]).await;
    assert!(ada.get("/projects/1").await.body.contains("Before &#60;noon&#62;?"));
    ada.post("/admin/users", &[("name", "bob"), ("password", PASSWORD), ("role", "user")]).await;
    let mut bob = running.browser();
    bob.post("/login", &[("name", "bob"), ("password", PASSWORD)]).await;
    assert_eq!(bob.post("/comments/1", &[("body", "mine")]).await.status, StatusCode::NOT_FOUND);
    assert!(ada.post("/comments/1", &[("body", "After")]).await.location.is_some());
    assert!(bob.get("/projects/1").await.body.contains("edited"));
    ada.post("/comments/1/delete", &[]).await;
    assert!(bob.get("/projects/1").await.body.contains("Nobody has written anything"));
}
