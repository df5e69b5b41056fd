//! Timestamps of a value or of a document: whether a token holds, whether its authority is trusted, and what follows for
//! the signature (EN 319 102-1 5.4, RFC 3161 2.2, GB/T 38540-2020 check of a signature, step 7).
//!
//! A token that does not hold fails what it stands with: somebody made up a proof. One that holds and whose authority
//! is not trusted here proves nothing and is a warning. Only a trusted one proves a time; of several the earliest counts.

use crate::crypto::Digest;
use crate::pki::path::{PathReport, Purpose, RevocationStatus};
use crate::pki::revocation::CarriedEvidence;
use crate::pki::timestamp::{FaultKind, TimestampFault, TimestampFaults, TimestampToken, VerifiedTimestamp};
use crate::pki::{Certificate, RevocationReason};
use crate::policy::Used;
use crate::report::{Code, Effect, Finding, StepResult, TimestampSummary};
use crate::seal::Seal;
use crate::signature::Unverified;
use crate::time::{Standing, Time, Zone};
use crate::verify::Evidence;
use crate::verify::draft::Draft;
use crate::verify::moment::{CERTIFICATE, ClaimRule, Moment, Proof};
use crate::verify::past::Shown;
use crate::verify::value;
use crate::verify::{certificates, demands};

const STEP: (&str, &str) = ("timestamp", "EN 319 102-1 5.4");

const PATH: (&str, &str) = ("certificate-path", "RFC 3161 2.3");

/// How far the clocks of an authority and of the verifier may differ, in seconds.
const SKEW: i64 = 300;

/// What is stamped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stamped<'a> {
    /// These bytes: a signature value.
    Bytes(&'a [u8]),
    /// Bytes of this digest, made by the algorithm that the token names: the range of a document.
    Digest(&'a Digest),
}

/// What beside the verifier's own evidence helps to judge a token.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Around<'a> {
    /// Certificates that travel with what is stamped.
    pub(crate) certificates: &'a [Certificate],
    /// Evidence of revocation that travels with it.
    pub(crate) carried: Option<&'a CarriedEvidence>,
    /// When the token itself is proven to have been there, if anything proves that: then its authority is judged at
    /// that time and not at present (EN 319 102-1 5.6.2.4).
    pub(crate) shown: Shown<'a>,
}

/// A token judged.
#[derive(Debug)]
pub(crate) struct Judged {
    /// The token where it holds, trusted or not.
    pub(crate) verified: Option<VerifiedTimestamp>,
    /// For the report.
    pub(crate) summary: TimestampSummary,
    /// What is wrong with the token, where it does not hold.
    pub(crate) faults: Vec<Finding>,
    /// What is wrong with its authority, as findings of a certificate.
    pub(crate) doubts: Vec<Finding>,
    /// The authority's path, where the token holds.
    pub(crate) path: Option<PathReport>,
}

impl Judged {
    /// The token, where it holds and its authority is trusted: it alone proves a time.
    pub(crate) fn trusted(&self) -> Option<&VerifiedTimestamp> {
        self.verified.as_ref().filter(|_| self.faults.is_empty() && !self.doubts.iter().any(is_doubt))
    }
}

fn is_doubt(finding: &Finding) -> bool {
    !matches!(finding.code.effect(), Effect::Warn | Effect::Tell)
}

/// Judges one token. `kind` names in the report what it stamps.
pub(crate) fn judge(
    evidence: &Evidence<'_>,
    kind: &'static str,
    token: Result<TimestampToken, TimestampFault>,
    stamped: Stamped<'_>,
    around: &Around<'_>,
) -> Judged {
    let mut summary = TimestampSummary { kind, ..TimestampSummary::default() };
    let candidates: Vec<Certificate> = evidence.untrusted.iter().chain(around.certificates).cloned().collect();
    let verified = token.map_err(TimestampFaults::from).and_then(|token| {
        describe(&mut summary, &token, &candidates);
        match stamped {
            Stamped::Bytes(bytes) => token.verify(bytes, &candidates),
            Stamped::Digest(digest) => token.verify_digest(digest, &candidates),
        }
    });
    match verified {
        Err(faults) => {
            let broken = faults.kind() == FaultKind::Broken;
            summary.result = if broken { StepResult::Failed } else { StepResult::Indeterminate };
            Judged { verified: None, summary, faults: findings_of(&faults), doubts: Vec::new(), path: None }
        }
        Ok(verified) => {
            let (path, doubts) = doubts(evidence, &verified, &candidates, around);
            let trusted = !doubts.iter().any(is_doubt);
            summary.result = if trusted { StepResult::Passed } else { StepResult::Indeterminate };
            Judged { verified: Some(verified), summary, faults: Vec::new(), doubts, path: Some(path) }
        }
    }
}

