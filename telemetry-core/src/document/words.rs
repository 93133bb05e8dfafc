//! The words and sentences that more than one generated text needs.
//!
//! Owns that one thing is called by one name everywhere. It must never promise what depends on a server, and never
//! play down what an identifier can do.

use crate::Purpose;
use crate::catalogue::{CatalogueSchema, Context, EventSchema, IdForm, Identity, Resolution};
use crate::deployment::Deployment;
use crate::event::{ARCHITECTURES, OS_FAMILIES};
use crate::kill_switch::variable_name;
use crate::property::{Kind, Trace};
use crate::report::{ThreadKind, same_crate};
use crate::sink::Destination;

/// What the events of a purpose are called, in lower case.
pub(crate) const fn purpose_label(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Usage => "usage statistics",
        Purpose::Errors => "error reports",
    }
}

/// What the events of a purpose tell, apart from when.
pub(crate) const fn covers(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Usage => "which features are used",
        Purpose::Errors => "where the program fails",
    }
}

/// The purposes that the catalogue has events for.
pub(crate) fn purposes(schema: &CatalogueSchema) -> impl Iterator<Item = Purpose> {
    Purpose::ALL.into_iter().filter(|purpose| schema.has_purpose(*purpose))
}

/// The events of a purpose, in the order of declaration.
pub(crate) fn events(schema: &CatalogueSchema, purpose: Purpose) -> impl Iterator<Item = &'static EventSchema> {
    schema.events.iter().filter(move |event| event.purpose == purpose)
}

/// What the catalogue's ids are numbers of, each once, in the order of appearance.
pub(crate) fn entities(schema: &CatalogueSchema) -> Vec<&'static str> {
    let properties = schema.events.iter().flat_map(|event| event.properties);
    unique(properties.filter_map(|property| match property.domain.kind() {
        Kind::Id(entity) => Some(entity),
        _ => None,
    }))
}

/// What the events of a purpose are about: the part of their names before the dot, each once.
pub(crate) fn resources(schema: &CatalogueSchema, purpose: Purpose) -> Vec<&'static str> {
    unique(events(schema, purpose).map(|event| event.name.split('.').next().unwrap_or(event.name)))
}

/// Names for a sentence: `time_entry` reads `time entry`.
pub(crate) fn spoken(names: &[&str]) -> String {
    list(&names.iter().map(|name| name.replace('_', " ")).collect::<Vec<_>>())
}

