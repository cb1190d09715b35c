//! Functions, classes, decorators and calls.

use super::super::server;
use super::class::class_lookup;
use super::run::{Flow, Frame, Interp, MAX_CALLS};
use super::value::{Args, Class, Entries, Env, Func, ListKind, Made, Value, last, something};
use hub_engine::FunctionRef;
use hub_engine::eval::call::{arguments, run};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Arg, ExprId, ExprKind, FnId, PatKind};
use std::cell::RefCell;
use std::rc::Rc;

/// Most times that a function may be under way at once.
const MAX_RECURSION: u32 = 16;

impl<'a> Interp<'a> {
    pub(in crate::py) fn define_function(&mut self, frame: &mut Frame, id: FnId, class: Option<&Rc<Class>>) -> Value {
        let function = self.machine.program.module(frame.module).function(id);
        let defaults = function
            .params
            .iter()
            .map(|param| param.default.map(|default| self.eval(frame, default)))
            .collect();
        let env = if Rc::ptr_eq(&frame.env, &frame.globals) {
            None
        } else {
            Some(frame.env.clone())
        };
        let func = Rc::new(Func {
            module: frame.module,
            id,
            env,
            class: RefCell::new(class.cloned()),
            defaults,
            attrs: RefCell::default(),
        });
        let mut value = self.built(Value::Func(func));
        for decorator in function.decorators.iter().rev() {
            let with = self.eval(frame, *decorator);
            value = self.decorate(&with, value, Some((frame.module, *decorator)));
        }
        value
    }

    /// What stands under the name after a decorator was applied.
    pub(in crate::py) fn decorate(&mut self, with: &Value, target: Value, at: Option<(ModuleId, ExprId)>) -> Value {
        let with = &with.plain();
        if self.decorates_command(with, &target) {
            return target;
        }
        match with.clone() {
            Value::External(path) if server::marks(&path) => {
                self.set_attr(&target, "__fastmcp__".into(), Value::Bool(true), false);
                target
            }
            Value::External(path) => match last(&path) {
                "staticmethod" | "classmethod" | "property" | "cached_property" => self.made(last(&path), Args::of(vec![target]), at),
                "dataclass" | "define" | "attrs" | "frozen" => {
                    if let Value::Class(class) = &target {
                        class.dataclass.set(true);
                    }
                    target
                }
                "contextmanager" | "asynccontextmanager" => {
                    if let Value::Func(func) = &target {
                        func.attrs.borrow_mut().insert("\u{0}context".into(), Value::Bool(true));
                    }
                    target
                }
                _ => target,
            },
            Value::Made(made) if matches!(made.name(), "dataclass" | "define" | "attrs") => {
                if let Value::Class(class) = &target {
                    class.dataclass.set(true);
                }
                target
            }
            Value::Made(made) if made.name() == "wraps" => {
                self.wraps(made.args.pos.first(), &target);
                target
            }
            // `from fastmcp.tools import tool`: marks the function, to be added later.
            Value::Made(made) if server::marks(&made.path) => {
                self.set_attr(&target, "\u{0}marks".into(), Value::Made(made.clone()), false);
                self.set_attr(&target, "__fastmcp__".into(), Value::Made(made), false);
                target
            }
            // `@x.setter`: the property stays what it is.
            Value::Bound(bound) if matches!(&*bound.1, "setter" | "getter" | "deleter") => bound.0.clone(),
            Value::Made(_) => target,
            other => {
                let result = self.call(&other, Args::of(vec![target.clone()]), at);
                if result.is_unknown() || matches!(result, Value::None) {
                    target
                } else {
                    result
                }
            }
        }
    }

    fn wraps(&mut self, wrapped: Option<&Value>, wrapper: &Value) {
        let (Some(wrapped), Value::Func(wrapper)) = (wrapped, wrapper) else {
            return;
        };
        let inner = match wrapped.plain() {
            Value::Func(func) => func,
            Value::Method(method) => method.1.clone(),
            _ => return,
        };
        if Rc::ptr_eq(&inner, wrapper) {
            return;
        }
        let copied = inner.attrs.borrow().clone();
        let mut attrs = wrapper.attrs.borrow_mut();
        attrs.extend(copied);
        attrs.insert("__wrapped__".into(), wrapped.plain());
    }

