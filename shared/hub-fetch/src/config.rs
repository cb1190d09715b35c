//! What one acquisition may take.

use hub_model::{FromSetting, OrgId};
use std::time::Duration;

hub_model::settings! {
    /// Bounds on what is fetched and kept.
    pub struct FetchLimits {
        /// Longest time to obtain one target, in seconds.
        pub total_timeout: Duration = "HUB_FETCH_SECS", Duration::from_secs(300);
        /// Longest time to obtain the source that a live server names as its own, in seconds.
        pub published_timeout: Duration = "HUB_FETCH_PUBLISHED_SECS", Duration::from_secs(60);
        /// Largest download of one target: the tarball, the wheel or the git pack, in bytes.
        pub max_download_bytes: u64 = "HUB_FETCH_MAX_DOWNLOAD_BYTES", 256 << 20;
        /// Largest description of a package by its registry, in bytes.
        pub max_metadata_bytes: u64 = "HUB_FETCH_MAX_METADATA_BYTES", 96 << 20;
        /// Most bytes unpacked from one archive, in bytes.
        pub max_unpacked_bytes: u64 = "HUB_FETCH_MAX_UNPACKED_BYTES", 512 << 20;
        /// Largest single object of a git pack, unpacked, in bytes. It is held in memory while a pack is indexed.
        pub max_git_object_bytes: u64 = "HUB_FETCH_MAX_GIT_OBJECT_BYTES", 256 << 20;
        /// Most bytes that all objects of a git pack unpack to.
        pub max_git_unpacked_bytes: u64 = "HUB_FETCH_MAX_GIT_UNPACKED_BYTES", 4 << 30;
        /// Most objects of a git pack.
        pub max_git_objects: u32 = "HUB_FETCH_MAX_GIT_OBJECTS", 2_000_000;
        /// Highest compression ratio of an archive, once 16 MiB are unpacked. Above it, it is taken for an archive bomb.
        pub max_compression_ratio: u64 = "HUB_FETCH_MAX_COMPRESSION_RATIO", 100;
        /// Most bytes of source kept for analysis, over all files of a target.
        pub max_source_bytes: u64 = "HUB_FETCH_MAX_SOURCE_BYTES", 128 << 20;
        /// Most bytes of source beside a base path that are looked through for what the part below it is built from.
        pub max_beside_bytes: u64 = "HUB_FETCH_MAX_BESIDE_BYTES", 32 << 20;
        /// Largest single source file, in bytes.
        pub max_file_bytes: u64 = "HUB_FETCH_MAX_FILE_BYTES", 16 << 20;
        /// Most entries (files, folders, links) of a tree or archive.
        pub max_entries: u64 = "HUB_FETCH_MAX_ENTRIES", 200_000;
        /// Most source files kept for analysis.
        pub max_files: u64 = "HUB_FETCH_MAX_FILES", 50_000;
        /// Most left-out files that are named one by one; further ones are counted.
        pub max_skipped_named: usize = "HUB_FETCH_MAX_SKIPPED_NAMED", 5_000;
        /// Most declared dependencies whose source is added where a target's tools may live in them; 0 for none.
        pub max_dependencies: usize = "HUB_FETCH_MAX_DEPENDENCIES", 24;
        /// Most bytes of source kept of all dependencies of a target together. One that does not fit is left out as a whole.
        pub max_dependency_bytes: u64 = "HUB_FETCH_MAX_DEPENDENCY_BYTES", 48 << 20;
        /// Longest time to obtain all dependencies of a target, in seconds; what is not there by then is left out.
        pub dependency_timeout: Duration = "HUB_FETCH_DEPENDENCY_SECS", Duration::from_secs(120);
    }
}

hub_model::settings! {
    /// Holding published packages against their repositories.
    pub struct CompareSettings {
        /// Whether the repository that a package names is fetched too, at the commit of the release, and the package held against it. Costs a second fetch for each scan of a package; only hosts of HUB_CODE_HOSTS are asked.
        pub enabled: bool = "HUB_FETCH_COMPARE_REPOSITORY", false;
    }
}

hub_model::settings! {
    /// Access to private repositories.
    pub struct GitAccess {
        /// Access tokens for code hosts, comma-separated: `HOST=TOKEN` for scans of the command line, `ORG_ID@HOST=TOKEN` for the scans of one org, `*@HOST=TOKEN` for those of every org (each tenant then reads what the token reads). Sent to that host only.
        pub tokens: GitTokens = "HUB_GIT_TOKENS", GitTokens::default();
    }
}

/// Tokens and who may use them. Prints as `***`.
#[derive(Clone, Default)]
pub struct GitTokens(Vec<GitToken>);

#[derive(Clone)]
struct GitToken {
    of: TokenUser,
    /// `host` or `host:port`.
    host: String,
    token: String,
}

/// Whose scans a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenUser {
    /// Scans of the command line: whoever runs it is the operator.
    CommandLine,
    Org(OrgId),
    /// Whoever it may be: a job of the platform that names no org, and what several orgs may see the result of.
    Everyone,
}

impl std::fmt::Debug for GitTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl FromSetting for GitTokens {
    const SECRET: bool = true;
    fn from_setting(text: &str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(GitToken::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl GitToken {
    /// The message never holds the entry: it may be a token with a slip before it.
    fn parse(entry: &str) -> Result<Self, String> {
        let (place, token) = entry
            .split_once('=')
            .ok_or("expected HOST=TOKEN, ORG_ID@HOST=TOKEN or *@HOST=TOKEN in each entry")?;
        let (of, host) = match place.split_once('@') {
            None => (TokenUser::CommandLine, place),
            Some(("*", host)) => (TokenUser::Everyone, host),
            Some((org, host)) => {
                let org = org
                    .parse()
                    .map_err(|_| format!("before `@{host}` expected the id of an org, or `*`"))?;
                (TokenUser::Org(org), host)
            }
        };
        Ok(Self {
            of,
            host: host.to_owned(),
            token: token.to_owned(),
        })
    }
}

impl GitAccess {
    /// The token for `host` (`host` or `host:port`) that a scan of `own` may use, if there is one; its own goes before everyone's.
    pub(crate) fn token(&self, host: &str, own: TokenUser) -> Option<&str> {
        let of = |user| self.tokens.0.iter().find(|t| t.of == user && t.host.eq_ignore_ascii_case(host));
        of(own).or_else(|| of(TokenUser::Everyone)).map(|t| t.token.as_str())
    }
}
