//! Python, as the evaluator knows it (see [`hub_engine::eval`]): its answers to what is asked of a language.

pub(in crate::py) mod attr;
mod builtins;
mod call;
pub(in crate::py) mod class;
mod files;
mod json;
mod libraries;
mod method;
mod operators;
mod options;
mod regex;
pub(in crate::py) mod run;
pub(in crate::py) mod value;

use self::run::{Flow, Frame, Interp, joined};
use self::value::{Args, Entries, Env, ListKind, Name, Value};
use hub_engine::eval::{Dialect, Machine, expr, pattern};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Arg, BinaryOp, Block, ClassId, ExprId, ExprKind, FnId, PatId, PatKind, StmtId, Sym, UnaryOp};
use std::rc::Rc;

/// What an entry of a dict takes.
pub(super) const ENTRY_BYTES: usize = 128;

impl Interp<'_> {
    pub(in crate::py) fn eval(&mut self, frame: &mut Frame, id: ExprId) -> Value {
        expr::eval(self, frame, id)
    }
}

impl<'a> Dialect<'a> for Interp<'a> {
    type Value = Value;
    type Frame = Frame;

    const FALLS_THROUGH: bool = false;
    const MAX_LOOP: usize = 200;
    /// A serving loop ends by what happens outside.
    const MAX_ENDLESS: usize = 2;

    fn machine(&self) -> &Machine<'a> {
        &self.machine
    }
    fn machine_mut(&mut self) -> &mut Machine<'a> {
        &mut self.machine
    }
    fn module_of(frame: &Frame) -> ModuleId {
        frame.module
    }

    fn not_known(&mut self, reason: &str) -> Value {
        Value::unknown(reason)
    }
    fn spent(&mut self) -> Value {
        Value::unknown("the evaluation's step limit was reached")
    }
    fn list(&mut self, at: Option<(ModuleId, ExprId)>, items: Vec<Value>, open: bool) -> Value {
        let kind = at.map_or(ListKind::List, |(module, at)| {
            let module = self.machine.program.module(module);
            let written = module.expr(at);
            match (module.text(written.span).as_bytes().first(), &written.kind) {
                (Some(b'{'), _) => ListKind::Set,
                (Some(b'['), _) | (_, ExprKind::Comprehension(_)) => ListKind::List,
                _ => ListKind::Tuple,
            }
        });
        self.built(Value::sequence(kind, items, open))
    }
    fn rest(&mut self, items: Vec<Value>, open: bool, of_call: bool) -> Value {
        self.built(Value::sequence(if of_call { ListKind::Tuple } else { ListKind::List }, items, open))
    }
    fn table(&mut self, _at: Option<(ModuleId, ExprId)>) -> Value {
        self.built(Value::dict(Entries::default(), false))
    }
    fn put(&mut self, object: &Value, key: Value, value: Value) {
        if let Value::Dict(dict) = object
            && self.machine.build(ENTRY_BYTES)
        {
            dict.entries.borrow_mut().set(key, value);
        }
    }
    fn put_all(&mut self, object: &Value, value: &Value) {
        let Value::Dict(dict) = object else { return };
        match value.plain() {
            Value::Dict(other) => {
                let more = other.entries.borrow().len();
                if !self.machine.afford(more) || !self.machine.build(more * ENTRY_BYTES) {
                    dict.open.set(true);
                    return;
                }
                for (key, value) in other.entries.borrow().iter() {
                    dict.entries.borrow_mut().set(key.clone(), value.clone());
                }
                dict.open.set(dict.open.get() || other.open.get());
            }
            Value::None => {}
            _ => dict.open.set(true),
        }
    }
    fn keywords(&mut self, named: Vec<(Name, Value)>, open: bool) -> Value {
        let mut entries = Entries::default();
        for (name, value) in named {
            entries.set(Value::Str(name), value);
        }
        self.built(Value::dict(entries, open))
    }
    fn spread_keywords(&mut self, value: &Value) -> (Vec<(Name, Value)>, bool) {
        let Value::Dict(dict) = value.plain() else {
            return (Vec::new(), true);
        };
        let entries = dict.entries.borrow();
        if !self.machine.afford(entries.len()) {
            return (Vec::new(), true);
        }
        let named = entries
            .iter()
            .filter_map(|(key, value)| key.as_str().map(|name| (name, value.clone())));
        (named.collect(), dict.open.get())
    }
    fn spread(&mut self, value: &Value) -> (Vec<Value>, bool) {
        self.iterate(value)
    }
    fn unpack(&mut self, value: &Value) -> (Vec<Value>, bool) {
        self.iterate(value)
    }
    fn missing_part(&mut self, _value: &Value, _at: usize, open: bool) -> Value {
        Value::unknown(if open { "an element of an unknown value" } else { "too few values" })
    }
    fn part(&mut self, _value: &Value, _key: &Value) -> Value {
        Value::unknown("an element at an unknown place")
    }
    fn remaining(&mut self, value: &Value, _keys: &[Value]) -> Value {
        value.clone()
    }
    fn rounds(&mut self, value: &Value, _keys: bool) -> (Vec<Value>, bool) {
        self.iterate(value)
    }
    fn any_element(&mut self, _value: &Value) -> Value {
        Value::unknown("an element of a list that is known only at run time")
    }

    fn truth(&self, value: &Value) -> Option<bool> {
        value.truth()
    }
    fn undecided(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        match (op, &left) {
            (BinaryOp::And, _) if right.truth() == Some(false) => right,
            (BinaryOp::And, _) => Value::unknown("a condition that is known only at run time"),
            // `os.getenv("X") or "default"`.
            (_, Value::Likely(inner)) if inner.truth() == Some(false) => Value::likely(right.plain()),
            (_, Value::Likely(_)) => left,
            _ => Value::choice(vec![left, right]),
        }
    }
    fn one_of_two(&mut self, test: &Value, yes: Value, no: Value) -> Value {
        let mut ways = vec![yes, no];
        // Of texts the likely one is shown; of lists and tables the one that may hold more.
        if test.leaning() == Some(false) && !ways.iter().any(|way| matches!(way, Value::List(_) | Value::Dict(_))) {
            ways.reverse();
        }
        Value::choice(ways)
    }
    fn unary(&mut self, frame: &mut Frame, op: UnaryOp, operand: ExprId) -> Value {
        let operand = self.eval(frame, operand);
        self.derived(&[&operand], |_, v| match (op, &v[0]) {
            (UnaryOp::Not, value) => value
                .truth()
                .map_or_else(|| Value::unknown("the opposite of an unknown value"), |t| Value::Bool(!t)),
            (UnaryOp::Minus, Value::Num(n)) => Value::Num(-n),
            (UnaryOp::Plus, Value::Num(n)) => Value::Num(*n),
            _ => Value::unknown("an operation on an unknown value"),
        })
    }
    fn binary(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        Interp::binary(self, op, &left, &right)
    }
    /// `list += more` changes the list.
    fn extend(&mut self, op: BinaryOp, old: &Value, value: &Value) -> Option<Value> {
        let mut extended = None;
        for one in old.alternatives() {
            if let (BinaryOp::Add, Value::List(list)) = (op, one)
                && list.kind == ListKind::List
            {
                let (items, open) = self.iterate(value);
                self.machine.build(items.len() * size_of::<Value>());
                items.iter().for_each(|item| self.put_under_condition(item));
                list.items.borrow_mut().extend(items);
                list.open.set(list.open.get() || open);
                extended = Some(old.clone());
            }
        }
        extended
    }
    fn same(&self, value: &Value, case: &Value) -> Option<bool> {
        value.same(case)
    }
    fn template(&mut self, parts: Vec<Value>) -> Value {
        self.join_parts(&parts)
    }

    fn read_name(&mut self, frame: &mut Frame, _at: ExprId, name: Sym) -> Value {
        match self.text(frame.module, name) {
            "Ellipsis" => Value::Ellipsis,
            name => self.lookup(frame, name),
        }
    }
    fn read_target(&mut self, frame: &mut Frame, _at: PatId, name: Sym) -> Value {
        let name = self.text(frame.module, name);
        self.lookup(frame, name)
    }
    fn write_name(&mut self, frame: &mut Frame, _at: PatId, name: Sym, value: Value) {
        let name = self.machine.name(frame.module, name);
        self.set_var(frame, name, value);
    }
    fn get(&mut self, object: &Value, name: &str) -> Value {
        let value = self.get_attr(object, name);
        self.built(value)
    }
    fn set(&mut self, frame: &mut Frame, object: &Value, name: Name, value: Value) {
        if !self.machine.build(ENTRY_BYTES) {
            return;
        }
        for one in object.alternatives() {
            self.set_attr(&one, name.clone(), value.clone(), frame.maybe > 0);
        }
    }
    fn get_index(&mut self, object: &Value, index: &Value) -> Value {
        Interp::get_index(self, object, index)
    }
    fn set_index(&mut self, frame: &mut Frame, object: &Value, index: &Value, value: Value) {
        if !self.machine.build(ENTRY_BYTES) {
            return;
        }
        for one in object.alternatives() {
            match one {
                Value::Dict(dict) if index.is_unknown() => {
                    // Under an unknown key: kept under a key of its own, so that looping over values finds it.
                    let key = Value::str(format!("\u{0}{}", dict.entries.borrow().len()));
                    dict.entries.borrow_mut().set(key, value.clone());
                    dict.open.set(true);
                }
                Value::Dict(dict) => {
                    let before = dict.entries.borrow().get(index).cloned().filter(|_| frame.maybe > 0);
                    dict.entries.borrow_mut().set(index.clone(), joined(before.as_ref(), value.clone()));
                }
                Value::List(list) => {
                    if let Value::Num(n) = index.plain()
                        && let Some(slot) = list.items.borrow_mut().get_mut(n.max(0.0) as usize)
                    {
                        *slot = value.clone();
                    }
                }
                Value::Instance(_) => {
                    self.call_method(&one, "__setitem__", Args::of(vec![index.clone(), value.clone()]));
                }
                Value::Bound(bound) => self.set_handler(&bound, index, value.clone()),
                _ => {}
            }
        }
    }
    fn slice(&mut self, frame: &mut Frame, object: &Value, index: ExprId) -> Value {
        self.take_slice(frame, object, index)
    }
    fn call_expression(&mut self, frame: &mut Frame, at: ExprId, callee: ExprId, args: &[Arg], _new: bool) -> Value {
        self.eval_call(frame, at, callee, args)
    }
    /// Defaults are worked out where the function is defined.
    fn argument(&mut self, frame: &mut Frame, function: FnId, at: usize, given: Option<Value>) -> Value {
        match (given, &frame.func) {
            (Some(given), _) => given,
            (None, Some(func)) => {
                let module = self.machine.program.module(frame.module);
                let param = module.function(function).params.get(at);
                let name = param.and_then(|param| match module.pat(param.pattern).kind {
                    PatKind::Ident(name) => Some(module.str(name)),
                    _ => None,
                });
                self::call::default(func, at, name)
            }
            (None, None) => Value::unknown("an argument that is known only at run time"),
        }
    }
    fn defaulted(&mut self, _frame: &mut Frame, value: Value, _default: ExprId) -> Value {
        value
    }
    fn yielded(&mut self, frame: &mut Frame, value: Value) -> Value {
        if self.machine.build(size_of::<Value>()) {
            frame.yields.push(value);
        }
        Value::unknown("what is sent into a generator")
    }

    fn function(&mut self, frame: &mut Frame, id: FnId) -> Value {
        self.define_function(frame, id, None)
    }
    fn class(&mut self, frame: &mut Frame, id: ClassId) -> Value {
        self.define_class(frame, id)
    }
    fn declare_function(&mut self, frame: &mut Frame, id: FnId) {
        let value = self.define_function(frame, id, None);
        if let Some(name) = self.machine.program.module(frame.module).function(id).name {
            let name = self.machine.name(frame.module, name);
            self.set_var(frame, name, value);
        }
    }
    fn declare_class(&mut self, frame: &mut Frame, id: ClassId) {
        let value = self.define_class(frame, id);
        if let Some(name) = self.machine.program.module(frame.module).class(id).name {
            let name = self.machine.name(frame.module, name);
            self.set_var(frame, name, value);
        }
    }
    fn import(&mut self, frame: &mut Frame, index: usize) {
        self.bind_import(frame, index);
    }
    fn outer(&mut self, frame: &mut Frame, names: &[Sym]) {
        for name in names {
            let name = self.machine.name(frame.module, *name);
            frame.env.outer.borrow_mut().insert(name);
        }
    }
    fn other_statement(&mut self, frame: &mut Frame, at: StmtId, parts: &[ExprId]) {
        let module = self.machine.program.module(frame.module);
        if self.machine.uncertain == 0 && module.text(module.stmt(at).span).starts_with("del") {
            for target in parts {
                self.delete(frame, *target);
            }
        }
    }
    fn enter_context(&mut self, value: Value) -> Value {
        self.enter(value)
    }
    fn caught(&mut self, _thrown: Value) -> Value {
        Value::unknown("an exception")
    }
    fn may_fail(&self, value: &Value) -> bool {
        value.is_unknown()
    }
    /// A comprehension has a scope of its own.
    fn comprehension_frame(&mut self, frame: &mut Frame) -> Frame {
        let scope = Rc::new(Env {
            parent: Some(frame.env.clone()),
            ..Env::default()
        });
        Frame::new(frame.module, scope, frame.globals.clone(), frame.func.clone())
    }

    fn doubt(&mut self, frame: &mut Frame) {
        frame.maybe += 1;
        self.machine.uncertain += 1;
    }
    fn settle(&mut self, frame: &mut Frame) {
        self.machine.uncertain -= 1;
        frame.maybe -= 1;
    }
    fn either(&mut self, frame: &mut Frame, test: (ExprId, &Value), then: &Block, otherwise: &Block) -> Flow {
        self.take_each(frame, &[then, otherwise], Some((test.0, test.1.leaning())))
    }
    fn one_of(&mut self, frame: &mut Frame, ways: &[&Block], certain: bool) -> Flow {
        let nothing = Block::default();
        let mut ways = ways.to_vec();
        if !certain {
            ways.push(&nothing);
        }
        self.take_each(frame, &ways, None)
    }
    fn perhaps(&mut self, frame: &mut Frame, element: Option<(PatId, Value)>, body: &Block) {
        if let Some((pattern, value)) = element {
            frame.maybe += 1;
            pattern::assign(self, frame, pattern, value);
            frame.maybe -= 1;
        }
        for flow in self.branches(frame, &[body], None) {
            if let Flow::Return(value) = flow {
                frame.returns.push(value);
            }
        }
    }
}
