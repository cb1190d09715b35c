//! Calls: into the program (summaries, closures, constructors) and out of it (the tables).

use super::api::{At, Gives, OPTION_PROGRAMS, SHELLS, Sink, Tables, When, canonical};
use super::engine::{Detail, Engine, Hit, MAX_CALL_DEPTH, MAX_CONTEXTS, Summary};
use super::value::{Atom, ClassRef, Entity, Facet, Facts, Head, Kinds, LabelId, Lit, Name, Root, Seg, Value, Weak, What, add_fact};
use crate::FunctionRef;
use hub_syntax::ir::{Arg, ExprId, ExprKind, ParamKind, Span};
use rustc_hash::FxHasher;
use smallvec::SmallVec;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// An argument, evaluated.
#[derive(Clone, Debug)]
pub struct ArgVal {
    pub name: Option<Name>,
    pub value: Value,
    pub spread: bool,
    pub kw_spread: bool,
}

impl ArgVal {
    pub fn plain(value: Value) -> Self {
        Self {
            name: None,
            value,
            spread: false,
            kw_spread: false,
        }
    }
}

impl Engine<'_> {
    pub fn call(&mut self, id: ExprId, callee: ExprId, args: &[Arg], new: bool) -> Value {
        let module = self.module();
        let span = module.expr(id).span;
        let mut receiver: Option<(ExprId, Value)> = None;
        let mut method: Option<Name> = None;
        let target = match &module.expr(callee).kind {
            ExprKind::Member { object, property } => {
                let object_value = self.eval(*object);
                let name = self.name(*property);
                method = Some(name);
                let t = if object_value.refs.is_empty()
                    && object_value.shape.is_some()
                    && object_value.field(name).is_none()
                    && is_collection_method(self.names.text(name))
                {
                    // A method of the list or map itself, not an element of that name.
                    Value::default()
                } else {
                    self.member(&object_value, name, Some(module.expr(callee).span))
                };
                receiver = Some((*object, object_value));
                t
            }
            ExprKind::Super => {
                let this = self.frame().this.clone();
                let vals = self.args(args);
                for r in this.refs.clone() {
                    if let Entity::Instance(class) = r {
                        for base in self.bases(class) {
                            let built = self.construct(base, &vals, span);
                            if let Some(shape) = &built.shape {
                                for (n, v) in &shape.fields {
                                    self.frame_mut().this.set_field(*n, v.clone(), false);
                                }
                            }
                        }
                    }
                }
                return this;
            }
            _ => self.eval(callee),
        };
        let vals = self.args(args);
        if let (Some(m), Some((_, object))) = (method, &receiver)
            && matches!(&**self.names.text(m), "openUrl" | "openURL" | "open_url")
        {
            // A device or system opens it, whoever implements that.
            let name = format!("*.{}", self.names.text(m));
            let object = object.clone();
            self.check_sinks(&name, Some(&object), &vals, span);
        }
        // `super().__init__(…)`: the base's constructor on this object.
        let mut out: Option<Value> = None;
        let mut add = |v: Value| match &mut out {
            Some(o) => o.join(&v),
            None => out = Some(v),
        };
        let mut known = false;
        let recv = receiver.as_ref().map(|(_, v)| v);
        for r in &target.refs {
            match r {
                Entity::Function(f) => {
                    known = true;
                    let this = match recv {
                        Some(v) if self.class_of_function(*f).is_some() => v.clone(),
                        _ => self.default_this(*f),
                    };
                    add(self.call_function(*f, &this, &vals, Some(span)));
                }
                Entity::Class(c) => {
                    known = true;
                    add(self.construct(*c, &vals, span));
                }
                Entity::External(n) => {
                    known = true;
                    let name = self.names.text(*n).clone();
                    add(self.external_call(&name, receiver.as_ref(), &vals, span, new));
                }
                Entity::Resolver(i) => {
                    known = true;
                    if let Some(v) = vals.first() {
                        let i = *i as usize;
                        let mut all = std::mem::take(&mut self.resolvers[i]);
                        if all.is_bottom() {
                            all = v.value.clone();
                        } else {
                            all.join(&v.value);
                        }
                        self.resolvers[i] = all;
                    }
                }
                Entity::Schema(s) => {
                    known = true;
                    let s = s.clone();
                    let name = method.map(|m| self.names.text(m).to_string()).unwrap_or_default();
                    add(self.schema_call(&s, &name, &vals));
                }
                Entity::Module(m) => {
                    let default = self.names.intern("default");
                    if let Some(v) = self.export_value(*m, default, 0) {
                        for r in v.refs.clone() {
                            if let Entity::Function(f) = r {
                                known = true;
                                add(self.call_function(f, &Value::default(), &vals, Some(span)));
                            }
                        }
                    }
                }
                Entity::Instance(c) => {
                    let call = self.names.intern("__call__");
                    if let Some(super::bindings::Member::Method(f, owner)) = self.find_member(*c, call, 0) {
                        known = true;
                        let this = Value::entity(Entity::Instance(*c));
                        add(self.call_function(
                            FunctionRef {
                                module: owner.module,
                                function: f,
                            },
                            &this,
                            &vals,
                            Some(span),
                        ));
                    }
                }
            }
        }
        if !known {
            let v = self.unknown_call(receiver.as_ref(), method, &target, &vals, span);
            return v;
        }
        out.unwrap_or_default()
    }

    fn args(&mut self, args: &[Arg]) -> Vec<ArgVal> {
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

    pub fn default_this(&self, f: FunctionRef) -> Value {
        let m = self.program.module(f.module);
        if m.function(f.function).is_arrow || m.function(f.function).class.is_none() {
            return self.frame().this.clone();
        }
        m.function(f.function).class.map_or_else(Value::default, |class| {
            Value::entity(Entity::Instance(ClassRef { module: f.module, class }))
        })
    }

    /// A call of something nobody knows: a method of a text, list or promise, or of an object that came in from elsewhere.
    fn unknown_call(
        &mut self,
        receiver: Option<&(ExprId, Value)>,
        method: Option<Name>,
        target: &Value,
        args: &[ArgVal],
        span: Span,
    ) -> Value {
        let (Some((at, recv)), Some(method)) = (receiver, method) else {
            // A function held in a variable nobody can tell.
            self.call_back_all(args);
            return Value::default();
        };
        let name = self.names.text(method).clone();
        self.check_sinks(&format!("*.{name}"), Some(recv), args, span);
        if let Some(v) = self.builtin_method(*at, recv, &name, args, span) {
            return v;
        }
        // One class of the program has such a method: it is that one.
        if recv.refs.is_empty()
            && let Some(v) = self.by_method_name(method, recv, args, span)
        {
            return v;
        }
        self.call_back_all(args);
        let mut out = Value::default();
        if !recv.has_atoms() && recv.refs.is_empty() {
            // Something unknown was asked: its answer is its own.
            let _ = target;
            return self.maybe_test(&name, args, out);
        }
        out.join_atoms(recv);
        self.maybe_test(&name, args, out)
    }

    fn maybe_test(&mut self, name: &str, args: &[ArgVal], out: Value) -> Value {
        if let Some(a) = args.first() {
            let t = self.unknown_test(name, &a.value);
            if t.cond.is_some() {
                return Value { cond: t.cond, ..out };
            }
        }
        out
    }

    fn by_method_name(&mut self, method: Name, recv: &Value, args: &[ArgVal], span: Span) -> Option<Value> {
        let all = self.methods.get(&method)?;
        let [(class, f)] = all.as_slice() else { return None };
        let (class, f) = (*class, *f);
        if self.names.text(method).len() < 4 || class.module.0 as usize >= self.program.modules.len() {
            return None;
        }
        let this = Value {
            shape: recv.shape.clone(),
            atoms: recv.atoms.clone(),
            ..Value::entity(Entity::Instance(class))
        };
        Some(self.call_function(
            FunctionRef {
                module: class.module,
                function: f,
            },
            &this,
            args,
            Some(span),
        ))
    }

    /// Functions handed to something unknown may be called with anything.
    pub fn call_back_all(&mut self, args: &[ArgVal]) {
        for a in args {
            for r in a.value.refs.clone() {
                if let Entity::Function(f) = r {
                    self.call_function(f, &self.default_this(f), &[], None);
                }
            }
        }
    }

    /// Calls back a function value with these arguments.
    pub fn call_back(&mut self, function: &Value, args: &[Value]) -> Value {
        let vals: Vec<ArgVal> = args.iter().cloned().map(ArgVal::plain).collect();
        let mut out: Option<Value> = None;
        for r in function.refs.clone() {
            let v = match r {
                Entity::Function(f) => {
                    let this = self.default_this(f);
                    self.call_function(f, &this, &vals, None)
                }
                Entity::Resolver(i) => {
                    if let Some(v) = args.first() {
                        self.resolvers[i as usize] = std::mem::take(&mut self.resolvers[i as usize]).joined(v);
                    }
                    continue;
                }
                Entity::External(n) => {
                    let name = self.names.text(n).clone();
                    let span = Span::default();
                    self.external_call(&name, None, &vals, span, false)
                }
                Entity::Class(c) => self.construct(c, &vals, Span::default()),
                _ => continue,
            };
            match &mut out {
                Some(o) => o.join(&v),
                None => out = Some(v),
            }
        }
        out.unwrap_or_default()
    }

    pub fn construct(&mut self, class: ClassRef, args: &[ArgVal], span: Span) -> Value {
        let mut this = Value::entity(Entity::Instance(class));
        let python = self.program.module(class.module).language == hub_syntax::ir::Language::Python;
        let name = self.names.intern(if python { "__init__" } else { "constructor" });
        match self.find_member(class, name, 0) {
            Some(super::bindings::Member::Method(f, owner)) => {
                let f = FunctionRef {
                    module: owner.module,
                    function: f,
                };
                let after = self.call_with_this(f, &this, args, Some(span)).1;
                if let Some(shape) = after.shape {
                    this.shape = Some(shape);
                }
            }
            _ => {
                // Data classes and models: keywords are fields; positions follow the annotated fields.
                let fields: Vec<Name> = {
                    let m = self.program.module(class.module);
                    let mut names = Vec::new();
                    for member in &m.class(class.class).members {
                        if let (hub_syntax::ir::Key::Name(k), hub_syntax::ir::MemberKind::Field { annotation: Some(_), .. }) =
                            (member.key, &member.kind)
                        {
                            names.push(self.name_of(class.module, k));
                        }
                    }
                    names
                };
                for (i, a) in args.iter().enumerate() {
                    if a.spread || a.kw_spread {
                        this.join_atoms(&a.value);
                        if let Some(shape) = &a.value.shape {
                            for (n, v) in &shape.fields {
                                this.set_field(*n, v.clone(), true);
                            }
                        }
                    } else if let Some(n) = a.name.or_else(|| fields.get(i).copied()) {
                        this.set_field(n, a.value.clone(), true);
                    }
                }
            }
        }
        this
    }

    pub fn call_function(&mut self, f: FunctionRef, this: &Value, args: &[ArgVal], span: Option<Span>) -> Value {
        self.call_with_this(f, this, args, span).0
    }

    /// The result, and `this` afterwards.
    fn call_with_this(&mut self, f: FunctionRef, this: &Value, args: &[ArgVal], span: Option<Span>) -> (Value, Value) {
        if self.call_depth >= MAX_CALL_DEPTH || self.depth + 40 >= super::engine::MAX_DEPTH {
            self.limits.calls += 1;
            return (Value::default(), this.clone());
        }
        self.call_depth += 1;
        let params = self.parameters(f, this, args);
        let out = if self.is_closure_here(f) || params.iter().any(|p| self.holds_live_closure(p, 0)) {
            self.run_inline(f, this, params)
        } else {
            self.run_summary(f, this, params, span)
        };
        self.call_depth -= 1;
        out
    }

    /// Whether the function is written inside one that is running: then it sees that one's variables.
    fn is_closure_here(&self, f: FunctionRef) -> bool {
        let m = self.program.module(f.module);
        let mut at = m.function(f.function).parent;
        for _ in 0..16 {
            let Some(parent) = at else { return false };
            if self.frames[self.group_base..]
                .iter()
                .any(|fr| !fr.is_static && fr.module == f.module && fr.function == Some(parent))
            {
                return true;
            }
            at = m.function(parent).parent;
        }
        false
    }

    /// Whether the value is, or holds, a function that sees variables of a function being run: its caller must be run here too.
    fn holds_live_closure(&self, v: &Value, depth: u32) -> bool {
        v.refs.iter().any(|r| match r {
            Entity::Function(f) => self.is_closure_here(*f),
            Entity::Resolver(_) => true,
            _ => false,
        }) || depth < 2
            && v.shape.as_ref().is_some_and(|s| {
                s.fields
                    .iter()
                    .map(|(_, p)| p)
                    .chain(&s.items)
                    .chain(&s.rest)
                    .any(|p| self.holds_live_closure(p, depth + 1))
            })
    }

    /// What each parameter receives.
    fn parameters(&mut self, f: FunctionRef, this: &Value, args: &[ArgVal]) -> Vec<Value> {
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

    /// Binds parameters and runs the body in the current (new) frame.
    fn run_body(&mut self, f: FunctionRef, params: Vec<Value>) {
        self.reached.insert(f);
        let m = self.program.module(f.module);
        let function = m.function(f.function);
        for (param, value) in function.params.iter().zip(params) {
            let mut value = value;
            if let Some(a) = param.annotation
                && value.refs.is_empty()
            {
                let v = self.annotated(f.module, function.parent, a);
                for r in &v.refs {
                    value.add_ref(r);
                }
            }
            if let Some(a) = param.annotation
                && value.any_atom()
                && m.language == hub_syntax::ir::Language::Python
                && self.annotation_kinds(f.module, a) == Kinds::ALL
            {
                value = value.without(Kinds::ALL);
            }
            self.bind(param.pattern, value, true);
        }
        let ends = self.block(&function.body);
        if ends == super::exec::Ends::Normally {
            self.fell_through();
        }
    }

    /// Runs an entry point's handler in the frame already pushed.
    pub fn run_entry(&mut self, f: FunctionRef, params: Vec<Value>) {
        self.run_body(f, params);
    }

    fn run_inline(&mut self, f: FunctionRef, this: &Value, params: Vec<Value>) -> (Value, Value) {
        if self
            .frames
            .iter()
            .filter(|fr| fr.module == f.module && fr.function == Some(f.function))
            .count()
            >= 2
        {
            self.limits.recursion += 1;
            return (Value::default(), this.clone());
        }
        let (facts, weak, this_value) = {
            let fr = self.frame();
            let arrow = self.program.module(f.module).function(f.function).is_arrow;
            (
                fr.facts.clone(),
                fr.weak.clone(),
                if arrow { fr.this.clone() } else { this.clone() },
            )
        };
        let frame = self.push_frame(f.module, Some(f.function), this_value);
        frame.facts = facts;
        frame.weak = weak;
        self.run_body(f, params);
        let Some(frame) = self.frames.pop() else {
            return Default::default();
        };
        if let Some(facts) = frame.ret_facts {
            let outer = self.frame_mut();
            for (l, k) in facts {
                add_fact(&mut outer.facts, l, k);
            }
        }
        (frame.ret.unwrap_or_default(), frame.this)
    }

    fn run_summary(&mut self, f: FunctionRef, this: &Value, params: Vec<Value>, span: Option<Span>) -> (Value, Value) {
        let mut key = shape_key(this, &params);
        let symbolic: (Value, Vec<Value>);
        if !self.summaries.contains_key(&(f, key)) && !self.running.contains_key(&(f, key)) {
            let seen = self.contexts.entry(f).or_default();
            *seen += 1;
            if *seen > MAX_CONTEXTS {
                // Too many ways to call it: from now on only whether an argument is the attacker's is told apart.
                self.limits.contexts += 1;
                let plain: Vec<Value> = params.iter().map(bare).collect();
                key = shape_key(&bare_this(this), &plain) ^ 0x9e37_79b9_7f4a_7c15;
                symbolic = self.symbolic_all(&bare_this(this), &plain);
            } else {
                symbolic = self.symbolic_all(this, &params);
            }
        } else {
            symbolic = self.symbolic_all(this, &params);
        }
        let summary = if let Some(s) = self.summaries.get(&(f, key)) {
            s.clone()
        } else if let Some(hit) = self.running.get_mut(&(f, key)) {
            *hit = true;
            self.limits.recursion += 1;
            return (Value::default(), this.clone());
        } else {
            self.running.insert((f, key), false);
            let s = Rc::new(self.summarise(f, &symbolic.0, symbolic.1));
            self.running.remove(&(f, key));
            self.summaries.insert((f, key), s.clone());
            s
        };
        self.apply(&summary, f, this, &params, span)
    }

    fn summarise(&mut self, f: FunctionRef, this: &Value, params: Vec<Value>) -> Summary {
        let base = std::mem::replace(&mut self.group_base, self.frames.len());
        let outer_hits = self.swap_group(Vec::new());
        let frame = self.push_frame(f.module, Some(f.function), this.clone());
        frame.quiet = false;
        self.run_body(f, params);
        let frame = self.frames.pop();
        let hits = self.swap_group(outer_hits);
        self.group_base = base;
        let Some(frame) = frame else { return Summary::default() };
        Summary {
            ret: frame.ret.unwrap_or_default(),
            facts: frame.ret_facts.unwrap_or_default(),
            weak: frame.ret_weak,
            hits,
            this: frame.this,
        }
    }

    /// A summary seen from one call.
    fn apply(&mut self, s: &Summary, f: FunctionRef, this: &Value, params: &[Value], span: Option<Span>) -> (Value, Value) {
        let name = {
            let function = self.program.module(f.module).function(f.function);
            match function.name {
                Some(sym) => self.name_of(f.module, sym),
                None => self.names.intern("callback"),
            }
        };
        for hit in &s.hits {
            for atom in self.instantiate_label(hit.atom.label, this, params) {
                let kinds = atom.kinds.and(hit.atom.kinds);
                if !kinds.has(hit.kind) {
                    continue;
                }
                let trace = match span {
                    Some(span) => self.trace(Some(atom.trace), span, What::Passed(name)),
                    None => atom.trace,
                };
                let mut chain = SmallVec::new();
                chain.push(trace);
                chain.extend(hit.chain.iter().copied());
                if chain.len() > 16 {
                    continue;
                }
                let weak = hit.atom.weak.or(atom.weak);
                self.record(Hit {
                    atom: Atom {
                        label: atom.label,
                        kinds,
                        weak,
                        trace,
                    },
                    chain,
                    ..hit.clone()
                });
            }
        }
        let mut proven: Vec<(LabelId, Kinds)> = Vec::new();
        for (label, kinds) in &s.facts {
            for atom in self.instantiate_label(*label, this, params) {
                proven.push((atom.label, *kinds));
            }
        }
        let mut weak: Vec<(LabelId, Kinds, Weak)> = Vec::new();
        for (label, kinds, w) in &s.weak {
            for atom in self.instantiate_label(*label, this, params) {
                weak.push((atom.label, *kinds, *w));
            }
        }
        if span.is_some() {
            let frame = self.frame_mut();
            for (l, k) in proven {
                add_fact(&mut frame.facts, l, k);
            }
            for w in weak {
                if frame.weak.len() < 24 && !frame.weak.contains(&w) {
                    frame.weak.push(w);
                }
            }
        }
        let mut ret = self.instantiate(&s.ret, this, params, 0);
        if let Some(span) = span
            && ret.any_atom()
        {
            ret = self.stepped(&ret, span, What::Returned(name, f));
        }
        let after = if s.this.shape.is_some() {
            self.instantiate(&s.this, this, params, 0)
        } else {
            this.clone()
        };
        (ret, after)
    }

    fn instantiate(&mut self, v: &Value, this: &Value, params: &[Value], depth: u32) -> Value {
        let mut out = Value {
            refs: v.refs.clone(),
            lit: v.lit.clone(),
            facet: v.facet,
            head: v.head.clone(),
            ..Value::default()
        };
        for a in &v.atoms {
            if let Root::Source(_) = self.labels.root_of(a.label) {
                out.add_atom(*a);
                continue;
            }
            for atom in self.instantiate_label(a.label, this, params) {
                out.add_atom(Atom {
                    kinds: atom.kinds.and(a.kinds),
                    weak: atom.weak.or(a.weak),
                    ..atom
                });
            }
        }
        if let Some(shape) = &v.shape {
            if depth < 4 {
                let shape = super::value::Shape {
                    fields: shape
                        .fields
                        .iter()
                        .map(|(n, p)| (*n, self.instantiate(p, this, params, depth + 1)))
                        .collect(),
                    items: shape.items.iter().map(|p| self.instantiate(p, this, params, depth + 1)).collect(),
                    rest: shape.rest.as_ref().map(|p| self.instantiate(p, this, params, depth + 1)),
                };
                out.shape = Some(Rc::new(shape));
            } else {
                self.labels.cut += 1;
            }
        }
        if let Some(c) = &v.cond {
            let facts = |e: &mut Self, f: &Option<Facts>| {
                f.as_ref().map(|f| {
                    let mut out = Facts::new();
                    for (label, kinds) in f {
                        for atom in e.instantiate_label(*label, this, params) {
                            add_fact(&mut out, atom.label, *kinds);
                        }
                    }
                    out
                })
            };
            let (yes, no) = (facts(self, &c.yes), facts(self, &c.no));
            let mut weak = |list: &SmallVec<[(LabelId, Kinds, Weak); 1]>| {
                let mut out: SmallVec<[(LabelId, Kinds, Weak); 1]> = SmallVec::new();
                for (label, kinds, w) in list.iter().take(8) {
                    for atom in self.instantiate_label(*label, this, params) {
                        out.push((atom.label, *kinds, *w));
                    }
                }
                out
            };
            let (weak_yes, weak_no) = (weak(&c.weak_yes), weak(&c.weak_no));
            out.cond = Some(Rc::new(super::value::Cond {
                yes,
                no,
                weak_yes,
                weak_no,
            }));
        }
        out
    }

    /// The caller's origins behind a label of the callee.
    fn instantiate_label(&mut self, label: LabelId, this: &Value, params: &[Value]) -> SmallVec<[Atom; 2]> {
        let root = match self.labels.root_of(label) {
            Root::Param(i) => params.get(i as usize),
            Root::This => Some(this),
            Root::Source(_) => {
                // A source inside the callee: it stands for itself.
                let mut out = SmallVec::new();
                out.push(Atom {
                    label,
                    kinds: Kinds::ALL,
                    weak: Weak::default(),
                    trace: super::value::TraceId(0),
                });
                return out;
            }
        };
        let Some(root) = root else { return SmallVec::new() };
        let mut at = root.clone();
        for seg in self.labels.path(label) {
            at = match seg {
                Seg::Field(n) => match at.field(n) {
                    Some(v) => v.clone(),
                    None => {
                        let mut v = at.shape.as_ref().and_then(|s| s.rest.clone()).unwrap_or_default();
                        self.extend_atoms(&at, seg, &mut v);
                        v
                    }
                },
                Seg::Elem => self.element(&at),
                Seg::Part => {
                    let mut v = at.any_part();
                    self.extend_atoms(&at, seg, &mut v);
                    v
                }
                Seg::Host => {
                    let mut v = Value::default();
                    self.extend_atoms(&at, seg, &mut v);
                    v
                }
            };
        }
        let mut out: SmallVec<[Atom; 2]> = SmallVec::new();
        at.each_atom(0, &mut |a| {
            if out.len() < 12 && !out.iter().any(|o| o.label == a.label) {
                out.push(*a);
            }
        });
        out
    }

    fn extend_atoms(&mut self, from: &Value, seg: Seg, out: &mut Value) {
        for a in &from.atoms {
            let label = self.labels.extend(a.label, seg);
            out.add_atom(Atom { label, ..*a });
        }
    }

    fn symbolic_all(&mut self, this: &Value, params: &[Value]) -> (Value, Vec<Value>) {
        let this_label = self.labels.root(Root::This);
        let t = self.symbolic(this, this_label, 0);
        let p = params
            .iter()
            .enumerate()
            .map(|(i, v)| {
                let label = self.labels.root(Root::Param(i.min(250) as u8));
                self.symbolic(v, label, 0)
            })
            .collect();
        (t, p)
    }

    /// The same shape with the origins named after the parameter.
    fn symbolic(&mut self, v: &Value, label: LabelId, depth: u32) -> Value {
        let mut out = Value {
            refs: v.refs.clone(),
            lit: v.lit.clone(),
            facet: v.facet,
            head: v.head.clone(),
            ..Value::default()
        };
        if v.has_atoms() || depth >= 3 && v.any_atom() {
            let trace = self.trace(None, Span::default(), What::Entry);
            out.add_atom(Atom {
                label,
                kinds: Kinds::ALL,
                weak: Weak::default(),
                trace,
            });
        }
        if let Some(shape) = &v.shape
            && depth < 3
        {
            let fields = shape
                .fields
                .iter()
                .map(|(n, p)| {
                    let l = self.labels.extend(label, Seg::Field(*n));
                    (*n, self.symbolic(p, l, depth + 1))
                })
                .collect();
            let elem = self.labels.extend(label, Seg::Elem);
            let items = shape.items.iter().map(|p| self.symbolic(p, elem, depth + 1)).collect();
            let rest = shape.rest.as_ref().map(|p| self.symbolic(p, elem, depth + 1));
            out.shape = Some(Rc::new(super::value::Shape { fields, items, rest }));
        }
        out
    }

    // ---- Out of the program ----

    /// Sinks of a name and of what it may also be called.
    pub fn check_sinks(&mut self, name: &str, recv: Option<&Value>, args: &[ArgVal], span: Span) -> bool {
        let language = self.module().language;
        let tables = Tables::of(language);
        let mut any = false;
        let exact = tables.sinks(name);
        let wild = match name.rsplit_once('.') {
            Some((head, last)) => {
                let own = tables.sinks(&format!("{head}.*"));
                let method = if head == "*" || !exact.is_empty() {
                    &[]
                } else {
                    tables.sinks(&format!("*.{last}"))
                };
                own.iter().chain(method).copied().collect::<Vec<_>>()
            }
            None => Vec::new(),
        };
        for s in exact.iter().copied().chain(wild) {
            any = true;
            self.check_sink(s, name, recv, args, span);
        }
        any
    }

    fn named<'a>(&self, args: &'a [ArgVal], name: &str) -> Option<&'a Value> {
        args.iter()
            .find(|a| a.name.is_some_and(|n| &**self.names.text(n) == name))
            .map(|a| &a.value)
    }
    /// A keyword, or a field of an options object.
    fn option(&mut self, args: &[ArgVal], name: &str) -> Option<Value> {
        if let Some(v) = self.named(args, name) {
            return Some(v.clone());
        }
        let id = self.names.intern(name);
        args.iter().find_map(|a| a.value.field(id).cloned())
    }
    pub fn positional(args: &[ArgVal], i: usize) -> Option<&Value> {
        args.iter().filter(|a| a.name.is_none() && !a.kw_spread).nth(i).map(|a| &a.value)
    }

    fn check_sink(&mut self, s: &'static Sink, name: &str, recv: Option<&Value>, args: &[ArgVal], span: Span) {
        match s.when {
            When::Program => return self.check_program(s, name, args, span),
            When::UnsafeLoader => {
                let loader = self.option(args, "Loader").or_else(|| Self::positional(args, 1).cloned());
                let safe = loader.is_some_and(|l| {
                    l.refs.iter().any(|r| matches!(r, Entity::External(n) if self.names.text(*n).contains("Safe") || self.names.text(*n).contains("BaseLoader")))
                });
                if safe {
                    return;
                }
            }
            When::Flag(flag) if !self.option(args, flag).is_some_and(|v| v.is_true()) => return,
            When::NoFlag(flag) if self.option(args, flag).is_some_and(|v| v.is_true()) => return,
            _ => {}
        }
        let operands: Vec<Value> = match s.at {
            At::Arg(i, keyword) => {
                let mut out: Vec<Value> = Self::positional(args, i as usize).cloned().into_iter().collect();
                if out.is_empty() {
                    // `f(*args)`: anything may be it.
                    out.extend(args.iter().filter(|a| a.spread).map(|a| a.value.clone()));
                }
                if !keyword.is_empty()
                    && let Some(v) = self.named(args, keyword)
                {
                    out.push(v.clone());
                }
                if !keyword.is_empty() && !self.is_python() {
                    let id = self.names.intern(keyword);
                    if let Some(v) = out.first().and_then(|v| v.field(id).cloned()) {
                        out[0] = v;
                    } else if s.kind == Kinds::URL && out.first().is_some_and(|v| v.shape.is_some() && v.atoms.is_empty()) {
                        return;
                    }
                }
                out
            }
            At::Named(keyword) => self.option(args, keyword).into_iter().collect(),
            At::Any => {
                // `git.add("--", *files)`: what follows is no option.
                let ended = args.iter().position(|a| s.kind == Kinds::ARGUMENT && a.value.text() == Some("--"));
                args.iter().take(ended.unwrap_or(args.len())).map(|a| a.value.clone()).collect()
            }
            At::Receiver => recv.cloned().into_iter().collect(),
        };
        for v in operands {
            let whole = v.head == Head::Open && v.shape.is_none();
            match s.when {
                When::QueryText => {
                    let text = match (&v.lit, &v.head) {
                        (Lit::Str(t), _) => t.to_string(),
                        (_, Head::Literal(t)) => t.to_string(),
                        _ => String::new(),
                    };
                    let known = recv.is_some_and(|r| {
                        r.refs
                            .iter()
                            .any(|r| matches!(r, Entity::External(n) if is_database(self.names.text(*n))))
                    });
                    let composed = known && !whole;
                    if !looks_like_query(&text) && !composed {
                        continue;
                    }
                }
                When::Whole => {
                    // A whole filter object of the caller: operators come with it.
                    if !v.has_atoms() || v.refs.iter().any(|r| matches!(r, Entity::Function(_))) {
                        continue;
                    }
                    let parsed = recv.is_some_and(|r| {
                        r.refs
                            .iter()
                            .any(|r| matches!(r, Entity::External(n) if self.names.text(*n).to_ascii_lowercase().contains("mongo")))
                    });
                    if !parsed {
                        continue;
                    }
                }
                _ => {}
            }
            if s.kind == Kinds::TEMPLATE && matches!(s.at, At::Receiver) && !whole {
                continue;
            }
            let detail = Detail {
                whole,
                ..Detail::default()
            };
            // Files and addresses are named by the value itself, or by a list of them; not by the fields of an options object.
            if matches!(s.kind, Kinds::PATH | Kinds::URL | Kinds::SCHEME) && v.has_atoms() {
                for a in v.atoms.clone() {
                    self.hit(s.kind, name, s.source, detail, a, span);
                }
            } else {
                let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
                v.each_atom(0, &mut |a| atoms.push(*a));
                for a in atoms {
                    self.hit(s.kind, name, s.source, detail, a, span);
                }
            }
        }
    }

    fn hit(&mut self, kind: Kinds, api: &str, source: &'static str, detail: Detail, atom: Atom, span: Span) {
        if !atom.kinds.has(kind) {
            return;
        }
        let api = self.names.intern(api);
        let (module, function) = (self.module_id(), self.frame().function);
        let mut chain = SmallVec::new();
        chain.push(atom.trace);
        self.record(Hit {
            module,
            function,
            span,
            kind,
            api,
            source,
            detail,
            atom,
            chain,
        });
    }

    /// Starting a program: a shell text, a program chosen by the caller, or options it did not expect.
    fn check_program(&mut self, s: &'static Sink, name: &str, args: &[ArgVal], span: Span) {
        let python = self.is_python();
        let shell = self
            .option(args, "shell")
            .is_some_and(|v| v.is_true() || matches!(v.lit, Lit::Str(_)) || v.lit == Lit::Unknown && v.any_atom());
        let first = match Self::positional(args, 0)
            .or_else(|| self.named(args, "args"))
            .or_else(|| self.named(args, "program"))
        {
            Some(v) => v.clone(),
            None => return,
        };
        // One list of words: program, then arguments.
        let mut words: Vec<Value> = Vec::new();
        let mut rest: Option<Value> = None;
        let take_list = |v: &Value, words: &mut Vec<Value>, rest: &mut Option<Value>| {
            words.extend(v.items().iter().cloned());
            if let Some(r) = v.shape.as_ref().and_then(|s| s.rest.clone()) {
                *rest = Some(r);
            }
        };
        let is_list = |v: &Value| v.shape.as_ref().is_some_and(|s| !s.items.is_empty() || s.rest.is_some());
        let spread_first = args.iter().find(|a| a.name.is_none() && !a.kw_spread).is_some_and(|a| a.spread);
        if is_list(&first) {
            take_list(&first, &mut words, &mut rest);
        } else if spread_first {
            rest = Some(self.element(&first));
        } else {
            words.push(first.clone());
            let more: Vec<ArgVal> = args.iter().filter(|a| a.name.is_none() && !a.kw_spread).skip(1).cloned().collect();
            if python {
                for a in &more {
                    if a.spread {
                        take_list(&a.value, &mut words, &mut rest);
                        if a.value.has_atoms() {
                            rest = Some(self.element(&a.value));
                        }
                    } else {
                        words.push(a.value.clone());
                    }
                }
            } else if let Some(list) = more.first() {
                if is_list(&list.value) {
                    take_list(&list.value, &mut words, &mut rest);
                }
                if list.value.has_atoms() {
                    rest = Some(self.element(&list.value));
                }
            }
        }
        let source = s.source;
        if shell {
            for w in words.iter().chain(&rest) {
                let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
                w.each_atom(0, &mut |a| atoms.push(*a));
                for a in atoms {
                    self.hit(
                        Kinds::SHELL,
                        name,
                        source,
                        Detail {
                            whole: w.head == Head::Open,
                            ..Detail::default()
                        },
                        a,
                        span,
                    );
                }
            }
            return;
        }
        let Some(program) = words.first().cloned().or_else(|| rest.clone()) else {
            return;
        };
        if program.any_atom() {
            let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
            program.each_atom(0, &mut |a| atoms.push(*a));
            // A text after something fixed names a program in a known folder, not any program.
            if program.head == Head::Open {
                for a in atoms {
                    self.hit(
                        Kinds::SHELL,
                        name,
                        source,
                        Detail {
                            whole: true,
                            ..Detail::default()
                        },
                        a,
                        span,
                    );
                }
                return;
            }
        }
        let program_name = program.text().map(|t| t.rsplit(['/', '\\']).next().unwrap_or(t).to_owned());
        let is_shell = program_name.as_deref().is_some_and(|p| SHELLS.contains(&p));
        let runs_text = words.iter().any(|w| {
            w.text().is_some_and(|t| {
                matches!(
                    t,
                    "-c" | "/c" | "/C" | "-e" | "-Command" | "-lc" | "-ic" | "-EncodedCommand" | "-command"
                )
            })
        });
        if is_shell || runs_text && program_name.is_none() {
            for w in words.iter().skip(1).chain(&rest) {
                let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
                w.each_atom(0, &mut |a| atoms.push(*a));
                for a in atoms {
                    self.hit(Kinds::SHELL, name, source, Detail::default(), a, span);
                }
            }
            return;
        }
        // `docker exec … sh -c text`, `ssh host text`: a shell further on.
        let inner_shell = words
            .iter()
            .skip(1)
            .any(|w| w.text().is_some_and(|t| SHELLS.contains(&t.rsplit('/').next().unwrap_or(t))));
        if inner_shell && runs_text {
            for w in words.iter().skip(1).chain(&rest) {
                for a in w.atoms.clone() {
                    self.hit(Kinds::SHELL, name, source, Detail::default(), a, span);
                }
            }
            return;
        }
        let interpreter = program_name
            .as_deref()
            .is_some_and(|p| matches!(p, "node" | "python" | "python3" | "ruby" | "perl" | "php" | "deno" | "bun"));
        if interpreter
            && words
                .iter()
                .any(|w| w.text().is_some_and(|t| matches!(t, "-e" | "-c" | "-p" | "--eval" | "-r")))
        {
            for w in words.iter().skip(2).chain(&rest) {
                for a in w.atoms.clone() {
                    self.hit(Kinds::CODE, name, source, Detail::default(), a, span);
                }
            }
            return;
        }
        let listed = program_name.as_deref().map(|p| OPTION_PROGRAMS.contains(&p));
        if listed == Some(false) {
            return;
        }
        let detail = Detail {
            unknown_program: listed.is_none(),
            program: program_name.as_deref().map(|p| self.names.intern(p)),
            whole: false,
        };
        let mut ended = false;
        let mut after_option = false;
        for w in words.iter().skip(1) {
            if w.text() == Some("--") {
                ended = true;
            }
            // `--name VALUE`: an option's value is usually taken as such.
            let is_value = std::mem::replace(
                &mut after_option,
                w.text().is_some_and(|t| t.starts_with('-') && t.len() > 1 && !t.contains('=')),
            );
            if ended || is_value {
                continue;
            }
            for a in w.atoms.clone() {
                self.hit(
                    Kinds::ARGUMENT,
                    name,
                    "https://cwe.mitre.org/data/definitions/88.html",
                    detail,
                    a,
                    span,
                );
            }
        }
        if let Some(rest) = rest
            && !ended
        {
            let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
            rest.each_atom(0, &mut |a| atoms.push(*a));
            for a in atoms {
                self.hit(
                    Kinds::ARGUMENT,
                    name,
                    "https://cwe.mitre.org/data/definitions/88.html",
                    detail,
                    a,
                    span,
                );
            }
        }
    }

    pub fn external_call(&mut self, raw: &str, receiver: Option<&(ExprId, Value)>, args: &[ArgVal], span: Span, new: bool) -> Value {
        let language = self.module().language;
        let name = canonical(language, raw);
        let recv = receiver.map(|(_, v)| v);
        let sink = self.check_sinks(&name, recv, args, span);
        if let Some(v) = self.special_call(&name, receiver, args, span) {
            return v;
        }
        let tables = Tables::of(language);
        let parent = name.rsplit_once('.').map(|(head, _)| format!("{head}.*"));
        let gives = tables.gives(&name).or_else(|| parent.and_then(|p| tables.gives(&p)));
        if let Some(gives) = gives {
            return self.give(gives, &name, args, span);
        }
        let last = name.rsplit('.').next().unwrap_or(&name).to_owned();
        if let Some((at, v)) = receiver
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

    fn give(&mut self, gives: Gives, name: &str, args: &[ArgVal], span: Span) -> Value {
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
                v
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
        }
    }
}

