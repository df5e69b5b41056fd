//! Where the newest revision may begin: what a writer that appends puts between the old document and its first object is
//! an end of line or a missing `%%EOF`, and belongs to neither by its looks. A digest of the old document decides.

use std::collections::BTreeSet;

use crate::pdf::document::Document;
use crate::pdf::error::PdfError;
use crate::pdf::xref::Location;

/// Most bytes between the end of a document and the first object of an update: `%%EOF` with an end of line on each side.
const CLOSING: u64 = 16;

impl Document {
    /// The lengths that the document may have had before its newest revision, in ascending order.
    ///
    /// An update lists its own objects (ISO 32000-1 7.5.6), the first of which stands at the seam. One that restates all
    /// objects, because the sections before it were unusable, has a candidate before each of them.
    ///
    /// # Errors
    /// [`PdfError`] where the newest section is malformed.
    pub fn seams(&self) -> Result<Vec<u64>, PdfError> {
        let count = self.revisions().len();
        let mut offsets: BTreeSet<u64> = BTreeSet::new();
        for row in self.rows(count.saturating_sub(1))? {
            if let Location::Offset(offset) = row.location {
                offsets.extend([offset, offset.saturating_add(self.offset_base())]);
            }
        }
        let first: Vec<u64> =
            if count > 1 { offsets.into_iter().take(2).collect() } else { offsets.into_iter().collect() };
        let before = |offset: u64| offset.saturating_sub(CLOSING)..=offset;
        let seams: BTreeSet<u64> = first.into_iter().flat_map(before).filter(|at| *at < self.len()).collect();
        Ok(seams.into_iter().collect())
    }
}
