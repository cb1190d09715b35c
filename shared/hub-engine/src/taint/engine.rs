//! The interpreter's state: modules and their bindings, frames, summaries, what was found.

use super::imports::Imports;
use super::value::{
    Atom, ClassRef, Cond, Entity, Facts, Kinds, LabelId, Labels, Lit, Name, Names, Root, Seg, TraceId, TraceNode, Value, Weak, What,
    add_fact,
};
use crate::FunctionRef;
use hub_syntax::ir::{ClassId, ExprId, ExprKind, FnId, Language, Module, PatKind, Span, Sym};
use hub_syntax::{BindingId, ModuleId, Program, ScopeId, Scopes};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::rc::Rc;

/// Deepest nesting of evaluation, over all functions on the way.
pub const MAX_DEPTH: u32 = 900;
/// Deepest nesting of calls followed.
pub const MAX_CALL_DEPTH: u32 = 20;
/// Ways of calling one function that are told apart.
pub const MAX_CONTEXTS: u32 = 10;
/// Runs of one closure within a function that is looked at: each costs its body anew, and closures of a bundle call each other in
/// more ways than can be told apart.
pub const MAX_INLINED: u32 = 200;
/// Sinks kept per summary.
pub const MAX_SUMMARY_HITS: usize = 200;

/// Fields of made objects kept per summary.
pub const MAX_KEPT: usize = 24;

/// Data that an attacker chooses.
#[derive(Clone, Debug)]
pub struct Source {
    /// Index into the entry points; none for other sources.
    pub entry: Option<u32>,
    pub what: String,
}

/// A dangerous operation that attacker-chosen data reaches.
#[derive(Clone, Debug)]
pub struct Hit {
    pub module: ModuleId,
    pub function: Option<FnId>,
    pub span: Span,
    pub kind: Kinds,
    pub api: Name,
    /// What the table says about the operation.
    pub source: &'static str,
    pub detail: Detail,
    pub atom: Atom,
    /// Traces from the outermost function to the one with the sink.
    pub chain: SmallVec<[TraceId; 4]>,
}

impl Hit {
    /// What is left of it where the host that is asked first is `proven`, or its origin can choose none any more: the redirect that is
    /// followed from there.
    #[must_use]
    pub fn kind_left(&self, proven: bool) -> Kinds {
        let first = self.atom.kinds.has(Kinds::HOST) && !proven;
        if self.kind == Kinds::URL && self.detail.follows && !first {
            Kinds::HOP
        } else {
            self.kind
        }
    }
}

/// What else is known about a hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Detail {
    /// The whole operand is the caller's text: nothing of the program's around it.
    pub whole: bool,
    /// The program run is not known.
    pub unknown_program: bool,
    /// The name of the program, for argument injection.
    pub program: Option<Name>,
    /// The request goes on to wherever the answer sends it.
    pub follows: bool,
}

/// A field of a class, and what an object made here holds in it.
pub type Kept = (ClassRef, Name, Value);

/// What a function does with its parameters.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub ret: Value,
    pub facts: Facts,
    pub weak: SmallVec<[(LabelId, Kinds, Weak); 1]>,
    pub hits: Vec<Hit>,
    pub this: Value,
    /// What of the parameters stays in objects that are made.
    pub kept: Vec<Kept>,
}

/// A module as the interpreter needs it.
#[derive(Debug)]
pub struct ModuleInfo<'p> {
    pub scopes: &'p Scopes,
    /// Module-level names.
    pub top: FxHashMap<Name, BindingId>,
    /// `module.exports = …` (no name) and `exports.name = …`.
    pub cjs: Vec<(Option<Sym>, ExprId)>,
    /// `this.name = value` by class.
    pub assigned: FxHashMap<(ClassId, Name), Vec<ExprId>>,
    /// Python modules whose names come in by `from x import *`: indexes of imports.
    pub stars: Vec<u32>,
}

/// A variable is, or is not, a text: what is proved wherever that is so.
#[derive(Clone, Debug)]
pub struct Implied {
    pub binding: BindingId,
    pub text: Sym,
    pub equal: bool,
    pub facts: Facts,
    /// Length of the journal when it was found: taken back with the way it was found on.
    pub since: usize,
}

/// Most of them kept at once.
pub(super) const MAX_IMPLIED: usize = 16;

