//! What well-known libraries do.

use super::ENTRY_BYTES;
use super::builtins::shallow;
use super::files;
use super::run::Interp;
use super::value::{Args, Entries, ListKind, Value, last, root};
use hub_engine::eval::Dialect as _;
use hub_engine::eval::data::from_json;
use hub_engine::eval::text::json_text;
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;
use hub_syntax::py::clean_doc;
use std::rc::Rc;

impl Interp<'_> {
    pub(super) fn call_library(&mut self, path: &Rc<str>, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        let first = args.pos.first().cloned();
        let name = last(path);
        match &**path {
            "os.getenv" | "os.environ.get" | "decouple.config" | "environ.get" => {
                let default = args.arg(1, "default").map_or(Value::None, Value::plain);
                return if default.is_unknown() {
                    Value::unknown("a variable of the environment")
                } else {
                    Value::likely(default)
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
                        crate::data::yaml(&text)
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
                    .and_then(|v| json_text(&v, 0))
                    .map_or_else(|| Value::unknown("a text"), Value::str);
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
            "field" | "from_function" | "from_tool" | "compile" | "conlist" | "constr" | "conint" | "confloat"
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
        let copied = given - left;
        if self.machine.afford(copied) && self.machine.build(copied * ENTRY_BYTES) {
            copy
        } else {
            self.spent()
        }
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
