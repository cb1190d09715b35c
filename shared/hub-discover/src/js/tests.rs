use crate::discover;
use crate::testing::snapshot;
use hub_model::Budget;
use serde_json::{Value, json};

/// `[name, description, [parameters]]` of each tool.
fn tools(files: &[(&str, &str)]) -> Value {
    let found = discover(&snapshot(files), &Budget::default());
    found
        .inventory
        .tools
        .iter()
        .map(|t| json!([t.name, t.description, t.parameter_names()]))
        .collect()
}

fn tools_of(text: &str) -> Value {
    tools(&[("index.ts", text)])
}

const SDK: &str = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'; import { z } from 'zod'; const server = new McpServer({ name: 's', version: '1' });\n";

#[test]
fn every_overload_of_tool_is_read() {
    let text = format!(
        "{SDK}
        server.tool('a', async () => {{}});
        server.tool('b', 'B', async () => {{}});
        server.tool('c', {{ x: z.string() }}, async () => {{}});
        server.tool('d', 'D', {{ y: z.number().describe('why') }}, async () => {{}});
        server.tool('e', 'E', {{ z: z.boolean() }}, {{ readOnlyHint: true }}, async () => {{}});
        server.tool('f', 'F', {{ title: 'T', destructiveHint: false }}, async () => {{}});"
    );
    assert_eq!(
        tools_of(&text),
        json!([
            ["a", null, []],
            ["b", "B", []],
            ["c", null, ["x"]],
            ["d", "D", ["y"]],
            ["e", "E", ["z"]],
            ["f", "F", []]
        ])
    );
}

#[test]
fn helpers_loops_and_tables_around_registration_are_followed() {
    let text = format!(
        "{SDK}
        const PREFIX = 'acme';
        function add(name: string, text: string, shape: any) {{ server.registerTool(`${{PREFIX}}_${{name}}`, {{ description: text, inputSchema: shape }}, run); }}
        add('one', 'One', {{ q: z.string() }});
        const table = [{{ name: 'two', description: 'Two', schema: z.object({{ r: z.string() }}) }}];
        for (const t of table) server.registerTool(t.name, {{ description: t.description, inputSchema: t.schema.shape }}, run);
        class Tools {{ constructor(private s: any) {{}} register() {{ this.s.tool('three', 'Three', {{}}, async () => run()); }} }}
        new Tools(server).register();
        export function never() {{ server.tool('four', 'Four', {{ v: z.string() }}, run); }}"
    );
    assert_eq!(
        tools_of(&text),
        json!([
            ["acme_one", "One", ["q"]],
            ["two", "Two", ["r"]],
            ["three", "Three", []],
            ["four", "Four", ["v"]]
        ])
    );
}

