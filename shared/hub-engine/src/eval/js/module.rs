//! Modules: running them, their exports, names bound by imports.

use super::value::{Act, ActId, Env, Kind, ObjId, Slot, Term, Value};
use super::{Eval, Native};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Exported, Imported, StmtKind};
use hub_syntax::{BindingId, BindingKind, Written};
use rustc_hash::FxHashMap;
use std::rc::Rc;

#[derive(Debug, Default)]
pub(super) struct ModuleState {
    started: bool,
    act: Option<ActId>,
    /// `module` of CommonJS: an object with `exports`.
    cjs: Option<ObjId>,
    namespace: Option<ObjId>,
}

/// One imported module may use up this part of what is left of the budget.
const IMPORTED_SHARE: u64 = 4;

/// One call of a program into a bundle beside it may use up this part.
const BUNDLE_SHARE: u64 = 16;
/// Source that is larger than any one module of a program that people write, in bytes.
const LARGE: usize = 1 << 20;

/// Where a call came from, and what was set aside for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entered {
    caller: Option<ModuleId>,
    kept: Kept,
}

/// Budget set aside while something else runs.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    steps: u64,
    objects: usize,
}

impl<'p> Eval<'p> {
    pub(crate) fn module_act(&mut self, id: ModuleId) -> ActId {
        if let Some(act) = self.modules[id.0 as usize].act {
            return act;
        }
        let act = ActId(self.acts.len() as u32);
        self.acts.push(Act {
            function: None,
            parent: None,
            vars: FxHashMap::default(),
            this: Some(Value::Undefined),
            home: None,
            args: Vec::new(),
            maybe: Vec::new(),
            yields: Vec::new(),
        });
        self.keep_act(act);
        self.modules[id.0 as usize].act = Some(act);
        act
    }

    /// Runs a module's top level once; what it imports runs first.
    pub fn run_module(&mut self, id: ModuleId) {
        if std::mem::replace(&mut self.modules[id.0 as usize].started, true) {
            return;
        }
        self.module_order.push(id);
        let module = self.machine.program.module(id);
        if self.machine.calls.depth >= super::MAX_CALLS {
            return;
        }
        self.machine.calls.depth += 1;
        for import in module.imports.iter().filter(|i| !i.type_only) {
            self.run_specifier(id, module.str(import.specifier));
        }
        for export in &module.exports {
            if let Exported::From { specifier, .. } = export.what {
                self.run_specifier(id, module.str(specifier));
            }
        }
        let env = self.module_env(id);
        let uncertain = std::mem::take(&mut self.machine.uncertain);
        let conditions = std::mem::take(&mut self.machine.conditions);
        // What is imported may not use up what its importers need: a bundle of libraries beside the program is large.
        let kept = if self.machine.calls.depth > 1 {
            self.keep_for_callers(IMPORTED_SHARE)
        } else {
            Kept::default()
        };
        let caller = self.running.replace(id);
        self.hoist(env, &module.body);
        for stmt in &module.body {
            // A statement that throws ends a real program; here it is more often our ignorance: go on with the next.
            let _ = crate::eval::stmt::statement(self, &mut { env }, *stmt);
        }
        self.running = caller;
        self.give_to_callers(kept);
        self.machine.uncertain = uncertain;
        self.machine.conditions = conditions;
        self.machine.calls.depth -= 1;
    }

    /// Sets all but one part in `share` of the budget aside.
    fn keep_for_callers(&mut self, share: u64) -> Kept {
        let steps = self.machine.steps_left - self.machine.steps_left / share;
        let free = self.max_objects.saturating_sub(self.heap.len());
        let objects = free - free / usize::try_from(share).unwrap_or(usize::MAX);
        self.machine.steps_left -= steps;
        self.max_objects -= objects;
        Kept { steps, objects }
    }

    /// Enters a function of a module. A bundle of libraries may not use up what the program that calls it needs.
    pub(super) fn enter(&mut self, id: ModuleId) -> Entered {
        let size = |eval: &Self, id: ModuleId| eval.machine.program.module(id).source.len();
        let caller = self.running.replace(id);
        let outward = caller.is_some_and(|c| c != id && size(self, id) > LARGE && size(self, c) < size(self, id) / 8);
        let kept = if outward {
            self.keep_for_callers(BUNDLE_SHARE)
        } else {
            Kept::default()
        };
        Entered { caller, kept }
    }

    pub(super) fn leave(&mut self, entered: Entered) {
        self.running = entered.caller;
        self.give_to_callers(entered.kept);
    }

