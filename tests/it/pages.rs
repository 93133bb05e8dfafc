//! The pages about telemetry, in a real browser that runs no script.

use telemetry_core::Purposes;

use crate::harness::binaries::KEY;
use crate::harness::body::fingerprint;
use crate::harness::browser::{Browser, View};
use crate::harness::page::addresses;
use crate::harness::tracker::{NAME, PASSWORD, Server, Tracker, work};
use crate::harness::trap::Trap;
use crate::harness::{earlier, eventually, growing_list, home};

/// `WebDriver`'s name of the tabulator key and of the space bar.
const TAB: char = '\u{E004}';
const SPACE: char = ' ';

fn address(server: &Server, path: &str) -> String {
    format!("http://127.0.0.1:{}{path}", server.port)
}

/// Takes pictures of the page in every view, and fails where it does not fit.
fn look_at(browser: &Browser, name: &str) {
    for view in View::ALL {
        browser.set(view);
        let path = browser.picture(&format!("{name}-{}", format!("{view:?}").to_lowercase()));
        assert!(std::fs::metadata(&path).unwrap().len() > 1000);
        let (content, window) = browser.widths();
        assert!(content <= window, "{name} is {content} pixels wide in a window of {window}");
        // The sections stand still at the edge of a phone, where a long word would run into its neighbour.
        for (place, word) in browser.all(".sections a").iter().zip(browser.all(".sections a > span")) {
            let (room, taken) = (browser.size(place).0, browser.size(&word).0);
            assert!(taken <= room, "{name}: {} takes {taken} of {room} pixels", browser.text(&word));
        }
    }
    browser.set(View::Light);
}

/// Fails unless everything that was loaded came from the server itself, and nothing was refused.
fn assert_only_own(browser: &Browser, server: &Server) {
    let (loaded, complaints) = browser.loaded();
    let own = address(server, "/");
    assert!(loaded.iter().any(|address| address.starts_with(&own)), "nothing was loaded: {loaded:?}");
    // The browser's own first page is not ours.
    let is_ours =
        |a: &&String| !["data:", "chrome:", "chrome-untrusted:", "about:"].iter().any(|own| a.starts_with(own));
    let foreign: Vec<_> = loaded.iter().filter(is_ours).filter(|a| !a.starts_with(&own)).collect();
    assert!(foreign.is_empty(), "from elsewhere: {foreign:?}");
    assert!(complaints.is_empty(), "{complaints:?}");
    let source = browser.source();
    assert!(!source.contains("<script") && !source.contains("javascript:"), "a script: {source}");
    for place in addresses(&source) {
        let is_own =
            place.starts_with('/') && !place.starts_with("//") || place.starts_with('#') || place.starts_with('?');
        assert!(is_own, "an address elsewhere: {place}");
    }
}

/// Presses the button of this language, which every page has.
fn choose(browser: &Browser, language: &str) {
    let (path, select) = (browser.path(), format!("footer button[value={language}]"));
    browser.follow(&browser.one(&select));
    assert_eq!(browser.path(), path, "the choice leads back");
    assert_eq!(browser.attribute(&browser.one("html"), "lang").as_deref(), Some(language));
    assert_eq!(browser.attribute(&browser.one(&select), "aria-current").as_deref(), Some("true"));
}

fn fill_setup(browser: &Browser, server: &Server) {
    browser.go(&address(server, server.setup.as_deref().unwrap()));
    browser.write(&browser.one("input[name=name]"), NAME);
    browser.write(&browser.one("input[name=password]"), PASSWORD);
}

fn announced(browser: &Browser) -> String {
    let result = browser.one("[role=status]");
    assert_eq!(browser.role(&result), "status");
    browser.text(&result)
}

