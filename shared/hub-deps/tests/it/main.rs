//! Every kind of lock file and manifest, as its tool writes it.

#![allow(clippy::unwrap_used)] // a test may stop where it stands

use hub_deps::{Resolved, resolve};
use hub_model::SourceFile;

fn read(path: &str, text: &str) -> Resolved {
    resolve(&[SourceFile {
        path: path.parse().unwrap(),
        text: text.into(),
    }])
}

/// `ecosystem name version line`, with `dev` and `script` where it applies.
fn packages(path: &str, text: &str) -> Vec<String> {
    let out = read(path, text);
    assert!(out.problems.is_empty(), "{path}: {:?}", out.problems);
    out.packages
        .iter()
        .map(|p| {
            let dev = if p.is_dev { " dev" } else { "" };
            let script = if p.has_install_script { " script" } else { "" };
            format!("{} {} {} {}{dev}{script}", p.ecosystem, p.name, p.version, p.line)
        })
        .collect()
}

#[test]
fn npm_locks_of_all_versions_are_read() {
    let v3 = r#"{"lockfileVersion": 3, "packages": {
  "": {"name": "mine"},
  "node_modules/@a/b": {"version": "1.0.0", "dev": true},
  "node_modules/c": {"version": "2.0.0", "hasInstallScript": true},
  "node_modules/c/node_modules/d": {"version": "3.0.0-rc.1"},
  "node_modules/linked": {"resolved": "packages/linked", "link": true},
  "packages/linked": {"version": "1.0.0"}
}}"#;
    assert_eq!(
        packages("package-lock.json", v3),
        ["npm @a/b 1.0.0 3 dev", "npm c 2.0.0 4 script", "npm d 3.0.0-rc.1 5"]
    );
    let v1 = r#"{"lockfileVersion": 1, "dependencies": {
  "c": {"version": "2.0.0", "dependencies": {
    "d": {"version": "1.0.0"}}},
  "e": {"version": "npm:real@4.0.0"}
}}"#;
    assert_eq!(
        packages("npm-shrinkwrap.json", v1),
        ["npm c 2.0.0 2", "npm d 1.0.0 3", "npm real 4.0.0 4"]
    );
}

#[test]
fn pnpm_and_yarn_locks_are_read() {
    let v9 = "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      zod:\n        specifier: ^3\n        version: 3.25.0\n\npackages:\n\n  '@a/b@1.0.0':\n    resolution: {integrity: x}\n\n  zod@3.25.0:\n    resolution: {integrity: x}\n    requiresBuild: true\n\nsnapshots:\n\n  zod@3.25.0: {}\n";
    assert_eq!(packages("pnpm-lock.yaml", v9), ["npm @a/b 1.0.0 13", "npm zod 3.25.0 16 script"]);
    let v6 = "lockfileVersion: '6.0'\npackages:\n  /@a/b@1.0.0(react@18.0.0):\n    dev: true\n  /c/2.0.0_react@18.0.0:\n    dev: false\n";
    assert_eq!(packages("pnpm-lock.yaml", v6), ["npm @a/b 1.0.0 3 dev", "npm c 2.0.0 5"]);
    let one = "# yarn lockfile v1\n\n\"@a/b@^1.0.0\", \"@a/b@^1.1.0\":\n  version \"1.2.0\"\n  resolved \"x\"\n\nc@^2:\n  version \"2.0.1\"\n  dependencies:\n    version \"9.9.9\"\n";
    assert_eq!(packages("yarn.lock", one), ["npm @a/b 1.2.0 3", "npm c 2.0.1 7"]);
    let berry = "__metadata:\n  version: 8\n\n\"c@npm:^2.0.0\":\n  version: 2.0.1\n  resolution: \"c@npm:2.0.1\"\n\n\"mine@workspace:.\":\n  version: 0.0.0-use.local\n\n\"x@npm:real@^1\":\n  version: 1.0.0\n";
    assert_eq!(packages("yarn.lock", berry), ["npm c 2.0.1 4", "npm real 1.0.0 11"]);
}

