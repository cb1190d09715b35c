use super::{Told, capital, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::Language;

declare_rule! {
    /// ## What it finds
    /// Data that the caller chooses (or the file it names) and that is turned into objects by a format that can run code while loading:
    /// pickle, marshal, `yaml.load` without a safe loader, `torch.load`, node-serialize.
    /// ## Why it matters
    /// Loading is running: the data names the function to call.
    /// ## How to fix it
    /// Use JSON, or the safe loader of the format.
    /// ```py vulnerable
    /// import base64, pickle
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("state")
    ///
    /// @mcp.tool()
    /// def restore(state: str) -> str:
    ///     """Restores a state."""
    ///     return str(pickle.loads(base64.b64decode(state)))
    /// ```
    /// ```py safe
    /// import yaml
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("state")
    ///
    /// @mcp.tool()
    /// def restore(state: str) -> str:
    ///     """Restores a state."""
    ///     return str(yaml.load(state, Loader=yaml.SafeLoader))
    /// ```
    pub struct UnsafeDeserialisation {
        id: "unsafe-deserialisation",
        title: "Argument is turned into objects by an unsafe format",
        category: Injection,
        severity: Critical,
        classes: &["S08"],
        references: &["https://cwe.mitre.org/data/definitions/502.html"],
    }
}

impl Rule for UnsafeDeserialisation {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::OBJECT, |cause, _, language| {
            let reach = cause.shown;
            Some(Told {
                title: format!(
                    "{} is loaded by `{}`, which can run code",
                    capital(&reach.origin()),
                    reach.operation()
                ),
                because: format!(
                    "{} reaches `{}`; the data itself says which functions to call while it is loaded.",
                    capital(&reach.origin()),
                    reach.operation()
                ),
                fix: match language {
                    Language::Python => "Use `json.loads` or `yaml.safe_load`; for tensors `torch.load(…, weights_only=True)`.",
                    _ => "Use `JSON.parse`.",
                },
                severity: Severity::Critical,
                by_design: false,
                confidence: Confidence::High,
            })
        });
    }
}
