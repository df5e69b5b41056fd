//! Bytes read at random: the only way in which the format rooms see a document, so that none is ever loaded whole.
//!
//! [`Source`] is implemented by [`Bytes`] here and by the open file in `files`.

use std::io;
use std::sync::Arc;

/// Bytes that can be read at any place. Reading never changes them.
pub trait Source: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Fills `buffer` from `offset`.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] when the source ends before the buffer is full, or what the system says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Whether there is no byte at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes `offset .. offset + length` as a vector. The caller bounds `length`.
    ///
    /// # Errors
    /// As [`Source::read_at`]; also where the range lies outside the source, before any memory is taken.
    fn read_range(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let end = offset.checked_add(length).filter(|end| *end <= self.len());
        let size = usize::try_from(length).ok().filter(|_| end.is_some());
        let Some(size) = size else {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        };
        let mut buffer = vec![0; size];
        self.read_at(offset, &mut buffer)?;
        Ok(buffer)
    }
}

/// A shared handle to a source.
pub type SharedSource = Arc<dyn Source>;

/// A source in memory.
#[derive(Clone, Debug, Default)]
pub struct Bytes(Arc<[u8]>);

impl Bytes {
    /// Wraps bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Bytes(bytes.into())
    }

    /// The same, as a shared source.
    #[must_use]
    pub fn shared(bytes: impl Into<Arc<[u8]>>) -> SharedSource {
        Arc::new(Bytes::new(bytes))
    }
}

impl Source for Bytes {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).ok();
        let end = start.and_then(|start| start.checked_add(buffer.len()));
        match start.zip(end).and_then(|(start, end)| self.0.get(start..end)) {
            Some(bytes) => {
                buffer.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
        }
    }
}

/// Size of the pieces in which [`for_each_chunk`] reads: small enough that the allocator hands the same warm memory to
/// one pass after the other, large enough that a call for each costs nothing beside the digest.
const CHUNK: u64 = 64 << 10;

/// Feeds the bytes `offset .. offset + length` to `take` in pieces.
///
/// # Errors
/// As [`Source::read_at`].
pub fn for_each_chunk(source: &dyn Source, offset: u64, length: u64, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; usize::try_from(CHUNK.min(length)).unwrap_or(0)];
    let mut done = 0;
    while done < length {
        let size = usize::try_from(CHUNK.min(length - done)).unwrap_or(0);
        let Some(piece) = buffer.get_mut(..size) else { break };
        let Some(at) = offset.checked_add(done) else { return Err(io::Error::from(io::ErrorKind::UnexpectedEof)) };
        source.read_at(at, piece)?;
        take(piece);
        done += size as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::source::{Bytes, Source, for_each_chunk};

    #[test]
    fn a_range_outside_is_an_error() {
        let source = Bytes::new(&b"abc"[..]);
        assert_eq!(source.read_range(1, 2).unwrap(), b"bc");
        assert!(source.read_range(1, 3).is_err());
        assert!(source.read_range(u64::MAX, 2).is_err());
    }

    #[test]
    fn chunks_are_the_whole() {
        let bytes: Vec<u8> = (0..600_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut got = Vec::new();
        for_each_chunk(&Bytes::new(bytes.clone()), 1, 599_998, |piece| got.extend_from_slice(piece)).unwrap();
        assert_eq!(got, bytes[1..599_999]);
    }
}
