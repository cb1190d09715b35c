//! Statements.

use super::expr::eval;
use super::pattern::assign;
use super::{Dialect, MAX_ROUNDS, Primitive};
use hub_syntax::ir::{Block, Case, ExprId, ExprKind, ForEach, Handler, LetKind, Loop, StmtId, StmtKind, Try};

/// How a statement ends.
#[derive(Clone, Debug)]
pub enum Flow<V> {
    Normal,
    Return(V),
    Break,
    Continue,
    Throw(V),
}

/// Carries out statements in order, up to the first that ends otherwise than normally.
pub fn block<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, block: &[StmtId]) -> Flow<D::Value> {
    d.enter_block(frame, block);
    for stmt in block {
        match statement(d, frame, *stmt) {
            Flow::Normal => {}
            other => return other,
        }
    }
    Flow::Normal
}

/// Carries out one statement, within the bounds: past them it does nothing.
pub fn statement<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, id: StmtId) -> Flow<D::Value> {
    if !d.machine_mut().descend() {
        return Flow::Normal;
    }
    let flow = carry_out(d, frame, id);
    d.machine_mut().ascend();
    flow
}

fn carry_out<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, id: StmtId) -> Flow<D::Value> {
    let module = d.machine().program.module(D::module_of(frame));
    match &module.stmt(id).kind {
        StmtKind::Expr(e) => {
            eval(d, frame, *e);
        }
        StmtKind::Let { pattern, init, kind, .. } => {
            let value = match init {
                Some(init) => eval(d, frame, *init),
                // `var x;` keeps what it has; an annotation alone assigns nothing.
                None if matches!(kind, LetKind::Var | LetKind::Annotated) => return Flow::Normal,
                None => Primitive::Nothing.into(),
            };
            assign(d, frame, *pattern, value);
        }
        StmtKind::Function(f) => d.declare_function(frame, *f),
        StmtKind::Class(c) => d.declare_class(frame, *c),
        StmtKind::Return(e) => return Flow::Return(optional(d, frame, *e)),
        StmtKind::Throw(e) => return Flow::Throw(optional(d, frame, *e)),
        StmtKind::If { test, then, otherwise } => {
            let value = eval(d, frame, *test);
            return match d.truth(&value) {
                Some(true) => block(d, frame, then),
                Some(false) => block(d, frame, otherwise),
                None => d.either(frame, (*test, &value), then, otherwise),
            };
        }
        StmtKind::Loop(each) => {
            let Loop {
                init,
                test,
                update,
                body,
                otherwise,
            } = &**each;
            block(d, frame, init);
            return run_loop(d, frame, *test, *update, body, otherwise);
        }
        StmtKind::ForEach(each) => {
            let ForEach {
                pattern,
                iterable,
                keys,
                body,
                otherwise,
            } = &**each;
            let value = eval(d, frame, *iterable);
            let (items, open) = d.rounds(&value, *keys);
            for item in items.into_iter().take(MAX_ROUNDS) {
                assign(d, frame, *pattern, item);
                match block(d, frame, body) {
                    Flow::Normal | Flow::Continue => {}
                    Flow::Break => return Flow::Normal,
                    other => return other,
                }
                if d.machine().is_spent() {
                    return Flow::Normal;
                }
            }
            if open {
                let item = d.any_element(&value);
                d.perhaps(frame, Some((*pattern, item)), body);
            }
            return block(d, frame, otherwise);
        }
        StmtKind::Try(attempt) => {
            let Try {
                body,
                handlers,
                otherwise,
                finally,
            } = &**attempt;
            let flow = guarded(d, frame, body, handlers, otherwise);
            return match block(d, frame, finally) {
                Flow::Normal => flow,
                other => other,
            };
        }
        StmtKind::With { items, body } => {
            for (e, pattern) in items {
                let value = eval(d, frame, *e);
                let entered = d.enter_context(value);
                if let Some(pattern) = pattern {
                    assign(d, frame, *pattern, entered);
                }
            }
            return block(d, frame, body);
        }
        StmtKind::Switch { subject, cases } => return switch(d, frame, *subject, cases),
        StmtKind::Block(body) => return block(d, frame, body),
        StmtKind::Break => return Flow::Break,
        StmtKind::Continue => return Flow::Continue,
        StmtKind::Import(index) => d.import(frame, *index as usize),
        StmtKind::Export(index) => d.export(frame, *index as usize),
        StmtKind::Outer(names) => d.outer(frame, names),
        StmtKind::Other(parts) => d.other_statement(frame, id, parts),
        StmtKind::Empty => {}
    }
    Flow::Normal
}

