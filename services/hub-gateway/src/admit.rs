//! Who are you, how often: before every call that needs a key.

use crate::app::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hub_cache::{Allowance, Policy};
use hub_http::{Authenticated, Code, ProblemBuilder, note};
use uuid::Uuid;

/// Checks the key, takes from its bucket, hands the viewer on, counts the call.
pub(crate) async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let viewer = match app.auth.authenticate(request.headers()).await {
        Ok(viewer) => viewer,
        Err(problem) => return problem.into_response(),
    };
    note("org.id", viewer.org_id);
    let call = name_of(&request);
    let org = viewer.org_id;
    let allowance = app.limiter.take(&app.cache, viewer.key_id).await;
    let mut response = match allowance {
        Some(a) if !a.allowed => refused(app.limiter.policy(), a).into_response(),
        _ => {
            request.extensions_mut().insert(Authenticated(viewer));
            next.run(request).await
        }
    };
    if let Some(a) = allowance.filter(|a| a.allowed) {
        for (name, value) in limit_headers(app.limiter.policy(), a) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
    }
    app.usage.count(org, &call, response.status());
    response
}

fn refused(policy: &Policy, allowance: Allowance) -> ProblemBuilder {
    let per_minute = policy.per_second * 60.0;
    let mut problem = ProblemBuilder::new(
        Code::RateLimited,
        format!(
            "this API key may make {per_minute:.0} calls a minute, {} of them at once; wait as long as `Retry-After` says",
            policy.burst
        ),
    )
    .retry_after(allowance.retry_after);
    for (name, value) in limit_headers(policy, allowance) {
        problem = problem.header(name, &value);
    }
    problem
}

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): what is left, until when, of how much.
fn limit_headers(policy: &Policy, allowance: Allowance) -> [(HeaderName, String); 2] {
    let secs = |d: std::time::Duration| d.as_secs() + u64::from(d.subsec_nanos() > 0);
    [
        (
            HeaderName::from_static("ratelimit"),
            format!("\"{}\";r={};t={}", policy.name, allowance.remaining, secs(allowance.full_after)),
        ),
        (
            HeaderName::from_static("ratelimit-policy"),
            format!("\"{}\";q={};w={}", policy.name, policy.burst, secs(policy.window()).max(1)),
        ),
    ]
}

/// Method and route, ids replaced, cut: what usage is counted under.
fn name_of(request: &Request) -> String {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let path = if route.contains("{*") { request.uri().path() } else { route };
    let path = path.strip_prefix("/mcp-hub").unwrap_or(path);
    let mut name = request.method().as_str().to_owned();
    name.push(' ');
    for step in path.split('/').filter(|s| !s.is_empty()).take(6) {
        name.push('/');
        let known = step.len() <= 24
            && step
                .bytes()
                .all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-' | b'.' | b'{' | b'}'));
        match step {
            _ if Uuid::try_parse(step).is_ok() => name.push_str("{job_id}"),
            _ if known => name.push_str(step),
            _ => name.push('*'),
        }
    }
    name
}
