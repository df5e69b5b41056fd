//! Public keys.
use crate::crypto::{Digest, DigestAlgorithm, MessageHasher, SignatureAlgorithm, SignatureBytes, VerifyError};

/// A public key that is on its curve, or an RSA key of an accepted shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey;

/// Why bytes are no usable key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not the structure of a key.
    #[error("not a key")]
    Malformed,
    /// An algorithm or curve this program does not know.
    #[error("unsupported key algorithm {0}")]
    Unsupported(String),
    /// The passphrase is wrong or the key damaged.
    #[error("wrong passphrase or damaged key")]
    WrongPassphrase,
}

impl PublicKey {
    /// From DER `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7). Explicit curve parameters are refused.
    pub fn from_spki(_der: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    /// The DER `SubjectPublicKeyInfo`, exactly as it was read.
    pub fn spki(&self) -> &[u8] {
        todo!()
    }
    /// The contents of subjectPublicKey (the BIT STRING without its unused-bits byte): what a key identifier digests.
    pub fn key_bits(&self) -> &[u8] {
        todo!()
    }
    /// `SM2`, `P-256`, `RSA-2048`, ...
    pub fn name(&self) -> String {
        todo!()
    }
    /// Size in bits of the field or modulus.
    pub fn bits(&self) -> usize {
        todo!()
    }
    /// A hasher for a message that is to be verified with this key: for SM2 it starts with Z, ID 1234567812345678.
    pub fn message_hasher(&self, _algorithm: SignatureAlgorithm) -> Result<MessageHasher, VerifyError> {
        todo!()
    }
    /// Verifies a value over a message in memory. The value is strict DER (ECDSA, SM2) or the RSA integer.
    pub fn verify(&self, _a: SignatureAlgorithm, _message: &[u8], _value: &SignatureBytes) -> Result<(), VerifyError> {
        todo!()
    }
    /// Verifies a value over a message fed to [`PublicKey::message_hasher`].
    pub fn verify_digest(&self, _message: MessageHasher, _value: &SignatureBytes) -> Result<(), VerifyError> {
        todo!()
    }
    /// Verifies an SM2, ECDSA or RSA value over a bare digest, without Z: some GM/T 0010 writers do so; always a finding.
    pub fn verify_bare_digest(
        &self,
        _a: SignatureAlgorithm,
        _digest: &Digest,
        _value: &SignatureBytes,
    ) -> Result<(), VerifyError> {
        todo!()
    }
    /// SM3(Z || bytes): what some vendors store where a plain SM3 is meant. `None` for keys that are not SM2.
    pub fn z_prefixed_digest(&self, _bytes: &[u8]) -> Option<Digest> {
        todo!()
    }
    /// The algorithm that this program signs with under such a key, and for ECDSA and RSA with this digest.
    pub fn default_algorithm(&self) -> SignatureAlgorithm {
        let _ = DigestAlgorithm::Sm3;
        todo!()
    }
}
