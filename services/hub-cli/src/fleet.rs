//! `mcp-hub scan --mcp-config`: every server that a client's configuration names, and the configuration itself.

use crate::args::ScanArgs;
use crate::decisions::Decisions;
use crate::input::Input;
use crate::progress::Progress;
use crate::run::{Depth, Failure, Settings, report_of};
use crate::{output, status};
use hub_analyze::{Sibling, analyze_together, masked};
use hub_clients::{Clients, Entry, Reach, find_placeholder};
use hub_model::{ClientConfig, ConfigEntry, HostedTarget, Report, Severity, SourceTarget, is_secret_name};
use hub_report::{Fleet, FleetServer};
use hub_secrets::{Credentials, Headers, KeyPlace, SecretString};
use std::path::{Path, PathBuf};
use url::Url;

/// Scans all of it and prints one document.
pub(crate) async fn scan(args: &ScanArgs, settings: &Settings, decisions: &Decisions, floor: Severity) -> Result<u8, Failure> {
    let progress = Progress::new(args.out.quiet);
    let mut read = Vec::new();
    for file in &args.what.mcp_config {
        let text = std::fs::read_to_string(file).map_err(|e| Failure::input(file, &e))?;
        let clients = Clients::read(&file.display().to_string(), &text, &settings.clients)?;
        let config = masked(&clients);
        read.push((file.as_path(), clients, config));
    }
    let mut servers = Vec::new();
    let mut warnings = Vec::new();
    for (file, clients, config) in &read {
        for (entry, shown) in clients.entries.iter().zip(&config.entries) {
            if entry.disabled {
                warnings.push(format!("`{}` is disabled and was not scanned", shown.name));
            } else if matches!(entry.reach, Reach::Nothing) {
                warnings.push(format!("`{}` names neither a URL nor a command and was not scanned", shown.name));
            } else {
                servers.push(one(entry, shown, file, args, settings, &progress).await);
            }
        }
    }
    let configs: Vec<ClientConfig> = read.into_iter().map(|(_, _, config)| config).collect();
    let siblings: Vec<Sibling<'_>> = servers
        .iter()
        .filter_map(|s| {
            let report = s.outcome.as_ref().ok()?;
            Some(Sibling {
                name: &s.name,
                inventory: &report.inventory,
            })
        })
        .collect();
    progress.step("looking at the servers together …");
    let mut together = analyze_together(&configs, &siblings, &settings.budget);
    together.warnings.extend(warnings.iter().map(|w| output::clean(w)));
    decisions.apply(&mut together);
    for server in &mut servers {
        if let Ok(report) = &mut server.outcome {
            decisions.apply(report);
        }
    }
    let fleet = Fleet { together, servers };
    drop(progress);
    let name = args
        .what
        .mcp_config
        .iter()
        .map(|f| f.display().to_string())
        .collect::<Vec<_>>()
        .join(", ");
    output::write(&fleet.write(output::format(&args.out), &name), args.out.output.as_deref())?;
    let mut missing = false;
    for server in &fleet.servers {
        if let Err(why) = &server.outcome {
            output::warn(&output::clean(&format!("`{}` was not scanned: {why}", server.name)));
            missing = true;
        }
    }
    Ok(match (fleet.worst() >= floor, missing) {
        (true, _) => status::FINDINGS,
        // What was not looked at is not clean.
        (false, true) => status::NOT_DONE,
        (false, false) => status::CLEAN,
    })
}

async fn one(entry: &Entry, shown: &ConfigEntry, file: &Path, args: &ScanArgs, settings: &Settings, progress: &Progress) -> FleetServer {
    let target = match (&shown.url, &shown.package) {
        (Some(url), _) => url.clone(),
        (None, Some(package)) => package
            .version
            .as_ref()
            .map_or(package.name.clone(), |v| format!("{}@{v}", package.name)),
        (None, None) => shown
            .command
            .iter()
            .chain(&shown.args)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" "),
    };
    progress.step(&format!("{}: {target} …", shown.name));
    let secrets = entry.secrets_in_clear();
    let outcome = match input_of(entry, file, settings) {
        Ok(input) => report_of(input, &args.what, None, settings, progress, Depth::Full)
            .await
            .map_err(|e| said(&e)),
        Err(why) => Err(why),
    };
    FleetServer {
        name: shown.name.clone(),
        target,
        outcome: match outcome {
            Ok(report) => without(report, &secrets),
            Err(why) => Err(hide(&why, &secrets)),
        },
    }
}

/// A failure with its causes, in one line.
fn said(failure: &Failure) -> String {
    let mut text = failure.to_string().lines().next().unwrap_or_default().to_owned();
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        if !text.contains(&error.to_string()) {
            text.push_str(&format!(": {error}"));
        }
        cause = error.source();
    }
    text
}

fn hide(text: &str, secrets: &[String]) -> String {
    secrets
        .iter()
        .fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
}

/// The report without any of the configuration's secrets, should a server or an error have repeated one.
fn without(report: Report, secrets: &[String]) -> Result<Report, String> {
    let Ok(text) = serde_json::to_string(&report) else {
        return Ok(report);
    };
    if !secrets.iter().any(|s| text.contains(s.as_str())) {
        return Ok(report);
    }
    serde_json::from_str(&hide(&text, secrets)).map_err(|_| "its report repeats a secret in a place where it cannot be masked".to_owned())
}

