//! Follows constants, locals, and the program's own functions to what an expression is. Bounded by steps and depth; what it
//! cannot know is unknown with the reason, or open: it depends on the caller or on a loop.

use super::builtins;
use super::index::{Def, Index, Wrote, last_name};
use super::value::{Call, Env, Local, Val};
use hub_syntax::ir::{
    BinaryOp, ClassId, ExprId, ExprKind, FnId, Imported, Key, Language, MemberKind, Module, ParamKind, PatKind, Prop, StmtId, StmtKind,
    Sym, Try, UnaryOp,
};
use hub_syntax::{ModuleId, Program};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Deepest nesting of evaluations.
const MAX_DEPTH: usize = 400;
/// Deepest nesting of the program's own functions that are looked into.
const MAX_INLINED: usize = 6;
/// Most steps for one registration, so that one that is hard to follow does not use up those of the others.
const MAX_SITE_STEPS: u64 = 300_000;
/// Most elements of one list or object that are looked at.
const MAX_ELEMENTS: usize = 5_000;

/// Where an expression stands, and what is known of the names around it.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) module: ModuleId,
    pub(super) function: Option<FnId>,
    pub(super) env: Env,
}

pub(super) struct Eval<'a> {
    pub(super) program: &'a Program,
    pub(super) index: &'a Index,
    steps: Cell<u64>,
    /// Bytes of text that may still be put together.
    bytes: Cell<usize>,
    /// What is left of `MAX_SITE_STEPS`.
    site: Cell<u64>,
    depth: Cell<usize>,
    inlined: Cell<usize>,
    /// Values of package-level names.
    constants: RefCell<FxHashMap<(ModuleId, ExprId), Val>>,
    pub(super) starved: Cell<bool>,
}

impl<'a> Eval<'a> {
    pub(super) fn new(program: &'a Program, index: &'a Index, steps: u64, bytes: usize) -> Self {
        Self {
            program,
            index,
            steps: Cell::new(steps),
            bytes: Cell::new(bytes),
            site: Cell::new(MAX_SITE_STEPS),
            depth: Cell::new(0),
            inlined: Cell::new(0),
            constants: RefCell::default(),
            starved: Cell::new(false),
        }
    }

    /// A registration of its own begins.
    pub(super) fn new_site(&self) {
        self.site.set(MAX_SITE_STEPS);
    }

