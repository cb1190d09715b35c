//! All services of one hub, as processes.

use crate::broker::{self, Management};
use crate::org::Org;
use crate::programs::program;
use anyhow::{Context, bail, ensure};
use hub_queue::{Broker, QueueSettings};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The services, in the order in which they start.
pub(crate) const SERVICES: [&str; 5] = ["hub-results", "hub-gateway", "hub-fetcher", "hub-connector", "hub-analyzer"];
const WORKERS: [&str; 3] = ["hub-fetcher", "hub-connector", "hub-analyzer"];
/// Longest that anything may take before a test says that it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A hub of a test's own. Dropping it kills its processes; [`TestHub::finish`] also checks that nothing was left behind.
pub struct TestHub {
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    folder: TempDir,
    database: String,
    queue: QueueSettings,
    management: Management,
    shared: Vec<(String, String)>,
    running: BTreeMap<&'static str, Running>,
}

struct Running {
    child: Child,
    private_port: u16,
}

impl TestHub {
    /// Starts everything and waits until every service says that it is ready.
    ///
    /// # Errors
    /// Says which part failed, with the end of its log.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    /// As [`TestHub::start`], with more settings for every service.
    ///
    /// # Errors
    /// As there.
    pub async fn start_with(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let queue = hub_queue::testing::settings().map_err(anyhow::Error::msg)?;
        let management = Management::new(http.clone())?;
        management.make_users(&queue).await?;
        let database = make_database().await?;
        let folder = TempDir::new()?;
        let (gateway, results) = (free_port()?, free_port()?);

        let keys = Command::new(program("hub-admin")?)
            .args(["sealing-key", "generate", "--format", "env"])
            .output()?;
        ensure!(
            keys.status.success(),
            "hub-admin sealing-key: {}",
            String::from_utf8_lossy(&keys.stderr)
        );
        let mut shared: Vec<(String, String)> = String::from_utf8(keys.stdout)?
            .lines()
            .filter_map(|line| line.trim_start_matches("export ").split_once('='))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        let artifacts = folder.path().join("artifacts");
        std::fs::create_dir_all(&artifacts)?;
        for (name, value) in [
            ("HUB_QUEUE_PREFIX", queue.prefix.clone()),
            ("HUB_QUEUE_DECLARE", "false".to_owned()),
            ("HUB_QUEUE_RETRY_SECS", "0.2,0.4,0.8".to_owned()),
            ("HUB_ARTIFACTS_URL", format!("file://{}", artifacts.display())),
            ("HUB_CACHE_PREFIX", queue.prefix.clone()),
            ("HUB_GATEWAY_ADDR", format!("127.0.0.1:{gateway}")),
            ("HUB_RESULTS_ADDR", format!("127.0.0.1:{results}")),
            ("HUB_RESULTS_URL", format!("http://127.0.0.1:{results}")),
            // The outside world of a test is on this machine.
            ("EGRESS_ALLOW", "127.0.0.0/8,::1/128".to_owned()),
            ("HUB_CODE_HOSTS", "127.0.0.1,localhost".to_owned()),
            ("HUB_ALLOW_HTTP_LOOPBACK", "true".to_owned()),
            ("HUB_LOG_FORMAT", "text".to_owned()),
        ] {
            shared.push((name.to_owned(), value));
        }
        shared.extend(settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));

