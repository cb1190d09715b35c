//! Where values are written: variables, fields, elements, and what outlives the function that writes.

use super::engine::Engine;
use super::value::{Entity, Value, What};
use hub_syntax::BindingId;
use hub_syntax::ir::{ExprId, ExprKind, Language, PatId, PatKind};

impl Engine<'_> {
    pub fn write_binding(&mut self, binding: BindingId, value: Value) {
        let frame = self.frame_mut();
        let old = frame.env.insert(binding, value);
        frame.journal.push((binding, old));
        frame.implied.retain(|i| i.binding != binding);
    }

    /// Writes a value where a pattern points. `fresh`: a declaration, not an assignment.
    pub fn bind(&mut self, pat: PatId, value: Value, fresh: bool) {
        let module = self.module();
        let p = module.pat(pat);
        match &p.kind {
            PatKind::Ident(sym) => {
                let id = self.module_id();
                let info = self.info(id);
                let Some(binding) = info.scopes.binding_of_pattern(pat) else {
                    return;
                };
                let name = self.name(*sym);
                let value = if value.atoms.is_empty() {
                    value
                } else {
                    self.stepped(&value, p.span, What::Assigned(name))
                };
                self.write(binding, value, fresh);
            }
            PatKind::Target(e) => self.write_target(*e, value),
            PatKind::Array { elements, rest } => {
                for (i, element) in elements.iter().enumerate() {
                    if let Some(element) = element {
                        let v = self.item(&value, i);
                        self.bind(*element, v, fresh);
                    }
                }
                if let Some(rest) = rest {
                    let mut list = Value::default();
                    let v = self.element(&value);
                    list.add_rest(&v);
                    self.bind(*rest, list, fresh);
                }
            }
            PatKind::Object { props, rest } => {
                for (key, inner) in props {
                    let v = match self.key_name(*key) {
                        Some(name) => self.member(&value, name, Some(p.span)),
                        None => self.element(&value),
                    };
                    self.bind(*inner, v, fresh);
                }
                if let Some(rest) = rest {
                    self.bind(*rest, value, fresh);
                }
            }
            PatKind::Default { pattern, default } => {
                let d = self.eval(*default);
                let v = if value.is_bottom() { d } else { value.joined(&d) };
                self.bind(*pattern, v, fresh);
            }
            PatKind::Unknown => {}
        }
    }

    pub fn write(&mut self, binding: BindingId, value: Value, fresh: bool) {
        let id = self.module_id();
        let info = self.info(id);
        let owner = info.scopes.binding(binding).function;
        let current = self.frame().function;
        if owner == current && owner.is_some() {
            self.write_binding(binding, value);
            return;
        }
        if let Some(owner) = owner {
            for i in (self.group_base..self.frames.len()).rev() {
                let frame = &mut self.frames[i];
                if frame.module == id && frame.function == Some(owner) {
                    // Another function's variable: it may or may not be written by now.
                    let joined = match frame.env.get(&binding) {
                        Some(old) if !fresh => old.clone().joined(&value),
                        _ => value,
                    };
                    let old = frame.env.insert(binding, joined);
                    frame.journal.push((binding, old));
                    return;
                }
            }
        }
        // A module-level variable, or one of a function that is not running.
        if self.frame().is_static {
            return;
        }
        let value = self.only_sources(&value);
        if value.any_atom() {
            let known = self.runtime_globals.entry((id, binding)).or_default();
            if count_atoms(known) < count_atoms(&known.clone().joined(&value)) {
                known.join(&value);
                self.grew = true;
            }
        }
    }

    /// The value as far as it comes from sources of the program: what may be kept beyond the function.
    pub fn only_sources(&mut self, value: &Value) -> Value {
        let value = self.cleansed(value);
        let labels = &self.labels;
        value.map_atoms(0, &mut |a| {
            matches!(labels.root_of(a.label), super::value::Root::Source(_)).then_some(a)
        })
    }

    pub fn write_target(&mut self, e: ExprId, value: Value) {
        let module = self.module();
        match &module.expr(e).kind {
            ExprKind::Member { object, property } => {
                let name = self.name(*property);
                if &**self.names.text(name) == "innerHTML" {
                    self.check_sinks(
                        "*.innerHTML",
                        None,
                        &[super::calls::ArgVal::plain(value.clone())],
                        module.expr(e).span,
                    );
                }
                if module.language == Language::CSharp && &**self.names.text(name) == "CommandText" {
                    let text = super::calls::ArgVal::plain(value.clone());
                    self.check_sinks("*.CommandText=", None, &[text], module.expr(e).span);
                }
                let value = self.stepped(&value, module.expr(e).span, What::Stored(name));
                self.write_part(*object, Some(name), value);
            }
            ExprKind::Index { object, index } => {
                let key = self.eval(*index);
                let name = key.text().map(str::to_owned).map(|t| self.names.intern(&t));
                self.write_part(*object, name, value);
            }
            _ => {}
        }
    }

    pub fn write_part(&mut self, object: ExprId, name: Option<super::value::Name>, value: Value) {
        let module = self.module();
        let set = |target: &mut Value| match name {
            Some(name) => target.set_field(name, value.clone(), true),
            None => target.add_rest(&value),
        };
        let current = self.eval(object);
        for r in &current.refs {
            if let (Entity::Instance(class), Some(name)) = (r, name) {
                let kept = self.only_sources(&value);
                if kept.any_atom() && !self.frame().is_static {
                    let known = self.class_fields.entry((*class, name)).or_default();
                    if count_atoms(known) < count_atoms(&known.clone().joined(&kept)) {
                        known.join(&kept);
                        self.grew = true;
                    }
                }
            }
        }
        match &module.expr(object).kind {
            ExprKind::This => set(&mut self.frame_mut().this),
            ExprKind::Ident(sym) if module.str(*sym) == "self" && self.frame().function.is_some() => {
                set(&mut self.frame_mut().this);
                self.write_ident(object, current, set);
            }
            ExprKind::Ident(_) => self.write_ident(object, current, set),
            ExprKind::Member { object: inner, property } => {
                // `a.b.c = v`: a's b gets a c.
                let mut part = current;
                set(&mut part);
                let name = self.name(*property);
                let whole = *inner;
                let outer = self.eval(whole);
                let kept = self.only_sources(&part);
                if kept.any_atom() && !self.frame().is_static {
                    for r in &outer.refs {
                        if let Entity::Instance(class) = r {
                            let known = self.class_fields.entry((*class, name)).or_default();
                            if count_atoms(known) < count_atoms(&known.clone().joined(&kept)) {
                                known.join(&kept);
                                self.grew = true;
                            }
                        }
                    }
                }
                match &module.expr(whole).kind {
                    ExprKind::This => self.frame_mut().this.set_field(name, part, true),
                    ExprKind::Ident(_) => self.write_ident(whole, outer, |t| t.set_field(name, part.clone(), true)),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    pub fn write_ident(&mut self, ident: ExprId, mut current: Value, set: impl Fn(&mut Value)) {
        let id = self.module_id();
        let info = self.info(id);
        let Some(binding) = info.scopes.binding_of(ident) else { return };
        set(&mut current);
        self.write(binding, current, false);
    }

    /// Writes back the changed value of the expression a method was called on: `list.push(x)`.
    pub fn update_receiver(&mut self, receiver: ExprId, value: Value) {
        let module = self.module();
        match &module.expr(receiver).kind {
            ExprKind::Ident(_) => {
                let id = self.module_id();
                let info = self.info(id);
                if let Some(binding) = info.scopes.binding_of(receiver) {
                    self.write(binding, value, false);
                }
            }
            ExprKind::Member { object, property } => {
                let name = self.name(*property);
                self.write_part(*object, Some(name), value);
            }
            _ => {}
        }
    }
}

pub fn count_atoms(v: &Value) -> usize {
    let mut n = 0;
    v.each_atom(0, &mut |_| n += 1);
    n
}
