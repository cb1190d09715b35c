//! Who means whom: every name of a [`Module`] is tied to the one binding it reads or writes.
//!
//! ```text
//! let scopes = module.scopes();
//! scopes.binding_of(expr)             // the binding an `Ident` reads
//! scopes.binding_of_pattern(pat)      // the binding an `Ident` pattern writes
//! scopes.definitions(binding)         // all writes, in source order
//! scopes.sole_definition(binding)     // the write, when there is exactly one
//! ```
//! JavaScript: block scopes, `var` and function hoisting, the inner name of a function expression or class, `catch`.
//! Python: function-level scopes, `global`/`nonlocal`, class bodies that nested functions do not see, comprehensions, the walrus.
//! One walk with its own stack and one pass over the names found: linear in the tree (a look-up climbs the nesting), no recursion.

use crate::ir::{
    BinaryOp, Block, Class, ClassId, Comprehension, Expr, ExprId, ExprKind, FnId, ForEach, Key, Language, LetKind, List, Loop, MemberKind,
    Module, PatId, PatKind, Prop, Span, Stmt, StmtId, StmtKind, Sym, Try, UnaryOp,
};
use rustc_hash::FxHashMap;

/// A scope of one module; 0 is the module's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(pub u32);

/// A binding of one module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BindingId(pub u32);

impl BindingId {
    /// The position in its vector.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How a name came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    Param,
    Const,
    Let,
    /// `var`, and every assigned Python name.
    Var,
    Function(FnId),
    Class(ClassId),
    /// Indexes into [`Module::imports`] and its names.
    Import {
        import: u32,
        name: u32,
    },
    Catch,
    Comprehension,
    /// A Python class-body name.
    Member,
}

/// A named place that holds values.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    pub name: Sym,
    pub kind: BindingKind,
    pub scope: ScopeId,
    /// The function whose activation holds it; none for module level.
    pub function: Option<FnId>,
}

/// One step from a value into its parts, as a pattern takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `{ name: … }`.
    Field(Sym),
    /// `{ [key]: … }`.
    Computed(ExprId),
    /// `[…, here, …]`, counted from 0.
    Element(u32),
    /// The rest of an object or array.
    Rest,
}

/// One write to a binding.
#[derive(Clone, Debug)]
pub struct Definition {
    pub binding: BindingId,
    pub span: Span,
    pub value: Written,
    /// From the written value down to this name; empty unless it is destructured.
    pub path: List<Step>,
    /// The default that stands in when the destructured part is missing.
    pub default: Option<ExprId>,
    /// The function the write stands in; none at module level.
    pub function: Option<FnId>,
}

/// Where a written value comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written {
    /// A parameter, counted from 0.
    Param {
        function: FnId,
        index: u32,
    },
    /// `let x = value`, `x = value`; with `op` for `x += value`.
    Value {
        value: ExprId,
        op: Option<BinaryOp>,
    },
    /// Declared without a value.
    Nothing,
    Function(FnId),
    Class(ClassId),
    Import {
        import: u32,
        name: u32,
    },
    /// An element (or, with `keys`, a key) of it.
    Each {
        iterable: ExprId,
        keys: bool,
    },
    /// `with value as x`.
    Context(ExprId),
    /// What was thrown.
    Caught,
    /// `x++`, `del x`.
    Update(ExprId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ScopeKind {
    Module,
    Function,
    Block,
    Class,
    Comprehension,
}

#[derive(Clone, Copy, Debug)]
struct Scope {
    parent: Option<ScopeId>,
    kind: ScopeKind,
    function: Option<FnId>,
}

const NONE: u32 = u32::MAX;

/// The bindings of one module: see [`Module::scopes`].
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    bindings: Vec<Binding>,
    /// Names of the module's own scope.
    top_level: FxHashMap<Sym, BindingId>,
    expr_binding: Vec<u32>,
    pat_binding: Vec<u32>,
    expr_function: Runs,
    stmt_function: Runs,
    fn_binding: Vec<u32>,
    class_binding: Vec<u32>,
    defs: Vec<Definition>,
    /// Start of each binding's definitions in `defs`; one element more than bindings.
    def_starts: Vec<u32>,
}

