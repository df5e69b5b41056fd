//! Rule `pages`: the page tree and every page stay as they were, but for /Annots and /Tabs (ISO 32000-1 7.7.3).

use crate::pdf::PdfError;
use crate::pdf::object::{Dictionary, Object};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::equal::entries;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::role::Role;
use crate::verify::changes::words;

const RULE: &str = "pages";
/// Entries of a node of the tree (table 29), and those that pages inherit from it.
const NODE: [&[u8]; 8] = [b"Type", b"Parent", b"Kids", b"Count", b"Resources", b"MediaBox", b"CropBox", b"Rotate"];

pub(crate) fn compare(c: &mut Comparison<'_, '_>, old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    let (Object::Dictionary(old), Object::Dictionary(new)) = (old, new) else {
        c.ledger.refuse(Code::PagesModified, RULE, at);
        return Ok(());
    };
    if is_node(old) { node(c, old, new) } else { leaf(c, old, new, at) }
}

/// Null, or a value that leads nowhere.
fn plain(value: &Object) -> bool {
    *value == Object::Null || words::scalar(value).is_some()
}

fn is_node(dictionary: &Dictionary) -> bool {
    dictionary.get("Kids").is_some() && !dictionary.get("Type").is_some_and(|kind| kind.is_name("Page"))
}

/// A node: the same kids in the same order, and nothing else that pages could inherit.
fn node(c: &mut Comparison<'_, '_>, old: &Dictionary, new: &Dictionary) -> Result<(), PdfError> {
    for (key, before, after) in entries(old, new) {
        match key.as_slice() {
            b"Kids" => kids(c, &before, &after)?,
            b"Parent" => parent(c, &before, &after)?,
            // A producer's mark on the tree, such as /ITXT: pages inherit four entries and no other (7.7.3.4).
            key if !NODE.contains(&key) && words::scalar(&after).is_some() && plain(&before) => {}
            _ => {
                if !c.same(&before, &after)? {
                    let values = |value: &Object| words::scalar(value);
                    let stated = Stated::new(Code::PagesModified, LaterChanges::Other, RULE, &Place::default());
                    c.ledger.refuse_stated(stated.values(values(&before), values(&after)));
                }
            }
        }
    }
    Ok(())
}

fn kids(c: &mut Comparison<'_, '_>, before: &Object, after: &Object) -> Result<(), PdfError> {
    let (before, after) = (c.old().resolve(before)?, c.new.resolve(after)?);
    let (before, after) = (before.as_array().unwrap_or_default(), after.as_array().unwrap_or_default());
    if before.len() != after.len() {
        let stated = Stated::new(Code::PagesModified, LaterChanges::Other, RULE, &Place::default());
        c.ledger.refuse_stated(stated.values(before.len().to_string(), after.len().to_string()));
        return Ok(());
    }
    for (old, new) in before.iter().zip(after) {
        let place = Place { page: old.as_reference(), ..Place::default() };
        c.value(Role::PageNode, old, new, &place)?;
    }
    Ok(())
}

/// The way up: the same node, or the one that was written again in its place.
fn parent(c: &mut Comparison<'_, '_>, before: &Object, after: &Object) -> Result<(), PdfError> {
    let known = match (before, after) {
        (Object::Reference(a), Object::Reference(b)) => c.paired(*a, *b, Role::PageNode),
        _ => false,
    };
    if !known && !c.same(before, after)? {
        c.ledger.refuse(Code::PagesModified, RULE, &Place::default());
    }
    Ok(())
}

fn leaf(c: &mut Comparison<'_, '_>, old: &Dictionary, new: &Dictionary, at: &Place) -> Result<(), PdfError> {
    for (key, before, after) in entries(old, new) {
        match key.as_slice() {
            b"Annots" => c.value(Role::Annotations, &before, &after, at)?,
            b"Parent" => parent(c, &before, &after)?,
            // The order of the tabulator key among the fields of a page (table 30, Tabs).
            b"Tabs" if matches!(c.new.resolve(&after)?, Object::Name(_)) => {
                if !c.same(&before, &after)? {
                    c.explain(Stated::new(Code::DocumentSettingsChanged, LaterChanges::FormFilling, "tabs", at));
                }
            }
            b"Type" if before == Object::Null && after.is_name("Page") => {}
            // A page that had no place in the structure tree gets one; the tree's own rule says what it may hold.
            b"StructParents" if before == Object::Null && matches!(after, Object::Integer(_)) => {
                c.explain(Stated::new(Code::StructTreeExtended, LaterChanges::FormFilling, "page", at));
            }
            _ => {
                if !c.same(&before, &after)? {
                    let name = String::from_utf8_lossy(&key).into_owned();
                    let stated = Stated::new(Code::PageModified, LaterChanges::Other, "page", at);
                    c.ledger.refuse_stated(stated.values(name.clone(), name));
                }
            }
        }
    }
    Ok(())
}
