use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, OriginKind, RelPath, Severity, SkipReason};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// Content that runs and that nobody can read: Python bytecode, native libraries and programs, WebAssembly and Java archives for which the
    /// tree holds no source, and scripts that are minified without a source map or their source. All of one kind are one finding.
    /// ## Why it matters
    /// What such a file does was not looked at, neither by a scan nor by whoever reviewed the package.
    /// ## How to fix it
    /// Ship the source or a source map beside it, or build it where it is installed.
    /// ```index.min.js vulnerable
    /// var aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1;
    /// ```
    /// ```src/readable.js safe
    /// export const a = 1;
    /// ```
    pub struct OpaqueContent {
        id: "opaque-content",
        title: "Content that runs and cannot be read",
        category: SupplyChain,
        severity: Low,
        classes: &["D06", "S13"],
        references: &["https://cwe.mitre.org/data/definitions/829.html"],
    }
}

/// Mean length of a line from which on a script is taken for minified, in bytes; hand-written code has about 35.
const MINIFIED_LINE: usize = 500;

impl Rule for OpaqueContent {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(snapshot) = cx.snapshot else { return };
        let paths: BTreeSet<&str> = snapshot
            .files
            .iter()
            .map(|f| f.path.as_str())
            .chain(snapshot.skipped.iter().map(|s| s.path.as_str()))
            .collect();
        let with_source = paths.iter().any(|p| {
            let name = p.rsplit('/').next().unwrap_or(p);
            matches!(
                name,
                "Cargo.toml" | "binding.gyp" | "CMakeLists.txt" | "meson.build" | "go.mod" | "build.gradle" | "pom.xml"
            ) || [".c", ".cc", ".cpp", ".rs", ".pyx", ".zig"].iter().any(|e| name.ends_with(e))
        });
        let (mut bytecode, mut native, mut portable) = (Vec::new(), Vec::new(), Vec::new());
        for skipped in snapshot.skipped.iter().filter(|s| s.reason == SkipReason::Binary) {
            let path = skipped.path.as_str();
            if is_apart(path) {
                continue;
            }
            let Some((stem, ext)) = path.rsplit_once('.') else { continue };
            match ext.to_ascii_lowercase().as_str() {
                "pyc" | "pyo" if !paths.contains(format!("{stem}.py").as_str()) => bytecode.push(path),
                "node" | "so" | "dll" | "dylib" | "exe" | "pyd" if !with_source => native.push(path),
                "wasm" | "jar" | "war" if !with_source => portable.push(path),
                "class" if !paths.contains(format!("{stem}.java").as_str()) && !with_source => portable.push(path),
                _ => {}
            }
        }
        // A wheel is the place for what was built from an sdist.
        let built = if snapshot.origin.kind == OriginKind::Pypi {
            Severity::Info
        } else {
            Severity::Low
        };
        let minified: Vec<&str> = snapshot
            .files
            .iter()
            .filter(|f| is_minified(&f.path, &f.text) && !is_apart(f.path.as_str()))
            .map(|f| f.path.as_str())
            .filter(|p| !paths.contains(format!("{p}.map").as_str()) && !has_source_of(p, &paths))
            .collect();
        for (what, list, severity, key) in [
            ("Python bytecode without its source", bytecode, Severity::Low, "bytecode"),
            ("native code without its source", native, built, "native"),
            ("compiled archives without their source", portable, Severity::Info, "portable"),
            (
                "minified scripts without a source map or their source",
                minified,
                Severity::Info,
                "minified",
            ),
        ] {
            if list.is_empty() {
                continue;
            }
            let shown: Vec<&str> = list.iter().take(5).copied().collect();
            let more = list.len() - shown.len();
            out.report(Self::META)
                .title(format!("{} files hold {what}", list.len()).replacen("1 files hold", "One file holds", usize::from(list.len() == 1)))
                .evidence(format!(
                    "{}{}",
                    shown.join(", "),
                    if more > 0 { format!(" and {more} more") } else { String::new() }
                ))
                .severity(severity)
                .level(EvidenceLevel::Signal)
                .confidence(Confidence::High)
                .key(key)
                .add();
        }
    }
}

fn is_apart(path: &str) -> bool {
    hub_model::DependencyRef::of(path).is_some()
        || path.split('/').any(|p| {
            matches!(
                p,
                "test"
                    | "tests"
                    | "__tests__"
                    | "examples"
                    | "example"
                    | "fixtures"
                    | "testdata"
                    | "docs"
                    | "static"
                    | "public"
                    | "assets"
                    | "vendor"
                    | "third_party"
            )
        })
}

fn is_minified(path: &RelPath, text: &str) -> bool {
    path.extension().is_some_and(|e| matches!(e, "js" | "mjs" | "cjs"))
        && text.len() > 400
        && !text.contains("sourceMappingURL=data:")
        && text.len() / text.bytes().filter(|b| *b == b'\n').count().max(1) > MINIFIED_LINE
}

/// A source of the same name anywhere in the tree: `dist/x.min.js` and `src/x.ts`.
fn has_source_of(path: &str, paths: &BTreeSet<&str>) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    paths.iter().any(|p| {
        let other = p.rsplit('/').next().unwrap_or(p);
        *p != path
            && other.split('.').next() == Some(stem)
            && [".ts", ".tsx", ".mts", ".jsx"].iter().any(|e| other.ends_with(e))
            && !other.ends_with(".d.ts")
            && !other.ends_with(".d.mts")
    })
}
