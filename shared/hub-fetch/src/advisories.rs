//! What is known against the packages of a snapshot, from a folder of advisories in OSV format that the operator keeps, and from a service
//! that speaks the OSV interface.
//!
//! The folder is indexed once per process and again when it changed; of each advisory the index keeps where it is and whom it
//! names, so that the largest data bases cost memory in proportion to their number of advisories, not to their size.

use crate::FetchContext;
use crate::error::shown;
use crate::osv::{Asked, Told};
use hub_deps::{Ecosystem, Judges as _, MAX_ADVISORY_BYTES, normal_name};
use hub_model::{Advisories, Advisory, Origin, OriginKind, Snapshot, SourceFile};
use hub_net::Url;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Folders inside folders that are looked into.
const MAX_DEPTH: usize = 6;

hub_model::settings! {
    /// Where known faults of packages are looked up: a folder, a service, or both. With nothing set, scans say that they were not looked at.
    pub struct AdvisorySettings {
        /// Folder of advisories in OSV format: `*.json` files, in folders of any names. Keep it up to date; scans show how old it is.
        pub dir: String = "HUB_ADVISORIES_DIR", String::new();
        /// Most advisories indexed.
        pub max_files: usize = "HUB_ADVISORIES_MAX_FILES", 1_000_000;
        /// Most advisories kept for one artifact.
        pub max_kept: usize = "HUB_ADVISORIES_MAX_KEPT", 5_000;
        /// Address of a service with the OSV interface, below which `v1/querybatch` and `v1/vulns/ID` lie. It is told the names and versions of the packages that scanned servers depend on. Only the fetcher and the command line ask it.
        pub url: Option<Url> = "HUB_ADVISORIES_URL", None;
        /// Longest time for the questions of one scan to that service, in seconds; what is not answered by then counts as not looked at.
        pub timeout: Duration = "HUB_ADVISORIES_TIMEOUT_SECS", Duration::from_secs(60);
        /// How long an answer of the service is used again, in seconds. Scans show how old the oldest is.
        pub cache_ttl: Duration = "HUB_ADVISORIES_CACHE_SECS", Duration::from_secs(6 * 60 * 60);
        /// Most answers of the service kept in memory, and files in the folder.
        pub cache_entries: u64 = "HUB_ADVISORIES_CACHE_ENTRIES", 200_000;
        /// Most bytes of advisories of the service kept in memory, and again in the folder.
        pub cache_bytes: u64 = "HUB_ADVISORIES_CACHE_BYTES", 256 << 20;
        /// Folder in which answers of the service outlive the process; none: in memory only.
        pub cache_dir: String = "HUB_ADVISORIES_CACHE_DIR", String::new();
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
    /// Every folder that was looked into, and when something was last added to it, renamed or removed. A folder cannot come or go
    /// without that in the one that holds it.
    folders: Vec<(PathBuf, SystemTime)>,
}

type Cache = BTreeMap<PathBuf, Arc<Index>>;
static CACHE: Mutex<Cache> = Mutex::new(Cache::new());

/// Looks the snapshot's packages up and keeps what is found in it. Nothing happens when neither a folder nor a service is set. What goes
/// wrong is a warning, and what it was about stays unknown: never an error, and never taken for "nothing is known".
pub async fn look_up_advisories(snapshot: &mut Snapshot, cx: &FetchContext) {
    let (settings, service) = (cx.advisories(), cx.osv());
    if settings.dir.is_empty() && service.is_none() {
        return;
    }
    // A panic over one lock file must not cost the scan: then nothing is known.
    let files: Vec<SourceFile> = snapshot.files.iter().filter(|f| hub_deps::is_read(&f.path)).cloned().collect();
    let origin = snapshot.origin.clone();
    let wanted = tokio::task::spawn_blocking(move || wanted(&files, &origin)).await;
    let Ok(wanted) = wanted.map(Arc::new) else {
        let why = "the packages could not be read from the lock files: known faults of packages were not looked at";
        snapshot.warnings.push(why.to_owned());
        return;
    };
    let mut parts: Vec<Advisories> = Vec::new();
    if !settings.dir.is_empty() {
        let (settings, wanted) = (settings.clone(), Arc::clone(&wanted));
        let read = tokio::task::spawn_blocking(move || from_folder(&wanted, &settings)).await;
        let (found, warnings) = read.unwrap_or_default();
        snapshot.warnings.extend(warnings);
        parts.extend(found);
    }
    if let Some(service) = service {
        match service.look_up(wanted.iter().cloned().collect()).await {
            Ok(told) => parts.push(from_service(told, &service.name())),
            Err(e) => {
                tracing::warn!(error = %e, "the service of advisories did not answer");
                let why = format!(
                    "the service of advisories (HUB_ADVISORIES_URL) did not answer: {}; {}",
                    shown(&e.to_string()),
                    if parts.is_empty() {
                        "known faults of packages were not looked at"
                    } else {
                        "only the folder of advisories was looked at"
                    }
                );
                match parts.first_mut() {
                    Some(folder) => folder.gaps.push(why),
                    None => snapshot.warnings.push(why),
                }
            }
        }
    }
    let Some(mut all) = parts.pop() else { return };
    for part in parts {
        all.source = format!("{}, as of {}; {}", part.source, part.as_of, all.source);
        all.list.extend(part.list);
        all.gaps.extend(part.gaps);
    }
    all.list = all.list.into_iter().map(|a| of_these(a, &wanted)).collect();
    // Of two editions the later one.
    all.list.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| b.modified.cmp(&a.modified)));
    all.list.dedup_by(|a, b| a.id == b.id);
    snapshot.advisories = Some(all);
}

