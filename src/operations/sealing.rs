//! Sealing and signing documents: the check before, the document made, read back and verified, recorded, put in place.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::audit::{Act, Draft, Outcome};
use crate::crypto::{Digest, DigestAlgorithm, Hasher, SecretBytes, Signer};
use crate::files::{Access, InputFile, OutputError, OutputFile, Overwrite};
use crate::limits::Budget;
use crate::operations::extend::{extend_in, takes_evidence};
use crate::operations::instrument::{Checked, known};
use crate::operations::orders::{DocumentRequest, Instrument, Orders, Overlap, PresetWish, Target, show};
use crate::operations::stamping::Keeper;
use crate::operations::token::signer;
use crate::operations::{Context, ExtendRequest, Extended, Level, OperationError, Retrieval, TsaPlace};
use crate::pki::Fetch;
use crate::report::{Effect, Format, Indication, Report, SignatureReport, StepResult};
use crate::seal::Seal;
use crate::sign::{
    FileDigests, Identity, Remark, Request, SealInUse, Shown, SignError, Signed, Timestamping, overlap_on_ofd,
    overlap_on_pdf, shown_on_ofd, shown_on_pdf, sign_ofd_document, sign_pdf,
};
use crate::source::{SharedSource, for_each_chunk};
use crate::store::{Custody, Name, NewSealing, Store, UnlockedStore};
use crate::verify::{detect, value_digest, verify};

/// What was made of one document.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The input.
    pub input: PathBuf,
    /// The result.
    pub output: PathBuf,
    /// Field name or signature ID.
    pub id: String,
    /// How many documents the file holds: several only in an OFD package.
    pub documents: usize,
    /// Where it is shown.
    pub shown: Vec<Shown>,
    /// Length of the result in bytes.
    pub length: u64,
    /// SHA-256 of the result, in hexadecimal.
    pub sha256: String,
    /// How the fresh result was judged.
    pub report: Report,
    /// What whoever hands the document on should know.
    pub remarks: Vec<Remark>,
}

/// A seal or certificate, unlocked once for many documents.
pub struct Sealing<'c> {
    context: &'c Context<'c>,
    store: UnlockedStore,
    checked: Checked,
    signer: Box<dyn Signer>,
    network: &'c dyn Fetch,
}

/// A result that is written aside and verified.
struct Ready {
    signed: Signed,
    output: OutputFile,
    path: PathBuf,
    before: Digest,
    after: Digest,
    length: u64,
    report: Report,
}

impl<'c> Sealing<'c> {
    /// Unlocks the store and checks that seal and certificate may be used now; a refusal stands in the trail. The
    /// network is asked only for timestamps, where orders want one of a server.
    ///
    /// # Errors
    /// [`OperationError`]: unknown names (before any secret is asked for), states and validity that forbid the use,
    /// secrets.
    pub fn open(
        context: &'c Context<'c>,
        instrument: &Instrument,
        network: &'c dyn Fetch,
    ) -> Result<Self, OperationError> {
        let reading = context.open()?;
        known(&reading, instrument)?;
        let mut store = context.unlocked(reading)?;
        match Checked::check(context, instrument)
            .and_then(|checked| Ok((signer(context, &store, &checked.name, || store.signer(&checked.name))?, checked)))
        {
            Ok((signer, checked)) => Ok(Sealing { context, store, checked, signer, network }),
            Err(error) => {
                let (seal, certificate) = match instrument {
                    Instrument::Seal { name, holder } => (Some(name), holder.as_ref()),
                    Instrument::Certificate(name) => (None, Some(name)),
                };
                note_refusal(&mut store, refused_draft(context, seal, certificate, &error));
                Err(error)
            }
        }
    }
}

