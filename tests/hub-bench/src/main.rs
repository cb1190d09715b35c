//! Speed and size of the running services, as ratios against the barest thing that does the same work, in one run.
//!
//! `tests/bench/run.sh` starts the services and calls this. Absolute numbers of a shared machine mean little; ratios of
//! runs that alternate mean something.
#![allow(clippy::print_stdout)]

mod analysis;
mod baseline;
mod hosted;
mod load;
mod memory;
mod queue;
mod synthetic;

use clap::{Parser, Subcommand};
use std::path::PathBuf;

// As the analyzer and the command line program have it: the same memory figures.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bare axum handlers: POST /insert does one Postgres insert, GET /get one Redis GET. Prints its address.
    ServeBaseline,
    /// POST /scan against a bare insert, GET status against a bare GET.
    Http {
        #[arg(long)]
        base_url: String,
        #[arg(long, env = "HUB_BENCH_KEY", hide_env_values = true)]
        key: String,
        #[arg(long)]
        baseline_url: String,
        #[arg(long, default_value_t = 4)]
        seconds: u64,
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// hub-queue's publish and consume against a bare lapin loop.
    Queue {
        #[arg(long, default_value_t = 20_000)]
        messages: usize,
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// Discovery and analysis of source trees, each in a process of its own: MB/s, milliseconds, memory against source size.
    /// Without folders: generated trees of growing size and generated tool listings.
    Analysis {
        /// Folders that hold one package each.
        folders: Vec<PathBuf>,
        /// Prints a line for each package, slowest first.
        #[arg(long)]
        details: bool,
    },
    /// One tree of `analysis`, measured; prints JSON.
    #[command(hide = true)]
    AnalysisOne { subject: String, stage: analysis::Stage },
    /// An MCP server that takes its time over every answer. Prints its URL.
    ServeSlow {
        #[arg(long, default_value_t = 300)]
        delay_ms: u64,
    },
    /// Many hosted scans at once against a slow server: memory, and whether one waits for another.
    Hosted {
        #[arg(long, default_value_t = 200)]
        scans: usize,
        #[arg(long, default_value_t = 300)]
        delay_ms: u64,
    },
    /// Resident size of processes, as `NAME=PID`.
    Memory { processes: Vec<String> },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Cli::parse().command {
        Command::ServeBaseline => baseline::serve().await,
        Command::Http {
            base_url,
            key,
            baseline_url,
            seconds,
            rounds,
        } => load::compare(&base_url, &key, &baseline_url, seconds, rounds).await,
        Command::Queue { messages, rounds } => queue::compare(messages, rounds).await,
        Command::Analysis { folders, details } => analysis::compare(&folders, details),
        Command::AnalysisOne { subject, stage } => analysis::one(&subject, stage),
        Command::ServeSlow { delay_ms } => hosted::serve(std::time::Duration::from_millis(delay_ms)).await,
        Command::Hosted { scans, delay_ms } => hosted::scan_many(scans, std::time::Duration::from_millis(delay_ms)).await,
        Command::Memory { processes } => memory::print(&processes),
    }
}

/// The middle one.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
