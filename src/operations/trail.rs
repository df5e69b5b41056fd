//! The trail of acts, shown and checked.

use std::ops::ControlFlow;
use std::path::Path;

use crate::audit::{DocumentDigest, Entry, Macs, Outcome};
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::files::InputFile;
use crate::operations::{Context, OperationError};
use crate::source::for_each_chunk;
use crate::store::Store;
use crate::time::Time;

/// Which records are wanted; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailFilter {
    /// Name or number of the seal.
    pub seal: Option<String>,
    /// A file, meant by its contents; or the name of one that is gone; or digest of the document in hexadecimal.
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
    let digest = filter.document.as_deref().and_then(digest_of);
    let mut damaged = false;
    store.trail(1, &mut |record| match record.entry() {
        Ok(entry) => {
            if matches(&entry, filter, &numbers, digest.as_deref()) {
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

/// SHA-256 of a file that is there; a name that is none may be that of a file of the past, or a digest.
fn digest_of(name: &str) -> Option<String> {
    let source = InputFile::open(Path::new(name)).ok()?.shared();
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    for_each_chunk(source.as_ref(), 0, source.len(), |piece| hasher.update(piece)).ok()?;
    Some(hasher.finish().to_hex())
}

fn matches(entry: &Entry, filter: &TrailFilter, seals: &[String], file_digest: Option<&str>) -> bool {
    let draft = entry;
    let seal = filter.seal.is_none() || draft.seal.as_ref().is_some_and(|name| seals.contains(name));
    let digest =
        |d: &Option<DocumentDigest>, wanted: &str| d.as_ref().is_some_and(|d| d.hex.eq_ignore_ascii_case(wanted));
    let either = |wanted: &str| digest(&draft.before, wanted) || digest(&draft.after, wanted);
    let document = filter.document.as_deref().is_none_or(|wanted| match file_digest {
        Some(hex) => either(hex),
        None => either(wanted) || draft.file.as_deref().is_some_and(|file| Path::new(file).ends_with(wanted)),
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
