//! Which functions answer web requests: routes of the frameworks, handler classes, plain servers.

use super::engine::Engine;
use super::value::Entity;
use super::web::{CALLS, CONTEXT_NAMES, DECORATORS, Handler, MAKERS, REQUEST_NAMES, Shape, VERBS};
use crate::{CodeFacts, FunctionRef};
use hub_syntax::ModuleId;
use hub_syntax::ir::{Arg, ExprId, ExprKind, FnId, Key, Language, MemberKind, Module, PatKind, Prop};
use std::collections::BTreeSet;

impl Engine<'_> {
    /// Every function that answers web requests, in order of place.
    pub fn web_handlers(&mut self, facts: &CodeFacts) -> Vec<Handler> {
        let mut out: BTreeSet<Handler> = BTreeSet::new();
        let known: BTreeSet<FunctionRef> = facts.entry_points.iter().map(|e| e.handler).collect();
        for (id, module) in self.program.iter() {
            if !facts.live_modules.is_empty() && !facts.live_modules.contains(&id) {
                continue;
            }
            match module.language {
                Language::Python => self.python_handlers(id, module, &mut out),
                Language::JavaScript | Language::TypeScript => self.script_handlers(id, module, &mut out),
                // Routes of these are not known yet.
                _ => {}
            }
        }
        out.into_iter().filter(|h| !known.contains(&h.function)).collect()
    }

    /// The name a callee's object resolves to outside the program; empty when it resolves to nothing.
    pub fn maker(&mut self, id: ModuleId, function: Option<FnId>, object: ExprId) -> Option<String> {
        let v = self.in_static(id, function, |e| e.eval(object));
        if v.refs.is_empty() {
            return Some(String::new());
        }
        let mut own = false;
        for r in &v.refs {
            match r {
                Entity::External(n) => {
                    let text = self.names.text(*n).to_string();
                    // A bare name nobody defines here is a parameter or global.
                    return Some(if text.contains(['.', '(', '/']) { text } else { String::new() });
                }
                Entity::Instance(_) => own = true,
                _ => {}
            }
        }
        own.then(String::new)
    }

    pub fn functions_in(&mut self, id: ModuleId, function: Option<FnId>, arg: ExprId) -> Vec<FunctionRef> {
        let module = self.program.module(id);
        match &module.expr(arg).kind {
            ExprKind::Function(f) => return vec![FunctionRef { module: id, function: *f }],
            ExprKind::Ident(_) | ExprKind::Member { .. } | ExprKind::Array(_) | ExprKind::Call { .. } => {}
            _ => return Vec::new(),
        }
        let v = self.in_static(id, function, |e| e.eval(arg));
        let mut out = Vec::new();
        for r in v.refs.iter().chain(v.items().iter().flat_map(|i| &i.refs)) {
            if let Entity::Function(f) = r {
                out.push(*f);
            }
        }
        // `wrap(async (req, res) => …)`, `this.handle.bind(this)`.
        if out.is_empty()
            && let ExprKind::Call { args, .. } = &module.expr(arg).kind
        {
            for a in args.iter().take(3) {
                if let ExprKind::Function(f) = &module.expr(a.value).kind {
                    out.push(FunctionRef { module: id, function: *f });
                }
            }
        }
        out
    }

    pub fn script_handlers(&mut self, id: ModuleId, module: &Module, out: &mut BTreeSet<Handler>) {
        let info = self.info(id);
        for (i, expr) in module.exprs.iter().enumerate() {
            let function = || info.scopes.function_of_expr(ExprId(i as u32));
            match &expr.kind {
                ExprKind::Call { callee, args, .. } => {
                    let (name, object) = match &module.expr(*callee).kind {
                        ExprKind::Member { object, property } => (module.str(*property), Some(*object)),
                        ExprKind::Ident(n) => (module.str(*n), None),
                        _ => continue,
                    };
                    let made = matches!(name, "createServer" | "serve");
                    if !(made || object.is_some() && VERBS.contains(&name)) || args.is_empty() || args.len() > 12 {
                        continue;
                    }
                    let function = function();
                    if made {
                        for a in args.iter() {
                            for f in self.functions_in(id, function, a.value) {
                                if self.takes_request(f) {
                                    add(out, f, Shape::Request);
                                }
                            }
                            self.fetch_property(id, module, a.value, out);
                        }
                        continue;
                    }
                    let Some(object) = object else { continue };
                    // `app.on("GET", "/path", handler)`: the method comes before the path.
                    let before = usize::from(name == "on");
                    let Some(first) = args.get(before).map(|a| &module.expr(a.value).kind) else {
                        continue;
                    };
                    let has_path = match first {
                        ExprKind::Str(s) => module.str(*s).starts_with(['/', '*']),
                        ExprKind::Regex { .. } | ExprKind::Template(_) => true,
                        ExprKind::Ident(_) | ExprKind::Member { .. } | ExprKind::Array(_) | ExprKind::Binary { .. } => {
                            args.len() > before + 1
                        }
                        _ => false,
                    };
                    if !has_path && !matches!(name, "use" | "all" | "route") {
                        continue;
                    }
                    let handlers: Vec<FunctionRef> = args
                        .iter()
                        .skip(before + usize::from(has_path && args.len() > 1))
                        .flat_map(|a| self.functions_in(id, function, a.value))
                        .collect();
                    let options = name == "route" && matches!(first, ExprKind::Object(_));
                    if handlers.is_empty() && !options {
                        continue;
                    }
                    let Some(maker) = self.maker(id, function, object) else { continue };
                    let is_app = MAKERS.iter().any(|m| maker.starts_with(m)) || maker.to_ascii_lowercase().contains("router");
                    if !maker.is_empty() && !is_app {
                        continue;
                    }
                    if options && is_app {
                        self.handler_property(id, module, args, out);
                    }
                    for f in handlers {
                        let count = self.program.module(f.module).function(f.function).params.len();
                        if is_app && (1..=4).contains(&count) || self.takes_request(f) {
                            let error_first = count == 4 && !self.takes_request(f);
                            add(out, f, if error_first { Shape::AfterError } else { Shape::Request });
                        }
                    }
                }
                // A worker: `export default { fetch(request, env) { … } }`.
                ExprKind::Object(_) => self.fetch_property(id, module, ExprId(i as u32), out),
                _ => {}
            }
        }
        for member in module.classes.iter().flat_map(|c| &c.members) {
            if let (Key::Name(k), MemberKind::Method(function)) = (member.key, &member.kind)
                && module.str(k) == "fetch"
            {
                let f = FunctionRef {
                    module: id,
                    function: *function,
                };
                if self.takes_request(f) {
                    add(out, f, Shape::Request);
                }
            }
        }
    }

    /// `fetch` of an object literal, when it takes a request.
    pub fn fetch_property(&mut self, id: ModuleId, module: &Module, object: ExprId, out: &mut BTreeSet<Handler>) {
        let ExprKind::Object(props) = &module.expr(object).kind else {
            return;
        };
        for p in props.iter().take(24) {
            let Prop::KeyValue { key: Key::Name(k), value } = p else { continue };
            if let (true, ExprKind::Function(f)) = (module.str(*k) == "fetch", &module.expr(*value).kind) {
                let f = FunctionRef { module: id, function: *f };
                if self.takes_request(f) {
                    add(out, f, Shape::Request);
                }
            }
        }
    }

    /// `fastify.route({ method, url, handler })`.
    pub fn handler_property(&mut self, id: ModuleId, module: &Module, args: &[Arg], out: &mut BTreeSet<Handler>) {
        let Some(ExprKind::Object(props)) = args.first().map(|a| &module.expr(a.value).kind) else {
            return;
        };
        for p in props.iter() {
            if let Prop::KeyValue { key: Key::Name(k), value } = p
                && matches!(module.str(*k), "handler" | "preHandler" | "onRequest" | "preValidation")
            {
                for f in self.functions_in(id, None, *value) {
                    add(out, f, Shape::Request);
                }
            }
        }
    }

    /// Whether a function's first parameter (or its second, after an error) is named like a request.
    pub fn takes_request(&self, f: FunctionRef) -> bool {
        let m = self.program.module(f.module);
        let params = &m.function(f.function).params;
        params.first().is_some_and(|p| match &m.pat(p.pattern).kind {
            PatKind::Ident(s) => {
                let name = m.str(*s).to_ascii_lowercase();
                REQUEST_NAMES.contains(&name.as_str()) || CONTEXT_NAMES.contains(&name.as_str()) && params.len() <= 2
            }
            PatKind::Object { props, .. } => props.iter().any(
                |(k, _)| matches!(k, Key::Name(k) if matches!(m.str(*k), "req" | "request" | "query" | "body" | "params" | "headers")),
            ),
            _ => false,
        })
    }

    pub fn python_handlers(&mut self, id: ModuleId, module: &Module, out: &mut BTreeSet<Handler>) {
        let info = self.info(id);
        for (i, f) in module.functions.iter().enumerate() {
            let function = FunctionRef {
                module: id,
                function: FnId(i as u32),
            };
            for d in &f.decorators {
                let ExprKind::Call { callee, args, .. } = &module.expr(*d).kind else {
                    continue;
                };
                let ExprKind::Member { object, property } = &module.expr(*callee).kind else {
                    continue;
                };
                let name = module.str(*property);
                if !DECORATORS.contains(&name) {
                    continue;
                }
                let path = args
                    .iter()
                    .find(|a| a.name.is_none_or(|n| matches!(module.str(n), "path" | "rule")))
                    .is_some_and(|a| match &module.expr(a.value).kind {
                        ExprKind::Str(s) => module.str(*s).is_empty() || module.str(*s).starts_with('/'),
                        ExprKind::Template(_) | ExprKind::Ident(_) | ExprKind::Member { .. } | ExprKind::Binary { .. } => true,
                        _ => false,
                    });
                if !path {
                    continue;
                }
                let Some(maker) = self.maker(id, f.parent, *object) else { continue };
                if maker.is_empty() || MAKERS.iter().any(|m| maker.starts_with(m)) || name == "custom_route" {
                    add(out, function, Shape::Named);
                }
            }
            // `class X(BaseHTTPMiddleware): async def dispatch(self, request, call_next)`, `BaseHTTPRequestHandler.do_GET`.
            let Some(class) = f.class else { continue };
            let name = f.name.map_or("", |n| module.str(n));
            let based = |end: &str| {
                module.class(class).bases.iter().any(|b| {
                    module
                        .dotted(*b)
                        .is_some_and(|d| d.rsplit('.').next().is_some_and(|l| l.ends_with(end)))
                })
            };
            // What an OAuth client registers and asks for is its own word: the SDK hands it over parsed, not checked.
            if matches!(name, "authorize" | "register_client") && (based("OAuthProvider") || based("AuthorizationServerProvider")) {
                add(out, function, Shape::Named);
            }
            if name == "dispatch" && based("HTTPMiddleware") || matches!(name, "get" | "post" | "put" | "delete") && based("HTTPEndpoint") {
                add(out, function, Shape::Named);
            } else if name.starts_with("do_") && based("HTTPRequestHandler") {
                add(out, function, Shape::SelfIsRequest);
            }
        }
        for (i, expr) in module.exprs.iter().enumerate() {
            let ExprKind::Call { callee, args, .. } = &expr.kind else {
                continue;
            };
            let (name, object) = match &module.expr(*callee).kind {
                ExprKind::Member { property, object } => (module.str(*property), Some(*object)),
                ExprKind::Ident(n) => (module.str(*n), None),
                _ => continue,
            };
            if !CALLS.contains(&name) || args.len() < 2 {
                continue;
            }
            let verb = name.chars().all(|c| c.is_ascii_lowercase());
            if verb && object.is_none_or(|o| module.dotted(o).is_none_or(|d| !d.ends_with("web"))) {
                continue;
            }
            if !matches!(&module.expr(args[0].value).kind, ExprKind::Str(s) if module.str(*s).starts_with('/'))
                && !matches!(
                    &module.expr(args[0].value).kind,
                    ExprKind::Template(_) | ExprKind::Ident(_) | ExprKind::Member { .. }
                )
            {
                continue;
            }
            let function = info.scopes.function_of_expr(ExprId(i as u32));
            for a in args.iter().skip(1) {
                if a.name.is_none_or(|n| matches!(module.str(n), "endpoint" | "view_func" | "handler")) {
                    for f in self.functions_in(id, function, a.value) {
                        add(out, f, Shape::Named);
                    }
                }
            }
        }
    }
}

fn add(out: &mut BTreeSet<Handler>, function: FunctionRef, shape: Shape) {
    if !out.iter().any(|h| h.function == function) {
        out.insert(Handler { function, shape });
    }
}
