//! An org that leaves takes everything with it.

use crate::error::Doing;
use crate::{Store, StoreError};
use hub_model::OrgId;
use serde::Serialize;

/// What went with an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Departed {
    pub keys: u64,
    pub scans: u64,
}

impl Store {
    /// Revokes all keys of an org; how many still held.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoke_keys_of(&self, org: OrgId) -> Result<u64, StoreError> {
        let done = sqlx::query("update api_keys set revoked_at = now() where org_id = $1 and revoked_at is null")
            .bind(org.0)
            .execute(&self.pool)
            .await
            .doing("revoking the keys of an org")?;
        Ok(done.rows_affected())
    }

    /// Deletes an org with its scans, reports, decisions, usage, projects, users and keys, in one transaction. Its keys should have been
    /// revoked for as long as a process remembers a key: what is submitted meanwhile would stay. What workers still tell of its scans is
    /// about unknown ones and changes nothing.
    ///
    /// # Errors
    /// The database failed; nothing was deleted.
    pub async fn delete_org(&self, org: OrgId) -> Result<Departed, StoreError> {
        const DOING: &str = "deleting an org";
        let mut tx = self.pool.begin().await.doing(DOING)?;
        let (mut keys, mut scans) = (0, 0);
        for statement in [
            "delete from scan_tools where scan_id in (select id from scans where org_id = $1)",
            "delete from reports where scan_id in (select id from scans where org_id = $1)",
            "delete from scans where org_id = $1",
            "delete from suppressions where org_id = $1",
            "delete from api_usage where org_id = $1",
            "delete from idempotency_keys where user_id in (select id from users where org_id = $1)",
            "delete from api_keys where org_id = $1",
            "delete from projects where org_id = $1",
            "delete from users where org_id = $1",
            "delete from orgs where id = $1",
        ] {
            let done = sqlx::query(statement)
                .bind(org.0)
                .execute(&mut *tx)
                .await
                .doing(DOING)?
                .rows_affected();
            match statement {
                s if s.starts_with("delete from api_keys") => keys = done,
                s if s.starts_with("delete from scans") => scans = done,
                _ => {}
            }
        }
        tx.commit().await.doing(DOING)?;
        Ok(Departed { keys, scans })
    }
}