#[test]
fn a_bun_lock_is_read_with_the_commas_that_json_does_not_know() {
    let lock = r#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "mine", "dependencies": { "zod": "^3", "@a/b": "^1", }, "devDependencies": { "c": "2" }, },
  },
  "packages": {
    "@a/b": ["@a/b@1.0.0", "", { "dependencies": { "zod": "^2" } }, "sha512-,]"],

    "c": ["c@2.0.0", "", {}, "sha512-x"],

    "here": ["here@workspace:packages/here"],

    "old": ["old@git+ssh://git@example.com/old.git#abc", {}, "abc"],

    "zod": ["zod@3.25.0", "", {}, "sha512-x"],

    "@a/b/zod": ["zod@2.0.0", "", {}, "sha512-x"],
  },
}
"#;
    assert_eq!(
        packages("bun.lock", lock),
        [
            "npm @a/b 1.0.0 7",
            "npm c 2.0.0 9 dev",
            "npm old git+ssh://git@example.com/old.git#abc 13",
            "npm zod 2.0.0 17",
            "npm zod 3.25.0 15"
        ]
    );
}

#[test]
fn what_setuptools_is_told_to_install_is_read() {
    let cfg = "[metadata]\nname = mine\n\n[options]\npackages = find:\ninstall_requires =\n    requests==2.31.0\n    # why\n    httpx>=0.27\npython_requires = >=3.9\n\n[options.extras_require]\ndev =\n    pytest==8.0.0\n";
    assert_eq!(packages("setup.cfg", cfg), ["PyPI requests 2.31.0 7"]);
    let py = "from setuptools import setup\n\nsetup(\n    name=\"mine\",\n    install_requires=[\n        'requests==2.31.0',  # it's old\n        \"jinja2[i18n]==3.1.0\",\n    ],\n    extras_require={\"dev\": [\"pytest==8.0.0\"]},\n)\n";
    assert_eq!(packages("setup.py", py), ["PyPI jinja2 3.1.0 7", "PyPI requests 2.31.0 6"]);
    assert_eq!(packages("setup.py", "setup(install_requires=read('requirements.txt'))\n"), [""; 0]);
}

#[test]
fn python_locks_and_exact_requirements_are_read() {
    let uv = "version = 1\n\n[[package]]\nname = \"My_Own\"\nversion = \"1.0\"\nsource = { editable = \".\" }\n\n[[package]]\nname = \"httpx\"\nversion = \"0.27.0\"\n";
    assert_eq!(packages("uv.lock", uv), ["PyPI httpx 0.27.0 9"]);
    let poetry = "[[package]]\nname = \"Jinja2\"\nversion = \"3.1.0\"\ncategory = \"dev\"\n";
    assert_eq!(packages("poetry.lock", poetry), ["PyPI jinja2 3.1.0 2 dev"]);
    let pip = r#"{"default": {"requests": {"version": "==2.31.0"}}, "develop": {"pytest": {"version": "==8.0.0"}}}"#;
    assert_eq!(packages("Pipfile.lock", pip), ["PyPI pytest 8.0.0 1 dev", "PyPI requests 2.31.0 1"]);
    assert_eq!(
        packages(
            "requirements.txt",
            "# none\n-r other.txt\nrequests==2.31.0  # why\nhttpx>=0.27\nFlask_Cors [x] == 4.0 ; python_version > '3'\n"
        ),
        ["PyPI flask-cors 4.0 5", "PyPI requests 2.31.0 3"]
    );
}

