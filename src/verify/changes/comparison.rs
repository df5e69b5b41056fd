//! Two revisions side by side: every touched object, in every role that the signed revision gives it.
//!
//! Soundness rests on three facts. An object that no later section lists is the same in both revisions. A touched object
//! is compared once for each use that the signed revision makes of it, wherever that use stands. And what is compared
//! is refused unless the rule of its role explains the difference.

use std::collections::{HashMap, HashSet};

use crate::geometry::PageBox;
use crate::pdf::object::{Object, ObjectId};
use crate::pdf::{PdfError, View};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::equal::Equality;
use crate::verify::changes::forms::Forms;
use crate::verify::changes::ledger::{Ledger, Place, Stated};
use crate::verify::changes::restrictions::Restrictions;
use crate::verify::changes::role::{Closed, Role};
use crate::verify::changes::survey::{Survey, Use};
use crate::verify::changes::{
    annotations, catalog, dss, extensions, form, mark_info, metadata, pages, resources, structure,
};

/// The signed revision and what it allows.
pub(crate) struct Signed<'a, 'd> {
    /// The document as it was signed.
    pub(crate) view: View<'d>,
    /// Its fields.
    pub(crate) forms: &'a Forms,
    /// What its signatures allow.
    pub(crate) restrictions: &'a Restrictions,
    /// What its objects are used as.
    pub(crate) survey: &'a Survey,
}

/// A comparison under way.
pub(crate) struct Comparison<'a, 'd> {
    /// The signed revision.
    pub(crate) signed: Signed<'a, 'd>,
    /// The later one.
    pub(crate) new: View<'d>,
    /// The later one's fields.
    pub(crate) new_forms: &'a Forms,
    /// Where changes are written down.
    pub(crate) ledger: &'a mut Ledger,
    /// What may differ anywhere must be equal everywhere else.
    pub(crate) equality: Equality<'d>,
    /// What rules compare as a whole, once, after the single objects.
    pub(crate) pending: Pending,
    /// Pairs of objects under different numbers that are being compared, or were.
    pairs: HashSet<(ObjectId, ObjectId, Role)>,
    /// Boxes of pages that somebody asked for.
    boxes: HashMap<ObjectId, Option<PageBox>>,
}

/// Parts of the document that are compared as a whole.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// The fields of the form.
    pub(crate) form: Whole,
    /// Fields whose appearance was replaced under its own number, as places in the signed revision's [`Forms`].
    pub(crate) refilled: HashSet<usize>,
    /// The numbers of the parent tree.
    pub(crate) parent_tree: Whole,
    /// The packets of the form's XML twin.
    pub(crate) xfa: Whole,
    /// The pages that gained widgets of new fields.
    pub(crate) holders: HashMap<ObjectId, ObjectId>,
}

/// Whether a part was touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Whole {
    /// It was not.
    #[default]
    Untouched,
    /// It was, and must be compared.
    Touched,
}

impl<'a, 'd> Comparison<'a, 'd> {
    /// Begins a comparison.
    pub(crate) fn new(signed: Signed<'a, 'd>, new: View<'d>, new_forms: &'a Forms, ledger: &'a mut Ledger) -> Self {
        let equality = Equality::between(signed.view, new);
        let pending = Pending::default();
        Comparison { signed, new, new_forms, ledger, equality, pending, pairs: HashSet::new(), boxes: HashMap::new() }
    }

