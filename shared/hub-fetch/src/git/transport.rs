//! Smart HTTP for libgit2, through the guarded client.
//!
//! libgit2's own HTTP follows redirects whatever it is told, looks names up by itself and knows only process-wide time-outs.
//! It is not built in; this transport takes its place for `http` and `https`. A fetch runs on one blocking thread, and what
//! belongs to it (client, budget, credentials) reaches the transport through a thread-local [`Session`].

use super::pack::{Fault, PackLimits, PackWatch};
use crate::FetchLimits;
use crate::clock::Clock;
use crate::error::{FetchError, shown};
use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};
use git2::{ConfigLevel, ErrorClass, ErrorCode};
use hub_net::{Bytes, FetchOptions, HeaderValue, HttpClient, NetError, Request, Response, StatusCode, Url, header};
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, Once, PoisonError};
use tokio::runtime::Handle;

/// Longest negotiation request. Ours ask for one commit and have nothing.
const MAX_REQUEST_BYTES: usize = 16 << 20;

/// What one fetch uses and what came of it.
pub(super) struct Session {
    http: HttpClient,
    runtime: Handle,
    clock: Clock,
    authorization: Option<HeaderValue>,
    limits: FetchLimits,
    state: Mutex<State>,
}

struct State {
    /// The repository's address; its path may change once, by a redirect on the same host or for a missing `.git`.
    url: Url,
    received: u64,
    /// Why the last exchange failed. libgit2 passes on only words.
    failure: Option<FetchError>,
    /// The list of references, as the server sent it. libgit2 gets it again for each of its fetches.
    advertisement: Bytes,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Session>>> = const { RefCell::new(None) };
}

impl Session {
    pub(super) fn new(http: HttpClient, url: Url, authorization: Option<HeaderValue>, limits: FetchLimits, clock: Clock) -> Arc<Self> {
        let state = State {
            url,
            received: 0,
            failure: None,
            advertisement: Bytes::new(),
        };
        Arc::new(Self {
            http,
            runtime: Handle::current(),
            clock,
            authorization,
            limits,
            state: Mutex::new(state),
        })
    }

    /// Makes it this thread's session while `work` runs.
    pub(super) fn run<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        struct Reset;
        impl Drop for Reset {
            fn drop(&mut self) {
                CURRENT.with(|c| c.borrow_mut().take());
            }
        }
        register_once();
        CURRENT.with(|c| *c.borrow_mut() = Some(self.clone()));
        let _reset = Reset;
        work()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why an exchange failed, if it was not libgit2's own doing.
    pub(super) fn take_failure(&self) -> Option<FetchError> {
        self.state().failure.take()
    }

    /// Where the repository turned out to be.
    pub(super) fn url(&self) -> Url {
        self.state().url.clone()
    }

    fn too_large(&self) -> FetchError {
        FetchError::TooLarge {
            what: format!("the repository `{}`", self.url()),
            limit: self.limits.max_download_bytes,
            setting: "HUB_FETCH_MAX_DOWNLOAD_BYTES",
        }
    }

    /// What is wrong with a pack, for its user.
    fn refuse(&self, fault: &Fault) -> FetchError {
        let url = self.url();
        let too_large = |what: &str, limit, setting| FetchError::TooLarge {
            what: format!("{what} `{url}`, unpacked,"),
            limit,
            setting,
        };
        match fault {
            Fault::ObjectTooLarge => too_large("an object of", self.limits.max_git_object_bytes, "HUB_FETCH_MAX_GIT_OBJECT_BYTES"),
            Fault::TotalTooLarge => too_large(
                "the repository",
                self.limits.max_git_unpacked_bytes,
                "HUB_FETCH_MAX_GIT_UNPACKED_BYTES",
            ),
            Fault::TooManyObjects => FetchError::TooManyObjects {
                url: shown(url.as_str()),
                limit: self.limits.max_git_objects,
            },
            Fault::Malformed => FetchError::Git {
                url: shown(url.as_str()),
                why: "its pack is malformed".to_owned(),
            },
        }
    }