fn unique(words: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut kept = Vec::new();
    for word in words {
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept
}

/// Whether nothing in the catalogue links one request with another.
pub(crate) fn is_unlinked(schema: &CatalogueSchema) -> bool {
    schema.identity == Identity::None && entities(schema).is_empty()
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(items: &[impl AsRef<str>]) -> String {
    let mut text = String::new();
    for (i, item) in items.iter().enumerate() {
        let before = match i {
            0 => "",
            _ if i + 1 == items.len() => " and ",
            _ => ", ",
        };
        text.push_str(before);
        text.push_str(item.as_ref());
    }
    text
}

/// `1 event`, `2 events`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// How much an event can say at most: `96 forms, 6.6 bits, plus 2 ids`.
pub(crate) fn measure(event: &EventSchema) -> String {
    let forms = if event.forms() == 1 { "1 form".to_owned() } else { format!("{} forms", event.forms()) };
    let size = format!("{forms}, {:.1} bits", event.bits());
    match event.ids() {
        0 => size,
        ids => format!("{size}, plus {}", count(ids, "id")),
    }
}

/// The host of the destination, without the scheme.
pub(crate) fn host(destination: &Destination) -> &'static str {
    destination.origin.split_once("://").map_or(destination.origin, |(_, host)| host)
}

/// Whether what is sent stays on this machine: the destination is loopback, as that of a demo is.
pub(crate) fn is_on_this_machine(destination: &Destination) -> bool {
    let host = host(destination);
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => host.split([':', '/']).next(),
    };
    let Some(name) = name else { return false };
    name == "localhost" || name.parse::<core::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What stands in the place of a destination that only the key names, in a build without that key.
pub(crate) const NAMED_BY_KEY: &str = "the server that the key for them names; this build has none";

/// Whether this build knows the destination.
pub(crate) fn is_named(destination: &Destination) -> bool {
    destination.origin.contains("://")
}

/// The host with who operates it and where it stands.
pub(crate) fn recipient(destination: &Destination) -> String {
    if !is_named(destination) {
        return NAMED_BY_KEY.to_owned();
    }
    if is_on_this_machine(destination) {
        return format!("{}, a program on this machine", host(destination));
    }
    let operated = format!("{}, operated by {}", host(destination), destination.operator);
    destination.region.map_or_else(|| operated.clone(), |region| format!("{operated} in {region}"))
}

/// The name of the application's own kill switch: `TIME_TRACKER_TELEMETRY`.
pub(crate) fn kill_switch(schema: &CatalogueSchema) -> String {
    variable_name(schema.app)
}

/// A command of the program: `time-tracker telemetry off`.
pub(crate) fn command(schema: &CatalogueSchema, subcommand: &str) -> String {
    format!("{} telemetry {subcommand}", schema.app)
}

/// For how long the data is kept, as far as the author says.
pub(crate) fn retention(schema: &CatalogueSchema) -> String {
    match schema.retention_days {
        0 => "The publisher does not say for how long data is kept.".to_owned(),
        days => format!("Data is kept {}.", count_days(days)),
    }
}

/// The same as an entry of a table.
pub(crate) fn retention_entry(schema: &CatalogueSchema) -> String {
    if schema.retention_days == 0 { "not stated".to_owned() } else { count_days(schema.retention_days) }
}

/// `1 day`, `90 days`.
pub(crate) fn count_days(days: u32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// How coarse times are, as a sentence.
pub(crate) const fn resolution(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::Second => "Times are told to the second.",
        Resolution::Minute => "Times are told to the minute; seconds are cut off.",
        Resolution::Hour => "Times are told to the hour; minutes and seconds are cut off.",
        Resolution::Day => "Times are told to the day (UTC); the time of day is cut off.",
    }
}

/// How events of one installation are linked, and what follows from it.
pub(crate) fn identity(schema: &CatalogueSchema) -> String {
    match schema.identity {
        Identity::None if is_unlinked(schema) => "What is sent carries no identifier: events of one request travel \
            together under a random number that is used once, and nothing in them links what was collected at one time \
            with what was collected at another."
            .to_owned(),
        Identity::None => "This installation has no install id: events of one request travel together under a random \
            number that is used once. Ids in the events link requests with each other all the same."
            .to_owned(),
        Identity::Rotating { days } => format!(
            "A random install id links the events of this installation. It is replaced after {}, so that the install \
             id links events only for that long.",
            count_days(days)
        ),
        Identity::Stable => "A random install id links all events of this installation, from the moment somebody \
            agrees until telemetry is turned off."
            .to_owned(),
    }
}

/// What numeric ids are and what follows from them; nothing if the catalogue has none.
pub(crate) fn ids(schema: &CatalogueSchema) -> Option<String> {
    let entities = entities(schema);
    if entities.is_empty() {
        return None;
    }
    let entities = spoken(&entities);
    Some(match schema.ids {
        IdForm::Keyed => format!(
            "Ids ({entities}) leave as pseudonyms: 48-bit numbers that are made from the row's number with a secret \
             key. The key is made when somebody agrees, stays on this machine and is destroyed when telemetry is \
             turned off. The same row has the same pseudonym for as long as the key exists, so that events about \
             one row can be linked; the number does not show rank or size. Whoever holds both the key and the \
             database can find the row."
        ),
        IdForm::Raw => format!(
            "Ids ({entities}) leave as the numbers of the rows themselves. Whoever can read this installation's \
             database can tell which person or thing a number stands for, low numbers often belong to those who \
             came first, and the numbers show how much there is of something."
        ),
    })
}

/// What follows from whatever links events; nothing if nothing does.
pub(crate) fn verdict(schema: &CatalogueSchema) -> Option<&'static str> {
    match (is_unlinked(schema), entities(schema).is_empty()) {
        (true, _) => None,
        (false, true) => Some("Such data is pseudonymous."),
        (false, false) => {
            Some("Such data is pseudonymous; where an id stands for a person, it is personal data of that person.")
        }
    }
}

