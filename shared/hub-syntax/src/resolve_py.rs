//! Where a Python import leads.
//!
//! Roots are guessed from the tree, as no interpreter is there to ask: the folder above the outermost package around a module,
//! every folder of loose scripts, `src` and the root of the tree itself (an unpacked wheel is a `site-packages`).

use crate::{ModuleId, Program};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;

/// What an import names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PyTarget {
    Module(ModuleId),
    /// A folder without `__init__.py` that holds modules: its path in the tree.
    Namespace(String),
}

/// Finds modules by their dotted names.
#[derive(Debug)]
pub struct PyResolver {
    /// Folders that imports start from; "" is the tree's root.
    roots: Vec<String>,
    /// Every folder with a Python module somewhere below.
    folders: FxHashSet<String>,
    files: FxHashMap<String, ModuleId>,
    memo: RefCell<FxHashMap<(String, String), Option<PyTarget>>>,
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn join(dir: &str, rest: &str) -> String {
    if dir.is_empty() { rest.to_owned() } else { format!("{dir}/{rest}") }
}

impl PyResolver {
    /// Learns the layout of a program's Python modules.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let mut files = FxHashMap::default();
        let mut folders = FxHashSet::default();
        for (id, module) in program.iter() {
            let path = module.path.as_str();
            if !path.ends_with(".py") {
                continue;
            }
            files.insert(path.to_owned(), id);
            let mut dir = parent(path);
            while folders.insert(dir.to_owned()) && !dir.is_empty() {
                dir = parent(dir);
            }
        }
        let mut roots = vec![String::new()];
        let mut seen: FxHashSet<String> = roots.iter().cloned().collect();
        let mut add = |root: &str| {
            if seen.insert(root.to_owned()) {
                roots.push(root.to_owned());
            }
        };
        let mut ordered: Vec<&String> = folders.iter().collect();
        ordered.sort_by_key(|folder| (folder.matches('/').count(), folder.as_str()));
        for folder in ordered {
            let is_package = |folder: &str| files.contains_key(&join(folder, "__init__.py"));
            if matches!(folder.rsplit('/').next(), Some("src" | "lib" | "python")) && !is_package(folder) {
                add(folder);
            }
            let mut top = folder.as_str();
            while !top.is_empty() && is_package(top) {
                top = parent(top);
            }
            add(top);
        }
        Self {
            roots,
            folders,
            files,
            memo: RefCell::default(),
        }
    }

    /// The module of an absolute dotted name, as seen from the module at `from` (a path): nearer roots win.
    #[must_use]
    pub fn absolute(&self, from: &str, dotted: &str) -> Option<PyTarget> {
        let dir = parent(from);
        let key = (dir.to_owned(), dotted.to_owned());
        if let Some(known) = self.memo.borrow().get(&key) {
            return known.clone();
        }
        let tail = dotted.replace('.', "/");
        let near = self
            .roots
            .iter()
            .filter(|root| root.is_empty() || dir == *root || dir.starts_with(&format!("{root}/")));
        let mut near: Vec<&String> = near.collect();
        near.sort_by_key(|root| std::cmp::Reverse(root.len()));
        let far = self.roots.iter().filter(|root| !near.contains(root));
        let order: Vec<&String> = near.iter().copied().chain(far).collect();
        let mut found = order
            .iter()
            .find_map(|root| self.module_at(&join(root, &tail)).map(PyTarget::Module));
        if found.is_none() {
            found = order
                .iter()
                .map(|root| join(root, &tail))
                .find(|path| self.folders.contains(path))
                .map(PyTarget::Namespace);
        }
        self.memo.borrow_mut().insert(key, found.clone());
        found
    }

    /// The module that `specifier` names in an `import` or `from … import` of the module at `from`: dots in front are relative.
    #[must_use]
    pub fn resolve(&self, from: &str, specifier: &str) -> Option<PyTarget> {
        let dots = specifier.bytes().take_while(|b| *b == b'.').count();
        if dots == 0 {
            return self.absolute(from, specifier);
        }
        let mut dir = parent(from);
        for _ in 1..dots {
            if dir.is_empty() {
                return None;
            }
            dir = parent(dir);
        }
        let rest = &specifier[dots..];
        let path = if rest.is_empty() {
            dir.to_owned()
        } else {
            join(dir, &rest.replace('.', "/"))
        };
        self.at(&path)
    }

