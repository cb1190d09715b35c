//! Last resort: classes that look like tools of a server whose own way of registering them was not understood.

use super::dialect::class::class_lookup;
use super::dialect::run::Interp;
use super::dialect::value::{Args, Class, Value};
use super::server::{Kind, Server, What};
use hub_syntax::ModuleId;
use hub_syntax::ir::Language;
use std::rc::Rc;

/// Methods by which such classes do their work.
const HANDLERS: &[&str] = &["apply", "execute", "run", "call", "invoke", "handle", "forward"];
/// Where they keep their name: attributes, or methods that need no instance or any.
const NAMES: &[&str] = &["name", "tool_name", "get_name", "get_tool_name", "get_name_from_cls"];
/// Most classes that are looked at.
const MAX_CLASSES: usize = 2_000;

/// Registers the concrete classes under a base called `…Tool`, when the program has a server that nothing was registered with.
pub(super) fn register_tool_classes(interp: &mut Interp<'_>) {
    if !makes_servers(interp) {
        return;
    }
    let mut bases: Vec<Rc<Class>> = Vec::new();
    let mut modules: Vec<ModuleId> = interp.loaded.iter().copied().collect();
    modules.sort_unstable();
    for module in modules {
        let source = interp.machine.program.module(module);
        if source.language != Language::Python || super::entry::is_apart(crate::inside(interp.snapshot, source.path.as_str())) {
            continue;
        }
        for class in source.classes.iter().filter(|class| class.parent.is_none()) {
            let Some(name) = class.name.map(|name| source.str(name)).filter(|name| name.ends_with("Tool")) else {
                continue;
            };
            if let Value::Class(class) = interp.get_attr(&Value::Module(module), name)
                && class.subclasses.borrow().len() > 1
            {
                bases.push(class);
            }
        }
    }
    let mut found: Vec<(Value, String)> = Vec::new();
    let mut seen: Vec<Rc<Class>> = Vec::new();
    let mut queue: Vec<Value> = bases.iter().flat_map(|base| base.subclasses.borrow().clone()).collect();
    while let Some(Value::Class(class)) = queue.pop() {
        if seen.len() >= MAX_CLASSES || interp.machine.steps_left == 0 {
            break;
        }
        if seen.iter().any(|known| Rc::ptr_eq(known, &class)) {
            continue;
        }
        seen.push(class.clone());
        queue.extend(class.subclasses.borrow().iter().cloned());
        let own = HANDLERS
            .iter()
            .find(|handler| class.get(handler).is_some_and(|value| value.is_function()));
        let Some(handler) = own else { continue };
        if let Some((item, name)) = tool_of(interp, &class, handler) {
            found.push((item, name));
        }
    }
    if found.len() < 2 {
        return;
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    let server = match interp.servers.first() {
        Some(server) => server.clone(),
        None => {
            let server = Rc::new(Server::new(Kind::Sdk1, None));
            interp.servers.push(server.clone());
            server
        }
    };
    for (item, name) in found {
        let args = Args {
            kw: vec![("name".into(), Value::str(name))],
            ..Args::default()
        };
        server.register(What::Tool, item, args, None, "py-tool-class");
    }
}

/// Whether anything in the program comes from a library that makes servers.
fn makes_servers(interp: &Interp<'_>) -> bool {
    !interp.servers.is_empty()
        || interp.machine.program.modules.iter().any(|module| {
            let specifiers = module.imports.iter().map(|import| module.str(import.specifier));
            module.language == Language::Python
                && !super::entry::is_apart(crate::inside(interp.snapshot, module.path.as_str()))
                && specifiers
                    .into_iter()
                    .any(|s| s.starts_with("mcp.server") || s == "fastmcp" || s.starts_with("fastmcp."))
        })
}

/// The handler bound to an instance, and the name of the tool.
fn tool_of(interp: &mut Interp<'_>, class: &Rc<Class>, handler: &str) -> Option<(Value, String)> {
    let instance = interp.call(
        &Value::Class(class.clone()),
        Args {
            open: true,
            ..Args::default()
        },
        None,
    );
    let name = NAMES.iter().find_map(|name| {
        class_lookup(class, name)?;
        let value = interp.get_attr(&instance, name);
        let value = if value.is_function() || matches!(value, Value::Bound(_)) {
            interp.call(&value, Args::default(), None)
        } else {
            value
        };
        value.as_str().map(|text| text.to_string())
    })?;
    let fits = !name.is_empty() && name.len() <= 128 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    let item = interp.get_attr(&instance, handler);
    (fits && item.is_function()).then_some((item, name))
}
