//! Statements: what holds after each, on every way through.

use super::engine::{Engine, MAX_DEPTH};
use super::value::{Cond, Entity, Facts, Kinds, Lit, Value, What, common_facts, either};
use hub_syntax::BindingId;
use hub_syntax::ir::{Block, ExprId, ExprKind, ForEach, Language, Loop, PatKind, Stmt, StmtId, StmtKind, Try};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// How a statement ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// What follows runs.
    Normally,
    /// Return, throw, break, continue: what follows does not run.
    Elsewhere,
}

/// The state at the end of one way through a branching.
pub struct Way {
    pub changes: FxHashMap<BindingId, Value>,
    pub facts: Facts,
    pub weak: smallvec::SmallVec<[(super::value::LabelId, Kinds, super::value::Weak); 1]>,
}

impl Engine<'_> {
    pub fn block(&mut self, block: &Block) -> Ends {
        for stmt in block {
            if self.stmt(*stmt) == Ends::Elsewhere {
                return Ends::Elsewhere;
            }
        }
        Ends::Normally
    }

    pub fn stmt(&mut self, id: StmtId) -> Ends {
        if !self.step() {
            return Ends::Elsewhere;
        }
        if self.depth >= MAX_DEPTH {
            self.limits.depth += 1;
            return Ends::Normally;
        }
        self.depth += 1;
        let ends = self.stmt_kind(id);
        self.depth -= 1;
        ends
    }

    pub fn stmt_kind(&mut self, id: StmtId) -> Ends {
        let module = self.module();
        let Stmt { span, kind } = module.stmt(id);
        match kind {
            StmtKind::Expr(e) => {
                let v = self.eval(*e);

                if self.never_returns(&v, *e) {
                    Ends::Elsewhere
                } else {
                    Ends::Normally
                }
            }
            StmtKind::Let { pattern, init, .. } => {
                if let Some(init) = init {
                    let v = self.eval(*init);
                    let v = match &module.pat(*pattern).kind {
                        PatKind::Array { elements, .. } if module.language == Language::Go => self.several(v, *init, elements.len()),
                        _ => v,
                    };
                    self.bind(*pattern, v, true);
                } else if let PatKind::Ident(_) = module.pat(*pattern).kind {
                    self.bind(*pattern, Value::default(), true);
                }
                Ends::Normally
            }
            StmtKind::Return(e) => {
                let v = e.map_or_else(|| Value::literal(Lit::Null), |e| self.eval(e));
                // Where nothing else comes back there is nothing to lose by it.
                if e.is_some_and(|e| self.returns_an_error(e)) {
                    return Ends::Elsewhere;
                }
                if let (Some(function), true) = (self.frame().function, v.any_atom()) {
                    let f = crate::FunctionRef {
                        module: self.module_id(),
                        function,
                    };
                    let joined = v.atoms.iter().any(|a| self.traces[a.trace.0 as usize].what == What::Joined);
                    if joined {
                        self.returns.insert(f, *span);
                    } else {
                        self.returns.entry(f).or_insert(*span);
                    }
                }
                self.returned(v);
                Ends::Elsewhere
            }
            StmtKind::Throw(e) => {
                if let Some(e) = e {
                    self.eval(*e);
                }
                Ends::Elsewhere
            }
            StmtKind::If { .. } => self.if_chain(id),
            StmtKind::Loop(each) => {
                let Loop {
                    init,
                    test,
                    update,
                    body,
                    otherwise,
                } = &**each;
                self.block(init);
                self.loop_over(|e| {
                    if let Some(test) = test {
                        let t = e.eval(*test);
                        e.assume(t.cond.as_ref(), true);
                    }
                    e.block(body);
                    if let Some(update) = update {
                        e.eval(*update);
                    }
                });
                self.block(otherwise)
            }
            StmtKind::ForEach(each) => {
                let ForEach {
                    pattern,
                    iterable,
                    keys,
                    body,
                    otherwise,
                } = &**each;
                let all = self.eval(*iterable);
                let element = if *keys { Value::default() } else { self.element(&all) };
                let before = self.frame().facts.clone();
                // `for i, x := range`: the element is the second, and an index chooses nothing.
                let pattern = match &module.pat(*pattern).kind {
                    PatKind::Array { elements, .. } if module.language == Language::Go => elements.get(1).copied().flatten(),
                    _ => Some(*pattern),
                };
                let proven = self.loop_over(|e| {
                    if let Some(pattern) = pattern {
                        e.bind(pattern, element.clone(), true);
                    }
                    e.block(body);
                });
                // What the body proved of every element holds of all of them afterwards.
                let mut labels = Vec::new();
                element.each_atom(0, &mut |a| labels.push(a.label));
                let mut after = before;
                if self.refuses_other_names(&all, module.text(*span)) {
                    all.each_atom(0, &mut |a| super::value::add_fact(&mut after, a.label, Kinds::PATH));
                }
                if let Some(proven) = proven {
                    for (label, kinds) in proven {
                        if labels.iter().any(|l| self.labels.covers(*l, label)) {
                            super::value::add_fact(&mut after, label, kinds);
                        }
                    }
                }
                self.frame_mut().facts = after;
                self.block(otherwise)
            }
            StmtKind::Try(attempt) => {
                let Try {
                    body,
                    handlers,
                    otherwise,
                    finally,
                } = &**attempt;
                self.try_stmt(body, handlers, otherwise, finally)
            }
            StmtKind::With { items, body } => {
                for (context, pattern) in items {
                    let v = self.eval(*context);
                    if let Some(p) = pattern {
                        // `with manager() as x`: a generator's yield, or the thing itself.
                        let entered = match v.shape.as_ref().and_then(|s| s.rest.clone()) {
                            Some(rest) if v.items().is_empty() && v.refs.is_empty() => rest,
                            _ => v,
                        };
                        self.bind(*p, entered, true);
                    }
                }
                self.block(body)
            }
            StmtKind::Switch { subject, cases } => {
                let subject = self.eval(*subject);
                let mark = self.mark();
                let (facts, weak) = (self.frame().facts.clone(), self.frame().weak.clone());
                let mut ways = Vec::new();
                let mut has_default = false;
                let mut pending: Vec<ExprId> = Vec::new();
                for case in cases {
                    match case.test {
                        Some(t) => pending.push(t),
                        None => has_default = true,
                    }
                    if case.body.is_empty() {
                        if case.test.is_none() {
                            pending.clear();
                        }
                        continue;
                    }
                    let literal = case.test.is_some() && pending.iter().all(|t| self.is_literal_test(*t));
                    pending.clear();
                    if literal {
                        let cond = super::guards::equals_literal(self, &subject);
                        self.assume(cond.as_ref(), true);
                    }
                    self.frame_mut().loop_marks.push(mark);
                    self.frame_mut().loop_exits.push(FxHashMap::default());
                    let ends = self.block(&case.body);
                    let exits = self.frame_mut().loop_exits.pop().unwrap_or_default();
                    self.frame_mut().loop_marks.pop();
                    let mut way = self.undo(mark);
                    let broke = !exits.is_empty() || case.body.iter().any(|s| self.breaks(*s, 0));
                    if ends == Ends::Normally || broke {
                        for (b, v) in exits {
                            way.changes.entry(b).and_modify(|o| o.join(&v)).or_insert(v);
                        }
                        if ends == Ends::Elsewhere {
                            way.facts.clone_from(&facts);
                        }
                        ways.push(way);
                    }
                    self.frame_mut().facts.clone_from(&facts);
                    self.frame_mut().weak.clone_from(&weak);
                }
                if !has_default {
                    ways.push(Way {
                        changes: FxHashMap::default(),
                        facts,
                        weak,
                    });
                }
                self.merge(ways)
            }
            StmtKind::Block(body) => self.block(body),
            StmtKind::Break | StmtKind::Continue => {
                let frame = self.frame_mut();
                if let (Some(mark), Some(exits)) = (frame.loop_marks.last().copied(), frame.loop_exits.last_mut()) {
                    for (binding, _) in &frame.journal[mark.min(frame.journal.len())..] {
                        if let Some(v) = frame.env.get(binding) {
                            exits.entry(*binding).and_modify(|o| o.join(v)).or_insert_with(|| v.clone());
                        }
                    }
                }
                Ends::Elsewhere
            }
            StmtKind::Other(exprs) => {
                let is_assert = module.text(*span).starts_with("assert");
                for (i, e) in exprs.iter().enumerate() {
                    let v = self.eval(*e);
                    if is_assert && i == 0 {
                        self.assume(v.cond.as_ref(), true);
                    }
                }
                Ends::Normally
            }
            StmtKind::Function(_)
            | StmtKind::Class(_)
            | StmtKind::Import(_)
            | StmtKind::Export(_)
            | StmtKind::Outer(_)
            | StmtKind::Empty => Ends::Normally,
        }
    }

    pub fn breaks(&self, stmt: StmtId, depth: u32) -> bool {
        let module = self.module();
        match &module.stmt(stmt).kind {
            StmtKind::Break => true,
            StmtKind::Block(b) if depth < 4 => b.iter().any(|s| self.breaks(*s, depth + 1)),
            StmtKind::If { then, otherwise, .. } if depth < 4 => then.iter().chain(otherwise).any(|s| self.breaks(*s, depth + 1)),
            _ => false,
        }
    }

    pub fn is_literal_test(&self, test: ExprId) -> bool {
        match &self.module().expr(test).kind {
            ExprKind::Str(_) | ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Null => true,
            ExprKind::Array(items) => items
                .iter()
                .all(|i| matches!(self.module().expr(*i).kind, ExprKind::Str(_) | ExprKind::Number(_))),
            ExprKind::Binary { left, right, .. } => self.is_literal_test(*left) && self.is_literal_test(*right),
            // A label of Java, an alternative of Rust: what stands in it.
            ExprKind::Unknown(parts) => !parts.is_empty() && parts.iter().all(|p| self.is_literal_test(*p)),
            _ => false,
        }
    }

    pub fn returned(&mut self, v: Value) {
        let mut v = self.cleansed(&v);
        if self.frame().unconfined > 0 {
            v = v.without(Kinds::PATH);
        }
        let base = self.frame().facts.clone();
        let weak = self.frame().weak.clone();
        decide(&mut v, &base, &weak);
        if let Some(shape) = &v.shape
            && (shape.fields.len() + shape.items.len()) <= 8
        {
            let mut shape = (**shape).clone();
            for part in shape.fields.iter_mut().map(|(_, p)| p).chain(&mut shape.items) {
                if matches!(part.lit, Lit::Bool(_) | Lit::Null) || part.cond.is_some() {
                    decide(part, &base, &weak);
                }
            }
            v.shape = Some(Rc::new(shape));
        }
        let frame = self.frame_mut();
        match &mut frame.ret {
            Some(all) => {
                all.join(&v);
            }
            None => frame.ret = Some(v),
        }
        frame.ret_facts = Some(match frame.ret_facts.take() {
            Some(all) => common_facts(&all, &base),
            None => {
                frame.ret_weak = weak;
                base
            }
        });
    }

    /// A function that ends without `return`.
    pub fn fell_through(&mut self) {
        if self.frame().ret.is_some() && self.frame().ret_facts.is_none() {
            // A generator: its value is what it yielded.
            let facts = self.frame().facts.clone();
            self.frame_mut().ret_facts = Some(facts);
            return;
        }
        self.returned(Value::literal(Lit::Null));
    }

    pub fn never_returns(&mut self, value: &Value, e: ExprId) -> bool {
        if matches!(value.refs.first(), Some(Entity::External(n)) if &**self.names.text(*n) == "!") {
            return true;
        }
        let _ = e;
        false
    }
}

