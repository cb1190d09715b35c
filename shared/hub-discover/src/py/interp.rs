//! Carries out what a Python program does when it starts, as far as that can be known: modules, functions, classes, loops.
//!
//! Registering a tool is an effect of running code, so the code is run, on values that may be unknown. Where a condition is
//! unknown both branches are taken, so that what depends on the environment is found as well; where the number of rounds is
//! unknown there is one. Nothing outside the tree is read or called. Steps and depths are bounded.

use super::server::Server;
use super::value::{Class, Env, Func, Name, Value};
use hub_engine::FunctionRef;
use hub_model::{Budget, Gap, Snapshot};
use hub_syntax::ir::{Block, ExprId, Imported, PatId, PatKind, Span, StmtId, StmtKind, Sym};
use hub_syntax::{ModuleId, Program, PyResolver, PyTarget};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// Deepest nesting of calls.
pub(super) const MAX_CALLS: usize = 40;
/// Deepest chain of imports.
const MAX_IMPORTS: usize = 250;
/// Most rounds of one loop.
const MAX_ROUNDS: usize = 5_000;
/// Most rounds of a `while` whose condition stays true.
const MAX_WHILE: usize = 200;

/// What a statement does to what follows it.
pub(super) enum Flow {
    Next,
    Return(Value),
    Break,
    Continue,
    Raise,
}

/// A variable assigned in a branch, and what it was before.
type Assigned = (Rc<Env>, Name, Option<Value>);

/// A running function or module body.
pub(super) struct Frame {
    pub(super) module: ModuleId,
    pub(super) env: Rc<Env>,
    pub(super) globals: Rc<Env>,
    /// Number of unknown conditions around: assignments keep what was there before as an alternative.
    pub(super) maybe: u32,
    /// What may have been returned on the way.
    pub(super) returns: Vec<Value>,
    pub(super) yields: Vec<Value>,
    pub(super) func: Option<Rc<Func>>,
}

pub(super) struct Interp<'a> {
    pub(super) program: &'a Program,
    pub(super) snapshot: &'a Snapshot,
    pub(super) resolver: PyResolver,
    names: Vec<Vec<Option<Name>>>,
    envs: FxHashMap<ModuleId, Rc<Env>>,
    /// Modules whose body has started to run.
    pub(super) loaded: FxHashSet<ModuleId>,
    /// The module that runs as a script.
    pub(super) main: Option<ModuleId>,
    pub(super) steps: u64,
    /// Something was left out as no steps were left for it.
    pub(super) starved: bool,
    /// Functions that a server calls when it starts, with that server.
    pub(super) lifespans: Vec<(Value, Value)>,
    imports: usize,
    pub(super) calls: Vec<FunctionRef>,
    pub(super) called: FxHashSet<FunctionRef>,
    pub(super) servers: Vec<Rc<Server>>,
    pub(super) gaps: Vec<Gap>,
    /// Variables assigned in each of the branches around, with what they were before.
    logs: Vec<Vec<Assigned>>,
    /// Number of unknown conditions around the place that runs, through calls: then nothing is taken away.
    pub(super) uncertain: u32,
    /// Compiled patterns of the program.
    pub(super) regexes: FxHashMap<Name, Option<regex::Regex>>,
}

impl<'a> Interp<'a> {
    pub(super) fn new(program: &'a Program, snapshot: &'a Snapshot, budget: &Budget) -> Self {
        Self {
            program,
            snapshot,
            resolver: PyResolver::new(program),
            names: program.modules.iter().map(|_| Vec::new()).collect(),
            envs: FxHashMap::default(),
            loaded: FxHashSet::default(),
            main: None,
            steps: budget.max_eval_steps,
            starved: false,
            lifespans: Vec::new(),
            imports: 0,
            calls: Vec::new(),
            called: FxHashSet::default(),
            servers: Vec::new(),
            gaps: Vec::new(),
            logs: Vec::new(),
            uncertain: 0,
            regexes: FxHashMap::default(),
        }
    }

