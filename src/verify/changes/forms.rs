//! The fields of one revision, by name and by object.

use std::collections::HashMap;

use crate::pdf::object::{Object, ObjectId};
use crate::pdf::{Field, FieldKind, PdfError, View};
use crate::verify::changes::restrictions::Restrictions;
use crate::verify::changes::role::Closed;

/// Fields, and which objects belong to each.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    fields: Vec<Field>,
    states: Vec<Closed>,
    objects: HashMap<ObjectId, usize>,
}

impl Forms {
    /// Reads the fields of a revision; `restrictions` are those in force when they may change next.
    ///
    /// # Errors
    /// As [`View::fields`].
    pub(crate) fn read(view: View<'_>, restrictions: &Restrictions) -> Result<Forms, PdfError> {
        let fields = view.fields()?;
        let mut states = Vec::with_capacity(fields.len());
        let mut objects = HashMap::new();
        for (place, field) in fields.iter().enumerate() {
            let signed = is_signature(field) && value(view, field)? != Object::Null;
            states.push(match (signed, restrictions.locks(&field.name)) {
                (true, _) => Closed::Signed,
                (false, true) => Closed::Locked,
                (false, false) => Closed::Open,
            });
            for id in field.id.into_iter().chain(field.widgets.iter().filter_map(|widget| widget.id)) {
                objects.insert(id, place);
            }
        }
        Ok(Forms { fields, states, objects })
    }

    /// The fields in the order of the tree.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field at a place.
    pub(crate) fn field(&self, place: usize) -> Option<&Field> {
        self.fields.get(place)
    }

    /// The place of the field to which an object belongs, as field or as widget.
    pub(crate) fn place(&self, id: ObjectId) -> Option<usize> {
        self.objects.get(&id).copied()
    }

    /// Whether the field to which an object belongs may be filled in; what belongs to none may not.
    pub(crate) fn state(&self, id: ObjectId) -> Closed {
        self.place(id).map_or(Closed::Locked, |place| self.state_at(place))
    }

    /// The objects of the fields that are signed or locked.
    pub(crate) fn closed(&self) -> impl Iterator<Item = ObjectId> {
        let closed = self.objects.iter().filter(|(_, place)| self.state_at(**place) != Closed::Open);
        closed.map(|(id, _)| *id)
    }

    /// The same by place.
    pub(crate) fn state_at(&self, place: usize) -> Closed {
        self.states.get(place).copied().unwrap_or(Closed::Locked)
    }
}

/// Whether it is a signature field that can hold a value (ISO 32000-1 12.7.4.5).
pub(crate) fn is_signature(field: &Field) -> bool {
    field.kind == FieldKind::Terminal && field.field_type.as_deref() == Some(b"Sig")
}

/// A field's value, resolved; a value that cannot be read counts as one.
fn value(view: View<'_>, field: &Field) -> Result<Object, PdfError> {
    let Some(value) = &field.value else { return Ok(Object::Null) };
    match view.resolve(value) {
        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => Err(error),
        Err(_) => Ok(Object::Boolean(false)),
        Ok(value) => Ok(value),
    }
}
