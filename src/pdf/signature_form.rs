//! Puts a signature into a document's interactive form: the field, its widgets, the catalog's entries (ISO 32000-1 12.7,
//! 12.8). What is not touched here stays byte for byte as it was.

use std::collections::BTreeMap;

use crate::pdf::document::Document;
use crate::pdf::field::{Field, FieldKind};
use crate::pdf::lock_state::{LockState, field_lock_by, lock_of, lock_state};
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::page::Page;
use crate::pdf::paper::Paper;
use crate::pdf::revision_bytes::{Places, PreparedRevision};
use crate::pdf::signature_object::{signature_entries, write_signature};
use crate::pdf::signature_request::{DocMdp, FieldChoice, FieldLock, SignatureKind, SignatureRequest, Visibility};
use crate::pdf::signature_widget::{Form, Grown, dictionary, merge};
use crate::pdf::update::Update;
use crate::pdf::update_error::{Part, UpdateError};
use crate::pdf::view::View;

/// SigFlags SignaturesExist and AppendOnly (ISO 32000-1 table 219).
const SIGNATURES_EXIST_APPEND_ONLY: i64 = 3;

/// Prepares a signed revision of a document.
///
/// # Errors
/// [`UpdateError`]; nothing has been written then.
pub fn prepare_signature(document: &Document, request: &SignatureRequest) -> Result<PreparedRevision, UpdateError> {
    // A document timestamp is long-term data, which even a closed document may take (ISO 32000-2 12.8.2.2).
    if request.kind == SignatureKind::Signature
        && let LockState::Closed { by } = lock_state(document)?
    {
        return Err(UpdateError::DocumentLocked { by });
    }
    let update = Update::new(document)?;
    let view = update.view();
    if request.doc_mdp.is_some() && (!view.signatures()?.is_empty() || is_certified(&update)?) {
        return Err(UpdateError::CertificationNotFirst);
    }
    if matches!(&request.visibility, Visibility::Widgets(widgets) if !widgets.is_empty()) && is_certified(&update)? {
        return Err(UpdateError::VisibleAfterCertification);
    }
    let target = target(view, &view.fields()?, request)?;
    let pages = pages(view, &request.visibility)?;
    let paper = match request.visibility {
        Visibility::Invisible => Paper::default(),
        _ => Paper::of(view),
    };
    Form { update, pages, pictures: Vec::new(), font: None, paper }.sign(request, target)
}

/// The field to be signed.
enum Target {
    New { name: String },
    Existing(Box<Field>),
}

impl Target {
    fn name(&self) -> &str {
        match self {
            Target::New { name } => name,
            Target::Existing(field) => &field.name,
        }
    }
}

/// Finds or names the field and refuses what does not go together.
fn target(view: &View<'_>, fields: &[Field], request: &SignatureRequest) -> Result<Target, UpdateError> {
    let taken = |name: &str| fields.iter().any(|field| field.name == name);
    match (&request.field, &request.visibility) {
        (FieldChoice::New { .. }, Visibility::OwnRectangle(_))
        | (FieldChoice::Existing { .. }, Visibility::Widgets(_)) => Err(UpdateError::VisibilityMismatch),
        (FieldChoice::New { name: Some(name) }, _) => {
            if name.is_empty() || name.contains('.') || taken(name) {
                return Err(UpdateError::FieldName { name: name.clone() });
            }
            Ok(Target::New { name: name.clone() })
        }
        (FieldChoice::New { name: None }, _) => {
            // One of the first n + 1 numbers is free among n fields.
            let mut names = (1..=fields.len().saturating_add(1)).map(|n| format!("Signature{n}"));
            let name = names.find(|name| !taken(name)).ok_or(UpdateError::Malformed { part: Part::AcroForm })?;
            Ok(Target::New { name })
        }
        (FieldChoice::Existing { name }, _) => {
            let unknown = || UpdateError::FieldUnknown { name: name.clone() };
            let field = fields.iter().find(|field| field.name == *name).ok_or_else(unknown)?;
            if field.field_type.as_deref() != Some(b"Sig") || field.kind == FieldKind::Group {
                return Err(UpdateError::FieldNotSignature { name: name.clone() });
            }
            if let Some(value) = &field.value
                && view.resolve(value)? != Object::Null
            {
                return Err(UpdateError::FieldSigned { name: name.clone() });
            }
            if let Some(by) = field_lock_by(view, name)? {
                return Err(UpdateError::FieldLocked { name: name.clone(), by });
            }
            Ok(Target::Existing(Box::new(field.clone())))
        }
    }
}

