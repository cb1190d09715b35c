use super::{entries, place};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{Low, Medium};
use hub_model::{Confidence, EvidenceLevel, LaunchedFrom, Subject};

declare_rule! {
    /// ## What it finds
    /// A package whose name is a near spelling of a well-known MCP package, or of the scope it is published under.
    /// ## Why it matters
    /// Names one slip away from a popular one are registered by others, and a launcher runs whatever they hold.
    /// ## How to fix it
    /// Compare the name with the publisher's own documentation, letter by letter, and correct it.
    /// ```config vulnerable
    /// {"mcpServers": {"files": {"command": "npx", "args": ["-y", "@modelcontextprotocl/server-filesystem@1.0.0"]}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"remote": {"command": "npx", "args": ["-y", "mcp-remtoe@1.0.0"]}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"files": {"command": "npx", "args": ["-y", "modelcontextprotocol-server-filesystem@1.0.0"]}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"git": {"command": "uvx", "args": ["mcp-sever-git==1.0.0"]}}}
    /// ```
    /// ```config safe
    /// {"mcpServers": {"files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2025.8.21"]}, "a": {"command": "npx", "args": ["@modelcontextprotocol/server-gitea@1.0.0"]}, "b": {"command": "npx", "args": ["my-mcp-remote-server@1.0.0"]}, "c": {"command": "uvx", "args": ["mcp_server_git==1.0.0"]}, "d": {"command": "uvx", "args": ["mcp-server-gist==1.0.0"]}}}
    /// ```
    pub struct LookalikePackage { id: "lookalike-package", title: "The package's name is a near spelling of a well-known one", category: Configuration, severity: Medium, classes: &["D03", "M10"] }
}

/// Scopes of npm that publish well-known servers: whatever stands below them is the owner's.
const SCOPES: [&str; 18] = [
    "modelcontextprotocol",
    "playwright",
    "upstash",
    "notionhq",
    "supabase",
    "cloudflare",
    "browserbasehq",
    "smithery",
    "browsermcp",
    "azure-devops",
    "elastic",
    "hubspot",
    "heroku",
    "microsoft",
    "anthropic-ai",
    "sentry",
    "stripe",
    "atlassian",
];

/// Well-known packages without a scope, by registry.
const NPM: [&str; 12] = [
    "mcp-remote",
    "firecrawl-mcp",
    "exa-mcp-server",
    "tavily-mcp",
    "figma-developer-mcp",
    "chrome-devtools-mcp",
    "mongodb-mcp-server",
    "n8n-mcp",
    "task-master-ai",
    "supergateway",
    "kubernetes-mcp-server",
    "brave-search-mcp",
];
const PYPI: [&str; 14] = [
    "mcp-server-fetch",
    "mcp-server-git",
    "mcp-server-time",
    "mcp-server-sqlite",
    "mcp-server-qdrant",
    "mcp-atlassian",
    "mcp-proxy",
    "fastmcp",
    "markitdown-mcp",
    "duckduckgo-mcp-server",
    "arxiv-mcp-server",
    "blender-mcp",
    "mcp-clickhouse",
    "elevenlabs-mcp",
];

impl Rule for LookalikePackage {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for (config, entry) in entries(cx) {
            let Some(package) = &entry.package else { continue };
            let Some((model, sure)) = imitated(package.from, &package.name) else {
                continue;
            };
            out.report(Self::META)
                .on(Subject::ConfigEntry(entry.name.clone()))
                .at(place(config, entry))
                .field(entry.at.clone())
                .title(format!("`{}` is a near spelling of `{model}`", package.name))
                .evidence(package.name.clone())
                .severity(if sure { Medium } else { Low })
                .confidence(if sure { Confidence::Medium } else { Confidence::Low })
                .level(EvidenceLevel::Signal)
                .add();
        }
    }
}

/// What the name imitates, and whether that is likely.
fn imitated(from: LaunchedFrom, name: &str) -> Option<(String, bool)> {
    let name = name.to_ascii_lowercase();
    match from {
        LaunchedFrom::Npm => {
            if let Some((scope, rest)) = name.strip_prefix('@').and_then(|n| n.split_once('/')) {
                if SCOPES.contains(&scope) {
                    return None;
                }
                let model = SCOPES.iter().find(|s| is_near(scope, s) || squeezed(scope) == squeezed(s))?;
                return Some((format!("@{model}/{rest}"), true));
            }
            if NPM.contains(&name.as_str()) {
                return None;
            }
            // The scope as a part of the name: anyone can register that.
            for scope in SCOPES.iter().filter(|s| s.len() >= 12) {
                if let Some(rest) = name.strip_prefix(scope).and_then(|r| r.strip_prefix(['-', '_', '.'])) {
                    return Some((format!("@{scope}/{rest}"), true));
                }
            }
            let model = NPM.iter().find(|m| is_near(&name, m) || squeezed(&name) == squeezed(m))?;
            Some(((*model).to_owned(), name.len() >= 9))
        }
        LaunchedFrom::Pypi => {
            // PEP 503: these are one name.
            let name = name.replace(['_', '.'], "-");
            if PYPI.contains(&name.as_str()) {
                return None;
            }
            let model = PYPI.iter().find(|m| is_near(&name, m) || squeezed(&name) == squeezed(m))?;
            Some(((*model).to_owned(), name.len() >= 9))
        }
        LaunchedFrom::Image | LaunchedFrom::Url => None,
    }
}

fn squeezed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A slip of the hand: two letters swapped, one doubled, left out or put in within a word, or replaced by a look-alike. A word
/// that is merely another one (`gist` for `git`) is none: a letter put in must repeat or neighbour what stands there.
fn is_near(name: &str, model: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), model.chars().collect());
    if name == model || b.len() < 7 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a[start..]
        .iter()
        .rev()
        .zip(b[start..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (x, y) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    match (x, y) {
        // Swapped.
        ([p, q], [r, s]) => p == s && q == r,
        // Replaced by a look-alike.
        ([p], [q]) => [('0', 'o'), ('1', 'l'), ('l', 'i'), ('1', 'i'), ('5', 's'), ('-', '_'), ('3', 'e')]
            .iter()
            .any(|pair| (*p, *q) == *pair || (*q, *p) == *pair),
        // One left out, of a word long enough that nothing else is meant.
        ([], [_]) => word_around(&b, start).len() >= 5,
        // Doubled.
        ([p], []) => start > 0 && a[start - 1] == *p || a.get(start + 1) == Some(p),
        _ => false,
    }
}

fn word_around(name: &[char], at: usize) -> &[char] {
    let is_break = |c: &char| !c.is_ascii_alphanumeric();
    let from = name[..at].iter().rposition(is_break).map_or(0, |i| i + 1);
    let to = name[at..].iter().position(is_break).map_or(name.len(), |i| at + i);
    &name[from..to.max(from)]
}
