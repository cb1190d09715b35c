//! Hashes the source of the analysing crates, so that the rule set's version changes whenever what is found may change.

use std::path::{Path, PathBuf};

fn main() {
    let mut files = Vec::new();
    for krate in [
        "hub-analyze",
        "hub-clients",
        "hub-deps",
        "hub-discover",
        "hub-engine",
        "hub-model",
        "hub-rules",
        "hub-syntax",
    ] {
        let dir = PathBuf::from("..").join(krate).join("src");
        println!("cargo:rerun-if-changed={}", dir.display());
        collect(&dir, &mut files);
    }
    files.sort();
    // FNV-1a: stable over platforms and compiler versions, and no dependency.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for file in files {
        let name = file.to_string_lossy().replace('\\', "/");
        for byte in name.bytes().chain(std::fs::read(&file).unwrap_or_default()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo:rustc-env=HUB_RULES_SOURCE_HASH={:08x}", (hash >> 32) as u32 ^ hash as u32);
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
