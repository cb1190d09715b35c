//! Values as JSON.

use super::run::Interp;
use super::value::{Entries, Value};
use hub_engine::eval::data::json_number;
use hub_engine::eval::js::{LEAF_BYTES, NODE_BYTES};
use serde_json::{Map, Value as Json};

/// Deepest nesting of data turned into JSON.
const MAX_JSON_DEPTH: usize = 60;
/// Share of the evaluation's budget that one document may use: one part in this many.
const JSON_SHARE: u64 = 4;

impl Interp<'_> {
    /// A value as JSON, when all of it is known.
    pub(in crate::py) fn json(&mut self, value: &Value, depth: usize) -> Option<Json> {
        let mut whole = true;
        let kept = self.machine.keep_back(JSON_SHARE);
        let json = self.json_known(value, depth, &mut whole);
        self.machine.give_back(kept);
        if whole { json } else { None }
    }

    /// What is known of a value as JSON; `whole` becomes false where something had to be left out.
    pub(in crate::py) fn json_known(&mut self, value: &Value, depth: usize, whole: &mut bool) -> Option<Json> {
        let plain = value.plain();
        let size = match &plain {
            Value::Str(text) | Value::Path(text) => LEAF_BYTES + text.len(),
            Value::None | Value::Bool(_) | Value::Num(_) => LEAF_BYTES,
            _ => NODE_BYTES,
        };
        if depth > MAX_JSON_DEPTH || !self.machine.step() || !self.machine.build(size) {
            *whole = false;
            return None;
        }
        Some(match plain {
            Value::None => Json::Null,
            Value::Bool(b) => Json::Bool(b),
            Value::Num(n) => json_number(n),
            Value::Str(s) => Json::String(s.to_string()),
            Value::Path(p) => Json::String(p.to_string()),
            Value::List(list) => {
                *whole &= !list.open.get();
                let items = list.items.borrow().clone();
                Json::Array(items.iter().filter_map(|item| self.json_known(item, depth + 1, whole)).collect())
            }
            Value::Dict(dict) => {
                *whole &= !dict.open.get();
                let entries = dict.entries.borrow().clone();
                self.json_entries(&entries, depth, whole)
            }
            Value::Instance(instance) => {
                if let Some(value) = instance.attrs.borrow().get("_value_").cloned() {
                    return self.json_known(&value, depth + 1, whole);
                }
                let mut map = Map::new();
                for (name, _) in super::class::all_fields(&instance.class) {
                    let value = instance.attrs.borrow().get(&name).cloned();
                    if let Some(json) = value.and_then(|value| self.json_known(&value, depth + 1, whole)) {
                        map.insert(name.to_string(), json);
                    }
                }
                Json::Object(map)
            }
            Value::Made(made) => {
                *whole &= !made.args.open;
                let mut entries = Entries::default();
                for (name, value) in &made.args.kw {
                    entries.set(Value::Str(name.clone()), value.clone());
                }
                if entries.len() == 0 {
                    *whole = false;
                    return None;
                }
                self.json_entries(&entries, depth, whole)
            }
            _ => {
                *whole = false;
                return None;
            }
        })
    }

    fn json_entries(&mut self, entries: &Entries, depth: usize, whole: &mut bool) -> Json {
        let mut map = Map::new();
        for (key, value) in entries.iter() {
            let Some(key) = self.text_of(key) else {
                *whole = false;
                continue;
            };
            if key.starts_with('\u{0}') {
                *whole = false;
                continue;
            }
            match self.json_known(value, depth + 1, whole) {
                Some(json) => {
                    map.insert(key.to_string(), json);
                }
                // A property whose schema is unknown is a property still.
                None if depth > 0 || value.is_unknown() => {
                    map.insert(key.to_string(), Json::Object(Map::new()));
                }
                None => {}
            }
        }
        Json::Object(map)
    }
}
