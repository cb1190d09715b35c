//! A server as a child process: started on a free port, waited for, killed when dropped.

use anyhow::anyhow;
use std::path::Path;
use std::process::Stdio;
use std::sync::Once;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// Between two tries to connect to a server that says it is up.
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// A server process; killed when dropped.
pub struct ServerProcess {
    pub port: u16,
    _child: Child,
}

impl ServerProcess {
    /// A URL on the server.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// Starts `program script arguments` on a free port (`PORT`), and waits until it says that it listens.
pub(crate) async fn start(program: &Path, script: &Path, arguments: &[&str]) -> anyhow::Result<ServerProcess> {
    install_tls_provider();
    let mut said = String::new();
    // Between asking for a free port and the server's taking it, another process may take it: then the next one.
    for _ in 0..10 {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        match start_on(program, script, arguments, port).await {
            Ok(child) => return Ok(ServerProcess { port, _child: child }),
            Err(words) => said = words,
        }
    }
    Err(anyhow!("{} does not start:\n{said}", script.display()))
}

async fn start_on(program: &Path, script: &Path, arguments: &[&str], port: u16) -> Result<Child, String> {
    let mut child = Command::new(program)
        .arg(script)
        .args(arguments)
        .env("PORT", port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| format!("starting {}: {e}", program.display()))?;
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
                // Some say so a moment before it is true.
                while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
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
