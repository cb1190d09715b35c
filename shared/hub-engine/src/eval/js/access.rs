//! Reading and writing properties.

use super::value::{Kind, ObjId, Slot, Term, Value};
use super::{Args, Eval, Native};
use std::rc::Rc;

/// Longest chain of prototypes that is followed.
const MAX_CHAIN: usize = 32;

impl Eval<'_> {
    /// `value.name`.
    pub fn get(&mut self, value: &Value, name: &str) -> Value {
        match value {
            Value::Ref(id) => self.get_object(*id, name),
            Value::Str(s) => self.get_str(&s.clone(), name),
            Value::Undefined | Value::Null => self.unknown("a property of nothing"),
            Value::Num(_) | Value::Bool(_) => self.method_of(value.clone(), name),
        }
    }

    fn method_of(&mut self, this: Value, name: &str) -> Value {
        Value::Ref(self.alloc(Kind::Native(Native::Method {
            this,
            name: Rc::from(name),
        })))
    }

    fn get_str(&mut self, s: &Rc<str>, name: &str) -> Value {
        self.spend(s.len() / 64);
        if name == "length" {
            return Value::Num(s.encode_utf16().count() as f64);
        }
        if name.as_bytes().first().is_some_and(u8::is_ascii_digit)
            && let Ok(index) = name.parse::<usize>()
        {
            return s
                .chars()
                .nth(index)
                .map_or(Value::Undefined, |c| Value::str(c.encode_utf8(&mut [0; 4])));
        }
        self.method_of(Value::Str(s.clone()), name)
    }

    fn get_object(&mut self, start: ObjId, name: &str) -> Value {
        if !self.step() {
            return self.spent();
        }
        let mut at = start;
        for _ in 0..MAX_CHAIN {
            match self.object(at).props.get(name) {
                Some(Slot::Value(value)) => return value.clone(),
                Some(Slot::Getter(getter)) => {
                    let getter = getter.clone();
                    return self.call(&getter, Value::Ref(start), Args::default());
                }
                None => {}
            }
            if let Some(value) = self.own_special(at, start, name) {
                return value;
            }
            match self.object(at).proto {
                Some(next) => at = next,
                None => break,
            }
        }
        if matches!(self.object(start).kind, Kind::Plain | Kind::Class(_)) && !super::builtins::is_object_method(name) {
            return Value::Undefined;
        }
        self.method_of(Value::Ref(start), name)
    }

    /// What an object of this kind answers itself.
    fn own_special(&mut self, at: ObjId, start: ObjId, name: &str) -> Option<Value> {
        let kind = &self.object(at).kind;
        Some(match kind {
            Kind::Array(items) => match name {
                "length" => Value::Num(items.len() as f64),
                _ => match name.parse::<i64>() {
                    Ok(i) if i >= 0 => items.get(i as usize).cloned().unwrap_or(Value::Undefined),
                    _ => return None,
                },
            },
            Kind::Map(_) | Kind::Set(_) if name == "size" && self.is_open(at) => self.unknown("the size of a collection that is not known"),
            Kind::Map(map) if name == "size" => Value::Num(map.len() as f64),
            Kind::Set(set) if name == "size" => Value::Num(set.len() as f64),
            Kind::Regex { pattern, .. } if name == "source" => Value::Str(pattern.clone()),
            Kind::Regex { flags, .. } if name == "flags" => Value::Str(flags.clone()),
            Kind::Function(closure) => {
                let (module, function) = (closure.module, closure.function);
                match name {
                    "name" => self
                        .machine
                        .program
                        .module(module)
                        .function(function)
                        .name
                        .map_or_else(|| Value::str(""), |n| Value::Str(self.sym(module, n))),
                    "length" => Value::Num(self.machine.program.module(module).function(function).params.len() as f64),
                    "prototype" => {
                        let prototype = self.new_object();
                        self.heap[prototype.0 as usize]
                            .props
                            .insert(Rc::from("constructor"), Slot::Value(Value::Ref(at)));
                        self.heap[at.0 as usize]
                            .props
                            .insert(Rc::from("prototype"), Slot::Value(Value::Ref(prototype)));
                        Value::Ref(prototype)
                    }
                    _ => return None,
                }
            }
            Kind::Class(class) => {
                let class = class.clone();
                match name {
                    "prototype" => Value::Ref(class.prototype),
                    "name" => self
                        .machine
                        .program
                        .module(class.module)
                        .class(class.class)
                        .name
                        .map_or_else(|| Value::str(""), |n| Value::Str(self.sym(class.module, n))),
                    _ => return class.base.map(|base| self.get_object(base, name)).filter(|v| !v.is_nothing()),
                }
            }
            Kind::Namespace(id) => {
                let id = *id;
                match self.export(id, name) {
                    Some(value) => value,
                    // Interop of CommonJS and ES modules is forgiving.
                    None if name == "default" => Value::Ref(at),
                    None => return Some(Value::Undefined),
                }
            }
            Kind::Opaque(term) => {
                if let Term::Import { specifier, name: of } = term
                    && (&**of == "*" || &**of == "default" && name == "default")
                {
                    let specifier = specifier.clone();
                    return Some(self.opaque(Term::Import {
                        specifier,
                        name: Rc::from(name),
                    }));
                }
                if let Some(value) = self.known_member(at, name) {
                    return Some(value);
                }
                self.opaque(Term::Member {
                    base: start,
                    name: Rc::from(name),
                })
            }
            _ => return None,
        })
    }

    /// `value[key]`.
    pub(crate) fn get_value(&mut self, value: &Value, key: &Value) -> Value {
        if let (Value::Ref(id), Value::Num(n)) = (value, key)
            && let Kind::Array(items) = &self.object(*id).kind
            && n.fract() == 0.0
        {
            // Python counts from the end with negative indexes; JavaScript code never uses them on arrays.
            let index = if *n < 0.0 { items.len() as f64 + n } else { *n };
            return if index >= 0.0 {
                items.get(index as usize).cloned().unwrap_or(Value::Undefined)
            } else {
                Value::Undefined
            };
        }
        if let Value::Ref(id) = value
            && let Kind::Map(map) = &self.object(*id).kind
            && let Some((_, v)) = map.get(&Self::map_key(key))
        {
            return v.clone();
        }
        match self.property_key(key) {
            Some(name) => self.get(value, &name),
            None => {
                let base = match value {
                    Value::Ref(id) => *id,
                    _ => return self.unknown("an element with a key that is not known"),
                };
                // A table read at a place that is not known: anything of it, so nothing known; the table stays visible.
                self.opaque(Term::Member {
                    base,
                    name: Rc::from("[]"),
                })
            }
        }
    }

    /// A value as a property name.
    pub(crate) fn property_key(&mut self, key: &Value) -> Option<Rc<str>> {
        match key {
            Value::Str(s) => Some(s.clone()),
            Value::Ref(id) => match &self.object(*id).kind {
                // `Symbol.iterator` and the like are good names for themselves.
                Kind::Opaque(_) => self
                    .path_of(*id)
                    .filter(|p| p.starts_with("Symbol."))
                    .map(|p| Rc::from(format!("@@{p}"))),
                _ => None,
            },
            other => self.text_of(other),
        }
    }

    /// `value.name = new`.
    pub fn set(&mut self, target: &Value, name: &str, new: Value) {
        let Value::Ref(id) = target else { return };
        if let Kind::Array(items) = &mut self.heap[id.0 as usize].kind {
            if name == "length" {
                if let Value::Num(n) = new {
                    items.truncate(n.max(0.0) as usize);
                }
                return;
            }
            if let Ok(index) = name.parse::<usize>() {
                if index < crate::eval::MAX_ELEMENTS {
                    if items.len() <= index {
                        items.resize(index + 1, Value::Undefined);
                    }
                    items[index] = new;
                }
                return;
            }
        }
        // `module.exports = …` of a namespace, or a write to a frozen thing, is not told apart.
        if let Some(undo) = self.undo.last()
            && id.0 < undo.objects
            && let Some(Slot::Value(old)) = self.object(*id).props.get(name)
            && self.is_informative(old)
        {
            let old = old.clone();
            if let Some(undo) = self.undo.last_mut() {
                undo.properties.push((*id, Rc::from(name), old));
            }
        }
        let object = &mut self.heap[id.0 as usize];
        match object.props.get_mut(name) {
            Some(Slot::Value(old)) => *old = new,
            _ => {
                if object.props.len() < crate::eval::MAX_ELEMENTS {
                    object.props.insert(Rc::from(name), Slot::Value(new));
                }
            }
        }
    }

    pub(crate) fn define_getter(&mut self, target: ObjId, name: &str, getter: Value) {
        self.heap[target.0 as usize]
            .props
            .insert(Rc::from(name), Slot::Getter(Box::new(getter)));
    }

    /// Whether an object has a property of its own or by its prototypes.
    pub fn has_property(&mut self, value: &Value, name: &str) -> bool {
        let Some(mut at) = value.id() else { return false };
        for _ in 0..MAX_CHAIN {
            let object = self.object(at);
            if object.props.contains_key(name) {
                return true;
            }
            match &object.kind {
                Kind::Namespace(id) => {
                    let id = *id;
                    return self.export(id, name).is_some();
                }
                Kind::Array(items) => return name.parse::<usize>().is_ok_and(|i| i < items.len()),
                Kind::Map(map) => return map.contains_key(&format!("s{name}")),
                _ => {}
            }
            match self.object(at).proto {
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    }

    /// Own property names, in order.
    pub fn keys(&mut self, value: &Value) -> Vec<Rc<str>> {
        let Value::Ref(id) = value else { return Vec::new() };
        if let Kind::Namespace(module) = self.object(*id).kind {
            return self.export_names(module);
        }
        let object = self.object(*id);
        let mut keys: Vec<Rc<str>> = match &object.kind {
            Kind::Array(items) => (0..items.len()).map(|i| Rc::from(i.to_string())).collect(),
            Kind::Map(map) => map.values().filter_map(|(k, _)| k.as_str().map(Rc::from)).collect(),
            _ => Vec::new(),
        };
        let hidden = matches!(object.kind, Kind::Opaque(_));
        let names: Vec<&Rc<str>> = object
            .props
            .keys()
            .filter(|k| !k.starts_with("@@") && !k.starts_with("...") && !hidden && &***k != "__esModule")
            .collect();
        // JavaScript lists whole-number keys first, in ascending order.
        let mut numbers: Vec<(u32, Rc<str>)> = Vec::new();
        let mut rest = Vec::new();
        for name in names {
            match name.parse::<u32>() {
                Ok(n) if name.len() == 1 || !name.starts_with('0') => numbers.push((n, name.clone())),
                _ => rest.push(name.clone()),
            }
        }
        numbers.sort();
        self.spend(numbers.len() + rest.len() + keys.len());
        keys.extend(numbers.into_iter().map(|n| n.1));
        keys.extend(rest);
        keys
    }

    /// Own property names and values, in order; getters are run.
    pub fn entries(&mut self, value: &Value) -> Vec<(Rc<str>, Value)> {
        let keys = self.keys(value);
        keys.into_iter().map(|key| (key.clone(), self.get(value, &key))).collect()
    }

    /// Parts of a spread that is not known (`...Schema.shape`), kept on the object they were spread into.
    pub fn unknown_spreads(&self, id: ObjId) -> Vec<Value> {
        self.hidden_parts(id, "...")
    }

    /// Properties without a name of the program's own: spreads (`...`), and those whose names are not known (`...[]`).
    pub(super) fn hidden_parts(&self, id: ObjId, prefix: &str) -> Vec<Value> {
        self.object(id)
            .props
            .iter()
            .filter(|(k, _)| k.starts_with(prefix))
            .filter_map(|(_, s)| match s {
                Slot::Value(v) => Some(v.clone()),
                Slot::Getter(_) => None,
            })
            .collect()
    }

    /// A dotted path of an opaque value whose root is a global or an import: `Object.keys`, `path.join`, `process.env.HOME`.
    #[must_use]
    pub fn path_of(&self, id: ObjId) -> Option<String> {
        let mut parts: Vec<&str> = Vec::new();
        let mut at = id;
        for _ in 0..16 {
            match &self.object(at).kind {
                Kind::Opaque(Term::Member { base, name }) => {
                    parts.push(name);
                    at = *base;
                }
                Kind::Opaque(Term::Global(name)) => {
                    parts.push(name);
                    if matches!(&**name, "globalThis" | "window" | "self" | "global") && parts.len() > 1 {
                        parts.pop();
                    }
                    break;
                }
                Kind::Opaque(Term::Import { specifier, name }) => {
                    if !matches!(&**name, "*" | "default") {
                        parts.push(name);
                    }
                    parts.push(specifier);
                    break;
                }
                _ => return None,
            }
        }
        parts.reverse();
        Some(parts.join("."))
    }

    /// The text form that decides whether two keys of a map are the same.
    pub(crate) fn map_key(key: &Value) -> String {
        match key {
            Value::Undefined => "u".to_owned(),
            Value::Null => "n".to_owned(),
            Value::Bool(b) => format!("b{b}"),
            Value::Num(n) => format!("#{n}"),
            Value::Str(s) => format!("s{s}"),
            Value::Ref(id) => format!("@{}", id.0),
        }
    }
}
