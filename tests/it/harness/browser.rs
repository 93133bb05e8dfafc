//! Headless Chromium, over plain `WebDriver`, with scripts switched off: the pages must not need any.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::http::request;
use super::{binaries, eventually, home, tools};

/// The name under which `WebDriver` passes elements on.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How many milliseconds a page and a script in it may take: more than on the busiest machine, and less than the driver's
/// answer may.
const TIMEOUT: u32 = 5 * 60 * 1000;

/// A browser with one page.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: TempDir,
}

/// Whether pages may run scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scripts {
    On,
    Off,
}

/// An element of the page.
#[derive(Debug, Clone)]
pub(crate) struct Element(String);

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum View {
    Light,
    Dark,
    /// The narrowest width that a page has to fit into.
    Phone,
}

impl View {
    pub(crate) const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Phone];
}

impl Browser {
    /// A new browser, or `None` after saying that `test` is skipped.
    pub(crate) fn start(test: &str) -> Option<Self> {
        Self::begin(test, Scripts::Off)
    }

    /// The same with scripts, for tools that look at a page from inside.
    pub(crate) fn start_with_scripts(test: &str) -> Option<Self> {
        Self::begin(test, Scripts::On)
    }

    fn begin(test: &str, scripts: Scripts) -> Option<Self> {
        let driver = tools::tool("chromedriver", "BROWSER_TESTS", test)?;
        let chromium = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(tools::find);
        let chromium = chromium.or_else(|| tools::tool("chromium", "BROWSER_TESTS", test))?;
        let profile = binaries::directory();
        let mut command = Command::new(driver);
        command.arg("--port=0").env("HOME", profile.path()).env("TMPDIR", profile.path()).stdin(Stdio::null());
        let mut driver = home::spawn(command.stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines
            .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok())
            .expect("the driver says where it listens");
        // Nobody reads the rest, and the driver must not stop because of that.
        thread::spawn(move || lines.for_each(drop));
        let mut browser = Self { driver, port, session: String::new(), profile };
        browser.open(&chromium, scripts);
        Some(browser)
    }