/// What comes with the code of a report, as a sentence.
pub(crate) fn trace(schema: &CatalogueSchema, trace: Trace) -> String {
    let crates = list(&unique_crates(schema.crates).iter().map(|name| format!("`{name}`")).collect::<Vec<_>>());
    let code = if crates.is_empty() {
        "nothing of the source code, since the catalogue names no crate".to_owned()
    } else {
        format!(
            "the place in this program's own source code (file, line and column, of {crates} only; a place in other \
             code is left out)"
        )
    };
    let functions = match trace {
        Trace::Functions if !crates.is_empty() => ", the functions of that code that led there",
        _ => "",
    };
    let kinds = list(&ThreadKind::ALL.map(|kind| format!("`{}`", kind.name())));
    format!(
        "With it comes {code}{functions}, and the kind of thread ({kinds}). The message of the error or panic, its \
         values, and paths and names of this machine are never looked at."
    )
}

/// The crates, without a second spelling of the same.
fn unique_crates(crates: &[&'static str]) -> Vec<&'static str> {
    let mut kept: Vec<&'static str> = Vec::new();
    for name in crates {
        if !kept.iter().any(|known| same_crate(known, name)) {
            kept.push(name);
        }
    }
    kept
}

/// What no event of any catalogue can hold.
pub(crate) const NEVER: &str = "names, e-mail addresses, typed text, passwords, names and paths of your files, addresses of \
    pages and servers, host names, amounts of money";

/// What the recipient sees without being told.
pub(crate) fn seen_by_recipient(destination: &Destination) -> &'static str {
    if is_on_this_machine(destination) {
        "The recipient is a program on this machine: nothing leaves the machine."
    } else {
        "Like any web request, it shows this machine's public IP address to the recipient."
    }
}

/// Every value of a context property; `None` for the version, which has no closed list.
pub(crate) fn context_values(context: Context) -> Option<Vec<&'static str>> {
    match context {
        Context::AppVersion => None,
        Context::OsFamily => Some(OS_FAMILIES.to_vec()),
        Context::Arch => Some(ARCHITECTURES.to_vec()),
        Context::Deployment => Some(Deployment::ALL.map(Deployment::name).to_vec()),
    }
}

/// Short names of what goes with every event, for a sentence.
pub(crate) const fn context_words(context: Context) -> &'static str {
    match context {
        Context::AppVersion => "application version",
        Context::OsFamily => "operating system family",
        Context::Arch => "processor architecture",
        Context::Deployment => "kind of installation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{DESTINATION, SAMPLE, SMALLEST};

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(&[] as &[&str]), "");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn a_destination_on_loopback_stays_on_this_machine() {
        let stays = |origin| is_on_this_machine(&Destination::new(origin, "somebody", None, None));
        for origin in ["http://127.0.0.1:47801", "http://127.9.9.9", "http://localhost:8000", "http://[::1]:80"] {
            assert!(stays(origin), "{origin}");
        }
        for origin in ["https://127.0.0.1.example.org", "https://localhost.example", "http://10.0.0.1", "http://[::2]"]
        {
            assert!(!stays(origin), "{origin}");
        }
    }

    #[test]
    fn facts_are_read_from_the_catalogue() {
        assert_eq!(entities(&SAMPLE), ["user", "task"]);
        assert_eq!(resources(&SAMPLE, Purpose::Usage), ["timer", "report", "auth"]);
        assert_eq!(kill_switch(&SAMPLE), "SAMPLE_APP_TELEMETRY");
        assert_eq!(recipient(&DESTINATION), "eu.i.posthog.com, operated by PostHog in Frankfurt, Germany");
        let timer = SAMPLE.event("timer.started").map(measure);
        assert_eq!(timer.as_deref(), Some("18 forms, 4.2 bits, plus 2 ids"));
        assert!(is_unlinked(&SMALLEST) && !is_unlinked(&SAMPLE));
    }
}
