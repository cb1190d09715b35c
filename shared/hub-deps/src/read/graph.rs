//! What needs what inside one lock file: from it follow the way by which a package comes in, and whether anything but development needs it.

use super::Resolved;
use crate::Ecosystem;
use hub_model::RelPath;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Longest way that is kept: its first step and the last ones before the package.
const MAX_PATH: usize = 16;
/// Most needs of one lock file that are looked at; the largest real ones have some ten thousand.
const MAX_NEEDS: usize = 200_000;
/// Most needs of the project itself that are looked at; the largest workspaces have some thousand.
const MAX_ROOTS: usize = 20_000;

/// One lock file's packages, by what it calls them.
#[derive(Default)]
pub(super) struct Graph {
    /// Names of a package inside the file, to its place in [`Resolved::packages`].
    keys: BTreeMap<Arc<str>, usize>,
    /// Who needs which: the first key that exists is meant.
    needs: Vec<(usize, Vec<String>)>,
    edges: Vec<(usize, usize)>,
    /// What was looked up in a file whose keys are all known.
    looked_up: usize,
    /// What the project itself needs, and whether only for development.
    roots: Vec<(Vec<String>, bool)>,
    known_roots: Vec<(usize, bool)>,
    /// There were more needs than are looked at.
    is_cut: bool,
}

impl Graph {
    pub(super) fn key(&mut self, key: impl Into<Arc<str>>, package: usize) {
        self.keys.entry(key.into()).or_insert(package);
    }

    pub(super) fn need(&mut self, package: usize, candidates: Vec<String>) {
        if self.needs.len() < MAX_NEEDS {
            self.needs.push((package, candidates));
        } else {
            self.is_cut = true;
        }
    }

    /// As [`Graph::need`], for a file whose keys are all known already. Says whether there is room for more.
    pub(super) fn need_of_known(&mut self, package: usize, candidates: impl IntoIterator<Item = String>) -> bool {
        self.is_cut |= self.looked_up >= MAX_NEEDS;
        if self.is_cut {
            return false;
        }
        self.looked_up += 1;
        if let Some(to) = candidates.into_iter().find_map(|c| self.keys.get(c.as_str())) {
            self.edges.push((package, *to));
        }
        true
    }

    pub(super) fn root(&mut self, candidates: Vec<String>, is_dev: bool) {
        if self.roots.len() < MAX_ROOTS {
            self.roots.push((candidates, is_dev));
        } else {
            self.is_cut = true;
        }
    }

    /// As [`Graph::root`], for a file whose keys are all known already. Says whether there is room for more.
    pub(super) fn root_of_known(&mut self, candidates: impl IntoIterator<Item = String>, is_dev: bool) -> bool {
        self.is_cut |= self.looked_up >= MAX_ROOTS;
        if self.is_cut {
            return false;
        }
        self.looked_up += 1;
        if let Some(root) = candidates.into_iter().find_map(|c| self.keys.get(c.as_str())) {
            self.known_roots.push((*root, is_dev));
        }
        true
    }

