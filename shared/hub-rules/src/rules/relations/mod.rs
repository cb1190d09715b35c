//! Servers that are used together (M08–M10, P09).

use hub_engine::Rule;

mod cross_server_flow;
mod cross_server_shadowing;
mod imitated_name;
mod name_of_two_servers;

/// Those about names and texts.
pub(crate) const POISONING: &[&dyn Rule] = &[
    &cross_server_shadowing::CrossServerShadowing,
    &imitated_name::ImitatedName,
    &name_of_two_servers::NameOfTwoServers,
];

/// Those about what the servers can do together.
pub(crate) const CONTRACT: &[&dyn Rule] = &[&cross_server_flow::CrossServerFlow];
