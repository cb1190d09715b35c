//! What a redirect may change, and what it may not take along.

use crate::NetError;
use crate::address::host_of;
use crate::client::Request;
use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

/// Headers that may cross to another origin. Any other may be a secret, whatever its name.
const HARMLESS: &[header::HeaderName] = &[header::ACCEPT, header::ACCEPT_ENCODING, header::ACCEPT_LANGUAGE, header::RANGE];

/// Where an answer sends us, if it does.
pub(crate) fn location(from: &Url, status: StatusCode, headers: &HeaderMap) -> Result<Option<Url>, NetError> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let bad = |why: &str| NetError::BadRedirect {
        host: host_of(from),
        why: why.to_owned(),
    };
    let target = headers.get(header::LOCATION).ok_or_else(|| bad("no Location header"))?;
    let target = target.to_str().map_err(|_| bad("the Location header is not ASCII"))?;
    let mut to = from.join(target).map_err(|_| bad("the Location header is not a URL"))?;
    to.set_fragment(None);
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(NetError::Downgrade { host: host_of(from) });
    }
    Ok(Some(to))
}

/// The request for the next hop.
pub(crate) fn next(mut request: Request, status: StatusCode, to: Url) -> Result<Request, NetError> {
    let keeps_body = matches!(status.as_u16(), 307 | 308);
    if !keeps_body && !matches!(request.method, Method::GET | Method::HEAD) {
        request.method = Method::GET;
        request.body = None;
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
            request.headers.remove(name);
        }
    }
    if request.url.origin() != to.origin() {
        // A body may hold what a header may: it stays at home.
        if request.body.is_some() {
            return Err(NetError::BadRedirect {
                host: host_of(&request.url),
                why: "a request with a body may not move to another origin".to_owned(),
            });
        }
        let kept = HARMLESS
            .iter()
            .filter_map(|n| Some((n.clone(), request.headers.get(n)?.clone())))
            .collect();
        request.headers = kept;
    }
    request.url = to;
    Ok(request)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn https_never_falls_back_to_http() {
        let from: Url = "https://a.example/x".parse().unwrap();
        let to = |target: &'static str| {
            let headers = HeaderMap::from_iter([(header::LOCATION, HeaderValue::from_static(target))]);
            location(&from, StatusCode::FOUND, &headers)
        };
        assert!(matches!(to("http://a.example/x"), Err(NetError::Downgrade { .. })));
        assert_eq!(
            to("//b.example/y#z").unwrap().map(String::from),
            Some("https://b.example/y".to_owned())
        );
        assert_eq!(to("../z").unwrap().map(String::from), Some("https://a.example/z".to_owned()));
    }
}
