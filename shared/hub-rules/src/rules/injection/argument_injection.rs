use super::fixes::fix;
use super::{Told, capital, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// Data that the caller chooses and that stands as a word of its own on the command line of a program whose options can
    /// run commands, write files or send data (git, tar, curl, ssh, find, npm …).
    /// ## Why it matters
    /// A value that begins with `-` is taken as an option: `--upload-pack=…`, `--checkpoint-action=exec=…` and `-o …` turn a file
    /// name or branch into a command.
    /// ## How to fix it
    /// Put `--` before the value, or refuse values that begin with `-`.
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { execFile } from "node:child_process";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "git", version: "1.0.0" });
    /// server.tool("clone", "Clones a repository", { url: z.string() }, async ({ url }) => {
    ///   execFile("git", ["clone", url]);
    ///   return { content: [] };
    /// });
    /// ```
    /// ```ts safe
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { execFile } from "node:child_process";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "git", version: "1.0.0" });
    /// server.tool("clone", "Clones a repository", { url: z.string() }, async ({ url }) => {
    ///   execFile("git", ["clone", "--", url]);
    ///   return { content: [] };
    /// });
    /// ```
    /// ```py vulnerable
    /// import subprocess
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("git")
    ///
    /// @mcp.tool()
    /// def diff(target: str) -> str:
    ///     """Shows a diff."""
    ///     return subprocess.run(["git", "diff", target], capture_output=True, text=True).stdout
    /// ```
    /// ```py safe
    /// import subprocess
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("git")
    ///
    /// @mcp.tool()
    /// def diff(target: str) -> str:
    ///     """Shows a diff."""
    ///     if target.startswith("-"):
    ///         raise ValueError("no options")
    ///     return subprocess.run(["git", "diff", target], capture_output=True, text=True).stdout
    /// ```
    /// ```py vulnerable
    /// import subprocess
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("search")
    ///
    /// @mcp.tool()
    /// def search(pattern: str) -> str:
    ///     """Searches the code."""
    ///     return subprocess.run(["rg", "--line-number", pattern, "/srv/code"], capture_output=True, text=True).stdout
    /// ```
    pub struct ArgumentInjection {
        id: "argument-injection",
        title: "Argument becomes an option of a program",
        category: Injection,
        severity: Medium,
        classes: &["S02"],
        references: &["https://cwe.mitre.org/data/definitions/88.html", "https://gtfobins.github.io"],
    }
}

impl Rule for ArgumentInjection {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::ARGUMENT, |cause, _, language| {
            let reach = cause.shown;
            let program = reach.program.as_deref().unwrap_or("the program");
            Some(Told {
                title: format!(
                    "{} can become an option of {}",
                    capital(&reach.origin()),
                    if reach.program.is_some() {
                        format!("`{program}`")
                    } else {
                        "a program".to_owned()
                    }
                ),
                because: format!(
                    "{} stands on the command line of {program} without `--` before it; a value like `--option=…` is not taken as data.",
                    capital(&reach.origin())
                ),
                fix: fix(Kinds::ARGUMENT, language),
                severity: Severity::Medium,
                by_design: false,
                confidence: if reach.unknown_program {
                    Confidence::Low
                } else {
                    Confidence::Medium
                },
            })
        });
    }
}
