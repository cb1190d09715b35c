//! The frameworks' servers: what they are made of, and what is registered on them.

use super::dialect::run::Interp;
use super::dialect::value::{Args, Name, Value, last, root};
use hub_engine::eval::Condition;
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Whose server it is: names, descriptions and schemas differ in detail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// `FastMCP` of the package `fastmcp`.
    FastMcp,
    /// `FastMCP` of the official SDK, version 1.
    Sdk1,
    /// `MCPServer` of the official SDK, version 2.
    Sdk2,
    /// `Server`: the program answers the list requests itself.
    LowLevel,
}

/// The framework class of that dotted name.
pub(super) fn kind_of(path: &str) -> Option<Kind> {
    match (root(path), last(path)) {
        ("fastmcp", "FastMCP" | "LocalProvider" | "FastMCPProvider") => Some(Kind::FastMcp),
        ("mcp", "FastMCP") => Some(Kind::Sdk1),
        ("mcp", "MCPServer") => Some(Kind::Sdk2),
        ("mcp", "Server") => Some(Kind::LowLevel),
        _ => None,
    }
}

/// Modules known here by what they do, also where the tree holds a copy of them.
pub(super) fn is_framework(specifier: &str) -> bool {
    let mut parts = specifier.split('.');
    match (parts.next().unwrap_or(""), parts.next()) {
        ("fastmcp" | "mcp_types" | "pydantic" | "pydantic_core" | "typing_extensions", _) => true,
        // A package of the program's own may be called `mcp`.
        ("mcp", Some(part)) => matches!(part, "server" | "types" | "client" | "shared" | "cli"),
        _ => false,
    }
}

/// The dotted name of a framework's module, when the path lies in a vendored copy of it.
pub(super) fn vendored(path: &str) -> Option<String> {
    let path = path.strip_suffix(".py").unwrap_or(path);
    let path = path.strip_suffix("/__init__").unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().position(|part| {
        matches!(
            part.trim_start_matches('_'),
            "vendor" | "vendored" | "third_party" | "thirdparty" | "extern" | "libs"
        )
    })?;
    let inner = parts.get(at + 1..)?.join(".");
    is_framework(&inner).then_some(inner)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Tool,
    Prompt,
    Resource,
    /// A route of the server's own HTTP endpoint.
    Route,
}

/// A decorator of `fastmcp` that marks a function without a server.
pub(super) fn marks(path: &str) -> bool {
    root(path) == "fastmcp" && matches!(last(path), "tool" | "prompt" | "resource") && path.contains('.')
}

/// Something registered.
pub(super) struct Registered {
    pub(super) what: What,
    /// A function, or an object that describes itself.
    pub(super) item: Value,
    /// Arguments of the decorator or call, without the item.
    pub(super) args: Args,
    pub(super) at: Option<(ModuleId, ExprId)>,
    pub(super) rule: &'static str,
    /// What has to hold for it to be registered, where it is not known to.
    pub(super) when: Option<Condition>,
}

/// A decorator that waits for its function.
pub(super) struct Decorating {
    pub(super) server: Rc<Server>,
    /// None: a handler of list or call requests, by the method's name.
    pub(super) what: Option<What>,
    pub(super) name: Name,
    pub(super) args: Args,
    pub(super) at: Option<(ModuleId, ExprId)>,
}

/// Tools that come from a document.
pub(super) struct Document {
    pub(super) spec: Value,
    /// Made after the evaluation had to leave something out: the program may not have finished changing it.
    pub(super) unfinished: bool,
    pub(super) args: Args,
    pub(super) at: Option<(ModuleId, ExprId)>,
}

pub(super) struct Server {
    pub(super) kind: Kind,
    pub(super) at: Option<(ModuleId, ExprId)>,
    /// Constructor arguments.
    pub(super) made_with: RefCell<Args>,
    pub(super) registered: RefCell<Vec<Registered>>,
    /// `list_tools`, `call_tool`, … and the functions that answer them.
    pub(super) handlers: RefCell<Vec<(Name, Value)>>,
    pub(super) mounts: RefCell<Vec<(Option<Value>, Rc<Server>)>>,
    /// It is served through another one.
    pub(super) mounted: Cell<bool>,
    /// Not a server we saw being made: a method was called on something unknown.
    pub(super) assumed: bool,
    pub(super) document: RefCell<Option<Document>>,
    /// Whose tools are not listed.
    hidden_tags: RefCell<Vec<Rc<str>>>,
    hidden_names: RefCell<Vec<Rc<str>>>,
    /// fastmcp 3: what changes the list before it is answered.
    pub(super) transforms: RefCell<Vec<Value>>,
    attrs: RefCell<FxHashMap<Name, Value>>,
}

