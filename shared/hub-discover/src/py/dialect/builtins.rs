//! What the language and well-known libraries do.

use super::super::server;
use super::files;
use super::run::{Interp, library_bases};
use super::value::{Args, Entries, ListKind, Value, last, root};
use hub_engine::eval::data::from_json;
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;
use hub_syntax::py::clean_doc;
use std::rc::Rc;

const BUILTINS: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "delattr",
    "dict",
    "dir",
    "enumerate",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "hasattr",
    "hash",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "object",
    "open",
    "ord",
    "print",
    "property",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "tuple",
    "type",
    "vars",
    "zip",
    "bytearray",
    "complex",
    "NotImplemented",
    "__import__",
    "__builtins__",
];

pub(in crate::py) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
        || name.ends_with("Error")
        || name.ends_with("Warning")
        || matches!(
            name,
            "Exception" | "BaseException" | "KeyboardInterrupt" | "SystemExit" | "StopIteration" | "GeneratorExit" | "ExceptionGroup"
        )
}

impl<'a> Interp<'a> {
    pub(in crate::py) fn call_external(&mut self, path: &Rc<str>, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        if let Some(kind) = server::kind_of(path) {
            return self.make_server(kind, &args, at);
        }
        if path.contains('.') {
            self.call_library(path, args, at)
        } else {
            self.call_builtin(path, args, at)
        }
    }

