//! Taking values apart: bindings and assignments.

use super::Dialect;
use super::expr::{eval, key_value};
use hub_syntax::ir::{ExprId, ExprKind, PatId, PatKind};

/// Assigns a value to a pattern, within the bounds: past them nothing is assigned.
pub fn assign<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, pattern: PatId, value: D::Value) {
    if !d.machine_mut().descend() {
        return;
    }
    let module = d.machine().program.module(D::module_of(frame));
    match &module.pat(pattern).kind {
        PatKind::Ident(name) => d.write_name(frame, pattern, *name, value),
        PatKind::Target(e) => assign_to(d, frame, *e, value),
        PatKind::Array { elements, rest } => {
            let (items, open) = d.unpack(&value);
            for (i, element) in elements.iter().enumerate() {
                if let Some(pattern) = element {
                    let item = match items.get(i) {
                        Some(item) => item.clone(),
                        None => d.missing_part(&value, i, open),
                    };
                    assign(d, frame, *pattern, item);
                }
            }
            if let Some(rest) = rest {
                let left = items.get(elements.len()..).unwrap_or_default().to_vec();
                let left = d.rest(left, open, false);
                assign(d, frame, *rest, left);
            }
        }
        PatKind::Object { props, rest } => {
            let mut taken = Vec::with_capacity(props.len());
            for (key, pattern) in props {
                let key = key_value(d, frame, *key);
                let item = d.part(&value, &key);
                taken.push(key);
                assign(d, frame, *pattern, item);
            }
            if let Some(rest) = rest {
                let left = d.remaining(&value, &taken);
                assign(d, frame, *rest, left);
            }
        }
        PatKind::Default { pattern, default } => {
            let value = d.defaulted(frame, value, *default);
            assign(d, frame, *pattern, value);
        }
        PatKind::Unknown => {}
    }
    d.machine_mut().ascend();
}

/// `a.b = value`, `a[b] = value`.
fn assign_to<'p, D: Dialect<'p>>(d: &mut D, frame: &mut D::Frame, target: ExprId, value: D::Value) {
    let place = D::module_of(frame);
    match &d.machine().program.module(place).expr(target).kind {
        ExprKind::Member { object, property } => {
            let object = eval(d, frame, *object);
            let name = d.machine_mut().name(place, *property);
            d.set(frame, &object, name, value);
        }
        ExprKind::Index { object, index } => {
            let object = eval(d, frame, *object);
            let index = eval(d, frame, *index);
            d.set_index(frame, &object, &index, value);
        }
        _ => {}
    }
}
