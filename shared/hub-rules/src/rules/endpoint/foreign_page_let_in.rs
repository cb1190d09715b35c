use super::{Connection, at_stake, fact, flag, text};
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, EvidenceLevel, Severity};

declare_rule! {
    /// ## What it finds
    /// A live server that a foreign web page can use through its visitor's browser: `Origin` and `Host` are not checked where DNS rebinding leads to it, or CORS headers open it to any page.
    /// A public server that needs a token in a header is no finding: a page has no such token.
    /// ## Why it matters
    /// Any page that its user visits can call the tools of a server on the user's own machine or network, or act with credentials that the browser adds by itself.
    /// ## How to fix it
    /// Refuse requests whose `Origin` or `Host` is not on a list of your own (403), and name single origins in CORS headers instead of `*` or whatever was sent.
    /// ```json vulnerable
    /// {"facts": [{"name": "foreign_origin_accepted", "address": "loopback", "foreign_host": true}, {"name": "connection", "address": "loopback", "auth_type": "none", "needs_credentials": false}], "tools": [{"name": "read_file", "description": "Reads a file.", "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}}}]}
    /// ```
    /// ```json vulnerable
    /// {"facts": [{"name": "permissive_cors", "allow_origin": "reflected", "allow_credentials": true, "preflight": true}, {"name": "connection", "address": "public", "auth_type": "basic", "needs_credentials": true}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "foreign_origin_accepted", "address": "public", "foreign_host": false}, {"name": "connection", "address": "public", "auth_type": "bearer", "needs_credentials": true}], "tools": []}
    /// ```
    /// ```json safe
    /// {"facts": [{"name": "permissive_cors", "allow_origin": "any", "allow_credentials": false, "preflight": true}, {"name": "connection", "address": "public", "auth_type": "none", "needs_credentials": false}], "tools": []}
    /// ```
    pub struct ForeignPageLetIn { id: "foreign-page-let-in", title: "A foreign web page can use the server", category: Endpoint, severity: High, classes: &["L05", "S23"], cwe: &[346, 350, 942] }
}

impl Rule for ForeignPageLetIn {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        let connection = Connection::of(cx);
        // What a page of a stranger gets out of an open server on the visitor's machine.
        let gain = match at_stake(cx) {
            Some(_) => Severity::High,
            None => Severity::Medium,
        };
        if let Some(found) = fact(cx, "foreign_origin_accepted") {
            let local = !connection.is_public();
            let severity = match (local, connection.needs_credentials) {
                (true, false) => Some(gain),
                (_, true) if connection.is_ambient() => Some(Severity::Medium),
                // A token is asked for, which the page does not have: a defence is missing, no more.
                (true, true) => Some(Severity::Low),
                (false, _) => None,
            };
            if let Some(severity) = severity {
                let shown = if flag(found, "foreign_host") {
                    "`Host` and `Origin`"
                } else {
                    "`Origin`"
                };
                out.report(Self::META)
                    .key("origin")
                    .title(if local {
                        "DNS rebinding leads to the server"
                    } else {
                        "`Origin` is not checked"
                    })
                    .evidence(format!(
                        "a handshake whose {shown} were a stranger's was answered at a {} address",
                        connection.address
                    ))
                    .severity(severity)
                    .confidence(Confidence::High)
                    .level(EvidenceLevel::Confirmed)
                    .add();
            }
        }
        if let Some(found) = fact(cx, "permissive_cors") {
            let reflected = text(found, "allow_origin") == "reflected";
            let with_credentials = reflected && flag(found, "allow_credentials");
            let severity = match (connection.is_public(), connection.needs_credentials, flag(found, "preflight")) {
                (_, true, _) if with_credentials && connection.is_ambient() => Some(Severity::High),
                (_, true, _) if with_credentials => Some(Severity::Low),
                (false, false, true) => Some(gain),
                // JSON needs a preflight, which was not granted.
                _ => None,
            };
            if let Some(severity) = severity {
                let allowed = if reflected { "the origin that asked" } else { "`*`" };
                let more = if with_credentials { ", with credentials" } else { "" };
                out.report(Self::META)
                    .key("cors")
                    .title("CORS headers open the server to any page")
                    .evidence(format!("access-control-allow-origin names {allowed}{more}"))
                    .severity(severity)
                    .confidence(Confidence::High)
                    .level(EvidenceLevel::Confirmed)
                    .add();
            }
        }
    }
}
