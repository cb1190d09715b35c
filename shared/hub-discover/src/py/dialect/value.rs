//! What a Python expression can be worth when nothing runs.

use super::super::server::{Decorating, Server};
use hub_engine::eval::Primitive;
use hub_syntax::ModuleId;
use hub_syntax::ir::{ClassId, ExprId, FnId};
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub(in crate::py) type Name = Rc<str>;

/// The attribute that keeps under which condition alone an object was put into a list.
pub(in crate::py) const WHEN: &str = "\u{0}when";

/// A value, or what is known of it.
#[derive(Clone)]
pub(in crate::py) enum Value {
    None,
    Bool(bool),
    Num(f64),
    Str(Rc<str>),
    Ellipsis,
    List(Rc<List>),
    Dict(Rc<Dict>),
    Func(Rc<Func>),
    Method(Rc<(Value, Rc<Func>)>),
    Class(Rc<Class>),
    Instance(Rc<Instance>),
    Module(ModuleId),
    /// A package without `__init__.py`: its folder.
    Namespace(Rc<str>),
    /// Something of the language or of a library, by its dotted name: `str`, `typing.Optional`, `mcp.types.Tool`.
    External(Rc<str>),
    /// What calling such a thing made: `Field(…)`, `Tool(…)`.
    Made(Rc<Made>),
    /// `list[int]`, `Annotated[str, Field(…)]`.
    Generic(Rc<(Value, Vec<Value>)>),
    /// `int | None`.
    Union(Rc<Vec<Value>>),
    /// A method of a built-in value, a framework object or an unknown one, not yet called.
    Bound(Rc<(Value, Name)>),
    /// A decorator of a framework, waiting for its function.
    Decorating(Rc<Decorating>),
    Server(Rc<Server>),
    /// A path in the tree.
    Path(Rc<str>),
    /// One of several; which is decided at run time.
    Choice(Rc<Vec<Value>>),
    /// What it is unless the environment says otherwise.
    Likely(Rc<Value>),
    /// Not known, with the reason.
    Unknown(Rc<str>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::py) enum ListKind {
    List,
    Tuple,
    Set,
}

pub(in crate::py) struct List {
    pub(in crate::py) kind: ListKind,
    pub(in crate::py) items: RefCell<Vec<Value>>,
    /// There may be more elements than those listed.
    pub(in crate::py) open: Cell<bool>,
}

#[derive(Default)]
pub(in crate::py) struct Dict {
    pub(in crate::py) entries: RefCell<Entries>,
    pub(in crate::py) open: Cell<bool>,
}

/// Entries of a dict in order of insertion.
#[derive(Default, Clone)]
pub(in crate::py) struct Entries {
    list: Vec<(Value, Value)>,
    by_name: FxHashMap<Name, usize>,
    /// By the bits of the number.
    by_number: FxHashMap<u64, usize>,
    /// Places of all other keys, which are compared one by one.
    others: Vec<usize>,
}

/// Most keys that are compared one by one.
const MAX_COMPARED: usize = 100;

/// Bits of a number that are the same for equal ones.
fn number_key(n: f64) -> u64 {
    (n + 0.0).to_bits()
}

impl Entries {
    pub(in crate::py) fn get(&self, key: &Value) -> Option<&Value> {
        self.position(key).map(|at| &self.list[at].1)
    }
    pub(in crate::py) fn get_str(&self, key: &str) -> Option<&Value> {
        self.by_name.get(key).map(|at| &self.list[*at].1)
    }
    fn position(&self, key: &Value) -> Option<usize> {
        match key.plain() {
            Value::Str(name) => self.by_name.get(&name).copied(),
            Value::Num(n) => self.by_number.get(&number_key(n)).copied(),
            other => {
                let mut compared = self.others.iter().take(MAX_COMPARED);
                compared.find(|at| self.list[**at].0.same(&other) == Some(true)).copied()
            }
        }
    }
    pub(in crate::py) fn set(&mut self, key: Value, value: Value) {
        let key = key.plain();
        if let Some(at) = self.position(&key) {
            self.list[at].1 = value;
            return;
        }
        let at = self.list.len();
        match &key {
            Value::Str(name) => {
                self.by_name.insert(name.clone(), at);
            }
            Value::Num(n) => {
                self.by_number.insert(number_key(*n), at);
            }
            _ => self.others.push(at),
        }
        self.list.push((key, value));
    }
    pub(in crate::py) fn remove(&mut self, key: &Value) -> Option<Value> {
        let at = self.position(key)?;
        let (_, value) = self.list.remove(at);
        self.by_name.retain(|_, i| *i != at);
        self.by_number.retain(|_, i| *i != at);
        self.others.retain(|i| *i != at);
        let places = self.by_name.values_mut().chain(self.by_number.values_mut()).chain(&mut self.others);
        for i in places.filter(|i| **i > at) {
            *i -= 1;
        }
        Some(value)
    }
    pub(in crate::py) fn iter(&self) -> impl Iterator<Item = &(Value, Value)> {
        self.list.iter()
    }
    pub(in crate::py) fn len(&self) -> usize {
        self.list.len()
    }
}

/// Variables of a function or module.
#[derive(Default)]
pub(in crate::py) struct Env {
    pub(in crate::py) vars: RefCell<FxHashMap<Name, Value>>,
    /// The function around, for closures; none in a module's own scope.
    pub(in crate::py) parent: Option<Rc<Env>>,
    /// Names declared `global` or `nonlocal`.
    pub(in crate::py) outer: RefCell<FxHashSet<Name>>,
}

pub(in crate::py) struct Func {
    pub(in crate::py) module: ModuleId,
    pub(in crate::py) id: FnId,
    /// Scope it was defined in; none at the top of its module.
    pub(in crate::py) env: Option<Rc<Env>>,
    /// Class it is a method of.
    pub(in crate::py) class: RefCell<Option<Rc<Class>>>,
    /// Values of default expressions, by position of the parameter.
    pub(in crate::py) defaults: Vec<Option<Value>>,
    /// `__name__`, `__doc__`, `__wrapped__` when set, and whatever was put on it.
    pub(in crate::py) attrs: RefCell<FxHashMap<Name, Value>>,
}

pub(in crate::py) struct Class {
    pub(in crate::py) module: ModuleId,
    pub(in crate::py) id: ClassId,
    pub(in crate::py) env: Option<Rc<Env>>,
    pub(in crate::py) bases: Vec<Value>,
    /// The classes of the program that it builds on, each once, in the order in which attributes are looked up.
    pub(in crate::py) ancestors: Vec<Rc<Class>>,
    /// The library classes that it builds on, by dotted name, its own first.
    pub(in crate::py) libraries: Vec<Rc<str>>,
    pub(in crate::py) attrs: RefCell<IndexMap<Name, Value, FxBuildHasher>>,
    /// Annotated fields in order: name, annotation, position of the member.
    pub(in crate::py) fields: Vec<(Name, ExprId)>,
    /// `@dataclass`, as far as it is known.
    pub(in crate::py) dataclass: Cell<bool>,
    pub(in crate::py) subclasses: RefCell<Vec<Value>>,
}

impl Class {
    pub(in crate::py) fn get(&self, name: &str) -> Option<Value> {
        self.attrs.borrow().get(name).cloned()
    }
    pub(in crate::py) fn set(&self, name: Name, value: Value) {
        self.attrs.borrow_mut().insert(name, value);
    }
}

pub(in crate::py) struct Instance {
    pub(in crate::py) class: Rc<Class>,
    pub(in crate::py) attrs: RefCell<FxHashMap<Name, Value>>,
    /// Insertion order of `attrs`, for `vars()` and `__dict__`.
    pub(in crate::py) server: RefCell<Option<Rc<Server>>>,
}

pub(in crate::py) type Args = hub_engine::eval::Args<Value>;

pub(in crate::py) struct Made {
    /// Dotted name of what was called.
    pub(in crate::py) path: Rc<str>,
    pub(in crate::py) args: Args,
    /// Where, for the inventory.
    pub(in crate::py) at: Option<(ModuleId, ExprId)>,
    pub(in crate::py) attrs: RefCell<FxHashMap<Name, Value>>,
}

impl Made {
    /// The last part of its name.
    pub(in crate::py) fn name(&self) -> &str {
        last(&self.path)
    }
}

/// Those of several values that are known and something.
pub(super) fn something(all: &[Value]) -> impl Iterator<Item = &Value> {
    all.iter().filter(|one| !matches!(one, Value::Unknown(_) | Value::None))
}

/// `c` of `a.b.c`.
pub(in crate::py) fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// `a` of `a.b.c`.
pub(in crate::py) fn root(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

impl From<Primitive> for Value {
    fn from(value: Primitive) -> Self {
        match value {
            Primitive::Null | Primitive::Nothing => Self::None,
            Primitive::Bool(b) => Self::Bool(b),
            Primitive::Num(n) => Self::Num(n),
            Primitive::Text(text) => Self::Str(text),
        }
    }
}

impl Value {
    pub(in crate::py) fn str(text: impl AsRef<str>) -> Self {
        Self::Str(text.as_ref().into())
    }
    pub(in crate::py) fn unknown(reason: impl AsRef<str>) -> Self {
        Self::Unknown(reason.as_ref().into())
    }
    pub(in crate::py) fn external(path: impl AsRef<str>) -> Self {
        Self::External(path.as_ref().into())
    }
    pub(in crate::py) fn list(items: Vec<Value>) -> Self {
        Self::sequence(ListKind::List, items, false)
    }
    pub(in crate::py) fn tuple(items: Vec<Value>) -> Self {
        Self::sequence(ListKind::Tuple, items, false)
    }
    pub(in crate::py) fn sequence(kind: ListKind, items: Vec<Value>, open: bool) -> Self {
        Self::List(Rc::new(List {
            kind,
            items: RefCell::new(items),
            open: Cell::new(open),
        }))
    }
    pub(in crate::py) fn dict(entries: Entries, open: bool) -> Self {
        Self::Dict(Rc::new(Dict {
            entries: RefCell::new(entries),
            open: Cell::new(open),
        }))
    }

    /// What a value computed from likely ones is: likely, where anything of it is known.
    pub(in crate::py) fn likely(value: Value) -> Self {
        match value {
            Value::Likely(_) | Value::Unknown(_) | Value::Choice(_) => value,
            known => Value::Likely(Rc::new(known)),
        }
    }

    /// One of these; alternatives already there are not repeated, unknown ones come last.
    pub(in crate::py) fn choice(values: Vec<Value>) -> Self {
        const MAX: usize = 12;
        let mut flat: Vec<Value> = Vec::new();
        for value in values {
            match value {
                Value::Choice(inner) => flat.extend(inner.iter().cloned()),
                other => flat.push(other),
            }
        }
        let mut out: Vec<Value> = Vec::new();
        for value in flat {
            if out.len() < MAX && !out.iter().any(|seen| seen.same(&value) == Some(true)) {
                out.push(value);
            }
        }
        if out.len() > 1 {
            out.sort_by_key(|value| match value {
                Value::Unknown(_) => 2,
                Value::None => 1,
                _ => 0,
            });
        }
        if out.len() == 1 {
            out.swap_remove(0)
        } else {
            Value::Choice(Rc::new(out))
        }
    }

    /// The value itself where it is only likely, or the first of several.
    pub(in crate::py) fn plain(&self) -> Value {
        match self {
            Value::Likely(inner) => inner.plain(),
            Value::Choice(all) => all.first().map_or_else(|| Value::unknown("one of several"), Value::plain),
            other => other.clone(),
        }
    }

    /// All it may be.
    pub(in crate::py) fn alternatives(&self) -> Vec<Value> {
        match self {
            Value::Likely(inner) => inner.alternatives(),
            Value::Choice(all) => all.iter().flat_map(Value::alternatives).collect(),
            other => vec![other.clone()],
        }
    }

    pub(in crate::py) fn as_str(&self) -> Option<Rc<str>> {
        match self.plain() {
            Value::Str(text) => Some(text),
            // A member of an enum of texts.
            Value::Instance(instance) => match instance.attrs.borrow().get("_value_") {
                Some(Value::Str(text)) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// A text that does not depend on the outside.
    pub(in crate::py) fn certain_text(&self) -> Option<Rc<str>> {
        match self {
            Value::Str(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(in crate::py) fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown(_))
    }
    pub(in crate::py) fn is_likely(&self) -> bool {
        matches!(self, Value::Likely(_)) || matches!(self, Value::Choice(_)) && self.settled().is_none()
    }

    /// The one alternative that is known, where it is something rather than nothing: work goes on with it, as with the
    /// unknown ones no work can.
    fn settled(&self) -> Option<&Value> {
        let Value::Choice(all) = self else { return None };
        let mut known = all.iter().filter(|one| !one.is_unknown());
        let only = known.next()?;
        (known.next().is_none() && only.truth() == Some(true)).then_some(only)
    }

    /// Something that can be called as a tool.
    pub(in crate::py) fn is_function(&self) -> bool {
        match self {
            Value::Func(_) | Value::Method(_) => true,
            Value::Made(made) => last(&made.path) == "partial",
            Value::Instance(instance) => super::class::class_lookup(&instance.class, "__call__").is_some(),
            Value::Likely(inner) => inner.is_function(),
            Value::Choice(all) => all.iter().any(Value::is_function),
            _ => false,
        }
    }

    /// What a condition is unless the environment says otherwise.
    pub(in crate::py) fn leaning(&self) -> Option<bool> {
        match self {
            Value::Likely(inner) => inner.truth(),
            _ => None,
        }
    }

    /// Truth, when it does not depend on the outside.
    pub(in crate::py) fn truth(&self) -> Option<bool> {
        match self {
            Value::None => Some(false),
            Value::Bool(b) => Some(*b),
            Value::Num(n) => Some(*n != 0.0),
            Value::Str(s) => Some(!s.is_empty()),
            Value::List(list) => match (list.items.borrow().is_empty(), list.open.get()) {
                (false, _) => Some(true),
                (true, false) => Some(false),
                (true, true) => None,
            },
            Value::Dict(dict) => match (dict.entries.borrow().len(), dict.open.get()) {
                (0, false) => Some(false),
                (0, true) => None,
                _ => Some(true),
            },
            Value::Likely(_) | Value::Unknown(_) | Value::Bound(_) => None,
            Value::Choice(_) if self.settled().is_some() => Some(true),
            Value::Choice(all) => {
                let first = all.first()?.truth()?;
                all.iter().all(|value| value.truth() == Some(first)).then_some(first)
            }
            Value::External(path) if last(path) == "TYPE_CHECKING" => Some(true),
            Value::External(path) if path.contains('.') => None,
            _ => Some(true),
        }
    }

    /// Equality, when it is known.
    pub(in crate::py) fn same(&self, other: &Value) -> Option<bool> {
        use Value as V;
        Some(match (self, other) {
            (V::Unknown(_), _) | (_, V::Unknown(_)) | (V::Choice(_), _) | (_, V::Choice(_)) | (V::Likely(_), _) | (_, V::Likely(_)) => {
                return None;
            }
            (V::None, V::None) | (V::Ellipsis, V::Ellipsis) => true,
            (V::Bool(a), V::Bool(b)) => a == b,
            (V::Num(a), V::Num(b)) => a == b,
            (V::Str(a), V::Str(b)) => a == b,
            (V::External(a), V::External(b)) => a == b,
            (V::Module(a), V::Module(b)) => a == b,
            (V::Path(a), V::Path(b)) => a == b,
            (V::Func(a), V::Func(b)) => Rc::ptr_eq(a, b),
            (V::Method(a), V::Method(b)) => Rc::ptr_eq(&a.1, &b.1),
            (V::Class(a), V::Class(b)) => Rc::ptr_eq(a, b),
            (V::Instance(a), V::Instance(b)) => Rc::ptr_eq(a, b),
            (V::Server(a), V::Server(b)) => Rc::ptr_eq(a, b),
            (V::Made(a), V::Made(b)) => {
                if Rc::ptr_eq(a, b) {
                    true
                } else {
                    return None;
                }
            }
            (V::Dict(a), V::Dict(b)) => {
                if Rc::ptr_eq(a, b) {
                    true
                } else {
                    return None;
                }
            }
            (V::List(a), V::List(b)) => {
                if Rc::ptr_eq(a, b) {
                    return Some(true);
                }
                let (left, right) = (a.items.borrow(), b.items.borrow());
                if a.open.get() || b.open.get() {
                    return None;
                }
                if left.len() != right.len() {
                    return Some(false);
                }
                if left.len() > 64 {
                    return None;
                }
                let mut all = true;
                for (x, y) in left.iter().zip(right.iter()) {
                    // One level only: nested lists of hostile depth are not compared.
                    if matches!(x, V::List(_)) {
                        return None;
                    }
                    all &= x.same(y)?;
                }
                all
            }
            (V::External(_), _) | (_, V::External(_)) | (V::Bound(_), _) | (_, V::Bound(_)) => return None,
            (V::Generic(_) | V::Union(_), _) | (_, V::Generic(_) | V::Union(_)) => return None,
            _ => false,
        })
    }

    /// For messages and `str()`.
    pub(in crate::py) fn kind(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "bool",
            Value::Num(_) => "number",
            Value::Str(_) => "str",
            Value::Ellipsis => "ellipsis",
            Value::List(_) => "list",
            Value::Dict(_) => "dict",
            Value::Func(_) | Value::Method(_) | Value::Bound(_) | Value::Decorating(_) => "function",
            Value::Class(_) => "class",
            Value::Instance(_) | Value::Made(_) | Value::Server(_) => "object",
            Value::Module(_) | Value::Namespace(_) => "module",
            Value::External(_) => "library object",
            Value::Generic(_) | Value::Union(_) => "type",
            Value::Path(_) => "path",
            Value::Choice(_) => "one of several",
            Value::Likely(_) => "setting",
            Value::Unknown(_) => "unknown",
        }
    }
}
