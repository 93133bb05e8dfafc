//! Tokens: writes the implementations of a checked model, or stand-ins for a refused one.
//!
//! It must never judge: what reaches it is right already, except for what only the compiler can see (field types,
//! sizes, the events of other crates), and for that it writes constants that stop the build.
//!
//! Everything is named by absolute paths, because the author's crate may shadow any name, and a field's type is
//! named in such a way that a wrong one yields one error, on the type.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Path, Type};

use crate::model::{App, Catalogue, Closed, Codes, Day, Entity, Event, Identity, Part, Property, Slot};
use crate::parse::Attributes;

/// `impl Entity`.
pub(crate) fn entity(Entity { core, ident, name }: &Entity) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl #core::Entity for #ident {
            const NAME: &'static str = #name;
        }
    }
}

/// `impl Property`.
pub(crate) fn property(Closed { core, ident, values }: &Closed) -> TokenStream {
    let declarations = values.iter().map(|value| {
        let (name, what, since) = (&value.name, &value.what, value.since);
        let until = until(core, value.until);
        quote!(#core::property::ClosedValue::new(#name, #what, #since)#until)
    });
    let arms = values.iter().enumerate().map(|(position, value)| {
        let variant = &value.variant;
        quote!(Self::#variant => #position)
    });
    quote! {
        #[automatically_derived]
        impl #core::Property for #ident {
            const DOMAIN: #core::property::Domain = #core::property::Domain::closed(&[#(#declarations),*]);

            fn index(&self) -> #core::property::Index {
                #core::property::Index::position(match self { #(#arms),* })
            }
        }
    }
}

