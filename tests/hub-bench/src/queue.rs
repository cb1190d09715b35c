//! One hop through the broker.

/// Prints the ratio of hub-queue's rate to a bare lapin loop's.
pub(crate) async fn compare(_messages: usize, _rounds: usize) -> anyhow::Result<()> {
    anyhow::bail!("not measured yet")
}
