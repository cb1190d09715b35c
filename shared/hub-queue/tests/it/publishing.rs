use crate::support::{PATIENCE, analyze_job, cut_connections, job, place, small_delays};
use hub_model::Hidden;
use hub_queue::testing::remove_topology;
use hub_queue::{Broker, PublishError, Publisher, QueueError, QueueSettings};
use hub_wire::Topic;
use std::time::Duration;

#[tokio::test]
async fn a_published_message_is_confirmed_and_waits_in_its_queue() {
    let place = place().await;
    place.publisher.publish(&job()).await.unwrap();
    place.publisher.publish(&analyze_job()).await.unwrap();
    assert_eq!(place.broker.depth(Topic::Fetch).await.unwrap().ready, 1);
    assert_eq!(place.broker.depth(Topic::Analyze).await.unwrap().ready, 1);
    assert_eq!(place.broker.depth(Topic::Connect).await.unwrap().ready, 0);
    let left = remove_topology(&place.broker).await.unwrap();
    assert_eq!(left, [(Topic::Fetch, 1), (Topic::Analyze, 1)]);
}

#[tokio::test]
async fn many_messages_in_flight_are_all_confirmed() {
    let place = place().await;
    let jobs: Vec<_> = (0..500).map(|_| job()).collect();
    futures::future::try_join_all(jobs.iter().map(|j| place.publisher.publish(j)))
        .await
        .unwrap();
    assert_eq!(place.broker.depth(Topic::Fetch).await.unwrap().ready, 500);
    remove_topology(&place.broker).await.unwrap();
}

#[tokio::test]
async fn a_message_that_no_queue_takes_is_an_error_at_once() {
    let broker = Broker::connect(small_delays(), "no topology").await.unwrap();
    let publisher = Publisher::new(&broker);
    assert!(
        matches!(publisher.publish(&job()).await, Err(PublishError::Unroutable { .. })),
        "no exchange"
    );
    broker.declare().await.unwrap();
    publisher.publish(&job()).await.unwrap();
    remove_topology(&broker).await.unwrap();
    assert!(
        matches!(publisher.publish(&job()).await, Err(PublishError::Unroutable { .. })),
        "gone again"
    );
}

#[tokio::test]
async fn publishing_goes_on_after_the_broker_closed_the_connection() {
    let place = place().await;
    place.publisher.publish(&job()).await.unwrap();
    cut_connections(&place.broker.settings().prefix, " publish", 1).await;
    place.publisher.publish(&job()).await.unwrap();
    cut_connections(&place.broker.settings().prefix, " publish", 1).await;
    futures::future::try_join_all((0..50).map(|_| async { place.publisher.publish(&job()).await }))
        .await
        .unwrap();
    let ready = place.broker.depth(Topic::Fetch).await.unwrap().ready;
    assert!(ready >= 52, "at least once: {ready}");
    remove_topology(&place.broker).await.unwrap();
}

#[tokio::test]
async fn a_full_queue_refuses_and_the_publisher_says_so() {
    let settings = QueueSettings {
        max_length: 2,
        publish_wait: Duration::from_millis(500),
        ..small_delays()
    };
    let place = crate::support::place_with(settings).await;
    let mut refused = None;
    // Quorum queues refuse a little late.
    for _ in 0..20 {
        if let Err(e) = place.publisher.publish(&job()).await {
            refused = Some(e);
            break;
        }
    }
    let refused = refused.expect("a queue of two messages took twenty");
    assert!(
        matches!(&refused, PublishError::Unconfirmed { last, .. } if last.contains("full")),
        "{refused:?}"
    );
    remove_topology(&place.broker).await.unwrap();
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_named_without_its_password() {
    let settings = QueueSettings {
        url: Hidden("amqp://user:s3cret@127.0.0.1:1/%2f".into()),
        connect_wait: Duration::from_millis(200),
        ..QueueSettings::default()
    };
    let Err(error) = Broker::connect(settings, "test").await else {
        panic!("connected to nothing")
    };
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("127.0.0.1:1") && text.contains("AMQP_URL") && !text.contains("s3cret"),
        "{text}"
    );
}

#[tokio::test]
async fn declaring_twice_is_fine_and_other_arguments_are_explained() {
    let place = place().await;
    place.broker.declare().await.unwrap();
    let other = QueueSettings {
        max_length: 7,
        ..place.broker.settings().clone()
    };
    let other = Broker::connect(other, "other arguments").await.unwrap();
    let error = other.declare().await.unwrap_err();
    assert!(
        matches!(&error, QueueError::OtherArguments { .. }) && error.to_string().contains("HUB_QUEUE_PREFIX"),
        "{error}"
    );
    place.end().await;
}

#[tokio::test]
async fn a_service_that_may_not_declare_only_checks() {
    let settings = QueueSettings {
        declare: false,
        connect_wait: Duration::from_millis(300),
        ..small_delays()
    };
    let checking = Broker::connect(settings.clone(), "checks").await.unwrap();
    let error = checking.declare().await.unwrap_err();
    assert!(matches!(&error, QueueError::Missing { .. }), "{error}");

    // It waits for another service to declare.
    let patient = QueueSettings {
        connect_wait: PATIENCE,
        ..settings.clone()
    };
    let patient = Broker::connect(patient, "waits").await.unwrap();
    let declares = Broker::connect(QueueSettings { declare: true, ..settings }, "declares")
        .await
        .unwrap();
    let (waited, declared) = tokio::join!(patient.declare(), declares.declare());
    declared.unwrap();
    waited.unwrap();
    remove_topology(&declares).await.unwrap();
}