impl Sealing<'_> {
    /// With passwords to try on encrypted documents, which stay encrypted as they are.
    #[must_use]
    pub fn with_passwords(mut self, passwords: Vec<SecretBytes>) -> Self {
        self.checked.gathered = self.checked.gathered.with_passwords(passwords);
        self
    }

    /// Whether a document can be brought to a level at all; asked before it is signed for that.
    ///
    /// # Errors
    /// [`OperationError::LevelNotForFormat`] for what is no PDF; what the file system says.
    pub fn takes_level(&self, document: &DocumentRequest) -> Result<(), OperationError> {
        takes_evidence(&InputFile::open(&document.input)?.shared(), &document.input.display().to_string())
    }

    /// Brings a document that was just signed to a level, in its place, by the authority that stamped it.
    ///
    /// # Errors
    /// As [`fn@crate::operations::extend`]; the signed document stays as it is then.
    pub fn extend(
        &mut self,
        applied: &Applied,
        level: Level,
        authority: Option<TsaPlace>,
        retrieval: Option<&mut Retrieval<'_>>,
    ) -> Result<Extended, OperationError> {
        let request = ExtendRequest { input: applied.output.clone(), target: Target::InPlace, level, authority };
        extend_in(self.context, Some(&mut self.store), &request, &mut self.checked.gathered, retrieval)
    }

    /// Signs one document: nothing is left behind unless the result was verified and recorded. A refusal or fault stands
    /// in the trail too.
    ///
    /// # Errors
    /// [`OperationError`].
    pub fn apply(&mut self, document: &DocumentRequest, orders: &Orders) -> Result<Applied, OperationError> {
        let ready = match self.prepare(document, orders) {
            Ok(ready) => ready,
            Err(error) => {
                let seal = self.checked.seal.as_ref().map(|used| &used.name);
                let draft = refused_draft(self.context, seal, Some(&self.checked.name), &error);
                let before = InputFile::open(&document.input).ok();
                let place = document.input.display().to_string();
                let before = before.and_then(|input| digest(&input.shared(), &place).ok());
                let reference = orders.stated.statement.reference.clone();
                let before = before.as_ref().map(Into::into);
                note_refusal(&mut self.store, Draft { file: Some(place), before, reference, ..draft });
                return Err(error);
            }
        };
        self.put_in_place(ready, document, orders)
    }

    /// Writes the result aside, reads it back and judges it.
    fn prepare(&self, document: &DocumentRequest, orders: &Orders) -> Result<Ready, OperationError> {
        let input = InputFile::open(&document.input)?;
        let identity = input.identity();
        let source = input.shared();
        let place = document.input.display().to_string();
        let signed = self.sign(&source, &place, orders).map_err(|error| self.blame(error))?;
        let (path, overwrite, forbidden) = match &document.target {
            Target::File { path, overwrite } => (path.clone(), *overwrite, vec![identity]),
            Target::InPlace => (document.input.clone(), Overwrite::Replace, Vec::new()),
        };
        let mut output = OutputFile::create(&path, overwrite, Access::Shared, &forbidden)?;
        let FileDigests { before, after } = write(&signed, &mut output, &source, &place)?;
        let written = output.sync_and_reopen()?;
        let length = written.len();
        let report = self.check(&source, &written, &place, &signed)?;
        Ok(Ready { signed, output, path, before, after, length, report })
    }

    /// Records what is ready, renames it into its place, and records that.
    fn put_in_place(
        &mut self,
        ready: Ready,
        document: &DocumentRequest,
        orders: &Orders,
    ) -> Result<Applied, OperationError> {
        let Ready { signed, output, path, before, after, length, report } = ready;
        let sealing = NewSealing {
            seal: self.checked.seal.as_ref().map(|used| used.name.clone()),
            certificate: self.checked.name.clone(),
            before: Some(before),
            after: after.clone(),
            value: value_digest(signed.value()),
            temporary: output.temporary().to_path_buf(),
            target: output.target().to_path_buf(),
        };
        let open = self.store.prepare_sealing(self.draft(orders), &sealing)?;
        match output.commit() {
            Ok(committed) => {
                self.store.finish_sealing(open, self.context.now())?;
                drop(committed);
            }
            Err(error) => {
                self.store.settle_sealing(open, self.context.now())?;
                return Err(error.into());
            }
        }
        Ok(Applied {
            input: document.input.clone(),
            output: path,
            id: signed.id().to_owned(),
            documents: signed.documents(),
            shown: signed.shown().to_vec(),
            length,
            sha256: after.to_hex(),
            report,
            remarks: signed.remarks().to_vec(),
        })
    }

    /// A key on a token that could not sign is a fault of the token and not of this program.
    fn blame(&self, error: OperationError) -> OperationError {
        let on_token = || matches!(self.store.custody(&self.checked.name), Ok(Custody::Token));
        match error {
            OperationError::SigningFailed {} if on_token() => OperationError::TokenFailed {},
            other => other,
        }
    }

    fn sign(&self, source: &SharedSource, place: &str, orders: &Orders) -> Result<Signed, OperationError> {
        let order = orders.timestamp.as_ref();
        let keeper = order.map(|order| Keeper::find(&self.store, &self.checked.gathered, &order.place)).transpose()?;
        let tokens = keeper.as_ref().map(|keeper| keeper.source(self.context, self.network));
        let timestamping =
            tokens.as_deref().zip(order).map(|(source, order)| Timestamping { source, need: order.need });
        let request = Request {
            identity: Identity {
                signer: self.signer.as_ref(),
                certificate: &self.checked.certificate,
                chain: &self.checked.chain,
            },
            seal: self.checked.seal.as_ref().map(|used| SealInUse { seal: &used.seal, picture: &used.picture }),
            show: show(orders, self.checked.seal.as_ref().map(|used| &used.seal)),
            time: self.context.now(),
            stated: orders.stated.clone(),
            closing: orders.closing,
            container: orders.container,
            timestamping,
        };
        let budget = Rc::new(Budget::default());
        let signed = match format(source, place)? {
            Format::Pdf if orders.document > 0 => Err(only_one(orders.document)),
            Format::Pdf => {
                let document = crate::pdf::Document::open_for_sealing(Arc::clone(source), budget);
                let document = document.and_then(|document| document.opened_with(self.checked.gathered.passwords()));
                document.map_err(SignError::from).and_then(|document| {
                    if orders.overlap == Overlap::Refuse {
                        overlap_on_pdf(&document, &request.show)?;
                    }
                    sign_pdf(&document, &request)
                })
            }
            _ => {
                let document = crate::ofd::Document::open(Arc::clone(source), &budget);
                let sign = |document| {
                    if orders.overlap == Overlap::Refuse {
                        overlap_on_ofd(&document, orders.document, &budget, &request.show)?;
                    }
                    sign_ofd_document(&document, orders.document, &budget, &request)
                };
                document.map_err(SignError::from).and_then(sign)
            }
        };
        signed.map_err(|error| unplaced(error, place, orders))
    }

    /// The result, read again from where it was written: format, digest, value, seal, list and coverage must hold, and no
    /// earlier signature may be worse than it was.
    fn check(
        &self,
        before: &SharedSource,
        written: &SharedSource,
        place: &str,
        signed: &Signed,
    ) -> Result<Report, OperationError> {
        let evidence = self.checked.gathered.evidence();
        let report = verify(written, place, &evidence);
        let fault = |fault: String| OperationError::ResultCheck { path: place.to_owned(), fault };
        let fresh = report.signatures.iter().find(|signature| signature.id == signed.id());
        let Some(fresh) = fresh else { return Err(fault("the new signature is not found".to_owned())) };
        if let Some(code) = unsound(fresh) {
            return Err(fault(code));
        }
        // A torn update or the remains of a removed signature: a seal over them could never be called valid.
        if let Some(finding) = report.findings.iter().find(|finding| finding.code.effect() == Effect::Fail) {
            let fault = finding.code.name().to_owned();
            return Err(OperationError::DocumentMalformed { path: place.to_owned(), fault });
        }
        let failed: Vec<&str> = failures(&report);
        if !failed.is_empty() {
            let earlier = verify(before, place, &evidence);
            let known = failures(&earlier);
            if let Some(broken) = failed.iter().find(|id| !known.contains(id)) {
                return Err(OperationError::WouldBreak { path: place.to_owned(), id: (*broken).to_owned() });
            }
        }
        Ok(report)
    }

    fn draft(&self, orders: &Orders) -> Draft {
        let mut draft = self.context.draft(Act::SealingPrepared);
        draft.reference = orders.stated.statement.reference.clone();
        draft
    }
}

