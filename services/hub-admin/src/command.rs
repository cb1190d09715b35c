//! The commands.

use crate::identity::{CreateKey, KeyCommand, Names};
use crate::{openapi_json, settings_markdown};
use anyhow::Context;
use clap::{Subcommand, ValueEnum};
use hub_cache::{Cache, CacheSettings};
use hub_http::AuthSettings;
use hub_model::ScanId;
use hub_queue::{Broker, QueueSettings, definitions, rights};
use hub_runtime::env;
use hub_secrets::OpeningKey;
use hub_store::{Store, StoreSettings};
use serde_json::json;
use std::io::Write;

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Bring the database schema up to date.
    Migrate,
    /// Create what is missing on the broker.
    DeclareQueues,
    /// Create an org, a user, a project (where missing) and a key; print the key as JSON.
    Bootstrap {
        #[command(flatten)]
        names: Names,
        /// What the key may do.
        #[arg(long, default_value = "owner")]
        role: hub_model::Role,
        /// A key made elsewhere, to be registered instead of a new one (then the call may be repeated).
        #[arg(long, env = "HUB_BOOTSTRAP_KEY", hide_env_values = true)]
        key: Option<String>,
    },
    /// Create an org.
    CreateOrg { name: String },
    /// Revoke the keys of an org, wait until no process remembers them, then delete the org with its scans, reports, decisions and usage.
    /// Snapshots and listings go with their own time (HUB_ARTIFACT_RETENTION_DAYS), statuses in Redis with theirs (HUB_STATUS_CACHE_SECS).
    DeleteOrg {
        name: String,
        /// The name once more, since nothing brings the org back.
        #[arg(long)]
        confirm: String,
    },
    /// Create a user of an org.
    CreateUser {
        #[arg(long)]
        org: String,
        #[arg(long)]
        email: String,
    },
    /// Create a project of an org.
    CreateProject {
        #[arg(long)]
        org: String,
        #[arg(long)]
        name: String,
    },
    /// Create an API key; print it once.
    CreateKey(CreateKey),
    /// An org's API keys.
    #[command(subcommand)]
    Keys(KeyCommand),
    /// Scans that were given up because a worker died on them again and again.
    #[command(subcommand)]
    DeadLetters(DeadLetterCommand),
    /// The key pair for target credentials.
    #[command(subcommand)]
    SealingKey(SealingKeyCommand),
    /// Print RabbitMQ definitions with one user per service. Passwords come from AMQP_ADMIN_PASSWORD, AMQP_GATEWAY_PASSWORD, …;
    /// a service without one is left out.
    BrokerDefinitions {
        #[arg(long, default_value = "/")]
        vhost: String,
    },
    /// Print the OpenAPI document of the whole API.
    Openapi,
    /// Print the settings reference as Markdown.
    Settings,
}

