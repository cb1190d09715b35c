use super::{ASKS_WHO, native_listener, program_says, start_of};
use crate::apart::is_apart;
use hub_engine::taint::Known;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// A listener bound to every network interface (`0.0.0.0`, `::`), by value or by default.
    /// ## Why it matters
    /// Everyone on the same network, and on the internet where no firewall stands between, can call the tools.
    /// ## How to fix it
    /// Bind to `127.0.0.1` by default and let the operator choose another address knowingly, with authentication.
    /// ```py vulnerable
    /// import uvicorn
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    ///
    /// uvicorn.run(mcp.sse_app(), host="0.0.0.0", port=8000)
    /// ```
    /// ```py safe
    /// import uvicorn
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("notes")
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    ///
    /// uvicorn.run(mcp.sse_app(), host="127.0.0.1", port=8000)
    /// ```
    /// ```go vulnerable
    /// package main
    ///
    /// import (
    /// 	"context"
    ///
    /// 	"github.com/mark3labs/mcp-go/mcp"
    /// 	"github.com/mark3labs/mcp-go/server"
    /// )
    ///
    /// func handle(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
    /// 	return mcp.NewToolResultText("x"), nil
    /// }
    ///
    /// func main() {
    /// 	s := server.NewMCPServer("notes", "1")
    /// 	s.AddTool(mcp.NewTool("note", mcp.WithDescription("Shows a note.")), handle)
    /// 	server.NewStreamableHTTPServer(s).Start(":8080")
    /// }
    /// ```
    /// ```go safe
    /// package main
    ///
    /// import (
    /// 	"context"
    ///
    /// 	"github.com/mark3labs/mcp-go/mcp"
    /// 	"github.com/mark3labs/mcp-go/server"
    /// )
    ///
    /// func handle(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
    /// 	return mcp.NewToolResultText("x"), nil
    /// }
    ///
    /// func main() {
    /// 	s := server.NewMCPServer("notes", "1")
    /// 	s.AddTool(mcp.NewTool("note", mcp.WithDescription("Shows a note.")), handle)
    /// 	server.NewStreamableHTTPServer(s).Start("127.0.0.1:8080")
    /// }
    /// ```
    /// ```cs vulnerable
    /// using ModelContextProtocol.Server;
    /// using System.ComponentModel;
    ///
    /// var builder = WebApplication.CreateBuilder(args);
    /// builder.Services.AddMcpServer().WithHttpTransport().WithTools<Notes>();
    /// var app = builder.Build();
    /// app.MapMcp();
    /// app.Run("http://0.0.0.0:3001");
    ///
    /// [McpServerToolType]
    /// public class Notes
    /// {
    ///     [McpServerTool, Description("Shows a note.")]
    ///     public string Note() => "x";
    /// }
    /// ```
    /// ```cs safe
    /// using ModelContextProtocol.Server;
    /// using System.ComponentModel;
    ///
    /// var builder = WebApplication.CreateBuilder(args);
    /// builder.Services.AddMcpServer().WithHttpTransport().WithTools<Notes>();
    /// var app = builder.Build();
    /// app.MapMcp();
    /// app.Run("http://localhost:3001");
    ///
    /// [McpServerToolType]
    /// public class Notes
    /// {
    ///     [McpServerTool, Description("Shows a note.")]
    ///     public string Note() => "x";
    /// }
    /// ```
    pub struct ExposedListener {
        id: "exposed-listener",
        title: "Listens on every network interface",
        category: Access,
        severity: Medium,
        classes: &["S23", "S18"],
        references: &["https://cwe.mitre.org/data/definitions/1327.html"],
    }
}

impl Rule for ExposedListener {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(flows) = cx.flows else { return };
        let asks = program_says(cx, &ASKS_WHO);
        let mut seen = std::collections::BTreeSet::new();
        for call in flows.calls.iter().filter(|c| !is_apart(c.at.file.as_str())) {
            let host = start_of(call).and_then(|s| s.host).or_else(|| match call.named("host") {
                Some(Known::Text(t)) if call.last() == "FastMCP" => Some(t.clone()),
                _ => None,
            });
            let Some(host) = host.filter(|h| matches!(h.as_str(), "0.0.0.0" | "::" | "[::]")) else {
                continue;
            };
            let by_default = call.last() == "listen" && call.named("host").is_none() && !matches!(call.positional(1), Some(Known::Text(_)));
            // With authentication somewhere in the program it is a default worth a look, no more.
            if asks && by_default {
                continue;
            }
            if seen.insert((call.module, call.function)) {
                out.report(Self::META)
                    .at(call.at.clone())
                    .evidence(call.code.clone())
                    .title(if by_default {
                        "Listens on every interface, as no address is given".to_owned()
                    } else {
                        format!("Listens on every interface (`{host}`)")
                    })
                    .severity(if asks { Severity::Low } else { Severity::Medium })
                    .confidence(if by_default || asks { Confidence::Low } else { Confidence::High })
                    .key(call.last().to_owned())
                    .add();
            }
        }
        let asks = asks || native_listener::asks_who(cx);
        for listener in native_listener::listeners(cx) {
            let call = listener.call;
            if asks && listener.address.is_none() || !seen.insert((call.module, call.function)) {
                continue;
            }
            out.report(Self::META)
                .at(call.at.clone())
                .evidence(call.code.clone())
                .title(match &listener.address {
                    Some(address) => format!("Listens on every interface (`{address}`)"),
                    None => "Listens on every interface, as no address is given".to_owned(),
                })
                .severity(if asks { Severity::Low } else { Severity::Medium })
                .confidence(if asks { Confidence::Low } else { Confidence::High })
                .key(call.last().to_owned())
                .add();
        }
    }
}
