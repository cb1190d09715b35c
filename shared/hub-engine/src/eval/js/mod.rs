//! JavaScript, as the evaluator knows it.
//!
//! ```text
//! let mut eval = Eval::new(&program, &world, &budget);        // inside hub_syntax::on_big_stack
//! eval.run_module(id);                                        // as `import` would: top level, imports first
//! eval.global(id, "TOOLS")                                    // a module-level name
//! eval.expr(eval.module_env(id), expr)                        // any expression, in the names of a module or activation
//! eval.call(&function, Value::Undefined, args)                // a function of the program
//! eval.to_json(&value)                                        // data, with holes named
//! ```
//! Bundler wrappers and CommonJS need no rules of their own. Where a condition is not known both sides run, and what a `return` may
//! have given is merged; where a callee is not known its callbacks run once with unknown arguments. Promises are their values.
//!
//! Every run is bounded by [`Budget::max_eval_steps`], a depth and a heap size; past them everything is `Unknown`.
//! Calls of watched names (see [`Eval::watch`]) are recorded as [`Event`]s, in order: discovery reads them.

mod access;
mod builtins;
mod call;
mod class;
mod dialect;
mod doubt;
mod json;
mod module;
mod operators;
mod parts;
mod props;
#[cfg(test)]
mod tests;
mod truth;
mod value;

pub use json::{Json, LEAF_BYTES, NODE_BYTES};
pub use props::Props;
pub use value::{ActId, Args, ClassValue, Closure, Env, Kind, Native, ObjId, Object, Slot, Term, Value};

use super::{Condition, Machine, World};
use crate::FunctionRef;
use hub_model::{Budget, RelPath};
use hub_syntax::ir::{ExprId, Module};
use hub_syntax::{ModuleId, Program, Scopes};
use module::ModuleState;
use rustc_hash::FxHashSet;
use std::rc::Rc;
use value::Act;

/// A call of a watched name.
#[derive(Clone, Debug)]
pub struct Event {
    /// Method, function or class name as written.
    pub method: Rc<str>,
    /// What it was called on.
    pub receiver: Option<Value>,
    pub callee: Value,
    pub args: Vec<Value>,
    pub new: bool,
    pub module: ModuleId,
    pub expr: ExprId,
    /// The callee is code of the program and was run: a wrapper, whose own calls are events too.
    pub ran: bool,
    /// What has to hold, innermost, where it is not known to.
    pub when: Option<Condition>,
}

/// Evaluation over one program. See the module's documentation.
pub struct Eval<'p> {
    pub(crate) machine: Machine<'p>,
    pub(crate) world: &'p dyn World,
    pub(crate) heap: Vec<Object>,
    acts: Vec<Act>,
    /// Activations below this one may be seen again, by what closes over them; those above are dropped when their call ends.
    kept_acts: u32,
    modules: Vec<ModuleState>,
    module_order: Vec<ModuleId>,
    watched: FxHashSet<Box<str>>,
    pub events: Vec<Event>,
    /// Call sites seen by a run: `(module, expression)`.
    visited: FxHashSet<(ModuleId, ExprId)>,
    in_progress: FxHashSet<(ModuleId, u32)>,
    unknown_spent: Option<ObjId>,
    undo: Vec<doubt::Undo>,
    max_objects: usize,
    /// Some module was not run to its end.
    cut_short: bool,
    /// The module whose code is being run.
    running: Option<ModuleId>,
}

/// Deepest nesting of calls.
const MAX_CALLS: usize = 160;
/// Objects that even a small program may have in the heap, and how much source earns one more: memory follows the size of what is
/// scanned, whatever its loops do.
const MIN_OBJECTS: usize = 100_000;
const BYTES_PER_OBJECT: usize = 8;
/// Objects for which room is set aside at once: growing by doubling would hold most of them twice. Room that stays empty is never
/// touched.
const RESERVED_OBJECTS: usize = 200_000;
/// Objects that each grant adds for reading.
const MAX_GRANTED_OBJECTS: usize = 100_000;

impl<'p> Eval<'p> {
    /// An evaluator that has run nothing yet. Use it on the stack of [`hub_syntax::on_big_stack`].
    #[must_use]
    pub fn new(program: &'p Program, world: &'p dyn World, budget: &Budget) -> Self {
        let n = program.modules.len();
        let parsed_bytes: usize = program.modules.iter().map(|m| m.source.len()).sum();
        let max_objects = budget.max_eval_objects.min(MIN_OBJECTS + parsed_bytes / BYTES_PER_OBJECT);
        Self {
            machine: Machine::new(program, budget),
            world,
            heap: Vec::with_capacity((max_objects + MAX_GRANTED_OBJECTS).min(RESERVED_OBJECTS)),
            acts: Vec::new(),
            kept_acts: 0,
            modules: (0..n).map(|_| ModuleState::default()).collect(),
            module_order: Vec::new(),
            watched: FxHashSet::default(),
            events: Vec::new(),
            visited: FxHashSet::default(),
            in_progress: FxHashSet::default(),
            unknown_spent: None,
            undo: Vec::new(),
            cut_short: false,
            running: None,
            max_objects,
        }
    }