/// One activation.
#[derive(Debug)]
pub struct Frame {
    pub module: ModuleId,
    pub function: Option<FnId>,
    pub env: FxHashMap<BindingId, Value>,
    /// What variables held before, to undo a branch.
    pub journal: Vec<(BindingId, Option<Value>)>,
    pub facts: Facts,
    /// What checks behind a test of a variable proved, for where the variable is tested again.
    pub implied: Vec<Implied>,
    pub weak: SmallVec<[(LabelId, Kinds, Weak); 1]>,
    pub this: Value,
    pub ret: Option<Value>,
    pub ret_facts: Option<Facts>,
    pub ret_weak: SmallVec<[(LabelId, Kinds, Weak); 1]>,
    /// Values at `break`/`continue` of the loops being run.
    pub loop_exits: Vec<FxHashMap<BindingId, Value>>,
    pub loop_marks: Vec<usize>,
    /// Evaluates one definition without knowing what ran before.
    pub is_static: bool,
    /// Inside a branch taken only where the operator set no folder: nothing is meant to be confined there.
    pub unconfined: u32,
    /// Inside a branch taken by whether a path is absolute.
    pub relative: u32,
    /// Work on values for the value's sake: nothing is reported.
    pub quiet: bool,
}

#[derive(Debug, Default)]
pub struct Limits {
    pub steps: u64,
    pub depth: u64,
    pub calls: u64,
    pub contexts: u64,
    pub recursion: u64,
}

pub struct Engine<'p> {
    pub program: &'p Program,
    pub names: Names,
    pub labels: Labels,
    pub traces: Vec<TraceNode>,
    pub infos: Vec<Option<Rc<ModuleInfo<'p>>>>,
    syms: Vec<Vec<u32>>,
    pub imports: Imports,
    pub packages: super::packages::Packages,
    pub summaries: FxHashMap<(FunctionRef, u64), Rc<Summary>>,
    pub running: FxHashMap<(FunctionRef, u64), bool>,
    pub contexts: FxHashMap<FunctionRef, u32>,
    pub statics: FxHashMap<(ModuleId, BindingId), Option<Value>>,
    pub runtime_globals: FxHashMap<(ModuleId, BindingId), Value>,
    pub class_fields: FxHashMap<(ClassRef, Name), Value>,
    pub class_field_memo: FxHashMap<(ClassRef, Name), Option<Value>>,
    /// Whether the two above grew in this round.
    pub grew: bool,
    pub methods: FxHashMap<Name, Vec<(ClassRef, FnId)>>,
    pub frames: Vec<Frame>,
    pub group_base: usize,
    pub group_hits: Vec<Hit>,
    pub group_kept: Vec<Kept>,
    /// Closures run with the variables around them, and how often, since the function that is looked at began.
    pub inlined: FxHashMap<FunctionRef, u32>,
    group_keys: FxHashSet<(ModuleId, Span, Kinds, LabelId, Name)>,
    pub hits: Vec<Hit>,
    /// What a parameter would reach, with what it is.
    pub possible: Vec<(Hit, Source)>,
    hit_keys: FxHashSet<(ModuleId, Span, Kinds, LabelId, Name)>,
    pub steps: u64,
    pub max_steps: u64,
    /// The expression that puts texts together.
    pub here: Span,
    pub depth: u32,
    pub call_depth: u32,
    pub limits: Limits,
    pub resolvers: Vec<Value>,
    pub sources: Vec<Source>,
    /// Whether the requests of a module go on to wherever an answer sends them.
    pub follows: FxHashMap<ModuleId, bool>,
    pub reached: FxHashSet<FunctionRef>,
    /// Who calls whom.
    pub edges: FxHashSet<(FunctionRef, FunctionRef)>,
    /// Where a function of the program is called.
    pub sites: FxHashSet<(FunctionRef, ModuleId, ExprId)>,
    /// What each call of something outside calls.
    pub made: FxHashMap<(ModuleId, ExprId), Name>,
    /// Where a function gives back attacker-chosen data, first place in the source.
    pub returns: FxHashMap<FunctionRef, Span>,
    /// Where a function puts data into markup, last place that was seen.
    pub marks: FxHashMap<FunctionRef, Span>,
}

