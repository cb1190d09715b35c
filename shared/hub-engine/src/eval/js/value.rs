//! Values: what an expression is known to be.

use super::props::Props;
use crate::eval::Primitive;
use hub_syntax::ModuleId;
use hub_syntax::ir::{ClassId, FnId, Span};
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::rc::Rc;

/// An object in the heap of an [`Eval`](super::Eval).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjId(pub u32);

/// An activation of a function or module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ActId(pub u32);

/// What an expression evaluates to. Anything with parts, and anything not known, lies in the heap.
#[derive(Clone, Debug)]
pub enum Value {
    Undefined,
    Null,
    Bool(bool),
    Num(f64),
    Str(Rc<str>),
    Ref(ObjId),
}

impl From<Primitive> for Value {
    fn from(value: Primitive) -> Self {
        match value {
            Primitive::Null => Self::Null,
            Primitive::Nothing => Self::Undefined,
            Primitive::Bool(b) => Self::Bool(b),
            Primitive::Num(n) => Self::Num(n),
            Primitive::Text(text) => Self::Str(text),
        }
    }
}

impl Value {
    /// A string.
    #[must_use]
    pub fn str(text: &str) -> Self {
        Self::Str(Rc::from(text))
    }
    /// The text of a fully known string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }
    #[must_use]
    pub fn as_num(&self) -> Option<f64> {
        match self {
            Self::Num(n) => Some(*n),
            _ => None,
        }
    }
    /// The object behind it.
    #[must_use]
    pub fn id(&self) -> Option<ObjId> {
        match self {
            Self::Ref(id) => Some(*id),
            _ => None,
        }
    }
    /// `undefined` or `null`.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }
}

/// A property: a value, or a function that computes it.
#[derive(Clone, Debug)]
pub enum Slot {
    Value(Value),
    Getter(Box<Value>),
}

/// Something in the heap.
#[derive(Clone, Debug)]
pub struct Object {
    pub kind: Kind,
    pub props: Props,
    pub proto: Option<ObjId>,
    /// Where it was written or made.
    pub origin: Option<(ModuleId, Span)>,
}

// There are very many: what is large and rare is boxed.
const _: () = assert!(size_of::<Object>() <= 88);

/// What an object is.
#[derive(Clone, Debug)]
pub enum Kind {
    Plain,
    Array(Vec<Value>),
    Function(Box<Closure>),
    Class(ClassValue),
    Native(Native),
    /// Keys in a canonical text form, with the key itself.
    Map(Box<IndexMap<String, (Value, Value), FxBuildHasher>>),
    Set(Box<IndexMap<String, Value, FxBuildHasher>>),
    Regex {
        pattern: Rc<str>,
        flags: Rc<str>,
    },
    /// A module's exports as one object.
    Namespace(ModuleId),
    /// Not known, or from outside of the program: how it came about.
    Opaque(Term),
}

/// A function and what it closes over.
#[derive(Clone, Debug)]
pub struct Closure {
    pub module: ModuleId,
    pub function: FnId,
    pub act: ActId,
    pub this: Option<Value>,
    pub bound: Vec<Value>,
    /// The class it is a method of.
    pub home: Option<ObjId>,
}

/// A class. Static members are the object's properties.
#[derive(Clone, Debug)]
pub struct ClassValue {
    pub module: ModuleId,
    pub class: ClassId,
    pub act: ActId,
    pub base: Option<ObjId>,
    /// Holds the methods.
    pub prototype: ObjId,
}

/// Functions that the evaluator itself supplies.
#[derive(Clone, Debug)]
pub enum Native {
    /// A builtin method taken off its object.
    Method { this: Value, name: Rc<str> },
    /// Settles a promise: the value is kept as property `value` of the cell.
    Settle(ObjId),
    /// `require` of a module.
    Require(ModuleId),
    /// Does nothing.
    Nothing,
    /// Answers always the same.
    Always(bool),
}

/// How something not (fully) known came about. Calls of libraries outside of the program stay readable as terms: a schema
/// built with zod is the term of its calls.
#[derive(Clone, Debug)]
pub enum Term {
    /// A name of a module outside of the program; `default`, or `*` for all of it.
    Import {
        specifier: Rc<str>,
        name: Rc<str>,
    },
    /// A name nobody in the program binds.
    Global(Rc<str>),
    Member {
        base: ObjId,
        name: Rc<str>,
    },
    Call {
        callee: ObjId,
        args: Vec<Value>,
        new: bool,
    },
    /// A text with parts that are not known.
    Template(Vec<Value>),
    /// A parameter nobody gave a value.
    Param(Rc<str>),
    /// A variable of the environment.
    Env(Rc<str>),
    /// A class recognised by what it is made of: the SDK's server inside a bundle (`McpServer`, `Server`), a zod class (`ZodString`).
    Class(Rc<str>),
    /// A condition that is not known, and which way it leans: options and variables of the environment are mostly unset.
    Condition(Option<bool>),
    /// Why it is not known.
    Unknown(Rc<str>),
}

/// An activation: variables of one run of a function, or of a module.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) function: Option<FnId>,
    pub(crate) parent: Option<ActId>,
    pub(crate) vars: FxHashMap<u32, Value>,
    /// None: that of the activation around (arrows).
    pub(crate) this: Option<Value>,
    pub(crate) home: Option<ObjId>,
    pub(crate) args: Vec<Value>,
    /// Results of `return`s that may or may not have happened.
    pub(crate) maybe: Vec<Value>,
    pub(crate) yields: Vec<Value>,
}

pub type Args = crate::eval::Args<Value>;
pub(crate) type Flow = crate::eval::Flow<Value>;

impl Args {
    /// The argument at a place; `undefined` past the end.
    #[must_use]
    pub fn get(&self, index: usize) -> Value {
        self.pos.get(index).cloned().unwrap_or(Value::Undefined)
    }
}

/// Where evaluation stands: a module, and the activation whose names are seen.
#[derive(Clone, Copy, Debug)]
pub struct Env {
    pub module: ModuleId,
    pub act: ActId,
}
