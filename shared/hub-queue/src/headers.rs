//! Message headers: what we write beside a body, and what the broker adds.

use hub_model::ScanId;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use opentelemetry::propagation::{Extractor, Injector};

pub(crate) const SCHEMA: &str = "x-schema";
pub(crate) const SCAN_ID: &str = "x-scan-id";
pub(crate) const ATTEMPT: &str = "x-attempt";
pub(crate) const RETRY: &str = "x-retry";
pub(crate) const TOPIC: &str = "x-topic";
pub(crate) const REASON: &str = "x-reason";
/// Written by quorum queues: how often the message was delivered before.
const DELIVERY_COUNT: &str = "x-delivery-count";
/// Written by the broker when it dead-letters.
const DEATH: &str = "x-death";

/// Headers under construction.
#[derive(Default)]
pub(crate) struct Headers(FieldTable);

impl Headers {
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.0
            .insert(ShortString::from(name), AMQPValue::LongString(LongString::from(value)));
        self
    }
    pub(crate) fn number(mut self, name: &str, value: u32) -> Self {
        self.0.insert(ShortString::from(name), AMQPValue::LongLongInt(i64::from(value)));
        self
    }
    /// The current span's context.
    pub(crate) fn traced(mut self) -> Self {
        hub_runtime::trace::inject_current(&mut self);
        self
    }
    /// Persistent JSON with these headers.
    pub(crate) fn into_properties(self) -> BasicProperties {
        BasicProperties::default()
            .with_delivery_mode(2)
            .with_content_type("application/json".into())
            .with_message_id(uuid::Uuid::new_v4().simple().to_string().into())
            .with_headers(self.0)
    }
}

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        self.0
            .insert(ShortString::from(key), AMQPValue::LongString(LongString::from(value)));
    }
}

/// Headers of a delivery.
pub(crate) struct Incoming<'a>(Option<&'a FieldTable>);

impl<'a> Incoming<'a> {
    pub(crate) fn of(properties: &'a BasicProperties) -> Self {
        Self(properties.headers().as_ref())
    }
    fn value(&self, name: &str) -> Option<&'a AMQPValue> {
        self.0?.inner().get(name)
    }
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        text(self.value(name)?)
    }
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        match *self.value(name)? {
            AMQPValue::ShortShortInt(v) => u32::try_from(v).ok(),
            AMQPValue::ShortShortUInt(v) => Some(v.into()),
            AMQPValue::ShortInt(v) => u32::try_from(v).ok(),
            AMQPValue::ShortUInt(v) => Some(v.into()),
            AMQPValue::LongInt(v) => u32::try_from(v).ok(),
            AMQPValue::LongUInt(v) => Some(v),
            AMQPValue::LongLongInt(v) => u32::try_from(v).ok(),
            _ => None,
        }
    }
    pub(crate) fn scan_id(&self) -> Option<ScanId> {
        self.text(SCAN_ID)?.parse().ok()
    }
    pub(crate) fn attempt(&self) -> u32 {
        self.number(ATTEMPT).unwrap_or(1)
    }
    pub(crate) fn retry(&self) -> u32 {
        self.number(RETRY).unwrap_or(0)
    }
    /// How often a worker had this message and did not answer for it.
    pub(crate) fn lost_deliveries(&self) -> u32 {
        self.number(DELIVERY_COUNT).unwrap_or(0)
    }
    pub(crate) fn traceparent(&self) -> Option<&'a str> {
        self.text("traceparent")
    }
    /// Queue and reason of the newest dead-lettering.
    pub(crate) fn death(&self) -> Option<(&'a str, &'a str)> {
        let AMQPValue::FieldArray(deaths) = self.value(DEATH)? else {
            return None;
        };
        let AMQPValue::FieldTable(newest) = deaths.as_slice().first()? else {
            return None;
        };
        Some((text(newest.inner().get("queue")?)?, text(newest.inner().get("reason")?)?))
    }
}

fn text(value: &AMQPValue) -> Option<&str> {
    match value {
        AMQPValue::LongString(s) => std::str::from_utf8(s.as_bytes()).ok(),
        AMQPValue::ShortString(s) => Some(s.as_str()),
        _ => None,
    }
}

impl Extractor for Incoming<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.text(key)
    }
    fn keys(&self) -> Vec<&str> {
        self.0
            .map(|t| t.inner().keys().map(ShortString::as_str).collect())
            .unwrap_or_default()
    }
}
