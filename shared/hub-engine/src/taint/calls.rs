//! Calls: what is called, with what, and the functions of the program run where they are called.

use super::engine::{Engine, MAX_CALL_DEPTH};
use super::members::Member;
use super::value::{ClassRef, Entity, Kinds, Name, Value, add_fact};
use crate::FunctionRef;
use hub_syntax::ir::{Arg, ExprId, ExprKind, ParamKind, Span};

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
                    self.sites.insert((*f, self.frame().module, id));
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
                    self.made.entry((self.frame().module, id)).or_insert(*n);
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
                    if let Some(Member::Method(f, owner)) = self.find_member(*c, call, 0) {
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
            if let Some(m) = method {
                let name = self.names.intern(&format!("*.{}", self.names.text(m)));
                self.made.entry((self.frame().module, id)).or_insert(name);
            }
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
            Some(Member::Method(f, owner)) => {
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
        if let Some(function) = self.frame().function {
            let from = FunctionRef {
                module: self.frame().module,
                function,
            };
            self.edges.insert((from, f));
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
    pub fn run_body(&mut self, f: FunctionRef, params: Vec<Value>) {
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
        } else if self.frame().ret.is_none() && !self.limits_spent() && !is_abstract(m, f.function) {
            // Every way through it throws: what follows a call does not run.
            let never = self.names.intern("!");
            self.frame_mut().ret = Some(Value::entity(Entity::External(never)));
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
}

/// A method that only says it has to be written: others are called in its place.
fn is_abstract(m: &hub_syntax::ir::Module, f: hub_syntax::ir::FnId) -> bool {
    let text = m.text(m.function(f).span);
    text.len() > 4_000
        || [
            "NotImplemented",
            "not implemented",
            "abstract",
            "must be implemented",
            "must implement",
            "override",
        ]
        .iter()
        .any(|w| text.contains(w))
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
