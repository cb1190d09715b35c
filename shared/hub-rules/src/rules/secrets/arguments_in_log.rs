use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprId, ExprKind, Module, PatKind};

declare_rule! {
    /// ## What it finds
    /// A dispatcher of tool calls that writes the whole arguments of every call to the log.
    /// ## Why it matters
    /// Arguments hold tokens, personal data and file contents; logs are kept longer and read by more people.
    /// ## How to fix it
    /// Log the tool's name and the names of the arguments, not their values.
    /// ```py vulnerable
    /// import logging
    /// from mcp.server.lowlevel import Server
    /// server = Server("x")
    /// logger = logging.getLogger(__name__)
    ///
    /// @server.call_tool()
    /// async def call_tool(name: str, arguments: dict):
    ///     logger.info(f"Calling {name} with {arguments}")
    ///     return []
    /// ```
    /// ```py safe
    /// import logging
    /// from mcp.server.lowlevel import Server
    /// server = Server("x")
    /// logger = logging.getLogger(__name__)
    ///
    /// @server.call_tool()
    /// async def call_tool(name: str, arguments: dict):
    ///     logger.info(f"Calling {name}")
    ///     return []
    /// ```
    pub struct ArgumentsInLog {
        id: "arguments-in-log",
        title: "Whole arguments of tool calls go to the log",
        category: Secrets,
        severity: Low,
        classes: &["S10"],
        needs: Some(Needs::Source),
        references: &["https://cwe.mitre.org/data/definitions/532.html"],
    }
}

const DISPATCHERS: &[&str] = &[
    "call_tool",
    "handle_call_tool",
    "callTool",
    "handleCallTool",
    "handleToolCall",
    "handle_tool_call",
    "execute_tool",
    "executeTool",
];

impl Rule for ArgumentsInLog {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(program) = cx.program else { return };
        for (_, module) in program.iter() {
            if !module
                .functions
                .iter()
                .any(|f| f.name.is_some_and(|n| DISPATCHERS.contains(&module.str(n))))
            {
                continue;
            }
            let scopes = module.scopes();
            let mut reported = std::collections::BTreeSet::new();
            for (i, expr) in module.exprs.iter().enumerate() {
                let ExprKind::Call { callee, args, .. } = &expr.kind else {
                    continue;
                };
                let Some(name) = module.dotted(*callee) else { continue };
                let Some((object, level)) = name.rsplit_once('.') else { continue };
                let object = object.to_ascii_lowercase();
                if !(object.ends_with("logger") || object.ends_with("logging") || object.ends_with("log") || object == "console")
                    || !matches!(level, "info" | "debug" | "warning" | "warn" | "error" | "log")
                {
                    continue;
                }
                let Some(function) = scopes.function_of_expr(ExprId(i as u32)) else {
                    continue;
                };
                let f = module.function(function);
                if !f.name.is_some_and(|n| DISPATCHERS.contains(&module.str(n))) {
                    continue;
                }
                let parameter = f
                    .params
                    .iter()
                    .any(|p| matches!(module.pat(p.pattern).kind, PatKind::Ident(s) if is_arguments(module.str(s))));
                if parameter && args.iter().any(|a| shows(module, a.value, 0)) && reported.insert(function) {
                    let at = module.location(expr.span);
                    out.report(Self::META)
                        .evidence(hub_engine::taint::line_of(module, &at))
                        .at(at)
                        .severity(Severity::Low)
                        .confidence(Confidence::High)
                        .key(f.name.map(|n| module.str(n).to_owned()).unwrap_or_default())
                        .add();
                }
            }
        }
    }
}

fn is_arguments(name: &str) -> bool {
    matches!(name, "arguments" | "args" | "tool_args" | "toolArgs" | "params")
}

/// Whether the whole arguments stand in a text or beside it.
fn shows(module: &Module, e: ExprId, depth: u32) -> bool {
    if depth > 4 {
        return false;
    }
    match &module.expr(e).kind {
        ExprKind::Ident(s) => is_arguments(module.str(*s)),
        ExprKind::Template(parts) => parts.iter().any(|p| shows(module, *p, depth + 1)),
        ExprKind::Binary { left, right, .. } => shows(module, *left, depth + 1) || shows(module, *right, depth + 1),
        ExprKind::Call { callee, args, .. } => {
            matches!(
                module.dotted(*callee).as_deref(),
                Some("json.dumps" | "JSON.stringify" | "str" | "repr" | "String")
            ) && args.first().is_some_and(|a| shows(module, a.value, depth + 1))
        }
        _ => false,
    }
}
