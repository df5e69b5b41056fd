//! Rule `catalog`: every entry as it was, but for those that have a rule of their own (ISO 32000-1 7.7.2).

use crate::pdf::PdfError;
use crate::pdf::object::Object;
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::{Comparison, Whole};
use crate::verify::changes::equal::entries;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::role::Role;
use crate::verify::changes::words;

const RULE: &str = "catalog";

pub(crate) fn compare(c: &mut Comparison<'_, '_>, old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    let (Object::Dictionary(old), Object::Dictionary(new)) = (old, new) else {
        c.ledger.refuse(Code::CatalogModified, RULE, at);
        return Ok(());
    };
    for (key, old, new) in entries(old, new) {
        entry(c, &key, &old, &new, at)?;
    }
    Ok(())
}

fn entry(c: &mut Comparison<'_, '_>, key: &[u8], old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    let removed = *new == Object::Null;
    let added = *old == Object::Null;
    let (role, removal) = match key {
        b"AcroForm" => (Role::Form, Code::AcroformRemoved),
        b"DSS" => (Role::Dss, Code::DssRemoved),
        b"Extensions" => (Role::Extensions, Code::ExtensionsRemoved),
        b"Metadata" => (Role::Metadata, Code::CatalogModified),
        b"MarkInfo" => (Role::MarkInfo, Code::CatalogModified),
        b"StructTreeRoot" => (Role::StructRoot, Code::StructTreeModified),
        b"Pages" => (Role::PageNode, Code::PagesModified),
        b"Version" => return version(c, old, new, at),
        b"Type" if added && new.is_name("Catalog") => return Ok(()),
        _ => {
            if !c.same(old, new)? {
                let code = match key {
                    // Only the first signature may certify (ISO 32000-1 12.8.2.2.1), and it is then bound to stay so.
                    b"Perms" if added => Code::CertificationRepeated,
                    b"Perms" => Code::PermissionsRemoved,
                    _ => Code::CatalogModified,
                };
                let name = String::from_utf8_lossy(key).into_owned();
                let stated = Stated::new(code, LaterChanges::Other, RULE, at).values(name.clone(), name);
                c.ledger.refuse_stated(stated);
            }
            return Ok(());
        }
    };
    if removed && role != Role::StructRoot {
        c.ledger.refuse(removal, RULE, at);
        return Ok(());
    }
    if role == Role::Form && added {
        c.pending.form = Whole::Touched;
    }
    c.value(role, old, new, at)
}

/// The later of two versions counts, and it may only rise (ISO 32000-1 table 28, Version).
fn version(c: &mut Comparison<'_, '_>, old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    let (old, new) = (c.old().resolve(old)?, c.new.resolve(new)?);
    let (before, after) = (words::scalar(&old), words::scalar(&new));
    if before == after {
        return Ok(());
    }
    let risen = number(&new).is_some_and(|new| number(&old).is_none_or(|old| new >= old));
    let stated = Stated::new(Code::ExtensionsChanged, LaterChanges::LongTermData, "version", at).values(before, after);
    if risen {
        c.explain(stated);
    } else {
        c.ledger.refuse_stated(Stated { code: Code::BaseVersionDecreased, ..stated });
    }
    Ok(())
}

/// `1.7` as (1, 7).
pub(crate) fn number(version: &Object) -> Option<(u8, u8)> {
    let text = std::str::from_utf8(version.as_name()?).ok()?;
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use crate::pdf::object::Object;
    use crate::verify::changes::catalog::number;

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        assert!(number(&Object::name("2.0")) > number(&Object::name("1.7")));
        assert_eq!(number(&Object::name("1")), None);
        assert_eq!(number(&Object::Integer(2)), None);
    }
}
