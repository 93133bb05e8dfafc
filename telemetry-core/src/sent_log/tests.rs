//! The log as it is written, and read again.

use super::*;

#[test]
fn entries_read_back_with_their_answers() {
    let directory = tempfile::tempdir().unwrap();
    let at = Timestamp::from_millis(1_795_428_000_000);
    let mut log = SentLog::open(directory.path().join("a/b"), at);
    let first = log.sending("https://sink.example", b"{\"a\":\"\\u00e4\"}", None, at).unwrap();
    log.sending("https://sink.example", b"{}", None, at).unwrap();
    log.answered(first, &Delivery::new(Outcome::Accepted, Some(200), 12)).unwrap();
    let entries = SentLog::read(&directory.path().join("a/b"), at);
    let bodies: Vec<_> = entries.iter().map(SentEntry::body).collect();
    assert!(entries.iter().all(|entry| entry.to == "https://sink.example"));
    assert_eq!(bodies, ["{\"a\":\"\\u00e4\"}", "{}"]);
    assert_eq!(entries[0].answer.as_ref().map(|answer| (answer.status, answer.wire_bytes)), Some((Some(200), 12)));
    assert_eq!(entries[1].answer, None);
    assert!(log.sending("https://sink.example", &[0xff], None, at).is_err());
}

#[test]
fn a_torn_line_hides_itself_only() {
    let at = |minute: u64| Timestamp::from_millis(1_795_428_000_000 + 60_000 * minute);
    let directory = tempfile::tempdir().unwrap();
    let mut log = SentLog::open(directory.path().into(), at(0));
    log.sending("https://sink.example", b"{}", None, at(0)).unwrap();
    let path = directory.path().join("sent.log");
    let torn = [&fs::read(&path).unwrap()[..], b"{\"n\":1,\"at\":\"20", b"\xff"].concat();
    fs::write(&path, torn).unwrap();
    let n = log.sending("https://sink.example", b"[]", None, at(1)).unwrap();
    let delivery = Delivery::new(Outcome::Accepted, Some(200), 2);
    log.answered(n, &delivery).unwrap();
    let entries = SentLog::read(directory.path(), at(1));
    assert_eq!(entries.iter().map(SentEntry::body).collect::<Vec<_>>(), ["{}", "[]"]);
    assert_eq!(entries[1].answer.as_ref().and_then(|answer| answer.status), Some(200));
}

/// Bodies of several lines, as envelopes are, one of which looks like a line of the log.
#[test]
fn a_body_that_was_cut_anywhere_hides_itself_only() {
    let directory = tempfile::tempdir().unwrap();
    let at = Timestamp::from_millis(1_795_428_000_000);
    let path = directory.path().join("sent.log");
    let mut log = SentLog::open(directory.path().into(), at);
    let cut = "{\"a\":1}\n{\"n\":1,\"answer\":{\"outcome\":\"accepted\",\"wire_bytes\":1}}\n[]\n";
    log.sending("https://sink.example", b"first", None, at).unwrap();
    let before = fs::read(&path).unwrap();
    log.sending("https://sink.example", cut.as_bytes(), None, at).unwrap();
    let whole = fs::read(&path).unwrap();
    for length in before.len()..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        log.sending("https://sink.example", b"last\n", None, at).unwrap();
        let bodies: Vec<String> =
            entries(&fs::read(&path).unwrap()).iter().map(|entry| entry.body().into_owned()).collect();
        // What lacks line ends alone, its own last one among them, is whole: the next writer begins a line.
        let is_whole = length >= whole.len() - 2;
        let expected: &[&str] = if is_whole { &["first", cut, "last\n"] } else { &["first", "last\n"] };
        assert_eq!(bodies, expected, "cut after {length} bytes");
    }
}

#[test]
fn two_files_bound_the_size() {
    let directory = tempfile::tempdir().unwrap();
    let at = Timestamp::from_millis(1_795_428_000_000);
    let mut log = SentLog::open(directory.path().into(), at);
    let body = vec![b'x'; 300 * 1024];
    for _ in 0..40 {
        log.sending("https://sink.example", &body, None, at).unwrap();
    }
    let bytes: u64 = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes <= 2 * (limits::SENT_LOG_BYTES + 310 * 1024), "{bytes}");
}

