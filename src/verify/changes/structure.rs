//! Rule `structure-tree`: elements that describe annotations alone may come, and go where annotations may; everything else
//! stays (ISO 32000-1 14.7).

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
    let none = Dictionary::new();
    let (old, new) = match (old, new) {
        (Object::Dictionary(old), Object::Dictionary(new)) => (old, new),
        // A document that was not tagged gets a tree for its new widgets, or loses one that held nothing else.
        (Object::Null, Object::Dictionary(new)) => (&none, new),
        (Object::Dictionary(old), Object::Null) => (old, &none),
        _ => {
            c.ledger.refuse(Code::StructTreeModified, RULE, at);
            return Ok(());
        }
    };
    let whole = old.is_empty() || new.is_empty();
    for (key, before, after) in entries(old, new) {
        match key.as_slice() {
            b"IDTree" => {}
            b"Type" | b"RoleMap" | b"ClassMap" | b"Namespaces" if whole => {}
            b"K" => kids(c, &before, &after, at)?,
            b"ParentTree" => {
                if before != after {
                    c.pending.parent_tree = Whole::Touched;
                }
            }
            b"ParentTreeNextKey" => {
                let number = |view: View<'_>, value: &Object| view.resolve(value).map(|value| value.as_integer());
                let (before, after) = (number(c.old(), &before)?, number(c.new, &after)?);
                if after < before && !whole {
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
        (Object::Array(_), Object::Array(_) | Object::Dictionary(_)) | (Object::Dictionary(_), Object::Array(_)) => {
            kids(c, old, new, at)
        }
        // The element of a deleted annotation, deleted with it.
        (Object::Dictionary(_), Object::Null) if described(c.old(), old, |id| was_open(c, id))?.is_some() => {
            c.explain(Stated::new(Code::AnnotationChanged, LaterChanges::Annotations, RULE, at));
            Ok(())
        }
        _ => {
            c.ledger.refuse(Code::StructTreeModified, RULE, at);
            Ok(())
        }
    }
}

/// The kids of an element: the old ones in their order, without those of deleted annotations, and between them new ones
/// for new annotations.
fn kids(c: &mut Comparison<'_, '_>, before: &Object, after: &Object, at: &Place) -> Result<(), PdfError> {
    let (before, after) = (items(c.old(), before)?, items(c.new, after)?);
    let stays: HashSet<ObjectId> = after.iter().filter_map(Object::as_reference).collect();
    let known: HashSet<ObjectId> = before.iter().filter_map(Object::as_reference).collect();
    let mut waiting = before.iter().peekable();
    'items: for item in &after {
        while let Some(old) = waiting.peek() {
            let known = |id: &ObjectId| known.contains(id);
            if stands(c, old, item, &stays, known, at)? {
                waiting.next();
                continue 'items;
            }
            let gone = old.as_reference().is_none_or(|id| !stays.contains(&id));
            if !gone || !removed(c, old, at)? {
                break;
            }
            waiting.next();
        }
        if let Some(level) = addition(c, item)? {
            c.explain(Stated::new(Code::StructTreeExtended, level, RULE, &Place::default()));
        } else {
            c.ledger.refuse(Code::StructTreeModified, RULE, at);
            return Ok(());
        }
    }
    for old in waiting {
        if !removed(c, old, at)? {
            c.ledger.refuse(Code::StructTreeModified, RULE, at);
            return Ok(());
        }
    }
    Ok(())
}

/// Whether a kid is the one that was there, be it under another number.
fn stands(
    c: &mut Comparison<'_, '_>,
    old: &Object,
    item: &Object,
    stays: &HashSet<ObjectId>,
    known: impl Fn(&ObjectId) -> bool,
    at: &Place,
) -> Result<bool, PdfError> {
    match (old, item) {
        (Object::Reference(a), Object::Reference(b)) if a == b => Ok(true),
        // Written again under another number: the old one is nowhere among the kids any more.
        (Object::Reference(a), Object::Reference(b)) if !stays.contains(a) && !known(b) => {
            if c.same(old, item)? {
                return Ok(true);
            }
            let again = removal(c, old)?.is_none() && (!c.is_new(*b)? || addition(c, item)?.is_none());
            if again {
                c.value(Role::StructElement, old, item, at)?;
            }
            Ok(again)
        }
        (Object::Reference(_), Object::Reference(_)) => Ok(false),
        (old, item) => c.same(old, item),
    }
}

/// Takes a kid for deleted with its annotation, if it can be.
fn removed(c: &mut Comparison<'_, '_>, kid: &Object, at: &Place) -> Result<bool, PdfError> {
    let Some(level) = removal(c, kid)? else { return Ok(false) };
    c.explain(Stated::new(Code::AnnotationChanged, level, RULE, at));
    Ok(true)
}

/// /K as a list: it may be one kid, an array, or missing (14.7.2).
fn items(view: View<'_>, kids: &Object) -> Result<Vec<Object>, PdfError> {
    Ok(match (view.resolve(kids)?, kids) {
        (Object::Null, _) => Vec::new(),
        (Object::Array(items), _) => items,
        (_, kids) => vec![kids.clone()],
    })
}

/// The level at which a new kid may come: it describes annotations and nothing that was there.
fn addition(c: &Comparison<'_, '_>, item: &Object) -> Result<Option<LaterChanges>, PdfError> {
    described(c.new, item, |id| may_be_described(c, id))
}

/// The level at which a kid may go: it describes annotations that may be deleted, and nothing else.
fn removal(c: &Comparison<'_, '_>, item: &Object) -> Result<Option<LaterChanges>, PdfError> {
    Ok(described(c.old(), item, |id| was_open(c, id))?.map(|_| LaterChanges::Annotations))
}

/// The highest level of what a kid describes; `None` if it describes anything but annotations: each of its leaves must
/// be an object reference (14.7.4.3) for which there is a level.
fn described(
    view: View<'_>,
    item: &Object,
    level: impl Fn(ObjectId) -> Result<Option<LaterChanges>, PdfError>,
) -> Result<Option<LaterChanges>, PdfError> {
    let mut seen: HashSet<ObjectId> = HashSet::new();
    let mut work = vec![item.clone()];
    let mut highest = LaterChanges::FormFilling;
    let mut count = 0_usize;
    while let Some(item) = work.pop() {
        count += 1;
        if count > NODES || item.as_reference().is_some_and(|id| !seen.insert(id)) {
            return Ok(None);
        }
        let Object::Dictionary(node) = view.resolve(&item)? else { return Ok(None) };
        let kind = node.get("Type").and_then(Object::as_name);
        if kind == Some(b"OBJR") {
            let Some(id) = node.get("Obj").and_then(Object::as_reference) else { return Ok(None) };
            let Some(level) = level(id)? else { return Ok(None) };
            highest = highest.max(level);
            continue;
        }
        let kids = items(view, node.get("K").unwrap_or(&Object::Null))?;
        // An element without kids describes nothing, unless it speaks for itself.
        let speaks = kids.is_empty() && ["ActualText", "Alt", "E"].iter().any(|key| node.get(key).is_some());
        if kind == Some(b"MCR") || node.get("S").is_none() || speaks {
            return Ok(None);
        }
        work.extend(kids);
    }
    Ok(Some(highest))
}

/// A new annotation, the widget of a signature field that is still empty; or, where annotations may change, another one.
fn may_be_described(c: &Comparison<'_, '_>, id: ObjectId) -> Result<Option<LaterChanges>, PdfError> {
    if c.is_new(id)? {
        return Ok(matches!(c.new.get(id)?, Object::Dictionary(_)).then_some(LaterChanges::FormFilling));
    }
    let field = c.signed.forms.place(id).and_then(|place| c.signed.forms.field(place));
    if c.signed.forms.state(id) == Closed::Open && field.is_some_and(is_signature) {
        return Ok(Some(LaterChanges::FormFilling));
    }
    was_open(c, id)
}

/// An annotation of the signed revision that belongs to no field, or to one that is neither signed nor locked.
fn was_open(c: &Comparison<'_, '_>, id: ObjectId) -> Result<Option<LaterChanges>, PdfError> {
    let open = match c.signed.forms.place(id) {
        Some(place) => c.signed.forms.state_at(place) == Closed::Open,
        None => c.signed.survey.used_as(id, Role::Annotation),
    };
    Ok(open.then_some(LaterChanges::Annotations))
}

/// The parent tree as a whole: every number that led to an element leads to the same one (14.7.4.4).
pub(crate) fn parent_tree(c: &mut Comparison<'_, '_>) -> Result<(), PdfError> {
    let at = Place::default();
    let (Some(mut old), Some(new)) = (numbers(c.old())?, numbers(c.new)?) else {
        c.ledger.refuse(Code::StructTreeModified, RULE, &at);
        return Ok(());
    };
    let mut added = false;
    for (key, after) in &new {
        let Some(before) = old.remove(key) else {
            added = true;
            continue;
        };
        if parents(c, &before, after)? {
            continue;
        }
        // The number of an annotation leads to another element that describes annotations alone.
        if !removed(c, &before, &at)? || addition(c, after)?.is_none() {
            c.ledger.refuse(Code::StructTreeModified, RULE, &at);
            return Ok(());
        }
    }
    for before in old.values() {
        let empty = matches!(c.old().resolve(before)?, Object::Array(items) if items.is_empty());
        if !empty && c.old().resolve(before)? != Object::Null && !removed(c, before, &at)? {
            c.ledger.refuse(Code::StructTreeModified, RULE, &at);
            return Ok(());
        }
    }
    if added {
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
    let root = match root {
        Object::Dictionary(root) => root,
        Object::Null => return Ok(Some(numbers)),
        _ => return Ok(None),
    };
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
