//! Expressions.

use super::interp::{Frame, Interp, joined};
use super::value::{Args, Entries, ListKind, Made, Name, Value};
use hub_syntax::ir::{BinaryOp, Clause, ExprId, ExprKind, Key, Prop, UnaryOp};
use std::rc::Rc;

/// Longest text built up, in bytes.
const MAX_TEXT: usize = 1 << 20;

impl<'a> Interp<'a> {
    pub(super) fn eval(&mut self, frame: &mut Frame, id: ExprId) -> Value {
        if !self.tick() {
            return Value::unknown("the evaluation's step limit was reached");
        }
        let module = self.program.module(frame.module);
        match &module.expr(id).kind {
            ExprKind::Null | ExprKind::Undefined => Value::None,
            ExprKind::Bool(b) => Value::Bool(*b),
            ExprKind::Number(n) => Value::Num(*n),
            ExprKind::Str(s) => Value::Str(self.name(frame.module, *s)),
            ExprKind::Ident(name) => match module.str(*name) {
                "Ellipsis" => Value::Ellipsis,
                "__name__" | "__file__" => {
                    let name = module.str(*name);
                    frame
                        .globals
                        .vars
                        .borrow()
                        .get(name)
                        .cloned()
                        .unwrap_or_else(|| Value::unknown(name))
                }
                name => self.lookup(frame, name),
            },
            ExprKind::Template(parts) => self.template(frame, parts),
            ExprKind::Member { object, property } => {
                let object = self.eval(frame, *object);
                let property = module.str(*property);
                self.get_attr(&object, property)
            }
            ExprKind::Index { object, index } => {
                let object = self.eval(frame, *object);
                if let ExprKind::Unknown(_) = module.expr(*index).kind {
                    return self.slice(frame, &object, *index);
                }
                let index = self.eval(frame, *index);
                self.get_index(&object, &index)
            }
            ExprKind::Call { callee, args, .. } => self.eval_call(frame, id, *callee, args),
            ExprKind::Array(items) => {
                let source = module.text(module.expr(id).span);
                let kind = match source.as_bytes().first() {
                    Some(b'[') => ListKind::List,
                    Some(b'{') => ListKind::Set,
                    _ => ListKind::Tuple,
                };
                let (items, open) = self.elements(frame, items);
                Value::sequence(kind, items, open)
            }
            ExprKind::Object(props) => self.dict(frame, props),
            ExprKind::Function(function) => self.define_function(frame, *function, None),
            ExprKind::Class(class) => self.define_class(frame, *class),
            ExprKind::Unary { op, operand } => {
                let operand = self.eval(frame, *operand);
                self.derived(&[&operand], |_, v| match (op, &v[0]) {
                    (UnaryOp::Not, value) => value
                        .truth()
                        .map_or_else(|| Value::unknown("the opposite of an unknown value"), |t| Value::Bool(!t)),
                    (UnaryOp::Minus, Value::Num(n)) => Value::Num(-n),
                    (UnaryOp::Plus, Value::Num(n)) => Value::Num(*n),
                    _ => Value::unknown("an operation on an unknown value"),
                })
            }
            ExprKind::Binary { .. } => self.binary_chain(frame, id),
            ExprKind::Conditional { test, yes, no } => {
                let test = self.eval(frame, *test);
                match test.truth() {
                    Some(true) => self.eval(frame, *yes),
                    Some(false) => self.eval(frame, *no),
                    None => {
                        frame.maybe += 1;
                        self.uncertain += 1;
                        let mut ways = vec![self.eval(frame, *yes), self.eval(frame, *no)];
                        self.uncertain -= 1;
                        frame.maybe -= 1;
                        // Of texts the likely one is shown; of lists and tables the one that may hold more.
                        if test.leaning() == Some(false) && !ways.iter().any(|way| matches!(way, Value::List(_) | Value::Dict(_))) {
                            ways.reverse();
                        }
                        Value::choice(ways)
                    }
                }
            }
            ExprKind::Assign { target, op, value } => {
                let value = self.eval(frame, *value);
                match op {
                    None => {
                        self.assign(frame, *target, value.clone());
                        value
                    }
                    Some(op) => self.augment(frame, *target, *op, &value),
                }
            }
            ExprKind::Await(inner) => self.eval(frame, *inner),
            ExprKind::Yield(inner) => {
                let value = inner.map_or(Value::None, |inner| self.eval(frame, inner));
                frame.yields.push(value);
                Value::unknown("what is sent into a generator")
            }
            ExprKind::Spread(inner) => self.eval(frame, *inner),
            ExprKind::Comprehension(c) => self.comprehension(frame, id, c.key, c.element, &c.clauses),
            ExprKind::Unknown(parts) => {
                for part in parts {
                    self.eval(frame, *part);
                }
                Value::unknown("an expression that is not understood")
            }
            _ => Value::unknown("an expression that is not Python"),
        }
    }

