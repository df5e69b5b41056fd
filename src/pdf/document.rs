//! A PDF file: its revisions, oldest first, and what is odd about it.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use crate::limits::{Budget, Limit};
use crate::pdf::blocks::{Blocks, find, find_last};
use crate::pdf::error::PdfError;
use crate::pdf::file::File;
use crate::pdf::lexer::is_space;
use crate::pdf::note::{Note, NoteKind};
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::object_stream::StreamCache;
use crate::pdf::security::Security;
use crate::pdf::view::View;
use crate::pdf::xref::{Location, Section, SectionKind, id_of};
use crate::source::SharedSource;

/// Where the header may begin (ISO 32000-1 annex H, note 13).
const HEADER_WINDOW: u64 = 1024;
/// Where the last startxref is looked for first, and where then: files with a megabyte of junk behind are none.
const TAIL_WINDOWS: [u64; 2] = [2048, 1 << 20];
/// How far beside its place a section is looked for.
const NEAR: u64 = 32;

/// A document that is read where it is needed.
pub struct Document {
    pub(crate) file: File,
    pub(crate) sections: Vec<Section>,
    revisions: Vec<Revision>,
    header_offset: u64,
    pub(crate) streams: RefCell<StreamCache>,
    pub(crate) security: Security,
    pub(crate) origin: Origin,
    /// Objects that an update writes again, because the way they are written is imperfect.
    pub(crate) healing: Vec<ObjectId>,
}

/// Where a document's sections come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The file states them.
    Stated,
    /// One of our own stands for them (see [`Document::open_for_sealing`]).
    Rebuilt,
}

/// What one save added: a cross-reference section reached by /Prev from the last one.
///
/// The two sections of a linearised file (ISO 32000-1 annex F) are one revision.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its place among the revisions, the oldest being 0.
    pub index: usize,
    /// Offset of its section.
    pub xref_offset: u64,
    /// Offset just behind its `%%EOF`; `None` if that is missing.
    pub eof: Option<u64>,
    /// Offset just behind the one end of line that may follow `%%EOF`; equal to `eof` where there is none.
    pub end: Option<u64>,
    /// Its trailer, or the dictionary of its stream.
    pub trailer: Dictionary,
    /// How its section is written.
    pub kind: SectionKind,
    /// The places of startxref to `%%EOF`, end of line included, that close its sections.
    pub(crate) tails: Vec<Range<u64>>,
    /// Its sections among those of the document.
    pub(crate) sections: Range<usize>,
}

/// An entry of a revision's cross-reference section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XrefRow {
    /// The object; for a free number, the generation that the entry states.
    pub id: ObjectId,
    /// Where it is.
    pub location: Location,
}

impl Document {
    /// Reads the end of the file, its chain of cross-reference sections and its encryption dictionary, nothing else. An
    /// encrypted file that the empty user password opens is unlocked; for others see [`Document::unlock`].
    ///
    /// # Errors
    /// [`PdfError`] when the file is no PDF or its chain is unusable. The file is never searched for objects to
    /// build a table anew: another reader might find other ones.
    pub fn open(source: SharedSource, budget: Rc<Budget>) -> Result<Document, PdfError> {
        let length = source.len();
        Document::open_prefix(source, length, budget)
    }

    /// [`Document::open`] on the first `length` bytes alone: what was there when a revision ended.
    ///
    /// # Errors
    /// As [`Document::open`].
    pub fn open_prefix(source: SharedSource, length: u64, budget: Rc<Budget>) -> Result<Document, PdfError> {
        let (mut file, header_offset) = Document::blank(Blocks::new(source, length, Rc::clone(&budget)), budget)?;
        let tail = last_tail(&file)?;
        let newest = match section_at(&file, tail.value) {
            Err(PdfError::XrefUnusable { .. }) if header_offset > 0 => {
                file.shift = header_offset;
                section_at(&file, tail.value.saturating_add(header_offset))
            }
            other => other,
        };
        let newest = match newest {
            Err(PdfError::XrefUnusable { .. }) => {
                file.shift = 0;
                section_near(&file, tail.value)?
            }
            other => other?,
        };
        let sections = chain(&file, newest)?;
        let revisions = revisions(&file, &sections, tail)?;
        let streams = RefCell::new(StreamCache::default());
        let (security, origin) = (Security::Plain, Origin::Stated);
        let healing = Vec::new();
        let mut document = Document { file, sections, revisions, header_offset, streams, security, origin, healing };
        document.secure()?;
        Ok(document)
    }