#[test]
fn setup_page_no_js_no_third_party() {
    let Some(browser) = Browser::start("setup_page_no_js_no_third_party") else { return };
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    fill_setup(&browser, &server);
    let boxes = browser.all("input[type=checkbox]");
    assert_eq!(boxes.len(), 2, "one for each purpose");
    for tick in &boxes {
        assert_eq!(browser.role(tick), "checkbox");
        assert!(!browser.is_ticked(tick), "a box was ticked for the person");
        // The accessible name is the words beside the box.
        let id = browser.attribute(tick, "id").unwrap();
        let label = browser.one(&format!("label[for='{id}']"));
        assert!(!browser.label(tick).is_empty());
        assert_eq!(browser.label(tick), browser.text(&label));
        let about = browser.attribute(tick, "aria-describedby").unwrap();
        assert!(!browser.text(&browser.one(&format!("#{about}"))).is_empty());
        // The label is a target too, and large enough for a finger.
        let (width, height) = browser.size(&label);
        assert!(width >= 24.0 && height >= 16.0, "{width} × {height}");
    }
    // The question is a group of its own, and the one button says the same whatever is ticked.
    let group = browser.one("fieldset:has(input[type=checkbox])");
    assert!(browser.label(&group).contains("optional"), "{}", browser.label(&group));
    assert!(browser.all("fieldset:has(input[type=checkbox]) input[name=password]").is_empty());
    assert_eq!(browser.all("main button").len(), 1);
    let words = browser.text(&group);
    for said in ["127.0.0.1", "a program on this machine", "nothing leaves the machine", "Never: "] {
        assert!(words.contains(said), "the notice does not say {said}: {words}");
    }
    // True of a recipient elsewhere only.
    for untrue in ["90 days", "IP address"] {
        assert!(!words.contains(untrue), "the notice says {untrue} of a program on this machine: {words}");
    }
    look_at(&browser, "setup");
    // The same in the other language, and back to what was filled in.
    choose(&browser, "de");
    let group = browser.one("fieldset:has(input[type=checkbox])");
    assert!(browser.label(&group).contains("freiwillig"), "{}", browser.label(&group));
    assert!(browser.all("input[type=checkbox]").iter().all(|tick| !browser.is_ticked(tick)));
    look_at(&browser, "setup-de");
    choose(&browser, "en");
    fill_setup(&browser, &server);

    // A box can be ticked without a mouse; ticking alone decides nothing.
    eventually("the tabulator reaches the box", || {
        browser.press(TAB);
        browser.attribute(&browser.focused(), "type").as_deref() == Some("checkbox")
    });
    browser.press(SPACE);
    assert!(browser.is_ticked(&browser.focused()));
    assert_eq!(tracker.home.decision(), None);
    browser.press(SPACE);
    assert!(!browser.is_ticked(&browser.focused()));

    browser.follow(&browser.one("main button"));
    assert_eq!(browser.path(), "/");
    assert!(!announced(&browser).is_empty());
    assert_only_own(&browser, &server);
    assert_eq!(tracker.home.status()["telemetry_enabled"], false);
    trap.assert_untouched("nothing was ticked");
}

