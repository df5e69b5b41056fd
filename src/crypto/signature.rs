//! Signature algorithms and values.

use crate::crypto::encoding::{self, TAG_INTEGER, TAG_SEQUENCE, oid_value};
use crate::crypto::identifier;
use crate::crypto::{Digest, DigestAlgorithm, Hasher};
use crate::limits::VALUE_BYTES;

/// One row of the only table of what fits together: key kind, digest, parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// SM2 with SM3, ID 1234567812345678 (GB/T 32918.2, GB/T 35276).
    Sm2Sm3,
    /// ECDSA.
    Ecdsa(DigestAlgorithm),
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS with MGF1 of the same digest.
    RsaPss {
        /// Digest of message and mask.
        digest: DigestAlgorithm,
        /// Salt length in bytes.
        salt: usize,
    },
    /// Ed25519.
    Ed25519,
}

/// `sm2-with-sm3`, GM/T 0006.
const SM2_WITH_SM3: &str = "1.2.156.10197.1.501";
/// Rows whose object identifier names the digest.
const NAMED: [(&str, SignatureAlgorithm); 14] = [
    (SM2_WITH_SM3, SignatureAlgorithm::Sm2Sm3),
    ("1.2.840.10045.4.1", SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha1)),
    ("1.2.840.10045.4.3.1", SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha224)),
    ("1.2.840.10045.4.3.2", SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256)),
    ("1.2.840.10045.4.3.3", SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384)),
    ("1.2.840.10045.4.3.4", SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512)),
    ("1.2.840.113549.1.1.4", SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Md5)),
    ("1.2.840.113549.1.1.5", SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1)),
    ("1.2.840.113549.1.1.14", SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha224)),
    ("1.2.840.113549.1.1.11", SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256)),
    ("1.2.840.113549.1.1.12", SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha384)),
    ("1.2.840.113549.1.1.13", SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512)),
    ("1.2.156.10197.1.504", SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sm3)),
    ("1.3.101.112", SignatureAlgorithm::Ed25519),
];

impl SignatureAlgorithm {
    /// From the DER of an `AlgorithmIdentifier`, and, where that names only a key type (rsaEncryption, ecPublicKey, SM2
    /// public key, 1.2.156.10197.1.301.1 ...), the separate digest algorithm of CMS.
    ///
    /// Where the identifier names its digest itself, `digest` is not looked at: a caller to whom a difference matters
    /// compares [`SignatureAlgorithm::digest`].
    #[must_use]
    pub fn from_identifier(algorithm_identifier: &[u8], digest: Option<DigestAlgorithm>) -> Option<Self> {
        identifier::read(algorithm_identifier, digest)
    }

