//! Every message of every language, with everything that can be filled in.

use super::said::{Said, assert_nothing_is_missing, assert_translated};
use super::*;

/// 2026-11-23, 10:04:05 UTC.
const AT: Timestamp = Timestamp::from_millis(1_795_428_245_000);

const REASONS: [Reason; 21] = [
    Reason::NoKey,
    Reason::DoNotTrack,
    Reason::AppSwitch,
    Reason::Policy,
    Reason::Ci,
    Reason::Unasked,
    Reason::Denied,
    Reason::Withdrawn,
    Reason::DestinationChanged,
    Reason::TermsChanged,
    Reason::NothingCovered,
    Reason::Held,
    Reason::Finished,
    Reason::KeyRefused,
    Reason::Fault(FaultKind::Unreadable),
    Reason::Fault(FaultKind::Damaged),
    Reason::Fault(FaultKind::UnknownFormat),
    Reason::Fault(FaultKind::Inconsistent),
    Reason::Fault(FaultKind::Permissions),
    Reason::Fault(FaultKind::WrongApp),
    Reason::Fault(FaultKind::Copied),
];

fn every(locale: Locale) -> Said {
    let (sentences, mut said) = (of(locale), Said::default());
    state(sentences, &mut said);
    below(sentences, &mut said);
    delivery(sentences, &mut said);
    done(sentences, &mut said);
    errors(sentences, &mut said);
    said
}

fn state(sentences: &dyn Sentences, said: &mut Said) {
    said.add("number", sentences.number(1_234_567));
    said.add("day", sentences.day(AT));
    said.add("moment", sentences.moment(AT));
    said.add("purposes", sentences.purposes(Purposes::ALL));
    for list in [AgreedList::Whole, AgreedList::Older { agreed: 41, offered: 42 }, AgreedList::Shorter] {
        said.add("on", sentences.on(AT, Purposes::ALL, list));
    }
    said.add("unavailable", sentences.unavailable());
    for choice in [Choice::Kept, Choice::None] {
        said.add("off", sentences.off(&["{one}".to_owned(), "{two}".to_owned()], choice));
    }
    for reason in REASONS {
        said.add("reason", sentences.reason(reason));
        let remedy = sentences.remedy(reason, "sample-app");
        if !remedy.is_empty() {
            said.add("remedy", remedy);
        }
    }
    for remark in [Remark::VariableIgnored("{name}"), Remark::NotErased, Remark::NotSpooled] {
        said.add("remark", sentences.remark(remark));
    }
}

fn below(sentences: &dyn Sentences, said: &mut Said) {
    said.add("note", sentences.note("{remark}"));
    for purpose in Purpose::ALL {
        said.add("suspended", sentences.suspended(purpose, "{reason}"));
    }
    said.add("destination", sentences.destination(None, "{destination}"));
    said.add("destination", sentences.destination(Some(Purposes::ALL), "{destination}"));
    said.add("place", sentences.place("{origin}", "{operator}", Some("{fingerprint}")));
    said.add("place", sentences.place("{origin}", "{operator}", None));
    said.add("build", sentences.build("{app}", "{version}", None, 3));
    said.add("build", sentences.build("{app}", "{version}", Some("{commit}"), 3));
    said.add("install_id", sentences.install_id("{id}"));
    said.add("process", sentences.process(12_345, 12_000, 345));
    said.add("unsent", sentences.unsent(123_456));
    for cause in Loss::ALL {
        said.add("lost", sentences.lost(7, cause));
    }
}

fn delivery(sentences: &dyn Sentences, said: &mut Said) {
    for class in FailureClass::ALL {
        said.add("failure", sentences.failure(class));
    }
    for state in BreakerState::ALL {
        said.add("breaker", sentences.breaker(state));
    }
    for why in [
        PauseReason::Failed,
        PauseReason::Asked,
        PauseReason::RateLimited,
        PauseReason::Quota,
        PauseReason::BreakerOpen,
    ] {
        said.add("pause", sentences.pause(why));
    }
    for fact in [
        Delivery::LastSuccess { at: "{at}" },
        Delivery::LastFailure { at: "{at}", class: FailureClass::Tls },
        Delivery::Waiting { waiting: 9, spooled: 0 },
        Delivery::Waiting { waiting: 9, spooled: 9 },
        Delivery::Waiting { waiting: 9, spooled: 4 },
        Delivery::State(BreakerState::Open),
        Delivery::Paused { until: "{until}", why: PauseReason::Asked },
        Delivery::Next { at: "{at}" },
    ] {
        let (label, words) = sentences.delivery(fact);
        said.add("delivery", format!("{label}: {words}"));
    }
}

