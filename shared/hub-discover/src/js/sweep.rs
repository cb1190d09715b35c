//! Registration calls that no run came by: the functions around them are run on their own.

use super::Reader;
use hub_engine::eval::js::{Kind, Value};
use hub_syntax::ir::{ClassId, Exported, ExprId, ExprKind, FnId, Imported, Module};
use hub_syntax::{BindingId, BindingKind, ModuleId, Scopes, Written};
use rustc_hash::FxHashMap;

/// Method names that register something.
const SITES: &[&str] = &[
    "tool",
    "registerTool",
    "registerToolTask",
    "addTool",
    "registerAppTool",
    "setRequestHandler",
    "registerPrompt",
    "registerResource",
    "addResource",
    "addResourceTemplate",
    "addPrompt",
    "addTools",
];
/// Names that many other libraries use as well: only with a name and a function.
const AMBIGUOUS: &[&str] = &["prompt", "resource"];
/// Most functions that are run on their own.
const MAX_RUNS: usize = 400;

/// Runs what holds unvisited registration calls in these modules, and reads what that registers.
pub(super) fn sweep(reader: &mut Reader<'_, '_>, modules: &[ModuleId], read: &mut usize) {
    let mut runs = 0;
    let mut callers = None;
    for id in modules {
        let module = reader.eval.module(*id);
        if !module.language.is_script() || super::entry::is_test_path(crate::inside(reader.snapshot, module.path.as_str())) {
            continue;
        }
        for expr in sites(module) {
            if reader.eval.was_visited(*id, expr) {
                continue;
            }
            let scopes = reader.eval.scopes(*id);
            let Some(function) = scopes.function_of_expr(expr) else { continue };
            // Inside of the SDK's own classes, carried along in a bundle.
            if enclosing(module, function).any(|f| module.function(f).class.is_some_and(|c| is_sdk_class(module, c))) {
                continue;
            }
            let callers = callers.get_or_insert_with(|| Callers::of(reader, modules));
            // From the outside in: who calls the caller of the caller, first.
            let chain = callers.chain((*id, function));
            for (module, function) in chain {
                if runs >= MAX_RUNS || reader.eval.is_spent() {
                    reader.read_events(read);
                    return;
                }
                if reader.eval.was_visited(*id, expr) {
                    break;
                }
                if reader.eval.times_run(module, function) == 0 {
                    runs += 1;
                    run_alone(reader, module, function);
                }
            }
        }
        reader.read_events(read);
    }
    reader.read_events(read);
}

/// A function and those it is written in, from the inside out.
fn enclosing(module: &Module, function: FnId) -> impl Iterator<Item = FnId> {
    std::iter::successors(Some(function), |f| module.function(*f).parent)
}

type Node = (ModuleId, FnId);

/// Which functions name which: an estimate of who calls whom.
struct Callers {
    of: FxHashMap<Node, Vec<Node>>,
}

impl Callers {
    fn of(reader: &mut Reader<'_, '_>, modules: &[ModuleId]) -> Self {
        let mut of: FxHashMap<Node, Vec<Node>> = FxHashMap::default();
        for id in modules {
            let module = reader.eval.module(*id);
            if !module.language.is_script() {
                continue;
            }
            let scopes = reader.eval.scopes(*id);
            for (i, function) in module.functions.iter().enumerate() {
                if let Some(parent) = function.parent {
                    of.entry((*id, FnId(i as u32))).or_default().push((*id, parent));
                }
            }
            for i in 0..module.exprs.len() {
                let expr = ExprId(i as u32);
                let (Some(binding), Some(from)) = (scopes.binding_of(expr), scopes.function_of_expr(expr)) else {
                    continue;
                };
                let target = match scopes.binding(binding).kind {
                    BindingKind::Import { import, name } => {
                        let import = &module.imports[import as usize];
                        let (Some(target), Imported::Name(name)) = (
                            reader.eval.resolve(*id, module.str(import.specifier)),
                            import.names[name as usize].imported,
                        ) else {
                            continue;
                        };
                        let other = reader.eval.module(target);
                        let local = other.exports.iter().find_map(|e| match (e.exported, e.what) {
                            (Some(exported), Exported::Local(local)) if other.str(exported) == module.str(name) => Some(local),
                            _ => None,
                        });
                        let scopes = reader.eval.scopes(target);
                        local
                            .and_then(|l| scopes.top_level(l))
                            .and_then(|b| function_of(other, scopes, b))
                            .map(|f| (target, f))
                    }
                    _ => function_of(module, scopes, binding).map(|f| (*id, f)),
                };
                if let Some(target) = target
                    && target != (*id, from)
                {
                    let list = of.entry(target).or_default();
                    if list.len() < 16 && !list.contains(&(*id, from)) {
                        list.push((*id, from));
                    }
                }
            }
        }
        Self { of }
    }

