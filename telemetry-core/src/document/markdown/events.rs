//! `docs/all_tracked_events.md`: every event with every value that it can take.

use std::fmt::Write as _;

use serde::ser::{Serialize, Serializer};

use super::super::{Generated, pretty, words};
use super::{Table, code, codes, head, text};
use crate::Purpose;
use crate::catalogue::lock::{property_since, value_since};
use crate::catalogue::{CatalogueSchema, EventSchema, IdForm, Identity, PropertySchema};
use crate::clock::Timestamp;
use crate::event::{CATALOGUE_REVISION, GRANTED_REVISION};
use crate::property::{ClosedValue, Kind};

/// The list of everything that the application can report: why, with which values, and how much it says at most.
///
/// It is complete by construction: the catalogue is the type of what can be reported, and this is made from it.
#[must_use]
pub fn all_tracked_events(schema: &CatalogueSchema, generated: Generated<'_>) -> String {
    let mut page = head(generated, &format!("Everything that {} can report", text(schema.app)));
    overview(&mut page, schema);
    with_every_event(&mut page, schema);
    for purpose in words::purposes(schema) {
        section(&mut page, schema, purpose);
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn overview(page: &mut String, schema: &CatalogueSchema) {
    // Writing to a text cannot fail, here and below.
    let _ = write!(
        page,
        "This is the whole list, made from the program's own catalogue (revision {}). What is not listed cannot be \
         reported: the program has no value for it. Nothing is recorded or sent until somebody has agreed, and each \
         event is sent only to those who agreed to its purpose and to a revision that holds it.\n\n\
         How much an event can say is counted in *forms*: every combination of its closed values, absence included. \
         Ids are counted apart. Times and how often something happens come on top.\n\n",
        schema.revision
    );
    let mut table = Table::new(["Event", "Purpose", "Since revision", "Sent until", "Says at most"]);
    for event in words::purposes(schema).flat_map(|purpose| words::events(schema, purpose)) {
        table.row([
            code(event.name),
            words::purpose_label(event.purpose).to_owned(),
            revision(event.since),
            event.until.map_or_else(|| "no end".to_owned(), |day| day.to_string()),
            words::measure(event),
        ]);
    }
    page.push_str(&table.finish());
}

fn with_every_event(page: &mut String, schema: &CatalogueSchema) {
    page.push_str("## What goes with every event\n\n");
    let mut table = Table::new(["Property", "What it says", "Values"]);
    for context in schema.context {
        let values = words::context_values(*context);
        table.row([
            code(context.name()),
            context.what().to_owned(),
            values.map_or_else(|| "the version of the build, for example `1.4.0`".to_owned(), codes),
        ]);
    }
    let revision = |name, of| [code(name), format!("The revision of this list that {of}."), "a number".to_owned()];
    table.row(revision(CATALOGUE_REVISION, "the program has"));
    table.row(revision(GRANTED_REVISION, "the person agreed to"));
    page.push_str(&table.finish());

    let why =
        if schema.identity_why.is_empty() { String::new() } else { format!(" Why: {}", text(schema.identity_why)) };
    let _ = writeln!(page, "- **What links events.** {}{why}", words::identity(schema));
    let _ = writeln!(page, "- **Time.** {}", words::resolution(schema.resolution));
    let shared = match schema.identity {
        Identity::None => "",
        _ => " Events that were collected in one go share its first part.",
    };
    let _ = writeln!(
        page,
        "- **`uuid`.** A number for each event, drawn at random, so that the recipient can drop a second copy.{shared} \
         It holds no time and says nothing about the machine."
    );
    if let Some(ids) = words::ids(schema) {
        let _ = writeln!(page, "- **Ids.** {ids}");
    }
    if let Some(verdict) = words::verdict(schema) {
        let _ = writeln!(page, "- **In short.** {verdict}");
    }
    let _ = write!(
        page,
        "- **Envelope.** The recipient's own format adds fixed fields, among them the name and version of the sending \
         library; `{}` shows each request byte by byte.\n\n",
        words::command(schema, "preview")
    );
}

fn section(page: &mut String, schema: &CatalogueSchema, purpose: Purpose) {
    let label = words::purpose_label(purpose);
    let mut letters = label.chars();
    let capital: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
    let events = words::count(words::events(schema, purpose).count(), "event");
    let _ = write!(page, "## {capital}\n\nPurpose `{}`, asked for on its own: {events}.\n\n", purpose.name());
    for event in words::events(schema, purpose) {
        describe(page, schema, event);
    }
}

fn describe(page: &mut String, schema: &CatalogueSchema, event: &EventSchema) {
    let _ = write!(page, "### {}\n\n{}\n\n", code(event.name), text(event.what));
    let _ = writeln!(page, "- **Why:** {}", text(event.why));
    let _ = writeln!(page, "- **Purpose:** {} (`{}`)", words::purpose_label(event.purpose), event.purpose.name());
    let _ = writeln!(page, "- **Since:** revision {}", revision(event.since));
    let until = event.until.map_or_else(
        || "no end is set".to_owned(),
        |day| format!("{day} is the last day on which it is sent, enforced by the program"),
    );
    let _ = writeln!(page, "- **Until:** {until}");
    let _ = write!(page, "- **Says at most:** {}\n\n", words::measure(event));
    if event.properties.is_empty() {
        page.push_str("It has no properties: that it happened is all it says.\n\n");
    } else {
        properties(page, schema, event);
    }
    let _ = write!(page, "Example:\n\n```json\n{}```\n\n", pretty(&Example { schema, event }));
}

fn properties(page: &mut String, schema: &CatalogueSchema, event: &EventSchema) {
    let mut table =
        Table::new(["Property", "What it says", "Values", "May be left out", "Since revision", "Sent until"]);
    for property in event.properties {
        table.row([
            code(property.name),
            text(property.what),
            values(schema, event, property),
            if property.domain.is_optional() { "yes" } else { "no" }.to_owned(),
            revision(property_since(event, property)),
            property.until.or(event.until).map_or_else(|| "no end".to_owned(), |day| day.to_string()),
        ]);
    }
    page.push_str(&table.finish());
    if let Some((property, trace)) = event.report().and_then(|property| Some((property, property.domain.trace()?))) {
        let _ = write!(page, "{} is a report. {}\n\n", code(property.name), words::trace(schema, trace));
    }
    for property in event.properties.iter().filter(|property| !is_plain(event, property)) {
        let _ = write!(page, "Values of {}:\n\n", code(property.name));
        let mut table = Table::new(["Value", "Meaning", "Since revision", "Sent until"]);
        for value in property.domain.values() {
            let last = value.last_day().or(property.until).or(event.until);
            table.row([
                code(value.name()),
                text(value.what()),
                revision(value_since(event, property, value.since())),
                last.map_or_else(|| "no end".to_owned(), |day| day.to_string()),
            ]);
        }
        page.push_str(&table.finish());
    }
}

fn values(schema: &CatalogueSchema, event: &EventSchema, property: &PropertySchema) -> String {
    match (property.domain.kind(), schema.ids) {
        (Kind::Closed([only]), _) => format!("always {}", code(only.name())),
        (Kind::Closed(_), _) if is_plain(event, property) => {
            format!("one of {}", codes(property.domain.values().map(ClosedValue::name)))
        }
        (Kind::Closed(values), _) => format!("one of {}, below", words::count(values.len(), "value")),
        (Kind::Boolean, _) => "`true` or `false`".to_owned(),
        (Kind::Id(entity), IdForm::Keyed) => format!("pseudonym of a {}: a 48-bit number", code(entity)),
        (Kind::Id(entity), IdForm::Raw) => format!("row number of a {}, as it stands in the database", code(entity)),
    }
}

/// Whether a list of names says everything: no value has a meaning, a revision or an end of its own.
fn is_plain(event: &EventSchema, property: &PropertySchema) -> bool {
    let since = property_since(event, property);
    property.domain.values().all(|value| {
        value.what().is_empty() && value.last_day().is_none() && value_since(event, property, value.since()) == since
    })
}

/// A revision that a part never reached in its host is sent to nobody.
fn revision(since: u32) -> String {
    if since == u32::MAX { "none: never sent".to_owned() } else { since.to_string() }
}

/// An event as it could be sent, with made-up values.
struct Example<'a> {
    schema: &'a CatalogueSchema,
    event: &'a EventSchema,
}

/// A moment with hours, minutes and seconds, so that an example shows what `resolution` cuts off.
const EXAMPLE_TIME: Timestamp = Timestamp::from_millis(1_790_071_477_000);

impl Serialize for Example<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde_json::Value;
        let properties = self.event.properties.iter().zip(1..).map(|(property, n): (_, u64)| {
            let value = match (property.domain.kind(), self.schema.ids) {
                (Kind::Closed(values), _) => Value::from(values.first().map_or("", |value| value.name())),
                (Kind::Boolean, _) => Value::from(true),
                (Kind::Id(_), IdForm::Raw) => Value::from(4 + n),
                // Any numbers below 2^48 that look like what they stand for.
                (Kind::Id(_), IdForm::Keyed) => Value::from(193_428_115_604_077_u64 / n),
            };
            (property.name, value)
        });
        let head = [
            ("event", Value::from(self.event.name)),
            ("uuid", Value::from("5d1c0f0e-8a34-4c8e-9b57-3f6a2c9d7e10")),
            ("timestamp", Value::from(EXAMPLE_TIME.coarse(self.schema.resolution).to_string())),
        ];
        serializer.collect_map(
            head.into_iter()
                .map(|(name, value)| (name, Member::One(value)))
                .chain([("properties", Member::Many(properties.collect()))]),
        )
    }
}

