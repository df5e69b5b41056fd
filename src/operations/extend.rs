//! Bringing a signed PDF to a level at which it stays provable: timestamps, evidence inside, renewal. The result is
//! verified before it is put in place; input and store stay as they are but for the trail.

use std::path::PathBuf;

use crate::archive::{ArchiveError, Augmentation, Level, Note, Step, Wanting, augment};
use crate::audit::{Act, Draft, Outcome};
use crate::crypto::{Digest, DigestAlgorithm, Hasher};
use crate::files::{Access, InputFile, OutputError, OutputFile, Overwrite};
use crate::operations::orders::Target;
use crate::operations::stamping::Keeper;
use crate::operations::{Context, Gathered, OperationError, Retrieval, TsaPlace};
use crate::pdf::{PdfError, UpdateError};
use crate::pki::revocation::CarriedEvidence;
use crate::pki::timestamp::TimestampSource;
use crate::report::{Effect, Format, Indication, Report};
use crate::source::{SharedSource, for_each_chunk};
use crate::store::{Store, UnlockedStore};
use crate::verify::{Evidence, detect, verify};

/// One document to bring to a level.
#[derive(Clone, Debug)]
pub struct ExtendRequest {
    /// The document.
    pub input: PathBuf,
    /// Where the result goes.
    pub target: Target,
    /// The level.
    pub level: Level,
    /// Who stamps.
    pub authority: Option<TsaPlace>,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Extended {
    /// The input.
    pub input: PathBuf,
    /// The result.
    pub output: PathBuf,
    /// What was added, in order; nothing where everything was there.
    pub steps: Vec<Step>,
    /// What whoever keeps the document should know.
    pub notes: Vec<Note>,
    /// Length of the result in bytes.
    pub length: u64,
    /// SHA-256 of the result, in hexadecimal.
    pub sha256: String,
    /// How the result was judged.
    pub report: Report,
}

/// Brings one document to a level. A refusal stands in the trail of the store, where there is one.
///
/// # Errors
/// [`OperationError`]; nothing has been written then.
pub fn extend(
    context: &Context<'_>,
    request: &ExtendRequest,
    gathered: &mut Gathered,
    retrieval: Option<&mut Retrieval<'_>>,
) -> Result<Extended, OperationError> {
    let reading = context.open_if_there()?;
    // Before any secret is asked for.
    if let Some(TsaPlace::Store(name)) = &request.authority {
        let known = reading.as_ref().map(|store| store.certificate(name)).transpose()?.flatten();
        known.ok_or_else(|| OperationError::CertUnknown { name: name.to_string() })?;
    }
    let mut store = reading.map(|store| context.unlocked(store)).transpose()?;
    extend_in(context, store.as_mut(), request, gathered, retrieval)
}

/// Refuses what is no PDF: only that takes evidence.
///
/// # Errors
/// [`OperationError::LevelNotForFormat`], and as [`extend`] for what is no document.
pub(in crate::operations) fn takes_evidence(source: &SharedSource, place: &str) -> Result<(), OperationError> {
    let path = place.to_owned();
    match detect(source.as_ref()) {
        Some(Format::Pdf) => Ok(()),
        Some(_) => Err(OperationError::LevelNotForFormat { path }),
        None if source.is_empty() => Err(OperationError::DocumentEmpty { path }),
        None => Err(OperationError::NotADocument { path }),
    }
}

/// The same with a store that is open already.
pub(in crate::operations) fn extend_in(
    context: &Context<'_>,
    mut store: Option<&mut UnlockedStore>,
    request: &ExtendRequest,
    gathered: &mut Gathered,
    retrieval: Option<&mut Retrieval<'_>>,
) -> Result<Extended, OperationError> {
    let made = stamper(context, store.as_deref(), request, gathered).and_then(|keeper| {
        let source = keeper.as_ref().map(|keeper| (keeper.source(context, context.network.named), keeper.digest()));
        let stamping = source.as_ref().map(|(source, digest)| (source.as_ref(), *digest));
        prepare(request, (gathered, retrieval), stamping)
    });
    match made {
        Ok(ready) => put_in_place(context, store, request, ready),
        Err(error) => {
            if let Some(store) = &mut store {
                let code = Some(error.reason().name().to_owned());
                let draft = context.draft(Act::Refused).with("act", "extend");
                // The refusal itself is what the caller must hear, so a fault of the record is not told in its stead.
                let _ = store.note(Draft { outcome: Outcome::Refused, code, ..named(draft, request) });
            }
            Err(error)
        }
    }
}

/// A result that is written aside and verified.
struct Ready {
    done: Augmentation,
    output: OutputFile,
    path: PathBuf,
    before: Digest,
    after: Digest,
    report: Report,
}

/// Who stamps, and digests of which algorithm.
type Stamper<'a> = Option<(&'a dyn TimestampSource, DigestAlgorithm)>;