    /// A file of which nothing is read but the place of its header.
    pub(crate) fn blank(blocks: Blocks, budget: Rc<Budget>) -> Result<(File, u64), PdfError> {
        let head = blocks.read_up_to(0, HEADER_WINDOW)?;
        let header_offset = find(b"%PDF-", &head).ok_or(PdfError::NotPdf)?;
        let version = head.get(header_offset + 5..header_offset + 8);
        let known = matches!(version, Some([b'0'..=b'9', b'.', b'0'..=b'9']));
        let header_offset = header_offset as u64;
        let file = File::new(blocks, budget, 0);
        if header_offset > 0 {
            file.note(0, NoteKind::BytesBeforeHeader);
        }
        if !known {
            file.note(header_offset, NoteKind::HeaderVersion);
        }
        Ok((file, header_offset))
    }

    /// A document of one section that stands nowhere in the file.
    pub(crate) fn of_rebuilt(file: File, section: Section, header_offset: u64) -> Document {
        let revision = Revision {
            index: 0,
            xref_offset: section.range.start,
            eof: None,
            end: None,
            trailer: section.trailer.clone(),
            kind: section.kind,
            tails: Vec::new(),
            sections: 0..1,
        };
        let streams = RefCell::new(StreamCache::default());
        let (sections, revisions) = (vec![section], vec![revision]);
        let (security, origin) = (Security::Plain, Origin::Rebuilt);
        Document { file, sections, revisions, header_offset, streams, security, origin, healing: Vec::new() }
    }

    /// The revisions, oldest first; there is at least one.
    #[must_use]
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The document as a revision shows it, counted from 0.
    ///
    /// # Errors
    /// [`PdfError::RevisionOutOfRange`].
    pub fn at(&self, revision: usize) -> Result<View<'_>, PdfError> {
        let revision = self.revisions.get(revision).ok_or(PdfError::RevisionOutOfRange { index: revision })?;
        Ok(View::new(self, revision))
    }

    /// The document as it is now.
    ///
    /// # Errors
    /// None in practice: there is always a revision.
    pub fn current(&self) -> Result<View<'_>, PdfError> {
        self.at(self.revisions.len().saturating_sub(1))
    }

    /// What a revision's own section lists, in ascending order: the objects that it adds, changes or frees.
    ///
    /// # Errors
    /// [`PdfError`] where an entry is malformed.
    pub fn rows(&self, revision: usize) -> Result<Vec<XrefRow>, PdfError> {
        let revision = self.revisions.get(revision).ok_or(PdfError::RevisionOutOfRange { index: revision })?;
        let mut rows = Vec::new();
        for section in self.sections.get(revision.sections.clone()).unwrap_or_default() {
            self.file.budget.spend(Limit::Objects, section.count())?;
            for number in section.numbers() {
                if let Some(entry) = section.entry(&self.file, number)? {
                    rows.push(XrefRow { id: id_of(number, entry), location: entry.location });
                }
            }
        }
        rows.sort_by_key(|row| row.id.number);
        Ok(rows)
    }

    /// The /Encrypt value of the newest trailer that has one (ISO 32000-1 7.6).
    #[must_use]
    pub fn encryption(&self) -> Option<&Object> {
        let mut trailers = self.sections.iter().rev().map(|section| &section.trailer);
        trailers.find_map(|trailer| trailer.get("Encrypt").filter(|value| **value != Object::Null))
    }

    /// The anomalies met so far, in the order of the file. Reading more may find more.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.file.notes()
    }

    /// Length of the file, or of the prefix that was opened.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.file.blocks.len()
    }

    /// Whether there is no byte; never so for an opened document.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Offset of `%PDF-`.
    #[must_use]
    pub fn header_offset(&self) -> u64 {
        self.header_offset
    }

    /// What must be added to an offset that the file states to get one from its first byte: 0, or
    /// [`Document::header_offset`] where the file counts from its header. A writer subtracts it.
    #[must_use]
    pub fn offset_base(&self) -> u64 {
        self.file.shift
    }

    /// The bytes below.
    #[must_use]
    pub fn source(&self) -> &SharedSource {
        self.file.blocks.source()
    }
}

