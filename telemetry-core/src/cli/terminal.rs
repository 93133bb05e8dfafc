//! Where commands read and write, and whether a person is there.
//!
//! Owns the reading of answers. It must never take anything but a whole typed line for an answer, and never wait
//! longer than it was told to.

use core::fmt;
use core::time::Duration;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::mpsc;
use std::thread;

use super::speech::{self, Choice, Speech};
use crate::consent::notice::RenewalNotice;
use crate::kill_switch;
use crate::locale::Locale;

/// The longest line that can be an answer, its end included; a longer one is none.
const MAX_LINE: u64 = 256;

/// Whether a person can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Nobody: input or messages are a file, a pipe, or closed.
    Absent,
    /// Somebody at a terminal that calls itself `dumb`, as editors' windows do: may answer what they asked for
    /// themselves, but is not asked by the program.
    AtDumbTerminal,
    /// Somebody at a terminal.
    Present,
}

/// Where a command reads answers, and where it writes.
pub struct Terminal<'a> {
    input: Input<'a>,
    output: Box<dyn Write + 'a>,
    messages: Box<dyn Write + 'a>,
    person: Person,
    locale: Locale,
}

enum Input<'a> {
    Standard,
    Given(Box<dyn BufRead + 'a>),
}

/// What was answered to a yes-or-no question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    Yes,
    No,
    /// The end of input, another word, or no whole line in time.
    Nothing,
}

impl<'a> Terminal<'a> {
    /// A terminal of these parts: answers come from `input`, results go to `output`, questions and complaints to
    /// `messages`. For tests, and for programs with a console of their own.
    ///
    /// # Privacy
    ///
    /// Saying [`Person::Present`] where none is makes a script able to agree. A grant like that is worth nothing.
    pub fn new(input: impl BufRead + 'a, output: impl Write + 'a, messages: impl Write + 'a, person: Person) -> Self {
        Self {
            input: Input::Given(Box::new(input)),
            output: Box::new(output),
            messages: Box::new(messages),
            person,
            locale: Locale::English,
        }
    }

    /// The same terminal, with a person at it who reads this language.
    #[must_use]
    pub fn in_locale(mut self, locale: Locale) -> Self {
        self.locale = locale;
        self
    }

    /// Standard input, output and error of this process, in the language that `LC_ALL`, `LC_MESSAGES` or `LANG` name
    /// (English where there is none for it). A person is there if input and error are both terminals,
    /// and, as far as the system tells, this process is not in the background of its terminal.
    #[must_use]
    pub fn standard() -> Terminal<'static> {
        let person = match io::stdin().is_terminal() && io::stderr().is_terminal() && is_in_foreground() {
            false => Person::Absent,
            true if kill_switch::terminal_is_dumb() => Person::AtDumbTerminal,
            true => Person::Present,
        };
        Terminal {
            input: Input::Standard,
            output: Box::new(io::stdout()),
            messages: Box::new(io::stderr()),
            person,
            locale: kill_switch::terminal_language().and_then(|tag| Locale::of_tag(&tag)).unwrap_or_default(),
        }
    }

    /// Whether a person can be asked.
    #[must_use]
    pub const fn person(&self) -> Person {
        self.person
    }

    /// The language of the person.
    #[must_use]
    pub const fn locale(&self) -> Locale {
        self.locale
    }

    /// What to say in that language.
    pub(super) const fn speech(&self) -> &'static dyn Speech {
        speech::of(self.locale)
    }

    pub(super) fn output(&mut self) -> &mut dyn Write {
        &mut self.output
    }

    pub(super) fn messages(&mut self) -> &mut dyn Write {
        &mut self.messages
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.output.flush()?;
        self.messages.flush()
    }

    /// Asks a question whose answer for an empty line is "no", and waits for at most `patience`, if any is given.
    ///
    /// # Errors
    ///
    /// The question could not be written, so nobody has seen it.
    pub(super) fn ask(&mut self, question: &str, patience: Option<Duration>) -> io::Result<Reply> {
        let speech = self.speech();
        let answer = self.typed(&format!("{question}? {} ", speech.yes_or_no()), patience)?;
        Ok(match answer.and_then(|answer| speech.reads_yes(&answer)) {
            Some(true) => Reply::Yes,
            Some(false) => Reply::No,
            None => Reply::Nothing,
        })
    }

    /// Asks about a longer list, whose question has been shown; `None` for everything that is no answer.
    ///
    /// # Errors
    ///
    /// The answers could not be written, so nobody has seen them.
    pub(super) fn choose(&mut self, notice: &RenewalNotice, patience: Option<Duration>) -> io::Result<Option<Choice>> {
        let speech = self.speech();
        let answer = self.typed(&speech.three_answers(notice), patience)?;
        Ok(answer.and_then(|answer| speech.reads_choice(&answer)))
    }

    /// What is typed behind the prompt, in lower case and without space around it.
    fn typed(&mut self, prompt: &str, patience: Option<Duration>) -> io::Result<Option<String>> {
        self.messages.write_all(prompt.as_bytes())?;
        self.messages.flush()?;
        let line = match (&mut self.input, patience) {
            (Input::Given(input), _) => line(input),
            (Input::Standard, None) => line(&mut io::stdin().lock()),
            (Input::Standard, Some(patience)) => line_within(patience, || line(&mut io::stdin().lock())),
        };
        if line.is_none() {
            // Nobody ended the line that the question stands on.
            writeln!(self.messages)?;
        }
        Ok(line.map(|line| line.trim().to_lowercase()))
    }
}

