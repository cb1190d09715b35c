//! Small servers in pairs (`tests/flows/*.md`): the faulty one is found by the rule named, the mended one is not.
//!
//! A case is `## what it is about: rule-id` and two fenced blocks, `vulnerable` and `safe`, written for the cause and not after any server.

use hub_analyze::testing::scan_source;

pub(crate) const FILES: [(&str, &str); 13] = [
    ("commands.md", include_str!("../flows/commands.md")),
    ("paths.md", include_str!("../flows/paths.md")),
    ("requests.md", include_str!("../flows/requests.md")),
    ("code.md", include_str!("../flows/code.md")),
    ("guards.md", include_str!("../flows/guards.md")),
    ("access.md", include_str!("../flows/access.md")),
    ("families.md", include_str!("../flows/families.md")),
    ("go.md", include_str!("../flows/go.md")),
    ("rust.md", include_str!("../flows/rust.md")),
    ("jvm.md", include_str!("../flows/jvm.md")),
    ("csharp.md", include_str!("../flows/csharp.md")),
    ("php.md", include_str!("../flows/php.md")),
    ("ruby.md", include_str!("../flows/ruby.md")),
];

pub(crate) struct Case<'a> {
    name: &'a str,
    rule: &'a str,
    pub(crate) language: &'a str,
    pub(crate) vulnerable: bool,
    pub(crate) code: String,
}

pub(crate) fn cases(text: &str) -> Vec<Case<'_>> {
    let mut out = Vec::new();
    let (mut name, mut rule) = ("", "");
    let mut open: Option<Case<'_>> = None;
    for line in text.lines() {
        if let Some(case) = &mut open {
            if line == "```" {
                out.extend(open.take());
            } else {
                case.code.push_str(line);
                case.code.push('\n');
            }
        } else if let Some(heading) = line.strip_prefix("## ") {
            (name, rule) = heading.rsplit_once(": ").unwrap_or_else(|| panic!("`{heading}` names no rule"));
        } else if let Some(info) = line.strip_prefix("```") {
            let (language, level) = info.split_once(' ').unwrap_or_else(|| panic!("{name}: `{info}` has no level"));
            open = Some(Case {
                name,
                rule,
                language,
                vulnerable: level == "vulnerable",
                code: String::new(),
            });
        }
    }
    out
}

#[test]
fn every_faulty_server_is_found_and_no_mended_one_is() {
    let mut wrong = Vec::new();
    let mut total = 0;
    for (file, text) in FILES {
        for case in cases(text) {
            total += 1;
            let found: Vec<String> = match scan_source(case.language, &case.code) {
                Ok(report) => report.findings.into_iter().map(|f| f.rule_id).collect(),
                Err(e) => {
                    wrong.push(format!("{file}: {}: {e}", case.name));
                    continue;
                }
            };
            if found.iter().any(|r| r == case.rule) != case.vulnerable {
                let what = if case.vulnerable { "missed" } else { "false" };
                wrong.push(format!(
                    "{what} {file}: {} ({}, {}): found {found:?}",
                    case.name, case.language, case.rule
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {total} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
