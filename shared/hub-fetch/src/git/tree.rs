//! A commit's tree, read straight from the object database: nothing is checked out.

use crate::clock::Clock;
use crate::collect::Collector;
use crate::error::FetchError;
use crate::select;
use git2::{ObjectType, Oid, Repository, Tree};
use hub_model::{RelPath, SkipReason};

/// Reads the tree into `collector`. Folders that cannot hold anything wanted are not entered.
pub(super) fn read(repo: &Repository, root: &Tree<'_>, collector: &mut Collector, clock: &Clock, url: &str) -> Result<(), FetchError> {
    let git = |e: git2::Error| FetchError::Git {
        url: url.to_owned(),
        why: e.message().to_owned(),
    };
    let odb = repo.odb().map_err(git)?;
    // A stack of our own: how deep it goes is bounded by the depth of a `RelPath`, how much by the count of entries.
    let mut folders: Vec<(Oid, Option<RelPath>)> = vec![(root.id(), None)];
    while let Some((id, inside)) = folders.pop() {
        clock.check()?;
        let tree = match repo.find_tree(id) {
            Ok(tree) => tree,
            Err(e) => {
                collector.warn(format!(
                    "the folder `{}` could not be read: {}",
                    inside.as_ref().map_or("/", RelPath::as_str),
                    e.message()
                ));
                continue;
            }
        };
        for entry in &tree {
            collector.count()?;
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            let found = match &inside {
                Some(inside) => format!("{inside}/{name}"),
                None => name.clone(),
            };
            // A tree that git itself would not write can hold such names.
            if name.is_empty() || name == "." || name == ".." || name.contains('/') {
                collector.skip(&found, SkipReason::UnsafePath, None);
                continue;
            }
            match entry.filemode() & 0o170_000 {
                0o120_000 => collector.skip(&found, SkipReason::Link, None),
                0o160_000 => collector.skip(&found, SkipReason::Submodule, None),
                0o040_000 => {
                    let Some(path) = collector.path(&found, None) else { continue };
                    collector.saw_folder(&path);
                    if let Some(reason) = select::folder(&name) {
                        collector.skip_folder(&found, reason);
                    } else if collector.enters(&path) {
                        folders.push((entry.id(), Some(path)));
                    }
                }
                _ => {
                    // The size stands in the object's header; the object itself is unpacked only when it is wanted.
                    let Ok((bytes, ObjectType::Blob)) = odb.read_header(entry.id()) else {
                        collector.warn(format!(
                            "`{}` could not be read: the object is missing",
                            crate::error::shown(&found)
                        ));
                        continue;
                    };
                    let Some(path) = collector.path(&found, Some(bytes as u64)) else {
                        continue;
                    };
                    let Some(wanted) = collector.want(path, bytes as u64) else {
                        continue;
                    };
                    match repo.find_blob(entry.id()) {
                        Ok(blob) => collector.keep(wanted, blob.content().to_vec()),
                        Err(e) => collector.warn(format!("`{}` could not be read: {}", wanted.path, e.message())),
                    }
                }
            }
        }
    }
    Ok(())
}
