//! A smallest program that tracks one event, or reports an error and its panics, with the clients that features choose,
//! or with none; and one that has an HTTP client and an async runtime already.

#[cfg(feature = "core")]
#[path = "../catalogue.rs"]
#[allow(unreachable_pub, dead_code, reason = "made for the library; not every choice of clients needs all of it")]
mod catalogue;

fn main() {
    println!("Hello, world!");
    #[cfg(feature = "host")]
    host();
    #[cfg(all(feature = "core", not(feature = "reports")))]
    ours();
    #[cfg(feature = "reports")]
    reports::ours();
    #[cfg(feature = "posthog-rs")]
    posthog_rs();
    #[cfg(feature = "sentry")]
    sentry();
    #[cfg(feature = "opentelemetry")]
    opentelemetry();
}

/// What many programs have anyway.
#[cfg(feature = "host")]
fn host() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let answer = runtime.block_on(async {
        let answer = reqwest::Client::new().get("https://127.0.0.1:24391").send().await?;
        answer.text().await
    });
    println!("{answer:?}");
}

#[cfg(feature = "posthog")]
fn posthog() -> telemetry_posthog::Posthog {
    telemetry_posthog::Posthog::new(
        telemetry_core::embedded_key!(= "phc_measurement"),
        telemetry_core::embedded_host!(= "http://127.0.0.1:24391"),
    )
}

#[cfg(all(feature = "core", not(feature = "reports")))]
fn ours() {
    use telemetry_core::{ProgramKind, Purpose, Purposes, Surface, Telemetry};

    #[cfg(not(feature = "posthog"))]
    let sink = telemetry_core::NoSink;
    #[cfg(feature = "posthog")]
    let sink = posthog();
    let telemetry = Telemetry::<catalogue::Tracked>::builder(ProgramKind::Service, "telemetry-state", sink).build();
    if let Some(question) = telemetry.present(Surface::Terminal) {
        let _ = telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage));
    }
    telemetry.track(catalogue::event(1));
    telemetry.shutdown(std::time::Duration::from_secs(1));
}

#[cfg(feature = "reports")]
mod reports {
    use telemetry_core::{
        Catalogue, Dsn, EmbeddedKey, ErrorReport, PanicReport, ProgramKind, Purpose, Purposes, Report, Surface,
        Telemetry, embedded_key,
    };

    const DSN: EmbeddedKey<Dsn> = embedded_key!(= "http://0123456789abcdef0123456789abcdef@127.0.0.1:24391/1");

    /// Why something failed.
    #[derive(ErrorReport)]
    enum Failure {
        /// The file could not be opened.
        Open,
    }

    /// Events and reports.
    #[derive(Catalogue)]
    #[catalogue(app = "size", revision = 1, identity = "stable", context(app_version, os_family), crates(size))]
    enum Tracked {
        /// What is used.
        #[event(flatten)]
        #[cfg_attr(not(feature = "posthog"), expect(dead_code, reason = "nobody takes it"))]
        Used(super::catalogue::Tracked),
        /// It panicked.
        ///
        /// Why: to measure.
        #[event(name = "program.panicked", purpose = "errors")]
        #[expect(dead_code, reason = "only the hook makes one")]
        Panicked {
            /// Where.
            panic: PanicReport,
        },
        /// A file could not be read.
        ///
        /// Why: to measure.
        #[event(name = "file.failed", purpose = "errors")]
        FileFailed {
            /// Why, and where.
            failure: Report<Failure>,
        },
    }

    pub(super) fn ours() {
        let errors = telemetry_sentry::Sentry::new(DSN);
        #[cfg(not(feature = "posthog"))]
        let builder = Telemetry::<Tracked>::builder(ProgramKind::Service, "telemetry-state", errors);
        #[cfg(feature = "posthog")]
        let builder = Telemetry::<Tracked>::builder(ProgramKind::Service, "telemetry-state", super::posthog())
            .errors_sink(errors);
        let telemetry = builder.build();
        telemetry.report_panics();
        if let Some(question) = telemetry.present(Surface::Terminal) {
            let _ = telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage).with(Purpose::Errors));
        }
        #[cfg(feature = "posthog")]
        telemetry.track(Tracked::Used(super::catalogue::event(1)));
        telemetry.track(Tracked::FileFailed { failure: Failure::Open.report() });
        telemetry.shutdown(std::time::Duration::from_secs(1));
    }
}

#[cfg(feature = "posthog-rs")]
fn posthog_rs() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = posthog_rs::client("phc_measurement").await;
        let mut event = posthog_rs::Event::new("timer.started", "someone");
        let _ = event.insert_prop("billable", true);
        client.capture(event);
        let _ = client.capture_exception(&std::fmt::Error).await;
        client.shutdown().await;
    });
}

#[cfg(feature = "sentry")]
fn sentry() {
    let options = sentry::ClientOptions::new().dsn("http://measurement@127.0.0.1:24391/1");
    let _guard = sentry::init(options);
    sentry::logger_info!(billable = true, "timer.started");
    sentry::capture_error(&std::fmt::Error);
}

#[cfg(feature = "opentelemetry")]
fn opentelemetry() {
    use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};

    let exporter = opentelemetry_otlp::LogExporter::builder().with_http().build().expect("an exporter");
    let provider = opentelemetry_sdk::logs::SdkLoggerProvider::builder().with_batch_exporter(exporter).build();
    let logger = provider.logger("size");
    let mut record = logger.create_log_record();
    record.set_event_name("timer.started");
    record.add_attribute("billable", true);
    logger.emit(record);
    let _ = provider.shutdown();
}
