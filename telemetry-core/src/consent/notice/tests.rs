//! The notice in every language: complete, honest, and named by its digest.

use super::*;
use crate::catalogue::lock::Lock;
use crate::catalogue::{IdForm, Identity};
use crate::digest::Sha256Hex;
use crate::document::sample::{DESTINATION, GROWN, SAMPLE, SMALLEST, forbidden_in};

const PLACE_HERE: &str = "sample-app telemetry on, or off";

fn schemas() -> [CatalogueSchema; 6] {
    [
        SAMPLE,
        GROWN,
        SMALLEST,
        SAMPLE.ids(IdForm::Raw),
        CatalogueSchema { identity: Identity::None, ..SAMPLE },
        CatalogueSchema { identity: Identity::Stable, ..SAMPLE },
    ]
}

/// The text as one line, in lower case.
fn flat(notice: &Notice) -> String {
    notice.to_text(PLACE_HERE).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn text_is_as_reviewed() {
    insta::assert_snapshot!(Notice::of(&SAMPLE, &DESTINATION).to_text(PLACE_HERE));
    insta::assert_snapshot!(Notice::of(&SMALLEST, &DESTINATION).to_text(PLACE_HERE));
}

#[test]
fn german_text_is_as_reviewed() {
    let german = |schema| Notice::in_locale(schema, &DESTINATION, Locale::German).to_text(PLACE_HERE);
    insta::assert_snapshot!(german(&SAMPLE));
    insta::assert_snapshot!(german(&SMALLEST));
}

#[test]
fn what_stays_on_this_machine_is_said_to_stay() {
    for origin in ["http://127.0.0.1:47801", "http://localhost:8000", "http://[::1]:8000"] {
        let here = Destination::new(origin, "somebody", None, None);
        for (locale, stays, leaves) in [
            (Locale::English, "nothing leaves the machine", ["IP address", "90 days"]),
            (Locale::German, "Nichts verlässt den Rechner", ["IP-Adresse", "90 Tage"]),
        ] {
            let said = Notice::in_locale(&SAMPLE, &here, locale).recipient;
            let elsewhere = Notice::in_locale(&SAMPLE, &DESTINATION, locale).recipient;
            assert!(said.contains(stays) && !elsewhere.contains(stays), "{said}");
            for words in leaves {
                assert!(!said.contains(words) && elsewhere.contains(words), "{words} in: {said}");
            }
        }
    }
}

#[test]
fn text_fits_every_terminal() {
    for schema in schemas() {
        for locale in Locale::ALL {
            let text = Notice::in_locale(&schema, &DESTINATION, locale).to_text(PLACE_HERE);
            assert!(!text.contains("\n\n\n"), "{text}");
            let known = |c: char| c.is_ascii() || (locale == Locale::German && "äöüÄÖÜß".contains(c));
            assert!(text.chars().all(known) && !text.contains('\u{1b}'), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH && line.trim_end() == line), "{text}");
        }
    }
}

#[test]
fn it_neither_presses_nor_plays_down() {
    for schema in schemas() {
        for (locale, says) in [
            (Locale::English, ["ip address", "it is off until you agree."]),
            (Locale::German, ["ip-adresse", "das ist ausgeschaltet, bis sie zustimmen."]),
        ] {
            // Pseudonymous is what it is called; anything else with the same letters is a claim.
            let text = flat(&Notice::in_locale(&schema, &DESTINATION, locale)).replace("pseudonym", "");
            for word in forbidden_in(locale) {
                assert!(!text.contains(word), "`{word}` in:\n{text}");
            }
            assert!(says.iter().all(|words| text.contains(words)), "{text}");
            let unlinked = text.contains("no identifier") || text.contains("trägt keine kennung");
            assert_eq!(unlinked, schema.app == SMALLEST.app, "{text}");
        }
    }
}

/// Every language says as much as the others: the same parts, none empty, and the same facts in them.
#[test]
fn every_language_is_complete() {
    for schema in schemas() {
        let english = Notice::of(&schema, &DESTINATION);
        for locale in Locale::ALL {
            let notice = Notice::in_locale(&schema, &DESTINATION, locale);
            assert_eq!((notice.locale(), notice.sent().len()), (locale.tag(), english.sent().len()));
            let purposes = |notice: &Notice| notice.purposes().iter().map(|asked| asked.purpose).collect::<Vec<_>>();
            assert_eq!(purposes(&notice), purposes(&english));
            let parts = notice.purposes().iter().flat_map(|asked| [&asked.label, &asked.description]);
            let parts = parts.chain(notice.sent()).map(String::as_str);
            let whole = [notice.title(), notice.introduction(), notice.never(), notice.recipient(), notice.identity()];
            for part in parts.chain(whole) {
                assert!(!part.is_empty() && !part.contains("  ") && !part.contains(PLACE), "{part:?}");
            }
            assert!(notice.title().contains(schema.app) && notice.introduction().contains(schema.publisher));
            assert!(notice.recipient().contains("eu.i.posthog.com") && notice.recipient().contains("PostHog"));
            let days = schema.retention_days;
            assert!(days == 0 || notice.recipient().contains(&days.to_string()), "{}", notice.recipient());
            for entity in words::entities(&schema) {
                assert!(notice.identity().contains(entity) && notice.sent()[0].contains(entity));
            }
            assert!(notice.change("over there").contains("over there"));
        }
        let german = Notice::in_locale(&schema, &DESTINATION, Locale::German);
        let (mut said, english) = (parts(&german), parts(&english));
        said.retain(|part| english.contains(part));
        assert!(said.is_empty(), "not translated: {said:?}");
        assert_ne!(german.digest(), Notice::of(&schema, &DESTINATION).digest());
    }
}

