//! The spool by itself: what comes back, after which damage, and what makes room.

use core::time::Duration;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;

use super::*;
use crate::event::{Field, FieldValue};

const AT: Timestamp = Timestamp::from_millis(1_795_428_000_000);
const UNDER: Under = Under { epoch: 1, ids: IdForm::Keyed };
const GENERAL: Which = Which::General;

fn waiting(n: u32) -> Waiting {
    let fields = vec![
        Field { name: "source", value: FieldValue::Word(if n.is_multiple_of(3) { "web" } else { "api" }) },
        Field { name: "user_id", value: FieldValue::Number(i64::from(n) - 7) },
        Field { name: "billable", value: FieldValue::Boolean(n.is_multiple_of(2)) },
    ];
    let name = if n.is_multiple_of(5) { "timer.stopped" } else { "timer.started" };
    let at = Timestamp::from_millis(AT.millis() + u64::from(n % 7) * 60_000);
    let report = (n % 4 == 1).then(|| Box::new(crate::report::facts(&[], "code", None)));
    let event = Event { uuid: Uuid::counted([1; 16], n), name, at, fields, report };
    Waiting { event, since: Duration::ZERO, age: Duration::ZERO, place: None }
}

fn events(range: core::ops::Range<u32>) -> Vec<Waiting> {
    range.map(waiting).collect()
}

