//! A service that does nothing, for the tests of probes, signals and traces.

use std::process::ExitCode;
use tracing::Instrument as _;

#[tokio::main]
async fn main() -> ExitCode {
    hub_runtime::run("hub-example", |service| async move {
        service.ready_when("example", (), |()| async {
            if std::env::var("EXAMPLE_READY").is_ok() {
                Ok(())
            } else {
                Err("EXAMPLE_READY is not set".to_owned())
            }
        });
        async { tracing::info!("inside a span") }
            .instrument(tracing::info_span!("example.work"))
            .await;
        if std::env::var("EXAMPLE_FAIL").is_ok() {
            anyhow::bail!("asked to fail");
        }
        if std::env::var("EXAMPLE_STUBBORN").is_ok() {
            std::future::pending::<()>().await;
        }
        service.shutdown().cancelled().await;
        Ok(())
    })
    .await
}
