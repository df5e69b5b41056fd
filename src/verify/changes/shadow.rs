//! Rule `shadow`: content that was prepared before signing so that a later change could bring it to light.
//!
//! "Shadow attacks" (NDSS 2021), variant hide-and-replace: a second catalog or page tree waits in the signed bytes.

use std::collections::BTreeSet;

use crate::pdf::object::{Object, ObjectId};
use crate::pdf::{Document, Location, PdfError, View};
use crate::report::Code;
use crate::verify::changes::ledger::{Ledger, Place};
use crate::verify::changes::objects;
use crate::verify::changes::survey::Survey;

/// Most objects that nothing reaches which are looked at; what a later change brings to light is refused in any case.
const LOOKED_AT: usize = 20_000;

/// Whether a document is small enough to be searched even if nothing came later.
///
/// # Errors
/// As [`crate::pdf::Document::rows`].
pub(crate) fn is_small(document: &Document, revision: usize) -> Result<bool, PdfError> {
    let mut count = 0;
    for revision in 0..=revision {
        count += objects::listed(document, revision)?.len();
        if count > LOOKED_AT {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Remarks the second catalog or page tree of the signed revision, if there is one.
///
/// # Errors
/// As [`View::get`].
pub(crate) fn prepared(view: View<'_>, survey: &Survey, ledger: &mut Ledger) -> Result<(), PdfError> {
    let mut numbers = BTreeSet::new();
    for revision in 0..=view.revision().index {
        numbers.extend(objects::listed(view.document(), revision)?);
    }
    let mut looked = 0;
    for number in numbers {
        let Some(entry) = view.entry(number)? else { continue };
        let id = ObjectId { number, generation: entry.generation };
        if entry.location == Location::Free || survey.reaches(id) {
            continue;
        }
        looked += 1;
        if looked > LOOKED_AT {
            break;
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
