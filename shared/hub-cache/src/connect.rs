//! The connection, its time bounds, and what happens when Redis is away.

use hub_model::Hidden;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, RedisError, Script};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

hub_model::settings! {
    /// Where Redis is and how long it may take.
    pub struct CacheSettings {
        /// Redis connection URL.
        pub url: Hidden = "REDIS_URL", Hidden("redis://127.0.0.1:6379/0".to_owned());
        /// Beginning of every key, so that installations can share a server.
        pub prefix: String = "HUB_CACHE_PREFIX", "hub".to_owned();
        /// Seconds one call may take before it counts as failed.
        pub timeout: Duration = "HUB_CACHE_TIMEOUT_SECS", Duration::from_millis(300);
        /// Seconds for which Redis is left alone after a failure.
        pub pause: Duration = "HUB_CACHE_PAUSE_SECS", Duration::from_secs(1);
        /// Seconds a known API key is kept; a revoked key works at most this much longer, plus the time in the process's own cache.
        pub key_ttl: Duration = "HUB_KEY_CACHE_SECS", Duration::from_secs(30);
        /// Seconds the status of an ended scan is kept.
        pub final_status_ttl: Duration = "HUB_STATUS_CACHE_SECS", Duration::from_secs(3600);
        /// Seconds the status of a moving scan is kept: the longest that a lost write can show.
        pub moving_status_ttl: Duration = "HUB_MOVING_STATUS_CACHE_SECS", Duration::from_secs(5);
    }
}

/// `REDIS_URL` is not usable. No other failure is ever returned: see [`Cache`].
#[derive(Debug, thiserror::Error)]
#[error("REDIS_URL is not a Redis URL")]
pub struct CacheError(#[source] RedisError);

/// Redis. Cheap to clone. A call that fails logs once per pause and answers as if there were nothing.
#[derive(Clone)]
pub struct Cache {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: CacheSettings,
    pub(crate) client: Client,
    connection: ConnectionManager,
    started: Instant,
    /// Milliseconds since `started` until which Redis is left alone.
    paused_until_ms: AtomicU64,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache")
            .field("prefix", &self.inner.settings.prefix)
            .finish_non_exhaustive()
    }
}

impl Cache {
    /// Prepares a connection, made on first use. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// The URL is no Redis URL.
    pub fn open(settings: CacheSettings) -> Result<Self, CacheError> {
        let client = Client::open(settings.url.0.as_str()).map_err(CacheError)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(settings.timeout))
            .set_response_timeout(Some(settings.timeout));
        let connection = ConnectionManager::new_lazy_with_config(client.clone(), config).map_err(CacheError)?;
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                client,
                connection,
                started: Instant::now(),
                paused_until_ms: AtomicU64::new(0),
            }),
        })
    }

    /// For readiness reports: whether Redis answers now. A service is ready without it, only slower.
    pub async fn answers(&self) -> bool {
        self.query::<String>("pinging", redis::cmd("PING")).await.is_some()
    }

    pub(crate) fn key(&self, kind: &str, id: impl std::fmt::Display) -> String {
        format!("{}:{kind}:{id}", self.inner.settings.prefix)
    }

    /// Runs a command; `None` on any failure.
    pub(crate) async fn query<T: FromRedisValue>(&self, doing: &'static str, command: redis::Cmd) -> Option<T> {
        let mut connection = self.connection()?;
        self.bounded(doing, async move { command.query_async(&mut connection).await }).await
    }

    /// Runs a script; `None` on any failure.
    pub(crate) async fn run<T: FromRedisValue>(&self, doing: &'static str, script: &Script, keys: &[String], args: &[&[u8]]) -> Option<T> {
        let mut connection = self.connection()?;
        let mut call = script.prepare_invoke();
        for key in keys {
            call.key(key);
        }
        for arg in args {
            call.arg(*arg);
        }
        self.bounded(doing, async move { call.invoke_async(&mut connection).await }).await
    }

    fn connection(&self) -> Option<ConnectionManager> {
        let now = self.now_ms();
        (now >= self.inner.paused_until_ms.load(Ordering::Relaxed)).then(|| self.inner.connection.clone())
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.inner.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    async fn bounded<T>(&self, doing: &'static str, call: impl Future<Output = Result<T, RedisError>>) -> Option<T> {
        let why = match tokio::time::timeout(self.inner.settings.timeout, call).await {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(e)) => e.to_string(),
            Err(_) => format!("no answer within {:?}", self.inner.settings.timeout),
        };
        let pause = u64::try_from(self.inner.settings.pause.as_millis()).unwrap_or(u64::MAX);
        let until = self.now_ms().saturating_add(pause);
        if self.inner.paused_until_ms.swap(until, Ordering::Relaxed) < self.now_ms() {
            tracing::warn!(error = %why, "Redis failed while {doing}; going on without it");
        }
        None
    }
}
