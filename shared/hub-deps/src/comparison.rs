//! A published package's files against its repository's: what is in the one and not in the other.

use hub_model::{MAX_DIFFERENCES, RelPath, RepositoryComparison, SourceFile};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Files that run; the rest (texts, types, data) is not compared.
const CODE: &[&str] = &[
    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "py", "pyw", "sh", "bash", "ps1", "bat", "cmd", "rb", "php",
];
/// What a source of scripts may be called.
const SOURCES: &[&str] = &["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "vue", "svelte", "coffee"];
/// Folders in which builds leave what they make.
const BUILT: &[&str] = &[
    "dist", "build", "lib", "out", "output", "cjs", "esm", "es", "umd", "bundle", "bundles", "_build", "compiled", "release", "prod",
];
/// At this share of built files with a source of their own, a build makes one file of one: then a file without one stands out.
const ONE_TO_ONE: f64 = 0.6;

/// What the comparison says. The addresses and the commit are left to whoever fetched them.
#[must_use]
pub fn compare_with_repository(package: &[SourceFile], repository: &[SourceFile]) -> RepositoryComparison {
    let there = Repository::of(repository, package);
    let mut out = RepositoryComparison::default();
    let mut pairs: Vec<&SourceFile> = Vec::new();
    let (mut open, mut paired) = (Vec::new(), 0_u64);
    for file in package.iter().filter(|f| is_code(&f.path)) {
        let path = file.path.as_str();
        if there.holds(&file.text) || is_generated(file) {
            out.same += 1;
            paired += u64::from(is_built(path));
            continue;
        }
        if let Some(counterpart) = there.at(path) {
            // The same place, another text: a build that writes beside its source keeps the name and not the language.
            if is_built(path) {
                pairs.push(file);
            } else {
                note(&mut out.changed, counterpart.to_owned(), &mut out.more);
            }
        } else if there.has_source_of(path) {
            pairs.push(file);
        } else {
            open.push(file);
        }
    }
    out.same += pairs.len() as u64;
    paired += pairs.len() as u64;
    // Built files that nothing in the repository can be held against: chunks and bundles, unless the build makes one of one.
    let built: Vec<&&SourceFile> = open.iter().filter(|f| is_built(f.path.as_str())).collect();
    #[allow(clippy::cast_precision_loss)] // numbers of files
    let one_to_one = paired > 0 && paired as f64 / (paired + built.len() as u64) as f64 >= ONE_TO_ONE;
    for file in &open {
        if is_built(file.path.as_str()) && !one_to_one && !there.has_folder_of(file.path.as_str()) {
            out.bundled += 1;
        } else {
            note(&mut out.only_in_package, file.path.to_string(), &mut out.more);
        }
    }
    for file in pairs {
        for host in hosts(&file.text) {
            if !there.names(&host) {
                note(&mut out.added_hosts, format!("{}: {host}", file.path), &mut out.more);
            }
        }
    }
    out.added_in_manifest = there.added_in(package);
    out
}

fn note(list: &mut Vec<String>, what: String, more: &mut u64) {
    if list.len() < MAX_DIFFERENCES {
        list.push(what);
    } else {
        *more += 1;
    }
}

fn is_code(path: &RelPath) -> bool {
    let name = path.file_name();
    !name.ends_with(".d.ts")
        && !name.ends_with(".d.mts")
        && !name.ends_with(".d.cts")
        && hub_model::DependencyRef::of(path.as_str()).is_none()
        && path.extension().is_some_and(|e| CODE.contains(&e.to_ascii_lowercase().as_str()))
}

fn is_built(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|p| {
        let p = p.to_ascii_lowercase();
        BUILT.contains(&p.as_str()) || p.starts_with("dist-") || p.starts_with("build-")
    })
}

/// What publishing tools write themselves, by what it says: a name is no proof of anything.
fn is_generated(file: &SourceFile) -> bool {
    let (name, text) = (file.path.file_name(), &*file.text);
    match name {
        _ if text.trim().is_empty() => true,
        "_version.py" | "version.py" | "_version.ts" | "version.js" | "version.ts" => says_only_a_version(text),
        // The sdist's own stub.
        "setup.py" => text.lines().map(str::trim).all(|line| {
            line.is_empty()
                || line.starts_with('#')
                || matches!(
                    line,
                    "import setuptools" | "from setuptools import setup" | "setup()" | "setuptools.setup()"
                )
                || matches!(line, "if __name__ == \"__main__\":" | "if __name__ == '__main__':")
        }),
        _ if name.ends_with("_pb2.py") || name.ends_with("_pb2_grpc.py") => is_protocol(text),
        _ => false,
    }
}

