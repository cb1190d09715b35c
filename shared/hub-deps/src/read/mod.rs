//! From files to packages.

mod about;
mod bun;
mod cargo;
mod go;
mod graph;
mod npm;
mod python;
mod yaml;

use crate::{Ecosystem, Package, Requirement};
use graph::Graph;
use hub_model::{DependencyRef, RelPath, SourceFile};
use std::collections::{BTreeMap, BTreeSet};

pub use about::{About, npm_licence, npm_repository};

/// Packages kept from all files together.
const MAX_PACKAGES: usize = 50_000;

/// How often a file is looked through for the lines of what stands in it; one in order takes once.
const MAX_SEARCHES: usize = 64;

/// What the files say.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// In order of ecosystem, name, version and file; each once per file.
    pub packages: Vec<Package>,
    /// What manifests ask for, in order.
    pub requirements: Vec<Requirement>,
    /// Lock files that were read.
    pub locks: Vec<RelPath>,
    /// Files that could not be read, in plain words.
    pub problems: Vec<String>,
    /// The artifact's own packages that are published, by their manifests: ecosystem, name, version.
    pub own: Vec<(Ecosystem, String, String)>,
    /// What its manifests say of it beside that. Those of dependencies that were fetched along are not its own.
    pub about: Vec<About>,
}

impl Resolved {
    /// What manifests ask for that no lock file settles, each with the lowest version that it admits; without what is for development.
    #[must_use]
    pub fn unsettled(&self) -> Vec<(&Requirement, String)> {
        let settled: BTreeSet<(Ecosystem, &str)> = self.packages.iter().map(|p| (p.ecosystem, p.name.as_str())).collect();
        let open = self
            .requirements
            .iter()
            .filter(|r| !r.is_dev && !settled.contains(&(r.ecosystem, r.name.as_str())));
        open.filter_map(|r| Some((r, r.lowest()?))).collect()
    }
}

/// Reads the lock files and manifests among these files. Those of tests, examples and vendored folders are left out.
#[must_use]
pub fn resolve(files: &[SourceFile]) -> Resolved {
    let mut out = Resolved::default();
    let mut graphs = Vec::new();
    for file in files {
        if is_apart(file.path.as_str()) {
            continue;
        }
        let mut reader = Reader {
            out: &mut out,
            file: &file.path,
            text: &file.text,
            at: 0,
            line: 1,
            searched: 0,
            graph: Graph::default(),
        };
        let Some(read) = reader_of(&file.path) else { continue };
        let lock = read(&mut reader);
        match lock {
            Ok(true) => {
                graphs.push((&file.path, reader.graph));
                out.locks.push(file.path.clone());
            }
            Ok(false) => {}
            Err(why) => out.problems.push(format!("{}: {why}", file.path)),
        }
    }
    if out.packages.len() >= MAX_PACKAGES {
        out.problems.push(format!("only the first {MAX_PACKAGES} packages were looked at"));
    }
    // What lies in the tree itself is not taken from a registry, whatever the manifest of a workspace beside it says.
    let own: BTreeMap<(Ecosystem, &str), Option<&str>> = out
        .about
        .iter()
        .filter_map(|a| Some(((a.ecosystem?, &*a.name), a.version.as_deref())))
        .collect();
    let is_own = |r: &Requirement| {
        let version = own.get(&(r.ecosystem, r.name.as_str()));
        version.is_some_and(|version| version.is_none_or(|version| r.admits(version)))
    };
    out.requirements.retain(|r| r.brought_by().is_some() || !is_own(r));
    for (file, graph) in graphs {
        graph.settle(file, &mut out);
    }
    // An exact requirement settles the version where no lock file of its folder does.
    let locked: BTreeSet<(Ecosystem, String)> = out.packages.iter().map(|p| (p.ecosystem, p.name.clone())).collect();
    for r in &out.requirements {
        if let Some(version) = exact(r)
            && !locked.contains(&(r.ecosystem, r.name.clone()))
        {
            let brought_by = r.brought_by();
            out.packages.push(Package {
                is_direct: brought_by.is_none(),
                is_dev: r.is_dev,
                path: brought_by.into_iter().map(|d| format!("{}@{}", d.name, d.version).into()).collect(),
                ..Package::at(r.ecosystem, &r.name, &version, &r.file, r.line)
            });
        }
    }
    let mut direct: BTreeMap<(Ecosystem, &str), &Requirement> = BTreeMap::new();
    for r in own_requirements(&out.requirements) {
        direct.entry((r.ecosystem, &r.name)).or_insert(r);
    }
    for p in &mut out.packages {
        if let Some(r) = direct.get(&(p.ecosystem, p.name.as_str())) {
            p.is_direct = true;
            // One that was fetched along is told where it is asked for.
            if DependencyRef::of(p.file.as_str()).is_some() {
                (p.file, p.line, p.is_dev) = (r.file.clone(), r.line, r.is_dev);
            }
        }
    }
    out.packages.sort();
    out.packages
        .dedup_by(|a, b| (a.ecosystem, &a.name, &a.version, &a.file) == (b.ecosystem, &b.name, &b.version, &b.file));
    out.requirements.sort();
    out
}

/// What the artifact's own manifests ask for, not those of a dependency that was fetched along.
fn own_requirements(all: &[Requirement]) -> impl Iterator<Item = &Requirement> {
    all.iter().filter(|r| r.brought_by().is_none())
}

