//! Expressions.

use super::engine::{Engine, MAX_DEPTH};
use super::guards;
use super::value::{Atom, Cond, Entity, Facet, Facts, Head, Kinds, Lit, Name, Seg, Value, Weak, What, add_facts, either, weak_of_both};
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

    fn eval_kind(&mut self, id: ExprId) -> Value {
        let module = self.module();
        let Expr { span, kind } = module.expr(id);
        match kind {
            ExprKind::Null | ExprKind::Undefined => Value::literal(Lit::Null),
            ExprKind::Bool(b) => Value::literal(Lit::Bool(*b)),
            ExprKind::Number(n) => Value::literal(Lit::Number(*n)),
            ExprKind::Str(sym) => self.lit_of(*sym),
            ExprKind::Regex { pattern, flags } => {
                let mut v = self.lit_of(*pattern);
                v.facet = Facet::Pattern;
                v.anchored = module.str(*flags).contains('g');
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

    fn object(&mut self, props: &[Prop]) -> Value {
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

    fn index(&mut self, object: &Value, index: ExprId, span: Span) -> Value {
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
                let mut out = self.element(object);
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

    /// Texts put together. What begins with something no attacker controls cannot choose a host or be an option.
    pub fn concat(&mut self, parts: &[Value]) -> Value {
        let mut out = Value::default();
        let mut literal = String::new();
        let mut all_literal = true;
        let mut fixed = false;
        let mut started = false;
        let mut seen_atom = false;
        let marked = parts
            .iter()
            .any(|p| p.text().is_some_and(is_markup) || matches!(&p.head, Head::Literal(l) if is_markup(l)));
        for part in parts {
            let text = match &part.lit {
                Lit::Str(s) => Some(s.to_string()),
                Lit::Number(n) => Some(n.to_string()),
                _ => None,
            };
            let atoms = part.any_atom();
            if let (Some(text), false) = (&text, atoms) {
                if seen_atom || !all_literal {
                    if text.contains(['/', '?', '#']) && !text.starts_with("://") {
                        fixed = true;
                    }
                } else if fixed && !all_literal && text.starts_with("://") {
                    // `${scheme}://${host}`: the host is still open.
                    fixed = false;
                }
                if all_literal {
                    literal.push_str(text);
                    if fixes_host(&literal) {
                        fixed = true;
                    }
                }
                started |= !text.is_empty();
                continue;
            }
            if all_literal && !started && part.head != Head::Open && parts.len() > 1 {
                match &part.head {
                    Head::Literal(l) => {
                        literal.push_str(l);
                        fixed |= fixes_host(&literal);
                        started = true;
                    }
                    Head::Fixed => fixed = true,
                    Head::Open => {}
                }
            }
            if all_literal && !started && !atoms {
                fixed = true;
            }
            all_literal = false;
            let gone = if fixed { Kinds::URL.or(Kinds::SCHEME) } else { Kinds::NONE }.or(if started || seen_atom || fixed {
                Kinds::ARGUMENT
            } else {
                Kinds::NONE
            });
            // After a scheme the address is no longer of any scheme.
            let gone = if started { gone.or(Kinds::SCHEME) } else { gone };
            let at = self.here;
            out.absorb(part, &mut |a| {
                let kinds = a.kinds.without(gone);
                if let (true, Some(function)) = (marked && kinds.has(Kinds::MARKUP), self.frame().function) {
                    let f = FunctionRef {
                        module: self.module_id(),
                        function,
                    };
                    self.marks.insert(f, at);
                }
                if marked && kinds.has(Kinds::MARKUP) && !kinds.has(Kinds::PAGE) {
                    return Some(Atom {
                        kinds: kinds.or(Kinds::PAGE),
                        trace: self.trace(Some(a.trace), at, What::Marked),
                        ..a
                    });
                }
                Some(Atom { kinds, ..a })
            });
            fixed |= part.anchored;
            seen_atom |= atoms;
            started = true;
        }
        if all_literal {
            out.lit = Lit::Str(Rc::from(literal.as_str()));
        } else if asks_for_plan(parts) {
            // The statement as a whole, asked for how it would run.
            out.head = Head::Open;
        } else if !literal.is_empty() {
            out.head = Head::Literal(Rc::from(literal.as_str()));
        } else if fixed && !seen_atom {
            out.head = Head::Fixed;
        } else if let Some(first) = parts.first() {
            out.head = first.head.clone();
            if !first.any_atom() {
                out.head = Head::Fixed;
            }
        }
        out.anchored = fixed;
        // A folder and a separator: the right thing to compare a prefix with.
        if let Some(last) = parts.last() {
            let separator = last.text().is_some_and(|t| t.ends_with('/') || t.ends_with('\\'))
                || last
                    .refs
                    .iter()
                    .any(|r| matches!(r, Entity::External(n) if matches!(&**self.names.text(*n), "path.sep" | "os.sep" | "os.path.sep")));
            if separator {
                out.facet = Facet::FolderWithSeparator;
            }
        }
        out
    }

    /// A parameter that has a text of the program's own when it is not given.
    fn is_stand_in(&self, e: ExprId) -> bool {
        let module = self.module();
        let (ExprKind::Ident(name), Some(function)) = (&module.expr(e).kind, self.frame().function) else {
            return false;
        };
        module.function(function).params.iter().any(|p| {
            matches!(module.pat(p.pattern).kind, PatKind::Ident(n) if n == *name)
                && p.default.is_some_and(|d| matches!(module.expr(d).kind, ExprKind::Str(_)))
        })
    }

    pub fn path_join(&mut self, parts: &[Value], facet: Facet, span: Span) -> Value {
        let mut out = Value { facet, ..Value::default() };
        let mut any_before = false;
        // Joined to a folder that the caller names too, or only where it is not absolute anyway: nothing is meant to be confined.
        let mut confined = self.frame().relative == 0;
        for part in parts {
            let stepped = if any_before && confined && part.any_atom() {
                self.stepped(part, span, What::Joined)
            } else {
                part.clone()
            };
            let gone = if any_before { Kinds::ARGUMENT } else { Kinds::NONE };
            out.absorb(&stepped, &mut |a| {
                Some(Atom {
                    kinds: a.kinds.without(gone),
                    ..a
                })
            });
            for r in &part.refs {
                if let Entity::External(n) = r
                    && self.names.text(*n).contains("Path()")
                {
                    out.add_ref(r);
                }
            }
            any_before = true;
            confined &= !part.any_atom();
        }
        if !out.any_atom() {
            out.head = Head::Fixed;
        }
        out
    }

    fn tagged(&mut self, tag: ExprId, quasis: &[hub_syntax::ir::Sym], values: &[ExprId], id: ExprId) -> Value {
        let module = self.module();
        let tag_value = self.eval(tag);
        let values: Vec<Value> = values.iter().map(|v| self.eval(*v)).collect();
        let name = tag_value.refs.iter().find_map(|r| match r {
            Entity::External(n) => Some(self.names.text(*n).clone()),
            _ => None,
        });
        match name.as_deref() {
            Some("String.raw") | None => {
                let mut parts = Vec::new();
                for (i, q) in quasis.iter().enumerate() {
                    parts.push(self.lit_of(*q));
                    if let Some(v) = values.get(i) {
                        parts.push(v.clone());
                    }
                }
                self.concat(&parts)
            }
            // zx, execa's $, sql tags: values are escaped or bound.
            Some(name) => {
                let _ = (module, id, name);
                Value::default()
            }
        }
    }

    fn negated(&mut self, v: &Value) -> Value {
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

    fn binary(&mut self, id: ExprId, op: BinaryOp, left: ExprId, right: ExprId) -> Value {
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
                if self.is_python() && (l.text().is_some() || l.head != Head::Open || l.any_atom()) {
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

    /// `"… %s …" % values`.
    fn percent(&mut self, format: &Value, values: &Value) -> Value {
        let text = format.text().map(str::to_owned);
        let mut parts = Vec::new();
        if let Some(text) = text {
            let mut pieces = text.split('%');
            parts.push(Value::str(pieces.next().unwrap_or("")));
            let mut first = true;
            for piece in pieces {
                if first {
                    parts.push(values.clone());
                    first = false;
                }
                parts.push(Value::str(piece.get(1..).unwrap_or("")));
            }
        } else {
            parts.push(format.clone());
            parts.push(values.clone());
        }
        self.concat(&parts)
    }

    /// What is written where a pattern points, for `+=` and the like.
    fn read_pattern(&mut self, pat: PatId) -> Value {
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

/// Whether literal text holds a tag of markup.
fn is_markup(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr_lt(bytes).any(|i| {
        let rest = &bytes[i + 1..];
        let rest = rest.strip_prefix(b"/").unwrap_or(rest);
        rest.first().is_some_and(|c| c.is_ascii_alphabetic() || *c == b'!')
    })
}

fn memchr_lt(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    bytes.iter().take(20_000).enumerate().filter(|(_, b)| **b == b'<').map(|(i, _)| i)
}

/// Whether literal text at the beginning of an address settles the host (or is no address at all).
fn fixes_host(literal: &str) -> bool {
    match literal.find("://") {
        Some(i) => literal[i + 3..].contains(['/', '?', '#']),
        None if literal.starts_with("//") => literal[2..].contains('/'),
        None => {
            let l = literal.trim_start();
            !(l.is_empty() || "https://".starts_with(l) || "http://".starts_with(l) || "https".starts_with(l))
        }
    }
}

/// Made of the caller's text, and no way out of a folder.
fn is_clean_name(value: &Value) -> bool {
    let mut leads_out = false;
    value.each_atom(0, &mut |a| leads_out |= a.kinds.has(Kinds::PATH));
    value.any_atom() && !leads_out
}

/// `EXPLAIN ` and a whole statement: nothing beside the statement but words and switches that ask for its plan.
fn asks_for_plan(parts: &[Value]) -> bool {
    const WORDS: [&str; 20] = [
        "EXPLAIN",
        "ANALYZE",
        "ANALYSE",
        "VERBOSE",
        "QUERY",
        "PLAN",
        "FOR",
        "EXTENDED",
        "FORMAT",
        "JSON",
        "TEXT",
        "XML",
        "TREE",
        "PROFILE",
        "SET",
        "STATISTICS",
        "SHOWPLAN_TEXT",
        "SHOWPLAN_XML",
        "SHOWPLAN_ALL",
        "ON",
    ];
    let mut asks = false;
    let mut statements = 0;
    for part in parts {
        if part.any_atom() {
            // One that the program put together stays put together.
            if part.head != Head::Open || part.shape.is_some() {
                return false;
            }
            statements += 1;
            continue;
        }
        let Some(text) = part.text() else { continue };
        for word in text.split(|c: char| !c.is_ascii_alphabetic() && c != '_').filter(|w| !w.is_empty()) {
            let word = word.to_ascii_uppercase();
            if !WORDS.contains(&word.as_str()) && word != "OFF" {
                return false;
            }
            asks |= word == "EXPLAIN" || word.starts_with("SHOWPLAN") || word == "STATISTICS";
        }
        // A quote or a name: the value is put into something.
        if text.contains(['\'', '"', '`', '.']) {
            return false;
        }
    }
    asks && statements == 1
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
