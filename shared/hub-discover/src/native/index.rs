//! Where names are declared, written to and called, over all native modules that count.

use hub_model::Snapshot;
use hub_syntax::ir::{
    Arg, Class, ClassId, ExprId, ExprKind, FnId, ForEach, Key, MemberKind, Module, PatId, PatKind, StmtId, StmtKind, Sym, Try,
};
use hub_syntax::{ModuleId, Program};
use rustc_hash::{FxHashMap, FxHashSet};

/// What a name of a package stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Def {
    Const(ModuleId, ExprId),
    Function(ModuleId, FnId),
    Class(ModuleId, ClassId),
    /// Another name for a type.
    Alias(ModuleId, ExprId),
}

/// One place where a local or module-level name gets its value or a part of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Write {
    /// Byte offset of the statement.
    pub(super) at: u32,
    /// How many branches and loops it stands in.
    pub(super) depth: u16,
    pub(super) what: Wrote,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Wrote {
    Whole(ExprId),
    /// The nth of several values.
    Nth(ExprId, usize),
    /// One element of this, each time round.
    Each(ExprId),
    /// `name.a["b"] = value`.
    Part {
        target: ExprId,
        value: ExprId,
    },
    /// Handed to a call that may change it, as the nth argument.
    Call {
        call: ExprId,
        nth: usize,
    },
}

/// The package's name space of a module: Go's is its folder, others share one per language.
fn space(module: &Module) -> String {
    if module.language == hub_syntax::ir::Language::Go {
        module.path.parent().to_owned()
    } else {
        format!("\0{}", module.language.name())
    }
}

#[derive(Default)]
pub(super) struct Index {
    names: FxHashMap<(String, String), Vec<Def>>,
    spaces: FxHashMap<ModuleId, String>,
    writes: FxHashMap<(ModuleId, Option<FnId>, Sym), Vec<Write>>,
    /// Calls by the last part of what is called.
    calls: FxHashMap<String, Vec<(ModuleId, ExprId)>>,
    /// Functions of a module by start, for finding the one around a place.
    functions: FxHashMap<ModuleId, Vec<(u32, u32, FnId)>>,
    /// Names of Rust modules and of namespaces that are files or folders.
    stems: FxHashSet<String>,
    /// Import paths of Go that name a folder of the program.
    imports: FxHashMap<String, String>,
}

impl Index {
    pub(super) fn of(program: &Program, snapshot: &Snapshot, modules: &[ModuleId]) -> Self {
        let mut index = Self::default();
        for id in modules {
            index.module(*id, program.module(*id));
        }
        let go = modules
            .iter()
            .map(|id| program.module(*id))
            .filter(|m| m.language == hub_syntax::ir::Language::Go);
        let folders: FxHashSet<&str> = go.clone().map(|m| m.path.parent()).collect();
        let go_modules = super::units::go_modules(snapshot);
        for module in go {
            for import in &module.imports {
                let path = module.str(import.specifier);
                if !index.imports.contains_key(path)
                    && let Some(folder) = super::units::own_folder(&go_modules, &folders, path)
                {
                    index.imports.insert(path.to_owned(), folder.to_owned());
                }
            }
        }
        for writes in index.writes.values_mut() {
            writes.sort_by_key(|w| w.at);
        }
        index
    }

    fn module(&mut self, id: ModuleId, m: &Module) {
        let space = space(m);
        self.spaces.insert(id, space.clone());
        let stem = m.path.file_name().split('.').next().unwrap_or("");
        self.stems.insert(stem.to_owned());
        self.stems.extend(m.path.parent().rsplit('/').next().map(str::to_owned));
        let mut functions: Vec<(u32, u32, FnId)> = Vec::new();
        for (i, f) in m.functions.iter().enumerate() {
            let f_id = FnId(i as u32);
            functions.push((f.span.start, f.span.end, f_id));
            self.block(id, m, Some(f_id), &f.body, 0);
        }
        functions.sort_unstable();
        self.functions.insert(id, functions);
        self.block(id, m, None, &m.body, 0);
        for (i, class) in m.classes.iter().enumerate() {
            if let Some(name) = class.name {
                let def = Def::Class(id, ClassId(i as u32));
                self.names.entry((space.clone(), m.str(name).to_owned())).or_default().push(def);
            }
            for member in &class.members {
                if let MemberKind::Block(block) = &member.kind {
                    self.block(id, m, None, block, 1);
                }
            }
        }
        for stmt in m.body.iter() {
            self.declare(id, m, &space, *stmt);
        }
        for (i, expr) in m.exprs.iter().enumerate() {
            if let ExprKind::Call { callee, .. } = &expr.kind
                && let Some(name) = last_name(m, *callee)
            {
                self.calls.entry(name.to_owned()).or_default().push((id, ExprId(i as u32)));
            }
        }
    }