fn is_collection_method(name: &str) -> bool {
    matches!(
        name,
        "items"
            | "keys"
            | "values"
            | "entries"
            | "get"
            | "pop"
            | "append"
            | "extend"
            | "insert"
            | "push"
            | "unshift"
            | "shift"
            | "map"
            | "forEach"
            | "filter"
            | "find"
            | "some"
            | "every"
            | "reduce"
            | "flatMap"
            | "join"
            | "concat"
            | "slice"
            | "includes"
            | "has"
            | "add"
            | "update"
            | "set"
            | "sort"
            | "copy"
            | "setdefault"
            | "index"
            | "indexOf"
    )
}

fn is_database(name: &str) -> bool {
    let n = name.to_ascii_lowercase();
    [
        "sql",
        "psycopg",
        "asyncpg",
        "duckdb",
        "pg.",
        "neo4j",
        "oracledb",
        "clickhouse",
        "snowflake",
        "knex",
        "bigquery",
        "cassandra",
        "engine()",
        "trino",
        "databricks",
    ]
    .iter()
    .any(|w| n.contains(w))
}

/// Whether literal text reads like the beginning of a query.
pub fn looks_like_query(text: &str) -> bool {
    let t = text.trim_start().to_ascii_lowercase();
    const WORDS: [&str; 26] = [
        "select ",
        "insert ",
        "update ",
        "delete ",
        "drop ",
        "create ",
        "alter ",
        "truncate ",
        "merge ",
        "match ",
        "match(",
        "with ",
        "replace ",
        "exec ",
        "call ",
        "grant ",
        "show ",
        "describe ",
        "explain ",
        "pragma ",
        "use ",
        "set ",
        "copy ",
        "unwind ",
        "attach ",
        "analyze ",
    ];
    WORDS
        .iter()
        .any(|w| t.starts_with(w) || t.starts_with(w.trim_end()) && t[w.trim_end().len()..].starts_with(['\n', '\t', '\r']))
        || t.contains(" where ") && t.contains(" from ")
}

