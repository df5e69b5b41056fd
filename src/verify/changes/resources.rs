//! Rule `form-field`, below the field: what an open field refers to, and the resources of the form, may be replaced.
//!
//! The objects that resources name (fonts, images) are content and may not change under their numbers: redefining a
//! font is a known way to make a signed text say something else.

use crate::pdf::PdfError;
use crate::pdf::object::{Dictionary, Object};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::equal::entries;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::role::Role;

pub(crate) fn compare(
    c: &mut Comparison<'_, '_>,
    role: Role,
    old: &Object,
    new: &Object,
    at: &Place,
) -> Result<(), PdfError> {
    if role == Role::OpenPart {
        c.explain(Stated::new(Code::FieldFilled, LaterChanges::FormFilling, "form-field", at));
        return Ok(());
    }
    if !matches!(new, Object::Dictionary(_) | Object::Array(_)) {
        c.refuse(role, at);
        return Ok(());
    }
    // Resources that come to those that were there change nothing that was there.
    let level = if is_additive(c, old, new)? { LaterChanges::LongTermData } else { LaterChanges::FormFilling };
    let at = Place { field: None, ..at.clone() };
    c.explain(Stated::new(Code::FormSettingsChanged, level, "form-settings", &at));
    Ok(())
}

/// Whether every entry of the old resources, or of each of their categories, is still there.
fn is_additive(c: &mut Comparison<'_, '_>, old: &Object, new: &Object) -> Result<bool, PdfError> {
    let none = Dictionary::new();
    let new = new.as_dictionary().unwrap_or(&none);
    for (_, before, after) in entries(old.as_dictionary().unwrap_or(&none), new) {
        if before == Object::Null || c.same(&before, &after)? {
            continue;
        }
        let (before, after) = (c.old().resolve(&before)?, c.new.resolve(&after)?);
        let (Object::Dictionary(before), Object::Dictionary(after)) = (&before, &after) else { return Ok(false) };
        for (_, before, after) in entries(before, after) {
            if before != Object::Null && !c.same(&before, &after)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
