//! What one acquisition may take.

use hub_model::Hidden;
use std::time::Duration;

hub_model::settings! {
    /// Bounds on what is fetched and kept.
    pub struct FetchLimits {
        /// Longest time to obtain one target, in seconds.
        pub total_timeout: Duration = "HUB_FETCH_SECS", Duration::from_secs(300);
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
    /// Access to private repositories.
    pub struct GitAccess {
        /// Access tokens for code hosts, comma-separated `HOST=TOKEN` pairs, for example `github.com=ghp_…`. Sent to that host only.
        pub tokens: Hidden = "HUB_GIT_TOKENS", Hidden::default();
    }
}

impl GitAccess {
    /// The token for `host` (`host` or `host:port`), if there is one.
    pub(crate) fn token(&self, host: &str) -> Option<&str> {
        self.tokens
            .0
            .split(',')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(h, _)| h.eq_ignore_ascii_case(host))
            .map(|(_, token)| token)
    }
}
