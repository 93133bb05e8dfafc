//! The command line.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use etcetera::BaseStrategy as _;
use telemetry_core::cli::Mount;

use crate::cookie::CookieSecurity;
use crate::decision::DatabaseStore;
use crate::demo;
use crate::prove;
use crate::reporting::{self, Embedded, Place};
use crate::server::{self, Reach, ServerError};

/// A self-hosted time tracker.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the web application (the default command)
    Serve(ServeArgs),
    /// Try everything out: sample data in a directory that is removed at the end
    Demo,
    /// See and decide what is reported to the project: status, on, off, preview, events, log, …
    #[command(disable_help_flag = true)]
    Telemetry(TelemetryArgs),
}

#[derive(Args, Debug)]
struct TelemetryArgs {
    /// Where data are kept, as for `serve`; comes before the command
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    decision: DecisionArgs,
    /// The command and its options; `help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    arguments: Vec<OsString>,
}

#[derive(Args, Clone, Debug)]
struct ServeArgs {
    /// The address to listen on; port 0 lets the system choose one
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = default_address())]
    listen: SocketAddr,
    /// Where data are kept [default: the user's data directory, e.g. ~/.local/share/time-tracker]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    decision: DecisionArgs,
    /// Browsers reach the application over HTTPS: mark cookies as secure
    #[arg(long)]
    https: bool,
    /// Accept forms from this origin too, where a proxy changes the host
    #[arg(long = "trusted-origin", value_name = "https://HOST")]
    trusted_origins: Vec<String>,
}

#[derive(Args, Clone, Debug)]
struct DecisionArgs {
    /// The database file [default: time-tracker.db in the data directory]
    #[arg(long, value_name = "PATH or sqlite://PATH", value_parser = database)]
    database: Option<PathBuf>,
    /// Where the decision about telemetry is kept: `database` is for several processes with one database
    /// [default: where a decision is; before the first one, file]
    #[arg(long, value_name = "PLACE", value_enum)]
    decision: Option<DecisionPlace>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DecisionPlace {
    /// In telemetry/installation.json in the data directory
    File,
    /// In the database
    Database,
}

impl DecisionArgs {
    fn database(&self, data_dir: &Path) -> PathBuf {
        self.database.clone().unwrap_or_else(|| data_dir.join("time-tracker.db"))
    }

    fn place(&self, data_dir: &Path) -> Result<Place, RunError> {
        let path = self.database(data_dir);
        let in_database = match self.decision {
            Some(DecisionPlace::File) => false,
            Some(DecisionPlace::Database) => true,
            // A command without the flag must not read or change a decision that nobody obeys.
            None => {
                let in_database = DatabaseStore::new(&path).holds_decision();
                if in_database && reporting::has_decision_in_file(data_dir) {
                    return Err(RunError::TwoDecisions);
                }
                in_database
            }
        };
        Ok(if in_database { Place::Database(path) } else { Place::File })
    }
}

pub(crate) const fn default_address() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080)
}

fn database(text: &str) -> Result<PathBuf, &'static str> {
    let path = match text.split_once(':') {
        Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
        Some((scheme, rest)) if rest.starts_with("//") => {
            return Err(match scheme {
                "postgres" | "postgresql" => "this build stores its data in SQLite only",
                _ => "give a path, or sqlite://PATH",
            });
        }
        _ => text,
    };
    if path.is_empty() { Err("the path is empty") } else { Ok(PathBuf::from(path)) }
}

/// Why the program ended before its work was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("there is no home directory to keep data in; name one with --data-dir")]
    NoHome,
    #[error(
        "there is a decision about telemetry in the data directory and one in the database; say which is meant with \
         --decision file or --decision database (to turn telemetry off for certain, do it with each)"
    )]
    TwoDecisions,
    #[error("the runtime could not be started")]
    Runtime(#[source] std::io::Error),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Demo(#[from] demo::DemoError),
}