impl Scopes {
    /// Resolves a module.
    #[must_use]
    pub(crate) fn of(module: &Module) -> Self {
        Walker::new(module).run()
    }

    /// The binding that an identifier expression reads. None: a global or builtin of the language, or no identifier.
    #[must_use]
    pub fn binding_of(&self, expr: ExprId) -> Option<BindingId> {
        known(&self.expr_binding, expr.index()).map(BindingId)
    }
    /// The binding that an identifier pattern writes.
    #[must_use]
    pub fn binding_of_pattern(&self, pat: PatId) -> Option<BindingId> {
        known(&self.pat_binding, pat.index()).map(BindingId)
    }
    /// The name a declared (or named) function is bound to.
    #[must_use]
    pub fn binding_of_function(&self, function: FnId) -> Option<BindingId> {
        known(&self.fn_binding, function.index()).map(BindingId)
    }
    /// The name a class is bound to.
    #[must_use]
    pub fn binding_of_class(&self, class: ClassId) -> Option<BindingId> {
        known(&self.class_binding, class.index()).map(BindingId)
    }
    #[must_use]
    pub fn binding(&self, id: BindingId) -> &Binding {
        &self.bindings[id.index()]
    }
    /// Number of bindings; ids count from 0.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bindings.len()
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }
    /// All bindings with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (BindingId, &Binding)> {
        self.bindings.iter().enumerate().map(|(i, b)| (BindingId(i as u32), b))
    }
    /// Every write to a binding, in source order (a declaration without a value included).
    #[must_use]
    pub fn definitions(&self, id: BindingId) -> &[Definition] {
        let (from, to) = (self.def_starts[id.index()] as usize, self.def_starts[id.index() + 1] as usize);
        &self.defs[from..to]
    }
    /// The one write, when there is exactly one that brings a value.
    #[must_use]
    pub fn sole_definition(&self, id: BindingId) -> Option<&Definition> {
        let mut with_value = self.definitions(id).iter().filter(|d| d.value != Written::Nothing);
        let first = with_value.next()?;
        with_value.next().is_none().then_some(first)
    }
    /// The module-level binding of this name.
    #[must_use]
    pub fn top_level(&self, name: Sym) -> Option<BindingId> {
        self.top_level.get(&name).copied()
    }
    /// The function an expression stands in; none at module level.
    #[must_use]
    pub fn function_of_expr(&self, expr: ExprId) -> Option<FnId> {
        self.expr_function.at(expr.0).map(FnId)
    }
    /// The function a statement stands in; none at module level.
    #[must_use]
    pub fn function_of_stmt(&self, stmt: StmtId) -> Option<FnId> {
        self.stmt_function.at(stmt.0).map(FnId)
    }
}

/// A value for each number from 0 on, where neighbours mostly have the same: each change, and what holds from there.
#[derive(Clone, Debug, Default)]
struct Runs(Vec<(u32, u32)>);

impl Runs {
    fn of(values: &[u32]) -> Self {
        let starts = |i: &usize| *i == 0 || values[*i] != values[*i - 1];
        let mut runs = Vec::with_capacity((0..values.len()).filter(starts).count());
        runs.extend((0..values.len()).filter(starts).map(|i| (i as u32, values[i])));
        Self(runs)
    }

    fn at(&self, index: u32) -> Option<u32> {
        let run = self.0.partition_point(|(start, _)| *start <= index).checked_sub(1)?;
        Some(self.0[run].1).filter(|v| *v != NONE)
    }
}

fn known(of: &[u32], index: usize) -> Option<u32> {
    of.get(index).copied().filter(|v| *v != NONE)
}

/// How a pattern's names come into being.
#[derive(Clone, Copy)]
enum Declare {
    /// Into this scope, as this kind.
    As(ScopeId, BindingKind),
    /// An assignment: JavaScript looks the name up, Python declares it in the function.
    Assign(ScopeId),
}