/// The rectangles that a seal or signature would get; the store stays locked, nothing is written or recorded. The
/// passwords are tried on an encrypted document.
///
/// # Errors
/// [`OperationError`].
pub fn plan(
    context: &Context<'_>,
    instrument: &Instrument,
    input: &Path,
    orders: &Orders,
    passwords: &[SecretBytes],
) -> Result<Vec<Shown>, OperationError> {
    let seal = match instrument {
        Instrument::Certificate(_) => None,
        Instrument::Seal { name, .. } => {
            let record = context.open()?.seal(name)?;
            let record = record.ok_or_else(|| OperationError::SealUnknown { name: name.to_string() })?;
            Some(Seal::from_der(&record.der).map_err(|_| OperationError::StoreDamaged {})?)
        }
    };
    let show = show(orders, seal.as_ref());
    let place = input.display().to_string();
    let source = InputFile::open(input)?.shared();
    let budget = Rc::new(Budget::default());
    let shown = match format(&source, &place)? {
        Format::Pdf if orders.document > 0 => Err(only_one(orders.document)),
        Format::Pdf => crate::pdf::Document::open_for_sealing(source, budget)
            .and_then(|document| document.opened_with(passwords))
            .map_err(SignError::from)
            .and_then(|document| {
                if orders.overlap == Overlap::Refuse {
                    overlap_on_pdf(&document, &show)?;
                }
                shown_on_pdf(&document, &show)
            }),
        _ => crate::ofd::Document::open(source, &budget).map_err(SignError::from).and_then(|document| {
            if orders.overlap == Overlap::Refuse {
                overlap_on_ofd(&document, orders.document, &budget, &show)?;
            }
            shown_on_ofd(&document, orders.document, &budget, &show)
        }),
    };
    shown.map_err(|error| unplaced(error, &place, orders))
}

