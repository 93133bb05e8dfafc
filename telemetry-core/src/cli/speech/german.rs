//! The German messages of the commands, with the formal address.

use std::io;

use super::{Choice, Speech, Way};
use crate::catalogue::diff::Class;
use crate::catalogue::lock::property_since;
use crate::catalogue::{CatalogueSchema, EventSchema, PropertySchema};
use crate::cli::arguments::{Missing, UsageError};
use crate::cli::events::{CheckError, What, one_line};
use crate::cli::prove::{Counts, Failure, Obstacle, Operation, PATIENCE};
use crate::cli::{Stop, arguments, explain};
use crate::consent::notice::{RenewalNotice, german_context, german_retention};
use crate::consent::{FaultKind, Reason};
use crate::kill_switch::{policy_path, variable_name};
use crate::locale::Locale;
use crate::property::{ClosedValue, Kind, Trace};
use crate::purpose::Purposes;
use crate::sent_log::{Answer, SentEntry};
use crate::sentences::{self, german_list as list, german_purpose};

pub(super) struct German;

/// `1 Socket`, `2 Sockets`.
fn count(number: usize, one: &str, several: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {several}") }
}

const fn missing(what: Missing) -> &'static str {
    match what {
        Missing::Reason => "einen Grund aus `status`",
        Missing::Shell => "eine Shell: bash, zsh oder fish",
        Missing::LockFile => "eine Lock-Datei",
        Missing::File => "eine Datei",
        Missing::Directory => "ein Verzeichnis",
    }
}

/// What the system says, as far as there are words for it here.
fn cause(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "nicht gefunden".to_owned(),
        io::ErrorKind::PermissionDenied => "keine Berechtigung".to_owned(),
        io::ErrorKind::AlreadyExists => "schon vorhanden".to_owned(),
        io::ErrorKind::NotADirectory => "kein Verzeichnis".to_owned(),
        io::ErrorKind::IsADirectory => "ein Verzeichnis".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "nur zum Lesen eingebunden".to_owned(),
        io::ErrorKind::StorageFull => "kein Platz".to_owned(),
        io::ErrorKind::InvalidData => "kein Text".to_owned(),
        io::ErrorKind::TimedOut => "nicht in der Zeit".to_owned(),
        io::ErrorKind::ConnectionRefused => "Verbindung abgelehnt".to_owned(),
        io::ErrorKind::UnexpectedEof => "vorzeitiges Ende".to_owned(),
        // The system's own words are better than none.
        other => other.to_string(),
    }
}

fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::NoOperations => "dieses Programm nennt keine Vorgänge, die zu verfolgen wären".to_owned(),
        Obstacle::NotLinux => "Systemaufrufe können nur unter Linux verfolgt werden".to_owned(),
        Obstacle::NoStrace => "`strace` ist nicht installiert oder nicht in PATH".to_owned(),
        Obstacle::NotPermitted => {
            "Systemaufrufe dürfen hier nicht verfolgt werden; Container verbieten das oft".to_owned()
        }
        Obstacle::NoDirectory(error) => {
            format!("ein frisches Verzeichnis konnte nicht angelegt werden: {}", cause(error.kind()))
        }
        Obstacle::NotStarted(error) => {
            format!("das Programm konnte nicht neu gestartet werden: {}", cause(error.kind()))
        }
    }
}

fn counted(counts: Counts) -> String {
    let Counts { sockets, connections, look_ups, files } = counts;
    list(&[
        count(sockets, "Socket", "Sockets"),
        count(connections, "Verbindung", "Verbindungen"),
        count(look_ups, "Namensabfrage", "Namensabfragen"),
        count(files, "Telemetrie-Datei", "Telemetrie-Dateien"),
    ])
}

/// How much an event can say at most: `96 Formen, 6,6 Bit, dazu 2 Nummern`.
fn measure(event: &EventSchema) -> String {
    let forms = if event.forms() == 1 { "1 Form".to_owned() } else { format!("{} Formen", event.forms()) };
    let size = format!("{forms}, {} Bit", format!("{:.1}", event.bits()).replace('.', ","));
    match event.ids() {
        0 => size,
        ids => format!("{size}, dazu {}", count(ids, "Nummer", "Nummern")),
    }
}

