//! What a person sees and decides about telemetry, and that what they see is what is sent.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;
use telemetry_core::consent::{Receipt, State};
use telemetry_core::testing::RecordingSink;
use telemetry_core::{Destination, Outcome, ProgramKind, Purpose, Purposes, Telemetry};
use time_tracker::server::{self, Reach};
use time_tracker::telemetry::Tracked;

use crate::support::{Answer, Browser, PASSWORD, Running, fresh, ready};

const ADMIN_PAGES: [&str; 9] = [
    "/admin/telemetry",
    "/admin/telemetry/preview",
    "/admin/telemetry/sent",
    "/admin/telemetry/sent.jsonl",
    "/admin/telemetry/report",
    "/admin/telemetry/catalogue",
    "/admin/telemetry/history",
    "/admin/telemetry/receipts.jsonl",
    "/admin/telemetry/build",
];

/// The proof that the question was shown, from the page's hidden field.
fn ticket(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"ticket\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The text of a page as a person reads it, as far as these tests need it.
fn read(body: &str) -> String {
    [("&#34;", "\""), ("&#60;", "<"), ("&#62;", ">"), ("&#39;", "'"), ("&#38;", "&")]
        .into_iter()
        .fold(body.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

async fn setup_page(running: &Running) -> Answer {
    running.browser().get(&running.app.setup_path().unwrap()).await
}

async fn set_up(running: &Running, ticket: &str, boxes: &[&str]) -> Browser {
    let token = running.token();
    let mut form = vec![("token", token.as_str()), ("name", "ada"), ("password", PASSWORD), ("zone", "UTC")];
    form.push(("ticket", ticket));
    form.extend(boxes.iter().map(|field| (*field, "yes")));
    let mut browser = running.browser();
    let answer = browser.post("/setup", &form).await;
    assert_eq!(answer.location.as_deref(), Some("/"), "a decision about telemetry never stands in the way of setup");
    browser
}

async fn turn_on(browser: &mut Browser, purpose: &str) -> Answer {
    let ticket = ticket(&browser.get("/admin/telemetry").await.body);
    browser.post("/admin/telemetry/on", &[("ticket", &ticket), ("purpose", purpose)]).await
}

async fn turn_off(browser: &mut Browser, purpose: &str) -> Answer {
    browser.post("/admin/telemetry/off", &[("purpose", purpose)]).await
}

/// Delivers what is queued and gives every body so far.
async fn sent(running: &Running) -> Vec<String> {
    let telemetry = running.telemetry.clone();
    tokio::task::spawn_blocking(move || telemetry.flush(Duration::from_secs(20))).await.unwrap();
    running.sink.requests().into_iter().map(|request| request.body).collect()
}

fn only(purpose: Purpose) -> Purposes {
    Purposes::NONE.with(purpose)
}

#[tokio::test]
async fn setup_asks_apart_from_everything_else_and_ticks_nothing() {
    let running = fresh().await;
    let page = setup_page(&running).await.body;
    assert_eq!(page.matches("type=\"checkbox\"").count(), 2);
    assert!(!page.contains("checked"));
    for field in ["telemetry_usage", "telemetry_errors"] {
        assert!(page.contains(&format!("<label for=\"{field}\">")), "{field}");
        assert!(page.contains(&format!("aria-describedby=\"{field}-about\"")), "{field}");
    }
    let main = page.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
    assert_eq!(main.matches("<button").count(), 1, "both answers are the same button");
    assert_eq!(main.matches("<fieldset").count(), 2);

    let text = read(&page);
    let notice = running.telemetry.notice();
    let change = notice.change("Admin → Telemetry");
    let mut words = vec![notice.title(), notice.introduction(), notice.never(), notice.recipient(), notice.identity()];
    words.push(&change);
    words.extend(notice.sent().iter().map(String::as_str));
    words.extend(notice.purposes().iter().flat_map(|purpose| [purpose.label.as_str(), &purpose.description]));
    for words in words {
        assert!(text.contains(words), "the receipt says that this was shown: {words}");
    }
}

#[tokio::test]
async fn what_would_be_sent_can_be_read_before_there_is_an_account() {
    let running = fresh().await;
    let page = setup_page(&running).await.body;
    let mut visitor = running.browser();
    for path in ["/telemetry/preview", "/telemetry/catalogue"] {
        assert!(page.contains(&format!("href=\"{path}\"")), "{path}");
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        for event in <Tracked as telemetry_core::EventSet>::EVENTS {
            assert!(answer.body.contains(event.name), "{path} lacks {}", event.name);
        }
    }
}

#[tokio::test]
async fn setup_with_nothing_ticked_is_a_no() {
    let running = fresh().await;
    let page = setup_page(&running).await.body;
    let mut browser = set_up(&running, &ticket(&page), &[]).await;
    assert_eq!(running.telemetry.state(), State::Denied);
    browser.post("/projects", &[("name", "Shop")]).await;
    assert_eq!(sent(&running).await, [""; 0]);
    assert_eq!(running.telemetry.stats().tracked, 0);
    let overview = browser.get("/admin/telemetry").await.body;
    assert!(overview.contains("Off: the answer was no. Nothing is recorded or sent."), "{overview}");
}

#[tokio::test]
async fn exactly_what_was_ticked_is_on() {
    for (field, purpose) in [("telemetry_usage", Purpose::Usage), ("telemetry_errors", Purpose::Errors)] {
        let running = fresh().await;
        let page = setup_page(&running).await.body;
        set_up(&running, &ticket(&page), &[field]).await;
        let status = running.telemetry.status();
        assert_eq!((status.state, status.purposes), (State::Granted, only(purpose)));
        assert_eq!(sent(&running).await.concat().contains("setup.completed"), purpose == Purpose::Usage);
    }
    let running = fresh().await;
    let page = setup_page(&running).await.body;
    set_up(&running, &ticket(&page), &["telemetry_usage", "telemetry_errors"]).await;
    assert_eq!(running.telemetry.status().purposes, Purposes::ALL);
}

#[tokio::test]
async fn who_was_not_asked_has_not_said_no() {
    let (running, _) = ready().await;
    assert_eq!(running.telemetry.state(), State::Unasked);
    assert_eq!(running.telemetry.receipts().unwrap(), []);
}

#[tokio::test]
async fn a_mistake_in_the_form_keeps_the_ticks_and_the_proof() {
    let running = fresh().await;
    let page = setup_page(&running).await.body;
    let (token, shown) = (running.token(), ticket(&page));
    let form = [("token", token.as_str()), ("name", "ada"), ("password", "short"), ("ticket", &shown)];
    let mut browser = running.browser();
    let refused = browser.post("/setup", &[&form[..], &[("telemetry_errors", "yes")]].concat()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ticket(&refused.body), shown);
    assert_eq!(refused.body.matches(" checked").count(), 1);
    assert!(refused.body.contains("aria-describedby=\"telemetry_errors-about\" checked"));
    assert_eq!(running.telemetry.state(), State::Unasked, "nothing is decided by a form that was refused");
    set_up(&running, &shown, &["telemetry_errors"]).await;
    assert_eq!(running.telemetry.status().purposes, only(Purpose::Errors));
}

#[tokio::test]
async fn a_yes_without_proof_leaves_telemetry_off_and_says_so() {
    for forged in ["", "0123456789abcdef0123456789abcdef"] {
        let running = fresh().await;
        setup_page(&running).await;
        let mut browser = set_up(&running, forged, &["telemetry_usage"]).await;
        assert_eq!(running.telemetry.state(), State::Unasked);
        let home = browser.get("/").await;
        let said = home.result().unwrap();
        assert!(said.contains("it stays off") && said.contains("Admin → Telemetry"), "{said}");
        assert_eq!(sent(&running).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_browser_that_asks_not_to_be_tracked_is_not_invited() {
    let running = fresh().await;
    let address = format!("{}{}", running.browser().sent_origin, running.app.setup_path().unwrap());
    for (header, value, invited) in [("sec-gpc", "1", false), ("dnt", "1", false), ("dnt", "0", true)] {
        let request = reqwest::Client::new().get(&address).header(header, value);
        let page = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(page.contains("type=\"checkbox\""), invited, "{header}: {value}");
        assert_eq!(page.contains("Admin → Telemetry") && page.contains("Your browser asks"), !invited);
    }
}

#[tokio::test]
async fn on_and_off_take_effect_at_once() {
    let (running, mut browser) = ready().await;
    let page = browser.get("/admin/telemetry").await.body;
    assert!(page.contains("Off: nobody has agreed. Nothing is recorded or sent."), "{page}");

    let on = turn_on(&mut browser, "usage").await;
    assert_eq!(
        (on.status, on.result()),
        (StatusCode::OK, Some("Usage statistics: On. Recorded and sent from now on."))
    );
    assert!(on.body.contains("for: usage statistics."));
    turn_on(&mut browser, "errors").await;
    assert_eq!(running.telemetry.status().purposes, Purposes::ALL, "one more leaves the other as it is");
    let receipts = running.telemetry.receipts().unwrap().len();
    turn_on(&mut browser, "errors").await;
    assert_eq!(running.telemetry.receipts().unwrap().len(), receipts, "on twice is on");

    browser.post("/projects", &[("name", "Shop")]).await;
    let off = turn_off(&mut browser, "all").await;
    assert_eq!(off.result(), Some("Telemetry: Off. 1 unsent event deleted. No request is under way."));
    assert_eq!(running.telemetry.state(), State::Withdrawn);
    browser.post("/projects", &[("name", "Studio")]).await;
    assert_eq!(sent(&running).await, [""; 0]);

    let again = turn_off(&mut browser, "usage").await;
    assert_eq!((again.status, running.telemetry.state()), (StatusCode::OK, State::Withdrawn));
}

#[tokio::test]
async fn one_purpose_goes_off_by_itself() {
    let (running, mut browser) = ready().await;
    turn_on(&mut browser, "usage").await;
    turn_on(&mut browser, "errors").await;
    let off = turn_off(&mut browser, "usage").await;
    assert!(off.result().unwrap().starts_with("Usage statistics: Off."));
    assert_eq!(running.telemetry.status().purposes, only(Purpose::Errors));
    browser.post("/projects", &[("name", "Shop")]).await;
    assert_eq!(sent(&running).await, [""; 0]);
}

#[tokio::test]
async fn no_click_turns_on_what_was_turned_off_meanwhile() {
    let (running, mut browser) = ready().await;
    let used = ticket(&browser.get("/admin/telemetry").await.body);
    let form = [("ticket", used.as_str()), ("purpose", "usage")];
    browser.post("/admin/telemetry/on", &form).await;
    turn_off(&mut browser, "usage").await;
    // The page that answered "on" is loaded again.
    let reloaded = browser.post("/admin/telemetry/on", &form).await;
    assert_eq!((reloaded.status, running.telemetry.state()), (StatusCode::CONFLICT, State::Withdrawn));
    assert!(reloaded.result().unwrap().starts_with("Nothing was changed:"));
    assert_eq!(browser.get("/admin/telemetry/on").await.location.as_deref(), Some("/admin/telemetry"));
    let nonsense = browser.post("/admin/telemetry/on", &[("purpose", "everything")]).await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_administrators_see_or_change_anything() {
    let (running, mut admin) = ready().await;
    let form = [("name", "bob"), ("password", PASSWORD), ("role", "user"), ("state", "active")];
    admin.post("/admin/users", &form).await;
    let shown = ticket(&admin.get("/admin/telemetry").await.body);
    let mut bob = running.browser();
    bob.post("/login", &[("name", "bob"), ("password", PASSWORD)]).await;
    for path in ADMIN_PAGES {
        assert_eq!(bob.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert!(running.browser().get(path).await.location.is_some(), "{path}");
        assert_eq!(admin.get(path).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(bob.get("/admin/telemetry/report.txt").await.status, StatusCode::FORBIDDEN);
    for action in ["on", "off", "keep", "agree", "forget", "sent/clear"] {
        let path = format!("/admin/telemetry/{action}");
        let answer = bob.post(&path, &[("ticket", &shown), ("purpose", "usage")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(running.telemetry.state(), State::Unasked);
}

#[tokio::test]
async fn preview_equals_wire() {
    let (running, mut browser) = ready().await;
    turn_on(&mut browser, "usage").await;
    browser.post("/projects", &[("name", "Shop")]).await;
    let preview = read(&browser.get("/admin/telemetry/preview").await.body);
    let bodies = sent(&running).await;
    let [body] = bodies.as_slice() else { panic!("one request, not {bodies:?}") };
    // Each attempt has its own time of sending; everything else stands.
    let (_, events) = body.split_once("\"events\":").unwrap();
    assert!(preview.contains(events), "{events} not in {preview}");

    let log = read(&browser.get("/admin/telemetry/sent").await.body);
    assert!(log.contains(&format!(">{body}</pre>")), "{body} not in {log}");
    let file = browser.get("/admin/telemetry/sent.jsonl").await;
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"sent.jsonl\"");
    let line: serde_json::Value = serde_json::from_str(file.body.lines().next().unwrap()).unwrap();
    assert_eq!((&line["body"], &line["answer"]["outcome"]), (&body.as_str().into(), &"accepted".into()), "{line}");
    assert_eq!(line["to"], running.telemetry.status().destinations[0].origin, "{line}");

    let cleared = browser.post("/admin/telemetry/sent/clear", &[]).await;
    assert_eq!(cleared.result(), Some("The log of what was sent is removed."));
    assert!(!read(&cleared.body).contains(body));
    assert_eq!(running.telemetry.sent_log().len(), 0);
}

#[tokio::test]
async fn the_last_error_report_is_shown_exactly_as_sent() {
    let (running, mut browser) = ready().await;
    turn_on(&mut browser, "usage").await;
    browser.post("/projects", &[("name", "Shop")]).await;
    sent(&running).await;
    // A request that holds no report is none.
    let none = browser.get("/admin/telemetry/report").await.body;
    assert!(none.contains("No error report was sent so far") && none.contains("Error reports are off"), "{none}");
    assert_eq!(browser.get("/admin/telemetry/report.txt").await.status, StatusCode::NOT_FOUND);
    let examples =
        running.telemetry.examples().filter(|(name, _)| ["request.failed", "program.panicked"].contains(name));
    for (name, body) in examples {
        let facts = body.split_once("\"events\":").map_or(body.as_str(), |(_, events)| events);
        assert!(read(&none).contains(facts), "what {name} would hold");
    }

    turn_on(&mut browser, "errors").await;
    assert!(!browser.get("/admin/telemetry/report").await.body.contains("Error reports are off"));
    running.break_database();
    assert_eq!(browser.get("/projects").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    running.mend_database();
    let report = sent(&running).await.pop().unwrap();
    assert!(report.contains("request.failed"), "{report}");
    // What is sent later and holds none does not take its place.
    browser.post("/projects", &[("name", "Studio")]).await;
    let later = sent(&running).await.pop().unwrap();
    assert!(!later.contains("request.failed"), "{later}");

    let entry = running.telemetry.sent_log().into_iter().find(|entry| entry.body() == report).unwrap();
    let before = (running.telemetry.stats().tracked, running.telemetry.receipts().unwrap());
    let page = read(&browser.get("/admin/telemetry/report").await.body);
    assert!(page.contains(&format!(">{report}</pre>")), "{report} not in {page}");
    assert!(page.contains(&entry.to) && page.contains("<code>request.failed</code>") && page.contains("accepted"));
    assert!(page.contains(&format!("{} bytes before compression", report.len())), "{page}");
    let file = browser.get("/admin/telemetry/report.txt").await;
    assert_eq!(file.body, report);
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"last-error-report.txt\"");
    assert_eq!(
        (running.telemetry.stats().tracked, running.telemetry.receipts().unwrap()),
        before,
        "looking is no event"
    );
}

#[tokio::test]
async fn looking_makes_no_event_and_no_decision() {
    let (running, mut browser) = ready().await;
    turn_on(&mut browser, "usage").await;
    let before = (running.telemetry.stats().tracked, running.telemetry.receipts().unwrap());
    for path in ADMIN_PAGES.into_iter().chain(["/telemetry/preview", "/telemetry/catalogue"]) {
        browser.get(path).await;
    }
    assert_eq!((running.telemetry.stats().tracked, running.telemetry.receipts().unwrap()), before);
}

#[tokio::test]
async fn history_holds_each_decision_and_checks_it() {
    let (running, mut browser) = ready().await;
    let empty = browser.get("/admin/telemetry/history").await.body;
    assert!(empty.contains("There are no receipts: nobody has decided anything."));
    turn_on(&mut browser, "usage").await;
    turn_off(&mut browser, "all").await;
    let page = browser.get("/admin/telemetry/history").await.body;
    assert!(page.contains("2 receipts; none was changed, lost or moved."), "{page}");
    let (off, on) = (page.find("<strong>Turned off</strong>"), page.find("<strong>Agreed</strong>"));
    assert!(off.unwrap() < on.unwrap(), "newest first");
    let shown: String = running.telemetry.notice().digest().chars().take(12).collect();
    assert!(page.contains(&shown), "the digest of the words that were shown");
    let file = browser.get("/admin/telemetry/receipts.jsonl").await;
    let lines: Vec<String> = running.telemetry.receipts().unwrap().iter().map(Receipt::to_line).collect();
    assert_eq!(file.body.lines().collect::<Vec<_>>(), lines);
}

/// An application over a sink and a directory of the test's own.
struct Bench {
    origin: String,
    directory: tempfile::TempDir,
    token: String,
    client: reqwest::Client,
}

impl Bench {
    async fn start(sink: RecordingSink) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let telemetry =
            Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path().join("telemetry"), sink).build();
        let reach = Reach::default();
        let app = server::open(&directory.path().join("test.db"), &reach, telemetry).await.unwrap();
        let token = app.setup_path().unwrap().split_once('=').unwrap().1.to_owned();
        let listener = server::listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(server::serve(listener, server::router(app, &reach).unwrap(), std::future::pending()));
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { origin, directory, token, client }
    }

    fn decision(&self) -> PathBuf {
        self.directory.path().join("telemetry/installation.json")
    }

    async fn get(&self, path: &str, cookie: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.origin)).header("cookie", cookie);
        request.send().await.unwrap().text().await.unwrap()
    }

    async fn setup_page(&self) -> String {
        self.get(&format!("/setup?token={}", self.token), "").await
    }

    /// Completes setup; returns the session's cookie.
    async fn set_up(&self, more: &str) -> String {
        let body = format!("token={}&name=ada&password=correct+horse+battery&zone=UTC{more}", self.token);
        let request = self.client.post(format!("{}/setup", self.origin)).header("origin", &self.origin);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let cookies = response.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let session = cookies.filter_map(|cookie| cookie.split(';').next());
        session.filter(|cookie| cookie.starts_with("session=")).collect()
    }
}

#[tokio::test]
async fn the_file_says_plainly_what_was_decided() {
    for (ticked, says) in
        [("", "\"telemetry_enabled\": false"), ("&telemetry_usage=yes", "\"telemetry_enabled\": true")]
    {
        let bench = Bench::start(RecordingSink::default()).await;
        let ticket = ticket(&bench.setup_page().await);
        assert!(!bench.decision().exists(), "asking leaves no file");
        bench.set_up(&format!("&ticket={ticket}{ticked}")).await;
        let file = std::fs::read_to_string(bench.decision()).unwrap();
        assert!(file.contains(says), "{file}");
    }
}

#[tokio::test]
async fn a_build_without_a_key_asks_nothing_and_has_nothing_to_turn_on() {
    let nowhere = Destination::new("https://sink.example", "a test", None, None);
    let bench = Bench::start(RecordingSink::default().with_destination(nowhere)).await;
    let page = bench.setup_page().await;
    assert!(!page.contains("checkbox") && !page.contains("ticket"), "{page}");
    assert!(page.contains("This build has no analytics key: there is nothing to ask about telemetry."), "{page}");
    let cookie = bench.set_up("").await;
    let overview = bench.get("/admin/telemetry", &cookie).await;
    assert!(overview.contains("Unavailable: this build has no analytics key."), "{overview}");
    assert!(!overview.contains("/admin/telemetry/on") && !overview.contains("Turn o"), "{overview}");
    assert!(bench.get("/admin/telemetry/build", &cookie).await.contains("none in this build"));
    assert!(!bench.directory.path().join("telemetry").exists(), "nothing is kept about telemetry");
}

#[tokio::test]
async fn asking_for_deletion_turns_off_and_gives_the_text_once() {
    let (running, mut browser) = crate::support::ready().await;
    assert!(!browser.get("/admin/telemetry").await.body.contains("ask for deletion"), "there is nothing to delete");
    turn_on(&mut browser, "usage").await;
    let id = running.telemetry.status().install_id.unwrap();
    assert!(browser.get("/admin/telemetry").await.body.contains("Turn off and ask for deletion"));
    let answer = browser.post("/admin/telemetry/forget", &[]).await;
    assert!(answer.body.contains(&id), "{}", answer.body);
    assert!(!running.telemetry.is_on());
    assert!(!browser.get("/admin/telemetry").await.body.contains(&id), "shown once");
    assert!(sent(&running).await.is_empty(), "nothing is sent about it");
}

#[tokio::test]
async fn the_overview_says_how_delivery_is_doing() {
    let (running, mut browser) = ready().await;
    turn_on(&mut browser, "usage").await;
    running.sink.answer(|_| Outcome::Retry { after: Some(Duration::from_hours(1)) });
    running.telemetry.track(Tracked::SetupCompleted);
    let requests = sent(&running).await.len();
    let page = read(&browser.get("/admin/telemetry").await.body);
    let status = running.telemetry.status();
    // The same words as on the command line, with times in the person's zone.
    for (label, words) in status.destinations[0].lines(|_| String::new()) {
        let label = label[..1].to_uppercase() + &label[1..];
        assert!(
            page.contains(&label) && page.contains(words.trim_start_matches("until :")),
            "{label}: {words}\n{page}"
        );
    }
    for words in ["Last failure", "the server could not be reached", "the server asked for this pause", "Next attempt"]
    {
        assert!(page.contains(words), "{words}\n{page}");
    }
    assert_eq!(sent(&running).await.len(), requests, "a flush waits for the server");
}
