//! Attributes.

use super::class::{class_lookup, lineage};
use super::files;
use super::run::Interp;
use super::value::{Args, Class, Entries, Func, Instance, Made, Value, something};
use hub_syntax::PyTarget;
use hub_syntax::ir::{ParamKind, PatKind};
use std::rc::Rc;

/// Methods by which something unknown may turn out to be a server.
const SERVER_METHODS: &[&str] = &[
    "tool",
    "prompt",
    "resource",
    "add_tool",
    "list_tools",
    "list_prompts",
    "list_resources",
    "call_tool",
];

/// Longest dotted name of something of a library.
const MAX_PATH: usize = 500;

impl<'a> Interp<'a> {
    pub(in crate::py) fn get_attr(&mut self, object: &Value, name: &str) -> Value {
        match object {
            Value::Module(id) => match self.module_attr(*id, name) {
                Some(value) => value,
                None => match self.module_attr(*id, "__getattr__") {
                    Some(hook @ Value::Func(_)) => self.call(&hook, Args::of(vec![Value::str(name)]), None),
                    _ => Value::unknown(format!("`{name}` is not in that module")),
                },
            },
            Value::Namespace(folder) => match self.resolver.below(folder, name) {
                Some(PyTarget::Module(id)) => {
                    self.load(id);
                    Value::Module(id)
                }
                Some(PyTarget::Namespace(folder)) => Value::Namespace(folder.into()),
                None => Value::unknown("a module that is not there"),
            },
            Value::External(path) if path.len() > MAX_PATH => Value::unknown("an attribute of an attribute of a library"),
            Value::External(path) => match (&**path, name) {
                ("os", "sep") => Value::str("/"),
                (_, "__name__") => Value::str(super::value::last(path)),
                ("string", "ascii_lowercase") => Value::str("abcdefghijklmnopqrstuvwxyz"),
                _ => Value::external(format!("{path}.{name}")),
            },
            Value::Class(class) => self.class_attr(class, name),
            Value::Instance(instance) => self.instance_attr(object, instance, name),
            Value::Func(func) => self.func_attr(func, name),
            Value::Method(method) => match name {
                "__func__" => Value::Func(method.1.clone()),
                "__self__" => method.0.clone(),
                _ => self.func_attr(&method.1, name),
            },
            Value::Made(made) => self.made_attr(object, made, name),
            Value::Generic(generic) => match name {
                "__origin__" => generic.0.clone(),
                "__args__" => Value::tuple(generic.1.clone()),
                _ => self.get_attr(&generic.0.clone(), name),
            },
            Value::Server(server) => server.get_attr(name).unwrap_or_else(|| match name {
                "_tool_manager" | "local_provider" | "_mcp_server" | "_lowlevel_server" | "_local_provider" | "_prompt_manager"
                | "_resource_manager" | "server" => object.clone(),
                _ => bound(object, name),
            }),
            Value::Path(path) => match name {
                "parent" => Value::Path(files::parent(path).into()),
                "name" => Value::str(files::file_name(path)),
                "stem" => Value::str(files::stem(path)),
                "suffix" => Value::str(files::extension(path)),
                "parents" => {
                    let mut all = Vec::new();
                    let mut at: &str = path;
                    while !at.is_empty() {
                        at = files::parent(at);
                        all.push(Value::Path(at.into()));
                    }
                    Value::list(all)
                }
                _ => bound(object, name),
            },
            Value::Likely(inner) => match &**inner {
                Value::Str(_) | Value::List(_) | Value::Dict(_) | Value::Num(_) | Value::Path(_) => bound(object, name),
                Value::None => Value::unknown("an attribute of a setting"),
                inner => {
                    let value = self.get_attr(inner, name);
                    if value.is_function() { value } else { Value::likely(value) }
                }
            },
            Value::Choice(all) => {
                let values: Vec<Value> = something(all)
                    .take(4)
                    .map(|one| self.get_attr(one, name))
                    .filter(|v| !v.is_unknown())
                    .collect();
                if values.is_empty() {
                    Value::unknown("an attribute of one of several values")
                } else {
                    Value::choice(values)
                }
            }
            Value::Unknown(_) if SERVER_METHODS.contains(&name) => bound(object, name),
            Value::Unknown(_) => Value::unknown("an attribute of an unknown value"),
            Value::Dict(_) | Value::List(_) | Value::Str(_) | Value::Num(_) | Value::Bound(_) => match name {
                "__class__" => Value::external(object.kind()),
                _ => bound(object, name),
            },
            Value::None | Value::Bool(_) | Value::Ellipsis | Value::Union(_) | Value::Decorating(_) => {
                Value::unknown("an attribute that is not there")
            }
        }
    }

