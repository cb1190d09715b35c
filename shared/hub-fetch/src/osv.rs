//! What is known against packages, asked of a service that speaks the OSV interface (google.github.io/osv.dev/api): `v1/querybatch` names
//! the advisories of a package's version, `v1/vulns/ID` is one of them. Answers are kept for a while, in memory and where the operator
//! wants it on disk, so that ten thousand scans of popular packages ask once.

use crate::advisories::AdvisorySettings;
use crate::error::shown;
use crate::npm::config::folder;
use crate::shelf::Shelf;
use hub_deps::{Ecosystem, MAX_ADVISORY_BYTES};
use hub_model::Advisory;
use hub_net::{EgressPolicy, FetchOptions, HeaderValue, HttpClient, NetError, NetLimits, Request, Url, header};
use moka::future::Cache;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::task::JoinSet;

/// Packages asked for at once: the interface's own bound.
const BATCH: usize = 1_000;
/// Pages of one answer that are followed.
const MAX_PAGES: usize = 20;
/// Advisories obtained at the same time.
const AT_ONCE: usize = 8;
/// Largest answer that names advisories, in bytes.
const MAX_ANSWER_BYTES: u64 = 32 << 20;

/// Why the service did not say what is known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OsvError {
    #[error(transparent)]
    Net(#[from] NetError),
    #[error("{0}")]
    Unusable(&'static str),
}

/// A package at a version: ecosystem, name, version.
pub(crate) type Asked = (Ecosystem, String, String);

/// What the service said.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) list: Vec<Advisory>,
    /// When the oldest of the answers was given.
    pub(crate) as_of: Option<SystemTime>,
    /// Advisories that are named and could not be read, with why.
    pub(crate) unread: Vec<(String, String)>,
}

/// The ids that the service names for one package and version.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Named {
    ids: Vec<(String, String)>,
    asked_at: SystemTime,
}

/// A service, with what it answered lately.
#[derive(Debug)]
pub(crate) struct Osv {
    base: Url,
    http: HttpClient,
    timeout: Duration,
    max_kept: usize,
    ttl: Duration,
    named: Cache<Asked, Arc<Named>>,
    advisories: Cache<(String, String), Arc<Advisory>>,
    shelf: Option<Arc<Shelf>>,
}

#[derive(Deserialize)]
struct BatchAnswer {
    #[serde(default)]
    results: Vec<Results>,
}

#[derive(Default, Deserialize)]
struct Results {
    #[serde(default)]
    vulns: Vec<Mention>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Mention {
    id: String,
    #[serde(default)]
    modified: String,
}

impl Osv {
    /// The service that the settings name; none when they name none.
    ///
    /// # Errors
    /// [`NetError::Client`] when TLS cannot be set up.
    pub(crate) fn of(settings: &AdvisorySettings, egress: &EgressPolicy, net: &NetLimits) -> Result<Option<Arc<Self>>, NetError> {
        let Some(base) = settings.url.clone().map(folder) else {
            return Ok(None);
        };
        let weight = |_: &(String, String), a: &Arc<Advisory>| {
            let events: usize = a.affected.iter().map(|p| p.versions.len() * 24 + p.ranges.len() * 128).sum();
            u32::try_from(512 + a.summary.len() + events).unwrap_or(u32::MAX)
        };
        Ok(Some(Arc::new(Self {
            // The operator's own choice, so it may have a private address.
            http: HttpClient::trusting(egress.clone(), net.clone(), [&base])?,
            base,
            timeout: settings.timeout,
            max_kept: settings.max_kept,
            ttl: settings.cache_ttl,
            named: Cache::builder()
                .max_capacity(settings.cache_entries)
                .time_to_live(settings.cache_ttl)
                .build(),
            advisories: Cache::builder()
                .max_capacity(settings.cache_bytes)
                .weigher(weight)
                .time_to_live(settings.cache_ttl)
                .build(),
            shelf: Shelf::of(settings).map(Arc::new),
        })))
    }

    /// What to call it: never its path or user, where a token may stand.
    pub(crate) fn name(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base
            .port()
            .map_or_else(|| shown(host), |port| shown(&format!("{host}:{port}")))
    }

