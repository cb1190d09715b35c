//! Arguments, and the parameters that receive them.

use super::calls::ArgVal;
use super::engine::Engine;
use super::value::{Entity, Head, Name, Value};
use crate::FunctionRef;
use hub_syntax::ir::{Arg, ExprId, ParamKind};

impl Engine<'_> {
    /// `json.Unmarshal(data, &args)`, `request.BindArguments(&args)`: the data is in the argument afterwards.
    pub fn written_to_argument(
        &mut self,
        target: &Value,
        receiver: Option<&(ExprId, Value)>,
        method: Option<Name>,
        args: &[Arg],
        vals: &[ArgVal],
    ) -> Option<Value> {
        let tables = super::api::Tables::of(self.module().language);
        let language = self.module().language;
        let outside = target.refs.iter().find_map(|r| match r {
            Entity::External(n) => Some(*n),
            _ => None,
        });
        let gives = match outside {
            Some(n) => tables.gives(&super::api::canonical(language, self.names.text(n))),
            None if target.refs.is_empty() => tables.gives(&format!("*.{}", self.names.text(method?))),
            None => None,
        };
        if let (Some(super::api::Gives::Printed), Some(to)) = (gives, args.first()) {
            let text = self.formatted(vals.get(1..).unwrap_or_default());
            let before = vals.first().map(|a| a.value.clone()).unwrap_or_default();
            let parts = if before.any_atom() || before.text().is_some() || before.head != Head::Open {
                vec![before, text]
            } else {
                vec![text]
            };
            let whole = self.concat(&parts);
            self.update_receiver(to.value, whole);
            return Some(Value::default());
        }
        let Some(super::api::Gives::Into(to)) = gives else { return None };
        let data = match receiver {
            Some((_, v)) if v.any_atom() => v.clone(),
            _ => vals.first().map(|a| a.value.clone()).unwrap_or_default(),
        };
        if let Some(to) = args.get(to as usize) {
            self.decoded_into(to.value, &data);
        }
        Some(Value::default())
    }

    pub fn args(&mut self, args: &[Arg]) -> Vec<ArgVal> {
        args.iter()
            .map(|a| {
                let value = self.eval(a.value);
                let value = self.cleansed(&value);
                ArgVal {
                    name: a.name.map(|n| self.name(n)),
                    value,
                    spread: a.spread,
                    kw_spread: a.kw_spread,
                }
            })
            .collect()
    }

    /// What each parameter receives.
    pub fn parameters(&mut self, f: FunctionRef, this: &Value, args: &[ArgVal]) -> Vec<Value> {
        let m = self.program.module(f.module);
        let function = m.function(f.function);
        let python = m.language == hub_syntax::ir::Language::Python;
        let n = function.params.len();
        let mut out: Vec<Option<Value>> = vec![None; n];
        let mut start = 0;
        if python && function.class.is_some() && n > 0 {
            let first = m.text(m.pat(function.params[0].pattern).span);
            if matches!(first, "self" | "cls") {
                out[0] = Some(this.clone());
                start = 1;
            }
        }
        if let Some(i) = function.params.iter().position(|p| p.kind == ParamKind::Receiver) {
            out[i] = Some(this.clone());
        }
        let positional: Vec<usize> = (start..n)
            .filter(|i| matches!(function.params[*i].kind, ParamKind::Positional | ParamKind::PositionalOnly))
            .collect();
        let rest = (start..n).find(|i| function.params[*i].kind == ParamKind::Rest);
        let kw_rest = (start..n).find(|i| function.params[*i].kind == ParamKind::KwRest);
        let mut next = 0;
        let mut fill = |i: usize, v: &Value| match &mut out[i] {
            Some(o) => o.join(v),
            slot => *slot = Some(v.clone()),
        };
        let mut extra = Value::default();
        let mut extra_named = Value::default();
        let mut spreads: Vec<Value> = Vec::new();
        for a in args {
            if a.kw_spread {
                for (i, p) in function.params.iter().enumerate().skip(start) {
                    if matches!(p.kind, ParamKind::Rest | ParamKind::KwRest) {
                        continue;
                    }
                    if let hub_syntax::ir::PatKind::Ident(sym) = m.pat(p.pattern).kind {
                        let name = self.name_of(f.module, sym);
                        let v = self.member(&a.value, name, None);
                        if !v.is_bottom() {
                            fill(i, &v);
                        }
                    }
                }
                extra_named.join_atoms(&a.value);
                if let Some(shape) = &a.value.shape {
                    extra_named.shape = Some(shape.clone());
                }
            } else if let Some(name) = a.name {
                let text = self.names.text(name).clone();
                let found = (start..n).find(|i| {
                    matches!(m.pat(function.params[*i].pattern).kind, hub_syntax::ir::PatKind::Ident(s) if m.str(s) == &*text)
                        && !matches!(function.params[*i].kind, ParamKind::Rest | ParamKind::KwRest)
                });
                match found {
                    Some(i) => fill(i, &a.value),
                    None => extra_named.set_field(name, a.value.clone(), true),
                }
            } else if a.spread {
                if a.value.atoms.is_empty() && !a.value.items().is_empty() {
                    for v in a.value.items() {
                        match positional.get(next) {
                            Some(i) => fill(*i, v),
                            None => extra.push_item(v.clone()),
                        }
                        next += 1;
                    }
                } else {
                    spreads.push(a.value.clone());
                }
            } else {
                match positional.get(next) {
                    Some(i) => fill(*i, &a.value),
                    None => extra.push_item(a.value.clone()),
                }
                next += 1;
            }
        }
        for s in spreads {
            let e = self.element(&s);
            for i in positional.iter().skip(next) {
                match &mut out[*i] {
                    Some(o) => o.join(&e),
                    slot => *slot = Some(e.clone()),
                }
            }
            extra.add_rest(&e);
        }
        if let Some(i) = rest {
            out[i] = Some(extra);
        }
        if let Some(i) = kw_rest {
            out[i] = Some(extra_named);
        }
        out.into_iter()
            .enumerate()
            .map(|(i, v)| match v {
                Some(v) => v,
                None => match function.params[i].default {
                    Some(d) => self.in_static(f.module, function.parent, |e| e.eval(d)),
                    None => Value::default(),
                },
            })
            .collect()
    }
}
