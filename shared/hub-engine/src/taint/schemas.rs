//! Checkers of data (zod, joi, valibot): what they let pass.

use super::calls::ArgVal;
use super::engine::Engine;
use super::patterns;
use super::value::{Entity, Kinds, Schema, SchemaRef, Value};
use std::rc::Rc;

impl Engine<'_> {
    pub fn schema_made(&mut self, name: &str, args: &[ArgVal]) -> Option<Value> {
        let last = name.rsplit('.').next()?;
        let first = Self::positional(args, 0).cloned().unwrap_or_default();
        let schema = match last {
            "number" | "boolean" | "bigint" | "date" | "enum" | "nativeEnum" | "literal" | "null" | "undefined" | "int" | "uuid"
            | "never" | "void" | "picklist" => Schema::Leaf(Kinds::ALL),
            "string" | "any" | "unknown" | "url" | "email" | "custom" | "instanceof" | "looseObject" if !matches!(last, "looseObject") => {
                Schema::Leaf(Kinds::NONE)
            }
            "object" | "strictObject" | "looseObject" => {
                let mut fields = Vec::new();
                if let Some(shape) = &first.shape {
                    for (n, v) in &shape.fields {
                        fields.push((*n, schema_of(v).unwrap_or(Schema::Any)));
                    }
                }
                Schema::Object(fields)
            }
            "array" | "set" | "record" => {
                let inner = Self::positional(args, usize::from(last == "record" && args.len() > 1))
                    .and_then(schema_of)
                    .unwrap_or(Schema::Any);
                // A record's keys are texts.
                if last == "record" {
                    Schema::Any
                } else {
                    Schema::List(Box::new(inner))
                }
            }
            "optional" | "nullable" | "lazy" | "preprocess" => schema_of(&first).unwrap_or(Schema::Any),
            "union" | "discriminatedUnion" => {
                let list = if last == "union" {
                    first
                } else {
                    Self::positional(args, 1).cloned().unwrap_or_default()
                };
                let mut kinds = Kinds::ALL;
                let mut objects = false;
                for i in list.items() {
                    match schema_of(i) {
                        Some(Schema::Leaf(k)) => kinds = kinds.and(k),
                        _ => objects = true,
                    }
                }
                if objects { Schema::Any } else { Schema::Leaf(kinds) }
            }
            "z" => return None,
            _ => return None,
        };
        Some(Value::entity(Entity::Schema(SchemaRef(Rc::new(schema)))))
    }

    pub fn schema_call(&mut self, schema: &SchemaRef, method: &str, args: &[ArgVal]) -> Value {
        let same = || Value::entity(Entity::Schema(schema.clone()));
        let with = |s: Schema| Value::entity(Entity::Schema(SchemaRef(Rc::new(s))));
        match method {
            "parse" | "parseAsync" => {
                let x = Self::positional(args, 0).cloned().unwrap_or_default();
                self.filtered(&x, &schema.0, 0)
            }
            "safeParse" | "safeParseAsync" | "validate" => {
                let x = Self::positional(args, 0).cloned().unwrap_or_default();
                let data = self.filtered(&x, &schema.0, 0);
                let mut out = Value::default();
                let (d, v) = (self.names.intern("data"), self.names.intern("value"));
                out.set_field(d, data.clone(), true);
                out.set_field(v, data, true);
                out
            }
            "regex" => {
                let p = Self::positional(args, 0).cloned().unwrap_or_default();
                let kinds = patterns::allowed_only(p.text().unwrap_or(""), false, false);
                match &*schema.0 {
                    Schema::Leaf(k) => with(Schema::Leaf(k.or(kinds))),
                    _ => same(),
                }
            }
            "uuid" | "datetime" | "ip" | "cuid" | "ulid" | "date" | "time" | "base64" => with(Schema::Leaf(Kinds::ALL)),
            "array" => with(Schema::List(Box::new((*schema.0).clone()))),
            "extend" | "merge" | "and" => {
                let more = Self::positional(args, 0).cloned().unwrap_or_default();
                let Schema::Object(mut fields) = (*schema.0).clone() else {
                    return same();
                };
                if let Some(Schema::Object(other)) = schema_of(&more) {
                    fields.extend(other);
                } else if let Some(shape) = &more.shape {
                    for (n, v) in &shape.fields {
                        fields.push((*n, schema_of(v).unwrap_or(Schema::Any)));
                    }
                }
                with(Schema::Object(fields))
            }
            "or" => with(Schema::Any),
            "transform" | "pipe" => with(Schema::Any),
            "shape" => Value::default(),
            _ => same(),
        }
    }

    /// Data that passed a schema.
    fn filtered(&mut self, x: &Value, schema: &Schema, depth: u32) -> Value {
        if depth > 4 {
            return x.clone();
        }
        match schema {
            Schema::Any => x.clone(),
            Schema::Leaf(kinds) => x.without(*kinds),
            Schema::List(inner) => {
                let e = self.element(x);
                let e = self.filtered(&e, inner, depth + 1);
                let mut out = Value::default();
                out.add_rest(&e);
                out
            }
            Schema::Object(fields) => {
                let mut out = x.clone();
                for (name, s) in fields {
                    let v = self.member(x, *name, None);
                    let v = self.filtered(&v, s, depth + 1);
                    out.set_field(*name, v, true);
                }
                out
            }
        }
    }
}

fn schema_of(v: &Value) -> Option<Schema> {
    v.refs.iter().find_map(|r| match r {
        Entity::Schema(s) => Some((*s.0).clone()),
        _ => None,
    })
}
