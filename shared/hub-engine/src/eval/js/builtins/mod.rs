//! What the language and its platform supply.

mod array;
mod collection;
mod global;
mod options;
mod platform;
mod text;

use super::value::{Kind, Value};
use super::{Args, Eval};

/// Names of methods that every object has, even when its literal does not say so.
pub(crate) fn is_object_method(name: &str) -> bool {
    matches!(
        name,
        "hasOwnProperty" | "toString" | "valueOf" | "isPrototypeOf" | "propertyIsEnumerable" | "then" | "catch" | "finally" | "next"
    )
}

impl Eval<'_> {
    /// A builtin method of a value.
    pub(crate) fn method(&mut self, this: &Value, name: &str, args: Args) -> Value {
        match name {
            // A promise is its value.
            "then" if self.closure(&args.get(0)).is_some() => {
                return self.call(&args.get(0), Value::Undefined, Args::from(vec![this.clone()]));
            }
            "catch" | "finally" => {
                if name == "finally" {
                    self.call(&args.get(0), Value::Undefined, Args::default());
                }
                return this.clone();
            }
            _ => {}
        }
        let found = match this {
            Value::Str(s) => {
                let s = s.clone();
                self.text_method(&s, name, &args)
            }
            Value::Num(n) => self.number_method(*n, name, &args),
            Value::Ref(id) => match &self.object(*id).kind {
                Kind::Array(_) => self.array_method(*id, name, &args),
                Kind::Map(_) | Kind::Set(_) => self.collection_method(*id, name, &args),
                Kind::Function(_) | Kind::Class(_) | Kind::Native(_) => self.function_method(this, name, &args),
                Kind::Regex { .. } => self.regex_method(*id, name, &args),
                Kind::Plain | Kind::Namespace(_) => self.object_method(*id, name, &args),
                Kind::Opaque(_) => None,
            },
            _ => None,
        };
        match found {
            Some(value) => self.built(value),
            None => {
                self.opaque_callbacks(&args);
                self.unknown("a method that is not understood")
            }
        }
    }

    fn function_method(&mut self, function: &Value, name: &str, args: &Args) -> Option<Value> {
        Some(match name {
            "call" => {
                let rest = args.pos.get(1..).unwrap_or_default().to_vec();
                if let Some(Kind::Native(super::Native::Method { name, .. })) = self.object_of(function).map(|o| &o.kind) {
                    let name = name.clone();
                    return Some(self.method(&args.get(0), &name, Args::from(rest)));
                }
                self.call(function, args.get(0), Args::from(rest))
            }
            "apply" => {
                let rest = self.iterate(&args.get(1)).unwrap_or_default();
                if let Some(Kind::Native(super::Native::Method { name, .. })) = self.object_of(function).map(|o| &o.kind) {
                    let name = name.clone();
                    return Some(self.method(&args.get(0), &name, Args::from(rest)));
                }
                self.call(function, args.get(0), Args::from(rest))
            }
            "bind" => {
                let Some(Kind::Function(closure)) = self.object_of(function).map(|o| &o.kind) else {
                    return Some(function.clone());
                };
                let mut closure = closure.clone();
                self.spend(closure.bound.len());
                closure.this = closure.this.or(Some(args.get(0)));
                closure.bound.extend_from_slice(args.pos.get(1..).unwrap_or_default());
                let origin = self.object_of(function).and_then(|o| o.origin);
                let id = self.alloc(Kind::Function(closure));
                self.heap[id.0 as usize].origin = origin;
                Value::Ref(id)
            }
            "toString" => return None,
            // Own or inherited properties of a class or function object.
            "hasOwnProperty" => Value::Bool(
                function
                    .id()
                    .is_some_and(|id| args.get(0).as_str().is_some_and(|n| self.object(id).props.contains_key(n))),
            ),
            _ => return None,
        })
    }
}
