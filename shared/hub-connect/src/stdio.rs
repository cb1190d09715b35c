//! A local command over standard input and output; for the command line only.

use crate::auth::SHORTEST_SECRET;
use crate::connect::{Task, finish, survey};
use crate::listing::{Asking, Extent};
use crate::raw::{Link, LinkWorker};
use crate::tap::Tap;
use crate::text::plain;
use crate::{ConnectError, ConnectLimits};
use futures::future::BoxFuture;
use hub_model::{Surface, Transport, is_secret_name};
use rmcp::model::ProtocolVersion;
use rmcp::service::ClientLifecycleMode;
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::OsString;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::Instant;
use tokio_stream::StreamExt as _;
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};

/// What a command keeps of the environment: enough to find programs, a home and temporary files, and to speak UTF-8.
const KEPT: [&str; 8] = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "TERM", "SHELL"];
/// How long the last words of a command that has ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Starts `command` (program and arguments), lists what it shows over stdio, and kills its process group.
///
/// The environment is cleared except for what finding programs needs (`PATH`, `HOME` and the like) and `env`.
/// Must only be called when a person at this machine asked for it explicitly.
///
/// # Errors
/// The command does not start or ends early (with the end of its standard error), or the listing fails as over HTTP.
pub async fn connect_stdio(command: &[String], env: &[(String, String)], limits: &ConnectLimits) -> Result<Surface, ConnectError> {
    let [program, arguments @ ..] = command else {
        return Err(ConnectError::CommandNotStarted {
            command: String::new(),
            why: "no command was given".to_owned(),
        });
    };
    let start = Start {
        program,
        arguments,
        env,
        limits,
        deadline: Instant::now() + limits.total_time,
    };
    // The old greeting first, unlike over HTTP: older servers leave an unknown first request without an answer or die of it,
    // while those that know no handshake say so at once, and are then started again.
    let mut outcome = start.run(ClientLifecycleMode::Initialize).await;
    if let Err((first, true)) = &outcome
        && matches!(
            first,
            ConnectError::RpcError { .. } | ConnectError::Malformed { .. } | ConnectError::Closed { .. }
        )
    {
        let stateless = ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        };
        let second = start.run(stateless).await;
        // The first refusal says more than a second one.
        if second.is_ok() {
            outcome = second;
        }
    }
    outcome.map_err(|(error, _)| error)
}

/// What is started, and how long it may live.
struct Start<'a> {
    program: &'a str,
    arguments: &'a [String],
    env: &'a [(String, String)],
    limits: &'a ConnectLimits,
    deadline: Instant,
}

impl Start<'_> {
    /// The command line as it may be shown: values of options that are named like secrets are hidden.
    fn shown(&self, tap: &Tap) -> String {
        let mut words = vec![self.program.to_owned()];
        let mut hide_next = false;
        for word in self.arguments {
            let (name, value) = word
                .split_once('=')
                .map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            let secret = is_secret_name(name) && !name.contains(char::is_whitespace);
            words.push(match value {
                _ if hide_next => "***".to_owned(),
                Some(_) if secret => format!("{name}=***"),
                _ => word.clone(),
            });
            hide_next = secret && value.is_none() && name.starts_with('-');
        }
        tap.quote(&words.join(" "), 300)
    }

    /// One start of the command. An error comes with whether it happened in the handshake.
    async fn run(&self, lifecycle: ClientLifecycleMode) -> Result<Surface, (ConnectError, bool)> {
        let Self {
            program,
            arguments,
            env,
            limits,
            deadline,
        } = *self;
        let secrets = env.iter().filter(|(k, v)| is_secret_name(k) && v.len() >= SHORTEST_SECRET);
        let tap = &Arc::new(Tap::new(limits, secrets.map(|(_, v)| v.clone()).collect()));
        let shown = self.shown(tap);
        let mut process = Process::start(program, arguments, env, limits).map_err(|e| {
            let why = if e.kind() == std::io::ErrorKind::NotFound {
                "there is no such program".to_owned()
            } else {
                plain(&e.to_string(), 120)
            };
            (
                ConnectError::CommandNotStarted {
                    command: shown.clone(),
                    why,
                },
                true,
            )
        })?;
        let (Some(input), Some(output)) = (process.child.stdin.take(), process.child.stdout.take()) else {
            return Err((ConnectError::Setup("the command has no standard input and output".to_owned()), true));
        };
        let link = StdioLink {
            input: Arc::new(tokio::sync::Mutex::new(input)),
            lines: FramedRead::new(output, LinesCodec::new_with_max_length(limits.max_message_bytes)),
            tap: tap.clone(),
            received: 0,
            sent: 0,
            limits: limits.clone(),
        };
        let worker = LinkWorker {
            link,
            tap: tap.clone(),
            discover_time: limits.discover_time,
        };
        let asking = Asking {
            tap,
            limits,
            deadline,
            handshake_time: limits.start_time,
            extent: Extent::All,
            client_name: "mcp-hub",
        };
        let task = Task {
            lifecycle,
            offer: ProtocolVersion::V_2025_11_25,
            endpoint: shown,
            kind: Transport::Stdio,
            wire: None,
            checks: None,
        };
        let mut in_handshake = true;
        let outcome = survey(worker, task, asking, &mut in_handshake).await;
        match outcome {
            Ok(mut surface) => {
                finish(&mut surface, tap);
                Ok(surface)
            }
            Err(error) => Err((process.last_words(error, tap).await, in_handshake)),
        }
    }
}

