use crate::apart::is_apart;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, DependencyRef, Location, RelPath, Severity};

declare_rule! {
    /// ## What it finds
    /// Manifests that give the server more than any tool can need: a cloud policy that allows every action on every resource, a Kubernetes
    /// role with every verb on everything or bound to `cluster-admin`, an OAuth scope over a whole account or organisation, files that an
    /// image or install script makes writable for everyone.
    /// ## Why it matters
    /// Whatever a tool can be talked into, it does with these rights.
    /// ## How to fix it
    /// Name the actions, resources, verbs and scopes that the tools use, and the user that owns the files.
    /// ```serverless.yml vulnerable
    /// provider:
    ///   iamRoleStatements:
    ///     - Effect: Allow
    ///       Action: "*"
    ///       Resource: "*"
    /// ```
    /// ```policy.json vulnerable
    /// {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": "*"}]}
    /// ```
    /// ```deploy.yaml vulnerable
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata:
    ///   name: mcp
    /// rules:
    ///   - apiGroups: ["*"]
    ///     resources: ["*"]
    ///     verbs:
    ///       - "*"
    /// ```
    /// ```rbac.yaml vulnerable
    /// kind: ClusterRoleBinding
    /// roleRef:
    ///   kind: ClusterRole
    ///   name: cluster-admin
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: mcp
    /// ```
    /// ```server.json vulnerable
    /// {"name": "io.example/notes", "oauth": {"scopes": ["repo", "admin:org"]}}
    /// ```
    /// ```smithery.yaml vulnerable
    /// oauth:
    ///   scopes:
    ///     - repo
    ///     - admin:org
    /// ```
    /// ```Dockerfile vulnerable
    /// FROM node:22
    /// COPY . /app
    /// RUN chmod -R 777 /app
    /// ```
    /// ```policy.json safe
    /// {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}, {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    /// ```
    /// ```serverless.yml safe
    /// provider:
    ///   iamRoleStatements:
    ///     - Effect: Allow
    ///       Action: s3:GetObject
    ///       Resource: "*"
    ///     - Effect: Deny
    ///       Action: "*"
    ///       Resource: "*"
    /// ```
    /// ```deploy.yaml safe
    /// kind: ClusterRole
    /// rules:
    ///   - apiGroups: ["*"]
    ///     resources: ["*"]
    ///     verbs: ["get", "list", "watch"]
    ///   - apiGroups: [""]
    ///     resources: ["pods"]
    ///     verbs: ["*"]
    /// ```
    /// ```Dockerfile safe
    /// FROM node:22
    /// COPY --chown=node . /app
    /// RUN chmod 755 /app/run.sh
    /// USER node
    /// ```
    pub struct ExcessPermission {
        id: "excess-permission",
        title: "The server is given more rights than its tools can need",
        category: Access,
        severity: Medium,
        classes: &["P11"],
        cwe: &[250, 732],
        references: &["https://cwe.mitre.org/data/definitions/250.html", "https://cwe.mitre.org/data/definitions/732.html"],
    }
}

/// Lines of one manifest that are looked at.
const MAX_LINES: usize = 20_000;
/// Lines around a key that can belong to one statement or rule.
const REACH: usize = 12;

/// Scopes over all that an account or organisation has.
const SCOPES: &[&str] = &[
    "https://www.googleapis.com/auth/cloud-platform",
    "https://mail.google.com/",
    "admin:org",
    "admin:enterprise",
    "site_admin",
    "delete_repo",
    "Directory.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
    "Sites.FullControl.All",
    "full_access_as_app",
];

