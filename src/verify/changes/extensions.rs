//! Rule `extensions`: developer extensions may be added and raised, not taken away (ISO 32000-1 7.12).

use crate::limits::PDF_NESTING;
use crate::pdf::PdfError;
use crate::pdf::object::{Dictionary, Object};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::catalog::number;
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::equal::entries;
use crate::verify::changes::ledger::{Place, Stated};

const RULE: &str = "extensions";

pub(crate) fn compare(c: &mut Comparison<'_, '_>, old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    // 7.12.3 knows names, integers and strings, in dictionaries; ISO 32000-2 7.12 arrays of such dictionaries.
    let mut work = vec![(old.clone(), new.clone(), 0_u32)];
    while let Some((old, new, depth)) = work.pop() {
        let (old, new) = (c.old().resolve(&old)?, c.new.resolve(&new)?);
        match (&old, &new) {
            (_, Object::Dictionary(new)) if depth < PDF_NESTING => {
                let none = Dictionary::new();
                for (key, old, new) in entries(old.as_dictionary().unwrap_or(&none), new) {
                    if new == Object::Null {
                        c.ledger.refuse(Code::ExtensionsRemoved, RULE, at);
                        return Ok(());
                    }
                    if old != Object::Null && lowered(&key, &c.old().resolve(&old)?, &c.new.resolve(&new)?) {
                        c.ledger.refuse(Code::BaseVersionDecreased, RULE, at);
                        return Ok(());
                    }
                    work.push((old, new, depth + 1));
                }
            }
            (_, Object::Array(items)) if depth < PDF_NESTING => {
                let before = old.as_array().unwrap_or_default();
                if items.len() < before.len() {
                    c.ledger.refuse(Code::ExtensionsRemoved, RULE, at);
                    return Ok(());
                }
                for (place, item) in items.iter().enumerate() {
                    work.push((before.get(place).cloned().unwrap_or(Object::Null), item.clone(), depth + 1));
                }
            }
            (_, Object::Name(_) | Object::Integer(_) | Object::String(_)) => {}
            _ => {
                c.ledger.refuse(Code::CatalogModified, RULE, at);
                return Ok(());
            }
        }
    }
    c.explain(Stated::new(Code::ExtensionsChanged, LaterChanges::LongTermData, RULE, at));
    Ok(())
}

/// Whether a version or a level is below the one before, or is none any more (7.12.2, 7.12.3).
fn lowered(key: &[u8], old: &Object, new: &Object) -> bool {
    match key {
        b"BaseVersion" => number(new) < number(old),
        b"ExtensionLevel" => new.as_integer() < old.as_integer(),
        _ => false,
    }
}
