//! One certificate path by itself (RFC 5280 section 6), for `cert verify`.
//!
//! Here the question is whether the path is valid at a time, not what that does to a signature: a rule that is broken
//! condemns, and what cannot be found out leaves doubt.

use crate::limits::Budget;
use crate::pki::Certificate;
use crate::pki::path::{PathFailure, PathReport, PathValidator, PolicyInputs, Purpose, RevocationStatus};
use crate::policy::{RevocationNeed, Used};
use crate::report::{CertificateReport, CertificateStatus, Code, Finding};
use crate::verify::missing::oldest;
use crate::verify::{Evidence, OwnStatus};
use crate::verify::{demands, draft};

/// Whose revocation must be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatusRule {
    /// Of certificates that name a source.
    #[default]
    WherePublished,
    /// Of every certificate: who gives evidence wants it used.
    Always,
}

/// What is asked about a certificate.
#[derive(Clone, Debug)]
pub struct CertificateQuestion {
    /// Its use.
    pub purpose: Purpose,
    /// What is asked of policies.
    pub policies: PolicyInputs,
    /// Whose revocation must be known.
    pub status: StatusRule,
}

const CLAUSE: &str = "RFC 5280 6.1";

/// Judges the best path of a certificate at the time of the evidence; `file` is its name for the report.
#[must_use]
pub fn judge_certificate(
    certificate: &Certificate,
    file: &str,
    question: &CertificateQuestion,
    evidence: &Evidence<'_>,
) -> CertificateReport {
    let validator = PathValidator {
        anchors: evidence.anchors,
        candidates: evidence.untrusted,
        revocation: evidence.revocation,
        policies: Some(&question.policies),
    };
    let report = validator.report(certificate, question.purpose, evidence.time, &Budget::default());
    if let Some(missing) = evidence.missing {
        missing.note(&report, evidence, evidence.time);
    }
    let mut findings = faults(&report);
    let used = Used { proven: None, validation: evidence.time };
    findings.extend(demands::path_strength(&report, evidence, used).into_iter().map(|finding| finding.clause(CLAUSE)));
    let path = statuses(&report, evidence);
    if report.anchor().is_some() {
        findings.extend(path.iter().zip(report.certificates()).filter_map(|(status, certificate)| {
            finding(status, question.status, evidence.register.own_status(certificate), evidence)
        }));
    }
    findings.extend(too_old(&report, evidence));
    let indication = draft::of_findings(&findings);
    CertificateReport {
        file: file.to_owned(),
        subject: certificate.subject().to_string(),
        validation_time: evidence.time,
        policy: crate::verify::policy_used(evidence),
        indication,
        exit_status: crate::verify::exit_status(indication),
        findings,
        path,
        anchor: report.anchor().map(|anchor| anchor.subject().to_string()),
        policies: report.policies().to_vec(),
    }
}

fn faults(report: &PathReport) -> Vec<Finding> {
    let mut findings = Vec::new();
    for fault in report.faults() {
        let code = match &fault.failure {
            PathFailure::NoChain => Code::NoCertificateChain,
            PathFailure::Expired { .. } => Code::CertificateExpired,
            PathFailure::NotYetValid { .. } => Code::CertificateNotYetValid,
            // Told with the status.
            PathFailure::Revoked { .. } => continue,
            // Told by the policy.
            PathFailure::WeakAlgorithm { .. } => continue,
            PathFailure::Key | PathFailure::Limit(_) => Code::ChainGeneral,
            _ => Code::PathInvalid,
        };
        let subject = report.certificates().get(fault.position).map(|c| c.subject().to_string()).unwrap_or_default();
        findings.push(Finding::new(code).clause(CLAUSE).with("subject", subject).with("detail", &fault.failure));
    }
    findings
}

/// Evidence older than the policy allows (EN 319 102-1 5.2.5). Of certificates of its own CAs the register knows all,
/// however old the list.
fn too_old(report: &PathReport, evidence: &Evidence<'_>) -> Vec<Finding> {
    let Some(oldest) = oldest(evidence.policy.rules(), evidence.time) else { return Vec::new() };
    let all = report.certificates().iter().zip(report.revocation()).zip(report.said());
    let old = all.filter(|((certificate, status), said)| {
        **status == RevocationStatus::Good
            && **said < Some(oldest)
            && evidence.register.own_status(certificate) == OwnStatus::Elsewhere
    });
    old.map(|((certificate, _), _)| Finding::new(Code::RevocationTooOld).with("subject", certificate.subject()))
        .collect()
}

/// By the path's evidence and by the store's own register.
fn statuses(report: &PathReport, evidence: &Evidence<'_>) -> Vec<CertificateStatus> {
    let one = |(certificate, status): (&Certificate, &RevocationStatus)| {
        let (word, at) = match status {
            RevocationStatus::Good => ("good", None),
            RevocationStatus::Revoked { at, .. } => ("revoked", Some(*at)),
            RevocationStatus::Unknown => ("unknown", None),
            RevocationStatus::NotPublished => ("not-published", None),
            RevocationStatus::Anchor => ("anchor", None),
        };
        let here = match evidence.register.own_status(certificate) {
            OwnStatus::Revoked { at } if *status != RevocationStatus::Anchor => Some(at),
            _ => None,
        };
        let revoked_at = at.into_iter().chain(here).min();
        let revocation = if revoked_at.is_some() { "revoked" } else { word };
        CertificateStatus { subject: certificate.subject().to_string(), revocation, revoked_at }
    };
    report.certificates().iter().zip(report.revocation()).map(one).collect()
}

fn finding(status: &CertificateStatus, rule: StatusRule, own: OwnStatus, evidence: &Evidence<'_>) -> Option<Finding> {
    let need = evidence.policy.rules().revocation;
    let code = match (status.revocation, status.revoked_at) {
        (_, Some(at)) if at <= evidence.time => Code::CertificateRevoked,
        // Also where a list says "good": the issuer itself knows more, and cannot be heard.
        ("good" | "unknown" | "not-published", None) if own == OwnStatus::Unreadable => Code::RegisterUnreadable,
        ("unknown" | "not-published", None) if own == OwnStatus::Good => return None,
        ("unknown", None) if need == RevocationNeed::Never => Code::RevocationNotAsked,
        ("unknown", None) => Code::TryLater,
        ("not-published", None) if rule == StatusRule::Always || need == RevocationNeed::Always => {
            Code::RevocationUnknown
        }
        ("not-published", None) => Code::RevocationNotPublished,
        _ => return None,
    };
    let finding = Finding::new(code).clause("RFC 5280 6.3").with("subject", &status.subject);
    Some(match status.revoked_at {
        Some(at) => finding.with("time", at),
        None => finding,
    })
}
