//! The English messages. What the generated documents say too is said with their words.

use super::wording::Wording;
use crate::Purpose;
use crate::catalogue::{CatalogueSchema, Context, IdForm, Resolution};
use crate::document::words;
use crate::sink::Destination;

pub(super) struct English;

fn named(asked: &[Purpose]) -> Vec<&'static str> {
    asked.iter().map(|purpose| words::purpose_label(*purpose)).collect()
}

impl Wording for English {
    fn title(&self, app: &str, asked: &[Purpose]) -> String {
        format!("Send {} from {app}? (optional)", named(asked).join(" or "))
    }

    fn introduction(&self, app: &str, publisher: &str, asked: &[Purpose]) -> String {
        format!(
            "{app} can send {} to {publisher}. It is off until you agree. {app} works the same either way.",
            words::list(&named(asked))
        )
    }

    fn purpose(&self, purpose: Purpose) -> &'static str {
        match purpose {
            Purpose::Usage => "Send usage statistics",
            Purpose::Errors => "Send error reports",
        }
    }

    fn covers(&self, purpose: Purpose, kinds: usize) -> String {
        let kinds = words::count(kinds, "kind");
        match purpose {
            Purpose::Usage => format!("Which features are used, and when: {kinds} of event."),
            Purpose::Errors => format!("Where the program fails, and when: {kinds} of event."),
        }
    }

    fn values(&self, entities: &[&str]) -> String {
        if entities.is_empty() {
            return "Each event holds choices from fixed lists and ranges, nothing else.".to_owned();
        }
        format!(
            "Each event holds choices from fixed lists and ranges, and numbers that stand for: {}.",
            words::spoken(entities)
        )
    }

    fn context(&self, context: &[Context]) -> String {
        let context: Vec<&str> = context.iter().map(|context| words::context_words(*context)).collect();
        format!("With each event: {}.", words::list(&context))
    }

    fn resolution(&self, resolution: Resolution) -> &'static str {
        words::resolution(resolution)
    }

    fn list(&self, revision: u32) -> String {
        format!("This is list {revision} of events; every value on it can be seen beforehand.")
    }

    fn places(&self) -> &'static str {
        "A report names the place in this program's own source code where it happened, and never quotes a message."
    }

    fn never(&self) -> String {
        format!("Never: {}.", words::NEVER)
    }

    fn recipient(&self, destination: &Destination, schema: &CatalogueSchema) -> String {
        if words::is_on_this_machine(destination) {
            return format!(
                "In this build it is sent to a program on this machine ({}): nothing leaves the machine.",
                words::host(destination)
            );
        }
        format!(
            "Sent to {}. {} {} The program cannot prevent that; whether the recipient discards the address is a \
             setting there.",
            words::recipient(destination),
            words::retention(schema),
            words::seen_by_recipient(destination)
        )
    }

    fn identity(&self, schema: &CatalogueSchema) -> String {
        words::identity(schema)
    }

    // Says less than the documents about how ids are made, and as much about what follows from them.
    fn ids(&self, form: IdForm, entities: &[&str]) -> String {
        let entities = words::spoken(entities);
        match form {
            IdForm::Keyed => format!(
                "The numbers for {entities} are pseudonyms, made with a secret key that stays on this machine and is \
                 destroyed when you turn telemetry off. Until then they link events about the same one."
            ),
            IdForm::Raw => format!(
                "The numbers for {entities} are those of the database: whoever can read it can tell who or what they \
                 stand for."
            ),
        }
    }

    fn pseudonymous(&self) -> &'static str {
        "Such data is pseudonymous."
    }

    fn change(&self, place: &str) -> String {
        format!(
            "You can change this at any time: {place}. It takes effect at once, and what was not sent yet is erased \
             when you turn it off."
        )
    }

    fn renewal_title(&self) -> &'static str {
        "The list of events has grown"
    }

    fn renewal_introduction(&self, agreed: u32, offered: u32) -> String {
        if agreed == offered {
            return format!("You agreed to list {agreed} as it was then. The one of this build adds:");
        }
        format!("You agreed to list {agreed}. List {offered} of this build adds:")
    }

    fn renewal_meanwhile(&self, agreed: u32, offered: u32) -> String {
        if agreed == offered {
            return "Until you decide, only what you agreed to is sent.".to_owned();
        }
        format!("Until you decide, only list {agreed} is sent.")
    }

    fn renewal_keep(&self, agreed: u32, offered: u32) -> String {
        if agreed == offered {
            return "Keep the list as it was".to_owned();
        }
        format!("Keep list {agreed}")
    }

    fn renewal_agree(&self, agreed: u32, offered: u32) -> String {
        if agreed == offered {
            return "Agree to the list as it is".to_owned();
        }
        format!("Agree to list {offered}")
    }

    fn renewal_off(&self) -> &'static str {
        "Turn telemetry off"
    }
}
