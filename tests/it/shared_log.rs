//! One log of what was sent, written by several processes until it has been begun anew more than once.

use std::fs;

use serde_json::Value;

use crate::harness::steered::{Installation, Steered};
use crate::harness::trap::Trap;

const PROCESSES: i64 = 3;

/// What both files may have together, as `docs/consent.md` says it.
const BOUND: u64 = 5 * 1024 * 1024;

#[test]
fn processes_share_one_log_and_what_it_keeps_is_what_was_sent() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    let mut processes: Vec<Steered> = (0..PROCESSES).map(|_| installation.start_as_the_test()).collect();
    processes[0].agree();
    for process in &mut processes {
        assert_eq!(process.status()["state"], "granted");
    }
    let mut rounds = 0;
    let sent = || trap.requests().iter().map(|request| request.body.len() as u64).sum::<u64>();
    // Both files and more, so that each of them was thrown away once.
    while sent() < 2 * BOUND {
        rounds += 1;
        for process in &mut processes {
            process.begin("track 3000");
            process.begin("flush 60000");
        }
        for process in &mut processes {
            process.answer("track");
            assert_eq!(process.answer("flush")["remaining"], 0);
        }
    }
    assert!(rounds > 1, "each process writes to a log that others have written to");

    let identity = installation.identity();
    let files = ["sent.older.log", "sent.log"].map(|name| fs::read_to_string(identity.join(name)).unwrap());
    let bytes: usize = files.iter().map(String::len).sum();
    // An answer may come to stand behind the bound.
    assert!(bytes as u64 <= BOUND + 1000, "{bytes} bytes");
    let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("a torn line: {error}"));
    let lines: Vec<(&str, Value)> = files.iter().flat_map(|file| file.lines()).map(|line| (line, read(line))).collect();
    // A body comes right after its head, whoever else writes.
    let with_body: Vec<_> = lines.windows(2).filter(|pair| pair[0].1["to"].is_string()).collect();
    let logged: Vec<&str> = with_body.iter().map(|pair| pair[1].0).collect();
    for pair in with_body {
        assert_eq!(pair[0].1["bytes"], pair[1].0.len());
    }
    let wire: Vec<String> =
        trap.requests().into_iter().map(|request| String::from_utf8(request.body).unwrap()).collect();
    assert!(logged.len() > 3 && logged.len() < wire.len(), "{} of {}", logged.len(), wire.len());
    // The newest, in the order in which they left, byte by byte, and none is missing.
    assert!(logged.iter().zip(&wire[wire.len() - logged.len()..]).all(|(one, other)| one == other));
    let answered = lines.iter().filter(|(_, line)| line["answer"]["status"] == 200).count();
    assert!(answered == logged.len() || answered == logged.len() + 1, "{answered} answers, {}", logged.len());
    for process in &mut processes {
        assert_eq!(process.tell("log")["entries"], logged.len(), "every process shows the same log");
    }
}