fn done(sentences: &dyn Sentences, said: &mut Said) {
    for deleted in [0, 1, 2] {
        for done in [
            Withdrawal::Done { deleted },
            Withdrawal::DoneButNotErased { deleted, left: 1 },
            Withdrawal::DoneWithInFlight { deleted },
        ] {
            said.add("withdrawal", sentences.withdrawal(done));
        }
    }
    for why in [
        NothingToName::NeverOn,
        NothingToName::NoIdentifier,
        NothingToName::NothingKnown,
        NothingToName::Erased,
        NothingToName::Copied,
        NothingToName::Unreadable,
    ] {
        said.add("nothing_to_name", sentences.nothing_to_name(why));
    }
    said.add("deletion_subject", sentences.deletion_subject("{app}"));
    let ids = ["{id 1}".to_owned(), "{id 2}".to_owned()];
    let usage = Purposes::NONE.with(Purpose::Usage);
    let to = [("{origin 1}".to_owned(), usage), ("{origin 2}".to_owned(), Purposes::NONE.with(Purpose::Errors))];
    let earlier = [("{origin 3}".to_owned(), Purposes::ALL)];
    let short = Deletion {
        app: "{app}",
        ids: &ids,
        is_complete: true,
        to: &to,
        earlier: &[],
        given: AT,
        withdrawn: AT.plus(core::time::Duration::from_secs(86_400)),
        entities: &[],
    };
    said.add("deletion", sentences.deletion(&short));
    let long = Deletion { is_complete: false, earlier: &earlier, entities: &["user", "time_entry"], ..short };
    said.add("deletion", sentences.deletion(&long));
    said.add("addressed", sentences.addressed("{to}", "{subject}"));
}

fn errors(sentences: &dyn Sentences, said: &mut Said) {
    said.add("fault", sentences.fault(FaultKind::Damaged));
    let causes = [StoreError::Write, StoreError::TooLarge, StoreError::Busy, StoreError::Receipts];
    for why in [
        GrantError::NotShown,
        GrantError::ListFirst,
        GrantError::NoPurpose,
        GrantError::Off(Reason::Ci),
        GrantError::Fault(FaultKind::Damaged),
        GrantError::NoRandomness,
        GrantError::Store(StoreError::Busy),
    ] {
        said.add("not_granted", sentences.not_granted(why));
    }
    for why in causes {
        said.add("store", sentences.store(why));
    }
    for generated in [Some("{generated}".into()), None] {
        let (committed, command) = (Some("{committed}".into()), "{command}".into());
        said.add("drift", sentences.drift(&Drift { line: 4, committed, generated, command }));
    }
    for why in [
        VerifyError::NotAReceipt { line: 4 },
        VerifyError::Changed { n: 4 },
        VerifyError::Broken { n: 4 },
        VerifyError::Unreadable,
        VerifyError::Missing { n: 4 },
    ] {
        said.add("receipts", sentences.receipts(why));
    }
}

#[test]
fn no_message_is_missing_from_this_test() {
    assert_nothing_is_missing(every, include_str!("mod.rs"), "pub(crate) trait Sentences");
    let codes: std::collections::BTreeSet<&str> = REASONS.into_iter().map(Reason::code).collect();
    assert_eq!(codes.len(), REASONS.len());
}

#[test]
fn every_language_says_everything_in_its_own_words() {
    // Names in braces, text in backquotes. Numbers stand in marks of each language's own.
    assert_translated(every, &[('{', '}'), ('`', '`')], |_| false);
}

#[test]
fn messages_are_as_reviewed() {
    for locale in Locale::ALL {
        insta::assert_snapshot!(format!("sentences_{}", locale.tag()), every(locale).lines());
    }
}

#[test]
fn numbers_are_grouped_from_five_digits_on() {
    let (english, german) = (of(Locale::English), of(Locale::German));
    assert_eq!(english.number(9_999), "9999");
    assert_eq!((english.number(12_345), german.number(12_345)), ("12,345".to_owned(), "12.345".to_owned()));
    assert_eq!(english.number(u64::MAX), "18,446,744,073,709,551,615");
}
