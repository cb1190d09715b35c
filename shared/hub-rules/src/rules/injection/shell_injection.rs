use super::fixes::fix;
use super::{Told, argument_is, capital, report_flows, says};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// Data that the caller of a tool, prompt, resource or route chooses and that becomes part of a text a shell runs, or
    /// chooses the program that is started.
    /// ## Why it matters
    /// Whoever writes the model's input (a web page, an issue, a mail) writes the arguments too, and so runs commands on the server.
    /// ## How to fix it
    /// Start the program directly with its arguments as a list and without a shell, or accept only values from a fixed list.
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { exec } from "node:child_process";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "net", version: "1.0.0" });
    /// server.tool("ping", "Pings a host", { host: z.string() }, async ({ host }) => {
    ///   exec(`ping -c 1 ${host}`);
    ///   return { content: [] };
    /// });
    /// ```
    /// ```ts safe
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { execFile } from "node:child_process";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "net", version: "1.0.0" });
    /// server.tool("ping", "Pings a host", { host: z.string() }, async ({ host }) => {
    ///   execFile("ping", ["-c", "1", host]);
    ///   return { content: [] };
    /// });
    /// ```
    /// ```py vulnerable
    /// import subprocess
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("net")
    ///
    /// @mcp.tool()
    /// def ping(host: str) -> str:
    ///     """Pings a host."""
    ///     return subprocess.check_output(f"ping -c 1 {host}", shell=True, text=True)
    /// ```
    /// ```py safe
    /// import shlex, subprocess
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("net")
    ///
    /// @mcp.tool()
    /// def ping(host: str) -> str:
    ///     """Pings a host."""
    ///     return subprocess.check_output(f"ping -c 1 {shlex.quote(host)}", shell=True, text=True)
    /// ```
    /// ```go vulnerable
    /// package main
    ///
    /// import (
    /// 	"context"
    /// 	"os/exec"
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
    /// 	exec.Command("sh", "-c", "ping -c 1 "+name).Run()
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
    /// 	"os/exec"
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
    /// 	exec.Command("ping", "-c", "1", "--", name).Run()
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
    /// use std::process::Command;
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
    ///         let out = Command::new("sh").arg("-c").arg(format!("ping -c 1 {}", args.name)).output();
    ///         Ok(CallToolResult::success(vec![Content::text("ok")]))
    ///     }
    /// }
    /// ```
    /// ```rs safe
    /// use rmcp::{handler::server::wrapper::Parameters, model::*, tool, tool_router, ErrorData};
    /// use schemars::JsonSchema;
    /// use serde::Deserialize;
    /// use std::process::Command;
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
    ///         let out = Command::new("ping").args(["-c", "1", &args.name]).output();
    ///         Ok(CallToolResult::success(vec![Content::text("ok")]))
    ///     }
    /// }
    /// ```
    /// ```java vulnerable
    /// import java.io.*;
    /// import java.nio.file.*;
    /// import java.util.*;
    /// import org.springframework.ai.tool.annotation.Tool;
    ///
    /// public class Work {
    ///     @Tool(description = "Does work.")
    ///     public String work(String name) throws Exception {
    ///         Runtime.getRuntime().exec("ping -c 1 " + name);
    ///         return "ok";
    ///     }
    /// }
    /// ```
    /// ```java safe
    /// import java.io.*;
    /// import java.nio.file.*;
    /// import java.util.*;
    /// import org.springframework.ai.tool.annotation.Tool;
    ///
    /// public class Work {
    ///     @Tool(description = "Does work.")
    ///     public String work(String name) throws Exception {
    ///         new ProcessBuilder("ping", "-c", "1", name).start();
    ///         return "ok";
    ///     }
    /// }
    /// ```
    /// ```kt vulnerable
    /// import io.modelcontextprotocol.kotlin.sdk.*
    /// import io.modelcontextprotocol.kotlin.sdk.server.Server
    /// import java.io.File
    ///
    /// fun main() {
    ///     val server = Server(Implementation("x", "1"), ServerOptions(ServerCapabilities()))
    ///     server.addTool(name = "work", description = "Does work.") { request ->
    ///         val name = request.arguments["name"]?.jsonPrimitive?.content ?: return@addTool CallToolResult(listOf())
    ///         Runtime.getRuntime().exec("ping -c 1 $name")
    ///         CallToolResult(content = listOf(TextContent("ok")))
    ///     }
    /// }
    /// ```
    /// ```kt safe
    /// import io.modelcontextprotocol.kotlin.sdk.*
    /// import io.modelcontextprotocol.kotlin.sdk.server.Server
    /// import java.io.File
    ///
    /// fun main() {
    ///     val server = Server(Implementation("x", "1"), ServerOptions(ServerCapabilities()))
    ///     server.addTool(name = "work", description = "Does work.") { request ->
    ///         val name = request.arguments["name"]?.jsonPrimitive?.content ?: return@addTool CallToolResult(listOf())
    ///         ProcessBuilder("ping", "-c", "1", name).start()
    ///         CallToolResult(content = listOf(TextContent("ok")))
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
    ///         Process.Start("cmd.exe", "/c ping " + name);
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
    ///         Process.Start("ping", new[] { "-c", "1", name });
    ///         return "ok";
    ///     }
    /// }
    /// ```
    /// ```php vulnerable
    /// <?php
    ///
    /// use Mcp\Capability\Attribute\McpTool;
    ///
    /// class Work
    /// {
    ///     #[McpTool(description: "Does work.")]
    ///     public function work(string $name): string
    ///     {
    ///         return shell_exec("ping -c 1 $name");
    ///         return "ok";
    ///     }
    /// }
    /// ```
    /// ```php safe
    /// <?php
    ///
    /// use Mcp\Capability\Attribute\McpTool;
    ///
    /// class Work
    /// {
    ///     #[McpTool(description: "Does work.")]
    ///     public function work(string $name): string
    ///     {
    ///         return shell_exec("ping -c 1 " . escapeshellarg($name));
    ///         return "ok";
    ///     }
    /// }
    /// ```
    /// ```rb vulnerable
    /// require "mcp"
    ///
    /// class Work < MCP::Tool
    ///   description "Does work."
    ///   input_schema(properties: { name: { type: "string" } }, required: ["name"])
    ///
    ///   def self.call(name:, server_context:)
    ///     `ping -c 1 #{name}`
    ///     MCP::Tool::Response.new([{ type: "text", text: "ok" }])
    ///   end
    /// end
    /// ```
    /// ```rb safe
    /// require "mcp"
    ///
    /// class Work < MCP::Tool
    ///   description "Does work."
    ///   input_schema(properties: { name: { type: "string" } }, required: ["name"])
    ///
    ///   def self.call(name:, server_context:)
    ///     system("ping", "-c", "1", name)
    ///     MCP::Tool::Response.new([{ type: "text", text: "ok" }])
    ///   end
    /// end
    /// ```
    /// ```ts safe
    /// import { execFile } from "node:child_process";
    /// const SCRIPT = "on run argv\ntell application \"Notes\" to make new note with properties {name:item 1 of argv}\nend run";
    /// server.tool("note", "Makes a note", { title: z.string() }, async ({ title }) => {
    ///   execFile("osascript", ["-e", SCRIPT, "--", title]);
    ///   execFile("sh", ["-c", 'ls -- "$1"', "sh", title]);
    ///   return { content: [] };
    /// });
    /// ```
    pub struct ShellInjection {
        id: "shell-injection",
        title: "Argument reaches a shell",
        category: Injection,
        severity: Critical,
        classes: &["S01"],
        references: &["https://cwe.mitre.org/data/definitions/78.html"],
    }
}

