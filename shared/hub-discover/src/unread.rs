//! What the inventory does not say by itself: servers that are made or started and whose registrations were not understood,
//! bridges to other servers, and programs of which only the binary is there.

use crate::Found;
use hub_model::{DependencyRef, Gap, Location, SkipReason, Snapshot};
use hub_syntax::Program;
use hub_syntax::ir::{ExprId, ExprKind, Imported, Language, Module};
use std::collections::BTreeSet;

/// Names of the classes that the official SDKs and `fastmcp` make servers of.
const CLASSES: &[&str] = &["McpServer", "MCPServer", "FastMCP", "Server"];
/// What the SDKs of all languages call to listen for a client.
const STARTS: &[&str] = &[
    "StdioServerTransport",
    "SSEServerTransport",
    "SseServerTransport",
    "StreamableHTTPServerTransport",
    "NodeStreamableHTTPServerTransport",
    "WebStandardStreamableHTTPServerTransport",
    "StreamableHTTPSessionManager",
    "stdio_server",
    "ServeStdio",
    "NewStdioServer",
    "NewSSEServer",
    "NewStreamableHTTPServer",
    "NewStreamableHTTPHandler",
    "NewMCPServer",
    "AddMcpServer",
    "WithStdioServerTransport",
    "WithHttpTransport",
    "MapMcp",
    "StdioServerTransportProvider",
    "HttpServletStreamableServerTransportProvider",
    "StdioTransport",
    "StreamableHttpTransport",
];
/// Common names that count in files that name the SDK.
const NATIVE: &[(Language, &str, &[&str])] = &[
    (Language::Go, "modelcontextprotocol/go-sdk/mcp", &["NewServer"]),
    (Language::Rust, "rmcp", &["serve", "serve_server"]),
    (Language::Ruby, "MCP::Server", &["new"]),
    (Language::Php, "Mcp\\", &["builder", "make"]),
    (Language::Java, "io.modelcontextprotocol", &["sync", "async"]),
    (Language::Kotlin, "io.modelcontextprotocol", &["Server"]),
];
/// What they call to reach another server.
const CLIENTS: &[&str] = &[
    "StdioClientTransport",
    "SSEClientTransport",
    "SseClientTransport",
    "StreamableHTTPClientTransport",
    "StreamableHttpClientTransport",
    "stdio_client",
    "sse_client",
    "streamablehttp_client",
    "streamable_http_client",
    "ClientSession",
    "NewStdioMCPClient",
    "NewSSEMCPClient",
    "NewStreamableHttpClient",
    "CommandTransport",
    "StreamableClientTransport",
    "HttpClientTransport",
    "TokioChildProcess",
];

/// Nothing was found: says where servers are made, so that such a tree is not taken for one without a server.
pub(crate) fn servers_without_inventory(program: &Program, snapshot: &Snapshot, found: &mut Found) {
    if !found.is_empty() || !found.inventory.gaps.is_empty() {
        return;
    }
    for module in &program.modules {
        let names = if is_apart(module, snapshot) {
            BTreeSet::new()
        } else {
            imported_classes(module)
        };
        if names.is_empty() {
            continue;
        }
        let named = |expr| match module.expr(expr).kind {
            ExprKind::Ident(name) => names.contains(module.str(name)),
            _ => false,
        };
        let made = module.exprs.iter().filter_map(|expr| match &expr.kind {
            ExprKind::Call { callee, .. } if named(*callee) => Some(expr.span),
            _ => None,
        });
        let derived = module
            .classes
            .iter()
            .filter(|class| class.bases.iter().any(|base| named(*base)))
            .map(|c| c.span);
        for span in made.chain(derived) {
            found.gap(Gap {
                at: module.location(span),
                what: "an MCP server".to_owned(),
                reason: "the way in which it registers its tools was not understood".to_owned(),
            });
        }
    }
    if found.inventory.gaps.is_empty() {
        started_servers(program, snapshot, found);
    }
}