enum Work {
    Stmt(StmtId, ScopeId),
    Expr(ExprId, ScopeId),
}

struct Walker<'m> {
    module: &'m Module,
    python: bool,
    out: Scopes,
    scopes: Vec<Scope>,
    names: FxHashMap<(u32, Sym), BindingId>,
    expr_function: Vec<u32>,
    stmt_function: Vec<u32>,
    work: Vec<Work>,
    /// Identifier reads and the scope they stand in.
    reads: Vec<(ExprId, ScopeId)>,
    /// Identifier writes whose binding is looked up once all declarations are known: (pattern, scope, definition).
    writes: Vec<(PatId, ScopeId, Definition)>,
    /// `x++`, `del x`.
    updates: Vec<(ExprId, ScopeId)>,
    /// Names that `global`/`nonlocal` send outward.
    outers: FxHashMap<(u32, Sym), ()>,
    function_done: Vec<bool>,
    class_done: Vec<bool>,
}

impl<'m> Walker<'m> {
    fn new(module: &'m Module) -> Self {
        Self {
            module,
            python: module.language == Language::Python,
            out: Scopes {
                expr_binding: vec![NONE; module.exprs.len()],
                pat_binding: vec![NONE; module.pats.len()],
                fn_binding: vec![NONE; module.functions.len()],
                class_binding: vec![NONE; module.classes.len()],
                ..Scopes::default()
            },
            scopes: Vec::new(),
            names: FxHashMap::default(),
            expr_function: vec![NONE; module.exprs.len()],
            stmt_function: vec![NONE; module.stmts.len()],
            work: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            updates: Vec::new(),
            outers: FxHashMap::default(),
            function_done: vec![false; module.functions.len()],
            class_done: vec![false; module.classes.len()],
        }
    }

    fn run(mut self) -> Scopes {
        let root = self.scope(None, ScopeKind::Module, None);
        self.block(&self.module.body, root);
        for export in &self.module.exports {
            if let crate::ir::Exported::Expr(e) = export.what {
                self.work.push(Work::Expr(e, root));
            }
        }
        while let Some(work) = self.work.pop() {
            match work {
                Work::Stmt(id, scope) => self.stmt(id, scope),
                Work::Expr(id, scope) => self.expr(id, scope),
            }
        }
        self.finish()
    }

    fn scope(&mut self, parent: Option<ScopeId>, kind: ScopeKind, function: Option<FnId>) -> ScopeId {
        self.scopes.push(Scope { parent, kind, function });
        ScopeId(self.scopes.len() as u32 - 1)
    }
    fn kind(&self, scope: ScopeId) -> ScopeKind {
        self.scopes[scope.0 as usize].kind
    }
    fn parent(&self, scope: ScopeId) -> Option<ScopeId> {
        self.scopes[scope.0 as usize].parent
    }
    fn function(&self, scope: ScopeId) -> Option<FnId> {
        self.scopes[scope.0 as usize].function
    }
    /// A block scope; Python has none.
    fn block_scope(&mut self, scope: ScopeId) -> ScopeId {
        if self.python {
            scope
        } else {
            self.scope(Some(scope), ScopeKind::Block, self.function(scope))
        }
    }
    /// The nearest function, module or class scope: where `var` and Python names live.
    fn hoist(&self, mut scope: ScopeId) -> ScopeId {
        while let (ScopeKind::Block | ScopeKind::Comprehension, Some(parent)) = (self.kind(scope), self.parent(scope)) {
            scope = parent;
        }
        scope
    }

    fn declare(&mut self, scope: ScopeId, name: Sym, kind: BindingKind) -> BindingId {
        if let Some(found) = self.names.get(&(scope.0, name)) {
            return *found;
        }
        let id = BindingId(self.out.bindings.len() as u32);
        let function = self.function(scope);
        self.out.bindings.push(Binding {
            name,
            kind,
            scope,
            function,
        });
        self.names.insert((scope.0, name), id);
        id
    }

