//! Dependencies that hold the tools: where a package is a shell around one it declares, or gathers its tools out of several,
//! their source is added to the snapshot, so that discovery can follow the imports. Which ones is decided by names, imports
//! and a few words in the text; nothing is parsed and nothing is run.

mod locks;
mod names;
mod npm;
mod pypi;

use crate::clock::Clock;
use crate::error::{FetchError, shown};
use crate::{FetchContext, npm as npm_registry, pypi as pypi_index};
use hub_model::{DependencyRef, NpmTarget, OriginKind, PypiTarget, RelPath, SkipReason, Snapshot, SourceFile};
use names::Likelihood;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::task::JoinSet;

/// How many dependencies are obtained at the same time.
const AT_ONCE: usize = 4;
/// How far it goes from the target: its dependencies, theirs, and theirs again.
const MAX_ROUNDS: usize = 3;
/// Most packages of one tree that are looked at.
const MAX_PACKAGES: usize = 40;

/// A dependency that may hold tools.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wish {
    registry: &'static str,
    name: String,
    /// A version or range; none for the newest.
    wanted: Option<String>,
    likelihood: Likelihood,
}

/// One package of a tree, with the files below its folder.
struct Package<'s> {
    /// Folder, "" at the root.
    dir: &'s str,
    files: Vec<&'s SourceFile>,
    /// Lock files that hold for it.
    locks: Vec<&'s SourceFile>,
    /// It was added because an MCP server needs it.
    is_dependency: bool,
}

impl<'s> Package<'s> {
    fn new(dir: &'s str, files: impl Iterator<Item = &'s SourceFile>, locks: &[&'s SourceFile], is_dependency: bool) -> Self {
        Self {
            dir,
            files: files.filter(|f| below(dir, f.path.as_str()).is_some()).collect(),
            locks: locks.to_vec(),
            is_dependency,
        }
    }

    /// A path inside of the package.
    fn inside<'p>(&self, path: &'p str) -> &'p str {
        below(self.dir, path).unwrap_or(path)
    }

    fn file(&self, name: &str) -> Option<&'s SourceFile> {
        self.files.iter().copied().find(|f| self.inside(f.path.as_str()) == name)
    }
}

fn below<'p>(dir: &str, path: &'p str) -> Option<&'p str> {
    match dir {
        "" => Some(path),
        dir => path.strip_prefix(dir)?.strip_prefix('/'),
    }
}

/// Adds the dependencies that may hold the tools of what a snapshot holds, below [`hub_model::DEPENDENCY_FOLDER`]. What could not be
/// obtained is a warning: the target itself is scanned all the same.
pub async fn add_dependencies(snapshot: &mut Snapshot, cx: &FetchContext) {
    let limits = cx.limits();
    if limits.max_dependencies == 0 {
        return;
    }
    let clock = Clock::start(limits.dependency_timeout);
    let cx = cx.for_dependencies();
    let mut seen: BTreeSet<(&'static str, String)> = BTreeSet::new();
    let mut wishes = of_target(snapshot);
    let mut added = 0;
    let mut left_out: Vec<String> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        wishes.retain(|w| seen.insert((w.registry, w.name.clone())));
        wishes.sort_by(|a, b| (a.likelihood, a.registry, &a.name).cmp(&(b.likelihood, b.registry, &b.name)));
        let mut folders = Vec::new();
        for batch in wishes.chunks(AT_ONCE) {
            if added >= limits.max_dependencies || clock.check().is_err() {
                left_out.extend(batch.iter().map(|w| w.name.clone()));
                continue;
            }
            for (wish, outcome) in obtain_all(batch, &cx, &clock).await {
                match outcome {
                    Ok(dependency) if added < limits.max_dependencies && holds_tools(&wish, &dependency) => {
                        if let Some(folder) = add(snapshot, dependency, wish.registry, limits.max_dependency_bytes) {
                            added += 1;
                            folders.push(folder);
                        }
                    }
                    Ok(dependency) if added >= limits.max_dependencies && holds_tools(&wish, &dependency) => left_out.push(wish.name),
                    Ok(_) => {}
                    Err(e) => snapshot.warnings.push(format!(
                        "the dependency {} was not looked into: {}; tools that live there are missing here",
                        shown(&wish.name),
                        shown(&e.to_string())
                    )),
                }
            }
        }
        if folders.is_empty() {
            break;
        }
        snapshot.files.sort_by(|a, b| a.path.cmp(&b.path));
        wishes = of_dependencies(snapshot, &folders);
    }
    if !left_out.is_empty() {
        left_out.sort();
        snapshot.warnings.push(format!(
            "{} dependencies that may hold tools were not looked into ({}); HUB_FETCH_MAX_DEPENDENCIES and HUB_FETCH_DEPENDENCY_SECS bound them",
            left_out.len(),
            left_out.iter().take(5).map(|n| shown(n)).collect::<Vec<_>>().join(", ")
        ));
    }
}