    pub(in crate::py) fn eval_call(&mut self, frame: &mut Frame, id: ExprId, callee: ExprId, args: &[Arg]) -> Value {
        let module = self.machine.program.module(frame.module);
        if let ExprKind::Ident(name) = module.expr(callee).kind {
            match module.str(name) {
                "super" => return self.super_value(frame, args),
                "locals" => {
                    let mut entries = Entries::default();
                    for (name, value) in frame.env.vars.borrow().iter() {
                        entries.set(Value::Str(name.clone()), value.clone());
                    }
                    return Value::dict(entries, false);
                }
                "globals" => {
                    let mut entries = Entries::default();
                    let mut all: Vec<_> = frame.globals.vars.borrow().iter().map(|(n, v)| (n.clone(), v.clone())).collect();
                    all.sort_by(|a, b| a.0.cmp(&b.0));
                    for (name, value) in all {
                        entries.set(Value::Str(name), value);
                    }
                    return Value::dict(entries, false);
                }
                _ => {}
            }
        }
        let callee = self.eval(frame, callee);
        let args = arguments(self, frame, args);
        self.call(&callee, args, Some((frame.module, id)))
    }

    fn super_value(&mut self, frame: &mut Frame, args: &[Arg]) -> Value {
        let class = match args.first() {
            Some(arg) => match self.eval(frame, arg.value).plain() {
                Value::Class(class) => Some(class),
                _ => None,
            },
            None => frame.func.as_ref().and_then(|func| func.class.borrow().clone()),
        };
        let given = args.get(1).map(|arg| self.eval(frame, arg.value));
        let this = frame.func.as_ref().filter(|_| given.is_none()).and_then(|func| {
            let function = self.machine.program.module(func.module).function(func.id);
            let first = function.params.first()?;
            match self.machine.program.module(func.module).pat(first.pattern).kind {
                PatKind::Ident(name) => Some(self.machine.name(func.module, name)),
                _ => None,
            }
        });
        let this = given.or_else(|| this.map(|name| self.lookup(frame, &name)));
        match (class, this) {
            (Some(class), Some(this)) => self.made("super", Args::of(vec![this, Value::Class(class)]), None),
            _ => Value::unknown("`super()` outside a class"),
        }
    }

    pub(in crate::py) fn call(&mut self, callee: &Value, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        if !self.machine.step() {
            return Value::unknown("the evaluation's step limit was reached");
        }
        match callee {
            Value::Func(func) => self.call_func(func, args),
            Value::Method(method) => {
                let mut args = args;
                args.pos.insert(0, method.0.clone());
                self.call_func(&method.1, args)
            }
            Value::Class(class) => self.instantiate(class, args, at),
            Value::Instance(instance) if class_lookup(&instance.class, "__call__").is_some() => self.call_method(callee, "__call__", args),
            Value::External(path) => {
                let value = self.call_external(path, args, at);
                self.built(value)
            }
            Value::Made(made) => self.call_made(made, args, at),
            Value::Bound(bound) => {
                let value = self.call_bound(&bound.0, &bound.1, args, at);
                self.built(value)
            }
            Value::Decorating(decorating) => self.finish_decorating(decorating, args, at),
            Value::Generic(generic) => match &generic.0 {
                Value::Class(class) => self.instantiate(class, args, at),
                Value::External(path) => self.call_external(path, args, at),
                _ => Value::unknown("a call of an unknown value"),
            },
            Value::Likely(inner) => self.call(inner, args, at),
            Value::Choice(all) => {
                let results: Vec<Value> = something(all).take(3).map(|one| self.call(one, args.clone(), at)).collect();
                if results.is_empty() {
                    Value::unknown("a call of an unknown value")
                } else {
                    Value::choice(results)
                }
            }
            Value::Unknown(_) => Value::unknown("the result of an unknown function"),
            _ => Value::unknown("a call of something that is no function"),
        }
    }

