//! Expressions.

use super::pattern::assign;
use super::{Dialect, MAX_ELEMENTS, Primitive};
use hub_syntax::ir::{BinaryOp, Clause, Comprehension, ExprId, ExprKind, Key, PatId, PatKind, Prop};

/// The value of an expression, within the bounds: past them it is not known.
pub fn eval<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, id: ExprId) -> D::Value {
    if d.machine().is_too_deep() {
        return d.not_known("nested too deep to evaluate");
    }
    if !d.machine_mut().descend() {
        return d.spent();
    }
    let value = work_out(d, frame, id);
    d.machine_mut().ascend();
    value
}

fn work_out<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, id: ExprId) -> D::Value {
    let place = D::module_of(frame);
    let module = d.machine().program.module(place);
    match &module.expr(id).kind {
        ExprKind::Null => Primitive::Null.into(),
        ExprKind::Undefined => Primitive::Nothing.into(),
        ExprKind::Bool(b) => Primitive::Bool(*b).into(),
        ExprKind::Number(n) => Primitive::Num(*n).into(),
        ExprKind::Str(sym) => Primitive::Text(d.machine_mut().name(place, *sym)).into(),
        ExprKind::Template(parts) => {
            let parts = parts.iter().map(|part| eval(d, frame, *part)).collect();
            d.template(parts)
        }
        ExprKind::Ident(name) => d.read_name(frame, id, *name),
        ExprKind::Member { object, property } => {
            let object = eval(d, frame, *object);
            let name = d.machine_mut().name(place, *property);
            d.get(&object, &name)
        }
        ExprKind::Index { object, index } => {
            let object = eval(d, frame, *object);
            if let ExprKind::Unknown(_) = module.expr(*index).kind {
                return d.slice(frame, &object, *index);
            }
            let index = eval(d, frame, *index);
            d.get_index(&object, &index)
        }
        ExprKind::Call { callee, args, new } => d.call_expression(frame, id, *callee, args, *new),
        ExprKind::Array(items) => {
            let (items, open) = elements(d, frame, items);
            if items.len() > MAX_ELEMENTS {
                return d.not_known("a list of too many elements");
            }
            d.list(Some((place, id)), items, open)
        }
        ExprKind::Object(props) => object(d, frame, id, props),
        ExprKind::Function(f) => d.function(frame, *f),
        ExprKind::Class(c) => d.class(frame, *c),
        ExprKind::Unary { op, operand } => d.unary(frame, *op, *operand),
        ExprKind::Binary { .. } => chain(d, frame, id),
        ExprKind::Conditional { test, yes, no } => {
            let test = eval(d, frame, *test);
            match d.truth(&test) {
                Some(true) => eval(d, frame, *yes),
                Some(false) => eval(d, frame, *no),
                None => {
                    d.doubt(frame);
                    let yes = eval(d, frame, *yes);
                    let no = eval(d, frame, *no);
                    d.settle(frame);
                    d.one_of_two(&test, yes, no)
                }
            }
        }
        ExprKind::Assign { target, op, value } => {
            let new = match op {
                None => eval(d, frame, *value),
                Some(op) => {
                    let old = target_value(d, frame, *target);
                    match op {
                        BinaryOp::Or | BinaryOp::And | BinaryOp::Nullish => logical(d, frame, *op, old, *value),
                        op => {
                            let value = eval(d, frame, *value);
                            if let Some(extended) = d.extend(*op, &old, &value) {
                                return extended;
                            }
                            d.binary(*op, old, value)
                        }
                    }
                }
            };
            assign(d, frame, *target, new.clone());
            new
        }
        ExprKind::Sequence(items) => {
            let mut last = Primitive::Nothing.into();
            for item in items {
                last = eval(d, frame, *item);
            }
            last
        }
        // A promise is its value.
        ExprKind::Await(e) | ExprKind::Spread(e) => eval(d, frame, *e),
        ExprKind::Yield(e) => {
            let value = e.map_or_else(|| Primitive::Nothing.into(), |e| eval(d, frame, e));
            d.yielded(frame, value)
        }
        ExprKind::Comprehension(c) => comprehension(d, frame, id, c),
        ExprKind::Unknown(parts) => {
            for part in parts {
                eval(d, frame, *part);
            }
            d.not_known("an expression that is not understood")
        }
        ExprKind::Regex { .. }
        | ExprKind::TaggedTemplate(_)
        | ExprKind::This
        | ExprKind::Super
        | ExprKind::ImportCall(_)
        | ExprKind::ImportMeta
        | ExprKind::Jsx(_) => d.other_expression(frame, id),
    }
}

