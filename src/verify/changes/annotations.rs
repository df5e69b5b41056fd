//! Rule `annotations`: a page may gain the widgets of new signatures; any other change of annotations needs a
//! certification that allows it, P=3 (ISO 32000-1 table 254).

use std::collections::HashMap;

use crate::pdf::PdfError;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::{Comparison, Whole};
use crate::verify::changes::forms::is_signature;
use crate::verify::changes::ledger::{Place, Stated};
use crate::verify::changes::restrictions::Certification;
use crate::verify::changes::role::{Closed, Role};
use crate::verify::changes::words;

const RULE: &str = "annotations";
/// Most items that are compared one with another because their numbers differ.
const COMPARED: usize = 256;

/// The /Annots of a page.
pub(crate) fn list(c: &mut Comparison<'_, '_>, old: &Object, new: &Object, at: &Place) -> Result<(), PdfError> {
    if !matches!(old, Object::Array(_) | Object::Null) || !matches!(new, Object::Array(_) | Object::Null) {
        c.ledger.refuse(Code::PageAnnotationsModified, RULE, at);
        return Ok(());
    }
    let (old, new) = (old.as_array().unwrap_or_default(), new.as_array().unwrap_or_default());
    let Matched { removed, added, order } = matched(c, old, new, at)?;
    if order == Order::Changed {
        c.explain(Stated::new(Code::AnnotationChanged, LaterChanges::Annotations, RULE, at));
    }
    for item in removed {
        self::removed(c, &item, at)?;
    }
    for item in added {
        self::added(c, &item, at)?;
    }
    Ok(())
}

/// An annotation, or what it refers to, that is something else under the same number.
pub(crate) fn changed(
    c: &mut Comparison<'_, '_>,
    role: Role,
    old: &Object,
    new: &Object,
    at: &Place,
) -> Result<(), PdfError> {
    if role == Role::Annotation && *new != Object::Null {
        let kind = |object: &Object| object.as_dictionary().and_then(|dictionary| dictionary.get("Subtype")).cloned();
        let widget = kind(new).is_some_and(|kind| kind.is_name("Widget"));
        if !matches!(new, Object::Dictionary(_)) || kind(old) != kind(new) || widget {
            // A widget outside the form, or an annotation turned into something else.
            c.ledger.refuse(Code::PageAnnotationsModified, RULE, at);
            return Ok(());
        }
        overlay(c, new, at)?;
    }
    let contents = |object: &Object| object.as_dictionary().and_then(|d| d.get("Contents")).and_then(words::scalar);
    let stated = Stated::new(Code::AnnotationChanged, LaterChanges::Annotations, RULE, at);
    c.explain(stated.values(contents(old), contents(new)));
    Ok(())
}

/// Which items of two lists are the same.
struct Matched {
    removed: Vec<Object>,
    added: Vec<Object>,
    order: Order,
}

#[derive(PartialEq, Eq)]
enum Order {
    Kept,
    Changed,
}

fn matched(c: &mut Comparison<'_, '_>, old: &[Object], new: &[Object], at: &Place) -> Result<Matched, PdfError> {
    let mut numbers: HashMap<ObjectId, Vec<usize>> = HashMap::new();
    for (place, item) in new.iter().enumerate().rev() {
        if let Object::Reference(id) = item {
            numbers.entry(*id).or_default().push(place);
        }
    }
    let mut taken: HashMap<usize, usize> = HashMap::new();
    let mut left: Vec<(usize, &Object)> = Vec::new();
    for (place, item) in old.iter().enumerate() {
        match item.as_reference().and_then(|id| numbers.get_mut(&id)?.pop()) {
            Some(found) => {
                taken.insert(found, place);
            }
            None => left.push((place, item)),
        }
    }
    let mut removed = Vec::new();
    for (count, (place, item)) in left.into_iter().enumerate() {
        if c.old().resolve(item)? == Object::Null {
            continue;
        }
        let free: Vec<usize> = (0..new.len()).filter(|at| !taken.contains_key(at)).take(COMPARED).collect();
        let mut found = None;
        for candidate in free {
            let same = count < COMPARED && new.get(candidate).map(|new| c.same(item, new)).transpose()? == Some(true);
            if same || renumbered(c, item, new.get(candidate)) {
                found = Some(candidate);
                break;
            }
        }
        match found {
            Some(candidate) => {
                if let Some(new) = new.get(candidate) {
                    c.value(Role::Annotation, item, new, at)?;
                }
                taken.insert(candidate, place);
            }
            None => removed.push(item.clone()),
        }
    }
    let added = new.iter().enumerate().filter(|(place, _)| !taken.contains_key(place)).map(|(_, item)| item.clone());
    let mut order: Vec<(usize, usize)> = taken.iter().map(|(new, old)| (*new, *old)).collect();
    order.sort_unstable();
    let kept = order.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if a < b));
    Ok(Matched { removed, added: added.collect(), order: if kept { Order::Kept } else { Order::Changed } })
}

