//! What later revisions of a PDF changed: deny by default, one rule a file.

mod graph;

use crate::pdf::object::ObjectId;
use crate::pdf::{Document, PdfError};
use crate::report::{Change, Code, Finding, LaterChanges};

/// The signature from which later changes are judged.
pub(crate) struct Scope<'a> {
    /// Its signature dictionary.
    pub(crate) signature: Option<ObjectId>,
    /// Full name of its field.
    pub(crate) field: &'a str,
}

/// What later revisions changed.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Highest level.
    pub(crate) level: LaterChanges,
    /// Each change.
    pub(crate) changes: Vec<Change>,
    /// Findings that follow.
    pub(crate) findings: Vec<Finding>,
}

/// Compares every revision after `signed` with it.
///
/// # Errors
/// [`PdfError`] when a revision cannot be read.
pub(crate) fn compare(document: &Document, signed: usize, scope: &Scope<'_>) -> Result<Outcome, PdfError> {
    let _ = (document, signed, scope.signature, scope.field);
    Ok(Outcome {
        level: LaterChanges::Other,
        changes: Vec::new(),
        findings: vec![Finding::new(Code::LaterRevisionUnexplained)],
    })
}