fn refused_draft(
    context: &Context<'_>,
    seal: Option<&Name>,
    certificate: Option<&Name>,
    error: &OperationError,
) -> Draft {
    let act = if seal.is_some() { Act::SealingRefused } else { Act::SigningRefused };
    Draft {
        outcome: Outcome::Refused,
        code: Some(error.reason().name().to_owned()),
        seal: seal.map(Name::to_string),
        certificate: certificate.map(Name::to_string),
        ..context.draft(act)
    }
}

/// The refusal itself is what the caller must hear, so a fault of the record is not told in its stead.
fn note_refusal(store: &mut UnlockedStore, draft: Draft) {
    let _ = store.note(draft);
}

pub(in crate::operations) fn format(source: &SharedSource, place: &str) -> Result<Format, OperationError> {
    if source.is_empty() {
        return Err(OperationError::DocumentEmpty { path: place.to_owned() });
    }
    detect(source.as_ref()).ok_or_else(|| OperationError::NotADocument { path: place.to_owned() })
}

/// A PDF is one document.
pub(in crate::operations) fn only_one(document: usize) -> SignError {
    SignError::DocumentOutOfRange { document: document.saturating_add(1), count: 1 }
}

/// What of a fresh signature is not as it must be; path and revocation may be open, for an imported key need have no
/// anchor here.
fn unsound(signature: &SignatureReport) -> Option<String> {
    if signature.indication == Indication::TotalFailed {
        let codes: Vec<&str> = signature.findings.iter().map(|finding| finding.code.name()).collect();
        return Some(codes.join(", "));
    }
    const MUST: [&str; 10] = [
        "byte-range",
        "signed-revision",
        "signature-xml",
        "references",
        "coverage",
        "container-format",
        "content-digest",
        "signature-value",
        "seal-signature",
        "signer-in-seal",
    ];
    let open = |step: &&crate::report::Step| {
        MUST.contains(&step.step) && !matches!(step.result, StepResult::Passed | StepResult::NotApplicable)
    };
    let missing = !signature.steps.iter().any(|step| step.step == "signature-value");
    match signature.steps.iter().find(open) {
        Some(step) => Some(format!("{} {}", step.step, step.result.name())),
        None if missing => Some("signature-value not-run".to_owned()),
        None => None,
    }
}

fn failures(report: &Report) -> Vec<&str> {
    let failed = report.signatures.iter().filter(|signature| signature.indication == Indication::TotalFailed);
    failed.map(|signature| signature.id.as_str()).collect()
}

/// Writes the signed document, and digests the files on the way unless signing has done so.
fn write(
    signed: &Signed,
    output: &mut OutputFile,
    source: &SharedSource,
    place: &str,
) -> Result<FileDigests, OperationError> {
    let target = output.target().to_path_buf();
    let fault = |error| OutputError::new(&target, error);
    if let Some(digests) = signed.digests() {
        signed.write_to(output).map_err(fault)?;
        return Ok(digests.clone());
    }
    let mut tee = Tee::new(output, signed.begins_with_original());
    signed.write_to(&mut tee).map_err(fault)?;
    let (before, after) = tee.finish();
    let before = match before {
        Some(digest) => digest,
        None => digest(source, place)?,
    };
    Ok(FileDigests { before, after })
}

fn digest(source: &SharedSource, place: &str) -> Result<Digest, OperationError> {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    for_each_chunk(source.as_ref(), 0, source.len(), |piece| hasher.update(piece))
        .map_err(|error| OperationError::FileFault { path: place.to_owned(), fault: error.to_string() })?;
    Ok(hasher.finish())
}

/// Where nothing was asked for, a document that is not official lacks a place.
fn unplaced(error: SignError, place: &str, orders: &Orders) -> OperationError {
    let assumed = orders.preset.as_ref().is_some_and(|preset| preset.wish == PresetWish::Assumed);
    match error {
        SignError::DateLineMissing { .. } if assumed => OperationError::PlacementMissing {},
        error => refusal(error, place),
    }
}