/// A child at the head of its own process group, which is killed when this is dropped.
struct Process {
    child: Child,
    group: Option<Pid>,
    stderr: Arc<Mutex<Vec<u8>>>,
    reading: tokio::task::JoinHandle<()>,
}

impl Process {
    fn start(program: &str, arguments: &[String], env: &[(String, String)], limits: &ConnectLimits) -> std::io::Result<Self> {
        let kept: Vec<(&str, OsString)> = KEPT
            .iter()
            .filter_map(|name| std::env::var_os(name).map(|value| (*name, value)))
            .collect();
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(kept)
            .envs(env.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let (kept, max) = (stderr.clone(), limits.max_stderr_bytes);
        let pipe = child.stderr.take();
        // Read to the end, or a talkative server would block on a full pipe; only the last part is kept.
        let reading = tokio::spawn(async move {
            let Some(mut pipe) = pipe else { return };
            let mut chunk = [0; 4096];
            while let Ok(n @ 1..) = pipe.read(&mut chunk).await {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(&chunk[..n]);
                let over = kept.len().saturating_sub(max);
                kept.drain(..over);
            }
        });
        Ok(Self {
            child,
            group,
            stderr,
            reading,
        })
    }

    /// When the command has ended, that is the news, with what it said last.
    async fn last_words(&mut self, error: ConnectError, tap: &Tap) -> ConnectError {
        let step = match error {
            ConnectError::Closed { step } => step,
            other => return other,
        };
        let Ok(Ok(status)) = tokio::time::timeout(LAST_WORDS, self.child.wait()).await else {
            return ConnectError::Closed { step };
        };
        let _ = tokio::time::timeout(LAST_WORDS, &mut self.reading).await;
        let said = self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let said = String::from_utf8_lossy(&said);
        let tail: String = said.chars().skip(said.chars().count().saturating_sub(400)).collect();
        let stderr = tap.quote(&tail, 400);
        ConnectError::CommandEnded {
            step,
            status: status.to_string(),
            stderr: if stderr.is_empty() { "nothing".to_owned() } else { stderr },
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.reading.abort();
        // The number stays taken as long as a member lives. When none does, the call fails; a stranger could be hit only if
        // the number were given out again since the leader was reaped, within milliseconds and after all others.
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// JSON-RPC messages, one a line.
struct StdioLink {
    input: Arc<tokio::sync::Mutex<ChildStdin>>,
    lines: FramedRead<ChildStdout, LinesCodec>,
    tap: Arc<Tap>,
    received: usize,
    sent: usize,
    limits: ConnectLimits,
}

impl Link for StdioLink {
    fn send(&mut self, step: String, mut message: Vec<u8>) -> BoxFuture<'static, Result<(), ConnectError>> {
        self.sent += 1;
        let (input, sent, limit) = (self.input.clone(), self.sent, self.limits.max_requests);
        message.push(b'\n');
        Box::pin(async move {
            if sent > limit {
                return Err(ConnectError::RequestsUsedUp {
                    step,
                    limit,
                    setting: "HUB_CONNECT_MAX_REQUESTS",
                });
            }
            let mut input = input.lock().await;
            match input.write_all(&message).await {
                Ok(()) => input.flush().await.map_err(|_| ConnectError::Closed { step }),
                Err(_) => Err(ConnectError::Closed { step }),
            }
        })
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, ConnectError> {
        let step = String::new;
        loop {
            let line = match self.lines.next().await {
                None => return Ok(None),
                Some(Ok(line)) => line,
                Some(Err(LinesCodecError::MaxLineLengthExceeded)) => {
                    let limit = self.limits.max_message_bytes;
                    return Err(ConnectError::TooLarge {
                        step: step(),
                        limit,
                        setting: "HUB_CONNECT_MAX_MESSAGE_BYTES",
                    });
                }
                Some(Err(LinesCodecError::Io(e))) if e.kind() == std::io::ErrorKind::InvalidData => {
                    return Err(ConnectError::Malformed {
                        step: step(),
                        why: "standard output is not UTF-8".to_owned(),
                    });
                }
                Some(Err(LinesCodecError::Io(_))) => return Ok(None),
            };
            self.received += line.len();
            if self.received > self.limits.max_total_bytes {
                let limit = self.limits.max_total_bytes;
                return Err(ConnectError::TooLarge {
                    step: step(),
                    limit,
                    setting: "HUB_CONNECT_MAX_TOTAL_BYTES",
                });
            }
            // Many servers greet a person on standard output, which the protocol forbids.
            if line.trim_start().starts_with(['{', '[']) {
                return Ok(Some(line.into_bytes()));
            }
            if !line.trim().is_empty() {
                self.tap.warn(format!(
                    "the server writes to standard output what is no JSON-RPC: `{}`",
                    self.tap.quote(&line, 80)
                ));
            }
        }
    }
}
