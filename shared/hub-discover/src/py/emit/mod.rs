//! What was registered becomes the inventory, and its handlers become entry points.

mod handlers;
mod prompts;
mod resources;
mod tools;
mod transforms;

use super::dialect::run::Interp;
use super::dialect::value::{Args, Func, Name, Value};
use super::docstring;
use super::server::{Kind, Registered, Server, What};
use super::{DocStyle, Found};
use hub_engine::{ArgumentShape, EntryKind, EntryPoint, FunctionRef};
use hub_model::{Gap, Location, Resource, Tool};
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;
use hub_syntax::py::clean_doc;
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// A function with what is bound to it.
struct Callable {
    func: Rc<Func>,
    /// Its first parameter is the object it is a method of.
    bound: bool,
    /// Parameters given by `functools.partial`.
    given: Vec<Name>,
}

pub(super) struct Emitter<'i, 'a> {
    pub(super) interp: &'i mut Interp<'a>,
    pub(super) docs: DocStyle,
    pub(super) max_items: usize,
    pub(super) found: Found,
    /// A document was read that the program had finished with.
    pub(super) finished_document: bool,
    seen: FxHashSet<(u8, String)>,
}

impl<'i, 'a> Emitter<'i, 'a> {
    pub(super) fn new(interp: &'i mut Interp<'a>, docs: DocStyle, max_items: usize) -> Self {
        Self {
            interp,
            docs,
            max_items,
            found: Found::default(),
            finished_document: false,
            seen: FxHashSet::default(),
        }
    }

    /// Everything that the servers found would list.
    pub(super) fn run(mut self) -> Found {
        let servers = self.interp.servers.clone();
        for server in &servers {
            if !server.mounted.get() {
                self.server(server, &[], 0);
            }
        }
        self.found.inventory.gaps.append(&mut self.interp.gaps);
        self.found
    }

    fn server(&mut self, server: &Rc<Server>, prefixes: &[Rc<str>], depth: usize) {
        if depth > 8 {
            return;
        }
        let info = &mut self.found.inventory.server;
        let offers = !server.registered.borrow().is_empty()
            || !server.handlers.borrow().is_empty()
            || !server.mounts.borrow().is_empty()
            || server.document.borrow().is_some();
        if info.name.is_none() && !server.assumed && depth == 0 && offers {
            info.name = server.get_attr("name").and_then(|v| v.as_str()).map(|s| s.to_string());
            info.title = server.get_attr("title").and_then(|v| v.as_str()).map(|s| s.to_string());
            info.version = server.get_attr("version").and_then(|v| v.as_str()).map(|s| s.to_string());
            info.instructions = server.get_attr("instructions").and_then(|v| v.as_str()).map(|s| s.to_string());
        }
        let first = self.found.inventory.tools.len();
        let transforms = server.transforms.borrow().clone();
        let prefixes = &[prefixes, &Self::namespaces(&transforms)].concat()[..];
        let registered: Vec<Registered> = std::mem::take(&mut *server.registered.borrow_mut());
        for one in &registered {
            for item in one.item.alternatives() {
                match one.what {
                    What::Tool => self.tool(server, one, &item, prefixes),
                    What::Prompt => self.prompt(server, one, &item, prefixes),
                    What::Resource => self.resource(server, one, &item, prefixes),
                    What::Route => {
                        if let Some(callable) = self.callable(&item) {
                            self.entry(EntryKind::HttpRoute, "*", &callable, ArgumentShape::FirstParameter);
                        }
                    }
                }
            }
        }
        *server.registered.borrow_mut() = registered;
        for item in server.table() {
            for item in item.alternatives() {
                let one = Registered {
                    what: What::Tool,
                    item: item.clone(),
                    args: Args::default(),
                    at: server.at,
                    rule: "py-tool-table",
                    when: None,
                };
                self.tool(server, &one, &item, prefixes);
            }
        }
        let handlers: Vec<(Name, Value)> = server.handlers.borrow().clone();
        for (name, handler) in &handlers {
            self.handler(name, handler, prefixes);
        }
        let mounts: Vec<(Option<Value>, Rc<Server>)> = server.mounts.borrow().clone();
        for (prefix, sub) in mounts {
            let mut inner = prefixes.to_vec();
            inner.extend(prefix.and_then(|p| p.as_str()).filter(|p| !p.is_empty()));
            self.server(&sub, &inner, depth + 1);
        }
        let document = server.document.borrow_mut().take();
        if let Some(document) = document {
            super::openapi::emit(self, &document, prefixes);
        }
        self.apply_transforms(&transforms, first);
    }

    pub(super) fn location(&self, at: Option<(ModuleId, ExprId)>) -> Option<Location> {
        at.map(|(module, expr)| {
            let module = self.interp.machine.program.module(module);
            module.location(module.expr(expr).span)
        })
    }

    fn function_location(&self, func: &Func) -> Location {
        let module = self.interp.machine.program.module(func.module);
        let function = module.function(func.id);
        // The decorators belong to the declaration.
        module.location(function.span)
    }

