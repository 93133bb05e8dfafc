//! The `time-tracker` program. Everything it does is in the library of the same name, except for what the build
//! embeds: only this file changes with it, so a build with another key is a matter of linking.

use telemetry_core::Deployment;
use time_tracker::Embedded;

#[cfg(all(feature = "telemetry", not(feature = "no-telemetry")))]
mod embedded {
    use telemetry_core::{Dsn, EmbeddedHost, EmbeddedKey, embedded_host, embedded_key};

    pub(crate) const POSTHOG_API_KEY: EmbeddedKey = embedded_key!("POSTHOG_API_KEY");
    pub(crate) const POSTHOG_HOST: EmbeddedHost = embedded_host!("POSTHOG_HOST");
    pub(crate) const SENTRY_DSN: EmbeddedKey<Dsn> = embedded_key!("SENTRY_DSN");
}

/// Telemetry was left out of this build: whatever the variables hold, nothing of it is embedded.
#[cfg(not(all(feature = "telemetry", not(feature = "no-telemetry"))))]
mod embedded {
    use telemetry_core::{Dsn, EmbeddedHost, EmbeddedKey, embedded_host, embedded_key};

    pub(crate) const POSTHOG_API_KEY: EmbeddedKey = embedded_key!(= "");
    pub(crate) const POSTHOG_HOST: EmbeddedHost = embedded_host!(= "");
    pub(crate) const SENTRY_DSN: EmbeddedKey<Dsn> = embedded_key!(= "");
}

/// How this binary is going to be installed: `deploy/Dockerfile` says so for what is published, a distribution for its
/// package. Whoever sets nothing builds from source.
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
    time_tracker::run(Embedded {
        key: embedded::POSTHOG_API_KEY,
        host: embedded::POSTHOG_HOST,
        // A build without a data source name reads nothing of it, and what nothing reads an optimised build may leave
        // out. It must be there to be seen, as the other two are: `prove-embedded-key.sh` looks.
        dsn: std::hint::black_box(embedded::SENTRY_DSN),
        deployment: DEPLOYMENT,
    })
}