    fn class_attr(&mut self, class: &Rc<Class>, name: &str) -> Value {
        if let Some((value, _)) = class_lookup(class, name) {
            return match value {
                Value::Made(made) if made.name() == "staticmethod" => made.args.pos.first().cloned().unwrap_or(Value::None),
                Value::Made(made) if made.name() == "classmethod" => match made.args.pos.first() {
                    Some(Value::Func(func)) => Value::Method(Rc::new((Value::Class(class.clone()), func.clone()))),
                    _ => Value::unknown("a class method"),
                },
                other => other,
            };
        }
        let source = self.machine.program.module(class.module).class(class.id);
        match name {
            "__name__" | "__qualname__" => source.name.map_or(Value::None, |name| Value::str(self.text(class.module, name))),
            "__doc__" => source.doc.map_or(Value::None, |doc| Value::str(self.text(class.module, doc))),
            "__module__" => Value::str(self.resolver.dotted(self.machine.program.module(class.module).path.as_str())),
            "__members__" => {
                let mut entries = Entries::default();
                for (name, value) in class.attrs.borrow().iter() {
                    if matches!(value, Value::Instance(i) if Rc::ptr_eq(&i.class, class)) {
                        entries.set(Value::Str(name.clone()), value.clone());
                    }
                }
                Value::dict(entries, false)
            }
            "__dict__" => {
                let mut entries = Entries::default();
                for (name, value) in class.attrs.borrow().iter() {
                    entries.set(Value::Str(name.clone()), value.clone());
                }
                Value::dict(entries, false)
            }
            "__bases__" => Value::tuple(class.bases.clone()),
            "model_fields" | "__fields__" | "__annotations__" => {
                let mut entries = Entries::default();
                for (name, owner) in super::class::all_fields(class) {
                    let value = owner.get(&name).unwrap_or_else(|| Value::unknown("a field"));
                    entries.set(Value::Str(name), value);
                }
                Value::dict(entries, false)
            }
            _ => bound(&Value::Class(class.clone()), name),
        }
    }

    fn instance_attr(&mut self, object: &Value, instance: &Rc<Instance>, name: &str) -> Value {
        if let Some(value) = instance.attrs.borrow().get(name) {
            return value.clone();
        }
        if let Some((value, _)) = class_lookup(&instance.class, name) {
            return self.bind_to(object, value);
        }
        match name {
            "__class__" => return Value::Class(instance.class.clone()),
            "__doc__" | "__module__" => return self.class_attr(&instance.class, name),
            "__dict__" => {
                let mut entries = Entries::default();
                let mut all: Vec<_> = instance.attrs.borrow().iter().map(|(n, v)| (n.clone(), v.clone())).collect();
                all.sort_by(|a, b| a.0.cmp(&b.0));
                for (name, value) in all {
                    entries.set(Value::Str(name), value);
                }
                return Value::dict(entries, false);
            }
            _ => {}
        }
        let server = instance.server.borrow().clone();
        if let Some(server) = server {
            return self.get_attr(&Value::Server(server), name);
        }
        if let Some((Value::Func(hook), _)) = class_lookup(&instance.class, "__getattr__") {
            return self.call_func(&hook, Args::of(vec![object.clone(), Value::str(name)]));
        }
        if instance.class.libraries.is_empty() {
            return Value::unknown(format!("`{name}` is not set on the object"));
        }
        bound(object, name)
    }

