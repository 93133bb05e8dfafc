//! The `time-tracker` program. Everything it does is in the library of the same name, except for what the build
//! embeds: only this file changes with it, so a build with another key is a matter of linking.

use telemetry_core::{Deployment, Dsn, EmbeddedHost, EmbeddedKey, embedded_host, embedded_key};
use time_tracker::Embedded;

const POSTHOG_API_KEY: EmbeddedKey = embedded_key!("POSTHOG_API_KEY");
const POSTHOG_HOST: EmbeddedHost = embedded_host!("POSTHOG_HOST");
const SENTRY_DSN: EmbeddedKey<Dsn> = embedded_key!("SENTRY_DSN");

/// How this binary is going to be installed; the build of the container image says so.
const DEPLOYMENT: Deployment = match option_env!("TIME_TRACKER_DEPLOYMENT") {
    Some(name) => match name.as_bytes() {
        b"binary" => Deployment::Binary,
        b"container" => Deployment::Container,
        b"package" => Deployment::Package,
        _ => Deployment::Unknown,
    },
    None => Deployment::Source,
};

fn main() -> std::process::ExitCode {
    time_tracker::run(Embedded { key: POSTHOG_API_KEY, host: POSTHOG_HOST, dsn: SENTRY_DSN, deployment: DEPLOYMENT })
}
