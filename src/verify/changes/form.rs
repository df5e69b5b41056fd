//! Rule `form-settings`, and the comparison of all fields by their names (ISO 32000-1 12.7.2, 12.7.3.2).

use std::collections::HashMap;

use crate::pdf::PdfError;
use crate::pdf::object::{Dictionary, Object};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::{Comparison, Whole};
use crate::verify::changes::equal::entries;
use crate::verify::changes::forms::Forms;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::role::Role;
use crate::verify::changes::{appearance, field, new_field};

const RULE: &str = "form-settings";

/// The form's dictionary but for its fields.
pub(crate) fn settings(c: &mut Comparison<'_, '_>, old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    let none = Dictionary::new();
    let old = match old {
        Object::Dictionary(old) => old,
        Object::Null => &none,
        _ => {
            c.ledger.refuse(Code::CatalogModified, RULE, at);
            return Ok(());
        }
    };
    let Object::Dictionary(new) = new else {
        c.ledger.refuse(Code::AcroformRemoved, RULE, at);
        return Ok(());
    };
    for (key, before, after) in entries(old, new) {
        entry(c, &key, &before, &after, at)?;
    }
    Ok(())
}

fn entry(c: &mut Comparison<'_, '_>, key: &[u8], before: &Object, after: &Object, at: &Place) -> Result<(), PdfError> {
    let level = if *before == Object::Null { LaterChanges::LongTermData } else { LaterChanges::FormFilling };
    let value = c.new.resolve(after)?;
    let fits = match key {
        b"Fields" => {
            c.pending.form = Whole::Touched;
            return Ok(());
        }
        b"DR" => return c.value(Role::OpenResources, before, after, at),
        b"XFA" => return c.value(Role::Xfa, before, after, at),
        b"DA" => matches!(value, Object::String(_) | Object::Null),
        b"Q" => matches!(value, Object::Integer(_) | Object::Null),
        b"SigFlags" => matches!(value, Object::Integer(_)),
        b"NeedAppearances" => matches!(value, Object::Boolean(_) | Object::Null),
        _ => false,
    };
    if c.same(before, after)? {
        return Ok(());
    }
    if key == b"NeedAppearances"
        && value == Object::Boolean(true)
        && let Some(place) = appearance::hidden_value(c)?
    {
        let at = Place { field: c.signed.forms.field(place).map(|field| field.name.clone()), ..at.clone() };
        c.ledger.refuse(Code::FieldModified, RULE, &at);
        return Ok(());
    }
    if fits {
        // Flags say that there are signatures: whoever adds one sets them (table 219).
        let level = if key == b"SigFlags" { LaterChanges::LongTermData } else { level };
        c.explain(Stated::new(Code::FormSettingsChanged, level, RULE, at));
    } else {
        let name = format!("AcroForm {}", String::from_utf8_lossy(key));
        let stated = Stated::new(Code::CatalogModified, LaterChanges::Other, RULE, at);
        c.ledger.refuse_stated(stated.values(name.clone(), name));
    }
    Ok(())
}

/// All fields: none disappears, those that stay change by their rule, and only signatures come.
pub(crate) fn fields(c: &mut Comparison<'_, '_>) -> Result<(), PdfError> {
    let (old, new) = (c.signed.forms, c.new_forms);
    let mut later = by_name(new);
    for (place, field) in old.fields().iter().enumerate() {
        let candidates = later.get_mut(field.name.as_str());
        let same = |at: &usize| new.field(*at).is_some_and(|other| other.id.is_some() && other.id == field.id);
        let found = candidates.and_then(|places| {
            let at = places.iter().position(same).or((!places.is_empty()).then_some(0))?;
            Some(places.remove(at))
        });
        match found.and_then(|at| new.field(at)) {
            Some(other) => field::compare(c, place, field, other)?,
            None => {
                let at = Place { field: Some(field.name.clone()), object: field.id, page: None };
                c.ledger.refuse(Code::FieldRemoved, "form-field", &at);
            }
        }
    }
    let mut added: Vec<usize> = later.values().flatten().copied().collect();
    added.sort_unstable();
    for place in added {
        if let Some(field) = new.field(place) {
            new_field::judge(c, field)?;
        }
    }
    Ok(())
}

fn by_name(forms: &Forms) -> HashMap<&str, Vec<usize>> {
    let mut names: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, field) in forms.fields().iter().enumerate() {
        names.entry(field.name.as_str()).or_default().push(place);
    }
    names
}
