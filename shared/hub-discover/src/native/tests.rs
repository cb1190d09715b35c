use crate::testing::snapshot;
use crate::{Discovery, discover};
use hub_model::Budget;
use serde_json::{Value as Json, json};

fn found(files: &[(&str, &str)]) -> Discovery {
    discover(&snapshot(files), &Budget::default())
}

/// `name(parameter: type "description"?, …): description` of each tool, a `?` after what may be missing.
fn tools(found: &Discovery) -> Vec<String> {
    let mut out: Vec<String> = found.inventory.tools.iter().map(shown).collect();
    out.sort();
    out
}

fn shown(tool: &hub_model::Tool) -> String {
    let schema = tool.input_schema.clone().unwrap_or_default();
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|r| r.iter().filter_map(Json::as_str).collect())
        .unwrap_or_default();
    let parameters: Vec<String> = schema["properties"]
        .as_object()
        .map(|p| {
            p.iter()
                .map(|(name, s)| {
                    let kind = s["type"].as_str().map(|t| format!(": {t}")).unwrap_or_default();
                    let text = s["description"].as_str().map(|d| format!(" \"{d}\"")).unwrap_or_default();
                    let mark = if required.contains(&name.as_str()) { "" } else { "?" };
                    format!("{name}{mark}{kind}{text}")
                })
                .collect()
        })
        .unwrap_or_default();
    format!(
        "{}({}): {}",
        tool.name,
        parameters.join(", "),
        tool.description.as_deref().unwrap_or("-")
    )
}

fn prompts(found: &Discovery) -> Vec<String> {
    let prompts = found.inventory.prompts.iter().map(|p| {
        let arguments: Vec<String> = p
            .arguments
            .iter()
            .map(|a| format!("{}{}", a.name, if a.required { "" } else { "?" }))
            .collect();
        format!("{}({}): {}", p.name, arguments.join(", "), p.description.as_deref().unwrap_or("-"))
    });
    prompts.collect()
}

fn resources(found: &Discovery) -> Vec<String> {
    let resources = found.inventory.resources.iter().map(|r| {
        let name = r.name.as_deref().unwrap_or("-");
        format!(
            "{} {name} {}{}",
            r.uri,
            r.mime_type.as_deref().unwrap_or("-"),
            if r.is_template { " template" } else { "" }
        )
    });
    resources.collect()
}

fn annotations(found: &Discovery) -> Json {
    found.inventory.tools[0].annotations.clone().unwrap_or_default()
}

const GO_SDK: &str = "import (\n\t\"context\"\n\t\"github.com/modelcontextprotocol/go-sdk/mcp\"\n)\n";
const MCP_GO: &str = "import (\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n)\n";

#[test]
fn go_sdk_tools_take_their_schema_from_the_type_of_the_handler() {
    let code = format!(
        "package main\n{GO_SDK}const name = \"sum\" + suffix\nconst suffix = \"_up\"\ntype In struct {{\n\tA int `json:\"a\" jsonschema:\"first\"`\n\tTags []string `json:\"tags,omitempty\"`\n}}\nfunc sum(ctx context.Context, req *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {{ return nil, nil, nil }}\nfunc main() {{\n\ts := mcp.NewServer(&mcp.Implementation{{Name: \"calc\", Version: \"1\"}}, &mcp.ServerOptions{{Instructions: \"Add.\"}})\n\tmcp.AddTool(s, &mcp.Tool{{Name: name, Description: \"Adds.\", Annotations: &mcp.ToolAnnotations{{ReadOnlyHint: true}}}}, sum)\n\ts.AddPrompt(&mcp.Prompt{{Name: \"p\", Arguments: []*mcp.PromptArgument{{{{Name: \"x\", Required: true}}}}}}, nil)\n\ts.AddResourceTemplate(&mcp.ResourceTemplate{{URITemplate: \"a://{{x}}\", Name: \"a\", MIMEType: \"text/plain\"}}, nil)\n}}\n"
    );
    let found = found(&[("main.go", &code)]);
    assert_eq!(tools(&found), ["sum_up(a: integer \"first\", tags?: array): Adds."]);
    assert_eq!(annotations(&found), json!({ "readOnlyHint": true }));
    assert_eq!(prompts(&found), ["p(x): -"]);
    assert_eq!(resources(&found), ["a://{x} a text/plain template"]);
    let server = &found.inventory.server;
    assert_eq!(
        (server.name.as_deref(), server.instructions.as_deref()),
        (Some("calc"), Some("Add."))
    );
    assert_eq!(found.inventory.tools[0].discovered_by.rule, "go-add-tool");
}

