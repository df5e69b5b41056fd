//! SignedValue.dat: told by its content, digested over Signature.xml as stored, checked, and its certificate judged.

use crate::crypto::SignatureAlgorithm;
use crate::limits::{Budget, VALUE_BYTES};
use crate::ofd::{Document, OfdError, SignatureContent, SignatureEntry, SignatureKind};
use crate::pki::Certificate;
use crate::pki::revocation::CarriedEvidence;
use crate::report::{Code, Finding, Kind};
use crate::signature::{Container, DocumentDigests, Profile, Reason, Unverified, detect};
use crate::time::Time;
use crate::verify::Evidence;
use crate::verify::certificates::{self, Signer};
use crate::verify::draft::Draft;
use crate::verify::moment::{ClaimRule, Moment, Proof};
use crate::verify::ofd::references::{CheckMethod, check_method};
use crate::verify::past::NOTHING;
use crate::verify::timestamps::{self, Around};
use crate::verify::{seals, signature_policy, value};

/// How far the times of SES_Signature and Signature.xml may differ: five minutes, in seconds.
const TIME_TOLERANCE: i64 = 300;

/// Judges the value of one signature.
///
/// # Errors
/// [`OfdError`] when the package cannot be read any more.
pub(crate) fn check(
    document: &Document,
    budget: &Budget,
    evidence: &Evidence<'_>,
    (entry, content): (&SignatureEntry, &SignatureContent),
    draft: &mut Draft,
) -> Result<(), OfdError> {
    const STEP: &str = "container-format";
    const CLAUSE: &str = "GB/T 33190-2016 18.2.2";
    let file = content.signed_value_path.as_ref().and_then(|path| document.package().get_folded(path));
    let Some(file) = file else {
        draft.end(STEP, CLAUSE, Finding::new(Code::SignatureFileMissing).at(&entry.base_loc));
        return Ok(());
    };
    let Ok(bytes) = document.package().read_at_most(file, VALUE_BYTES, budget) else {
        draft.end(STEP, CLAUSE, Finding::new(Code::FormatFailure).at(file.path().absolute()));
        return Ok(());
    };
    let container = detect(&bytes);
    draft.report.container = container.name();
    match container {
        Container::SesV1 | Container::SesV4 | Container::SesV5 => {
            sealed(document, budget, evidence, (entry, content), &bytes, draft)
        }
        Container::Unknown => {
            draft.end(STEP, CLAUSE, Finding::new(Code::ContainerUnknown).at(file.path().absolute()));
            Ok(())
        }
        container => {
            settle_kind(entry, content, draft);
            plain(evidence, content, &bytes, container, draft);
            Ok(())
        }
    }
}

/// A value that is no SES_Signature can say nothing of a seal (GM/T 0099-2020 7.2.2: Seal is GB/T 38540), whatever
/// picture its Signature.xml names: the seal may be anybody's.
fn settle_kind(entry: &SignatureEntry, content: &SignatureContent, draft: &mut Draft) {
    const STEP: &str = "signature-type";
    const CLAUSE: &str = "GM/T 0099-2020 7.2.2";
    draft.report.kind = Kind::Signature;
    let listed_as_seal = entry.kind == SignatureKind::Seal;
    let code = match &content.seal_path {
        Some(_) => Code::SealMismatch,
        None if listed_as_seal && !content.stamps.is_empty() => Code::SealMismatch,
        None if entry.kind != SignatureKind::Sign => Code::SigConstraints,
        None => return draft.pass(STEP, CLAUSE),
    };
    let detail = if listed_as_seal { "listed as Seal, and without one" } else { "a seal that is not in the value" };
    draft.end(STEP, CLAUSE, Finding::new(code).at(&entry.base_loc).with("detail", detail));
}

/// SES_Signature over Signature.xml.
fn sealed(
    document: &Document,
    budget: &Budget,
    evidence: &Evidence<'_>,
    (entry, content): (&SignatureEntry, &SignatureContent),
    bytes: &[u8],
    draft: &mut Draft,
) -> Result<(), OfdError> {
    draft.report.kind = Kind::Seal;
    if entry.kind != SignatureKind::Seal {
        // Signatures.xml is open: a type changed there later would turn readers away from the seal.
        let finding = Finding::new(Code::SigConstraints).at(&entry.base_loc).with("detail", "not listed as Seal");
        draft.end("signature-type", "GM/T 0099-2020 7.2.2", finding);
    }
    let Some(unverified) = seals::read(draft, bytes) else { return Ok(()) };
    let mut hasher = seals::hasher(&unverified);
    hasher.update(&content.xml);
    let keyed = matches!(check_method(content.check_method.as_deref()), CheckMethod::KeyedSm3);
    let path = entry.path.as_ref().map(crate::container::EntryPath::absolute).unwrap_or_default();
    let place = seals::Place::Ofd { signature_xml: path, keyed_digest: keyed };
    seals::judge(draft, evidence, &unverified, hasher.finish(), &place);
    compare_times(content, unverified.time_info().time, draft);
    if let Some(used) = SignatureAlgorithm::from_oid(unverified.algorithm(), None) {
        compare_algorithms(content, used, draft);
    }
    let Some(path) = &content.seal_path else { return Ok(()) };
    let outside =
        document.package().get_folded(path).map(|file| document.package().read_at_most(file, VALUE_BYTES, budget));
    match outside {
        Some(Ok(outside)) if outside == unverified.seal().as_der() => {}
        Some(Ok(_)) => draft.find(Finding::new(Code::SealMismatch).at(path.absolute())),
        // It is there, and nobody can say what it was.
        Some(Err(error)) => draft.find(Finding::new(Code::SealMalformed).at(path.absolute()).with("detail", error)),
        None => draft.find(Finding::new(Code::SignatureFileMissing).at(path.absolute())),
    }
    Ok(())
}