/// Whether [`add_dependencies`] would ask a registry for anything.
#[must_use]
pub fn wants_dependencies(snapshot: &Snapshot) -> bool {
    !of_target(snapshot).is_empty()
}

/// What the packages of the target itself wish for.
fn of_target(snapshot: &Snapshot) -> Vec<Wish> {
    let base = snapshot.origin.base_path.as_ref().map(RelPath::as_str).unwrap_or_default();
    let (look_npm, look_pypi) = match snapshot.origin.kind {
        OriginKind::Npm => (true, false),
        OriginKind::Pypi => (false, true),
        OriginKind::Git | OriginKind::Local => (true, true),
    };
    let published = look_npm != look_pypi;
    let locks: Vec<&SourceFile> = snapshot
        .files
        .iter()
        .filter(|f| {
            matches!(
                f.path.file_name(),
                "package-lock.json"
                    | "npm-shrinkwrap.json"
                    | "pnpm-lock.yaml"
                    | "yarn.lock"
                    | "bun.lock"
                    | "uv.lock"
                    | "poetry.lock"
                    | "pdm.lock"
                    | "Pipfile.lock"
            ) && f.path.as_str().matches('/').count() <= 2
        })
        .collect();
    let manifests = |name: &str| {
        let mut dirs: Vec<&str> = snapshot
            .files
            .iter()
            .filter(|f| f.path.file_name() == name && (base.is_empty() || below(base, f.path.as_str()).is_some()))
            .map(|f| f.path.parent())
            .filter(|dir| !published || *dir == base)
            .filter(|dir| {
                !dir.split('/')
                    .any(|s| matches!(s, "examples" | "example" | "test" | "tests" | "fixtures" | "templates"))
            })
            .collect();
        dirs.sort_by_key(|d| (d.matches('/').count(), d.len()));
        dirs.truncate(MAX_PACKAGES);
        dirs
    };
    let mut wishes = Vec::new();
    if look_npm {
        let manifest = |f: &&SourceFile| f.path.file_name() == "package.json";
        let inside = npm::names_inside(snapshot.files.iter().filter(manifest).map(|f| &*f.text));
        for dir in manifests("package.json") {
            wishes.extend(npm::wishes(&Package::new(dir, snapshot.files.iter(), &locks, false), &inside));
        }
    }
    if look_pypi {
        let dirs = if published { vec![base] } else { manifests("pyproject.toml") };
        for dir in dirs {
            wishes.extend(pypi::wishes(&Package::new(dir, snapshot.files.iter(), &locks, false)));
        }
    }
    wishes
}

/// What dependencies that were just added wish for in turn.
fn of_dependencies(snapshot: &Snapshot, folders: &[RelPath]) -> Vec<Wish> {
    let none = BTreeSet::new();
    folders
        .iter()
        .flat_map(|folder| {
            let package = Package::new(folder.as_str(), snapshot.files.iter(), &[], true);
            let mut wishes = npm::wishes(&package, &none);
            wishes.extend(pypi::wishes(&package));
            wishes
        })
        // What any library imports leads everywhere.
        .filter(|w| w.likelihood != Likelihood::Imported)
        .collect()
}

