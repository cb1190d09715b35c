//! Package registries on loopback: npm's document API and PyPI's JSON simple API, over packages published on the spot.
//!
//! ```no_run
//! # async fn example() {
//! let npm = hub_testing::registries::NpmRegistry::start().await;
//! npm.publish("@acme/tools", "1.0.0", &[("package.json", "{}"), ("index.js", "")]);
//! assert!(npm.url().ends_with('/')); // give it as NPM_CONFIG_REGISTRY
//! # }
//! ```

use crate::archives::{npm_tarball, tar_gz, zip};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, Uri, header};
use base64::Engine as _;
use serde_json::{Value, json};
use sha2::Digest as _;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Answers by path, with what a test may put in the way.
#[derive(Default)]
struct Shelf {
    bodies: BTreeMap<String, (String, Vec<u8>)>,
    /// Statuses for the next requests, before anything else.
    failures: VecDeque<u16>,
    /// `Authorization` value that every request must have.
    authorization: Option<String>,
    /// Paths asked for, in order.
    asked: Vec<String>,
}

/// A server over a shelf.
struct Server {
    shelf: Arc<Mutex<Shelf>>,
    base: String,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let base = format!("http://{}/", listener.local_addr().expect("a bound address"));
        let shelf = Arc::<Mutex<Shelf>>::default();
        let router = Router::new().fallback(answer).with_state(shelf.clone());
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { shelf, base, task }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, path: &str, kind: &str, bytes: Vec<u8>) {
        self.shelf().bodies.insert(path.to_owned(), (kind.to_owned(), bytes));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shelf): State<Arc<Mutex<Shelf>>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let status = |code: u16| Response::builder().status(code).body(Body::empty()).expect("a plain answer");
    let path = uri.path().replace("%2f", "/").replace("%2F", "/");
    let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
    shelf.asked.push(path.clone());
    if let Some(code) = shelf.failures.pop_front() {
        return status(code);
    }
    let sent = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    if shelf.authorization.is_some() && shelf.authorization.as_deref() != sent {
        return status(StatusCode::UNAUTHORIZED.as_u16());
    }
    match shelf.bodies.get(&path) {
        Some((kind, bytes)) => Response::builder()
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(bytes.clone()))
            .expect("a plain answer"),
        None => status(StatusCode::NOT_FOUND.as_u16()),
    }
}

/// An npm registry.
pub struct NpmRegistry {
    server: Server,
    packages: Mutex<BTreeMap<String, Value>>,
}

impl NpmRegistry {
    /// Starts an empty one.
    pub async fn start() -> Self {
        Self {
            server: Server::start().await,
            packages: Mutex::default(),
        }
    }

    /// Its address, ending in `/`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.server.base
    }

    /// Publishes `files` and tags the version `latest`.
    pub fn publish(&self, name: &str, version: &str, files: &[(&str, &str)]) {
        self.publish_tarball(name, version, npm_tarball(files));
    }

    /// Publishes any bytes as a tarball and tags the version `latest`.
    pub fn publish_tarball(&self, name: &str, version: &str, tarball: Vec<u8>) {
        let file = format!("{name}/-/{}-{version}.tgz", name.rsplit('/').next().unwrap_or(name));
        let integrity = format!(
            "sha512-{}",
            base64::engine::general_purpose::STANDARD.encode(sha2::Sha512::digest(&tarball))
        );
        let dist = json!({ "tarball": format!("{}{file}", self.url()), "integrity": integrity });
        self.server.put(&format!("/{file}"), "application/octet-stream", tarball);
        self.edit(name, |document| {
            document["versions"][version] = json!({ "name": name, "version": version, "dist": dist });
            document["dist-tags"]["latest"] = version.into();
        });
    }

    /// Points a dist-tag at a version.
    pub fn tag(&self, name: &str, tag: &str, version: &str) {
        self.edit(name, |document| document["dist-tags"][tag] = version.into());
    }

    /// Changes a package's document, for whatever else a registry may say.
    pub fn edit(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut packages = self.packages.lock().unwrap_or_else(PoisonError::into_inner);
        let document = packages
            .entry(name.to_owned())
            .or_insert_with(|| json!({ "name": name, "dist-tags": {}, "versions": {} }));
        change(document);
        self.server
            .put(&format!("/{name}"), "application/json", document.to_string().into_bytes());
    }

    /// Answers the next requests with these statuses.
    pub fn fail_next(&self, statuses: &[u16]) {
        self.server.shelf().failures.extend(statuses);
    }

    /// From now on every request must carry `Authorization: Bearer TOKEN`.
    pub fn require_token(&self, token: &str) {
        self.server.shelf().authorization = Some(format!("Bearer {token}"));
    }

    /// The paths asked for so far.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.server.shelf().asked.clone()
    }
}

