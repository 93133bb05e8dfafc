//! The German messages, with the formal address.

use super::{AgreedList, Choice, Deletion, Delivery, Remark, Sentences};
use crate::breaker::BreakerState;
use crate::clock::Timestamp;
use crate::consent::effective::{FaultKind, Reason};
use crate::consent::receipt::VerifyError;
use crate::document::Drift;
use crate::failure::FailureClass;
use crate::kill_switch::variable_name;
use crate::retry::PauseReason;
use crate::stats::Loss;
use crate::store::StoreError;
use crate::telemetry::{GrantError, NothingToName, Withdrawal};
use crate::{Purpose, Purposes};

pub(super) struct German;

/// `a`, `a und b`, `a, b und c`.
pub(crate) fn list(items: &[impl AsRef<str>]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} und {last}", others.join(", ")),
    }
}

/// What the events of a purpose are called.
pub(crate) const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Usage => "Nutzungsstatistik",
        Purpose::Errors => "Fehlerberichte",
    }
}

/// `Nutzungsstatistik: https://a.example`, a line each.
fn destinations(to: &[(String, Purposes)], german: &German) -> String {
    let line = |(origin, purposes): &(String, Purposes)| format!("  {}: {origin}\n", german.purposes(*purposes));
    to.iter().map(line).collect::<Vec<_>>().concat()
}

impl Sentences for German {
    fn number(&self, number: u64) -> String {
        super::grouped(number, '.')
    }

    fn day(&self, at: Timestamp) -> String {
        let (year, month, day) = at.date();
        format!("{day:02}.{month:02}.{year:04}")
    }

    fn moment(&self, at: Timestamp) -> String {
        let (hour, minute, second) = at.time();
        format!("{}, {hour:02}:{minute:02}:{second:02} Uhr (UTC)", self.day(at))
    }

    fn purposes(&self, purposes: Purposes) -> String {
        list(&purposes.iter().map(purpose).collect::<Vec<_>>())
    }

    fn on(&self, since: Timestamp, purposes: Purposes, list: AgreedList) -> String {
        let (since, purposes) = (self.day(since), self.purposes(purposes));
        match list {
            AgreedList::Whole => format!("An seit {since} für: {purposes}."),
            AgreedList::Older { agreed, offered } => {
                format!("An seit {since} für: {purposes} (Liste {agreed} von {offered}).")
            }
            AgreedList::Shorter => {
                format!("An seit {since} für: {purposes} (eine kürzere Liste als die dieses Builds).")
            }
        }
    }

