//! Data of files as values.

use super::{Dialect, Primitive};
use serde_json::Value as Json;

/// Deepest nesting of data that becomes values.
const MAX_DATA_DEPTH: usize = 128;

/// JSON as a value.
pub fn from_json<'p, D: Dialect<'p>>(d: &mut D, json: &Json) -> D::Value {
    at_depth(d, json, 0)
}

fn at_depth<'p, D: Dialect<'p>>(d: &mut D, json: &Json, depth: usize) -> D::Value {
    if depth > MAX_DATA_DEPTH || !d.machine_mut().step() {
        return d.spent();
    }
    match json {
        Json::Null => Primitive::Null.into(),
        Json::Bool(b) => Primitive::Bool(*b).into(),
        Json::Number(n) => Primitive::Num(n.as_f64().unwrap_or(f64::NAN)).into(),
        Json::String(s) => Primitive::Text(s.as_str().into()).into(),
        Json::Array(items) => {
            let items = items.iter().map(|item| at_depth(d, item, depth + 1)).collect();
            d.list(None, items, false)
        }
        Json::Object(map) => {
            let table = d.table(None);
            for (key, value) in map {
                let value = at_depth(d, value, depth + 1);
                d.put(&table, Primitive::Text(key.as_str().into()).into(), value);
            }
            table
        }
    }
}

/// A number as JSON prints it: whole numbers without a fraction; null for what JSON has no number for.
#[must_use]
pub fn json_number(n: f64) -> Json {
    if n.fract() == 0.0 && n.abs() < 9e15 {
        Json::from(n as i64)
    } else {
        serde_json::Number::from_f64(n).map_or(Json::Null, Json::Number)
    }
}
