//! `time-tracker demo`: the whole application with sample data in a directory that is removed again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use telemetry_core::cli::Terminal;
use telemetry_core::consent::Reason;
use telemetry_core::{Deployment, EmbeddedHost};
use tokio::net::TcpListener;

use crate::app::App;
use crate::cli::{self, say};
use crate::db::entries::{Details, Target};
use crate::db::settings::{Settings, WeekStart};
use crate::db::tasks::{Priority, Status};
use crate::db::users::{NewUser, Role};
use crate::db::{self, clients, comments, entries, projects, settings, tasks, users};
use crate::receiver::Receiver;
use crate::reporting::{self, Embedded};
use crate::server::{self, Reach, ServerError};
use crate::session::{RandomError, random_hex};
use crate::time;
use crate::words::Words;

/// The name of the demo's administrator.
const NAME: &str = "demo";

/// The columns that every terminal has.
const WIDTH: usize = 80;

/// Why the demo could not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error("the sample data could not be stored")]
    Sample(#[source] db::Error),
    #[error("the demo needs random bytes for its password")]
    Random(#[from] RandomError),
    #[error("the demo's password could not be hashed")]
    Hash(#[from] crate::password::HashError),
    #[error("the demo's receiver could not listen on port 47801, 47802 or 47803 of 127.0.0.1")]
    Receiver(#[source] io::Error),
}

#[cfg(all(feature = "telemetry", not(feature = "no-telemetry")))]
mod embedded {
    use telemetry_core::{EmbeddedHost, EmbeddedKey, embedded_host, embedded_key};

    /// The demo's key names itself, and only ever goes with a host on loopback.
    pub(super) const KEY: EmbeddedKey = embedded_key!(= "phc_time_tracker_demo");

    /// Where the demo's receiver may listen. Embedded like any destination, so it cannot be any free port; the first
    /// one that is free is taken.
    pub(super) const HOSTS: [(u16, EmbeddedHost); 3] = [
        (47_801, embedded_host!(= "http://127.0.0.1:47801")),
        (47_802, embedded_host!(= "http://127.0.0.1:47802")),
        (47_803, embedded_host!(= "http://127.0.0.1:47803")),
    ];
}

/// Telemetry was left out of this build: not even the demo's receiver is sent anything.
#[cfg(not(all(feature = "telemetry", not(feature = "no-telemetry"))))]
mod embedded {
    use telemetry_core::{EmbeddedHost, EmbeddedKey, embedded_host, embedded_key};

    pub(super) const KEY: EmbeddedKey = embedded_key!(= "");
    pub(super) const HOSTS: [(u16, EmbeddedHost); 3] =
        [(47_801, embedded_host!(= "")), (47_802, embedded_host!(= "")), (47_803, embedded_host!(= ""))];
}

/// Serves the demo until a signal, then removes its data.
pub(crate) async fn run(embedded: &Embedded) -> Result<(), DemoError> {
    let directory = ThrowAway::new()?;
    let reach = Reach::default();
    let (receiver, host) = receiver().await?;
    let with_receiver = Embedded { key: embedded::KEY, host, deployment: Deployment::Demo, ..*embedded };
    let telemetry = reporting::open_hasty(&with_receiver, &directory.path);
    let app = server::open(&directory.path.join("time-tracker.db"), &reach, telemetry).await?;
    let password = random_hex::<6>()?;
    fill(&app, &password).await?;

    let listener = listen().await?;
    let address = listener.local_addr().map_err(ServerError::Serve)?;
    let words = Words::of(Terminal::standard().locale());
    let demo = &words.demo;
    let fact = |label: &str, value: &str| say(&format!("  {label:<10}{value}"));
    say(&format!("{}\n", demo.heading));
    fact(demo.open, &format!("http://{address}"));
    fact(demo.sign_in, NAME);
    fact(demo.password, &password);
    if app.telemetry.has_analytics_configured() {
        fact(demo.receiver_at, &format!("http://{}", receiver.address()));
        let expect = what_to_expect(&app.telemetry.status_in(words.locale), words);
        say(&format!("\n{}\n", wrapped(&format!("{} {expect}", demo.about_receiver))));
    } else {
        say(&format!("\n{}\n", wrapped(demo.left_out)));
    }
    say(demo.removed_at_end);

    let (end, ended) = tokio::sync::oneshot::channel();
    let receiving = tokio::spawn(receiver.run(async move {
        let _ = ended.await;
    }));
    let served = server::run(app, listener, &reach, server::stop_signal()).await;
    let _ = end.send(());
    receiving.abort();
    drop(directory);
    say(words.demo.stopped);
    Ok(served?)
}

/// What the receiver will show, and how to see it.
fn what_to_expect(status: &telemetry_core::Status, words: &Words) -> String {
    let obstacles = status.reasons.iter().filter(|reason| reason.code != Reason::Unasked.code());
    let obstacles: Vec<&str> = obstacles.map(|reason| reason.reason.as_str()).collect();
    if obstacles.is_empty() { words.demo.none_yet.to_owned() } else { words.demo.none_will(&obstacles.join("; ")) }
}

/// The text in lines that every terminal has room for.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// The receiver, with the destination that leads to it.
async fn receiver() -> Result<(Receiver, EmbeddedHost), DemoError> {
    let mut refused = io::Error::from(io::ErrorKind::AddrInUse);
    for (port, host) in embedded::HOSTS {
        match Receiver::bind(port).await {
            Ok(receiver) => return Ok((receiver, host)),
            Err(error) => refused = error,
        }
    }
    Err(DemoError::Receiver(refused))
}

/// The usual address, or any free port beside it.
async fn listen() -> Result<TcpListener, ServerError> {
    match server::listen(cli::default_address()).await {
        Err(ServerError::Listen { .. }) => server::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await,
        result => result,
    }
}

/// A private directory that is gone when this value is.
struct ThrowAway {
    path: PathBuf,
}

impl ThrowAway {
    fn new() -> Result<Self, DemoError> {
        let name = format!("time-tracker-demo-{}", random_hex::<8>()?);
        let path = std::env::temp_dir().join(name);
        server::prepare_directory(&path)?;
        Ok(Self { path })
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        // What cannot be removed here is in the system's temporary directory.
        let _ = std::fs::remove_dir_all::<&Path>(&self.path);
    }
}

async fn fill(app: &App, password: &str) -> Result<(), DemoError> {
    let hash = app.hasher.hash(password.to_owned()).await?;
    let others = app.hasher.hash(random_hex::<16>()?).await?;
    app.db.call(move |db| sample(db, hash, others, time::now())).await.map_err(DemoError::Sample)?;
    app.first_run.complete();
    Ok(())
}

const CLIENTS: [(&str, &str); 3] = [
    ("Harbour Bakery", "Monthly invoice, 30 days."),
    ("North Lane Studio", ""),
    ("Riverside School", "Ask the office before phone calls."),
];

/// Name, client (from 1; 0 for none), note.
const PROJECTS: [(&str, usize, &str); 5] = [
    ("Online shop", 1, "Order ahead, pick up at seven. Launch before the winter market."),
    ("Brand refresh", 2, "New type, old colours."),
    ("Timetable", 3, ""),
    ("Newsletter", 1, ""),
    ("Office", 0, "Everything that belongs to no client."),
];

/// Project (from 1), name, priority, status.
const TASKS: [(usize, &str, Priority, Status); 10] = [
    (1, "Checkout without an account", Priority::Urgent, Status::InProgress),
    (1, "Opening hours on holidays", Priority::Normal, Status::ToDo),
    (1, "Photos of the new range", Priority::Low, Status::Review),
    (2, "Signage mock-ups", Priority::High, Status::InProgress),
    (2, "Letterhead", Priority::Normal, Status::Done),
    (3, "Import last year's rooms", Priority::High, Status::ToDo),
    (3, "Print layout", Priority::Normal, Status::Review),
    (4, "December issue", Priority::Normal, Status::ToDo),
    (5, "Bookkeeping", Priority::Normal, Status::InProgress),
    (5, "Choose a new printer", Priority::Low, Status::ToDo),
];

/// Days ago, start in minutes of the day, length in minutes, project, task (0 for none), note.
const ENTRIES: [(i64, i64, i64, usize, usize, &str); 18] = [
    (8, 545, 130, 1, 1, "Sketch of the steps"),
    (8, 690, 95, 2, 4, ""),
    (8, 840, 60, 5, 9, "Invoices of last month"),
    (7, 540, 180, 1, 1, "Payment provider, test mode"),
    (7, 780, 150, 3, 6, ""),
    (6, 555, 75, 4, 8, "Topics"),
    (6, 660, 165, 2, 4, "Second round"),
    (5, 600, 120, 3, 7, ""),
    (4, 540, 140, 1, 3, "Selection with the bakers"),
    (4, 720, 100, 5, 0, "Post, calls"),
    (3, 550, 200, 2, 4, "Shop front, scale 1:20"),
    (3, 810, 110, 1, 1, ""),
    (2, 545, 155, 1, 1, "Receipts by e-mail"),
    (2, 735, 90, 3, 7, "Two weeks on one sheet"),
    (2, 870, 45, 5, 9, ""),
    (1, 540, 170, 2, 4, "Review with the studio"),
    (1, 750, 125, 1, 2, ""),
    (1, 900, 50, 4, 8, "First draft"),
];

/// Minutes ago, length in minutes, project, task (0 for none), note.
const LATEST: [(i64, i64, usize, usize, &str); 2] =
    [(205, 85, 3, 6, "Rooms of the new wing"), (112, 58, 4, 8, "Pictures")];

fn sample(db: &mut Connection, hash: String, other_hash: String, now: i64) -> Result<(), db::Error> {
    let zone_name = time::system_zone_name();
    let zone = time::zone(&zone_name).unwrap_or(jiff::tz::TimeZone::UTC);
    let user = |name: &str, password_hash: String, role| NewUser {
        name: name.to_owned(),
        password_hash,
        role,
        time_zone: zone_name.clone(),
    };
    let me = users::create_first(db, &user(NAME, hash, Role::Administrator), now)?;
    let mara = users::create(db, &user("Mara", other_hash, Role::User), now)?;
    let installation = Settings {
        organisation: "Lantern & Co.".to_owned(),
        time_zone: zone_name.clone(),
        week_start: WeekStart::Monday,
    };
    settings::save(db, &installation)?;

    let client_ids =
        CLIENTS.iter().map(|(name, note)| clients::create(db, name, note, now)).collect::<Result<Vec<_>, _>>()?;
    let mut project_ids = Vec::new();
    for (name, client, note) in PROJECTS {
        let details =
            projects::Details { name: name.to_owned(), note: note.to_owned(), client_id: nth(&client_ids, client) };
        project_ids.push(projects::create(db, &details, now)?);
    }
    let mut task_ids = Vec::new();
    for (project, name, priority, status) in TASKS {
        let project = nth(&project_ids, project).ok_or(db::Error::Missing)?;
        let details = tasks::Details { name: name.to_owned(), note: String::new(), priority };
        let id = tasks::create(db, project, &details, now)?;
        tasks::set_status(db, id, status)?;
        task_ids.push(id);
    }
    let target = |project, task| -> Result<Target, db::Error> {
        let project_id = nth(&project_ids, project).ok_or(db::Error::Missing)?;
        Ok(Target { project_id, task_id: nth(&task_ids, task) })
    };
    let today = time::local(now, &zone).date();
    for (days_ago, start, length, project, task, note) in ENTRIES {
        let date = today.saturating_sub(jiff::Span::new().days(days_ago));
        // Odd seconds, because nobody presses a button on the full minute.
        let started_at = time::Day::of(date, &zone).start + start * 60 + length % 53;
        let ended_at = started_at + length * 60 + start % 47;
        let details =
            Details { target: target(project, task)?, note: note.to_owned(), started_at, ended_at: Some(ended_at) };
        entries::create(db, me, &details)?;
    }
    // The last ones lie close behind the running timer, whatever the time of day is.
    for (minutes_ago, length, project, task, note) in LATEST {
        let started_at = now - minutes_ago * 60 - 31;
        let details = Details {
            target: target(project, task)?,
            note: note.to_owned(),
            started_at,
            ended_at: Some(started_at + length * 60 + 44),
        };
        entries::create(db, me, &details)?;
    }
    let hers = Details {
        target: target(1, 3)?,
        note: "Light is best before nine".to_owned(),
        started_at: now - 26 * 3600,
        ended_at: Some(now - 24 * 3600 + 17),
    };
    entries::create(db, mara, &hers)?;
    entries::start(db, me, target(1, 1)?, "Error messages people understand", now - 47 * 60 - 12)?;

    let shop = target(1, 1)?;
    let words = "The bakers would like a note field for allergies. Before the button or after it?";
    comments::create(db, shop.project_id, shop.task_id, mara, words, now - 7200)?;
    comments::create(db, shop.project_id, shop.task_id, me, "Before it.", now - 3600)?;
    Ok(())
}

/// The `number`-th id, counted from 1; 0 stands for none.
fn nth(ids: &[i64], number: usize) -> Option<i64> {
    number.checked_sub(1).and_then(|index| ids.get(index)).copied()
}

#[cfg(test)]
mod tests {
    use telemetry_core::{ProgramKind, Telemetry};

    use super::*;
    use crate::telemetry::Tracked;

    #[test]
    fn who_cannot_turn_it_on_is_not_told_to() {
        let directory = tempfile::tempdir().unwrap();
        let sink = telemetry_core::testing::RecordingSink::default();
        let telemetry = Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path(), sink).build();
        let mut status = telemetry.status();
        // Whatever the environment of the test says.
        status.reasons.retain(|reason| reason.code == Reason::Unasked.code());
        let words = Words::of(telemetry_core::Locale::English);
        let said = what_to_expect(&status, words);
        assert!(said.contains("Turn it on") && said.contains("stop the running timer"), "{said}");
        for reason in &mut status.reasons {
            (reason.code, reason.reason) = (Reason::DoNotTrack.code(), Reason::DoNotTrack.to_string());
        }
        let said = what_to_expect(&status, words);
        assert!(said.contains("DO_NOT_TRACK") && !said.contains("Turn it on"), "{said}");
    }

    #[test]
    fn lines_fit_a_terminal_and_lose_no_word() {
        for locale in telemetry_core::Locale::ALL {
            let words = Words::of(locale);
            let text = format!("{} {}", words.demo.about_receiver, words.demo.none_yet);
            let lines = wrapped(&text);
            assert!(lines.lines().count() > 2 && lines.lines().all(|line| line.chars().count() <= WIDTH), "{lines}");
            assert_eq!(lines.replace('\n', " "), text);
        }
    }

    #[test]
    fn the_sample_fits_the_tables_at_any_time_of_day() {
        for hour in [0, 6, 23] {
            let mut db = db::testing::connection();
            let now = 1_795_392_000 + hour * 3600;
            sample(&mut db, String::new(), String::new(), now).unwrap();
            let listed = projects::list(&db, db::Shelf::Current).unwrap();
            assert_eq!(listed.len(), PROJECTS.len());
            assert!(entries::running(&db, 1).unwrap().is_some());
        }
    }
}
