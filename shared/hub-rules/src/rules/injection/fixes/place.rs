//! The operation at a place, mended with its own names.

use super::parts::{Part, behind, parts_of, words_of, written};
use hub_engine::taint::Kinds;
use hub_model::FixCode;
use hub_syntax::ir::{Arg, ExprId, ExprKind, Language, Module, Span};

/// A call in JavaScript or Python, taken apart.
struct Call<'m> {
    module: &'m Module,
    callee: ExprId,
    args: &'m [Arg],
    python: bool,
}

/// Lines of code; the last is what takes the place of the call.
type Lines = Vec<String>;

/// The mended call at `span`; none where its form is not one of the common ones.
pub(super) fn mended(kind: Kinds, module: &Module, span: Span) -> Option<FixCode> {
    if !(module.language.is_script() || module.language == Language::Python) {
        return None;
    }
    let mut calls = module.exprs_within(span).filter(|(_, e)| e.span == span);
    let (callee, args) = calls.find_map(|(_, e)| match &e.kind {
        ExprKind::Call { callee, args, new: false } => Some((*callee, &**args)),
        _ => None,
    })?;
    let call = Call {
        module,
        callee,
        args,
        python: module.language == Language::Python,
    };
    let lines = match kind {
        Kinds::SHELL => call.without_shell(),
        Kinds::QUERY => call.with_parameters(),
        Kinds::PATH => call.below_a_folder(),
        Kinds::URL => call.to_known_hosts(),
        _ => None,
    }?;
    Some(FixCode {
        language: module.language.name().to_owned(),
        code: lines.join("\n"),
        replaces: Some(written(module, span)?),
    })
}

