//! Maps, sets, and methods of plain objects.

use crate::eval::MAX_ELEMENTS;
use crate::eval::js::value::{Kind, ObjId, Slot, Value};
use crate::eval::js::{Args, Eval};
use std::rc::Rc;

impl Eval<'_> {
    pub(super) fn collection_method(&mut self, id: ObjId, name: &str, args: &Args) -> Option<Value> {
        let key = args.get(0);
        self.weigh(&key);
        let text = Self::map_key(&key);
        let is_map = matches!(self.object(id).kind, Kind::Map(_));
        Some(match name {
            "get" => match &self.object(id).kind {
                Kind::Map(map) => match map.get(&text) {
                    Some((_, v)) => v.clone(),
                    None if self.is_opaque(&key) || self.is_open(id) => return None,
                    None => Value::Undefined,
                },
                _ => return None,
            },
            "has" => match &self.object(id).kind {
                _ if self.is_opaque(&key) => return None,
                Kind::Map(map) if map.contains_key(&text) => Value::Bool(true),
                Kind::Set(set) if set.contains_key(&text) => Value::Bool(true),
                _ if self.is_open(id) => return None,
                Kind::Map(_) | Kind::Set(_) => Value::Bool(false),
                _ => return None,
            },
            "set" => {
                if let Kind::Map(map) = &mut self.heap[id.0 as usize].kind
                    && map.len() < MAX_ELEMENTS
                {
                    map.insert(text, (key, args.get(1)));
                }
                Value::Ref(id)
            }
            "add" => {
                if let Kind::Set(set) = &mut self.heap[id.0 as usize].kind
                    && set.len() < MAX_ELEMENTS
                {
                    set.insert(text, key);
                }
                Value::Ref(id)
            }
            "delete" | "clear" => {
                // Under a condition that is not known nothing is lost.
                if self.machine.uncertain == 0 {
                    match &mut self.heap[id.0 as usize].kind {
                        Kind::Map(map) if name == "clear" => map.clear(),
                        Kind::Set(set) if name == "clear" => set.clear(),
                        Kind::Map(map) => {
                            map.shift_remove(&text);
                        }
                        Kind::Set(set) => {
                            set.shift_remove(&text);
                        }
                        _ => {}
                    }
                }
                Value::Undefined
            }
            "forEach" => {
                for (k, v) in self.pairs(id) {
                    self.call(&key, Value::Undefined, Args::from(vec![v, k, Value::Ref(id)]));
                }
                Value::Undefined
            }
            "values" => {
                let values = self.pairs(id).into_iter().map(|p| p.1).collect();
                self.new_array(values)
            }
            "keys" => {
                let keys = self.pairs(id).into_iter().map(|p| p.0).collect();
                self.new_array(keys)
            }
            "entries" => {
                let pairs = self.pairs(id);
                let pairs = pairs.into_iter().map(|(k, v)| self.new_array(vec![k, v])).collect();
                self.new_array(pairs)
            }
            _ if is_map => return None,
            _ => return None,
        })
    }

    /// Whether a map or set may hold more than is known.
    pub(crate) fn is_open(&self, id: ObjId) -> bool {
        self.object(id).props.contains_key("@@open")
    }

    fn pairs(&mut self, id: ObjId) -> Vec<(Value, Value)> {
        let pairs: Vec<(Value, Value)> = match &self.object(id).kind {
            Kind::Map(map) => map.values().cloned().collect(),
            Kind::Set(set) => set.values().map(|v| (v.clone(), v.clone())).collect(),
            _ => Vec::new(),
        };
        self.spend(pairs.len());
        pairs
    }

    pub(super) fn object_method(&mut self, id: ObjId, name: &str, args: &Args) -> Option<Value> {
        let this = Value::Ref(id);
        let first = args.get(0);
        Some(match name {
            "hasOwnProperty" | "propertyIsEnumerable" => {
                let key = self.property_key(&first)?;
                Value::Bool(self.has_property(&this, &key))
            }
            "toString" => Value::str("[object Object]"),
            "valueOf" => this,
            _ => return None,
        })
    }

    /// A map or set from what its constructor was given.
    pub(super) fn new_collection(&mut self, map: bool, args: &Args) -> Value {
        let items = self.iterate(&args.get(0));
        let id = self.alloc(if map {
            Kind::Map(Default::default())
        } else {
            Kind::Set(Default::default())
        });
        if items.is_none() {
            // It may hold anything.
            self.heap[id.0 as usize]
                .props
                .insert(Rc::from("@@open"), Slot::Value(Value::Bool(true)));
        }
        let items = items.unwrap_or_default();
        for item in items {
            if map {
                let (k, v) = (self.get(&item, "0"), self.get(&item, "1"));
                self.collection_method(id, "set", &Args::from(vec![k, v]));
            } else {
                self.collection_method(id, "add", &Args::from(vec![item]));
            }
        }
        Value::Ref(id)
    }

    /// An object from pairs.
    pub(super) fn object_from_entries(&mut self, pairs: &Value) -> Option<Value> {
        let pairs = self.iterate(pairs)?;
        let id = self.new_object();
        for pair in pairs {
            let (k, v) = (self.get(&pair, "0"), self.get(&pair, "1"));
            match self.property_key(&k) {
                Some(name) => {
                    self.heap[id.0 as usize].props.insert(name, Slot::Value(v));
                }
                None => {
                    let n = self.object(id).props.len();
                    self.heap[id.0 as usize].props.insert(Rc::from(format!("...[]{n}")), Slot::Value(v));
                }
            }
        }
        Some(Value::Ref(id))
    }
}