    fn declare(&mut self, id: ModuleId, m: &Module, space: &str, stmt: StmtId) {
        let (name, def) = match &m.stmt(stmt).kind {
            StmtKind::Let {
                pattern, init, annotation, ..
            } => {
                let PatKind::Ident(name) = m.pat(*pattern).kind else { return };
                match (init, annotation) {
                    (Some(init), _) => (name, Def::Const(id, *init)),
                    (None, Some(ty)) => (name, Def::Alias(id, *ty)),
                    _ => return,
                }
            }
            StmtKind::Function(f) => match m.function(*f).name {
                Some(name) => (name, Def::Function(id, *f)),
                None => return,
            },
            _ => return,
        };
        self.names.entry((space.to_owned(), m.str(name).to_owned())).or_default().push(def);
    }

    /// Writes of a block and of the blocks within; closures are functions of their own.
    fn block(&mut self, id: ModuleId, m: &Module, f: Option<FnId>, block: &[StmtId], depth: u16) {
        let mut todo: Vec<(StmtId, u16)> = block.iter().map(|s| (*s, depth)).collect();
        while let Some((stmt, depth)) = todo.pop() {
            let s = m.stmt(stmt);
            let mut inner = |blocks: &[&[StmtId]], more: u16| {
                for b in blocks {
                    todo.extend(b.iter().map(|s| (*s, depth.saturating_add(more))));
                }
            };
            match &s.kind {
                StmtKind::Let {
                    pattern, init: Some(init), ..
                } => self.bind(id, m, f, *pattern, *init, s.span.start, depth),
                StmtKind::Expr(e) => self.effect(id, m, f, *e, s.span.start, depth),
                StmtKind::ForEach(each) => {
                    let ForEach {
                        pattern, iterable, body, ..
                    } = &**each;
                    let element = match &m.pat(*pattern).kind {
                        // `for i, x := range`: the second is the element.
                        PatKind::Array { elements, .. } => elements.last().copied().flatten(),
                        _ => Some(*pattern),
                    };
                    if let Some(element) = element
                        && let PatKind::Ident(name) = m.pat(element).kind
                    {
                        self.write(id, f, name, s.span.start, depth, Wrote::Each(*iterable));
                    }
                    inner(&[body], 1);
                }
                StmtKind::If { then, otherwise, .. } => inner(&[then, otherwise], 1),
                StmtKind::Loop(l) => inner(&[&l.init, &l.body, &l.otherwise], 1),
                StmtKind::Try(attempt) => {
                    let Try {
                        body,
                        handlers,
                        otherwise,
                        finally,
                    } = &**attempt;
                    inner(&[body, otherwise, finally], 0);
                    for h in handlers {
                        inner(&[&h.body], 1);
                    }
                }
                StmtKind::With { body, .. } => inner(&[body], 0),
                StmtKind::Switch { cases, .. } => {
                    for c in cases {
                        inner(&[&c.body], 1);
                    }
                }
                StmtKind::Block(b) => inner(&[b], 0),
                _ => {}
            }
        }
    }

    fn write(&mut self, id: ModuleId, f: Option<FnId>, name: Sym, at: u32, depth: u16, what: Wrote) {
        self.writes.entry((id, f, name)).or_default().push(Write { at, depth, what });
    }

    #[allow(clippy::too_many_arguments)] // a place and what is written there
    fn bind(&mut self, id: ModuleId, m: &Module, f: Option<FnId>, pattern: PatId, value: ExprId, at: u32, depth: u16) {
        match &m.pat(pattern).kind {
            PatKind::Ident(name) => self.write(id, f, *name, at, depth, Wrote::Whole(value)),
            PatKind::Array { elements, .. } => {
                for (i, element) in elements.iter().enumerate() {
                    if let Some(element) = element
                        && let PatKind::Ident(name) = m.pat(*element).kind
                    {
                        self.write(id, f, name, at, depth, Wrote::Nth(value, i));
                    }
                }
            }
            PatKind::Target(target) => {
                if let Some(name) = root_name(m, *target) {
                    self.write(id, f, name, at, depth, Wrote::Part { target: *target, value });
                }
            }
            _ => {}
        }
    }