    /// A class's attribute, seen from an instance.
    fn bind_to(&mut self, object: &Value, value: Value) -> Value {
        match value {
            Value::Func(func) if func.class.borrow().is_some() => Value::Method(Rc::new((object.clone(), func))),
            Value::Made(made) => match (made.name(), made.args.pos.first()) {
                ("property" | "cached_property", Some(getter @ Value::Func(_))) => self.call(getter, Args::of(vec![object.clone()]), None),
                ("staticmethod", Some(inner)) => inner.clone(),
                ("classmethod", Some(Value::Func(func))) => {
                    let class = match object {
                        Value::Instance(instance) => Value::Class(instance.class.clone()),
                        other => other.clone(),
                    };
                    Value::Method(Rc::new((class, func.clone())))
                }
                _ => Value::Made(made),
            },
            other => other,
        }
    }

    fn func_attr(&mut self, func: &Rc<Func>, name: &str) -> Value {
        if let Some(value) = func.attrs.borrow().get(name) {
            return value.clone();
        }
        match name {
            "__name__" | "__qualname__" => self.function_name(func).map_or_else(|| Value::str("<lambda>"), |n| Value::str(&*n)),
            "__doc__" => self.function_doc_raw(func).map_or(Value::None, Value::str),
            "__module__" => Value::str(self.resolver.dotted(self.machine.program.module(func.module).path.as_str())),
            "__annotations__" => {
                let mut entries = Entries::default();
                for (name, _, annotation) in self.parameters(func) {
                    if let Some(annotation) = annotation {
                        entries.set(Value::str(name), annotation);
                    }
                }
                Value::dict(entries, false)
            }
            "command" | "group" if super::options::is_command(func) => Value::external("click.command"),
            // What `@mcp.tool` of some versions leaves in the function's place.
            "fn" | "__func__" => Value::Func(func.clone()),
            _ => Value::unknown(format!("`{name}` is not set on the function")),
        }
    }

    /// Its name, unless it was given another: `functools.wraps` gives it that of the function inside.
    pub(in crate::py) fn function_name(&self, func: &Rc<Func>) -> Option<Rc<str>> {
        if let Some(name) = func.attrs.borrow().get("__name__") {
            return name.as_str();
        }
        if let Some(inner) = wrapped(func) {
            return self.function_name(&inner);
        }
        let function = self.machine.program.module(func.module).function(func.id);
        function.name.map(|name| self.text(func.module, name).into())
    }