#[test]
fn mcp_go_options_are_the_schema_the_texts_and_the_annotations() {
    let code = format!(
        "package main\n{MCP_GO}func main() {{\n\ts := server.NewMCPServer(\"demo\", \"2\", server.WithInstructions(\"Hi.\"))\n\ttool := mcp.NewTool(\"echo\", mcp.WithDescription(\"Echoes.\"),\n\t\tmcp.WithReadOnlyHintAnnotation(true),\n\t\tmcp.WithString(\"text\", mcp.Required(), mcp.Description(\"What.\"), mcp.Enum(\"a\", \"b\")),\n\t\tmcp.WithNumber(\"times\"))\n\ts.AddTool(tool, nil)\n\ts.AddTool(mcp.NewToolWithRawSchema(\"raw\", \"Raw.\", []byte(`{{\"type\":\"object\",\"properties\":{{\"q\":{{\"type\":\"string\"}}}}}}`)), nil)\n\ts.AddPrompt(mcp.NewPrompt(\"greet\", mcp.WithPromptDescription(\"Greets.\"), mcp.WithArgument(\"who\", mcp.RequiredArgument())), nil)\n\ts.AddResource(mcp.NewResource(\"docs://a\", \"A\", mcp.WithMIMEType(\"text/markdown\")), nil)\n}}\n"
    );
    let found = found(&[("main.go", &code)]);
    assert_eq!(
        tools(&found),
        ["echo(text: string \"What.\", times?: number): Echoes.", "raw(q?: string): Raw."]
    );
    assert_eq!(
        found.inventory.tools[0].input_schema.as_ref().unwrap()["properties"]["text"]["enum"],
        json!(["a", "b"])
    );
    assert_eq!(prompts(&found), ["greet(who): Greets."]);
    assert_eq!(resources(&found), ["docs://a A text/markdown"]);
    assert_eq!(found.inventory.server.instructions.as_deref(), Some("Hi."));
}

#[test]
fn tools_made_by_own_helpers_loops_and_other_packages_are_each_of_them() {
    let texts = "package texts\nconst Search = \"Searches.\"\n";
    let tools_go = "package tools\nimport (\n\t\"example.org/app/texts\"\n\t\"github.com/mark3labs/mcp-go/mcp\"\n)\nvar table = []struct{ n, d string }{}\nfunc own(name, description string, opts ...mcp.ToolOption) mcp.Tool {\n\tt := mcp.NewTool(name, append(opts, mcp.WithDescription(description))...)\n\treturn t\n}\nfunc All() []mcp.Tool {\n\tout := []mcp.Tool{own(\"search\", texts.Search, mcp.WithString(\"q\"))}\n\tfor _, n := range []string{\"up\", \"down\"} {\n\t\tout = append(out, mcp.NewTool(\"go_\"+n))\n\t}\n\treturn out\n}\n";
    let main = "package main\nimport \"example.org/app/tools\"\nfunc main() { tools.All() }\n";
    let dead = format!("package dead\n{MCP_GO}var T = mcp.NewTool(\"dead\")\n");
    let found = found(&[
        ("go.mod", "module example.org/app\n"),
        ("main.go", main),
        ("tools/tools.go", tools_go),
        (
            "tools/tools_test.go",
            &format!("package tools\n{MCP_GO}var T = mcp.NewTool(\"only_in_a_test\")\n"),
        ),
        ("texts/texts.go", texts),
        ("dead/dead.go", &dead),
    ]);
    assert_eq!(tools(&found), ["go_down(): -", "go_up(): -", "search(q?: string): Searches."]);
}

#[test]
fn a_schema_changed_after_it_was_made_is_read_as_it_is_in_the_end() {
    let code = "package main\nimport (\n\t\"github.com/google/jsonschema-go/jsonschema\"\n\t\"github.com/modelcontextprotocol/go-sdk/mcp\"\n)\nfunc paged(s *jsonschema.Schema) *jsonschema.Schema {\n\ts.Properties[\"page\"] = &jsonschema.Schema{Type: \"number\"}\n\treturn s\n}\nfunc main() {\n\tschema := &jsonschema.Schema{Type: \"object\", Properties: map[string]*jsonschema.Schema{\"q\": {Type: \"string\", Description: \"Query.\"}}, Required: []string{\"q\"}}\n\tschema.Properties[\"sort\"] = &jsonschema.Schema{Type: \"string\"}\n\tpaged(schema)\n\tuse(mcp.Tool{Name: \"find\", InputSchema: schema})\n}\n";
    let found = found(&[("main.go", code)]);
    assert_eq!(tools(&found), ["find(q: string \"Query.\", sort?: string, page?: number): -"]);
}

