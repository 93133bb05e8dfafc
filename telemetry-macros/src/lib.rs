//! The derives of `telemetry-core`: `Catalogue`, `Property`, `Entity` and `ErrorReport`.
//!
//! Use them through `telemetry-core`, which re-exports them and documents every attribute with examples; this crate
//! alone cannot be used. It owns the way from the author's enum to constant data:
//!
//! `parse` (syntax) → `model` (meaning, and every rule) → `expand` (tokens, or stand-ins next to the errors)
//!
//! It must never read the environment or the file system: the same input expands to the same tokens everywhere.
#![forbid(unsafe_code)]

mod errors;
mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// Expanded by `telemetry-macros`; documented in `telemetry-core`.
#[proc_macro_derive(Catalogue, attributes(catalogue, event, property))]
pub fn derive_catalogue(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    catalogue(input.into()).into()
}

/// Expanded by `telemetry-macros`; documented in `telemetry-core`.
#[proc_macro_derive(Property, attributes(property))]
pub fn derive_property(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    property(input.into()).into()
}

/// Expanded by `telemetry-macros`; documented in `telemetry-core`.
#[proc_macro_derive(Entity, attributes(entity))]
pub fn derive_entity(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    entity(input.into()).into()
}

/// Expanded by `telemetry-macros`; documented in `telemetry-core`.
#[proc_macro_derive(ErrorReport, attributes(report))]
pub fn derive_error_report(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    error_report(input.into()).into()
}

fn catalogue(input: TokenStream) -> TokenStream {
    expand(input, model::Catalogue::read, expand::catalogue, expand::catalogue_fallback)
}

fn property(input: TokenStream) -> TokenStream {
    expand(input, model::Closed::read, expand::property, expand::property_fallback)
}

fn entity(input: TokenStream) -> TokenStream {
    expand(input, model::Entity::read, expand::entity, expand::entity_fallback)
}

fn error_report(input: TokenStream) -> TokenStream {
    expand(input, model::Codes::read, expand::error_report, expand::error_report_fallback)
}

/// Writes the model, or every mistake and a stand-in that keeps the author's other code free of errors.
fn expand<Model>(
    input: TokenStream,
    read: fn(&DeriveInput) -> syn::Result<Model>,
    write: fn(&Model) -> TokenStream,
    stand_in: fn(&DeriveInput) -> TokenStream,
) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    match read(&input) {
        Ok(model) => write(&model),
        Err(mistakes) => {
            let (mistakes, stand_in) = (mistakes.into_compile_error(), stand_in(&input));
            quote!(#mistakes #stand_in)
        }
    }
}
