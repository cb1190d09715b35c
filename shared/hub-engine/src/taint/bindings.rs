//! What a name stands for: variables of the frames being run, module-level values, imports and exports.

use super::engine::Engine;
use super::value::{ClassRef, Entity, Lit, Name, Value};
use crate::FunctionRef;
use hub_syntax::ir::{Exported, ExprId, ExprKind, Imported, Language};
use hub_syntax::{BindingId, BindingKind, Definition, ModuleId, Step, Written};

/// Definitions of one binding that are looked at.
pub const MAX_DEFINITIONS: usize = 8;
/// Deepest chain of base classes or re-exports.
pub const MAX_CHAIN: u32 = 12;

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
                if self.is_native()
                    && let Some(v) = self.named_elsewhere(id, name)
                {
                    return v;
                }
                match &**self.names.text(name) {
                    "undefined" | "None" => Value::literal(Lit::Null),
                    "self" | "this" => self.frame().this.clone(),
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
        if m.language.is_native() {
            return match self.package(specifier) {
                Some(target) => Value::entity(Entity::Module(target)),
                None => self.external(specifier),
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
        if m.language.is_native() {
            for file in self.files_of_package(target).to_vec() {
                let info = self.info(file);
                if let Some(binding) = info.top.get(&name) {
                    return Some(self.static_value(file, *binding));
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
}