type Read = fn(&mut Reader<'_>) -> Result<bool, String>;

/// Whether [`resolve`] reads a file.
#[must_use]
pub fn is_read(path: &RelPath) -> bool {
    !is_apart(path.as_str()) && reader_of(path).is_some()
}

/// What reads a file; it answers whether it was a lock file.
fn reader_of(path: &RelPath) -> Option<Read> {
    let name = path.file_name().to_ascii_lowercase();
    Some(match name.as_str() {
        "package-lock.json" | "npm-shrinkwrap.json" => npm::lock,
        "pnpm-lock.yaml" => yaml::pnpm,
        "yarn.lock" => yaml::yarn,
        "bun.lock" => bun::lock,
        "uv.lock" | "poetry.lock" | "pdm.lock" => python::toml_lock,
        "pipfile.lock" => python::pipfile_lock,
        "cargo.lock" => cargo::lock,
        "go.mod" => go::module,
        "package.json" => |r| npm::manifest(r).map(|()| false),
        "pyproject.toml" => |r| python::pyproject(r).map(|()| false),
        "setup.cfg" => |r| python::setup_cfg(r).map(|()| false),
        "setup.py" => |r| python::setup_py(r).map(|()| false),
        "metadata" | "pkg-info" => |r| python::metadata(r).map(|()| false),
        "cargo.toml" => |r| cargo::manifest(r).map(|()| false),
        _ if name.ends_with(".txt") && (name.contains("requirements") || path.parent().ends_with("requirements")) => {
            |r| python::requirements(r).map(|()| false)
        }
        _ => return None,
    })
}

/// The version that an exact requirement names.
fn exact(r: &Requirement) -> Option<String> {
    let range = r.range.trim();
    let version = match r.ecosystem {
        Ecosystem::PyPI => range
            .strip_prefix("===")
            .or_else(|| range.strip_prefix("=="))
            .filter(|v| !v.contains([',', '*']))?,
        Ecosystem::Crates => range.strip_prefix('=')?,
        Ecosystem::Npm => range.strip_prefix('=').unwrap_or(range),
        Ecosystem::Go => range,
    }
    .trim();
    crate::compare(r.ecosystem, version, version)?;
    // A bare `1` or `1.2` of npm is a range.
    (r.ecosystem != Ecosystem::Npm || version.split(['-', '+']).next().is_some_and(|core| core.split('.').count() == 3))
        .then(|| version.to_owned())
}

fn is_apart(path: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    parts.iter().any(|p| {
        matches!(
            *p,
            "test" | "tests" | "__tests__" | "examples" | "example" | "fixtures" | "node_modules" | "testdata" | "benchmarks" | "vendor"
        )
    })
}

/// One file being read.
struct Reader<'a> {
    out: &'a mut Resolved,
    file: &'a RelPath,
    text: &'a str,
    /// Where the last search ended, and its line: files are read in their order.
    at: usize,
    line: u32,
    /// Bytes looked through for lines.
    searched: usize,
    /// What needs what, of a lock file.
    graph: Graph,
}

impl Reader<'_> {
    /// The line of the next occurrence, from where the last one was, or else from the top; the first line when there is none, or when
    /// a file of no order has been searched too often.
    fn line_of(&mut self, needle: &str) -> u32 {
        self.next_line_of(needle)
            .or_else(|| {
                if self.at == 0 {
                    return None;
                }
                (self.at, self.line) = (0, 1);
                self.next_line_of(needle)
            })
            .unwrap_or(1)
    }

    fn next_line_of(&mut self, needle: &str) -> Option<u32> {
        let mut at = self.at;
        loop {
            let rest = self.text.get(at..).filter(|_| self.searched <= MAX_SEARCHES * self.text.len())?;
            let found = rest.find(needle);
            self.searched += found.unwrap_or(rest.len());
            at += found?;
            // `nix` does not stand in `unix`.
            let is_inside = |before: u8| before.is_ascii_alphanumeric() && needle.starts_with(|c: char| c.is_ascii_alphanumeric());
            if !at.checked_sub(1).is_some_and(|i| is_inside(self.text.as_bytes()[i])) {
                break;
            }
            at += needle.len();
        }
        let newlines = self.text.bytes().skip(self.at).take(at - self.at).filter(|b| *b == b'\n').count();
        self.line += u32::try_from(newlines).unwrap_or(u32::MAX);
        self.at = at;
        Some(self.line)
    }

    /// Notes the artifact's own package. What a dependency that was fetched along says of itself settles its version.
    fn own(&mut self, version: &str, about: About) {
        let Some(ecosystem) = about.ecosystem else { return };
        if let Some((dependency, inside)) = DependencyRef::split(self.file.as_str()) {
            let named = crate::normal_name(ecosystem, dependency.name) == about.name;
            if named
                && !inside.contains("node_modules/")
                && let Some(package) = self.package(ecosystem, dependency.name, dependency.version, 1)
            {
                package.is_direct = true;
            }
            return;
        }
        if !about.is_private {
            self.out.own.push((ecosystem, about.name.clone(), version.to_owned()));
        }
        self.out.about.push(About {
            version: Some(version).filter(|v| !v.is_empty()).map(str::to_owned),
            ..about
        });
    }

    fn package(&mut self, ecosystem: Ecosystem, name: &str, version: &str, line: u32) -> Option<&mut Package> {
        if name.is_empty() || version.is_empty() || name.len() > 300 || version.len() > 256 || self.out.packages.len() >= MAX_PACKAGES {
            return None;
        }
        self.out.packages.push(Package::at(ecosystem, name, version, self.file, line));
        self.out.packages.last_mut()
    }

    fn requirement(&mut self, ecosystem: Ecosystem, name: &str, range: &str, line: u32, is_dev: bool) {
        if name.is_empty() || name.len() > 300 || range.len() > 2_000 || self.out.requirements.len() >= MAX_PACKAGES {
            return;
        }
        self.out.requirements.push(Requirement {
            ecosystem,
            name: crate::normal_name(ecosystem, name),
            range: range.trim().to_owned(),
            file: self.file.clone(),
            line,
            is_dev,
        });
    }
}
