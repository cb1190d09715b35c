//! Who is asking: from the key alone.

use crate::{Code, ProblemBuilder, note};
use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use hub_model::{ApiKeyId, Viewer};
use hub_secrets::{ApiKey, ApiKeyHash};
use moka::future::Cache;
use std::sync::Arc;
use std::time::Duration;

hub_model::settings! {
    /// How long a process trusts what it knows of a key.
    pub struct AuthSettings {
        /// Seconds a process remembers a key, known or unknown.
        pub key_ttl: Duration = "HUB_KEY_MEMORY_SECS", Duration::from_secs(5);
        /// Keys a process remembers.
        pub max_keys: u64 = "HUB_KEY_MEMORY_MAX", 20_000;
    }
}

/// What the directory knows of a key.
#[derive(Clone, Debug)]
pub struct KnownKey {
    pub viewer: Viewer,
    pub hash: ApiKeyHash,
}

/// Where keys are looked up.
#[async_trait::async_trait]
pub trait FindKey: Send + Sync + 'static {
    /// The key with this public id, unless there is none or it is revoked.
    ///
    /// # Errors
    /// The problem to answer with, when the directory is away.
    async fn find_key(&self, id: ApiKeyId) -> Result<Option<KnownKey>, ProblemBuilder>;
}

/// Checks keys. Cheap to clone; lives in the router's state.
#[derive(Clone)]
pub struct Auth {
    directory: Arc<dyn FindKey>,
    known: Cache<ApiKeyId, Option<Arc<KnownKey>>>,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth")
    }
}

impl Auth {
    /// Checks against `directory`.
    pub fn new(directory: impl FindKey, settings: &AuthSettings) -> Self {
        Self {
            directory: Arc::new(directory),
            known: Cache::builder()
                .max_capacity(settings.max_keys)
                .time_to_live(settings.key_ttl)
                .build(),
        }
    }

    /// Who is asking, by the header `apikey` or `api_key`.
    ///
    /// # Errors
    /// 401 without a key or with one that is unknown; 503 when the directory is away.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Viewer, ProblemBuilder> {
        let text = headers.get("apikey").or_else(|| headers.get("api_key"));
        let Some(text) = text else {
            return Err(ProblemBuilder::new(Code::MissingApiKey, "send your API key in the header `apikey`"));
        };
        // One answer for "no key at all", "unknown", "revoked" and "wrong secret": a guesser learns nothing.
        let unknown = || {
            ProblemBuilder::new(
                Code::UnknownApiKey,
                "the API key is unknown or revoked; check it, or ask an admin of your org for a new one",
            )
        };
        let key: ApiKey = text.to_str().ok().and_then(|t| t.parse().ok()).ok_or_else(unknown)?;
        let known = match self.known.get(&key.id()).await {
            Some(known) => known,
            None => {
                let found = self.directory.find_key(key.id()).await?.map(Arc::new);
                self.known.insert(key.id(), found.clone()).await;
                found
            }
        };
        match known {
            Some(known) if known.hash.matches(&key) => Ok(known.viewer.clone()),
            _ => Err(unknown()),
        }
    }
}

/// Any valid key may call.
#[derive(Clone, Debug)]
pub struct Authenticated(pub Viewer);

impl<S> FromRequestParts<S> for Authenticated
where
    S: Send + Sync,
    Auth: FromRef<S>,
{
    type Rejection = ProblemBuilder;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ProblemBuilder> {
        // A layer may have asked already.
        if let Some(known) = parts.extensions.get::<Authenticated>() {
            return Ok(known.clone());
        }
        let viewer = Auth::from_ref(state).authenticate(&parts.headers).await?;
        note("org.id", viewer.org_id);
        Ok(Self(viewer))
    }
}

/// Only keys with the role owner or admin may call.
#[derive(Clone, Debug)]
pub struct Managing(pub Viewer);

impl<S> FromRequestParts<S> for Managing
where
    S: Send + Sync,
    Auth: FromRef<S>,
{
    type Rejection = ProblemBuilder;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ProblemBuilder> {
        let Authenticated(viewer) = Authenticated::from_request_parts(parts, state).await?;
        if viewer.role.manages_org() {
            Ok(Self(viewer))
        } else {
            Err(ProblemBuilder::new(
                Code::RoleRequired,
                format!(
                    "this call needs a key with the role owner or admin; yours has the role {}",
                    viewer.role
                ),
            ))
        }
    }
}
