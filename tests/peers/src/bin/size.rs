//! A smallest program that tracks one event with the client that a feature chooses, or with none.

#[cfg(feature = "core")]
#[path = "../catalogue.rs"]
mod catalogue;

fn main() {
    println!("Hello, world!");
    #[cfg(feature = "core")]
    ours();
    #[cfg(feature = "posthog-rs")]
    posthog_rs();
    #[cfg(feature = "sentry")]
    sentry();
    #[cfg(feature = "opentelemetry")]
    opentelemetry();
}

#[cfg(feature = "core")]
fn ours() {
    use telemetry_core::{ProgramKind, Purpose, Purposes, Surface, Telemetry};

    #[cfg(not(feature = "posthog"))]
    let sink = telemetry_core::NoSink;
    #[cfg(feature = "posthog")]
    let sink = telemetry_posthog::Posthog::new(
        telemetry_core::embedded_key!(= "phc_measurement"),
        telemetry_core::embedded_host!(= "http://127.0.0.1:24391"),
    );
    let telemetry = Telemetry::<catalogue::Tracked>::builder(ProgramKind::Service, "telemetry-state", sink).build();
    if let Some(question) = telemetry.present(Surface::Terminal) {
        let _ = telemetry.grant(question.ticket(), Purposes::NONE.with(Purpose::Usage));
    }
    telemetry.track(catalogue::event(1));
    telemetry.shutdown(std::time::Duration::from_secs(1));
}

#[cfg(feature = "posthog-rs")]
fn posthog_rs() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let client = posthog_rs::client("phc_measurement").await;
        let mut event = posthog_rs::Event::new("timer.started", "someone");
        let _ = event.insert_prop("billable", true);
        client.capture(event);
        client.shutdown().await;
    });
}

#[cfg(feature = "sentry")]
fn sentry() {
    let options = sentry::ClientOptions::new().dsn("http://measurement@127.0.0.1:24391/1");
    let _guard = sentry::init(options);
    sentry::logger_info!(billable = true, "timer.started");
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
