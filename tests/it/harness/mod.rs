//! What the tests share: programs, homes, servers, terminals, pages.

pub(crate) mod binaries;
pub(crate) mod body;
pub(crate) mod browser;
pub(crate) mod earlier;
pub(crate) mod growing_list;
pub(crate) mod home;
pub(crate) mod http;
pub(crate) mod page;
pub(crate) mod quickstart;
pub(crate) mod steered;
pub(crate) mod terminal;
pub(crate) mod tools;
pub(crate) mod trace;
pub(crate) mod tracker;
pub(crate) mod trap;

use std::time::{Duration, Instant};

/// More than anything on one machine takes that ends by itself, even under load.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Waits for something that another process does.
pub(crate) fn eventually(what: &str, is_so: impl FnMut() -> bool) {
    assert!(within(PATIENCE, is_so), "never: {what}");
}

/// Whether something becomes true in time. Between two looks it sleeps a moment: another process's doing cannot be
/// waited for in another way.
pub(crate) fn within(time: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + time;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