    fn net(&self, error: NetError) -> FetchError {
        match error {
            NetError::TooLarge { .. } => self.too_large(),
            other => other.into(),
        }
    }

    async fn send(&self, mut request: Request, max_bytes: u64) -> Result<Response, FetchError> {
        self.clock.check()?;
        if let Some(value) = &self.authorization {
            request = request.secret_header(header::AUTHORIZATION, value.clone());
        }
        let options = FetchOptions {
            max_bytes: Some(max_bytes),
            total_timeout: Some(self.clock.left()),
            ..FetchOptions::default()
        };
        self.http.send(request, options).await.map_err(|e| self.net(e))
    }

    /// GET `/info/refs`: the list of references, and where the repository really is.
    ///
    /// # Errors
    /// [`FetchError::NoSuchRepository`], [`FetchError::TokenRefused`], [`FetchError::Moved`], [`FetchError::NotGit`],
    /// [`FetchError::Net`].
    pub(super) async fn list(&self, max_bytes: u64) -> Result<Bytes, FetchError> {
        let asked = self.url();
        let ask = |url: &Url| self.send(Request::get(endpoint(url, "info/refs", Some("service=git-upload-pack"))), max_bytes);
        let mut response = ask(&asked).await?;
        if response.status() == StatusCode::NOT_FOUND && !asked.path().ends_with(".git") {
            let mut with_suffix = asked.clone();
            with_suffix.set_path(&format!("{}.git", asked.path()));
            response = ask(&with_suffix).await?;
        }
        let text = || shown(asked.as_str());
        match response.status().as_u16() {
            // A host that hides private repositories asks for a password where there is nothing at all.
            401 | 403 if self.authorization.is_some() => {
                return Err(FetchError::TokenRefused {
                    host: shown(asked.host_str().unwrap_or("")),
                });
            }
            401 | 403 | 404 | 410 => return Err(FetchError::NoSuchRepository { url: text() }),
            _ => {}
        }
        let response = response.success()?;
        if response.url().host_str() != asked.host_str() {
            return Err(FetchError::Moved {
                from: text(),
                to: shown(response.url().as_str()),
            });
        }
        let is_git = response.media_type() == "application/x-git-upload-pack-advertisement";
        let Some(path) = response.url().path().strip_suffix("/info/refs").filter(|_| is_git) else {
            return Err(FetchError::NotGit { url: text() });
        };
        let mut url = response.url().clone();
        url.set_path(path);
        url.set_query(None);
        let list = response.bytes().await.map_err(|e| self.net(e))?;
        let mut state = self.state();
        state.url = url;
        state.advertisement = list.clone();
        Ok(list)
    }

    /// POST `/git-upload-pack`: the negotiation, and the pack.
    fn upload_pack(&self, body: Vec<u8>) -> Result<Response, FetchError> {
        let url = self.url();
        let request = Request::post(endpoint(&url, "git-upload-pack", None), body)
            .header(header::CONTENT_TYPE, "application/x-git-upload-pack-request")
            .header(header::ACCEPT, "application/x-git-upload-pack-result");
        // One byte more than is left, so that the stream sees the bound passed and says so in its own words.
        let left = self
            .limits
            .max_download_bytes
            .saturating_sub(self.state().received)
            .saturating_add(1);
        let response = self.runtime.block_on(self.send(request, left))?.success()?;
        if response.media_type() != "application/x-git-upload-pack-result" {
            return Err(FetchError::NotGit { url: shown(url.as_str()) });
        }
        Ok(response)
    }
}