    /// The document as it was signed.
    pub(crate) fn old(&self) -> View<'d> {
        self.signed.view
    }

    /// Compares a touched object in one of its uses.
    ///
    /// # Errors
    /// As [`View::get`].
    pub(crate) fn touched(&mut self, id: ObjectId, as_used: Use) -> Result<(), PdfError> {
        let (old, new) = (self.read(self.old(), id)?, self.read(self.new, id)?);
        let owner = as_used.field.and_then(|id| self.signed.forms.place(id));
        // What was open to an older signature and is closed to this one is compared as what it is now.
        if as_used.role == Role::OpenPart && owner.is_some_and(|at| self.signed.forms.state_at(at) != Closed::Open) {
            return Ok(());
        }
        let field = owner.and_then(|place| self.signed.forms.field(place));
        let page = if as_used.role == Role::PageNode { Some(id) } else { as_used.page };
        let place = Place { page, field: field.map(|field| field.name.clone()), object: Some(id) };
        let (Some(old), Some(new)) = (old, new) else {
            // One of them cannot be read: nobody can say what became of it.
            self.refuse(as_used.role, &place);
            return Ok(());
        };
        if let (Role::OpenPart, Some(field)) = (as_used.role, owner)
            && !self.equality.holds(&old, &new)?
        {
            self.pending.refilled.insert(field);
            self.pending.form = Whole::Touched;
        }
        self.value(as_used.role, &old, &new, &place)
    }

    /// Compares two values in a role.
    ///
    /// # Errors
    /// As [`View::get`].
    pub(crate) fn value(&mut self, role: Role, old: &Object, new: &Object, place: &Place) -> Result<(), PdfError> {
        if let (Object::Reference(a), Object::Reference(b)) = (old, new)
            && (a == b || !self.pairs.insert((*a, *b, role)))
        {
            // One number: if it is touched, it is compared by itself.
            return Ok(());
        }
        let (old, new) = (self.old().resolve(old)?, self.new.resolve(new)?);
        // A changed field is found by its name, whatever its objects; equal ones need no look at the whole form.
        if role == Role::Free || self.equality.holds(&old, &new)? {
            return Ok(());
        }
        match role {
            Role::Catalog => catalog::compare(self, &old, &new, place),
            Role::PageNode => pages::compare(self, &old, &new, place),
            Role::Annotations => annotations::list(self, &old, &new, place),
            Role::Annotation | Role::AnnotationPart => annotations::changed(self, role, &old, &new, place),
            Role::Form => form::settings(self, &old, &new, place),
            Role::Fields | Role::Field => {
                self.pending.form = Whole::Touched;
                Ok(())
            }
            Role::OpenPart | Role::OpenCategory | Role::OpenResources => {
                resources::compare(self, role, &old, &new, place)
            }
            Role::Dss | Role::DssList | Role::VriList | Role::DssVri | Role::DssEntry | Role::DssStream => {
                dss::compare(self, role, &old, &new, place)
            }
            Role::Metadata => metadata::compare(self, &old, &new, place),
            Role::Extensions => extensions::compare(self, &old, &new, place),
            Role::MarkInfo => mark_info::compare(self, &new, place),
            Role::StructRoot => structure::root(self, &old, &new, place),
            Role::StructElement => structure::element(self, &old, &new, place),
            Role::ParentTree | Role::ParentNumbers => {
                self.pending.parent_tree = Whole::Touched;
                Ok(())
            }
            // A list is compared with the whole tree; an element that only this list reaches stays as it was.
            Role::ParentItem if matches!((&old, &new), (Object::Array(_), Object::Array(_))) => {
                self.pending.parent_tree = Whole::Touched;
                Ok(())
            }
            Role::Xfa => {
                self.pending.xfa = Whole::Touched;
                Ok(())
            }
            Role::ClosedPart
            | Role::Signature
            | Role::Content
            | Role::Container
            | Role::ParentItem
            | Role::Opaque
            | Role::Free => {
                self.refuse(role, place);
                Ok(())
            }
        }
    }

    /// Whether a value of the signed revision equals one of the later.
    ///
    /// # Errors
    /// As [`View::get`].
    pub(crate) fn same(&mut self, old: &Object, new: &Object) -> Result<bool, PdfError> {
        self.equality.holds(old, new)
    }

    /// Whether two objects under different numbers are already being compared in a role.
    pub(crate) fn paired(&self, old: ObjectId, new: ObjectId, role: Role) -> bool {
        old == new || self.pairs.contains(&(old, new, role))
    }

    /// The box of a page of the later revision; no page behind it is looked at.
    ///
    /// # Errors
    /// As [`View::pages`].
    pub(crate) fn page_box(&mut self, id: ObjectId) -> Result<Option<PageBox>, PdfError> {
        if let Some(known) = self.boxes.get(&id) {
            return Ok(*known);
        }
        let mut found = None;
        for page in self.new.pages() {
            let page = page?;
            if page.id == Some(id) {
                found = Some(page.page_box);
                break;
            }
        }
        self.boxes.insert(id, found);
        Ok(found)
    }

    /// Whether an object was not there when the document was signed.
    ///
    /// # Errors
    /// [`PdfError::XrefEntry`].
    pub(crate) fn is_new(&self, id: ObjectId) -> Result<bool, PdfError> {
        let location = self.old().location(id)?;
        Ok(location.is_none_or(|location| location == crate::pdf::Location::Free))
    }

    /// An explained change.
    pub(crate) fn explain(&mut self, stated: Stated) {
        let refusal = match stated.level {
            LaterChanges::Annotations => Code::AnnotationsModified,
            _ => Code::LaterChangeForbidden,
        };
        self.ledger.explain(stated, refusal);
    }

    /// A change of something that may not change in this role.
    pub(crate) fn refuse(&mut self, role: Role, place: &Place) {
        let (code, rule) = match role {
            Role::Content => (Code::PageModified, "page-content"),
            Role::PageNode => (Code::PagesModified, "pages"),
            Role::Annotations => (Code::PageAnnotationsModified, "annotations"),
            Role::Annotation | Role::AnnotationPart => (Code::AnnotationsModified, "annotations"),
            Role::Signature => (Code::SignatureModified, "signature"),
            Role::Dss | Role::DssList | Role::VriList | Role::DssVri | Role::DssEntry | Role::DssStream => {
                (Code::DssModified, "long-term-data")
            }
            Role::Metadata => (Code::MetadataMalformed, "metadata"),
            Role::Catalog | Role::MarkInfo | Role::Extensions | Role::Form => (Code::CatalogModified, "catalog"),
            Role::StructRoot | Role::StructElement | Role::ParentTree | Role::ParentNumbers | Role::ParentItem => {
                (Code::StructTreeModified, "structure-tree")
            }
            Role::ClosedPart => (self.closed_code(place), "closed-field"),
            Role::Field | Role::Fields | Role::OpenPart | Role::OpenResources | Role::OpenCategory | Role::Xfa => {
                (Code::FieldModified, "form-field")
            }
            Role::Container | Role::Opaque | Role::Free => (Code::UnexpectedEntryInXref, "objects"),
        };
        self.ledger.refuse(code, rule, place);
    }

    /// What it is called to change a field that is signed or locked.
    fn closed_code(&self, place: &Place) -> Code {
        let named = |name: &String| self.signed.forms.fields().iter().position(|field| field.name == *name);
        match place.field.as_ref().and_then(named).map(|at| self.signed.forms.state_at(at)) {
            Some(Closed::Locked) => Code::LockedFieldModified,
            _ => Code::FieldModified,
        }
    }

    /// An object, or nothing where it cannot be read.
    fn read(&self, view: View<'d>, id: ObjectId) -> Result<Option<Object>, PdfError> {
        match view.get(id) {
            Ok(object) => Ok(Some(object)),
            Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => Err(error),
            Err(_) => Ok(None),
        }
    }
}