    /// Elements of a display or call, with spreads; whether there may be more.
    fn elements(&mut self, frame: &mut Frame, items: &[ExprId]) -> (Vec<Value>, bool) {
        let mut out = Vec::with_capacity(items.len());
        let mut open = false;
        for item in items {
            if let ExprKind::Spread(inner) = self.program.module(frame.module).expr(*item).kind {
                let inner = self.eval(frame, inner);
                let (more, unknown) = self.iterate(&inner);
                out.extend(more);
                open |= unknown;
            } else {
                out.push(self.eval(frame, *item));
            }
        }
        (out, open)
    }

    fn dict(&mut self, frame: &mut Frame, props: &[Prop]) -> Value {
        let mut entries = Entries::default();
        let mut open = false;
        for prop in props {
            match prop {
                Prop::KeyValue { key, value } => {
                    let key = match key {
                        Key::Name(name) => Value::Str(self.name(frame.module, *name)),
                        Key::Computed(key) => self.eval(frame, *key),
                    };
                    let value = self.eval(frame, *value);
                    entries.set(key, value);
                }
                Prop::Spread(inner) => {
                    let inner = self.eval(frame, *inner);
                    match inner.plain() {
                        Value::Dict(dict) => {
                            for (key, value) in dict.entries.borrow().iter() {
                                entries.set(key.clone(), value.clone());
                            }
                            open |= dict.open.get();
                        }
                        Value::None => {}
                        _ => open = true,
                    }
                }
                Prop::Getter { .. } | Prop::Setter { .. } => {}
            }
        }
        Value::dict(entries, open)
    }

    fn template(&mut self, frame: &mut Frame, parts: &[ExprId]) -> Value {
        let mut out = String::new();
        let mut likely = false;
        let mut unknown = false;
        for part in parts {
            let value = self.eval(frame, *part);
            likely |= value.is_likely();
            match self.text_of(&value) {
                Some(text) if out.len() + text.len() <= MAX_TEXT => out.push_str(&text),
                _ => unknown = true,
            }
        }
        if unknown {
            return Value::unknown("a text put together at run time");
        }
        let value = Value::str(out);
        if likely { Value::Likely(Rc::new(value)) } else { value }
    }

