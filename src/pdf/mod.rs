//! PDF as a format: objects, cross-reference sections, revisions, pages, incremental update.
//!
//! [`object`] is the model that reader and writer share. [`Document`] reads a file strictly and at random: it keeps
//! one [`View`] for each revision, the place of every token that a signature hangs on, and an account of every byte.
//! Offsets are 64 bits and count from the first byte of the file. The clauses obeyed stand in `ISO32000.md`.

mod account;
mod appearance;
mod blocks;
mod cmap;
mod content;
mod document;
mod encryption;
mod error;
mod field;
mod file;
mod filter;
mod font;
mod latin;
mod lexer;
mod lock_state;
mod note;
pub mod object;
mod object_stream;
mod page;
mod page_text;
mod paper;
mod parser;
mod password;
mod prepared_picture;
mod protection;
mod rebuild;
mod recent;
mod revision_bytes;
mod scan;
mod seam;
mod security;
mod security_store;
mod security_store_update;
mod signature_dictionary;
mod signature_form;
mod signature_object;
mod signature_request;
mod signature_widget;
mod text;
mod text_appearance;
mod update;
mod update_error;
mod update_section;
mod view;
mod xref;

pub use account::{Trace, TraceKind, TracePlace, Unaccounted, UnaccountedKind};
pub use appearance::{Appearance, PanelItem, PanelPart, PicturePart};
pub use document::{Document, Revision, XrefRow};
pub use error::{EncryptionPart, PdfError, RebuildProblem, SyntaxProblem, TreeProblem, UnsupportedEncryption};
pub use field::{Field, FieldKind, SignatureField, SignatureHome, Widget};
pub use lock_state::{LockState, lock_state};
pub use note::{Note, NoteKind, Reading};
pub use page::{Page, Pages};
pub use page_text::PageText;
pub use parser::Entry;
pub use password::Opened;
pub use prepared_picture::{PreparedPicture, PreparedPictureError};
pub use revision_bytes::{AppendedRevision, ContentsTooLarge, PreparedRevision, SignedRevision};
pub use security::{FieldIs, Permission};
pub use security_store::{RelatedValues, SecurityStore, StoreFault, StorePart, StoredValue, related_key};
pub use security_store_update::{StoreAddition, extend_security_store};
pub use signature_dictionary::{ByteRangeValue, ContentsValue, HexForm, SignatureDictionary};
pub use signature_form::prepare_signature;
pub use signature_request::{
    DocMdp, FieldChoice, FieldLock, LockedFields, SignatureKind, SignatureRequest, SignatureWidget, Statement,
    Visibility,
};
pub use text::decode_text;
pub use text_appearance::TextAlign;
pub use update::Update;
pub use update_error::{Part, UpdateError};
pub use view::View;
pub(crate) use xref::XrefEntry;
pub use xref::{Location, SectionKind};