    /// Looks packages up. An advisory that cannot be read is named in the answer.
    ///
    /// # Errors
    /// The service did not say which advisories there are.
    pub(crate) async fn look_up(&self, asked: BTreeSet<Asked>) -> Result<Told, OsvError> {
        let deadline = Instant::now() + self.timeout;
        let mut told = Told::default();
        let mut wanted: BTreeMap<String, String> = BTreeMap::new();
        let mut open: Vec<Asked> = Vec::new();
        let note = |named: &Named, told: &mut Told, wanted: &mut BTreeMap<String, String>| {
            told.as_of = Some(told.as_of.map_or(named.asked_at, |t| t.min(named.asked_at)));
            wanted.extend(named.ids.iter().cloned());
        };
        let mut missing: Vec<Asked> = Vec::new();
        for package in asked {
            match self.named.get(&package).await.filter(|named| self.is_fresh(named)) {
                Some(named) => note(&named, &mut told, &mut wanted),
                None => missing.push(package),
            }
        }
        let missing = Arc::new(missing);
        for (package, found) in missing.iter().zip(self.shelved::<_, Named>(&missing).await) {
            match found.filter(|named| self.is_fresh(named)) {
                Some(named) => {
                    note(&named, &mut told, &mut wanted);
                    self.named.insert(package.clone(), Arc::new(named)).await;
                }
                None => open.push(package.clone()),
            }
        }
        for batch in open.chunks(BATCH) {
            let mut answers = Vec::new();
            for (package, ids) in batch.iter().zip(self.names(batch, deadline).await?) {
                let named = Arc::new(Named {
                    ids,
                    asked_at: SystemTime::now(),
                });
                note(&named, &mut told, &mut wanted);
                self.named.insert(package.clone(), Arc::clone(&named)).await;
                answers.push((package.clone(), named));
            }
            shelve(self.shelf.clone(), answers).await;
        }
        self.read(wanted, deadline, &mut told).await;
        told.list.sort_by(|a, b| a.id.cmp(&b.id));
        told.unread.sort();
        Ok(told)
    }

    /// Whether an answer may still be used, wherever it was kept: it is as old as its question.
    fn is_fresh(&self, named: &Named) -> bool {
        // A time in the future is that of another clock; it is as old as nothing.
        SystemTime::now().duration_since(named.asked_at).is_ok_and(|age| age < self.ttl)
    }

    /// What the folder of answers holds under each of these keys.
    async fn shelved<K, V>(&self, keys: &Arc<Vec<K>>) -> Vec<Option<V>>
    where
        K: Serialize + Send + Sync + 'static,
        V: DeserializeOwned + Send + 'static,
    {
        let nothing = || keys.iter().map(|_| None).collect();
        let Some(shelf) = self.shelf.clone() else { return nothing() };
        let wanted = Arc::clone(keys);
        let read = move || wanted.iter().map(|key| shelf.get(key)).collect();
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|_| nothing())
    }

    /// The ids and dates that the service names, package by package.
    async fn names(&self, batch: &[Asked], deadline: Instant) -> Result<Vec<Vec<(String, String)>>, OsvError> {
        let mut out: Vec<Vec<(String, String)>> = batch.iter().map(|_| Vec::new()).collect();
        let mut open: Vec<(usize, Option<String>)> = (0..batch.len()).map(|i| (i, None)).collect();
        for _ in 0..MAX_PAGES {
            if open.is_empty() {
                break;
            }
            let queries: Vec<serde_json::Value> = open
                .iter()
                .filter_map(|(i, page)| {
                    let (ecosystem, name, version) = batch.get(*i)?;
                    let mut query = json!({ "package": { "ecosystem": ecosystem.as_str(), "name": name }, "version": version });
                    if let Some(page) = page {
                        query["page_token"] = json!(page);
                    }
                    Some(query)
                })
                .collect();
            let body = Some(json!({ "queries": queries }));
            let answer: BatchAnswer = ask(&self.http, &self.base, "v1/querybatch", body, MAX_ANSWER_BYTES, deadline).await?;
            if answer.results.len() < open.len() {
                return Err(OsvError::Unusable("it answers fewer packages than it was asked for"));
            }
            let mut next = Vec::new();
            for ((i, _), results) in open.iter().zip(answer.results) {
                if let Some(ids) = out.get_mut(*i) {
                    ids.extend(results.vulns.into_iter().filter(|m| is_id(&m.id)).map(|m| (m.id, m.modified)));
                }
                next.extend(results.next_page_token.filter(|t| !t.is_empty()).map(|t| (*i, Some(t))));
            }
            open = next;
        }
        if !open.is_empty() {
            return Err(OsvError::Unusable("its answer has too many pages"));
        }
        Ok(out)
    }

