//! The source that a live server names as its own: in the version that it names where that is published, else the newest.

use crate::acquire::obtain;
use crate::clock::Clock;
use crate::{FetchContext, FetchError, add_dependencies};
use hub_model::{GitReference, PublishedClaim, PublishedSource, Snapshot, SourceTarget};

/// Obtains what `claim` names, with the usual guard and bounds, in [`crate::FetchLimits::published_timeout`], and with no org's tokens: a
/// report on a server that names a private repository would tell whoever runs the server's scan what is in it. One source is obtained; a
/// version that is not published costs a look at what there is. The tools of the [`PublishedSource`] are not known yet.
///
/// # Errors
/// As [`crate::acquire`].
pub async fn acquire_published(claim: &PublishedClaim, cx: &FetchContext) -> Result<(Snapshot, PublishedSource), FetchError> {
    let cx = &cx.for_anyone();
    let limit = cx.limits().published_timeout.min(cx.limits().total_timeout);
    let work = async {
        let (mut snapshot, is_own_version) = newest_or_own(claim, cx).await?;
        add_dependencies(&mut snapshot, cx).await;
        Ok((snapshot, is_own_version))
    };
    let done = tokio::time::timeout(limit, work).await;
    let (snapshot, is_own_version) = done.unwrap_or(Err(FetchError::Timeout { limit }))?;
    let source = PublishedSource {
        said_in: claim.said_in.clone(),
        name: claim.target.canonical_url(),
        version: snapshot.origin.resolved_version.clone(),
        is_own_version,
        tools: Vec::new(),
    };
    Ok((snapshot, source))
}

async fn newest_or_own(claim: &PublishedClaim, cx: &FetchContext) -> Result<(Snapshot, bool), FetchError> {
    // One clock for each attempt: it stops for good when the attempt ends.
    let clock = || Clock::start(cx.limits().total_timeout);
    for target in own_versions(claim) {
        match obtain(&target, cx, &clock()).await {
            Ok(snapshot) => {
                // Registries read a version as a wish, which another one may meet.
                let is_tag = matches!(target, SourceTarget::Git(_));
                let is_own = is_tag || claim.version.as_deref() == Some(&snapshot.origin.resolved_version);
                return Ok((snapshot, is_own));
            }
            Err(
                FetchError::NoSuchVersion { .. }
                | FetchError::BadVersion { .. }
                | FetchError::NoSuchRef { .. }
                | FetchError::AmbiguousCommit { .. }
                | FetchError::NotACommit { .. },
            ) => {}
            Err(e) => return Err(e),
        }
    }
    let snapshot = obtain(&claim.target, cx, &clock()).await?;
    let is_own = claim.version.as_deref() == Some(&snapshot.origin.resolved_version);
    Ok((snapshot, is_own))
}

/// The target in the version that the server gives as its own, as it may be called; nothing where the page that it names has one already.
fn own_versions(claim: &PublishedClaim) -> Vec<SourceTarget> {
    let Some(version) = &claim.version else { return Vec::new() };
    let mut own = Vec::new();
    match &claim.target {
        SourceTarget::Npm(target) if target.version.is_none() => {
            let mut target = target.clone();
            target.version = Some(version.clone());
            own.push(SourceTarget::Npm(target));
        }
        SourceTarget::Pypi(target) if target.version.is_none() => {
            let mut target = target.clone();
            target.version = Some(version.clone());
            own.push(SourceTarget::Pypi(target));
        }
        SourceTarget::Git(target) if target.reference == GitReference::Default => {
            for tag in [format!("v{version}"), version.clone()] {
                let mut target = target.clone();
                target.reference = GitReference::Named(tag);
                own.push(SourceTarget::Git(target));
            }
        }
        _ => {}
    }
    own
}
