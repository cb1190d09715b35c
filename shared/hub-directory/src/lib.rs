//! Where keys are looked up: Redis, then Postgres.

use hub_cache::Cache;
use hub_http::{FindKey, KnownKey, ProblemBuilder};
use hub_model::ApiKeyId;
use hub_secrets::ApiKeyHash;
use hub_store::{KeyRecord, Store};
use tokio::sync::Semaphore;

/// Keys looked up in the database at a time, by one process. A key that a cache knows does not wait here, so whoever floods the service
/// with invented keys takes no more of the database than this.
const LOOKUPS: usize = 4;

/// The directory of every service that checks keys.
pub struct Directory {
    store: Store,
    cache: Cache,
    turns: Semaphore,
}

impl Directory {
    /// Looks keys up in `cache` first, then in `store`; what the store knows is remembered for the cache's time.
    #[must_use]
    pub fn new(store: Store, cache: Cache) -> Self {
        Self {
            store,
            cache,
            turns: Semaphore::new(LOOKUPS),
        }
    }
}

#[async_trait::async_trait]
impl FindKey for Directory {
    async fn find_key(&self, id: ApiKeyId) -> Result<Option<KnownKey>, ProblemBuilder> {
        let cached = self
            .cache
            .find_key(id)
            .await
            .and_then(|bytes| serde_json::from_slice::<KeyRecord>(&bytes).ok());
        let record = match cached {
            Some(record) => Some(record),
            None => {
                // Never closed; and without a turn the database is asked all the same.
                let _turn = self.turns.acquire().await.ok();
                let found = self
                    .store
                    .find_key(id)
                    .await
                    .map_err(|e| ProblemBuilder::unavailable("looking up the API key", &e))?;
                if let Some(record) = &found
                    && let Ok(bytes) = serde_json::to_vec(record)
                {
                    self.cache.put_key(id, &bytes).await;
                }
                found
            }
        };
        Ok(record.map(|r| KnownKey {
            viewer: r.viewer,
            hash: ApiKeyHash(r.secret_hash),
        }))
    }
}
