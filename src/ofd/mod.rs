//! OFD as a format (GB/T 33190-2016): documents, pages, signatures, update. The ledger is `GBT33190.md` beside this
//! file.
//!
//! Start with [`Document::open`]; [`Document::reachable`] tells which files the document consists of.
//! [`prepare`] adds a signature: [`PreparedPackage`] has the bytes to be signed, [`PreparedPackage::fill`] takes the
//! signature value and gives the [`SignedPackage`].

mod document;
mod edit;
mod error;
mod integrity;
mod page_text;
mod reach;
mod remove;
mod signature;
mod update;
mod write;
mod xml;

pub use crate::container::DosTime;
pub use document::{DocBody, Document, Page};
pub use error::{EntryFault, Note, NoteKind, OfdError, XmlFault};
pub use integrity::{IntegrityContent, IntegrityList, ListedFile};
pub use page_text::PageText;
pub use reach::{Reach, Role};
pub use remove::{Newest, newest, remove_newest};
pub use signature::{
    Anomaly, Provider, Reference, SignatureContent, SignatureEntry, SignatureKind, SignatureList, StampAnnot,
};
pub use update::{Lock, PreparedPackage, SignedPackage, Stamp, UpdateError, UpdateRequest, prepare};