fn endpoint(url: &Url, below: &str, query: Option<&str>) -> Url {
    let mut url = url.clone();
    let path = format!("{}/{below}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.set_query(query);
    url
}

struct GuardedTransport(Arc<Session>);

impl SmartSubtransport for GuardedTransport {
    fn action(&self, _url: &str, service: Service) -> Result<Box<dyn SmartSubtransportStream>, git2::Error> {
        let (exchange, chunk) = match service {
            Service::UploadPackLs => (Exchange::Done, self.0.state().advertisement.clone()),
            Service::UploadPack => (Exchange::UploadPack(Vec::new()), Bytes::new()),
            Service::ReceivePackLs | Service::ReceivePack => return Err(error("pushing is not possible here")),
        };
        let limits = &self.0.limits;
        let watch = PackWatch::new(PackLimits {
            max_object_bytes: limits.max_git_object_bytes,
            max_total_bytes: limits.max_git_unpacked_bytes,
            max_objects: limits.max_git_objects,
        });
        Ok(Box::new(Stream {
            session: self.0.clone(),
            exchange,
            chunk,
            watch,
        }))
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

fn error(why: &str) -> git2::Error {
    git2::Error::new(ErrorCode::GenericError, ErrorClass::Http, why)
}

/// One exchange: what is written is the request, sent when the answer is first asked for.
struct Stream {
    session: Arc<Session>,
    exchange: Exchange,
    chunk: Bytes,
    watch: PackWatch,
}

enum Exchange {
    /// Nothing more to send or to receive.
    Done,
    UploadPack(Vec<u8>),
    Answer(Box<Response>),
}

impl Stream {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        self.session.clock.check()?;
        if let Exchange::UploadPack(request) = &mut self.exchange {
            let request = std::mem::take(request);
            self.exchange = Exchange::Answer(Box::new(self.session.upload_pack(request)?));
        }
        let Exchange::Answer(response) = &mut self.exchange else {
            return Ok(None);
        };
        let Some(chunk) = self.session.runtime.block_on(response.chunk()).map_err(|e| self.session.net(e))? else {
            return Ok(None);
        };
        let mut state = self.session.state();
        state.received = state.received.saturating_add(chunk.len() as u64);
        let passed = state.received > self.session.limits.max_download_bytes;
        drop(state);
        if passed {
            return Err(self.session.too_large());
        }
        self.watch.feed(&chunk).map_err(|fault| self.session.refuse(&fault))?;
        Ok(Some(chunk))
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.next_chunk() {
                Ok(Some(chunk)) => self.chunk = chunk,
                Ok(None) => return Ok(0),
                Err(e) => {
                    // The words may hold anything; libgit2 takes them as a C string.
                    let words = e.to_string().replace('\0', "");
                    self.session.state().failure = Some(e);
                    return Err(io::Error::other(words));
                }
            }
        }
        let n = buf.len().min(self.chunk.len());
        buf[..n].copy_from_slice(&self.chunk.split_to(n));
        Ok(n)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Exchange::UploadPack(request) = &mut self.exchange else {
            return Err(io::Error::other("nothing can be written now"));
        };
        if request.len() + bytes.len() > MAX_REQUEST_BYTES {
            return Err(io::Error::other("the negotiation is too long"));
        }
        request.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Registers the transport, and keeps the machine's own git configuration out (`url.insteadOf` would send a fetch elsewhere).
#[allow(unsafe_code)] // libgit2 asks that both happen before anything else uses it; `Once` and this module being its only door see to that
fn register_once() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for level in [ConfigLevel::ProgramData, ConfigLevel::System, ConfigLevel::XDG, ConfigLevel::Global] {
            // Fails only where there is no such level on this system.
            let _ = unsafe { git2::opts::set_search_path(level, "") };
        }
        for scheme in ["http", "https"] {
            let registered = unsafe {
                git2::transport::register(scheme, |remote| {
                    let session = CURRENT
                        .with(|c| c.borrow().clone())
                        .ok_or_else(|| error("no fetch is under way on this thread"))?;
                    Transport::smart(remote, true, GuardedTransport(session))
                })
            };
            if let Err(e) = registered {
                // Without it every fetch fails with "unsupported URL protocol", which says as much.
                tracing::error!(error = %e, scheme, "the git transport could not be registered");
            }
        }
    });
}
