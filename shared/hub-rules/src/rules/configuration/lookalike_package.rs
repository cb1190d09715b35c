use super::{entries, place};
use hub_deps::Ecosystem;
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

impl Rule for LookalikePackage {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for (config, entry) in entries(cx) {
            let Some(package) = &entry.package else { continue };
            let ecosystem = match package.from {
                LaunchedFrom::Npm => Ecosystem::Npm,
                LaunchedFrom::Pypi => Ecosystem::PyPI,
                LaunchedFrom::Image | LaunchedFrom::Url => continue,
            };
            let Some(like) = hub_deps::lookalike(ecosystem, &package.name) else {
                continue;
            };
            out.report(Self::META)
                .on(Subject::ConfigEntry(entry.name.clone()))
                .at(place(config, entry))
                .field(entry.at.clone())
                .title(format!("`{}` is a near spelling of `{}`: {}", package.name, like.known, like.how))
                .evidence(package.name.clone())
                .severity(if like.is_likely { Medium } else { Low })
                .confidence(if like.is_likely { Confidence::Medium } else { Confidence::Low })
                .level(EvidenceLevel::Signal)
                .add();
        }
    }
}
