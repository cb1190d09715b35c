//! Logs, traces and the TLS provider: installed once per process.

use crate::settings::{LogFormat, RuntimeSettings};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{KeyValue, global};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::io::IsTerminal as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// Why logs or traces could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("RUST_LOG=`{filter}` is not usable: {source}")]
    Filter {
        filter: String,
        source: tracing_subscriber::filter::ParseError,
    },
    #[error("the OTLP exporter could not be built from the OTEL_* variables: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    #[error("a log subscriber is already installed in this process")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// The exporter, to be flushed at the end.
pub(crate) struct Telemetry(Option<SdkTracerProvider>);

/// Installs rustls' ring provider as the process-wide one. Every `main` and every test that opens TLS needs it; calling it
/// again does nothing.
pub fn install_crypto() {
    // An error means that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Installs the log subscriber and, when an OTLP endpoint is named, the span exporter.
pub(crate) fn install(service: &'static str, settings: &RuntimeSettings) -> Result<Telemetry, TelemetryError> {
    install_crypto();
    global::set_text_map_propagator(TraceContextPropagator::new());
    let filter = EnvFilter::try_new(&settings.log_filter).map_err(|source| TelemetryError::Filter {
        filter: settings.log_filter.clone(),
        source,
    })?;
    let terminal = std::io::stderr().is_terminal();
    let json = settings.log_format == LogFormat::Json || settings.log_format == LogFormat::Auto && !terminal;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(terminal);
    let lines = if json {
        lines.json().flatten_event(true).with_span_list(false).boxed()
    } else {
        lines.boxed()
    };
    let provider = exporting().then(|| provider(service)).transpose()?;
    // Spans go to the exporter whatever the log filter says of events.
    let spans = provider.as_ref().map(|p| {
        tracing_opentelemetry::layer()
            .with_tracer(p.tracer("mcp-hub"))
            .with_filter(tracing_subscriber::filter::LevelFilter::INFO)
    });
    tracing_subscriber::registry()
        .with(spans)
        .with(lines.with_filter(filter))
        .try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic.place = place, "panic: {}", panic.payload_as_str().unwrap_or("no message"));
    }));
    Ok(Telemetry(provider))
}

/// Whether the standard variables ask for export.
fn exporting() -> bool {
    let set = |v: &str| std::env::var(v).is_ok_and(|t| !t.trim().is_empty());
    let is = |v: &str, word: &str| std::env::var(v).is_ok_and(|t| t.trim().eq_ignore_ascii_case(word));
    (set("OTEL_EXPORTER_OTLP_ENDPOINT") || set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
        && !is("OTEL_SDK_DISABLED", "true")
        && !is("OTEL_TRACES_EXPORTER", "none")
}

fn provider(service: &'static str) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build()?;
    let mut resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if std::env::var("OTEL_SERVICE_NAME").is_err() {
        resource = resource.with_service_name(service);
    }
    Ok(SdkTracerProvider::builder()
        .with_resource(resource.build())
        .with_batch_exporter(exporter)
        .build())
}

impl Telemetry {
    /// Sends what is buffered. The exporter blocks, so it gets a thread of its own.
    pub(crate) async fn flush(self) {
        let Some(provider) = self.0 else { return };
        let done = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        if let Ok(Err(e)) = done {
            tracing::warn!(error = %e, "the last spans could not be exported");
        }
    }
}
