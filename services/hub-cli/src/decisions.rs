//! `--config` and `--baseline`: what a team decided about findings.

use crate::args::DecisionArgs;
use crate::run::Failure;
use chrono::{NaiveDate, Utc};
use hub_analyze::Earlier;
use hub_model::Report;
use hub_report::{Policy, ReadReport};
use serde_json::Value;
use std::path::Path;

/// Largest report read back, in bytes.
pub(crate) const MAX_REPORT_BYTES: u64 = 256 << 20;

/// What was decided, and what the server was before.
pub(crate) struct Decisions {
    policy: Policy,
    /// Of a baseline on one server.
    pub(crate) earlier: Option<Earlier>,
    today: NaiveDate,
}

impl Decisions {
    /// Reads the files that the arguments name.
    pub(crate) fn read(args: &DecisionArgs) -> Result<Self, Failure> {
        let mut policy = match &args.config {
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|e| Failure::input(file, &e))?;
                Policy::from_toml(&text).map_err(|e| Failure::usage(format!("--config {}: {e}", file.display())))?
            }
            None => Policy::default(),
        };
        for rule in policy.suppress.iter().map(|s| &s.rule).chain(policy.rules.keys()) {
            if !hub_rules::all().iter().any(|r| r.meta().id == rule) {
                return Err(Failure::usage(format!("--config: there is no rule `{rule}`; see `mcp-hub rules`")));
            }
        }
        let mut earlier = None;
        if let Some(file) = &args.baseline {
            let document = read_json(file)?;
            policy
                .add_baseline(&document)
                .map_err(|e| Failure::usage(format!("--baseline {}: {e}", file.display())))?;
            earlier = ReadReport::from_json(&document)
                .ok()
                .map(|r| r.into_earlier(&file.display().to_string()));
        }
        Ok(Self {
            policy,
            earlier,
            today: Utc::now().date_naive(),
        })
    }

    /// Takes out of the report's count what was decided about.
    pub(crate) fn apply(&self, report: &mut Report) {
        self.policy.apply(report, self.today);
    }
}

/// A JSON file.
pub(crate) fn read_json(file: &Path) -> Result<Value, Failure> {
    let size = std::fs::metadata(file).map_err(|e| Failure::input(file, &e))?.len();
    if size > MAX_REPORT_BYTES {
        return Err(Failure::usage(format!(
            "`{}` has {size} bytes; at most {MAX_REPORT_BYTES} are read",
            file.display()
        )));
    }
    let text = std::fs::read_to_string(file).map_err(|e| Failure::input(file, &e))?;
    serde_json::from_str(&text).map_err(|e| Failure::not_json(file, &e))
}
