use hub_engine::capability::words_of;
use hub_engine::conduct::ActKind;
use hub_engine::{Context, EntryKind, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity, Subject, Tool};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// Tools whose code deletes what the caller names, for good, and that neither say so in their annotations, nor take a word of
    /// confirmation, nor ask the user. A fact about the server, told once.
    /// ## Why it matters
    /// A model that misreads a page or a request deletes in one call, and nothing tells the client to ask first.
    /// ## How to fix it
    /// Set `destructiveHint: true`, ask by elicitation, or take a `confirm` or `dry_run` argument.
    /// ```py vulnerable
    /// import shutil
    ///
    /// @mcp.tool()
    /// def remove_project(path: str) -> str:
    ///     """Removes a project."""
    ///     shutil.rmtree(path)
    ///     return "removed"
    /// ```
    /// ```py safe
    /// import shutil
    ///
    /// @mcp.tool()
    /// def remove_project(path: str, confirm: bool = False) -> str:
    ///     """Removes a project."""
    ///     if not confirm:
    ///         return "call again with confirm=true"
    ///     shutil.rmtree(path)
    ///     return "removed"
    /// ```
    pub struct DestructionWithoutConfirmation {
        id: "destruction-without-confirmation",
        title: "Tools delete without a word of confirmation",
        category: Contract,
        severity: Info,
        classes: &["P05"],
        needs: Some(Needs::Source),
        references: &["https://modelcontextprotocol.io/specification/2025-06-18/server/tools#tool-annotations"],
    }
}

impl Rule for DestructionWithoutConfirmation {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let mut tools: BTreeSet<&str> = BTreeSet::new();
        let mut first = None;
        for (entry, runs) in conduct.entries() {
            let Some(tool) = entry.tool(cx.inventory).filter(|_| entry.kind == EntryKind::Tool) else {
                continue;
            };
            let removes = words_of(&tool.name).iter().any(|w| {
                matches!(
                    w.as_str(),
                    "delete" | "remove" | "clear" | "purge" | "wipe" | "erase" | "uninstall" | "clean" | "destroy"
                )
            });
            if !removes {
                continue;
            }
            let act = conduct
                .acts(runs)
                .find(|a| a.kind == ActKind::DeletesFile && conduct.is_chosen(a) && !a.api.contains("trash"));
            if let Some(act) = act.filter(|_| !says_or_asks(tool)) {
                tools.insert(&entry.name);
                first = first.or(Some(act));
            }
        }
        let Some(act) = first else { return };
        out.report(Self::META)
            .on(Subject::Server)
            .at(act.at.clone())
            .evidence(act.code.clone())
            .title(format!(
                "{} without a word of confirmation",
                match tools.iter().take(5).map(|t| format!("`{t}`")).collect::<Vec<_>>() {
                    one if one.len() == 1 => format!("{} deletes", one[0]),
                    many => format!("{} delete", many.join(", ")),
                }
            ))
            .severity(Severity::Info)
            .confidence(Confidence::Medium)
            .add();
    }
}

fn says_or_asks(tool: &Tool) -> bool {
    let hint = tool.annotations.as_ref().and_then(|a| a.get("destructiveHint"));
    if hint.is_some_and(|h| h.as_bool() == Some(true)) {
        return true;
    }
    let asks = |text: &str| {
        let t = text.to_ascii_lowercase().replace(['_', '-'], "");
        ["confirm", "dryrun", "force", "approve", "preview", "irreversibl", "permanent"]
            .iter()
            .any(|w| t.contains(w))
    };
    tool.parameter_names().iter().any(|p| asks(p)) || tool.description.as_deref().is_some_and(asks)
}