impl fmt::Debug for Terminal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").field("person", &self.person).finish_non_exhaustive()
    }
}

/// Whether what is typed at the terminal reaches this process: reading in the background stops a process until
/// somebody notices. Only Linux tells without a foreign function; elsewhere the foreground is assumed.
fn is_in_foreground() -> bool {
    let is_linux = cfg!(target_os = "linux");
    let stat = if is_linux { fs::read_to_string("/proc/self/stat").ok() } else { None };
    stat.as_deref().and_then(stat_is_of_foreground).unwrap_or(true)
}

/// Reads `/proc/self/stat` (proc(5)): behind the program's name in parentheses come state, parent, process group,
/// session, terminal, and the process group in the foreground of that terminal, which is -1 where there is none.
fn stat_is_of_foreground(stat: &str) -> Option<bool> {
    // The name may hold parentheses and blanks of its own.
    let (_, facts) = stat.rsplit_once(')')?;
    let mut facts = facts.split_whitespace().skip(2);
    let (group, _, _, in_foreground) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
    Some(group == in_foreground)
}

/// One line with its end; `None` for everything else.
fn line(input: &mut dyn BufRead) -> Option<String> {
    let mut line = Vec::new();
    input.take(MAX_LINE).read_until(b'\n', &mut line).ok()?;
    String::from_utf8(line).ok().filter(|line| line.ends_with('\n'))
}

/// What `read` gives, if it does in time. A read cannot be called back: when time is over, its thread stays until a
/// line comes or the process ends.
fn line_within(patience: Duration, read: impl FnOnce() -> Option<String> + Send + 'static) -> Option<String> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new().name("answer".into()).spawn(move || sender.send(read())).ok()?;
    receiver.recv_timeout(patience).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(typed: &[u8]) -> Reply {
        Terminal::new(typed, io::sink(), io::sink(), Person::Present).ask("Well", None).unwrap()
    }

    #[test]
    fn only_plain_words_are_answers() {
        for yes in ["y\n", "Y\n", "yes\n", " YES \r\n"] {
            assert_eq!(reply(yes.as_bytes()), Reply::Yes, "{yes:?}");
        }
        for no in ["\n", "\r\n", "n\n", "no\n", "No \n"] {
            assert_eq!(reply(no.as_bytes()), Reply::No, "{no:?}");
        }
        let long = "y".repeat(1000) + "\n";
        for nothing in [&b""[..], b"y", b"yes", b"ok\n", b"1\n", b"true\n", b"y y\n", b"\xff\n", long.as_bytes()] {
            assert_eq!(reply(nothing), Reply::Nothing, "{nothing:?}");
        }
    }

    #[test]
    fn background_is_told_from_foreground() {
        let of = stat_is_of_foreground;
        assert_eq!(of("4242 (a (b) c) R 4000 4242 4000 34816 4242 4194304 98 0"), Some(true));
        assert_eq!(of("4242 (tool) R 4000 4242 4000 34816 4000 4194304 98 0"), Some(false));
        assert_eq!(of("4242 (tool) S 1 4242 4242 0 -1 4194304"), Some(false));
        assert_eq!((of(""), of("4242 (tool) R 4000")), (None, None));
    }

    #[test]
    fn patience_ends() {
        let (mut reader, writer) = io::pipe().unwrap();
        let unanswered = line_within(Duration::from_millis(10), move || {
            let mut byte = [0];
            reader.read_exact(&mut byte).ok().map(|()| "y\n".to_owned())
        });
        assert_eq!(unanswered, None);
        drop(writer);
        assert_eq!(line_within(Duration::from_secs(60), || Some("y\n".to_owned())).as_deref(), Some("y\n"));
    }
}
