//! Judges every signature of a document.
//!
//! [`verify`] opens a source, tells its format, finds the signatures and gives a [`Report`]. It never stops at the first
//! fault: each block adds steps and findings, and one place alone (`draft`) turns them into an indication. Nothing here
//! reads a clock, a file or a network: what the verifier knows comes in as [`Evidence`].

mod certificate_path;
mod certificates;
mod changes;
mod demands;
mod draft;
mod missing;
mod moment;
mod ofd;
mod past;
mod pdf;
mod reliability;
mod seals;
mod signature_policy;
mod timestamps;
mod token;
mod used;
mod value;
mod words;

pub use certificate_path::{CertificateQuestion, StatusRule, judge_certificate};
pub use missing::{Lack, Missing};
pub use token::{Stamps, judge_token};
pub use used::{Reach, Use};

use std::rc::Rc;
use std::sync::Arc;

use crate::crypto::{Digest, DigestAlgorithm, SecretBytes};
use crate::limits::Budget;
use crate::pdf::PdfError;
use crate::pki::Certificate;
use crate::pki::path::{RevocationEvidence, TrustAnchor};
use crate::policy::Policy;
use crate::report::{Code, Effect, Finding, Format, Indication, Kind, PolicyUsed, Report};
use crate::seal::{Seal, SealHistory};
use crate::source::{SharedSource, Source};
use crate::time::Time;
use crate::verify::draft::Draft;

/// What the verifier knows beside the document.
pub struct Evidence<'a> {
    /// What is trusted, and for what.
    pub anchors: &'a [TrustAnchor],
    /// Certificates that may help to build a path.
    pub untrusted: &'a [Certificate],
    /// Revocation lists and OCSP responses at hand, beside those that documents carry.
    pub revocation: RevocationEvidence<'a>,
    /// What the store that made a seal or a sealing remembers.
    pub register: &'a dyn Register,
    /// The rules.
    pub policy: &'a Policy,
    /// The time at which the verdict is given.
    pub time: Time,
    /// Passwords to try on an encrypted document.
    pub passwords: &'a [SecretBytes],
    /// Where is noted what was lacking, for those who can fetch it.
    pub missing: Option<&'a Missing>,
}

/// What a store remembers of its own acts: evidence for those who verify with it.
pub trait Register {
    /// When the trail recorded the making of this signature value, known by its SHA-256.
    ///
    /// # Errors
    /// [`RegisterUnreadable`], which leaves doubt.
    fn sealed_at(&self, value: &Digest) -> Result<Option<Time>, RegisterUnreadable>;

    /// What this store knows of a certificate as its issuer.
    fn own_status(&self, certificate: &Certificate) -> OwnStatus;

    /// What is known of the states of a seal: by this store's register where it has the seal, else by a signed list.
    fn seal_states(&self, seal: &Seal) -> SealStates;
}

/// The store is there and what it keeps cannot be read: nothing is taken for good then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what the store keeps cannot be read")]
pub struct RegisterUnreadable;

/// What a store knows of a certificate as its issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnStatus {
    /// No CA of this store issued it.
    Elsewhere,
    /// A CA of this store issued it, so that this store knows every revocation, and it is not revoked.
    Good,
    /// A CA of this store issued it and revoked it.
    Revoked {
        /// Since when.
        at: Time,
    },
    /// A CA of this store issued it, and whether it is revoked cannot be read.
    Unreadable,
}

/// What a register knows of the states of one seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealStates {
    /// These.
    Known(SealHistory),
    /// There is a list of its maker's seals, and it is not on it.
    NotListed,
    /// Nothing.
    Untold,
    /// What the store keeps of it cannot be read: the state is not known, and is not taken for good.
    Unreadable,
}

/// The register of a verifier without a store.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRegister;

impl Register for NoRegister {
    fn sealed_at(&self, _value: &Digest) -> Result<Option<Time>, RegisterUnreadable> {
        Ok(None)
    }

    fn own_status(&self, _certificate: &Certificate) -> OwnStatus {
        OwnStatus::Elsewhere
    }

    fn seal_states(&self, _seal: &Seal) -> SealStates {
        SealStates::Untold
    }
}

/// Judges one document; `file` is its name for the report.
#[must_use]
pub fn verify(source: &SharedSource, file: &str, evidence: &Evidence<'_>) -> Report {
    let budget = Rc::new(Budget::default());
    let format = detect(source.as_ref());
    let (findings, drafts) = match format {
        Some(Format::Pdf) => judge_pdf(source, &budget, evidence),
        Some(Format::Ofd) => judge_ofd(source, &budget, evidence),
        _ if source.is_empty() => {
            (vec![Finding::new(Code::NotADocument).with("detail", "the file is empty")], Vec::new())
        }
        _ => (vec![Finding::new(Code::NotADocument)], Vec::new()),
    };
    report(file, format, evidence, findings, drafts)
}

/// A report that says why a file could not be judged.
#[must_use]
pub fn refused(file: &str, finding: Finding, evidence: &Evidence<'_>) -> Report {
    report(file, None, evidence, vec![finding], Vec::new())
}

/// SHA-256 of a signature value: how the trail knows it.
#[must_use]
pub fn value_digest(value: &[u8]) -> Digest {
    DigestAlgorithm::Sha256.digest(value)
}

/// How far into a file a PDF header may stand (ISO 32000-1 annex H.3, note 13).
const HEADER_WINDOW: u64 = 1024;

