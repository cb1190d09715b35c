//! What the names and texts of packages say about MCP. All of it is guessing where to look: what a server really lists is
//! decided by discovery, which follows its imports.

/// Libraries that discovery knows by their documented interface: reading their source would add nothing but time.
/// A `/` at the end stands for a whole scope, a `*` for any ending.
const KNOWN_LIBRARIES: &[&str] = &[
    "@modelcontextprotocol/",
    "@mastra/",
    "@effect/",
    "@ai-sdk/",
    "@types/",
    "@hono/",
    "@sentry/",
    "@opentelemetry/",
    "@aws-sdk/",
    "@langchain/",
    "@mcp-ui/",
    "@smithery/",
    "@vercel/mcp-adapter",
    "mcp-handler",
    "mcp-proxy",
    "mcp-remote",
    "mcp-framework",
    "mcp-lite",
    "mcp-use",
    "mcp-agent",
    "mcpo",
    "fastmcp",
    "fastmcp-*",
    "litemcp",
    "xmcp",
    "tmcp",
    "@tmcp/",
    "agents",
    "muppet",
    "@rekog/",
    "mcp",
    "zod",
    "zod-to-json-schema",
    "effect",
    "express",
    "fastify",
    "hono",
    "axios",
    "undici",
    "node-fetch",
    "commander",
    "yargs",
    "dotenv",
    "pino",
    "winston",
    "chalk",
    "ws",
    "typescript",
    "react",
    "react-dom",
    "lodash",
    "openai",
    "pydantic",
    "pydantic-*",
    "fastapi",
    "starlette",
    "uvicorn",
    "httpx",
    "httpx-*",
    "requests",
    "click",
    "typer",
    "rich",
    "loguru",
    "anyio",
    "aiohttp",
    "python-dotenv",
    "numpy",
    "pandas",
    "sqlalchemy",
    "langchain",
    "langchain-*",
    "anthropic",
    "boto3",
    "botocore",
    "cryptography",
    "pyyaml",
    "jinja2",
    "typing-extensions",
];

/// Words in names of packages that carry an MCP server's tools for others.
const TOOL_WORDS: &[&str] = &[
    "agent",
    "agents",
    "tool",
    "tools",
    "toolkit",
    "toolset",
    "server",
    "provider",
    "providers",
];

/// Words of names that say nothing about whose a package is.
const COMMON_WORDS: &[&str] = &[
    "mcp", "server", "servers", "tools", "tool", "agent", "client", "core", "python", "node", "model", "context", "protocol", "plugin",
];

/// What code in JavaScript or TypeScript says when it registers tools.
const JS_REGISTRATION: &[&str] = &[
    "registerTool(",
    ".tool(",
    "addTool(",
    "setRequestHandler(",
    "ListToolsRequestSchema",
    "tools/list",
    "defineTool(",
    "registerAppTool(",
];

/// The same of Python code.
const PY_REGISTRATION: &[&str] = &[".tool(", ".tool\n", "add_tool(", "list_tools", "FastMCP(", "MCPServer("];

/// What code says that describes tools for somebody else to register.
const DESCRIPTION: &[&str] = &["inputSchema", "input_schema", "modelcontextprotocol", "types.Tool(", "mcp.types"];

/// How likely a dependency holds the tools, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likelihood {
    /// Its name says MCP, or an entry point starts in it.
    Named,
    /// A sibling of the package, or one whose name speaks of tools.
    Related,
    /// Anything else that is imported.
    Imported,
}

/// Whether discovery knows a library without reading it.
pub(super) fn is_known_library(name: &str) -> bool {
    KNOWN_LIBRARIES
        .iter()
        .any(|known| match (known.strip_suffix('*'), known.ends_with('/')) {
            (Some(start), _) => name.starts_with(start),
            (None, true) => name.starts_with(known),
            (None, false) => name == *known,
        })
}

/// Judges a dependency of the package `of` by its name; a shell registers nothing itself, so more is worth a look there.
pub(super) fn likelihood(name: &str, of: &str, is_shell: bool) -> Option<Likelihood> {
    if is_known_library(name) {
        return None;
    }
    let words: Vec<&str> = words(name).collect();
    if words.iter().any(|w| w.starts_with("mcp") || w.ends_with("mcp")) {
        return Some(Likelihood::Named);
    }
    let scope = |n: &str| {
        n.strip_prefix('@')
            .and_then(|n| n.split_once('/'))
            .map(|(scope, _)| scope.to_owned())
    };
    let last = |n: &str| n.rsplit('/').next().unwrap_or_default().to_owned();
    let sibling = scope(name).is_some_and(|s| scope(of) == Some(s));
    let own = last(of);
    let kin = self::words(&own).any(|w| w.len() > 3 && !COMMON_WORDS.contains(&w) && words.contains(&w));
    let speaks = words.iter().any(|w| TOOL_WORDS.contains(w));
    let related = (sibling || kin) && (is_shell || speaks || kin && words.contains(&"core"));
    match (related, is_shell) {
        (true, _) => Some(Likelihood::Related),
        (false, true) => Some(Likelihood::Imported),
        (false, false) => None,
    }
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty())
}

/// Whether a text speaks of MCP at all.
pub(super) fn mentions_mcp(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["mcp", "modelcontextprotocol", "model context protocol"]
        .iter()
        .any(|w| text.contains(w))
}

/// Whether code registers tools itself.
pub(super) fn registers(path: &str, text: &str) -> bool {
    let marks = if path.ends_with(".py") { PY_REGISTRATION } else { JS_REGISTRATION };
    marks.iter().any(|w| text.contains(w))
}

/// Whether code registers tools, or describes them for somebody else to register.
pub(super) fn speaks_of_tools(path: &str, text: &str) -> bool {
    registers(path, text) || DESCRIPTION.iter().any(|w| text.contains(w))
}

/// Whether a file is code in a language whose imports are followed into dependencies, and no test, example or declaration of types.
pub(super) fn is_code(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let ext = name.rsplit_once('.').map_or("", |(_, e)| e);
    let code = matches!(ext, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "jsx" | "tsx" | "py");
    let aside = [".d.ts", ".d.mts", ".d.cts"].iter().any(|e| name.ends_with(e))
        || name.contains(".test.")
        || name.contains(".spec.")
        || name.starts_with("test_")
        || folders.split('/').any(|f| {
            matches!(
                f,
                "test" | "tests" | "__tests__" | "__mocks__" | "e2e" | "examples" | "example" | "fixtures" | "docs" | "benchmarks"
            )
        });
    code && !aside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_where_to_look() {
        use Likelihood::{Imported, Named, Related};
        for (name, of, is_shell, expected) in [
            ("@acme/mcp-provider-x", "@acme/mcp", false, Some(Named)),
            ("acme-mcp-core", "acme", false, Some(Named)),
            ("@acme/agent-toolkit", "@acme/acme-api-mcp", false, Some(Related)),
            ("acme-tools-core", "acme-mcp", false, Some(Related)),
            ("@acme/core", "@acme/mcp", false, None),
            ("@acme/core", "@acme/mcp", true, Some(Related)),
            ("engine", "@acme/mcp", true, Some(Imported)),
            ("engine", "@acme/mcp", false, None),
            ("@modelcontextprotocol/sdk", "@acme/mcp", true, None),
            ("fastmcp", "acme-mcp", true, None),
            ("server-utils", "acme-mcp-server", false, None),
        ] {
            assert_eq!(likelihood(name, of, is_shell), expected, "{name} of {of}");
        }
    }
}
