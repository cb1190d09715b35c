//! Scans that are submitted at the same moment are inserted together: one statement and one commit for all that wait.

use crate::scan::new_rows;
use crate::{NewScan, Store, StoreError};
use hub_model::Viewer;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Inserts at once; while one waits for its commit, the next gathers what comes in.
const LANES: usize = 2;
/// Submissions in one insert, at the most.
const MOST: usize = 64;

/// The front of the queue of scans to insert. Cheap to clone; the lanes end with the last clone.
#[derive(Clone)]
pub struct Births {
    queue: mpsc::Sender<Waiting>,
}

struct Waiting {
    rows: Vec<Value>,
    done: oneshot::Sender<Result<(), StoreError>>,
}

impl Births {
    /// Starts the lanes on the current runtime.
    #[must_use]
    pub fn start(store: &Store) -> Self {
        let (queue, waiting) = mpsc::channel(4 * MOST);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..LANES {
            tokio::spawn(lane(store.clone(), waiting.clone()));
        }
        Self { queue }
    }

    /// Creates scans for `viewer`, all or none; returns once they are committed.
    ///
    /// # Errors
    /// The database failed; nothing was created. Other submissions of the same moment are not touched by it.
    pub async fn create(&self, viewer: &Viewer, scans: &[NewScan]) -> Result<(), StoreError> {
        let (done, answer) = oneshot::channel();
        let rows = new_rows(viewer, scans)?;
        let gone = || StoreError::away("queueing scans");
        self.queue.send(Waiting { rows, done }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

async fn lane(store: Store, waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
    let mut batch = Vec::with_capacity(MOST);
    loop {
        // Only one lane gathers at a time; it lets go of the queue before it inserts.
        if waiting.lock().await.recv_many(&mut batch, MOST).await == 0 {
            return;
        }
        let together: Vec<Value> = batch.iter().flat_map(|w| w.rows.iter().cloned()).collect();
        // Whoever went away does not need the answer; a scan that was inserted is accepted all the same.
        match store.insert_rows(&together).await {
            Ok(()) => {
                for submission in batch.drain(..) {
                    let _ = submission.done.send(Ok(()));
                }
            }
            Err(e) if batch.len() == 1 => {
                if let Some(submission) = batch.pop() {
                    let _ = submission.done.send(Err(e));
                }
            }
            // The server is away: all of them hear so at once.
            Err(e) if e.is_transient() => {
                for submission in batch.drain(..) {
                    let _ = submission.done.send(Err(StoreError::away("creating scans")));
                }
            }
            // One of them cannot be stored: it must not take the others along.
            Err(_) => {
                for submission in batch.drain(..) {
                    let answer = store.insert_rows(&submission.rows).await;
                    let _ = submission.done.send(answer);
                }
            }
        }
    }
}
