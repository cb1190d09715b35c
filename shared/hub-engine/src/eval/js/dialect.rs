//! JavaScript's answers to what the evaluator asks.

use super::Eval;
use super::value::{Env, Flow, Kind, ObjId, Slot, Term, Value};
use crate::eval::{Condition, Dialect, MAX_ROUNDS, Machine, expr, pattern, stmt};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Arg, BinaryOp, Block, ClassId, ExprId, ExprKind, FnId, PatId, StmtId, Sym, UnaryOp};
use std::rc::Rc;

impl Eval<'_> {
    pub(crate) fn eval(&mut self, mut env: Env, id: ExprId) -> Value {
        expr::eval(self, &mut env, id)
    }

    pub(crate) fn block(&mut self, mut env: Env, block: &[StmtId]) -> Flow {
        stmt::block(self, &mut env, block)
    }

    pub(crate) fn bind(&mut self, mut env: Env, pattern: PatId, value: Value) {
        pattern::assign(self, &mut env, pattern, value);
    }

    /// A new object as a value, with the place where it is written.
    fn written(&mut self, id: ObjId, at: Option<(ModuleId, ExprId)>) -> Value {
        self.heap[id.0 as usize].origin = at.map(|(module, at)| (module, self.machine.program.module(module).expr(at).span));
        Value::Ref(id)
    }

    /// The elements of a value, or something in their place; whether they are not known.
    fn known_or(&mut self, value: &Value, otherwise: Vec<Value>) -> (Vec<Value>, bool) {
        match self.iterate(value) {
            Some(items) => (items, false),
            None => (otherwise, true),
        }
    }
}

