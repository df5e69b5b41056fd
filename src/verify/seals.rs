//! Seal signatures and the seal itself: GM/T 0031-2014 6.1.2 and 6.2.3, GB/T 38540-2020 the same steps.

use crate::container::EntryPath;
use crate::crypto::{Digest, DigestAlgorithm, Hasher, SignatureAlgorithm};
use crate::pki::Certificate;
use crate::pki::path::Purpose;
use crate::pki::revocation::CarriedEvidence;
use crate::policy::{self, Used};
use crate::report::{Code, Finding, SealSummary};
use crate::seal::{
    Listed, Seal, SealChange, SealHistory, SealOddity, SealState, StateThen, Told, ValueForm, VerifiedSeal,
};
use crate::signature::ses::{SesError, SesSignature, SesVerifyError};
use crate::signature::{STATEMENT_OID, Statement};
use crate::time::{Standing, Time, Zone};
use crate::verify::certificates::{self, Signer};
use crate::verify::draft::Draft;
use crate::verify::moment::{self, ClaimRule, Moment, Proof};
use crate::verify::past::Shown;
use crate::verify::timestamps::{self, Around};
use crate::verify::{Evidence, SealStates, demands, value};

/// Where the seal signature stands.
pub(crate) enum Place<'a> {
    /// In /Contents of a PDF, of which its timestamps prove this.
    Pdf(Shown<'a>),
    /// In SignedValue.dat of an OFD package.
    Ofd {
        /// Absolute path of Signature.xml, which propertyInfo has to name.
        signature_xml: String,
        /// Whether the package's digests are keyed SM3, which nobody without the key can check.
        keyed_digest: bool,
    },
}

const FORMAT: (&str, &str) = ("container-format", "GB/T 38540-2020 8.1 a)");
const DIGEST: (&str, &str) = ("content-digest", "GM/T 0031-2014 6.2.3 e)");
const PROPERTY: (&str, &str) = ("property-info", "GB/T 38540-2020 7.1");
const VALUE: (&str, &str) = ("signature-value", "GM/T 0031-2014 6.2.3 b)");
const SEAL_FORMAT: (&str, &str) = ("seal-format", "GM/T 0031-2014 6.1.2 a)");
const SEAL_SIGNATURE: (&str, &str) = ("seal-signature", "GM/T 0031-2014 6.1.2 b)");
const MAKER: (&str, &str) = ("seal-maker-path", "GM/T 0031-2014 6.1.2 c)");
const LISTED: (&str, &str) = ("signer-in-seal", "GB/T 38540-2020 8.1 c)");
const VALIDITY: (&str, &str) = ("seal-validity", "GM/T 0031-2014 6.2.3 f)");
const STATE: (&str, &str) = ("seal-state", "Measures of 2025 on electronic seals");

/// Largest seal that anybody presses, in mm; makers who write pixels exceed it.
const PLAUSIBLE_MM: u64 = 100;

/// Parses an SES_Signature; a fault ends the judgement of this signature.
pub(crate) fn read(draft: &mut Draft, bytes: &[u8]) -> Option<SesSignature> {
    match SesSignature::from_der(bytes) {
        Ok(signature) => {
            draft.pass(FORMAT.0, FORMAT.1);
            Some(signature)
        }
        Err(error) => {
            use crate::pki::ber::BerError;
            let code = match &error {
                SesError::Malformed { cause: BerError::NotDer, .. } => Code::NonDer,
                SesError::Seal(_) => Code::SealMalformed,
                _ => Code::FormatFailure,
            };
            draft.end(FORMAT.0, FORMAT.1, Finding::new(code).with("detail", error));
            None
        }
    }
}

/// The hasher for dataHash: the digest of the signature algorithm.
pub(crate) fn hasher(signature: &SesSignature) -> Hasher {
    Hasher::new(digest_algorithm(signature))
}

