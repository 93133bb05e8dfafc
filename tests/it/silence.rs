//! Silence, seen from outside of the process: no socket, no look-up, no file and no thread without a yes.

use std::fs;

use crate::harness::eventually;
use crate::harness::quickstart::Quickstart;
use crate::harness::trace::{Call, Trace, assert_no_trace_of_telemetry, named};
use crate::harness::tracker::{Server, Tracker, work};
use crate::harness::trap::Trap;

/// The system calls of the quickstart's ordinary work; `None` where they cannot be watched.
fn run(quickstart: &Quickstart, test: &str) -> Option<Vec<Call>> {
    let (mut command, trace) = Trace::of(&quickstart.count(), quickstart.home.work(), test)?;
    Quickstart::works(&mut command);
    Some(trace.calls())
}

/// Whether the server is among those that it connected to.
fn connects(calls: &[Call], trap: &Trap) -> bool {
    named(calls, &["connect"]).iter().any(|call| call.arguments.contains(&trap.port().to_string()))
}

#[test]
fn no_grant_no_syscalls() {
    const TEST: &str = "no_grant_no_syscalls";
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    let silent = |state: &str| -> Option<()> {
        assert_eq!(quickstart.home.status()["state"], state);
        let calls = run(&quickstart, TEST)?;
        assert_no_trace_of_telemetry(&calls);
        // A command that counts words has no business with any socket, nor with a second thread.
        let loud = ["socket", "socketpair", "connect", "bind", "sendto", "sendmsg", "sendmmsg", "clone", "clone3"];
        let loud = named(&calls, &loud);
        assert!(loud.is_empty(), "{state}: {loud:?}");
        Some(())
    };
    if silent("unasked").is_none() {
        return;
    }
    quickstart.decline();
    silent("denied");
    quickstart.agree();
    // The same watch over a program that may send: what it looks for is there to be found.
    let mut calls = Vec::new();
    Quickstart::is_heard(&trap, || calls = run(&quickstart, TEST).unwrap());
    assert!(connects(&calls, &trap), "{calls:?}");
    assert!(!named(&calls, &["socket"]).is_empty() && !named(&calls, &["clone", "clone3"]).is_empty());
    let begins = std::panic::catch_unwind(|| assert_no_trace_of_telemetry(&calls));
    assert!(begins.is_err(), "the worker and its files are not seen: {calls:?}");
    quickstart.off();
    silent("withdrawn");
}

/// The system calls and the threads of a server through an administrator's day.
fn day(tracker: &Tracker, variable: Option<(&str, &str)>, test: &str) -> Option<(Vec<Call>, Vec<String>)> {
    let (mut command, trace) = Trace::of(tracker.serve().envs(variable), tracker.home.work(), test)?;
    let mut server = Server::start(&mut command);
    let process = trace.process().unwrap();
    server.signals_to(process);
    let mut visitor = if server.setup.is_some() { server.set_up(&[]) } else { server.sign_in() };
    work(&mut visitor);
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten();
    let threads = threads.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    let threads = threads.map(|name| name.trim().to_owned()).collect();
    server.stop();
    Some((trace.calls(), threads))
}

/// What a server does with sockets by its nature: one to listen, and those of its visitors.
fn assert_only_serves(calls: &[Call], threads: &[String]) {
    assert_no_trace_of_telemetry(calls);
    // Visitors' sockets come from accept; `socketpair` is how the runtime hears of signals, and reaches nobody.
    let sockets = named(calls, &["socket"]);
    assert_eq!(sockets.len(), 1, "{sockets:?}");
    assert_eq!(named(calls, &["bind"]).len(), 1);
    assert_eq!(named(calls, &["listen"]).len(), 1);
    assert!(!named(calls, &["accept4", "accept"]).is_empty(), "the watch sees the visitors");
    assert!(named(calls, &["connect"]).is_empty(), "{:?}", named(calls, &["connect"]));
    assert!(named(calls, &["sendmmsg"]).is_empty(), "{:?}", named(calls, &["sendmmsg"]));
    assert!(!threads.is_empty() && !threads.iter().any(|name| name.starts_with("telemetry")), "{threads:?}");
}

#[test]
fn a_service_makes_no_call_for_telemetry_without_a_yes() {
    const TEST: &str = "a_service_makes_no_call_for_telemetry_without_a_yes";
    let trap = Trap::accepting();
    let tracker = Tracker::keyed(&trap);
    // The setup is a part of the first day; under a kill switch it asks nothing, and so leaves nobody asked.
    let Some((calls, threads)) = day(&tracker, Some(("TIME_TRACKER_TELEMETRY", "off")), TEST) else { return };
    assert_only_serves(&calls, &threads);
    let (calls, threads) = day(&tracker, None, TEST).unwrap();
    assert_only_serves(&calls, &threads);
    assert_eq!(tracker.home.status()["state"], "unasked");
    tracker.decline();
    let (calls, threads) = day(&tracker, None, TEST).unwrap();
    assert_only_serves(&calls, &threads);
    trap.assert_untouched("the answer was no");

    // The same watch over a day that is reported: what it looks for is there to be found.
    // The two seconds that a server gives it at its end may be short under the watch, so there may be more such days.
    tracker.agree();
    eventually("a day is reported", || {
        let (calls, threads) = day(&tracker, None, TEST).unwrap();
        assert!(std::panic::catch_unwind(|| assert_only_serves(&calls, &threads)).is_err());
        assert!(threads.iter().any(|name| name == "telemetry"), "{threads:?}");
        connects(&calls, &trap) && !trap.requests().is_empty()
    });
}
