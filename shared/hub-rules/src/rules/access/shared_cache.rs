use crate::own::own_modules;
use hub_engine::capability::words_of;
use hub_engine::taint::line_of;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Confidence;
use hub_syntax::Written;
use hub_syntax::ir::{ExprId, ExprKind, Function, Module, PatKind};
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

declare_rule! {
    /// ## What it finds
    /// An answer that was fetched in the name of one caller and is kept for all of them, under a key that says nothing of the caller.
    /// ## Why it matters
    /// The next caller who asks the same is shown what only the first one may see.
    /// ## How to fix it
    /// Make the caller part of the key (a hash of the token, the user's id), or keep a cache per session.
    /// ```py vulnerable
    /// import httpx
    /// from fastmcp.server.dependencies import get_http_headers
    /// _cache = {}
    ///
    /// @mcp.tool()
    /// async def my_documents(query: str) -> dict:
    ///     """Documents of whoever is logged in."""
    ///     if query in _cache:
    ///         return _cache[query]
    ///     token = get_http_headers()["authorization"]
    ///     async with httpx.AsyncClient(timeout=10) as client:
    ///         answer = await client.get("https://docs.example.com/search", params={"q": query}, headers={"Authorization": token})
    ///     _cache[query] = answer.json()
    ///     return _cache[query]
    /// ```
    /// ```ts vulnerable
    /// const mailCache = new Map<string, string>();
    /// server.tool("inbox", "Shows your inbox", { folder: z.string() }, async ({ folder }, extra) => {
    ///   const answer = await fetch("https://mail.example.com/" + encodeURIComponent(folder), { headers: { authorization: `Bearer ${extra.authInfo.token}` } });
    ///   const text = await answer.text();
    ///   mailCache.set(folder, text);
    ///   return { content: [{ type: "text", text }] };
    /// });
    /// ```
    /// ```py safe
    /// import hashlib
    /// import httpx
    /// from fastmcp.server.dependencies import get_http_headers
    /// _cache = {}
    ///
    /// @mcp.tool()
    /// async def my_documents(query: str) -> dict:
    ///     """Documents of whoever is logged in."""
    ///     token = get_http_headers()["authorization"]
    ///     key = (hashlib.sha256(token.encode()).hexdigest(), query)
    ///     if key in _cache:
    ///         return _cache[key]
    ///     async with httpx.AsyncClient(timeout=10) as client:
    ///         answer = await client.get("https://docs.example.com/search", params={"q": query}, headers={"Authorization": token})
    ///     _cache[key] = answer.json()
    ///     return _cache[key]
    /// ```
    /// ```ts safe
    /// const rateCache = new Map<string, string>();
    /// server.tool("rate", "Shows a rate of exchange", { pair: z.string() }, async ({ pair }, extra) => {
    ///   log(extra.authInfo.clientId);
    ///   const answer = await fetch("https://rates.example.com/" + encodeURIComponent(pair));
    ///   const text = await answer.text();
    ///   rateCache.set(pair, text);
    ///   return { content: [{ type: "text", text }] };
    /// });
    /// ```
    pub struct SharedCache {
        id: "shared-cache",
        title: "What was fetched for one caller is kept for all",
        category: Access,
        severity: Medium,
        classes: &["S22"],
        needs: Some(Needs::Source),
        cwe: &[524, 488],
        references: &["https://cwe.mitre.org/data/definitions/524.html"],
    }
}

/// Who is asking, as the code reads it from the request.
static CALLER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\bget_http_headers\(|\bget_access_token\(|\b(?:req|request)\.(?:headers|user|auth|session)\b|\bauthInfo\b|\brequest\.state\.|\bcurrent_?user\b|\brequestInfo\b")
        .ok()
});