    /// From a bare dotted OID (GB/T 38540 signatureAlgID, OFD SignatureMethod).
    #[must_use]
    pub fn from_oid(oid: &str, digest: Option<DigestAlgorithm>) -> Option<Self> {
        if let Some((_, algorithm)) = NAMED.iter().find(|(named, _)| *named == oid) {
            return Some(*algorithm);
        }
        match oid {
            // sha1WithRSASignature of OIW, still found in old files.
            "1.3.14.3.2.29" => Some(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1)),
            // SM2 as a key (GM/T 0006) and as "SM2-1, digital signature": the digest can only be SM3.
            "1.2.156.10197.1.301" | "1.2.156.10197.1.301.1" => match digest {
                None | Some(DigestAlgorithm::Sm3) => Some(SignatureAlgorithm::Sm2Sm3),
                Some(_) => None,
            },
            "1.2.840.10045.2.1" => match digest? {
                DigestAlgorithm::Sm3 => Some(SignatureAlgorithm::Sm2Sm3),
                DigestAlgorithm::Md5 => None,
                digest => Some(SignatureAlgorithm::Ecdsa(digest)),
            },
            "1.2.840.113549.1.1.1" => digest.map(SignatureAlgorithm::RsaPkcs1),
            _ => None,
        }
    }

    /// DER of the `AlgorithmIdentifier` for certificates and CMS: parameters absent for SM2 (GM/T 0015), ECDSA (RFC 5758
    /// 3.2) and Ed25519 (RFC 8410 3), NULL for RSA (RFC 4055 5), written out for PSS (RFC 4055 3.1).
    #[must_use]
    pub fn identifier(self) -> Vec<u8> {
        identifier::write(self)
    }

    /// Dotted OID as GB/T 38540 and OFD write it. A combination without an OID of its own gives the OID of the scheme.
    #[must_use]
    pub fn oid(self) -> &'static str {
        if let Some((oid, _)) = NAMED.iter().find(|(_, algorithm)| *algorithm == self) {
            return oid;
        }
        match self {
            SignatureAlgorithm::RsaPss { .. } => identifier::RSASSA_PSS,
            SignatureAlgorithm::Ecdsa(_) => "1.2.840.10045.4.3",
            SignatureAlgorithm::RsaPkcs1(_) => "1.2.840.113549.1.1.1",
            SignatureAlgorithm::Sm2Sm3 => SM2_WITH_SM3,
            SignatureAlgorithm::Ed25519 => "1.3.101.112",
        }
    }

    /// The digest of the message. Ed25519 digests with SHA-512 inside (RFC 8032 5.1).
    #[must_use]
    pub fn digest(self) -> DigestAlgorithm {
        match self {
            SignatureAlgorithm::Sm2Sm3 => DigestAlgorithm::Sm3,
            SignatureAlgorithm::Ecdsa(digest)
            | SignatureAlgorithm::RsaPkcs1(digest)
            | SignatureAlgorithm::RsaPss { digest, .. } => digest,
            SignatureAlgorithm::Ed25519 => DigestAlgorithm::Sha512,
        }
    }

    /// `SM2-SM3`, `ECDSA-SHA-256`, `RSA-PKCS1-SHA-256`, `RSA-PSS-SHA-256`, `Ed25519`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            SignatureAlgorithm::Sm2Sm3 => "SM2-SM3".to_owned(),
            SignatureAlgorithm::Ecdsa(digest) => format!("ECDSA-{}", digest.name()),
            SignatureAlgorithm::RsaPkcs1(digest) => format!("RSA-PKCS1-{}", digest.name()),
            SignatureAlgorithm::RsaPss { digest, .. } => format!("RSA-PSS-{}", digest.name()),
            SignatureAlgorithm::Ed25519 => "Ed25519".to_owned(),
        }
    }
}

/// A signature value: strict DER for SM2 and ECDSA, the bare integer or bytes for RSA and Ed25519.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureBytes(Vec<u8>);

impl SignatureBytes {
    /// Wraps a value as found; [`crate::crypto::PublicKey::verify`] checks its form strictly.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        SignatureBytes(bytes)
    }

    /// From a raw `r || s` of 64 bytes, as some containers hold it: the DER form. `None` for another length.
    #[must_use]
    pub fn from_raw(raw: &[u8]) -> Option<Self> {
        if raw.len() == 64 { SignatureBytes::from_pair(raw) } else { None }
    }

    /// From `r || s`, both of the same length: 32, 48 or 66 bytes. `None` for another length.
    #[must_use]
    pub fn from_pair(raw: &[u8]) -> Option<Self> {
        let half = raw.len() / 2;
        if !matches!(half, 32 | 48 | 66) || half * 2 != raw.len() {
            return None;
        }
        let (r, s) = raw.split_at_checked(half)?;
        Some(SignatureBytes(encoding::tlv(TAG_SEQUENCE, &[unsigned(r), unsigned(s)].concat())))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// DER INTEGER of a big-endian number without sign (X.690 8.3).
fn unsigned(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..).unwrap_or(&[]);
    let mut content = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|first| first & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    encoding::tlv(TAG_INTEGER, &content)
}

/// A message on its way to a signature check; made by [`crate::crypto::PublicKey::message_hasher`].
#[derive(Clone, Debug)]
pub struct MessageHasher {
    algorithm: SignatureAlgorithm,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Hash(Box<Hasher>),
    /// Ed25519 reads the message twice, so it is kept whole, up to [`VALUE_BYTES`].
    Whole(Vec<u8>),
    TooLong,
}