/// Obtains several, in the order of the wishes.
async fn obtain_all(wishes: &[Wish], cx: &FetchContext, clock: &Clock) -> Vec<(Wish, Result<Snapshot, FetchError>)> {
    let mut tasks = JoinSet::new();
    for (index, wish) in wishes.iter().cloned().enumerate() {
        // A clock of its own: it stops with the work it was made for.
        let left = clock.left().max(Duration::from_millis(1));
        let (cx, clock) = (cx.clone(), Clock::start(left));
        tasks.spawn(async move {
            let work = obtain(&wish, &cx, &clock);
            let outcome = tokio::time::timeout(left, work).await.unwrap_or_else(|_| Err(clock.timeout()));
            (index, wish, outcome)
        });
    }
    let mut done = tasks.join_all().await;
    done.sort_by_key(|(index, _, _)| *index);
    done.into_iter().map(|(_, wish, outcome)| (wish, outcome)).collect()
}

async fn obtain(wish: &Wish, cx: &FetchContext, clock: &Clock) -> Result<Snapshot, FetchError> {
    let no_name = || FetchError::NoSuchPackage {
        package: shown(&wish.name),
    };
    let version = wish.wanted.clone();
    if wish.registry == "pypi" {
        let name = wish.name.parse().map_err(|_| no_name())?;
        let target = PypiTarget {
            name,
            version,
            base_path: None,
        };
        pypi_index::acquire(&target, cx, clock).await
    } else {
        let name = wish.name.parse().map_err(|_| no_name())?;
        let target = NpmTarget {
            name,
            version,
            base_path: None,
        };
        npm_registry::acquire(&target, cx, clock).await
    }
}

/// Whether what came speaks of tools; one whose name says so is taken at its word, for the classes that others build on.
fn holds_tools(wish: &Wish, dependency: &Snapshot) -> bool {
    let speaks = |f: &SourceFile| names::is_code(f.path.as_str()) && names::speaks_of_tools(f.path.as_str(), &f.text);
    wish.likelihood == Likelihood::Named || dependency.files.iter().any(speaks)
}

/// Puts a dependency's code and data into its folder, up to a bound on the bytes of all dependencies.
fn add(snapshot: &mut Snapshot, dependency: Snapshot, registry: &'static str, max_bytes: u64) -> Option<RelPath> {
    let reference = DependencyRef {
        registry,
        name: &dependency.origin.name,
        version: &dependency.origin.resolved_version,
    };
    let folder = reference.folder()?;
    let mut files = Vec::new();
    let held: u64 = snapshot
        .files
        .iter()
        .filter(|f| DependencyRef::of(f.path.as_str()).is_some())
        .map(|f| f.text.len() as u64)
        .sum();
    let mut bytes = held;
    for file in dependency.files {
        if !is_needed(file.path.as_str()) {
            continue;
        }
        bytes += file.text.len() as u64;
        // The path may be too long or too deep together.
        if let Ok(path) = format!("{folder}/{}", file.path).parse() {
            files.push(SourceFile { path, text: file.text });
        }
    }
    let was_cut = dependency.skipped.iter().any(|s| s.reason == SkipReason::LimitReached);
    if bytes > max_bytes || was_cut {
        snapshot.warnings.push(format!(
            "the dependency {reference} was not looked into: with it, dependencies have more than {max_bytes} bytes of source (HUB_FETCH_MAX_DEPENDENCY_BYTES)"
        ));
        return None;
    }
    snapshot.files.extend(files);
    Some(folder)
}

/// Code, and the data and manifests that code reads.
fn is_needed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    names::is_code(path)
        || matches!(name, "package.json" | "METADATA" | "PKG-INFO")
        || matches!(name.rsplit_once('.'), Some((stem, "json" | "yaml" | "yml")) if !stem.starts_with("tsconfig") && !stem.ends_with("-lock"))
}
