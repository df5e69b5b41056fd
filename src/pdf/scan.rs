//! One pass over a whole file for its objects, its trailers and its object streams, as every reader makes it that finds
//! a cross-reference unusable. What cannot be parsed keeps its place; what stands between objects is passed over.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::limits::Limit;
use crate::pdf::error::{PdfError, RebuildProblem};
use crate::pdf::file::{File, Indirect};
use crate::pdf::lexer::{is_regular, is_space};
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream};
use crate::pdf::parser::Parser;
use crate::pdf::xref::Section;

/// Longest object of which two copies are compared.
const COPY: u64 = 1 << 20;
/// Bytes of a stream that are looked through at a time.
const PIECE: u64 = 64 << 10;
/// Bytes of `endobj`.
const ENDOBJ: u64 = 6;
/// How far back the beginning of a line is looked for.
const LINE: u64 = 64;

/// What the pass found.
pub(crate) struct Scan<'a> {
    file: &'a File,
    /// The definition of each number that stands last in the file.
    pub(crate) objects: BTreeMap<u32, Place>,
    /// Object streams, in the order of the file.
    pub(crate) streams: Vec<(ObjectId, u64)>,
    /// Where cross-reference sections begin, as far as they can be told.
    pub(crate) sections: Vec<u64>,
    /// All trailers, a later one's entries over those of earlier ones.
    pub(crate) trailer: Dictionary,
    /// Every /Root that a trailer names.
    pub(crate) roots: BTreeSet<ObjectId>,
    /// Every object that calls itself the catalog.
    pub(crate) catalogs: BTreeSet<ObjectId>,
    /// Whether some object looks like an encryption dictionary.
    pub(crate) handler: Option<u64>,
    /// Streams with an indirect /Length whose end was searched: where, the length's object, and what was found.
    lengths: Vec<(u64, ObjectId, u64)>,
    /// Where the last word stands that ends something, once it was looked for.
    last_end: Cell<Option<u64>>,
    /// Values of objects that are nothing but an integer.
    integers: BTreeMap<ObjectId, i64>,
}

/// Where an object was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) id: ObjectId,
    pub(crate) start: u64,
    /// Where it ends, if it can be parsed.
    pub(crate) end: Option<u64>,
}

fn problem(problem: RebuildProblem) -> PdfError {
    PdfError::NotRebuilt { problem }
}

/// Whether an error ends the pass: all others tell that some object cannot be parsed.
fn ends(error: &PdfError) -> bool {
    matches!(error, PdfError::Limit(_) | PdfError::Read { .. } | PdfError::NotRebuilt { .. })
}

impl<'a> Scan<'a> {
    /// Reads the file from an offset to its end.
    ///
    /// # Errors
    /// [`PdfError::NotRebuilt`] where readers would find other objects; [`PdfError::StreamEnd`] where they would see
    /// other data; [`PdfError::Limit`], [`PdfError::Read`].
    pub(crate) fn of(file: &'a File, from: u64) -> Result<Self, PdfError> {
        let mut scan = Scan {
            file,
            objects: BTreeMap::new(),
            streams: Vec::new(),
            sections: Vec::new(),
            trailer: Dictionary::new(),
            roots: BTreeSet::new(),
            catalogs: BTreeSet::new(),
            handler: None,
            lengths: Vec::new(),
            last_end: Cell::new(None),
            integers: BTreeMap::new(),
        };
        scan.run(from)?;
        scan.check_lengths()?;
        Ok(scan)
    }

    fn run(&mut self, from: u64) -> Result<(), PdfError> {
        let mut parser = self.file.parser(from);
        let mut junk = None;
        loop {
            parser.lexer.skip_space()?;
            let start = parser.lexer.position();
            let Some(byte) = parser.lexer.peek()? else { return Ok(()) };
            if byte.is_ascii_digit()
                && let Some(id) = parser.header()?
            {
                // Some readers look for objects at the beginning of lines alone.
                if let Some(offset) = junk.take()
                    && !self.begins_line(start)?
                {
                    return Err(problem(RebuildProblem::Junk { offset }));
                }
                let body = parser.lexer.position();
                parser.lexer.seek(self.object(id, start)?.unwrap_or(body));
                continue;
            }
            let word = word(&mut parser)?;
            match word.as_slice() {
                b"xref" => self.table(&mut parser, start)?,
                b"trailer" => self.trailer_at(&mut parser)?,
                b"startxref" | b"n" | b"f" | b"endobj" | b"endstream" => {}
                // The rows of a table that cannot be read.
                digits if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {}
                _ => junk = junk.or(Some(start)),
            }
        }
    }

