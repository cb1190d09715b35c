//! git repositories: one commit's tree, fetched shallow into a bare temporary repository.

mod advertisement;
mod pack;
mod refs;
mod transport;
mod tree;

use crate::FetchContext;
use crate::clock::{Clock, blocking};
use crate::collect::Collector;
use crate::error::{FetchError, shown};
use advertisement::Advertisement;
use base64::Engine as _;
use git2::{AutotagOption, Commit, ObjectType, Oid, RemoteCallbacks, Repository, RepositoryInitOptions};
use hub_model::{GitTarget, Origin, OriginKind, Snapshot};
use hub_net::HeaderValue;
use refs::{Resolved, Want};
use std::sync::Arc;
use tempfile::TempDir;
use transport::Session;

/// Where what was asked for ends up in the temporary repository.
const WANTED: &str = "refs/hub/wanted";

/// Obtains a repository's tree.
pub(crate) async fn acquire(target: &GitTarget, cx: &FetchContext, clock: &Clock) -> Result<Snapshot, FetchError> {
    let host = target.clone_url.host_str().unwrap_or("");
    let host_and_port = target.clone_url.port().map_or_else(|| host.to_owned(), |p| format!("{host}:{p}"));
    let token = cx.git_token(&host_and_port).map(|token| {
        // Hosts take a token as the password of any user.
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"));
        HeaderValue::from_str(&format!("Basic {pair}"))
    });
    let authorization = token.transpose().map_err(|_| FetchError::TokenRefused { host: shown(host) })?;
    let session = Session::new(
        cx.public().clone(),
        target.clone_url.clone(),
        authorization,
        cx.limits().clone(),
        clock.clone(),
    );
    let list = session.list(cx.limits().max_metadata_bytes).await?;
    let advertised = advertisement::parse(&list).map_err(|why| FetchError::Git {
        url: shown(target.clone_url.as_str()),
        why: shown(&why),
    })?;
    let fetch = Fetch {
        target: target.clone(),
        session,
        advertised,
        limits: cx.limits().clone(),
        clock: clock.clone(),
    };
    blocking(clock, "the git fetch", move || {
        let session = fetch.session.clone();
        session.run(|| fetch.snapshot())
    })
    .await
}

/// One acquisition, on its blocking thread.
struct Fetch {
    target: GitTarget,
    session: Arc<Session>,
    advertised: Advertisement,
    limits: crate::FetchLimits,
    clock: Clock,
}

impl Fetch {
    fn snapshot(&self) -> Result<Snapshot, FetchError> {
        let Resolved { want, base_path, warning } = self.advertised.resolve(&self.target)?;
        let (store, id) = self.fetch(&want)?;
        let commit = store.repo.find_commit(id).map_err(|e| self.explain(&e))?;
        let root = commit.tree().map_err(|e| self.explain(&e))?;

        let what = format!("the repository `{}` at {}", self.target.repo_name, &id.to_string()[..12]);
        let mut collector = Collector::new(&self.limits, what, base_path.clone());
        warning.into_iter().for_each(|w| collector.warn(w));
        tree::read(&store.repo, &root, &mut collector, &self.clock, self.target.clone_url.as_str())?;
        collector.finish(Origin {
            kind: OriginKind::Git,
            name: self.target.repo_name.clone(),
            source_url: self.target.clone_url.as_str().trim_end_matches(".git").to_owned(),
            resolved_version: id.to_string(),
            base_path,
        })
    }

