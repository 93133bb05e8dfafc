//! Starting and stopping: the data directory, the listener, and what wraps every request.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, ServiceExt};
use telemetry_core::{CountBucket, Report, Telemetry};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{self, CsrfLayer};
use tower_http::timeout::TimeoutLayer;

use crate::app::{App, AppError};
use crate::cookie::CookieSecurity;
use crate::db::{self, Db};
use crate::error::{self, Failure};
use crate::telemetry::{Fault, Tracked};
use crate::{assets, flash, pages, reader};

/// No form of the application comes near this size.
const LARGEST_BODY: usize = 64 * 1024;

/// Every page answers within milliseconds; whatever takes this long is stuck.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// How long requests under way may take after the signal to stop; container runtimes kill after 10 s.
const GRACE: Duration = Duration::from_secs(8);

/// Nothing may be loaded but this application's own stylesheet and icon, and no script at all.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// How the application is reached.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Whether cookies are marked `Secure`.
    pub cookies: CookieSecurity,
    /// Origins besides the request's own host whose forms are accepted, such as
    /// `https://time.example.org` behind a proxy that changes the host.
    pub trusted_origins: Vec<String>,
}

impl Default for Reach {
    /// Plain HTTP, forms from the request's own host only.
    fn default() -> Self {
        Self { cookies: CookieSecurity::PlainHttp, trusted_origins: Vec::new() }
    }
}

/// Why the server could not start or had to end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// Choose a directory that this account may write, with `--data-dir`.
    #[error("the data directory {} cannot be used", path.display())]
    DataDirectory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// See the source: the file may be read-only, damaged or from a newer version.
    #[error("the database {} cannot be used", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What was wrong with it.
        source: db::OpenError,
    },
    /// Choose another address with `--listen`.
    #[error("{address} cannot be listened on{}", hint(source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A `--trusted-origin` is not of the form `https://host`.
    #[error("a trusted origin is not of the form https://host")]
    TrustedOrigin(#[source] csrf::ConfigError),
    /// The application could not be put together.
    #[error("the application cannot start")]
    App(#[source] AppError),
    /// The listener failed while serving.
    #[error("the listener failed")]
    Serve(#[source] io::Error),
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => ": another program listens there (choose one with --listen)",
        io::ErrorKind::PermissionDenied => ": ports below 1024 need a privilege",
        _ => "",
    }
}

/// Makes the data directory, readable by its owner alone.
///
/// # Errors
///
/// [`ServerError::DataDirectory`] when it cannot be made.
pub fn prepare_directory(path: &Path) -> Result<(), ServerError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| ServerError::DataDirectory { path: path.to_owned(), source })
}

/// Opens the database and puts the application together.
///
/// # Errors
///
/// [`ServerError::Database`] and [`ServerError::App`].
pub async fn open(database: &Path, reach: &Reach, telemetry: Telemetry<Tracked>) -> Result<App, ServerError> {
    let db = Db::open(database).map_err(|source| ServerError::Database { path: database.to_owned(), source })?;
    App::new(db, reach.cookies, telemetry).await.map_err(ServerError::App)
}

/// Listens on `address`; port 0 lets the system choose.
///
/// # Errors
///
/// [`ServerError::Listen`].
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).await.map_err(|source| ServerError::Listen { address, source })
}

/// Every route, inside the layers that each request passes.
///
/// # Errors
///
/// [`ServerError::TrustedOrigin`].
pub fn router(app: App, reach: &Reach) -> Result<Router, ServerError> {
    let mut csrf = CsrfLayer::new();
    for origin in &reach.trusted_origins {
        csrf = csrf.add_trusted_origin(origin).map_err(ServerError::TrustedOrigin)?;
    }
    let telemetry = app.telemetry.clone();
    let csrf = csrf.with_rejection_response(|_| Failure::CrossSite.into_response());
    Ok(pages::routes()
        .merge(reader::routes())
        .route("/assets/style.css", get(assets::style))
        .route("/assets/icon.svg", get(assets::icon))
        .route("/healthz", get(|| async { "ok\n" }))
        .fallback(|| async { Failure::NotFound })
        .method_not_allowed_fallback(|| async { Failure::NotFound })
        .layer(middleware::from_fn_with_state(app.clone(), flash::show_once))
        .with_state(app)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(csrf)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST_REQUEST))
        .layer(CatchPanicLayer::custom(|_| error::internal_page(None)))
        .layer(middleware::from_fn(error::explain))
        .layer(middleware::from_fn_with_state(telemetry, report))
        .layer(middleware::from_fn(harden)))
}

/// How long the end may take to deliver what telemetry has queued; a person waits for it.
const LAST_DELIVERY: Duration = Duration::from_secs(2);

/// Runs the application until `stop`: tells that it has started, serves, and delivers what is queued at the end.
///
/// # Errors
///
/// As [`router`] and [`serve`].
pub async fn run(
    app: App,
    listener: TcpListener,
    reach: &Reach,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServerError> {
    let telemetry = app.telemetry.clone();
    if telemetry.is_on()
        && let Ok((users, projects)) = app.db.call(|db| db::size(db)).await
    {
        telemetry
            .track(Tracked::InstallationStarted { users: CountBucket::of(users), projects: CountBucket::of(projects) });
    }
    let served = serve(listener, router(app, reach)?, stop).await;
    // The wait is a blocking one. A panic in it would be the worker's, and there is nothing left to lose.
    let _ = tokio::task::spawn_blocking(move || telemetry.shutdown(LAST_DELIVERY)).await;
    served
}

/// Serves until `stop`, then lets requests under way finish for a bounded time.
///
/// # Errors
///
/// [`ServerError::Serve`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServerError> {
    let (stopping, stopped) = oneshot::channel();
    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(router);
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        let _ = stopping.send(());
    });
    let overdue = async {
        // An error means that serving ended by itself; then it is not overdue.
        match stopped.await {
            Ok(()) => tokio::time::sleep(GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = serving => result.map_err(ServerError::Serve),
        () = overdue => Ok(()),
    }
}

/// Resolves on `SIGTERM` or ctrl-c.
pub async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return interrupt.await };
        tokio::select! {
            () = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}

/// Follows what another process of this installation has decided, and reports requests that failed.
async fn report(State(telemetry): State<Telemetry<Tracked>>, request: Request, next: Next) -> Response {
    // What has no part in the application's work needs no look at the decision.
    let path = request.uri().path();
    if !(path.starts_with("/assets/") || path == "/healthz") {
        let telemetry = telemetry.clone();
        // Reads the decision, from two small files or from the database, which may have to wait for others. If the
        // runtime is ending, nobody needs the answer.
        let _ = tokio::task::spawn_blocking(move || telemetry.refresh()).await;
    }
    let response = next.run(request).await;
    if let Some(failure) = response.extensions().get::<Report<Fault>>() {
        telemetry.track(Tracked::RequestFailed { failure: *failure });
    }
    response
}

/// Adds the headers that every response carries.
pub(crate) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: with it browsers send `Origin: null` with forms, and over plain HTTP
        // the check against cross-site forms has nothing else to go by.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("permissions-policy", HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    // Pages hold personal data; files under /assets/ say otherwise themselves.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
