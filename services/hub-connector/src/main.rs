//! Starts the connector.

use hub_connector::{Config, run};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    hub_runtime::run("hub-connector", |service| async move {
        run(Config::read(&hub_runtime::env)?, service).await
    })
    .await
}
