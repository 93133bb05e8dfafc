//! `docs/telemetry_transparency.md`: for the person who runs the program.

use std::fmt::Write as _;

use super::super::recipients::{Listed, Recipients};
use super::super::{Generated, words};
use super::{Table, code, head, text};
use crate::catalogue::{CatalogueSchema, Identity};

/// What leaves the machine, when, where to, who reads it, how to see every byte of it and how to turn it off.
#[must_use]
pub fn transparency(schema: &CatalogueSchema, to: impl Into<Recipients>, generated: Generated<'_>) -> String {
    let to = to.into();
    let to = &to.listed(schema);
    let mut page = head(generated, &format!("Telemetry of {}: what it does", text(schema.app)));
    page.push_str(
        "Telemetry is **off** until somebody who runs this program turns it on. Turning it on costs one choice, \
         turning it off costs one choice, and the program works the same either way.\n\n",
    );
    what(&mut page, schema);
    place(&mut page, schema, to);
    linking(&mut page, schema);
    control(&mut page, schema);
    see(&mut page, schema);
    consent(&mut page, schema);
    page.push_str(&deletion(schema));
    limits(&mut page, schema, to);
    page
}

fn what(page: &mut String, schema: &CatalogueSchema) {
    page.push_str("## What\n\n");
    let mut table = Table::new(["Purpose", "What it tells", "Events"]);
    for purpose in words::purposes(schema) {
        let names: Vec<String> =
            words::resources(schema, purpose).into_iter().map(|name| code(&format!("{name}.…"))).collect();
        table.row([
            words::purpose_label(purpose).to_owned(),
            format!("{}, and when; names: {}", words::covers(purpose), names.join(", ")),
            words::events(schema, purpose).count().to_string(),
        ]);
    }
    page.push_str(&table.finish());
    page.push_str(
        "Each purpose is agreed to on its own. [all_tracked_events.md](all_tracked_events.md) lists every event with \
         every value that it can take.\n\n",
    );
    let context: Vec<&str> = schema.context.iter().map(|context| words::context_words(*context)).collect();
    if !context.is_empty() {
        let _ = write!(page, "With every event goes the {}. ", words::list(&context));
    }
    page.push_str("The revision of the list and the revision that somebody agreed to go with every event.\n\n");
    let _ = write!(
        page,
        "**Never:** {}. Events are built from closed choices{}; the program has no type of event that could hold \
         anything else.\n\n",
        words::NEVER,
        if words::entities(schema).is_empty() { "" } else { " and the ids described below" },
    );
    let _ = write!(
        page,
        "## When\n\nOnly after somebody has agreed, and only while they have not changed their mind. What happens \
         before is not recorded. Events are collected on this machine and sent in batches; what could not be sent \
         for too long is deleted. {}\n\n",
        words::resolution(schema.resolution)
    );
}

