//! What later revisions of a PDF changed: deny by default, one rule a file.
//!
//! The oldest signed revision is walked once, and for every number that a later section lists it is written down as what it
//! was used (`survey`, `role`); for younger signatures that is carried on. Then each later revision is laid beside the signed one (`comparison`): whatever differs must
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

/// What was found out for one signature and serves the next.
#[derive(Debug, Default)]
pub(crate) struct Surveys {
    /// The survey of a revision.
    newest: Option<(usize, Survey)>,
    /// Numbers of pages, as far as they were asked for.
    pages: HashMap<ObjectId, u32>,
}

/// Compares every revision after `signed` with it, and warns of content prepared for a later change.
///
/// # Errors
/// [`PdfError::Limit`], [`PdfError::Read`], [`PdfError::Encrypted`]. A revision that cannot be read is a finding.
pub(crate) fn compare(
    document: &Document,
    signed: usize,
    scope: &Scope<'_>,
    surveys: &mut Surveys,
) -> Result<Outcome, PdfError> {
    match compare_all(document, signed, scope, surveys) {
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

fn compare_all(
    document: &Document,
    signed: usize,
    scope: &Scope<'_>,
    surveys: &mut Surveys,
) -> Result<Outcome, PdfError> {
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
    let survey = surveys.of(old, &forms, &touched)?;
    let mut numbers = BTreeSet::new();
    for revision in later.clone() {
        let new = document.at(revision)?;
        let listed = objects::listed(document, revision)?;
        numbers.extend(listed.iter().copied());
        let moved = objects::moved(old, new, &numbers)?;
        let last = revision + 1 == later.end;
        let sides = Sides { old, new, forms: &forms, restrictions: &restrictions, survey };
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
    shadow::prepared(old, survey, &mut ledger)?;
    let level = ledger.level();
    surveys.number(ledger.pages(), old, document);
    let (changes, findings) = ledger.close(|id| surveys.pages.get(&id).copied());
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

impl Surveys {
    /// The survey of a revision. Signatures come in the order of their revisions: each goes on from the one before.
    fn of(&mut self, old: View<'_>, forms: &Forms, touched: &HashSet<u32>) -> Result<&Survey, PdfError> {
        let index = old.revision().index;
        let survey = match self.newest.take().filter(|(known, _)| *known <= index) {
            Some((known, survey)) => {
                let mut between = HashSet::new();
                for revision in known.saturating_add(1)..=index {
                    between.extend(objects::listed(old.document(), revision)?);
                }
                survey.carry_on(old, forms, touched, &between)?
            }
            None => Survey::walk(old, forms, touched)?,
        };
        Ok(&self.newest.insert((index, survey)).1)
    }

    /// Finds the numbers of pages as the signer saw them, or as they are now; no page behind the last one asked for is
    /// looked at.
    fn number(&mut self, wanted: HashSet<ObjectId>, old: View<'_>, document: &Document) {
        let mut missing: HashSet<ObjectId> = wanted.into_iter().filter(|id| !self.pages.contains_key(id)).collect();
        for view in [Some(old), document.current().ok()].into_iter().flatten() {
            let mut pages = view.pages();
            while !missing.is_empty()
                && let Some(Ok(page)) = pages.next()
            {
                if let Some(id) = page.id.filter(|id| missing.remove(id)) {
                    self.pages.insert(id, u32::try_from(page.index).unwrap_or(u32::MAX).saturating_add(1));
                }
            }
        }
    }
}