/// Judges the tokens that stand with a signature value, and gives the time that they prove: the earliest of a trusted
/// one. `claimed` is the time that the signer states.
pub(crate) fn of_value(
    draft: &mut Draft,
    evidence: &Evidence<'_>,
    tokens: &[&[u8]],
    value: &[u8],
    around: &Around<'_>,
) -> Option<Time> {
    let mut findings = Vec::new();
    let mut earliest: Option<Time> = None;
    for der in tokens.iter().take(TOKENS) {
        let judged = judge(evidence, "signature", TimestampToken::read(der), Stamped::Bytes(value), around);
        findings.extend(told(&judged));
        if let Some(trusted) = judged.trusted() {
            findings.extend(conflict(draft, trusted));
            earliest = Some(earliest.map_or(trusted.time(), |time| time.min(trusted.time())));
        }
        draft.report.timestamps.push(judged.summary);
    }
    if tokens.len() > TOKENS {
        findings.push(Finding::new(Code::TimestampUntrusted).with("detail", format!("more than {TOKENS} tokens")));
    }
    match tokens {
        [] => draft.not_applicable(STEP.0, STEP.1),
        _ => draft.settle(STEP.0, STEP.1, findings),
    }
    earliest
}

/// The value of the one signer of a container, and the tokens over it (RFC 3161 appendix A).
pub(crate) fn tokens(unverified: &Unverified) -> (Vec<u8>, Vec<Vec<u8>>) {
    let Some(info) = unverified.signer_info() else { return (Vec::new(), Vec::new()) };
    let tokens = info.unsigned_attributes.timestamp_tokens().into_iter().map(<[u8]>::to_vec).collect();
    (info.signature.clone(), tokens)
}

/// The token in a seal of GM/T 0031-2025 over its maker's value: the seal must not say that it was made later (GM/T
/// 0031-2025 6.1.2 f).
pub(crate) fn of_seal(draft: &mut Draft, evidence: &Evidence<'_>, seal: &Seal) {
    let Some(token) = seal.timestamp() else { return };
    let judged =
        judge(evidence, SEAL, TimestampToken::read(token), Stamped::Bytes(seal.signed_value()), &Around::default());
    let mut findings: Vec<Finding> = told(&judged).into_iter().map(|finding| finding.at("seal")).collect();
    if let Some(stamp) = judged.trusted()
        && seal.created() > stamp.info().latest().plus_seconds(SKEW)
    {
        let finding = Finding::new(Code::TimeConflict).at("seal");
        findings.push(finding.with("stated", seal.created()).with("signed", stamp.time()));
    }
    draft.report.timestamps.push(judged.summary);
    draft.settle("seal-timestamp", "GM/T 0031-2025 6.1.2 f)", findings);
}

/// What the token of a seal stamps, in the report: it says nothing of the signature.
const SEAL: &str = "seal";

/// Most tokens of one value that are judged; real ones have one or two.
const TOKENS: usize = 16;

/// Findings about a token, as the signature that it stands with shows them.
pub(crate) fn told(judged: &Judged) -> Vec<Finding> {
    if let Some(verified) = judged.trusted() {
        let finding = Finding::new(Code::TimestampProves).with("time", verified.time());
        return vec![finding.with("subject", verified.certificate().subject())];
    }
    if !judged.faults.is_empty() {
        return judged.faults.clone();
    }
    let words: Vec<String> = judged.doubts.iter().filter(|f| is_doubt(f)).map(in_words).collect();
    let finding = Finding::new(Code::TimestampUntrusted).with("subject", &judged.summary.authority);
    vec![finding.with("detail", words.join("; "))]
}

/// `OUT_OF_BOUNDS_NO_POE: the certificate ...`.
fn in_words(finding: &Finding) -> String {
    let detail = finding.arguments.iter().find(|(name, _)| *name == "detail").map(|(_, text)| text.as_str());
    match detail {
        Some(detail) => format!("{}: {detail}", finding.code.name()),
        None => finding.code.name().to_owned(),
    }
}

/// A signature cannot have been made after it was stamped.
fn conflict(draft: &Draft, stamp: &VerifiedTimestamp) -> Option<Finding> {
    let claimed = draft.report.claimed_time?;
    let (earliest, _) = draft.zone.span(claimed);
    let late = earliest > stamp.info().latest().plus_seconds(SKEW);
    late.then(|| Finding::new(Code::TimeConflict).with("stated", claimed).with("signed", stamp.time()))
}

