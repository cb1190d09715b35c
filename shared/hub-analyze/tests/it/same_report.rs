//! The same tree gives the same report, byte for byte.

use crate::flows::{FILES, cases};
use hub_analyze::testing::{python_file, scan_snapshot, script_file, snapshot};

#[test]
fn a_tree_of_many_files_gives_the_same_bytes_on_every_run_and_any_number_of_threads() {
    let cases = FILES.iter().flat_map(|(_, text)| cases(text));
    let faulty = cases.filter(|c| c.vulnerable && ["py", "ts"].contains(&c.language));
    let files: Vec<(String, String)> = faulty
        .enumerate()
        .map(|(i, case)| {
            let text = if case.language == "py" {
                python_file(&case.code)
            } else {
                script_file(&case.code)
            };
            (format!("servers/s{i}.{}", case.language), text)
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, code)| (path.as_str(), code.as_str())).collect();
    let tree = snapshot(&files);
    let report = || serde_json::to_string(&scan_snapshot(&tree).expect("a server")).expect("a report is JSON");
    let first = report();
    assert!(
        first.contains("shell-injection") && first.contains(".py\"") && first.contains(".ts\""),
        "{first}"
    );
    for threads in [1, 2, 4] {
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(report)).collect();
            for run in running {
                assert!(run.join().expect("a report") == first, "another report on one of {threads} threads");
            }
        });
    }
}
