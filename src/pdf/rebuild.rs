//! A file whose cross-reference is unusable, read by one pass over all of it, for sealing alone.
//!
//! One reading is wanted: every object defined once, one catalog, no encryption, no signature, nothing between the
//! objects that is none. What is sealed then gets a complete cross-reference section of its own (ISO 32000-1 7.5.4), so
//! that verifying, which never rebuilds, reads it by its own startxref as every other reader does.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use crate::limits::{Budget, Limit};
use crate::pdf::account::TracePlace;
use crate::pdf::document::Document;
use crate::pdf::error::{PdfError, RebuildProblem};
use crate::pdf::file::{File, Indirect};
use crate::pdf::filter;
use crate::pdf::lexer::{is_regular, is_space};
use crate::pdf::note::NoteKind;
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream};
use crate::pdf::object_stream::{ObjectStream, STREAM_BYTES};
use crate::pdf::parser::Parser;
use crate::pdf::xref::{Location, Section, XrefEntry};
use crate::source::SharedSource;

/// Longest object of which two copies are compared.
const COPY: u64 = 1 << 20;
/// Pages whose dictionaries are read to find out whether a document is readable.
const PROBED: usize = 10_000;

impl Document {
    /// [`Document::open`] for a document that is to be sealed: where its cross-reference is unusable, its objects are
    /// found by one pass over the file if that leaves one reading. Such a document has the note
    /// [`NoteKind::Rebuilt`], and an update of it writes a complete cross-reference section.
    ///
    /// # Errors
    /// As [`Document::open`]; [`PdfError::NotRebuilt`] tells why there is no one reading.
    pub fn open_for_sealing(source: SharedSource, budget: Rc<Budget>) -> Result<Document, PdfError> {
        let opened = Document::open(SharedSource::clone(&source), Rc::clone(&budget));
        match opened {
            Ok(document) => {
                let unusable = document.readable().is_ok() && probe(&document).is_err_and(|error| repairable(&error));
                if !unusable {
                    return Ok(document);
                }
                // Where there is no second way of reading, the refusal of the first one stands.
                Ok(rebuilt(source, budget, Some(&document)).unwrap_or(document))
            }
            Err(error) if repairable(&error) => rebuilt(source, budget, None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a fault lies in the cross-reference and not in the objects.
fn repairable(error: &PdfError) -> bool {
    matches!(
        error,
        PdfError::StartXrefMissing
            | PdfError::XrefUnusable { .. }
            | PdfError::XrefLoop { .. }
            | PdfError::PrevForward { .. }
            | PdfError::XrefEntry { .. }
            | PdfError::ObjectHeader { .. }
            | PdfError::RootMissing
    )
}

/// Reads what a seal needs: catalog, pages, form.
fn probe(document: &Document) -> Result<(), PdfError> {
    let view = document.current()?;
    view.catalog()?;
    for page in view.pages().take(PROBED) {
        page?;
    }
    view.fields().map(|_| ())
}

/// The document as one pass finds it. `stated` is what its own cross-reference says, where that can be read at all.
fn rebuilt(source: SharedSource, budget: Rc<Budget>, stated: Option<&Document>) -> Result<Document, PdfError> {
    let (mut file, header_offset) = Document::blank(source, budget)?;
    let mut scan = Scan { file: &file, stated, ..Scan::new(&file) };
    scan.run(header_offset)?;
    let (entries, trailer) = scan.finish()?;
    // The file's own offsets, were they right, would count from its header (ISO 32000-2 7.5.2).
    file.shift = 0;
    file.note(file.blocks.len(), NoteKind::Rebuilt);
    let section = Section::rebuilt(file.blocks.len(), trailer, &entries);
    let document = Document::of_rebuilt(file, section, header_offset);
    document.current()?.catalog()?;
    let signed = document.scan_signature_traces()?.into_iter().find(|trace| trace.place == TracePlace::Object);
    match signed {
        // A signed file must be sound by itself: a new section would leave its revisions unreachable.
        Some(trace) => Err(problem(RebuildProblem::Signed { offset: trace.offset })),
        None => Ok(document),
    }
}

fn problem(problem: RebuildProblem) -> PdfError {
    PdfError::NotRebuilt { problem }
}

/// One pass over the file.
struct Scan<'a> {
    file: &'a File,
    stated: Option<&'a Document>,
    entries: BTreeMap<u32, XrefEntry>,
    /// Numbers that the last section which lists them calls free.
    freed: BTreeSet<u32>,
    /// Merged: a later trailer's entry counts, but /Root must be one.
    trailer: Dictionary,
    roots: BTreeSet<ObjectId>,
    catalogs: BTreeSet<ObjectId>,
    /// Streams with an indirect /Length whose end was searched: where, the length's object, and what was found.
    lengths: Vec<(u64, ObjectId, u64)>,
    /// Values of objects that are nothing but an integer.
    integers: BTreeMap<ObjectId, i64>,
    last: u32,
}

impl<'a> Scan<'a> {
    fn new(file: &'a File) -> Self {
        Scan {
            file,
            stated: None,
            entries: BTreeMap::new(),
            freed: BTreeSet::new(),
            trailer: Dictionary::new(),
            roots: BTreeSet::new(),
            catalogs: BTreeSet::new(),
            lengths: Vec::new(),
            integers: BTreeMap::new(),
            last: 0,
        }
    }

    fn run(&mut self, from: u64) -> Result<(), PdfError> {
        let file = self.file;
        let mut parser = file.parser(from);
        loop {
            parser.lexer.skip_space()?;
            let start = parser.lexer.position();
            let Some(byte) = parser.lexer.peek()? else { return Ok(()) };
            if byte.is_ascii_digit() && parser.header()?.is_some() {
                let end = self.object(start)?;
                parser.lexer.seek(end);
                continue;
            }
            let word = word(&mut parser)?;
            match word.as_slice() {
                b"xref" => self.table(&mut parser, start)?,
                b"trailer" => match parser.value()? {
                    Object::Dictionary(trailer) => self.trailer(trailer)?,
                    _ => return Err(problem(RebuildProblem::Junk { offset: start })),
                },
                b"startxref" | b"n" | b"f" => {}
                // The rows of a table that cannot be read.
                digits if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {}
                _ => return Err(problem(RebuildProblem::Junk { offset: start })),
            }
        }
    }

    /// A table that may be sound: what it frees counts.
    fn table(&mut self, parser: &mut Parser<'_>, start: u64) -> Result<(), PdfError> {
        match Section::read(self.file, start) {
            Ok(section) => {
                parser.lexer.seek(section.range.end);
                self.free(&section)?;
                self.trailer(section.trailer)
            }
            Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => Err(error),
            Err(_) => Ok(()),
        }
    }

    fn free(&mut self, section: &Section) -> Result<(), PdfError> {
        self.file.budget.spend(Limit::Objects, section.count())?;
        for number in section.numbers() {
            match section.entry(self.file, number) {
                Ok(Some(entry)) if entry.location == Location::Free => {
                    self.freed.insert(number);
                }
                Ok(_) | Err(PdfError::XrefEntry { .. }) => {
                    self.freed.remove(&number);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn trailer(&mut self, trailer: Dictionary) -> Result<(), PdfError> {
        if trailer.get("Encrypt").is_some_and(|value| *value != Object::Null) {
            return Err(problem(RebuildProblem::Encrypted));
        }
        for key in ["Root", "Info", "ID"] {
            let Some(value) = trailer.get(key).filter(|value| **value != Object::Null) else { continue };
            if key == "Root" {
                self.roots.insert(value.as_reference().ok_or(PdfError::RootMissing)?);
            }
            self.trailer.set(key, value.clone());
        }
        Ok(())
    }

    /// The object whose header begins at `start`; its end.
    fn object(&mut self, start: u64) -> Result<u64, PdfError> {
        let file = self.file;
        file.budget.spend(Limit::Objects, 1)?;
        let (known, asked) = (&self.integers, std::cell::Cell::new(None));
        let length = |id: ObjectId| {
            asked.set(Some(id));
            known.get(&id).and_then(|value| u64::try_from(*value).ok())
        };
        let Indirect { id, range, object } = file.indirect(start, &length)?;
        self.last = self.last.max(id.number);
        if let Object::Stream(stream) = &object {
            if let Some(length) = asked.get() {
                self.lengths.push((stream.offset, length, stream.length));
            }
            if stream.dictionary.get("Type").is_some_and(|kind| kind.is_name("XRef")) {
                // Its own number stays out of the new section: nothing refers to it.
                if let Ok(section) = Section::read(file, start) {
                    self.free(&section)?;
                }
                self.trailer(stream.dictionary.clone())?;
                return Ok(range.end);
            }
            if stream.dictionary.get("Type").is_some_and(|kind| kind.is_name("ObjStm")) {
                self.object_stream(id, stream)?;
            }
        }
        if let Object::Integer(value) = object {
            self.integers.insert(id, value);
        }
        self.see(id, &object)?;
        self.define(id, Location::Offset(range.start), range.clone())?;
        Ok(range.end)
    }

    /// Notes what an object is to the document.
    fn see(&mut self, id: ObjectId, object: &Object) -> Result<(), PdfError> {
        let Object::Dictionary(dictionary) = object else { return Ok(()) };
        if dictionary.get("Type").is_some_and(|kind| kind.is_name("Catalog")) {
            self.catalogs.insert(id);
        }
        let handler = dictionary.get("Filter").is_some_and(|name| name.is_name("Standard"));
        if handler && ["V", "R", "O", "U"].iter().all(|key| dictionary.get(key).is_some()) {
            return Err(problem(RebuildProblem::Encrypted));
        }
        Ok(())
    }

    fn object_stream(&mut self, id: ObjectId, stream: &Stream) -> Result<(), PdfError> {
        let file = self.file;
        let wrong = PdfError::ObjectStream { stream: id.number, number: id.number };
        let data = filter::encoded(file, None, stream, &stream.dictionary, STREAM_BYTES)?;
        let data = filter::decode(file, stream, &stream.dictionary, data, STREAM_BYTES)?;
        let parsed = ObjectStream::new(stream, data, &file.budget).ok_or(wrong.clone())??;
        for (index, number) in parsed.numbers().enumerate() {
            // The new section gives the place two bytes.
            let index = u16::try_from(index).map_err(|_| wrong.clone())?;
            let held = ObjectId { number, generation: 0 };
            let object = parsed.get(u32::from(index), number, &file.budget).ok_or(wrong.clone())??.object;
            self.see(held, &object)?;
            let location = Location::InStream { stream: id.number, index: u32::from(index) };
            self.define(held, location, 0..0)?;
        }
        Ok(())
    }

    /// Enters a definition. A second one is taken only if nobody can read anything else: it is a copy, or the file's own
    /// cross-reference finds it as the pass does, which lets the last one count.
    fn define(&mut self, id: ObjectId, location: Location, range: Range<u64>) -> Result<(), PdfError> {
        self.last = self.last.max(id.number);
        let entry = XrefEntry { location, generation: id.generation };
        let Some(earlier) = self.entries.insert(id.number, entry) else { return Ok(()) };
        let twice = problem(RebuildProblem::DefinedTwice { number: id.number });
        let (Location::Offset(at), Location::Offset(_)) = (earlier.location, location) else { return Err(twice) };
        if self.copies(at, &range)? || self.states(id, location)? { Ok(()) } else { Err(twice) }
    }

    fn copies(&self, at: u64, range: &Range<u64>) -> Result<bool, PdfError> {
        let length = range.end.saturating_sub(range.start);
        if length > COPY {
            return Ok(false);
        }
        let blocks = &self.file.blocks;
        Ok(blocks.read_up_to(at, length)? == blocks.read_up_to(range.start, length)?)
    }

    /// Whether the file's own cross-reference has an object at this place.
    fn states(&self, id: ObjectId, location: Location) -> Result<bool, PdfError> {
        let (Some(stated), Location::Offset(start)) = (self.stated, location) else { return Ok(false) };
        let Ok(Some(Location::Offset(offset))) = stated.current()?.location(id) else { return Ok(false) };
        Ok(stated.file.header(id, offset).is_ok_and(|found| found == start))
    }

    fn finish(mut self) -> Result<(BTreeMap<u32, XrefEntry>, Dictionary), PdfError> {
        for (offset, id, found) in &self.lengths {
            let value = self.integers.get(id).and_then(|value| u64::try_from(*value).ok());
            // White space before `endstream` may belong to the data or not.
            let near = value.is_some_and(|value| value.abs_diff(*found) <= 2);
            if !near {
                return Err(PdfError::StreamEnd { offset: *offset });
            }
        }
        // Bytes before an `endobj` are no part of the object to some readers, and the next one to others.
        let notes = self.file.notes();
        if let Some(note) = notes.iter().find(|note| note.kind == NoteKind::EndObjectJunk) {
            return Err(problem(RebuildProblem::Junk { offset: note.offset }));
        }
        if let Some(number) = self.freed.iter().find(|number| self.entries.contains_key(number)) {
            return Err(problem(RebuildProblem::Freed { number: *number }));
        }
        self.agrees()?;
        let candidates = if self.roots.is_empty() { &self.catalogs } else { &self.roots };
        let mut candidates = candidates.iter();
        let (Some(root), None) = (candidates.next(), candidates.next()) else {
            return Err(problem(RebuildProblem::Root { count: self.roots.len().max(self.catalogs.len()) }));
        };
        self.trailer.set("Root", Object::Reference(*root));
        self.trailer.set("Size", Object::Integer(i64::from(self.last).saturating_add(1)));
        Ok((self.entries, self.trailer))
    }

    /// What the file's own cross-reference says rightly must be what was found.
    fn agrees(&self) -> Result<(), PdfError> {
        let Some(stated) = self.stated else { return Ok(()) };
        let view = stated.current()?;
        for (number, entry) in &self.entries {
            self.file.budget.spend(Limit::Objects, 1)?;
            let Ok(Some(own)) = view.entry(*number) else { continue };
            let two = match (own.location, entry.location) {
                (Location::Free, _) => true,
                (Location::Offset(offset), Location::Offset(start)) => {
                    let id = ObjectId { number: *number, generation: own.generation };
                    stated.file.header(id, offset).is_ok_and(|found| found != start)
                }
                (own, found) => own != found,
            };
            if two || own.generation != entry.generation {
                return Err(problem(RebuildProblem::DefinedTwice { number: *number }));
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
