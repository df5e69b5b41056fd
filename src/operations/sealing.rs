//! Sealing and signing documents: the check before, the document made, read back and verified, recorded, put in place.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::audit::{Act, Draft, Outcome};
use crate::crypto::{Digest, DigestAlgorithm, Hasher, SecretBytes, Signer};
use crate::files::{Access, InputFile, OutputError, OutputFile, Overwrite};
use crate::geometry::{Millimetres, Size};
use crate::limits::Budget;
use crate::operations::seal_life::in_use;
use crate::operations::{Context, Gathered, OperationError, StoreTrust};
use crate::pdf::PreparedPicture;
use crate::pki::Certificate;
use crate::pki::path::Purpose;
use crate::report::{Effect, Format, Indication, Report, SignatureReport, StepResult};
use crate::seal::{Listed, Seal};
use crate::sign::{
    Closing, ContainerChoice, Edge, FileDigests, Identity, Pages, Remark, Request, SMALLEST_STRIP, SealInUse, Show,
    Shown, SignError, Signed, Stated, Straddle, shown_on_ofd, shown_on_pdf, sign_ofd_document, sign_pdf,
};
use crate::source::{SharedSource, for_each_chunk};
use crate::store::{EmbeddedStore, Name, NewSealing, SealRecord, Store, UnlockedStore};
use crate::time::{Standing, Time};
use crate::verify::{detect, value_digest, verify};

/// With what documents are signed.
#[derive(Clone, Debug)]
pub enum Instrument {
    /// A seal, by one of its holders; the only one whose key is here unless named.
    Seal {
        /// The seal.
        name: Name,
        /// The holder.
        holder: Option<Name>,
    },
    /// A certificate alone.
    Certificate(Name),
}

/// What to do with each document.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// Which document of an OFD package, counted from 0.
    pub document: usize,
    /// Where it is shown.
    pub placement: Option<Placement>,
    /// The empty signature field that takes it (PDF); outranks a placement.
    pub field: Option<String>,
    /// A riding seal; outranks a placement.
    pub straddle: Option<StraddleOrder>,
    /// What the signer states.
    pub stated: Stated,
    /// What may follow.
    pub closing: Closing,
    /// Container of the value.
    pub container: ContainerChoice,
}

/// Where a seal or signature is shown.
#[derive(Clone, Debug)]
pub struct Placement {
    /// On which pages.
    pub pages: Pages,
    /// The point.
    pub x: Millimetres,
    /// The point, from the top.
    pub y: Millimetres,
    /// Which point of the rectangle lies there.
    pub anchor: AnchorPoint,
    /// Size; that of the seal, or of a text, unless given.
    pub size: Option<Size>,
}

/// A riding seal (骑缝章): a strip of the seal on each page.
#[derive(Clone, Debug)]
pub struct StraddleOrder {
    /// On which pages.
    pub pages: Pages,
    /// At which edge.
    pub edge: Edge,
    /// Pages that share one seal; all unless given.
    pub group: Option<usize>,
    /// No strip may be narrower.
    pub smallest: Option<Millimetres>,
    /// A point of the page, of which only the coordinate along the edge counts, and the seal's point that lies there;
    /// the middle of the edge unless given.
    pub at: Option<(Millimetres, Millimetres, AnchorPoint)>,
    /// Size; that of the seal unless given.
    pub size: Option<Size>,
}

/// Which point of the rectangle a position names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AnchorPoint {
    #[default]
    Center,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

/// One document to sign.
#[derive(Clone, Debug)]
pub struct DocumentRequest {
    /// The document.
    pub input: PathBuf,
    /// Where the result goes.
    pub target: Target,
}

/// Where a result goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// A new file, or an existing one if that may be replaced.
    File {
        /// The file.
        path: PathBuf,
        /// Whether it may be replaced.
        overwrite: Overwrite,
    },
    /// The input itself.
    InPlace,
}

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

/// Size of a visible signature without a seal, unless given.
const TEXT_SIZE: Size = Size { width: Millimetres(50.0), height: Millimetres(15.0) };