#[test]
fn low_level_handlers_answer_with_lists_of_other_modules() {
    let files = [
        ("package.json", r#"{"name":"p","bin":{"p":"dist/main.js"}}"#),
        (
            "dist/main.js",
            "const { Server } = require('@modelcontextprotocol/sdk/server/index.js'); const types = require('@modelcontextprotocol/sdk/types.js');
             const all = require('./tools'); const server = new Server({ name: 'low', version: '2' }, { capabilities: {}, instructions: 'Be kind.' });
             server.setRequestHandler(types.ListToolsRequestSchema, async () => ({ tools: [...Object.values(all).map(t => t.definition), { name: 'z', description: 'Z', inputSchema: { type: 'object', properties: { k: { type: 'string' } } } }] }));
             server.setRequestHandler(types.CallToolRequestSchema, async (request) => { switch (request.params.name) { case 'a': return all.a.run(request.params.arguments); } });",
        ),
        (
            "dist/tools.js",
            "const { zodToJsonSchema } = require('zod-to-json-schema'); const { z } = require('zod');
             exports.a = { definition: { name: 'a', description: 'A', inputSchema: zodToJsonSchema(z.object({ p: z.string().optional() }).extend({ q: z.enum(['x']) })) }, run: x => x };",
        ),
        ("dist/dead.js", "const s = require('./s'); s.tool('dead', 'Dead', {}, () => {});"),
        ("test/a.test.js", "server.tool('tested', 'T', {}, () => {});"),
    ];
    assert_eq!(tools(&files), json!([["a", "A", ["p", "q"]], ["z", "Z", ["k"]]]));
    let found = discover(&snapshot(&files), &Budget::default());
    assert_eq!(found.inventory.server.instructions.as_deref(), Some("Be kind."));
    assert!(found.facts.entry_points.iter().any(|e| e.name == "*"));
    assert_eq!(found.facts.live_modules.len(), 2);
}

#[test]
fn prompts_and_resources_are_read() {
    let text = format!(
        "{SDK} import {{ ResourceTemplate }} from '@modelcontextprotocol/sdk/server/mcp.js';
        server.prompt('ask', 'Asks', {{ topic: z.string().describe('About') }}, () => ({{}}));
        server.registerPrompt('tell', {{ title: 'Tell', description: 'Tells', argsSchema: {{ to: z.string().optional() }} }}, () => ({{}}));
        server.resource('cfg', 'config://app', async () => ({{}}));
        server.registerResource('user', new ResourceTemplate('users://{{id}}', {{ list: undefined }}), {{ description: 'One user', mimeType: 'text/plain' }}, async () => ({{}}));"
    );
    let found = discover(&snapshot(&[("index.ts", &text)]), &Budget::default()).inventory;
    let prompts: Value = found
        .prompts
        .iter()
        .map(|p| json!([p.name, p.description, p.arguments[0].name, p.arguments[0].required]))
        .collect();
    assert_eq!(prompts, json!([["ask", "Asks", "topic", true], ["tell", "Tells", "to", false]]));
    let resources: Value = found
        .resources
        .iter()
        .map(|r| json!([r.uri, r.is_template, r.description]))
        .collect();
    assert_eq!(
        resources,
        json!([["config://app", false, null], ["users://{id}", true, "One user"]])
    );
}

#[test]
fn schemas_keep_the_order_of_their_properties() {
    let text = format!(
        "{SDK} const base = z.object({{ z: z.string().min(2).describe('Zed'), a: z.number().int().default(3) }});
        server.registerTool('t', {{ inputSchema: base.merge(z.object({{ m: z.array(z.enum(['x', 'y'])).nullable(), u: z.union([z.string(), z.literal(1)]).optional() }})).omit({{ a: true }}) }}, () => {{}});"
    );
    let found = discover(&snapshot(&[("index.ts", &text)]), &Budget::default()).inventory;
    assert_eq!(
        found.tools[0].input_schema,
        Some(json!({
            "type": "object",
            "properties": {
                "z": { "type": "string", "minLength": 2, "description": "Zed" },
                "m": { "type": ["array", "null"], "items": { "type": "string", "enum": ["x", "y"] } },
                "u": { "anyOf": [{ "type": "string" }, { "type": "number", "const": 1 }] },
            },
            "required": ["z", "m"],
        }))
    );
}

#[test]
fn what_cannot_be_known_is_said() {
    let text = format!(
        "{SDK} server.tool(process.env.NAME, 'N', {{}}, () => {{}}); server.tool('k', `for ${{process.env.WHO}}`, {{}}, () => {{}});"
    );
    let found = discover(&snapshot(&[("index.ts", &text)]), &Budget::default()).inventory;
    assert_eq!(found.gaps.len(), 1);
    assert!(found.gaps[0].reason.contains("NAME"), "{:?}", found.gaps);
    assert_eq!(found.tools[0].unknowns[0].field, "description");
}

#[test]
fn any_cut_of_a_source_is_survived() {
    let text = format!(
        "{SDK} const t = {{ name: 'n', description: `d`, inputSchema: z.object({{ a: z.string() }}) }}; server.registerTool(t.name, t, async ({{ a }}) => a);"
    );
    for end in (0..text.len()).step_by(7) {
        let _ = tools_of(&text[..end]);
        let _ = tools_of(&text[end..]);
    }
}

#[test]
fn frameworks_that_take_all_tools_at_once_are_read() {
    let text = "import { createMcpServer, tool } from 'some-framework'; import { z } from 'zod';
        createMcpServer({ name: 'f', version: '3', tools: async () => ({ list_all: tool({ description: 'Lists', parameters: z.object({ q: z.string() }), execute: async () => 1 }) }) });";
    assert_eq!(tools_of(text), json!([["list_all", "Lists", ["q"]]]));
}

#[test]
fn a_patched_registration_method_still_registers() {
    let text = format!(
        "{SDK} const original = server.registerTool.bind(server);
        server.registerTool = (name: string, config: any, run: any) => original(name, config, wrap(run));
        server.registerTool('patched', {{ description: 'P', inputSchema: {{ a: z.string() }} }}, () => 1);"
    );
    assert_eq!(tools_of(&text), json!([["patched", "P", ["a"]]]));
}

#[test]
fn methods_called_in_a_roundabout_way_register_all_the_same() {
    let text = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'; import { z } from 'zod';
        class Own extends McpServer {
            constructor() { super({ name: 'own', version: '2' }); }
            read(...args) { return McpServer.prototype.registerTool.call(this, args[0], { description: args[1], inputSchema: args[2] }, args[3]); }
        }
        const own = new Own();
        own.read('called', 'C', { a: z.string() }, async () => 1);
        const plain = new McpServer({ name: 'p', version: '1' });
        const { tool } = plain;
        tool('taken', 'T', { b: z.string() }, async () => 1);
        const bound = plain.registerTool.bind(plain);
        bound('bound', { description: 'B', inputSchema: { c: z.string() } }, async () => 1);";
    assert_eq!(
        tools_of(text),
        json!([["called", "C", ["a"]], ["taken", "T", ["b"]], ["bound", "B", ["c"]]])
    );
}

#[test]
fn annotations_are_served_as_they_are_declared() {
    let text = format!(
        "{SDK} server.registerTool('a', {{ annotations: {{ title: 'A', readOnlyHint: true }}, _meta: {{ ui: {{ uri: 'ui://a' }} }} }}, async () => 1);"
    );
    let found = discover(&snapshot(&[("index.ts", &text)]), &Budget::default()).inventory;
    let tool = &found.tools[0];
    assert_eq!(tool.annotations, Some(json!({ "title": "A", "readOnlyHint": true })));
    assert_eq!(tool.extra, Some(json!({ "_meta": { "ui": { "uri": "ui://a" } } })));
}

#[test]
fn a_schema_is_found_among_the_definitions_it_was_put_in() {
    let text = "import { Server } from '@modelcontextprotocol/sdk/server/index.js'; import { z } from 'zod'; import zodToJsonSchema from 'zod-to-json-schema';
        const root = (schema, name) => { const all = zodToJsonSchema(schema, { name }); const one = (all.definitions ?? {})[name];
            return { type: 'object', properties: one?.properties ?? {}, required: one?.required ?? [] }; };
        const server = new Server({ name: 's', version: '1' });
        server.setRequestHandler('tools/list', async () => ({ tools: [{ name: 'a', description: 'A', inputSchema: root(z.object({ x: z.string() }), 'a') }] }));";
    assert_eq!(tools_of(text), json!([["a", "A", ["x"]]]));
}

#[test]
fn an_option_nobody_gave_is_its_declared_default() {
    let cases = [
        "import yargs from 'yargs'; const o = yargs(process.argv).option('tool-prefix', { type: 'string', default: 'x_' }).help().parseSync(); const p = o.toolPrefix;",
        "import yargs from 'yargs'; const p = yargs(process.argv).options({ prefix: { default: 'x_' } }).argv.prefix;",
        "import { parseArgs } from 'node:util'; const p = parseArgs({ options: { prefix: { type: 'string', default: 'x_' } } }).values.prefix;",
        "import minimist from 'minimist'; const p = minimist(process.argv, { default: { prefix: 'x_' } }).prefix;",
        "import env from 'env-var'; const p = env.get('PREFIX').default('x_').asString();",
        "const p = z.string().parse('x_');",
    ];
    for case in cases {
        let text = format!("{SDK} {case} server.registerTool(p + 'a', {{ description: 'A' }}, async () => 1);");
        assert_eq!(tools_of(&text), json!([["x_a", "A", []]]), "{case}");
    }
}

#[test]
fn a_bundle_of_libraries_does_not_use_up_what_the_program_needs() {
    let library = format!("export const xs = [];\n{}", "xs.push([1].map((x) => x + 1));\n".repeat(2_000));
    let entry = format!("import {{ xs }} from './library.js';\n{SDK} server.tool('a', 'A', {{ x: z.string() }}, async () => xs);");
    let budget = Budget {
        max_eval_steps: 20_000,
        ..Budget::default()
    };
    let found = discover(&snapshot(&[("index.js", &entry), ("library.js", &library)]), &budget);
    assert_eq!(found.inventory.tools.len(), 1);
    assert!(
        found.warnings.iter().any(|w| w.contains("HUB_MAX_EVAL_STEPS")),
        "{:?}",
        found.warnings
    );
}

#[test]
fn handlers_past_the_bound_are_said_to_be_left_out() {
    let budget = Budget {
        max_items: 2,
        ..Budget::default()
    };
    let js: String = (0..9)
        .map(|n| format!("server.tool('t{n}', 'T', {{}}, async () => {n});\n"))
        .collect();
    let py: String = (0..9)
        .map(|n| format!("@mcp.tool()\ndef t{n}() -> int:\n    return {n}\n"))
        .collect();
    let py = format!("from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('m')\n{py}");
    for (path, text) in [("index.js", format!("{SDK}\n{js}")), ("server.py", py)] {
        let said = |budget: &Budget| {
            let warnings = discover(&snapshot(&[(path, &text)]), budget).warnings;
            warnings.iter().any(|w| w.contains("handlers are kept (HUB_MAX_ITEMS)"))
        };
        assert!(said(&budget), "{path}");
        assert!(!said(&Budget::default()), "{path}");
    }
}

#[test]
fn a_wrapper_around_the_constructor_still_names_the_server() {
    let text = "import { McpServer } from '@modelcontextprotocol/server'; import { wrap } from 'telemetry';
        const server = wrap.createServer({ name: 'w', version: '4' }, { instructions: 'Be kind.' });
        server.registerTool('a', { description: 'A' }, async () => 1);";
    let found = discover(&snapshot(&[("index.ts", text)]), &Budget::default()).inventory;
    assert_eq!(found.server.name.as_deref(), Some("w"));
    assert_eq!(found.server.instructions.as_deref(), Some("Be kind."));
}

#[test]
fn a_server_whose_registrations_are_not_understood_is_no_tree_without_a_server() {
    let js = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'; export function make(own) { const server = new McpServer({ name: 's', version: '1' }); return own.fill(server); }";
    let py = "from mcp.server.fastmcp import FastMCP\nclass Own(FastMCP):\n    pass\n";
    for (path, text) in [("index.js", js), ("own.py", py)] {
        let found = discover(&snapshot(&[(path, text)]), &Budget::default()).inventory;
        assert_eq!(found.gaps.len(), 1, "{path}");
        assert!(found.gaps[0].reason.contains("not understood"), "{:?}", found.gaps);
    }
    let client = "import { Client } from '@modelcontextprotocol/sdk/client/index.js'; new Client({ name: 'c', version: '1' });";
    assert!(
        discover(&snapshot(&[("index.js", client)]), &Budget::default())
            .inventory
            .gaps
            .is_empty()
    );
}

#[test]
fn several_servers_in_one_tree_are_named_and_each_language_counts() {
    let js = format!("{SDK} server.tool('a', 'A', {{}}, async () => 1);");
    let py = "from fastmcp import FastMCP\nm = FastMCP('p')\n@m.tool\ndef b(): 'B.'\n";
    let manifest = r#"{ "name": "one", "bin": "index.js", "dependencies": { "@modelcontextprotocol/sdk": "1" } }"#;
    let found = discover(
        &snapshot(&[
            ("src/one/package.json", manifest),
            ("src/one/index.js", &js),
            (
                "src/two/pyproject.toml",
                "[project]\nname = 'two'\n[project.scripts]\ntwo = 'two:m'\n",
            ),
            ("src/two/two.py", py),
        ]),
        &Budget::default(),
    );
    let names: Vec<&str> = found.inventory.tools.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
    assert!(
        found
            .warnings
            .iter()
            .any(|w| w.contains("`src/one`, `src/two`") && w.contains("base_path")),
        "{:?}",
        found.warnings
    );
}

#[test]
fn frameworks_that_answer_lists_of_prompts_and_resources_are_asked() {
    let text = "import { MCPServer } from '@mastra/mcp';
        new MCPServer({ name: 'm', version: '1', tools: {},
            prompts: { listPrompts: async () => [{ name: 'p', description: 'P', arguments: [{ name: 'q', required: true }] }], getPromptMessages: async () => [] },
            resources: { listResources: async () => [{ uri: 'docs://a', name: 'a' }], resourceTemplates: async () => [{ uriTemplate: 'docs://{x}', name: 't' }] } });";
    let found = discover(&snapshot(&[("index.ts", text)]), &Budget::default()).inventory;
    assert_eq!(found.prompts[0].name, "p");
    let uris: Vec<(&str, bool)> = found.resources.iter().map(|r| (r.uri.as_str(), r.is_template)).collect();
    assert_eq!(uris, [("docs://a", false), ("docs://{x}", true)]);
}

#[test]
fn schemas_that_valibot_made_inside_the_program_are_read() {
    let text = "import { McpServer } from 'tmcp';
        const action = (type, text) => ({ kind: 'metadata', type, [type]: text });
        const string = () => ({ kind: 'schema', type: 'string', '~run': () => 1 });
        const optional = (wrapped, def) => ({ kind: 'schema', type: 'optional', wrapped, default: def });
        const pipe = (...pipe) => ({ ...pipe[0], pipe });
        const object = (entries) => ({ kind: 'schema', type: 'object', entries });
        const server = new McpServer({ name: 's', version: '1' }, { adapter: {} });
        server.tool({ name: 'a', description: 'A', schema: object({ x: pipe(string(), action('description', 'X')), y: optional(string(), 'no') }) }, async () => 1);
        server.template({ name: 't', description: 'T', uri: 'docs://{slug}' }, async () => 1);";
    let found = discover(&snapshot(&[("index.js", text)]), &Budget::default()).inventory;
    let schema = found.tools[0].input_schema.clone().unwrap_or_default();
    assert_eq!(
        schema,
        json!({ "type": "object", "properties": { "x": { "type": "string", "description": "X" }, "y": { "type": "string", "default": "no" } }, "required": ["x"] })
    );
    assert!(found.resources[0].is_template);
}

#[test]
fn tools_that_reach_their_registration_through_a_container_are_found() {
    let text = format!(
        "{SDK} import {{ container, injectAll }} from 'tsyringe';
        const one = {{ name: 'one', description: 'One', inputSchema: z.object({{ a: z.string() }}), logic: async () => 1 }};
        for (const tool of [one]) container.register('Tools', {{ useValue: tool }});
        class Registry {{ constructor(private defs: any[]) {{}} registerAll(s: any) {{ for (const d of this.defs) s.registerTool(d.name, {{ description: d.description }}, d.logic); }} }}
        server.registerPrompt('p', {{ description: 'P' }}, async () => 1);
        container.resolve(Registry).registerAll(server);"
    );
    assert_eq!(tools_of(&text), json!([["one", "One", ["a"]]]));
}

#[test]
fn classes_under_a_base_of_tools_are_tools_where_nothing_shows_how_they_are_registered() {
    let tool = "import { z } from 'zod'; import { ToolBase } from './base.js';
        export class Ping extends ToolBase {
          constructor() { super(...arguments); this.description = 'Pings.'; }
          argsShape() { return { host: z.string() }; }
          async execute({ host }) { return host; }
        }
        Ping.toolName = 'ping';";
    let server = "import { McpServer } from '@modelcontextprotocol/server'; import * as all from './ping.js';
        export function start(host) { host.serve(() => load(all, new McpServer({ name: 'x', version: '1' }))); }
        start(globalThis.host);";
    let base = "export class ToolBase { register(server) { return server.accept(this); } }";
    let files = [
        ("package.json", r#"{"name":"x","bin":"index.js"}"#),
        ("index.js", server),
        ("base.js", base),
        ("ping.js", tool),
    ];
    assert_eq!(tools(&files), json!([["ping", "Pings.", ["host"]]]));
}

#[test]
fn a_table_of_methods_answers_for_the_tools() {
    let text = "const registry = {};
        const handlers = {
          initialize: () => ({}),
          'tools/list': () => ({ tools: Object.entries(registry).map(([name, t]) => ({ name, description: t.text, inputSchema: t.schema })) }),
          'tools/call': async (p) => registry[p.name].run(p.arguments),
        };
        function add(name, text, schema, run) { registry[name] = { text, schema, run }; }
        add('alpha', 'First', { type: 'object', properties: { q: { type: 'string' } } }, async () => ({}));
        process.stdin.on('data', (d) => handlers[JSON.parse(d).method]());";
    assert_eq!(tools(&[("index.js", text)]), json!([["alpha", "First", ["q"]]]));
    let methods = "class S {
          constructor() { this.methods = new Map(); this.methods.set('tools/list', this.list.bind(this)); }
          list() { return { tools: [{ name: 'beta', description: 'Second', inputSchema: { type: 'object' } }] }; }
        }
        new S();";
    assert_eq!(tools(&[("index.js", methods)]), json!([["beta", "Second", []]]));
    // Whoever asks another server for its tools offers none.
    assert_eq!(
        tools(&[(
            "index.js",
            "client.request('tools/list', list); client.send('tools/list', [{ name: 'x', description: 'y' }]);"
        )]),
        json!([])
    );
}

#[test]
fn toolkits_of_effect_are_read() {
    let text = "import { McpServer, Tool, Toolkit } from '@effect/ai'; import { Schema } from 'effect';
        const Search = Tool.make('search_docs', { description: 'Searches', parameters: { query: Schema.String.annotations({ description: 'Q' }), limit: Schema.optional(Schema.Number) } }).annotate(Tool.Readonly, true);
        const Plain = Tool.make('plain');
        const kit = Toolkit.merge(Toolkit.make(Search), Toolkit.make(Plain));
        export const layer = McpServer.toolkit(kit).pipe(Layer.provide(McpServer.layerStdio({ name: 'docs', version: '1.0.0' })));";
    let found = discover(&snapshot(&[("index.ts", text)]), &Budget::default());
    assert_eq!(found.inventory.server.name.as_deref(), Some("docs"));
    assert_eq!(
        tools_of(text),
        json!([["search_docs", "Searches", ["query", "limit"]], ["plain", null, []]])
    );
    let schema = found
        .inventory
        .tools
        .iter()
        .find_map(|t| t.input_schema.clone())
        .unwrap_or_default();
    assert_eq!(schema["required"], json!(["query"]));
}

#[test]
fn folders_of_mcp_framework_and_xmcp_hold_prompts_and_resources_too() {
    let manifest = |name: &str| format!("{{\"name\": \"x\", \"dependencies\": {{\"{name}\": \"1\"}}}}");
    let by_class = [
        ("package.json", manifest("mcp-framework")),
        ("src/index.ts", "import { MCPServer } from 'mcp-framework'; new MCPServer().start();".to_owned()),
        (
            "src/tools/Echo.ts",
            "import { MCPTool } from 'mcp-framework'; import { z } from 'zod';
             export default class Echo extends MCPTool { name = 'echo'; description = 'E'; schema = { text: { type: z.string(), description: 'T' }, loud: { type: z.boolean().optional(), description: 'L' } }; }".to_owned(),
        ),
        (
            "src/prompts/Ask.ts",
            "import { MCPPrompt } from 'mcp-framework'; import { z } from 'zod';
             export default class Ask extends MCPPrompt { name = 'ask'; description = 'A'; schema = { topic: { type: z.string(), description: 'T', required: true } }; }".to_owned(),
        ),
        (
            "src/resources/Market.ts",
            "import { MCPResource } from 'mcp-framework'; export default class Market extends MCPResource { uri = 'market://data'; name = 'Market'; }".to_owned(),
        ),
    ];
    let by_path = [
        ("package.json", manifest("xmcp")),
        ("src/tools/greet.ts", "export const schema = {}; export const metadata = { name: 'greet', description: 'G' }; export default () => '';".to_owned()),
        ("src/prompts/review.ts", "import { z } from 'zod'; export const schema = { code: z.string() }; export const metadata = { name: 'review', description: 'R' }; export default () => '';".to_owned()),
        ("src/resources/(users)/[id]/profile.ts", "export const metadata = { name: 'profile' }; export default () => '';".to_owned()),
    ];
    let seen = |files: &[(&str, String)]| {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let found = discover(&snapshot(&files), &Budget::default()).inventory;
        let prompts: Vec<Value> = found
            .prompts
            .iter()
            .map(|p| json!([p.name, p.arguments.iter().map(|a| &a.name).collect::<Vec<_>>()]))
            .collect();
        let resources: Vec<Value> = found.resources.iter().map(|r| json!([r.uri, r.is_template, r.name])).collect();
        json!([
            found.tools.iter().map(|t| json!([t.name, t.input_schema])).collect::<Vec<_>>(),
            prompts,
            resources
        ])
    };
    let schema = json!({ "type": "object", "properties": { "text": { "type": "string", "description": "T" }, "loud": { "type": "boolean", "description": "L" } }, "required": ["text"] });
    assert_eq!(
        seen(&by_class),
        json!([[["echo", schema]], [["ask", ["topic"]]], [["market://data", false, "Market"]]])
    );
    assert_eq!(
        seen(&by_path),
        json!([[["greet", { "type": "object", "properties": {} }]], [["review", ["code"]]], [["users://{id}/profile", true, "profile"]]])
    );
}

#[test]
fn types_of_arktype_are_read_from_their_strings() {
    let text = r#"import { FastMCP } from 'fastmcp';
        import { type } from 'arktype';
        const server = new FastMCP({ name: 's', version: '1' });
        server.addTool({ name: 'a', description: 'A', parameters: type({
            url: 'string.url', 'limit?': '0 < number.integer <= 10', kind: "'x' | 'y|z'", tags: 'string[]', pages: '(string | number)[]',
            size: 'number = 5', mode: "'fast'", at: { line: 'number' }, note: type('string').describe('N') }), execute: async () => '' });"#;
    let found = discover(&snapshot(&[("index.ts", text)]), &Budget::default()).inventory;
    assert_eq!(
        found.tools[0].input_schema.clone().unwrap_or_default(),
        json!({ "type": "object", "properties": {
            "url": { "type": "string" },
            "limit": { "type": "integer" },
            "kind": { "enum": ["x", "y|z"] },
            "tags": { "type": "array", "items": { "type": "string" } },
            "pages": { "type": "array", "items": { "anyOf": [{ "type": "string" }, { "type": "number" }] } },
            "size": { "type": "number", "default": 5 },
            "mode": { "const": "fast" },
            "at": { "type": "object", "properties": { "line": { "type": "number" } }, "required": ["line"] },
            "note": { "type": "string", "description": "N" },
        }, "required": ["url", "kind", "tags", "pages", "mode", "at", "note"] })
    );
}
