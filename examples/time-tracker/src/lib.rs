//! A self-hosted time tracker: one binary, one embedded database, no script on any page.
//!
//! | to change… | look in… |
//! |---|---|
//! | a command or flag | `cli`, `demo` |
//! | what a page shows or does | `pages` and `templates/` |
//! | how a page looks | `assets/style.css` |
//! | what is stored | `db` and `migrations/` |
//! | sign-in, cookies, passwords | `session`, `cookie`, `password`, `throttle` |
//! | headers, limits, start and stop | `server` |
//!
//! The library must never read or write outside its data directory, and never open a connection
//! to anything by itself.

#![forbid(unsafe_code)]

mod app;
mod assets;
mod choice;
mod cli;
mod cookie;
pub mod db;
mod demo;
mod error;
mod flash;
mod pages;
mod password;
pub mod receiver;
pub mod server;
mod session;
mod throttle;
mod time;

pub use app::{App, AppError};
pub use cli::run;
pub use cookie::CookieSecurity;
pub use session::RandomError;
