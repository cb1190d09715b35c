//! Watches a pack go by before libgit2 gets it, and says what its objects unpack to.
//!
//! libgit2 bounds neither the size of an object nor what a delta grows to: a few kilobytes of pack can ask for gigabytes of
//! memory. The sizes stand in the stream (gitformat-pack), so they are read here and held against bounds. What cannot be
//! read is refused: a pack that looks different to us than to libgit2 would be no check at all.

use flate2::{Decompress, FlushDecompress, Status};

/// Bounds on what a pack unpacks to.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackLimits {
    /// Largest object, in bytes, as it stands or as a delta makes it.
    pub(super) max_object_bytes: u64,
    /// Largest sum over all objects, in bytes.
    pub(super) max_total_bytes: u64,
    /// Most objects.
    pub(super) max_objects: u32,
}

/// Why a pack is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    ObjectTooLarge,
    TotalTooLarge,
    TooManyObjects,
    Malformed,
}

/// Reads an answer to `/git-upload-pack` piece by piece: packet lines, and in them or after them the pack.
pub(super) struct PackWatch {
    framing: Framing,
    pack: Pack,
}

/// The packet lines around a pack (gitprotocol-pack, version 0).
enum Framing {
    /// The four digits of a length, as far as they are here.
    Length { digits: [u8; 4], have: usize },
    /// A packet: how much of it is to come, and what it is once its first byte is seen.
    Packet { left: usize, band: Option<Band> },
    /// A server without side bands sends the pack bare after its last line.
    Bare,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Band {
    Pack,
    /// Progress, errors, and lines of the negotiation.
    Other,
}

impl PackWatch {
    pub(super) fn new(limits: PackLimits) -> Self {
        Self {
            framing: Framing::Length { digits: [0; 4], have: 0 },
            pack: Pack::new(limits),
        }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// The first bound that is passed, or [`Fault::Malformed`].
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while let Some((first, rest)) = bytes.split_first() {
            match &mut self.framing {
                Framing::Bare => {
                    self.pack.feed(bytes)?;
                    return Ok(());
                }
                Framing::Length { digits, have } => {
                    digits[*have] = *first;
                    *have += 1;
                    bytes = rest;
                    if *have == 4 {
                        let digits = *digits;
                        self.framing = if &digits == b"PACK" { Framing::Bare } else { after_length(digits)? };
                        if matches!(self.framing, Framing::Bare) {
                            self.pack.feed(&digits)?;
                        }
                    }
                }
                Framing::Packet { left, band: band @ None } => {
                    *band = Some(if *first == 1 { Band::Pack } else { Band::Other });
                    *left -= 1;
                    bytes = rest;
                }
                Framing::Packet { left, band: Some(band) } => {
                    let (inside, rest) = bytes.split_at((*left).min(bytes.len()));
                    if *band == Band::Pack {
                        self.pack.feed(inside)?;
                    }
                    *left -= inside.len();
                    bytes = rest;
                }
            }
            if let Framing::Packet { left: 0, .. } = self.framing {
                self.framing = Framing::Length { digits: [0; 4], have: 0 };
            }
        }
        Ok(())
    }
}

fn after_length(digits: [u8; 4]) -> Result<Framing, Fault> {
    let length = std::str::from_utf8(&digits)
        .ok()
        .and_then(|t| usize::from_str_radix(t, 16).ok())
        .ok_or(Fault::Malformed)?;
    match length {
        // Flush and its kin have no contents; nor has an empty packet.
        0..=2 | 4 => Ok(Framing::Length { digits: [0; 4], have: 0 }),
        3 => Err(Fault::Malformed),
        length => Ok(Framing::Packet {
            left: length - 4,
            band: None,
        }),
    }
}

/// The pack itself.
struct Pack {
    limits: PackLimits,
    state: State,
    objects_left: u32,
    total_bytes: u64,
    inflate: Decompress,
    scratch: Box<[u8]>,
}

enum State {
    /// Signature, version, count: 12 bytes.
    Head(Vec<u8>),
    /// Type and size of an object, seven bits a byte, the first byte with four.
    Object { kind: u8, bytes: u64, shift: u32 },
    /// Where a delta's base lies: a variable-length offset.
    Offset { bytes: u64 },
    /// Which object a delta's base is: 20 bytes.
    Id { bytes: u64, left: usize },
    /// Deflated contents.
    Contents { bytes: u64, seen: u64, delta: Option<Vec<u8>> },
    /// The checksum, which libgit2 looks at.
    Trailer,
}

impl Pack {
    fn new(limits: PackLimits) -> Self {
        Self {
            limits,
            state: State::Head(Vec::new()),
            objects_left: 0,
            total_bytes: 0,
            inflate: Decompress::new(true),
            scratch: vec![0; 32 << 10].into_boxed_slice(),
        }
    }

    fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while let Some((&first, rest)) = bytes.split_first() {
            match &mut self.state {
                State::Head(head) => {
                    head.push(first);
                    bytes = rest;
                    if let [b'P', b'A', b'C', b'K', version @ .., a, b, c, d] = head.as_slice()
                        && version.len() == 4
                    {
                        self.objects_left = u32::from_be_bytes([*a, *b, *c, *d]);
                        if !matches!(version, [0, 0, 0, 2 | 3]) {
                            return Err(Fault::Malformed);
                        }
                        if self.objects_left > self.limits.max_objects {
                            return Err(Fault::TooManyObjects);
                        }
                        self.next_object();
                    } else if head.len() >= 12 {
                        return Err(Fault::Malformed);
                    }
                }
                State::Object { kind, bytes: size, shift } => {
                    bytes = rest;
                    if *shift == 0 {
                        *kind = (first >> 4) & 7;
                        *size = u64::from(first & 15);
                        *shift = 4;
                    } else {
                        // More than 63 bits is no size of anything.
                        if *shift > 56 {
                            return Err(Fault::Malformed);
                        }
                        *size |= u64::from(first & 127) << *shift;
                        *shift += 7;
                    }
                    if first & 128 == 0 {
                        let (kind, size) = (*kind, *size);
                        self.state = match kind {
                            1..=4 => self.contents(size, None)?,
                            6 => State::Offset { bytes: size },
                            7 => State::Id { bytes: size, left: 20 },
                            _ => return Err(Fault::Malformed),
                        };
                    }
                }
                State::Offset { bytes: size } => {
                    bytes = rest;
                    if first & 128 == 0 {
                        let size = *size;
                        self.state = self.contents(size, Some(Vec::new()))?;
                    }
                }
                State::Id { bytes: size, left } => {
                    bytes = rest;
                    *left -= 1;
                    if *left == 0 {
                        let size = *size;
                        self.state = self.contents(size, Some(Vec::new()))?;
                    }
                }
                State::Contents { .. } => bytes = self.inflate(bytes)?,
                State::Trailer => return Ok(()),
            }
        }
        Ok(())
    }

    fn next_object(&mut self) {
        self.state = if self.objects_left == 0 {
            State::Trailer
        } else {
            State::Object {
                kind: 0,
                bytes: 0,
                shift: 0,
            }
        };
    }

    /// Counts an object by its stated size; its contents may not be larger.
    fn contents(&mut self, bytes: u64, delta: Option<Vec<u8>>) -> Result<State, Fault> {
        self.count(bytes)?;
        self.inflate.reset(true);
        Ok(State::Contents { bytes, seen: 0, delta })
    }

    fn count(&mut self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.limits.max_object_bytes {
            return Err(Fault::ObjectTooLarge);
        }
        self.total_bytes = self.total_bytes.saturating_add(bytes);
        if self.total_bytes > self.limits.max_total_bytes {
            Err(Fault::TotalTooLarge)
        } else {
            Ok(())
        }
    }

    /// Inflates what is here of an object; what follows it is returned.
    fn inflate<'a>(&mut self, mut bytes: &'a [u8]) -> Result<&'a [u8], Fault> {
        loop {
            let State::Contents { bytes: size, seen, delta } = &mut self.state else {
                return Ok(bytes);
            };
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(bytes, &mut self.scratch, FlushDecompress::None)
                .map_err(|_| Fault::Malformed)?;
            let taken = usize::try_from(self.inflate.total_in() - before_in).map_err(|_| Fault::Malformed)?;
            let made = usize::try_from(self.inflate.total_out() - before_out).map_err(|_| Fault::Malformed)?;
            bytes = &bytes[taken..];
            *seen += made as u64;
            if *seen > *size {
                return Err(Fault::Malformed);
            }
            // A delta opens with the sizes of its base and of its result, ten bytes each at most.
            let mut result = None;
            if let Some(head) = delta {
                let room = 20_usize.saturating_sub(head.len());
                head.extend_from_slice(&self.scratch[..made.min(room)]);
                result = delta_result(head);
                if result.is_some() {
                    *delta = None;
                } else if head.len() >= 20 {
                    return Err(Fault::Malformed);
                }
            }
            let done = status == Status::StreamEnd;
            if done && (*seen != *size || delta.is_some()) {
                return Err(Fault::Malformed);
            }
            if let Some(result) = result {
                self.count(result)?;
            }
            if done {
                self.objects_left -= 1;
                self.next_object();
                return Ok(bytes);
            }
            // A full buffer may have more behind it; else it takes more input.
            if made < self.scratch.len() {
                return if bytes.is_empty() {
                    Ok(bytes)
                } else if taken == 0 && made == 0 {
                    Err(Fault::Malformed)
                } else {
                    continue;
                };
            }
        }
    }
}

