use super::fixes::fix;
use super::{Told, capital, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// Data that the caller chooses (or the file it names) and that is turned into objects by a format that can run code while loading:
    /// pickle, marshal, `yaml.load` without a safe loader, `torch.load`, node-serialize.
    /// ## Why it matters
    /// Loading is running: the data names the function to call.
    /// ## How to fix it
    /// Use JSON, or the safe loader of the format.
    /// ```py vulnerable
    /// import base64, pickle
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("state")
    ///
    /// @mcp.tool()
    /// def restore(state: str) -> str:
    ///     """Restores a state."""
    ///     return str(pickle.loads(base64.b64decode(state)))
    /// ```
    /// ```py safe
    /// import yaml
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("state")
    ///
    /// @mcp.tool()
    /// def restore(state: str) -> str:
    ///     """Restores a state."""
    ///     return str(yaml.load(state, Loader=yaml.SafeLoader))
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
    ///         ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(name)));
    ///         in.readObject();
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
    ///         new com.fasterxml.jackson.databind.ObjectMapper().readTree(name);
    ///         return "ok";
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
    ///         var formatter = new BinaryFormatter();
    ///         formatter.Deserialize(new MemoryStream(Convert.FromBase64String(name)));
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
    ///         System.Text.Json.JsonSerializer.Deserialize<Note>(name);
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
    ///         return unserialize($name);
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
    ///         return json_decode($name);
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
    ///     value = Marshal.load(name)
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
    ///     value = JSON.parse(name)
    ///     MCP::Tool::Response.new([{ type: "text", text: "ok" }])
    ///   end
    /// end
    /// ```
    pub struct UnsafeDeserialisation {
        id: "unsafe-deserialisation",
        title: "Argument is turned into objects by an unsafe format",
        category: Injection,
        severity: Critical,
        classes: &["S08"],
        references: &["https://cwe.mitre.org/data/definitions/502.html"],
    }
}

impl Rule for UnsafeDeserialisation {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::OBJECT, |cause, _, language| {
            let reach = cause.shown;
            Some(Told {
                title: format!(
                    "{} is loaded by `{}`, which can run code",
                    capital(&reach.origin()),
                    reach.operation()
                ),
                because: format!(
                    "{} reaches `{}`; the data itself says which functions to call while it is loaded.",
                    capital(&reach.origin()),
                    reach.operation()
                ),
                fix: fix(Kinds::OBJECT, language),
                severity: Severity::Critical,
                by_design: false,
                confidence: Confidence::High,
            })
        });
    }
}