impl<'p> Engine<'p> {
    pub fn new(program: &'p Program, max_steps: u64) -> Self {
        let mut engine = Self {
            program,
            names: Names::default(),
            labels: Labels::default(),
            traces: Vec::new(),
            infos: vec![None; program.modules.len()],
            syms: vec![Vec::new(); program.modules.len()],
            imports: Imports::of(program),
            packages: Default::default(),
            summaries: FxHashMap::default(),
            running: FxHashMap::default(),
            contexts: FxHashMap::default(),
            statics: FxHashMap::default(),
            runtime_globals: FxHashMap::default(),
            class_fields: FxHashMap::default(),
            class_field_memo: FxHashMap::default(),
            grew: false,
            methods: FxHashMap::default(),
            frames: Vec::new(),
            group_base: 0,
            group_hits: Vec::new(),
            group_kept: Vec::new(),
            inlined: FxHashMap::default(),
            group_keys: FxHashSet::default(),
            hits: Vec::new(),
            possible: Vec::new(),
            hit_keys: FxHashSet::default(),
            steps: 0,
            max_steps,
            here: Span::default(),
            depth: 0,
            call_depth: 0,
            limits: Limits::default(),
            resolvers: Vec::new(),
            sources: Vec::new(),
            follows: FxHashMap::default(),
            reached: FxHashSet::default(),
            edges: FxHashSet::default(),
            sites: FxHashSet::default(),
            made: FxHashMap::default(),
            returns: FxHashMap::default(),
            marks: FxHashMap::default(),
        };
        engine.index_methods();
        engine
    }

    fn index_methods(&mut self) {
        for (id, module) in self.program.iter() {
            for (c, class) in module.classes.iter().enumerate() {
                for member in &class.members {
                    if let (hub_syntax::ir::Key::Name(key), hub_syntax::ir::MemberKind::Method(f)) = (member.key, &member.kind) {
                        let name = self.names.intern(module.str(key));
                        self.methods.entry(name).or_default().push((
                            ClassRef {
                                module: id,
                                class: ClassId(c as u32),
                            },
                            *f,
                        ));
                    }
                }
            }
        }
    }

