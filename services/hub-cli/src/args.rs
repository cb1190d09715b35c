//! What may be written on the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use hub_model::Severity;
use std::path::PathBuf;

/// Finds poisoned tools and vulnerable code in MCP servers.
#[derive(Debug, Parser)]
#[command(name = "mcp-hub", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan a server: source, package, folder, archive or live endpoint.
    Scan(ScanArgs),
    /// What changed between two reports, or two targets, of one server.
    Diff(DiffArgs),
    /// List what a server offers, without judging it.
    Discover(DiscoverArgs),
    /// Print the rule book.
    Rules(RulesArgs),
    /// The analysing child process; started by the program itself.
    #[command(hide = true, name = hub_pipeline::CHILD_COMMAND)]
    AnalyzeChild,
}

/// What to look at: exactly one of a target, `--stdio`, `--tools`, `--mcp-config`.
#[derive(Clone, Debug, Args)]
// The derived group would hold every option below, and so refuse each beside a target.
#[group(skip)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(false).args(["target", "stdio", "tools", "mcp_config"]))]
pub(crate) struct TargetArgs {
    /// Repository URL, npm package (`pkg`, `@scope/pkg@1.2`), `pypi:NAME`, folder, .tgz, .whl or .zip, or an endpoint URL.
    pub(crate) target: Option<String>,
    /// Start this local server and scan what it lists. It runs with your rights.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) stdio: Option<String>,
    /// A saved `tools/list` answer; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) tools: Option<PathBuf>,
    /// The configuration of an MCP client: every server that it names, and the configuration itself. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) mcp_config: Vec<PathBuf>,
    /// Treat the URL as a live endpoint even where it looks like a repository or page.
    #[arg(long)]
    pub(crate) hosted: bool,
    /// Branch, tag, commit, version, dist-tag or range.
    #[arg(long, value_name = "VERSION")]
    pub(crate) version_or_commit: Option<String>,
    /// Subdirectory to scan.
    #[arg(long, value_name = "DIR")]
    pub(crate) base_path: Option<String>,
    /// Header for the endpoint, `Name: value`; a word `$VAR` in the value is taken from the environment. May be repeated.
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// Environment variable that holds a bearer token for the endpoint.
    #[arg(long, value_name = "VAR")]
    pub(crate) bearer_token_env: Option<String>,
    /// Environment variable that holds an API key for the endpoint.
    #[arg(long, value_name = "VAR")]
    pub(crate) api_key_env: Option<String>,
    /// Header that carries the API key.
    #[arg(long, value_name = "NAME", default_value = "X-API-Key")]
    pub(crate) api_key_header: String,
    /// JSON file with the credentials for the endpoint, as `auth_config` of the API: any of its `auth_type`s.
    #[arg(long, value_name = "FILE")]
    pub(crate) auth_config: Option<PathBuf>,
    /// Environment variable that holds such JSON.
    #[arg(long, value_name = "VAR")]
    pub(crate) auth_config_env: Option<String>,
    /// PEM file of the authority that vouches for the endpoint's certificate; the public ones if absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Transport of the endpoint.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) transport: TransportArg,
    /// Environment for `--stdio`, `NAME=value` or `NAME` to pass it on. Nothing else is passed. May be repeated.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<String>,
    /// Comma-separated names: any other tool that a live server lists is a shadow tool.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) expected_tools: Option<Vec<String>>,
    /// The published source of a live server (any target of a source scan): a tool that it does not declare is a shadow tool. Without it and `--expected-tools`, the list is held against the package or repository that the server itself names, if it names one (`HUB_CHECK_PUBLISHED_SOURCE`).
    #[arg(long, value_name = "TARGET", conflicts_with = "mcp_config")]
    pub(crate) published: Option<String>,
    /// The repository of a package, a URL or a folder: what is in the package and not in the repository is a finding. A repository is read at the commit of the release, a folder as it is.
    #[arg(long, value_name = "URL|DIR", conflicts_with_all = ["stdio", "tools", "mcp_config", "hosted"])]
    pub(crate) repository: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TransportArg {
    Auto,
    Http,
    Sse,
}

#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Default: table on a terminal, json otherwise.
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Write there instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// No progress on standard error.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Sarif,
    Html,
    Markdown,
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) what: TargetArgs,
    #[command(flatten)]
    pub(crate) out: OutputArgs,
    /// Exit with 1 when a finding is at least this severe.
    #[arg(long, value_enum, default_value = "high")]
    pub(crate) fail_on: FailOn,
    #[command(flatten)]
    pub(crate) decisions: DecisionArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DecisionArgs {
    /// Suppressions and rule settings (TOML): see docs/suppressions.md.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// An earlier JSON report: only what is new or worse counts, and what was redefined since is told.
    #[arg(long, value_name = "REPORT")]
    pub(crate) baseline: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// JSON report of the earlier scan, or a target to scan.
    pub(crate) old: String,
    /// JSON report of the later scan, or a target to scan.
    pub(crate) new: String,
    /// `table` or `json`; default: table on a terminal, json otherwise.
    #[arg(long, value_enum)]
    pub(crate) format: Option<DiffFormat>,
    /// Write there instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// No progress on standard error.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Exit with 1 when a new finding is at least this severe, or a definition was changed.
    #[arg(long, value_enum, default_value = "high")]
    pub(crate) fail_on: FailOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Table,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct DiscoverArgs {
    #[command(flatten)]
    pub(crate) what: TargetArgs,
    #[command(flatten)]
    pub(crate) out: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// `table` lists the rules; `json` and `markdown` print all of the book.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: BookFormat,
    /// A file, or for markdown a folder that gets one page per rule.
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BookFormat {
    Table,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FailOn {
    Critical,
    High,
    Medium,
    Low,
}

impl From<FailOn> for Severity {
    fn from(f: FailOn) -> Self {
        match f {
            FailOn::Critical => Self::Critical,
            FailOn::High => Self::High,
            FailOn::Medium => Self::Medium,
            FailOn::Low => Self::Low,
        }
    }
}
