//! Dangerous operations: which operand of a call is dangerous, and whether an attacker's data is in it.

use super::api::{At, Sink, Tables, When};
use super::calls::ArgVal;
use super::engine::{Detail, Engine, Hit};
use super::value::{Atom, Entity, Facet, Head, Kinds, Lit, Value};
use hub_syntax::ir::{Language, Span};
use smallvec::SmallVec;

impl Engine<'_> {
    /// Sinks of a name and of what it may also be called.
    pub fn check_sinks(&mut self, name: &str, recv: Option<&Value>, args: &[ArgVal], span: Span) -> bool {
        let language = self.module().language;
        let tables = Tables::of(language);
        let mut any = false;
        let exact = tables.sinks(name);
        let wild = match name.rsplit_once('.') {
            Some((head, last)) => {
                let own = tables.sinks(&format!("{head}.*"));
                let method = if head == "*" || !exact.is_empty() {
                    &[]
                } else {
                    tables.sinks(&format!("*.{last}"))
                };
                own.iter().chain(method).copied().collect::<Vec<_>>()
            }
            None => Vec::new(),
        };
        for s in exact.iter().copied().chain(wild) {
            // What only speaks to a model, a browser or a server leaves its answer as it was.
            any |= !matches!(s.kind, Kinds::PROMPT | Kinds::HEADER | Kinds::CLAIMS | Kinds::REDIRECT);
            self.check_sink(s, name, recv, args, span);
        }
        any
    }

    pub fn named<'a>(&self, args: &'a [ArgVal], name: &str) -> Option<&'a Value> {
        args.iter()
            .find(|a| a.name.is_some_and(|n| &**self.names.text(n) == name))
            .map(|a| &a.value)
    }
    /// A keyword, or a field of an options object.
    pub fn option(&mut self, args: &[ArgVal], name: &str) -> Option<Value> {
        if let Some(v) = self.named(args, name) {
            return Some(v.clone());
        }
        let id = self.names.intern(name);
        args.iter().find_map(|a| a.value.field(id).cloned())
    }
    pub fn positional(args: &[ArgVal], i: usize) -> Option<&Value> {
        args.iter().filter(|a| a.name.is_none() && !a.kw_spread).nth(i).map(|a| &a.value)
    }

    pub fn check_sink(&mut self, s: &'static Sink, name: &str, recv: Option<&Value>, args: &[ArgVal], span: Span) {
        let language = self.module().language;
        match s.when {
            When::Program if matches!(s.at, At::Receiver) => {
                if let Some(words) = recv {
                    self.check_program(s, name, &[ArgVal::plain(words.clone())], span);
                }
                return;
            }
            When::Program => {
                let from = match s.at {
                    At::Arg(i, _) => i as usize,
                    _ => 0,
                };
                return self.check_program(s, name, args.get(from..).unwrap_or_default(), span);
            }
            When::StartInfo => {
                let words = self.start_info(recv.filter(|_| matches!(s.at, At::Receiver)), args);
                let mut list = Value::default();
                words.into_iter().for_each(|w| list.push_word(w));
                if !list.items().is_empty() {
                    self.check_program(s, name, &[ArgVal::plain(list)], span);
                }
                return;
            }
            When::CommandLine | When::OneText => {
                let first = args.iter().find(|a| a.name.is_none());
                let listed =
                    first.is_some_and(|a| a.spread || a.value.shape.as_ref().is_some_and(|s| !s.items.is_empty() || s.rest.is_some()));
                let is_word = |a: &&ArgVal| {
                    let block = a.value.refs.iter().any(|r| matches!(r, Entity::Function(_)));
                    a.name.is_none() && a.value.shape.is_none() && !block
                };
                let several = s.when == When::OneText && args.iter().filter(is_word).count() > 1;
                if listed || several {
                    return self.check_program(s, name, args, span);
                }
            }
            When::UnsafeLoader => {
                let loader = self.option(args, "Loader").or_else(|| Self::positional(args, 1).cloned());
                let safe = loader.is_some_and(|l| {
                    l.refs.iter().any(|r| matches!(r, Entity::External(n) if self.names.text(*n).contains("Safe") || self.names.text(*n).contains("BaseLoader")))
                });
                if safe {
                    return;
                }
            }
            When::Flag(flag) if !self.option(args, flag).is_some_and(|v| v.is_true()) => return,
            When::NoFlag(flag) if self.option(args, flag).is_some_and(|v| v.is_true()) => return,
            When::Off(flag) if !self.option(args, flag).is_some_and(|v| v.lit == Lit::Bool(false)) => return,
            When::Unless(flag) if self.option(args, flag).is_some_and(|v| !v.is_true()) => return,
            When::Chosen(flag, names) => {
                let chosen = self.option(args, flag);
                if !chosen.is_some_and(|v| names.iter().any(|n| self.is_named(&v, n))) {
                    return;
                }
            }
            When::After(name) => {
                let At::Arg(i, _) = s.at else { return };
                let before = Self::positional(args, usize::from(i).saturating_sub(1))
                    .cloned()
                    .unwrap_or_default();
                if !self.is_named(&before, name) {
                    return;
                }
            }
            When::FileSays(words) if !self.file_says(words) => return,
            When::FileSilent(words) if self.file_says(words) => return,
            _ => {}
        }
        if s.api == "*.from_string" {
            // `from_string` of things that are no template engine, or of one whose templates reach no attribute of Python.
            let head = name.rsplit_once('.').map_or("", |(h, _)| h).to_ascii_lowercase();
            let engine = ["jinja", "env", "template", "engine"].iter().any(|w| head.contains(w));
            if head != "*" && (!engine || head.contains("sandbox")) {
                return;
            }
        }
        let operands: Vec<Value> = match s.at {
            At::Arg(i, keyword) => {
                let mut out: Vec<Value> = Self::positional(args, i as usize).cloned().into_iter().collect();
                if out.is_empty() {
                    // `f(*args)`: anything may be it.
                    out.extend(args.iter().filter(|a| a.spread).map(|a| a.value.clone()));
                }
                if !keyword.is_empty()
                    && let Some(v) = self.named(args, keyword)
                {
                    out.push(v.clone());
                }
                if !keyword.is_empty() && !self.is_python() {
                    let id = self.names.intern(keyword);
                    if let Some(v) = out.first().and_then(|v| v.field(id).cloned()) {
                        out[0] = v;
                    } else if s.kind == Kinds::URL && out.first().is_some_and(|v| v.shape.is_some() && v.atoms.is_empty()) {
                        return;
                    }
                }
                out
            }
            At::Named(keyword) => self.option(args, keyword).into_iter().collect(),
            At::Any => {
                // `git.add("--", *files)`: what follows is no option.
                let ended = args.iter().position(|a| s.kind == Kinds::ARGUMENT && a.value.text() == Some("--"));
                args.iter().take(ended.unwrap_or(args.len())).map(|a| a.value.clone()).collect()
            }
            At::Receiver => recv.cloned().into_iter().collect(),
        };
        for v in operands {
            // `find_by_sql(["… ?", value])`: a list is the query and its values.
            let v = match v.items().first() {
                Some(query) if s.kind == Kinds::QUERY && language == Language::Ruby => query.clone(),
                _ => v,
            };
            let whole = v.head == Head::Open && v.shape.is_none();
            if s.kind == Kinds::QUERY && whole {
                for a in v.atoms.clone() {
                    self.hit(Kinds::STATEMENT, name, s.source, Detail::default(), a, span);
                }
            }
            match s.when {
                When::QueryText => {
                    let text = match (&v.lit, &v.head) {
                        (Lit::Str(t), _) => t.to_string(),
                        (_, Head::Literal(t)) => t.to_string(),
                        _ => String::new(),
                    };
                    let known = recv.is_some_and(|r| {
                        r.refs
                            .iter()
                            .any(|r| matches!(r, Entity::External(n) if is_database(self.names.text(*n))))
                    });
                    let composed = known && !whole;
                    if !looks_like_query(&text) && !composed {
                        continue;
                    }
                }
                When::Composed if whole || v.shape.is_some() => continue,
                When::Address if v.facet != Facet::ParsedUrl => continue,
                When::Whole => {
                    // A whole filter object of the caller: operators come with it.
                    if !v.has_atoms() || v.refs.iter().any(|r| matches!(r, Entity::Function(_))) {
                        continue;
                    }
                    let parsed = recv.is_some_and(|r| {
                        r.refs
                            .iter()
                            .any(|r| matches!(r, Entity::External(n) if self.names.text(*n).to_ascii_lowercase().contains("mongo")))
                    });
                    if !parsed {
                        continue;
                    }
                }
                When::SystemRole => {
                    for message in self.system_messages(&v) {
                        let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
                        message.each_atom(0, &mut |a| atoms.push(*a));
                        for a in atoms {
                            self.hit(s.kind, name, s.source, Detail::default(), a, span);
                        }
                    }
                    continue;
                }
                When::Markup => {
                    let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
                    v.each_atom(0, &mut |a| atoms.push(*a));
                    for a in atoms {
                        if a.kinds.has(Kinds::PAGE) || self.is_symbolic(a.label) && a.kinds.has(Kinds::MARKUP) {
                            self.hit(Kinds::PAGE, name, s.source, Detail::default(), a, span);
                        }
                    }
                    continue;
                }
                _ => {}
            }
            if s.kind == Kinds::TEMPLATE && matches!(s.at, At::Receiver) && !whole {
                continue;
            }
            // A module of a family of the program's own: `import(`@scope/adapter-${name}`)`.
            let loads = matches!(s.api, "import" | "require" | "importlib.import_module" | "__import__");
            if loads && v.head != Head::Open {
                continue;
            }
            let detail = Detail {
                whole,
                follows: s.kind == Kinds::URL && self.follows_redirects(name),
                ..Detail::default()
            };
            // Files and addresses are named by the value itself, or by a list of them; not by the fields of an options object.
            if matches!(s.kind, Kinds::PATH | Kinds::URL | Kinds::SCHEME) && v.has_atoms() {
                for a in v.atoms.clone() {
                    self.hit(s.kind, name, s.source, detail, a, span);
                }
            } else {
                let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
                v.each_atom(0, &mut |a| atoms.push(*a));
                for a in atoms {
                    self.hit(s.kind, name, s.source, detail, a, span);
                }
            }
        }
    }

    /// Whether a value is the outside name, however it is qualified.
    fn is_named(&self, v: &Value, name: &str) -> bool {
        v.refs
            .iter()
            .any(|r| matches!(r, Entity::External(n) if self.names.text(*n).rsplit(['.', '\\']).next() == Some(name)))
    }

    fn file_says(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.module().source.contains(w))
    }

    /// Whether a request goes on to wherever its answer sends it: what the client does by itself, and nothing in the module sets
    /// otherwise or connects in its own way.
    fn follows_redirects(&mut self, name: &str) -> bool {
        let language = self.module().language;
        let by_itself = match language {
            Language::Python => name.starts_with("requests.") || name == "urllib.request.urlopen",
            Language::JavaScript | Language::TypeScript => {
                name == "fetch" || ["axios", "got", "node-fetch", "undici.fetch"].iter().any(|c| name.starts_with(c))
            }
            Language::Go => matches!(name, "net/http.Get" | "net/http.Post" | "net/http.Head" | "net/http.PostForm"),
            _ => false,
        };
        if !by_itself {
            return false;
        }
        let module = self.module();
        *self.follows.entry(self.module_id()).or_insert_with(|| {
            let says = |words: &[&str]| words.iter().any(|w| module.source.contains(w));
            match language {
                // httpx has to be told to.
                Language::Python if says(&["httpx"]) => {
                    says(&["follow_redirects=True", "follow_redirects = True"]) && !says(&["transport="])
                }
                Language::Python => !says(&[
                    "allow_redirects",
                    "HTTPRedirectHandler",
                    "HTTPAdapter",
                    "connector=",
                    "max_redirects",
                ]),
                Language::Go => !says(&["CheckRedirect", "DialContext"]),
                _ => !says(&["redirect", "Redirect", "dispatcher", "gent:", "lookup:"]),
            }
        })
    }

    /// The contents of those messages of a list that speak as the system: `{ role: "system", content }`.
    fn system_messages(&mut self, list: &Value) -> Vec<Value> {
        let [role, content] = ["role", "content"].map(|t| self.names.intern(t));
        let rest = list.shape.as_ref().and_then(|s| s.rest.as_ref());
        list.items()
            .iter()
            .chain(rest)
            .filter(|m| {
                m.field(role)
                    .and_then(Value::text)
                    .is_some_and(|r| matches!(r, "system" | "developer"))
            })
            .filter_map(|m| m.field(content).cloned())
            .collect()
    }

    pub fn hit(&mut self, kind: Kinds, api: &str, source: &'static str, detail: Detail, atom: Atom, span: Span) {
        let goes_on = detail.follows && atom.kinds.has(Kinds::HOP);
        if !atom.kinds.has(kind.needed()) && kind != Kinds::PAGE && !goes_on {
            return;
        }
        let api = self.names.intern(api);
        let (module, function) = (self.module_id(), self.frame().function);
        let mut chain = SmallVec::new();
        chain.push(atom.trace);
        self.record(Hit {
            module,
            function,
            span,
            kind,
            api,
            source,
            detail,
            atom,
            chain,
        });
    }
}

