//! Methods of built-in values, and files of the snapshot.

use super::ENTRY_BYTES;
use super::files;
use super::run::Interp;
use super::value::{Args, Class, Dict, List, ListKind, Made, Value};
use hub_engine::eval::data::from_json;
use hub_engine::eval::text::replaced_text;
use hub_engine::eval::{Dialect as _, MAX_TEXT};
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;
use std::rc::Rc;

impl<'a> Interp<'a> {
    pub(in crate::py) fn call_bound(&mut self, receiver: &Value, name: &str, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        match receiver {
            Value::Likely(inner) => {
                let result = self.call_bound(inner, name, args, at);
                Value::likely(result)
            }
            Value::Str(text) => {
                let text = text.clone();
                let inputs: Vec<&Value> = args.pos.iter().chain(args.kw.iter().map(|(_, v)| v)).collect();
                let likely = inputs.iter().any(|v| v.is_likely());
                let result = self.str_method(&text, name, &args);
                if likely { Value::likely(result) } else { result }
            }
            Value::List(list) => self.list_method(receiver, list, name, &args),
            Value::Dict(dict) => self.dict_method(receiver, dict, name, &args),
            Value::Server(server) => self.server_method(server, name, args, at),
            Value::Path(path) => self.path_method(path, name, &args),
            Value::Class(class) => self.class_method(class, name, &args, at),
            Value::Instance(_) => self.instance_method(receiver, name, &args),
            Value::Made(made) if made.name() == "super" => self.super_method(made, name, args),
            Value::Made(made) => self.made_method(made, name, &args),
            Value::Unknown(_) => self.unknown_method(name, args, at),
            Value::Num(_) => Value::unknown("a number's method"),
            _ => Value::unknown(format!("the result of `{name}` of an unknown value")),
        }
    }

    fn super_method(&mut self, made: &Rc<Made>, name: &str, args: Args) -> Value {
        let Some(this) = made.args.pos.first().cloned() else {
            return Value::None;
        };
        if name == "__init__" {
            self.library_init(&this, args);
            return Value::None;
        }
        if let Value::Instance(instance) = &this
            && let Some(server) = instance.server.borrow().clone()
        {
            return self.server_method(&server, name, args, None);
        }
        Value::unknown("a library's method")
    }

    fn made_method(&mut self, made: &Rc<Made>, name: &str, args: &Args) -> Value {
        if &*made.path == "re.compile" {
            return self.call_re(name, &Value::Made(made.clone()), args);
        }
        match (made.name(), name) {
            ("Match", _) => self.match_method(made, name, args),
            ("signature", "replace") => {
                let mut all = Args::of(made.args.pos.clone());
                all.kw = args.kw.clone();
                self.made(&made.path, all, None)
            }
            ("Parameter", "replace") => {
                let mut all = Args::of(made.args.pos.clone());
                all.kw = args.kw.clone();
                all.kw.extend(made.args.kw.iter().filter(|(n, _)| args.kw(n).is_none()).cloned());
                self.made(&made.path, all, None)
            }
            ("ArgumentParser", _) => self.parser_method(made, name, args),
            (_, "command" | "group" | "callback") if super::options::is_library(&made.path) => {
                self.made("click.command", args.clone(), None)
            }
            // A model of the SDK changed in one field: `tool.model_copy(update={…})`.
            (_, "model_copy" | "copy") => {
                let mut kw = made.args.kw.clone();
                if let Some(Value::Dict(update)) = args.kw("update") {
                    for (key, value) in update.entries.borrow().iter() {
                        if let Some(key) = key.as_str() {
                            kw.retain(|(n, _)| *n != key);
                            kw.push((key, value.clone()));
                        }
                    }
                }
                self.made(
                    &made.path,
                    Args {
                        pos: made.args.pos.clone(),
                        kw,
                        open: made.args.open,
                    },
                    made.at,
                )
            }
            (_, "model_dump" | "dict" | "to_mcp_tool") => Value::Made(made.clone()),
            _ => Value::unknown(format!("the result of `{}.{name}`", made.path)),
        }
    }

