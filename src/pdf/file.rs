//! Indirect objects as they lie in the file (ISO 32000-1 7.3.8, 7.3.10).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use crate::limits::{Budget, Limit};
use crate::pdf::blocks::{Blocks, find};
use crate::pdf::error::{PdfError, SyntaxProblem};
use crate::pdf::lexer::{Lexer, Token};
use crate::pdf::note::{Note, NoteKind};
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream};
use crate::pdf::parser::{Entry, Parser};
use crate::pdf::recent::Recent;

/// How far beside its place the header of an object is looked for.
const NEAR: u64 = 32;
/// Most notes kept; a file with more is as bad with these.
const NOTES: usize = 10_000;

/// The bytes, what they may cost, and what was odd about them.
pub(crate) struct File {
    pub(crate) blocks: Blocks,
    pub(crate) budget: Rc<Budget>,
    /// Added to every offset that the file states: the place of the header where offsets count from it.
    pub(crate) shift: u64,
    notes: RefCell<BTreeSet<Note>>,
    /// Large objects that are no streams: those depend on nothing but the bytes at their place.
    objects: Recent<Indirect>,
    dictionaries: Recent<Located>,
}

/// An indirect object.
#[derive(Clone, Debug)]
pub(crate) struct Indirect {
    pub(crate) id: ObjectId,
    /// From the first digit of the header to the end of `endobj`.
    pub(crate) range: Range<u64>,
    pub(crate) object: Object,
}

/// Finds the value of an indirect /Length.
pub(crate) type LengthOf<'a> = &'a dyn Fn(ObjectId) -> Option<u64>;

impl File {
    pub(crate) fn new(blocks: Blocks, budget: Rc<Budget>, shift: u64) -> Self {
        let notes = RefCell::default();
        File { blocks, budget, shift, notes, objects: Recent::default(), dictionaries: Recent::default() }
    }

    pub(crate) fn note(&self, offset: u64, kind: NoteKind) {
        let mut notes = self.notes.borrow_mut();
        if notes.len() < NOTES {
            notes.insert(Note { offset, kind });
        }
    }

    pub(crate) fn notes(&self) -> Vec<Note> {
        self.notes.borrow().iter().copied().collect()
    }

    /// Keeps the notes of a parser whose bytes lie in the file.
    pub(crate) fn keep(&self, parser: &mut Parser<'_>) {
        for note in parser.take_notes() {
            self.note(note.offset, note.kind);
        }
    }

