//! Calls out of the program: what the tables say an outside function makes of its arguments.

use super::api::{Gives, Tables, canonical};
use super::calls::ArgVal;
use super::engine::Engine;
use super::value::{Atom, Entity, Facet, Kinds, Value, What};
use hub_syntax::ir::{ExprId, Span};
use std::rc::Rc;

impl Engine<'_> {
    pub fn external_call(&mut self, raw: &str, receiver: Option<&(ExprId, Value)>, args: &[ArgVal], span: Span, new: bool) -> Value {
        let language = self.module().language;
        let name = canonical(language, raw);
        let recv = receiver.map(|(_, v)| v);
        let sink = self.check_sinks(&name, recv, args, span);
        if (name.contains("request.") || name.starts_with('$'))
            && let Some(v) = self.request_call(&name, args, span)
        {
            return v;
        }
        if matches!(name.rsplit('.').next(), Some("get_http_headers" | "get_access_token"))
            && (name.contains("mcp") || name.contains("auth_context"))
        {
            let field = if name.ends_with("headers") { "headers" } else { "auth" };
            return self.credential(field, span);
        }
        if !language.is_native()
            && let Some(v) = self.special_call(&name, receiver, args, span)
        {
            return v;
        }
        let tables = Tables::of(language);
        let parent = name.rsplit_once('.').map(|(head, _)| format!("{head}.*"));
        let gives = tables.gives(&name).or_else(|| parent.and_then(|p| tables.gives(&p)));
        if let Some(gives) = gives {
            return self.give(gives, &name, receiver, args, span);
        }
        let last = name.rsplit('.').next().unwrap_or(&name).to_owned();
        if language.is_native() {
            if let Some((at, v)) = receiver
                && let Some(out) = self.native_unknown(*at, v, &last, args, span)
            {
                return out;
            }
        } else if let Some((at, v)) = receiver
            && let Some(out) = self.builtin_method(*at, v, &last, args, span)
        {
            return out;
        }
        self.call_back_all(args);
        let called = if name.len() < 120 {
            self.names.intern(&format!("{name}()"))
        } else {
            self.names.intern("?()")
        };
        let mut out = Value::entity(Entity::External(called));
        let test = args.first().map(|a| self.unknown_test(&name, &a.value)).unwrap_or_default();
        out.cond = test.cond;
        // What a client of some service answers is not what it was asked; what a function makes of a text usually is.
        if !sink && !name.contains('(') {
            let through = self.names.intern(&name);
            for a in args {
                let v = if a.value.any_atom() {
                    self.stepped(&a.value, span, What::Through(through))
                } else {
                    continue;
                };
                out.absorb(&v, &mut Some);
            }
            let lower = last.to_ascii_lowercase();
            if lower.contains("sanitiz") || lower.contains("escape") || lower.contains("quote") {
                out = out.without(Kinds::ALL);
            }
        }
        let _ = new;
        out
    }

    pub fn give(&mut self, gives: Gives, name: &str, receiver: Option<&(ExprId, Value)>, args: &[ArgVal], span: Span) -> Value {
        let first = || Self::positional(args, 0).cloned().unwrap_or_default();
        match gives {
            Gives::Clean => {
                self.call_back_all(args);
                let called = self.names.intern(&format!("{name}()"));
                let mut out = Value::entity(Entity::External(called));
                if let Some(a) = args.first() {
                    out.cond = self.unknown_test(name, &a.value).cond;
                }
                out
            }
            Gives::Same(facet) => {
                let mut v = Value { facet, ..Value::default() };
                for a in args {
                    v.absorb(&a.value, &mut Some);
                }
                let f = first();
                let of_root = f.clone();
                if matches!(facet, Facet::Host | Facet::Ip) && f.facet == Facet::Host {
                    v.facet = facet;
                }
                v.head = f.head;
                if facet == Facet::Plain {
                    v.shape = f.shape;
                    v.lit = f.lit;
                    v.facet = f.facet;
                }
                for r in &f.refs {
                    if let Entity::External(n) = r
                        && self.names.text(*n).contains("Path()")
                    {
                        v.add_ref(r);
                    }
                }
                self.cleaned_from_root(name, v, &of_root)
            }
            Gives::Without(kinds) => {
                let mut v = Value::default();
                for a in args {
                    v.absorb(&a.value, &mut |a| {
                        Some(Atom {
                            kinds: a.kinds.without(kinds),
                            ..a
                        })
                    });
                }
                v
            }
            Gives::Part => self.part(&first()),
            Gives::Path(facet) => {
                let parts: Vec<Value> = args
                    .iter()
                    .map(|a| if a.spread { self.element(&a.value) } else { a.value.clone() })
                    .collect();
                self.path_join(&parts, facet, span)
            }
            Gives::Text => {
                let parts: Vec<Value> = args.iter().map(|a| a.value.clone()).collect();
                self.concat(&parts)
            }
            Gives::Url => {
                let mut v = Value {
                    facet: Facet::ParsedUrl,
                    ..Value::default()
                };
                for a in args {
                    v.absorb(&a.value, &mut Some);
                }
                v.head = first().head;
                v
            }
            Gives::First => {
                let mut v = first();
                if let Some(a) = args.first()
                    && a.spread
                {
                    v = self.element(&a.value);
                }
                v
            }
            Gives::Calls(i) => {
                let f = Self::positional(args, i as usize).cloned().unwrap_or_default();
                let rest: Vec<ArgVal> = args.iter().skip(i as usize + 1).cloned().collect();
                let mut out: Option<Value> = None;
                for r in f.refs.clone() {
                    let v = match r {
                        Entity::Function(f) => {
                            let this = self.default_this(f);
                            self.call_function(f, &this, &rest, Some(span))
                        }
                        Entity::External(n) => {
                            let name = self.names.text(n).clone();
                            self.external_call(&name, None, &rest, span, false)
                        }
                        _ => continue,
                    };
                    out = Some(match out {
                        Some(o) => o.joined(&v),
                        None => v,
                    });
                }
                out.unwrap_or_default()
            }
            Gives::Merge => {
                let mut out = Value {
                    shape: Some(Rc::default()),
                    ..Value::default()
                };
                for a in args {
                    if let Some(n) = a.name {
                        out.set_field(n, a.value.clone(), true);
                        continue;
                    }
                    out.join_atoms(&a.value);
                    if let Some(shape) = &a.value.shape {
                        for (n, v) in &shape.fields {
                            out.set_field(*n, v.clone(), true);
                        }
                        for v in shape.items.iter().chain(&shape.rest) {
                            out.add_rest(v);
                        }
                    }
                }
                out
            }
            Gives::Parts => {
                let mut out = Value::default();
                for a in args {
                    let v = self.element(&a.value);
                    out.add_rest(&v);
                }
                out
            }
            Gives::Exit => {
                let never = self.names.intern("!");
                Value::entity(Entity::External(never))
            }
            Gives::Carrier => {
                let parts: Vec<Value> = args.iter().map(|a| a.value.clone()).collect();
                let mut v = self.path_join(&parts, Facet::Plain, span);
                let called = self.names.intern(&format!("{name}()"));
                v.add_ref(&Entity::External(called));
                v
            }
            other => self.give_natively(other, name, receiver, args, span),
        }
    }
}
