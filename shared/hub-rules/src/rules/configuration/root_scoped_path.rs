use super::{entries, place, program};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::Severity::{High, Medium};
use hub_model::{Confidence, EvidenceLevel, Subject};

declare_rule! {
    /// ## What it finds
    /// A server that is given the whole disk, a whole home folder or the system's configuration, as an argument, a variable or a container's mount.
    /// ## Why it matters
    /// Whatever steers the model reaches keys, browser profiles and shell start-up files through that server's ordinary tools.
    /// ## How to fix it
    /// Name the folders that the task needs; mount them read-only where nothing is to be written.
    /// ```config vulnerable
    /// {"mcpServers": {"files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2025.8.21", "/"]}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"files": {"command": "npx", "args": ["-y", "files@1.0.0", "C:\\Users\\me"]}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"box": {"command": "docker", "args": ["run", "-i", "-v", "/:/host", "mcp/shell@sha256:00aa"]}}}
    /// ```
    /// ```config vulnerable
    /// {"mcpServers": {"files": {"command": "files", "env": {"ALLOWED_DIRS": "/srv,${HOME}"}}}}
    /// ```
    /// ```config safe
    /// {"mcpServers": {"files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2025.8.21", "/home/me/project", "~/Documents/notes"], "env": {"HOME": "/home/me"}}, "py": {"command": "uv", "args": ["--directory", "/home/me", "run", "server.py"]}, "box": {"command": "docker", "args": ["run", "-v", "/srv/data:/data", "mcp/x@sha256:00aa"]}}}
    /// ```
    pub struct RootScopedPath { id: "root-scoped-path", title: "The server is given the whole disk or a whole home folder", category: Configuration, severity: Medium, classes: &["P02", "P11"], cwe: &[732, 250] }
}

/// Options whose value says where code lies, not what may be touched.
const CODE_PLACES: [&str; 8] = [
    "--directory",
    "--project",
    "--cwd",
    "--prefix",
    "-C",
    "--cache",
    "--config",
    "--env-file",
];
/// Variables that every program gets.
const USUAL_VARIABLES: [&str; 8] = [
    "HOME",
    "USERPROFILE",
    "PWD",
    "PATH",
    "APPDATA",
    "LOCALAPPDATA",
    "TMPDIR",
    "XDG_CONFIG_HOME",
];

impl Rule for RootScopedPath {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for (config, entry) in entries(cx) {
            let container = matches!(program(entry).as_str(), "docker" | "podman" | "nerdctl");
            let mut found: Vec<(String, &str, Breadth)> = Vec::new();
            let mut before = "";
            for (n, arg) in entry.args.iter().enumerate() {
                let is_mount =
                    matches!(before, "-v" | "--volume" | "--mount") || arg.starts_with("--volume=") || arg.starts_with("--mount=");
                let path = if container {
                    is_mount.then(|| host_side(arg)).flatten()
                } else if CODE_PLACES.contains(&before) {
                    None
                } else {
                    Some(
                        arg.split_once('=')
                            .filter(|(n, _)| n.starts_with('-'))
                            .map_or(arg.as_str(), |(_, v)| v),
                    )
                };
                if let Some(breadth) = path.and_then(breadth) {
                    found.push((format!("args[{n}]"), arg, breadth));
                }
                before = arg;
            }
            for value in entry
                .values
                .iter()
                .filter(|v| v.place == "env" && !USUAL_VARIABLES.contains(&v.name.as_str()))
            {
                // A list of folders; `:` also stands behind a drive's letter.
                let parts = value
                    .value
                    .split([',', ';'])
                    .flat_map(|p| if p.contains('\\') { vec![p] } else { p.split(':').collect() });
                if let Some(breadth) = parts.filter_map(|p| breadth(p.trim())).max() {
                    found.push((format!("env.{}", value.name), &value.value, breadth));
                }
            }
            for (at, shown, breadth) in found {
                let severity = if container && breadth == Breadth::Root { High } else { Medium };
                out.report(Self::META)
                    .on(Subject::ConfigEntry(entry.name.clone()))
                    .at(place(config, entry))
                    .field(format!("{}.{at}", entry.at))
                    .title(format!("`{}` is given {}", entry.name, breadth.words()))
                    .evidence(shown)
                    .severity(severity)
                    .confidence(Confidence::High)
                    .level(EvidenceLevel::Confirmed)
                    .add();
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Breadth {
    Home,
    System,
    Root,
}

impl Breadth {
    fn words(self) -> &'static str {
        match self {
            Self::Home => "a whole home folder, with its keys and profiles",
            Self::System => "a folder of the system's own configuration",
            Self::Root => "the whole disk",
        }
    }
}

/// The folder of this machine in a mount: `/a:/b:ro`, `type=bind,source=/a,target=/b`.
fn host_side(mount: &str) -> Option<&str> {
    let mount = mount
        .strip_prefix("--volume=")
        .or_else(|| mount.strip_prefix("--mount="))
        .unwrap_or(mount);
    if mount.contains("target=") || mount.contains("dst=") || mount.contains("destination=") {
        return mount
            .split(',')
            .find_map(|p| p.strip_prefix("source=").or_else(|| p.strip_prefix("src=")));
    }
    let from = if mount.get(1..3) == Some(":\\") || mount.get(1..3) == Some(":/") && mount.starts_with(|c: char| c.is_ascii_alphabetic()) {
        2
    } else {
        0
    };
    let end = mount[from..].find(':').map_or(mount.len(), |at| from + at);
    Some(&mount[..end])
}

fn breadth(path: &str) -> Option<Breadth> {
    let path = path.strip_prefix("file://").unwrap_or(path);
    if path == "/" || path == "/*" {
        return Some(Breadth::Root);
    }
    let mut unified = path.replace('\\', "/");
    while unified.len() > 1 && unified.ends_with('/') {
        unified.pop();
    }
    let lower = unified.to_ascii_lowercase();
    if lower.len() == 2 && lower.ends_with(':') && lower.starts_with(|c: char| c.is_ascii_alphabetic()) && path.len() > 2 {
        return Some(Breadth::Root);
    }
    let home_words = [
        "~",
        "$home",
        "${home}",
        "${env:home}",
        "%userprofile%",
        "${userhome}",
        "${env:userprofile}",
        "$env:userprofile",
    ];
    if home_words.contains(&lower.as_str()) {
        return Some(Breadth::Home);
    }
    let steps: Vec<&str> = lower.split('/').collect();
    match steps.as_slice() {
        ["", "home" | "users"] | ["", "home" | "users", _] | ["", "root"] => Some(Breadth::Home),
        [drive, "users"] | [drive, "users", _] if drive.ends_with(':') => Some(Breadth::Home),
        [
            "",
            "etc" | "var" | "usr" | "opt" | "proc" | "sys" | "private" | "library" | "system",
        ]
        | [_, "windows"] => (steps[0].is_empty() || steps[0].ends_with(':')).then_some(Breadth::System),
        _ => None,
    }
}
