//! Collects the mistakes of one input, so that the author sees all of them in one compile.
//!
//! Owns nothing but the collection; what is a mistake is decided in `model`. It must never stop at the first one.

use core::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

/// Every mistake found so far.
#[derive(Default)]
pub(crate) struct Errors {
    all: Option<syn::Error>,
}

impl Errors {
    /// Adds a mistake, shown on the author's own `tokens`.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Adds a mistake that another parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.all {
            Some(all) => all.combine(error),
            None => self.all = Some(error),
        }
    }

    /// The model, if there was no mistake.
    pub(crate) fn finish<T>(self, model: Option<T>) -> syn::Result<T> {
        match (self.all, model) {
            (Some(all), _) => Err(all),
            (None, Some(model)) => Ok(model),
            // Unreachable while every rule that yields no model says why; said here rather than panicking.
            (None, None) => Err(syn::Error::new(Span::call_site(), "the derive cannot read this item")),
        }
    }
}
