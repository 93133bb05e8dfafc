//! Rules of `#[derive(Catalogue)]` on one variant: an event with its properties, or a flattened part.

use std::collections::HashSet;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Field, Fields, Lit, LitStr, Type, Variant};

use super::keys::{Day, Given, Keys, Number, number};
use super::{names, whole_text};
use crate::errors::Errors;
use crate::parse::{Attributes, Entry, Value};

/// The keys of `#[event(…)]` on an event.
const EVENT_KEYS: [&str; 6] = ["name", "purpose", "since", "until", "allow", "flatten"];

/// The keys of `#[event(…)]` on a flattened part.
const PART_KEYS: [&str; 2] = ["flatten", "since"];

/// The keys of `#[property(…)]` on a field.
const PROPERTY_KEYS: [&str; 4] = ["name", "since", "until", "allow"];

/// What a variant stands for.
pub(crate) enum Slot {
    /// One event.
    Event(Event),
    /// The events of another enum.
    Part(Part),
}

/// One event.
pub(crate) struct Event {
    /// The variant.
    pub(crate) variant: Ident,
    /// Whether the variant is written without braces.
    pub(crate) is_unit: bool,
    /// The name on the wire.
    pub(crate) name: LitStr,
    /// What happened.
    pub(crate) what: String,
    /// Why the author wants to know.
    pub(crate) why: String,
    /// The variant of core's `Purpose`.
    pub(crate) purpose: &'static str,
    /// The revision that brought it.
    pub(crate) since: u32,
    /// The last day on which it is sent.
    pub(crate) until: Option<Day>,
    /// Its properties.
    pub(crate) properties: Vec<Property>,
}

/// One property of an event.
pub(crate) struct Property {
    /// The field.
    pub(crate) field: Ident,
    /// The field's type.
    pub(crate) ty: Type,
    /// The name on the wire.
    pub(crate) name: String,
    /// What it says.
    pub(crate) what: String,
    /// The revision that brought it.
    pub(crate) since: u32,
    /// The last day on which it is sent.
    pub(crate) until: Option<Day>,
}

/// A flattened enum.
pub(crate) struct Part {
    /// The variant.
    pub(crate) variant: Ident,
    /// The enum.
    pub(crate) ty: Type,
    /// The catalogue's revision for each revision of the part.
    pub(crate) revisions: Vec<u32>,
}

/// Reads the variants of an enum, one after the other.
pub(crate) struct Slots<'a> {
    /// What was read, without the variants that cannot be made sense of.
    pub(crate) all: Vec<Slot>,
    /// Where mistakes go.
    pub(crate) errors: &'a mut Errors,
    /// The enum's revision, if it is known.
    revision: Option<u32>,
    names: HashSet<String>,
}

/// An `allow(…)` and whether anything needed it.
struct Allow {
    word: Ident,
    is_used: bool,
}

impl<'a> Slots<'a> {
    /// Starts with no variant.
    pub(crate) fn new(revision: Option<u32>, errors: &'a mut Errors) -> Self {
        Self { all: Vec::new(), errors, revision, names: HashSet::new() }
    }

    /// Reads the next variant.
    pub(crate) fn read(&mut self, variant: &Variant) {
        let attributes = Attributes::read(&variant.attrs);
        // Where `flatten` may stand in the part that could not be read, nothing else is said about the variant.
        let may_be_part = attributes.is_broken("event") && matches!(variant.fields, Fields::Unnamed(_));
        let slot = if attributes.has("event", "flatten") || may_be_part {
            self.part(variant, attributes).map(Slot::Part)
        } else {
            self.event(variant, attributes).map(Slot::Event)
        };
        self.all.extend(slot);
    }

    fn event(&mut self, variant: &Variant, attributes: Attributes) -> Option<Event> {
        let texts = self.texts(&variant.ident, &attributes.paragraphs);
        let mut keys = Keys::read(attributes, "event", &EVENT_KEYS, self.errors);
        let name = self.event_name(&variant.ident, &mut keys);
        let purpose = keys.word("purpose", &[("usage", "Usage"), ("errors", "Errors")], self.errors).good();
        let since = self.since(&mut keys, None);
        let until = keys.until(self.errors);
        let mut allows = self.event_allows(&mut keys);

        let mut properties = Vec::new();
        match &variant.fields {
            Fields::Unit => {}
            Fields::Named(fields) => {
                let mut seen = HashSet::new();
                for field in &fields.named {
                    properties.extend(self.property(field, since, &mut seen, &mut allows));
                }
                if let Some(surplus) = fields.named.iter().nth(names::MAX_PROPERTIES) {
                    let message = "an event has at most 12 properties; one that needs more is several events";
                    self.errors.push(&surplus.ident, message);
                }
            }
            Fields::Unnamed(fields) => self.errors.push(
                fields,
                "an event names its properties: `{ source: Source }`; to take in the events of another enum, add \
                 `#[event(flatten)]`",
            ),
        }
        for unused in allows.iter().filter(|allow| !allow.is_used) {
            self.errors.push(&unused.word, format_args!("nothing here needs `allow({})`; remove it", unused.word));
        }
        let (what, why) = texts?;
        Some(Event {
            variant: variant.ident.clone(),
            is_unit: matches!(variant.fields, Fields::Unit),
            name: name?,
            what,
            why,
            purpose: purpose.unwrap_or("Usage"),
            since,
            until,
            properties,
        })
    }

