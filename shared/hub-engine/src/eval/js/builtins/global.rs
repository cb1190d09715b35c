//! Functions and constructors that the language supplies under global names.

use crate::eval::MAX_ELEMENTS;
use crate::eval::data::from_json;
use crate::eval::js::value::{Env, Kind, Native, ObjId, Slot, Term, Value};
use crate::eval::js::{Args, Eval};
use crate::eval::text::json_text;
use std::rc::Rc;

impl Eval<'_> {
    pub(super) fn path_of_value(&self, value: &Value) -> Option<String> {
        value.id().and_then(|id| self.path_of(id))
    }

    /// A call of something from outside that is known all the same.
    pub(crate) fn builtin(&mut self, env: Env, callee: ObjId, args: &Args) -> Option<Value> {
        if let Some(value) = self.variable_default(callee, args) {
            return Some(value);
        }
        if let Some(value) = self.parsed_by_schema(callee, args) {
            return Some(value);
        }
        let path = self.path_of(callee)?;
        if let Some(method) = path.strip_suffix(".call").and_then(prototype_method) {
            let rest = args.pos.get(1..).unwrap_or_default().to_vec();
            return Some(self.method(&args.get(0), method, Args::from(rest)));
        }
        if let Some(method) = path.strip_suffix(".apply").and_then(prototype_method) {
            let rest = self.iterate(&args.get(1))?;
            return Some(self.method(&args.get(0), method, Args::from(rest)));
        }
        let value = self
            .language_function(&path, args)
            .or_else(|| self.platform_function(env, &path, args))?;
        Some(self.built(value))
    }

    /// `schema.parse("x")`: a known text passes through.
    fn parsed_by_schema(&mut self, callee: ObjId, args: &Args) -> Option<Value> {
        let Kind::Opaque(Term::Member { base, name }) = &self.object(callee).kind else {
            return None;
        };
        let given = args.get(0);
        let passes =
            matches!(&**name, "parse" | "parseAsync") && self.is_from_library(*base) && matches!(given, Value::Str(_) | Value::Num(_));
        passes.then_some(given)
    }

    #[allow(clippy::too_many_lines)]
    fn language_function(&mut self, path: &str, args: &Args) -> Option<Value> {
        let first = args.get(0);
        for argument in &args.pos {
            self.weigh(argument);
        }
        Some(match path {
            "Object.keys" | "Object.getOwnPropertyNames" | "Reflect.ownKeys" => {
                if self.is_opaque(&first) {
                    return None;
                }
                let keys = self.keys(&first).into_iter().map(Value::Str).collect();
                self.new_array(keys)
            }
            "Object.values" => {
                if self.is_opaque(&first) {
                    return None;
                }
                let mut values: Vec<Value> = self.entries(&first).into_iter().map(|e| e.1).collect();
                values.extend(first.id().map(|id| self.hidden_parts(id, "...[]")).unwrap_or_default());
                self.new_array(values)
            }
            "Object.entries" => {
                if self.is_opaque(&first) {
                    return None;
                }
                let mut pairs: Vec<Value> = self
                    .entries(&first)
                    .into_iter()
                    .map(|(k, v)| self.new_array(vec![Value::Str(k), v]))
                    .collect();
                for part in first.id().map(|id| self.hidden_parts(id, "...[]")).unwrap_or_default() {
                    let key = self.unknown("a key that is not known");
                    pairs.push(self.new_array(vec![key, part]));
                }
                self.new_array(pairs)
            }
            "Object.assign" => {
                let id = first.id()?;
                for from in args.pos.iter().skip(1) {
                    match self.object(id).kind {
                        Kind::Opaque(_) => {
                            // Properties put on an outside object are kept beside it.
                            for (k, v) in self.entries(from) {
                                self.set(&first, &k, v);
                            }
                        }
                        _ => self.copy_props(id, from),
                    }
                }
                first
            }
            "Object.fromEntries" | "dict" if !args.pos.is_empty() => {
                if path == "dict" && matches!(self.object_of(&first).map(|o| &o.kind), Some(Kind::Plain)) {
                    let id = self.new_object();
                    self.copy_props(id, &first);
                    return Some(Value::Ref(id));
                }
                self.object_from_entries(&first)?
            }
            "dict" => {
                let id = self.new_object();
                for (k, v) in &args.kw {
                    self.heap[id.0 as usize].props.insert(k.clone(), Slot::Value(v.clone()));
                }
                Value::Ref(id)
            }
            "Object.freeze"
            | "Object.seal"
            | "Object.preventExtensions"
            | "Object"
            | "structuredClone"
            | "Promise.resolve"
            | "Object.setPrototypeOf" => {
                if path == "Object.setPrototypeOf"
                    && let (Some(id), Some(proto)) = (first.id(), args.get(1).id())
                    && id != proto
                    && matches!(self.object(id).kind, Kind::Plain)
                {
                    self.heap[id.0 as usize].proto = Some(proto);
                }
                if path == "Object" && first.is_nothing() {
                    Value::Ref(self.new_object())
                } else {
                    first
                }
            }
            "Object.create" => {
                let id = self.new_object();
                self.heap[id.0 as usize].proto = first.id();
                Value::Ref(id)
            }
            "Object.getPrototypeOf" => match first.id().and_then(|id| self.object(id).proto) {
                Some(proto) => Value::Ref(proto),
                None => Value::Null,
            },
            "Object.is" => Value::Bool(self.same(&first, &args.get(1))?),
            "Object.hasOwn" => Value::Bool(self.has_property(&first, args.get(1).as_str()?)),
            "Object.getOwnPropertyDescriptor" => {
                let name = self.property_key(&args.get(1))?;
                if !self.has_property(&first, &name) {
                    return Some(Value::Undefined);
                }
                let id = self.new_object();
                let value = self.get(&first, &name);
                self.set(&Value::Ref(id), "value", value);
                self.set(&Value::Ref(id), "enumerable", Value::Bool(true));
                Value::Ref(id)
            }
            "Object.defineProperty" | "Reflect.defineProperty" => {
                let name = self.property_key(&args.get(1))?;
                self.define_property(&first, &name, &args.get(2));
                first
            }
            "Object.defineProperties" => {
                for (name, descriptor) in self.entries(&args.get(1)) {
                    self.define_property(&first, &name, &descriptor);
                }
                first
            }
            "Reflect.get" => {
                let name = self.property_key(&args.get(1))?;
                self.get(&first, &name)
            }
            "Reflect.set" => {
                let name = self.property_key(&args.get(1))?;
                self.set(&first, &name, args.get(2));
                Value::Bool(true)
            }
            "Reflect.has" => Value::Bool(self.has_property(&first, args.get(1).as_str()?)),
            "Reflect.apply" => {
                let rest = self.iterate(&args.get(2))?;
                self.call(&first, args.get(1), Args::from(rest))
            }
            "Reflect.construct" => {
                let rest = self.iterate(&args.get(1))?;
                self.construct(first.id()?, Args::from(rest))
            }
            "Array.from" => {
                let items = match self.iterate(&first) {
                    Some(items) => items,
                    // `{ length: n }`.
                    None if !self.is_opaque(&first) => {
                        let length = self.get(&first, "length");
                        let n = self.number(&length)?.clamp(0.0, MAX_ELEMENTS as f64) as usize;
                        vec![Value::Undefined; n]
                    }
                    None => return None,
                };
                let list = self.new_array(items);
                if self.closure(&args.get(1)).is_some() {
                    self.array_method(list.id()?, "map", &Args::from(vec![args.get(1)]))?
                } else {
                    list
                }
            }
            "Array.of" | "Array" => self.new_array(args.pos.clone()),
            "Array.isArray" => {
                if self.is_opaque(&first) {
                    return None;
                }
                Value::Bool(self.array(&first).is_some())
            }
            "Promise.all" | "Promise.allSettled" | "Promise.race" | "Promise.any" => {
                let items = self.iterate(&first)?;
                match path {
                    "Promise.allSettled" => {
                        let results = items
                            .into_iter()
                            .map(|value| {
                                let id = self.new_object();
                                self.set(&Value::Ref(id), "status", Value::str("fulfilled"));
                                self.set(&Value::Ref(id), "value", value);
                                Value::Ref(id)
                            })
                            .collect();
                        self.new_array(results)
                    }
                    "Promise.all" => self.new_array(items),
                    _ => items.into_iter().next()?,
                }
            }
            "JSON.stringify" | "json.dumps" => {
                if self.is_opaque(&first) {
                    return None;
                }
                let json = self.to_json(&first);
                if !json.holes.is_empty() {
                    return None;
                }
                let indent = args.kw("indent").cloned().unwrap_or_else(|| args.get(2));
                let indent = match (&indent, path) {
                    (Value::Num(n), _) => *n as usize,
                    (_, "json.dumps") => return None,
                    _ => 0,
                };
                Value::str(&json_text(&json.value, indent)?)
            }
            "JSON.parse" | "json.loads" => {
                let text = first.as_str()?;
                let json: serde_json::Value = serde_json::from_str(text).ok()?;
                from_json(self, &json)
            }
            "String" => match args.pos.first() {
                None => Value::str(""),
                Some(v) => self.concat(vec![v.clone()]),
            },
            "Number" | "parseFloat" => Value::Num(self.number(&first)?),
            "parseInt" => match &first {
                Value::Str(s) => {
                    let digits: String = s
                        .trim()
                        .chars()
                        .enumerate()
                        .take_while(|(i, c)| c.is_ascii_digit() || *i == 0 && *c == '-')
                        .map(|(_, c)| c)
                        .collect();
                    Value::Num(digits.parse().unwrap_or(f64::NAN))
                }
                other => Value::Num(self.number(other)?.trunc()),
            },
            "Boolean" => Value::Bool(self.truthy(&first)?),
            "Symbol" | "Symbol.for" => return None,
            "Math.max" | "Math.min" | "Math.floor" | "Math.ceil" | "Math.round" | "Math.abs" | "Math.trunc" | "Math.pow" => {
                let numbers: Option<Vec<f64>> = args.pos.iter().map(|a| self.number(a)).collect();
                let numbers = numbers?;
                let a = numbers.first().copied().unwrap_or(f64::NAN);
                Value::Num(match path {
                    "Math.max" => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    "Math.min" => numbers.iter().copied().fold(f64::INFINITY, f64::min),
                    "Math.floor" => a.floor(),
                    "Math.ceil" => a.ceil(),
                    "Math.round" => (a + 0.5).floor(),
                    "Math.abs" => a.abs(),
                    "Math.pow" => a.powf(numbers.get(1).copied().unwrap_or(f64::NAN)),
                    _ => a.trunc(),
                })
            }
            "encodeURIComponent" | "encodeURI" => {
                let text = first.as_str()?;
                if text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~'))
                {
                    first
                } else {
                    return None;
                }
            }
            "String.raw" | "String.fromCharCode" => {
                if path == "String.fromCharCode" {
                    let units: Option<Vec<u16>> = args.pos.iter().map(|a| self.number(a).map(|n| n as u16)).collect();
                    return Some(Value::str(&String::from_utf16_lossy(&units?)));
                }
                return None;
            }
            "Number.isInteger" => Value::Bool(first.as_num().is_some_and(|n| n.fract() == 0.0)),
            "Number.isNaN" | "isNaN" => Value::Bool(self.number(&first)?.is_nan()),
            "Number.parseInt" | "Number.parseFloat" => Value::Num(self.number(&first)?),
            "setTimeout" | "setImmediate" | "queueMicrotask" | "process.nextTick" => {
                self.call_back(&first, Value::Undefined, Vec::new());
                return None;
            }
            _ => return None,
        })
    }

    fn define_property(&mut self, target: &Value, name: &str, descriptor: &Value) {
        let Some(id) = target.id() else { return };
        let getter = if self.has_property(descriptor, "get") {
            self.get(descriptor, "get")
        } else {
            Value::Undefined
        };
        if matches!(self.object_of(&getter).map(|o| &o.kind), Some(Kind::Function(_) | Kind::Native(_))) {
            self.define_getter(id, name, getter);
            return;
        }
        if self.has_property(descriptor, "value") {
            let value = self.get(descriptor, "value");
            self.set(target, name, value);
        }
    }

    /// `new` of a class that the language supplies.
    pub(crate) fn construct_builtin(&mut self, class: ObjId, args: &Args) -> Option<Value> {
        let path = match &self.object(class).kind {
            Kind::Opaque(Term::Global(_) | Term::Member { .. } | Term::Import { .. }) => self.path_of(class)?,
            _ => return None,
        };
        let first = args.get(0);
        Some(match path.as_str() {
            "Map" | "WeakMap" => self.new_collection(true, args),
            "Set" | "WeakSet" => self.new_collection(false, args),
            "Array" => match (&first, args.pos.len()) {
                (Value::Num(n), 1) => {
                    let n = n.clamp(0.0, 10_000.0) as usize;
                    self.new_array(vec![Value::Undefined; n])
                }
                _ => self.new_array(args.pos.clone()),
            },
            "Object" => Value::Ref(self.new_object()),
            "RegExp" => match (&first, args.get(1)) {
                (Value::Str(pattern), flags) => {
                    let flags = flags.as_str().map_or_else(|| Rc::from(""), Rc::from);
                    Value::Ref(self.alloc(Kind::Regex {
                        pattern: pattern.clone(),
                        flags,
                    }))
                }
                _ => first,
            },
            "Proxy" => first,
            "Promise" => {
                let cell = self.new_object();
                let resolve = Value::Ref(self.alloc(Kind::Native(Native::Settle(cell))));
                let reject = Value::Ref(self.alloc(Kind::Native(Native::Nothing)));
                self.closure(&first)?;
                self.call(&first, Value::Undefined, Args::from(vec![resolve, reject]));
                match self.object(cell).props.get("value") {
                    Some(Slot::Value(value)) => value.clone(),
                    _ => self.unknown("a promise that is not settled"),
                }
            }
            "URL" | "url.URL" => self.new_url(&first, &args.get(1))?,
            "Error" | "TypeError" | "RangeError" => {
                let id = self.new_object();
                self.set(&Value::Ref(id), "message", first);
                self.set(&Value::Ref(id), "name", Value::str(&path));
                Value::Ref(id)
            }
            _ => return None,
        })
    }
}

/// `slice` of `Array.prototype.slice`, `hasOwnProperty` of `Object.prototype.hasOwnProperty`.
fn prototype_method(path: &str) -> Option<&'static str> {
    const METHODS: &[&str] = &[
        "slice",
        "map",
        "forEach",
        "filter",
        "concat",
        "push",
        "join",
        "hasOwnProperty",
        "propertyIsEnumerable",
        "toString",
        "indexOf",
        "some",
        "every",
    ];
    let (_, name) = path.split_once(".prototype.")?;
    METHODS.iter().copied().find(|m| *m == name)
}