impl Rule for ShellInjection {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::SHELL, |cause, tool, language| {
            let reach = cause.shown;
            let by_design = reach.whole
                && (tool.is_none() && reach.entry.is_some()
                    || says(
                        tool,
                        &[
                            "command",
                            "commands",
                            "shell",
                            "terminal",
                            "bash",
                            "cmd",
                            "powershell",
                            "cli",
                            "script",
                            "execute",
                            "exec",
                            "run",
                        ],
                    ))
                && argument_is(
                    &reach.argument,
                    &[
                        "command",
                        "cmd",
                        "commands",
                        "script",
                        "code",
                        "shell",
                        "line",
                        "input",
                        "args",
                        "interpreter",
                    ],
                );
            let title = if by_design {
                format!("{} runs commands of the caller's choosing, as it says", capital(&reach.source))
            } else {
                format!("{} reaches a shell through `{}`", capital(&reach.origin()), reach.operation())
            };
            Some(Told {
                title,
                because: if by_design {
                    "The tool is made to run whatever command it is given: who steers the model runs commands on this machine.".to_owned()
                } else {
                    format!(
                        "{} becomes part of what `{}` runs; `;`, `$(…)` or a line break in it starts another command.",
                        capital(&reach.origin()),
                        reach.operation()
                    )
                },
                fix: fix(Kinds::SHELL, language),
                severity: if by_design { Severity::Low } else { Severity::Critical },
                by_design,
                confidence: Confidence::High,
            })
        });
        // A text for a shell with a hole in it, whoever fills it: told as a pattern worth a look.
        let mut seen = std::collections::BTreeSet::new();
        for reach in cx.flows.iter().flat_map(|f| &f.possible) {
            let place = &reach.sink;
            if crate::apart::is_apart(place.at.file.as_str()) || !seen.insert((place.module, place.function)) {
                continue;
            }
            out.report(Self::META)
                .at(place.at.clone())
                .evidence(place.code.clone())
                .title(format!("{} becomes part of a command line run by a shell", capital(&reach.source)))
                .because(format!(
                    "`{}` runs a text that {} is put into; no flow from a tool to it was found, and nothing here keeps one from running other commands.",
                    reach.operation(),
                    reach.source
                ))
                .fix("Start the program with its arguments as a list and without a shell, or quote the value for that shell.")
                .severity(Severity::Medium)
                .confidence(Confidence::Low)
                .level(EvidenceLevel::Signal)
                .key(place.function_name.clone())
                .key(reach.operation().to_owned())
                .add();
        }
    }
}