    fn effect(&mut self, id: ModuleId, m: &Module, f: Option<FnId>, e: ExprId, at: u32, depth: u16) {
        match &m.expr(e).kind {
            ExprKind::Assign { target, op: None, value } => self.bind(id, m, f, *target, *value, at, depth),
            ExprKind::Call { args, .. } => {
                for (nth, arg) in args.iter().enumerate() {
                    if let ExprKind::Ident(name) = m.expr(arg.value).kind {
                        self.write(id, f, name, at, depth, Wrote::Call { call: e, nth });
                    }
                }
            }
            _ => {}
        }
    }

    /// What a name stands for, seen from a module: its own declarations first.
    pub(super) fn find(&self, from: ModuleId, name: &str) -> Vec<Def> {
        let Some(space) = self.spaces.get(&from) else { return Vec::new() };
        let mut defs = self.find_in(space, name).to_vec();
        defs.sort_by_key(|d| match d {
            Def::Const(m, _) | Def::Function(m, _) | Def::Class(m, _) | Def::Alias(m, _) => *m != from,
        });
        defs
    }

    fn find_in(&self, space: &str, name: &str) -> &[Def] {
        // The borrow of a pair of owned texts: one allocation a look-up.
        self.names.get(&(space.to_owned(), name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// Whether the last part of a path names a module of the program.
    pub(super) fn is_module(&self, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or(path);
        matches!(last, "crate" | "super") || self.stems.contains(last)
    }

    /// A Go package's name by the folder it lies in.
    pub(super) fn find_in_folder(&self, folder: &str, name: &str) -> &[Def] {
        self.find_in(folder, name)
    }

    /// The folder of the program that an import path names.
    pub(super) fn folder_of(&self, import: &str) -> Option<&str> {
        self.imports.get(import).map(String::as_str)
    }

    /// Import paths of Go and the folders of the program that they name, in order.
    pub(super) fn packages(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self.imports.iter().map(|(path, folder)| (path.clone(), folder.clone())).collect();
        all.sort_unstable();
        all
    }

    pub(super) fn writes(&self, module: ModuleId, f: Option<FnId>, name: Sym) -> &[Write] {
        self.writes.get(&(module, f, name)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn calls(&self, name: &str) -> &[(ModuleId, ExprId)] {
        self.calls.get(name).map_or(&[], Vec::as_slice)
    }

    /// The innermost function around a place.
    pub(super) fn around(&self, module: ModuleId, at: u32) -> Option<FnId> {
        let functions = self.functions.get(&module)?;
        let upto = functions.partition_point(|f| f.0 <= at);
        functions[..upto].iter().rev().find(|f| f.1 > at).map(|f| f.2)
    }

    /// The classes of a name: a type and the blocks that add methods to it.
    pub(super) fn classes<'p>(&self, program: &'p Program, from: ModuleId, name: &str) -> Vec<(ModuleId, ClassId, &'p Class)> {
        let defs = self.find(from, name).into_iter();
        defs.filter_map(|d| match d {
            Def::Class(m, c) => Some((m, c, program.module(m).class(c))),
            _ => None,
        })
        .collect()
    }
}

/// The last part of a name: `c` of `a.b.c`, of `c<T>` and of `a().c`.
pub(super) fn last_name(m: &Module, id: ExprId) -> Option<&str> {
    match &m.expr(id).kind {
        ExprKind::Ident(name) => Some(m.str(*name)),
        ExprKind::Member { property, .. } => Some(m.str(*property)),
        ExprKind::Index { object, .. } => match &m.expr(*object).kind {
            ExprKind::Ident(name) | ExprKind::Member { property: name, .. } => Some(m.str(*name)),
            _ => None,
        },
        _ => None,
    }
}

/// `a` of `a.b[c].d`.
fn root_name(m: &Module, id: ExprId) -> Option<Sym> {
    let mut at = id;
    for _ in 0..32 {
        match &m.expr(at).kind {
            ExprKind::Ident(name) => return Some(*name),
            ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => at = *object,
            _ => return None,
        }
    }
    None
}

/// A decorator of a name: its arguments, empty when it stands without.
pub(super) fn decorator<'m>(m: &'m Module, decorators: &[ExprId], names: &[&str]) -> Option<(ExprId, &'m [Arg])> {
    decorators.iter().find_map(|d| match &m.expr(*d).kind {
        ExprKind::Call { callee, args, .. } if last_name(m, *callee).is_some_and(|n| names.contains(&n)) => Some((*d, &**args)),
        ExprKind::Ident(name) if names.contains(&m.str(*name)) => Some((*d, &[][..])),
        _ => None,
    })
}

/// A member's own name.
pub(super) fn member_name(m: &Module, key: Key) -> &str {
    match key {
        Key::Name(name) => m.str(name),
        Key::Computed(_) => "",
    }
}
