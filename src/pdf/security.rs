//! Whether a document can be read: not encrypted, locked, or unlocked by a password (ISO 32000-1 7.6).
//!
//! A file that the empty user password opens is unlocked when it is opened, for every reader shows it so. All revisions
//! must be encrypted alike: a later /Encrypt would make old bytes mean something else, or nothing.

use std::rc::Rc;

use crate::crypto::SecretBytes;
use crate::pdf::document::Document;
use crate::pdf::encryption::{Derivation, Encryption};
use crate::pdf::error::PdfError;
use crate::pdf::note::NoteKind;
use crate::pdf::object::{Object, ObjectId};
use crate::pdf::password::{Opened, authenticate, permissions_hold};
use crate::pdf::protection::Protection;

/// What stands between a document and its reader.
pub(crate) enum Security {
    /// Nothing.
    Plain,
    /// A password that is not known.
    Locked(Box<Encryption>, Vec<ObjectId>),
    /// Nothing any more.
    Unlocked(Rc<Protection>),
    /// An encryption that cannot be undone, and why.
    Refused(PdfError),
}

/// Which field a signature goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldIs {
    /// One that the document has.
    There,
    /// One that is made for it.
    New,
}

/// Whether the author of an encrypted document permits something to whom the user's password opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Yes, or there is nobody to ask: it is not encrypted, or the owner's password opened it.
    Granted,
    /// No.
    Withheld,
}

/// Bits of P (ISO 32000-1 table 22), counted there from 1: 4, modify; 6, annotate and fill in fields; 9, fill in fields.
const MODIFY: u32 = 1 << 3;
const ANNOTATE: u32 = 1 << 5;
const FILL_IN: u32 = 1 << 8;

impl Document {
    /// Whether the document's permissions cover a signature (ISO 32000-1 table 22): a new field needs bits 4 and 6, one
    /// that is there bit 6, or from revision 3 on bit 9.
    #[must_use]
    pub fn signing_permission(&self, field: FieldIs) -> Permission {
        let Security::Unlocked(protection) = &self.security else { return Permission::Granted };
        let bits = protection.encryption.permissions;
        let fill_in = if protection.encryption.derivation == Derivation::Md5Once { 0 } else { FILL_IN };
        let granted = match field {
            _ if protection.opened == Opened::Owner => true,
            FieldIs::New => bits & MODIFY != 0 && bits & ANNOTATE != 0,
            FieldIs::There => bits & (ANNOTATE | fill_in) != 0,
        };
        if granted { Permission::Granted } else { Permission::Withheld }
    }

    /// Opens an encrypted document with the user's or the owner's password, given in UTF-8; one that is not encrypted
    /// is left as it is. After an error the document is as it was.
    ///
    /// # Errors
    /// [`PdfError::WrongPassword`]; [`PdfError::EncryptionUnsupported`], [`PdfError::EncryptionMalformed`] and
    /// [`PdfError::EncryptionChanged`] where no password can help.
    pub fn unlock(&mut self, password: &SecretBytes) -> Result<(), PdfError> {
        let (encryption, places) = match &self.security {
            Security::Plain => return Ok(()),
            Security::Locked(encryption, places) => (encryption.as_ref(), places),
            Security::Unlocked(protection) => (&protection.encryption, &protection.places),
            Security::Refused(error) => return Err(error.clone()),
        };
        let protection = open(encryption, places, password).ok_or(PdfError::WrongPassword)?;
        self.unlocked(protection);
        Ok(())
    }

    /// Opens an encrypted document with the first of these passwords that fits; a readable one is left as it is.
    ///
    /// # Errors
    /// [`PdfError::Encrypted`] where there is no password, [`PdfError::WrongPassword`] where none of them fits; as
    /// [`Document::readable`] where no password can help.
    pub fn opened_with(mut self, passwords: &[SecretBytes]) -> Result<Self, PdfError> {
        let mut state = self.readable();
        for password in passwords {
            if !matches!(state, Err(PdfError::Encrypted | PdfError::WrongPassword)) {
                break;
            }
            state = self.unlock(password);
        }
        state.map(|()| self)
    }

    /// Whether objects can be read: the document is not encrypted, or it is unlocked.
    ///
    /// # Errors
    /// [`PdfError::Encrypted`] where a password is wanted; the other errors of [`Document::unlock`] where none helps.
    pub fn readable(&self) -> Result<(), PdfError> {
        self.protection().map(|_| ())
    }

