//! Real MCP servers from npm as peers for tests: installed once per version under `target/test-npm/`, started per test.

use anyhow::{Context as _, anyhow, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Once;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// The reference server that shows every part of the protocol, pinned.
pub const EVERYTHING: NpmPackage = NpmPackage {
    name: "@modelcontextprotocol/server-everything",
    version: "2026.8.31",
    entry: "dist/index.js",
};

/// A package, pinned, with the script that starts it.
#[derive(Clone, Copy, Debug)]
pub struct NpmPackage {
    pub name: &'static str,
    pub version: &'static str,
    /// Path of the script inside the package.
    pub entry: &'static str,
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

/// A server process; killed when dropped.
pub struct NpmServer {
    pub port: u16,
    _child: Child,
}

impl NpmServer {
    /// Installs and starts `package` with `arguments` on a free port (`PORT`), and waits until it says that it listens.
    ///
    /// # Errors
    /// Installing or starting failed; the server's words are in the message.
    pub async fn start(package: NpmPackage, arguments: &[&str]) -> anyhow::Result<Self> {
        install_tls_provider();
        let script = tokio::task::spawn_blocking(move || package.install()).await??;
        let mut said = String::new();
        // Between asking for a free port and the server's taking it, another process may take it: then the next one.
        for _ in 0..10 {
            let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            match start_on(&script, arguments, port).await {
                Ok(child) => return Ok(Self { port, _child: child }),
                Err(words) => said = words,
            }
        }
        Err(anyhow!("{} does not start:\n{said}", package.name))
    }

    /// A URL on the server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

async fn start_on(script: &Path, arguments: &[&str], port: u16) -> Result<Child, String> {
    let mut child = Command::new("node")
        .arg(script)
        .args(arguments)
        .env("PORT", port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| format!("starting node: {e}"))?;
    let (lines, mut heard) = mpsc::unbounded_channel();
    // Both pipes are read for as long as the server lives, or it would stop at a full one.
    read_lines(child.stdout.take(), lines.clone());
    read_lines(child.stderr.take(), lines);
    let mut said = String::new();
    let ready = async {
        while let Some(line) = heard.recv().await {
            said.push_str(&line);
            said.push('\n');
            if line.contains(&port.to_string()) {
                return true;
            }
        }
        false
    };
    match tokio::time::timeout(Duration::from_secs(60), ready).await {
        Ok(true) => Ok(child),
        Ok(false) => Err(said),
        Err(_) => Err(format!("{said}(silent for 60 s)")),
    }
}

fn read_lines(pipe: Option<impl AsyncRead + Unpin + Send + 'static>, to: mpsc::UnboundedSender<String>) {
    let Some(pipe) = pipe else { return };
    tokio::spawn(async move {
        let mut lines = BufReader::new(pipe).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            // Nobody listens once the server is up.
            let _ = to.send(line);
        }
    });
}

/// The one TLS stack, for tests that build HTTP clients of their own.
pub fn install_tls_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another library may have been first; then it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