fn digest_algorithm(signature: &SesSignature) -> DigestAlgorithm {
    let named = SignatureAlgorithm::from_oid(signature.algorithm(), Some(DigestAlgorithm::Sm3));
    named.map_or(DigestAlgorithm::Sm3, SignatureAlgorithm::digest)
}

/// Judges a seal signature whose document digest is at hand.
pub(crate) fn judge(
    draft: &mut Draft,
    evidence: &Evidence<'_>,
    signature: &SesSignature,
    digest: Digest,
    place: &Place<'_>,
) {
    draft.report.digest = Some(format!("{}:{}", digest.algorithm().name(), digest.to_hex()));
    draft.report.claimed_time = signature.time_info().time;
    draft.zone = Zone::Stated;
    states(draft, signature);
    settle_digest(draft, signature, &digest, place);
    settle_property(draft, signature, place);
    let (signer, algorithm) = settle_value(draft, signature);
    let by_trail = certificates::proven(draft, evidence, Some(crate::verify::value_digest(signature.value())));
    let inside = inside(signature.seal());
    let shown = match place {
        Place::Pdf(shown) => *shown,
        Place::Ofd { .. } => Shown::default(),
    };
    let around = Around { certificates: &inside, shown, ..Around::default() };
    let tokens: Vec<&[u8]> = signature.timestamp().into_iter().collect();
    let by_stamp = timestamps::of_value(draft, evidence, &tokens, signature.value(), &around);
    let stamped = by_stamp.into_iter().chain(shown.since).min();
    let (proven, proof) = Proof::earliest(by_trail, stamped, shown.existence);
    draft.report.proven_time = proven;
    let moment = Moment {
        claimed: draft.report.claimed_time,
        zone: draft.zone,
        proven,
        proof,
        validation: evidence.time,
        rule: ClaimRule::of_seals(evidence.policy),
        policy: evidence.policy.claimed_time(),
    };
    if let (Some(algorithm), Some(signer)) = (algorithm, &signer) {
        strength(draft, evidence, algorithm, (signer, moment.used()));
    }
    certificates::judge_signer(
        draft,
        evidence,
        &Signer {
            certificate: signer.as_ref(),
            inside: &inside,
            carried: &CarriedEvidence::default(),
            moment: &moment,
        },
    );
    judge_seal(draft, evidence, signature.seal(), Some(signature.certificate()), &moment);
}

/// Judges a seal that travels beside a CMS signature, inside its signed bytes.
///
/// The time of signing in the draft is proven by `proof`.
pub(crate) fn judge_carried(
    draft: &mut Draft,
    evidence: &Evidence<'_>,
    bytes: &[u8],
    signer: Option<&Certificate>,
    proof: Proof<'_>,
) {
    let seal = match Seal::from_der(bytes) {
        Ok(seal) => seal,
        Err(error) => {
            let finding = Finding::new(Code::SealMalformed).with("detail", error);
            return draft.end(SEAL_FORMAT.0, SEAL_FORMAT.1, finding);
        }
    };
    let moment = Moment {
        claimed: draft.report.claimed_time,
        zone: draft.zone,
        proven: draft.report.proven_time,
        proof,
        validation: evidence.time,
        // The seal's own rule holds for the seal whatever container carries it.
        rule: ClaimRule::of_seals(evidence.policy),
        policy: evidence.policy.claimed_time(),
    };
    judge_seal(draft, evidence, &seal, signer.map(Certificate::as_der), &moment);
}

/// Role, organisation and reference.
fn states(draft: &mut Draft, signature: &SesSignature) {
    let own = signature.extensions().iter().find(|extension| extension.oid == STATEMENT_OID);
    if let Some(statement) = own.and_then(|extension| Statement::read(&extension.value).ok()) {
        certificates::state(draft, statement);
    }
}

fn settle_digest(draft: &mut Draft, signature: &SesSignature, digest: &Digest, place: &Place<'_>) {
    if signature.data_hash() == digest.as_bytes() {
        return draft.pass(DIGEST.0, DIGEST.1);
    }
    let keyed = matches!(place, Place::Ofd { keyed_digest: true, .. });
    let code = if keyed { Code::DigestUncheckable } else { Code::SesDataHash };
    let finding = Finding::new(code).with("algorithm", digest.algorithm().name()).with("found", digest.to_hex());
    let finding = if keyed { finding.with("method", "keyed SM3") } else { finding };
    draft.end(DIGEST.0, DIGEST.1, finding);
}

