//! Where a text stands on a document, as placement by keyword sees it.

use std::path::Path;
use std::rc::Rc;

use crate::crypto::SecretBytes;
use crate::files::InputFile;
use crate::limits::Budget;
use crate::operations::OperationError;
use crate::operations::sealing::{format, only_one, refusal};
use crate::report::Format;
use crate::sign::{Hit, Keyword, SignError, locate_on_ofd, locate_on_pdf};

/// A text to look for in a document.
#[derive(Clone, Copy, Debug)]
pub struct LocateRequest<'a> {
    /// The file.
    pub path: &'a Path,
    /// Which document of an OFD package, counted from 0.
    pub document: usize,
    /// The text.
    pub keyword: &'a Keyword,
    /// Passwords to try where the document is encrypted.
    pub passwords: &'a [SecretBytes],
}

/// Every place where the text stands. Neither store nor secret is needed.
///
/// # Errors
/// [`OperationError::KeywordMissing`] with the number of pages searched; those of reading the document.
pub fn locate(request: LocateRequest<'_>) -> Result<Vec<Hit>, OperationError> {
    let place = request.path.display().to_string();
    let source = InputFile::open(request.path)?.shared();
    let budget = Rc::new(Budget::default());
    let hits = match format(&source, &place)? {
        Format::Pdf if request.document > 0 => Err(only_one(request.document)),
        Format::Pdf => crate::pdf::Document::open_for_sealing(source, budget)
            .and_then(|document| document.opened_with(request.passwords))
            .map_err(SignError::from)
            .and_then(|document| locate_on_pdf(&document, request.keyword)),
        _ => crate::ofd::Document::open(source, &budget)
            .map_err(SignError::from)
            .and_then(|document| locate_on_ofd(&document, request.document, &budget, request.keyword)),
    };
    hits.map_err(|error| refusal(error, &place))
}
