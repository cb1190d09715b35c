//! A published file made from others is shown where it was written (`tests/maps/README.md` says how the files here were made).

use hub_analyze::testing::{scan_snapshot, snapshot};
use hub_model::{Finding, Location, Original, Report, SkipReason, Skipped, SourceMapOutcome};

const PACKAGE: &str = include_str!("../maps/package.json");
const INDEX: &str = include_str!("../maps/src/index.ts");
const HISTORY: &str = include_str!("../maps/src/history.ts");
const BUNDLED: &str = include_str!("../maps/bundled/index.js");
const BUNDLED_MAP: &str = include_str!("../maps/bundled/index.js.map");
const INLINE: &str = include_str!("../maps/inline/index.js");

fn scan(files: &[(&str, &str)]) -> Report {
    let mut all = vec![("package.json", PACKAGE)];
    all.extend_from_slice(files);
    scan_snapshot(&snapshot(&all)).unwrap_or_else(|e| panic!("the program is readable: {e}"))
}

fn bundled(map: &str) -> Report {
    scan(&[("dist/index.js", BUNDLED), ("dist/index.js.map", map)])
}

fn injection(report: &Report) -> &Finding {
    let mut found = report.findings.iter().filter(|f| f.rule_id == "shell-injection");
    found.next().unwrap_or_else(|| panic!("the shell injection: {:?}", report.findings))
}

fn original(at: Option<&Location>) -> &Original {
    let original = at.and_then(|at| at.original.as_deref());
    original.unwrap_or_else(|| panic!("an original of {at:?}"))
}

/// The place of `code` in a source, as an original says it.
fn place_of(file: &str, text: &str, code: &str) -> (String, u32, u32, String) {
    let (line, (row, column)) = text
        .lines()
        .enumerate()
        .find_map(|(row, line)| Some((line, (row, line[..line.find(code)?].chars().count()))))
        .unwrap_or_else(|| panic!("{code} in {file}"));
    (file.to_owned(), row as u32 + 1, column as u32 + 1, line.trim().to_owned())
}

fn told(original: &Original) -> (String, u32, u32, String) {
    (original.file.clone(), original.line, original.column, original.excerpt.clone())
}

/// How the map of `dist/index.js` ended.
fn outcome(report: &Report) -> (SourceMapOutcome, &str) {
    let used = report.coverage.source_maps.iter().find(|m| m.file.as_str() == "dist/index.js");
    used.map(|m| (m.outcome, m.reason.as_str()))
        .unwrap_or_else(|| panic!("a map: {:?}", report.coverage))
}

#[test]
fn a_minified_bundle_is_shown_as_it_was_written_and_as_it_was_published() {
    let report = bundled(BUNDLED_MAP);
    let finding = injection(&report);
    let call = place_of("src/history.ts", HISTORY, "run(command)");
    assert_eq!(told(original(finding.location.as_ref())), call);
    assert!(!original(finding.location.as_ref()).shipped);
    let at = finding.location.as_ref().map(ToString::to_string).unwrap_or_default();
    assert!(at.starts_with("src/history.ts:9 (dist/index.js:1:"), "{at}");
    let steps: Vec<_> = finding.flow.0.iter().map(|s| told(original(Some(&s.at)))).collect();
    assert!(steps.contains(&call), "{steps:?}");
    let files: Vec<&str> = steps.iter().map(|s| s.0.as_str()).collect();
    assert_eq!((files.first(), files.last()), (Some(&"src/index.ts"), Some(&"src/history.ts")));
    // The emoji before it is two units for a map and one character for a reader.
    let tool = report.inventory.tools[0].declared_at.as_ref();
    assert_eq!(told(original(tool)), place_of("src/index.ts", INDEX, "server.registerTool"));
    assert_eq!(outcome(&report), (SourceMapOutcome::Used, ""));
}

