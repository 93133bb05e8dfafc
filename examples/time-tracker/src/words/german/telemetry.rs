//! German: telemetry, and the demo that shows it at work.

use crate::words::areas::{Checking, Deciding, Demo};

pub(super) const DECIDING: Deciding = Deciding {
    telemetry: "Telemetrie",
    place: "Admin → Telemetrie",
    not_invited: |place| {
        format!(
            "Ihr Browser bittet darum, Sie nicht zu verfolgen; darum wird hier nicht gefragt. Telemetrie ist aus; \
         einschalten lässt sie sich unter {place}."
        )
    },
    no_key: "Dieser Build hat keinen Schlüssel für Telemetrie: Darum gibt es nichts zu fragen. Nichts wird aufgezeichnet \
     oder gesendet.",
    decided: |truth, place| format!("{truth} Ändern lässt sich das unter {place}."),
    not_asked: |why| format!("Es wird nicht gefragt ({why}). Nichts wird aufgezeichnet oder gesendet."),
    about: "Telemetrie:",
    exactly: "Was genau gesendet würde",
    exactly_new_tab: "Was genau gesendet würde (neuer Tab)",
    all_events: "Alle Ereignisse mit jedem Wert",
    all_events_new_tab: "Alle Ereignisse mit jedem Wert (neuer Tab)",
    truth: "Zustand",
    what_is_sent: "Was gesendet wird",
    whole_list: "Die ganze Liste dieses Builds",
    usage: "Nutzungsstatistik",
    errors: "Fehlerberichte",
    usage_inside: "Nutzungsstatistik",
    errors_inside: "Fehlerberichte",
    on: "an",
    off: "aus",
    turn_on: "Einschalten",
    turn_off: "Ausschalten",
    of_purpose: |purpose| format!(": {purpose}"),
    turn_all_off: "Alles ausschalten",
    kept_list: "Sie haben die Liste behalten, der Sie zugestimmt haben",
    kept_list_adds: "Nur sie wird gesendet, und Sie werden nicht wieder gefragt. Die Liste dieses Builds fügt hinzu:",
    now_on: |name| format!("{name}: An. Wird von jetzt an aufgezeichnet und gesendet."),
    grown_first: |name| format!("{name}: Aus. Die Liste ist länger geworden; entscheiden Sie zuerst darüber."),
    did: |name, what| format!("{name}: {what}"),
    off_not_stored: |why| {
        format!("Telemetrie ist aus, bis dieses Programm endet; das ließ sich aber nicht speichern. {why}")
    },
    kept: "Nichts hat sich geändert: Nur die Liste, der zugestimmt wurde, wird gesendet.",
    kept_not_stored: |why| format!("Nur die Liste, der zugestimmt wurde, wird gesendet. {why}"),
    agreed: "An für die Liste, wie sie jetzt ist.",
    not_shown: "Nichts wurde geändert: Die Frage wurde vor zu langer Zeit gezeigt oder schon beantwortet. Hier ist sie noch \
     einmal.",
    unchanged: |why| format!("Nichts wurde geändert. {why}"),
    request: "Ihre Bitte um Löschung",
    request_about: "Nichts wurde gesendet. Kopieren Sie diesen Text und senden Sie ihn selbst, auf einem vertraulichen Weg: Wer \
     diese Kennungen hat, kann an Ihrer Stelle bitten. Er wird einmal gezeigt: Die Kennungen darin sind hier \
     gelöscht.",
    deletion: "Löschung",
    deletion_about: "Ausschalten löscht, was auf diesem Rechner ist. Was vorher gesendet wurde, findet man mit der Kennung der \
     Installation; dies schaltet alles aus und gibt Ihnen einen Text, mit dem Sie um die Löschung bitten können. \
     Gesendet wird dabei nichts.",
    forget: "Ausschalten und um Löschung bitten",
    counters: "Seit diesem Start des Programms",
    recorded: "Aufgezeichnet",
    delivered: "Zugestellt",
    waiting: "Noch zu senden",
    adopted: "Von einem früheren Start übrig",
    not_sent: |cause| format!("Nicht gesendet: {cause}"),
    to_destination: |label, to| format!("{label}, {to}"),
    install_id: "Kennung der Installation",
};

