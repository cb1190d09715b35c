use hub_engine::conduct::ActKind;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::ExprKind;
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A file of fixed name in a folder that every user of the machine can write (`/tmp`), written by a tool; a file made readable or
    /// writable for everyone; `mktemp`, which only makes up a name.
    /// ## Why it matters
    /// Another user can put a link or a file of his own in its place, or read what is written.
    /// ## How to fix it
    /// Use `tempfile.mkstemp`, `NamedTemporaryFile` or `fs.mkdtemp`, and mode 0600.
    /// ```py vulnerable
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    ///
    /// @mcp.tool()
    /// def save(text: str) -> str:
    ///     """Saves a note."""
    ///     with open("/tmp/notes.txt", "w") as f:
    ///         f.write(text)
    ///     return "saved"
    /// ```
    /// ```ts vulnerable
    /// server.tool("save", "Saves a note.", { text: z.string() }, async ({ text }) => {
    ///   fs.chmodSync("notes.txt", 0o777);
    ///   return { content: [] };
    /// });
    /// ```
    /// ```py safe
    /// import tempfile
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    ///
    /// @mcp.tool()
    /// def save(text: str) -> str:
    ///     """Saves a note."""
    ///     with tempfile.NamedTemporaryFile("w", delete=False) as f:
    ///         f.write(text)
    ///     return f.name
    /// ```
    pub struct PredictableTemporaryFile {
        id: "predictable-temporary-file",
        title: "A file that other users of the machine can replace or read",
        category: Robustness,
        severity: Low,
        classes: &["S28"],
        references: &["https://cwe.mitre.org/data/definitions/377.html", "https://cwe.mitre.org/data/definitions/732.html"],
    }
}

impl Rule for PredictableTemporaryFile {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let mut seen = BTreeSet::new();
        for (entry, runs) in conduct.entries() {
            for act in conduct.acts(runs) {
                let module = conduct.program().module(act.module);
                let (title, severity) = match act.kind {
                    ActKind::WritesFile => {
                        // A random part in the name makes it another story, as does a folder of one's own.
                        let Some(path) = act.texts.iter().find(|t| is_shared(t)) else {
                            continue;
                        };
                        (
                            format!("`{path}` is written: a fixed name in a folder that everyone can write"),
                            Severity::Low,
                        )
                    }
                    ActKind::ChangesMode => {
                        let ExprKind::Call { args, .. } = &module.expr(act.expr).kind else {
                            continue;
                        };
                        let open = args.iter().any(|a| {
                            matches!(module.expr(a.value).kind, ExprKind::Number(n) if n.fract() == 0.0 && (0.0..4096.0).contains(&n) && (n as u32) & 0o002 != 0)
                                || matches!(&module.expr(a.value).kind, ExprKind::Str(s) if matches!(module.str(*s), "777" | "0777" | "666" | "0666" | "a+w"))
                        });
                        if !open {
                            continue;
                        }
                        ("The file is made writable for everyone".to_owned(), Severity::Medium)
                    }
                    _ => continue,
                };
                if seen.insert((act.module, act.function)) {
                    out.report(Self::META)
                        .on(entry.subject())
                        .at(act.at.clone())
                        .evidence(act.code.clone())
                        .title(title)
                        .severity(severity)
                        .confidence(Confidence::Medium)
                        .key(act.api.clone())
                        .add();
                }
            }
            for f in runs {
                let module = conduct.program().module(f.module);
                for (at, name) in conduct.calls_in(*f) {
                    if name == "tempfile.mktemp" && seen.insert((f.module, *f)) {
                        let place = module.location(module.expr(at).span);
                        out.report(Self::META)
                            .on(entry.subject())
                            .evidence(hub_engine::taint::line_of(module, &place))
                            .at(place)
                            .title("`mktemp` makes up a name that another user can take first")
                            .severity(Severity::Low)
                            .confidence(Confidence::High)
                            .add();
                    }
                }
            }
        }
    }
}

/// A fixed name directly in a shared folder.
fn is_shared(path: &str) -> bool {
    ["/tmp/", "/var/tmp/", "/dev/shm/"].iter().any(|p| {
        path.strip_prefix(p)
            .is_some_and(|rest| !rest.is_empty() && !rest.contains('*') && rest.matches('/').count() == 0)
    })
}
