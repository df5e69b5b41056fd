//! Rule `form-field`: an open field may be filled in, an empty signature field signed; a signed or locked one stays.
//!
//! ISO 32000-1 tables 220 (fields), 164 (annotations), 188 (widgets).

use crate::pdf::object::{Dictionary, Object};
use crate::pdf::{Field, PdfError, Widget};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::equal::entries;
use crate::verify::changes::forms::is_signature;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::role::{Closed, Role};
use crate::verify::changes::{appearance, signature, words};

const RULE: &str = "form-field";
/// Entries of a widget that say where it is and what it looks like, and lead nowhere (ISO 32000-1 tables 164, 188).
const LOOK: [&[u8]; 14] = [
    b"Rect",
    b"Border",
    b"BS",
    b"C",
    b"CA",
    b"ca",
    b"BM",
    b"H",
    b"MK",
    b"NM",
    b"Contents",
    b"Lang",
    b"P",
    b"StructParent",
];

/// What came of comparing the entries of one dictionary.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    None,
    /// Only flags of a signed field.
    Flags,
    Filled,
    /// What its widgets look like, beyond what filling in changes.
    Annotated,
    Forbidden,
}

/// A field of the signed revision and the one of its name in the later.
pub(crate) fn compare(c: &mut Comparison<'_, '_>, place: usize, old: &Field, new: &Field) -> Result<(), PdfError> {
    let closed = c.signed.forms.state_at(place);
    let at = Place { field: Some(old.name.clone()), object: old.id, page: None };
    let mut difference = entries_of(c, &old.dictionary, &new.dictionary, closed, is_signature(old))?;
    if old.field_type != new.field_type || old.kind != new.kind {
        difference = Difference::Forbidden;
    }
    difference = difference.max(widgets(c, old, new, closed)?);
    if closed == Closed::Open
        && (matches!(difference, Difference::Filled | Difference::Annotated) || c.pending.refilled.contains(&place))
        && appearance::misleads(c, old, new)?
    {
        difference = Difference::Forbidden;
    }
    let (mut before, mut after) =
        (words::value(c.old(), old.value.as_ref())?, words::value(c.new, new.value.as_ref())?);
    if before == after && old.field_type.as_deref() == Some(b"Btn") {
        // The state that a button shows counts, whatever its value says.
        (before, after) = (states(old), states(new));
    }
    match difference {
        Difference::None => {}
        Difference::Flags => {
            c.explain(Stated::new(Code::FormSettingsChanged, LaterChanges::LongTermData, RULE, &at));
        }
        Difference::Annotated => {
            c.explain(Stated::new(Code::AnnotationChanged, LaterChanges::Annotations, RULE, &at));
            if is_signature(old) {
                signed(c, old, new, &at)?;
            } else if before != after {
                let stated = Stated::new(Code::FieldFilled, LaterChanges::FormFilling, RULE, &at);
                c.explain(stated.values(before, after));
            }
        }
        Difference::Filled if is_signature(old) => signed(c, old, new, &at)?,
        Difference::Filled => {
            let stated = Stated::new(Code::FieldFilled, LaterChanges::FormFilling, RULE, &at);
            c.explain(stated.values(before, after));
        }
        Difference::Forbidden => {
            let code = if closed == Closed::Locked { Code::LockedFieldModified } else { Code::FieldModified };
            c.ledger.refuse_stated(Stated::new(code, LaterChanges::Other, RULE, &at).values(before, after));
        }
    }
    Ok(())
}

/// The states that the widgets of a button show (ISO 32000-1 12.7.4.2.3).
fn states(field: &Field) -> Option<String> {
    let state = |widget: &Widget| words::scalar(widget.dictionary.get("AS")?);
    let states: Vec<String> = field.widgets.iter().filter_map(state).collect();
    (!states.is_empty()).then(|| states.join(", "))
}

/// An empty signature field that was signed, or prepared for it.
fn signed(c: &mut Comparison<'_, '_>, old: &Field, new: &Field, at: &Place) -> Result<(), PdfError> {
    let visible = new.widgets.iter().any(|widget| widget.rect.is_some());
    let value = new.value.as_ref().filter(|_| old.value.is_none());
    let Some(value) = value else {
        c.explain(Stated::new(Code::FieldFilled, LaterChanges::FormFilling, RULE, at));
        return Ok(());
    };
    signature::fresh(c, value, visible, at)
}

/// The widgets of a field, itself aside.
fn widgets(c: &mut Comparison<'_, '_>, old: &Field, new: &Field, closed: Closed) -> Result<Difference, PdfError> {
    let apart = |field: &Field| -> Vec<Widget> {
        field.widgets.iter().filter(|widget| widget.id.is_none() || widget.id != field.id).cloned().collect()
    };
    let mut later = apart(new);
    let mut worst = Difference::None;
    for widget in apart(old) {
        let same = |other: &Widget| other.id.is_some() && other.id == widget.id;
        let Some(found) = later.iter().position(same).or((!later.is_empty()).then_some(0)) else {
            worst = worst.max(annotated(c, closed));
            continue;
        };
        let other = later.remove(found);
        let difference = entries_of(c, &widget.dictionary, &other.dictionary, closed, is_signature(old))?;
        worst = worst.max(difference);
    }
    if later.is_empty() {
        return Ok(worst);
    }
    // A signature field without a widget may get one when it is signed.
    let first = old.widgets.is_empty() && is_signature(old) && closed == Closed::Open;
    Ok(worst.max(if first { Difference::Filled } else { annotated(c, closed) }))
}

