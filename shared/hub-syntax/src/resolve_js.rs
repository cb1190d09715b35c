//! Which module a JavaScript import means: relative paths with guessed extensions, `package.json` (`exports`, `imports`, `main`,
//! names of packages in the same tree), `tsconfig.json` (`paths`, `baseUrl`).

use crate::{ModuleId, Program, json_value, parse_json};
use hub_model::{Budget, RelPath, npm_alias};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::sync::Arc;

/// Extensions tried when an import names none, in this order.
const EXTENSIONS: &[&str] = &["ts", "tsx", "mts", "cts", "js", "mjs", "cjs", "jsx", "json"];

/// Import resolution over one program.
#[derive(Debug, Default)]
pub struct JsResolver {
    /// Folders with a `package.json`, deepest first.
    packages: Vec<Package>,
    /// Package name → index into `packages`.
    by_name: FxHashMap<String, usize>,
    /// Names that a manifest gives to packages of other names (`"x": "npm:real@^1"`).
    renamed: FxHashMap<String, String>,
    /// Folders with a `tsconfig.json` that maps paths, deepest first.
    aliases: Vec<Aliases>,
}

/// A folder with a `package.json`.
#[derive(Debug)]
pub struct Package {
    /// Folder, "" at the root.
    pub dir: String,
    /// The parsed file.
    pub manifest: Value,
}

#[derive(Debug)]
struct Aliases {
    dir: String,
    /// `(prefix, suffix, targets)` of `"prefix*suffix": ["target*"]`; without a star the suffix is none.
    paths: Vec<(String, Option<String>, Vec<String>)>,
    base_url: Option<String>,
}