/// Listens for a client with an SDK's transport: a server all the same. One that also talks to a server is a bridge between them.
fn started_servers(program: &Program, snapshot: &Snapshot, found: &mut Found) {
    let own = || program.modules.iter().filter(|m| !is_apart(m, snapshot));
    let forwards = own().any(|m| uses(m, CLIENTS).next().is_some());
    let (what, reason) = if forwards {
        (
            "an MCP server that passes on what another one offers",
            "it is known only at run time",
        )
    } else {
        (
            "an MCP server",
            "it is started here; the way in which it registers its tools was not understood",
        )
    };
    for module in own() {
        let sdk = NATIVE
            .iter()
            .find(|(language, import, _)| *language == module.language && module.source.contains(import));
        let starts = uses(module, STARTS).chain(uses(module, sdk.map_or(&[][..], |(.., names)| names)));
        let by_hand: Vec<ExprId> = crate::wire::answers(module).collect();
        let found_here: BTreeSet<ExprId> = starts.chain(by_hand).collect();
        for expr in found_here {
            found.gap(Gap {
                at: module.location(module.expr(expr).span),
                what: what.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }
}

fn is_apart(module: &Module, snapshot: &Snapshot) -> bool {
    let path = crate::inside(snapshot, module.path.as_str());
    // A dependency that was added is judged by what lies in it.
    let path = DependencyRef::split(path).map_or(path, |(_, inside)| inside);
    match module.language {
        Language::Python => crate::py::is_apart(path),
        Language::JavaScript | Language::TypeScript => crate::js::is_test_path(path),
        _ => crate::native::is_aside_path(path),
    }
}

/// Calls whose name, or its last part, is one of these.
fn uses<'m>(module: &'m Module, names: &'static [&'static str]) -> impl Iterator<Item = ExprId> + use<'m> {
    let named = |callee: ExprId| match module.expr(callee).kind {
        ExprKind::Ident(name) | ExprKind::Member { property: name, .. } => names.contains(&module.str(name)),
        _ => false,
    };
    let calls = move |(i, expr): (usize, &hub_syntax::ir::Expr)| match &expr.kind {
        ExprKind::Call { callee, .. } if named(*callee) => Some(ExprId(i as u32)),
        _ => None,
    };
    module.exprs.iter().enumerate().filter_map(calls)
}

/// What a server of which only the program is there is called in [`Gap::what`].
pub const MACHINE_CODE: &str = "an MCP server built to machine code";

/// Nothing was found, and the package only starts a binary that was built elsewhere: says so.
pub(crate) fn binaries(snapshot: &Snapshot, found: &mut Found) {
    if !found.is_empty() || !found.inventory.gaps.is_empty() {
        return;
    }
    for file in snapshot.files.iter().filter(|f| f.path.file_name() == "package.json") {
        let Ok(manifest) = serde_json::from_str::<serde_json::Value>(&file.text) else {
            continue;
        };
        let Some(carrier) = platform_package(&manifest).filter(|_| says_mcp(&manifest)) else {
            continue;
        };
        found.gap(at_start(
            file.path.clone(),
            MACHINE_CODE,
            format!("it lies in `{carrier}` and its like for other platforms; what it offers cannot be read from source here"),
        ));
    }
    let binary = snapshot
        .skipped
        .iter()
        .find(|s| s.reason == SkipReason::Binary && is_command(&s.path));
    let metadata = snapshot
        .files
        .iter()
        .find(|f| matches!(f.path.file_name(), "METADATA" | "package.json" | "PKG-INFO" | "manifest.json"));
    if let (Some(binary), Some(metadata)) = (binary, metadata)
        && found.inventory.gaps.is_empty()
        && metadata.text.to_ascii_lowercase().contains("mcp")
    {
        let name: String = binary.path.chars().filter(|c| !c.is_control()).collect();
        found.gap(at_start(
            metadata.path.clone(),
            MACHINE_CODE,
            format!("it is the binary `{name}`; what it offers cannot be read from it"),
        ));
    }
}

