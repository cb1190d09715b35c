//! Which module an import names, inside the program.

use hub_syntax::ir::Language;
use hub_syntax::{ModuleId, Program};
use rustc_hash::FxHashMap;

/// An index over the program's paths.
#[derive(Debug, Default)]
pub struct Imports {
    /// Python modules by the last part of their dotted name.
    python: FxHashMap<String, Vec<(Vec<String>, ModuleId)>>,
    /// JavaScript modules by file name without extension.
    stems: FxHashMap<String, Vec<ModuleId>>,
}

impl Imports {
    pub fn of(program: &Program) -> Self {
        let mut out = Self::default();
        for (id, module) in program.iter() {
            let path = module.path.as_str();
            if module.language == Language::Python {
                let Some(path) = path.strip_suffix(".py").or_else(|| path.strip_suffix(".pyw")) else {
                    continue;
                };
                let path = path.strip_suffix("/__init__").unwrap_or(path);
                let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
                if let Some(last) = parts.last() {
                    out.python.entry(last.clone()).or_default().push((parts.clone(), id));
                }
            } else if let Some(stem) = module.path.file_name().split('.').next() {
                out.stems.entry(stem.to_owned()).or_default().push(id);
            }
        }
        out
    }

    /// The Python module `dotted` names, seen from `from`; leading dots as written.
    pub fn python(&self, program: &Program, from: ModuleId, dotted: &str) -> Option<ModuleId> {
        let here = program.module(from).path.as_str();
        let dots = dotted.bytes().take_while(|b| *b == b'.').count();
        if dots > 0 {
            let mut folder: Vec<&str> = here.split('/').collect();
            folder.pop();
            for _ in 1..dots {
                folder.pop()?;
            }
            folder.extend(dotted[dots..].split('.').filter(|p| !p.is_empty()));
            let base = folder.join("/");
            return program
                .find_path(&format!("{base}.py"))
                .or_else(|| program.find_path(&format!("{base}/__init__.py")));
        }
        let wanted: Vec<&str> = dotted.split('.').collect();
        let candidates = self.python.get(*wanted.last()?)?;
        let mut best: Option<(usize, ModuleId)> = None;
        for (parts, id) in candidates {
            if parts.len() < wanted.len() || !parts.iter().rev().zip(wanted.iter().rev()).all(|(a, b)| a == b) {
                continue;
            }
            // A top-level name deep inside another package is another thing: at most a source root stands before it.
            let before = &parts[..parts.len() - wanted.len()];
            let shared = before.iter().zip(here.split('/')).take_while(|(a, b)| a == b).count();
            if wanted.len() == 1 && before.len() > shared {
                continue;
            }
            if before.len() > shared + 2 {
                continue;
            }
            if best.is_none_or(|(s, _)| shared > s) {
                best = Some((shared, *id));
            }
        }
        best.map(|(_, id)| id)
    }

    /// The JavaScript module a specifier names, seen from `from`.
    pub fn script(&self, program: &Program, from: ModuleId, specifier: &str) -> Option<ModuleId> {
        let here = program.module(from).path.as_str();
        let specifier = specifier.split(['?', '#']).next().unwrap_or(specifier);
        if specifier.starts_with('.') {
            let mut folder: Vec<&str> = here.split('/').collect();
            folder.pop();
            for part in specifier.split('/') {
                match part {
                    "." | "" => {}
                    ".." => {
                        folder.pop()?;
                    }
                    other => folder.push(other),
                }
            }
            return find_script(program, &folder.join("/"));
        }
        // Path aliases: `@/x`, `~/x`, `#x`, `src/x` name a path below some source root.
        let tail = specifier
            .strip_prefix("@/")
            .or_else(|| specifier.strip_prefix("~/"))
            .or_else(|| specifier.strip_prefix("#/"));
        let tail = tail.or_else(|| specifier.starts_with("src/").then_some(specifier))?;
        let stem = tail.rsplit('/').next()?.split('.').next()?;
        let tail_stem = tail
            .rsplit_once('.')
            .filter(|(_, e)| matches!(*e, "js" | "ts" | "mjs" | "cjs" | "jsx" | "tsx"))
            .map_or(tail, |(h, _)| h);
        let mut found = self
            .stems
            .get(stem)
            .into_iter()
            .chain(self.stems.get("index"))
            .flatten()
            .copied()
            .filter(|id| {
                let path = program.module(*id).path.as_str();
                let path = path.rsplit_once('.').map_or(path, |(h, _)| h);
                let path = path.strip_suffix("/index").unwrap_or(path);
                path == tail_stem || path.ends_with(&format!("/{tail_stem}"))
            });
        found.next()
    }
}

fn find_script(program: &Program, base: &str) -> Option<ModuleId> {
    const ENDINGS: [&str; 8] = [".ts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".mts", ".cts"];
    if let Some(id) = program.find_path(base) {
        return Some(id);
    }
    // TypeScript writes `./x.js` and means `./x.ts`.
    if let Some((stem, ending)) = base.rsplit_once('.')
        && matches!(ending, "js" | "mjs" | "cjs" | "jsx")
        && let Some(id) = ENDINGS.iter().find_map(|e| program.find_path(&format!("{stem}{e}")))
    {
        return Some(id);
    }
    ENDINGS
        .iter()
        .find_map(|e| program.find_path(&format!("{base}{e}")))
        .or_else(|| ENDINGS.iter().find_map(|e| program.find_path(&format!("{base}/index{e}"))))
}