fn is_database(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    [
        "sql",
        "psycopg",
        "asyncpg",
        "duckdb",
        "pg.",
        "neo4j",
        "oracledb",
        "clickhouse",
        "snowflake",
        "knex",
        "bigquery",
        "cassandra",
        "engine()",
        "trino",
        "databricks",
    ]
    .iter()
    .any(|w| n.contains(w))
}

/// Whether literal text reads like the beginning of a query.
pub fn looks_like_query(text: &str) -> bool {
    let t = text.trim_start().to_ascii_lowercase();
    const WORDS: [&str; 27] = [
        "select ",
        "from ",
        "insert ",
        "update ",
        "delete ",
        "drop ",
        "create ",
        "alter ",
        "truncate ",
        "merge ",
        "match ",
        "match(",
        "with ",
        "replace ",
        "exec ",
        "call ",
        "grant ",
        "show ",
        "describe ",
        "explain ",
        "pragma ",
        "use ",
        "set ",
        "copy ",
        "unwind ",
        "attach ",
        "analyze ",
    ];
    WORDS
        .iter()
        .any(|w| t.starts_with(w) || t.starts_with(w.trim_end()) && t[w.trim_end().len()..].starts_with(['\n', '\t', '\r']))
        || t.contains(" where ") && t.contains(" from ")
}