    /// The docstring as written.
    pub(in crate::py) fn function_doc_raw(&self, func: &Rc<Func>) -> Option<Rc<str>> {
        // A text worked out at run time from the one in the source: the source's is the better half.
        if let Some(doc) = func.attrs.borrow().get("__doc__")
            && (doc.as_str().is_some() || matches!(doc, Value::None))
        {
            return doc.as_str();
        }
        if let Some(inner) = wrapped(func) {
            return self.function_doc_raw(&inner);
        }
        let module = self.machine.program.module(func.module);
        let function = module.function(func.id);
        function.doc?;
        let first = function.body.first()?;
        match module.stmt(*first).kind {
            hub_syntax::ir::StmtKind::Expr(expr) => match module.expr(expr).kind {
                hub_syntax::ir::ExprKind::Str(text) => Some(module.str(text).into()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Parameters of a function with their values by default and annotations; those of the function inside a wrapper.
    pub(in crate::py) fn parameters(&mut self, func: &Rc<Func>) -> Vec<(Rc<str>, Option<Value>, Option<Value>)> {
        let func = innermost(func);
        let module = self.machine.program.module(func.module);
        let function = module.function(func.id);
        let mut frame = self.frame_of(&func);
        let mut out = Vec::with_capacity(function.params.len());
        for (at, param) in function.params.iter().enumerate() {
            if let PatKind::Ident(name) = module.pat(param.pattern).kind {
                let name = self.machine.name(func.module, name);
                let annotation = param.annotation.map(|annotation| self.eval(&mut frame, annotation));
                out.push((name, func.defaults.get(at).cloned().flatten(), annotation));
            }
        }
        out
    }

    /// A frame in the scope where a function was defined, for its annotations.
    pub(in crate::py) fn frame_of(&mut self, func: &Rc<Func>) -> super::run::Frame {
        let globals = self.globals(func.module);
        let env = func.env.clone().unwrap_or_else(|| globals.clone());
        super::run::Frame::new(func.module, env, globals, None)
    }

    fn made_attr(&mut self, object: &Value, made: &Rc<Made>, name: &str) -> Value {
        if made.name() == "super" && made.args.pos.len() == 2 {
            if let (this, Value::Class(class)) = (&made.args.pos[0], &made.args.pos[1])
                && let Some(value) = class.ancestors.iter().find_map(|base| base.get(name))
            {
                return self.bind_to(this, value);
            }
            return bound(object, name);
        }
        if let Some(value) = made.attrs.borrow().get(name) {
            return value.clone();
        }
        match (made.name(), name) {
            ("signature", "parameters") => {
                let mut entries = Entries::default();
                if let Some(list) = made.args.kw("parameters") {
                    let (items, _) = self.iterate(&list.clone());
                    for item in items {
                        if let Value::Made(parameter) = item.plain()
                            && let Some(name) = parameter.args.kw("name")
                        {
                            entries.set(name.clone(), Value::Made(parameter.clone()));
                        }
                    }
                    return Value::dict(entries, false);
                }
                let (func, skip) = match made.args.pos.first().map(Value::plain) {
                    Some(Value::Func(func)) => (func, false),
                    Some(Value::Method(method)) => (method.1.clone(), true),
                    _ => return Value::unknown("the parameters of an unknown function"),
                };
                for (at, (name, default, annotation)) in self.parameters(&func).into_iter().enumerate() {
                    if skip && at == 0 {
                        continue;
                    }
                    let mut args = Args::default();
                    args.kw.push(("name".into(), Value::Str(name.clone())));
                    args.kw
                        .push(("default".into(), default.unwrap_or_else(|| Value::external("inspect._empty"))));
                    args.kw
                        .push(("annotation".into(), annotation.unwrap_or_else(|| Value::external("inspect._empty"))));
                    let kind = self
                        .machine
                        .program
                        .module(innermost(&func).module)
                        .function(innermost(&func).id)
                        .params
                        .get(at)
                        .map(|p| p.kind);
                    let kind = match kind {
                        Some(ParamKind::Rest) => "VAR_POSITIONAL",
                        Some(ParamKind::KwRest) => "VAR_KEYWORD",
                        Some(ParamKind::KeywordOnly) => "KEYWORD_ONLY",
                        _ => "POSITIONAL_OR_KEYWORD",
                    };
                    args.kw.push(("kind".into(), Value::external(format!("inspect.Parameter.{kind}"))));
                    entries.set(Value::Str(name), self.made("inspect.Parameter", args, None));
                }
                return Value::dict(entries, false);
            }
            ("partial", "func") => return made.args.pos.first().cloned().unwrap_or(Value::None),
            ("property" | "staticmethod" | "classmethod", "__func__" | "fget" | "func") => {
                return made.args.pos.first().cloned().unwrap_or(Value::None);
            }
            ("property" | "staticmethod" | "classmethod", "setter" | "getter" | "deleter") => return bound(object, name),
            ("property" | "staticmethod" | "classmethod", _) => {
                if let Some(inner) = made.args.pos.first() {
                    return self.get_attr(&inner.clone(), name);
                }
            }
            ("from_function", "fn") => return made.args.pos.first().cloned().unwrap_or(Value::None),
            ("from_function", "name") if made.args.kw("name").is_none() => {
                if let Some(inner) = made.args.pos.first() {
                    return self.get_attr(&inner.clone(), "__name__");
                }
            }
            _ => {}
        }
        if let Some(value) = made.args.kw(name) {
            return value.clone();
        }
        if let (Some(inner), "name" | "description") = (wrapped_tool(object), name) {
            return self.get_attr(&inner, if name == "name" { "__name__" } else { "__doc__" });
        }
        bound(object, name)
    }

    /// Whether an object has an attribute, when that is known.
    pub(in crate::py) fn has_attr(&mut self, object: &Value, name: &str) -> Option<bool> {
        match object.plain() {
            Value::Unknown(_) | Value::Bound(_) | Value::External(_) => None,
            Value::Made(made) if !matches!(made.name(), "property" | "staticmethod" | "classmethod" | "Parameter") => {
                if made.attrs.borrow().contains_key(name) || made.args.kw(name).is_some() {
                    Some(true)
                } else {
                    None
                }
            }
            Value::Instance(instance) => {
                if instance.attrs.borrow().contains_key(name) || class_lookup(&instance.class, name).is_some() {
                    return Some(true);
                }
                if instance.class.libraries.is_empty() {
                    Some(matches!(name, "__class__" | "__dict__" | "__doc__"))
                } else {
                    None
                }
            }
            Value::Class(class) => {
                if class_lookup(&class, name).is_some() {
                    return Some(true);
                }
                if class.libraries.is_empty() {
                    Some(name.starts_with("__"))
                } else {
                    None
                }
            }
            Value::Server(_) => Some(true),
            other => {
                let value = self.get_attr(&other, name);
                Some(!value.is_unknown())
            }
        }
    }

    /// Names of an object, sorted: what `dir()` gives, without what every object has.
    pub(in crate::py) fn dir(&mut self, object: &Value) -> Option<Vec<Rc<str>>> {
        fn class_names(class: &Rc<Class>, out: &mut Vec<Rc<str>>) {
            for one in lineage(class) {
                out.extend(one.attrs.borrow().keys().cloned());
            }
        }
        let mut names = Vec::new();
        match object.plain() {
            Value::Instance(instance) => {
                names.extend(instance.attrs.borrow().keys().cloned());
                class_names(&instance.class, &mut names);
            }
            Value::Class(class) => class_names(&class, &mut names),
            Value::Module(id) => {
                let globals = self.globals(id);
                names.extend(globals.vars.borrow().keys().cloned());
            }
            _ => return None,
        }
        names.sort();
        names.dedup();
        self.machine.afford(names.len()).then_some(names)
    }
}

/// The function that a wrapper says it wraps.
pub(in crate::py) fn wrapped(func: &Rc<Func>) -> Option<Rc<Func>> {
    match func.attrs.borrow().get("__wrapped__")? {
        Value::Func(inner) if !Rc::ptr_eq(inner, func) => Some(inner.clone()),
        Value::Method(method) => Some(method.1.clone()),
        _ => None,
    }
}

/// Through all wrappers.
pub(in crate::py) fn innermost(func: &Rc<Func>) -> Rc<Func> {
    let mut at = func.clone();
    for _ in 0..16 {
        match wrapped(&at) {
            Some(inner) => at = inner,
            None => break,
        }
    }
    at
}

pub(in crate::py) fn bound(object: &Value, name: &str) -> Value {
    Value::Bound(Rc::new((object.clone(), name.into())))
}

/// The function inside an object of a library's class for tools: `FunctionTool(run)`.
pub(in crate::py) fn wrapped_tool(value: &Value) -> Option<Value> {
    let Value::Made(made) = value else { return None };
    let path: &str = &made.path;
    let class = path.split('.').rev().take(2).any(|part| part.ends_with("Tool"));
    let func = made
        .args
        .arg(0, "func")
        .or_else(|| made.args.kw("fn"))
        .or_else(|| made.args.kw("function"))?;
    (class && matches!(func, Value::Func(_) | Value::Method(_))).then(|| func.clone())
}