    fn give_to_callers(&mut self, kept: Kept) {
        if kept.steps > 0 {
            self.cut_short |= self.machine.steps_left == 0;
        }
        self.machine.steps_left += kept.steps;
        self.max_objects += kept.objects;
    }

    fn run_specifier(&mut self, from: ModuleId, specifier: &str) {
        if let Some(target) = self.resolve(from, specifier) {
            self.run_module(target);
        }
    }

    /// The module an import in `from` means.
    pub fn resolve(&self, from: ModuleId, specifier: &str) -> Option<ModuleId> {
        self.world
            .resolve(self.machine.program, self.machine.program.module(from), specifier)
    }

    /// `module` of CommonJS.
    pub(crate) fn cjs_module(&mut self, id: ModuleId) -> ObjId {
        if let Some(object) = self.modules[id.0 as usize].cjs {
            return object;
        }
        let object = self.new_object();
        let exports = self.new_object();
        self.heap[object.0 as usize]
            .props
            .insert(Rc::from("exports"), Slot::Value(Value::Ref(exports)));
        self.modules[id.0 as usize].cjs = Some(object);
        object
    }

    pub(crate) fn cjs_exports(&mut self, id: ModuleId) -> Value {
        let object = self.cjs_module(id);
        match self.object(object).props.get("exports") {
            Some(Slot::Value(value)) => value.clone(),
            _ => Value::Undefined,
        }
    }

    /// All exports of a module as one object.
    pub fn namespace(&mut self, id: ModuleId) -> Value {
        self.run_module(id);
        if let Some(object) = self.modules[id.0 as usize].namespace {
            return Value::Ref(object);
        }
        let object = self.alloc(Kind::Namespace(id));
        self.modules[id.0 as usize].namespace = Some(object);
        Value::Ref(object)
    }

    /// What `require` of a module gives.
    pub(crate) fn required(&mut self, id: ModuleId) -> Value {
        self.run_module(id);
        if self.machine.program.module(id).exports.is_empty() {
            self.cjs_exports(id)
        } else {
            let module = self.machine.program.module(id);
            if module.path.extension() == Some("json") {
                return self.export(id, "default").unwrap_or(Value::Undefined);
            }
            self.namespace(id)
        }
    }

    /// An export of a module by name (`default` for the default export), following re-exports. None when there is none.
    pub fn export(&mut self, id: ModuleId, name: &str) -> Option<Value> {
        self.run_module(id);
        self.export_at(id, name, 0)
    }

    fn export_at(&mut self, id: ModuleId, name: &str, depth: usize) -> Option<Value> {
        if depth > 24 || !self.step() {
            return None;
        }
        self.run_module(id);
        let module = self.machine.program.module(id);
        if module.exports.is_empty() {
            let exports = self.cjs_exports(id);
            if name == "default" {
                let inner = if self.has_property(&exports, "__esModule") {
                    Some(self.get(&exports, "default"))
                } else {
                    None
                };
                return Some(inner.filter(|v| !v.is_nothing()).unwrap_or(exports));
            }
            return self.has_property(&exports, name).then(|| self.get(&exports, name));
        }
        let mut stars = Vec::new();
        for export in &module.exports {
            match (export.exported.map(|e| module.str(e)), export.what) {
                (Some(exported), what) if exported == name => {
                    return Some(match what {
                        Exported::Local(local) => {
                            let local = module.str(local);
                            return self.global(id, local);
                        }
                        Exported::Expr(e) => {
                            let key = (id, e.0 | 0x8000_0000);
                            let env = self.module_env(id);
                            if let Some(value) = self.acts[env.act.0 as usize].vars.get(&key.1) {
                                return Some(value.clone());
                            }
                            if !self.in_progress.insert(key) {
                                return Some(self.unknown("defined in terms of itself"));
                            }
                            let value = self.eval(env, e);
                            self.in_progress.remove(&key);
                            self.acts[env.act.0 as usize].vars.insert(key.1, value.clone());
                            value
                        }
                        Exported::From { specifier, imported } => {
                            let specifier = module.str(specifier);
                            match (self.resolve(id, specifier), imported) {
                                (Some(target), Some(imported)) => return self.export_at(target, module.str(imported), depth + 1),
                                (Some(target), None) => self.namespace(target),
                                (None, imported) => self.import_term(specifier, imported.map_or("*", |i| module.str(i))),
                            }
                        }
                    });
                }
                (None, Exported::From { specifier, .. }) => stars.push(module.str(specifier)),
                _ => {}
            }
        }
        if name == "default" {
            return None;
        }
        let mut outside = None;
        for specifier in stars {
            match self.resolve(id, specifier) {
                Some(target) => {
                    if let Some(value) = self.export_at(target, name, depth + 1) {
                        return Some(value);
                    }
                }
                None => outside = Some(specifier),
            }
        }
        outside.map(|specifier| self.import_term(specifier, name))
    }