impl<'p> Dialect<'p> for Eval<'p> {
    type Value = Value;
    type Frame = Env;

    const FALLS_THROUGH: bool = true;
    const MAX_LOOP: usize = MAX_ROUNDS;
    const MAX_ENDLESS: usize = MAX_ROUNDS;

    fn machine(&self) -> &Machine<'p> {
        &self.machine
    }
    fn machine_mut(&mut self) -> &mut Machine<'p> {
        &mut self.machine
    }
    fn module_of(frame: &Env) -> ModuleId {
        frame.module
    }

    fn not_known(&mut self, reason: &str) -> Value {
        self.unknown(reason)
    }
    fn spent(&mut self) -> Value {
        Eval::spent(self)
    }
    fn list(&mut self, at: Option<(ModuleId, ExprId)>, items: Vec<Value>, _open: bool) -> Value {
        let id = self.alloc(Kind::Array(items));
        self.written(id, at)
    }
    fn rest(&mut self, items: Vec<Value>, open: bool, of_call: bool) -> Value {
        if open && !of_call {
            return self.unknown("the rest of a list that is not known");
        }
        self.new_array(items)
    }
    fn table(&mut self, at: Option<(ModuleId, ExprId)>) -> Value {
        let id = self.new_object();
        self.written(id, at)
    }
    fn put(&mut self, object: &Value, key: Value, value: Value) {
        let Some(id) = object.id() else { return };
        let name = match self.property_key(&key) {
            Some(name) if &*name == "__proto__" => {
                if let Some(proto) = value.id().filter(|p| *p != id) {
                    self.heap[id.0 as usize].proto = Some(proto);
                }
                return;
            }
            Some(name) => name,
            None => Rc::from(format!("...[]{}", self.object(id).props.len())),
        };
        self.heap[id.0 as usize].props.insert(name, Slot::Value(value));
    }
    fn put_getter(&mut self, frame: &mut Env, object: &Value, key: Value, function: FnId) {
        if let (Some(id), Some(name)) = (object.id(), self.property_key(&key)) {
            let getter = self.make_closure(*frame, function);
            self.define_getter(id, &name, getter);
        }
    }
    fn put_all(&mut self, object: &Value, value: &Value) {
        if let Some(id) = object.id() {
            self.copy_props(id, value);
        }
    }
    fn keywords(&mut self, _named: Vec<(Rc<str>, Value)>, _open: bool) -> Value {
        Value::Undefined
    }
    fn spread_keywords(&mut self, value: &Value) -> (Vec<(Rc<str>, Value)>, bool) {
        (self.entries(value), false)
    }
    fn spread(&mut self, value: &Value) -> (Vec<Value>, bool) {
        self.known_or(value, vec![value.clone()])
    }
    fn unpack(&mut self, value: &Value) -> (Vec<Value>, bool) {
        self.known_or(value, Vec::new())
    }
    fn missing_part(&mut self, value: &Value, at: usize, open: bool) -> Value {
        if open { self.get(value, &at.to_string()) } else { Value::Undefined }
    }
    fn part(&mut self, value: &Value, key: &Value) -> Value {
        match self.property_key(key) {
            Some(name) => self.get(value, &name),
            None => self.unknown("a property with a name that is not known"),
        }
    }
    fn remaining(&mut self, value: &Value, keys: &[Value]) -> Value {
        if self.is_opaque(value) {
            return value.clone();
        }
        let taken: Vec<Rc<str>> = keys.iter().filter_map(|key| self.property_key(key)).collect();
        let id = self.new_object();
        for (name, v) in self.entries(value) {
            if !taken.contains(&name) {
                self.heap[id.0 as usize].props.insert(name, Slot::Value(v));
            }
        }
        Value::Ref(id)
    }
    fn rounds(&mut self, value: &Value, keys: bool) -> (Vec<Value>, bool) {
        if keys && !self.is_opaque(value) {
            return (self.keys(value).into_iter().map(Value::Str).collect(), false);
        }
        if keys { (Vec::new(), true) } else { self.unpack(value) }
    }
    fn any_element(&mut self, value: &Value) -> Value {
        self.element_of(value)
    }

    fn truth(&self, value: &Value) -> Option<bool> {
        self.truthy(value)
    }
    fn decides(&self, op: BinaryOp, left: &Value) -> Option<bool> {
        match op {
            BinaryOp::Nullish if left.is_nothing() => Some(false),
            BinaryOp::Nullish if self.is_opaque(left) && self.type_of(left).is_none() => self.truthy(left).filter(|t| *t),
            BinaryOp::Nullish => Some(true),
            _ => self.truthy(left),
        }
    }
    fn undecided(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        let lean = self.leaning(&left);
        if op == BinaryOp::And {
            // A guard in front of a value: the value, if there is one. Two conditions stay a condition.
            return match &right {
                Value::Bool(false) => right,
                v if matches!(v, Value::Bool(_)) || v.is_nothing() => self.condition(lean),
                v if matches!(self.term(v), Some(Term::Condition(_))) => {
                    let lean = if lean == Some(false) { lean } else { self.leaning(&right) };
                    self.condition(lean)
                }
                _ => right,
            };
        }
        match &right {
            Value::Bool(_) if lean.is_none() => self.condition(None),
            v if v.is_nothing() => left,
            // `unknown || {}`: nothing is learned from an empty default.
            v if lean.is_none() && self.is_empty(v) => left,
            _ => right,
        }
    }
    fn one_of_two(&mut self, test: &Value, yes: Value, no: Value) -> Value {
        // Lists and objects are united; of other values the likely one counts.
        let lean = self.leaning(test);
        let united = |v: &Value| matches!(self.object_of(v).map(|o| &o.kind), Some(Kind::Array(_) | Kind::Plain));
        match lean {
            Some(true) if !(united(&yes) && united(&no)) => yes,
            Some(false) if !(united(&yes) && united(&no)) => no,
            _ => self.merge(yes, no, lean == Some(true)),
        }
    }
    fn unary(&mut self, frame: &mut Env, op: UnaryOp, operand: ExprId) -> Value {
        self.change(*frame, op, operand)
    }
    fn binary(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        self.arithmetic(op, left, right)
    }
    fn same(&self, value: &Value, case: &Value) -> Option<bool> {
        Eval::same(self, value, case)
    }
    fn template(&mut self, parts: Vec<Value>) -> Value {
        self.concat(parts)
    }

    fn read_name(&mut self, frame: &mut Env, at: ExprId, name: Sym) -> Value {
        match self.scopes(frame.module).binding_of(at) {
            Some(binding) => self.read(*frame, binding),
            None => {
                let name = self.sym(frame.module, name);
                self.unbound(*frame, &name)
            }
        }
    }
    fn read_target(&mut self, frame: &mut Env, at: PatId, _name: Sym) -> Value {
        match self.scopes(frame.module).binding_of_pattern(at) {
            Some(binding) => self.read(*frame, binding),
            None => Value::Undefined,
        }
    }
    fn write_name(&mut self, frame: &mut Env, at: PatId, _name: Sym, value: Value) {
        if let Some(binding) = self.scopes(frame.module).binding_of_pattern(at) {
            self.write(*frame, binding, value);
        }
    }
    fn get(&mut self, object: &Value, name: &str) -> Value {
        Eval::get(self, object, name)
    }
    fn set(&mut self, _frame: &mut Env, object: &Value, name: Rc<str>, value: Value) {
        Eval::set(self, object, &name, value);
    }
    fn get_index(&mut self, object: &Value, index: &Value) -> Value {
        self.get_value(object, index)
    }
    fn set_index(&mut self, _frame: &mut Env, object: &Value, index: &Value, value: Value) {
        self.put_at(object, index, value);
    }
    fn call_expression(&mut self, frame: &mut Env, at: ExprId, callee: ExprId, args: &[Arg], new: bool) -> Value {
        self.eval_call(*frame, at, callee, args, new)
    }
    fn argument(&mut self, frame: &mut Env, function: FnId, at: usize, given: Option<Value>) -> Value {
        let default = self.machine.program.module(frame.module).function(function).params[at].default;
        match (given, default) {
            (Some(Value::Undefined) | None, Some(default)) => self.eval(*frame, default),
            // A parameter nobody gave: options are mostly left out.
            (Some(v), Some(default)) if matches!(self.term(&v), Some(Term::Param(_))) => {
                let default = self.eval(*frame, default);
                if default.is_nothing() { v } else { default }
            }
            (given, _) => given.unwrap_or(Value::Undefined),
        }
    }
    fn defaulted(&mut self, frame: &mut Env, value: Value, default: ExprId) -> Value {
        match &value {
            Value::Undefined => self.eval(*frame, default),
            // Options are mostly left out.
            v if self.is_opaque(v) && self.leaning(v) == Some(false) => {
                let default = self.eval(*frame, default);
                if default.is_nothing() { value } else { default }
            }
            _ => value,
        }
    }
    fn yielded(&mut self, frame: &mut Env, value: Value) -> Value {
        let act = &mut self.acts[frame.act.0 as usize];
        if act.function.is_some() && act.yields.len() < crate::eval::MAX_ELEMENTS {
            act.yields.push(value.clone());
        }
        value
    }

    fn function(&mut self, frame: &mut Env, id: FnId) -> Value {
        self.make_closure(*frame, id)
    }
    fn class(&mut self, frame: &mut Env, id: ClassId) -> Value {
        self.make_class(*frame, id)
    }
    fn enter_block(&mut self, frame: &mut Env, block: &[StmtId]) {
        self.hoist(*frame, block);
    }
    /// It was hoisted.
    fn declare_function(&mut self, _frame: &mut Env, _id: FnId) {}
    fn declare_class(&mut self, frame: &mut Env, id: ClassId) {
        let class = self.make_class(*frame, id);
        let scopes = self.scopes(frame.module);
        // The name outside of the class and the one inside are two bindings.
        let name = self.machine.program.module(frame.module).class(id).name;
        if let Some(binding) = scopes.binding_of_class(id) {
            self.write(*frame, binding, class.clone());
        }
        if let Some(binding) = name.and_then(|n| scopes.top_level(n)) {
            let top = self.module_env(frame.module);
            if top.act == frame.act {
                self.write(top, binding, class);
            }
        }
    }
    /// A default export is evaluated where it stands, and kept for whoever imports it.
    fn export(&mut self, frame: &mut Env, index: usize) {
        let module = self.machine.program.module(frame.module);
        let export = &module.exports[index];
        if let hub_syntax::ir::Exported::Expr(_) = export.what
            && export.exported.is_some_and(|e| module.str(e) == "default")
        {
            let _ = Eval::export(self, frame.module, "default");
        }
    }
    fn other_expression(&mut self, frame: &mut Env, at: ExprId) -> Value {
        let env = *frame;
        match &self.machine.program.module(env.module).expr(at).kind {
            ExprKind::Regex { pattern, flags } => {
                let (pattern, flags) = (self.sym(env.module, *pattern), self.sym(env.module, *flags));
                Value::Ref(self.alloc(Kind::Regex { pattern, flags }))
            }
            ExprKind::TaggedTemplate(t) => self.tagged(env, t.tag, &t.quasis, &t.values),
            ExprKind::This => self.this(env),
            ExprKind::Super => self.super_object(env),
            ExprKind::ImportCall(e) => {
                let specifier = self.eval(env, *e);
                match specifier.as_str() {
                    Some(s) => self.import_call(env, s),
                    None => self.unknown("an import of a module whose name is not known"),
                }
            }
            ExprKind::ImportMeta => {
                let id = self.new_object();
                let path = self.path(env.module);
                for (name, text) in [
                    ("url", format!("file:///{path}")),
                    ("filename", format!("/{path}")),
                    ("dirname", format!("/{}", path.parent())),
                ] {
                    self.heap[id.0 as usize]
                        .props
                        .insert(Rc::from(name), Slot::Value(Value::str(&text)));
                }
                Value::Ref(id)
            }
            ExprKind::Jsx(jsx) => {
                self.eval(env, jsx.tag);
                let object = expr::object(self, frame, at, &jsx.props);
                for child in &jsx.children {
                    self.eval(env, *child);
                }
                object
            }
            _ => self.unknown("an expression that is not understood"),
        }
    }
    fn comprehension_frame(&mut self, frame: &mut Env) -> Env {
        *frame
    }

    fn doubt(&mut self, _frame: &mut Env) {
        self.machine.uncertain += 1;
    }
    fn settle(&mut self, _frame: &mut Env) {
        self.machine.uncertain -= 1;
    }
    fn either(&mut self, frame: &mut Env, test: (ExprId, &Value), then: &Block, otherwise: &Block) -> Flow {
        let env = *frame;
        // The side believed in runs last, and its assignments stay; of the other only what it adds.
        let lean = self.leaning(test.1);
        let unlikely = lean == Some(false);
        let (doubted, believed) = if unlikely { (then, otherwise) } else { (otherwise, then) };
        let condition = |holds| Condition {
            module: env.module,
            test: test.0,
            holds,
        };
        self.machine.conditions.push(condition(unlikely));
        self.possibly(env, unlikely, |eval| eval.block(env, doubted));
        self.machine.conditions.pop();
        if lean.is_none() {
            self.machine.conditions.push(condition(true));
        }
        self.possibly(env, lean.is_none(), |eval| eval.block(env, believed));
        if lean.is_none() {
            self.machine.conditions.pop();
        }
        Flow::Normal
    }
    fn one_of(&mut self, frame: &mut Env, ways: &[&Block], _certain: bool) -> Flow {
        for way in ways {
            self.perhaps(frame, None, way);
        }
        Flow::Normal
    }
    fn perhaps(&mut self, frame: &mut Env, element: Option<(PatId, Value)>, body: &Block) {
        let env = *frame;
        self.possibly(env, true, |eval| {
            if let Some((pattern, value)) = element {
                eval.bind(env, pattern, value);
            }
            eval.block(env, body)
        });
    }
}
