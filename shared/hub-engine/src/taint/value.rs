//! What the interpreter knows of a value: where it comes from, what it may name, what it is made of.

pub use super::kinds::{Kinds, Weak};
pub use super::labels::{LabelId, Labels, Name, Names, Root, Seg, TraceId, TraceNode, What};
pub use super::proofs::{Cond, Facts, add_fact, add_facts, common_facts, either, weak_of_both};
use crate::FunctionRef;
use hub_syntax::ModuleId;
use hub_syntax::ir::ClassId;
use smallvec::SmallVec;
use std::rc::Rc;

/// One origin of a value and what it can still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atom {
    pub label: LabelId,
    pub kinds: Kinds,
    pub weak: Weak,
    pub trace: TraceId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassRef {
    pub module: ModuleId,
    pub class: ClassId,
}

/// Something a value may name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    Function(FunctionRef),
    Class(ClassRef),
    Instance(ClassRef),
    Module(ModuleId),
    /// Outside the program: `child_process.exec`, `sqlite3.connect().cursor`.
    External(Name),
    /// `resolve` of a promise under construction.
    Resolver(u32),
    /// A checker of data (zod, joi, yup, pydantic adapter).
    Schema(SchemaRef),
}

/// A schema, compared by address.
#[derive(Clone, Debug)]
pub struct SchemaRef(pub Rc<Schema>);

impl PartialEq for SchemaRef {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
impl Eq for SchemaRef {}
impl PartialOrd for SchemaRef {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for SchemaRef {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}
impl std::hash::Hash for SchemaRef {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

/// What a declared schema lets pass.
#[derive(Clone, Debug)]
pub enum Schema {
    /// Kinds that data accepted by it cannot have.
    Leaf(Kinds),
    Object(Vec<(Name, Schema)>),
    List(Box<Schema>),
    Any,
}

/// What shape a text or thing has, for the checks that follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Facet {
    #[default]
    Plain,
    /// An absolute path without `..`.
    Resolved,
    /// The same with links followed.
    Real,
    /// `path.relative(base, x)`.
    Relative,
    CommonPath,
    /// `path.parents`.
    Parents,
    /// A parsed address.
    ParsedUrl,
    Host,
    Scheme,
    /// An IP address object, or the host it came from.
    Ip,
    TypeOf,
    /// A search position (`indexOf`): compared with a number.
    Position,
    /// `re.compile(…)`, `/…/`: the pattern is in `lit`.
    Pattern,
    /// A folder followed by a separator.
    FolderWithSeparator,
    /// The names in a path, one by one: `path.components()`.
    Names,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Lit {
    #[default]
    Unknown,
    Str(Rc<str>),
    Number(f64),
    Bool(bool),
    Null,
}

#[derive(Clone, Debug, Default)]
pub struct Value {
    pub atoms: SmallVec<[Atom; 2]>,
    pub refs: SmallVec<[Entity; 1]>,
    pub lit: Lit,
    pub shape: Option<Rc<Shape>>,
    pub cond: Option<Rc<Cond>>,
    pub facet: Facet,
    /// Facts of the text's beginning, for addresses, options and folders.
    pub head: Head,
    /// The host of an address is settled by what stands in it: text added to its end cannot change it. Of a pattern: it is
    /// applied everywhere (`/…/g`).
    pub anchored: bool,
}

/// What a text begins with.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Head {
    /// With its first atom, or nothing known.
    #[default]
    Open,
    /// With this literal, then something else.
    Literal(Rc<str>),
    /// With something unknown that no attacker controls.
    Fixed,
}

/// Known parts of a value.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// By name; sorted by name.
    pub fields: Vec<(Name, Value)>,
    /// Literal list, in order, as far as known.
    pub items: Vec<Value>,
    /// Any other part.
    pub rest: Option<Value>,
    /// `--` was put in: what follows is no option.
    pub ended: bool,
}

/// Most named fields and items kept of one value.
pub const MAX_PARTS: usize = 48;
/// Most origins kept of one value.
pub const MAX_ATOMS: usize = 10;
/// Most things one value may name.
pub const MAX_REFS: usize = 12;

impl Value {
    pub fn literal(lit: Lit) -> Self {
        Self { lit, ..Self::default() }
    }
    pub fn str(text: &str) -> Self {
        Self::literal(Lit::Str(Rc::from(text)))
    }
    pub fn entity(entity: Entity) -> Self {
        let mut v = Self::default();
        v.refs.push(entity);
        v
    }
    pub fn text(&self) -> Option<&str> {
        match &self.lit {
            Lit::Str(s) => Some(s),
            _ => None,
        }
    }
    pub fn is_bottom(&self) -> bool {
        self.atoms.is_empty() && self.refs.is_empty() && self.shape.is_none() && self.cond.is_none() && self.lit == Lit::Unknown
    }
    pub fn has_atoms(&self) -> bool {
        !self.atoms.is_empty()
    }
    /// Literal true, or a thing that is there.
    pub fn is_true(&self) -> bool {
        match &self.lit {
            Lit::Bool(b) => *b,
            Lit::Str(s) => !s.is_empty(),
            Lit::Number(n) => *n != 0.0,
            _ => false,
        }
    }

