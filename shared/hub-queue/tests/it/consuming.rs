use crate::support::{Does, PATIENCE, code, cut_connections, failed, job, next, place, place_with, small_delays};
use hub_queue::testing::remove_topology;
use hub_queue::{BatchOptions, BatchVerdict, Cancelled, Outgoing, Received, Verdict, consume_batches, follow_control};
use hub_wire::{Control, FetchJob, ScanEvent, Topic};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

#[tokio::test]
async fn what_follows_is_published_and_then_the_job_is_gone() {
    let place = place().await;
    let mut events = place.events();
    place.work(Does(|job: FetchJob, _| async move {
        Verdict::Done(vec![failed(&job, "first"), failed(&job, "second")])
    }));
    let sent = job();
    place.publisher.publish(&sent).await.unwrap();
    let (first, second) = (next(&mut events).await, next(&mut events).await);
    assert_eq!((first.scan_id, code(&first)), (sent.scan_id, "first"));
    assert_eq!((second.scan_id, code(&second)), (sent.scan_id, "second"));
    place.end().await;
}

#[tokio::test]
async fn a_passing_failure_climbs_the_ladder_and_then_fails_with_its_reason() {
    let place = place().await;
    let mut events = place.events();
    let (seen, mut tries) = mpsc::unbounded_channel();
    place.work(Does(move |job: FetchJob, facts: hub_queue::DeliveryFacts| {
        let _ = seen.send((job.scan_id, facts.retry));
        let exhausted = failed(&job, "unreachable");
        async move {
            Verdict::Retry {
                why: "refused".into(),
                exhausted,
            }
        }
    }));
    let sent = job();
    place.publisher.publish(&sent).await.unwrap();
    for retry in 0..=3 {
        assert_eq!(next(&mut tries).await, (sent.scan_id, retry));
    }
    let event = next(&mut events).await;
    assert_eq!((event.scan_id, code(&event)), (sent.scan_id, "unreachable"));
    assert!(tries.try_recv().is_err(), "the first try and three retries, no more");
    place.end().await;
}

#[tokio::test]
async fn a_retry_that_works_ends_the_ladder() {
    let place = place().await;
    let mut events = place.events();
    place.work(Does(|job: FetchJob, facts: hub_queue::DeliveryFacts| async move {
        match facts.retry {
            0 => Verdict::Retry {
                why: "busy".into(),
                exhausted: failed(&job, "exhausted"),
            },
            _ => Verdict::Done(vec![failed(&job, "worked")]),
        }
    }));
    place.publisher.publish(&job()).await.unwrap();
    assert_eq!(code(&next(&mut events).await), "worked");
    place.end().await;
}

#[tokio::test]
async fn a_job_whose_connection_is_cut_is_delivered_again() {
    let place = place().await;
    let mut events = place.events();
    let (taken, mut takes) = mpsc::unbounded_channel();
    place.work(Does(move |job: FetchJob, facts: hub_queue::DeliveryFacts| {
        let _ = taken.send(facts.lost_deliveries);
        async move {
            if facts.lost_deliveries == 0 {
                std::future::pending::<()>().await;
            }
            Verdict::Done(vec![failed(&job, "second time")])
        }
    }));
    place.publisher.publish(&job()).await.unwrap();
    assert_eq!(next(&mut takes).await, 0);
    cut_connections(&place.broker.settings().prefix, " consume", 1).await;
    assert_eq!(next(&mut takes).await, 1);
    assert_eq!(code(&next(&mut events).await), "second time");
    place.end().await;
}

#[tokio::test]
async fn a_job_that_kills_its_handler_every_time_is_a_dead_letter() {
    let place = place().await;
    let mut dead = place.dead();
    let panics = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&panics);
    place.work(Does(move |_: FetchJob, _| {
        count.fetch_add(1, Ordering::Relaxed);
        async { panic!("poison") }
    }));
    let sent = job();
    place.publisher.publish(&sent).await.unwrap();
    let letter = next(&mut dead).await;
    assert_eq!(
        (letter.scan_id, letter.attempt, letter.topic),
        (Some(sent.scan_id), 1, Some(Topic::Fetch))
    );
    assert_eq!(letter.reason, "delivery_limit");
    assert!(!letter.buried);
    assert_eq!(serde_json::from_slice::<FetchJob>(&letter.body).unwrap(), sent);
    assert_eq!(panics.load(Ordering::Relaxed), 3, "a delivery limit of two means three deliveries");
    place.end().await;
}

