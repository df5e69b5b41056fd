//! Taking the last seal or signature off a document that was not delivered yet: what stood before it comes back. Only the
//! store that made the sealing does it, and only where nothing came after: its trail knows the file as it went, by
//! digest, and the file as it came.

use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use crate::audit::{Act, Draft, Outcome};
use crate::crypto::{Digest, DigestAlgorithm, Hasher};
use crate::files::{Access, InputFile, OutputError, OutputFile, Overwrite};
use crate::limits::Budget;
use crate::operations::orders::Target;
use crate::operations::{Context, Gathered, OperationError};
use crate::pdf::PdfError;
use crate::report::{Effect, Format, Indication, Report};
use crate::source::{SharedSource, for_each_chunk};
use crate::store::{Finality, SealingRecord, Store, UnlockedStore};
use crate::verify::{detect, verify};

/// One document to take the last seal off.
#[derive(Clone, Debug)]
pub struct UnsealRequest {
    /// The document.
    pub input: PathBuf,
    /// Where the result goes.
    pub target: Target,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Unsealed {
    /// The input.
    pub input: PathBuf,
    /// The result.
    pub output: PathBuf,
    /// Field name or signature ID of what was taken off.
    pub id: String,
    /// The seal; `None` for a bare signature.
    pub seal: Option<String>,
    /// Length of the result in bytes.
    pub length: u64,
    /// SHA-256 of the result, in hexadecimal.
    pub sha256: String,
    /// How the result was judged.
    pub report: Report,
}

/// Takes the last seal or signature off. A refusal stands in the trail.
///
/// # Errors
/// [`OperationError`]; nothing has been written then.
pub fn unseal(context: &Context<'_>, request: &UnsealRequest, gathered: &Gathered) -> Result<Unsealed, OperationError> {
    let mut store = context.unlock()?;
    match prepare(&store, request, gathered) {
        Ok(ready) => put_in_place(context, &mut store, request, ready),
        Err(error) => {
            let draft = context.draft(Act::Refused).with("act", "unseal");
            let code = Some(error.reason().name().to_owned());
            let file = Some(request.input.display().to_string());
            // The refusal itself is what the caller must hear, so a fault of the record is not told in its stead.
            let _ = store.note(Draft { outcome: Outcome::Refused, code, file, ..draft });
            Err(error)
        }
    }
}

/// A result that is written aside and verified.
struct Ready {
    id: String,
    record: SealingRecord,
    output: OutputFile,
    path: PathBuf,
    after: Digest,
    length: u64,
    report: Report,
}

fn prepare(store: &UnlockedStore, request: &UnsealRequest, gathered: &Gathered) -> Result<Ready, OperationError> {
    let input = InputFile::open(&request.input)?;
    let identity = input.identity();
    let source = input.shared();
    let place = request.input.display().to_string();
    let format = match detect(source.as_ref()) {
        Some(format) => format,
        None if source.is_empty() => return Err(OperationError::DocumentEmpty { path: place }),
        None => return Err(OperationError::NotADocument { path: place }),
    };
    let evidence = gathered.evidence();
    let earlier = verify(&source, &place, &evidence);
    let record = sealing_of(store, &source, &place, &earlier)?;
    let taken = match format {
        Format::Pdf => from_pdf(&source, &place, &record, &earlier)?,
        _ => from_ofd(&source, &place)?,
    };
    let (path, overwrite, forbidden) = match &request.target {
        Target::File { path, overwrite } => (path.clone(), *overwrite, vec![identity]),
        Target::InPlace => (request.input.clone(), Overwrite::Replace, Vec::new()),
    };
    let mut output = OutputFile::create(&path, overwrite, Access::Shared, &forbidden)?;
    let after = match &taken.rest {
        Rest::First(length) => copy(&source, *length, &mut output, &place)?,
        Rest::Package(package) => copy(package, package.len(), &mut output, &place)?,
    };
    let written = output.sync_and_reopen()?;
    let report = verify(&written, &place, &evidence);
    match format {
        // The very bytes that were sealed, whatever is to be said of them.
        Format::Pdf if record.before.as_ref() == Some(&after) => {}
        Format::Pdf => {
            return Err(OperationError::ResultCheck { path: place, fault: "not what was sealed".to_owned() });
        }
        _ => check(&earlier, &report, &taken.id, &place)?,
    }
    Ok(Ready { id: taken.id, record, output, path, after, length: written.len(), report })
}

/// The sealing that made this very file.
fn sealing_of(
    store: &UnlockedStore,
    source: &SharedSource,
    place: &str,
    report: &Report,
) -> Result<SealingRecord, OperationError> {
    let path = place.to_owned();
    if report.signatures.is_empty() {
        return Err(match report.indication {
            Indication::Refused => OperationError::DocumentMalformed {
                path,
                fault: report.findings.first().map_or_else(String::new, |finding| finding.code.name().to_owned()),
            },
            _ => OperationError::NothingToUnseal { path },
        });
    }
    let whole = digest(source, source.len(), place)?;
    let found = store.sealings_by_document(&whole)?;
    let mut made = found.into_iter().filter(|record| record.finality != Finality::Voided);
    made.next_back().ok_or(OperationError::SealNotLast { path })
}

/// What is left of a document.
struct Taken {
    id: String,
    rest: Rest,
}

enum Rest {
    /// So many of its first bytes.
    First(u64),
    /// Another package.
    Package(SharedSource),
}

/// The bytes that were sealed: a beginning of the file, known by its digest (ISO 32000-1 7.5.6).
fn from_pdf(
    source: &SharedSource,
    place: &str,
    record: &SealingRecord,
    report: &Report,
) -> Result<Taken, OperationError> {
    let lost = || OperationError::RevisionLost { path: place.to_owned() };
    let malformed =
        |error: PdfError| OperationError::DocumentMalformed { path: place.into(), fault: error.to_string() };
    let document = crate::pdf::Document::open(Arc::clone(source), Rc::new(Budget::default())).map_err(malformed)?;
    let newest = u32::try_from(document.revisions().len()).ok();
    let last = report.signatures.iter().find(|signature| signature.revision.is_some() && signature.revision == newest);
    let id = last.ok_or_else(|| OperationError::SealNotLast { path: place.to_owned() })?.id.clone();
    let before = record.before.as_ref().ok_or_else(lost)?;
    let seams = document.seams().map_err(malformed)?;
    let length = prefix(source, &seams, before, place)?.ok_or_else(lost)?;
    Ok(Taken { id, rest: Rest::First(length) })
}

/// The first of these lengths whose bytes have this digest, in one pass.
fn prefix(source: &SharedSource, lengths: &[u64], wanted: &Digest, place: &str) -> Result<Option<u64>, OperationError> {
    let mut hasher = Hasher::new(wanted.algorithm());
    let mut at = 0;
    for length in lengths {
        for_each_chunk(source.as_ref(), at, length.saturating_sub(at), |piece| hasher.update(piece))
            .map_err(|error| OperationError::FileFault { path: place.to_owned(), fault: error.to_string() })?;
        at = *length;
        if hasher.clone().finish() == *wanted {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn from_ofd(source: &SharedSource, place: &str) -> Result<Taken, OperationError> {
    let path = place.to_owned();
    let malformed = |fault: String| OperationError::DocumentMalformed { path: place.to_owned(), fault };
    let budget = Budget::default();
    let document = crate::ofd::Document::open(Arc::clone(source), &budget).map_err(|e| malformed(e.to_string()))?;
    let which = crate::ofd::newest(&document).ok_or(OperationError::SealNotLast { path: path.clone() })?;
    let list = document.bodies().get(which.body).and_then(crate::ofd::DocBody::signatures);
    let entry = list.and_then(|list| list.entries().get(which.index));
    let id = entry.map_or_else(String::new, |entry| entry.id.clone());
    // As reports name it.
    let id = if document.bodies().len() > 1 { format!("{}:{id}", which.body) } else { id };
    let rest = crate::ofd::remove_newest(&document, which).map_err(|error| match error {
        crate::ofd::UpdateError::Locked { id } => OperationError::DocumentLocked { path: path.clone(), by: id },
        crate::ofd::UpdateError::BreaksSignature { id, .. } => OperationError::WouldBreak { path: path.clone(), id },
        other => malformed(other.to_string()),
    })?;
    Ok(Taken { id, rest: Rest::Package(rest.as_source()) })
}

/// A package that was written anew: one signature less, none worse than it was, and no trace where none is left.
fn check(earlier: &Report, report: &Report, id: &str, place: &str) -> Result<(), OperationError> {
    let fault = |fault: &str| Err(OperationError::ResultCheck { path: place.to_owned(), fault: fault.to_owned() });
    let there = |report: &Report| report.signatures.iter().any(|signature| signature.id == id);
    if !there(earlier) || there(report) || report.signatures.len().saturating_add(1) != earlier.signatures.len() {
        return fault("other signatures than before");
    }
    if report.signatures.is_empty() && report.indication != Indication::NoSignature {
        return fault(report.indication.name());
    }
    if let Some(finding) = report.findings.iter().find(|finding| finding.code.effect() == Effect::Fail) {
        return fault(finding.code.name());
    }
    for old in earlier.signatures.iter().filter(|old| old.id != id) {
        let new = report.signatures.iter().find(|new| new.id == old.id);
        let same = |new: &crate::report::SignatureReport| {
            (new.indication, new.sub_indication) == (old.indication, old.sub_indication)
        };
        // What comes later may be a reason to doubt a signature, never one to trust it.
        if !new.is_some_and(|new| same(new) || new.indication == Indication::TotalPassed) {
            return fault(&old.id);
        }
    }
    Ok(())
}

fn put_in_place(
    context: &Context<'_>,
    store: &mut UnlockedStore,
    request: &UnsealRequest,
    ready: Ready,
) -> Result<Unsealed, OperationError> {
    let Ready { id, record, output, path, after, length, report } = ready;
    let draft = |act: Act| Draft {
        seal: record.seal.as_ref().map(ToString::to_string),
        certificate: Some(record.certificate.to_string()),
        file: Some(path.display().to_string()),
        before: Some((&record.after).into()),
        after: Some((&after).into()),
        ..context.draft(act).with("sealing", &record.id.to_string()).with("signature", &id)
    };
    // Before the file is there: no file without its record.
    store.note(draft(Act::UnsealingPrepared))?;
    match output.commit() {
        Ok(committed) => {
            store.note(draft(Act::UnsealingDone))?;
            drop(committed);
        }
        Err(error) => {
            store.note(Draft { outcome: Outcome::Failed, ..draft(Act::UnsealingVoided) })?;
            return Err(error.into());
        }
    }
    let seal = record.seal.as_ref().map(ToString::to_string);
    let (input, sha256) = (request.input.clone(), after.to_hex());
    Ok(Unsealed { input, output: path, id, seal, length, sha256, report })
}

/// Writes the first bytes of a source and digests them.
fn copy(source: &SharedSource, length: u64, output: &mut OutputFile, place: &str) -> Result<Digest, OperationError> {
    let target = output.target().to_path_buf();
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let mut failed = None;
    for_each_chunk(source.as_ref(), 0, length, |piece| {
        hasher.update(piece);
        if failed.is_none() {
            failed = output.write_all(piece).err();
        }
    })
    .map_err(|error| OperationError::FileFault { path: place.to_owned(), fault: error.to_string() })?;
    match failed {
        Some(error) => Err(OutputError::new(&target, error).into()),
        None => Ok(hasher.finish()),
    }
}

fn digest(source: &SharedSource, length: u64, place: &str) -> Result<Digest, OperationError> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    for_each_chunk(source.as_ref(), 0, length, |piece| hasher.update(piece))
        .map_err(|error| OperationError::FileFault { path: place.to_owned(), fault: error.to_string() })?;
    Ok(hasher.finish())
}