    /// Whether nothing but blanks stand before an offset on its line.
    fn begins_line(&self, offset: u64) -> Result<bool, PdfError> {
        let from = offset.saturating_sub(LINE);
        let before = self.file.blocks.read(from, offset - from)?;
        let text = before.trim_ascii_end();
        let blanks = before.get(text.len()..).unwrap_or_default();
        Ok(text.is_empty() || text.ends_with(b"endobj") || blanks.iter().any(|byte| matches!(byte, b'\r' | b'\n')))
    }

    /// A table that may be sound is passed over with its trailer.
    fn table(&mut self, parser: &mut Parser<'_>, start: u64) -> Result<(), PdfError> {
        self.sections.push(start);
        match Section::read(self.file, start) {
            Ok(section) => {
                parser.lexer.seek(section.range.end);
                self.trailer(&section.trailer);
                Ok(())
            }
            Err(error) if ends(&error) => Err(error),
            Err(_) => Ok(()),
        }
    }

    fn trailer_at(&mut self, parser: &mut Parser<'_>) -> Result<(), PdfError> {
        let body = parser.lexer.position();
        match parser.value() {
            Ok(Object::Dictionary(trailer)) => self.trailer(&trailer),
            Err(error) if ends(&error) => return Err(error),
            // A trailer that is cut off tells nothing.
            Ok(_) | Err(_) => parser.lexer.seek(body),
        }
        Ok(())
    }

    fn trailer(&mut self, trailer: &Dictionary) {
        for key in ["Root", "Info", "ID", "Encrypt"] {
            let Some(value) = trailer.get(key).filter(|value| **value != Object::Null) else { continue };
            if key == "Root" {
                self.roots.extend(value.as_reference());
            }
            self.trailer.set(key, value.clone());
        }
    }

    /// The object whose header begins at `start`; its end, if it can be parsed.
    fn object(&mut self, id: ObjectId, start: u64) -> Result<Option<u64>, PdfError> {
        let file = self.file;
        file.budget.spend(Limit::Objects, 1)?;
        let (known, asked) = (&self.integers, Cell::new(None));
        let length = |id: ObjectId| {
            asked.set(Some(id));
            known.get(&id).and_then(|value| u64::try_from(*value).ok())
        };
        let parsed = match file.indirect(start, &length) {
            Ok(parsed) => parsed,
            Err(error) if ends(&error) => return Err(error),
            Err(_) => {
                if !self.torn(start)? {
                    self.define(Place { id, start, end: None })?;
                }
                return Ok(None);
            }
        };
        let Indirect { id, range, object } = parsed;
        if let Object::Stream(stream) = &object {
            if self.swallows(stream)? {
                self.define(Place { id, start, end: None })?;
                return Ok(None);
            }
            if let Some(length) = asked.get() {
                self.lengths.push((stream.offset, length, stream.length));
            }
            let kind = stream.dictionary.get("Type").and_then(Object::as_name);
            if kind == Some(b"XRef") {
                // Its own number stays out of what is found: nothing refers to it.
                self.sections.push(start);
                self.trailer(&stream.dictionary);
                return Ok(Some(range.end));
            }
            let holds = |key: &str| stream.dictionary.get(key).is_some_and(|value| value.as_integer().is_some());
            if kind == Some(b"ObjStm") || (kind.is_none() && holds("N") && holds("First")) {
                self.streams.push((id, start));
            }
        }
        if let Object::Integer(value) = object {
            self.integers.insert(id, value);
        }
        self.see(id, start, &object);
        self.define(Place { id, start, end: Some(range.end) })?;
        Ok(Some(range.end))
    }

    /// Whether the file ends within an object: what is appended would become part of it. A cross-reference stream that is
    /// cut off is nothing that anybody misses.
    ///
    /// # Errors
    /// [`RebuildProblem::Torn`] for all others.
    fn torn(&self, start: u64) -> Result<bool, PdfError> {
        let blocks = &self.file.blocks;
        // Asked once: a hostile file has any number of such objects.
        if self.last_end.get().is_none() {
            let mut last = 0;
            for word in [&b"endobj"[..], b"startxref", b"trailer"] {
                last = last.max(blocks.find_last(word)?.unwrap_or(0));
            }
            self.last_end.set(Some(last));
        }
        if self.last_end.get().is_some_and(|last| last > start) {
            return Ok(false);
        }
        match blocks.find(b"/XRef", start, blocks.len())? {
            Some(_) => Ok(true),
            None => Err(problem(RebuildProblem::Torn { offset: start })),
        }
    }