#[test]
fn a_ticked_box_is_a_yes_to_that_and_nothing_else() {
    let Some(browser) = Browser::start("a_ticked_box_is_a_yes_to_that_and_nothing_else") else { return };
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    fill_setup(&browser, &server);
    let boxes = browser.all("input[type=checkbox]");
    browser.click(&boxes[0]);
    browser.follow(&browser.one("main button"));
    assert_eq!(browser.path(), "/");
    assert_eq!(tracker.home.grep(), r#""telemetry_enabled": true"#);
    let status = tracker.home.status();
    assert_eq!(status["state"], "granted");
    assert_eq!(status["purposes"], serde_json::json!(["usage"]));
    // Who, where and what is in the receipt.
    let receipts = home::said(&home::output(&mut tracker.home.command(["telemetry", "receipts", "--verify"])));
    assert!(receipts.contains('1'), "{receipts}");
}

#[test]
fn the_dashboard_turns_telemetry_on_and_off_at_a_click() {
    let Some(browser) = Browser::start("the_dashboard_turns_telemetry_on_and_off_at_a_click") else { return };
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    fill_setup(&browser, &server);
    browser.follow(&browser.one("main button"));
    let truth = || browser.text(&browser.one(".truth"));
    let button = |act: &str, purpose: &str| {
        browser.one(&format!("form[action='/admin/telemetry/{act}']:has(input[value='{purpose}']) button"))
    };
    let show = || browser.go(&address(&server, "/admin/telemetry"));
    show();
    assert!(truth().starts_with("Off"));
    look_at(&browser, "telemetry-off");
    // Both are always there, of the same look and height: neither answer is the easier one.
    for purpose in ["usage", "errors"] {
        let (yes, no) = (button("on", purpose), button("off", purpose));
        for either in [&yes, &no] {
            assert_eq!(browser.role(either), "button");
            let (width, height) = browser.size(either);
            assert!(width >= 24.0 && height >= 24.0, "{width} × {height}");
        }
        assert!(browser.label(&yes).starts_with("Turn on ") && browser.label(&no).starts_with("Turn off "));
        assert_eq!(browser.attribute(&yes, "class"), browser.attribute(&no, "class"));
        assert!((browser.size(&yes).1 - browser.size(&no).1).abs() < 1.0);
    }

    browser.follow(&button("on", "usage"));
    assert!(announced(&browser).contains("On"), "{}", announced(&browser));
    assert_eq!(tracker.home.grep(), r#""telemetry_enabled": true"#);
    assert!(truth().starts_with("On"), "{}", truth());
    look_at(&browser, "telemetry-on");
    show();
    choose(&browser, "de");
    assert!(truth().starts_with("An"), "{}", truth());
    look_at(&browser, "telemetry-on-de");
    choose(&browser, "en");
    browser.go(&address(&server, "/admin/telemetry/build"));
    let build = browser.source();
    assert!(build.contains(&fingerprint(KEY)) && build.contains(&trap.origin()), "the build is not named: {build}");

    show();
    browser.follow(&button("off", "usage"));
    assert!(announced(&browser).contains("Off"), "{}", announced(&browser));
    assert_eq!(tracker.home.grep(), r#""telemetry_enabled": false"#);
    assert!(truth().starts_with("Off"));
    // Off again is off.
    show();
    browser.follow(&button("off", "usage"));
    assert_eq!(tracker.home.grep(), r#""telemetry_enabled": false"#);
    assert_only_own(&browser, &server);
}

#[test]
fn a_longer_list_is_offered_with_three_equal_answers() {
    let Some(browser) = Browser::start("a_longer_list_is_offered_with_three_equal_answers") else { return };
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    server.set_up(&[]);
    server.stop();
    let begin = || growing_list::begin(&tracker, |directory| earlier::agree(directory, trap.origin(), Purposes::ALL));
    begin();
    let server = tracker.start();
    let show = || browser.go(&address(&server, "/admin/telemetry"));
    browser.go(&address(&server, "/login"));
    browser.write(&browser.one("input[name=name]"), NAME);
    browser.write(&browser.one("input[name=password]"), PASSWORD);
    browser.follow(&browser.one("main button"));

    // What is new and nothing else, with three buttons of one look and height.
    show();
    look_at(&browser, "telemetry-longer-list");
    choose(&browser, "de");
    let words = browser.text(&browser.one("section[aria-labelledby=wider]"));
    for new in
        ["Sie haben Liste 1 zugestimmt. Liste 2 dieses Builds fügt hinzu:", "program.panicked", "Liste 1 behalten"]
    {
        assert!(words.contains(new), "{new} in {words}");
    }
    look_at(&browser, "telemetry-longer-list-de");
    choose(&browser, "en");
    let offer = browser.one("section[aria-labelledby=wider]");
    let words = browser.text(&offer);
    for new in [
        "You agreed to list 1. List 2 of this build adds:",
        "program.panicked",
        "The event request.failed now also says failure",
        "Until you decide, only list 1 is sent.",
    ] {
        assert!(words.contains(new), "{new} in {words}");
    }
    for old in ["setup.completed", "timer.started", "user_id"] {
        assert!(!words.contains(old), "{old} was agreed to: {words}");
    }
    let button = |act: &str| browser.one(&format!("section[aria-labelledby=wider] form[action$='/{act}'] button"));
    let answers = ["keep", "agree", "off"].map(button);
    for answer in &answers {
        assert_eq!(browser.attribute(answer, "class"), browser.attribute(&answers[0], "class"));
        assert!((browser.size(answer).1 - browser.size(&answers[0]).1).abs() < 1.0);
    }

    // Keeping the old list is an answer: it is told what was kept, and asked no more.
    browser.follow(&answers[0]);
    assert_eq!(tracker.home.status()["state"], "granted-narrow");
    show();
    let words = browser.text(&browser.one("section[aria-labelledby=wider]"));
    assert!(words.contains("You kept the list that you agreed to") && words.contains("not asked again"), "{words}");
    assert!(browser.all("form[action$='/keep']").is_empty());
    look_at(&browser, "telemetry-kept-list");

    // Whoever changes their mind, agrees there; the receipt tells which question was shown.
    browser.follow(&button("agree"));
    assert_eq!(tracker.home.status()["state"], "granted");
    show();
    assert!(browser.all("section[aria-labelledby=wider]").is_empty());
    let receipts = home::said(&home::output(&mut tracker.home.command(["telemetry", "receipts"])));
    let acts: Vec<&str> = ["\"kept\"", "\"renewal/1\""].into_iter().filter(|act| receipts.contains(act)).collect();
    assert_eq!(acts.len(), 2, "{receipts}");

    // A longer list may also be the reason to turn it off.
    begin();
    show();
    browser.follow(&button("off"));
    assert_eq!(tracker.home.status()["state"], "withdrawn");
    assert!(announced(&browser).contains("Off"));
    assert_only_own(&browser, &server);
}

#[test]
fn every_page_fits_a_phone_and_loads_nothing_from_elsewhere() {
    let Some(browser) = Browser::start("every_page_fits_a_phone_and_loads_nothing_from_elsewhere") else { return };
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    work(&mut server.set_up(&["telemetry_usage"]));
    browser.go(&address(&server, "/login"));
    browser.write(&browser.one("input[name=name]"), NAME);
    browser.write(&browser.one("input[name=password]"), PASSWORD);
    browser.follow(&browser.one("main button"));
    let pages = [
        ("/", "today"),
        ("/entries", "time"),
        ("/projects", "projects"),
        ("/projects/1", "project"),
        ("/tasks", "tasks"),
        ("/clients", "clients"),
        ("/account", "account"),
        ("/admin/users", "users"),
        ("/admin/settings", "settings"),
        ("/admin/telemetry", "telemetry"),
        ("/admin/telemetry/preview", "telemetry-preview"),
        ("/admin/telemetry/sent", "telemetry-sent"),
        ("/admin/telemetry/report", "telemetry-report"),
        ("/admin/telemetry/catalogue", "telemetry-catalogue"),
        ("/admin/telemetry/history", "telemetry-history"),
        ("/admin/telemetry/build", "telemetry-build"),
        ("/telemetry/preview", "public-preview"),
        ("/telemetry/catalogue", "public-catalogue"),
        ("/nowhere", "nothing-there"),
    ];
    for (language, suffix) in [("en", ""), ("de", "-de")] {
        // The choice leads back to where it was made: not to the page that is not there.
        browser.go(&address(&server, "/"));
        choose(&browser, language);
        for (path, name) in pages {
            browser.go(&address(&server, path));
            assert_eq!(browser.path(), path);
            assert_eq!(browser.attribute(&browser.one("html"), "lang").as_deref(), Some(language), "{path}");
            look_at(&browser, &format!("{name}{suffix}"));
            if path == "/nowhere" {
                // The console says that it is not there; that is not the next page's complaint.
                browser.loaded();
            } else {
                assert_only_own(&browser, &server);
            }
        }
    }
}
