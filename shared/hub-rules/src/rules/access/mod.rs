//! Authentication, authorization and listeners (S18–S25, L01–L06).

use crate::apart::is_apart;
use crate::own::is_own;
use hub_engine::taint::{Cause, Known, OutsideCall, Reach};
use hub_engine::{Context, Draft, Findings, Rule, RuleMeta};
use hub_model::Flow;
use hub_syntax::ir::Module;
use regex::Regex;
use std::sync::LazyLock;

mod callback_without_state;
mod check_left_out;
mod claimed_check_missing;
mod code_grant_without_pkce;
mod debug_mode;
mod endpoint_left_open;
mod excess_permission;
mod exposed_listener;
mod fail_open_check;
mod guessable_secret;
mod known_signing_secret;
mod native_listener;
mod open_cors;
mod owner_from_argument;
mod read_access_writes;
mod read_only_bypass;
mod shared_cache;
mod shared_session_state;
mod tls_verification_off;
mod token_passthrough;
mod unchecked_redirect;
mod unprotected_http_transport;
mod unverified_token;
mod weak_cipher;
mod weak_origin_check;
mod weak_password_hash;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &unprotected_http_transport::UnprotectedHttpTransport,
    &exposed_listener::ExposedListener,
    &open_cors::OpenCors,
    &tls_verification_off::TlsVerificationOff,
    &read_only_bypass::ReadOnlyBypass,
    &read_access_writes::ReadAccessWrites,
    &owner_from_argument::OwnerFromArgument,
    &fail_open_check::FailOpenCheck,
    &check_left_out::CheckLeftOut,
    &endpoint_left_open::EndpointLeftOpen,
    &claimed_check_missing::ClaimedCheckMissing,
    &unverified_token::UnverifiedToken,
    &token_passthrough::TokenPassthrough,
    &unchecked_redirect::UncheckedRedirect,
    &callback_without_state::CallbackWithoutState,
    &code_grant_without_pkce::CodeGrantWithoutPkce,
    &shared_session_state::SharedSessionState,
    &shared_cache::SharedCache,
    &guessable_secret::GuessableSecret,
    &known_signing_secret::KnownSigningSecret,
    &weak_password_hash::WeakPasswordHash,
    &weak_cipher::WeakCipher,
    &weak_origin_check::WeakOriginCheck,
    &debug_mode::DebugMode,
    &excess_permission::ExcessPermission,
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
        r#"TrustedHost|enableDnsRebindingProtection|TransportSecuritySettings|dns_rebinding|hostHeaderValidation|allowed_origins\s*=\s*\[[^\]*]+\]|headers(?:\.get\(|\[|\?*\.)\s*["']?(?:host|origin)\b|validate_?(?:host|origin)|isAllowedOrigin|\b(?:request|req)\.(?:url\.)?host(?:name)?\s*(?:not\s+in\b|in\b|[!=]==?)|\.(?:includes|has)\(\s*(?:request|req)\.host"#,
    )
    .ok()
});
/// A list of hosts: of those the server answers to where it is set up, of those it may ask anywhere else.
static ALLOWS_HOSTS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("allowed_?hosts|allowedHosts").ok());
static SERVES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:Starlette|FastAPI|Flask|uvicorn|FastMCP|McpServer|\w*Middleware|Hono|\w*ServerTransport)\b|\baiohttp\.web\b|\b(?:express|createServer|fastify)\(|(?i:transport_?security)",
    )
    .ok()
});

/// Whether code of the server's own holds such words. What is only written there (`headers["Authorization"] = token`) is the
/// server's word to others.
fn program_says(cx: &Context<'_>, words: &LazyLock<Option<Regex>>) -> bool {
    let (Some(program), Some(words)) = (cx.program, words.as_ref()) else {
        return false;
    };
    program
        .modules
        .iter()
        .any(|m| !is_apart(m.path.as_str()) && words.find_iter(&m.source).any(|found| !is_written(&m.source[found.end()..])))
}

/// Whether the text goes on with an assignment to what stands before it.
fn is_written(after: &str) -> bool {
    let rest = after.trim_start_matches(['"', '\'', ']']).trim_start_matches(' ');
    rest.starts_with('=') && !rest.starts_with("==") && !rest.starts_with("=>")
}

fn checks_host(cx: &Context<'_>) -> bool {
    let (Some(program), Some(list), Some(serves)) = (cx.program, ALLOWS_HOSTS.as_ref(), SERVES.as_ref()) else {
        return false;
    };
    let own = |m: &&Module| !is_apart(m.path.as_str());
    let listed = program
        .modules
        .iter()
        .filter(own)
        .any(|m| list.is_match(&m.source) && serves.is_match(&m.source));
    listed || program_says(cx, &CHECKS_HOST)
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
        .filter(|c| !is_apart(c.at.file.as_str()) && !only_shows_pages(cx, c))
        .filter_map(start_of)
        .collect()
}

/// Python's bare HTTP server whose handler answers no `POST`: the page of a login's redirect, and no transport.
fn only_shows_pages(cx: &Context<'_>, call: &OutsideCall) -> bool {
    call.name.starts_with("http.server.")
        && cx.program.is_some_and(|p| {
            let source = &p.module(call.module).source;
            source.contains("def do_GET") && !source.contains("def do_POST")
        })
}

/// Whether the server's own code starts listening for HTTP.
fn answers_network(cx: &Context<'_>) -> bool {
    let own = |s: &Start<'_>| cx.program.is_some_and(|p| is_own(cx, s.call.module, p.module(s.call.module)));
    starts(cx).iter().any(own)
}

/// What a client of the server's web endpoints sent, and not the caller of a tool.
fn is_of_client(reach: &Reach) -> bool {
    reach.entry.is_none()
}

/// The credential by which a client says who it is: the `Authorization` header, or what the SDK makes of it.
fn is_credential_of_client(reach: &Reach) -> bool {
    if !is_of_client(reach) {
        return false;
    }
    let path = reach.argument.to_ascii_lowercase();
    let mut parts = path.split('.');
    match parts.next() {
        Some("headers") => parts.next_back().is_none_or(|p| p == "authorization"),
        Some("requestinfo") => path.ends_with("authorization") || path.ends_with("headers"),
        Some("auth" | "authinfo") => parts.next_back().is_none_or(|p| p == "token"),
        // A parameter that the framework fills from the header of that name.
        Some("authorization") => true,
        _ => false,
    }
}

/// A finding at the place of a cause, with its flow.
fn flow_finding<'f>(out: &'f mut Findings, meta: &'static RuleMeta, cx: &Context<'_>, cause: &Cause<'_>) -> Draft<'f> {
    out.report(meta)
        .on(cause.subject(cx.facts))
        .at(cause.place.at.clone())
        .evidence(cause.place.code.clone())
        .key(cause.place.function_name.clone())
        .key(cause.shown.operation().to_owned())
        .flow(Flow(cause.shown.steps.clone()))
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
