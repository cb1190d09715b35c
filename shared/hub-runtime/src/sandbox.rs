//! Running hostile bytes through a child process, so that a stack overflow, a runaway allocation or an endless loop in a
//! parser costs one request and not the worker.
//!
//! The parent owns a pool of long-lived children of its own executable. A child reads a request, answers, and waits for
//! the next; it is killed when it is too slow and replaced when it dies. Frames on its standard input and output are a
//! 4-byte little-endian length, a tag byte, and that many bytes.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

const REQUEST: u8 = b'Q';
const NOTE: u8 = b'N';
const ANSWER: u8 = b'A';
const PANIC: u8 = b'X';

hub_model::settings! {
    /// Limits of a child process that handles hostile bytes.
    pub struct SandboxSettings {
        /// Longest time for one request, in seconds; the child is killed when it passes.
        pub timeout: Duration = "HUB_CHILD_TIMEOUT_SECS", Duration::from_secs(300);
        /// Address space of a child, in bytes; 0 sets no limit. The allocator and a parser's stack reserve more than 1 GiB of it: at least 2 GiB.
        pub memory_bytes: u64 = "HUB_CHILD_MEMORY_BYTES", 8 << 30;
        /// Largest request or answer, in bytes.
        pub max_frame_bytes: u32 = "HUB_CHILD_MAX_FRAME_BYTES", 1 << 30;
        /// Requests after which a child is replaced, so that fragmentation never adds up.
        pub max_requests: u32 = "HUB_CHILD_MAX_REQUESTS", 500;
    }
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the child process `{command}` could not be started")]
    Start {
        command: String,
        #[source]
        source: io::Error,
    },
    /// It died: stack overflow, out of memory, a bug. `last_note` is what it said last.
    #[error("the child process ended with {how}")]
    Died { how: String, last_note: Option<Vec<u8>> },
    #[error("the child process gave no answer within {limit:?}")]
    TimedOut { limit: Duration, last_note: Option<Vec<u8>> },
    #[error("the child process reported a fault: {0}")]
    Panicked(String),
    #[error("a message of {bytes} bytes is over the limit of {limit} (HUB_CHILD_MAX_FRAME_BYTES)")]
    TooLarge { bytes: u64, limit: u32 },
}

/// A pool of child processes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    executable: PathBuf,
    args: Vec<OsString>,
    env: Vec<(String, String)>,
    settings: SandboxSettings,
    idle: Mutex<Vec<Worker>>,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    last_words: tokio::task::JoinHandle<String>,
    served: u32,
}

/// How much of a dead child's standard error is kept, in bytes.
const LAST_WORDS: usize = 2048;

/// A used child that dies within this time of a request, without a word, is taken to have been dead before.
const AT_ONCE: Duration = Duration::from_secs(5);

