//! `opentelemetry`: a log record over OTLP, as protobuf over HTTP.

use core::time::Duration;

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_otlp::{Compression, LogExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::logs::{BatchConfigBuilder, BatchLogProcessor, SdkLogger, SdkLoggerProvider};

use super::{Client, EVENT, LARGE, Setup, origin};

/// Provider and logger.
pub struct OpenTelemetry {
    provider: SdkLoggerProvider,
    logger: SdkLogger,
}

impl OpenTelemetry {
    fn new(provider: SdkLoggerProvider) -> Self {
        Self { logger: provider.logger("peers"), provider }
    }
}

impl Client for OpenTelemetry {
    const NAME: &'static str = "opentelemetry";

    fn on(setup: Setup) -> Self {
        let mut exporter = LogExporter::builder().with_http().with_endpoint(concat!(origin!(), "/v1/logs"));
        if setup.gzip {
            exporter = exporter.with_compression(Compression::Gzip);
        }
        let mut batches = BatchConfigBuilder::default();
        if setup.large_queue {
            batches = batches.with_max_queue_size(LARGE);
        }
        let processor = BatchLogProcessor::builder(exporter.build().expect("an exporter"))
            .with_batch_config(batches.build())
            .build();
        Self::new(SdkLoggerProvider::builder().with_log_processor(processor).build())
    }

    fn off() -> Self {
        Self::new(SdkLoggerProvider::builder().build())
    }

    fn another(&self) -> Self {
        Self { provider: self.provider.clone(), logger: self.logger.clone() }
    }

    #[inline]
    fn track(&self, n: i64) {
        // What the bridges from `tracing` and `log` do.
        if !self.logger.event_enabled(Severity::Info, "peers", Some(EVENT)) {
            return;
        }
        let mut record = self.logger.create_log_record();
        record.set_event_name(EVENT);
        record.set_severity_number(Severity::Info);
        record.add_attribute("user_id", n % 50);
        record.add_attribute("project_id", n % 7);
        record.add_attribute("source", AnyValue::from(if n % 2 == 0 { "web" } else { "api" }));
        record.add_attribute("billable", n % 3 == 0);
        self.logger.emit(record);
    }

    fn flush(&self, _: Duration) {
        let _ = self.provider.force_flush();
    }

    fn shutdown(self, within: Duration) -> Option<u64> {
        let _ = self.provider.shutdown_with_timeout(within);
        None
    }
}
