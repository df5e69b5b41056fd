//! `AlgorithmIdentifier` of signatures (RFC 5280 4.1.1.2), read and written.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader as _, SliceReader};

use crate::crypto::encoding::{TAG_INTEGER, TAG_NULL, TAG_OID, TAG_SEQUENCE, tlv};
use crate::crypto::signature::oid_der;
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};

/// id-RSASSA-PSS, RFC 4055 3.1.
pub(crate) const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
/// id-mgf1, RFC 4055 2.2.
const MGF1: &str = "1.2.840.113549.1.1.8";
/// Longest salt that is read: no key of 8192 bits has room for more.
pub(crate) const MAX_SALT: usize = 1024;
/// Salt where the field is absent (RFC 4055 3.1).
const DEFAULT_SALT: usize = 20;

/// Reads one; `digest` completes what names only a kind of key.
pub(crate) fn read(bytes: &[u8], digest: Option<DigestAlgorithm>) -> Option<SignatureAlgorithm> {
    let (oid, parameters) = split(bytes)?;
    if oid == RSASSA_PSS {
        let (digest, salt) = read_pss(parameters?)?;
        return Some(SignatureAlgorithm::RsaPss { digest, salt });
    }
    let names_key = oid == "1.2.840.10045.2.1" || oid == "1.2.156.10197.1.301";
    match parameters {
        None => {}
        Some([TAG_NULL, 0]) => {}
        // ecPublicKey and SM2 name their curve here.
        Some([TAG_OID, ..]) if names_key => {}
        Some(_) => return None,
    }
    SignatureAlgorithm::from_oid(&oid, digest)
}

/// Writes one.
pub(crate) fn write(algorithm: SignatureAlgorithm) -> Vec<u8> {
    let oid = oid_der(algorithm.oid());
    let parameters = match algorithm {
        SignatureAlgorithm::RsaPkcs1(_) => vec![TAG_NULL, 0],
        SignatureAlgorithm::RsaPss { digest, salt } => write_pss(digest, salt),
        SignatureAlgorithm::Sm2Sm3 | SignatureAlgorithm::Ecdsa(_) | SignatureAlgorithm::Ed25519 => Vec::new(),
    };
    tlv(TAG_SEQUENCE, &[oid, parameters].concat())
}

/// Object identifier and the bytes of the parameters; nothing else may be there.
pub(crate) fn split(bytes: &[u8]) -> Option<(String, Option<&[u8]>)> {
    let mut reader = sequence(bytes)?;
    let oid: ObjectIdentifier = reader.decode().ok()?;
    let parameters = if reader.is_finished() { None } else { Some(reader.tlv_bytes().ok()?) };
    reader.is_finished().then(|| (oid.to_string(), parameters))
}

/// `RSASSA-PSS-params` (RFC 4055 3.1): digest and salt length. A mask of another function or digest, another trailer, or
/// fields out of order are refused.
///
/// ```text
/// RSASSA-PSS-params ::= SEQUENCE {
///    hashAlgorithm      [0] HashAlgorithm DEFAULT sha1Identifier,
///    maskGenAlgorithm   [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier,
///    saltLength         [2] INTEGER DEFAULT 20,
///    trailerField       [3] INTEGER DEFAULT 1 }
/// ```
pub(crate) fn read_pss(bytes: &[u8]) -> Option<(DigestAlgorithm, usize)> {
    let mut reader = sequence(bytes)?;
    let mut fields: [Option<&[u8]>; 4] = [None; 4];
    let mut next = 0;
    while !reader.is_finished() {
        let raw = reader.tlv_bytes().ok()?;
        let number = usize::from(raw.first()?.checked_sub(0xA0)?);
        if number < next {
            return None;
        }
        *fields.get_mut(number)? = Some(content(raw)?);
        next = number + 1;
    }
    let [hash, mask, salt, trailer] = fields;
    let digest = hash.map_or(Some(DigestAlgorithm::Sha1), digest_identifier)?;
    let mask_digest = match mask {
        None => DigestAlgorithm::Sha1,
        Some(bytes) => {
            let (oid, parameters) = split(bytes)?;
            if oid != MGF1 {
                return None;
            }
            digest_identifier(parameters?)?
        }
    };
    let salt = salt.map_or(Some(DEFAULT_SALT), |bytes| u16::from_der(bytes).ok().map(usize::from))?;
    let trailer = trailer.map_or(Some(1), |bytes| u8::from_der(bytes).ok())?;
    (mask_digest == digest && trailer == 1 && salt <= MAX_SALT).then_some((digest, salt))
}