/// What a returned value tells when it is true, and when it is false.
pub fn decide(v: &mut Value, base: &Facts, weak: &[(super::value::LabelId, Kinds, super::value::Weak)]) {
    let with = |facts: &Option<Facts>| {
        facts.as_ref().map(|f| {
            let mut all = f.clone();
            super::value::add_facts(&mut all, base);
            all
        })
    };
    let weak: smallvec::SmallVec<[_; 1]> = weak.iter().copied().collect();
    let truth = match &v.lit {
        Lit::Bool(b) => Some(*b),
        Lit::Null => Some(false),
        Lit::Str(s) => Some(!s.is_empty()),
        Lit::Number(n) => Some(*n != 0.0),
        // A message that begins with words of its own.
        Lit::Unknown if matches!(&v.head, super::value::Head::Literal(l) if !l.is_empty()) => Some(true),
        Lit::Unknown if v.shape.as_ref().is_some_and(|s| !s.fields.is_empty()) => Some(true),
        Lit::Unknown => None,
    };
    let cond = match (truth, &v.cond) {
        (Some(true), _) => Cond {
            yes: Some(base.clone()),
            no: None,
            weak_yes: weak,
            ..Cond::default()
        },
        (Some(false), _) => Cond {
            yes: None,
            no: Some(base.clone()),
            weak_no: weak,
            ..Cond::default()
        },
        (None, Some(c)) => Cond {
            yes: with(&c.yes),
            no: with(&c.no),
            weak_yes: super::value::weak_of_both(&c.weak_yes, &weak),
            weak_no: super::value::weak_of_both(&c.weak_no, &weak),
        },
        (None, None) => Cond {
            yes: Some(base.clone()),
            no: Some(base.clone()),
            weak_yes: weak.clone(),
            weak_no: weak,
        },
    };
    let _ = either;
    v.cond = Some(Rc::new(cond));
}