/// startxref, its value and `%%EOF`.
#[derive(Clone)]
struct Tail {
    value: u64,
    range: Range<u64>,
    eof: Option<u64>,
}

/// The last startxref of the file (7.5.5).
fn last_tail(file: &File) -> Result<Tail, PdfError> {
    let length = file.blocks.len();
    for window in TAIL_WINDOWS {
        let from = length.saturating_sub(window);
        let bytes = file.blocks.read(from, length - from)?;
        let Some(at) = find_last(b"startxref", &bytes) else { continue };
        let tail = read_tail(file, from + at as u64)?.ok_or(PdfError::StartXrefMissing)?;
        if tail.eof.is_none() {
            file.note(tail.range.start, NoteKind::EofMissing);
        }
        let end = usize::try_from(tail.range.end - from).unwrap_or(usize::MAX);
        if bytes.get(end..).is_some_and(|rest| !rest.iter().all(|byte| is_space(*byte))) {
            file.note(tail.range.end, NoteKind::BytesAfterEnd);
        }
        return Ok(tail);
    }
    Err(PdfError::StartXrefMissing)
}

/// startxref at `at`, after white space and comments, with what follows it.
fn read_tail(file: &File, at: u64) -> Result<Option<Tail>, PdfError> {
    let mut parser = file.parser(at);
    let lexer = &mut parser.lexer;
    lexer.skip_space()?;
    let start = lexer.position();
    if !lexer.take(b"startxref")? {
        return Ok(None);
    }
    let Some(value) = lexer.unsigned()? else { return Ok(None) };
    let mut end = lexer.position();
    lexer.skip_blank()?;
    let mut eof = None;
    if lexer.take(b"%%EOF")? {
        eof = Some(lexer.position());
        if !lexer.take(b"\r\n")? && !lexer.take(b"\n")? {
            lexer.take(b"\r")?;
        }
        end = lexer.position();
    }
    Ok(Some(Tail { value, range: start..end, eof }))
}

/// The section at an offset that may lie outside the file.
fn section_at(file: &File, offset: u64) -> Result<Section, PdfError> {
    if offset >= file.blocks.len() {
        return Err(PdfError::XrefUnusable { offset });
    }
    Section::read(file, offset)
}

/// The section that startxref or /Prev misses by a few bytes, where it is the only one near.
fn section_near(file: &File, offset: u64) -> Result<Section, PdfError> {
    let unusable = PdfError::XrefUnusable { offset };
    let from = offset.saturating_sub(NEAR);
    let window = file.blocks.read_up_to(from, 2 * NEAR)?;
    let mut found = None;
    for at in 0..window.len() {
        let before = at.checked_sub(1).and_then(|at| window.get(at));
        let Some(rest) = window.get(at..).filter(|_| before.is_none_or(|byte| is_space(*byte))) else { continue };
        // A table, or the object of a stream: a number at the beginning of a line.
        let line = before.is_none_or(|byte| matches!(byte, b'\r' | b'\n'));
        let stream = || -> Result<bool, PdfError> {
            Ok(rest.first().is_some_and(u8::is_ascii_digit) && file.parser(from + at as u64).header()?.is_some())
        };
        if (rest.starts_with(b"xref") || (line && stream()?)) && found.replace(at).is_some() {
            return Err(unusable);
        }
    }
    let at = found.ok_or(unusable)?;
    file.note(offset, NoteKind::XrefOffset);
    Section::read(file, from + at as u64)
}

