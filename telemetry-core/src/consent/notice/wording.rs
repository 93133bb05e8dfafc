//! What a language has to say: every message of the notice.
//!
//! There are no default methods, so that a language without one of them does not compile.

use crate::Purpose;
use crate::catalogue::{CatalogueSchema, Context, IdForm, Resolution};
use crate::sink::Destination;

/// The messages of one language, each a whole sentence or several.
///
/// Everything that is told to a method and is text (`app`, `publisher`, `entities`) is the author's and stays
/// in the author's language.
pub(super) trait Wording: Sync {
    /// Asks whether these purposes may be served, and says that nobody has to agree.
    fn title(&self, app: &str, asked: &[Purpose]) -> String;

    /// Who asks for what, that it is off, and that a no costs nothing.
    fn introduction(&self, app: &str, publisher: &str, asked: &[Purpose]) -> String;

    /// The label of a purpose's box.
    fn purpose(&self, purpose: Purpose) -> &'static str;

    /// What a purpose covers, in so many kinds of event. Their names are for the list of them: they are not words.
    fn covers(&self, purpose: Purpose, kinds: usize) -> String;

    /// What an error report names, and what it does not quote.
    fn places(&self) -> &'static str;

    /// What an event holds, and which of it are numbers that stand for something.
    fn values(&self, entities: &[&str]) -> String;

    /// What goes with each event; at least one thing.
    fn context(&self, context: &[Context]) -> String;

    /// How exact times are.
    fn resolution(&self, resolution: Resolution) -> &'static str;

    /// The number of the list of events, and that it can be looked at before.
    fn list(&self, revision: u32) -> String;

    /// What no event can hold.
    fn never(&self) -> String;

    /// Who receives it, for how long it is kept, as far as the author says, and what the recipient sees besides. Where
    /// that is a program on this machine, that nothing leaves it.
    fn recipient(&self, destination: &Destination, schema: &CatalogueSchema) -> String;

    /// What links the events of an installation, or that nothing does.
    fn identity(&self, schema: &CatalogueSchema) -> String;

    /// What the numbers in events are and what follows from them; at least one entity.
    fn ids(&self, form: IdForm, entities: &[&str]) -> String;

    /// What follows from whatever links events.
    fn pseudonymous(&self) -> &'static str;

    /// How to change one's mind at `place`, and from when on it holds.
    fn change(&self, place: &str) -> String;

    /// That the list has grown.
    fn renewal_title(&self) -> &'static str;

    /// Which list was agreed to, and that what follows is what the new one adds. Here and below both numbers are the same
    /// where an author forgot to raise it.
    fn renewal_introduction(&self, agreed: u32, offered: u32) -> String;

    /// That only the old list is sent until somebody decides.
    fn renewal_meanwhile(&self, agreed: u32, offered: u32) -> String;

    /// The answer that keeps the old list.
    fn renewal_keep(&self, agreed: u32, offered: u32) -> String;

    /// The answer that agrees to the new list.
    fn renewal_agree(&self, agreed: u32, offered: u32) -> String;

    /// The answer that turns telemetry off.
    fn renewal_off(&self) -> &'static str;
}
