//! Packages and where they come from (D01–D08).

use hub_deps::{Cause, Ecosystem, Package, Resolved, normal_name};
use hub_engine::{Context, Rule};
use hub_model::{Advisories, Advisory, DependencyRef, Flow, FlowStep, Location, RelPath, Severity, SourceFile};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

mod abandoned_package;
mod floating_dependency;
mod install_script;
mod known_vulnerable_dependency;
mod lookalike_dependency;
mod malicious_dependency;
mod missing_licence;
mod mixed_package_index;
mod opaque_content;
mod package_unlike_repository;
mod published_vulnerability;
mod unverified_origin;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &malicious_dependency::MaliciousDependency,
    &published_vulnerability::PublishedVulnerability,
    &known_vulnerable_dependency::KnownVulnerableDependency,
    &install_script::InstallScript,
    &lookalike_dependency::LookalikeDependency,
    &mixed_package_index::MixedPackageIndex,
    &floating_dependency::FloatingDependency,
    &package_unlike_repository::PackageUnlikeRepository,
    &opaque_content::OpaqueContent,
    &unverified_origin::UnverifiedOrigin,
    &abandoned_package::AbandonedPackage,
    &missing_licence::MissingLicence,
];

/// A place in a file.
fn place(file: &RelPath, line: u32) -> Location {
    Location::of_line(file.clone(), line)
}

/// The line, counted from 1, on which a text first holds these words; the first line when it does not.
fn line_of(text: &str, words: &str) -> u32 {
    let at = text.lines().position(|l| l.contains(words));
    at.and_then(|i| u32::try_from(i + 1).ok()).unwrap_or(1)
}

/// One step down, never below Low.
fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        _ => Severity::Low,
    }
}

/// The way by which a package comes in, from the direct dependency down to it, each at its place in the lock file. Nothing for a direct one.
fn way(deps: &Resolved, package: &Package) -> Flow {
    if package.path.is_empty() {
        return Flow::default();
    }
    let own = format!("{}@{}", package.name, package.version);
    let steps = package.path.iter().map(|step| &**step).chain([own.as_str()]);
    let mut before: Option<&str> = None;
    let mut flow = Vec::new();
    for (i, step) in steps.enumerate() {
        let (name, version) = step.rsplit_once('@').unwrap_or((step, ""));
        let stands = deps.packages.binary_search_by(|p| {
            (p.ecosystem, p.name.as_str(), p.version.as_str(), &p.file).cmp(&(package.ecosystem, name, version, &package.file))
        });
        let line = stands.ok().and_then(|i| deps.packages.get(i)).map_or(package.line, |p| p.line);
        flow.push(FlowStep {
            at: place(&package.file, line),
            what: match before {
                None => format!("`{step}` is a direct dependency"),
                Some(by) if i == 1 && package.left_out_of_path > 0 => {
                    format!("`{by}` brings `{step}`, by {} others", package.left_out_of_path)
                }
                Some(by) => format!("`{by}` needs `{step}`"),
            },
            code: step.to_owned(),
        });
        before = Some(step);
    }
    Flow(flow)
}

/// What to do about the faults of a package: the version that ends all of them, and for one that another brings, what to update.
fn fix_of(causes: &[Cause<'_>], ecosystem: Ecosystem, name: &str, version: &str, brought_by: Option<&str>) -> String {
    let mut fixed: Option<&str> = None;
    let mut all = true;
    for cause in causes {
        match cause.fixed_after(ecosystem, name, version) {
            Some(f) if fixed.is_none_or(|b| hub_deps::compare(ecosystem, f, b) == Some(Ordering::Greater)) => fixed = Some(f),
            Some(_) => {}
            None => all = false,
        }
    }
    let by = brought_by.map_or(String::new(), |b| {
        let top = b.rsplit_once('@').map_or(b, |(n, _)| n);
        format!(", or `{top}` to a release that brings it")
    });
    match fixed {
        Some(f) if all => format!("Update `{name}` to {f} or later{by}."),
        Some(f) => format!("Update `{name}` to {f} or later{by}; for some of them no fixed version is published."),
        None => format!("No fixed version of `{name}` is published: replace it, or check that the fault is out of reach."),
    }
}

/// Lock files of other parts of the tree: in their folders lies nothing that the server offers, so it is not installed by them.
struct OtherParts<'a>(BTreeSet<&'a RelPath>);