        let mut hub = Self {
            base: format!("http://127.0.0.1:{gateway}/mcp-hub"),
            http,
            folder,
            database,
            queue,
            management,
            shared,
            running: BTreeMap::new(),
        };
        hub.admin(&["migrate"])?;
        hub.admin(&["declare-queues"])?;
        for service in SERVICES {
            hub.launch(service)?;
        }
        for service in SERVICES {
            hub.wait_ready(service).await?;
        }
        Ok(hub)
    }

    /// An org with a user, a project and an owner's key.
    ///
    /// # Errors
    /// hub-admin's own.
    pub fn org(&self, name: &str) -> anyhow::Result<Org> {
        let user = format!("{name}@example.com");
        let answer = self.admin(&["bootstrap", "--org", name, "--user", &user, "--project", name])?;
        let answer: Value = serde_json::from_str(&answer).context("hub-admin bootstrap prints JSON")?;
        let key = answer["api_key"].as_str().context("api_key")?.to_owned();
        Ok(Org {
            base: self.base.clone(),
            http: self.http.clone(),
            key,
        })
    }

    /// Runs `hub-admin` with the administrator's own access and gives its standard output.
    ///
    /// # Errors
    /// It fails; its words are in the message.
    pub fn admin(&self, args: &[&str]) -> anyhow::Result<String> {
        let done = Command::new(program("hub-admin")?)
            .args(args)
            .envs(self.shared.iter().map(|(k, v)| (k, v)))
            .env("HUB_QUEUE_DECLARE", "true")
            .env("DATABASE_URL", &self.database)
            .env("REDIS_URL", redis_url()?)
            .env("AMQP_URL", broker::url(&self.queue, "hub-admin")?)
            .output()?;
        ensure!(
            done.status.success(),
            "hub-admin {}: {}",
            args.join(" "),
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(String::from_utf8(done.stdout)?)
    }

    /// Ends a service as a power cut would, and starts it again.
    ///
    /// # Errors
    /// It does not come up again.
    pub async fn kill_and_restart(&mut self, service: &'static str) -> anyhow::Result<()> {
        self.kill(service)?;
        self.launch(service)?;
        self.wait_ready(service).await
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// It is not running.
    pub fn kill(&mut self, service: &str) -> anyhow::Result<()> {
        let mut running = self.running.remove(service).context("not running")?;
        running.child.kill()?;
        running.child.wait()?;
        Ok(())
    }

    /// Starts a service that was killed.
    ///
    /// # Errors
    /// It does not become ready.
    pub async fn restart(&mut self, service: &'static str) -> anyhow::Result<()> {
        self.launch(service)?;
        self.wait_ready(service).await
    }

    /// What a service has logged so far.
    #[must_use]
    pub fn log(&self, service: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("{service}.log"))).unwrap_or_default()
    }

    /// Everything the services may have written down anywhere: logs, artifacts. For tests that look for what must not be there.
    #[must_use]
    pub fn all_logs(&self) -> String {
        SERVICES.iter().map(|s| self.log(s)).collect()
    }

    /// The database's URL, for tests that look for what must not be in it.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database
    }

    /// `/metrics` of a service.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn metrics(&self, service: &str) -> anyhow::Result<String> {
        let port = self.running.get(service).context("not running")?.private_port;
        Ok(self
            .http
            .get(format!("http://127.0.0.1:{port}/metrics"))
            .send()
            .await?
            .text()
            .await?)
    }

    /// Stops every service gently, checks that each ended well and that no message is left, and cleans up.
    ///
    /// # Errors
    /// A service ended badly, or a queue still holds messages.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        for (service, running) in &mut self.running {
            terminate(running.child.id())?;
            let end = Instant::now() + PATIENCE;
            let status = loop {
                if let Some(status) = running.child.try_wait()? {
                    break status;
                }
                ensure!(Instant::now() < end, "{service} does not stop on SIGTERM");
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            ensure!(status.success(), "{service} ended with {status} on SIGTERM");
        }
        self.running.clear();
        let broker = Broker::connect(self.queue.clone(), "hub-e2e").await?;
        let left = hub_queue::testing::remove_topology(&broker).await?;
        self.management.remove_users(&self.queue).await?;
        drop_database(&self.database).await?;
        ensure!(left.is_empty(), "messages were left behind: {left:?}");
        Ok(())
    }

    fn launch(&mut self, service: &'static str) -> anyhow::Result<()> {
        let private_port = free_port()?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join(format!("{service}.log")))?;
        let mut command = Command::new(program(service)?);
        command
            .envs(self.shared.iter().map(|(k, v)| (k, v)))
            .env("HUB_PRIVATE_ADDR", format!("127.0.0.1:{private_port}"))
            .env("AMQP_URL", broker::url(&self.queue, service)?)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        // Each is given only what it may touch.
        if service != "hub-connector" {
            command.env_remove("HUB_SEALING_PRIVATE_KEY");
        }
        if WORKERS.contains(&service) {
            command.env_remove("DATABASE_URL").env_remove("REDIS_URL");
        } else {
            command.env("DATABASE_URL", &self.database).env("REDIS_URL", redis_url()?);
        }
        let child = command.spawn().with_context(|| format!("starting {service}"))?;
        self.running.insert(service, Running { child, private_port });
        Ok(())
    }

    async fn wait_ready(&mut self, service: &'static str) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let running = self.running.get_mut(service).context("not running")?;
            let url = format!("http://127.0.0.1:{}/readyz", running.private_port);
            if let Some(status) = running.child.try_wait()? {
                bail!("{service} ended with {status}:\n{}", tail(&self.log(service)));
            }
            if self.http.get(&url).send().await.is_ok_and(|a| a.status().is_success()) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "{service} is not ready:\n{}", tail(&self.log(service)));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        for (service, running) in &mut self.running {
            let _ = running.child.kill();
            let _ = running.child.wait();
            if std::thread::panicking() {
                let log = std::fs::read_to_string(self.folder.path().join(format!("{service}.log"))).unwrap_or_default();
                eprintln!("--- {service}\n{}", tail(&log));
            }
        }
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

/// A port for a service that starts a moment later. Never from the range that the system gives out by itself (32768 and up),
/// from which another test's server or connection could take it in between; and never the same one twice in this process.
fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 20_000;
    for _ in 0..COUNT {
        let n = NEXT
            .fetch_add(1, Ordering::Relaxed)
            .wrapping_add(std::process::id().wrapping_mul(97));
        let port = u16::try_from(FIRST + n % COUNT)?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port between {FIRST} and {}", FIRST + COUNT)
}

fn terminate(pid: u32) -> anyhow::Result<()> {
    let done = Command::new("kill").args(["-TERM", &pid.to_string()]).status()?;
    ensure!(done.success(), "kill -TERM {pid}");
    Ok(())
}

fn redis_url() -> anyhow::Result<String> {
    std::env::var("HUB_TEST_REDIS_URL").context("HUB_TEST_REDIS_URL is not set; run the tests with `make test`")
}

async fn administer(sql: String) -> anyhow::Result<()> {
    let url = std::env::var("HUB_TEST_DATABASE_URL").context("HUB_TEST_DATABASE_URL is not set; run the tests with `make test`")?;
    let mut connection = PgConnection::connect(&url).await?;
    // The name is ours: letters and digits only.
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    Ok(())
}

async fn make_database() -> anyhow::Result<String> {
    let name = format!("e2e_{}", uuid::Uuid::new_v4().simple());
    administer(format!("create database {name}")).await?;
    let mut url = reqwest::Url::parse(&std::env::var("HUB_TEST_DATABASE_URL")?)?;
    url.set_path(&name);
    Ok(url.to_string())
}

async fn drop_database(url: &str) -> anyhow::Result<()> {
    let url = reqwest::Url::parse(url)?;
    administer(format!("drop database {} with (force)", url.path().trim_start_matches('/'))).await
}
