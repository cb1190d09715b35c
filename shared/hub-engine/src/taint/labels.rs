//! Where data comes from: interned names, parts of attacker-chosen data, and the steps it took.

use crate::FunctionRef;
use hub_syntax::ModuleId;
use hub_syntax::ir::Span;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::rc::Rc;

/// An interned text, across modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u32);

#[derive(Debug, Default)]
pub struct Names {
    texts: Vec<Rc<str>>,
    ids: FxHashMap<Rc<str>, Name>,
}

impl Names {
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let text: Rc<str> = Rc::from(text);
        let id = Name(self.texts.len() as u32);
        self.texts.push(text.clone());
        self.ids.insert(text, id);
        id
    }
    pub fn text(&self, name: Name) -> &Rc<str> {
        &self.texts[name.0 as usize]
    }
}

/// A part of attacker-controlled data: a root and a path below it. Interned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    /// A source of the program: index into the engine's list.
    Source(u32),
    /// A parameter of the function being summarised.
    Param(u8),
    /// `this`/`self` of it.
    This,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Seg {
    Field(Name),
    /// Some element of a list or map.
    Elem,
    /// A piece cut out of a text: checking it says nothing about the whole.
    Part,
    /// The host of an address: checking it settles where the address leads.
    Host,
}

#[derive(Clone, Copy, Debug)]
struct Label {
    root: Root,
    parent: Option<(LabelId, Seg)>,
    depth: u8,
}

/// Deepest path told apart below a root.
const MAX_LABEL_DEPTH: u8 = 5;

#[derive(Debug, Default)]
pub struct Labels {
    list: Vec<Label>,
    roots: FxHashMap<Root, LabelId>,
    below: FxHashMap<(LabelId, Seg), LabelId>,
    /// How often a path was cut at the bound.
    pub cut: u64,
}

impl Labels {
    pub fn root(&mut self, root: Root) -> LabelId {
        *self.roots.entry(root).or_insert_with(|| {
            self.list.push(Label {
                root,
                parent: None,
                depth: 0,
            });
            LabelId(self.list.len() as u32 - 1)
        })
    }
    pub fn extend(&mut self, id: LabelId, seg: Seg) -> LabelId {
        if let Some(found) = self.below.get(&(id, seg)) {
            return *found;
        }
        let at = self.list[id.0 as usize];
        if at.depth >= MAX_LABEL_DEPTH || (seg == Seg::Part && at.parent.is_some_and(|(_, s)| s == Seg::Part)) {
            if at.depth >= MAX_LABEL_DEPTH {
                self.cut += 1;
            }
            return id;
        }
        self.list.push(Label {
            root: at.root,
            parent: Some((id, seg)),
            depth: at.depth + 1,
        });
        let new = LabelId(self.list.len() as u32 - 1);
        self.below.insert((id, seg), new);
        new
    }
    pub fn root_of(&self, id: LabelId) -> Root {
        self.list[id.0 as usize].root
    }
    pub fn parent(&self, id: LabelId) -> Option<(LabelId, Seg)> {
        self.list[id.0 as usize].parent
    }
    /// The steps from the root down.
    pub fn path(&self, id: LabelId) -> SmallVec<[Seg; 5]> {
        let mut out = SmallVec::new();
        let mut at = id;
        while let Some((parent, seg)) = self.parent(at) {
            out.push(seg);
            at = parent;
        }
        out.reverse();
        out
    }
    /// Whether `part` is `whole` or lies below it.
    pub fn covers(&self, whole: LabelId, part: LabelId) -> bool {
        let mut at = part;
        loop {
            if at == whole {
                return true;
            }
            match self.parent(at) {
                Some((parent, _)) => at = parent,
                None => return false,
            }
        }
    }
}

/// A node of the tree of steps a value took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceId(pub u32);

#[derive(Clone, Copy, Debug)]
pub struct TraceNode {
    pub parent: Option<TraceId>,
    pub module: ModuleId,
    pub span: Span,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Data enters here.
    Source(u32),
    /// Start of a summarised function's parameter; joined to the caller's steps.
    Entry,
    Assigned(Name),
    /// Passed to a function of this program.
    Passed(Name),
    /// Came back from a function of this program.
    Returned(Name, FunctionRef),
    /// Joined to a folder.
    Joined,
    /// Put into markup.
    Marked,
    /// Went through something outside.
    Through(Name),
    Stored(Name),
}