    /// Spends a step; false when none is left.
    pub(super) fn tick(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.starved |= self.steps == 0;
        self.steps > 0
    }

    /// Spends a step for each element that is copied: what the steps cannot pay for is not copied.
    pub(super) fn afford(&mut self, elements: usize) -> bool {
        let cost = elements as u64;
        if self.steps <= cost {
            self.steps = 0;
            self.starved = true;
            return false;
        }
        self.steps -= cost;
        true
    }

    pub(super) fn name(&mut self, module: ModuleId, sym: Sym) -> Name {
        let source = self.program.module(module);
        let names = &mut self.names[module.0 as usize];
        if names.is_empty() {
            names.resize(source.strings.len(), None);
        }
        names[sym.index()].get_or_insert_with(|| source.str(sym).into()).clone()
    }

    pub(super) fn text(&self, module: ModuleId, sym: Sym) -> &'a str {
        self.program.module(module).str(sym)
    }

    pub(super) fn gap(&mut self, module: ModuleId, span: Span, what: &str, reason: &str) {
        const MAX: usize = 200;
        let at = self.program.module(module).location(span);
        if self.gaps.len() < MAX && !self.gaps.iter().any(|gap| gap.at == at) {
            self.gaps.push(Gap {
                at,
                what: what.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }

    /// The variables of a module.
    pub(super) fn globals(&mut self, module: ModuleId) -> Rc<Env> {
        self.envs.entry(module).or_default().clone()
    }

    /// Runs a module's body, after those of the packages around it, unless it has started already.
    pub(super) fn load(&mut self, module: ModuleId) {
        if self.loaded.contains(&module) || self.imports >= MAX_IMPORTS {
            return;
        }
        self.imports += 1;
        let path = self.program.module(module).path.as_str();
        let mut dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let mut around = Vec::new();
        while let Some(package) = self
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
            let mut frame = Frame {
                module,
                env: globals.clone(),
                globals,
                maybe: 0,
                returns: Vec::new(),
                yields: Vec::new(),
                func: None,
            };
            let body: &'a Block = &self.program.module(module).body;
            // A raise at the top of a module is most often a check of the environment: what follows it counts.
            for stmt in body {
                self.stmt(&mut frame, *stmt);
            }
        }
        self.imports -= 1;
    }

    pub(super) fn block(&mut self, frame: &mut Frame, block: &[StmtId]) -> Flow {
        for stmt in block {
            match self.stmt(frame, *stmt) {
                Flow::Next => {}
                other => return other,
            }
        }
        Flow::Next
    }

    fn stmt(&mut self, frame: &mut Frame, id: StmtId) -> Flow {
        if !self.tick() {
            return Flow::Next;
        }
        let module = self.program.module(frame.module);
        let stmt = module.stmt(id);
        match &stmt.kind {
            StmtKind::Expr(expr) => {
                self.eval(frame, *expr);
            }
            StmtKind::Let { pattern, init, .. } => {
                if let Some(init) = init {
                    let value = self.eval(frame, *init);
                    self.assign(frame, *pattern, value);
                }
            }
            StmtKind::Function(function) => {
                let value = self.define_function(frame, *function, None);
                if let Some(name) = module.function(*function).name {
                    let name = self.name(frame.module, name);
                    self.set_var(frame, name, value);
                }
            }
            StmtKind::Class(class) => {
                let value = self.define_class(frame, *class);
                if let Some(name) = module.class(*class).name {
                    let name = self.name(frame.module, name);
                    self.set_var(frame, name, value);
                }
            }
            StmtKind::Return(value) => {
                return Flow::Return(value.map_or(Value::None, |value| self.eval(frame, value)));
            }
            StmtKind::Throw(value) => {
                if let Some(value) = value {
                    self.eval(frame, *value);
                }
                return Flow::Raise;
            }
            StmtKind::If { test, then, otherwise } => {
                let test = self.eval(frame, *test);
                return match test.truth() {
                    Some(true) => self.block(frame, then),
                    Some(false) => self.block(frame, otherwise),
                    None => self.either(frame, &[then, otherwise]),
                };
            }
            StmtKind::Loop { test, body, otherwise, .. } => return self.while_loop(frame, *test, body, otherwise),
            StmtKind::ForEach {
                pattern,
                iterable,
                body,
                otherwise,
                ..
            } => {
                let iterable = self.eval(frame, *iterable);
                let (items, open) = self.iterate(&iterable);
                return self.for_loop(frame, *pattern, items, open, body, otherwise);
            }
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                let mut flow = self.block(frame, body);
                if let Flow::Raise = flow {
                    flow = Flow::Next;
                    if let Some(handler) = handlers.first() {
                        if let Some(pattern) = handler.pattern {
                            self.assign(frame, pattern, Value::unknown("an exception"));
                        }
                        flow = self.block(frame, &handler.body);
                    }
                } else if let Flow::Next = flow {
                    flow = self.block(frame, otherwise);
                } else if let Flow::Return(value) = &flow
                    && value.is_unknown()
                {
                    // What comes from outside may fail to come: then a handler gives the value.
                    frame.maybe += 1;
                    self.uncertain += 1;
                    for handler in handlers {
                        if let Flow::Return(value) = self.block(frame, &handler.body) {
                            frame.returns.push(value);
                        }
                    }
                    frame.maybe -= 1;
                    self.uncertain -= 1;
                }
                return match self.block(frame, finally) {
                    Flow::Next => flow,
                    other => other,
                };
            }
            StmtKind::With { items, body } => {
                for (value, pattern) in items {
                    let value = self.eval(frame, *value);
                    let entered = self.enter(value);
                    if let Some(pattern) = pattern {
                        self.assign(frame, *pattern, entered);
                    }
                }
                return self.block(frame, body);
            }
            StmtKind::Switch { subject, cases } => {
                let subject = self.eval(frame, *subject);
                let mut possible: Vec<&Block> = Vec::new();
                let mut certain = false;
                for case in cases {
                    let matches = match case.test {
                        None => Some(true),
                        Some(test) => {
                            let test = self.eval(frame, test);
                            subject.same(&test)
                        }
                    };
                    match matches {
                        Some(false) => {}
                        Some(true) => {
                            possible.push(&case.body);
                            certain = true;
                            break;
                        }
                        None => possible.push(&case.body),
                    }
                }
                let nothing = Block::default();
                if !certain {
                    possible.push(&nothing);
                }
                return if let [only] = possible[..] {
                    self.block(frame, only)
                } else {
                    self.either(frame, &possible)
                };
            }
            StmtKind::Block(block) => return self.block(frame, block),
            StmtKind::Break => return Flow::Break,
            StmtKind::Continue => return Flow::Continue,
            StmtKind::Import(index) => self.import(frame, *index as usize),
            StmtKind::Outer(names) => {
                for name in names {
                    let name = self.name(frame.module, *name);
                    frame.env.outer.borrow_mut().insert(name);
                }
            }
            StmtKind::Other(targets) => {
                if self.uncertain == 0 && module.text(stmt.span).starts_with("del") {
                    for target in targets {
                        self.delete(frame, *target);
                    }
                }
            }
            StmtKind::Export(_) | StmtKind::Empty => {}
        }
        Flow::Next
    }

    /// Takes each of several branches, as none is known to be the one.
    fn either(&mut self, frame: &mut Frame, branches: &[&Block]) -> Flow {
        let flows = self.branches(frame, branches);
        let mut falls_through = false;
        let (mut returned, mut breaks, mut continues, mut raises) = (Vec::new(), 0, 0, 0);
        for flow in flows {
            match flow {
                Flow::Next => falls_through = true,
                Flow::Return(value) => returned.push(value),
                Flow::Break => breaks += 1,
                Flow::Continue => continues += 1,
                Flow::Raise => raises += 1,
            }
        }
        if falls_through || breaks + continues > 0 && !returned.is_empty() {
            frame.returns.extend(returned);
            return Flow::Next;
        }
        if !returned.is_empty() {
            return Flow::Return(Value::choice(returned));
        }
        match (breaks, continues, raises) {
            (0, 0, _) => Flow::Raise,
            (_, 0, _) => Flow::Break,
            _ => Flow::Continue,
        }
    }

    fn while_loop(&mut self, frame: &mut Frame, test: Option<ExprId>, body: &Block, otherwise: &Block) -> Flow {
        for round in 0..MAX_WHILE {
            let truth = match test {
                Some(test) => self.eval(frame, test).truth(),
                None => Some(true),
            };
            // `while True` of a serving loop ends by what happens outside: once is enough.
            let endless = truth == Some(true)
                && test.is_some_and(|test| {
                    matches!(
                        self.program.module(frame.module).expr(test).kind,
                        hub_syntax::ir::ExprKind::Bool(true)
                    )
                });
            match truth {
                Some(false) => return self.block(frame, otherwise),
                Some(true) if !endless || round < 2 => match self.block(frame, body) {
                    Flow::Break => return Flow::Next,
                    Flow::Next | Flow::Continue => {}
                    other => return other,
                },
                _ => {
                    if round == 0 {
                        self.once(frame, body);
                    }
                    return Flow::Next;
                }
            }
            if self.steps == 0 {
                break;
            }
        }
        Flow::Next
    }

    pub(super) fn for_loop(
        &mut self,
        frame: &mut Frame,
        pattern: PatId,
        items: Vec<Value>,
        open: bool,
        body: &Block,
        otherwise: &Block,
    ) -> Flow {
        for item in items.into_iter().take(MAX_ROUNDS) {
            self.assign(frame, pattern, item);
            match self.block(frame, body) {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Flow::Next,
                other => return other,
            }
            if self.steps == 0 {
                return Flow::Next;
            }
        }
        if open {
            frame.maybe += 1;
            self.assign(
                frame,
                pattern,
                Value::unknown("an element of a list that is known only at run time"),
            );
            frame.maybe -= 1;
            self.once(frame, body);
        }
        self.block(frame, otherwise)
    }

    /// A loop body that may run.
    fn once(&mut self, frame: &mut Frame, body: &Block) {
        for flow in self.branches(frame, &[body]) {
            if let Flow::Return(value) = flow {
                frame.returns.push(value);
            }
        }
    }

    /// What `with value as x` binds.
    fn enter(&mut self, value: Value) -> Value {
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

    pub(super) fn assign(&mut self, frame: &mut Frame, pattern: PatId, value: Value) {
        let module = self.program.module(frame.module);
        match &module.pat(pattern).kind {
            PatKind::Ident(name) => {
                let name = self.name(frame.module, *name);
                self.set_var(frame, name, value);
            }
            PatKind::Target(expr) => self.assign_target(frame, *expr, value),
            PatKind::Array { elements, rest } => {
                let (items, open) = self.iterate(&value);
                for (at, element) in elements.iter().enumerate() {
                    if let Some(element) = element {
                        let item = items
                            .get(at)
                            .cloned()
                            .unwrap_or_else(|| Value::unknown(if open { "an element of an unknown value" } else { "too few values" }));
                        self.assign(frame, *element, item);
                    }
                }
                if let Some(rest) = rest {
                    let left = items.get(elements.len()..).unwrap_or_default().to_vec();
                    let left = Value::sequence(super::value::ListKind::List, left, open);
                    self.assign(frame, *rest, left);
                }
            }
            PatKind::Object { props, rest } => {
                for (_, target) in props {
                    self.assign(frame, *target, Value::unknown("an element at an unknown place"));
                }
                if let Some(rest) = rest {
                    self.assign(frame, *rest, value);
                }
            }
            PatKind::Default { pattern, .. } => self.assign(frame, *pattern, value),
            PatKind::Unknown => {}
        }
    }

    pub(super) fn set_var(&mut self, frame: &Frame, name: Name, value: Value) {
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
    /// was at the end of one of them.
    fn branches(&mut self, frame: &mut Frame, branches: &[&Block]) -> Vec<Flow> {
        frame.maybe += 1;
        self.uncertain += 1;
        let mut flows = Vec::with_capacity(branches.len());
        let mut changed: Vec<(Assigned, Vec<Value>, usize)> = Vec::new();
        let mut alive = 0;
        for branch in branches {
            self.logs.push(Vec::new());
            let flow = self.block(frame, branch);
            let ends = matches!(flow, Flow::Return(_) | Flow::Raise);
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
        self.uncertain -= 1;
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

    pub(super) fn lookup(&mut self, frame: &Frame, name: &str) -> Value {
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
                let module = self.program.module(frame.module);
                return module.doc.map_or(Value::None, |doc| Value::str(module.str(doc)));
            }
            "__path__" => {
                let path = self.program.module(frame.module).path.parent();
                return Value::list(vec![Value::Path(path.into())]);
            }
            "__package__" => {
                let path = self.program.module(frame.module).path.as_str();
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
        if super::native::is_builtin(name) {
            return Value::external(name);
        }
        Value::unknown(format!("`{name}` is not defined in the source"))
    }

    fn import(&mut self, frame: &mut Frame, index: usize) {
        let module = self.program.module(frame.module);
        let Some(import) = module.imports.get(index) else { return };
        let specifier = module.str(import.specifier);
        let from = module.path.as_str();
        for name in &import.names {
            let local = self.name(frame.module, name.local);
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
    pub(super) fn import_module(&mut self, from: &str, specifier: &str) -> Value {
        if super::server::is_framework(specifier) {
            return Value::external(specifier);
        }
        match self.resolver.resolve(from, specifier) {
            Some(PyTarget::Module(id)) => {
                if let Some(framework) = super::server::vendored(self.program.module(id).path.as_str()) {
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
    pub(super) fn module_attr(&mut self, module: ModuleId, name: &str) -> Option<Value> {
        self.load(module);
        let globals = self.globals(module);
        if let Some(value) = globals.vars.borrow().get(name) {
            return Some(value.clone());
        }
        let source = self.program.module(module);
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
pub(super) fn joined(before: Option<&Value>, after: Value) -> Value {
    match before {
        None => after,
        Some(before) => Value::choice(vec![before.clone(), after]),
    }
}

/// A name of a class or of the classes it builds on, with the class that has it.
pub(super) fn class_lookup(class: &Rc<Class>, name: &str) -> Option<(Value, Rc<Class>)> {
    fn search(class: &Rc<Class>, name: &str, depth: usize) -> Option<(Value, Rc<Class>)> {
        if let Some(value) = class.get(name) {
            return Some((value, class.clone()));
        }
        if depth > 32 {
            return None;
        }
        class.bases.iter().find_map(|base| match base.plain() {
            Value::Class(base) => search(&base, name, depth + 1),
            Value::Generic(generic) => match &generic.0 {
                Value::Class(base) => search(base, name, depth + 1),
                _ => None,
            },
            _ => None,
        })
    }
    search(class, name, 0)
}

/// The library classes a class builds on, by dotted name, its own bases first.
pub(super) fn library_bases(class: &Rc<Class>) -> Vec<Rc<str>> {
    fn collect(class: &Rc<Class>, out: &mut Vec<Rc<str>>, depth: usize) {
        for base in &class.bases {
            let base = match base.plain() {
                Value::Generic(generic) => generic.0.clone(),
                other => other,
            };
            match base {
                Value::External(path) if !out.contains(&path) => out.push(path),
                Value::Class(base) if depth < 32 => collect(&base, out, depth + 1),
                Value::Made(made) if made.name() == "namedtuple" => out.push("typing.NamedTuple".into()),
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    collect(class, &mut out, 0);
    out
}