/// What a change of a widget amounts to: one of an annotation where the certification allows those (P=3).
fn annotated(c: &Comparison<'_, '_>, closed: Closed) -> Difference {
    let allowed = c.signed.restrictions.allowed() == LaterChanges::Annotations && closed == Closed::Open;
    if allowed { Difference::Annotated } else { Difference::Forbidden }
}

fn entries_of(
    c: &mut Comparison<'_, '_>,
    old: &Dictionary,
    new: &Dictionary,
    closed: Closed,
    signature: bool,
) -> Result<Difference, PdfError> {
    let mut worst = Difference::None;
    if old == new {
        return Ok(worst);
    }
    for (key, before, after) in entries(old, new) {
        // The tree is walked from its root: kids and parents are compared there.
        if key == b"Kids" || (key == b"Parent" && same_parent(c, &before, &after)) {
            continue;
        }
        // The value of a signature is known by its object: a copy of it is another one.
        let same = if key == b"V" && closed == Closed::Signed { before == after } else { c.same(&before, &after)? };
        if same {
            continue;
        }
        // An appearance dictionary that is something else as well cannot be told to be one.
        if let (b"AP", Object::Reference(id)) = (key.as_slice(), &before)
            && c.signed.survey.uses_otherwise(*id, &[Role::OpenPart, Role::ClosedPart, Role::AnnotationPart])
        {
            worst = Difference::Forbidden;
        }
        let added = before == Object::Null;
        let value = c.new.resolve(&after)?;
        let difference = match (key.as_slice(), closed) {
            (b"Type", _) if added && value.is_name("Annot") => Difference::None,
            (b"Ff", Closed::Signed) if matches!(value, Object::Integer(_)) => Difference::Flags,
            (_, Closed::Signed | Closed::Locked) => Difference::Forbidden,
            // Who signs without showing it gives an existing field no area (ISO 32000-1 12.7.4.5).
            (b"Rect", Closed::Open) if signature && c.new.rectangle(&value)?.is_none() => Difference::Filled,
            (key, Closed::Open) if fillable(key, added, &value, signature) => Difference::Filled,
            (key, Closed::Open) if added && is_default(key, &value) => Difference::Filled,
            (key, Closed::Open) if LOOK.contains(&key) => annotated(c, closed),
            _ => Difference::Forbidden,
        };
        worst = worst.max(difference);
    }
    Ok(worst)
}

/// Whether a way up leads to the same field, be it under another number.
fn same_parent(c: &Comparison<'_, '_>, before: &Object, after: &Object) -> bool {
    let (Object::Reference(before), Object::Reference(after)) = (before, after) else { return before == after };
    let old = c.signed.forms.place(*before).and_then(|place| c.signed.forms.field(place));
    let new = c.new_forms.place(*after).and_then(|place| c.new_forms.field(place));
    before == after || old.zip(new).is_some_and(|(old, new)| old.name == new.name)
}

/// Whether an entry says what readers take for granted where it is missing: some writers add these to each field that
/// they fill in (ISO 32000-1 tables 164, 166, 188).
fn is_default(key: &[u8], value: &Object) -> bool {
    let one = |value: &Object| value.as_number().is_some_and(|number| (number - 1.0).abs() < f64::EPSILON);
    match (key, value) {
        (b"BS", Object::Dictionary(border)) => border.iter().all(|(key, value)| match key {
            b"Type" => value.is_name("Border"),
            b"S" => value.is_name("S"),
            b"W" => one(value),
            _ => false,
        }),
        (b"Border", Object::Array(items)) => *items == [Object::Integer(0), Object::Integer(0), Object::Integer(1)],
        (b"MK", Object::Dictionary(look)) => look.is_empty(),
        (b"H", value) => value.is_name("I"),
        (b"CA" | b"ca", value) => one(value),
        (b"BM", value) => value.is_name("Normal"),
        _ => false,
    }
}

/// What filling in a field changes, and what signing one adds.
fn fillable(key: &[u8], added: bool, value: &Object, signature: bool) -> bool {
    match key {
        b"V" if signature => matches!(value, Object::Dictionary(_)),
        b"V" | b"RV" | b"I" | b"AP" => true,
        b"AS" => matches!(value, Object::Name(_) | Object::Null),
        b"F" | b"Q" | b"Ff" | b"TI" => matches!(value, Object::Integer(_) | Object::Null),
        b"DA" | b"DS" | b"M" => matches!(value, Object::String(_) | Object::Null),
        b"P" => added && matches!(value, Object::Dictionary(_)),
        b"StructParent" => added && matches!(value, Object::Integer(_)),
        b"Lock" => added && signature,
        _ => false,
    }
}
