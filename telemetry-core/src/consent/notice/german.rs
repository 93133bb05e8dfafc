//! The German messages, with the formal address. The author's words stand in quotation marks or parentheses.

use super::wording::Wording;
use crate::Purpose;
use crate::catalogue::{CatalogueSchema, Context, IdForm, Identity, Resolution};
use crate::document::words;
use crate::sentences::{german_list as list, german_purpose as named};
use crate::sink::Destination;

pub(super) struct German;

/// Names that the author chose: `"time entry" und "report"`.
fn quoted(names: &[&str]) -> String {
    list(&names.iter().map(|name| format!("\"{}\"", name.replace('_', " "))).collect::<Vec<_>>())
}

/// The places that sinks of this workspace name; others stay as they are.
fn region(region: &str) -> &str {
    match region {
        "Frankfurt, European Union" => "Frankfurt, Europäische Union",
        "Frankfurt, Germany" => "Frankfurt, Deutschland",
        "European Union" => "der Europäischen Union",
        "Germany" => "Deutschland",
        "United States" => "den Vereinigten Staaten",
        other => other,
    }
}

/// For how long the data is kept, as far as the author says.
pub(crate) fn retention(kept: u32) -> String {
    match kept {
        0 => "Der Herausgeber sagt nicht, wie lange die Daten aufbewahrt werden.".to_owned(),
        some => format!("Die Daten werden {} aufbewahrt.", days(some)),
    }
}

/// A short name of what goes with every event.
pub(crate) const fn context_words(context: Context) -> &'static str {
    match context {
        Context::AppVersion => "Version der Anwendung",
        Context::OsFamily => "Familie des Betriebssystems",
        Context::Arch => "Bauart des Prozessors",
        Context::Deployment => "Art der Installation",
    }
}

fn days(days: u32) -> String {
    if days == 1 { "1 Tag".to_owned() } else { format!("{days} Tage") }
}

impl Wording for German {
    fn title(&self, app: &str, asked: &[Purpose]) -> String {
        let asked: Vec<&str> = asked.iter().map(|purpose| named(*purpose)).collect();
        format!("{} von {app} senden? (freiwillig)", asked.join(" oder "))
    }

    fn introduction(&self, app: &str, publisher: &str, asked: &[Purpose]) -> String {
        let asked: Vec<&str> = asked.iter().map(|purpose| named(*purpose)).collect();
        format!(
            "{app} kann {} an den Herausgeber senden ({publisher}). Das ist ausgeschaltet, bis Sie zustimmen. {app} \
             funktioniert in beiden Fällen gleich.",
            list(&asked)
        )
    }

