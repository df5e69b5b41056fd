//! PDF as a format: objects, cross-reference sections, revisions, pages, incremental update.
//!
//! [`object`] is the model that reader and writer share. [`Document`] reads a file strictly and at random: it keeps
//! one [`View`] for each revision, the place of every token that a signature hangs on, and an account of every byte.
//! Offsets are 64 bits and count from the first byte of the file. The clauses obeyed stand in `ISO32000.md`.

mod blocks;
mod document;
mod error;
mod file;
mod filter;
mod lexer;
mod note;
pub mod object;
mod object_stream;
mod parser;
mod view;
mod xref;

pub use document::{Document, Revision, XrefRow};
pub use error::{PdfError, SyntaxProblem, TreeProblem};
pub use note::{Note, NoteKind, Reading};
pub use parser::Entry;
pub use view::View;
pub use xref::{Location, SectionKind};
