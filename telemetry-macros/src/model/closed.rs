//! Rules of `#[derive(Property)]` and `#[derive(Entity)]`: closed values and the names of entities.

use std::collections::HashSet;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Data, DeriveInput, Fields, Path, Variant};

use super::keys::{Day, Given, Keys};
use super::{names, refuse_generics, snake_name, whole_text};
use crate::errors::Errors;
use crate::parse::Attributes;

/// A property type: a closed list of values.
pub(crate) struct Closed {
    /// Where the core crate is.
    pub(crate) core: Path,
    /// The enum.
    pub(crate) ident: Ident,
    /// Its values, in the order of declaration.
    pub(crate) values: Vec<Value>,
}

/// One value of a property.
pub(crate) struct Value {
    /// The variant.
    pub(crate) variant: Ident,
    /// The name on the wire.
    pub(crate) name: String,
    /// What it means.
    pub(crate) what: String,
    /// The revision that brought it.
    pub(crate) since: u32,
    /// The last day on which it is sent.
    pub(crate) until: Option<Day>,
}

/// A kind of row.
pub(crate) struct Entity {
    /// Where the core crate is.
    pub(crate) core: Path,
    /// The type.
    pub(crate) ident: Ident,
    /// The name in the catalogue.
    pub(crate) name: String,
}

impl Closed {
    /// Reads a property type, or says everything that is wrong with it.
    pub(crate) fn read(input: &DeriveInput) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let attributes = Attributes::read(&input.attrs);
        let core = attributes.core("property");
        Keys::read(attributes, "property", &["crate"], &mut errors).core(&mut errors);
        refuse_generics(&input.generics, &mut errors);

        let mut values = Vec::new();
        if let Data::Enum(data) = &input.data {
            let mut seen = HashSet::new();
            values.extend(
                data.variants.iter().filter_map(|variant| Value::read(variant, &PROPERTY, &mut seen, &mut errors)),
            );
            if data.variants.is_empty() {
                errors.push(&input.ident, "a property needs at least one value");
            }
            if let Some(surplus) = data.variants.iter().nth(names::MAX_VALUES) {
                errors.push(
                    &surplus.ident,
                    "a property has at most 64 values: more is a list of identifiers in disguise",
                );
            }
        } else {
            errors.push(&input.ident, "a property is an enum without fields: one variant for each value it can take");
        }
        errors.finish(Some(Self { core, ident: input.ident.clone(), values }))
    }
}

/// How the values of one derive are written.
pub(super) struct Form {
    /// The attribute on a variant.
    pub(super) helper: &'static str,
    /// The key of the name in it.
    pub(super) key: &'static str,
    /// What a value is called.
    pub(super) noun: &'static str,
    /// Whether a variant may carry data, which then stays out.
    pub(super) with_data: bool,
}

const PROPERTY: Form = Form { helper: "property", key: "name", noun: "value", with_data: false };

impl Value {
    /// Reads a variant, or says what is wrong with it.
    pub(super) fn read(
        variant: &Variant,
        form: &Form,
        seen: &mut HashSet<String>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let Form { helper, key, noun, with_data } = *form;
        if !with_data && !matches!(variant.fields, Fields::Unit) {
            errors.push(&variant.fields, "a value of a property carries no data: what arrives at run time stays out");
        }
        let attributes = Attributes::read(&variant.attrs);
        let what = whole_text(&attributes.paragraphs);
        if what.is_none() {
            errors.push(
                &variant.ident,
                format_args!("undocumented {noun}: its doc comment tells the person what it means"),
            );
        }
        let mut keys = Keys::read(attributes, helper, &[key, "since", "until"], errors);
        let since = keys.number("since", errors).good().map_or(1, |number| number.value);
        let until = keys.until(errors);
        let (name, at) = match keys.text(key, errors) {
            Given::Good(literal) => (literal.value(), literal.to_token_stream()),
            Given::Missing => (snake_name(&variant.ident), variant.ident.to_token_stream()),
            Given::Refused => return None,
        };
        if !names::is_value_name(&name) {
            errors.push(
                at,
                format_args!(
                    "`{name}` is no name for a {noun}; use lower-case letters, digits, `_`, `-`, `+`, `.` and `<`"
                ),
            );
        } else if !seen.insert(name.clone()) {
            errors.push(at, format_args!("two {noun}s have the name `{name}`"));
        }
        Some(Self { variant: variant.ident.clone(), name, what: what?, since, until })
    }
}

impl Entity {
    /// Reads an entity, or says everything that is wrong with it.
    pub(crate) fn read(input: &DeriveInput) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let attributes = Attributes::read(&input.attrs);
        let core = attributes.core("entity");
        let mut keys = Keys::read(attributes, "entity", &["name", "crate"], &mut errors);
        keys.core(&mut errors);
        refuse_generics(&input.generics, &mut errors);
        let is_bare = match &input.data {
            Data::Struct(data) => matches!(data.fields, Fields::Unit),
            Data::Enum(data) => data.variants.is_empty(),
            Data::Union(_) => false,
        };
        if !is_bare {
            errors.push(
                &input.ident,
                "an entity only names a kind of row: use a unit struct or an empty enum, such as `struct User;`",
            );
        }
        let (name, at) = match keys.text("name", &mut errors) {
            Given::Good(literal) => (literal.value(), literal.to_token_stream()),
            Given::Missing | Given::Refused => (snake_name(&input.ident), input.ident.to_token_stream()),
        };
        if !names::is_snake(&name) {
            errors.push(at, format_args!("`{name}` is no name for an entity; use `snake_case`"));
        }
        errors.finish(Some(Self { core, ident: input.ident.clone(), name }))
    }
}
