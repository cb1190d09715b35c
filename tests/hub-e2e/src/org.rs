//! A tenant of a test hub, and its scans.

use crate::hub::PATIENCE;
use anyhow::{Context, bail, ensure};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Somebody with a key.
#[derive(Clone)]
pub struct Org {
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    pub key: String,
}

/// A scan that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan(pub String);

impl Org {
    /// The same door with another key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    /// GET below the base URL, whatever the answer.
    ///
    /// # Errors
    /// No answer at all.
    pub async fn get(&self, path: &str) -> anyhow::Result<Response> {
        Ok(self
            .http
            .get(format!("{}{path}", self.base))
            .header("apikey", &self.key)
            .send()
            .await?)
    }

    /// GET that must succeed, as JSON.
    ///
    /// # Errors
    /// Another status than 200.
    pub async fn get_json(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.get(path).await?;
        let status = answer.status();
        let body = answer.text().await?;
        ensure!(status == StatusCode::OK, "GET {path}: {status} {body}");
        Ok(serde_json::from_str(&body)?)
    }

    /// POST below the base URL, whatever the answer.
    ///
    /// # Errors
    /// No answer at all.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Response> {
        self.post_with(path, body, &[]).await
    }

    /// POST with more headers.
    ///
    /// # Errors
    /// No answer at all.
    pub async fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> anyhow::Result<Response> {
        let mut request = self.http.post(format!("{}{path}", self.base)).header("apikey", &self.key);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Ok(request.json(body).send().await?)
    }

    /// A POST that must be accepted.
    ///
    /// # Errors
    /// Another status than 202.
    pub async fn submit(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.post(path, body).await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status == StatusCode::ACCEPTED, "POST {path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// A source scan.
    ///
    /// # Errors
    /// Not accepted.
    pub async fn scan(&self, body: &Value) -> anyhow::Result<Scan> {
        scan_of(&self.submit("/scan", body).await?)
    }

    /// A hosted scan.
    ///
    /// # Errors
    /// Not accepted.
    pub async fn scan_hosted(&self, body: &Value) -> anyhow::Result<Scan> {
        scan_of(&self.submit("/scan/hosted", body).await?)
    }

    /// Polls until the scan has ended, checking that its status never goes backwards, and gives the last status document.
    ///
    /// # Errors
    /// It does not end.
    pub async fn ended(&self, scan: &Scan) -> anyhow::Result<Value> {
        let end = Instant::now() + PATIENCE;
        let mut last = Value::Null;
        while Instant::now() < end {
            let status = self.get_json(&format!("/scan/{}/status", scan.0)).await?;
            if matches!(status["job_status"].as_str(), Some("completed" | "failed" | "cancelled")) {
                return Ok(status);
            }
            last = status;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("scan {} does not end; last seen {last}", scan.0)
    }

    /// Waits for `completed` and gives `complete_result`.
    ///
    /// # Errors
    /// It ends otherwise.
    pub async fn completed(&self, scan: &Scan) -> anyhow::Result<Value> {
        let status = self.ended(scan).await?;
        ensure!(status["job_status"] == "completed", "not completed: {status}");
        let results = self.get_json(&format!("/scan/{}/results", scan.0)).await?;
        ensure!(results["complete_result"].is_object(), "no complete_result: {results}");
        Ok(results["complete_result"].clone())
    }

    /// Waits for `failed` and gives the error message.
    ///
    /// # Errors
    /// It ends otherwise.
    pub async fn failed(&self, scan: &Scan) -> anyhow::Result<String> {
        let status = self.ended(scan).await?;
        ensure!(status["job_status"] == "failed", "not failed: {status}");
        Ok(status["error_message"].as_str().context("error_message")?.to_owned())
    }
}

/// The job of an accepted submission.
///
/// # Errors
/// There is no `job_id`.
pub fn scan_of(answer: &Value) -> anyhow::Result<Scan> {
    Ok(Scan(answer["job_id"].as_str().context("no job_id")?.to_owned()))
}