/// Assignments of texts and numbers: nothing is called, nothing of elsewhere is run.
fn says_only_a_version(text: &str) -> bool {
    const MARK: &str = "Object.defineProperty(exports, \"\", { value: true })";
    let Some(code) = bare(text).filter(|_| text.len() < 2_000) else {
        return false;
    };
    let code = code.replace(MARK, "");
    // `from typing import Tuple` is there for whoever checks types.
    let types = |line: &str| line.starts_with("from typing import ") || line == "from __future__ import annotations";
    let runs = |w: &str| matches!(w, "import" | "from" | "require" | "new" | "class" | "def" | "function" | "lambda");
    let lines = code.lines().map(str::trim).filter(|line| !types(line));
    !calls(&code) && !code.contains(['`', '@', '>']) && !lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric())).any(runs)
}

/// Whether anything is called: a parenthesis right after a name, a bracket or another parenthesis.
fn calls(code: &str) -> bool {
    let called = |(at, _)| {
        let before = code[..at].trim_end();
        before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | ')' | ']' | '}' | '"'))
    };
    code.match_indices('(').any(called)
}

/// What the compilers of protocol buffers and gRPC write: it imports nothing but their libraries and its like, and uses nothing
/// by which more could be reached.
fn is_protocol(text: &str) -> bool {
    const MORE: &[&str] = &[
        "exec",
        "eval",
        "compile",
        "open",
        "locals",
        "vars",
        "getattr",
        "setattr",
        "modules",
        "importlib",
        "builtins",
        "os",
        "subprocess",
        "socket",
        "insecure_channel",
        "secure_channel",
        "environ",
        "ctypes",
        "pickle",
        "marshal",
        "breakpoint",
        "input",
    ];
    let Some(code) = bare(text) else { return false };
    let imports = code
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("import ") || line.starts_with("from "));
    let mut imports = imports.map(|line| {
        let mut words = line.split_whitespace();
        let (_, from) = (words.next(), words.next().unwrap_or_default());
        let known =
            matches!(from, "grpc" | "grpc.experimental" | "sys" | "warnings" | "typing" | "__future__") || from.starts_with("google.");
        (known || line.contains("_pb2")) && !line.contains([';', ','])
    });
    // `_globals['_X']._serialized_start = 47`, and the table of names handed to the library: nothing is taken out of it.
    let mut globals = code.lines().map(str::trim).filter(|line| line.contains("globals"));
    let fills = |line: &str| line == "_globals = globals()" || line.starts_with("_builder.") || line.starts_with("_globals[\"\"]._");
    let mut words = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    text.contains("DO NOT EDIT!")
        && globals.all(fills)
        && imports.all(|known| known)
        && !words.any(|word| {
            MORE.contains(&word)
                || word.starts_with("__") && word.ends_with("__") && !matches!(word, "__module__" | "__doc__" | "__init__" | "__name__")
        })
}

/// Code without comments, its texts emptied; none when a text holds code of its own or has no end. Good for small plain files:
/// `#` and `//` both begin a comment.
fn bare(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '#', '/']) {
        out.push_str(&rest[..at]);
        let from = &rest[at..];
        let end_of_line = from.find('\n').unwrap_or(from.len());
        rest = if from.starts_with("/*") {
            from.split_once("*/")?.1
        } else if from.starts_with('#') || from.starts_with("//") {
            &from[end_of_line..]
        } else if let Some(divided) = from.strip_prefix('/') {
            out.push('/');
            divided
        } else {
            let quote = ["\"\"\"", "\'\'\'", "\"", "\'"].into_iter().find(|quote| from.starts_with(quote))?;
            // `f"{run()}"` runs.
            if out.ends_with(['f', 'F', 't', 'T']) || out.ends_with("fr") || out.ends_with("fR") {
                return None;
            }
            out.push_str("\"\"");
            after_text(&from[quote.len()..], quote)?
        };
    }
    out.push_str(rest);
    Some(out)
}