    /// Names of a module's exports, in order.
    pub fn export_names(&mut self, id: ModuleId) -> Vec<Rc<str>> {
        let mut names = Vec::new();
        self.collect_export_names(id, &mut names, 0);
        names
    }

    fn collect_export_names(&mut self, id: ModuleId, names: &mut Vec<Rc<str>>, depth: usize) {
        if depth > 24 {
            return;
        }
        self.run_module(id);
        let module = self.machine.program.module(id);
        if module.exports.is_empty() {
            let exports = self.cjs_exports(id);
            for key in self.keys(&exports) {
                if !names.contains(&key) {
                    names.push(key);
                }
            }
            return;
        }
        for export in &module.exports {
            match (export.exported, export.what) {
                (Some(exported), _) => {
                    let name = self.sym(id, exported);
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                (None, Exported::From { specifier, .. }) => {
                    if let Some(target) = self.resolve(id, module.str(specifier)) {
                        self.collect_export_names(target, names, depth + 1);
                        names.retain(|n| {
                            depth > 0
                                || &**n != "default"
                                || module
                                    .exports
                                    .iter()
                                    .any(|e| e.exported.is_some_and(|x| module.str(x) == "default"))
                        });
                    }
                }
                _ => {}
            }
        }
    }

    pub(crate) fn import_term(&mut self, specifier: &str, name: &str) -> Value {
        let specifier = specifier.strip_prefix("node:").unwrap_or(specifier);
        self.opaque(Term::Import {
            specifier: Rc::from(specifier),
            name: Rc::from(name),
        })
    }

    /// A module-level name; none when the module binds no such name.
    pub fn global(&mut self, id: ModuleId, name: &str) -> Option<Value> {
        self.run_module(id);
        let module = self.machine.program.module(id);
        let scopes = self.scopes(id);
        let binding = scopes
            .iter()
            .find(|(_, b)| b.scope.0 == 0 && module.str(b.name) == name)
            .map(|(i, _)| i)?;
        let env = self.module_env(id);
        Some(self.read(env, binding))
    }

    /// The value of a binding, seen from an environment.
    pub(crate) fn read(&mut self, env: Env, binding: BindingId) -> Value {
        let scopes = self.scopes(env.module);
        let info = *scopes.binding(binding);
        let Some(act) = self.act_of(env.act, info.function) else {
            return self.unknown("a variable of a function that was not run");
        };
        if let Some(value) = self.acts[act.0 as usize].vars.get(&binding.0) {
            return value.clone();
        }
        if let BindingKind::Import { import, name } = info.kind {
            let value = self.imported(env.module, import, name);
            self.acts[act.0 as usize].vars.insert(binding.0, value.clone());
            return value;
        }
        if info.function.is_none()
            && let Some(value) = self.read_lazy(env, binding, act)
        {
            return value;
        }
        // Not reached yet (a cycle of imports, or a function called ahead of time): take its one definition.
        let Some(definition) = scopes.sole_definition(binding).cloned() else {
            return Value::Undefined;
        };
        if !self.in_progress.insert((env.module, binding.0)) {
            return self.unknown("defined in terms of itself");
        }
        let at = Env { module: env.module, act };
        let value = match definition.value {
            Written::Value { value, op: None } if definition.path.is_empty() && definition.function == info.function => {
                Some(self.eval(at, value))
            }
            Written::Function(f) => Some(self.make_closure(at, f)),
            Written::Class(c) => Some(self.make_class(at, c)),
            Written::Value { value, op: None } if definition.function == info.function => {
                let whole = self.eval(at, value);
                Some(self.take_path(at, whole, &definition.path))
            }
            _ => None,
        };
        self.in_progress.remove(&(env.module, binding.0));
        match value {
            Some(value) => {
                self.acts[act.0 as usize].vars.insert(binding.0, value.clone());
                value
            }
            None if info.function.is_none() || matches!(info.kind, BindingKind::Param) => self.unknown("not assigned where it is read"),
            None => Value::Undefined,
        }
    }

    /// A module-level name that only a function without parameters assigns (a bundler's lazy part) which nobody ran yet: runs it.
    fn read_lazy(&mut self, env: Env, binding: BindingId, act: ActId) -> Option<Value> {
        let scopes = self.scopes(env.module);
        let module = self.machine.program.module(env.module);
        let definition = scopes.definitions(binding).iter().find(|d| d.value != Written::Nothing)?;
        let function = definition.function?;
        if !module.function(function).params.is_empty()
            || self.times_run(env.module, function) > 0
            || !self.in_progress.insert((env.module, binding.0))
        {
            return None;
        }
        let part = self.function_value(env.module, function);
        self.call(&part, Value::Undefined, super::Args::default());
        self.in_progress.remove(&(env.module, binding.0));
        self.acts[act.0 as usize].vars.get(&binding.0).cloned()
    }

    fn take_path(&mut self, env: Env, mut value: Value, path: &[hub_syntax::Step]) -> Value {
        use hub_syntax::Step;
        for step in path {
            value = match step {
                Step::Field(name) => {
                    let name = self.sym(env.module, *name);
                    self.get(&value, &name)
                }
                Step::Element(i) => self.get(&value, &i.to_string()),
                Step::Computed(e) => {
                    let key = self.eval(env, *e);
                    self.get_value(&value, &key)
                }
                Step::Rest => self.unknown("the rest of a destructured value"),
            };
        }
        value
    }

    pub(crate) fn act_of(&self, from: ActId, function: Option<hub_syntax::ir::FnId>) -> Option<ActId> {
        let mut at = Some(from);
        while let Some(id) = at {
            let act = &self.acts[id.0 as usize];
            if act.function == function {
                return Some(id);
            }
            at = act.parent;
        }
        None
    }

    pub(crate) fn write(&mut self, env: Env, binding: BindingId, value: Value) {
        let scopes = self.scopes(env.module);
        let function = scopes.binding(binding).function;
        if let Some(act) = self.act_of(env.act, function) {
            let old = self.acts[act.0 as usize].vars.insert(binding.0, value);
            if let (Some(old), Some(undo)) = (old, self.undo.last())
                && act.0 < undo.acts
                && self.is_informative(&old)
                && let Some(undo) = self.undo.last_mut()
            {
                undo.variables.push((act, binding.0, old));
            }
        }
    }

    fn imported(&mut self, id: ModuleId, import: u32, name: u32) -> Value {
        let module = self.machine.program.module(id);
        let import = &module.imports[import as usize];
        let wanted = import.names[name as usize].imported;
        let specifier = module.str(import.specifier);
        match self.resolve(id, specifier) {
            Some(target) => match wanted {
                Imported::Namespace | Imported::All => self.namespace(target),
                Imported::Default => self.export(target, "default").unwrap_or_else(|| self.namespace(target)),
                Imported::Name(n) => {
                    let name = module.str(n);
                    self.export(target, name)
                        .unwrap_or_else(|| self.unknown(&format!("`{specifier}` exports no `{name}`")))
                }
            },
            None => match wanted {
                Imported::Namespace | Imported::All => self.import_term(specifier, "*"),
                Imported::Default => self.import_term(specifier, "default"),
                Imported::Name(n) => self.import_term(specifier, module.str(n)),
            },
        }
    }

    /// A name that nothing in the module binds.
    pub(crate) fn unbound(&mut self, env: Env, name: &str) -> Value {
        match name {
            "module" => Value::Ref(self.cjs_module(env.module)),
            "exports" => self.cjs_exports(env.module),
            "require" | "__require" => Value::Ref(self.alloc(Kind::Native(Native::Require(env.module)))),
            "__filename" => Value::str(&format!("/{}", self.path(env.module))),
            "__dirname" => Value::str(&format!("/{}", self.path(env.module).parent())),
            "undefined" => Value::Undefined,
            "NaN" => Value::Num(f64::NAN),
            "Infinity" => Value::Num(f64::INFINITY),
            "arguments" => {
                let args = self.function_args(env);
                self.new_array(args)
            }
            _ => self.opaque(Term::Global(Rc::from(name))),
        }
    }

    fn function_args(&self, env: Env) -> Vec<Value> {
        let mut at = Some(env.act);
        while let Some(id) = at {
            let act = &self.acts[id.0 as usize];
            if let (Some(_), Some(function)) = (&act.this, act.function)
                && !self.machine.program.module(env.module).function(function).is_arrow
            {
                return act.args.clone();
            }
            at = act.parent;
        }
        Vec::new()
    }

    /// Declared functions of a block are there before its first statement.
    pub(crate) fn hoist(&mut self, env: Env, block: &[hub_syntax::ir::StmtId]) {
        let module = self.machine.program.module(env.module);
        for id in block {
            if let StmtKind::Function(f) = module.stmt(*id).kind {
                let scopes = self.scopes(env.module);
                if let Some(binding) = scopes.binding_of_function(f) {
                    let closure = self.make_closure(env, f);
                    self.write(env, binding, closure);
                }
            }
        }
    }
}
