//! Server-sent events from a hostile server: decoded by hand, bounded while they arrive.
//!
//! Follows the WHATWG HTML standard, section 9.2 (server-sent events), on bytes.

use sse_stream::Sse;

/// An event grew past its bound.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EventTooLarge;

/// Takes bytes as they come, gives events.
pub(crate) struct EventDecoder {
    max_bytes: usize,
    line: Vec<u8>,
    /// A `\r` ended the last line; a following `\n` belongs to it.
    after_cr: bool,
    data: Vec<u8>,
    has_data: bool,
    event: Option<String>,
    id: Option<String>,
    retry: Option<u64>,
    started: bool,
}

impl EventDecoder {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            line: Vec::new(),
            after_cr: false,
            data: Vec::new(),
            has_data: false,
            event: None,
            id: None,
            retry: None,
            started: false,
        }
    }

    /// Feeds one chunk; finished events are appended to `out`.
    pub(crate) fn feed(&mut self, mut chunk: &[u8], out: &mut impl Extend<Sse>) -> Result<(), EventTooLarge> {
        while let Some(first) = chunk.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                chunk = &chunk[1..];
                continue;
            }
            match chunk.iter().position(|b| matches!(b, b'\n' | b'\r')) {
                Some(at) => {
                    self.grow(&chunk[..at])?;
                    self.after_cr = chunk[at] == b'\r';
                    chunk = &chunk[at + 1..];
                    if let Some(event) = self.end_line() {
                        out.extend([event]);
                    }
                }
                None => {
                    self.grow(chunk)?;
                    break;
                }
            }
        }
        Ok(())
    }

    fn grow(&mut self, bytes: &[u8]) -> Result<(), EventTooLarge> {
        // A comment line is never kept whole: it may keep a stream alive for ever.
        if self.line.first() == Some(&b':') || (self.line.is_empty() && bytes.first() == Some(&b':')) {
            self.line.clear();
            self.line.push(b':');
            return Ok(());
        }
        if self.line.len() + self.data.len() + bytes.len() > self.max_bytes {
            return Err(EventTooLarge);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self) -> Option<Sse> {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.started, true) && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        if line.is_empty() {
            return self.dispatch();
        }
        let (name, value) = match line.iter().position(|b| *b == b':') {
            Some(0) => return None,
            Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
            None => (&line[..], &b""[..]),
        };
        let text = || String::from_utf8_lossy(value).into_owned();
        match name {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            b"event" => self.event = Some(text()),
            // An id with a line break or NUL cannot go into the Last-Event-ID header.
            b"id" if value.len() <= 1024 && value.iter().all(|b| (0x20..0x7f).contains(b)) => self.id = Some(text()),
            b"retry" => self.retry = text().parse().ok(),
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Sse> {
        let (event, id, retry) = (self.event.take(), self.id.take(), self.retry.take());
        let data = std::mem::take(&mut self.data);
        if !std::mem::take(&mut self.has_data) && id.is_none() && retry.is_none() {
            return None;
        }
        let data = Some(String::from_utf8_lossy(&data).into_owned());
        Some(Sse { event, data, id, retry })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(chunks: &[&[u8]]) -> Vec<(Option<String>, String)> {
        let mut decoder = EventDecoder::new(512);
        let mut out = Vec::new();
        for chunk in chunks {
            decoder.feed(chunk, &mut out).expect("within bounds");
        }
        out.into_iter().map(|e: Sse| (e.event, e.data.unwrap_or_default())).collect()
    }

    #[test]
    fn events_are_read_whatever_the_line_ends_and_chunk_borders() {
        let want = vec![(Some("endpoint".to_owned()), "/m?x=1".to_owned()), (None, "a\nb".to_owned())];
        assert_eq!(decode(&[b"event: endpoint\ndata: /m?x=1\n\n: hi\ndata: a\ndata:b\n\n"]), want);
        assert_eq!(
            decode(&[
                b"\xef\xbb\xbfevent: endpoint\r\nda",
                b"ta: /m?x=1\r",
                b"\n\r\ndata: a\r\ndata:b\r\n\r",
                b"\n"
            ]),
            want
        );
        assert_eq!(decode(&[b"data: unfinished"]), vec![]);
    }

    proptest::proptest! {
        #[test]
        fn chunk_borders_change_nothing(text in "(data|event|id|retry|x)?(: ?)?[a-z\u{e9}]{0,3}[\r\n]{0,3}((data|event|id): ?[a-z]{0,3}[\r\n]{0,3}){0,6}", at in 0usize..64) {
            let bytes = text.as_bytes();
            let at = at.min(bytes.len());
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            proptest::prop_assert_eq!(decode(&[bytes]), decode(&[&bytes[..at], &bytes[at..]]));
            proptest::prop_assert_eq!(decode(&[bytes]), decode(&single));
        }
    }

    #[test]
    fn an_event_that_never_ends_is_refused_and_comments_are_not_kept() {
        let mut decoder = EventDecoder::new(64);
        let mut out: Vec<Sse> = Vec::new();
        for _ in 0..1000 {
            decoder.feed(b": still here", &mut out).expect("a comment");
        }
        decoder.feed(b"\n", &mut out).expect("end of comment");
        let refused = (0..10).any(|_| decoder.feed(b"data: 0123456789\n", &mut out).is_err());
        assert!(refused && out.is_empty());
    }
}