    /// Functions that lead to one, the furthest first, itself last.
    fn chain(&self, start: Node) -> Vec<Node> {
        let mut seen = vec![start];
        let mut next = 0;
        while next < seen.len() && seen.len() < 48 {
            for caller in self.of.get(&seen[next]).into_iter().flatten() {
                if !seen.contains(caller) {
                    seen.push(*caller);
                }
            }
            next += 1;
        }
        seen.reverse();
        seen
    }
}

/// The function a name stands for.
fn function_of(module: &Module, scopes: &Scopes, binding: BindingId) -> Option<FnId> {
    match scopes.sole_definition(binding)?.value {
        Written::Function(f) => Some(f),
        Written::Value { value, op: None } => match module.expr(value).kind {
            ExprKind::Function(f) => Some(f),
            _ => None,
        },
        _ => None,
    }
}

fn sites(module: &Module) -> Vec<ExprId> {
    let mut out = Vec::new();
    for (i, expr) in module.exprs.iter().enumerate() {
        let ExprKind::Call { callee, args, new: false } = &expr.kind else {
            continue;
        };
        let (name, member) = match &module.expr(*callee).kind {
            ExprKind::Member { property, .. } => (module.str(*property), true),
            ExprKind::Ident(name) => (module.str(*name), false),
            _ => continue,
        };
        let strong = SITES.contains(&name) && (member || name != "tool");
        let weak = member && AMBIGUOUS.contains(&name) && args.len() >= 3;
        if (strong || weak) && !args.is_empty() {
            out.push(ExprId(i as u32));
        }
    }
    out
}

fn is_sdk_class(module: &Module, class: ClassId) -> bool {
    let names: Vec<&str> = module
        .class(class)
        .members
        .iter()
        .filter_map(|m| match m.key {
            hub_syntax::ir::Key::Name(n) => Some(module.str(n)),
            hub_syntax::ir::Key::Computed(_) => None,
        })
        .collect();
    [
        "setToolRequestHandlers",
        "_onrequest",
        "_oninitialize",
        "assertCanSetRequestHandler",
    ]
    .iter()
    .any(|n| names.contains(n))
}

/// Runs a function with arguments that are not known; a method on an instance of its class.
fn run_alone(reader: &mut Reader<'_, '_>, module: ModuleId, function: FnId) {
    let ir = reader.eval.module(module);
    if let Some(class) = ir.function(function).class {
        let Some(name) = ir.class(class).name.map(|n| ir.str(n)) else {
            return;
        };
        let Some(value) = reader.eval.global(module, name) else { return };
        if !matches!(reader.eval.object_of(&value).map(|o| &o.kind), Some(Kind::Class(_))) {
            return;
        }
        let instance = reader.eval.construct_unknown(&value);
        let Some(method) = ir.function(function).name.map(|n| ir.str(n)) else {
            return;
        };
        let method_value = reader.eval.get(&instance, method);
        let method_value = if reader.eval.closure(&method_value).is_some() {
            method_value
        } else {
            reader.eval.get(&value, method)
        };
        let args = reader.eval.unknown_args(&method_value);
        reader.eval.call(&method_value, instance, args);
        return;
    }
    let value = reader.eval.function_value(module, function);
    let args = reader.eval.unknown_args(&value);
    reader.eval.call(&value, Value::Undefined, args);
}
