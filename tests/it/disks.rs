//! Disks that are full, read-only, somebody else's or gone: the program goes on, what is lost is counted, the status
//! says what is wrong, and nothing is sent that could not be written down first.
//!
//! Where the tests are root, nobody runs the program, since permissions do not stop root.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::eventually;
use crate::harness::home::vanish;
use crate::harness::steered::{Installation, Steered, user};
use crate::harness::trap::{Manner, Trap};

fn last_failure(status: &Value) -> &Value {
    &status["destinations"][0]["last_failure"]["class"]
}

/// Whether the status says that what is unsent cannot be kept.
fn says_that_nothing_is_kept(status: &Value) -> bool {
    let notes = status["ignored"].as_array().unwrap();
    notes.iter().any(|note| note.as_str().unwrap().contains("cannot be written to disk"))
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The path as the program sees it.
fn seen_by(program: &Steered, path: &Path) -> PathBuf {
    Path::new("/proc").join(program.process().to_string()).join("root").join(path.strip_prefix("/").unwrap())
}

/// Writes until there is no room for a byte more.
fn fill(directory: &Path) -> PathBuf {
    let path = directory.join("filler");
    let mut file = fs::File::create(&path).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    while file.write_all(&[0]).is_ok() {}
    path
}

/// The numbers of all events that arrived, each of which came once.
fn arrived(trap: &Trap) -> Vec<i64> {
    let mut numbers: Vec<i64> = trap
        .requests()
        .iter()
        .flat_map(|request| request.json()["batch"].as_array().unwrap().clone())
        .map(|event| event["properties"]["number_id"].as_i64().unwrap())
        .collect();
    numbers.sort_unstable();
    let all = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), all, "an event arrived twice");
    numbers
}

#[test]
fn on_a_full_disk_nothing_is_sent_and_what_is_lost_is_counted() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    let test = "on_a_full_disk_nothing_is_sent_and_what_is_lost_is_counted";
    let Some(mut program) = installation.start_on_disk(4 * 1024 * 1024, test) else { return };
    program.agree();
    let state = seen_by(&program, &installation.state());
    let filler = fill(&state);

    program.tell("track 40");
    let flushed = program.tell("flush 60000");
    assert_eq!((&flushed["delivered"], &flushed["remaining"]), (&0.into(), &40.into()), "{flushed}");
    assert_ne!(flushed["ended"], "Deadline", "nobody waits for a disk");
    let status = program.status();
    assert_eq!(last_failure(&status), "disk", "{status}");
    assert_eq!(status["destinations"][0]["spooled"], 0, "{status}");
    assert!(says_that_nothing_is_kept(&status), "{status}");
    let shown = program.tell("shown");
    assert!(shown.as_str().unwrap().contains("the request could not be written down first"), "{shown}");

    // More than memory holds.
    program.tell("track 30000");
    assert_ne!(program.tell("flush 60000")["ended"], "Deadline", "nobody waits for a disk");
    let status = program.status();
    let (tracked, waiting) = (status["tracked"].as_u64().unwrap(), status["waiting"].as_u64().unwrap());
    assert!(waiting > 0 && waiting < 10_000, "{status}");
    trap.assert_untouched("what cannot be shown is not sent");

    // A withdrawal cannot be stored either: it says so, and this process is off all the same.
    let off = program.tell("off");
    assert!(off["error"].is_string(), "{off}");
    let status = program.status();
    assert_eq!((&status["telemetry_enabled"], &status["reasons"][0]["code"]), (&false.into(), &"held".into()));

    // With room again it can.
    fs::remove_file(&filler).unwrap();
    let off = program.tell("off");
    assert!(off["done"].as_str().unwrap().starts_with("Done {"), "{off}");
    // An attempt that was just begun is given up a moment later.
    eventually("nothing waits", || program.status()["waiting"] == 0);
    let status = program.status();
    let lost: u64 = status["lost"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!((&status["state"], lost), (&"withdrawn".into(), tracked), "{status}");

    // And a new yes works as if nothing had been.
    program.agree();
    program.tell("track 40");
    program.delivers_all(40);
    assert!(!says_that_nothing_is_kept(&program.status()));
    assert_eq!(arrived(&trap).len(), 40);
    program.end();
}

