//! A published package held against the repository that it names, at the commit of its release.

use crate::clock::Clock;
use crate::error::shown;
use crate::{FetchContext, FetchError, git};
use hub_model::{GitReference, OriginKind, PackageFacts, RepositoryComparison, Snapshot, SourceTarget};

/// Holds a package against a tree that was obtained already. `chosen_by`: how it was, in words. Blocks for as long as reading both takes.
pub fn compare_with(package: &mut Snapshot, repository: &Snapshot, chosen_by: &str, is_release: bool) {
    let found = hub_deps::compare_with_repository(&package.files, &repository.files);
    let facts = package.package.get_or_insert_default();
    facts.not_compared = None;
    facts.comparison = Some(RepositoryComparison {
        repository: repository.origin.source_url.clone(),
        revision: repository.origin.resolved_version.clone(),
        chosen_by: chosen_by.to_owned(),
        is_release,
        ..found
    });
}

/// Fetches the repository that a package names, or this one, and holds the package against it: at the commit that the registry says it was
/// built from, else at the tag of its version, else at the default branch. What does not work is written into the facts, with the reason.
pub async fn compare_with_named(package: &mut Snapshot, given: Option<&str>, cx: &FetchContext) {
    if given.is_none() && !matches!(package.origin.kind, OriginKind::Npm | OriginKind::Pypi) {
        return;
    }
    // Whoever may read a package may not read what an org's token opens: a report on the one tells of the other.
    let cx = &cx.for_anyone();
    let why = match tokio::time::timeout(cx.limits().total_timeout, obtain(package, given, cx)).await {
        Ok(Ok((repository, chosen_by, is_release))) => {
            compare_with(package, &repository, &chosen_by, is_release);
            return;
        }
        Ok(Err(why)) => why,
        Err(_) => format!("fetching its repository took longer than {} s", cx.limits().total_timeout.as_secs()),
    };
    package.package.get_or_insert_default().not_compared = Some(why);
}

async fn obtain(package: &Snapshot, given: Option<&str>, cx: &FetchContext) -> Result<(Snapshot, String, bool), String> {
    let facts = package.package.clone().unwrap_or_default();
    let named = given.map(str::to_owned).or_else(|| named(package, &facts));
    let address = named.ok_or("neither the package nor the registry names a repository")?;
    let url = web_address(&address);
    let target = SourceTarget::parse(&url, None, None, cx.hosts()).map_err(|e| format!("the repository `{}`: {e}", shown(&address)))?;
    let SourceTarget::Git(mut target) = target else {
        return Err(format!("`{}` is no repository on a code host", shown(&address)));
    };
    // One clock for each attempt: it stops for good when the attempt ends.
    let clock = || Clock::start(cx.limits().total_timeout);
    for (reference, chosen_by) in releases(package, &facts) {
        target.reference = GitReference::Named(reference);
        match git::acquire(&target, cx, &clock()).await {
            Ok(repository) => return Ok((repository, chosen_by, true)),
            Err(FetchError::NoSuchRef { .. } | FetchError::AmbiguousCommit { .. } | FetchError::NotACommit { .. }) => {}
            Err(e) => return Err(format!("its repository: {e}")),
        }
    }
    target.reference = GitReference::Default;
    match git::acquire(&target, cx, &clock()).await {
        Ok(repository) => Ok((repository, "the default branch".to_owned(), false)),
        Err(e) => Err(format!("its repository: {e}")),
    }
}

fn named(package: &Snapshot, facts: &PackageFacts) -> Option<String> {
    facts.repository.clone().or_else(|| {
        let about = hub_deps::resolve(&package.files).about;
        about.into_iter().find(|a| a.name == package.origin.name)?.repository
    })
}

/// What the release may be called, and in words.
fn releases(package: &Snapshot, facts: &PackageFacts) -> Vec<(String, String)> {
    let (name, version) = (package.origin.name.as_str(), package.origin.resolved_version.as_str());
    let mut out = Vec::new();
    if let Some(commit) = facts
        .built_from
        .as_deref()
        .filter(|c| c.len() == 40 && c.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        out.push((commit.to_owned(), "the commit that the registry names".to_owned()));
    }
    if version.is_empty() {
        return out;
    }
    let short = name.rsplit('/').next().unwrap_or(name);
    for tag in [
        format!("v{version}"),
        version.to_owned(),
        format!("{name}@{version}"),
        format!("{short}@{version}"),
        format!("{short}-v{version}"),
    ] {
        // What cannot be a tag was a hostile version.
        let is_plain = tag.chars().all(|c| c.is_ascii_alphanumeric() || "@/._+-".contains(c)) && !tag.contains("..");
        if is_plain && !out.iter().any(|(t, _)| *t == tag) {
            out.push((tag.clone(), format!("the tag {tag}")));
        }
    }
    out
}

/// The forms that manifests use, as an address that can be opened.
fn web_address(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("git+").unwrap_or(text);
    let text = text.split(['#', '?']).next().unwrap_or(text);
    let short = |host: &str, rest: &str| format!("https://{host}/{rest}");
    for (prefix, host) in [
        ("github:", "github.com"),
        ("gitlab:", "gitlab.com"),
        ("bitbucket:", "bitbucket.org"),
    ] {
        if let Some(rest) = text.strip_prefix(prefix) {
            return short(host, rest);
        }
    }
    for prefix in ["git://", "ssh://git@", "ssh://", "git+ssh://git@"] {
        if let Some(rest) = text.strip_prefix(prefix) {
            return format!("https://{rest}");
        }
    }
    // `owner/repo`: npm's shorthand.
    let parts: Vec<&str> = text.split('/').collect();
    let is_word = |p: &&str| !p.is_empty() && p.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if parts.len() == 2 && parts.iter().all(is_word) {
        return short("github.com", text);
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::web_address;

    #[test]
    fn every_form_of_a_manifest_becomes_an_address() {
        for text in [
            "git+https://github.com/o/r.git",
            "git://github.com/o/r.git",
            "git+ssh://git@github.com/o/r.git",
            "https://github.com/o/r.git#main",
        ] {
            assert_eq!(web_address(text), "https://github.com/o/r.git", "{text}");
        }
        for text in ["o/r", "github:o/r", "https://github.com/o/r"] {
            assert_eq!(web_address(text), "https://github.com/o/r", "{text}");
        }
        assert_eq!(web_address("git@github.com:o/r.git"), "git@github.com:o/r.git");
    }
}
