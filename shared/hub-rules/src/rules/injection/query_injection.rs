use super::fixes::fix;
use super::{Told, argument_is, capital, report_flows, says};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// Data that the caller chooses and that is put into the text of a query (SQL, Cypher, LDAP, XPath) or replaces a filter object (MongoDB).
    /// A tool that takes a whole query is another thing and is not reported here.
    /// ## Why it matters
    /// A quote in the value ends the literal; what follows reads, changes or deletes other rows.
    /// ## How to fix it
    /// Bind the value as a parameter of the query.
    /// ```py vulnerable
    /// import sqlite3
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("people")
    ///
    /// @mcp.tool()
    /// def person(name: str) -> list:
    ///     """Finds a person."""
    ///     db = sqlite3.connect("people.db")
    ///     return db.execute(f"SELECT * FROM people WHERE name = '{name}'").fetchall()
    /// ```
    /// ```py safe
    /// import sqlite3
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("people")
    ///
    /// @mcp.tool()
    /// def person(name: str) -> list:
    ///     """Finds a person."""
    ///     db = sqlite3.connect("people.db")
    ///     return db.execute("SELECT * FROM people WHERE name = ?", (name,)).fetchall()
    /// ```
    /// ```ts vulnerable
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { Pool } from "pg";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "people", version: "1.0.0" });
    /// const pool = new Pool();
    /// server.tool("person", "Finds a person", { name: z.string() }, async ({ name }) => {
    ///   const rows = await pool.query("SELECT * FROM people WHERE name = '" + name + "'");
    ///   return { content: [] };
    /// });
    /// ```
    /// ```ts safe
    /// import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
    /// import { Pool } from "pg";
    /// import { z } from "zod";
    /// const server = new McpServer({ name: "people", version: "1.0.0" });
    /// const pool = new Pool();
    /// server.tool("person", "Finds a person", { name: z.string() }, async ({ name }) => {
    ///   const rows = await pool.query("SELECT * FROM people WHERE name = $1", [name]);
    ///   return { content: [] };
    /// });
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
    ///         try (Statement statement = connection.createStatement()) {
    ///             statement.executeQuery("SELECT * FROM users WHERE name = '" + name + "'");
    ///         }
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
    ///         PreparedStatement statement = connection.prepareStatement("SELECT * FROM users WHERE name = ?");
    ///         statement.setString(1, name);
    ///         statement.executeQuery();
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
    ///         $rows = $this->pdo->query("SELECT * FROM users WHERE name = '$name'");
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
    ///         $statement = $this->pdo->prepare("SELECT * FROM users WHERE name = ?");
    ///         $statement->execute([$name]);
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
    ///     users = User.where("name = '#{name}'")
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
    ///     users = User.where(name: name)
    ///     MCP::Tool::Response.new([{ type: "text", text: "ok" }])
    ///   end
    /// end
    /// ```
    pub struct QueryInjection {
        id: "sql-injection",
        title: "Argument is part of a query's text",
        category: Injection,
        severity: High,
        classes: &["S07"],
        references: &["https://cwe.mitre.org/data/definitions/89.html", "https://cwe.mitre.org/data/definitions/943.html"],
    }
}

impl Rule for QueryInjection {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::QUERY, |cause, tool, language| {
            let reach = cause.shown;
            // A tool for running statements, as it says: what it may do is the data base's to limit.
            let by_design = reach.whole
                && argument_is(
                    &reach.argument,
                    &["query", "sql", "statement", "stmt", "cypher", "command", "script"],
                )
                && (tool.is_none() && reach.entry.is_some()
                    || says(
                        tool,
                        &[
                            "sql",
                            "query",
                            "queries",
                            "statement",
                            "statements",
                            "cypher",
                            "database",
                            "select",
                            "ddl",
                            "dml",
                        ],
                    ));
            Some(Told {
                title: format!("{} is part of the query run by `{}`", capital(&reach.origin()), reach.operation()),
                because: format!(
                    "{} is put into the text of the query instead of being bound to it.",
                    capital(&reach.origin())
                ),
                fix: fix(Kinds::QUERY, language),
                // A query language that only reads (SOQL) shows more than meant, and changes nothing.
                severity: if reach.api.starts_with("jsforce") {
                    Severity::Medium
                } else {
                    Severity::High
                },
                by_design,
                confidence: Confidence::High,
            })
        });
    }
}