    /// What happened, and why the author wants to know.
    fn texts(&mut self, variant: &Ident, paragraphs: &[String]) -> Option<(String, String)> {
        const WHY: &str = "Why:";

        let Some(what) = paragraphs.first() else {
            self.errors.push(
                variant,
                "undocumented event: the first paragraph of its doc comment says what happened, and a paragraph \
                 `Why: …` says why you want to know",
            );
            return None;
        };
        if what.starts_with(WHY) {
            self.errors
                .push(variant, "the first paragraph of an event's doc comment says what happened, before `Why:`");
            return None;
        }
        let mut reasons = paragraphs.iter().filter_map(|paragraph| paragraph.strip_prefix(WHY)).map(str::trim);
        match (reasons.next(), reasons.next()) {
            (Some(why), None) if !why.is_empty() => Some((what.clone(), why.to_owned())),
            (Some(_), Some(_)) => {
                self.errors.push(variant, "an event has one paragraph `Why: …`");
                None
            }
            _ => {
                self.errors.push(
                    variant,
                    "no `Why:`: a paragraph of the event's doc comment that begins with `Why:` tells the person what \
                     you learn from it",
                );
                None
            }
        }
    }

    fn event_name(&mut self, variant: &Ident, keys: &mut Keys) -> Option<LitStr> {
        let literal = match keys.text("name", self.errors) {
            Given::Good(literal) => literal,
            Given::Refused => return None,
            Given::Missing if keys.is_broken => return None,
            Given::Missing => {
                self.errors.push(variant, "an event needs a name: `#[event(name = \"timer.started\")]`");
                return None;
            }
        };
        let name = literal.value();
        if names::is_reserved_event(&name) {
            self.errors.push(&literal, "reserved: names that begin with `consent.`, `telemetry.` or `$` are not yours");
        } else if !names::is_event_name(&name) {
            self.errors.push(
                &literal,
                "an event's name is `resource.action` in lower-case `snake_case`, for example `timer.started`",
            );
        } else if !self.names.insert(name) {
            self.errors.push(&literal, "two events have this name");
        }
        Some(literal)
    }

    /// The `since` of an event (`event_since` is `None`) or of a property; what was refused counts as the default.
    fn since(&mut self, keys: &mut Keys, event_since: Option<u32>) -> u32 {
        let default = event_since.unwrap_or(1);
        let Some(since) = keys.number("since", self.errors).good() else { return default };
        if !self.is_within_revision(&since) {
            return default;
        }
        if since.value < default {
            let message = format_args!("a property cannot be older than its event, which is there since {default}");
            self.errors.push(&since.literal, message);
            return default;
        }
        since.value
    }

    fn is_within_revision(&mut self, since: &Number) -> bool {
        match self.revision {
            Some(revision) if since.value > revision => {
                let message = format_args!(
                    "`since` is above the catalogue's revision {revision}; raise the revision when the catalogue grows"
                );
                self.errors.push(&since.literal, message);
                false
            }
            _ => true,
        }
    }

    fn property(
        &mut self,
        field: &Field,
        event_since: u32,
        seen: &mut HashSet<String>,
        allows: &mut [Allow],
    ) -> Option<Property> {
        let ident = field.ident.as_ref()?;
        let attributes = Attributes::read(&field.attrs);
        let what = whole_text(&attributes.paragraphs);
        if what.is_none() {
            self.errors.push(ident, "undocumented property: its doc comment tells the person what it says");
        }
        let mut keys = Keys::read(attributes, "property", &PROPERTY_KEYS, self.errors);
        let since = self.since(&mut keys, Some(event_since));
        let until = keys.until(self.errors);
        let allow = keys.take("allow");
        if let Some(allow) = &allow {
            self.check_allow(allow, false);
        }
        let (name, at) = match keys.text("name", self.errors) {
            Given::Good(literal) => (literal.value(), literal.to_token_stream()),
            Given::Missing => (ident.unraw().to_string(), ident.to_token_stream()),
            Given::Refused => return None,
        };
        if names::is_reserved_property(&name) {
            self.errors
                .push(&at, format_args!("reserved: the crates and the receiving service use `{name}` themselves"));
        } else if !names::is_snake(&name) {
            self.errors.push(&at, format_args!("`{name}` is no name for a property; use `snake_case`"));
        } else {
            self.judge_words(&name, &at, allow.as_ref(), allows);
            if !seen.insert(name.clone()) {
                self.errors.push(&at, format_args!("two properties of this event have the name `{name}`"));
            }
        }
        Some(Property { field: ident.clone(), ty: field.ty.clone(), name, what: what?, since, until })
    }

