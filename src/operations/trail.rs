//! The trail of acts, shown and checked.

use std::ops::ControlFlow;

use crate::audit::{DocumentDigest, Entry, Macs, Outcome};
use crate::operations::{Context, OperationError};
use crate::store::Store;
use crate::time::Time;

/// Which records are wanted; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailFilter {
    /// Name or number of the seal.
    pub seal: Option<String>,
    /// Name of the file, or digest of the document in hexadecimal.
    pub document: Option<String>,
    /// Who.
    pub operator: Option<String>,
    /// Not before.
    pub since: Option<Time>,
    /// Not after.
    pub until: Option<Time>,
    /// `done`, `refused` or `failed`.
    pub result: Option<String>,
}

/// A trail that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailSummary {
    /// Number of records.
    pub records: u64,
    /// Whether the secret marks were checked too.
    pub marks: Marks,
}

/// How far a trail was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// Hashes and MACs.
    Checked,
    /// Hashes alone: the store was not unlocked.
    NotChecked,
}

/// The records that match, oldest first, each handed to `take`.
///
/// # Errors
/// [`OperationError`].
pub fn show_trail(
    context: &Context<'_>,
    filter: &TrailFilter,
    take: &mut dyn FnMut(&Entry),
) -> Result<(), OperationError> {
    let store = context.open()?;
    let numbers = seal_names(&store, filter)?;
    let mut damaged = false;
    store.trail(1, &mut |record| match record.entry() {
        Ok(entry) => {
            if matches(&entry, filter, &numbers) {
                take(&entry);
            }
            ControlFlow::Continue(())
        }
        Err(_) => {
            damaged = true;
            ControlFlow::Break(())
        }
    })?;
    if damaged { Err(OperationError::StoreDamaged {}) } else { Ok(()) }
}

/// Checks the whole trail, its secret marks too.
///
/// # Errors
/// [`OperationError::TrailDamaged`] names the first record that was touched, and how.
pub fn verify_trail(context: &Context<'_>) -> Result<TrailSummary, OperationError> {
    let store = context.open()?;
    let secret = context.secrets.existing(store.protection()?)?;
    let result = store.unlock(secret.unlock())?.verify_trail()?;
    let summary = result.map_err(|fault| OperationError::TrailDamaged { fault: fault.to_string() })?;
    let marks = if summary.macs == Macs::Checked { Marks::Checked } else { Marks::NotChecked };
    Ok(TrailSummary { records: summary.link.count, marks })
}

/// Names of the seals that the filter means: a number may stand for several.
fn seal_names(store: &impl Store, filter: &TrailFilter) -> Result<Vec<String>, OperationError> {
    let Some(wanted) = &filter.seal else { return Ok(Vec::new()) };
    let mut names: Vec<String> = store.seals_by_number(wanted)?.iter().map(|seal| seal.name.to_string()).collect();
    names.push(wanted.clone());
    Ok(names)
}

fn matches(entry: &Entry, filter: &TrailFilter, seals: &[String]) -> bool {
    let draft = entry;
    let seal = filter.seal.is_none() || draft.seal.as_ref().is_some_and(|name| seals.contains(name));
    let digest =
        |d: &Option<DocumentDigest>, wanted: &str| d.as_ref().is_some_and(|d| d.hex.eq_ignore_ascii_case(wanted));
    let document = filter.document.as_deref().is_none_or(|wanted| {
        draft.file.as_deref() == Some(wanted) || digest(&draft.before, wanted) || digest(&draft.after, wanted)
    });
    let operator = filter.operator.as_ref().is_none_or(|wanted| *wanted == draft.operator);
    let time = filter.since.is_none_or(|t| draft.time >= t) && filter.until.is_none_or(|t| draft.time <= t);
    let result = filter.result.as_deref().is_none_or(|wanted| outcome(entry) == wanted);
    seal && document && operator && time && result
}

fn outcome(entry: &Entry) -> &'static str {
    match entry.outcome {
        Outcome::Done => "done",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
    }
}
