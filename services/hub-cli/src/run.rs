//! The stages, in one process.

use crate::args::{Cli, Command, DiscoverArgs, ScanArgs, TargetArgs};
use crate::decisions::Decisions;
use crate::input::Input;
use crate::progress::Progress;
use crate::{fleet, output, status};
use clap::Parser;
use hub_analyze::{Earlier, Subject};
use hub_clients::{ClientLimits, ClientsError};
use hub_connect::{ConnectContext, ConnectError, ConnectLimits, EndpointChecks};
use hub_fetch::{FetchConfig, FetchContext, FetchError};
use hub_model::{Budget, CodeHosts, Digest, OriginKind, PUBLISHED_SOURCE_CHECK, RelPath, Report, Severity, Snapshot, Surface};
use hub_net::{EgressPolicy, NetError};
use hub_pipeline::{AnalysisError, IsolatedAnalyzer};
use hub_runtime::sandbox::SandboxSettings;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Why there is no report.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong.
    Usage(String),
    /// The scan could not be done.
    NotDone {
        what: String,
        cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

impl Failure {
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::Usage(what.into())
    }
    pub(crate) fn input(file: &Path, e: &std::io::Error) -> Self {
        Self::not_done(format!("`{}` cannot be read: {e}", file.display()))
    }
    pub(crate) fn output(file: &Path, e: &std::io::Error) -> Self {
        Self::not_done(format!("`{}` cannot be written: {e}", file.display()))
    }
    pub(crate) fn not_json(file: &Path, e: &serde_json::Error) -> Self {
        Self::not_done(format!("`{}` is not JSON: {e}", file.display()))
    }
    fn not_done(what: String) -> Self {
        Self::NotDone { what, cause: None }
    }
    /// The exit status that says so.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => status::USAGE,
            Self::NotDone { .. } => status::NOT_DONE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => write!(f, "{}\nTry `mcp-hub --help`.", output::clean(what)),
            Self::NotDone { what, .. } => f.write_str(&output::clean(what)),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotDone { cause: Some(cause), .. } => Some(cause.as_ref()),
            _ => None,
        }
    }
}

macro_rules! not_done {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(e: $error) -> Self {
                Self::NotDone { what: e.to_string(), cause: std::error::Error::source(&e).map(|s| s.to_string().into()) }
            }
        }
    )+};
}
not_done!(
    hub_codec::CodecError,
    ClientsError,
    FetchError,
    ConnectError,
    NetError,
    AnalysisError,
    std::io::Error,
    hub_model::SettingError
);

/// Runs a command to its end.
pub(crate) fn block_on(command: impl Future<Output = Result<u8, Failure>>) -> Result<u8, Failure> {
    hub_runtime::install_crypto();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(command);
    // What a blocking thread may still be doing (a git transfer that was given up) need not be waited for.
    runtime.shutdown_background();
    outcome
}

/// `mcp-hub scan`.
pub(crate) async fn scan(args: &ScanArgs) -> Result<u8, Failure> {
    let floor = Severity::from(args.fail_on);
    let settings = Settings::read()?;
    let decisions = Decisions::read(&args.decisions)?;
    if !args.what.mcp_config.is_empty() {
        return fleet::scan(args, &settings, &decisions, floor).await;
    }
    let input = Input::read(&args.what, &settings.hosts)?;
    let name = input.name();
    let progress = Progress::new(args.out.quiet);
    let mut what = args.what.clone();
    if let Some(published) = &args.what.published {
        let declared = declared_tools(published, &settings, &progress).await?;
        what.expected_tools.get_or_insert_default().extend(declared);
    }
    let input = match input {
        Input::Hosted(mut target, credentials) => {
            target.expected_tools.clone_from(&what.expected_tools);
            Input::Hosted(target, credentials)
        }
        other => other,
    };
    let mut report = report_of(input, &what, decisions.earlier.as_ref(), &settings, &progress, Depth::Full).await?;
    drop(progress);
    decisions.apply(&mut report);
    output::write(&output::format(&args.out).write(&report, &name), args.out.output.as_deref())?;
    Ok(if report.overall_severity >= floor {
        status::FINDINGS
    } else {
        status::CLEAN
    })
}

/// `mcp-hub discover`.
pub(crate) async fn discover(args: &DiscoverArgs) -> Result<u8, Failure> {
    if !args.what.mcp_config.is_empty() {
        return Err(Failure::usage(
            "`discover` takes one server; use `scan --mcp-config` for all of a configuration",
        ));
    }
    let settings = Settings::read()?;
    let input = Input::read(&args.what, &settings.hosts)?;
    let name = input.name();
    let report = report_of(input, &args.what, None, &settings, &Progress::new(args.out.quiet), Depth::Inventory).await?;
    output::write(&output::format(&args.out).write(&report, &name), args.out.output.as_deref())?;
    Ok(status::CLEAN)
}