#[test]
fn cargo_and_go_are_read() {
    let cargo = "version = 4\n\n[[package]]\nname = \"mine\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n";
    assert_eq!(packages("Cargo.lock", cargo), ["crates.io serde 1.0.0 8"]);
    let go = "module example.com/mine\n\ngo 1.22\n\nrequire example.com/a v1.0.0\n\nrequire (\n\texample.com/b v1.2.3 // indirect\n)\n\nreplace example.com/c => ../c\n";
    assert_eq!(packages("go.mod", go), ["Go example.com/a v1.0.0 5", "Go example.com/b v1.2.3 8"]);
    assert_eq!(
        read("go.mod", go).packages.iter().map(|p| p.is_direct).collect::<Vec<_>>(),
        [true, false]
    );
}

#[test]
fn what_go_replaces_is_the_module_that_is_built() {
    let go = "module example.com/mine\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b v1.0.0\n\texample.com/c v1.0.0\n)\n\nreplace (\n\texample.com/a => example.com/fork v1.5.0\n\texample.com/b v0.9.0 => example.com/other v2.0.0\n)\n\nreplace example.com/c => ../c\n";
    assert_eq!(
        packages("go.mod", go),
        ["Go example.com/b v1.0.0 5", "Go example.com/fork v1.5.0 4"]
    );
}

#[test]
fn cargo_s_workspaces_and_targets_ask_for_crates_too() {
    let manifest = "[workspace.dependencies]\nserde = \"1.0.100\"\n[target.'cfg(unix)'.dependencies]\nnix = { version = \"0.29\" }\n[dependencies]\nserde.workspace = true\n";
    let out = read("Cargo.toml", manifest);
    let asked: Vec<(&str, &str, u32)> = out
        .requirements
        .iter()
        .map(|r| (r.name.as_str(), r.range.as_str(), r.line))
        .collect();
    assert_eq!(asked, [("nix", "0.29", 4), ("serde", "1.0.100", 2)]);
}

#[test]
fn a_package_of_the_tree_itself_is_no_dependency() {
    let file = |path: &str, text: &str| SourceFile {
        path: path.parse().unwrap(),
        text: text.into(),
    };
    let out = resolve(&[
        file(
            "package.json",
            r#"{"name": "all", "workspaces": ["src/*"], "dependencies": {"@a/one": "*", "@a/two": "^9.0.0", "other": "*"}}"#,
        ),
        file("src/one/package.json", r#"{"name": "@a/one", "version": "1.0.0"}"#),
        file("src/two/package.json", r#"{"name": "@a/two", "version": "1.0.0"}"#),
    ]);
    // The version asked for is another than the tree's.
    let asked: Vec<&str> = out.requirements.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(asked, ["@a/two", "other"]);
}

#[test]
fn a_broken_lock_is_named_and_a_tests_lock_is_left_out() {
    for path in ["package-lock.json", "uv.lock", "Pipfile.lock", "Cargo.lock"] {
        let out = read(path, "{{{");
        assert_eq!(out.problems.len(), 1, "{path}");
        assert!(out.problems[0].starts_with(path));
        assert!(out.packages.is_empty() && out.locks.is_empty());
    }
    let apart = read(
        "tests/app/package-lock.json",
        r#"{"packages": {"node_modules/c": {"version": "2.0.0"}}}"#,
    );
    assert!(apart.packages.is_empty());
}

#[test]
fn a_manifest_says_what_is_not_fixed() {
    let manifest = r#"{"name": "mine", "version": "1.0.0", "dependencies": {
  "a": "^1.0.0", "b": "*", "c": "latest", "d": "github:x/d", "e": "git+https://h/x/e.git#0123456789012345678901234567890123456789", "f": "workspace:*", "g": ">=1"
}}"#;
    let out = read("package.json", manifest);
    let named = |wanted: fn(&hub_deps::Requirement) -> bool| -> Vec<&str> {
        out.requirements.iter().filter(|r| wanted(r)).map(|r| r.name.as_str()).collect()
    };
    assert_eq!(named(|r| r.is_floating()), ["b", "c", "g"]);
    assert_eq!(named(|r| r.is_moving_source()), ["d"]);
    assert_eq!(out.own.len(), 1);
}

