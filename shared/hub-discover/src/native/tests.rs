use crate::{Discovery, discover};
use hub_model::{Budget, Origin, OriginKind, Snapshot, SourceFile};
use serde_json::{Value as Json, json};

fn found(files: &[(&str, &str)]) -> Discovery {
    let mut files: Vec<SourceFile> = files
        .iter()
        .map(|(path, text)| SourceFile {
            path: path.parse().unwrap(),
            text: (*text).to_owned(),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let origin = Origin {
        kind: OriginKind::Local,
        name: "t".into(),
        source_url: "t".into(),
        resolved_version: String::new(),
        base_path: None,
    };
    let snapshot = Snapshot {
        origin,
        files,
        skipped: Vec::new(),
        warnings: Vec::new(),
        advisories: None,
    };
    discover(&snapshot, &Budget::default())
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
