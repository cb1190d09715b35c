//! What a part of a tree is made of besides itself. With a base path only that part is wanted, but a server in a monorepo is often
//! built from packages that lie next to it. Manifests and imports say which; they are read as text, nothing is parsed or run.

mod names;
mod references;

use hub_model::RelPath;
use names::Names;
use references::{Lookups, references};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// A place outside of the base path that belongs to what is built there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A folder with all that is below it.
    Tree(String),
    /// The files of a folder, without its folders: a package of Go.
    Folder(String),
    File(String),
}

impl Place {
    fn holds(&self, path: &RelPath) -> bool {
        match self {
            Self::Tree(dir) => is_below(dir, path.as_str()),
            Self::Folder(dir) => path.parent() == dir,
            Self::File(file) => path.as_str() == file,
        }
    }
}

fn is_below(dir: &str, path: &str) -> bool {
    dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path relative to a folder, without `.` and `..`; none when it leaves the tree.
fn join(dir: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|s| !s.is_empty()).collect();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// Files beside a base path.
pub(crate) struct Needed {
    pub(crate) files: BTreeMap<RelPath, String>,
    /// Not all references could be followed.
    pub(crate) is_cut: bool,
}

/// Files in the order of their paths.
type Sorted<'f> = BTreeMap<&'f str, (&'f RelPath, &'f String)>;

/// Keeps of the files `beside` the base path those that what lies below it is built from. `own`: the files below it, and the
/// manifests above.
pub(crate) fn needed(base: &RelPath, own: &BTreeMap<RelPath, String>, beside: BTreeMap<RelPath, String>) -> Needed {
    let names = Names::of(own.iter().chain(&beside));
    let sorted: Sorted<'_> = beside.iter().map(|(path, text)| (path.as_str(), (path, text))).collect();
    let lookups = Lookups::new();
    let mut places: BTreeSet<Place> = BTreeSet::new();
    let mut kept: BTreeSet<&RelPath> = BTreeSet::new();
    let below = own.iter().filter(|(path, _)| is_below(base.as_str(), path.as_str()));
    let mut todo: Vec<(&RelPath, &String)> = below.collect();
    if let Some(place) = names.crate_around(base) {
        places.insert(Place::Tree(place.clone()));
        take(&Place::Tree(place), &sorted, &mut kept, &mut todo);
    }
    while let Some((path, text)) = todo.pop() {
        for place in references(path, text, &names, &lookups) {
            let outside = match &place {
                Place::Tree(dir) | Place::Folder(dir) => !is_below(base.as_str(), dir),
                Place::File(file) => !is_below(base.as_str(), file),
            };
            // A folder above the base path would be the whole tree again.
            let above = matches!(&place, Place::Tree(dir) if is_below(dir, base.as_str()));
            if outside && !above && places.insert(place.clone()) {
                take(&place, &sorted, &mut kept, &mut todo);
            }
        }
    }
    let kept: BTreeSet<RelPath> = kept.into_iter().cloned().collect();
    Needed {
        files: beside.into_iter().filter(|(path, _)| kept.contains(path)).collect(),
        is_cut: lookups.is_over(),
    }
}

fn take<'f>(place: &Place, beside: &Sorted<'f>, kept: &mut BTreeSet<&'f RelPath>, todo: &mut Vec<(&'f RelPath, &'f String)>) {
    let mut keep = |(path, text): (&'f RelPath, &'f String)| {
        if place.holds(path) && kept.insert(path) {
            todo.push((path, text));
        }
    };
    let dir = match place {
        Place::File(file) => {
            beside.get(file.as_str()).copied().into_iter().for_each(keep);
            return;
        }
        Place::Tree(dir) | Place::Folder(dir) if dir.is_empty() => String::new(),
        Place::Tree(dir) | Place::Folder(dir) => format!("{dir}/"),
    };
    // What lies below a folder stands together in the order of the paths.
    let from = beside.range::<str, _>((Bound::Included(dir.as_str()), Bound::Unbounded));
    from.take_while(|(path, _)| path.starts_with(&dir))
        .for_each(|(_, file)| keep(*file));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A base path, the files of a tree, and those that are kept from beside it.
    type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

    fn kept(base: &str, files: &[(&str, &str)]) -> Vec<String> {
        let base: RelPath = base.parse().unwrap();
        let (mut own, mut beside) = (BTreeMap::new(), BTreeMap::new());
        for (path, text) in files {
            let path: RelPath = path.parse().unwrap();
            let above = path.parent().is_empty() && crate::select::is_manifest(&path.file_name().to_ascii_lowercase());
            let of = if above || is_below(base.as_str(), path.as_str()) {
                &mut own
            } else {
                &mut beside
            };
            of.insert(path, (*text).to_owned());
        }
        needed(&base, &own, beside).files.into_keys().map(|p| p.to_string()).collect()
    }

    #[test]
    fn each_language_s_references_lead_to_what_a_part_is_built_from_and_nowhere_else() {
        let cases: &[Case] = &[
            (
                "cmd/a",
                &[
                    ("go.mod", "module example.org/app\n\ngo 1.24\n"),
                    ("cmd/a/main.go", "package main\nimport \"example.org/app/internal/tools\"\n"),
                    ("cmd/b/main.go", "package main\nimport \"example.org/app/internal/other\"\n"),
                    ("internal/tools/t.go", "package tools\nimport x \"example.org/app/texts\"\n"),
                    ("internal/tools/deep/t.go", "package deep\n"),
                    ("internal/other/o.go", "package other\n"),
                    ("texts/t.go", "package texts\n"),
                ],
                &["internal/tools/t.go", "texts/t.go"],
            ),
            (
                "crates/a",
                &[
                    (
                        "Cargo.toml",
                        "[workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\ncore = { path = \"crates/core\" }\n",
                    ),
                    (
                        "crates/a/Cargo.toml",
                        "[package]\nname = \"a\"\n[dependencies]\ncore.workspace = true\n",
                    ),
                    ("crates/b/Cargo.toml", "[package]\nname = \"b\"\n"),
                    (
                        "crates/core/Cargo.toml",
                        "[package]\nname = \"core\"\n[dependencies]\nt = { path = \"../texts\" }\n",
                    ),
                    ("crates/core/src/lib.rs", ""),
                    ("crates/texts/src/lib.rs", ""),
                ],
                &["crates/core/Cargo.toml", "crates/core/src/lib.rs", "crates/texts/src/lib.rs"],
            ),
            (
                "app/src/bin/a.rs",
                &[
                    ("app/Cargo.toml", "[package]\nname = \"app\"\n"),
                    ("app/src/bin/a.rs", ""),
                    ("app/src/lib.rs", ""),
                    ("other/src/lib.rs", ""),
                ],
                &["app/Cargo.toml", "app/src/lib.rs"],
            ),
            (
                "src/A",
                &[
                    ("src/A/A.csproj", "<ProjectReference Include=\"..\\Core\\Core.csproj\" />"),
                    ("src/B/B.csproj", ""),
                    ("src/Core/Core.csproj", ""),
                    ("src/Core/T.cs", ""),
                ],
                &["src/Core/Core.csproj", "src/Core/T.cs"],
            ),
            (
                "server",
                &[
                    ("pom.xml", "<modules><module>server</module></modules>"),
                    (
                        "server/pom.xml",
                        "<parent><artifactId>all</artifactId></parent><artifactId>server</artifactId><dependency><artifactId>tools</artifactId></dependency>",
                    ),
                    (
                        "tools/pom.xml",
                        "<parent><artifactId>all</artifactId></parent><artifactId>tools</artifactId>",
                    ),
                    ("web/pom.xml", "<artifactId>web</artifactId>"),
                ],
                &["tools/pom.xml"],
            ),
            (
                "app",
                &[
                    ("settings.gradle.kts", ""),
                    ("app/build.gradle.kts", "dependencies { implementation(project(\":lib:tools\")) }"),
                    ("lib/tools/src/main/kotlin/T.kt", ""),
                    ("lib/web/src/main/kotlin/W.kt", ""),
                ],
                &["lib/tools/src/main/kotlin/T.kt"],
            ),
            (
                "packages/a",
                &[
                    (
                        "packages/a/package.json",
                        r#"{"name":"a","dependencies":{"@x/core":"workspace:*"}}"#,
                    ),
                    ("packages/a/index.ts", "import '../../shared/texts.js'; import './own.js';"),
                    ("packages/b/package.json", r#"{"name":"b"}"#),
                    ("packages/core/package.json", r#"{"name":"@x/core"}"#),
                    ("packages/core/index.ts", ""),
                    ("shared/texts.ts", ""),
                ],
                &["packages/core/index.ts", "packages/core/package.json", "shared/texts.ts"],
            ),
            (
                "servers/a",
                &[
                    (
                        "servers/a/pyproject.toml",
                        "[project]\nname = \"a\"\ndependencies = [\"my-core>=1\"]\n",
                    ),
                    ("servers/a/main.py", "from common.texts import T\nimport os\n"),
                    ("servers/b/main.py", ""),
                    ("common/texts.py", ""),
                    ("libs/core/pyproject.toml", "[project]\nname = \"my_core\"\n"),
                    ("libs/core/my_core/__init__.py", ""),
                ],
                &["common/texts.py", "libs/core/my_core/__init__.py", "libs/core/pyproject.toml"],
            ),
            (
                "bins/a",
                &[
                    ("bins/a/composer.json", r#"{"repositories":[{"type":"path","url":"../../lib"}]}"#),
                    ("lib/T.php", ""),
                    ("bins/b/b.php", ""),
                ],
                &["lib/T.php"],
            ),
            (
                "gems/a",
                &[
                    ("gems/a/Gemfile", "gem 'core', path: '../core'\n"),
                    ("gems/core/lib/core.rb", ""),
                    ("gems/b/b.rb", ""),
                ],
                &["gems/core/lib/core.rb"],
            ),
        ];
        for (base, files, expected) in cases {
            assert_eq!(kept(base, files), *expected, "{base}");
        }
    }

    #[test]
    fn references_in_a_circle_or_out_of_the_tree_end() {
        let files = [
            ("a/package.json", r#"{"name":"a","dependencies":{"b":"*"}}"#),
            ("a/i.js", "import '../../../../../etc/x'; import '..';"),
            ("b/package.json", r#"{"name":"b","dependencies":{"a":"*","b":"*"}}"#),
            ("c/package.json", r#"{"name":"c"}"#),
        ];
        assert_eq!(kept("a", &files), ["b/package.json"]);
    }
}
