//! Real MCP servers from npm as peers for tests: installed once per version under `target/test-npm/`, started per test.

use crate::process::{self, ServerProcess};
use anyhow::{Context as _, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

pub use crate::process::install_tls_provider;

/// The reference server that shows every part of the protocol, pinned.
pub const EVERYTHING: NpmPackage = NpmPackage {
    name: "@modelcontextprotocol/server-everything",
    version: "2026.8.31",
    entry: "dist/index.js",
    beside: &[],
};

/// The same as it was in May 2025, on the SDK of that time; it has scripts of their own for its transports.
pub const EVERYTHING_OF_MAY_2025: NpmPackage = NpmPackage {
    name: "@modelcontextprotocol/server-everything",
    version: "2025.5.12",
    entry: "dist/streamableHttp.js",
    beside: &["@modelcontextprotocol/sdk@1.11.0"],
};

/// The reference server's first line of versions, on the first SDK (2024-11-05): HTTP+SSE only.
pub const EVERYTHING_OF_EARLY_2025: NpmPackage = NpmPackage {
    name: "@modelcontextprotocol/server-everything",
    version: "0.6.2",
    entry: "dist/sse.js",
    beside: &[],
};

/// A package, pinned, with the script that starts it.
#[derive(Clone, Copy, Debug)]
pub struct NpmPackage {
    pub name: &'static str,
    pub version: &'static str,
    /// Path of the script inside the package.
    pub entry: &'static str,
    /// What else is installed, as npm takes it: to hold a dependency at the version of its time.
    pub beside: &'static [&'static str],
}

impl NpmPackage {
    /// Installs the package if this checkout has not done so, through npm as the machine has it configured. Tests that run at
    /// once, in one process or several, wait for each other.
    ///
    /// # Errors
    /// npm is missing or fails; its words are in the message.
    pub fn install(&self) -> anyhow::Result<PathBuf> {
        let slug = format!("{}-{}", self.name.trim_start_matches('@').replace('/', "-"), self.version);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-npm");
        fs::create_dir_all(&root).with_context(|| format!("creating {}", root.display()))?;
        let root = root.canonicalize()?;
        let dir = root.join(&slug);
        let done = dir.join(".complete");
        let script = dir.join("node_modules").join(self.name).join(self.entry);
        let lock = File::create(root.join(format!("{slug}.lock")))?;
        lock.lock()?;
        if !done.exists() {
            if dir.exists() {
                fs::remove_dir_all(&dir)?;
            }
            fs::create_dir_all(&dir)?;
            // A package.json of its own, so that npm looks at no folder above.
            fs::write(dir.join("package.json"), "{\"private\":true}")?;
            let output = std::process::Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", "--prefix"])
                .arg(&dir)
                .arg(format!("{}@{}", self.name, self.version))
                .args(self.beside)
                .current_dir(&dir)
                .stdin(Stdio::null())
                .output()
                .context("starting npm; these tests need Node.js with npm on the PATH")?;
            if !output.status.success() {
                bail!(
                    "npm install {}@{} failed:\n{}",
                    self.name,
                    self.version,
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            fs::write(&done, "")?;
        }
        if script.exists() {
            Ok(script)
        } else {
            bail!("{} is missing after npm install", script.display())
        }
    }
}

/// A server from npm, running.
pub struct NpmServer;

impl NpmServer {
    /// Installs and starts `package` with `arguments` on a free port (`PORT`), and waits until it says that it listens.
    ///
    /// # Errors
    /// Installing or starting failed; the server's words are in the message.
    pub async fn start(package: NpmPackage, arguments: &[&str]) -> anyhow::Result<ServerProcess> {
        let script = tokio::task::spawn_blocking(move || package.install()).await??;
        process::start(Path::new("node"), &script, arguments).await
    }
}
