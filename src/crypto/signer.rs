//! Private keys and the trait behind which they hide.
use crate::crypto::{KeyError, PublicKey, RandomSource, SecretBytes, SignatureAlgorithm, SignatureBytes};

/// Signs. Implemented by software keys and tokens; carries its public key and digests the message itself.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;
    /// The algorithm that [`Signer::sign`] uses.
    fn algorithm(&self) -> SignatureAlgorithm;
    /// Signs a message; the value has been verified with the public key before it is returned.
    fn sign(&self, message: &[u8]) -> Result<SignatureBytes, SignError>;
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key or device refused.
    #[error("the key could not sign")]
    Failed,
    /// The fresh value did not verify: a fault of memory or device.
    #[error("the fresh signature value does not verify")]
    SelfCheck,
}

/// Which key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// SM2, GB/T 32918.
    Sm2,
    /// NIST P-256.
    P256,
    /// RSA with 2048 bits.
    Rsa2048,
}

/// A software private key.
pub struct PrivateKey;

impl PrivateKey {
    /// Makes a new key.
    pub fn generate(_kind: KeyKind, _random: &dyn RandomSource) -> Result<Self, SignError> {
        todo!()
    }
    /// From PKCS#8, SEC1 or PKCS#1 DER (not encrypted).
    pub fn from_der(_der: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    /// From PEM or DER, encrypted or not (PKCS#8 with PBES2: AES, SM4, DES-EDE3).
    pub fn from_file(_bytes: &[u8], _password: Option<&SecretBytes>) -> Result<Self, KeyError> {
        todo!()
    }
    /// PKCS#8 DER.
    pub fn to_pkcs8(&self) -> SecretBytes {
        todo!()
    }
    /// From the big-endian scalar of an SM2 or P-256 key.
    pub fn from_scalar(_kind: KeyKind, _scalar: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        todo!()
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        todo!()
    }
    fn sign(&self, _message: &[u8]) -> Result<SignatureBytes, SignError> {
        todo!()
    }
}