/// File names in the order in which they are given out.
#[expect(clippy::unnecessary_wraps, reason = "a name may not be had")]
fn named(_: Timestamp) -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    Some(format!("{:08}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

fn append(spool: &mut Spool, mut events: Vec<Waiting>) -> Vec<Place> {
    spool.append(&mut events, UNDER, AT, named).unwrap();
    events.iter().filter_map(|waiting| waiting.place).collect()
}

/// A catalogue that knows what these tests store.
fn decode(stored: &StoredEvent<'_>) -> Today {
    known(stored).map_or(Today::NotCovered, |event| Today::Covered(GENERAL, event))
}

fn known(stored: &StoredEvent<'_>) -> Option<Event> {
    assert_eq!((stored.epoch, stored.ids, stored.stored), (1, "keyed", AT));
    let known = |text: &str| {
        let names = ["timer.started", "timer.stopped", "source", "user_id", "billable", "web", "api"];
        names.into_iter().find(|name| *name == text)
    };
    let fields = stored.properties.iter().map(|(name, value)| {
        let value = match value {
            StoredValue::Word(word) => FieldValue::Word(known(word)?),
            StoredValue::Boolean(truth) => FieldValue::Boolean(*truth),
            StoredValue::Number(number) => FieldValue::Number(*number),
        };
        Some(Field { name: known(name)?, value })
    });
    let fields = fields.collect::<Option<Vec<_>>>()?;
    let report = stored.report.and_then(|text| serde_json::from_str(text).ok());
    let report = report.map(|json| Box::new(crate::ReportFacts::from_json(&[], "code", &json)));
    Some(Event { uuid: stored.uuid, name: known(stored.event)?, at: stored.at, fields, report })
}

fn spool() -> (tempfile::TempDir, Spool) {
    let directory = tempfile::tempdir().unwrap();
    let spool = Spool::new(directory.path().join("spool"), 0);
    (directory, spool)
}

/// The next process.
fn next(directory: &tempfile::TempDir) -> Spool {
    Spool::new(directory.path().join("spool"), 0)
}

fn files(directory: &tempfile::TempDir) -> usize {
    fs::read_dir(directory.path().join("spool")).map_or(0, Iterator::count)
}

fn numbers(loaded: &[Loaded]) -> Vec<u32> {
    loaded.iter().map(|loaded| u32::from_be_bytes(*loaded.event.uuid.bytes().last_chunk().unwrap())).collect()
}

#[test]
fn what_a_process_left_is_taken_over_once_it_is_gone() {
    let (directory, mut first) = spool();
    let places = append(&mut first, events(0..5));
    first.settle(&places[1..3]).unwrap();
    let mut second = next(&directory);
    assert!(second.adopt(&decode).found.is_empty(), "its process lives");
    drop(first);
    assert_eq!(second.adopt(&decode).found, [GENERAL; 3]);
    assert!(next(&directory).adopt(&decode).found.is_empty(), "held by the one who took over");
    let read = second.load(GENERAL, 10, &decode).loaded;
    let whole = |loaded: &Loaded| loaded.event.clone();
    let expected = [0, 3, 4].map(|n| waiting(n).event);
    assert_eq!(read.iter().map(whole).collect::<Vec<_>>(), expected, "everything about them is as it was");
    second.settle(&[read[0].place, read[1].place]).unwrap();
    drop(second);
    let mut third = next(&directory);
    assert_eq!(third.adopt(&decode).found.len(), 1);
    let read = third.load(GENERAL, 10, &decode).loaded;
    third.settle(&[read[0].place]).unwrap();
    assert_eq!(files(&directory), 0, "nothing is left where nothing waits");
}

/// A disk that does not give back what is on it for a moment: everything waits until it does.
#[test]
fn what_cannot_be_read_for_a_moment_waits() {
    let (directory, mut spool) = spool();
    for place in append(&mut spool, events(0..600)) {
        spool.unload(place, GENERAL);
    }
    let path = spool.segments[0].path().to_owned();
    let blind = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let whole = spool.segments[0].with_handle(blind);
    let read = spool.load(GENERAL, 1000, &decode);
    assert_eq!((read.loaded.len(), read.not_covered, read.missing), (0, 0, 0));
    spool.segments[0].with_handle(whole);
    let read = spool.load(GENERAL, 1000, &decode);
    assert_eq!(numbers(&read.loaded), (0..600).collect::<Vec<_>>());
    // What somebody has removed is not there, whatever the handle still shows.
    for place in append(&mut spool, events(600..610)) {
        spool.unload(place, GENERAL);
    }
    fs::remove_dir_all(directory.path().join("spool")).unwrap();
    let read = spool.load(GENERAL, 1000, &decode);
    assert_eq!((read.loaded.len(), read.missing), (0, 10));
}

#[test]
fn a_settled_segment_is_emptied_and_goes_with_its_process() {
    let (directory, mut spool) = spool();
    let places = append(&mut spool, events(0..600));
    spool.settle(&places).unwrap();
    let path = fs::read_dir(directory.path().join("spool")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read(&path).unwrap(), record::HEADER);
    // It goes on under the same names, which stand in it anew.
    append(&mut spool, events(0..3));
    spool.leave();
    let mut other = next(&directory);
    assert_eq!(other.adopt(&decode).found.len(), 3);
    let read = other.load(GENERAL, 10, &decode).loaded;
    other.settle(&read.iter().map(|loaded| loaded.place).collect::<Vec<_>>()).unwrap();
    append(&mut other, events(0..1));
    let left = other.load(GENERAL, 10, &decode);
    assert_eq!((left.loaded.len(), left.missing), (0, 0), "what is in memory is not read back");
    other.leave();
    assert_eq!(files(&directory), 1);
}

#[test]
fn the_disk_holds_more_than_the_memory() {
    let (_directory, mut spool) = spool();
    for n in 0..20 {
        for place in append(&mut spool, events(n * 1000..(n + 1) * 1000)) {
            spool.unload(place, GENERAL);
        }
    }
    let mut all = Vec::new();
    loop {
        let read = spool.load(GENERAL, 3000, &decode);
        assert_eq!((read.missing, read.not_covered), (0, 0));
        if read.loaded.is_empty() {
            break;
        }
        assert!(read.loaded.len() <= 3000);
        spool.settle(&read.loaded.iter().map(|loaded| loaded.place).collect::<Vec<_>>()).unwrap();
        all.extend(numbers(&read.loaded));
    }
    assert_eq!(all, (0..20_000).collect::<Vec<_>>(), "each once, in order");
}

#[test]
fn the_oldest_segment_makes_room() {
    let (directory, mut spool) = spool();
    let mut n = 0;
    let mut unloaded = 0;
    let dropped = loop {
        let mut fresh = events(n..n + 4000);
        let appended = spool.append(&mut fresh, UNDER, AT, named);
        for place in fresh.iter().filter_map(|waiting| waiting.place) {
            spool.unload(place, GENERAL);
            unloaded += 1;
        }
        n += 4000;
        if let Err(error) = appended {
            assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
            break spool.make_room();
        }
    };
    let lost: usize = dropped.iter().flat_map(|dropped| &dropped.unloaded).map(|(_, count)| count).sum();
    assert!(unloaded >= limits::SPOOL_EVENTS && lost > 0);
    let bytes: u64 = fs::read_dir(directory.path().join("spool"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes <= limits::SPOOL_BYTES, "{bytes}");
    // The oldest are gone, the others are all there.
    drop(spool);
    let mut other = next(&directory);
    assert_eq!(other.adopt(&decode).found.len(), unloaded - lost);
    assert_eq!(numbers(&other.load(GENERAL, 1, &decode).loaded), [u32::try_from(lost).unwrap()]);
}

/// Three processes that append, note what is done one by one, and make room in turn.
#[test]
fn the_bytes_are_bounded_whoever_appends() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("spool");
    let mut spools: Vec<Spool> = (0..3).map(|number| Spool::new(path.clone(), number)).collect();
    let (mut was_full, mut most) = (false, 0);
    for _ in 0..60 {
        for spool in &mut spools {
            let mut fresh = events(0..4096);
            while let Err(error) = spool.append(&mut fresh, UNDER, AT, named) {
                assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
                was_full = true;
                if spool.make_room().is_empty() {
                    break;
                }
            }
            let places = fresh.iter().filter_map(|waiting| waiting.place);
            for place in places.step_by(40) {
                spool.settle(&[place]).unwrap();
            }
            most = most.max(bytes_in(&path));
            assert!(most <= limits::SPOOL_BYTES, "{most}");
        }
    }
    // It was full, and most of the room was used.
    assert!(was_full && most > limits::SPOOL_EVENT_BYTES / 4 * 3, "{most}");
}

/// Between the moment in which a file is made and the one in which it is locked it looks like one that was left.
#[test]
fn whoever_looks_for_files_takes_none_that_is_being_made() {
    const EVENTS: u32 = 500;
    let (directory, _) = spool();
    let path = directory.path().join("spool");
    let is_done = std::sync::atomic::AtomicBool::new(false);
    let take = || {
        let mut other = Spool::new(path.clone(), 1);
        let _ = other.adopt(&decode);
        let loaded = other.load(GENERAL, 1000, &decode).loaded;
        let places: Vec<Place> = loaded.iter().map(|loaded| loaded.place).collect();
        other.settle(&places).unwrap();
        other.leave();
        loaded.len()
    };
    let taken: usize = std::thread::scope(|scope| {
        let lookers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut taken = 0;
                    while !is_done.load(Ordering::Relaxed) {
                        taken += take();
                    }
                    taken
                })
            })
            .collect();
        let made = |n: &u32| {
            let mut maker = next(&directory);
            let appended = maker.append(&mut events(*n..*n + 1), UNDER, AT, named);
            maker.leave();
            appended.is_ok()
        };
        let made = (0..EVENTS).filter(made).count();
        is_done.store(true, Ordering::Relaxed);
        assert_eq!(made, EVENTS as usize);
        lookers.into_iter().map(|looker| looker.join().unwrap()).sum()
    });
    assert_eq!(taken + take(), EVENTS as usize);
}

