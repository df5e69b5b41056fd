//! Signature algorithms and values.
use crate::crypto::{Digest, DigestAlgorithm};

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

impl SignatureAlgorithm {
    /// From the DER of an `AlgorithmIdentifier`, and, where that names only a key type (rsaEncryption, ecPublicKey, SM2 public key,
    /// 1.2.156.10197.1.301.1 ...), the separate digest algorithm of CMS.
    pub fn from_identifier(_algorithm_identifier: &[u8], _digest: Option<DigestAlgorithm>) -> Option<Self> {
        todo!()
    }
    /// From a bare dotted OID (GB/T 38540 signatureAlgID, OFD SignatureMethod).
    pub fn from_oid(_oid: &str, _digest: Option<DigestAlgorithm>) -> Option<Self> {
        todo!()
    }
    /// DER of the `AlgorithmIdentifier` for certificates and CMS.
    pub fn identifier(self) -> Vec<u8> {
        todo!()
    }
    /// Dotted OID as GB/T 38540 and OFD write it.
    pub fn oid(self) -> &'static str {
        todo!()
    }
    /// The digest of the message.
    pub fn digest(self) -> DigestAlgorithm {
        todo!()
    }
    /// `SM2-SM3`, `ECDSA-SHA-256`, `RSA-PKCS1-SHA-256`, `RSA-PSS-SHA-256`, `Ed25519`.
    pub fn name(self) -> String {
        todo!()
    }
}

/// A signature value: strict DER for SM2 and ECDSA, the bare integer or bytes for RSA and Ed25519.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureBytes(Vec<u8>);

impl SignatureBytes {
    /// Wraps a value as found; [`crate::crypto::PublicKey::verify`] checks its form strictly.
    pub fn new(bytes: Vec<u8>) -> Self {
        SignatureBytes(bytes)
    }
    /// From a raw `r || s` of 64 bytes, as some containers hold it: the DER form. `None` for another length.
    pub fn from_raw(_raw: &[u8]) -> Option<Self> {
        todo!()
    }
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A message on its way to a signature check; made by [`crate::crypto::PublicKey::message_hasher`].
#[derive(Clone, Debug)]
pub struct MessageHasher;

impl MessageHasher {
    /// Takes more of the message.
    pub fn update(&mut self, _bytes: &[u8]) {
        todo!()
    }
    #[allow(dead_code)]
    fn finish(self) -> Digest {
        todo!()
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
