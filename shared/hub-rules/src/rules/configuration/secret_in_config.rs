use super::{entries, place};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{High, Low, Medium};
use hub_model::{Confidence, EvidenceLevel, Subject};

declare_rule! {
    /// ## What it finds
    /// Keys, tokens and passwords that stand in clear in a client's configuration: in the environment, an argument, a header or a URL.
    /// ## Why it matters
    /// Configuration files are synchronised, backed up, shared and committed; arguments are also seen by every program of the machine.
    /// ## How to fix it
    /// Revoke the secret, then have the client ask for it or take it from the environment or a vault (`${env:NAME}`, `${input:name}`, `op://…`).
    /// ```config vulnerable
    /// {"mcpServers": {"github": {"command": "npx", "args": ["-y", "server@1.2.3"], "env": {"GITHUB_TOKEN": "ghp_9fK2mQ7xT4vB8nL1sD6wR3yH5jC0pZaEuGiO"}}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"docs": {"url": "https://docs.example.net/mcp", "headers": {"X-Api-Key": "b81f0c77e2d94a5f"}}}}
    /// ```
    /// ```config vulnerable
    /// {"servers": {"db": {"command": "db-server", "args": ["--dsn", "postgres://app:s3cr3tpw9x@db.internal/app"]}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"hook": {"url": "https://hooks.example.net/s/8f3kd0aX7qLm29sKw0Zb1/mcp"}}}
    /// ```
    /// ```config safe
    /// {"mcpServers": {"github": {"command": "npx", "args": ["-y", "server@1.2.3", "--key-file", "/run/keys/github.pem"], "env": {"GITHUB_TOKEN": "${env:GITHUB_TOKEN}", "API_KEY": "YOUR_API_KEY", "MAX_TOKENS": "100000", "AUTH_MODE": "oauth", "GOOGLE_APPLICATION_CREDENTIALS": "/home/me/key.json"}}, "docs": {"url": "https://docs.example.net/mcp?tenant=acme", "headers": {"Authorization": "Bearer ${input:token}"}}}}
    /// ```
    pub struct SecretInConfig { id: "secret-in-config", title: "A secret stands in clear in the client's configuration", category: Configuration, severity: High, classes: &["C01"] }
}

impl Rule for SecretInConfig {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for (config, entry) in entries(cx) {
            for secret in &entry.secrets {
                let severity = match (secret.certain, secret.kind.starts_with("random")) {
                    (true, _) => High,
                    (false, true) => Low,
                    (false, false) => Medium,
                };
                out.report(Self::META)
                    .on(Subject::ConfigEntry(entry.name.clone()))
                    .at(place(config, entry))
                    .field(format!("{}.{}", entry.at, secret.place))
                    .title(format!("A secret ({}) stands in clear in `{}`", secret.kind, secret.place))
                    .evidence(format!("{}: {}", secret.place, secret.shown))
                    .severity(severity)
                    .confidence(if secret.certain { Confidence::High } else { Confidence::Medium })
                    .level(EvidenceLevel::Confirmed)
                    .add();
            }
        }
    }
}
