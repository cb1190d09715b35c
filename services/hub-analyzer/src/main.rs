//! Starts the analyzer, or the child process in which it analyses.

use hub_analyzer::{Config, run};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(hub_pipeline::CHILD_COMMAND) {
        // The parent logs how a child ended.
        return hub_pipeline::serve_child().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    serve()
}

#[tokio::main]
async fn serve() -> ExitCode {
    hub_runtime::run("hub-analyzer", |service| async move {
        run(Config::read(&hub_runtime::env)?, service).await
    })
    .await
}
