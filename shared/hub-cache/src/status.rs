//! Hot status: what `GET status` answers, ready to send.

use crate::Cache;
use crate::keys::millis;
use crate::wakeups::channel;
use hub_model::ScanId;
use redis::Script;
use std::sync::LazyLock;

/// Only a newer version replaces what is there. With a channel, those who wait for this scan are woken.
static PUT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local have = redis.call('HGET', KEYS[1], 'v')
        local newer = (not have) or tonumber(ARGV[1]) >= tonumber(have)
        if newer then
            redis.call('HSET', KEYS[1], 'v', ARGV[1], 'b', ARGV[2])
            redis.call('PEXPIRE', KEYS[1], ARGV[3])
        end
        if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
        return newer and 1 or 0
        ",
    )
});

impl Cache {
    /// The status stored last, if it is still there: one round trip.
    pub async fn find_status(&self, id: ScanId) -> Option<Vec<u8>> {
        let mut get = redis::cmd("HGET");
        get.arg(self.key("status", id)).arg("b");
        self.query::<Option<Vec<u8>>>("finding a status", get).await.flatten()
    }

    /// Forgets a status, so that the next read asks the database. Whether it worked.
    pub async fn forget_status(&self, id: ScanId) -> bool {
        let mut del = redis::cmd("DEL");
        del.arg(self.key("status", id));
        self.query::<u64>("forgetting a status", del).await.is_some()
    }

    /// Stores a status under its row's version. `is_final`: it will not change any more. `announce`: wake event streams.
    pub async fn put_status(&self, id: ScanId, version: i64, is_final: bool, body: &[u8], announce: bool) {
        let settings = &self.inner.settings;
        let ttl = millis(if is_final {
            settings.final_status_ttl
        } else {
            settings.moving_status_ttl
        })
        .to_string();
        let channel = if announce { channel(&settings.prefix) } else { String::new() };
        let (version, who) = (version.to_string(), id.to_string());
        self.run::<u8>(
            "storing a status",
            &PUT,
            &[self.key("status", id)],
            &[version.as_bytes(), body, ttl.as_bytes(), channel.as_bytes(), who.as_bytes()],
        )
        .await;
    }
}
