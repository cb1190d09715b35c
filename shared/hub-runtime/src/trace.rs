//! Trace context in and out of a process (W3C `traceparent`), whatever carries it.

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::{Context, global};
use std::collections::HashMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Writes the current span's context into whatever carries it. Writes nothing when tracing is off.
pub fn inject_current(carrier: &mut dyn Injector) {
    let context = Span::current().context();
    global::get_text_map_propagator(|p| p.inject_context(&context, carrier));
}

/// Makes `span` a child of the context in `carrier`. Must be called before the span is entered for the first time:
/// afterwards its own trace has begun and the call is without effect.
pub fn continue_from(span: &Span, carrier: &dyn Extractor) {
    let parent: Context = global::get_text_map_propagator(|p| p.extract(carrier));
    // The only errors are "tracing is off" and "already begun"; in both the span stands alone.
    let _ = span.set_parent(parent);
}

/// The current span's `traceparent`, to be stored beside work that another process picks up later.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    let mut carrier = HashMap::new();
    inject_current(&mut carrier);
    carrier.remove("traceparent")
}

/// Makes `span` a child of a stored `traceparent`; see [`continue_from`].
pub fn continue_from_traceparent(span: &Span, traceparent: &str) {
    let carrier: HashMap<String, String> = [("traceparent".to_owned(), traceparent.to_owned())].into();
    continue_from(span, &carrier);
}
