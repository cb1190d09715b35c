//! The answer of `GET status`, ready to send, as it lies in the cache: results writes it, gateway and results read it.

use super::ScanStatus;
use hub_model::{OrgId, Viewer};
use serde::{Deserialize, Serialize};

/// What is needed to decide who may see the answer, and the answer itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotStatus {
    pub meta: HotMeta,
    /// The JSON body.
    pub body: Vec<u8>,
}

/// What stands before the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotMeta {
    pub org_id: OrgId,
    pub is_private: bool,
    pub is_final: bool,
    /// `x-mcp-hub-*` names and values.
    pub headers: Vec<(String, String)>,
}

impl HotStatus {
    /// The answer for a scan of `org_id`.
    #[must_use]
    pub fn new(org_id: OrgId, status: &ScanStatus) -> Self {
        let meta = HotMeta {
            org_id,
            is_private: status.facts.is_private,
            is_final: status.facts.job_status.is_final(),
            headers: status.facts.headers(),
        };
        // Strings and numbers only: cannot fail.
        Self {
            meta,
            body: serde_json::to_vec(status).unwrap_or_default(),
        }
    }

    /// Whether `viewer` may see it.
    #[must_use]
    pub fn visible_to(&self, viewer: &Viewer) -> bool {
        viewer.may_read(self.meta.is_private, self.meta.org_id)
    }

    /// One line of JSON, then the body.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(&self.meta).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// What [`Self::to_bytes`] wrote; `None` for anything else, for instance what another version wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let at = bytes.iter().position(|b| *b == b'\n')?;
        let meta = serde_json::from_slice(bytes.get(..at)?).ok()?;
        Some(Self {
            meta,
            body: bytes.get(at + 1..)?.to_vec(),
        })
    }
}
