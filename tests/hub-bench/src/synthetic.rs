//! Trees and listings of a wanted size, the same on every run: growth can only be seen on inputs that differ in size alone.

use hub_model::{Origin, OriginKind, Snapshot, SourceFile};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A JavaScript server of about `bytes`: modules of some 6 kB that register tools, share helpers and import each other,
/// all of them live from one entry point.
pub(crate) fn javascript_server(bytes: usize) -> Snapshot {
    let mut files = vec![file(
        "package.json",
        json!({"name": "generated", "version": "1.0.0", "type": "module", "main": "index.js", "dependencies": {"@modelcontextprotocol/sdk": "^1.0.0"}})
            .to_string(),
    )];
    let mut imports = String::from("import { McpServer } from \"@modelcontextprotocol/sdk/server/mcp.js\";\n");
    let mut calls = String::new();
    let mut size = 0;
    for n in 0.. {
        if size >= bytes {
            break;
        }
        let text = module(n);
        size += text.len();
        files.push(file(&format!("src/m{n}.js"), text));
        let _ = writeln!(imports, "import {{ register as r{n} }} from \"./src/m{n}.js\";");
        let _ = writeln!(calls, "r{n}(server);");
    }
    files.push(file(
        "index.js",
        format!("{imports}const server = new McpServer({{ name: \"generated\", version: \"1.0.0\" }});\n{calls}"),
    ));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Snapshot {
        origin: Origin {
            kind: OriginKind::Local,
            name: "generated".into(),
            source_url: "generated".into(),
            resolved_version: "1.0.0".into(),
            base_path: None,
        },
        files,
        skipped: Vec::new(),
        warnings: Vec::new(),
        advisories: None,
        package: None,
    }
}

fn file(path: &str, text: String) -> SourceFile {
    SourceFile {
        path: path.parse().unwrap_or_else(|_| unreachable!("the path is a literal of this file")),
        text: text.into(),
    }
}

fn module(n: usize) -> String {
    let mut text = String::from(
        "import { z } from \"zod\";\nimport path from \"node:path\";\nimport { readFile } from \"node:fs/promises\";\nimport { execFile } from \"node:child_process\";\n",
    );
    if n > 0 {
        let _ = writeln!(text, "import {{ normalise{0} as earlier }} from \"./m{0}.js\";", n - 1);
    } else {
        text.push_str("const earlier = (value) => value;\n");
    }
    let _ = writeln!(
        text,
        "const ROOT{n} = path.resolve(\"/srv/data{n}\");\nexport function normalise{n}(value) {{\n  const trimmed = String(value).trim();\n  return trimmed.length > 200 ? trimmed.slice(0, 200) : trimmed;\n}}"
    );
    for f in 0..20 {
        let _ = writeln!(
            text,
            "function step{n}_{f}(input, options = {{}}) {{\n  const parts = normalise{n}(input).split(\",\").map((part) => part.trim()).filter(Boolean);\n  const total = parts.reduce((sum, part, index) => sum + part.length * (index + {f}), 0);\n  if (options.verbose && total > {f}) {{\n    return {{ total, parts, label: `step {n}.{f}: ${{parts.length}} parts` }};\n  }}\n  return {{ total, parts: parts.slice(0, 10) }};\n}}"
        );
    }
    let _ = writeln!(
        text,
        "export function register(server) {{\n  server.registerTool(\"read_{n}\", {{ description: \"Reads a note of shelf {n} by its name.\", inputSchema: {{ name: z.string().describe(\"Name of the note\") }} }}, async ({{ name }}) => {{\n    const file = path.resolve(ROOT{n}, name);\n    if (!file.startsWith(ROOT{n} + path.sep)) throw new Error(\"outside\");\n    return {{ content: [{{ type: \"text\", text: await readFile(file, \"utf8\") }}] }};\n  }});\n  server.registerTool(\"count_{n}\", {{ description: \"Counts the parts of a list on shelf {n}.\", inputSchema: {{ list: z.string(), verbose: z.boolean().optional() }} }}, async ({{ list, verbose }}) => {{\n    const found = step{n}_0(earlier(list), {{ verbose }});\n    return {{ content: [{{ type: \"text\", text: JSON.stringify(found) }}] }};\n  }});\n  server.registerTool(\"log_{n}\", {{ description: \"Shows the history of shelf {n}.\", inputSchema: {{ limit: z.number().int().max(100) }} }}, ({{ limit }}) => new Promise((resolve, reject) => {{\n    execFile(\"git\", [\"log\", `--max-count=${{limit}}`], (error, out) => (error ? reject(error) : resolve({{ content: [{{ type: \"text\", text: out }}] }})));\n  }}));\n}}"
    );
    text
}

/// A listing of `tools` tools as real servers have them: a few sentences, a schema of five described parameters.
pub(crate) fn listing(tools: usize) -> Value {
    let tools: Vec<Value> = (0..tools)
        .map(|n| {
            json!({
                "name": format!("update_record_{n}"),
                "description": format!("Updates record kind {n} in the customer's workspace. Call list_record_{n} first to learn the identifiers. Fields that are left out keep their value; an unknown field is an error. IMPORTANT: dates are ISO 8601 in UTC. Returns the record as it is after the change."),
                "inputSchema": {"type": "object", "required": ["id"], "properties": {
                    "id": {"type": "string", "description": "Identifier of the record, as the listing gives it"},
                    "title": {"type": "string", "description": "New title, at most 200 characters"},
                    "status": {"type": "string", "enum": ["open", "done", "archived"], "description": "New state"},
                    "due": {"type": "string", "format": "date", "description": "Due date, for example 2026-05-01"},
                    "notify": {"type": "boolean", "default": false, "description": "Whether assignees get a message about the change"},
                }},
                "annotations": {"readOnlyHint": false, "destructiveHint": false},
            })
        })
        .collect();
    json!({ "tools": tools })
}

/// A listing of one tool whose description has about `bytes` of ordinary prose.
pub(crate) fn long_description(bytes: usize) -> Value {
    let mut text = String::with_capacity(bytes + 300);
    let mut n = 0u32;
    while text.len() < bytes {
        let _ = write!(
            text,
            "Section {n}: the service keeps each entry for {n} days. You must pass the identifier that the listing returned; never guess it. If the token has expired, log in again before you call this tool. "
        );
        n += 1;
    }
    json!({"tools": [{"name": "explain", "description": text, "inputSchema": {"type": "object", "properties": {}}}]})
}