/// Fills the report with what a token says.
fn describe(summary: &mut TimestampSummary, token: &TimestampToken, candidates: &[Certificate]) {
    let info = token.info();
    summary.time = Some(info.time);
    summary.accuracy_seconds = info.accuracy.map(|accuracy| {
        #[allow(clippy::cast_precision_loss, reason = "accuracies are small, and shown")]
        let micros = accuracy.micros as f64;
        micros / 1e6
    });
    summary.imprint = Some(match token.imprint_algorithm() {
        Some(algorithm) => algorithm.name().to_owned(),
        None => info.digest_oid.clone(),
    });
    summary.policy = Some(info.policy.clone());
    summary.serial = Some(info.serial_hex());
    summary.authority = token.certificate(candidates).map(|c| c.subject().to_string()).unwrap_or_default();
}

/// A token that does not hold: each fault with the code of its kind.
fn findings_of(faults: &TimestampFaults) -> Vec<Finding> {
    let one = |fault: &TimestampFault| {
        let code = match fault {
            _ if fault.kind() == FaultKind::Undecided => Code::TimestampUntrusted,
            TimestampFault::ImprintMismatch | TimestampFault::MessageDigest => Code::TimestampImprint,
            TimestampFault::Value
            | TimestampFault::AlgorithmConfusion
            | TimestampFault::AlgorithmProtection
            | TimestampFault::ReferenceMismatch => Code::TimestampSignature,
            _ => Code::TimestampMalformed,
        };
        Finding::new(code).clause(STEP.1).with("detail", fault)
    };
    faults.as_slice().iter().map(one).collect()
}

/// Path, validity and revocation of the authority, strength of what was used, and whether the time can be true.
fn doubts(
    evidence: &Evidence<'_>,
    stamp: &VerifiedTimestamp,
    candidates: &[Certificate],
    around: &Around<'_>,
) -> (PathReport, Vec<Finding>) {
    let certificate = stamp.certificate();
    let moment = Moment {
        claimed: None,
        zone: Zone::Stated,
        proven: around.shown.since,
        proof: Proof::Existence(around.shown.existence),
        validation: evidence.time,
        rule: ClaimRule::Doubts,
        policy: crate::policy::ClaimedTime::Worsens,
    };
    let mut inside = candidates.to_vec();
    inside.extend(stamp.certificates());
    let carried = stamp.carried();
    let carried = match around.carried {
        Some(other) => carried.joined(other.evidence()),
        None => carried,
    };
    let report = certificates::path(evidence, certificate, (&inside, &carried), Purpose::Tsa, &moment);
    let mut findings = certificates::path_findings(&report, "timestamp authority");
    findings.extend(moment.period(certificate.validity(), CERTIFICATE, &certificate.subject().to_string()));
    let revocation = certificates::status(evidence, (&inside, &carried), &report, &moment);
    if ended_in_order(&report, stamp.time()) && only_revoked(&revocation) {
        let then = Moment { proven: Some(stamp.time()), proof: Proof::Act, ..moment };
        findings.extend(certificates::revocation(evidence, &report, &then));
    } else {
        findings.extend(revocation);
    }
    findings.extend(demands::path_strength(&report, evidence, moment.used()));
    findings.extend(strength(evidence, stamp, moment.used()));
    let period = certificate.validity();
    if period.standing(stamp.time()) != Standing::Valid {
        let finding = Finding::new(Code::OutOfBoundsNoPoe).with("subject", certificate.subject());
        let finding = finding.with("time", stamp.time()).with("from", period.not_before).with("to", period.not_after);
        findings.push(finding.with("detail", "the authority's certificate was not valid at the time of the token"));
    }
    if stamp.info().earliest() > evidence.time.plus_seconds(SKEW) {
        findings.push(Finding::new(Code::SigningTimeInFuture).with("time", stamp.time()).with("now", evidence.time));
    }
    (report, findings)
}

/// RFC 3161 4 (1): where the authority's certificate was revoked for a reason that leaves its key sound, what it
/// stamped before stays good.
fn ended_in_order(report: &PathReport, stamped: Time) -> bool {
    use RevocationReason::{AffiliationChanged, CessationOfOperation, Superseded};
    let revoked = |status: &&RevocationStatus| matches!(status, RevocationStatus::Revoked { .. });
    let above = report.revocation().iter().skip(1).any(|status| revoked(&status));
    match report.revocation().first() {
        Some(RevocationStatus::Revoked { at, reason }) => {
            !above && stamped < *at && matches!(reason, AffiliationChanged | CessationOfOperation | Superseded)
        }
        _ => false,
    }
}

