use hub_engine::history::{Changes, ItemKind};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{Info, Low, Medium};
use hub_model::{Confidence, EvidenceLevel, Inventory, Subject};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// Tools, prompts and resources that were not there in an earlier scan of the same server, above all when the server can now do what it could not before.
    /// ## Why it matters
    /// A server that was approved for reading and now also writes, sends or runs something was not approved for that.
    /// ## How to fix it
    /// Review what is new, and allow only the tools that are needed.
    /// ```change vulnerable
    /// {"before": {"tools": [{"name": "read_file", "description": "Reads a file."}]}, "after": {"tools": [{"name": "read_file", "description": "Reads a file."}, {"name": "run_command", "description": "Runs a command.", "inputSchema": {"type": "object", "properties": {"command": {"type": "string"}}}}]}}
    /// ```
    /// ```change safe
    /// {"before": {"tools": [{"name": "a", "description": "A."}, {"name": "b", "description": "B."}]}, "after": {"tools": [{"name": "b", "description": "B."}]}}
    /// ```
    pub struct GrownSurface { id: "grown-surface", title: "The server offers more than before", category: History, severity: Medium, classes: &["H02"] }
}

/// What makes a difference when a server did not do it before.
const WEIGHTY: [&str; 8] = [
    "runs_commands",
    "runs_code",
    "writes_files",
    "destructive",
    "sends_messages",
    "moves_money",
    "network_any_host",
    "reads_private_data",
];

impl Rule for GrownSurface {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(earlier) = cx.beside.earlier else { return };
        let added = Changes::between(&earlier.inventory, cx.inventory).added;
        if added.is_empty() {
            return;
        }
        let had = kinds(&earlier.inventory);
        let new: Vec<&str> = kinds(cx.inventory).difference(&had).copied().collect();
        let weighty: Vec<&str> = new.iter().filter(|k| WEIGHTY.contains(k)).copied().collect();
        let names: Vec<&str> = added.iter().map(|i| i.name.as_str()).collect();
        let count = |kind: ItemKind, one: &str| {
            let n = added.iter().filter(|i| i.kind == kind).count();
            (n > 0).then(|| format!("{n} {one}{}", if n == 1 { "" } else { "s" }))
        };
        let counts: Vec<String> = [
            count(ItemKind::Tool, "tool"),
            count(ItemKind::Prompt, "prompt"),
            count(ItemKind::Resource, "resource"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let more = if weighty.is_empty() {
            String::new()
        } else {
            format!(", and can do what it could not: {}", weighty.join(", "))
        };
        out.report(Self::META)
            .on(Subject::Server)
            .title(format!("The server has {} more than in {}{more}", counts.join(", "), earlier.name))
            .evidence(names.join(", "))
            .severity(match (weighty.is_empty(), added.iter().any(|i| i.kind == ItemKind::Tool)) {
                (false, _) => Medium,
                (true, true) => Low,
                (true, false) => Info,
            })
            .confidence(Confidence::High)
            .level(EvidenceLevel::Confirmed)
            .add();
    }
}

fn kinds(inventory: &Inventory) -> BTreeSet<&str> {
    inventory
        .tools
        .iter()
        .flat_map(|t| &t.capabilities)
        .map(|c| c.kind.as_str())
        .collect()
}