#[test]
fn what_is_only_known_at_run_time_is_a_gap_or_an_unknown_and_never_a_guess() {
    let code = format!(
        "package main\n{MCP_GO}import \"os\"\nfunc main() {{\n\ts.AddTool(mcp.NewTool(os.Getenv(\"N\")), nil)\n\ts.AddTool(mcp.NewTool(\"known\", mcp.WithDescription(load())), nil)\n}}\n"
    );
    let found = found(&[("main.go", &code)]);
    assert_eq!(tools(&found), ["known(): -"]);
    assert_eq!(found.inventory.tools[0].unknowns[0].field, "description");
    assert!(
        found.inventory.gaps.iter().any(|g| g.what.contains("name is not known")),
        "{:?}",
        found.inventory.gaps
    );
}

#[test]
fn rmcp_tools_are_methods_with_the_attribute_and_their_parameter_types() {
    let code = r#"
use rmcp::{tool, tool_router, handler::server::wrapper::Parameters, model::*};
const NAME: &str = "get_it";
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Args {
    /// Which one
    /// to get.
    item_id: u32,
    #[schemars(description = "How.")]
    mode: Option<Mode>,
    #[serde(default)]
    tags: Vec<String>,
}
#[derive(schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Mode { Fast, Slow }
#[tool_router]
impl Server {
    /// Gets it.
    #[tool(name = NAME, annotations(title = "Get", read_only_hint = true))]
    async fn get(&self, Parameters(Args { item_id, .. }): Parameters<Args>) -> String { String::new() }
    #[tool(description = "Counts.")]
    fn count(&self) -> i32 { 1 }
    #[prompt(name = "ask", description = "Asks.")]
    fn ask(&self, Parameters(args): Parameters<Args>) -> Vec<PromptMessage> { vec![] }
}
#[tool_handler]
impl ServerHandler for Server {
    fn get_info(&self) -> ServerInfo {
        ServerInfo { instructions: Some("Use it.".into()), server_info: Implementation { name: "srv".into(), version: "1".into() }, ..Default::default() }
    }
}
#[cfg(test)]
mod tests {
    #[tool(description = "Only a test.")]
    fn hidden(&self) {}
}
"#;
    let found = found(&[("Cargo.toml", "[package]\nname = \"s\"\n"), ("src/main.rs", code)]);
    assert_eq!(
        tools(&found),
        [
            "count(): Counts.",
            "get_it(itemId: integer \"Which one to get.\", mode?: string \"How.\", tags?: array): Gets it."
        ]
    );
    let get = found.inventory.tools.iter().find(|t| t.name == "get_it").unwrap();
    assert_eq!(get.annotations, Some(json!({ "title": "Get", "readOnlyHint": true })));
    assert_eq!(
        get.input_schema.as_ref().unwrap()["properties"]["mode"]["enum"],
        json!(["fast", "slow"])
    );
    assert_eq!(prompts(&found), ["ask(itemId, mode?, tags?): Asks."]);
    let server = &found.inventory.server;
    assert_eq!(
        (server.name.as_deref(), server.instructions.as_deref()),
        (Some("srv"), Some("Use it."))
    );
}

#[test]
fn rust_tools_listed_by_hand_are_found_where_they_are_made() {
    let code = r#"
use rmcp::model::{Tool, RawResource};
async fn list_tools() -> ListToolsResult {
    let schema = serde_json::json!({ "type": "object", "properties": { "q": { "type": "string", "description": "Query." } }, "required": ["q"] });
    ListToolsResult { tools: vec![
        Tool::new("find", "Finds.", Arc::new(schema.as_object().unwrap().clone())),
        Tool { name: "other".into(), description: Some("Other.".into()), input_schema: Arc::new(rmcp::object!({ "type": "object", "properties": { "n": { "type": "integer" } } })), annotations: None },
        Tool::new(std::env::var("N").unwrap(), "Unknown.", schema2()),
    ] }
}
fn resources() { vec![RawResource::new("memo://a", "a").no_annotation()]; }
"#;
    let found = found(&[("src/lib.rs", code)]);
    assert_eq!(tools(&found), ["find(q: string \"Query.\"): Finds.", "other(n?: integer): Other."]);
    assert_eq!(resources(&found), ["memo://a a -"]);
    assert_eq!(found.inventory.gaps.len(), 1, "{:?}", found.inventory.gaps);
}