    pub(super) fn module(&self, id: ModuleId) -> &'a Module {
        self.program.module(id)
    }

    /// The place of an expression, nothing bound.
    pub(super) fn place(&self, module: ModuleId, id: ExprId) -> At {
        At {
            module,
            function: self.index.around(module, self.module(module).expr(id).span.start),
            env: Env::default(),
        }
    }

    pub(super) fn eval(&self, at: &At, id: ExprId) -> Val {
        if self.steps.get() == 0 || self.site.get() == 0 || self.depth.get() >= MAX_DEPTH {
            self.starved.set(self.starved.get() || self.steps.get() == 0);
            return Val::unknown("computed in more steps than are followed");
        }
        self.steps.set(self.steps.get() - 1);
        self.site.set(self.site.get() - 1);
        self.depth.set(self.depth.get() + 1);
        let value = self.eval_here(at, id);
        self.depth.set(self.depth.get() - 1);
        if let Val::Str(text) = &value
            && Rc::strong_count(text) == 1
        {
            let left = self.bytes.get().checked_sub(text.len());
            self.starved.set(self.starved.get() || left.is_none());
            match left {
                Some(left) => self.bytes.set(left),
                None => return Val::unknown("more text than is put together"),
            }
        }
        value
    }

    fn eval_here(&self, at: &At, id: ExprId) -> Val {
        let m = self.module(at.module);
        let all = |ids: &[ExprId]| -> Vec<Val> { ids.iter().take(MAX_ELEMENTS).map(|e| self.eval(at, *e)).collect() };
        match &m.expr(id).kind {
            ExprKind::Null | ExprKind::Undefined => Val::Null,
            ExprKind::Bool(b) => Val::Bool(*b),
            ExprKind::Number(n) => Val::Num(*n),
            ExprKind::Str(s) => Val::text(m.str(*s)),
            ExprKind::Template(parts) => join(&all(parts)),
            ExprKind::Ident(name) => self.name(at, *name, m.expr(id).span.start),
            ExprKind::This => self.this(at),
            ExprKind::Member { object, property } => self.member(at, *object, m.str(*property)),
            ExprKind::Index { object, index } => {
                let value = self.eval(at, *object);
                match self.eval(at, *index) {
                    Val::Str(key) if matches!(value, Val::Map(_) | Val::Call(_)) => value
                        .entry(&key)
                        .cloned()
                        .unwrap_or_else(|| Val::unknown("an entry that is not there")),
                    Val::Num(n) if n >= 0.0 => match &value {
                        Val::List(items) => items.get(n as usize).cloned().unwrap_or(Val::Null),
                        _ => value,
                    },
                    Val::Open(local) => Val::Open(local),
                    // A generic name: the name.
                    _ => value,
                }
            }
            ExprKind::Call { callee, args, new } => {
                let mut values = Vec::with_capacity(args.len());
                for arg in args.iter().take(MAX_ELEMENTS) {
                    let value = self.eval(at, arg.value);
                    let name = arg.name.map(|n| Rc::from(m.str(n)));
                    match value {
                        Val::List(items) if arg.spread => values.extend(items.iter().map(|v| (None, v.clone()))),
                        value => values.push((name, value)),
                    }
                }
                self.call(at, id, *callee, values, *new)
            }
            ExprKind::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items.iter().take(MAX_ELEMENTS) {
                    match (&m.expr(*item).kind, self.eval(at, *item)) {
                        (ExprKind::Spread(_), Val::List(inner)) => out.extend(inner.iter().cloned()),
                        (_, value) => out.push(value),
                    }
                }
                Val::List(Rc::new(out))
            }
            ExprKind::Spread(inner) => self.eval(at, *inner),
            ExprKind::Object(props) => self.object(at, props),
            ExprKind::Function(f) => Val::Function(at.module, *f, at.env.clone()),
            ExprKind::Class(c) => Val::Class(at.module, *c),
            ExprKind::Binary { op, left, right } => match op {
                BinaryOp::Add => match (self.eval(at, *left), self.eval(at, *right)) {
                    (Val::Num(a), Val::Num(b)) => Val::Num(a + b),
                    (Val::List(a), Val::List(b)) => Val::List(Rc::new(a.iter().chain(b.iter()).cloned().collect())),
                    (a, b) => join(&[a, b]),
                },
                BinaryOp::Nullish | BinaryOp::Or => match self.eval(at, *left) {
                    Val::Null | Val::Unknown(_) | Val::Name(_) => self.eval(at, *right),
                    known => known,
                },
                BinaryOp::Mul => match (self.eval(at, *left), self.eval(at, *right)) {
                    (Val::Num(a), Val::Num(b)) => Val::Num(a * b),
                    _ => Val::unknown("arithmetic"),
                },
                _ => Val::unknown("computed at run time"),
            },
            ExprKind::Unary { op, operand } => match (op, self.eval(at, *operand)) {
                (UnaryOp::Minus, Val::Num(n)) => Val::Num(-n),
                (UnaryOp::Not, Val::Bool(b)) => Val::Bool(!b),
                (_, Val::Open(local)) => Val::Open(local),
                _ => Val::unknown("computed at run time"),
            },
            ExprKind::Conditional { test, yes, no } => match self.eval(at, *test) {
                Val::Bool(true) => self.eval(at, *yes),
                Val::Bool(false) => self.eval(at, *no),
                _ => Val::unknown("it depends on a condition that is only known at run time"),
            },
            ExprKind::Await(inner) => self.eval(at, *inner),
            ExprKind::Assign { value, .. } => self.eval(at, *value),
            ExprKind::Unknown(_) => Val::unknown("computed at run time"),
            _ => Val::unknown("an expression that is not followed"),
        }
    }

    fn object(&self, at: &At, props: &[Prop]) -> Val {
        let m = self.module(at.module);
        let mut out: Vec<(Rc<str>, Val)> = Vec::with_capacity(props.len());
        for prop in props.iter().take(MAX_ELEMENTS) {
            match prop {
                Prop::KeyValue { key, value } => {
                    let key = match key {
                        Key::Name(name) => Rc::from(m.str(*name)),
                        Key::Computed(e) => match self.eval(at, *e) {
                            Val::Str(s) => s,
                            Val::Name(n) => n,
                            _ => continue,
                        },
                    };
                    let value = self.eval(at, *value);
                    set(&mut out, key, value);
                }
                Prop::Spread(e) => {
                    if let Val::Map(more) = self.eval(at, *e) {
                        for (k, v) in more.iter() {
                            set(&mut out, k.clone(), v.clone());
                        }
                    }
                }
                _ => {}
            }
        }
        Val::Map(Rc::new(out))
    }

    // ---- names ----

    fn name(&self, at: &At, sym: Sym, pos: u32) -> Val {
        let m = self.module(at.module);
        let name = m.str(sym);
        if matches!(name, "Self" | "self" | "static") && m.language != Language::Go && self.class_around(at).is_some() {
            return self.this(at);
        }
        let mut function = at.function;
        let mut own = true;
        while let Some(f) = function {
            let local = (at.module, Some(f), sym);
            let here = At {
                module: at.module,
                function: Some(f),
                env: at.env.clone(),
            };
            let upto = if own { pos } else { u32::MAX };
            if let Some(value) = at.env.get(local) {
                return self.apply_parts(&here, local, value.clone(), 0, upto);
            }
            if self.param_of(m, f, sym).is_some() {
                return Val::Open(local);
            }
            if let Some(value) = self.written(&here, local, upto) {
                return value;
            }
            function = m.function(f).parent;
            own = false;
        }
        if let Some(value) = at.env.get((at.module, None, sym)) {
            return value.clone();
        }
        if let Some(class) = self.class_around(at)
            && let Some(value) = self.static_member(at.module, class, name)
        {
            return value;
        }
        self.global(at.module, name)
    }

    fn param_of(&self, m: &Module, f: FnId, sym: Sym) -> Option<usize> {
        let is = |p: &hub_syntax::ir::Param| matches!(m.pat(p.pattern).kind, PatKind::Ident(s) if s == sym);
        m.function(f).params.iter().position(is)
    }

    /// The value a local has before `upto`: its last whole value, then the parts written since.
    fn written(&self, at: &At, local: Local, upto: u32) -> Option<Val> {
        let writes = self.index.writes(local.0, local.1, local.2);
        let whole =
            |w: &&super::index::Write| (w.at < upto || upto == u32::MAX) && !matches!(w.what, Wrote::Part { .. } | Wrote::Call { .. });
        let outermost = writes.iter().filter(whole).map(|w| w.depth).min()?;
        let last = writes.iter().filter(whole).rfind(|w| w.depth == outermost)?;
        let value = match last.what {
            Wrote::Whole(e) => self.eval(at, e),
            Wrote::Nth(e, n) => match self.eval(at, e) {
                Val::List(items) => items.get(n).cloned().unwrap_or_else(|| Val::unknown("one of several results")),
                value if n == 0 => value,
                Val::Open(local) => Val::Open(local),
                _ => Val::unknown("one of several results of a call"),
            },
            Wrote::Each(_) => return Some(Val::Open(local)),
            Wrote::Part { .. } | Wrote::Call { .. } => return None,
        };
        Some(self.apply_parts(at, local, value, last.at + 1, upto))
    }

    /// Writes to parts of a value between two places.
    fn apply_parts(&self, at: &At, local: Local, mut value: Val, from: u32, upto: u32) -> Val {
        for write in self.index.writes(local.0, local.1, local.2) {
            if write.at < from || write.at >= upto {
                continue;
            }
            match write.what {
                Wrote::Part { target, value: part } => {
                    if let Some(path) = self.path_of(at, target) {
                        let part = self.eval(at, part);
                        value = set_path(value, &path, part);
                    }
                }
                Wrote::Call { call, nth } => value = self.changed_by(at, value, call, nth),
                _ => {}
            }
        }
        value
    }

    /// The keys of `root.a["b"]`.
    fn path_of(&self, at: &At, target: ExprId) -> Option<Vec<Rc<str>>> {
        let m = self.module(at.module);
        let mut path = Vec::new();
        let mut id = target;
        loop {
            match &m.expr(id).kind {
                ExprKind::Ident(_) => break,
                ExprKind::Member { object, property } => {
                    path.push(Rc::from(m.str(*property)));
                    id = *object;
                }
                ExprKind::Index { object, index } => {
                    match self.eval(at, *index) {
                        Val::Str(s) => path.push(s),
                        _ => return None,
                    }
                    id = *object;
                }
                _ => return None,
            }
            if path.len() > 16 {
                return None;
            }
        }
        path.reverse();
        Some(path)
    }

    /// `f(x)` as a statement, where `f` is the program's own and writes to parts of what it is given.
    fn changed_by(&self, at: &At, value: Val, call: ExprId, nth: usize) -> Val {
        let m = self.module(at.module);
        let ExprKind::Call { callee, args, .. } = &m.expr(call).kind else {
            return value;
        };
        if !matches!(value, Val::Map(_) | Val::Call(_)) {
            return value;
        }
        let Val::Function(module, f, _) = self.eval(at, *callee) else {
            return value;
        };
        let target = self.module(module);
        let params: Vec<_> = target.function(f).params.iter().filter(|p| p.kind != ParamKind::Receiver).collect();
        let Some(PatKind::Ident(sym)) = params.get(nth).map(|p| &target.pat(p.pattern).kind) else {
            return value;
        };
        let mut bindings = Vec::new();
        for (i, param) in params.iter().enumerate() {
            if i != nth
                && let PatKind::Ident(name) = target.pat(param.pattern).kind
                && let Some(arg) = args.get(i)
            {
                bindings.push(((module, Some(f), name), self.eval(at, arg.value)));
            }
        }
        let inner = At {
            module,
            function: Some(f),
            env: Env::default().with(bindings),
        };
        self.apply_parts(&inner, (module, Some(f), *sym), value, 0, u32::MAX)
    }

    /// The class whose method this is, or whose body it stands in.
    pub(super) fn class_around(&self, at: &At) -> Option<ClassId> {
        let m = self.module(at.module);
        let mut function = at.function?;
        for _ in 0..64 {
            let f = m.function(function);
            if f.class.is_some() {
                return f.class;
            }
            function = f.parent?;
        }
        None
    }

    fn this(&self, at: &At) -> Val {
        match self.class_around(at) {
            Some(class) => Val::Class(at.module, class),
            None => Val::Name(Rc::from("self")),
        }
    }

    /// A constant or method of a class, over all its blocks.
    pub(super) fn static_member(&self, module: ModuleId, class: ClassId, name: &str) -> Option<Val> {
        let m = self.module(module);
        let mut blocks = vec![(module, m.class(class))];
        if let Some(own) = m.class(class).name {
            let others = self.index.classes(self.program, module, m.str(own));
            blocks.extend(others.into_iter().map(|(m, _, c)| (m, c)));
        }
        for (module, class) in blocks {
            let m = self.module(module);
            for member in &class.members {
                if super::index::member_name(m, member.key) != name {
                    continue;
                }
                match &member.kind {
                    MemberKind::Field { value: Some(value), .. } => {
                        let at = At {
                            module,
                            function: None,
                            env: Env::default(),
                        };
                        // A field may name its neighbours.
                        return Some(self.in_class(&at, class, *value));
                    }
                    MemberKind::Method(f) => return Some(Val::Function(module, *f, Env::default())),
                    _ => {}
                }
            }
        }
        None
    }

    /// An expression of a class body, whose names may be its fields.
    pub(super) fn in_class(&self, at: &At, class: &hub_syntax::ir::Class, id: ExprId) -> Val {
        let m = self.module(at.module);
        let mut bindings = Vec::new();
        let mut names = Vec::new();
        collect_names(m, id, &mut names, 0);
        for name in names {
            let field = class.members.iter().find_map(|member| match (&member.kind, member.key) {
                (MemberKind::Field { value: Some(v), .. }, Key::Name(n)) if n == name && *v != id => Some(*v),
                _ => None,
            });
            if let Some(value) = field {
                bindings.push((name, value));
            }
        }
        if bindings.is_empty() {
            return self.eval(at, id);
        }
        // Constants of one class refer to each other in few steps.
        let values = bindings
            .into_iter()
            .map(|(name, value)| ((at.module, at.function, name), self.in_class_once(at, class, value)))
            .collect();
        let inner = At {
            env: at.env.with(values),
            ..at.clone()
        };
        self.eval(&inner, id)
    }

    fn in_class_once(&self, at: &At, class: &hub_syntax::ir::Class, id: ExprId) -> Val {
        if self.depth.get() >= 64 {
            return Val::unknown("constants that refer to each other too often");
        }
        self.depth.set(self.depth.get() + 4);
        let value = self.in_class(at, class, id);
        self.depth.set(self.depth.get() - 4);
        value
    }

    /// A name of the module's package, of an import, or from outside.
    pub(super) fn global(&self, module: ModuleId, name: &str) -> Val {
        let m = self.module(module);
        if let Some(def) = self.index.find(module, name).first()
            && !self.is_of_the_sdk(module, *def)
        {
            return self.def(*def);
        }
        for import in &m.imports {
            for local in &import.names {
                if m.str(local.local) == name && local.imported == Imported::Namespace {
                    return Val::Name(Rc::from(m.str(import.specifier)));
                }
            }
        }
        Val::Name(Rc::from(name))
    }

    /// A class of the official SDK for Java, whose source lies in the tree as well, used by what is built on it: it is known by its
    /// documented interface.
    fn is_of_the_sdk(&self, from: ModuleId, def: Def) -> bool {
        const PACKAGES: &[&str] = &["spec", "server", "json", "util", "common"];
        let of_sdk = |id: ModuleId| {
            let m = self.module(id);
            let inside = m.path.as_str().split_once("io/modelcontextprotocol/").map(|(_, inside)| inside);
            m.language == Language::Java
                && inside.is_some_and(|i| PACKAGES.iter().any(|p| i.strip_prefix(p).is_some_and(|r| r.starts_with('/'))))
        };
        matches!(def, Def::Class(module, _) if of_sdk(module)) && !of_sdk(from)
    }

    fn def(&self, def: Def) -> Val {
        match def {
            Def::Const(module, e) => {
                if let Some(known) = self.constants.borrow().get(&(module, e)) {
                    return known.clone();
                }
                // One that is made of itself.
                let itself = Val::unknown("a constant that refers to itself");
                self.constants.borrow_mut().insert((module, e), itself);
                let at = At {
                    module,
                    function: None,
                    env: Env::default(),
                };
                let value = self.eval(&at, e);
                self.constants.borrow_mut().insert((module, e), value.clone());
                value
            }
            Def::Function(m, f) => Val::Function(m, f, Env::default()),
            Def::Class(m, c) => Val::Class(m, c),
            Def::Alias(m, e) => match last_name(self.module(m), e) {
                Some(name) => Val::Name(Rc::from(name)),
                None => Val::unknown("a type"),
            },
        }
    }

    fn member(&self, at: &At, object: ExprId, property: &str) -> Val {
        let value = self.eval(at, object);
        self.get(at, &value, property)
    }

    /// `value.property`.
    pub(super) fn get(&self, at: &At, value: &Val, property: &str) -> Val {
        match value {
            Val::Open(local) => {
                // A method of the type that the parameter is declared with.
                if let Some(method) = self.method_of_local(*local, property) {
                    return method;
                }
                Val::Open(*local)
            }
            Val::Map(_) => value
                .entry(property)
                .cloned()
                .unwrap_or_else(|| Val::unknown("an entry that is not there")),
            Val::Call(call) => match (value.entry(property), call.class) {
                (Some(found), _) => found.clone(),
                (None, Some((module, class))) => self
                    .static_member(module, class, property)
                    .unwrap_or_else(|| Val::unknown("a field that is set at run time")),
                (None, None) => Val::unknown("a field of a value from outside"),
            },
            Val::Class(module, class) => {
                if let Some(found) = self.static_member(*module, *class, property) {
                    return found;
                }
                let m = self.module(*module);
                let c = m.class(*class);
                let name = c.name.map_or("", |n| m.str(n));
                if c.keywords.iter().any(|(k, _)| m.str(*k) == "enum") {
                    return Val::text(property);
                }
                Val::Name(Rc::from(format!("{name}.{property}")))
            }
            Val::Name(name) => {
                let go = self.module(at.module).language == Language::Go;
                if go && let Some(folder) = self.index.folder_of(name) {
                    if let Some(def) = self.index.find_in_folder(folder, property).first() {
                        return self.def(*def);
                    }
                } else if !go
                    && let Some(def) = self.index.find(at.module, property).first()
                    // `crate::texts::NAME`, `Texts.NAME` whose holder is only a module.
                    && matches!(def, Def::Const(..) | Def::Function(..) | Def::Class(..))
                    && self.index.is_module(name)
                {
                    return self.def(*def);
                }
                Val::Name(Rc::from(format!("{name}.{property}")))
            }
            Val::Str(_) | Val::Num(_) | Val::Bool(_) | Val::List(_) => Val::unknown("a property of a value"),
            Val::Function(..) => Val::unknown("a property of a function"),
            Val::Null => Val::Null,
            Val::Unknown(why) => Val::Unknown(why.clone()),
        }
    }

    fn method_of_local(&self, local: Local, method: &str) -> Option<Val> {
        let m = self.module(local.0);
        let f = local.1?;
        let index = self.param_of(m, f, local.2)?;
        let ty = m.function(f).params[index].annotation?;
        let name = last_name(m, ty)?;
        let (module, class, _) = self.index.classes(self.program, local.0, name).into_iter().next()?;
        match self.static_member(module, class, method)? {
            function @ Val::Function(..) => Some(function),
            _ => None,
        }
    }

    // ---- calls ----

    fn call(&self, at: &At, id: ExprId, callee: ExprId, args: Vec<(Option<Rc<str>>, Val)>, new: bool) -> Val {
        let m = self.module(at.module);
        let mut types = Vec::new();
        let mut target = callee;
        if let ExprKind::Index { object, index } = &m.expr(callee).kind {
            target = *object;
            match &m.expr(*index).kind {
                ExprKind::Array(all) => types.extend(all.iter().map(|e| (at.module, *e))),
                _ => types.push((at.module, *index)),
            }
        }
        let made = |name: Rc<str>, on: Option<Val>, args, class| {
            Val::Call(Rc::new(Call {
                name,
                on,
                types: types.clone(),
                args,
                new,
                at: (at.module, m.expr(id).span),
                class,
            }))
        };
        // A method of a value.
        if let ExprKind::Member { object, property } = &m.expr(target).kind {
            let property = m.str(*property);
            let on = self.eval(at, *object);
            if let Some(folded) = builtins::method(&on, property, &args) {
                return folded;
            }
            return match self.get(at, &on, property) {
                Val::Function(module, f, env) => self.inline(module, f, env, args),
                Val::Class(module, class) => made(Rc::from(property), None, args, Some((module, class))),
                Val::Name(name) => builtins::function(&name, &args).unwrap_or_else(|| made(name, None, args, None)),
                Val::Open(local) if !matches!(on, Val::Call(_)) => with_default(&args).unwrap_or(Val::Open(local)),
                _ => made(Rc::from(property), Some(on), args, None),
            };
        }
        match self.eval(at, target) {
            Val::Function(module, f, env) => self.inline(module, f, env, args),
            Val::Class(module, class) => {
                let m = self.module(module);
                let name = m.class(class).name.map_or("", |n| m.str(n));
                made(Rc::from(name), None, args, Some((module, class)))
            }
            Val::Name(name) => builtins::function(&name, &args).unwrap_or_else(|| made(name, None, args, None)),
            Val::Open(local) => with_default(&args).unwrap_or(Val::Open(local)),
            _ => match last_name(m, target) {
                Some(name) => made(Rc::from(name), None, args, None),
                // `new() { … }`: the type is told elsewhere.
                None if new => made(Rc::from(""), None, args, None),
                None => Val::unknown("a call of a computed function"),
            },
        }
    }

    /// What a function of the program gives for these arguments.
    fn inline(&self, module: ModuleId, f: FnId, env: Env, args: Vec<(Option<Rc<str>>, Val)>) -> Val {
        if self.inlined.get() >= MAX_INLINED {
            return Val::unknown("functions that call each other more deeply than is followed");
        }
        self.inlined.set(self.inlined.get() + 1);
        let value = self.inline_here(module, f, env, args);
        self.inlined.set(self.inlined.get() - 1);
        value
    }

    fn inline_here(&self, module: ModuleId, f: FnId, env: Env, args: Vec<(Option<Rc<str>>, Val)>) -> Val {
        let m = self.module(module);
        let function = m.function(f);
        let mut bindings = Vec::new();
        let mut given = args.iter().filter(|(name, _)| name.is_none()).map(|(_, v)| v.clone());
        for param in function.params.iter().filter(|p| p.kind != ParamKind::Receiver) {
            let PatKind::Ident(name) = m.pat(param.pattern).kind else {
                given.next();
                continue;
            };
            let by_name = args.iter().find(|(n, _)| n.as_deref() == Some(m.str(name))).map(|(_, v)| v.clone());
            let value = match (by_name, param.kind) {
                (Some(value), _) => Some(value),
                (None, ParamKind::Rest) => Some(Val::List(Rc::new(given.by_ref().collect()))),
                (None, ParamKind::KwRest) => None,
                (None, _) => given.next(),
            };
            let value = value.or_else(|| {
                let at = At {
                    module,
                    function: Some(f),
                    env: env.clone(),
                };
                param.default.map(|d| self.eval(&at, d))
            });
            bindings.push(((module, Some(f), name), value.unwrap_or(Val::Null)));
        }
        let at = At {
            module,
            function: Some(f),
            env: env.with(bindings),
        };
        let mut returns = Vec::new();
        returned(m, &function.body, &mut returns);
        let mut best = Val::unknown("the result of a function that returns nothing known");
        for value in returns.into_iter().rev() {
            match self.eval(&at, value) {
                Val::Unknown(why) => best = Val::Unknown(why),
                Val::Null => {}
                known => return known,
            }
        }
        best
    }
}

