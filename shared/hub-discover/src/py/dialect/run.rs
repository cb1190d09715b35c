//! The state of a run of a Python program: its modules, variables and imports, and what is believed where a condition is not known.
//!
//! Registering a tool is an effect of running code, so the code is run, on values that may be unknown. Where a condition is
//! unknown both branches are taken, so that what depends on the environment is found as well; where the number of rounds is
//! unknown there is one.

use super::super::server::Server;
use super::class::class_lookup;
use super::value::{Class, Env, Func, Name, Value};
use crate::files::Files;
use hub_engine::eval::{Condition, Machine, stmt};
use hub_model::{Budget, Gap, Snapshot};
use hub_syntax::ir::{Block, ExprId, Imported, Span, Sym};
use hub_syntax::{ModuleId, Program, PyResolver, PyTarget};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::{Rc, Weak};

/// Deepest nesting of calls.
pub(in crate::py) const MAX_CALLS: usize = 40;
/// Deepest chain of imports.
const MAX_IMPORTS: usize = 250;
pub(in crate::py) type Flow = hub_engine::eval::Flow<Value>;

/// The condition of an `if`, and what it is unless the environment says otherwise.
pub(in crate::py) type Test = (ExprId, Option<bool>);

/// A variable assigned in a branch, and what it was before.
type Assigned = (Rc<Env>, Name, Option<Value>);

/// A running function or module body.
pub(in crate::py) struct Frame {
    pub(in crate::py) module: ModuleId,
    pub(in crate::py) env: Rc<Env>,
    pub(in crate::py) globals: Rc<Env>,
    /// Number of unknown conditions around: assignments keep what was there before as an alternative.
    pub(in crate::py) maybe: u32,
    /// What may have been returned on the way.
    pub(in crate::py) returns: Vec<Value>,
    pub(in crate::py) yields: Vec<Value>,
    pub(in crate::py) func: Option<Rc<Func>>,
}

impl Frame {
    /// Code of a module that runs on variables, none of them in doubt.
    pub(in crate::py) fn new(module: ModuleId, env: Rc<Env>, globals: Rc<Env>, func: Option<Rc<Func>>) -> Self {
        Self {
            module,
            env,
            globals,
            maybe: 0,
            returns: Vec::new(),
            yields: Vec::new(),
            func,
        }
    }
}

pub(in crate::py) struct Interp<'a> {
    pub(in crate::py) machine: Machine<'a>,
    pub(in crate::py) snapshot: &'a Snapshot,
    pub(in crate::py) files: Files<'a>,
    pub(in crate::py) resolver: PyResolver,
    envs: FxHashMap<ModuleId, Rc<Env>>,
    /// Classes that were defined.
    pub(super) classes: Vec<Weak<Class>>,
    /// Modules whose body has started to run.
    pub(in crate::py) loaded: FxHashSet<ModuleId>,
    /// The module that runs as a script.
    pub(in crate::py) main: Option<ModuleId>,
    /// Functions that a server calls when it starts, with that server.
    pub(in crate::py) lifespans: Vec<(Value, Value)>,
    imports: usize,
    pub(in crate::py) servers: Vec<Rc<Server>>,
    pub(in crate::py) gaps: Vec<Gap>,
    /// Variables assigned in each of the branches around, with what they were before.
    logs: Vec<Vec<Assigned>>,
}

/// Functions hold the variables around them, which hold the functions; classes and their methods likewise. Taken apart here, all of
/// it goes before the next stage begins.
impl Drop for Interp<'_> {
    fn drop(&mut self) {
        for env in self.envs.values() {
            env.vars.take();
        }
        for class in self.classes.iter().filter_map(Weak::upgrade) {
            class.attrs.take();
            class.subclasses.take();
        }
    }
}

impl<'a> Interp<'a> {
    pub(in crate::py) fn new(program: &'a Program, snapshot: &'a Snapshot, budget: &Budget) -> Self {
        Self {
            machine: Machine::new(program, budget),
            snapshot,
            files: Files::new(snapshot),
            resolver: PyResolver::new(program),
            envs: FxHashMap::default(),
            classes: Vec::new(),
            loaded: FxHashSet::default(),
            main: None,
            lifespans: Vec::new(),
            imports: 0,
            servers: Vec::new(),
            gaps: Vec::new(),
            logs: Vec::new(),
        }
    }

