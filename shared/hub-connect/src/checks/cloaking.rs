//! Does everybody see the same? The tools are listed again under the names of two common clients, and once more as ourselves.
//!
//! Only the name in the handshake differs; the user agent says in every request whose it is.

use super::{Checked, Looking, Outcome};
use crate::ledger::Purpose;
use crate::listing::{Difference, Extent, fact};
use crate::wire::Manner;
use serde_json::json;

const CLIENTS: [&str; 2] = ["claude-ai", "cursor-vscode"];

impl Looking<'_> {
    pub(super) async fn cloaking(&mut self) -> Checked {
        if self.surface.facts.iter().any(|f| f.name == "listing_incomplete") {
            return Ok(Outcome::NotApplicable("the listing is not complete"));
        }
        let mut seen = Vec::new();
        for client in CLIENTS {
            let manner = Manner {
                client_name: client,
                ..Manner::of(Purpose::Cloaking)
            };
            seen.push((client, self.again(manner, Extent::Tools).await?.tools));
        }
        let at_the_end = self.again(Manner::of(Purpose::Cloaking), Extent::Tools).await?.tools;
        let tap = self.wire.tap();
        let over_time = Difference::between(&self.surface.tools, &at_the_end);
        if !over_time.is_empty() {
            self.facts
                .push(fact("listing_differs_on_repeat", [("difference", over_time.shown(tap))]));
        }
        for (client, tools) in seen {
            let difference = Difference::between(&self.surface.tools, &tools);
            // What also changed for ourselves is no matter of names.
            if !difference.is_empty() && !Difference::between(&at_the_end, &tools).is_empty() {
                self.facts.push(fact(
                    "listing_differs_by_client",
                    [
                        ("client", json!(client)),
                        ("difference", difference.shown(tap)),
                        ("steady", json!(over_time.is_empty())),
                    ],
                ));
            }
        }
        Ok(Outcome::Done)
    }
}