    /// Records calls of functions, methods and classes with these names as [`Event`]s.
    pub fn watch(&mut self, names: &[&str]) {
        self.watched.extend(names.iter().map(|n| Box::from(*n)));
    }

    /// The program evaluated.
    #[must_use]
    pub fn program(&self) -> &'p Program {
        self.machine.program
    }

    #[must_use]
    pub fn module(&self, id: ModuleId) -> &'p Module {
        self.machine.program.module(id)
    }

    #[must_use]
    pub fn object(&self, id: ObjId) -> &Object {
        &self.heap[id.0 as usize]
    }

    /// The object behind a value.
    #[must_use]
    pub fn object_of(&self, value: &Value) -> Option<&Object> {
        value.id().map(|id| self.object(id))
    }

    /// The term of an opaque value.
    #[must_use]
    pub fn term(&self, value: &Value) -> Option<&Term> {
        match &self.object_of(value)?.kind {
            Kind::Opaque(term) => Some(term),
            _ => None,
        }
    }

    /// The elements of a list.
    #[must_use]
    pub fn array(&self, value: &Value) -> Option<&[Value]> {
        match &self.object_of(value)?.kind {
            Kind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The function behind a value.
    #[must_use]
    pub fn closure(&self, value: &Value) -> Option<&Closure> {
        match &self.object_of(value)?.kind {
            Kind::Function(closure) => Some(closure),
            _ => None,
        }
    }

    /// Modules that were run, in order of their start.
    #[must_use]
    pub fn modules_run(&self) -> &[ModuleId] {
        &self.module_order
    }

    /// A condition as it is written.
    #[must_use]
    pub fn condition_in_words(&self, condition: Condition) -> String {
        self.machine.words(condition)
    }

    /// Whether a run came by this call.
    #[must_use]
    pub fn was_visited(&self, module: ModuleId, expr: ExprId) -> bool {
        self.visited.contains(&(module, expr))
    }

    /// How often a function was run.
    #[must_use]
    pub fn times_run(&self, module: ModuleId, function: hub_syntax::ir::FnId) -> u32 {
        self.machine.calls.runs(FunctionRef { module, function })
    }

    /// Whether the budget is used up: everything evaluated from here on is unknown.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.machine.is_spent()
    }

    /// Whether some imported module used up its share of the budget, so that not all of it was run.
    #[must_use]
    pub fn was_cut_short(&self) -> bool {
        self.cut_short
    }

    /// Steps that the budget still has.
    #[must_use]
    pub fn steps_left(&self) -> u64 {
        self.machine.steps_left
    }

    /// Grants further steps, for reading what a run left behind even when the run used up its own.
    pub fn grant(&mut self, steps: u64) {
        self.machine.grant(steps);
        self.max_objects = self.max_objects.max(self.heap.len() + MAX_GRANTED_OBJECTS);
    }

    /// The bindings of a module.
    #[must_use]
    pub fn scopes(&self, id: ModuleId) -> &'p Scopes {
        self.machine.program.module(id).scopes()
    }

    /// A new object.
    pub fn alloc(&mut self, kind: Kind) -> ObjId {
        if self.heap.len() >= self.max_objects {
            self.machine.steps_left = 0;
            if let Some(id) = self.unknown_spent {
                return id;
            }
        }
        if let Kind::Array(items) | Kind::Opaque(Term::Call { args: items, .. } | Term::Template(items)) = &kind {
            self.machine.build(std::mem::size_of_val(items.as_slice()));
        }
        let id = ObjId(self.heap.len() as u32);
        self.heap.push(Object {
            kind,
            props: Props::default(),
            proto: None,
            origin: None,
        });
        id
    }

    /// What a supplied function gave, once it is paid for: past the budget it is not known. Only what nobody else holds was built
    /// for it.
    pub(crate) fn built(&mut self, value: Value) -> Value {
        match &value {
            Value::Str(text) if Rc::strong_count(text) == 1 && !self.machine.build(text.len()) => self.spent(),
            _ => value,
        }
    }

    pub fn new_array(&mut self, items: Vec<Value>) -> Value {
        Value::Ref(self.alloc(Kind::Array(items)))
    }

    pub fn new_object(&mut self) -> ObjId {
        self.alloc(Kind::Plain)
    }

    /// A value that is not known, and why.
    pub fn unknown(&mut self, reason: &str) -> Value {
        let reason = Rc::from(reason);
        self.opaque(Term::Unknown(reason))
    }

    pub fn opaque(&mut self, term: Term) -> Value {
        Value::Ref(self.alloc(Kind::Opaque(term)))
    }

    /// Takes one step off the budget; false when there is none left.
    pub(crate) fn step(&mut self) -> bool {
        self.machine.step()
    }

    pub(crate) fn spend(&mut self, steps: usize) {
        self.machine.spend(steps);
    }

    /// Spends what reading all of a text costs: one step is not a megabyte.
    pub(crate) fn weigh(&mut self, value: &Value) {
        if let Value::Str(s) = value {
            self.spend(s.len() / 64);
        }
    }

    pub(crate) fn spent(&mut self) -> Value {
        let id = match self.unknown_spent {
            Some(id) => id,
            None => {
                let id = ObjId(self.heap.len() as u32);
                let kind = Kind::Opaque(Term::Unknown(Rc::from(
                    "the evaluation budget is spent (HUB_MAX_EVAL_STEPS, HUB_MAX_EVAL_BYTES)",
                )));
                self.heap.push(Object {
                    kind,
                    props: Props::default(),
                    proto: None,
                    origin: None,
                });
                self.unknown_spent = Some(id);
                id
            }
        };
        Value::Ref(id)
    }

    pub(crate) fn sym(&mut self, module: ModuleId, sym: hub_syntax::ir::Sym) -> Rc<str> {
        self.machine.name(module, sym)
    }

    /// Evaluates with the module's own names.
    pub fn module_env(&mut self, id: ModuleId) -> Env {
        let act = self.module_act(id);
        Env { module: id, act }
    }

    /// The value of an expression.
    pub fn expr(&mut self, env: Env, expr: ExprId) -> Value {
        self.eval(env, expr)
    }

    /// The path of a module, for `__filename`.
    pub(crate) fn path(&self, id: ModuleId) -> &'p RelPath {
        &self.machine.program.module(id).path
    }
}