/// Every text of a notice on its own.
fn parts(notice: &Notice) -> Vec<String> {
    let mut parts = vec![notice.title().to_owned(), notice.introduction().to_owned(), notice.never().to_owned()];
    parts.extend([notice.recipient().to_owned(), notice.identity().to_owned(), notice.change("")]);
    parts.extend(notice.sent().iter().cloned());
    parts.extend(notice.purposes().iter().flat_map(|asked| [asked.label.clone(), asked.description.clone()]));
    parts
}

#[test]
fn a_tag_finds_its_language() {
    for locale in Locale::ALL {
        assert_eq!(Locale::of_tag(locale.tag()), Some(locale));
    }
    assert_eq!(Locale::of_tag("DE_at.UTF-8"), Some(Locale::German));
    for unknown in ["", "fr", "den", "C", "*"] {
        assert_eq!(Locale::of_tag(unknown), None, "{unknown:?}");
    }
}

#[test]
fn only_purposes_with_events_are_asked_for() {
    let asked = |schema| {
        let purposes = Notice::of(&schema, &DESTINATION).purposes.into_iter();
        purposes.map(|purpose| purpose.purpose).collect::<Vec<_>>()
    };
    assert_eq!(asked(SAMPLE), [Purpose::Usage, Purpose::Errors]);
    assert_eq!(asked(SMALLEST), [Purpose::Usage]);
    assert!(!Notice::of(&SMALLEST, &DESTINATION).to_text(PLACE_HERE).contains("error reports"));
}

#[test]
fn digest_covers_what_is_shown_and_not_the_surface() {
    let notice = Notice::of(&SAMPLE, &DESTINATION);
    assert_eq!(notice.digest().len(), 64);
    assert_ne!(notice.change("here"), notice.change("there"));
    assert_eq!(notice.digest(), Notice::of(&SAMPLE, &DESTINATION).digest());
    let elsewhere = Destination::new("https://us.i.posthog.com", "PostHog", None, None);
    let others = [
        Notice::of(&SAMPLE, &elsewhere),
        Notice::of(&GROWN, &DESTINATION),
        Notice::of(&SAMPLE.retention_days(91), &DESTINATION),
        Notice::of(&SAMPLE.ids(IdForm::Raw), &DESTINATION),
        Notice::of(&CatalogueSchema { identity: Identity::Stable, ..SAMPLE }, &DESTINATION),
        Notice { change: String::new(), ..notice.clone() },
    ];
    for other in others {
        assert_ne!(notice.digest(), other.digest());
    }
}

#[test]
fn builds_of_one_catalogue_ask_alike() {
    let keyed = Destination { key_fingerprint: Some("0123abcd".to_owned()), ..DESTINATION };
    let other = CatalogueSchema { version: "9.9.9", ..SAMPLE };
    assert_eq!(Notice::of(&SAMPLE, &DESTINATION), Notice::of(&other, &keyed));
}

/// Each wording that there was, with the digest of its messages. Once a wording has been released, its line stays.
const WORDINGS: [(&str, &str); 2] = [
    ("notice/1", "8170e28e2d40e2ed4f6dd1812e70894c0f408ab39d315c089c656cb861cd8888"),
    ("renewal/1", "2f004edf1b5bfde940ea49fa1a40dd391f68fa5e100d138e861d32f7eececb5f"),
];

/// A receipt names the wording and a digest of what was shown. Who makes the text again to compare it has to know which
/// words it was made of, so words that changed need a name of their own.
#[test]
fn words_that_changed_have_a_name_of_their_own() {
    let notices = schemas().into_iter().flat_map(|schema| {
        Locale::ALL.map(|locale| Notice::in_locale(&schema, &DESTINATION, locale).with_errors_to(&schema, &DESTINATION))
    });
    let renewals = Locale::ALL.map(|locale| {
        let renewal = crate::Renewal::between(&Lock::of(&SAMPLE), &Lock::of(&GROWN), crate::Purposes::ALL).unwrap();
        RenewalNotice::of(&renewal, locale)
    });
    let together = |digests: Vec<String>| Sha256Hex::of(digests.concat().as_bytes()).to_string();
    for (id, digest) in [
        (ID, together(notices.map(|notice| notice.digest()).collect())),
        (renewals[0].id(), together(renewals.iter().map(RenewalNotice::digest).collect())),
    ] {
        let known = WORDINGS.iter().find(|(name, _)| *name == id).map(|(_, digest)| *digest);
        assert_eq!(
            known,
            Some(digest.as_str()),
            "the words of `{id}` are not those that it stands for: if they have been released, raise its number and add \
             a line to `WORDINGS`; if not, replace the digest"
        );
    }
    let names: std::collections::BTreeSet<&str> = WORDINGS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), WORDINGS.len());
}
