//! The API document: both services' parts in one.

/// OpenAPI 3.1 of the whole public API, as JSON.
///
/// # Errors
/// Never in practice: the document is plain values.
pub fn openapi_json() -> serde_json::Result<String> {
    let mut document = hub_gateway::openapi();
    document.merge(hub_results::openapi());
    document.to_pretty_json()
}
