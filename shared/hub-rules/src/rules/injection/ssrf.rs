use super::fixes::fix;
use super::{Told, argument_is, capital, described_as, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// Data that the caller chooses and that decides to which host the server sends a request.
    /// ## Why it matters
    /// The server stands inside a network: `http://169.254.169.254/…`, `http://localhost:…` and internal names answer it and not the caller,
    /// and whatever credentials it adds go wherever the caller points.
    /// ## How to fix it
    /// Parse the address and accept only hosts from a list, or resolve it and refuse private addresses, also after redirects.
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "web", version: "1.0.0" });
    /// server.tool("title", "Shows a page's title", { url: z.string() }, async ({ url }) => {
    ///   const page = await fetch(url);
    ///   return { content: [{ type: "text", text: await page.text() }] };
    /// });
    /// ```
    /// ```ts safe
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "web", version: "1.0.0" });
    /// const HOSTS = new Set(["example.com", "www.example.com"]);
    /// server.tool("title", "Shows a page's title", { url: z.string() }, async ({ url }) => {
    ///   const parsed = new URL(url);
    ///   if (!HOSTS.has(parsed.hostname)) throw new Error("host not allowed");
    ///   const page = await fetch(parsed);
    ///   return { content: [{ type: "text", text: await page.text() }] };
    /// });
    /// ```
    /// ```ts safe
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "hub", version: "1.0.0" });
    /// server.tool("repo", "Shows a repository", { owner: z.string(), repo: z.string() }, async ({ owner, repo }) => {
    ///   const answer = await fetch(`https://api.example.com/repos/${owner}/${repo}`);
    ///   return { content: [{ type: "text", text: await answer.text() }] };
    /// });
    /// ```
    /// ```py vulnerable
    /// import httpx
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("web")
    ///
    /// @mcp.tool()
    /// async def title(url: str) -> str:
    ///     """Shows a page's title."""
    ///     async with httpx.AsyncClient() as client:
    ///         return (await client.get(url)).text
    /// ```
    /// ```py safe
    /// import httpx
    /// from urllib.parse import urlparse
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("web")
    /// HOSTS = {"example.com"}
    ///
    /// @mcp.tool()
    /// async def title(url: str) -> str:
    ///     """Shows a page's title."""
    ///     if urlparse(url).hostname not in HOSTS:
    ///         raise ValueError("host not allowed")
    ///     async with httpx.AsyncClient() as client:
    ///         return (await client.get(url)).text
    /// ```
    /// ```go vulnerable
    /// package main
    ///
    /// import (
    /// 	"context"
    /// 	"net/http"
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
    /// 	http.Get(name)
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
    /// 	"net/http"
    /// 	"net/url"
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
    /// 	http.Get("https://api.example.com/items/" + url.PathEscape(name))
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
    ///         var client = new HttpClient();
    ///         var text = client.GetStringAsync(name).Result;
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
    ///         var client = new HttpClient();
    ///         var text = client.GetStringAsync("https://api.example.com/" + name).Result;
    ///         return "ok";
    ///     }
    /// }
    /// ```
    pub struct Ssrf {
        id: "server-side-request-forgery",
        title: "Argument decides where the server sends a request",
        category: Injection,
        severity: High,
        classes: &["S06"],
        references: &["https://cwe.mitre.org/data/definitions/918.html"],
    }
}

impl Rule for Ssrf {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::URL, |cause, tool, language| {
            let reach = cause.shown;
            let asked = argument_is(
                &reach.argument,
                &[
                    "url", "urls", "uri", "link", "endpoint", "website", "page", "address", "href", "site", "domain", "host", "source",
                    "src",
                ],
            ) || described_as(tool, &reach.argument, &["url", "urls", "uri", "endpoint", "address", "website"]);
            Some(Told {
                title: format!("{} decides where `{}` goes", capital(&reach.origin()), reach.operation()),
                because: format!(
                    "{} sets the host of the request made by `{}`; nothing keeps it from internal addresses.",
                    capital(&reach.origin()),
                    reach.operation()
                ),
                fix: fix(Kinds::URL, language),
                severity: if asked { Severity::Medium } else { Severity::High },
                by_design: false,
                confidence: if asked { Confidence::Medium } else { Confidence::High },
            })
        });
    }
}
