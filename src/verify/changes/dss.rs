//! Rule `long-term-data`: validation data may be added, not taken away (ETSI EN 319 142-1 5.4.2, ISO 32000-2 12.8.4.3).

use std::collections::HashSet;

use crate::pdf::PdfError;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::equal::entries;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::role::Role;

const RULE: &str = "long-term-data";
/// Most items of one list that are compared one with another because their numbers differ.
const COMPARED: usize = 256;

pub(crate) fn compare(
    c: &mut Comparison<'_, '_>,
    role: Role,
    old: &Object,
    new: &Object,
    at: &Place,
) -> Result<(), PdfError> {
    let sound = match role {
        Role::DssList | Role::VriList => list(c, role, old, new, at)?,
        Role::Dss | Role::DssVri | Role::DssEntry => dictionary(c, role, old, new, at)?,
        // A certificate or a list under the same number that is another one.
        _ => false,
    };
    if sound {
        c.explain(Stated::new(Code::LongTermDataAdded, LaterChanges::LongTermData, RULE, &Place::default()));
    } else {
        c.ledger.refuse(Code::DssModified, RULE, at);
    }
    Ok(())
}

/// The store, its VRI dictionary, or one entry of that.
fn dictionary(
    c: &mut Comparison<'_, '_>,
    role: Role,
    old: &Object,
    new: &Object,
    at: &Place,
) -> Result<bool, PdfError> {
    let none = Dictionary::new();
    let old = match old {
        Object::Dictionary(old) => old,
        Object::Null => &none,
        _ => return Ok(false),
    };
    let Object::Dictionary(new) = new else { return Ok(false) };
    for (key, before, after) in entries(old, new) {
        let allowed: &[&[u8]] = match role {
            Role::Dss => &[b"Type", b"VRI", b"Certs", b"CRLs", b"OCSPs"],
            Role::DssEntry => &[b"Type", b"Cert", b"CRL", b"OCSP", b"TU", b"TS"],
            _ => &[],
        };
        if key == b"Type" && after == Object::Null {
            continue;
        }
        if (role != Role::DssVri && !allowed.contains(&key.as_slice())) || after == Object::Null {
            return Ok(false);
        }
        let scalar = !matches!(c.new.resolve(&after)?, Object::Array(_) | Object::Dictionary(_) | Object::Stream(_));
        match key.as_slice() {
            b"Type" | b"TU" if role != Role::DssVri && scalar => {}
            b"TS" if role == Role::DssEntry => {
                let stream = matches!(c.new.resolve(&after)?, Object::Stream(_));
                if !stream || (before != Object::Null && !c.same(&before, &after)?) {
                    return Ok(false);
                }
            }
            key => {
                let inner = match (role, key) {
                    (Role::Dss, b"VRI") => Role::DssVri,
                    (Role::DssVri, b"Type") if scalar => continue,
                    (Role::DssVri, _) => Role::DssEntry,
                    (Role::DssEntry, _) => Role::VriList,
                    _ => Role::DssList,
                };
                c.value(inner, &before, &after, at)?;
            }
        }
    }
    Ok(true)
}

/// A list of streams: certificates, lists and responses may come, and go once others serve the purpose (ETSI EN 319
/// 142-1 5.4.2.2); those of an entry for one signature stay.
fn list(c: &mut Comparison<'_, '_>, role: Role, old: &Object, new: &Object, at: &Place) -> Result<bool, PdfError> {
    if !matches!(old, Object::Array(_) | Object::Null) {
        return Ok(false);
    }
    let Object::Array(new) = new else { return Ok(false) };
    let numbers: HashSet<ObjectId> = new.iter().filter_map(Object::as_reference).collect();
    let before: HashSet<ObjectId> =
        old.as_array().unwrap_or_default().iter().filter_map(Object::as_reference).collect();
    for item in new {
        let known = item.as_reference().is_some_and(|id| before.contains(&id));
        if !known && !matches!(c.new.resolve(item)?, Object::Stream(_)) {
            return Ok(false);
        }
    }
    let fresh: Vec<&Object> =
        new.iter().filter(|item| item.as_reference().is_none_or(|id| !before.contains(&id))).take(COMPARED).collect();
    for item in old.as_array().unwrap_or_default() {
        if item.as_reference().is_some_and(|id| numbers.contains(&id)) {
            continue;
        }
        let mut found = false;
        for candidate in &fresh {
            if c.same(item, candidate)? {
                found = true;
                break;
            }
        }
        if !found && role == Role::VriList {
            return Ok(false);
        }
        if !found {
            c.explain(Stated::new(Code::DssModified, LaterChanges::LongTermData, RULE, at));
        }
    }
    Ok(true)
}