/// What follows a text after its closing quote.
fn after_text<'t>(text: &'t str, quote: &str) -> Option<&'t str> {
    let mut at = 0;
    loop {
        at += text[at..].find([quote.chars().next()?, '\\', '\n'])?;
        match &text[at..] {
            rest if rest.starts_with(quote) => return Some(&rest[quote.len()..]),
            rest if rest.starts_with('\\') => at += 1 + rest[1..].chars().next()?.len_utf8(),
            rest if rest.starts_with('\n') && quote.len() == 1 => return None,
            _ => at += 1,
        }
    }
}

/// Line ends and trailing blanks are no difference.
fn normal(text: &str) -> String {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// The path without its ending.
fn stem(path: &str) -> &str {
    let name = path.rfind('/').map_or(0, |i| i + 1);
    path[name..].rfind('.').map_or(path, |i| &path[..name + i])
}

/// The path itself, and what is left of it without its first folders.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once(path).chain(path.match_indices('/').map(|(i, _)| &path[i + 1..]))
}

struct Repository<'a> {
    files: &'a [SourceFile],
    texts: BTreeSet<String>,
    paths: BTreeSet<&'a str>,
    /// Sources of scripts without their endings, each with every end of its path: `src/a/b`, `a/b`, `b`.
    stems: HashSet<&'a str>,
    /// Python's files by every end of their paths.
    modules: HashMap<&'a str, &'a str>,
    folders: BTreeSet<&'a str>,
    /// The folder of the package inside the repository, with a slash at its end; "" for the top.
    base: String,
    hosts: BTreeSet<String>,
    manifest: Option<Value>,
}

impl<'a> Repository<'a> {
    fn of(files: &'a [SourceFile], package: &[SourceFile]) -> Self {
        let manifest_of = |files: &[SourceFile]| {
            let top = files.iter().find(|f| f.path.as_str() == "package.json")?;
            serde_json::from_str::<Value>(&top.text).ok()
        };
        let name = manifest_of(package).and_then(|m| Some(m.get("name")?.as_str()?.to_owned()));
        let own = files.iter().filter(|f| f.path.file_name() == "package.json").find_map(|f| {
            let manifest: Value = serde_json::from_str(&f.text).ok()?;
            (manifest.get("name")?.as_str()? == name.as_deref()?).then_some((f, manifest))
        });
        let base = own.as_ref().map_or("", |(f, _)| f.path.parent());
        let (mut stems, mut modules) = (HashSet::new(), HashMap::new());
        for f in files {
            let path = f.path.as_str();
            match f.path.extension() {
                Some("py") => modules.extend(ends(path).map(|end| (end, path))),
                Some(e) if SOURCES.contains(&e) => stems.extend(ends(stem(path))),
                _ => {}
            }
        }
        Self {
            files,
            texts: files.iter().filter(|f| is_code(&f.path)).map(|f| normal(&f.text)).collect(),
            paths: files.iter().map(|f| f.path.as_str()).collect(),
            stems,
            modules,
            folders: files.iter().map(|f| f.path.parent()).collect(),
            base: if base.is_empty() { String::new() } else { format!("{base}/") },
            hosts: files.iter().flat_map(|f| hosts(&f.text)).collect(),
            manifest: own.map(|(_, m)| m),
        }
    }

    fn holds(&self, text: &str) -> bool {
        self.texts.contains(&normal(text))
    }

