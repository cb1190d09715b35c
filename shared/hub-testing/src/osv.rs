//! A service with the OSV interface on loopback, over advisories published on the spot. It names every advisory about a package, whatever
//! the version, so that deciding is left to whoever asks.

use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Data {
    advisories: BTreeMap<String, Value>,
    /// Paths that answer 503.
    broken: BTreeSet<String>,
    /// Advisories to a page.
    page: Option<usize>,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Data>>;

/// The service. It ends when it is dropped.
pub struct OsvService {
    data: Shared,
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl OsvService {
    /// Starts one that knows nothing.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let data = Shared::default();
        let router = Router::new()
            .route("/v1/querybatch", post(query))
            .route("/v1/vulns/{id}", get(advisory))
            .with_state(data.clone());
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { data, url, task }
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Adds an OSV document.
    ///
    /// # Panics
    /// When it is no JSON or has no id.
    pub fn publish(&self, document: &str) {
        let document: Value = serde_json::from_str(document).expect("an OSV document");
        let id = document["id"].as_str().expect("an id").to_owned();
        self.data().advisories.insert(id, document);
    }

    /// From now on this path answers 503.
    pub fn fail(&self, path: &str) {
        self.data().broken.insert(path.to_owned());
    }

    /// Puts so many advisories on one page.
    pub fn page_after(&self, advisories: usize) {
        self.data().page = Some(advisories);
    }

    /// The paths asked for so far, sorted.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let mut asked = self.data().asked.clone();
        asked.sort();
        asked
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        locked(&self.data)
    }
}

impl Drop for OsvService {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked(data: &Shared) -> MutexGuard<'_, Data> {
    data.lock().unwrap_or_else(PoisonError::into_inner)
}

fn enter(data: &mut Data, uri: &Uri) -> Result<(), StatusCode> {
    data.asked.push(uri.path().to_owned());
    match data.broken.contains(uri.path()) {
        true => Err(StatusCode::SERVICE_UNAVAILABLE),
        false => Ok(()),
    }
}

async fn query(State(data): State<Shared>, uri: Uri, Json(body): Json<Value>) -> Result<Json<Value>, StatusCode> {
    let mut data = locked(&data);
    enter(&mut data, &uri)?;
    let queries = body["queries"].as_array().ok_or(StatusCode::BAD_REQUEST)?;
    let answer = |query: &Value| {
        let about = |a: &&Value| {
            let affected = a["affected"].as_array().into_iter().flatten();
            affected
                .filter(|p| p["package"]["ecosystem"] == query["package"]["ecosystem"])
                .any(|p| p["package"]["name"] == query["package"]["name"])
        };
        let all: Vec<Value> = data
            .advisories
            .values()
            .filter(about)
            .map(|a| json!({ "id": a["id"], "modified": a["modified"] }))
            .collect();
        let from = query["page_token"].as_str().and_then(|t| t.parse::<usize>().ok()).unwrap_or(0);
        let size = data.page.unwrap_or(usize::MAX);
        let page: Vec<&Value> = all.iter().skip(from).take(size).collect();
        let mut out = json!({});
        if from + page.len() < all.len() {
            out["next_page_token"] = json!((from + page.len()).to_string());
        }
        if !page.is_empty() {
            out["vulns"] = json!(page);
        }
        out
    };
    let results: Vec<Value> = queries.iter().map(answer).collect();
    Ok(Json(json!({ "results": results })))
}

async fn advisory(State(data): State<Shared>, uri: Uri, Path(id): Path<String>) -> Result<Json<Value>, StatusCode> {
    let mut data = locked(&data);
    enter(&mut data, &uri)?;
    data.advisories.get(&id).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}
