//! Paths and texts of the snapshot, for code that reads its own files.

pub(in crate::py) use hub_engine::eval::path::{extension, file_name, parent, stem};

/// `base/rest`; an absolute path stands for itself.
pub(in crate::py) fn join(base: &str, rest: &str) -> String {
    if rest.starts_with('/') {
        return rest.to_owned();
    }
    hub_engine::eval::path::join(base, rest)
}

/// `*` and `?` within one path segment.
pub(in crate::py) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if p < pattern.len() && (pattern[p] == '?' || pattern[p] == name[n]) && pattern[p] != '*' {
            p += 1;
            n += 1;
        } else if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, n));
            p += 1;
        } else if let Some((at, from)) = star {
            p = at + 1;
            n = from + 1;
            star = Some((at, n));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}
