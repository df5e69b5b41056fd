//! Puts a signature or a seal on a document.
//!
//! [`sign_pdf`] and [`sign_ofd`] take a document and a [`Request`] and give a [`Signed`] document that can be read for checking
//! and written; nothing is written here, and the private key stays behind [`Signer`].

mod caption;
mod error;
mod form;
mod gongwen;
mod keyword;
mod line;
mod on_ofd;
mod on_pdf;
mod overlap;
mod placement;
mod seal_value;
mod stamp;
mod straddle;

use std::io::{self, Write};
use std::sync::Arc;

use crate::crypto::{Digest, Signer};
use crate::geometry::Rect;
use crate::pdf::PreparedPicture;
use crate::pki::Certificate;
use crate::seal::Seal;
use crate::signature::Statement;
use crate::source::SharedSource;
use crate::time::Time;

pub use error::SignError;
pub use form::ContainerChoice;
pub use gongwen::Gongwen;
pub use keyword::{AtKeyword, Hit, Keyword, Which, WordBounds};
pub use on_ofd::{locate_on_ofd, shown_on_ofd, sign_ofd, sign_ofd_document};
pub use on_pdf::{locate_on_pdf, shown_on_pdf, sign_pdf};
pub use overlap::{overlap_on_ofd, overlap_on_pdf};
pub use placement::{PageRange, Pages, Show, resolve};
pub use stamp::{Need, Timestamping};
pub use straddle::{Edge, Print, SAFE_STRIP, SMALLEST_STRIP, Straddle, narrow_strip};

/// Everything that a signature needs beside the document.
pub struct Request<'a> {
    /// Who signs.
    pub identity: Identity<'a>,
    /// The seal, for a seal; none for a plain signature.
    pub seal: Option<SealInUse<'a>>,
    /// Where it is shown.
    pub show: Show,
    /// The time of signing, from the caller's clock.
    pub time: Time,
    /// What the signer states.
    pub stated: Stated,
    /// What may follow.
    pub closing: Closing,
    /// Container of the value.
    pub container: ContainerChoice,
    /// A timestamp over the value; none unless asked for.
    pub timestamping: Option<Timestamping<'a>>,
}

/// A key with its certificate and the certificates above it.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    /// The key.
    pub signer: &'a dyn Signer,
    /// Its certificate.
    pub certificate: &'a Certificate,
    /// Issuers, nearest first, the anchor last or left out.
    pub chain: &'a [Certificate],
}

/// A seal and its picture, prepared once.
#[derive(Clone, Copy)]
pub struct SealInUse<'a> {
    /// The seal.
    pub seal: &'a Seal,
    /// Its picture, as PDF pages show it.
    pub picture: &'a Arc<PreparedPicture>,
}

/// What the signer states.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Stated {
    pub reason: Option<String>,
    pub location: Option<String>,
    pub contact: Option<String>,
    pub statement: Statement,
    pub caption: Caption,
}

/// What is shown beside the seal, or beside the name of the signer (PDF).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// Whether the day of signing is shown with a seal.
    pub date: VisibleDate,
    /// A line of text.
    pub text: Option<String>,
    /// The text of a QR code.
    pub code: Option<String>,
}

/// Whether the day of signing is shown with a seal. Without one it always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VisibleDate {
    /// No.
    #[default]
    Hidden,
    /// Yes, by the clocks of China (UTC+8).
    Shown,
}

impl Caption {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Caption::default()
    }
}

/// What may follow this signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Closing {
    /// Further signatures.
    #[default]
    Open,
    /// PDF: certified, with form filling allowed (DocMDP P=2).
    CertifyForms,
    /// PDF: certified, with annotations allowed (DocMDP P=3).
    CertifyAnnotations,
    /// PDF: certified, nothing allowed (DocMDP P=1).
    CertifyNothing,
    /// Nothing: the document is locked.
    Locked,
}

/// A rectangle that a signature shows in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Page, from 0.
    pub page: usize,
    /// Where, on the page as viewed: the whole of it, even where only a strip is seen.
    pub rect: Rect,
    /// The strip that is seen, relative to the whole; none where all of it is.
    pub clip: Option<Rect>,
    /// Which hit of a keyword set it, from 1.
    pub hit: Option<usize>,
}

impl Shown {
    /// What is seen, on the page as viewed.
    #[must_use]
    pub fn visible(&self) -> Rect {
        self.clip.map_or(self.rect, |clip| Rect { x: self.rect.x + clip.x, y: self.rect.y + clip.y, ..clip })
    }
}

/// A signed document: not yet written, to be read again and verified first.
pub struct Signed {
    pub(crate) body: Body,
    pub(crate) id: String,
    pub(crate) shown: Vec<Shown>,
    pub(crate) value: Vec<u8>,
    pub(crate) digests: Option<FileDigests>,
    pub(crate) documents: usize,
    /// Length of the original, where the whole begins with it.
    pub(crate) original: Option<u64>,
    pub(crate) remarks: Vec<Remark>,
}

/// What whoever hands a signed document on should know about the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Its cross-reference was unusable: the objects were found by search.
    Rebuilt,
    /// Something that was read to sign it may be read otherwise: the result need not show what some reader showed.
    Ambiguous,
    /// It did not begin with a sound header: the result does.
    BeginningReplaced,
    /// It is encrypted, and its author's permissions do not cover the signature (ISO 32000-1 table 22). They are left to
    /// the reader's respect (7.6.3.1), so that this is told and not refused.
    PermissionsWithheld,
    /// Date, text line or QR code were asked for, and an OFD shows the seal alone.
    CaptionLeftOut,
    /// The timestamp that was asked for could not be had; the signature stands without.
    TimestampMissing,
}

/// SHA-256 of a document before and after it was signed.
#[derive(Clone, Debug)]
pub struct FileDigests {
    /// Of the original.
    pub before: Digest,
    /// Of the whole signed document.
    pub after: Digest,
}

pub(crate) enum Body {
    Pdf(crate::pdf::SignedRevision),
    Ofd(crate::ofd::SignedPackage),
}

impl Signed {
    /// Field name or signature ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many documents the file holds: one, but for an OFD package of several.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// Where it is shown.
    #[must_use]
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }

    /// The signature value: the bare integers or bytes inside its container.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// What is to be told about the original.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The whole document as a source.
    #[must_use]
    pub fn as_source(&self) -> SharedSource {
        match &self.body {
            Body::Pdf(revision) => revision.as_source(),
            Body::Ofd(package) => package.as_source(),
        }
    }

    /// The digests of the files where signing came by them at no cost: where it made SHA-256 over the document itself.
    #[must_use]
    pub fn digests(&self) -> Option<&FileDigests> {
        self.digests.as_ref()
    }

    /// Length of the original document where the whole begins with it, byte for byte: an update of a PDF does, unless
    /// its beginning was none.
    #[must_use]
    pub fn begins_with_original(&self) -> Option<u64> {
        self.original
    }

    /// Writes the whole document.
    ///
    /// # Errors
    /// What reading the original or writing says.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        match &self.body {
            Body::Pdf(revision) => revision.write_to(out),
            Body::Ofd(package) => package.write_to(out),
        }
    }
}