    fn call_made(&mut self, made: &Rc<Made>, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        match made.name() {
            "partial" => {
                let Some((func, bound)) = made.args.pos.split_first() else {
                    return Value::unknown("a partial of nothing");
                };
                let mut all = Args {
                    pos: bound.to_vec(),
                    kw: made.args.kw.clone(),
                    open: made.args.open || args.open,
                };
                all.pos.extend(args.pos);
                for (name, value) in args.kw {
                    all.kw.retain(|(n, _)| *n != name);
                    all.kw.push((name, value));
                }
                self.call(func, all, at)
            }
            "wraps" | "dataclass" => match args.pos.first() {
                Some(target) => self.decorate(&Value::Made(made.clone()), target.clone(), at),
                None => Value::unknown("a decorator without a function"),
            },
            "staticmethod" | "classmethod" => match made.args.pos.first() {
                Some(inner) => self.call(&inner.clone(), args, at),
                None => Value::unknown("a method without a function"),
            },
            // A decorator of some library: the function stays what it was.
            _ => match args.pos.first() {
                Some(first)
                    if args.pos.len() == 1
                        && args.kw.is_empty()
                        && matches!(first, Value::Func(_) | Value::Method(_) | Value::Class(_)) =>
                {
                    first.clone()
                }
                _ => Value::unknown(format!("the result of `{}`", made.path)),
            },
        }
    }

    pub(in crate::py) fn call_func(&mut self, func: &Rc<Func>, args: Args) -> Value {
        let reference = FunctionRef {
            module: func.module,
            function: func.id,
        };
        if self.machine.calls.depth >= MAX_CALLS || self.machine.steps_left == 0 {
            return Value::unknown("calls are nested too deeply");
        }
        // A function may walk data that is known; on unknown data its branches would multiply.
        let under_way = self.machine.calls.under_way(reference);
        let walks_data = args
            .pos
            .iter()
            .chain(args.kw.iter().map(|(_, v)| v))
            .any(|v| matches!(v, Value::List(_) | Value::Dict(_) | Value::Str(_) | Value::Class(_)));
        if under_way >= MAX_RECURSION || under_way > 0 && !walks_data || self.machine.is_worn(reference) {
            return Value::unknown("a recursion");
        }
        let module = self.machine.program.module(func.module);
        let function = module.function(func.id);
        let env = Rc::new(Env {
            parent: func.env.clone(),
            ..Env::default()
        });
        let globals = self.globals(func.module);
        let mut frame = Frame::new(func.module, env, globals, Some(func.clone()));
        // No call may use up what its callers need for what follows it.
        let kept = self.machine.keep_for_callers();
        let flow = run(self, &mut frame, reference, args);
        self.machine.give_back(kept);
        if function.is_generator {
            let context = func.attrs.borrow().contains_key("\u{0}context");
            return Value::sequence(ListKind::List, frame.yields, context);
        }
        let mut returned = frame.returns;
        match flow {
            Flow::Return(value) => returned.insert(0, value),
            Flow::Throw(_) if returned.is_empty() => return Value::unknown("a function that raises"),
            Flow::Throw(_) => {}
            _ if returned.is_empty() => return Value::None,
            _ => {}
        }
        if returned.len() == 1 {
            returned.swap_remove(0)
        } else {
            Value::choice(returned)
        }
    }

    /// Calls `value.name(…)` where the method is the program's own.
    pub(in crate::py) fn call_method(&mut self, value: &Value, name: &str, args: Args) -> Value {
        let method = self.get_attr(value, name);
        self.call(&method, args, None)
    }
}

pub(in crate::py) fn default(func: &Rc<Func>, at: usize, name: Option<&str>) -> Value {
    let own = func.defaults.get(at).cloned().flatten();
    name.and_then(|name| super::options::of_command(func, name, own.as_ref()))
        .or(own)
        .unwrap_or_else(|| Value::unknown("an argument that is known only at run time"))
}
