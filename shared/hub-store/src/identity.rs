//! Orgs, users, projects and keys.

use crate::error::Doing;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use hub_model::{ApiKeyId, OrgId, ProjectId, Role, UserId, Viewer};
use hub_secrets::{ApiKey, ApiKeyHash};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

/// What is known of a key: whom it stands for, and the hash of its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyRecord {
    pub viewer: Viewer,
    pub secret_hash: [u8; 32],
}

impl KeyRecord {
    /// Whether `key` is the key this record was made for.
    #[must_use]
    pub fn matches(&self, key: &ApiKey) -> bool {
        self.viewer.key_id == key.id() && ApiKeyHash(self.secret_hash).matches(key)
    }
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey<'a> {
    pub org_id: OrgId,
    pub user_id: UserId,
    pub project_id: ProjectId,
    pub role: Role,
    pub name: &'a str,
}

/// A key as lists show it.
#[derive(Clone, Debug, Serialize)]
pub struct KeySummary {
    pub id: ApiKeyId,
    pub name: String,
    pub role: Role,
    pub user_email: String,
    pub project_name: String,
    pub created_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The first org, user and project.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Bootstrapped {
    pub org_id: OrgId,
    pub user_id: UserId,
    pub project_id: ProjectId,
}

pub(crate) fn corrupt(column: &str, why: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: Box::new(why),
    }
}

fn role(row: &PgRow) -> Result<Role, sqlx::Error> {
    row.try_get::<String, _>("role")?.parse().map_err(|e| corrupt("role", e))
}