fn shape_key(this: &Value, params: &[Value]) -> u64 {
    let mut h = FxHasher::default();
    shape_hash(this, 0, &mut h);
    for p in params {
        h.write_u8(7);
        shape_hash(p, 0, &mut h);
    }
    h.finish()
}

fn shape_hash(v: &Value, depth: u32, h: &mut FxHasher) {
    v.has_atoms().hash(h);
    v.refs.hash(h);
    match &v.lit {
        Lit::Str(s) if s.len() < 80 => s.hash(h),
        Lit::Bool(b) => b.hash(h),
        Lit::Null => h.write_u8(3),
        _ => h.write_u8(4),
    }
    v.facet.hash(h);
    v.anchored.hash(h);
    match &v.head {
        Head::Open => h.write_u8(1),
        Head::Fixed => h.write_u8(2),
        Head::Literal(l) => l.hash(h),
    }
    if depth >= 3 {
        v.any_atom().hash(h);
    } else if let Some(s) = &v.shape {
        for (n, p) in &s.fields {
            n.hash(h);
            shape_hash(p, depth + 1, h);
        }
        for p in s.items.iter().chain(&s.rest) {
            h.write_u8(9);
            shape_hash(p, depth + 1, h);
        }
    }
}

/// Only whether the attacker has a hand in it.
fn bare(v: &Value) -> Value {
    let mut out = Value {
        refs: v.refs.iter().filter(|r| matches!(r, Entity::Instance(_))).cloned().collect(),
        ..Value::default()
    };
    v.each_atom(0, &mut |a| out.add_atom(*a));
    out
}

fn bare_this(v: &Value) -> Value {
    bare(v)
}