/// A Python package index, with its files on a server of their own.
pub struct PypiIndex {
    index: Server,
    files: Server,
    projects: Mutex<BTreeMap<String, Vec<Value>>>,
}

impl PypiIndex {
    /// Starts an empty one.
    pub async fn start() -> Self {
        Self {
            index: Server::start().await,
            files: Server::start().await,
            projects: Mutex::default(),
        }
    }

    /// Address of the simple API: give it as `PIP_INDEX_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}simple/", self.index.base)
    }

    /// Where the files lie: another origin than the index, as in the real world.
    #[must_use]
    pub fn files_url(&self) -> &str {
        &self.files.base
    }

    /// Publishes a pure wheel of `files`.
    pub fn publish_wheel(&self, name: &str, version: &str, files: &[(&str, &str)]) {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
        self.publish_file(
            name,
            &format!("{}-{version}-py3-none-any.whl", name.replace('-', "_")),
            zip(&files),
            |_| {},
        );
    }

    /// Publishes an sdist of `files`, below the folder that sdists have.
    pub fn publish_sdist(&self, name: &str, version: &str, files: &[(&str, &str)]) {
        let stem = format!("{}-{version}", name.replace('-', "_"));
        let paths: Vec<String> = files.iter().map(|(path, _)| format!("{stem}/{path}")).collect();
        let files: Vec<(&str, &[u8])> = paths
            .iter()
            .zip(files)
            .map(|(path, (_, text))| (path.as_str(), text.as_bytes()))
            .collect();
        self.publish_file(name, &format!("{stem}.tar.gz"), tar_gz(&files), |_| {});
    }

    /// Publishes any bytes under a file name; `change` may edit what the index says of it.
    pub fn publish_file(&self, name: &str, filename: &str, bytes: Vec<u8>, change: impl FnOnce(&mut Value)) {
        let sha256: String = sha2::Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        let mut entry = json!({ "filename": filename, "url": format!("{}files/{filename}", self.files.base), "hashes": { "sha256": sha256 }, "yanked": false });
        change(&mut entry);
        self.files.put(&format!("/files/{filename}"), "application/octet-stream", bytes);
        let mut projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = projects.entry(name.to_owned()).or_default();
        entries.push(entry);
        let page = json!({ "meta": { "api-version": "1.1" }, "name": name, "files": entries });
        self.index.put(
            &format!("/simple/{name}/"),
            "application/vnd.pypi.simple.v1+json",
            page.to_string().into_bytes(),
        );
    }

    /// From now on the project's page is HTML (PEP 503), as many private indexes have it.
    pub fn serve_html(&self, name: &str) {
        let projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page = String::from("<!DOCTYPE html><html><body>");
        for file in projects.get(name).into_iter().flatten() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (url, sha256, filename) = (text(&file["url"]), text(&file["hashes"]["sha256"]), text(&file["filename"]));
            page.push_str(&format!(
                "<a href=\"{url}#sha256={sha256}\" data-requires-python=\">=3.8\">{filename}</a><br/>"
            ));
        }
        self.index.put(&format!("/simple/{name}/"), "text/html", page.into_bytes());
    }
}
