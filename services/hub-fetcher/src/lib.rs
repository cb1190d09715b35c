#![doc = include_str!("../README.md")]

mod config;
mod worker;

pub use config::Config;
pub use worker::Fetcher;

use hub_artifacts::{ArtifactStore, RetentionSettings};
use hub_fetch::FetchContext;
use hub_runtime::{CancellationToken, Service};
use hub_wire::{FetchJob, PublishedJob};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::try_join;

/// Runs the fetcher until its service is told to stop.
///
/// # Errors
/// When it cannot start: the artifact store, TLS or the broker.
pub async fn run(config: Config, service: Service) -> anyhow::Result<()> {
    let artifacts = ArtifactStore::open(&config.artifacts, config.codec)?;
    service.ready_when("artifacts", artifacts.clone(), |store| async move { store.ready().await });
    let fetch = FetchContext::new(config.fetch)?;
    let build = |publisher| Fetcher::new(fetch.clone(), artifacts.clone(), Arc::new(publisher));
    // Apart, so that no server holds up the targets of users with the source that it names.
    try_join!(
        hub_queue::run_worker::<FetchJob, _>(config.queue.clone(), &service, build),
        hub_queue::run_worker::<PublishedJob, _>(config.queue.clone(), &service, build),
        forget_old(artifacts.clone(), config.retention, service.shutdown()),
    )?;
    Ok(())
}

/// Deletes old artifacts now and then until told to stop: whoever obtains what may be private also sees to it that it goes.
async fn forget_old(artifacts: ArtifactStore, keep: RetentionSettings, shutdown: CancellationToken) -> Result<(), hub_queue::QueueError> {
    while !shutdown.is_cancelled() {
        match artifacts.forget_old(&keep, SystemTime::now()).await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "old artifacts are deleted"),
            Err(e) => tracing::warn!(error = %e, "old artifacts are not deleted; trying again later"),
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(keep.every) => {}
        }
    }
    Ok(())
}