    pub fn add_atom(&mut self, atom: Atom) {
        if atom.kinds.is_empty() {
            return;
        }
        if let Some(old) = self.atoms.iter_mut().find(|a| a.label == atom.label) {
            // Weak checks count only when every way passes one.
            old.weak = Weak(old.weak.0 & atom.weak.0);
            old.kinds = old.kinds.or(atom.kinds);
        } else if self.atoms.len() < MAX_ATOMS {
            self.atoms.push(atom);
        }
    }
    /// Takes over the origins of another value, through all its parts, with `map` applied.
    pub fn absorb(&mut self, from: &Value, map: &mut dyn FnMut(Atom) -> Option<Atom>) {
        from.each_atom(0, &mut |a| {
            if let Some(a) = map(*a) {
                self.add_atom(a);
            }
        });
    }
    /// Visits the origins of the value and of its parts.
    pub fn each_atom(&self, depth: u32, f: &mut dyn FnMut(&Atom)) {
        self.atoms.iter().for_each(&mut *f);
        if depth > 4 {
            return;
        }
        if let Some(shape) = &self.shape {
            for part in shape.fields.iter().map(|(_, v)| v).chain(&shape.items).chain(&shape.rest) {
                part.each_atom(depth + 1, f);
            }
        }
    }
    pub fn any_atom(&self) -> bool {
        let mut any = false;
        self.each_atom(0, &mut |_| any = true);
        any
    }
    /// The value with every origin, also in its parts, mapped.
    pub fn map_atoms(&self, depth: u32, f: &mut dyn FnMut(Atom) -> Option<Atom>) -> Value {
        let mut out = self.clone();
        out.atoms.clear();
        for a in &self.atoms {
            if let Some(a) = f(*a) {
                out.add_atom(a);
            }
        }
        if let Some(shape) = &self.shape {
            if depth > 4 {
                out.shape = None;
            } else {
                out.shape = Some(Rc::new(Shape {
                    fields: shape.fields.iter().map(|(n, v)| (*n, v.map_atoms(depth + 1, f))).collect(),
                    items: shape.items.iter().map(|v| v.map_atoms(depth + 1, f)).collect(),
                    rest: shape.rest.as_ref().map(|v| v.map_atoms(depth + 1, f)),
                    ended: shape.ended,
                }));
            }
        }
        out
    }
    pub fn without(&self, kinds: Kinds) -> Value {
        self.map_atoms(0, &mut |a| {
            let kinds = a.kinds.without(kinds);
            (!kinds.is_empty()).then_some(Atom { kinds, ..a })
        })
    }

    pub fn add_ref(&mut self, entity: &Entity) {
        if !self.refs.contains(entity) && self.refs.len() < MAX_REFS {
            self.refs.push(entity.clone());
        }
    }

    /// What the text begins with, also where it is known as a whole.
    fn beginning(&self) -> Head {
        match (&self.head, &self.lit) {
            (Head::Open, Lit::Str(text)) if self.atoms.is_empty() && !text.is_empty() => Head::Literal(text.clone()),
            (head, _) => head.clone(),
        }
    }

