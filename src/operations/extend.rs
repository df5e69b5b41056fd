//! Bringing a signed PDF to a level at which it stays provable: timestamps, evidence inside, renewal. The result is
//! verified before it is put in place; input and store stay as they are but for the trail.

use std::path::PathBuf;

use crate::archive::{ArchiveError, Augmentation, Level, Note, Step, Wanting, augment};
use crate::audit::{Act, Draft, Outcome};
use crate::crypto::{Digest, DigestAlgorithm, Hasher, RandomSource, SignatureAlgorithm, Signer};
use crate::files::{Access, InputFile, OutputError, OutputFile, Overwrite};
use crate::operations::instrument::{chain, parse};
use crate::operations::orders::Target;
use crate::operations::{Context, Gathered, OperationError, Retrieval};
use crate::pdf::{PdfError, UpdateError};
use crate::pki::Certificate;
use crate::pki::revocation::CarriedEvidence;
use crate::pki::timestamp::{
    Accuracy, Authority, HttpAuthority, REPLY_POLICY, Stamp, StampError, TimestampRequest, TimestampResponse,
    TimestampSource, VerifiedTimestamp, reply,
};
use crate::report::{Effect, Format, Indication, Report};
use crate::source::{SharedSource, for_each_chunk};
use crate::store::{Name, Store, UnlockedStore};
use crate::time::Time;
use crate::verify::{Evidence, detect, verify};

/// Bytes of a serial number: random ones of this length are never given twice (RFC 3161 2.4.2).
const SERIAL: usize = 16;

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
    pub authority: Option<StampingBy>,
}

/// Who stamps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StampingBy {
    /// An authority in the network, by the URL that the operator names (RFC 3161 3.4).
    Url(String),
    /// A certificate of this store.
    Store(Name),
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
    if let Some(StampingBy::Store(name)) = &request.authority {
        let known = reading.as_ref().map(|store| store.certificate(name)).transpose()?.flatten();
        known.ok_or_else(|| OperationError::CertUnknown { name: name.to_string() })?;
    }
    let mut store = reading.map(|store| context.unlocked(store)).transpose()?;
    let made = own_authority(context, store.as_ref(), request, gathered).and_then(|own| {
        let http = match &request.authority {
            Some(StampingBy::Url(url)) => {
                Some(HttpAuthority { fetch: context.network.named, url, random: context.random })
            }
            _ => None,
        };
        let named = http.as_ref().map(|http| (http as &dyn TimestampSource, DigestAlgorithm::Sha256));
        let stamping = own.as_ref().map(|own| (own as &dyn TimestampSource, own.digest())).or(named);
        prepare(request, (gathered, retrieval), stamping)
    });
    match made {
        Ok(ready) => put_in_place(context, store.as_mut(), request, ready),
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
    match detect(source.as_ref()) {
        Some(Format::Pdf) => {}
        Some(_) => return Err(OperationError::LevelNotForFormat { path: place }),
        None if source.is_empty() => return Err(OperationError::DocumentEmpty { path: place }),
        None => return Err(OperationError::NotADocument { path: place }),
    }
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
            Some(StampingBy::Store(name)) => Some(name.to_string()),
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

/// A certificate of the store that stamps.
struct OwnAuthority<'a> {
    signer: Box<dyn Signer>,
    certificate: Certificate,
    chain: Vec<Certificate>,
    time: Time,
    random: &'a dyn RandomSource,
}

impl OwnAuthority<'_> {
    /// An authority of SM2 stamps digests of SM3.
    fn digest(&self) -> DigestAlgorithm {
        match self.signer.algorithm() {
            SignatureAlgorithm::Sm2Sm3 => DigestAlgorithm::Sm3,
            _ => DigestAlgorithm::Sha256,
        }
    }
}

impl TimestampSource for OwnAuthority<'_> {
    fn stamp(&self, digest: &Digest) -> Result<VerifiedTimestamp, StampError> {
        let request = TimestampRequest::over(digest);
        let authority = Authority { signer: self.signer.as_ref(), certificate: &self.certificate, chain: &self.chain };
        let mut serial = [0; SERIAL];
        self.random.fill(&mut serial).map_err(|_| StampError::Random)?;
        let stamp = Stamp { time: self.time, accuracy: Accuracy::seconds(1), serial: &serial, policy: REPLY_POLICY };
        let answer = reply(&request, &authority, &stamp)?;
        Ok(TimestampResponse::from_der(&answer)?.token_for(&request)?.verify_digest(digest, &[])?)
    }
}

fn own_authority<'a>(
    context: &Context<'a>,
    store: Option<&UnlockedStore>,
    request: &ExtendRequest,
    gathered: &Gathered,
) -> Result<Option<OwnAuthority<'a>>, OperationError> {
    let (Some(StampingBy::Store(name)), Some(store)) = (&request.authority, store) else { return Ok(None) };
    let record = store.certificate(name)?.ok_or_else(|| OperationError::CertUnknown { name: name.to_string() })?;
    let certificate = parse(&record.der)?;
    let chain = chain(gathered, &certificate, &record.chain);
    let (time, random) = (context.now(), context.random);
    Ok(Some(OwnAuthority { signer: store.signer(name)?, certificate, chain, time, random }))
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