/// The pages that new widgets stand on, read in one pass: a widget on each of many pages must not walk the tree for each.
fn pages(view: &View<'_>, visibility: &Visibility) -> Result<BTreeMap<usize, Page>, UpdateError> {
    let wanted: Vec<usize> = match visibility {
        Visibility::Widgets(widgets) if !widgets.is_empty() => widgets.iter().map(|widget| widget.page).collect(),
        Visibility::OwnRectangle(_) => return Ok(BTreeMap::new()),
        _ => vec![0],
    };
    let last = wanted.iter().copied().max().unwrap_or(0);
    let mut found = BTreeMap::new();
    let mut count = 0;
    for page in view.pages() {
        let page = page?;
        count = page.index.saturating_add(1);
        if wanted.contains(&page.index) {
            found.insert(page.index, page);
        }
        if count > last {
            return Ok(found);
        }
    }
    Err(UpdateError::PageOutOfRange { index: last, count })
}

/// Whether the catalog names a certification signature (ISO 32000-1 table 258).
fn is_certified(update: &Update<'_>) -> Result<bool, UpdateError> {
    let catalog = dictionary(update.value(update.view().root_id()?)?, Part::Catalog)?;
    let permissions = update.entry(&catalog, "Perms")?;
    Ok(permissions.as_dictionary().is_some_and(|permissions| permissions.get("DocMDP").is_some()))
}

