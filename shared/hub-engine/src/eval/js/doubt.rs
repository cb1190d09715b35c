//! What may or may not happen.

use super::value::{ActId, Env, Flow, ObjId, Slot, Term, Value};
use super::{Args, Eval};
use crate::FunctionRef;
use std::rc::Rc;

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
        self.machine.uncertain += 1;
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
        self.machine.uncertain -= 1;
        match flow {
            Flow::Normal => {}
            Flow::Return(value) => {
                self.machine.passed_over += 1;
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
            Flow::Break | Flow::Continue | Flow::Throw(_) => self.machine.passed_over += 1,
        }
    }

    fn take_back(&mut self, undo: Undo) {
        for (act, binding, old) in undo.variables.into_iter().rev() {
            self.acts[act.0 as usize].vars.insert(binding, old);
        }
        for (object, name, old) in undo.properties.into_iter().rev() {
            if let Some(Slot::Value(value)) = self.heap[object.0 as usize].props.get_mut(&name) {
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

    /// Calls a function whose arguments nobody knows, once per function and caller's mood: callbacks of unknown calls.
    pub(crate) fn call_back(&mut self, function: &Value, this: Value, args: Vec<Value>) -> Option<Value> {
        let closure = self.closure(function)?;
        let key = FunctionRef {
            module: closure.module,
            function: closure.function,
        };
        if self.machine.calls.runs(key) >= 3 {
            return None;
        }
        Some(self.call(function, this, Args::from(args)))
    }
}