/// Tells the format by the first bytes.
#[must_use]
pub fn detect(source: &dyn Source) -> Option<Format> {
    let head = source.read_range(0, source.len().min(HEADER_WINDOW)).ok()?;
    if head.windows(5).any(|bytes| bytes == b"%PDF-") {
        return Some(Format::Pdf);
    }
    // Packages of some makers have junk before the first record; the directory at the end decides then.
    if head.windows(4).any(|bytes| bytes == b"PK\x03\x04") {
        return Some(Format::Ofd);
    }
    None
}

fn judge_pdf(source: &SharedSource, budget: &Rc<Budget>, evidence: &Evidence<'_>) -> (Vec<Finding>, Vec<Draft>) {
    let judged = crate::pdf::Document::open(Arc::clone(source), Rc::clone(budget))
        .and_then(|document| document.opened_with(evidence.passwords))
        .and_then(|document| pdf::judge(&document, evidence));
    match judged {
        Ok(judged) => (judged.findings, judged.drafts),
        Err(error) => pdf::unreadable(source, budget, &pdf_refusal(&error), evidence.passwords),
    }
}

fn judge_ofd(source: &SharedSource, budget: &Rc<Budget>, evidence: &Evidence<'_>) -> (Vec<Finding>, Vec<Draft>) {
    let judged = crate::ofd::Document::open(Arc::clone(source), budget)
        .and_then(|document| ofd::judge(&document, budget, evidence));
    match judged {
        Ok(judged) => (judged.findings, judged.drafts),
        Err(error) => {
            let code = Code::by_name(error.code()).unwrap_or(Code::DocumentMalformed);
            (vec![Finding::new(code).with("detail", error)], Vec::new())
        }
    }
}

fn pdf_refusal(error: &PdfError) -> Finding {
    let code = match error {
        PdfError::Encrypted | PdfError::WrongPassword | PdfError::EncryptionUnsupported { .. } => Code::EncryptedInput,
        PdfError::NotPdf => Code::NotADocument,
        PdfError::Limit(_) => Code::LimitReached,
        PdfError::Read { .. } => Code::FileUnreadable,
        _ => Code::DocumentMalformed,
    };
    Finding::new(code).with("detail", error)
}

/// The document's verdict: the worst of its signatures and of its own findings.
fn report(
    file: &str,
    format: Option<Format>,
    evidence: &Evidence<'_>,
    findings: Vec<Finding>,
    drafts: Vec<Draft>,
) -> Report {
    let effect = |wanted: Effect| findings.iter().any(|f| f.code.effect() == wanted);
    let mut indication = if drafts.is_empty() { Indication::NoSignature } else { Indication::TotalPassed };
    for draft in &drafts {
        // A document timestamp is judged under the signatures that it protects: alone it counts, beside others only its
        // failure does.
        let alone = drafts.iter().all(|d| d.report.kind == Kind::Timestamp);
        if draft.report.kind != Kind::Timestamp || alone || draft.report.indication == Indication::TotalFailed {
            indication = indication.worst(draft.report.indication);
        }
    }
    if effect(Effect::Doubt) && !drafts.is_empty() {
        indication = indication.worst(Indication::Indeterminate);
    }
    if effect(Effect::Fail) && (!drafts.is_empty() || findings.iter().any(|f| is_trace(f.code))) {
        indication = indication.worst(Indication::TotalFailed);
    }
    if effect(Effect::Refuse) && indication != Indication::TotalFailed {
        indication = Indication::Refused;
    }
    Report {
        file: file.to_owned(),
        format,
        validation_time: evidence.time,
        policy: policy_used(evidence),
        indication,
        exit_status: exit_status(indication),
        findings,
        signatures: drafts.into_iter().map(|draft| draft.report).collect(),
    }
}

/// Which policy gives the verdict.
fn policy_used(evidence: &Evidence<'_>) -> PolicyUsed {
    PolicyUsed {
        name: evidence.policy.name().to_owned(),
        sha256: evidence.policy.sha256().to_owned(),
        loosened: evidence.policy.loosened(),
    }
}

/// Codes that show that there is or was a signature even where none can be listed.
fn is_trace(code: Code) -> bool {
    matches!(
        code,
        Code::SignatureRemoved
            | Code::SignatureUnlisted
            | Code::BytesAfterSignedRange
            | Code::ByteRangeGapNotContents
            | Code::ByteRangeMalformed
            // The signature over the list of a package's files is one, though it covers no document.
            | Code::IntegritySignature
            | Code::IntegrityEntryMissing
            | Code::IntegrityEntryUnlisted
    ) || is_second_reading(code)
}

/// Codes of a package that two readers may read in two ways: there may be a signature in the other reading.
fn is_second_reading(code: Code) -> bool {
    matches!(
        code,
        Code::ZipDuplicateEntry
            | Code::ZipAmbiguousName
            | Code::ZipHeaderMismatch
            | Code::ZipHiddenEntry
            | Code::ZipOverlap
            | Code::ZipAmbiguousEnd
    )
}

/// The exit status for one file (interface: verify).
fn exit_status(indication: Indication) -> u8 {
    match indication {
        Indication::TotalPassed => 0,
        Indication::TotalFailed => 1,
        Indication::Indeterminate => 3,
        Indication::NoSignature => 4,
        Indication::Refused => 5,
    }
}
