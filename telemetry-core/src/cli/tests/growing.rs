//! Turning on where the list has grown: what is asked about is what concerns the person.

use super::*;

/// The same program in an earlier and a later build.
macro_rules! build {
    ($name:ident, $revision:literal, { $($more:tt)* }) => {
        /// What a build can report.
        #[derive(crate::Catalogue)]
        #[catalogue(app = "tool", revision = $revision, identity = "stable", crate = crate)]
        #[expect(dead_code, reason = "these are asked about, not tracked")]
        enum $name {
            /// A command ran.
            ///
            /// Why: shows which commands are used.
            #[event(name = "command.ran")]
            Ran,
            $($more)*
        }
    };
}

build!(First, 1, {
    /// A command stopped by mistake.
    ///
    /// Why: shows what has to be repaired.
    #[event(name = "command.failed", purpose = "errors")]
    Failed,
});

build!(Second, 2, {
    /// A command stopped by mistake.
    ///
    /// Why: shows what has to be repaired.
    #[event(name = "command.failed", purpose = "errors")]
    Failed,
    /// A command ran again.
    ///
    /// Why: shows what is repeated.
    #[event(name = "command.repeated", since = 2)]
    Repeated,
    /// A command took too long.
    ///
    /// Why: shows what is slow.
    #[event(name = "command.stalled", purpose = "errors", since = 2)]
    Stalled,
});

build!(UsageAlone, 1, {});

// New for one purpose only.
build!(MoreErrors, 2, {
    /// A command stopped by mistake.
    ///
    /// Why: shows what has to be repaired.
    #[event(name = "command.failed", purpose = "errors")]
    Failed,
    /// A command took too long.
    ///
    /// Why: shows what is slow.
    #[event(name = "command.stalled", purpose = "errors", since = 2)]
    Stalled,
});

const USAGE: Purposes = Purposes::NONE.with(Purpose::Usage);

struct Machine(TempDir);

impl Machine {
    /// One where somebody agreed to usage statistics of an earlier build.
    fn with_usage_of<C: Catalogue>() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        let telemetry = machine.build::<C>();
        let question = telemetry.present(crate::Surface::Terminal).unwrap();
        telemetry.grant(question.ticket(), USAGE).unwrap();
        machine
    }

    fn build<C: Catalogue>(&self) -> Telemetry<C> {
        let builder = Telemetry::<C>::builder(ProgramKind::Service, self.0.path(), RecordingSink::default());
        builder.clock(ManualClock::default()).build()
    }

    /// Runs `on` in a build, at a terminal where a person types.
    fn on<C: Catalogue>(&self, typed: &str) -> (Exit, String, Telemetry<C>) {
        let telemetry = self.build::<C>();
        let mut messages = Vec::new();
        let mut terminal = Terminal::new(typed.as_bytes(), io::sink(), &mut messages, Person::Present);
        let exit = run(&telemetry, ["on"], &mut terminal);
        drop(terminal);
        (exit, flat(&String::from_utf8(messages).unwrap()), telemetry)
    }
}

/// What is shown as new, behind the words that introduce it.
fn new_in(messages: &str) -> &str {
    messages.split_once("of this build adds:").map_or("", |(_, new)| new)
}

#[test]
fn changes_of_what_is_off_are_not_asked_about() {
    let machine = Machine::with_usage_of::<First>();
    let (exit, messages, telemetry) = machine.on::<Second>("n\na\n");
    assert_eq!(exit, Exit::Done, "{messages}");
    assert!(messages.contains("Send error reports? [y/N]") && !messages.contains("Send usage statistics? [y/N]"));
    assert!(new_in(&messages).contains("`command.repeated`"), "{messages}");
    assert!(!new_in(&messages).contains("stalled") && !new_in(&messages).contains("failed"), "{messages}");
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::Granted, USAGE));
}

#[test]
fn another_purpose_is_turned_on_without_deciding_about_the_list() {
    let machine = Machine::with_usage_of::<First>();
    // No answer about the list: the other purpose is on all the same, and the older list is what is sent.
    let (exit, messages, telemetry) = machine.on::<Second>("y\n");
    assert_eq!(exit, Exit::Failed, "{messages}");
    let status = telemetry.status();
    assert_eq!((status.state, status.purposes), (State::GrantedNarrow, Purposes::ALL));
    assert_eq!(status.granted_revision, Some(1));
    // What is being turned on is concerned as well.
    assert!(new_in(&messages).contains("`command.repeated`") && new_in(&messages).contains("`command.stalled`"));

    let (exit, messages, telemetry) = machine.on::<Second>("k\n");
    assert!(!messages.contains("[y/N]"), "everything is on: {messages}");
    assert_eq!((exit, telemetry.status().granted_revision), (Exit::Done, Some(1)));
}

#[test]
fn a_list_that_has_grown_for_what_is_off_has_not_grown() {
    let machine = Machine::with_usage_of::<First>();
    let telemetry = machine.build::<MoreErrors>();
    assert_eq!((telemetry.state(), telemetry.renewal()), (State::Granted, None));
    // Whoever turns that on is shown today's list, and agrees to it.
    let (exit, messages, telemetry) = machine.on::<MoreErrors>("y\ny\n");
    assert_eq!((exit, new_in(&messages)), (Exit::Done, ""), "{messages}");
    assert_eq!((telemetry.state(), telemetry.status().purposes), (State::Granted, Purposes::ALL));
    assert_eq!(telemetry.status().granted_revision, Some(2));
}

#[test]
fn a_purpose_that_stands_only_in_the_longer_list_waits_for_the_answer_about_it() {
    for (typed, purposes, revision) in [("y\na\n", Purposes::ALL, 2), ("y\nk\n", USAGE, 1)] {
        let machine = Machine::with_usage_of::<UsageAlone>();
        let (exit, messages, telemetry) = machine.on::<Second>(typed);
        assert_eq!(exit, Exit::Done, "{messages}");
        assert!(new_in(&messages).contains("`command.failed`"), "{messages}");
        let status = telemetry.status();
        assert_eq!((status.purposes, status.granted_revision), (purposes, Some(revision)), "{typed:?}");
    }
}

#[test]
fn who_kept_a_list_is_not_asked_again_because_of_another_purpose() {
    let machine = Machine::with_usage_of::<First>();
    machine.build::<Second>().decline(crate::Surface::Terminal).unwrap();
    let (_, _, telemetry) = machine.on::<Second>("y\n");
    assert_eq!(telemetry.status().purposes, Purposes::ALL);
    assert_eq!(telemetry.renewal().unwrap().offer(), crate::Offer::Declined);
}

#[test]
fn a_page_turns_on_one_purpose_and_leaves_the_list_of_the_other() {
    let machine = Machine::with_usage_of::<First>();
    let telemetry = machine.build::<Second>();
    let question = telemetry.present(crate::Surface::Dashboard).unwrap();
    telemetry.grant_also(question.ticket(), only(Purpose::Errors)).unwrap();
    assert_eq!(telemetry.status().granted_revision, Some(1), "nobody asked about the longer list");

    let machine = Machine::with_usage_of::<UsageAlone>();
    let telemetry = machine.build::<Second>();
    let question = telemetry.present(crate::Surface::Dashboard).unwrap();
    let refused = telemetry.grant_also(question.ticket(), only(Purpose::Errors));
    assert_eq!(refused, Err(GrantError::ListFirst));
}
