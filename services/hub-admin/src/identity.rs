//! Orgs, users, projects and keys.

use crate::command::store;
use anyhow::Context;
use clap::{Args, Subcommand};
use hub_model::{ApiKeyId, Role};
use hub_secrets::{ApiKey, ExposeSecret};
use hub_store::{Bootstrapped, NewKey};
use serde_json::json;
use std::io::Write;
use std::str::FromStr;

/// Whom a key stands for.
#[derive(Args)]
pub struct Names {
    /// Name of the org.
    #[arg(long)]
    org: String,
    /// Mail address of the user.
    #[arg(long)]
    user: String,
    /// Name of the project.
    #[arg(long)]
    project: String,
}

#[derive(Args)]
pub struct CreateKey {
    #[command(flatten)]
    names: Names,
    /// `member`, `admin` or `owner`.
    #[arg(long, default_value = "member")]
    role: Role,
    /// What it is for.
    #[arg(long, default_value = "")]
    name: String,
}

#[derive(Subcommand)]
pub enum KeyCommand {
    /// Newest first; never a secret.
    List {
        #[arg(long)]
        org: String,
    },
    /// Revoke a key; services forget it within HUB_KEY_CACHE_SECS + HUB_KEY_MEMORY_SECS.
    Revoke {
        /// The public part: `mh_<this>_…`, or the id that `list` shows.
        key_id: String,
        #[arg(long)]
        org: String,
    },
}

impl Names {
    fn new_key<'a>(made: &Bootstrapped, role: Role, name: &'a str) -> NewKey<'a> {
        NewKey {
            org_id: made.org_id,
            user_id: made.user_id,
            project_id: made.project_id,
            role,
            name,
        }
    }

    pub(crate) async fn bootstrap(self, role: Role, key: Option<String>, out: &mut impl Write) -> anyhow::Result<()> {
        let store = store()?;
        let made = store.bootstrap(&self.org, &self.user, &self.project).await?;
        let key = match key {
            Some(text) => ApiKey::from_str(&text)?,
            None => ApiKey::generate(),
        };
        store.register_key(&key, &Self::new_key(&made, role, "bootstrap")).await?;
        let answer = json!({
            "org_id": made.org_id, "user_id": made.user_id, "project_id": made.project_id,
            "role": role, "key_id": key.id(), "api_key": key.reveal().expose_secret(),
        });
        writeln!(out, "{answer}")?;
        Ok(())
    }
}

impl CreateKey {
    pub(crate) async fn run(self, out: &mut impl Write) -> anyhow::Result<()> {
        let store = store()?;
        // The org must exist: a typing error must not make a new tenant.
        store.get_org(&self.names.org).await?;
        let made = store.bootstrap(&self.names.org, &self.names.user, &self.names.project).await?;
        let key = store.create_key(&Names::new_key(&made, self.role, &self.name)).await?;
        writeln!(
            out,
            "{}",
            json!({ "key_id": key.id(), "role": self.role, "api_key": key.reveal().expose_secret() })
        )?;
        Ok(())
    }
}

impl KeyCommand {
    pub(crate) async fn run(self, out: &mut impl Write) -> anyhow::Result<()> {
        let store = store()?;
        match self {
            Self::List { org } => {
                for key in store.list_keys(store.get_org(&org).await?).await? {
                    writeln!(out, "{}", serde_json::to_string(&key)?)?;
                }
            }
            Self::Revoke { key_id, org } => {
                let id: ApiKeyId = key_id
                    .trim_start_matches("mh_")
                    .parse()
                    .context("the key id is no UUID; give what stands between `mh_` and the second `_`")?;
                let revoked = store.revoke_key(store.get_org(&org).await?, id).await?;
                anyhow::ensure!(revoked, "the org `{org}` has no such key that still holds");
                writeln!(out, "{}", json!({ "key_id": id, "revoked": true }))?;
            }
        }
        Ok(())
    }
}
