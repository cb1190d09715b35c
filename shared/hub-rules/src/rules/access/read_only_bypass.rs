use crate::apart::is_apart;
use hub_engine::taint::{Flows, Kinds, Reach, line_of};
use hub_engine::{Context, Findings, FunctionRef, Rule, declare_rule};
use hub_model::{Confidence, Flow, Location, Severity};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, FnId, Module, Span};
use hub_syntax::{ModuleId, Program};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// A tool that runs the caller's own statement and is meant to read only, where the one thing in the way of a writing
    /// statement is a look at its words: a list of keywords, the word it begins with; or where nothing looks at the stages of a
    /// pipeline although the server has a read-only mode.
    /// ## Why it matters
    /// `WITH … DELETE`, `SELECT …; DROP`, `EXPLAIN ANALYZE`, functions and procedures that write, comments between letters, `$out` and
    /// `$merge`: the words of a statement do not tell what it does. The operator who chose read-only has data changed all the same.
    /// ## How to fix it
    /// Let the data base enforce it: a read-only connection, transaction or user. Where that cannot be had, ask it what kind of
    /// statement it is (`EXPLAIN`), or parse the statement and accept only what is known to read.
    /// ```py vulnerable
    /// import sqlite3
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("db")
    ///
    /// @mcp.tool()
    /// def read_query(query: str) -> list:
    ///     """Runs a SELECT statement."""
    ///     if not query.strip().upper().startswith("SELECT"):
    ///         raise ValueError("only SELECT")
    ///     return sqlite3.connect("x.db").execute(query).fetchall()
    /// ```
    /// ```py safe
    /// import sqlite3
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("db")
    ///
    /// @mcp.tool()
    /// def read_query(query: str) -> list:
    ///     """Runs a SELECT statement."""
    ///     return sqlite3.connect("file:x.db?mode=ro", uri=True).execute(query).fetchall()
    /// ```
    pub struct ReadOnlyBypass {
        id: "read-only-bypass",
        title: "Read-only is decided by the words of a statement",
        category: Access,
        severity: Medium,
        classes: &["S19"],
        references: &["https://cwe.mitre.org/data/definitions/863.html", "https://www.postgresql.org/docs/current/sql-set-transaction.html"],
    }
}

/// Statements and clauses that write.
const WRITES: &[&str] = &[
    "insert", "update", "delete", "drop", "create", "alter", "truncate", "merge", "set", "remove", "replace", "grant", "revoke", "detach",
    "call", "copy", "exec", "execute", "attach", "vacuum",
];
/// Words that reading statements begin with.
const READS: &[&str] = &["select", "show", "describe", "desc", "explain", "with", "match", "pragma", "return"];

/// Ways in which the data base, or a parser, is made to enforce it.
static ENFORCED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)mode=ro\b|(?:BEGIN|TRANSACTION|SESSION|SET)[A-Z_ ]{0,60}READ ONLY|SET SESSION CHARACTERISTICS|default_transaction_read_only|query_only|execute_read\b|executeRead\b|READ_ACCESS|OPEN_READONLY|read_?only\s*[=:]\s*true|sqlglot|pg_query|pgsql-ast-parser|node-sql-parser|libpg_query|BEGIN READ ONLY|set_authorizer|query_type"#,
    )
    .ok()
});
static READ_ONLY_MODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bif\b[^\n]{0,80}\b\w*read_?only\w*|\b\w*read_?only\w*\s*(?:&&|\?)").ok());

impl Rule for ReadOnlyBypass {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let (Some(program), Some(flows)) = (cx.program, cx.flows) else {
            return;
        };
        let statements: Vec<&Reach> = flows
            .reaches
            .iter()
            .filter(|r| r.kind == Kinds::STATEMENT && is_statement(r.argument.rsplit('.').find(|s| *s != "*").unwrap_or("")))
            .collect();
        if statements.is_empty() {
            return;
        }
        self.pipelines(program, &statements, out);
        let enforced = ENFORCED
            .as_ref()
            .is_some_and(|e| program.modules.iter().any(|m| !is_apart(m.path.as_str()) && e.is_match(&m.source)));
        if enforced {
            return;
        }
        for (place, (function, code)) in looks_at_words(program, flows) {
            // The statement that this check is about: one run in the same file, else any.
            let shown = statements
                .iter()
                .min_by_key(|r| (r.sink.at.file != place.file, r.steps.len()))
                .copied();
            let Some(shown) = shown else { continue };
            out.report(Self::META)
                .at(place)
                .evidence(code)
                .title(format!("`{function}` tells reading from writing by the words of the statement"))
                .because(format!(
                    "{} is run as it is by `{}`; the check looks for words, which a statement that writes need not have or begin with.",
                    shown.origin(),
                    shown.operation()
                ))
                .severity(Severity::Medium)
                .confidence(Confidence::Medium)
                .key(function)
                .flow(Flow(shown.steps.clone()))
                .add();
        }
    }
}

