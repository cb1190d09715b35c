#![doc = include_str!("../README.md")]

mod config;
mod outcome;
mod single;
mod worker;

pub use config::{AnalyzerSettings, Config};
pub use worker::Analyzer;

use hub_artifacts::ArtifactStore;
use hub_pipeline::IsolatedAnalyzer;
use hub_runtime::Service;
use hub_wire::AnalyzeJob;
use std::sync::Arc;

/// Runs the analyzer until its service is told to stop.
///
/// # Errors
/// When it cannot start: the artifact store, the child's program or the broker.
pub async fn run(config: Config, service: Service) -> anyhow::Result<()> {
    let artifacts = ArtifactStore::open(&config.artifacts, config.codec)?;
    service.ready_when("artifacts", artifacts.clone(), |store| async move { store.ready().await });
    let program = match config.analyzer.child {
        Some(program) => program,
        None => std::env::current_exe()?,
    };
    let analysis = IsolatedAnalyzer::new(program, config.sandbox);
    let build = |publisher| Analyzer::new(analysis, artifacts, Arc::new(publisher));
    hub_queue::run_worker::<AnalyzeJob, _>(config.queue, &service, build).await?;
    Ok(())
}