    fn define(&mut self, binding: BindingId, span: Span, value: Written, at: ScopeId) {
        let function = self.function(at);
        self.out.defs.push(Definition {
            binding,
            span,
            value,
            path: List::default(),
            default: None,
            function,
        });
    }

    fn block(&mut self, block: &Block, scope: ScopeId) {
        self.work.extend(block.iter().rev().map(|s| Work::Stmt(*s, scope)));
    }
    fn later(&mut self, expr: ExprId, scope: ScopeId) {
        self.work.push(Work::Expr(expr, scope));
    }
    fn later_all(&mut self, exprs: impl IntoIterator<Item = ExprId>, scope: ScopeId) {
        for e in exprs {
            self.later(e, scope);
        }
    }

    fn stmt(&mut self, id: StmtId, scope: ScopeId) {
        let module = self.module;
        self.stmt_function[id.index()] = self.function(scope).map_or(NONE, |f| f.0);
        let Stmt { span, kind } = module.stmt(id);
        match kind {
            StmtKind::Expr(e) => self.later(*e, scope),
            StmtKind::Let {
                kind,
                pattern,
                init,
                annotation,
            } => {
                let how = match kind {
                    LetKind::Const => Declare::As(scope, BindingKind::Const),
                    LetKind::Let => Declare::As(scope, BindingKind::Let),
                    LetKind::Var => Declare::As(self.hoist(scope), BindingKind::Var),
                    LetKind::Annotated => Declare::Assign(scope),
                };
                let value = init.map_or(Written::Nothing, |value| Written::Value { value, op: None });
                self.pattern(*pattern, how, value, scope);
                self.later_all(init.iter().chain(annotation).copied(), scope);
            }
            StmtKind::Function(f) => {
                if let Some(name) = module.function(*f).name {
                    let at = if self.python { self.hoist(scope) } else { scope };
                    let binding = self.declare_outward(at, name, BindingKind::Function(*f));
                    self.define(binding, module.function(*f).span, Written::Function(*f), scope);
                    self.out.fn_binding[f.index()] = binding.0;
                }
                self.enter_function(*f, scope);
            }
            StmtKind::Class(c) => {
                if let Some(name) = module.class(*c).name {
                    let at = if self.python { self.hoist(scope) } else { scope };
                    let binding = self.declare_outward(at, name, BindingKind::Class(*c));
                    self.define(binding, module.class(*c).span, Written::Class(*c), scope);
                    self.out.class_binding[c.index()] = binding.0;
                }
                self.enter_class(*c, scope);
            }
            StmtKind::Return(e) | StmtKind::Throw(e) => self.later_all(*e, scope),
            StmtKind::If { test, then, otherwise } => {
                let (yes, no) = (self.block_scope(scope), self.block_scope(scope));
                self.block(otherwise, no);
                self.block(then, yes);
                self.later(*test, scope);
            }
            StmtKind::Loop(each) => {
                let Loop {
                    init,
                    test,
                    update,
                    body,
                    otherwise,
                } = &**each;
                let head = self.block_scope(scope);
                let inner = self.block_scope(head);
                self.block(otherwise, head);
                self.block(body, inner);
                self.later_all(test.iter().chain(update).copied(), head);
                self.block(init, head);
            }
            StmtKind::ForEach(each) => {
                let ForEach {
                    pattern,
                    iterable,
                    keys,
                    body,
                    otherwise,
                } = &**each;
                let inner = self.block_scope(scope);
                let how = if self.python {
                    Declare::Assign(scope)
                } else {
                    self.loop_head(*span, *pattern, scope, inner)
                };
                self.pattern(
                    *pattern,
                    how,
                    Written::Each {
                        iterable: *iterable,
                        keys: *keys,
                    },
                    inner,
                );
                self.block(otherwise, inner);
                self.block(body, inner);
                self.later(*iterable, scope);
            }
            StmtKind::Try(attempt) => {
                let Try {
                    body,
                    handlers,
                    otherwise,
                    finally,
                } = &**attempt;
                let last = self.block_scope(scope);
                self.block(finally, last);
                self.block(otherwise, last);
                for handler in handlers.iter().rev() {
                    let inner = self.block_scope(scope);
                    if let Some(pattern) = handler.pattern {
                        let how = if self.python {
                            Declare::Assign(scope)
                        } else {
                            Declare::As(inner, BindingKind::Catch)
                        };
                        self.pattern(pattern, how, Written::Caught, inner);
                    }
                    self.block(&handler.body, inner);
                    self.later_all(handler.types, scope);
                }
                let first = self.block_scope(scope);
                self.block(body, first);
            }
            StmtKind::With { items, body } => {
                let inner = self.block_scope(scope);
                self.block(body, inner);
                for (context, pattern) in items.iter().rev() {
                    if let Some(pattern) = pattern {
                        let how = if self.python {
                            Declare::Assign(scope)
                        } else {
                            Declare::As(inner, BindingKind::Const)
                        };
                        self.pattern(*pattern, how, Written::Context(*context), inner);
                    }
                    self.later(*context, inner);
                }
            }
            StmtKind::Switch { subject, cases } => {
                let inner = self.block_scope(scope);
                for case in cases.iter().rev() {
                    self.block(&case.body, inner);
                    self.later_all(case.test, inner);
                }
                self.later(*subject, scope);
            }
            StmtKind::Block(body) => {
                let inner = self.block_scope(scope);
                self.block(body, inner);
            }
            StmtKind::Import(index) => {
                let Some(import) = module.imports.get(*index as usize) else {
                    return;
                };
                let at = self.hoist(scope);
                for (n, name) in import.names.iter().enumerate() {
                    let what = Written::Import {
                        import: *index,
                        name: n as u32,
                    };
                    let binding = self.declare_outward(
                        at,
                        name.local,
                        BindingKind::Import {
                            import: *index,
                            name: n as u32,
                        },
                    );
                    self.define(binding, import.span, what, scope);
                }
            }
            StmtKind::Outer(names) => {
                let at = self.hoist(scope);
                for name in names {
                    self.outers.insert((at.0, *name), ());
                }
            }
            StmtKind::Other(exprs) => self.later_all(exprs.iter().rev().copied(), scope),
            StmtKind::Break | StmtKind::Continue | StmtKind::Export(_) | StmtKind::Empty => {}
        }
    }