impl Call<'_> {
    fn text(&self, expr: ExprId) -> Option<String> {
        written(self.module, self.module.expr(expr).span)
    }

    /// The arguments from the `n`th on, as they are written, each with a comma before it.
    fn rest(&self, n: usize, leave_out: &str) -> Option<String> {
        let mut out = String::new();
        for arg in self.args.iter().skip(n) {
            if arg.spread || arg.kw_spread {
                return None;
            }
            let value = self.text(arg.value)?;
            match arg.name.map(|name| self.module.str(name)) {
                Some(name) if name == leave_out => {}
                Some(name) => out.push_str(&format!(", {name}={value}")),
                None => out.push_str(&format!(", {value}")),
            }
        }
        Some(out)
    }

    /// The first argument, when it is a plain one.
    fn first(&self) -> Option<ExprId> {
        let first = self.args.first()?;
        (first.name.is_none() && !first.spread).then_some(first.value)
    }

    fn constant(&self, text: &str) -> String {
        serde_json::Value::from(text).to_string()
    }

    /// A text in the language, of its parts.
    fn literal(&self, parts: &[Part]) -> Option<String> {
        match parts {
            [Part::Constant(text)] => Some(self.constant(text)),
            [Part::Value(value)] => Some(value.clone()),
            _ => {
                let mut out = String::from(if self.python { "f\"" } else { "`" });
                for part in parts {
                    match part {
                        Part::Constant(text) if text.contains(['\\', '"', '`', '{', '}', '$', '\n']) => return None,
                        Part::Constant(text) => out.push_str(text),
                        Part::Value(value) if value.contains(['"', '`']) => return None,
                        Part::Value(value) => out.push_str(&format!("{}{{{value}}}", if self.python { "" } else { "$" })),
                    }
                }
                out.push(if self.python { '"' } else { '`' });
                Some(out)
            }
        }
    }

    /// A check that ends the call with an error.
    fn refuse(&self, when: &str, why: &str) -> Vec<String> {
        if self.python {
            vec![format!("if {when}:"), format!("    raise ValueError(\"{why}\")")]
        } else {
            vec![format!("if ({when}) throw new Error(\"{why}\");")]
        }
    }

    /// A command line becomes a program and its arguments.
    fn without_shell(&self) -> Option<Lines> {
        let first = self.first()?;
        let words = words_of(&parts_of(self.module, first)?)?;
        let (program, arguments) = words.split_first()?;
        let [Part::Constant(program)] = &program[..] else { return None };
        let callee = self.text(self.callee)?;
        let (owner, name) = callee.rsplit_once('.').map_or(("", callee.as_str()), |(owner, name)| (owner, name));
        let mut lines = Vec::new();
        let mut list = Vec::new();
        for word in arguments {
            let literal = self.literal(word)?;
            // Without a shell a value may still pass for an option.
            if let [Part::Value(value), ..] = &word[..]
                && is_name(value)
            {
                let begins = if self.python { "startswith" } else { "startsWith" };
                lines.extend(self.refuse(&format!("{value}.{begins}(\"-\")"), "a value must not begin with -"));
            }
            list.push(literal);
        }
        let (program, list) = (self.constant(program), list.join(", "));
        let list = if self.python {
            let all = if list.is_empty() { program } else { format!("{program}, {list}") };
            format!("[{all}]")
        } else {
            format!("{program}, [{list}]")
        };
        if self.python {
            match (owner, name) {
                ("os", "system") if self.args.len() == 1 => {
                    lines.insert(0, "import subprocess".to_owned());
                    lines.push(format!("subprocess.run({list}).returncode"));
                }
                (_, "run" | "call" | "check_call" | "check_output" | "Popen") => {
                    lines.push(format!("{callee}({list}{})", self.rest(1, "shell")?));
                }
                _ => return None,
            }
            return Some(lines);
        }
        let rest = self.rest(1, "")?;
        if rest.contains("shell") {
            return None;
        }
        let direct = match name {
            "exec" => "execFile",
            "execSync" => "execFileSync",
            // A name of its own for `promisify(exec)`.
            _ if owner.is_empty() && self.is_promisified() => {
                lines.insert(0, "import { execFile } from \"node:child_process\";".to_owned());
                lines.insert(1, "import { promisify } from \"node:util\";".to_owned());
                lines.push(format!("promisify(execFile)({list}{rest})"));
                return Some(lines);
            }
            _ => return None,
        };
        if owner.is_empty() {
            lines.insert(0, format!("import {{ {direct} }} from \"node:child_process\";"));
            // `exec` itself may be the promisified one.
            if self.is_promisified() {
                lines.insert(1, "import { promisify } from \"node:util\";".to_owned());
                lines.push(format!("promisify({direct})({list}{rest})"));
            } else {
                lines.push(format!("{direct}({list}{rest})"));
            }
        } else {
            lines.push(format!("{owner}.{direct}({list}{rest})"));
        }
        Some(lines)
    }

    /// The name called is bound to a promisified function.
    fn is_promisified(&self) -> bool {
        let held = behind(self.module, self.callee);
        held != self.callee && self.text(held).is_some_and(|text| text.contains("promisify("))
    }

    /// A value inside a query becomes its parameter.
    fn with_parameters(&self) -> Option<Lines> {
        let first = self.first()?;
        let callee = self.text(self.callee)?;
        let name = callee.rsplit('.').next()?;
        let is_query = if self.python {
            matches!(name, "execute" | "executemany" | "fetch" | "fetchrow" | "fetchval")
        } else {
            matches!(name, "query" | "execute" | "all" | "get" | "run" | "each")
        };
        // Parameters that are there already would have to be counted with these.
        let is_callback = |arg: &Arg| matches!(self.module.expr(arg.value).kind, ExprKind::Function(_));
        if !is_query || !self.args.iter().skip(1).all(is_callback) {
            return None;
        }
        let source = &*self.module.source;
        let numbered = if self.python {
            source.contains("asyncpg")
        } else {
            source.contains("\"pg\"") || source.contains("'pg'")
        };
        let percent = self.python
            && ["psycopg", "pymysql", "mysql", "MySQLdb"]
                .iter()
                .any(|driver| source.contains(driver));
        let parts = parts_of(self.module, first)?;
        let (mut sql, mut values, mut quote) = (String::new(), Vec::new(), None);
        for (n, part) in parts.iter().enumerate() {
            match part {
                Part::Constant(text) => {
                    let text = quote.take().map_or(Some(text.as_str()), |q| text.strip_prefix(q))?;
                    sql.push_str(&if percent { text.replace('%', "%%") } else { text.to_owned() });
                }
                Part::Value(value) => {
                    // A parameter stands without the quotes that a value inside the text needed.
                    let next = match parts.get(n + 1) {
                        Some(Part::Constant(text)) => text.as_str(),
                        _ => "",
                    };
                    quote = ['\'', '"'].into_iter().find(|q| sql.ends_with(*q) && next.starts_with(*q));
                    if quote.is_some() {
                        sql.pop();
                    }
                    if !takes_value(&sql) {
                        return None;
                    }
                    values.push(value.clone());
                    sql.push_str(&match (numbered, percent) {
                        (true, _) => format!("${}", values.len()),
                        (_, true) => "%s".to_owned(),
                        _ => "?".to_owned(),
                    });
                }
            }
        }
        let (sql, values) = (self.constant(&sql), values.join(", "));
        let rest = self.rest(1, "")?;
        Some(vec![match (self.python, numbered) {
            (true, true) => format!("{callee}({sql}, {values})"),
            (true, false) => format!("{callee}({sql}, ({values},))"),
            (false, _) => format!("{callee}({sql}, [{values}]{rest})"),
        }])
    }

    /// A path is resolved and held against its folder.
    fn below_a_folder(&self) -> Option<Lines> {
        let first = self.first()?;
        let callee = self.text(self.callee)?;
        let name = callee.rsplit('.').next()?;
        // Operations of which the first argument is the path, and the only one.
        if !ONE_PATH.contains(&name) {
            return None;
        }
        let (folder, value) = self.folder_and_value(behind(self.module, first))?;
        let (root, file) = (
            self.new_name(["root", "folder", "allowedRoot"])?,
            self.new_name(["file", "target", "resolvedFile"])?,
        );
        let rest = self.rest(1, "")?;
        let mut lines = Vec::new();
        if self.python {
            lines.push("from pathlib import Path".to_owned());
            lines.push(format!("{root} = Path({folder}).resolve()"));
            lines.push(format!("{file} = ({root} / {value}).resolve()"));
            lines.extend(self.refuse(&format!("not {file}.is_relative_to({root})"), "the path lies outside of its folder"));
        } else {
            let has_path = self
                .module
                .imports
                .iter()
                .flat_map(|i| &i.names)
                .any(|n| self.module.str(n.local) == "path");
            if !has_path && !self.module.source.contains("path = require") {
                lines.push("import path from \"node:path\";".to_owned());
            }
            lines.push(format!("const {root} = path.resolve({folder});"));
            lines.push(format!("const {file} = path.resolve({root}, {value});"));
            lines.extend(self.refuse(
                &format!("!{file}.startsWith({root} + path.sep)"),
                "the path lies outside of its folder",
            ));
        }
        lines.push(format!("{callee}({file}{rest})"));
        Some(lines)
    }

    /// The folder that a path begins with, and what is put below it. Of a path that begins with no folder, one to be named.
    fn folder_and_value(&self, path: ExprId) -> Option<(String, String)> {
        let module = self.module;
        let named = || Some((self.constant("data"), self.text(path)?));
        match &module.expr(path).kind {
            ExprKind::Call { callee, args, .. } if args.len() >= 2 && args.iter().all(|a| a.name.is_none() && !a.spread) => {
                let joins = self.text(*callee)?;
                if !matches!(joins.rsplit('.').next(), Some("join" | "resolve")) {
                    return None;
                }
                let texts: Option<Vec<String>> = args.iter().map(|a| self.text(a.value)).collect();
                let (folder, values) = texts?
                    .split_first()
                    .map(|(f, v)| (f.clone(), v.join(if self.python { " / " } else { ", " })))?;
                Some((folder, values))
            }
            ExprKind::Ident(_) | ExprKind::Member { .. } => named(),
            ExprKind::Template(_) | ExprKind::Binary { .. } => {
                let parts = parts_of(module, path)?;
                let (folder, value) = match &parts[..] {
                    [Part::Constant(folder), value @ ..] => (self.constant(folder.strip_suffix('/')?), value.to_vec()),
                    [Part::Value(folder), Part::Constant(first), value @ ..] => {
                        let first = first.strip_prefix('/')?;
                        let first = (!first.is_empty()).then(|| Part::Constant(first.to_owned()));
                        (folder.clone(), first.into_iter().chain(value.iter().cloned()).collect())
                    }
                    _ => return None,
                };
                (!value.is_empty()).then_some(())?;
                Some((folder, self.literal(&value)?))
            }
            _ => None,
        }
    }

    /// An address goes to known hosts only.
    fn to_known_hosts(&self) -> Option<Lines> {
        let first = self.first()?;
        let callee = self.text(self.callee)?;
        let value = self.text(first)?;
        let rest = self.rest(1, "")?;
        let address = self.new_name(["address", "target", "checkedUrl"])?;
        let why = "this host is not allowed";
        let mut lines = Vec::new();
        if self.python {
            lines.push("from urllib.parse import urlparse".to_owned());
            lines.push(format!("{address} = {value}"));
            lines.extend(self.refuse(&format!("urlparse({address}).hostname not in {{\"api.example.com\"}}"), why));
            lines.push(format!("{callee}({address}{rest})"));
        } else {
            lines.push(format!("const {address} = new URL({value});"));
            lines.extend(self.refuse(&format!("![\"api.example.com\"].includes({address}.hostname)"), why));
            lines.push(format!("{callee}({address}.href{rest})"));
        }
        Some(lines)
    }

    /// The first of some names that nothing in the file is called.
    fn new_name(&self, names: [&'static str; 3]) -> Option<&'static str> {
        let taken = |name: &str| {
            let source = &*self.module.source;
            source.match_indices(name).any(|(at, _)| {
                let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                !is_word(source[..at].chars().next_back()) && !is_word(source[at + name.len()..].chars().next())
            })
        };
        names.into_iter().find(|name| !taken(name))
    }
}

/// Calls that take one path, as their first argument.
const ONE_PATH: &[&str] = &[
    "open",
    "readFile",
    "readFileSync",
    "writeFile",
    "writeFileSync",
    "appendFile",
    "appendFileSync",
    "createReadStream",
    "createWriteStream",
    "unlink",
    "unlinkSync",
    "readdir",
    "readdirSync",
    "remove",
];

/// A name or members of one.
fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'))
}

/// Whether a value may stand at the end of this much of a query. A table's or column's name may not be a parameter.
fn takes_value(sql: &str) -> bool {
    let before = sql.trim_end().to_ascii_uppercase();
    let listed = before.ends_with(['(', ',']) && (before.contains("VALUES") || before.contains(" IN"));
    before.ends_with(['=', '<', '>']) || before.ends_with(" LIKE") || listed
}
