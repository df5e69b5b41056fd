//! The X.509 building block (EN 319 102-1 5.2.6): path, validity at the time of signing, revocation.

use crate::crypto::Digest;
use crate::limits::Budget;
use crate::pki::path::{
    ExplicitPolicy, PathFailure, PathFault, PathReport, PathValidator, PolicyInputs, Purpose, RevocationStatus,
};
use crate::pki::revocation::CarriedEvidence;
use crate::pki::{Certificate, RevocationReason};
use crate::policy::{RevocationNeed, Rules};
use crate::report::{CertificateSummary, Code, Finding};
use crate::signature::{STATEMENT_OID, Statement, Unverified};
use crate::time::Time;
use crate::verify::demands;
use crate::verify::draft::Draft;
use crate::verify::missing::oldest;
use crate::verify::moment::{CERTIFICATE, Moment, Proof};
use crate::verify::past::{self, Past};
use crate::verify::{Evidence, OwnStatus, RegisterUnreadable};

/// The signer as far as it is known.
pub(crate) struct Signer<'a> {
    /// The certificate, if it was found.
    pub(crate) certificate: Option<&'a Certificate>,
    /// Certificates that travel in the container: candidates, nothing more.
    pub(crate) inside: &'a [Certificate],
    /// Evidence of revocation that travels in the container.
    pub(crate) carried: &'a CarriedEvidence,
    /// The time of signing.
    pub(crate) moment: &'a Moment<'a>,
}

const PATH: (&str, &str) = ("certificate-path", "EN 319 102-1 5.2.6");
const VALIDITY: (&str, &str) = ("certificate-validity", "GM/T 0031-2014 6.2.3 d)");
const REVOCATION: (&str, &str) = ("revocation", "EN 319 102-1 5.2.6.4");
const SIGNING_TIME: (&str, &str) = ("signing-time", "GM/T 0031-2014 6.2.3 d)");

/// Judges the signer's certificate.
pub(crate) fn judge_signer(draft: &mut Draft, evidence: &Evidence<'_>, signer: &Signer<'_>) {
    draft.settle(SIGNING_TIME.0, SIGNING_TIME.1, signer.moment.claim());
    let Some(certificate) = signer.certificate else {
        for (step, clause) in [PATH, VALIDITY, REVOCATION] {
            draft.not_run(step, clause);
        }
        return;
    };
    draft.report.signer = Some(summary(certificate));
    let purpose = if draft.report.kind == crate::report::Kind::Timestamp { Purpose::Tsa } else { Purpose::Signer };
    let report = path(evidence, certificate, (signer.inside, signer.carried), purpose, signer.moment);
    let usage = if purpose == Purpose::Signer { demands::usage(certificate, evidence) } else { Vec::new() };
    draft.report.path = report.certificates().iter().map(|c| c.subject().to_string()).collect();
    draft.report.anchor = report.anchor().map(|c| c.subject().to_string());
    let mut findings = path_findings(&report, "signer");
    findings.extend(usage);
    findings
        .extend(demands::path_strength(&report, evidence, signer.moment.used()).into_iter().map(|f| f.at("signer")));
    draft.settle(PATH.0, PATH.1, findings);
    let period = signer.moment.period(certificate.validity(), CERTIFICATE, &certificate.subject().to_string());
    draft.settle(VALIDITY.0, VALIDITY.1, period.into_iter().collect());
    draft.settle(REVOCATION.0, REVOCATION.1, status(evidence, (signer.inside, signer.carried), &report, signer.moment));
}

/// The best path of a certificate.
pub(crate) fn path(
    evidence: &Evidence<'_>,
    certificate: &Certificate,
    (inside, carried): (&[Certificate], &CarriedEvidence),
    purpose: Purpose,
    moment: &Moment<'_>,
) -> PathReport {
    let mut candidates = evidence.untrusted.to_vec();
    candidates.extend(inside.iter().cloned());
    let at_hand = carried.joined(evidence.revocation);
    let revocation = at_hand.evidence();
    let accepted = &evidence.policy.rules().policies;
    let asked =
        PolicyInputs { accepted: accepted.clone(), explicit: ExplicitPolicy::Required, ..PolicyInputs::default() };
    let policies = (purpose == Purpose::Signer && !accepted.is_empty()).then_some(&asked);
    let validator = PathValidator { anchors: evidence.anchors, candidates: &candidates, revocation, policies };
    let report = validator.report(certificate, purpose, moment.judged(), &Budget::default());
    if let Some(missing) = evidence.missing {
        missing.note(&report, evidence, moment.judged());
        missing.uses().note(&report, &validator, evidence.register);
    }
    report
}

/// What is wrong with a path, but for the validity of its first certificate and for revocation.
pub(crate) fn path_findings(report: &PathReport, whose: &'static str) -> Vec<Finding> {
    let subject = |fault: &PathFault| {
        report.certificates().get(fault.position).map(|c| c.subject().to_string()).unwrap_or_default()
    };
    let mut findings = Vec::new();
    for fault in report.faults() {
        let code = match &fault.failure {
            PathFailure::NoChain => Code::NoCertificateChain,
            PathFailure::Expired { .. } | PathFailure::NotYetValid { .. } if fault.position == 0 => continue,
            PathFailure::Expired { .. } | PathFailure::NotYetValid { .. } => Code::OutOfBoundsNoPoe,
            PathFailure::Revoked { .. } => continue,
            PathFailure::KeyUsage => Code::ChainConstraints,
            // Told by the policy, with its dates.
            PathFailure::WeakAlgorithm { .. } => continue,
            PathFailure::Signature | PathFailure::Key | PathFailure::Limit(_) => Code::ChainGeneral,
            _ => Code::ChainConstraints,
        };
        findings.push(Finding::new(code).at(whose).with("subject", subject(fault)).with("detail", &fault.failure));
    }
    findings
}

