//! Classes: their definition, instances, fields and bases.

use super::super::server::{self, Server};
use super::run::{Frame, Interp};
use super::value::{Args, Class, Entries, Env, Func, Instance, Made, Name, Value, last};
use hub_engine::eval::{Dialect as _, stmt};
use hub_syntax::ModuleId;
use hub_syntax::ir::{ClassId, ExprId, Key, MemberKind};
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Most classes that one class is seen to build on.
const MAX_ANCESTORS: usize = 64;
/// What a class takes, without its members.
const CLASS_BYTES: usize = 600;

impl Interp<'_> {
    pub(in crate::py) fn define_class(&mut self, frame: &mut Frame, id: ClassId) -> Value {
        let module = self.machine.program.module(frame.module);
        let class = module.class(id);
        let bases: Vec<Value> = class.bases.iter().map(|base| self.eval(frame, *base)).collect();
        let env = if Rc::ptr_eq(&frame.env, &frame.globals) {
            None
        } else {
            Some(frame.env.clone())
        };
        let mut fields: Vec<(Name, ExprId)> = Vec::new();
        for member in &class.members {
            if let (
                Key::Name(name),
                MemberKind::Field {
                    annotation: Some(annotation),
                    ..
                },
            ) = (member.key, &member.kind)
            {
                fields.push((self.machine.name(frame.module, name), *annotation));
            }
        }
        let (ancestors, libraries) = (ancestors_of(&bases), libraries_of(&bases));
        // Said once, where the limit is reached, and not of all that build on that.
        let is_cut = |base: &Value| matches!(base, Value::Class(base) if base.ancestors.len() >= MAX_ANCESTORS);
        if ancestors.len() >= MAX_ANCESTORS && !bases.iter().any(is_cut) {
            self.gap(frame.module, class.span, "a class", "it builds on more classes than are followed");
        }
        let size = ancestors.len() + libraries.len() + class.members.len() * 8;
        if !self.machine.build(CLASS_BYTES + size * size_of::<usize>()) {
            return self.spent();
        }
        let made = Rc::new(Class {
            module: frame.module,
            id,
            env,
            bases,
            ancestors,
            libraries,
            attrs: RefCell::default(),
            fields,
            dataclass: Cell::new(false),
            subclasses: RefCell::default(),
        });
        self.classes.push(Rc::downgrade(&made));
        let value = Value::Class(made.clone());
        let enumeration = is_enum(&made);
        let scope = Rc::new(Env {
            parent: Some(frame.env.clone()),
            ..Env::default()
        });
        let mut inner = Frame::new(frame.module, scope, frame.globals.clone(), None);
        inner.maybe = frame.maybe;
        for member in &class.members {
            let Key::Name(name) = member.key else { continue };
            let name = self.machine.name(frame.module, name);
            let attr = match &member.kind {
                MemberKind::Method(function) | MemberKind::Getter(function) => {
                    // Methods do not see the names of the class body, decorators and defaults do.
                    let method = self.define_function(&mut inner, *function, Some(&made));
                    let method = self.outside_class_body(method, frame);
                    if let (MemberKind::Getter(_), Value::Func(_)) = (&member.kind, &method) {
                        self.made("property", Args::of(vec![method]), None)
                    } else {
                        method
                    }
                }
                MemberKind::Setter(_) => continue,
                MemberKind::Field { value: Some(value), .. } => {
                    let value = self.eval(&mut inner, *value);
                    if enumeration && !matches!(value, Value::Class(_)) {
                        let instance = Instance {
                            class: made.clone(),
                            attrs: RefCell::default(),
                            server: RefCell::default(),
                        };
                        instance.attrs.borrow_mut().insert("name".into(), Value::Str(name.clone()));
                        instance.attrs.borrow_mut().insert("value".into(), value.clone());
                        instance.attrs.borrow_mut().insert("_value_".into(), value);
                        Value::Instance(Rc::new(instance))
                    } else {
                        value
                    }
                }
                MemberKind::Field { value: None, .. } => continue,
                MemberKind::Block(block) => {
                    stmt::block(self, &mut inner, block);
                    let vars: Vec<(Name, Value)> = inner.env.vars.borrow().iter().map(|(n, v)| (n.clone(), v.clone())).collect();
                    for (name, value) in vars {
                        if made.get(&name).is_none() {
                            made.set(name, value);
                        }
                    }
                    continue;
                }
            };
            inner.env.vars.borrow_mut().insert(name.clone(), attr.clone());
            made.set(name, attr);
        }
        for base in &made.bases {
            if let Value::Class(base) = base.plain() {
                base.subclasses.borrow_mut().push(value.clone());
                if let Some((Value::Func(hook), _)) = class_lookup(&base, "__init_subclass__") {
                    let mut args = Args::of(vec![value.clone()]);
                    for (name, keyword) in &class.keywords {
                        let keyword = self.eval(frame, *keyword);
                        args.kw.push((self.machine.name(frame.module, *name), keyword));
                    }
                    self.call_func(&hook, args);
                } else if let Some((Value::Made(hook), _)) = class_lookup(&base, "__init_subclass__")
                    && let Some(Value::Func(hook)) = hook.args.pos.first()
                {
                    self.call_func(hook, Args::of(vec![value.clone()]));
                }
            }
        }
        let mut result = value;
        for decorator in class.decorators.iter().rev() {
            let with = self.eval(frame, *decorator);
            result = self.decorate(&with, result, Some((frame.module, *decorator)));
        }
        result
    }

    /// The same function with the scope around its class as closure.
    fn outside_class_body(&mut self, value: Value, frame: &Frame) -> Value {
        let Value::Func(func) = &value else { return value };
        let env = if Rc::ptr_eq(&frame.env, &frame.globals) {
            None
        } else {
            Some(frame.env.clone())
        };
        if func.env.as_ref().is_none_or(|e| env.as_ref().is_some_and(|o| Rc::ptr_eq(e, o))) {
            return value;
        }
        // Only a function of this very class body; a decorator may have put another in its place.
        if func
            .env
            .as_ref()
            .and_then(|e| e.parent.as_ref())
            .is_none_or(|p| !Rc::ptr_eq(p, &frame.env))
        {
            return value;
        }
        Value::Func(Rc::new(Func {
            module: func.module,
            id: func.id,
            env,
            class: RefCell::new(func.class.borrow().clone()),
            defaults: func.defaults.clone(),
            attrs: RefCell::new(func.attrs.borrow().clone()),
        }))
    }

    pub(super) fn instantiate(&mut self, class: &Rc<Class>, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        if is_enum(class) {
            let wanted = args.pos.first().cloned().unwrap_or_else(|| Value::unknown("no value"));
            for (_, member) in class.attrs.borrow().iter() {
                if let Value::Instance(instance) = member
                    && instance
                        .attrs
                        .borrow()
                        .get("_value_")
                        .is_some_and(|v| v.same(&wanted.plain()) == Some(true))
                {
                    return member.clone();
                }
            }
            return Value::unknown("a member of an enum");
        }
        let bases = &class.libraries;
        if bases.iter().any(|base| last(base) == "TypedDict") {
            let mut entries = Entries::default();
            for (name, value) in args.kw {
                entries.set(Value::Str(name), value);
            }
            return Value::dict(entries, args.open);
        }
        if !self.machine.build(CLASS_BYTES) {
            return self.spent();
        }
        let instance = Rc::new(Instance {
            class: class.clone(),
            attrs: RefCell::default(),
            server: RefCell::default(),
        });
        let value = Value::Instance(instance.clone());
        if let Some(kind) = bases.iter().find_map(|base| server::kind_of(base)) {
            let server = Rc::new(Server::new(kind, at));
            self.servers.push(server.clone());
            *instance.server.borrow_mut() = Some(server);
        }
        match class_lookup(class, "__init__") {
            Some((Value::Func(init), _)) => {
                let mut args = args;
                args.pos.insert(0, value.clone());
                self.call_func(&init, args);
            }
            _ => self.library_init(&value, args),
        }
        value
    }

    /// What the constructor of a library's base class does: a server, a dataclass, a model.
    pub(in crate::py) fn library_init(&mut self, this: &Value, args: Args) {
        let Value::Instance(instance) = this else { return };
        if let Some(server) = instance.server.borrow().clone() {
            self.init_server(&server, &args);
            return;
        }
        let bases = &instance.class.libraries;
        let settings = bases.iter().any(|base| last(base) == "BaseSettings");
        let by_fields = settings
            || is_dataclass(&instance.class)
            || bases
                .iter()
                .any(|base| matches!(last(base), "BaseModel" | "NamedTuple" | "RootModel" | "Tool" | "Struct"));
        if !by_fields {
            for (name, value) in args.kw {
                instance.attrs.borrow_mut().insert(name, value);
            }
            return;
        }
        let fields = all_fields(&instance.class);
        if !self.machine.afford(fields.len()) {
            return;
        }
        let mut pos = args.pos.into_iter();
        let by_name: FxHashMap<&Name, &Value> = args.kw.iter().rev().map(|(name, value)| (name, value)).collect();
        for (name, owner) in fields {
            let given = by_name.get(&name).map(|value| (*value).clone()).or_else(|| pos.next());
            let value = match given {
                Some(value) => value,
                None => {
                    let value = match owner.get(&name) {
                        Some(Value::Made(field)) if matches!(field.name(), "Field" | "field" | "PrivateAttr") => self.field_default(&field),
                        Some(value) => value,
                        None if args.open || settings => Value::unknown("a field that is filled at run time"),
                        None => continue,
                    };
                    if settings { Value::likely(value) } else { value }
                }
            };
            instance.attrs.borrow_mut().insert(name, value);
        }
        for (name, value) in args.kw {
            instance.attrs.borrow_mut().entry(name).or_insert(value);
        }
        for hook in ["__post_init__", "model_post_init"] {
            if class_lookup(&instance.class, hook).is_some() {
                self.call_method(this, hook, Args::default());
            }
        }
    }

    fn field_default(&mut self, field: &Rc<Made>) -> Value {
        if let Some(value) = field.args.kw("default") {
            return value.clone();
        }
        if let Some(factory) = field.args.kw("default_factory") {
            return self.call(&factory.clone(), Args::default(), None);
        }
        match field.args.pos.first() {
            Some(Value::Ellipsis) | None => Value::unknown("a field that is filled at run time"),
            Some(value) => value.clone(),
        }
    }
}

