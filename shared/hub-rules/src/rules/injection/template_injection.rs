use super::fixes::fix;
use super::{Told, capital, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// Data that the caller chooses and that is compiled as a template, not filled into one.
    /// ## Why it matters
    /// Template languages reach objects and functions of the server: `{{ cycler.__init__.__globals__.os.popen('id').read() }}` runs a command,
    /// `{0.__class__.__init__.__globals__}` of `str.format` reads secrets.
    /// ## How to fix it
    /// Keep templates constant and pass the value as a variable of the template.
    /// ```py vulnerable
    /// from jinja2 import Template
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("mail")
    ///
    /// @mcp.tool()
    /// def greet(text: str, name: str) -> str:
    ///     """Writes a greeting."""
    ///     return Template(text).render(name=name)
    /// ```
    /// ```py safe
    /// from jinja2 import Template
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("mail")
    ///
    /// @mcp.tool()
    /// def greet(text: str, name: str) -> str:
    ///     """Writes a greeting."""
    ///     return Template("{{ text }}, {{ name }}").render(text=text, name=name)
    /// ```
    /// ```js vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import ejs from "ejs";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "mail", version: "1.0.0" });
    /// server.tool("greet", "Writes a greeting", { text: z.string() }, async ({ text }) => {
    ///   return { content: [{ type: "text", text: ejs.render(text, {}) }] };
    /// });
    /// ```
    /// ```js safe
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import ejs from "ejs";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "mail", version: "1.0.0" });
    /// server.tool("greet", "Writes a greeting", { text: z.string() }, async ({ text }) => {
    ///   return { content: [{ type: "text", text: ejs.render("<%= text %>", { text }) }] };
    /// });
    /// ```
    /// ```py safe
    /// from jinja2.sandbox import SandboxedEnvironment
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("reports")
    /// env = SandboxedEnvironment(autoescape=True)
    ///
    /// @mcp.tool()
    /// def render(template: str, title: str) -> str:
    ///     """Renders a report."""
    ///     return env.from_string(template).render(title=title)
    /// ```
    pub struct TemplateInjection {
        id: "template-injection",
        title: "Argument is rendered as a template",
        category: Injection,
        severity: High,
        classes: &["S04"],
        references: &["https://cwe.mitre.org/data/definitions/1336.html", "https://cwe.mitre.org/data/definitions/134.html"],
    }
}

impl Rule for TemplateInjection {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::TEMPLATE, |cause, _, language| {
            let reach = cause.shown;
            // `str.format` reads attributes; `string.Template` and mustache only fill in names; the others run code.
            let format = matches!(reach.operation(), "format" | "format_map");
            let fills_only = matches!(reach.operation(), "string.Template" | "chevron.render") || reach.operation().starts_with("pystache");
            Some(Told {
                title: format!("{} is used as a template by `{}`", capital(&reach.origin()), reach.operation()),
                because: if format {
                    format!(
                        "{} is the format text itself: `{{0.__class__…}}` reads attributes of whatever is formatted.",
                        capital(&reach.origin())
                    )
                } else {
                    format!(
                        "{} is compiled as a template, so its expressions are evaluated on the server.",
                        capital(&reach.origin())
                    )
                },
                fix: fix(Kinds::TEMPLATE, language),
                severity: if fills_only {
                    Severity::Low
                } else if format {
                    Severity::Medium
                } else {
                    Severity::High
                },
                by_design: false,
                confidence: if fills_only || format {
                    Confidence::Medium
                } else {
                    Confidence::High
                },
            })
        });
    }
}
