//! What was obtained: a tree of source files, or a live server's listing.

use crate::{Advisories, PackageFacts, PublishedSource, RelPath};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A source target, obtained and pinned: the text files worth reading, in path order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// Where it came from, at exactly which version.
    pub origin: Origin,
    /// Files, sorted by path, each path once. With a base path, paths are still those inside the whole tree.
    pub files: Vec<SourceFile>,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
    /// What went less than well, in plain words.
    pub warnings: Vec<String>,
    /// What is known against the packages it depends on; `None`: not looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advisories: Option<Advisories>,
    /// What the registry says of the package, and how it stands to its repository; `None`: no published package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageFacts>,
}

/// One text file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Path inside the tree.
    pub path: RelPath,
    /// Contents, decoded (UTF-8, or UTF-16 by its byte order mark; invalid sequences replaced). Shared with what is made
    /// of it: a tree keeps the text that its places point into.
    pub text: Arc<str>,
}

/// Which kind of place source came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    Git,
    Npm,
    Pypi,
    /// A folder or archive on the machine of the command line's user.
    Local,
}

/// Where a snapshot came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Origin {
    /// Kind of place.
    pub kind: OriginKind,
    /// `owner/repo`, package name, or the last part of a local path.
    pub name: String,
    /// As the user would write it; never holds credentials.
    pub source_url: String,
    /// Commit SHA (40 hex digits), exact package version, or "" for a local tree.
    pub resolved_version: String,
    /// The subdirectory asked for: only files below it (and manifests above it) are in the snapshot.
    pub base_path: Option<RelPath>,
}

/// Why a file was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Larger than the bound for one file.
    TooLarge,
    /// Not text.
    Binary,
    /// A symbolic or hard link; never followed.
    Link,
    /// A git submodule; never fetched.
    Submodule,
    /// A git LFS pointer; never resolved.
    LfsPointer,
    /// Its path would leave the tree, or is too long or deep.
    UnsafePath,
    /// A bound on files or bytes was reached before it.
    LimitReached,
    /// Media, fonts and other kinds nobody analyses.
    NotSource,
    /// Nested deeper than the parser's bound.
    TooDeep,
    /// The parser gave up or crashed on it.
    ParserFailed,
    /// The language has no parser here.
    UnknownLanguage,
    /// Vendored, generated, test or example code, set apart.
    SetApart,
}

/// One thing left out. `path` is as found (possibly unsafe: escape it before showing).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Path as found, cut to 300 characters, control characters replaced.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
    /// Size in bytes, when known.
    pub bytes: Option<u64>,
}

/// Which transport answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// MCP streamable HTTP.
    StreamableHttp,
    /// HTTP+SSE of protocol revision 2024-11-05.
    Sse,
    /// Standard input and output of a local process (command line only).
    Stdio,
    /// Read from a saved listing.
    File,
}

/// What a live server lists, exactly as received (raw JSON objects, so that no field is lost).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Surface {
    /// The endpoint, without credentials; the command for stdio; the file for a saved listing.
    pub endpoint: String,
    /// Which transport was negotiated.
    pub transport: Transport,
    /// MCP protocol revision, for example `2025-06-18`.
    pub protocol_version: Option<String>,
    /// The server's `serverInfo` object.
    pub server_info: Option<Value>,
    /// The server's `instructions`.
    pub instructions: Option<String>,
    /// The server's `capabilities` object.
    pub capabilities: Option<Value>,
    /// Elements of `tools/list`, all pages.
    pub tools: Vec<Value>,
    /// Elements of `prompts/list`, all pages.
    pub prompts: Vec<Value>,
    /// Elements of `resources/list`, all pages.
    pub resources: Vec<Value>,
    /// Elements of `resources/templates/list`, all pages.
    pub resource_templates: Vec<Value>,
    /// Tool names the user expects; any other is a shadow tool. `None`: not asked.
    pub expected_tools: Option<Vec<String>>,
    /// The published source that the server names as its own, where the list is held against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<PublishedSource>,
    /// What was noticed about the endpoint itself.
    pub facts: Vec<EndpointFact>,
    /// What went less than well, in plain words.
    pub warnings: Vec<String>,
}

/// Something observed at the endpoint, for rules over live behaviour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointFact {
    /// Stable name of the observation: `no_credentials_needed`, `plain_http`, `foreign_origin_accepted`.
    pub name: String,
    /// Details, redacted.
    pub details: BTreeMap<String, Value>,
}
