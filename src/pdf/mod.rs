//! PDF as a format: objects, cross-reference sections, revisions, pages, incremental update.
//!
//! [`object`] is the model that reader and writer share. [`Document`] reads a file strictly and at random: it keeps
//! one [`View`] for each revision, the place of every token that a signature hangs on, and an account of every byte.
//! Offsets are 64 bits and count from the first byte of the file. The clauses obeyed stand in `ISO32000.md`.

mod account;
mod blocks;
mod document;
mod error;
mod field;
mod file;
mod filter;
mod lexer;
mod note;
pub mod object;
mod object_stream;
mod page;
mod parser;
mod signature_dictionary;
mod text;
mod view;
mod xref;

pub use account::{Trace, TraceKind, TracePlace, Unaccounted, UnaccountedKind};
pub use document::{Document, Revision, XrefRow};
pub use error::{PdfError, SyntaxProblem, TreeProblem};
pub use field::{Field, FieldKind, SignatureField, Widget};
pub use note::{Note, NoteKind, Reading};
pub use page::{Page, Pages};
pub use parser::Entry;
pub use signature_dictionary::{ByteRangeValue, ContentsValue, HexForm, SignatureDictionary};
pub use text::decode_text;
pub use view::View;
pub use xref::{Location, SectionKind};