    fn class_method(&mut self, class: &Rc<Class>, name: &str, args: &Args, at: Option<(ModuleId, ExprId)>) -> Value {
        match name {
            "__subclasses__" => Value::list(class.subclasses.borrow().clone()),
            "model_json_schema" | "schema" => {
                let schema = self.class_schema(class);
                from_json(self, &schema)
            }
            "__new__" | "model_construct" | "construct" => self.call(
                &Value::Class(class.clone()),
                Args {
                    pos: Vec::new(),
                    ..args.clone()
                },
                at,
            ),
            "model_validate" | "parse_obj" | "from_dict" => {
                let mut inner = Args {
                    open: true,
                    ..Args::default()
                };
                if let Some(Value::Dict(dict)) = args.pos.first().map(Value::plain) {
                    inner.open = dict.open.get();
                    for (key, value) in dict.entries.borrow().iter() {
                        if let Some(key) = key.as_str() {
                            inner.kw.push((key, value.clone()));
                        }
                    }
                }
                self.call(&Value::Class(class.clone()), inner, at)
            }
            "__init__" => {
                if let Some((this, rest)) = args.pos.split_first() {
                    let rest = Args {
                        pos: rest.to_vec(),
                        kw: args.kw.clone(),
                        open: args.open,
                    };
                    self.library_init(&this.clone(), rest);
                }
                Value::None
            }
            "mro" => Value::list(vec![Value::Class(class.clone())]),
            // `FastMCP.from_openapi(…)` through a class of the program's own.
            "from_openapi" | "from_fastapi" | "as_proxy" | "from_function" => match class.libraries.first() {
                Some(base) => self.call_external(&format!("{base}.{name}").into(), args.clone(), at),
                None => Value::unknown("a class method"),
            },
            _ => Value::unknown(format!("the result of a class method `{name}`")),
        }
    }

    fn instance_method(&mut self, receiver: &Value, name: &str, args: &Args) -> Value {
        let Value::Instance(instance) = receiver else { return Value::None };
        match name {
            "model_dump" | "dict" | "_asdict" => self.get_attr(receiver, "__dict__"),
            "model_copy" | "copy" => {
                let copy = super::value::Instance {
                    class: instance.class.clone(),
                    attrs: instance.attrs.clone(),
                    server: instance.server.clone(),
                };
                if let Some(Value::Dict(update)) = args.kw("update") {
                    for (key, value) in update.entries.borrow().iter() {
                        if let Some(key) = key.as_str() {
                            copy.attrs.borrow_mut().insert(key, value.clone());
                        }
                    }
                }
                Value::Instance(Rc::new(copy))
            }
            "__init__" => {
                self.library_init(receiver, args.clone());
                Value::None
            }
            _ => Value::unknown(format!("the result of `{name}` of a library's class")),
        }
    }