/// `name: path` of every package, ` dev` where it is one.
fn ways(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<SourceFile> = files
        .iter()
        .map(|(path, text)| SourceFile {
            path: path.parse().unwrap(),
            text: (*text).into(),
        })
        .collect();
    let out = resolve(&files);
    assert!(out.problems.is_empty(), "{:?}", out.problems);
    out.packages
        .iter()
        .map(|p| format!("{}: {}{}", p.name, p.path.join(" > "), if p.is_dev { " dev" } else { "" }))
        .collect()
}

#[test]
fn every_lock_file_tells_the_way_by_which_a_package_comes_in() {
    let expected = ["a: ", "b: a@1.0.0", "c: a@1.0.0 > b@1.0.0", "t:  dev", "u: t@1.0.0 dev"];
    let npm = r#"{"lockfileVersion": 3, "packages": {
        "": {"dependencies": {"a": "^1"}, "devDependencies": {"t": "1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1"}},
        "node_modules/a/node_modules/b": {"version": "1.0.0", "dependencies": {"c": "1"}},
        "node_modules/c": {"version": "1.0.0"},
        "node_modules/t": {"version": "1.0.0", "dev": true, "dependencies": {"u": "1"}},
        "node_modules/u": {"version": "1.0.0", "dev": true}
    }}"#;
    assert_eq!(ways(&[("package-lock.json", npm)]), expected);
    let manifest = r#"{"name": "mine", "dependencies": {"a": "^1"}, "devDependencies": {"t": "1"}}"#;
    let yarn = "a@^1:\n  version \"1.0.0\"\n  dependencies:\n    b \"1\"\n\nb@1:\n  version \"1.0.0\"\n  dependencies:\n    \"c\" \"^1.0.0\"\n\nc@^1.0.0:\n  version \"1.0.0\"\n\nt@1:\n  version \"1.0.0\"\n  dependencies:\n    u \"1\"\n\nu@1:\n  version \"1.0.0\"\n";
    assert_eq!(ways(&[("package.json", manifest), ("yarn.lock", yarn)]), expected);
    let berry = "\"a@npm:^1\":\n  version: 1.0.0\n  dependencies:\n    b: \"npm:1\"\n\n\"b@npm:1\":\n  version: 1.0.0\n  dependencies:\n    \"c\": \"npm:1\"\n\n\"c@npm:1\":\n  version: 1.0.0\n\n\"t@npm:1\":\n  version: 1.0.0\n  dependencies:\n    u: \"npm:1\"\n\n\"u@npm:1\":\n  version: 1.0.0\n";
    assert_eq!(ways(&[("package.json", manifest), ("yarn.lock", berry)]), expected);
    let pnpm9 = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0(x@2.0.0)\n    devDependencies:\n      t:\n        specifier: '1'\n        version: 1.0.0\npackages:\n  a@1.0.0:\n    resolution: {}\n  b@1.0.0:\n    resolution: {}\n  c@1.0.0:\n    resolution: {}\n  t@1.0.0:\n    resolution: {}\n  u@1.0.0:\n    resolution: {}\nsnapshots:\n  a@1.0.0(x@2.0.0):\n    dependencies:\n      b: 1.0.0\n  b@1.0.0:\n    dependencies:\n      c: 1.0.0\n  c@1.0.0: {}\n  t@1.0.0:\n    dependencies:\n      u: 1.0.0\n  u@1.0.0: {}\n";
    assert_eq!(ways(&[("pnpm-lock.yaml", pnpm9)]), expected);
    let pnpm5 = "lockfileVersion: 5.4\ndependencies:\n  a: 1.0.0\ndevDependencies:\n  t: 1.0.0\npackages:\n  /a/1.0.0:\n    dependencies:\n      b: 1.0.0\n  /b/1.0.0:\n    dependencies:\n      c: 1.0.0\n  /c/1.0.0:\n    dev: false\n  /t/1.0.0:\n    dev: true\n    dependencies:\n      u: 1.0.0\n  /u/1.0.0:\n    dev: true\n";
    assert_eq!(ways(&[("pnpm-lock.yaml", pnpm5)]), expected);
    let entry = |name: &str, rest: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{rest}\n");
    let uv = [
        "[[package]]\nname = \"mine\"\nversion = \"0\"\nsource = { editable = \".\" }\ndependencies = [{ name = \"a\" }]\n[package.dev-dependencies]\ndev = [{ name = \"t\" }]\n".to_owned(),
        entry("a", "dependencies = [{ name = \"b\" }]"),
        entry("b", "dependencies = [{ name = \"c\", marker = \"x\" }]"),
        entry("c", ""),
        entry("t", "dependencies = [{ name = \"u\" }]"),
        entry("u", ""),
    ]
    .concat();
    assert_eq!(ways(&[("uv.lock", &uv)]), expected);
    let poetry = [
        entry("a", "[package.dependencies]\nb = \">=1\""),
        entry("b", "[package.dependencies]\nC = { version = \"*\" }"),
        entry("c", ""),
        entry("t", "[package.dependencies]\nu = \"*\""),
        entry("u", ""),
    ]
    .concat();
    let pyproject =
        "[tool.poetry]\nname = \"mine\"\n[tool.poetry.dependencies]\na = \"^1\"\n[tool.poetry.group.dev.dependencies]\nt = \"1\"\n";
    assert_eq!(ways(&[("pyproject.toml", pyproject), ("poetry.lock", &poetry)]), expected);
    let cargo = [
        "[[package]]\nname = \"mine\"\nversion = \"0.1.0\"\ndependencies = [\"a\", \"t\"]\n".to_owned(),
        entry("a", "source = \"registry+x\"\ndependencies = [\"b\"]"),
        entry("b", "source = \"registry+x\"\ndependencies = [\"c 1.0.0\"]"),
        entry("c", "source = \"registry+x\""),
        entry("t", "source = \"registry+x\"\ndependencies = [\"u\"]"),
        entry("u", "source = \"registry+x\""),
    ]
    .concat();
    let toml = "[package]\nname = \"mine\"\nversion = \"0.1.0\"\n[dependencies]\na = \"1\"\n[dev-dependencies]\nt = \"1\"\n";
    assert_eq!(ways(&[("Cargo.toml", toml), ("Cargo.lock", &cargo)]), expected);
}