/// Room is looked for before anybody knows how many bytes the events take, and a file is begun for them by then.
#[test]
fn what_finds_no_room_leaves_no_file_behind() {
    let (directory, mut spool) = spool();
    let large = |n| {
        let fields = (0..38).map(|_| Field { name: "user_id", value: FieldValue::Number(i64::MIN) }).collect();
        let waiting = waiting(n);
        Waiting { event: Event { fields, report: None, ..waiting.event }, ..waiting }
    };
    let refused =
        (0..1000).find_map(|_| spool.append(&mut (0..1024).map(large).collect::<Vec<_>>(), UNDER, AT, named).err());
    assert_eq!(refused.map(|error| error.kind()), Some(io::ErrorKind::QuotaExceeded));
    assert!(!spool.is_full(), "there is room for less");
    let in_use = spool.segments.iter().filter(|segment| segment.pending > 0).count();
    assert_eq!((spool.segments.len(), files(&directory)), (in_use, in_use));
}

#[test]
fn notes_have_their_share_and_no_more() {
    let (directory, mut spool) = spool();
    let places = append(&mut spool, events(0..4096));
    let of_events = bytes_in(&directory.path().join("spool"));
    for (place, _) in places.iter().zip(0..).filter(|(_, n)| n % 8 != 0) {
        spool.settle(&[*place]).unwrap();
    }
    let all = bytes_in(&directory.path().join("spool"));
    let share = of_events / limits::SPOOL_NOTES + limits::SPOOL_LEAST_NOTES;
    assert!(all > of_events + share / 2 && all <= of_events + share, "{all}");
    // What was taken over has no second share.
    drop(spool);
    let mut other = next(&directory);
    let found = other.adopt(&decode).found.len();
    assert!((513..4096).contains(&found), "{found}: what found no room is sent once more");
    for loaded in other.load(GENERAL, 1000, &decode).loaded {
        other.settle(&[loaded.place]).unwrap();
    }
    assert!(bytes_in(&directory.path().join("spool")) <= all + 2 * limits::SPOOL_LEAST_NOTES);
}

