//! The value in /Contents: told by its content, digested over the ByteRange, checked, and its certificate judged.

use crate::crypto::Hasher;
use crate::pdf::object::Object;
use crate::pdf::{Document, PdfError};
use crate::pki::Certificate;
use crate::pki::revocation::CarriedEvidence;
use crate::pki::timestamp::TimestampToken;
use crate::report::{Code, Finding, Kind};
use crate::signature::{Container, DocumentDigests, DocumentHasher, Outcome, Profile, Unverified, detect};
use crate::source::for_each_chunk;
use crate::time::Zone;
use crate::verify::Evidence;
use crate::verify::certificates::{self, Signer};
use crate::verify::draft::Draft;
use crate::verify::moment::{ClaimRule, Moment, Proof};
use crate::verify::past::Shown;
use crate::verify::pdf::found::Found;
use crate::verify::pdf::range::Covered;
use crate::verify::timestamps::{self, Around};
use crate::verify::{seals, signature_policy, value};

/// A signature whose value is to be judged: where it stands, and what is known of its document.
pub(crate) struct Signature<'a> {
    /// The document.
    pub(crate) document: &'a Document,
    /// What the verifier knows.
    pub(crate) evidence: &'a Evidence<'a>,
    /// The signature as found.
    pub(crate) found: &'a Found,
    /// What it covers.
    pub(crate) covered: &'a Covered,
    /// What timestamps of the document prove of it.
    pub(crate) shown: Shown<'a>,
}

/// Digests of beginnings of the document, kept from one signature to the next: each further one digests only what was
/// added since, so that five revisions of a large file cost little more than one.
#[derive(Default)]
pub(crate) struct Beginnings {
    /// Hashers that were fed the bytes up to an offset.
    ses: Option<(u64, Hasher)>,
    cms: Option<(u64, DocumentHasher)>,
}

/// Judges the value of one signature.
///
/// # Errors
/// [`PdfError::Read`].
pub(crate) fn judge(signature: &Signature<'_>, beginnings: &mut Beginnings, draft: &mut Draft) -> Result<(), PdfError> {
    let covered = signature.covered;
    let container = detect(&covered.contents);
    draft.report.container = container.name();
    let named = draft.report.sub_filter.clone().unwrap_or_default();
    if sub_filter_unknown(&named) {
        draft.find(Finding::new(Code::SubfilterUnsupported).clause("checklist H").with("name", &named));
    }
    match container {
        Container::SesV1 | Container::SesV4 | Container::SesV5 => ses(signature, beginnings, draft),
        Container::Unknown if named != "adbe.x509.rsa_sha1" => {
            let finding = Finding::new(Code::ContentsMalformed).with("detail", "no container of a known form");
            draft.end("container-format", "checklist C", finding);
            Ok(())
        }
        _ => cms(signature, beginnings, draft),
    }
}

/// A GB/T 38540 or GM/T 0031 signature directly in /Contents (GM/T 0112 chapter 7).
fn ses(signature: &Signature<'_>, beginnings: &mut Beginnings, draft: &mut Draft) -> Result<(), PdfError> {
    let Signature { document, evidence, covered, shown, .. } = *signature;
    draft.report.kind = Kind::Seal;
    let Some(unverified) = seals::read(draft, trimmed(&covered.contents)) else { return Ok(()) };
    if covered.contents.get(trimmed(&covered.contents).len()..).is_some_and(|pad| pad.iter().any(|b| *b != 0)) {
        draft.find(Finding::new(Code::ContentsPaddingNonzero).clause("checklist C"));
    }
    let hasher = seals::hasher(&unverified);
    let known = beginnings.ses.take().filter(|(_, known)| known.algorithm() == hasher.algorithm());
    let known = known.filter(|(at, _)| *at <= covered.range[1]);
    let (from, mut hasher) = known.unwrap_or((0, hasher));
    read(document, from, covered.range[1], |bytes| hasher.update(bytes))?;
    beginnings.ses = Some((covered.range[1], hasher.clone()));
    read(document, covered.range[2], end(covered), |bytes| hasher.update(bytes))?;
    seals::judge(draft, evidence, &unverified, hasher.finish(), &seals::Place::Pdf(shown));
    Ok(())
}

