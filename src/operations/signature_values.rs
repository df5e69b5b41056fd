//! The values of the signatures of a document: what a timestamp of a signature stamps (RFC 3161 appendix A, GB/T
//! 38540-2020 6.1.3 timeStamp).

use std::rc::Rc;

use crate::crypto::{DigestAlgorithm, SecretBytes, SignatureAlgorithm};
use crate::limits::Budget;
use crate::operations::OperationError;
use crate::operations::inspect::{id_in, malformed, open_pdf, trimmed, unlocked, value_of};
use crate::pdf::{ByteRangeValue, ContentsValue};
use crate::report::Format;
use crate::signature::ses::SesSignature;
use crate::signature::{Container, Profile, Unverified, detect as detect_container};
use crate::source::SharedSource;
use crate::verify::detect;

/// One signature with its value.
pub(in crate::operations) struct SignatureValue {
    /// As reports name it.
    pub(in crate::operations) id: String,
    /// The value, which no timestamp attribute or field changes.
    pub(in crate::operations) value: Vec<u8>,
    /// The digest algorithm that fits the signature.
    pub(in crate::operations) digest: DigestAlgorithm,
}

/// The values of all signatures that can carry a timestamp, in the order of signing; none where the file is no PDF or
/// OFD.
pub(in crate::operations) fn signature_values(
    source: &SharedSource,
    place: &str,
    passwords: &[SecretBytes],
) -> Result<Vec<SignatureValue>, OperationError> {
    match detect(source.as_ref()) {
        Some(Format::Pdf) => of_pdf(source, place, passwords),
        Some(_) => of_ofd(source, place),
        None => Ok(Vec::new()),
    }
}

fn of_pdf(
    source: &SharedSource,
    place: &str,
    passwords: &[SecretBytes],
) -> Result<Vec<SignatureValue>, OperationError> {
    let document = unlocked(open_pdf(source, place)?, passwords, place)?;
    let fault = |error: crate::pdf::PdfError| malformed(&error, place);
    let view = document.current().map_err(fault)?;
    let mut found = Vec::new();
    for field in view.signatures().map_err(fault)? {
        // A timestamp of the document stamps the document, and carries none itself.
        let sub_filter = field.dictionary.get("SubFilter").and_then(crate::pdf::object::Object::as_name);
        if sub_filter.is_some_and(|name| name == b"ETSI.RFC3161") {
            continue;
        }
        let Some(located) = field.home().and_then(|home| view.signature_dictionary(home).ok()) else { continue };
        let ContentsValue::Hex { bytes, .. } = located.contents else { continue };
        let end = match located.byte_range {
            ByteRangeValue::Direct([_, _, offset, length]) => offset.saturating_add(length),
            _ => 0,
        };
        if let Some(value) = read(&field.field.name, &bytes, Profile::PdfDetached) {
            found.push((end, value));
        }
    }
    // What a signature covers ends where its revision ends.
    found.sort_by_key(|(end, _)| *end);
    Ok(found.into_iter().map(|(_, value)| value).collect())
}

fn of_ofd(source: &SharedSource, place: &str) -> Result<Vec<SignatureValue>, OperationError> {
    let budget = Rc::new(Budget::default());
    let document = match crate::ofd::Document::open(source.clone(), &budget) {
        Ok(document) => document,
        // Some other package.
        Err(crate::ofd::OfdError::NotOfd) => return Ok(Vec::new()),
        Err(error) => return Err(malformed(&error, place)),
    };
    let mut found = Vec::new();
    for (index, body) in document.bodies().iter().enumerate() {
        for entry in body.signatures().map(crate::ofd::SignatureList::entries).unwrap_or_default() {
            let Ok(content) = &entry.content else { continue };
            let Some(bytes) = value_of(&document, &budget, content) else { continue };
            found.extend(read(&id_in(&document, index, entry), &bytes, Profile::Ofd));
        }
    }
    Ok(found)
}

/// A bare value has no place for a timestamp and is left out.
fn read(id: &str, bytes: &[u8], profile: Profile) -> Option<SignatureValue> {
    let (value, gm) = match detect_container(bytes) {
        Container::SesV1 | Container::SesV4 | Container::SesV5 => {
            let signature = SesSignature::from_der(trimmed(bytes)).ok()?;
            let gm = signature.algorithm() == SM2_SM3;
            (signature.value().to_vec(), gm)
        }
        _ => {
            let read = Unverified::read(bytes, profile, &[]);
            let gm = read.algorithm() == Some(SignatureAlgorithm::Sm2Sm3);
            (read.signer_info()?.signature.clone(), gm)
        }
    };
    let digest = if gm { DigestAlgorithm::Sm3 } else { DigestAlgorithm::Sha256 };
    Some(SignatureValue { id: id.to_owned(), value, digest })
}

/// SM2 with SM3 (GM/T 0006-2012).
const SM2_SM3: &str = "1.2.156.10197.1.501";
