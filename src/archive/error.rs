//! Why a document was not brought to a level.

use crate::archive::Wanting;
use crate::pdf::{ContentsTooLarge, PdfError, UpdateError};
use crate::pki::timestamp::StampError;
use crate::pki::write::WriteError;

/// Why a document was not brought to a level.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It holds no signature.
    #[error("the document holds no signature")]
    NoSignature,
    /// It is no PDF.
    #[error("only PDF documents are kept with evidence inside")]
    NotPdf,
    /// A signature fails: no timestamp makes it good.
    #[error("the signature {id} fails")]
    Fails {
        /// The signature.
        id: String,
    },
    /// A timestamp is needed, and nobody is named who gives one.
    #[error("a timestamp is needed, and no authority is named")]
    NoAuthority,
    /// Nobody gave a timestamp.
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// Evidence is wanting.
    #[error("{first}, and {more} more")]
    Wanting {
        /// What is wanting first.
        first: Wanting,
        /// How many more things are.
        more: usize,
    },
    /// The document cannot be read.
    #[error(transparent)]
    Document(#[from] PdfError),
    /// Nothing can be appended to it.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The token is larger than any that can be kept.
    #[error(transparent)]
    TooLarge(#[from] ContentsTooLarge),
    /// Evidence could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The source could not be read.
    #[error("cannot read: {0}")]
    Read(std::io::ErrorKind),
}
