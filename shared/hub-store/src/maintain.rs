//! Partitions ahead of time, and old rows away.

use crate::error::Doing;
use crate::{Store, StoreError};

hub_model::settings! {
    /// What is kept, and how long.
    pub struct MaintenanceSettings {
        /// Days that scans and reports are kept; 0 keeps them for ever. Whole months go at once.
        pub retention_days: u32 = "HUB_RETENTION_DAYS", 0;
        /// Days that usage counters are kept; 0 keeps them for ever.
        pub usage_retention_days: u32 = "HUB_USAGE_RETENTION_DAYS", 400;
    }
}

impl Store {
    /// Makes the partitions of the coming months, drops what is past its retention, and forgets old idempotency keys.
    ///
    /// # Errors
    /// The database failed; the next run goes on.
    pub async fn maintain(&self, settings: &MaintenanceSettings) -> Result<(), StoreError> {
        sqlx::query("select ensure_partitions(current_date, 4)")
            .execute(&self.pool)
            .await
            .doing("making partitions")?;
        if settings.retention_days > 0 {
            sqlx::query("select drop_partitions(current_date - $1)")
                .bind(i32::try_from(settings.retention_days).unwrap_or(i32::MAX))
                .execute(&self.pool)
                .await
                .doing("dropping old partitions")?;
        }
        if settings.usage_retention_days > 0 {
            sqlx::query("delete from api_usage where day < current_date - $1")
                .bind(i32::try_from(settings.usage_retention_days).unwrap_or(i32::MAX))
                .execute(&self.pool)
                .await
                .doing("forgetting old usage")?;
        }
        sqlx::query("delete from idempotency_keys where created_at < now() - interval '24 hours'")
            .execute(&self.pool)
            .await
            .doing("forgetting idempotency keys")?;
        Ok(())
    }
}
