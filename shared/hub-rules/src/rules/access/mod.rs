//! Authentication, authorization and listeners (S18–S25, L01–L06).

use crate::apart::is_apart;
use hub_engine::taint::{Known, OutsideCall};
use hub_engine::{Context, Rule};
use regex::Regex;
use std::sync::LazyLock;

mod exposed_listener;
mod fail_open_check;
mod open_cors;
mod read_only_bypass;
mod tls_verification_off;
mod unprotected_http_transport;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &unprotected_http_transport::UnprotectedHttpTransport,
    &exposed_listener::ExposedListener,
    &open_cors::OpenCors,
    &tls_verification_off::TlsVerificationOff,
    &read_only_bypass::ReadOnlyBypass,
    &fail_open_check::FailOpenCheck,
];

/// Words of code that asks a client who it is.
static ASKS_WHO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)requireBearerAuth|token_?verifier|BearerAuthProvider|AuthSettings|OAuthProvider|JWTVerifier|BasicAuth|AuthenticationMiddleware|AuthMiddleware|ApiKeyMiddleware|HTTPBearer|APIKeyHeader|compare_digest|timingSafeEqual|verify_(?:jwt|token|api_?key)|verifyToken|jwt\.(?:verify|decode)|headers(?:\.get\(|\[|\?*\.)\s*["']?(?:authorization|x-api-key)|passport\."#,
    )
    .ok()
});
/// Words of code that checks the Host or Origin header.
static CHECKS_HOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"TrustedHost|allowed_?hosts|allowedHosts|enableDnsRebindingProtection|TransportSecuritySettings|dns_rebinding|hostHeaderValidation|allowed_origins\s*=\s*\[[^\]*]+\]|headers(?:\.get\(|\[|\?*\.)\s*["']?(?:host|origin)\b|validate_?(?:host|origin)|isAllowedOrigin"#,
    )
    .ok()
});

fn program_says(cx: &Context<'_>, words: &LazyLock<Option<Regex>>) -> bool {
    let (Some(program), Some(words)) = (cx.program, words.as_ref()) else {
        return false;
    };
    program
        .modules
        .iter()
        .any(|m| !is_apart(m.path.as_str()) && words.is_match(&m.source))
}

/// A call that starts listening for HTTP, and where.
struct Start<'c> {
    call: &'c OutsideCall,
    /// The address, when it is known; `0.0.0.0` where leaving it out means that.
    host: Option<String>,
}

fn starts<'c>(cx: &Context<'c>) -> Vec<Start<'c>> {
    let Some(flows) = cx.flows else { return Vec::new() };
    flows
        .calls
        .iter()
        .filter(|c| !is_apart(c.at.file.as_str()))
        .filter_map(start_of)
        .collect()
}

fn start_of(call: &OutsideCall) -> Option<Start<'_>> {
    let host = match call.named("host") {
        Some(Known::Text(t)) => Some(t.clone()),
        _ => None,
    };
    let network = |k: Option<&Known>| matches!(k, Some(Known::Text(t)) if matches!(t.as_str(), "sse" | "http" | "streamable-http" | "streamable_http" | "streamableHttp"));
    let is_start = match call.last() {
        "run_http_async" | "run_sse_async" | "run_streamable_http_async" => true,
        "run" | "run_async" => {
            network(call.named("transport"))
                || network(call.positional(0)) && !call.name.starts_with("subprocess")
                || call.named("transport").is_some() && call.named("host").is_some()
                || call.name == "uvicorn.run"
                || call.name.starts_with("flask.Flask()")
        }
        "Config" => call.name == "uvicorn.Config",
        "run_app" => call.name.starts_with("aiohttp."),
        "HTTPServer" | "ThreadingHTTPServer" => call.name.starts_with("http.server."),
        "listen" => ["express", "http.", "https.", "fastify", "koa", "@hono"]
            .iter()
            .any(|p| call.name.starts_with(p)),
        "serve" => call.name.starts_with("@hono") || call.name == "Bun.serve" || call.name == "Deno.serve",
        _ => false,
    };
    if !is_start {
        return None;
    }
    let host = match call.last() {
        "listen" => match call.positional(1) {
            Some(Known::Text(t)) => Some(t.clone()),
            // Node listens everywhere when no address is given.
            None => Some("0.0.0.0".to_owned()),
            Some(Known::Unknown) if call.positional(2).is_none() => Some("0.0.0.0".to_owned()),
            _ => host,
        },
        "HTTPServer" | "ThreadingHTTPServer" => match call.positional(0) {
            Some(Known::List(items)) => match items.first() {
                Some(Known::Text(t)) => Some(if t.is_empty() { "0.0.0.0".to_owned() } else { t.clone() }),
                _ => None,
            },
            _ => None,
        },
        _ => host,
    };
    Some(Start { call, host })
}