    /// The file of that place: below the package's folder, at the top, or below the usual folder of Python's sources.
    fn at(&self, path: &str) -> Option<&'a str> {
        let places = [format!("{}{path}", self.base), path.to_owned(), format!("src/{path}")];
        let exact = places.iter().find_map(|p| self.paths.get(p.as_str()).copied());
        // A package of Python lies anywhere in a repository of several, always below a folder of its name.
        exact.or_else(|| self.modules.get(path).copied().filter(|_| path.contains('/')))
    }

    /// A folder of built files is itself kept in the repository, so that what is missing there is missing.
    fn has_folder_of(&self, path: &str) -> bool {
        let folder = path.rsplit_once('/').map_or("", |(f, _)| f);
        !folder.is_empty() && self.folders.contains(format!("{}{folder}", self.base).as_str())
    }

    /// A source with the same name, and the same folders above it but for the first that the build renames.
    fn has_source_of(&self, path: &str) -> bool {
        let parts: Vec<&str> = stem(path).split('/').collect();
        let built = parts.iter().position(|p| BUILT.contains(&p.to_ascii_lowercase().as_str()));
        let after = |from: usize| parts.get(from..).map(|p| p.join("/")).unwrap_or_default();
        let mut inner = vec![after(built.map_or(0, |i| i + 1))];
        // `dist/src/x.js`, `dist/esm/x.js`.
        if let Some(i) = built {
            inner.extend((i + 2..parts.len()).take(2).map(after));
        }
        inner.iter().any(|i| self.stems.contains(i.as_str()))
    }

    fn names(&self, host: &str) -> bool {
        self.hosts.contains(host)
    }

    /// Dependencies and install scripts that the package's manifest has and the repository's has not.
    fn added_in(&self, package: &[SourceFile]) -> Vec<String> {
        let manifest = package.iter().find(|f| f.path.as_str() == "package.json");
        let manifest: Option<Value> = manifest.and_then(|f| serde_json::from_str(&f.text).ok());
        let (Some(theirs), Some(ours)) = (&self.manifest, &manifest) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        let names = |m: &Value, keys: &[&str]| -> BTreeSet<String> {
            keys.iter()
                .filter_map(|k| m.get(*k)?.as_object())
                .flat_map(|o| o.keys().cloned())
                .collect()
        };
        const RUN: &[&str] = &["dependencies", "optionalDependencies", "peerDependencies"];
        let known = names(
            theirs,
            &["dependencies", "optionalDependencies", "peerDependencies", "devDependencies"],
        );
        // A repository of several packages may keep them in the manifest at its top.
        let top: BTreeSet<String> = self
            .files
            .iter()
            .filter(|f| f.path.as_str() == "package.json")
            .filter_map(|f| serde_json::from_str::<Value>(&f.text).ok())
            .flat_map(|m| names(&m, RUN))
            .collect();
        for name in names(ours, RUN) {
            if !known.contains(&name) && !top.contains(&name) && out.len() < MAX_DIFFERENCES {
                out.push(format!(
                    "dependency {}",
                    name.chars().filter(|c| !c.is_control()).take(200).collect::<String>()
                ));
            }
        }
        let scripts: BTreeMap<&str, &str> = ["preinstall", "install", "postinstall"]
            .into_iter()
            .filter_map(|hook| Some((hook, ours.get("scripts")?.get(hook)?.as_str()?)))
            .collect();
        for (hook, command) in scripts {
            if theirs.get("scripts").and_then(|s| s.get(hook)).and_then(Value::as_str) != Some(command) {
                out.push(format!(
                    "{hook}: {}",
                    command.chars().filter(|c| !c.is_control()).take(200).collect::<String>()
                ));
            }
        }
        out
    }
}