    fn call_builtin(&mut self, name: &str, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        let unknown = || Value::unknown(format!("the result of `{name}`"));
        let first = args.pos.first().cloned();
        let Some(first) = first else {
            return match name {
                "list" => Value::list(Vec::new()),
                "dict" => {
                    let mut entries = Entries::default();
                    for (name, value) in args.kw {
                        entries.set(Value::Str(name), value);
                    }
                    Value::dict(entries, args.open)
                }
                "set" | "frozenset" => Value::sequence(ListKind::Set, Vec::new(), false),
                "tuple" => Value::tuple(Vec::new()),
                "str" => Value::str(""),
                "object" => self.made("object", args, at),
                "print" => Value::None,
                _ => unknown(),
            };
        };
        match name {
            "list" | "tuple" | "set" | "frozenset" | "iter" | "sorted" | "reversed" => {
                let (mut items, open) = self.iterate(&first);
                let kind = match name {
                    "tuple" => ListKind::Tuple,
                    "set" | "frozenset" => ListKind::Set,
                    _ => ListKind::List,
                };
                match name {
                    "sorted" if args.kw("key").is_none() && items.iter().all(|item| item.as_str().is_some()) => {
                        items.sort_by_key(Value::as_str);
                    }
                    "reversed" => items.reverse(),
                    "set" | "frozenset" => super::operators::dedup(&mut items),
                    _ => {}
                }
                Value::sequence(kind, items, open)
            }
            "dict" => {
                let mut entries = Entries::default();
                let mut open = args.open;
                match first.plain() {
                    Value::Dict(dict) => {
                        entries = dict.entries.borrow().clone();
                        open |= dict.open.get();
                    }
                    other => {
                        let (items, more) = self.iterate(&other);
                        open |= more;
                        for item in items {
                            let (pair, _) = self.iterate(&item);
                            if let [key, value] = &pair[..] {
                                entries.set(key.clone(), value.clone());
                            }
                        }
                    }
                }
                for (name, value) in args.kw {
                    entries.set(Value::Str(name), value);
                }
                Value::dict(entries, open)
            }
            "str" | "repr" | "format" => self.derived(&[&first], |this, v| {
                this.text_of(&v[0]).map_or_else(|| Value::unknown("a text"), Value::Str)
            }),
            "int" | "float" => self.derived(&[&first], |_, v| match &v[0] {
                Value::Num(n) if name == "int" => Value::Num(n.trunc()),
                Value::Num(n) => Value::Num(*n),
                Value::Str(s) => s.trim().parse().map_or_else(|_| Value::unknown("a number"), Value::Num),
                Value::Bool(b) => Value::Num(f64::from(u8::from(*b))),
                _ => Value::unknown("a number"),
            }),
            "bool" => self.derived(&[&first], |_, v| {
                v[0].truth().map_or_else(|| Value::unknown("a truth"), Value::Bool)
            }),
            "len" => self.derived(&[&first], |_, v| match &v[0] {
                Value::List(list) if !list.open.get() => Value::Num(list.items.borrow().len() as f64),
                Value::Dict(dict) if !dict.open.get() => Value::Num(dict.entries.borrow().len() as f64),
                Value::Str(s) => Value::Num(s.chars().count() as f64),
                _ => Value::unknown("a length"),
            }),
            "range" => {
                let numbers: Vec<f64> = args
                    .pos
                    .iter()
                    .filter_map(|v| if let Value::Num(n) = v.plain() { Some(n) } else { None })
                    .collect();
                let (from, to, step) = match numbers[..] {
                    [to] if args.pos.len() == 1 => (0.0, to, 1.0),
                    [from, to] if args.pos.len() == 2 => (from, to, 1.0),
                    [from, to, step] if step != 0.0 => (from, to, step),
                    _ => return Value::sequence(ListKind::List, Vec::new(), true),
                };
                let mut items = Vec::new();
                let mut n = from;
                while items.len() < 5_000 && (step > 0.0 && n < to || step < 0.0 && n > to) {
                    items.push(Value::Num(n));
                    n += step;
                }
                Value::list(items)
            }
            "enumerate" => {
                let (items, open) = self.iterate(&first);
                let start = match args.arg(1, "start").map(Value::plain) {
                    Some(Value::Num(n)) => n,
                    _ => 0.0,
                };
                let items = items
                    .into_iter()
                    .enumerate()
                    .map(|(i, v)| Value::tuple(vec![Value::Num(i as f64 + start), v]))
                    .collect();
                Value::sequence(ListKind::List, items, open)
            }
            "zip" => {
                let (mut columns, mut open) = (Vec::new(), false);
                for arg in &args.pos {
                    let (items, more) = self.iterate(arg);
                    columns.push(items);
                    open |= more;
                }
                let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
                let items = (0..rows)
                    .map(|row| Value::tuple(columns.iter().map(|column| column[row].clone()).collect()))
                    .collect();
                Value::sequence(ListKind::List, items, open)
            }
            "map" | "filter" => {
                let Some(list) = args.pos.get(1) else { return unknown() };
                let (items, open) = self.iterate(list);
                let mut out = Vec::new();
                for item in items {
                    let result = if matches!(first, Value::None) {
                        item.clone()
                    } else {
                        self.call(&first, Args::of(vec![item.clone()]), at)
                    };
                    if name == "map" {
                        out.push(result);
                    } else if result.truth() != Some(false) {
                        out.push(item);
                    }
                }
                Value::sequence(ListKind::List, out, open)
            }
            "any" | "all" => {
                let (items, open) = self.iterate(&first);
                let wanted = name == "any";
                if items.iter().any(|item| item.truth() == Some(wanted)) {
                    Value::Bool(wanted)
                } else if open || items.iter().any(|item| item.truth().is_none()) {
                    unknown()
                } else {
                    Value::Bool(!wanted)
                }
            }
            "next" => {
                let (items, open) = self.iterate(&first);
                match items.into_iter().next() {
                    Some(item) => item,
                    None if open => unknown(),
                    None => args.pos.get(1).cloned().unwrap_or_else(unknown),
                }
            }
            "min" | "max" | "sum" => {
                let items = if args.pos.len() > 1 {
                    args.pos.clone()
                } else {
                    self.iterate(&first).0
                };
                let numbers: Vec<f64> = items
                    .iter()
                    .filter_map(|v| if let Value::Num(n) = v { Some(*n) } else { None })
                    .collect();
                if numbers.len() != items.len() || numbers.is_empty() {
                    return unknown();
                }
                Value::Num(match name {
                    "min" => numbers.iter().copied().fold(f64::INFINITY, f64::min),
                    "max" => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    _ => numbers.iter().sum(),
                })
            }
            "callable" => match first.plain() {
                Value::Unknown(_) | Value::Bound(_) | Value::External(_) => unknown(),
                Value::Func(_) | Value::Method(_) | Value::Class(_) | Value::Decorating(_) => Value::Bool(true),
                other => Value::Bool(other.is_function()),
            },
            "getattr" => {
                let Some(attr) = args.pos.get(1).and_then(Value::as_str) else {
                    return unknown();
                };
                match (self.has_attr(&first, &attr), args.pos.get(2)) {
                    (Some(false), Some(default)) => default.clone(),
                    (None, Some(default)) => {
                        let value = self.get_attr(&first, &attr);
                        if value.is_unknown() {
                            Value::choice(vec![default.clone(), value])
                        } else {
                            value
                        }
                    }
                    _ => self.get_attr(&first, &attr),
                }
            }
            "hasattr" => {
                let Some(attr) = args.pos.get(1).and_then(Value::as_str) else {
                    return unknown();
                };
                self.has_attr(&first, &attr).map_or_else(unknown, Value::Bool)
            }
            "setattr" => {
                if let (Some(attr), Some(value)) = (args.pos.get(1).and_then(Value::as_str), args.pos.get(2)) {
                    self.set_attr(&first, attr, value.clone(), false);
                }
                Value::None
            }
            "isinstance" => args
                .pos
                .get(1)
                .map_or_else(unknown, |of| self.is_instance(&first, of).map_or_else(unknown, Value::Bool)),
            "issubclass" => match (first.plain(), args.pos.get(1).map(Value::plain)) {
                (Value::Class(class), Some(Value::Class(of))) => Value::Bool(is_subclass(&Value::Class(class), &Value::Class(of))),
                (Value::Class(class), Some(Value::External(of))) => {
                    Value::Bool(library_bases(&class).iter().any(|base| last(base) == last(&of)))
                }
                _ => unknown(),
            },
            "type" if args.pos.len() == 1 => match first.plain() {
                Value::Instance(instance) => Value::Class(instance.class.clone()),
                Value::Str(_) => Value::external("str"),
                Value::Made(made) => Value::External(made.path.clone()),
                _ => unknown(),
            },
            "dir" => match self.dir(&first) {
                Some(names) => Value::list(names.into_iter().map(Value::Str).collect()),
                None => Value::sequence(ListKind::List, Vec::new(), true),
            },
            "vars" => match first.plain() {
                Value::Module(id) => {
                    let globals = self.globals(id);
                    let mut all: Vec<_> = globals.vars.borrow().iter().map(|(n, v)| (n.clone(), v.clone())).collect();
                    all.sort_by(|a, b| a.0.cmp(&b.0));
                    let mut entries = Entries::default();
                    for (name, value) in all {
                        entries.set(Value::Str(name), value);
                    }
                    Value::dict(entries, false)
                }
                other => self.get_attr(&other, "__dict__"),
            },
            "property" | "staticmethod" | "classmethod" => self.made(name, args, at),
            "__import__" => self.import_dynamic(&args),
            "open" => match self.as_path(&first) {
                Some(path) => Value::Path(path),
                None => unknown(),
            },
            "print" => Value::None,
            _ if name.ends_with("Error") || name.ends_with("Exception") => self.made(name, args, at),
            _ => unknown(),
        }
    }