    /// Writes what follows from it into the packages. Where the file does not say what the project itself needs, its manifests do; where
    /// nothing does, what nobody else needs is taken for that, and no package for one of development.
    pub(super) fn settle(self, file: &RelPath, out: &mut Resolved) {
        if self.is_cut {
            out.problems.push(format!(
                "{file}: more needs than are looked at ({MAX_NEEDS}, {MAX_ROOTS} of the project's own): the ways by which its packages come in are told in part"
            ));
        }
        if self.needs.is_empty() && self.edges.is_empty() {
            return;
        }
        let find = |candidates: &[String]| candidates.iter().find_map(|c| self.keys.get(c.as_str()).copied());
        let mut edges: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        let named = self.needs.iter().filter_map(|(from, candidates)| Some((*from, find(candidates)?)));
        for (from, to) in named.chain(self.edges.iter().copied()).filter(|(from, to)| from != to) {
            edges.entry(from).or_default().push(to);
            needed.insert(to);
        }
        let all: BTreeSet<usize> = self.keys.values().copied().collect();
        let named = self.roots.iter().filter_map(|(c, dev)| Some((find(c)?, *dev)));
        let mut roots: Vec<(usize, bool)> = named.chain(self.known_roots.iter().copied()).collect();
        if roots.is_empty() {
            let wanted: BTreeMap<(Ecosystem, &str), bool> =
                super::own_requirements(&out.requirements).fold(BTreeMap::new(), |mut map, r| {
                    let dev = map.entry((r.ecosystem, r.name.as_str())).or_insert(r.is_dev);
                    *dev &= r.is_dev;
                    map
                });
            let by_manifest = |i: &usize| {
                let p = out.packages.get(*i)?;
                wanted.get(&(p.ecosystem, p.name.as_str())).map(|dev| (*i, *dev))
            };
            roots = all.iter().filter_map(by_manifest).collect();
        }
        let told = !roots.is_empty();
        if !told {
            roots = all.difference(&needed).map(|i| (*i, false)).collect();
        }
        let (came_from, for_use) = reached(&roots, &edges);
        let mut labels: BTreeMap<usize, Arc<str>> = BTreeMap::new();
        for i in &all {
            let way = way(*i, &came_from);
            let path: Vec<Arc<str>> = way
                .kept
                .iter()
                .filter_map(|at| match labels.entry(*at) {
                    Entry::Occupied(known) => Some(Arc::clone(known.get())),
                    Entry::Vacant(slot) => {
                        let p = out.packages.get(*at)?;
                        Some(Arc::clone(slot.insert(format!("{}@{}", p.name, p.version).into())))
                    }
                })
                .collect();
            if let Some(p) = out.packages.get_mut(*i) {
                let is_reached = told && came_from.contains_key(i);
                p.is_direct |= is_reached && path.is_empty();
                // Where not all needs were looked at, one that is for use may be among the rest.
                p.is_dev |= is_reached && !self.is_cut && !for_use.contains(i);
                p.path = path;
                p.left_out_of_path = way.left_out;
            }
        }
    }
}

/// How a package was reached.
#[derive(Clone, Copy)]
struct Step {
    from: Option<usize>,
    /// The package of the project's own needs at which the way starts.
    top: usize,
    depth: usize,
}

/// How each package is reached by the shortest way, and which of them more than development needs: those come first.
fn reached(roots: &[(usize, bool)], edges: &BTreeMap<usize, Vec<usize>>) -> (BTreeMap<usize, Step>, BTreeSet<usize>) {
    let mut came_from: BTreeMap<usize, Step> = BTreeMap::new();
    let mut for_use: BTreeSet<usize> = BTreeSet::new();
    for dev in [false, true] {
        let mut queue: VecDeque<(usize, Step)> = VecDeque::new();
        for (root, _) in roots.iter().filter(|(_, d)| *d == dev) {
            if let Entry::Vacant(slot) = came_from.entry(*root) {
                let step = Step {
                    from: None,
                    top: *root,
                    depth: 0,
                };
                queue.push_back((*root, *slot.insert(step)));
            }
        }
        while let Some((at, step)) = queue.pop_front() {
            if !dev {
                for_use.insert(at);
            }
            for to in edges.get(&at).into_iter().flatten() {
                if let Entry::Vacant(slot) = came_from.entry(*to) {
                    let next = Step {
                        from: Some(at),
                        top: step.top,
                        depth: step.depth + 1,
                    };
                    queue.push_back((*to, *slot.insert(next)));
                }
            }
        }
    }
    (came_from, for_use)
}

/// What stands between the project and a package.
struct Way {
    /// From the top downwards.
    kept: Vec<usize>,
    /// How many are left out after the first.
    left_out: usize,
}

fn way(package: usize, came_from: &BTreeMap<usize, Step>) -> Way {
    let Some(own) = came_from.get(&package) else {
        return Way {
            kept: Vec::new(),
            left_out: 0,
        };
    };
    let left_out = own.depth.saturating_sub(MAX_PATH);
    // Of a longer way the top is kept, which is what can be updated, and what lies nearest.
    let nearest = if left_out > 0 { MAX_PATH - 1 } else { MAX_PATH };
    let mut kept = Vec::new();
    let mut at = own.from;
    while let Some(from) = at.filter(|_| kept.len() < nearest) {
        kept.push(from);
        at = came_from.get(&from).and_then(|s| s.from);
    }
    if left_out > 0 {
        kept.push(own.top);
    }
    kept.reverse();
    Way { kept, left_out }
}