impl Sandbox {
    /// A pool of `executable args…`, each child with nothing but `env` in its environment.
    #[must_use]
    pub fn new(executable: PathBuf, args: Vec<OsString>, env: Vec<(String, String)>, settings: SandboxSettings) -> Self {
        Self {
            inner: Arc::new(Inner {
                executable,
                args,
                env,
                settings,
                idle: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Sends a request and waits for the answer; `on_note` gets what the child reports on the way. As many requests run at
    /// once as there are callers: bound the callers. Dropping the future kills the child that was at work.
    ///
    /// # Errors
    /// [`SandboxError`]; the pool stays usable after any of them.
    pub async fn call(&self, request: &[u8], mut on_note: impl FnMut(&[u8])) -> Result<Vec<u8>, SandboxError> {
        let settings = &self.inner.settings;
        if request.len() as u64 > u64::from(settings.max_frame_bytes) {
            return Err(SandboxError::TooLarge {
                bytes: request.len() as u64,
                limit: settings.max_frame_bytes,
            });
        }
        let idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(worker) = idle {
            let sent = Instant::now();
            match self.exchange(worker, request, &mut on_note).await {
                // It may have died while it was idle, of something that is not this request's doing: a new child tells.
                Err(SandboxError::Died { last_note: None, .. }) if sent.elapsed() < AT_ONCE => {}
                outcome => return outcome,
            }
        }
        self.exchange(self.start()?, request, &mut on_note).await
    }

    async fn exchange(&self, mut worker: Worker, request: &[u8], on_note: &mut impl FnMut(&[u8])) -> Result<Vec<u8>, SandboxError> {
        let settings = &self.inner.settings;
        let mut last_note = None;
        let exchange = async {
            send(&mut worker.stdin, REQUEST, request).await?;
            loop {
                let (tag, body) = receive(&mut worker.stdout, settings.max_frame_bytes).await?;
                match tag {
                    NOTE => {
                        on_note(&body);
                        last_note = Some(body);
                    }
                    tag => return Ok((tag, body)),
                }
            }
        };
        // From here on, leaving early drops `worker`, and `kill_on_drop` ends the child.
        match tokio::time::timeout(settings.timeout, exchange).await {
            Ok(Ok((ANSWER, body))) => {
                worker.served += 1;
                if worker.served < settings.max_requests {
                    self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
                }
                Ok(body)
            }
            Ok(Ok((PANIC, body))) => Err(SandboxError::Panicked(String::from_utf8_lossy(&body).chars().take(500).collect())),
            Ok(Ok((tag, _))) => Err(SandboxError::Died {
                how: format!("an unknown frame {tag}"),
                last_note,
            }),
            Ok(Err(Broken::TooLarge(bytes))) => Err(SandboxError::TooLarge {
                bytes,
                limit: settings.max_frame_bytes,
            }),
            Ok(Err(Broken::Pipe(_))) => {
                let how = worker.autopsy().await;
                Err(SandboxError::Died { how, last_note })
            }
            Err(_) => Err(SandboxError::TimedOut {
                limit: settings.timeout,
                last_note,
            }),
        }
    }

    fn start(&self) -> Result<Worker, SandboxError> {
        let failed = |source| SandboxError::Start {
            command: self.inner.executable.display().to_string(),
            source,
        };
        let mut child = Command::new(&self.inner.executable)
            .args(&self.inner.args)
            .env_clear()
            .envs(self.inner.env.iter().map(|(k, v)| (k, v)))
            .env("HUB_CHILD_MEMORY_BYTES", self.inner.settings.memory_bytes.to_string())
            // What a stage no longer needs goes back at once, so that it does not count beside what the next one needs.
            .env("MIMALLOC_PURGE_DELAY", "0")
            .env("HUB_CHILD_MAX_FRAME_BYTES", self.inner.settings.max_frame_bytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .current_dir("/")
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(failed(io::Error::other("no pipes")));
        };
        Ok(Worker {
            child,
            stdin,
            stdout,
            last_words: tokio::spawn(last_words(stderr)),
            served: 0,
        })
    }
}

impl Worker {
    /// How it ended, with the end of its standard error.
    async fn autopsy(mut self) -> String {
        const PATIENCE: Duration = Duration::from_secs(2);
        // Its output is closed, so it is ending by itself; killing it at once would hide how.
        let how = match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(e)) => e.to_string(),
            Err(_) => "its output closed".to_owned(),
        };
        let _ = self.child.start_kill();
        match tokio::time::timeout(PATIENCE, self.last_words).await {
            Ok(Ok(words)) if !words.is_empty() => format!("{how}: {words}"),
            _ => how,
        }
    }
}

/// Reads to the end, keeping only the tail, printable.
async fn last_words(mut from: ChildStderr) -> String {
    let mut kept: Vec<u8> = Vec::new();
    let mut buf = [0; 1024];
    while let Ok(n) = from.read(&mut buf).await {
        if n == 0 {
            break;
        }
        kept.extend_from_slice(&buf[..n]);
        if kept.len() > LAST_WORDS {
            kept.drain(..kept.len() - LAST_WORDS);
        }
    }
    let text: String = String::from_utf8_lossy(&kept)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

enum Broken {
    // The cause is kept for a debugger; what is shown is how the child ended.
    Pipe(#[allow(dead_code)] io::Error),
    TooLarge(u64),
}

impl From<io::Error> for Broken {
    fn from(e: io::Error) -> Self {
        Self::Pipe(e)
    }
}

async fn send(out: &mut ChildStdin, tag: u8, body: &[u8]) -> Result<(), Broken> {
    out.write_all(&(body.len() as u32).to_le_bytes()).await?;
    out.write_all(&[tag]).await?;
    out.write_all(body).await?;
    out.flush().await?;
    Ok(())
}

async fn receive(from: &mut ChildStdout, max: u32) -> Result<(u8, Vec<u8>), Broken> {
    let mut head = [0; 5];
    from.read_exact(&mut head).await?;
    let len = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    if len > max {
        return Err(Broken::TooLarge(u64::from(len)));
    }
    let mut body = vec![0; len as usize];
    from.read_exact(&mut body).await?;
    Ok((head[4], body))
}

/// The child's way of reporting while it works.
pub struct Notes<'a> {
    out: &'a mut dyn Write,
}

impl Notes<'_> {
    /// Sends a note at once; it arrives even when the very next step kills the process.
    pub fn send(&mut self, note: &[u8]) {
        // A parent that is gone is noticed at the next read.
        let _ = frame(self.out, NOTE, note);
    }
}

fn frame(out: &mut dyn Write, tag: u8, body: &[u8]) -> io::Result<()> {
    out.write_all(&(body.len() as u32).to_le_bytes())?;
    out.write_all(&[tag])?;
    out.write_all(body)?;
    out.flush()
}

/// The child's side: limits itself, then serves requests until its standard input closes. A handler that panics costs its
/// request only. When the parent goes away while a request is worked on, the process ends at once: no orphan computes on.
///
/// # Errors
/// When standard input or output breaks, or a request is over the limit.
pub fn serve(mut handler: impl FnMut(&[u8], &mut Notes<'_>) -> Vec<u8>) -> io::Result<()> {
    let settings = SandboxSettings::read(&|v| std::env::var(v).ok()).map_err(io::Error::other)?;
    confine(&settings)?;
    let (requests, inbox) = mpsc::channel();
    let max = settings.max_frame_bytes;
    std::thread::Builder::new().name("requests".to_owned()).spawn(move || {
        let outcome = loop {
            let request = match next_request(max) {
                Ok(Some(body)) => Ok(body),
                Ok(None) => break 0,
                Err(e) => Err(e),
            };
            let broken = request.is_err();
            if requests.send(request).is_err() || broken {
                break 2;
            }
        };
        std::process::exit(outcome);
    })?;
    let mut stdout = io::stdout().lock();
    while let Ok(request) = inbox.recv() {
        let body = request?;
        let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| handler(&body, &mut Notes { out: &mut stdout })));
        match answer {
            Ok(answer) => frame(&mut stdout, ANSWER, &answer)?,
            Err(panic) => {
                let text = panic
                    .downcast_ref::<String>()
                    .map(String::as_str)
                    .or_else(|| panic.downcast_ref::<&str>().copied());
                frame(&mut stdout, PANIC, text.unwrap_or("a panic").as_bytes())?;
            }
        }
    }
    Ok(())
}

/// The next request; `None` when the parent is done with us.
fn next_request(max: u32) -> io::Result<Option<Vec<u8>>> {
    let mut stdin = io::stdin().lock();
    let mut head = [0; 5];
    match stdin.read_exact(&mut head) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e),
    }
    let len = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    if len > max || head[4] != REQUEST {
        return Err(io::Error::other("a malformed request"));
    }
    let mut body = vec![0; len as usize];
    stdin.read_exact(&mut body)?;
    Ok(Some(body))
}

/// Gives up what parsing never needs: more memory than allowed, files written, core dumps, and opening anything at all: with
/// no descriptor left beyond standard input, output and error there is no file, no socket, no pipe.
fn confine(settings: &SandboxSettings) -> io::Result<()> {
    if settings.memory_bytes > 0 {
        rlimit::Resource::AS.set(settings.memory_bytes, settings.memory_bytes)?;
    }
    rlimit::Resource::FSIZE.set(0, 0)?;
    rlimit::Resource::CORE.set(0, 0)?;
    rlimit::Resource::NOFILE.set(3, 3)
}