/// The values that a body returns, in order.
pub(super) fn returned(m: &Module, body: &[StmtId], out: &mut Vec<ExprId>) {
    let mut todo: Vec<StmtId> = body.iter().rev().copied().collect();
    while let Some(stmt) = todo.pop() {
        let mut push = |block: &[StmtId]| todo.extend(block.iter().rev());
        match &m.stmt(stmt).kind {
            StmtKind::Return(Some(value)) => out.push(*value),
            StmtKind::If { then, otherwise, .. } => {
                push(otherwise);
                push(then);
            }
            StmtKind::Loop(l) => push(&l.body),
            StmtKind::ForEach(l) => push(&l.body),
            StmtKind::With { body, .. } => push(body),
            StmtKind::Block(b) => push(b),
            StmtKind::Try(attempt) => {
                let Try { body, finally, .. } = &**attempt;
                push(finally);
                push(body);
            }
            StmtKind::Switch { cases, .. } => {
                for c in cases.iter().rev() {
                    push(&c.body);
                }
            }
            _ => {}
        }
    }
}

/// Texts put together; open or unknown where a part is.
pub(super) fn join(parts: &[Val]) -> Val {
    let mut out = String::new();
    let mut not_known = None;
    for part in parts {
        match part {
            Val::Str(s) => out.push_str(s),
            Val::Num(n) => out.push_str(&n.to_string()),
            Val::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Val::Open(local) => return Val::Open(*local),
            Val::Unknown(why) => not_known = Some(why.clone()),
            Val::Name(name) => not_known = Some(Rc::from(format!("made with `{name}` at run time"))),
            _ => not_known = Some(Rc::from("put together at run time")),
        }
        if out.len() > 1 << 20 {
            return Val::unknown("a text longer than is put together");
        }
    }
    match not_known {
        Some(why) => Val::Unknown(why),
        None => Val::text(out),
    }
}

