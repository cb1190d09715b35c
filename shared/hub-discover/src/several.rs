//! Trees that hold several servers: one inventory holds what all of them offer, so the report says which they are, and how to
//! choose one.

use crate::Found;
use hub_model::{DependencyRef, Location, PACKAGE_MANIFESTS, Snapshot};
use std::collections::{BTreeMap, BTreeSet};

/// Most servers that are named.
const MAX_NAMED: usize = 12;

/// Says which servers a tree holds when they are more than one.
pub(crate) fn several_servers(snapshot: &Snapshot, found: &mut Found) {
    let roots: BTreeSet<&str> = snapshot
        .files
        .iter()
        .filter(|file| PACKAGE_MANIFESTS.contains(&file.path.file_name()))
        .map(|file| file.path.parent())
        .collect();
    let inventory = &found.inventory;
    let tools = inventory.tools.iter().map(|t| (t.name.as_str(), &t.declared_at));
    let prompts = inventory.prompts.iter().map(|p| (p.name.as_str(), &p.declared_at));
    let items = tools.chain(prompts).filter_map(|(name, at)| Some((name, at.as_ref()?)));
    let mut programs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut packages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    // What lies in an added dependency belongs to whoever imports it.
    for (name, at) in items.filter(|(_, at)| DependencyRef::of(at.file.as_str()).is_none()) {
        let of: Vec<&str> = found
            .parts
            .iter()
            .filter(|p| p.files.contains(&at.file))
            .map(|p| p.start.as_str())
            .collect();
        if of.is_empty() {
            packages.entry(package_of(at, &roots)).or_default().insert(name);
        }
        for start in of {
            programs.entry(start).or_default().insert(name);
        }
    }
    // A package that lies in another is a part of it.
    let folders: Vec<&str> = packages.keys().copied().collect();
    packages.retain(|s, _| !folders.iter().any(|o| o != s && (o.is_empty() || s.starts_with(&format!("{o}/")))));
    let all: Vec<(&str, BTreeSet<&str>)> = programs.into_iter().chain(packages).collect();
    // What offers nothing that another does not is that server in another form.
    let own: Vec<&str> = all
        .iter()
        .enumerate()
        .filter(|(i, (_, names))| {
            let covers =
                |(j, (_, other)): (usize, &(&str, BTreeSet<&str>))| j != *i && names.is_subset(other) && (names != other || j < *i);
            !all.iter().enumerate().any(covers)
        })
        .map(|(_, (start, _))| *start)
        .collect();
    if own.len() < 2 {
        return;
    }
    let more = own.len().saturating_sub(MAX_NAMED);
    let mut list = own
        .iter()
        .take(MAX_NAMED)
        .map(|s| if s.is_empty() { "the root".to_owned() } else { format!("`{s}`") })
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    found.warnings.push(format!(
        "{} servers stand in this one inventory ({list}): choose one of them with `base_path`",
        own.len()
    ));
}