/// `impl ErrorReport`.
pub(crate) fn error_report(Codes { core, ident, values }: &Codes) -> TokenStream {
    let declarations = values.iter().map(|code| {
        let (name, what, since) = (&code.name, &code.what, code.since);
        let until = until(core, code.until);
        quote!(#core::property::ClosedValue::new(#name, #what, #since)#until)
    });
    let arms = values.iter().enumerate().map(|(position, code)| {
        let variant = &code.variant;
        // Whatever the variant holds is not bound, so it cannot be read.
        quote!(Self::#variant { .. } => #position)
    });
    quote! {
        #[automatically_derived]
        impl #core::ErrorReport for #ident {
            const CODES: &'static [#core::property::ClosedValue] = &[#(#declarations),*];

            fn position(&self) -> usize {
                match self { #(#arms),* }
            }
        }
    }
}

/// `impl EventSet`, and `impl Catalogue` unless it is a part.
pub(crate) fn catalogue(model: &Catalogue) -> TokenStream {
    let Catalogue { core, ident, revision, app, slots } = model;
    let bounds = bounds(core, ident, slots);
    let events = events(core, slots);
    let positions = positions(core, slots);
    let read = read(core, slots);
    let app = app.as_ref().map(|app| schema(core, ident, app));
    // An associated constant is evaluated where it is used; this use stops the build of the catalogue itself.
    let evaluated = quote! {
        const _: &[#core::catalogue::EventSchema] = <#ident as #core::EventSet>::EVENTS;
    };
    quote! {
        #[automatically_derived]
        impl #core::EventSet for #ident {
            const EVENTS: &'static [#core::catalogue::EventSchema] = {
                #bounds
                #events
            };

            const REVISION: u32 = #revision;

            fn position(&self) -> usize {
                match self { #(#positions),* }
            }

            fn read(&self, fields: &mut #core::catalogue::Fields) {
                #read
            }
        }

        #app

        #evaluated
    }
}

/// What only the compiler can see, each on the words that it is about. Inside `EVENTS`, which is not evaluated while a
/// field's type is wrong. Core checks what concerns its own promises once more.
fn bounds(core: &Path, ident: &Ident, slots: &[Slot]) -> TokenStream {
    let value = quote_spanned! {ident.span()=>
        ::core::assert!(
            ::core::mem::size_of::<Self>() <= #core::catalogue::MAX_EVENT_BYTES,
            "an event value takes at most 64 bytes: leave properties out of the largest event",
        );
        ::core::assert!(!::core::mem::needs_drop::<Self>(), "an event value is plain data: it needs no `Drop`");
    };
    let slots = slots.iter().map(|slot| match slot {
        Slot::Event(event) => forms(core, event),
        Slot::Part(part) => growth(core, part),
    });
    quote!(#value #(#slots)*)
}

/// An event must not be able to say too much. Shown on its name.
fn forms(core: &Path, event: &Event) -> TokenStream {
    let mut types = event.properties.iter().map(|property| property_type(core, &property.ty));
    let Some(first) = types.next() else { return TokenStream::new() };
    let message = "an event has at most 4096 closed forms (12 bits): leave a property out or make it coarser";
    quote_spanned! {event.name.span()=>
        ::core::assert!(
            #first::DOMAIN.states()#(.saturating_mul(#types::DOMAIN.states()))* <= #core::catalogue::MAX_FORMS,
            #message,
        );
    }
}

/// A part must not have grown past its list of revisions. Shown on its type.
fn growth(core: &Path, part: &Part) -> TokenStream {
    let (part_set, known) = (part_set(core, part), Literal::usize_unsuffixed(part.revisions.len()));
    let message = "this part has grown: add to its `since` list the revision of this catalogue that brings the part's \
                   newest revision";
    quote_spanned!(part.ty.span()=> ::core::assert!(#part_set::REVISION <= #known, #message);)
}

fn events(core: &Path, slots: &[Slot]) -> TokenStream {
    if !slots.iter().any(|slot| matches!(slot, Slot::Part(_))) {
        let events = slots.iter().filter_map(|slot| match slot {
            Slot::Event(event) => Some(event_schema(core, event)),
            Slot::Part(_) => None,
        });
        return quote!(&[#(#events),*]);
    }
    let groups = slots.iter().map(|slot| match slot {
        Slot::Event(event) => {
            let event = event_schema(core, event);
            quote!(&[#event])
        }
        Slot::Part(part) => {
            let (part_set, count) = (part_set(core, part), part_count(core, part));
            let revisions = &part.revisions;
            quote_spanned! {part.ty.span()=>
                &#core::catalogue::schema::adopt::<{ #count }>(
                    #part_set::EVENTS,
                    #part_set::REVISION,
                    &#core::catalogue::RevisionMap::new(&[#(#revisions),*], <Self as #core::EventSet>::REVISION),
                )
            }
        }
    });
    let count = count(core, slots);
    quote!(&#core::catalogue::schema::join::<{ #count }>(&[#(#groups),*]))
}

/// How many events `slots` have, as a constant expression.
fn count(core: &Path, slots: &[Slot]) -> TokenStream {
    let own = slots.iter().filter(|slot| matches!(slot, Slot::Event(_))).count();
    let parts = slots.iter().filter_map(|slot| match slot {
        Slot::Event(_) => None,
        Slot::Part(part) => Some(part_count(core, part)),
    });
    quote!(#own #(+ #parts)*)
}

/// How many events a part has, as a constant expression.
fn part_count(core: &Path, part: &Part) -> TokenStream {
    let part_set = part_set(core, part);
    quote_spanned!(part.ty.span()=> #part_set::EVENTS.len())
}

/// `<Part as EventSet>`, so spanned that every use of a wrong type yields the same error, which is shown once.
fn part_set(core: &Path, part: &Part) -> TokenStream {
    let ty = &part.ty;
    quote_spanned!(ty.span()=> <#ty as #core::EventSet>)
}

fn event_schema(core: &Path, event: &Event) -> TokenStream {
    let Event { name, what, why, since, .. } = event;
    let purpose = Ident::new(event.purpose, Span::call_site());
    let properties = event.properties.iter().map(|property| {
        let Property { name, what, since, .. } = property;
        let ty = property_type(core, &property.ty);
        let until = until(core, property.until);
        quote!(#core::catalogue::PropertySchema::new(#name, #what, #ty::DOMAIN, #since)#until)
    });
    // A block of its own, because the argument of a call is not lifted to `'static` by itself.
    let properties = if event.properties.is_empty() { quote!(&[]) } else { quote!(const { &[#(#properties),*] }) };
    let until = until(core, event.until);
    quote! {
        #core::catalogue::EventSchema::new(
            #name,
            #what,
            #why,
            #core::Purpose::#purpose,
            #since,
            #properties,
        )#until
    }
}

fn until(core: &Path, day: Option<Day>) -> Option<TokenStream> {
    let (year, month, day) = day?;
    Some(quote!(.until(#core::catalogue::Date::new(#year, #month, #day))))
}

/// `<Type as Property>`, so spanned that every use of a wrong type yields the same error, which is shown once.
fn property_type(core: &Path, ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as #core::Property>)
}

fn positions(core: &Path, slots: &[Slot]) -> Vec<TokenStream> {
    let arm = |(at, slot): (usize, &Slot)| {
        let before = slots.get(..at).unwrap_or_default();
        let count = count(core, before);
        let has_parts = before.iter().any(|slot| matches!(slot, Slot::Part(_)));
        let base = if has_parts { quote!(const { #count }) } else { count };
        match slot {
            Slot::Event(event) => {
                let pattern = pattern(event, None);
                quote!(#pattern => #base)
            }
            Slot::Part(part) => {
                let (variant, part_set) = (&part.variant, part_set(core, part));
                quote!(Self::#variant(part) => #part_set::position(part) + #base)
            }
        }
    };
    slots.iter().enumerate().map(arm).collect()
}

/// The body of `read`.
///
/// `Fields::push` is given a value whose type is right for certain, so that a wrong field type is not refused a
/// second time there.
fn read(core: &Path, slots: &[Slot]) -> TokenStream {
    let has_properties = slots.iter().any(|slot| matches!(slot, Slot::Event(event) if !event.properties.is_empty()));
    let value = has_properties.then(|| {
        quote! {
            struct __TelemetryValue(#core::property::Index);

            #[diagnostic::do_not_recommend]
            impl #core::Property for __TelemetryValue {
                const DOMAIN: #core::property::Domain = #core::property::Domain::boolean();

                fn index(&self) -> #core::property::Index {
                    self.0
                }
            }
        }
    });
    let arms = slots.iter().map(|slot| match slot {
        Slot::Event(event) => {
            let bindings: Vec<Ident> =
                (0..event.properties.len()).map(|at| format_ident!("__field{at}", span = Span::mixed_site())).collect();
            let pattern = pattern(event, Some(&bindings));
            let pushes = event.properties.iter().zip(&bindings).map(|(property, binding)| {
                let ty = property_type(core, &property.ty);
                quote!(fields.push(&__TelemetryValue(#ty::index(#binding)));)
            });
            quote!(#pattern => { #(#pushes)* })
        }
        Slot::Part(part) => {
            let (variant, part_set) = (&part.variant, part_set(core, part));
            quote!(Self::#variant(part) => #part_set::read(part, fields))
        }
    });
    quote! {
        #value
        match self { #(#arms),* }
    }
}

/// The pattern of an event's variant, with its fields bound or left out.
fn pattern(event: &Event, bindings: Option<&[Ident]>) -> TokenStream {
    let variant = &event.variant;
    let fields = event.properties.iter().map(|property| &property.field);
    match bindings {
        _ if event.is_unit => quote!(Self::#variant),
        None => quote!(Self::#variant { .. }),
        Some(bindings) => quote!(Self::#variant { #(#fields: #bindings),* }),
    }
}

fn schema(core: &Path, ident: &Ident, app: &App) -> TokenStream {
    let name = &app.name;
    let identity = match app.identity {
        Identity::None => quote!(None),
        Identity::Rotating(days) => quote!(Rotating { days: #days }),
        Identity::Stable => quote!(Stable),
    };
    let variant = |name: &&str| Ident::new(name, Span::call_site());
    let identity_why = app.identity_why.iter();
    let resolution = app.resolution.iter().map(variant);
    let ids = app.ids.iter().map(variant);
    let context: Vec<Ident> = app.context.iter().map(variant).collect();
    let context = (!context.is_empty()).then(|| quote!(.context(&[#(#core::catalogue::Context::#context),*])));
    let title = app.title.iter();
    let publisher = app.publisher.iter();
    let contact = app.contact.iter();
    let retention_days = app.retention_days.iter();
    let crates = app.crates.iter().map(ToString::to_string);
    quote! {
        #[automatically_derived]
        impl #core::Catalogue for #ident {
            const SCHEMA: #core::CatalogueSchema = #core::CatalogueSchema::new(
                #name,
                ::core::env!("CARGO_PKG_VERSION"),
                <Self as #core::EventSet>::REVISION,
                #core::catalogue::Identity::#identity,
                <Self as #core::EventSet>::EVENTS,
            )
            .commit(::core::option_env!("BUILD_COMMIT"))
            #(.title(#title))*
            #(.identity_why(#identity_why))*
            #(.resolution(#core::catalogue::Resolution::#resolution))*
            #(.ids(#core::catalogue::IdForm::#ids))*
            #context
            #(.publisher(#publisher))*
            #(.contact(#contact))*
            #(.retention_days(#retention_days))*
            .crates(&[::core::env!("CARGO_PKG_NAME"), ::core::env!("CARGO_CRATE_NAME"), #(#crates),*]);
        }
    }
}

/// Stand-in for a refused entity: the author's code that uses it shows no further errors.
pub(crate) fn entity_fallback(input: &DeriveInput) -> TokenStream {
    let core = Attributes::read(&input.attrs).core("entity");
    implementation(
        input,
        &quote!(#core::Entity),
        &quote!(
            const NAME: &'static str = "refused";
        ),
    )
}

/// Stand-in for a refused property.
pub(crate) fn property_fallback(input: &DeriveInput) -> TokenStream {
    let core = Attributes::read(&input.attrs).core("property");
    let body = quote! {
        const DOMAIN: #core::property::Domain = #core::property::Domain::boolean();

        fn index(&self) -> #core::property::Index {
            #core::property::Index::position(0)
        }
    };
    implementation(input, &quote!(#core::Property), &body)
}

/// Stand-in for a refused error.
pub(crate) fn error_report_fallback(input: &DeriveInput) -> TokenStream {
    let core = Attributes::read(&input.attrs).core("report");
    let body = quote! {
        const CODES: &'static [#core::property::ClosedValue] = &[#core::property::ClosedValue::new("refused", "", 1)];

        fn position(&self) -> usize {
            0
        }
    };
    implementation(input, &quote!(#core::ErrorReport), &body)
}

/// Stand-in for a refused catalogue. Field types are named all the same: a wrong one is reported together with the
/// other mistakes, not in the next compile.
pub(crate) fn catalogue_fallback(input: &DeriveInput) -> TokenStream {
    let attributes = Attributes::read(&input.attrs);
    let core = attributes.core("catalogue");
    let variants = match &input.data {
        Data::Enum(data) if input.generics.params.is_empty() => Some(&data.variants),
        _ => None,
    };
    let named =
        variants.into_iter().flatten().flat_map(|variant| &variant.fields).filter(|field| field.ident.is_some());
    let types = named.map(|field| property_type(&core, &field.ty));
    let body = quote! {
        const EVENTS: &'static [#core::catalogue::EventSchema] = &[];

        const REVISION: u32 = 1;

        fn position(&self) -> usize {
            0
        }

        fn read(&self, _: &mut #core::catalogue::Fields) {
            #(let _ = #types::DOMAIN;)*
        }
    };
    let event_set = implementation(input, &quote!(#core::EventSet), &body);
    if attributes.has("catalogue", "part") {
        return event_set;
    }
    let body = quote! {
        const SCHEMA: #core::CatalogueSchema =
            #core::CatalogueSchema::new("refused", "0.0.0", 1, #core::catalogue::Identity::None, &[]);
    };
    let catalogue = implementation(input, &quote!(#core::Catalogue), &body);
    quote!(#event_set #catalogue)
}

/// Implements `name` for the input, whatever parameters it has.
fn implementation(input: &DeriveInput, name: &TokenStream, body: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let mut generics = input.generics.clone();
    if !generics.params.is_empty() {
        let (_, parameters, _) = input.generics.split_for_impl();
        let bound = syn::parse_quote!(#ident #parameters: ::core::marker::Send + 'static);
        generics.make_where_clause().predicates.push(bound);
    }
    let (parameters, arguments, bounds) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters #name for #ident #arguments #bounds { #body }
    }
}