/// Brings the document to its level, writes it aside and judges it.
fn prepare(
    request: &ExtendRequest,
    (gathered, retrieval): (&mut Gathered, Option<&mut Retrieval<'_>>),
    stamping: Stamper<'_>,
) -> Result<Ready, OperationError> {
    let input = InputFile::open(&request.input)?;
    let identity = input.identity();
    let source = input.shared();
    let place = request.input.display().to_string();
    takes_evidence(&source, &place)?;
    let fetched = match retrieval {
        Some(retrieval) => {
            // What stamps is asked about, too.
            let stamped = augment(&source, Level::T, &gathered.evidence(), stamping);
            let stamped = stamped.map_err(|error| refusal(error, &place))?;
            let known = retrieval.judged(gathered, |evidence| {
                let _ = verify(&stamped.source, &place, evidence);
                let revocation = CarriedEvidence {
                    crls: evidence.revocation.crls.to_vec(),
                    responses: evidence.revocation.responses.to_vec(),
                };
                (evidence.untrusted.to_vec(), revocation)
            });
            Some((stamped, known))
        }
        None => None,
    };
    let at_hand = gathered.evidence();
    let (begun, evidence) = match &fetched {
        Some((stamped, (untrusted, revocation))) => {
            (Some(stamped), Evidence { untrusted, revocation: revocation.evidence(), ..at_hand })
        }
        None => (None, at_hand),
    };
    let start = begun.map_or(&source, |stamped| &stamped.source);
    let mut done = augment(start, request.level, &evidence, stamping).map_err(|error| refusal(error, &place))?;
    let before_it = begun.map(|stamped| stamped.steps.clone()).unwrap_or_default();
    done.steps.splice(0..0, before_it);
    let (path, overwrite, forbidden) = match &request.target {
        Target::File { path, overwrite } => (path.clone(), *overwrite, vec![identity]),
        Target::InPlace => (request.input.clone(), Overwrite::Replace, Vec::new()),
    };
    let mut output = OutputFile::create(&path, overwrite, Access::Shared, &forbidden)?;
    let after = write(&done.source, &mut output, &place)?;
    let before = digest(&source, &place)?;
    let written = output.sync_and_reopen()?;
    let report = verify(&written, &place, &evidence);
    check(&source, &report, &place, &evidence)?;
    Ok(Ready { done, output, path, before, after, report })
}

/// Nothing may be worse than it was, and nothing that was added may fail.
fn check(before: &SharedSource, report: &Report, place: &str, evidence: &Evidence<'_>) -> Result<(), OperationError> {
    let fault = |fault: String| OperationError::ResultCheck { path: place.to_owned(), fault };
    if let Some(finding) = report.findings.iter().find(|finding| finding.code.effect() == Effect::Fail) {
        return Err(fault(finding.code.name().to_owned()));
    }
    if let Some(failed) = report.signatures.iter().find(|one| one.indication == Indication::TotalFailed) {
        return Err(fault(format!("{} fails", failed.id)));
    }
    let earlier = verify(before, place, evidence);
    for old in earlier.signatures.iter().filter(|one| one.indication == Indication::TotalPassed) {
        let new = report.signatures.iter().find(|one| one.id == old.id);
        if new.is_none_or(|new| new.indication != Indication::TotalPassed) {
            return Err(OperationError::WouldBreak { path: place.to_owned(), id: old.id.clone() });
        }
    }
    Ok(())
}

fn put_in_place(
    context: &Context<'_>,
    mut store: Option<&mut UnlockedStore>,
    request: &ExtendRequest,
    ready: Ready,
) -> Result<Extended, OperationError> {
    let Ready { done, output, path, before, after, report } = ready;
    let level = word(request.level);
    let draft = |act: Act| {
        let draft = named(context.draft(act), request).with("level", level);
        Draft {
            file: Some(path.display().to_string()),
            before: Some((&before).into()),
            after: Some((&after).into()),
            ..draft
        }
    };
    if let Some(store) = store.as_deref_mut() {
        // Before the file is there: no file without its record.
        store.note(draft(Act::ExtensionPrepared))?;
    }
    match output.commit() {
        Ok(committed) => {
            if let Some(store) = store {
                store.note(draft(Act::ExtensionDone))?;
            }
            drop(committed);
        }
        Err(error) => {
            if let Some(store) = store {
                store.note(Draft { outcome: Outcome::Failed, ..draft(Act::ExtensionVoided) })?;
            }
            return Err(error.into());
        }
    }
    Ok(Extended {
        input: request.input.clone(),
        output: path,
        steps: done.steps,
        notes: done.notes,
        length: done.source.len(),
        sha256: after.to_hex(),
        report,
    })
}

fn named(draft: Draft, request: &ExtendRequest) -> Draft {
    Draft {
        file: Some(request.input.display().to_string()),
        certificate: match &request.authority {
            Some(TsaPlace::Store(name)) => Some(name.to_string()),
            _ => None,
        },
        ..draft
    }
}

/// A level as the command line names it.
pub(in crate::operations) fn word(level: Level) -> &'static str {
    match level {
        Level::T => "t",
        Level::Lt => "lt",
        Level::Lta => "lta",
    }
}