/// propertyInfo names the file that dataHash covers; makers leave the leading slash out.
fn settle_property(draft: &mut Draft, signature: &SesSignature, place: &Place<'_>) {
    let Place::Ofd { signature_xml, .. } = place else { return draft.not_applicable(PROPERTY.0, PROPERTY.1) };
    // With `\` and dots as in any other location.
    let plain = |path: &str| EntryPath::parse(path).map(|path| path.as_str().to_lowercase()).ok();
    let named = plain(signature.property_info());
    if named.is_some() && named == plain(signature_xml) {
        return draft.pass(PROPERTY.0, PROPERTY.1);
    }
    let finding = Finding::new(Code::PropertyInfoMismatch).with("named", signature.property_info());
    draft.end(PROPERTY.0, PROPERTY.1, finding.with("expected", signature_xml));
}

/// The signer's value over TBS_Sign as stored; gives the signer's certificate where it can be read, and the algorithm of a
/// value that holds.
fn settle_value(draft: &mut Draft, signature: &SesSignature) -> (Option<Certificate>, Option<SignatureAlgorithm>) {
    let certificate = Certificate::from_der(signature.certificate()).ok();
    match signature.verify_value() {
        Ok(verified) => {
            let raw = verified.value_form() == ValueForm::Raw;
            draft.settle(VALUE.0, VALUE.1, raw.then(|| Finding::new(Code::ValueRaw)).into_iter().collect());
            draft.report.algorithm = Some(verified.algorithm().name());
            if !value::is_gm(verified.algorithm().digest()) {
                draft.find(Finding::new(Code::NotGm));
            }
            (certificate, Some(verified.algorithm()))
        }
        Err(error) => {
            use crate::crypto::VerifyError;
            let key = certificate.as_ref().and_then(|certificate| certificate.public_key().err());
            let code = match &error {
                SesVerifyError::Key => key.map_or(Code::NoSigningCertificate, |error| value::unusable(&error).code),
                SesVerifyError::Certificate(_) => Code::NoSigningCertificate,
                SesVerifyError::UnknownAlgorithm { .. } => Code::CryptoConstraints,
                SesVerifyError::Value(VerifyError::AlgorithmConfusion) => Code::AlgorithmConfusion,
                _ => Code::SigCryptoFailure,
            };
            let finding = Finding::new(code).with("detail", &error);
            draft.end(VALUE.0, VALUE.1, finding);
            (certificate, None)
        }
    }
}

fn strength(
    draft: &mut Draft,
    evidence: &Evidence<'_>,
    algorithm: SignatureAlgorithm,
    (signer, used): (&Certificate, Used),
) {
    let key = signer.public_key().ok();
    let weak = key.and_then(|key| evidence.policy.weakness(algorithm, &key, used));
    let findings = weak.map(|w| value::weakness(&w)).into_iter().collect();
    draft.settle("cryptographic-strength", "EN 319 102-1 5.2.8.4.2", findings);
}

