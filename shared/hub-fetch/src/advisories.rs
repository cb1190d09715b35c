//! What is known against the packages of a snapshot, from a folder of advisories in OSV format that the operator keeps.
//!
//! The folder is indexed once per process and again when it changed; of each advisory the index keeps where it is and whom it
//! names, so that the largest data bases cost memory in proportion to their number of advisories, not to their size.

use hub_deps::{Ecosystem, Judges as _, MAX_ADVISORY_BYTES, normal_name};
use hub_model::{Advisories, Advisory, OriginKind, Snapshot};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Folders inside folders that are looked into.
const MAX_DEPTH: usize = 6;

hub_model::settings! {
    /// Where known faults of packages are looked up. With nothing set, scans say that they were not looked at.
    pub struct AdvisorySettings {
        /// Folder of advisories in OSV format: `*.json` files, in folders of any names. Keep it up to date; scans show how old it is.
        pub dir: String = "HUB_ADVISORIES_DIR", String::new();
        /// Most advisories indexed.
        pub max_files: usize = "HUB_ADVISORIES_MAX_FILES", 1_000_000;
        /// Most advisories kept for one artifact.
        pub max_kept: usize = "HUB_ADVISORIES_MAX_KEPT", 5_000;
    }
}

/// The index of one folder.
#[derive(Debug, Default)]
struct Index {
    by_name: HashMap<(Ecosystem, String), Vec<u32>>,
    files: Vec<PathBuf>,
    /// The newest `modified` of all, as written.
    as_of: String,
    unread: usize,
    is_cut: bool,
}

type Cache = BTreeMap<PathBuf, (Vec<SystemTime>, Arc<Index>)>;
static CACHE: Mutex<Cache> = Mutex::new(Cache::new());

/// Looks the snapshot's packages up and keeps what is found in it. Nothing happens when no folder is set; what goes wrong is a
/// warning, and the advisories then stay unknown. Blocks: call it in `spawn_blocking` where that matters.
pub fn look_up_advisories(snapshot: &mut Snapshot, settings: &AdvisorySettings) {
    if settings.dir.is_empty() {
        return;
    }
    let dir = Path::new(&settings.dir);
    let index = match indexed(dir, settings.max_files) {
        Ok(index) if !index.files.is_empty() => index,
        Ok(_) => {
            snapshot.warnings.push(
                "the folder of advisories (HUB_ADVISORIES_DIR) holds none in OSV format: known faults of packages were not looked at"
                    .to_owned(),
            );
            return;
        }
        Err(e) => {
            tracing::warn!(error = %e, "the folder of advisories cannot be read");
            snapshot.warnings.push(
                "the folder of advisories (HUB_ADVISORIES_DIR) cannot be read: known faults of packages were not looked at".to_owned(),
            );
            return;
        }
    };
    let resolved = hub_deps::resolve(&snapshot.files);
    let mut wanted: BTreeSet<(Ecosystem, String)> = resolved.packages.into_iter().map(|p| (p.ecosystem, p.name)).collect();
    wanted.extend(resolved.own.into_iter().map(|(e, n, _)| (e, n)));
    match snapshot.origin.kind {
        OriginKind::Npm => wanted.extend([(Ecosystem::Npm, snapshot.origin.name.clone())]),
        OriginKind::Pypi => wanted.extend([(Ecosystem::PyPI, normal_name(Ecosystem::PyPI, &snapshot.origin.name))]),
        OriginKind::Git | OriginKind::Local => {}
    }
    let mut numbers: BTreeSet<u32> = BTreeSet::new();
    for key in &wanted {
        numbers.extend(index.by_name.get(key).into_iter().flatten().copied());
    }
    let mut list: Vec<Advisory> = Vec::new();
    for number in numbers {
        if list.len() >= settings.max_kept {
            snapshot.warnings.push(format!(
                "only the first {} advisories about its packages were kept",
                settings.max_kept
            ));
            break;
        }
        // One that went away or broke since is as if it had not been there.
        let Some(advisory) = index.files.get(number as usize).and_then(|f| read(f)) else {
            continue;
        };
        list.push(advisory.only_about(|e, n| wanted.contains(&(e, n.to_owned()))));
    }
    list.sort_by(|a, b| a.id.cmp(&b.id));
    list.dedup_by(|a, b| a.id == b.id);
    if index.is_cut {
        snapshot.warnings.push(format!(
            "the folder of advisories holds more than {} (HUB_ADVISORIES_MAX_FILES): the rest was not looked at",
            settings.max_files
        ));
    }
    if index.unread > 0 {
        snapshot.warnings.push(format!(
            "{} files in the folder of advisories are no advisories in OSV format",
            index.unread
        ));
    }
    snapshot.advisories = Some(Advisories {
        source: format!("a folder of {} advisories", index.files.len()),
        as_of: index.as_of.get(..10).unwrap_or(&index.as_of).to_owned(),
        list,
    });
}

fn read(file: &Path) -> Option<Advisory> {
    let size = fs::metadata(file).ok()?.len();
    if size > MAX_ADVISORY_BYTES as u64 {
        return None;
    }
    Advisory::parse(&fs::read(file).ok()?).ok().filter(|a| !a.id.is_empty())
}

fn indexed(dir: &Path, max_files: usize) -> io::Result<Arc<Index>> {
    let stamp = stamp(dir)?;
    let cached = CACHE.lock().unwrap_or_else(PoisonError::into_inner).get(dir).cloned();
    if let Some((known, index)) = cached
        && known == stamp
    {
        return Ok(index);
    }
    let mut index = Index::default();
    walk(dir, 0, max_files, &mut index)?;
    let index = Arc::new(index);
    CACHE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(dir.to_owned(), (stamp, Arc::clone(&index)));
    Ok(index)
}

/// When the folder and those directly in it last changed.
fn stamp(dir: &Path) -> io::Result<Vec<SystemTime>> {
    let mut out = vec![fs::metadata(dir)?.modified()?];
    for entry in sorted(dir)? {
        if entry.file_type()?.is_dir() {
            out.push(entry.metadata()?.modified()?);
        }
    }
    Ok(out)
}

fn sorted(dir: &Path) -> io::Result<Vec<fs::DirEntry>> {
    let mut entries = fs::read_dir(dir)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

fn walk(dir: &Path, depth: usize, max_files: usize, index: &mut Index) -> io::Result<()> {
    for entry in sorted(dir)? {
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() && depth < MAX_DEPTH {
            walk(&path, depth + 1, max_files, index)?;
        } else if kind.is_file() && path.extension().is_some_and(|e| e == "json") {
            if index.files.len() >= max_files {
                index.is_cut = true;
                return Ok(());
            }
            let Some(advisory) = read(&path) else {
                index.unread += 1;
                continue;
            };
            let number = u32::try_from(index.files.len()).unwrap_or(u32::MAX);
            for a in &advisory.affected {
                let Some(ecosystem) = Ecosystem::find(&a.package.ecosystem) else {
                    continue;
                };
                let list = index
                    .by_name
                    .entry((ecosystem, normal_name(ecosystem, &a.package.name)))
                    .or_default();
                if list.last() != Some(&number) {
                    list.push(number);
                }
            }
            // RFC 3339 in UTC compares as text.
            if advisory.modified > index.as_of {
                index.as_of = advisory.modified;
            }
            index.files.push(path);
        }
    }
    Ok(())
}