    pub(in crate::py) fn text(&self, module: ModuleId, sym: Sym) -> &'a str {
        self.machine.program.module(module).str(sym)
    }

    pub(in crate::py) fn gap(&mut self, module: ModuleId, span: Span, what: &str, reason: &str) {
        const MAX: usize = 200;
        let at = self.machine.program.module(module).location(span);
        if self.gaps.len() < MAX && !self.gaps.iter().any(|gap| gap.at == at) {
            self.gaps.push(Gap {
                at,
                what: what.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }

    /// The variables of a module.
    pub(in crate::py) fn globals(&mut self, module: ModuleId) -> Rc<Env> {
        self.envs.entry(module).or_default().clone()
    }

    /// Runs a module's body, after those of the packages around it, unless it has started already.
    pub(in crate::py) fn load(&mut self, module: ModuleId) {
        if self.loaded.contains(&module) || self.imports >= MAX_IMPORTS {
            return;
        }
        self.imports += 1;
        let path = self.machine.program.module(module).path.as_str();
        let mut dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let mut around = Vec::new();
        while let Some(package) = self
            .machine
            .program
            .find_path(&format!("{dir}{}__init__.py", if dir.is_empty() { "" } else { "/" }))
        {
            around.push(package);
            let Some((up, _)) = dir.rsplit_once('/') else { break };
            dir = up;
        }
        for package in around.into_iter().rev() {
            if package != module {
                self.load(package);
            }
        }
        if self.loaded.insert(module) {
            let globals = self.globals(module);
            let dotted = if self.main == Some(module) {
                "__main__".to_owned()
            } else {
                self.resolver.dotted(path)
            };
            globals.vars.borrow_mut().insert("__name__".into(), Value::str(dotted));
            globals.vars.borrow_mut().insert("__file__".into(), Value::Path(path.into()));
            let mut frame = Frame::new(module, globals.clone(), globals, None);
            let body: &'a Block = &self.machine.program.module(module).body;
            // A raise at the top of a module is most often a check of the environment: what follows it counts.
            for stmt in body {
                stmt::statement(self, &mut frame, *stmt);
            }
        }
        self.imports -= 1;
    }

    /// Takes each of several branches, as none is known to be the one; `test` as for [`Self::branches`].
    pub(in crate::py) fn take_each(&mut self, frame: &mut Frame, branches: &[&Block], test: Option<Test>) -> Flow {
        let flows = self.branches(frame, branches, test);
        let mut falls_through = false;
        let (mut returned, mut breaks, mut continues, mut raises) = (Vec::new(), 0, 0, 0);
        for flow in flows {
            match flow {
                Flow::Normal => falls_through = true,
                Flow::Return(value) => returned.push(value),
                Flow::Break => breaks += 1,
                Flow::Continue => continues += 1,
                Flow::Throw(_) => raises += 1,
            }
        }
        if falls_through || breaks + continues > 0 && !returned.is_empty() {
            frame.returns.extend(returned);
            return Flow::Normal;
        }
        if !returned.is_empty() {
            return Flow::Return(Value::choice(returned));
        }
        match (breaks, continues, raises) {
            (0, 0, _) => Flow::Throw(Value::None),
            (_, 0, _) => Flow::Break,
            _ => Flow::Continue,
        }
    }

    /// What `with value as x` binds.
    pub(in crate::py) fn enter(&mut self, value: Value) -> Value {
        match value.plain() {
            Value::Instance(instance) => {
                for method in ["__enter__", "__aenter__"] {
                    if class_lookup(&instance.class, method).is_some() {
                        let entered = self.call_method(&Value::Instance(instance.clone()), method, super::value::Args::default());
                        return if entered.is_unknown() { Value::Instance(instance) } else { entered };
                    }
                }
                Value::Instance(instance)
            }
            // A generator function under `@contextmanager`.
            Value::List(list) if list.kind == super::value::ListKind::List && list.open.get() => {
                list.items.borrow().first().cloned().unwrap_or_else(|| Value::unknown("a context"))
            }
            other => other,
        }
    }

    pub(in crate::py) fn set_var(&mut self, frame: &Frame, name: Name, value: Value) {
        let mut env = frame.env.clone();
        if frame.env.outer.borrow().contains(&name) {
            env = frame.globals.clone();
            let mut at = frame.env.parent.clone();
            while let Some(scope) = at {
                if scope.vars.borrow().contains_key(&name) {
                    env = scope;
                    break;
                }
                at = scope.parent.clone();
            }
        }
        if frame.maybe > 0 {
            let before = env.vars.borrow().get(&name).cloned();
            match self.logs.last_mut() {
                Some(log) => {
                    if !log.iter().any(|(e, n, _)| *n == name && Rc::ptr_eq(e, &env)) {
                        log.push((env.clone(), name.clone(), before));
                    }
                }
                None => {
                    env.vars.borrow_mut().insert(name, joined(before.as_ref(), value));
                    return;
                }
            }
        }
        env.vars.borrow_mut().insert(name, value);
    }

    /// Runs branches of which any may be the one: each starts from what was there before, and afterwards a variable is what it
    /// was at the end of one of them. `test` decides between the first and the second.
    pub(in crate::py) fn branches(&mut self, frame: &mut Frame, branches: &[&Block], test: Option<Test>) -> Vec<Flow> {
        frame.maybe += 1;
        self.machine.uncertain += 1;
        let mut flows = Vec::with_capacity(branches.len());
        let mut changed: Vec<(Assigned, Vec<Value>, usize)> = Vec::new();
        let mut alive = 0;
        for (at, branch) in branches.iter().enumerate() {
            self.logs.push(Vec::new());
            let condition = test.filter(|(_, lean)| *lean != Some(at == 0)).map(|(test, _)| Condition {
                module: frame.module,
                test,
                holds: at == 0,
            });
            self.machine.conditions.extend(condition);
            let flow = stmt::block(self, frame, branch);
            if condition.is_some() {
                self.machine.conditions.pop();
            }
            let ends = matches!(flow, Flow::Return(_) | Flow::Throw(_));
            alive += usize::from(!ends);
            flows.push(flow);
            for (env, name, before) in self.logs.pop().unwrap_or_default() {
                let after = match &before {
                    Some(before) => env.vars.borrow_mut().insert(name.clone(), before.clone()),
                    None => env.vars.borrow_mut().remove(&name),
                };
                let slot = match changed.iter().position(|((e, n, _), ..)| *n == name && Rc::ptr_eq(e, &env)) {
                    Some(at) => &mut changed[at],
                    None => {
                        changed.push(((env, name, before), Vec::new(), 0));
                        let last = changed.len() - 1;
                        &mut changed[last]
                    }
                };
                if !ends {
                    slot.1.extend(after);
                    slot.2 += 1;
                }
            }
        }
        self.machine.uncertain -= 1;
        frame.maybe -= 1;
        for ((env, name, before), mut values, assigned) in changed {
            if assigned < alive.max(usize::from(branches.len() == 1) * 2) {
                values.splice(0..0, before.clone());
            }
            if values.is_empty() {
                continue;
            }
            if let (true, Some(log)) = (frame.maybe > 0, self.logs.last_mut())
                && !log.iter().any(|(e, n, _)| *n == name && Rc::ptr_eq(e, &env))
            {
                log.push((env.clone(), name.clone(), before));
            }
            env.vars.borrow_mut().insert(name, Value::choice(values));
        }
        flows
    }

    pub(in crate::py) fn lookup(&mut self, frame: &Frame, name: &str) -> Value {
        let mut at = Some(frame.env.clone());
        while let Some(scope) = at {
            if let Some(value) = scope.vars.borrow().get(name) {
                return value.clone();
            }
            at = scope.parent.clone();
        }
        if let Some(value) = frame.globals.vars.borrow().get(name) {
            return value.clone();
        }
        match name {
            "__doc__" => {
                let module = self.machine.program.module(frame.module);
                return module.doc.map_or(Value::None, |doc| Value::str(module.str(doc)));
            }
            "__path__" => {
                let path = self.machine.program.module(frame.module).path.parent();
                return Value::list(vec![Value::Path(path.into())]);
            }
            "__package__" => {
                let path = self.machine.program.module(frame.module).path.as_str();
                let dotted = self.resolver.dotted(path);
                let package = if path.ends_with("__init__.py") {
                    dotted.as_str()
                } else {
                    dotted.rsplit_once('.').map_or("", |(p, _)| p)
                };
                return Value::str(package);
            }
            _ => {}
        }
        if super::builtins::is_builtin(name) {
            return Value::external(name);
        }
        Value::unknown(format!("`{name}` is not defined in the source"))
    }

    pub(in crate::py) fn bind_import(&mut self, frame: &mut Frame, index: usize) {
        let module = self.machine.program.module(frame.module);
        let Some(import) = module.imports.get(index) else { return };
        let specifier = module.str(import.specifier);
        let from = module.path.as_str();
        for name in &import.names {
            let local = self.machine.name(frame.module, name.local);
            match name.imported {
                Imported::Namespace => {
                    let whole = self.import_module(from, specifier);
                    let first = specifier.split('.').next().unwrap_or(specifier);
                    let value = if *local == *first && first != specifier {
                        self.import_module(from, first)
                    } else {
                        whole
                    };
                    self.set_var(frame, local, value);
                }
                Imported::Name(imported) => {
                    let imported = module.str(imported);
                    let value = self.import_name(from, specifier, imported);
                    self.set_var(frame, local, value);
                }
                Imported::All => self.import_all(frame, from, specifier),
                Imported::Default => {}
            }
        }
    }

    /// The module of that name, loaded; or a library.
    pub(in crate::py) fn import_module(&mut self, from: &str, specifier: &str) -> Value {
        if super::super::server::is_framework(specifier) {
            return Value::external(specifier);
        }
        match self.resolver.resolve(from, specifier) {
            Some(PyTarget::Module(id)) => {
                if let Some(framework) = super::super::server::vendored(self.machine.program.module(id).path.as_str()) {
                    return Value::external(framework);
                }
                self.load(id);
                Value::Module(id)
            }
            Some(PyTarget::Namespace(folder)) => Value::Namespace(folder.into()),
            None if specifier.starts_with('.') => Value::unknown(format!("the module `{specifier}` is not in the source")),
            None => Value::external(specifier),
        }
    }

    fn import_name(&mut self, from: &str, specifier: &str, name: &str) -> Value {
        let package = self.import_module(from, specifier);
        match package {
            Value::Module(id) => self
                .module_attr(id, name)
                .unwrap_or_else(|| Value::unknown(format!("`{name}` is not in `{specifier}`"))),
            Value::Namespace(folder) => match self.resolver.below(&folder, name) {
                Some(PyTarget::Module(id)) => {
                    self.load(id);
                    Value::Module(id)
                }
                Some(PyTarget::Namespace(folder)) => Value::Namespace(folder.into()),
                None => Value::external(format!("{specifier}.{name}")),
            },
            Value::External(path) => Value::external(format!("{path}.{name}")),
            other => other,
        }
    }

    fn import_all(&mut self, frame: &mut Frame, from: &str, specifier: &str) {
        let Value::Module(id) = self.import_module(from, specifier) else {
            return;
        };
        let source = self.globals(id);
        let listed: Option<Vec<Rc<str>>> = match source.vars.borrow().get("__all__").map(Value::plain) {
            Some(Value::List(list)) => Some(list.items.borrow().iter().filter_map(Value::as_str).collect()),
            _ => None,
        };
        if let Some(listed) = listed {
            for name in listed {
                if let Some(value) = self.module_attr(id, &name) {
                    self.set_var(frame, name, value);
                }
            }
            return;
        }
        if Rc::ptr_eq(&source, &frame.globals) {
            return;
        }
        let all: Vec<(Name, Value)> = source
            .vars
            .borrow()
            .iter()
            .filter(|(n, _)| !n.starts_with('_'))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        for (name, value) in all {
            self.set_var(frame, name, value);
        }
    }

    /// A name of a module: what it defined, or a module below it.
    pub(in crate::py) fn module_attr(&mut self, module: ModuleId, name: &str) -> Option<Value> {
        self.load(module);
        let globals = self.globals(module);
        if let Some(value) = globals.vars.borrow().get(name) {
            return Some(value.clone());
        }
        let source = self.machine.program.module(module);
        if source.path.file_name() == "__init__.py" {
            match self.resolver.below(source.path.parent(), name) {
                Some(PyTarget::Module(id)) => {
                    self.load(id);
                    return Some(Value::Module(id));
                }
                Some(PyTarget::Namespace(folder)) => return Some(Value::Namespace(folder.into())),
                None => {}
            }
        }
        match name {
            "__doc__" => Some(source.doc.map_or(Value::None, |doc| Value::str(source.str(doc)))),
            "__path__" => Some(Value::list(vec![Value::Path(source.path.parent().into())])),
            _ => None,
        }
    }
}

/// A value assigned where it is not known whether the assignment happens.
pub(in crate::py) fn joined(before: Option<&Value>, after: Value) -> Value {
    match before {
        None => after,
        Some(before) => Value::choice(vec![before.clone(), after]),
    }
}
