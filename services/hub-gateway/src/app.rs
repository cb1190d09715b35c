//! What the handlers share.

use crate::Config;
use crate::backlog::Backlog;
use crate::forward::Forward;
use crate::limit::Limiter;
use crate::usage::UsageCounter;
use axum::extract::FromRef;
use hub_cache::{Cache, Policy};
use hub_directory::Directory;
use hub_http::Auth;
use hub_model::CodeHosts;
use hub_net::EgressPolicy;
use hub_runtime::CancellationToken;
use hub_secrets::SealingKey;
use hub_store::{Births, Store};
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};

/// The gateway's parts. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) inner: Arc<Parts>,
}

pub(crate) struct Parts {
    pub(crate) auth: Auth,
    pub(crate) store: Store,
    pub(crate) births: Births,
    pub(crate) cache: Cache,
    pub(crate) forward: Forward,
    pub(crate) usage: UsageCounter,
    pub(crate) limiter: Limiter,
    pub(crate) backlog: Backlog,
    pub(crate) code_hosts: CodeHosts,
    pub(crate) official_names: Vec<String>,
    pub(crate) max_config_entries: usize,
    /// Turns to hold the report of a published scan in memory.
    pub(crate) published_reads: Arc<Semaphore>,
    pub(crate) egress: EgressPolicy,
    pub(crate) sealing_key: Option<SealingKey>,
    /// Wakes this process's dispatcher after an insert.
    pub(crate) wake: Arc<Notify>,
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.inner
    }
}

impl FromRef<App> for Auth {
    fn from_ref(app: &App) -> Self {
        app.auth.clone()
    }
}

impl App {
    /// Opens the parts; makes no connection yet.
    pub(crate) fn open(config: &Config, shutdown: CancellationToken) -> anyhow::Result<Self> {
        let store = Store::open(&config.store)?;
        let cache = Cache::open(config.cache.clone())?;
        let per_minute = config.gateway.rate_limit_per_minute.max(1);
        let parts = Parts {
            auth: Auth::new(Directory::new(store.clone(), cache.clone()), &config.auth),
            forward: Forward::to(&config.gateway.results_url, config.http.max_body_bytes, shutdown)?,
            usage: UsageCounter::default(),
            limiter: Limiter::new(Policy {
                name: "calls",
                burst: (per_minute / 4).max(1),
                per_second: f64::from(per_minute) / 60.0,
            }),
            backlog: Backlog::new(config.gateway.max_waiting_per_org),
            code_hosts: config.code_hosts.clone(),
            official_names: config.gateway.official_names.clone(),
            max_config_entries: config.gateway.max_config_entries,
            published_reads: Arc::new(Semaphore::new(config.gateway.published_reads.max(1))),
            egress: config.egress.clone(),
            sealing_key: config.sealing.public_key.clone(),
            wake: Arc::new(Notify::new()),
            births: Births::start(&store),
            store,
            cache,
        };
        if parts.sealing_key.is_none() {
            tracing::warn!("HUB_SEALING_PUBLIC_KEY is not set: hosted scans that need credentials are refused");
        }
        Ok(Self { inner: Arc::new(parts) })
    }
}