    fn is_instance(&mut self, value: &Value, of: &Value) -> Option<bool> {
        if let Value::List(list) = of {
            let mut known = true;
            for one in list.items.borrow().iter() {
                match self.is_instance(value, one) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => known = false,
                }
            }
            return known.then_some(false);
        }
        match (value.plain(), of.plain()) {
            (Value::Unknown(_) | Value::Bound(_), _) => None,
            (Value::Instance(instance), Value::Class(of)) => Some(is_subclass(&Value::Class(instance.class.clone()), &Value::Class(of))),
            (Value::Instance(instance), Value::External(of)) => {
                let bases = library_bases(&instance.class);
                if bases.iter().any(|base| last(base) == last(&of)) {
                    Some(true)
                } else {
                    (of.contains('.') && !bases.is_empty()).then_some(false).or(Some(false))
                }
            }
            (Value::Made(made), Value::External(of)) => Some(last(&made.path) == last(&of)),
            (_, Value::Class(_)) => Some(false),
            (value, Value::External(of)) => {
                let kind = match (&value, &*of) {
                    (Value::Bool(_), "bool" | "int") => true,
                    (Value::Str(_), "str") | (Value::Dict(_), "dict") | (Value::Num(_), "int" | "float") => true,
                    (Value::List(list), "list") => list.kind == ListKind::List,
                    (Value::List(list), "tuple") => list.kind == ListKind::Tuple,
                    (Value::List(list), "set" | "frozenset") => list.kind == ListKind::Set,
                    (Value::Class(_), "type") => true,
                    (Value::Server(server), _) => return Some(server::kind_of(&of).is_some_and(|kind| kind == server.kind)),
                    (_, of) if of.contains('.') => return None,
                    _ => false,
                };
                Some(kind)
            }
            _ => None,
        }
    }

    fn import_dynamic(&mut self, args: &Args) -> Value {
        let Some(name) = args.pos.first().and_then(Value::as_str) else {
            return Value::unknown("a module that is chosen at run time");
        };
        if name.starts_with('.') {
            let package = args.arg(1, "package").and_then(Value::as_str).unwrap_or_default();
            let dots = name.bytes().take_while(|b| *b == b'.').count();
            let mut base: Vec<&str> = package.split('.').collect();
            base.truncate(base.len().saturating_sub(dots - 1));
            let full = format!("{}.{}", base.join("."), &name[dots..]);
            return self.import_module("", full.trim_matches('.'));
        }
        match self.import_module("", &name) {
            Value::External(_) => Value::unknown("a module that is not in the source"),
            other => other,
        }
    }

    fn call_library(&mut self, path: &Rc<str>, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        let first = args.pos.first().cloned();
        let name = last(path);
        match &**path {
            "os.getenv" | "os.environ.get" | "decouple.config" | "environ.get" => {
                let default = args.arg(1, "default").map_or(Value::None, Value::plain);
                return if default.is_unknown() {
                    Value::unknown("a variable of the environment")
                } else {
                    Value::Likely(Rc::new(default))
                };
            }
            "os.environ.setdefault" => return Value::None,
            "asyncio.run" | "asyncio.create_task" | "asyncio.ensure_future" | "asyncio.wait_for" | "asyncio.shield" => {
                return first.unwrap_or(Value::None);
            }
            "anyio.run" | "trio.run" | "typer.run" | "fire.Fire" | "asyncio.to_thread" | "anyio.to_thread.run_sync" | "absl.app.run" => {
                if let Some((callee, rest)) = args.pos.split_first() {
                    return self.call(
                        &callee.clone(),
                        Args {
                            pos: rest.to_vec(),
                            kw: args.kw.clone(),
                            open: args.open,
                        },
                        at,
                    );
                }
            }
            "threading.Thread" | "multiprocessing.Process" => {
                if let Some(target) = args.kw("target") {
                    let inner = args.kw("args").map(|list| self.iterate(&list.clone()).0).unwrap_or_default();
                    self.call(&target.clone(), Args::of(inner), at);
                }
            }
            "importlib.import_module" => return self.import_dynamic(&args),
            "pkgutil.iter_modules" | "pkgutil.walk_packages" => return self.iter_modules(&args),
            "inspect.getmembers" => return self.get_members(&args, at),
            "inspect.getdoc" | "inspect.cleandoc" => {
                let doc = match first.as_ref().map(Value::plain) {
                    Some(Value::Str(text)) => Some(text),
                    Some(other) => self.get_attr(&other, "__doc__").as_str(),
                    None => None,
                };
                return doc.map_or(Value::None, |doc| Value::str(clean_doc(&doc)));
            }
            "inspect.signature" => return self.made(path, args, at),
            "inspect.isfunction"
            | "inspect.ismethod"
            | "inspect.isroutine"
            | "inspect.iscoroutinefunction"
            | "asyncio.iscoroutinefunction"
            | "inspect.isclass"
            | "inspect.ismodule" => {
                return first.map_or(Value::None, |value| {
                    self.inspect(name, &value)
                        .map_or_else(|| Value::unknown("what kind of object it is"), Value::Bool)
                });
            }
            "functools.partial" => return self.made(path, args, at),
            "functools.wraps" => return self.made(path, args, at),
            "functools.update_wrapper" => {
                if let [wrapper, wrapped, ..] = &args.pos[..] {
                    let with = self.made("functools.wraps", Args::of(vec![wrapped.clone()]), at);
                    self.decorate(&with, wrapper.clone(), at);
                    return wrapper.clone();
                }
            }
            "copy.deepcopy" => return first.map_or(Value::None, |value| self.deep(&value)),
            "copy.copy" => return first.map_or(Value::None, |value| shallow(&value)),
            "itertools.chain" | "itertools.chain.from_iterable" => {
                let lists = if name == "chain" {
                    args.pos.clone()
                } else {
                    first.map(|list| self.iterate(&list).0).unwrap_or_default()
                };
                let (mut items, mut open) = (Vec::new(), args.open);
                for list in lists {
                    let (more, unknown) = self.iterate(&list);
                    items.extend(more);
                    open |= unknown;
                }
                return Value::sequence(ListKind::List, items, open);
            }
            "textwrap.dedent" => {
                return first.map_or(Value::None, |text| {
                    self.derived(&[&text], |_, v| {
                        v[0].as_str()
                            .map_or_else(|| Value::unknown("a text"), |text| Value::str(dedent(&text)))
                    })
                });
            }
            "types.MappingProxyType" | "typing.cast" | "types.SimpleNamespace" => match name {
                "cast" => return args.pos.get(1).cloned().unwrap_or(Value::None),
                "MappingProxyType" => return first.unwrap_or(Value::None),
                _ => {}
            },
            "collections.OrderedDict" | "collections.defaultdict" | "collections.deque" | "weakref.WeakKeyDictionary" => {
                return match name {
                    "deque" => self.call_builtin("list", args, at),
                    "defaultdict" => Value::dict(Entries::default(), false),
                    _ => self.call_builtin("dict", args, at),
                };
            }
            "pathlib.Path" | "pathlib.PurePath" | "importlib.resources.files" | "importlib.resources.as_file" => {
                if path.starts_with("importlib")
                    && let Some(package) = first.as_ref()
                {
                    let module = match package.plain() {
                        Value::Str(dotted) => self.import_module("", &dotted),
                        other => other,
                    };
                    return match module {
                        Value::Module(id) => Value::Path(self.machine.program.module(id).path.parent().into()),
                        Value::Namespace(folder) => Value::Path(folder),
                        Value::Path(path) => Value::Path(path),
                        _ => Value::unknown("a resource"),
                    };
                }
                let mut parts = args.pos.iter();
                let base = parts.next().and_then(|part| self.as_path(part));
                let Some(mut base) = base else { return Value::unknown("a path") };
                for part in parts {
                    let Some(part) = part.as_str() else {
                        return Value::unknown("a path");
                    };
                    base = files::join(&base, &part).into();
                }
                return Value::Path(base);
            }
            "os.path.dirname" => {
                return first
                    .and_then(|p| self.as_path(&p))
                    .map_or_else(|| Value::unknown("a path"), |p| Value::Path(files::parent(&p).into()));
            }
            "os.path.abspath" | "os.path.realpath" | "os.path.normpath" | "os.fspath" => return first.unwrap_or(Value::None),
            "os.path.join" => {
                let Some(mut base) = first.as_ref().and_then(|p| self.as_path(p)) else {
                    return Value::unknown("a path");
                };
                for part in args.pos.iter().skip(1) {
                    let Some(part) = self.as_path(part) else {
                        return Value::unknown("a path");
                    };
                    base = files::join(&base, &part).into();
                }
                return Value::Path(base);
            }
            "os.path.basename" => {
                return first
                    .and_then(|p| self.as_path(&p))
                    .map_or_else(|| Value::unknown("a path"), |p| Value::str(files::file_name(&p)));
            }
            "os.path.splitext" => {
                if let Some(p) = first.as_ref().and_then(|p| self.as_path(p)) {
                    let end = files::extension(&p);
                    return Value::tuple(vec![Value::str(&p[..p.len() - end.len()]), Value::str(end)]);
                }
            }
            "os.listdir" => {
                if let Some(folder) = first.as_ref().and_then(|p| self.as_path(p)) {
                    let names = self
                        .list_folder(&folder)
                        .into_iter()
                        .map(|path| Value::str(files::file_name(&path)))
                        .collect();
                    return Value::list(names);
                }
            }
            "glob.glob" => {
                if let Some(pattern) = first.as_ref().and_then(|p| self.as_path(p)) {
                    let (folder, pattern) = pattern.rsplit_once('/').unwrap_or(("", &pattern));
                    return Value::list(self.glob(folder, pattern));
                }
            }
            "json.load" | "json.loads" | "yaml.safe_load" | "yaml.load" | "tomllib.load" | "tomllib.loads" | "tomli.load" => {
                let text = match first.as_ref().map(Value::plain) {
                    Some(Value::Path(path)) => self.read_file(&path),
                    Some(Value::Str(text)) => Some(text),
                    _ => None,
                };
                if let Some(text) = text {
                    let data = if path.starts_with("json") {
                        serde_json::from_str::<serde_json::Value>(&text).ok()
                    } else {
                        serde_yaml_ng::from_str(&text).ok()
                    };
                    if let Some(data) = data
                        && self.machine.afford(text.len() / 16)
                    {
                        return from_json(self, &data);
                    }
                }
                return Value::unknown("data read at run time");
            }
            "json.dumps" => {
                return first
                    .and_then(|v| self.json(&v, 0))
                    .map_or_else(|| Value::unknown("a text"), |v| Value::str(v.to_string()));
            }
            "typing.TypeVar" | "typing.NewType" => return args.pos.get(1).cloned().unwrap_or_else(|| Value::external("typing.Any")),
            "enum.auto" => return Value::Num(1.0),
            "contextlib.suppress" | "contextlib.nullcontext" => return first.unwrap_or(Value::None),
            "sys.exit" | "os._exit" => return Value::None,
            "pkgutil.get_data" | "importlib.resources.read_text" => return Value::unknown("a resource"),
            _ => {}
        }
        if root(path) == "re"
            && name != "compile"
            && let Some((pattern, rest)) = args.pos.split_first()
        {
            return self.call_re(
                name,
                pattern,
                &Args {
                    pos: rest.to_vec(),
                    kw: args.kw.clone(),
                    open: args.open,
                },
            );
        }
        if root(path) == "logging" {
            return Value::unknown("a logger");
        }
        if let Some(value) = self.call_framework(path, &args, at) {
            return value;
        }
        // What begins with a capital makes an object; a library's function has a result we cannot know.
        let function = name.chars().next().is_some_and(char::is_lowercase);
        let by_convention = matches!(
            name,
            "field" | "from_function" | "compile" | "conlist" | "constr" | "conint" | "confloat"
        );
        if !function || by_convention {
            return self.made(path, args, at);
        }
        // A decorator of a library leaves the function what it was; so does a decorator with arguments, later.
        if args.kw.is_empty() && args.pos.len() == 1 && matches!(args.pos[0], Value::Func(_) | Value::Method(_) | Value::Class(_)) {
            return args.pos[0].clone();
        }
        if at.is_some_and(|(module, expr)| self.is_decorator(module, expr)) {
            return self.made(path, args, at);
        }
        // A library's conversion of a tool to MCP's form says what the tool says.
        if let [one] = &args.pos[..]
            && name.contains("mcp")
            && name.contains("tool")
            && super::attr::wrapped_tool(one).is_some()
        {
            return one.clone();
        }
        Value::unknown(format!("the result of `{path}`"))
    }

    fn is_decorator(&self, module: ModuleId, expr: ExprId) -> bool {
        let source = self.machine.program.module(module);
        let start = source.expr(expr).span.start as usize;
        source
            .source
            .as_bytes()
            .get(..start)
            .is_some_and(|before| before.iter().rev().find(|b| !b.is_ascii_whitespace()) == Some(&b'@'))
    }

    fn inspect(&mut self, what: &str, value: &Value) -> Option<bool> {
        let plain = value.plain();
        if plain.is_unknown() || matches!(plain, Value::Bound(_)) {
            return None;
        }
        Some(match what {
            "isclass" => {
                matches!(plain, Value::Class(_)) || matches!(&plain, Value::External(p) if last(p).starts_with(char::is_uppercase))
            }
            "ismodule" => matches!(plain, Value::Module(_)),
            "ismethod" => matches!(plain, Value::Method(_)),
            "isfunction" => matches!(plain, Value::Func(_)),
            "isroutine" => matches!(plain, Value::Func(_) | Value::Method(_)),
            _ => {
                let func = match &plain {
                    Value::Func(func) => func.clone(),
                    Value::Method(method) => method.1.clone(),
                    _ => return Some(false),
                };
                self.machine.program.module(func.module).function(func.id).is_async
            }
        })
    }

    fn get_members(&mut self, args: &Args, at: Option<(ModuleId, ExprId)>) -> Value {
        let Some(object) = args.pos.first().cloned() else {
            return Value::unknown("members of nothing");
        };
        let Some(names) = self.dir(&object) else {
            return Value::sequence(ListKind::List, Vec::new(), true);
        };
        let predicate = args.arg(1, "predicate").cloned();
        let mut out = Vec::new();
        for name in names {
            let value = self.get_attr(&object, &name);
            let keep = match &predicate {
                Some(predicate) => self.call(predicate, Args::of(vec![value.clone()]), at).truth() != Some(false),
                None => true,
            };
            if keep {
                out.push(Value::tuple(vec![Value::Str(name), value]));
            }
        }
        Value::list(out)
    }

    fn deep(&mut self, value: &Value) -> Value {
        const MAX: usize = 500_000;
        let mut left = MAX.min(self.machine.steps_left as usize);
        let given = left;
        let copy = deep(value, 0, &mut left);
        self.machine.afford(given - left);
        copy
    }

    fn iter_modules(&mut self, args: &Args) -> Value {
        let folder = match args.arg(0, "path").map(Value::plain) {
            Some(Value::List(list)) => list.items.borrow().first().and_then(|p| self.as_path(p)),
            Some(other) => self.as_path(&other),
            None => None,
        };
        let Some(folder) = folder else {
            return Value::sequence(ListKind::List, Vec::new(), true);
        };
        let prefix = args.arg(1, "prefix").and_then(Value::as_str).unwrap_or_else(|| "".into());
        let items = self
            .resolver
            .children(&folder)
            .into_iter()
            .map(|(name, package)| {
                let name = Value::str(format!("{prefix}{name}"));
                let made = Args {
                    pos: vec![Value::None, name.clone(), Value::Bool(package)],
                    kw: vec![("name".into(), name), ("ispkg".into(), Value::Bool(package))],
                    open: false,
                };
                self.made("pkgutil.ModuleInfo", made, None)
            })
            .collect();
        Value::list(items)
    }
}

