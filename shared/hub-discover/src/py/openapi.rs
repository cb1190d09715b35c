//! Servers that `fastmcp` makes from an OpenAPI document.

use super::dialect::value::{Made, Value, last};
use super::emit::{Emitter, reason};
use super::server::Document;
use crate::data::openapi::{Names, Operation, is_document, operations};
use hub_model::{Discovered, DiscoveredBy, Gap, Resource, Tool};
use regex::Regex;
use std::rc::Rc;

/// What a route becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Tool,
    Resource,
    Excluded,
}

/// A rule of `route_maps`.
struct Rule {
    methods: Option<Vec<Rc<str>>>,
    pattern: Option<Regex>,
    tags: Vec<Rc<str>>,
    target: Target,
}

impl Rule {
    fn matches(&self, operation: &Operation) -> bool {
        self.methods
            .as_ref()
            .is_none_or(|methods| methods.iter().any(|method| **method == *operation.method))
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(&operation.path))
            && self.tags.iter().all(|tag| operation.tags.iter().any(|have| **have == **tag))
    }
}

/// The tools of a document, when it lies in the tree.
pub(super) fn emit(emitter: &mut Emitter<'_, '_>, document: &Document, prefixes: &[Rc<str>]) {
    let at = emitter.location(document.at);
    let mut whole = true;
    let candidates: Vec<Value> = document.spec.alternatives();
    let spec = candidates.iter().find_map(|value| {
        whole = true;
        emitter.interp.json_known(value, 0, &mut whole).filter(is_document)
    });
    let gap = |emitter: &mut Emitter<'_, '_>, reason: &str| {
        if let Some(at) = at.clone() {
            emitter.found.inventory.gaps.push(Gap {
                at,
                what: "tools made from an OpenAPI document".to_owned(),
                reason: reason.to_owned(),
            });
        }
    };
    let Some(spec) = spec else {
        let why = reason(&document.spec);
        gap(emitter, &why);
        return;
    };
    if document.unfinished && emitter.finished_document {
        // Another form of a document that was read in full before.
        gap(emitter, "the evaluation's step limit was reached before the document was ready");
        return;
    }
    emitter.finished_document |= !document.unfinished;
    if !whole {
        gap(emitter, "parts of the document are known only at run time");
    }
    for option in ["route_map_fn", "mcp_component_fn"] {
        if document.args.kw(option).is_some_and(|v| !matches!(v, Value::None)) {
            gap(emitter, &format!("`{option}` may change names, descriptions or what is left out"));
        }
    }
    let rules = rules(emitter, document);
    let given = document.args.kw("mcp_names").map(Value::plain);
    let mut names = Names::default();
    for operation in operations(&spec) {
        let target = rules
            .iter()
            .find(|rule| rule.matches(&operation))
            .map_or(Target::Tool, |rule| rule.target);
        if target == Target::Excluded {
            continue;
        }
        let chosen = match (&given, &operation.id) {
            (Some(Value::Dict(dict)), Some(id)) => dict.entries.borrow().get_str(id).and_then(Value::as_str),
            _ => None,
        };
        let name = names.name(&operation, chosen.as_deref());
        let shown = prefixes.iter().map(|prefix| format!("{prefix}_")).collect::<String>() + &name;
        if target == Target::Resource {
            let is_template = operation.path.contains('{');
            emitter.push_resource(Resource {
                uri: format!("resource://{name}"),
                is_template,
                name: Some(shown),
                title: None,
                description: Some(operation.tool_description()),
                mime_type: Some("application/json".to_owned()),
                annotations: None,
                declared_at: at.clone(),
                discovered_by: DiscoveredBy {
                    method: Discovered::Static,
                    rule: "py-openapi".to_owned(),
                },
                unknowns: Vec::new(),
            });
            continue;
        }
        let mut tool = Tool::named(shown, Discovered::Static, "py-openapi");
        tool.description = Some(operation.tool_description());
        tool.input_schema = Some(operation.tool_schema(&spec));
        tool.declared_at = at.clone();
        emitter.push_tool(tool);
    }
}

fn rules(emitter: &mut Emitter<'_, '_>, document: &Document) -> Vec<Rule> {
    let Some(maps) = document.args.kw("route_maps").cloned() else {
        return Vec::new();
    };
    let (items, _) = emitter.interp.iterate(&maps);
    let mut out = Vec::new();
    for item in items {
        let Value::Made(made) = item.plain() else { continue };
        let target = match made.args.kw("mcp_type").map(Value::plain) {
            Some(Value::External(path)) => match last(&path) {
                "EXCLUDE" | "IGNORE" => Target::Excluded,
                "RESOURCE" | "RESOURCE_TEMPLATE" => Target::Resource,
                _ => Target::Tool,
            },
            _ => Target::Tool,
        };
        let methods = match made.args.kw("methods").map(Value::plain) {
            Some(list @ Value::List(_)) => Some(emitter.interp.iterate(&list).0.iter().filter_map(Value::as_str).collect()),
            _ => None,
        };
        let tags = match made.args.kw("tags") {
            Some(tags) => emitter.interp.iterate(&tags.clone()).0.iter().filter_map(Value::as_str).collect(),
            None => Vec::new(),
        };
        let Some(pattern) = pattern(&made) else { continue };
        out.push(Rule {
            methods,
            pattern,
            tags,
            target,
        });
    }
    out
}

/// The pattern of a rule; none when there is one that cannot be used.
fn pattern(made: &Made) -> Option<Option<Regex>> {
    let text = match made.args.kw("pattern").map(Value::plain) {
        None => return Some(None),
        Some(Value::Str(text)) => text,
        Some(Value::Made(compiled)) => compiled.args.pos.first().and_then(Value::as_str)?,
        Some(_) => return None,
    };
    Regex::new(&text).ok().map(Some)
}
