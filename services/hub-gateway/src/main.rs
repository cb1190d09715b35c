//! The public door of MCP Hub.

use hub_gateway::{Config, run};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    hub_runtime::run("hub-gateway", |service| async move {
        run(Config::read(&hub_runtime::env)?, service).await
    })
    .await
}
