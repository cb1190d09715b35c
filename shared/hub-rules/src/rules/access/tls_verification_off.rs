use crate::apart::is_apart;
use crate::own::own_modules;
use hub_engine::code::{Named, named_values};
use hub_engine::taint::{Known, line_of};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};
use hub_syntax::ir::{BinaryOp, ExprId, ExprKind, Language, Module, Span, StmtKind, Sym};
use std::collections::BTreeSet;

declare_rule! {
    /// ## What it finds
    /// A client that does not check the certificate of the server it talks to.
    /// ## Why it matters
    /// Whoever sits between reads and changes everything, credentials included.
    /// ## How to fix it
    /// Leave verification on; name a private authority with `verify="/path/ca.pem"` or `ca:`.
    /// ```py vulnerable
    /// import requests
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("web")
    ///
    /// @mcp.tool()
    /// def status() -> str:
    ///     """Shows the status."""
    ///     return requests.get("https://status.example.com", verify=False).text
    /// ```
    /// ```ts vulnerable
    /// process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    /// server.tool("status", "Shows the status.", {}, async () => ({ content: [{ type: "text", text: await (await fetch("https://status.example.com")).text() }] }));
    /// ```
    /// ```py vulnerable
    /// import ssl, aiohttp
    /// context = ssl.create_default_context()
    /// context.check_hostname = False
    /// context.verify_mode = ssl.CERT_NONE
    ///
    /// @mcp.tool()
    /// async def status() -> str:
    ///     """Shows the status."""
    ///     async with aiohttp.ClientSession() as s, s.get("https://status.example.com", ssl=context) as r:
    ///         return await r.text()
    /// ```
    /// ```ts vulnerable
    /// import https from "node:https";
    /// import axios from "axios";
    /// const http = axios.create({ baseURL: process.env.NODE_URL, httpsAgent: new https.Agent({ rejectUnauthorized: process.env.VERIFY_TLS === "true" }) });
    /// server.tool("nodes", "Lists the nodes", {}, async () => ({ content: [{ type: "text", text: JSON.stringify((await http.get("/nodes")).data) }] }));
    /// ```
    /// ```ts safe
    /// import https from "node:https";
    /// import axios from "axios";
    /// const agent = new https.Agent({ rejectUnauthorized: process.env.VERIFY_TLS !== "false" });
    /// const other = new https.Agent({ rejectUnauthorized: (process.env.VERIFY_TLS ?? "true") === "true" });
    /// const http = axios.create({ baseURL: process.env.NODE_URL, httpsAgent: agent });
    /// server.tool("nodes", "Lists the nodes", {}, async () => ({ content: [{ type: "text", text: JSON.stringify((await http.get("/nodes")).data) }] }));
    /// ```
    /// ```py safe
    /// import requests
    /// from mcp.server.fastmcp import FastMCP
    /// mcp = FastMCP("web")
    ///
    /// @mcp.tool()
    /// def status() -> str:
    ///     """Shows the status."""
    ///     return requests.get("https://status.example.com").text
    /// ```
    /// ```cs vulnerable
    /// using System.ComponentModel;
    /// using System.Net.Http;
    /// using ModelContextProtocol.Server;
    ///
    /// [McpServerToolType]
    /// public class Work
    /// {
    ///     [McpServerTool, Description("Shows the status.")]
    ///     public async Task<string> Status()
    ///     {
    ///         var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (m, c, h, e) => true };
    ///         using var http = new HttpClient(handler);
    ///         return await http.GetStringAsync("https://status.example.com");
    ///     }
    /// }
    /// ```
    /// ```java vulnerable
    /// import java.security.cert.X509Certificate;
    /// import javax.net.ssl.X509TrustManager;
    /// import org.springframework.ai.tool.annotation.Tool;
    ///
    /// public class Work implements X509TrustManager {
    ///     public void checkClientTrusted(X509Certificate[] chain, String type) {}
    ///     public void checkServerTrusted(X509Certificate[] chain, String type) {}
    ///     public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    ///
    ///     @Tool(description = "Shows the status.")
    ///     public String status() { return "ok"; }
    /// }
    /// ```
    /// ```rs vulnerable
    /// use rmcp::{tool, tool_router};
    ///
    /// struct Hub;
    ///
    /// #[tool_router]
    /// impl Hub {
    ///     #[tool(description = "Shows the status.")]
    ///     async fn status(&self) -> String {
    ///         let client = reqwest::Client::builder().danger_accept_invalid_certs(true).build().unwrap();
    ///         client.get("https://status.example.com").send().await.unwrap().text().await.unwrap()
    ///     }
    /// }
    /// ```
    /// ```php vulnerable
    /// <?php
    ///
    /// use Mcp\Capability\Attribute\McpTool;
    ///
    /// class Work
    /// {
    ///     #[McpTool(description: "Shows the status.")]
    ///     public function status(): string
    ///     {
    ///         $ch = curl_init("https://status.example.com");
    ///         curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false);
    ///         return curl_exec($ch);
    ///     }
    /// }
    /// ```
    /// ```rb vulnerable
    /// require "mcp"
    /// require "net/http"
    ///
    /// class Work < MCP::Tool
    ///   description "Shows the status."
    ///   input_schema(properties: {}, required: [])
    ///
    ///   def self.call(server_context:)
    ///     http = Net::HTTP.new("status.example.com", 443)
    ///     http.use_ssl = true
    ///     http.verify_mode = OpenSSL::SSL::VERIFY_NONE
    ///     MCP::Tool::Response.new([{ type: "text", text: http.get("/").body }])
    ///   end
    /// end
    /// ```
    /// ```java safe
    /// import java.security.cert.X509Certificate;
    /// import javax.net.ssl.X509TrustManager;
    /// import org.springframework.ai.tool.annotation.Tool;
    ///
    /// public class Work implements X509TrustManager {
    ///     private X509TrustManager system;
    ///     public void checkClientTrusted(X509Certificate[] chain, String type) {}
    ///     public void checkServerTrusted(X509Certificate[] chain, String type) throws Exception { system.checkServerTrusted(chain, type); }
    ///     public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    ///
    ///     @Tool(description = "Shows the status.")
    ///     public String status() { return "ok"; }
    /// }
    /// ```
    pub struct TlsVerificationOff {
        id: "tls-verification-off",
        title: "Certificates are not checked",
        category: Access,
        severity: Medium,
        classes: &["S24"],
        references: &["https://cwe.mitre.org/data/definitions/295.html"],
    }
}

