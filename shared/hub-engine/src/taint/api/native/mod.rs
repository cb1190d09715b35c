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
            let name = NAMESPACES.iter().find_map(|n| name.strip_prefix(n)).unwrap_or(name);
            if let Some(rest) = name.strip_prefix("IHttpClientFactory().CreateClient()") {
                return format!("HttpClient(){rest}");
            }
            name
        }
        Language::Java | Language::Kotlin => return built(from_type(name).unwrap_or(name)),
        Language::Rust => return built(from_type(name).unwrap_or_else(|| last_two(name))),
        Language::Php => last_type(name.rsplit('\\').next().unwrap_or(name)),
        _ => name,
    };
    name.to_owned()
}

/// What a builder made is what its type's constructor makes: `Client.builder().timeout().build().get` is `Client().get`.
fn built(name: &str) -> String {
    let Some((kind, rest)) = name.split_once('.') else {
        return name.to_owned();
    };
    if let Some(rest) = rest.strip_prefix("create().") {
        return format!("{kind}().{rest}");
    }
    let begins = ["builder()", "newBuilder()", "Builder()"].iter().any(|b| rest.starts_with(b));
    match rest.split_once(".build()") {
        Some((_, rest)) if begins => format!("{kind}(){rest}"),
        _ => name.to_owned(),
    }
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

/// `File.get` of `Illuminate.Support.Facades.File.get`.
fn last_type(name: &str) -> &str {
    let end = name.find('(').unwrap_or(name.len());
    let parts = name[..end].rmatch_indices('.').map(|(at, _)| at + 1).chain([0]);
    let typed = |at: &usize| name[*at..].starts_with(|c: char| c.is_ascii_uppercase());
    parts.into_iter().find(typed).map_or(name, |at| &name[at..])
}

/// `fs.read` of `std.fs.read`.
fn last_two(name: &str) -> &str {
    let end = name.find('(').unwrap_or(name.len());
    match name[..end].rmatch_indices('.').nth(1) {
        Some((at, _)) => &name[at + 1..],
        None => name,
    }
}
