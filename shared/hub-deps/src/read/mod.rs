//! From files to packages.

mod about;
mod cargo;
mod go;
mod graph;
mod npm;
mod python;
mod yaml;

use crate::{Ecosystem, Package, Requirement};
use graph::Graph;
use hub_model::{RelPath, SourceFile};
use std::collections::BTreeSet;

pub use about::{About, npm_licence, npm_repository};

/// Packages kept from all files together.
const MAX_PACKAGES: usize = 50_000;

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
    /// The artifact's own package, by its manifest: ecosystem, name, version.
    pub own: Vec<(Ecosystem, String, String)>,
    /// What its manifests say of it beside that.
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
            graph: Graph::default(),
        };
        let Some(read) = reader_of(&file.path) else { continue };
        let lock = read(&mut reader);
        match lock {
            Ok(true) => {
                graphs.push(reader.graph);
                out.locks.push(file.path.clone());
            }
            Ok(false) => {}
            Err(why) => out.problems.push(format!("{}: {why}", file.path)),
        }
    }
    if out.packages.len() >= MAX_PACKAGES {
        out.problems.push(format!("only the first {MAX_PACKAGES} packages were looked at"));
    }
    for graph in graphs {
        graph.settle(&mut out);
    }
    // An exact requirement settles the version where no lock file of its folder does.
    let locked: BTreeSet<(Ecosystem, String)> = out.packages.iter().map(|p| (p.ecosystem, p.name.clone())).collect();
    for r in &out.requirements {
        if let Some(version) = exact(r)
            && !locked.contains(&(r.ecosystem, r.name.clone()))
        {
            out.packages.push(Package {
                is_direct: true,
                is_dev: r.is_dev,
                ..Package::at(r.ecosystem, &r.name, &version, &r.file, r.line)
            });
        }
    }
    let direct: BTreeSet<(Ecosystem, String)> = out.requirements.iter().map(|r| (r.ecosystem, r.name.clone())).collect();
    for p in &mut out.packages {
        p.is_direct |= direct.contains(&(p.ecosystem, p.name.clone()));
    }
    out.packages.sort();
    out.packages
        .dedup_by(|a, b| (a.ecosystem, &a.name, &a.version, &a.file) == (b.ecosystem, &b.name, &b.version, &b.file));
    out.requirements.sort();
    out
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
        "uv.lock" | "poetry.lock" | "pdm.lock" => python::toml_lock,
        "pipfile.lock" => python::pipfile_lock,
        "cargo.lock" => cargo::lock,
        "go.mod" => go::module,
        "package.json" => |r| npm::manifest(r).map(|()| false),
        "pyproject.toml" => |r| python::pyproject(r).map(|()| false),
        "metadata" | "pkg-info" => |r| python::metadata(r).map(|()| false),
        "cargo.toml" => |r| cargo::manifest(r).map(|()| false),
        _ if name.ends_with(".txt") && name.starts_with("requirements") => |r| python::requirements(r).map(|()| false),
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
    /// What needs what, of a lock file.
    graph: Graph,
}

impl Reader<'_> {
    /// The line of the next occurrence, from where the last one was; the first line when there is none.
    fn line_of(&mut self, needle: &str) -> u32 {
        let from = self.at;
        match self.text[from..].find(needle) {
            Some(i) => {
                let newlines = self.text[from..from + i].bytes().filter(|b| *b == b'\n').count();
                self.line += u32::try_from(newlines).unwrap_or(u32::MAX);
                self.at = from + i;
                self.line
            }
            // Not in order: once from the top, which a sorted file needs once at most.
            None if from > 0 => {
                self.at = 0;
                self.line = 1;
                match self.text.find(needle) {
                    Some(_) => self.line_of(needle),
                    None => 1,
                }
            }
            None => 1,
        }
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