/// Settings that switch the check off, with the value that does.
const OFF: &[(&str, &[&str])] = &[
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("rejectUnauthorized", &["false"]),
    ("strictSSL", &["false"]),
    ("verify_ssl", &["False"]),
    ("verify_mode", &["ssl.CERT_NONE", "CERT_NONE"]),
    ("cert_reqs", &["ssl.CERT_NONE", "CERT_NONE"]),
    ("InsecureSkipVerify", &["true"]),
    ("verify_mode", &["OpenSSL::SSL::VERIFY_NONE", "SSL::VERIFY_NONE"]),
    ("verify_ssl", &["false", "OpenSSL::SSL::VERIFY_NONE"]),
    ("verify_peer", &["false"]),
    ("CURLOPT_SSL_VERIFYPEER", &["false", "0", "FALSE"]),
];

/// A setting that many things have a name for, and the libraries in which it is the check of certificates.
const VERIFY_OF: &[(Language, &[&str])] = &[
    (Language::Php, &["GuzzleHttp", "Illuminate\\Support\\Facades\\Http"]),
    (Language::Ruby, &["HTTParty", "Faraday"]),
];

/// Functions that switch the check off when called with true, or at all.
const SWITCHES: &[(&str, Option<bool>)] = &[
    ("danger_accept_invalid_certs", Some(true)),
    ("danger_accept_invalid_hostnames", Some(true)),
    ("tls_danger_accept_invalid_certs", Some(true)),
    ("withoutVerifying", None),
    ("InsecureIgnoreHostKey", None),
];

