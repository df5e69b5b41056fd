//! Rule `form-field`, below the field: what an open field refers to, and the resources of the form, may be replaced.
//!
//! The objects that resources name (fonts, images) are content and may not change under their numbers: redefining a
//! font is a known way to make a signed text say something else.

use crate::pdf::PdfError;
use crate::pdf::object::Object;
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
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
    // Resources for a form that had none change nothing that was there.
    let level = if *old == Object::Null { LaterChanges::LongTermData } else { LaterChanges::FormFilling };
    let at = Place { field: None, ..at.clone() };
    c.explain(Stated::new(Code::FormSettingsChanged, level, "form-settings", &at));
    Ok(())
}