    pub fn frame(&self) -> &Frame {
        &self.frames[self.frames.len() - 1]
    }
    pub fn frame_mut(&mut self) -> &mut Frame {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }
    pub fn module_id(&self) -> ModuleId {
        self.frame().module
    }
    pub fn module(&self) -> &'p Module {
        self.program.module(self.frame().module)
    }
    pub fn is_python(&self) -> bool {
        self.module().language == Language::Python
    }
    pub fn name_of(&mut self, module: ModuleId, sym: Sym) -> Name {
        let cache = &mut self.syms[module.0 as usize];
        if cache.is_empty() {
            cache.resize(self.program.module(module).strings.len(), u32::MAX);
        }
        if let Some(known) = cache.get(sym.index()).filter(|v| **v != u32::MAX) {
            return Name(*known);
        }
        let name = self.names.intern(self.program.module(module).str(sym));
        if let Some(slot) = self.syms[module.0 as usize].get_mut(sym.index()) {
            *slot = name.0;
        }
        name
    }
    pub fn name(&mut self, sym: Sym) -> Name {
        self.name_of(self.module_id(), sym)
    }

    pub fn info(&mut self, id: ModuleId) -> Rc<ModuleInfo<'p>> {
        if let Some(info) = &self.infos[id.0 as usize] {
            return info.clone();
        }
        let module = self.program.module(id);
        let scopes = module.scopes();
        let mut top = FxHashMap::default();
        for (binding, b) in scopes.iter() {
            if b.scope == ScopeId(0) {
                top.insert(self.name_of(id, b.name), binding);
            }
        }
        let mut cjs = Vec::new();
        let mut assigned: FxHashMap<(ClassId, Name), Vec<ExprId>> = FxHashMap::default();
        for (i, expr) in module.exprs.iter().enumerate() {
            let ExprKind::Assign { target, value, .. } = &expr.kind else {
                continue;
            };
            let PatKind::Target(target) = module.pat(*target).kind else {
                continue;
            };
            let ExprKind::Member { object, property } = module.expr(target).kind else {
                continue;
            };
            match &module.expr(object).kind {
                ExprKind::Ident(name) if module.str(*name) == "exports" => cjs.push((Some(property), *value)),
                ExprKind::Ident(name) if module.str(*name) == "module" && module.str(property) == "exports" => cjs.push((None, *value)),
                ExprKind::Member {
                    object: inner,
                    property: p,
                } if module.str(*p) == "exports"
                    && matches!(&module.expr(*inner).kind, ExprKind::Ident(n) if module.str(*n) == "module") =>
                {
                    cjs.push((Some(property), *value));
                }
                ExprKind::This | ExprKind::Ident(_) => {
                    if let ExprKind::Ident(name) = &module.expr(object).kind
                        && module.str(*name) != "self"
                    {
                        continue;
                    }
                    if let Some(class) = scopes.function_of_expr(ExprId(i as u32)).and_then(|f| class_of(module, f)) {
                        let name = self.name_of(id, property);
                        assigned.entry((class, name)).or_default().push(*value);
                    }
                }
                _ => {}
            }
        }
        let stars = module
            .imports
            .iter()
            .enumerate()
            .filter(|(_, i)| i.names.iter().any(|n| n.imported == hub_syntax::ir::Imported::All))
            .map(|(i, _)| i as u32)
            .collect();
        let info = Rc::new(ModuleInfo {
            scopes,
            top,
            cjs,
            assigned,
            stars,
        });
        self.infos[id.0 as usize] = Some(info.clone());
        info
    }

    pub fn trace(&mut self, parent: Option<TraceId>, span: Span, what: What) -> TraceId {
        let module = self.module_id();
        if let Some(p) = parent {
            let node = &self.traces[p.0 as usize];
            if node.module == module && node.span == span && node.what == what {
                return p;
            }
        }
        self.traces.push(TraceNode {
            parent,
            module,
            span,
            what,
        });
        TraceId(self.traces.len() as u32 - 1)
    }
    /// The first step of a trace, outside any frame.
    pub fn trace_at(&mut self, module: ModuleId, span: Span) -> TraceId {
        self.traces.push(TraceNode {
            parent: None,
            module,
            span,
            what: What::Source(u32::MAX),
        });
        TraceId(self.traces.len() as u32 - 1)
    }
    /// The value with a further step on each origin.
    pub fn stepped(&mut self, value: &Value, span: Span, what: What) -> Value {
        if !value.any_atom() {
            return value.clone();
        }
        value.map_atoms(0, &mut |a| {
            Some(Atom {
                trace: self.trace(Some(a.trace), span, what),
                ..a
            })
        })
    }

    pub fn push_frame(&mut self, module: ModuleId, function: Option<FnId>, this: Value) -> &mut Frame {
        let quiet = self.frames.last().is_some_and(|f| f.quiet);
        self.frames.push(Frame {
            module,
            function,
            env: FxHashMap::default(),
            journal: Vec::new(),
            facts: Facts::new(),
            implied: Vec::new(),
            weak: SmallVec::new(),
            this,
            ret: None,
            ret_facts: None,
            ret_weak: SmallVec::new(),
            loop_exits: Vec::new(),
            loop_marks: Vec::new(),
            is_static: false,
            unconfined: 0,
            relative: 0,
            quiet,
        });
        self.frame_mut()
    }

    /// Runs `work` in a frame of its own that evaluates one definition.
    pub fn in_static<T>(&mut self, module: ModuleId, function: Option<FnId>, work: impl FnOnce(&mut Self) -> T) -> T {
        let base = std::mem::replace(&mut self.group_base, self.frames.len());
        let this = function
            .and_then(|f| class_of(self.program.module(module), f))
            .map_or_else(Value::default, |class| Value::entity(Entity::Instance(ClassRef { module, class })));
        let frame = self.push_frame(module, function, this);
        frame.is_static = true;
        frame.quiet = true;
        let out = work(self);
        self.frames.pop();
        self.group_base = base;
        out
    }

    /// Counts a step of work; false when the budget is spent.
    pub fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps > self.max_steps {
            self.limits.steps = 1;
            return false;
        }
        true
    }

    /// What is proven here about an origin, of what a sink of this kind needs.
    pub fn is_proven(&self, facts: &Facts, label: LabelId, kind: Kinds) -> bool {
        facts.iter().any(|(proven, kinds)| {
            kinds.has(kind)
                && (self.labels.covers(*proven, label)
                    || matches!(kind, Kinds::HOST | Kinds::HOP)
                        && self
                            .labels
                            .parent(*proven)
                            .is_some_and(|(whole, seg)| seg == Seg::Host && self.labels.covers(whole, label)))
        })
    }

    /// The value without what is proven about its origins.
    pub fn cleansed(&mut self, value: &Value) -> Value {
        if self.frame().facts.is_empty() || !value.any_atom() {
            return value.clone();
        }
        let facts = self.frame().facts.clone();
        self.cleansed_by(&facts, value)
    }

    /// The value without what these facts prove about its origins.
    pub fn cleansed_by(&self, facts: &Facts, value: &Value) -> Value {
        if facts.is_empty() || !value.any_atom() {
            return value.clone();
        }
        let this = self;
        value.map_atoms(0, &mut |a| {
            let mut kinds = a.kinds;
            for bit in 0..u32::BITS {
                let kind = Kinds(1 << bit);
                if kinds.has(kind) && this.is_proven(facts, a.label, kind) {
                    kinds = kinds.without(kind);
                }
            }
            (!kinds.is_empty()).then_some(Atom { kinds, ..a })
        })
    }

    /// Takes what follows when `cond` came out so.
    pub fn assume(&mut self, cond: Option<&Rc<Cond>>, holds: bool) {
        let Some(cond) = cond else { return };
        let (facts, weak) = if holds {
            (&cond.yes, &cond.weak_yes)
        } else {
            (&cond.no, &cond.weak_no)
        };
        let frame = self.frame_mut();
        if let Some(facts) = facts {
            for (label, kinds) in facts {
                add_fact(&mut frame.facts, *label, *kinds);
            }
        }
        for w in weak {
            if frame.weak.len() < 24 && !frame.weak.contains(w) {
                frame.weak.push(*w);
            }
        }
    }

    /// Weak checks passed on the way to here.
    pub fn weak_for(&self, label: LabelId, kind: Kinds) -> Weak {
        self.frame()
            .weak
            .iter()
            .filter(|(l, k, _)| k.has(kind) && (self.labels.covers(*l, label) || self.labels.covers(label, *l)))
            .fold(Weak::default(), |all, (_, _, w)| all.or(*w))
    }

    pub fn record(&mut self, mut hit: Hit) {
        // Whether a parameter stands in markup is the caller's to say.
        let open = hit.kind == Kinds::PAGE && hit.atom.kinds.has(Kinds::MARKUP) && self.is_symbolic(hit.atom.label);
        hit.kind = hit.kind_left(self.is_proven(&self.frame().facts, hit.atom.label, Kinds::HOST));
        let needed = hit.kind.needed();
        if self.frame().quiet || !hit.atom.kinds.has(needed) && !open {
            return;
        }
        if self.is_proven(&self.frame().facts, hit.atom.label, needed) || hit.kind == Kinds::PATH && self.frame().unconfined > 0 {
            return;
        }
        hit.atom.weak = hit.atom.weak.or(self.weak_for(hit.atom.label, needed));
        let key = (hit.module, hit.span, hit.kind, hit.atom.label, hit.api);
        match self.labels.root_of(hit.atom.label) {
            Root::Source(_) => {
                if self.hit_keys.insert(key) {
                    self.hits.push(hit);
                }
            }
            Root::Param(_) | Root::This => {
                if self.group_hits.len() < MAX_SUMMARY_HITS && self.group_keys.insert(key) {
                    self.group_hits.push(hit);
                }
            }
        }
    }

    /// Whether the budget of steps is spent.
    pub fn limits_spent(&self) -> bool {
        self.steps >= self.max_steps
    }

    /// Whether an origin is a parameter of a function being summarised.
    pub fn is_symbolic(&self, label: LabelId) -> bool {
        !matches!(self.labels.root_of(label), Root::Source(_))
    }

    /// Starts collecting for another function; gives back what was collected so far.
    pub fn swap_group(&mut self, hits: Vec<Hit>) -> Vec<Hit> {
        self.group_keys = hits.iter().map(|h| (h.module, h.span, h.kind, h.atom.label, h.api)).collect();
        std::mem::replace(&mut self.group_hits, hits)
    }

    pub fn external(&mut self, name: &str) -> Value {
        let name = self.names.intern(name);
        Value::entity(Entity::External(name))
    }

    pub fn lit_of(&mut self, sym: Sym) -> Value {
        let name = self.name(sym);
        Value::literal(Lit::Str(self.names.text(name).clone()))
    }
}

/// The class whose `this` a function sees: its own, or that of the method it is written in.
pub fn class_of(module: &Module, function: FnId) -> Option<ClassId> {
    let mut at = Some(function);
    for _ in 0..32 {
        let f = module.function(at?);
        if f.class.is_some() {
            return f.class;
        }
        at = f.parent;
    }
    None
}
