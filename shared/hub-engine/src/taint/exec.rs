//! Statements: what holds after each, on every way through.

use super::engine::{Engine, Frame, Implied, MAX_DEPTH, MAX_IMPLIED};
use super::value::{Cond, Entity, Facts, Kinds, Lit, Value, What, common_facts, either};
use hub_syntax::BindingId;
use hub_syntax::ir::{Block, ExprId, ExprKind, Handler, PatId, PatKind, Stmt, StmtId, StmtKind, Sym};
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
struct Way {
    changes: FxHashMap<BindingId, Value>,
    facts: Facts,
    weak: smallvec::SmallVec<[(super::value::LabelId, Kinds, super::value::Weak); 1]>,
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

    fn stmt(&mut self, id: StmtId) -> Ends {
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

    fn stmt_kind(&mut self, id: StmtId) -> Ends {
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
                    self.bind(*pattern, v, true);
                } else if let PatKind::Ident(_) = module.pat(*pattern).kind {
                    self.bind(*pattern, Value::default(), true);
                }
                Ends::Normally
            }
            StmtKind::Return(e) => {
                let v = e.map_or_else(|| Value::literal(Lit::Null), |e| self.eval(e));
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
            StmtKind::Loop {
                init,
                test,
                update,
                body,
                otherwise,
            } => {
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
            StmtKind::ForEach {
                pattern,
                iterable,
                keys,
                body,
                otherwise,
            } => {
                let all = self.eval(*iterable);
                let element = if *keys { Value::default() } else { self.element(&all) };
                let before = self.frame().facts.clone();
                let proven = self.loop_over(|e| {
                    e.bind(*pattern, element.clone(), true);
                    e.block(body);
                });
                // What the body proved of every element holds of all of them afterwards.
                let mut labels = Vec::new();
                element.each_atom(0, &mut |a| labels.push(a.label));
                let mut after = before;
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
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => self.try_stmt(body, handlers, otherwise, finally),
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

    fn breaks(&self, stmt: StmtId, depth: u32) -> bool {
        let module = self.module();
        match &module.stmt(stmt).kind {
            StmtKind::Break => true,
            StmtKind::Block(b) if depth < 4 => b.iter().any(|s| self.breaks(*s, depth + 1)),
            StmtKind::If { then, otherwise, .. } if depth < 4 => then.iter().chain(otherwise).any(|s| self.breaks(*s, depth + 1)),
            _ => false,
        }
    }

    fn is_literal_test(&self, test: ExprId) -> bool {
        match &self.module().expr(test).kind {
            ExprKind::Str(_) | ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Null => true,
            ExprKind::Array(items) => items
                .iter()
                .all(|i| matches!(self.module().expr(*i).kind, ExprKind::Str(_) | ExprKind::Number(_))),
            ExprKind::Binary { left, right, .. } => self.is_literal_test(*left) && self.is_literal_test(*right),
            _ => false,
        }
    }

    /// `if … else if … else …`, without recursion along the chain.
    fn if_chain(&mut self, first: StmtId) -> Ends {
        let module = self.module();
        let (facts, weak) = (self.frame().facts.clone(), self.frame().weak.clone());
        let mark = self.mark();
        let mut ways = Vec::new();
        let mut proven = None;
        let mut at = first;
        while let StmtKind::If { test, then, otherwise } = &module.stmt(at).kind {
            let test_expr = *test;
            let test = self.eval(test_expr);
            let (before_facts, before_weak) = (self.frame().facts.clone(), self.frame().weak.clone());
            let known = self.asks_which_text(test_expr);
            if !matches!(test.lit, Lit::Bool(false)) {
                let inner = self.mark();
                self.assume(test.cond.as_ref(), true);
                self.assume_implied(known, true);
                let unset = u32::from(self.asks_if_unset(test_expr));
                let relative = u32::from(self.asks_if_absolute(test_expr));
                self.frame_mut().unconfined += unset;
                self.frame_mut().relative += relative;
                let ends = self.block(then);
                self.frame_mut().relative -= relative;
                self.frame_mut().unconfined -= unset;
                if ends == Ends::Normally && otherwise.is_empty() && at == first {
                    // Unless the branch gave the variable another value.
                    let same = |k: &(BindingId, Sym, bool)| self.frame().journal[inner..].iter().all(|(b, _)| *b != k.0);
                    proven = known.filter(same).map(|k| (k, self.frame().facts.clone()));
                }
                if ends == Ends::Normally {
                    // Changes since the beginning of the chain: tests may assign.
                    let way = self.snapshot(mark);
                    ways.push(way);
                }
                self.undo(inner);
            }
            self.frame_mut().facts = before_facts;
            self.frame_mut().weak = before_weak;
            self.assume(test.cond.as_ref(), false);
            self.assume_implied(known, false);
            if let [next] = **otherwise
                && matches!(module.stmt(next).kind, StmtKind::If { .. })
            {
                at = next;
                continue;
            }
            if matches!(test.lit, Lit::Bool(true)) {
                break;
            }
            if self.block(otherwise) == Ends::Normally {
                let way = self.snapshot(mark);
                ways.push(way);
            }
            break;
        }
        self.undo(mark);
        let frame = self.frame_mut();
        frame.facts = facts;
        frame.weak = weak;
        let ends = self.merge(ways);
        if let Some(((binding, text, equal), mut facts)) = proven {
            facts.retain(|f| !self.frame().facts.contains(f));
            if !facts.is_empty() && self.frame().implied.len() < MAX_IMPLIED {
                let frame = self.frame_mut();
                // An entry of its own in the journal, so that whoever takes this way back takes this back.
                let now = frame.env.get(&binding).cloned();
                frame.journal.push((binding, now));
                let since = frame.journal.len();
                frame.implied.push(Implied {
                    binding,
                    text,
                    equal,
                    facts,
                    since,
                });
            }
        }
        ends
    }

    /// `action == "import"`, `action != "import"`: the variable, the text, and whether it is that text when the test holds.
    fn asks_which_text(&mut self, test: ExprId) -> Option<(BindingId, Sym, bool)> {
        use hub_syntax::ir::BinaryOp;
        let module = self.module();
        let ExprKind::Binary { op, left, right } = module.expr(test).kind else {
            return None;
        };
        let equal = match op {
            BinaryOp::Eq | BinaryOp::StrictEq => true,
            BinaryOp::Ne | BinaryOp::StrictNe => false,
            _ => return None,
        };
        let ExprKind::Str(text) = module.expr(right).kind else {
            return None;
        };
        let id = self.module_id();
        let binding = self.info(id).scopes.binding_of(left)?;
        Some((binding, text, equal))
    }

    /// Takes what earlier checks proved wherever the variable is as this test says when it `holds`.
    fn assume_implied(&mut self, known: Option<(BindingId, Sym, bool)>, holds: bool) {
        let Some((binding, text, equal)) = known else { return };
        let is_text = equal == holds;
        let frame = self.frame_mut();
        let Frame { implied, facts, .. } = frame;
        for i in implied.iter().filter(|i| i.binding == binding) {
            // Being one text is not being any other; not being one text says nothing of the others.
            let follows = match (is_text, i.equal) {
                (true, true) | (false, false) => i.text == text,
                (true, false) => i.text != text,
                (false, true) => false,
            };
            if follows {
                super::value::add_facts(facts, &i.facts);
            }
        }
    }

    /// `if not path.is_absolute()`, `path.isAbsolute(p) ? …`: what follows makes a relative path whole.
    pub fn asks_if_absolute(&self, test: ExprId) -> bool {
        let module = self.module();
        match &module.expr(test).kind {
            ExprKind::Unary { operand, .. } => self.asks_if_absolute(*operand),
            ExprKind::Binary {
                op: hub_syntax::ir::BinaryOp::And,
                left,
                right,
            } => self.asks_if_absolute(*left) || self.asks_if_absolute(*right),
            ExprKind::Call { callee, .. } => match &module.expr(*callee).kind {
                ExprKind::Member { property, .. } => matches!(module.str(*property), "is_absolute" | "isAbsolute" | "isabs"),
                ExprKind::Ident(name) => matches!(module.str(*name), "isAbsolute" | "isabs"),
                _ => false,
            },
            _ => false,
        }
    }

    /// `if BASE is None`, `if (!config.root)`: a folder of the configuration that was not set.
    fn asks_if_unset(&self, test: ExprId) -> bool {
        let module = self.module();
        let named = |e: ExprId| {
            let e = match &module.expr(e).kind {
                ExprKind::Member { object, property } if module.str(*property) == "length" => *object,
                _ => e,
            };
            module.dotted(e).is_some_and(|d| {
                let d = d.to_ascii_lowercase();
                ["dir", "path", "root", "base", "folder", "workspace", "allowed"]
                    .iter()
                    .any(|w| d.contains(w))
                    && (module
                        .dotted(e)
                        .is_some_and(|d| d.chars().any(char::is_uppercase) && d == d.to_ascii_uppercase())
                        || d.contains('.'))
            })
        };
        match &module.expr(test).kind {
            ExprKind::Unary {
                op: hub_syntax::ir::UnaryOp::Not,
                operand,
            } => named(*operand),
            ExprKind::Binary {
                op: hub_syntax::ir::BinaryOp::Eq | hub_syntax::ir::BinaryOp::StrictEq,
                left,
                right,
            } => {
                matches!(module.expr(*right).kind, ExprKind::Null | ExprKind::Undefined) && named(*left)
                    || matches!(module.expr(*right).kind, ExprKind::Number(n) if n == 0.0) && named(*left)
            }
            _ => false,
        }
    }

    fn try_stmt(&mut self, body: &Block, handlers: &[Handler], otherwise: &Block, finally: &Block) -> Ends {
        let (facts, weak) = (self.frame().facts.clone(), self.frame().weak.clone());
        let mark = self.mark();
        let mut ends = self.block(body);
        let thrown = self.snapshot(mark);
        if ends == Ends::Normally {
            ends = self.block(otherwise);
        }
        let mut ways = Vec::new();
        let way = self.undo(mark);
        if ends == Ends::Normally {
            ways.push(way);
        }
        for handler in handlers {
            let frame = self.frame_mut();
            frame.facts.clone_from(&facts);
            frame.weak.clone_from(&weak);
            // The body may have got anywhere.
            for (binding, value) in &thrown.changes {
                let old = self.frame().env.get(binding).cloned();
                let v = old.map_or_else(|| value.clone(), |o| o.joined(value));
                self.write_binding(*binding, v);
            }
            if let Some(p) = handler.pattern {
                self.bind(p, Value::default(), true);
            }
            let ends = self.block(&handler.body);
            let way = self.undo(mark);
            if ends == Ends::Normally {
                ways.push(way);
            }
        }
        let frame = self.frame_mut();
        frame.facts = facts;
        frame.weak = weak;
        let ends = self.merge(ways);
        if self.block(finally) == Ends::Elsewhere {
            Ends::Elsewhere
        } else {
            ends
        }
    }

    /// Runs a loop's body until nothing changes, at most twice; gives what holds at its end.
    fn loop_over(&mut self, mut body: impl FnMut(&mut Self)) -> Option<Facts> {
        let (facts, weak) = (self.frame().facts.clone(), self.frame().weak.clone());
        let mut proven = None;
        for round in 0..2 {
            let mark = self.mark();
            let frame = self.frame_mut();
            frame.loop_marks.push(mark);
            frame.loop_exits.push(FxHashMap::default());
            body(self);
            let frame = self.frame_mut();
            let exits = frame.loop_exits.pop().unwrap_or_default();
            frame.loop_marks.pop();
            let end = self.undo(mark);
            proven = Some(end.facts.clone());
            let frame = self.frame_mut();
            frame.facts.clone_from(&facts);
            frame.weak.clone_from(&weak);
            let mut changed = false;
            for (binding, value) in end.changes.into_iter().chain(exits) {
                let old = self.frame().env.get(&binding).cloned();
                let joined = match &old {
                    Some(o) => o.clone().joined(&value),
                    None => value,
                };
                changed |= old.is_none_or(|o| {
                    o.atoms.len() != joined.atoms.len()
                        || o.refs.len() != joined.refs.len()
                        || o.shape.is_some() != joined.shape.is_some()
                        || joined.any_atom()
                });
                self.write_binding(binding, joined);
            }
            if !changed || round == 1 {
                break;
            }
        }
        proven
    }

    fn mark(&self) -> usize {
        self.frame().journal.len()
    }

    fn snapshot(&self, mark: usize) -> Way {
        let frame = self.frame();
        let changes = frame.journal[mark.min(frame.journal.len())..]
            .iter()
            .filter_map(|(b, _)| frame.env.get(b).map(|v| (*b, v.clone())))
            .collect();
        Way {
            changes,
            facts: frame.facts.clone(),
            weak: frame.weak.clone(),
        }
    }

    /// Gives the state since `mark` and takes it back.
    fn undo(&mut self, mark: usize) -> Way {
        let way = self.snapshot(mark);
        let frame = self.frame_mut();
        frame.implied.retain(|i| i.since <= mark);
        while frame.journal.len() > mark {
            if let Some((binding, old)) = frame.journal.pop() {
                match old {
                    Some(v) => frame.env.insert(binding, v),
                    None => frame.env.remove(&binding),
                };
            }
        }
        way
    }

    /// Joins the ways that go on.
    fn merge(&mut self, ways: Vec<Way>) -> Ends {
        let Some(first) = ways.first() else { return Ends::Elsewhere };
        let mut facts = first.facts.clone();
        let mut weak = first.weak.clone();
        for way in &ways[1..] {
            facts = common_facts(&facts, &way.facts);
            weak.retain(|w| way.weak.contains(w));
        }
        let mut changed: Vec<BindingId> = ways.iter().flat_map(|w| w.changes.keys().copied()).collect();
        changed.sort_unstable();
        changed.dedup();
        for binding in changed {
            let old = self.frame().env.get(&binding).cloned();
            let mut value: Option<Value> = None;
            for way in &ways {
                // Literals and refs survive a join only when all ways agree, so an untouched way counts with the old value.
                let v = match (way.changes.get(&binding), &old) {
                    // What only this way proved of it is kept in the value: the fact itself does not outlive the join.
                    (Some(v), _) if way.facts != facts => self.cleansed_by(&way.facts, v),
                    (Some(v), _) => v.clone(),
                    (None, Some(o)) => o.clone(),
                    (None, None) => continue,
                };
                match &mut value {
                    Some(all) => all.join(&v),
                    None => value = Some(v),
                }
            }
            self.write_binding(binding, value.unwrap_or_default());
        }
        let frame = self.frame_mut();
        frame.facts = facts;
        frame.weak = weak;
        Ends::Normally
    }

    pub fn write_binding(&mut self, binding: BindingId, value: Value) {
        let frame = self.frame_mut();
        let old = frame.env.insert(binding, value);
        frame.journal.push((binding, old));
        frame.implied.retain(|i| i.binding != binding);
    }

    fn returned(&mut self, v: Value) {
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

    fn never_returns(&mut self, value: &Value, e: ExprId) -> bool {
        if matches!(value.refs.first(), Some(Entity::External(n)) if &**self.names.text(*n) == "!") {
            return true;
        }
        let _ = e;
        false
    }

    /// Writes a value where a pattern points. `fresh`: a declaration, not an assignment.
    pub fn bind(&mut self, pat: PatId, value: Value, fresh: bool) {
        let module = self.module();
        let p = module.pat(pat);
        match &p.kind {
            PatKind::Ident(sym) => {
                let id = self.module_id();
                let info = self.info(id);
                let Some(binding) = info.scopes.binding_of_pattern(pat) else {
                    return;
                };
                let name = self.name(*sym);
                let value = if value.atoms.is_empty() {
                    value
                } else {
                    self.stepped(&value, p.span, What::Assigned(name))
                };
                self.write(binding, value, fresh);
            }
            PatKind::Target(e) => self.write_target(*e, value),
            PatKind::Array { elements, rest } => {
                for (i, element) in elements.iter().enumerate() {
                    if let Some(element) = element {
                        let v = self.item(&value, i);
                        self.bind(*element, v, fresh);
                    }
                }
                if let Some(rest) = rest {
                    let mut list = Value::default();
                    let v = self.element(&value);
                    list.add_rest(&v);
                    self.bind(*rest, list, fresh);
                }
            }
            PatKind::Object { props, rest } => {
                for (key, inner) in props {
                    let v = match self.key_name(*key) {
                        Some(name) => self.member(&value, name, Some(p.span)),
                        None => self.element(&value),
                    };
                    self.bind(*inner, v, fresh);
                }
                if let Some(rest) = rest {
                    self.bind(*rest, value, fresh);
                }
            }
            PatKind::Default { pattern, default } => {
                let d = self.eval(*default);
                let v = if value.is_bottom() { d } else { value.joined(&d) };
                self.bind(*pattern, v, fresh);
            }
            PatKind::Unknown => {}
        }
    }

    fn write(&mut self, binding: BindingId, value: Value, fresh: bool) {
        let id = self.module_id();
        let info = self.info(id);
        let owner = info.scopes.binding(binding).function;
        let current = self.frame().function;
        if owner == current && owner.is_some() {
            self.write_binding(binding, value);
            return;
        }
        if let Some(owner) = owner {
            for i in (self.group_base..self.frames.len()).rev() {
                let frame = &mut self.frames[i];
                if frame.module == id && frame.function == Some(owner) {
                    // Another function's variable: it may or may not be written by now.
                    let joined = match frame.env.get(&binding) {
                        Some(old) if !fresh => old.clone().joined(&value),
                        _ => value,
                    };
                    let old = frame.env.insert(binding, joined);
                    frame.journal.push((binding, old));
                    return;
                }
            }
        }
        // A module-level variable, or one of a function that is not running.
        if self.frame().is_static {
            return;
        }
        let value = self.only_sources(&value);
        if value.any_atom() {
            let known = self.runtime_globals.entry((id, binding)).or_default();
            if count_atoms(known) < count_atoms(&known.clone().joined(&value)) {
                known.join(&value);
                self.grew = true;
            }
        }
    }

    /// The value as far as it comes from sources of the program: what may be kept beyond the function.
    pub fn only_sources(&mut self, value: &Value) -> Value {
        let value = self.cleansed(value);
        let labels = &self.labels;
        value.map_atoms(0, &mut |a| {
            matches!(labels.root_of(a.label), super::value::Root::Source(_)).then_some(a)
        })
    }

    fn write_target(&mut self, e: ExprId, value: Value) {
        let module = self.module();
        match &module.expr(e).kind {
            ExprKind::Member { object, property } => {
                let name = self.name(*property);
                if &**self.names.text(name) == "innerHTML" {
                    self.check_sinks(
                        "*.innerHTML",
                        None,
                        &[super::calls::ArgVal::plain(value.clone())],
                        module.expr(e).span,
                    );
                }
                let value = self.stepped(&value, module.expr(e).span, What::Stored(name));
                self.write_part(*object, Some(name), value);
            }
            ExprKind::Index { object, index } => {
                let key = self.eval(*index);
                let name = key.text().map(str::to_owned).map(|t| self.names.intern(&t));
                self.write_part(*object, name, value);
            }
            _ => {}
        }
    }

    fn write_part(&mut self, object: ExprId, name: Option<super::value::Name>, value: Value) {
        let module = self.module();
        let set = |target: &mut Value| match name {
            Some(name) => target.set_field(name, value.clone(), true),
            None => target.add_rest(&value),
        };
        let current = self.eval(object);
        for r in &current.refs {
            if let (Entity::Instance(class), Some(name)) = (r, name) {
                let kept = self.only_sources(&value);
                if kept.any_atom() && !self.frame().is_static {
                    let known = self.class_fields.entry((*class, name)).or_default();
                    if count_atoms(known) < count_atoms(&known.clone().joined(&kept)) {
                        known.join(&kept);
                        self.grew = true;
                    }
                }
            }
        }
        match &module.expr(object).kind {
            ExprKind::This => set(&mut self.frame_mut().this),
            ExprKind::Ident(sym) if module.str(*sym) == "self" && self.frame().function.is_some() => {
                set(&mut self.frame_mut().this);
                self.write_ident(object, current, set);
            }
            ExprKind::Ident(_) => self.write_ident(object, current, set),
            ExprKind::Member { object: inner, property } => {
                // `a.b.c = v`: a's b gets a c.
                let mut part = current;
                set(&mut part);
                let name = self.name(*property);
                let whole = *inner;
                let outer = self.eval(whole);
                let kept = self.only_sources(&part);
                if kept.any_atom() && !self.frame().is_static {
                    for r in &outer.refs {
                        if let Entity::Instance(class) = r {
                            let known = self.class_fields.entry((*class, name)).or_default();
                            if count_atoms(known) < count_atoms(&known.clone().joined(&kept)) {
                                known.join(&kept);
                                self.grew = true;
                            }
                        }
                    }
                }
                match &module.expr(whole).kind {
                    ExprKind::This => self.frame_mut().this.set_field(name, part, true),
                    ExprKind::Ident(_) => self.write_ident(whole, outer, |t| t.set_field(name, part.clone(), true)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn write_ident(&mut self, ident: ExprId, mut current: Value, set: impl Fn(&mut Value)) {
        let id = self.module_id();
        let info = self.info(id);
        let Some(binding) = info.scopes.binding_of(ident) else { return };
        set(&mut current);
        self.write(binding, current, false);
    }

    /// Writes back the changed value of the expression a method was called on: `list.push(x)`.
    pub fn update_receiver(&mut self, receiver: ExprId, value: Value) {
        let module = self.module();
        match &module.expr(receiver).kind {
            ExprKind::Ident(_) => {
                let id = self.module_id();
                let info = self.info(id);
                if let Some(binding) = info.scopes.binding_of(receiver) {
                    self.write(binding, value, false);
                }
            }
            ExprKind::Member { object, property } => {
                let name = self.name(*property);
                self.write_part(*object, Some(name), value);
            }
            _ => {}
        }
    }
}

fn count_atoms(v: &Value) -> usize {
    let mut n = 0;
    v.each_atom(0, &mut |_| n += 1);
    n
}

/// What a returned value tells when it is true, and when it is false.
fn decide(v: &mut Value, base: &Facts, weak: &[(super::value::LabelId, Kinds, super::value::Weak)]) {
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
