//! Broker users of one test hub, made and removed through the management API.

use anyhow::{Context, ensure};
use hub_queue::{QueueSettings, rights};
use serde_json::{Value, json};

/// The management API of the test broker.
pub(crate) struct Management {
    base: String,
    http: reqwest::Client,
}

impl Management {
    pub(crate) fn new(http: reqwest::Client) -> anyhow::Result<Self> {
        let base =
            std::env::var("HUB_TEST_AMQP_ADMIN_URL").context("HUB_TEST_AMQP_ADMIN_URL is not set; run the tests with `make test`")?;
        Ok(Self { base, http })
    }

    /// Makes one user per service, `PREFIX-SERVICE`, with the rights that production gives it; the password is the name.
    pub(crate) async fn make_users(&self, settings: &QueueSettings) -> anyhow::Result<()> {
        for r in rights(settings) {
            let user = user(settings, r.user);
            self.put(&format!("users/{user}"), &json!({ "password": user, "tags": "" })).await?;
            let permissions = json!({ "configure": r.configure, "write": r.write, "read": r.read });
            self.put(&format!("permissions/%2F/{user}"), &permissions).await?;
        }
        Ok(())
    }

    pub(crate) async fn remove_users(&self, settings: &QueueSettings) -> anyhow::Result<()> {
        for r in rights(settings) {
            let url = format!("{}/api/users/{}", self.base, user(settings, r.user));
            self.http.delete(url).send().await?.error_for_status()?;
        }
        Ok(())
    }

    async fn put(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let answer = self.http.put(format!("{}/api/{path}", self.base)).json(body).send().await?;
        ensure!(answer.status().is_success(), "PUT {path}: {}", answer.status());
        Ok(())
    }
}

fn user(settings: &QueueSettings, service: &str) -> String {
    format!("{}{service}", settings.prefix)
}

/// The broker's URL for a service of this hub.
pub(crate) fn url(settings: &QueueSettings, service: &str) -> anyhow::Result<String> {
    let mut url = reqwest::Url::parse(&settings.url.0)?;
    let name = user(settings, service);
    url.set_username(&name).ok().context("AMQP URL")?;
    url.set_password(Some(&name)).ok().context("AMQP URL")?;
    Ok(url.to_string())
}