    /// Fetches the want; the commit is then in the store that is returned.
    fn fetch(&self, want: &Want) -> Result<(Store, Oid), FetchError> {
        let gone = |wanted: &str| self.advertised.no_such_ref(&self.target, wanted);
        match want {
            Want::Reference(name) => {
                let store = Store::new(self)?;
                self.get(&store, &[format!("+{name}:{WANTED}")], Some(1))?;
                let found = store.wanted().ok_or_else(|| gone(name))?;
                let commit = found.map_err(|_| FetchError::NotACommit {
                    repository: self.target.repo_name.clone(),
                    wanted: shown(name),
                })?;
                Ok((store, commit))
            }
            Want::Commit(id) => {
                let store = Store::new(self)?;
                match self.get(&store, &[format!("+{id}:{WANTED}")], Some(1)) {
                    Ok(()) => {
                        if let Some(Ok(commit)) = store.wanted() {
                            return Ok((store, commit));
                        }
                    }
                    // The server's own word that it will not give this object. Anything else is a failure of its own.
                    Err(FetchError::Git { .. }) => {}
                    Err(other) => return Err(other),
                }
                if self.advertised.serves_any_commit {
                    return Err(gone(id));
                }
                drop(store);
                self.search(id)
            }
            Want::Prefix(digits) => self.search(digits),
        }
    }

    /// Fetches all branches and tags with their history and looks for a commit that begins with `digits`.
    fn search(&self, digits: &str) -> Result<(Store, Oid), FetchError> {
        let store = Store::new(self)?;
        self.get(
            &store,
            &[
                "+refs/heads/*:refs/hub/heads/*".to_owned(),
                "+refs/tags/*:refs/hub/tags/*".to_owned(),
            ],
            None,
        )?;
        let mut found = Vec::new();
        let odb = store.repo.odb().map_err(|e| self.explain(&e))?;
        odb.foreach(|id| {
            let is_it = id.to_string().starts_with(digits) && matches!(odb.read_header(*id), Ok((_, ObjectType::Commit)));
            if is_it && !found.contains(id) {
                found.push(*id);
            }
            found.len() < 2
        })
        .or_else(|e| if found.len() > 1 { Ok(()) } else { Err(self.explain(&e)) })?;
        drop(odb);
        match found.as_slice() {
            [] => Err(self.advertised.no_such_ref(&self.target, digits)),
            [one] => Ok((store, *one)),
            _ => Err(FetchError::AmbiguousCommit {
                repository: self.target.repo_name.clone(),
                wanted: shown(digits),
            }),
        }
    }

    fn get(&self, store: &Store, refspecs: &[String], depth: Option<i32>) -> Result<(), FetchError> {
        let mut callbacks = RemoteCallbacks::new();
        callbacks.transfer_progress(|_| self.clock.check().is_ok());
        let mut options = git2::FetchOptions::new();
        options
            .remote_callbacks(callbacks)
            .download_tags(AutotagOption::None)
            .update_fetchhead(false);
        if let Some(depth) = depth {
            options.depth(depth);
        }
        let mut remote = store
            .repo
            .remote_anonymous(self.session.url().as_str())
            .map_err(|e| self.explain(&e))?;
        remote.fetch(refspecs, Some(&mut options), None).map_err(|e| self.explain(&e))
    }

    /// What an error of libgit2 means: our own transport's, the time, or git's.
    fn explain(&self, error: &git2::Error) -> FetchError {
        if let Some(failure) = self.session.take_failure() {
            return failure;
        }
        if let Err(timeout) = self.clock.check() {
            return timeout;
        }
        FetchError::Git {
            url: shown(self.target.clone_url.as_str()),
            why: shown(error.message()),
        }
    }
}

/// A bare repository in a temporary folder, gone when it is dropped.
struct Store {
    repo: Repository,
    _folder: TempDir,
}

impl Store {
    fn new(fetch: &Fetch) -> Result<Self, FetchError> {
        let folder = tempfile::Builder::new()
            .prefix("hub-git-")
            .tempdir()
            .map_err(|source| FetchError::Io {
                what: "making a temporary folder",
                source,
            })?;
        let mut options = RepositoryInitOptions::new();
        options.bare(true).external_template(false).no_reinit(true);
        let repo = Repository::init_opts(folder.path(), &options).map_err(|e| fetch.explain(&e))?;
        Ok(Self { repo, _folder: folder })
    }

    /// The commit that [`WANTED`] leads to; `None` if nothing was fetched.
    fn wanted(&self) -> Option<Result<Oid, git2::Error>> {
        let reference = self.repo.find_reference(WANTED).ok()?;
        Some(reference.peel_to_commit().map(|c: Commit<'_>| c.id()))
    }
}
