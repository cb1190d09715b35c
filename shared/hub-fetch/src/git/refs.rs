//! Which commit is meant.

use super::advertisement::Advertisement;
use crate::error::{FetchError, shown};
use hub_model::{GitReference, GitTarget, RelPath};

/// What to fetch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// A reference by its full name, or `HEAD`.
    Reference(String),
    /// A full commit id.
    Commit(String),
    /// The first digits of a commit id that no reference points at.
    Prefix(String),
}

/// A want, with the base path and what is worth saying.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) want: Want,
    pub(super) base_path: Option<RelPath>,
    pub(super) warning: Option<String>,
}

impl Advertisement {
    /// Finds out which commit `target` means.
    ///
    /// # Errors
    /// [`FetchError::EmptyRepository`], [`FetchError::NoSuchRef`], [`FetchError::AmbiguousCommit`].
    pub(super) fn resolve(&self, target: &GitTarget) -> Result<Resolved, FetchError> {
        if self.refs.is_empty() {
            return Err(FetchError::EmptyRepository {
                url: shown(target.clone_url.as_str()),
            });
        }
        let base_path = target.base_path.clone();
        match &target.reference {
            GitReference::Default if self.refs.contains_key("HEAD") => Ok(Resolved {
                want: Want::Reference("HEAD".to_owned()),
                base_path,
                warning: None,
            }),
            GitReference::Default => Err(self.no_such_ref(target, "HEAD")),
            GitReference::Named(name) => {
                let (want, warning) = self.named(target, name)?.ok_or_else(|| self.no_such_ref(target, name))?;
                Ok(Resolved { want, base_path, warning })
            }
            GitReference::TreePath(path) => self.tree_path(target, path),
        }
    }

    /// A branch, a tag, a full reference name, or a commit.
    fn named(&self, target: &GitTarget, name: &str) -> Result<Option<(Want, Option<String>)>, FetchError> {
        if let Some((found, warning)) = self.reference(name) {
            return Ok(Some((Want::Reference(found), warning)));
        }
        let digits = name.to_ascii_lowercase();
        if !(7..=40).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        // A reference that points there can be had from every server; a bare commit only from some.
        let mut pointing: Vec<(&String, &String)> = self.refs.iter().filter(|(_, id)| id.starts_with(&digits)).collect();
        pointing.dedup_by_key(|(_, id)| *id);
        let first = pointing.first().copied();
        if pointing.iter().any(|(_, id)| Some(id) != first.as_ref().map(|(_, id)| id)) {
            return Err(FetchError::AmbiguousCommit {
                repository: target.repo_name.clone(),
                wanted: shown(name),
            });
        }
        Ok(Some(match first {
            // `TAG^{}` is what an annotated tag points at; the tag brings it along.
            Some((reference, _)) => (Want::Reference(reference.trim_end_matches("^{}").to_owned()), None),
            None if digits.len() == 40 => (Want::Commit(digits), None),
            None => (Want::Prefix(digits), None),
        }))
    }

    /// A reference by its short or full name; a branch before a tag, as web pages have it.
    fn reference(&self, name: &str) -> Option<(String, Option<String>)> {
        let has = |full: String| self.refs.contains_key(&full).then_some(full);
        let branch = has(format!("refs/heads/{name}"));
        let tag = has(format!("refs/tags/{name}"));
        let warning =
            (branch.is_some() && tag.is_some()).then(|| format!("`{}` is both a branch and a tag; the branch was scanned", shown(name)));
        let full = || {
            if name == "HEAD" || name.starts_with("refs/") {
                has(name.to_owned())
            } else {
                has(format!("refs/{name}"))
            }
        };
        Some((branch.or(tag).or_else(full)?, warning))
    }

