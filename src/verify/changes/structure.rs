//! Rule `structure-tree`: elements for new widgets may come, everything else stays (ISO 32000-1 14.7).

use std::collections::{BTreeMap, HashSet};

use crate::limits::PDF_NESTING;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::{PdfError, View};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::{Comparison, Whole};
use crate::verify::changes::equal::entries;
use crate::verify::changes::forms::is_signature;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::role::{Closed, Role};

const RULE: &str = "structure-tree";
/// Most nodes of one new element.
const NODES: usize = 10_000;

/// The structure tree root (table 322).
pub(crate) fn root(c: &mut Comparison<'_, '_>, old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    let (Object::Dictionary(old), Object::Dictionary(new)) = (old, new) else {
        c.ledger.refuse(Code::StructTreeModified, RULE, at);
        return Ok(());
    };
    for (key, before, after) in entries(old, new) {
        match key.as_slice() {
            b"K" => kids(c, &before, &after, at)?,
            b"ParentTree" => {
                if before != after {
                    c.pending.parent_tree = Whole::Touched;
                }
            }
            b"ParentTreeNextKey" => {
                let number = |view: View<'_>, value: &Object| view.resolve(value).map(|value| value.as_integer());
                let (before, after) = (number(c.old(), &before)?, number(c.new, &after)?);
                if after < before {
                    c.ledger.refuse(Code::StructTreeModified, RULE, at);
                }
            }
            _ => {
                if !c.same(&before, &after)? {
                    c.ledger.refuse(Code::StructTreeModified, RULE, at);
                }
            }
        }
    }
    Ok(())
}

/// A structure element (table 323), or an object that holds the kids of one.
pub(crate) fn element(c: &mut Comparison<'_, '_>, old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    match (old, new) {
        (Object::Dictionary(old), Object::Dictionary(new)) => {
            for (key, before, after) in entries(old, new) {
                match (key.as_slice(), &before, &after) {
                    (b"K", ..) => kids(c, &before, &after, at)?,
                    // The way up: the tree is compared from its root.
                    (b"P", Object::Reference(a), Object::Reference(b))
                        if c.paired(*a, *b, Role::StructElement) || c.paired(*a, *b, Role::StructRoot) => {}
                    _ => {
                        if !c.same(&before, &after)? {
                            c.ledger.refuse(Code::StructTreeModified, RULE, at);
                        }
                    }
                }
            }
            Ok(())
        }
        (Object::Array(_), _) | (_, Object::Array(_)) => kids(c, old, new, at),
        _ => {
            c.ledger.refuse(Code::StructTreeModified, RULE, at);
            Ok(())
        }
    }
}

/// The kids of an element: the old ones in their order, and between them new ones for widgets.
fn kids(c: &mut Comparison<'_, '_>, before: &Object, after: &Object, at: &Place) -> Result<(), PdfError> {
    let (before, after) = (items(c.old(), before)?, items(c.new, after)?);
    let stays: HashSet<ObjectId> = after.iter().filter_map(Object::as_reference).collect();
    let known: HashSet<ObjectId> = before.iter().filter_map(Object::as_reference).collect();
    let mut waiting = before.iter().peekable();
    for item in &after {
        if let Some(old) = waiting.peek() {
            let same = match (old, item) {
                (Object::Reference(a), Object::Reference(b)) if a == b => true,
                // Written again under another number: the old one is nowhere among the kids any more.
                (Object::Reference(a), Object::Reference(b)) if !stays.contains(a) && !known.contains(b) => {
                    let again = !c.is_new(*b)? || !is_addition(c, item)?;
                    if again {
                        c.value(Role::StructElement, old, item, at)?;
                    }
                    again
                }
                (Object::Reference(_), Object::Reference(_)) => false,
                (old, item) => c.same(old, item)?,
            };
            if same {
                waiting.next();
                continue;
            }
        }
        if is_addition(c, item)? {
            c.explain(Stated::new(Code::StructTreeExtended, LaterChanges::FormFilling, RULE, &Place::default()));
        } else {
            c.ledger.refuse(Code::StructTreeModified, RULE, at);
            return Ok(());
        }
    }
    if waiting.next().is_some() {
        c.ledger.refuse(Code::StructTreeModified, RULE, at);
    }
    Ok(())
}

/// /K as a list: it may be one kid, an array, or missing (14.7.2).
fn items(view: View<'_>, kids: &Object) -> Result<Vec<Object>, PdfError> {
    Ok(match (view.resolve(kids)?, kids) {
        (Object::Null, _) => Vec::new(),
        (Object::Array(items), _) => items,
        (_, kids) => vec![kids.clone()],
    })
}

