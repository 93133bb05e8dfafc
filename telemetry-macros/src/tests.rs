//! What the derives write, as snapshots: a change of the expansion shows in review.

use quote::quote;

/// The expansion as formatted source.
fn shown(tokens: proc_macro2::TokenStream) -> String {
    let text = tokens.to_string();
    prettyplease::unparse(&syn::parse2(tokens).unwrap_or_else(|error| panic!("{error}: {text}")))
}

#[test]
fn entity() {
    insta::assert_snapshot!(shown(crate::entity(quote! {
        #[entity(crate = renamed::core)]
        struct TimeEntry;
    })));
}

#[test]
fn property() {
    insta::assert_snapshot!(shown(crate::property(quote! {
        /// How the list is sorted.
        pub enum Order {
            /// Newest first,
            /// always.
            ///
            /// The default.
            NewestFirst = 7,
            /// By hand.
            #[property(name = "by-hand", since = 2)]
            ByHand,
        }
    })));
}

#[test]
fn catalogue() {
    insta::assert_snapshot!(shown(crate::catalogue(quote! {
        #[catalogue(
            app = "shop", revision = 3,
            identity = "rotating(days = 90)", identity_why = "to see who comes back",
            resolution = "hour", ids = "raw", context(app_version, arch),
            publisher = "Example", contact = "privacy@shop.example", retention_days = 30,
        )]
        enum Tracked {
            /// A cart was sent off.
            ///
            /// Why: shows which front end
            /// deserves the work.
            ///
            /// A word for developers.
            #[event(name = "cart.submitted", purpose = "usage", until = "2030-01-31", allow(file, reason = "a count"))]
            CartSubmitted {
                /// Who sent it.
                r#type: Id<User>,
                /// How many files.
                #[property(since = 2, until = "2029-12-31", name = "file_count")]
                files: Option<CountBucket>,
            },
            /// The printer did not answer.
            ///
            /// Why: shows how often printing has to be repaired.
            #[event(name = "printer.failed", purpose = "errors", since = 3)]
            PrinterFailed,
        }
    })));
}

#[test]
fn part_with_flatten() {
    insta::assert_snapshot!(shown(crate::catalogue(quote! {
        #[catalogue(part, revision = 4)]
        enum Tracked {
            #[event(flatten)]
            First(first::Tracked),
            /// A page was printed.
            ///
            /// Why: shows whether printing is worth keeping.
            #[event(name = "page.printed")]
            PagePrinted {},
            #[event(flatten, since = [1, 4])]
            Second(second::Tracked),
        }
    })));
}

#[test]
fn fallback_of_a_refused_catalogue() {
    insta::assert_snapshot!(shown(crate::catalogue(quote! {
        #[catalogue(app = "shop", revision = 1)]
        enum Tracked {
            #[event(name = "page")]
            PagePrinted {
                /// Which one.
                page: String,
            },
        }
    })));
}

#[test]
fn fallback_of_a_refused_generic_property() {
    insta::assert_snapshot!(shown(crate::property(quote! {
        enum Choice<'a, T: Clone> {
            /// One.
            One(&'a T),
        }
    })));
}

#[test]
fn fallback_of_a_refused_entity() {
    insta::assert_snapshot!(shown(crate::entity(quote! {
        struct User {
            name: String,
        }
    })));
}

#[test]
fn what_is_no_item_yields_an_error() {
    assert!(
        crate::entity(quote!(
            fn user() {}
        ))
        .to_string()
        .contains("compile_error")
    );
}
