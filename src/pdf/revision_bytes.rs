//! A document with a revision appended: prepared, with room for a value, and finished.

use std::io::{self, Write};
use std::sync::Arc;

use crate::pdf::signature_object::byte_range_text;
use crate::pdf::update_section::{Front, Kept};
use crate::source::{SharedSource, Source, for_each_chunk};

/// A document with a new revision behind it. The document's bytes are untouched.
#[derive(Clone)]
pub struct AppendedRevision {
    original: SharedSource,
    tail: Arc<[u8]>,
}

impl std::fmt::Debug for AppendedRevision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AppendedRevision({} + {} bytes)", self.original.len(), self.tail.len())
    }
}

impl AppendedRevision {
    pub(in crate::pdf) fn new(original: SharedSource, tail: Vec<u8>) -> Self {
        AppendedRevision { original, tail: tail.into() }
    }

    /// Length of the whole in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.original.len().saturating_add(self.tail.len() as u64)
    }

    /// Length of what stands before the update in bytes.
    #[must_use]
    pub fn original_length(&self) -> u64 {
        self.original.len()
    }

    /// The bytes that were appended.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// Writes the whole file.
    ///
    /// # Errors
    /// What reading the document or writing says.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut failed = None;
        for_each_chunk(&*self.original, 0, self.original.len(), |piece| {
            if failed.is_none() {
                failed = out.write_all(piece).err();
            }
        })?;
        match failed {
            Some(error) => Err(error),
            None => out.write_all(&self.tail),
        }
    }

    /// The whole file as a source, so that it can be checked before it is written.
    #[must_use]
    pub fn as_source(&self) -> SharedSource {
        Arc::new(self.clone())
    }
}

impl Source for AppendedRevision {
    fn len(&self) -> u64 {
        self.length()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let outside = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let split = self.original.len();
        let in_original = usize::try_from(split.saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
        let (first, second) = buffer.split_at_mut_checked(in_original).ok_or_else(outside)?;
        if !first.is_empty() {
            self.original.read_at(offset, first)?;
        }
        if !second.is_empty() {
            let start = usize::try_from(offset.saturating_sub(split)).map_err(|_| outside())?;
            let end = start.checked_add(second.len()).ok_or_else(outside)?;
            second.copy_from_slice(self.tail.get(start..end).ok_or_else(outside)?);
        }
        Ok(())
    }
}

/// The first `length` bytes of a source, for a document that was opened as a prefix of a file.
pub(in crate::pdf) fn first_bytes(source: SharedSource, length: u64) -> SharedSource {
    if source.len() == length { source } else { Arc::new(Prefix { source, length }) }
}

struct Prefix {
    source: SharedSource,
    length: u64,
}

impl Source for Prefix {
    fn len(&self) -> u64 {
        self.length.min(self.source.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let inside = offset.checked_add(buffer.len() as u64).is_some_and(|end| end <= self.len());
        if inside { self.source.read_at(offset, buffer) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof)) }
    }
}

/// A document with another beginning.
pub(in crate::pdf) fn with_front(source: SharedSource, front: &Front) -> SharedSource {
    match front.kept {
        Kept::Yes => source,
        Kept::No => Arc::new(Fronted { head: front.head.clone(), from: front.from, source }),
    }
}

struct Fronted {
    head: Vec<u8>,
    from: u64,
    source: SharedSource,
}

impl Source for Fronted {
    fn len(&self) -> u64 {
        self.source.len().saturating_sub(self.from).saturating_add(self.head.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let outside = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let head = self.head.get(start..).unwrap_or_default();
        let (first, second) = buffer.split_at_mut_checked(head.len().min(buffer.len())).ok_or_else(outside)?;
        first.copy_from_slice(head.get(..first.len()).ok_or_else(outside)?);
        if second.is_empty() {
            return Ok(());
        }
        let behind = offset.saturating_sub(self.head.len() as u64);
        self.source.read_at(self.from.checked_add(behind).ok_or_else(outside)?, second)
    }
}

/// A signature value does not fit into the room that was reserved for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature value has {needed} bytes, {reserved} were reserved")]
pub struct ContentsTooLarge {
    /// Bytes of the value.
    pub needed: usize,
    /// Bytes reserved.
    pub reserved: usize,
}

/// A revision that is complete but for the signature value. It can be filled once.
#[derive(Debug)]
pub struct PreparedRevision {
    original: SharedTail,
    field: String,
    /// Where the first hexadecimal digit of the value stands in the tail.
    digits: usize,
    capacity: usize,
    byte_range: [u64; 4],
}

/// The document and the bytes behind it, still to be changed.
struct SharedTail {
    original: SharedSource,
    tail: Vec<u8>,
}

impl std::fmt::Debug for SharedTail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} + {} bytes", self.original.len(), self.tail.len())
    }
}

