use super::{Told, argument_is, capital, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::Language;

declare_rule! {
    /// ## What it finds
    /// Data that the caller chooses and that names a file or folder without a check that the result stays inside the one meant.
    /// ## Why it matters
    /// `../../.ssh/id_rsa` or `/etc/passwd` as the value reads, overwrites or deletes files the tool was never meant to touch.
    /// ## How to fix it
    /// Resolve the path, links included, and refuse it unless it lies under the folder meant.
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import fs from "node:fs/promises";
    /// import path from "node:path";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "notes", version: "1.0.0" });
    /// server.tool("note", "Shows a note", { name: z.string() }, async ({ name }) => {
    ///   const text = await fs.readFile(path.join("/srv/notes", name), "utf8");
    ///   return { content: [{ type: "text", text }] };
    /// });
    /// ```
    /// ```ts safe
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import fs from "node:fs/promises";
    /// import path from "node:path";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "notes", version: "1.0.0" });
    /// const BASE = "/srv/notes";
    /// server.tool("note", "Shows a note", { name: z.string() }, async ({ name }) => {
    ///   const file = path.resolve(BASE, name);
    ///   if (!file.startsWith(BASE + path.sep)) throw new Error("outside");
    ///   const text = await fs.readFile(file, "utf8");
    ///   return { content: [{ type: "text", text }] };
    /// });
    /// ```
    /// ```py vulnerable
    /// import os
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    ///
    /// @mcp.tool()
    /// def note(name: str) -> str:
    ///     """Shows a note."""
    ///     with open(os.path.join("/srv/notes", name)) as f:
    ///         return f.read()
    /// ```
    /// ```py safe
    /// from pathlib import Path
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    /// BASE = Path("/srv/notes").resolve()
    ///
    /// @mcp.tool()
    /// def note(name: str) -> str:
    ///     """Shows a note."""
    ///     file = (BASE / name).resolve()
    ///     if not file.is_relative_to(BASE):
    ///         raise ValueError("outside")
    ///     return file.read_text()
    /// ```
    pub struct PathTraversal {
        id: "path-traversal",
        title: "Argument names any file",
        category: Injection,
        severity: High,
        classes: &["S05"],
        references: &["https://cwe.mitre.org/data/definitions/22.html", "https://cwe.mitre.org/data/definitions/59.html"],
    }
}

impl Rule for PathTraversal {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::PATH, |cause, _, language| {
            let reach = cause.shown;
            // A tool that is asked for a path and takes it as it is confines nothing and claims nothing: less of a surprise than a folder that does not hold.
            let open_path = reach.joined.is_none()
                && argument_is(
                    &reach.argument,
                    &[
                        "path",
                        "file",
                        "filepath",
                        "filename",
                        "directory",
                        "dir",
                        "folder",
                        "paths",
                        "files",
                        "output",
                        "source",
                        "destination",
                        "root",
                        "cwd",
                        "workspace",
                        "project",
                        "repo",
                        "repository",
                        "attachments",
                        "image",
                        "document",
                        "dest",
                        "target",
                    ],
                );
            Some(Told {
                title: if reach.joined.is_some() {
                    format!("{} leaves the folder it is joined to", capital(&reach.origin()))
                } else {
                    format!("{} names any file for `{}`", capital(&reach.origin()), reach.operation())
                },
                because: if reach.joined.is_some() {
                    format!(
                        "{} is joined to a folder and used by `{}` without a check that the result is still inside: `..` and absolute paths lead out.",
                        capital(&reach.origin()),
                        reach.operation()
                    )
                } else {
                    format!(
                        "{} is used by `{}` as it comes; nothing confines it to a folder.",
                        capital(&reach.origin()),
                        reach.operation()
                    )
                },
                fix: match language {
                    Language::Python => {
                        "Resolve it and check it: `p = (base / value).resolve()`, then raise unless `p.is_relative_to(base)`."
                    }
                    _ => {
                        "Resolve it and check it: `const p = path.resolve(base, value)`, then throw unless `p.startsWith(base + path.sep)` (follow links with `fs.realpath` first)."
                    }
                },
                severity: if open_path { Severity::Medium } else { Severity::High },
                by_design: false,
                confidence: if open_path { Confidence::Medium } else { Confidence::High },
            })
        });
    }
}
