//! The closed table of error codes.

use axum::http::StatusCode;

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $name:ident = $code:literal, $status:ident, $title:literal; )+) => {
        /// What can go wrong, as clients may rely on it. One row each: code, HTTP status, title.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $( $(#[doc = $doc])+ $name, )+ }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Code] = &[$( Self::$name, )+];

            /// The stable word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $code, )+ }
            }

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $( Self::$name => StatusCode::$status, )+ }
            }

            /// The title, the same for every occurrence.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )+ }
            }

            /// What it means and what to do, for the page behind `type`.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $( Self::$name => concat!($($doc),+).trim_ascii(), )+ }
            }
        }
    };
}

codes! {
    /// The body is not JSON. Send a JSON object with `Content-Type: application/json`.
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not JSON";
    /// The call has no `apikey` header. Send your key in the header `apikey`.
    MissingApiKey = "missing_api_key", UNAUTHORIZED, "No API key";
    /// The key in the header `apikey` is unknown or revoked. Check it, or make a new one.
    UnknownApiKey = "unknown_api_key", UNAUTHORIZED, "Unknown API key";
    /// The scan is private and belongs to another org. Only keys of that org may see it.
    ForeignScan = "foreign_scan", FORBIDDEN, "The scan belongs to another org";
    /// The call needs a key with the role owner or admin.
    RoleRequired = "role_required", FORBIDDEN, "The key's role does not allow this";
    /// There is no scan with this id.
    ScanNotFound = "scan_not_found", NOT_FOUND, "No such scan";
    /// The org has no suppression with this id that holds.
    SuppressionNotFound = "suppression_not_found", NOT_FOUND, "No such suppression";
    /// There is no such path. The paths are listed in `/mcp-hub/docs`.
    NoSuchPath = "no_such_path", NOT_FOUND, "No such path";
    /// The path exists, but not with this method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// The answer cannot be had in the format asked for.
    NotAcceptable = "not_acceptable", NOT_ACCEPTABLE, "Format not available";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive";
    /// The scan has not got as far as the call needs. Wait for it, or start another.
    WrongState = "wrong_state", CONFLICT, "The scan is not in a state for this";
    /// The body is larger than the service reads.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The body's media type is not JSON. Send `Content-Type: application/json`.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is not announced as JSON";
    /// Fields or parameters are wrong; `errors` names each of them.
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "The request is not valid";
    /// The `Idempotency-Key` was used within the last 24 hours for another request. Use a new one.
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The idempotency key belongs to another request";
    /// Too many calls with this key. Wait as long as `Retry-After` says.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many calls";
    /// The org has as many scans waiting as it may. Submit more when some of them have been started.
    TooManyWaiting = "too_many_waiting", TOO_MANY_REQUESTS, "Too many waiting scans";
    /// The org follows as many scans at once as it may. Close a stream, or poll the status.
    TooManyStreams = "too_many_streams", TOO_MANY_REQUESTS, "Too many event streams";
    /// A fault of the service; it has been logged. Try again, and report the `request_id` if it stays.
    Internal = "internal_error", INTERNAL_SERVER_ERROR, "A fault of the service";
    /// A part of the service is away. Nothing was done; try again as `Retry-After` says.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "A part of the service is away";
    /// The service did not finish in time. Try again.
    TimedOut = "timed_out", GATEWAY_TIMEOUT, "The service did not finish in time";
}

impl Code {
    /// The code that stands for a bare status, as libraries answer it.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::MissingApiKey,
            StatusCode::FORBIDDEN => Self::RoleRequired,
            StatusCode::NOT_FOUND => Self::NoSuchPath,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::NOT_ACCEPTABLE => Self::NotAcceptable,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            StatusCode::GATEWAY_TIMEOUT => Self::TimedOut,
            s if s.is_client_error() => Self::ValidationFailed,
            _ => Self::Internal,
        }
    }

    /// The code with this word.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.as_str() == word)
    }
}
