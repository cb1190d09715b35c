use super::secret_in_log::holds_credential;
use hub_engine::conduct::{ActKind, Conduct};
use hub_engine::{Context, EntryKind, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprId, ExprKind, Module, Prop};
use hub_syntax::{ModuleId, Written};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A tool whose code takes the whole environment as data (not to hand it to a program it starts), or lets the caller choose which
    /// variable to read.
    /// ## Why it matters
    /// The environment is where servers keep their API keys and passwords: one call shows them all to the model and whoever steers it.
    /// ## How to fix it
    /// Read the variables you need by their names, and never return their values.
    /// ```py vulnerable
    /// import os
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("debug")
    ///
    /// @mcp.tool()
    /// def debug_info() -> dict:
    ///     """Shows debugging information."""
    ///     return {"env": dict(os.environ)}
    /// ```
    /// ```py vulnerable
    /// import os
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("config")
    ///
    /// @mcp.tool()
    /// def get_setting(key: str) -> str:
    ///     """Shows a setting."""
    ///     return os.environ.get(key, "not set")
    /// ```
    /// ```ts vulnerable
    /// server.tool("env", "Shows the environment.", {}, async () => ({ content: [{ type: "text", text: JSON.stringify(process.env) }] }));
    /// ```
    /// ```py safe
    /// import os, subprocess
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("build")
    ///
    /// @mcp.tool()
    /// def build() -> int:
    ///     """Builds the project."""
    ///     env = os.environ.copy()
    ///     env["CI"] = "1"
    ///     return subprocess.run(["make"], env={**os.environ, "CI": "1"}).returncode
    /// ```
    /// ```ts safe
    /// server.tool("region", "Shows the region.", {}, async () => ({ content: [{ type: "text", text: process.env.AWS_REGION ?? "" }] }));
    /// ```
    /// ```ts vulnerable
    /// const config = { baseUrl: process.env.JIRA_URL, apiToken: process.env.JIRA_API_TOKEN };
    /// server.tool("show_config", "Shows the settings", {}, async () => ({ content: [{ type: "text", text: JSON.stringify(config, null, 2) }] }));
    /// ```
    /// ```ts safe
    /// const config = { baseUrl: process.env.JIRA_URL, apiToken: process.env.JIRA_API_TOKEN };
    /// server.tool("show_config", "Shows the settings", {}, async () => ({
    ///   content: [{ type: "text", text: JSON.stringify({ ...config, apiToken: config.apiToken ? "***" : undefined }) }],
    /// }));
    /// ```
    pub struct EnvironmentHandedOut {
        id: "environment-handed-out",
        title: "A tool takes the whole environment as data",
        category: Secrets,
        severity: High,
        classes: &["S10", "S11"],
        needs: Some(Needs::Source),
        references: &["https://cwe.mitre.org/data/definitions/526.html"],
    }
}

impl Rule for EnvironmentHandedOut {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let mut seen = BTreeSet::new();
        for (entry, runs) in conduct.entries() {
            if entry.kind == EntryKind::HttpRoute {
                continue;
            }
            for act in conduct.acts(runs) {
                if act.kind == ActKind::ReadsEnvironment
                    && let Some(operand) = act.operand
                    && let Some(argument) = conduct.argument(act.module, operand)
                    && is_variable(conduct.program().module(act.module), operand)
                    && seen.insert((act.module, act.expr))
                {
                    out.report(Self::META)
                        .on(entry.subject())
                        .at(act.at.clone())
                        .evidence(act.code.clone())
                        .title(match &argument.name {
                            Some(n) => format!("The caller chooses which environment variable is read (`{n}`)"),
                            None => "The caller chooses which environment variable is read".to_owned(),
                        })
                        .severity(Severity::Medium)
                        .confidence(Confidence::Medium)
                        .key(act.api.clone())
                        .add();
                }
            }
            for f in runs {
                for (at, _) in conduct.exprs_in(*f) {
                    let settings = is_settings(conduct.program().module(f.module), at);
                    if (settings || is_taken(conduct, f.module, at)) && seen.insert((f.module, at)) {
                        let module = conduct.program().module(f.module);
                        let place = module.location(module.expr(at).span);
                        out.report(Self::META)
                            .on(entry.subject())
                            .evidence(hub_engine::taint::line_of(module, &place))
                            .at(place)
                            .title(if settings {
                                "The server's settings are handed out with a credential among them"
                            } else {
                                Self::META.title
                            })
                            .severity(Severity::Medium)
                            .confidence(Confidence::Medium)
                            .add();
                    }
                }
            }
        }
    }
}

