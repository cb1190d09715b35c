//! OpenAPI documents that `fastmcp` turns into tools.

use super::emit::{Emitter, reason};
use super::server::Document;
use std::rc::Rc;

/// The tools of a document, when it lies in the tree.
pub(super) fn emit(emitter: &mut Emitter<'_, '_>, document: &Document, _prefixes: &[Rc<str>]) {
    let at = emitter.location(document.at);
    if let Some(at) = at {
        emitter.found.inventory.gaps.push(hub_model::Gap {
            at,
            what: "tools made from an OpenAPI document".into(),
            reason: reason(&document.spec),
        });
    }
}