/// A class with `Enum` among its bases.
pub(in crate::py) fn is_enum(class: &Class) -> bool {
    let mut libraries = class.libraries.iter();
    libraries.any(|base| matches!(last(base), "Enum" | "StrEnum" | "IntEnum" | "Flag" | "IntFlag"))
}

/// `@dataclass` on the class or on one it builds on.
pub(in crate::py) fn is_dataclass(class: &Class) -> bool {
    class.dataclass.get() || class.ancestors.iter().any(|base| base.dataclass.get())
}

/// Whether a class is another or builds on it.
pub(super) fn is_subclass(class: &Rc<Class>, of: &Rc<Class>) -> bool {
    lineage(class).any(|one| Rc::ptr_eq(one, of))
}

/// Annotated fields in order, those of base classes first, each with the class that declares it last.
pub(in crate::py) fn all_fields(class: &Rc<Class>) -> IndexMap<Name, Rc<Class>, FxBuildHasher> {
    let mut out = IndexMap::default();
    for owner in class.ancestors.iter().rev().chain([class]) {
        out.extend(owner.fields.iter().map(|(name, _)| (name.clone(), owner.clone())));
    }
    out
}

/// A name of a class or of the classes it builds on, with the class that has it.
pub(in crate::py) fn class_lookup(class: &Rc<Class>, name: &str) -> Option<(Value, Rc<Class>)> {
    lineage(class).find_map(|one| Some((one.get(name)?, one.clone())))
}

