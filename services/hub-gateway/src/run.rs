//! Putting the gateway together.

use crate::app::App;
use crate::{Config, admit, dispatch, docs, forward, status};
use anyhow::Context;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use hub_http::finish;
use hub_queue::{Broker, Publisher};
use hub_runtime::Service;
use tokio::net::TcpListener;

/// Listens on the configured address and serves until told to stop.
///
/// # Errors
/// The address is taken, the settings are not usable, or the broker does not answer.
pub async fn run(config: Config, service: Service) -> anyhow::Result<()> {
    let addr = config.gateway.addr;
    let listener = TcpListener::bind(addr)
        .await
        .with_context(|| format!("cannot listen on HUB_GATEWAY_ADDR={addr}"))?;
    serve(config, listener, service).await
}

/// Serves on `listener` until told to stop, then finishes what is in hand.
///
/// # Errors
/// The settings are not usable, or the broker does not answer.
pub async fn serve(config: Config, listener: TcpListener, service: Service) -> anyhow::Result<()> {
    let shutdown = service.shutdown();
    let app = App::open(&config, shutdown.clone())?;
    let store = app.store.clone();
    service.ready_when("postgres", store.clone(), |store| async move {
        store.check().await.map_err(|e| e.to_string())
    });
    let broker = Broker::connect(config.queue.clone(), "hub-gateway").await.context("RabbitMQ")?;
    broker.declare().await.context("declaring the queues")?;
    service.ready_when("rabbitmq", broker.clone(), |broker| async move { broker.ready().await });
    let publisher = Publisher::new(&broker);
    tracing::info!(addr = %listener.local_addr()?, "serving the public API");

    let listening = dispatch::listen(store.clone(), app.wake.clone(), shutdown.clone());
    let dispatching = dispatch::run(
        store.clone(),
        publisher,
        config.dispatch.clone(),
        app.wake.clone(),
        config.gateway.dispatch_poll,
        shutdown.clone(),
    );
    let counting = {
        let (app, shutdown, every) = (app.clone(), shutdown.clone(), config.gateway.usage_flush);
        async move {
            while !shutdown.is_cancelled() {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = tokio::time::sleep(every) => {}
                }
                app.usage.flush(&app.store).await;
            }
        }
    };
    let stop = shutdown.clone();
    let serving = async move {
        let outcome = axum::serve(listener, router(app.clone(), &config))
            .with_graceful_shutdown(stop.cancelled_owned())
            .await;
        app.usage.flush(&app.store).await;
        outcome
    };
    let (served, (), (), ()) = tokio::join!(serving, listening, dispatching, counting);
    broker.close().await;
    store.close().await;
    served.context("serving HTTP")
}

/// All routes.
pub(crate) fn router(app: App, config: &Config) -> Router {
    let (submissions, _) = docs::submissions().split_for_parts();
    let keyed = submissions
        .route("/mcp-hub/scan/{job_id}/status", get(status::get_status))
        .route("/mcp-hub/{*path}", any(forward::forward))
        .layer(from_fn_with_state(app.clone(), admit::admit))
        .with_state(app);
    finish(keyed.merge(docs::router()), &config.http)
}