/// The seal by itself, and whether this signer may use it.
fn judge_seal(draft: &mut Draft, evidence: &Evidence<'_>, seal: &Seal, signer: Option<&[u8]>, moment: &Moment<'_>) {
    let states = evidence.register.seal_states(seal);
    draft.report.seal = Some(summary(seal, &states));
    draft.settle(SEAL_FORMAT.0, SEAL_FORMAT.1, oddities(seal));
    match seal.verify_maker() {
        Ok(verified) => {
            let raw = verified.value_form() == ValueForm::Raw;
            let findings = raw.then(|| Finding::new(Code::ValueRaw).at("seal")).into_iter().collect();
            draft.settle(SEAL_SIGNATURE.0, SEAL_SIGNATURE.1, findings);
            let findings = maker(evidence, &verified, moment);
            draft.settle(MAKER.0, MAKER.1, findings);
        }
        Err(error) => {
            draft.end(SEAL_SIGNATURE.0, SEAL_SIGNATURE.1, Finding::new(Code::SealSignature).with("detail", error));
            draft.not_run(MAKER.0, MAKER.1);
        }
    }
    match signer.map(|der| seal.lists_certificate(der)) {
        None => draft.not_run(LISTED.0, LISTED.1),
        Some(Listed::Yes) => draft.pass(LISTED.0, LISTED.1),
        Some(Listed::No) => draft.end(LISTED.0, LISTED.1, Finding::new(Code::CertNotInSeal)),
        Some(Listed::ZPrefixedDigest) => {
            draft.end(LISTED.0, LISTED.1, Finding::new(Code::ZPrefixedDigest).at("certDigestList"));
        }
        Some(Listed::Unknown) => draft.end(LISTED.0, LISTED.1, Finding::new(Code::CertListUnreadable)),
    }
    let period = moment.period(seal.validity(), moment::SEAL, seal.name());
    draft.settle(VALIDITY.0, VALIDITY.1, period.into_iter().collect());
    settle_state(draft, &states, moment, evidence.policy.rules().seal_state);
    timestamps::of_seal(draft, evidence, seal);
}

/// The seal's state at the time of signing. What is proven to have been sealed before a suspension or cancellation stands;
/// a claimed time alone may only worsen the verdict.
fn settle_state(draft: &mut Draft, states: &SealStates, moment: &Moment<'_>, need: policy::SealState) {
    let history = match states {
        SealStates::Untold if need == policy::SealState::Required => {
            return draft.settle(STATE.0, STATE.1, vec![Finding::new(Code::SealStateUnknown)]);
        }
        SealStates::Untold => return draft.not_applicable(STATE.0, STATE.1),
        SealStates::Unreadable => return draft.settle(STATE.0, STATE.1, vec![Finding::new(Code::RegisterUnreadable)]),
        SealStates::NotListed => return draft.settle(STATE.0, STATE.1, vec![Finding::new(Code::SealNotListed)]),
        SealStates::Known(history) => history,
    };
    let code = |state: SealState| if state == SealState::Cancelled { Code::SealCancelled } else { Code::SealSuspended };
    let finding = |code: Code, change: &SealChange| {
        let finding = Finding::new(code).with("state", change.state.word()).with("time", change.time);
        if change.reason.is_empty() { finding } else { finding.with("reason", &change.reason) }
    };
    let now = moment.validation;
    let mut findings = Vec::new();
    match moment.counted() {
        Some(time) => match history.at_sealing(time, now) {
            // What is shown to exist only then may have been sealed before.
            StateThen::Inactive(change) if matches!(moment.proof, Proof::Existence(_)) && moment.proven.is_some() => {
                findings.push(finding(Code::SealInactiveNoPoe, change));
            }
            StateThen::Inactive(change) => findings.push(finding(code(change.state), change)),
            StateThen::Unknown => findings.push(stale(history)),
            StateThen::Active => {
                let since = history.last().filter(|change| change.state != SealState::Active && change.time <= now);
                findings.extend(since.map(|change| finding(Code::SealStateLater, change)));
            }
        },
        None => {
            // Of the second of a change itself nobody can say what came first; a claim of it condemns nothing.
            let claimed = moment.claimed.map(|claimed| moment.zone.span(claimed).0.plus_seconds(-1));
            let then = claimed.map_or(StateThen::Active, |claimed| history.at_sealing(claimed, now));
            match (then, history.present(now)) {
                (StateThen::Inactive(change), _) if moment.rule == ClaimRule::Fails => {
                    findings.push(finding(code(change.state), change));
                }
                (StateThen::Inactive(change), _) | (_, StateThen::Inactive(change)) => {
                    findings.push(finding(Code::SealInactiveNoPoe, change));
                }
                (_, StateThen::Unknown) => findings.push(stale(history)),
                _ => {}
            }
        }
    }
    draft.settle(STATE.0, STATE.1, findings);
}