impl Form<'_> {
    /// All the steps, in the order in which objects are numbered.
    fn sign(mut self, request: &SignatureRequest, target: Target) -> Result<PreparedRevision, UpdateError> {
        let root = self.update.view().root_id()?;
        let own_lock = match &target {
            Target::Existing(field) => lock_of(self.update.view(), &field.dictionary)?,
            Target::New { .. } => None,
        };
        let lock = request.lock.clone().or(own_lock);
        let signature = self.update.allocate()?;
        let entries = signature_entries(request, references(request.doc_mdp, lock.as_ref(), root));
        let written = write_signature(&self.update.protect(signature, entries)?, request.contents_capacity);
        self.update.put_written(signature, written.bytes);

        let name = target.name().to_string();
        match target {
            Target::New { name } => self.new_field(&name, signature, request)?,
            Target::Existing(field) => self.existing_field(&field, signature, request)?,
        }
        if request.doc_mdp.is_some() {
            self.certify(root, signature)?;
        }
        let (source, section) = self.update.written()?;
        let at = section.values.get(&signature).copied().unwrap_or_default();
        let places = Places {
            byte_range: at.saturating_add(written.byte_range),
            contents: at.saturating_add(written.contents),
            capacity: request.contents_capacity,
            field: name,
        };
        Ok(PreparedRevision::new(source, section.tail, places))
    }

    /// A new field: merged with its widget where there is one, a parent of widgets where there are several.
    fn new_field(&mut self, name: &str, signature: ObjectId, request: &SignatureRequest) -> Result<(), UpdateError> {
        let mut field = Dictionary::new()
            .with("FT", Object::name("Sig"))
            .with("T", Object::text(name))
            .with("V", Object::Reference(signature));
        if let Some(lock) = &request.lock {
            let lock = self.update.add(Object::Dictionary(lock.dictionary()))?;
            field.set("Lock", Object::Reference(lock));
        }
        let id = self.update.allocate()?;
        match &request.visibility {
            Visibility::Widgets(widgets) if widgets.len() > 1 => {
                let mut kids = Vec::new();
                for widget in widgets {
                    let kid = self.update.allocate()?;
                    // V is inherited (12.7.3.1), but poppler looks for it in the widget and calls it unsigned otherwise.
                    let dictionary = self.widget(widget, kid)?;
                    let dictionary =
                        dictionary.with("Parent", Object::Reference(id)).with("V", Object::Reference(signature));
                    self.update.put(kid, Object::Dictionary(dictionary));
                    kids.push(Object::Reference(kid));
                }
                field.set("Kids", Object::Array(kids));
            }
            Visibility::Widgets(widgets) if !widgets.is_empty() => {
                for widget in widgets {
                    merge(&mut field, self.widget(widget, id)?);
                }
            }
            _ => merge(&mut field, self.unseen_widget(id)?),
        }
        self.update.put(id, Object::Dictionary(field));
        self.enter(Some(id))
    }

    /// Signs an empty field of the document, which keeps all its other entries.
    fn existing_field(
        &mut self,
        field: &Field,
        signature: ObjectId,
        request: &SignatureRequest,
    ) -> Result<(), UpdateError> {
        let mut dictionary = field.dictionary.clone();
        dictionary.set("V", Object::Reference(signature));
        if let Some(lock) = &request.lock {
            let lock = self.update.add(Object::Dictionary(lock.dictionary()))?;
            dictionary.set("Lock", Object::Reference(lock));
        }
        // A field that is no object of its own cannot be changed by itself (12.7.3.1 forbids it).
        let id = field.id.ok_or(UpdateError::Malformed { part: Part::Field })?;
        self.update.put(id, Object::Dictionary(dictionary));
        if let Visibility::OwnRectangle(appearance) = &request.visibility {
            for widget in &field.widgets {
                self.fill_rectangle(widget, appearance)?;
            }
        }
        self.enter(None)
    }

    /// Enters a new field, and that signatures exist, into the interactive form (ISO 32000-1 table 218).
    fn enter(&mut self, field: Option<ObjectId>) -> Result<(), UpdateError> {
        let root = self.update.view().root_id()?;
        let mut catalog = dictionary(self.update.value(root)?, Part::Catalog)?;
        let (own, value) = match catalog.get("AcroForm") {
            Some(Object::Reference(id)) => (Some(*id), self.update.value(*id)?),
            Some(value) => (None, value.clone()),
            None => (None, Object::Null),
        };
        // What is no dictionary is no form to any reader.
        let (mut form, found) = match value {
            Object::Dictionary(form) => (form, Found::Yes),
            _ => (Dictionary::new().with("Fields", Object::Array(Vec::new())), Found::No),
        };
        let fresh = found == Found::No || form.get("SigFlags").is_none();
        let mut changed = fresh;
        if let Some(field) = field {
            let grown = self.append(&mut form, "Fields", field)?;
            changed |= grown == Grown::Holder;
        }
        let old = self.update.entry(&form, "SigFlags")?.as_integer().unwrap_or(0);
        let flags = old | SIGNATURES_EXIST_APPEND_ONLY;
        if flags != old {
            form.set("SigFlags", Object::Integer(flags));
            changed = true;
        }
        if !changed {
            return Ok(());
        }
        if let Some(id) = own.filter(|_| found == Found::Yes) {
            self.update.put(id, Object::Dictionary(form));
            return Ok(());
        }
        let entry = match catalog.get("AcroForm") {
            Some(Object::Dictionary(_)) => Object::Dictionary(form),
            _ => Object::Reference(self.update.add(Object::Dictionary(form))?),
        };
        catalog.set("AcroForm", entry);
        self.update.put(root, Object::Dictionary(catalog));
        Ok(())
    }

    /// Names the certification signature in the catalog (ISO 32000-1 12.8.4, table 258).
    fn certify(&mut self, root: ObjectId, signature: ObjectId) -> Result<(), UpdateError> {
        let mut catalog = dictionary(self.update.value(root)?, Part::Catalog)?;
        let mut permissions = match self.update.entry(&catalog, "Perms")? {
            Object::Null => Dictionary::new(),
            other => dictionary(other, Part::Permissions)?,
        };
        permissions.set("DocMDP", Object::Reference(signature));
        catalog.set("Perms", Object::Dictionary(permissions));
        self.update.put(root, Object::Dictionary(catalog));
        Ok(())
    }
}

/// Whether the document has a form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Yes,
    No,
}

/// The signature reference dictionaries (ISO 32000-1 12.8.2, tables 253, 254 and 256).
fn references(doc_mdp: Option<DocMdp>, lock: Option<&FieldLock>, root: ObjectId) -> Vec<Object> {
    let reference = |method: &str, parameters: Dictionary| {
        let parameters = parameters.with("Type", Object::name("TransformParams")).with("V", Object::name("1.2"));
        Dictionary::new()
            .with("Type", Object::name("SigRef"))
            .with("TransformMethod", Object::name(method))
            .with("TransformParams", Object::Dictionary(parameters))
    };
    let mut references = Vec::new();
    if let Some(doc_mdp) = doc_mdp {
        let parameters = Dictionary::new().with("P", Object::Integer(doc_mdp.permission()));
        references.push(Object::Dictionary(reference("DocMDP", parameters)));
    }
    if let Some(lock) = lock {
        // Data is required for this method (table 253).
        let field_mdp = reference("FieldMDP", lock.entries()).with("Data", Object::Reference(root));
        references.push(Object::Dictionary(field_mdp));
    }
    references
}
