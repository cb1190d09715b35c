//! Which files of added dependencies are worth parsing: those that the target's own code reaches through imports. A dependency
//! is often a hundred times larger than what it is needed for.

use hub_model::{Budget, DependencyRef, RelPath, Snapshot};
use hub_syntax::ir::{Exported, ExprKind, Language, Module};
use hub_syntax::{JsResolver, Program, language_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest text that is taken for the name of a module.
const MAX_SPECIFIER: usize = 300;

/// The dependencies of a snapshot, before they are parsed.
pub(crate) struct Reach<'s> {
    resolver: JsResolver,
    /// Every module of the snapshot as a path without contents: all that resolution needs.
    paths: Program,
    /// Texts of dependencies that wait for someone to import them.
    waiting: BTreeMap<&'s str, &'s Arc<str>>,
    /// Packages that can be imported by name.
    names: BTreeSet<&'s str>,
}

impl<'s> Reach<'s> {
    /// None when a snapshot has no dependencies in a language whose imports are followed.
    pub(crate) fn of(snapshot: &'s Snapshot, budget: &Budget) -> Option<Self> {
        let mut waiting = BTreeMap::new();
        let mut names = BTreeSet::new();
        for file in &snapshot.files {
            if let Some(dependency) = DependencyRef::of(file.path.as_str()).filter(|_| waits(&file.path)) {
                names.insert(dependency.name);
                waiting.insert(file.path.as_str(), &file.text);
            }
        }
        if waiting.is_empty() {
            return None;
        }
        let stub = |path: &RelPath| {
            let language = language_of(path).filter(|l| l.is_script())?;
            Some(Module::empty(language, path.clone(), Arc::from("")))
        };
        let paths = Program::new(snapshot.files.iter().filter_map(|f| stub(&f.path)).collect());
        let resolver = JsResolver::new(snapshot.files.iter().map(|f| (&f.path, &*f.text)), budget);
        Some(Self {
            resolver,
            paths,
            waiting,
            names,
        })
    }

    /// Paths and texts that a module imports and nobody imported before.
    pub(crate) fn imports_of(&mut self, module: &Module) -> Vec<(RelPath, Arc<str>)> {
        if !module.language.is_script() {
            return Vec::new();
        }
        let in_dependency = DependencyRef::of(module.path.as_str()).is_some();
        let imported = module.imports.iter().map(|i| module.str(i.specifier));
        let passed_on = module.exports.iter().filter_map(|e| match e.what {
            Exported::From { specifier, .. } => Some(module.str(specifier)),
            _ => None,
        });
        // `require`, `import()` and what helpers around them are given.
        let quoted = module.exprs.iter().filter_map(|e| match e.kind {
            ExprKind::Str(s) => Some(module.str(s)),
            _ => None,
        });
        let specifiers: BTreeSet<&str> = imported
            .chain(passed_on)
            .chain(quoted)
            .filter(|s| self.may_lead(s, in_dependency))
            .collect();
        let mut out = Vec::new();
        for specifier in specifiers {
            let Some(id) = self.resolver.resolve(&self.paths, &module.path, specifier) else {
                continue;
            };
            let path = &self.paths.module(id).path;
            if let Some(text) = self.waiting.remove(path.as_str()) {
                out.push((path.clone(), text.clone()));
            }
        }
        out
    }

    fn may_lead(&self, specifier: &str, in_dependency: bool) -> bool {
        if specifier.is_empty() || specifier.len() > MAX_SPECIFIER {
            return false;
        }
        if specifier.starts_with(['.', '#']) {
            return in_dependency;
        }
        let slashes = usize::from(specifier.starts_with('@'));
        let name = specifier
            .match_indices('/')
            .nth(slashes)
            .map_or(specifier, |(at, _)| &specifier[..at]);
        self.names.contains(self.resolver.real_name(name))
    }
}

/// Whether a file of a dependency is parsed only when something imports it.
pub(crate) fn waits(path: &RelPath) -> bool {
    DependencyRef::of(path.as_str()).is_some_and(|d| d.registry == "npm") && language_of(path).is_some_and(Language::is_script)
}

#[cfg(test)]
mod tests {
    use crate::discover;
    use crate::testing::snapshot_of;
    use hub_model::{Budget, OriginKind};

    #[test]
    fn a_shell_lists_what_its_dependency_registers_and_only_what_is_imported_is_read() {
        let core = ".dependencies/npm/@acme/engine@2.1.0";
        let found = discover(
            &snapshot_of(
                OriginKind::Npm,
                None,
                &[
                    (
                        "package.json",
                        r#"{"name":"@acme/mcp","bin":"cli.js","dependencies":{"@acme/engine":"^2"}}"#,
                    ),
                    (
                        "cli.js",
                        "import { createServer } from '@acme/engine'; createServer({ prefix: 'acme_' });",
                    ),
                    (
                        &format!("{core}/package.json"),
                        r#"{"name":"@acme/engine","exports":{".":"./lib/index.js"},"bin":"lib/other.js"}"#,
                    ),
                    (&format!("{core}/lib/index.js"), "export * from './server.js';"),
                    (
                        &format!("{core}/lib/server.js"),
                        "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
                         export function createServer(o) {
                           const server = new McpServer({ name: 'acme', version: '1' });
                           server.registerTool(o.prefix + 'ping', { description: 'Pings', inputSchema: {} }, async () => ({ content: [] }));
                         }",
                    ),
                    (
                        &format!("{core}/lib/other.js"),
                        "const server = new McpServer({}); server.registerTool('not_started', {}, async () => {});",
                    ),
                ],
            ),
            &Budget::default(),
        );
        let tools: Vec<_> = found.inventory.tools.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(tools, ["acme_ping"]);
        let at = found.inventory.tools[0].declared_at.as_ref().expect("a place");
        assert_eq!(at.file.as_str(), format!("{core}/lib/server.js"));
        assert_eq!(
            found.coverage.dependencies.get("npm:@acme/engine@2.1.0"),
            Some(&3),
            "{:?}",
            found.coverage
        );
        let read: Vec<_> = found.program.modules.iter().map(|m| m.path.file_name()).collect();
        assert!(!read.contains(&"other.js"), "{read:?}");
    }

