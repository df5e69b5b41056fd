//! The account of bytes: what of the file the revisions after a place do not consume; and traces of signatures that
//! no revision reaches.

use std::ops::Range;
use std::rc::Rc;

use crate::limits::Budget;
use crate::pdf::blocks::{Blocks, find_last};
use crate::pdf::document::Document;
use crate::pdf::error::PdfError;
use crate::pdf::file::File;
use crate::pdf::lexer::{is_regular, is_space};
use crate::pdf::note::NoteKind;
use crate::pdf::object::ObjectId;
use crate::pdf::view::View;
use crate::pdf::xref::Location;
use crate::source::SharedSource;

/// Bytes that no revision consumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unaccounted {
    /// Where they lie.
    pub range: Range<u64>,
    /// What they look like.
    pub kind: UnaccountedKind,
}

/// What unaccounted bytes look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaccountedKind {
    /// Comments (7.2.4) alone, between pieces that are consumed: some writers sign their updates so.
    Comment,
    /// Anything else, and whatever stands behind the last piece.
    Other,
}

/// A trace of a signature in the raw bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Where the name begins.
    pub offset: u64,
    /// What it is.
    pub kind: TraceKind,
    /// The object whose header stands last before it, within 64 KiB.
    pub object: Option<ObjectId>,
    /// Whether it lies in an object's value or in the data of a stream.
    pub place: TracePlace,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceKind {
    /// `/ByteRange`.
    ByteRange,
    /// `/Type /Sig` or `/Type /DocTimeStamp`.
    SignatureType,
    /// `/Contents` with what can only be a signature's value: DER in hexadecimal digits.
    Value,
}

/// Where a trace lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TracePlace {
    /// Between objects or in one.
    Object,
    /// After `stream` and before `endstream`, such as in an attached file.
    Stream,
}

/// Most traces reported; a file with more is judged by these.
const TRACES: usize = 4096;
/// Bytes of one step of the scan.
const PIECE: u64 = 256 << 10;
/// Bytes that a trace may span, and of context before it.
const CONTEXT: u64 = 64;
/// Digits of a value that are looked at.
const DIGITS: usize = 24;
/// How far back an object's header is looked for.
const BACK: u64 = 64 << 10;
/// Unaccounted ranges up to this length are looked at for comments.
const COMMENT_BYTES: u64 = 64 << 10;

impl Document {
    /// The bytes from `from` to the end of the file that no later revision consumes: neither an object that a
    /// section behind `from` lists, nor a section, its trailer, its startxref and `%%EOF`, nor white space (NUL is
    /// none here: it hides from editors). `from` is the end of the signed revision.
    ///
    /// Objects that cannot be parsed are not consumed. Overlaps are noted.
    ///
    /// # Errors
    /// [`PdfError::Limit`] and [`PdfError::Read`].
    pub fn account(&self, from: u64) -> Result<Vec<Unaccounted>, PdfError> {
        let mut consumed: Vec<Range<u64>> = vec![self.header_range()?];
        for revision in self.revisions() {
            consumed.extend(revision.tails.iter().cloned());
            let sections = self.sections.get(revision.sections.clone()).unwrap_or_default();
            for section in sections {
                consumed.push(section.range.clone());
                consumed.extend(section.hidden.as_ref().map(|hidden| hidden.range.clone()));
            }
            // A section before `from` belongs to what is signed; that its entries stay there is checked by the
            // account of that revision itself.
            if sections.iter().all(|section| section.range.start < from) {
                continue;
            }
            let view = self.at(revision.index)?;
            for row in self.rows(revision.index)? {
                if let Location::Offset(offset) = row.location {
                    consumed.extend(self.object_range(&view, row.id, offset, from)?);
                }
            }
        }
        consumed.retain(|range| range.end > from);
        consumed.sort_by_key(|range| (range.start, range.end));
        consumed.dedup();
        self.gaps(from, &consumed)
    }

    /// The header's line (7.5.2).
    fn header_range(&self) -> Result<Range<u64>, PdfError> {
        let start = self.header_offset();
        let bytes = self.file.blocks.read_up_to(start, CONTEXT)?;
        let line = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(0);
        Ok(start..start.saturating_add(line as u64))
    }

