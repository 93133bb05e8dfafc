//! `docs/privacy.md`: the privacy notice, filled in from the catalogue.

use std::fmt::Write as _;

use super::super::recipients::Recipients;
use super::super::{Generated, words};
use super::transparency::{contact, deletion, leaves_the_machine, seen_by_recipients};
use super::{Table, code, head, text};
use crate::catalogue::CatalogueSchema;

/// Who processes what, why, on what ground, where, for how long, and what a person can do about it.
///
/// It is engineering, not legal advice: a publisher adds what its own law asks for, such as a postal address.
#[must_use]
pub fn privacy(schema: &CatalogueSchema, to: impl Into<Recipients>, generated: Generated<'_>) -> String {
    let to = to.into();
    let to = &to.listed(schema);
    let mut page = head(generated, &format!("Privacy notice for the telemetry of {}", text(schema.app)));
    page.push_str(
        "This notice is about telemetry only: what the program reports to its publisher after somebody has agreed. \
         What the program keeps for its own work stays where it runs and is not part of this.\n\n",
    );
    let mut table = Table::new(["Question", "Answer"]);
    let mut answer = |question: &str, answer: String| table.row([question.to_owned(), answer]);
    answer("Who receives the data", text(schema.publisher));
    answer("Whom to ask", contact(schema));
    for listed in to {
        let question = format!("Who operates the server{}", listed.suffix(to));
        answer(&question, text(&words::recipient(listed.destination)));
    }
    answer("On what ground", "consent, given for each purpose on its own; without it nothing is sent".to_owned());
    if leaves_the_machine(to) {
        answer("For how long", words::retention_entry(schema));
    }
    page.push_str(&table.finish());

    page.push_str("## What is processed and why\n\n");
    for purpose in words::purposes(schema) {
        let mut table = Table::new(["Event", "Why", "Ids in it"]);
        for event in words::events(schema, purpose) {
            let ids = if event.ids() == 0 { "none".to_owned() } else { event.ids().to_string() };
            table.row([code(event.name), text(event.why), ids]);
        }
        let _ = write!(page, "For {}:\n\n{}", words::purpose_label(purpose), table.finish());
    }
    let context: Vec<&str> = schema.context.iter().map(|context| words::context_words(*context)).collect();
    if !context.is_empty() {
        let _ = write!(page, "With every event goes the {}. ", words::list(&context));
    }
    let _ = write!(
        page,
        "{} Every property and every value is in [all_tracked_events.md](all_tracked_events.md).\n\n\
         **Never:** {}.\n\n",
        words::resolution(schema.resolution),
        words::NEVER
    );

    let _ = write!(page, "## Whether it can be linked to somebody\n\n{}\n\n", words::identity(schema));
    if let Some(ids) = words::ids(schema) {
        let _ = write!(page, "{ids}\n\n");
    }
    if let Some(verdict) = words::verdict(schema) {
        let _ = write!(page, "{verdict}\n\n");
    }
    page.push_str(seen_by_recipients(to));
    if leaves_the_machine(to) {
        page.push_str(
            " An IP address can be personal data. It is used to answer the request; whether it is discarded then is \
             a setting of the server, under the publisher's control.",
        );
    }
    page.push_str("\n\n");
    choices(&mut page, schema);
    page.push_str(&deletion(schema));
    page.push_str(
        "## What is kept on this machine\n\n\
         The decision and its receipts, so that it can be shown what was agreed to and when. While telemetry is on, \
         also random secrets, a log of what was sent, events until they are sent, and, where the program reports its \
         panics, records of where it failed until they become events. Turning it off removes all but the decision \
         and its receipts. Before somebody decides there is no file of telemetry at all.\n",
    );
    page
}

fn choices(page: &mut String, schema: &CatalogueSchema) {
    let _ = write!(
        page,
        "## What you can do\n\n\
         - **Say no, or nothing.** Nothing depends on it: no function, no speed, no support.\n\
         - **Change your mind** with {}, as easily as you agreed. Setting `DO_NOT_TRACK=1` or `{}=off` in the \
         environment also turns it off.\n\
         - **Turn it off and ask for deletion** of what was sent, with {}, as described below.\n\
         - **See** what was sent with {}, and what you agreed to with {}.\n\
         - **Ask** for access, correction or deletion ({}), or complain to the data protection authority where you \
         live.\n\n",
        code(&words::command(schema, "off")),
        words::kill_switch(schema),
        code(&words::command(schema, "forget")),
        code(&words::command(schema, "log")),
        code(&words::command(schema, "receipts")),
        contact(schema),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample::{DESTINATION, SAMPLE};

    #[test]
    fn notice_is_as_reviewed() {
        insta::assert_snapshot!(privacy(&SAMPLE, &DESTINATION, Generated::by("make documents")));
    }
}
