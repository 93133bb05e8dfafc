//! Rules of `#[derive(Catalogue)]` on the enum as a whole.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Lit, LitStr, Path};

use super::event::{Slot, Slots};
use super::keys::{Given, Keys, number, value_of};
use super::{names, refuse_generics};
use crate::errors::Errors;
use crate::parse::{Attributes, Entry, Value, entry_in};

/// The keys of `#[catalogue(…)]`.
const KEYS: [&str; 14] = [
    "app",
    "title",
    "part",
    "revision",
    "identity",
    "identity_why",
    "resolution",
    "ids",
    "context",
    "publisher",
    "contact",
    "retention_days",
    "crates",
    "crate",
];

/// What an author can choose for `identity`; there is no default, because this is the choice that decides how
/// closely a person can be followed.
const IDENTITIES: &str = "`\"none\"` (events are not linked), `\"rotating(days = 90)\"` (linked by an id that changes) \
                          or `\"stable\"` (linked until the person withdraws)";

/// A set of events.
pub(crate) struct Catalogue {
    /// Where the core crate is.
    pub(crate) core: Path,
    /// The enum.
    pub(crate) ident: Ident,
    /// Its revision.
    pub(crate) revision: u32,
    /// What an application says; `None` for a part of another catalogue.
    pub(crate) app: Option<App>,
    /// One for each variant, in the order of declaration.
    pub(crate) slots: Vec<Slot>,
}

/// What an application says about all of its events.
pub(crate) struct App {
    /// Its name.
    pub(crate) name: LitStr,
    /// Its name as people know it.
    pub(crate) title: Option<LitStr>,
    /// How events are linked.
    pub(crate) identity: Identity,
    /// Why.
    pub(crate) identity_why: Option<LitStr>,
    /// The variant of core's `Resolution`.
    pub(crate) resolution: Option<&'static str>,
    /// The variant of core's `IdForm`.
    pub(crate) ids: Option<&'static str>,
    /// The variants of core's `Context`.
    pub(crate) context: Vec<&'static str>,
    /// Who receives the data.
    pub(crate) publisher: Option<LitStr>,
    /// Where to ask.
    pub(crate) contact: Option<LitStr>,
    /// How long the data are kept.
    pub(crate) retention_days: Option<u32>,
    /// The crates besides the application's whose source code reports may name places of.
    pub(crate) crates: Vec<Ident>,
}

/// How events are linked.
#[derive(Clone, Copy)]
pub(crate) enum Identity {
    /// Not at all.
    None,
    /// By an id that changes after so many days.
    Rotating(u32),
    /// Until the withdrawal.
    Stable,
}

impl Catalogue {
    /// Reads a set of events, or says everything that is wrong with it.
    pub(crate) fn read(input: &DeriveInput) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let attributes = Attributes::read(&input.attrs);
        let core = attributes.core("catalogue");
        let mut keys = Keys::read(attributes, "catalogue", &KEYS, &mut errors);
        keys.core(&mut errors);
        refuse_generics(&input.generics, &mut errors);

        let head = head(input, keys, &mut errors);
        let mut slots = Slots::new(head.revision, &mut errors);
        match &input.data {
            Data::Enum(data) if data.variants.is_empty() => {
                slots.errors.push(&input.ident, "a catalogue has at least one event");
            }
            Data::Enum(data) => data.variants.iter().for_each(|variant| slots.read(variant)),
            Data::Struct(_) | Data::Union(_) => {
                slots.errors.push(&input.ident, "a catalogue is an enum: one variant for each event");
            }
        }
        let slots = slots.all;
        errors.finish(head.revision.map(|revision| Self {
            core,
            ident: input.ident.clone(),
            revision,
            app: head.app,
            slots,
        }))
    }
}

/// What `#[catalogue(…)]` says.
struct Head {
    revision: Option<u32>,
    app: Option<App>,
}

fn head(input: &DeriveInput, mut keys: Keys, errors: &mut Errors) -> Head {
    let Some(path) = keys.path.clone() else {
        errors.push(
            &input.ident,
            "a catalogue needs `#[catalogue(app = \"…\", revision = 1, identity = \"…\")]`, or \
             `#[catalogue(part, revision = 1)]` to be flattened into another catalogue",
        );
        return Head { revision: None, app: None };
    };
    let is_part = keys.flag("part", errors).is_some();
    let revision = keys.number("revision", errors);
    if revision.is_missing() && !keys.is_broken {
        errors
            .push(&path, "`revision` is missing: start with `revision = 1` and raise it whenever the catalogue grows");
    }
    let app = if is_part {
        for entry in keys.rest() {
            let message =
                format_args!("a part has no `{}` of its own: the catalogue that flattens it decides", entry.key);
            errors.push(&entry.key, message);
        }
        None
    } else {
        app(&path, keys, errors)
    };
    Head { revision: revision.good().map(|number| number.value), app }
}

