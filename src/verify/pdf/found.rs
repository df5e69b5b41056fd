//! Which signatures a PDF holds: those of the final form, and those of earlier revisions that the final one lost.

use std::collections::HashMap;

use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::{
    ByteRangeValue, ContentsValue, Document, PdfError, SignatureDictionary, SignatureField, SignatureHome, TracePlace,
    View,
};

/// A signature of some revision.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// As the newest revision that has it shows it.
    pub(crate) field: SignatureField,
    /// The newest revision in which the form reaches it.
    pub(crate) last_seen: usize,
    /// Whether the final revision's form reaches it.
    pub(crate) standing: Standing,
    /// Full names of other fields that hold the same signature object.
    pub(crate) shared_with: Vec<String>,
}

/// Whether a signature is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The final form reaches it.
    Present,
    /// Only an earlier revision's form does.
    Removed,
}

/// Every signature, in the order of the signed ranges.
///
/// # Errors
/// [`PdfError`] when the final revision cannot be read. Earlier revisions that cannot be read are passed over: what they
/// held is found by the raw scan.
pub(crate) fn signatures(document: &Document) -> Result<Vec<Found>, PdfError> {
    let last = document.revisions().len().saturating_sub(1);
    let mut found: Vec<Found> = Vec::new();
    collect(&mut found, document.at(last)?.signatures()?, last, Standing::Present);
    for revision in (0..last).rev() {
        let Ok(view) = document.at(revision) else { continue };
        // Most updates leave the form alone; an old form is read only where one is.
        if let Ok(signatures) = view.signatures() {
            collect(&mut found, signatures, revision, Standing::Removed);
        }
    }
    found.sort_by_key(|f| end_of_range(&f.field));
    Ok(found)
}

/// Adds what is not there yet. A signature is known by its object and, where it is written inside the field, by name.
fn collect(found: &mut Vec<Found>, fields: Vec<SignatureField>, revision: usize, standing: Standing) {
    let mut known: HashMap<(Option<ObjectId>, String), usize> = HashMap::new();
    for (at, one) in found.iter().enumerate() {
        known.insert(key(&one.field), at);
    }
    for field in fields {
        match known.get(&key(&field)) {
            Some(&at) => {
                let Some(one) = found.get_mut(at) else { continue };
                if one.last_seen == revision && one.field.field.name != field.field.name {
                    one.shared_with.push(field.field.name);
                }
            }
            None => {
                known.insert(key(&field), found.len());
                found.push(Found { field, last_seen: revision, standing, shared_with: Vec::new() });
            }
        }
    }
}

fn key(field: &SignatureField) -> (Option<ObjectId>, String) {
    let name = if field.value_id.is_some() { String::new() } else { field.field.name.clone() };
    (field.value_id, name)
}

/// Where the second range ends, for the order alone.
fn end_of_range(field: &SignatureField) -> i64 {
    let number = |items: &[Object], at: usize| items.get(at).and_then(Object::as_integer).unwrap_or(i64::MAX / 4);
    let range = field.dictionary.get("ByteRange").and_then(Object::as_array);
    range.map_or(i64::MAX, |items| number(items, 2).saturating_add(number(items, 3)))
}

/// The signatures by which a maker of programs enables functions of Adobe Reader (ISO 32000-1 12.8.2.3): they belong to
/// no field and sign nothing for a person.
///
/// # Errors
/// [`PdfError::Limit`], [`PdfError::Read`].
pub(crate) fn usage_rights(document: &Document) -> Result<Vec<ObjectId>, PdfError> {
    let mut ids = Vec::new();
    for revision in 0..document.revisions().len() {
        let view = document.at(revision)?;
        match usage_rights_of(view, &mut ids) {
            Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => return Err(error),
            _ => continue,
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// /UR3 and its forerunner /UR of the catalog's permissions (table 258), where they state themselves what they are.
fn usage_rights_of(view: View<'_>, ids: &mut Vec<ObjectId>) -> Result<(), PdfError> {
    let permissions = view.lookup(&view.catalog()?, "Perms")?;
    let Some(permissions) = permissions.as_dictionary() else { return Ok(()) };
    for key in ["UR3", "UR"] {
        let Some(id) = permissions.get(key).and_then(Object::as_reference) else { continue };
        let value = view.get(id)?;
        if value.as_dictionary().is_some_and(|value| enables(view, value)) {
            ids.push(id);
        }
    }
    Ok(())
}

/// Whether a signature dictionary transforms usage rights and nothing else (table 253).
fn enables(view: View<'_>, signature: &Dictionary) -> bool {
    let method = |reference: &Object| -> Option<Vec<u8>> {
        let reference = view.resolve(reference).ok()?;
        Some(view.lookup(reference.as_dictionary()?, "TransformMethod").ok()?.as_name()?.to_vec())
    };
    let Ok(Object::Array(references)) = view.lookup(signature, "Reference") else { return false };
    !references.is_empty()
        && references.iter().all(|reference| matches!(method(reference).as_deref(), Some(b"UR3" | b"UR")))
}

/// Offsets of signature traces in objects that belong to none of the signatures found, nor to one that enables usage
/// rights: something was hidden or removed so that no form reaches it (checklist G).
///
/// # Errors
/// [`PdfError::Read`].
pub(crate) fn hidden_traces(document: &Document, found: &[Found], enabling: &[ObjectId]) -> Result<Vec<u64>, PdfError> {
    let mut ranges = Vec::new();
    for revision in 0..document.revisions().len() {
        let Ok(view) = document.at(revision) else { continue };
        let enabling = enabling.iter().filter_map(|id| view.signature_dictionary(SignatureHome::Object(*id)).ok());
        ranges.extend(enabling.map(|dictionary| dictionary.object_range));
        for one in found {
            let Some(dictionary) = one.field.home().and_then(|home| view.signature_dictionary(home).ok()) else {
                continue;
            };
            // A signature whose object a later revision wrote anew is lost; a mere placeholder for it never was one.
            if revision == one.last_seen || !is_filled(&dictionary) || unchanged(document, one, &dictionary) {
                ranges.push(dictionary.object_range);
            }
        }
    }
    let inside = |offset: u64| ranges.iter().any(|range| range.contains(&offset));
    // Field and signature inside another object have been judged as they stand: no place tells them from others.
    let nowhere = found.iter().any(|one| one.field.home().is_none());
    let hidden = document
        .scan_signature_traces()?
        .into_iter()
        .filter(|trace| trace.place == TracePlace::Object && !inside(trace.offset) && !nowhere);
    Ok(hidden.map(|trace| trace.offset).collect())
}

/// Whether a dictionary holds a value over a range, not the zeros that wait for one.
fn is_filled(dictionary: &SignatureDictionary) -> bool {
    let ContentsValue::Hex { bytes, .. } = &dictionary.contents else { return false };
    matches!(dictionary.byte_range, ByteRangeValue::Direct(_)) && bytes.iter().any(|byte| *byte != 0)
}

/// Whether an older revision's dictionary is the one that was found, in the same place.
fn unchanged(document: &Document, found: &Found, dictionary: &SignatureDictionary) -> bool {
    let newest = document.at(found.last_seen).ok().and_then(|view| view.signature_dictionary(dictionary.home).ok());
    newest.is_some_and(|newest| newest.object_range == dictionary.object_range)
}
