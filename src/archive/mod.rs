//! Keeps a signed PDF provable: signature and document timestamps (T), the evidence that a verdict rests on (LT), a
//! timestamp over all of it (LTA), and again before that one ends (ETSI EN 319 142-1 5.4 and 5.5, ETSI EN 319 102-1 5.6).
//!
//! [`augment`] goes up to a [`Level`] by appended revisions; what is there stays byte for byte. Nothing is fetched here:
//! what is at hand comes as [`crate::verify::Evidence`], timestamps by a [`TimestampSource`].

mod error;
mod stamp;
mod validation_data;

pub use error::ArchiveError;
pub use stamp::document_timestamp;
pub use validation_data::{ValidationData, Wanting};

use std::rc::Rc;

use crate::crypto::DigestAlgorithm;
use crate::limits::Budget;
use crate::pdf::{Document, extend_security_store};
use crate::pki::timestamp::TimestampSource;
use crate::source::SharedSource;
use crate::verify::Evidence;

/// How far a document is kept provable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A trusted time: B-T.
    T,
    /// And the evidence of every path in the document: B-LT.
    Lt,
    /// And a document timestamp over that: B-LTA. Once more over a document that has one: renewed.
    Lta,
}

/// What [`augment`] did.
#[derive(Clone)]
pub struct Augmentation {
    /// The whole document.
    pub source: SharedSource,
    /// What was added, in order.
    pub steps: Vec<Step>,
    /// What whoever keeps the document should know.
    pub notes: Vec<Note>,
}

/// Something that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A document timestamp.
    DocumentTimestamp,
    /// Evidence in the document security store.
    ValidationData,
}

/// Something to know about an augmented document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Evidence was issued before the signature was: once it is not in force any more, it does not show that the
    /// certificate was good when it was used (EN 319 102-1 5.2.5). Newer evidence, added later, does.
    OldEvidence {
        /// Subject of the certificate that it is about.
        subject: String,
    },
}

/// Brings a PDF to a level.
///
/// # Errors
/// [`ArchiveError`]; nothing has been written then.
pub fn augment(
    source: &SharedSource,
    level: Level,
    evidence: &Evidence<'_>,
    authority: Option<(&dyn TimestampSource, DigestAlgorithm)>,
) -> Result<Augmentation, ArchiveError> {
    let mut work =
        Work { done: Augmentation { source: source.clone(), steps: Vec::new(), notes: Vec::new() }, evidence };
    let found = ValidationData::of(&work.done.source, evidence)?;
    if found.signatures() == 0 {
        return Err(ArchiveError::NoSignature);
    }
    if found.unstamped() > 0 {
        work.stamp(authority)?;
    }
    if level >= Level::Lt {
        work.validation_data()?;
    }
    // One that was just made covers no evidence yet.
    if level == Level::Lta {
        work.stamp(authority)?;
    }
    Ok(work.done)
}

/// An augmentation under way.
struct Work<'a> {
    done: Augmentation,
    evidence: &'a Evidence<'a>,
}

impl Work<'_> {
    fn open(&self) -> Result<Document, ArchiveError> {
        let document = Document::open(self.done.source.clone(), Rc::new(Budget::default()))?;
        Ok(document.opened_with(self.evidence.passwords)?)
    }

    fn stamp(&mut self, authority: Option<(&dyn TimestampSource, DigestAlgorithm)>) -> Result<(), ArchiveError> {
        let (authority, digest) = authority.ok_or(ArchiveError::NoAuthority)?;
        let stamped = document_timestamp(&self.open()?, authority, digest)?;
        self.done.source = stamped.as_source();
        self.done.steps.push(Step::DocumentTimestamp);
        Ok(())
    }

    fn validation_data(&mut self) -> Result<(), ArchiveError> {
        let data = ValidationData::of(&self.done.source, self.evidence)?;
        if let Some(wanting) = data.wanting().first() {
            return Err(ArchiveError::Wanting { first: wanting.clone(), more: data.wanting().len().saturating_sub(1) });
        }
        self.done.notes.extend(data.notes());
        if let Some(revision) = extend_security_store(&self.open()?, &data.additions()?)? {
            self.done.source = revision.as_source();
            self.done.steps.push(Step::ValidationData);
        }
        Ok(())
    }
}
