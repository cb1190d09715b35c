//! What the configuration files of package managers have in common.

use hub_model::Lookup;

/// Replaces `${NAME}` by the variable's value; an unset one stays as it is, as npm has it.
pub(crate) fn expand(text: &str, lookup: Lookup<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(len) = rest[start..].find('}') else { break };
        let name = &rest[start + 2..start + len];
        out.push_str(&rest[..start]);
        match lookup(name.trim_end_matches('?')) {
            Some(value) => out.push_str(&value),
            None if name.ends_with('?') => {}
            None => out.push_str(&rest[start..=start + len]),
        }
        rest = &rest[start + len + 1..];
    }
    out.push_str(rest);
    out
}
