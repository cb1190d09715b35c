use hub_engine::conduct::ActKind;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::ExprKind;
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// An archive or compressed data that the caller names or sends and that is unpacked without looking at its size.
    /// ## Why it matters
    /// A few kilobytes can unpack to many gigabytes and fill memory or disk.
    /// ## How to fix it
    /// Add up the sizes in the archive's directory before unpacking, and read compressed data in pieces up to a limit.
    /// ```py vulnerable
    /// import zipfile
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("zip")
    ///
    /// @mcp.tool()
    /// def unpack(path: str) -> str:
    ///     """Unpacks an archive."""
    ///     with zipfile.ZipFile(path) as archive:
    ///         archive.extractall("/data/out")
    ///     return "done"
    /// ```
    /// ```py safe
    /// import zipfile
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("zip")
    ///
    /// @mcp.tool()
    /// def unpack(path: str) -> str:
    ///     """Unpacks an archive."""
    ///     with zipfile.ZipFile(path) as archive:
    ///         if sum(i.file_size for i in archive.infolist()) > 100_000_000:
    ///             raise ValueError("too large")
    ///         archive.extractall("/data/out")
    ///     return "done"
    /// ```
    pub struct UnpackedWithoutLimit {
        id: "unpacked-without-limit",
        title: "Compressed data is unpacked without a limit",
        category: Robustness,
        severity: Low,
        classes: &["S26"],
        references: &["https://cwe.mitre.org/data/definitions/409.html"],
    }
}

impl Rule for UnpackedWithoutLimit {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let mut seen = BTreeSet::new();
        for (entry, runs) in conduct.entries() {
            for act in conduct.acts(runs).filter(|a| a.kind == ActKind::Unpacks) {
                let module = conduct.program().module(act.module);
                let Some(operand) = act.operand else { continue };
                if conduct.argument(act.module, operand).is_none() {
                    continue;
                }
                // Opening alone unpacks nothing; and whoever asks for sizes has thought of it.
                let mut unpacks = !matches!(act.api.as_str(), "zipfile.ZipFile" | "tarfile.open");
                let mut asks = false;
                for (_, e) in conduct.exprs_in(act.function) {
                    match &e.kind {
                        ExprKind::Call { callee, args, .. } => {
                            if let ExprKind::Member { property, .. } = module.expr(*callee).kind {
                                match module.str(property) {
                                    "extractall" | "extract" => unpacks = true,
                                    "read" if args.is_empty() => unpacks = true,
                                    "read" => asks |= act.api != "zipfile.ZipFile",
                                    _ => {}
                                }
                            }
                            asks |= args.iter().any(|a| {
                                a.name
                                    .is_some_and(|n| matches!(module.str(n), "max_length" | "maxOutputLength" | "filter"))
                            }) && act.api != "tarfile.open";
                        }
                        ExprKind::Member { property, .. } => asks |= matches!(module.str(*property), "file_size" | "size"),
                        _ => {}
                    }
                }
                let options = match &module.expr(act.expr).kind {
                    ExprKind::Call { args, .. } => args
                        .iter()
                        .any(|a| module.text(module.expr(a.value).span).contains("maxOutputLength")),
                    _ => false,
                };
                if unpacks && !asks && !options && seen.insert(act.function) {
                    out.report(Self::META)
                        .on(entry.subject())
                        .at(act.at.clone())
                        .evidence(act.code.clone())
                        .severity(Severity::Low)
                        .confidence(Confidence::Medium)
                        .key(act.api.clone())
                        .add();
                }
            }
        }
    }
}
