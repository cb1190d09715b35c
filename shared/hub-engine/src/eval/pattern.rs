//! Taking values apart: bindings and assignments.

use super::value::{Env, Slot, Value};
use super::{Eval, Kind};
use hub_syntax::ir::{ExprKind, Key, PatId, PatKind};
use std::rc::Rc;

impl Eval<'_> {
    pub(crate) fn bind(&mut self, env: Env, pattern: PatId, value: Value) {
        if self.depth >= super::MAX_DEPTH || !self.step() {
            return;
        }
        self.depth += 1;
        let module = self.program.module(env.module);
        match &module.pat(pattern).kind {
            PatKind::Ident(_) => {
                let scopes = self.scopes(env.module);
                if let Some(binding) = scopes.binding_of_pattern(pattern) {
                    self.write(env, binding, value);
                }
            }
            PatKind::Target(expr) => self.assign_to(env, *expr, value),
            PatKind::Array { elements, rest } => {
                let items = self.iterate(&value);
                for (i, element) in elements.iter().enumerate() {
                    if let Some(pattern) = element {
                        let item = match &items {
                            Some(items) => items.get(i).cloned().unwrap_or(Value::Undefined),
                            None => self.get(&value, &i.to_string()),
                        };
                        self.bind(env, *pattern, item);
                    }
                }
                if let Some(rest) = rest {
                    let items = match items {
                        Some(items) => {
                            let left = items.into_iter().skip(elements.len()).collect();
                            self.new_array(left)
                        }
                        None => self.unknown("the rest of a list that is not known"),
                    };
                    self.bind(env, *rest, items);
                }
            }
            PatKind::Object { props, rest } => {
                let mut taken = Vec::new();
                for (key, pattern) in props {
                    let name = self.key(env, *key);
                    let item = match &name {
                        Some(name) => self.get(&value, name),
                        None => self.unknown("a property with a name that is not known"),
                    };
                    taken.extend(name);
                    self.bind(env, *pattern, item);
                }
                if let Some(rest) = rest {
                    let left = if self.is_opaque(&value) {
                        value
                    } else {
                        let id = self.new_object();
                        for (name, v) in self.entries(&value) {
                            if !taken.contains(&name) {
                                self.heap[id.0 as usize].props.insert(name, Slot::Value(v));
                            }
                        }
                        Value::Ref(id)
                    };
                    self.bind(env, *rest, left);
                }
            }
            PatKind::Default { pattern, default } => {
                let value = match &value {
                    Value::Undefined => self.eval(env, *default),
                    // Options are mostly left out.
                    v if self.is_opaque(v) && self.leaning(v) == Some(false) => {
                        let default = self.eval(env, *default);
                        if default.is_nothing() { value } else { default }
                    }
                    _ => value,
                };
                self.bind(env, *pattern, value);
            }
            PatKind::Unknown => {}
        }
        self.depth -= 1;
    }

    fn assign_to(&mut self, env: Env, target: hub_syntax::ir::ExprId, value: Value) {
        let module = self.program.module(env.module);
        match &module.expr(target).kind {
            ExprKind::Member { object, property } => {
                let object = self.eval(env, *object);
                let name = self.sym(env.module, *property);
                self.set(&object, &name, value);
            }
            ExprKind::Index { object, index } => {
                let object = self.eval(env, *object);
                let index = self.eval(env, *index);
                self.set_index(&object, &index, value);
            }
            _ => {}
        }
    }

    fn set_index(&mut self, object: &Value, index: &Value, value: Value) {
        if let Some(id) = object.id()
            && let Kind::Map(map) = &mut self.heap[id.0 as usize].kind
        {
            map.insert(Self::map_key(index), (index.clone(), value));
            return;
        }
        match self.property_key(index) {
            Some(name) => self.set(object, &name, value),
            None => {
                // A name that is not known: kept, so that a table filled in a loop is not empty.
                if let Some(id) = object.id() {
                    let n = self.object(id).props.len();
                    if n < super::MAX_ELEMENTS && matches!(self.object(id).kind, Kind::Plain) {
                        self.heap[id.0 as usize]
                            .props
                            .insert(Rc::from(format!("...[]{n}")), Slot::Value(value));
                    }
                }
            }
        }
    }

    /// A key's name; none when it is computed from something not known.
    pub(crate) fn key(&mut self, env: Env, key: Key) -> Option<Rc<str>> {
        match key {
            Key::Name(sym) => Some(self.sym(env.module, sym)),
            Key::Computed(expr) => {
                let value = self.eval(env, expr);
                self.property_key(&value)
            }
        }
    }

    /// The elements of anything that can be iterated; none when they are not known.
    pub fn iterate(&mut self, value: &Value) -> Option<Vec<Value>> {
        let items = self.elements(value);
        self.spend(items.as_ref().map_or(0, Vec::len));
        items
    }

    fn elements(&mut self, value: &Value) -> Option<Vec<Value>> {
        match value {
            Value::Str(s) => Some(
                s.chars()
                    .take(super::MAX_ELEMENTS)
                    .map(|c| Value::str(c.encode_utf8(&mut [0; 4])))
                    .collect(),
            ),
            Value::Ref(id) => {
                let items = match &self.object(*id).kind {
                    Kind::Array(items) => items.clone(),
                    Kind::Set(set) => set.values().cloned().collect(),
                    Kind::Map(map) => {
                        let pairs: Vec<(Value, Value)> = map.values().cloned().collect();
                        pairs.into_iter().map(|(k, v)| self.new_array(vec![k, v])).collect()
                    }
                    Kind::Plain => {
                        let method = match self.object(*id).props.contains_key("@@Symbol.iterator") {
                            true => Some(self.get(value, "@@Symbol.iterator")),
                            // Methods of a class lie on its prototype.
                            false if self.has_property(value, "@@Symbol.iterator") => Some(self.get(value, "@@Symbol.iterator")),
                            false => None,
                        }?;
                        let items = self.call(&method, value.clone(), super::Args::default());
                        return self.array(&items).map(<[Value]>::to_vec);
                    }
                    _ => return None,
                };
                self.spend(items.len());
                Some(items)
            }
            Value::Undefined | Value::Null => Some(Vec::new()),
            _ => None,
        }
    }
}
