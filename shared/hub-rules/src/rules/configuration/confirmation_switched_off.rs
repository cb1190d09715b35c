use super::{entries, place};
use hub_engine::capability::words_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{Low, Medium};
use hub_model::{Confidence, EvidenceLevel, Subject};

declare_rule! {
    /// ## What it finds
    /// Tools that the client calls without asking: all of a server's, or ones that change, delete, send or run something.
    /// ## Why it matters
    /// The question to the user is the last thing between a steered model and what it was steered to do.
    /// ## How to fix it
    /// Take `trust`, `*` and tools that change something out of the list; leave what only reads.
    /// ```config vulnerable
    /// {"mcpServers": {"x": {"command": "x-server", "trust": true}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"x": {"command": "x-server", "autoApprove": ["list_files", "delete_file"]}}}
    /// ```
    /// ```config safe
    /// {"mcpServers": {"x": {"command": "x-server", "alwaysAllow": ["list_files", "read_file"], "trust": false}}}
    /// ```
    pub struct ConfirmationSwitchedOff { id: "confirmation-switched-off", title: "The client calls the server's tools without asking", category: Configuration, severity: Medium, classes: &["P05"], owasp_mcp: &["MCP02"] }
}

/// Verbs of tools that change, send or run something.
const ACTING: [&str; 38] = [
    "delete", "remove", "drop", "purge", "destroy", "wipe", "write", "edit", "update", "create", "move", "rename", "insert", "patch",
    "put", "set", "send", "post", "reply", "publish", "share", "upload", "run", "execute", "exec", "eval", "shell", "bash", "terminal",
    "command", "pay", "transfer", "buy", "merge", "push", "commit", "deploy", "install",
];

impl Rule for ConfirmationSwitchedOff {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for (config, entry) in entries(cx) {
            let all = entry.unasked.iter().any(|t| t == "*");
            let acting: Vec<&str> = entry
                .unasked
                .iter()
                .filter(|t| words_of(t).iter().any(|w| ACTING.contains(&w.as_str())))
                .map(String::as_str)
                .collect();
            if !all && acting.is_empty() {
                continue;
            }
            let title = if all {
                format!("Every tool of `{}` is called without asking", entry.name)
            } else {
                format!("Tools of `{}` that change something are called without asking", entry.name)
            };
            out.report(Self::META)
                .on(Subject::ConfigEntry(entry.name.clone()))
                .at(place(config, entry))
                .field(entry.at.clone())
                .title(title)
                .evidence(if all { "*".to_owned() } else { acting.join(", ") })
                .severity(if all { Medium } else { Low })
                .confidence(Confidence::High)
                .level(EvidenceLevel::Confirmed)
                .add();
        }
    }
}
