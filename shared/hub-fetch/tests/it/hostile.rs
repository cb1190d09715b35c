//! Archives with bytes changed at random: whatever comes of them, it is an answer within bounds and never a crash.

use hub_fetch::{FetchLimits, acquire_local};
use hub_testing::archives::{gzip, tar_gz, zip};
use proptest::prelude::*;
use std::io::Read as _;

const FILES: &[(&str, &[u8])] = &[
    ("package/package.json", b"{\"name\":\"x\"}"),
    ("package/src/index.js", b"export const x = 1;\n"),
    ("package/README.md", b"# x"),
];

fn limits() -> FetchLimits {
    FetchLimits {
        max_unpacked_bytes: 1 << 20,
        max_source_bytes: 1 << 19,
        max_entries: 100,
        ..FetchLimits::default()
    }
}

/// Reads `bytes` as an archive of this name.
fn read(name: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    if let Ok(snapshot) = acquire_local(&path, None, &limits()) {
        assert!(snapshot.files.iter().map(|f| f.text.len()).sum::<usize>() <= 1 << 19);
        assert!(snapshot.files.is_sorted_by(|a, b| a.path < b.path));
    }
}

fn tar() -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(tar_gz(FILES).as_slice())
        .read_to_end(&mut out)
        .unwrap();
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_tarball_with_changed_bytes_does_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), keep in any::<prop::sample::Index>(), cut: bool) {
        let mut bytes = tar();
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        read("x.tar", &bytes);
        read("x.tgz", &gzip(&bytes));
    }

    #[test]
    fn a_zip_with_changed_bytes_does_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), keep in any::<prop::sample::Index>(), cut: bool) {
        let mut bytes = zip(FILES);
        for (at, to) in changes {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        read("x.whl", &bytes);
    }

    #[test]
    fn any_bytes_at_all_do_no_harm(bytes: Vec<u8>) {
        read("x.tgz", &bytes);
        read("x.js", &bytes);
    }
}
