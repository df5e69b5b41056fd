//! Imperfect files, opened to be sealed: the seal's update then states the place of every object itself (ISO 32000-1
//! 7.5.4), so that verifying, which never rebuilds, reads the result by its own startxref as every other reader does.
//!
//! Where the file's own cross-reference is read by everybody in one way, its entries are taken over (*restated*). Where it
//! is unusable, the objects are found by one pass over the file (*rebuilt*). One reading is wanted: the one that other
//! readers come to, whose passes let the last definition of an object count. Where they differ it is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::limits::{Budget, Limit};
use crate::pdf::account::TracePlace;
use crate::pdf::blocks::Blocks;
use crate::pdf::document::Document;
use crate::pdf::error::{PdfError, RebuildProblem, TreeProblem};
use crate::pdf::note::{Note, NoteKind, Reading};
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::scan::{Place, Scan};
use crate::pdf::view::View;
use crate::pdf::xref::{Location, Section, SectionKind, XrefEntry};
use crate::source::SharedSource;

/// Pages whose dictionaries are read to find out whether a document is readable.
const PROBED: usize = 10_000;
/// Most objects that are written again.
const HEALED: usize = 2_000;

impl Document {
    /// [`Document::open`] for a document that is to be sealed: where its cross-reference is imperfect or unusable, an
    /// update of it writes a complete section of its own, if the file leaves one reading. Such a document has the note
    /// [`NoteKind::Restated`] or [`NoteKind::Rebuilt`].
    ///
    /// # Errors
    /// As [`Document::open`]; [`PdfError::NotRebuilt`] tells why there is no one reading.
    pub fn open_for_sealing(source: SharedSource, budget: Rc<Budget>) -> Result<Document, PdfError> {
        match Document::open(SharedSource::clone(&source), Rc::clone(&budget)) {
            Ok(document) if document.readable().is_err() => Ok(document),
            Ok(document) => match probe(&document) {
                Ok(()) => restated(document),
                // Where there is no second way of reading, the refusal of the first one stands.
                Err(error) if repairable(&error) => Ok(rebuilt(source, budget, Some(&document)).unwrap_or(document)),
                Err(_) => Ok(document),
            },
            Err(error) if repairable(&error) => rebuilt(source, budget, None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a fault may lie in the cross-reference and not in the objects.
fn repairable(error: &PdfError) -> bool {
    matches!(
        error,
        PdfError::StartXrefMissing
            | PdfError::XrefUnusable { .. }
            | PdfError::XrefLoop { .. }
            | PdfError::PrevForward { .. }
            | PdfError::XrefEntry { .. }
            | PdfError::ObjectHeader { .. }
            | PdfError::ObjectStream { .. }
            | PdfError::Syntax { .. }
            | PdfError::StreamEnd { .. }
            | PdfError::FilterData { .. }
            | PdfError::RootMissing
            | PdfError::PageTree { problem: TreeProblem::NoRoot | TreeProblem::Malformed }
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

/// Whether a document's own cross-reference leads to a catalog with pages. Where it does not, every reader looks for the
/// objects itself.
fn leads_to_pages(document: &Document) -> bool {
    let pages = |view: View<'_>| view.lookup(&view.catalog()?, "Pages");
    document.current().and_then(pages).is_ok_and(|pages| matches!(pages, Object::Dictionary(_)))
}

fn problem(problem: RebuildProblem) -> PdfError {
    PdfError::NotRebuilt { problem }
}

/// Whether a signature may hang on the file as it is: a new section would leave its revisions unreachable.
fn signed(document: &Document) -> Result<Option<u64>, PdfError> {
    let trace = document.scan_signature_traces()?.into_iter().find(|trace| trace.place == TracePlace::Object);
    Ok(trace.map(|trace| trace.offset))
}

/// Oddities with one reading that a complete section leaves behind.
fn concerns_sections(kind: NoteKind) -> bool {
    matches!(
        kind,
        NoteKind::BytesBeforeHeader
            | NoteKind::HeaderVersion
            | NoteKind::BytesAfterEnd
            | NoteKind::XrefOffset
            | NoteKind::XrefWhiteSpace
            | NoteKind::XrefFirstNumber
            | NoteKind::ObjectOffset
            // Sound, but strict verifiers of other makers take no signature in a hybrid file.
            | NoteKind::Hybrid
    )
}

/// The document with its entries taken over, where something about its sections is odd and no signature hangs on them.
fn restated(document: Document) -> Result<Document, PdfError> {
    let size = document.current()?.trailer().get("Size").and_then(Object::as_integer).unwrap_or(0);
    let in_section = |note: &Note| document.sections.iter().any(|section| section.holds(note.offset));
    let concerns = |note: &Note| {
        concerns_sections(note.kind)
            || note.reading() == Reading::Two
            || (note.kind != NoteKind::LeadingSpace && in_section(note))
    };
    let odd = document.notes().into_iter().filter(concerns).map(|note| note.kind).collect::<Vec<_>>();
    let sound = size > 0 && odd.is_empty();
    if sound || !document.current()?.signatures()?.is_empty() || signed(&document)?.is_some() {
        return Ok(document);
    }
    let Some(entries) = own_entries(&document)? else { return Ok(document) };
    let trailer = document.current()?.trailer().clone();
    let sections: Vec<u64> = document.sections.iter().map(|section| section.range.start).collect();
    let place = |(number, entry): (&u32, &XrefEntry)| match entry.location {
        Location::Offset(start) => {
            let id = ObjectId { number: *number, generation: entry.generation };
            Some((*number, Place { id, start, end: None }))
        }
        _ => None,
    };
    let places: BTreeMap<u32, Place> = entries.iter().filter_map(place).collect();
    if odd.iter().any(|kind| *kind != NoteKind::Hybrid) {
        // Only to learn what is odd about the other objects: what it finds does not count.
        let others = Scan::of(&document.file, document.header_offset());
        if let Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) = others.map(|_| ()) {
            return Err(error);
        }
    }
    let healing = imperfect(&document.notes(), &places, &sections);
    let mut document = document.restate(entries, trailer, NoteKind::Restated)?;
    document.healing = healing;
    Ok(document)
}

/// Objects whose writing is imperfect, though it leaves one value: they are written again.
fn imperfect(notes: &[Note], places: &BTreeMap<u32, Place>, sections: &[u64]) -> Vec<ObjectId> {
    let mut starts: BTreeMap<u64, Option<ObjectId>> = sections.iter().map(|start| (*start, None)).collect();
    starts.extend(places.values().map(|place| (place.start, Some(place.id))));
    let mut found = Vec::new();
    for note in notes {
        let imperfect = matches!(
            note.kind,
            NoteKind::EndObjectMissing
                | NoteKind::EndObjectJunk
                | NoteKind::EndStreamMissing
                | NoteKind::StreamLength
                | NoteKind::StreamLineEnd
                | NoteKind::ValueMissing
        );
        if !imperfect {
            continue;
        }
        if let Some((_, Some(id))) = starts.range(..=note.offset).next_back()
            && !found.contains(id)
            && found.len() < HEALED
        {
            found.push(*id);
        }
    }
    found
}

/// Every entry that counts, at the place where its object stands; `None` where an object is not where it should be.
fn own_entries(document: &Document) -> Result<Option<BTreeMap<u32, XrefEntry>>, PdfError> {
    let mut entries = BTreeMap::new();
    let mut seen = BTreeSet::new();
    // The newest section that lists a number counts.
    for section in document.sections.iter().rev() {
        document.file.budget.spend(Limit::Objects, section.count())?;
        for number in section.numbers() {
            if seen.contains(&number) {
                continue;
            }
            let Some(entry) = section.entry(&document.file, number)? else { continue };
            seen.insert(number);
            let location = match entry.location {
                Location::Free => continue,
                Location::InStream { index, .. } if u16::try_from(index).is_err() => return Ok(None),
                Location::InStream { .. } => entry.location,
                Location::Offset(offset) => {
                    let id = ObjectId { number, generation: entry.generation };
                    match document.file.header(id, offset) {
                        // The section itself: nothing refers to it.
                        Ok(start) if document.sections.iter().any(|section| section.is_stream_at(start)) => continue,
                        Ok(start) => Location::Offset(start),
                        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => return Err(error),
                        // An object that is nowhere is null to every reader; no seal depends on it.
                        Err(_) => continue,
                    }
                }
            };
            entries.insert(number, XrefEntry { location, generation: entry.generation });
        }
    }
    Ok(Some(entries))
}

/// The document as one pass finds it. `stated` is what its own cross-reference says, where that can be read.
fn rebuilt(source: SharedSource, budget: Rc<Budget>, stated: Option<&Document>) -> Result<Document, PdfError> {
    let blocks = || Blocks::new(SharedSource::clone(&source), source.len(), Rc::clone(&budget));
    let (file, header_offset) = Document::blank(blocks(), Rc::clone(&budget))?;
    let mut scan = Scan::of(&file, header_offset)?;
    // Where not even the catalog can be reached, nobody believes the rest.
    let stated = stated.filter(|document| leads_to_pages(document));
    let places = std::mem::take(&mut scan.objects);
    let mut entries: BTreeMap<u32, XrefEntry> = places.iter().map(|(number, place)| (*number, entry(*place))).collect();
    let encrypted = scan.trailer.get("Encrypt").is_some();
    if let Some(offset) = scan.handler.filter(|_| !encrypted) {
        return Err(PdfError::NotRebuilt { problem: RebuildProblem::EncryptionUnnamed { offset } });
    }
    let (second, _) = Document::blank(blocks(), Rc::clone(&budget))?;
    let plain = Document::of_entries(second, header_offset, &entries, scan.trailer.clone())?;
    let sections = if scan.streams.is_empty() { Vec::new() } else { scan.read_sections()? };
    Inside { stated, sections, plain: &plain, entries: &mut entries }.enter(&mut scan)?;
    if let Some(stated) = stated {
        agree(&scan, stated, &places, &mut entries)?;
    }
    let document = Document::of_entries(plain.file, header_offset, &entries, scan.trailer.clone())?;
    let root = root(&scan, &document)?;
    let trailer = scan.trailer.clone().with("Root", Object::Reference(root));
    let healing = imperfect(&file.notes(), &places, &scan.sections);
    let mut document = document.restate(entries, trailer, NoteKind::Rebuilt)?;
    document.healing = healing;
    if let Some(offset) = signed(&document)? {
        // A signed file must be sound by itself.
        return Err(problem(RebuildProblem::Signed { offset }));
    }
    if document.readable().is_ok() {
        probe(&document)?;
    }
    Ok(document)
}

fn entry(place: Place) -> XrefEntry {
    XrefEntry { location: Location::Offset(place.start), generation: place.id.generation }
}

/// What object streams hold is entered behind what stands by itself.
struct Inside<'a> {
    stated: Option<&'a Document>,
    /// What sections there are, in the order of the file.
    sections: Vec<Section>,
    plain: &'a Document,
    entries: &'a mut BTreeMap<u32, XrefEntry>,
}

impl Inside<'_> {
    fn enter(&mut self, scan: &mut Scan<'_>) -> Result<(), PdfError> {
        let streams = std::mem::take(&mut scan.streams);
        let view = self.plain.current()?;
        for (id, start) in streams {
            // One that is defined again later holds nothing any more.
            let stands = self.entries.get(&id.number).is_some_and(|entry| entry.location == Location::Offset(start));
            if !stands {
                continue;
            }
            let held = match view.object_stream(id.number, start) {
                Ok(held) => held,
                Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => return Err(error),
                Err(_) => return Err(PdfError::ObjectStream { stream: id.number, number: id.number }),
            };
            for (index, number) in held.numbers().enumerate() {
                let wrong = PdfError::ObjectStream { stream: id.number, number };
                // The new section gives the place two bytes.
                let index = u16::try_from(index).map_err(|_| wrong)?;
                let location = Location::InStream { stream: id.number, index: u32::from(index) };
                self.define(number, XrefEntry { location, generation: 0 })?;
                if let Some(Ok(parsed)) = held.get(u32::from(index), number, view.budget()) {
                    scan.see(ObjectId { number, generation: 0 }, start, &parsed.object);
                }
            }
        }
        Ok(())
    }

    /// Readers differ about which one of two definitions counts, if one of them stands in an object stream: the file's own
    /// cross-reference decides, even where its offsets are wrong.
    fn define(&mut self, number: u32, entry: XrefEntry) -> Result<(), PdfError> {
        let Some(earlier) = self.entries.get(&number).copied() else {
            self.entries.insert(number, entry);
            return Ok(());
        };
        let mut stated = self.stated.map(|document| document.current()?.entry(number)).transpose()?.flatten();
        self.plain.file.budget.spend(Limit::Objects, self.sections.len() as u64)?;
        for section in self.sections.iter().rev() {
            if stated.is_none() {
                stated = section.entry(&self.plain.file, number)?;
            }
        }
        let alike = |one: Location, other: Location| match (one, other) {
            (Location::Offset(_), Location::Offset(_)) => true,
            (one, other) => one == other,
        };
        match stated {
            Some(own) if alike(own.location, entry.location) => {
                self.entries.insert(number, entry);
                Ok(())
            }
            Some(own) if alike(own.location, earlier.location) => Ok(()),
            _ => Err(problem(RebuildProblem::DefinedTwice { number })),
        }
    }
}

/// What the file's own cross-reference says rightly must be what was found; what it frees stays away.
fn agree(
    scan: &Scan<'_>,
    stated: &Document,
    places: &BTreeMap<u32, Place>,
    entries: &mut BTreeMap<u32, XrefEntry>,
) -> Result<(), PdfError> {
    let view = stated.current()?;
    let mut freed = Vec::new();
    for (number, entry) in entries.iter() {
        stated.file.budget.spend(Limit::Objects, stated.sections.len() as u64)?;
        let Ok(Some(own)) = view.entry(*number) else { continue };
        let two = match (own.location, entry.location) {
            (Location::Free, _) => {
                freed.push(*number);
                false
            }
            (Location::Offset(offset), Location::Offset(start)) => {
                let id = ObjectId { number: *number, generation: own.generation };
                let found = stated.file.header(id, offset).ok();
                let other = |found: u64| -> Result<bool, PdfError> {
                    let Some(last) = places.get(number) else { return Ok(true) };
                    let length = last.end.map(|end| end.saturating_sub(last.start));
                    let end = length.and_then(|length| found.checked_add(length));
                    Ok(!scan.copies(Place { id, start: found, end }, *last)?)
                };
                match found {
                    Some(found) if found != start => other(found)?,
                    Some(_) => own.generation != entry.generation,
                    None => false,
                }
            }
            (own, found) => own != found,
        };
        if two {
            return Err(problem(RebuildProblem::DefinedTwice { number: *number }));
        }
    }
    for number in freed {
        entries.remove(&number);
    }
    Ok(())
}

/// The catalog: the only one of those that trailers name, or of those that there are, that has pages.
fn root(scan: &Scan<'_>, document: &Document) -> Result<ObjectId, PdfError> {
    let view = document.current()?;
    let has_pages = |id: &&ObjectId| {
        let pages = view.get(**id).ok().and_then(|object| match object {
            Object::Dictionary(catalog) => view.lookup(&catalog, "Pages").ok(),
            _ => None,
        });
        matches!(pages, Some(Object::Dictionary(_)))
    };
    // Locked, none can be read.
    if let (Err(_), Some(only), 1) = (document.readable(), scan.roots.first(), scan.roots.len()) {
        return Ok(*only);
    }
    for candidates in [&scan.roots, &scan.catalogs] {
        let usable: Vec<&ObjectId> = candidates.iter().filter(has_pages).collect();
        match usable.as_slice() {
            [] => {}
            [only] => return Ok(**only),
            several => return Err(problem(RebuildProblem::Root { count: several.len() })),
        }
    }
    Err(problem(RebuildProblem::Root { count: 0 }))
}

impl Document {
    /// A document of entries that were found otherwise; where it is encrypted, the empty password is tried.
    fn of_entries(
        file: crate::pdf::file::File,
        header_offset: u64,
        entries: &BTreeMap<u32, XrefEntry>,
        trailer: Dictionary,
    ) -> Result<Document, PdfError> {
        let last = entries.keys().next_back().copied().unwrap_or(0);
        let trailer = trailer.with("Size", Object::Integer(i64::from(last).saturating_add(1)));
        let section = Section::rebuilt(file.blocks.len(), trailer, entries);
        let mut document = Document::of_rebuilt(file, section, header_offset);
        document.secure()?;
        Ok(document)
    }

    /// This document with these entries instead of its own sections.
    fn restate(
        self,
        entries: BTreeMap<u32, XrefEntry>,
        trailer: Dictionary,
        kind: NoteKind,
    ) -> Result<Document, PdfError> {
        let header_offset = self.header_offset();
        let mut file = self.file;
        // Every entry counts from the first byte.
        file.shift = 0;
        file.note(file.blocks.len(), kind);
        Document::of_entries(file, header_offset, &entries, trailer)
    }
}

impl Section {
    /// Whether an offset lies in this section or in its hidden stream.
    fn holds(&self, offset: u64) -> bool {
        self.range.contains(&offset) || self.hidden.as_ref().is_some_and(|hidden| hidden.range.contains(&offset))
    }

    /// Whether this is the cross-reference stream that begins there.
    fn is_stream_at(&self, start: u64) -> bool {
        let own = self.kind == SectionKind::Stream && self.range.start == start;
        own || self.hidden.as_ref().is_some_and(|hidden| hidden.range.start == start)
    }
}
