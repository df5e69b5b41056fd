//! An incremental update over a document: its bytes stay as they are, new and changed objects follow (ISO 32000-1 7.5.6).

use std::collections::BTreeMap;

use crate::crypto::DigestAlgorithm;
use crate::pdf::document::{Document, Origin};
use crate::pdf::error::PdfError;
use crate::pdf::lexer::is_space;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::revision_bytes::{AppendedRevision, first_bytes, with_front};
use crate::pdf::update_error::{Part, UpdateError};
use crate::pdf::update_section::{Base, Front, Kept, Pending, Section, SectionForm, write_section};
use crate::pdf::view::View;
use crate::pdf::xref::{SectionKind, XrefEntry};
use crate::source::SharedSource;

/// Largest object number (ISO 32000-1 annex C.2).
const LAST_NUMBER: u32 = 8_388_607;
/// Longest chain of references to references that is followed.
const REFERENCE_CHAIN: usize = 16;
/// Bytes of streams that are written again.
const HEALED_BYTES: u64 = 8 << 20;
/// How much of a header that is none is looked at.
const HEADER: u64 = 16;

/// A revision being built.
pub struct Update<'a> {
    document: &'a Document,
    view: View<'a>,
    base: Base,
    objects: BTreeMap<ObjectId, Pending>,
    next: u32,
}

impl<'a> Update<'a> {
    /// Starts an update behind the document's last revision.
    ///
    /// # Errors
    /// [`UpdateError::Encrypted`], or [`UpdateError::Unreadable`] where the document's end is not sound.
    pub fn new(document: &'a Document) -> Result<Self, UpdateError> {
        document.readable().map_err(UpdateError::locked)?;
        let view = document.current()?;
        let size = view.trailer().get("Size").and_then(Object::as_integer).unwrap_or(0);
        let size = u32::try_from(size.max(0)).map_err(|_| UpdateError::Malformed { part: Part::Trailer })?;
        // A Size that is too small must not make a new object take the place of one that is there, nor be repeated.
        let listed = view.last_number().filter(|last| *last < LAST_NUMBER).map_or(1, |last| last.saturating_add(1));
        let base = base(&view)?;
        let mut update = Update { document, view, base, objects: BTreeMap::new(), next: size.max(listed) };
        update.heal()?;
        Ok(update)
    }

    /// Writes again what is written imperfectly, up to a limit: the rest stays as it is.
    fn heal(&mut self) -> Result<(), UpdateError> {
        let mut left = HEALED_BYTES;
        for id in &self.document.healing {
            let pending = match self.view.get(*id) {
                Ok(Object::Stream(stream)) if self.document.encryption().is_none() && stream.length <= left => {
                    left = left.saturating_sub(stream.length);
                    let data = self.view.raw_stream(&stream, HEALED_BYTES)?;
                    let mut dictionary = stream.dictionary;
                    dictionary.remove("Length");
                    Pending::Stream(dictionary, data)
                }
                Ok(Object::Stream(_)) => continue,
                Ok(value) => Pending::Value(value),
                Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => return Err(error.into()),
                Err(_) => continue,
            };
            self.objects.insert(*id, pending);
        }
        Ok(())
    }

