//! Which source map a file names (ECMA-426, section 11: linking generated code to source maps), read where it can be without leaving
//! the tree.

use super::tree::Tree;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hub_engine::shown;
use hub_model::{Budget, RelPath};
use std::borrow::Cow;

/// Comments that may stand after the one that names the map.
const MAX_TAIL_LINES: usize = 8;
const MARKS: [&str; 4] = [
    "//# sourceMappingURL=",
    "//@ sourceMappingURL=",
    "/*# sourceMappingURL=",
    "/*@ sourceMappingURL=",
];

/// Where a file says that its map is.
pub(super) enum Reference<'t> {
    /// In the file itself, as a `data:` URL.
    Inline(&'t str),
    /// At a path of the tree, whether or not something is there.
    Path(String),
    /// Outside of the tree: an address, or a path that leaves it. Never followed.
    Outside(&'t str),
}

/// Why there is no map to read.
pub(super) enum Refused {
    NotShipped,
    NotUsable(String),
}

impl<'t> Reference<'t> {
    /// The map that a file names, or else the one that stands beside it.
    pub(super) fn of(file: &RelPath, text: &'t str, tree: &Tree<'_>) -> Option<Self> {
        let Some(url) = named(text) else {
            let beside = format!("{file}.map");
            return (tree.read(&beside).is_some() || tree.is_too_large(&beside)).then_some(Self::Path(beside));
        };
        Some(if url.starts_with("data:") {
            Self::Inline(url)
        } else if url.contains("://") || url.starts_with('/') {
            Self::Outside(url)
        } else {
            hub_syntax::join(file.parent(), url).map_or(Self::Outside(url), Self::Path)
        })
    }

    /// As a report shows it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Inline(_) => "inline".to_owned(),
            Self::Path(path) => shown(path, 300),
            Self::Outside(url) => shown(url, 300),
        }
    }

    /// The map's text, and the folder that its names start from.
    pub(super) fn read(
        &self,
        file: &RelPath,
        tree: &Tree<'t>,
        budget: &Budget,
        left: &mut usize,
    ) -> Result<(Cow<'t, [u8]>, String), Refused> {
        let refused = |why: &str| Err(Refused::NotUsable(why.to_owned()));
        let (text, folder) = match self {
            Self::Outside(_) => return refused("it lies outside of what was scanned, and no address is followed"),
            Self::Inline(url) => (*url, file.parent()),
            Self::Path(path) => match tree.read(path) {
                Some(text) => (text, path.rsplit_once('/').map_or("", |(folder, _)| folder)),
                None if tree.is_too_large(path) => {
                    return refused("it is larger than what is read (HUB_FETCH_MAX_FILE_BYTES, HUB_FETCH_MAX_SOURCE_BYTES)");
                }
                None => return Err(Refused::NotShipped),
            },
        };
        if text.len() > budget.max_source_map_bytes {
            return refused(&format!(
                "it is larger than {} bytes (HUB_MAX_SOURCE_MAP_BYTES)",
                budget.max_source_map_bytes
            ));
        }
        let Some(rest) = left.checked_sub(text.len()) else {
            return refused(&format!(
                "more than {} bytes of source maps (HUB_MAX_TOTAL_SOURCE_MAP_BYTES)",
                budget.max_total_source_map_bytes
            ));
        };
        *left = rest;
        let json = match self {
            Self::Inline(url) => match base64_of(url) {
                Some(json) => Cow::Owned(json),
                None => return refused("it is no `data:` URL of JSON in base64"),
            },
            _ => Cow::Borrowed(text.as_bytes()),
        };
        Ok((json, folder.to_owned()))
    }
}

/// The address in the last comment of the file that names a map. What stands in a string further up names nothing.
fn named(text: &str) -> Option<&str> {
    for line in text.trim_end().rsplit('\n').take(MAX_TAIL_LINES) {
        let found = MARKS.iter().filter_map(|mark| Some((line.rfind(mark)?, mark.len()))).max();
        if let Some((at, len)) = found {
            let url = line[at + len..].trim_end().trim_end_matches("*/").trim();
            let is_one = !url.is_empty() && !url.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\\'));
            return is_one.then_some(url);
        }
        let line = line.trim();
        if !(line.is_empty() || line.starts_with("//") || line.starts_with("/*")) {
            return None;
        }
    }
    None
}

/// The bytes of a `data:` URL (RFC 2397) in base64, with or without padding.
fn base64_of(url: &str) -> Option<Vec<u8>> {
    let (kind, data) = url.split_once(',')?;
    let is_json = kind.starts_with("data:application/json") || kind.starts_with("data:text/plain");
    if !(is_json && kind.ends_with(";base64")) {
        return None;
    }
    STANDARD_NO_PAD.decode(data.trim_end_matches('=')).ok()
}
