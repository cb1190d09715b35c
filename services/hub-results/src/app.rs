//! What handlers and consumers share.

use crate::Config;
use crate::counted::Counted;
use crate::streams::Streams;
use axum::extract::FromRef;
use hub_artifacts::ArtifactStore;
use hub_cache::{Cache, Wakeups};
use hub_directory::Directory;
use hub_http::Auth;
use hub_queue::Publisher;
use hub_runtime::CancellationToken;
use hub_store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The service's parts. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    inner: Arc<Parts>,
}

pub(crate) struct Parts {
    pub(crate) auth: Auth,
    pub(crate) store: Store,
    pub(crate) cache: Cache,
    pub(crate) artifacts: ArtifactStore,
    pub(crate) publisher: Publisher,
    pub(crate) wakeups: Wakeups,
    pub(crate) stream_poll: Duration,
    pub(crate) streams: Streams,
    pub(crate) counted: Counted,
    /// Taken by whoever holds a report in memory.
    pub(crate) renderings: Arc<Semaphore>,
    /// Ends event streams when the process stops.
    pub(crate) shutdown: CancellationToken,
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
    pub(crate) fn new(
        config: &Config,
        store: Store,
        cache: Cache,
        publisher: Publisher,
        wakeups: Wakeups,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            inner: Arc::new(Parts {
                auth: Auth::new(Directory::new(store.clone(), cache.clone()), &config.auth),
                artifacts: ArtifactStore::open(&config.artifacts, config.codec.clone())?,
                stream_poll: config.results.stream_poll,
                streams: Streams::new(config.results.max_streams_per_org),
                counted: Counted::new(config.results.stats_memory),
                renderings: Arc::new(Semaphore::new(config.results.renderings.clamp(1, Semaphore::MAX_PERMITS))),
                store,
                cache,
                publisher,
                wakeups,
                shutdown,
            }),
        })
    }
}
