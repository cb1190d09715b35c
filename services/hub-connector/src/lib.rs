#![doc = include_str!("../README.md")]

mod config;
mod worker;

pub use config::Config;
pub use worker::Connector;

use hub_artifacts::ArtifactStore;
use hub_runtime::Service;
use hub_wire::ConnectJob;
use std::sync::Arc;

/// Runs the connector until its service is told to stop.
///
/// # Errors
/// When it cannot start: the artifact store or the broker.
pub async fn run(config: Config, service: Service) -> anyhow::Result<()> {
    let artifacts = ArtifactStore::open(&config.artifacts, config.codec)?;
    service.ready_when("artifacts", artifacts.clone(), |store| async move { store.ready().await });
    if config.opening.private_key.is_none() {
        tracing::warn!("HUB_SEALING_PRIVATE_KEY is not set; scans of servers that need credentials cannot be done");
    }
    let build = |publisher| {
        Connector::new(
            config.connect,
            config.hosts,
            config.opening.private_key,
            artifacts,
            Arc::new(publisher),
        )
    };
    hub_queue::run_worker::<ConnectJob, _>(config.queue, &service, build).await?;
    Ok(())
}
