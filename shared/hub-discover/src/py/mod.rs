//! Python servers: the program's start-up is carried out on values that may be unknown, and what it registers is written down.

mod classes;
mod dialect;
mod docstring;
mod emit;
mod entry;
mod openapi;
mod output;
mod schema;
mod server;
mod wire;

pub(crate) use entry::is_apart;

use dialect::run::Interp;
use dialect::value::{Args, Value};
use hub_engine::EntryPoint;
use hub_model::{Budget, Inventory, Snapshot};
use hub_syntax::ir::{ExprKind, Imported, Language};
use hub_syntax::{ModuleId, Program, PyTarget};
use std::collections::BTreeSet;

/// What the Python half of discovery found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) inventory: Inventory,
    pub(crate) entry_points: Vec<EntryPoint>,
    /// Modules reached from declared entry points; empty when nothing is declared or nothing was found from there.
    pub(crate) live_modules: Vec<ModuleId>,
    pub(crate) warnings: Vec<String>,
}

/// How `fastmcp` serves docstrings, by the version that the package asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DocStyle {
    /// Before 3.2: whole.
    Whole,
    /// From 3.2 to the last 3.x: without sections when there is one of parameters.
    SplitParameters,
    /// 4: without sections.
    Split,
}

/// Finds what Python servers in the program would list.
pub(crate) fn discover(program: &Program, snapshot: &Snapshot, budget: &Budget) -> Found {
    if !program.modules.iter().any(|module| module.language == Language::Python) {
        return Found::default();
    }
    hub_syntax::on_big_stack(|| run(program, snapshot, budget)).unwrap_or_else(|| Found {
        warnings: vec!["no thread could be started to read the Python code".to_owned()],
        ..Found::default()
    })
}

fn run(program: &Program, snapshot: &Snapshot, budget: &Budget) -> Found {
    let docs = entry::doc_style(snapshot);
    let mut interp = Interp::new(program, snapshot, budget);
    for start in entry::declared(&mut interp) {
        start_at(&mut interp, &start);
    }
    start_servers(&mut interp);
    let mut declared = true;
    if !registered(&interp) {
        call_leftovers(&mut interp);
        start_servers(&mut interp);
    }
    if !registered(&interp) {
        declared = false;
        for module in entry::candidates(program, snapshot) {
            interp.main = Some(module);
            interp.load(module);
        }
        interp.main = None;
        start_servers(&mut interp);
        if !registered(&interp) {
            call_leftovers(&mut interp);
            start_servers(&mut interp);
        }
    }
    if !registered(&interp) {
        classes::register_tool_classes(&mut interp);
    }
    if !registered(&interp) {
        wire::register(&mut interp);
    }
    let mut live: Vec<ModuleId> = if declared { imported(&interp) } else { Vec::new() };
    live.sort_unstable();
    let out_of_steps = interp.machine.ran_out;
    interp.machine.grant(budget.max_eval_steps / 10);
    let mut found = emit::Emitter::new(&mut interp, docs, budget.max_items).run();
    found.live_modules = live;
    let handlers = found.entry_points.len();
    found.warnings.extend(crate::found::handlers_left_out(handlers, budget.max_items));
    if out_of_steps {
        crate::found::forget_conditions(&mut found.inventory.tools);
        found.warnings.push(
            "the Python code was evaluated only in part: a limit of the evaluation (HUB_MAX_EVAL_STEPS, HUB_MAX_EVAL_BYTES) was reached"
                .to_owned(),
        );
    }
    found
}

