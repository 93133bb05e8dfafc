//! The question and its words in a person's language.

use super::Telemetry;
use super::change::Question;
use crate::Purpose;
use crate::catalogue::Catalogue;
use crate::consent::notice::{Locale, Notice};
use crate::consent::presented::About;
use crate::consent::receipt::Surface;

impl<C: Catalogue> Telemetry<C> {
    /// The words of the question in this language, for showing them where nothing is asked.
    #[must_use]
    pub fn notice_in(&self, locale: Locale) -> Notice {
        let notice = Notice::in_locale(&C::SCHEMA, &self.destination(), locale);
        let errors = self.destination_of(Purpose::Errors);
        if errors.is_configured() && errors != self.destination() {
            notice.with_errors_to(&C::SCHEMA, &errors)
        } else {
            notice
        }
    }

    /// The question in this language, where it may be asked, as [`present`](Self::present) gives it in English.
    ///
    /// The receipt of the answer names the language and the digest of exactly these words.
    #[must_use]
    pub fn present_in(&self, surface: Surface, locale: Locale) -> Option<Question> {
        let notice = self.notice_in(locale);
        // What has no destination the text does not speak of.
        let offers = self.shared.setup.destinations().purposes();
        Some(Question { ticket: self.ask(notice.shown(), surface, offers, About::Everything)?, notice })
    }
}
