use super::{entries, place};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, LaunchedFrom, Subject};

declare_rule! {
    /// ## What it finds
    /// A server that a launcher fetches anew, without an exact version: `npx -y PKG`, `uvx PKG`, an image without tag, a repository without commit.
    /// ## Why it matters
    /// Whatever is published next under that name runs at the next start, with the user's rights, without anybody having looked at it.
    /// ## How to fix it
    /// Name the exact version (`PKG@1.2.3`, `PKG==1.2.3`), the image's digest or the commit, and change it after a look at what changed.
    /// ```config vulnerable
    /// {"mcpServers": {"files": {"command": "npx", "args": ["-y", "some-mcp-server"]}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"git": {"command": "uvx", "args": ["--from", "git+https://github.com/owner/repo", "server"]}}}
    /// ```
    /// ```config vulnerable
    /// {"context_servers": {"db": {"command": "docker", "args": ["run", "-i", "--rm", "-e", "DSN", "mcp/postgres:latest"]}}}
    /// ```
    /// ```config safe
    /// {"mcpServers": {"files": {"command": "npx", "args": ["-y", "some-mcp-server@1.2.3"]}, "git": {"command": "uvx", "args": ["mcp-git==0.6.2"]}, "image": {"command": "docker", "args": ["run", "-i", "mcp/x@sha256:8a1c"]}, "local": {"command": "node", "args": ["dist/index.js"]}}}
    /// ```
    pub struct UnpinnedServer { id: "unpinned-server", title: "The server is started in whatever version is newest", category: Configuration, severity: Low, classes: &["D05"] }
}

impl Rule for UnpinnedServer {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for (config, entry) in entries(cx) {
            let Some(package) = entry.package.as_ref().filter(|p| !p.is_pinned()) else {
                continue;
            };
            let what = match package.from {
                LaunchedFrom::Npm | LaunchedFrom::Pypi => "package",
                LaunchedFrom::Image => "image",
                LaunchedFrom::Url => "download",
            };
            let version = package
                .version
                .as_deref()
                .map_or_else(|| "no version".to_owned(), |v| format!("`{v}`"));
            out.report(Self::META)
                .on(Subject::ConfigEntry(entry.name.clone()))
                .at(place(config, entry))
                .field(entry.at.clone())
                .title(format!(
                    "The {what} `{}` is started with {version}: what runs may change any day",
                    package.name
                ))
                .evidence(super::words(entry).join(" "))
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
    }
}