/// What a message has become.
pub(crate) enum Prepared {
    Digest(Digest),
    Whole(Vec<u8>),
    TooLong,
}

impl MessageHasher {
    /// For `algorithm`, with `prefix` (Z of SM2) put in front of the message.
    pub(crate) fn new(algorithm: SignatureAlgorithm, prefix: &[u8]) -> Self {
        let state = if algorithm == SignatureAlgorithm::Ed25519 {
            State::Whole(Vec::new())
        } else {
            let mut hasher = Hasher::new(algorithm.digest());
            hasher.update(prefix);
            State::Hash(Box::new(hasher))
        };
        MessageHasher { algorithm, state }
    }

    /// The algorithm it was made for.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Takes more of the message.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Hash(hasher) => hasher.update(bytes),
            State::Whole(message) => {
                let total = (message.len() as u64).saturating_add(bytes.len() as u64);
                if total > VALUE_BYTES {
                    self.state = State::TooLong;
                } else {
                    message.extend_from_slice(bytes);
                }
            }
            State::TooLong => {}
        }
    }

    pub(crate) fn finish(self) -> Prepared {
        match self.state {
            State::Hash(hasher) => Prepared::Digest(hasher.finish()),
            State::Whole(message) => Prepared::Whole(message),
            State::TooLong => Prepared::TooLong,
        }
    }
}

/// Why a value was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Algorithm and key do not belong together.
    #[error("algorithm and key do not fit")]
    AlgorithmConfusion,
    /// Not a value of this algorithm: not strict DER, r or s out of range.
    #[error("malformed signature value")]
    Malformed,
    /// The value does not verify.
    #[error("the signature value does not verify")]
    Mismatch,
    /// This form of check is not offered for this algorithm.
    #[error("unsupported")]
    Unsupported,
}

/// DER of a dotted OID of the tables of this room, as a whole value.
pub(crate) fn oid_der(oid: &str) -> Vec<u8> {
    encoding::tlv(encoding::TAG_OID, &oid_value(oid))
}

#[cfg(test)]
mod tests {
    use crate::crypto::signature::NAMED;
    use crate::crypto::{DigestAlgorithm, SignatureAlgorithm, SignatureBytes};

    #[test]
    fn the_table_reads_both_ways() {
        for (oid, algorithm) in NAMED {
            assert_eq!(algorithm.oid(), oid);
            assert_eq!(SignatureAlgorithm::from_oid(oid, None), Some(algorithm));
            assert_eq!(SignatureAlgorithm::from_identifier(&algorithm.identifier(), None), Some(algorithm), "{oid}");
        }
    }

    #[test]
    fn key_types_need_a_fitting_digest() {
        let from = SignatureAlgorithm::from_oid;
        let (sm3, sha256) = (Some(DigestAlgorithm::Sm3), Some(DigestAlgorithm::Sha256));
        assert_eq!(from("1.2.840.113549.1.1.1", None), None);
        assert_eq!(from("1.2.840.113549.1.1.1", sha256), Some(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256)));
        assert_eq!(from("1.2.840.10045.2.1", sm3), Some(SignatureAlgorithm::Sm2Sm3));
        assert_eq!(from("1.2.840.10045.2.1", sha256), Some(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256)));
        assert_eq!(from("1.2.156.10197.1.301.1", sm3), Some(SignatureAlgorithm::Sm2Sm3));
        assert_eq!(from("1.2.156.10197.1.301", None), Some(SignatureAlgorithm::Sm2Sm3));
        assert_eq!(from("1.2.156.10197.1.301", sha256), None);
        assert_eq!(from("1.2.840.113549.1.1.10", sha256), None);
    }

    #[test]
    fn raw_values_become_minimal_der() {
        let mut raw = [0; 64];
        raw[31] = 0x80;
        raw[63] = 0x7F;
        let value = SignatureBytes::from_raw(&raw).unwrap();
        assert_eq!(value.as_bytes(), [0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x7F]);
        assert_eq!(SignatureBytes::from_raw(&raw[1..]), None);
        assert_eq!(SignatureBytes::from_raw(&[0; 64]).unwrap().as_bytes(), [0x30, 6, 2, 1, 0, 2, 1, 0]);
    }
}