/// Revocation of every certificate of a path: what is shown to exist since a time is judged in the past (EN 319 102-1
/// 5.6), all else at its moment.
pub(crate) fn status(
    evidence: &Evidence<'_>,
    (inside, carried): (&[Certificate], &CarriedEvidence),
    report: &PathReport,
    moment: &Moment<'_>,
) -> Vec<Finding> {
    match (moment.proven, moment.proof) {
        (Some(shown), Proof::Existence(existence)) => {
            past::revocation(&Past { evidence, existence, inside, carried, shown }, report)
        }
        _ => revocation(evidence, report, moment),
    }
}

/// Revocation of every certificate of a path, by lists and by this store's own register.
pub(crate) fn revocation(evidence: &Evidence<'_>, report: &PathReport, moment: &Moment<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (position, certificate) in report.certificates().iter().enumerate() {
        let status = report.revocation().get(position).unwrap_or(&RevocationStatus::Unknown);
        if *status == RevocationStatus::Anchor {
            continue;
        }
        let subject = certificate.subject().to_string();
        if let RevocationStatus::Revoked { at, reason: RevocationReason::CertificateHold } = status
            && moment.counted().is_none_or(|signed| *at <= signed)
        {
            // EN 319 102-1 5.2.6.4: on hold, it may be released again.
            let reason = "certificateHold";
            findings.push(Finding::new(Code::TryLater).with("subject", subject).with("detail", reason));
            continue;
        }
        let listed = match status {
            RevocationStatus::Revoked { at, .. } => Some(*at),
            _ => None,
        };
        let own = evidence.register.own_status(certificate);
        let here = if let OwnStatus::Revoked { at } = own { Some(at) } else { None };
        if let Some(at) = listed.or(here) {
            let code = match moment.counted() {
                Some(signed) if signed < at => Code::RevokedLater,
                Some(_) => Code::Revoked,
                None if position == 0 => Code::RevokedNoPoe,
                None => Code::RevokedCaNoPoe,
            };
            findings.push(Finding::new(code).with("subject", subject).with("time", at));
            continue;
        }
        match own {
            OwnStatus::Good => continue,
            OwnStatus::Unreadable => {
                findings.push(Finding::new(Code::RegisterUnreadable).with("subject", subject));
                continue;
            }
            OwnStatus::Elsewhere | OwnStatus::Revoked { .. } => {}
        }
        let said = report.said().get(position).copied().flatten();
        let code = missing(status, (said, moment), evidence.policy.rules());
        let anchored = report.anchor().is_some();
        let code = code.filter(|_| anchored || *status != RevocationStatus::NotPublished);
        findings.extend(code.map(|code| {
            let finding = Finding::new(code).with("subject", subject);
            if let Some(said) = said { finding.with("time", said) } else { finding }
        }));
    }
    findings
}

/// What follows where nothing speaks of a revocation, by what the policy asks for (EN 319 102-1 5.2.5).
fn missing(status: &RevocationStatus, (said, moment): (Option<Time>, &Moment), rules: &Rules) -> Option<Code> {
    match (status, rules.revocation) {
        (RevocationStatus::Unknown, RevocationNeed::Never) => Some(Code::RevocationNotAsked),
        (RevocationStatus::Unknown, _) => Some(Code::TryLater),
        (RevocationStatus::NotPublished, RevocationNeed::Always) => Some(Code::RevocationUnknown),
        (RevocationStatus::NotPublished, _) => Some(Code::RevocationNotPublished),
        (RevocationStatus::Good, _) => (said < Some(oldest(rules, moment.judged())?)).then_some(Code::RevocationTooOld),
        _ => None,
    }
}

/// What a certificate says.
pub(crate) fn summary(certificate: &Certificate) -> CertificateSummary {
    let validity = certificate.validity();
    CertificateSummary {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial: certificate.serial_hex(),
        not_before: validity.not_before,
        not_after: validity.not_after,
    }
}

/// When the trail of the store proves that a value, known by its digest, was made. A trail that cannot be read leaves
/// doubt: it may prove a time at which nothing of this was valid.
pub(crate) fn proven(draft: &mut Draft, evidence: &Evidence<'_>, value: Option<Digest>) -> Option<Time> {
    let proven = evidence.register.sealed_at(&value?);
    proven.unwrap_or_else(|RegisterUnreadable| {
        draft.find(Finding::new(Code::RegisterUnreadable));
        None
    })
}

/// Role, organisation and reference from our own signed attribute.
pub(crate) fn statements(draft: &mut Draft, unverified: &Unverified) {
    let Some(attributes) = unverified.signer_info().and_then(|info| info.signed_attributes.as_ref()) else { return };
    let Ok(Some(value)) = attributes.attributes().single(STATEMENT_OID) else { return };
    if let Ok(statement) = Statement::read(value) {
        state(draft, statement);
    }
}

/// Puts what the signer stated into the report.
pub(crate) fn state(draft: &mut Draft, statement: Statement) {
    let statements = &mut draft.report.statements;
    statements.role = statement.role;
    statements.on_behalf_of = statement.organisation;
    statements.reference = statement.reference;
    // In PDF the dictionary states these, and readers show that.
    statements.reason = statements.reason.take().or(statement.reason);
    statements.location = statements.location.take().or(statement.location);
}
