//! Short lists that seldom grow.

use std::ops::{Deref, DerefMut};
use thin_vec::ThinVec;

/// A list in the room of one pointer, its length beside its elements: a tree has several for every line, most of them empty or of
/// one element. Read it as the slice that it is.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T>(ThinVec<T>);

impl<T> List<T> {
    /// Adds an element at the end.
    pub fn push(&mut self, value: T) {
        self.0.reserve_exact(1);
        self.0.push(value);
    }

    /// Adds an element before the one at `index`.
    pub fn insert(&mut self, index: usize, value: T) {
        self.0.reserve_exact(1);
        self.0.insert(index, value);
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(ThinVec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(values: Vec<T>) -> Self {
        let mut list = ThinVec::new();
        // Growing would leave room for four.
        list.reserve_exact(values.len());
        list.extend(values);
        Self(list)
    }
}

impl<T, const N: usize> From<[T; N]> for List<T> {
    fn from(values: [T; N]) -> Self {
        Self::from(Vec::from(values))
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::from(values.into_iter().collect::<Vec<T>>())
    }
}

impl<T> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        self.0.extend(values);
        self.0.shrink_to_fit();
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = thin_vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'l, T> IntoIterator for &'l List<T> {
    type Item = &'l T;
    type IntoIter = std::slice::Iter<'l, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