#[test]
fn a_go_server_with_a_javascript_shim_gives_both_and_examples_count_for_neither() {
    let go = format!("package main\n{MCP_GO}func main() {{ s.AddTool(mcp.NewTool(\"from_go\"), nil) }}\n");
    let example = go.replace("from_go", "from_an_example");
    let js = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nconst s = new McpServer({ name: 'n', version: '1' });\ns.tool('from_js', 'J.', {}, async () => ({ content: [] }));\n";
    let found = found(&[
        ("main.go", &go),
        ("examples/x/main.go", &example),
        (
            "npm/package.json",
            r#"{"name":"x","bin":"index.js","dependencies":{"@modelcontextprotocol/sdk":"1"}}"#,
        ),
        ("npm/index.js", js),
    ]);
    assert_eq!(tools(&found), ["from_go(): -", "from_js(): J."]);
    assert_eq!(
        (found.coverage.languages.get("go"), found.coverage.languages.get("javascript")),
        (Some(&2), Some(&1))
    );
}

#[test]
fn go_tools_copied_from_literals_of_an_own_type_are_those_literals() {
    let api = "package api\ntype Tool struct {\n\tName string\n\tDescription string\n\tInputSchema any\n}\ntype ServerTool struct { Tool Tool }\n";
    let tools_go = "package tools\nimport \"example.org/k/api\"\nfunc Init() []api.ServerTool {\n\treturn []api.ServerTool{{Tool: api.Tool{Name: \"pods_list\", Description: \"Lists pods.\", InputSchema: map[string]any{\"type\": \"object\", \"properties\": map[string]any{\"ns\": map[string]any{\"type\": \"string\"}}}}}}\n}\n";
    let main = "package main\nimport (\n\t\"example.org/k/api\"\n\t\"example.org/k/tools\"\n\t\"github.com/modelcontextprotocol/go-sdk/mcp\"\n)\nfunc convert(t api.ServerTool) *mcp.Tool { return &mcp.Tool{Name: t.Tool.Name, Description: t.Tool.Description} }\nfunc main() { tools.Init(); for _, t := range registry.All() { s.AddTool(convert(t), nil) } }\n";
    let found = found(&[
        ("go.mod", "module example.org/k\n"),
        ("main.go", main),
        ("api/api.go", api),
        ("tools/tools.go", tools_go),
    ]);
    assert_eq!(tools(&found), ["pods_list(ns?: string): Lists pods."]);
}

#[test]
fn csharp_attributes_make_tools_prompts_and_resources() {
    let code = r#"
using ModelContextProtocol.Server;
using System.ComponentModel;
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton<WeatherClient>();
builder.Services.AddMcpServer(o => { o.ServerInfo = new Implementation { Name = "w", Version = "1" }; o.ServerInstructions = "Ask."; }).WithTools<Weather>();

public class Weather {
    private const string Text = "Forecast";
    [McpServerTool(Title = "T", ReadOnly = true), Description(Text + " for a place.")]
    public static async Task<string> GetForecastAsync(WeatherClient client, ILogger log, [Description("Where.")] string place, int days = 3, Unit? unit = null, CancellationToken ct = default) => "";
    [McpServerTool(Name = "second")]
    public static string Other() => "";
}
public enum Unit { Celsius, Fahrenheit }
[McpServerPromptType]
public static class Prompts {
    [McpServerPrompt(Name = "ask"), Description("Asks.")]
    public static string Ask([Description("What.")] string topic) => topic;
}
[McpServerResourceType]
public static class Resources {
    [McpServerResource(UriTemplate = "doc://{id}", Name = "Doc", MimeType = "text/plain")]
    public static string Doc(string id) => id;
}
public class NotServed { [McpServerTool] public static string Hidden() => ""; }
"#;
    let found = found(&[("src/Program.cs", code), ("src/a.csproj", "<Project/>"), ("tests/A.cs", code)]);
    assert_eq!(
        tools(&found),
        [
            "get_forecast(place: string \"Where.\", days?: integer, unit?: string): Forecast for a place.",
            "second(): -"
        ]
    );
    let forecast = found.inventory.tools.iter().find(|t| t.name == "get_forecast").unwrap();
    assert_eq!(
        (forecast.title.as_deref(), forecast.annotations.clone()),
        (Some("T"), Some(json!({ "readOnlyHint": true })))
    );
    assert_eq!(
        forecast.input_schema.as_ref().unwrap()["properties"]["unit"]["enum"],
        json!(["Celsius", "Fahrenheit"])
    );
    assert_eq!(prompts(&found), ["ask(topic): Asks."]);
    assert_eq!(resources(&found), ["doc://{id} Doc text/plain template"]);
    let server = &found.inventory.server;
    assert_eq!((server.name.as_deref(), server.instructions.as_deref()), (Some("w"), Some("Ask.")));
}