#[test]
fn a_parcel_keeps_its_install_id() {
    let (directory, mut first) = spool();
    let places = append(&mut first, events(0..10));
    let (one, two) = (Uuid::random([1; 16]), Uuid::random([2; 16]));
    first.note_parcel(&places[..4], one).unwrap();
    first.note_parcel(&places[4..6], two).unwrap();
    drop(first);
    let mut second = next(&directory);
    second.adopt(&decode);
    let ids: Vec<_> = second.load(GENERAL, 10, &decode).loaded.iter().map(|loaded| loaded.install_id).collect();
    assert_eq!(ids, [[Some(one); 4].as_slice(), &[Some(two); 2], &[None; 4]].concat());
}

#[test]
fn what_is_no_longer_covered_is_taken_out() {
    let (directory, mut first) = spool();
    append(&mut first, events(0..10));
    drop(first);
    let narrow = |stored: &StoredEvent<'_>| match decode(stored) {
        Today::Covered(_, event) if event.name == "timer.stopped" => Today::NotCovered,
        today => today,
    };
    let mut second = next(&directory);
    let adopted = second.adopt(&narrow);
    assert_eq!((adopted.found.len(), adopted.not_covered), (8, 2));
    drop(second);
    assert_eq!(next(&directory).adopt(&decode).found.len(), 8, "for good");
    let mut third = next(&directory);
    assert_eq!(third.adopt(&|_: &StoredEvent<'_>| Today::NotCovered).not_covered, 8);
    assert_eq!(files(&directory), 0);
}

#[test]
fn what_is_kept_back_stays_for_the_next() {
    let (directory, mut first) = spool();
    append(&mut first, events(0..10));
    drop(first);
    let suspended = |stored: &StoredEvent<'_>| match decode(stored) {
        Today::Covered(_, event) if event.name == "timer.stopped" => Today::KeptBack,
        today => today,
    };
    let mut second = next(&directory);
    let adopted = second.adopt(&suspended);
    assert_eq!((adopted.found.len(), adopted.not_covered), (8, 0));
    // All that is to be read back is settled, in two rounds; the file stays for the rest.
    for (most, count) in [(5, 5), (5, 3), (5, 0)] {
        let read = second.load(GENERAL, most, &suspended);
        assert_eq!((read.loaded.len(), read.not_covered, read.missing), (count, 0, 0));
        second.settle(&read.loaded.iter().map(|loaded| loaded.place).collect::<Vec<_>>()).unwrap();
    }
    assert!(next(&directory).adopt(&decode).found.is_empty(), "held while its process lives");
    second.leave();
    // Nothing else is in it any more.
    let mut third = next(&directory);
    let adopted = third.adopt(&suspended);
    assert_eq!((adopted.found.len(), adopted.not_covered, files(&directory)), (0, 0, 1));
    third.leave();
    let mut last = next(&directory);
    assert_eq!(last.adopt(&decode).found.len(), 2);
    assert_eq!(numbers(&last.load(GENERAL, 10, &decode).loaded), [0, 5]);
}