/// Hosts that a text names in addresses, in lower case; at most 500.
fn hosts(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for (at, _) in text.match_indices("://").take(5_000) {
        if !(text[..at].ends_with("http") || text[..at].ends_with("https") || text[..at].ends_with("wss") || text[..at].ends_with("ws")) {
            continue;
        }
        let rest = &text[at + 3..];
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
            .unwrap_or(rest.len());
        let host = rest[..end].trim_end_matches('.').to_ascii_lowercase();
        if host.contains('.') && out.len() < 500 {
            out.insert(host);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Vec<SourceFile> {
        list.iter()
            .map(|(path, text)| SourceFile {
                path: path.parse().unwrap(),
                text: (*text).into(),
            })
            .collect()
    }

    const THEIRS: &[(&str, &str)] = &[
        (
            "package.json",
            r#"{"name": "p", "dependencies": {"zod": "3"}, "scripts": {"build": "tsc"}}"#,
        ),
        ("src/index.ts", "import './tools/a.js';\r\nfetch('https://api.example.com/x');\r\n"),
        ("src/tools/a.ts", "export const a = 1;"),
        ("bin/cli.js", "require('../dist/index.js');\n"),
        ("py/pkg/mod.py", "A = 1\n"),
    ];

    #[test]
    fn what_was_built_from_the_repository_is_no_difference() {
        let ours = files(&[
            (
                "package.json",
                r#"{"name": "p", "dependencies": {"zod": "3"}, "scripts": {"build": "tsc"}}"#,
            ),
            ("dist/index.js", "import './tools/a.js';\nfetch('https://api.example.com/x');\n"),
            ("dist/index.d.ts", "export {};"),
            ("dist/esm/tools/a.js", "export const a = 1;"),
            ("bin/cli.js", "require('../dist/index.js');\r\n"),
            ("pkg/mod.py", "A = 1"),
        ]);
        let out = compare_with_repository(&ours, &files(THEIRS));
        assert_eq!(
            out,
            RepositoryComparison {
                same: 4,
                ..RepositoryComparison::default()
            }
        );
    }

    #[test]
    fn what_is_only_in_the_package_is_told() {
        let ours = files(&[
            (
                "package.json",
                r#"{"name": "p", "dependencies": {"zod": "3", "flat-stream": "1"}, "scripts": {"build": "tsc", "postinstall": "node setup.js"}}"#,
            ),
            ("setup.js", "steal();"),
            (
                "dist/index.js",
                "fetch('https://collect.example.net/'); fetch('https://api.example.com/x');",
            ),
            ("dist/tools/a.js", "export const a = 1;"),
            ("dist/tools/hidden.js", "steal();"),
            ("bin/cli.js", "require('../dist/other.js');\n"),
        ]);
        let out = compare_with_repository(&ours, &files(THEIRS));
        assert_eq!(out.only_in_package, ["setup.js", "dist/tools/hidden.js"]);
        assert_eq!(out.changed, ["bin/cli.js"]);
        assert_eq!(out.added_hosts, ["dist/index.js: collect.example.net"]);
        assert_eq!(out.added_in_manifest, ["dependency flat-stream", "postinstall: node setup.js"]);
        assert_eq!((out.same, out.bundled), (2, 0));
    }

    #[test]
    fn a_name_of_generated_files_hides_nothing() {
        let steals = "import os\n__version__ = '1.0'\nos.system('steal')\n";
        let ours = files(&[
            ("pkg/_version.py", steals),
            ("pkg/version.py", "__version__ = f'{steal()}'\n"),
            (
                "pkg/a_pb2.py",
                &format!("# Generated by the protocol buffer compiler.  DO NOT EDIT!\n{steals}"),
            ),
            ("pkg/b_pb2_grpc.py", "# DO NOT EDIT!\nimport grpc, os\n"),
            ("pkg/c_pb2.py", "# DO NOT EDIT!\nimport grpc\ngetattr(grpc, 'x')\n"),
            (
                "pkg/d_pb2.py",
                "# DO NOT EDIT!\n_globals = globals()\nrun = _globals['__builtins__']['exec']\nrun('steal')\n",
            ),
            ("setup.py", "import setup_helper\n"),
            ("version.js", "fetch('https://collect.example.net')"),
            ("version.ts", "import './hidden.js'; export const version = '1';"),
        ]);
        let out = compare_with_repository(&ours, &files(THEIRS));
        assert_eq!((out.same, out.only_in_package.len()), (0, ours.len()), "{out:?}");
    }

    #[test]
    fn what_publishing_tools_write_is_no_difference() {
        let scm = "# file generated by setuptools-scm\n__all__ = [\"__version__\"]\nTYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Tuple\n    V = Tuple[int, str]\nelse:\n    V = object\n__version__ = version = '1.2.3+(dirty)'\nversion_tuple = (1, 2, 3)\n";
        let ours = files(&[
            ("pkg/_version.py", scm),
            (
                "pkg/version.py",
                "\"\"\"The (only) version.\"\"\"\n__version__ = \"1.0\"  # set by hatch\n",
            ),
            (
                "version.js",
                "\"use strict\";\nObject.defineProperty(exports, \"__esModule\", { value: true });\nexports.VERSION = void 0;\nexports.VERSION = '1.0'; // by the build\n",
            ),
            (
                "pkg/a_pb2.py",
                "# -*- coding: utf-8 -*-\n# Generated by the protocol buffer compiler.  DO NOT EDIT!\nfrom google.protobuf import descriptor_pool as _descriptor_pool\nfrom pkg import base_pb2 as base__pb2\nDESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(b'\\n\\x07os.exec')\n_globals = globals()\n_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)\n_globals['_A']._serialized_start=47\n",
            ),
            ("setup.py", "from setuptools import setup\n\nsetup()\n"),
            ("pkg/__init__.py", "\n"),
        ]);
        let out = compare_with_repository(&ours, &files(THEIRS));
        assert_eq!((out.same, out.only_in_package.len()), (ours.len() as u64, 0), "{out:?}");
    }

    #[test]
    fn a_bundle_is_counted_and_not_held_against_a_source() {
        let ours = files(&[("dist/server.mjs", "everything();"), ("dist/chunk-AB12.mjs", "more();")]);
        let out = compare_with_repository(&ours, &files(THEIRS));
        assert_eq!((out.bundled, out.only_in_package.len()), (2, 0));
    }
}