    /// The document below.
    #[must_use]
    pub fn document(&self) -> &'a Document {
        self.document
    }

    /// The last revision of the document below.
    pub(in crate::pdf) fn view(&self) -> &View<'a> {
        &self.view
    }

    /// The value of an object as this update leaves it; `null` where there is none. A stream that this update adds is
    /// seen as its dictionary.
    ///
    /// # Errors
    /// [`UpdateError::Unreadable`].
    pub fn value(&self, id: ObjectId) -> Result<Object, UpdateError> {
        match self.objects.get(&id) {
            Some(Pending::Value(value)) => Ok(value.clone()),
            Some(Pending::Stream(dictionary, _)) => Ok(Object::Dictionary(dictionary.clone())),
            Some(Pending::Written(_)) => Ok(Object::Null),
            None => Ok(self.view.get(id)?),
        }
    }

    /// Follows references to a value.
    ///
    /// # Errors
    /// [`UpdateError::Unreadable`], also where references lead in a circle.
    pub fn resolve(&self, object: &Object) -> Result<Object, UpdateError> {
        let mut object = object.clone();
        for _ in 0..REFERENCE_CHAIN {
            match object {
                Object::Reference(id) => object = self.value(id)?,
                other => return Ok(other),
            }
        }
        match object {
            Object::Reference(id) => Err(PdfError::ReferenceLoop { id }.into()),
            other => Ok(other),
        }
    }

    /// A dictionary's entry, references followed; `null` where there is none.
    ///
    /// # Errors
    /// As [`Update::resolve`].
    pub fn entry(&self, dictionary: &Dictionary, key: &str) -> Result<Object, UpdateError> {
        dictionary.get(key).map_or(Ok(Object::Null), |value| self.resolve(value))
    }

    /// Takes the next free object number, above all that the document uses.
    ///
    /// # Errors
    /// [`UpdateError::NumbersExhausted`].
    pub fn allocate(&mut self) -> Result<ObjectId, UpdateError> {
        while self.view.entry(self.next)?.is_some() && self.next < LAST_NUMBER {
            self.next = self.next.saturating_add(1);
        }
        // One number more is kept for a cross-reference stream.
        if self.next >= LAST_NUMBER {
            return Err(UpdateError::NumbersExhausted);
        }
        let id = ObjectId { number: self.next, generation: 0 };
        self.next = self.next.saturating_add(1);
        Ok(id)
    }

    /// Writes a value under a number: a new one from [`Update::allocate`], or one of the document, whose old value it
    /// replaces in full.
    pub fn put(&mut self, id: ObjectId, value: Object) {
        self.objects.insert(id, Pending::Value(value));
    }

    /// Adds a value.
    ///
    /// # Errors
    /// As [`Update::allocate`].
    pub fn add(&mut self, value: Object) -> Result<ObjectId, UpdateError> {
        let id = self.allocate()?;
        self.put(id, value);
        Ok(id)
    }

    /// Adds a stream: its dictionary without Length, and its encoded bytes.
    ///
    /// # Errors
    /// As [`Update::allocate`].
    pub fn add_stream(&mut self, dictionary: Dictionary, data: Vec<u8>) -> Result<ObjectId, UpdateError> {
        let id = self.allocate()?;
        self.objects.insert(id, Pending::Stream(dictionary, data));
        Ok(id)
    }

    /// Adds a value that was written beforehand.
    pub(in crate::pdf) fn put_written(&mut self, id: ObjectId, bytes: Vec<u8>) {
        self.objects.insert(id, Pending::Written(bytes));
    }

    /// Ends the update: the document with its new revision.
    ///
    /// # Errors
    /// As [`Update::allocate`].
    pub fn finish(self) -> Result<AppendedRevision, UpdateError> {
        let (source, section) = self.written()?;
        Ok(AppendedRevision::new(source, section.tail))
    }

    /// Encrypts the strings of a dictionary that is written beforehand, where the document is encrypted.
    pub(in crate::pdf) fn protect(&self, id: ObjectId, dictionary: Dictionary) -> Result<Dictionary, UpdateError> {
        match self.protected(id, Pending::Value(Object::Dictionary(dictionary)))? {
            Pending::Value(Object::Dictionary(dictionary)) => Ok(dictionary),
            _ => Err(PdfError::Encrypted.into()),
        }
    }

    /// What is written for an object: in an encrypted document its strings and its stream are encrypted, too (ISO 32000-1
    /// 7.6.1), with the document's key.
    fn protected(&self, id: ObjectId, pending: Pending) -> Result<Pending, UpdateError> {
        let Some(protection) = self.document.protection()? else { return Ok(pending) };
        let place = self.base.length;
        let strings = |mut object: Object| {
            let done = protection.encrypt_strings(id, place, &mut object);
            done.map(|()| object).map_err(|_| UpdateError::Encrypted)
        };
        Ok(match pending {
            Pending::Value(value) => Pending::Value(strings(value)?),
            Pending::Stream(dictionary, data) => {
                let data = protection.encrypt_stream(id, place, &dictionary, &data)?;
                match strings(Object::Dictionary(dictionary))? {
                    Object::Dictionary(dictionary) => Pending::Stream(dictionary, data),
                    other => Pending::Value(other),
                }
            }
            written @ Pending::Written(_) => written,
        })
    }

    /// Writes the update.
    pub(in crate::pdf) fn written(mut self) -> Result<(SharedSource, Section), UpdateError> {
        let plain = std::mem::take(&mut self.objects);
        for (id, pending) in plain {
            let pending = self.protected(id, pending)?;
            self.objects.insert(id, pending);
        }
        let id = self.file_identifier();
        // The number that a cross-reference stream takes, if there is to be one.
        let next = self.allocate()?.number;
        let section = write_section(&self.base, &self.objects, next, id);
        let source = first_bytes(self.document.source().clone(), self.document.len());
        Ok((with_front(source, &self.base.front), section))
    }

    /// The file identifier with its second string renewed (ISO 32000-1 14.4): made from the old one and from what the
    /// update holds, since this room has neither clock nor chance.
    fn file_identifier(&self) -> Option<Object> {
        let id = self.base.trailer.get("ID")?;
        // The key of an encrypted file hangs on the first string as it is written: an array of its own stays alone.
        if self.document.encryption().is_some() && id.as_reference().is_some() {
            return Some(id.clone());
        }
        let resolved = self.resolve(id).ok()?;
        let Some([Object::String(first), Object::String(second)]) = resolved.as_array() else {
            return Some(id.clone());
        };
        let mut seed = second.clone();
        seed.extend_from_slice(&self.base.length.to_be_bytes());
        for (object, pending) in &self.objects {
            seed.extend_from_slice(&object.number.to_be_bytes());
            match pending {
                Pending::Value(value) => value.write(&mut seed),
                Pending::Stream(dictionary, _) => dictionary.write(&mut seed),
                Pending::Written(bytes) => seed.extend_from_slice(bytes),
            }
        }
        let renewed = DigestAlgorithm::Sha256.digest(&seed).as_bytes().get(..16).unwrap_or(second).to_vec();
        Some(Object::Array(vec![Object::String(first.clone()), Object::String(renewed)]))
    }
}

