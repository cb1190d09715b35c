//! What was scanned, for names in source maps: they lead to a file of the tree or nowhere.

use hub_model::{SkipReason, Snapshot};

pub(crate) struct Tree<'s>(pub(crate) &'s Snapshot);

impl<'s> Tree<'s> {
    pub(crate) fn read(&self, path: &str) -> Option<&'s str> {
        let files = &self.0.files;
        let at = files.binary_search_by(|f| f.path.as_str().cmp(path)).ok()?;
        Some(&files[at].text)
    }

    /// It was there, and larger than what is read.
    pub(crate) fn is_too_large(&self, path: &str) -> bool {
        let left_out = [SkipReason::TooLarge, SkipReason::LimitReached];
        self.0.skipped.iter().any(|s| s.path == path && left_out.contains(&s.reason))
    }

    /// What a source of a map in `folder` is called, and its path when it lies inside the tree.
    pub(crate) fn name(&self, source: &str, folder: &str) -> (String, bool) {
        let source = source.replace('\\', "/");
        let inside = match source.split_once("://") {
            // A build that names its files after itself: `webpack://name/./src/index.ts?1a2b`, from the root of the package.
            Some((scheme, rest)) if scheme.starts_with("webpack") || scheme == "turbopack" => {
                let path = rest.split_once('/').map_or(rest, |(_, path)| path);
                hub_syntax::join(self.package(folder), path.split('?').next().unwrap_or_default())
            }
            Some(_) => None,
            None if source.starts_with('/') || source.as_bytes().get(1) == Some(&b':') || source.starts_with("file:") => None,
            None => hub_syntax::join(folder, &source),
        };
        match inside.filter(|path| !path.is_empty()) {
            Some(path) => {
                let shipped = self.read(&path).is_some();
                (path, shipped)
            }
            None => (source, false),
        }
    }

    /// The nearest folder, from `folder` up, that holds a `package.json`; the root when none does.
    fn package<'f>(&self, folder: &'f str) -> &'f str {
        let mut at = folder;
        while !at.is_empty() {
            if self.read(&format!("{at}/package.json")).is_some() {
                return at;
            }
            at = at.rsplit_once('/').map_or("", |(up, _)| up);
        }
        at
    }
}
