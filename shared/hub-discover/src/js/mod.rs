//! JavaScript and TypeScript servers.

mod arktype;
mod classes;
mod entry;
mod frameworks;
mod handlers;
mod items;
mod register;
mod schema;
mod sweep;
#[cfg(test)]
mod tests;
mod typebox;
mod valibot;
mod wire;
mod world;
mod zod;

pub(crate) use entry::is_test_path;

use crate::Found;
use hub_engine::FunctionRef;
use hub_engine::eval::js::{Eval, Event, Value};
use hub_model::{Budget, DependencyRef, Snapshot};
use hub_syntax::ir::{ExprId, ExprKind};
use hub_syntax::{JsResolver, ModuleId, Program};
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;
use world::SnapshotWorld;

/// Names whose calls say something about the server.
const WATCHED: &[&str] = &[
    // The official SDK, and frameworks that took its words.
    "tool",
    "registerTool",
    "registerToolTask",
    "addTool",
    "addTools",
    "registerTools",
    "defineTool",
    "registerAppTool",
    "prompt",
    "registerPrompt",
    "addPrompt",
    "addPrompts",
    "resource",
    "registerResource",
    "registerAppResource",
    "addResource",
    "addResourceTemplate",
    "resourceTemplate",
    "template",
    "setRequestHandler",
    // Effect.
    "toolkit",
    "registerToolkit",
    "layerStdio",
    "layerHttp",
    "layerHttpRouter",
    "McpServer",
    "Server",
    "FastMCP",
    "MCPServer",
    "MCP",
    "LiteMCP",
    "McpAgent",
    "createMcpServer",
    "createMCPServer",
    "defineMcpServer",
    // Whoever wraps the constructor.
    "createServer",
];

/// Reads a discovery out of the evaluator's state.
pub(super) struct Reader<'e, 'p> {
    pub(super) eval: &'e mut Eval<'p>,
    pub(super) found: Found,
    pub(super) snapshot: &'e Snapshot,
    /// Rule name for what is being read.
    pub(super) rule: &'static str,
    /// Handlers among the entry points.
    pub(super) handlers: FxHashSet<FunctionRef>,
    /// Most handlers that are kept: a handler may wrap others.
    pub(super) max_handlers: usize,
}

