//! How bad, and of what kind.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What an attacker gains. Orders from `None` to `Critical`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Nothing found. Only an overall severity can be this, never a finding.
    #[default]
    None,
    /// A fact worth knowing.
    Info,
    /// Weakens a defence.
    Low,
    /// Harm under conditions the attacker does not control alone.
    Medium,
    /// Harm to the user or server by whoever writes the model's input.
    High,
    /// Code execution, credential theft or full file access.
    Critical,
}

impl Severity {
    /// All, from the worst down.
    pub const ALL: [Severity; 6] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info, Self::None];

    /// The word the API uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Info => "Info",
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
            Self::Critical => "Critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Not one of the severities.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a severity; use one of Critical, High, Medium, Low, Info, None")]
pub struct BadSeverity(String);

impl FromStr for Severity {
    type Err = BadSeverity;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|v| v.as_str().eq_ignore_ascii_case(s))
            .ok_or_else(|| BadSeverity(s.chars().take(40).collect()))
    }
}

/// The family of a rule; one folder of `hub-rules` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Text that steers the model (M01–M17).
    Poisoning,
    /// Arguments that reach a dangerous operation (S01–S08, S16, S17, S27).
    Injection,
    /// Secrets in text, code or output (M18, M19, S09, S10).
    Secrets,
    /// Contracts, annotations and permissions (M20–M23, P01–P11).
    Contract,
    /// Authentication, authorization and listeners (S18–S25, L01–L06).
    Access,
    /// Malicious code (S11–S15).
    Malware,
    /// Dependencies and packaging (D01–D08).
    SupplyChain,
    /// Live endpoint behaviour (L07–L10).
    Endpoint,
    /// Client configuration (C01–C03).
    Configuration,
    /// Change over time (H01–H03).
    History,
    /// Robustness (S26, S28–S30).
    Robustness,
}

impl Category {
    /// The word used in JSON, folder names and docs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Poisoning => "poisoning",
            Self::Injection => "injection",
            Self::Secrets => "secrets",
            Self::Contract => "contract",
            Self::Access => "access",
            Self::Malware => "malware",
            Self::SupplyChain => "supply_chain",
            Self::Endpoint => "endpoint",
            Self::Configuration => "configuration",
            Self::History => "history",
            Self::Robustness => "robustness",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
