//! What later revisions of a PDF changed: deny by default, one rule a file.
//!
//! The signed revision is walked once, and for every number that a later section lists it is written down as what it was
//! used (`survey`, `role`). Then each later revision is laid beside the signed one (`comparison`): whatever differs must
//! be explained by the rule of each of its uses. Rules state a level; the signatures of the signed revision say which
//! level they allow (`restrictions`).

mod annotations;
mod appearance;
mod catalog;
mod comparison;
mod dss;
mod equal;
mod extensions;
mod field;
mod form;
mod forms;
mod ledger;
mod mark_info;
mod metadata;
mod new_field;
mod objects;
mod pages;
mod resources;
mod restrictions;
mod role;
mod shadow;
mod signature;
mod structure;
mod survey;
mod trailer;
mod words;
mod xfa;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::pdf::object::ObjectId;
use crate::pdf::{Document, PdfError, View};
use crate::report::{Change, Code, Finding, LaterChanges};
use crate::verify::changes::comparison::{Comparison, Signed, Whole};
use crate::verify::changes::forms::Forms;
use crate::verify::changes::ledger::{Ledger, Place};
use crate::verify::changes::restrictions::Restrictions;
use crate::verify::changes::survey::Survey;

/// The signature from which later changes are judged.
pub(crate) struct Scope<'a> {
    /// Its signature dictionary.
    pub(crate) signature: Option<ObjectId>,
    /// Full name of its field.
    pub(crate) field: &'a str,
}

/// What later revisions changed.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Highest level.
    pub(crate) level: LaterChanges,
    /// Each change, allowed or refused.
    pub(crate) changes: Vec<Change>,
    /// Findings that follow: one for each refusal, and remarks.
    pub(crate) findings: Vec<Finding>,
}

/// Compares every revision after `signed` with it, and warns of content prepared for a later change.
///
/// # Errors
/// [`PdfError::Limit`], [`PdfError::Read`], [`PdfError::Encrypted`]. A revision that cannot be read is a finding.
pub(crate) fn compare(document: &Document, signed: usize, scope: &Scope<'_>) -> Result<Outcome, PdfError> {
    match compare_all(document, signed, scope) {
        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => Err(error),
        // The signed revision itself is damaged: nothing can be said for certain.
        Err(error) => Ok(Outcome {
            level: LaterChanges::Other,
            changes: Vec::new(),
            findings: vec![Finding::new(Code::LaterRevisionUnexplained).with("detail", error)],
        }),
        outcome => outcome,
    }
}

fn compare_all(document: &Document, signed: usize, scope: &Scope<'_>) -> Result<Outcome, PdfError> {
    let old = document.at(signed)?;
    let restrictions = Restrictions::of(old)?;
    let forms = Forms::read(old, &restrictions)?;
    let mut ledger = Ledger::new(restrictions.allowed());
    let later = signed.saturating_add(1)..document.revisions().len();
    let mut touched: HashSet<u32> = HashSet::new();
    for revision in later.clone() {
        touched.extend(objects::listed(document, revision)?);
    }
    if later.is_empty() && !shadow::is_small(old) {
        return Ok(Outcome { level: LaterChanges::None, changes: Vec::new(), findings: Vec::new() });
    }
    let survey = Survey::walk(old, &forms, &touched)?;
    let mut numbers = BTreeSet::new();
    for revision in later.clone() {
        let new = document.at(revision)?;
        let listed = objects::listed(document, revision)?;
        numbers.extend(listed.iter().copied());
        let moved = objects::moved(old, new, &numbers)?;
        let last = revision + 1 == later.end;
        let sides = Sides { old, new, forms: &forms, restrictions: &restrictions, survey: &survey };
        match sides.compare(&moved, &listed, &mut ledger) {
            Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => return Err(error),
            // The signed revision was read before: it is the later one that is damaged.
            Err(_) => ledger.refuse(Code::UnexpectedEntryInXref, "objects", &Place::default()),
            Ok(()) => {}
        }
        if last && signature::stays(old, new, scope, &mut ledger).is_err() {
            ledger.refuse(Code::SignatureRemoved, "signature", &Place::default());
        }
    }
    shadow::prepared(old, &survey, &mut ledger)?;
    let level = ledger.level();
    let pages = if ledger.names_pages() { page_numbers(old, document) } else { HashMap::new() };
    let (changes, findings) = ledger.close(|id| pages.get(&id).copied());
    Ok(Outcome { level, changes, findings })
}

/// The signed revision and one later.
struct Sides<'a, 'd> {
    old: View<'d>,
    new: View<'d>,
    forms: &'a Forms,
    restrictions: &'a Restrictions,
    survey: &'a Survey,
}

impl Sides<'_, '_> {
    fn compare(&self, moved: &BTreeSet<u32>, listed: &BTreeSet<u32>, ledger: &mut Ledger) -> Result<(), PdfError> {
        let new_forms = match Forms::read(self.new, &Restrictions::default()) {
            Err(PdfError::FieldTree { .. }) => {
                ledger.refuse(Code::UnexpectedFormField, "form-field", &Place::default());
                return Ok(());
            }
            other => other?,
        };
        let signed = Signed { view: self.old, forms: self.forms, restrictions: self.restrictions, survey: self.survey };
        let mut comparison = Comparison::new(signed, self.new, &new_forms, ledger);
        trailer::compare(&mut comparison)?;
        objects::freed(&mut comparison, moved)?;
        for number in moved {
            for (id, as_used) in self.survey.uses(*number) {
                comparison.touched(*id, *as_used)?;
            }
        }
        if comparison.pending.form == Whole::Touched {
            form::fields(&mut comparison)?;
        }
        if comparison.pending.parent_tree == Whole::Touched {
            structure::parent_tree(&mut comparison)?;
        }
        if comparison.pending.xfa == Whole::Touched {
            xfa::compare(&mut comparison)?;
        }
        objects::unreached(&mut comparison, moved, listed)
    }
}

/// The number of each page as the signer saw it, and of those that came later.
fn page_numbers(old: View<'_>, document: &Document) -> HashMap<ObjectId, u32> {
    let mut numbers = HashMap::new();
    let views = [document.current().ok(), Some(old)];
    for page in views.into_iter().flatten().flat_map(|view| view.pages()).flatten() {
        if let Some(id) = page.id {
            numbers.insert(id, u32::try_from(page.index).unwrap_or(u32::MAX).saturating_add(1));
        }
    }
    numbers
}