impl Store {
    /// The org of this name, made if missing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn ensure_org(&self, name: &str) -> Result<OrgId, StoreError> {
        let id: Uuid = sqlx::query_scalar(
            "insert into orgs (id, name) values ($1, $2) on conflict (name) do update set name = excluded.name returning id",
        )
        .bind(Uuid::now_v7())
        .bind(name)
        .fetch_one(&self.pool)
        .await
        .doing("creating an org")?;
        Ok(OrgId(id))
    }

    /// The org of this name.
    ///
    /// # Errors
    /// There is none, or the database failed.
    pub async fn get_org(&self, name: &str) -> Result<OrgId, StoreError> {
        let id: Option<Uuid> = sqlx::query_scalar("select id from orgs where name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await
            .doing("finding an org")?;
        id.map(OrgId).ok_or_else(|| StoreError::Missing {
            what: "org",
            name: name.to_owned(),
        })
    }

    /// The user of this org with this address, made if missing.
    ///
    /// # Errors
    /// The database failed, or the org does not exist.
    pub async fn ensure_user(&self, org: OrgId, email: &str) -> Result<UserId, StoreError> {
        let id: Uuid = sqlx::query_scalar(
            "insert into users (id, org_id, email) values ($1, $2, $3) on conflict (org_id, email) do update set email = excluded.email returning id",
        )
        .bind(Uuid::now_v7())
        .bind(org.0)
        .bind(email)
        .fetch_one(&self.pool)
        .await
        .doing("creating a user")?;
        Ok(UserId(id))
    }

    /// The project of this org with this name, made if missing.
    ///
    /// # Errors
    /// The database failed, or the org does not exist.
    pub async fn ensure_project(&self, org: OrgId, name: &str) -> Result<ProjectId, StoreError> {
        let id: Uuid = sqlx::query_scalar(
            "insert into projects (id, org_id, name) values ($1, $2, $3) on conflict (org_id, name) do update set name = excluded.name returning id",
        )
        .bind(Uuid::now_v7())
        .bind(org.0)
        .bind(name)
        .fetch_one(&self.pool)
        .await
        .doing("creating a project")?;
        Ok(ProjectId(id))
    }

    /// Org, user and project of these names, made where missing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn bootstrap(&self, org: &str, email: &str, project: &str) -> Result<Bootstrapped, StoreError> {
        let org_id = self.ensure_org(org).await?;
        Ok(Bootstrapped {
            org_id,
            user_id: self.ensure_user(org_id, email).await?,
            project_id: self.ensure_project(org_id, project).await?,
        })
    }

    /// Makes a key. Its text is in the returned value only; the table has the hash.
    ///
    /// # Errors
    /// The database failed.
    pub async fn create_key(&self, new: &NewKey<'_>) -> Result<ApiKey, StoreError> {
        let key = ApiKey::generate();
        self.register_key(&key, new).await?;
        Ok(key)
    }

    /// Stores a key that was made elsewhere. The same key again changes nothing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn register_key(&self, key: &ApiKey, new: &NewKey<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "insert into api_keys (id, org_id, user_id, project_id, role, name, secret_hash) values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing",
        )
        .bind(key.id().0)
        .bind(new.org_id.0)
        .bind(new.user_id.0)
        .bind(new.project_id.0)
        .bind(new.role.as_str())
        .bind(new.name)
        .bind(key.hash().0.to_vec())
        .execute(&self.pool)
        .await
        .doing("creating a key")?;
        Ok(())
    }

    /// The key with this public id, unless revoked. The caller still has to check the secret: [`KeyRecord::matches`].
    ///
    /// # Errors
    /// The database failed.
    pub async fn find_key(&self, id: ApiKeyId) -> Result<Option<KeyRecord>, StoreError> {
        let row = sqlx::query(
            "select k.org_id, k.user_id, k.project_id, k.role, k.secret_hash, u.email, p.name as project_name
             from api_keys k join users u on u.id = k.user_id join projects p on p.id = k.project_id
             where k.id = $1 and k.revoked_at is null",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await
        .doing("finding a key")?;
        row.map(|row| {
            let hash: Vec<u8> = row.try_get("secret_hash")?;
            Ok(KeyRecord {
                viewer: Viewer {
                    key_id: id,
                    org_id: OrgId(row.try_get("org_id")?),
                    user_id: UserId(row.try_get("user_id")?),
                    user_email: row.try_get("email")?,
                    project_id: ProjectId(row.try_get("project_id")?),
                    project_name: row.try_get("project_name")?,
                    role: role(&row)?,
                },
                secret_hash: hash
                    .try_into()
                    .map_err(|_| sqlx::Error::Decode("a key hash is not 32 bytes long".into()))?,
            })
        })
        .transpose()
        .doing("reading a key")
    }

    /// Revokes a key of this org. True if there was one that still held; processes forget it when their caches expire.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoke_key(&self, org: OrgId, id: ApiKeyId) -> Result<bool, StoreError> {
        let done = sqlx::query("update api_keys set revoked_at = now() where id = $1 and org_id = $2 and revoked_at is null")
            .bind(id.0)
            .bind(org.0)
            .execute(&self.pool)
            .await
            .doing("revoking a key")?;
        Ok(done.rows_affected() > 0)
    }

    /// The keys of an org, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_keys(&self, org: OrgId) -> Result<Vec<KeySummary>, StoreError> {
        let rows = sqlx::query(
            "select k.id, k.name, k.role, k.created_at, k.revoked_at, u.email, p.name as project_name
             from api_keys k join users u on u.id = k.user_id join projects p on p.id = k.project_id
             where k.org_id = $1 order by k.created_at desc limit 1000",
        )
        .bind(org.0)
        .fetch_all(&self.pool)
        .await
        .doing("listing keys")?;
        rows.iter()
            .map(|row| {
                Ok(KeySummary {
                    id: ApiKeyId(row.try_get("id")?),
                    name: row.try_get("name")?,
                    role: role(row)?,
                    user_email: row.try_get("email")?,
                    project_name: row.try_get("project_name")?,
                    created_at: row.try_get("created_at")?,
                    revoked_at: row.try_get("revoked_at")?,
                })
            })
            .collect::<Result<_, sqlx::Error>>()
            .doing("reading keys")
    }
}