/// A seal or certificate, unlocked once for many documents.
pub struct Sealing<'c> {
    context: &'c Context<'c>,
    store: UnlockedStore,
    checked: Checked,
    signer: Box<dyn Signer>,
}

/// A seal and certificate that may be used now.
struct Checked {
    gathered: Gathered,
    /// Of the certificate.
    name: Name,
    certificate: Certificate,
    chain: Vec<Certificate>,
    seal: Option<UsableSeal>,
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

struct UsableSeal {
    name: Name,
    seal: Seal,
    picture: Arc<PreparedPicture>,
}

impl<'c> Sealing<'c> {
    /// Unlocks the store and checks that seal and certificate may be used now; a refusal stands in the trail.
    ///
    /// # Errors
    /// [`OperationError`]: unknown names (before any secret is asked for), states and validity that forbid the use,
    /// secrets.
    pub fn open(context: &'c Context<'c>, instrument: &Instrument) -> Result<Self, OperationError> {
        let reading = context.open()?;
        known(&reading, instrument)?;
        let mut store = context.unlocked(reading)?;
        match Checked::check(context, instrument).and_then(|checked| Ok((store.signer(&checked.name)?, checked))) {
            Ok((signer, checked)) => Ok(Sealing { context, store, checked, signer }),
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

impl Checked {
    fn check(context: &Context<'_>, instrument: &Instrument) -> Result<Self, OperationError> {
        let reading = context.open()?;
        let now = context.now();
        let (seal_record, certificate_name) = choose(&reading, instrument, now)?;
        let record = reading.certificate(&certificate_name)?;
        let record = record.ok_or_else(|| OperationError::CertUnknown { name: certificate_name.to_string() })?;
        let certificate = parse(&record.der)?;
        let picture = seal_record.as_ref().map(|seal| reading.seal_picture(&seal.name)).transpose()?.flatten();
        let gathered = Gathered::of_store(Some(reading), StoreTrust::Counts)?.at(now);
        usable(&certificate_name, &certificate, &gathered, now)?;
        let seal = seal_record.map(|record| UsableSeal::load(record, picture, now)).transpose()?;
        if let Some(used) = &seal
            && used.seal.lists_certificate(certificate.as_der()) != Listed::Yes
        {
            let (name, seal) = (certificate_name.to_string(), used.name.to_string());
            return Err(OperationError::CertNotInSeal { name, seal });
        }
        let chain = chain(&gathered, &certificate, &record.chain);
        Ok(Checked { gathered, name: certificate_name, certificate, chain, seal })
    }
}

impl Sealing<'_> {
    /// With passwords to try on encrypted documents, which stay encrypted as they are.
    #[must_use]
    pub fn with_passwords(mut self, passwords: Vec<SecretBytes>) -> Self {
        self.checked.gathered = self.checked.gathered.with_passwords(passwords);
        self
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
        let signed = self.sign(&source, &place, orders)?;
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

    fn sign(&self, source: &SharedSource, place: &str, orders: &Orders) -> Result<Signed, OperationError> {
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
        };
        let budget = Rc::new(Budget::default());
        let signed = match format(source, place)? {
            Format::Pdf if orders.document > 0 => Err(only_one(orders)),
            Format::Pdf => {
                let document = crate::pdf::Document::open_for_sealing(Arc::clone(source), budget);
                let document = document.and_then(|document| document.opened_with(self.checked.gathered.passwords()));
                document.map_err(SignError::from).and_then(|document| sign_pdf(&document, &request))
            }
            _ => {
                let document = crate::ofd::Document::open(Arc::clone(source), &budget);
                let sign = |document| sign_ofd_document(&document, orders.document, &budget, &request);
                document.map_err(SignError::from).and_then(sign)
            }
        };
        signed.map_err(|error| refusal(error, place))
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
        Format::Pdf if orders.document > 0 => Err(only_one(orders)),
        Format::Pdf => crate::pdf::Document::open_for_sealing(source, budget)
            .and_then(|document| document.opened_with(passwords))
            .map_err(SignError::from)
            .and_then(|document| shown_on_pdf(&document, &show)),
        _ => crate::ofd::Document::open(source, &budget)
            .map_err(SignError::from)
            .and_then(|document| shown_on_ofd(&document, orders.document, &budget, &show)),
    };
    shown.map_err(|error| refusal(error, &place))
}

/// Nothing is unlocked for a name that the store does not know.
fn known(store: &EmbeddedStore, instrument: &Instrument) -> Result<(), OperationError> {
    let (seal, certificate) = match instrument {
        Instrument::Seal { name, holder } => (Some(name), holder.as_ref()),
        Instrument::Certificate(name) => (None, Some(name)),
    };
    if let Some(name) = seal
        && store.seal(name)?.is_none()
    {
        return Err(OperationError::SealUnknown { name: name.to_string() });
    }
    match certificate {
        Some(name) if store.certificate(name)?.is_none() => Err(OperationError::CertUnknown { name: name.to_string() }),
        _ => Ok(()),
    }
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

/// The seal, if any, and the certificate that signs.
fn choose(
    store: &EmbeddedStore,
    instrument: &Instrument,
    now: Time,
) -> Result<(Option<SealRecord>, Name), OperationError> {
    let (name, holder) = match instrument {
        Instrument::Certificate(name) => return Ok((None, name.clone())),
        Instrument::Seal { name, holder } => (name, holder),
    };
    let record = store.seal(name)?.ok_or_else(|| OperationError::SealUnknown { name: name.to_string() })?;
    in_use(store, &record, now)?;
    if let Some(holder) = holder {
        return Ok((Some(record), holder.clone()));
    }
    let mut able = Vec::new();
    for holder in &record.holders {
        if store.custody(holder)? == crate::store::Custody::Here {
            able.push(holder.clone());
        }
    }
    // Of several holders, one whose certificate is in force now is meant.
    if able.len() > 1 {
        able.retain(|holder| {
            let record = store.certificate(holder).ok().flatten();
            let certificate = record.and_then(|record| Certificate::from_der(&record.der).ok());
            certificate.is_some_and(|certificate| certificate.validity().standing(now) == Standing::Valid)
        });
    }
    match able.as_slice() {
        [only] => Ok((Some(record), only.clone())),
        [] => Err(OperationError::HolderMissing { seal: name.to_string() }),
        _ => Err(OperationError::HolderAmbiguous { seal: name.to_string() }),
    }
}

/// Whether a certificate may sign documents now: its period, its revocation, its key usage.
fn usable(name: &Name, certificate: &Certificate, gathered: &Gathered, now: Time) -> Result<(), OperationError> {
    let name = name.to_string();
    let validity = certificate.validity();
    match validity.standing(now) {
        Standing::NotYetValid => {
            return Err(OperationError::CertNotYetValid { name, not_before: validity.not_before });
        }
        Standing::Expired => return Err(OperationError::CertExpired { name, not_after: validity.not_after }),
        Standing::Valid => {}
    }
    let evidence = gathered.evidence();
    if let Some(time) = evidence.register.revoked_at(certificate) {
        return Err(OperationError::CertRevoked { name, time });
    }
    let validator = crate::pki::path::PathValidator {
        anchors: evidence.anchors,
        candidates: evidence.untrusted,
        revocation: evidence.revocation,
        policies: None,
    };
    let report = validator.report(certificate, Purpose::Signer, now, &Budget::default());
    for fault in report.faults().iter().filter(|fault| fault.position == 0) {
        match &fault.failure {
            crate::pki::path::PathFailure::KeyUsage => return Err(OperationError::NotASigner { name }),
            crate::pki::path::PathFailure::Revoked { at, .. } => {
                return Err(OperationError::CertRevoked { name, time: *at });
            }
            _ => {}
        }
    }
    Ok(())
}

impl UsableSeal {
    fn load(record: SealRecord, picture: Option<Vec<u8>>, now: Time) -> Result<Self, OperationError> {
        let damaged = || OperationError::StoreDamaged {};
        let seal = Seal::from_der(&record.der).map_err(|_| damaged())?;
        let name = record.name.to_string();
        let validity = seal.validity();
        match validity.standing(now) {
            Standing::NotYetValid => {
                return Err(OperationError::SealNotYetValid { seal: name, not_before: validity.not_before });
            }
            Standing::Expired => return Err(OperationError::SealExpired { seal: name, not_after: validity.not_after }),
            Standing::Valid => {}
        }
        let picture = PreparedPicture::from_bytes(&picture.ok_or_else(damaged)?).map_err(|_| damaged())?;
        Ok(UsableSeal { name: record.name, seal, picture: Arc::new(picture) })
    }
}

/// Issuers of a certificate, nearest first: those of the store's path, else those it came with.
fn chain(gathered: &Gathered, certificate: &Certificate, stored: &[Vec<u8>]) -> Vec<Certificate> {
    let evidence = gathered.evidence();
    let validator = crate::pki::path::PathValidator {
        anchors: evidence.anchors,
        candidates: evidence.untrusted,
        ..Default::default()
    };
    let report = validator.report(certificate, Purpose::Any, evidence.time, &Budget::default());
    if report.anchor().is_some() {
        // The anchor stays out: a verifier has it or does not trust it, and nothing in the container signs it.
        let above = report.certificates().iter().skip(1);
        return above.filter(|certificate| !certificate.is_self_issued()).cloned().collect();
    }
    stored.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
}

/// Where to show it, with the seal's own size unless another was given.
fn show(orders: &Orders, seal: Option<&Seal>) -> Show {
    if let Some(name) = &orders.field {
        return Show::Field { name: name.clone() };
    }
    let of_seal = |seal: &Seal| {
        #[allow(clippy::cast_precision_loss, reason = "a seal's size in mm is small")]
        let mm = |n: u64| Millimetres(n as f64);
        Size { width: mm(seal.picture().width_mm), height: mm(seal.picture().height_mm) }
    };
    let usual = seal.map_or(TEXT_SIZE, of_seal);
    if let Some(order) = &orders.straddle {
        let size = order.size.unwrap_or(usual);
        let along = order.at.map(|(x, y, anchor)| {
            let (x, y) = anchor.centre(x, y, size);
            if matches!(order.edge, Edge::Right | Edge::Left) { y } else { x }
        });
        return Show::Straddle(Straddle {
            pages: order.pages.clone(),
            edge: order.edge,
            group: order.group,
            smallest: order.smallest.unwrap_or(SMALLEST_STRIP),
            along,
            size,
        });
    }
    let Some(placement) = &orders.placement else { return Show::Invisible };
    let size = placement.size.unwrap_or(usual);
    let (x, y) = placement.anchor.centre(placement.x, placement.y, size);
    Show::At { pages: placement.pages.clone(), x, y, size }
}

impl AnchorPoint {
    /// The centre of a rectangle of this size whose named point lies here.
    fn centre(self, x: Millimetres, y: Millimetres, size: Size) -> (Millimetres, Millimetres) {
        let (w, h) = (size.width * 0.5, size.height * 0.5);
        match self {
            AnchorPoint::Center => (x, y),
            AnchorPoint::TopLeft => (x + w, y + h),
            AnchorPoint::TopRight => (x - w, y + h),
            AnchorPoint::BottomLeft => (x + w, y - h),
            AnchorPoint::BottomRight => (x - w, y - h),
        }
    }
}

fn format(source: &SharedSource, place: &str) -> Result<Format, OperationError> {
    if source.is_empty() {
        return Err(OperationError::DocumentEmpty { path: place.to_owned() });
    }
    detect(source.as_ref()).ok_or_else(|| OperationError::NotADocument { path: place.to_owned() })
}

/// A PDF is one document.
fn only_one(orders: &Orders) -> SignError {
    SignError::DocumentOutOfRange { document: orders.document.saturating_add(1), count: 1 }
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

fn parse(der: &[u8]) -> Result<Certificate, OperationError> {
    Certificate::from_der(der).map_err(|_| OperationError::StoreDamaged {})
}

fn refusal(error: SignError, place: &str) -> OperationError {
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
