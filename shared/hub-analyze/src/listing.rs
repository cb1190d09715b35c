//! A live listing becomes an inventory. What has a wrong shape costs a warning, never the scan.

use hub_model::{Budget, Discovered, DiscoveredBy, Inventory, Prompt, PromptArgument, Resource, ServerInfo, Surface, Tool, Unknown};
use serde_json::{Map, Value};

/// Fields of a tool that the specification names (2025-11-25 and earlier).
const TOOL_FIELDS: [&str; 6] = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];

/// The inventory of a surface, and what could not be read.
pub(crate) fn inventory_of(surface: &Surface, budget: &Budget) -> (Inventory, Vec<String>) {
    let mut reader = Reader {
        warnings: Vec::new(),
        max_items: budget.max_items,
    };
    let server = server_info(surface);
    let inventory = Inventory {
        server,
        tools: reader.items("tool", &surface.tools, tool),
        resources: {
            let mut all = reader.items("resource", &surface.resources, |map, index, w| resource(map, index, false, w));
            all.extend(reader.items("resource template", &surface.resource_templates, |map, index, w| {
                resource(map, index, true, w)
            }));
            all
        },
        prompts: reader.items("prompt", &surface.prompts, prompt),
        gaps: Vec::new(),
    };
    (inventory, reader.warnings)
}

struct Reader {
    warnings: Vec<String>,
    max_items: usize,
}

impl Reader {
    fn items<T>(&mut self, what: &str, list: &[Value], read: impl Fn(&Map<String, Value>, usize, &mut Vec<String>) -> T) -> Vec<T> {
        if list.len() > self.max_items {
            self.warnings
                .push(format!("only the first {} of {} {what}s were analysed", self.max_items, list.len()));
        }
        let mut out = Vec::new();
        for (index, value) in list.iter().take(self.max_items).enumerate() {
            match value {
                Value::Object(map) => out.push(read(map, index, &mut self.warnings)),
                _ => self
                    .warnings
                    .push(format!("{what} number {} of the list is no object and was not analysed", index + 1)),
            }
        }
        out
    }
}

fn server_info(surface: &Surface) -> ServerInfo {
    let text = |key: &str| {
        surface
            .server_info
            .as_ref()
            .and_then(|i| i.get(key))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    ServerInfo {
        name: text("name"),
        title: text("title"),
        version: text("version"),
        instructions: surface.instructions.clone(),
        protocol_version: surface.protocol_version.clone(),
    }
}

fn live() -> DiscoveredBy {
    DiscoveredBy {
        method: Discovered::Live,
        rule: "live".to_owned(),
    }
}

/// A text field; anything but a string is kept as its JSON, so that rules still see its words, and warned about.
fn text(map: &Map<String, Value>, key: &str, whose: &str, warnings: &mut Vec<String>) -> Option<String> {
    match map.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => {
            warnings.push(format!("`{key}` of {whose} is no text"));
            Some(other.to_string())
        }
    }
}

/// The name, or a stand-in that says which one had none.
fn name(map: &Map<String, Value>, what: &str, index: usize, warnings: &mut Vec<String>) -> String {
    match map.get("name").and_then(Value::as_str) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => {
            let stand_in = format!("(unnamed {what} {})", index + 1);
            warnings.push(format!("{what} number {} of the list has no name", index + 1));
            stand_in
        }
    }
}

fn tool(map: &Map<String, Value>, index: usize, warnings: &mut Vec<String>) -> Tool {
    let name = name(map, "tool", index, warnings);
    let whose = format!("tool `{name}`");
    let mut tool = Tool {
        discovered_by: live(),
        ..Tool::named(name, Discovered::Live, "live")
    };
    tool.title = text(map, "title", &whose, warnings);
    tool.description = text(map, "description", &whose, warnings);
    for (key, slot) in [
        ("inputSchema", &mut tool.input_schema),
        ("outputSchema", &mut tool.output_schema),
        ("annotations", &mut tool.annotations),
    ] {
        match map.get(key) {
            None | Some(Value::Null) => {}
            Some(value) => {
                if !value.is_object() {
                    warnings.push(format!("`{key}` of {whose} is no object"));
                    tool.unknowns.push(Unknown {
                        field: key.to_owned(),
                        reason: "it is no object".to_owned(),
                    });
                }
                *slot = Some(value.clone());
            }
        }
    }
    let extra: Map<String, Value> = map
        .iter()
        .filter(|(k, _)| !TOOL_FIELDS.contains(&k.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    if !extra.is_empty() {
        tool.extra = Some(Value::Object(extra));
    }
    tool
}

fn resource(map: &Map<String, Value>, index: usize, is_template: bool, warnings: &mut Vec<String>) -> Resource {
    let key = if is_template { "uriTemplate" } else { "uri" };
    let uri = map.get(key).and_then(Value::as_str).map_or_else(
        || {
            warnings.push(format!("resource number {} of the list has no `{key}`", index + 1));
            format!("(resource {} without uri)", index + 1)
        },
        str::to_owned,
    );
    let whose = format!("resource `{uri}`");
    Resource {
        is_template,
        name: text(map, "name", &whose, warnings),
        title: text(map, "title", &whose, warnings),
        description: text(map, "description", &whose, warnings),
        mime_type: text(map, "mimeType", &whose, warnings),
        annotations: map.get("annotations").filter(|a| !a.is_null()).cloned(),
        uri,
        declared_at: None,
        discovered_by: live(),
        unknowns: Vec::new(),
    }
}

fn prompt(map: &Map<String, Value>, index: usize, warnings: &mut Vec<String>) -> Prompt {
    let name = name(map, "prompt", index, warnings);
    let whose = format!("prompt `{name}`");
    let arguments = match map.get("arguments") {
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_object)
            .map(|a| PromptArgument {
                name: a.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                description: text(a, "description", &whose, warnings),
                required: a.get("required").and_then(Value::as_bool).unwrap_or(false),
            })
            .collect(),
        _ => Vec::new(),
    };
    Prompt {
        title: text(map, "title", &whose, warnings),
        description: text(map, "description", &whose, warnings),
        arguments,
        text: None,
        name,
        declared_at: None,
        discovered_by: live(),
        unknowns: Vec::new(),
    }
}