    /// What `for (const x of …)` declares; `for (x of …)` assigns. The tree does not say which, the text does.
    fn loop_head(&self, stmt: Span, pattern: PatId, outer: ScopeId, inner: ScopeId) -> Declare {
        let before = self
            .module
            .text(Span {
                start: stmt.start,
                end: self.module.pat(pattern).span.start,
            })
            .trim_end();
        if before.ends_with("var") {
            Declare::As(self.hoist(outer), BindingKind::Var)
        } else if ["const", "let", "using"].iter().any(|w| before.ends_with(w)) {
            Declare::As(inner, BindingKind::Let)
        } else {
            Declare::Assign(inner)
        }
    }

    /// Declares here, or where `global`/`nonlocal` points.
    fn declare_outward(&mut self, scope: ScopeId, name: Sym, kind: BindingKind) -> BindingId {
        if self.python && self.outers.contains_key(&(scope.0, name)) {
            if let Some(found) = self.parent(scope).and_then(|p| self.look_up(p, name)) {
                return found;
            }
            return self.declare(ScopeId(0), name, kind);
        }
        self.declare(scope, name, kind)
    }

    /// Walks a pattern without recursion; each name in it becomes a write.
    fn pattern(&mut self, root: PatId, how: Declare, value: Written, at: ScopeId) {
        let module = self.module;
        let function = self.function(at);
        let mut stack: Vec<(PatId, Vec<Step>, Option<ExprId>)> = vec![(root, Vec::new(), None)];
        while let Some((id, path, default)) = stack.pop() {
            let with = |step: Step| {
                let mut longer = path.clone();
                // A pattern deeper than this is no code anyone wrote; its path stops growing so that work stays linear.
                if longer.len() < 16 {
                    longer.push(step);
                }
                longer
            };
            match &module.pat(id).kind {
                PatKind::Ident(name) => {
                    let definition = Definition {
                        binding: BindingId(NONE),
                        span: module.pat(id).span,
                        value,
                        path: path.into(),
                        default,
                        function,
                    };
                    let scope = match how {
                        Declare::As(scope, kind) => {
                            let binding = self.declare(scope, *name, kind);
                            self.out.pat_binding[id.index()] = binding.0;
                            self.out.defs.push(Definition { binding, ..definition });
                            continue;
                        }
                        Declare::Assign(scope) => scope,
                    };
                    self.writes.push((id, scope, definition));
                }
                PatKind::Target(e) => self.later(*e, at),
                PatKind::Array { elements, rest } => {
                    for (i, element) in elements.iter().enumerate() {
                        if let Some(p) = element {
                            stack.push((*p, with(Step::Element(i as u32)), None));
                        }
                    }
                    if let Some(p) = rest {
                        stack.push((*p, with(Step::Rest), None));
                    }
                }
                PatKind::Object { props, rest } => {
                    for (key, p) in props {
                        let step = match key {
                            Key::Name(name) => Step::Field(*name),
                            Key::Computed(e) => {
                                self.later(*e, at);
                                Step::Computed(*e)
                            }
                        };
                        stack.push((*p, with(step), None));
                    }
                    if let Some(p) = rest {
                        stack.push((*p, with(Step::Rest), None));
                    }
                }
                PatKind::Default { pattern, default } => {
                    self.later(*default, at);
                    stack.push((*pattern, path, Some(*default)));
                }
                PatKind::Unknown => {}
            }
        }
    }