/// Where the places of a signature dictionary came to stand in the tail.
#[derive(Clone, Debug)]
pub(in crate::pdf) struct Places {
    /// The bracket of the byte range.
    pub(in crate::pdf) byte_range: usize,
    /// The `<` of the value.
    pub(in crate::pdf) contents: usize,
    /// Bytes reserved for the value.
    pub(in crate::pdf) capacity: usize,
    /// Full name of the field.
    pub(in crate::pdf) field: String,
}

impl PreparedRevision {
    /// Computes the byte range and writes it into its place.
    pub(in crate::pdf) fn new(original: SharedSource, mut tail: Vec<u8>, places: Places) -> Self {
        let length = original.len();
        let total = length.saturating_add(tail.len() as u64);
        let gap_start = length.saturating_add(places.contents as u64);
        // The gap holds `<`, the digits and `>` (ISO 32000-1 12.8.1, table 252, ByteRange).
        let gap_length = (places.capacity as u64).saturating_mul(2).saturating_add(2);
        let gap_end = gap_start.saturating_add(gap_length);
        let byte_range = [0, gap_start, gap_end, total.saturating_sub(gap_end)];
        put(&mut tail, places.byte_range, &byte_range_text(byte_range));
        PreparedRevision {
            original: SharedTail { original, tail },
            field: places.field,
            digits: places.contents.saturating_add(1),
            capacity: places.capacity,
            byte_range,
        }
    }

    /// The byte range: offset and length of the bytes before the value, then of those after it.
    #[must_use]
    pub fn byte_range(&self) -> [u64; 4] {
        self.byte_range
    }

    /// Full name of the field that carries the signature.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Bytes reserved for the value.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Feeds the bytes to be signed to `take`, in order and in pieces.
    ///
    /// # Errors
    /// What reading the document says.
    pub fn feed(&self, mut take: impl FnMut(&[u8])) -> io::Result<()> {
        let source = &*self.original.original;
        for_each_chunk(source, 0, source.len(), &mut take)?;
        let before = self.digits.saturating_sub(1);
        let after = self.digits.saturating_add(self.capacity.saturating_mul(2)).saturating_add(1);
        for piece in [self.original.tail.get(..before), self.original.tail.get(after..)] {
            take(piece.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?);
        }
        Ok(())
    }

    /// Puts the value in; what is left of the room stays zero.
    ///
    /// # Errors
    /// [`ContentsTooLarge`]: sign again with more room.
    pub fn fill(self, contents: &[u8]) -> Result<SignedRevision, ContentsTooLarge> {
        if contents.len() > self.capacity {
            return Err(ContentsTooLarge { needed: contents.len(), reserved: self.capacity });
        }
        let mut digits = Vec::with_capacity(contents.len().saturating_mul(2));
        for byte in contents {
            digits.extend_from_slice(&DIGITS.get(usize::from(*byte)).copied().unwrap_or_default());
        }
        let SharedTail { original, mut tail } = self.original;
        put(&mut tail, self.digits, &digits);
        Ok(SignedRevision {
            revision: AppendedRevision::new(original, tail),
            field: self.field,
            byte_range: self.byte_range,
        })
    }
}

/// Every byte as two hexadecimal digits.
const DIGITS: [[u8; 2]; 256] = {
    let mut digits = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::indexing_slicing, reason = "runs while compiling: a wrong index does not compile")]
        {
            digits[byte] = [b"0123456789ABCDEF"[byte >> 4], b"0123456789ABCDEF"[byte & 15]];
        }
        byte += 1;
    }
    digits
};

