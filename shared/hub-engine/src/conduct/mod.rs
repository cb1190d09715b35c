//! What each tool's code does, as far as it shows outside: the functions run on a handler's behalf, and the outside operations
//! among them (files, programs, network, environment), with the constant values they are given.
//!
//! Data flow says what attacker-chosen data reaches. This says what happens whoever asks: what a description can be held against,
//! and what a tool can do by design. Values are looked up without regard to order, to a bounded depth.

mod abilities;
mod acts;
mod values;

pub use acts::{Act, ActKind};
pub use values::Argument;

use crate::taint::Flows;
use crate::{CodeFacts, EntryPoint, FunctionRef};
use hub_syntax::ir::{ExprId, ExprKind, FnId, Language, Module, StmtId, StmtKind};
use hub_syntax::{ModuleId, Program, Scopes};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// Functions followed for one entry point.
const MAX_FUNCTIONS: usize = 2_000;

/// What the program does on behalf of its entry points.
#[derive(Debug)]
pub struct Conduct<'p> {
    program: &'p Program,
    facts: &'p CodeFacts,
    /// Bindings of the modules that some entry point runs.
    scopes: FxHashMap<ModuleId, &'p Scopes>,
    /// By function: the outermost function of the entry or its callees; nested functions count to the one they stand in.
    acts: BTreeMap<FunctionRef, Vec<Act>>,
    /// By entry point: functions run for it, the handler first, then in order.
    runs: Vec<Vec<FunctionRef>>,
    sites: FxHashMap<FunctionRef, Vec<(ModuleId, ExprId)>>,
    made: FxHashMap<(ModuleId, ExprId), &'p str>,
    called: FxHashMap<(ModuleId, ExprId), Vec<FunctionRef>>,
    returns: FxHashMap<FunctionRef, Vec<ExprId>>,
    inside: FxHashMap<FunctionRef, Vec<ExprId>>,
    /// Module-level functions that are an entry's handler.
    handlers: FxHashMap<FunctionRef, usize>,
}

impl<'p> Conduct<'p> {
    /// Reads the program's conduct off the flows.
    #[must_use]
    pub fn of(program: &'p Program, facts: &'p CodeFacts, flows: &'p Flows) -> Self {
        let mut callees: FxHashMap<FunctionRef, Vec<FunctionRef>> = FxHashMap::default();
        for (from, to) in &flows.edges {
            callees.entry(*from).or_default().push(*to);
        }
        let mut sites: FxHashMap<FunctionRef, Vec<(ModuleId, ExprId)>> = FxHashMap::default();
        let mut called: FxHashMap<(ModuleId, ExprId), Vec<FunctionRef>> = FxHashMap::default();
        for (f, m, e) in &flows.sites {
            sites.entry(*f).or_default().push((*m, *e));
            called.entry((*m, *e)).or_default().push(*f);
        }
        let runs: Vec<Vec<FunctionRef>> = facts.entry_points.iter().map(|e| closure(&callees, e.handler)).collect();
        let modules: BTreeSet<ModuleId> = runs.iter().flatten().map(|f| f.module).collect();
        let scopes: FxHashMap<ModuleId, &Scopes> = modules
            .into_iter()
            .filter(|m| (m.0 as usize) < program.modules.len())
            .map(|m| (m, program.module(m).scopes()))
            .collect();
        let mut returns: FxHashMap<FunctionRef, Vec<ExprId>> = FxHashMap::default();
        for (module, scopes) in &scopes {
            for (i, stmt) in program.module(*module).stmts.iter().enumerate() {
                if let StmtKind::Return(Some(e)) = stmt.kind
                    && let Some(function) = scopes.function_of_stmt(StmtId(i as u32))
                {
                    returns.entry(FunctionRef { module: *module, function }).or_default().push(e);
                }
            }
        }
        let mut handlers = FxHashMap::default();
        for (i, e) in facts.entry_points.iter().enumerate() {
            handlers.entry(e.handler).or_insert(i);
        }
        let mut out = Self {
            program,
            facts,
            scopes,
            acts: BTreeMap::new(),
            runs,
            sites,
            called,
            returns,
            inside: FxHashMap::default(),
            made: flows.made.iter().map(|(at, n)| (*at, n.as_str())).collect(),
            handlers,
        };
        out.collect();
        out
    }

    fn collect(&mut self) {
        let wanted: FxHashSet<FunctionRef> = self.runs.iter().flatten().copied().collect();
        let mut acts: BTreeMap<FunctionRef, Vec<Act>> = BTreeMap::new();
        let modules: BTreeSet<ModuleId> = self.scopes.keys().copied().collect();
        for id in modules {
            let module = self.program.module(id);
            for i in 0..module.exprs.len() {
                let at = ExprId(i as u32);
                let Some(function) = self.function_of(id, at).filter(|f| wanted.contains(f)) else {
                    continue;
                };
                self.inside.entry(function).or_default().push(at);
                if let Some(act) = self.act(id, at, function) {
                    acts.entry(function).or_default().push(act);
                }
            }
        }
        self.acts = acts;
    }

