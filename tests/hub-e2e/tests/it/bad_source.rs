//! Source that is broken, odd or made to hurt: the server beside it is still found, and what was left out is said.

use crate::{names, set};
use hub_e2e::mcp_hub;
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

const MANIFEST: &str = r#"{"name":"x","type":"module","bin":"index.js"}"#;

/// A server with the tool `ping` that imports and does something more.
fn server(imports: &str, then: &str) -> Vec<u8> {
    format!(
        r#"import {{ McpServer }} from "@modelcontextprotocol/sdk/server/mcp.js";
{imports}
const server = new McpServer({{ name: "x", version: "1" }});
server.registerTool("ping", {{ description: "Pings.", inputSchema: {{}} }}, async () => ({{ content: [] }}));
{then}
"#
    )
    .into_bytes()
}

fn discover(files: &[(&str, Vec<u8>)]) -> Value {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("package.json"), MANIFEST).unwrap();
    for (path, content) in files {
        fs::write(folder.path().join(path), content).unwrap();
    }
    let (status, listing, said) = mcp_hub(&["discover", folder.path().to_str().unwrap(), "--format", "json"], &[]).unwrap();
    assert_eq!(status, 0, "{said}");
    listing
}

fn left_out(listing: &Value, file: &str) -> Option<String> {
    let skipped = listing["coverage"]["files_skipped"].as_array()?;
    let reason = skipped.iter().find(|s| s["path"] == file)?["reason"].as_str()?;
    Some(reason.to_owned())
}

fn registers(name: &str) -> String {
    format!("s.registerTool('{name}', {{ inputSchema: {{}} }}, async () => ({{}}))")
}

#[test]
fn broken_syntax_costs_its_own_file() {
    let listing = discover(&[
        ("index.js", server("import './broken.js';", "")),
        ("broken.js", b"export const x = {;;; ( => \"\n".to_vec()),
    ]);
    assert_eq!(names(&listing["tools_scanned"], "name"), set(&["ping"]));
    assert_eq!(left_out(&listing, "broken.js").as_deref(), Some("parser_failed"));
}

#[test]
fn files_in_several_encodings_are_one_program() {
    let wide = format!("export const add = (s) => {};", registers("wide_ü"));
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(wide.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let listing = discover(&[
        (
            "index.js",
            server(
                "import { add } from './wide.js'; import { latin } from './latin.js';",
                "add(server); latin(server);",
            ),
        ),
        ("wide.js", wide),
        (
            "latin.js",
            [
                b"// caf\xe9\n".as_slice(),
                format!("export const latin = (s) => {};", registers("latin")).as_bytes(),
            ]
            .concat(),
        ),
    ]);
    assert_eq!(names(&listing["tools_scanned"], "name"), set(&["latin", "ping", "wide_ü"]));
}

#[test]
fn commonjs_and_modules_mixed_are_one_program() {
    let listing = discover(&[
        ("index.js", server("import add from './a.cjs';", "add(server);")),
        (
            "a.cjs",
            b"const b = require('./b.cjs'); module.exports = (s) => b.add(s); exports.x = 1;".to_vec(),
        ),
        ("b.cjs", format!("exports.add = (s) => {};", registers("from_cjs")).into_bytes()),
    ]);
    assert_eq!(names(&listing["tools_scanned"], "name"), set(&["from_cjs", "ping"]));
}

#[test]
fn circular_imports_end() {
    let listing = discover(&[
        ("index.js", server("import { add } from './a.js';", "add(server);")),
        (
            "a.js",
            b"import { more } from './b.js'; export const names = ['one', 'two']; export function add(s) { more(s); }".to_vec(),
        ),
        (
            "b.js",
            b"import { names, add } from './a.js'; import './index.js';
              export function more(s) { for (const n of names) s.registerTool(n, { inputSchema: {} }, async () => ({})); }"
                .to_vec(),
        ),
    ]);
    assert_eq!(names(&listing["tools_scanned"], "name"), set(&["one", "ping", "two"]));
}

#[test]
fn a_bundle_of_ten_megabytes_on_one_line_is_read() {
    let mut bundle = server("", "");
    bundle.iter_mut().filter(|b| **b == b'\n').for_each(|b| *b = b' ');
    bundle.extend_from_slice(b"; var a = [");
    let mut n = 0;
    while bundle.len() < 10 << 20 {
        bundle.extend_from_slice(format!("function(){{return {n}}},").as_bytes());
        n += 1;
    }
    bundle.extend_from_slice(b"0];");
    let listing = discover(&[("index.js", bundle)]);
    assert_eq!(names(&listing["tools_scanned"], "name"), set(&["ping"]));
}

#[test]
fn nesting_beyond_the_bound_costs_its_own_file() {
    let deep = format!("export default {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let listing = discover(&[("index.js", server("import './deep.js';", "")), ("deep.js", deep.into_bytes())]);
    assert_eq!(names(&listing["tools_scanned"], "name"), set(&["ping"]));
    assert_eq!(left_out(&listing, "deep.js").as_deref(), Some("too_deep"));
    let warnings = listing["scan_metadata"]["warnings"].to_string();
    assert!(warnings.contains("HUB_MAX_NESTING"), "{warnings}");
}

#[test]
fn generated_files_of_a_million_lines_are_bounded_and_said_to_be() {
    let short = "f(1);\n".repeat(1_000_000);
    let long = "export const value = 'generated';\n".repeat(1_000_000);
    let listing = discover(&[
        ("index.js", server("import './short.js'; import './long.js';", "")),
        ("short.js", short.into_bytes()),
        ("long.js", long.into_bytes()),
    ]);
    assert_eq!(names(&listing["tools_scanned"], "name"), set(&["ping"]));
    assert_eq!(left_out(&listing, "long.js").as_deref(), Some("too_large"));
    let warnings = listing["scan_metadata"]["warnings"].to_string();
    assert!(warnings.contains("HUB_MAX_EVAL_STEPS"), "{warnings}");
}
