//! The operator's tool.

use clap::Parser;
use hub_admin::Command;
use std::process::ExitCode;

/// MCP Hub administration. Reads DATABASE_URL and AMQP_URL as the services do.
#[derive(Parser)]
#[command(name = "hub-admin", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    hub_runtime::install_crypto();
    match arguments.command.run(&mut std::io::stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            use std::io::Write as _;
            // Nobody to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "hub-admin: {e:#}");
            ExitCode::FAILURE
        }
    }
}
