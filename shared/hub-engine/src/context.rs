//! What a rule may ask.

use crate::CodeFacts;
use crate::conduct::Conduct;
use crate::history::Earlier;
use crate::taint::Flows;
use crate::text::Texts;
use hub_model::{Budget, ClientConfig, Digest, Inventory, PackageFacts, Snapshot, Surface};
use hub_syntax::Program;

/// Everything known about one artifact. Source parts are absent in a hosted scan, the surface in a source scan.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub inventory: &'a Inventory,
    /// Every text of the inventory that a model is shown, normalised once for all rules.
    pub texts: &'a Texts,
    pub snapshot: Option<&'a Snapshot>,
    pub surface: Option<&'a Surface>,
    pub program: Option<&'a Program>,
    pub facts: Option<&'a CodeFacts>,
    /// What attacker-chosen data reaches; there whenever the program is.
    pub flows: Option<&'a Flows>,
    /// What it is seen beside: client configurations, other servers, an earlier scan.
    pub beside: Beside<'a>,
    /// What each entry point's code does; there whenever the program is.
    pub conduct: Option<&'a Conduct<'a>>,
    /// What the artifact depends on; there in a source scan.
    pub dependencies: Option<&'a hub_deps::Resolved>,
    pub budget: &'a Budget,
}

/// What an artifact is seen beside. Empty in a scan of one server on its own.
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The configurations that name the servers.
    pub clients: &'a [ClientConfig],
    /// Servers that one client, or one org, uses together.
    pub servers: &'a [Sibling<'a>],
    /// What the same server was before.
    pub earlier: Option<&'a Earlier>,
    /// Digest of what is scanned now.
    pub artifact_digest: Option<Digest>,
    /// Its version: commit, package version, or what the live server calls it.
    pub version: &'a str,
    /// Where its source came from.
    pub origin: Option<&'a str>,
    /// What the registry says of it now.
    pub package: Option<&'a PackageFacts>,
}

/// One of several servers that are used together.
#[derive(Clone, Copy)]
pub struct Sibling<'a> {
    /// Its name in the configuration, or what it was scanned as.
    pub name: &'a str,
    pub inventory: &'a Inventory,
}