    /// Either of two values.
    pub fn join(&mut self, other: &Value) {
        if other.is_bottom() && other.lit == Lit::Unknown && other.head == Head::Open && other.facet == Facet::Plain {
            // Nothing known beside something known: literals no longer hold.
            self.lit = Lit::Unknown;
            self.cond = None;
            return;
        }
        for a in &other.atoms {
            self.add_atom(*a);
        }
        for r in &other.refs {
            self.add_ref(r);
        }
        self.cond = match (self.cond.take(), &other.cond) {
            (Some(a), Some(b)) => Some(Rc::new(Cond {
                yes: either(a.yes.clone(), b.yes.clone()),
                no: either(a.no.clone(), b.no.clone()),
                weak_yes: weak_of_both(&a.weak_yes, &b.weak_yes),
                weak_no: weak_of_both(&a.weak_no, &b.weak_no),
            })),
            _ => None,
        };
        let (a, b) = (self.beginning(), other.beginning());
        if self.lit != other.lit {
            self.lit = Lit::Unknown;
        }
        self.anchored &= other.anchored;
        if self.facet != other.facet {
            self.facet = Facet::Plain;
        }
        if a != b {
            self.head = match (&a, &b) {
                (Head::Open, _) | (_, Head::Open) => Head::Open,
                (Head::Literal(a), Head::Literal(b)) => common_beginning(a, b),
                _ => Head::Fixed,
            };
        }
        self.shape = match (self.shape.take(), &other.shape) {
            (None, s) => s.clone(),
            (s, None) => s,
            (Some(a), Some(b)) if Rc::ptr_eq(&a, b) => Some(a),
            (Some(a), Some(b)) => Some(Rc::new(a.joined(b))),
        };
    }
    #[must_use]
    pub fn joined(mut self, other: &Value) -> Value {
        self.join(other);
        self
    }