fn optional<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, e: Option<ExprId>) -> D::Value {
    match e {
        Some(e) => eval(d, frame, e),
        None => Primitive::Nothing.into(),
    }
}

fn run_loop<'p, D: Dialect<'p>>(
    d: &mut D,
    frame: &mut D::Frame,
    test: Option<ExprId>,
    update: Option<ExprId>,
    body: &Block,
    otherwise: &Block,
) -> Flow<D::Value> {
    let module = d.machine().program.module(D::module_of(frame));
    let endless = test.is_none_or(|test| matches!(module.expr(test).kind, ExprKind::Bool(true)));
    for _ in 0..if endless { D::MAX_ENDLESS } else { D::MAX_LOOP } {
        if d.machine().is_spent() {
            break;
        }
        let holds = match test {
            Some(test) => {
                let value = eval(d, frame, test);
                d.truth(&value)
            }
            None => Some(true),
        };
        match holds {
            Some(true) => {
                let before = d.machine().passed_over;
                match block(d, frame, body) {
                    Flow::Normal | Flow::Continue => {}
                    Flow::Break => return Flow::Normal,
                    other => return other,
                }
                if let Some(update) = update {
                    eval(d, frame, update);
                }
                // A way out of the loop was passed over: it may have been taken.
                if d.machine().passed_over != before {
                    return Flow::Normal;
                }
            }
            Some(false) => return block(d, frame, otherwise),
            None => {
                d.perhaps(frame, None, body);
                return Flow::Normal;
            }
        }
    }
    Flow::Normal
}

/// A `try` without its `finally`.
fn guarded<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, body: &Block, handlers: &[Handler], otherwise: &Block) -> Flow<D::Value> {
    match (block(d, frame, body), handlers.first()) {
        (Flow::Throw(thrown), Some(handler)) => {
            if let Some(pattern) = handler.pattern {
                let caught = d.caught(thrown);
                assign(d, frame, pattern, caught);
            }
            block(d, frame, &handler.body)
        }
        (Flow::Normal, _) => block(d, frame, otherwise),
        (Flow::Return(value), _) => {
            // What comes from outside may fail to come: then a handler gives the value.
            if d.may_fail(&value) {
                for handler in handlers {
                    d.perhaps(frame, None, &handler.body);
                }
            }
            Flow::Return(value)
        }
        (other, _) => other,
    }
}

fn switch<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, subject: ExprId, cases: &[Case]) -> Flow<D::Value> {
    let value = eval(d, frame, subject);
    let mut possible = Vec::new();
    let mut certain = false;
    for (i, case) in cases.iter().enumerate() {
        let Some(test) = case.test else { continue };
        let test = eval(d, frame, test);
        match d.same(&value, &test) {
            Some(false) => {}
            Some(true) => {
                possible.push(i);
                certain = true;
                break;
            }
            None => possible.push(i),
        }
    }
    if !certain && let Some(default) = cases.iter().position(|case| case.test.is_none()) {
        possible.push(default);
        certain = true;
    }
    match possible[..] {
        [] => Flow::Normal,
        [only] if certain => {
            for case in &cases[only..] {
                match block(d, frame, &case.body) {
                    Flow::Normal if !D::FALLS_THROUGH => return Flow::Normal,
                    Flow::Normal => {}
                    Flow::Break if D::FALLS_THROUGH => return Flow::Normal,
                    other => return other,
                }
            }
            Flow::Normal
        }
        _ => {
            let ways: Vec<&Block> = possible.iter().map(|i| &cases[*i].body).collect();
            d.one_of(frame, &ways, certain)
        }
    }
}