impl JsResolver {
    /// Reads the manifests among `files` (path, text). Broken ones are passed over.
    pub fn new<'f>(files: impl IntoIterator<Item = (&'f RelPath, &'f str)>, budget: &Budget) -> Self {
        let mut out = Self::default();
        for (path, text) in files {
            let name = path.file_name();
            let wanted =
                name == "package.json" || (name.starts_with("tsconfig") || name.starts_with("jsconfig")) && name.ends_with(".json");
            if !wanted || in_node_modules(path.as_str()) && name != "package.json" {
                continue;
            }
            let Some(value) = read_json(path, text, budget) else { continue };
            let dir = path.parent().to_owned();
            if name == "package.json" {
                out.packages.push(Package { dir, manifest: value });
            } else if let Some(aliases) = Aliases::read(dir, &value) {
                out.aliases.push(aliases);
            }
        }
        out.packages.sort_by(|a, b| b.dir.len().cmp(&a.dir.len()).then(a.dir.cmp(&b.dir)));
        out.aliases.sort_by(|a, b| b.dir.len().cmp(&a.dir.len()).then(a.dir.cmp(&b.dir)));
        for (i, p) in out.packages.iter().enumerate().rev() {
            if let Some(name) = p.manifest.get("name").and_then(Value::as_str) {
                out.by_name.insert(name.to_owned(), i);
            }
            for table in ["dependencies", "optionalDependencies", "devDependencies"] {
                for (name, range) in p.manifest.get(table).and_then(Value::as_object).into_iter().flatten() {
                    if let Some((real, _)) = range.as_str().and_then(npm_alias) {
                        out.renamed.insert(name.clone(), real.to_owned());
                    }
                }
            }
        }
        out
    }

    /// Packages of the tree, deepest folder first.
    #[must_use]
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The name under which a package is published that a manifest of the tree gives another name.
    #[must_use]
    pub fn real_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.renamed.get(name).map_or(name, String::as_str)
    }

    /// The module that `specifier` means in the file at `from`; none when it lies outside of the program.
    #[must_use]
    pub fn resolve(&self, program: &Program, from: &RelPath, specifier: &str) -> Option<ModuleId> {
        let specifier = specifier.split(['?']).next().unwrap_or(specifier);
        if specifier.starts_with("node:") || specifier.is_empty() {
            return None;
        }
        if specifier.starts_with('.') || specifier.starts_with('/') {
            let base = if specifier.starts_with('/') {
                String::new()
            } else {
                from.parent().to_owned()
            };
            return file(program, &join(&base, specifier)?);
        }
        if specifier.starts_with('#') {
            let package = self.package_of(from.as_str())?;
            let target = package.manifest.get("imports").and_then(|i| pick(i, specifier, 0))?;
            return file(program, &join(&package.dir, &target)?);
        }
        self.alias(program, from, specifier)
            .or_else(|| self.package_import(program, specifier))
    }

    /// The module a package's folder means: `exports["."]`, `module`, `main`, `index`.
    #[must_use]
    pub fn package_main(&self, program: &Program, package: &Package) -> Option<ModuleId> {
        let at = |target: &str| join(&package.dir, target).and_then(|p| source_or_file(program, &p));
        let manifest = &package.manifest;
        manifest
            .get("exports")
            .and_then(|e| pick_export(e, "."))
            .and_then(|t| at(&t))
            .or_else(|| {
                ["module", "main"]
                    .iter()
                    .find_map(|k| manifest.get(*k).and_then(Value::as_str).and_then(at))
            })
            .or_else(|| at("index"))
            .or_else(|| at("src/index"))
    }

    fn package_import(&self, program: &Program, specifier: &str) -> Option<ModuleId> {
        let cut = if specifier.starts_with('@') {
            specifier.match_indices('/').nth(1)
        } else {
            specifier.match_indices('/').next()
        };
        let (name, rest) = cut.map_or((specifier, ""), |(i, _)| (&specifier[..i], &specifier[i + 1..]));
        let index = self.by_name.get(name).or_else(|| self.by_name.get(self.real_name(name)))?;
        let package = &self.packages[*index];
        if rest.is_empty() {
            return self.package_main(program, package);
        }
        let exported = package.manifest.get("exports").and_then(|e| pick_export(e, &format!("./{rest}")));
        let target = exported.unwrap_or_else(|| rest.to_owned());
        source_or_file(program, &join(&package.dir, &target)?)
    }

    fn alias(&self, program: &Program, from: &RelPath, specifier: &str) -> Option<ModuleId> {
        for aliases in self.aliases.iter().filter(|a| within(&a.dir, from.as_str())) {
            let base = aliases
                .base_url
                .as_deref()
                .map_or_else(|| Some(aliases.dir.clone()), |b| join(&aliases.dir, b))?;
            for (prefix, suffix, targets) in &aliases.paths {
                let star = match suffix {
                    None if specifier == prefix => "",
                    Some(suffix) => match specifier
                        .strip_prefix(prefix.as_str())
                        .and_then(|s| s.strip_suffix(suffix.as_str()))
                    {
                        Some(star) => star,
                        None => continue,
                    },
                    None => continue,
                };
                let found = targets
                    .iter()
                    .find_map(|t| join(&base, &t.replacen('*', star, 1)).and_then(|p| file(program, &p)));
                if found.is_some() {
                    return found;
                }
            }
            if aliases.base_url.is_some()
                && let Some(found) = join(&base, specifier).and_then(|p| file(program, &p))
            {
                return Some(found);
            }
        }
        None
    }

    /// The package a file belongs to.
    #[must_use]
    pub fn package_of(&self, path: &str) -> Option<&Package> {
        self.packages.iter().find(|p| within(&p.dir, path))
    }
}

impl Aliases {
    fn read(dir: String, value: &Value) -> Option<Self> {
        let options = value.get("compilerOptions")?;
        let base_url = options.get("baseUrl").and_then(Value::as_str).map(str::to_owned);
        let mut paths = Vec::new();
        for (pattern, targets) in options.get("paths").and_then(Value::as_object).into_iter().flatten() {
            let targets: Vec<String> = targets
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            match pattern.split_once('*') {
                Some((prefix, suffix)) => paths.push((prefix.to_owned(), Some(suffix.to_owned()), targets)),
                None => paths.push((pattern.clone(), None, targets)),
            }
        }
        (base_url.is_some() || !paths.is_empty()).then_some(Self { dir, paths, base_url })
    }
}

