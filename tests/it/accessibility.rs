//! What axe-core finds on the pages about telemetry: nothing, in light, in dark and at the narrowest width.
//!
//! `axe.min.js` of the npm package `axe-core` is not kept in this repository. `AXE_CORE` names a copy; `.ci/run` fetches
//! one where npm is there. Without it this test says that it is skipped.

use std::fs;

use serde_json::Value;
use telemetry_core::Purposes;

use crate::harness::browser::{Browser, View};
use crate::harness::tools;
use crate::harness::tracker::{NAME, PASSWORD, Server, Tracker, work};
use crate::harness::trap::Trap;
use crate::harness::{earlier, growing_list};

const TEST: &str = "axe_finds_nothing_on_the_pages_about_telemetry";

struct Inspector {
    browser: Browser,
    axe: String,
    looked_at: usize,
    found: Vec<String>,
}

impl Inspector {
    /// Looks at the page that is open, in every view.
    fn look(&mut self, name: &str) {
        for view in View::ALL {
            self.browser.set(view);
            let answer = self.browser.run(&self.axe);
            assert!(answer["error"].is_null(), "{name}: {answer:#}");
            assert!(answer["passes"].as_u64().unwrap() > 10, "{name}: hardly anything was looked at: {answer:#}");
            self.looked_at += 1;
            for violation in answer["violations"].as_array().unwrap() {
                self.found.push(format!("{name}, {view:?}: {}", text(violation)));
            }
        }
        self.browser.set(View::Light);
    }

    /// Looks at a page in every language.
    fn go(&mut self, server: &Server, path: &str, name: &str) {
        self.browser.go(&format!("http://127.0.0.1:{}{path}", server.port));
        for language in ["de", "en"] {
            self.browser.follow(&self.browser.one(&format!("footer button[value={language}]")));
            self.look(&format!("{name}, {language}"));
        }
    }

    /// Signs in, unless the session of an earlier start still counts.
    fn sign_in(&self, server: &Server) {
        self.browser.go(&format!("http://127.0.0.1:{}/login", server.port));
        if self.browser.all("input[name=password]").is_empty() {
            return;
        }
        self.browser.write(&self.browser.one("input[name=name]"), NAME);
        self.browser.write(&self.browser.one("input[name=password]"), PASSWORD);
        self.browser.follow(&self.browser.one("main button"));
    }
}

fn text(violation: &Value) -> String {
    let places = violation["nodes"].as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    format!("{}: {} at {}", violation["id"], violation["help"], places.join("; "))
}

#[test]
fn axe_finds_nothing_on_the_pages_about_telemetry() {
    let Some(axe) = tools::file("AXE_CORE", TEST) else { return };
    let Some(browser) = Browser::start_with_scripts(TEST) else { return };
    let source = fs::read_to_string(axe).unwrap();
    let axe = format!(
        "const done = arguments[arguments.length - 1]; {source};
         window.axe.run(document, {{ resultTypes: ['violations'] }}).then(
             (found) => done({{
                 passes: found.passes.length,
                 violations: found.violations.map((v) => ({{
                     id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html + ' ' + n.failureSummary),
                 }})),
             }}),
             (error) => done({{ error: String(error) }}),
         );"
    );
    let mut inspector = Inspector { browser, axe, looked_at: 0, found: Vec::new() };

    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    let server = tracker.start();
    inspector.go(&server, server.setup.as_deref().unwrap(), "setup");
    let mut visitor = server.set_up(&[]);
    inspector.go(&server, "/login", "login");
    inspector.sign_in(&server);
    inspector.go(&server, "/admin/telemetry", "off");
    Server::press(&mut visitor, "on", "usage");
    inspector.go(&server, "/admin/telemetry", "on");
    work(&mut visitor);
    server.stop();
    tracker.delivered(&trap, |requests| !requests.is_empty());
    let server = tracker.start();
    inspector.sign_in(&server);
    for tab in ["preview", "sent", "report", "catalogue", "history", "build"] {
        inspector.go(&server, &format!("/admin/telemetry/{tab}"), tab);
    }
    for page in ["/telemetry/preview", "/telemetry/catalogue", "/", "/entries", "/projects", "/tasks", "/nowhere"] {
        inspector.go(&server, page, page);
    }
    server.stop();

    growing_list::begin(&tracker, |directory| earlier::agree(directory, trap.origin(), Purposes::ALL));
    let server = tracker.start();
    inspector.sign_in(&server);
    inspector.go(&server, "/admin/telemetry", "a list that has grown");
    server.stop();

    assert!(inspector.looked_at >= 102, "{}", inspector.looked_at);
    assert!(inspector.found.is_empty(), "{}", inspector.found.join("\n"));
}