fn app(path: &Path, mut keys: Keys, errors: &mut Errors) -> Option<App> {
    let name = keys.text("app", errors);
    if name.is_missing() && !keys.is_broken {
        errors.push(
            path,
            "`app` is missing: the application's name in `kebab-case`, or `part` if this enum is flattened into another",
        );
    }
    let name = name.good().filter(|name| {
        let is_good = names::is_kebab(&name.value());
        if !is_good {
            errors.push(name, "`app` is a name in `kebab-case`, for example \"time-tracker\"");
        }
        is_good
    });
    let identity = identity(&mut keys, errors);
    if identity.is_missing() && !keys.is_broken {
        errors.push(path, format_args!("`identity` is missing, and has no default; choose {IDENTITIES}"));
    }
    let identity_why = keys.text("identity_why", errors).good();
    let resolutions = [("second", "Second"), ("minute", "Minute"), ("hour", "Hour"), ("day", "Day")];
    let resolution = keys.word("resolution", &resolutions, errors).good();
    let ids = keys.word("ids", &[("keyed", "Keyed"), ("raw", "Raw")], errors).good();
    let context = context(keys.take("context"), errors);
    let title = keys.text("title", errors).good();
    let publisher = keys.text("publisher", errors).good();
    let contact = keys.text("contact", errors).good();
    let retention_days = keys.number("retention_days", errors).good().map(|days| days.value);
    let crates = crates(keys.take("crates"), errors);
    Some(App {
        name: name?,
        title,
        identity: identity.good()?,
        identity_why,
        resolution,
        ids,
        context,
        publisher,
        contact,
        retention_days,
        crates,
    })
}

fn identity(keys: &mut Keys, errors: &mut Errors) -> Given<Identity> {
    let Some(entry) = keys.take("identity") else { return Given::Missing };
    let choice = match &entry.value {
        Value::Literal(Lit::Str(text)) => entry_in(text).ok().and_then(|choice| choose(&choice)),
        _ => None,
    };
    match choice {
        Some(identity) => Given::Good(identity),
        None => Given::refused(value_of(&entry), format_args!("`identity` is {IDENTITIES}"), errors),
    }
}

fn choose(choice: &Entry) -> Option<Identity> {
    match &choice.value {
        Value::Flag if choice.key == "none" => Some(Identity::None),
        Value::Flag if choice.key == "stable" => Some(Identity::Stable),
        Value::List(entries) if choice.key == "rotating" => match entries.as_slice() {
            [Entry { key, value: Value::Literal(Lit::Int(days)) }] if key == "days" => {
                number(days).map(|days| Identity::Rotating(days.value))
            }
            _ => None,
        },
        _ => None,
    }
}

fn crates(entry: Option<Entry>, errors: &mut Errors) -> Vec<Ident> {
    let Some(entry) = entry else { return Vec::new() };
    let Value::List(names) = &entry.value else {
        errors.push(&entry, "expected a list: `crates(shared_model, report_writer)`");
        return Vec::new();
    };
    let mut chosen: Vec<Ident> = Vec::new();
    for name in names {
        if !matches!(name.value, Value::Flag) || chosen.contains(&name.key) {
            errors.push(name, "`crates` lists names of crates as code writes them, each once");
        } else {
            chosen.push(name.key.clone());
        }
    }
    chosen
}

fn context(entry: Option<Entry>, errors: &mut Errors) -> Vec<&'static str> {
    const CONTEXTS: [(&str, &str); 4] =
        [("app_version", "AppVersion"), ("os_family", "OsFamily"), ("arch", "Arch"), ("deployment", "Deployment")];
    const MESSAGE: &str =
        "`context` lists `app_version`, `os_family`, `arch` and `deployment`, or some of them, each once";

    let mut chosen = Vec::new();
    let Some(entry) = entry else { return chosen };
    let Value::List(words) = &entry.value else {
        errors.push(&entry, "expected a list: `context(app_version, os_family)`");
        return chosen;
    };
    for word in words {
        let known = CONTEXTS.iter().find(|(name, _)| word.key == name && matches!(word.value, Value::Flag));
        match known {
            Some((_, variant)) if !chosen.contains(variant) => chosen.push(*variant),
            _ => errors.push(word, MESSAGE),
        }
    }
    chosen
}
