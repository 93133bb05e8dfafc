//! Every page in every language, and how a person comes by theirs.

use reqwest::StatusCode;
use telemetry_core::consent::State;
use telemetry_core::{Locale, Purpose};

use crate::pages::{PAGES, some_data};
use crate::support::{Browser, PASSWORD, fresh, ready};

async fn choose(browser: &mut Browser, language: &str, back: &str) -> Option<String> {
    browser.post("/language", &[("language", language), ("back", back)]).await.location
}

/// The words of a page: without its tags, without what is shown as it is, and without what is said to be English.
fn words(body: &str) -> String {
    let mut rest = body.split_once("<body").unwrap().1.to_owned();
    let dropped = [
        "<pre",
        "<code",
        "<option",
        "<p lang=\"en\"",
        "<span lang=\"en\"",
        "<span class=\"text\" lang=\"en\"",
        "<button",
    ];
    for begin in dropped {
        let tag: String = begin[1..].chars().take_while(char::is_ascii_alphanumeric).collect();
        // The language's own names for themselves are no words of the page; other buttons are.
        let end = format!("</{tag}>");
        let mut kept = String::new();
        while let Some((before, after)) = rest.split_once(begin) {
            let (inside, after) = after.split_once(&end).unwrap();
            kept.push_str(before);
            if tag == "button" && !inside.contains("name=\"language\"") {
                kept.push_str(inside.split_once('>').map_or("", |(_, words)| words));
            }
            kept.push(' ');
            rest = after.to_owned();
        }
        rest = kept + &rest;
    }
    let mut text = String::new();
    for part in rest.split('<') {
        let (tag, words) = part.split_once('>').unwrap_or(("", part));
        // What is read aloud is said, too.
        for attribute in ["aria-label=\"", "data-label=\""] {
            let said = tag.split_once(attribute).and_then(|(_, rest)| rest.split('"').next());
            text.push_str(said.unwrap_or_default());
            text.push(' ');
        }
        text.push_str(words);
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words that no German sentence has, and that hardly an English one does without.
const ENGLISH: [&str; 28] = [
    " the ", " of ", " is ", " are ", " you ", " your ", " with ", " that ", " this ", " for ", " from ", " it ",
    " not ", " to ", " and ", "Save", "Edit", "Delete", "Add ", "Settings", "Users", "Projects", "Tasks", "Clients",
    "Sent", "Sign ", "Timer", "yet",
];

/// The same the other way round.
const GERMAN: [&str; 16] = [
    " der ",
    " die ",
    " das ",
    " und ",
    " ist ",
    " sind ",
    " wird ",
    " werden ",
    " nicht ",
    " mit ",
    " eine ",
    "Speichern",
    "Löschen",
    "Aufgaben",
    "Kunden",
    "Projekte",
];

fn assert_none(body: &str, banned: &[&str], path: &str) {
    let words = format!(" {} ", words(body));
    let said: Vec<String> = banned
        .iter()
        .filter_map(|word| {
            let at = words.find(word)?;
            let begin = words[..at].char_indices().rev().nth(60).map_or(0, |(at, _)| at);
            let end = words[at..].char_indices().nth(80).map_or(words.len(), |(further, _)| at + further);
            Some(format!("{word:?}: …{}…", &words[begin..end]))
        })
        .collect();
    assert!(said.is_empty(), "{path} says {said:#?}");
}

#[tokio::test]
async fn every_page_is_in_every_language() {
    let (running, mut browser) = ready().await;
    some_data(&mut browser).await;
    browser.post("/projects/1/comments", &[("body", "Vor acht?")]).await;
    browser.post("/timer/stop", &[]).await;
    browser.post("/admin/settings", &[("organisation", "Laterne"), ("zone", "UTC"), ("week_start", "monday")]).await;
    for (language, banned) in [("en", &GERMAN[..]), ("de", &ENGLISH[..])] {
        choose(&mut browser, language, "/").await;
        let shown = browser.get("/admin/telemetry").await.body;
        let (_, ticket) = shown.split_once("name=\"ticket\" value=\"").unwrap();
        let ticket = ticket.split('"').next().unwrap().to_owned();
        // Off and nothing decided the first time, on the second.
        for on in [false, true] {
            if on {
                let form = [("ticket", ticket.as_str()), ("purpose", "usage")];
                assert_none(&browser.post("/admin/telemetry/on", &form).await.body, banned, "turning on");
                browser.post("/projects", &[("name", "Werkstatt")]).await;
                let telemetry = running.telemetry.clone();
                let seconds = std::time::Duration::from_secs(20);
                tokio::task::spawn_blocking(move || telemetry.flush(seconds)).await.unwrap();
            }
            for path in PAGES {
                let page = browser.get(path).await;
                assert_eq!(page.status, StatusCode::OK, "{path}");
                assert!(page.body.contains(&format!("<html lang=\"{language}\">")), "{path}");
                assert_none(&page.body, banned, &format!("{path} in {language}"));
            }
        }
        for (path, form) in [
            ("/projects", vec![("name", "")]),
            ("/entries", vec![("target", ""), ("started", "")]),
            ("/tasks", vec![("name", "")]),
            ("/clients", vec![("name", "Bakery")]),
            ("/account/password", vec![("current", "wrong"), ("password", "short")]),
            ("/account/time-zone", vec![("zone", "Moon/Base")]),
            ("/admin/users", vec![("name", "ada"), ("password", "ada")]),
            ("/admin/users/1", vec![("name", "ada"), ("role", "user"), ("state", "active")]),
            ("/admin/settings", vec![("zone", "Moon/Base")]),
            ("/clients/1/delete", vec![]),
            ("/projects/1/delete", vec![]),
            ("/admin/users/1/delete", vec![]),
        ] {
            let page = browser.post(path, &form).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert_none(&page.body, banned, &format!("{path} refused in {language}"));
        }
        assert_none(&browser.post("/admin/telemetry/off", &[("purpose", "all")]).await.body, banned, "turning off");
        assert_none(&browser.post("/admin/telemetry/forget", &[]).await.body, banned, "asking for deletion");
        for path in ["/nowhere", "/projects/9"] {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND);
            assert_none(&page.body, banned, path);
        }
    }
}

#[tokio::test]
async fn the_browsers_language_counts_until_one_is_chosen() {
    let running = fresh().await;
    let address = running.browser().sent_origin;
    let ask = async |path: &str, wish: &str, cookie: &str| {
        let request = reqwest::Client::new().get(format!("{address}{path}"));
        let request = request.header("accept-language", wish).header("cookie", cookie);
        request.send().await.unwrap().text().await.unwrap()
    };
    // The setup, where nobody has chosen anything, and a page that says what is wrong.
    let setup = running.app.setup_path().unwrap();
    for path in [setup.as_str(), "/setup", "/nowhere"] {
        for (wish, cookie, language) in [
            ("de-AT,de;q=0.9", "", "de"),
            ("fr", "", "en"),
            ("en,de;q=0.5", "", "en"),
            ("en", "language=de", "de"),
            ("de", "language=en", "en"),
            ("de", "language=tlh", "de"),
        ] {
            let page = ask(path, wish, cookie).await;
            assert!(page.contains(&format!("<html lang=\"{language}\">")), "{path}, {wish}, {cookie}: {page}");
        }
    }
}

#[tokio::test]
async fn choosing_a_language_changes_nothing_else() {
    let (running, mut browser) = ready().await;
    let question = running.telemetry.present(telemetry_core::Surface::Dashboard).unwrap();
    running.telemetry.grant(question.ticket(), telemetry_core::Purposes::ALL).unwrap();
    let before = (running.telemetry.stats().tracked, running.telemetry.receipts().unwrap());
    assert_eq!(choose(&mut browser, "de", "/tasks?status=done").await.as_deref(), Some("/tasks?status=done"));
    assert_eq!(browser.cookies["language"], "de");
    assert!(browser.get("/tasks").await.body.contains("<h1>Aufgaben</h1>"));
    assert_eq!(choose(&mut browser, "en", "//evil.example/").await.as_deref(), Some("/"));
    assert!(browser.get("/tasks").await.body.contains("<h1>Tasks</h1>"));
    for nonsense in ["", "tlh", "de; Domain=evil.example"] {
        assert_eq!(browser.post("/language", &[("language", nonsense)]).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!((running.telemetry.stats().tracked, running.telemetry.receipts().unwrap()), before);
}

#[tokio::test]
async fn the_receipt_names_the_language_and_the_words_that_were_shown() {
    let running = fresh().await;
    let mut browser = running.browser();
    let link = running.app.setup_path().unwrap();
    assert_eq!(
        choose(&mut browser, "de", &link).await.as_deref(),
        Some(link.as_str()),
        "back to where the token counts"
    );
    let page = browser.get(&link).await.body;
    let notice = running.telemetry.notice_in(Locale::German);
    assert!(page.contains(notice.title()), "{page}");
    let (_, ticket) = page.split_once("name=\"ticket\" value=\"").unwrap();
    let token = running.token();
    let form = [
        ("token", token.as_str()),
        ("name", "ada"),
        ("password", PASSWORD),
        ("zone", "UTC"),
        ("ticket", ticket.split('"').next().unwrap()),
        ("telemetry_usage", "yes"),
    ];
    browser.post("/setup", &form).await;
    let status = running.telemetry.status();
    assert_eq!((status.state, status.purposes.contains(Purpose::Usage)), (State::Granted, true));
    let receipts = running.telemetry.receipts().unwrap();
    let shown = receipts[0].notice.as_ref().unwrap();
    assert_eq!((shown.locale.as_str(), &shown.sha256), ("de", &notice.digest()));
    assert_eq!(browser.get("/").await.result(), Some("Die Einrichtung ist fertig. Sie sind angemeldet."));
}

#[tokio::test]
async fn days_are_written_as_the_language_does() {
    let (_running, mut browser) = ready().await;
    browser.post("/projects", &[("name", "Shop")]).await;
    let form = [("target", "project-1"), ("started", "2026-03-02T10:00:00"), ("ended", "2026-03-02T10:00:07")];
    browser.post("/entries", &form).await;
    for (language, written) in
        [("en", ["Monday 2 March", "2 Mar – 8 Mar 2026"]), ("de", ["Montag, 2. März", "2. März – 8. März 2026"])]
    {
        choose(&mut browser, language, "/").await;
        let week = browser.get("/entries?week=2026-03-04").await.body;
        for written in written {
            assert!(week.contains(written), "{written} in {week}");
        }
    }
}