fn read_json(path: &RelPath, text: &str, budget: &Budget) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let module = parse_json(path, &Arc::from(text), budget).ok()?;
    match module.exports.first()?.what {
        crate::ir::Exported::Expr(value) => json_value(&module, value),
        _ => None,
    }
}

fn in_node_modules(path: &str) -> bool {
    path.split('/').any(|s| s == "node_modules")
}

fn within(dir: &str, path: &str) -> bool {
    dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

/// `base/relative` without `.` and `..`; none when it leaves the tree.
#[must_use]
pub fn join(base: &str, relative: &str) -> Option<String> {
    let mut out: Vec<&str> = base.split('/').filter(|s| !s.is_empty() && *s != ".").collect();
    for segment in relative.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                out.pop()?;
            }
            other => out.push(other),
        }
    }
    Some(out.join("/"))
}

/// The module at a path as an import writes it: exactly, with an extension, with `.js` standing for `.ts`, or an index file.
pub(crate) fn file(program: &Program, path: &str) -> Option<ModuleId> {
    if let Some(found) = program.find_path(path) {
        return Some(found);
    }
    if let Some((stem, extension)) = path.rsplit_once('.') {
        let twins: &[&str] = match extension {
            "js" => &["ts", "tsx", "jsx"],
            "mjs" => &["mts"],
            "cjs" => &["cts"],
            "jsx" => &["tsx"],
            _ => &[],
        };
        if let Some(found) = twins.iter().find_map(|t| program.find_path(&format!("{stem}.{t}"))) {
            return Some(found);
        }
    }
    let dot = if path.is_empty() {
        None
    } else {
        EXTENSIONS.iter().find_map(|e| program.find_path(&format!("{path}.{e}")))
    };
    dot.or_else(|| {
        let index = if path.is_empty() {
            "index".to_owned()
        } else {
            format!("{path}/index")
        };
        EXTENSIONS.iter().find_map(|e| program.find_path(&format!("{index}.{e}")))
    })
}

/// A path named by a manifest: as it stands, or, when the build is not in the tree, the source it is built from.
#[must_use]
pub fn source_or_file(program: &Program, path: &str) -> Option<ModuleId> {
    if let Some(found) = file(program, path) {
        return Some(found);
    }
    let mut segments: Vec<&str> = path.split('/').collect();
    let build = segments
        .iter()
        .position(|s| matches!(*s, "dist" | "build" | "lib" | "out" | "output" | "esm" | "cjs" | "bin"))?;
    let stem = |s: &str| s.rsplit_once('.').map_or(s.to_owned(), |(a, _)| a.to_owned());
    // A folder of builds named by itself (`"main": "dist"`) means its index.
    let last = match segments.pop()? {
        _ if build == segments.len() => "index".to_owned(),
        file => stem(file),
    };
    let after = segments.get(build + 1..).unwrap_or_default();
    let before = segments.get(..build).unwrap_or_default();
    let mut tried = Vec::new();
    for skip in 0..=after.len() {
        for source in ["src", "source", "lib", ""] {
            let mut parts: Vec<&str> = before.to_vec();
            if !source.is_empty() {
                parts.push(source);
            }
            parts.extend(after.iter().skip(skip));
            parts.push(&last);
            tried.push(parts.join("/"));
        }
    }
    tried.iter().find_map(|p| file(program, p))
}

/// `exports` for one subpath (`"."`, `"./x"`).
fn pick_export(exports: &Value, subpath: &str) -> Option<String> {
    match exports {
        Value::Object(map) if map.keys().any(|k| k.starts_with('.')) => pick(exports, subpath, 0),
        other if subpath == "." => condition(other, 0),
        _ => None,
    }
}

/// Entry of a map with `*` patterns.
fn pick(map: &Value, key: &str, depth: usize) -> Option<String> {
    let map = map.as_object()?;
    if let Some(value) = map.get(key) {
        return condition(value, depth);
    }
    map.iter().find_map(|(pattern, value)| {
        let (prefix, suffix) = pattern.split_once('*')?;
        let star = key.strip_prefix(prefix)?.strip_suffix(suffix)?;
        condition(value, depth).map(|t| t.replacen('*', star, 1))
    })
}

