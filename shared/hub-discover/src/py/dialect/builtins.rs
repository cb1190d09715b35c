//! What the language supplies.

use super::super::server;
use super::class::is_subclass;
use super::run::Interp;
use super::value::{Args, Entries, ListKind, Value, last};
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;
use std::rc::Rc;

/// Deepest nesting of tuples of classes.
const MAX_TUPLES: usize = 8;

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

    pub(super) fn call_builtin(&mut self, name: &str, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
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
                .map_or_else(unknown, |of| self.is_instance(&first, of, 0).map_or_else(unknown, Value::Bool)),
            "issubclass" => match (first.plain(), args.pos.get(1).map(Value::plain)) {
                (Value::Class(class), Some(Value::Class(of))) => Value::Bool(is_subclass(&class, &of)),
                (Value::Class(class), Some(Value::External(of))) => Value::Bool(class.libraries.iter().any(|base| last(base) == last(&of))),
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

    /// Whether a value is of a class, or of one of several in a tuple; tuples may lie in tuples.
    fn is_instance(&mut self, value: &Value, of: &Value, depth: usize) -> Option<bool> {
        if depth > MAX_TUPLES || !self.machine.step() {
            return None;
        }
        if let Value::List(list) = of {
            let mut known = true;
            for one in list.items.borrow().iter() {
                match self.is_instance(value, one, depth + 1) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => known = false,
                }
            }
            return known.then_some(false);
        }
        match (value.plain(), of.plain()) {
            (Value::Unknown(_) | Value::Bound(_), _) => None,
            (Value::Instance(instance), Value::Class(of)) => Some(is_subclass(&instance.class, &of)),
            (Value::Instance(instance), Value::External(of)) => {
                let bases = &instance.class.libraries;
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

    pub(super) fn import_dynamic(&mut self, args: &Args) -> Value {
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
}

/// A copy of a list or dict that can be changed apart.
pub(in crate::py) fn shallow(value: &Value) -> Value {
    match value {
        Value::List(list) => Value::sequence(list.kind, list.items.borrow().clone(), list.open.get()),
        Value::Dict(dict) => Value::dict(dict.entries.borrow().clone(), dict.open.get()),
        other => other.clone(),
    }
}