    /// The longest reference that begins the path; the rest is a path in the tree. Failing that, a commit.
    fn tree_path(&self, target: &GitTarget, path: &str) -> Result<Resolved, FetchError> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]).collect::<Vec<_>>();
        let found = ends.iter().rev().find_map(|end| Some((self.reference(&path[..*end])?, *end)));
        let ((want, warning), end) = match found {
            Some(((reference, warning), end)) => ((Want::Reference(reference), warning), end),
            None => {
                let end = path.find('/').unwrap_or(path.len());
                (
                    self.named(target, &path[..end])?.ok_or_else(|| self.no_such_ref(target, path))?,
                    end,
                )
            }
        };
        let rest = path[end..].trim_matches('/');
        let below = if rest.is_empty() {
            None
        } else {
            Some(rest.parse().map_err(|_| self.no_such_ref(target, path))?)
        };
        // A base path that was given beside the URL is the user's more exact word.
        Ok(Resolved {
            want,
            base_path: target.base_path.clone().or(below),
            warning,
        })
    }

    pub(super) fn no_such_ref(&self, target: &GitTarget, wanted: &str) -> FetchError {
        let branches: Vec<String> = self
            .refs
            .keys()
            .filter_map(|r| r.strip_prefix("refs/heads/"))
            .take(5)
            .map(shown)
            .collect();
        let hint = match (
            self.head.as_deref().and_then(|h| h.strip_prefix("refs/heads/")),
            branches.is_empty(),
        ) {
            (Some(default), _) => format!("; its default branch is `{}`", shown(default)),
            (None, false) => format!("; it has the branches {}", branches.join(", ")),
            (None, true) => String::new(),
        };
        FetchError::NoSuchRef {
            repository: target.repo_name.clone(),
            wanted: shown(wanted),
            hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "aaaaaaab00000000000000000000000000000000";

    fn advertised() -> Advertisement {
        let refs = [
            ("HEAD", A),
            ("refs/heads/main", A),
            ("refs/heads/feature", B),
            ("refs/heads/feature/x", B),
            ("refs/tags/v1", "1111111111111111111111111111111111111111"),
            ("refs/tags/v1^{}", "2222222222222222222222222222222222222222"),
            ("refs/tags/main", B),
        ];
        let refs = refs.iter().map(|(n, i)| ((*n).to_owned(), (*i).to_owned())).collect();
        Advertisement {
            refs,
            head: Some("refs/heads/main".to_owned()),
            serves_any_commit: false,
        }
    }

    fn resolve(reference: GitReference) -> Result<Resolved, FetchError> {
        let target = GitTarget {
            clone_url: "https://h.example/o/r".parse().unwrap(),
            repo_name: "o/r".to_owned(),
            reference,
            base_path: None,
        };
        advertised().resolve(&target)
    }

    #[test]
    fn a_name_is_a_branch_then_a_tag_then_a_commit() {
        let want = |name: &str| resolve(GitReference::Named(name.to_owned())).unwrap().want;
        let reference = |r: &str| Want::Reference(r.to_owned());
        assert_eq!(want("main"), reference("refs/heads/main"));
        assert!(resolve(GitReference::Named("main".to_owned())).unwrap().warning.is_some());
        assert_eq!(want("v1"), reference("refs/tags/v1"));
        assert_eq!(want("refs/tags/v1"), reference("refs/tags/v1"));
        assert_eq!(want("2222222"), reference("refs/tags/v1"));
        assert_eq!(want(A), reference("HEAD"));
        assert_eq!(want("3333333"), Want::Prefix("3333333".to_owned()));
        assert_eq!(
            want("ABCDEF0123456789ABCDEF0123456789ABCDEF01"),
            Want::Commit("abcdef0123456789abcdef0123456789abcdef01".to_owned())
        );
        assert!(matches!(
            resolve(GitReference::Named("aaaaaaa".to_owned())),
            Err(FetchError::AmbiguousCommit { .. })
        ));
        let error = resolve(GitReference::Named("develop".to_owned())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`o/r` has no branch, tag or commit `develop`; its default branch is `main`"
        );
    }

    #[test]
    fn a_tree_path_is_split_after_its_longest_reference() {
        let split = |path: &str| {
            let r = resolve(GitReference::TreePath(path.to_owned())).unwrap();
            (r.want, r.base_path.map(|b| b.to_string()))
        };
        let reference = |r: &str| Want::Reference(r.to_owned());
        assert_eq!(split("main/src/a"), (reference("refs/heads/main"), Some("src/a".to_owned())));
        assert_eq!(split("feature/x/src"), (reference("refs/heads/feature/x"), Some("src".to_owned())));
        assert_eq!(split("feature/y"), (reference("refs/heads/feature"), Some("y".to_owned())));
        assert_eq!(split("v1"), (reference("refs/tags/v1"), None));
        assert_eq!(split("3333333/src"), (Want::Prefix("3333333".to_owned()), Some("src".to_owned())));
        assert!(matches!(
            resolve(GitReference::TreePath("nope/src".to_owned())),
            Err(FetchError::NoSuchRef { .. })
        ));
    }
}