/// Whether nothing but the revocation of the authority's own certificate speaks against it.
fn only_revoked(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| !is_doubt(finding) || finding.code == Code::RevokedNoPoe)
}

/// Algorithms and key size of a token against the policy (EN 319 102-1 5.2.8.4.2).
fn strength(evidence: &Evidence<'_>, stamp: &VerifiedTimestamp, used: Used) -> Option<Finding> {
    let policy = evidence.policy;
    let digests = [stamp.imprint().algorithm(), stamp.digest_algorithm()];
    let weak = digests.into_iter().find_map(|digest| policy.weak_digest(digest, used));
    let key = stamp.certificate().public_key().ok();
    let weak = weak.or_else(|| policy.weakness(stamp.algorithm(), &key?, used));
    weak.map(|weakness| value::weakness(&weakness).with("detail", "timestamp"))
}

/// A timestamp of the document: what its token proves and what is wrong with it, in its own draft. Steps of the value
/// itself are there already.
pub(crate) fn of_document(
    draft: &mut Draft,
    evidence: &Evidence<'_>,
    token: Result<TimestampToken, TimestampFault>,
    digest: Option<&Digest>,
    around: &Around<'_>,
) {
    let nothing = crate::crypto::DigestAlgorithm::Sha256.digest(&[]);
    // Without a digest of the algorithm that it names no token holds.
    let judged = judge(evidence, "document", token, Stamped::Digest(digest.unwrap_or(&nothing)), around);
    draft.report.claimed_time = judged.summary.time;
    draft.zone = Zone::Stated;
    // Also what was found about the value itself: a padding that is none, ...
    let sound = !draft.report.findings.iter().any(is_doubt);
    if let Some(stamp) = judged.trusted().filter(|_| sound) {
        draft.report.proven_time = Some(stamp.time());
    }
    draft.report.timestamps.push(judged.summary);
    draft.settle(STEP.0, STEP.1, judged.faults);
    let Some(path) = judged.path else { return draft.not_run(PATH.0, PATH.1) };
    draft.report.path = path.certificates().iter().map(|c| c.subject().to_string()).collect();
    draft.report.anchor = path.anchor().map(|c| c.subject().to_string());
    draft.settle(PATH.0, PATH.1, judged.doubts);
}

/// Timestamps of one signature in the order in which they must have been made: its own, then those of the document that
/// cover it. One that is earlier than one before it breaks the order (EN 319 102-1 5.5.4 and 5.6.3.4).
pub(crate) fn order(drafts: &mut [Draft]) {
    let stamps: Vec<(String, Option<Time>, Option<Time>)> = drafts
        .iter()
        .map(|draft| (draft.report.id.clone(), edge(draft, Edge::First), edge(draft, Edge::Last)))
        .collect();
    let of = |id: &str| stamps.iter().find(|(other, ..)| other == id);
    for draft in drafts {
        // The later ones stand in the order of their revisions.
        let later: Vec<_> = draft.report.covered_by.iter().filter_map(|id| of(id)).collect();
        let own = edge(draft, Edge::First).map(|first| (draft.report.id.clone(), first));
        let mut before: Option<(String, Time)> = own;
        for (id, first, last) in later {
            let (Some(first), Some(last)) = (first, last) else { continue };
            if let Some((earlier, time)) = before.take().filter(|(_, time)| time > last) {
                let finding = Finding::new(Code::TimestampOrder).clause("EN 319 102-1 5.6.3.4");
                let finding = finding.with("earlier", &earlier).with("time", time);
                draft.find(finding.with("later", id).with("now", *last));
            }
            before = Some((id.clone(), *first));
        }
    }
}

enum Edge {
    First,
    Last,
}

/// The earliest, or the latest, instant that the trusted timestamps of a draft can mean.
fn edge(draft: &Draft, edge: Edge) -> Option<Time> {
    let of_signature = draft.report.timestamps.iter().filter(|stamp| stamp.kind != SEAL);
    let trusted = of_signature.filter(|stamp| stamp.result == StepResult::Passed);
    let spread = |stamp: &TimestampSummary| {
        #[allow(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let seconds = stamp.accuracy_seconds.unwrap_or(0.0).ceil() as i64;
        seconds.saturating_add(SKEW_OF_AUTHORITIES)
    };
    match edge {
        Edge::First => trusted.filter_map(|s| Some(s.time?.plus_seconds(spread(s).saturating_neg()))).min(),
        Edge::Last => trusted.filter_map(|s| Some(s.time?.plus_seconds(spread(s)))).min(),
    }
}

/// How far the clocks of two authorities may differ, in seconds.
const SKEW_OF_AUTHORITIES: i64 = 1;
