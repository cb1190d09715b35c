//! Outside functions that need more than a table.

use super::calls::ArgVal;
use super::engine::Engine;
use super::guards;
use super::patterns;
use super::value::{Entity, Facet, Kinds, Lit, Value};
use hub_syntax::ir::{ExprId, Span};

impl Engine<'_> {
    /// Functions outside the program that need more than a table.
    pub fn special_call(&mut self, name: &str, receiver: Option<&(ExprId, Value)>, args: &[ArgVal], span: Span) -> Option<Value> {
        let arg = |i: usize| Self::positional(args, i).cloned().unwrap_or_default();
        Some(match name {
            "Promise" => {
                self.resolvers.push(Value::default());
                let id = (self.resolvers.len() - 1) as u32;
                let resolve = Value::entity(Entity::Resolver(id));
                self.call_back(&arg(0), &[resolve, Value::default()]);
                self.resolvers[id as usize].clone()
            }
            "require" | "createRequire()" | "module.createRequire()" => {
                let text = arg(0).text()?.to_owned();
                self.required(&text)
            }
            "RegExp" | "re.compile" => {
                let p = arg(0);
                if !p.any_atom() && p.text().is_some() {
                    Value {
                        facet: Facet::Pattern,
                        ..p
                    }
                } else {
                    Value::default()
                }
            }
            "re.match" | "re.fullmatch" | "re.search" => {
                let p = arg(0).text().unwrap_or("").to_owned();
                let x = arg(1);
                let mut v = patterns::matched(&x, &p, name == "re.match", name == "re.fullmatch");
                v.atoms = self.part(&x).without(patterns::piece_of(&p)).atoms;
                v
            }
            "re.sub" => {
                let p = Value {
                    facet: Facet::Pattern,
                    ..arg(0)
                };
                let list = [ArgVal::plain(arg(1)), ArgVal::plain(arg(2))];
                self.replaced(&p, "sub", &list)
            }
            // What the operator did not set has the default.
            "os.environ.get" | "os.getenv" => Value {
                refs: Default::default(),
                ..arg(1)
            },
            "re.split" => self.part(&arg(1)),
            "setTimeout" | "setImmediate" | "setInterval" | "process.nextTick" | "queueMicrotask" => {
                let rest: Vec<Value> = args.iter().skip(2).map(|a| a.value.clone()).collect();
                self.call_back(&arg(0), &rest);
                Value::default()
            }
            "map" if self.is_python() => {
                let e = self.element(&arg(1));
                let v = self.call_back(&arg(0), &[e]);
                let mut out = Value::default();
                out.add_rest(&v);
                out
            }
            // Whether it is so stays what it was.
            "bool" | "Boolean" => Value {
                cond: arg(0).cond,
                ..Value::default()
            },
            // The lesser of a text and a number cannot be had.
            "min" | "max" if args.iter().any(|a| matches!(a.value.lit, Lit::Number(_))) => Value::default(),
            "getattr" => {
                let object = arg(0);
                let key = arg(1);
                match key.text() {
                    Some(t) => {
                        let t = t.to_owned();
                        let n = self.names.intern(&t);
                        self.member(&object, n, Some(span))
                    }
                    None => object.any_part(),
                }
            }
            "super" => self.frame().this.clone(),
            "enumerate" => {
                let e = self.element(&arg(0));
                let mut pair = Value::default();
                pair.push_item(Value::default());
                pair.push_item(e);
                let mut out = Value::default();
                out.add_rest(&pair);
                out
            }
            "zip" => {
                let mut pair = Value::default();
                for a in args {
                    let e = self.element(&a.value);
                    pair.push_item(e);
                }
                let mut out = Value::default();
                out.add_rest(&pair);
                out
            }
            "Object.entries" => {
                let (at, _) = receiver?;
                let object = arg(0);
                return self.builtin_method(*at, &object, "entries", &[], span);
            }
            "Object.keys" => {
                let (at, _) = receiver?;
                let object = arg(0);
                let mut v = self.builtin_method(*at, &object, "keys", &[], span).unwrap_or_default();
                v.refs.clear();
                v
            }
            "Object.hasOwn" | "Object.prototype.hasOwnProperty.call" => guards::contains(self, &arg(0), &arg(1)),
            "fnmatch.fnmatch" => Value::default(),
            "os.path.commonprefix" => Value::default(),
            "os.path.samefile" => guards::proves_if_true(&arg(0), Kinds::PATH),
            "isinstance" => {
                let class = arg(1);
                let safe = class
                    .refs
                    .iter()
                    .any(|r| matches!(r, Entity::External(n) if matches!(&**self.names.text(*n), "int" | "float" | "bool")));
                if safe || guards::are_syntax_nodes(self, &class) {
                    guards::proves_if_true(&arg(0), Kinds::ALL)
                } else {
                    Value::default()
                }
            }
            "any" | "all" => {
                // `all(c in ALLOWED for c in x)`: what holds of each element.
                let e = arg(0).any_part();
                Value {
                    cond: e.cond,
                    ..Value::default()
                }
            }
            "Number.isInteger" | "Number.isFinite" | "Number.isSafeInteger" => guards::proves_if_true(&arg(0), Kinds::ALL),
            "isNaN" | "Number.isNaN" => Value::default(),
            "assert" | "assert.ok" | "invariant" | "tiny-invariant" => {
                let v = arg(0);
                self.assume(v.cond.as_ref(), true);
                Value::default()
            }
            _ if name.starts_with("zod") || name.starts_with("@hapi/joi") || name.starts_with("valibot") => {
                return self.schema_made(name, args);
            }
            _ => return None,
        })
    }
}