/// The list has ended, and what was sealed after its issue is not told by it.
fn stale(history: &SealHistory) -> Finding {
    let finding = Finding::new(Code::SealStatusStale);
    match history.told() {
        Told::ByList { issued, next } => finding.with("issued", issued).with("next", next),
        Told::ByRegister => finding,
    }
}

fn oddities(seal: &Seal) -> Vec<Finding> {
    let mut findings = Vec::new();
    let picture = seal.picture();
    if picture.width_mm > PLAUSIBLE_MM || picture.height_mm > PLAUSIBLE_MM {
        let size = format!("{} x {}", picture.width_mm, picture.height_mm);
        findings.push(Finding::new(Code::SealSizeImplausible).with("size", size));
    }
    if seal.oddities().contains(&SealOddity::DateType) {
        findings.push(Finding::new(Code::SealOddDates));
    }
    for extension in seal.extensions().iter().filter(|extension| extension.critical) {
        findings.push(Finding::new(Code::SealExtensionCritical).with("oid", &extension.oid));
    }
    findings
}

/// The maker's certificate: path, key usage, good when the seal was made; ended or revoked since is told, no fault.
fn maker(evidence: &Evidence<'_>, seal: &VerifiedSeal, moment: &Moment<'_>) -> Vec<Finding> {
    let made: Time = seal.seal().created();
    // The maker is judged at the time the seal was made, which the maker claims: good then, it may have ended since.
    let then = Moment { claimed: Some(made), ..*moment };
    let report =
        certificates::path(evidence, seal.maker(), (&[], &CarriedEvidence::default()), Purpose::SealMaker, &then);
    let mut findings = certificates::path_findings(&report, "seal maker");
    let weak = demands::path_strength(&report, evidence, moment.used());
    findings.extend(weak.into_iter().map(|f| f.at("seal maker")));
    let nothing = (&[][..], &CarriedEvidence::default());
    findings.extend(certificates::status(evidence, nothing, &report, &then).into_iter().map(|f| f.at("seal maker")));
    let period = seal.maker().validity();
    if period.standing(made) != Standing::Valid {
        findings.push(
            Finding::new(Code::MakerOutOfBounds)
                .at("seal maker")
                .with("time", made)
                .with("from", period.not_before)
                .with("to", period.not_after),
        );
    } else if period.standing(moment.validation) == Standing::Expired {
        findings.push(Finding::new(Code::MakerExpiredSince).at("seal maker").with("time", period.not_after));
    }
    if let Ok(key) = seal.maker().public_key() {
        let weak = evidence.policy.weakness(seal.algorithm(), &key, moment.used());
        findings.extend(weak.map(|w| value::weakness(&w).at("seal maker")));
    }
    findings
}

/// Certificates of the seal's list: candidates for the signer's path.
fn inside(seal: &Seal) -> Vec<Certificate> {
    let mut all = Vec::new();
    if let crate::seal::CertList::Certificates(list) = seal.list() {
        all.extend(list.iter().filter_map(|der| Certificate::from_der(der).ok()));
    }
    all
}

fn summary(seal: &Seal, states: &SealStates) -> SealSummary {
    let state = match states {
        SealStates::Known(history) => history.last().map(|change| change.state.word().to_owned()),
        SealStates::NotListed | SealStates::Untold | SealStates::Unreadable => None,
    };
    let maker = Certificate::from_der(seal.maker_certificate());
    SealSummary {
        id: seal.number().to_owned(),
        name: seal.name().to_owned(),
        kind: seal.kind().0,
        version: seal.header_version(),
        maker: maker.map(|c| c.subject().to_string()).unwrap_or_default(),
        valid_from: seal.validity().not_before,
        valid_to: seal.validity().not_after,
        size_mm: (seal.picture().width_mm, seal.picture().height_mm),
        state,
    }
}
