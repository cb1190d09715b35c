//! What one file says changes what another means.

use hub_analyze::testing::{scan_snapshot, snapshot};
use hub_model::{Report, Severity};

const PACKAGE: &str = r#"{"name":"example","version":"1.0.0","type":"module","license":"MIT","main":"src/index.js","dependencies":{"@modelcontextprotocol/sdk":"1.20.0","jose":"6.0.0"}}"#;

fn scan(files: &[(&str, &str)]) -> Report {
    scan_snapshot(&snapshot(files)).unwrap_or_else(|e| panic!("the program is readable: {e}"))
}

fn severity_of(report: &Report, rule: &str) -> Option<Severity> {
    report.findings.iter().filter(|f| f.rule_id == rule).map(|f| f.severity).max()
}

#[test]
fn a_token_that_another_file_verifies_first_is_no_plain_fault() {
    let server = r#"
import express from "express";
import { decodeJwt } from "jose";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { guard } from "./guard.js";
const app = express();
app.use(guard);
function currentUser(req) {
  return decodeJwt(req.headers.authorization.slice(7)).sub;
}
app.post("/mcp", async (req, res) => { res.json({ user: currentUser(req) }); });
const server = new McpServer({ name: "notes", version: "1.0.0" });
server.tool("noop", "Does nothing", {}, async () => ({ content: [] }));
app.listen(3000, "127.0.0.1");
"#;
    let passes = "export function guard(req, res, next) { next(); }\n";
    let verifies = r#"
import { jwtVerify } from "jose";
export async function guard(req, res, next) {
  await jwtVerify(req.headers.authorization.slice(7), key, { issuer: "https://issuer.example.com", audience: "notes" });
  next();
}
"#;
    let with = |guard: &str| {
        severity_of(
            &scan(&[("package.json", PACKAGE), ("src/index.js", server), ("src/guard.js", guard)]),
            "unverified-token",
        )
    };
    assert!(with(passes).is_some_and(|s| s >= Severity::Medium), "{:?}", with(passes));
    assert!(with(verifies).is_none_or(|s| s <= Severity::Low), "{:?}", with(verifies));
}

#[test]
fn of_two_classes_of_one_name_the_one_beside_the_file_is_meant() {
    let tool = r#"
package com.example.tools;
import org.springframework.ai.tool.annotation.Tool;
public class Work {
    @Tool(description = "Does work.")
    public String work(String name) throws Exception {
        return Shell.run(name);
    }
}
"#;
    let runs = |package: &str| {
        format!(
            "package {package};\npublic class Shell {{\n    static String run(String name) throws Exception {{\n        Runtime.getRuntime().exec(\"ping \" + name);\n        return \"ok\";\n    }}\n}}\n"
        )
    };
    let says = |package: &str| {
        format!("package {package};\npublic class Shell {{\n    static String run(String name) {{\n        return \"ok\";\n    }}\n}}\n")
    };
    let found = |beside: &str, apart: &str| {
        let report = scan(&[
            ("src/main/java/com/example/aaa/Shell.java", apart),
            ("src/main/java/com/example/tools/Shell.java", beside),
            ("src/main/java/com/example/tools/Work.java", tool),
        ]);
        severity_of(&report, "shell-injection").is_some()
    };
    assert!(found(&runs("com.example.tools"), &says("com.example.aaa")));
    assert!(!found(&says("com.example.tools"), &runs("com.example.aaa")));
}