    /// Entry points and the functions run for each.
    pub fn entries(&self) -> impl Iterator<Item = (&'p EntryPoint, &[FunctionRef])> {
        self.facts.entry_points.iter().zip(self.runs.iter().map(Vec::as_slice))
    }

    /// What these functions do, in their order.
    pub fn acts<'s>(&'s self, functions: &'s [FunctionRef]) -> impl Iterator<Item = &'s Act> {
        functions.iter().filter_map(|f| self.acts.get(f)).flatten()
    }

    /// Every function run for some entry point, once, in order.
    #[must_use]
    pub fn functions(&self) -> Vec<FunctionRef> {
        let all: BTreeSet<FunctionRef> = self.runs.iter().flatten().copied().collect();
        all.into_iter().collect()
    }

    /// The first entry point that runs the function, tools before others.
    #[must_use]
    pub fn entry_of(&self, function: FunctionRef) -> Option<&'p EntryPoint> {
        let of = |tool: bool| {
            self.entries()
                .find(|(e, runs)| (e.kind == crate::EntryKind::Tool) == tool && runs.contains(&function))
                .map(|(e, _)| e)
        };
        of(true).or_else(|| of(false))
    }

    #[must_use]
    pub fn program(&self) -> &'p Program {
        self.program
    }

    /// The bindings of a module that some entry point runs.
    #[must_use]
    pub fn scopes(&self, module: ModuleId) -> Option<&Scopes> {
        self.scopes.get(&module).copied()
    }

    /// The outside function a call calls, as the tables spell it; `*.name` for a method of something unknown.
    #[must_use]
    pub fn callee(&self, module: ModuleId, call: ExprId) -> Option<&'p str> {
        self.made.get(&(module, call)).copied()
    }

    /// Calls of outside functions in a function, by name, in order.
    pub fn calls_in(&self, function: FunctionRef) -> impl Iterator<Item = (ExprId, &'p str)> + '_ {
        self.exprs_in(function)
            .filter_map(move |(at, _)| self.callee(function.module, at).map(|n| (at, n)))
    }

    /// The expressions of a function, those of functions written in it left out, in order.
    pub fn exprs_in(&self, function: FunctionRef) -> impl Iterator<Item = (ExprId, &'p hub_syntax::ir::Expr)> + '_ {
        let module = self.program.module(function.module);
        self.inside.get(&function).into_iter().flatten().map(move |e| (*e, module.expr(*e)))
    }

    /// What the function gives back.
    #[must_use]
    pub fn returned(&self, function: FunctionRef) -> &[ExprId] {
        self.returns.get(&function).map_or(&[], Vec::as_slice)
    }

    /// The function an expression stands in that is called by name: closures count to the function around them, unless they are run.
    #[must_use]
    pub fn function_of(&self, module: ModuleId, expr: ExprId) -> Option<FunctionRef> {
        let scopes = self.scopes.get(&module)?;
        scopes.function_of_expr(expr).map(|function| FunctionRef { module, function })
    }
}

/// The handler and all it leads to; functions written inside one that runs count as run.
fn closure(callees: &FxHashMap<FunctionRef, Vec<FunctionRef>>, handler: FunctionRef) -> Vec<FunctionRef> {
    let mut seen: BTreeSet<FunctionRef> = BTreeSet::new();
    let mut todo = vec![handler];
    while let Some(f) = todo.pop() {
        if seen.len() >= MAX_FUNCTIONS {
            break;
        }
        if seen.insert(f)
            && let Some(next) = callees.get(&f)
        {
            todo.extend(next.iter().copied());
        }
    }
    seen.remove(&handler);
    let mut out = vec![handler];
    out.extend(seen);
    out
}

/// The enclosing functions of one, innermost first, itself included.
pub(crate) fn around(module: &Module, function: FnId) -> impl Iterator<Item = FnId> + '_ {
    let mut at = Some(function);
    let mut left = 32;
    std::iter::from_fn(move || {
        let f = at?;
        left -= 1;
        at = if left > 0 { module.function(f).parent } else { None };
        Some(f)
    })
}

/// `self` or `cls` comes first: calls by a member do not give it.
pub(crate) fn receives_self(module: &Module, function: FnId) -> bool {
    let f = module.function(function);
    module.language == Language::Python
        && f.class.is_some()
        && f.params
            .first()
            .is_some_and(|p| matches!(module.text(module.pat(p.pattern).span), "self" | "cls"))
}

/// The object of a method call.
pub(crate) fn receiver_of(module: &Module, callee: ExprId) -> Option<ExprId> {
    match module.expr(callee).kind {
        ExprKind::Member { object, .. } => Some(object),
        _ => None,
    }
}