fn write_pss(digest: DigestAlgorithm, salt: usize) -> Vec<u8> {
    let hash = tlv(TAG_SEQUENCE, &[oid_der(digest.oid()), vec![TAG_NULL, 0]].concat());
    let mask = tlv(TAG_SEQUENCE, &[oid_der(MGF1), hash.clone()].concat());
    let mut fields = Vec::new();
    // DER leaves out what is the default (X.690 11.5).
    if digest != DigestAlgorithm::Sha1 {
        fields.extend(tlv(0xA0, &hash));
        fields.extend(tlv(0xA1, &mask));
    }
    if salt != DEFAULT_SALT {
        let number = u32::try_from(salt).unwrap_or(u32::MAX).to_be_bytes();
        let mut digits: Vec<u8> = number.into_iter().skip_while(|byte| *byte == 0).collect();
        if digits.first().is_none_or(|first| first & 0x80 != 0) {
            digits.insert(0, 0);
        }
        fields.extend(tlv(0xA2, &tlv(TAG_INTEGER, &digits)));
    }
    tlv(TAG_SEQUENCE, &fields)
}

/// A digest's `AlgorithmIdentifier`, parameters NULL or absent (RFC 4055 2.1).
pub(crate) fn digest_identifier(bytes: &[u8]) -> Option<DigestAlgorithm> {
    let (oid, parameters) = split(bytes)?;
    if !matches!(parameters, None | Some([TAG_NULL, 0])) {
        return None;
    }
    DigestAlgorithm::from_oid(&oid)
}

/// A reader over the contents of the one SEQUENCE that these bytes are.
pub(crate) fn sequence(bytes: &[u8]) -> Option<SliceReader<'_>> {
    if bytes.first() != Some(&TAG_SEQUENCE) {
        return None;
    }
    SliceReader::new(content(bytes)?).ok()
}

/// Contents of the one value that these bytes are.
pub(crate) fn content(bytes: &[u8]) -> Option<&[u8]> {
    AnyRef::from_der(bytes).ok().map(|any| any.value())
}

#[cfg(test)]
mod tests {
    use crate::crypto::identifier::{MAX_SALT, read_pss};
    use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};

    #[test]
    fn pss_parameters_survive() {
        for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
            for salt in [0, 20, 32, 127, 128, 222, 478, MAX_SALT] {
                let algorithm = SignatureAlgorithm::RsaPss { digest, salt };
                assert_eq!(SignatureAlgorithm::from_identifier(&algorithm.identifier(), None), Some(algorithm));
            }
            let too_long = SignatureAlgorithm::RsaPss { digest, salt: MAX_SALT + 1 };
            assert_eq!(SignatureAlgorithm::from_identifier(&too_long.identifier(), None), None);
        }
    }

    #[test]
    fn strange_pss_parameters_are_refused() {
        // All defaults: SHA-1, MGF1 with SHA-1, 20.
        assert_eq!(read_pss(&[0x30, 0]), Some((DigestAlgorithm::Sha1, 20)));
        // Trailer 2; salt before hash twice; negative salt; an unknown field.
        assert_eq!(read_pss(&[0x30, 5, 0xA3, 3, 2, 1, 2]), None);
        assert_eq!(read_pss(&[0x30, 10, 0xA2, 3, 2, 1, 1, 0xA2, 3, 2, 1, 1]), None);
        assert_eq!(read_pss(&[0x30, 5, 0xA2, 3, 2, 1, 0xFF]), None);
        assert_eq!(read_pss(&[0x30, 5, 0xA4, 3, 2, 1, 1]), None);
        // SHA-256 for the message and the default SHA-1 for the mask.
        let mixed = [0x30, 15, 0xA0, 13, 0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
        assert_eq!(read_pss(&mixed), None);
    }

    #[test]
    fn parameters_are_null_or_absent() {
        let ecdsa = [0x30, 12, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2, 5, 0];
        let expected = Some(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256));
        assert_eq!(SignatureAlgorithm::from_identifier(&ecdsa, None), expected);
        let mut odd = ecdsa;
        odd[12] = 4;
        assert_eq!(SignatureAlgorithm::from_identifier(&odd, None), None);
        assert_eq!(SignatureAlgorithm::from_identifier(&ecdsa[..13], None), None);
    }
}
