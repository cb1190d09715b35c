//! Outcomes of scans: written here, read here.

use hub_results::{Config, run};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    hub_runtime::run("hub-results", |service| async move {
        run(Config::read(&hub_runtime::env)?, service).await
    })
    .await
}
