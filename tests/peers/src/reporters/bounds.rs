//! What a panic costs by itself, and with the backtrace that the standard library prints.

use core::fmt::Write as _;
use core::hint::black_box;
use core::time::Duration;
use std::backtrace::Backtrace;
use std::path::Path;

use super::{Failure, Reporter};

/// No hook: only the unwinding is left.
pub struct Nothing;

impl Reporter for Nothing {
    fn start(_: &Path) -> Self {
        Self
    }

    fn report(&self, failure: &Failure) {
        black_box(failure);
    }

    fn finish(self, _: Duration) {}
}

/// A hook that makes text of the standard library's backtrace, as the standard library's own does, and an error with
/// its message as text.
pub struct PrintsBacktrace;

impl Reporter for PrintsBacktrace {
    fn start(_: &Path) -> Self {
        std::panic::set_hook(Box::new(|info| {
            let mut text = String::new();
            // Writing to a string does not fail.
            let _ = write!(text, "{info}\n{}", Backtrace::force_capture());
            black_box(text);
        }));
        Self
    }

    fn report(&self, failure: &Failure) {
        black_box(failure.to_string());
    }

    fn finish(self, _: Duration) {}
}