/// GB/T 35275, RFC 5652, or a bare value.
pub(crate) fn plain(
    evidence: &Evidence<'_>,
    content: &SignatureContent,
    bytes: &[u8],
    container: Container,
    draft: &mut Draft,
) {
    let unverified = if container == Container::Raw {
        let method = content.method.as_deref().and_then(|oid| SignatureAlgorithm::from_oid(oid.trim(), None));
        Unverified::bare(bytes, Profile::Ofd, method, None)
    } else {
        Unverified::read(bytes, Profile::Ofd, evidence.untrusted)
    };
    let digests = DocumentDigests::of(&unverified, &content.xml);
    let shown = unverified.digest_algorithm().and_then(|algorithm| digests.get(algorithm));
    draft.report.digest = shown.map(|digest| format!("{}:{}", digest.algorithm().name(), digest.to_hex()));
    let inside: Vec<Certificate> = unverified
        .signed_data()
        .map(|data| data.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect())
        .unwrap_or_default();
    let signed = unverified.signer_info().and_then(|info| info.signed_attributes.as_ref()?.signing_time().ok()?);
    compare_times(content, signed, draft);
    certificates::statements(draft, &unverified);
    signature_policy::settle(draft, evidence, &unverified);
    let stated = content.date_time.as_deref().and_then(stated_time);
    draft.report.claimed_time = signed.or(stated);
    let (stamped, tokens) = timestamps::tokens(&unverified);
    let value_digest = unverified.signer_info().map(|info| crate::verify::value_digest(&info.signature));
    let carried = unverified.signed_data().map(CarriedEvidence::of_signed_data).unwrap_or_default();
    let outcome = unverified.verify(&digests);
    value::take(draft, &outcome);
    if outcome.oddities().contains(&Reason::DigestWithoutZ) {
        // Known from one maker's PDF files alone; in OFD nobody writes so.
        let finding = Finding::new(Code::SigCryptoFailure).with("detail", "SM2 over a digest without Z");
        draft.end("signer-identity", "GB/T 32918.2-2016 7.1", finding);
    }
    if let Some(used) = outcome.algorithm() {
        compare_algorithms(content, used, draft);
    }
    if outcome.digest_algorithm().is_some_and(|digest| !value::is_gm(digest)) {
        draft.find(Finding::new(Code::NotGm));
    }
    let by_trail = certificates::proven(draft, evidence, value_digest);
    let around = Around { certificates: &inside, carried: Some(&carried), ..Around::default() };
    let tokens: Vec<&[u8]> = tokens.iter().map(Vec::as_slice).collect();
    let by_stamp = timestamps::of_value(draft, evidence, &tokens, &stamped, &around);
    let (proven, proof) = Proof::earliest(by_trail, by_stamp, &NOTHING);
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
    value::strength(draft, evidence.policy, &outcome, moment.used());
    let signer = Signer { certificate: outcome.certificate(), inside: &inside, carried: &carried, moment: &moment };
    certificates::judge_signer(draft, evidence, &signer);
    draft.not_applicable("seal", "GB/T 38540-2020");
}

/// Signature.xml's own time against the signed one.
fn compare_times(content: &SignatureContent, signed: Option<Time>, draft: &mut Draft) {
    let (Some(text), Some(signed)) = (content.date_time.as_deref(), signed) else { return };
    let agrees = readings(text).iter().any(|time| (time.unix() - signed.unix()).abs() <= TIME_TOLERANCE);
    if !agrees && !text.trim().is_empty() {
        draft.find(Finding::new(Code::TimeConflict).with("stated", text).with("signed", signed));
    }
}

/// The algorithm that Signature.xml names must be that of the value.
fn compare_algorithms(content: &SignatureContent, used: SignatureAlgorithm, draft: &mut Draft) {
    let Some(method) = content.method.as_deref().map(str::trim).filter(|method| !method.is_empty()) else { return };
    let named = SignatureAlgorithm::from_oid(method, None);
    if let Some(named) = named.filter(|named| *named != used) {
        draft.find(Finding::new(Code::AlgorithmConfusion).with("named", named.name()).with("used", used.name()));
    }
}

/// What a text such as `20201010151120`, `2026-11-22 03:56:10` or `20200723130907.763Z` may mean: without a zone, UTC or
/// the time of Beijing.
fn readings(text: &str) -> Vec<Time> {
    let text = text.trim();
    if let Ok(time) = Time::parse_rfc3339(text) {
        return vec![time];
    }
    let whole = text.split(['.', 'Z']).next().unwrap_or_default();
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    // Some makers write Z behind Beijing time, so both readings are kept there too.
    [0, BEIJING].iter().filter_map(|offset| Time::parse_digits(&digits, *offset).ok()).collect()
}

/// The one time that a text means, where it has to be one: Beijing time unless it says UTC.
fn stated_time(text: &str) -> Option<Time> {
    let all = readings(text);
    if text.trim().ends_with('Z') { all.first().copied() } else { all.last().copied() }
}

/// UTC+8 in seconds.
const BEIJING: i32 = 8 * 3600;

#[cfg(test)]
mod tests {
    use crate::verify::ofd::value::readings;

    #[test]
    fn a_time_without_a_zone_has_two_readings() {
        let both = readings("2026-11-22 03:56:10");
        assert_eq!(both.len(), 2);
        assert_eq!(both[0].unix() - both[1].unix(), 8 * 3600);
        assert_eq!(readings("20200723130907.763Z")[0].to_string(), "2020-07-23T13:09:07Z");
        assert!(readings("soon").is_empty());
    }
}
