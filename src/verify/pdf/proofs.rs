//! What the document timestamps of a PDF prove (ETSI EN 319 142-1 5.4.3, EN 319 102-1 V1.3.1 5.6.2.3 and 5.6.3).
//!
//! From the newest to the oldest: a timestamp whose token holds and whose authority is trusted, at present or by what
//! newer ones prove, proves that every byte that it covers existed at its time. What counts are the bytes in front of its
//! own value: signatures with their values, and whatever the store of that revision holds, read as if nothing followed.

use crate::crypto::{Digest, Hasher};
use crate::pdf::object::Object;
use crate::pdf::{Document, PdfError};
use crate::pki::Certificate;
use crate::pki::cms::SignedData;
use crate::pki::revocation::{CarriedEvidence, evidence_digest};
use crate::pki::timestamp::TimestampToken;
use crate::source::for_each_chunk;
use crate::time::Time;
use crate::verify::Evidence;
use crate::verify::past::{Existence, Shown};
use crate::verify::pdf::found::{Found, Standing};
use crate::verify::pdf::long_term::store_of;
use crate::verify::pdf::range::{self, Covered};
use crate::verify::timestamps::{self, Around, Stamped};

/// Proofs of existence from every document timestamp that is intact and trusted.
///
/// # Errors
/// [`PdfError::Limit`], [`PdfError::Read`].
pub(crate) fn gather(document: &Document, evidence: &Evidence<'_>, found: &[Found]) -> Result<Existence, PdfError> {
    let mut existence = Existence::default();
    if !found.iter().any(is_timestamp) {
        return Ok(existence);
    }
    let mut sound: Vec<(&Found, Covered)> = Vec::new();
    for one in found.iter().filter(|one| one.standing == Standing::Present) {
        sound.extend(covered(document, one)?.map(|covered| (one, covered)));
    }
    let mut stamps = tokens(document, &sound)?;
    stamps.sort_by_key(|stamp| std::cmp::Reverse(stamp.covered.end()));
    for stamp in stamps {
        let shown = Shown { since: existence.of_beginning(stamp.covered.end()), existence: &existence };
        let around = Around { shown, ..Around::default() };
        let judged = timestamps::judge(evidence, "document", Ok(stamp.token), Stamped::Digest(&stamp.digest), &around);
        let Some(time) = judged.trusted().map(|token| token.time()) else { continue };
        existence.prove_beginning(stamp.covered.range[1], time);
        let inside = sound.iter().map(|(_, other)| other).filter(|other| other.end() <= stamp.covered.range[1]);
        inside.for_each(|other| container(&mut existence, &other.contents, time));
        store(&mut existence, document, stamp.covered, time)?;
    }
    Ok(existence)
}

/// A document timestamp whose range is sound, with the digest that its token must stamp.
struct Stamp<'a> {
    covered: &'a Covered,
    token: TimestampToken,
    digest: Digest,
}

fn is_timestamp(found: &Found) -> bool {
    found.field.dictionary.get("SubFilter").is_some_and(|name: &Object| name.is_name("ETSI.RFC3161"))
}

/// What a signature covers, where it covers a whole revision upon which the file is built; else nothing is proven by it
/// or of it, and why is told where it is judged.
fn covered(document: &Document, found: &Found) -> Result<Option<Covered>, PdfError> {
    let Some(home) = found.field.home() else { return Ok(None) };
    let dictionary = match document.at(found.last_seen)?.signature_dictionary(home) {
        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => return Err(error),
        other => other.ok(),
    };
    let covered = dictionary.and_then(|dictionary| range::covered(document, dictionary).ok());
    Ok(covered.filter(|covered| range::signed_revision(document, covered).is_ok()))
}

/// The tokens that can be read, with the digests of what they cover. Each further one digests only what was added.
fn tokens<'a>(document: &Document, sound: &'a [(&Found, Covered)]) -> Result<Vec<Stamp<'a>>, PdfError> {
    let mut beginning: Option<(u64, Hasher)> = None;
    let mut stamps = Vec::new();
    for (_, covered) in sound.iter().filter(|(found, _)| is_timestamp(found)) {
        let Ok(token) = TimestampToken::read_padded(&covered.contents) else { continue };
        let Some(algorithm) = token.imprint_algorithm() else { continue };
        let known = beginning.take().filter(|(at, hasher)| *at <= covered.range[1] && hasher.algorithm() == algorithm);
        let (from, mut hasher) = known.unwrap_or_else(|| (0, Hasher::new(algorithm)));
        feed(document, from, covered.range[1], &mut hasher)?;
        beginning = Some((covered.range[1], hasher.clone()));
        feed(document, covered.range[2], covered.end(), &mut hasher)?;
        stamps.push(Stamp { covered, token, digest: hasher.finish() });
    }
    Ok(stamps)
}

fn feed(document: &Document, from: u64, to: u64, hasher: &mut Hasher) -> Result<(), PdfError> {
    for_each_chunk(document.source().as_ref(), from, to.saturating_sub(from), |bytes| hasher.update(bytes))
        .map_err(|error| PdfError::Read { offset: from, kind: error.kind() })
}

/// Certificates and evidence in the container of a covered signature, and in the tokens that it carries.
fn container(existence: &mut Existence, contents: &[u8], time: Time) {
    let Ok(signed) = SignedData::read(contents) else { return };
    let tokens = signed.signer_infos.iter().flat_map(|info| info.unsigned_attributes.timestamp_tokens());
    let tokens: Vec<SignedData> = tokens.filter_map(|der| SignedData::read(der).ok()).collect();
    for signed in std::iter::once(&signed).chain(&tokens) {
        signed.certificates.iter().for_each(|der| existence.prove_certificate(der, time));
        carried(existence, &CarriedEvidence::of_signed_data(signed), time);
    }
}

fn carried(existence: &mut Existence, carried: &CarriedEvidence, time: Time) {
    carried.crls.iter().for_each(|crl| existence.prove_piece(&evidence_digest(crl.as_der()), time));
    carried.responses.iter().for_each(|one| existence.prove_piece(&evidence_digest(one.as_basic_der()), time));
}

/// What the store holds in the revision that a timestamp covers. That revision is read as a file of its own, so that no
/// later byte can slip in.
fn store(existence: &mut Existence, document: &Document, covered: &Covered, time: Time) -> Result<(), PdfError> {
    let prefix = match document.prefix(covered.end()) {
        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. })) => return Err(error),
        Err(_) => return Ok(()),
        Ok(prefix) => prefix,
    };
    let Some(store) = store_of(prefix.current()?)? else { return Ok(()) };
    for value in &store.certificates {
        if let Ok(certificate) = Certificate::from_der(&value.data) {
            existence.prove_certificate(certificate.as_der(), time);
        }
    }
    let mut evidence = CarriedEvidence::default();
    for value in store.crls.iter().chain(&store.responses) {
        // What is no evidence is told where the store is read.
        let _ = evidence.add(&value.data);
    }
    carried(existence, &evidence, time);
    Ok(())
}
