//! Client configuration (C01–C03).

use hub_engine::{Context, Rule};
use hub_model::{ClientConfig, ConfigEntry, Location, RelPath};

mod confirmation_switched_off;
mod duplicate_server_name;
mod lookalike_package;
mod plain_http_server;
mod risky_launcher;
mod root_scoped_path;
mod secret_in_config;
mod unpinned_server;

/// The rules of this folder, in the order of the book.
pub(crate) const RULES: &[&dyn Rule] = &[
    &secret_in_config::SecretInConfig,
    &risky_launcher::RiskyLauncher,
    &unpinned_server::UnpinnedServer,
    &lookalike_package::LookalikePackage,
    &root_scoped_path::RootScopedPath,
    &plain_http_server::PlainHttpServer,
    &confirmation_switched_off::ConfirmationSwitchedOff,
    &duplicate_server_name::DuplicateServerName,
];

/// Every entry with its file.
fn entries<'a>(cx: &Context<'a>) -> impl Iterator<Item = (&'a ClientConfig, &'a ConfigEntry)> {
    cx.beside.clients.iter().flat_map(|c| c.entries.iter().map(move |e| (c, e)))
}

/// Where an entry stands: the file as named, or its last part when that is no relative path.
fn place(config: &ClientConfig, entry: &ConfigEntry) -> Option<Location> {
    let file = config.file.replace('\\', "/");
    let relative = file.trim_start_matches("./").parse::<RelPath>();
    let last = || file.rsplit('/').next().unwrap_or_default().parse::<RelPath>();
    let file = relative.or_else(|_| last()).ok()?;
    Some(Location::of_line(file, entry.line.max(1)))
}

/// Program and arguments, secrets masked.
fn words(entry: &ConfigEntry) -> Vec<&str> {
    entry.command.iter().chain(&entry.args).map(String::as_str).collect()
}

/// `/usr/bin/node`, `C:\…\node.exe`: `node`.
fn program(entry: &ConfigEntry) -> String {
    let command = entry.command.as_deref().unwrap_or_default();
    let name = command.rsplit(['/', '\\']).next().unwrap_or(command).to_ascii_lowercase();
    [".exe", ".cmd", ".bat"]
        .iter()
        .find_map(|e| name.strip_suffix(e))
        .unwrap_or(&name)
        .to_owned()
}