/// Elements of a list, with spreads; whether there may be more.
fn elements<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, items: &[ExprId]) -> (Vec<D::Value>, bool) {
    let module = d.machine().program.module(D::module_of(frame));
    let mut out = Vec::with_capacity(items.len());
    let mut open = false;
    for item in items {
        if let ExprKind::Spread(inner) = module.expr(*item).kind {
            let inner = eval(d, frame, inner);
            let (more, unknown) = d.spread(&inner);
            out.extend(more);
            open |= unknown;
        } else {
            out.push(eval(d, frame, *item));
        }
        if out.len() > MAX_ELEMENTS {
            break;
        }
    }
    (out, open)
}

/// An object literal or dict display.
pub(super) fn object<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, id: ExprId, props: &[Prop]) -> D::Value {
    let object = d.table(Some((D::module_of(frame), id)));
    for prop in props {
        match prop {
            Prop::KeyValue { key, value } => {
                let key = key_value(d, frame, *key);
                let value = eval(d, frame, *value);
                d.put(&object, key, value);
            }
            Prop::Getter { key, function } => {
                let key = key_value(d, frame, *key);
                d.put_getter(frame, &object, key, *function);
            }
            Prop::Setter { .. } => {}
            Prop::Spread(e) => {
                let value = eval(d, frame, *e);
                d.put_all(&object, &value);
            }
        }
    }
    object
}

/// The name of a property as a value.
pub(super) fn key_value<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, key: Key) -> D::Value {
    match key {
        Key::Name(name) => Primitive::Text(d.machine_mut().name(D::module_of(frame), name)).into(),
        Key::Computed(e) => eval(d, frame, e),
    }
}

/// A chain of operators leans left and may be long: walked, not recursed.
fn chain<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, id: ExprId) -> D::Value {
    let module = d.machine().program.module(D::module_of(frame));
    let mut chain = Vec::new();
    let mut at = id;
    while let ExprKind::Binary { op, left, right } = &module.expr(at).kind {
        chain.push((*op, *right));
        at = *left;
    }
    let mut value = eval(d, frame, at);
    for (op, right) in chain.into_iter().rev() {
        value = match op {
            BinaryOp::Or | BinaryOp::And | BinaryOp::Nullish => logical(d, frame, op, value, right),
            op => {
                let right = eval(d, frame, right);
                d.binary(op, value, right)
            }
        };
    }
    value
}

fn logical<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, op: BinaryOp, left: D::Value, right: ExprId) -> D::Value {
    match (op, d.decides(op, &left)) {
        (BinaryOp::And, Some(true)) | (BinaryOp::Or | BinaryOp::Nullish, Some(false)) => eval(d, frame, right),
        (_, Some(_)) => left,
        (_, None) => {
            d.doubt(frame);
            let right = eval(d, frame, right);
            d.settle(frame);
            d.undecided(op, left, right)
        }
    }
}

/// What the target of an augmented assignment was.
fn target_value<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, target: PatId) -> D::Value {
    match d.machine().program.module(D::module_of(frame)).pat(target).kind {
        PatKind::Ident(name) => d.read_target(frame, target, name),
        PatKind::Target(e) => eval(d, frame, e),
        _ => d.not_known("an assignment that is not understood"),
    }
}

fn comprehension<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, id: ExprId, c: &Comprehension) -> D::Value {
    let mut inner = d.comprehension_frame(frame);
    let mut out = Comprehended {
        found: Vec::new(),
        open: false,
    };
    comprehend(d, &mut inner, c, &c.clauses, &mut out);
    if c.key.is_none() {
        return d.list(
            Some((D::module_of(frame), id)),
            out.found.into_iter().map(|(_, value)| value).collect(),
            out.open,
        );
    }
    let object = d.table(Some((D::module_of(frame), id)));
    for (key, value) in out.found {
        d.put(&object, key.unwrap_or_else(|| Primitive::Null.into()), value);
    }
    if out.open {
        let more = d.not_known("what more a comprehension gives");
        d.put_all(&object, &more);
    }
    object
}

/// Keys and values that a comprehension gave, and whether there may be more.
struct Comprehended<V> {
    found: Vec<(Option<V>, V)>,
    open: bool,
}

fn comprehend<'p, D: Dialect<'p>>(
    d: &mut D,
    frame: &mut D::Frame,
    c: &Comprehension,
    clauses: &[Clause],
    out: &mut Comprehended<D::Value>,
) {
    let Some((clause, rest)) = clauses.split_first() else {
        if out.found.len() < MAX_ELEMENTS {
            let key = c.key.map(|key| eval(d, frame, key));
            let value = eval(d, frame, c.element);
            out.found.push((key, value));
        }
        return;
    };
    let iterable = eval(d, frame, clause.iterable);
    let (items, open) = d.rounds(&iterable, false);
    out.open |= open;
    for item in items {
        if d.machine().is_spent() {
            return;
        }
        assign(d, frame, clause.pattern, item);
        let kept = clause.conditions.iter().all(|condition| {
            let value = eval(d, frame, *condition);
            d.truth(&value) != Some(false)
        });
        if kept {
            comprehend(d, frame, c, rest, out);
        }
    }
}
