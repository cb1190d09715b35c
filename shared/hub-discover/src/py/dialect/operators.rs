//! Operators, texts, indexes, and what loops go through.

use super::run::{Frame, Interp, joined};
use super::value::{Args, ListKind, Made, Name, Value};
use hub_engine::eval::number::{calculate, compare};
use hub_engine::eval::{Dialect as _, MAX_TEXT, PIECE_BYTES};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind};
use std::rc::Rc;

/// Most members of `a | b | …`.
const MAX_UNION: usize = 1_000;

/// What anything made of parts takes without them. What is dropped at last drops what lies inside it: this bounds how deep that
/// goes as well.
const CONTAINER_BYTES: usize = 320;

/// What an element of a list takes, with a text that is its own.
fn piece_bytes(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Str(text) if Rc::strong_count(text) == 1 => text.len() + PIECE_BYTES,
            _ => 0,
        }
}

impl<'a> Interp<'a> {
    pub(in crate::py) fn join_parts(&mut self, parts: &[Value]) -> Value {
        let mut out = String::new();
        let mut likely = false;
        let mut unknown = false;
        for part in parts {
            likely |= part.is_likely();
            match self.text_of(part) {
                Some(text) if out.len() + text.len() <= MAX_TEXT => out.push_str(&text),
                _ => unknown = true,
            }
        }
        if unknown {
            return Value::unknown("a text put together at run time");
        }
        let value = self.built(Value::str(out));
        if likely { Value::likely(value) } else { value }
    }