/// The sections from the oldest to the newest, along /Prev (7.5.6).
fn chain(file: &File, newest: Section) -> Result<Vec<Section>, PdfError> {
    let mut sections: Vec<Section> = Vec::new();
    let mut next = Some(newest);
    while let Some(section) = next.take() {
        file.budget.spend(Limit::Revisions, 1)?;
        let from = section.range.start;
        if sections.iter().any(|seen| seen.range.start == from) {
            return Err(PdfError::XrefLoop { offset: from });
        }
        let previous = section.trailer.get("Prev").cloned();
        sections.push(section);
        let previous = match previous {
            None | Some(Object::Null) => break,
            Some(value) => value.as_integer().and_then(|value| u64::try_from(value).ok()),
        };
        let previous = previous.and_then(|previous| previous.checked_add(file.shift));
        let to = previous.ok_or(PdfError::XrefUnusable { offset: from })?;
        if to == file.shift {
            // Some writers put `/Prev 0` into the first section: no section can lie at the header.
            file.note(from, NoteKind::XrefOffset);
            break;
        }
        let older = match section_at(file, to) {
            Err(PdfError::XrefUnusable { .. }) => section_near(file, to)?,
            other => other?,
        };
        let forward = older.range.start >= from;
        if forward && sections.iter().any(|seen| seen.range.start == older.range.start) {
            return Err(PdfError::XrefLoop { offset: to });
        }
        // Annex F: the first-page section of a linearised file stands before the main one and names it in /Prev.
        if forward && (older.trailer.get("Prev").is_some() || !linearised(file)?) {
            return Err(PdfError::PrevForward { from, to });
        }
        next = Some(older);
    }
    sections.reverse();
    Ok(sections)
}

/// Whether the first object of the file is a linearisation dictionary (annex F.3.3).
fn linearised(file: &File) -> Result<bool, PdfError> {
    let head = file.blocks.read_up_to(0, HEADER_WINDOW)?;
    Ok(find(b"/Linearized", &head).is_some())
}

fn revisions(file: &File, sections: &[Section], last: Tail) -> Result<Vec<Revision>, PdfError> {
    let mut revisions: Vec<Revision> = Vec::new();
    let mut at = 0;
    while let Some(section) = sections.get(at) {
        let pair = at == 0 && sections.get(1).is_some_and(|next| next.range.start < section.range.start);
        let after = if pair { at + 2 } else { at + 1 };
        let main = sections.get(after - 1).unwrap_or(section);
        let mut tails = Vec::new();
        let newest = after >= sections.len();
        let tail = if newest {
            Some(last.clone())
        } else {
            tail_after(file, section.range.end, if pair { main } else { section })?
        };
        if pair && let Some(first) = read_tail(file, main.range.end)? {
            tails.push(first.range);
        }
        tails.extend(tail.iter().map(|tail| tail.range.clone()));
        let eof = tail.as_ref().and_then(|tail| tail.eof);
        revisions.push(Revision {
            index: revisions.len(),
            xref_offset: main.range.start,
            eof,
            end: eof.and_then(|_| tail.map(|tail| tail.range.end)),
            trailer: main.trailer.clone(),
            kind: main.kind,
            tails,
            sections: at..after,
        });
        at = after;
    }
    Ok(revisions)
}

/// The end of an earlier revision: startxref behind its section, naming `named`.
fn tail_after(file: &File, from: u64, named: &Section) -> Result<Option<Tail>, PdfError> {
    const SEARCHED: u64 = 4096;
    let tail = match read_tail(file, from)? {
        Some(tail) => Some(tail),
        None => {
            file.note(from, NoteKind::SectionEnd);
            let found = file.blocks.find(b"startxref", from, from.saturating_add(SEARCHED))?;
            found.map(|at| read_tail(file, at)).transpose()?.flatten()
        }
    };
    let Some(tail) = tail else { return Ok(None) };
    let mut parser = file.parser(tail.value.saturating_add(file.shift));
    parser.lexer.skip_blank()?;
    if parser.lexer.position() != named.range.start {
        file.note(tail.range.start, NoteKind::StartXrefValue);
    }
    if tail.eof.is_none() {
        file.note(tail.range.start, NoteKind::SectionEnd);
    }
    Ok(Some(tail))
}
