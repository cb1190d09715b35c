//! What can go wrong with the database.

/// A failure of the store. Nothing of it is shown to a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, or answered with an error.
    #[error("the database failed while {doing}")]
    Database {
        doing: &'static str,
        #[source]
        source: sqlx::Error,
    },
    /// The schema could not be brought up to date.
    #[error("migrating the database failed")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// `DATABASE_URL` is not usable.
    #[error("DATABASE_URL is not a Postgres URL")]
    Url(#[source] sqlx::Error),
    /// A stored value is not what this version wrote.
    #[error("the stored {what} cannot be read: {why}")]
    Corrupt { what: &'static str, why: String },
    /// Something that must exist does not.
    #[error("there is no {what} `{name}`")]
    Missing { what: &'static str, name: String },
}

impl StoreError {
    /// The database is away: for those who waited with the one that found out.
    pub(crate) fn away(doing: &'static str) -> Self {
        Self::Database {
            doing,
            source: sqlx::Error::PoolTimedOut,
        }
    }

    /// Whether the same call may succeed in a while: the server is away, busy or starting.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database { source, .. } => match source {
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::Tls(_) => true,
                // 08 connection, 40 rollback (deadlock, serialisation), 53 resources, 55 lock, 57 operator intervention.
                sqlx::Error::Database(e) => e
                    .code()
                    .is_some_and(|c| ["08", "40", "53", "55", "57"].iter().any(|class| c.starts_with(class))),
                _ => false,
            },
            _ => false,
        }
    }
}

/// Names what was being done.
pub(crate) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Database { doing, source })
    }
}
