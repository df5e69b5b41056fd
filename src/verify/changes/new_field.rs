//! Rule `signature-field`: new fields are signatures and nothing else; after a certification they are invisible.

use crate::pdf::object::{Dictionary, Object};
use crate::pdf::{Field, FieldKind, PdfError, decode_text};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::restrictions::Certification;
use crate::verify::changes::signature;

const RULE: &str = "signature-field";
/// Entries that make a field do something (ISO 32000-1 tables 164, 188, 220): a new signature has none.
const ACTIONS: [&str; 2] = ["A", "AA"];

pub(crate) fn judge(c: &mut Comparison<'_, '_>, field: &Field) -> Result<(), PdfError> {
    let visible = field.widgets.iter().any(|widget| widget.rect.is_some());
    let mut page = None;
    if let Some(widget) = field.widgets.first() {
        page = widget.id.and_then(|id| c.pending.holders.get(&id).copied()).or(widget.page);
    }
    let at = Place { field: Some(field.name.clone()), object: field.id, page };
    let signature = field.field_type.as_deref() == Some(b"Sig");
    let group = field.kind == FieldKind::Group;
    let passive = |dictionary: &Dictionary| ACTIONS.iter().all(|key| dictionary.get(key).is_none());
    let named = match c.new.lookup(&field.dictionary, "T")? {
        Object::String(name) => !name.is_empty() && !decode_text(&name).contains('.'),
        _ => false,
    };
    let sound = named
        && (signature || (group && field.field_type.is_none()))
        && passive(&field.dictionary)
        && field.widgets.iter().all(|widget| passive(&widget.dictionary) && is_widget(&widget.dictionary))
        && !(group && field.value.is_some());
    let alone = c.new_forms.fields().iter().filter(|other| other.name == field.name).count() == 1;
    let certified = c.signed.restrictions.certification == Certification::Certified;
    if !sound || !alone || (visible && certified) {
        c.ledger.refuse(Code::UnexpectedFormField, RULE, &at);
        return Ok(());
    }
    if group {
        return Ok(());
    }
    let level = if visible { LaterChanges::FormFilling } else { LaterChanges::LongTermData };
    let stated = Stated::new(Code::SignatureFieldAdded, level, RULE, &at);
    c.explain(stated);
    match &field.value {
        Some(value) => signature::fresh(c, value, visible, &at),
        None => Ok(()),
    }
}

fn is_widget(dictionary: &Dictionary) -> bool {
    dictionary.get("Subtype").is_some_and(|kind| kind.is_name("Widget"))
}