/// A grant, in words, and how bad it is.
type Grant = (usize, &'static str, Severity);

impl Rule for ExcessPermission {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for file in cx.snapshot.into_iter().flat_map(|s| &s.files) {
            if is_apart(file.path.as_str()) || DependencyRef::of(file.path.as_str()).is_some() {
                continue;
            }
            let name = file.path.file_name().to_ascii_lowercase();
            let lines: Vec<&str> = file.text.lines().take(MAX_LINES).collect();
            let grants = match file.path.extension() {
                Some("yml" | "yaml") => of_yaml(&lines),
                Some("json") if !name.starts_with("package") => of_json(&file.text, &lines),
                Some("sh") => writable(&lines),
                _ if name.contains("dockerfile") => writable(&lines),
                _ => Vec::new(),
            };
            let mut told: Vec<&str> = Vec::new();
            for (line, title, severity) in grants {
                if told.contains(&title) {
                    continue;
                }
                told.push(title);
                out.report(Self::META)
                    .at(at(&file.path, line))
                    .evidence(lines.get(line).map_or("", |l| l.trim()))
                    .title(title)
                    .severity(severity)
                    .confidence(Confidence::High)
                    .key(title)
                    .add();
            }
        }
    }
}

fn at(path: &RelPath, line: usize) -> Location {
    let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
    Location::of_line(path.clone(), line)
}

const ALL_OF_CLOUD: Grant = (0, "A cloud policy allows every action on every resource", Severity::Medium);
const ALL_OF_CLUSTER: Grant = (0, "A Kubernetes role allows everything in the cluster", Severity::Medium);
const ADMIN_OF_CLUSTER: Grant = (0, "The server's account is bound to `cluster-admin`", Severity::Medium);
const WHOLE_ACCOUNT: Grant = (0, "An OAuth scope covers a whole account or organisation", Severity::Low);
const WRITABLE: Grant = (0, "Files are made writable for everyone", Severity::Low);

fn on(line: usize, grant: Grant) -> Grant {
    (line, grant.1, grant.2)
}

/// Key and value of a line of YAML, without the dash of a list and without quotes.
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches([' ', '-']).trim_end();
    let (key, value) = line.split_once(':')?;
    let value = value.split(" #").next().unwrap_or_default().trim();
    Some((key.trim_matches(['"', '\'']), value.trim_matches(['"', '\''])))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether `*` is among the values of the key on a line: behind it, or in the list below it.
fn is_any(lines: &[&str], at: usize) -> bool {
    let is_star = |v: &str| v.trim_matches([' ', '"', '\'', ',']) == "*";
    let Some((_, value)) = lines.get(at).and_then(|l| entry(l)) else {
        return false;
    };
    if !value.is_empty() {
        return value.trim_matches(['[', ']']).split(',').any(is_star);
    }
    let below = lines.iter().skip(at + 1).take(REACH);
    let list = below.map(|l| l.trim()).take_while(|l| l.starts_with('-') && entry(l).is_none());
    list.map(|l| l.trim_start_matches('-')).any(is_star)
}

