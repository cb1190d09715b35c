//! Which files are worth reading, by their path alone.

use hub_model::{RelPath, SkipReason};

/// What to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Read it if it has at most `max_bytes`.
    Read { max_bytes: u64, kind: TextKind },
    /// Read it if it is small and begins with `#!`.
    Sniff { max_bytes: u64 },
    /// Leave it out.
    Skip(SkipReason),
}

/// How suspicious of binary content to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextKind {
    /// A program that would run although a NUL stands in a comment.
    Code,
    /// Anything else: one NUL and it is binary.
    Data,
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// Folders whose contents were brought from elsewhere or made by a tool.
const SET_APART: &[&str] = &[
    "node_modules",
    "bower_components",
    "jspm_packages",
    "site-packages",
    "__pycache__",
    ".tox",
    ".nox",
    ".venv",
    ".eggs",
    ".yarn",
    // Where this house itself puts what it fetches of dependencies: nobody else may.
    hub_model::DEPENDENCY_FOLDER,
];
/// Folders that are not part of the source at all.
const NOT_SOURCE: &[&str] = &[".git", ".hg", ".svn"];

const CODE: &[&str] = &[
    "js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx", "py", "pyi", "pyw", "go", "rs", "java", "kt", "kts", "cs", "php", "rb", "rake",
    "vue", "svelte", "astro", "sh", "bash", "zsh", "fish", "ps1", "psm1", "bat", "cmd",
];
/// Languages that nobody analyses here yet: named in the coverage, not read.
const FOREIGN: &[&str] = &[
    "c", "cc", "cpp", "cxx", "h", "hh", "hpp", "m", "mm", "swift", "dart", "lua", "ex", "exs", "erl", "scala", "clj", "cljs", "hs", "ml",
    "fs", "vb", "groovy", "pl", "pm", "r", "jl", "nim", "zig", "cr", "d", "v", "sol", "elm", "coffee",
];
const BINARY: &[&str] = &[
    "node", "so", "dll", "dylib", "exe", "pyd", "pyc", "pyo", "wasm", "class", "jar", "war", "o", "a", "lib", "bin", "db", "sqlite",
    "sqlite3", "onnx", "pb",
];

/// Judges a path.
pub(crate) fn choose(path: &RelPath, max_file_bytes: u64) -> Choice {
    if let Some(reason) = set_apart_folder(path).map(|(_, reason)| reason) {
        return Choice::Skip(reason);
    }
    let name = path.file_name().to_ascii_lowercase();
    let data = |max: u64| Choice::Read {
        max_bytes: max.min(max_file_bytes),
        kind: TextKind::Data,
    };
    if matches!(name.as_str(), ".pnp.cjs" | ".pnp.loader.mjs") {
        return Choice::Skip(SkipReason::SetApart);
    }
    if is_manifest(&name) {
        return data(max_file_bytes);
    }
    let Some(ext) = path.extension().map(str::to_ascii_lowercase) else {
        return match name.as_str() {
            "readme" | "makefile" | "procfile" | "justfile" | "metadata" | "wheel" | "record" | "pkg-info" => data(512 * KIB),
            _ => Choice::Sniff {
                max_bytes: (256 * KIB).min(max_file_bytes),
            },
        };
    };
    let ext = ext.as_str();
    if CODE.contains(&ext) {
        return Choice::Read {
            max_bytes: max_file_bytes,
            kind: TextKind::Code,
        };
    }
    if FOREIGN.contains(&ext) {
        return Choice::Skip(SkipReason::UnknownLanguage);
    }
    if BINARY.contains(&ext) {
        return Choice::Skip(SkipReason::Binary);
    }
    if ext == "map" && is_script_map(&name) {
        return data(max_file_bytes);
    }
    match ext {
        "json" | "jsonc" | "json5" | "yaml" | "yml" | "toml" | "ipynb" => data(4 * MIB),
        "md" | "mdx" | "mdc" | "rst" | "txt" | "sql" | "graphql" | "gql" | "proto" | "prompt" => data(512 * KIB),
        "html" | "htm" | "xml" | "ini" | "cfg" | "conf" | "properties" | "map" | "j2" | "jinja" | "jinja2" | "tmpl" | "hbs"
        | "mustache" | "ejs" | "liquid" | "tf" | "gradle" | "csproj" | "sln" | "gemspec" | "service" | "plist" => data(256 * KIB),
        "pem" | "key" | "crt" | "asc" => data(64 * KIB),
        _ => Choice::Skip(SkipReason::NotSource),
    }
}

