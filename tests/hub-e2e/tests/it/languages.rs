//! Each language's documented forms of registration, read from a repository by the command line program.

use crate::{names, set};
use hub_e2e::mcp_hub;
use hub_testing::git_server::{GitRepo, GitServer};
use serde_json::Value;

/// A repository and what the server in it offers: tools as `name(parameters): description`.
struct Sample {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    tools: &'static [&'static str],
}

const SAMPLES: &[Sample] = &[
    Sample {
        name: "go-sdk",
        files: &[
            (
                "go.mod",
                "module example.org/weather\n\ngo 1.24\n\nrequire github.com/modelcontextprotocol/go-sdk v1.0.0\n",
            ),
            (
                "main.go",
                r#"package main

import (
	"context"
	"log"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type In struct {
	City string `json:"city" jsonschema:"name of the city"`
	Days int    `json:"days,omitempty"`
}

func forecast(ctx context.Context, req *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
	return nil, nil, nil
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "weather", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "forecast", Description: "Forecast for a city."}, forecast)
	log.Fatal(server.Run(context.Background(), &mcp.StdioTransport{}))
}
"#,
            ),
        ],
        tools: &["forecast(city, days): Forecast for a city."],
    },
    Sample {
        name: "mcp-go",
        files: &[
            ("go.mod", "module example.org/weather\n"),
            (
                "cmd/server/main.go",
                "package main\n\nimport (\n\t\"example.org/weather/internal/tools\"\n\t\"github.com/mark3labs/mcp-go/server\"\n)\n\nfunc main() {\n\ts := server.NewMCPServer(\"weather\", \"1\")\n\ttools.Register(s)\n\tserver.ServeStdio(s)\n}\n",
            ),
            (
                "internal/tools/tools.go",
                "package tools\n\nimport (\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n)\n\nfunc Register(s *server.MCPServer) {\n\ts.AddTool(mcp.NewTool(\"alerts\", mcp.WithDescription(\"Alerts of a state.\"), mcp.WithString(\"state\", mcp.Required())), nil)\n}\n",
            ),
        ],
        tools: &["alerts(state): Alerts of a state."],
    },
    Sample {
        name: "rmcp",
        files: &[
            (
                "Cargo.toml",
                "[package]\nname = \"weather\"\nversion = \"0.1.0\"\n\n[dependencies]\nrmcp = \"1\"\n",
            ),
            (
                "src/main.rs",
                "mod tools;\nuse rmcp::ServiceExt;\nfn main() { tools::Weather.serve(rmcp::transport::stdio()); }\n",
            ),
            (
                "src/tools.rs",
                r#"use rmcp::{handler::server::wrapper::Parameters, schemars, tool, tool_router};

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Place {
    /// Name of the city.
    pub city: String,
}

pub struct Weather;

#[tool_router]
impl Weather {
    #[tool(description = "Forecast for a city.")]
    async fn forecast(&self, Parameters(place): Parameters<Place>) -> String {
        place.city
    }
}
"#,
            ),
        ],
        tools: &["forecast(city): Forecast for a city."],
    },
    Sample {
        name: "csharp-sdk",
        files: &[
            (
                "Weather.csproj",
                "<Project Sdk=\"Microsoft.NET.Sdk\"><PropertyGroup><OutputType>Exe</OutputType></PropertyGroup><ItemGroup><PackageReference Include=\"ModelContextProtocol\" Version=\"1.0.0\" /></ItemGroup></Project>",
            ),
            (
                "Program.cs",
                "using Microsoft.Extensions.Hosting;\nvar builder = Host.CreateApplicationBuilder(args);\nbuilder.Services.AddMcpServer().WithStdioServerTransport().WithTools<WeatherTools>();\nawait builder.Build().RunAsync();\n",
            ),
            (
                "WeatherTools.cs",
                "using System.ComponentModel;\nusing ModelContextProtocol.Server;\n\n[McpServerToolType]\npublic sealed class WeatherTools\n{\n    [McpServerTool, Description(\"Forecast for a city.\")]\n    public static string GetForecast([Description(\"Name of the city.\")] string city, int days = 1) => city;\n}\n",
            ),
        ],
        tools: &["get_forecast(city, days): Forecast for a city."],
    },
    Sample {
        name: "java-sdk",
        files: &[
            ("pom.xml", "<project><artifactId>weather</artifactId></project>"),
            (
                "src/main/java/org/example/Weather.java",
                r#"package org.example;

import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.List;
import java.util.Map;

public class Weather {
    public static void main(String[] args) {
        var schema = new McpSchema.JsonSchema("object", Map.of("city", Map.of("type", "string")), List.of("city"), null, null, null);
        var tool = McpSchema.Tool.builder().name("forecast").description("Forecast for a city.").inputSchema(schema).build();
        var server = McpServer.sync(transport).serverInfo("weather", "1.0.0").build();
        server.addTool(new McpServerFeatures.SyncToolSpecification(tool, (exchange, request) -> null));
    }
}
"#,
            ),
        ],
        tools: &["forecast(city): Forecast for a city."],
    },
    Sample {
        name: "spring-ai",
        files: &[
            ("build.gradle.kts", "plugins { id(\"org.springframework.boot\") }\n"),
            (
                "src/main/java/org/example/Weather.java",
                "package org.example;\n\nimport org.springframework.ai.tool.annotation.Tool;\nimport org.springframework.ai.tool.annotation.ToolParam;\n\n@SpringBootApplication\npublic class Weather {\n    @Tool(description = \"Forecast for a city.\")\n    public String forecast(@ToolParam(description = \"Name of the city.\") String city) {\n        return city;\n    }\n}\n",
            ),
        ],
        tools: &["forecast(city): Forecast for a city."],
    },
    Sample {
        name: "kotlin-sdk",
        files: &[
            ("build.gradle.kts", "plugins { application }\n"),
            (
                "src/main/kotlin/Main.kt",
                r#"import io.modelcontextprotocol.kotlin.sdk.*
import io.modelcontextprotocol.kotlin.sdk.server.Server
import kotlinx.serialization.json.*

fun main() {
    val server = Server(Implementation(name = "weather", version = "1.0.0"), options)
    server.addTool(
        name = "forecast",
        description = "Forecast for a city.",
        inputSchema = ToolSchema(
            properties = buildJsonObject {
                putJsonObject("city") { put("type", "string") }
            },
            required = listOf("city"),
        ),
    ) { request -> CallToolResult(content = listOf()) }
}
"#,
            ),
        ],
        tools: &["forecast(city): Forecast for a city."],
    },
    Sample {
        name: "php-sdk",
        files: &[
            (
                "composer.json",
                r#"{"name":"example/weather","require":{"mcp/sdk":"^0.1"},"autoload":{"psr-4":{"Example\\":"src/"}}}"#,
            ),
            (
                "src/Weather.php",
                "<?php\nnamespace Example;\n\nuse Mcp\\Capability\\Attribute\\McpTool;\n\nclass Weather\n{\n    /**\n     * Forecast for a city.\n     *\n     * @param string $city Name of the city.\n     */\n    #[McpTool(name: 'forecast')]\n    public function forecast(string $city, int $days = 1): string\n    {\n        return $city;\n    }\n}\n",
            ),
            (
                "server.php",
                "<?php\nuse Mcp\\Server;\nrequire 'vendor/autoload.php';\n$server = Server::builder()->setServerInfo('weather', '1.0.0')->setDiscovery(__DIR__, ['src'])->build();\n$server->run(new Mcp\\Server\\Transport\\StdioTransport());\n",
            ),
        ],
        tools: &["forecast(city, days): Forecast for a city."],
    },
    Sample {
        name: "ruby-sdk",
        files: &[
            ("Gemfile", "source 'x'\ngem 'mcp'\n"),
            (
                "server.rb",
                r#"require "mcp"

class ForecastTool < MCP::Tool
  tool_name "forecast"
  description "Forecast for a city."
  input_schema(
    properties: {
      city: { type: "string" },
    },
    required: ["city"]
  )

  def self.call(city:, server_context:)
    MCP::Tool::Response.new([{ type: "text", text: city }])
  end
end

server = MCP::Server.new(name: "weather", version: "1.0.0", tools: [ForecastTool])
server.define_tool(name: "alerts", description: "Alerts of a state.", input_schema: { properties: { state: { type: "string" } } }) { |state:| state }
MCP::Server::Transports::StdioTransport.new(server).open
"#,
            ),
        ],
        tools: &["alerts(state): Alerts of a state.", "forecast(city): Forecast for a city."],
    },
];

