//! Change over time (H01–H03).

use hub_engine::Rule;

mod grown_surface;
mod moved_artefact;
mod redefined_item;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &redefined_item::RedefinedItem,
    &grown_surface::GrownSurface,
    &moved_artefact::MovedArtefact,
];
