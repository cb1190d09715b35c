//! Start, be watched, stop.

use crate::private_http;
use crate::settings::{RuntimeSettings, env};
use crate::telemetry::{self, Telemetry, TelemetryError};
use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long one readiness check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Setting(#[from] hub_model::SettingError),
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    #[error("cannot listen on HUB_PRIVATE_ADDR={address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("cannot watch for stop signals: {0}")]
    Signals(#[source] std::io::Error),
}

/// The running process as its parts see it: when to stop, and what must hold for it to be ready. Clones share one state.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    name: &'static str,
    shutdown: CancellationToken,
    drain: Duration,
    checks: RwLock<BTreeMap<&'static str, Check>>,
}

impl Service {
    /// A service that lives inside another process, as in tests: no log subscriber, no signals, no listener.
    #[must_use]
    pub fn embedded(name: &'static str, shutdown: CancellationToken) -> Self {
        Self::new(name, shutdown, RuntimeSettings::default().drain)
    }

    fn new(name: &'static str, shutdown: CancellationToken, drain: Duration) -> Self {
        Self {
            inner: Arc::new(Inner {
                name,
                shutdown,
                drain,
                checks: RwLock::default(),
            }),
        }
    }

    /// `hub-fetcher` and the like.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.inner.name
    }

    /// Cancelled when the process must stop: finish or return what is in hand.
    #[must_use]
    pub fn shutdown(&self) -> CancellationToken {
        self.inner.shutdown.clone()
    }

    /// How long work in hand may take after that.
    #[must_use]
    pub fn drain(&self) -> Duration {
        self.inner.drain
    }

    /// Adds a readiness check of `part`; the error says in words what is missing. A check of the same name is replaced.
    pub fn ready_when<P, F, Fut>(&self, name: &'static str, part: P, check: F)
    where
        P: Clone + Send + Sync + 'static,
        F: Fn(P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        let check: Check = Arc::new(move || Box::pin(check(part.clone())));
        self.inner
            .checks
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(name, check);
    }

    /// Asks every check; one that takes longer than two seconds counts as not ready.
    pub async fn check_ready(&self) -> BTreeMap<&'static str, Result<(), String>> {
        let checks = self.inner.checks.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let mut out = BTreeMap::new();
        for (name, check) in checks {
            let outcome = tokio::time::timeout(CHECK_TIMEOUT, check()).await;
            out.insert(name, outcome.unwrap_or_else(|_| Err("no answer within two seconds".to_owned())));
        }
        if self.inner.shutdown.is_cancelled() {
            out.insert("shutdown", Err("stopping".to_owned()));
        }
        out
    }
}

/// The `main` of every service: installs logs, traces, TLS and signal handlers, serves the private port, runs `body` until
/// it returns or a stop signal and the drain time have passed, then flushes what is buffered.
///
/// `body` is expected to end by itself soon after [`Service::shutdown`] is cancelled.
pub async fn run<F, Fut>(name: &'static str, body: F) -> ExitCode
where
    F: FnOnce(Service) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let (service, telemetry) = match start(name).await {
        Ok(started) => started,
        Err(e) => {
            report_early(name, &e);
            return ExitCode::FAILURE;
        }
    };
    let shutdown = service.shutdown();
    let deadline = async {
        shutdown.cancelled().await;
        tokio::time::sleep(service.drain()).await;
    };
    let code = tokio::select! {
        outcome = body(service.clone()) => match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                tracing::error!(service = name, "{name} failed: {e:#}");
                ExitCode::FAILURE
            }
        },
        () = deadline => {
            tracing::warn!(service = name, "work in hand did not end within HUB_DRAIN_SECS; it will be delivered again");
            ExitCode::SUCCESS
        }
    };
    shutdown.cancel();
    tracing::info!(service = name, "stopped");
    telemetry.flush().await;
    code
}

/// Before there is a log: standard error.
fn report_early(name: &str, error: &StartError) {
    use std::io::Write as _;
    // Nobody to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{name} cannot start: {error}");
}

async fn start(name: &'static str) -> Result<(Service, Telemetry), StartError> {
    let settings = RuntimeSettings::read(&env)?;
    let telemetry = telemetry::install(name, &settings)?;
    let shutdown = CancellationToken::new();
    watch_signals(shutdown.clone()).map_err(StartError::Signals)?;
    let service = Service::new(name, shutdown, settings.drain);
    let address = settings.private_addr;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })?;
    let address = listener.local_addr().unwrap_or(address);
    tracing::info!(service = name, version = env!("CARGO_PKG_VERSION"), private.addr = %address, "{name} starts; private port at http://{address}");
    let router = private_http::router(service.clone());
    // Lives as long as the process: a stopping service still answers its probes.
    tokio::spawn(async move {
        if let Err(e) = axum::serve(listener, router).await {
            tracing::error!(error = %e, "the private port failed");
        }
    });
    Ok((service, telemetry))
}

/// Cancels the token on SIGTERM or SIGINT.
fn watch_signals(shutdown: CancellationToken) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let which = tokio::select! { _ = term.recv() => "SIGTERM", _ = int.recv() => "SIGINT" };
        tracing::info!(signal = which, "stopping: finishing what is in hand");
        shutdown.cancel();
    });
    Ok(())
}
