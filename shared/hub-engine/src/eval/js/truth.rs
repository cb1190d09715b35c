//! Conversions and comparisons: truth, text, equality, and what two possible values have in common.

use super::Eval;
use super::value::{Kind, ObjId, Slot, Term, Value};
use crate::eval::MAX_TEXT;
use rustc_hash::FxHashSet;
use std::rc::Rc;

const TOO_LONG: &str = "a text longer than 1 MiB";

/// Most elements of a list that two possible lists make.
const MAX_MERGED: usize = 1_000;

impl Eval<'_> {
    /// Whether a condition holds; none when that is not known.
    pub(crate) fn truthy(&self, value: &Value) -> Option<bool> {
        Some(match value {
            Value::Undefined | Value::Null => false,
            Value::Bool(b) => *b,
            Value::Num(n) => *n != 0.0 && !n.is_nan(),
            Value::Str(s) => !s.is_empty(),
            Value::Ref(id) => match &self.object(*id).kind {
                Kind::Opaque(term) => return self.term_truth(*id, term),
                _ => true,
            },
        })
    }

    fn term_truth(&self, id: ObjId, term: &Term) -> Option<bool> {
        match term {
            Term::Import { .. } | Term::Class(_) => Some(true),
            Term::Call { new: true, .. } => Some(true),
            Term::Template(parts) => parts.iter().any(|p| p.as_str().is_some_and(|s| !s.is_empty())).then_some(true),
            Term::Call { callee, .. } => self.is_from_library(*callee).then_some(true),
            Term::Global(name) => matches!(
                &**name,
                "Object"
                    | "Array"
                    | "Promise"
                    | "Symbol"
                    | "process"
                    | "globalThis"
                    | "Buffer"
                    | "URL"
                    | "Map"
                    | "Set"
                    | "Proxy"
                    | "Reflect"
                    | "console"
                    | "JSON"
                    | "Math"
            )
            .then_some(true),
            Term::Member { .. } => match self.path_of(id)?.as_str() {
                p if p.starts_with("Object.") || p.starts_with("Symbol.") || p.starts_with("Array.") || p.starts_with("Reflect.") => {
                    Some(true)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a term is a call chain on a schema library: such values are objects.
    pub(super) fn is_from_library(&self, mut at: ObjId) -> bool {
        for _ in 0..64 {
            match &self.object(at).kind {
                Kind::Opaque(Term::Import { specifier, .. }) => return specifier.contains("zod") || specifier.contains("typebox"),
                Kind::Opaque(Term::Class(name)) => return name.starts_with("Zod"),
                Kind::Opaque(Term::Member { base, .. }) => at = *base,
                Kind::Opaque(Term::Call { callee, .. }) => at = *callee,
                _ => return false,
            }
        }
        false
    }

    /// Which side to believe when a condition is not known: variables of the environment and options are mostly unset.
    pub(crate) fn leaning(&self, value: &Value) -> Option<bool> {
        let mut at = value.id()?;
        for _ in 0..32 {
            match &self.object(at).kind {
                Kind::Opaque(Term::Env(_)) => return Some(false),
                Kind::Opaque(Term::Condition(lean)) => return *lean,
                Kind::Opaque(Term::Param(_)) => return Some(false),
                Kind::Opaque(Term::Member { base, .. }) => at = *base,
                Kind::Opaque(Term::Call { callee, .. }) => at = *callee,
                Kind::Opaque(Term::Template(parts)) => match parts.iter().find_map(Value::id) {
                    Some(id) => at = id,
                    None => return None,
                },
                _ => return None,
            }
        }
        None
    }

    /// A condition that is not known.
    pub(crate) fn condition(&mut self, leans: Option<bool>) -> Value {
        self.opaque(Term::Condition(leans))
    }

    pub(crate) fn is_opaque(&self, value: &Value) -> bool {
        self.term(value).is_some()
    }

    /// A primitive as JavaScript prints it; none for objects and unknown values.
    pub(crate) fn text_of(&self, value: &Value) -> Option<Rc<str>> {
        Some(match value {
            Value::Str(s) => s.clone(),
            Value::Num(n) => Rc::from(number_text(*n)),
            Value::Bool(b) => Rc::from(if *b { "true" } else { "false" }),
            Value::Null => Rc::from("null"),
            Value::Undefined => Rc::from("undefined"),
            Value::Ref(id) => match &self.object(*id).kind {
                Kind::Array(items) if items.len() < 10_000 => {
                    let mut out = String::new();
                    for (i, item) in items.iter().enumerate() {
                        if i > 0 {
                            out.push(',');
                        }
                        match item {
                            Value::Undefined | Value::Null => {}
                            Value::Ref(_) => return None,
                            item => {
                                let text = self.text_of(item)?;
                                if out.len() + text.len() > MAX_TEXT {
                                    return None;
                                }
                                out.push_str(&text);
                            }
                        }
                    }
                    Rc::from(out)
                }
                Kind::Regex { pattern, flags } => Rc::from(format!("/{pattern}/{flags}")),
                _ => return None,
            },
        })
    }

    /// Joins the parts of a text; unknown parts make a [`Term::Template`].
    pub(crate) fn concat(&mut self, parts: Vec<Value>) -> Value {
        let mut known = String::new();
        let mut out: Vec<Value> = Vec::new();
        // Bytes of all known parts.
        let mut size = 0;
        for part in parts {
            if let Some(Term::Template(inner)) = self.term(&part) {
                let inner = inner.clone();
                if out.len() + inner.len() > 2_000 {
                    return self.unknown("a text of too many parts");
                }
                for p in inner {
                    match p.as_str() {
                        Some(s) if size + s.len() > MAX_TEXT => return self.unknown(TOO_LONG),
                        Some(s) => {
                            size += s.len();
                            known.push_str(s);
                        }
                        None => {
                            if !known.is_empty() {
                                out.push(Value::str(&std::mem::take(&mut known)));
                            }
                            out.push(p);
                        }
                    }
                }
                continue;
            }
            let text = self.text_of(&part).or_else(|| self.object_text(&part));
            match text {
                Some(text) if size + text.len() > MAX_TEXT => return self.unknown(TOO_LONG),
                Some(text) => {
                    size += text.len();
                    known.push_str(&text);
                }
                None => {
                    if !known.is_empty() {
                        out.push(Value::str(&std::mem::take(&mut known)));
                    }
                    out.push(part);
                }
            }
        }
        if !self.machine.build_text(size) {
            return self.spent();
        }
        if out.is_empty() {
            return Value::str(&known);
        }
        if !known.is_empty() {
            out.push(Value::str(&known));
        }
        self.opaque(Term::Template(out))
    }

    /// `String(object)` of plain objects and those with their own `toString`.
    fn object_text(&mut self, value: &Value) -> Option<Rc<str>> {
        let Value::Ref(id) = value else { return None };
        if !matches!(self.object(*id).kind, Kind::Plain) {
            return None;
        }
        if self.has_property(value, "toString") {
            let method = self.get(value, "toString");
            let text = self.call(&method, value.clone(), super::Args::default());
            return text.as_str().map(Rc::from);
        }
        Some(Rc::from("[object Object]"))
    }

    /// `===`; none when not known.
    pub(crate) fn same(&self, a: &Value, b: &Value) -> Option<bool> {
        if let (Value::Ref(x), Value::Ref(y)) = (a, b)
            && x == y
        {
            return Some(true);
        }
        if self.is_opaque(a) || self.is_opaque(b) {
            // A class or constructed thing is not nothing, whatever else it is.
            let known = |v: &Value| {
                v.id()
                    .is_some_and(|id| matches!(&self.object(id).kind, Kind::Opaque(t) if self.term_truth(id, t) == Some(true)))
            };
            if known(a) && b.is_nothing() || known(b) && a.is_nothing() {
                return Some(false);
            }
            return None;
        }
        Some(match (a, b) {
            (Value::Undefined, Value::Undefined) | (Value::Null, Value::Null) => true,
            (Value::Bool(x), Value::Bool(y)) => x == y,
            (Value::Num(x), Value::Num(y)) => x == y,
            (Value::Str(x), Value::Str(y)) => x == y,
            _ => false,
        })
    }

    /// `==`.
    pub(crate) fn loosely_same(&self, a: &Value, b: &Value) -> Option<bool> {
        match (a, b) {
            (Value::Undefined, Value::Null) | (Value::Null, Value::Undefined) => Some(true),
            (Value::Num(n), Value::Str(s)) | (Value::Str(s), Value::Num(n)) => Some(s.trim().parse::<f64>().is_ok_and(|x| x == *n)),
            _ => self.same(a, b),
        }
    }

    pub(crate) fn type_of(&self, value: &Value) -> Option<&'static str> {
        Some(match value {
            Value::Undefined => "undefined",
            Value::Null => "object",
            Value::Bool(_) => "boolean",
            Value::Num(_) => "number",
            Value::Str(_) => "string",
            Value::Ref(id) => match &self.object(*id).kind {
                Kind::Function(_) | Kind::Class(_) | Kind::Native(_) => "function",
                Kind::Opaque(Term::Global(name)) => match &**name {
                    "process" | "globalThis" | "global" | "console" | "JSON" | "Math" | "Reflect" => "object",
                    "Object" | "Array" | "Promise" | "Symbol" | "Buffer" | "URL" | "Map" | "Set" | "Proxy" | "Error" | "fetch"
                    | "setTimeout" | "BigInt" | "Date" | "WeakMap" | "TextDecoder" | "AbortController" => "function",
                    _ => "undefined",
                },
                Kind::Opaque(Term::Class(_)) => "function",
                Kind::Opaque(Term::Template(_)) => "string",
                Kind::Opaque(Term::Call { new: true, .. }) => "object",
                Kind::Opaque(Term::Call { callee, .. }) if self.is_from_library(*callee) => "object",
                Kind::Opaque(_) => return None,
                _ => "object",
            },
        })
    }

    /// One value for two that are possible: the one that says more; lists and objects are united.
    pub(crate) fn merge(&mut self, first: Value, second: Value, prefer_first: bool) -> Value {
        if let (Some(a), Some(b)) = (first.id(), second.id()) {
            if a == b {
                return first;
            }
            match (&self.object(a).kind, &self.object(b).kind) {
                (Kind::Array(x), Kind::Array(y)) => {
                    if x.is_empty() || y.is_empty() {
                        return if x.is_empty() { second } else { first };
                    }
                    let mut items = x.clone();
                    let compared = x.len() + y.len();
                    let known: FxHashSet<String> = items.iter().map(Self::map_key).collect();
                    items.extend(y.iter().filter(|v| !known.contains(&Self::map_key(v))).cloned());
                    items.truncate(MAX_MERGED);
                    self.spend(compared);
                    return self.new_array(items);
                }
                (Kind::Plain, Kind::Plain) if self.object(a).proto.is_none() && self.object(b).proto.is_none() => {
                    let (base, over) = if prefer_first { (b, a) } else { (a, b) };
                    let origin = self.object(over).origin;
                    let over_props = self.object(over).props.clone();
                    self.spend(over_props.len());
                    // Objects with the same keys are alternatives; others are united.
                    if over_props.len() == self.object(base).props.len()
                        && over_props.keys().all(|k| self.object(base).props.contains_key(k))
                    {
                        return Value::Ref(over);
                    }
                    let mut props = self.object(base).props.clone();
                    props.extend(over_props);
                    self.spend(props.len());
                    let id = self.new_object();
                    self.heap[id.0 as usize].props = props;
                    self.heap[id.0 as usize].origin = origin;
                    return Value::Ref(id);
                }
                _ => {}
            }
        }
        // Two answers to one question: no answer.
        if matches!(first, Value::Bool(_)) || matches!(second, Value::Bool(_)) {
            let undecided = |eval: &Self, v: &Value| matches!(v, Value::Bool(_)) || eval.is_opaque(v);
            if self.same(&first, &second) != Some(true) && undecided(self, &first) && undecided(self, &second) {
                let lean = match (&first, &second) {
                    (Value::Bool(a), b) | (b, Value::Bool(a)) if self.leaning(b) == Some(*a) => Some(*a),
                    _ => None,
                };
                return self.condition(lean);
            }
        }
        let rank = |v: &Value| match v {
            Value::Undefined | Value::Null => 0,
            Value::Bool(_) => 2,
            Value::Ref(id) => match &self.object(*id).kind {
                Kind::Opaque(Term::Unknown(_) | Term::Param(_) | Term::Condition(_)) => 1,
                Kind::Opaque(_) => 2,
                Kind::Plain if self.object(*id).props.is_empty() => 2,
                _ => 3,
            },
            Value::Str(s) if s.is_empty() => 2,
            _ => 3,
        };
        match rank(&first).cmp(&rank(&second)) {
            std::cmp::Ordering::Greater => first,
            std::cmp::Ordering::Less => second,
            std::cmp::Ordering::Equal if prefer_first => first,
            std::cmp::Ordering::Equal => second,
        }
    }

    /// Copies the own properties of `from` onto `to`, as `{...from}` and `Object.assign` do.
    pub(crate) fn copy_props(&mut self, to: ObjId, from: &Value) {
        match from {
            Value::Ref(id) => {
                if self.is_opaque(from) {
                    let n = self.object(to).props.len();
                    self.heap[to.0 as usize]
                        .props
                        .insert(Rc::from(format!("...{n}")), Slot::Value(from.clone()));
                    return;
                }
                let hidden: Vec<(Rc<str>, Slot)> = self
                    .object(*id)
                    .props
                    .iter()
                    .filter(|(k, _)| k.starts_with("..."))
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                for (k, v) in hidden {
                    let n = self.object(to).props.len();
                    self.heap[to.0 as usize].props.insert(Rc::from(format!("{k}.{n}")), v);
                }
                for (key, value) in self.entries(from) {
                    self.heap[to.0 as usize].props.insert(key, Slot::Value(value));
                }
            }
            Value::Str(s) => {
                for (i, c) in s.chars().take(1_000).enumerate() {
                    self.heap[to.0 as usize]
                        .props
                        .insert(Rc::from(i.to_string()), Slot::Value(Value::str(c.encode_utf8(&mut [0; 4]))));
                }
            }
            _ => {}
        }
    }
}

/// A number as JavaScript prints it.
pub(crate) fn number_text(n: f64) -> String {
    if n.is_nan() {
        "NaN".to_owned()
    } else if n.is_infinite() {
        if n > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if n.fract() == 0.0 && n.abs() < 1e21 {
        format!("{n:.0}")
    } else {
        n.to_string()
    }
}
