//! What a tool can do by its code (P01–P07): facts with the line that shows them.

use super::{Act, ActKind, Conduct};
use crate::FunctionRef;
use hub_model::Capability;

/// Files that hold what is the user's own: keys, mail, messages, browser profiles.
const PRIVATE_FILES: &[&str] = &[
    ".ssh/",
    ".aws/",
    ".gnupg",
    ".netrc",
    ".kube/config",
    "Login Data",
    "cookies.sqlite",
    "places.sqlite",
    ".bash_history",
    ".zsh_history",
    "chat.db",
    "Library/Mail",
    "Library/Messages",
    "Keychains",
    "AddressBook",
    "wallet.dat",
    ".mozilla/firefox",
    "NoteStore.sqlite",
];
/// Files of a browser's profile; their names are plain words, so that the path has to name a browser too.
const PROFILE_FILES: &[&str] = &["History", "Cookies", "Web Data", "History.db", "Cookies.binarycookies"];
const BROWSERS: &[&str] = &[
    "chrome",
    "chromium",
    "edge",
    "brave",
    "firefox",
    "safari",
    "vivaldi",
    "opera",
    "user data",
];
/// Services that answer with what is the user's own.
const PRIVATE_SERVICES: &[&str] = &[
    "gmail.googleapis.com",
    "www.googleapis.com/gmail",
    "www.googleapis.com/calendar",
    "www.googleapis.com/drive",
    "people.googleapis.com",
    "graph.microsoft.com",
    "api.dropboxapi.com",
    "slack.com/api",
    "api.notion.com",
    "api.plaid.com",
    "api.stripe.com",
    "api.hubapi.com",
];
/// Services that answer with what anyone can write.
const PUBLIC_TEXT: &[&str] = &[
    "reddit.com",
    "hn.algolia.com",
    "hacker-news.firebaseio.com",
    "api.twitter.com",
    "api.x.com",
    "api.stackexchange.com",
    "wikipedia.org",
    "api.github.com",
    "raw.githubusercontent.com",
    "gmail.googleapis.com",
    "slack.com/api",
    "youtube.com",
    "api.search.brave.com",
    "duckduckgo.com",
    "serpapi.com",
    "newsapi.org",
    "arxiv.org",
    "api.telegram.org",
    "discord.com/api",
];

impl Conduct<'_> {
    /// The capabilities that the code of these functions shows, each once, in order. Where a caller's choice makes the difference
    /// (which file, which host), only what the caller chooses counts.
    #[must_use]
    pub fn capabilities(&self, functions: &[FunctionRef]) -> Vec<Capability> {
        let mut out: Vec<Capability> = Vec::new();
        for act in self.acts(functions) {
            for kind in self.ability(act).into_iter().chain(self.source(act)) {
                if out.iter().any(|c| c.kind == kind) {
                    continue;
                }
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

    /// What comes in by the act: data of the user's own (P06), or text that others wrote (P07).
    fn source(&self, act: &Act) -> Option<&'static str> {
        let names = |list: &[&str]| act.texts.iter().any(|t| list.iter().any(|n| t.contains(n)));
        let of_profile = || {
            let holds = |t: &String| t.rsplit(['/', '\\']).next().is_some_and(|n| PROFILE_FILES.contains(&n));
            let lower = |t: &String| t.to_ascii_lowercase();
            act.texts.iter().any(holds) && act.texts.iter().map(lower).any(|t| BROWSERS.iter().any(|b| t.contains(b)))
        };
        match act.kind {
            ActKind::ReadsClipboard | ActKind::CapturesScreen => Some("reads_private_data"),
            ActKind::ReadsFile | ActKind::ListsFolder | ActKind::Queries if names(PRIVATE_FILES) || of_profile() => {
                Some("reads_private_data")
            }
            ActKind::Fetches | ActKind::SendsData if names(PRIVATE_SERVICES) => Some("reads_private_data"),
            ActKind::Fetches if names(PUBLIC_TEXT) || self.chooses_address(act) => Some("reads_untrusted_content"),
            _ => None,
        }
    }

    /// Whether the caller names the address by an argument called so; a path below the program's own address is none.
    #[must_use]
    pub fn chooses_address(&self, act: &Act) -> bool {
        let called_so = |name: &str| {
            crate::capability::words_of(name).iter().any(|w| {
                matches!(
                    w.as_str(),
                    "url" | "urls" | "uri" | "link" | "links" | "href" | "website" | "webpage" | "feed"
                )
            })
        };
        act.texts.iter().all(|t| !t.contains("://"))
            && act
                .operand
                .and_then(|o| self.argument(act.module, o))
                .is_some_and(|a| a.name.as_deref().is_some_and(called_so))
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