    pub fn field(&self, name: Name) -> Option<&Value> {
        let shape = self.shape.as_ref()?;
        shape.fields.binary_search_by_key(&name, |f| f.0).ok().map(|i| &shape.fields[i].1)
    }
    pub fn items(&self) -> &[Value] {
        self.shape.as_ref().map_or(&[], |s| &s.items)
    }
    /// Everything the value is made of, as one.
    pub fn any_part(&self) -> Value {
        let Some(shape) = &self.shape else { return Value::default() };
        let mut parts = shape.fields.iter().map(|(_, v)| v).chain(&shape.items).chain(&shape.rest);
        let Some(first) = parts.next() else { return Value::default() };
        let mut out = first.clone();
        for p in parts {
            out.join(p);
        }
        out
    }
    /// Writes a part; `strong` replaces what was there.
    pub fn set_field(&mut self, name: Name, value: Value, strong: bool) {
        let mut shape = self.shape.as_deref().cloned().unwrap_or_default();
        match shape.fields.binary_search_by_key(&name, |f| f.0) {
            Ok(i) if strong => shape.fields[i].1 = value,
            Ok(i) => shape.fields[i].1.join(&value),
            Err(i) if shape.fields.len() < MAX_PARTS => shape.fields.insert(i, (name, value)),
            Err(_) => shape.add_rest(&value),
        }
        self.shape = Some(Rc::new(shape));
    }
    pub fn add_rest(&mut self, value: &Value) {
        let mut shape = self.shape.as_deref().cloned().unwrap_or_default();
        shape.add_rest(value);
        self.shape = Some(Rc::new(shape));
    }
    /// Adds a word of a command line: what follows an option is its value, what follows `--` is no option.
    pub fn push_word(&mut self, value: Value) {
        let settled = value.has_atoms()
            && (self.items().last().and_then(Value::text).is_some_and(takes_value)
                || self
                    .shape
                    .as_ref()
                    .is_some_and(|s| s.ended || s.items.iter().any(|i| i.text() == Some("--"))));
        self.push_item(if settled { value.without(Kinds::ARGUMENT) } else { value });
    }
    pub fn push_item(&mut self, value: Value) {
        let mut shape = self.shape.as_deref().cloned().unwrap_or_default();
        shape.ended |= value.text() == Some("--");
        if shape.items.len() < MAX_PARTS && shape.rest.is_none() {
            shape.items.push(value);
        } else {
            shape.add_rest(&value);
        }
        self.shape = Some(Rc::new(shape));
    }
}

/// What two texts both begin with: a query that is put together in several ways is still that query. Of two addresses nothing is
/// kept: what they share need not say whose they are.
fn common_beginning(a: &str, b: &str) -> Head {
    if a.contains("://") || b.contains("://") {
        return Head::Fixed;
    }
    let shared = a
        .char_indices()
        .zip(b.chars())
        .find(|((_, x), y)| x != y)
        .map_or(a.len().min(b.len()), |((at, _), _)| at);
    match &a[..shared] {
        "" => Head::Fixed,
        text => Head::Literal(Rc::from(text)),
    }
}

/// Options of common programs that stand alone: what follows them is not their value.
const FLAGS: &[&str] = &[
    "--all",
    "--all-namespaces",
    "--amend",
    "--bare",
    "--cached",
    "--decorate",
    "--detach",
    "--dry-run",
    "--dump-json",
    "--extract-audio",
    "--flat-playlist",
    "--follow",
    "--force",
    "--graph",
    "--hard",
    "--hidden",
    "--ignore-case",
    "--ignore-whitespace",
    "--interactive",
    "--json",
    "--line-number",
    "--list",
    "--merged",
    "--mixed",
    "--name-only",
    "--no-cache",
    "--no-color",
    "--no-edit",
    "--no-heading",
    "--no-ignore",
    "--no-merges",
    "--no-pager",
    "--no-playlist",
    "--no-verify",
    "--numstat",
    "--oneline",
    "--patch",
    "--porcelain",
    "--privileged",
    "--prune",
    "--quiet",
    "--recursive",
    "--remotes",
    "--rm",
    "--short",
    "--shortstat",
    "--show-labels",
    "--silent",
    "--soft",
    "--staged",
    "--stat",
    "--summary",
    "--tags",
    "--verbose",
    "--version",
    "--wait",
    "--watch",
    "--with-filename",
    "--word-diff",
    "--yes",
    "-R",
    "-S",
    "-a",
    "-al",
    "-f",
    "-fsSL",
    "-i",
    "-it",
    "-l",
    "-la",
    "-lh",
    "-nr",
    "-q",
    "-r",
    "-rf",
    "-ri",
    "-rl",
    "-rn",
    "-sL",
    "-sS",
    "-ti",
    "-v",
    "-y",
];

/// Whether a word of a command line is an option that the next word belongs to.
pub fn takes_value(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && !word.contains('=') && !FLAGS.contains(&word)
}

impl Shape {
    fn add_rest(&mut self, value: &Value) {
        match &mut self.rest {
            Some(r) => r.join(value),
            None => self.rest = Some(value.clone()),
        }
    }
    fn joined(&self, other: &Shape) -> Shape {
        let mut out = self.clone();
        for (name, value) in &other.fields {
            match out.fields.binary_search_by_key(name, |f| f.0) {
                Ok(i) => out.fields[i].1.join(value),
                Err(i) if out.fields.len() < MAX_PARTS => out.fields.insert(i, (*name, value.clone())),
                Err(_) => out.add_rest(value),
            }
        }
        if out.items.len() == other.items.len() {
            for (a, b) in out.items.iter_mut().zip(&other.items) {
                a.join(b);
            }
        } else if out.items.is_empty() {
            out.items = other.items.clone();
        } else {
            // Lists of different lengths: the common beginning holds, the remainder is any further element.
            let common = out.items.len().min(other.items.len());
            let mut extra: Vec<Value> = out.items.drain(common..).collect();
            extra.extend(other.items[common..].iter().cloned());
            for (a, b) in out.items.iter_mut().zip(&other.items) {
                a.join(b);
            }
            for e in extra {
                out.add_rest(&e);
            }
        }
        if let Some(r) = &other.rest {
            out.add_rest(r);
        }
        out
    }
}
