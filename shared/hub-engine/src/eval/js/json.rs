//! Values as JSON.

use super::Eval;
use super::value::{Kind, Term, Value};
use crate::eval::Kept;
use crate::eval::data::json_number;

/// A value as JSON, with what was not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Json {
    /// The value; unknown parts are left out of objects and are null in lists.
    pub value: serde_json::Value,
    /// Paths that were not known (`properties.a`), with the reason, at most [`Json::MAX_HOLES`].
    pub holes: Vec<(String, String)>,
}

impl Json {
    /// Most holes that are listed.
    pub const MAX_HOLES: usize = 32;
}

const MAX_DEPTH: usize = 64;
/// Share of the budget that one document may use: one part in this many.
const JSON_SHARE: u64 = 4;
/// What an object or list of a JSON document takes, with its table.
pub const NODE_BYTES: usize = 500;
/// What any other part takes, with its key and without its text.
pub const LEAF_BYTES: usize = 150;

impl Eval<'_> {
    /// A value as JSON. What is not data (functions, unknown parts) becomes a hole.
    pub fn to_json(&mut self, value: &Value) -> Json {
        let mut holes = Vec::new();
        let kept = self.machine.keep_back(JSON_SHARE);
        let value = self.json_part(value, "", 0, &mut holes).unwrap_or(serde_json::Value::Null);
        self.machine.give_back(kept);
        Json { value, holes }
    }

    /// Sets all but one part in `share` of the budget aside, for reading one of many things.
    pub fn keep_back(&mut self, share: u64) -> Kept {
        self.machine.keep_back(share)
    }

    pub fn give_back(&mut self, kept: Kept) {
        self.machine.give_back(kept);
    }

    /// Whether another part of a JSON document may be made.
    pub fn may_make_json(&mut self) -> bool {
        self.machine.step() && self.machine.build(NODE_BYTES)
    }

    fn json_part(&mut self, value: &Value, path: &str, depth: usize, holes: &mut Vec<(String, String)>) -> Option<serde_json::Value> {
        use serde_json::Value as J;
        let size = match value {
            Value::Str(text) => LEAF_BYTES + text.len(),
            Value::Ref(_) => NODE_BYTES + path.len(),
            _ => LEAF_BYTES,
        };
        if depth > MAX_DEPTH || !self.step() || !self.machine.build(size) {
            return None;
        }
        Some(match value {
            Value::Undefined => return None,
            Value::Null => J::Null,
            Value::Bool(b) => J::Bool(*b),
            Value::Num(n) => json_number(*n),
            Value::Str(s) => J::String(s.to_string()),
            Value::Ref(id) => match &self.object(*id).kind {
                Kind::Array(items) => {
                    let items = items.clone();
                    let at = |i: usize| if path.is_empty() { i.to_string() } else { format!("{path}.{i}") };
                    J::Array(
                        items
                            .iter()
                            .enumerate()
                            .map(|(i, v)| self.json_part(v, &at(i), depth + 1, holes).unwrap_or(J::Null))
                            .collect(),
                    )
                }
                Kind::Set(set) => {
                    let items: Vec<Value> = set.values().cloned().collect();
                    J::Array(
                        items
                            .iter()
                            .map(|v| self.json_part(v, path, depth + 1, holes).unwrap_or(J::Null))
                            .collect(),
                    )
                }
                Kind::Plain | Kind::Namespace(_) | Kind::Map(_) => {
                    if self.has_property(value, "toJSON") {
                        let method = self.get(value, "toJSON");
                        if self.closure(&method).is_some() {
                            let data = self.call(&method, value.clone(), super::Args::default());
                            return self.json_part(&data, path, depth + 1, holes);
                        }
                    }
                    let mut map = serde_json::Map::new();
                    for (key, v) in self.entries(value) {
                        let at = if path.is_empty() {
                            key.to_string()
                        } else {
                            format!("{path}.{key}")
                        };
                        if let Some(json) = self.json_part(&v, &at, depth + 1, holes) {
                            map.insert(key.to_string(), json);
                        }
                    }
                    if !self.unknown_spreads(*id).is_empty() && holes.len() < Json::MAX_HOLES {
                        holes.push((path.to_owned(), "holds parts that are not known".to_owned()));
                    }
                    J::Object(map)
                }
                Kind::Opaque(Term::Template(_)) => {
                    if holes.len() < Json::MAX_HOLES {
                        holes.push((path.to_owned(), self.why(value)));
                    }
                    J::String(self.shown_text(value))
                }
                Kind::Opaque(_) => {
                    if holes.len() < Json::MAX_HOLES {
                        holes.push((path.to_owned(), self.why(value)));
                    }
                    return None;
                }
                _ => return None,
            },
        })
    }

    /// A text with `{…}` for what is not known.
    #[must_use]
    pub fn shown_text(&self, value: &Value) -> String {
        match (value, self.term(value)) {
            (Value::Str(s), _) => s.to_string(),
            (_, Some(Term::Template(parts))) => parts
                .iter()
                .map(|p| p.as_str().map_or_else(|| "{…}".to_owned(), str::to_owned))
                .collect(),
            _ => String::new(),
        }
    }

    /// Why a value is not known, in words.
    #[must_use]
    pub fn why(&self, value: &Value) -> String {
        let Some(id) = value.id() else { return "not a text".to_owned() };
        let mut at = id;
        for _ in 0..32 {
            match &self.object(at).kind {
                Kind::Opaque(Term::Unknown(reason)) => return reason.to_string(),
                Kind::Opaque(Term::Condition(_)) => return "depends on a condition that is not known".to_owned(),
                Kind::Opaque(Term::Param(name)) => return format!("comes from parameter `{}`", clean(name)),
                Kind::Opaque(Term::Env(name)) => return format!("comes from the environment variable `{}`", clean(name)),
                Kind::Opaque(Term::Global(name)) => return format!("comes from `{}`, which is computed at run time", clean(name)),
                Kind::Opaque(Term::Import { specifier, name }) => {
                    return format!(
                        "comes from `{}` of the package `{}`, which is not in the artifact",
                        clean(name),
                        clean(specifier)
                    );
                }
                Kind::Opaque(Term::Class(name)) => return format!("is a {}", clean(name)),
                Kind::Opaque(Term::Member { base, .. }) => at = *base,
                Kind::Opaque(Term::Call { callee, .. }) => at = *callee,
                Kind::Opaque(Term::Template(parts)) => match parts.iter().find_map(Value::id) {
                    Some(part) => at = part,
                    None => break,
                },
                Kind::Function(_) | Kind::Native(_) => return "is a function".to_owned(),
                Kind::Class(_) => return "is a class".to_owned(),
                Kind::Plain | Kind::Array(_) | Kind::Map(_) | Kind::Set(_) | Kind::Namespace(_) => {
                    return "an element at a place that is not known".to_owned();
                }
                Kind::Regex { .. } => return "is a regular expression".to_owned(),
            }
        }
        "computed at run time".to_owned()
    }
}

fn clean(name: &str) -> String {
    name.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
