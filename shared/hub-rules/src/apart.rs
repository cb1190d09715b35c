//! Which files are not what a user runs. One answer for every rule.

/// Folders of tests, examples, measurements and documentation.
const FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "examples",
    "example",
    "benchmarks",
    "docs",
    "fixtures",
    "node_modules",
];

/// Ends of file names that are tests by the conventions of Go, Ruby, Java, Kotlin, PHP and C#.
const ENDS: &[&str] = &["_test.go", "_test.rb", "_spec.rb", "Test.java", "Test.kt", "Test.php", "Tests.cs"];

/// Tests, examples and documentation: not what a user runs.
pub(crate) fn is_apart(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    // Below the folder of a JVM project's own code are the parts of a package's name: `com/example/hub`.
    let folders = path.split_once("src/main/").map_or(path, |(before, _)| before);
    folders.split('/').any(|p| FOLDERS.contains(&p))
        || name.starts_with("test_")
        || name.contains(".test.")
        || name.contains(".spec.")
        || ENDS.iter().any(|e| name.ends_with(e))
}

#[cfg(test)]
mod tests {
    use super::is_apart;

    #[test]
    fn tests_of_every_language_are_apart_and_code_is_not() {
        for path in [
            "tests/a.py",
            "src/test_a.py",
            "src/a.test.ts",
            "pkg/tls_test.go",
            "lib/a_spec.rb",
            "src/main/FooTest.java",
            "docs/a.js",
            "examples/shop/src/main/java/App.java",
        ] {
            assert!(is_apart(path), "{path}");
        }
        for path in [
            "src/latest.py",
            "src/contest.ts",
            "src/testing.go",
            "a.rs",
            "attest/a.py",
            "src/main/java/com/example/App.java",
        ] {
            assert!(!is_apart(path), "{path}");
        }
    }
}
