//! One cross-reference section: a table (ISO 32000-1 7.5.4), a stream (7.5.8), or both (7.5.8.4).
//!
//! A table whose entries are 20 bytes long is not read but looked up in place: opening a large file costs nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::limits::Limit;
use crate::pdf::error::PdfError;
use crate::pdf::file::File;
use crate::pdf::filter;
use crate::pdf::lexer::Token;
use crate::pdf::note::NoteKind;
use crate::pdf::object::{Dictionary, Object, ObjectId};

/// Bytes of an entry of a table.
const ENTRY: u64 = 20;
/// Largest decoded cross-reference stream: 10 million entries of up to 16 bytes would be 160 MB; real ones stay far
/// below 64 MiB.
const STREAM_BYTES: u64 = 64 << 20;
/// Most subsections of a section in which some overlap: such a section is searched in order.
const OVERLAPPING: usize = 1000;

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Location {
    /// Nowhere: the number is free.
    Free,
    /// At an offset of the file.
    Offset(u64),
    /// In an object stream.
    InStream {
        /// The object stream's number.
        stream: u32,
        /// The place in it.
        index: u32,
    },
}

/// An entry: where the object is, and its generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct XrefEntry {
    pub(crate) location: Location,
    pub(crate) generation: u16,
}

/// How a section is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// A table and a trailer.
    Table,
    /// A stream.
    Stream,
    /// A table whose trailer names a stream too.
    Hybrid,
}

/// A section.
pub(crate) struct Section {
    /// Its first byte to the end of its trailer or object.
    pub(crate) range: Range<u64>,
    pub(crate) kind: SectionKind,
    pub(crate) trailer: Dictionary,
    entries: Entries,
    /// The stream of a hybrid section.
    pub(crate) hidden: Option<Box<Section>>,
}

/// The entries of one table or stream.
#[derive(Default)]
struct Entries {
    /// In the order of the file; sorted by number if `sorted`.
    subsections: Vec<Subsection>,
    sorted: bool,
    /// Decoded rows of a stream.
    data: Vec<u8>,
    widths: [usize; 3],
}

struct Subsection {
    first: u32,
    count: u32,
    rows: Rows,
}

enum Rows {
    /// 20-byte entries from this offset.
    Table(u64),
    /// Entries of irregular length, read.
    List(Vec<XrefEntry>),
    /// Rows of the stream's data, from this one.
    Packed(usize),
}

impl Section {
    /// Reads the section at `offset`, which may be white space before it.
    pub(crate) fn read(file: &File, offset: u64) -> Result<Section, PdfError> {
        let unusable = PdfError::XrefUnusable { offset };
        let mut parser = file.parser(offset);
        parser.lexer.skip_blank()?;
        let start = parser.lexer.position();
        if parser.lexer.take(b"xref")? {
            if start != offset {
                file.note(offset, NoteKind::LeadingSpace);
            }
            return read_table(file, start).map_err(|error| unusable_if_syntax(error, offset));
        }
        if parser.header()?.is_none() {
            return Err(unusable);
        }
        if start != offset {
            file.note(offset, NoteKind::LeadingSpace);
        }
        read_stream(file, start).map_err(|error| unusable_if_syntax(error, offset))
    }

    /// A section that stands nowhere in the file, of entries found otherwise; its place is the file's end.
    pub(crate) fn rebuilt(end: u64, trailer: Dictionary, found: &BTreeMap<u32, XrefEntry>) -> Section {
        let mut entries = Entries { sorted: true, ..Entries::default() };
        for (number, entry) in found {
            match entries.subsections.last_mut() {
                Some(Subsection { first, count, rows: Rows::List(list) })
                    if first.checked_add(*count) == Some(*number) =>
                {
                    *count += 1;
                    list.push(*entry);
                }
                _ => {
                    entries.subsections.push(Subsection { first: *number, count: 1, rows: Rows::List(vec![*entry]) });
                }
            }
        }
        let inside = |entry: &XrefEntry| matches!(entry.location, Location::InStream { .. });
        let kind = if found.values().any(inside) { SectionKind::Stream } else { SectionKind::Table };
        Section { range: end..end, kind, trailer, entries, hidden: None }
    }

    /// The entry of an object number, by the order of 7.5.8.4: the table, then the hidden stream.
    pub(crate) fn entry(&self, file: &File, number: u32) -> Result<Option<XrefEntry>, PdfError> {
        let own = self.entries.get(file, number)?;
        let Some(hidden) = &self.hidden else { return Ok(own) };
        if own.is_some_and(|entry| entry.location != Location::Free) {
            if let Some(other) = hidden.entries.get(file, number)?
                && own != Some(other)
            {
                file.note(self.range.start, NoteKind::HybridConflict);
            }
            return Ok(own);
        }
        Ok(hidden.entries.get(file, number)?.or(own))
    }