/// Runs the program with the arguments of this process and what its build embedded.
#[must_use]
pub fn run(embedded: Embedded) -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli, &embedded) {
        Ok(code) => code,
        Err(error) => {
            let mut text = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                text = format!("{text}\n  because: {cause}");
                source = cause.source();
            }
            let _ = writeln!(std::io::stderr(), "time-tracker: {text}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli, embedded: &Embedded) -> Result<ExitCode, RunError> {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(RunError::Runtime);
    match cli.command {
        None => runtime()?.block_on(serve(cli.serve, embedded))?,
        Some(Command::Serve(args)) => runtime()?.block_on(serve(args, embedded))?,
        Some(Command::Demo) => runtime()?.block_on(demo::run(embedded))?,
        Some(Command::Telemetry(args)) => {
            let data_dir = data_dir(args.data_dir)?;
            let telemetry = reporting::open(embedded, &data_dir, args.decision.place(&data_dir)?);
            return Ok(Mount::new().operations(prove::OPERATIONS).main(&telemetry, args.arguments));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The directory that was named, or the user's own.
fn data_dir(named: Option<PathBuf>) -> Result<PathBuf, RunError> {
    match named {
        Some(directory) => Ok(directory),
        None => Ok(etcetera::choose_base_strategy().map_err(|_| RunError::NoHome)?.data_dir().join("time-tracker")),
    }
}

async fn serve(args: ServeArgs, embedded: &Embedded) -> Result<(), RunError> {
    let data_dir = data_dir(args.data_dir)?;
    let cookies = if args.https { CookieSecurity::Secure } else { CookieSecurity::PlainHttp };
    let reach = Reach { cookies, trusted_origins: args.trusted_origins };

    server::prepare_directory(&data_dir)?;
    let telemetry = reporting::open(embedded, &data_dir, args.decision.place(&data_dir)?);
    telemetry.report_panics();
    let app = server::open(&args.decision.database(&data_dir), &reach, telemetry).await?;
    let listener = server::listen(args.listen).await?;
    let address = listener.local_addr().map_err(ServerError::Serve)?;

    say(&format!("Listening on http://{address}"));
    if let Some(path) = app.setup_path() {
        say(&format!("Setup is not complete. Open this link once, and keep it to yourself:\n  http://{address}{path}"));
    }
    server::run(app, listener, &reach, server::stop_signal()).await?;
    say("Stopped.");
    Ok(())
}

/// Prints a line for the person who started the program; a closed terminal is no reason to stop.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Tracked;
    use clap::CommandFactory as _;
    use telemetry_core::{NoSink, ProgramKind, Surface, Telemetry};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_is_the_default_command() {
        let cli = Cli::try_parse_from(["time-tracker", "--listen", "127.0.0.1:0"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.serve.listen.port(), 0);
    }

    #[test]
    fn databases_are_paths_or_sqlite_addresses() {
        for (text, path) in [("a.db", "a.db"), ("sqlite:a.db", "a.db"), ("sqlite:///a.db", "/a.db")] {
            assert_eq!(database(text), Ok(PathBuf::from(path)));
        }
        for text in ["postgres://host/db", "mysql://host/db", "sqlite:", ""] {
            assert!(database(text).is_err(), "{text}");
        }
    }
    #[test]
    fn without_a_flag_the_decision_is_where_one_is() {
        let directory = tempfile::tempdir().unwrap();
        let place = |arguments: &[&str]| {
            let cli = Cli::try_parse_from(["time-tracker"].iter().chain(arguments)).unwrap();
            cli.serve.decision.place(directory.path()).ok()
        };
        let database = Some(Place::Database(directory.path().join("time-tracker.db")));
        assert_eq!(place(&[]), Some(Place::File));
        assert_eq!(place(&["--decision", "database"]), database);
        let telemetry = Telemetry::<Tracked>::builder(ProgramKind::Service, directory.path().join("aside"), NoSink)
            .store(DatabaseStore::new(directory.path().join("time-tracker.db")))
            .build();
        telemetry.decline(Surface::Terminal).unwrap();
        assert_eq!(place(&[]), database);
        assert_eq!(place(&["--decision", "file"]), Some(Place::File));

        // One in each: a guess could change the one that nobody obeys, and say so of the other.
        let files = reporting::directory(directory.path());
        let telemetry = Telemetry::<Tracked>::builder(ProgramKind::Service, files, NoSink).build();
        telemetry.decline(Surface::Terminal).unwrap();
        assert_eq!(place(&[]), None);
        assert_eq!(place(&["--decision", "file"]), Some(Place::File));
        assert_eq!(place(&["--decision", "database"]), database);
    }
}