/// Whether a new kid describes new annotations and nothing that was there: each of its leaves is an object reference
/// (14.7.4.3) to a new annotation, or to the widget of a signature field that is still empty.
fn is_addition(c: &Comparison<'_, '_>, item: &Object) -> Result<bool, PdfError> {
    let mut seen: HashSet<ObjectId> = HashSet::new();
    let mut work = vec![item.clone()];
    let mut leaves = 0_usize;
    let mut count = 0_usize;
    while let Some(item) = work.pop() {
        count += 1;
        if count > NODES || item.as_reference().is_some_and(|id| !seen.insert(id)) {
            return Ok(false);
        }
        let Object::Dictionary(node) = c.new.resolve(&item)? else { return Ok(false) };
        let kind = node.get("Type").and_then(Object::as_name);
        if kind == Some(b"OBJR") {
            if !describes_new(c, &node)? {
                return Ok(false);
            }
            leaves += 1;
        } else if kind == Some(b"MCR") || node.get("S").is_none() {
            return Ok(false);
        } else {
            work.extend(items(c.new, node.get("K").unwrap_or(&Object::Null))?);
        }
    }
    Ok(leaves > 0)
}

fn describes_new(c: &Comparison<'_, '_>, reference: &Dictionary) -> Result<bool, PdfError> {
    let Some(id) = reference.get("Obj").and_then(Object::as_reference) else { return Ok(false) };
    if c.is_new(id)? {
        return Ok(matches!(c.new.get(id)?, Object::Dictionary(_)));
    }
    let field = c.signed.forms.place(id).and_then(|place| c.signed.forms.field(place));
    Ok(c.signed.forms.state(id) == Closed::Open && field.is_some_and(is_signature))
}

/// The parent tree as a whole: every number that led to an element leads to the same one (14.7.4.4).
pub(crate) fn parent_tree(c: &mut Comparison<'_, '_>) -> Result<(), PdfError> {
    let at = Place::default();
    let (Some(old), Some(new)) = (numbers(c.old())?, numbers(c.new)?) else {
        c.ledger.refuse(Code::StructTreeModified, RULE, &at);
        return Ok(());
    };
    let mut added = false;
    for (key, after) in &new {
        let Some(before) = old.get(key) else {
            added = true;
            continue;
        };
        if !parents(c, before, after)? {
            c.ledger.refuse(Code::StructTreeModified, RULE, &at);
            return Ok(());
        }
    }
    if old.keys().any(|key| !new.contains_key(key)) {
        c.ledger.refuse(Code::StructTreeModified, RULE, &at);
    } else if added {
        c.explain(Stated::new(Code::StructTreeExtended, LaterChanges::FormFilling, RULE, &at));
    }
    Ok(())
}

/// An element, or the elements of a page's marked content.
fn parents(c: &mut Comparison<'_, '_>, before: &Object, after: &Object) -> Result<bool, PdfError> {
    if let (Object::Reference(a), Object::Reference(b)) = (before, after)
        && c.paired(*a, *b, Role::StructElement)
    {
        return Ok(true);
    }
    let (old, new) = (c.old().resolve(before)?, c.new.resolve(after)?);
    let (Object::Array(old), Object::Array(new)) = (&old, &new) else { return c.same(before, after) };
    if old.len() != new.len() {
        return Ok(false);
    }
    for (a, b) in old.iter().zip(new) {
        let paired = match (a, b) {
            (Object::Reference(a), Object::Reference(b)) => c.paired(*a, *b, Role::StructElement),
            _ => false,
        };
        if !paired && !c.same(a, b)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The numbers of the parent tree; `None` if it is no number tree (7.9.7).
fn numbers(view: View<'_>) -> Result<Option<BTreeMap<i64, Object>>, PdfError> {
    let mut numbers = BTreeMap::new();
    let root = view.lookup(&view.catalog()?, "StructTreeRoot")?;
    let Some(root) = root.as_dictionary() else { return Ok(None) };
    let mut seen: HashSet<ObjectId> = HashSet::new();
    let mut work: Vec<(Object, u32)> = root.get("ParentTree").map(|tree| (tree.clone(), 0)).into_iter().collect();
    while let Some((node, depth)) = work.pop() {
        if depth > PDF_NESTING || node.as_reference().is_some_and(|id| !seen.insert(id)) {
            return Ok(None);
        }
        let Object::Dictionary(node) = view.resolve(&node)? else { return Ok(None) };
        if let Object::Array(kids) = view.lookup(&node, "Kids")? {
            work.extend(kids.into_iter().map(|kid| (kid, depth + 1)));
        }
        if let Object::Array(pairs) = view.lookup(&node, "Nums")? {
            for pair in pairs.chunks(2) {
                let [key, value] = pair else { return Ok(None) };
                let Some(key) = view.resolve(key)?.as_integer() else { return Ok(None) };
                if numbers.insert(key, value.clone()).is_some() {
                    return Ok(None);
                }
            }
        }
    }
    Ok(Some(numbers))
}
