//! Meaning and rules: what an input says, and whether it may.
//!
//! **Invariant:** this is the only place that says no. `parse` reads without judging and `expand` writes without
//! asking, so every rule of the derives stands here, once, with its message. It must never stop at the first mistake.

mod catalogue;
mod closed;
mod event;
mod keys;
mod names;
mod report;

pub(crate) use catalogue::{App, Catalogue, Identity};
pub(crate) use closed::{Closed, Entity};
pub(crate) use event::{Event, Part, Property, Slot};
pub(crate) use keys::Day;
pub(crate) use report::Codes;

use syn::Generics;
use syn::ext::IdentExt;

use crate::errors::Errors;

/// Refuses parameters: the schema of a generic type would not be one constant.
fn refuse_generics(generics: &Generics, errors: &mut Errors) {
    if !generics.params.is_empty() {
        errors.push(&generics.params, "parameters are refused: what can be reported is one closed list");
    }
}

/// The name that an identifier stands for, where the author gives none.
fn snake_name(ident: &syn::Ident) -> String {
    names::snake_case(&ident.unraw().to_string())
}

/// A doc comment as one text; `None` where there is none.
fn whole_text(paragraphs: &[String]) -> Option<String> {
    (!paragraphs.is_empty()).then(|| paragraphs.join(" "))
}