/// The lines of the list entry or mapping in which a line stands: as deep as it or deeper, up to the next dash.
fn around<'l>(lines: &[&'l str], at: usize) -> impl Iterator<Item = (usize, &'l str)> {
    let key_indent = |l: &str| indent(l) + l.trim_start().len() - l.trim_start_matches([' ', '-']).len();
    let own = lines.get(at).map_or(0, |l| key_indent(l));
    let starts = |l: &str| l.trim_start().starts_with("- ") && key_indent(l) == own;
    let is_part = |l: &str| l.trim().is_empty() || key_indent(l) >= own || l.trim_start().starts_with('-') && key_indent(l) + 2 >= own;
    let mut from = at;
    while from > 0 && at - from < REACH && !starts(lines[from]) && is_part(lines[from - 1]) {
        from -= 1;
    }
    let mut to = at + 1;
    while to < lines.len() && to - at < REACH && !starts(lines[to]) && is_part(lines[to]) {
        to += 1;
    }
    let part: Vec<(usize, &'l str)> = lines[from..to].iter().enumerate().map(|(i, l)| (from + i, *l)).collect();
    part.into_iter()
}

fn of_yaml(lines: &[&str]) -> Vec<Grant> {
    let mut out = Vec::new();
    let (mut kind, mut list_of) = ("", "");
    for (i, line) in lines.iter().enumerate() {
        if line.trim_end() == "---" {
            kind = "";
        }
        // `admin:org` in a list is no key.
        if line.trim_start().starts_with("- ") && matches!(list_of, "scope" | "scopes") {
            out.extend(scope(line).map(|()| on(i, WHOLE_ACCOUNT)));
            continue;
        }
        let Some((key, value)) = entry(line) else { continue };
        if value.is_empty() {
            list_of = key;
        }
        if key == "kind" && indent(line) == 0 {
            kind = value;
        }
        let other = |wanted: &str| around(lines, i).any(|(j, l)| entry(l).is_some_and(|(k, _)| k == wanted) && is_any(lines, j));
        match key {
            "Action" | "actions" if is_any(lines, i) => {
                let allows = around(lines, i).any(|(_, l)| matches!(entry(l), Some(("Effect" | "effect", "Allow" | "ALLOW"))));
                if allows && (other("Resource") || other("resources")) {
                    out.push(on(i, ALL_OF_CLOUD));
                }
            }
            "verbs" if matches!(kind, "ClusterRole" | "Role") && is_any(lines, i) && other("resources") => out.push(on(i, ALL_OF_CLUSTER)),
            "name" if kind.ends_with("RoleBinding") && value == "cluster-admin" => out.push(on(i, ADMIN_OF_CLUSTER)),
            "scope" | "scopes" => out.extend(scope(line).map(|()| on(i, WHOLE_ACCOUNT))),
            _ => {}
        }
    }
    out
}

/// Whether a line names a scope over everything.
fn scope(line: &str) -> Option<()> {
    let mut words = line.split([' ', ',', '"', '\'', '[', ']']).filter(|w| !w.is_empty());
    words.any(|w| SCOPES.contains(&w)).then_some(())
}

fn of_json(text: &str, lines: &[&str]) -> Vec<Grant> {
    let mut out = Vec::new();
    if !["\"Action\"", "cope\"", "copes\""].iter().any(|w| text.contains(w)) {
        return out;
    }
    // A document that can be read is bounded in depth by its reader.
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else {
        return out;
    };
    let line_of = |words: &str| lines.iter().position(|l| l.contains(words)).unwrap_or(0);
    let mut todo = vec![&json];
    while let Some(value) = todo.pop() {
        match value {
            serde_json::Value::Array(list) => todo.extend(list),
            serde_json::Value::Object(fields) => {
                let any = |key: &str| {
                    let of = fields.get(key);
                    let is_star = |v: &serde_json::Value| v.as_str() == Some("*");
                    of.is_some_and(|v| is_star(v) || v.as_array().is_some_and(|l| l.iter().any(is_star)))
                };
                if fields.get("Effect").and_then(serde_json::Value::as_str) == Some("Allow") && any("Action") && any("Resource") {
                    out.push(on(line_of("\"Action\""), ALL_OF_CLOUD));
                }
                for key in ["scope", "scopes", "oauth_scopes", "bot_scopes"] {
                    let said = fields.get(key).map(serde_json::Value::to_string).unwrap_or_default();
                    if scope(&said).is_some() {
                        out.push(on(line_of(&format!("\"{key}\"")), WHOLE_ACCOUNT));
                    }
                }
                todo.extend(fields.values());
            }
            _ => {}
        }
    }
    out
}

/// `chmod 777`, in all its spellings.
fn writable(lines: &[&str]) -> Vec<Grant> {
    let is_open = |line: &str| {
        let mut words = line
            .split([' ', '\t', ';', '&', '"', '\''])
            .skip_while(|w| !w.ends_with("chmod"))
            .skip(1);
        let mode = words.find(|w| !w.is_empty() && !w.starts_with('-'));
        matches!(mode, Some("777" | "0777" | "a+rwx" | "ugo+rwx" | "a+w" | "o+w" | "666" | "0666"))
    };
    let found = lines
        .iter()
        .enumerate()
        .filter(|(_, l)| !l.trim_start().starts_with('#') && is_open(l));
    found.map(|(i, _)| on(i, WRITABLE)).collect()
}
