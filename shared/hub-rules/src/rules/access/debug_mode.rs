use crate::own::own_calls;
use hub_engine::taint::Known;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// A web framework that the code starts in debug mode: Flask's interactive debugger, stack traces in answers.
    /// ## Why it matters
    /// Werkzeug's debugger runs Python that a visitor of an error page types; stack traces show code, settings and paths.
    /// ## How to fix it
    /// Leave debug mode off, and switch it on by the environment where you develop.
    /// ```py vulnerable
    /// from flask import Flask
    /// app = Flask(__name__)
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    ///
    /// app.run(host="0.0.0.0", debug=True)
    /// ```
    /// ```py safe
    /// import os
    /// from flask import Flask
    /// app = Flask(__name__)
    ///
    /// @mcp.tool()
    /// def note() -> str:
    ///     """Shows a note."""
    ///     return "x"
    ///
    /// app.run(host="127.0.0.1", debug=bool(os.environ.get("DEBUG")))
    /// ```
    pub struct DebugMode {
        id: "debug-mode",
        title: "The web server is started in debug mode",
        category: Access,
        severity: Medium,
        classes: &["S23", "S10", "L08"],
        cwe: &[489, 215],
        references: &["https://cwe.mitre.org/data/definitions/489.html", "https://flask.palletsprojects.com/en/stable/debugging/"],
    }
}

impl Rule for DebugMode {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        for (call, _) in own_calls(cx) {
            if call.last() == "run" && call.name.starts_with("flask.Flask()") && call.named("debug") == Some(&Known::Flag(true)) {
                out.report(Self::META)
                    .at(call.at.clone())
                    .evidence(call.code.clone())
                    .title("Flask is started with its interactive debugger")
                    .severity(Severity::Medium)
                    .confidence(Confidence::High)
                    .key("flask")
                    .add();
            }
        }
    }
}
