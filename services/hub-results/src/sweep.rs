//! The clock's work: stuck scans, partitions, retention.

use crate::app::App;
use crate::events::note_ends;
use hub_runtime::CancellationToken;
use hub_store::{Applied, MaintenanceSettings, SweepSettings};
use std::time::Duration;

/// Between two rounds of maintenance.
const MAINTAIN_EVERY: Duration = Duration::from_secs(3600);

/// Sweeps now and then until told to stop.
pub(crate) async fn sweep(app: App, settings: SweepSettings, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        match app.store.sweep(&settings).await {
            Ok(swept) => {
                for scan in &swept.redriven {
                    tracing::warn!(scan.id = %scan.id, attempt = scan.attempt, "the scan had stopped moving and is driven again");
                }
                let redriven = swept.redriven.into_iter().map(|scan| Applied { scan, ended: false });
                let failed = swept.failed.into_iter().map(|scan| Applied { scan, ended: true });
                let all: Vec<_> = redriven.chain(failed).collect();
                if !all.is_empty() {
                    note_ends(&app, all).await;
                }
            }
            Err(e) => tracing::warn!(error = %e, "sweeping failed; trying again later"),
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(settings.every) => {}
        }
    }
}

/// Keeps partitions ahead and drops what is past its retention.
pub(crate) async fn maintain(app: App, settings: MaintenanceSettings, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        if let Err(e) = app.store.maintain(&settings).await {
            tracing::warn!(error = %e, "maintenance failed; trying again later");
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(MAINTAIN_EVERY) => {}
        }
    }
}