    /// What `str(value)` gives, when that is known.
    pub(super) fn text_of(&mut self, value: &Value) -> Option<Rc<str>> {
        Some(match value.plain() {
            Value::Str(text) => text,
            Value::Num(n) => n.to_string().into(),
            Value::Bool(b) => (if b { "True" } else { "False" }).into(),
            Value::None => "None".into(),
            Value::Path(path) => path,
            Value::Instance(instance) => {
                let inner = instance.attrs.borrow().get("_value_").cloned();
                inner?.as_str()?
            }
            Value::List(list) if !list.open.get() => {
                let items = list.items.borrow().clone();
                let mut parts = Vec::with_capacity(items.len());
                for item in &items {
                    parts.push(match item.plain() {
                        Value::Str(text) if !text.contains(['\'', '\\', '\n']) => format!("'{text}'"),
                        Value::Num(_) | Value::Bool(_) | Value::None => self.text_of(item)?.to_string(),
                        _ => return None,
                    });
                }
                match list.kind {
                    ListKind::List => format!("[{}]", parts.join(", ")).into(),
                    ListKind::Tuple if parts.len() != 1 => format!("({})", parts.join(", ")).into(),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    /// A result computed from values: likely when one of them only is.
    pub(super) fn derived(&mut self, inputs: &[&Value], f: impl FnOnce(&mut Self, &[Value]) -> Value) -> Value {
        let likely = inputs.iter().any(|v| v.is_likely());
        let plain: Vec<Value> = inputs.iter().map(|v| v.plain()).collect();
        let result = f(self, &plain);
        if likely && !result.is_unknown() {
            Value::Likely(Rc::new(result))
        } else {
            result
        }
    }

    /// A chain of operators leans left and may be long: walked, not recursed.
    fn binary_chain(&mut self, frame: &mut Frame, id: ExprId) -> Value {
        let module = self.program.module(frame.module);
        let mut chain = Vec::new();
        let mut at = id;
        while let ExprKind::Binary { op, left, right } = &module.expr(at).kind {
            chain.push((*op, *right));
            at = *left;
        }
        let mut left = self.eval(frame, at);
        for (op, right) in chain.into_iter().rev() {
            left = match (op, left.truth()) {
                (BinaryOp::And, Some(false)) | (BinaryOp::Or, Some(true)) => left,
                (BinaryOp::And, Some(true)) | (BinaryOp::Or, Some(false)) => self.eval(frame, right),
                (BinaryOp::Or, None) => {
                    let other = self.eval(frame, right);
                    match &left {
                        // `os.getenv("X") or "default"`.
                        Value::Likely(inner) if inner.truth() == Some(false) => Value::Likely(Rc::new(other.plain())),
                        Value::Likely(_) => left,
                        _ => Value::choice(vec![left, other]),
                    }
                }
                (BinaryOp::And, None) => {
                    let other = self.eval(frame, right);
                    if other.truth() == Some(false) {
                        other
                    } else {
                        Value::unknown("a condition that is known only at run time")
                    }
                }
                _ => {
                    let right = self.eval(frame, right);
                    self.binary(op, &left, &right)
                }
            };
        }
        left
    }

    pub(super) fn binary(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Value {
        if op == BinaryOp::BitOr
            && let (Value::Class(_) | Value::External(_) | Value::Generic(_) | Value::Union(_) | Value::None, _) = (left, right)
            && matches!(
                right,
                Value::Class(_)
                    | Value::External(_)
                    | Value::Generic(_)
                    | Value::Union(_)
                    | Value::None
                    | Value::Str(_)
                    | Value::Unknown(_)
            )
        {
            let mut all = Vec::new();
            for side in [left, right] {
                match side {
                    Value::Union(inner) => all.extend(inner.iter().cloned()),
                    other => all.push(other.clone()),
                }
            }
            return Value::Union(Rc::new(all));
        }
        self.derived(&[left, right], |this, v| this.binary_plain(op, &v[0], &v[1]))
    }

    fn binary_plain(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Value {
        use BinaryOp as B;
        use Value as V;
        for side in [left, right] {
            let size = match side {
                V::List(list) => list.items.borrow().len(),
                V::Dict(dict) if matches!(op, B::BitOr) => dict.entries.borrow().len(),
                _ => 0,
            };
            if !self.afford(size) {
                return V::unknown("the evaluation's step limit was reached");
            }
        }
        let unknown = || V::unknown("an operation on unknown values");
        match (op, left, right) {
            (B::Eq | B::StrictEq, _, _) => left.same(right).map_or_else(unknown, V::Bool),
            (B::Ne | B::StrictNe, _, _) => left.same(right).map_or_else(unknown, |same| V::Bool(!same)),
            (B::In, _, _) => self.contains(right, left).map_or_else(unknown, V::Bool),
            (B::NotIn, _, _) => self.contains(right, left).map_or_else(unknown, |inside| V::Bool(!inside)),
            (B::Add, V::Str(a), V::Str(b)) if a.len() + b.len() <= MAX_TEXT => V::str(format!("{a}{b}")),
            (B::Add, V::Num(a), V::Num(b)) => V::Num(a + b),
            (B::Sub, V::Num(a), V::Num(b)) => V::Num(a - b),
            (B::Mul, V::Num(a), V::Num(b)) => V::Num(a * b),
            (B::Pow, V::Num(a), V::Num(b)) if a.powf(*b).is_finite() => V::Num(a.powf(*b)),
            (B::Div, V::Num(a), V::Num(b)) if *b != 0.0 => V::Num(a / b),
            (B::FloorDiv, V::Num(a), V::Num(b)) if *b != 0.0 => V::Num((a / b).floor()),
            (B::Mod, V::Num(a), V::Num(b)) if *b != 0.0 => V::Num(a - b * (a / b).floor()),
            (B::Mul, V::Str(s), V::Num(n)) if *n >= 0.0 && s.len() as f64 * n < MAX_TEXT as f64 => V::str(s.repeat(*n as usize)),
            (B::Mod, V::Str(s), _) => self.percent(s, right),
            (B::Lt, V::Num(a), V::Num(b)) => V::Bool(a < b),
            (B::Le, V::Num(a), V::Num(b)) => V::Bool(a <= b),
            (B::Gt, V::Num(a), V::Num(b)) => V::Bool(a > b),
            (B::Ge, V::Num(a), V::Num(b)) => V::Bool(a >= b),
            (B::Add, V::List(a), V::List(b)) => {
                let mut items = a.items.borrow().clone();
                items.extend(b.items.borrow().iter().cloned());
                V::sequence(a.kind, items, a.open.get() || b.open.get())
            }
            (B::Add, V::List(a), _) => V::sequence(a.kind, a.items.borrow().clone(), true),
            (B::Add, _, V::List(b)) => V::sequence(b.kind, b.items.borrow().clone(), true),
            (B::BitOr, V::List(a), V::List(b)) => {
                let mut items = a.items.borrow().clone();
                items.extend(b.items.borrow().iter().cloned());
                dedup(&mut items);
                V::sequence(a.kind, items, a.open.get() || b.open.get())
            }
            (B::Sub | B::BitAnd, V::List(a), V::List(b)) if a.kind == ListKind::Set => {
                let mut items = Vec::new();
                for item in a.items.borrow().iter() {
                    let inside = b.items.borrow().iter().any(|other| other.same(item) == Some(true));
                    if inside == (op == B::BitAnd) {
                        items.push(item.clone());
                    }
                }
                V::sequence(a.kind, items, a.open.get() || b.open.get())
            }
            (B::BitOr, V::Dict(a), V::Dict(b)) => {
                let mut entries = a.entries.borrow().clone();
                for (key, value) in b.entries.borrow().iter() {
                    entries.set(key.clone(), value.clone());
                }
                V::dict(entries, a.open.get() || b.open.get())
            }
            (B::Div, V::Path(path), V::Str(name)) => V::Path(super::files::join(path, name).into()),
            _ => unknown(),
        }
    }

    /// `"%s" % x`.
    fn percent(&mut self, format: &str, value: &Value) -> Value {
        let values: Vec<Value> = match value {
            Value::List(list) if list.kind == ListKind::Tuple => list.items.borrow().clone(),
            other => vec![other.clone()],
        };
        let mut pieces = format.split("%s");
        let mut out = pieces.next().unwrap_or("").to_owned();
        let mut values = values.iter();
        for piece in pieces {
            let Some(text) = values.next().and_then(|value| self.text_of(value)) else {
                return Value::unknown("a text put together at run time");
            };
            out.push_str(&text);
            out.push_str(piece);
        }
        if out.contains('%') {
            Value::unknown("a formatted text")
        } else {
            Value::str(out)
        }
    }

    /// `value in container`.
    fn contains(&mut self, container: &Value, value: &Value) -> Option<bool> {
        match (container, value) {
            (Value::Str(text), Value::Str(part)) => Some(text.contains(&**part)),
            (Value::Dict(dict), _) => {
                if value.is_unknown() {
                    return None;
                }
                match (dict.entries.borrow().get(value).is_some(), dict.open.get()) {
                    (true, _) => Some(true),
                    (false, false) => Some(false),
                    (false, true) => None,
                }
            }
            (Value::List(list), _) => {
                let mut certain = !list.open.get();
                for item in list.items.borrow().iter() {
                    match item.same(value) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => certain = false,
                    }
                }
                certain.then_some(false)
            }
            _ => None,
        }
    }

    fn augment(&mut self, frame: &mut Frame, target: hub_syntax::ir::PatId, op: BinaryOp, value: &Value) -> Value {
        use hub_syntax::ir::PatKind;
        let module = self.program.module(frame.module);
        let before = match &module.pat(target).kind {
            PatKind::Ident(name) => {
                let name = self.name(frame.module, *name);
                self.lookup(frame, &name)
            }
            PatKind::Target(expr) => self.eval(frame, *expr),
            _ => return Value::unknown("an assignment that is not understood"),
        };
        if op == BinaryOp::Add {
            let mut extended = false;
            for one in before.alternatives() {
                if let Value::List(list) = one
                    && list.kind == ListKind::List
                {
                    let (items, open) = self.iterate(value);
                    list.items.borrow_mut().extend(items);
                    list.open.set(list.open.get() || open);
                    extended = true;
                }
            }
            if extended {
                return before;
            }
        }
        let after = self.binary(op, &before, value);
        self.assign(frame, target, after.clone());
        after
    }

    fn comprehension(&mut self, frame: &mut Frame, id: ExprId, key: Option<ExprId>, element: ExprId, clauses: &[Clause]) -> Value {
        let mut out: Vec<(Option<Value>, Value)> = Vec::new();
        let mut open = false;
        // A comprehension has a scope of its own.
        let mut inner = Frame {
            module: frame.module,
            env: Rc::new(super::value::Env {
                parent: Some(frame.env.clone()),
                ..super::value::Env::default()
            }),
            globals: frame.globals.clone(),
            maybe: 0,
            returns: Vec::new(),
            yields: Vec::new(),
            func: frame.func.clone(),
        };
        self.clauses(&mut inner, key, element, clauses, &mut out, &mut open);
        if key.is_some() {
            let mut entries = Entries::default();
            for (key, value) in out {
                entries.set(key.unwrap_or(Value::None), value);
            }
            return Value::dict(entries, open);
        }
        let module = self.program.module(frame.module);
        let kind = if module.text(module.expr(id).span).starts_with('{') {
            ListKind::Set
        } else {
            ListKind::List
        };
        Value::sequence(kind, out.into_iter().map(|(_, value)| value).collect(), open)
    }

    fn clauses(
        &mut self,
        frame: &mut Frame,
        key: Option<ExprId>,
        element: ExprId,
        clauses: &[Clause],
        out: &mut Vec<(Option<Value>, Value)>,
        open: &mut bool,
    ) {
        let Some((clause, rest)) = clauses.split_first() else {
            if out.len() < 20_000 {
                let key = key.map(|key| self.eval(frame, key));
                let value = self.eval(frame, element);
                out.push((key, value));
            }
            return;
        };
        let iterable = self.eval(frame, clause.iterable);
        let (items, unknown) = self.iterate(&iterable);
        *open |= unknown;
        for item in items {
            if self.steps == 0 {
                return;
            }
            self.assign(frame, clause.pattern, item);
            let keep = clause
                .conditions
                .iter()
                .all(|condition| self.eval(frame, *condition).truth() != Some(false));
            if keep {
                self.clauses(frame, key, element, rest, out, open);
            }
        }
    }

    fn slice(&mut self, frame: &mut Frame, object: &Value, index: ExprId) -> Value {
        let module = self.program.module(frame.module);
        let ExprKind::Unknown(parts) = &module.expr(index).kind else {
            return Value::unknown("a slice");
        };
        let source = module.text(module.expr(index).span);
        let bounds: Vec<Value> = parts.iter().map(|part| self.eval(frame, *part)).collect();
        let simple = source.matches(':').count() == 1;
        let (from, to) = match (&bounds[..], source.trim_start().starts_with(':')) {
            ([], _) if simple => (None, None),
            ([Value::Num(n)], true) if simple => (None, Some(*n)),
            ([Value::Num(n)], false) if simple => (Some(*n), None),
            ([Value::Num(a), Value::Num(b)], _) if simple => (Some(*a), Some(*b)),
            _ => return Value::unknown("a slice"),
        };
        let range = |len: usize| {
            let at = |n: f64| {
                if n < 0.0 {
                    (len as f64 + n).max(0.0) as usize
                } else {
                    (n as usize).min(len)
                }
            };
            let (from, to) = (from.map_or(0, at), to.map_or(len, at));
            from.min(to)..to
        };
        match object.plain() {
            Value::List(list) if !list.open.get() => {
                let items = list.items.borrow();
                Value::sequence(list.kind, items[range(items.len())].to_vec(), false)
            }
            Value::Str(text) => {
                let chars: Vec<char> = text.chars().collect();
                Value::str(chars[range(chars.len())].iter().collect::<String>())
            }
            _ => Value::unknown("a slice of an unknown value"),
        }
    }

    pub(super) fn get_index(&mut self, object: &Value, index: &Value) -> Value {
        match object.plain() {
            Value::Dict(dict) => {
                let found = if index.is_unknown() {
                    None
                } else {
                    dict.entries.borrow().get(index).cloned()
                };
                match found {
                    Some(value) => value,
                    // Which entry is not known: it is one of them.
                    None if index.is_unknown() || dict.open.get() => {
                        let all: Vec<Value> = dict.entries.borrow().iter().map(|(_, v)| v.clone()).take(8).collect();
                        if all.is_empty() || !index.is_unknown() {
                            Value::unknown("an entry of an unknown dict")
                        } else {
                            Value::choice([all, vec![Value::unknown("an entry")]].concat())
                        }
                    }
                    None => Value::unknown("an entry that is not there"),
                }
            }
            Value::List(list) => match index.plain() {
                Value::Num(n) => {
                    let items = list.items.borrow();
                    let at = if n < 0.0 { items.len() as f64 + n } else { n };
                    items
                        .get(at as usize)
                        .filter(|_| at >= 0.0)
                        .cloned()
                        .unwrap_or_else(|| Value::unknown("an element that is not there"))
                }
                _ => Value::unknown("an element at an unknown place"),
            },
            Value::Class(class) if super::call::is_enum(&class) => match index.as_str() {
                Some(name) => self.get_attr(&Value::Class(class), &name),
                None => Value::unknown("a member of an enum"),
            },
            base @ (Value::Class(_) | Value::External(_) | Value::Generic(_)) => {
                if let Value::External(path) = &base
                    && &**path == "os.environ"
                {
                    return Value::unknown("a variable of the environment");
                }
                let args = match index {
                    Value::List(list) if list.kind == ListKind::Tuple => list.items.borrow().clone(),
                    other => vec![other.clone()],
                };
                Value::Generic(Rc::new((base, args)))
            }
            Value::Str(text) => match index.plain() {
                Value::Num(n) if n >= 0.0 => text
                    .chars()
                    .nth(n as usize)
                    .map_or_else(|| Value::unknown("a character"), |c| Value::str(c.to_string())),
                _ => Value::unknown("a character"),
            },
            Value::Instance(_) => {
                let args = Args::of(vec![index.clone()]);
                self.call_method(object, "__getitem__", args)
            }
            _ => Value::unknown("an element of an unknown value"),
        }
    }

    /// `a.b = v`, `a[b] = v`.
    pub(super) fn assign_target(&mut self, frame: &mut Frame, target: ExprId, value: Value) {
        let module = self.program.module(frame.module);
        match &module.expr(target).kind {
            ExprKind::Member { object, property } => {
                let object = self.eval(frame, *object);
                let name = self.name(frame.module, *property);
                for one in object.alternatives() {
                    self.set_attr(&one, name.clone(), value.clone(), frame.maybe > 0);
                }
            }
            ExprKind::Index { object, index } => {
                let object = self.eval(frame, *object);
                let index = self.eval(frame, *index);
                for one in object.alternatives() {
                    match one {
                        Value::Dict(dict) if index.is_unknown() => {
                            // Under an unknown key: kept under a key of its own, so that looping over values finds it.
                            let key = Value::str(format!("\u{0}{}", dict.entries.borrow().len()));
                            dict.entries.borrow_mut().set(key, value.clone());
                            dict.open.set(true);
                        }
                        Value::Dict(dict) => {
                            let before = dict.entries.borrow().get(&index).cloned().filter(|_| frame.maybe > 0);
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
                        Value::Bound(bound) => self.set_handler(&bound, &index, value.clone()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// `del a[b]`.
    pub(super) fn delete(&mut self, frame: &mut Frame, target: ExprId) {
        let module = self.program.module(frame.module);
        if let ExprKind::Index { object, index } = &module.expr(target).kind {
            let object = self.eval(frame, *object);
            let index = self.eval(frame, *index);
            if let Value::Dict(dict) = object.plain() {
                dict.entries.borrow_mut().remove(&index);
            }
        }
    }

    pub(super) fn set_attr(&mut self, object: &Value, name: Name, value: Value, maybe: bool) {
        let join = |before: Option<Value>| {
            if maybe {
                joined(before.as_ref(), value.clone())
            } else {
                value.clone()
            }
        };
        match object {
            Value::Instance(instance) => {
                let before = instance.attrs.borrow().get(&name).cloned();
                let value = join(before);
                instance.attrs.borrow_mut().insert(name, value);
            }
            Value::Class(class) => {
                let value = join(class.get(&name));
                class.set(name, value);
            }
            Value::Func(func) => {
                func.attrs.borrow_mut().insert(name, value);
            }
            Value::Method(method) => {
                method.1.attrs.borrow_mut().insert(name, value);
            }
            Value::Made(made) if made.name() == "staticmethod" || made.name() == "classmethod" => {
                if let Some(inner) = made.args.pos.first() {
                    self.set_attr(inner, name, value, maybe);
                }
            }
            Value::Made(made) => {
                made.attrs.borrow_mut().insert(name, value);
            }
            Value::Module(module) => {
                let globals = self.globals(*module);
                let before = globals.vars.borrow().get(&name).cloned();
                let value = join(before);
                globals.vars.borrow_mut().insert(name, value);
            }
            Value::Server(server) => server.set_attr(&name, value),
            _ => {}
        }
    }

    /// Elements of a value in a loop; whether there may be more.
    pub(super) fn iterate(&mut self, value: &Value) -> (Vec<Value>, bool) {
        let size = match value {
            Value::List(list) => list.items.borrow().len(),
            Value::Dict(dict) => dict.entries.borrow().len(),
            _ => 0,
        };
        if !self.afford(size) {
            return (Vec::new(), true);
        }
        match value {
            Value::List(list) => (list.items.borrow().clone(), list.open.get()),
            Value::Dict(dict) => (dict.entries.borrow().iter().map(|(key, _)| key.clone()).collect(), dict.open.get()),
            Value::Str(text) => (text.chars().take(10_000).map(|c| Value::str(c.to_string())).collect(), false),
            Value::Likely(inner) => self.iterate(inner),
            Value::Choice(all) => {
                let (mut out, mut open) = (Vec::new(), false);
                for one in all.iter() {
                    let (items, more) = self.iterate(one);
                    out.extend(items);
                    open |= more;
                }
                dedup(&mut out);
                (out, open)
            }
            Value::Class(class) if super::call::is_enum(class) => {
                let members = class
                    .attrs
                    .borrow()
                    .iter()
                    .filter(|(_, v)| matches!(v, Value::Instance(i) if Rc::ptr_eq(&i.class, class)))
                    .map(|(_, v)| v.clone())
                    .collect();
                (members, false)
            }
            Value::Instance(instance) => {
                if super::interp::class_lookup(&instance.class, "__iter__").is_some() {
                    let inner = self.call_method(value, "__iter__", Args::default());
                    if !matches!(inner, Value::Instance(_)) {
                        return self.iterate(&inner);
                    }
                }
                (Vec::new(), true)
            }
            Value::Made(made) if made.name() == "ModuleInfo" => (made.args.pos.clone(), false),
            Value::None | Value::Bool(_) | Value::Num(_) => (Vec::new(), false),
            _ => (Vec::new(), true),
        }
    }

    /// A value made by calling something of a library.
    pub(super) fn made(&self, path: &str, args: Args, at: Option<(hub_syntax::ModuleId, ExprId)>) -> Value {
        Value::Made(Rc::new(Made {
            path: path.into(),
            args,
            at,
            attrs: Default::default(),
        }))
    }
}

/// Drops what is there already; only for short lists, as it compares each with each.
pub(super) fn dedup(items: &mut Vec<Value>) {
    if items.len() > 2_000 {
        return;
    }
    let mut out: Vec<Value> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        if !out.iter().any(|seen| seen.same(&item) == Some(true)) {
            out.push(item);
        }
    }
    *items = out;
}
