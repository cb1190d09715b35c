use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Location, RelPath, Severity};

declare_rule! {
    /// ## What it finds
    /// Container files that give the server more than it needs: a Dockerfile that ends as root, a compose file with `privileged`, the
    /// host's network or process table, all capabilities, or the socket of the container engine.
    /// ## Why it matters
    /// A fault in any tool then ends at the host, not at the container's wall.
    /// ## How to fix it
    /// Create a user in the Dockerfile and name it with `USER`; drop `privileged` and the mounts of sockets and system folders.
    /// ```docker-compose.yml vulnerable
    /// services:
    ///   mcp:
    ///     image: example/mcp
    ///     privileged: true
    /// ```
    /// ```Dockerfile vulnerable
    /// FROM node:22
    /// COPY . /app
    /// USER root
    /// CMD ["node", "/app/index.js"]
    /// ```
    /// ```Dockerfile safe
    /// FROM node:22
    /// COPY . /app
    /// USER node
    /// CMD ["node", "/app/index.js"]
    /// ```
    pub struct ContainerPrivilege {
        id: "container-privilege",
        title: "The container gives the server more than it needs",
        category: Robustness,
        severity: Low,
        classes: &["S30", "P11"],
        references: &["https://cwe.mitre.org/data/definitions/250.html"],
    }
}

/// Lines of a compose file, what they mean, and how bad that is.
const COMPOSE: &[(&str, &str, Severity)] = &[
    ("privileged: true", "The container runs privileged", Severity::Medium),
    (
        "docker.sock",
        "The container may command the container engine of the host",
        Severity::Medium,
    ),
    ("network_mode: host", "The container shares the host's network", Severity::Low),
    ("pid: host", "The container sees the host's processes", Severity::Medium),
    ("- SYS_ADMIN", "The container has the capability SYS_ADMIN", Severity::Medium),
    ("- ALL", "The container has all capabilities", Severity::Medium),
];

impl Rule for ContainerPrivilege {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(snapshot) = cx.snapshot else { return };
        for file in &snapshot.files {
            // A dependency's containers are not what this server runs in.
            if crate::apart::is_apart(file.path.as_str()) || hub_model::DependencyRef::of(file.path.as_str()).is_some() {
                continue;
            }
            let name = file.path.file_name().to_ascii_lowercase();
            if name == "dockerfile" || name.starts_with("dockerfile.") || name.ends_with(".dockerfile") {
                dockerfile(&file.path, &file.text, out);
            } else if matches!(
                name.as_str(),
                "docker-compose.yml" | "docker-compose.yaml" | "compose.yml" | "compose.yaml"
            ) {
                compose(&file.path, &file.text, out);
            }
        }
    }
}

fn at(path: &RelPath, line: usize) -> Location {
    Location::of_line(path.clone(), line as u32 + 1)
}

fn dockerfile(path: &RelPath, text: &str, out: &mut Findings) {
    let mut user: Option<(usize, &str)> = None;
    for (i, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some(w) if w.eq_ignore_ascii_case("FROM") => user = None,
            Some(w) if w.eq_ignore_ascii_case("USER") => user = words.next().map(|u| (i, u)),
            _ => {}
        }
    }
    // Leaving it out is so common, and so often harmless, that only root by choice counts.
    if let Some((line, name)) = user
        && matches!(name.split(':').next(), Some("root" | "0"))
    {
        out.report(ContainerPrivilege::META)
            .at(at(path, line))
            .evidence(text.lines().nth(line).unwrap_or_default())
            .title("The container's program runs as root")
            .severity(Severity::Low)
            .confidence(Confidence::High)
            .key("root")
            .add();
    }
}

fn compose(path: &RelPath, text: &str, out: &mut Findings) {
    let mut in_caps = false;
    for (i, line) in text.lines().enumerate().take(5_000) {
        let code = line.split('#').next().unwrap_or_default().trim();
        if code.ends_with(':') {
            in_caps = code == "cap_add:";
        }
        for (words, title, severity) in COMPOSE {
            let found = match words.strip_prefix("- ") {
                Some(capability) => in_caps && code.trim_matches(['-', ' ', '"', '\'']) == capability,
                None if *words == "docker.sock" => code.contains(words) && code.starts_with('-'),
                None => code.replace(['"', '\''], "") == *words,
            };
            if found {
                out.report(ContainerPrivilege::META)
                    .at(at(path, i))
                    .evidence(line.trim())
                    .title(*title)
                    .severity(*severity)
                    .confidence(Confidence::High)
                    .key(*words)
                    .add();
            }
        }
    }
}