/// Places for a function that decides whether a certificate is good.
const DECIDERS: &[&str] = &[
    "ServerCertificateCustomValidationCallback",
    "ServerCertificateValidationCallback",
    "RemoteCertificateValidationCallback",
    "setHostnameVerifier",
    "setDefaultHostnameVerifier",
    "hostnameVerifier",
    "setSSLHostnameVerifier",
];

impl Rule for TlsVerificationOff {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let Some(flows) = cx.flows else { return };
        let mut seen: BTreeSet<(u32, u32)> = BTreeSet::new();
        for call in flows.calls.iter().filter(|c| !is_apart(c.at.file.as_str())) {
            let off = call.named("verify") == Some(&Known::Flag(false)) && call.name.starts_with("requests")
                || call.named("rejectUnauthorized") == Some(&Known::Flag(false))
                || call.last() == "_create_unverified_context";
            if off {
                seen.insert((call.module.0, call.at.line));
                out.report(Self::META)
                    .at(call.at.clone())
                    .evidence(call.code.clone())
                    .confidence(Confidence::High)
                    .key(call.last().to_owned())
                    .add();
            }
        }
        for (id, module) in own_modules(cx) {
            for (name, span, unless_set) in switched_off(module) {
                let at = module.location(span);
                // The call around it may be told already; so may a line before (`check_hostname` and `verify_mode` go together).
                if !(at.line.saturating_sub(4)..=at.line).all(|l| !seen.contains(&(id.0, l))) {
                    continue;
                }
                seen.insert((id.0, at.line));
                let asked = !unless_set && is_asked_for(module, span);
                out.report(Self::META)
                    .evidence(line_of(module, &at))
                    .at(at)
                    .title(if unless_set {
                        "Certificates are not checked unless a setting asks for it"
                    } else if asked {
                        "Certificates are not checked where the operator asks for it"
                    } else {
                        "Certificates are not checked"
                    })
                    .severity(if asked { Severity::Low } else { Severity::Medium })
                    .confidence(Confidence::Medium)
                    .key(name.to_owned())
                    .add();
            }
        }
    }
}