/// Overwrites bytes at a place that was reserved for them.
fn put(tail: &mut [u8], at: usize, bytes: &[u8]) {
    let place = at.checked_add(bytes.len()).and_then(|end| tail.get_mut(at..end));
    if let Some(place) = place {
        place.copy_from_slice(bytes);
    }
}

/// A document with a signed revision behind it.
#[derive(Clone, Debug)]
pub struct SignedRevision {
    revision: AppendedRevision,
    field: String,
    byte_range: [u64; 4],
}

impl SignedRevision {
    /// The document with the revision.
    #[must_use]
    pub fn revision(&self) -> &AppendedRevision {
        &self.revision
    }

    /// Full name of the field that carries the signature.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The byte range.
    #[must_use]
    pub fn byte_range(&self) -> [u64; 4] {
        self.byte_range
    }

    /// Writes the whole file.
    ///
    /// # Errors
    /// As [`AppendedRevision::write_to`].
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        self.revision.write_to(out)
    }

    /// The whole file as a source, so that it can be verified before it is written.
    #[must_use]
    pub fn as_source(&self) -> SharedSource {
        self.revision.as_source()
    }
}

#[cfg(test)]
mod tests {
    use crate::pdf::revision_bytes::{AppendedRevision, ContentsTooLarge, Places, PreparedRevision, with_front};
    use crate::pdf::signature_object::byte_range_text;
    use crate::pdf::update_section::{Front, Kept};
    use crate::source::{Bytes, Source};

    fn prepared() -> PreparedRevision {
        let mut tail = b"x".to_vec();
        let byte_range = tail.len();
        tail.extend(byte_range_text([0; 4]));
        let contents = tail.len();
        tail.extend_from_slice(b"<0000>yz");
        let places = Places { byte_range, contents, capacity: 2, field: "S".into() };
        PreparedRevision::new(Bytes::shared(&b"0123456789"[..]), tail, places)
    }

    #[test]
    fn what_is_fed_is_all_but_the_gap() {
        let prepared = prepared();
        let mut fed = Vec::new();
        prepared.feed(|piece| fed.extend_from_slice(piece)).unwrap();
        let [_, length, second, rest] = prepared.byte_range();
        let mut whole = Vec::new();
        let signed = prepared.fill(&[0xAB]).unwrap();
        signed.write_to(&mut whole).unwrap();
        let (a, b) = (usize::try_from(length).unwrap(), usize::try_from(second).unwrap());
        assert_eq!(&whole[a..b], b"<AB00>");
        assert_eq!(whole.len() - b, usize::try_from(rest).unwrap());
        assert_eq!([&whole[..a], &whole[b..]].concat(), fed);
        assert_eq!(signed.as_source().read_range(0, whole.len() as u64).unwrap(), whole);
    }

    #[test]
    fn a_value_that_is_too_long_is_refused() {
        assert_eq!(prepared().fill(&[1, 2, 3]).err(), Some(ContentsTooLarge { needed: 3, reserved: 2 }));
    }

    #[test]
    fn the_joined_source_reads_across_the_seam() {
        let joined = AppendedRevision::new(Bytes::shared(&b"abc"[..]), b"defg".to_vec());
        assert_eq!(joined.read_range(1, 4).unwrap(), b"bcde");
        assert_eq!(joined.read_range(3, 4).unwrap(), b"defg");
        assert!(joined.read_range(4, 4).is_err());
        assert!(joined.read_at(u64::MAX, &mut [0; 2]).is_err());
    }

    #[test]
    fn another_beginning_is_read_in_its_place() {
        let front = Front { from: 2, head: b"head".to_vec(), kept: Kept::No };
        let source = with_front(Bytes::shared(&b"xxabc"[..]), &front);
        assert_eq!(source.read_range(0, 7).unwrap(), b"headabc");
        assert_eq!(source.read_range(3, 3).unwrap(), b"dab");
        assert_eq!(source.read_range(5, 2).unwrap(), b"bc");
        assert!(source.read_range(0, 8).is_err() && source.read_at(6, &mut [0; 2]).is_err());
    }
}