#[derive(Subcommand)]
pub enum DeadLetterCommand {
    /// Newest first.
    List {
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Drive a failed scan again. Scans that needed credentials cannot be: those are gone.
    Redrive { job_id: ScanId },
}

#[derive(Subcommand)]
pub enum SealingKeyCommand {
    /// Make a pair and print both halves.
    Generate {
        #[arg(long, value_enum, default_value = "env")]
        format: KeyFormat,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum KeyFormat {
    /// `NAME=value` lines.
    Env,
    Json,
}

/// The database, by DATABASE_URL.
pub(crate) fn store() -> anyhow::Result<Store> {
    Ok(Store::open(&StoreSettings {
        max_connections: 2,
        ..StoreSettings::read(&env)?
    })?)
}

impl Command {
    /// Does it; what it prints goes to `out`.
    ///
    /// # Errors
    /// In words for the operator.
    pub async fn run(self, out: &mut (impl Write + Send)) -> anyhow::Result<()> {
        match self {
            Self::Migrate => {
                store()?.migrate().await?;
                writeln!(out, "the schema is up to date")?;
            }
            Self::DeclareQueues => {
                let settings = QueueSettings {
                    declare: true,
                    ..QueueSettings::read(&env)?
                };
                let broker = Broker::connect(settings, "hub-admin").await?;
                broker.declare().await?;
                broker.close().await;
                writeln!(out, "the queues are declared")?;
            }
            Self::Bootstrap { names, role, key } => names.bootstrap(role, key, out).await?,
            Self::CreateOrg { name } => writeln!(out, "{}", json!({ "org_id": store()?.ensure_org(&name).await? }))?,
            Self::DeleteOrg { name, confirm } => {
                anyhow::ensure!(name == confirm, "--confirm must repeat the name of the org");
                let store = store()?;
                let org = store.get_org(&name).await?;
                store.revoke_keys_of(org).await?;
                let remembered = CacheSettings::read(&env)?.key_ttl + AuthSettings::read(&env)?.key_ttl;
                writeln!(
                    out,
                    "the keys are revoked; deleting in {} seconds, when no process remembers them",
                    remembered.as_secs()
                )?;
                tokio::time::sleep(remembered).await;
                writeln!(out, "{}", serde_json::to_string(&store.delete_org(org).await?)?)?;
            }
            Self::CreateUser { org, email } => {
                let store = store()?;
                let id = store.ensure_user(store.get_org(&org).await?, &email).await?;
                writeln!(out, "{}", json!({ "user_id": id }))?;
            }
            Self::CreateProject { org, name } => {
                let store = store()?;
                let id = store.ensure_project(store.get_org(&org).await?, &name).await?;
                writeln!(out, "{}", json!({ "project_id": id }))?;
            }
            Self::CreateKey(create) => create.run(out).await?,
            Self::Keys(keys) => keys.run(out).await?,
            Self::DeadLetters(command) => command.run(out).await?,
            Self::SealingKey(SealingKeyCommand::Generate { format }) => {
                let private = OpeningKey::generate();
                let (public, private) = (private.sealing_key().to_string(), private.to_base64());
                match format {
                    KeyFormat::Env => writeln!(out, "HUB_SEALING_PUBLIC_KEY={public}\nHUB_SEALING_PRIVATE_KEY={}", private.as_str())?,
                    KeyFormat::Json => writeln!(out, "{}", json!({ "public_key": public, "private_key": private.as_str() }))?,
                }
            }
            Self::BrokerDefinitions { vhost } => {
                let settings = QueueSettings::read(&env)?;
                let password_of = |user: &str| {
                    let name = user.strip_prefix("hub-").unwrap_or(user).to_ascii_uppercase();
                    env(&format!("AMQP_{name}_PASSWORD")).filter(|p| !p.is_empty())
                };
                let definitions = definitions(&rights(&settings), &vhost, password_of);
                writeln!(out, "{}", serde_json::to_string_pretty(&definitions)?)?;
            }
            Self::Openapi => writeln!(out, "{}", openapi_json()?)?,
            Self::Settings => write!(out, "{}", settings_markdown())?,
        }
        Ok(())
    }
}

impl DeadLetterCommand {
    async fn run(self, out: &mut impl Write) -> anyhow::Result<()> {
        let store = store()?;
        match self {
            Self::List { limit } => {
                for scan in store.list_given_up(limit).await? {
                    let target = scan.source_url.or(scan.endpoint_url).unwrap_or_default();
                    let line = json!({
                        "job_id": scan.id, "org_id": scan.org_id, "target": target, "attempt": scan.attempt,
                        "completed_at": scan.completed_at.map(|t| t.to_rfc3339()), "error_message": scan.error_message,
                    });
                    writeln!(out, "{line}")?;
                }
            }
            Self::Redrive { job_id } => {
                let scan = store.redrive(job_id).await?.with_context(|| {
                    format!("scan {job_id} is unknown, has not failed, or needed credentials, which are gone; submit it again")
                })?;
                // Reads would go on saying `failed` until the ended status expires.
                let forgotten = Cache::open(CacheSettings::read(&env)?)?.forget_status(job_id).await;
                writeln!(
                    out,
                    "{}",
                    json!({ "job_id": scan.id, "attempt": scan.attempt, "cached_status_removed": forgotten })
                )?;
            }
        }
        Ok(())
    }
}