impl Server {
    pub(super) fn new(kind: Kind, at: Option<(ModuleId, ExprId)>) -> Self {
        Self {
            kind,
            at,
            made_with: RefCell::default(),
            registered: RefCell::default(),
            handlers: RefCell::default(),
            mounts: RefCell::default(),
            mounted: Cell::new(false),
            assumed: false,
            document: RefCell::default(),
            hidden_tags: RefCell::default(),
            hidden_names: RefCell::default(),
            transforms: RefCell::default(),
            attrs: RefCell::default(),
        }
    }

    pub(super) fn set_attr(&self, name: &Name, value: Value) {
        self.attrs.borrow_mut().insert(name.clone(), value);
    }

    pub(super) fn get_attr(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.attrs.borrow().get(name) {
            return Some(value.clone());
        }
        if name == "_tools" {
            // The SDK's own table of tools, which some programs write to.
            let table = Value::dict(super::dialect::value::Entries::default(), false);
            self.attrs.borrow_mut().insert(name.into(), table.clone());
            return Some(table);
        }
        let made = self.made_with.borrow();
        match name {
            "name" => made.arg(0, "name").cloned(),
            "instructions" | "version" | "title" => made.kw(name).cloned(),
            _ => None,
        }
    }

    /// Whether the server keeps a tool from being listed, whatever the environment.
    pub(super) fn hides(&self, name: &str, tags: &[Value]) -> bool {
        let hidden = self.hidden_tags.borrow();
        self.hidden_names.borrow().iter().any(|hidden| &**hidden == name)
            || tags.iter().filter_map(Value::certain_text).any(|tag| hidden.contains(&tag))
    }