impl ReadOnlyBypass {
    /// Pipelines whose stages nobody looks at, in a server that has a read-only mode.
    fn pipelines(&self, program: &Program, statements: &[&Reach], out: &mut Findings) {
        let Some(mode) = READ_ONLY_MODE.as_ref() else { return };
        if !program
            .modules
            .iter()
            .any(|m| !is_apart(m.path.as_str()) && mode.is_match(&m.source))
        {
            return;
        }
        let mut seen = BTreeSet::new();
        for r in statements.iter().filter(|r| r.api.ends_with(".aggregate")) {
            let m = program.module(r.sink.module);
            let text = r.sink.function.map_or(&*m.source, |f| m.text(m.function(f).span));
            let lower = text.to_ascii_lowercase();
            if lower.contains("$out") || lower.contains("$merge") || lower.contains("read_only") || lower.contains("readonly") {
                continue;
            }
            if seen.insert((r.sink.module, r.sink.function)) {
                out.report(Self::META)
                    .at(r.sink.at.clone())
                    .evidence(r.sink.code.clone())
                    .title(format!(
                        "The stages of {} can write although the server has a read-only mode",
                        r.origin()
                    ))
                    .because(
                        "A pipeline with `$out` or `$merge` writes a collection; nothing here looks at the stages or at the mode."
                            .to_owned(),
                    )
                    .severity(Severity::Medium)
                    .confidence(Confidence::Medium)
                    .key(r.sink.function_name.clone())
                    .flow(Flow(r.steps.clone()))
                    .add();
            }
        }
    }
}

/// Whether a name is one that statements go by.
fn is_statement(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    n == "q"
        || ["query", "sql", "cypher", "statement", "stmt", "pipeline", "script", "command"]
            .iter()
            .any(|w| n.contains(w))
}

/// Checks of a statement's words in functions that an entry point runs: place, with the function's name and the line.
fn looks_at_words(program: &Program, flows: &Flows) -> BTreeMap<Location, (String, String)> {
    let mut out: BTreeMap<Location, (String, String)> = BTreeMap::new();
    let mut by_module: BTreeMap<ModuleId, Vec<FnId>> = BTreeMap::new();
    for FunctionRef { module, function } in &flows.reached {
        by_module.entry(*module).or_default().push(*function);
    }
    for (id, functions) in by_module {
        let m = program.module(id);
        if is_apart(m.path.as_str()) {
            continue;
        }
        let lists = word_lists(m);
        let mut seen: BTreeSet<FnId> = BTreeSet::new();
        for (i, expr) in m.exprs.iter().enumerate() {
            if !decides(m, ExprId(i as u32), &lists) {
                continue;
            }
            let Some(f) = innermost(m, &functions, expr.span) else { continue };
            if seen.insert(f) {
                let at = m.location(expr.span);
                let name = m.function(f).name.map_or("a handler", |n| m.str(n)).to_owned();
                let code = line_of(m, &at);
                out.insert(at, (name, code));
            }
        }
    }
    out
}

fn innermost(m: &Module, functions: &[FnId], span: Span) -> Option<FnId> {
    functions
        .iter()
        .copied()
        .filter(|f| {
            let s = m.function(*f).span;
            s.start <= span.start && span.end <= s.end
        })
        .min_by_key(|f| {
            let s = m.function(*f).span;
            s.end - s.start
        })
}

/// Names of module-level lists of words that write.
fn word_lists(m: &Module) -> BTreeSet<&str> {
    let mut out = BTreeSet::new();
    for stmt in &m.stmts {
        let (pattern, value) = match &stmt.kind {
            hub_syntax::ir::StmtKind::Let {
                pattern, init: Some(e), ..
            } => (*pattern, *e),
            hub_syntax::ir::StmtKind::Expr(e) => match &m.expr(*e).kind {
                ExprKind::Assign { target, value, .. } => (*target, *value),
                _ => continue,
            },
            _ => continue,
        };
        let hub_syntax::ir::PatKind::Ident(name) = m.pat(pattern).kind else {
            continue;
        };
        let list = match &m.expr(value).kind {
            ExprKind::Call { args, .. } => args.first().map(|a| a.value),
            _ => Some(value),
        };
        if list.is_some_and(|l| is_write_list(m, l)) {
            out.insert(m.str(name));
        }
    }
    out
}

fn is_write_list(m: &Module, e: ExprId) -> bool {
    let ExprKind::Array(items) = &m.expr(e).kind else { return false };
    items
        .iter()
        .filter(|i| matches!(&m.expr(**i).kind, ExprKind::Str(s) if WRITES.contains(&m.str(*s).trim().to_ascii_lowercase().as_str())))
        .count()
        >= 2
}

