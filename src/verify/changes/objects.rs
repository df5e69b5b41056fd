//! Rule `objects`: which numbers later sections touch, what they free, and what nothing reaches.

use std::collections::{BTreeSet, HashSet};

use crate::pdf::object::{Object, ObjectId};
use crate::pdf::{Document, Location, PdfError, View};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::role::Role;

const RULE: &str = "objects";

/// The numbers that one revision lists.
///
/// # Errors
/// As [`Document::rows`].
pub(crate) fn listed(document: &Document, revision: usize) -> Result<BTreeSet<u32>, PdfError> {
    Ok(document.rows(revision)?.iter().map(|row| row.id.number).collect())
}

/// Those of the numbers that lie somewhere else than they did.
///
/// # Errors
/// [`PdfError::XrefEntry`].
pub(crate) fn moved(old: View<'_>, new: View<'_>, numbers: &BTreeSet<u32>) -> Result<BTreeSet<u32>, PdfError> {
    let mut moved = BTreeSet::new();
    for number in numbers {
        let (before, after) = (old.entry(*number)?, new.entry(*number)?);
        let free = |entry: &Option<_>| location(entry) == Location::Free;
        if before != after && !(free(&before) && free(&after)) {
            moved.insert(*number);
        }
    }
    Ok(moved)
}

fn location(entry: &Option<crate::pdf::XrefEntry>) -> Location {
    entry.as_ref().map_or(Location::Free, |entry| entry.location)
}

/// Roles whose rules judge an object that is gone as they judge one that is something else.
const MAY_GO: [Role; 5] = [Role::Annotation, Role::AnnotationPart, Role::OpenPart, Role::StructElement, Role::Free];

/// Objects in use that a later section frees (ISO 32000-1 7.5.4). Only what an update may replace may also go: deleted
/// annotations and their structure elements, replaced appearances, the document information.
///
/// # Errors
/// [`PdfError::XrefEntry`].
pub(crate) fn freed(c: &mut Comparison<'_, '_>, numbers: &BTreeSet<u32>) -> Result<(), PdfError> {
    for number in numbers {
        let (before, after) = (c.old().entry(*number)?, c.new.entry(*number)?);
        if location(&before) == Location::Free || location(&after) != Location::Free {
            continue;
        }
        let uses = c.signed.survey.uses(*number);
        if !uses.iter().all(|(_, as_used)| MAY_GO.contains(&as_used.role)) {
            let id = ObjectId { number: *number, generation: before.map_or(0, |entry| entry.generation) };
            c.ledger.refuse(Code::ObjectFreed, RULE, &Place { object: Some(id), ..Place::default() });
        } else if uses.is_empty() {
            // What nothing reached is missed by nothing.
            let place = Place::default();
            c.explain(Stated::new(Code::ObjectUnreached, LaterChanges::LongTermData, RULE, &place));
            c.ledger.remark(Code::ObjectUnreached, &place, vec![("object", number.to_string())]);
        }
    }
    Ok(())
}

/// New objects of one revision that nothing reaches in it: harmless now, but nobody knows what for. `moved` is what this
/// revision and those between have changed, `listed` what this one lists.
///
/// # Errors
/// As [`View::get`].
pub(crate) fn unreached(
    c: &mut Comparison<'_, '_>,
    moved: &BTreeSet<u32>,
    listed: &BTreeSet<u32>,
) -> Result<(), PdfError> {
    let numbers = moved;
    let mut reached: HashSet<u32> = HashSet::new();
    let mut pending: Vec<ObjectId> = Vec::new();
    references(&Object::Dictionary(c.new.trailer().clone()), &mut pending);
    for number in numbers {
        pending.extend(c.signed.survey.uses(*number).iter().map(|(id, _)| *id));
    }
    while let Some(id) = pending.pop() {
        if numbers.contains(&id.number)
            && reached.insert(id.number)
            && let Some(object) = readable(c.new, id)?
        {
            references(&object, &mut pending);
        }
    }
    for number in numbers.iter().filter(|number| listed.contains(number) && !reached.contains(number)) {
        let Some(entry) = c.new.entry(*number)? else { continue };
        let id = ObjectId { number: *number, generation: entry.generation };
        let is_new = location(&c.old().entry(*number)?) == Location::Free;
        if entry.location == Location::Free || !is_new || readable(c.new, id)?.is_some_and(|object| is_carrier(&object))
        {
            continue;
        }
        let place = Place::default();
        c.explain(Stated::new(Code::ObjectUnreached, LaterChanges::LongTermData, RULE, &place));
        c.ledger.remark(Code::ObjectUnreached, &place, vec![("object", number.to_string())]);
        break;
    }
    Ok(())
}

/// An object; nothing where it cannot be read.
fn readable(view: View<'_>, id: ObjectId) -> Result<Option<Object>, PdfError> {
    match view.get(id) {
        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => Err(error),
        other => Ok(other.ok()),
    }
}

/// Cross-reference streams and object streams are found by sections, not by references (7.5.7, 7.5.8).
fn is_carrier(object: &Object) -> bool {
    let Object::Stream(stream) = object else { return false };
    stream.dictionary.get("Type").is_some_and(|kind| kind.is_name("XRef") || kind.is_name("ObjStm"))
}

/// All references inside a value.
pub(crate) fn references(value: &Object, found: &mut Vec<ObjectId>) {
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        match value {
            Object::Reference(id) => found.push(*id),
            Object::Array(items) => stack.extend(items),
            Object::Dictionary(dictionary) => stack.extend(dictionary.iter().map(|(_, value)| value)),
            Object::Stream(stream) => stack.extend(stream.dictionary.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}