#[test]
fn csharp_tools_of_a_list_handler_and_of_create_are_found() {
    let code = r#"
using ModelContextProtocol.Protocol;
var options = new McpServerOptions { Handlers = new() { ListToolsHandler = (r, c) => ValueTask.FromResult(new ListToolsResult { Tools = [
    new Tool { Name = "echo", Description = "Echoes.", InputSchema = JsonSerializer.Deserialize<JsonElement>("""
        { "type": "object", "properties": { "message": { "type": "string", "description": "Text." } }, "required": ["message"] }
        """) } ] }) } };
var made = McpServerTool.Create((string city, int? n) => city, new() { Name = "made", Description = "Made." });
"#;
    let found = found(&[("Program.cs", code)]);
    assert_eq!(
        tools(&found),
        ["echo(message: string \"Text.\"): Echoes.", "made(city: string, n: integer): Made."]
    );
}

#[test]
fn java_annotations_of_spring_ai_are_read_only_where_it_is_imported() {
    let spring = r#"
package a;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
public class W {
    static final String NAME = "find";
    @Tool(name = NAME, description = """
        Finds
        it.""")
    public String search(@ToolParam(description = "What.") String q, @ToolParam(required = false) List<Integer> ids, ToolContext c) { return q; }
}
"#;
    let annotated = r#"
import org.springframework.ai.mcp.annotation.*;
class B {
    @McpTool(name = "act", description = "Acts.", annotations = @McpTool.McpAnnotations(readOnlyHint = true, title = "A"))
    String act(McpSyncServerExchange e, @McpToolParam(description = "How.", required = true) Mode mode) { return ""; }
    @McpPrompt(name = "ask", description = "Asks.") String ask(@McpArg(name = "who", description = "W", required = true) String w) { return w; }
    @McpResource(uri = "x://{id}", name = "X", mimeType = "text/plain") String x(String id) { return id; }
    enum Mode { FAST, SLOW }
}
"#;
    let other = "import dev.langchain4j.agent.tool.Tool;\nclass L { @Tool(\"not over MCP\") String hidden() { return null; } }";
    let found = found(&[
        ("src/main/java/example/W.java", spring),
        ("src/main/java/B.java", annotated),
        ("src/main/java/L.java", other),
    ]);
    assert_eq!(
        tools(&found),
        [
            "act(mode: string \"How.\"): Acts.",
            "find(q: string \"What.\", ids?: array): Finds\nit."
        ]
    );
    let act = found.inventory.tools.iter().find(|t| t.name == "act").unwrap();
    assert_eq!(act.annotations, Some(json!({ "readOnlyHint": true, "title": "A" })));
    assert_eq!(prompts(&found), ["ask(who): Asks."]);
    assert_eq!(resources(&found), ["x://{id} X text/plain template"]);
}

#[test]
fn java_tools_are_found_as_builders_and_constructors() {
    let code = r#"
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.spec.McpSchema;
class S {
    private static final String SCHEMA = """
        {"type":"object","properties":{"q":{"type":"string"}},"required":["q"]}
        """;
    void start() {
        McpServer.sync(transport).serverInfo("srv", "1.0").instructions("Use.").build();
        var a = McpSchema.Tool.builder().name("built").description("Built.").inputSchema(mapper, SCHEMA).build();
        var b = new McpSchema.Tool("made", "Made.", SCHEMA);
        var c = new McpSchema.Tool(System.getenv("N"), "?", SCHEMA);
        var p = new McpSchema.Prompt("ask", "Asks.", List.of(new McpSchema.PromptArgument("who", "Who.", true)));
        var r = McpSchema.Resource.builder().uri("a://b").name("B").mimeType("text/plain").build();
    }
}
"#;
    let found = found(&[("src/main/java/S.java", code), ("pom.xml", "<project/>")]);
    assert_eq!(tools(&found), ["built(q: string): Built.", "made(q: string): Made."]);
    assert_eq!(prompts(&found), ["ask(who): Asks."]);
    assert_eq!(resources(&found), ["a://b B text/plain"]);
    assert_eq!(
        (
            found.inventory.server.name.as_deref(),
            found.inventory.server.instructions.as_deref()
        ),
        (Some("srv"), Some("Use."))
    );
    assert_eq!(found.inventory.gaps.len(), 1);
}