    /// The module or namespace `name` below a package or namespace folder.
    #[must_use]
    pub fn below(&self, folder: &str, name: &str) -> Option<PyTarget> {
        self.at(&join(folder, name))
    }

    fn at(&self, path: &str) -> Option<PyTarget> {
        self.module_at(path)
            .map(PyTarget::Module)
            .or_else(|| self.folders.contains(path).then(|| PyTarget::Namespace(path.to_owned())))
    }

    fn module_at(&self, path: &str) -> Option<ModuleId> {
        let package = if path.is_empty() {
            "__init__.py".to_owned()
        } else {
            format!("{path}/__init__.py")
        };
        self.files.get(&package).or_else(|| self.files.get(&format!("{path}.py"))).copied()
    }

    /// Modules directly below a folder: their names, and whether each is a package; sorted.
    #[must_use]
    pub fn children(&self, folder: &str) -> Vec<(String, bool)> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut out: Vec<(String, bool)> = Vec::new();
        for path in self.files.keys() {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            match rest.split_once('/') {
                None => {
                    if let Some(name) = rest.strip_suffix(".py").filter(|name| *name != "__init__") {
                        out.push((name.to_owned(), false));
                    }
                }
                Some((name, "__init__.py")) => out.push((name.to_owned(), true)),
                Some(_) => {}
            }
        }
        out.sort();
        out
    }

    /// The dotted name under which the module at `path` is imported from its root.
    #[must_use]
    pub fn dotted(&self, path: &str) -> String {
        let mut top = parent(path);
        while !top.is_empty() && self.files.contains_key(&join(top, "__init__.py")) {
            top = parent(top);
        }
        // A folder without `__init__.py` below a root is a namespace package.
        let root = self
            .roots
            .iter()
            .filter(|root| root.is_empty() || top == *root || top.starts_with(&format!("{root}/")))
            .min_by_key(|root| root.len());
        let root = if top.rsplit('/').next().is_some_and(|last| matches!(last, "src" | "lib" | "python")) {
            Some(top)
        } else {
            root.map(String::as_str)
        };
        let rest = path.strip_prefix(root.unwrap_or("")).unwrap_or(path).trim_start_matches('/');
        let rest = rest.strip_suffix(".py").unwrap_or(rest);
        let rest = rest.strip_suffix("/__init__").unwrap_or(rest);
        rest.replace('/', ".")
    }
}

#[cfg(test)]
mod tests {
    use super::{PyResolver, PyTarget};
    use crate::Program;
    use crate::ir::{Language, Module};

    fn program(paths: &[&str]) -> Program {
        Program::new(
            paths
                .iter()
                .map(|p| Module::empty(Language::Python, p.parse().unwrap(), "".into()))
                .collect(),
        )
    }

    #[test]
    fn imports_lead_to_files() {
        let paths = [
            "src/app/__init__.py",
            "src/app/a.py",
            "src/app/sub/__init__.py",
            "src/app/sub/b.py",
            "ns/inner/c.py",
            "tools/run.py",
            "tools/util.py",
        ];
        let program = program(&paths);
        let resolver = PyResolver::new(&program);
        for (from, specifier, expected) in [
            ("src/app/a.py", "app.sub.b", Some("src/app/sub/b.py")),
            ("src/app/a.py", ".sub", Some("src/app/sub/__init__.py")),
            ("src/app/sub/b.py", "..a", Some("src/app/a.py")),
            ("src/app/sub/b.py", "..", Some("src/app/__init__.py")),
            ("src/app/sub/b.py", ".....x", None),
            ("src/app/a.py", "ns.inner.c", Some("ns/inner/c.py")),
            ("tools/run.py", "util", Some("tools/util.py")),
            ("src/app/a.py", "mcp.server", None),
        ] {
            let found = match resolver.resolve(from, specifier) {
                Some(PyTarget::Module(id)) => Some(program.module(id).path.as_str()),
                _ => None,
            };
            assert_eq!(found, expected, "{specifier} from {from}");
        }
        assert_eq!(
            resolver.resolve("src/app/a.py", "ns.inner"),
            Some(PyTarget::Namespace("ns/inner".to_owned()))
        );
        assert_eq!(resolver.children("src/app"), [("a".to_owned(), false), ("sub".to_owned(), true)]);
        assert_eq!(resolver.dotted("src/app/sub/b.py"), "app.sub.b");
        assert_eq!(resolver.dotted("src/app/__init__.py"), "app");
    }
}
