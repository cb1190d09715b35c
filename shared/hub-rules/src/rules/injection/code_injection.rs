use super::fixes::fix;
use super::{Told, argument_is, capital, report_flows, says};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// Data that the caller chooses and that is run as code: `eval`, `exec`, `new Function`, `vm`, a module loaded by a chosen name.
    /// ## Why it matters
    /// The caller runs code inside the server process, with its files, network and secrets.
    /// ## How to fix it
    /// Parse the value instead of running it (`ast.literal_eval`, `JSON.parse`), or look it up in a fixed table.
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "calc", version: "1.0.0" });
    /// server.tool("add_up", "Adds numbers", { expression: z.string() }, async ({ expression }) => {
    ///   return { content: [{ type: "text", text: String(eval(expression)) }] };
    /// });
    /// ```
    /// ```ts safe
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "calc", version: "1.0.0" });
    /// server.tool("add_up", "Adds numbers", { expression: z.string() }, async ({ expression }) => {
    ///   return { content: [{ type: "text", text: String(JSON.parse(expression).length) }] };
    /// });
    /// ```
    /// ```py vulnerable
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("calc")
    ///
    /// @mcp.tool()
    /// def add_up(expression: str) -> str:
    ///     """Adds numbers."""
    ///     return str(eval(expression))
    /// ```
    /// ```py safe
    /// import ast
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("calc")
    ///
    /// @mcp.tool()
    /// def add_up(expression: str) -> str:
    ///     """Adds numbers."""
    ///     return str(sum(ast.literal_eval(expression)))
    /// ```
    pub struct CodeInjection {
        id: "code-injection",
        title: "Argument is run as code",
        category: Injection,
        severity: Critical,
        classes: &["S03"],
        references: &["https://cwe.mitre.org/data/definitions/94.html", "https://cwe.mitre.org/data/definitions/95.html"],
    }
}

impl Rule for CodeInjection {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::CODE, |cause, tool, language| {
            let reach = cause.shown;
            let by_design = reach.whole
                && says(
                    tool,
                    &[
                        "code",
                        "script",
                        "python",
                        "javascript",
                        "execute",
                        "evaluate",
                        "eval",
                        "run",
                        "exec",
                        "sandbox",
                        "repl",
                        "notebook",
                    ],
                )
                && argument_is(
                    &reach.argument,
                    &["code", "script", "source", "python_code", "program", "snippet", "cell"],
                );
            Some(Told {
                title: if by_design {
                    format!("{} runs code of the caller's choosing, as it says", capital(&reach.source))
                } else {
                    format!("{} is run as code by `{}`", capital(&reach.origin()), reach.operation())
                },
                because: if by_design {
                    format!(
                        "The tool is made to run code it is given, and runs it with `{}` in the server's own process: no sandbox stands between it and the server's files and secrets.",
                        reach.operation()
                    )
                } else {
                    format!(
                        "{} reaches `{}`, which runs it in the server's own process.",
                        capital(&reach.origin()),
                        reach.operation()
                    )
                },
                fix: fix(Kinds::CODE, language),
                severity: if by_design { Severity::Low } else { Severity::Critical },
                by_design,
                confidence: Confidence::High,
            })
        });
    }
}