    /// Whether a stream whose end was searched runs over an `endobj` and a header: then its `endstream` is another's.
    fn swallows(&self, stream: &Stream) -> Result<bool, PdfError> {
        if stream.dictionary.get("Length").and_then(Object::as_integer) == i64::try_from(stream.length).ok() {
            return Ok(false);
        }
        let end = stream.offset.saturating_add(stream.length);
        let mut at = stream.offset;
        while at < end {
            let piece = self.file.blocks.read_up_to(at, PIECE.min(end - at))?;
            for place in memchr::memmem::find_iter(&piece, b"endobj") {
                self.file.budget.spend(Limit::Objects, 1)?;
                let behind = at.saturating_add(place as u64).saturating_add(ENDOBJ);
                if self.file.parser(behind).header()?.is_some() {
                    return Ok(true);
                }
            }
            let length = piece.len() as u64;
            if at + length >= end || length <= ENDOBJ {
                break;
            }
            at += length - ENDOBJ;
        }
        Ok(false)
    }

    /// Notes what an object is to the document.
    pub(crate) fn see(&mut self, id: ObjectId, start: u64, object: &Object) {
        let Object::Dictionary(dictionary) = object else { return };
        if dictionary.get("Type").is_some_and(|kind| kind.is_name("Catalog")) {
            self.catalogs.insert(id);
        }
        let handler = dictionary.get("Filter").is_some_and(|name| name.is_name("Standard"));
        if handler && ["V", "R", "O", "U"].iter().all(|key| dictionary.get(key).is_some()) {
            self.handler = Some(start);
        }
    }

    /// Enters a definition: of several the last one counts, as it does for every reader. Generations must be the same,
    /// for readers differ about which one counts.
    fn define(&mut self, place: Place) -> Result<(), PdfError> {
        match self.objects.insert(place.id.number, place) {
            Some(earlier) if earlier.id != place.id && !self.copies(earlier, place)? => {
                Err(problem(RebuildProblem::DefinedTwice { number: place.id.number }))
            }
            _ => Ok(()),
        }
    }

    /// Whether two definitions are the same bytes.
    pub(crate) fn copies(&self, one: Place, other: Place) -> Result<bool, PdfError> {
        let length =
            |place: Place| place.end.map(|end| end.saturating_sub(place.start)).filter(|length| *length <= COPY);
        let (Some(length), true) = (length(one), length(one) == length(other)) else { return Ok(false) };
        let blocks = &self.file.blocks;
        Ok(blocks.read_up_to(one.start, length)? == blocks.read_up_to(other.start, length)?)
    }

    /// The sections that can be read, in the order of the file, whatever their offsets are worth.
    pub(crate) fn read_sections(&self) -> Result<Vec<Section>, PdfError> {
        let mut sections = Vec::new();
        for start in &self.sections {
            match Section::read(self.file, *start) {
                Ok(section) => sections.push(section),
                Err(error) if ends(&error) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(sections)
    }

    /// Where a /Length that stands behind its stream leads to an `endstream` of its own, there are two readings.
    fn check_lengths(&self) -> Result<(), PdfError> {
        for (offset, id, found) in &self.lengths {
            let value = self.integers.get(id).and_then(|value| u64::try_from(*value).ok());
            let Some(value) = value.filter(|value| value.abs_diff(*found) > 2) else { continue };
            let Some(end) = offset.checked_add(value).filter(|end| *end <= self.file.blocks.len()) else { continue };
            let mut parser = self.file.parser(end);
            parser.lexer.skip_blank()?;
            if parser.lexer.take(b"endstream")? {
                return Err(PdfError::StreamEnd { offset: *offset });
            }
        }
        Ok(())
    }
}

/// The run of regular characters here, or one other byte; at most some 4096 bytes are kept.
fn word(parser: &mut Parser<'_>) -> Result<Vec<u8>, PdfError> {
    let mut word = Vec::new();
    while let Some(byte) = parser.lexer.peek()? {
        if is_space(byte) || (!is_regular(byte) && !word.is_empty()) || word.len() > 4096 {
            break;
        }
        parser.lexer.next_byte()?;
        word.push(byte);
        if !is_regular(byte) {
            break;
        }
    }
    Ok(word)
}
