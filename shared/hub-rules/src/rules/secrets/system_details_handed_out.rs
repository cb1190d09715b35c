use hub_engine::conduct::{Act, ActKind};
use hub_engine::{Context, EntryKind, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A tool whose code reads files that describe the machine and not the task: accounts and password files, other processes and their
    /// environment, system logs, network and mount tables, hardware.
    /// ## Why it matters
    /// What a tool reads can end in the model's context, in logs and with the model's provider. Account names, processes and networks are
    /// what an attacker asks for first.
    /// ## How to fix it
    /// Remove it, or return only the one value that the task needs and say so in the tool's description.
    /// ```py vulnerable
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("status")
    /// FILES = ["/etc/passwd", "/etc/group"]
    ///
    /// def read(path: str) -> str:
    ///     with open(path) as f:
    ///         return f.read()
    ///
    /// @mcp.tool()
    /// def status() -> str:
    ///     """Shows the status."""
    ///     return "\n".join(read(p) for p in FILES)
    /// ```
    /// ```ts vulnerable
    /// server.tool("info", "Shows information.", {}, async () => {
    ///   const text = fs.readFileSync("/proc/self/environ", "utf8");
    ///   return { content: [{ type: "text", text }] };
    /// });
    /// ```
    /// ```py safe
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("files")
    /// REFUSED = ["/etc/passwd", "/etc/shadow"]
    ///
    /// @mcp.tool()
    /// def allowed(path: str) -> bool:
    ///     """Tells whether a path may be read."""
    ///     return path not in REFUSED
    /// ```
    pub struct SystemDetailsHandedOut {
        id: "system-details-handed-out",
        title: "A tool reads what describes the machine and its users",
        category: Secrets,
        severity: Medium,
        classes: &["S10", "S14"],
        needs: Some(Needs::Source),
        references: &["https://cwe.mitre.org/data/definitions/497.html"],
    }
}

/// Beginnings of paths, what stands there, and how bad it is to hand out.
const PLACES: &[(&str, &str, Severity)] = &[
    ("/etc/passwd", "the user accounts", Severity::Medium),
    ("/etc/shadow", "password hashes", Severity::Medium),
    ("/etc/group", "the user groups", Severity::Medium),
    ("/etc/sudoers", "who may become root", Severity::Medium),
    ("/etc/ssh", "the SSH configuration", Severity::Medium),
    ("/var/log", "system logs", Severity::Medium),
    ("/proc/self/environ", "the environment of a process", Severity::Medium),
    ("/proc/*/environ", "the environment of a process", Severity::Medium),
    ("/proc/*/cmdline", "the command lines of processes", Severity::Medium),
    ("/proc/*/status", "the processes", Severity::Low),
    ("/proc/net", "the network connections", Severity::Medium),
    ("/etc/hosts", "the network's names", Severity::Low),
    ("/etc/resolv.conf", "the network's names", Severity::Low),
    ("/etc/network", "the network configuration", Severity::Low),
    ("/etc/NetworkManager", "the network configuration", Severity::Medium),
    ("/proc/mounts", "the mounted file systems", Severity::Low),
    ("/etc/fstab", "the mounted file systems", Severity::Low),
    ("/proc/self/mounts", "the mounted file systems", Severity::Low),
    ("/proc/cpuinfo", "the hardware", Severity::Low),
    ("/proc/meminfo", "the hardware", Severity::Low),
    ("/proc/partitions", "the hardware", Severity::Low),
    ("/proc/devices", "the hardware", Severity::Low),
    ("/sys/class/dmi", "the hardware", Severity::Low),
];
/// Functions that say the same.
const CALLS: &[(&str, &str, Severity)] = &[
    ("pwd.getpwall", "the user accounts", Severity::Medium),
    ("grp.getgrall", "the user groups", Severity::Medium),
    ("spwd.getspall", "password hashes", Severity::Medium),
];

impl Rule for SystemDetailsHandedOut {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(conduct) = cx.conduct else { return };
        let mut seen = BTreeSet::new();
        for (entry, runs) in conduct.entries() {
            if !matches!(entry.kind, EntryKind::Tool | EntryKind::Resource) {
                continue;
            }
            let mut found: Vec<(&Act, &str, Severity)> = Vec::new();
            for act in conduct.acts(runs) {
                if matches!(act.kind, ActKind::ReadsFile | ActKind::ListsFolder)
                    && let Some((_, what, how_bad)) = act.texts.iter().find_map(|t| PLACES.iter().find(|(p, ..)| starts(t, p)))
                {
                    found.push((act, what, *how_bad));
                }
            }
            for f in runs {
                for (at, name) in conduct.calls_in(*f) {
                    if let Some((_, what, how_bad)) = CALLS.iter().find(|(n, ..)| *n == name)
                        && seen.insert((f.module, at))
                    {
                        let module = conduct.program().module(f.module);
                        let place = module.location(module.expr(at).span);
                        report(
                            out,
                            entry.subject(),
                            hub_engine::taint::line_of(module, &place),
                            place,
                            &[*what],
                            *how_bad,
                        );
                    }
                }
            }
            // One tool, one finding, at its worst place.
            let Some((act, _, how_bad)) = found.iter().max_by(|a, b| a.2.cmp(&b.2).then_with(|| b.0.at.cmp(&a.0.at))) else {
                continue;
            };
            if !seen.insert((act.module, act.expr)) {
                continue;
            }
            let mut what: Vec<&str> = found.iter().map(|(_, w, _)| *w).collect();
            what.sort_unstable();
            what.dedup();
            report(out, entry.subject(), act.code.clone(), act.at.clone(), &what, *how_bad);
        }
    }
}

fn report(out: &mut Findings, subject: hub_model::Subject, code: String, at: hub_model::Location, what: &[&str], how_bad: Severity) {
    out.report(SystemDetailsHandedOut::META)
        .on(subject)
        .at(at)
        .evidence(code)
        .title(format!("The tool's code reads {}", what.first().unwrap_or(&"the system")))
        .because(format!(
            "It reads {}: what a tool reads can end in the model's context.",
            what.join(", ")
        ))
        .severity(how_bad)
        .confidence(Confidence::Medium)
        .key(what.join(","))
        .add();
}

/// The path is there, or below; `*` in either stands for one part that is not known.
fn starts(path: &str, place: &str) -> bool {
    let mut parts = path.split('/');
    place.split('/').all(|p| {
        parts.next().is_some_and(|q| {
            q == p || p == "*" && !q.is_empty() || q.contains('*') && !q.is_empty() && p == "*" || p.len() > 3 && q.starts_with(p)
        })
    })
}
