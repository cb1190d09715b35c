//! What needs what inside one lock file: from it follow the way by which a package comes in, and whether anything but development needs it.

use super::Resolved;
use crate::Ecosystem;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Longest way that is kept; beyond it the middle is of no help.
const MAX_PATH: usize = 16;
/// Most needs of one lock file that are looked at; the largest real ones have some ten thousand.
const MAX_NEEDS: usize = 200_000;

/// One lock file's packages, by what it calls them.
#[derive(Default)]
pub(super) struct Graph {
    /// Names of a package inside the file, to its place in [`Resolved::packages`].
    keys: BTreeMap<String, usize>,
    /// Who needs which: the first key that exists is meant.
    needs: Vec<(usize, Vec<String>)>,
    edges: Vec<(usize, usize)>,
    /// What the project itself needs, and whether only for development.
    roots: Vec<(Vec<String>, bool)>,
}

impl Graph {
    pub(super) fn key(&mut self, key: impl Into<String>, package: usize) {
        self.keys.entry(key.into()).or_insert(package);
    }

    pub(super) fn need(&mut self, package: usize, candidates: Vec<String>) {
        if self.needs.len() < MAX_NEEDS {
            self.needs.push((package, candidates));
        }
    }

    /// As [`Graph::need`], for a file whose keys are all known already. Says whether there is room for more.
    pub(super) fn need_of_known(&mut self, package: usize, candidates: &[String]) -> bool {
        if let Some(to) = candidates.iter().find_map(|c| self.keys.get(c)) {
            self.edges.push((package, *to));
        }
        self.edges.len() < MAX_NEEDS
    }

    pub(super) fn root(&mut self, candidates: Vec<String>, is_dev: bool) {
        self.roots.push((candidates, is_dev));
    }

    /// Writes what follows from it into the packages. Where the file does not say what the project itself needs, its manifests do; where
    /// nothing does, what nobody else needs is taken for that, and no package for one of development.
    pub(super) fn settle(self, out: &mut Resolved) {
        if self.needs.is_empty() && self.edges.is_empty() {
            return;
        }
        let find = |candidates: &[String]| candidates.iter().find_map(|c| self.keys.get(c).copied());
        let mut edges: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        let named = self.needs.iter().filter_map(|(from, candidates)| Some((*from, find(candidates)?)));
        for (from, to) in named.chain(self.edges.iter().copied()).filter(|(from, to)| from != to) {
            edges.entry(from).or_default().push(to);
            needed.insert(to);
        }
        let all: BTreeSet<usize> = self.keys.values().copied().collect();
        let mut roots: Vec<(usize, bool)> = self.roots.iter().filter_map(|(c, dev)| Some((find(c)?, *dev))).collect();
        if roots.is_empty() {
            let wanted: BTreeMap<(Ecosystem, &str), bool> = out.requirements.iter().fold(BTreeMap::new(), |mut map, r| {
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
        // Breadth first, so that the shortest way is told; what more than development needs comes first.
        let mut came_from: BTreeMap<usize, Option<usize>> = BTreeMap::new();
        let mut for_use: BTreeSet<usize> = BTreeSet::new();
        for dev in [false, true] {
            let mut queue: VecDeque<usize> = VecDeque::new();
            for (root, _) in roots.iter().filter(|(_, d)| *d == dev) {
                if let std::collections::btree_map::Entry::Vacant(slot) = came_from.entry(*root) {
                    slot.insert(None);
                    queue.push_back(*root);
                }
            }
            while let Some(at) = queue.pop_front() {
                if !dev {
                    for_use.insert(at);
                }
                for to in edges.get(&at).into_iter().flatten() {
                    if let std::collections::btree_map::Entry::Vacant(slot) = came_from.entry(*to) {
                        slot.insert(Some(at));
                        queue.push_back(*to);
                    }
                }
            }
        }
        let named = |i: usize| out.packages.get(i).map(|p| format!("{}@{}", p.name, p.version));
        let mut found: Vec<(usize, Vec<String>)> = Vec::new();
        for i in &all {
            let mut path = Vec::new();
            let mut at = came_from.get(i).copied().flatten();
            while let Some(from) = at.filter(|_| path.len() < MAX_PATH) {
                path.extend(named(from));
                at = came_from.get(&from).copied().flatten();
            }
            path.reverse();
            found.push((*i, path));
        }
        for (i, path) in found {
            if let Some(p) = out.packages.get_mut(i) {
                p.is_direct |= told && path.is_empty() && came_from.contains_key(&i);
                p.is_dev |= told && came_from.contains_key(&i) && !for_use.contains(&i);
                p.path = path;
            }
        }
    }
}