    fn gap(&mut self, at: Option<Location>, what: &str, reason: &str) {
        if let Some(at) = at
            && self.found.inventory.gaps.len() < 500
            && !self.found.inventory.gaps.iter().any(|gap| gap.at == at && gap.what == what)
        {
            self.found.inventory.gaps.push(Gap {
                at,
                what: what.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }

    /// The function in a value.
    fn callable(&mut self, value: &Value) -> Option<Callable> {
        match value {
            Value::Func(func) => Some(Callable {
                func: func.clone(),
                bound: false,
                given: Vec::new(),
            }),
            Value::Method(method) => Some(Callable {
                func: method.1.clone(),
                bound: true,
                given: Vec::new(),
            }),
            Value::Made(made) if made.name() == "partial" => {
                let inner = made.args.pos.first()?.plain();
                let mut callable = self.callable(&inner)?;
                callable.given.extend(made.args.kw.iter().map(|(name, _)| name.clone()));
                let skip = usize::from(callable.bound);
                let names: Vec<Name> = self
                    .interp
                    .parameters(&callable.func)
                    .into_iter()
                    .map(|(name, _, _)| name)
                    .collect();
                callable.given.extend(names.into_iter().skip(skip).take(made.args.pos.len() - 1));
                Some(callable)
            }
            Value::Made(made) if matches!(made.name(), "staticmethod" | "classmethod") => {
                let inner = made.args.pos.first()?.plain();
                let mut callable = self.callable(&inner)?;
                callable.bound |= made.name() == "classmethod";
                Some(callable)
            }
            Value::Instance(instance) => match super::dialect::class::class_lookup(&instance.class, "__call__")?.0 {
                Value::Func(func) => Some(Callable {
                    func,
                    bound: true,
                    given: Vec::new(),
                }),
                _ => None,
            },
            Value::Likely(_) | Value::Choice(_) => {
                let plain = value.plain();
                self.callable(&plain)
            }
            _ => None,
        }
    }

    fn entry(&mut self, kind: EntryKind, name: &str, callable: &Callable, arguments: ArgumentShape) {
        let func = super::dialect::attr::innermost(&callable.func);
        let handler = FunctionRef {
            module: func.module,
            function: func.id,
        };
        let known = self
            .found
            .entry_points
            .iter()
            .any(|entry| entry.handler == handler && entry.kind == kind && entry.name == name);
        if !known && self.found.entry_points.len() < self.max_items {
            self.found.entry_points.push(EntryPoint {
                kind,
                name: name.to_owned(),
                handler,
                arguments,
            });
        }
    }

    fn first_time(&mut self, kind: u8, name: &str) -> bool {
        self.seen.len() < 3 * self.max_items && self.seen.insert((kind, name.to_owned()))
    }

    fn prefixed(prefixes: &[Rc<str>], name: &str) -> String {
        let mut out = String::new();
        for prefix in prefixes {
            out.push_str(prefix);
            out.push('_');
        }
        out + name
    }

    /// A docstring as the server would serve it, and what it says of parameters.
    fn doc(&mut self, func: &Rc<Func>, kind: Kind) -> docstring::Parsed {
        let Some(raw) = self.interp.function_doc_raw(func) else {
            return docstring::Parsed::default();
        };
        let clean = clean_doc(&raw);
        match (kind, self.docs) {
            (Kind::FastMcp, DocStyle::Split) => docstring::parse(&clean, false),
            (Kind::FastMcp, DocStyle::SplitParameters) => docstring::parse(&clean, true),
            _ => docstring::Parsed {
                description: clean,
                ..docstring::Parsed::default()
            },
        }
    }

    pub(super) fn push_tool(&mut self, tool: Tool) {
        if self.first_time(0, &tool.name.clone()) {
            self.found.inventory.tools.push(tool);
        } else if let Some(old) = self.found.inventory.tools.iter_mut().find(|old| old.name == tool.name) {
            crate::found::listed_again(old, &tool);
        }
    }

    pub(super) fn push_resource(&mut self, resource: Resource) {
        if self.first_time(2, &resource.uri.clone()) {
            self.found.inventory.resources.push(resource);
        }
    }

    /// An attribute of something that describes itself, under one of several names.
    fn field(&mut self, item: &Value, names: &[&str]) -> Option<Value> {
        for name in names {
            let value = match item {
                Value::Dict(dict) => dict.entries.borrow().get_str(name).cloned(),
                Value::Made(made) => made.attrs.borrow().get(*name).cloned().or_else(|| made.args.kw(name).cloned()),
                Value::Instance(instance) => {
                    let own = instance.attrs.borrow().get(*name).cloned();
                    own.or_else(|| super::dialect::class::class_lookup(&instance.class, name).map(|_| self.interp.get_attr(item, name)))
                }
                _ => None,
            };
            match value {
                Some(Value::Method(_) | Value::Func(_) | Value::Bound(_)) | None => {}
                Some(Value::Made(made)) if matches!(made.name(), "Field" | "field" | "property") => {}
                Some(value) => return Some(value),
            }
        }
        None
    }
}

/// Why a value is not known, in words.
pub(super) fn reason(value: &Value) -> String {
    match value {
        Value::Unknown(reason) => reason.to_string(),
        Value::Made(made) => format!("it is what `{}` makes", made.path),
        Value::External(path) => format!("it is `{path}` of a library"),
        Value::Choice(_) => "it depends on a condition at run time".to_owned(),
        Value::Bound(bound) => format!("it is a method `{}` that is not in the source", bound.1),
        other => format!("it is a {}", other.kind()),
    }
}