/// The modules that were loaded, and those that they import in functions that were not run, or name to a server (`pkg.web:app`): options
/// of the command line lead there.
fn imported(interp: &Interp<'_>) -> Vec<ModuleId> {
    let program = interp.machine.program;
    let mut open: Vec<ModuleId> = interp.loaded.iter().copied().collect();
    let mut seen: BTreeSet<ModuleId> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        let module = program.module(id);
        let from = module.path.as_str();
        let mut targets: Vec<Option<PyTarget>> = Vec::new();
        for import in module.imports.iter().filter(|i| !i.type_only) {
            let specifier = module.str(import.specifier);
            targets.push(interp.resolver.resolve(from, specifier));
            let dot = if specifier.ends_with('.') { "" } else { "." };
            for name in &import.names {
                if let Imported::Name(n) = name.imported {
                    targets.push(interp.resolver.resolve(from, &format!("{specifier}{dot}{}", module.str(n))));
                }
            }
        }
        for expr in &module.exprs {
            if let ExprKind::Str(s) = &expr.kind
                && let Some((name, _)) = module.str(*s).split_once(':').filter(|(n, a)| is_dotted(n) && is_dotted(a))
            {
                targets.push(interp.resolver.absolute(from, name));
            }
        }
        for target in targets.into_iter().flatten() {
            if let PyTarget::Module(to) = target
                && server::vendored(program.module(to).path.as_str()).is_none()
                && seen.insert(to)
            {
                open.push(to);
            }
        }
    }
    seen.into_iter().collect()
}

/// A name with dots, as modules have.
fn is_dotted(text: &str) -> bool {
    !text.is_empty() && text.len() < 200 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
}

/// Calls what servers call when they start: some register their tools only there.
fn start_servers(interp: &mut Interp<'_>) {
    for (lifespan, server) in std::mem::take(&mut interp.lifespans) {
        interp.call(&lifespan, Args::of(vec![server]), None);
    }
}

/// Whether any server has something to list.
fn registered(interp: &Interp<'_>) -> bool {
    interp.servers.iter().any(|server| {
        !server.registered.borrow().is_empty()
            || !server.table().is_empty()
            || server.document.borrow().is_some()
            || server.handlers.borrow().iter().any(|(name, _)| name.starts_with("list_"))
    })
}

fn start_at(interp: &mut Interp<'_>, start: &entry::Start) {
    if start.function.is_none() {
        interp.main = Some(start.module);
    }
    interp.load(start.module);
    interp.main = None;
    if let Some(path) = &start.function {
        let mut value = Value::Module(start.module);
        for name in path.split('.') {
            value = interp.get_attr(&value, name);
        }
        interp.call(&value, Args::default(), None);
    }
}

/// Runs functions and classes that nobody called and that look as if they set a server up: subcommands, callbacks, factories.
fn call_leftovers(interp: &mut Interp<'_>) {
    const WORDS: &[&str] = &[
        ".tool(",
        ".tool\n",
        "list_tools",
        "FastMCP(",
        "MCPServer(",
        " Server(",
        "add_tool(",
        "call_tool",
        "register",
        ".prompt(",
        ".resource(",
    ];
    let mut modules: Vec<ModuleId> = interp.loaded.iter().copied().collect();
    modules.sort_unstable();
    for module in modules {
        let source = interp.machine.program.module(module);
        for (index, function) in source.functions.iter().enumerate() {
            let reference = hub_engine::FunctionRef {
                module,
                function: hub_syntax::ir::FnId(index as u32),
            };
            if function.parent.is_some() || function.class.is_some() || interp.machine.calls.runs(reference) > 0 {
                continue;
            }
            let text = source.text(function.span);
            let Some(name) = function.name else { continue };
            if !WORDS.iter().any(|word| text.contains(word)) {
                continue;
            }
            let value = interp.get_attr(&Value::Module(module), source.str(name));
            if matches!(value, Value::Func(_)) {
                interp.call(&value, Args::default(), None);
            }
        }
        if registered(interp) {
            continue;
        }
        for class in &source.classes {
            let Some(name) = class.name.filter(|_| class.parent.is_none()) else {
                continue;
            };
            let text = source.text(class.span);
            if WORDS.iter().any(|word| text.contains(word)) {
                let value = interp.get_attr(&Value::Module(module), source.str(name));
                if matches!(value, Value::Class(_)) {
                    interp.call(&value, Args::default(), None);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
