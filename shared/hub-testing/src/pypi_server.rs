//! Real MCP servers in Python as peers for tests: the packages come from PyPI through pip as the machine has it configured, once per
//! set of versions, into a virtual environment under `target/test-pypi/`; the scripts lie in `servers/`.

use crate::process::{self, ServerProcess};
use anyhow::{Context as _, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A script with the packages it needs, pinned.
#[derive(Clone, Copy, Debug)]
pub struct PypiScript {
    /// Names the virtual environment.
    pub name: &'static str,
    /// As pip takes them.
    pub requirements: &'static [&'static str],
    /// File in `servers/`.
    pub script: &'static str,
}

/// The FastMCP package: `http`, `sse` or `stdio`.
pub const FASTMCP: PypiScript = PypiScript {
    name: "fastmcp",
    requirements: &["fastmcp==3.2.4"],
    script: "fastmcp_server.py",
};

/// The low-level half of the Python SDK: `http` or `sse`. Over the former it knows the stateless revision of 2026.
pub const LOWLEVEL: PypiScript = PypiScript {
    name: "lowlevel",
    requirements: &["mcp==2.3.0", "uvicorn==0.34.0"],
    script: "lowlevel_server.py",
};

/// The Python SDK as it was in January 2025, with the libraries of its time: `sse` only.
pub const OLD_SDK: PypiScript = PypiScript {
    name: "old-sdk",
    requirements: &[
        "mcp==1.2.1",
        "pydantic==2.10.6",
        "starlette==0.45.3",
        "uvicorn==0.34.0",
        "anyio==4.8.0",
    ],
    script: "old_server.py",
};

impl PypiScript {
    /// Makes the virtual environment if this checkout has not done so; its Python. Tests that run at once, in one process or
    /// several, wait for each other.
    ///
    /// # Errors
    /// Python or pip is missing or fails; its words are in the message.
    pub fn install(&self) -> anyhow::Result<PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-pypi");
        fs::create_dir_all(&root).with_context(|| format!("creating {}", root.display()))?;
        let root = root.canonicalize()?;
        let dir = root.join(self.name);
        let (done, wanted) = (dir.join(".complete"), self.requirements.join("\n"));
        let lock = File::create(root.join(format!("{}.lock", self.name)))?;
        lock.lock()?;
        let python = dir.join("bin/python");
        if fs::read_to_string(&done).is_ok_and(|text| text == wanted) {
            return Ok(python);
        }
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        run(Command::new("python3").args(["-m", "venv"]).arg(&dir))?;
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
            .args(self.requirements))?;
        fs::write(&done, wanted)?;
        Ok(python)
    }

    /// Installs and starts the script with `arguments` on a free port (`PORT`), and waits until it says that it listens.
    ///
    /// # Errors
    /// Installing or starting failed; the server's words are in the message.
    pub async fn start(self, arguments: &[&str]) -> anyhow::Result<ServerProcess> {
        let python = tokio::task::spawn_blocking(move || self.install()).await??;
        process::start(&python, &self.path(), arguments).await
    }

    /// Where the script lies.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("servers").join(self.script)
    }
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("starting Python; these tests need python3 with its venv module")?;
    if !output.status.success() {
        bail!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
