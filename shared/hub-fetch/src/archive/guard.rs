//! A reader that knows how much came out of how little.

use crate::FetchLimits;
use crate::clock::Clock;
use crate::error::{FetchError, shown};
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Counts the bytes that go in.
pub(crate) struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R> Counted<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            count: Rc::default(),
        }
    }

    pub(crate) fn count(&self) -> Rc<Cell<u64>> {
        self.count.clone()
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count.set(self.count.get() + n as u64);
        Ok(n)
    }
}

/// Which bound was passed; travels inside an I/O error through the decoders.
#[derive(Debug, thiserror::Error)]
enum Passed {
    #[error("too many bytes")]
    Unpacked { limit: u64 },
    #[error("compression ratio")]
    Ratio { ratio: u64 },
    #[error("time")]
    Time(FetchError),
}

/// Below this much output the ratio says nothing: text and zeros in small files compress well.
const RATIO_FREE_BYTES: u64 = 16 << 20;

/// Bounds the bytes that come out, their ratio to what went in, and the time.
pub(crate) struct Guard<R> {
    inner: R,
    meter: Meter,
    compressed: Option<Rc<Cell<u64>>>,
}

/// The count of unpacked bytes, for readers that open one decoder after another.
pub(crate) struct Meter {
    unpacked: u64,
    max_unpacked: u64,
    max_ratio: u64,
    clock: Clock,
}

impl Meter {
    pub(crate) fn new(limits: &FetchLimits, clock: &Clock) -> Self {
        Self {
            unpacked: 0,
            max_unpacked: limits.max_unpacked_bytes,
            max_ratio: limits.max_compression_ratio,
            clock: clock.clone(),
        }
    }

    /// Adds `bytes` that came out of `compressed` bytes in all.
    pub(crate) fn add(&mut self, bytes: u64, compressed: Option<u64>) -> io::Result<()> {
        self.unpacked += bytes;
        if self.unpacked > self.max_unpacked {
            return Err(io::Error::other(Passed::Unpacked { limit: self.max_unpacked }));
        }
        if let Some(compressed) = compressed
            && self.unpacked > RATIO_FREE_BYTES
            && self.unpacked / compressed.max(1) > self.max_ratio
        {
            return Err(io::Error::other(Passed::Ratio { ratio: self.max_ratio }));
        }
        self.clock.check().map_err(|e| io::Error::other(Passed::Time(e)))
    }
}

impl<R: Read> Guard<R> {
    pub(crate) fn new(inner: R, compressed: Option<Rc<Cell<u64>>>, limits: &FetchLimits, clock: &Clock) -> Self {
        Self {
            inner,
            meter: Meter::new(limits, clock),
            compressed,
        }
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.meter.add(n as u64, self.compressed.as_ref().map(|c| c.get()))?;
        Ok(n)
    }
}

/// What an error from within an archive means.
pub(crate) fn explain(what: &str, error: io::Error) -> FetchError {
    let what = what.to_owned();
    let text = shown(&error.to_string());
    match error.into_inner().map(|e| e.downcast::<Passed>()) {
        Some(Ok(passed)) => match *passed {
            Passed::Unpacked { limit } => FetchError::TooLarge {
                what: format!("{what}, unpacked,"),
                limit,
                setting: "HUB_FETCH_MAX_UNPACKED_BYTES",
            },
            Passed::Ratio { ratio } => FetchError::ArchiveBomb { what, ratio },
            Passed::Time(e) => e,
        },
        _ => FetchError::NotAnArchive { what, why: text },
    }
}