/// Discovers in all JavaScript and TypeScript modules of a program.
pub(crate) fn discover(program: &Program, snapshot: &Snapshot, budget: &Budget) -> Found {
    if !program.modules.iter().any(|m| m.language.is_script()) {
        return Found::default();
    }
    let world = SnapshotWorld::new(snapshot, budget);
    // Some of the budget is kept for reading what the runs leave behind.
    let reading = budget.max_eval_steps / 10;
    let mut eval = Eval::new(
        program,
        &world,
        &Budget {
            max_eval_steps: budget.max_eval_steps - 5 * reading,
            ..budget.clone()
        },
    );
    eval.watch(WATCHED);
    let entries = entry::entry_modules(program, snapshot, &world.resolver);
    for entry in &entries {
        eval.run_module(*entry);
    }
    let mut spent = eval.is_spent();
    eval.grant(reading);
    let mut reader = Reader {
        eval: &mut eval,
        found: Found::default(),
        snapshot,
        rule: "",
        handlers: FxHashSet::default(),
        max_handlers: budget.max_items.saturating_mul(2),
    };
    let mut read = 0;
    reader.read_events(&mut read);
    let live: Vec<ModuleId> = if entries.is_empty() {
        Vec::new()
    } else {
        reader.eval.modules_run().to_vec()
    };
    sweep::sweep(&mut reader, &live, &mut read);
    spent |= reader.eval.is_spent();
    reader.eval.grant(reading);
    reader.read_events(&mut read);
    if reader.found.is_empty() {
        frameworks::discover(&mut reader, &world.resolver, &mut read);
    }
    // No entry points, or they lead nowhere: every module counts, of the target first, then of its dependencies.
    for of_dependencies in [false, true] {
        if !reader.found.is_empty() {
            break;
        }
        for (id, module) in program.iter() {
            if DependencyRef::of(module.path.as_str()).is_some() != of_dependencies {
                continue;
            }
            if module.language.is_script()
                && !entry::is_test_path(crate::inside(snapshot, module.path.as_str()))
                && module.path.extension() != Some("json")
            {
                reader.eval.run_module(id);
            }
        }
        reader.read_events(&mut read);
        let all = reader.eval.modules_run().to_vec();
        sweep::sweep(&mut reader, &all, &mut read);
        spent |= reader.eval.is_spent();
        reader.eval.grant(reading);
        reader.read_events(&mut read);
    }
    // Tables whose way into the server was not followed, even where prompts or resources were.
    if reader.found.inventory.tools.is_empty() {
        reader.loose_objects();
    }
    if reader.found.inventory.tools.is_empty() {
        reader.read_manifests(snapshot);
    }
    if reader.found.inventory.tools.is_empty() {
        reader.loose_classes();
    }
    if reader.found.is_empty() {
        reader.read_wire();
    }
    if spent || reader.eval.is_spent() || reader.eval.was_cut_short() {
        crate::found::forget_conditions(&mut reader.found.inventory.tools);
        reader.found.warnings.push(
            "the start-up code is larger than what is evaluated (HUB_MAX_EVAL_STEPS, HUB_MAX_EVAL_BYTES): items may be missing".to_owned(),
        );
    }
    let most = reader.max_handlers;
    let mut found = reader.found;
    found
        .warnings
        .extend(crate::found::handlers_left_out(found.facts.entry_points.len(), most));
    found.facts.live_modules = loaded_later(program, &world.resolver, &live);
    found
}

/// The modules that were run, and those that they load in functions that were not: `await import("./http.js")` behind an option.
fn loaded_later(program: &Program, resolver: &JsResolver, run: &[ModuleId]) -> Vec<ModuleId> {
    let mut open = run.to_vec();
    let mut seen: BTreeSet<ModuleId> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        let module = program.module(id);
        let stated = module.imports.iter().filter(|i| !i.type_only).map(|i| i.specifier);
        let text = |e: ExprId| match &module.expr(e).kind {
            ExprKind::Str(s) => Some(*s),
            _ => None,
        };
        let called = module.exprs.iter().filter_map(|e| match &e.kind {
            ExprKind::ImportCall(of) => text(*of),
            ExprKind::Call { callee, args, .. } if module.dotted(*callee).as_deref() == Some("require") => text(args.first()?.value),
            _ => None,
        });
        for specifier in stated.chain(called) {
            let to = resolver.resolve(program, &module.path, module.str(specifier));
            if let Some(to) = to.filter(|to| seen.insert(*to)) {
                open.push(to);
            }
        }
    }
    seen.into_iter().collect()
}

impl Reader<'_, '_> {
    /// Reads events that were recorded since `from`.
    pub(super) fn read_events(&mut self, from: &mut usize) {
        // Handlers of lists are read last: until then tables are still being filled.
        let mut handlers: Vec<Event> = Vec::new();
        while *from < self.eval.events.len() {
            let event = self.eval.events[*from].clone();
            *from += 1;
            if &*event.method == "setRequestHandler" {
                if !event.ran {
                    handlers.push(event);
                }
                continue;
            }
            self.found.when = event.when.map(|condition| self.eval.condition_in_words(condition));
            self.read_event(&event);
        }
        self.found.when = None;
        for event in handlers {
            self.read_handler(&event);
        }
    }

    pub(super) fn text(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::Str(s) => Some(s.to_string()),
            Value::Ref(_) => {
                if let Some(text) = self.schema_text(value) {
                    return Some(text);
                }
                let shown = self.eval.shown_text(value);
                (!shown.is_empty()).then_some(shown)
            }
            _ => None,
        }
    }
}