fn place(page: &mut String, schema: &CatalogueSchema, to: &[Listed<'_>]) {
    let mut table = Table::new(["Question", "Answer"]);
    let mut answer = |question: &str, answer: String| table.row([question.to_owned(), answer]);
    for listed in to {
        let (destination, of) = (listed.destination, listed.suffix(to));
        if !words::is_named(destination) {
            answer(&format!("Sent to{of}"), words::NAMED_BY_KEY.to_owned());
            continue;
        }
        answer(&format!("Sent to{of}"), code(destination.origin));
        answer(&format!("Operated by{of}"), text(destination.operator));
        answer(&format!("Region{of}"), destination.region.map_or_else(|| "not stated".to_owned(), text));
    }
    answer("Read by", text(schema.publisher));
    answer("Questions to", contact(schema));
    if leaves_the_machine(to) {
        answer("Kept", words::retention_entry(schema));
    }
    let _ = write!(page, "## Where to and who reads it\n\n{}{}", table.finish(), seen_by_recipients(to));
    if leaves_the_machine(to) {
        page.push_str(
            " The program cannot prevent that. Whether the recipient discards the address is a setting at the \
             recipient, under the publisher's control and not under this program's.",
        );
    }
    page.push_str(
        "\n\nEach destination and its key are compiled into the program. No environment variable, file, option or \
         redirect changes them.\n\n",
    );
}

fn linking(page: &mut String, schema: &CatalogueSchema) {
    let _ = write!(page, "## What links events with each other\n\n{}", words::identity(schema));
    if !schema.identity_why.is_empty() {
        let _ = write!(page, " The publisher's reason: {}", text(schema.identity_why));
    }
    page.push_str("\n\n");
    if let Some(ids) = words::ids(schema) {
        let _ = write!(page, "{ids}\n\n");
    }
    if let Some(verdict) = words::verdict(schema) {
        let _ = write!(page, "{verdict}\n\n");
    }
    if schema.identity != Identity::None {
        page.push_str(
            "The install id comes from random numbers that are drawn when somebody agrees. It is not derived from the \
             machine, its name, its addresses or its users.\n\n",
        );
    }
}

fn control(page: &mut String, schema: &CatalogueSchema) {
    let mut table = Table::new(["To do this", "Do that"]);
    let mut way = |what: &str, how: String| table.row([what.to_owned(), how]);
    way("See whether it is on, and why", code(&words::command(schema, "status")));
    way("Turn it on", format!("{} (on a terminal, after reading the notice)", code(&words::command(schema, "on"))));
    way("Turn it off, for good", code(&words::command(schema, "off")));
    way("Turn it off and ask for deletion of what was sent", code(&words::command(schema, "forget")));
    way("Turn it off for a process", format!("{} in its environment", code("DO_NOT_TRACK=1")));
    way(
        "Turn it off for this program",
        format!("{} in its environment", code(&format!("{}=off", words::kill_switch(schema)))),
    );
    way(
        "Turn it off for all users of a machine",
        format!("the word {} in {}", code("deny"), code(&format!("/etc/{}/telemetry.policy", schema.app))),
    );
    let _ = write!(page, "## How to turn it on and off\n\n{}", table.finish());
    let _ = write!(
        page,
        "Where the program has a page of its own for telemetry, that page does the same. The environment can only turn \
         telemetry off: {} counts as no consent. Turning it off takes effect at once, in \
         every process of this installation, and cancels a request that is under way.\n\n",
        code(&format!("{}=on", words::kill_switch(schema)))
    );
}

fn see(page: &mut String, schema: &CatalogueSchema) {
    let mut table = Table::new(["To see this", "Do that"]);
    let mut way = |what: &str, how: String| table.row([what.to_owned(), how]);
    way("What would be sent, byte by byte", code(&words::command(schema, "preview")));
    way("What was sent, byte by byte, with the server's answer", code(&words::command(schema, "log")));
    way("Every event of this binary", code(&words::command(schema, "events")));
    way("Every decision that was made here", code(&words::command(schema, "receipts --verify")));
    way(
        "The key in the binary, and the destination where the build named one",
        format!(
            "{}, where PROGRAM is the path of the file",
            code("grep -ao 'telemetry-embedded:[A-Za-z_]*=[^;]*;' PROGRAM")
        ),
    );
    let _ = write!(
        page,
        "## How to see every byte\n\n{}Preview, log and request come from one function. A binary without a key cannot \
         send anything; then {} says `unavailable` and nobody is asked.\n\n",
        table.finish(),
        code(&words::command(schema, "status"))
    );
}

fn consent(page: &mut String, schema: &CatalogueSchema) {
    let mut erased = vec!["events that were not sent yet", "the log of what was sent"];
    if schema.identity != Identity::None {
        erased.push("the install id");
    }
    if !words::entities(schema).is_empty() {
        erased.push("the secret key of the ids");
    }
    let _ = write!(
        page,
        "## What a yes covers\n\n\
         A yes covers the purposes that were ticked, this list at revision {}, and each destination above. When the \
         list grows, only what was agreed to is sent until somebody agrees to the difference. When a destination \
         changes, nothing is sent until somebody agrees again. A no is never asked about again by itself.\n\n\
         Each decision is kept on this machine as a receipt: when, where in the program, which text was shown, which \
         purposes. It holds no name and no address.\n\n\
         ## What turning it off erases\n\n\
         From this machine: {}. Nothing is sent about turning it off. A later yes starts anew{}.\n\n",
        schema.revision,
        words::list(&erased),
        if schema.identity == Identity::None { "" } else { ", with another install id" },
    );
}

/// What can be done about data that has been sent already; the privacy notice says the same.
pub(super) fn deletion(schema: &CatalogueSchema) -> String {
    let mut section = "## Data that has been sent already\n\n".to_owned();
    if words::is_unlinked(schema) {
        section.push_str(
            "There is nothing to look up: what was sent carries no identifier, so nobody can tell which records came \
             from this installation.",
        );
    } else {
        let link = match schema.identity {
            // Without an install id, the requests in the log of what was sent are what can be named.
            Identity::None => "the numbers of the requests that the log still has",
            Identity::Rotating { .. } => "the install ids",
            Identity::Stable => "the install id",
        };
        let _ = write!(
            section,
            "Turning telemetry off makes no request, so it deletes nothing at the recipient. To ask for deletion, use \
             {} instead, or \"Turn off and ask for deletion\" on the program's page for telemetry, where it has one. \
             Both turn telemetry off and give you the text of a request that names {link}. They send nothing, and \
             the text is shown once, because {link} {} erased here at the same time.\n\n\
             Send the text to {} by a private way, such as a message that only the publisher reads, and never to a \
             public place such as an issue tracker: whoever knows {link} can ask in your place. The program holds no \
             key that could delete data at the recipient.",
            code(&words::command(schema, "forget")),
            if schema.identity == Identity::Stable { "is" } else { "are" },
            if schema.contact.is_empty() { "the publisher".to_owned() } else { text(schema.contact) },
        );
    }
    let _ = write!(section, " {}\n\n", words::retention(schema));
    section
}

fn limits(page: &mut String, schema: &CatalogueSchema, to: &[Listed<'_>]) {
    page.push_str(
        "## Limits of this\n\n\
         - The types keep text and measured numbers out. They do not know what a choice *means*: an author could list \
         delicate things as choices. Read the list.\n\
         - Several harmless events in a row can say more than each of them.\n",
    );
    if leaves_the_machine(to) {
        page.push_str("- The recipient's server sees the address that a request comes from, and when.\n");
    }
    page.push_str(
        "- What the recipient does with the data is a matter of the publisher's word, not of this program.\n",
    );
    if !words::entities(schema).is_empty() {
        page.push_str(
            "- Ids stand for people or things. An administrator who agrees here does not agree for them; they may have \
             to be told.\n",
        );
    }
    page.push_str("- A changed binary can do other things. Compare the key and the destination as shown above.\n");
}

/// Whether anything goes to another machine.
pub(super) fn leaves_the_machine(to: &[Listed<'_>]) -> bool {
    to.iter().any(|listed| !words::is_on_this_machine(listed.destination))
}

/// What those who receive it see besides.
pub(super) fn seen_by_recipients(to: &[Listed<'_>]) -> &'static str {
    let elsewhere = to.iter().find(|listed| !words::is_on_this_machine(listed.destination));
    elsewhere.or(to.first()).map_or("", |listed| words::seen_by_recipient(listed.destination))
}

pub(super) fn contact(schema: &CatalogueSchema) -> String {
    if schema.contact.is_empty() { "no address is stated".to_owned() } else { text(schema.contact) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{DESTINATION, SAMPLE, SMALLEST};

    #[test]
    fn page_is_as_reviewed() {
        insta::assert_snapshot!(transparency(&SAMPLE, &DESTINATION, Generated::by("make documents")));
    }

    #[test]
    fn smallest_page_is_as_reviewed() {
        insta::assert_snapshot!(transparency(&SMALLEST, &DESTINATION, Generated::by("make documents")));
    }
}
