//! Writing to an index, names of keys, and the elements of what can be iterated.

use super::value::{Env, Slot, Value};
use super::{Eval, Kind};
use hub_syntax::ir::Key;
use std::rc::Rc;

impl Eval<'_> {
    pub(super) fn put_at(&mut self, object: &Value, index: &Value, value: Value) {
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
                    if n < crate::eval::MAX_ELEMENTS && matches!(self.object(id).kind, Kind::Plain) {
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
                    .take(crate::eval::MAX_ELEMENTS)
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