fn condition(value: &Value, depth: usize) -> Option<String> {
    if depth > 8 {
        return None;
    }
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Array(items) => items.iter().find_map(|v| condition(v, depth + 1)),
        Value::Object(map) => ["import", "module", "node", "default", "require"]
            .iter()
            .find_map(|k| map.get(*k).and_then(|v| condition(v, depth + 1)))
            .or_else(|| map.iter().filter(|(k, _)| *k != "types").find_map(|(_, v)| condition(v, depth + 1))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(files: &[(&str, &str)], from: &str, specifier: &str) -> Option<String> {
        let budget = Budget::default();
        let files: Vec<(RelPath, &str)> = files.iter().map(|(p, t)| (p.parse().expect("a path"), *t)).collect();
        let modules = files
            .iter()
            .filter_map(|(p, t)| crate::parse(p, &Arc::from(*t), &budget).ok())
            .collect();
        let program = Program::new(modules);
        let resolver = JsResolver::new(files.iter().map(|(p, t)| (p, *t)), &budget);
        let id = resolver.resolve(&program, &from.parse().expect("a path"), specifier)?;
        Some(program.module(id).path.to_string())
    }

    #[test]
    fn a_main_that_is_only_a_build_folder_means_the_index_it_is_built_from() {
        for folder in ["dist", "build", "lib", "bin", "out", "x/dist", "dist/dist"] {
            let manifest = format!(r#"{{"name":"p","main":"{folder}","bin":"{folder}","exports":"./{folder}"}}"#);
            let nowhere = [("p/package.json", manifest.as_str()), ("p/other.ts", "")];
            assert_eq!(resolved(&nowhere, "p/other.ts", "p"), None, "{folder}");
        }
        let files = [
            ("p/package.json", r#"{"name":"p","main":"dist"}"#),
            ("p/src/index.ts", ""),
            ("p/a.ts", ""),
        ];
        assert_eq!(resolved(&files, "p/a.ts", "p").as_deref(), Some("p/src/index.ts"));
    }

    #[test]
    fn relative_imports_guess_extensions_and_index_files() {
        let files = [("src/a.ts", ""), ("src/b/index.js", ""), ("c.mjs", "")];
        assert_eq!(resolved(&files, "src/x.ts", "./a.js").as_deref(), Some("src/a.ts"));
        assert_eq!(resolved(&files, "src/x.ts", "./b").as_deref(), Some("src/b/index.js"));
        assert_eq!(resolved(&files, "src/x.ts", "../c.mjs").as_deref(), Some("c.mjs"));
        assert_eq!(resolved(&files, "src/x.ts", "../../c.mjs"), None);
        assert_eq!(resolved(&files, "src/x.ts", "node:fs"), None);
    }

    #[test]
    fn packages_of_the_same_tree_and_aliases_resolve() {
        let files = [
            (
                "packages/core/package.json",
                r##"{"name":"@acme/core","exports":{".":{"types":"./d.ts","import":"./dist/index.js"},"./*":"./dist/*.js"},"imports":{"#x/*":"./src/*.ts"}}"##,
            ),
            ("packages/core/src/index.ts", ""),
            ("packages/core/src/deep/y.ts", ""),
            (
                "tsconfig.json",
                "{ // paths\n \"compilerOptions\": { \"baseUrl\": \".\", \"paths\": { \"@/*\": [\"app/*\"], }, }, }",
            ),
            ("app/z.ts", ""),
        ];
        assert_eq!(
            resolved(&files, "app/z.ts", "@acme/core").as_deref(),
            Some("packages/core/src/index.ts")
        );
        assert_eq!(
            resolved(&files, "app/z.ts", "@acme/core/deep/y").as_deref(),
            Some("packages/core/src/deep/y.ts")
        );
        assert_eq!(
            resolved(&files, "packages/core/src/index.ts", "#x/deep/y").as_deref(),
            Some("packages/core/src/deep/y.ts")
        );
        assert_eq!(resolved(&files, "app/q.ts", "@/z").as_deref(), Some("app/z.ts"));
        assert_eq!(resolved(&files, "app/q.ts", "zod"), None);
    }
}
