//! Syntax: turns helper attributes and doc comments into plain trees.
//!
//! Owns the grammar of `#[catalogue(…)]`, `#[event(…)]`, `#[property(…)]`, `#[entity(…)]` and `#[report(…)]`. It must
//! never judge what it reads: a syntax error is kept in the tree, and `model` reports it.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitInt, Meta, Path, Token};

/// The helper attributes of all derives.
const HELPERS: [&str; 5] = ["catalogue", "event", "property", "entity", "report"];

/// What stands above an item, a variant or a field.
pub(crate) struct Attributes {
    /// The paragraphs of the doc comment, each on one line.
    pub(crate) paragraphs: Vec<String>,
    /// The helper attributes, in their order.
    pub(crate) helpers: Vec<Helper>,
}

/// One helper attribute, such as `#[event(name = "timer.started")]`.
pub(crate) struct Helper {
    /// Which one.
    pub(crate) path: Path,
    /// What stands between its parentheses.
    pub(crate) entries: syn::Result<Vec<Entry>>,
}

/// One `key`, `key = value` or `key(…)`.
pub(crate) struct Entry {
    /// The word in front.
    pub(crate) key: Ident,
    /// What follows it.
    pub(crate) value: Value,
}

/// What follows a key.
pub(crate) enum Value {
    /// Nothing.
    Flag,
    /// `= "…"` or `= 1`.
    Literal(Lit),
    /// `= [1, 4]`.
    Numbers(Vec<LitInt>),
    /// `= some::path`.
    Path(Path),
    /// `(…)`.
    List(Vec<Entry>),
}

impl Attributes {
    /// Reads what stands above something.
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let helpers = attributes.iter().filter(|attribute| HELPERS.iter().any(|name| attribute.path().is_ident(name)));
        Self {
            paragraphs: paragraphs(attributes),
            helpers: helpers
                .map(|attribute| Helper {
                    path: attribute.path().clone(),
                    entries: match &attribute.meta {
                        Meta::Path(_) => Ok(Vec::new()),
                        _ => attribute.parse_args_with(entries),
                    },
                })
                .collect(),
        }
    }

    /// The entries of the helper `name`, as far as they could be read.
    pub(crate) fn entries(&self, name: &str) -> impl Iterator<Item = &Entry> {
        let helpers = self.helpers.iter().filter(move |helper| helper.path.is_ident(name));
        helpers.filter_map(|helper| helper.entries.as_ref().ok()).flatten()
    }

    /// Whether the helper `name` has `key`.
    pub(crate) fn has(&self, name: &str, key: &str) -> bool {
        self.entries(name).any(|entry| entry.key == key)
    }

    /// Whether some helper `name` could not be read.
    pub(crate) fn is_broken(&self, name: &str) -> bool {
        self.helpers.iter().any(|helper| helper.path.is_ident(name) && helper.entries.is_err())
    }

    /// Where the expansion finds the core crate: `crate = path` of the helper `name`, or `::telemetry_core`.
    pub(crate) fn core(&self, name: &str) -> Path {
        self.entries(name)
            .find_map(|entry| match &entry.value {
                Value::Path(path) if entry.key == "crate" => Some(path.clone()),
                _ => None,
            })
            .unwrap_or_else(|| syn::parse_quote!(::telemetry_core))
    }
}

/// Reads comma-separated entries.
pub(crate) fn entries(input: ParseStream<'_>) -> syn::Result<Vec<Entry>> {
    Ok(Punctuated::<Entry, Token![,]>::parse_terminated(input)?.into_iter().collect())
}

/// Reads one entry out of a text, as in `identity = "rotating(days = 90)"`.
pub(crate) fn entry_in(text: &syn::LitStr) -> syn::Result<Entry> {
    text.parse()
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.peek(syn::token::Bracket) {
                let content;
                syn::bracketed!(content in input);
                Value::Numbers(Punctuated::<LitInt, Token![,]>::parse_terminated(&content)?.into_iter().collect())
            } else if input.peek(Lit) {
                Value::Literal(input.parse()?)
            } else if input.peek(Ident::peek_any) || input.peek(Token![::]) {
                Value::Path(input.call(Path::parse_mod_style)?)
            } else {
                return Err(input.error("expected a value"));
            }
        } else if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Value::List(entries(&content)?)
        } else {
            Value::Flag
        };
        Ok(Self { key, value })
    }
}

/// The author's own tokens, for showing a mistake on them; what lies in parentheses or brackets is left out.
impl ToTokens for Entry {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.key.to_tokens(tokens);
        match &self.value {
            Value::Literal(literal) => literal.to_tokens(tokens),
            Value::Path(path) => path.to_tokens(tokens),
            Value::Flag | Value::Numbers(_) | Value::List(_) => {}
        }
    }
}

/// The paragraphs of a doc comment: the lines of each joined by single spaces.
fn paragraphs(attributes: &[Attribute]) -> Vec<String> {
    let texts = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let mut paragraphs = vec![String::new()];
    for text in texts {
        for (number, line) in text.split('\n').enumerate() {
            let line = line.trim();
            // Inner lines of a block comment often begin with a star for looks.
            let line = if number > 0 { line.strip_prefix('*').map_or(line, str::trim_start) } else { line };
            match paragraphs.last_mut() {
                Some(last) if !line.is_empty() => {
                    if !last.is_empty() {
                        last.push(' ');
                    }
                    last.push_str(line);
                }
                Some(last) if !last.is_empty() => paragraphs.push(String::new()),
                _ => {}
            }
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doc_comments_of_every_form_become_paragraphs() {
        let item: syn::DeriveInput = syn::parse_quote! {
            /**
             * One,
             * still one.
             *
             * Two.
             */
            #[doc(hidden)]
            ///    Three,
            /// still three.
            ///
            ///
            #[doc = "Four."]
            #[doc = include_str!("five.md")]
            struct Anything;
        };
        let paragraphs = Attributes::read(&item.attrs).paragraphs;
        assert_eq!(paragraphs, ["One, still one.", "Two.", "Three, still three.", "Four."]);
    }

    #[test]
    fn a_trailing_comma_and_an_empty_attribute_are_fine() {
        let item: syn::DeriveInput = syn::parse_quote! {
            #[event]
            #[event(flatten, since = [1, 2,],)]
            #[event(crate = other::core, name = )]
            struct Anything;
        };
        let attributes = Attributes::read(&item.attrs);
        assert!(attributes.has("event", "flatten") && attributes.has("event", "since"));
        assert!(attributes.is_broken("event") && !attributes.is_broken("property"));
        assert_eq!(attributes.entries("event").count(), 2);
    }
}
