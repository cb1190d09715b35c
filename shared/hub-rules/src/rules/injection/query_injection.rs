use super::{Told, argument_is, capital, report_flows, says};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::Language;

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
                fix: match language {
                    Language::Python => {
                        "Write a placeholder and pass the value beside the query: `cursor.execute(\"… WHERE name = ?\", (value,))`; take table and column names from a fixed list."
                    }
                    _ => {
                        "Write a placeholder and pass the value beside the query: `query(\"… WHERE name = $1\", [value])`; take table and column names from a fixed list."
                    }
                },
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