    /// Refuses words that smell of personal data, unless the author says why they are fine.
    fn judge_words(&mut self, name: &str, at: &impl ToTokens, own: Option<&Entry>, allows: &mut [Allow]) {
        let words: Vec<&str> = names::suspicious_words(name).collect();
        if let Some(own) = own {
            if words.is_empty() {
                self.errors.push(&own.key, format_args!("nothing in `{name}` needs `allow`; remove it"));
            }
            return;
        }
        let mut refused = None;
        for word in words {
            let mut is_allowed = false;
            for allow in allows.iter_mut().filter(|allow| allow.word == word || allow.word == name) {
                allow.is_used = true;
                is_allowed = true;
            }
            if !is_allowed {
                refused.get_or_insert(word);
            }
        }
        if let Some(word) = refused {
            self.errors.push(
                at,
                format_args!(
                    "`{word}` sounds like personal data; choose another name, or say why it is harmless: \
                     `#[property(allow(reason = \"…\"))]`"
                ),
            );
        }
    }

    fn event_allows(&mut self, keys: &mut Keys) -> Vec<Allow> {
        let mut allows = Vec::new();
        while let Some(entry) = keys.take("allow") {
            allows.extend(self.check_allow(&entry, true).map(|word| Allow { word, is_used: false }));
        }
        allows
    }

    /// The word of `allow(word, reason = "…")`; without a word, on a property, the form alone is checked.
    fn check_allow(&mut self, entry: &Entry, with_word: bool) -> Option<Ident> {
        let inner = match &entry.value {
            Value::List(inner) => inner.as_slice(),
            _ => &[],
        };
        let (word, reason) = match inner {
            [word, reason] if with_word && matches!(word.value, Value::Flag) => (Some(&word.key), Some(reason)),
            [reason] if !with_word => (None, Some(reason)),
            _ => (None, None),
        };
        let is_reasoned = reason.is_some_and(|reason| {
            reason.key == "reason"
                && matches!(&reason.value, Value::Literal(Lit::Str(text)) if !text.value().trim().is_empty())
        });
        if !is_reasoned {
            let form = if with_word { "allow(word, reason = \"…\")" } else { "allow(reason = \"…\")" };
            self.errors.push(entry, format_args!("expected `{form}`, with a reason that is not empty"));
            return None;
        }
        word.cloned()
    }

    fn part(&mut self, variant: &Variant, attributes: Attributes) -> Option<Part> {
        let mut keys = Keys::read(attributes, "event", &PART_KEYS, self.errors);
        keys.flag("flatten", self.errors);
        let revisions = self.revisions(keys.take("since"));
        let field = match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first(),
            _ => None,
        };
        let Some(field) = field else {
            self.errors.push(&variant.ident, "`flatten` takes in one other enum: `Billing(billing::Tracked)`");
            return None;
        };
        for helper in Attributes::read(&field.attrs).helpers {
            self.errors.push(&helper.path, "this attribute does not belong here; `#[event(flatten)]` says it all");
        }
        Some(Part { variant: variant.ident.clone(), ty: field.ty.clone(), revisions })
    }

    fn revisions(&mut self, since: Option<Entry>) -> Vec<u32> {
        let Some(entry) = since else { return vec![1] };
        let literals = match &entry.value {
            Value::Literal(Lit::Int(literal)) => std::slice::from_ref(literal),
            Value::Numbers(literals) => literals.as_slice(),
            _ => &[],
        };
        if literals.is_empty() || literals.len() > names::MAX_PART_REVISIONS {
            self.errors.push(
                &entry,
                "expected `since = 1`, or a list with one of this catalogue's revisions for each revision of the part \
                 (at most 32): `since = [1, 4]`",
            );
        }
        let mut revisions = Vec::new();
        for literal in literals {
            match number(literal) {
                Some(since) if self.is_within_revision(&since) => {
                    if revisions.last().is_some_and(|last| *last > since.value) {
                        self.errors.push(literal, "the revisions of a flattened part must ascend");
                    }
                    revisions.push(since.value);
                }
                Some(_) => {}
                None => self.errors.push(literal, "`since` is a whole number from 1 on"),
            }
        }
        revisions
    }
}