/// Four writers with handles of their own, as four processes have: locks belong to the handle.
#[test]
fn processes_that_share_the_log_lose_and_tear_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let at = Timestamp::from_millis(1_795_428_000_000);
    let (writers, rounds) = (4_u64, 60);
    thread::scope(|scope| {
        for writer in 0..writers {
            let path = directory.path().to_owned();
            scope.spawn(move || {
                let mut log = SentLog::open(path, at);
                // Processes have numbers of their own; these four are one process.
                log.next = writer;
                for round in 0..rounds {
                    let body = format!("{{\"writer\":{writer},\"round\":{round},\"fill\":\"{}\"}}", "x".repeat(60_000));
                    let n = log.sending("https://sink.example", body.as_bytes(), None, at).unwrap();
                    log.answered(n, &Delivery::new(Outcome::Accepted, Some(200), 1)).unwrap();
                }
            });
        }
    });
    let mut bytes = 0;
    for name in ["sent.log", "sent.older.log"] {
        let text = fs::read_to_string(directory.path().join(name)).unwrap();
        assert!(text.len() as u64 <= limits::SENT_LOG_BYTES + 61_000, "{name}: {}", text.len());
        let lines = text.lines().filter(|line| !line.starts_with("{\"writer\"") || !line.ends_with("x\"}"));
        assert!(lines.into_iter().all(|line| serde_json::from_str::<Line>(line).is_ok()), "a torn line in {name}");
        bytes += text.len() as u64;
    }
    // More was written than is kept; a file that was thrown away too soon would be missing here.
    assert!(bytes >= limits::SENT_LOG_BYTES, "{bytes}");
    let entries = SentLog::read(directory.path(), at);
    for writer in 0..writers {
        let rounds_kept: Vec<u64> = entries
            .iter()
            .map(|entry| serde_json::from_str::<serde_json::Value>(&entry.body()).unwrap())
            .filter(|body| body["writer"] == writer)
            .map(|body| body["round"].as_u64().unwrap())
            .collect();
        // The newest of each, without a gap.
        let Some(first) = rounds_kept.first().copied() else { continue };
        assert_eq!(rounds_kept, (first..rounds).collect::<Vec<_>>(), "writer {writer}");
    }
}

#[test]
fn no_entry_is_kept_for_longer_however_often_something_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let day = core::time::Duration::from_secs(86_400);
    let mut at = Timestamp::from_millis(1_795_428_000_000);
    let mut log = SentLog::open(directory.path().into(), at);
    for _ in 0..100 {
        at = at.plus(day);
        log.sending("https://sink.example", b"{}", None, at).unwrap();
        let oldest = SentLog::read(directory.path(), at)[0].at;
        assert!(at.since(oldest) <= limits::SENT_LOG_AGE + day * 2, "{oldest} is still there at {at}");
    }
}

#[test]
fn old_files_go() {
    let directory = tempfile::tempdir().unwrap();
    let at = Timestamp::from_millis(1_795_428_000_000);
    SentLog::open(directory.path().into(), at).sending("https://sink.example", b"{}", None, at).unwrap();
    SentLog::open(directory.path().into(), at.plus(limits::SENT_LOG_AGE));
    assert_eq!(SentLog::read(directory.path(), at).len(), 1);
    SentLog::open(directory.path().into(), at.plus(limits::SENT_LOG_AGE * 2));
    assert_eq!(SentLog::read(directory.path(), at).len(), 0);
}

/// A process that goes on for months and has nothing to send.
#[test]
fn nothing_is_kept_for_longer_in_a_process_that_lives() {
    let directory = tempfile::tempdir().unwrap();
    let at = Timestamp::from_millis(1_795_428_000_000);
    let mut log = SentLog::open(directory.path().into(), at);
    log.sending("https://sink.example", b"{}", None, at).unwrap();
    let later = at.plus(limits::SENT_LOG_AGE + Duration::from_millis(1));
    assert_eq!(SentLog::read(directory.path(), at.plus(limits::SENT_LOG_AGE)).len(), 1);
    assert_eq!(SentLog::read(directory.path(), later).len(), 0, "nobody is shown it any more");
    log.forget_old_daily(later);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nor is it there, but for the lock");
}

/// A large body, and its bytes on the wire.
fn large() -> (String, Vec<u8>) {
    let events: Vec<String> = (0..4_000).map(|n| format!("{{\"n\":{n},\"at\":\"{}\"}}", n * n)).collect();
    let body = format!("{{\"batch\":[{}]}}", events.join(","));
    assert!(body.len() > limits::SENT_LOG_PLAIN_BYTES);
    let compressed = gzip(&body);
    (body, compressed)
}

fn gzip(body: &str) -> Vec<u8> {
    gzip_of_bytes(body.as_bytes())
}

fn bodies(path: &Path) -> Vec<String> {
    entries(&fs::read(path).unwrap()).iter().map(|entry| entry.body().into_owned()).collect()
}

