//! Calls.

use super::value::{Act, ActId, Closure, Env, Flow, Kind, Native, ObjId, Slot, Term, Value};
use super::{Args, Eval, Event, MAX_CALLS};
use crate::FunctionRef;
use crate::eval::call::{arguments, run};
use hub_syntax::ir::{Arg, ExprId, ExprKind, FnId, ParamKind, PatKind};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Deepest recursion of one function.
const MAX_RECURSION: u32 = 12;

impl Eval<'_> {
    pub(crate) fn new_act(
        &mut self,
        function: Option<FnId>,
        parent: Option<ActId>,
        this: Option<Value>,
        home: Option<ObjId>,
        args: Vec<Value>,
    ) -> ActId {
        if self.acts.len() >= self.max_objects {
            self.machine.steps_left = 0;
        }
        let id = ActId(self.acts.len() as u32);
        self.acts.push(Act {
            function,
            parent,
            vars: FxHashMap::default(),
            this,
            home,
            args,
            maybe: Vec::new(),
            yields: Vec::new(),
        });
        id
    }

    /// Something closes over an activation.
    pub(super) fn keep_act(&mut self, act: ActId) {
        self.kept_acts = self.kept_acts.max(act.0 + 1);
    }

    /// Drops the activation of a call that has ended, unless it or one made since may be seen again.
    fn drop_act(&mut self, act: ActId) {
        if self.kept_acts <= act.0 {
            self.acts.truncate(act.0 as usize);
        }
    }

    pub(crate) fn eval_call(&mut self, env: Env, id: ExprId, callee: ExprId, args: &[Arg], new: bool) -> Value {
        let module = self.machine.program.module(env.module);
        self.visited.insert((env.module, id));
        let (receiver, function, name) = match &module.expr(callee).kind {
            ExprKind::Super if !new => {
                let args = arguments(self, &mut { env }, args);
                return self.call_super(env, args);
            }
            ExprKind::Member { object, property } => {
                let receiver = if matches!(module.expr(*object).kind, ExprKind::Super) {
                    None
                } else {
                    Some(self.eval(env, *object))
                };
                let name = self.sym(env.module, *property);
                match receiver {
                    Some(receiver) => {
                        let function = self.get(&receiver, &name);
                        (Some(receiver), function, Some(name))
                    }
                    None => {
                        let holder = self.super_object(env);
                        let function = self.get(&holder, &name);
                        (Some(self.this(env)), function, Some(name))
                    }
                }
            }
            ExprKind::Index { object, index } => {
                let receiver = self.eval(env, *object);
                let index = self.eval(env, *index);
                let function = self.get_value(&receiver, &index);
                let name = self.property_key(&index);
                (Some(receiver), function, name)
            }
            // `(0, x.f)(…)` of compiled modules.
            ExprKind::Sequence(items) if items.len() == 2 => {
                let function = self.eval(env, items[1]);
                let name = match &module.expr(items[1]).kind {
                    ExprKind::Member { property, .. } => Some(self.sym(env.module, *property)),
                    ExprKind::Ident(name) => Some(self.sym(env.module, *name)),
                    _ => None,
                };
                (None, function, name)
            }
            ExprKind::Ident(name) => {
                let function = self.eval(env, callee);
                // Compiled code renames imports: the imported name is the one to go by.
                let name = match self.term(&function) {
                    Some(Term::Import { name, .. } | Term::Class(name)) if !matches!(&**name, "*" | "default") => name.clone(),
                    _ => self.sym(env.module, *name),
                };
                (None, function, Some(name))
            }
            _ => (None, self.eval(env, callee), None),
        };
        let args = arguments(self, &mut { env }, args);
        if let Some(value) = self.compiler_helper(name.as_deref(), &args) {
            return value;
        }
        // `$constructor("ZodString", …)` of zod 4 inside a bundle makes the class of that name.
        if let (Some(name), true) = (args.get(0).as_str(), args.pos.len() >= 2)
            && (name.starts_with("Zod") || name.starts_with("$Zod"))
            && self.closure(&args.get(1)).is_some()
        {
            return self.opaque(Term::Class(Rc::from(name.trim_start_matches('$'))));
        }
        let watched = match name.as_ref().filter(|n| self.watched.contains(&***n)).cloned() {
            Some(method) => Some((method, args.pos.clone())),
            None if new => None,
            None => self.watched_through(&function, &args),
        };
        let event = watched.map(|(method, args)| {
            self.events.push(Event {
                method,
                receiver: receiver.clone(),
                callee: function.clone(),
                args,
                new,
                module: env.module,
                expr: id,
                ran: false,
                when: self.machine.conditions.last().copied(),
            });
            self.events.len() - 1
        });
        let over = receiver.clone();
        let value = if new {
            match function.id() {
                Some(class) => self.construct_known(class, args),
                None => self.unknown("an object of a class that is not known"),
            }
        } else {
            let known = matches!(
                self.object_of(&function).map(|o| &o.kind),
                Some(Kind::Function(_) | Kind::Native(_))
            );
            if let Some(event) = event {
                self.events[event].ran = matches!(self.object_of(&function).map(|o| &o.kind), Some(Kind::Function(_)));
            }
            if event.is_some() && !known {
                // Handlers given to a registration are not run.
                self.call_opaque(env, &function, args, false)
            } else if known {
                self.call(&function, receiver.unwrap_or(Value::Undefined), args)
            } else {
                self.call_opaque(env, &function, args, true)
            }
        };
        // A method put over the library's own, which hands on in a way that is not seen: the call itself is the registration.
        if let (Some(event), Some(receiver)) = (event, &over)
            && self.events[event].ran
            && self.events.len() == event + 1
            && self.is_opaque(receiver)
        {
            self.events[event].ran = false;
        }
        if let Some(object) = value.id()
            && self.object(object).origin.is_none()
        {
            self.heap[object.0 as usize].origin = Some((env.module, module.expr(id).span));
        }
        value
    }

    /// A watched method called in a roundabout way: `const add = server.tool`, `server.tool.bind(server)`,
    /// `McpServer.prototype.tool.call(this, …)`. With the arguments as the method sees them.
    fn watched_through(&mut self, function: &Value, args: &Args) -> Option<(Rc<str>, Vec<Value>)> {
        let watched = |eval: &Self, value: &Value| match eval.term(value) {
            Some(Term::Member { name, .. }) if eval.watched.contains(&**name) => Some(name.clone()),
            _ => None,
        };
        if let Some(method) = watched(self, function) {
            return Some((method, args.pos.clone()));
        }
        match self.term(function)?.clone() {
            Term::Member { base, name } => {
                let method = watched(self, &Value::Ref(base))?;
                match &*name {
                    "call" => Some((method, args.pos.get(1..).unwrap_or_default().to_vec())),
                    "apply" => Some((method, self.iterate(&args.get(1))?)),
                    _ => None,
                }
            }
            Term::Call { callee, args: bound, .. } => match self.term(&Value::Ref(callee))? {
                Term::Member { base, name } if &**name == "bind" => {
                    let method = watched(self, &Value::Ref(*base))?;
                    let mut all = bound.get(1..).unwrap_or_default().to_vec();
                    all.extend_from_slice(&args.pos);
                    Some((method, all))
                }
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn record_super(&mut self, env: Env, base: ObjId, instance: ObjId, args: &Args) {
        let name = match self.term(&Value::Ref(base)) {
            Some(Term::Import { name, .. } | Term::Class(name)) => name.clone(),
            Some(Term::Member { name, .. }) => name.clone(),
            _ => return,
        };
        if self.watched.contains(&*name) {
            let expr = self.machine.program.module(env.module).exprs.len().saturating_sub(1) as u32;
            self.events.push(Event {
                method: name,
                receiver: Some(Value::Ref(instance)),
                callee: Value::Ref(base),
                args: args.pos.clone(),
                new: true,
                module: env.module,
                expr: ExprId(expr),
                ran: false,
                when: self.machine.conditions.last().copied(),
            });
        }
    }

    /// Helpers that TypeScript writes into its output.
    fn compiler_helper(&mut self, name: Option<&str>, args: &Args) -> Option<Value> {
        match name? {
            "__awaiter" if args.pos.len() == 4 => {
                let body = args.get(3);
                let this = args.get(0);
                self.closure(&body)?;
                let result = self.call(&body, this, Args::default());
                Some(self.result_of_generator(result))
            }
            "__importDefault"
            | "__importStar"
            | "__toESM"
            | "_interopRequireDefault"
            | "_interopRequireWildcard"
            | "__interopRequireDefault" => {
                let module = args.get(0);
                if self.has_property(&module, "__esModule") || matches!(self.object_of(&module).map(|o| &o.kind), Some(Kind::Namespace(_)))
                {
                    return Some(module);
                }
                match self.object_of(&module).map(|o| &o.kind) {
                    // An outside module answers for `default` itself.
                    Some(Kind::Opaque(_)) => Some(module),
                    _ => {
                        let id = self.new_object();
                        self.copy_props(id, &module);
                        self.heap[id.0 as usize].props.insert(Rc::from("default"), Slot::Value(module));
                        Some(Value::Ref(id))
                    }
                }
            }
            // `__name(fn, "name")` of esbuild.
            "__name" if args.pos.len() == 2 => Some(args.get(0)),
            _ => None,
        }
    }

    /// Runs a function's value with `this` and arguments. A callee that is not known gives a term.
    pub fn call(&mut self, function: &Value, this: Value, args: Args) -> Value {
        let Some(id) = function.id() else {
            return self.unknown("a call of something that is no function");
        };
        if !self.step() {
            return self.spent();
        }
        match &self.object(id).kind {
            Kind::Function(closure) => {
                let closure = closure.clone();
                self.run_closure(&closure, this, args)
            }
            Kind::Native(native) => match native.clone() {
                Native::Method { this, name } => self.method(&this, &name, args),
                Native::Settle(cell) => {
                    let value = args.get(0);
                    let props = &mut self.heap[cell.0 as usize].props;
                    if !props.contains_key("value") {
                        props.insert(Rc::from("value"), Slot::Value(value));
                    }
                    Value::Undefined
                }
                Native::Require(module) => self.require(module, &args.get(0)),
                Native::Nothing => Value::Undefined,
                Native::Always(answer) => Value::Bool(answer),
            },
            Kind::Class(_) => self.construct(id, args),
            _ => {
                self.opaque_callbacks(&args);
                self.term_call(id, args, false)
            }
        }
    }

    fn require(&mut self, module: hub_syntax::ModuleId, specifier: &Value) -> Value {
        match specifier.as_str() {
            Some(s) => match self.resolve(module, s) {
                Some(target) => self.required(target),
                None => self.import_term(s, "*"),
            },
            None => self.unknown("a module whose name is not known"),
        }
    }

    fn run_closure(&mut self, closure: &Closure, this: Value, args: Args) -> Value {
        let key = FunctionRef {
            module: closure.module,
            function: closure.function,
        };
        let function = self.machine.program.module(closure.module).function(closure.function);
        // Recursion under conditions that are not known takes every way at every level: it would never end.
        let deepest = if self.machine.uncertain > 0 { 2 } else { MAX_RECURSION };
        if self.machine.calls.depth >= MAX_CALLS || self.machine.calls.under_way(key) >= deepest || self.machine.is_worn(key) {
            return self.unknown("a call nested too deep");
        }
        let mut pos = closure.bound.clone();
        pos.extend(args.pos);
        self.spend(pos.len());
        let this = closure.this.clone().unwrap_or(this);
        let own_this = if function.is_arrow { None } else { Some(this) };
        let act = self.new_act(Some(closure.function), Some(closure.act), own_this, closure.home, pos.clone());
        let mut env = Env {
            module: closure.module,
            act,
        };
        let entered = self.enter(closure.module);
        let flow = run(self, &mut env, key, Args::of(pos));
        self.leave(entered);
        let mut value = match flow {
            Flow::Return(value) => value,
            Flow::Throw(_) => self.unknown("a call that throws"),
            _ => Value::Undefined,
        };
        let maybe = std::mem::take(&mut self.acts[act.0 as usize].maybe);
        for earlier in maybe {
            value = self.merge(earlier, value, false);
        }
        let yields = std::mem::take(&mut self.acts[act.0 as usize].yields);
        self.drop_act(act);
        if function.is_generator {
            let list = self.new_array(yields);
            if let Some(id) = list.id() {
                self.heap[id.0 as usize].props.insert(Rc::from("@@return"), Slot::Value(value));
            }
            return list;
        }
        value
    }

    pub(crate) fn result_of_generator(&mut self, value: Value) -> Value {
        match value.id().and_then(|id| self.object(id).props.get("@@return").cloned()) {
            Some(Slot::Value(v)) => v,
            _ => value,
        }
    }

    /// Arguments for a function that is called by nobody we know.
    pub fn unknown_args(&mut self, function: &Value) -> Args {
        let Some(closure) = self.closure(function).cloned() else {
            return Args::default();
        };
        let module = self.machine.program.module(closure.module);
        let mut out = Vec::new();
        for param in &module.function(closure.function).params {
            if param.kind == ParamKind::Rest {
                break;
            }
            let name = match module.pat(param.pattern).kind {
                PatKind::Ident(n) => self.sym(closure.module, n),
                _ => Rc::from("a parameter"),
            };
            out.push(self.opaque(Term::Param(name)));
        }
        Args::from(out)
    }

    fn construct_known(&mut self, class: ObjId, args: Args) -> Value {
        if let Some(value) = self.construct_builtin(class, &args) {
            return value;
        }
        match &self.object(class).kind {
            Kind::Class(_) | Kind::Function(_) => {
                // A zod schema inside a bundle is known by the definition it is made from.
                let def = args.get(0);
                if let Some(name) = self.zod_class(&def) {
                    // Remembered for `instanceof`.
                    self.heap[class.0 as usize]
                        .props
                        .insert(Rc::from("@@zod"), Slot::Value(Value::Str(name.clone())));
                    let class = self.opaque(Term::Class(name));
                    if let Some(callee) = class.id() {
                        return self.opaque(Term::Call {
                            callee,
                            args: args.pos,
                            new: true,
                        });
                    }
                }
                self.construct(class, args)
            }
            _ => {
                self.opaque_callbacks(&args);
                self.opaque(Term::Call {
                    callee: class,
                    args: args.pos,
                    new: true,
                })
            }
        }
    }

    /// `ZodString` for `{ typeName: "ZodString", … }`, the definition that zod 3 makes every schema from.
    fn zod_class(&mut self, def: &Value) -> Option<Rc<str>> {
        let id = def.id()?;
        match self.object(id).props.get("typeName")? {
            Slot::Value(Value::Str(s)) if s.starts_with("Zod") => Some(s.clone()),
            _ => None,
        }
    }

    /// A call of something outside of the program.
    fn call_opaque(&mut self, env: Env, function: &Value, args: Args, callbacks: bool) -> Value {
        let Some(callee) = function.id() else {
            if callbacks {
                self.opaque_callbacks(&args);
            }
            return self.unknown("a call of something that is no function");
        };
        if let Some(value) = self.builtin(env, callee, &args) {
            return value;
        }
        if callbacks {
            self.opaque_callbacks(&args);
        }
        self.term_call(callee, args, false)
    }

    pub(crate) fn term_call(&mut self, callee: ObjId, args: Args, new: bool) -> Value {
        self.opaque(Term::Call {
            callee,
            args: args.pos,
            new,
        })
    }

    /// Functions given to a callee that is not known are run once: it may well run them.
    pub(super) fn opaque_callbacks(&mut self, args: &Args) {
        for arg in args.pos.clone() {
            if self.closure(&arg).is_some() {
                let unknown = self.unknown_args(&arg);
                self.machine.uncertain += 1;
                self.call_back(&arg, Value::Undefined, unknown.pos);
                self.machine.uncertain -= 1;
            }
        }
    }
}
