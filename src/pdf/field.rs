//! Form fields (ISO 32000-1 12.7.3) and the signatures among them (12.7.4.5).

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::geometry::{PageBox, UserRect};
use crate::limits::{Limit, PDF_NESTING};
use crate::pdf::error::{PdfError, TreeProblem};
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::text::decode_text;
use crate::pdf::view::View;

/// A field of the form.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its object; `None` where it is written inside its parent.
    pub id: Option<ObjectId>,
    /// Its full name: the partial names from the root, joined by points (12.7.3.2).
    pub name: String,
    /// Whether it can hold a value or only groups others.
    pub kind: FieldKind,
    /// /FT, own or inherited: Btn, Tx, Ch, Sig.
    pub field_type: Option<Vec<u8>>,
    /// /V, own or inherited, not resolved.
    pub value: Option<Object>,
    /// /Ff, own or inherited.
    pub flags: i64,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Its widgets: itself where field and widget are one dictionary, else its kids without a name.
    pub widgets: Vec<Widget>,
}

/// What a node of the field tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// It has no named kids.
    Terminal,
    /// It groups named kids.
    Group,
}

/// A widget annotation (12.5.6.19).
#[derive(Clone, Debug)]
pub struct Widget {
    /// Its object; `None` where it is written inside its field.
    pub id: Option<ObjectId>,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// /Rect, `None` if missing or empty: the widget is invisible.
    pub rect: Option<UserRect>,
    /// /P, the page it says it is on.
    pub page: Option<ObjectId>,
}

/// A signature field with its signature.
#[derive(Clone, Debug)]
pub struct SignatureField {
    /// The field.
    pub field: Field,
    /// The signature dictionary's object; `None` where it is written inside the field.
    pub value_id: Option<ObjectId>,
    /// The signature dictionary as the view sees it.
    pub dictionary: Dictionary,
}

/// Where a signature dictionary is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureHome {
    /// It is an object of its own, as ISO 32000-2 12.7.5.5 demands.
    Object(ObjectId),
    /// It stands directly under /V of this field, which ISO 32000-1 12.7.4.5 leaves open.
    Field(ObjectId),
}

impl SignatureHome {
    /// The object in which it is written.
    #[must_use]
    pub fn object(self) -> ObjectId {
        match self {
            SignatureHome::Object(id) | SignatureHome::Field(id) => id,
        }
    }
}

impl SignatureField {
    /// Where its signature dictionary is written; `None` if field and signature are both inside another object.
    #[must_use]
    pub fn home(&self) -> Option<SignatureHome> {
        self.value_id.map(SignatureHome::Object).or_else(|| self.field.id.map(SignatureHome::Field))
    }
}

/// A node still to be walked, with what it inherits.
struct Pending {
    object: Object,
    depth: u32,
    name: String,
    field_type: Option<Vec<u8>>,
    value: Option<Rc<Object>>,
    flags: i64,
}

/// Longest full name taken, in bytes: no form comes near it, and every kid of a group repeats the group's name.
const NAME_BYTES: usize = 32 << 10;

/// A list without the references that it repeats: a field named twice in one list is one field.
fn once(items: Vec<Object>) -> Vec<Object> {
    let mut seen = HashSet::new();
    items.into_iter().filter(|item| item.as_reference().is_none_or(|id| seen.insert(id))).collect()
}

fn damaged(problem: TreeProblem) -> PdfError {
    PdfError::FieldTree { problem }
}

