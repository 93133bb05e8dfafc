//! German: the frame, faults, accounts and settings.

use crate::words::areas::{Faults, Frame, People};

pub(super) const FRAME: Frame = Frame {
    language: "Sprache",
    skip: "Zum Inhalt springen",
    sections: "Hauptnavigation",
    today: "Heute",
    time: "Zeiten",
    projects: "Projekte",
    tasks: "Aufgaben",
    clients: "Kunden",
    admin: "Admin",
    sign_out: "Abmelden",
    start_page: "Zur Startseite",
    save: "Speichern",
    cancel: "Abbrechen",
    edit: "Bearbeiten",
    actions: "Aktionen",
    archive: "Archivieren",
    restore: "Wiederherstellen",
    current: "Aktuelle",
    archived: "Archivierte",
    name: "Name",
    note: "Notiz (freiwillig)",
    time_zone: "Zeitzone",
    password: "Passwort",
    mistakes: "Es wurde noch nichts gespeichert. Bitte prüfen Sie die markierten Felder.",
    enter_name: "Geben Sie einen Namen ein.",
    at_most: |characters| format!("Verwenden Sie höchstens {characters} Zeichen."),
    at_least: |characters| format!("Verwenden Sie mindestens {characters} Zeichen."),
    choose_zone: "Wählen Sie eine Zeitzone aus der Liste.",
};

pub(super) const FAULTS: Faults = Faults {
    setup_link: "Öffnen Sie den Link zur Einrichtung",
    setup_link_advice: "Time Tracker ist noch nicht eingerichtet. Der Link dazu wurde dort ausgegeben, wo das Programm gestartet \
     wurde; er sieht aus wie /setup?token=…, und ein Neustart gibt einen neuen aus.",
    forbidden: "Diese Seite ist für Administratoren",
    forbidden_advice: "Ihr Konto hat keinen Zugang dazu. Wer die Installation verwaltet, kann das ändern.",
    cross_site: "Dieses Formular kam von einer fremden Seite",
    cross_site_advice: "Nichts wurde geändert. Ein Proxy davor muss die Kopfzeilen Host und Origin unverändert weitergeben, oder seine \
     Adresse wird mit --trusted-origin genannt.",
    not_found: "Hier ist nichts",
    not_found_advice: "Vielleicht ist die Adresse vertippt, oder was hier war, wurde gelöscht.",
    bad_request: "Die Anfrage war nicht zu verstehen",
    bad_request_advice: "Gehen Sie zurück, laden Sie die Seite neu und wiederholen Sie, was Sie getan haben.",
    internal: "Hier ist etwas schiefgegangen",
    internal_advice: "Es liegt nicht an Ihnen. Versuchen Sie es noch einmal; wenn es so bleibt, steht die Ursache im Protokoll des \
     Betreibers.",
};

pub(super) const PEOPLE: People = People {
    setup: "Time Tracker einrichten",
    setup_lead: "Ein Konto für den Anfang. Alles andere lässt sich später ändern.",
    administrator: "Administration",
    name_hint: "Damit melden Sie sich an.",
    password_hint: "Mindestens 10 Zeichen. Ein Satz ist gut.",
    zone_hint: "Zeiten werden darin angezeigt. Jeder Benutzer kann eine andere wählen.",
    save_and_continue: "Speichern und weiter",
    sign_in: "Anmelden",
    wrong_credentials: "Der Name oder das Passwort ist falsch.",
    too_many_attempts: |minutes| {
        if minutes == 1 {
            "Zu viele Versuche. Versuchen Sie es in 1 Minute wieder.".to_owned()
        } else {
            format!("Zu viele Versuche. Versuchen Sie es in {minutes} Minuten wieder.")
        }
    },
    account: "Ihr Konto",
    own_zone_hint: "Zeiten werden darin angezeigt und gelesen. Was erfasst ist, ändert sich nicht.",
    save_zone: "Zeitzone speichern",
    current_password: "Bisheriges Passwort",
    new_password: "Neues Passwort",
    new_password_hint: "Mindestens 10 Zeichen. Andere Browser werden abgemeldet.",
    change_password: "Passwort ändern",
    not_current_password: "Das ist nicht Ihr bisheriges Passwort.",
    password_is_name: "Das Passwort darf nicht der Name sein.",
    plain_name: "Verwenden Sie Buchstaben, Ziffern, Leerzeichen und Zeichen.",
    administration: "Bereiche der Verwaltung",
    users: "Benutzer",
    add_user: "Benutzer hinzufügen",
    edit_user: "Benutzer bearbeiten",
    role: "Rolle",
    state: "Status",
    since: "Seit",
    you: "Sie",
    user_password_hint: "Mindestens 10 Zeichen. Der Benutzer kann es ändern.",
    role_hint: "Administratoren verwalten Benutzer und Einstellungen. Mit Kunden, Projekten und Aufgaben arbeiten alle.",
    account_state: "Konto",
    account_state_hint: "Mit einem gesperrten Konto kann sich niemand anmelden; seine erfasste Zeit bleibt.",
    tell_password: "Teilen Sie es dem Benutzer selbst mit. Das alte gilt nicht mehr, und seine Sitzungen enden.",
    set_password: "Passwort setzen",
    delete_user: "Diesen Benutzer löschen",
    delete_user_hint: "Nur ein Benutzer ohne erfasste Zeit kann gelöscht werden. Ein gesperrtes Konto behält sie.",
    choose_role: "Wählen Sie eine Rolle.",
    choose_state: "Wählen Sie, ob der Benutzer sich anmelden darf.",
    user_taken: "Es gibt schon einen Benutzer mit diesem Namen.",
    last_administrator: "Jemand muss verwalten können: Machen Sie erst einen anderen aktiven Benutzer zum Administrator.",
    user_in_use: "Dieser Benutzer hat Zeit erfasst. Sperren Sie stattdessen das Konto.",
    settings: "Einstellungen",
    organisation: "Organisation (freiwillig)",
    organisation_hint: "Steht oben auf jeder Seite.",
    zone_of_new: "Zeitzone neuer Benutzer",
    weeks_start: "Die Woche beginnt am",
    save_settings: "Einstellungen speichern",
    choose_day: "Wählen Sie einen Tag.",
};