#[test]
fn kotlin_tools_are_calls_with_named_arguments_and_built_schemas() {
    let code = r#"
import io.modelcontextprotocol.kotlin.sdk.server.Server
const val NAME = "get_alerts"
fun main() {
    val server = Server(Implementation(name = "weather", version = "1.0"), ServerOptions())
    server.addTool(
        name = NAME,
        description = """
            Gets alerts
            for a state.
        """.trimIndent(),
        inputSchema = ToolSchema(
            properties = buildJsonObject {
                putJsonObject("state") {
                    put("type", "string")
                    put("description", "Two letters")
                }
            },
            required = listOf("state"),
        ),
        toolAnnotations = ToolAnnotations(readOnlyHint = true),
    ) { request -> CallToolResult(content = listOf()) }
    server.addPrompt(name = "ask", description = "Asks.", arguments = listOf(PromptArgument(name = "who", description = "W", required = true))) { r -> null }
    server.addResource(uri = "a://b", name = "B", description = "b", mimeType = "text/html") { r -> null }
}
"#;
    let found = found(&[("src/main/kotlin/Main.kt", code), ("build.gradle.kts", "")]);
    assert_eq!(
        tools(&found),
        ["get_alerts(state: string \"Two letters\"): Gets alerts\nfor a state."]
    );
    assert_eq!(annotations(&found), json!({ "readOnlyHint": true }));
    assert_eq!(prompts(&found), ["ask(who): Asks."]);
    assert_eq!(resources(&found), ["a://b B text/html"]);
    assert_eq!(found.inventory.server.name.as_deref(), Some("weather"));
}