/// `text: JSON.stringify(config)`, `return json.dumps(config)`: the settings of the module, with a credential among them.
fn is_settings(module: &Module, e: ExprId) -> bool {
    let ExprKind::Call { callee, args, .. } = &module.expr(e).kind else {
        return false;
    };
    let shows = module
        .dotted(*callee)
        .is_some_and(|n| matches!(n.as_str(), "JSON.stringify" | "json.dumps" | "str"));
    let Some(ExprKind::Ident(name)) = args.first().map(|a| &module.expr(a.value).kind).filter(|_| shows) else {
        return false;
    };
    let before = module.source.get(..module.expr(e).span.start as usize).unwrap_or("").trim_end();
    if !["text:", "text=", "return", "\"text\":"].iter().any(|w| before.ends_with(w)) {
        return false;
    }
    let scopes = module.scopes();
    scopes
        .iter()
        .filter(|(_, b)| b.name == *name && b.function.is_none())
        .flat_map(|(id, _)| scopes.definitions(id))
        .any(|d| match d.value {
            Written::Value { value, .. } => {
                let text = module.text(module.expr(value).span);
                holds_credential(module, value) && ["process.env", "os.environ", "getenv"].iter().any(|w| text.contains(w))
            }
            _ => false,
        })
}

/// A plain variable, or a field of one: not a text with other parts (`PREFIX_${name}`).
fn is_variable(module: &Module, e: ExprId) -> bool {
    matches!(
        module.expr(e).kind,
        ExprKind::Ident(_) | ExprKind::Member { .. } | ExprKind::Index { .. }
    )
}

fn is_env(module: &Module, e: ExprId) -> bool {
    matches!(module.dotted(e).as_deref(), Some("os.environ" | "process.env"))
}

/// `dict(os.environ)`, `os.environ.items()`, `JSON.stringify(process.env)`, `Object.entries(process.env)`, `f"{os.environ}"`,
/// or it as a value of a result.
fn is_taken(conduct: &Conduct<'_>, id: ModuleId, e: ExprId) -> bool {
    let module = conduct.program().module(id);
    match &module.expr(e).kind {
        ExprKind::Call { callee, args, .. } => {
            let name = module.dotted(*callee).unwrap_or_default();
            let first = args.first().is_some_and(|a| is_env(module, a.value));
            match name.as_str() {
                "os.environ.items" | "os.environ.values" => true,
                "dict" | "str" | "repr" | "json.dumps" | "JSON.stringify" | "Object.entries" | "Object.values" | "util.inspect"
                | "pprint.pformat" => first && !becomes_env(conduct, id, e),
                _ => false,
            }
        }
        ExprKind::Template(parts) => parts.iter().any(|p| is_env(module, *p)),
        ExprKind::Object(props) => props.iter().any(|p| match p {
            Prop::KeyValue { value, key } => {
                is_env(module, *value) && !matches!(key, hub_syntax::ir::Key::Name(n) if is_env_name(module.str(*n)))
            }
            _ => false,
        }),
        _ => false,
    }
}

fn is_env_name(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    n == "env" || n.ends_with("_env") || n.ends_with("environ") || n.ends_with("environment") || name.ends_with("Env")
}

/// Held by a variable named for it, or given as `env`: meant for a program that is started.
fn becomes_env(conduct: &Conduct<'_>, id: ModuleId, e: ExprId) -> bool {
    let module = conduct.program().module(id);
    let span = module.expr(e).span;
    let before = module.source.get(..span.start as usize).unwrap_or("").trim_end();
    let before = before.strip_suffix(['=', ':']).unwrap_or("").trim_end();
    let word: String = before
        .chars()
        .rev()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    is_env_name(&word) && {
        // `{"env": dict(os.environ)}` is a result; `env=dict(os.environ)` and `env = …` are not.
        !module.source[..span.start as usize].trim_end().ends_with(':')
    }
}
