//! Go, Rust, Java, Kotlin, C#, PHP and Ruby: their standard libraries and the packages that servers use most.
//!
//! Names are as a reader of the code writes them, without the package before a type (`ProcessBuilder`, `Command.new`, `File.read`);
//! Go's keep the import path (`os/exec.Command`).

pub(super) mod csharp;
pub(super) mod go;
pub(super) mod jvm;
pub(super) mod php;
pub(super) mod ruby;
pub(super) mod rust;

use hub_syntax::ir::Language;

/// Namespaces that C# code may write out.
const NAMESPACES: &[&str] = &[
    "System.Diagnostics.",
    "System.IO.",
    "System.Net.Http.",
    "System.Net.",
    "System.Text.RegularExpressions.",
    "System.Runtime.Serialization.Formatters.Binary.",
    "System.Data.",
    "System.",
];

/// The name as the tables spell it.
pub(super) fn canonical(language: Language, name: &str) -> String {
    let name = match language {
        Language::Go => {
            // A new major version is the same package.
            if let Some((head, tail)) = name.split_once("/v")
                && let Some(dot) = tail.find('.')
                && tail[..dot].bytes().all(|b| b.is_ascii_digit())
            {
                return format!("{head}{}", &tail[dot..]);
            }
            return name.to_owned();
        }
        Language::CSharp => {
            let name = name.strip_prefix("global::").unwrap_or(name);
            NAMESPACES.iter().find_map(|n| name.strip_prefix(n)).unwrap_or(name)
        }
        Language::Java | Language::Kotlin => from_type(name).unwrap_or(name),
        Language::Rust => from_type(name).unwrap_or_else(|| last_two(name)),
        Language::Php => name.rsplit('\\').next().unwrap_or(name),
        _ => name,
    };
    name.to_owned()
}

/// From the first part that begins with a capital letter, in `a.b.Type.method().other`.
fn from_type(name: &str) -> Option<&str> {
    let end = name.find('(').unwrap_or(name.len());
    let mut start = 0;
    for part in name[..end].split('.') {
        if part.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Some(&name[start..]);
        }
        start += part.len() + 1;
    }
    None
}

/// `fs.read` of `std.fs.read`.
fn last_two(name: &str) -> &str {
    let end = name.find('(').unwrap_or(name.len());
    match name[..end].rmatch_indices('.').nth(1) {
        Some((at, _)) => &name[at + 1..],
        None => name,
    }
}
