//! The machine's policy, where administrators put it: `/etc/<app>/telemetry.policy`.
//!
//! The programs see an `/etc` of their own, where the machine lets the tests mount one. Otherwise the file is put into the
//! real one, under a name that no program has, and removed again; where that cannot be written to, the test says that it
//! is skipped.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::harness::eventually;
use crate::harness::home::{output, said, status};
use crate::harness::steered::{APP, Installation, Steered, in_a_namespace};
use crate::harness::terminal::Terminal;
use crate::harness::trap::Trap;

/// Where the policy of the program lies.
enum Etc {
    /// In an `/etc` that each started program has for itself.
    Own,
    /// In the machine's.
    Real(#[expect(dead_code, reason = "held, never read")] RealEtc),
}

/// Removed with the test, whatever becomes of it.
struct RealEtc(PathBuf);

impl Drop for RealEtc {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn directory() -> PathBuf {
    Path::new("/etc").join(APP)
}

impl Etc {
    fn find(command: &Command, test: &str) -> Option<Self> {
        if in_a_namespace(command, "true", test).is_some() {
            return Some(Self::Own);
        }
        match fs::create_dir(directory()) {
            Ok(()) => Some(Self::Real(RealEtc(directory()))),
            Err(error) => {
                let _ = writeln!(
                    std::io::stderr(),
                    "skipped: {test}: neither an /etc of its own nor the real one: {error}"
                );
                None
            }
        }
    }

    /// The command on a machine with this policy; `None`: without one.
    fn with(&self, policy: Option<&str>, command: Command) -> Command {
        match self {
            Self::Own => {
                let write = policy.map_or_else(String::new, |text| {
                    format!("mkdir {0} && printf '%s' '{text}' > {0}/telemetry.policy && ", directory().display())
                });
                // The rest of it is there as well: certificates, for one.
                let script = format!(
                    "mount --bind /etc \"$TMPDIR\" && mount -t tmpfs tmpfs /etc && ln -s \"$TMPDIR\"/* /etc/ && \
                     {write}exec \"$0\" \"$@\""
                );
                in_a_namespace(&command, &script, "policy").expect("as it was a moment ago")
            }
            Self::Real(_) => {
                Self::put(policy, Path::new("/"));
                command
            }
        }
    }

    /// Changes the policy while the program runs.
    fn change(&self, policy: Option<&str>, program: &Steered) {
        match self {
            Self::Own => Self::put(policy, &Path::new("/proc").join(program.process().to_string()).join("root")),
            Self::Real(_) => Self::put(policy, Path::new("/")),
        }
    }

    fn put(policy: Option<&str>, root: &Path) {
        let directory = root.join(directory().strip_prefix("/").unwrap());
        fs::create_dir_all(&directory).unwrap();
        let file = directory.join("telemetry.policy");
        match policy {
            Some(text) => fs::write(file, text).unwrap(),
            None => drop(fs::remove_file(file)),
        }
    }
}

#[test]
fn a_machines_policy_denies_and_never_allows() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    let test = "a_machines_policy_denies_and_never_allows";
    let Some(etc) = Etc::find(&installation.command(&[]), test) else { return };
    let telemetry = |policy: Option<&str>, arguments: &[&str]| {
        etc.with(policy, installation.command(&[&["telemetry"], arguments].concat()))
    };
    let state = |policy: Option<&str>| -> (String, Value) {
        let status = status(&mut telemetry(policy, &["status", "--json"]));
        (status["state"].as_str().unwrap().to_owned(), status["reasons"].clone())
    };

    // Nobody is asked where it denies, not even who asks to be asked.
    let (exit, shown) = Terminal::run(&telemetry(Some("deny\n"), &["on"])).end();
    assert!(!exit.success() && !shown.contains("[y/N]") && shown.contains("policy"), "{shown}");
    assert_eq!(state(Some("deny\n")).1[0]["code"], "policy");
    assert!(!installation.state().exists(), "nothing is made");

    // It can allow nothing: nobody has agreed, nothing is stored, and a person is asked as without it.
    assert_eq!(state(Some("allow\n")).0, "unasked");
    let mut asked = Terminal::run(&telemetry(Some("allow\n"), &["on"]));
    asked.answer(1, "");
    assert!(asked.end().0.success());
    assert_eq!(state(Some("allow\n")).0, "denied", "a person said no");
    let mut asked = Terminal::run(&telemetry(Some("allow\n"), &["on"]));
    asked.answer(1, "y");
    assert!(asked.end().0.success());
    assert_eq!(state(Some("allow\n")).0, "granted");

    // With a yes stored: anything but that word denies, and the yes is kept.
    for policy in ["deny", "", "grant", "allow all", "{\"telemetry\": true}"] {
        let (state, reasons) = state(Some(policy));
        assert_eq!((state.as_str(), &reasons[0]["code"]), ("suspended", &"policy".into()), "{policy:?}");
    }
    let explained = said(&output(&mut telemetry(Some("deny"), &["status"])));
    assert!(explained.contains("whoever administers this machine"), "{explained}");
    trap.assert_untouched("no line of this has sent anything");

    // A service does its work, and sends nothing.
    let mut service = Steered::of(&mut etc.with(Some("deny"), installation.command(&[])));
    service.tell("track 5");
    assert_eq!(service.tell("flush 5000")["ended"], "Off");
    assert_eq!(service.tell("asks")["asks"], false);
    assert_eq!(service.status()["tracked"], 0);
    trap.assert_untouched("denied");
    // The policy goes: the yes that was kept counts again. It comes back: off at the next request.
    etc.change(None, &service);
    assert_eq!(service.status()["state"], "granted");
    service.tell("track 5");
    service.delivers_all(5);
    etc.change(Some("deny"), &service);
    let before = trap.received().requests;
    service.tell("track 5");
    assert_eq!(service.tell("flush 5000")["delivered"], 0);
    let status = service.status();
    assert_eq!((&status["state"], &status["delivered"]), (&"suspended".into(), &5.into()), "{status}");
    // Of the last five those were recorded that came before the program's own look at the policy.
    let recorded = status["tracked"].as_u64().unwrap();
    assert!((5..=10).contains(&recorded), "{status}");
    eventually("they are dropped", || service.lost("turned_off") == recorded - 5);
    assert_eq!(trap.received().requests, before, "nothing was sent");
    service.end();
}
