//! A fix is code: applied to the program it is shown for, the rule finds nothing there any more.

use hub_analyze::testing::scan_source;
use hub_model::{Budget, FixCode};

fn script(imports: &str, body: &str) -> String {
    format!(
        "import {{ McpServer }} from \"@modelcontextprotocol/sdk/server/mcp.js\";\nimport {{ z }} from \"zod\";\n{imports}\n\
         const server = new McpServer({{ name: \"work\", version: \"1.0.0\" }});\n\
         server.tool(\"work\", \"Works.\", {{ value: z.string() }}, async ({{ value }}) => {{\n  {}\n  return {{ content: [] }};\n}});\n",
        body.replace('\n', "\n  ")
    )
}

fn python(imports: &str, body: &str) -> String {
    format!(
        "from mcp.server.fastmcp import FastMCP\n{imports}\n\nmcp = FastMCP(\"work\")\n\n\n@mcp.tool()\ndef work(value: str) -> str:\n    \
         \"\"\"Works.\"\"\"\n    {}\n    return \"done\"\n",
        body.replace('\n', "\n    ")
    )
}

/// The program with the fix in it: imports at the top, checks before the statement, the expression replaced.
fn applied(program: &str, fix: &FixCode) -> String {
    let old = fix.replaces.as_deref().unwrap_or_else(|| panic!("a fix of this place: {fix:?}"));
    let is_import = |line: &&str| line.starts_with("import ") || line.starts_with("from ");
    let mut lines: Vec<&str> = fix.code.lines().collect();
    let new = lines.pop().unwrap_or_default();
    let (imports, checks): (Vec<&str>, Vec<&str>) = lines.into_iter().partition(is_import);
    let mut out: Vec<String> = imports.into_iter().filter(|l| !program.contains(l)).map(str::to_owned).collect();
    for line in program.lines() {
        if line.contains(old) {
            let indent = &line[..line.len() - line.trim_start().len()];
            out.extend(checks.iter().map(|check| format!("{indent}{check}")));
        }
        out.push(line.replace(old, new));
    }
    out.join("\n") + "\n"
}

