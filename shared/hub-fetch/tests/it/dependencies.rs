//! Packages that are shells around a dependency: what comes along, at which version, and what does not.

use crate::support::{get, npm_config, npm_context, paths, pypi_context, text, with_limits};
use hub_testing::registries::{NpmRegistry, PypiIndex};

const CORE: &str = "export function createServer() { server.registerTool('ping', {}, run); }";

/// A shell `@acme/mcp` 1.0.0 around `@acme/engine`, of which there are 2.0.0, 2.1.0 and 3.0.0.
async fn shell(more: &[(&str, &str)]) -> NpmRegistry {
    let npm = NpmRegistry::start().await;
    for version in ["2.0.0", "2.1.0", "3.0.0"] {
        let files = [
            ("package.json", r#"{"name":"@acme/engine","main":"lib/index.js"}"#),
            ("lib/index.js", CORE),
            ("lib/index.test.js", CORE),
            ("README.md", "text"),
            ("tools.yaml", "a: 1"),
        ];
        npm.publish("@acme/engine", version, &files);
    }
    let manifest = r#"{"name":"@acme/mcp","bin":"cli.js","dependencies":{"@acme/engine":"^2.0.0","zod":"^3","@acme/unused":"^1"}}"#;
    let mut files = vec![
        ("package.json", manifest),
        (
            "cli.js",
            "import { createServer } from '@acme/engine'; import 'zod'; createServer();",
        ),
    ];
    files.extend(more);
    npm.publish("@acme/mcp", "1.0.0", &files);
    npm
}

#[tokio::test]
async fn a_shell_brings_the_dependency_it_imports_along_at_the_version_npm_would_take() {
    let npm = shell(&[]).await;
    let snapshot = get(&npm_context(&npm), "@acme/mcp", None).await.unwrap();
    assert_eq!(
        paths(&snapshot),
        [
            ".dependencies/npm/@acme/engine@2.1.0/lib/index.js",
            ".dependencies/npm/@acme/engine@2.1.0/package.json",
            ".dependencies/npm/@acme/engine@2.1.0/tools.yaml",
            "cli.js",
            "package.json",
        ]
    );
    assert!(snapshot.warnings.is_empty(), "{:?}", snapshot.warnings);
    assert!(
        !npm.asked().iter().any(|url| url.contains("zod") || url.contains("unused")),
        "{:?}",
        npm.asked()
    );
}

#[tokio::test]
async fn a_lock_file_that_is_shipped_decides_the_version() {
    let lock = r#"{"packages":{"node_modules/@acme/engine":{"version":"2.0.0"}}}"#;
    let npm = shell(&[("npm-shrinkwrap.json", lock)]).await;
    let snapshot = get(&npm_context(&npm), "@acme/mcp", None).await.unwrap();
    assert_eq!(text(&snapshot, ".dependencies/npm/@acme/engine@2.0.0/lib/index.js"), CORE);
}

#[tokio::test]
async fn a_package_cannot_bring_files_in_the_place_of_a_dependency() {
    let forged = ".dependencies/npm/@acme/engine@9.9.9/lib/index.js";
    let npm = shell(&[(forged, "forged")]).await;
    let snapshot = get(&npm_context(&npm), "@acme/mcp", None).await.unwrap();
    assert!(!paths(&snapshot).contains(&forged), "{:?}", paths(&snapshot));
}

#[tokio::test]
async fn tools_gathered_out_of_several_packages_come_along_and_so_does_what_those_build_on() {
    let npm = NpmRegistry::start().await;
    npm.publish(
        "acme-mcp-base",
        "1.0.0",
        &[
            ("package.json", "{\"name\":\"acme-mcp-base\"}"),
            ("index.js", "export class Tool {}"),
        ],
    );
    for name in ["acme-mcp-provider-a", "acme-mcp-provider-b"] {
        let manifest = format!(r#"{{"name":"{name}","dependencies":{{"acme-mcp-base":"1"}}}}"#);
        npm.publish(
            name,
            "1.0.0",
            &[("package.json", &manifest), ("index.js", "import { Tool } from 'acme-mcp-base';")],
        );
    }
    let manifest = r#"{"name":"acme","keywords":["mcp"],"dependencies":{"acme-mcp-provider-a":"1.0.0","acme-mcp-provider-b":"1.0.0"}}"#;
    let main = "import 'acme-mcp-provider-a'; import 'acme-mcp-provider-b'; for (const t of all) server.registerTool(t.name, t, t.run);";
    npm.publish("acme", "1.0.0", &[("package.json", manifest), ("index.js", main)]);
    let snapshot = get(&npm_context(&npm), "acme", None).await.unwrap();
    for name in ["acme-mcp-provider-a", "acme-mcp-provider-b", "acme-mcp-base"] {
        text(&snapshot, &format!(".dependencies/npm/{name}@1.0.0/index.js"));
    }
    let one = with_limits(npm_config(&npm), |l| l.max_dependencies = 1);
    let snapshot = get(&one, "acme", None).await.unwrap();
    assert!(
        paths(&snapshot).iter().all(|p| !p.contains("provider-b") && !p.contains("base")),
        "{:?}",
        paths(&snapshot)
    );
    assert!(
        snapshot.warnings.iter().any(|w| w.contains("HUB_FETCH_MAX_DEPENDENCIES")),
        "{:?}",
        snapshot.warnings
    );
    let none = with_limits(npm_config(&npm), |l| l.max_dependencies = 0);
    assert_eq!(paths(&get(&none, "acme", None).await.unwrap()), ["index.js", "package.json"]);
    let small = with_limits(npm_config(&npm), |l| l.max_dependency_bytes = 10);
    let snapshot = get(&small, "acme", None).await.unwrap();
    assert_eq!(paths(&snapshot), ["index.js", "package.json"]);
    assert!(
        snapshot.warnings.iter().any(|w| w.contains("HUB_FETCH_MAX_DEPENDENCY_BYTES")),
        "{:?}",
        snapshot.warnings
    );
}

#[tokio::test]
async fn a_dependency_that_is_not_there_is_said_and_the_package_is_read_all_the_same() {
    let npm = NpmRegistry::start().await;
    let manifest = r#"{"name":"acme-mcp","dependencies":{"acme-core":"^1"}}"#;
    npm.publish(
        "acme-mcp",
        "1.0.0",
        &[("package.json", manifest), ("index.js", "require('acme-core/server')")],
    );
    let snapshot = get(&npm_context(&npm), "acme-mcp", None).await.unwrap();
    assert_eq!(paths(&snapshot), ["index.js", "package.json"]);
    assert!(snapshot.warnings.iter().any(|w| w.contains("acme-core")), "{:?}", snapshot.warnings);
}

#[tokio::test]
async fn a_dependency_that_speaks_of_no_tools_is_left_out() {
    let npm = NpmRegistry::start().await;
    npm.publish("acme-core", "1.0.0", &[("package.json", "{}"), ("index.js", "module.exports = 1")]);
    let manifest = r#"{"name":"acme-mcp","dependencies":{"acme-core":"^1"}}"#;
    npm.publish(
        "acme-mcp",
        "1.0.0",
        &[("package.json", manifest), ("index.js", "require('acme-core')")],
    );
    let snapshot = get(&npm_context(&npm), "acme-mcp", None).await.unwrap();
    assert_eq!(paths(&snapshot), ["index.js", "package.json"]);
}

#[tokio::test]
async fn a_python_command_that_starts_in_another_distribution_brings_it_along() {
    let index = PypiIndex::start().await;
    let module = "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n@mcp.tool()\ndef ping(): ...\ndef main(): mcp.run()\n";
    for version in ["1.0", "1.5", "2.0"] {
        index.publish_wheel(
            "acme-core",
            version,
            &[("acme_core/__init__.py", ""), ("acme_core/server.py", module)],
        );
    }
    let info = "acme_mcp-1.0.dist-info";
    let files = [
        (
            &*format!("{info}/METADATA"),
            "Metadata-Version: 2.1\nName: acme-mcp\nVersion: 1.0\nRequires-Dist: acme-core (>=1,<2)\n\nText\n",
        ),
        (
            &*format!("{info}/entry_points.txt"),
            "[console_scripts]\nacme-mcp = acme_core.server:main\n",
        ),
        ("acme_mcp/__init__.py", ""),
    ]
    .map(|(path, text)| (path.to_owned(), text));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), *t)).collect();
    index.publish_wheel("acme-mcp", "1.0", &files);
    let snapshot = get(&pypi_context(&index), "pypi:acme-mcp", None).await.unwrap();
    assert_eq!(text(&snapshot, ".dependencies/pypi/acme-core@1.5/acme_core/server.py"), module);
}
