//! The front door.

use crate::clock::Clock;
use crate::{FetchContext, FetchError, add_dependencies, compare_with_named, git, look_up_advisories, npm, pypi};
use hub_model::{Snapshot, SourceTarget};

/// Obtains a target: its text files worth reading, sorted by path, pinned to an exact version. Nothing of it is run, no link
/// in it is followed, and every bound of [`crate::FetchLimits`] holds. Any number may run at once. Declared dependencies in which
/// its tools may live come along, in a folder of their own ([`crate::add_dependencies`]).
///
/// # Errors
/// See [`FetchError`]; each says what to do, whether to try again and whose fault it is.
#[tracing::instrument(skip_all, fields(target.name = target.name(), target.version = target.requested_version()))]
pub async fn acquire(target: &SourceTarget, cx: &FetchContext) -> Result<Snapshot, FetchError> {
    let clock = Clock::start(cx.limits().total_timeout);
    let mut snapshot = tokio::time::timeout(cx.limits().total_timeout, obtain(target, cx, &clock))
        .await
        .unwrap_or_else(|_| Err(clock.timeout()))?;
    if cx.compare().enabled {
        compare_with_named(&mut snapshot, None, cx).await;
    }
    add_dependencies(&mut snapshot, cx).await;
    look_up_advisories(&mut snapshot, cx).await;
    Ok(snapshot)
}

/// The target alone, without what belongs to it.
pub(crate) async fn obtain(target: &SourceTarget, cx: &FetchContext, clock: &Clock) -> Result<Snapshot, FetchError> {
    match target {
        SourceTarget::Git(target) => git::acquire(target, cx, clock).await,
        SourceTarget::Npm(target) => npm::acquire(target, cx, clock).await,
        SourceTarget::Pypi(target) => pypi::acquire(target, cx, clock).await,
    }
}