impl Rule for SharedCache {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(caller) = CALLER.as_ref() else { return };
        for (_, module) in own_modules(cx) {
            if !caller.is_match(&module.source) || !module.source.to_ascii_lowercase().contains("cache") {
                continue;
            }
            for f in &module.functions {
                if !caller.is_match(module.text(f.span)) {
                    continue;
                }
                let mut of_caller: Option<BTreeSet<&str>> = None;
                for (at, cache, key, value) in kept(module, f) {
                    let of_caller = of_caller.get_or_insert_with(|| names_of_caller(module, f, caller));
                    if !speaks_of(module, value, of_caller, caller) || speaks_of(module, key, of_caller, caller) {
                        continue;
                    }
                    let place = module.location(module.expr(at).span);
                    out.report(Self::META)
                        .evidence(line_of(module, &place))
                        .at(place)
                        .title(format!(
                            "`{cache}` keeps what was fetched for one caller under a key that all share"
                        ))
                        .confidence(Confidence::Medium)
                        .key(cache.to_owned())
                        .add();
                }
            }
        }
    }
}

/// What a function writes to a cache of the module: `cache[key] = value`, `cache.set(key, value)`.
fn kept<'m>(module: &'m Module, f: &'m Function) -> impl Iterator<Item = (ExprId, &'m str, ExprId, ExprId)> + 'm {
    module.exprs_within(f.span).filter_map(move |(at, e)| {
        let (object, key, value) = match &e.kind {
            ExprKind::Assign { target, value, op: None } => match &module.pat(*target).kind {
                PatKind::Target(t) => match &module.expr(*t).kind {
                    ExprKind::Index { object, index } => (*object, *index, *value),
                    _ => return None,
                },
                _ => return None,
            },
            ExprKind::Call { callee, args, .. } => match &module.expr(*callee).kind {
                ExprKind::Member { object, property } if matches!(module.str(*property), "set" | "put") && args.len() >= 2 => {
                    (*object, args[0].value, args[1].value)
                }
                _ => return None,
            },
            _ => return None,
        };
        let ExprKind::Ident(name) = &module.expr(object).kind else {
            return None;
        };
        let name = module.str(*name);
        let is_cache = words_of(name)
            .iter()
            .any(|w| matches!(w.as_str(), "cache" | "cached" | "caches" | "memo"));
        // Of the module: nothing in a function defines it.
        let scopes = module.scopes();
        let shared = is_cache
            && scopes
                .iter()
                .any(|(id, b)| module.str(b.name) == name && b.function.is_none() && !scopes.definitions(id).is_empty());
        shared.then_some((at, name, key, value))
    })
}

/// Variables of a function that hold something of the caller, or what was made with it.
fn names_of_caller<'m>(module: &'m Module, f: &Function, caller: &Regex) -> BTreeSet<&'m str> {
    /// Chains longer than this are cut.
    const MAX_ROUNDS: usize = 4;
    let within = |e: ExprId| {
        let s = module.expr(e).span;
        f.span.start <= s.start && s.end <= f.span.end
    };
    let scopes = module.scopes();
    let written: Vec<(&str, ExprId)> = scopes
        .iter()
        .flat_map(|(id, b)| {
            scopes.definitions(id).iter().filter_map(move |d| match d.value {
                Written::Value { value, .. } => Some((module.str(b.name), value)),
                _ => None,
            })
        })
        .filter(|(_, value)| within(*value))
        .collect();
    let mut out = BTreeSet::new();
    for _ in 0..MAX_ROUNDS {
        let before = out.len();
        for (name, value) in &written {
            if speaks_of(module, *value, &out, caller) {
                out.insert(*name);
            }
        }
        if out.len() == before {
            break;
        }
    }
    out
}

/// Whether an expression reads the caller, or a variable that holds something of it.
fn speaks_of(module: &Module, e: ExprId, names: &BTreeSet<&str>, caller: &Regex) -> bool {
    let span = module.expr(e).span;
    caller.is_match(module.text(span))
        || module
            .exprs_within(span)
            .any(|(_, x)| matches!(&x.kind, ExprKind::Ident(n) if names.contains(module.str(*n))))
}
