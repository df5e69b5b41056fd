//! Why a document cannot take a signature or another revision.

use crate::geometry::Millimetres;
use crate::pdf::error::PdfError;

/// Why an update is refused. Pages count from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The bundled font could not be cut for a text; no text is known to cause it.
    #[error("the bundled font could not be cut")]
    Font,
    /// The document cannot be read.
    #[error(transparent)]
    Unreadable(#[from] PdfError),
    /// The document is encrypted and locked: what is added would have to be encrypted, too.
    #[error("the document is encrypted")]
    Encrypted,
    /// The document has no such page.
    #[error("there is no page {}: the document has {count}", .index.saturating_add(1))]
    PageOutOfRange {
        /// The page wanted, counted from 0.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A rectangle is not wholly on its page.
    #[error("the rectangle sticks out of page {} by {by} mm", .index.saturating_add(1))]
    OffPage {
        /// The page, counted from 0.
        index: usize,
        /// The largest overhang.
        by: Millimetres,
    },
    /// A rectangle or a part of a picture is empty or no number.
    #[error("the rectangle has no area")]
    RectangleEmpty,
    /// No field has this name.
    #[error("the document has no field {name:?}")]
    FieldUnknown {
        /// The name asked for.
        name: String,
    },
    /// The field is of another type.
    #[error("the field {name:?} is not a signature field")]
    FieldNotSignature {
        /// Its full name.
        name: String,
    },
    /// The field holds a signature.
    #[error("the field {name:?} is already signed")]
    FieldSigned {
        /// Its full name.
        name: String,
    },
    /// An earlier signature locked the field (`FieldMDP`, or the lock of a signed field).
    #[error("the field {name:?} is locked by the signature in {by:?}")]
    FieldLocked {
        /// Its full name.
        name: String,
        /// The field of the signature that locked it.
        by: String,
    },
    /// A new field cannot have this name: it is taken, empty or has a dot.
    #[error("{name:?} cannot be the name of a new field")]
    FieldName {
        /// The name asked for.
        name: String,
    },
    /// Widgets were asked of an existing field, or its own rectangle of a new one.
    #[error("a new field needs widgets, an existing one its own rectangle")]
    VisibilityMismatch,
    /// An earlier signature allows no further change.
    #[error("the document is locked by the signature in {by:?}")]
    DocumentLocked {
        /// The field of that signature.
        by: String,
    },
    /// A certification must be the first signature (ISO 32000-1 12.8.2.2.1).
    #[error("the document is already signed: it can no longer be certified")]
    CertificationNotFirst,
    /// A certified document takes no new visible signature: verifiers call it an attack, since it may lie over what was
    /// certified.
    #[error("the document is certified: a new signature can only be invisible, or stand in a field that is there")]
    VisibleAfterCertification,
    /// The document has no room for more objects (ISO 32000-1 annex C.2: 8 388 607).
    #[error("the document's object numbers are exhausted")]
    NumbersExhausted,
    /// A part of the document is not what the standard says.
    #[error("{part} is malformed")]
    Malformed {
        /// Which.
        part: Part,
    },
}

impl UpdateError {
    /// Why a document that cannot be read cannot be continued.
    pub(in crate::pdf) fn locked(error: PdfError) -> Self {
        match error {
            PdfError::Encrypted => UpdateError::Encrypted,
            other => UpdateError::Unreadable(other),
        }
    }
}

/// Parts of a document that an update touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Part {
    /// The catalog (ISO 32000-1 7.7.2).
    #[error("the catalog")]
    Catalog,
    /// The interactive form (12.7.2).
    #[error("the interactive form")]
    AcroForm,
    /// A page's array of annotations (12.5.2).
    #[error("the page's array of annotations")]
    Annotations,
    /// A page.
    #[error("the page")]
    Page,
    /// The permissions dictionary (12.8.4).
    #[error("the permissions dictionary")]
    Permissions,
    /// A field.
    #[error("the field")]
    Field,
    /// The trailer.
    #[error("the trailer")]
    Trailer,
}