fn at_start(file: hub_model::RelPath, what: &str, reason: String) -> Gap {
    Gap {
        at: Location::of_line(file, 1),
        what: what.to_owned(),
        reason,
    }
}

/// A dependency for one platform, as packages of native programs have for each.
fn platform_package(manifest: &serde_json::Value) -> Option<String> {
    const SYSTEMS: &[&str] = &["linux", "darwin", "macos", "windows", "win32", "freebsd"];
    const MACHINES: &[&str] = &["x64", "arm64", "amd64", "x86", "ia32", "aarch64", "arm"];
    let names = manifest.get("optionalDependencies")?.as_object()?.keys();
    let of_platform = |name: &&String| {
        let has = |words: &[&str]| {
            name.split(|c: char| !c.is_ascii_alphanumeric())
                .any(|part| words.iter().any(|w| part.starts_with(w)))
        };
        has(SYSTEMS) && (has(MACHINES) || name.ends_with("x86_64"))
    };
    // One that others are built of as well (`fsevents`, `esbuild`) has no name of this package.
    let own = manifest.get("name").and_then(serde_json::Value::as_str).unwrap_or_default();
    let found: Vec<&String> = names.filter(of_platform).filter(|n| n.starts_with(own)).collect();
    found.first().map(|n| n.chars().filter(|c| !c.is_control()).collect())
}

fn says_mcp(manifest: &serde_json::Value) -> bool {
    let of = |key: &str| manifest.get(key).map(ToString::to_string).unwrap_or_default().to_ascii_lowercase();
    manifest.get("mcpName").is_some()
        || ["name", "description", "keywords", "bin"].iter().any(|key| {
            let text = of(key);
            text.contains("mcp") || text.contains("model context protocol")
        })
}

/// Whether a binary is there to be started, not loaded.
fn is_command(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".exe") || !name.contains('.') || path.split('/').any(|s| matches!(s, "bin" | "scripts"))
}

