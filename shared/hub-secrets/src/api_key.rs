//! API keys: `mh_<public id>_<secret>`.

use hub_model::ApiKeyId;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

const PREFIX: &str = "mh_";
/// 192 bits from the system's random numbers.
const SECRET_BYTES: usize = 24;
const DOMAIN: &[u8] = b"mcp-hub/api-key/v1\0";

/// A key as its owner holds it. Its text is `mh_`, the id in 32 hex digits, `_`, and 48 hex digits of secret.
#[derive(Clone)]
pub struct ApiKey {
    id: ApiKeyId,
    secret: SecretString,
}

/// What is stored of a key.
///
/// A plain SHA-256 over id and secret: the secret has 192 bits of entropy, so there is nothing to guess and a slow password
/// hash would only slow every request down. The id is hashed too, so a stored hash cannot be moved to another key.
#[derive(Clone, Copy)]
pub struct ApiKeyHash(pub [u8; 32]);

/// The text is no API key. Deliberately says nothing about the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no API key; keys look like mh_<public id>_<secret>")]
pub struct BadApiKey;

impl ApiKey {
    /// A new key from the system's random numbers.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = Zeroizing::new([0u8; SECRET_BYTES]);
        rand::fill(bytes.as_mut_slice());
        Self {
            id: ApiKeyId(Uuid::new_v4()),
            secret: hex::encode(bytes.as_slice()).into(),
        }
    }

    /// The public part: what a key is found by, and what logs may show.
    #[must_use]
    pub fn id(&self) -> ApiKeyId {
        self.id
    }

    /// The whole text, to be shown to its owner once.
    #[must_use]
    pub fn reveal(&self) -> SecretString {
        format!("{PREFIX}{}_{}", self.id.0.simple(), self.secret.expose_secret()).into()
    }

    /// What to store.
    #[must_use]
    pub fn hash(&self) -> ApiKeyHash {
        let mut h = Sha256::new();
        h.update(DOMAIN);
        h.update(self.id.0.as_bytes());
        h.update(self.secret.expose_secret().as_bytes());
        ApiKeyHash(h.finalize().into())
    }
}

impl ApiKeyHash {
    /// Whether this is the hash of `key`, in time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, key: &ApiKey) -> bool {
        self.0.ct_eq(&key.hash().0).into()
    }
}

impl FromStr for ApiKey {
    type Err = BadApiKey;
    fn from_str(s: &str) -> Result<Self, BadApiKey> {
        let (id, secret) = s
            .trim()
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
            .ok_or(BadApiKey)?;
        let lower_hex = |t: &str, len: usize| t.len() == len && t.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !lower_hex(id, 32) || !lower_hex(secret, 2 * SECRET_BYTES) {
            return Err(BadApiKey);
        }
        Ok(Self {
            id: ApiKeyId(Uuid::parse_str(id).map_err(|_| BadApiKey)?),
            secret: secret.into(),
        })
    }
}

/// Shows the id only.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({PREFIX}{}_***)", self.id.0.simple())
    }
}
impl fmt::Debug for ApiKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyHash(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text_and_matches_its_own_hash_only() {
        let key = ApiKey::generate();
        let again: ApiKey = key.reveal().expose_secret().parse().unwrap();
        assert_eq!(again.id(), key.id());
        assert!(key.hash().matches(&again));
        assert!(!key.hash().matches(&ApiKey::generate()));
        let other_id = ApiKey {
            id: ApiKeyId::new(),
            secret: key.secret.clone(),
        };
        assert!(!key.hash().matches(&other_id), "a hash cannot be moved to another id");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let good = ApiKey::generate().reveal().expose_secret().to_owned();
        let cut = &good[..good.len() - 1];
        let upper = good.replacen("mh_", "MH_", 1);
        let long = format!("{good}0");
        for bad in ["", "mh_", "mh__", "mh_x_y", cut, upper.as_str(), long.as_str(), "mh_ü_ü"] {
            assert_eq!(bad.parse::<ApiKey>().unwrap_err(), BadApiKey, "{bad}");
        }
    }

    #[test]
    fn debug_shows_the_id_and_not_the_secret() {
        let key = ApiKey::generate();
        let shown = format!("{key:?} {:?}", key.hash());
        assert!(shown.contains(&key.id().0.simple().to_string()) && !shown.contains(key.secret.expose_secret()));
        assert!(!shown.contains(&hex::encode(key.hash().0)));
    }
}
