//! Token buckets, shared by all replicas.

use crate::Cache;
use redis::Script;
use std::sync::LazyLock;
use std::time::Duration;

/// A bucket's size and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Name in the `RateLimit` headers and in the key.
    pub name: &'static str,
    /// Calls the full bucket allows at once.
    pub burst: u32,
    /// Calls added per second.
    pub per_second: f64,
}

impl Policy {
    /// The time in which an empty bucket fills.
    #[must_use]
    pub fn window(&self) -> Duration {
        Duration::from_secs_f64((f64::from(self.burst) / self.per_second.max(1e-6)).min(86_400.0))
    }
}

/// What the bucket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub allowed: bool,
    /// Calls left now.
    pub remaining: u32,
    /// When the next call is allowed; zero if now.
    pub retry_after: Duration,
    /// When the bucket is full again.
    pub full_after: Duration,
}

/// Time is Redis's own, so that replicas need not agree on theirs. A bucket nobody uses expires when it would be full.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local burst, rate, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local t = redis.call('TIME')
        local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
        local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
        local tokens = tonumber(bucket[1]) or burst
        local at = tonumber(bucket[2]) or now
        tokens = math.min(burst, tokens + math.max(0, now - at) * rate / 1000)
        local allowed = 0
        if tokens >= cost then
            allowed = 1
            tokens = tokens - cost
        end
        local full = math.ceil((burst - tokens) / rate * 1000)
        redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
        redis.call('PEXPIRE', KEYS[1], full + 1000)
        local retry = 0
        if allowed == 0 then retry = math.ceil((cost - tokens) / rate * 1000) end
        return {allowed, math.floor(tokens), retry, full}
        ",
    )
});

impl Cache {
    /// Takes `cost` calls from the bucket of `who`. `None` when Redis cannot be asked: let the call pass.
    pub async fn take(&self, policy: &Policy, who: impl std::fmt::Display, cost: u32) -> Option<Allowance> {
        let key = self.key("limit", format_args!("{}:{who}", policy.name));
        let (burst, rate, cost) = (
            policy.burst.to_string(),
            policy.per_second.max(1e-6).to_string(),
            cost.min(policy.burst).to_string(),
        );
        let (allowed, remaining, retry_ms, full_ms): (u8, u32, u64, u64) = self
            .run(
                "taking from a token bucket",
                &TAKE,
                &[key],
                &[burst.as_bytes(), rate.as_bytes(), cost.as_bytes()],
            )
            .await?;
        Some(Allowance {
            allowed: allowed == 1,
            remaining,
            retry_after: Duration::from_millis(retry_ms),
            full_after: Duration::from_millis(full_ms),
        })
    }
}