/// Whether a class is another or builds on it.
fn is_subclass(class: &Value, of: &Value) -> bool {
    let (Value::Class(class), Value::Class(of)) = (class, of) else {
        return false;
    };
    if Rc::ptr_eq(class, of) {
        return true;
    }
    class.bases.iter().any(|base| match base.plain() {
        Value::Class(base) => is_subclass(&Value::Class(base), &Value::Class(of.clone())),
        Value::Generic(generic) => is_subclass(&generic.0, &Value::Class(of.clone())),
        _ => false,
    })
}

/// A copy of a list or dict that can be changed apart.
pub(in crate::py) fn shallow(value: &Value) -> Value {
    match value {
        Value::List(list) => Value::sequence(list.kind, list.items.borrow().clone(), list.open.get()),
        Value::Dict(dict) => Value::dict(dict.entries.borrow().clone(), dict.open.get()),
        other => other.clone(),
    }
}

/// A copy whose lists and dicts are copies too, within bounds.
fn deep(value: &Value, depth: usize, left: &mut usize) -> Value {
    if depth > 60 || *left == 0 {
        return value.clone();
    }
    *left -= 1;
    match value {
        Value::List(list) => Value::sequence(
            list.kind,
            list.items.borrow().iter().map(|item| deep(item, depth + 1, left)).collect(),
            list.open.get(),
        ),
        Value::Dict(dict) => {
            let mut entries = Entries::default();
            for (key, value) in dict.entries.borrow().iter() {
                entries.set(key.clone(), deep(value, depth + 1, left));
            }
            Value::dict(entries, dict.open.get())
        }
        other => other.clone(),
    }
}

/// `textwrap.dedent`: what all lines with text share in front goes.
fn dedent(text: &str) -> String {
    let margin = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0);
    text.split('\n')
        .map(|line| {
            if line.trim().is_empty() {
                ""
            } else {
                line.get(margin..).unwrap_or(line)
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}