    fn enter_function(&mut self, id: FnId, scope: ScopeId) {
        if std::mem::replace(&mut self.function_done[id.index()], true) {
            return;
        }
        let module = self.module;
        let function = module.function(id);
        // Nested functions do not see the names of a Python class body.
        let mut outer = scope;
        while self.python && self.kind(outer) == ScopeKind::Class {
            match self.parent(outer) {
                Some(parent) => outer = parent,
                None => break,
            }
        }
        if let (None, false, Some(name)) = (known(&self.out.fn_binding, id.index()), self.python, function.name) {
            // The inner name of a function expression; methods have a name too, but nobody can say it.
            if function.class.is_none() && !function.is_arrow {
                outer = self.scope(Some(outer), ScopeKind::Block, self.function(outer));
                let binding = self.declare(outer, name, BindingKind::Function(id));
                self.define(binding, function.span, Written::Function(id), outer);
            }
        }
        let inner = self.scope(Some(outer), ScopeKind::Function, Some(id));
        for (i, param) in function.params.iter().enumerate() {
            let at = if self.python { scope } else { inner };
            self.pattern(
                param.pattern,
                Declare::As(inner, BindingKind::Param),
                Written::Param {
                    function: id,
                    index: i as u32,
                },
                inner,
            );
            self.later_all(param.default, at);
            self.later_all(param.annotation, scope);
        }
        self.later_all(function.decorators.iter().chain(&function.returns).copied(), scope);
        self.block(&function.body, inner);
    }

