//! A database per test, on the real server.

use crate::{NewKey, Store, StoreSettings};
use hub_model::{Hidden, Role, Viewer};
use hub_secrets::ApiKey;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::str::FromStr;
use std::time::Duration;
use tokio::sync::OnceCell;
use url::Url;
use uuid::Uuid;

/// The variable that names the test server.
pub const TEST_URL: &str = "HUB_TEST_DATABASE_URL";

/// A migrated database of its own; [`TestDatabase::drop_database`] removes it.
#[derive(Debug)]
pub struct TestDatabase {
    pub store: Store,
    pub settings: StoreSettings,
    name: String,
    server: String,
}

/// An org with one user, project and key.
#[derive(Clone, Debug)]
pub struct TestOrg {
    pub viewer: Viewer,
    pub key: ApiKey,
}

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

impl TestDatabase {
    /// A fresh database: a copy of one migrated template per test process.
    ///
    /// # Panics
    /// When the test server is not there: the tests cannot run without it.
    #[allow(clippy::expect_used, clippy::panic)]
    pub async fn create() -> Self {
        let Ok(server) = std::env::var(TEST_URL) else {
            panic!("{TEST_URL} is not set: run `make test`, which starts the servers")
        };
        let template = TEMPLATE.get_or_init(|| make_template(server.clone())).await;
        let name = format!("hub_test_{}", Uuid::now_v7().simple());
        admin(&server, &format!("create database {name} template {template}")).await;
        let settings = StoreSettings {
            url: Hidden(url_of(&server, &name)),
            max_connections: 8,
            acquire_timeout: Duration::from_secs(30),
            ..StoreSettings::default()
        };
        let store = Store::open(&settings).expect("the test database has a valid URL");
        Self {
            store,
            settings,
            name,
            server,
        }
    }

    /// Closes the pool and removes the database.
    pub async fn drop_database(self) {
        self.store.close().await;
        admin(&self.server, &format!("drop database if exists {} with (force)", self.name)).await;
    }

    /// Runs SQL as the owner, for tests that have to age a row.
    ///
    /// # Panics
    /// When the statement fails.
    #[allow(clippy::expect_used)]
    pub async fn execute(&self, sql: &str) -> u64 {
        self.store
            .pool
            .execute(AssertSqlSafe(sql.to_owned()))
            .await
            .expect("test statement")
            .rows_affected()
    }

    /// An org of this name with a user, a project and a key.
    ///
    /// # Panics
    /// When the database fails.
    #[allow(clippy::expect_used)]
    pub async fn org(&self, name: &str, role: Role) -> TestOrg {
        let made = self
            .store
            .bootstrap(name, &format!("user@{name}.example"), "main")
            .await
            .expect("bootstrap");
        let new = NewKey {
            org_id: made.org_id,
            user_id: made.user_id,
            project_id: made.project_id,
            role,
            name: "test",
        };
        let key = self.store.create_key(&new).await.expect("create key");
        let record = self.store.find_key(key.id()).await.expect("find key").expect("the key just made");
        TestOrg {
            viewer: record.viewer,
            key,
        }
    }
}

#[allow(clippy::expect_used)]
async fn make_template(server: String) -> String {
    let name = format!("hub_template_{}", Uuid::now_v7().simple());
    admin(&server, &format!("create database {name}")).await;
    let store = Store::open(&StoreSettings {
        url: Hidden(url_of(&server, &name)),
        max_connections: 1,
        ..StoreSettings::default()
    })
    .expect("valid URL");
    store.migrate().await.expect("migrations");
    store.close().await;
    name
}

#[allow(clippy::expect_used)]
fn url_of(server: &str, database: &str) -> String {
    let mut url = Url::parse(server).expect("HUB_TEST_DATABASE_URL is a URL");
    url.set_path(database);
    url.to_string()
}

#[allow(clippy::expect_used)]
async fn admin(server: &str, sql: &str) {
    let options = PgConnectOptions::from_str(server).expect("HUB_TEST_DATABASE_URL is a Postgres URL");
    let mut connection = PgConnection::connect_with(&options)
        .await
        .expect("the test database server answers");
    connection
        .execute(AssertSqlSafe(sql.to_owned()))
        .await
        .expect("test database statement");
    connection.close().await.ok();
}
