//! Request bodies. Fields a request does not know are ignored, as clients of the existing product may send more; identity is
//! never among what is read.

use super::AuthConfig;
use hub_model::TransportChoice;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// `POST /scan`: scan the source of a repository or package.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct SourceScanRequest {
    /// `https://github.com/owner/repo` (also `.git`, `/tree/REF/SUB/DIR`, `/blob/…`, `git@github.com:owner/repo.git`), an npm
    /// name (`pkg`, `@scope/pkg`, `pkg@1.2.3`, `npm:pkg`) or npm page URL, `pypi:name` or a PyPI page URL.
    #[schema(example = "@modelcontextprotocol/server-filesystem")]
    pub source_url: String,
    /// Branch, tag or commit SHA (full or at least 7 hex digits), or npm version, dist-tag or range. The default branch or
    /// `latest` if absent.
    #[serde(default)]
    #[schema(example = "2026.1.14")]
    pub version_or_commit: Option<String>,
    /// Subdirectory to scan; must stay inside the tree.
    #[serde(default)]
    pub base_path: Option<String>,
    /// Private scans are seen by keys of the own org only.
    #[serde(default, deserialize_with = "null_is_false")]
    #[schema(default = false)]
    pub is_private: bool,
}

/// `POST /scan/hosted`: scan a live MCP endpoint.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct HostedScanRequest {
    /// The endpoint, http or https.
    #[schema(example = "https://mcp.example.com/mcp")]
    pub endpoint_url: String,
    /// What the endpoint wants to see; nothing if absent.
    #[serde(default)]
    pub auth_config: Option<AuthConfig>,
    /// A name for lists.
    #[serde(default)]
    pub server_name: Option<String>,
    /// Tools the server should list; any other is reported as a shadow tool.
    #[serde(default)]
    pub expected_tools: Option<Vec<String>>,
    /// The `job_id` of a completed scan of the server's published source, that this key may read: the tools it declares are
    /// expected, and any other is reported as a shadow tool. Without it and `expected_tools`, the list is held against the package or
    /// repository that the server itself names, if it names one.
    #[serde(default)]
    #[schema(format = Uuid)]
    pub published_scan: Option<String>,
    /// Private scans are seen by keys of the own org only.
    #[serde(default, deserialize_with = "null_is_false")]
    #[schema(default = false)]
    pub is_private: bool,
    /// `auto` (default: streamable HTTP, then the 2024-11-05 HTTP+SSE), `http` or `sse`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "auto")]
    pub transport: Option<TransportChoice>,
}

/// `POST /scan/hosted/config`: one scan per entry of a client configuration.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct ConfigScanRequest {
    /// The configuration as Claude Desktop, Claude Code, Cursor, VS Code, Windsurf or Gemini write it.
    #[schema(value_type = Object, example = json!({"mcpServers": {"demo": {"url": "https://mcp.example.com/mcp"}}}))]
    pub mcp_config: Value,
    /// Marks all scans.
    #[serde(default, deserialize_with = "null_is_false")]
    #[schema(default = false)]
    pub is_private: bool,
}

/// Clients that send every optional field send `null` for "not set".
fn null_is_false<'de, D: serde::Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
    Ok(Option::<bool>::deserialize(d)?.unwrap_or(false))
}