#[test]
fn files_that_vanish_are_noticed() {
    let (directory, mut spool) = spool();
    append(&mut spool, events(0..3));
    fs::remove_dir_all(directory.path().join("spool")).unwrap();
    let error = spool.append(&mut events(3..5), UNDER, AT, named).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    append(&mut spool, events(0..5));
    drop(spool);
    assert_eq!(next(&directory).adopt(&decode).found.len(), 5);
}

/// A file that says how much of it was read.
struct Counting<'a>(&'a [u8], usize);

impl io::Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1 += count;
        Ok(count)
    }
}

/// Every start looks at every file: it must not cost as much as reading them.
#[test]
fn the_decision_of_a_file_is_told_by_its_first_record_and_nothing_else_is_read() {
    let (directory, mut spool) = spool();
    append(&mut spool, events(0..4096));
    let path = fs::read_dir(directory.path().join("spool")).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&path).unwrap();
    let begin = record::HEADER.len();
    let length = u32::from_le_bytes(whole[begin..begin + 4].try_into().unwrap());
    let first = begin + 8 + usize::try_from(length).unwrap();
    let mut counting = Counting(&whole, 0);
    assert_eq!(record::epoch(&mut counting), Some(1));
    assert_eq!(counting.1, first, "of {}", whole.len());
    assert_eq!(epoch_of(&path), Some(1));

    // One that was damaged does not say, and the next one does; one that was cut off says nothing.
    let mut damaged = whole.clone();
    damaged[begin + 20] ^= 1;
    assert_eq!(record::epoch(&damaged[..]), Some(1));
    for cut in [0, 1, begin, begin + 4, begin + 8, first - 1] {
        assert_eq!(record::epoch(&whole[..cut]), None, "cut at {cut}");
    }
    // A length that cannot be is the end, whatever comes behind it.
    for length in [0, u32::MAX] {
        damaged[begin..begin + 4].copy_from_slice(&length.to_le_bytes());
        assert_eq!(record::epoch(&damaged[..]), None);
    }
}

/// A whole file with events, some of them done and some in a parcel.
fn whole() -> Vec<u8> {
    let (directory, mut spool) = spool();
    let places = append(&mut spool, events(0..6));
    append(&mut spool, events(6..9));
    spool.settle(&places[2..4]).unwrap();
    spool.note_parcel(&places[..2], Uuid::random([3; 16])).unwrap();
    let path = fs::read_dir(directory.path().join("spool")).unwrap().next().unwrap().unwrap().path();
    fs::read(path).unwrap()
}

fn read(bytes: &[u8]) -> (Vec<u32>, record::Outline) {
    let mut found = Vec::new();
    let outline = record::read(bytes, |stored| {
        found.push(stored.number);
        Enough::No
    });
    (found, outline)
}

