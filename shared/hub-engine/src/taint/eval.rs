//! Expressions.

use super::engine::{Engine, MAX_DEPTH};
use super::guards;
use super::joining::is_clean_name;
use super::value::{Atom, Cond, Entity, Facet, Facts, Head, Lit, Name, Seg, Value, Weak, add_facts, either, weak_of_both};
use crate::FunctionRef;
use hub_syntax::ir::{BinaryOp, Expr, ExprId, ExprKind, Key, PatId, PatKind, Prop, Span, UnaryOp};
use std::rc::Rc;

impl Engine<'_> {
    /// What an expression is worth here. Effects on variables, `this` and facts happen on the way.
    pub fn eval(&mut self, id: ExprId) -> Value {
        if !self.step() {
            return Value::default();
        }
        if self.depth >= MAX_DEPTH {
            self.limits.depth += 1;
            return Value::default();
        }
        self.depth += 1;
        let out = self.eval_kind(id);
        self.depth -= 1;
        out
    }

    pub fn eval_kind(&mut self, id: ExprId) -> Value {
        let module = self.module();
        let Expr { span, kind } = module.expr(id);
        match kind {
            ExprKind::Null | ExprKind::Undefined => Value::literal(Lit::Null),
            ExprKind::Bool(b) => Value::literal(Lit::Bool(*b)),
            ExprKind::Number(n) => Value::literal(Lit::Number(*n)),
            ExprKind::Str(sym) => self.lit_of(*sym),
            ExprKind::Regex { pattern, flags } => {
                let flags = module.str(*flags);
                let text = module.str(*pattern);
                let of_lines = flags.contains('m') && (text.starts_with('^') || text.ends_with('$'));
                let mut v = if of_lines && self.module().language.is_script() {
                    // Its anchors are those of each line: they say nothing of the whole.
                    Value::str(&format!("(?:{text})?"))
                } else {
                    self.lit_of(*pattern)
                };
                v.facet = Facet::Pattern;
                v.anchored = flags.contains('g');
                v
            }
            ExprKind::Template(parts) => {
                let mut values: Vec<Value> = Vec::with_capacity(parts.len());
                for part in parts {
                    // `bash -c ${quote(text)}`: quoted for the outer shell, run by the inner one.
                    let inner = values.last().and_then(Value::text).is_some_and(|t| t.ends_with("-c "));
                    let value = match &module.expr(*part).kind {
                        ExprKind::Call { callee, args, .. }
                            if inner
                                && args.len() == 1
                                && module.dotted(*callee).is_some_and(|d| d.rsplit('.').next() == Some("quote")) =>
                        {
                            self.eval(args[0].value)
                        }
                        _ => self.eval(*part),
                    };
                    values.push(value);
                }
                // Where the first of the caller's data stands in it.
                self.here = parts
                    .iter()
                    .zip(&values)
                    .find(|(_, v)| v.any_atom())
                    .map_or(*span, |(p, _)| module.expr(*p).span);
                self.concat(&values)
            }
            ExprKind::TaggedTemplate(t) => self.tagged(t.tag, &t.quasis, &t.values, id),
            ExprKind::Ident(_) => self.read_ident(id),
            ExprKind::This | ExprKind::Super => self.frame().this.clone(),
            ExprKind::Member { object, property } => {
                let object = self.eval(*object);
                let name = self.name(*property);
                self.member(&object, name, Some(*span))
            }
            ExprKind::Index { object, index } => {
                let object = self.eval(*object);
                self.index(&object, *index, *span)
            }
            ExprKind::Call { callee, args, new } => self.call(id, *callee, args, *new),
            ExprKind::Array(items) => {
                let mut out = Value {
                    shape: Some(Rc::default()),
                    ..Value::default()
                };
                for item in items {
                    if let ExprKind::Spread(inner) = &module.expr(*item).kind {
                        let v = self.eval(*inner);
                        if v.atoms.is_empty() && !v.items().is_empty() {
                            for i in v.items().to_vec() {
                                out.push_item(i);
                            }
                            if let Some(rest) = v.shape.as_ref().and_then(|s| s.rest.clone()) {
                                out.add_rest(&rest);
                            }
                        } else {
                            let e = self.element(&v);
                            out.add_rest(&e);
                        }
                    } else {
                        let v = self.eval(*item);
                        out.push_word(v);
                    }
                }
                out
            }
            ExprKind::Object(props) => self.object(props),
            ExprKind::Function(f) => Value::entity(Entity::Function(FunctionRef {
                module: self.module_id(),
                function: *f,
            })),
            ExprKind::Class(c) => Value::entity(Entity::Class(super::value::ClassRef {
                module: self.module_id(),
                class: *c,
            })),
            ExprKind::Unary { op, operand } => {
                let v = self.eval(*operand);
                match op {
                    UnaryOp::Not => {
                        let mut out = self.negated(&v);
                        // `!ALLOW_UNSAFE && …`: where the operator allowed it there is nothing to guard.
                        let allowed = v.cond.is_none()
                            && !v.any_atom()
                            && module
                                .text(module.expr(*operand).span)
                                .get(..80.min(module.text(module.expr(*operand).span).len()))
                                .is_some_and(|t| {
                                    let t = t.to_ascii_lowercase();
                                    [
                                        "allow_unsafe",
                                        "allowunsafe",
                                        "allow_any",
                                        "allowany",
                                        "unsafe",
                                        "insecure",
                                        "disable",
                                    ]
                                    .iter()
                                    .any(|w| t.contains(w))
                                });
                        if allowed {
                            out.cond = Some(Rc::new(Cond {
                                yes: Some(Facts::new()),
                                no: None,
                                ..Cond::default()
                            }));
                        }
                        out
                    }
                    UnaryOp::TypeOf => {
                        let mut out = Value {
                            facet: Facet::TypeOf,
                            ..Value::default()
                        };
                        out.join_atoms(&v);
                        out
                    }
                    UnaryOp::Minus => match v.lit {
                        Lit::Number(n) => Value::literal(Lit::Number(-n)),
                        _ => Value::default(),
                    },
                    // `~text.indexOf(x)`: true when found.
                    UnaryOp::BitNot if v.facet == Facet::Position => v,
                    _ => Value::default(),
                }
            }
            ExprKind::Binary { op, left, right } => self.binary(id, *op, *left, *right),
            ExprKind::Conditional { test, yes, no } => {
                let relative = u32::from(self.asks_if_absolute(*test));
                let test = self.eval(*test);
                self.frame_mut().relative += relative;
                let (facts, weak) = (self.frame().facts.clone(), self.frame().weak.clone());
                self.assume(test.cond.as_ref(), true);
                let a = self.eval(*yes);
                let a = self.cleansed(&a);
                self.frame_mut().facts.clone_from(&facts);
                self.frame_mut().weak.clone_from(&weak);
                self.assume(test.cond.as_ref(), false);
                let b = self.eval(*no);
                let b = self.cleansed(&b);
                self.frame_mut().facts = facts;
                self.frame_mut().weak = weak;
                self.frame_mut().relative -= relative;
                match &test.lit {
                    Lit::Bool(true) => a,
                    Lit::Bool(false) => b,
                    _ => a.joined(&b),
                }
            }
            ExprKind::Assign { target, op, value } => {
                let mut v = self.eval(*value);
                if let (PatKind::Array { elements, .. }, true) =
                    (&module.pat(*target).kind, module.language == hub_syntax::ir::Language::Go)
                {
                    v = self.several(v, *value, elements.len());
                }
                match op {
                    Some(BinaryOp::Add) => {
                        let old = self.read_pattern(*target);
                        v = if old.shape.as_ref().is_some_and(|s| !s.items.is_empty() || s.rest.is_some())
                            || old.items().is_empty() && v.shape.is_some()
                        {
                            let mut list = old;
                            let e = self.element(&v);
                            list.add_rest(&e);
                            list
                        } else {
                            self.concat(&[old, v])
                        };
                    }
                    Some(BinaryOp::Nullish | BinaryOp::Or | BinaryOp::And | BinaryOp::BitOr) => {
                        let old = self.read_pattern(*target);
                        v = old.joined(&v);
                    }
                    Some(BinaryOp::Div) => {
                        let old = self.read_pattern(*target);
                        v = self.path_join(&[old, v], Facet::Plain, *span);
                    }
                    Some(_) => v = Value::default(),
                    None => {}
                }
                self.bind(*target, v.clone(), false);
                v
            }
            ExprKind::Sequence(items) => {
                let mut last = Value::default();
                for item in items {
                    last = self.eval(*item);
                }
                last
            }
            ExprKind::Await(e) | ExprKind::Spread(e) => self.eval(*e),
            ExprKind::Yield(e) => {
                if let Some(e) = e {
                    let v = self.eval(*e);
                    let v = self.cleansed(&v);
                    let frame = self.frame_mut();
                    let mut list = frame.ret.take().unwrap_or_default();
                    list.add_rest(&v);
                    // What a context manager yields is what `with … as` binds.
                    list.join_refs(&v);
                    frame.ret = Some(list);
                }
                Value::default()
            }
            ExprKind::Comprehension(comprehension) => {
                let hub_syntax::ir::Comprehension { key, element, clauses } = &**comprehension;
                let (facts, weak) = (self.frame().facts.clone(), self.frame().weak.clone());
                let mut conditions = Vec::new();
                for clause in clauses {
                    let all = self.eval(clause.iterable);
                    let one = self.element(&all);
                    self.bind(clause.pattern, one, true);
                    for condition in &clause.conditions {
                        let test = self.eval(*condition);
                        self.assume(test.cond.as_ref(), true);
                        conditions.push(test.cond);
                    }
                }
                let key = key.map(|k| self.eval(k));
                let v = self.eval(*element);
                let v = self.cleansed(&v);
                self.frame_mut().facts = facts;
                self.frame_mut().weak = weak;
                let mut out = Value::default();
                if let Some(key) = key {
                    out.add_rest(&self.cleansed(&key));
                }
                out.add_rest(&v);
                // Nothing in the list: no element met the condition.
                if let [Some(c)] = conditions.as_slice() {
                    out.cond = Some(Rc::new(Cond {
                        yes: Some(Facts::new()),
                        no: c.no.clone(),
                        ..Cond::default()
                    }));
                }
                out
            }
            ExprKind::ImportCall(e) => {
                let v = self.eval(*e);
                if let Some(text) = v.text() {
                    let text = text.to_owned();
                    return self.required(&text);
                }
                self.check_sinks("import", None, &[super::calls::ArgVal::plain(v)], *span);
                Value::default()
            }
            ExprKind::ImportMeta => Value::default(),
            ExprKind::Jsx(jsx) => {
                self.object(&jsx.props);
                for c in &jsx.children {
                    self.eval(*c);
                }
                Value::default()
            }
            ExprKind::Unknown(parts) => {
                let mut out = Value::default();
                for p in parts {
                    let v = self.eval(*p);
                    out.absorb(&v, &mut Some);
                }
                out
            }
        }
    }

    pub fn object(&mut self, props: &[Prop]) -> Value {
        let mut out = Value {
            shape: Some(Rc::default()),
            ..Value::default()
        };
        for prop in props {
            match prop {
                Prop::KeyValue { key, value } => {
                    let name = self.key_name(*key);
                    let v = self.eval(*value);
                    match name {
                        Some(name) => out.set_field(name, v, true),
                        None => out.add_rest(&v),
                    }
                }
                Prop::Getter { key, function } => {
                    if let Some(name) = self.key_name(*key) {
                        let f = FunctionRef {
                            module: self.module_id(),
                            function: *function,
                        };
                        let v = self.call_function(f, &Value::default(), &[], None);
                        out.set_field(name, v, true);
                    }
                }
                Prop::Setter { .. } => {}
                Prop::Spread(e) => {
                    let v = self.eval(*e);
                    for a in &v.atoms {
                        out.add_atom(*a);
                    }
                    for r in &v.refs {
                        out.add_ref(r);
                    }
                    if let Some(shape) = &v.shape {
                        for (name, field) in &shape.fields {
                            out.set_field(*name, field.clone(), true);
                        }
                        for rest in shape.items.iter().chain(&shape.rest) {
                            out.add_rest(rest);
                        }
                    }
                }
            }
        }
        out
    }

    pub fn key_name(&mut self, key: Key) -> Option<Name> {
        match key {
            Key::Name(sym) => Some(self.name(sym)),
            Key::Computed(e) => {
                let v = self.eval(e);
                let text = v.text()?.to_owned();
                Some(self.names.intern(&text))
            }
        }
    }

    pub fn index(&mut self, object: &Value, index: ExprId, span: Span) -> Value {
        if matches!(self.module().expr(index).kind, ExprKind::Unknown(_)) {
            // A slice.
            self.eval(index);
            return self.part(object);
        }
        let key = self.eval(index);
        match &key.lit {
            Lit::Str(text) => {
                let name = self.names.intern(text);
                let mut v = self.member(object, name, Some(span));
                if object.facet == Facet::Parents {
                    v.facet = Facet::Plain;
                }
                v
            }
            Lit::Number(n) if *n >= 0.0 && object.items().len() as f64 > *n => self.item(object, *n as usize),
            _ => {
                let found = self.element(object);
                let mut out = self.looked_up(object, &key, found);
                for r in &object.refs {
                    // `client["users"]`, `args[key]` of something outside.
                    if let Entity::External(_) | Entity::Instance(_) = r {
                        out.add_ref(r);
                    }
                }
                out
            }
        }
    }

    /// A piece cut out of a text or list.
    pub fn part(&mut self, whole: &Value) -> Value {
        let mut out = whole.any_part();
        for a in &whole.atoms {
            let label = self.labels.extend(a.label, Seg::Part);
            out.add_atom(Atom { label, ..*a });
        }
        if whole.facet == Facet::Host {
            out.facet = Facet::Host;
        }
        out
    }

    pub fn negated(&mut self, v: &Value) -> Value {
        let mut out = Value::default();
        if let Lit::Bool(b) = v.lit {
            out.lit = Lit::Bool(!b);
        }
        if let Some(c) = &v.cond {
            out.cond = Some(Rc::new(Cond {
                yes: c.no.clone(),
                no: c.yes.clone(),
                weak_yes: c.weak_no.clone(),
                weak_no: c.weak_yes.clone(),
            }));
        }
        out
    }

    pub fn binary(&mut self, id: ExprId, op: BinaryOp, left: ExprId, right: ExprId) -> Value {
        let module = self.module();
        let span = module.expr(id).span;
        match op {
            BinaryOp::Add => {
                // A long chain of `+` leans to the left: walk it without recursion.
                let mut chain = vec![right];
                let mut at = left;
                while let ExprKind::Binary {
                    op: BinaryOp::Add,
                    left,
                    right,
                } = &module.expr(at).kind
                {
                    chain.push(*right);
                    at = *left;
                }
                chain.push(at);
                let values: Vec<Value> = chain.iter().rev().map(|e| self.eval(*e)).collect();
                if values.iter().any(|v| v.shape.is_some()) {
                    let mut out = Value::default();
                    for v in &values {
                        if v.atoms.is_empty() {
                            for i in v.items() {
                                out.push_item(i.clone());
                            }
                            if let Some(rest) = v.shape.as_ref().and_then(|s| s.rest.clone()) {
                                out.add_rest(&rest);
                            }
                        } else {
                            let e = self.element(v);
                            out.add_rest(&e);
                        }
                    }
                    return out;
                }
                self.here = span;
                self.concat(&values)
            }
            BinaryOp::And | BinaryOp::Or | BinaryOp::Nullish => {
                // Chains lean to the left as well.
                let mut chain = vec![right];
                let mut at = left;
                while let ExprKind::Binary { op: o, left, right } = &module.expr(at).kind
                    && *o == op
                {
                    chain.push(*right);
                    at = *left;
                }
                chain.push(at);
                let (facts, weak) = (self.frame().facts.clone(), self.frame().weak.clone());
                let mut out: Option<Value> = None;
                for e in chain.into_iter().rev() {
                    let v = self.eval(e);
                    let mut v = if op == BinaryOp::And { v } else { self.cleansed(&v) };
                    // `cleaned or fallback`: what the caller may set stands in for a name of which cleaning left nothing.
                    if op != BinaryOp::And && out.as_ref().is_some_and(is_clean_name) && self.is_stand_in(e) {
                        v = v.map_atoms(0, &mut |a| {
                            Some(Atom {
                                weak: a.weak.or(Weak::STAND_IN),
                                ..a
                            })
                        });
                    }
                    self.assume(v.cond.as_ref(), op == BinaryOp::And);
                    out = Some(match out {
                        None => v,
                        Some(before) => logical(op, &before, &v),
                    });
                }
                self.frame_mut().facts = facts;
                self.frame_mut().weak = weak;
                out.unwrap_or_default()
            }
            BinaryOp::Mod => {
                let l = self.eval(left);
                let r = self.eval(right);
                if (self.is_python() || module.language == hub_syntax::ir::Language::Ruby)
                    && (l.text().is_some() || l.head != Head::Open || l.any_atom())
                {
                    return self.percent(&l, &r);
                }
                Value::default()
            }
            BinaryOp::Div => {
                let l = self.eval(left);
                let r = self.eval(right);
                if self.is_python() {
                    self.path_join(&[l, r], Facet::Plain, span)
                } else {
                    Value::default()
                }
            }
            BinaryOp::BitOr => {
                // Python merges dicts and sets so.
                let l = self.eval(left);
                let r = self.eval(right);
                if self.is_python() { l.joined(&r) } else { Value::default() }
            }
            BinaryOp::Mul => {
                let l = self.eval(left);
                self.eval(right);
                if self.is_python() { l } else { Value::default() }
            }
            BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::StrictEq
            | BinaryOp::StrictNe
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge
            | BinaryOp::In
            | BinaryOp::NotIn
            | BinaryOp::InstanceOf => {
                let l = self.eval(left);
                let r = self.eval(right);
                guards::compared(self, op, &l, &r)
            }
            _ => {
                self.eval(left);
                self.eval(right);
                Value::default()
            }
        }
    }

    /// What is written where a pattern points, for `+=` and the like.
    pub fn read_pattern(&mut self, pat: PatId) -> Value {
        let module = self.module();
        match &module.pat(pat).kind {
            PatKind::Ident(_) => {
                let id = self.module_id();
                let info = self.info(id);
                info.scopes
                    .binding_of_pattern(pat)
                    .map_or_else(Value::default, |b| self.read_binding(id, b))
            }
            PatKind::Target(e) => self.eval(*e),
            _ => Value::default(),
        }
    }
}

