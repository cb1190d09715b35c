//! Which code is the server's own: what its authors wrote and a user runs.

use crate::apart::is_apart;
use hub_engine::Context;
use hub_engine::taint::OutsideCall;
use hub_syntax::ModuleId;
use hub_syntax::ir::Module;

/// A file larger than this is a bundle: mostly the code of others.
const MAX_OWN_BYTES: usize = 400_000;

/// No test, no example, no dependency, no bundle, and loaded by the package's entry points where those are known.
pub(crate) fn is_own(cx: &Context<'_>, id: ModuleId, module: &Module) -> bool {
    let live = cx.facts.is_none_or(|f| f.live_modules.is_empty() || f.live_modules.contains(&id));
    live && module.source.len() <= MAX_OWN_BYTES && is_own_path(module.path.as_str())
}

fn is_own_path(path: &str) -> bool {
    !is_apart(path) && !path.starts_with(hub_model::DEPENDENCY_FOLDER)
}

/// The server's own modules, in order.
pub(crate) fn own_modules<'c>(cx: &Context<'c>) -> Vec<(ModuleId, &'c Module)> {
    cx.program
        .map(|p| p.iter().filter(|(id, m)| is_own(cx, *id, m)).collect())
        .unwrap_or_default()
}

/// Calls of outside functions in the server's own modules; in a bundle those that some handler runs.
pub(crate) fn own_calls<'c>(cx: &Context<'c>) -> Vec<(&'c OutsideCall, &'c Module)> {
    let (Some(flows), Some(program)) = (cx.flows, cx.program) else {
        return Vec::new();
    };
    flows
        .calls
        .iter()
        .filter_map(|call| {
            let module = program.module(call.module);
            let run = || {
                call.function.is_some_and(|function| {
                    flows
                        .reached
                        .binary_search(&hub_engine::FunctionRef {
                            module: call.module,
                            function,
                        })
                        .is_ok()
                })
            };
            (is_own(cx, call.module, module) || is_own_path(module.path.as_str()) && run()).then_some((call, module))
        })
        .collect()
}