#[test]
fn a_disk_that_has_room_again_gets_what_waited() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    let test = "a_disk_that_has_room_again_gets_what_waited";
    let Some(mut program) = installation.start_on_disk(4 * 1024 * 1024, test) else { return };
    program.agree();
    program.tell("track 10");
    program.delivers_all(10);
    let filler = fill(&seen_by(&program, &installation.state()));
    // More than what still fits into pages that are begun.
    program.tell("track 3000");
    assert_ne!(program.tell("flush 60000")["ended"], "Deadline", "nobody waits for a disk");
    let status = program.status();
    assert_eq!(last_failure(&status), "disk", "{status}");
    assert!(says_that_nothing_is_kept(&status), "{status}");
    fs::remove_file(filler).unwrap();
    eventually("everything is delivered", || program.tell("flush 5000")["remaining"] == 0);
    // With the next that is written down it is known to work again.
    program.tell("track 1");
    program.delivers_all(3011);
    assert_eq!(arrived(&trap), (0..3011).collect::<Vec<i64>>());
    assert!(!says_that_nothing_is_kept(&program.status()));
    program.end();
}

/// What a quota does, and what works without rights.
#[test]
fn files_that_may_not_grow_cost_what_does_not_fit() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    let mut program = installation.start_with_short_files(24 * 1024);
    program.agree();
    let mut before = 0;
    eventually("the log is full", || {
        program.tell("track 20");
        program.tell("flush 5000");
        let status = program.status();
        let delivered = status["delivered"].as_u64().unwrap();
        let is_full = last_failure(&status) == "disk" && delivered == before;
        before = delivered;
        is_full
    });
    assert!(before > 0, "a part fits");
    // The last line may be torn; the others are whole, and nothing was sent that is not in one.
    assert_eq!(program.tell("log")["entries"], trap.requests().len());
    // More than one file of the spool may hold.
    program.tell("track 3000");
    assert_ne!(program.tell("flush 60000")["ended"], "Deadline", "nobody waits for a disk");
    let status = program.status();
    let (tracked, spooled) = (&status["tracked"], status["destinations"][0]["spooled"].as_u64().unwrap());
    assert!(spooled > 0, "a part fits: {status}");
    program.end();

    // What did fit is delivered by the next process, with room for it.
    let before = arrived(&trap).len();
    let mut next = installation.start_as_the_test();
    eventually("what is on disk is delivered", || next.tell("flush 5000")["remaining"] == 0);
    let arrived = arrived(&trap).len();
    let fits = before + usize::try_from(spooled).unwrap()..=usize::try_from(tracked.as_u64().unwrap()).unwrap();
    assert!(fits.contains(&arrived), "{arrived}, not {fits:?}");
    next.end();
}

#[test]
fn in_a_read_only_directory_the_program_goes_on() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    let mut program = installation.start();
    program.agree();
    set_mode(&installation.state(), 0o500);
    program.tell("track 40");
    let flushed = program.tell("flush 60000");
    assert_ne!(flushed["ended"], "Deadline", "nobody waits for a disk");
    assert_eq!((&flushed["delivered"], &flushed["remaining"]), (&0.into(), &40.into()), "{flushed}");
    let status = program.status();
    assert_eq!(status["state"], "granted", "{status}");
    assert!(says_that_nothing_is_kept(&status), "{status}");
    trap.assert_untouched("what cannot be shown is not sent");
    let off = program.tell("off");
    assert!(off["error"].is_string(), "{off}");
    let status = program.status();
    assert_eq!((&status["telemetry_enabled"], &status["reasons"][0]["code"]), (&false.into(), &"held".into()));
    assert!(!status["reasons"][0]["remedy"].as_str().unwrap().is_empty());
    program.end();

    // The next process finds the yes as it was: that is what the error said. With the directory mended it delivers, and
    // turns off.
    set_mode(&installation.state(), 0o700);
    let mut next = installation.start();
    next.tell("track 5");
    next.delivers_all(5);
    assert!(next.tell("off")["done"].is_string());
    next.end();
}

#[test]
fn a_directory_of_another_user_is_off() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    if user().is_none() {
        let _ =
            writeln!(std::io::stderr(), "skipped: a_directory_of_another_user_is_off: only root can give files away");
        return;
    }
    // From the beginning: a yes cannot be stored.
    fs::create_dir(installation.state()).unwrap();
    set_mode(&installation.state(), 0o755);
    let mut program = installation.start();
    let on = program.tell("on");
    assert!(on["error"].is_string(), "{on}");
    assert_eq!(program.status()["state"], "unasked");
    fs::remove_dir(installation.state()).unwrap();

    // Given away while the program runs: a yes that is somebody else's is none.
    program.agree();
    program.tell("track 7");
    program.delivers_all(7);
    give_to_root(&installation.state());
    program.tell("track 5");
    program.tell("flush 5000");
    let status = program.status();
    assert_eq!((&status["state"], &status["telemetry_enabled"]), (&"fault".into(), &false.into()), "{status}");
    // Of the five those were recorded that came before the program's own look at the decision.
    let recorded = status["tracked"].as_u64().unwrap();
    assert!((7..=12).contains(&recorded), "{status}");
    eventually("they are dropped", || program.lost("turned_off") == recorded - 7);
    program.tell("track 5");
    assert_eq!(program.status()["tracked"], recorded, "nothing is recorded any more");
    let off = program.tell("off");
    assert!(off["error"].is_string(), "{off}");
    assert_eq!(arrived(&trap).len(), 7);
    program.end();
}