#[test]
fn a_map_moves_no_fingerprint_and_no_place_that_was_read() {
    let (with, without) = (bundled(BUNDLED_MAP), scan(&[("dist/index.js", BUNDLED)]));
    let ids = |r: &Report| -> Vec<(String, String)> {
        let at = |f: &Finding| {
            f.location
                .as_ref()
                .map(|l| format!("{}:{}:{}", l.file, l.line, l.column))
                .unwrap_or_default()
        };
        r.findings
            .iter()
            .filter(|f| f.rule_id != "opaque-content")
            .map(|f| (f.fingerprint.clone(), at(f)))
            .collect()
    };
    assert_eq!(ids(&with), ids(&without));
    assert_eq!(outcome(&without), (SourceMapOutcome::NotShipped, "it is not in what was scanned"));
    assert!(injection(&without).location.as_ref().is_some_and(|at| at.original.is_none()));
}

#[test]
fn a_map_in_the_file_itself_takes_its_lines_from_the_sources_beside_it() {
    let report = scan(&[("dist/index.js", INLINE)]);
    let (file, line, ..) = place_of("src/history.ts", HISTORY, "run(command)");
    let at = original(injection(&report).location.as_ref());
    assert_eq!((&at.file, at.line, at.excerpt.as_str(), at.shipped), (&file, line, "", false));
    let report = scan(&[("dist/index.js", INLINE), ("src/history.ts", HISTORY)]);
    let at = original(injection(&report).location.as_ref());
    assert_eq!((told(at), at.shipped), (place_of(&file, HISTORY, "run(command)"), true));
}

#[test]
fn what_a_compiler_writes_is_mapped_file_by_file() {
    let report = scan(&[
        ("dist/index.js", include_str!("../maps/compiled/index.js")),
        ("dist/index.js.map", include_str!("../maps/compiled/index.js.map")),
        ("dist/history.js", include_str!("../maps/compiled/history.js")),
        ("dist/history.js.map", include_str!("../maps/compiled/history.js.map")),
    ]);
    let steps: Vec<String> = injection(&report).flow.0.iter().map(|s| s.at.to_string()).collect();
    assert!(steps.first().is_some_and(|s| s.starts_with("src/index.ts:")), "{steps:?}");
    assert!(
        steps.last().is_some_and(|s| s.starts_with("src/history.ts:9 (dist/history.js:")),
        "{steps:?}"
    );
}