/// Whether two items are widgets of one field that was written again under another number.
fn renumbered(c: &Comparison<'_, '_>, old: &Object, new: Option<&Object>) -> bool {
    let name = |forms: &crate::verify::changes::forms::Forms, item: &Object| {
        let place = item.as_reference().and_then(|id| forms.place(id))?;
        forms.field(place).map(|field| field.name.clone())
    };
    let before = name(c.signed.forms, old);
    before.is_some() && before == new.and_then(|new| name(c.new_forms, new))
}

fn removed(c: &mut Comparison<'_, '_>, item: &Object, at: &Place) -> Result<(), PdfError> {
    let annotation = c.old().resolve(item)?;
    let widget = annotation.as_dictionary().is_some_and(is_widget);
    let owner = item.as_reference().and_then(|id| c.signed.forms.place(id));
    let closed = owner.is_some_and(|owner| c.signed.forms.state_at(owner) != Closed::Open);
    if (widget || owner.is_some()) && (closed || c.signed.restrictions.allowed() < LaterChanges::Annotations) {
        // A field whose widget is taken from its page cannot be seen any more.
        c.ledger.refuse(Code::PageAnnotationsModified, RULE, at);
    } else {
        let at = Place { object: item.as_reference(), ..at.clone() };
        c.explain(Stated::new(Code::AnnotationChanged, LaterChanges::Annotations, RULE, &at));
    }
    Ok(())
}

fn added(c: &mut Comparison<'_, '_>, item: &Object, at: &Place) -> Result<(), PdfError> {
    let resolved = c.new.resolve(item)?;
    let Object::Dictionary(annotation) = &resolved else {
        if resolved != Object::Null {
            c.ledger.refuse(Code::PageAnnotationsModified, RULE, at);
        }
        return Ok(());
    };
    let owner = item.as_reference().and_then(|id| c.new_forms.place(id)).and_then(|place| c.new_forms.field(place));
    if let Some(owner) = owner.filter(|owner| is_signature(owner)) {
        let name = owner.name.clone();
        let before = c.signed.forms.fields().iter().position(|field| field.name == name);
        match before.map(|place| c.signed.forms.state_at(place)) {
            // The rule for new fields judges it.
            None => {
                c.pending.form = Whole::Touched;
                c.pending.holders.extend(item.as_reference().zip(at.page));
            }
            Some(Closed::Open) => {
                c.pending.form = Whole::Touched;
                let at = Place { field: Some(name), ..at.clone() };
                c.explain(Stated::new(Code::FieldFilled, LaterChanges::FormFilling, RULE, &at));
            }
            Some(_) => c.ledger.refuse(Code::PageAnnotationsModified, RULE, at),
        }
        return Ok(());
    }
    // A widget belongs to a field: one that was there and is open may get another where annotations may.
    let known = owner.and_then(|owner| c.signed.forms.fields().iter().position(|field| field.name == owner.name));
    let open = known.is_some_and(|place| c.signed.forms.state_at(place) == Closed::Open);
    if is_widget(annotation) && !(open && c.signed.restrictions.allowed() == LaterChanges::Annotations) {
        c.ledger.refuse(Code::PageAnnotationsModified, RULE, at);
        return Ok(());
    }
    overlay(c, &resolved, at)?;
    let at = Place { object: item.as_reference(), ..at.clone() };
    let contents = annotation.get("Contents").and_then(words::scalar);
    let stated = Stated::new(Code::AnnotationChanged, LaterChanges::Annotations, RULE, &at);
    c.explain(stated.values(None, contents));
    Ok(())
}

fn is_widget(dictionary: &Dictionary) -> bool {
    dictionary.get("Subtype").is_some_and(|kind| kind.is_name("Widget"))
}

/// An annotation that a certified document gained lies over what was certified: the reader must be told where.
fn overlay(c: &mut Comparison<'_, '_>, annotation: &Object, at: &Place) -> Result<(), PdfError> {
    let Some(annotation) = annotation.as_dictionary() else { return Ok(()) };
    let silent = |kind: &Object| kind.is_name("Link") || kind.is_name("Popup");
    if c.signed.restrictions.certification == Certification::None || annotation.get("Subtype").is_some_and(silent) {
        return Ok(());
    }
    let rect = annotation.get("Rect").map(|rect| c.new.rectangle(rect)).transpose()?.flatten();
    let page_box = at.page.map(|page| c.page_box(page)).transpose()?.flatten();
    let (Some(rect), Some(page_box)) = (rect, page_box) else { return Ok(()) };
    let seen = page_box.to_viewed(rect);
    let text = format!("{:.1} {:.1} {:.1} {:.1} mm", seen.x.0, seen.y.0, seen.width.0, seen.height.0);
    c.ledger.remark(Code::AnnotationOverlaysContent, at, vec![("rectangle", text)]);
    Ok(())
}
