//! What must hold for any bytes of a segment; see `crate::fuzzing`.

use super::Under;
use super::ranges::Ranges;
use super::record::{Encoder, Enough, HEADER, LONGEST, epoch, push_done, push_parcel, read};
use crate::catalogue::IdForm;
use crate::clock::Timestamp;
use crate::event::{Event, Field, FieldValue, Uuid};

/// What waits according to these bytes, as far as it matters here.
fn waiting(bytes: &[u8]) -> Vec<(u32, Uuid, Timestamp)> {
    let mut found = Vec::new();
    read(bytes, |event| {
        found.push((event.number, event.uuid, event.at));
        Enough::No
    });
    found
}

/// Reading ends, finds nothing behind the last whole record, and believes a record that takes events out.
pub(crate) fn check(bytes: &[u8]) {
    check_as_they_are(bytes);
    check_as_they_are(&sealed(bytes));
}

fn check_as_they_are(bytes: &[u8]) {
    let outline = read(bytes, |_| Enough::No);
    let whole = bytes.get(..outline.whole);
    assert!(whole.is_some(), "the end lies behind the end");
    let whole = whole.unwrap_or_default();
    let found = waiting(bytes);
    assert_eq!(waiting(whole), found, "a torn tail holds nothing");
    assert!(found.iter().all(|(number, ..)| !outline.done.contains(*number)), "what is done does not wait");
    let says_epoch = epoch(whole).is_some();
    assert!(
        says_epoch || found.is_empty() || outline.damaged > 0 || whole.len() > LONGEST,
        "what waits is of a decision"
    );
    if whole.starts_with(HEADER) {
        let mut settled = whole.to_vec();
        push_done(&mut settled, &Ranges::of(found.iter().map(|(number, ..)| *number)));
        assert_eq!(waiting(&settled), [], "what was taken out is out");
        assert_eq!(read(&settled, |_| Enough::No).whole, settled.len(), "and ends where the file does");
    }
}

/// The same bytes with every checksum put right, so that what is behind them is reached.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = HEADER.len();
    while let Some(length) = bytes.get(at..at + 4).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes) {
        let begin = at + 8;
        let Some(end) = usize::try_from(length).ok().and_then(|length| begin.checked_add(length)) else { break };
        let Some(payload) = bytes.get(begin..end) else { break };
        let checksum = zlib_rs::crc32::crc32(0, payload).to_le_bytes();
        if let Some(place) = out.get_mut(at + 4..begin) {
            place.copy_from_slice(&checksum);
        }
        at = end;
    }
    out
}

/// A segment as this version writes it: two records of events, one that takes some out, one of a request.
pub(crate) fn valid() -> Vec<u8> {
    let at = Timestamp::from_millis(1_795_428_000_000);
    let under = Under { epoch: 1, ids: IdForm::Keyed };
    let event = |n: u32| {
        let fields = vec![
            Field { name: "source", value: FieldValue::Word("web") },
            Field { name: "user_id", value: FieldValue::Number(n.into()) },
            Field { name: "billable", value: FieldValue::Boolean(n.is_multiple_of(2)) },
        ];
        Event { uuid: Uuid::counted([1; 16], n / 3 * 7 + n), name: "timer.started", at, fields, report: None }
    };
    let (mut encoder, mut bytes) = (Encoder::default(), HEADER.to_vec());
    for range in [0..4, 4..9] {
        let events: Vec<Event> = range.map(event).collect();
        encoder.events(&mut bytes, events.iter(), under, at);
    }
    push_done(&mut bytes, &Ranges::of([1, 2, 6]));
    push_parcel(&mut bytes, &Ranges::of([3, 4]), Uuid::random([2; 16]));
    bytes
}
