//! Statements.

use super::value::{ActId, Env, Flow, Kind, ObjId, Slot, Term, Value};
use super::{Args, Eval};
use hub_syntax::ir::{Block, ExprId, Language, StmtId, StmtKind};
use std::rc::Rc;

/// Most rounds of one loop.
const MAX_ROUNDS: usize = 5_000;

/// Assignments over known values, in something that may not happen.
#[derive(Debug, Default)]
pub(super) struct Undo {
    /// Activations and objects that were there before; what is newer need not be taken back.
    pub(super) acts: u32,
    pub(super) objects: u32,
    pub(super) variables: Vec<(ActId, u32, Value)>,
    pub(super) properties: Vec<(ObjId, Rc<str>, Value)>,
}

impl Eval<'_> {
    pub(crate) fn block(&mut self, env: Env, block: &Block) -> Flow {
        self.hoist(env, block);
        for stmt in block {
            match self.stmt(env, *stmt) {
                Flow::Normal => {}
                other => return other,
            }
        }
        Flow::Normal
    }

    pub(crate) fn stmt(&mut self, env: Env, id: StmtId) -> Flow {
        if self.depth >= super::MAX_DEPTH || !self.step() {
            return Flow::Normal;
        }
        self.depth += 1;
        let flow = self.stmt_inner(env, id);
        self.depth -= 1;
        flow
    }

    fn stmt_inner(&mut self, env: Env, id: StmtId) -> Flow {
        let module = self.program.module(env.module);
        match &module.stmt(id).kind {
            StmtKind::Expr(e) => {
                self.eval(env, *e);
            }
            StmtKind::Let { pattern, init, kind, .. } => {
                let value = match init {
                    Some(init) => self.eval(env, *init),
                    // `var x;` keeps what it has; a Python annotation alone assigns nothing.
                    None if matches!(kind, hub_syntax::ir::LetKind::Var | hub_syntax::ir::LetKind::Annotated) => return Flow::Normal,
                    None => Value::Undefined,
                };
                self.bind(env, *pattern, value);
            }
            StmtKind::Function(f) => {
                // JavaScript hoisted it.
                if module.language == Language::Python
                    && let Some(binding) = self.scopes(env.module).binding_of_function(*f)
                {
                    let closure = self.make_closure(env, *f);
                    self.write(env, binding, closure);
                }
            }
            StmtKind::Class(c) => {
                let class = self.make_class(env, *c);
                let scopes = self.scopes(env.module);
                // The name outside of the class and the one inside are two bindings.
                let name = module.class(*c).name;
                if let Some(binding) = scopes.binding_of_class(*c) {
                    self.write(env, binding, class.clone());
                }
                if let Some(binding) = name.and_then(|n| scopes.top_level(n)) {
                    let top = self.module_env(env.module);
                    if top.act == env.act {
                        self.write(top, binding, class);
                    }
                }
            }
            StmtKind::Return(e) => {
                let value = e.map_or(Value::Undefined, |e| self.eval(env, e));
                return Flow::Return(value);
            }
            StmtKind::Throw(e) => {
                let value = e.map_or(Value::Undefined, |e| self.eval(env, e));
                return Flow::Throw(value);
            }
            StmtKind::If { test, then, otherwise } => {
                let condition = self.eval(env, *test);
                match self.truthy(env.module, &condition) {
                    Some(true) => return self.block(env, then),
                    Some(false) => return self.block(env, otherwise),
                    None => {
                        // The side believed in runs last, and its assignments stay; of the other only what it adds.
                        let lean = self.leaning(&condition);
                        let (doubted, believed) = if lean == Some(false) {
                            (then, otherwise)
                        } else {
                            (otherwise, then)
                        };
                        self.possibly(env, lean == Some(false), |eval| eval.block(env, doubted));
                        self.possibly(env, lean.is_none(), |eval| eval.block(env, believed));
                    }
                }
            }
            StmtKind::Loop {
                init,
                test,
                update,
                body,
                otherwise,
            } => return self.run_loop(env, init, *test, *update, body, otherwise),
            StmtKind::ForEach {
                pattern,
                iterable,
                keys,
                body,
                otherwise,
            } => {
                let value = self.eval(env, *iterable);
                let items = if *keys {
                    if self.is_opaque(&value) {
                        None
                    } else {
                        Some(self.keys(&value).into_iter().map(Value::Str).collect())
                    }
                } else if module.language == Language::Python
                    && matches!(self.object_of(&value).map(|o| &o.kind), Some(Kind::Plain | Kind::Map(_)))
                {
                    Some(self.keys(&value).into_iter().map(Value::Str).collect())
                } else {
                    self.iterate(&value)
                };
                match items {
                    Some(items) => {
                        for item in items.into_iter().take(MAX_ROUNDS) {
                            self.bind(env, *pattern, item);
                            match self.block(env, body) {
                                Flow::Normal | Flow::Continue => {}
                                Flow::Break => break,
                                other => return other,
                            }
                            if self.is_spent() {
                                break;
                            }
                        }
                    }
                    None => {
                        let item = self.element_of(&value);
                        self.possibly(env, true, |eval| {
                            eval.bind(env, *pattern, item);
                            eval.block(env, body)
                        });
                    }
                }
                return self.block(env, otherwise);
            }
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                let mut flow = self.block(env, body);
                match flow {
                    Flow::Throw(thrown) if !handlers.is_empty() => {
                        let handler = &handlers[0];
                        if let Some(pattern) = handler.pattern {
                            self.bind(env, pattern, thrown);
                        }
                        flow = self.block(env, &handler.body);
                    }
                    Flow::Normal => flow = self.block(env, otherwise),
                    _ => {}
                }
                match self.block(env, finally) {
                    Flow::Normal => return flow,
                    other => return other,
                }
            }
            StmtKind::With { items, body } => {
                for (expr, pattern) in items {
                    let value = self.eval(env, *expr);
                    if let Some(pattern) = pattern {
                        self.bind(env, *pattern, value);
                    }
                }
                return self.block(env, body);
            }
            StmtKind::Switch { subject, cases } => return self.switch(env, *subject, cases),
            StmtKind::Block(body) => return self.block(env, body),
            StmtKind::Break => return Flow::Break,
            StmtKind::Continue => return Flow::Continue,
            StmtKind::Export(index) => {
                if let hub_syntax::ir::Exported::Expr(_) = module.exports[*index as usize].what
                    && module.exports[*index as usize].exported.is_some_and(|e| module.str(e) == "default")
                {
                    // Evaluated where it stands, kept for whoever imports it.
                    let _ = self.export(env.module, "default");
                }
            }
            StmtKind::Other(exprs) => {
                for e in exprs {
                    self.eval(env, *e);
                }
            }
            StmtKind::Import(_) | StmtKind::Outer(_) | StmtKind::Empty => {}
        }
        Flow::Normal
    }

    /// Something not known standing for any element of a list.
    pub(crate) fn element_of(&mut self, list: &Value) -> Value {
        match list {
            Value::Ref(base) => self.opaque(Term::Member {
                base: *base,
                name: Rc::from("[]"),
            }),
            _ => self.unknown("an element of a list that is not known"),
        }
    }

    /// Runs something that may or may not happen: however it ends, what follows it runs as well.
    /// With `keep_old`, what it assigns over known values is taken back.
    pub(crate) fn possibly(&mut self, env: Env, keep_old: bool, run: impl FnOnce(&mut Self) -> Flow) {
        self.uncertain += 1;
        if keep_old {
            let (acts, objects) = (self.acts.len() as u32, self.heap.len() as u32);
            self.undo.push(Undo {
                acts,
                objects,
                ..Undo::default()
            });
        }
        let flow = run(self);
        if keep_old && let Some(undo) = self.undo.pop() {
            self.take_back(undo);
        }
        self.uncertain -= 1;
        match flow {
            Flow::Normal => {}
            Flow::Return(value) => {
                self.passed_over += 1;
                let mut at = env.act;
                // Returns belong to the function's activation: `env.act` is one.
                while self.acts[at.0 as usize].function.is_none() {
                    match self.acts[at.0 as usize].parent {
                        Some(parent) => at = parent,
                        None => return,
                    }
                }
                self.acts[at.0 as usize].maybe.push(value);
            }
            Flow::Break | Flow::Continue | Flow::Throw(_) => self.passed_over += 1,
        }
    }

    fn take_back(&mut self, undo: Undo) {
        for (act, binding, old) in undo.variables.into_iter().rev() {
            self.acts[act.0 as usize].vars.insert(binding, old);
        }
        for (object, name, old) in undo.properties.into_iter().rev() {
            if let Some(Slot::Value(value)) = self.heap[object.0 as usize].props.get_mut(&*name) {
                *value = old;
            }
        }
    }

    /// Whether a value says something that a doubtful assignment should not replace.
    pub(crate) fn is_informative(&self, value: &Value) -> bool {
        match value {
            Value::Undefined | Value::Null => false,
            Value::Ref(_) => !matches!(
                self.term(value),
                Some(Term::Unknown(_) | Term::Param(_) | Term::Env(_) | Term::Condition(_))
            ),
            _ => true,
        }
    }

    fn run_loop(&mut self, env: Env, init: &Block, test: Option<ExprId>, update: Option<ExprId>, body: &Block, otherwise: &Block) -> Flow {
        self.block(env, init);
        for _ in 0..MAX_ROUNDS {
            if self.is_spent() {
                break;
            }
            let holds = match test {
                Some(test) => {
                    let value = self.eval(env, test);
                    self.truthy(env.module, &value)
                }
                None => Some(true),
            };
            match holds {
                Some(true) => {
                    let before = self.passed_over;
                    match self.block(env, body) {
                        Flow::Normal | Flow::Continue => {}
                        Flow::Break => return Flow::Normal,
                        other => return other,
                    }
                    if let Some(update) = update {
                        self.eval(env, update);
                    }
                    // A way out of the loop was passed over: it may have been taken.
                    if self.passed_over != before {
                        return Flow::Normal;
                    }
                }
                Some(false) => return self.block(env, otherwise),
                None => {
                    self.possibly(env, true, |eval| eval.block(env, body));
                    return Flow::Normal;
                }
            }
        }
        Flow::Normal
    }

    fn switch(&mut self, env: Env, subject: ExprId, cases: &[hub_syntax::ir::Case]) -> Flow {
        let python = self.program.module(env.module).language == Language::Python;
        let value = self.eval(env, subject);
        let mut taken = None;
        for (i, case) in cases.iter().enumerate() {
            let Some(test) = case.test else { continue };
            let test = self.eval(env, test);
            match self.same(&value, &test) {
                Some(true) => {
                    taken = Some(i);
                    break;
                }
                Some(false) => {}
                None => {
                    for case in cases {
                        self.possibly(env, true, |eval| eval.block(env, &case.body));
                    }
                    return Flow::Normal;
                }
            }
        }
        let start = taken.or_else(|| cases.iter().position(|c| c.test.is_none()));
        let Some(start) = start else { return Flow::Normal };
        for case in &cases[start..] {
            match self.block(env, &case.body) {
                Flow::Normal if python => return Flow::Normal,
                Flow::Normal => {}
                Flow::Break if !python => return Flow::Normal,
                other => return other,
            }
        }
        Flow::Normal
    }

    /// Calls a function whose arguments nobody knows, once per function and caller's mood: callbacks of unknown calls.
    pub(crate) fn call_back(&mut self, function: &Value, this: Value, args: Vec<Value>) -> Option<Value> {
        let closure = self.closure(function)?;
        let key = (closure.module, closure.function.0);
        if self.runs.get(&key).copied().unwrap_or(0) >= 3 {
            return None;
        }
        Some(self.call(function, this, Args::from(args)))
    }
}
