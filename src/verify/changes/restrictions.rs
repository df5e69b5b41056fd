//! What the signatures of a revision let be changed later.

use crate::pdf::object::{Dictionary, Object};
use crate::pdf::{DocMdp, FieldKind, LockedFields, PdfError, SignatureField, View, decode_text};
use crate::report::LaterChanges;

/// Most entries of a /Reference array that are looked at; there are four methods (ISO 32000-1 table 253).
const REFERENCES: usize = 16;

/// The restrictions that the signatures of one revision state, all together: a certification binds every later
/// revision, whoever signed in between.
#[derive(Clone, Debug, Default)]
pub(crate) struct Restrictions {
    /// The strictest permission stated by a `DocMDP` or by the lock of a signed field.
    pub(crate) permission: Option<DocMdp>,
    /// Whether a signature certifies the document.
    pub(crate) certification: Certification,
    /// Fields that must not change.
    locks: Vec<LockedFields>,
}

/// Whether there is a certification signature (ISO 32000-1 12.8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Certification {
    /// There is none.
    #[default]
    None,
    /// There is one.
    Certified,
}

impl Restrictions {
    /// Reads them from the signatures of a revision.
    ///
    /// # Errors
    /// As [`View::get`].
    pub(crate) fn of(view: View<'_>) -> Result<Restrictions, PdfError> {
        let mut restrictions = Restrictions::default();
        for SignatureField { field, dictionary, .. } in view.signatures()? {
            if field.kind == FieldKind::Group {
                continue;
            }
            restrictions.signature(view, &dictionary)?;
            if let Some(lock) = view.lookup(&field.dictionary, "Lock")?.as_dictionary() {
                restrictions.lock(view, lock)?;
                // ISO 32000-2 table 236, P.
                let stated = view.lookup(lock, "P")?.as_integer().and_then(DocMdp::from_permission);
                restrictions.permit(stated);
            }
        }
        // A certification that no field reaches binds too (ISO 32000-1 12.8.4).
        if let Some(permissions) = view.lookup(&view.catalog()?, "Perms")?.as_dictionary()
            && let Some(signature) = view.lookup(permissions, "DocMDP")?.as_dictionary()
        {
            restrictions.signature(view, signature)?;
        }
        Ok(restrictions)
    }

    /// The highest level of later changes that is allowed. Without a certification, as if forms alone were open:
    /// who signs a document without saying more lets it be signed again.
    pub(crate) fn allowed(&self) -> LaterChanges {
        match self.permission {
            Some(DocMdp::NoChanges) => LaterChanges::LongTermData,
            None | Some(DocMdp::FormFilling) => LaterChanges::FormFilling,
            Some(DocMdp::Annotations) => LaterChanges::Annotations,
        }
    }

    /// Whether any field is locked.
    pub(crate) fn locks_any(&self) -> bool {
        !self.locks.is_empty()
    }

    /// Whether a field is locked.
    pub(crate) fn locks(&self, name: &str) -> bool {
        self.locks.iter().any(|lock| lock.covers(name))
    }

    fn permit(&mut self, stated: Option<DocMdp>) {
        self.permission = match (self.permission, stated) {
            (Some(old), Some(new)) => Some(old.min(new)),
            (old, new) => old.or(new),
        };
    }

    /// The `DocMDP` and `FieldMDP` references of a signature (ISO 32000-1 12.8.2).
    fn signature(&mut self, view: View<'_>, signature: &Dictionary) -> Result<(), PdfError> {
        let references = view.lookup(signature, "Reference")?;
        for reference in references.as_array().unwrap_or_default().iter().take(REFERENCES) {
            let reference = view.resolve(reference)?;
            let Some(reference) = reference.as_dictionary() else { continue };
            let parameters = view.lookup(reference, "TransformParams")?;
            let parameters = parameters.as_dictionary().cloned().unwrap_or_default();
            match view.lookup(reference, "TransformMethod")?.as_name() {
                Some(b"DocMDP") => {
                    // Table 254: 2 where nothing is stated.
                    let stated = view.lookup(&parameters, "P")?.as_integer().and_then(DocMdp::from_permission);
                    self.certification = Certification::Certified;
                    self.permit(Some(stated.unwrap_or(DocMdp::FormFilling)));
                }
                Some(b"FieldMDP") => self.lock(view, &parameters)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A lock dictionary or the parameters of `FieldMDP` (ISO 32000-1 tables 233 and 256).
    fn lock(&mut self, view: View<'_>, lock: &Dictionary) -> Result<(), PdfError> {
        let fields = view.lookup(lock, "Fields")?;
        let mut names = Vec::new();
        for field in fields.as_array().unwrap_or_default() {
            names.extend(view.resolve(field)?.as_string().map(decode_text));
        }
        match view.lookup(lock, "Action")?.as_name() {
            Some(b"All") => self.locks.push(LockedFields::All),
            Some(b"Include") => self.locks.push(LockedFields::Include(names)),
            Some(b"Exclude") => self.locks.push(LockedFields::Exclude(names)),
            // Whoever states a lock that cannot be read locked something: all, to be sure.
            _ => self.locks.push(LockedFields::All),
        }
        Ok(())
    }
}

/// Whether a signature dictionary certifies the document.
///
/// # Errors
/// As [`View::get`].
pub(crate) fn certifies(view: View<'_>, signature: &Dictionary) -> Result<bool, PdfError> {
    let references = view.lookup(signature, "Reference")?;
    for reference in references.as_array().unwrap_or_default().iter().take(REFERENCES) {
        let reference = view.resolve(reference)?;
        let Some(reference) = reference.as_dictionary() else { continue };
        if matches!(view.lookup(reference, "TransformMethod")?, Object::Name(name) if name == b"DocMDP") {
            return Ok(true);
        }
    }
    Ok(false)
}