/// The size of what a delta makes, once both numbers at its head are complete.
fn delta_result(head: &[u8]) -> Option<u64> {
    let end_of_base = head.iter().position(|b| b & 128 == 0)?;
    let result = &head[end_of_base + 1..];
    let end = result.iter().position(|b| b & 128 == 0)?;
    let mut size = 0_u64;
    for (at, byte) in result[..=end].iter().enumerate() {
        // Ten groups of seven bits fill 64; the rest would be lost.
        size |= u64::from(byte & 127)
            .checked_shl(7 * u32::try_from(at).unwrap_or(u32::MAX))
            .unwrap_or(u64::MAX);
    }
    Some(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const LIMITS: PackLimits = PackLimits {
        max_object_bytes: 1000,
        max_total_bytes: 2500,
        max_objects: 5,
    };

    /// Type and size of an object.
    fn head(kind: u8, mut size: u64) -> Vec<u8> {
        let mut out = vec![(kind << 4) | (size & 15) as u8];
        size >>= 4;
        while size > 0 {
            *out.last_mut().unwrap() |= 128;
            out.push((size & 127) as u8);
            size >>= 7;
        }
        out
    }

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut z = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        z.write_all(bytes).unwrap();
        z.finish().unwrap()
    }

    fn object(bytes: &[u8]) -> Vec<u8> {
        [head(3, bytes.len() as u64), deflated(bytes)].concat()
    }

    fn delta(result: u64) -> Vec<u8> {
        let mut body = vec![10];
        let mut size = result;
        while size >= 128 {
            body.push((size & 127) as u8 | 128);
            size >>= 7;
        }
        body.push(size as u8);
        body.extend_from_slice(&[0x90, 10]);
        [head(6, body.len() as u64), vec![0x81, 0x05], deflated(&body)].concat()
    }

    fn pack(objects: &[Vec<u8>]) -> Vec<u8> {
        [
            b"PACK\0\0\0\x02".to_vec(),
            u32::try_from(objects.len()).unwrap().to_be_bytes().to_vec(),
            objects.concat(),
            vec![7; 20],
        ]
        .concat()
    }

    /// As a server sends it, with and without side bands, whole and byte by byte: the verdict is the same.
    fn watch(pack: &[u8]) -> Result<(), Fault> {
        let banded: Vec<u8> = pack
            .chunks(97)
            .flat_map(|c| [format!("{:04x}", c.len() + 5).as_bytes(), &[1], c].concat())
            .collect();
        let noise = [
            b"0035shallow 0123456789012345678901234567890123456789\n00000008NAK\n".to_vec(),
            b"000e\x02counting\n".to_vec(),
        ]
        .concat();
        let banded = [noise, banded, b"0000".to_vec()].concat();
        let bare = [b"0008NAK\n".to_vec(), pack.to_vec()].concat();
        let mut verdicts = Vec::new();
        for stream in [&banded, &bare] {
            verdicts.push(PackWatch::new(LIMITS).feed(stream));
            let mut slow = PackWatch::new(LIMITS);
            verdicts.push(stream.iter().try_for_each(|b| slow.feed(std::slice::from_ref(b))));
        }
        assert!(verdicts.iter().all(|v| *v == verdicts[0]), "{verdicts:?}");
        verdicts.remove(0)
    }

    #[test]
    fn a_pack_within_its_bounds_passes() {
        assert_eq!(
            watch(&pack(&[object(b"hello"), object(&[0; 1000]), delta(900), object(b"")])),
            Ok(())
        );
        assert_eq!(watch(&pack(&[])), Ok(()));
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused_before_it_is_unpacked() {
        assert_eq!(watch(&pack(&[object(&[0; 1001])])), Err(Fault::ObjectTooLarge));
        assert_eq!(watch(&pack(&[object(b"base"), delta(4 << 30)])), Err(Fault::ObjectTooLarge));
        assert_eq!(
            watch(&pack(&[object(&[0; 900]), object(&[1; 900]), delta(900)])),
            Err(Fault::TotalTooLarge)
        );
        assert_eq!(watch(&pack(&vec![object(b"x"); 6])), Err(Fault::TooManyObjects));
    }

    proptest::proptest! {
        #[test]
        fn no_pack_makes_it_panic_or_depends_on_how_it_is_cut(at in 0_usize..400, to: u8, cut in 1_usize..50) {
            let mut valid = pack(&[object(b"hello"), object(&[9; 300]), delta(900)]);
            let at = at % valid.len();
            valid[at] = to;
            let stream = [b"0008NAK\n".to_vec(), valid].concat();
            let whole = PackWatch::new(LIMITS).feed(&stream);
            let mut pieces = PackWatch::new(LIMITS);
            let cut = stream.chunks(cut).try_for_each(|c| pieces.feed(c));
            // Which of two faults is met first may depend on the cut; whether there is one may not.
            proptest::prop_assert_eq!(whole.is_ok(), cut.is_ok(), "{:?} {:?}", whole, cut);
        }
    }

    #[test]
    fn what_is_no_pack_is_refused() {
        let lying = [head(3, 3), deflated(&[0; 500])].concat();
        assert_eq!(watch(&pack(&[lying])), Err(Fault::Malformed));
        let short = [head(3, 30), deflated(&[0; 3])].concat();
        assert_eq!(watch(&pack(&[short])), Err(Fault::Malformed));
        assert_eq!(watch(&pack(&[head(5, 1)])), Err(Fault::Malformed));
        assert_eq!(watch(b"PACK\0\0\0\x09\0\0\0\x01"), Err(Fault::Malformed));
        assert_eq!(PackWatch::new(LIMITS).feed(b"zzzz"), Err(Fault::Malformed));
    }
}