#[test]
fn a_circle_of_needs_ends() {
    let npm = r#"{"lockfileVersion": 3, "packages": {
        "": {"dependencies": {"a": "^1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1"}},
        "node_modules/b": {"version": "1.0.0", "dependencies": {"a": "1"}}
    }}"#;
    assert_eq!(ways(&[("package-lock.json", npm)]), ["a: ", "b: a@1.0.0"]);
}

#[test]
fn a_range_is_told_by_its_lowest_version_and_by_what_it_admits() {
    let manifest = r#"{"name": "mine", "dependencies": {"a": "^1.2", "b": "*", "c": ">=1 <3", "d": "1.0.0"}}"#;
    let out = read("package.json", manifest);
    let found: Vec<(&str, String)> = out.unsettled().into_iter().map(|(r, v)| (r.name.as_str(), v)).collect();
    assert_eq!(found, [("a", "1.2.0".to_owned()), ("c", "1.0.0".to_owned())]);
    let a = &out.requirements[0];
    assert!(a.admits("1.9.0") && !a.admits("2.0.0"));
    let python = read("requirements.txt", "a>=1.0,<2\nb\nc~=1.4\n");
    let found: Vec<(&str, String)> = python.unsettled().into_iter().map(|(r, v)| (r.name.as_str(), v)).collect();
    assert_eq!(found, [("a", "1.0".to_owned()), ("c", "1.4".to_owned())]);
}

