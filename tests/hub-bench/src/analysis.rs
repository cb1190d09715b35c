//! How fast source and listings are analysed, and in how much memory.
//!
//! Each measurement is a process of its own, so that its peak memory is its own. Reading the files is not part of the time.

use crate::{median, synthetic};
use anyhow::{Context, bail};
use hub_analyze::{Subject, analyze, testing::scan_listing};
use hub_model::{Budget, Digest, Snapshot};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How far a tree is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Stage {
    /// Parsing and discovery.
    Discover,
    /// Parsing, discovery, data flow and every rule.
    Analyze,
}

#[derive(Serialize, Deserialize)]
struct Measured {
    /// Code that was parsed (JavaScript, TypeScript, Python), in bytes.
    bytes: u64,
    /// Processor time.
    milliseconds: f64,
    /// How much the peak resident size grew while working, in bytes.
    memory: u64,
}

impl Measured {
    /// Peak memory as a multiple of the source.
    fn times(&self) -> f64 {
        self.memory as f64 / self.bytes.max(1) as f64
    }
}

/// Prints the whole comparison.
pub(crate) fn compare(folders: &[PathBuf], details: bool) -> anyhow::Result<()> {
    if folders.is_empty() {
        return growth();
    }
    for (stage, goal) in [(Stage::Discover, "goal 20"), (Stage::Analyze, "goal 3")] {
        let mut all = Vec::new();
        for folder in folders {
            let subject = folder.to_str().context("a folder's name must be UTF-8")?;
            all.push((subject, child(subject, stage)?));
        }
        all.sort_by(|a, b| b.1.milliseconds.total_cmp(&a.1.milliseconds));
        let bytes: u64 = all.iter().map(|(_, m)| m.bytes).sum();
        let milliseconds: f64 = all.iter().map(|(_, m)| m.milliseconds).sum();
        let mut each: Vec<f64> = all.iter().map(|(_, m)| m.milliseconds).collect();
        println!(
            "{stage:?}: {} packages, {:.1} MB of code at {:.1} MB/s ({goal}), median package {:.0} ms",
            all.len(),
            megabytes(bytes),
            megabytes(bytes) / (milliseconds / 1e3),
            median(&mut each)
        );
        let memory: u64 = all.iter().map(|(_, m)| m.memory.saturating_sub(50_000_000)).sum();
        println!(
            "{stage:?}: memory above 50 MB, over all packages, is {:.1} times their source (goal under 10)",
            memory as f64 / bytes.max(1) as f64
        );
        memory_past_goal(stage, &all);
        for (class, sizes) in SIZE_CLASSES {
            memory_of_class(stage, class, all.iter().filter(|(_, m)| sizes.contains(&m.bytes)));
        }
        if details {
            for (subject, m) in &all {
                println!(
                    "  {:>8.0} ms {:>7.2} MB {:>6.1} MB/s {:>7.1} MB memory {:>6.1} times  {subject}",
                    m.milliseconds,
                    megabytes(m.bytes),
                    megabytes(m.bytes) / (m.milliseconds / 1e3),
                    megabytes(m.memory),
                    m.times()
                );
            }
        }
    }
    Ok(())
}

/// Code of which a package must have as much for the multiple to mean anything, in bytes: below, it is that of the process.
const MEANINGFUL: u64 = 1_000_000;

/// Prints which packages take more than ten times their source at their peak, with nothing subtracted.
fn memory_past_goal(stage: Stage, all: &[(&str, Measured)]) {
    let large: Vec<_> = all.iter().filter(|(_, m)| m.bytes >= MEANINGFUL).collect();
    let Some((subject, worst)) = large.iter().max_by(|a, b| a.1.times().total_cmp(&b.1.times())) else {
        return;
    };
    let past = large.iter().filter(|(_, m)| m.times() >= 10.0).count();
    println!(
        "{stage:?}: {past} of {} packages of 1 MB and more have a peak of 10 times their source or more (goal 0); most: {:.1} times: {subject}",
        large.len(),
        worst.times()
    );
}

/// Packages by the size of their code.
const SIZE_CLASSES: [(&str, std::ops::Range<u64>); 4] = [
    ("under 100 kB", 0..100_000),
    ("of 0.1 to 1 MB", 100_000..1_000_000),
    ("of 1 to 5 MB", 1_000_000..5_000_000),
    ("of 5 MB and more", 5_000_000..u64::MAX),
];

/// Prints peak memory as a multiple of the source, and what the worst package takes beyond ten times its source.
fn memory_of_class<'a>(stage: Stage, class: &str, packages: impl Iterator<Item = &'a (&'a str, Measured)>) {
    let packages: Vec<_> = packages.collect();
    let beyond = |m: &Measured| m.memory as f64 - 10.0 * m.bytes as f64;
    let Some((subject, worst)) = packages.iter().max_by(|a, b| beyond(&a.1).total_cmp(&beyond(&b.1))) else {
        return;
    };
    let mut ratios: Vec<f64> = packages.iter().map(|(_, m)| m.times()).collect();
    println!(
        "{stage:?}: {} packages {class}: peak memory {:.1} times the source in the median; at most 10 times and {:.0} MB (goal 50): {subject}",
        packages.len(),
        median(&mut ratios),
        beyond(worst).max(0.0) / 1e6
    );
}

