//! Parts of values: fields, elements, members of classes and of things outside.

use super::bindings::{MAX_CHAIN, MAX_DEFINITIONS};
use super::engine::Engine;
use super::guards;
use super::value::{Atom, ClassRef, Entity, Facet, Kinds, Lit, Name, Seg, Value, Weak};
use crate::FunctionRef;
use hub_syntax::ModuleId;
use hub_syntax::ir::{ClassId, ExprId, FnId, Key, Language, MemberKind};

/// What a class has under a name.
pub enum Member {
    Method(FnId, ClassRef),
    Getter(FnId, ClassRef),
    Field {
        module: ModuleId,
        value: Option<ExprId>,
        annotation: Option<ExprId>,
    },
}

impl Engine<'_> {
    /// A named part of a value.
    pub fn member(&mut self, object: &Value, name: Name, at: Option<hub_syntax::ir::Span>) -> Value {
        let text = self.names.text(name).clone();
        let mut out = Value::default();
        let known = object.field(name).cloned();
        if let Some(v) = &known {
            out = v.clone();
        }
        if &*text == "length" {
            return Value::default();
        }
        if let Some(v) = Self::address_property(object, &text) {
            return v;
        }
        if known.is_none() {
            if let Some(rest) = object.shape.as_ref().and_then(|s| s.rest.as_ref()) {
                out.join(rest);
            }
            self.member_atoms(object, name, &text, &mut out);
        }
        for entity in &object.refs {
            match entity {
                Entity::Module(target) => {
                    let v = self.export_value(*target, name, 0).or_else(|| self.submodule(*target, &text));
                    match v {
                        Some(v) => out.join_refs(&v),
                        // `import x from "./cjs"` and `x.default`.
                        None if &*text == "default" => out.join_refs(&Value::entity(Entity::Module(*target))),
                        None => {}
                    }
                }
                Entity::External(path) => {
                    let path = self.names.text(*path).clone();
                    if &*text == "default" {
                        out.add_ref(entity);
                        continue;
                    }
                    if path.len() + text.len() > 160 {
                        continue;
                    }
                    if let Some(v) = self.named_by_path(&path, name) {
                        out.join_refs(&v);
                        continue;
                    }
                    let full = format!("{path}.{text}");
                    if self.is_python()
                        && !path.contains('(')
                        && let Some(target) = self.imports.python(self.program, self.module_id(), &full)
                    {
                        out.add_ref(&Entity::Module(target));
                        continue;
                    }
                    let full = self.names.intern(&full);
                    out.add_ref(&Entity::External(full));
                    if let Some(v) = self.request_field(&path, &text, at) {
                        if v.has_atoms() {
                            out.join_atoms(&v);
                        } else {
                            out.join_refs(&v);
                        }
                    }
                }
                Entity::Instance(class) => {
                    let v = self.instance_member(*class, name, object);
                    out.join_refs(&v);
                    // A map or list that other methods fill, also after it was made here.
                    if known.as_ref().is_some_and(|k| k.shape.is_some() && !k.any_atom())
                        && let Some(more) = self.class_fields.get(&(*class, name))
                        && more.shape.is_some()
                    {
                        out.join(more);
                    }
                    if known.is_none() {
                        if let Some(kinds) = self.class_field_kinds(*class, name) {
                            out = out.without(kinds);
                        }
                        if out.any_atom() {
                            out = self.validated(*class, name, out);
                        }
                        out.join_atoms(&v);
                        if out.lit == Lit::Unknown && out.atoms.is_empty() {
                            out.lit = v.lit.clone();
                            out.shape = v.shape.clone();
                        }
                    }
                }
                Entity::Class(class) => {
                    let makes = &*text == "new" && self.program.module(class.module).language == Language::Ruby;
                    if &*text == "__class__" || &*text == "prototype" || makes {
                        out.add_ref(entity);
                        continue;
                    }
                    match self.find_member(*class, name, 0) {
                        Some(Member::Method(f, owner)) => out.add_ref(&Entity::Function(FunctionRef {
                            module: owner.module,
                            function: f,
                        })),
                        Some(Member::Field {
                            module, value: Some(e), ..
                        }) => {
                            let v = self.in_static(module, None, |x| x.eval(e));
                            out.join_refs(&v);
                            if out.lit == Lit::Unknown {
                                out.lit = v.lit.clone();
                                out.shape = v.shape.clone();
                            }
                        }
                        _ => {}
                    }
                    let v = self.assigned_value(*class, name);
                    out.join_refs(&v);
                }
                Entity::Schema(_) => out.add_ref(entity),
                Entity::Function(_) | Entity::Resolver(_) => {
                    // `fn.bind`, `fn.call`, `fn.apply`: the function stands for them.
                    if matches!(&*text, "bind" | "call" | "apply" | "fn" | "__wrapped__" | "run") {
                        out.add_ref(entity);
                    }
                }
            }
        }
        out
    }

    /// `ip.is_private`, `ip.is_global`: what the answer proves of the address's host.
    fn address_property(object: &Value, text: &str) -> Option<Value> {
        if object.facet != Facet::Ip || !object.any_atom() {
            return None;
        }
        match text {
            "is_private" => Some(guards::proves_if_false(object, Kinds::HOST)),
            "is_global" => Some(guards::proves_if_true(object, Kinds::HOST)),
            "is_loopback" | "is_link_local" | "is_reserved" | "is_multicast" | "is_unspecified" => {
                Some(guards::weak_check(object, Kinds::URL, Weak::DENY_LIST, false))
            }
            _ => None,
        }
    }

    fn member_atoms(&mut self, object: &Value, name: Name, text: &str, out: &mut Value) {
        if object.atoms.is_empty() || self.is_record_of_a_store(object) {
            return;
        }
        let path_like = object
            .refs
            .iter()
            .any(|r| matches!(r, Entity::External(n) if self.names.text(*n).contains("Path()")));
        let kotlin_path = self.module().language == Language::Kotlin && self.is_path(object);
        let (seg, facet, gone) = match (object.facet, text) {
            (Facet::ParsedUrl, "hostname" | "host" | "netloc" | "origin" | "Host" | "DnsSafeHost" | "IdnHost") => {
                (Some(Seg::Host), Facet::Host, Kinds::NONE)
            }
            (Facet::ParsedUrl, "protocol" | "scheme" | "Scheme") => (Some(Seg::Part), Facet::Scheme, Kinds::ALL.without(Kinds::SCHEME)),
            (Facet::ParsedUrl, "port") | (Facet::TypeOf, _) => return,
            (Facet::ParsedUrl, "pathname" | "path" | "search" | "query" | "hash" | "fragment") => {
                (Some(Seg::Part), Facet::Plain, Kinds::URL.or(Kinds::SCHEME))
            }
            (Facet::ParsedUrl, "href") => (None, Facet::Plain, Kinds::NONE),
            // Kotlin reads Java's getters as properties.
            (_, "canonicalFile" | "canonicalPath") if kotlin_path => (None, Facet::Real, Kinds::NONE),
            (_, "absoluteFile" | "absolutePath" | "path" | "parentFile") if kotlin_path => (None, object.facet, Kinds::NONE),
            (_, "name" | "nameWithoutExtension" | "fileName") if kotlin_path => (Some(Seg::Part), Facet::Plain, Kinds::PATH),
            (_, "parents") if path_like => (None, Facet::Parents, Kinds::NONE),
            (_, "parent") if path_like => (None, object.facet, Kinds::NONE),
            (_, "name" | "stem" | "suffix") if path_like => (Some(Seg::Part), Facet::Plain, Kinds::PATH),
            (Facet::Ip, _) => (None, Facet::Ip, Kinds::NONE),
            (Facet::Host, "address" | "addresses") => (None, Facet::Host, Kinds::NONE),
            _ => (Some(Seg::Field(name)), Facet::Plain, Kinds::NONE),
        };
        for a in &object.atoms {
            let label = seg.map_or(a.label, |s| self.labels.extend(a.label, s));
            out.add_atom(Atom {
                label,
                kinds: a.kinds.without(gone),
                ..*a
            });
        }
        out.facet = facet;
        if object.facet == Facet::ParsedUrl && text == "href" {
            out.head = object.head.clone();
        }
    }

    /// What a function outside of the program found under a key: a field of it is the store's own data, and not the key.
    fn is_record_of_a_store(&self, object: &Value) -> bool {
        object.refs.iter().any(|r| {
            let Entity::External(called) = r else { return false };
            let Some(name) = self.names.text(*called).strip_suffix("()") else {
                return false;
            };
            let found = crate::capability::words_of(name.rsplit('.').next().unwrap_or(name));
            found.len() > 1 && matches!(found[0].as_str(), "get" | "find" | "fetch" | "lookup" | "retrieve")
        })
    }

    pub fn submodule(&mut self, target: ModuleId, name: &str) -> Option<Value> {
        let m = self.program.module(target);
        if m.language != Language::Python || m.path.file_name() != "__init__.py" {
            return None;
        }
        let parent = m.path.parent();
        let id = self
            .program
            .find_path(&format!("{parent}/{name}.py"))
            .or_else(|| self.program.find_path(&format!("{parent}/{name}/__init__.py")))?;
        Some(Value::entity(Entity::Module(id)))
    }

    pub fn find_member(&mut self, class: ClassRef, name: Name, depth: u32) -> Option<Member> {
        if depth > MAX_CHAIN {
            return None;
        }
        let text = self.names.text(name).clone();
        if let Some(found) = self.own_member(class, &text) {
            return Some(found);
        }
        for block in self.blocks_of(class) {
            if let Some(found) = self.own_member(block, &text) {
                return Some(found);
            }
        }
        for base in self.bases(class) {
            if let Some(found) = self.find_member(base, name, depth + 1) {
                return Some(found);
            }
        }
        None
    }

    /// What a class itself has under a name.
    fn own_member(&self, class: ClassRef, text: &str) -> Option<Member> {
        let m = self.program.module(class.module);
        m.class(class.class).members.iter().find_map(|member| {
            let Key::Name(key) = member.key else { return None };
            if m.str(key) != text {
                return None;
            }
            Some(match &member.kind {
                MemberKind::Method(f) => Member::Method(*f, class),
                MemberKind::Getter(f) => Member::Getter(*f, class),
                MemberKind::Setter(_) | MemberKind::Block(_) => return None,
                MemberKind::Field { value, annotation } => Member::Field {
                    module: class.module,
                    value: *value,
                    annotation: *annotation,
                },
            })
        })
    }

    pub fn bases(&mut self, class: ClassRef) -> Vec<ClassRef> {
        let c = self.program.module(class.module).class(class.class);
        let mut out = Vec::new();
        for base in c.bases.iter().take(6) {
            let v = self.in_static(class.module, c.parent, |e| e.eval(*base));
            for r in &v.refs {
                if let Entity::Class(b) = r
                    && *b != class
                {
                    out.push(*b);
                }
            }
        }
        out
    }

    /// What instances have under a name, as far as the class tells.
    pub fn instance_member(&mut self, class: ClassRef, name: Name, object: &Value) -> Value {
        let mut out = Value::default();
        match self.find_member(class, name, 0) {
            Some(Member::Method(function, owner)) => {
                return Value::entity(Entity::Function(FunctionRef {
                    module: owner.module,
                    function,
                }));
            }
            Some(Member::Getter(function, owner)) => {
                let f = FunctionRef {
                    module: owner.module,
                    function,
                };
                return self.call_function(f, object, &[], None);
            }
            Some(Member::Field { module, value, annotation }) => {
                if let Some(e) = value {
                    out = self.in_static(module, None, |x| x.eval(e));
                }
                if let Some(a) = annotation {
                    let v = self.annotated(module, None, a);
                    out.join_refs(&v);
                }
            }
            None => {}
        }
        let v = self.assigned_value(class, name);
        out.join_refs(&v);
        out.join_atoms(&v);
        if out.lit == Lit::Unknown && out.shape.is_none() {
            out.lit = v.lit.clone();
            out.shape = v.shape.clone();
        }
        out
    }

    /// `this.name = …` anywhere in the class or its bases.
    pub fn assigned_value(&mut self, class: ClassRef, name: Name) -> Value {
        let mut out = match self.class_field_memo.get(&(class, name)) {
            Some(Some(v)) => v.clone(),
            Some(None) => Value::default(),
            None => {
                self.class_field_memo.insert((class, name), None);
                let mut out: Option<Value> = None;
                let mut chain = vec![class];
                let mut i = 0;
                while i < chain.len() && chain.len() < 8 {
                    let c = chain[i];
                    i += 1;
                    let info = self.info(c.module);
                    for expr in info.assigned.get(&(c.class, name)).into_iter().flatten().take(MAX_DEFINITIONS) {
                        let function = info.scopes.function_of_expr(*expr);
                        let v = self.in_static(c.module, function, |e| e.eval(*expr));
                        match &mut out {
                            Some(o) => o.join(&v),
                            None => out = Some(v),
                        }
                    }
                    chain.extend(self.bases(c));
                }
                let out = out.unwrap_or_default();
                self.class_field_memo.insert((class, name), Some(out.clone()));
                out
            }
        };
        if let Some(more) = self.class_fields.get(&(class, name)) {
            out.join(more);
        }
        out
    }

    /// Element `i` of a list.
    pub fn item(&mut self, value: &Value, i: usize) -> Value {
        if let Some(v) = value.items().get(i) {
            return v.clone();
        }
        if value.items().is_empty() || value.shape.as_ref().is_some_and(|s| s.rest.is_some()) {
            return self.element(value);
        }
        let mut out = Value::default();
        self.element_atoms(value, &mut out);
        out
    }

    /// Any element of a list, map or text.
    pub fn element(&mut self, value: &Value) -> Value {
        let mut out = value.any_part();
        self.element_atoms(value, &mut out);
        if value.facet == Facet::Host || value.facet == Facet::Ip {
            out.facet = value.facet;
        }
        for r in &value.refs {
            if matches!(r, Entity::External(_)) {
                continue;
            }
            if let Entity::Schema(_) = r {
                out.add_ref(r);
            }
        }
        out
    }

    fn element_atoms(&mut self, value: &Value, out: &mut Value) {
        let same = matches!(value.facet, Facet::Host | Facet::Ip);
        for a in &value.atoms {
            let label = if same { a.label } else { self.labels.extend(a.label, Seg::Elem) };
            out.add_atom(Atom { label, ..*a });
        }
    }

    pub fn class_of_function(&self, f: FunctionRef) -> Option<ClassId> {
        self.program.module(f.module).function(f.function).class
    }
}

impl Value {
    /// Takes over what another value may name, and its literal and parts when nothing else is known.
    pub fn join_refs(&mut self, other: &Value) {
        for r in &other.refs {
            self.add_ref(r);
        }
        if self.lit == Lit::Unknown && self.atoms.is_empty() {
            self.lit = other.lit.clone();
        }
        if self.shape.is_none() {
            self.shape = other.shape.clone();
        }
    }
    pub fn join_atoms(&mut self, other: &Value) {
        for a in &other.atoms {
            self.add_atom(*a);
        }
    }
}
