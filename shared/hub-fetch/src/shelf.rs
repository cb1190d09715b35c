//! A folder in which answers outlive a process: one small file each, bounded in number, thrown away when too old.

use crate::advisories::AdvisorySettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Largest file that is read back, in bytes.
const MAX_FILE_BYTES: u64 = 8 << 20;
/// Every so many writes the folder is looked through for what is too old or too much.
const SWEEP_EVERY: u64 = 500;

/// The folder. It holds nothing that cannot be asked for again, so what fails here is passed over.
#[derive(Debug)]
pub(crate) struct Shelf {
    dir: PathBuf,
    ttl: Duration,
    max_entries: u64,
    max_bytes: u64,
    writes: AtomicU64,
}

impl Shelf {
    /// None where the settings name no folder, or it cannot be made.
    pub(crate) fn of(settings: &AdvisorySettings) -> Option<Self> {
        if settings.cache_dir.is_empty() {
            return None;
        }
        let dir = PathBuf::from(&settings.cache_dir);
        if let Err(e) = fs::create_dir_all(&dir) {
            tracing::warn!(error = %e, "the folder for answers about packages (HUB_ADVISORIES_CACHE_DIR) cannot be made");
            return None;
        }
        Some(Self {
            dir,
            ttl: settings.cache_ttl,
            max_entries: settings.cache_entries,
            max_bytes: settings.cache_bytes,
            writes: AtomicU64::new(0),
        })
    }

    fn place(&self, key: &impl Serialize) -> Option<PathBuf> {
        let key = serde_json::to_vec(key).ok()?;
        Some(self.dir.join(format!("{}.json", hex::encode(Sha256::digest(&key)))))
    }

    /// What lies under the key and is not too old.
    pub(crate) fn get<T: DeserializeOwned>(&self, key: &impl Serialize) -> Option<T> {
        let file = fs::File::open(self.place(key)?).ok()?;
        let meta = file.metadata().ok()?;
        if meta.len() > MAX_FILE_BYTES || !self.is_fresh(meta.modified().ok()?) {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn is_fresh(&self, written: SystemTime) -> bool {
        // A time in the future is that of another clock; it is as old as nothing.
        SystemTime::now().duration_since(written).is_ok_and(|age| age < self.ttl)
    }

    /// Keeps a value. A reader sees all of it or nothing.
    pub(crate) fn put(&self, key: &impl Serialize, value: &impl Serialize) {
        let (Some(place), Ok(bytes)) = (self.place(key), serde_json::to_vec(value)) else {
            return;
        };
        let written = tempfile::NamedTempFile::new_in(&self.dir)
            .and_then(|mut file| file.write_all(&bytes).map(|()| file))
            .is_ok_and(|file| file.persist(place).is_ok());
        if written && self.writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP_EVERY) {
            self.sweep();
        }
    }

    /// Removes what is too old, and of the rest the oldest until the bounds hold.
    fn sweep(&self) {
        let Ok(listing) = fs::read_dir(&self.dir) else { return };
        let mut kept: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in listing.filter_map(Result::ok) {
            let (path, Ok(meta)) = (entry.path(), entry.metadata()) else {
                continue;
            };
            let is_ours = path.extension().is_some_and(|e| e == "json")
                && path
                    .file_stem()
                    .is_some_and(|s| s.len() == 64 && s.to_string_lossy().bytes().all(|b| b.is_ascii_hexdigit()));
            if !is_ours || !meta.is_file() {
                continue;
            }
            match meta.modified() {
                Ok(written) if self.is_fresh(written) => kept.push((written, meta.len(), path)),
                _ => remove(&path),
            }
        }
        kept.sort();
        let (mut entries, mut bytes) = (kept.len() as u64, kept.iter().map(|(_, n, _)| n).sum::<u64>());
        for (_, size, path) in kept {
            if entries <= self.max_entries && bytes <= self.max_bytes {
                break;
            }
            remove(&path);
            entries -= 1;
            bytes -= size;
        }
    }
}

fn remove(path: &Path) {
    // Another process may have been faster.
    let _ = fs::remove_file(path);
}