/// The names of the tools that a published source declares. One that cannot be read in full says so.
async fn declared_tools(published: &str, settings: &Settings, progress: &Progress) -> Result<Vec<String>, Failure> {
    let cli = Cli::try_parse_from(["mcp-hub", "discover", "--", published]).map_err(|e| Failure::usage(format!("--published: {e}")))?;
    let Command::Discover(args) = cli.command else {
        return Err(Failure::usage("--published: this is no target"));
    };
    let input = Input::read(&args.what, &settings.hosts)?;
    let report = report_of(input, &args.what, None, settings, progress, Depth::Inventory).await?;
    report.inventory.declared_tools().map_err(|gap| {
        Failure::not_done(format!(
            "--published {published}: not every registration in it is understood ({gap}), so the live list cannot be held against it; use --expected-tools",
            gap = gap.what
        ))
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    Full,
    Inventory,
}

/// Something obtained, ready to be analysed. One at a time, so its size does not matter.
#[allow(clippy::large_enum_variant)]
enum Artifact {
    Snapshot(Snapshot),
    Surface(Surface),
}

/// Obtains what `input` names and analyses it.
pub(crate) async fn report_of(
    input: Input,
    what: &TargetArgs,
    earlier: Option<&Earlier>,
    settings: &Settings,
    progress: &Progress,
    depth: Depth,
) -> Result<Report, Failure> {
    let name = input.name();
    let (obtaining, verb) = match input {
        Input::Hosted(..) | Input::Stdio { .. } => ("connecting", "connecting to"),
        _ => ("fetching", "fetching"),
    };
    progress.step(&format!("{verb} {name} …"));
    let start = Instant::now();
    let is_live = matches!(input, Input::Hosted(..) | Input::Stdio { .. });
    let mut artifact = obtain(input, what, settings).await?;
    let obtained = start.elapsed();

    let executable = std::env::current_exe()?;
    let analyzer = IsolatedAnalyzer::new(executable, settings.sandbox.clone());
    let fetched = match &mut artifact {
        Artifact::Surface(surface) if is_live && depth == Depth::Full => {
            hold_against_named_source(surface, &analyzer, settings, progress).await
        }
        _ => None,
    };
    progress.step(&format!("analysing {name} …"));
    let start = Instant::now();
    // The bytes that the platform would store: the same target has the same digest on both.
    let (subject, bytes) = match &artifact {
        Artifact::Snapshot(snapshot) => (Subject::Snapshot(snapshot), hub_codec::encode_snapshot(snapshot)?),
        Artifact::Surface(surface) => (Subject::Surface(surface), hub_codec::encode_json(surface)?),
    };
    let digest = Digest::of(&bytes);
    let mut report = match depth {
        Depth::Inventory => analyzer.take_inventory(subject, digest).await?,
        Depth::Full => {
            analyzer
                .analyze_after(subject, digest, earlier, |tools| {
                    progress.step(&format!("{} tools in {name}; running rules …", tools.len()))
                })
                .await?
        }
    };
    report.durations.insert(obtaining.to_owned(), obtained.as_millis() as u64);
    report
        .durations
        .extend(fetched.map(|took| ("fetching".to_owned(), took.as_millis() as u64)));
    report.durations.insert("analyzing".to_owned(), start.elapsed().as_millis() as u64);
    Ok(report)
}

async fn obtain(input: Input, what: &TargetArgs, settings: &Settings) -> Result<Artifact, Failure> {
    match input {
        Input::Source(target) => {
            let cx = FetchContext::new(settings.fetch.clone().or_ask_package_managers(Some(&target)).await)?;
            let mut snapshot = hub_fetch::acquire(&target, &cx).await.map_err(|e| match e {
                FetchError::NoSuchPackage { .. } => {
                    let written = what.target.as_deref().unwrap_or_default().trim();
                    Failure::not_done(format!("{e}{}", crate::input::or_folder(written)))
                }
                e => Failure::from(e),
            })?;
            hold_against_repository(&mut snapshot, what, settings, &cx).await?;
            Ok(Artifact::Snapshot(snapshot))
        }
        Input::Local(path) => {
            let base_path = what.base_path.as_deref().map(str::parse::<RelPath>).transpose();
            let base_path = base_path.map_err(|e| Failure::usage(format!("--base-path: {e}")))?;
            // Nothing else runs beside it here, so blocking is fine.
            let mut snapshot = hub_fetch::acquire_local(&path, base_path.as_ref(), &settings.fetch.limits)?;
            let with_dependencies = settings.fetch.limits.max_dependencies > 0 && hub_fetch::wants_dependencies(&snapshot);
            let config = settings.fetch.clone();
            let cx = FetchContext::new(match with_dependencies {
                true => config.or_ask_package_managers(None).await,
                false => config,
            })?;
            hold_against_repository(&mut snapshot, what, settings, &cx).await?;
            if with_dependencies {
                hub_fetch::add_dependencies(&mut snapshot, &cx).await;
            }
            hub_fetch::look_up_advisories(&mut snapshot, &cx).await;
            Ok(Artifact::Snapshot(snapshot))
        }
        Input::Hosted(target, credentials) => {
            let mut cx = settings.connect.clone();
            // Whoever names a server of this machine on this machine's command line may reach it; nothing else becomes reachable.
            if is_loopback(&target.endpoint_url) {
                cx.egress.allow.extend(EgressPolicy::with_loopback().allow);
            }
            Ok(Artifact::Surface(hub_connect::connect(&target, &credentials, &cx).await?))
        }
        Input::Stdio { command, env } => {
            // Always said, even with --quiet: this is the one place where something scanned is run.
            let shown = output::clean(&command.join(" "));
            output::warn(&format!("starting `{shown}` on this machine, with your rights"));
            let mut surface = hub_connect::connect_stdio(&command, &env, &settings.connect.limits).await?;
            surface.expected_tools.clone_from(&what.expected_tools);
            Ok(Artifact::Surface(surface))
        }
        Input::Listing { text, name } => {
            let mut surface = hub_connect::surface_from_listing(&text, &name, &settings.connect.limits)?;
            surface.expected_tools.clone_from(&what.expected_tools);
            Ok(Artifact::Surface(surface))
        }
    }
}

/// Holds a live list against the source that its server names, and says how long obtaining that took; `None` where it names none. What
/// does not work is said in the report and costs nothing else.
async fn hold_against_named_source(
    surface: &mut Surface,
    analyzer: &IsolatedAnalyzer,
    settings: &Settings,
    progress: &Progress,
) -> Option<Duration> {
    let claim = hub_connect::take_claim(surface, &settings.connect.checks, &settings.hosts)?;
    let named = claim.target.canonical_url();
    progress.step(&format!("fetching {named}, which the server names as its source …"));
    let start = Instant::now();
    let obtained = async {
        let cx = FetchContext::new(settings.fetch.clone().or_ask_package_managers(Some(&claim.target)).await)?;
        let (snapshot, source) = hub_fetch::acquire_published(&claim, &cx).await?;
        let digest = Digest::of(&hub_codec::encode_snapshot(&snapshot)?);
        Ok::<_, Failure>((snapshot, source, digest))
    };
    let obtained = obtained.await;
    let took = start.elapsed();
    match obtained {
        Ok((snapshot, source, digest)) => {
            let inventory = analyzer.take_inventory(Subject::Snapshot(&snapshot), digest).await;
            surface.hold_against(source, hub_pipeline::declared_tools(inventory));
        }
        Err(e) => surface.note_check(
            PUBLISHED_SOURCE_CHECK,
            format!("not done: the source that the server names could not be obtained: {e}"),
        ),
    }
    Some(took)
}

/// What `--repository` asks for. A repository that cannot be read is said in the report and costs nothing else.
async fn hold_against_repository(package: &mut Snapshot, what: &TargetArgs, settings: &Settings, cx: &FetchContext) -> Result<(), Failure> {
    let Some(repository) = &what.repository else { return Ok(()) };
    if package.origin.kind == OriginKind::Git {
        return Err(Failure::usage(
            "--repository: the target is a repository itself; name a package or its archive",
        ));
    }
    let folder = Path::new(repository);
    if folder.is_dir() {
        let tree = hub_fetch::acquire_local(folder, None, &settings.fetch.limits)?;
        hub_fetch::compare_with(package, &tree, "the folder as given", true);
    } else {
        hub_fetch::compare_with_named(package, Some(repository), cx).await;
    }
    Ok(())
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Everything that the environment may set.
pub(crate) struct Settings {
    pub(crate) hosts: CodeHosts,
    pub(crate) clients: ClientLimits,
    pub(crate) budget: Budget,
    fetch: FetchConfig,
    connect: ConnectContext,
    sandbox: SandboxSettings,
}

impl Settings {
    pub(crate) fn read() -> Result<Self, Failure> {
        let env = &hub_runtime::env;
        let fetch = FetchConfig::read(env)?;
        Ok(Self {
            hosts: CodeHosts::read(env)?,
            clients: ClientLimits::read(env)?,
            budget: Budget::read(env)?,
            connect: ConnectContext {
                egress: fetch.egress.clone(),
                net: fetch.net.clone(),
                limits: ConnectLimits::read(env)?,
                checks: EndpointChecks::read(env)?,
            },
            fetch,
            sandbox: SandboxSettings::read(env)?,
        })
    }
}
