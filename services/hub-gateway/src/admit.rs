//! Who are you, how often: before every call that needs a key.

use crate::app::App;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hub_cache::{Allowance, Policy};
use hub_http::{Authenticated, Code, ProblemBuilder, method_label, note};

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

/// What hub-results serves through this gateway: the only forwarded paths that are counted under their own names.
const FORWARDED: [&str; 9] = [
    "/scan/{job_id}/results",
    "/scan/{job_id}/events",
    "/scan/{job_id}/cancel",
    "/scan/{job_id}/diff/{other_job_id}",
    "/suppressions",
    "/suppressions/{suppression_id}",
    "/scans",
    "/stats",
    "/usage",
];

/// The name of every call that no route is made for.
const OTHER: &str = "other";

/// Method and route: what usage is counted under. Each name is a row that stays, so what a client invents shares one.
fn name_of(request: &Request) -> String {
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    match path_of(route, request.uri().path()) {
        Some(path) if method != OTHER => format!("{method} {path}"),
        _ => OTHER.to_owned(),
    }
}

fn path_of<'a>(route: &'a str, path: &str) -> Option<&'a str> {
    if !route.contains("{*") {
        return route.strip_prefix("/mcp-hub").filter(|p| !p.is_empty());
    }
    let path = path.strip_prefix("/mcp-hub")?;
    FORWARDED.into_iter().find(|known| {
        let mut steps = path.split('/');
        known.split('/').all(|k| {
            steps
                .next()
                .is_some_and(|s| if k.starts_with('{') { !s.is_empty() } else { s == k })
        }) && steps.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(path: &str) -> Option<&'static str> {
        path_of("/mcp-hub/{*path}", path)
    }

    #[test]
    fn a_call_is_counted_under_its_route_whatever_the_id() {
        assert_eq!(
            path_of("/mcp-hub/scan/{job_id}/status", "/mcp-hub/scan/1/status"),
            Some("/scan/{job_id}/status")
        );
        assert_eq!(forwarded("/mcp-hub/scan/0198-x/results"), Some("/scan/{job_id}/results"));
        assert_eq!(
            forwarded("/mcp-hub/scan/0198-x/diff/0198-y"),
            Some("/scan/{job_id}/diff/{other_job_id}")
        );
        assert_eq!(forwarded("/mcp-hub/suppressions/0198-x"), Some("/suppressions/{suppression_id}"));
        assert_eq!(forwarded("/mcp-hub/scans"), Some("/scans"));
    }

    #[test]
    fn invented_paths_and_methods_share_one_name() {
        for path in [
            "/mcp-hub/a",
            "/mcp-hub/scan/1/resultsx",
            "/mcp-hub/scan//results",
            "/mcp-hub/scans/",
            "/mcp-hub/scan/1/results/2",
        ] {
            assert_eq!(forwarded(path), None, "{path}");
        }
        let mut request = Request::new(axum::body::Body::empty());
        *request.method_mut() = axum::http::Method::from_bytes(b"FROB").expect("a token is a method");
        assert_eq!(name_of(&request), "other");
    }
}
