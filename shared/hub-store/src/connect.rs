//! Opening the database, bringing its schema up to date, and being woken by it.

use crate::StoreError;
use crate::error::Doing;
use hub_model::Hidden;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use std::str::FromStr;
use std::time::Duration;

hub_model::settings! {
    /// Where Postgres is and how much of it one process takes.
    pub struct StoreSettings {
        /// Postgres connection URL.
        pub url: Hidden = "DATABASE_URL", Hidden("postgres://127.0.0.1:5432/hub".to_owned());
        /// Most connections one process opens.
        pub max_connections: u32 = "HUB_DB_MAX_CONNECTIONS", 16;
        /// Seconds a call waits for a free connection.
        pub acquire_timeout: Duration = "HUB_DB_ACQUIRE_TIMEOUT_SECS", Duration::from_secs(5);
        /// Seconds the server may spend on one statement.
        pub statement_timeout: Duration = "HUB_DB_STATEMENT_TIMEOUT_SECS", Duration::from_secs(15);
    }
}

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The channel on which dispatchers are told that there may be something to dispatch.
pub(crate) const WAKE_CHANNEL: &str = "hub_dispatch";

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: PgPool,
}

impl Store {
    /// Opens a pool; the first connection is made on first use, so a service starts while the database is still starting.
    ///
    /// # Errors
    /// The URL is no Postgres URL.
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let timeout_ms = settings.statement_timeout.as_millis().to_string();
        let options = PgConnectOptions::from_str(&settings.url.0)
            .map_err(StoreError::Url)?
            .application_name("mcp-hub")
            .options([
                ("statement_timeout", timeout_ms.as_str()),
                ("idle_in_transaction_session_timeout", "60000"),
                ("timezone", "UTC"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .acquire_timeout(settings.acquire_timeout)
            // A ping before every use would cost a round trip on the hot path; a dead connection shows as an I/O error.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Ok(Self { pool })
    }

    /// Brings the schema up to date. Safe to run from several processes at once.
    ///
    /// # Errors
    /// The database is away, or holds a schema of another history.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        MIGRATOR.run(&self.pool).await.map_err(StoreError::Migrate)
    }

    /// For readiness: the database answers and has the newest migration.
    ///
    /// # Errors
    /// It is away, or not migrated.
    pub async fn check(&self) -> Result<(), StoreError> {
        let newest = MIGRATOR.iter().map(|m| m.version).max().unwrap_or(0);
        let found: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(&self.pool)
            .await
            .doing("checking its version (has `hub-admin migrate` been run?)")?;
        match found {
            Some(v) if v >= newest => Ok(()),
            other => Err(StoreError::Missing {
                what: "migration",
                name: format!("{newest} (found {other:?}); run `hub-admin migrate`"),
            }),
        }
    }

    /// Listens for the wake-up of dispatchers.
    ///
    /// # Errors
    /// The database is away.
    pub async fn listen(&self) -> Result<Wake, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await.doing("connecting a listener")?;
        listener.listen(WAKE_CHANNEL).await.doing("listening")?;
        Ok(Wake { listener })
    }

    /// Closes all connections after what is in hand.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Woken by `NOTIFY`: scans were driven again, or an org has room again. New scans wake the dispatcher of their own
/// process directly, because a `NOTIFY` per insert would serialise all commits of the accept path.
#[derive(Debug)]
pub struct Wake {
    listener: PgListener,
}

impl Wake {
    /// Waits for the next wake-up; reconnects by itself.
    ///
    /// # Errors
    /// The connection was lost and could not be made again.
    pub async fn next(&mut self) -> Result<(), StoreError> {
        self.listener.recv().await.map(|_| ()).doing("waiting for a notification")
    }
}