/// The same kind of input at growing sizes: time and memory for each byte should stay as they are.
fn growth() -> anyhow::Result<()> {
    for stage in [Stage::Discover, Stage::Analyze] {
        let mut first = None;
        for size in [1, 10, 100] {
            let m = child(&format!("javascript:{size}000000"), stage)?;
            let per_megabyte = m.milliseconds / megabytes(m.bytes);
            let base = *first.get_or_insert(per_megabyte);
            println!(
                "{stage:?}: generated server of {size} MB: {:.0} ms, {:.1} MB/s, {:.2} times the time for each byte at 1 MB, memory {:.1} times the source",
                m.milliseconds,
                1e3 / per_megabyte,
                per_megabyte / base,
                m.times()
            );
        }
    }
    let m = child("listing:300", Stage::Analyze)?;
    println!(
        "Analyze: listing of 300 tools: {:.1} ms (goal under 50), {:.1} MB (goal under 50)",
        m.milliseconds,
        megabytes(m.memory)
    );
    let mut first = None;
    for size in [100_000, 1_000_000, 10_000_000] {
        let m = child(&format!("description:{size}"), Stage::Analyze)?;
        let per_megabyte = m.milliseconds / megabytes(m.bytes);
        let base = *first.get_or_insert(per_megabyte);
        println!(
            "Analyze: description of {:.1} MB: {:.0} ms, {:.2} times the time for each byte at 0.1 MB, memory {:.1} times the text",
            megabytes(m.bytes),
            m.milliseconds,
            per_megabyte / base,
            m.times()
        );
    }
    Ok(())
}

fn child(subject: &str, stage: Stage) -> anyhow::Result<Measured> {
    let stage = match stage {
        Stage::Discover => "discover",
        Stage::Analyze => "analyze",
    };
    let done = Command::new(std::env::current_exe()?)
        .args(["analysis-one", subject, stage])
        // As the analysing child process runs.
        .env("MIMALLOC_PURGE_DELAY", "0")
        .output()?;
    if !done.status.success() {
        bail!("{subject}: {}: {}", done.status, String::from_utf8_lossy(&done.stderr));
    }
    serde_json::from_slice(&done.stdout).with_context(|| format!("{subject}: no measurement"))
}

/// Measures one subject: a folder, or `javascript:BYTES`, `listing:TOOLS`, `description:BYTES`.
pub(crate) fn one(subject: &str, stage: Stage) -> anyhow::Result<()> {
    let measured = match subject.split_once(':') {
        Some(("javascript", n)) => tree(&synthetic::javascript_server(n.parse()?), stage)?,
        Some(("listing", n)) => surface(&synthetic::listing(n.parse()?))?,
        Some(("description", n)) => surface(&synthetic::long_description(n.parse()?))?,
        _ => {
            let limits = hub_fetch::FetchLimits::default();
            tree(&hub_fetch::acquire_local(Path::new(subject), None, &limits)?, stage)?
        }
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

fn tree(snapshot: &Snapshot, stage: Stage) -> anyhow::Result<Measured> {
    let code = |path: &str| {
        [".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".py"]
            .iter()
            .any(|e| path.ends_with(e))
    };
    let bytes = snapshot
        .files
        .iter()
        .filter(|f| code(f.path.as_str()))
        .map(|f| f.text.len() as u64)
        .sum();
    // Growth is to be seen past what one scan may parse.
    let budget = Budget {
        max_total_parse_bytes: usize::MAX,
        ..Budget::default()
    };
    measure(bytes, || match stage {
        Stage::Discover => drop(hub_discover::discover(snapshot, &budget)),
        // A tree without a server costs what discovery costs; it is measured all the same.
        Stage::Analyze => drop(analyze(Subject::Snapshot(snapshot), Digest::of(b"bench"), &budget, &mut |_| {})),
    })
}

fn surface(listing: &serde_json::Value) -> anyhow::Result<Measured> {
    measure(listing.to_string().len() as u64, || drop(scan_listing(listing)))
}

fn measure(bytes: u64, work: impl FnOnce()) -> anyhow::Result<Measured> {
    let before = peak()?;
    let started = processor_milliseconds();
    work();
    let milliseconds = processor_milliseconds() - started;
    Ok(Measured {
        bytes,
        milliseconds,
        memory: peak()?.saturating_sub(before),
    })
}

/// Processor time that this process has taken, over all threads: it does not depend on what else the machine does.
fn processor_milliseconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// Most resident memory that this process has had, in bytes.
fn peak() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kib: u64 = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .and_then(|l| l.split_whitespace().next())
        .and_then(|n| n.parse().ok())
        .context("no VmHWM")?;
    Ok(kib * 1024)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