impl Speech for German {
    fn yes_or_no(&self) -> &'static str {
        "[j/N]"
    }

    fn reads_yes(&self, line: &str) -> Option<bool> {
        match line {
            "j" | "ja" | "y" | "yes" => Some(true),
            "" | "n" | "nein" | "no" => Some(false),
            _ => None,
        }
    }

    fn three_answers(&self, notice: &RenewalNotice) -> String {
        let (keep, agree, off) = (notice.keep(), notice.agree(), notice.off());
        format!("  b  {keep}\n  z  {agree}\n  a  {off}\n\nIhre Antwort (eine leere Zeile behält die Liste) [B/z/a] ")
    }

    fn reads_choice(&self, line: &str) -> Option<Choice> {
        match line {
            "" | "b" | "behalten" => Some(Choice::Keep),
            "z" | "zustimmen" => Some(Choice::Agree),
            "a" | "aus" => Some(Choice::Off),
            _ => None,
        }
    }

    fn decided(&self, purposes: Purposes, on: &str, off: &str) -> String {
        if purposes.is_empty() {
            return format!("Aus. Ändern mit: {on}");
        }
        let purposes = sentences::of(Locale::German).purposes(purposes);
        format!("An für: {purposes}. Ändern mit: {off}")
    }

    fn list_is_kept(&self, agreed: u32, on: &str) -> String {
        format!("Nur Liste {agreed} wird gesendet. Ändern mit: {on}")
    }

    fn list_is_agreed(&self, offered: u32) -> String {
        format!("Von jetzt an wird Liste {offered} gesendet.")
    }

    fn asks_anew(&self, line: &str) -> String {
        format!("{line} Hier wird neu gefragt.")
    }

    fn not_stored(&self, why: &str) -> String {
        format!("Die Antwort konnte nicht gespeichert werden: {why}.")
    }

    fn stop(&self, stop: &Stop) -> String {
        match stop {
            Stop::Usage(error) => self.usage(error),
            Stop::UnknownEvent { given, known } => {
                format!("es gibt kein Ereignis `{given}`; die Ereignisse sind: {known}")
            }
            Stop::NoPerson => {
                "nur ein Mensch an einem Terminal kann Telemetrie einschalten; nichts wurde geändert".to_owned()
            }
            Stop::Unavailable { reasons, explain } => {
                format!("Telemetrie kann hier nicht eingeschaltet werden: {reasons}\n{}", self.see(explain))
            }
            Stop::NoDecision => "es wurde nichts entschieden und nichts geändert".to_owned(),
            Stop::Grant(why) => why.words_in(Locale::German),
            Stop::NoId => "Telemetrie ist nicht an, also gibt es keine Kennung zu ersetzen".to_owned(),
            Stop::Store(why) => why.words_in(Locale::German),
            Stop::NotStored(why) => {
                format!("Telemetrie ist in diesem Prozess aus, aber nicht auf Dauer: {}", why.words_in(Locale::German))
            }
            Stop::Receipts(why) => format!("die Belege passen nicht zusammen: {}", why.words_in(Locale::German)),
            Stop::Clear(error) => {
                format!("eine Datei des Protokolls konnte nicht entfernt werden: {}", cause(error.kind()))
            }
            Stop::Write(error) => format!("die Dokumente können nicht geschrieben werden: {}", cause(error.kind())),
            Stop::Read(error) => format!("die Datei kann nicht gelesen werden: {}", cause(error.kind())),
            Stop::Lock(why) => why.words_in(Locale::German),
            Stop::Grown(class) => format!("die neue Liste ist {}", class.word_in(Locale::German)),
            Stop::NoProof(why) => format!("hier kann nichts bewiesen werden: {}", obstacle(why)),
            Stop::NotSilent => "das Programm ist nicht still, wo niemand zugestimmt hat".to_owned(),
            Stop::OperationsFailed(failed) => {
                format!("nichts ist bewiesen: {} fehlgeschlagen", count(*failed, "Vorgang ist", "Vorgänge sind"))
            }
            Stop::Check(CheckError::Unknown) => {
                "das ist keine der Dateien, die aus einer Ereignisliste gemacht werden".to_owned()
            }
            Stop::Check(CheckError::Lock(why)) => why.words_in(Locale::German),
            Stop::Check(CheckError::Document(drift)) => drift.words_in(Locale::German),
            Stop::Output(error) => format!("die Ausgabe konnte nicht geschrieben werden: {}", cause(error.kind())),
        }
    }

    fn usage(&self, error: &UsageError) -> String {
        match error {
            UsageError::UnknownCommand { given } => {
                format!("unbekannter Befehl `{given}`; die Befehle sind: {}", arguments::names())
            }
            UsageError::Unexpected { command, given, options: [] } => format!("`{command}` kennt `{given}` nicht"),
            UsageError::Unexpected { command, given, options } => {
                format!("`{command}` kennt `{given}` nicht, sondern: {}", options.join(", "))
            }
            UsageError::TooMany { command, options } => {
                format!("`{command}` nimmt nur eines zugleich von {}", options.join(", "))
            }
            UsageError::Missing { after, what } => format!("`{after}` braucht {}", missing(*what)),
            UsageError::UnknownShell { given } => {
                format!("unbekannte Shell `{given}`; die Shells sind: {}", arguments::shells())
            }
            UsageError::UnknownReason { given } => {
                format!("unbekannter Grund `{given}`; die Gründe sind: {}", explain::codes())
            }
        }
    }

    fn see(&self, command: &str) -> String {
        format!("siehe: {command}")
    }

    fn way(&self, way: Way, command: &str) -> String {
        match way {
            Way::TurnOn => format!("einschalten: {command}"),
            Way::TurnOff => format!("ausschalten: {command}"),
            Way::Explain => format!("was das bedeutet: {command}"),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one text per reason")]
    fn explanation(&self, reason: Reason, app: &str) -> String {
        let variable = variable_name(app);
        let off = format!("`{app} telemetry off`");
        let on = format!("`{app} telemetry on`");
        match reason {
            Reason::NoKey => {
                "Der Schlüssel des Analysedienstes wird eingesetzt, wenn das Programm gebaut wird, und wer \
                dieses gebaut hat, hat keinen eingesetzt; wer aus dem Quelltext baut, hat meist keinen. Keine \
                Einstellung kann ihn nachtragen, also wird nichts gefragt, und nichts könnte gesendet werden."
                    .to_owned()
            }
            Reason::DoNotTrack => "Die Umgebungsvariable DO_NOT_TRACK hat einen anderen Wert als `0` oder `false` \
                (https://donottrack.sh). Nichts wird gesendet und nichts gefragt. Was vorher entschieden wurde, bleibt \
                und zählt wieder, wenn die Variable gelöscht ist."
                .to_owned(),
            Reason::AppSwitch => format!(
                "Die Umgebungsvariable {variable} steht auf `off`, `0`, `false` oder `no`, oder auf einem Wert, der \
                 nicht bekannt ist, was dasselbe bedeutet. Nichts wird gesendet und nichts gefragt. Was vorher \
                 entschieden wurde, bleibt und zählt wieder, wenn die Variable gelöscht ist. Die Variable kann \
                 Telemetrie nur ausschalten, nie ein."
            ),
            Reason::Policy => format!(
                "Wer diesen Rechner verwaltet, verbietet Telemetrie, meist in {}; der Text `deny` darin, jeder Text, \
                 der nicht bekannt ist, und eine Datei, die nicht gelesen werden kann, verbieten sie. Was vorher \
                 entschieden wurde, bleibt und zählt wieder, wenn die Richtlinie weg ist. Eine Richtlinie kann \
                 Telemetrie nur ausschalten, nie ein.",
                policy_path(app).display()
            ),
            Reason::Ci => "Die Variable CI ist gesetzt, oder eine, an der sich ein Build-Dienst zu erkennen gibt. \
                Automatische Läufe sprechen für niemanden, also wird nichts gefragt und nichts gesendet, was auch \
                entschieden wurde."
                .to_owned(),
            Reason::Held => format!(
                "Jemand hat sie in diesem laufenden Programm ausgeschaltet, und die Entscheidung konnte nicht auf die \
                 Platte geschrieben werden. Nichts wird aufgezeichnet oder gesendet, bis das Programm endet; damit es \
                 so bleibt, bringen Sie das Zustandsverzeichnis in Ordnung und rufen Sie {off} auf."
            ),
            Reason::Finished => {
                "Das Programm, das gefragt wurde, wird gerade beendet. Es zeichnet nichts mehr auf und \
                sendet nichts mehr; was es nicht gesendet hat, bleibt für seinen nächsten Start auf der Platte."
                    .to_owned()
            }
            Reason::KeyRefused => {
                "Der Server hat geantwortet, dass er den Schlüssel dieses Builds nicht nimmt. Dieses \
                Programm zeichnet nichts auf und sendet nichts, bis es neu gestartet wird; was es nicht gesendet hat, \
                bleibt bis dahin auf der Platte."
                    .to_owned()
            }
            Reason::Unasked => format!(
                "Telemetrie ist aus, bis jemand ja sagt, und das hat bisher niemand. {on} zeigt, was gesendet würde, \
                 und fragt."
            ),
            Reason::Denied => {
                format!("Die Frage wurde mit nein beantwortet, und das Programm fragt nicht wieder. {on} fragt neu.")
            }
            Reason::Withdrawn => format!(
                "Telemetrie war an, und jemand hat sie ausgeschaltet. Was nicht gesendet war und alle Kennungen wurden dabei \
                 gelöscht. {on} fragt neu und beginnt mit neuen Kennungen."
            ),
            Reason::DestinationChanged => format!(
                "Jemand hat einem anderen Server oder einem anderen Schlüssel zugestimmt als denen dieses Builds, und \
                 diese Zustimmung gilt hier nicht. `{app} telemetry status` nennt das Ziel, {on} fragt neu, und \
                 {off} beendet es."
            ),
            Reason::TermsChanged => format!(
                "Jemand hat einer Liste von Ereignissen unter Bedingungen zugestimmt, die dieser Build nicht einhält: \
                 wie lange Daten aufbewahrt werden, wie Ereignisse verbunden werden, wie grob Zeiten sind, oder etwas \
                 anderes, das für alle gilt. {on} zeigt die Bedingungen dieses Builds und fragt neu, und {off} beendet \
                 es."
            ),
            Reason::NothingCovered => format!(
                "Jemand hat Zwecken zugestimmt, für die dieser Build keine Ereignisse hat. {on} fragt nach dem, was er \
                 hat, und {off} beendet es."
            ),
            Reason::Fault(FaultKind::Copied) => format!(
                "Jemand hat in einer anderen Installation zugestimmt, und deren Zustandsverzeichnis wurde hierher \
                 kopiert: mit einem Abbild, aus einer Sicherung oder auf einen anderen Rechner. Eine Kopie trägt das \
                 Ja nicht mit sich, und die Kennungen der anderen Installation werden nicht benutzt. {on} fragt für \
                 diese und beginnt mit eigenen Kennungen; {off} beendet es."
            ),
            Reason::Fault(kind) => {
                let what = match kind {
                    FaultKind::Unreadable => {
                        "Die Datei mit der Entscheidung ist da, kann aber nicht geöffnet oder gelesen werden; ihre \
                         Rechte oder die Platte können der Grund sein. Werden sie in Ordnung gebracht, zählt die \
                         Entscheidung wieder."
                    }
                    FaultKind::Damaged => {
                        "Die Datei mit der Entscheidung ist nicht vollständig. Sie bleibt, wie sie ist, damit eine \
                         Sicherung zurückgespielt werden kann."
                    }
                    FaultKind::UnknownFormat => {
                        "Die Datei mit der Entscheidung wurde von einer neueren Version des Programms geschrieben. Mit \
                         dieser Version zählt sie wieder."
                    }
                    FaultKind::Inconsistent => {
                        "Die Datei mit der Entscheidung sagt zwei Dinge zugleich, wie es vorkommt, wenn sie von Hand \
                         geändert wird. Sie bleibt, wie sie ist."
                    }
                    FaultKind::Permissions => {
                        "Die Datei mit der Entscheidung gehört einem anderen Benutzer, oder andere können sie \
                         schreiben, sodass sie vielleicht nicht sagt, was ihr Besitzer entschieden hat. Mit richtigem \
                         Besitzer und richtigen Rechten zählt sie wieder."
                    }
                    FaultKind::WrongApp => {
                        "Die Datei mit der Entscheidung gehört einer anderen Anwendung; vielleicht teilen sich die \
                         beiden aus Versehen ein Verzeichnis."
                    }
                    FaultKind::Copied => "",
                };
                format!(
                    "{what} Solange wird nichts aufgezeichnet oder gesendet. {off} legt die unlesbare Entscheidung \
                     beiseite und speichert an ihrer Stelle ein \"aus\"; {on} fragt neu."
                )
            }
        }
    }

    fn nothing_waits(&self) -> &'static str {
        "Nichts wartet darauf, gesendet zu werden."
    }

    fn log_is_empty(&self) -> &'static str {
        "Das Protokoll ist leer: Nichts wurde gesendet, oder es wurde entfernt."
    }

    fn log_entry(&self, entry: &SentEntry) -> String {
        let at = sentences::of(Locale::German).moment(entry.at);
        match &entry.answer {
            None => format!("{at}, an {}: keine Antwort ist bekannt", entry.to),
            Some(Answer { outcome, status: None, wire_bytes }) => {
                format!("{at}, an {}: {outcome}, {wire_bytes} Bytes über das Netz", entry.to)
            }
            Some(Answer { outcome, status: Some(status), wire_bytes }) => {
                format!("{at}, an {}: {outcome}, HTTP {status}, {wire_bytes} Bytes über das Netz", entry.to)
            }
        }
    }

    fn log_is_removed(&self) -> &'static str {
        "Das Protokoll des Gesendeten ist entfernt."
    }

    fn no_receipts(&self) -> &'static str {
        "Es gibt keine Belege: Niemand hat etwas entschieden."
    }

    fn receipts_hold(&self, number: usize) -> String {
        format!("{}; keiner wurde geändert, ging verloren oder wurde verschoben.", count(number, "Beleg", "Belege"))
    }

    fn identifiers_are_new(&self) -> &'static str {
        "Die zufälligen Kennungen sind neu. Was unter den alten nicht gesendet war, ist gelöscht, und ebenso das \
         Protokoll des Gesendeten."
    }

    fn request_is_yours(&self, schema: &CatalogueSchema) -> String {
        format!(
            "Nichts wurde gesendet. Es steht Ihnen frei, diesen Antrag zu senden, und er wird nirgends\naufbewahrt: \
             Die Kennungen darin sind hier gelöscht und können nicht noch einmal gezeigt\nwerden. {}",
            german_retention(schema.retention_days)
        )
    }

    fn listing(&self, schema: &CatalogueSchema) -> String {
        format!("Alles, was {} melden kann (Liste {}).", schema.app, schema.revision)
    }

    fn listed_event(&self, event: &EventSchema) -> String {
        let EventSchema { name, what, why, purpose, since, until, .. } = event;
        let until = until.map(|day| format!(", bis {day}")).unwrap_or_default();
        format!(
            "{name} ({}, seit Liste {since}{until}; {})\n  {}\n  Warum: {}",
            german_purpose(*purpose),
            measure(event),
            one_line(what),
            one_line(why)
        )
    }

    fn listed_property(&self, event: &EventSchema, property: &PropertySchema) -> String {
        let values = match property.domain.kind() {
            Kind::Id(entity) => format!("Nummer von \"{entity}\""),
            Kind::Boolean => "true, false".to_owned(),
            Kind::Closed(_) => property.domain.values().map(ClosedValue::name).collect::<Vec<_>>().join(", "),
        };
        let traced = match property.domain.trace() {
            Some(Trace::Place) => ", mit der Stelle im Quelltext des Programms und der Art des Threads",
            Some(Trace::Functions) => {
                ", mit der Stelle und den Funktionen im Quelltext des Programms und der Art des Threads"
            }
            None => "",
        };
        let absent = if property.domain.is_optional() { ", oder nichts" } else { "" };
        let since = property_since(event, property);
        let since = if since > event.since { format!(" (seit Liste {since})") } else { String::new() };
        format!("{}: {} [{values}{absent}{traced}]{since}", property.name, one_line(property.what))
    }

    fn listed_context(&self, schema: &CatalogueSchema) -> Option<String> {
        let context: Vec<&str> = schema.context.iter().map(|context| german_context(*context)).collect();
        (!context.is_empty()).then(|| format!("Mit jedem Ereignis: {}.", list(&context)))
    }

    fn agrees(&self, file: &str, what: What, revision: u32, digest: &str) -> String {
        let what = match what {
            What::Manifest => "das Manifest",
            What::Catalogue => "die Ereignisliste",
            What::BodySchema => "das Schema der Sendungen",
            What::LockFile => "die Lock-Datei",
            What::Document => "ein Dokument",
        };
        format!("{file}: {what} dieses Programms, Liste {revision}, sha256 {digest}")
    }

    fn nothing_has_changed(&self) -> &'static str {
        "gleich: Nichts hat sich geändert."
    }

    fn consequence(&self, class: Class) -> &'static str {
        match class {
            Class::Same => "Was gesendet werden kann, ist dasselbe.",
            Class::Narrower => {
                "Weniger kann gesendet werden. Wer der alten Liste zugestimmt hat, hat auch der neuen zugestimmt."
            }
            Class::Wider => {
                "Mehr kann gesendet werden. Wer der alten Liste zugestimmt hat, hat dem Neuen nicht zugestimmt."
            }
            Class::Breaking => {
                "Was gesendet werden kann, bedeutet etwas anderes. Wer der alten Liste zugestimmt hat, hat dem nicht \
                 zugestimmt."
            }
        }
    }

    fn before_release(&self, remedy: &str) -> String {
        format!("Vor der Veröffentlichung: {remedy}.")
    }

    fn tracing(&self, operations: usize, app: &str) -> String {
        match operations {
            1 => format!("1 Vorgang von {app} wird verfolgt, wo niemand zugestimmt hat …"),
            some => format!("{some} Vorgänge von {app} werden verfolgt, wo niemand zugestimmt hat …"),
        }
    }

    fn traced(&self, app: &str, operation: &Operation, counts: Counts, failure: Option<&Failure>) -> String {
        let did = counted(counts);
        match failure {
            None => format!("{app} {operation}: {did}"),
            Some(Failure::Ended(status)) => match status.code() {
                Some(code) => format!("{app} {operation}: {did}; fehlgeschlagen mit Exit-Code {code}"),
                None => format!("{app} {operation}: {did}; von einem Signal beendet"),
            },
            Some(Failure::TooLong) => {
                format!("{app} {operation}: {did}; nicht zu Ende nach {} s", PATIENCE.as_secs())
            }
            Some(Failure::Visit(kind)) => {
                format!("{app} {operation}: {did}; konnte nicht benutzt werden ({})", cause(*kind))
            }
        }
    }

    fn and_more(&self, number: usize) -> String {
        format!("und {}", count(number, "weiterer", "weitere"))
    }

    fn in_all(&self, counts: Counts) -> String {
        format!("Insgesamt: {}.", counted(counts))
    }

    fn excused(&self, listeners: usize) -> String {
        let sockets = count(listeners, "Socket", "Sockets");
        format!("Nicht gezählt: {sockets}, auf denen ein Dienst auf seine eigenen Clients wartet.")
    }

    fn also_off(&self, reason: &str) -> String {
        format!("Hinweis: Telemetrie ist hier auch aus einem anderen Grund aus: {reason}.")
    }

    fn help(&self, app: &str) -> String {
        format!("Was {app} melden kann, und ob es darf: aus, bis jemand ja sagt.\n\nAufruf: {app} telemetry [BEFEHL]")
    }

    fn exit_codes(&self) -> &'static str {
        "Exit-Codes: 0 getan, ob an oder aus; 1 nicht getan, oder eine Prüfung fand
etwas; 2 nicht verstanden, `on` ohne einen Menschen an einem Terminal, oder
`prove-off`, wo nichts verfolgt werden kann."
    }
}