    async fn read(&self, wanted: BTreeMap<String, String>, deadline: Instant, told: &mut Told) {
        let mut missing = Vec::new();
        for (n, key) in wanted.into_iter().enumerate() {
            if n >= self.max_kept {
                told.unread.push((key.0, "more advisories than HUB_ADVISORIES_MAX_KEPT".to_owned()));
                continue;
            }
            match self.advisories.get(&key).await {
                Some(advisory) => told.list.push((*advisory).clone()),
                None => missing.push(key),
            }
        }
        let missing = Arc::new(missing);
        let mut open = Vec::new();
        for (key, found) in missing.iter().zip(self.shelved::<_, Advisory>(&missing).await) {
            match found {
                Some(advisory) => told.list.push(advisory),
                None => open.push(key.clone()),
            }
        }
        let mut running = JoinSet::new();
        let mut left = open.into_iter();
        loop {
            while running.len() < AT_ONCE
                && let Some(key) = left.next()
            {
                let (http, base, shelf) = (self.http.clone(), self.base.clone(), self.shelf.clone());
                running.spawn(async move {
                    let read = advisory(&http, &base, &key.0, deadline).await.map(Arc::new);
                    if let Ok(advisory) = &read {
                        shelve(shelf, vec![(key.clone(), Arc::clone(advisory))]).await;
                    }
                    (key, read)
                });
            }
            let Some(done) = running.join_next().await else { break };
            // A task that panicked takes its key along: the advisory is then simply missing from the list, and counted below.
            let Ok((key, read)) = done else {
                told.unread.push(("one advisory".to_owned(), "reading it failed".to_owned()));
                continue;
            };
            match read {
                Ok(advisory) => {
                    told.list.push((*advisory).clone());
                    self.advisories.insert(key, advisory).await;
                }
                Err(e) => told.unread.push((key.0, e.to_string())),
            }
        }
    }
}

/// Puts answers into the folder, if there is one.
async fn shelve<K, V>(shelf: Option<Arc<Shelf>>, answers: Vec<(K, Arc<V>)>)
where
    K: Serialize + Send + 'static,
    V: Serialize + Send + Sync + 'static,
{
    let Some(shelf) = shelf else { return };
    let write = move || answers.iter().for_each(|(key, value)| shelf.put(key, &**value));
    // What cannot be kept is asked for again.
    let _ = tokio::task::spawn_blocking(write).await;
}

async fn advisory(http: &HttpClient, base: &Url, id: &str, deadline: Instant) -> Result<Advisory, OsvError> {
    let path = format!("v1/vulns/{id}");
    let advisory: Advisory = ask(http, base, &path, None, MAX_ADVISORY_BYTES as u64, deadline).await?;
    if advisory.id == id {
        Ok(advisory)
    } else {
        Err(OsvError::Unusable("it answers another advisory than it was asked for"))
    }
}

async fn ask<T: DeserializeOwned>(
    http: &HttpClient,
    base: &Url,
    path: &str,
    body: Option<serde_json::Value>,
    max_bytes: u64,
    deadline: Instant,
) -> Result<T, OsvError> {
    let url = base.join(path).unwrap_or_else(|_| base.clone());
    let request = match body {
        Some(body) => {
            let mut request = Request::post(url, body.to_string());
            request
                .headers
                .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request
        }
        None => Request::get(url),
    };
    let options = FetchOptions {
        max_bytes: Some(max_bytes),
        total_timeout: Some(deadline.saturating_duration_since(Instant::now())),
        ..FetchOptions::default()
    };
    Ok(http.send(request, options).await?.success()?.json().await?)
}

/// What can stand in a path: every id of every data base does.
fn is_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c)) && !id.starts_with('.')
}
