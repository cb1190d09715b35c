//! The rule book: `docs/rules/` and `mcp-hub rules`, printed from the rules' own declarations.

use hub_engine::catalogue::find_class;
use hub_engine::{Level, Needs, RuleMeta};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One page of the book: file name below `docs/rules/`, and its markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub file: String,
    pub markdown: String,
}

/// All pages: `README.md` (the index) and one per rule.
#[must_use]
pub fn pages() -> Vec<Page> {
    let mut pages = vec![Page {
        file: "README.md".to_owned(),
        markdown: index(),
    }];
    pages.extend(metas().map(|meta| Page {
        file: format!("{}.md", meta.id),
        markdown: page(meta),
    }));
    pages
}

/// The index: one line per rule, by category.
#[must_use]
pub fn index() -> String {
    let mut out = String::from("# Rules\n\nPrinted from the rule files by `mcp-hub rules`; do not edit.\n");
    let mut category = None;
    for meta in metas() {
        if category != Some(meta.category) {
            category = Some(meta.category);
            let _ = write!(
                out,
                "\n## {}\n\n| rule | severity | classes | what is wrong |\n|---|---|---|---|\n",
                meta.category
            );
        }
        let _ = writeln!(
            out,
            "| [{id}]({id}.md) | {} | {} | {} |",
            meta.severity,
            meta.classes.join(" "),
            meta.title,
            id = meta.id
        );
    }
    out
}

/// The page of one rule.
#[must_use]
pub fn page(meta: &RuleMeta) -> String {
    let mut out = format!("# {}\n\n{}.\n\n", meta.id, meta.title);
    let _ = writeln!(out, "| category | severity | looks at | since |\n|---|---|---|---|");
    let _ = writeln!(
        out,
        "| {} | {} | {} | {} |\n",
        meta.category,
        meta.severity,
        looks_at(meta.needs()),
        meta.since
    );
    for class in meta.classes.iter().filter_map(|id| find_class(id)) {
        let _ = writeln!(
            out,
            "- {} {}: {}",
            class.id,
            class.name,
            mappings(class.owasp_mcp, class.owasp_llm, class.cwe, class.safe_mcp)
        );
    }
    let _ = write!(out, "\n{}\n", meta.text());
    for (level, heading) in [(Level::Vulnerable, "Found"), (Level::Safe, "Not found")] {
        let examples: Vec<_> = meta.examples().into_iter().filter(|e| e.level == level).collect();
        if !examples.is_empty() {
            let _ = write!(out, "\n## {heading}\n");
        }
        for example in examples {
            let _ = write!(out, "```{}\n{}```\n", example.language, example.code);
        }
    }
    if !meta.references.is_empty() {
        out.push_str("\n## References\n");
        for reference in meta.references {
            let _ = writeln!(out, "- {reference}");
        }
    }
    out
}

/// The whole book as JSON.
#[must_use]
pub fn json() -> Value {
    let rules: Vec<Value> = metas()
        .map(|m| {
            json!({
                "id": m.id, "title": m.title, "category": m.category, "severity": m.severity, "classes": m.classes,
                "needs": looks_at(m.needs()), "since": m.since, "doc": m.text(),
                "remediation": m.section("How to fix it"), "references": m.references,
            })
        })
        .collect();
    json!({ "version": crate::VERSION, "rules": rules })
}

fn metas() -> impl Iterator<Item = &'static RuleMeta> {
    crate::all().iter().map(|r| r.meta())
}

fn looks_at(needs: Needs) -> &'static str {
    match needs {
        Needs::Metadata => "names, texts and schemas",
        Needs::Source => "source code",
        Needs::Endpoint => "the live endpoint",
        Needs::ExpectedTools => "the live list and the tools you expect",
        Needs::PublishedSource => "the live list and the published source that the server names",
        Needs::EarlierScan => "this scan and an earlier one",
        Needs::ClientConfig => "a client configuration",
        Needs::Advisories => "advisories about packages",
        Needs::Registry => "what the registry says of the package",
        Needs::Repository => "the package's repository",
        Needs::OtherServers => "servers that are used together",
    }
}

fn mappings(mcp: &[&str], llm: &[&str], cwe: &[u32], safe: &[&str]) -> String {
    let cwe: Vec<String> = cwe.iter().map(|n| format!("CWE-{n}")).collect();
    [
        mcp.iter().chain(llm).copied().collect::<Vec<_>>().join(", "),
        cwe.join(", "),
        safe.join(", "),
    ]
    .into_iter()
    .filter(|s| !s.is_empty())
    .collect::<Vec<_>>()
    .join(" · ")
}
