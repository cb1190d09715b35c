//! What a name stands for: variables of the frames being run, module-level values, imports and exports, members of classes.

use super::engine::{Engine, class_of};
use super::value::{Atom, ClassRef, Entity, Facet, Kinds, Lit, Name, Seg, Value, What};
use crate::FunctionRef;
use hub_syntax::ir::{ClassId, Exported, ExprId, ExprKind, FnId, Imported, Key, Language, MemberKind, Module, ParamKind};
use hub_syntax::{BindingId, BindingKind, Definition, ModuleId, Step, Written};

/// Definitions of one binding that are looked at.
const MAX_DEFINITIONS: usize = 8;
/// Deepest chain of base classes or re-exports.
const MAX_CHAIN: u32 = 12;

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
    /// The value an identifier has here.
    pub fn read_ident(&mut self, expr: ExprId) -> Value {
        let id = self.module_id();
        let info = self.info(id);
        match info.scopes.binding_of(expr) {
            Some(binding) => self.read_binding(id, binding),
            None => {
                let ExprKind::Ident(sym) = self.module().expr(expr).kind else {
                    return Value::default();
                };
                let name = self.name(sym);
                for import in &info.stars {
                    let module = self.module();
                    let specifier = module.str(module.imports[*import as usize].specifier);
                    if let Some(target) = self.imports.python(self.program, id, specifier)
                        && let Some(v) = self.export_value(target, name, 0)
                    {
                        return v;
                    }
                }
                match &**self.names.text(name) {
                    "undefined" | "None" => Value::literal(Lit::Null),
                    "self" => self.frame().this.clone(),
                    _ => Value::entity(Entity::External(name)),
                }
            }
        }
    }

    pub fn read_binding(&mut self, module: ModuleId, binding: BindingId) -> Value {
        let info = self.info(module);
        let b = *info.scopes.binding(binding);
        if let Some(owner) = b.function {
            for i in (self.group_base..self.frames.len()).rev() {
                let frame = &self.frames[i];
                if frame.module == module && frame.function == Some(owner) {
                    if let Some(value) = frame.env.get(&binding) {
                        return value.clone();
                    }
                    if frame.is_static
                        || matches!(
                            b.kind,
                            BindingKind::Function(_) | BindingKind::Class(_) | BindingKind::Import { .. }
                        )
                    {
                        break;
                    }
                    return Value::default();
                }
            }
        }
        self.static_value(module, binding)
    }

    /// What a binding holds as far as its definitions tell, whatever ran before.
    pub fn static_value(&mut self, module: ModuleId, binding: BindingId) -> Value {
        let key = (module, binding);
        let mut value = match self.statics.get(&key) {
            Some(Some(known)) => known.clone(),
            // Being computed: a cycle.
            Some(None) => Value::default(),
            None => {
                self.statics.insert(key, None);
                let info = self.info(module);
                let mut out: Option<Value> = None;
                for def in info.scopes.definitions(binding).iter().take(MAX_DEFINITIONS) {
                    if def.value == Written::Nothing || matches!(def.value, Written::Update(_)) {
                        continue;
                    }
                    let v = self.definition_value(module, def);
                    match &mut out {
                        Some(o) => o.join(&v),
                        None => out = Some(v),
                    }
                }
                let out = out.unwrap_or_default();
                self.statics.insert(key, Some(out.clone()));
                out
            }
        };
        if let Some(more) = self.runtime_globals.get(&key) {
            value.join(more);
        }
        value
    }

    fn definition_value(&mut self, module: ModuleId, def: &Definition) -> Value {
        let mut value = match def.value {
            Written::Function(function) => Value::entity(Entity::Function(FunctionRef { module, function })),
            Written::Class(class) => Value::entity(Entity::Class(ClassRef { module, class })),
            Written::Import { import, name } => self.import_value(module, import, name),
            Written::Value { value, op: None } | Written::Context(value) => self.in_static(module, def.function, |e| e.eval(value)),
            Written::Value { op: Some(_), .. } => return Value::default(),
            Written::Each { iterable, keys: false } => self.in_static(module, def.function, |e| {
                let all = e.eval(iterable);
                e.element(&all)
            }),
            Written::Param { function, index } => self.param_static(module, function, index),
            Written::Each { .. } | Written::Nothing | Written::Caught | Written::Update(_) => return Value::default(),
        };
        for step in &*def.path {
            value = self.in_static(module, def.function, |e| match step {
                Step::Field(sym) => {
                    let name = e.name(*sym);
                    e.member(&value, name, None)
                }
                Step::Element(i) => e.item(&value, *i as usize),
                Step::Computed(_) | Step::Rest => value.any_part(),
            });
        }
        value
    }

    /// A parameter nobody is known to fill: its annotation and default tell something.
    pub fn param_static(&mut self, module: ModuleId, function: FnId, index: u32) -> Value {
        let f = self.program.module(module).function(function);
        let Some(param) = f.params.get(index as usize) else {
            return Value::default();
        };
        let mut out = Value::default();
        if index == 0
            && f.class.is_some()
            && let Some(class) = class_of(self.program.module(module), function)
            && self.program.module(module).language == Language::Python
            && param.kind != ParamKind::KeywordOnly
            && self
                .program
                .module(module)
                .text(self.program.module(module).pat(param.pattern).span)
                == "self"
        {
            return Value::entity(Entity::Instance(ClassRef { module, class }));
        }
        if let Some(annotation) = param.annotation {
            out = self.annotated(module, f.parent, annotation);
        }
        if let Some(default) = param.default {
            let v = self.in_static(module, f.parent, |e| e.eval(default));
            for r in &v.refs {
                out.add_ref(r);
            }
        }
        out
    }

    /// An instance of the class an annotation names, if it names one.
    pub fn annotated(&mut self, module: ModuleId, function: Option<FnId>, annotation: ExprId) -> Value {
        let m = self.program.module(module);
        let inner = match &m.expr(annotation).kind {
            ExprKind::Binary { left, right, .. } => {
                let l = self.annotated(module, function, *left);
                return if l.refs.is_empty() {
                    self.annotated(module, function, *right)
                } else {
                    l
                };
            }
            ExprKind::Index { object, index } => match m
                .dotted(*object)
                .as_deref()
                .map(|d| d.rsplit('.').next().unwrap_or(d).to_owned())
                .as_deref()
            {
                Some("Optional" | "Annotated" | "ClassVar" | "Final" | "Required") => match &m.expr(*index).kind {
                    ExprKind::Array(items) => items.first().copied(),
                    _ => Some(*index),
                },
                _ => None,
            },
            ExprKind::Ident(_) | ExprKind::Member { .. } => Some(annotation),
            _ => None,
        };
        let Some(inner) = inner else { return Value::default() };
        if inner != annotation {
            return self.annotated(module, function, inner);
        }
        let v = self.in_static(module, function, |e| e.eval(inner));
        let mut out = Value::default();
        for r in &v.refs {
            match r {
                Entity::Class(c) => out.add_ref(&Entity::Instance(*c)),
                Entity::External(n) => {
                    let text = self.names.text(*n).clone();
                    // Types of the language itself say nothing about methods.
                    if text.contains('.') {
                        let called = self.names.intern(&format!("{text}()"));
                        out.add_ref(&Entity::External(called));
                    }
                }
                _ => {}
            }
        }
        out
    }

    fn import_value(&mut self, module: ModuleId, import: u32, name: u32) -> Value {
        let m = self.program.module(module);
        let Some(import) = m.imports.get(import as usize) else {
            return Value::default();
        };
        let Some(what) = import.names.get(name as usize) else {
            return Value::default();
        };
        let specifier = m.str(import.specifier);
        if m.language == Language::Python {
            return match what.imported {
                Imported::Name(sym) => {
                    let wanted = self.name_of(module, sym);
                    let text = self.names.text(wanted).clone();
                    if let Some(target) = self.imports.python(self.program, module, specifier)
                        && let Some(v) = self.export_value(target, wanted, 0)
                    {
                        return v;
                    }
                    let joined = if specifier.ends_with('.') {
                        format!("{specifier}{text}")
                    } else {
                        format!("{specifier}.{text}")
                    };
                    match self.imports.python(self.program, module, &joined) {
                        Some(target) => Value::entity(Entity::Module(target)),
                        None => self.external(&joined),
                    }
                }
                Imported::Namespace | Imported::Default | Imported::All => {
                    let local = m.str(what.local);
                    let root = specifier.split('.').next().unwrap_or(specifier);
                    let dotted = if local == root { root } else { specifier };
                    match self.imports.python(self.program, module, dotted) {
                        Some(target) => Value::entity(Entity::Module(target)),
                        None => self.external(dotted),
                    }
                }
            };
        }
        let specifier = specifier.strip_prefix("node:").unwrap_or(specifier);
        let target = self.imports.script(self.program, module, specifier);
        match (target, what.imported) {
            (Some(t), Imported::Default) => {
                let default = self.names.intern("default");
                self.export_value(t, default, 0).unwrap_or_else(|| Value::entity(Entity::Module(t)))
            }
            (Some(t), Imported::Name(sym)) => {
                let wanted = self.name_of(module, sym);
                self.export_value(t, wanted, 0).unwrap_or_default()
            }
            (Some(t), Imported::Namespace | Imported::All) => Value::entity(Entity::Module(t)),
            (None, Imported::Name(sym)) if m.str(sym) != "default" => {
                let text = format!("{specifier}.{}", m.str(sym));
                self.external(&text)
            }
            (None, _) => self.external(specifier),
        }
    }

    /// What `require("…")` or `import("…")` gives.
    pub fn required(&mut self, specifier: &str) -> Value {
        let specifier = specifier.strip_prefix("node:").unwrap_or(specifier);
        match self.imports.script(self.program, self.module_id(), specifier) {
            Some(t) => Value::entity(Entity::Module(t)),
            None => self.external(specifier),
        }
    }

    /// The value a module gives out under a name.
    pub fn export_value(&mut self, target: ModuleId, name: Name, depth: u32) -> Option<Value> {
        if depth > MAX_CHAIN {
            return None;
        }
        let info = self.info(target);
        let m = self.program.module(target);
        if m.language == Language::Python {
            if let Some(binding) = info.top.get(&name) {
                return Some(self.static_value(target, *binding));
            }
            for import in &info.stars {
                let specifier = m.str(m.imports[*import as usize].specifier);
                if let Some(next) = self.imports.python(self.program, target, specifier)
                    && let Some(v) = self.export_value(next, name, depth + 1)
                {
                    return Some(v);
                }
            }
            return None;
        }
        let text = self.names.text(name).clone();
        for export in &m.exports {
            match export.exported {
                Some(sym) if m.str(sym) == &*text => {
                    return match export.what {
                        Exported::Local(local) => {
                            let local = self.name_of(target, local);
                            info.top.get(&local).map(|b| self.static_value(target, *b))
                        }
                        Exported::Expr(e) => Some(self.in_static(target, None, |x| x.eval(e))),
                        Exported::From { specifier, imported } => match self.imports.script(self.program, target, m.str(specifier)) {
                            Some(next) => match imported {
                                Some(i) => {
                                    let i = self.name_of(target, i);
                                    self.export_value(next, i, depth + 1)
                                }
                                None => Some(Value::entity(Entity::Module(next))),
                            },
                            None => Some(self.external(&format!("{}.{text}", m.str(specifier)))),
                        },
                    };
                }
                None => {
                    if let Exported::From { specifier, .. } = export.what
                        && let Some(next) = self.imports.script(self.program, target, m.str(specifier))
                        && let Some(v) = self.export_value(next, name, depth + 1)
                    {
                        return Some(v);
                    }
                }
                Some(_) => {}
            }
        }
        let mut out: Option<Value> = None;
        for (exported, value) in &info.cjs {
            let v = match exported {
                Some(sym) if m.str(*sym) == &*text => self.in_static(target, None, |e| e.eval(*value)),
                None => {
                    let whole = self.in_static(target, None, |e| e.eval(*value));
                    if &*text == "default" {
                        whole
                    } else {
                        match whole.field(name) {
                            Some(v) => v.clone(),
                            None => continue,
                        }
                    }
                }
                Some(_) => continue,
            };
            // `exports.a = exports.b = void 0` comes first in compiled code and says nothing.
            if v.is_bottom() || v.lit == Lit::Null {
                continue;
            }
            match &mut out {
                Some(o) => o.join(&v),
                None => out = Some(v),
            }
        }
        out
    }

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
                        out.join_atoms(&v);
                    }
                }
                Entity::Instance(class) => {
                    let v = self.instance_member(*class, name, object);
                    out.join_refs(&v);
                    if known.is_none() {
                        if let Some(kinds) = self.class_field_kinds(*class, name) {
                            out = out.without(kinds);
                        }
                        out.join_atoms(&v);
                        if out.lit == Lit::Unknown && out.atoms.is_empty() {
                            out.lit = v.lit.clone();
                            out.shape = v.shape.clone();
                        }
                    }
                }
                Entity::Class(class) => {
                    if &*text == "__class__" || &*text == "prototype" {
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

    fn member_atoms(&mut self, object: &Value, name: Name, text: &str, out: &mut Value) {
        if object.atoms.is_empty() {
            return;
        }
        let path_like = object
            .refs
            .iter()
            .any(|r| matches!(r, Entity::External(n) if self.names.text(*n).contains("Path()")));
        let (seg, facet, gone) = match (object.facet, text) {
            (Facet::ParsedUrl, "hostname" | "host" | "netloc" | "origin") => (Some(Seg::Host), Facet::Host, Kinds::NONE),
            (Facet::ParsedUrl, "protocol" | "scheme") => (Some(Seg::Part), Facet::Scheme, Kinds::ALL.without(Kinds::SCHEME)),
            (Facet::ParsedUrl, "port") => return,
            (Facet::ParsedUrl, "pathname" | "path" | "search" | "query" | "hash" | "fragment") => {
                (Some(Seg::Part), Facet::Plain, Kinds::URL.or(Kinds::SCHEME))
            }
            (Facet::ParsedUrl, "href") => (None, Facet::Plain, Kinds::NONE),
            (_, "parents") if path_like => (None, Facet::Parents, Kinds::NONE),
            (_, "parent") if path_like => (None, object.facet, Kinds::NONE),
            (_, "name" | "stem" | "suffix") if path_like => (Some(Seg::Part), Facet::Plain, Kinds::PATH),
            (Facet::Ip, _) => (None, Facet::Ip, Kinds::NONE),
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
    }

    fn submodule(&mut self, target: ModuleId, name: &str) -> Option<Value> {
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
        let m = self.program.module(class.module);
        let text = self.names.text(name).clone();
        let c = m.class(class.class);
        for member in &c.members {
            let Key::Name(key) = member.key else { continue };
            if m.str(key) != &*text {
                continue;
            }
            return Some(match &member.kind {
                MemberKind::Method(f) => Member::Method(*f, class),
                MemberKind::Getter(f) => Member::Getter(*f, class),
                MemberKind::Setter(_) | MemberKind::Block(_) => continue,
                MemberKind::Field { value, annotation } => Member::Field {
                    module: class.module,
                    value: *value,
                    annotation: *annotation,
                },
            });
        }
        for base in self.bases(class) {
            if let Some(found) = self.find_member(base, name, depth + 1) {
                return Some(found);
            }
        }
        None
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
    fn instance_member(&mut self, class: ClassRef, name: Name, object: &Value) -> Value {
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
    fn assigned_value(&mut self, class: ClassRef, name: Name) -> Value {
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

    /// Kinds that the declared type of a field rules out.
    fn class_field_kinds(&mut self, class: ClassRef, name: Name) -> Option<Kinds> {
        match self.find_member(class, name, 0)? {
            Member::Field {
                module,
                annotation: Some(a),
                ..
            } => Some(self.annotation_kinds(module, a)),
            _ => None,
        }
    }

    /// Kinds that data of an annotated (and checked) type cannot have.
    pub fn annotation_kinds(&mut self, module: ModuleId, annotation: ExprId) -> Kinds {
        self.annotation_kinds_at(module, annotation, 0)
    }

    fn annotation_kinds_at(&mut self, module: ModuleId, annotation: ExprId, depth: u32) -> Kinds {
        if depth > 8 {
            return Kinds::NONE;
        }
        let m: &Module = self.program.module(module);
        match &m.expr(annotation).kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => Kinds::ALL,
            ExprKind::Binary { left, right, .. } => {
                self.annotation_kinds_at(module, *left, depth + 1)
                    .and(self.annotation_kinds_at(module, *right, depth + 1))
            }
            ExprKind::Index { object, index } => {
                let head = m.dotted(*object).unwrap_or_default();
                let items: Vec<ExprId> = match &m.expr(*index).kind {
                    ExprKind::Array(items) => items.to_vec(),
                    _ => vec![*index],
                };
                match head.rsplit('.').next().unwrap_or("") {
                    "Literal" => Kinds::ALL,
                    "Optional" | "Annotated" | "Required" | "NotRequired" | "Final" => items
                        .first()
                        .map_or(Kinds::NONE, |i| self.annotation_kinds_at(module, *i, depth + 1)),
                    "Union" => items
                        .iter()
                        .fold(Kinds::ALL, |k, i| k.and(self.annotation_kinds_at(module, *i, depth + 1))),
                    "list" | "List" | "set" | "Set" | "Sequence" | "tuple" | "Tuple" | "Iterable" => items
                        .iter()
                        .filter(|i| !matches!(m.expr(**i).kind, ExprKind::Unknown(_)))
                        .fold(Kinds::ALL, |k, i| k.and(self.annotation_kinds_at(module, *i, depth + 1))),
                    _ => Kinds::NONE,
                }
            }
            ExprKind::Ident(_) | ExprKind::Member { .. } => {
                let v = self.in_static(module, None, |e| e.eval(annotation));
                let mut kinds = Kinds::NONE;
                for r in &v.refs {
                    match r {
                        Entity::External(n) => {
                            let text = self.names.text(*n).clone();
                            if matches!(
                                text.rsplit('.').next().unwrap_or(""),
                                "int"
                                    | "float"
                                    | "bool"
                                    | "complex"
                                    | "UUID"
                                    | "date"
                                    | "datetime"
                                    | "time"
                                    | "timedelta"
                                    | "Decimal"
                                    | "Context"
                                    | "PositiveInt"
                                    | "NonNegativeInt"
                                    | "StrictBool"
                                    | "StrictInt"
                                    | "NoneType"
                                    | "number"
                                    | "boolean"
                            ) {
                                kinds = Kinds::ALL;
                            }
                        }
                        Entity::Class(c) if self.is_enum(*c, 0) => kinds = Kinds::ALL,
                        _ => {}
                    }
                }
                kinds
            }
            _ => Kinds::NONE,
        }
    }

    fn is_enum(&mut self, class: ClassRef, depth: u32) -> bool {
        if depth > 4 {
            return false;
        }
        let m = self.program.module(class.module);
        let c = m.class(class.class);
        if c.bases.iter().any(|b| {
            m.dotted(*b)
                .is_some_and(|d| matches!(d.rsplit('.').next(), Some("Enum" | "StrEnum" | "IntEnum" | "Flag")))
        }) {
            return true;
        }
        self.bases(class).into_iter().any(|b| self.is_enum(b, depth + 1))
    }

    /// Fields of a web framework's request object that hold what the client sent.
    fn request_field(&mut self, path: &str, field: &str, at: Option<hub_syntax::ir::Span>) -> Option<Value> {
        if path != "flask.request"
            || !matches!(
                field,
                "args" | "form" | "json" | "values" | "data" | "files" | "headers" | "cookies"
            )
        {
            return None;
        }
        let span = at?;
        let source = self
            .sources
            .iter()
            .position(|s| s.what == format!("`request.{field}`"))
            .unwrap_or_else(|| {
                self.sources.push(super::engine::Source {
                    entry: None,
                    what: format!("`request.{field}`"),
                });
                self.sources.len() - 1
            }) as u32;
        let label = self.labels.root(super::value::Root::Source(source));
        let trace = self.trace(None, span, What::Source(source));
        let mut v = Value::default();
        v.add_atom(Atom {
            label,
            kinds: Kinds::ALL,
            weak: Default::default(),
            trace,
        });
        Some(v)
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
