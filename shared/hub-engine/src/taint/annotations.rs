//! What declared types tell: the class of a value, and what data of a checked type cannot be.

use super::engine::{Engine, class_of};
use super::members::Member;
use super::value::{ClassRef, Entity, Kinds, Name, Value};
use crate::FunctionRef;
use hub_syntax::ModuleId;
use hub_syntax::ir::{ExprId, ExprKind, FnId, Language, Module, ParamKind};

impl Engine<'_> {
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
                Some(
                    "Optional" | "Annotated" | "ClassVar" | "Final" | "Required" | "?" | "Option" | "Arc" | "Box" | "Rc" | "Parameters",
                ) => match &m.expr(*index).kind {
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
                    if text.contains('.') || m.language.is_native() && is_type_of_some_library(&text) {
                        let called = self.names.intern(&format!("{text}()"));
                        out.add_ref(&Entity::External(called));
                    }
                }
                _ => {}
            }
        }
        out
    }

    /// A field's value after the validators that its model declares for it (pydantic `field_validator`, attrs).
    pub fn validated(&mut self, class: ClassRef, name: Name, mut value: Value) -> Value {
        let m = self.program.module(class.module);
        let text = self.names.text(name).clone();
        for member in &m.class(class.class).members {
            let hub_syntax::ir::MemberKind::Method(f) = member.kind else {
                continue;
            };
            let named = m.function(f).decorators.iter().any(|d| {
                let ExprKind::Call { callee, args, .. } = &m.expr(*d).kind else {
                    return false;
                };
                m.dotted(*callee).is_some_and(|c| {
                    let last = c.rsplit('.').next().unwrap_or("");
                    matches!(last, "field_validator" | "validator") || last == "validator" && c.starts_with(&*text)
                }) && args
                    .iter()
                    .any(|a| matches!(&m.expr(a.value).kind, ExprKind::Str(s) if m.str(*s) == &*text || m.str(*s) == "*"))
            });
            if !named {
                continue;
            }
            let function = FunctionRef {
                module: class.module,
                function: f,
            };
            let this = Value::entity(Entity::Class(class));
            let out = self.call_function(function, &this, &[super::calls::ArgVal::plain(value.clone())], None);
            if !out.is_bottom() {
                value = out;
            }
        }
        value
    }

    /// Kinds that the declared type of a field rules out.
    pub fn class_field_kinds(&mut self, class: ClassRef, name: Name) -> Option<Kinds> {
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
                    "list" | "List" | "set" | "Set" | "Sequence" | "tuple" | "Tuple" | "Iterable" | "?" | "[]" | "Option" | "Vec"
                    | "Nullable" | "Array" => items
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
                                    | "int8"
                                    | "int16"
                                    | "int32"
                                    | "int64"
                                    | "uint"
                                    | "uint32"
                                    | "uint64"
                                    | "float32"
                                    | "float64"
                                    | "i8"
                                    | "i16"
                                    | "i32"
                                    | "i64"
                                    | "u8"
                                    | "u16"
                                    | "u32"
                                    | "u64"
                                    | "usize"
                                    | "isize"
                                    | "f32"
                                    | "f64"
                                    | "long"
                                    | "short"
                                    | "double"
                                    | "Integer"
                                    | "Long"
                                    | "Int"
                                    | "Double"
                                    | "Float"
                                    | "Boolean"
                                    | "Guid"
                                    | "DateTime"
                                    | "TimeSpan"
                                    | "CancellationToken"
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
        if c.keywords.iter().any(|(name, _)| m.str(*name) == "enum") {
            return m.language != Language::Rust
                || c.members.iter().all(|member| {
                    matches!(
                        &member.kind,
                        hub_syntax::ir::MemberKind::Field { annotation: None, .. } | hub_syntax::ir::MemberKind::Method(_)
                    )
                });
        }
        if c.bases.iter().any(|b| {
            m.dotted(*b)
                .is_some_and(|d| matches!(d.rsplit('.').next(), Some("Enum" | "StrEnum" | "IntEnum" | "Flag")))
        }) {
            return true;
        }
        self.bases(class).into_iter().any(|b| self.is_enum(b, depth + 1))
    }
}

/// Whether a bare type name is that of a library: those of the languages themselves say nothing about what their methods do.
fn is_type_of_some_library(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && !matches!(
            name,
            "String"
                | "Str"
                | "List"
                | "Map"
                | "Set"
                | "Vec"
                | "Option"
                | "Result"
                | "Object"
                | "Any"
                | "HashMap"
                | "HashSet"
                | "Array"
                | "Path"
                | "PathBuf"
                | "Integer"
                | "Boolean"
                | "Long"
                | "Double"
                | "Int"
                | "Self"
                | "Value"
                | "JsonElement"
                | "JsonObject"
        )
}
