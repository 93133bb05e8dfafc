//! Reading a backtrace.
//!
//! Owns the text that the standard library makes of one, line by line, and keeps nothing of it but the names of the
//! program's own functions. A line that is not understood yields nothing, so another form of the text than today's costs
//! names and leaks none.

use core::fmt;

use super::function::{MAX_NAME, clean};

/// The longest line of a backtrace that is looked at; longer ones are instances of a deep generic type.
const MAX_LINE: usize = 1024;

/// Reads a backtrace while it is being written, and hands out the names of the program's own functions, innermost
/// first. Holds one line at a time, so that nothing else of the text is kept anywhere.
pub(crate) struct BacktraceReader<'a, F> {
    crates: &'a [&'a str],
    line: [u8; MAX_LINE],
    len: usize,
    found: F,
}

impl<'a, F: FnMut(&str)> BacktraceReader<'a, F> {
    pub(crate) const fn new(crates: &'a [&'a str], found: F) -> Self {
        Self { crates, line: [0; MAX_LINE], len: 0, found }
    }

    fn end_line(&mut self) {
        let line = self.line.get(..self.len).and_then(|line| core::str::from_utf8(line).ok()).unwrap_or_default();
        // `  12: path::of::function`; a line with the place begins with `at`.
        if let Some((number, name)) = line.trim().split_once(": ")
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            let mut buffer = [0; MAX_NAME];
            if let Some(name) = clean(self.crates, name, &mut buffer) {
                (self.found)(name);
            }
        }
        self.len = 0;
    }
}

impl<F: FnMut(&str)> fmt::Write for BacktraceReader<'_, F> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if byte == b'\n' {
                self.end_line();
            } else {
                // A line that is too long is emptied at its end, without having a meaning.
                if let Some(slot) = self.line.get_mut(self.len) {
                    *slot = byte;
                } else if let Some(first) = self.line.first_mut() {
                    *first = b'x';
                }
                self.len = (self.len + 1).min(MAX_LINE + 1);
            }
        }
        Ok(())
    }
}

impl<F> BacktraceReader<'_, F> {
    /// Ends the last line.
    pub(crate) fn finish(mut self)
    where
        F: FnMut(&str),
    {
        self.end_line();
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Write as _;

    use super::*;

    const CRATES: &[&str] = &["time-tracker", "shared"];

    fn read(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut reader = BacktraceReader::new(CRATES, |name: &str| found.push(name.to_owned()));
        // In pieces, as a formatter writes.
        for piece in text.split_inclusive(' ') {
            reader.write_str(piece).unwrap();
        }
        reader.finish();
        found
    }

    #[test]
    fn a_backtrace_is_read_line_by_line() {
        let text = "   0: std::backtrace::Backtrace::force_capture\n             at /rustc/1/library/std/src/backtrace.rs:1:2\n   \
            1: time_tracker::inner\n             at ./src/main.rs:3:4\n  12: time_tracker::main\nnote: time_tracker::fake\n\
            x: time_tracker::fake";
        assert_eq!(read(text), ["time_tracker::inner", "time_tracker::main"]);
        let long = format!("  1: time_tracker::{}\n  2: shared::ok\n", "a".repeat(3000));
        assert_eq!(read(&long), ["shared::ok"]);
    }

    #[inline(never)]
    fn a_function_of_this_crate() -> std::backtrace::Backtrace {
        std::backtrace::Backtrace::force_capture()
    }

    #[test]
    fn the_backtrace_of_this_toolchain_is_understood() {
        let trace = a_function_of_this_crate();
        let mut found = Vec::new();
        let crates = ["telemetry-core"];
        let mut reader = BacktraceReader::new(&crates, |name: &str| found.push(name.to_owned()));
        write!(reader, "{trace}").unwrap();
        reader.finish();
        let at = |part: &str| found.iter().position(|name| name.contains(part));
        let (inner, outer) = (at("::a_function_of_this_crate"), at("::the_backtrace_of_this_toolchain_is_understood"));
        assert!(inner.is_some() && inner < outer, "{found:?}");
    }
}