#[tokio::test]
async fn a_buried_job_is_a_dead_letter_with_its_reason() {
    let place = place().await;
    let mut dead = place.dead();
    place.work(Does(|_: FetchJob, _| async {
        Verdict::Bury {
            why: "the sealed credentials do not open".into(),
        }
    }));
    let sent = job();
    place.publisher.publish(&sent).await.unwrap();
    let letter = next(&mut dead).await;
    assert_eq!((letter.scan_id, letter.topic), (Some(sent.scan_id), Some(Topic::Fetch)));
    assert!(letter.buried);
    assert_eq!(letter.reason, "the sealed credentials do not open");
    place.end().await;
}

#[tokio::test]
async fn a_job_from_the_future_or_of_no_known_shape_is_a_dead_letter() {
    let place = place().await;
    let mut dead = place.dead();
    place.work(Does(|_: FetchJob, _| async { Verdict::Done(vec![]) }));
    let newer = Outgoing {
        schema: 99,
        ..Outgoing::of(&job()).unwrap()
    };
    place.publisher.publish_outgoing(&newer).await.unwrap();
    let letter = next(&mut dead).await;
    assert_eq!(letter.scan_id, Some(newer.scan_id));
    assert!(letter.reason.contains("99"), "{}", letter.reason);
    let nonsense = Outgoing {
        body: b"{}".to_vec(),
        ..Outgoing::of(&job()).unwrap()
    };
    place.publisher.publish_outgoing(&nonsense).await.unwrap();
    let letter = next(&mut dead).await;
    assert_eq!(letter.scan_id, Some(nonsense.scan_id));
    assert!(letter.reason.contains("FetchJob"), "{}", letter.reason);
    place.end().await;
}

