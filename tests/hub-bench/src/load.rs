//! A bounded load from this process, over loopback only.

use crate::median;
use anyhow::{Context, bail, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 32;

struct Shot {
    method: Method,
    url: String,
    key: Option<String>,
    body: Option<String>,
}

/// Successful answers per second over `seconds`.
async fn rate(client: &Client, shot: Arc<Shot>, seconds: u64) -> anyhow::Result<f64> {
    let done = Arc::new(AtomicU64::new(0));
    let end = Instant::now() + Duration::from_secs(seconds);
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (client, shot, done) = (client.clone(), shot.clone(), done.clone());
        tasks.push(tokio::spawn(async move {
            while Instant::now() < end {
                let mut request = client.request(shot.method.clone(), &shot.url);
                if let Some(key) = &shot.key {
                    request = request.header("apikey", key);
                }
                if let Some(body) = &shot.body {
                    request = request.header("content-type", "application/json").body(body.clone());
                }
                let answer = request.send().await?;
                if !answer.status().is_success() {
                    bail!("{} {}: {}", shot.method, shot.url, answer.status());
                }
                answer.bytes().await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64())
}

/// Alternates the real and the bare path and prints the ratio of their medians.
pub(crate) async fn compare(base_url: &str, key: &str, baseline_url: &str, seconds: u64, rounds: usize) -> anyhow::Result<()> {
    let host = reqwest::Url::parse(base_url)?;
    ensure!(host.host_str() == Some("127.0.0.1"), "only loopback is ever loaded");
    let client = Client::builder().pool_max_idle_per_host(CONNECTIONS).build()?;
    let body = json!({ "source_url": "https://github.com/owner/repo" }).to_string();
    let accepted: Value = client
        .post(format!("{base_url}/scan"))
        .header("apikey", key)
        .header("content-type", "application/json")
        .body(body.clone())
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let job = accepted["job_id"].as_str().context("no job_id")?;
    let shot = |method, url: String, key: Option<&str>, body: Option<&str>| {
        Arc::new(Shot {
            method,
            url,
            key: key.map(str::to_owned),
            body: body.map(str::to_owned),
        })
    };
    let pairs = [
        (
            "accept: POST /scan over axum + one insert",
            shot(Method::POST, format!("{base_url}/scan"), Some(key), Some(&body)),
            shot(Method::POST, format!("{baseline_url}/insert"), None, Some(&body)),
        ),
        (
            "status: GET status over axum + one Redis GET",
            shot(Method::GET, format!("{base_url}/scan/{job}/status"), Some(key), None),
            shot(Method::GET, format!("{baseline_url}/get"), None, None),
        ),
    ];
    for (what, real, bare) in pairs {
        rate(&client, real.clone(), 1).await?;
        rate(&client, bare.clone(), 1).await?;
        let (mut reals, mut bares) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            bares.push(rate(&client, bare.clone(), seconds).await?);
            reals.push(rate(&client, real.clone(), seconds).await?);
        }
        let (real, bare) = (median(&mut reals), median(&mut bares));
        println!("{what}: ratio {:.2} ({real:.0}/s against {bare:.0}/s; goal 0.50)", real / bare);
    }
    Ok(())
}