/// CMS of RFC 5652, its Chinese twin, and bare PKCS#1 values.
fn cms(signature: &Signature<'_>, beginnings: &mut Beginnings, draft: &mut Draft) -> Result<(), PdfError> {
    let Signature { document, evidence, found, covered, shown } = *signature;
    let named = draft.report.sub_filter.clone().unwrap_or_default();
    let profile = Profile::of_sub_filter(&named).unwrap_or(Profile::PdfDetached);
    let unverified = if profile == Profile::PdfPkcs1 {
        Unverified::bare(&covered.contents, profile, None, certificate_entry(document, found)?)
    } else {
        Unverified::read(&covered.contents, profile, evidence.untrusted)
    };
    let hasher = unverified.document_hasher();
    let known = beginnings.cms.take().filter(|(_, known)| hasher.may_go_on_from(known));
    let known = known.filter(|(at, _)| *at <= covered.range[1]);
    let (from, mut hasher) = known.unwrap_or((0, hasher));
    read(document, from, covered.range[1], |bytes| hasher.update(bytes))?;
    beginnings.cms = hasher.beginning().map(|beginning| (covered.range[1], beginning));
    read(document, covered.range[2], end(covered), |bytes| hasher.update(bytes))?;
    let digests = hasher.finish();
    draft.report.digest = shown_digest(&unverified, &digests);
    let inside: Vec<Certificate> = unverified.signed_data().map(candidates).unwrap_or_default();
    certificates::statements(draft, &unverified);
    signature_policy::settle(draft, evidence, &unverified);
    let gm = unverified.digest_algorithm().is_some_and(value::is_gm);
    // The attribute is always told to UTC; /M need not be.
    if (draft.report.claimed_time.is_none() || draft.zone == Zone::Unknown)
        && let Some(time) = signing_time(&unverified)
    {
        draft.report.claimed_time = Some(time);
        draft.zone = Zone::Stated;
    }
    let (stamped, tokens) = timestamps::tokens(&unverified);
    let value_digest = unverified.signer_info().map(|info| crate::verify::value_digest(&info.signature));
    let carried = unverified.signed_data().map(CarriedEvidence::of_signed_data).unwrap_or_default();
    let outcome = unverified.verify(&digests);
    value::take(draft, &outcome);
    if !gm {
        draft.find(Finding::new(Code::NotGm));
    }
    if draft.report.kind == Kind::Timestamp {
        document_stamp(signature, draft, &outcome, &digests);
        return Ok(());
    }
    let by_trail = certificates::proven(draft, evidence, value_digest);
    let around = Around { certificates: &inside, carried: Some(&carried), shown };
    let tokens: Vec<&[u8]> = tokens.iter().map(Vec::as_slice).collect();
    let by_stamp = timestamps::of_value(draft, evidence, &tokens, &stamped, &around);
    let stamped = by_stamp.into_iter().chain(shown.since).min();
    let (proven, proof) = Proof::earliest(by_trail, stamped, shown.existence);
    draft.report.proven_time = proven;
    let moment = Moment {
        claimed: draft.report.claimed_time,
        zone: draft.zone,
        proven,
        proof,
        validation: evidence.time,
        // EN 319 102-1 for CMS in PDF, whatever its algorithms (verdict model: SES and OFD alone fail by a claim).
        rule: ClaimRule::Doubts,
        policy: evidence.policy.claimed_time(),
    };
    value::strength(draft, evidence.policy, &outcome, moment.used());
    let signer = Signer { certificate: outcome.certificate(), inside: &inside, carried: &carried, moment: &moment };
    certificates::judge_signer(draft, evidence, &signer);
    sealed((evidence, found), draft, outcome.certificate(), proof);
    Ok(())
}

/// The seal that a PAdES signature carries inside its signed bytes: `/ESEAL_Seal` of the signature dictionary.
fn sealed(
    (evidence, found): (&Evidence<'_>, &Found),
    draft: &mut Draft,
    signer: Option<&Certificate>,
    proof: Proof<'_>,
) {
    let Some(entry) = found.field.dictionary.get("ESEAL_Seal") else {
        draft.not_applicable("seal", "GB/T 38540-2020");
        return;
    };
    draft.report.kind = Kind::Seal;
    // A direct string: what the dictionary refers to need not lie in the signed bytes.
    seals::judge_carried(draft, evidence, entry.as_string().unwrap_or_default(), signer, proof);
}

/// Feeds the bytes `from .. to`. The first signed piece begins at 0 (checklist A).
fn read(document: &Document, from: u64, to: u64, take: impl FnMut(&[u8])) -> Result<(), PdfError> {
    for_each_chunk(document.source().as_ref(), from, to.saturating_sub(from), take)
        .map_err(|error| PdfError::Read { offset: from, kind: error.kind() })
}

/// Where the second signed piece ends.
fn end(covered: &Covered) -> u64 {
    covered.range[2].saturating_add(covered.range[3])
}

/// /Contents without the zeros that fill up its reservation: the first value, whole.
fn trimmed(contents: &[u8]) -> &[u8] {
    use crate::pki::ber::{Encoding, Reader};
    Reader::new(contents, Encoding::Ber).next().map_or(contents, |value| value.bytes)
}

fn sub_filter_unknown(name: &str) -> bool {
    Profile::of_sub_filter(name).is_none() && !matches!(name, "GM.sm2seal" | "GM.PKILite")
}

/// /Cert of a signature dictionary (ISO 32000-1 table 252): a string, or an array whose first is the signer's.
fn certificate_entry(document: &Document, found: &Found) -> Result<Option<Certificate>, PdfError> {
    let view = document.at(found.last_seen)?;
    let value = match view.lookup(&found.field.dictionary, "Cert")? {
        Object::Array(items) => items.first().map(|item| view.resolve(item)).transpose()?,
        other => Some(other),
    };
    Ok(value.as_ref().and_then(Object::as_string).and_then(|der| Certificate::from_der(der).ok()))
}

fn candidates(signed_data: &crate::pki::cms::SignedData) -> Vec<Certificate> {
    signed_data.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
}

fn shown_digest(unverified: &Unverified, digests: &DocumentDigests) -> Option<String> {
    let digest = digests.get(unverified.digest_algorithm()?)?;
    Some(format!("{}:{}", digest.algorithm().name(), digest.to_hex()))
}

fn signing_time(unverified: &Unverified) -> Option<crate::time::Time> {
    unverified.signer_info()?.signed_attributes.as_ref()?.signing_time().ok()?
}

/// A timestamp of the document (EN 319 142-1 5.4.3): its authority stands in the signer's place.
fn document_stamp(signature: &Signature<'_>, draft: &mut Draft, outcome: &Outcome, digests: &DocumentDigests) {
    let Signature { evidence, covered, shown, .. } = *signature;
    let token = TimestampToken::read_padded(&covered.contents);
    let digest = token.as_ref().ok().and_then(|token| digests.get(token.imprint_algorithm()?));
    draft.report.signer = outcome.certificate().map(certificates::summary);
    timestamps::of_document(draft, evidence, token, digest, &Around { shown, ..Around::default() });
    draft.not_applicable("seal", "GB/T 38540-2020");
}
