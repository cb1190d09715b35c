//! Resources and resource templates.

use super::{Emitter, reason};
use crate::py::dialect::value::Value;
use crate::py::server::{Kind, Registered, Server};
use hub_engine::{ArgumentShape, EntryKind};
use hub_model::{Discovered, DiscoveredBy, Resource};
use hub_syntax::ModuleId;
use hub_syntax::ir::ExprId;
use std::rc::Rc;

impl Emitter<'_, '_> {
    pub(super) fn resource(&mut self, server: &Server, one: &Registered, item: &Value, prefixes: &[Rc<str>]) {
        let Some(callable) = self.callable(item) else {
            self.described_resource(item, one.at, one.rule, prefixes);
            return;
        };
        let func = callable.func.clone();
        let args = self.with_marks(&func, &one.args);
        let uri = args
            .arg(0, "uri")
            .or_else(|| args.kw("uri_template"))
            .cloned()
            .unwrap_or(Value::None);
        let Some(uri) = self.interp.text_of(&uri).filter(|_| !matches!(uri, Value::None)) else {
            let at = Some(self.function_location(&func));
            self.gap(at, "a resource with a computed address", &reason(&uri));
            return;
        };
        let docs = self.doc(&func, if server.kind == Kind::FastMcp { Kind::Sdk1 } else { server.kind });
        let name = args
            .kw("name")
            .or_else(|| args.pos.get(1))
            .and_then(Value::as_str)
            .or_else(|| self.interp.function_name(&func));
        let description = args.kw("description").and_then(Value::as_str).map(|s| s.to_string());
        let resource = Resource {
            uri: prefixed_uri(prefixes, &uri),
            is_template: uri.contains('{'),
            name: name.map(|n| Self::prefixed(prefixes, &n)),
            title: args.kw("title").and_then(Value::as_str).map(|s| s.to_string()),
            description: description.or_else(|| Some(docs.description.clone()).filter(|d| !d.is_empty())),
            mime_type: match args.kw("mime_type") {
                Some(given) => given.as_str().map(|s| s.to_string()),
                // What every framework says of a function's text.
                None => Some("text/plain".to_owned()),
            },
            annotations: None,
            declared_at: Some(self.function_location(&crate::py::dialect::attr::innermost(&func))),
            discovered_by: DiscoveredBy {
                method: Discovered::Static,
                rule: one.rule.to_owned(),
            },
            unknowns: Vec::new(),
        };
        let signature = self.interp.signature(&func, callable.bound, server.kind, &callable.given, &docs);
        self.entry(
            EntryKind::Resource,
            &uri,
            &callable,
            ArgumentShape::EachParameter { except: signature.except },
        );
        if self.first_time(2, &resource.uri.clone()) {
            self.found.inventory.resources.push(resource);
        }
    }

    pub(super) fn described_resource(&mut self, item: &Value, at: Option<(ModuleId, ExprId)>, rule: &'static str, prefixes: &[Rc<str>]) {
        let own_at = match item {
            Value::Made(made) => made.at.or(at),
            _ => at,
        };
        let place = self.location(own_at);
        let uri = self.field(item, &["uri", "uriTemplate", "uri_template"]);
        // `AnyUrl("x://y")`.
        let uri = match uri {
            Some(Value::Made(made)) => made.args.pos.first().cloned(),
            other => other,
        };
        let Some(uri) = uri.and_then(|uri| self.interp.text_of(&uri)) else {
            self.gap(place, "a resource with a computed address", &reason(item));
            return;
        };
        let shown = prefixed_uri(prefixes, &uri);
        if self.first_time(2, &shown) {
            let resource = Resource {
                is_template: uri.contains('{'),
                uri: shown,
                name: self.field(item, &["name"]).and_then(|v| v.as_str()).map(|s| s.to_string()),
                title: self.field(item, &["title"]).and_then(|v| v.as_str()).map(|s| s.to_string()),
                description: self.field(item, &["description"]).and_then(|v| v.as_str()).map(|s| s.to_string()),
                mime_type: self
                    .field(item, &["mimeType", "mime_type"])
                    .and_then(|v| v.as_str())
                    .map(|s| s.to_string()),
                annotations: None,
                declared_at: place,
                discovered_by: DiscoveredBy {
                    method: Discovered::Static,
                    rule: rule.to_owned(),
                },
                unknowns: Vec::new(),
            };
            self.found.inventory.resources.push(resource);
        }
    }
}

fn prefixed_uri(prefixes: &[Rc<str>], uri: &str) -> String {
    match uri.split_once("://") {
        Some((scheme, rest)) if !prefixes.is_empty() => format!("{scheme}://{}/{rest}", prefixes.join("/")),
        _ => uri.to_owned(),
    }
}