    /// By which password the document is open; `None` where it is not encrypted or still locked.
    #[must_use]
    pub fn opened(&self) -> Option<Opened> {
        match &self.security {
            Security::Unlocked(protection) => Some(protection.opened),
            _ => None,
        }
    }

    /// The document's first `length` bytes as a document, open to whom this one is.
    ///
    /// # Errors
    /// As [`Document::open`]; [`PdfError::EncryptionChanged`] where the prefix is not encrypted as this document is.
    pub fn prefix(&self, length: u64) -> Result<Document, PdfError> {
        let source = self.source().clone();
        let mut prefix = Document::open_prefix(source, length.min(self.len()), Rc::clone(&self.file.budget))?;
        let Security::Unlocked(protection) = &self.security else { return Ok(prefix) };
        let same = match &prefix.security {
            Security::Locked(encryption, _) => **encryption == protection.encryption,
            Security::Unlocked(own) => own.encryption == protection.encryption,
            Security::Plain | Security::Refused(_) => false,
        };
        if !same {
            return Err(PdfError::EncryptionChanged { revision: prefix.revisions().len().saturating_sub(1) });
        }
        prefix.security = Security::Unlocked(Rc::clone(protection));
        Ok(prefix)
    }

    /// What decrypts; `None` where nothing is encrypted.
    pub(crate) fn protection(&self) -> Result<Option<&Protection>, PdfError> {
        match &self.security {
            Security::Plain => Ok(None),
            Security::Unlocked(protection) => Ok(Some(protection)),
            Security::Locked(..) => Err(PdfError::Encrypted),
            Security::Refused(error) => Err(error.clone()),
        }
    }

    /// Finds out how the document is encrypted and tries the empty user password.
    ///
    /// # Errors
    /// [`PdfError::Limit`] and [`PdfError::Read`] alone: what is wrong with the encryption is told when an object is
    /// asked for.
    pub(crate) fn secure(&mut self) -> Result<(), PdfError> {
        match self.stated() {
            Ok(None) => {}
            Ok(Some((encryption, places))) => match open(&encryption, &places, &SecretBytes::new(Vec::new())) {
                Some(protection) => self.unlocked(protection),
                None => self.security = Security::Locked(Box::new(encryption), places),
            },
            Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => return Err(error),
            Err(error) => self.security = Security::Refused(error),
        }
        Ok(())
    }

    fn unlocked(&mut self, protection: Protection) {
        if !permissions_hold(&protection.encryption, &protection.key) {
            let newest = self.revisions().last().map_or(0, |revision| revision.xref_offset);
            self.file.note(newest, NoteKind::Permissions);
        }
        self.security = Security::Unlocked(Rc::new(protection));
    }

    /// The encryption that all revisions state alike (7.5.6: an update repeats the trailer's entries), and the objects
    /// that state it.
    fn stated(&self) -> Result<Option<(Encryption, Vec<ObjectId>)>, PdfError> {
        let present = |index: usize| {
            let trailer = self.revisions().get(index).map(|revision| &revision.trailer);
            trailer.and_then(|trailer| trailer.get("Encrypt")).is_some_and(|value| *value != Object::Null)
        };
        let count = self.revisions().len();
        let last = count.saturating_sub(1);
        if let Some(revision) = (0..last).rev().find(|index| present(*index) != present(last)) {
            return Err(PdfError::EncryptionChanged { revision });
        }
        let Some(newest) = Encryption::of(&self.at(last)?)? else { return Ok(None) };
        let mut places: Vec<ObjectId> = newest.place.into_iter().collect();
        for revision in (0..last).rev() {
            let changed = PdfError::EncryptionChanged { revision };
            let older = match Encryption::of(&self.at(revision)?) {
                Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => return Err(error),
                other => other.ok().flatten().filter(|older| older.encryption == newest.encryption),
            };
            let older = older.ok_or(changed)?;
            places.extend(older.place.filter(|place| !places.contains(place)));
        }
        Ok(Some((newest.encryption, places)))
    }
}

fn open(encryption: &Encryption, places: &[ObjectId], password: &SecretBytes) -> Option<Protection> {
    let (key, opened) = authenticate(encryption, password)?;
    Some(Protection { encryption: encryption.clone(), key, opened, places: places.to_vec() })
}