/// What the update continues.
fn base(view: &View<'_>) -> Result<Base, UpdateError> {
    let (document, revision) = (view.document(), view.revision());
    let length = document.len();
    let last = document.source().read_range(length.saturating_sub(1), length.min(1));
    let last = last.map_err(|error| PdfError::Read { offset: length.saturating_sub(1), kind: error.kind() })?;
    // A hybrid file goes on with a table: the chain by /Prev then leads to its table, whose XRefStm readers still find
    // (ISO 32000-1 7.5.8.4).
    let form = match revision.kind {
        SectionKind::Stream => SectionForm::Stream,
        SectionKind::Table | SectionKind::Hybrid => SectionForm::Table,
    };
    let (whole, front) = match document.origin {
        Origin::Stated => (None, Front { from: document.offset_base(), head: Vec::new(), kept: Kept::Yes }),
        Origin::Rebuilt => (Some(entries(view)?), document.front()?),
    };
    Ok(Base {
        whole,
        front,
        length,
        closing: closing(view, matches!(last.as_slice(), [b'\n' | b'\r']))?,
        form,
        section: revision.xref_offset,
        trailer: revision.trailer.clone(),
    })
}

/// What the end of the document lacks. `%%EOF` is written where it is missing (7.5.5), so that the result has a sound end
/// for every revision; never behind a signature, where its absence is a finding that must stay.
fn closing(view: &View<'_>, ends_line: bool) -> Result<&'static [u8], UpdateError> {
    let document = view.document();
    let open = view.revision().eof.is_none() && document.origin != Origin::Rebuilt && view.signatures()?.is_empty();
    Ok(match (open, ends_line) {
        (true, true) => b"%%EOF\n",
        (true, false) => b"\n%%EOF\n",
        (false, true) => b"",
        (false, false) => b"\n",
    })
}

impl Document {
    /// The document's length, where an update begins with the document as it is: one whose header is none, or does not
    /// stand first, gets another beginning when it is sealed.
    ///
    /// # Errors
    /// [`PdfError::Read`].
    pub fn kept_by_updates(&self) -> Result<Option<u64>, PdfError> {
        let kept = self.origin == Origin::Stated || self.front()?.kept == Kept::Yes;
        Ok(kept.then(|| self.len()))
    }

    /// What takes the place of bytes before the header, which are no part of the document, and of a version that is none
    /// (ISO 32000-1 7.5.2): readers refuse such files.
    fn front(&self) -> Result<Front, PdfError> {
        let start = self.header_offset();
        let header = self.file.blocks.read_up_to(start, HEADER)?;
        let known = matches!(header.get(5..8), Some([b'0'..=b'9', b'.', b'0'..=b'9']));
        if known && start == 0 {
            return Ok(Front { from: 0, head: Vec::new(), kept: Kept::Yes });
        }
        if known {
            return Ok(Front { from: start, head: Vec::new(), kept: Kept::No });
        }
        let word = header.iter().position(|byte| is_space(*byte) || *byte == b'<').unwrap_or(b"%PDF-".len());
        Ok(Front { from: start.saturating_add(word as u64), head: b"%PDF-1.7".to_vec(), kept: Kept::No })
    }
}

/// Every entry of a document whose cross-reference was restated or rebuilt: the update states them all.
fn entries(view: &View<'_>) -> Result<BTreeMap<u32, XrefEntry>, UpdateError> {
    let mut entries = BTreeMap::new();
    for row in view.document().rows(view.revision().index)? {
        if let Some(entry) = view.entry(row.id.number)? {
            entries.insert(row.id.number, entry);
        }
    }
    Ok(entries)
}
