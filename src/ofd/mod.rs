//! OFD as a format (GB/T 33190-2016): documents, pages, signatures, update. The ledger is `GBT33190.md` beside this
//! file.
//!
//! Start with [`Document::open`]; [`Document::reachable`] tells which files the document consists of.

mod document;
mod error;
mod reach;
mod signature;
mod xml;

pub use document::{DocBody, Document, Page};
pub use error::{EntryFault, Note, NoteKind, OfdError, XmlFault};
pub use reach::{Reach, Role};
pub use signature::{
    Anomaly, Provider, Reference, SignatureContent, SignatureEntry, SignatureKind, SignatureList, StampAnnot,
};
