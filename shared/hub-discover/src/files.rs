//! The files of a snapshot, for programs that read their own.

use hub_model::Snapshot;
use std::collections::BTreeMap;

/// Texts by path.
pub(crate) struct Files<'s>(BTreeMap<&'s str, &'s str>);

impl<'s> Files<'s> {
    pub(crate) fn new(snapshot: &'s Snapshot) -> Self {
        Self(snapshot.files.iter().map(|f| (f.path.as_str(), &*f.text)).collect())
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> Option<&'s str> {
        self.0.get(path).copied()
    }

    /// Paths below a folder, in order, without that of the folder.
    pub(crate) fn below<'f>(&'f self, folder: &str) -> impl Iterator<Item = &'s str> + use<'s, 'f> {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{}/", folder.trim_end_matches('/'))
        };
        let from = self
            .0
            .range::<str, _>((std::ops::Bound::Included(prefix.as_str()), std::ops::Bound::Unbounded));
        from.map_while(move |(path, _)| path.strip_prefix(prefix.as_str()))
    }

    /// Names in a folder, in order; none when there is no such folder.
    pub(crate) fn list(&self, folder: &str) -> Option<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        for path in self.below(folder) {
            let name = path.split('/').next().unwrap_or_default();
            if names.last().is_none_or(|n| n != name) {
                names.push(name.to_owned());
            }
        }
        (!names.is_empty()).then_some(names)
    }
}
