#![doc = include_str!("../README.md")]

mod config;
mod worker;

pub use config::Config;
pub use worker::Fetcher;

use hub_artifacts::ArtifactStore;
use hub_fetch::FetchContext;
use hub_runtime::Service;
use hub_wire::FetchJob;
use std::sync::Arc;

/// Runs the fetcher until its service is told to stop.
///
/// # Errors
/// When it cannot start: the artifact store, TLS or the broker.
pub async fn run(config: Config, service: Service) -> anyhow::Result<()> {
    let artifacts = ArtifactStore::open(&config.artifacts, config.codec)?;
    let store = artifacts.clone();
    service.ready_when("artifacts", move || {
        let store = store.clone();
        async move { store.ready().await }
    });
    let fetch = FetchContext::new(config.fetch)?;
    let build = |publisher| Fetcher::new(fetch, artifacts, Arc::new(publisher));
    hub_queue::run_worker::<FetchJob, _>(config.queue, &service, build).await?;
    Ok(())
}
