//! Who may do what: setup, sign-in, forged forms, roles.

use reqwest::StatusCode;

use crate::support::{PASSWORD, fresh, ready};

#[tokio::test]
async fn nobody_sets_up_without_the_token() {
    let running = fresh().await;
    let mut browser = running.browser();
    assert_eq!(browser.get("/").await.location.as_deref(), Some("/setup"));
    assert_eq!(browser.get("/setup").await.status, StatusCode::FORBIDDEN);
    for token in ["", "0", &"0".repeat(64)] {
        let form = [("token", token), ("name", "eve"), ("password", PASSWORD), ("zone", "UTC")];
        assert_eq!(browser.post("/setup", &form).await.status, StatusCode::FORBIDDEN);
    }
    let link = running.app.setup_path().unwrap();
    assert_eq!(browser.get(&link).await.status, StatusCode::OK);
}

#[tokio::test]
async fn setup_happens_once() {
    let running = fresh().await;
    let token = running.token();
    let mut first = running.browser();
    let form = [("token", token.as_str()), ("name", "ada"), ("password", PASSWORD), ("zone", "UTC")];
    first.post("/setup", &form).await;
    assert!(running.app.setup_path().is_none());
    let home = first.get("/").await;
    assert_eq!(home.result(), Some("Setup is complete. You are signed in."));

    let mut second = running.browser();
    let again = second.post("/setup", &form).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
    assert!(second.cookies.is_empty());
}

#[tokio::test]
async fn a_refused_setup_keeps_the_name_and_forgets_the_password() {
    let running = fresh().await;
    let token = running.token();
    let form = [("token", token.as_str()), ("name", "Ada <3"), ("password", "short"), ("zone", "UTC")];
    let answer = running.browser().post("/setup", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("value=\"Ada &#60;3\""));
    assert!(answer.body.contains("Use at least 10 characters."));
    assert!(!answer.body.contains("value=\"short\""));
    assert!(running.app.setup_path().is_some());
}

#[tokio::test]
async fn guessing_is_slowed_down_even_for_the_right_password() {
    let (running, _) = ready().await;
    let mut browser = running.browser();
    for _ in 0..5 {
        let answer = browser.post("/login", &[("name", "ada"), ("password", "wrong")]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.body.contains("value=\"ada\""));
    }
    let answer = browser.post("/login", &[("name", "ADA"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key("retry-after"));
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn unknown_names_and_wrong_passwords_look_alike() {
    let (running, _) = ready().await;
    let mut browser = running.browser();
    let unknown = browser.post("/login", &[("name", "zoe"), ("password", PASSWORD)]).await;
    let wrong = browser.post("/login", &[("name", "ada"), ("password", "wrong")]).await;
    assert_eq!(unknown.status, wrong.status);
    assert_eq!(unknown.body.replace("zoe", "ada"), wrong.body);
}

#[tokio::test]
async fn sessions_begin_and_end() {
    let (running, _) = ready().await;
    let mut browser = running.browser();
    let asked = browser.get("/projects").await;
    assert_eq!(asked.location.as_deref(), Some("/login?next=/projects"));
    let form = [("name", "ada"), ("password", PASSWORD), ("next", "/projects")];
    assert_eq!(browser.post("/login", &form).await.location.as_deref(), Some("/projects"));
    assert_eq!(browser.get("/projects").await.status, StatusCode::OK);

    let token = browser.cookies["session"].clone();
    assert_eq!(token.len(), 64);
    assert_eq!(browser.post("/logout", &[]).await.location.as_deref(), Some("/login"));
    assert_eq!(browser.get("/login").await.result(), Some("You are signed out."));
    browser.cookies.insert("session".to_owned(), token);
    assert!(browser.get("/projects").await.location.is_some());
}

#[tokio::test]
async fn sign_in_leads_nowhere_else() {
    let (running, _) = ready().await;
    let mut browser = running.browser();
    let form = [("name", "ada"), ("password", PASSWORD), ("next", "//example.com/")];
    assert_eq!(browser.post("/login", &form).await.location.as_deref(), Some("/"));
}

#[tokio::test]
async fn forms_from_other_sites_change_nothing() {
    let (running, mut browser) = ready().await;
    let own = browser.sent_origin.clone();
    browser.sent_origin = "https://evil.example".to_owned();
    let forged = browser.post("/projects", &[("name", "Forged")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert!(forged.headers.contains_key("content-security-policy"));
    assert!(!browser.get("/projects").await.body.contains("Forged"));
    browser.sent_origin = own;
    assert!(browser.post("/projects", &[("name", "Mine")]).await.location.is_some());
    drop(running);
}

#[tokio::test]
async fn users_do_not_administer() {
    let (running, mut admin) = ready().await;
    let form = [("name", "bob"), ("password", PASSWORD), ("role", "user"), ("state", "active")];
    assert!(admin.post("/admin/users", &form).await.location.is_some());

    let mut bob = running.browser();
    bob.post("/login", &[("name", "bob"), ("password", PASSWORD)]).await;
    assert!(!bob.get("/").await.body.contains("href=\"/admin\""));
    for path in ["/admin", "/admin/users", "/admin/users/1", "/admin/settings", "/admin/telemetry"] {
        assert_eq!(bob.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/admin/users", "/admin/users/1", "/admin/users/1/password", "/admin/settings"] {
        assert_eq!(bob.post(path, &form).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_somebody_always_administers() {
    let (running, mut admin) = ready().await;
    let form = [("name", "bob"), ("password", PASSWORD), ("role", "user")];
    admin.post("/admin/users", &form).await;
    let mut bob = running.browser();
    bob.post("/login", &[("name", "bob"), ("password", PASSWORD)]).await;
    assert_eq!(bob.get("/").await.status, StatusCode::OK);
    let disable = [("name", "bob"), ("role", "user"), ("state", "disabled")];
    assert!(admin.post("/admin/users/2", &disable).await.location.is_some());
    assert!(bob.get("/").await.location.is_some());

    let resign = [("name", "ada"), ("role", "user"), ("state", "active")];
    let refused = admin.post("/admin/users/1", &resign).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Somebody must be able to administer"));
}

#[tokio::test]
async fn a_new_password_signs_other_browsers_out() {
    let (running, mut here) = ready().await;
    let mut there = running.browser();
    there.post("/login", &[("name", "ada"), ("password", PASSWORD)]).await;
    let wrong = [("current", "wrong"), ("password", "another sentence")];
    assert_eq!(here.post("/account/password", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = [("current", PASSWORD), ("password", "another sentence")];
    assert!(here.post("/account/password", &right).await.location.is_some());
    assert_eq!(here.get("/").await.status, StatusCode::OK);
    assert!(there.get("/").await.location.is_some());
}
