use crate::support::{paths, skipped};
use hub_fetch::{FetchLimits, acquire_local};
use hub_model::{ErrorCode, OriginKind, SkipReason, Snapshot};
use hub_testing::archives::{npm_tarball, zip};
use std::fs;
use std::path::Path;

fn read(path: &Path, base: Option<&str>) -> Result<Snapshot, hub_fetch::FetchError> {
    acquire_local(path, base.map(|b| b.parse().unwrap()).as_ref(), &FetchLimits::default())
}

#[test]
fn a_folder_is_read_without_following_links() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for path in ["src/index.ts", "package.json", "node_modules/x/a.js", ".git/config", "lib/a.py"] {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), "x").unwrap();
    }
    std::os::unix::fs::symlink("/etc", root.join("etc")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.join("passwd.js")).unwrap();
    let snapshot = read(root, None).unwrap();
    assert_eq!(paths(&snapshot), ["lib/a.py", "package.json", "src/index.ts"]);
    assert_eq!(
        skipped(&snapshot),
        [
            (".git", SkipReason::NotSource),
            ("etc", SkipReason::Link),
            ("node_modules", SkipReason::SetApart),
            ("passwd.js", SkipReason::Link)
        ]
    );
    assert_eq!(
        (snapshot.origin.kind, snapshot.origin.resolved_version.as_str()),
        (OriginKind::Local, "")
    );
    assert_eq!(paths(&read(root, Some("src")).unwrap()), ["package.json", "src/index.ts"]);
    assert_eq!(read(root, Some("nope")).unwrap_err().code(), "no_such_base_path");
}

#[test]
fn archives_and_single_files_are_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let tgz = put("x-1.0.0.tgz", &npm_tarball(&[("index.js", "x"), ("lib/a.js", "a")]));
    assert_eq!(paths(&read(&tgz, None).unwrap()), ["index.js", "lib/a.js"]);
    let whl = put("x-1.0-py3-none-any.whl", &zip(&[("x/__init__.py", b"x"), ("x/a.py", b"a")]));
    assert_eq!(paths(&read(&whl, None).unwrap()), ["x/__init__.py", "x/a.py"]);
    let download = put(
        "repo-main.zip",
        &zip(&[("repo-main/server.py", b"x"), ("repo-main/src/a.py", b"a")]),
    );
    assert_eq!(paths(&read(&download, None).unwrap()), ["server.py", "src/a.py"]);
    let single = put("server.py", b"print()");
    assert_eq!(paths(&read(&single, None).unwrap()), ["server.py"]);
    assert_eq!(read(&folder.path().join("nothing"), None).unwrap_err().code(), "no_such_file");
    assert_eq!(read(&put("bad.tgz", b"no"), None).unwrap_err().code(), "not_an_archive");
}

#[test]
fn what_is_not_looked_at_beside_a_base_path_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
        fs::write(folder.path().join(path), text).unwrap();
    };
    put("app/index.ts", "import { x } from '../core/a.js';");
    put("core/a.ts", "export const x = 1;");
    put("big/b.ts", &"// nothing\n".repeat(1_000));
    let base = "app".parse().unwrap();
    let with = |max_beside_bytes| {
        let limits = FetchLimits {
            max_beside_bytes,
            ..FetchLimits::default()
        };
        acquire_local(folder.path(), Some(&base), &limits).unwrap()
    };
    let whole = with(1 << 20);
    assert_eq!(paths(&whole), ["app/index.ts", "core/a.ts"]);
    assert!(whole.warnings.is_empty(), "{:?}", whole.warnings);
    for bytes in [5_000, 10] {
        let cut = with(bytes);
        assert!(cut.warnings[0].starts_with("not all that lies beside `app`"), "{:?}", cut.warnings);
    }
}

#[test]
fn a_tree_made_of_references_is_followed_in_part_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: String, text: &str| {
        fs::create_dir_all(folder.path().join(&path).parent().unwrap()).unwrap();
        fs::write(folder.path().join(path), text).unwrap();
    };
    let deep: String = (0..25).map(|i| format!("d{i}/")).collect();
    let imports: String = (0..40_000).map(|i| format!("import m{i}\n")).collect();
    for n in 0..4 {
        put(format!("a/{deep}f{n}.py"), &imports);
    }
    put("b/other.py".to_owned(), "");
    let base = "a".parse().unwrap();
    let snapshot = acquire_local(folder.path(), Some(&base), &FetchLimits::default()).unwrap();
    assert_eq!(snapshot.files.len(), 4);
    assert!(
        snapshot.warnings[0].starts_with("not all that lies beside `a`"),
        "{:?}",
        snapshot.warnings
    );
}