    /// The range of an object that ends behind `from`; `None` if it cannot be parsed.
    fn object_range(&self, view: &View<'_>, id: ObjectId, at: u64, from: u64) -> Result<Option<Range<u64>>, PdfError> {
        if at.saturating_add(CONTEXT) < from {
            return Ok(None);
        }
        let parsed = self.file.header(id, at).and_then(|start| self.file.indirect(start, &|id| view.length(id)));
        match parsed {
            Ok(indirect) => Ok((indirect.id == id).then_some(indirect.range)),
            Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn gaps(&self, from: u64, consumed: &[Range<u64>]) -> Result<Vec<Unaccounted>, PdfError> {
        let mut found = Vec::new();
        let mut at = from;
        for range in consumed {
            if range.start < at && range.start >= from && at != from {
                self.file.note(range.start, NoteKind::Overlap);
            }
            found.extend(self.gap(at..range.start)?);
            at = at.max(range.end);
        }
        found.extend(self.gap(at..self.len())?);
        Ok(found)
    }

    /// A gap without the white space at its ends, if anything is left.
    fn gap(&self, gap: Range<u64>) -> Result<Option<Unaccounted>, PdfError> {
        let visible = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 12);
        let (mut first, mut last) = (None, 0);
        let mut at = gap.start;
        while at < gap.end {
            let piece = self.file.blocks.read(at, PIECE.min(gap.end - at))?;
            if let Some(place) = piece.iter().position(visible) {
                first.get_or_insert(at + place as u64);
            }
            if let Some(place) = piece.iter().rposition(visible) {
                last = at + place as u64 + 1;
            }
            at += piece.len() as u64;
        }
        let Some(first) = first else { return Ok(None) };
        let mut kind = UnaccountedKind::Other;
        if last - first <= COMMENT_BYTES && gap.end < self.len() {
            let bytes = self.file.blocks.read(first, last - first)?;
            let comment = |line: &[u8]| {
                let line = line.trim_ascii_start();
                line.is_empty() || (line.starts_with(b"%") && !line.starts_with(b"%PDF") && !line.starts_with(b"%%EOF"))
            };
            if bytes.split(|byte| matches!(byte, b'\r' | b'\n')).all(comment) {
                kind = UnaccountedKind::Comment;
            }
        }
        Ok(Some(Unaccounted { range: first..last, kind }))
    }

    /// Reads the whole file for `/ByteRange`, `/Type /Sig` and signature values, wherever they stand.
    ///
    /// # Errors
    /// [`PdfError::Read`].
    pub fn scan_signature_traces(&self) -> Result<Vec<Trace>, PdfError> {
        self.file.signature_traces()
    }

    /// The same on a file of which nothing can be read.
    ///
    /// # Errors
    /// [`PdfError::Read`]; [`PdfError::NotPdf`].
    pub fn scan_unreadable(source: SharedSource, budget: Rc<Budget>) -> Result<Vec<Trace>, PdfError> {
        let length = source.len();
        Document::blank(Blocks::new(source, length, Rc::clone(&budget)), budget)?.0.signature_traces()
    }
}

impl File {
    fn signature_traces(&self) -> Result<Vec<Trace>, PdfError> {
        let mut traces = Vec::new();
        // One buffer for the whole file: a fresh one for each step costs as much as the search.
        let mut buffer = vec![0; usize::try_from((PIECE + 2 * CONTEXT).min(self.blocks.len())).unwrap_or(0)];
        let mut at = 0;
        while at < self.blocks.len() && traces.len() < TRACES {
            // Each step sees some bytes before and behind its own, so that nothing is cut in two.
            let from = at.saturating_sub(CONTEXT);
            let own = at..at.saturating_add(PIECE);
            let piece = self.blocks.read_into(from, own.end.saturating_add(CONTEXT), &mut buffer)?;
            let begun = usize::try_from(at - from).unwrap_or(0);
            for slash in memchr::memchr_iter(b'/', piece) {
                let offset = from + slash as u64;
                if slash >= begun
                    && let Some(kind) = trace(piece, slash)
                    && own.contains(&offset)
                    && traces.len() < TRACES
                {
                    let (object, place) = self.around(offset)?;
                    traces.push(Trace { offset, kind, object, place });
                }
            }
            at = own.end;
        }
        Ok(traces)
    }

    /// The object header before an offset, and whether a stream has begun since.
    fn around(&self, offset: u64) -> Result<(Option<ObjectId>, TracePlace), PdfError> {
        let from = offset.saturating_sub(BACK);
        let before = self.blocks.read(from, offset - from)?;
        let mut end = before.len();
        let mut object = None;
        let mut header = 0;
        while let Some(at) = before.get(..end).and_then(|bytes| find_last(b"obj", bytes)) {
            object = before.get(..at).and_then(header_before);
            if object.is_some() {
                header = at;
                break;
            }
            end = at;
        }
        let since = before.get(header..).unwrap_or_default();
        let open = find_last(b"stream", since).is_some_and(|at| {
            let ended = since.get(..at).is_some_and(|bytes| bytes.ends_with(b"end"));
            !ended
        });
        Ok((object, if open { TracePlace::Stream } else { TracePlace::Object }))
    }
}

/// What begins at the slash.
fn trace(bytes: &[u8], slash: usize) -> Option<TraceKind> {
    let rest = bytes.get(slash..)?;
    // Most slashes are none of these; they are left at the first letter.
    if !matches!(rest.get(1), Some(b'B' | b'S' | b'D' | b'C')) {
        return None;
    }
    if let Some(value) = rest.strip_prefix(b"/Contents") {
        return is_value(value).then_some(TraceKind::Value);
    }
    let ends = |length: usize| !rest.get(length).is_some_and(|byte| is_regular(*byte));
    if rest.starts_with(b"/ByteRange") && ends(10) {
        return Some(TraceKind::ByteRange);
    }
    let kind = (rest.starts_with(b"/Sig") && ends(4)) || (rest.starts_with(b"/DocTimeStamp") && ends(13));
    if !kind {
        return None;
    }
    let before = bytes.get(..slash)?;
    let end = before.iter().rposition(|byte| !is_space(*byte))? + 1;
    before.get(..end)?.ends_with(b"/Type").then_some(TraceKind::SignatureType)
}

/// Whether `<30 8` follows, the beginning of a SEQUENCE longer than any text of a note that begins with a zero.
fn is_value(rest: &[u8]) -> bool {
    let start = rest.iter().position(|byte| !is_space(*byte)).unwrap_or(0);
    matches!(rest.get(start..), Some([b'<', b'3', b'0', b'8', b'0'..=b'4', digits @ ..])
        if digits.len() >= DIGITS && digits.iter().take(DIGITS).all(u8::is_ascii_hexdigit))
}

/// `n g ` at the end of bytes.
fn header_before(bytes: &[u8]) -> Option<ObjectId> {
    let tail = bytes.get(bytes.len().saturating_sub(24)..)?;
    let mut words = tail.rsplit(|byte| is_space(*byte)).filter(|word| !word.is_empty());
    let generation = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let number = words.next()?;
    // A header may stand right behind `endobj` or another delimiter.
    let digits = number.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    let number = std::str::from_utf8(number.get(digits..)?).ok()?.parse().ok()?;
    Some(ObjectId { number, generation })
}
