//! The file as the reader sees it: blocks read when they are needed, and a small cache of them.

use std::cell::RefCell;
use std::rc::Rc;

use crate::limits::{Budget, Limit};
use crate::pdf::error::PdfError;
use crate::source::SharedSource;

/// Bytes of a block.
const BLOCK: u64 = 8 << 10;
/// Bytes of tokens that cost as much as a value.
pub(crate) const VALUE: u64 = 32;
/// Blocks kept: 1 MiB.
const KEPT: usize = 128;

/// A source cut to a length, read in cached blocks.
pub(crate) struct Blocks {
    source: SharedSource,
    length: u64,
    budget: Rc<Budget>,
    cache: RefCell<Cache>,
}

/// A block and where it begins.
pub(crate) type Block = (u64, Rc<[u8]>);

/// The blocks kept, each with the tick of its last use.
#[derive(Default)]
struct Cache {
    tick: u64,
    blocks: Vec<(u64, u64, Rc<[u8]>)>,
}

impl Blocks {
    /// Reads `source` up to `length`.
    pub(crate) fn new(source: SharedSource, length: u64, budget: Rc<Budget>) -> Self {
        let length = length.min(source.len());
        Blocks { source, length, budget, cache: RefCell::default() }
    }

    /// Pays for a block of tokens, as much as for that many values of 32 bytes: white space and strings without end
    /// are read no more often than values are.
    pub(crate) fn charge(&self) -> Result<(), PdfError> {
        Ok(self.budget.spend(Limit::Objects, BLOCK / VALUE)?)
    }

    /// Up to `length` bytes from `offset` through the cache, for small reads near one another.
    pub(crate) fn read_small(&self, offset: u64, length: usize) -> Result<Vec<u8>, PdfError> {
        let mut bytes = Vec::with_capacity(length);
        let mut at = offset;
        while bytes.len() < length
            && let Some((start, block)) = self.block(at)?
        {
            let rest = usize::try_from(at - start).ok().and_then(|skip| block.get(skip..)).unwrap_or_default();
            let taken = rest.get(..length - bytes.len()).unwrap_or(rest);
            if taken.is_empty() {
                break;
            }
            bytes.extend_from_slice(taken);
            at += taken.len() as u64;
        }
        Ok(bytes)
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// The source below.
    pub(crate) fn source(&self) -> &SharedSource {
        &self.source
    }

    /// The block that holds `offset`, and where it begins; `None` at the end.
    pub(crate) fn block(&self, offset: u64) -> Result<Option<Block>, PdfError> {
        if offset >= self.length {
            return Ok(None);
        }
        let index = offset / BLOCK;
        let start = index * BLOCK;
        let mut cache = self.cache.borrow_mut();
        cache.tick += 1;
        let tick = cache.tick;
        // What is asked for next lies most often where the last lay: that block stands first.
        if let Some(at) = cache.blocks.iter().position(|(at, _, _)| *at == index) {
            cache.blocks.swap(0, at);
        }
        if let Some((_, used, block)) = cache.blocks.first_mut().filter(|(at, _, _)| *at == index) {
            *used = tick;
            return Ok(Some((start, Rc::clone(block))));
        }
        let block: Rc<[u8]> = self.read(start, BLOCK.min(self.length - start))?.into();
        if cache.blocks.len() >= KEPT {
            let oldest = cache.blocks.iter().enumerate().min_by_key(|(_, (_, used, _))| *used).map(|(at, _)| at);
            if let Some(at) = oldest {
                cache.blocks.swap_remove(at);
            }
        }
        cache.blocks.push((index, tick, Rc::clone(&block)));
        Ok(Some((start, block)))
    }

    /// Bytes read past the cache. The caller bounds `length`.
    pub(crate) fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, PdfError> {
        if offset.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(PdfError::Read { offset, kind: std::io::ErrorKind::UnexpectedEof });
        }
        self.source.read_range(offset, length).map_err(|error| PdfError::Read { offset, kind: error.kind() })
    }

    /// The bytes `from .. to`, fewer at the end of the file or of the buffer, in a buffer of the caller's.
    pub(crate) fn read_into<'b>(&self, from: u64, to: u64, buffer: &'b mut [u8]) -> Result<&'b [u8], PdfError> {
        let length = to.min(self.length).saturating_sub(from);
        let size = usize::try_from(length).unwrap_or(usize::MAX).min(buffer.len());
        let piece = buffer.get_mut(..size).unwrap_or_default();
        let read = self.source.read_at(from, piece);
        read.map_err(|error| PdfError::Read { offset: from, kind: error.kind() })?;
        Ok(piece)
    }

    /// Up to `length` bytes from `offset`, fewer at the end of the file.
    pub(crate) fn read_up_to(&self, offset: u64, length: u64) -> Result<Vec<u8>, PdfError> {
        self.read(offset.min(self.length), length.min(self.length.saturating_sub(offset)))
    }

    /// The first place of `needle` in `from .. to`, streaming.
    pub(crate) fn find(&self, needle: &[u8], from: u64, to: u64) -> Result<Option<u64>, PdfError> {
        const PIECE: u64 = 64 << 10;
        let to = to.min(self.length);
        let overlap = (needle.len() as u64).saturating_sub(1);
        let mut at = from;
        while at < to {
            let piece = self.read(at, PIECE.min(to - at))?;
            if let Some(found) = find(needle, &piece) {
                return Ok(at.checked_add(found as u64));
            }
            let length = piece.len() as u64;
            if at + length >= to || length <= overlap {
                break;
            }
            at += length - overlap;
        }
        Ok(None)
    }

    /// The last place of `needle` in the file, read from its end.
    pub(crate) fn find_last(&self, needle: &[u8]) -> Result<Option<u64>, PdfError> {
        const PIECE: u64 = 64 << 10;
        let overlap = (needle.len() as u64).saturating_sub(1);
        let mut end = self.length;
        loop {
            let from = end.saturating_sub(PIECE);
            let piece = self.read(from, end - from)?;
            if let Some(found) = find_last(needle, &piece) {
                return Ok(from.checked_add(found as u64));
            }
            if from == 0 || end - from <= overlap {
                return Ok(None);
            }
            end = from + overlap;
        }
    }
}

/// The first place of `needle` in `hay`.
pub(crate) fn find(needle: &[u8], hay: &[u8]) -> Option<usize> {
    if needle.is_empty() { None } else { memchr::memmem::find(hay, needle) }
}

/// The last place of `needle` in `hay`.
pub(crate) fn find_last(needle: &[u8], hay: &[u8]) -> Option<usize> {
    if needle.is_empty() { None } else { memchr::memmem::rfind(hay, needle) }
}
