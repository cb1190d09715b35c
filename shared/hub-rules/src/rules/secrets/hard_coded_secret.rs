use hub_engine::text::find_secrets;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{ExprId, ExprKind, Key, Module, PatKind, Prop, StmtKind, Sym};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A live-looking key, token or password written into the code: by its format (vendor prefixes, key blocks), or because a
    /// variable named like a secret holds a random-looking text. Placeholders and examples are ignored.
    /// ## Why it matters
    /// Whoever can read the package or the repository can use it, and it cannot be changed without a release.
    /// ## How to fix it
    /// Revoke the secret, and read the new one from the environment or a secret store.
    /// ```py vulnerable
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("mail")
    /// DB_PASSWORD = "t7Kq9zXv2LmB4wRd"
    ///
    /// @mcp.tool()
    /// def send() -> str:
    ///     """Sends."""
    ///     return DB_PASSWORD[:0]
    /// ```
    /// ```py safe
    /// import os
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("mail")
    /// DB_PASSWORD = os.environ["DB_PASSWORD"]
    /// API_KEY = "your-api-key-here"
    ///
    /// @mcp.tool()
    /// def send() -> str:
    ///     """Sends."""
    ///     return DB_PASSWORD[:0]
    /// ```
    pub struct HardCodedSecret {
        id: "hard-coded-secret",
        title: "Secret written into the code",
        category: Secrets,
        severity: High,
        classes: &["S09"],
        needs: Some(Needs::Source),
        references: &["https://cwe.mitre.org/data/definitions/798.html"],
    }
}

impl Rule for HardCodedSecret {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(program) = cx.program else { return };
        for (_, module) in program.iter() {
            if is_apart(module.path.as_str()) || module.path.extension() == Some("json") {
                continue;
            }
            let mut seen: BTreeSet<u32> = BTreeSet::new();
            for (i, expr) in module.exprs.iter().enumerate() {
                let ExprKind::Str(sym) = expr.kind else { continue };
                let text = module.str(sym);
                if text.len() < 16 || text.len() > 8_000 || !looks_dense(text) {
                    continue;
                }
                if let Some(secret) = find_secrets(text)
                    .into_iter()
                    .find(|s| s.by_format && !is_placeholder(&text[s.span.clone()]))
                {
                    report(out, module, ExprId(i as u32), secret.kind, Confidence::High, &mut seen);
                }
            }
            let named = |name: &str, value: ExprId, out: &mut Findings, seen: &mut BTreeSet<u32>| {
                let ExprKind::Str(sym) = module.expr(value).kind else { return };
                if is_secret_name(name) && is_random(module.str(sym)) {
                    report(out, module, value, "secret", Confidence::Medium, seen);
                }
            };
            for stmt in &module.stmts {
                if let StmtKind::Let {
                    pattern,
                    init: Some(value),
                    ..
                } = stmt.kind
                    && let PatKind::Ident(name) = module.pat(pattern).kind
                {
                    named(module.str(name), value, out, &mut seen);
                }
            }
            for expr in &module.exprs {
                match &expr.kind {
                    ExprKind::Assign { target, value, op: None } => {
                        let name: Option<Sym> = match module.pat(*target).kind {
                            PatKind::Ident(n) => Some(n),
                            PatKind::Target(e) => match module.expr(e).kind {
                                ExprKind::Member { property, .. } => Some(property),
                                _ => None,
                            },
                            _ => None,
                        };
                        if let Some(n) = name {
                            named(module.str(n), *value, out, &mut seen);
                        }
                    }
                    ExprKind::Object(props) => {
                        for p in props {
                            if let Prop::KeyValue { key: Key::Name(n), value } = p {
                                named(module.str(*n), *value, out, &mut seen);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

fn report(out: &mut Findings, module: &Module, value: ExprId, kind: &str, confidence: Confidence, seen: &mut BTreeSet<u32>) {
    let at = module.location(module.expr(value).span);
    if !seen.insert(at.line) {
        return;
    }
    out.report(HardCodedSecret::META)
        .title(format!("A {kind} is written into the code"))
        // The line itself would show it.
        .evidence(format!(
            "{kind} of {} characters",
            module.text(module.expr(value).span).len().saturating_sub(2)
        ))
        .severity(Severity::High)
        .level(hub_model::EvidenceLevel::Reachable)
        .confidence(confidence)
        .key(kind.to_owned())
        .at(at)
        .add();
}

fn is_apart(path: &str) -> bool {
    path.split('/').any(|p| {
        matches!(
            p,
            "test" | "tests" | "__tests__" | "examples" | "example" | "docs" | "fixtures" | "node_modules"
        )
    }) || path.rsplit('/').next().is_some_and(|f| {
        let ends = ["_test.go", "_test.rb", "_spec.rb", "Test.java", "Test.kt", "Test.php", "Tests.cs"];
        f.starts_with("test_") || f.contains(".test.") || f.contains(".spec.") || ends.iter().any(|e| f.ends_with(e))
    })
}

/// No sentence, no markup: one word without spaces, or a key block.
fn looks_dense(text: &str) -> bool {
    text.contains("-----BEGIN") || !text.contains(char::is_whitespace)
}

fn is_secret_name(name: &str) -> bool {
    let n = name.to_ascii_lowercase().replace('-', "_");
    const ENDS: [&str; 14] = [
        "github_token",
        "bot_token",
        "api_key",
        "apikey",
        "secret",
        "secret_key",
        "secretkey",
        "password",
        "passwd",
        "access_token",
        "auth_token",
        "private_key",
        "client_secret",
        "clientsecret",
    ];
    ENDS.iter().any(|e| n == *e || n.ends_with(&format!("_{e}")))
        || name.ends_with("ApiKey")
        || name.ends_with("Secret")
        || name.ends_with("Password")
}

fn is_placeholder(text: &str) -> bool {
    let t = text.to_ascii_lowercase();
    [
        "example",
        "your",
        "xxxx",
        "placeholder",
        "changeme",
        "change_me",
        "dummy",
        "sample",
        "test",
        "<",
        "${",
        "{{",
        "...",
        "todo",
        "redacted",
        "****",
        "fake",
        "insert",
    ]
    .iter()
    .any(|w| t.contains(w))
}

/// Random by its characters: long enough, of several kinds, and of high entropy; no placeholder, path, address or name.
fn is_random(text: &str) -> bool {
    if text.len() < 12 || text.len() > 200 || is_placeholder(text) || text.contains(['/', ' ', ':', '$', '{', '<']) {
        return false;
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    if digits < 2 || letters < 4 {
        return false;
    }
    let mut counts = [0u32; 256];
    text.bytes().for_each(|b| counts[b as usize] += 1);
    let n = text.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|c| **c > 0)
        .map(|c| {
            let p = f64::from(*c) / n;
            -p * p.log2()
        })
        .sum();
    entropy >= 3.2
}
