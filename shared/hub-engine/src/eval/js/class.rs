//! Classes, their instances, and `this`.

use super::value::{ClassValue, Closure, Env, Kind, ObjId, Slot, Term, Value};
use super::{Args, Eval};
use hub_syntax::ir::{ClassId, FnId, Key, MemberKind};
use std::rc::Rc;

/// Member names by which a class of the MCP SDK is known inside a bundle: minifiers keep property names.
const SEALED: &[(&str, &[&str])] = &[
    ("McpServer", &["setToolRequestHandlers", "registerTool", "connect"]),
    ("McpServer", &["setToolRequestHandlers", "tool", "connect"]),
    ("Protocol", &["_onrequest", "setRequestHandler", "assertCanSetRequestHandler"]),
    ("Protocol", &["_onrequest", "setRequestHandler", "removeRequestHandler"]),
    ("Server", &["_oninitialize", "assertCapabilityForMethod", "getClientCapabilities"]),
    ("ResourceTemplate", &["uriTemplate", "listCallback", "completeCallback"]),
    ("StdioServerTransport", &["_ondata", "_onerror", "processReadBuffer"]),
];

impl Eval<'_> {
    pub(crate) fn make_closure(&mut self, env: Env, function: FnId) -> Value {
        self.keep_act(env.act);
        let id = self.alloc(Kind::Function(Box::new(Closure {
            module: env.module,
            function,
            act: env.act,
            this: None,
            bound: Vec::new(),
            home: None,
        })));
        self.heap[id.0 as usize].origin = Some((env.module, self.machine.program.module(env.module).function(function).span));
        Value::Ref(id)
    }

    fn make_method(&mut self, env: Env, function: FnId, home: ObjId) -> Value {
        let value = self.make_closure(env, function);
        if let Some(id) = value.id()
            && let Kind::Function(closure) = &mut self.heap[id.0 as usize].kind
        {
            closure.home = Some(home);
        }
        value
    }

    pub(crate) fn make_class(&mut self, env: Env, id: ClassId) -> Value {
        let module = self.machine.program.module(env.module);
        let class = module.class(id);
        let has = |wanted: &str| {
            class
                .members
                .iter()
                .any(|m| matches!(m.key, Key::Name(n) if module.str(n) == wanted))
        };
        let sealed = SEALED.iter().find(|(_, names)| names.iter().all(|n| has(n))).map(|(name, _)| *name);
        let base = class.bases.first().map(|b| self.eval(env, *b));
        let sealed = sealed.or_else(|| match base.as_ref().and_then(|b| self.term(b)) {
            // `class Server extends Protocol` of the SDK itself.
            Some(Term::Class(name)) if &**name == "Protocol" && has("_oninitialize") => Some("Server"),
            _ => None,
        });
        if let Some(name) = sealed {
            return self.opaque(Term::Class(Rc::from(name)));
        }
        let base = base.and_then(|b| b.id());
        let prototype = self.new_object();
        self.keep_act(env.act);
        let object = self.alloc(Kind::Class(ClassValue {
            module: env.module,
            class: id,
            act: env.act,
            base,
            prototype,
        }));
        self.heap[object.0 as usize].origin = Some((env.module, class.span));
        self.heap[prototype.0 as usize]
            .props
            .insert(Rc::from("constructor"), Slot::Value(Value::Ref(object)));
        self.heap[prototype.0 as usize].proto = base.map(|b| self.prototype_of(b));
        // Static blocks and fields see the class under its own name.
        let scopes = self.scopes(env.module);
        if let Some(binding) = scopes
            .iter()
            .find(|(_, b)| matches!(b.kind, hub_syntax::BindingKind::Class(c) if c == id))
            .map(|(i, _)| i)
        {
            self.write(env, binding, Value::Ref(object));
        }
        for member in &class.members {
            let Some(name) = self.key(env, member.key) else { continue };
            let holder = if member.is_static { object } else { prototype };
            match &member.kind {
                MemberKind::Method(f) => {
                    let method = self.make_method(env, *f, object);
                    self.heap[holder.0 as usize].props.insert(name, Slot::Value(method));
                }
                MemberKind::Getter(f) => {
                    let getter = self.make_method(env, *f, object);
                    self.define_getter(holder, &name, getter);
                }
                MemberKind::Setter(_) => {}
                MemberKind::Field { value, .. } if member.is_static => {
                    let value = match value {
                        Some(value) => {
                            let at = self.member_env(env, Value::Ref(object), object);
                            self.eval(at, *value)
                        }
                        None => Value::Undefined,
                    };
                    self.heap[holder.0 as usize].props.insert(name, Slot::Value(value));
                }
                MemberKind::Field { .. } => {}
                MemberKind::Block(body) => {
                    let at = self.member_env(env, Value::Ref(object), object);
                    let _ = self.block(at, body);
                }
            }
        }
        Value::Ref(object)
    }

    fn prototype_of(&mut self, class: ObjId) -> ObjId {
        match &self.object(class).kind {
            Kind::Class(c) => c.prototype,
            Kind::Function(_) => self.get(&Value::Ref(class), "prototype").id().unwrap_or(class),
            _ => class,
        }
    }

    /// An activation for a field's initialiser: the names around the class, and `this`.
    fn member_env(&mut self, env: Env, this: Value, home: ObjId) -> Env {
        let act = self.new_act(None, Some(env.act), Some(this), Some(home), Vec::new());
        // Its names are those of the activation around it.
        self.acts[act.0 as usize].function = Some(FnId(u32::MAX));
        Env { module: env.module, act }
    }

    /// `new class(args)`.
    pub(crate) fn construct(&mut self, class: ObjId, args: Args) -> Value {
        match &self.object(class).kind {
            Kind::Class(c) => {
                let c = c.clone();
                let instance = self.new_object();
                self.heap[instance.0 as usize].proto = Some(c.prototype);
                self.heap[instance.0 as usize].origin = self.object(class).origin;
                self.initialise(class, instance, args, 0).unwrap_or(Value::Ref(instance))
            }
            Kind::Function(_) => {
                let instance = self.new_object();
                let prototype = self.get(&Value::Ref(class), "prototype").id();
                self.heap[instance.0 as usize].proto = prototype;
                let result = self.call(&Value::Ref(class), Value::Ref(instance), args);
                match self.object_of(&result).map(|o| &o.kind) {
                    Some(Kind::Opaque(Term::Unknown(_))) | None => Value::Ref(instance),
                    Some(_) => result,
                }
            }
            _ => self.opaque(Term::Call {
                callee: class,
                args: args.pos,
                new: true,
            }),
        }
    }

    /// Runs the constructors and field initialisers of a class on an instance. Gives what the constructor returned in its place.
    pub(crate) fn initialise(&mut self, class: ObjId, instance: ObjId, args: Args, depth: usize) -> Option<Value> {
        let Kind::Class(c) = &self.object(class).kind else { return None };
        let c = c.clone();
        if depth > 24 || !self.step() {
            return None;
        }
        let module = self.machine.program.module(c.module);
        let constructor = module.class(c.class).members.iter().find_map(|m| match (&m.kind, m.key) {
            (MemberKind::Method(f), Key::Name(n)) if module.str(n) == "constructor" && !m.is_static => Some(*f),
            _ => None,
        });
        match constructor {
            Some(f) => {
                let env = Env {
                    module: c.module,
                    act: c.act,
                };
                if c.base.is_none_or(|b| !matches!(self.object(b).kind, Kind::Class(_))) {
                    // Fields of a derived class are set when `super()` returns: see `call_super`.
                    self.set_fields(class, instance);
                }
                let method = self.make_method(env, f, class);
                let result = self.call(&method, Value::Ref(instance), args);
                let returned = result
                    .id()
                    .filter(|r| *r != instance && !matches!(self.object(*r).kind, Kind::Opaque(Term::Unknown(_))));
                returned.map(Value::Ref)
            }
            None => {
                let mut replaced = None;
                if let Some(base) = c.base {
                    self.base_args(instance, base, &args);
                    replaced = self.initialise(base, instance, args.clone(), depth + 1);
                }
                self.set_fields(class, instance);
                replaced
            }
        }
    }

    /// Remembers what a base class from outside was constructed with, and shows it to whoever watches.
    pub(crate) fn base_args(&mut self, instance: ObjId, base: ObjId, args: &Args) {
        if self.is_opaque(&Value::Ref(base)) {
            let call = self.opaque(Term::Call {
                callee: base,
                args: args.pos.clone(),
                new: true,
            });
            self.heap[instance.0 as usize].props.insert(Rc::from("@@base"), Slot::Value(call));
        }
    }

    pub(crate) fn set_fields(&mut self, class: ObjId, instance: ObjId) {
        let Kind::Class(c) = &self.object(class).kind else { return };
        let c = c.clone();
        let module = self.machine.program.module(c.module);
        let env = Env {
            module: c.module,
            act: c.act,
        };
        for member in &module.class(c.class).members {
            if let (MemberKind::Field { value, .. }, false) = (&member.kind, member.is_static) {
                let Some(name) = self.key(env, member.key) else { continue };
                let value = match value {
                    Some(value) => {
                        let at = self.member_env(env, Value::Ref(instance), class);
                        self.eval(at, *value)
                    }
                    // A TypeScript declaration (`name!: string`) sets nothing that a parameter property or constructor set.
                    None if self.object(instance).props.contains_key(&name) => continue,
                    None => Value::Undefined,
                };
                self.heap[instance.0 as usize].props.insert(name, Slot::Value(value));
            }
        }
    }

    pub(crate) fn this(&mut self, env: Env) -> Value {
        let mut at = Some(env.act);
        while let Some(id) = at {
            let act = &self.acts[id.0 as usize];
            if let Some(this) = &act.this {
                return this.clone();
            }
            at = act.parent;
        }
        Value::Undefined
    }

    pub(crate) fn home(&self, env: Env) -> Option<ObjId> {
        let mut at = Some(env.act);
        while let Some(id) = at {
            let act = &self.acts[id.0 as usize];
            if act.home.is_some() {
                return act.home;
            }
            at = act.parent;
        }
        None
    }

    fn home_base(&self, env: Env) -> Option<ObjId> {
        match &self.object(self.home(env)?).kind {
            Kind::Class(c) => c.base,
            _ => None,
        }
    }

    /// `super` as an object: the base's methods.
    pub(crate) fn super_object(&mut self, env: Env) -> Value {
        match self.home_base(env) {
            Some(base) => Value::Ref(self.prototype_of(base)),
            None => self.unknown("`super` outside of a class"),
        }
    }

    /// `super(args)`.
    pub(crate) fn call_super(&mut self, env: Env, args: Args) -> Value {
        let this = self.this(env);
        let (Some(class), Some(instance)) = (self.home(env), this.id()) else {
            return self.unknown("`super` outside of a class");
        };
        if let Some(base) = self.home_base(env) {
            self.base_args(instance, base, &args);
            if self.is_opaque(&Value::Ref(base)) {
                self.record_super(env, base, instance, &args);
                self.set_fields(class, instance);
                return Value::Undefined;
            }
            if matches!(self.object(base).kind, Kind::Function(_)) {
                self.call(&Value::Ref(base), this, args);
            } else {
                self.initialise(base, instance, args, 1);
            }
        }
        self.set_fields(class, instance);
        Value::Undefined
    }
}