fn logical(op: BinaryOp, a: &Value, b: &Value) -> Value {
    let mut out = match op {
        // `a && b` is b, or a falsy a.
        BinaryOp::And => Value {
            cond: None,
            lit: Lit::Unknown,
            ..b.clone()
        },
        _ => a.clone().joined(b),
    };
    let none = Rc::new(Cond {
        yes: Some(Facts::new()),
        no: Some(Facts::new()),
        ..Cond::default()
    });
    let (ca, cb) = (a.cond.clone().unwrap_or_else(|| none.clone()), b.cond.clone().unwrap_or(none));
    if a.cond.is_none() && b.cond.is_none() {
        return out;
    }
    let both = |x: &Option<Facts>, y: &Option<Facts>| match (x, y) {
        (Some(x), Some(y)) => {
            let mut all = x.clone();
            add_facts(&mut all, y);
            Some(all)
        }
        _ => None,
    };
    let cond = match op {
        BinaryOp::And => Cond {
            yes: both(&ca.yes, &cb.yes),
            no: either(ca.no.clone(), cb.no.clone()),
            weak_yes: weak_of_both(&ca.weak_yes, &cb.weak_yes),
            weak_no: Default::default(),
        },
        _ => Cond {
            yes: either(ca.yes.clone(), cb.yes.clone()),
            no: both(&ca.no, &cb.no),
            weak_yes: Default::default(),
            weak_no: weak_of_both(&ca.weak_no, &cb.weak_no),
        },
    };
    out.cond = Some(Rc::new(cond));
    out
}