    /// Every object number of the section, ascending, each once.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        let mut numbers = Vec::new();
        for entries in [Some(&self.entries), self.hidden.as_ref().map(|hidden| &hidden.entries)].into_iter().flatten() {
            for part in &entries.subsections {
                numbers.extend(part.first..part.first.saturating_add(part.count));
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The largest object number that the section lists.
    pub(crate) fn last_number(&self) -> Option<u32> {
        let own = self.entries.subsections.iter().filter(|part| part.count > 0);
        let own = own.map(|part| part.first.saturating_add(part.count - 1)).max();
        own.max(self.hidden.as_ref().and_then(|hidden| hidden.last_number()))
    }

    /// Table 15, Size: numbers at or above it are to be taken as undefined, which few readers do.
    fn check_size(&self, file: &File) {
        let size = self.trailer.get("Size").and_then(Object::as_integer).unwrap_or(0);
        let beyond = |part: &Subsection| i64::from(part.first) + i64::from(part.count) > size;
        if self.entries.subsections.iter().any(beyond) {
            file.note(self.range.start, NoteKind::XrefBeyondSize);
        }
    }

    /// How many entries there are.
    pub(crate) fn count(&self) -> u64 {
        let own: u64 = self.entries.subsections.iter().map(|part| u64::from(part.count)).sum();
        own.saturating_add(self.hidden.as_ref().map_or(0, |hidden| hidden.count()))
    }
}

/// A section that cannot be parsed is unusable; running out or failing to read stay what they are.
fn unusable_if_syntax(error: PdfError, offset: u64) -> PdfError {
    match error {
        PdfError::Limit(_) | PdfError::Read { .. } => error,
        _ => PdfError::XrefUnusable { offset },
    }
}

fn read_table(file: &File, start: u64) -> Result<Section, PdfError> {
    let mut parser = file.parser(start);
    parser.lexer.take(b"xref")?;
    let mut entries = Entries::default();
    while let Some(first) = parser.lexer.unsigned()? {
        let count = parser.lexer.unsigned()?;
        let sizes = u32::try_from(first).ok().zip(count.and_then(|count| u32::try_from(count).ok()));
        let (mut first, count) = sizes.ok_or(PdfError::XrefUnusable { offset: start })?;
        first.checked_add(count).ok_or(PdfError::XrefUnusable { offset: start })?;
        parser.lexer.skip_blank()?;
        let at = parser.lexer.position();
        let rows = read_rows(file, at, count)?;
        parser.lexer.seek(rows.1);
        file.budget.spend(Limit::Objects, 1)?;
        if count == 0 {
            continue;
        }
        // Writers that count from 1 by mistake still begin with the head of the free list, which is object 0.
        let head = entry_of(&rows.0, file, 0, first)?;
        if first == 1
            && entries.subsections.is_empty()
            && head.is_some_and(|entry| entry.location == Location::Free && entry.generation == u16::MAX)
        {
            file.note(at, NoteKind::XrefFirstNumber);
            first = 0;
        }
        entries.subsections.push(Subsection { first, count, rows: rows.0 });
    }
    entries.sort(file, start)?;
    if !parser.lexer.take_keyword(b"trailer")? {
        return Err(PdfError::XrefUnusable { offset: start });
    }
    let Object::Dictionary(trailer) = parser.value()? else { return Err(PdfError::XrefUnusable { offset: start }) };
    let end = parser.lexer.position();
    file.keep(&mut parser);
    let mut section = Section { range: start..end, kind: SectionKind::Table, trailer, entries, hidden: None };
    section.check_size(file);
    if let Some(Object::Integer(stream)) = section.trailer.get("XRefStm") {
        let offset = u64::try_from(*stream).ok().and_then(|offset| offset.checked_add(file.shift));
        let offset = offset.ok_or(PdfError::XrefUnusable { offset: start })?;
        section.hidden = Some(Box::new(read_stream(file, offset)?));
        section.kind = SectionKind::Hybrid;
        file.note(start, NoteKind::Hybrid);
    }
    Ok(section)
}

/// `count` entries from `at`, and the offset behind them.
fn read_rows(file: &File, at: u64, count: u32) -> Result<(Rows, u64), PdfError> {
    let fixed_end = u64::from(count).checked_mul(ENTRY).and_then(|length| at.checked_add(length));
    if let Some(end) = fixed_end.filter(|end| *end <= file.blocks.len()) {
        let last = end.saturating_sub(ENTRY);
        if count == 0 || (table_entry(file, at)?.is_some() && table_entry(file, last)?.is_some()) {
            let mut parser = file.parser(end);
            parser.lexer.skip_blank()?;
            if parser.lexer.peek()?.is_some_and(|byte| byte.is_ascii_digit() || byte == b't') {
                return Ok((Rows::Table(at), end));
            }
        }
    }
    file.note(at, NoteKind::XrefWhiteSpace);
    let mut parser = file.parser(at);
    let mut list = Vec::new();
    for _ in 0..count {
        file.budget.spend(Limit::Objects, 1)?;
        let offset = parser.lexer.unsigned()?;
        let generation = parser.lexer.unsigned()?.and_then(|generation| u16::try_from(generation).ok());
        let (_, Token::Keyword(word)) = parser.lexer.next()? else { return Err(PdfError::XrefUnusable { offset: at }) };
        let entry =
            offset.zip(generation).and_then(|(offset, generation)| used_or_free(file, offset, generation, &word));
        list.push(entry.ok_or(PdfError::XrefUnusable { offset: at })?);
    }
    Ok((Rows::List(list), parser.lexer.position()))
}

fn used_or_free(file: &File, offset: u64, generation: u16, word: &[u8]) -> Option<XrefEntry> {
    match word {
        // An entry "in use" at offset 0 is free to all readers: no object begins at the header.
        b"n" if offset == 0 => Some(XrefEntry { location: Location::Free, generation }),
        b"n" => Some(XrefEntry { location: Location::Offset(offset.checked_add(file.shift)?), generation }),
        b"f" => Some(XrefEntry { location: Location::Free, generation }),
        _ => None,
    }
}

/// `nnnnnnnnnn ggggg n` and two bytes of line end, exactly 20 bytes (7.5.4).
fn table_entry(file: &File, at: u64) -> Result<Option<XrefEntry>, PdfError> {
    let bytes = file.blocks.read_small(at, ENTRY as usize)?;
    let (Some(offset), Some(generation), Some(kind)) = (bytes.get(..10), bytes.get(11..16), bytes.get(17..18)) else {
        return Ok(None);
    };
    let line_end = matches!(bytes.get(18..20), Some(b" \r" | b" \n" | b"\r\n" | b"  " | b"\n\n" | b"\r\r"));
    let spaces = bytes.get(10) == Some(&b' ') && bytes.get(16) == Some(&b' ');
    if !line_end || !spaces {
        return Ok(None);
    }
    let number = |digits: &[u8]| {
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        std::str::from_utf8(digits).ok()?.parse::<u64>().ok()
    };
    let entry = number(offset).zip(number(generation).and_then(|generation| u16::try_from(generation).ok()));
    Ok(entry.and_then(|(offset, generation)| used_or_free(file, offset, generation, kind)))
}

fn read_stream(file: &File, start: u64) -> Result<Section, PdfError> {
    let unusable = PdfError::XrefUnusable { offset: start };
    // 7.5.8.2: the values that describe a cross-reference stream are direct.
    let indirect = file.indirect(start, &|_| None)?;
    let Object::Stream(stream) = indirect.object else { return Err(unusable) };
    if !stream.dictionary.get("Type").is_some_and(|kind| kind.is_name("XRef")) {
        return Err(unusable);
    }
    // 7.5.8.2: a cross-reference stream is never encrypted.
    let data = filter::encoded(file, None, &stream, &stream.dictionary, STREAM_BYTES)?;
    let data = filter::decode(file, &stream, &stream.dictionary, data, STREAM_BYTES)?;
    let widths = widths(&stream.dictionary).ok_or(unusable.clone())?;
    let mut entries = Entries { data, widths, ..Entries::default() };
    let width: usize = widths.iter().sum();
    let mut left = entries.data.len() / width.max(1);
    let mut row = 0;
    for (first, count) in index(&stream.dictionary).ok_or(unusable)? {
        let present = usize::try_from(count).unwrap_or(usize::MAX).min(left);
        if present < usize::try_from(count).unwrap_or(usize::MAX) {
            file.note(stream.offset, NoteKind::FilterEnd);
        }
        let count = u32::try_from(present).unwrap_or(u32::MAX);
        if count > 0 {
            entries.subsections.push(Subsection { first, count, rows: Rows::Packed(row) });
        }
        row += present;
        left -= present;
    }
    entries.sort(file, start)?;
    let range = indirect.range;
    let section = Section { range, kind: SectionKind::Stream, trailer: stream.dictionary, entries, hidden: None };
    section.check_size(file);
    Ok(section)
}

/// /W (ISO 32000-1 table 17).
fn widths(dictionary: &Dictionary) -> Option<[usize; 3]> {
    let mut widths = [0; 3];
    let items = dictionary.get("W")?.as_array()?;
    if items.len() < 3 {
        return None;
    }
    for (width, item) in widths.iter_mut().zip(items) {
        *width = usize::try_from(item.as_integer()?).ok().filter(|width| *width <= 8)?;
    }
    (widths.iter().sum::<usize>() > 0).then_some(widths)
}

/// /Index, by default `[0 Size]`.
fn index(dictionary: &Dictionary) -> Option<Vec<(u32, u32)>> {
    let number = |object: &Object| object.as_integer().and_then(|n| u32::try_from(n).ok());
    let Some(index) = dictionary.get("Index") else {
        return Some(vec![(0, number(dictionary.get("Size")?)?)]);
    };
    let items = index.as_array()?;
    let mut pairs = Vec::new();
    for pair in items.chunks(2) {
        let [first, count] = pair else { return None };
        let (first, count) = (number(first)?, number(count)?);
        first.checked_add(count)?;
        pairs.push((first, count));
    }
    Some(pairs)
}

impl Entries {
    /// Sorts the subsections by number unless some overlap: then the order of the file decides, and that is noted.
    fn sort(&mut self, file: &File, offset: u64) -> Result<(), PdfError> {
        let mut order: Vec<(u32, u32)> = self.subsections.iter().map(|part| (part.first, part.count)).collect();
        order.sort_unstable();
        let overlap = order.windows(2).any(|pair| match pair {
            [(first, count), (next, after)] => *after > 0 && first.saturating_add(*count) > *next,
            _ => false,
        });
        if overlap {
            if self.subsections.len() > OVERLAPPING {
                return Err(PdfError::XrefUnusable { offset });
            }
            file.note(offset, NoteKind::XrefDuplicate);
        } else {
            self.subsections.sort_by_key(|part| (part.first, part.count));
            self.sorted = true;
        }
        Ok(())
    }

    fn get(&self, file: &File, number: u32) -> Result<Option<XrefEntry>, PdfError> {
        let holds = |part: &Subsection| number >= part.first && number - part.first < part.count;
        let part = if self.sorted {
            let after = self.subsections.partition_point(|part| part.first <= number);
            after.checked_sub(1).and_then(|at| self.subsections.get(at)).filter(|part| holds(part))
        } else {
            self.subsections.iter().find(|part| holds(part))
        };
        let Some(part) = part else { return Ok(None) };
        match &part.rows {
            Rows::Packed(row) => Ok(self.packed(file, row.saturating_add((number - part.first) as usize))),
            rows => entry_of(rows, file, number - part.first, number),
        }
    }

    /// A row of a stream (ISO 32000-1 table 18). Unknown types are as if the object were not there.
    fn packed(&self, file: &File, row: usize) -> Option<XrefEntry> {
        let width: usize = self.widths.iter().sum();
        let start = row.checked_mul(width)?;
        let mut bytes = self.data.get(start..start.checked_add(width)?)?;
        let mut fields = [0_u64; 3];
        for (field, width) in fields.iter_mut().zip(self.widths) {
            let (digits, rest) = bytes.split_at_checked(width)?;
            *field = digits.iter().fold(0, |value, digit| (value << 8) | u64::from(*digit));
            bytes = rest;
        }
        let [kind, second, third] = fields;
        let kind = if self.widths.first() == Some(&0) { 1 } else { kind };
        match kind {
            0 => Some(XrefEntry { location: Location::Free, generation: u16::try_from(third).unwrap_or(u16::MAX) }),
            1 => used_or_free(file, second, u16::try_from(third).ok()?, b"n"),
            2 => {
                let (stream, index) = (u32::try_from(second).ok()?, u32::try_from(third).ok()?);
                Some(XrefEntry { location: Location::InStream { stream, index }, generation: 0 })
            }
            _ => None,
        }
    }
}

/// Entry `at` of rows of a table.
fn entry_of(rows: &Rows, file: &File, at: u32, number: u32) -> Result<Option<XrefEntry>, PdfError> {
    match rows {
        Rows::Table(offset) => {
            let place = u64::from(at).checked_mul(ENTRY).and_then(|skip| offset.checked_add(skip));
            let entry = place.map(|place| table_entry(file, place)).transpose()?.flatten();
            entry.map(Some).ok_or(PdfError::XrefEntry { number })
        }
        Rows::List(list) => Ok(usize::try_from(at).ok().and_then(|at| list.get(at)).copied()),
        Rows::Packed(_) => Ok(None),
    }
}

/// The id under which an entry knows an object.
pub(crate) fn id_of(number: u32, entry: XrefEntry) -> ObjectId {
    ObjectId { number, generation: entry.generation }
}