/// Whether this expression tells reading from writing by words: a pattern, a first word, a list of keywords.
fn decides(m: &Module, e: ExprId, lists: &BTreeSet<&str>) -> bool {
    match &m.expr(e).kind {
        ExprKind::Call { callee, args, .. } => {
            let (method, object) = match &m.expr(*callee).kind {
                ExprKind::Member { object, property } => (m.str(*property), Some(*object)),
                ExprKind::Ident(n) => (m.str(*n), None),
                _ => return false,
            };
            match method {
                "search" | "match" | "fullmatch" | "findall" | "test" | "exec" => {
                    let pattern = args.iter().map(|a| a.value).chain(object).any(|p| is_word_pattern(m, p, 0));
                    let subject = args.iter().map(|a| a.value).chain(object).any(|s| names_statement(m, s, 0));
                    pattern && subject
                }
                "startswith" | "startsWith" => {
                    object.is_some_and(|o| names_statement(m, o, 0))
                        && args.first().is_some_and(|a| {
                            words_of(m, a.value)
                                .iter()
                                .any(|w| READS.contains(&w.as_str()) || WRITES.contains(&w.as_str()))
                        })
                }
                // `KEYWORDS.some((k) => query.includes(k))`, `any(k in query for k in KEYWORDS)`.
                "some" | "every" => {
                    object.is_some_and(|o| is_list(m, o, lists)) && args.first().is_some_and(|a| text_names_statement(m, a.value))
                }
                "any" | "all" => args.first().is_some_and(|a| match &m.expr(a.value).kind {
                    ExprKind::Comprehension(comprehension) => {
                        let hub_syntax::ir::Comprehension { element, clauses, .. } = &**comprehension;
                        clauses.iter().any(|c| is_list(m, c.iterable, lists)) && text_names_statement(m, *element)
                    }
                    _ => false,
                }),
                _ => false,
            }
        }
        // `words[0] in ("SELECT", …)`, `first !== "SELECT"`.
        ExprKind::Binary {
            op: BinaryOp::In | BinaryOp::NotIn,
            left,
            right,
        } => {
            names_statement(m, *left, 0)
                && words_of(m, *right)
                    .iter()
                    .filter(|w| READS.contains(&w.as_str()) || WRITES.contains(&w.as_str()))
                    .count()
                    >= 2
        }
        _ => false,
    }
}

fn is_list(m: &Module, e: ExprId, lists: &BTreeSet<&str>) -> bool {
    is_write_list(m, e)
        || match &m.expr(e).kind {
            ExprKind::Ident(n) => lists.contains(m.str(*n)),
            ExprKind::Member { property, .. } => lists.contains(m.str(*property)),
            _ => false,
        }
}

fn text_names_statement(m: &Module, e: ExprId) -> bool {
    let text = m.text(m.expr(e).span);
    text.len() < 400 && text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(is_statement)
}

/// Whether a text looked at is a statement: `query`, `sql.trim().toUpperCase()`, `query.split()[0]`.
fn names_statement(m: &Module, e: ExprId, depth: u32) -> bool {
    if depth > 8 {
        return false;
    }
    match &m.expr(e).kind {
        ExprKind::Ident(n) => is_statement(m.str(*n)),
        ExprKind::Member { object, property } => is_statement(m.str(*property)) || names_statement(m, *object, depth + 1),
        ExprKind::Index { object, .. } => names_statement(m, *object, depth + 1),
        ExprKind::Call { callee, .. } => match &m.expr(*callee).kind {
            ExprKind::Member { object, .. } => names_statement(m, *object, depth + 1),
            _ => false,
        },
        _ => false,
    }
}

/// Literal words of a text or list, lower case.
fn words_of(m: &Module, e: ExprId) -> Vec<String> {
    match &m.expr(e).kind {
        ExprKind::Str(s) => vec![m.str(*s).trim().to_ascii_lowercase()],
        ExprKind::Array(items) => items
            .iter()
            .take(40)
            .filter_map(|i| match &m.expr(*i).kind {
                ExprKind::Str(s) => Some(m.str(*s).trim().to_ascii_lowercase()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A pattern made of at least two words that write, or anchored on a word that reads.
fn is_word_pattern(m: &Module, e: ExprId, depth: u32) -> bool {
    if depth > 3 {
        return false;
    }
    let text = match &m.expr(e).kind {
        ExprKind::Str(s) => m.str(*s),
        ExprKind::Regex { pattern, .. } => m.str(*pattern),
        ExprKind::Call { args, .. } => return args.first().is_some_and(|a| is_word_pattern(m, a.value, depth + 1)),
        _ => return false,
    };
    if text.len() > 2_000 {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty()).collect();
    let alternatives = lower.contains('|') || lower.contains(r"\b");
    // `\bSET` leaves `bset` once the escape is cut off.
    let is = |w: &str, list: &[&str]| {
        list.contains(&w)
            || w.strip_prefix('b').is_some_and(|w| list.contains(&w))
            || w.strip_prefix('s').is_some_and(|w| list.contains(&w))
    };
    words.iter().filter(|w| is(w, WRITES)).count() >= 2 && alternatives
        || lower.starts_with('^') && words.iter().any(|w| is(w, READS)) && words.len() <= 12
}
