//! Tools described one by one in data files: a folder `tools` of YAML or JSON manifests that the server reads at start.

use hub_model::{DependencyRef, Location, RelPath, Snapshot};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where such manifests keep the name that a client sees, most telling first.
const NAMES: &[&str] = &["/names/mcp", "/mcp/name", "/mcpName", "/toolName", "/name", "/id"];
/// Where they keep the text for the model.
const DESCRIPTIONS: &[&str] = &["/description", "/descriptions/mcp", "/mcp/description", "/summary"];
const TITLES: &[&str] = &["/annotations/title", "/title"];
const SCHEMAS: &[&str] = &["/inputSchema", "/input_schema", "/parameters", "/schema"];
/// Where they name the module that does the work.
const MODULES: &[&str] = &["/module", "/handler", "/implementation"];
/// Names of folders that hold one manifest per tool.
const FOLDERS: &[&str] = &["tools", "tool-manifests", "tool_manifests", "tool-definitions", "tool_definitions"];
/// Fewer in one folder are no table.
const MIN_TOOLS: usize = 2;
/// Largest manifest of one tool, in bytes.
const MAX_BYTES: usize = 256 << 10;

/// A tool as its manifest describes it.
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) description: String,
    pub(crate) annotations: Option<Value>,
    pub(crate) input_schema: Option<Value>,
    /// The module that handles it, as the manifest writes it.
    pub(crate) module: Option<String>,
    pub(crate) at: Location,
}

/// The tools of every folder in which each data file describes one.
pub(crate) fn manifests(snapshot: &Snapshot) -> Vec<Manifest> {
    let mut folders: BTreeMap<&str, Vec<Option<Manifest>>> = BTreeMap::new();
    for file in &snapshot.files {
        let folder = file.path.parent();
        let fits = folder.rsplit('/').next().is_some_and(|f| FOLDERS.contains(&f))
            && matches!(file.path.extension(), Some("yaml" | "yml" | "json"))
            && file.path.file_name() != "package.json"
            && file.text.len() <= MAX_BYTES
            && DependencyRef::of(file.path.as_str()).is_none();
        if fits {
            folders.entry(folder).or_default().push(manifest(&file.path, &file.text));
        }
    }
    let whole = folders
        .into_values()
        .filter(|f| f.len() >= MIN_TOOLS && f.iter().all(Option::is_some));
    whole.flatten().flatten().collect()
}

fn manifest(path: &RelPath, text: &str) -> Option<Manifest> {
    let data: Value = if path.extension() == Some("json") {
        serde_json::from_str(text).ok()?
    } else {
        super::yaml(text)?
    };
    let text_at = |places: &[&str]| {
        let found = places.iter().find_map(|p| data.pointer(p).and_then(Value::as_str));
        found.map(str::to_owned)
    };
    let name = text_at(NAMES)?;
    let fits = !name.is_empty() && name.len() <= 128 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let of_kind = |places: &[&str]| places.iter().find_map(|p| data.pointer(p).filter(|v| v.is_object())).cloned();
    fits.then_some(Manifest {
        name,
        title: text_at(TITLES),
        description: text_at(DESCRIPTIONS)?,
        annotations: of_kind(&["/annotations"]),
        input_schema: of_kind(SCHEMAS).filter(|s| s.get("properties").is_some()),
        module: text_at(MODULES),
        at: Location::of_line(path.clone(), 1),
    })
}

#[cfg(test)]
mod tests {
    use crate::discover;
    use crate::testing::snapshot_of;
    use hub_model::{Budget, OriginKind};

    const SERVER: &str = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
        const server = new McpServer({ name: 'x', version: '1' });
        for (const tool of await load(process.env.TOOLS)) server.registerTool(tool.name, tool, tool.run);";

    fn tools(files: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
        let snapshot = snapshot_of(OriginKind::Npm, None, files);
        let found = discover(&snapshot, &Budget::default());
        let tool = |t: &hub_model::Tool| (t.name.clone(), t.parameter_names().into_iter().map(str::to_owned).collect());
        found.inventory.tools.iter().map(tool).collect()
    }

    #[test]
    fn a_folder_of_manifests_lists_its_tools_with_the_schemas_of_their_modules() {
        let files = [
            ("package.json", r#"{"name":"x","bin":"build/cli.js"}"#),
            ("build/cli.js", SERVER),
            (
                "build/mcp/tools/boot.js",
                "import * as z from 'zod'; export const schema = { device: z.string() }; export const handler = async () => {};",
            ),
            (
                "manifests/tools/boot.yaml",
                "id: boot\nmodule: mcp/tools/boot\nnames: { mcp: boot_sim }\ndescription: Boots.\n",
            ),
            ("manifests/tools/stop.yml", "name: stop\ndescription: Stops.\n"),
        ];
        assert_eq!(
            tools(&files),
            [("boot_sim".to_owned(), vec!["device".to_owned()]), ("stop".to_owned(), vec![])]
        );
    }

    #[test]
    fn a_folder_in_which_other_data_lies_is_no_table_of_tools() {
        let files = [
            ("package.json", r#"{"name":"x","bin":"build/cli.js"}"#),
            ("build/cli.js", SERVER),
            ("tools/boot.yaml", "name: boot\ndescription: Boots.\n"),
            ("tools/ci.yaml", "on: push\n"),
        ];
        assert!(tools(&files).is_empty());
    }
}