    fn enter_class(&mut self, id: ClassId, scope: ScopeId) {
        if std::mem::replace(&mut self.class_done[id.index()], true) {
            return;
        }
        let module = self.module;
        let class: &Class = module.class(id);
        let inner = self.scope(
            Some(scope),
            if self.python { ScopeKind::Class } else { ScopeKind::Block },
            self.function(scope),
        );
        if let (false, Some(name)) = (self.python, class.name) {
            let binding = self.declare(inner, name, BindingKind::Class(id));
            self.define(binding, class.span, Written::Class(id), inner);
            if self.out.class_binding[id.index()] == NONE {
                self.out.class_binding[id.index()] = binding.0;
            }
        }
        self.later_all(
            class
                .bases
                .iter()
                .chain(&class.decorators)
                .copied()
                .chain(class.keywords.iter().map(|(_, e)| *e)),
            scope,
        );
        for member in class.members.iter().rev() {
            self.later_all(member.decorators.iter().copied(), inner);
            if let Key::Computed(e) = member.key {
                self.later(e, inner);
            }
            match (&member.kind, member.key) {
                (MemberKind::Method(f) | MemberKind::Getter(f) | MemberKind::Setter(f), key) => {
                    if let (true, Key::Name(name)) = (self.python, key) {
                        let binding = self.declare(inner, name, BindingKind::Member);
                        self.define(binding, member.span, Written::Function(*f), inner);
                    }
                    self.enter_function(*f, inner);
                }
                (MemberKind::Field { value, annotation }, key) => {
                    if let (true, Key::Name(name)) = (self.python, key) {
                        let binding = self.declare(inner, name, BindingKind::Member);
                        let written = value.map_or(Written::Nothing, |value| Written::Value { value, op: None });
                        self.define(binding, member.span, written, inner);
                    }
                    self.later_all(value.iter().chain(annotation).copied(), inner);
                }
                (MemberKind::Block(body), _) => self.block(body, inner),
            }
        }
    }

    fn expr(&mut self, id: ExprId, scope: ScopeId) {
        let module = self.module;
        self.expr_function[id.index()] = self.function(scope).map_or(NONE, |f| f.0);
        let Expr { kind, .. } = module.expr(id);
        match kind {
            ExprKind::Ident(_) => self.reads.push((id, scope)),
            ExprKind::Template(parts) | ExprKind::Array(parts) | ExprKind::Sequence(parts) | ExprKind::Unknown(parts) => {
                self.later_all(parts.iter().rev().copied(), scope);
            }
            ExprKind::TaggedTemplate(t) => {
                self.later_all(t.values.iter().rev().copied(), scope);
                self.later(t.tag, scope);
            }
            ExprKind::Member { object, .. } => self.later(*object, scope),
            ExprKind::Index { object, index } => self.later_all([*index, *object], scope),
            ExprKind::Call { callee, args, .. } => {
                self.later_all(args.iter().rev().map(|a| a.value), scope);
                self.later(*callee, scope);
            }
            ExprKind::Object(props) => self.props(props, scope),
            ExprKind::Jsx(jsx) => {
                self.later_all(jsx.children.iter().rev().copied(), scope);
                self.props(&jsx.props, scope);
                self.later(jsx.tag, scope);
            }
            ExprKind::Function(f) => self.enter_function(*f, scope),
            ExprKind::Class(c) => self.enter_class(*c, scope),
            ExprKind::Unary { op, operand } => {
                if matches!(op, UnaryOp::Update | UnaryOp::Delete) && matches!(module.expr(*operand).kind, ExprKind::Ident(_)) {
                    self.updates.push((*operand, scope));
                }
                self.later(*operand, scope);
            }
            ExprKind::Binary { left, right, .. } => self.later_all([*right, *left], scope),
            ExprKind::Conditional { test, yes, no } => self.later_all([*no, *yes, *test], scope),
            ExprKind::Assign { target, op, value } => {
                self.later(*value, scope);
                self.pattern(*target, Declare::Assign(scope), Written::Value { value: *value, op: *op }, scope);
            }
            ExprKind::Await(e) | ExprKind::Spread(e) | ExprKind::ImportCall(e) => self.later(*e, scope),
            ExprKind::Yield(e) => self.later_all(*e, scope),
            ExprKind::Comprehension(comprehension) => {
                let Comprehension { key, element, clauses } = &**comprehension;
                let inner = self.scope(Some(scope), ScopeKind::Comprehension, self.function(scope));
                self.later(*element, inner);
                self.later_all(*key, inner);
                for (i, clause) in clauses.iter().enumerate().rev() {
                    self.later_all(clause.conditions.iter().rev().copied(), inner);
                    self.later(clause.iterable, if i == 0 { scope } else { inner });
                    let each = Written::Each {
                        iterable: clause.iterable,
                        keys: false,
                    };
                    self.pattern(clause.pattern, Declare::As(inner, BindingKind::Comprehension), each, inner);
                }
            }
            ExprKind::Null
            | ExprKind::Undefined
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Str(_)
            | ExprKind::Regex { .. }
            | ExprKind::This
            | ExprKind::Super
            | ExprKind::ImportMeta => {}
        }
    }