/// A check that a setting of the environment switches on, and that is off without it: `rejectUnauthorized: process.env.VERIFY === "true"`,
/// `verify=os.getenv("VERIFY", "").lower() == "true"`.
fn off_unless_set(module: &Module, v: &Named<'_>) -> bool {
    if !matches!(v.name, "rejectUnauthorized" | "strictSSL" | "verify_ssl" | "verify") {
        return false;
    }
    let ExprKind::Binary {
        op: BinaryOp::Eq | BinaryOp::StrictEq,
        left,
        right,
    } = module.expr(v.value).kind
    else {
        return false;
    };
    let ExprKind::Str(on) = module.expr(right).kind else { return false };
    let on = module.str(on);
    let asked = module.text(module.expr(left).span);
    // A default of the same word leaves it on.
    let from_environment = ["process.env.", "process.env[", "os.getenv(", "os.environ.get("]
        .iter()
        .any(|e| asked.contains(e));
    let on_by_default = ["\"", "'"]
        .iter()
        .any(|q| asked.to_ascii_lowercase().contains(&format!("{q}{}{q}", on.to_ascii_lowercase())));
    from_environment && !on_by_default && matches!(on.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on")
}

/// Where a module switches the check off, by what name, and whether it is off only where no setting says otherwise.
fn switched_off(module: &Module) -> Vec<(&str, Span, bool)> {
    let mut out = Vec::new();
    if OFF.iter().any(|(name, _)| module.source.contains(name)) || module.source.contains("verify") {
        let of_clients = VERIFY_OF
            .iter()
            .any(|(language, libraries)| *language == module.language && libraries.iter().any(|l| module.source.contains(l)));
        for v in named_values(module) {
            let text = module.text(v.span).trim_matches(['"', '\'', '`']);
            let unless_set = off_unless_set(module, &v);
            if unless_set
                || OFF.iter().any(|(name, values)| v.name == *name && values.contains(&text))
                || of_clients && v.name == "verify" && text == "false"
            {
                out.push((v.name, v.span, unless_set));
            }
        }
    }
    if DECIDERS.iter().any(|name| module.source.contains(name)) {
        out.extend(
            named_values(module)
                .into_iter()
                .filter(|v| DECIDERS.contains(&v.name) && accepts_all(module, v.value))
                .map(|v| (v.name, v.span, false)),
        );
    }
    for expr in &module.exprs {
        let ExprKind::Call { callee, args, .. } = &expr.kind else {
            continue;
        };
        let last = match module.expr(*callee).kind {
            ExprKind::Member { property, .. } => module.str(property),
            ExprKind::Ident(name) => module.str(name),
            _ => continue,
        };
        let first = args.first().map(|a| a.value);
        let flag = first.and_then(|a| match module.expr(a).kind {
            ExprKind::Bool(b) => Some(b),
            _ => None,
        });
        let switch = SWITCHES
            .iter()
            .any(|(name, when)| *name == last && (when.is_none() || flag == *when));
        let decider = DECIDERS.contains(&last) && first.is_some_and(|a| accepts_all(module, a));
        let option = last == "curl_setopt"
            && args.len() == 3
            && module.text(module.expr(args[1].value).span) == "CURLOPT_SSL_VERIFYPEER"
            && matches!(module.text(module.expr(args[2].value).span), "false" | "0" | "FALSE");
        if switch || decider || option {
            out.push((last, expr.span, false));
        }
    }
    // A trust manager that refuses nothing.
    out.extend(
        module
            .functions
            .iter()
            .filter(|f| f.body.is_empty() && f.name.is_some_and(|n| module.str(n) == "checkServerTrusted"))
            .filter(|f| module.text(f.span).contains('{'))
            .map(|f| ("checkServerTrusted", f.span, false)),
    );
    out
}

/// A function that says yes whatever it is asked: `(_, _) -> true`.
fn accepts_all(module: &Module, decider: ExprId) -> bool {
    match module.expr(decider).kind {
        ExprKind::Function(f) => match module.function(f).body[..] {
            [only] => {
                matches!(module.stmt(only).kind, StmtKind::Return(Some(e)) | StmtKind::Expr(e) if matches!(module.expr(e).kind, ExprKind::Bool(true)))
            }
            _ => false,
        },
        _ => {
            let text = module.text(module.expr(decider).span);
            text.contains("DangerousAcceptAnyServerCertificateValidator")
                || text.contains("NoopHostnameVerifier")
                || text.contains("ALLOW_ALL_HOSTNAME")
        }
    }
}

/// Under a condition that speaks of it: `if (config.insecure) …`.
fn is_asked_for(module: &Module, span: Span) -> bool {
    let speaks = |test: Span| {
        let text = module.text(test).to_ascii_lowercase();
        text.len() < 300
            && [
                "insecure", "verif", "skip", "self", "reject", "tls", "ssl", "cert", "unsafe", "env", "trust",
            ]
            .iter()
            .any(|w| text.contains(w))
    };
    let covers = |s: Span| s.start <= span.start && span.end <= s.end;
    // A function or class of that name is used where it is asked for: `SslIgnoreAdapter`, `create_insecure_context`.
    let named = |name: Option<Sym>| {
        name.is_some_and(|n| {
            let n = module.str(n).to_ascii_lowercase();
            [
                "insecure",
                "ignore",
                "noverify",
                "no_verify",
                "unverified",
                "skip",
                "selfsigned",
                "self_signed",
            ]
            .iter()
            .any(|w| n.contains(w))
        })
    };
    if module.functions.iter().any(|f| covers(f.span) && named(f.name)) || module.classes.iter().any(|c| covers(c.span) && named(c.name)) {
        return true;
    }
    module
        .stmts
        .iter()
        .any(|s| matches!(&s.kind, StmtKind::If { test, .. } if covers(s.span) && speaks(module.expr(*test).span)))
        || module.exprs.iter().any(|e| match &e.kind {
            ExprKind::Conditional { test, .. } => covers(e.span) && speaks(module.expr(*test).span),
            ExprKind::Binary {
                op: BinaryOp::And, left, ..
            } => covers(e.span) && speaks(module.expr(*left).span),
            _ => false,
        })
}