#[tokio::test]
async fn no_more_jobs_are_in_hand_than_the_prefetch_allows() {
    let place = place().await;
    let (now, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (n, m) = (Arc::clone(&now), Arc::clone(&most));
    let mut events = place.events();
    for _ in 0..30 {
        place.publisher.publish(&job()).await.unwrap();
    }
    place.work(Does(move |job: FetchJob, _| {
        let (n, m) = (Arc::clone(&n), Arc::clone(&m));
        async move {
            m.fetch_max(n.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            n.fetch_sub(1, Ordering::SeqCst);
            Verdict::Done(vec![failed(&job, "done")])
        }
    }));
    for _ in 0..30 {
        next(&mut events).await;
    }
    assert!(most.load(Ordering::SeqCst) <= 4);
    place.end().await;
}

#[tokio::test]
async fn stopping_finishes_what_is_in_hand_and_leaves_the_rest_in_the_queue() {
    let place = place().await;
    let mut events = place.events();
    let (started, mut starts) = mpsc::unbounded_channel();
    let go = Arc::new(Notify::new());
    let gate = Arc::clone(&go);
    let stop_worker = place.stop.child_token();
    let worker = {
        let (broker, publisher, stop) = (place.broker.clone(), place.publisher.clone(), stop_worker.clone());
        let options = hub_queue::ConsumerOptions {
            prefetch: 1,
            ..place.options()
        };
        let handler = Does(move |job: FetchJob, _| {
            let (started, gate) = (started.clone(), Arc::clone(&gate));
            async move {
                let _ = started.send(());
                gate.notified().await;
                Verdict::Done(vec![failed(&job, "finished")])
            }
        });
        tokio::spawn(async move { hub_queue::consume(&broker, &publisher, handler, options, stop).await })
    };
    place.publisher.publish(&job()).await.unwrap();
    next(&mut starts).await;
    place.publisher.publish(&job()).await.unwrap();
    stop_worker.cancel();
    go.notify_one();
    tokio::time::timeout(PATIENCE, worker).await.unwrap().unwrap();
    assert_eq!(code(&next(&mut events).await), "finished");
    assert!(starts.try_recv().is_err(), "nothing new was taken");
    place.stop.cancel();
    place.until_ready(Topic::Fetch, 1).await;
    remove_topology(&place.broker).await.unwrap();
}

#[tokio::test]
async fn a_job_that_outlives_the_drain_is_given_back() {
    let place = place().await;
    let (started, mut starts) = mpsc::unbounded_channel();
    let (broker, publisher, stop) = (place.broker.clone(), place.publisher.clone(), place.stop.clone());
    let options = hub_queue::ConsumerOptions {
        drain: Duration::from_millis(50),
        ..place.options()
    };
    let handler = Does(move |_: FetchJob, _| {
        let _ = started.send(());
        std::future::pending::<Verdict>()
    });
    let worker = tokio::spawn(async move { hub_queue::consume(&broker, &publisher, handler, options, stop).await });
    place.publisher.publish(&job()).await.unwrap();
    next(&mut starts).await;
    place.stop.cancel();
    tokio::time::timeout(PATIENCE, worker).await.unwrap().unwrap();
    place.until_ready(Topic::Fetch, 1).await;
    remove_topology(&place.broker).await.unwrap();
}

#[tokio::test]
async fn two_prefixes_never_see_each_other() {
    let (one, two) = (place().await, place().await);
    let mut events = one.events();
    one.work(Does(|job: FetchJob, _| async move { Verdict::Done(vec![failed(&job, "one")]) }));
    two.publisher.publish(&job()).await.unwrap();
    let mine = job();
    one.publisher.publish(&mine).await.unwrap();
    assert_eq!(next(&mut events).await.scan_id, mine.scan_id);
    assert_eq!(two.broker.depth(Topic::Fetch).await.unwrap().ready, 1);
    assert!(events.try_recv().is_err());
    remove_topology(&two.broker).await.unwrap();
    one.end().await;
}

fn event(code: &str) -> ScanEvent {
    failed(&job(), code).read().unwrap()
}

#[tokio::test]
async fn events_come_in_batches_in_order_and_are_acknowledged_together() {
    let place = place().await;
    for i in 0..25 {
        place.publisher.publish(&event(&format!("e{i}"))).await.unwrap();
    }
    let (sizes, codes) = (Arc::new(Mutex::new(vec![])), Arc::new(Mutex::new(vec![])));
    let (s, c) = (Arc::clone(&sizes), Arc::clone(&codes));
    let stop = place.stop.child_token();
    let inner_stop = stop.clone();
    let handler = move |batch: Vec<Received<ScanEvent>>| {
        s.lock().unwrap().push(batch.len());
        let mut codes = c.lock().unwrap();
        codes.extend(batch.iter().map(|r| code(&r.message).to_owned()));
        if codes.len() >= 25 {
            inner_stop.cancel();
        }
        async { BatchVerdict::Done }
    };
    let options = BatchOptions {
        max: 10,
        linger: Duration::from_millis(200),
    };
    tokio::time::timeout(PATIENCE, consume_batches(&place.broker, &place.publisher, options, handler, stop))
        .await
        .unwrap();
    assert_eq!(*codes.lock().unwrap(), (0..25).map(|i| format!("e{i}")).collect::<Vec<_>>());
    assert!(sizes.lock().unwrap().iter().all(|n| *n <= 10));
    assert!(sizes.lock().unwrap().len() < 25, "batches, not single messages");
    place.end().await;
}

#[tokio::test]
async fn a_batch_is_kept_while_the_store_is_away_and_bad_events_are_buried_alone() {
    let place = place().await;
    let mut dead = place.dead();
    for code in ["good", "bad", "fine"] {
        place.publisher.publish(&event(code)).await.unwrap();
    }
    let calls = Arc::new(AtomicU32::new(0));
    let seen = Arc::new(Mutex::new(vec![]));
    let (n, s) = (Arc::clone(&calls), Arc::clone(&seen));
    let stop = place.stop.child_token();
    let inner_stop = stop.clone();
    let handler = move |batch: Vec<Received<ScanEvent>>| {
        let verdict = match n.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => BatchVerdict::Again {
                why: "the database is away".into(),
            },
            _ => match batch.iter().position(|r| code(&r.message) == "bad") {
                Some(at) => BatchVerdict::Bury {
                    positions: vec![at],
                    why: "cannot be stored".into(),
                },
                None => {
                    let mut seen = s.lock().unwrap();
                    seen.extend(batch.iter().map(|r| code(&r.message).to_owned()));
                    if seen.len() == 2 {
                        inner_stop.cancel();
                    }
                    BatchVerdict::Done
                }
            },
        };
        async { verdict }
    };
    let options = BatchOptions {
        max: 10,
        linger: Duration::from_millis(100),
    };
    tokio::time::timeout(PATIENCE, consume_batches(&place.broker, &place.publisher, options, handler, stop))
        .await
        .unwrap();
    assert_eq!(*seen.lock().unwrap(), ["good", "fine"]);
    let letter = next(&mut dead).await;
    assert_eq!((letter.topic, letter.reason.as_str()), (Some(Topic::Events), "cannot be stored"));
    place.end().await;
}

#[tokio::test]
async fn every_process_hears_of_a_cancellation() {
    let place = place().await;
    let (one, two) = (Cancelled::default(), Cancelled::default());
    for cancelled in [&one, &two] {
        let (broker, cancelled, stop) = (place.broker.clone(), cancelled.clone(), place.stop.child_token());
        tokio::spawn(async move { follow_control(&broker, &cancelled, stop).await });
    }
    let scan_id = job().scan_id;
    let heard = async {
        one.of(scan_id).await;
        two.of(scan_id).await;
    };
    // Listeners come up in their own time; a cancellation before that is lost on them, so it is said again.
    let tell = async {
        loop {
            place.publisher.control(&Control::Cancel { scan_id }).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, async {
        tokio::select! { () = heard => {}, () = tell => {} }
    })
    .await
    .unwrap();
    assert!(one.contains(scan_id) && two.contains(scan_id) && !one.contains(job().scan_id));
    place.end().await;
}

#[tokio::test]
async fn a_handler_that_takes_too_long_gives_its_job_back() {
    let place = place_with(small_delays()).await;
    let mut events = place.events();
    let (broker, publisher, stop) = (place.broker.clone(), place.publisher.clone(), place.stop.child_token());
    let options = hub_queue::ConsumerOptions {
        handler_timeout: Duration::from_millis(50),
        ..place.options()
    };
    let handler = Does(|job: FetchJob, facts: hub_queue::DeliveryFacts| async move {
        if facts.lost_deliveries == 0 {
            std::future::pending::<()>().await;
        }
        Verdict::Failed(failed(&job, "second time"))
    });
    tokio::spawn(async move { hub_queue::consume(&broker, &publisher, handler, options, stop).await });
    place.publisher.publish(&job()).await.unwrap();
    assert_eq!(code(&next(&mut events).await), "second time");
    place.end().await;
}

#[tokio::test]
async fn a_worker_drops_a_cancelled_job_also_in_the_middle_and_ends_with_its_service() {
    let place = place().await;
    let service = hub_runtime::Service::embedded("test-worker", place.stop.child_token());
    let (started, mut starts) = mpsc::unbounded_channel();
    let worker = {
        let (settings, service) = (place.broker.settings().clone(), service.clone());
        let handler = Does(move |_: FetchJob, _| {
            let _ = started.send(());
            std::future::pending::<Verdict>()
        });
        tokio::spawn(async move { hub_queue::run_worker::<FetchJob, _>(settings, &service, |_| handler).await })
    };
    let sent = job();
    place.publisher.publish(&sent).await.unwrap();
    next(&mut starts).await;
    assert_eq!(service.check_ready().await["broker"], Ok(()));
    // Gone from the queue means acknowledged: a job in hand would come back when the worker ends.
    let cancelling = async {
        loop {
            place.publisher.control(&Control::Cancel { scan_id: sent.scan_id }).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let dropped = async {
        // A second job is taken when the first has left a place of the four; fill the others first.
        for _ in 0..4 {
            place.publisher.publish(&job()).await.unwrap();
        }
        for _ in 0..4 {
            next(&mut starts).await;
        }
    };
    tokio::time::timeout(PATIENCE, async {
        tokio::select! { () = dropped => {}, () = cancelling => {} }
    })
    .await
    .unwrap();
    service.shutdown().cancel();
    worker.abort();
    place.stop.cancel();
    let left = remove_topology(&place.broker).await.unwrap();
    assert!(
        left.iter().all(|(topic, n)| *topic == Topic::Fetch && *n <= 4),
        "the cancelled job is gone: {left:?}"
    );
}