    fn purpose(&self, purpose: Purpose) -> &'static str {
        match purpose {
            Purpose::Usage => "Nutzungsstatistik senden",
            Purpose::Errors => "Fehlerberichte senden",
        }
    }

    fn covers(&self, purpose: Purpose, kinds: usize) -> String {
        let kinds = if kinds == 1 { "1 Art".to_owned() } else { format!("{kinds} Arten") };
        match purpose {
            Purpose::Usage => format!("Welche Funktionen benutzt werden, und wann: {kinds} von Ereignissen."),
            Purpose::Errors => format!("Wo das Programm versagt, und wann: {kinds} von Ereignissen."),
        }
    }

    fn values(&self, entities: &[&str]) -> String {
        if entities.is_empty() {
            return "Jedes Ereignis enthält Angaben aus festen Listen und Bereichen, sonst nichts.".to_owned();
        }
        format!(
            "Jedes Ereignis enthält Angaben aus festen Listen und Bereichen, und Nummern, die hierfür stehen: {}.",
            quoted(entities)
        )
    }

    fn context(&self, context: &[Context]) -> String {
        let context: Vec<&str> = context.iter().map(|context| context_words(*context)).collect();
        format!("Mit jedem Ereignis: {}.", list(&context))
    }

    fn resolution(&self, resolution: Resolution) -> &'static str {
        match resolution {
            Resolution::Second => "Zeiten werden auf die Sekunde genau angegeben.",
            Resolution::Minute => "Zeiten werden auf die Minute genau angegeben; Sekunden werden abgeschnitten.",
            Resolution::Hour => {
                "Zeiten werden auf die Stunde genau angegeben; Minuten und Sekunden werden abgeschnitten."
            }
            Resolution::Day => "Zeiten werden auf den Tag genau angegeben (UTC); die Uhrzeit wird abgeschnitten.",
        }
    }

    fn list(&self, revision: u32) -> String {
        format!("Dies ist Liste {revision} der Ereignisse; jeder Wert darauf kann vorher angesehen werden.")
    }

    fn places(&self) -> &'static str {
        "Ein Bericht nennt die Stelle im Quelltext dieses Programms, an der es geschah, und zitiert nie eine Meldung."
    }

    fn never(&self) -> String {
        "Nie: Namen, E-Mail-Adressen, getippter Text, Passwörter, Namen und Pfade Ihrer Dateien, Adressen von Seiten und \
         Servern, Rechnernamen, Geldbeträge."
            .to_owned()
    }

    fn recipient(&self, destination: &Destination, schema: &CatalogueSchema) -> String {
        if words::is_on_this_machine(destination) {
            return format!(
                "In diesem Build wird an ein Programm auf diesem Rechner gesendet ({}): Nichts verlässt den Rechner.",
                words::host(destination)
            );
        }
        let place = destination.region.map_or_else(String::new, |place| format!(" in {}", region(place)));
        let kept = retention(schema.retention_days);
        format!(
            "Gesendet wird an {}, betrieben von {}{place}. {kept} Wie jede Anfrage im Internet zeigt das dem Empfänger \
             die öffentliche IP-Adresse dieses Rechners. Das Programm kann das nicht verhindern; ob der Empfänger die \
             Adresse verwirft, ist eine Einstellung dort.",
            words::host(destination),
            destination.operator
        )
    }

    fn identity(&self, schema: &CatalogueSchema) -> String {
        match schema.identity {
            Identity::None if words::is_unlinked(schema) => "Was gesendet wird, trägt keine Kennung: Die Ereignisse \
                einer Anfrage reisen gemeinsam unter einer Zufallszahl, die einmal benutzt wird, und nichts in ihnen \
                verbindet, was zu einer Zeit gesammelt wurde, mit dem, was zu einer anderen gesammelt wurde."
                .to_owned(),
            Identity::None => "Diese Installation hat keine Kennung: Die Ereignisse einer Anfrage reisen gemeinsam \
                unter einer Zufallszahl, die einmal benutzt wird. Nummern in den Ereignissen verbinden Anfragen \
                trotzdem miteinander."
                .to_owned(),
            Identity::Rotating { days: 1 } => "Eine zufällige Kennung verbindet die Ereignisse dieser Installation. \
                Sie wird nach 1 Tag ersetzt, sodass sie Ereignisse nur so lange verbindet."
                .to_owned(),
            Identity::Rotating { days } => format!(
                "Eine zufällige Kennung verbindet die Ereignisse dieser Installation. Sie wird nach {days} Tagen \
                 ersetzt, sodass sie Ereignisse nur so lange verbindet."
            ),
            Identity::Stable => "Eine zufällige Kennung verbindet alle Ereignisse dieser Installation, von der \
                Zustimmung an, bis Telemetrie ausgeschaltet wird."
                .to_owned(),
        }
    }

    fn ids(&self, form: IdForm, entities: &[&str]) -> String {
        let entities = quoted(entities);
        match form {
            IdForm::Keyed => format!(
                "Die Nummern für {entities} sind Pseudonyme, gebildet mit einem geheimen Schlüssel, der auf diesem \
                 Rechner bleibt und vernichtet wird, wenn Sie Telemetrie ausschalten. Bis dahin verbinden sie \
                 Ereignisse, die dasselbe betreffen."
            ),
            IdForm::Raw => format!(
                "Die Nummern für {entities} sind die der Datenbank: Wer sie lesen kann, erkennt, für wen oder was sie \
                 stehen."
            ),
        }
    }

    fn pseudonymous(&self) -> &'static str {
        "Solche Daten sind pseudonym."
    }

    fn change(&self, place: &str) -> String {
        format!(
            "Sie können das jederzeit ändern: {place}. Es gilt sofort, und was noch nicht gesendet wurde, wird \
             gelöscht, wenn Sie ausschalten."
        )
    }

    fn renewal_title(&self) -> &'static str {
        "Die Liste der Ereignisse ist länger geworden"
    }

    fn renewal_introduction(&self, agreed: u32, offered: u32) -> String {
        if agreed == offered {
            return format!("Sie haben Liste {agreed} zugestimmt, wie sie damals war. Die dieses Builds fügt hinzu:");
        }
        format!("Sie haben Liste {agreed} zugestimmt. Liste {offered} dieses Builds fügt hinzu:")
    }

    fn renewal_meanwhile(&self, agreed: u32, offered: u32) -> String {
        if agreed == offered {
            return "Bis Sie sich entscheiden, wird nur gesendet, dem Sie zugestimmt haben.".to_owned();
        }
        format!("Bis Sie sich entscheiden, wird nur Liste {agreed} gesendet.")
    }

    fn renewal_keep(&self, agreed: u32, offered: u32) -> String {
        if agreed == offered {
            return "Die Liste behalten, wie sie war".to_owned();
        }
        format!("Liste {agreed} behalten")
    }

    fn renewal_agree(&self, agreed: u32, offered: u32) -> String {
        if agreed == offered {
            return "Der Liste zustimmen, wie sie ist".to_owned();
        }
        format!("Liste {offered} zustimmen")
    }

    fn renewal_off(&self) -> &'static str {
        "Telemetrie ausschalten"
    }
}
