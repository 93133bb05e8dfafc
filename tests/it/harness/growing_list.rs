//! An installation whose decision was made under another list.

use std::path::Path;

use super::home;
use super::tracker::Tracker;

/// Replaces the tracker's decision by the one that `agree` makes in the same directory.
pub(crate) fn begin(tracker: &Tracker, agree: impl FnOnce(&Path)) {
    // Where the program keeps it, it shows by making one.
    if tracker.home.decision().is_none() {
        tracker.off();
    }
    let decision = tracker.home.decision().unwrap();
    let directory = decision.parent().unwrap();
    home::vanish(directory);
    agree(directory);
}