impl Eval<'_> {
    /// Number of objects in the heap; ids count from 0.
    #[must_use]
    pub fn heap_len(&self) -> usize {
        self.heap.len()
    }

    /// Functions that a closure was given as arguments of the function around it: what a wrapper wraps.
    #[must_use]
    pub fn captured_functions(&self, closure: &Closure) -> Vec<Closure> {
        let act = &self.acts[closure.act.0 as usize];
        act.args
            .iter()
            .filter_map(|a| self.closure(a))
            .filter(|c| c.function != closure.function)
            .cloned()
            .collect()
    }

    /// An instance of a class, constructed with arguments that are not known.
    pub fn construct_unknown(&mut self, class: &Value) -> Value {
        let Some(id) = class.id() else { return Value::Undefined };
        let args = match &self.object(id).kind {
            Kind::Class(c) => {
                let module = self.machine.program.module(c.module);
                let constructor = module.class(c.class).members.iter().find_map(|m| match (&m.kind, m.key) {
                    (hub_syntax::ir::MemberKind::Method(f), hub_syntax::ir::Key::Name(n)) if module.str(n) == "constructor" => Some(*f),
                    _ => None,
                });
                let n = constructor.map_or(0, |f| module.function(f).params.len());
                (0..n)
                    .map(|_| self.opaque(Term::Param(Rc::from("a constructor's parameter"))))
                    .collect()
            }
            _ => Vec::new(),
        };
        self.construct(id, Args::from(args))
    }

    /// A function as a value, with the names of its module; names of functions around it are not known unless they were run.
    pub fn function_value(&mut self, module: ModuleId, function: hub_syntax::ir::FnId) -> Value {
        let mut env = self.module_env(module);
        if let Some(parent) = self.machine.program.module(module).function(function).parent {
            // The last activation of the function around it, if there is one.
            if let Some(i) = self
                .acts
                .iter()
                .rposition(|a| a.function == Some(parent) && self.belongs(a, env.act))
            {
                env.act = ActId(i as u32);
            }
        }
        self.make_closure(env, function)
    }

    fn belongs(&self, act: &Act, module_act: ActId) -> bool {
        let mut at = act.parent;
        while let Some(id) = at {
            if id == module_act {
                return true;
            }
            at = self.acts[id.0 as usize].parent;
        }
        false
    }
}