    pub(crate) fn parser(&self, offset: u64) -> Parser<'_> {
        Parser::new(Lexer::file(&self.blocks, offset), &self.budget)
    }

    /// Where the header of `id` stands, given where its entry points.
    pub(crate) fn header(&self, id: ObjectId, offset: u64) -> Result<u64, PdfError> {
        if offset >= self.blocks.len() {
            return Err(PdfError::ObjectHeader { id, offset });
        }
        let mut parser = self.parser(offset);
        parser.lexer.skip_blank()?;
        let start = parser.lexer.position();
        if parser.header()? == Some(id) && !self.digit_before(start)? {
            if start != offset {
                self.note(offset, NoteKind::LeadingSpace);
            }
            return Ok(start);
        }
        let found = self.header_near(id, offset)?.ok_or(PdfError::ObjectHeader { id, offset })?;
        self.note(offset, NoteKind::ObjectOffset);
        Ok(found)
    }

    /// The one header of `id` near `offset`.
    fn header_near(&self, id: ObjectId, offset: u64) -> Result<Option<u64>, PdfError> {
        let from = offset.saturating_sub(NEAR);
        let window = self.blocks.read_up_to(from, NEAR * 2)?;
        let text = format!("{} {} obj", id.number, id.generation);
        let mut found = None;
        let mut at = 0;
        while let Some(place) = window.get(at..).and_then(|rest| find(text.as_bytes(), rest)) {
            let place = at + place;
            at = place + 1;
            let Some(place) = from.checked_add(place as u64) else { break };
            if self.digit_before(place)? {
                continue;
            }
            if found.replace(place).is_some() {
                return Ok(None);
            }
        }
        Ok(found)
    }

    fn digit_before(&self, offset: u64) -> Result<bool, PdfError> {
        let Some(before) = offset.checked_sub(1) else { return Ok(false) };
        Ok(Lexer::file(&self.blocks, before).peek()?.is_some_and(|byte| byte.is_ascii_digit()))
    }

    /// The object whose header begins at `start`.
    pub(crate) fn indirect(&self, start: u64, length_of: LengthOf<'_>) -> Result<Indirect, PdfError> {
        if let Some(known) = self.objects.get(start) {
            return Ok((*known).clone());
        }
        let mut parser = self.parser(start);
        let result = self.indirect_with(&mut parser, start, length_of);
        // What cannot be read has no reading that could be doubted.
        let found = result?;
        self.keep(&mut parser);
        // What a stream's length is may depend on the revision that asks.
        if !matches!(found.object, Object::Stream(_)) {
            self.objects.keep(start, &found.range, &Rc::new(found.clone()));
        }
        Ok(found)
    }

    fn indirect_with(&self, parser: &mut Parser<'_>, start: u64, of: LengthOf<'_>) -> Result<Indirect, PdfError> {
        let Some(id) = parser.header()? else {
            return Err(PdfError::Syntax { offset: start, problem: SyntaxProblem::UnexpectedToken });
        };
        // `1 0 obj endobj` is the null object to every reader.
        let body = parser.lexer.position();
        let mut object = if parser.lexer.take_keyword(b"endobj")? {
            parser.lexer.seek(body);
            Object::Null
        } else {
            parser.value()?
        };
        if let Object::Dictionary(dictionary) = &mut object
            && parser.lexer.take_keyword(b"stream")?
        {
            let dictionary = std::mem::take(dictionary);
            object = Object::Stream(self.stream(parser, id, dictionary, of)?);
        }
        let end = self.end_of_object(parser)?;
        Ok(Indirect { id, range: start..end, object })
    }

    /// The end of the object whose value was just read.
    fn end_of_object(&self, parser: &mut Parser<'_>) -> Result<u64, PdfError> {
        let value_end = parser.lexer.position();
        if parser.lexer.take_keyword(b"endobj")? {
            return Ok(parser.lexer.position());
        }
        let next_header = parser.header()?.is_some();
        let kind = match parser.lexer.next() {
            _ if next_header => NoteKind::EndObjectMissing,
            Ok((_, Token::End)) => NoteKind::EndObjectMissing,
            Ok((_, Token::Keyword(word))) if matches!(word.as_slice(), b"xref" | b"startxref" | b"trailer") => {
                NoteKind::EndObjectMissing
            }
            _ => NoteKind::EndObjectJunk,
        };
        self.note(value_end, kind);
        Ok(value_end)
    }

    /// The data of a stream after the keyword `stream` (7.3.8.1).
    fn stream(
        &self,
        parser: &mut Parser<'_>,
        id: ObjectId,
        dictionary: Dictionary,
        of: LengthOf<'_>,
    ) -> Result<Stream, PdfError> {
        let lexer = &mut parser.lexer;
        let keyword = lexer.position();
        if !lexer.take(b"\r\n")? && !lexer.take(b"\n")? {
            if lexer.take(b"\r")? {
                self.note(keyword, NoteKind::StreamLineEnd);
            } else {
                // Some writers put spaces before the end of line.
                while lexer.take(b" ")? {}
                self.note(keyword, NoteKind::StreamLineEnd);
                if !lexer.take(b"\r\n")? && !lexer.take(b"\n")? {
                    return Err(PdfError::Syntax { offset: keyword, problem: SyntaxProblem::StreamKeyword });
                }
            }
        }
        let offset = lexer.position();
        let stated = match dictionary.get("Length") {
            Some(Object::Integer(length)) => u64::try_from(*length).ok(),
            Some(Object::Reference(id)) => of(*id),
            _ => None,
        };
        if let Some(length) = stated
            && let Some(end) = offset.checked_add(length).filter(|end| *end <= self.blocks.len())
        {
            lexer.seek(end);
            lexer.skip_blank()?;
            let gap = lexer.position() - end;
            if lexer.take(b"endstream")? {
                if gap > 2 {
                    self.note(offset, NoteKind::StreamLength);
                }
                return Ok(Stream { id, dictionary, offset, length });
            }
            if lexer.take_keyword(b"endobj")? {
                lexer.seek(end);
                self.note(offset, NoteKind::EndStreamMissing);
                return Ok(Stream { id, dictionary, offset, length });
            }
        }
        let length = self.search_end(parser, offset)?;
        self.note(offset, NoteKind::StreamLength);
        Ok(Stream { id, dictionary, offset, length })
    }

    /// The length of a stream whose /Length is wrong: up to the first `endstream`, if `endobj` follows it at once.
    fn search_end(&self, parser: &mut Parser<'_>, offset: u64) -> Result<u64, PdfError> {
        let found = self.blocks.find(b"endstream", offset, self.blocks.len())?;
        let searched = found.unwrap_or(self.blocks.len()).saturating_sub(offset);
        self.budget.spend(Limit::InflatedBytes, searched)?;
        let keyword = found.ok_or(PdfError::StreamEnd { offset })?;
        parser.lexer.seek(keyword);
        parser.lexer.take(b"endstream")?;
        let after = parser.lexer.position();
        if !parser.lexer.take_keyword(b"endobj")? {
            return Err(PdfError::StreamEnd { offset });
        }
        parser.lexer.seek(after);
        // The end of line before `endstream` is not part of the data.
        let from = keyword.saturating_sub(2).max(offset);
        let tail = self.blocks.read(from, keyword - from)?;
        let line_end = match tail.as_slice() {
            b"\r\n" => 2,
            [.., b'\n' | b'\r'] => 1,
            _ => 0,
        };
        Ok(keyword - line_end - offset)
    }

    /// The dictionary of the object at `start`, with the places of its entries; `None` if it is something else.
    pub(crate) fn located(&self, start: u64) -> Result<Option<Rc<Located>>, PdfError> {
        if let Some(known) = self.dictionaries.get(start) {
            return Ok(Some(known));
        }
        let mut parser = self.parser(start);
        let Some(id) = parser.header()? else { return Ok(None) };
        let (open, Token::DictionaryOpen) = parser.lexer.next()? else { return Ok(None) };
        let entries = parser.entries(1)?;
        let close = parser.lexer.position();
        if parser.lexer.take_keyword(b"stream")? {
            return Ok(None);
        }
        let end = self.end_of_object(&mut parser)?;
        self.keep(&mut parser);
        let located = Rc::new(Located { id, range: start..end, dictionary_range: open..close, entries });
        self.dictionaries.keep(start, &located.range, &located);
        Ok(Some(located))
    }

    /// The entries of the dictionary that begins at `start` inside an object, with their places; `None` if something
    /// else does.
    pub(crate) fn located_value(&self, start: u64) -> Result<Option<Vec<Entry>>, PdfError> {
        let mut parser = self.parser(start);
        let (_, Token::DictionaryOpen) = parser.lexer.next()? else { return Ok(None) };
        let entries = parser.entries(1)?;
        self.keep(&mut parser);
        Ok(Some(entries))
    }
}

/// A dictionary object with the places of its parts.
pub(crate) struct Located {
    pub(crate) id: ObjectId,
    pub(crate) range: Range<u64>,
    pub(crate) dictionary_range: Range<u64>,
    pub(crate) entries: Vec<Entry>,
}
