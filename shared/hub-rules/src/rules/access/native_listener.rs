//! Where servers in Go, Rust, Java, Kotlin, C#, PHP and Ruby listen: the address is an argument of a call or a field beside it.

use super::program_says;
use crate::own::own_modules;
use hub_engine::Context;
use hub_engine::taint::{Known, OutsideCall};
use hub_syntax::ir::{Language, Module};
use regex::Regex;
use std::sync::LazyLock;

/// Words of a file that serves MCP over HTTP, by the official and the common SDKs.
static SERVES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:NewStreamableHTTPServer|NewStreamableHTTPHandler|NewSSEServer|NewSSEHandler|StreamableHttpService|SseServer|MapMcp|HttpServlet(?:Sse|Streamable)ServerTransportProvider|(?:Streamable)?HttpServerTransport|StreamableHttpTransport|StreamableHTTPTransport|mcpStreamableHttp)\b|\bmcp\s*\{",
    )
    .ok()
});
/// Words of code that asks a client who it is.
static ASKS_WHO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)RequireBearerToken|RequireAuthorization|AddAuthentication|UseAuthentication|JwtBearer|install\(Authentication|\bauthenticate\(|from_fn\w*\([^)]*(?:auth|token|key)|auth_?middleware|SecurityFilterChain|Rack::Auth|ConstantTimeCompare|hash_equals|secure_compare|FixedTimeEquals|headers?(?:\(\))?\.get\(\s*["']authorization|headers?\[\s*["']authorization|HTTP_AUTHORIZATION"#,
    )
    .ok()
});

/// Calls that listen, or say where, by language.
const LISTENERS: &[(Language, &[&str])] = &[
    (Language::Go, &["ListenAndServe", "ListenAndServeTLS", "Listen", "Start"]),
    (Language::Rust, &["bind", "serve"]),
    (Language::CSharp, &["Run", "RunAsync", "UseUrls", "ListenAnyIP"]),
    (Language::Kotlin, &["embeddedServer", "InetSocketAddress"]),
    (Language::Java, &["InetSocketAddress"]),
    (
        Language::Php,
        &["StreamableHttpServerTransport", "HttpServerTransport", "StreamableHttpTransport"],
    ),
    (Language::Ruby, &["run"]),
];

/// A call of a server that listens on every interface, and the address that it names; none: it names no host.
pub(super) struct Listener<'c> {
    pub call: &'c OutsideCall,
    pub address: Option<String>,
}

/// The listeners of the server's own code that everyone on its networks can reach.
pub(super) fn listeners<'c>(cx: &Context<'c>) -> Vec<Listener<'c>> {
    let Some(flows) = cx.flows else { return Vec::new() };
    let own = own_modules(cx);
    let serves = |m: &Module| m.language.is_native() && SERVES.as_ref().is_some_and(|r| r.is_match(&m.source));
    flows
        .calls
        .iter()
        .filter_map(|call| {
            let (_, module) = own.iter().find(|(id, m)| *id == call.module && serves(m))?;
            let known = LISTENERS
                .iter()
                .any(|(language, names)| *language == module.language && names.contains(&call.last()));
            known.then(|| exposed(call, module.language)).flatten()
        })
        .collect()
}

/// Whether the program asks its clients who they are.
pub(super) fn asks_who(cx: &Context<'_>) -> bool {
    program_says(cx, &ASKS_WHO)
}

fn exposed(call: &OutsideCall, language: Language) -> Option<Listener<'_>> {
    if call.last() == "ListenAnyIP" {
        return Some(Listener { call, address: None });
    }
    let texts = call.args.iter().filter_map(|(name, value)| match value {
        Known::Text(t) => Some((name.as_deref(), t.as_str())),
        _ => None,
    });
    let mut named = false;
    for (name, text) in texts {
        // A word that is no address: the network of `Listen("tcp", …)`.
        if matches!(text, "tcp" | "tcp4" | "tcp6") {
            continue;
        }
        named |= name.is_none_or(|n| n.eq_ignore_ascii_case("host"));
        if is_every_interface(text, language) {
            let address = Some(text.to_owned());
            return Some(Listener { call, address });
        }
    }
    // Ktor listens everywhere unless told where.
    let by_default = call.last() == "embeddedServer" && !named && call.named("host").is_none();
    by_default.then_some(Listener { call, address: None })
}

/// `0.0.0.0`, `0.0.0.0:80`, `[::]:80`, `http://*:80`; of Go also `:80`.
fn is_every_interface(address: &str, language: Language) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or(rest);
    let host = match rest.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !port.is_empty() => host,
        _ if rest == "::" => rest,
        Some(_) => return false,
        None => rest,
    };
    match host {
        "0.0.0.0" | "[::]" | "::" => true,
        "" => language == Language::Go && rest.starts_with(':'),
        "*" | "+" => language == Language::CSharp && address.contains("://"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_every_interface;
    use hub_syntax::ir::Language;

    #[test]
    fn an_address_of_every_interface_is_told_from_one_of_the_machine_itself() {
        for (address, language) in [
            ("0.0.0.0", Language::Php),
            ("0.0.0.0:8000", Language::Rust),
            ("[::]:8000", Language::Rust),
            (":8080", Language::Go),
            ("http://*:3001", Language::CSharp),
            ("http://0.0.0.0:3001/mcp", Language::CSharp),
        ] {
            assert!(is_every_interface(address, language), "{address}");
        }
        for address in [
            "127.0.0.1:80",
            "localhost:80",
            "",
            "/mcp",
            "http://localhost:3001",
            "::1",
            "tcp",
            "*",
        ] {
            assert!(!is_every_interface(address, Language::Go), "{address}");
        }
    }
}
