//! A self-hosted time tracker: one binary, one embedded database, no script on any page.
//!
//! | to change… | look in… |
//! |---|---|
//! | a command or flag | `cli`, `demo` |
//! | what a page shows or does | `pages` and `templates/` |
//! | in which words, in which language | `words`, `reader` |
//! | how a page looks | `assets/style.css` |
//! | what is stored | `db` and `migrations/` |
//! | sign-in, cookies, passwords | `session`, `cookie`, `password`, `throttle` |
//! | headers, limits, start and stop | `server` |
//! | what can be reported to the project | `telemetry` |
//! | how telemetry is put together | `reporting` |
//! | where the decision about it can be kept besides a file | `decision` |
//!
//! The library must never read or write outside its data directory, and never open a connection
//! to anything by itself; what telemetry sends, after a person's yes, goes through `telemetry-posthog`.

#![forbid(unsafe_code)]

mod app;
mod assets;
mod choice;
mod cli;
mod cookie;
pub mod db;
pub mod decision;
mod demo;
mod error;
mod flash;
mod pages;
mod password;
mod prove;
mod reader;
pub mod receiver;
pub mod reporting;
pub mod server;
mod session;
pub mod telemetry;
mod throttle;
mod time;
mod words;

pub use app::{App, AppError};
pub use cli::run;
pub use cookie::CookieSecurity;
pub use reporting::Embedded;
pub use session::RandomError;
