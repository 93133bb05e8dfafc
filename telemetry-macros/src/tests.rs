//! What the derives write, as snapshots: a change of the expansion shows in review.

use proc_macro2::TokenStream;
use quote::quote;

/// Compares an expansion, as formatted source, with the snapshot `name`.
fn compare(name: &str, expansion: TokenStream) {
    let text = expansion.to_string();
    let file = syn::parse2(expansion).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, prettyplease::unparse(&file)));
}

#[test]
fn entity() {
    let expansion = crate::entity(quote! {
        #[entity(crate = renamed::core)]
        struct TimeEntry;
    });
    compare("entity", expansion);
}

#[test]
fn property() {
    let expansion = crate::property(quote! {
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
    });
    compare("property", expansion);
}

#[test]
fn error_report() {
    let expansion = crate::error_report(quote! {
        pub enum Failure {
            /// The database refused.
            Database(db::Error),
            /// Nobody is signed in.
            #[report(code = "sign-in", since = 2)]
            SignIn { back: String },
            /// It was
            /// something else.
            Other,
        }
    });
    compare("error_report", expansion);
}

#[test]
fn fallback_of_a_refused_error() {
    let expansion = crate::error_report(quote! {
        struct Failure(String);
    });
    compare("fallback_of_a_refused_error", expansion);
}

#[test]
fn catalogue() {
    let expansion = crate::catalogue(quote! {
        #[catalogue(
            app = "shop", revision = 3,
            identity = "rotating(days = 90)", identity_why = "to see who comes back",
            resolution = "hour", ids = "raw", context(app_version, arch),
            publisher = "Example", contact = "privacy@shop.example", retention_days = 30, crates(shared_model),
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
    });
    compare("catalogue", expansion);
}

#[test]
fn part_with_flatten() {
    let expansion = crate::catalogue(quote! {
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
    });
    compare("part_with_flatten", expansion);
}

#[test]
fn fallback_of_a_refused_catalogue() {
    let expansion = crate::catalogue(quote! {
        #[catalogue(app = "shop", revision = 1)]
        enum Tracked {
            #[event(name = "page")]
            PagePrinted {
                /// Which one.
                page: String,
            },
        }
    });
    compare("fallback_of_a_refused_catalogue", expansion);
}

#[test]
fn fallback_of_a_refused_generic_property() {
    let expansion = crate::property(quote! {
        enum Choice<'a, T: Clone> {
            /// One.
            One(&'a T),
        }
    });
    compare("fallback_of_a_refused_generic_property", expansion);
}

#[test]
fn fallback_of_a_refused_entity() {
    let expansion = crate::entity(quote! {
        struct User {
            name: String,
        }
    });
    compare("fallback_of_a_refused_entity", expansion);
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