    /// What `str(value)` gives, when that is known.
    pub(in crate::py) fn text_of(&mut self, value: &Value) -> Option<Rc<str>> {
        Some(match value.plain() {
            Value::Str(text) => text,
            Value::Num(n) => n.to_string().into(),
            Value::Bool(b) => (if b { "True" } else { "False" }).into(),
            Value::None => "None".into(),
            Value::Path(path) => path,
            Value::Instance(instance) => {
                let inner = instance.attrs.borrow().get("_value_").cloned();
                inner?.as_str()?
            }
            Value::List(list) if !list.open.get() => {
                let items = list.items.borrow();
                let (open, close) = match list.kind {
                    ListKind::List => ('[', ']'),
                    ListKind::Tuple if items.len() != 1 => ('(', ')'),
                    _ => return None,
                };
                let mut out = String::from(open);
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    let (quote, text) = match item.plain() {
                        Value::Str(text) if !text.contains(['\'', '\\', '\n']) => ("'", text),
                        plain @ (Value::Num(_) | Value::Bool(_) | Value::None) => ("", self.text_of(&plain)?),
                        _ => return None,
                    };
                    if out.len() + text.len() > MAX_TEXT {
                        return None;
                    }
                    out.extend([quote, &text, quote]);
                }
                out.push(close);
                out.into()
            }
            _ => return None,
        })
    }

    /// What was just made, once it is paid for: past the budget it is not known. Only what nobody else holds was made just now.
    pub(in crate::py) fn built(&mut self, value: Value) -> Value {
        let bytes = match &value {
            Value::Str(text) if Rc::strong_count(text) == 1 => text.len() + PIECE_BYTES,
            Value::List(list) if Rc::strong_count(list) == 1 => {
                let pieces = list.items.borrow().iter().map(piece_bytes).sum::<usize>();
                CONTAINER_BYTES + pieces
            }
            Value::Dict(dict) if Rc::strong_count(dict) == 1 => {
                let entries = dict.entries.borrow();
                let pieces = entries
                    .iter()
                    .map(|(key, value)| piece_bytes(key) + piece_bytes(value))
                    .sum::<usize>();
                CONTAINER_BYTES + pieces + entries.len() * PIECE_BYTES
            }
            Value::Union(all) if Rc::strong_count(all) == 1 => CONTAINER_BYTES + all.len() * size_of::<Value>(),
            Value::Choice(all) if Rc::strong_count(all) == 1 => CONTAINER_BYTES + all.len() * size_of::<Value>(),
            Value::Generic(generic) if Rc::strong_count(generic) == 1 => CONTAINER_BYTES + generic.1.len() * size_of::<Value>(),
            Value::Likely(inner) if Rc::strong_count(inner) == 1 => CONTAINER_BYTES + piece_bytes(inner),
            Value::Func(_) | Value::Class(_) | Value::Instance(_) | Value::Made(_) | Value::Method(_) | Value::Bound(_) => CONTAINER_BYTES,
            _ => 0,
        };
        if self.machine.build(bytes) { value } else { self.spent() }
    }

    /// A result computed from values: likely when one of them only is.
    pub(in crate::py) fn derived(&mut self, inputs: &[&Value], f: impl FnOnce(&mut Self, &[Value]) -> Value) -> Value {
        let likely = inputs.iter().any(|v| v.is_likely());
        let plain: Vec<Value> = inputs.iter().map(|v| v.plain()).collect();
        let result = f(self, &plain);
        if likely { Value::likely(result) } else { result }
    }

    pub(in crate::py) fn binary(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Value {
        if op == BinaryOp::BitOr
            && let (Value::Class(_) | Value::External(_) | Value::Generic(_) | Value::Union(_) | Value::None, _) = (left, right)
            && matches!(
                right,
                Value::Class(_)
                    | Value::External(_)
                    | Value::Generic(_)
                    | Value::Union(_)
                    | Value::None
                    | Value::Str(_)
                    | Value::Unknown(_)
            )
        {
            let mut all = Vec::new();
            for side in [left, right] {
                match side {
                    Value::Union(inner) if all.len() + inner.len() > MAX_UNION => return Value::unknown("a union of too many types"),
                    Value::Union(inner) => all.extend(inner.iter().cloned()),
                    other => all.push(other.clone()),
                }
            }
            return self.built(Value::Union(Rc::new(all)));
        }
        let value = self.derived(&[left, right], |this, v| this.binary_plain(op, &v[0], &v[1]));
        self.built(value)
    }

    fn binary_plain(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Value {
        use BinaryOp as B;
        use Value as V;
        for side in [left, right] {
            let size = match side {
                V::List(list) => list.items.borrow().len(),
                V::Dict(dict) if matches!(op, B::BitOr) => dict.entries.borrow().len(),
                _ => 0,
            };
            if !self.machine.afford(size) {
                return V::unknown("the evaluation's step limit was reached");
            }
        }
        let unknown = || V::unknown("an operation on unknown values");
        match (op, left, right) {
            (B::Eq | B::StrictEq, _, _) => left.same(right).map_or_else(unknown, V::Bool),
            (B::Ne | B::StrictNe, _, _) => left.same(right).map_or_else(unknown, |same| V::Bool(!same)),
            (B::In, _, _) => self.contains(right, left).map_or_else(unknown, V::Bool),
            (B::NotIn, _, _) => self.contains(right, left).map_or_else(unknown, |inside| V::Bool(!inside)),
            (B::Add, V::Str(a), V::Str(b)) if a.len() + b.len() <= MAX_TEXT => V::str(format!("{a}{b}")),
            (B::Div | B::FloorDiv | B::Mod, V::Num(_), V::Num(0.0)) => unknown(),
            (B::Mod, V::Num(a), V::Num(b)) => V::Num(a - b * (a / b).floor()),
            (op, V::Num(a), V::Num(b)) => {
                let compared = a.partial_cmp(b).and_then(|order| compare(op, order)).map(V::Bool);
                let calculated = || calculate(op, *a, *b).filter(|n| n.is_finite()).map(V::Num);
                compared.or_else(calculated).unwrap_or_else(unknown)
            }
            (B::Mul, V::Str(s), V::Num(n)) if *n >= 0.0 && s.len() as f64 * n < MAX_TEXT as f64 => V::str(s.repeat(*n as usize)),
            (B::Mod, V::Str(s), _) => self.percent(s, right),
            (B::Add, V::List(a), V::List(b)) => {
                let mut items = a.items.borrow().clone();
                items.extend(b.items.borrow().iter().cloned());
                V::sequence(a.kind, items, a.open.get() || b.open.get())
            }
            (B::Add, V::List(a), _) => V::sequence(a.kind, a.items.borrow().clone(), true),
            (B::Add, _, V::List(b)) => V::sequence(b.kind, b.items.borrow().clone(), true),
            (B::BitOr, V::List(a), V::List(b)) => {
                let mut items = a.items.borrow().clone();
                items.extend(b.items.borrow().iter().cloned());
                dedup(&mut items);
                V::sequence(a.kind, items, a.open.get() || b.open.get())
            }
            (B::Sub | B::BitAnd, V::List(a), V::List(b)) if a.kind == ListKind::Set => {
                let mut items = Vec::new();
                for item in a.items.borrow().iter() {
                    let inside = b.items.borrow().iter().any(|other| other.same(item) == Some(true));
                    if inside == (op == B::BitAnd) {
                        items.push(item.clone());
                    }
                }
                V::sequence(a.kind, items, a.open.get() || b.open.get())
            }
            (B::BitOr, V::Dict(a), V::Dict(b)) => {
                let mut entries = a.entries.borrow().clone();
                for (key, value) in b.entries.borrow().iter() {
                    entries.set(key.clone(), value.clone());
                }
                V::dict(entries, a.open.get() || b.open.get())
            }
            (B::Div, V::Path(path), V::Str(name)) => V::Path(super::files::join(path, name).into()),
            _ => unknown(),
        }
    }

    /// `"%s" % x`.
    fn percent(&mut self, format: &str, value: &Value) -> Value {
        let values: Vec<Value> = match value {
            Value::List(list) if list.kind == ListKind::Tuple => list.items.borrow().clone(),
            other => vec![other.clone()],
        };
        let mut out = String::new();
        let mut values = values.iter();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            let text = match rest.as_bytes().get(at + 1) {
                Some(b'%') => Some("%".into()),
                Some(b's') => values.next().and_then(|value| self.text_of(value)),
                Some(b'd' | b'i') => values
                    .next()
                    .filter(|value| matches!(value.plain(), Value::Num(_)))
                    .and_then(|value| self.text_of(value)),
                _ => return Value::unknown("a formatted text"),
            };
            let Some(text) = text.filter(|text| out.len() + text.len() <= MAX_TEXT) else {
                return Value::unknown("a text put together at run time");
            };
            out.push_str(&text);
            rest = &rest[at + 2..];
        }
        if out.len() + rest.len() > MAX_TEXT {
            return Value::unknown("a very long text");
        }
        out.push_str(rest);
        Value::str(out)
    }

    /// `value in container`.
    fn contains(&mut self, container: &Value, value: &Value) -> Option<bool> {
        match (container, value) {
            (Value::Str(text), Value::Str(part)) => Some(text.contains(&**part)),
            (Value::Dict(dict), _) => {
                if value.is_unknown() {
                    return None;
                }
                match (dict.entries.borrow().get(value).is_some(), dict.open.get()) {
                    (true, _) => Some(true),
                    (false, false) => Some(false),
                    (false, true) => None,
                }
            }
            (Value::List(list), _) => {
                let mut certain = !list.open.get();
                for item in list.items.borrow().iter() {
                    match item.same(value) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => certain = false,
                    }
                }
                certain.then_some(false)
            }
            _ => None,
        }
    }

    pub(in crate::py) fn take_slice(&mut self, frame: &mut Frame, object: &Value, index: ExprId) -> Value {
        let module = self.machine.program.module(frame.module);
        let ExprKind::Unknown(parts) = &module.expr(index).kind else {
            return Value::unknown("a slice");
        };
        let source = module.text(module.expr(index).span);
        let bounds: Vec<Value> = parts.iter().map(|part| self.eval(frame, *part)).collect();
        let simple = source.matches(':').count() == 1;
        let (from, to) = match (&bounds[..], source.trim_start().starts_with(':')) {
            ([], _) if simple => (None, None),
            ([Value::Num(n)], true) if simple => (None, Some(*n)),
            ([Value::Num(n)], false) if simple => (Some(*n), None),
            ([Value::Num(a), Value::Num(b)], _) if simple => (Some(*a), Some(*b)),
            _ => return Value::unknown("a slice"),
        };
        let range = |len: usize| {
            let at = |n: f64| {
                if n < 0.0 {
                    (len as f64 + n).max(0.0) as usize
                } else {
                    (n as usize).min(len)
                }
            };
            let (from, to) = (from.map_or(0, at), to.map_or(len, at));
            from.min(to)..to
        };
        match object.plain() {
            Value::List(list) if !list.open.get() => {
                let items = list.items.borrow();
                let part = Value::sequence(list.kind, items[range(items.len())].to_vec(), false);
                self.built(part)
            }
            Value::Str(text) => {
                self.machine.spend(text.len() / 64);
                let chars: Vec<char> = text.chars().collect();
                self.built(Value::str(chars[range(chars.len())].iter().collect::<String>()))
            }
            _ => Value::unknown("a slice of an unknown value"),
        }
    }

    pub(in crate::py) fn get_index(&mut self, object: &Value, index: &Value) -> Value {
        match object.plain() {
            Value::Dict(dict) => {
                let found = if index.is_unknown() {
                    None
                } else {
                    dict.entries.borrow().get(index).cloned()
                };
                match found {
                    Some(value) => value,
                    // Which entry is not known: it is one of them.
                    None if index.is_unknown() || dict.open.get() => {
                        let all: Vec<Value> = dict.entries.borrow().iter().map(|(_, v)| v.clone()).take(8).collect();
                        if all.is_empty() || !index.is_unknown() {
                            Value::unknown("an entry of an unknown dict")
                        } else {
                            Value::choice([all, vec![Value::unknown("an entry")]].concat())
                        }
                    }
                    None => Value::unknown("an entry that is not there"),
                }
            }
            Value::List(list) => match index.plain() {
                Value::Num(n) => {
                    let items = list.items.borrow();
                    let at = if n < 0.0 { items.len() as f64 + n } else { n };
                    items
                        .get(at as usize)
                        .filter(|_| at >= 0.0)
                        .cloned()
                        .unwrap_or_else(|| Value::unknown("an element that is not there"))
                }
                _ => Value::unknown("an element at an unknown place"),
            },
            Value::Class(class) if super::class::is_enum(&class) => match index.as_str() {
                Some(name) => self.get_attr(&Value::Class(class), &name),
                None => Value::unknown("a member of an enum"),
            },
            base @ (Value::Class(_) | Value::External(_) | Value::Generic(_)) => {
                if let Value::External(path) = &base
                    && &**path == "os.environ"
                {
                    return Value::unknown("a variable of the environment");
                }
                let args = match index {
                    Value::List(list) if list.kind == ListKind::Tuple => list.items.borrow().clone(),
                    other => vec![other.clone()],
                };
                // `Alias[int]` of an alias that has its own parameters.
                let base = if let Value::Generic(alias) = &base { alias.0.clone() } else { base };
                self.built(Value::Generic(Rc::new((base, args))))
            }
            Value::Str(text) => match index.plain() {
                Value::Num(n) if n >= 0.0 && self.machine.afford(text.len() / 64) => text
                    .chars()
                    .nth(n as usize)
                    .map_or_else(|| Value::unknown("a character"), |c| Value::str(c.to_string())),
                _ => Value::unknown("a character"),
            },
            Value::Instance(_) => {
                let args = Args::of(vec![index.clone()]);
                self.call_method(object, "__getitem__", args)
            }
            _ => Value::unknown("an element of an unknown value"),
        }
    }

    /// `del a[b]`.
    pub(in crate::py) fn delete(&mut self, frame: &mut Frame, target: ExprId) {
        let module = self.machine.program.module(frame.module);
        if let ExprKind::Index { object, index } = &module.expr(target).kind {
            let object = self.eval(frame, *object);
            let index = self.eval(frame, *index);
            if let Value::Dict(dict) = object.plain() {
                dict.entries.borrow_mut().remove(&index);
            }
        }
    }

    pub(in crate::py) fn set_attr(&mut self, object: &Value, name: Name, value: Value, maybe: bool) {
        let join = |before: Option<Value>| {
            if maybe {
                joined(before.as_ref(), value.clone())
            } else {
                value.clone()
            }
        };
        match object {
            Value::Instance(instance) => {
                let before = instance.attrs.borrow().get(&name).cloned();
                let value = join(before);
                instance.attrs.borrow_mut().insert(name, value);
            }
            Value::Class(class) => {
                let value = join(class.get(&name));
                class.set(name, value);
            }
            Value::Func(func) => {
                func.attrs.borrow_mut().insert(name, value);
            }
            Value::Method(method) => {
                method.1.attrs.borrow_mut().insert(name, value);
            }
            Value::Made(made) if made.name() == "staticmethod" || made.name() == "classmethod" => {
                if let Some(inner) = made.args.pos.first() {
                    self.set_attr(inner, name, value, maybe);
                }
            }
            Value::Made(made) => {
                made.attrs.borrow_mut().insert(name, value);
            }
            Value::Module(module) => {
                let globals = self.globals(*module);
                let before = globals.vars.borrow().get(&name).cloned();
                let value = join(before);
                globals.vars.borrow_mut().insert(name, value);
            }
            Value::Server(server) => server.set_attr(&name, value),
            _ => {}
        }
    }

    /// Elements of a value in a loop; whether there may be more.
    pub(in crate::py) fn iterate(&mut self, value: &Value) -> (Vec<Value>, bool) {
        let size = match value {
            Value::List(list) => list.items.borrow().len(),
            Value::Dict(dict) => dict.entries.borrow().len(),
            Value::Class(class) => class.attrs.borrow().len(),
            Value::Str(text) => text.len().min(10_000),
            _ => 0,
        };
        if !self.machine.afford(size) {
            return (Vec::new(), true);
        }
        match value {
            Value::List(list) => (list.items.borrow().clone(), list.open.get()),
            Value::Dict(dict) => (dict.entries.borrow().iter().map(|(key, _)| key.clone()).collect(), dict.open.get()),
            Value::Str(text) => (text.chars().take(10_000).map(|c| Value::str(c.to_string())).collect(), false),
            Value::Likely(inner) => self.iterate(inner),
            Value::Choice(all) => {
                let (mut out, mut open) = (Vec::new(), false);
                for one in all.iter() {
                    let (items, more) = self.iterate(one);
                    out.extend(items);
                    open |= more;
                }
                dedup(&mut out);
                (out, open)
            }
            Value::Class(class) if super::class::is_enum(class) => {
                let members = class
                    .attrs
                    .borrow()
                    .iter()
                    .filter(|(_, v)| matches!(v, Value::Instance(i) if Rc::ptr_eq(&i.class, class)))
                    .map(|(_, v)| v.clone())
                    .collect();
                (members, false)
            }
            Value::Instance(instance) => {
                if super::class::class_lookup(&instance.class, "__iter__").is_some() {
                    let inner = self.call_method(value, "__iter__", Args::default());
                    if matches!(inner, Value::List(_) | Value::Dict(_) | Value::Str(_)) {
                        return self.iterate(&inner);
                    }
                }
                (Vec::new(), true)
            }
            Value::Made(made) if made.name() == "ModuleInfo" => (made.args.pos.clone(), false),
            Value::None | Value::Bool(_) | Value::Num(_) => (Vec::new(), false),
            _ => (Vec::new(), true),
        }
    }

    /// A value made by calling something of a library.
    pub(in crate::py) fn made(&self, path: &str, args: Args, at: Option<(hub_syntax::ModuleId, ExprId)>) -> Value {
        Value::Made(Rc::new(Made {
            path: path.into(),
            args,
            at,
            attrs: Default::default(),
        }))
    }
}

/// Drops what is there already; only for short lists, as it compares each with each.
pub(in crate::py) fn dedup(items: &mut Vec<Value>) {
    if items.len() > 2_000 {
        return;
    }
    let mut out: Vec<Value> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        if !out.iter().any(|seen| seen.same(&item) == Some(true)) {
            out.push(item);
        }
    }
    *items = out;
}
