//! Why a document was not signed.

use crate::geometry::Millimetres;

/// Why a document was not signed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A page that the document does not have.
    #[error("page {page} is not among the {count} of the document")]
    PageOutOfRange {
        /// As asked for, from 1 or negative from the end.
        page: i64,
        /// How many there are.
        count: usize,
    },
    /// A document that the package does not have.
    #[error("document {document} is not among the {count} of the package")]
    DocumentOutOfRange {
        /// From 1.
        document: usize,
        /// How many there are.
        count: usize,
    },
    /// A rectangle that does not lie on its page.
    #[error("on page {page} it would stick out by {overhang} mm")]
    OffPage {
        /// Page from 1.
        page: usize,
        /// By how much.
        overhang: Millimetres,
    },
    /// The keyword stands on none of the pages.
    #[error("{text} stands on none of {pages} pages")]
    KeywordMissing {
        /// As looked for.
        text: String,
        /// How many pages were searched.
        pages: usize,
    },
    /// Fewer hits than that.
    #[error("{text} stands {count} times, there is no hit {nth}")]
    HitOutOfRange {
        /// As looked for.
        text: String,
        /// As asked for.
        nth: i64,
        /// How many there are.
        count: usize,
    },
    /// No date on a line of its own on the right half of a page.
    #[error("no date line on {pages} pages")]
    DateLineMissing {
        /// How many pages were searched.
        pages: usize,
    },
    /// A rectangle that lies over an earlier signature's.
    #[error("on page {page} it would lie over the signature {id} by {width} x {height} mm")]
    Overlaps {
        /// Page from 1.
        page: usize,
        /// The earlier signature.
        id: String,
        /// Width of what both would cover.
        width: Millimetres,
        /// Height of it.
        height: Millimetres,
    },
    /// A riding seal needs at least two pages.
    #[error("a riding seal needs at least two pages")]
    StraddleOnePage,
    /// The strips of a riding seal would be narrower than allowed.
    #[error("{pages} pages would share the seal, each with {strip} mm; at least {smallest} mm are needed")]
    StripTooNarrow {
        /// Pages of the group.
        pages: usize,
        /// What each would show.
        strip: Millimetres,
        /// What each must show.
        smallest: Millimetres,
        /// How many pages may share the seal.
        most: usize,
    },
    /// A riding seal is longer than the edge of a page.
    #[error("the seal is {seal} mm long, the edge of page {page} {room} mm")]
    StraddleTooTall {
        /// Page from 1.
        page: usize,
        /// Extent of the seal along the edge.
        seal: Millimetres,
        /// Length of the edge.
        room: Millimetres,
    },
    /// No empty signature field of that name; OFD has no fields at all.
    #[error("there is no empty signature field {name}")]
    FieldUnknown {
        /// As asked for.
        name: String,
    },
    /// SES_Signature was asked for and there is no seal.
    #[error("a seal signature needs a seal")]
    SealNeeded,
    /// The document's state forbids a further signature.
    #[error("the document is locked by {by}")]
    Locked {
        /// What locks it.
        by: String,
    },
    /// The document is certified: what is shown by a new signature would break its certification.
    #[error("the document is certified: a new signature can only be invisible, or stand in a field that is there")]
    VisibleAfterCertification,
    /// A further signature would break an earlier one.
    #[error("a further signature would break the signature {id}")]
    BreaksSignature {
        /// The earlier one.
        id: String,
        /// The file it covers.
        file: String,
    },
    /// The document is encrypted.
    #[error("the document is encrypted")]
    Encrypted,
    /// The password is neither the user's nor the owner's.
    #[error("the password does not open the document")]
    WrongPassword,
    /// The document cannot be read well enough to be signed.
    #[error("the document cannot be signed: {detail}")]
    Document {
        /// Reason, in the reader's words.
        detail: String,
    },
    /// The key refused or the value could not be made.
    #[error("the key could not sign: {detail}")]
    Key {
        /// Reason.
        detail: String,
    },
    /// No timestamp could be had, and the signature was not to be made without.
    #[error("no timestamp: {detail}")]
    Timestamp {
        /// Reason.
        detail: String,
    },
    /// Reading the document failed.
    #[error("the document cannot be read: {0}")]
    Read(std::io::ErrorKind),
}

impl From<crate::pdf::PdfError> for SignError {
    fn from(error: crate::pdf::PdfError) -> Self {
        match error {
            crate::pdf::PdfError::Encrypted => SignError::Encrypted,
            crate::pdf::PdfError::WrongPassword => SignError::WrongPassword,
            other => SignError::Document { detail: other.to_string() },
        }
    }
}

impl From<crate::pdf::UpdateError> for SignError {
    fn from(error: crate::pdf::UpdateError) -> Self {
        use crate::pdf::UpdateError;
        match error {
            UpdateError::Encrypted => SignError::Encrypted,
            UpdateError::OffPage { index, by } => SignError::OffPage { page: index.saturating_add(1), overhang: by },
            UpdateError::Unreadable(error) => error.into(),
            UpdateError::FieldUnknown { name }
            | UpdateError::FieldNotSignature { name }
            | UpdateError::FieldSigned { name } => SignError::FieldUnknown { name },
            UpdateError::FieldLocked { by, .. } => SignError::Locked { by: by.to_string() },
            UpdateError::DocumentLocked { by } => SignError::Locked { by: by.to_string() },
            UpdateError::VisibleAfterCertification => SignError::VisibleAfterCertification,
            UpdateError::CertificationNotFirst => SignError::Locked { by: "an earlier signature".to_owned() },
            other => SignError::Document { detail: other.to_string() },
        }
    }
}

impl From<crate::ofd::OfdError> for SignError {
    fn from(error: crate::ofd::OfdError) -> Self {
        match error {
            crate::ofd::OfdError::Encrypted => SignError::Encrypted,
            crate::ofd::OfdError::BodyOutOfRange { index, count } => {
                SignError::DocumentOutOfRange { document: index.saturating_add(1), count }
            }
            other => SignError::Document { detail: other.to_string() },
        }
    }
}

impl From<crate::ofd::UpdateError> for SignError {
    fn from(error: crate::ofd::UpdateError) -> Self {
        use crate::ofd::UpdateError;
        match error {
            UpdateError::Locked { id } => SignError::Locked { by: id },
            UpdateError::BreaksSignature { id, file } => SignError::BreaksSignature { id, file: file.to_string() },
            UpdateError::Document(error) => error.into(),
            other => SignError::Document { detail: other.to_string() },
        }
    }
}

impl From<crate::signature::BuildError> for SignError {
    fn from(error: crate::signature::BuildError) -> Self {
        SignError::Key { detail: error.to_string() }
    }
}
