use crate::clock::Clock;
use crate::{FetchContext, FetchError};
use hub_model::{GitTarget, Snapshot};
pub(crate) async fn acquire(target: &GitTarget, _cx: &FetchContext, _clock: &Clock) -> Result<Snapshot, FetchError> {
    Err(FetchError::NotGit {
        url: target.clone_url.to_string(),
    })
}