pub(super) const CHECKING: Checking = Checking {
    overview: "Übersicht",
    preview: "Vorschau",
    sent: "Gesendet",
    report: "Letzter Bericht",
    catalogue: "Katalog",
    history: "Verlauf",
    build: "Build",
    title: |view| format!("Telemetrie: {view}"),
    preview_about: "Vom selben Code gebildet, der sendet. Durch Ansehen wird nichts gesendet.",
    waiting: "Jetzt zu senden",
    nothing_waits: "Nichts ist zu senden.",
    waiting_about: "Wie eine Anfrage es in diesem Augenblick trüge; die Zeit des Sendens wird bei jedem Versuch gesetzt.",
    laid_out: "Dasselbe, zum Lesen gesetzt",
    byte_by_byte: "Byte für Byte, vor der Komprimierung:",
    each_event: "Jedes Ereignis für sich",
    each_event_about: "Die ganze Anfrage für ein Ereignis. In diesen Beispielen steht jede Liste auf ihrem ersten Wert, und Nummern, \
     die für Zeilen stehen, sind mit einem Schlüssel aus Nullen gebildet.",
    sent_about: "Die Anfragen, seit Telemetrie eingeschaltet wurde: die neuesten, höchstens etwa 5 MB und 30 Tage davon. Der genaue Inhalt wird \
     aufgeschrieben, bevor er hinausgeht; Ausschalten entfernt dieses Protokoll.",
    download_all: "Alles herunterladen",
    requests: "Anfragen",
    log_empty: "Im Protokoll steht nichts: Nichts wurde gesendet, oder das Protokoll wurde entfernt.",
    newest_of: |shown, total| format!("Die neuesten {shown} von {total} Anfragen; zum Herunterladen gibt es alle."),
    request_number: |number| format!(", Anfrage {number}"),
    clear_log: "Protokoll leeren",
    clear_log_about: "Die Einträge werden von diesem Rechner entfernt. Was gesendet wurde, bleibt beim Empfänger.",
    cleared: "Das Protokoll des Gesendeten ist entfernt.",
    not_cleared: "Das Protokoll ließ sich nicht entfernen: Prüfen Sie die Rechte des Datenverzeichnisses.",
    no_answer: "keine Antwort bekannt",
    accepted: "angenommen",
    discarded: "vom Server verworfen",
    retried: "nicht zugestellt, wird wieder versucht",
    too_large: "zu groß",
    rejected: "abgelehnt",
    key_refused: "Schlüssel abgelehnt",
    cancelled: "abgebrochen",
    http: |status| format!("HTTP {status}"),
    on_the_wire: |bytes| format!("{bytes} Bytes auf der Leitung"),
    report_about: "Der neueste Fehlerbericht, der diesen Rechner verlassen hat, genau wie gesendet. Durch Ansehen wird nichts \
     gesendet.",
    no_report: "Bisher wurde kein Fehlerbericht gesendet, soweit das Protokoll dieser Installation reicht.",
    reports_off: "Fehlerberichte sind aus; es wird also keiner gesendet.",
    report_sent_at: "Gesendet",
    report_to: "An",
    report_result: "Ergebnis",
    report_holds: "Berichte darin",
    report_size: "Größe",
    report_size_is: |bytes| format!("{bytes} Bytes vor der Komprimierung"),
    report_exact: "Genau wie gesendet",
    report_exact_about: "Markieren Sie es zum Kopieren, oder laden Sie dieselben Bytes herunter. Die Anfrage kann Ereignisse tragen, \
     die zur selben Zeit warteten.",
    download_body: "Herunterladen",
    report_examples: "Was ein Bericht enthielte",
    report_examples_about: "Vom selben Code gebildet, der sendet, aus einem Beispiel: Die Stelle ist eine im Quelltext des Programms \
     selbst. Ein Bericht zitiert nie eine Meldung.",
    catalogue_title: "Alle Ereignisse",
    catalogue_about: |list, events| {
        format!(
            "Liste {list}: {events} Ereignisse. Was nicht darauf steht, kann nicht gemeldet werden; das Programm hat \
         keinen Wert dafür."
        )
    },
    why: "Wozu: ",
    since_list: |list| format!("seit Liste {list}"),
    since_list_sentence: |list| format!("Seit Liste {list}."),
    sent_until: |day| format!("gesendet bis {day}"),
    says_at_most: |measure| format!("sagt höchstens: {measure}"),
    no_properties: "Es hat keine Eigenschaften: Dass es geschah, ist alles, was es sagt.",
    pseudonym: |entity| {
        format!("Eine Nummer, die für eines steht ({entity}), gebildet mit dem geheimen Schlüssel dieser Installation.")
    },
    left_out: "(weggelassen)",
    may_be_left_out: "Sie kann weggelassen sein.",
    measure: |forms, bits, ids| {
        let forms = if forms == 1 { "1 Form".to_owned() } else { format!("{forms} Formen") };
        let bits = format!("{bits:.1}").replace('.', ",");
        match ids {
            0 => format!("{forms}, {bits} Bit"),
            1 => format!("{forms}, {bits} Bit und 1 Nummer"),
            ids => format!("{forms}, {bits} Bit und {ids} Nummern"),
        }
    },
    with_every_event: "Mit jedem Ereignis",
    its_list: "Die Nummer der Liste, die das Programm hat.",
    agreed_list: "Die Nummer der Liste, der zugestimmt wurde.",
    history_about: "Ein Beleg für jede Entscheidung, auf diesem Rechner aufbewahrt. Jeder nennt den vor ihm, sodass auffällt, wenn \
     einer beschädigt ist oder fehlt. Keiner nennt einen Menschen.",
    receipts: "Belege",
    checked_now: "Eben geprüft:",
    receipts_wrong: |why| format!("Etwas stimmt nicht. {why}"),
    receipts_are: |count| match count {
        0 => "Es gibt keine Belege: Niemand hat etwas entschieden.".to_owned(),
        1 => "1 Beleg, unverändert.".to_owned(),
        count => format!("{count} Belege; keiner ist geändert, verloren oder verschoben."),
    },
    decision: "Entscheidung",
    when: "Wann",
    where_: "Wo",
    by: "Durch",
    purposes: "Zwecke",
    list: "Liste",
    text_shown: "Gezeigter Text",
    receipt: |number| format!("Beleg {number}"),
    granted: "Zugestimmt",
    denied: "Nein gesagt",
    withdrawn: "Ausgeschaltet",
    id_reset: "Neue Kennung",
    kept: "Kürzere Liste behalten",
    narrowed: "Einen Zweck ausgeschaltet",
    left_on: |purposes| format!("an blieb: {purposes}"),
    no_purposes: "keine",
    setup_page: "Einrichtung",
    this_page: "diese Seite",
    terminal: "Terminal",
    elsewhere: "anderswo",
    by_administrator: "Administrator",
    by_os_user: "Benutzer des Systems",
    by_another: "jemand anders",
    none_needed: "keiner nötig",
    build_about: "Beim Übersetzen des Programms festgelegt. Keine Einstellung und keine Umgebungsvariable ändert etwas daran.",
    facts: "Angaben",
    destination: "Ziel",
    errors_destination: "Ziel der Fehlerberichte",
    operated_by: "Betrieben von",
    this_machine: "diesem Rechner",
    region: "Region",
    key: "Schlüssel",
    version: "Version",
    commit: "Commit",
    list_of_events: "Liste der Ereignisse",
    not_named: "vom Build nicht genannt",
    no_key: "keiner in diesem Build",
    fingerprint: |key| format!("Fingerabdruck {key}"),
    list_digest: |list, digest| format!("Liste {list}, SHA-256 {digest}"),
    check_yourself: "Selbst nachprüfen",
    holds_embedded: "Die Programmdatei enthält das Eingebettete als lesbaren Text. Auf dem Rechner, auf dem sie läuft:",
    holds_demo: "Die Demo hat einen eigenen Schlüssel, der nur zu einer Adresse auf diesem Rechner gehört. Die Programmdatei \
     enthält beides als lesbaren Text:",
    holds_none: "Dieser Build enthält keinen Schlüssel und kann also nirgendwohin senden. Auf dem Rechner, auf dem er läuft, \
     findet dies nichts:",
    fingerprint_is: "Der Fingerabdruck oben besteht aus den ersten acht Ziffern des SHA-256 des Schlüssels:",
    the_key: "der Schlüssel",
    list_of_program: "Die Liste der Ereignisse genau dieser Programmdatei, zum Vergleich mit der veröffentlichten:",
};

