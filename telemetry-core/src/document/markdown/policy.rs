//! `docs/telemetry_policy.md`: the rules that the publisher is held to, each with what enforces it.

use std::fmt::Write as _;

use super::super::recipients::{Listed, Recipients};
use super::super::{Generated, words};
use super::{Table, code, head, text};
use crate::catalogue::CatalogueSchema;
use crate::catalogue::lock::identity_name;

/// A rule and what enforces it.
type Rule = (&'static str, &'static str);

const ABOUT_CONSENT: &[Rule] = &[
    (
        "Nothing is recorded or sent before somebody has agreed.",
        "the gate in front of the queue: every state but a grant returns at once",
    ),
    (
        "Only a person can turn telemetry on: no environment variable, option, policy, default or time limit.",
        "a grant needs a one-use token from a notice that was shown; every other input can only subtract",
    ),
    (
        "Each purpose is asked for on its own, and no box is ticked beforehand.",
        "the notice, whose exact text the receipt names",
    ),
    (
        "A no is not asked about again by itself.",
        "the state machine of consent: no transition leads from a no to a question",
    ),
    (
        "A yes covers the list and the destination that were shown, and nothing later.",
        "`since` on every event, property and value, compared at encoding; receipts name the destination and the key",
    ),
    ("A growing list has a new revision.", "`catalogue.lock` and the test that classifies each difference"),
    (
        "Off takes effect at once, in all processes, and erases what was not sent, the install id and the key of ids.",
        "each request holds a shared lock and reads the decision again; turning off takes the lock alone",
    ),
    ("No event tells about consent itself.", "the derive refuses names that start with `consent.` or `telemetry.`"),
    ("What cannot be read is a no.", "unreadable or damaged decisions count as off and are never rewritten silently"),
];

const ABOUT_DATA: &[Rule] = &[
    (
        "Events hold closed choices, ranges, yes or no, and ids. Nothing else.",
        "the `Property` trait: values come from constants that the compiler evaluated",
    ),
    (
        "What one event can say is bounded.",
        "a bound of 4096 forms per event and 64 values per property, checked when the program is built",
    ),
    ("Every event has a purpose and a stated reason.", "the derive refuses an event without them"),
    ("The list of events is complete.", "the catalogue is the type of what can be reported; the list is made from it"),
    (
        "An event, property or value with an end is not sent after it.",
        "`until`, compared at encoding with the time of the event",
    ),
    ("Times are no finer than stated.", "cut off before an event leaves the process"),
];

const ABOUT_SENDING: &[Rule] = &[
    (
        "The destination and the key cannot be changed when the program runs.",
        "both are read from the build's environment by the compiler; no constructor takes a text at run time",
    ),
    ("A build without a key asks nobody and sends nothing.", "the state `unavailable`, which comes before all others"),
    ("What can be seen here is what is sent.", "one function makes the bytes for the preview, the log and the request"),
    (
        "Telemetry never stops or slows the program.",
        "bounded queue, one thread, bounded waiting; losses are counted by cause",
    ),
];

/// The rules that the publisher is held to by the code.
#[must_use]
pub fn policy(schema: &CatalogueSchema, to: impl Into<Recipients>, generated: Generated<'_>) -> String {
    let to = to.into();
    let to = &to.listed(schema);
    let mut page = head(generated, &format!("Telemetry policy of {}", text(schema.app)));
    page.push_str(
        "These are the rules for telemetry in this program. Next to each stands what enforces it: what only \
         people can keep stands at the end.\n\n",
    );
    for (title, rules) in [("Consent", ABOUT_CONSENT), ("Data", ABOUT_DATA), ("Sending", ABOUT_SENDING)] {
        let _ = write!(page, "## {title}\n\n");
        let mut table = Table::new(["Rule", "Enforced by"]);
        for (rule, enforced) in rules {
            table.row([(*rule).to_owned(), (*enforced).to_owned()]);
        }
        page.push_str(&table.finish());
    }
    facts(&mut page, schema, to);
    by_people(&mut page, schema, to);
    page
}

fn facts(page: &mut String, schema: &CatalogueSchema, to: &[Listed<'_>]) {
    let mut table = Table::new(["Fact", "Value"]);
    let mut fact = |name: &str, value: String| table.row([name.to_owned(), value]);
    fact("Revision of the list", schema.revision.to_string());
    for purpose in words::purposes(schema) {
        fact(
            &format!("Events for {}", words::purpose_label(purpose)),
            words::events(schema, purpose).count().to_string(),
        );
    }
    fact("Identity", code(&identity_name(schema.identity)));
    fact("Ids", if words::entities(schema).is_empty() { "none".to_owned() } else { code(schema.ids.name()) });
    fact("Resolution of times", code(schema.resolution.name()));
    for listed in to {
        let origin = listed.destination.origin;
        let destination =
            if words::is_named(listed.destination) { code(origin) } else { words::NAMED_BY_KEY.to_owned() };
        fact(&format!("Destination{}", listed.suffix(to)), destination);
    }
    let _ = write!(
        page,
        "## What this program declares\n\n{}A change of any of these that lets more leave a machine raises the \
         revision and is asked about anew.\n\n",
        table.finish()
    );
}

fn by_people(page: &mut String, schema: &CatalogueSchema, to: &[Listed<'_>]) {
    let kept = match schema.retention_days {
        0 => "say for how long data is kept (it is not stated yet), and delete it then".to_owned(),
        days => format!("delete data after {}", words::count_days(days)),
    };
    let named = to.iter().filter(|listed| words::is_named(listed.destination));
    let mut operators: Vec<String> = named.map(|listed| text(listed.destination.operator)).collect();
    operators.dedup();
    if operators.is_empty() {
        operators.push("whoever operates the server".to_owned());
    }
    let _ = write!(
        page,
        "## What only people keep\n\n\
         No code on this machine can enforce these. They are the publisher's word ({}):\n\n\
         - {kept};\n\
         - have {} discard the IP addresses of requests, and not look up places by them;\n\
         - not join the data with other data in order to find out who somebody is;\n\
         - list no delicate choices in the catalogue, and drop an event when nobody uses it;\n\
         - answer those who ask about their data.\n",
        text(schema.publisher),
        words::list(&operators),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{DESTINATION, SAMPLE};

    #[test]
    fn policy_is_as_reviewed() {
        insta::assert_snapshot!(policy(&SAMPLE, &DESTINATION, Generated::by("make documents")));
    }
}
