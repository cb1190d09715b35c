//! Limits without asking Redis each time: a process takes a handful of calls from the shared bucket at once and spends them.
//!
//! The handful is small against the bucket, so replicas together never allow more than the bucket holds, and a key whose
//! bucket is tiny is asked for one call at a time.

use hub_cache::{Allowance, Cache, Policy};
use hub_model::ApiKeyId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long calls in hand are good; what is not spent by then is lost to the key.
const GOOD_FOR: Duration = Duration::from_secs(2);
/// Keys remembered; beyond it, the stale ones are forgotten.
const MAX_KEYS: usize = 20_000;

struct InHand {
    left: u32,
    /// What the bucket said when they were taken.
    said: Allowance,
    until: Instant,
}

/// The calls of every key that this process has in hand.
pub(crate) struct Limiter {
    policy: Policy,
    handful: u32,
    in_hand: Mutex<HashMap<ApiKeyId, InHand>>,
}

impl Limiter {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            handful: (policy.burst / 50).clamp(1, 50),
            policy,
            in_hand: Mutex::default(),
        }
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Takes one call. `None` when Redis cannot be asked: let the call pass.
    pub(crate) async fn take(&self, cache: &Cache, key: ApiKeyId) -> Option<Allowance> {
        if let Some(allowance) = self.spend(key) {
            return Some(allowance);
        }
        let said = match cache.take(&self.policy, key, self.handful).await? {
            // Not a handful, but perhaps one.
            refused if !refused.allowed && self.handful > 1 => cache.take(&self.policy, key, 1).await?,
            said if said.allowed && self.handful > 1 => {
                self.keep(
                    key,
                    InHand {
                        left: self.handful - 1,
                        said,
                        until: Instant::now() + GOOD_FOR,
                    },
                );
                return Some(with_left(said, self.handful - 1));
            }
            said => said,
        };
        Some(said)
    }

    fn spend(&self, key: ApiKeyId) -> Option<Allowance> {
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let hand = in_hand.get_mut(&key)?;
        if hand.left == 0 || hand.until < Instant::now() {
            in_hand.remove(&key);
            return None;
        }
        hand.left -= 1;
        Some(with_left(hand.said, hand.left))
    }

    fn keep(&self, key: ApiKeyId, hand: InHand) {
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        if in_hand.len() >= MAX_KEYS {
            let now = Instant::now();
            in_hand.retain(|_, h| h.until > now);
        }
        in_hand.insert(key, hand);
    }
}

/// What the bucket said, with what is still in hand.
fn with_left(said: Allowance, left: u32) -> Allowance {
    Allowance {
        remaining: said.remaining.saturating_add(left),
        ..said
    }
}
