//! The document as one revision shows it.

use std::rc::Rc;

use crate::limits::Budget;
use crate::pdf::document::{Document, Revision};
use crate::pdf::error::PdfError;
use crate::pdf::file::File;
use crate::pdf::filter;
use crate::pdf::note::NoteKind;
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream};
use crate::pdf::object_stream::{ObjectStream, STREAM_BYTES};
use crate::pdf::protection::Sound;
use crate::pdf::xref::{Location, Section, XrefEntry};

/// Most references that may lead to one another.
const HOPS: u32 = 32;

/// The objects as the cross-reference chain of one revision finds them. Cheap to copy.
#[derive(Clone, Copy)]
pub struct View<'d> {
    document: &'d Document,
    revision: &'d Revision,
}

impl<'d> View<'d> {
    pub(crate) fn new(document: &'d Document, revision: &'d Revision) -> Self {
        View { document, revision }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// The revision.
    #[must_use]
    pub fn revision(&self) -> &'d Revision {
        self.revision
    }

    /// The trailer.
    #[must_use]
    pub fn trailer(&self) -> &'d Dictionary {
        &self.revision.trailer
    }

    /// The catalog's id (ISO 32000-1 table 15, Root).
    ///
    /// # Errors
    /// [`PdfError::RootMissing`].
    pub fn root_id(&self) -> Result<ObjectId, PdfError> {
        self.trailer().get("Root").and_then(Object::as_reference).ok_or(PdfError::RootMissing)
    }

    /// The catalog (ISO 32000-1 7.7.2).
    ///
    /// # Errors
    /// [`PdfError::RootMissing`] and those of [`View::get`].
    pub fn catalog(&self) -> Result<Dictionary, PdfError> {
        match self.get(self.root_id()?)? {
            Object::Dictionary(catalog) => Ok(catalog),
            _ => Err(PdfError::RootMissing),
        }
    }

    /// Where an object is; `None` if no section lists it under this generation.
    ///
    /// # Errors
    /// [`PdfError::XrefEntry`].
    pub fn location(&self, id: ObjectId) -> Result<Option<Location>, PdfError> {
        Ok(self.entry(id.number)?.filter(|entry| entry.generation == id.generation).map(|entry| entry.location))
    }

    /// The entry that counts for a number: that of the newest section which lists it.
    pub(crate) fn entry(&self, number: u32) -> Result<Option<XrefEntry>, PdfError> {
        let sections = self.document.sections.get(..self.revision.sections.end).unwrap_or_default();
        for section in sections.iter().rev() {
            if let Some(entry) = section.entry(self.file(), number)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The largest object number that any section lists.
    pub(crate) fn last_number(&self) -> Option<u32> {
        let sections = self.document.sections.get(..self.revision.sections.end).unwrap_or_default();
        sections.iter().filter_map(Section::last_number).max()
    }

    /// An object; null if it is free or not listed (ISO 32000-1 7.3.10).
    ///
    /// # Errors
    /// [`PdfError`] when it cannot be read; those of [`Document::readable`] for an encrypted file that is locked.
    pub fn get(&self, id: ObjectId) -> Result<Object, PdfError> {
        self.document.readable()?;
        match self.location(id)? {
            None | Some(Location::Free) => Ok(Object::Null),
            Some(Location::Offset(offset)) => self.read_at(id, offset),
            Some(Location::InStream { stream, index }) => self.in_stream(id, stream, index),
        }
    }

    /// The value itself, or what its reference leads to.
    ///
    /// # Errors
    /// As [`View::get`]; [`PdfError::ReferenceLoop`].
    pub fn resolve(&self, object: &Object) -> Result<Object, PdfError> {
        let Object::Reference(id) = object else { return Ok(object.clone()) };
        let mut id = *id;
        for _ in 0..HOPS {
            match self.get(id)? {
                Object::Reference(next) => id = next,
                other => return Ok(other),
            }
        }
        Err(PdfError::ReferenceLoop { id })
    }

    /// The resolved value of a key; null if it is missing.
    ///
    /// # Errors
    /// As [`View::resolve`].
    pub fn lookup(&self, dictionary: &Dictionary, key: &str) -> Result<Object, PdfError> {
        dictionary.get(key).map_or(Ok(Object::Null), |value| self.resolve(value))
    }

    /// The decoded data of a stream, at most `limit` bytes.
    ///
    /// # Errors
    /// [`PdfError::FilterUnsupported`], [`PdfError::FilterData`], [`PdfError::Limit`].
    pub fn stream_data(&self, stream: &Stream, limit: u64) -> Result<Vec<u8>, PdfError> {
        let resolved = self.filters(stream)?;
        let data = filter::encoded(self.file(), self.document.protection()?, stream, &resolved, limit)?;
        filter::decode(self.file(), stream, &resolved, data, limit)
    }

    /// The encoded data of a stream, decrypted, at most `limit` bytes.
    ///
    /// # Errors
    /// [`PdfError::Limit`], [`PdfError::Read`]; as [`View::get`].
    pub fn raw_stream(&self, stream: &Stream, limit: u64) -> Result<Vec<u8>, PdfError> {
        let protection = self.document.protection()?;
        let resolved = if protection.is_some() { self.filters(stream)? } else { Dictionary::new() };
        filter::encoded(self.file(), protection, stream, &resolved, limit)
    }

    /// /Filter and /DecodeParms with references resolved.
    fn filters(&self, stream: &Stream) -> Result<Dictionary, PdfError> {
        let mut resolved = Dictionary::new();
        for key in ["Filter", "DecodeParms", "DP"] {
            let value = match self.lookup(&stream.dictionary, key)? {
                Object::Array(items) => {
                    Object::Array(items.iter().take(64).map(|item| self.resolve(item)).collect::<Result<_, _>>()?)
                }
                Object::Null => continue,
                other => other,
            };
            resolved.set(key, value);
        }
        Ok(resolved)
    }

    pub(crate) fn file(&self) -> &'d File {
        &self.document.file
    }

    pub(crate) fn budget(&self) -> &'d Budget {
        &self.document.file.budget
    }

    fn read_at(&self, id: ObjectId, offset: u64) -> Result<Object, PdfError> {
        let mut object = self.stored(id, offset)?;
        if let Some(protection) = self.document.protection()?
            && protection.decrypt_strings(id, &mut object) == Sound::No
        {
            self.file().note(offset, NoteKind::Decryption);
        }
        Ok(object)
    }

    /// An object as it is written at an offset, its strings undecrypted.
    pub(crate) fn stored(&self, id: ObjectId, offset: u64) -> Result<Object, PdfError> {
        let start = self.file().header(id, offset)?;
        Ok(self.file().indirect(start, &|id| self.length(id))?.object)
    }

    /// The integer that an indirect /Length names; never follows another stream's /Length, so never loops.
    pub(crate) fn length(&self, id: ObjectId) -> Option<u64> {
        let object = match self.location(id).ok()?? {
            Location::Offset(offset) => {
                let start = self.file().header(id, offset).ok()?;
                self.file().indirect(start, &|_| None).ok()?.object
            }
            Location::InStream { stream, index } => self.in_stream(id, stream, index).ok()?,
            Location::Free => return None,
        };
        u64::try_from(object.as_integer()?).ok()
    }

    /// The object stream whose header begins at `start`.
    pub(crate) fn object_stream(&self, number: u32, start: u64) -> Result<Rc<ObjectStream>, PdfError> {
        let cached = self.document.streams.borrow_mut().get(start);
        if let Some(stream) = cached {
            return Ok(stream);
        }
        let wrong = PdfError::ObjectStream { stream: number, number };
        // A /Length kept in an object stream would lead back here; it is found by `endstream` instead.
        let length = |id: ObjectId| match self.location(id) {
            Ok(Some(Location::Offset(_))) => self.length(id),
            _ => None,
        };
        let Object::Stream(stream) = self.file().indirect(start, &length)?.object else { return Err(wrong) };
        let (dictionary, protection) = (&stream.dictionary, self.document.protection()?);
        let data = filter::encoded(self.file(), protection, &stream, dictionary, STREAM_BYTES)?;
        let data = filter::decode(self.file(), &stream, dictionary, data, STREAM_BYTES)?;
        let parsed = Rc::new(ObjectStream::new(&stream, data, self.budget()).ok_or(wrong)??);
        self.document.streams.borrow_mut().put(start, Rc::clone(&parsed));
        Ok(parsed)
    }

    /// An object of an object stream, which itself lies in the file (7.5.7).
    fn in_stream(&self, id: ObjectId, number: u32, index: u32) -> Result<Object, PdfError> {
        let wrong = PdfError::ObjectStream { stream: number, number: id.number };
        let container = ObjectId { number, generation: 0 };
        let Some(Location::Offset(offset)) = self.location(container)? else { return Err(wrong) };
        let start = self.file().header(container, offset)?;
        let stream = self.object_stream(number, start)?;
        let parsed = stream.get(index, id.number, self.budget()).ok_or(wrong)??;
        for kind in parsed.notes {
            self.file().note(start, kind);
        }
        Ok(parsed.object)
    }
}
