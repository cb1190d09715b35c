use super::fixes::fix;
use super::{Told, argument_is, capital, described_as, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

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
    /// ```go vulnerable
    /// package main
    ///
    /// import (
    /// 	"context"
    /// 	"os"
    /// 	"path/filepath"
    ///
    /// 	"github.com/mark3labs/mcp-go/mcp"
    /// 	"github.com/mark3labs/mcp-go/server"
    /// )
    ///
    /// func handle(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
    /// 	name, err := request.RequireString("name")
    /// 	if err != nil {
    /// 		return mcp.NewToolResultError(err.Error()), nil
    /// 	}
    /// 	data, err := os.ReadFile(filepath.Join("/srv/notes", name))
    /// 	_ = data
    /// 	return mcp.NewToolResultText("ok"), nil
    /// }
    ///
    /// func main() {
    /// 	s := server.NewMCPServer("x", "1")
    /// 	tool := mcp.NewTool("work", mcp.WithDescription("Does work."), mcp.WithString("name", mcp.Required()))
    /// 	s.AddTool(tool, handle)
    /// 	server.ServeStdio(s)
    /// }
    /// ```
    /// ```go safe
    /// package main
    ///
    /// import (
    /// 	"context"
    /// 	"errors"
    /// 	"os"
    /// 	"path/filepath"
    /// 	"strings"
    ///
    /// 	"github.com/mark3labs/mcp-go/mcp"
    /// 	"github.com/mark3labs/mcp-go/server"
    /// )
    ///
    /// const base = "/srv/notes"
    ///
    /// func handle(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
    /// 	name, err := request.RequireString("name")
    /// 	if err != nil {
    /// 		return mcp.NewToolResultError(err.Error()), nil
    /// 	}
    /// 	full := filepath.Join(base, name)
    /// 	if !strings.HasPrefix(full, base+string(os.PathSeparator)) {
    /// 		return nil, errors.New("outside")
    /// 	}
    /// 	os.ReadFile(full)
    /// 	return mcp.NewToolResultText("ok"), nil
    /// }
    ///
    /// func main() {
    /// 	s := server.NewMCPServer("x", "1")
    /// 	tool := mcp.NewTool("work", mcp.WithDescription("Does work."), mcp.WithString("name", mcp.Required()))
    /// 	s.AddTool(tool, handle)
    /// 	server.ServeStdio(s)
    /// }
    /// ```
    /// ```rs vulnerable
    /// use rmcp::{handler::server::wrapper::Parameters, model::*, tool, tool_router, ErrorData};
    /// use schemars::JsonSchema;
    /// use serde::Deserialize;
    /// use std::path::Path;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Args {
    ///     name: String,
    /// }
    ///
    /// struct Work;
    ///
    /// #[tool_router]
    /// impl Work {
    ///     #[tool(description = "Does work.")]
    ///     async fn work(&self, Parameters(args): Parameters<Args>) -> Result<CallToolResult, ErrorData> {
    ///         let text = std::fs::read_to_string(Path::new("/srv/notes").join(&args.name));
    ///         Ok(CallToolResult::success(vec![Content::text("ok")]))
    ///     }
    /// }
    /// ```
    /// ```rs safe
    /// use rmcp::{handler::server::wrapper::Parameters, model::*, tool, tool_router, ErrorData};
    /// use schemars::JsonSchema;
    /// use serde::Deserialize;
    /// use std::path::Path;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Args {
    ///     name: String,
    /// }
    ///
    /// struct Work;
    ///
    /// #[tool_router]
    /// impl Work {
    ///     #[tool(description = "Does work.")]
    ///     async fn work(&self, Parameters(args): Parameters<Args>) -> Result<CallToolResult, ErrorData> {
    ///         let base = Path::new("/srv/notes").canonicalize()?;
    ///         let path = base.join(&args.name).canonicalize()?;
    ///         if !path.starts_with(&base) {
    ///             return Err(ErrorData::invalid_params("outside", None));
    ///         }
    ///         let text = std::fs::read_to_string(path);
    ///         Ok(CallToolResult::success(vec![Content::text("ok")]))
    ///     }
    /// }
    /// ```
    /// ```cs vulnerable
    /// using System.ComponentModel;
    /// using System.Diagnostics;
    /// using System.IO;
    /// using ModelContextProtocol.Server;
    ///
    /// [McpServerToolType]
    /// public class Work
    /// {
    ///     [McpServerTool, Description("Does work.")]
    ///     public string DoWork(string name)
    ///     {
    ///         return File.ReadAllText(Path.Combine("/srv/notes", name));
    ///         return "ok";
    ///     }
    /// }
    /// ```
    /// ```cs safe
    /// using System.ComponentModel;
    /// using System.Diagnostics;
    /// using System.IO;
    /// using ModelContextProtocol.Server;
    ///
    /// [McpServerToolType]
    /// public class Work
    /// {
    ///     [McpServerTool, Description("Does work.")]
    ///     public string DoWork(string name)
    ///     {
    ///         var root = "/srv/notes";
    ///         var file = Path.GetFullPath(Path.Combine(root, name));
    ///         if (!file.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw new UnauthorizedAccessException();
    ///         return File.ReadAllText(file);
    ///         return "ok";
    ///     }
    /// }
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

/// Names of parameters that ask for a path.
const PATHS: &[&str] = &[
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
];

impl Rule for PathTraversal {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::PATH, |cause, tool, language| {
            let reach = cause.shown;
            // A tool that is asked for a path and takes it as it is confines nothing and claims nothing: less of a surprise than a folder that does not hold.
            let open_path = reach.joined.is_none()
                && (argument_is(&reach.argument, PATHS) || described_as(tool, &reach.argument, &["path", "paths", "directory", "folder"]));
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
                fix: fix(Kinds::PATH, language),
                severity: if open_path { Severity::Medium } else { Severity::High },
                by_design: false,
                confidence: if open_path { Confidence::Medium } else { Confidence::High },
            })
        });
    }
}
