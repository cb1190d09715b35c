//! Where a value may come from, without regard to order: constants, and arguments of the caller.

use super::{Conduct, around, receives_self};
use crate::{ArgumentShape, FunctionRef};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, FnId, Key, MemberKind, Module, PatKind, Prop, StmtKind, Sym};
use hub_syntax::{BindingId, ModuleId, Step, Written};
use rustc_hash::FxHashSet;

/// Steps from an expression back to where its value is written.
const MAX_DEPTH: u32 = 10;
/// Constant values kept for one expression.
const MAX_TEXTS: usize = 48;

type Seen = FxHashSet<(ModuleId, BindingId)>;

impl Conduct<'_> {
    /// The constant texts an expression may be, or hold; `*` stands for parts that are not known.
    #[must_use]
    pub fn texts(&self, module: ModuleId, expr: ExprId) -> Vec<String> {
        let mut out = Vec::new();
        self.texts_into(module, expr, 0, &mut Seen::default(), &mut out);
        out.retain(|t| t.chars().any(|c| c != '*'));
        let mut seen = FxHashSet::default();
        out.retain(|t| seen.insert(t.clone()));
        out
    }

    fn texts_into(&self, id: ModuleId, e: ExprId, depth: u32, seen: &mut Seen, out: &mut Vec<String>) {
        if depth > MAX_DEPTH || out.len() >= MAX_TEXTS {
            return;
        }
        let module = self.program.module(id);
        let mut all = |s: &Self, list: &[ExprId], out: &mut Vec<String>| {
            for e in list.iter().take(MAX_TEXTS) {
                s.texts_into(id, *e, depth + 1, seen, out);
            }
        };
        match &module.expr(e).kind {
            ExprKind::Str(s) => out.push(module.str(*s).chars().take(2_000).collect()),
            ExprKind::Template(parts) => {
                let text = self.joined(id, parts, "", depth, seen);
                out.push(text);
            }
            ExprKind::Binary {
                op: BinaryOp::Add,
                left,
                right,
            } => {
                let text = self.joined(id, &[*left, *right], "", depth, seen);
                out.push(text);
            }
            ExprKind::Binary {
                op: BinaryOp::Div,
                left,
                right,
            } => {
                let text = self.joined(id, &[*left, *right], "/", depth, seen);
                out.push(text);
            }
            ExprKind::Binary {
                op: BinaryOp::Or | BinaryOp::Nullish,
                left,
                right,
            } => all(self, &[*left, *right], out),
            ExprKind::Conditional { yes, no, .. } => all(self, &[*yes, *no], out),
            ExprKind::Array(items) | ExprKind::Sequence(items) => all(self, items, out),
            ExprKind::Object(props) => {
                let values: Vec<ExprId> = props
                    .iter()
                    .filter_map(|p| match p {
                        Prop::KeyValue { value, .. } => Some(*value),
                        _ => None,
                    })
                    .collect();
                all(self, &values, out);
            }
            ExprKind::Await(e) | ExprKind::Spread(e) => all(self, &[*e], out),
            ExprKind::Index { object, .. } => all(self, &[*object], out),
            ExprKind::Member { property, .. } => self.members(id, *property, depth, seen, out),
            ExprKind::Call { callee, args, .. } => {
                let list: Vec<ExprId> = args.iter().map(|a| a.value).collect();
                let name = module.dotted(*callee).unwrap_or_default();
                let last = match module.expr(*callee).kind {
                    ExprKind::Member { property, .. } => module.str(property),
                    _ => name.as_str(),
                };
                match last {
                    "join" | "resolve" | "joinpath" => {
                        let text = self.joined(id, &list, "/", depth, seen);
                        out.push(text);
                    }
                    "Path" | "PurePath" | "expanduser" | "expandvars" | "abspath" | "realpath" | "str" | "String" | "list" | "set"
                    | "tuple" | "sorted" | "iter" | "enumerate" | "glob" | "fileURLToPath" | "Request" | "URL" => all(self, &list, out),
                    "items" | "values" | "keys" | "copy" | "strip" | "rstrip" | "encode" | "format" | "decode" | "split"
                    | "resolve_path" => {
                        if let Some(object) = super::receiver_of(module, *callee) {
                            all(self, &[object], out);
                        }
                    }
                    "entries" if !list.is_empty() => all(self, &list, out),
                    "home" | "homedir" => out.push("~".to_owned()),
                    "gettempdir" | "tmpdir" => out.push("/tmp".to_owned()),
                    _ => {}
                }
            }
            ExprKind::Ident(_) => {
                let Some(binding) = self.scopes(id).and_then(|s| s.binding_of(e)) else {
                    return;
                };
                self.binding_texts(id, binding, depth, seen, out);
            }
            _ => {}
        }
    }

    fn joined(&self, id: ModuleId, parts: &[ExprId], between: &str, depth: u32, seen: &mut Seen) -> String {
        let mut text = String::new();
        for (i, p) in parts.iter().enumerate().take(32) {
            if i > 0 {
                text.push_str(between);
            }
            let mut one = Vec::new();
            self.texts_into(id, *p, depth + 1, seen, &mut one);
            match one.first() {
                Some(t) => text.extend(t.chars().take(2_000)),
                None => text.push('*'),
            }
        }
        text
    }

    fn binding_texts(&self, id: ModuleId, binding: BindingId, depth: u32, seen: &mut Seen, out: &mut Vec<String>) {
        let Some(scopes) = self.scopes(id) else { return };
        if !seen.insert((id, binding)) {
            return;
        }
        for d in scopes.definitions(binding) {
            match d.value {
                Written::Value { value, .. } => self.texts_into(id, value, depth + 1, seen, out),
                Written::Each { iterable, .. } => self.texts_into(id, iterable, depth + 1, seen, out),
                Written::Context(value) => self.texts_into(id, value, depth + 1, seen, out),
                Written::Param { function, index } => {
                    if let Some(default) = self
                        .program
                        .module(id)
                        .function(function)
                        .params
                        .get(index as usize)
                        .and_then(|p| p.default)
                    {
                        self.texts_into(id, default, depth + 1, seen, out);
                    }
                    for (m, value) in self.given(FunctionRef { module: id, function }, index) {
                        self.texts_into(m, value, depth + 1, seen, out);
                    }
                }
                _ => {}
            }
        }
        seen.remove(&(id, binding));
    }

    /// What callers give for a parameter.
    fn given(&self, f: FunctionRef, index: u32) -> Vec<(ModuleId, ExprId)> {
        let module = self.program.module(f.module);
        let offset = u32::from(receives_self(module, f.function));
        let name = module
            .function(f.function)
            .params
            .get(index as usize)
            .and_then(|p| match module.pat(p.pattern).kind {
                PatKind::Ident(s) => Some(module.str(s)),
                _ => None,
            });
        let mut out = Vec::new();
        for (m, call) in self.sites.get(&f).into_iter().flatten().take(64) {
            let caller = self.program.module(*m);
            let ExprKind::Call { args, .. } = &caller.expr(*call).kind else {
                continue;
            };
            let by_name = args
                .iter()
                .find(|a| a.name.is_some_and(|n| Some(caller.str(n)) == name))
                .map(|a| a.value);
            let by_place = index
                .checked_sub(offset)
                .and_then(|i| args.iter().filter(|a| a.name.is_none()).nth(i as usize))
                .filter(|a| !a.spread && !a.kw_spread)
                .map(|a| a.value);
            out.extend(by_name.or(by_place).map(|v| (*m, v)));
        }
        out
    }

    /// Values of fields of this name in classes and module-level objects of the module.
    fn members(&self, id: ModuleId, property: Sym, depth: u32, seen: &mut Seen, out: &mut Vec<String>) {
        let module = self.program.module(id);
        for class in &module.classes {
            for member in &class.members {
                if let (Key::Name(n), MemberKind::Field { value: Some(v), .. }) = (member.key, &member.kind)
                    && n == property
                {
                    self.texts_into(id, *v, depth + 1, seen, out);
                }
            }
        }
    }

    /// Whether the value may be, or be made of, an argument of the caller; and whether some check of size stands on its way.
    #[must_use]
    pub fn argument(&self, module: ModuleId, expr: ExprId) -> Option<Argument> {
        let mut seen = Seen::default();
        let mut found = Argument::default();
        self.argument_in(module, expr, 0, &mut seen, &mut found);
        if !found.is_some {
            return None;
        }
        found.is_bounded |= seen.iter().any(|(m, b)| self.is_compared(*m, *b));
        Some(found)
    }

    fn argument_in(&self, id: ModuleId, e: ExprId, depth: u32, seen: &mut Seen, found: &mut Argument) {
        if depth > MAX_DEPTH || seen.len() > 200 {
            return;
        }
        let module = self.program.module(id);
        let mut next: Vec<ExprId> = Vec::new();
        let mut all = |list: &mut dyn Iterator<Item = ExprId>| next.extend(list.take(MAX_TEXTS));
        match &module.expr(e).kind {
            ExprKind::Template(parts) | ExprKind::Array(parts) | ExprKind::Sequence(parts) => all(&mut parts.iter().copied()),
            ExprKind::Binary { left, right, op } if *op != BinaryOp::Mod => all(&mut [*left, *right].into_iter()),
            ExprKind::Conditional { yes, no, .. } => all(&mut [*yes, *no].into_iter()),
            ExprKind::Object(props) => all(&mut props.iter().filter_map(|p| match p {
                Prop::KeyValue { value, .. } => Some(*value),
                Prop::Spread(v) => Some(*v),
                _ => None,
            })),
            ExprKind::Await(e) | ExprKind::Spread(e) => all(&mut std::iter::once(*e)),
            ExprKind::Unary { operand, .. } => all(&mut std::iter::once(*operand)),
            ExprKind::Index { object, .. } => all(&mut std::iter::once(*object)),
            ExprKind::Member { object, property } => {
                found.field = Some(module.str(*property).to_owned());
                all(&mut std::iter::once(*object));
            }
            ExprKind::Call { callee, args, .. } => {
                let last = match module.expr(*callee).kind {
                    ExprKind::Member { property, .. } => module.str(property),
                    ExprKind::Ident(n) => module.str(n),
                    _ => "",
                };
                if matches!(last, "min" | "clamp") {
                    found.is_bounded = true;
                }
                if matches!(last, "escape" | "escapeRegExp" | "escapeRegex" | "escape_regex") {
                    found.is_escaped = true;
                }
                if matches!(
                    last,
                    "int"
                        | "float"
                        | "str"
                        | "len"
                        | "Number"
                        | "parseInt"
                        | "String"
                        | "min"
                        | "max"
                        | "list"
                        | "escape"
                        | "range"
                        | "abs"
                        | "floor"
                        | "trim"
                        | "strip"
                        | "lower"
                        | "upper"
                        | "toLowerCase"
                        | "encode"
                        | "b64decode"
                        | "clamp"
                        | "escapeRegExp"
                        | "Path"
                        | "join"
                        | "resolve"
                        | "replace"
                        | "get"
                        | "format"
                        | "enumerate"
                        | "from"
                        | "items"
                        | "values"
                ) {
                    let receiver = super::receiver_of(module, *callee);
                    all(&mut receiver.into_iter().chain(args.iter().map(|a| a.value)));
                }
            }
            ExprKind::Ident(_) => {
                let Some(scopes) = self.scopes(id) else { return };
                let Some(binding) = scopes.binding_of(e) else { return };
                if !seen.insert((id, binding)) {
                    return;
                }
                for d in scopes.definitions(binding) {
                    match d.value {
                        Written::Value { value, .. } | Written::Context(value) => self.argument_in(id, value, depth + 1, seen, found),
                        Written::Each { iterable, .. } => self.argument_in(id, iterable, depth + 1, seen, found),
                        Written::Param { function, index } => {
                            let f = FunctionRef { module: id, function };
                            match self.handlers.get(&f) {
                                Some(entry) if self.is_argument(*entry, f, index) => {
                                    found.is_some = true;
                                    let param = module.function(function).params[index as usize].pattern;
                                    let own = match (d.path.first(), &module.pat(param).kind) {
                                        (Some(Step::Field(n)), _) => Some(module.str(*n).to_owned()),
                                        (None, PatKind::Ident(n))
                                            if matches!(
                                                self.facts.entry_points.get(*entry).map(|e| &e.arguments),
                                                Some(ArgumentShape::EachParameter { .. })
                                            ) =>
                                        {
                                            Some(module.str(*n).to_owned())
                                        }
                                        _ => found.field.clone(),
                                    };
                                    found.name = found.name.take().or(own);
                                }
                                Some(_) => {}
                                None => {
                                    for (m, value) in self.given(f, index) {
                                        self.argument_in(m, value, depth + 1, seen, found);
                                    }
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        for e in next {
            self.argument_in(id, e, depth + 1, seen, found);
        }
    }

    /// The outside calls that made a value, or a part of it: `base64.b64decode` behind `payload` of `exec(payload)`.
    #[must_use]
    pub fn made_by(&self, module: ModuleId, expr: ExprId) -> Vec<String> {
        let (mut seen, mut out) = (Seen::default(), Vec::new());
        self.made_by_in(module, expr, 0, &mut seen, &mut out);
        out.sort_unstable();
        out.dedup();
        out
    }

    fn made_by_in(&self, id: ModuleId, e: ExprId, depth: u32, seen: &mut Seen, out: &mut Vec<String>) {
        if depth > MAX_DEPTH || out.len() >= MAX_TEXTS || seen.len() > 200 {
            return;
        }
        let module = self.program.module(id);
        let mut next: Vec<(ModuleId, ExprId)> = Vec::new();
        match &module.expr(e).kind {
            ExprKind::Template(parts) | ExprKind::Array(parts) | ExprKind::Sequence(parts) => next.extend(parts.iter().map(|p| (id, *p))),
            ExprKind::Binary { left, right, .. } => next.extend([(id, *left), (id, *right)]),
            ExprKind::Conditional { yes, no, .. } => next.extend([(id, *yes), (id, *no)]),
            ExprKind::Await(e) | ExprKind::Spread(e) => next.push((id, *e)),
            ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => next.push((id, *object)),
            ExprKind::Call { callee, args, .. } => match self.called.get(&(id, e)) {
                Some(functions) => {
                    for f in functions {
                        next.extend(self.returned(*f).iter().map(|r| (f.module, *r)));
                    }
                }
                None => {
                    if let Some(name) = self.callee(id, e).map(str::to_owned).or_else(|| module.dotted(*callee)) {
                        out.push(name);
                    }
                    next.extend(super::receiver_of(module, *callee).into_iter().map(|r| (id, r)));
                    next.extend(args.iter().map(|a| (id, a.value)));
                }
            },
            ExprKind::Ident(_) => {
                let Some(scopes) = self.scopes(id) else { return };
                let Some(binding) = scopes.binding_of(e) else { return };
                if !seen.insert((id, binding)) {
                    return;
                }
                for d in scopes.definitions(binding) {
                    match d.value {
                        Written::Value { value, .. } | Written::Context(value) => next.push((id, value)),
                        Written::Each { iterable, .. } => next.push((id, iterable)),
                        Written::Param { function, index } => next.extend(self.given(FunctionRef { module: id, function }, index)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        for (m, e) in next.into_iter().take(MAX_TEXTS) {
            self.made_by_in(m, e, depth + 1, seen, out);
        }
    }

    fn is_argument(&self, entry: usize, f: FunctionRef, index: u32) -> bool {
        let Some(entry) = self.facts.entry_points.get(entry) else {
            return false;
        };
        let module = self.program.module(f.module);
        let first = u32::from(receives_self(module, f.function));
        match &entry.arguments {
            ArgumentShape::FirstParameter | ArgumentShape::Request => index == first,
            ArgumentShape::SecondParameter => index == first + 1,
            ArgumentShape::Objects { parameters } => parameters.contains(&(index as usize)),
            ArgumentShape::EachParameter { except } => {
                let Some(param) = module.function(f.function).params.get(index as usize) else {
                    return false;
                };
                let name = module.text(module.pat(param.pattern).span);
                index >= first
                    && !except.iter().any(|e| e == name)
                    && !param
                        .annotation
                        .and_then(|a| module.dotted(a))
                        .is_some_and(|a| a.ends_with("Context"))
            }
        }
    }

    /// Some test compares the binding with a bound.
    fn is_compared(&self, id: ModuleId, binding: BindingId) -> bool {
        let module = self.program.module(id);
        let Some(scopes) = self.scopes(id) else { return false };
        let loops: FxHashSet<ExprId> = module
            .stmts
            .iter()
            .filter_map(|s| match &s.kind {
                StmtKind::Loop(l) => l.test,
                _ => None,
            })
            .collect();
        module.exprs.iter().enumerate().any(|(i, e)| {
            let ExprKind::Binary { op, left, right } = &e.kind else {
                return false;
            };
            matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge)
                && !loops.contains(&ExprId(i as u32))
                && [*left, *right]
                    .into_iter()
                    .any(|side| self.is_or_measures(module, scopes, side, binding))
        })
    }

    fn is_or_measures(&self, module: &Module, scopes: &hub_syntax::Scopes, e: ExprId, binding: BindingId) -> bool {
        match &module.expr(e).kind {
            ExprKind::Ident(_) => scopes.binding_of(e) == Some(binding),
            ExprKind::Member { object, .. } => scopes.binding_of(*object) == Some(binding),
            ExprKind::Call { args, .. } => args.iter().any(|a| scopes.binding_of(a.value) == Some(binding)),
            _ => false,
        }
    }

    /// The function, or one around it, is an entry's handler.
    #[must_use]
    pub fn is_handler(&self, module: ModuleId, function: FnId) -> bool {
        around(self.program.module(module), function).any(|function| self.handlers.contains_key(&FunctionRef { module, function }))
    }
}

/// A value that the caller chooses.
#[derive(Clone, Debug, Default)]
pub struct Argument {
    is_some: bool,
    /// The field read last on the way.
    field: Option<String>,
    /// The handler's parameter.
    pub name: Option<String>,
    /// A comparison or `min` stands on its way.
    pub is_bounded: bool,
    /// Escaped for use in a pattern.
    pub is_escaped: bool,
}
