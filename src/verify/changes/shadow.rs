//! Rule `shadow`: content that was prepared before signing so that a later change could bring it to light.
//!
//! "Shadow attacks" (NDSS 2021), variant hide-and-replace: a second catalog or page tree waits in the signed bytes.

use std::collections::BTreeSet;

use crate::pdf::object::{Object, ObjectId};
use crate::pdf::{Location, PdfError, View};
use crate::report::Code;
use crate::verify::changes::ledger::{Ledger, Place};
use crate::verify::changes::objects;
use crate::verify::changes::survey::Survey;

/// Most objects of a document that is searched; what a later change brings to light is refused in any case.
const LOOKED_AT: usize = 20_000;

/// Whether a document is small enough to be searched as a whole, by the /Size that it states: to look at every object
/// of a large one costs more than to verify it.
pub(crate) fn is_small(view: View<'_>) -> bool {
    let size = view.trailer().get("Size").and_then(Object::as_integer);
    size.is_some_and(|size| usize::try_from(size).is_ok_and(|size| size <= LOOKED_AT))
}

/// Remarks the second catalog or page tree of the signed revision, if there is one and the document is small.
///
/// # Errors
/// As [`View::get`].
pub(crate) fn prepared(view: View<'_>, survey: &Survey, ledger: &mut Ledger) -> Result<(), PdfError> {
    if !is_small(view) {
        return Ok(());
    }
    let mut numbers = BTreeSet::new();
    for revision in 0..=view.revision().index {
        numbers.extend(objects::listed(view.document(), revision)?);
    }
    for number in numbers {
        let Some(entry) = view.entry(number)? else { continue };
        let id = ObjectId { number, generation: entry.generation };
        if entry.location == Location::Free || survey.reaches(id) {
            continue;
        }
        let object = match view.get(id) {
            Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => return Err(error),
            other => other.unwrap_or(Object::Null),
        };
        let Object::Dictionary(dictionary) = object else { continue };
        let kind = dictionary.get("Type").and_then(Object::as_name);
        let tree = kind == Some(b"Pages") && dictionary.get("Kids").is_some();
        if kind == Some(b"Catalog") || tree {
            let place = Place { object: Some(id), ..Place::default() };
            ledger.remark(Code::ShadowPrepared, &place, Vec::new());
        }
    }
    Ok(())
}
