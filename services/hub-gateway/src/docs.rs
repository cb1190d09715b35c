//! The API's own description: document, page, and an explanation of each error code. None of it needs a key.

use crate::app::App;
use crate::submit;
use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use hub_http::{Code, ProblemBuilder};
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The document of the whole API, generated from both services (`hub-admin openapi`) and checked by a test.
const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

#[derive(OpenApi)]
#[openapi(
    info(
        title = "MCP Hub",
        description = "Scans MCP servers for poisoned tools and vulnerabilities. Send your key in the header `apikey`. \
                       Errors are RFC 9457 problem documents; their `code` is stable.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags((name = "submit", description = "Start scans"), (name = "read", description = "Progress, results, lists and counts"),
        (name = "decide", description = "What an org decided about findings")),
    modifiers(&KeyHeader)
)]
struct Description;

struct KeyHeader;

impl Modify for KeyHeader {
    fn modify(&self, document: &mut Document) {
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "apikey",
            "mh_<public id>_<secret>; `api_key` is accepted too",
        )));
        document.components.get_or_insert_default().add_security_scheme("apikey", scheme);
        document.security = Some(vec![SecurityRequirement::new("apikey", Vec::<String>::new())]);
    }
}

/// The routes that create scans, with their description.
pub(crate) fn submissions() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(submit::create_source_scan))
        .routes(routes!(submit::create_hosted_scan))
        .routes(routes!(submit::create_config_scans))
}

/// The gateway's part of the document.
#[must_use]
pub fn openapi() -> Document {
    submissions().into_openapi()
}

/// `/openapi.json`, `/docs`, `/problems/{code}`.
pub(crate) fn router() -> Router {
    // The page's assets are in the binary; without a validator it talks to this server only.
    let page: Router = SwaggerUi::new("/mcp-hub/docs")
        .config(
            Config::new(["/mcp-hub/openapi.json"])
                .validator_url("none")
                .persist_authorization(false),
        )
        .into();
    page.route(
        "/mcp-hub/openapi.json",
        get(async || ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)),
    )
    .route("/mcp-hub/problems/{code}", get(explain))
}

/// What stands behind the `type` of a problem document.
async fn explain(Path(code): Path<String>) -> Result<impl IntoResponse, ProblemBuilder> {
    let code = Code::find(&code).ok_or_else(|| ProblemBuilder::new(Code::NoSuchPath, "there is no such problem code"))?;
    Ok(format!(
        "{}\n{} {}\n\n{}\n",
        code.title(),
        code.status().as_u16(),
        code.as_str(),
        code.explanation()
    ))
}