#[test]
fn sections_and_names_of_bundlers_lead_to_the_same_place() {
    let call = place_of("src/history.ts", HISTORY, "run(command)");
    let sections = format!(r#"{{"version":3,"sections":[{{"offset":{{"line":0,"column":0}},"map":{BUNDLED_MAP}}}]}}"#);
    let webpack = BUNDLED_MAP.replace("../src/history.ts", "webpack://notes/./src/history.ts?1a2b");
    let root = BUNDLED_MAP
        .replace("../src/", "")
        .replace("\"version\": 3,", "\"version\": 3, \"sourceRoot\": \"../src\",");
    for map in [&sections, &webpack, &root] {
        let report = bundled(map);
        assert_eq!(told(original(injection(&report).location.as_ref())), call, "{map}");
    }
    // A map that no comment names, beside its file.
    let unnamed = BUNDLED.replace("//# sourceMappingURL=index.js.map\n", "");
    let report = scan(&[("dist/index.js", &unnamed), ("dist/index.js.map", BUNDLED_MAP)]);
    assert_eq!(told(original(injection(&report).location.as_ref())), call);
}

#[test]
fn a_map_that_cannot_be_used_is_said_and_costs_nothing_else() {
    let mappings = r#""mappings":"AAAA""#;
    let cases = [
        ("{", "no source map"),
        ("[]", "no source map"),
        (r#"{"version":3,"sources":["a.ts"],"mappings":"AAAA,!!!!"}"#, "no source map"),
        (
            r#"{"version":3,"sources":["a.ts"],"mappings":"AAgggggggggggggggggggggggE"}"#,
            "no source map",
        ),
        (r#"{"version":3,"sources":[],"mappings":"AAAA"}"#, "no source map"),
        (
            r#"{"version":3,"sections":[{"offset":{"line":0,"column":0},"url":"https://example.com/a.map"}]}"#,
            "no address is followed",
        ),
        (
            r#"{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":{"version":3,"sections":[]}}]}"#,
            "sections are made of sections",
        ),
        (
            r#"{"version":3,"sources":["a.ts"],"sourcesContent":["x"],"mappings":"AAkDA"}"#,
            "past the end of the files it names",
        ),
    ];
    let deep = format!(
        "{}{}",
        r#"{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":"#.repeat(3_000),
        "}]}".repeat(3_000)
    );
    for (map, why) in cases.iter().map(|(m, w)| ((*m).to_owned(), *w)).chain([(deep, "no source map")]) {
        let report = bundled(&map);
        assert!(injection(&report).location.as_ref().is_some_and(|at| at.original.is_none()));
        let (outcome, reason) = outcome(&report);
        assert!(
            outcome == SourceMapOutcome::NotUsable && reason.contains(why),
            "{map:.200}: {reason}"
        );
        assert!(
            report
                .coverage
                .limits_hit
                .iter()
                .any(|l| l.contains("source map") && l.contains(why)),
            "{why}"
        );
    }
    // Names are names: they are shown, and lead to nothing outside of the tree.
    for (name, told) in [
        ("../../../../etc/passwd", "../../../../etc/passwd"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("https://example.com/a.ts", "https://example.com/a.ts"),
        ("a\\u001b[2Jb\\u202ec.ts", "dist/a\\u{1b}[2Jb\\u{202e}c.ts"),
    ] {
        let report = bundled(&format!(r#"{{"version":3,"sources":["{name}"],{mappings}}}"#));
        let at = original(injection(&report).location.as_ref());
        assert_eq!((at.file.as_str(), at.excerpt.as_str(), at.shipped), (told, "", false));
    }
    let far = BUNDLED.replace("sourceMappingURL=index.js.map", "sourceMappingURL=https://example.com/index.js.map");
    let report = scan(&[("dist/index.js", &far), ("dist/index.js.map", BUNDLED_MAP)]);
    assert!(outcome(&report).1.contains("no address is followed"), "{:?}", outcome(&report));
}

#[test]
fn a_map_that_was_too_large_to_read_is_not_called_missing() {
    let mut tree = snapshot(&[("package.json", PACKAGE), ("dist/index.js", BUNDLED)]);
    tree.skipped.push(Skipped {
        path: "dist/index.js.map".to_owned(),
        reason: SkipReason::TooLarge,
        bytes: Some(1 << 30),
    });
    let report = scan_snapshot(&tree).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(outcome(&report).0, SourceMapOutcome::NotUsable);
    assert!(outcome(&report).1.contains("larger than what is read"), "{:?}", outcome(&report));
}

#[test]
fn a_secret_is_not_shown_by_way_of_its_original() {
    let code = "const key = \"ghp_abcdefghijklmnopqrstuvwxyz0123456789\";\n";
    let map = serde_json::json!({
        "version": 3, "sources": ["../src/key.ts"], "sourcesContent": [code], "mappings": "AAAA,MAAM",
    });
    let report = scan(&[
        ("dist/index.js", BUNDLED),
        ("dist/key.js", &format!("{code}//# sourceMappingURL=key.js.map\n")),
        ("dist/key.js.map", &map.to_string()),
    ]);
    let found = report
        .findings
        .iter()
        .filter(|f| f.location.as_ref().is_some_and(|l| l.file.as_str() == "dist/key.js"));
    let told: Vec<String> = found.map(|f| original(f.location.as_ref()).file.clone()).collect();
    assert!(told.iter().any(|file| file == "src/key.ts"), "{told:?}");
    let printed = serde_json::to_string(&report).unwrap_or_default();
    assert!(!printed.contains("mnopqrstuvwxyz"), "{printed}");
}
