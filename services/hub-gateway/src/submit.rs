//! The three calls that start scans: read, seal, insert, answer.

use crate::app::App;
use crate::client_config::{EntryKind, read_client_config};
use crate::hosted::{HostedFields, read_hosted};
use crate::source::{SourceFields, read_source};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub_http::{Authenticated, Code, ProblemBuilder, ValidatedJson};
use hub_model::{Inventory, JobStatus, ScanId, Viewer};
use hub_secrets::{Credentials, seal};
use hub_store::{Born, Idempotency, NewScan, ScanTarget, ScanType, StoreError};
use hub_wire::api::{
    ConfigScanAccepted, ConfigScanRequest, FieldErrors, HostedScanAccepted, HostedScanRequest, Problem, SourceScanAccepted,
    SourceScanRequest,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const MAX_IDEMPOTENCY_KEY: usize = 255;

/// Start a source scan
///
/// Fetches a repository or package, finds the tools its code declares and checks them. Poll the status until it ends.
#[utoipa::path(post, path = "/mcp-hub/scan", tag = "submit", request_body = SourceScanRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat within 24 hours returns the first answer")),
    responses(
        (status = 202, description = "Accepted", body = SourceScanAccepted),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not declared as application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`errors` names each wrong field", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot store the scan now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create_source_scan(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    headers: HeaderMap,
    ValidatedJson { value: request, bytes }: ValidatedJson<SourceScanRequest>,
) -> Result<Response, ProblemBuilder> {
    let mut errors = FieldErrors::default();
    let fields = SourceFields {
        source_url: &request.source_url,
        version: request.version_or_commit.as_deref(),
        base_path: request.base_path.as_deref(),
        is_private: request.is_private,
        at: ["/source_url", "/version_or_commit", "/base_path"],
    };
    let scan = read_source(&fields, &app.code_hosts, &app.official_names, &mut errors).ok_or(errors)?;
    let answer = source_answer(&scan, &viewer, "the scan is accepted".to_owned());
    app.create(
        &viewer,
        vec![scan],
        &answer,
        Call {
            name: "POST /scan",
            headers: &headers,
            body: &bytes,
        },
    )
    .await
}

/// Start a hosted scan
///
/// Connects to a live MCP endpoint, lists what it offers and checks it. No tool is ever called.
#[utoipa::path(post, path = "/mcp-hub/scan/hosted", tag = "submit", request_body = HostedScanRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat within 24 hours returns the first answer")),
    responses(
        (status = 202, description = "Accepted", body = HostedScanAccepted),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not declared as application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`errors` names each wrong field", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot store the scan now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create_hosted_scan(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    headers: HeaderMap,
    ValidatedJson { value: request, bytes }: ValidatedJson<HostedScanRequest>,
) -> Result<Response, ProblemBuilder> {
    let mut errors = FieldErrors::default();
    let credentials = match request.auth_config {
        Some(auth) => auth.into_credentials("/auth_config", &mut errors),
        None => Some(Credentials::None),
    };
    let fields = HostedFields {
        endpoint_url: &request.endpoint_url,
        server_name: request.server_name.as_deref(),
        expected_tools: request.expected_tools.as_deref(),
        transport: request.transport.unwrap_or_default(),
        is_private: request.is_private,
        at: "/endpoint_url",
        within: "",
    };
    // Wrong credentials do not hide what else is wrong.
    let read = read_hosted(&fields, credentials.unwrap_or(Credentials::None), &app.egress, &mut errors);
    let declared = match &request.published_scan {
        Some(job) => declared_tools(&app, &viewer, job, &mut errors).await?,
        None => None,
    };
    let (mut scan, credentials) = read.filter(|_| errors.is_empty()).ok_or(errors)?;
    // After the fields were judged: what a published source declares is nothing that this client wrote.
    if let (Some(declared), ScanTarget::Hosted(target)) = (declared, &mut scan.target) {
        target.expected_tools.get_or_insert_default().extend(declared);
    }
    let scan = app.sealed(scan, &credentials)?;
    let answer = hosted_answer(&scan, &viewer, "the scan is accepted".to_owned());
    app.create(
        &viewer,
        vec![scan],
        &answer,
        Call {
            name: "POST /scan/hosted",
            headers: &headers,
            body: &bytes,
        },
    )
    .await
}

/// The names of the tools that a published source declares, as its scan found them.
async fn declared_tools(app: &App, viewer: &Viewer, job: &str, errors: &mut FieldErrors) -> Result<Option<Vec<String>>, ProblemBuilder> {
    const DOING: &str = "reading the published scan";
    /// The part of a report that is needed.
    #[derive(serde::Deserialize)]
    struct Published {
        inventory: Inventory,
    }
    let doing = |e: StoreError| ProblemBuilder::unavailable(DOING, &e);
    let mut wrong = |why: &str| {
        errors.push("/published_scan", why);
        Ok(None)
    };
    let Ok(id) = job.parse::<ScanId>() else {
        return wrong("is no UUID; use the `job_id` of a source scan");
    };
    let scan = app.store.find_scan(id).await.map_err(doing)?;
    // Whether another org has such a private scan is nobody's business.
    let Some(scan) = scan.filter(|s| viewer.may_read(s.is_private, s.org_id)) else {
        return wrong("names no scan that this key may read");
    };
    if scan.scan_type != ScanType::Source || scan.status != JobStatus::Completed {
        return wrong("names no completed scan of a source; scan the package or repository first");
    }
    let turn = app.published_reads.clone().acquire_owned().await;
    let turn = turn.map_err(|e| ProblemBuilder::internal(DOING, &e))?;
    let report = app.store.find_report(id).await.map_err(doing)?;
    let Some(report) = report else {
        return wrong("names a scan whose report is not kept any more; scan the package or repository again");
    };
    let declared = tokio::task::spawn_blocking(move || {
        // Held here, since this goes on when the client has left.
        let _turn = turn;
        let published: Published = serde_json::from_slice(&report.json)?;
        Ok::<_, serde_json::Error>(published.inventory.declared_tools().map_err(|gap| gap.what.clone()))
    });
    let declared = declared.await.map_err(|e| ProblemBuilder::internal(DOING, &e))?;
    match declared.map_err(|e| ProblemBuilder::internal(DOING, &e))? {
        Ok(tools) if tools.is_empty() => wrong("names a scan that found no tools, so there is nothing to hold the live list against"),
        Ok(tools) => Ok(Some(tools)),
        Err(gap) => wrong(&format!(
            "names a scan in which not every registration of a tool is understood ({gap}), so the live list cannot be held against it; use \
             expected_tools"
        )),
    }
}

/// Start one scan per entry of a client configuration
///
/// All or nothing: one bad entry and no scan is started; the 422 names every bad entry. An entry that would start a package
/// (`npx`, `uvx`, …) becomes a source scan of that package.
#[utoipa::path(post, path = "/mcp-hub/scan/hosted/config", tag = "submit", request_body = ConfigScanRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat within 24 hours returns the first answer")),
    responses(
        (status = 202, description = "Accepted, in the entries' order", body = Vec<ConfigScanAccepted>),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No key, or an unknown one", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not declared as application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`errors` names each bad entry", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many calls", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The service cannot store the scan now; try again", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create_config_scans(
    State(app): State<App>,
    Authenticated(viewer): Authenticated,
    headers: HeaderMap,
    ValidatedJson { value: request, bytes }: ValidatedJson<ConfigScanRequest>,
) -> Result<Response, ProblemBuilder> {
    let mut errors = FieldErrors::default();
    let mut read = Vec::new();
    for entry in read_client_config(&request.mcp_config, app.max_config_entries, &mut errors) {
        match entry.kind {
            EntryKind::Hosted {
                url,
                url_at,
                transport,
                auth,
            } => {
                let Some(credentials) = auth.into_credentials(&entry.at, &mut errors) else {
                    continue;
                };
                let fields = HostedFields {
                    endpoint_url: &url,
                    server_name: Some(&entry.name),
                    expected_tools: None,
                    transport,
                    is_private: request.is_private,
                    at: &url_at,
                    within: &entry.at,
                };
                let Some((scan, credentials)) = read_hosted(&fields, credentials, &app.egress, &mut errors) else {
                    continue;
                };
                read.push((scan, Some(credentials), format!("entry `{}`: the scan is accepted", entry.name)));
            }
            EntryKind::Package {
                source,
                version,
                base_path,
                command,
            } => {
                let args = format!("{}/args", entry.at);
                let fields = SourceFields {
                    source_url: &source,
                    version: version.as_deref(),
                    base_path: base_path.as_deref(),
                    is_private: request.is_private,
                    at: [&args; 3],
                };
                let Some(scan) = read_source(&fields, &app.code_hosts, &app.official_names, &mut errors) else {
                    continue;
                };
                let message = format!(
                    "entry `{}` starts a local command (`{command}`) and has no endpoint: the source of the package `{}` is scanned instead",
                    entry.name,
                    scan.repo_name.as_deref().unwrap_or_default()
                );
                read.push((scan, None, message));
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let (mut scans, mut answers) = (Vec::with_capacity(read.len()), Vec::with_capacity(read.len()));
    for (scan, credentials, message) in read {
        let scan = match &credentials {
            Some(credentials) => app.sealed(scan, credentials)?,
            None => scan,
        };
        answers.push(match scan.target {
            ScanTarget::Hosted(_) => ConfigScanAccepted::Hosted(hosted_answer(&scan, &viewer, message)),
            ScanTarget::Source(_) => ConfigScanAccepted::Source(source_answer(&scan, &viewer, message)),
        });
        scans.push(scan);
    }
    app.create(
        &viewer,
        scans,
        &answers,
        Call {
            name: "POST /scan/hosted/config",
            headers: &headers,
            body: &bytes,
        },
    )
    .await
}

fn source_answer(scan: &NewScan, viewer: &Viewer, message: String) -> SourceScanAccepted {
    SourceScanAccepted {
        job_id: scan.id.0,
        source_url: scan.source_url.clone().unwrap_or_default(),
        user_email: viewer.user_email.clone(),
        job_status: JobStatus::Initializing,
        message: format!("{message}; poll /mcp-hub/scan/{}/status", scan.id),
    }
}

fn hosted_answer(scan: &NewScan, viewer: &Viewer, message: String) -> HostedScanAccepted {
    let endpoint_url = match &scan.target {
        ScanTarget::Hosted(target) => target.endpoint_url.to_string(),
        ScanTarget::Source(_) => String::new(),
    };
    HostedScanAccepted {
        job_id: scan.id.0,
        endpoint_url,
        user_email: viewer.user_email.clone(),
        job_status: JobStatus::Initializing,
        message: format!("{message}; poll /mcp-hub/scan/{}/status", scan.id),
    }
}

/// What makes a repeat recognisable.
struct Call<'a> {
    name: &'static str,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

impl App {
    /// The scan with its credentials sealed to the connector's key.
    fn sealed(&self, scan: NewScan, credentials: &Credentials) -> Result<NewScan, ProblemBuilder> {
        if matches!(credentials, Credentials::None) {
            return Ok(scan);
        }
        let Some(key) = &self.sealing_key else {
            tracing::error!("HUB_SEALING_PUBLIC_KEY is not set: a hosted scan with credentials was refused");
            return Err(ProblemBuilder::new(
                Code::Unavailable,
                "this installation has no sealing key and takes no credentials; ask its operator to set HUB_SEALING_PUBLIC_KEY",
            ));
        };
        let sealed = seal(key, scan.id, credentials).map_err(|e| ProblemBuilder::internal("sealing the credentials", &e))?;
        Ok(NewScan {
            sealed_credentials: Some(sealed),
            ..scan
        })
    }

    /// Inserts the scans and answers 202; or repeats the first answer.
    async fn create<A: Serialize>(
        &self,
        viewer: &Viewer,
        mut scans: Vec<NewScan>,
        answer: &A,
        call: Call<'_>,
    ) -> Result<Response, ProblemBuilder> {
        if let Some(traceparent) = hub_runtime::trace::current_traceparent() {
            for scan in &mut scans {
                scan.traceparent = Some(traceparent.clone());
            }
        }
        let body = serde_json::to_string(answer).map_err(|e| ProblemBuilder::internal("writing the answer", &e))?;
        let key = idempotency_key(call.headers)?;
        let idempotency = key.map(|key| Idempotency {
            key,
            request_hash: hash(call.name, call.body),
            response: &body,
        });
        // A repeat starts nothing, so it is answered however much is waiting.
        let repeated = match &idempotency {
            Some(idempotency) => self.store.find_repeated(viewer, idempotency).await,
            None => Ok(None),
        };
        let born = match repeated {
            Ok(Some(born)) => Ok(born),
            Err(e) => Err(e),
            Ok(None) => {
                self.backlog.admit(&self.store, viewer.org_id, scans.len()).await?;
                match idempotency {
                    Some(_) => self.store.create_scans(viewer, &scans, idempotency.as_ref()).await,
                    None => self.births.create(viewer, &scans).await.map(|()| Born::Created),
                }
            }
        };
        let born = born.map_err(|e| {
            if e.is_transient() {
                ProblemBuilder::unavailable("storing the scan", &e)
            } else {
                ProblemBuilder::internal("storing the scan", &e)
            }
        })?;
        match born {
            Born::Created => {
                self.wake.notify_one();
                Ok(accepted(body, false))
            }
            Born::Repeated { response } => Ok(accepted(response, true)),
            Born::KeyReused => Err(ProblemBuilder::new(
                Code::IdempotencyKeyReused,
                "this Idempotency-Key was used within the last 24 hours for another request; use a new one",
            )),
        }
    }
}

fn accepted(body: String, repeated: bool) -> Response {
    let mut response = (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    if repeated {
        response
            .headers_mut()
            .insert(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
    }
    response
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ProblemBuilder> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()) => Ok(Some(key)),
        _ => {
            let mut errors = FieldErrors::default();
            errors.push(
                "Idempotency-Key",
                format!("must be 1 to {MAX_IDEMPOTENCY_KEY} visible ASCII characters"),
            );
            Err(errors.into())
        }
    }
}

fn hash(name: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([0]);
    hash.update(body);
    hash.finalize().into()
}
