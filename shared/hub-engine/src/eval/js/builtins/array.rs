//! Methods of lists.

use crate::eval::MAX_ELEMENTS;
use crate::eval::js::value::{Kind, ObjId, Value};
use crate::eval::js::{Args, Eval};
use std::rc::Rc;

/// Unknown answers of a predicate after which no further element is asked.
const MAX_DOUBTS: usize = 64;

impl Eval<'_> {
    fn items(&self, id: ObjId) -> Vec<Value> {
        match &self.object(id).kind {
            Kind::Array(items) => items.clone(),
            _ => Vec::new(),
        }
    }

    fn set_items(&mut self, id: ObjId, new: Vec<Value>) {
        let before = self.array(&Value::Ref(id)).map_or(0, <[Value]>::len);
        self.machine.build(new.len().saturating_sub(before) * size_of::<Value>());
        if let Kind::Array(items) = &mut self.heap[id.0 as usize].kind {
            *items = new;
        }
    }

    /// Calls a callback on an element: `(element, index, list)`.
    fn each(&mut self, function: &Value, item: &Value, index: usize, list: ObjId) -> Value {
        self.call(
            function,
            Value::Undefined,
            Args::from(vec![item.clone(), Value::Num(index as f64), Value::Ref(list)]),
        )
    }

    fn holds(&mut self, value: &Value) -> Option<bool> {
        match value {
            Value::Ref(_) if !self.is_opaque(value) => Some(true),
            other => self.truthy(other),
        }
    }

    #[allow(clippy::too_many_lines)]
    pub(super) fn array_method(&mut self, id: ObjId, name: &str, args: &Args) -> Option<Value> {
        let items = match name {
            "push" => Vec::new(),
            _ => self.items(id),
        };
        self.spend(items.len());
        let first = args.get(0);
        Some(match name {
            "push" => {
                self.machine.build(args.pos.len() * size_of::<Value>());
                if let Kind::Array(list) = &mut self.heap[id.0 as usize].kind {
                    if list.len() + args.pos.len() > MAX_ELEMENTS {
                        return None;
                    }
                    list.extend(args.pos.iter().cloned());
                    return Some(Value::Num(list.len() as f64));
                }
                return None;
            }
            "unshift" if items.len() + args.pos.len() > MAX_ELEMENTS => return None,
            "unshift" => {
                let mut new = args.pos.clone();
                new.extend(items);
                let n = new.len();
                self.set_items(id, new);
                Value::Num(n as f64)
            }
            "pop" | "shift" => {
                let mut items = items;
                let value = if name == "pop" {
                    items.pop()
                } else if items.is_empty() {
                    None
                } else {
                    Some(items.remove(0))
                };
                // Under a condition that is not known nothing is lost.
                if self.machine.uncertain == 0 {
                    self.set_items(id, items);
                }
                value.unwrap_or(Value::Undefined)
            }
            "splice" => {
                let start = slice_index(self.number(&first).unwrap_or(0.0), items.len());
                let count = match args.pos.get(1) {
                    Some(v) => self.number(v)?.max(0.0) as usize,
                    None => items.len(),
                };
                let end = start.saturating_add(count).min(items.len());
                let mut items = items;
                let removed: Vec<Value> = items.splice(start..end, args.pos.iter().skip(2).cloned()).collect();
                self.set_items(id, items);
                self.new_array(removed)
            }
            "map" | "flatMap" => {
                let mut out = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    let value = self.each(&first, item, i, id);
                    match self.array(&value) {
                        Some(inner) if name == "flatMap" => out.extend_from_slice(inner),
                        _ => out.push(value),
                    }
                    if out.len() > MAX_ELEMENTS || self.is_spent() {
                        break;
                    }
                }
                self.new_array(out)
            }
            "forEach" => {
                for (i, item) in items.iter().enumerate() {
                    if self.is_spent() {
                        break;
                    }
                    self.each(&first, item, i, id);
                }
                Value::Undefined
            }
            "filter" => {
                let mut out = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    let kept = if self.path_of_value(&first).as_deref() == Some("Boolean") {
                        item.clone()
                    } else {
                        self.each(&first, item, i, id)
                    };
                    if self.holds(&kept) != Some(false) {
                        out.push(item.clone());
                    }
                }
                self.new_array(out)
            }
            "find" | "findLast" | "findIndex" | "some" | "every" => {
                let mut unsure = false;
                let mut doubts = 0;
                for (i, item) in items.iter().enumerate() {
                    // Long rows of unknown answers give an unknown answer.
                    doubts += usize::from(unsure);
                    if doubts > MAX_DOUBTS {
                        break;
                    }
                    let found = self.each(&first, item, i, id);
                    match (name, self.holds(&found)) {
                        ("every", Some(false)) => return Some(Value::Bool(false)),
                        ("every", Some(true)) | (_, Some(false)) => {}
                        (_, None) => unsure = true,
                        ("some", Some(true)) => return Some(Value::Bool(true)),
                        ("findIndex", Some(true)) if !unsure => return Some(Value::Num(i as f64)),
                        ("find" | "findLast", Some(true)) if !unsure => return Some(item.clone()),
                        _ => unsure = true,
                    }
                }
                match name {
                    _ if unsure => self.element_of(&Value::Ref(id)),
                    "some" => Value::Bool(false),
                    "every" => Value::Bool(true),
                    "findIndex" => Value::Num(-1.0),
                    _ => Value::Undefined,
                }
            }
            "reduce" | "reduceRight" => {
                let mut items = items;
                if name == "reduceRight" {
                    items.reverse();
                }
                let mut rest = items.into_iter();
                let mut total = match args.pos.get(1) {
                    Some(start) => start.clone(),
                    None => rest.next()?,
                };
                for (i, item) in rest.enumerate() {
                    total = self.call(
                        &first,
                        Value::Undefined,
                        Args::from(vec![total, item, Value::Num(i as f64), Value::Ref(id)]),
                    );
                }
                total
            }
            "concat" => {
                let mut out = items;
                for arg in &args.pos {
                    match self.array(arg) {
                        Some(more) => out.extend_from_slice(more),
                        None => out.push(arg.clone()),
                    }
                    if out.len() > MAX_ELEMENTS {
                        return None;
                    }
                }
                self.new_array(out)
            }
            "join" => {
                let separator = match &first {
                    Value::Undefined => Value::str(","),
                    other => other.clone(),
                };
                let mut parts = Vec::with_capacity(items.len() * 2);
                for (i, item) in items.into_iter().enumerate() {
                    if i > 0 {
                        parts.push(separator.clone());
                    }
                    if !item.is_nothing() {
                        parts.push(item);
                    }
                }
                self.concat(parts)
            }
            "slice" => {
                let start = if first.is_nothing() {
                    0
                } else {
                    slice_index(self.number(&first)?, items.len())
                };
                let end = match args.get(1) {
                    Value::Undefined => items.len(),
                    v => slice_index(self.number(&v)?, items.len()),
                };
                let out = items.get(start..end.max(start)).unwrap_or_default().to_vec();
                self.new_array(out)
            }
            "includes" | "indexOf" | "index" => {
                let mut unsure = false;
                for (i, item) in items.iter().enumerate() {
                    match self.same(item, &first) {
                        Some(true) => {
                            return Some(if name == "includes" {
                                Value::Bool(true)
                            } else {
                                Value::Num(i as f64)
                            });
                        }
                        None => unsure = true,
                        Some(false) => {}
                    }
                }
                match name {
                    _ if unsure => return None,
                    "includes" => Value::Bool(false),
                    _ => Value::Num(-1.0),
                }
            }
            "flat" => {
                let mut out = Vec::new();
                for item in items {
                    match self.array(&item) {
                        Some(inner) => out.extend_from_slice(inner),
                        None => out.push(item),
                    }
                    if out.len() > MAX_ELEMENTS {
                        return None;
                    }
                }
                self.new_array(out)
            }
            "reverse" | "toReversed" => {
                let mut items = items;
                items.reverse();
                if name == "reverse" {
                    self.set_items(id, items);
                    Value::Ref(id)
                } else {
                    self.new_array(items)
                }
            }
            "sort" | "toSorted" => {
                // Sorted by text when no order is given; with an order of its own the list keeps its order.
                let mut items = items;
                if first.is_nothing() {
                    let keys = items.iter().map(|item| self.text_of(item)).collect::<Option<Vec<_>>>();
                    // Texts of the elements' own are shared; those of lists in a list are built.
                    let built = keys.iter().flatten().filter(|key| Rc::strong_count(key) == 1);
                    let size: usize = built.map(|key| key.len()).sum();
                    if let Some(keys) = keys
                        && self.machine.build(size)
                    {
                        let mut by_key: Vec<_> = keys.into_iter().zip(items).collect();
                        by_key.sort_by(|a, b| a.0.cmp(&b.0));
                        items = by_key.into_iter().map(|(_, item)| item).collect();
                    }
                }
                if name == "sort" {
                    self.set_items(id, items);
                    Value::Ref(id)
                } else {
                    self.new_array(items)
                }
            }
            "entries" => {
                let pairs = items
                    .into_iter()
                    .enumerate()
                    .map(|(i, v)| self.new_array(vec![Value::Num(i as f64), v]))
                    .collect();
                self.new_array(pairs)
            }
            "keys" => {
                let keys = (0..items.len()).map(|i| Value::Num(i as f64)).collect();
                self.new_array(keys)
            }
            "values" | "toArray" | "copy" | "all" => self.new_array(items),
            "at" => {
                let i = slice_index(self.number(&first)?, items.len());
                items.get(i).cloned().unwrap_or(Value::Undefined)
            }
            "fill" => {
                let n = items.len();
                self.set_items(id, vec![first; n]);
                Value::Ref(id)
            }
            // A generator that was run to its end.
            "next" => {
                let done = self.new_object();
                self.set(&Value::Ref(done), "value", items.first().cloned().unwrap_or(Value::Undefined));
                self.set(&Value::Ref(done), "done", Value::Bool(items.is_empty()));
                Value::Ref(done)
            }
            "toString" => return self.text_of(&Value::Ref(id)).map(Value::Str),
            "hasOwnProperty" => Value::Bool(self.has_property(&Value::Ref(id), first.as_str()?)),
            _ => return None,
        })
    }
}

/// An index as `slice` takes it: from the end when negative, inside the list.
pub(super) fn slice_index(n: f64, len: usize) -> usize {
    if n.is_nan() {
        0
    } else if n < 0.0 {
        (len as f64 + n).max(0.0) as usize
    } else {
        (n as usize).min(len)
    }
}