#[test]
fn php_attributes_and_builders_give_the_same_tools() {
    let elements = r#"<?php
namespace App;
use Mcp\Capability\Attribute\{McpTool, McpResource, McpPrompt, Schema};
class Calculator {
    const NAME = 'add';
    /**
     * Adds two numbers.
     *
     * More of it.
     * @param int $a The first
     */
    #[McpTool(name: self::NAME, annotations: new ToolAnnotations(readOnlyHint: true))]
    public function sum(int $a, #[Schema(minimum: 0)] ?int $b = null): int { return $a; }
    #[McpPrompt(name: 'ask', description: 'Asks.')]
    public function ask(string $topic): array { return []; }
    #[McpResource(uri: 'config://a', name: 'A', mimeType: 'application/json')]
    public function config(): array { return []; }
    /** Greets. */
    public function greet(string $who): string { return $who; }
}
"#;
    let server = "<?php\nuse Mcp\\Server;\n$server = Server::builder()->setServerInfo('calc', '1.0')->setInstructions('Count.')->addTool([Calculator::class, 'greet'], name: 'greet_all')->build();\n";
    let found = found(&[("src/Calculator.php", elements), ("server.php", server), ("composer.json", "{}")]);
    assert_eq!(
        tools(&found),
        [
            "add(a: integer \"The first\", b?: integer): Adds two numbers.",
            "greet_all(who: string): Greets."
        ]
    );
    assert_eq!(found.inventory.tools[0].annotations, Some(json!({ "readOnlyHint": true })));
    assert_eq!(prompts(&found), ["ask(topic): Asks."]);
    assert_eq!(resources(&found), ["config://a A application/json"]);
    assert_eq!(
        (
            found.inventory.server.name.as_deref(),
            found.inventory.server.instructions.as_deref()
        ),
        (Some("calc"), Some("Count."))
    );
}

#[test]
fn ruby_tools_are_classes_definitions_and_dry_schemas() {
    let code = r##"
require "mcp"
module App
  class BaseTool < MCP::Tool
  end
  class SearchDocs < BaseTool
    NAMES = "docs"
    description "Searches " \
      "#{NAMES}."
    input_schema(properties: { q: { type: "string", description: "What." } }, required: ["q"])
    annotations(read_only_hint: true, title: "S")
    def self.call(q:, server_context:)
    end
  end
  class Ask < MCP::Prompt
    prompt_name "ask"
    description "Asks."
    arguments [MCP::Prompt::Argument.new(name: "who", description: "W", required: true)]
  end
end
server = MCP::Server.new(name: "docs", version: "1", instructions: "Search.", tools: [App::SearchDocs], resources: [MCP::Resource.new(uri: "a://b", name: "B", mime_type: "text/plain")])
server.define_tool(name: "echo", description: <<~TEXT.strip, input_schema: { properties: { m: { type: "string" } } }) do |m:|
  Echoes
  it.
TEXT
end
"##;
    let fast = r#"
require "fast_mcp"
class Greet < FastMcp::Tool
  description "Greets."
  arguments do
    required(:name).filled(:string).description("Who.")
    optional(:times).maybe(:integer)
    optional(:address).hash do
      required(:city).filled(:string)
    end
  end
  def call(name:, times: 1) = name
end
"#;
    let found = found(&[
        ("lib/app.rb", code),
        ("lib/fast.rb", fast),
        ("Gemfile", "gem 'mcp'\n"),
        ("spec/a_spec.rb", code),
    ]);
    assert_eq!(
        tools(&found),
        [
            "Greet(name: string \"Who.\", times?: integer, address?: object): Greets.",
            "echo(m?: string): Echoes\nit.",
            "search_docs(q: string \"What.\"): Searches docs.",
        ]
    );
    let search = found.inventory.tools.iter().find(|t| t.name == "search_docs").unwrap();
    assert_eq!(search.annotations, Some(json!({ "readOnlyHint": true, "title": "S" })));
    assert_eq!(prompts(&found), ["ask(who): Asks."]);
    assert_eq!(resources(&found), ["a://b B text/plain"]);
    assert_eq!(found.inventory.server.instructions.as_deref(), Some("Search."));
}

#[test]
fn code_that_calls_itself_and_refers_to_itself_ends() {
    let go = format!(
        "package main\n{MCP_GO}var a = b + \"x\"\nvar b = a\nfunc f(n string) string {{ return f(n + \"x\") + g(n) + g(n) }}\nfunc g(n string) string {{ return f(n) + f(n) }}\nfunc main() {{\n\ts.AddTool(mcp.NewTool(a), nil)\n\ts.AddTool(mcp.NewTool(f(\"y\")), nil)\n\tx := \"s\"\n\tx = x + x\n\ts.AddTool(mcp.NewTool(x), nil)\n}}\n"
    );
    let rust = "use rmcp::tool;\nconst A: &str = B;\nconst B: &str = A;\nstruct P { p: Option<Box<P>>, q: Vec<Q> }\nstruct Q { p: P }\nimpl S { #[tool(name = A, description = \"d\")] fn t(&self, Parameters(p): Parameters<P>) {} #[tool] fn u(&self, Parameters(p): Parameters<P>) {} }\n";
    let found = found(&[("main.go", &go), ("src/lib.rs", rust)]);
    assert!(found.inventory.tools.iter().any(|t| t.name == "u"), "{:?}", tools(&found));
    assert!(!found.inventory.gaps.is_empty());
}

#[test]
fn a_dispatcher_written_by_hand_answers_with_a_list() {
    let go = found(&[
        ("go.mod", "module example.org/a\n"),
        (
            "main.go",
            "package main\ntype Tool struct {\n\tName string\n\tDescription string\n\tInputSchema map[string]any\n}\n\
             var tools = []Tool{\n\t{Name: \"get_user\", Description: \"Gets a user\", InputSchema: map[string]any{\"type\": \"object\", \"properties\": map[string]any{\"id\": map[string]any{\"type\": \"string\"}}}},\n}\n\
             func handle(req Request) any {\n\tswitch req.Method {\n\tcase \"tools/list\":\n\t\treturn map[string]any{\"tools\": tools}\n\tcase \"tools/call\":\n\t\treturn call(req)\n\t}\n\treturn nil\n}\nfunc main() { serve(handle) }\n",
        ),
    ]);
    assert_eq!(tools(&go), ["get_user(id?: string): Gets a user"]);
    let rust = found(&[
        ("Cargo.toml", "[package]\nname = \"x\"\n"),
        (
            "src/main.rs",
            "fn list_tools() -> Value {\n  json!({ \"tools\": [{ \"name\": \"echo\", \"description\": \"Echoes\", \"inputSchema\": { \"type\": \"object\", \"properties\": { \"text\": { \"type\": \"string\" } } } }] })\n}\n\
             fn handle(req: &Value) -> Value {\n  match req[\"method\"].as_str() {\n    Some(\"tools/list\") => list_tools(),\n    Some(\"tools/call\") => call(req),\n    _ => json!({}),\n  }\n}\nfn main() {}\n",
        ),
    ]);
    assert_eq!(tools(&rust), ["echo(text?: string): Echoes"]);
    let unknown = found(&[
        ("go.mod", "module example.org/a\n"),
        (
            "main.go",
            "package main\nfunc handle(req Request) any {\n\tif req.Method == \"tools/list\" {\n\t\treturn load()\n\t}\n\treturn nil\n}\nfunc main() {}\n",
        ),
    ]);
    assert!(unknown.inventory.tools.is_empty());
    assert_eq!(unknown.inventory.gaps.len(), 1);
}

#[test]
fn an_sdk_is_known_by_what_it_does_beside_its_own_code_and_beside_folders_of_its_names() {
    let own = "package server\n\nfunc NewMCPServer(name, version string) *MCPServer { return nil }\n\nfunc (s *MCPServer) AddTool(tool mcp.Tool, handler Handler) { s.tools[tool.Name] = tool }\n";
    let main = format!(
        "package main\n{MCP_GO}func main() {{\n\ts := server.NewMCPServer(\"demo\", \"1\")\n\ts.AddTool(mcp.NewTool(\"echo\", mcp.WithDescription(\"Echoes.\")), nil)\n}}\n"
    );
    let in_its_own_tree = found(&[
        ("go.mod", "module github.com/mark3labs/mcp-go\n"),
        ("server/server.go", own),
        ("cmd/app/main.go", &main),
    ]);
    assert_eq!(tools(&in_its_own_tree), ["echo(): Echoes."]);
    let beside_its_name = found(&[
        ("go.mod", "module example.org/app\n"),
        (
            "server/server.go",
            "package server\n\nfunc NewMCPServer(a, b string) int { return 1 }\n",
        ),
        ("main.go", &main),
    ]);
    assert_eq!(tools(&beside_its_name), ["echo(): Echoes."]);
}

#[test]
fn dispatchers_written_by_hand_are_read_in_every_language() {
    let java = r#"import java.util.*;
public class Main {
  static List<Map<String, Object>> tools() {
    return List.of(Map.of("name", "get_a", "description", "Gets A", "inputSchema", Map.of("type", "object", "properties", Map.of("id", Map.of("type", "string")))));
  }
  static Object handle(String method, Map<String, Object> params) {
    switch (method) {
      case "initialize": return Map.of();
      case "tools/list": return Map.of("tools", tools());
      case "tools/call": return call(params);
      default: return null;
    }
  }
  static Object call(Map<String, Object> p) { return null; }
  public static void main(String[] a) { }
}"#;
    assert_eq!(tools(&found(&[("Main.java", java)])), ["get_a(id?: string): Gets A"]);
    let csharp = r#"using System.Text.Json;
var tools = new object[] { new { name = "sum", description = "Sums", inputSchema = new { type = "object", properties = new { a = new { type = "number" } } } } };
string? line;
while ((line = Console.ReadLine()) != null) {
  var req = JsonDocument.Parse(line).RootElement;
  object? result = req.GetProperty("method").GetString() switch {
    "initialize" => new { },
    "tools/list" => new { tools },
    "tools/call" => Call(req),
    _ => null
  };
  Console.WriteLine(JsonSerializer.Serialize(new { jsonrpc = "2.0", id = 1, result }));
}
object? Call(JsonElement r) => null;"#;
    assert_eq!(tools(&found(&[("Program.cs", csharp)])), ["sum(a?: number): Sums"]);
    let php = r#"<?php
function tools() { return [['name' => 'greet', 'description' => 'Greets', 'inputSchema' => ['type' => 'object', 'properties' => ['who' => ['type' => 'string']]]]]; }
function handle($req) {
  switch ($req['method']) {
    case 'initialize': return [];
    case 'tools/list': return ['tools' => tools()];
    case 'tools/call': return call($req['params']);
  }
}
function call($p) { return []; }
while ($line = fgets(STDIN)) { echo json_encode(['jsonrpc' => '2.0', 'result' => handle(json_decode($line, true))]); }"#;
    assert_eq!(tools(&found(&[("server.php", php)])), ["greet(who?: string): Greets"]);
    let ruby = r#"require 'json'
TOOLS = [{ name: 'hello', description: 'Hello', inputSchema: { type: 'object', properties: { n: { type: 'string' } } } }]
def handle(req)
  case req['method']
  when 'initialize' then {}
  when 'tools/list' then { tools: TOOLS }
  when 'tools/call' then call(req['params'])
  end
end
def call(p) = {}
STDIN.each_line { |l| puts({ jsonrpc: '2.0', result: handle(JSON.parse(l)) }.to_json) }"#;
    assert_eq!(tools(&found(&[("server.rb", ruby)])), ["hello(n?: string): Hello"]);
}