    fn unavailable(&self) -> &'static str {
        "Nicht verfügbar: Dieser Build hat keinen Schlüssel für einen Analysedienst. Nichts wird aufgezeichnet oder \
         gesendet."
    }

    fn off(&self, reasons: &[String], choice: Choice) -> String {
        let reasons = reasons.join("; ");
        match choice {
            Choice::Kept => format!(
                "Aus: {reasons}. Nichts wird aufgezeichnet oder gesendet. Die gespeicherte Entscheidung (an) bleibt."
            ),
            Choice::None => format!("Aus: {reasons}. Nichts wird aufgezeichnet oder gesendet."),
        }
    }

    fn reason(&self, reason: Reason) -> String {
        let words = match reason {
            Reason::NoKey => {
                "dieser Build hat keinen Schlüssel für einen Analysedienst, es könnte also nichts gesendet werden"
            }
            Reason::DoNotTrack => "`DO_NOT_TRACK` ist gesetzt",
            Reason::AppSwitch => "die Telemetrie-Variable der Anwendung steht auf aus",
            Reason::Policy => "die Richtlinie dieses Rechners verbietet Telemetrie",
            Reason::Ci => "dies ist ein automatischer Lauf (Continuous Integration)",
            Reason::Unasked => "niemand hat zugestimmt",
            Reason::Denied => "die Antwort war nein",
            Reason::Withdrawn => "sie wurde ausgeschaltet",
            Reason::DestinationChanged => "dieser Build sendet an ein anderes Ziel als das, dem zugestimmt wurde",
            Reason::TermsChanged => {
                "dieser Build verbindet oder beschreibt Ereignisse in weiterem Umfang, als zugestimmt wurde"
            }
            Reason::NothingCovered => "nichts, dem zugestimmt wurde, ist in diesem Build",
            Reason::Held => "sie wurde in diesem Programm ausgeschaltet, und das konnte nicht gespeichert werden",
            Reason::Finished => "dieses Programm wird gerade beendet",
            Reason::KeyRefused => "der Server hat den Schlüssel dieses Builds abgelehnt",
            Reason::Fault(kind) => return self.fault(kind),
        };
        words.to_owned()
    }

    fn remedy(&self, reason: Reason, app: &str) -> String {
        match reason {
            Reason::DoNotTrack => "DO_NOT_TRACK löschen, damit die gespeicherte Entscheidung zählt".to_owned(),
            Reason::AppSwitch => {
                format!("{} löschen, damit die gespeicherte Entscheidung zählt", variable_name(app))
            }
            Reason::Policy => "fragen Sie, wer diesen Rechner verwaltet".to_owned(),
            Reason::Fault(FaultKind::Copied) => "für diese Installation entscheiden".to_owned(),
            Reason::Fault(_) => "Telemetrie ausschalten, was die unlesbare Entscheidung beiseitelegt, und dann neu \
                entscheiden"
                .to_owned(),
            Reason::DestinationChanged | Reason::TermsChanged | Reason::NothingCovered => "neu entscheiden".to_owned(),
            Reason::Held => format!("das Zustandsverzeichnis in Ordnung bringen und `{app} telemetry off` aufrufen"),
            Reason::KeyRefused => {
                "das Programm neu starten oder einen Build mit einem anderen Schlüssel besorgen".to_owned()
            }
            Reason::Finished | Reason::NoKey | Reason::Ci | Reason::Unasked | Reason::Denied | Reason::Withdrawn => {
                String::new()
            }
        }
    }

    fn remark(&self, remark: Remark<'_>) -> String {
        match remark {
            Remark::VariableIgnored(name) => format!(
                "`{name}` verlangt Telemetrie und wird nicht beachtet: Eine Umgebungsvariable kann nicht zustimmen"
            ),
            Remark::NotErased => {
                "Daten einer früheren Zustimmung konnten nicht von diesem Rechner entfernt werden, was \
                beim nächsten Start wieder versucht wird: Sehen Sie nach den Rechten des Zustandsverzeichnisses"
                    .to_owned()
            }
            Remark::NotSpooled => "nicht Gesendetes kann nicht auf die Platte geschrieben werden und ginge mit diesem \
                Prozess verloren: Sehen Sie nach den Rechten und dem freien Platz des Zustandsverzeichnisses"
                .to_owned(),
        }
    }

    fn note(&self, remark: &str) -> String {
        format!("Hinweis: {remark}")
    }

    fn suspended(&self, purpose: Purpose, reason: &str) -> String {
        format!("{}: aus, {reason}", self::purpose(purpose))
    }

    fn destination(&self, of: Option<Purposes>, destination: &str) -> String {
        match of {
            None => format!("Ziel: {destination}"),
            Some(purposes) => format!("Ziel für {}: {destination}", self.purposes(purposes)),
        }
    }

    fn place(&self, origin: &str, operator: &str, fingerprint: Option<&str>) -> String {
        match fingerprint {
            Some(fingerprint) => format!("{origin} ({operator}), Fingerabdruck des Schlüssels {fingerprint}"),
            None => format!("{origin} ({operator}), kein Schlüssel"),
        }
    }

    fn delivery(&self, fact: Delivery<'_>) -> (&'static str, String) {
        match fact {
            Delivery::LastSuccess { at } => ("letzte Zustellung", at.to_owned()),
            Delivery::LastFailure { at, class } => ("letzter Fehlschlag", format!("{at}: {}", self.failure(class))),
            Delivery::Waiting { waiting, spooled: 0 } => {
                ("wartend", format!("{}, keines davon auf der Platte", self.number(waiting)))
            }
            Delivery::Waiting { waiting, spooled } if spooled == waiting => {
                ("wartend", format!("{}, auch auf der Platte", self.number(waiting)))
            }
            Delivery::Waiting { waiting, spooled } => {
                ("wartend", format!("{}, davon {} auch auf der Platte", self.number(waiting), self.number(spooled)))
            }
            Delivery::State(state) => ("Zustand", self.breaker(state).to_owned()),
            Delivery::Paused { until, why } => ("Pause", format!("bis {until}: {}", self.pause(why))),
            Delivery::Next { at } => ("nächster Versuch", at.to_owned()),
        }
    }

    fn build(&self, app: &str, version: &str, commit: Option<&str>, revision: u32) -> String {
        match commit {
            None => format!("dieser Build: {app} {version}, Liste {revision}"),
            Some(commit) => format!("dieser Build: {app} {version}, Commit {commit}, Liste {revision}"),
        }
    }

    fn install_id(&self, id: &str) -> String {
        format!("Kennung der Installation: {id}")
    }

    fn process(&self, tracked: u64, delivered: u64, waiting: u64) -> String {
        let [tracked, delivered, waiting] = [tracked, delivered, waiting].map(|number| self.number(number));
        format!("dieser Prozess: {tracked} aufgezeichnet, {delivered} zugestellt, {waiting} wartend")
    }

    fn unsent(&self, bytes: u64) -> String {
        format!("nicht gesendet und auf der Platte, von allen Prozessen: {} Bytes", self.number(bytes))
    }

    fn lost(&self, count: u64, cause: Loss) -> String {
        let why = match cause {
            Loss::QueueFull => "die Warteschlange im Speicher war voll",
            Loss::OutboxFull => "zu viele warteten, die nicht auf die Platte geschrieben werden konnten",
            Loss::SpoolFull => "der Platz auf der Platte war voll",
            Loss::TooOld => "zu lange gewartet",
            Loss::NotCovered => "nicht zugestimmt, oder ihre Zeit ist vorbei",
            Loss::TurnedOff => "Telemetrie wurde vorher ausgeschaltet",
            Loss::Rejected => "der Server hat sie abgelehnt",
            Loss::TooLarge => "zu groß für den Server",
            Loss::Quota => "das Kontingent des Servers war erschöpft",
            Loss::Refused => "der Server hat den Schlüssel abgelehnt",
            Loss::Shutdown => "das Programm endete vorher",
            Loss::Damaged => "auf der Platte beschädigt oder entfernt",
            Loss::Repeated => "derselbe Fehler wurde oft genug gemeldet",
            Loss::Unrecorded => "ein Absturz konnte nicht festgehalten werden",
        };
        format!("verloren: {} ({cause}: {why})", self.number(count))
    }

    fn failure(&self, class: FailureClass) -> &'static str {
        match class {
            FailureClass::Name => "der Name des Servers konnte nicht aufgelöst werden",
            FailureClass::Connect => "keine Verbindung zum Server",
            FailureClass::Tls => "keine sichere Verbindung zum Server",
            FailureClass::Timeout => "keine rechtzeitige Antwort",
            FailureClass::Reset => "die Verbindung brach ab",
            FailureClass::Garbage => "die Antwort ergab keinen Sinn",
            FailureClass::Unreachable => "der Server war nicht zu erreichen",
            FailureClass::ServerError => "der Server hat eine Störung",
            FailureClass::UnexpectedAnswer => "etwas anderes hat anstelle des Servers geantwortet",
            FailureClass::RateLimited => "der Server bat um weniger Anfragen",
            FailureClass::Quota => "das Kontingent des Servers ist erschöpft",
            FailureClass::TooLarge => "die Sendung war zu groß für den Server",
            FailureClass::Rejected => "der Server hat die Sendung abgelehnt",
            FailureClass::KeyRefused => "der Server hat den Schlüssel abgelehnt",
            FailureClass::Cancelled => "aufgegeben, weil gerade etwas ausgeschaltet wurde",
            FailureClass::Setup => "das Senden konnte auf diesem Rechner nicht eingerichtet werden",
            FailureClass::SinkPanicked => "ein Fehler im Programm",
            FailureClass::Disk => "die Anfrage konnte nicht vorher festgehalten werden",
        }
    }

    fn breaker(&self, state: BreakerState) -> &'static str {
        match state {
            BreakerState::Closed => "funktioniert, soweit bekannt",
            BreakerState::Open => "bleibt in Ruhe, nachdem es mehrmals hintereinander fehlschlug",
            BreakerState::HalfOpen => "wird mit einer kleinen Anfrage versucht",
        }
    }

    fn pause(&self, why: PauseReason) -> &'static str {
        match why {
            PauseReason::Failed => "der letzte Versuch schlug fehl",
            PauseReason::Asked => "der Server bat um diese Pause",
            PauseReason::RateLimited => "der Server bat um weniger Anfragen",
            PauseReason::Quota => "das Kontingent des Servers ist erschöpft",
            PauseReason::BreakerOpen => "es schlug mehrmals hintereinander fehl",
        }
    }

    fn withdrawal(&self, done: Withdrawal) -> String {
        let (Withdrawal::Done { deleted }
        | Withdrawal::DoneButNotErased { deleted, .. }
        | Withdrawal::DoneWithInFlight { deleted }) = done;
        let off = match deleted {
            0 => "Aus. Alles nicht Gesendete ist gelöscht.".to_owned(),
            1 => "Aus. 1 nicht gesendetes Ereignis gelöscht.".to_owned(),
            n => format!("Aus. {} nicht gesendete Ereignisse gelöscht.", self.number(n)),
        };
        match done {
            Withdrawal::Done { .. } => format!("{off} Keine Anfrage ist unterwegs."),
            Withdrawal::DoneButNotErased { .. } => format!(
                "{off} Keine Anfrage ist unterwegs. Daten davon konnten nicht von diesem Rechner entfernt werden; das \
                 wird beim nächsten Start wieder versucht."
            ),
            Withdrawal::DoneWithInFlight { .. } => format!("{off} Eine Anfrage war schon unterwegs."),
        }
    }

    fn nothing_to_name(&self, why: NothingToName) -> &'static str {
        match why {
            NothingToName::NeverOn => {
                "Es gibt nichts zu löschen: Niemand hat hier zugestimmt, also wurde nichts gesendet."
            }
            NothingToName::NoIdentifier => {
                "Es gibt nichts, wonach man suchen könnte: Was gesendet wurde, trägt keine Kennung, also kann niemand \
                 sagen, was davon von hier kam."
            }
            NothingToName::NothingKnown => {
                "Es gibt nichts, wonach man suchen könnte: Diese Installation hat keine Kennung, und keine Anfrage \
                 steht im Protokoll des Gesendeten."
            }
            NothingToName::Erased => {
                "Es gibt nichts mehr zu nennen: Telemetrie wurde früher ausgeschaltet, und die Kennungen wurden dabei \
                 gelöscht."
            }
            NothingToName::Copied => {
                "Es gibt nichts zu löschen: Diese Dateien sind eine Kopie von denen einer anderen Installation, und \
                 von hier wurde nichts gesendet. Der Antrag kann dort gestellt werden, wo das Original ist."
            }
            NothingToName::Unreadable => {
                "Die Kennungen sind nicht bekannt: Die Datei mit der Entscheidung kann nicht gelesen werden. Sie wurde \
                 beiseitegelegt und nicht entfernt; wird sie in Ordnung gebracht, sind die Kennungen darin zu lesen."
            }
        }
    }

    fn deletion_subject(&self, app: &str) -> String {
        format!("Löschung dessen, was {app} gesendet hat")
    }

    fn deletion(&self, deletion: &Deletion<'_>) -> String {
        let Deletion { app, ids, is_complete, to, earlier, given, withdrawn, entities } = *deletion;
        let (named, stand_for) = if is_complete {
            ("Alles davon trägt eine dieser Kennungen, genau wie hier geschrieben:", "eine Installation")
        } else {
            ("Jede Anfrage hatte eine eigene Kennung. Diese sind noch bekannt:", "je eine Anfrage")
        };
        let earlier = if earlier.is_empty() {
            String::new()
        } else {
            format!(
                "Vorher können auch Daten an diese Ziele gegangen sein, unter Kennungen, die hier\nseitdem gelöscht \
                 wurden und nicht genannt werden können:\n\n{}\n",
                destinations(earlier, self)
            )
        };
        let rows = if entities.is_empty() {
            String::new()
        } else {
            let entities: Vec<String> = entities.iter().map(|name| format!("\"{}\"", name.replace('_', " "))).collect();
            format!(
                "Nummern in den Ereignissen ({}) müssen nicht gesucht werden:\nLöschen Sie sie zusammen mit dem \
                 Übrigen.\n\n",
                list(&entities)
            )
        };
        format!(
            "Löschen Sie, was {app} von einer Installation gesendet hat, und bestätigen\nSie es.\n\n{named}\n\n  \
             {ids}\n\nEs wurde an diese Ziele gesendet, unter einer Zustimmung, die am {given}\ngegeben und am \
             {withdrawn} widerrufen wurde:\n\n{to}\n{earlier}{rows}Die Kennungen sind zufällig und stehen für \
             {stand_for}. Wer die Daten\nempfangen hat, kennt sie; geben Sie sie niemandem sonst.\n",
            ids = ids.join("\n  "),
            given = self.day(given),
            withdrawn = self.day(withdrawn),
            to = destinations(to, self),
        )
    }

    fn addressed(&self, to: &str, subject: &str) -> String {
        format!("An: {to}\nBetreff: {subject}")
    }

    fn fault(&self, kind: FaultKind) -> String {
        let words = match kind {
            FaultKind::Unreadable => "die gespeicherte Entscheidung kann nicht gelesen werden",
            FaultKind::Damaged => "die gespeicherte Entscheidung ist beschädigt",
            FaultKind::UnknownFormat => "die gespeicherte Entscheidung hat ein Format, das diese Version nicht kennt",
            FaultKind::Inconsistent => "die gespeicherte Entscheidung widerspricht sich",
            FaultKind::Permissions => {
                "die gespeicherte Entscheidung gehört einem anderen Benutzer oder kann von anderen geschrieben werden"
            }
            FaultKind::WrongApp => "die gespeicherte Entscheidung ist die einer anderen Anwendung",
            FaultKind::Copied => {
                "die Zustimmung wurde in einer anderen Installation gegeben, von der diese eine Kopie ist"
            }
        };
        words.to_owned()
    }

    fn not_granted(&self, why: GrantError) -> String {
        match why {
            GrantError::NotShown => {
                "die Frage muss noch einmal gezeigt werden, bevor sie beantwortet werden kann".to_owned()
            }
            GrantError::ListFirst => {
                "dieser Zweck steht nur in der längeren Liste der Ereignisse: Entscheiden Sie zuerst über diese Liste"
                    .to_owned()
            }
            GrantError::NoPurpose => "kein Zweck wurde gewählt".to_owned(),
            GrantError::Off(reason) => {
                format!("Telemetrie kann hier nicht eingeschaltet werden: {}", self.reason(reason))
            }
            GrantError::Fault(kind) => format!(
                "{}: Schalten Sie Telemetrie zuerst aus, was die unlesbare Entscheidung beiseitelegt",
                self.fault(kind)
            ),
            GrantError::NoRandomness => "das System gibt keine Zufallszahlen".to_owned(),
            GrantError::Store(why) => self.store(why),
        }
    }

    fn store(&self, why: StoreError) -> String {
        let words = match why {
            StoreError::Write => {
                "die Entscheidung kann nicht geschrieben werden: Sehen Sie nach den Rechten und dem freien Platz des \
                 Zustandsverzeichnisses"
            }
            StoreError::TooLarge => {
                "die Liste der Ereignisse ist zu lang, um mit einer Entscheidung gespeichert zu werden"
            }
            StoreError::Busy => "die Entscheidung wird gerade von einem anderen Prozess geändert",
            StoreError::Receipts => "die Belege können nicht gelesen werden",
        };
        words.to_owned()
    }

    fn receipts(&self, why: VerifyError) -> String {
        match why {
            VerifyError::NotAReceipt { line } => format!("Zeile {line} ist kein Beleg"),
            VerifyError::Changed { n } => format!("Beleg {n} wurde geändert, nachdem er geschrieben war"),
            VerifyError::Broken { n } => {
                format!("Beleg {n} folgt nicht auf den vorigen: Belege fehlen oder stehen in anderer Reihenfolge")
            }
            VerifyError::Unreadable => "die Belege können nicht geprüft werden, weil sie oder die gespeicherte \
                Entscheidung nicht gelesen werden können"
                .to_owned(),
            VerifyError::Missing { n } => format!("der neueste Beleg, Nummer {n}, fehlt"),
        }
    }

    fn drift(&self, drift: &Drift) -> String {
        let Drift { line, committed, generated, command } = drift;
        let [committed, generated] =
            [committed, generated].map(|line| line.as_deref().unwrap_or("(das Ende der Datei)"));
        format!("Zeile {line} weicht ab\n  Datei: {committed}\n  Programm: {generated}\nneu schreiben mit: {command}")
    }
}
