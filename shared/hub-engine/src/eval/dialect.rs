//! What a language has of its own.

use super::call::Named;
use super::{Flow, Machine, expr};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Arg, BinaryOp, Block, ClassId, ExprId, FnId, PatId, Sym, UnaryOp};
use std::rc::Rc;

/// Values without parts, as all languages have them.
pub enum Primitive {
    /// `null`, `None`.
    Null,
    /// What a function without a `return` gives: `undefined`, `None`.
    Nothing,
    Bool(bool),
    Num(f64),
    Text(Rc<str>),
}

/// A language, as the evaluator of statements and expressions asks for it. What has a body here is something that a language may
/// do without.
pub trait Dialect<'p>: Sized {
    /// What an expression is known to be.
    type Value: Clone + From<Primitive>;
    /// A running function or module body.
    type Frame;

    /// Whether a case of a switch runs on into the next one.
    const FALLS_THROUGH: bool;
    /// Most rounds of a loop whose condition holds.
    const MAX_LOOP: usize;
    /// Most rounds of a loop whose condition is written as true.
    const MAX_ENDLESS: usize;

    fn machine(&self) -> &Machine<'p>;
    fn machine_mut(&mut self) -> &mut Machine<'p>;
    /// The module whose code a frame runs.
    fn module_of(frame: &Self::Frame) -> ModuleId;

    // Values.

    /// A value that is not known, and why.
    fn not_known(&mut self, reason: &str) -> Self::Value;
    /// What stands for everything once the budget is spent.
    fn spent(&mut self) -> Self::Value;
    /// A list, of the expression of the program where it is written; `open` when there may be more elements than these.
    fn list(&mut self, at: Option<(ModuleId, ExprId)>, items: Vec<Self::Value>, open: bool) -> Self::Value;
    /// What is left of a list (`*rest`), or of the arguments of a call.
    fn rest(&mut self, items: Vec<Self::Value>, open: bool, of_call: bool) -> Self::Value;
    /// An object or dict without entries.
    fn table(&mut self, at: Option<(ModuleId, ExprId)>) -> Self::Value;
    fn put(&mut self, object: &Self::Value, key: Self::Value, value: Self::Value);
    /// A getter of an object literal.
    fn put_getter(&mut self, _frame: &mut Self::Frame, _object: &Self::Value, _key: Self::Value, _function: FnId) {}
    /// `{...value}`, `{**value}`.
    fn put_all(&mut self, object: &Self::Value, value: &Self::Value);
    /// What `**rest` of a call gets.
    fn keywords(&mut self, named: Vec<Named<Self::Value>>, open: bool) -> Self::Value;
    /// `**value` in a call; whether there may be more.
    fn spread_keywords(&mut self, value: &Self::Value) -> (Vec<Named<Self::Value>>, bool);
    /// `...value`, `*value` in a list or call; whether there may be more.
    fn spread(&mut self, value: &Self::Value) -> (Vec<Self::Value>, bool);
    /// The parts of a value taken apart by a list pattern; whether there may be more.
    fn unpack(&mut self, value: &Self::Value) -> (Vec<Self::Value>, bool);
    /// The part at a place that [`Dialect::unpack`] did not give.
    fn missing_part(&mut self, value: &Self::Value, at: usize, open: bool) -> Self::Value;
    /// What a value taken apart by an object pattern has under a key.
    fn part(&mut self, value: &Self::Value, key: &Self::Value) -> Self::Value;
    /// What an object pattern leaves: all but those keys.
    fn remaining(&mut self, value: &Self::Value, keys: &[Self::Value]) -> Self::Value;
    /// What loops over a value go through (its property names, with `keys`); whether there may be more rounds.
    fn rounds(&mut self, value: &Self::Value, keys: bool) -> (Vec<Self::Value>, bool);
    /// Any element of what is not known.
    fn any_element(&mut self, value: &Self::Value) -> Self::Value;

    // Truth and operators.

    /// Whether a condition holds; none when that is not known.
    fn truth(&self, value: &Self::Value) -> Option<bool>;
    /// What decides `left and …`, `left or …`, `left ?? …`.
    fn decides(&self, _op: BinaryOp, left: &Self::Value) -> Option<bool> {
        self.truth(left)
    }
    /// `and`, `or`, `??` of which the left side does not decide.
    fn undecided(&mut self, op: BinaryOp, left: Self::Value, right: Self::Value) -> Self::Value;
    /// `test ? yes : no` of an undecided test.
    fn one_of_two(&mut self, test: &Self::Value, yes: Self::Value, no: Self::Value) -> Self::Value;
    fn unary(&mut self, frame: &mut Self::Frame, op: UnaryOp, operand: ExprId) -> Self::Value;
    /// Any other operator.
    fn binary(&mut self, op: BinaryOp, left: Self::Value, right: Self::Value) -> Self::Value;
    /// `target op= value` where the object itself changes; what the target then is.
    fn extend(&mut self, _op: BinaryOp, _old: &Self::Value, _value: &Self::Value) -> Option<Self::Value> {
        None
    }
    /// Whether a value is that of a case; none when that is not known.
    fn same(&self, value: &Self::Value, case: &Self::Value) -> Option<bool>;
    /// The parts of a template or f-string as one text.
    fn template(&mut self, parts: Vec<Self::Value>) -> Self::Value;

    // Names, attributes, calls.

    fn read_name(&mut self, frame: &mut Self::Frame, at: ExprId, name: Sym) -> Self::Value;
    /// A name about to be changed by an augmented assignment.
    fn read_target(&mut self, frame: &mut Self::Frame, at: PatId, name: Sym) -> Self::Value;
    fn write_name(&mut self, frame: &mut Self::Frame, at: PatId, name: Sym, value: Self::Value);
    fn get(&mut self, object: &Self::Value, name: &str) -> Self::Value;
    fn set(&mut self, frame: &mut Self::Frame, object: &Self::Value, name: Rc<str>, value: Self::Value);
    fn get_index(&mut self, object: &Self::Value, index: &Self::Value) -> Self::Value;
    fn set_index(&mut self, frame: &mut Self::Frame, object: &Self::Value, index: &Self::Value, value: Self::Value);
    /// `object[a:b]`: the index is an expression of kind `Unknown`.
    fn slice(&mut self, frame: &mut Self::Frame, object: &Self::Value, index: ExprId) -> Self::Value {
        let index = expr::eval(self, frame, index);
        self.get_index(object, &index)
    }
    fn call_expression(&mut self, frame: &mut Self::Frame, at: ExprId, callee: ExprId, args: &[Arg], new: bool) -> Self::Value;
    /// The value of a parameter, from the argument it was given.
    fn argument(&mut self, frame: &mut Self::Frame, function: FnId, at: usize, given: Option<Self::Value>) -> Self::Value;
    /// What a destructured value is when it was left out.
    fn defaulted(&mut self, frame: &mut Self::Frame, value: Self::Value, default: ExprId) -> Self::Value;
    /// Keeps what a generator gives; what its `yield` is worth.
    fn yielded(&mut self, frame: &mut Self::Frame, value: Self::Value) -> Self::Value;

    // Definitions and modules.

    fn function(&mut self, frame: &mut Self::Frame, id: FnId) -> Self::Value;
    fn class(&mut self, frame: &mut Self::Frame, id: ClassId) -> Self::Value;
    /// Before the first statement of a block: declarations that are there already.
    fn enter_block(&mut self, _frame: &mut Self::Frame, _block: &[hub_syntax::ir::StmtId]) {}
    fn declare_function(&mut self, frame: &mut Self::Frame, id: FnId);
    fn declare_class(&mut self, frame: &mut Self::Frame, id: ClassId);
    /// An import as a statement of its own.
    fn import(&mut self, _frame: &mut Self::Frame, _index: usize) {}
    fn export(&mut self, _frame: &mut Self::Frame, _index: usize) {}
    /// `global`, `nonlocal`.
    fn outer(&mut self, _frame: &mut Self::Frame, _names: &[Sym]) {}
    /// `del`, `assert`.
    fn other_statement(&mut self, frame: &mut Self::Frame, _at: hub_syntax::ir::StmtId, parts: &[ExprId]) {
        for part in parts {
            expr::eval(self, frame, *part);
        }
    }
    /// Expressions that only this language has.
    fn other_expression(&mut self, _frame: &mut Self::Frame, _at: ExprId) -> Self::Value {
        self.not_known("an expression that this language does not have")
    }
    /// What `with value as x` binds.
    fn enter_context(&mut self, value: Self::Value) -> Self::Value {
        value
    }
    /// What a handler of an exception is given.
    fn caught(&mut self, thrown: Self::Value) -> Self::Value {
        thrown
    }
    /// Whether what a `try` returned may as well have failed.
    fn may_fail(&self, _value: &Self::Value) -> bool {
        false
    }
    /// The scope in which the names of a comprehension are bound.
    fn comprehension_frame(&mut self, frame: &mut Self::Frame) -> Self::Frame;

    // What is believed where a condition is not known.

    /// Something is evaluated of which it is not known whether it happens, until [`Dialect::settle`].
    fn doubt(&mut self, frame: &mut Self::Frame);
    fn settle(&mut self, frame: &mut Self::Frame);
    /// Both sides of an undecided `if`, given its condition and what that is worth.
    fn either(&mut self, frame: &mut Self::Frame, test: (ExprId, &Self::Value), then: &Block, otherwise: &Block) -> Flow<Self::Value>;
    /// Blocks of which any may be the one, or none unless `certain`.
    fn one_of(&mut self, frame: &mut Self::Frame, ways: &[&Block], certain: bool) -> Flow<Self::Value>;
    /// A block that may or may not run, with an element for its pattern.
    fn perhaps(&mut self, frame: &mut Self::Frame, element: Option<(PatId, Self::Value)>, body: &Block);
}
