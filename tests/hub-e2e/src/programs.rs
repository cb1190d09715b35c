//! The built programs.

use anyhow::{Context, ensure};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The program of this name beside the test's own (`target/debug`). `make test` builds all of them first.
///
/// # Errors
/// It is not there.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    // target/debug/deps/it-… → target/debug
    let folder = own
        .parent()
        .and_then(|p| p.parent())
        .context("a test program lies in target/PROFILE/deps")?;
    let path = folder.join(name);
    ensure!(path.exists(), "{} is not built; run the tests with `make test`", path.display());
    Ok(path)
}

/// Runs `mcp-hub` and gives its exit status, its JSON (null when standard output is none) and its standard error.
///
/// # Errors
/// It does not start.
pub fn mcp_hub(args: &[&str], env: &[(&str, &str)]) -> anyhow::Result<(i32, Value, String)> {
    let Output { status, stdout, stderr } = Command::new(program("mcp-hub")?).args(args).envs(env.iter().copied()).output()?;
    let answer = serde_json::from_slice(&stdout).unwrap_or(Value::Null);
    Ok((status.code().unwrap_or(-1), answer, String::from_utf8_lossy(&stderr).into_owned()))
}
