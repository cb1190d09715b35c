//! Expressions.

use super::value::{Env, Kind, Slot, Term, Value};
use super::{Args, Eval};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, Language, PatKind, Prop, UnaryOp};
use std::rc::Rc;

impl Eval<'_> {
    pub(crate) fn eval(&mut self, env: Env, id: ExprId) -> Value {
        if self.depth >= super::MAX_DEPTH {
            return self.unknown("nested too deep to evaluate");
        }
        if !self.step() {
            return self.spent();
        }
        self.depth += 1;
        let value = self.eval_inner(env, id);
        self.depth -= 1;
        value
    }

    fn python(&self, env: Env) -> bool {
        self.program.module(env.module).language == Language::Python
    }

    fn eval_inner(&mut self, env: Env, id: ExprId) -> Value {
        let module = self.program.module(env.module);
        match &module.expr(id).kind {
            ExprKind::Null => Value::Null,
            ExprKind::Undefined => Value::Undefined,
            ExprKind::Bool(b) => Value::Bool(*b),
            ExprKind::Number(n) => Value::Num(*n),
            ExprKind::Str(sym) => Value::Str(self.sym(env.module, *sym)),
            ExprKind::Regex { pattern, flags } => {
                let (pattern, flags) = (self.sym(env.module, *pattern), self.sym(env.module, *flags));
                Value::Ref(self.alloc(Kind::Regex { pattern, flags }))
            }
            ExprKind::Template(parts) => {
                let parts = parts.iter().map(|p| self.eval(env, *p)).collect();
                self.concat(env.module, parts)
            }
            ExprKind::TaggedTemplate(t) => self.tagged(env, id, t.tag, &t.quasis, &t.values),
            ExprKind::Ident(name) => {
                let scopes = self.scopes(env.module);
                match scopes.binding_of(id) {
                    Some(binding) => self.read(env, binding),
                    None => {
                        let name = self.sym(env.module, *name);
                        self.unbound(env, &name)
                    }
                }
            }
            ExprKind::This => self.this(env),
            ExprKind::Super => self.super_object(env),
            ExprKind::Member { object, property } => {
                let value = self.eval(env, *object);
                let name = self.sym(env.module, *property);
                self.get(&value, &name)
            }
            ExprKind::Index { object, index } => {
                let value = self.eval(env, *object);
                let index = self.eval(env, *index);
                self.get_value(&value, &index)
            }
            ExprKind::Call { callee, args, new } => self.eval_call(env, id, *callee, args, *new),
            ExprKind::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    match module.expr(*item).kind {
                        ExprKind::Spread(inner) => {
                            let value = self.eval(env, inner);
                            match self.iterate(&value) {
                                Some(items) => out.extend(items),
                                None => out.push(value),
                            }
                        }
                        _ => out.push(self.eval(env, *item)),
                    }
                    if out.len() > super::MAX_ELEMENTS {
                        return self.unknown("a list of too many elements");
                    }
                }
                let id_ = self.alloc(Kind::Array(out));
                self.heap[id_.0 as usize].origin = Some((env.module, module.expr(id).span));
                Value::Ref(id_)
            }
            ExprKind::Object(props) => self.object_literal(env, id, props),
            ExprKind::Function(f) => self.make_closure(env, *f),
            ExprKind::Class(c) => self.make_class(env, *c),
            ExprKind::Unary { op, operand } => self.unary(env, *op, *operand),
            ExprKind::Binary { op, left, right } => self.binary(env, *op, *left, *right),
            ExprKind::Conditional { test, yes, no } => {
                let condition = self.eval(env, *test);
                match self.truthy(env.module, &condition) {
                    Some(true) => self.eval(env, *yes),
                    Some(false) => self.eval(env, *no),
                    None => {
                        let lean = self.leaning(&condition);
                        self.uncertain += 1;
                        let yes = self.eval(env, *yes);
                        let no = self.eval(env, *no);
                        self.uncertain -= 1;
                        // Lists and objects are united; of other values the likely one counts.
                        let united = |v: &Value| matches!(self.object_of(v).map(|o| &o.kind), Some(Kind::Array(_) | Kind::Plain));
                        match lean {
                            Some(true) if !(united(&yes) && united(&no)) => yes,
                            Some(false) if !(united(&yes) && united(&no)) => no,
                            _ => self.merge(yes, no, lean == Some(true)),
                        }
                    }
                }
            }
            ExprKind::Assign { target, op, value } => {
                let new = match op {
                    None => self.eval(env, *value),
                    Some(op) => {
                        let old = self.read_pattern(env, *target);
                        match op {
                            BinaryOp::Or | BinaryOp::And | BinaryOp::Nullish => self.logical(env, *op, old, *value),
                            op => {
                                let right = self.eval(env, *value);
                                self.arithmetic(env, *op, old, right)
                            }
                        }
                    }
                };
                self.bind(env, *target, new.clone());
                new
            }
            ExprKind::Sequence(items) => {
                let mut last = Value::Undefined;
                for item in items {
                    last = self.eval(env, *item);
                }
                last
            }
            ExprKind::Await(e) => self.eval(env, *e),
            ExprKind::Yield(e) => {
                let value = e.map_or(Value::Undefined, |e| self.eval(env, e));
                if self.acts[env.act.0 as usize].function.is_some() {
                    let yields = &mut self.acts[env.act.0 as usize].yields;
                    if yields.len() < super::MAX_ELEMENTS {
                        yields.push(value.clone());
                    }
                }
                value
            }
            ExprKind::Spread(e) => self.eval(env, *e),
            ExprKind::Comprehension(c) => self.comprehension(env, c.key, c.element, &c.clauses),
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
                let object = self.object_literal(env, id, &jsx.props);
                for child in &jsx.children {
                    self.eval(env, *child);
                }
                object
            }
            ExprKind::Unknown(parts) => {
                for part in parts {
                    self.eval(env, *part);
                }
                self.unknown("an expression that is not understood")
            }
        }
    }

    fn import_call(&mut self, env: Env, specifier: &str) -> Value {
        let specifier = specifier.strip_prefix("file://").unwrap_or(specifier);
        match self.resolve(env.module, specifier) {
            Some(target) => self.namespace(target),
            None => self.import_term(specifier, "*"),
        }
    }

    fn object_literal(&mut self, env: Env, id: ExprId, props: &[Prop]) -> Value {
        let module = self.program.module(env.module);
        let object = self.new_object();
        self.heap[object.0 as usize].origin = Some((env.module, module.expr(id).span));
        for prop in props {
            match prop {
                Prop::KeyValue { key, value } => {
                    let name = self.key(env, *key);
                    let value = self.eval(env, *value);
                    match name {
                        Some(name) if &*name == "__proto__" => {
                            if let Some(proto) = value.id().filter(|p| *p != object) {
                                self.heap[object.0 as usize].proto = Some(proto);
                            }
                        }
                        Some(name) => {
                            self.heap[object.0 as usize].props.insert(name, Slot::Value(value));
                        }
                        None => {
                            let n = self.object(object).props.len();
                            self.heap[object.0 as usize]
                                .props
                                .insert(Rc::from(format!("...[]{n}")), Slot::Value(value));
                        }
                    }
                }
                Prop::Getter { key, function } => {
                    if let Some(name) = self.key(env, *key) {
                        let getter = self.make_closure(env, *function);
                        self.define_getter(object, &name, getter);
                    }
                }
                Prop::Setter { .. } => {}
                Prop::Spread(e) => {
                    let value = self.eval(env, *e);
                    self.copy_props(object, &value);
                }
            }
        }
        Value::Ref(object)
    }

    fn read_pattern(&mut self, env: Env, pattern: hub_syntax::ir::PatId) -> Value {
        let module = self.program.module(env.module);
        match module.pat(pattern).kind {
            PatKind::Ident(_) => {
                let scopes = self.scopes(env.module);
                match scopes.binding_of_pattern(pattern) {
                    Some(binding) => self.read(env, binding),
                    None => Value::Undefined,
                }
            }
            PatKind::Target(e) => self.eval(env, e),
            _ => Value::Undefined,
        }
    }

    fn tagged(&mut self, env: Env, id: ExprId, tag: ExprId, quasis: &[hub_syntax::ir::Sym], values: &[ExprId]) -> Value {
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
        let text = self.concat(env.module, parts);
        let dedents = function
            .id()
            .and_then(|f| self.path_of(f))
            .is_some_and(|p| p.contains("dedent") || p.contains("outdent") || p.contains("stripIndent"));
        match (dedents, text.as_str()) {
            (true, Some(t)) => Value::str(&dedent(t)),
            _ => {
                let _ = id;
                text
            }
        }
    }

    fn unary(&mut self, env: Env, op: UnaryOp, operand: ExprId) -> Value {
        let module = self.program.module(env.module);
        let value = self.eval(env, operand);
        match op {
            UnaryOp::Not => match self.truthy(env.module, &value) {
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
                if let (Some(id), Some(name), 0) = (object.id(), name, self.uncertain) {
                    self.heap[id.0 as usize].props.shift_remove(&*name);
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
        let module = self.program.module(env.module);
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

    fn binary(&mut self, env: Env, op: BinaryOp, left: ExprId, right: ExprId) -> Value {
        // Long sums lean to the left: walked as a loop.
        let module = self.program.module(env.module);
        let mut spine = vec![(op, right)];
        let mut at = left;
        while let ExprKind::Binary { op, left, right } = &module.expr(at).kind {
            spine.push((*op, *right));
            at = *left;
        }
        let mut value = self.eval(env, at);
        for (op, right) in spine.into_iter().rev() {
            value = match op {
                BinaryOp::Or | BinaryOp::And | BinaryOp::Nullish => self.logical(env, op, value, right),
                op => {
                    let right = self.eval(env, right);
                    self.arithmetic(env, op, value, right)
                }
            };
        }
        value
    }

    fn logical(&mut self, env: Env, op: BinaryOp, left: Value, right: ExprId) -> Value {
        let truth = match op {
            BinaryOp::Nullish => match &left {
                v if v.is_nothing() => Some(false),
                v if self.is_opaque(v) && self.type_of(v).is_none() => self.truthy(env.module, v).filter(|t| *t),
                _ => Some(true),
            },
            _ => self.truthy(env.module, &left),
        };
        match (op, truth) {
            (BinaryOp::And, Some(true)) | (BinaryOp::Or | BinaryOp::Nullish, Some(false)) => self.eval(env, right),
            (_, Some(_)) => left,
            (BinaryOp::And, None) => {
                self.uncertain += 1;
                let value = self.eval(env, right);
                self.uncertain -= 1;
                // A guard in front of a value: the value, if there is one. Two conditions stay a condition.
                let lean = self.leaning(&left);
                match &value {
                    Value::Bool(false) => Value::Bool(false),
                    v if matches!(v, Value::Bool(_)) || v.is_nothing() => self.condition(lean),
                    v if matches!(self.term(v), Some(Term::Condition(_))) => {
                        let lean = if lean == Some(false) { lean } else { self.leaning(&value) };
                        self.condition(lean)
                    }
                    _ => value,
                }
            }
            (_, None) => {
                self.uncertain += 1;
                let value = self.eval(env, right);
                self.uncertain -= 1;
                match &value {
                    Value::Bool(_) if self.leaning(&left).is_none() => self.condition(None),
                    v if v.is_nothing() => left,
                    // `unknown || {}`: nothing is learned from an empty default.
                    v if self.leaning(&left).is_none() && self.is_empty(v) => left,
                    _ => value,
                }
            }
        }
    }

    fn arithmetic(&mut self, env: Env, op: BinaryOp, left: Value, right: Value) -> Value {
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
            BinaryOp::Add => self.add(env, left, right),
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
                let b = self.contains(env, &left, &right).map(|b| b == (op == BinaryOp::In));
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
                let b = order.map(|o| match op {
                    BinaryOp::Lt => o.is_lt(),
                    BinaryOp::Le => o.is_le(),
                    BinaryOp::Gt => o.is_gt(),
                    _ => o.is_ge(),
                });
                known(b, self)
            }
            _ => {
                if op == BinaryOp::Mod && self.python(env) && matches!(left, Value::Str(_)) {
                    return self.unknown("a text formatted with `%`");
                }
                if let (BinaryOp::Mul, Value::Str(s), Value::Num(n)) = (op, &left, &right)
                    && self.python(env)
                    && (s.len() as f64) * n < super::MAX_TEXT as f64
                {
                    return Value::str(&s.repeat(n.max(0.0) as usize));
                }
                if op == BinaryOp::BitOr
                    && let (Some(a), Some(b)) = (left.id(), right.id())
                    && matches!(self.object(a).kind, Kind::Plain)
                    && matches!(self.object(b).kind, Kind::Plain)
                {
                    // Python: two dicts united.
                    let id = self.new_object();
                    self.copy_props(id, &left);
                    self.copy_props(id, &right);
                    return Value::Ref(id);
                }
                let Some((a, b)) = self.number(&left).zip(self.number(&right)) else {
                    return self.unknown("a calculation with something not known");
                };
                let int = |n: f64| n as i64 as i32;
                Value::Num(match op {
                    BinaryOp::Sub => a - b,
                    BinaryOp::Mul => a * b,
                    BinaryOp::Div => a / b,
                    BinaryOp::FloorDiv => (a / b).floor(),
                    BinaryOp::Mod => a % b,
                    BinaryOp::Pow => a.powf(b),
                    BinaryOp::BitAnd => f64::from(int(a) & int(b)),
                    BinaryOp::BitOr => f64::from(int(a) | int(b)),
                    BinaryOp::BitXor => f64::from(int(a) ^ int(b)),
                    BinaryOp::Shl => f64::from(int(a).wrapping_shl(int(b) as u32)),
                    BinaryOp::Shr => f64::from(int(a).wrapping_shr(int(b) as u32)),
                    _ => return self.unknown("an operator that is not understood"),
                })
            }
        }
    }

    fn add(&mut self, env: Env, left: Value, right: Value) -> Value {
        if let (Value::Num(a), Value::Num(b)) = (&left, &right) {
            return Value::Num(a + b);
        }
        if self.python(env)
            && let (Some(a), Some(b)) = (self.array(&left), self.array(&right))
        {
            let mut items = a.to_vec();
            items.extend_from_slice(b);
            if items.len() > super::MAX_ELEMENTS {
                return self.unknown("a list of too many elements");
            }
            return self.new_array(items);
        }
        let textual = |v: &Value| matches!(v, Value::Str(_)) || matches!(self.term(v), Some(Term::Template(_)));
        if textual(&left) || textual(&right) || self.text_of(&left).is_none() || self.text_of(&right).is_none() {
            return self.concat(env.module, vec![left, right]);
        }
        match self.number(&left).zip(self.number(&right)) {
            Some((a, b)) => Value::Num(a + b),
            None => self.concat(env.module, vec![left, right]),
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

    fn contains(&mut self, env: Env, key: &Value, of: &Value) -> Option<bool> {
        self.weigh(key);
        self.weigh(of);
        if self.is_opaque(of) || self.is_opaque(key) {
            return None;
        }
        if self.python(env) {
            if let (Value::Str(needle), Value::Str(hay)) = (key, of) {
                return Some(hay.contains(&**needle));
            }
            if let Some(items) = self.array(of) {
                let items = items.to_vec();
                self.spend(items.len());
                return Some(items.iter().any(|i| self.same(i, key) == Some(true)));
            }
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

    fn is_empty(&self, value: &Value) -> bool {
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

    fn comprehension(&mut self, env: Env, key: Option<ExprId>, element: ExprId, clauses: &[hub_syntax::ir::Clause]) -> Value {
        let mut items = Vec::new();
        let mut pairs = Vec::new();
        self.comprehend(env, key, element, clauses, &mut items, &mut pairs);
        if key.is_none() {
            return self.new_array(items);
        }
        let id = self.new_object();
        for (k, v) in pairs {
            match self.property_key(&k) {
                Some(name) => {
                    self.heap[id.0 as usize].props.insert(name, Slot::Value(v));
                }
                None => {
                    let n = self.object(id).props.len();
                    self.heap[id.0 as usize].props.insert(Rc::from(format!("...[]{n}")), Slot::Value(v));
                }
            }
        }
        Value::Ref(id)
    }

    fn comprehend(
        &mut self,
        env: Env,
        key: Option<ExprId>,
        element: ExprId,
        clauses: &[hub_syntax::ir::Clause],
        items: &mut Vec<Value>,
        pairs: &mut Vec<(Value, Value)>,
    ) {
        let Some((clause, rest)) = clauses.split_first() else {
            let value = self.eval(env, element);
            match key {
                Some(key) => {
                    let key = self.eval(env, key);
                    pairs.push((key, value));
                }
                None => items.push(value),
            }
            return;
        };
        let iterable = self.eval(env, clause.iterable);
        let elements = match self.object_of(&iterable).map(|o| &o.kind) {
            Some(Kind::Plain) => self.keys(&iterable).into_iter().map(Value::Str).collect(),
            _ => match self.iterate(&iterable) {
                Some(items) => items,
                None => vec![self.element_of(&iterable)],
            },
        };
        for item in elements {
            if items.len() + pairs.len() > super::MAX_ELEMENTS || self.is_spent() {
                return;
            }
            self.bind(env, clause.pattern, item);
            let kept = clause.conditions.iter().all(|c| {
                let value = self.eval(env, *c);
                self.truthy(env.module, &value) != Some(false)
            });
            if kept {
                self.comprehend(env, key, element, rest, items, pairs);
            }
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
