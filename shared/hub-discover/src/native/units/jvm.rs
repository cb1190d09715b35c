//! Java and Kotlin: each module of a Maven or Gradle build that has something to start, with the modules it depends on.

use super::{Tree, Unit, within};
use hub_syntax::ModuleId;
use hub_syntax::ir::Language;
use rustc_hash::{FxHashMap, FxHashSet};

/// What source says where a program starts.
const STARTS: &[&str] = &[
    "static void main(",
    "static void main (",
    "fun main(",
    "void main()",
    "@SpringBootApplication",
    "@QuarkusMain",
];
/// Build plugins that make a program of a module without a `main` of its own.
const PLUGINS: &[&str] = &[
    "quarkus-maven-plugin",
    "io.quarkus",
    "micronaut-maven-plugin",
    "io.micronaut.application",
];

struct Build<'t> {
    dir: &'t str,
    text: &'t str,
    /// The name under which others depend on it.
    name: String,
    modules: FxHashSet<ModuleId>,
}

pub(super) fn units(tree: &Tree<'_>) -> Vec<Unit> {
    let files = tree.manifests(|path| matches!(path.file_name(), "pom.xml" | "build.gradle" | "build.gradle.kts"));
    let mut builds: Vec<Build<'_>> = files
        .into_iter()
        .map(|(dir, path, text)| Build {
            dir,
            text,
            name: name(dir, path.file_name() == "pom.xml", text),
            modules: FxHashSet::default(),
        })
        .collect();
    for id in tree.of(&[Language::Java, Language::Kotlin]) {
        if let Some(build) = builds.iter_mut().find(|b| within(b.dir, tree.path(id).as_str())) {
            build.modules.insert(id);
        }
    }
    let starts = |build: &&Build<'_>| {
        let says = |text: &str, words: &[&str]| words.iter().any(|w| text.contains(w));
        says(build.text, PLUGINS) && !build.modules.is_empty() || build.modules.iter().any(|id| says(tree.text(*id), STARTS))
    };
    let by_name: FxHashMap<&str, &Build<'_>> = builds.iter().map(|b| (b.name.as_str(), b)).collect();
    let unit = |build: &Build<'_>| {
        let mut todo = vec![build.text];
        let mut seen: FxHashSet<&str> = std::iter::once(build.name.as_str()).collect();
        let mut modules = build.modules.clone();
        while let Some(text) = todo.pop() {
            for name in dependencies(text) {
                if let Some((name, other)) = by_name.get_key_value(name.as_str())
                    && seen.insert(name)
                {
                    modules.extend(&other.modules);
                    todo.push(other.text);
                }
            }
        }
        Unit {
            start: build.dir.to_owned(),
            modules,
        }
    };
    builds.iter().filter(starts).map(unit).collect()
}

/// A Maven module's `artifactId`, the folder of a Gradle project.
fn name(dir: &str, is_maven: bool, text: &str) -> String {
    if !is_maven {
        return format!(":{}", dir.replace('/', ":"));
    }
    let own = text.rsplit_once("</parent>").map_or(text, |(_, rest)| rest);
    let end = own.find("<dependencies>").unwrap_or(own.len());
    artifacts(&own[..end]).next().unwrap_or(dir).to_owned()
}

fn artifacts(text: &str) -> impl Iterator<Item = &str> {
    text.split("<artifactId>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next())
        .map(str::trim)
}

/// Names of what a build file depends on: artifacts, `project(":a:b")`, `projects.a.b`.
fn dependencies(text: &str) -> Vec<String> {
    let projects = text.split(['"', '\'']).filter(|q| q.starts_with(':') && q.len() < 200);
    let accessors = text.split("projects.").skip(1).map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
        format!(":{}", rest[..end].trim_matches('.').replace('.', ":"))
    });
    artifacts(text)
        .map(str::to_owned)
        .chain(projects.map(str::to_owned))
        .chain(accessors)
        .collect()
}