/// What is wrong with the fix of the one fault in a program.
fn fault(language: &str, rule: &str, program: &str) -> Option<String> {
    let scan = |text: &str| scan_source(language, text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let Some(finding) = scan(program).findings.into_iter().find(|f| f.rule_id == rule) else {
        return Some(format!("{rule} is not found in\n{program}"));
    };
    let Some(fix) = finding.fix.filter(|f| f.replaces.is_some()) else {
        return Some(format!("{rule} has no fix of its own in\n{program}"));
    };
    let mended = applied(program, &fix);
    let path = format!("server.{language}").parse().unwrap_or_else(|e| panic!("{e}"));
    let parsed = hub_syntax::parse(&path, &mended.as_str().into(), &Budget::default());
    if !parsed.is_ok_and(|m| m.syntax_errors == 0) {
        return Some(format!("does not parse:\n{mended}"));
    }
    let left: Vec<String> = scan(&mended).findings.into_iter().map(|f| f.rule_id).collect();
    let wanted = [rule, "argument-injection", "redirect-past-check"];
    left.iter()
        .any(|l| wanted.contains(&l.as_str()))
        .then(|| format!("{left:?} left in\n{mended}"))
}

#[test]
fn applying_the_fix_of_a_script_ends_the_fault() {
    let exec = "import { exec } from \"node:child_process\";";
    let files = "import fs from \"node:fs/promises\";";
    let cases = [
        ("shell-injection", exec, "exec(`ping -c 1 ${value}`);"),
        (
            "shell-injection",
            exec,
            "exec(\"git log \" + value, (error, out) => { console.log(out); });",
        ),
        ("shell-injection", exec, "const command = `ping ${value}`;\nexec(command);"),
        (
            "shell-injection",
            "import { execSync } from \"node:child_process\";",
            "const out = execSync(`git log --author=\"${value}\"`, { encoding: \"utf8\" });",
        ),
        (
            "shell-injection",
            "import * as cp from \"node:child_process\";",
            "cp.exec(\"ping \" + value);",
        ),
        (
            "shell-injection",
            "import { exec } from \"node:child_process\";\nimport { promisify } from \"node:util\";\nconst run = promisify(exec);",
            "const { stdout } = await run(`ping ${value}`);",
        ),
        (
            "sql-injection",
            "import pg from \"pg\";\nconst pool = new pg.Pool();",
            "await pool.query(`SELECT * FROM people WHERE name = '${value}' AND age > ${value}`);",
        ),
        (
            "sql-injection",
            "import sqlite3 from \"sqlite3\";\nconst db = new sqlite3.Database(\"a.db\");",
            "db.all(\"SELECT * FROM people WHERE name = '\" + value + \"'\", (error, rows) => { console.log(rows); });",
        ),
        (
            "path-traversal",
            "import fs from \"node:fs/promises\";\nimport path from \"node:path\";",
            "const text = await fs.readFile(path.join(\"notes\", value), \"utf8\");",
        ),
        (
            "path-traversal",
            files,
            "const text = await fs.readFile(`notes/${value}.md`, \"utf8\");",
        ),
        ("path-traversal", files, "await fs.writeFile(\"notes/\" + value, \"x\");"),
        ("server-side-request-forgery", "", "const page = await fetch(value);"),
        (
            "server-side-request-forgery",
            "import axios from \"axios\";",
            "const page = await axios.get(value, { timeout: 5000 });",
        ),
    ];
    let faults: Vec<String> = cases
        .iter()
        .filter_map(|(rule, imports, body)| fault("ts", rule, &script(imports, body)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n---\n"));
}

#[test]
fn applying_the_fix_of_a_python_program_ends_the_fault() {
    let sqlite = "import sqlite3\n\nconnection = sqlite3.connect(\"a.db\")";
    let cases = [
        ("shell-injection", "import os", "os.system(f\"ping -c 1 {value}\")"),
        (
            "shell-injection",
            "import subprocess",
            "subprocess.run(\"git log \" + value, shell=True, check=True)",
        ),
        (
            "shell-injection",
            "import subprocess",
            "out = subprocess.check_output(f\"git log --author='{value}'\", shell=True, text=True)",
        ),
        (
            "shell-injection",
            "import subprocess",
            "command = f\"ping {value}\"\nsubprocess.run(command, shell=True)",
        ),
        (
            "sql-injection",
            sqlite,
            "connection.execute(f\"SELECT name FROM people WHERE name = '{value}'\")",
        ),
        (
            "sql-injection",
            "import psycopg\n\ncursor = psycopg.connect(\"dbname=a\").cursor()",
            "cursor.execute(\"SELECT name FROM people WHERE rate > 5% AND name = '\" + value + \"'\")",
        ),
        ("path-traversal", "import os", "text = open(os.path.join(\"notes\", value)).read()"),
        (
            "path-traversal",
            "",
            "with open(f\"notes/{value}.txt\", \"w\") as out:\n    out.write(\"x\")",
        ),
        (
            "server-side-request-forgery",
            "import requests",
            "page = requests.get(value, timeout=5).text",
        ),
        ("server-side-request-forgery", "import httpx", "page = httpx.get(value).text"),
    ];
    let faults: Vec<String> = cases
        .iter()
        .filter_map(|(rule, imports, body)| fault("py", rule, &python(imports, body)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n---\n"));
}

#[test]
fn where_no_form_is_known_the_fix_is_the_pattern_of_the_language() {
    let program = script("import { exec } from \"node:child_process\";", "exec(`cat ${value} | wc -l`);");
    let report = scan_source("ts", &program).unwrap_or_else(|e| panic!("{e}"));
    let finding = report.findings.iter().find(|f| f.rule_id == "shell-injection");
    let fix = finding.and_then(|f| f.fix.as_ref()).unwrap_or_else(|| panic!("a fix"));
    assert_eq!(fix.replaces, None);
    assert!(fix.code.contains("execFile(\"program\", [\"--\", value])"), "{}", fix.code);
}

#[test]
fn a_finding_in_code_shows_code_wherever_its_rule_has_some_in_that_language() {
    let mut without = Vec::new();
    for rule in hub_rules::all() {
        let meta = rule.meta();
        let listings = ["json", "config", "servers", "change", "facts"];
        let faulty = |e: &&hub_engine::Example| e.level == hub_engine::Level::Vulnerable && !listings.contains(&e.language);
        for example in meta.examples().iter().filter(faulty) {
            let Ok(report) = scan_source(example.language, &example.code) else {
                continue;
            };
            for finding in report.findings.iter().filter(|f| f.rule_id == meta.id) {
                let has_some = finding.location.as_ref().is_some_and(|at| meta.fix_in(&at.file).is_some());
                if has_some && finding.fix.is_none() {
                    without.push(format!("{} ({})", meta.id, example.language));
                }
            }
        }
    }
    assert!(without.is_empty(), "{}", without.join(", "));
}
