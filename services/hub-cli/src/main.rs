//! `mcp-hub`: a whole scan in one process. No queue, no database, no cache.

mod args;
mod book;
mod decisions;
mod diff;
mod fleet;
mod input;
mod output;
mod progress;
mod run;

use args::{Cli, Command};
use clap::Parser;
use clap::error::ErrorKind;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit statuses, as documented in the README.
pub(crate) mod status {
    pub(crate) const CLEAN: u8 = 0;
    pub(crate) const FINDINGS: u8 = 1;
    pub(crate) const NOT_DONE: u8 = 2;
    pub(crate) const USAGE: u8 = 64;
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            let asked = matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { status::CLEAN } else { status::USAGE });
        }
    };
    let outcome = match cli.command {
        Command::AnalyzeChild => hub_pipeline::serve_child().map(|()| status::CLEAN).map_err(run::Failure::from),
        Command::Rules(args) => book::print(&args),
        Command::Scan(args) => run::block_on(run::scan(&args)),
        Command::Diff(args) => run::block_on(diff::diff(&args)),
        Command::Discover(args) => run::block_on(run::discover(&args)),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            output::complain(&failure);
            ExitCode::from(failure.status())
        }
    }
}
