//! Properties of objects. A run holds very many objects and most have none or few: they take no more than they need.

use super::value::Slot;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Most properties that are found by looking at each.
const MAX_COMPARED: usize = 8;

/// Properties in order of insertion.
#[derive(Clone, Debug, Default)]
pub struct Props(Option<Box<Table>>);

#[derive(Clone, Debug, Default)]
struct Table {
    list: Vec<(Rc<str>, Slot)>,
    /// Places by name, once there are more than [`MAX_COMPARED`].
    places: FxHashMap<Rc<str>, u32>,
}

impl Table {
    fn place(&self, name: &str) -> Option<usize> {
        if self.list.len() <= MAX_COMPARED {
            self.list.iter().position(|(key, _)| **key == *name)
        } else {
            self.places.get(name).map(|at| *at as usize)
        }
    }

    fn index(&mut self) {
        self.places.clear();
        if self.list.len() > MAX_COMPARED {
            self.places
                .extend(self.list.iter().enumerate().map(|(at, (key, _))| (key.clone(), at as u32)));
        }
    }
}

impl Props {
    fn list(&self) -> &[(Rc<str>, Slot)] {
        self.0.as_ref().map_or(&[], |table| &table.list)
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Slot> {
        let table = self.0.as_ref()?;
        table.place(name).map(|at| &table.list[at].1)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Slot> {
        let table = self.0.as_mut()?;
        table.place(name).map(|at| &mut table.list[at].1)
    }

    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// What is there already keeps its place.
    pub fn insert(&mut self, name: Rc<str>, slot: Slot) {
        let table = self.0.get_or_insert_default();
        if let Some(at) = table.place(&name) {
            table.list[at].1 = slot;
            return;
        }
        let at = table.list.len();
        if at < MAX_COMPARED && at == table.list.capacity() {
            table.list.reserve_exact(at.max(1));
        }
        table.list.push((name.clone(), slot));
        if at == MAX_COMPARED {
            table.index();
        } else if at > MAX_COMPARED {
            table.places.insert(name, at as u32);
        }
    }

    /// Takes a property out; the others keep their order.
    pub fn shift_remove(&mut self, name: &str) -> Option<Slot> {
        let table = self.0.as_mut()?;
        let (_, slot) = table.list.remove(table.place(name)?);
        table.index();
        Some(slot)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Rc<str>, &Slot)> {
        self.list().iter().map(|(name, slot)| (name, slot))
    }

    pub fn keys(&self) -> impl Iterator<Item = &Rc<str>> {
        self.list().iter().map(|(name, _)| name)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.list().len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list().is_empty()
    }
}

impl Extend<(Rc<str>, Slot)> for Props {
    fn extend<T: IntoIterator<Item = (Rc<str>, Slot)>>(&mut self, more: T) {
        more.into_iter().for_each(|(name, slot)| self.insert(name, slot));
    }
}

impl IntoIterator for Props {
    type Item = (Rc<str>, Slot);
    type IntoIter = std::vec::IntoIter<(Rc<str>, Slot)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.map_or_else(Vec::new, |table| table.list).into_iter()
    }
}
