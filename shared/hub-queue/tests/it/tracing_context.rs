use crate::support::{Does, failed, job, next, place};
use hub_queue::Verdict;
use hub_wire::FetchJob;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::sync::Once;
use tokio::sync::mpsc;
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Spans without an exporter: contexts are all that is looked at.
fn trace() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        global::set_text_map_propagator(TraceContextPropagator::new());
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing_subscriber::registry().with(layer).init();
        global::set_tracer_provider(provider);
    });
}

fn trace_id() -> String {
    hub_runtime::trace::current_traceparent()
        .expect("tracing is on")
        .split('-')
        .nth(1)
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn one_trace_runs_from_the_publisher_through_retries_to_what_follows() {
    trace();
    let place = place().await;
    let mut events = place.events();
    let (seen, mut ids) = mpsc::unbounded_channel();
    place.work(Does(move |job: FetchJob, facts: hub_queue::DeliveryFacts| {
        let seen = seen.clone();
        async move {
            let _ = seen.send(trace_id());
            if facts.retry == 0 {
                return Verdict::Retry {
                    why: "busy".into(),
                    exhausted: failed(&job, "exhausted"),
                };
            }
            Verdict::Done(vec![failed(&job, "done")])
        }
    }));
    let publisher = place.publisher.clone();
    let mine = async move {
        publisher.publish(&job()).await.unwrap();
        trace_id()
    }
    .instrument(tracing::info_span!("request"))
    .await;
    assert_eq!(next(&mut ids).await, mine, "the worker continues the publisher's trace");
    assert_eq!(next(&mut ids).await, mine, "so does the retry");
    next(&mut events).await;
    place.end().await;
}