/// Local names of server classes that a module imports from an SDK.
fn imported_classes(module: &Module) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for import in &module.imports {
        let specifier = module.str(import.specifier);
        let sdk = match module.language {
            Language::Python => ["mcp.server", "fastmcp"].iter().any(|root| {
                specifier
                    .strip_prefix(root)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }),
            Language::JavaScript | Language::TypeScript => {
                specifier.starts_with("@modelcontextprotocol/sdk/server")
                    || specifier == "@modelcontextprotocol/server"
                    || specifier == "fastmcp"
            }
            _ => false,
        };
        if !sdk || import.type_only {
            continue;
        }
        for name in &import.names {
            if let Imported::Name(imported) = name.imported
                && CLASSES.contains(&module.str(imported))
            {
                names.insert(module.str(name.local));
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use crate::testing::snapshot;
    use crate::{Discovery, discover};
    use hub_model::{Budget, SkipReason, Skipped};

    fn found(files: &[(&str, &str)]) -> Discovery {
        discover(&snapshot(files), &Budget::default())
    }

    #[test]
    fn a_bridge_between_a_client_and_another_server_is_a_server_whose_tools_are_known_only_at_run_time() {
        let scripts = "import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
            import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
            const local = new StdioServerTransport(), remote = new SSEClientTransport(new URL(process.argv[2]));
            local.onmessage = (m) => remote.send(m); remote.onmessage = (m) => local.send(m);";
        let bundled = "var StdioServerTransport = class { async start() {} }; var StreamableHTTPClientTransport = class {};
            var Client = class { assertCapabilityForMethod(method) { switch (method) { case 'tools/call': case 'tools/list': check(this); } } };
            const a = new StdioServerTransport(), b = new StreamableHTTPClientTransport(process.argv[2]); a.onmessage = (m) => b.send(m);";
        let python = "from mcp.server.stdio import stdio_server\nfrom mcp.client.sse import sse_client\nasync def main(url):\n    async with stdio_server() as (r, w):\n        async with sse_client(url) as (r2, w2):\n            await forward(r, w, r2, w2)\n";
        for (path, code) in [("index.js", scripts), ("dist/index.js", bundled), ("main.py", python)] {
            let gaps = found(&[(path, code)]).inventory.gaps;
            assert!(
                !gaps.is_empty() && gaps.iter().all(|g| g.reason == "it is known only at run time"),
                "{code}: {gaps:?}"
            );
        }
    }

    #[test]
    fn a_program_without_mcp_or_that_only_asks_a_server_is_none() {
        for code in [
            "export const add = (a, b) => a + b;",
            "import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'; new StdioClientTransport({}).send({ method: 'tools/list' });",
        ] {
            let found = found(&[("index.js", code)]);
            assert!(found.inventory.gaps.is_empty(), "{code}: {:?}", found.inventory.gaps);
        }
    }

    #[test]
    fn a_server_without_an_sdk_lists_what_it_answers() {
        let table = "[{ \"name\": \"ping\", \"description\": \"Pings.\", \"inputSchema\": { \"type\": \"object\", \"properties\": { \"host\": { \"type\": \"string\" } } } }]";
        for (path, code) in [
            (
                "index.js",
                format!(
                    "const TOOLS = {table};\nfunction handle(req) {{ switch (req.method) {{ case 'tools/list': return {{ result: {{ tools: TOOLS }} }}; }} }}\nprocess.stdin.on('data', (d) => console.log(JSON.stringify(handle(JSON.parse(d)))));"
                ),
            ),
            (
                "index.js",
                format!(
                    "const TOOLS = {table};\nprocess.stdin.on('data', (d) => {{ const req = JSON.parse(d); if (req.method === 'tools/list') send(req.id, {{ tools: TOOLS }}); }});"
                ),
            ),
            (
                "server.py",
                format!(
                    "TOOLS = {table}\ndef handle(request):\n    if request.get('method') == 'tools/list':\n        return {{'jsonrpc': '2.0', 'id': request['id'], 'result': {{'tools': TOOLS}}}}\n"
                ),
            ),
            (
                "server.py",
                format!(
                    "class Server:\n    def __init__(self):\n        self.tools = {table}\n    async def handle(self, method, params):\n        if method == \"initialize\":\n            return {{'capabilities': {{'tools': {{}}}}}}\n        elif method == \"tools/list\":\n            return {{'tools': self.tools}}\n"
                ),
            ),
        ] {
            let found = found(&[(path, &code)]);
            let tools: Vec<_> = found
                .inventory
                .tools
                .iter()
                .map(|t| (t.name.as_str(), t.parameter_names()))
                .collect();
            assert_eq!(tools, [("ping", vec!["host"])], "{code}: {:?}", found.inventory.gaps);
        }
        let unknown = found(&[(
            "server.py",
            "def handle(m):\n    if m['method'] == 'tools/list':\n        return load(m)\n",
        )]);
        assert_eq!(unknown.inventory.gaps[0].what, "an answer to tools/list");
    }

    #[test]
    fn a_program_of_which_only_the_binary_is_there_is_named_with_the_reason() {
        let manifest = r#"{"name":"acme-mcp","bin":"bin.js","optionalDependencies":{"acme-mcp-linux-x64":"1.0.0","fsevents":"2"}}"#;
        let start = "require('child_process').spawn(require.resolve(`acme-mcp-${process.platform}-${process.arch}/run`));";
        let gaps = found(&[("package.json", manifest), ("bin.js", start)]).inventory.gaps;
        assert!(gaps[0].reason.contains("`acme-mcp-linux-x64`"), "{gaps:?}");
        let mut tree = snapshot(&[("acme_mcp-1.dist-info/METADATA", "Name: acme-mcp\n")]);
        tree.skipped.push(Skipped {
            path: "acme_mcp-1.data/scripts/acme-mcp.exe".to_owned(),
            reason: SkipReason::Binary,
            bytes: Some(9),
        });
        let gaps = discover(&tree, &Budget::default()).inventory.gaps;
        assert!(gaps[0].reason.contains("acme-mcp.exe"), "{gaps:?}");
    }
}