    #[test]
    fn a_dependency_is_found_under_the_name_that_the_manifest_gives_it() {
        let core = ".dependencies/npm/@acme/engine@2.1.0";
        let found = discover(
            &snapshot_of(
                OriginKind::Npm,
                None,
                &[
                    (
                        "package.json",
                        r#"{"name":"@acme/mcp","bin":"cli.js","dependencies":{"core":"npm:@acme/engine@^2"}}"#,
                    ),
                    ("cli.js", "import { createServer } from 'core/lib/server.js'; createServer();"),
                    (&format!("{core}/package.json"), r#"{"name":"@acme/engine"}"#),
                    (
                        &format!("{core}/lib/server.js"),
                        "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
                         export function createServer() {
                           new McpServer({ name: 'acme', version: '1' }).registerTool('ping', { inputSchema: {} }, async () => ({}));
                         }",
                    ),
                ],
            ),
            &Budget::default(),
        );
        let tools: Vec<_> = found.inventory.tools.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(tools, ["ping"], "{:?}", found.inventory.gaps);
    }

    #[test]
    fn a_python_command_that_starts_in_a_dependency_lists_its_tools() {
        let core = ".dependencies/pypi/acme-core@1.5/acme_core";
        let found = discover(
            &snapshot_of(
                OriginKind::Pypi,
                None,
                &[
                    ("acme_mcp-1.0.dist-info/METADATA", "Name: acme-mcp\nRequires-Dist: acme-core\n"),
                    (
                        "acme_mcp-1.0.dist-info/entry_points.txt",
                        "[console_scripts]\nacme-mcp = acme_core.server:main\n",
                    ),
                    ("acme_mcp/__init__.py", ""),
                    (&format!("{core}/__init__.py"), ""),
                    (
                        &format!("{core}/server.py"),
                        "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('acme')\n\n@mcp.tool()\ndef ping(host: str) -> str:\n    \"\"\"Pings.\"\"\"\n    return host\n\ndef main():\n    mcp.run()\n",
                    ),
                    (
                        &format!("{core}/__main__.py"),
                        "from mcp.server.fastmcp import FastMCP\nother = FastMCP('other')\n\n@other.tool()\ndef not_started() -> str: ...\n",
                    ),
                ],
            ),
            &Budget::default(),
        );
        let tools: Vec<_> = found.inventory.tools.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(tools, ["ping"]);
        let at = found.inventory.tools[0].declared_at.as_ref().expect("a place");
        assert_eq!(at.file.as_str(), format!("{core}/server.py"));
    }

    #[test]
    fn documents_that_a_library_turns_into_tools_are_read_with_the_rules_of_its_own_code() {
        let core = ".dependencies/npm/@acme/openapi-mcp-server@1.0.0";
        let library = r#"
            const fs = require("fs"), path = require("path");
            const SwaggerParser = require("@apidevtools/swagger-parser");
            const { Server } = require("@modelcontextprotocol/sdk/server/index.js");
            const { ListToolsRequestSchema } = require("@modelcontextprotocol/sdk/types.js");
            async function read(dir) {
              const out = [];
              for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
                const full = path.join(dir, entry.name);
                if (entry.isDirectory()) { out.push(...(await read(full))); continue; }
                if (!entry.name.endsWith(".yaml")) continue;
                out.push({ name: path.basename(full, ".yaml"), document: await SwaggerParser.bundle(full) });
              }
              return out;
            }
            exports.serve = async (dir) => {
              const tools = [];
              for (const spec of await read(dir))
                for (const [route, item] of Object.entries(spec.document.paths))
                  for (const [method, op] of Object.entries(item))
                    tools.push({ name: `${spec.name}--${op.operationId}`, description: `${method} ${route}`, inputSchema: { type: "object", properties: {} } });
              const server = new Server({ name: "x", version: "1" }, {});
              server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools }));
            };"#;
        let found = discover(
            &snapshot_of(
                OriginKind::Npm,
                None,
                &[
                    ("package.json", r#"{"name":"@acme/mcp","bin":"build/index.js"}"#),
                    (
                        "build/index.js",
                        "const { serve } = require('@acme/openapi-mcp-server'); serve(require('path').join(__dirname, '..', 'spec'));",
                    ),
                    ("spec/v1/sms.yaml", "paths:\n  /send:\n    post:\n      operationId: Send\n"),
                    ("spec/readme.txt", "no document"),
                    (
                        &format!("{core}/package.json"),
                        r#"{"name":"@acme/openapi-mcp-server","main":"index.js"}"#,
                    ),
                    (&format!("{core}/index.js"), library),
                ],
            ),
            &Budget::default(),
        );
        let tools: Vec<_> = found.inventory.tools.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(tools, ["sms--Send"], "{:?}", found.inventory.gaps);
    }
}