fn write(source: &SharedSource, output: &mut OutputFile, place: &str) -> Result<Digest, OperationError> {
    use std::io::Write;
    let target = output.target().to_path_buf();
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let mut failed = None;
    for_each_chunk(source.as_ref(), 0, source.len(), |piece| {
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

fn digest(source: &SharedSource, place: &str) -> Result<Digest, OperationError> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    for_each_chunk(source.as_ref(), 0, source.len(), |piece| hasher.update(piece))
        .map_err(|error| OperationError::FileFault { path: place.to_owned(), fault: error.to_string() })?;
    Ok(hasher.finish())
}

/// The authority asked for, found.
fn stamper(
    context: &Context<'_>,
    store: Option<&UnlockedStore>,
    request: &ExtendRequest,
    gathered: &Gathered,
) -> Result<Option<Keeper>, OperationError> {
    match (&request.authority, store) {
        (None, _) => Ok(None),
        (Some(TsaPlace::Url(url)), None) => Ok(Some(Keeper::Url(url.clone()))),
        (Some(place), Some(store)) => Keeper::find(store, gathered, place).map(Some),
        (Some(TsaPlace::Store(_)), None) => Err(context.open().err().unwrap_or(OperationError::StoreDamaged {})),
    }
}

fn refusal(error: ArchiveError, place: &str) -> OperationError {
    let path = place.to_owned();
    match error {
        ArchiveError::NoSignature => OperationError::NothingToExtend { path },
        ArchiveError::Fails { id } => OperationError::SignatureFails { path, id },
        ArchiveError::NotPdf => OperationError::LevelNotForFormat { path },
        ArchiveError::NoAuthority => OperationError::AuthorityMissing { path },
        ArchiveError::Stamp(error) => OperationError::TimestampRefused { path, fault: error.to_string() },
        ArchiveError::Wanting { first: Wanting::Path { subject }, .. } => OperationError::PathWanting { path, subject },
        ArchiveError::Wanting { first: Wanting::Revocation { subject }, .. } => {
            OperationError::EvidenceWanting { path, subject }
        }
        ArchiveError::Document(PdfError::Encrypted) | ArchiveError::Update(UpdateError::Encrypted) => {
            OperationError::DocumentEncrypted { path }
        }
        ArchiveError::Document(PdfError::WrongPassword) => OperationError::PasswordWrong { path },
        ArchiveError::Read(kind) => OperationError::FileFault { path, fault: kind.to_string() },
        other => OperationError::DocumentMalformed { path, fault: other.to_string() },
    }
}