impl<'a> OtherParts<'a> {
    fn of(cx: &Context<'a>) -> Self {
        let offered = cx.inventory;
        let places = (offered.tools.iter().map(|t| &t.declared_at))
            .chain(offered.resources.iter().map(|r| &r.declared_at))
            .chain(offered.prompts.iter().map(|p| &p.declared_at));
        let mut around: BTreeSet<&str> = BTreeSet::new();
        for file in places.flatten().map(|at| &at.file) {
            let mut folder = file.parent();
            while around.insert(folder) && !folder.is_empty() {
                folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
            }
        }
        let locks = cx.dependencies.into_iter().flat_map(|d| &d.locks);
        Self(
            locks
                .filter(|l| !around.is_empty() && !l.parent().is_empty() && !around.contains(l.parent()))
                .collect(),
        )
    }

    fn hold(&self, file: &RelPath) -> bool {
        self.0.contains(file)
    }
}

/// The packages of npm that the artifact's own scripts name in quotes, as an import does. Only there are packages imported by their name.
struct NamedInCode<'a>(BTreeSet<&'a str>);

impl<'a> NamedInCode<'a> {
    fn of(cx: &Context<'a>) -> Self {
        let is_script = |f: &&SourceFile| {
            let name = f.path.file_name();
            let script = f
                .path
                .extension()
                .is_some_and(|e| matches!(e, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "tsx" | "jsx"));
            // What configures a tool of development, or tests, is not what a user runs.
            let is_aside = crate::apart::is_apart(f.path.as_str()) || name.starts_with('.') || name.contains(".config.");
            script && !is_aside && DependencyRef::of(f.path.as_str()).is_none()
        };
        let files = cx.snapshot.into_iter().flat_map(|s| &s.files).filter(is_script);
        let mut names = BTreeSet::new();
        for file in files {
            for (at, _) in file.text.match_indices(['"', '\'', '`']) {
                let rest = &file.text[at + 1..];
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || "@/._-".contains(c)))
                    .unwrap_or(rest.len());
                let specifier = &rest[..end];
                let mut slashes = specifier.match_indices('/').map(|(i, _)| i);
                let end = match specifier.starts_with('@') {
                    true => slashes.nth(1),
                    false => slashes.next(),
                };
                let name = &specifier[..end.unwrap_or(specifier.len())];
                if (1..=214).contains(&name.len()) {
                    names.insert(name);
                }
            }
        }
        Self(names)
    }

    /// Whether any code names the package, or the one that brings it; none where that cannot be told.
    fn names(&self, package: &Package) -> Option<bool> {
        if package.ecosystem != Ecosystem::Npm || !package.is_direct && package.path.is_empty() {
            return None;
        }
        Some(self.0.contains(top_of(package)))
    }
}

/// The direct dependency by which a package comes in: itself where it is one.
fn top_of(package: &Package) -> &str {
    let first = package.path.first();
    first.map_or(package.name.as_str(), |p| p.rsplit_once('@').map_or(&**p, |(n, _)| n))
}

/// Advisories by the packages they are about.
struct Known<'a>(BTreeMap<(Ecosystem, String), Vec<&'a Advisory>>);

impl<'a> Known<'a> {
    fn of(all: &'a Advisories) -> Self {
        let mut by_name: BTreeMap<(Ecosystem, String), Vec<&Advisory>> = BTreeMap::new();
        for advisory in &all.list {
            for affected in &advisory.affected {
                let Some(ecosystem) = Ecosystem::find(&affected.package.ecosystem) else {
                    continue;
                };
                let list = by_name
                    .entry((ecosystem, normal_name(ecosystem, &affected.package.name)))
                    .or_default();
                if !list.last().is_some_and(|last| std::ptr::eq(*last, advisory)) {
                    list.push(advisory);
                }
            }
        }
        Self(by_name)
    }

    /// Those about a package of this name, as [`normal_name`] writes it.
    fn about(&self, ecosystem: Ecosystem, name: &str) -> impl Iterator<Item = &'a Advisory> {
        self.0.get(&(ecosystem, name.to_owned())).into_iter().flatten().copied()
    }
}