/// The folder of the package around a place.
fn package_of<'p>(at: &'p Location, roots: &BTreeSet<&'p str>) -> &'p str {
    let mut folder = at.file.parent();
    while !folder.is_empty() && !roots.contains(folder) {
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
    folder
}

#[cfg(test)]
mod tests {
    use crate::testing::snapshot_of;
    use crate::{Discovery, discover};
    use hub_model::{Budget, OriginKind};

    fn found(base: Option<&str>, files: &[(&str, &str)]) -> Discovery {
        discover(&snapshot_of(OriginKind::Git, base, files), &Budget::default())
    }

    fn names(found: &Discovery) -> Vec<&str> {
        let mut names: Vec<&str> = found.inventory.tools.iter().map(|t| t.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    fn go(tool: &str, shared: bool) -> String {
        let import = if shared { "\t\"example.org/app/internal/tools\"\n" } else { "" };
        let call = if shared { "\ttools.Add(s)\n" } else { "" };
        format!(
            "package main\nimport (\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n{import})\nfunc main() {{\n\ts := server.NewMCPServer(\"x\", \"1\")\n\ts.AddTool(mcp.NewTool(\"{tool}\"), nil)\n{call}}}\n"
        )
    }

    fn rust(tool: &str) -> String {
        format!(
            "struct S;\n#[tool_router]\nimpl S {{\n  /// Does.\n  #[tool]\n  async fn {tool}(&self) -> String {{ String::new() }}\n}}\n"
        )
    }

    fn csharp(tool: &str) -> String {
        format!(
            "using ModelContextProtocol.Server;\n[McpServerToolType]\npublic static class T {{\n  [McpServerTool(Name = \"{tool}\")]\n  public static string Run() => \"\";\n}}\n"
        )
    }

    fn java(tool: &str, starts: bool) -> String {
        let main = if starts { "@SpringBootApplication\n" } else { "" };
        format!(
            "import org.springframework.ai.tool.annotation.Tool;\n{main}public class T {{\n  @Tool(name = \"{tool}\", description = \"Does.\")\n  public String run() {{ return \"\"; }}\n}}\n"
        )
    }

    /// A tree, the servers in it (what a base path names, what it then lists), and what must never be listed.
    struct Case {
        files: Vec<(&'static str, String)>,
        servers: &'static [(&'static str, &'static [&'static str])],
        dead: &'static str,
    }

    fn cases() -> Vec<Case> {
        let s = str::to_owned;
        vec![
            Case {
                files: vec![
                    ("go.mod", s("module example.org/app\n")),
                    ("cmd/a/main.go", go("a_tool", true)),
                    ("cmd/b/main.go", go("b_tool", false)),
                    (
                        "internal/tools/t.go",
                        s(
                            "package tools\nimport \"github.com/mark3labs/mcp-go/mcp\"\nfunc Add(s any) { s.AddTool(mcp.NewTool(\"shared\"), nil) }\n",
                        ),
                    ),
                    (
                        "internal/dead/t.go",
                        s(
                            "package dead\nimport \"github.com/mark3labs/mcp-go/mcp\"\nfunc Add(s any) { s.AddTool(mcp.NewTool(\"dead\"), nil) }\n",
                        ),
                    ),
                ],
                servers: &[("cmd/a", &["a_tool", "shared"]), ("cmd/b", &["b_tool"])],
                dead: "dead",
            },
            Case {
                files: vec![
                    (
                        "Cargo.toml",
                        s("[workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\ncore = { path = \"crates/core\" }\n"),
                    ),
                    (
                        "crates/a/Cargo.toml",
                        s("[package]\nname = \"a\"\n[dependencies]\ncore.workspace = true\nrmcp = \"1\"\n"),
                    ),
                    (
                        "crates/a/src/main.rs",
                        format!("mod tools;\n#[cfg(test)]\nmod checks;\n{}", rust("a_tool")),
                    ),
                    ("crates/a/src/tools.rs", rust("a_more")),
                    ("crates/a/src/checks.rs", rust("dead")),
                    ("crates/a/src/left_behind.rs", rust("dead")),
                    ("crates/a/examples/e.rs", rust("dead")),
                    ("crates/b/Cargo.toml", s("[package]\nname = \"b\"\n")),
                    ("crates/b/src/main.rs", rust("b_tool")),
                    ("crates/core/Cargo.toml", s("[package]\nname = \"core\"\n")),
                    ("crates/core/src/lib.rs", s("pub mod deep;\n")),
                    ("crates/core/src/deep/mod.rs", rust("shared")),
                    ("crates/unused/Cargo.toml", s("[package]\nname = \"unused\"\n")),
                    ("crates/unused/src/lib.rs", rust("dead")),
                ],
                servers: &[("crates/a", &["a_more", "a_tool", "shared"]), ("crates/b", &["b_tool"])],
                dead: "dead",
            },
            Case {
                files: vec![
                    (
                        "Cargo.toml",
                        s("[package]\nname = \"app\"\n[[bin]]\nname = \"two\"\npath = \"src/two.rs\"\n"),
                    ),
                    ("src/bin/one.rs", rust("one_tool")),
                    ("src/two.rs", format!("mod more;\n{}", rust("two_tool"))),
                    ("src/more.rs", rust("two_more")),
                    ("src/lib.rs", rust("shared")),
                ],
                servers: &[
                    ("src/bin/one.rs", &["one_tool", "shared"]),
                    ("src/two.rs", &["shared", "two_more", "two_tool"]),
                ],
                dead: "dead",
            },
            Case {
                files: vec![
                    (
                        "src/A/A.csproj",
                        s(
                            "<Project Sdk=\"Microsoft.NET.Sdk\"><OutputType>Exe</OutputType><ProjectReference Include=\"..\\Core\\Core.csproj\" /></Project>",
                        ),
                    ),
                    ("src/A/T.cs", csharp("a_tool")),
                    ("src/B/B.csproj", s("<Project Sdk=\"Microsoft.NET.Sdk.Web\"></Project>")),
                    ("src/B/T.cs", csharp("b_tool")),
                    ("src/Core/Core.csproj", s("<Project Sdk=\"Microsoft.NET.Sdk\"></Project>")),
                    ("src/Core/T.cs", csharp("shared")),
                    (
                        "src/Checks/Checks.csproj",
                        s(
                            "<Project Sdk=\"Microsoft.NET.Sdk\"><OutputType>Exe</OutputType><PackageReference Include=\"Microsoft.NET.Test.Sdk\" /></Project>",
                        ),
                    ),
                    ("src/Checks/T.cs", csharp("dead")),
                    ("src/Unused/Unused.csproj", s("<Project Sdk=\"Microsoft.NET.Sdk\"></Project>")),
                    ("src/Unused/T.cs", csharp("dead")),
                ],
                servers: &[("src/A", &["a_tool", "shared"]), ("src/B", &["b_tool"])],
                dead: "dead",
            },
            Case {
                files: vec![
                    ("pom.xml", s("<artifactId>all</artifactId><modules><module>a</module></modules>")),
                    (
                        "a/pom.xml",
                        s(
                            "<parent><artifactId>all</artifactId></parent><artifactId>a</artifactId><dependencies><artifactId>core</artifactId></dependencies>",
                        ),
                    ),
                    ("a/src/main/java/T.java", java("a_tool", true)),
                    ("a/src/test/java/T.java", java("dead", true)),
                    (
                        "b/pom.xml",
                        s("<parent><artifactId>all</artifactId></parent><artifactId>b</artifactId>"),
                    ),
                    ("b/src/main/java/T.java", java("b_tool", true)),
                    (
                        "core/pom.xml",
                        s("<parent><artifactId>all</artifactId></parent><artifactId>core</artifactId>"),
                    ),
                    ("core/src/main/java/T.java", java("shared", false)),
                    (
                        "unused/pom.xml",
                        s("<parent><artifactId>all</artifactId></parent><artifactId>unused</artifactId>"),
                    ),
                    ("unused/src/main/java/T.java", java("dead", false)),
                ],
                servers: &[("a", &["a_tool", "shared"]), ("b", &["b_tool"])],
                dead: "dead",
            },
            Case {
                files: vec![
                    ("settings.gradle.kts", s("include(\":a\", \":b\", \":core\")")),
                    ("a/build.gradle.kts", s("dependencies { implementation(project(\":core\")) }")),
                    ("a/src/main/java/T.java", java("a_tool", true)),
                    ("b/build.gradle.kts", s("plugins { application }")),
                    ("b/src/main/java/T.java", java("b_tool", true)),
                    ("core/build.gradle.kts", String::new()),
                    ("core/src/main/java/T.java", java("shared", false)),
                ],
                servers: &[("a", &["a_tool", "shared"]), ("b", &["b_tool"])],
                dead: "dead",
            },
            Case {
                files: vec![
                    (
                        "a/composer.json",
                        s(
                            r#"{"name":"x/a","bin":["bin/a"],"autoload":{"psr-4":{"A\\":"src/"}},"autoload-dev":{"psr-4":{"A\\T\\":"checks/"}}}"#,
                        ),
                    ),
                    (
                        "a/src/T.php",
                        s(
                            "<?php\nuse Mcp\\Capability\\Attribute\\McpTool;\nclass T {\n  #[McpTool(name: 'a_tool')]\n  public function run(): string { return ''; }\n}\n",
                        ),
                    ),
                    (
                        "a/checks/T.php",
                        s(
                            "<?php\nuse Mcp\\Capability\\Attribute\\McpTool;\nclass T {\n  #[McpTool(name: 'dead')]\n  public function run(): string { return ''; }\n}\n",
                        ),
                    ),
                    ("b/composer.json", s(r#"{"name":"x/b"}"#)),
                    (
                        "b/src/T.php",
                        s(
                            "<?php\nuse Mcp\\Capability\\Attribute\\McpTool;\nclass T {\n  #[McpTool(name: 'b_tool')]\n  public function run(): string { return ''; }\n}\n",
                        ),
                    ),
                ],
                servers: &[("a", &["a_tool"]), ("b", &["b_tool"])],
                dead: "dead",
            },
            Case {
                files: vec![
                    ("a/a.gemspec", s("Gem::Specification.new { |s| s.executables = ['a'] }")),
                    ("a/exe/a", s("#!/usr/bin/env ruby\nrequire 'a/server'\n")),
                    ("a/lib/a/server.rb", s("require 'mcp'\nrequire_relative 'tools'\n")),
                    (
                        "a/lib/a/tools.rb",
                        s("class ATool < MCP::Tool\n  tool_name 'a_tool'\n  def self.call; end\nend\n"),
                    ),
                    (
                        "a/lib/a/left_behind.rb",
                        s("class D < MCP::Tool\n  tool_name 'dead'\n  def self.call; end\nend\n"),
                    ),
                    (
                        "a/spec/tools.rb",
                        s("class D < MCP::Tool\n  tool_name 'dead'\n  def self.call; end\nend\n"),
                    ),
                    ("b/Gemfile", String::new()),
                    (
                        "b/b.rb",
                        s("require 'mcp'\nclass BTool < MCP::Tool\n  tool_name 'b_tool'\n  def self.call; end\nend\n"),
                    ),
                ],
                servers: &[("a", &["a_tool"]), ("b", &["b_tool"])],
                dead: "dead",
            },
        ]
    }

    #[test]
    fn each_program_of_a_tree_is_a_server_that_a_base_path_chooses_and_dead_code_is_none() {
        for case in cases() {
            let files: Vec<(&str, &str)> = case.files.iter().map(|(p, t)| (*p, t.as_str())).collect();
            let whole = found(None, &files);
            let mut all: Vec<&str> = case.servers.iter().flat_map(|(_, tools)| tools.iter().copied()).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(names(&whole), all, "{:?}", case.servers);
            assert!(!names(&whole).contains(&case.dead));
            let said = whole.warnings.iter().find(|w| w.contains("servers stand in this one inventory"));
            for (start, tools) in case.servers {
                assert!(
                    said.is_some_and(|w| w.contains(&format!("`{start}`"))),
                    "{start}: {:?}",
                    whole.warnings
                );
                // What a fetch with this base path keeps holds other programs only where they share a folder.
                let chosen = found(Some(start), &files);
                assert_eq!(names(&chosen), *tools, "{start}");
                assert!(
                    chosen.warnings.iter().all(|w| !w.contains("servers stand")),
                    "{start}: {:?}",
                    chosen.warnings
                );
            }
        }
    }

    #[test]
    fn two_starts_of_one_server_are_one_server() {
        let files = [
            ("go.mod", "module example.org/app\n".to_owned()),
            ("cmd/http/main.go", go("tool", false)),
            ("cmd/stdio/main.go", go("tool", false)),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (*p, t.as_str())).collect();
        let found = found(None, &files);
        assert_eq!(names(&found), ["tool"]);
        assert!(found.warnings.iter().all(|w| !w.contains("servers stand")), "{:?}", found.warnings);
    }

    #[test]
    fn a_folder_of_examples_that_is_asked_for_is_read() {
        let server = go("tool", false);
        assert_eq!(names(&found(None, &[("examples/x/main.go", &server)])), [""; 0]);
        assert_eq!(names(&found(Some("examples/x"), &[("examples/x/main.go", &server)])), ["tool"]);
    }
}
