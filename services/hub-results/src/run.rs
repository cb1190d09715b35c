//! Putting the service together.

use crate::app::App;
use crate::{Config, api, dead, events, sweep};
use anyhow::Context;
use hub_cache::Cache;
use hub_queue::{BatchOptions, Broker, Publisher, consume_batches, consume_dead};
use hub_runtime::Service;
use hub_store::Store;
use tokio::net::TcpListener;

/// Listens on the configured address and works until told to stop.
///
/// # Errors
/// The address is taken, the settings are not usable, or the broker does not answer.
pub async fn run(config: Config, service: Service) -> anyhow::Result<()> {
    let addr = config.results.addr;
    let listener = TcpListener::bind(addr)
        .await
        .with_context(|| format!("cannot listen on HUB_RESULTS_ADDR={addr}"))?;
    serve(config, listener, service).await
}

/// Serves on `listener`, consumes events and dead letters, and sweeps, until told to stop.
///
/// # Errors
/// The settings are not usable, or the broker does not answer.
pub async fn serve(config: Config, listener: TcpListener, service: Service) -> anyhow::Result<()> {
    let shutdown = service.shutdown();
    let store = Store::open(&config.store)?;
    let cache = Cache::open(config.cache.clone())?;
    service.ready_when("postgres", store.clone(), |store| async move {
        store.check().await.map_err(|e| e.to_string())
    });
    let broker = Broker::connect(config.queue.clone(), "hub-results").await.context("RabbitMQ")?;
    broker.declare().await.context("declaring the queues")?;
    service.ready_when("rabbitmq", broker.clone(), |broker| async move { broker.ready().await });
    let publisher = Publisher::new(&broker);
    let (wakeups, carrying) = cache.wakeups();
    let app = App::new(&config, store.clone(), cache, publisher.clone(), wakeups, shutdown.clone())?;
    service.ready_when("artifacts", app.clone(), |app| async move { app.artifacts.ready().await });
    tracing::info!(addr = %listener.local_addr()?, "serving reads and consuming events");

    let carrying = async {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = carrying => {}
        }
    };
    let options = BatchOptions {
        max: config.results.event_batch,
        linger: config.results.event_linger,
    };
    let consuming = consume_batches(
        &broker,
        &publisher,
        options,
        |batch| events::apply_events(app.clone(), batch),
        shutdown.clone(),
    );
    let burying = consume_dead(&broker, |letter| dead::bury(app.clone(), letter), shutdown.clone());
    let sweeping = sweep::sweep(app.clone(), config.sweep.clone(), shutdown.clone());
    let maintaining = sweep::maintain(app.clone(), config.maintenance.clone(), shutdown.clone());
    let watching = broker.watch_depths(shutdown.clone());
    let serving = {
        let stop = shutdown.clone();
        let router = api::router(app.clone(), &config.http);
        async move { axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await }
    };
    let (served, ..) = tokio::join!(serving, carrying, consuming, burying, sweeping, maintaining, watching);
    broker.close().await;
    store.close().await;
    served.context("serving HTTP")
}
