//! One log of what was sent, written by several processes until it has been begun anew more than once.

use std::fs;

use serde_json::Value;

use crate::harness::steered::{Installation, Steered};
use crate::harness::trap::{Request, Trap};

/// What each process tracks in a round: one of them so much that it goes in large requests.
const TRACKED: [&str; 3] = ["track 3000", "track 900", "track 900"];

/// What both files may have together, as `docs/consent.md` says it.
const BOUND: u64 = 5 * 1024 * 1024;

/// A larger body stands in the log as it went over the wire, as `docs/consent.md` says it.
const PLAIN: usize = 64 * 1024;

fn kept(request: &Request) -> &[u8] {
    if request.body.len() > PLAIN { &request.wire } else { &request.body }
}

/// What comes first in these bytes of a log: a line, and the bytes of a body if it is the head of one.
fn first(bytes: &[u8]) -> (Value, Option<&[u8]>, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').expect("a line ends");
    let line: Value = serde_json::from_slice(&bytes[..end]).unwrap_or_else(|error| panic!("a torn line: {error}"));
    let rest = &bytes[end + 1..];
    let Some(length) = line["bytes"].as_u64() else { return (line, None, rest) };
    let (body, rest) = rest.split_at(usize::try_from(length).unwrap());
    assert_eq!(line["coding"] == "gzip", body.starts_with(&[0x1f, 0x8b]), "the head says it");
    // A body comes right after its head, whoever else writes.
    (line, Some(body), rest.strip_prefix(b"\n").expect("a body has a line's end"))
}

#[test]
fn processes_share_one_log_and_what_it_keeps_is_what_was_sent() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    let mut processes: Vec<Steered> = TRACKED.iter().map(|_| installation.start_as_the_test()).collect();
    processes[0].agree();
    for process in &mut processes {
        assert_eq!(process.status()["state"], "granted");
    }
    let mut rounds = 0;
    let sent = || trap.requests().iter().map(|request| kept(request).len() as u64).sum::<u64>();
    // Both files and more, so that each of them was thrown away once.
    while sent() < 2 * BOUND {
        rounds += 1;
        for (process, track) in processes.iter_mut().zip(TRACKED) {
            process.begin(track);
            process.begin("flush 60000");
        }
        for process in &mut processes {
            process.answer("track");
            assert_eq!(process.answer("flush")["remaining"], 0);
        }
    }
    assert!(rounds > 1, "each process writes to a log that others have written to");

    let identity = installation.identity();
    let file = ["sent.older.log", "sent.log"].map(|name| fs::read(identity.join(name)).unwrap()).concat();
    // An answer may come to stand behind the bound.
    assert!(file.len() as u64 <= BOUND + 1000, "{} bytes", file.len());
    let (mut rest, mut logged, mut answered) = (&file[..], Vec::new(), 0);
    while !rest.is_empty() {
        let (line, body, after) = first(rest);
        logged.extend(body);
        answered += usize::from(line["answer"]["status"] == 200);
        rest = after;
    }
    let requests = trap.requests();
    let wire: Vec<&[u8]> = requests.iter().map(kept).collect();
    assert!(logged.len() > 3 && logged.len() < wire.len(), "{} of {}", logged.len(), wire.len());
    // The newest, in the order in which they left, byte by byte, and none is missing.
    assert!(logged.iter().zip(&wire[wire.len() - logged.len()..]).all(|(one, other)| one == other));
    let compressed = logged.iter().filter(|body| body.starts_with(&[0x1f, 0x8b])).count();
    assert!(compressed > 3 && compressed < logged.len() - 3, "{compressed} of {}", logged.len());
    assert!(answered == logged.len() || answered == logged.len() + 1, "{answered} answers, {}", logged.len());
    for process in &mut processes {
        assert_eq!(process.tell("log")["entries"], logged.len(), "every process shows the same log");
    }
}