fn offered(listing: &Value) -> Vec<String> {
    let tool = |t: &Value| {
        let schema = t["input_schema"]["properties"].as_object();
        let parameters: Vec<&str> = schema.map(|p| p.keys().map(String::as_str).collect()).unwrap_or_default();
        format!(
            "{}({}): {}",
            t["name"].as_str().unwrap_or_default(),
            parameters.join(", "),
            t["description"].as_str().unwrap_or_default()
        )
    };
    let mut all: Vec<String> = listing["tools_scanned"].as_array().into_iter().flatten().map(tool).collect();
    all.sort();
    all
}

fn discover(git: &GitServer, repo: &GitRepo, more: &[&str]) -> (i32, Value, String) {
    let env = [
        ("EGRESS_ALLOW", "127.0.0.0/8"),
        ("HUB_CODE_HOSTS", git.host()),
        ("HUB_ALLOW_HTTP_LOOPBACK", "true"),
    ];
    let arguments: Vec<&str> = ["discover", repo.url(), "--format", "json"].iter().chain(more).copied().collect();
    mcp_hub(&arguments, &env).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_in_each_language_lists_what_its_server_offers() {
    let git = GitServer::start().await;
    for sample in SAMPLES {
        let repo = git.repo(&format!("acme/{}", sample.name));
        repo.commit("main", sample.files);
        let (status, listing, said) = discover(&git, &repo, &[]);
        assert_eq!(status, 0, "{}: {said}", sample.name);
        assert_eq!(offered(&listing), sample.tools, "{}: {}", sample.name, listing["coverage"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_path_chooses_a_server_of_a_repository_and_brings_what_it_is_built_from() {
    let git = GitServer::start().await;
    let repo = git.repo("acme/servers");
    let main = |tool: &str, shared: &str| {
        format!(
            "package main\nimport (\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n\t{shared}\n)\nfunc main() {{\n\ts := server.NewMCPServer(\"x\", \"1\")\n\ts.AddTool(mcp.NewTool(\"{tool}\"), nil)\n\ttools.Add(s)\n}}\n"
        )
    };
    let (a, b) = (main("a_tool", "\"example.org/x/internal/tools\""), main("b_tool", ""));
    let files = [
        ("go.mod", "module example.org/x\n"),
        ("cmd/a/main.go", a.as_str()),
        ("cmd/b/main.go", b.as_str()),
        (
            "internal/tools/t.go",
            "package tools\nimport \"github.com/mark3labs/mcp-go/mcp\"\nfunc Add(s any) { s.AddTool(mcp.NewTool(\"shared\"), nil) }\n",
        ),
    ];
    repo.commit("main", &files);
    let (_, whole, _) = discover(&git, &repo, &[]);
    assert_eq!(names(&whole["tools_scanned"], "name"), set(&["a_tool", "b_tool", "shared"]));
    let warned = whole["scan_metadata"]["warnings"].to_string();
    assert!(warned.contains("`cmd/a`, `cmd/b`") && warned.contains("base_path"), "{whole}");
    let (_, one, said) = discover(&git, &repo, &["--base-path", "cmd/a"]);
    assert_eq!(names(&one["tools_scanned"], "name"), set(&["a_tool", "shared"]), "{said}");
    let (_, other, said) = discover(&git, &repo, &["--base-path", "cmd/b"]);
    assert_eq!(names(&other["tools_scanned"], "name"), set(&["b_tool"]), "{said}");
}
