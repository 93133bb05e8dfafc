//! Every message of the commands in every language.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::*;
use crate::catalogue::lock::{self, Lock, LockError};
use crate::cli::arguments::Missing;
use crate::cli::events::CheckError;
use crate::cli::prove::Obstacle;
use crate::cli::{arguments, explain};
use crate::clock::Timestamp;
use crate::consent::receipt::VerifyError;
use crate::document::commands::{ABOUT, SUBCOMMANDS};
use crate::document::sample::{DESTINATION, GROWN, SAMPLE, SMALLEST, forbidden_in};
use crate::document::{self, Generated};
use crate::sent_log::{Answer, Kept};
use crate::sentences::said::{Said, assert_nothing_is_missing, assert_translated};
use crate::store::StoreError;
use crate::telemetry::{GrantError, Renewal};

fn every(locale: Locale) -> Said {
    let (speech, mut said) = (of(locale), Said::default());
    asking(speech, locale, &mut said);
    complaints(speech, &mut said);
    shown(speech, &mut said);
    catalogue(speech, &mut said);
    proof(speech, &mut said);
    said
}

fn asking(speech: &dyn Speech, locale: Locale, said: &mut Said) {
    let renewal = Renewal::between(&Lock::of(&SAMPLE), &Lock::of(&GROWN), Purposes::ALL).unwrap();
    said.add("yes_or_no", speech.yes_or_no());
    said.add("three_answers", speech.three_answers(&RenewalNotice::of(&renewal, locale)));
    for purposes in [Purposes::NONE, Purposes::ALL] {
        said.add("decided", speech.decided(purposes, "{on}", "{off}"));
    }
    said.add("list_is_kept", speech.list_is_kept(41, "{on}"));
    said.add("list_is_agreed", speech.list_is_agreed(42));
    said.add("asks_anew", speech.asks_anew("{line}"));
    said.add("not_stored", speech.not_stored("{why}"));
    // What is read and not said: `answers_are_words_of_the_language_that_asked`.
    said.add("reads_yes", speech.yes_or_no());
    said.add("reads_choice", speech.yes_or_no());
}

fn complaints(speech: &dyn Speech, said: &mut Said) {
    let given = || Box::from("{given}");
    let older = document::drift("a\n", "b\n", "{command}").unwrap_err();
    let grown = lock::check(&Lock::of(&SAMPLE).to_text(), &GROWN, "{command}").unwrap_err();
    let unmarked = crate::catalogue::CatalogueSchema { revision: SAMPLE.revision, ..GROWN };
    let unmarked = lock::check(&Lock::of(&SAMPLE).to_text(), &unmarked, "{command}").unwrap_err();
    for stop in [
        Stop::Usage(UsageError::UnknownCommand { given: given() }),
        Stop::UnknownEvent { given: given(), known: "{known}".into() },
        Stop::NoPerson,
        Stop::Unavailable { reasons: "{reasons}".into(), explain: "{explain}".into() },
        Stop::NoDecision,
        Stop::Grant(GrantError::NotShown),
        Stop::NoId,
        Stop::Store(StoreError::Busy),
        Stop::NotStored(StoreError::Write),
        Stop::Receipts(VerifyError::Changed { n: 4 }),
        Stop::Clear(io::ErrorKind::PermissionDenied.into()),
        Stop::Write(io::ErrorKind::StorageFull.into()),
        Stop::Read(io::ErrorKind::NotFound.into()),
        Stop::Lock(LockError::NotALock { line: 4 }),
        Stop::Lock(LockError::OtherFormat { found: 9 }),
        Stop::Grown(Class::Wider),
        Stop::NotSilent,
        Stop::OperationsFailed(1),
        Stop::OperationsFailed(2),
        Stop::Check(CheckError::Unknown),
        Stop::Check(CheckError::Lock(grown)),
        Stop::Check(CheckError::Lock(unmarked)),
        Stop::Check(CheckError::Document(older)),
        Stop::Output(io::ErrorKind::StorageFull.into()),
    ] {
        said.add("stop", speech.stop(&stop));
    }
    for obstacle in [
        Obstacle::NoOperations,
        Obstacle::NotLinux,
        Obstacle::NoStrace,
        Obstacle::NotPermitted,
        Obstacle::NoDirectory(io::ErrorKind::StorageFull.into()),
        Obstacle::NotStarted(io::ErrorKind::NotFound.into()),
    ] {
        said.add("stop", speech.stop(&Stop::NoProof(obstacle)));
    }
    let options: &[&str] = &["--one", "--two"];
    for error in [
        UsageError::Unexpected { command: "{command}", given: given(), options: &[] },
        UsageError::Unexpected { command: "{command}", given: given(), options },
        UsageError::TooMany { command: "{command}", options },
        UsageError::UnknownShell { given: given() },
        UsageError::UnknownReason { given: given() },
    ] {
        said.add("usage", speech.usage(&error));
    }
    for what in [Missing::Reason, Missing::Shell, Missing::LockFile, Missing::File, Missing::Directory] {
        said.add("usage", speech.usage(&UsageError::Missing { after: "{after}", what }));
    }
    said.add("see", speech.see("{command}"));
}