/// What to scan for an entry, or why nothing can be.
fn input_of(entry: &Entry, file: &Path, settings: &Settings) -> Result<Input, String> {
    match &entry.reach {
        Reach::Endpoint { url, transport } => {
            if let Some(placeholder) = find_placeholder(url) {
                return Err(format!(
                    "its URL holds the placeholder `{placeholder}`, which is not filled in here"
                ));
            }
            let mut endpoint_url = Url::parse(url.trim()).map_err(|e| format!("its URL is not valid: {e}"))?;
            if !matches!(endpoint_url.scheme(), "http" | "https") {
                return Err(format!(
                    "its URL has the scheme `{}`; an endpoint is reached over http or https",
                    endpoint_url.scheme()
                ));
            }
            let credentials = credentials(entry, &mut endpoint_url)?;
            let target = HostedTarget {
                endpoint_url,
                server_name: Some(entry.name.clone()),
                expected_tools: None,
                transport: *transport,
            };
            Ok(Input::Hosted(target, credentials))
        }
        Reach::Command(words) => match entry.launched() {
            Some(launched) => {
                let Some(source) = &launched.source else {
                    return Err("it starts a container image, whose content cannot be looked at here; scan its repository".to_owned());
                };
                if let Some(placeholder) = find_placeholder(&launched.spec) {
                    return Err(format!(
                        "its package holds the placeholder `{placeholder}`, which is not filled in here"
                    ));
                }
                let is_path = source.source_url.starts_with(['.', '/', '~', '\\']) || source.source_url.starts_with("file:");
                if is_path {
                    return local(std::slice::from_ref(&launched.spec), entry, file);
                }
                let target = SourceTarget::parse(
                    &source.source_url,
                    source.version.as_deref(),
                    source.base_path.as_deref(),
                    &settings.hosts,
                );
                target.map(Input::Source).map_err(|e| e.to_string())
            }
            None => local(&words[1..], entry, file),
        },
        Reach::Nothing => Err("it names neither a URL nor a command".to_owned()),
    }
}

/// As the client would send them. A key in the query travels apart from the URL, which may be shown.
fn credentials(entry: &Entry, url: &mut Url) -> Result<Credentials, String> {
    let mut headers = std::collections::BTreeMap::new();
    for (name, value) in &entry.headers {
        if ["accept", "content-type", "accept-encoding", "connection"].contains(&name.to_ascii_lowercase().as_str()) {
            continue;
        }
        if let Some(placeholder) = find_placeholder(value) {
            return Err(format!(
                "its header `{name}` holds the placeholder `{placeholder}`, which is not filled in here"
            ));
        }
        headers.insert(name.clone(), SecretString::from(value.clone()));
    }
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let secret: Vec<_> = pairs.iter().filter(|(n, v)| is_secret_name(n) && !v.is_empty()).cloned().collect();
    if let ([(name, value)], true) = (secret.as_slice(), headers.is_empty()) {
        let rest: Vec<_> = pairs.iter().filter(|(n, _)| n != name).collect();
        if rest.is_empty() {
            url.set_query(None);
        } else {
            url.query_pairs_mut().clear().extend_pairs(rest);
        }
        return Ok(Credentials::ApiKey {
            place: KeyPlace::Query(name.clone()),
            api_key: SecretString::from(value.clone()),
        });
    }
    Ok(if headers.is_empty() {
        Credentials::None
    } else {
        Credentials::CustomHeaders { headers: Headers(headers) }
    })
}

/// Files that say "here is a package".
const MANIFESTS: [&str; 4] = ["package.json", "pyproject.toml", "setup.py", "requirements.txt"];
/// How far above a script its manifest may lie.
const MAX_LEVELS_UP: usize = 4;

/// The package around the first argument that is a file or folder of this machine. Nothing is run.
fn local(words: &[String], entry: &Entry, file: &Path) -> Result<Input, String> {
    let base = match &entry.cwd {
        Some(cwd) => PathBuf::from(cwd),
        None => file.parent().map(Path::to_path_buf).unwrap_or_default(),
    };
    let mut folders = vec![base.clone()];
    if let Some(at) = words.iter().position(|w| w == "--directory" || w == "--project") {
        folders.extend(words.get(at + 1).map(|d| base.join(d)));
    }
    let scripts = words.iter().filter(|w| {
        !w.starts_with('-') && (w.contains(['/', '\\']) || [".js", ".mjs", ".cjs", ".ts", ".py"].iter().any(|e| w.ends_with(e)))
    });
    for script in scripts {
        for folder in &folders {
            let path = folder.join(script);
            if !path.exists() {
                continue;
            }
            let start = if path.is_dir() {
                path.as_path()
            } else {
                path.parent().unwrap_or(&path)
            };
            if let Some(root) = start
                .ancestors()
                .take(MAX_LEVELS_UP)
                .find(|a| MANIFESTS.iter().any(|m| a.join(m).exists()))
            {
                return Ok(Input::Local(root.to_path_buf()));
            }
            if path.is_file() {
                return Err(format!(
                    "there is no package around `{}`; scan its folder with `mcp-hub scan PATH`",
                    path.display()
                ));
            }
        }
    }
    Err("it starts a local command that is neither a package launcher nor a script found here; use `mcp-hub scan --stdio` or scan its source".to_owned())
}
