//! Judging one certificate.

use std::path::Path;

use crate::operations::{AnchorPurpose, Gathered, OperationError, Retrieval, read_certificates};
use crate::pki::path::{AnyPolicy, ExplicitPolicy, PolicyInputs, PolicyMapping, Purpose};
use crate::report::CertificateReport;
use crate::verify::{CertificateQuestion, StatusRule, judge_certificate};

/// What is asked of certificate policies (RFC 5280 6.1.1 c to f).
#[derive(Clone, Debug, Default)]
pub struct PolicyWish {
    /// Dotted identifiers that are accepted; empty for any.
    pub accepted: Vec<String>,
    /// Whether one of them must hold on the whole path.
    pub explicit: ExplicitPolicy,
    /// Whether policies may be mapped.
    pub mapping: PolicyMapping,
    /// Whether anyPolicy is understood.
    pub any: AnyPolicy,
}

/// Judges the first certificate of a file; others in it may help to build its path. With `retrieval` what is lacking is
/// fetched from the places that the certificates name.
///
/// # Errors
/// [`OperationError`] where the file cannot be read or holds no certificate.
pub fn verify_certificate(
    path: &Path,
    purpose: AnchorPurpose,
    wish: &PolicyWish,
    gathered: &mut Gathered,
    retrieval: Option<&mut Retrieval<'_>>,
) -> Result<CertificateReport, OperationError> {
    let name = path.display().to_string();
    let mut certificates = read_certificates(path)?.into_iter();
    let Some(target) = certificates.next() else { return Err(OperationError::NotACertificate { path: name }) };
    gathered.add_untrusted(certificates);
    let purpose = match purpose {
        AnchorPurpose::Any => Purpose::Any,
        AnchorPurpose::SealMaker => Purpose::SealMaker,
        AnchorPurpose::Signer => Purpose::Signer,
        AnchorPurpose::Tsa => Purpose::Tsa,
    };
    let PolicyWish { accepted, explicit, mapping, any } = wish.clone();
    let question = CertificateQuestion {
        purpose,
        policies: PolicyInputs { accepted, explicit, mapping, any },
        status: if gathered.has_given_evidence() { StatusRule::Always } else { StatusRule::WherePublished },
    };
    let Some(retrieval) = retrieval else {
        return Ok(judge_certificate(&target, &name, &question, &gathered.evidence()));
    };
    let mut report = retrieval.judged(gathered, |evidence| judge_certificate(&target, &name, &question, evidence));
    retrieval.tell_findings(&mut report.findings);
    report.findings.extend(retrieval.fetched());
    Ok(report)
}
