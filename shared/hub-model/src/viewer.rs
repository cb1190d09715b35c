//! Who is asking, and what may be shown to whom. The rule of visibility stands here and nowhere else.

use crate::{ApiKeyId, OrgId, ProjectId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a key may do inside its org, from the least up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Scans and reads.
    Member,
    /// Also usage and keys.
    Admin,
    /// Also whatever is left.
    Owner,
}

impl Role {
    /// All, from the least up.
    pub const ALL: [Role; 3] = [Self::Member, Self::Admin, Self::Owner];

    /// The word in database and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Whether usage and keys of the org may be seen.
    #[must_use]
    pub fn manages_org(self) -> bool {
        self >= Self::Admin
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Not one of the roles.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a role; use one of member, admin, owner")]
pub struct BadRole(String);

impl FromStr for Role {
    type Err = BadRole;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|v| v.as_str() == s)
            .ok_or_else(|| BadRole(s.chars().take(40).collect()))
    }
}

/// Who is asking. Made from a verified API key alone; no field of a request enters it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub key_id: ApiKeyId,
    pub org_id: OrgId,
    pub user_id: UserId,
    pub user_email: String,
    pub project_id: ProjectId,
    pub project_name: String,
    pub role: Role,
}

impl Viewer {
    /// Public scans are readable by every valid key, private ones by keys of the owning org only.
    #[must_use]
    pub fn may_read(&self, is_private: bool, owner: OrgId) -> bool {
        !is_private || self.org_id == owner
    }

    /// A scan is changed (cancelled) by its own org only, public or not.
    #[must_use]
    pub fn may_change(&self, owner: OrgId) -> bool {
        self.org_id == owner
    }
}