    /// What was put into the SDK's table of tools directly.
    pub(super) fn table(&self) -> Vec<Value> {
        match self.attrs.borrow().get("_tools") {
            Some(Value::Dict(dict)) => dict.entries.borrow().iter().map(|(_, tool)| tool.clone()).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn register(&self, what: What, item: Value, args: Args, at: Option<(ModuleId, ExprId)>, rule: &'static str) {
        self.register_when(None, what, item, args, at, rule);
    }

    fn register_when(
        &self,
        when: Option<Condition>,
        what: What,
        item: Value,
        args: Args,
        at: Option<(ModuleId, ExprId)>,
        rule: &'static str,
    ) {
        const MAX: usize = 20_000;
        let mut registered = self.registered.borrow_mut();
        if registered.len() < MAX {
            registered.push(Registered {
                what,
                item,
                args,
                at,
                rule,
                when,
            });
        }
    }
}

fn without_first(args: Args) -> Args {
    Args {
        pos: args.pos.into_iter().skip(1).collect(),
        ..args
    }
}

impl<'a> Interp<'a> {
    pub(super) fn make_server(&mut self, kind: Kind, args: &Args, at: Option<(ModuleId, ExprId)>) -> Value {
        let server = Rc::new(Server::new(kind, at));
        self.servers.push(server.clone());
        self.init_server(&server, args);
        Value::Server(server)
    }

    pub(super) fn init_server(&mut self, server: &Rc<Server>, args: &Args) {
        *server.made_with.borrow_mut() = args.clone();
        for (name, value) in &args.kw {
            if let Some(handler) = name.strip_prefix("on_") {
                server.handlers.borrow_mut().push((handler.into(), value.clone()));
            }
        }
        if let Some(lifespan) = args
            .kw("lifespan")
            .filter(|lifespan| matches!(lifespan, Value::Func(_) | Value::Method(_)))
        {
            self.lifespans.push((lifespan.clone(), Value::Server(server.clone())));
        }
        if let Some(tools) = args.kw("tools") {
            let (items, open) = self.iterate(&tools.clone());
            for item in items {
                server.register(What::Tool, item, Args::default(), server.at, "py-tools-argument");
            }
            if let (true, Some((module, expr))) = (open, server.at) {
                let span = self.machine.program.module(module).expr(expr).span;
                self.gap(
                    module,
                    span,
                    "a list of tools given to a server",
                    "the list is known only at run time",
                );
            }
        }
        if let Some(tags) = args.kw("exclude_tags") {
            let (tags, _) = self.iterate(&tags.clone());
            server.hidden_tags.borrow_mut().extend(tags.iter().filter_map(Value::certain_text));
        }
        if let Some(transforms) = args.kw("transforms") {
            let (transforms, _) = self.iterate(&transforms.clone());
            server.transforms.borrow_mut().extend(transforms);
        }
        if let Some(providers) = args.kw("providers") {
            let (items, _) = self.iterate(&providers.clone());
            for item in items {
                if let Some(sub) = as_server(&item) {
                    sub.mounted.set(true);
                    server.mounts.borrow_mut().push((None, sub));
                }
            }
        }
    }

    pub(super) fn server_method(&mut self, server: &Rc<Server>, name: &str, mut args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        let when = self.machine.conditions.last().copied();
        let what = match name {
            "tool" => Some(What::Tool),
            "prompt" => Some(What::Prompt),
            "resource" | "resource_template" => Some(What::Resource),
            "custom_route" | "route" => Some(What::Route),
            _ => None,
        };
        if let Some(what) = what {
            // The first parameter by its name: a name, or the function.
            if let Some(at) = args.kw.iter().position(|(name, _)| &**name == "name_or_fn") {
                args.pos.insert(0, args.kw.remove(at).1);
            }
            let given = args.pos.first().cloned();
            if let Some(item) = given.filter(Value::is_function) {
                let rule = if what == What::Tool { "py-tool-decorator" } else { "py-decorator" };
                server.register_when(when, what, item.clone(), without_first(args), at, rule);
                return item;
            }
            if let Some(item) = args.kw("fn").cloned() {
                server.register_when(when, what, item.clone(), args, at, "py-tool-decorator");
                return item;
            }
            return Value::Decorating(Rc::new(Decorating {
                server: server.clone(),
                what: Some(what),
                name: name.into(),
                args,
                at,
            }));
        }
        match name {
            "add_tool"
            | "add_tool_from_fn"
            | "register_tool"
            | "add_prompt"
            | "add_prompt_from_fn"
            | "add_resource"
            | "add_resource_fn"
            | "add_template"
            | "add_resource_template" => {
                let what = match name {
                    "add_prompt" | "add_prompt_from_fn" => What::Prompt,
                    "add_tool" | "add_tool_from_fn" | "register_tool" => What::Tool,
                    _ => What::Resource,
                };
                let (item, args) = match args.pos.first().cloned() {
                    Some(item) => (item, without_first(args)),
                    None => {
                        let key = ["fn", "tool", "prompt", "resource", "template", "func"]
                            .into_iter()
                            .find(|key| args.kw(key).is_some());
                        let Some(item) = key.and_then(|key| args.kw(key)).cloned() else {
                            return Value::None;
                        };
                        (item, args)
                    }
                };
                server.register_when(when, what, item.clone(), args, at, "py-add-call");
                item
            }
            "list_tools"
            | "call_tool"
            | "list_prompts"
            | "get_prompt"
            | "list_resources"
            | "read_resource"
            | "list_resource_templates"
            | "completion"
            | "set_logging_level"
            | "subscribe_resource" => {
                if let Some(handler) = args.pos.first().filter(|value| value.is_function()) {
                    server.handlers.borrow_mut().push((name.into(), handler.clone()));
                    return handler.clone();
                }
                Value::Decorating(Rc::new(Decorating {
                    server: server.clone(),
                    what: None,
                    name: name.into(),
                    args,
                    at,
                }))
            }
            "add_request_handler" | "set_request_handler" | "register_handler" => {
                let key = args.pos.first().cloned().unwrap_or(Value::None);
                let handler = args.arg(2, "handler").or_else(|| args.pos.last()).cloned();
                if let Some(handler) = handler {
                    self.add_handler(server, &key, handler);
                }
                Value::None
            }
            "mount" | "import_server" | "add_provider" | "include_server" => {
                let all: Vec<&Value> = args
                    .pos
                    .iter()
                    .chain(
                        args.kw
                            .iter()
                            .filter(|(n, _)| &**n == "server" || &**n == "provider")
                            .map(|(_, v)| v),
                    )
                    .collect();
                let sub = all.iter().find_map(|value| as_server(value));
                let prefix = args
                    .kw("prefix")
                    .or_else(|| args.kw("namespace"))
                    .or_else(|| args.pos.iter().find(|value| value.as_str().is_some()))
                    .cloned();
                if let Some(Value::Made(provider)) = args.pos.first().map(Value::plain)
                    && provider.name().ends_with("SkillsDirectoryProvider")
                {
                    self.add_skills(server, &provider.args, at);
                } else if let Some(sub) = sub
                    && !Rc::ptr_eq(&sub, server)
                {
                    sub.mounted.set(true);
                    server.mounts.borrow_mut().push((prefix.filter(|p| !matches!(p, Value::None)), sub));
                } else if let Some((module, expr)) = at {
                    let span = self.machine.program.module(module).expr(expr).span;
                    self.gap(module, span, "a mounted server", "which server it is, is known only at run time");
                }
                Value::None
            }
            "remove_tool" => {
                if let (Some(Value::Str(name)), 0) = (args.arg(0, "name"), self.machine.uncertain) {
                    self.remove_tool(server, name);
                }
                Value::None
            }
            "add_transform" if self.machine.uncertain == 0 => {
                server.transforms.borrow_mut().extend(args.arg(0, "transform").cloned());
                Value::None
            }
            // fastmcp 3: `mcp.disable(tags={"internal"})`.
            "disable" if self.machine.uncertain == 0 => {
                for (key, hidden) in [("tags", &server.hidden_tags), ("names", &server.hidden_names)] {
                    let items = args.kw(key).cloned().map(|items| self.iterate(&items).0);
                    hidden
                        .borrow_mut()
                        .extend(items.unwrap_or_default().iter().filter_map(Value::certain_text));
                }
                Value::None
            }
            "http_app" | "streamable_http_app" | "sse_app" => Value::unknown("a web application"),
            "get_capabilities" | "create_initialization_options" => Value::unknown("options"),
            _ => Value::unknown(format!("the result of a server's `{name}`")),
        }
    }

    /// Takes a tool back that was registered under that name before.
    fn remove_tool(&self, server: &Server, name: &str) {
        let named = |one: &Registered| {
            let given = one.args.kw("name").or_else(|| one.args.pos.first()).and_then(Value::as_str);
            let own = match &one.item {
                Value::Func(func) => self.function_name(func),
                Value::Method(method) => self.function_name(&method.1),
                _ => None,
            };
            given.or(own).is_some_and(|own| &*own == name)
        };
        server.registered.borrow_mut().retain(|one| one.what != What::Tool || !named(one));
    }

    /// Folders with a `SKILL.md` in the tree, served as resources.
    fn add_skills(&mut self, server: &Rc<Server>, args: &Args, at: Option<(ModuleId, ExprId)>) {
        let roots = args.arg(0, "roots").cloned().unwrap_or(Value::None);
        let roots = match roots.plain() {
            list @ Value::List(_) => self.iterate(&list).0,
            one => vec![one],
        };
        let all_files = args
            .kw("supporting_files")
            .and_then(Value::as_str)
            .is_some_and(|mode| &*mode == "resources");
        let mut uris: Vec<String> = Vec::new();
        for root in roots.iter().filter_map(|root| self.as_path(root)) {
            for folder in self.list_folder(&root) {
                if self.read_file(&format!("{folder}/SKILL.md")).is_none() {
                    continue;
                }
                let name = folder.rsplit('/').next().unwrap_or(&folder);
                uris.push(format!("skill://{name}/SKILL.md"));
                uris.push(format!("skill://{name}/_manifest"));
                let files = self.files.below(&folder);
                if all_files {
                    uris.extend(
                        files
                            .filter(|file| *file != "SKILL.md")
                            .map(|file| format!("skill://{name}/{file}")),
                    );
                } else {
                    uris.push(format!("skill://{name}/{{path*}}"));
                }
            }
        }
        for uri in uris {
            let name = uri.trim_start_matches("skill://").to_owned();
            let kw = vec![("uri".into(), Value::str(uri)), ("name".into(), Value::str(name))];
            let item = self.made("fastmcp.resources.Resource", Args { kw, ..Args::default() }, at);
            server.register(What::Resource, item, Args::default(), at, "py-skills-provider");
        }
    }

    /// `server.request_handlers[ListToolsRequest] = handler`.
    pub(super) fn set_handler(&mut self, bound: &Rc<(Value, Name)>, key: &Value, handler: Value) {
        if let (Value::Server(server), "request_handlers") = (&bound.0, &*bound.1) {
            self.add_handler(&server.clone(), key, handler);
        }
    }

    fn add_handler(&mut self, server: &Rc<Server>, key: &Value, handler: Value) {
        let name = match key.plain() {
            Value::External(path) => last(&path).to_owned(),
            Value::Str(method) => method.to_string(),
            _ => return,
        };
        let name = match name.as_str() {
            "ListToolsRequest" | "tools/list" => "list_tools",
            "CallToolRequest" | "tools/call" => "call_tool_request",
            "ListPromptsRequest" | "prompts/list" => "list_prompts",
            "ListResourcesRequest" | "resources/list" => "list_resources",
            "ListResourceTemplatesRequest" | "resources/templates/list" => "list_resource_templates",
            _ => return,
        };
        server.handlers.borrow_mut().push((name.into(), handler));
    }

    pub(super) fn finish_decorating(&mut self, decorating: &Rc<Decorating>, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        let Some(target) = args.pos.first().cloned() else {
            return Value::unknown("a decorator without a function");
        };
        let at = decorating.at.or(at);
        match decorating.what {
            Some(what) => {
                let rule = match what {
                    What::Tool => "py-tool-decorator",
                    What::Prompt => "py-prompt-decorator",
                    What::Resource => "py-resource-decorator",
                    What::Route => "py-route-decorator",
                };
                let when = self.machine.conditions.last().copied();
                decorating
                    .server
                    .register_when(when, what, target.clone(), decorating.args.clone(), at, rule);
            }
            None => decorating
                .server
                .handlers
                .borrow_mut()
                .push((decorating.name.clone(), target.clone())),
        }
        target
    }

    /// A method called on something unknown that only a server is likely to have.
    pub(super) fn unknown_method(&mut self, name: &str, args: Args, at: Option<(ModuleId, ExprId)>) -> Value {
        let server = match self.servers.iter().find(|server| server.assumed) {
            Some(server) => server.clone(),
            None => {
                let server = Rc::new(Server {
                    assumed: true,
                    ..Server::new(Kind::FastMcp, None)
                });
                self.servers.push(server.clone());
                server
            }
        };
        self.server_method(&server, name, args, at)
    }

    /// Functions of the frameworks that matter beside the constructors.
    pub(super) fn call_framework(&mut self, path: &Rc<str>, args: &Args, at: Option<(ModuleId, ExprId)>) -> Option<Value> {
        if !matches!(root(path), "mcp" | "fastmcp" | "mcp_types") {
            return None;
        }
        match last(path) {
            "from_openapi" => {
                let server = Rc::new(Server::new(Kind::FastMcp, at));
                *server.made_with.borrow_mut() = Args {
                    kw: args.kw.clone(),
                    ..Args::default()
                };
                let spec = args.arg(0, "openapi_spec").cloned().unwrap_or_else(|| Value::unknown("a document"));
                *server.document.borrow_mut() = Some(Document {
                    spec,
                    unfinished: self.machine.ran_out,
                    args: args.clone(),
                    at,
                });
                self.servers.push(server.clone());
                Some(Value::Server(server))
            }
            "from_fastapi" | "as_proxy" | "create_proxy" => {
                if let Some((module, expr)) = at {
                    let span = self.machine.program.module(module).expr(expr).span;
                    let reason = if last(path) == "from_fastapi" {
                        "its routes become tools at run time"
                    } else {
                        "its tools are those of another server"
                    };
                    self.gap(module, span, last(path), reason);
                }
                Some(self.make_server(
                    Kind::FastMcp,
                    &Args {
                        kw: args.kw.clone(),
                        ..Args::default()
                    },
                    at,
                ))
            }
            // `from fastmcp.tools import tool`: marks a function, to be added later.
            "tool" | "prompt" | "resource" => {
                let marked = args.pos.first().cloned().filter(Value::is_function);
                match marked {
                    Some(target) => {
                        self.set_attr(&target, "__fastmcp__".into(), Value::Bool(true), false);
                        Some(target)
                    }
                    None => Some(self.made(path, args.clone(), at)),
                }
            }
            _ => None,
        }
    }
}

/// The server in a value, or behind an object of a class that builds on one.
pub(super) fn as_server(value: &Value) -> Option<Rc<Server>> {
    match value.plain() {
        Value::Server(server) => Some(server),
        Value::Instance(instance) => instance.server.borrow().clone(),
        _ => None,
    }
}
