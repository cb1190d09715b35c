//! What a tool can do by its code (P01–P05): facts with the line that shows them.

use super::{Act, ActKind, Conduct};
use crate::FunctionRef;
use hub_model::Capability;

impl Conduct<'_> {
    /// The capabilities that the code of these functions shows, each once, in order. Where a caller's choice makes the difference
    /// (which file, which host), only what the caller chooses counts.
    #[must_use]
    pub fn capabilities(&self, functions: &[FunctionRef]) -> Vec<Capability> {
        let mut out: Vec<Capability> = Vec::new();
        for act in self.acts(functions) {
            if let Some(kind) = self.ability(act)
                && !out.iter().any(|c| c.kind == kind)
            {
                out.push(Capability {
                    kind: kind.to_owned(),
                    evidence: crate::text::visible(&crate::text::redact(&format!("its code calls `{}` at {}", act.api, act.at))),
                });
            }
        }
        out.sort();
        out
    }

    /// Whether the caller chooses the operand.
    #[must_use]
    pub fn is_chosen(&self, act: &Act) -> bool {
        act.operand.is_some_and(|o| self.argument(act.module, o).is_some())
    }

    fn ability(&self, act: &Act) -> Option<&'static str> {
        Some(match act.kind {
            ActKind::RunsProgram if self.is_chosen(act) => "runs_commands",
            ActKind::RunsCode if self.is_chosen(act) => "runs_code",
            ActKind::ReadsFile if self.is_chosen(act) => "reads_files",
            ActKind::WritesFile | ActKind::MovesFile if self.is_chosen(act) => "writes_files",
            ActKind::DeletesFile if self.is_chosen(act) => "destructive",
            ActKind::Queries if self.is_chosen(act) => "database",
            ActKind::SendsMessage => "sends_messages",
            ActKind::Fetches | ActKind::SendsData => {
                // The caller's text alone, or first: else it is a path below a host that the program chose.
                let chosen = self.is_chosen(act) && act.texts.iter().all(|t| t.starts_with('*') || !t.contains("://"));
                if chosen {
                    "network_any_host"
                } else if act.texts.iter().any(|t| t.starts_with("http")) {
                    "network_fixed_host"
                } else {
                    return None;
                }
            }
            _ => return None,
        })
    }
}
