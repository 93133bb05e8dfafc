//! Rules of `#[derive(ErrorReport)]`: the codes of an error's enum.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Path};

use super::closed::{Form, Value};
use super::keys::Keys;
use super::{names, refuse_generics};
use crate::errors::Errors;
use crate::parse::Attributes;

/// An error's enum, by its codes.
pub(crate) struct Codes {
    /// Where the core crate is.
    pub(crate) core: Path,
    /// The enum.
    pub(crate) ident: Ident,
    /// One for each variant, in the order of declaration.
    pub(crate) values: Vec<Value>,
}

const CODE: Form = Form { helper: "report", key: "code", noun: "code", with_data: true };

impl Codes {
    /// Reads an error's enum, or says everything that is wrong with it.
    pub(crate) fn read(input: &DeriveInput) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let attributes = Attributes::read(&input.attrs);
        let core = attributes.core("report");
        Keys::read(attributes, "report", &["crate"], &mut errors).core(&mut errors);
        refuse_generics(&input.generics, &mut errors);

        let mut codes = Vec::new();
        if let Data::Enum(data) = &input.data {
            let mut seen = HashSet::new();
            codes
                .extend(data.variants.iter().filter_map(|variant| Value::read(variant, &CODE, &mut seen, &mut errors)));
            if data.variants.is_empty() {
                errors.push(&input.ident, "an error without variants never happens: there is nothing to report");
            }
            if let Some(surplus) = data.variants.iter().nth(names::MAX_VALUES) {
                errors.push(&surplus.ident, "an error has at most 64 codes: report several kinds of errors apart");
            }
        } else {
            errors
                .push(&input.ident, "an error is reported by its variant: make it an enum, one variant for each code");
        }
        errors.finish(Some(Self { core, ident: input.ident.clone(), values: codes }))
    }
}
