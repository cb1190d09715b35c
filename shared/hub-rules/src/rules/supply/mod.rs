//! Packages and where they come from (D01–D08).

use hub_engine::Rule;

mod floating_dependency;
mod install_script;
mod known_vulnerable_dependency;
mod lookalike_dependency;
mod malicious_dependency;
mod published_vulnerability;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &malicious_dependency::MaliciousDependency,
    &published_vulnerability::PublishedVulnerability,
    &known_vulnerable_dependency::KnownVulnerableDependency,
    &install_script::InstallScript,
    &lookalike_dependency::LookalikeDependency,
    &floating_dependency::FloatingDependency,
];

/// A place in a file.
fn place(file: &hub_model::RelPath, line: u32) -> hub_model::Location {
    hub_model::Location {
        file: file.clone(),
        line,
        column: 1,
        end_line: line,
    }
}
