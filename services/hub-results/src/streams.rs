//! How many event streams an org has open.

use hub_http::{Code, ProblemBuilder};
use hub_model::OrgId;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// When a refused client may try again.
const COME_BACK: Duration = Duration::from_secs(10);

/// The open streams of this process, by org.
#[derive(Clone)]
pub(crate) struct Streams {
    most: usize,
    open: Arc<Mutex<HashMap<OrgId, usize>>>,
}

/// One open stream; dropping it makes room for another.
pub(crate) struct OpenStream {
    streams: Streams,
    org: OrgId,
}

impl Streams {
    pub(crate) fn new(most_per_org: usize) -> Self {
        Self {
            most: most_per_org,
            open: Arc::default(),
        }
    }

    /// Counts one more stream of this org, or answers that it has enough.
    pub(crate) fn open(&self, org: OrgId) -> Result<OpenStream, ProblemBuilder> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(org).or_default();
        if *count >= self.most {
            let detail = format!(
                "your org follows {count} scans and may follow {} at once; close a stream, or poll the status",
                self.most
            );
            return Err(ProblemBuilder::new(Code::TooManyStreams, detail).retry_after(COME_BACK));
        }
        *count += 1;
        Ok(OpenStream {
            streams: self.clone(),
            org,
        })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = open.entry(self.org) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}