/// Every package of the tree, at its version or the lowest that is asked for.
fn wanted(files: &[SourceFile], origin: &Origin) -> BTreeSet<Asked> {
    let resolved = hub_deps::resolve(files);
    let mut wanted: BTreeSet<Asked> = resolved
        .packages
        .iter()
        .map(|p| (p.ecosystem, p.name.clone(), p.version.clone()))
        .collect();
    wanted.extend(
        resolved
            .unsettled()
            .into_iter()
            .map(|(r, lowest)| (r.ecosystem, r.name.clone(), lowest)),
    );
    wanted.extend(resolved.own.iter().filter(|(_, _, version)| !version.is_empty()).cloned());
    match origin.kind {
        OriginKind::Npm => wanted.extend([(Ecosystem::Npm, origin.name.clone(), origin.resolved_version.clone())]),
        OriginKind::Pypi => wanted.extend([(
            Ecosystem::PyPI,
            normal_name(Ecosystem::PyPI, &origin.name),
            origin.resolved_version.clone(),
        )]),
        OriginKind::Git | OriginKind::Local => {}
    }
    wanted
}

fn of_these(advisory: Advisory, wanted: &BTreeSet<Asked>) -> Advisory {
    advisory.only_about(|e, n| {
        let from = (e, n.to_owned(), String::new());
        wanted.range(from..).next().is_some_and(|(e2, n2, _)| *e2 == e && n2 == n)
    })
}

fn from_service(told: Told, name: &str) -> Advisories {
    let mut gaps = Vec::new();
    if let Some((id, why)) = told.unread.first() {
        gaps.push(format!(
            "{} advisories about its packages could not be read from the service ({}: {})",
            told.unread.len(),
            shown(id),
            shown(why)
        ));
    }
    let as_of = told.as_of.unwrap_or_else(SystemTime::now);
    Advisories {
        source: format!("the advisory service {name}"),
        as_of: crate::clock::day(as_of),
        list: told.list,
        gaps,
    }
}

/// What the folder holds about these packages, and what is to be said of it.
fn from_folder(wanted: &BTreeSet<Asked>, settings: &AdvisorySettings) -> (Option<Advisories>, Vec<String>) {
    let mut warnings = Vec::new();
    let index = match indexed(Path::new(&settings.dir), settings.max_files) {
        Ok(index) if !index.files.is_empty() => index,
        Ok(_) => {
            let why = "the folder of advisories (HUB_ADVISORIES_DIR) holds none in OSV format: known faults of packages were not looked at";
            return (None, vec![why.to_owned()]);
        }
        Err(e) => {
            tracing::warn!(error = %e, "the folder of advisories cannot be read");
            let why = "the folder of advisories (HUB_ADVISORIES_DIR) cannot be read: known faults of packages were not looked at";
            return (None, vec![why.to_owned()]);
        }
    };
    let mut numbers: BTreeSet<u32> = BTreeSet::new();
    for (ecosystem, name, _) in wanted {
        numbers.extend(index.by_name.get(&(*ecosystem, name.clone())).into_iter().flatten().copied());
    }
    let mut gaps = Vec::new();
    if numbers.len() > settings.max_kept {
        gaps.push(format!(
            "only the first {} advisories about its packages were kept (HUB_ADVISORIES_MAX_KEPT)",
            settings.max_kept
        ));
    }
    // One that went away or broke since is as if it had not been there.
    let list = numbers
        .into_iter()
        .take(settings.max_kept)
        .filter_map(|number| read(index.files.get(number as usize)?))
        .collect();
    if index.is_cut {
        gaps.push(format!(
            "the folder of advisories holds more than {} (HUB_ADVISORIES_MAX_FILES): the rest was not looked at",
            settings.max_files
        ));
    }
    if index.unread > 0 {
        warnings.push(format!(
            "{} files in the folder of advisories are no advisories in OSV format",
            index.unread
        ));
    }
    let found = Advisories {
        source: format!("a folder of {} advisories", index.files.len()),
        as_of: index.as_of.get(..10).unwrap_or(&index.as_of).to_owned(),
        list,
        gaps,
    };
    (Some(found), warnings)
}

fn read(file: &Path) -> Option<Advisory> {
    let size = fs::metadata(file).ok()?.len();
    if size > MAX_ADVISORY_BYTES as u64 {
        return None;
    }
    Advisory::parse(&fs::read(file).ok()?).ok().filter(|a| !a.id.is_empty())
}

fn indexed(dir: &Path, max_files: usize) -> io::Result<Arc<Index>> {
    let cached = CACHE.lock().unwrap_or_else(PoisonError::into_inner).get(dir).cloned();
    if let Some(index) = cached.filter(|index| index.is_current()) {
        return Ok(index);
    }
    let mut index = Index::default();
    walk(dir, 0, max_files, &mut index)?;
    let index = Arc::new(index);
    CACHE
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(dir.to_owned(), Arc::clone(&index));
    Ok(index)
}

impl Index {
    /// Whether no folder changed since. What is written into a file that stays is read anew anyway; only whom it names is from before.
    fn is_current(&self) -> bool {
        self.folders.iter().all(|(path, seen)| changed(path).is_ok_and(|now| now == *seen))
    }
}

fn changed(folder: &Path) -> io::Result<SystemTime> {
    fs::metadata(folder)?.modified()
}

fn sorted(dir: &Path) -> io::Result<Vec<fs::DirEntry>> {
    let mut entries = fs::read_dir(dir)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

fn walk(dir: &Path, depth: usize, max_files: usize, index: &mut Index) -> io::Result<()> {
    // Before it is listed: what comes in meanwhile must make a difference.
    index.folders.push((dir.to_owned(), changed(dir)?));
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
