//! Whether earlier signatures let a document be changed: `DocMDP`, `FieldMDP` and field locks (ISO 32000-1 12.8.2,
//! 12.7.4.5; ISO 32000-2 table 235).

use crate::pdf::document::Document;
use crate::pdf::field::SignatureField;
use crate::pdf::object::Dictionary;
use crate::pdf::signature_request::{DocMdp, FieldLock, LockedFields};
use crate::pdf::text::decode_text;
use crate::pdf::update_error::UpdateError;
use crate::pdf::view::View;

/// What the signatures of a document leave open, as they state it; nothing is verified here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockState {
    /// No signature restricts later changes.
    Open,
    /// Changes up to this level are allowed.
    Restricted {
        /// The strictest level stated.
        permission: DocMdp,
        /// The field of the signature that states it.
        by: String,
    },
    /// No further change is allowed.
    Closed {
        /// The field of the signature that states it; empty where no field reaches it.
        by: String,
    },
}

/// Most signature references that are looked at in one signature; there are three methods.
const REFERENCES: usize = 16;

/// The strictest restriction that any signature of the document states: `DocMDP` of a certification, or P in the lock of
/// a signed field.
///
/// # Errors
/// [`UpdateError::Unreadable`], [`UpdateError::Malformed`].
pub fn lock_state(document: &Document) -> Result<LockState, UpdateError> {
    document.readable().map_err(UpdateError::locked)?;
    let view = document.current()?;
    let mut strictest: Option<(DocMdp, String)> = None;
    let mut note = |permission: Option<DocMdp>, by: &str| {
        if let Some(permission) = permission
            && strictest.as_ref().is_none_or(|(old, _)| permission < *old)
        {
            strictest = Some((permission, by.to_string()));
        }
    };
    for SignatureField { field, dictionary, .. } in view.signatures()? {
        note(certified(&view, &dictionary)?, &field.name);
        if let Some(lock) = view.lookup(&field.dictionary, "Lock")?.as_dictionary() {
            let permission = view.lookup(lock, "P")?.as_integer();
            note(permission.and_then(DocMdp::from_permission), &field.name);
        }
    }
    // A certification that no field reaches still binds.
    if let Some(permissions) = view.lookup(&view.catalog()?, "Perms")?.as_dictionary()
        && let Some(signature) = view.lookup(permissions, "DocMDP")?.as_dictionary()
    {
        note(certified(&view, signature)?, "");
    }
    Ok(match strictest {
        None => LockState::Open,
        Some((DocMdp::NoChanges, by)) => LockState::Closed { by },
        Some((permission, by)) => LockState::Restricted { permission, by },
    })
}

/// The permission of a signature's `DocMDP` reference; 2 where it states none (table 254).
fn certified(view: &View<'_>, signature: &Dictionary) -> Result<Option<DocMdp>, UpdateError> {
    let Some(parameters) = parameters(view, signature, "DocMDP")? else { return Ok(None) };
    let stated = view.lookup(&parameters, "P")?;
    Ok(Some(stated.as_integer().and_then(DocMdp::from_permission).unwrap_or(DocMdp::FormFilling)))
}

/// The transform parameters of a signature's reference with this method.
fn parameters(view: &View<'_>, signature: &Dictionary, method: &str) -> Result<Option<Dictionary>, UpdateError> {
    let references = view.lookup(signature, "Reference")?;
    for reference in references.as_array().unwrap_or_default().iter().take(REFERENCES) {
        let reference = view.resolve(reference)?;
        let Some(reference) = reference.as_dictionary() else { continue };
        if !view.lookup(reference, "TransformMethod")?.is_name(method) {
            continue;
        }
        let parameters = view.lookup(reference, "TransformParams")?;
        return Ok(Some(parameters.as_dictionary().cloned().unwrap_or_default()));
    }
    Ok(None)
}

/// The name of the signed field whose signature locks the field `name`, if there is one.
pub(in crate::pdf) fn field_lock_by(view: &View<'_>, name: &str) -> Result<Option<String>, UpdateError> {
    for SignatureField { field, dictionary, .. } in view.signatures()? {
        let mut locks = Vec::new();
        locks.extend(parameters(view, &dictionary, "FieldMDP")?);
        locks.extend(view.lookup(&field.dictionary, "Lock")?.as_dictionary().cloned());
        for lock in locks {
            if read_lock(view, &lock)?.is_some_and(|lock| lock.fields.covers(name)) {
                return Ok(Some(field.name));
            }
        }
    }
    Ok(None)
}

/// The lock that a field brings along.
pub(in crate::pdf) fn lock_of(view: &View<'_>, field: &Dictionary) -> Result<Option<FieldLock>, UpdateError> {
    match view.lookup(field, "Lock")?.as_dictionary() {
        Some(lock) => read_lock(view, lock),
        None => Ok(None),
    }
}

/// Reads a lock dictionary or the parameters of `FieldMDP`, which share their entries (tables 233 and 256).
fn read_lock(view: &View<'_>, lock: &Dictionary) -> Result<Option<FieldLock>, UpdateError> {
    let fields = view.lookup(lock, "Fields")?;
    let mut names = Vec::new();
    for field in fields.as_array().unwrap_or_default() {
        names.extend(view.resolve(field)?.as_string().map(decode_text));
    }
    let action = view.lookup(lock, "Action")?;
    let fields = match action.as_name() {
        Some(b"All") => LockedFields::All,
        Some(b"Include") => LockedFields::Include(names),
        Some(b"Exclude") => LockedFields::Exclude(names),
        _ => return Ok(None),
    };
    let permission = view.lookup(lock, "P")?.as_integer().and_then(DocMdp::from_permission);
    Ok(Some(FieldLock { fields, permission }))
}

impl LockedFields {
    /// Whether the lock means this field: a name stands for the fields below it, too.
    pub(crate) fn covers(&self, name: &str) -> bool {
        let named = |names: &[String]| {
            names.iter().any(|stem| {
                name.strip_prefix(stem.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            LockedFields::All => true,
            LockedFields::Include(names) => named(names),
            LockedFields::Exclude(names) => !named(names),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pdf::signature_request::LockedFields;

    #[test]
    fn a_name_stands_for_the_fields_below_it() {
        let names = vec!["a".to_string(), "b.c".to_string()];
        let include = LockedFields::Include(names.clone());
        assert!(include.covers("a") && include.covers("a.x") && include.covers("b.c.d"));
        assert!(!include.covers("ab") && !include.covers("b"));
        let exclude = LockedFields::Exclude(names);
        assert!(!exclude.covers("a.x") && exclude.covers("b"));
        assert!(LockedFields::All.covers("anything"));
    }
}