/// A class and the classes it builds on, in the order in which attributes are looked up.
pub(super) fn lineage(class: &Rc<Class>) -> impl Iterator<Item = &Rc<Class>> {
    [class].into_iter().chain(&class.ancestors)
}

/// What `class C(bases)` looks names up in, after itself: each base followed by what it builds on, and what several of them build
/// on after all of these.
fn ancestors_of(bases: &[Value]) -> Vec<Rc<Class>> {
    let mut all: Vec<Rc<Class>> = Vec::new();
    for base in bases.iter().take(MAX_ANCESTORS) {
        if let Value::Class(base) = origin(base) {
            all.push(base.clone());
            all.extend(base.ancestors.iter().cloned());
        }
    }
    let mut seen: FxHashSet<*const Class> = FxHashSet::default();
    all.reverse();
    all.retain(|class| seen.insert(Rc::as_ptr(class)));
    all.reverse();
    all.truncate(MAX_ANCESTORS);
    all
}

/// The library classes behind base classes.
fn libraries_of(bases: &[Value]) -> Vec<Rc<str>> {
    let mut out: Vec<Rc<str>> = Vec::new();
    let mut add = |path: &Rc<str>| {
        if out.len() < MAX_ANCESTORS && !out.contains(path) {
            out.push(path.clone());
        }
    };
    for base in bases.iter().take(MAX_ANCESTORS) {
        match origin(base) {
            Value::External(path) => add(&path),
            Value::Class(base) => base.libraries.iter().for_each(&mut add),
            Value::Made(made) if made.name() == "namedtuple" => add(&"typing.NamedTuple".into()),
            _ => {}
        }
    }
    out
}

/// `C` of `C[int]`.
fn origin(base: &Value) -> Value {
    match base.plain() {
        Value::Generic(generic) => generic.0.clone(),
        other => other,
    }
}
