//! One hop through the broker: a confirmed publish, a delivery, an acknowledgement.

use crate::median;
use anyhow::Context;
use futures::{StreamExt, TryStreamExt};
use hub_model::{CodeHosts, ScanId, SourceTarget};
use hub_queue::{Broker, ConsumerOptions, DeliveryFacts, Handler, Publisher, QueueSettings, Verdict, consume};
use hub_runtime::CancellationToken;
use hub_wire::FetchJob;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
    QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Unconfirmed messages at once, the same on both sides.
const WINDOW: usize = 64;
const PREFETCH: u16 = 64;

/// Alternates both loops and prints the ratio of their medians.
pub(crate) async fn compare(messages: usize, rounds: usize) -> anyhow::Result<()> {
    let url = std::env::var("AMQP_URL").context("AMQP_URL")?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        bare.push(bare_rate(&url, messages).await?);
        ours.push(our_rate(&url, messages).await?);
    }
    let (ours, bare) = (median(&mut ours), median(&mut bare));
    println!(
        "queue hop: hub-queue over bare lapin: ratio {:.2} ({ours:.0}/s against {bare:.0}/s; goal 0.50)",
        ours / bare
    );
    Ok(())
}

fn job() -> anyhow::Result<FetchJob> {
    Ok(FetchJob {
        scan_id: ScanId::new(),
        attempt: 1,
        org_id: None,
        target: SourceTarget::parse("https://github.com/owner/repo", None, None, &CodeHosts::default())?,
        earlier: None,
    })
}

struct Count {
    left: AtomicUsize,
    done: Notify,
}

struct Counter(Arc<Count>);

impl Handler<FetchJob> for Counter {
    async fn handle(&self, _message: FetchJob, _facts: DeliveryFacts) -> Verdict {
        if self.0.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.done.notify_one();
        }
        Verdict::Done(Vec::new())
    }
}

async fn our_rate(url: &str, messages: usize) -> anyhow::Result<f64> {
    let settings = QueueSettings {
        url: hub_model::Hidden(url.to_owned()),
        prefix: format!("bench-{}.", uuid::Uuid::now_v7().simple()),
        prefetch: PREFETCH,
        ..QueueSettings::default()
    };
    let broker = Broker::connect(settings.clone(), "hub-bench").await?;
    broker.declare().await?;
    let publisher = Publisher::new(&broker);
    let count = Arc::new(Count {
        left: AtomicUsize::new(messages),
        done: Notify::new(),
    });
    let stop = CancellationToken::new();
    let consumer = {
        let (broker, publisher, stop, handler) = (broker.clone(), publisher.clone(), stop.clone(), Counter(count.clone()));
        let options = ConsumerOptions::new(&settings, Duration::from_secs(5));
        tokio::spawn(async move { consume::<FetchJob, _>(&broker, &publisher, handler, options, stop).await })
    };
    let start = Instant::now();
    let job = job()?;
    futures::stream::iter(0..messages)
        .map(|_| publisher.publish(&job))
        .buffer_unordered(WINDOW)
        .try_collect::<Vec<()>>()
        .await?;
    count.done.notified().await;
    let rate = messages as f64 / start.elapsed().as_secs_f64();
    stop.cancel();
    consumer.await?;
    hub_queue::testing::remove_topology(&broker).await?;
    Ok(rate)
}

async fn bare_rate(url: &str, messages: usize) -> anyhow::Result<f64> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let (publishing, consuming) = (connection.create_channel().await?, connection.create_channel().await?);
    let name = format!("bench-bare-{}", uuid::Uuid::now_v7().simple());
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    publishing.queue_declare(name.as_str().into(), durable, arguments).await?;
    publishing.confirm_select(ConfirmSelectOptions::default()).await?;
    consuming.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
    let mut consumer = consuming
        .basic_consume(
            name.as_str().into(),
            "bench".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    let start = Instant::now();
    let consume = tokio::spawn(async move {
        for _ in 0..messages {
            let delivery = consumer.next().await.context("the consumer ended")??;
            delivery.ack(BasicAckOptions::default()).await?;
        }
        anyhow::Ok(())
    });
    let body = serde_json::to_vec(&job()?)?;
    futures::stream::iter(0..messages)
        .map(|_| async {
            let properties = BasicProperties::default().with_delivery_mode(2);
            let confirm = publishing
                .basic_publish("".into(), name.as_str().into(), BasicPublishOptions::default(), &body, properties)
                .await?;
            confirm.await?;
            anyhow::Ok(())
        })
        .buffer_unordered(WINDOW)
        .try_collect::<Vec<()>>()
        .await?;
    consume.await??;
    let rate = messages as f64 / start.elapsed().as_secs_f64();
    publishing.queue_delete(name.as_str().into(), QueueDeleteOptions::default()).await?;
    Ok(rate)
}
