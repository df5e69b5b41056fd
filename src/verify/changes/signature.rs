//! Rule `signature`: a fresh signature, and the one from which later changes are judged.

use crate::pdf::object::{Dictionary, Object};
use crate::pdf::{PdfError, View};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::Scope;
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::ledger::{Ledger, Place, Stated};
use crate::verify::changes::restrictions::{Certification, certifies};

const RULE: &str = "signature";

/// A value that a signature field did not have before.
pub(crate) fn fresh(c: &mut Comparison<'_, '_>, value: &Object, visible: bool, at: &Place) -> Result<(), PdfError> {
    // An object that the signed revision already has may be a copy kept for this moment.
    let recycled = match value {
        Object::Reference(id) => !c.is_new(*id)?,
        _ => false,
    };
    let Object::Dictionary(dictionary) = c.new.resolve(value)? else {
        c.ledger.refuse(Code::FieldModified, RULE, at);
        return Ok(());
    };
    if recycled || !looks_signed(&dictionary) {
        c.ledger.refuse(Code::FieldModified, RULE, at);
        return Ok(());
    }
    if c.signed.restrictions.certification == Certification::Certified && certifies(c.new, &dictionary)? {
        // ISO 32000-1 12.8.2.2.1: a document has one certification at most.
        c.ledger.refuse(Code::CertificationRepeated, RULE, at);
        return Ok(());
    }
    let level =
        if is_timestamp(&dictionary) && !visible { LaterChanges::LongTermData } else { LaterChanges::FormFilling };
    c.explain(Stated::new(Code::LaterSignature, level, RULE, at));
    Ok(())
}

/// The signature itself: it must be reached by the later form, and be the very object that was signed.
///
/// # Errors
/// As [`View::get`].
pub(crate) fn stays(old: View<'_>, new: View<'_>, scope: &Scope<'_>, ledger: &mut Ledger) -> Result<(), PdfError> {
    let Some(id) = scope.signature else { return Ok(()) };
    let place = Place { field: Some(scope.field.to_owned()), object: Some(id), page: None };
    if old.location(id)? != new.location(id)? {
        ledger.refuse(Code::SignatureModified, RULE, &place);
    }
    let reached = |view: View<'_>| -> Result<bool, PdfError> {
        Ok(view.signatures()?.iter().any(|signature| signature.value_id == Some(id)))
    };
    if reached(old)? && !reached(new)? {
        ledger.refuse(Code::SignatureRemoved, RULE, &place);
    }
    Ok(())
}

/// ISO 32000-1 table 252: what no signature lacks.
fn looks_signed(dictionary: &Dictionary) -> bool {
    let kind = dictionary.get("Type");
    kind.is_none_or(|kind| kind.is_name("Sig") || kind.is_name("DocTimeStamp")) && dictionary.get("Contents").is_some()
}

/// ETSI EN 319 142-1 5.4.3.
fn is_timestamp(dictionary: &Dictionary) -> bool {
    dictionary.get("SubFilter").is_some_and(|kind| kind.is_name("ETSI.RFC3161"))
}