fn shown(speech: &dyn Speech, said: &mut Said) {
    for way in [Way::TurnOn, Way::TurnOff, Way::Explain] {
        said.add("way", speech.way(way, "{command}"));
    }
    for reason in explain::all() {
        said.add("explanation", speech.explanation(reason, "sample-app"));
    }
    said.add("nothing_waits", speech.nothing_waits());
    said.add("log_is_empty", speech.log_is_empty());
    let at = Timestamp::from_millis(1_795_428_245_000);
    let answer = |status| Some(Answer { outcome: "accepted".into(), status, wire_bytes: 321 });
    for answer in [None, answer(None), answer(Some(200))] {
        let entry = SentEntry { at, to: "{origin}".into(), answer, kept: Kept::Plain(String::new()) };
        said.add("log_entry", speech.log_entry(&entry));
    }
    said.add("log_is_removed", speech.log_is_removed());
    said.add("no_receipts", speech.no_receipts());
    for count in [1, 2] {
        said.add("receipts_hold", speech.receipts_hold(count));
    }
    said.add("identifiers_are_new", speech.identifiers_are_new());
    for schema in [SAMPLE, SMALLEST] {
        said.add("request_is_yours", speech.request_is_yours(&schema));
    }
}

fn catalogue(speech: &dyn Speech, said: &mut Said) {
    said.add("listing", speech.listing(&SAMPLE));
    for event in SAMPLE.events {
        said.add("listed_event", speech.listed_event(event));
        for property in event.properties {
            said.add("listed_property", speech.listed_property(event, property));
        }
    }
    assert_eq!(speech.listed_context(&SMALLEST), None);
    said.add("listed_context", speech.listed_context(&SAMPLE).unwrap());
    for what in [What::Manifest, What::Catalogue, What::BodySchema, What::LockFile, What::Document] {
        said.add("agrees", speech.agrees("{file}", what, 3, "{digest}"));
    }
    said.add("nothing_has_changed", speech.nothing_has_changed());
    for class in [Class::Same, Class::Narrower, Class::Wider, Class::Breaking] {
        said.add("consequence", speech.consequence(class));
    }
    said.add("before_release", speech.before_release("{remedy}"));
    said.add("help", speech.help("{app}"));
    said.add("exit_codes", speech.exit_codes());
}

fn proof(speech: &dyn Speech, said: &mut Said) {
    const OPERATION: Operation = Operation::new(&["{operation}"]);
    let one = Counts { sockets: 1, connections: 1, look_ups: 1, files: 1 };
    let many = Counts { sockets: 2, connections: 3, look_ups: 4, files: 5 };
    for operations in [1, 2] {
        said.add("tracing", speech.tracing(operations, "{app}"));
    }
    said.add("traced", speech.traced("{app}", &OPERATION, one, None));
    for failure in [
        Failure::Ended(ExitStatus::from_raw(3 << 8)),
        Failure::Ended(ExitStatus::from_raw(9)),
        Failure::TooLong,
        Failure::Visit(io::ErrorKind::TimedOut),
        Failure::Visit(io::ErrorKind::ConnectionRefused),
    ] {
        said.add("traced", speech.traced("{app}", &OPERATION, many, Some(&failure)));
    }
    for count in [1, 2] {
        said.add("and_more", speech.and_more(count));
        said.add("excused", speech.excused(count));
    }
    said.add("in_all", speech.in_all(many));
    said.add("also_off", speech.also_off("{reason}"));
}

#[test]
fn no_message_is_missing_from_this_test() {
    assert_nothing_is_missing(every, include_str!("../speech.rs"), "pub(super) trait Speech");
}

#[test]
fn every_language_has_every_message_with_everything_that_is_filled_in() {
    // A property whose values are all that is said of it consists of the author's words.
    assert_translated(every, &[('{', '}')], |method| method == "listed_property");
}

#[test]
fn messages_are_as_reviewed() {
    for locale in Locale::ALL {
        insta::assert_snapshot!(format!("speech_{}", locale.tag()), every(locale).lines());
    }
}

#[test]
fn every_command_is_told_in_every_language() {
    let options = SUBCOMMANDS.iter().flat_map(|command| command.options).map(|option| option.what);
    for told in SUBCOMMANDS.iter().map(|command| command.what).chain(options).chain([ABOUT]) {
        assert!(
            !told.in_locale(Locale::German).is_empty()
                && told.in_locale(Locale::English) != told.in_locale(Locale::German),
            "{}",
            told.in_locale(Locale::English)
        );
        for locale in Locale::ALL {
            let text = told.in_locale(locale).to_lowercase();
            assert!(forbidden_in(locale).iter().all(|word| !text.contains(word)), "{text}");
        }
    }
    assert!(arguments::names().contains("prove-off") && arguments::shells().contains("fish"));
    let manifest = document::manifest(&SAMPLE, &DESTINATION, Generated::by("make"));
    assert!(SUBCOMMANDS.iter().all(|command| manifest.contains(command.what.in_locale(Locale::English))), "{manifest}");
}

#[test]
fn answers_are_words_of_the_language_that_asked() {
    let (english, german) = (of(Locale::English), of(Locale::German));
    assert_eq!(
        (english.reads_yes("j"), german.reads_yes("j"), german.reads_yes("yes")),
        (None, Some(true), Some(true))
    );
    assert_eq!((english.reads_choice("a"), german.reads_choice("a")), (Some(Choice::Agree), Some(Choice::Off)));
    for speech in [english, german] {
        assert_eq!((speech.reads_yes(""), speech.reads_choice("")), (Some(false), Some(Choice::Keep)));
        for word in ["ok", "1", "true", "j y", "keep agree"] {
            assert_eq!((speech.reads_yes(word), speech.reads_choice(word)), (None, None), "{word}");
        }
    }
}
