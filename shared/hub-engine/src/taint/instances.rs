//! Objects of the program's classes: how they are made, and what they keep.

use super::calls::ArgVal;
use super::engine::Engine;
use super::members::Member;
use super::value::{ClassRef, Entity, Name, Root, Value};
use crate::FunctionRef;
use hub_syntax::ir::Span;

impl Engine<'_> {
    pub fn construct(&mut self, class: ClassRef, args: &[ArgVal], span: Span) -> Value {
        let mut this = Value::entity(Entity::Instance(class));
        let language = self.program.module(class.module).language;
        let name = self.constructor_name(class);
        // `T{…}`, `new T { … }`: the fields come as an object.
        let given = args
            .iter()
            .rev()
            .find(|a| a.name.is_none() && a.value.shape.as_ref().is_some_and(|s| !s.fields.is_empty()));
        let given = given.filter(|_| language.is_native()).map(|a| a.value.clone());
        match self.find_member(class, name, 0) {
            Some(Member::Method(f, owner)) => {
                let f = FunctionRef {
                    module: owner.module,
                    function: f,
                };
                let after = self.call_with_this(f, &this, args, Some(span)).1;
                if let Some(shape) = after.shape {
                    this.shape = Some(shape);
                }
                self.keep_what_requests_sent(class, &this);
            }
            _ => {
                // Data classes and models: keywords are fields; positions follow the annotated fields.
                let fields: Vec<Name> = {
                    let m = self.program.module(class.module);
                    let mut names = Vec::new();
                    for member in &m.class(class.class).members {
                        if let (hub_syntax::ir::Key::Name(k), hub_syntax::ir::MemberKind::Field { annotation: Some(_), .. }) =
                            (member.key, &member.kind)
                        {
                            names.push(self.name_of(class.module, k));
                        }
                    }
                    names
                };
                for (i, a) in args.iter().enumerate().filter(|_| given.is_none()) {
                    if a.spread || a.kw_spread {
                        this.join_atoms(&a.value);
                        if let Some(shape) = &a.value.shape {
                            for (n, v) in &shape.fields {
                                this.set_field(*n, v.clone(), true);
                            }
                        }
                    } else if let Some(n) = a.name.or_else(|| fields.get(i).copied()) {
                        this.set_field(n, a.value.clone(), true);
                    }
                }
            }
        }
        if let Some(shape) = given.and_then(|g| g.shape) {
            for (n, v) in &shape.fields {
                this.set_field(*n, v.clone(), true);
            }
        }
        this
    }

    /// What a web request gave to an object stays in it: a later call, perhaps of a tool, finds it there.
    pub fn keep_what_requests_sent(&mut self, class: ClassRef, this: &Value) {
        let Some(shape) = this.shape.clone() else { return };
        if self.frame().is_static || self.frame().quiet {
            return;
        }
        for (name, part) in &shape.fields {
            if part.any_atom() {
                self.keep_field(class, *name, part);
            }
        }
    }

    /// One field of it; of a parameter, that is for the caller to say.
    pub fn keep_field(&mut self, class: ClassRef, name: Name, part: &Value) {
        let part = self.cleansed(part);
        let (labels, sources) = (&self.labels, &self.sources);
        let sent = part.map_atoms(0, &mut |a| match labels.root_of(a.label) {
            Root::Source(s) => sources.get(s as usize).is_some_and(|s| s.entry.is_none()).then_some(a),
            _ => None,
        });
        let symbolic = part.map_atoms(0, &mut |a| (!matches!(labels.root_of(a.label), Root::Source(_))).then_some(a));
        if symbolic.any_atom() && self.group_kept.len() < super::engine::MAX_KEPT {
            self.group_kept.push((class, name, symbolic));
        }
        if sent.any_atom() {
            let known = self.class_fields.entry((class, name)).or_default();
            if !known.any_atom() {
                known.join(&sent);
                self.grew = true;
            }
        }
    }
}
