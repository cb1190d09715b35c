//! Resident size from /proc.

use anyhow::{Context, ensure};

/// Prints the resident size of each `NAME=PID`.
pub(crate) fn print(processes: &[String]) -> anyhow::Result<()> {
    ensure!(!processes.is_empty(), "name processes as NAME=PID");
    for process in processes {
        let (name, pid) = process.split_once('=').context("NAME=PID")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("{name} is not running"))?;
        let kib: f64 = status
            .lines()
            .find_map(|l| l.strip_prefix("VmRSS:"))
            .and_then(|l| l.split_whitespace().next())
            .and_then(|n| n.parse().ok())
            .context("no VmRSS")?;
        println!("resident when idle: {name} {:.1} MB (goal under 100)", kib / 1024.0);
    }
    Ok(())
}