    fn open(&mut self, chromium: &Path, scripts: Scripts) {
        let javascript = if scripts == Scripts::On { 1 } else { 2 };
        let options = json!({
            "binary": chromium,
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--hide-scrollbars", "--window-size=1280,1000",
                format!("--user-data-dir={}", self.profile.path().join("profile").display()),
            ],
            "prefs": { "profile.managed_default_content_settings.javascript": javascript },
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            // Half a minute for a script would not do on a busy machine.
            "timeouts": { "script": TIMEOUT, "pageLoad": TIMEOUT },
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "performance": "ALL", "browser": "ALL" },
        } } });
        let value = self.call("POST", "/session", &wanted);
        value["sessionId"].as_str().expect("a session").clone_into(&mut self.session);
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let answer = request(self.port, method, path, &[("Content-Type", "application/json")], &body).unwrap();
        let value: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.status, 200, "{method} {path}: {value:#}");
        value["value"].clone()
    }

    fn of_session(&self, method: &str, path: &str, body: &Value) -> Value {
        self.call(method, &format!("/session/{}{path}", self.session), body)
    }

    /// Runs a script in the page, which calls its last argument with its result.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.of_session("POST", "/execute/async", &json!({ "script": script, "args": [] }))
    }

    pub(crate) fn go(&self, address: &str) {
        self.of_session("POST", "/url", &json!({ "url": address }));
    }

    pub(crate) fn all(&self, css: &str) -> Vec<Element> {
        let found = self.of_session("POST", "/elements", &json!({ "using": "css selector", "value": css }));
        let elements = found.as_array().unwrap().iter();
        elements.map(|element| Element(element[ELEMENT].as_str().unwrap().to_owned())).collect()
    }

    /// The one element that the selector names.
    pub(crate) fn one(&self, css: &str) -> Element {
        let mut found = self.all(css);
        assert_eq!(found.len(), 1, "{css} in\n{}", self.source());
        found.remove(0)
    }

    fn of_element(&self, element: &Element, what: &str) -> Value {
        self.of_session("GET", &format!("/element/{}/{what}", element.0), &Value::Null)
    }

    pub(crate) fn text(&self, element: &Element) -> String {
        self.of_element(element, "text").as_str().unwrap().to_owned()
    }

    /// The name that assistive technology gives to it.
    pub(crate) fn label(&self, element: &Element) -> String {
        self.of_element(element, "computedlabel").as_str().unwrap().to_owned()
    }

    pub(crate) fn role(&self, element: &Element) -> String {
        self.of_element(element, "computedrole").as_str().unwrap().to_owned()
    }

    pub(crate) fn is_ticked(&self, element: &Element) -> bool {
        self.of_element(element, "selected").as_bool().unwrap()
    }

    pub(crate) fn attribute(&self, element: &Element, name: &str) -> Option<String> {
        self.of_element(element, &format!("attribute/{name}")).as_str().map(ToOwned::to_owned)
    }

    /// Width and height in pixels.
    pub(crate) fn size(&self, element: &Element) -> (f64, f64) {
        let rect = self.of_element(element, "rect");
        (rect["width"].as_f64().unwrap(), rect["height"].as_f64().unwrap())
    }

    pub(crate) fn click(&self, element: &Element) {
        self.of_session("POST", &format!("/element/{}/click", element.0), &json!({}));
    }

    /// Clicks what leads to another page, and waits until that one is there: the driver may answer before it.
    pub(crate) fn follow(&self, element: &Element) {
        let page = self.one("html");
        self.click(element);
        let path = format!("/session/{}/element/{}/name", self.session, page.0);
        eventually("the next page comes", || request(self.port, "GET", &path, &[], "").unwrap().status != 200);
        eventually("it is there", || !self.all("main").is_empty());
    }

    pub(crate) fn write(&self, element: &Element, text: &str) {
        self.of_session("POST", &format!("/element/{}/value", element.0), &json!({ "text": text }));
    }

    /// Presses keys, wherever the focus is.
    pub(crate) fn press(&self, key: char) {
        let actions = json!([{ "type": "key", "id": "keys", "actions": [
            { "type": "keyDown", "value": key.to_string() }, { "type": "keyUp", "value": key.to_string() },
        ] }]);
        self.of_session("POST", "/actions", &json!({ "actions": actions }));
    }

    pub(crate) fn focused(&self) -> Element {
        let element = self.of_session("GET", "/element/active", &Value::Null);
        Element(element[ELEMENT].as_str().unwrap().to_owned())
    }

    pub(crate) fn source(&self) -> String {
        self.of_session("GET", "/source", &Value::Null).as_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self) -> String {
        let address = self.of_session("GET", "/url", &Value::Null).as_str().unwrap().to_owned();
        address.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default()
    }

    fn developer(&self, command: &str, parameters: &Value) -> Value {
        self.of_session("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    pub(crate) fn set(&self, view: View) {
        let scheme = if matches!(view, View::Dark) { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.developer("Emulation.setEmulatedMedia", &json!({ "features": features }));
        let (width, height, scale, mobile) =
            if matches!(view, View::Phone) { (320, 700, 2, true) } else { (1280, 1000, 1, false) };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile });
        self.developer("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// How wide the page's content is, and how wide the window.
    pub(crate) fn widths(&self) -> (f64, f64) {
        let metrics = self.developer("Page.getLayoutMetrics", &json!({}));
        let width = |what: &str, name: &str| metrics[what][name].as_f64().unwrap();
        (width("cssContentSize", "width"), width("cssLayoutViewport", "clientWidth"))
    }

    /// Keeps a picture of the whole page beside the build's other output, for people to look at.
    pub(crate) fn picture(&self, name: &str) -> PathBuf {
        let parameters = json!({ "captureBeyondViewport": true, "format": "png" });
        let shot = self.developer("Page.captureScreenshot", &parameters);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("screenshots");
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join(format!("{name}.png"));
        fs::write(&path, decoded(shot["data"].as_str().unwrap())).unwrap();
        path
    }

    /// Every address that the browser asked for since the last call, and every warning and error in its console.
    pub(crate) fn loaded(&self) -> (Vec<String>, Vec<String>) {
        let log = |kind: &str| self.of_session("POST", "/se/log", &json!({ "type": kind }));
        let requests = log("performance");
        let addresses = requests.as_array().unwrap().iter().filter_map(|entry| {
            let entry: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &entry["message"];
            (message["method"] == "Network.requestWillBeSent")
                .then(|| message["params"]["request"]["url"].as_str().map(ToOwned::to_owned))?
        });
        let addresses = addresses.collect();
        let console = log("browser");
        let complaints =
            console.as_array().unwrap().iter().filter(|entry| entry["level"] != "DEBUG" && entry["level"] != "INFO");
        let complaints = complaints.map(ToString::to_string).collect();
        (addresses, complaints)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let path = format!("/session/{}", self.session);
            let _ = request(self.port, "DELETE", &path, &[], "");
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Reads base 64.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'=').map(digit).collect();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0_u32, |bits, digit| (bits << 6) | u32::from(*digit)) << (6 * (4 - group.len()));
        let [_, first, second, third] = bits.to_be_bytes();
        bytes.extend_from_slice(&[first, second, third][..group.len() - 1]);
    }
    bytes
}