/// Keeps the order of declaration, which a JSON map would lose.
enum Member {
    One(serde_json::Value),
    Many(Vec<(&'static str, serde_json::Value)>),
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(value) => value.serialize(serializer),
            Self::Many(members) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Identity, Resolution};
    use crate::document::sample::{SAMPLE, SMALLEST};

    const GENERATED: Generated<'static> = Generated::by("make documents");

    #[test]
    fn list_is_as_reviewed() {
        insta::assert_snapshot!(all_tracked_events(&SAMPLE, GENERATED));
    }

    #[test]
    fn smallest_list_is_as_reviewed() {
        insta::assert_snapshot!(all_tracked_events(&SMALLEST, GENERATED));
    }

    #[test]
    fn raw_ids_say_what_they_show() {
        let page = all_tracked_events(&SAMPLE.ids(IdForm::Raw), GENERATED);
        assert!(page.contains("row number of a `user`, as it stands in the database"), "{page}");
        assert!(page.contains("Whoever can read this installation's database"), "{page}");
        assert!(!page.contains("48-bit"), "{page}");
    }

    #[test]
    fn examples_are_as_coarse_as_the_catalogue() {
        let at = |resolution| all_tracked_events(&SAMPLE.resolution(resolution), GENERATED);
        assert!(at(Resolution::Second).contains("T10:04:37.000Z"), "{}", at(Resolution::Second));
        assert!(at(Resolution::Hour).contains("T10:00:00.000Z"));
        assert!(at(Resolution::Day).contains("T00:00:00.000Z"));
    }

    #[test]
    fn ids_are_admitted_to_link_without_an_identity() {
        let schema = CatalogueSchema { identity: Identity::None, ..SAMPLE };
        let page = all_tracked_events(&schema, GENERATED);
        assert!(page.contains("link requests with each other all the same"), "{page}");
    }
}