/// Gives everything in there away. The program may remove a file at the same time.
fn give_to_root(path: &Path) {
    match try_to_give_to_root(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        given => given.unwrap(),
    }
}

fn try_to_give_to_root(path: &Path) -> io::Result<()> {
    chown(path, Some(0), Some(0))?;
    let is_directory = path.is_dir();
    fs::set_permissions(path, fs::Permissions::from_mode(if is_directory { 0o755 } else { 0o644 }))?;
    if is_directory {
        for entry in fs::read_dir(path)? {
            give_to_root(&entry?.path());
        }
    }
    Ok(())
}

#[test]
fn what_waits_outlives_a_directory_that_vanishes() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    let mut program = installation.start();
    program.agree();
    program.tell("track 10");
    program.delivers_all(10);
    for round in 1..=3 {
        program.tell("track 30");
        vanish(&installation.data());
        program.tell("track 10");
        let flushed = program.tell("flush 30000");
        assert_eq!(flushed["remaining"], 0, "round {round}: {flushed}");
        assert_eq!(program.tell("log")["entries"].as_u64().unwrap().min(1), 1, "the log begins anew");
    }
    let status = program.status();
    assert_eq!((&status["delivered"], &status["lost"]), (&130.into(), &serde_json::json!({})), "{status}");
    assert_eq!(arrived(&trap), (0..130).collect::<Vec<i64>>());

    // The whole directory, with the decision in it: that is a no. What waits is on disk before, and not on its way: who
    // may write right now finishes that, whatever became of the directory since it looked.
    trap.treat(Manner::Fail);
    program.tell("track 3");
    eventually("they are on disk, and were tried", || {
        let status = program.status();
        status["destinations"][0]["spooled"] == 3 && *last_failure(&status) == "server_error"
    });
    vanish(&installation.state());
    eventually("the program notices", || program.status()["telemetry_enabled"] == false);
    // A request that was begun is given up a moment later.
    eventually("nothing waits", || program.status()["waiting"] == 0);
    program.tell("track 3");
    let status = program.status();
    assert_eq!((&status["state"], &status["queued"], &status["waiting"]), (&"unasked".into(), &0.into(), &0.into()));
    program.tell("flush 1000");
    program.end();
    assert!(!installation.state().exists(), "nothing is made without a yes");
}

#[test]
fn what_cannot_be_erased_is_told_and_tried_again() {
    let trap = Trap::accepting();
    let installation = Installation::new(&trap);
    let mut program = installation.start();
    program.agree();
    program.tell("track 10");
    program.delivers_all(10);
    let identity = installation.identity();
    // Neither can anything in them be removed, nor they be renamed.
    set_mode(&identity, 0o500);
    set_mode(&installation.data(), 0o500);
    let off = program.tell("off");
    assert_eq!(off["done"], "DoneButNotErased { deleted: 0, left: 1 }", "{off}");
    assert!(off["sentence"].as_str().unwrap().contains("could not be removed"), "{off}");
    let told = |status: &Value| {
        let notes = status["ignored"].as_array().unwrap();
        notes.iter().any(|note| note.as_str().unwrap().contains("data of an earlier yes could not be removed"))
    };
    let status = program.status();
    assert_eq!(status["state"], "withdrawn", "off all the same: {status}");
    assert!(told(&status), "{status}");
    program.end();
    assert!(identity.join("sent.log").exists());

    // As long as the cause is there, each start says it, and a command that is asked for the status as well.
    let mut next = installation.start();
    assert!(told(&next.status()));
    next.end();
    // With the cause gone, the next start removes it.
    set_mode(&installation.data(), 0o700);
    set_mode(&identity, 0o700);
    let mut last = installation.start();
    let status = last.status();
    assert!(!told(&status), "{status}");
    last.end();
    assert!(!installation.data().exists(), "nothing of it is left");
    assert_eq!(arrived(&trap).len(), 10, "and nothing was sent about it");
}
