//! Calls: what is called, with what, and the functions of the program run where they are called.

use super::engine::{Engine, MAX_CALL_DEPTH, MAX_INLINED};
use super::members::Member;
use super::value::{ClassRef, Entity, Kinds, Name, Value, add_fact};
use crate::FunctionRef;
use hub_syntax::ir::{Arg, ExprId, ExprKind, Span};

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
        if self.is_native()
            && let Some(v) = self.written_to_argument(&target, receiver.as_ref(), method, args, &vals)
        {
            return v;
        }
        if let (Some(m), Some((_, object))) = (method, &receiver)
            && matches!(&**self.names.text(m), "openUrl" | "openURL" | "open_url")
        {
            // A device or system opens it, whoever implements that.
            let name = format!("*.{}", self.names.text(m));
            let object = object.clone();
            self.check_sinks(&name, Some(&object), &vals, span);
        }
        if let (ExprKind::Ident(called), Some(first)) = (&module.expr(callee).kind, vals.first())
            && first.value.has_atoms()
            && self.opens_remote_address(module.str(*called), &first.value)
        {
            self.check_sinks("open", None, &vals, span);
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
            // `new $class()`, `$function()`.
            if module.language == hub_syntax::ir::Language::Php && method.is_none() && target.has_atoms() {
                self.check_sinks("call_user_func", None, &[ArgVal::plain(target.clone())], span);
            }
            if let Some(m) = method {
                let name = self.names.intern(&format!("*.{}", self.names.text(m)));
                self.made.entry((self.frame().module, id)).or_insert(name);
            }
            let v = self.unknown_call(receiver.as_ref(), method, &target, &vals, span);
            return v;
        }
        out.unwrap_or_default()
    }

    /// A method of a value of unknown type: what the tables say of every method of that name, or what the language's own types have.
    pub fn native_unknown(&mut self, at: ExprId, recv: &Value, name: &str, args: &[ArgVal], span: Span) -> Option<Value> {
        let language = self.module().language;
        let full = format!("*.{name}");
        if let Some(gives) = super::api::Tables::of(language).gives(&full) {
            return Some(self.give(gives, &full, Some(&(at, recv.clone())), args, span));
        }
        self.native_method(at, recv, name, args, span)
            .or_else(|| self.builtin_method(at, recv, name, args, span))
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
    pub fn unknown_call(
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
        if self.is_native() {
            if let Some(v) = self.native_unknown(*at, recv, &name, args, span) {
                return v;
            }
        } else if let Some(v) = self.builtin_method(*at, recv, &name, args, span) {
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

    pub fn maybe_test(&mut self, name: &str, args: &[ArgVal], out: Value) -> Value {
        if let Some(a) = args.first() {
            let t = self.unknown_test(name, &a.value);
            if t.cond.is_some() {
                return Value { cond: t.cond, ..out };
            }
        }
        out
    }

    pub fn by_method_name(&mut self, method: Name, recv: &Value, args: &[ArgVal], span: Span) -> Option<Value> {
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

    pub fn call_function(&mut self, f: FunctionRef, this: &Value, args: &[ArgVal], span: Option<Span>) -> Value {
        self.call_with_this(f, this, args, span).0
    }

    /// The result, and `this` afterwards.
    pub fn call_with_this(&mut self, f: FunctionRef, this: &Value, args: &[ArgVal], span: Option<Span>) -> (Value, Value) {
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
    pub fn is_closure_here(&self, f: FunctionRef) -> bool {
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
    pub fn holds_live_closure(&self, v: &Value, depth: u32) -> bool {
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
                let native = m.language.is_native() && value.any_atom();
                for r in v.refs.iter().filter(|r| !native || matches!(r, Entity::Instance(_))) {
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

    pub fn run_inline(&mut self, f: FunctionRef, this: &Value, params: Vec<Value>) -> (Value, Value) {
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
        let runs = self.inlined.entry(f).or_default();
        *runs += 1;
        if *runs > MAX_INLINED {
            // From now on only whether an argument is the attacker's is told apart.
            self.limits.contexts += 1;
            let mut out = Value::default();
            params.iter().for_each(|p| out.absorb(p, &mut Some));
            return (out, this.clone());
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
