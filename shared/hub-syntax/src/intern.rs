//! Interned strings of a module in the making.

use crate::ir::Sym;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// Finds strings that a module already has. The strings themselves lie in the module alone.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    known: HashTable<Sym>,
}

impl Interner {
    /// The symbol of a text; adds it to `strings`, which must be the same at every call, when it is new.
    pub(crate) fn sym(&mut self, strings: &mut Vec<Box<str>>, text: &str) -> Sym {
        let hash = FxBuildHasher.hash_one(text);
        if let Some(sym) = self.known.find(hash, |s| &*strings[s.index()] == text) {
            return *sym;
        }
        let sym = Sym(strings.len() as u32);
        strings.push(text.into());
        self.known
            .insert_unique(hash, sym, |s| FxBuildHasher.hash_one(&*strings[s.index()]));
        sym
    }
}