#[test]
fn a_large_body_lies_there_as_it_went_over_the_wire_and_is_shown_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let at = Timestamp::from_millis(1_795_428_000_000);
    let path = directory.path().join("sent.log");
    let mut log = SentLog::open(directory.path().into(), at);
    let (body, compressed) = large();
    let n = log.sending("https://sink.example", body.as_bytes(), Some(&compressed), at).unwrap();
    log.answered(n, &Delivery::new(Outcome::Accepted, Some(200), compressed.len())).unwrap();
    let file = fs::read(&path).unwrap();
    assert!(file.windows(compressed.len()).any(|bytes| bytes == compressed));
    assert!(file.len() < compressed.len() + 400, "and nothing else");

    let [entry] = &SentLog::read(directory.path(), at)[..] else { panic!("not one entry") };
    assert_eq!((&*entry.body(), entry.answer.as_ref().and_then(|answer| answer.status)), (&*body, Some(200)));
    assert_eq!(read::times(&file).collect::<Vec<_>>(), [at]);

    // One of usual size can be read where it lies, whatever goes over the wire.
    let small = "{\"batch\":[]}".repeat(1000);
    log.sending("https://sink.example", small.as_bytes(), Some(&gzip(&small)), at).unwrap();
    assert!(String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(&small));
    assert_eq!(bodies(&path), [body, small]);
}

#[test]
fn a_compressed_body_that_was_cut_or_damaged_anywhere_hides_itself_only() {
    let directory = tempfile::tempdir().unwrap();
    let at = Timestamp::from_millis(1_795_428_000_000);
    let path = directory.path().join("sent.log");
    let mut log = SentLog::open(directory.path().into(), at);
    log.sending("https://sink.example", b"first", None, at).unwrap();
    let before = fs::read(&path).unwrap();
    let (body, compressed) = large();
    log.sending("https://sink.example", body.as_bytes(), Some(&compressed), at).unwrap();
    let whole = fs::read(&path).unwrap();
    // Every place of the head and of the ends of the body, and some in between.
    let is_tried = |place: &usize| {
        let (from, to) = (place - before.len(), whole.len() - place);
        from < 300 || to < 100 || from % 97 == 0
    };
    for length in (before.len()..whole.len()).filter(is_tried) {
        fs::write(&path, &whole[..length]).unwrap();
        log.sending("https://sink.example", b"last\n", None, at).unwrap();
        let expected: &[&str] =
            if length >= whole.len() - 1 { &["first", &body, "last\n"] } else { &["first", "last\n"] };
        assert_eq!(bodies(&path), expected, "cut after {length} bytes");
    }
    let head = before.len() + whole[before.len()..].iter().position(|byte| *byte == b'\n').unwrap();
    for place in (head + 1..whole.len() - 1).filter(is_tried) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        log.sending("https://sink.example", b"last\n", None, at).unwrap();
        assert_eq!(bodies(&path), ["first", "last\n"], "byte {place}");
    }
}

/// An entry whose head is right about its bytes.
fn entry(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let (length, crc32) = (bytes.len(), zlib_rs::crc32::crc32(0, bytes));
    let head = format!(
        "{{\"n\":1,\"at\":\"2026-11-23T10:00:00.000Z\",\"to\":\"https://sink.example\",{coding}\"bytes\":{length},\"crc32\":{crc32}}}\n"
    );
    [head.as_bytes(), bytes, b"\n"].concat()
}

/// What no build of today writes: it is not shown, hides nothing else and takes no memory.
#[test]
fn what_cannot_be_a_body_hides_itself_only() {
    let body = "{\"batch\":[1,2,3]}";
    let gzip_said = "\"coding\":\"gzip\",";
    for (what, damaged) in [
        ("not gzip", entry(gzip_said, b"{}")),
        ("nothing", entry(gzip_said, b"")),
        ("half of it", entry(gzip_said, &gzip(body)[..20])),
        ("not text", entry("", b"\xff\xfe")),
        ("gzip of what is not text", entry(gzip_said, &gzip_of_bytes(&[0xff, 0xfe]))),
        ("a coding of a later version", entry("\"coding\":\"zstd\",", b"{}\n{}")),
        ("more than a body may have", entry(gzip_said, &gzip_of_bytes(&vec![b' '; 32 * limits::BATCH_BYTES]))),
        ("gzip, and a head that does not say so", entry("", &gzip(body))),
    ] {
        let file = [&entry("", b"first")[..], &damaged, &entry(gzip_said, &gzip(body))].concat();
        let bodies: Vec<String> = entries(&file).iter().map(|entry| entry.body().into_owned()).collect();
        assert_eq!(bodies, ["first", body], "{what}");
    }
}

fn gzip_of_bytes(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// As an earlier version of today's program wrote it.
#[test]
fn entries_without_a_coding_are_plain() {
    let file = entry("", b"{\"batch\":[]}");
    assert_eq!(entries(&file)[0].body(), "{\"batch\":[]}");
}
