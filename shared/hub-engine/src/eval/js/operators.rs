//! Operators, and expressions that only JavaScript has.

use super::value::{Env, Kind, Slot, Term, Value};
use super::{Args, Eval};
use crate::eval::number::{calculate, compare};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, UnaryOp};
use std::rc::Rc;

impl Eval<'_> {
    pub(super) fn import_call(&mut self, env: Env, specifier: &str) -> Value {
        let specifier = specifier.strip_prefix("file://").unwrap_or(specifier);
        match self.resolve(env.module, specifier) {
            Some(target) => self.namespace(target),
            None => self.import_term(specifier, "*"),
        }
    }

    pub(super) fn tagged(&mut self, env: Env, tag: ExprId, quasis: &[hub_syntax::ir::Sym], values: &[ExprId]) -> Value {
        let function = self.eval(env, tag);
        let values: Vec<Value> = values.iter().map(|v| self.eval(env, *v)).collect();
        let texts: Vec<Value> = quasis.iter().map(|q| Value::Str(self.sym(env.module, *q))).collect();
        if self.closure(&function).is_some() {
            let strings = self.new_array(texts.clone());
            if let Some(strings_id) = strings.id() {
                let raw = self.new_array(texts);
                self.heap[strings_id.0 as usize].props.insert(Rc::from("raw"), Slot::Value(raw));
            }
            let mut args = vec![strings];
            args.extend(values);
            return self.call(&function, Value::Undefined, Args::from(args));
        }
        // Tags of libraries (`dedent`, `gql`, `String.raw`, …) mostly give their text back.
        let mut parts = Vec::new();
        for (i, text) in texts.into_iter().enumerate() {
            parts.push(text);
            parts.extend(values.get(i).cloned());
        }
        let text = self.concat(parts);
        let dedents = function
            .id()
            .and_then(|f| self.path_of(f))
            .is_some_and(|p| p.contains("dedent") || p.contains("outdent") || p.contains("stripIndent"));
        match (dedents, text.as_str()) {
            (true, Some(t)) => Value::str(&dedent(t)),
            _ => text,
        }
    }

    pub(super) fn change(&mut self, env: Env, op: UnaryOp, operand: ExprId) -> Value {
        let module = self.machine.program.module(env.module);
        let value = self.eval(env, operand);
        match op {
            UnaryOp::Not => match self.truthy(&value) {
                Some(b) => Value::Bool(!b),
                None => {
                    let lean = self.leaning(&value).map(|l| !l);
                    self.condition(lean)
                }
            },
            UnaryOp::Minus | UnaryOp::Plus | UnaryOp::BitNot => match self.number_at_cost(&value) {
                Some(n) => Value::Num(match op {
                    UnaryOp::Minus => -n,
                    UnaryOp::Plus => n,
                    _ => f64::from(!(n as i64 as i32)),
                }),
                None => self.unknown("a number that is not known"),
            },
            UnaryOp::TypeOf => match self.type_of(&value) {
                Some(t) => Value::str(t),
                None => self.unknown("the type of something not known"),
            },
            UnaryOp::Void => Value::Undefined,
            UnaryOp::Delete => {
                let (object, name) = match &module.expr(operand).kind {
                    ExprKind::Member { object, property } => (self.eval(env, *object), Some(self.sym(env.module, *property))),
                    ExprKind::Index { object, index } => {
                        let object = self.eval(env, *object);
                        let index = self.eval(env, *index);
                        (object, self.property_key(&index))
                    }
                    _ => return Value::Bool(true),
                };
                if let (Some(id), Some(name), 0) = (object.id(), name, self.machine.uncertain) {
                    self.heap[id.0 as usize].props.shift_remove(&name);
                }
                Value::Bool(true)
            }
            UnaryOp::Update => {
                // The tree does not say whether `++` or `--` stands there, nor on which side.
                let text = self.update_sign(env, operand);
                let (Some(old), Some(step)) = (self.number(&value), text) else {
                    return self.unknown("a counter that is not known");
                };
                let new = Value::Num(old + step.0);
                match &module.expr(operand).kind {
                    ExprKind::Ident(_) => {
                        let scopes = self.scopes(env.module);
                        if let Some(binding) = scopes.binding_of(operand) {
                            self.write(env, binding, new.clone());
                        }
                    }
                    ExprKind::Member { object, property } => {
                        let object = self.eval(env, *object);
                        let name = self.sym(env.module, *property);
                        self.set(&object, &name, new.clone());
                    }
                    _ => {}
                }
                if step.1 { new } else { Value::Num(old) }
            }
        }
    }

    /// What `++`/`--` around an operand adds, and whether it stands in front.
    fn update_sign(&self, env: Env, operand: ExprId) -> Option<(f64, bool)> {
        let module = self.machine.program.module(env.module);
        let span = module.expr(operand).span;
        let after = module.source.get(span.end as usize..)?.trim_start();
        if after.starts_with("++") {
            return Some((1.0, false));
        }
        if after.starts_with("--") {
            return Some((-1.0, false));
        }
        let before = module.source.get(..span.start as usize)?.trim_end();
        if before.ends_with("++") {
            Some((1.0, true))
        } else if before.ends_with("--") {
            Some((-1.0, true))
        } else {
            None
        }
    }

    pub(super) fn arithmetic(&mut self, op: BinaryOp, left: Value, right: Value) -> Value {
        self.weigh(&left);
        self.weigh(&right);
        let lean = match op {
            // An option is mostly not what it is compared with.
            BinaryOp::Eq | BinaryOp::StrictEq => self
                .leaning(&left)
                .or_else(|| self.leaning(&right))
                .map(|_| right.is_nothing() || left.is_nothing()),
            BinaryOp::Ne | BinaryOp::StrictNe => self
                .leaning(&left)
                .or_else(|| self.leaning(&right))
                .map(|_| !(right.is_nothing() || left.is_nothing())),
            _ => None,
        };
        let known = |b: Option<bool>, eval: &mut Self| match b {
            Some(b) => Value::Bool(b),
            None => eval.condition(lean),
        };
        match op {
            BinaryOp::Add => self.add(left, right),
            BinaryOp::Eq => {
                let b = self.loosely_same(&left, &right);
                known(b, self)
            }
            BinaryOp::Ne => {
                let b = self.loosely_same(&left, &right).map(|b| !b);
                known(b, self)
            }
            BinaryOp::StrictEq => {
                let b = self.same(&left, &right);
                known(b, self)
            }
            BinaryOp::StrictNe => {
                let b = self.same(&left, &right).map(|b| !b);
                known(b, self)
            }
            BinaryOp::In | BinaryOp::NotIn => {
                let b = self.contains(&left, &right).map(|b| b == (op == BinaryOp::In));
                known(b, self)
            }
            BinaryOp::InstanceOf => {
                let b = self.instance_of(&left, &right);
                known(b, self)
            }
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                let order = match (&left, &right) {
                    (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
                    _ => self.number(&left).zip(self.number(&right)).and_then(|(a, b)| a.partial_cmp(&b)),
                };
                let b = order.and_then(|order| compare(op, order));
                known(b, self)
            }
            _ => {
                let Some((a, b)) = self.number(&left).zip(self.number(&right)) else {
                    return self.unknown("a calculation with something not known");
                };
                match op {
                    BinaryOp::Mod => Value::Num(a % b),
                    op => match calculate(op, a, b) {
                        Some(n) => Value::Num(n),
                        None => self.unknown("an operator that is not understood"),
                    },
                }
            }
        }
    }

    fn add(&mut self, left: Value, right: Value) -> Value {
        if let (Value::Num(a), Value::Num(b)) = (&left, &right) {
            return Value::Num(a + b);
        }
        let textual = |v: &Value| matches!(v, Value::Str(_)) || matches!(self.term(v), Some(Term::Template(_)));
        if textual(&left) || textual(&right) || self.text_of(&left).is_none() || self.text_of(&right).is_none() {
            return self.concat(vec![left, right]);
        }
        match self.number(&left).zip(self.number(&right)) {
            Some((a, b)) => Value::Num(a + b),
            None => self.concat(vec![left, right]),
        }
    }

    fn number_at_cost(&mut self, value: &Value) -> Option<f64> {
        self.weigh(value);
        self.number(value)
    }

    /// A value as a number, as JavaScript converts it.
    pub(crate) fn number(&self, value: &Value) -> Option<f64> {
        match value {
            Value::Num(n) => Some(*n),
            Value::Bool(b) => Some(f64::from(u8::from(*b))),
            Value::Null => Some(0.0),
            Value::Undefined => Some(f64::NAN),
            Value::Str(s) if s.trim().is_empty() => Some(0.0),
            Value::Str(s) => {
                let s = s.trim();
                match s.strip_prefix("0x") {
                    Some(hex) => u64::from_str_radix(hex, 16).ok().map(|n| n as f64),
                    None => Some(s.parse().unwrap_or(f64::NAN)),
                }
            }
            Value::Ref(_) => None,
        }
    }

    fn contains(&mut self, key: &Value, of: &Value) -> Option<bool> {
        self.weigh(key);
        self.weigh(of);
        if self.is_opaque(of) || self.is_opaque(key) {
            return None;
        }
        match self.object_of(of).map(|o| &o.kind) {
            Some(Kind::Set(set)) => Some(set.contains_key(&Self::map_key(key))),
            _ => {
                let name = self.property_key(key)?;
                Some(self.has_property(of, &name))
            }
        }
    }

    fn instance_of(&mut self, value: &Value, class: &Value) -> Option<bool> {
        if let Some(name) = self.schema_class(value) {
            return match (self.object_of(class).map(|o| (&o.kind, o.props.get("@@zod"))), self.term(class)) {
                (Some((Kind::Class(_) | Kind::Function(_), Some(Slot::Value(of)))), _) => Some(of.as_str() == Some(&*name)),
                (Some((Kind::Class(_) | Kind::Function(_), _)), _) => Some(false),
                (_, Some(Term::Class(of))) => Some(*of == name),
                _ => None,
            };
        }
        if self.is_opaque(value) {
            return None;
        }
        let Some(id) = value.id() else { return Some(false) };
        if let Some(Term::Global(name)) = self.term(class) {
            let name = name.clone();
            return Some(
                &*name == "Object"
                    || matches!(
                        (&*name, &self.object(id).kind),
                        ("Array", Kind::Array(_))
                            | ("Map", Kind::Map(_))
                            | ("Set", Kind::Set(_))
                            | ("Function", Kind::Function(_))
                            | ("RegExp", Kind::Regex { .. })
                    ),
            );
        }
        let wanted = match self.object_of(class).map(|o| &o.kind) {
            Some(Kind::Class(c)) => c.prototype,
            Some(Kind::Function(_)) => self.get(class, "prototype").id()?,
            // A class of the outside: no object of ours is made by it, unless a class of ours extends it.
            _ => return None,
        };
        let mut at = self.object(id).proto;
        for _ in 0..32 {
            match at {
                Some(proto) if proto == wanted => return Some(true),
                Some(proto) => at = self.object(proto).proto,
                None => return Some(false),
            }
        }
        None
    }

    pub(super) fn is_empty(&self, value: &Value) -> bool {
        match self.object_of(value) {
            Some(object) => match &object.kind {
                Kind::Plain => object.props.is_empty(),
                Kind::Array(items) => items.is_empty(),
                _ => false,
            },
            None => false,
        }
    }

    /// The zod class that a schema made inside of a bundle is of.
    fn schema_class(&self, value: &Value) -> Option<Rc<str>> {
        let Some(Term::Call { callee, new: true, .. }) = self.term(value) else {
            return None;
        };
        match &self.object(*callee).kind {
            Kind::Opaque(Term::Class(name)) if name.starts_with("Zod") => Some(name.clone()),
            _ => None,
        }
    }
}

/// A text without the indentation that all of its lines share, trimmed.
fn dedent(text: &str) -> String {
    let indent = text
        .lines()
        .skip(1)
        .filter(|l| !l.trim().is_empty())
        .map(|l| l.len() - l.trim_start().len())
        .min()
        .unwrap_or(0);
    let lines: Vec<&str> = text
        .lines()
        .enumerate()
        .map(|(i, l)| {
            if i == 0 {
                l
            } else {
                l.get(indent..).unwrap_or_else(|| l.trim_start())
            }
        })
        .collect();
    lines.join("\n").trim().to_owned()
}
