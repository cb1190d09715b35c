//! A git server over HTTP on loopback: `git http-backend` behind axum, over bare repositories made on the spot.
//!
//! ```no_run
//! # async fn example() {
//! let server = hub_testing::git_server::GitServer::start().await;
//! let repo = server.repo("acme/tools");
//! let sha = repo.commit("main", &[("package.json", "{}"), ("src/index.ts", "export {}")]);
//! repo.tag("v1");
//! assert!(repo.url().ends_with("/acme/tools") && sha.len() == 40);
//! # }
//! ```

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

/// The server. Its repositories go when it is dropped.
pub struct GitServer {
    root: Arc<TempDir>,
    base: String,
    task: tokio::task::JoinHandle<()>,
}

/// One repository on it.
pub struct GitRepo {
    dir: PathBuf,
    url: String,
    /// Seconds of the commit clock, so that ids are the same in every run.
    clock: AtomicU64,
}

/// What a commit changes.
pub enum Change<'a> {
    File(&'a str, &'a [u8]),
    Link(&'a str, &'a str),
    Submodule(&'a str),
    Delete(&'a str),
}

struct Served {
    root: Arc<TempDir>,
    /// `Authorization` value that every request must have.
    authorization: Option<String>,
}

impl GitServer {
    /// Starts a server that anyone may read.
    pub async fn start() -> Self {
        Self::serve(None).await
    }

    /// Starts a server that asks for `token` as the password of HTTP basic authentication, and answers 401 without it.
    pub async fn start_private(token: &str) -> Self {
        use base64::Engine as _;
        Self::serve(Some(format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"))
        )))
        .await
    }

    async fn serve(authorization: Option<String>) -> Self {
        let root = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let base = format!("http://{}", listener.local_addr().expect("a bound address"));
        let served = Arc::new(Served {
            root: root.clone(),
            authorization,
        });
        let router = Router::new()
            .fallback(backend)
            .with_state(served)
            .layer(axum::extract::DefaultBodyLimit::max(64 << 20));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { root, base, task }
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `127.0.0.1:PORT`, as `HUB_CODE_HOSTS` takes it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// Makes an empty repository `owner/name`. A name that ends in `.git` is served under that path only.
    #[must_use]
    pub fn repo(&self, name: &str) -> GitRepo {
        let dir = self.root.path().join(name);
        git(
            self.root.path(),
            &["init", "--quiet", "--bare", "--initial-branch=main", &dir.display().to_string()],
            &[],
        );
        GitRepo {
            dir,
            url: format!("{}/{name}", self.base),
            clock: AtomicU64::new(1_700_000_000),
        }
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl GitRepo {
    /// Where to clone it from.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Commits text files on top of `branch`; returns the commit's id.
    pub fn commit(&self, branch: &str, files: &[(&str, &str)]) -> String {
        let changes: Vec<Change<'_>> = files.iter().map(|(path, text)| Change::File(path, text.as_bytes())).collect();
        self.commit_changes(branch, &changes)
    }

    /// Commits changes of any kind on top of `branch`; returns the commit's id.
    pub fn commit_changes(&self, branch: &str, changes: &[Change<'_>]) -> String {
        let time = self.clock.fetch_add(1, Ordering::SeqCst);
        let mut stream = Vec::new();
        let message = format!("Change number {time}");
        writeln!(
            stream,
            "commit refs/heads/{branch}\ncommitter Test <test@example.com> {time} +0000\ndata {}\n{message}",
            message.len()
        )
        .expect("memory");
        if self.exists(&format!("refs/heads/{branch}")) {
            writeln!(stream, "from refs/heads/{branch}^0").expect("memory");
        }
        for change in changes {
            let (mode, path, bytes) = match change {
                Change::File(path, bytes) => ("100644", path, *bytes),
                Change::Link(path, target) => ("120000", path, target.as_bytes()),
                Change::Submodule(path) => {
                    writeln!(stream, "M 160000 {:040x} {path}", 0xdead_beef_u32).expect("memory");
                    continue;
                }
                Change::Delete(path) => {
                    writeln!(stream, "D {path}").expect("memory");
                    continue;
                }
            };
            writeln!(stream, "M {mode} inline {path}\ndata {}", bytes.len()).expect("memory");
            stream.extend_from_slice(bytes);
            stream.push(b'\n');
        }
        self.git(&["fast-import", "--quiet", "--force"], &stream);
        self.id(branch)
    }

    /// Makes a branch at `at` (a branch, tag or commit).
    pub fn branch(&self, name: &str, at: &str) {
        self.git(&["branch", name, at], &[]);
    }

    /// Makes a lightweight tag at the head of `main`.
    pub fn tag(&self, name: &str) {
        self.git(&["tag", name, "main"], &[]);
    }

    /// Makes an annotated tag at the head of `main`.
    pub fn annotated_tag(&self, name: &str) {
        self.git(&["tag", "--annotate", "--message=A tag", name, "main"], &[]);
    }

    /// Lets clients ask for commits that no reference points at, as the big public hosts do.
    pub fn allow_any_commit(&self) {
        self.git(&["config", "uploadpack.allowAnySHA1InWant", "true"], &[]);
    }

    /// The commit that a branch or tag leads to.
    #[must_use]
    pub fn id(&self, name: &str) -> String {
        self.git(&["rev-parse", &format!("{name}^{{commit}}")], &[])
    }

    fn exists(&self, reference: &str) -> bool {
        !self.git(&["for-each-ref", reference], &[]).is_empty()
    }

    fn git(&self, args: &[&str], input: &[u8]) -> String {
        git(&self.dir, args, input)
    }
}

/// Runs git apart from the configuration of the machine.
fn git(dir: &Path, args: &[&str], input: &[u8]) -> String {
    let mut command = Command::new("git");
    command
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR");
    for (name, value) in [("NAME", "Test"), ("EMAIL", "test@example.com"), ("DATE", "1700000000 +0000")] {
        command
            .env(format!("GIT_COMMITTER_{name}"), value)
            .env(format!("GIT_AUTHOR_{name}"), value);
    }
    let mut child = command.spawn().expect("git is installed");
    child.stdin.take().expect("a pipe").write_all(input).expect("git reads its input");
    let output = child.wait_with_output().expect("git ends");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Hands a request to `git http-backend` (CGI, RFC 3875).
async fn backend(State(served): State<Arc<Served>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let status = |status, text: &str| {
        Response::builder()
            .status(status)
            .body(Body::from(text.to_owned()))
            .expect("a plain answer")
    };
    let sent = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    if served.authorization.is_some() && served.authorization.as_deref() != sent {
        return status(StatusCode::UNAUTHORIZED, "who are you?");
    }
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let mut child = tokio::process::Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", served.root.path())
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("PATH_INFO", uri.path())
        .env("QUERY_STRING", uri.query().unwrap_or(""))
        .env("REQUEST_METHOD", method.as_str())
        .env("CONTENT_TYPE", text(header::CONTENT_TYPE))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env(
            "GIT_PROTOCOL",
            headers.get("git-protocol").and_then(|v| v.to_str().ok()).unwrap_or(""),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("git is installed");
    let mut stdin = child.stdin.take().expect("a pipe");
    tokio::spawn(async move { stdin.write_all(&body).await });
    let output = child.wait_with_output().await.expect("git http-backend ends");
    let Some(end) = output.stdout.windows(4).position(|w| w == b"\r\n\r\n") else {
        return status(StatusCode::INTERNAL_SERVER_ERROR, "no headers");
    };
    let mut answer = Response::builder();
    for line in String::from_utf8_lossy(&output.stdout[..end]).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        if name.eq_ignore_ascii_case("status") {
            answer = answer.status(value.split(' ').next().and_then(|s| s.parse::<u16>().ok()).unwrap_or(500));
        } else {
            answer = answer.header(name, value);
        }
    }
    answer
        .body(Body::from(output.stdout[end + 4..].to_vec()))
        .expect("git http-backend's headers are valid")
}