pub(in crate::operations) fn refusal(error: SignError, place: &str) -> OperationError {
    let path = place.to_owned();
    match error {
        SignError::PageOutOfRange { page, count } => {
            OperationError::PageOutOfRange { path, page, count: u32::try_from(count).unwrap_or(u32::MAX) }
        }
        SignError::DocumentOutOfRange { document, count } => OperationError::DocumentOutOfRange {
            path,
            document: u32::try_from(document).unwrap_or(u32::MAX),
            count: u32::try_from(count).unwrap_or(u32::MAX),
        },
        SignError::OffPage { page, overhang } => OperationError::PositionOffPage {
            path,
            page: u32::try_from(page).unwrap_or(u32::MAX),
            overhang: overhang.to_string(),
        },
        SignError::KeywordMissing { text, pages } => {
            OperationError::KeywordMissing { path, text, pages: u32::try_from(pages).unwrap_or(u32::MAX) }
        }
        SignError::HitOutOfRange { text, nth, count } => {
            OperationError::HitOutOfRange { path, text, nth, count: u32::try_from(count).unwrap_or(u32::MAX) }
        }
        SignError::DateLineMissing { pages } => {
            OperationError::DateLineMissing { path, pages: u32::try_from(pages).unwrap_or(u32::MAX) }
        }
        SignError::Overlaps { page, id, width, height } => OperationError::PositionOverlaps {
            path,
            page: u32::try_from(page).unwrap_or(u32::MAX),
            id,
            width: width.to_string(),
            height: height.to_string(),
        },
        SignError::StraddleOnePage => OperationError::StraddleOnePage { path },
        SignError::StripTooNarrow { pages, strip, smallest, most } => OperationError::StripTooNarrow {
            path,
            pages: u32::try_from(pages).unwrap_or(u32::MAX),
            strip: strip.to_string(),
            smallest: smallest.to_string(),
            most: u32::try_from(most).unwrap_or(u32::MAX),
        },
        SignError::StraddleTooTall { page, seal, room } => OperationError::StraddleTooTall {
            path,
            page: u32::try_from(page).unwrap_or(u32::MAX),
            seal: seal.to_string(),
            room: room.to_string(),
        },
        SignError::FieldUnknown { name } => OperationError::FieldUnknown { path, name },
        SignError::Locked { by } => OperationError::DocumentLocked { path, by },
        SignError::VisibleAfterCertification => OperationError::DocumentCertified { path },
        SignError::BreaksSignature { id, .. } => OperationError::WouldBreak { path, id },
        SignError::Encrypted => OperationError::DocumentEncrypted { path },
        SignError::WrongPassword => OperationError::PasswordWrong { path },
        SignError::Timestamp { detail } => OperationError::TimestampFailed { path, fault: detail },
        SignError::Key { .. } => OperationError::SigningFailed {},
        SignError::Document { detail } => OperationError::DocumentMalformed { path, fault: detail },
        SignError::Read(kind) => OperationError::FileFault { path, fault: kind.to_string() },
        other => OperationError::DocumentMalformed { path, fault: other.to_string() },
    }
}

/// Writes and digests in one pass: the whole, and where the original stands at its beginning, the original too.
struct Tee<'a> {
    output: &'a mut OutputFile,
    hasher: Hasher,
    length: u64,
    /// Length of the original, where the result begins with it.
    original: Option<u64>,
    before: Option<Digest>,
}

impl<'a> Tee<'a> {
    fn new(output: &'a mut OutputFile, original: Option<u64>) -> Self {
        Tee { output, hasher: Hasher::new(DigestAlgorithm::Sha256), length: 0, original, before: None }
    }

    /// The digests of the original, if it was seen, and of the whole.
    fn finish(self) -> (Option<Digest>, Digest) {
        (self.before, self.hasher.finish())
    }

    /// How much of `bytes` still belongs to the original.
    fn of_original(&self, bytes: &[u8]) -> usize {
        let left = self.original.map_or(0, |original| original.saturating_sub(self.length));
        usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len())
    }
}

impl std::io::Write for Tee<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // Never across the end of the original, so that its digest can be taken there.
        let own = self.of_original(bytes);
        let piece = if own == 0 { bytes } else { bytes.get(..own).unwrap_or(bytes) };
        let count = self.output.write(piece)?;
        self.hasher.update(piece.get(..count).unwrap_or_default());
        self.length = self.length.saturating_add(count as u64);
        if self.original == Some(self.length) {
            self.before = Some(self.hasher.clone().finish());
        }
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.output.flush()
    }
}
