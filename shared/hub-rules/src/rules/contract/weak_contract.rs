use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{Info, Low};
use hub_model::{EvidenceLevel, Subject};

declare_rule! {
    /// ## What it finds
    /// Tools without a description.
    /// ## Why it matters
    /// Neither the user nor the model can tell what the tool does before it runs; a client cannot show what is being approved.
    /// ## How to fix it
    /// Write one sentence that says what the tool does and what it changes.
    /// ```json vulnerable
    /// {"tools": [{"name": "run_command", "inputSchema": {"type": "object", "properties": {"command": {"type": "string"}}}}]}
    /// ```
    /// ```json safe
    /// {"tools": [{"name": "run_command", "description": "Runs a command.", "inputSchema": {"type": "object", "properties": {"command": {"type": "string"}}}}]}
    /// ```
    pub struct WeakContract { id: "weak-contract", title: "Tools do not say what they do", category: Contract, severity: Low, classes: &["M23"] }
}

impl Rule for WeakContract {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        // A description that could not be read from source is not a missing one.
        let silent: Vec<_> = cx
            .inventory
            .tools
            .iter()
            .filter(|t| {
                t.description.as_deref().is_none_or(|d| d.trim().is_empty()) && !t.unknowns.iter().any(|u| u.field == "description")
            })
            .collect();
        let Some(first) = silent.first() else { return };
        let risky = silent.iter().any(|t| {
            t.capabilities.iter().any(|c| {
                matches!(
                    c.kind.as_str(),
                    "runs_commands" | "runs_code" | "destructive" | "moves_money" | "writes_files"
                )
            })
        });
        let shown: Vec<&str> = silent.iter().take(8).map(|t| t.name.as_str()).collect();
        let more = if silent.len() > 8 {
            format!(" and {} more", silent.len() - 8)
        } else {
            String::new()
        };
        out.report(Self::META)
            .on(if silent.len() == 1 {
                Subject::Tool(first.name.clone())
            } else {
                Subject::Server
            })
            .at(first.declared_at.clone())
            .field("description")
            .title(if silent.len() == 1 {
                "The tool has no description".to_owned()
            } else {
                format!("{} tools have no description", silent.len())
            })
            .evidence(shown.join(", ") + &more)
            .severity(if risky { Low } else { Info })
            .level(EvidenceLevel::Signal)
            .add();
    }
}