#[test]
fn every_cut_costs_at_most_the_record_that_was_cut() {
    let whole = whole();
    assert_eq!(read(&whole).0, [0, 1, 4, 5, 6, 7, 8]);
    let mut seen = Vec::new();
    for cut in 0..=whole.len() {
        let (found, outline) = read(&whole[..cut]);
        assert!(outline.damaged <= 1 && outline.whole <= cut, "cut at {cut}");
        // What is left is whole, and reads the same by itself.
        let (again, outline) = read(&whole[..outline.whole]);
        assert_eq!((&again, outline.damaged), (&found, 0), "cut at {cut}");
        if seen.last() != Some(&found) {
            seen.push(found);
        }
    }
    let all = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    assert_eq!(seen, [vec![], all[..6].to_vec(), all.to_vec(), vec![0, 1, 4, 5, 6, 7, 8]]);
}

#[test]
fn a_damaged_record_costs_itself_and_shifts_no_names() {
    let whole = whole();
    // The first record begins after header and frame; with it go its names, which later records use.
    let mut damaged = whole.clone();
    damaged[record::HEADER.len() + 20] ^= 1;
    let mut found = Vec::new();
    let outline = record::read(&damaged, |stored| {
        found.push((stored.number, stored.event.to_owned()));
        Enough::No
    });
    assert_eq!(outline.damaged, 1);
    let unknown = [6, 7, 8].map(|number| (number, String::new()));
    assert_eq!(found, unknown, "not under a wrong name");
}

#[test]
fn a_torn_tail_is_cut_off_so_that_what_comes_after_it_is_read() {
    let (directory, mut first) = spool();
    append(&mut first, events(0..4));
    drop(first);
    let path = fs::read_dir(directory.path().join("spool")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(&[200, 0, 0, 0, 1, 2, 3, 4, b'E', 5]);
    fs::write(&path, bytes).unwrap();
    let mut second = next(&directory);
    let adopted = second.adopt(&decode);
    assert_eq!((adopted.found.len(), adopted.damaged), (4, 1));
    let read = second.load(GENERAL, 2, &decode).loaded;
    second.settle(&[read[0].place]).unwrap();
    drop(second);
    let adopted = next(&directory).adopt(&decode);
    assert_eq!((adopted.found.len(), adopted.damaged), (3, 0));
}

#[test]
fn it_is_small() {
    let (directory, mut spool) = spool();
    append(&mut spool, events(0..4096));
    let path = fs::read_dir(directory.path().join("spool")).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::metadata(path).unwrap().len() / 4096;
    assert!(bytes <= 24, "{bytes} bytes for an event with three properties");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
        read(&bytes);
        read(&[record::HEADER, &bytes].concat());
    }

    #[test]
    fn a_flipped_byte_costs_no_more_than_what_hangs_on_it(at: prop::sample::Index, byte: u8) {
        let mut bytes = whole();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let (found, _) = read(&bytes);
        prop_assert!(found.len() <= 9);
    }

    /// Whatever is appended, settled and reopened: what is pending is what comes back, once, in order.
    #[test]
    fn it_holds_what_is_pending(steps in prop::collection::vec((0_u8..4, 0_usize..40), 1..25)) {
        let (directory, mut spool) = spool();
        let mut pending: Vec<(Place, u32)> = Vec::new();
        let mut n = 0;
        for (step, count) in steps {
            match step {
                0 | 1 => {
                    let range = n..n + u32::try_from(count).unwrap();
                    n = range.end;
                    let places = append(&mut spool, events(range.clone()));
                    pending.extend(places.into_iter().zip(range));
                }
                2 => {
                    let done: Vec<Place> = pending.drain(..count.min(pending.len())).map(|(place, _)| place).collect();
                    spool.settle(&done).unwrap();
                }
                _ => {
                    drop(spool);
                    spool = next(&directory);
                    prop_assert_eq!(spool.adopt(&decode).found.len(), pending.len());
                    let read = spool.load(GENERAL, usize::MAX, &decode);
                    prop_assert_eq!((read.missing, read.not_covered), (0, 0));
                    let back: Vec<u32> = numbers(&read.loaded);
                    prop_assert_eq!(&back, &pending.iter().map(|(_, n)| *n).collect::<Vec<_>>());
                    pending = read.loaded.iter().map(|loaded| loaded.place).zip(back).collect();
                }
            }
        }
    }
}
