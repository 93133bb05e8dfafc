//! Silence, seen from outside of the process: no socket, no look-up, no file and no thread without a yes.

use crate::harness::quickstart::Quickstart;
use crate::harness::trace::{Call, Trace, assert_no_trace_of_telemetry, named};
use crate::harness::trap::Trap;

/// The system calls of the quickstart's ordinary work; `None` where they cannot be watched.
fn work(quickstart: &Quickstart, test: &str) -> Option<Vec<Call>> {
    let (mut command, trace) = Trace::of(&quickstart.count(), quickstart.home.work(), test)?;
    Quickstart::works(&mut command);
    Some(trace.calls())
}

#[test]
fn a_command_makes_no_call_for_telemetry_without_a_yes() {
    const TEST: &str = "a_command_makes_no_call_for_telemetry_without_a_yes";
    let trap = Trap::accepting();
    let quickstart = Quickstart::keyed(&trap);
    let silent = |state: &str| -> Option<()> {
        assert_eq!(quickstart.home.status()["state"], state);
        let calls = work(&quickstart, TEST)?;
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
    let calls = work(&quickstart, TEST).unwrap();
    assert!(named(&calls, &["connect"]).iter().any(|call| call.arguments.contains(&trap.port().to_string())));
    assert!(!named(&calls, &["socket"]).is_empty() && !named(&calls, &["clone", "clone3"]).is_empty());
    let begins = std::panic::catch_unwind(|| assert_no_trace_of_telemetry(&calls));
    assert!(begins.is_err(), "the worker and its files are not seen: {calls:?}");
    trap.wait_for(1);
    quickstart.off();
    silent("withdrawn");
}