#[test]
fn manifests_tell_where_the_source_lies_and_under_which_licence() {
    let of = |path: &str, text: &str| {
        let about = read(path, text).about.remove(0);
        (about.repository, about.licence, about.is_inactive)
    };
    let some = |s: &str| Some(s.to_owned());
    assert_eq!(
        of(
            "package.json",
            r#"{"name": "p", "repository": {"type": "git", "url": "git+https://github.com/o/r.git"}, "license": "MIT"}"#
        ),
        (some("git+https://github.com/o/r.git"), some("MIT"), false)
    );
    assert_eq!(of("package.json", r#"{"name": "p", "license": "UNLICENSED"}"#), (None, None, false));
    assert_eq!(
        of(
            "p-1.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: p\nVersion: 1\nProject-URL: Homepage, https://github.com/o/r\nClassifier: License :: OSI Approved\nClassifier: Development Status :: 7 - Inactive\n\nProject-URL: x, https://github.com/a/b\n"
        ),
        (some("https://github.com/o/r"), some("OSI Approved"), true)
    );
    assert_eq!(
        of(
            "pyproject.toml",
            "[project]\nname = \"p\"\nlicense = { text = \"MIT\" }\n[project.urls]\nDocs = \"https://docs.example.com/a/b\"\nSource = \"https://git.example.com/o/r\"\n"
        ),
        (some("https://git.example.com/o/r"), some("MIT"), false)
    );
}

/// A lock file of version 3 in which each package needs the next, `n0` first.
fn chain(length: usize) -> String {
    let packages: Vec<String> = (0..length)
        .map(|i| {
            format!(
                r#""node_modules/n{i}": {{"version": "1.0.0", "dependencies": {{"n{}": "1"}}}}"#,
                i + 1
            )
        })
        .collect();
    format!(
        r#"{{"lockfileVersion": 3, "packages": {{"": {{"dependencies": {{"n0": "1"}}}}, {}}}}}"#,
        packages.join(", ")
    )
}

#[test]
fn of_a_long_way_the_direct_dependency_and_what_lies_nearest_are_kept() {
    let out = read("package-lock.json", &chain(40));
    let last = out.packages.iter().find(|p| p.name == "n39").unwrap();
    assert_eq!((last.path.len(), last.left_out_of_path), (16, 23));
    assert_eq!(
        (&*last.path[0], &*last.path[1], &*last.path[15]),
        ("n0@1.0.0", "n24@1.0.0", "n38@1.0.0")
    );
    assert!(
        last.way_in().starts_with("n0@1.0.0 → 23 more → n24@1.0.0 → n25@1.0.0"),
        "{}",
        last.way_in()
    );
    let whole = out.packages.iter().find(|p| p.name == "n16").unwrap();
    assert_eq!((whole.path.len(), whole.left_out_of_path, &*whole.path[1]), (16, 0, "n1@1.0.0"));
}

#[test]
fn a_lock_file_made_to_fill_the_memory_is_read_in_part_and_says_so() {
    // Names inside names: each path would be as long as all above it.
    let long = "n".repeat(290);
    let mut inner = String::from("{}");
    for _ in 0..60 {
        inner = format!(r#"{{"{long}": {{"version": "1.0.0", "requires": {{"{long}": "1"}}, "dependencies": {inner}}}}}"#);
    }
    let out = read(
        "package-lock.json",
        &format!(r#"{{"lockfileVersion": 1, "dependencies": {inner}}}"#),
    );
    assert!(out.packages.iter().all(|p| p.path.len() <= 16));
    let needs: Vec<String> = (0..30_000).map(|i| format!(r#""n{i}": "1""#)).collect();
    let lock = format!(
        r#"{{"lockfileVersion": 3, "packages": {{"": {{"dependencies": {{{}}}}}, "node_modules/a": {{"version": "1.0.0"}}}}}}"#,
        needs.join(", ")
    );
    let out = read("package-lock.json", &lock);
    assert_eq!(out.packages.len(), 1);
    assert!(out.problems[0].contains("told in part"), "{:?}", out.problems);
}

#[test]
fn what_is_never_published_is_no_package_of_ones_own() {
    for (path, text) in [
        ("package.json", r#"{"name": "web", "version": "1.0.0", "private": true}"#),
        ("Cargo.toml", "[package]\nname = \"web\"\nversion = \"1.0.0\"\npublish = false\n"),
        ("Cargo.toml", "[package]\nname = \"web\"\nversion = \"1.0.0\"\npublish = []\n"),
        (
            "pyproject.toml",
            "[project]\nname = \"web\"\nversion = \"1.0.0\"\nclassifiers = [\"Private :: Do Not Upload\"]\n",
        ),
    ] {
        let out = read(path, text);
        assert!(out.own.is_empty(), "{text}");
        assert!(out.about[0].is_private, "{text}");
    }
    let out = read(
        "Cargo.toml",
        "[package]\nname = \"web\"\nversion = \"1.0.0\"\npublish = [\"own-registry\"]\n",
    );
    assert_eq!(out.own.len(), 1);
}

#[test]
fn a_dependency_that_was_fetched_along_is_a_dependency_and_not_the_package_itself() {
    let file = |path: &str, text: &str| SourceFile {
        path: path.parse().unwrap(),
        text: text.into(),
    };
    let out = resolve(&[
        file(
            ".dependencies/npm/@a/tools@0.2.3/package.json",
            r#"{"name": "@a/tools", "version": "0.2.3", "license": "MIT", "dependencies": {"deep": "1.0.0", "open": "*"}}"#,
        ),
        file(
            "package.json",
            r#"{"name": "shell", "version": "1.0.0",
               "dependencies": {"@a/tools": "^0.2.0"}}"#,
        ),
    ]);
    assert_eq!(out.own, [(hub_deps::Ecosystem::Npm, "shell".to_owned(), "1.0.0".to_owned())]);
    assert_eq!(out.about.len(), 1);
    let told: Vec<(String, &str, bool, u32)> = out
        .packages
        .iter()
        .map(|p| (p.way_in(), p.file.as_str(), p.is_direct, p.line))
        .collect();
    assert_eq!(
        told,
        [
            ("@a/tools@0.2.3".to_owned(), "package.json", true, 2),
            (
                "@a/tools@0.2.3 → deep@1.0.0".to_owned(),
                ".dependencies/npm/@a/tools@0.2.3/package.json",
                false,
                1
            ),
        ]
    );
    let open = out.requirements.iter().find(|r| r.name == "open").unwrap();
    assert_eq!(open.brought_by().map(|d| d.to_string()).as_deref(), Some("npm:@a/tools@0.2.3"));
    assert!(out.unsettled().is_empty());
}

#[test]
fn lines_are_told_in_a_file_of_any_order_and_one_made_to_be_searched_for_ever_ends() {
    let disordered = "[tool.poetry]\nname = \"m\"\n[tool.poetry.dependencies]\nzeta = \"1.0\"\nalpha = \"1.0\"\nmid = \"1.0\"\n";
    let out = read("pyproject.toml", disordered);
    let lines: Vec<(&str, u32)> = out.requirements.iter().map(|r| (r.name.as_str(), r.line)).collect();
    assert_eq!(lines, [("alpha", 5), ("mid", 6), ("zeta", 4)]);
    // Each name stands escaped, so that none is found.
    let names: Vec<String> = (0..20_000).map(|i| format!(r#""\u0061{i}": "1""#)).collect();
    let out = read(
        "package.json",
        &format!(r#"{{"name": "m", "dependencies": {{{}}}}}"#, names.join(", ")),
    );
    assert_eq!(out.requirements.len(), 20_000);
}
