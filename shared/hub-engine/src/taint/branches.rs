//! Ways through a function: what holds on each, and where they meet again.

use super::engine::{Engine, Frame, Implied, MAX_IMPLIED};
use super::exec::{Ends, Way};
use super::value::{Facts, Lit, Value, common_facts};
use hub_syntax::BindingId;
use hub_syntax::ir::{Block, ExprId, ExprKind, Handler, StmtId, StmtKind, Sym};
use rustc_hash::FxHashMap;

impl Engine<'_> {
    /// `if … else if … else …`, without recursion along the chain.
    pub fn if_chain(&mut self, first: StmtId) -> Ends {
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
    pub fn asks_which_text(&mut self, test: ExprId) -> Option<(BindingId, Sym, bool)> {
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
    pub fn assume_implied(&mut self, known: Option<(BindingId, Sym, bool)>, holds: bool) {
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
    pub fn asks_if_unset(&self, test: ExprId) -> bool {
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

    pub fn try_stmt(&mut self, body: &Block, handlers: &[Handler], otherwise: &Block, finally: &Block) -> Ends {
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
    pub fn loop_over(&mut self, mut body: impl FnMut(&mut Self)) -> Option<Facts> {
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

    pub fn mark(&self) -> usize {
        self.frame().journal.len()
    }

    pub fn snapshot(&self, mark: usize) -> Way {
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
    pub fn undo(&mut self, mark: usize) -> Way {
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
    pub fn merge(&mut self, ways: Vec<Way>) -> Ends {
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
}
