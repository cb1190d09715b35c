//! What the inventory does not say by itself: servers that are made and whose registrations were not understood, and
//! trees that hold several servers.

use crate::Found;
use hub_model::{DependencyRef, Gap, Snapshot};
use hub_syntax::Program;
use hub_syntax::ir::{ExprKind, Imported, Language, Module};
use std::collections::BTreeSet;

/// Names of the classes that the official SDKs and `fastmcp` make servers of.
const CLASSES: &[&str] = &["McpServer", "MCPServer", "FastMCP", "Server"];
/// Most servers that are named.
const MAX_NAMED: usize = 12;

/// Nothing was found: says where servers are made, so that such a tree is not taken for one without a server.
pub(crate) fn servers_without_inventory(program: &Program, found: &mut Found) {
    if !found.is_empty() || !found.inventory.gaps.is_empty() {
        return;
    }
    for module in &program.modules {
        let path = module.path.as_str();
        let apart = crate::js::is_test_path(path) || crate::py::is_apart(path);
        let names = if apart { BTreeSet::new() } else { imported_classes(module) };
        if names.is_empty() {
            continue;
        }
        let named = |expr| match module.expr(expr).kind {
            ExprKind::Ident(name) => names.contains(module.str(name)),
            _ => false,
        };
        let made = module.exprs.iter().filter_map(|expr| match &expr.kind {
            ExprKind::Call { callee, .. } if named(*callee) => Some(expr.span),
            _ => None,
        });
        let derived = module
            .classes
            .iter()
            .filter(|class| class.bases.iter().any(|base| named(*base)))
            .map(|c| c.span);
        for span in made.chain(derived) {
            found.gap(Gap {
                at: module.location(span),
                what: "an MCP server".to_owned(),
                reason: "the way in which it registers its tools was not understood".to_owned(),
            });
        }
    }
}

/// Local names of server classes that a module imports from an SDK.
fn imported_classes(module: &Module) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for import in &module.imports {
        let specifier = module.str(import.specifier);
        let sdk = match module.language {
            Language::Python => ["mcp.server", "fastmcp"].iter().any(|root| {
                specifier
                    .strip_prefix(root)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }),
            Language::JavaScript | Language::TypeScript => {
                specifier.starts_with("@modelcontextprotocol/sdk/server")
                    || specifier == "@modelcontextprotocol/server"
                    || specifier == "fastmcp"
            }
            _ => false,
        };
        if !sdk || import.type_only {
            continue;
        }
        for name in &import.names {
            if let Imported::Name(imported) = name.imported
                && CLASSES.contains(&module.str(imported))
            {
                names.insert(module.str(name.local));
            }
        }
    }
    names
}

/// A tree with several packages that register tools has one inventory for all of them: says so, and how to choose one.
pub(crate) fn several_servers(snapshot: &Snapshot, found: &mut Found) {
    let roots: BTreeSet<&str> = snapshot
        .files
        .iter()
        .filter(|file| {
            matches!(
                file.path.file_name(),
                "package.json" | "pyproject.toml" | "setup.py" | "go.mod" | "Cargo.toml" | "pom.xml" | "composer.json"
            )
        })
        .map(|file| file.path.parent())
        .collect();
    if roots.len() < 2 {
        return;
    }
    let inventory = &found.inventory;
    let places = inventory.tools.iter().filter_map(|t| t.declared_at.as_ref());
    let places = places.chain(inventory.prompts.iter().filter_map(|p| p.declared_at.as_ref()));
    let mut servers: BTreeSet<&str> = BTreeSet::new();
    // What lies in an added dependency belongs to whoever imports it.
    for place in places.filter(|p| DependencyRef::of(p.file.as_str()).is_none()) {
        let mut folder = place.file.parent();
        loop {
            if roots.contains(folder) {
                servers.insert(folder);
                break;
            }
            match folder.rsplit_once('/') {
                Some((above, _)) => folder = above,
                None if folder.is_empty() => break,
                None => folder = "",
            }
        }
    }
    // One that lies in another is a part of it.
    let own: Vec<&str> = servers
        .iter()
        .filter(|s| !servers.iter().any(|o| o != *s && (o.is_empty() || s.starts_with(&format!("{o}/")))))
        .copied()
        .collect();
    if own.len() < 2 {
        return;
    }
    let more = own.len().saturating_sub(MAX_NAMED);
    let mut list = own.iter().take(MAX_NAMED).map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", ");
    if more > 0 {
        list.push_str(&format!(" and {more} more"));
    }
    found.warnings.push(format!(
        "tools of {} packages stand in this one inventory ({list}): choose one of them with `base_path`",
        own.len()
    ));
}