impl View<'_> {
    /// The AcroForm dictionary (12.7.2), if there is one: something else is none to any reader.
    ///
    /// # Errors
    /// As [`View::get`].
    pub fn form(&self) -> Result<Option<Dictionary>, PdfError> {
        match self.lookup(&self.catalog()?, "AcroForm")? {
            Object::Dictionary(form) => Ok(Some(form)),
            _ => Ok(None),
        }
    }

    /// Every field and group, in the order of the tree.
    ///
    /// # Errors
    /// [`PdfError::FieldTree`] when a node is reached twice; as [`View::get`].
    pub fn fields(&self) -> Result<Vec<Field>, PdfError> {
        let Some(form) = self.form()? else { return Ok(Vec::new()) };
        let roots = match self.lookup(&form, "Fields")? {
            Object::Array(roots) => once(roots),
            _ => Vec::new(),
        };
        let root = |object| Pending { object, depth: 0, name: String::new(), field_type: None, value: None, flags: 0 };
        let mut pending: Vec<Pending> = roots.into_iter().rev().map(root).collect();
        let mut seen = HashSet::new();
        let mut fields = Vec::new();
        while let Some(next) = pending.pop() {
            let id = next.object.as_reference();
            if id.is_some_and(|id| !seen.insert(id)) {
                return Err(damaged(TreeProblem::Loop));
            }
            if next.depth > PDF_NESTING {
                return Err(damaged(TreeProblem::Depth));
            }
            // What is no dictionary, such as a reference to nothing, is an empty place for every reader.
            let Object::Dictionary(dictionary) = self.resolve(&next.object)? else { continue };
            let (field, kids) = self.field(id, dictionary, next)?;
            for kid in &field.widgets {
                if kid.id != id && kid.id.is_some_and(|kid| !seen.insert(kid)) {
                    return Err(damaged(TreeProblem::Loop));
                }
            }
            fields.push(field);
            pending.extend(kids.into_iter().rev());
        }
        Ok(fields)
    }

    /// Every signature field that has a value, in the order of the tree.
    ///
    /// # Errors
    /// As [`View::fields`].
    pub fn signatures(&self) -> Result<Vec<SignatureField>, PdfError> {
        let mut signatures = Vec::new();
        for field in self.fields()? {
            if field.field_type.as_deref() != Some(b"Sig") || field.kind == FieldKind::Group {
                continue;
            }
            let Some(value) = &field.value else { continue };
            let dictionary = match self.resolve(value)? {
                Object::Dictionary(dictionary) => dictionary,
                Object::Null => continue,
                // Something that is no dictionary is a broken signature, not none.
                _ => Dictionary::new(),
            };
            signatures.push(SignatureField { value_id: value.as_reference(), dictionary, field });
        }
        Ok(signatures)
    }

    /// The page whose /Annots holds the widget; failing that, the page that the widget names in /P.
    ///
    /// # Errors
    /// As [`View::pages`].
    pub fn page_of(&self, widget: &Widget) -> Result<Option<usize>, PdfError> {
        let mut named = None;
        for page in self.pages() {
            let page = page?;
            if widget.id.is_some() && page.annots.iter().any(|annot| annot.as_reference() == widget.id) {
                return Ok(Some(page.index));
            }
            if widget.page.is_some() && page.id == widget.page {
                named.get_or_insert(page.index);
            }
        }
        Ok(named)
    }

    /// The page of each widget, as [`View::page_of`] finds it: index and box. One walk over the pages for all of them.
    ///
    /// # Errors
    /// As [`View::pages`].
    pub fn pages_of(&self, widgets: &[Widget]) -> Result<Vec<Option<(usize, PageBox)>>, PdfError> {
        let held: HashMap<ObjectId, usize> = widgets.iter().enumerate().filter_map(|(n, w)| Some((w.id?, n))).collect();
        let mut found: Vec<Option<(usize, PageBox)>> = vec![None; widgets.len()];
        let mut named: HashMap<ObjectId, (usize, PageBox)> = HashMap::new();
        let mut missing = widgets.len();
        for page in self.pages() {
            let page = page?;
            let place = (page.index, page.page_box);
            for id in page.annots.iter().filter_map(Object::as_reference) {
                let slot = held.get(&id).and_then(|n| found.get_mut(*n)).filter(|slot| slot.is_none());
                if let Some(slot) = slot {
                    *slot = Some(place);
                    missing = missing.saturating_sub(1);
                }
            }
            if missing == 0 {
                return Ok(found);
            }
            if let Some(id) = page.id {
                named.entry(id).or_insert(place);
            }
        }
        for (slot, widget) in found.iter_mut().zip(widgets).filter(|(slot, _)| slot.is_none()) {
            *slot = widget.page.and_then(|id| named.get(&id).copied());
        }
        Ok(found)
    }

    /// A field from its dictionary, and its kids that are fields.
    fn field(&self, id: Option<ObjectId>, node: Dictionary, above: Pending) -> Result<(Field, Vec<Pending>), PdfError> {
        let partial = match self.lookup(&node, "T")? {
            Object::String(bytes) => Some(decode_text(&bytes)),
            _ => None,
        };
        let name = match partial {
            Some(partial) if above.name.is_empty() => partial,
            Some(partial) => format!("{}.{partial}", above.name),
            None => above.name,
        };
        let field_type = self.lookup(&node, "FT")?.as_name().map(<[u8]>::to_vec).or(above.field_type);
        if name.len() > NAME_BYTES {
            return Err(damaged(TreeProblem::Malformed));
        }
        let own = node.get("V").filter(|value| **value != Object::Null);
        let value = own.map(|value| Rc::new(value.clone())).or(above.value);
        // A large value that many fields inherit is copied for each: that is paid for.
        self.budget().spend(Limit::Objects, value.as_deref().map_or(0, Object::weight))?;
        let flags = self.lookup(&node, "Ff")?.as_integer().unwrap_or(above.flags);
        let mut widgets = Vec::new();
        if node.get("Subtype").is_some_and(|kind| kind.is_name("Widget")) {
            widgets.push(self.widget(id, node.clone())?);
        }
        let mut kids = Vec::new();
        if let Object::Array(items) = self.lookup(&node, "Kids")? {
            for item in once(items) {
                let Object::Dictionary(kid) = self.resolve(&item)? else { continue };
                if kid.get("T").is_some() || kid.get("Kids").is_some() {
                    kids.push(Pending {
                        object: item,
                        depth: above.depth + 1,
                        name: name.clone(),
                        field_type: field_type.clone(),
                        value: value.clone(),
                        flags,
                    });
                } else {
                    widgets.push(self.widget(item.as_reference(), kid)?);
                }
            }
        }
        let kind = if kids.is_empty() { FieldKind::Terminal } else { FieldKind::Group };
        let value = value.as_deref().cloned();
        Ok((Field { id, name, kind, field_type, value, flags, dictionary: node, widgets }, kids))
    }

    fn widget(&self, id: Option<ObjectId>, dictionary: Dictionary) -> Result<Widget, PdfError> {
        let rect = dictionary.get("Rect").map(|rect| self.rectangle(rect)).transpose()?.flatten();
        let page = dictionary.get("P").and_then(Object::as_reference);
        Ok(Widget { id, dictionary, rect, page })
    }
}
