//! What one language's discovery found, and how several are put together.

use hub_engine::CodeFacts;
use hub_model::{Budget, Gap, Inventory, Prompt, RelPath, Resource, Tool, Unknown};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// The unknown of an item of which it is not known whether the server lists it.
const LISTED: &str = "listed";

/// Says under which condition alone an item is listed.
pub(crate) fn listed_only(when: String) -> Unknown {
    Unknown {
        field: LISTED.to_owned(),
        reason: when,
    }
}

/// A tool that is registered a second time, without the condition of the first or under another, is listed either way.
pub(crate) fn listed_again(old: &mut Tool, again: &Tool) {
    let when = |tool: &Tool| tool.unknowns.iter().find(|unknown| unknown.field == LISTED).cloned();
    if when(old) != when(again) {
        old.unknowns.retain(|unknown| unknown.field != LISTED);
    }
}

/// Where not all of a program was run, what registers its tools without a condition may be what is missing.
pub(crate) fn forget_conditions(tools: &mut [Tool]) {
    for tool in tools {
        tool.unknowns.retain(|unknown| unknown.field != LISTED);
    }
}

/// What a report says when there may be more handlers than are kept.
pub(crate) fn handlers_left_out(kept: usize, most: usize) -> Option<String> {
    (kept >= most).then(|| format!("only {most} handlers are kept (HUB_MAX_ITEMS): the data of others was not followed"))
}

/// Findings of one language.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) inventory: Inventory,
    pub(crate) facts: CodeFacts,
    pub(crate) warnings: Vec<String>,
    /// The programs that were told apart.
    pub(crate) parts: Vec<Part>,
    /// Under which condition alone what is added now is listed.
    pub(crate) when: Option<String>,
    /// Where each tool stands in the inventory.
    pub(crate) places: FxHashMap<String, usize>,
}

/// One of several programs of a tree.
#[derive(Debug)]
pub(crate) struct Part {
    /// The folder or file that a base path names to choose it.
    pub(crate) start: String,
    pub(crate) files: BTreeSet<RelPath>,
}

impl Found {
    /// Adds a tool; one of the same name only fills what the first left open.
    pub(crate) fn tool(&mut self, mut tool: Tool) {
        if let Some(when) = &self.when {
            tool.unknowns.push(listed_only(when.clone()));
        }
        match self.place_of(&tool.name) {
            Some(at) => {
                let old = &mut self.inventory.tools[at];
                listed_again(old, &tool);
                old.title = old.title.take().or(tool.title);
                if old.description.as_ref().is_none_or(String::is_empty) {
                    old.description = tool.description;
                }
                let params = |s: &Option<serde_json::Value>| {
                    s.as_ref()
                        .and_then(|s| s.get("properties"))
                        .and_then(|p| p.as_object())
                        .map_or(0, serde_json::Map::len)
                };
                if params(&old.input_schema) == 0 && tool.input_schema.is_some() {
                    old.input_schema = tool.input_schema;
                }
                old.output_schema = old.output_schema.take().or(tool.output_schema);
                old.annotations = old.annotations.take().or(tool.annotations);
            }
            None => {
                self.places.insert(tool.name.clone(), self.inventory.tools.len());
                self.inventory.tools.push(tool);
            }
        }
    }

    /// The first tool of a name: looked up, as a server may have ten thousands.
    fn place_of(&mut self, name: &str) -> Option<usize> {
        let tools = &self.inventory.tools;
        if self.places.len() != tools.len() {
            // They came from elsewhere.
            self.places.clear();
            for (at, tool) in tools.iter().enumerate() {
                self.places.entry(tool.name.clone()).or_insert(at);
            }
        }
        self.places.get(name).copied()
    }

    pub(crate) fn prompt(&mut self, prompt: Prompt) {
        if !self.inventory.prompts.iter().any(|p| p.name == prompt.name) {
            self.inventory.prompts.push(prompt);
        }
    }

    pub(crate) fn resource(&mut self, resource: Resource) {
        if !self.inventory.resources.iter().any(|r| r.uri == resource.uri) {
            self.inventory.resources.push(resource);
        }
    }

    pub(crate) fn gap(&mut self, gap: Gap) {
        if self.inventory.gaps.len() < 200 && !self.inventory.gaps.contains(&gap) {
            self.inventory.gaps.push(gap);
        }
    }

    /// Nothing that a server offers was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.inventory.tools.is_empty() && self.inventory.prompts.is_empty() && self.inventory.resources.is_empty()
    }

    /// Takes in what another language found.
    pub(crate) fn merge(&mut self, other: Found) {
        let Inventory {
            server,
            tools,
            resources,
            prompts,
            gaps,
        } = other.inventory;
        let mine = &mut self.inventory.server;
        mine.name = mine.name.take().or(server.name);
        mine.title = mine.title.take().or(server.title);
        mine.version = mine.version.take().or(server.version);
        mine.instructions = mine.instructions.take().or(server.instructions);
        tools.into_iter().for_each(|t| self.tool(t));
        resources.into_iter().for_each(|r| self.resource(r));
        prompts.into_iter().for_each(|p| self.prompt(p));
        gaps.into_iter().for_each(|g| self.gap(g));
        self.facts.entry_points.extend(other.facts.entry_points);
        self.facts.live_modules.extend(other.facts.live_modules);
        self.facts.packages.extend(other.facts.packages);
        self.warnings.extend(other.warnings);
        self.parts.extend(other.parts);
    }

    /// Applies the bounds and a fixed order where discovery has none.
    pub(crate) fn finish(&mut self, budget: &Budget) {
        let max = budget.max_items;
        let i = &mut self.inventory;
        for (what, len) in [
            ("tools", i.tools.len()),
            ("prompts", i.prompts.len()),
            ("resources", i.resources.len()),
        ] {
            if len > max {
                self.warnings.push(format!("{len} {what} found, {max} kept (HUB_MAX_ITEMS)"));
            }
        }
        i.tools.truncate(max);
        i.prompts.truncate(max);
        i.resources.truncate(max);
        self.facts.live_modules.sort_unstable();
        self.facts.live_modules.dedup();
    }
}

impl From<crate::py::Found> for Found {
    fn from(found: crate::py::Found) -> Self {
        let facts = CodeFacts {
            entry_points: found.entry_points,
            live_modules: found.live_modules,
            packages: Vec::new(),
        };
        Self {
            inventory: found.inventory,
            facts,
            warnings: found.warnings,
            ..Self::default()
        }
    }
}