/// The source map of a script, which says where a bundle's code was written. `name` is in lower case.
pub(crate) fn is_script_map(name: &str) -> bool {
    [".js.map", ".mjs.map", ".cjs.map", ".jsx.map"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// The folder that sets a path apart, up to and with its name, if one does.
pub(crate) fn set_apart_folder(path: &RelPath) -> Option<(&str, SkipReason)> {
    let text = path.as_str();
    let mut start = 0;
    while let Some(len) = text[start..].find('/') {
        let end = start + len;
        if let Some(reason) = folder(&text[start..end]) {
            return Some((&text[..end], reason));
        }
        start = end + 1;
    }
    None
}

/// Whether a folder of this name is left out with all that is below it.
pub(crate) fn folder(name: &str) -> Option<SkipReason> {
    if SET_APART.contains(&name) {
        Some(SkipReason::SetApart)
    } else if NOT_SOURCE.contains(&name) {
        Some(SkipReason::NotSource)
    } else {
        None
    }
}

/// Files that say what a project is, what it needs, and how it is started. `name` is in lower case.
pub(crate) fn is_manifest(name: &str) -> bool {
    matches!(
        name,
        "package.json"
            | "package-lock.json"
            | "npm-shrinkwrap.json"
            | "pnpm-lock.yaml"
            | "pnpm-workspace.yaml"
            | "yarn.lock"
            | "bun.lock"
            | "deno.json"
            | "deno.lock"
            | "jsr.json"
            | "lerna.json"
            | "pyproject.toml"
            | "setup.py"
            | "setup.cfg"
            | "pipfile"
            | "pipfile.lock"
            | "poetry.lock"
            | "uv.lock"
            | "pdm.lock"
            | "environment.yml"
            | "entry_points.txt"
            | "go.mod"
            | "go.sum"
            | "go.work"
            | "cargo.toml"
            | "cargo.lock"
            | "pom.xml"
            | "build.gradle"
            | "build.gradle.kts"
            | "settings.gradle"
            | "settings.gradle.kts"
            | "gradle.lockfile"
            | "libs.versions.toml"
            | "packages.config"
            | "packages.lock.json"
            | "directory.packages.props"
            | "directory.build.props"
            | "composer.json"
            | "composer.lock"
            | "gemfile"
            | "gemfile.lock"
            | "server.json"
            | "manifest.json"
            | "mcp.json"
            | ".mcp.json"
            | "smithery.yaml"
            | "smithery.yml"
            | ".npmrc"
            | ".yarnrc"
            | ".yarnrc.yml"
            | ".pypirc"
            | ".netrc"
            | ".cursorrules"
            | ".windsurfrules"
    ) || [
        "dockerfile",
        "containerfile",
        "docker-compose",
        "compose.y",
        ".env",
        "requirements",
        "constraints",
        "tsconfig",
        "jsconfig",
    ]
    .iter()
    .any(|p| name.starts_with(p))
        || name.ends_with(".dockerfile")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(path: &str) -> Choice {
        choose(&path.parse().unwrap(), 16 * MIB)
    }

    #[test]
    fn source_manifests_and_settings_are_read() {
        for path in [
            "src/index.ts",
            "a.PY",
            "Dockerfile",
            "docker-compose.prod.yml",
            ".env.local",
            "requirements-dev.txt",
            "x/package.json",
            "tsconfig.build.json",
            "a.csproj",
        ] {
            assert!(matches!(choice(path), Choice::Read { .. }), "{path}: {:?}", choice(path));
        }
        assert!(matches!(choice("bin/server"), Choice::Sniff { .. }));
        let bounds = ["dist/index.js.map", "dist/index.css.map"].map(choice);
        assert!(
            matches!(bounds, [Choice::Read { max_bytes: code, .. }, Choice::Read { max_bytes: other, .. }] if code == 16 * MIB && other < code)
        );
    }

    #[test]
    fn media_binaries_and_other_peoples_code_are_left_out() {
        for (path, reason) in [
            ("logo.png", SkipReason::NotSource),
            ("font.woff2", SkipReason::NotSource),
            ("a.tgz", SkipReason::NotSource),
            ("build/addon.node", SkipReason::Binary),
            ("node_modules/x/index.js", SkipReason::SetApart),
            ("packages/a/node_modules/x/index.js", SkipReason::SetApart),
            (".git/config", SkipReason::NotSource),
            ("native/a.cpp", SkipReason::UnknownLanguage),
        ] {
            assert_eq!(choice(path), Choice::Skip(reason), "{path}");
        }
        assert!(matches!(choice("src/node_modules.ts"), Choice::Read { .. }));
    }
}
