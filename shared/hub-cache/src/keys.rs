//! Known API keys, by their public id.

use crate::Cache;
use hub_model::ApiKeyId;

impl Cache {
    /// The record put last for this key, if it is still there.
    pub async fn find_key(&self, id: ApiKeyId) -> Option<Vec<u8>> {
        let mut get = redis::cmd("GET");
        get.arg(self.key("key", id));
        self.query::<Option<Vec<u8>>>("finding a key", get).await.flatten()
    }

    /// Remembers a key's record for [`crate::CacheSettings::key_ttl`].
    pub async fn put_key(&self, id: ApiKeyId, record: &[u8]) {
        let mut set = redis::cmd("SET");
        set.arg(self.key("key", id))
            .arg(record)
            .arg("PX")
            .arg(millis(self.inner.settings.key_ttl));
        self.query::<()>("remembering a key", set).await;
    }

    /// Forgets a key, for instance because it was revoked.
    pub async fn forget_key(&self, id: ApiKeyId) {
        let mut del = redis::cmd("DEL");
        del.arg(self.key("key", id));
        self.query::<()>("forgetting a key", del).await;
    }
}

pub(crate) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}
