//! Why a target could not be obtained: one variant for each thing that somebody can act on.

use hub_model::{Blame, ErrorCode, RelPath, Retry};
use hub_net::NetError;
use std::time::Duration;

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    // Packages
    #[error("the registry has no package `{package}`; check the spelling, or whether it is private or was removed")]
    NoSuchPackage { package: String },
    #[error("every version of `{package}` was withdrawn from the registry; nothing is left to scan")]
    NoVersions { package: String },
    #[error("no version of `{package}` matches `{wanted}`; newest is `{newest}`")]
    NoSuchVersion { package: String, wanted: String, newest: String },
    #[error("`{wanted}` is neither a version nor a range of versions; write for example `{example}`")]
    BadVersion { wanted: String, example: &'static str },
    #[error("every version of `{package}` was yanked by its publisher; name one to scan it all the same, for example `{newest}`")]
    AllYanked { package: String, newest: String },
    #[error("`{package}` has no file that can be scanned, neither wheel nor sdist; only {found} files are offered")]
    NoUsableFile { package: String, found: String },
    #[error("no {kind} registry is configured; an operator must set {variable}")]
    NoRegistry { kind: &'static str, variable: &'static str },
    #[error("the registry `{host}` refused access ({status}); an operator must give it a token ({how})")]
    RegistryRefused { host: String, status: u16, how: &'static str },
    #[error("the registry `{host}` gave an answer that cannot be used: {why}")]
    RegistryAnswer { host: String, why: String },
    #[error(
        "the download of `{package}` {version} does not match the {algorithm} digest that the registry names; it is damaged or was tampered with"
    )]
    Integrity {
        package: String,
        version: String,
        algorithm: &'static str,
    },

    // Repositories
    #[error("there is no repository `{url}`, or it is private; check the spelling, or let an operator give access with HUB_GIT_TOKENS")]
    NoSuchRepository { url: String },
    #[error("`{host}` refused the access token that an operator set in HUB_GIT_TOKENS for it")]
    TokenRefused { host: String },
    #[error("`{url}` does not answer like a git server; give the address of a repository")]
    NotGit { url: String },
    #[error("`{from}` has moved to `{to}`; give that address")]
    Moved { from: String, to: String },
    #[error("the repository `{url}` is empty; push a commit first")]
    EmptyRepository { url: String },
    #[error("`{repository}` has no branch, tag or commit `{wanted}`{hint}")]
    NoSuchRef { repository: String, wanted: String, hint: String },
    #[error("several commits of `{repository}` begin with `{wanted}`; give more digits")]
    AmbiguousCommit { repository: String, wanted: String },
    #[error("`{wanted}` of `{repository}` is not a commit; give a branch, a tag of a commit, or a commit")]
    NotACommit { repository: String, wanted: String },
    #[error(
        "`{url}` sends more than {limit} git objects; scan a branch or tag instead of a commit, or let an operator raise HUB_FETCH_MAX_GIT_OBJECTS"
    )]
    TooManyObjects { url: String, limit: u32 },
    #[error("the git exchange with `{url}` failed: {why}")]
    Git { url: String, why: String },

    // Trees and archives
    #[error("there is no `{base_path}` in {place}; give a folder that exists{hint}")]
    NoSuchBasePath { base_path: RelPath, place: String, hint: String },
    #[error("{what} is larger than the bound of {limit} bytes; scan a part of it, or let an operator raise {setting}")]
    TooLarge { what: String, limit: u64, setting: &'static str },
    #[error("{what} holds more than {limit} entries; scan a part of it, or let an operator raise HUB_FETCH_MAX_ENTRIES")]
    TooManyEntries { what: String, limit: u64 },
    #[error("{what} unpacks to more than {ratio} times its size; that is an archive bomb")]
    ArchiveBomb { what: String, ratio: u64 },
    #[error("{what} cannot be unpacked: {why}")]
    NotAnArchive { what: String, why: String },
    #[error("there is no file or folder `{path}`")]
    NoSuchFile { path: String },

    // The rest
    #[error("obtaining the target took longer than {} s", .limit.as_secs_f64())]
    Timeout { limit: Duration },
    #[error(transparent)]
    Net(#[from] NetError),
    #[error("{what} failed on this machine: {source}")]
    Io {
        what: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("{what} ended unexpectedly")]
    Crashed { what: &'static str },
}

impl ErrorCode for FetchError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchPackage { .. } => "no_such_package",
            Self::NoVersions { .. } => "no_versions",
            Self::NoSuchVersion { .. } => "no_such_version",
            Self::BadVersion { .. } => "bad_version",
            Self::AllYanked { .. } => "all_yanked",
            Self::NoUsableFile { .. } => "no_usable_file",
            Self::NoRegistry { .. } => "no_registry",
            Self::RegistryRefused { .. } => "registry_refused",
            Self::RegistryAnswer { .. } => "registry_answer",
            Self::Integrity { .. } => "integrity_mismatch",
            Self::NoSuchRepository { .. } => "no_such_repository",
            Self::TokenRefused { .. } => "token_refused",
            Self::NotGit { .. } => "not_git",
            Self::Moved { .. } => "repository_moved",
            Self::EmptyRepository { .. } => "empty_repository",
            Self::NoSuchRef { .. } => "no_such_ref",
            Self::AmbiguousCommit { .. } => "ambiguous_commit",
            Self::NotACommit { .. } => "not_a_commit",
            Self::TooManyObjects { .. } => "too_many_objects",
            Self::Git { .. } => "git_failed",
            Self::NoSuchBasePath { .. } => "no_such_base_path",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyEntries { .. } => "too_many_entries",
            Self::ArchiveBomb { .. } => "archive_bomb",
            Self::NotAnArchive { .. } => "not_an_archive",
            Self::NoSuchFile { .. } => "no_such_file",
            Self::Timeout { .. } => "timeout",
            Self::Net(e) => e.code(),
            Self::Io { .. } => "io",
            Self::Crashed { .. } => "crashed",
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Net(e) => e.retry(),
            Self::Timeout { .. } | Self::Io { .. } | Self::Crashed { .. } | Self::Git { .. } => Retry::Later,
            _ => Retry::Never,
        }
    }

    fn blame(&self) -> Blame {
        match self {
            Self::Net(e) => e.blame(),
            Self::Io { .. } | Self::Crashed { .. } => Blame::Hub,
            // An operator's to mend, but the user is told so: nothing is hidden and nothing of ours broke.
            Self::NoRegistry { .. } | Self::RegistryRefused { .. } | Self::TokenRefused { .. } => Blame::World,
            Self::Git { .. } | Self::Timeout { .. } | Self::RegistryAnswer { .. } => Blame::World,
            _ => Blame::User,
        }
    }
}

/// Text of hostile origin for a message: bounded, without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(300)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(300).is_some() {
        out.push('…');
    }
    out
}