    fn props(&mut self, props: &[Prop], scope: ScopeId) {
        for prop in props.iter().rev() {
            match prop {
                Prop::KeyValue { key, value } => {
                    self.later(*value, scope);
                    if let Key::Computed(e) = key {
                        self.later(*e, scope);
                    }
                }
                Prop::Getter { key, function } | Prop::Setter { key, function } => {
                    self.enter_function(*function, scope);
                    if let Key::Computed(e) = key {
                        self.later(*e, scope);
                    }
                }
                Prop::Spread(e) => self.later(*e, scope),
            }
        }
    }

    /// The nearest binding of a name, from `scope` outward.
    fn look_up(&self, scope: ScopeId, name: Sym) -> Option<BindingId> {
        let mut at = Some(scope);
        while let Some(scope) = at {
            if let Some(found) = self.names.get(&(scope.0, name)) {
                return Some(*found);
            }
            at = self.parent(scope);
        }
        None
    }

    fn finish(mut self) -> Scopes {
        self.out.expr_function = Runs::of(&std::mem::take(&mut self.expr_function));
        self.out.stmt_function = Runs::of(&std::mem::take(&mut self.stmt_function));
        // Python: every written name is declared in its function before any name is looked up.
        let writes = std::mem::take(&mut self.writes);
        for (pat, scope, definition) in writes {
            let PatKind::Ident(name) = self.module.pat(pat).kind else {
                continue;
            };
            let binding = if self.python {
                let at = self.hoist(scope);
                Some(self.declare_outward(at, name, BindingKind::Var))
            } else if matches!(self.module.language, Language::Ruby | Language::Php) {
                // The first assignment declares; a function sees what blocks around it declare, and no local of the file.
                let at = self.hoist(scope);
                let found = self.look_up(scope, name).filter(|b| {
                    let b = &self.out.bindings[b.index()];
                    at == ScopeId(0) || b.scope != ScopeId(0) || b.kind != BindingKind::Var
                });
                Some(found.unwrap_or_else(|| self.declare(at, name, BindingKind::Var)))
            } else {
                self.look_up(scope, name)
            };
            // An assignment to an undeclared JavaScript name makes a global of the module's world.
            let binding = binding.unwrap_or_else(|| self.declare(ScopeId(0), name, BindingKind::Var));
            self.out.pat_binding[pat.index()] = binding.0;
            self.out.defs.push(Definition { binding, ..definition });
        }
        for (expr, scope) in std::mem::take(&mut self.reads) {
            let ExprKind::Ident(name) = self.module.expr(expr).kind else {
                continue;
            };
            if let Some(binding) = self.look_up(scope, name) {
                self.out.expr_binding[expr.index()] = binding.0;
            }
        }
        for (expr, scope) in std::mem::take(&mut self.updates) {
            if let Some(binding) = self.out.binding_of(expr) {
                self.define(binding, self.module.expr(expr).span, Written::Update(expr), scope);
            }
        }
        let mut out = self.out;
        out.top_level = self
            .names
            .into_iter()
            .filter(|((scope, _), _)| *scope == 0)
            .map(|((_, name), b)| (name, b))
            .collect();
        out.bindings.shrink_to_fit();
        out.defs.shrink_to_fit();
        out.defs.sort_by_key(|d| (d.binding, d.span.start, d.span.end));
        out.def_starts = vec![0; out.bindings.len() + 1];
        for d in &out.defs {
            out.def_starts[d.binding.index() + 1] += 1;
        }
        for i in 1..out.def_starts.len() {
            out.def_starts[i] += out.def_starts[i - 1];
        }
        out
    }
}