    fn str_method(&mut self, text: &str, name: &str, args: &Args) -> Value {
        let unknown = || Value::unknown("a text put together at run time");
        let first = args.pos.first().and_then(Value::as_str);
        let second = args.pos.get(1).and_then(Value::as_str);
        let given = !args.pos.is_empty();
        self.machine.spend(text.len() / 64);
        match (name, first.as_deref()) {
            ("lower" | "casefold", _) => Value::str(text.to_lowercase()),
            ("upper", _) => Value::str(text.to_uppercase()),
            ("strip", None) if !given => Value::str(text.trim()),
            ("lstrip", None) if !given => Value::str(text.trim_start()),
            ("rstrip", None) if !given => Value::str(text.trim_end()),
            ("strip", Some(chars)) => Value::str(text.trim_matches(|c| chars.contains(c))),
            ("lstrip", Some(chars)) => Value::str(text.trim_start_matches(|c| chars.contains(c))),
            ("rstrip", Some(chars)) => Value::str(text.trim_end_matches(|c| chars.contains(c))),
            ("title", _) => {
                let mut up = true;
                Value::str(
                    text.chars()
                        .map(|c| {
                            let shown = if up {
                                c.to_uppercase().to_string()
                            } else {
                                c.to_lowercase().to_string()
                            };
                            up = !c.is_alphabetic();
                            shown
                        })
                        .collect::<String>(),
                )
            }
            ("capitalize", _) => {
                let mut chars = text.chars();
                Value::str(chars.next().map_or(String::new(), |c| {
                    c.to_uppercase().collect::<String>() + &chars.as_str().to_lowercase()
                }))
            }
            ("replace", Some(from)) => second.map_or_else(unknown, |to| {
                if from.is_empty() {
                    return unknown();
                }
                replaced_text(text, from, &to, true).map_or_else(unknown, Value::str)
            }),
            ("removeprefix", Some(part)) => Value::str(text.strip_prefix(part).unwrap_or(text)),
            ("removesuffix", Some(part)) => Value::str(text.strip_suffix(part).unwrap_or(text)),
            ("startswith" | "endswith", _) => {
                let (parts, open) = match args.pos.first().map(Value::plain) {
                    Some(Value::Str(part)) => (vec![part], false),
                    Some(list) => {
                        let (items, open) = self.iterate(&list);
                        (items.iter().filter_map(Value::as_str).collect(), open)
                    }
                    None => return unknown(),
                };
                let hit = parts.iter().any(|part| {
                    if name == "startswith" {
                        text.starts_with(&**part)
                    } else {
                        text.ends_with(&**part)
                    }
                });
                if open && !hit { unknown() } else { Value::Bool(hit) }
            }
            ("split", None) if !given => Value::list(text.split_whitespace().map(Value::str).collect()),
            ("split" | "rsplit", Some(by)) if !by.is_empty() => {
                let limit = match args.arg(1, "maxsplit").map(Value::plain) {
                    Some(Value::Num(n)) if n >= 0.0 => (n as usize).saturating_add(1),
                    _ => usize::MAX,
                };
                let mut parts: Vec<Value> = if name == "split" {
                    text.splitn(limit, by).map(Value::str).collect()
                } else {
                    text.rsplitn(limit, by).map(Value::str).collect()
                };
                if name == "rsplit" {
                    parts.reverse();
                }
                Value::list(parts)
            }
            ("splitlines", _) => Value::list(text.lines().map(Value::str).collect()),
            ("partition", Some(by)) if !by.is_empty() => {
                let (a, b, c) = text.split_once(by).map_or((text, "", ""), |(a, c)| (a, by, c));
                Value::tuple(vec![Value::str(a), Value::str(b), Value::str(c)])
            }
            ("rpartition", Some(by)) if !by.is_empty() => {
                let (a, b, c) = text.rsplit_once(by).map_or(("", "", text), |(a, c)| (a, by, c));
                Value::tuple(vec![Value::str(a), Value::str(b), Value::str(c)])
            }
            ("join", _) => {
                let Some(list) = args.pos.first() else { return unknown() };
                let (items, open) = self.iterate(list);
                if open {
                    return unknown();
                }
                let mut out = String::new();
                for (at, item) in items.iter().enumerate() {
                    let Some(part) = item.as_str() else { return unknown() };
                    let between = if at > 0 { text } else { "" };
                    if out.len() + between.len() + part.len() > MAX_TEXT {
                        return unknown();
                    }
                    out.extend([between, &part]);
                }
                Value::str(out)
            }
            ("format" | "format_map", _) => self.format(text, args),
            ("encode" | "decode" | "expandtabs" | "__str__", _) => Value::str(text),
            ("isidentifier", _) => {
                Value::Bool(text.chars().all(|c| c.is_alphanumeric() || c == '_') && !text.starts_with(|c: char| c.is_ascii_digit()))
            }
            ("isdigit" | "isnumeric", _) => Value::Bool(!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())),
            ("isupper", _) => Value::Bool(text.chars().any(char::is_alphabetic) && !text.chars().any(char::is_lowercase)),
            ("islower", _) => Value::Bool(text.chars().any(char::is_alphabetic) && !text.chars().any(char::is_uppercase)),
            ("find" | "index", Some(part)) => Value::Num(text.find(part).map_or(-1.0, |at| text[..at].chars().count() as f64)),
            ("count", Some(part)) if !part.is_empty() => Value::Num(text.matches(part).count() as f64),
            _ => unknown(),
        }
    }

    /// `"{} {name}".format(…)`, without formats.
    fn format(&mut self, text: &str, args: &Args) -> Value {
        let mut out = String::new();
        let mut rest = text;
        let mut next = 0;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let (brace, after) = (rest.as_bytes()[at], &rest[at + 1..]);
            if after.as_bytes().first() == Some(&brace) {
                out.push(brace as char);
                rest = &after[1..];
                continue;
            }
            let Some((field, tail)) = after.split_once('}') else {
                return Value::unknown("a formatted text");
            };
            let value = if field.is_empty() {
                next += 1;
                args.pos.get(next - 1).cloned()
            } else if let Ok(at) = field.parse::<usize>() {
                args.pos.get(at).cloned()
            } else {
                args.kw(field).cloned()
            };
            let Some(piece) = value.and_then(|value| self.text_of(&value)) else {
                return Value::unknown("a text put together at run time");
            };
            if out.len() + piece.len() > MAX_TEXT {
                return Value::unknown("a very long text");
            }
            out.push_str(&piece);
            rest = tail;
        }
        out.push_str(rest);
        Value::str(out)
    }

    /// Notes on a described tool that it comes into a list only where a condition holds.
    pub(in crate::py) fn put_under_condition(&self, item: &Value) {
        if let (Some(condition), Value::Made(made)) = (self.machine.conditions.last(), item)
            && made.name() == "Tool"
        {
            let mut attrs = made.attrs.borrow_mut();
            attrs
                .entry(super::value::WHEN.into())
                .or_insert_with(|| Value::str(self.machine.words(*condition)));
        }
    }

    fn list_method(&mut self, receiver: &Value, list: &Rc<List>, name: &str, args: &Args) -> Value {
        let first = args.pos.first();
        match name {
            "append" | "appendleft" => {
                if let Some(value) = first
                    && self.machine.build(size_of::<Value>())
                {
                    self.put_under_condition(value);
                    list.items.borrow_mut().push(value.clone());
                }
                Value::None
            }
            // Looks at each element.
            "add" | "insert" | "remove" | "discard" if !self.machine.afford(list.items.borrow().len() / 8) => Value::None,
            "add" => {
                if let Some(value) = first
                    && self.machine.build(size_of::<Value>())
                    && !list.items.borrow().iter().any(|item| item.same(value) == Some(true))
                {
                    list.items.borrow_mut().push(value.clone());
                }
                Value::None
            }
            "insert" => {
                if let (Some(Value::Num(at)), Some(value)) = (first, args.pos.get(1)) {
                    let at = (at.max(0.0) as usize).min(list.items.borrow().len());
                    list.items.borrow_mut().insert(at, value.clone());
                }
                Value::None
            }
            "extend" | "update" => {
                for arg in &args.pos {
                    let (items, open) = self.iterate(arg);
                    self.machine.build(items.len() * size_of::<Value>());
                    items.iter().for_each(|item| self.put_under_condition(item));
                    list.items.borrow_mut().extend(items);
                    list.open.set(list.open.get() || open);
                }
                Value::None
            }
            "union" => {
                let mut items = list.items.borrow().clone();
                let mut open = list.open.get();
                for arg in &args.pos {
                    let (more, unknown) = self.iterate(arg);
                    items.extend(more);
                    open |= unknown;
                }
                super::operators::dedup(&mut items);
                Value::sequence(list.kind, items, open)
            }
            "copy" => super::builtins::shallow(receiver),
            "pop" => list.items.borrow().last().cloned().unwrap_or_else(|| Value::unknown("an element")),
            "remove" | "discard" if self.machine.uncertain == 0 => {
                if let Some(value) = first {
                    let at = list.items.borrow().iter().position(|item| item.same(value) == Some(true));
                    if let Some(at) = at {
                        list.items.borrow_mut().remove(at);
                    }
                }
                Value::None
            }
            "remove" | "discard" | "sort" | "clear" | "reverse" => Value::None,
            "index" | "count" => Value::unknown("a position"),
            "__contains__" => first.map_or(Value::None, |value| self.binary(hub_syntax::ir::BinaryOp::In, value, receiver)),
            "get_nowait" | "popleft" => list.items.borrow().first().cloned().unwrap_or_else(|| Value::unknown("an element")),
            // A generator's own methods.
            "__next__" | "__anext__" => list.items.borrow().first().cloned().unwrap_or_else(|| Value::unknown("an element")),
            _ => Value::unknown(format!("the result of a list's `{name}`")),
        }
    }

    fn dict_method(&mut self, receiver: &Value, dict: &Rc<Dict>, name: &str, args: &Args) -> Value {
        let first = args.pos.first();
        // What goes through the whole dict, or through another.
        let through = match (name, first) {
            ("items" | "keys" | "values" | "copy" | "pop", _) => dict.entries.borrow().len(),
            ("update", Some(Value::Dict(other))) => other.entries.borrow().len(),
            _ => 0,
        };
        if !self.machine.afford(through) {
            return self.spent();
        }
        match name {
            "get" => {
                let Some(key) = first else { return Value::None };
                let default = args.pos.get(1).cloned().unwrap_or(Value::None);
                if key.is_unknown() {
                    return Value::choice(vec![self.get_index(receiver, key), default]);
                }
                let found = dict.entries.borrow().get(key).cloned();
                match found {
                    Some(value) => value,
                    None if dict.open.get() => Value::choice(vec![default, Value::unknown("an entry of an unknown dict")]),
                    None => default,
                }
            }
            "items" => {
                let items = dict
                    .entries
                    .borrow()
                    .iter()
                    .map(|(key, value)| Value::tuple(vec![shown_key(key), value.clone()]))
                    .collect();
                Value::sequence(ListKind::List, items, dict.open.get())
            }
            "keys" => Value::sequence(
                ListKind::List,
                dict.entries.borrow().iter().map(|(key, _)| shown_key(key)).collect(),
                dict.open.get(),
            ),
            "values" => Value::sequence(
                ListKind::List,
                dict.entries.borrow().iter().map(|(_, value)| value.clone()).collect(),
                dict.open.get(),
            ),
            "update" => {
                match first.map(Value::plain) {
                    Some(Value::Dict(other)) if !Rc::ptr_eq(dict, &other) => {
                        let more = other.entries.borrow().clone();
                        self.machine.build(more.len() * ENTRY_BYTES);
                        for (key, value) in more.iter() {
                            dict.entries.borrow_mut().set(key.clone(), value.clone());
                        }
                        dict.open.set(dict.open.get() || other.open.get());
                    }
                    Some(Value::List(list)) => {
                        for pair in list.items.borrow().iter() {
                            let (pair, _) = self.iterate(pair);
                            if let [key, value] = &pair[..] {
                                dict.entries.borrow_mut().set(key.clone(), value.clone());
                            }
                        }
                    }
                    Some(_) => dict.open.set(true),
                    None => {}
                }
                for (name, value) in &args.kw {
                    dict.entries.borrow_mut().set(Value::Str(name.clone()), value.clone());
                }
                Value::None
            }
            "setdefault" => {
                let Some(key) = first else { return Value::None };
                let found = dict.entries.borrow().get(key).cloned();
                found.unwrap_or_else(|| {
                    let value = args.pos.get(1).cloned().unwrap_or(Value::None);
                    if self.machine.build(ENTRY_BYTES) {
                        dict.entries.borrow_mut().set(key.clone(), value.clone());
                    }
                    value
                })
            }
            "pop" => {
                let Some(key) = first else { return Value::None };
                let found = if self.machine.uncertain > 0 {
                    dict.entries.borrow().get(key).cloned()
                } else {
                    dict.entries.borrow_mut().remove(key)
                };
                found
                    .or_else(|| args.pos.get(1).cloned())
                    .unwrap_or_else(|| Value::unknown("an entry"))
            }
            "copy" => super::builtins::shallow(receiver),
            "clear" => Value::None,
            _ => Value::unknown(format!("the result of a dict's `{name}`")),
        }
    }

    fn path_method(&mut self, path: &Rc<str>, name: &str, args: &Args) -> Value {
        match name {
            "resolve" | "absolute" | "expanduser" | "open" | "as_posix" | "__enter__" => Value::Path(path.clone()),
            "joinpath" | "with_name" => {
                let mut at: String = if name == "with_name" {
                    files::parent(path).to_owned()
                } else {
                    path.to_string()
                };
                for part in &args.pos {
                    let Some(part) = self.as_path(part) else {
                        return Value::unknown("a path");
                    };
                    at = files::join(&at, &part);
                }
                Value::Path(at.into())
            }
            "with_suffix" => args.pos.first().and_then(Value::as_str).map_or_else(
                || Value::unknown("a path"),
                |end| {
                    let kept = path.len() - files::extension(path).len();
                    Value::Path(format!("{}{end}", &path[..kept]).into())
                },
            ),
            "read_text" | "read" => self
                .read_file(path)
                .map_or_else(|| Value::unknown("a file that is not in the source"), Value::Str),
            "readlines" => self.read_file(path).map_or_else(
                || Value::unknown("a file"),
                |text| Value::list(text.lines().map(|line| Value::str(format!("{line}\n"))).collect()),
            ),
            "exists" | "is_file" | "is_dir" => {
                let file = self.files.read(path).is_some();
                let folder = self.files.below(path).next().is_some();
                match (name, file, folder) {
                    ("is_file", true, _) | ("is_dir", _, true) | ("exists", true, _) | ("exists", _, true) => Value::Bool(true),
                    _ => Value::unknown("whether a file exists"),
                }
            }
            "glob" | "rglob" | "iterdir" => {
                let pattern = args.pos.first().and_then(Value::as_str).unwrap_or_else(|| "*".into());
                if name == "rglob" || pattern.contains("**") {
                    let last = pattern.rsplit('/').next().unwrap_or("*").to_owned();
                    let found = self
                        .files
                        .below(path)
                        .filter(|below| files::matches(&last, files::file_name(below)));
                    return Value::list(found.map(|below| Value::Path(files::join(path, below).into())).collect());
                }
                Value::list(self.glob(path, &pattern))
            }
            "relative_to" => match args.pos.first().and_then(|p| self.as_path(p)) {
                Some(base) => path
                    .strip_prefix(&*base)
                    .map_or_else(|| Value::unknown("a path"), |rest| Value::Path(rest.trim_start_matches('/').into())),
                None => Value::unknown("a path"),
            },
            _ => Value::unknown(format!("the result of a path's `{name}`")),
        }
    }

    pub(in crate::py) fn as_path(&self, value: &Value) -> Option<Rc<str>> {
        match value.plain() {
            Value::Path(path) | Value::Str(path) => Some(path),
            _ => None,
        }
    }

    pub(in crate::py) fn read_file(&self, path: &str) -> Option<Rc<str>> {
        self.files.read(path).map(Rc::from)
    }

    /// Paths of what lies in a folder.
    pub(in crate::py) fn list_folder(&self, folder: &str) -> Vec<String> {
        let names = self.files.list(folder).unwrap_or_default();
        names.iter().map(|name| files::join(folder, name)).collect()
    }

    pub(in crate::py) fn glob(&self, folder: &str, pattern: &str) -> Vec<Value> {
        self.list_folder(folder)
            .into_iter()
            .filter(|path| files::matches(pattern, files::file_name(path)))
            .map(|path| Value::Path(path.into()))
            .collect()
    }
}

/// A key stored under an unknown name is unknown to the program too.
fn shown_key(key: &Value) -> Value {
    match key {
        Value::Str(text) if text.starts_with('\u{0}') => Value::unknown("a key that is known only at run time"),
        other => other.clone(),
    }
}
