//! A folder, archive or file of the machine itself. For the command line only: no service may take a path from a user.

use crate::FetchLimits;
use crate::archive::{self, Root};
use crate::clock::Clock;
use crate::collect::Collector;
use crate::error::{FetchError, shown};
use crate::select;
use hub_model::{Origin, OriginKind, RelPath, SkipReason, Snapshot};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Reads a folder, a `.tgz`, `.tar.gz`, `.tar`, `.zip` or `.whl`, or a single file, under the same bounds as [`crate::acquire`].
/// Blocks: call it in `spawn_blocking` where that matters. Links are not followed.
///
/// # Errors
/// [`FetchError::NoSuchFile`], [`FetchError::NoSuchBasePath`], those of archives, [`FetchError::Io`].
pub fn acquire_local(path: &Path, base_path: Option<&RelPath>, limits: &FetchLimits) -> Result<Snapshot, FetchError> {
    let clock = Clock::start(limits.total_timeout);
    let missing = || FetchError::NoSuchFile {
        path: shown(&path.display().to_string()),
    };
    let meta = fs::metadata(path).map_err(|_| missing())?;
    // `.` and `..` have no last part of their own.
    let name = path
        .canonicalize()
        .ok()
        .and_then(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "/".to_owned());
    let mut collector = Collector::new(limits, format!("`{}`", shown(&path.display().to_string())), base_path.cloned());
    if meta.is_dir() {
        walk(path, "", &mut collector, &clock, 0)?;
    } else if meta.is_file() {
        read_file(path, &name, &mut collector, &clock)?;
    } else {
        return Err(missing());
    }
    collector.finish(Origin {
        kind: OriginKind::Local,
        name,
        source_url: shown(&path.display().to_string()),
        resolved_version: String::new(),
        base_path: base_path.cloned(),
    })
}

fn read_file(path: &Path, name: &str, collector: &mut Collector, clock: &Clock) -> Result<(), FetchError> {
    let io = |source| FetchError::Io {
        what: "reading a local file",
        source,
    };
    let mut file = File::open(path).map_err(io)?;
    let mut head = Vec::new();
    (&mut file).take(262).read_to_end(&mut head).map_err(io)?;
    let lower = name.to_ascii_lowercase();
    let named_so = [".tgz", ".tar.gz", ".tar", ".zip", ".whl"].iter().any(|ext| lower.ends_with(ext));
    if named_so || archive::is_archive(&head) {
        let root = if lower.ends_with(".whl") { Root::Keep } else { Root::StripCommon };
        return archive::read(file, root, collector, clock);
    }
    collector.count()?;
    let bytes = file.metadata().map_err(io)?.len();
    let Some(inner) = collector.path(name, Some(bytes)) else {
        return Ok(());
    };
    if let Some(wanted) = collector.want(inner, bytes) {
        let mut content = head;
        file.take(wanted.max_bytes).read_to_end(&mut content).map_err(io)?;
        collector.keep(wanted, content);
    }
    Ok(())
}

fn walk(folder: &Path, inside: &str, collector: &mut Collector, clock: &Clock, depth: usize) -> Result<(), FetchError> {
    clock.check()?;
    if depth > RelPath::MAX_DEPTH {
        collector.skip_folder(inside, SkipReason::UnsafePath);
        return Ok(());
    }
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(source) if depth == 0 => {
            return Err(FetchError::Io {
                what: "reading a local folder",
                source,
            });
        }
        Err(e) => {
            collector.warn(format!("the folder `{}` could not be read: {e}", shown(inside)));
            return Ok(());
        }
    };
    let mut entries: Vec<_> = listing
        .filter_map(Result::ok)
        .map(|e| (e.file_name().to_string_lossy().into_owned(), e))
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, entry) in entries {
        collector.count()?;
        let found = if inside.is_empty() {
            name.clone()
        } else {
            format!("{inside}/{name}")
        };
        // Of the entry itself, not of what a link points to.
        let Ok(meta) = entry.metadata() else { continue };
        let kind = meta.file_type();
        if kind.is_symlink() {
            collector.skip(&found, SkipReason::Link, None);
        } else if kind.is_dir() {
            let Some(path) = collector.path(&found, None) else { continue };
            collector.saw_folder(&path);
            if let Some(reason) = select::folder(&name) {
                collector.skip_folder(&found, reason);
            } else if collector.enters(&path) {
                walk(&entry.path(), &found, collector, clock, depth + 1)?;
            }
        } else if kind.is_file() {
            let Some(path) = collector.path(&found, Some(meta.len())) else {
                continue;
            };
            let Some(wanted) = collector.want(path, meta.len()) else { continue };
            let mut content = Vec::new();
            match File::open(entry.path()).and_then(|f| f.take(wanted.max_bytes + 1).read_to_end(&mut content)) {
                Ok(_) => collector.keep(wanted, content),
                Err(e) => collector.warn(format!("`{}` could not be read: {e}", shown(&found))),
            }
        } else {
            collector.skip(&found, SkipReason::NotSource, None);
        }
    }
    Ok(())
}