pub(super) const DEMO: Demo = Demo {
    receiver: "Empfänger der Demo",
    what_was_sent: "Was gesendet wurde",
    received: |count| if count == 1 { "1 Anfrage empfangen".to_owned() } else { format!("{count} Anfragen empfangen") },
    last_at: "die letzte um",
    kept: "die letzten 200 werden gezeigt · nichts wird gespeichert",
    reload: "Neu laden",
    nothing_arrived: "Nichts ist angekommen. Solange Telemetrie aus ist, bleibt das so. Diese Seite sieht von selbst wieder nach, \
     bis etwas ankommt.",
    request: |number| format!("Anfrage {number}"),
    bytes: |wire, unpacked| {
        if wire == unpacked {
            format!("{wire} Bytes auf der Leitung")
        } else {
            format!("{wire} Bytes auf der Leitung, {unpacked} entpackt")
        }
    },
    event: "Ereignis",
    properties: "Eigenschaften",
    body: "Inhalt, entpackt und eingerückt",
    headers: "Kopfzeilen",
    no_name: "(ohne Namen)",
    not_gzip: "Der Inhalt ist kein gültiges gzip.",
    too_large: "Der Inhalt ist größer, als dieser Empfänger annimmt.",
    not_json: "Der Inhalt ist kein gültiges JSON.",
    no_batch: "Der Inhalt hat keinen Stapel von Ereignissen.",
    not_utf8: "Der Inhalt ist kein gültiges UTF-8.",
    heading: "Demo von Time Tracker",
    open: "öffnen",
    sign_in: "anmelden",
    password: "Passwort",
    receiver_at: "Empfänger",
    about_receiver: "Der Empfänger steht für den Server des Projekts und zeigt jede Anfrage, die ankommt.",
    none_yet: "Noch kommt keine: Telemetrie ist aus. Schalten Sie sie unter Admin, Telemetrie ein, stoppen Sie die \
     laufende Zeit und sehen Sie wieder nach; dann schalten Sie sie aus.",
    none_will: |why| format!("Es wird keine kommen, und einschalten lässt sie sich hier nicht: {why}."),
    left_out: "Telemetrie wurde in diesem Build weggelassen: Nichts wird gefragt, und nichts kann gesendet werden.",
    removed_at_end: "Alles wird entfernt, wenn Sie es mit Strg-C beenden.",
    stopped: "Beendet; die Daten der Demo sind entfernt.",
};