fn set(entries: &mut Vec<(Rc<str>, Val)>, key: Rc<str>, value: Val) {
    match entries.iter_mut().find(|(k, _)| *k == key) {
        Some(entry) => entry.1 = value,
        None => entries.push((key, value)),
    }
}

fn set_path(value: Val, path: &[Rc<str>], part: Val) -> Val {
    let Some((first, rest)) = path.split_first() else { return part };
    match value {
        Val::Map(entries) => {
            let mut entries = (*entries).clone();
            let old = entries.iter().find(|(k, _)| k == first).map(|(_, v)| v.clone());
            let new = set_path(old.unwrap_or_else(|| Val::Map(Rc::default())), rest, part);
            set(&mut entries, first.clone(), new);
            Val::Map(Rc::new(entries))
        }
        Val::Call(call) => {
            let mut call = (*call).clone();
            match call.args.last_mut() {
                Some((None, map @ Val::Map(_))) => *map = set_path(map.clone(), path, part),
                _ => call.args.push((Some(first.clone()), part)),
            }
            Val::Call(Rc::new(call))
        }
        Val::Null => set_path(Val::Map(Rc::default()), path, part),
        other => other,
    }
}

/// Names used in an expression, not deeply.
fn collect_names(m: &Module, id: ExprId, out: &mut Vec<Sym>, depth: usize) {
    if depth > 32 || out.len() > 64 {
        return;
    }
    let mut go = |ids: &[ExprId]| ids.iter().for_each(|i| collect_names(m, *i, out, depth + 1));
    match &m.expr(id).kind {
        ExprKind::Ident(name) => out.push(*name),
        ExprKind::Template(parts) | ExprKind::Array(parts) => go(parts),
        ExprKind::Binary { left, right, .. } => go(&[*left, *right]),
        ExprKind::Member { object, .. } => go(&[*object]),
        ExprKind::Call { callee, args, .. } => {
            go(&[*callee]);
            let values: Vec<ExprId> = args.iter().map(|a| a.value).collect();
            go(&values);
        }
        _ => {}
    }
}

/// A look-up by key with a text for when there is none: `t("TOOL_DESCRIPTION", "Does it.")`.
fn with_default(args: &[(Option<Rc<str>>, Val)]) -> Option<Val> {
    match args {
        [(_, Val::Str(key)), (_, Val::Str(default))] if is_key(key) => Some(Val::Str(default.clone())),
        [(_, Val::Open(_) | Val::Unknown(_)), (_, Val::Str(default))] if default.contains(' ') => Some(Val::Str(default.clone())),
        _ => None,
    }
}

/// `TOOL_GET_ME_DESCRIPTION`, `tools.get.description`: the key of a table of texts.
fn is_key(text: &str) -> bool {
    text.len() > 3 && text.contains(['_', '.']) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}
