//! Private keys and the trait behind which they hide.

use std::fmt;

use der::Reader as _;
use der::asn1::OctetStringRef;
use der::oid::ObjectIdentifier;
use ecdsa::signature::hazmat::PrehashSigner as _;
use pkcs8::der::Decode as _;
use rsa::pkcs1::EncodeRsaPrivateKey as _;

use crate::crypto::encoding::{TAG_BIT_STRING, TAG_INTEGER, TAG_NULL, TAG_OCTET_STRING, TAG_SEQUENCE, tlv};
use crate::crypto::encryption::{self, KeyProtection};
use crate::crypto::identifier::{content, sequence};
use crate::crypto::key::{EC_PUBLIC_KEY, P256_CURVE, P384_CURVE, RSA_ENCRYPTION, SM2_CURVE, SM2_ID, curve_spki};
use crate::crypto::secret::InfallibleRandom;
use crate::crypto::signature::oid_der;
use crate::crypto::{
    DigestAlgorithm, KeyError, PublicKey, RandomSource, SecretBytes, SignatureAlgorithm, SignatureBytes,
};

/// Signs. Implemented by software keys and tokens; carries its public key and digests the message itself.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// The algorithm that [`Signer::sign`] uses.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Signs a message; the value has been verified with the public key before it is returned.
    ///
    /// # Errors
    /// [`SignError`]; nothing has been signed then.
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
    /// The key cannot sign with this algorithm.
    #[error("the key cannot sign with this algorithm")]
    Algorithm,
    /// No random bytes could be had.
    #[error("no random bytes")]
    Random,
    /// The token that holds the key failed, or is gone.
    #[error("the token failed")]
    Device,
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
pub struct PrivateKey {
    public: PublicKey,
    algorithm: SignatureAlgorithm,
    pkcs8: SecretBytes,
    key: Secret,
}

/// The largest is an RSA key pair, which lives behind a pointer.
enum Secret {
    Sm2(sm2::dsa::SigningKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    // Private RSA operations are ring's: those of the crate `rsa` leak through their timing (RUSTSEC-2023-0071). The
    // crate `rsa` makes keys and verifies, where nothing secret can leak to a distant observer.
    Rsa(Box<ring::rsa::KeyPair>),
}

/// Never shows anything secret.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("public", &self.public.name()).finish_non_exhaustive()
    }
}

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`SignError::Random`] where no random bytes can be had, [`SignError::SelfCheck`] where the new key does not
    /// work.
    pub fn generate(kind: KeyKind, random: &dyn RandomSource) -> Result<Self, SignError> {
        let key = match kind {
            KeyKind::Sm2 | KeyKind::P256 => generate_scalar(kind, random)?,
            KeyKind::Rsa2048 => generate_rsa(random)?,
        };
        // A pair that does not belong together shows here and not at the first document.
        key.sign(b"eseal: check of a new key")?;
        Ok(key)
    }

    /// From PKCS#8, SEC1 or PKCS#1 DER (not encrypted).
    ///
    /// # Errors
    /// [`KeyError`]; a stored public half that does not belong to the private one is malformed.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(info) = pkcs8::PrivateKeyInfoRef::from_der(der) {
            let curve = info.algorithm.parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
            let inner = info.private_key.as_bytes();
            return match info.algorithm.oid.to_string().as_str() {
                EC_PUBLIC_KEY => {
                    let curve = curve.ok_or(KeyError::Unsupported("explicit curve parameters".to_owned()))?;
                    from_sec1(inner, Some(curve.to_string()))
                }
                SM2_CURVE => from_sec1(inner, Some(SM2_CURVE.to_owned())),
                RSA_ENCRYPTION => from_pkcs1(inner),
                other => Err(KeyError::Unsupported(other.to_owned())),
            };
        }
        if rsa::pkcs1::RsaPrivateKeyRef::from_der(der).is_ok() {
            return from_pkcs1(der);
        }
        from_sec1(der, None)
    }

    /// From PEM or DER, encrypted or not: PKCS#8 with PBES2 (AES, SM4, DES-EDE3) or a scheme of PKCS#12, PEM files with
    /// `Proc-Type: 4,ENCRYPTED`.
    ///
    /// # Errors
    /// [`KeyError`]: [`KeyError::PassphraseNeeded`] without a passphrase for an encrypted key,
    /// [`KeyError::WrongPassphrase`] with a wrong one.
    pub fn from_file(bytes: &[u8], password: Option<&SecretBytes>) -> Result<Self, KeyError> {
        let opened = encryption::open(bytes, password)?;
        PrivateKey::from_der(opened.der.expose()).map_err(|error| match (error, opened.protection) {
            // One wrong password in 256 leaves a padding that looks right.
            (KeyError::Malformed, KeyProtection::Password) => KeyError::WrongPassphrase,
            (error, _) => error,
        })
    }

    /// The scalar of an SM2 key, for what is not a signature.
    pub(crate) fn sm2_scalar(&self) -> Option<sm2::NonZeroScalar> {
        match &self.key {
            Secret::Sm2(key) => Some(*key.as_nonzero_scalar()),
            _ => None,
        }
    }

    /// PKCS#8 DER.
    #[must_use]
    pub fn to_pkcs8(&self) -> SecretBytes {
        self.pkcs8.clone()
    }

    /// From the big-endian scalar of an SM2 or P-256 key.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] where it is zero, too large or of another length than 32 bytes.
    pub fn from_scalar(kind: KeyKind, scalar: &[u8]) -> Result<Self, KeyError> {
        if scalar.len() != 32 {
            return Err(KeyError::Malformed);
        }
        match kind {
            KeyKind::Sm2 => from_sm2(scalar),
            KeyKind::P256 => from_p256(scalar),
            KeyKind::Rsa2048 => Err(KeyError::Unsupported("RSA from a scalar".to_owned())),
        }
    }

    /// The same key, signing with another algorithm: RSA knows PKCS#1 v1.5 and PSS (salt as long as the digest) with
    /// SHA-256, SHA-384 and SHA-512; the other keys know one algorithm.
    ///
    /// # Errors
    /// [`SignError::Algorithm`].
    pub fn with_algorithm(mut self, algorithm: SignatureAlgorithm) -> Result<Self, SignError> {
        let possible = match self.key {
            Secret::Sm2(_) | Secret::P256(_) | Secret::P384(_) => algorithm == self.public.default_algorithm(),
            Secret::Rsa(_) => rsa_encoding(algorithm).is_some(),
        };
        if !possible {
            return Err(SignError::Algorithm);
        }
        self.algorithm = algorithm;
        Ok(self)
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn sign(&self, message: &[u8]) -> Result<SignatureBytes, SignError> {
        let value = match &self.key {
            Secret::Sm2(key) => {
                let digest = self.public.z_prefixed_digest(message).ok_or(SignError::Failed)?;
                // The nonce is that of RFC 6979 with HMAC-SM3: no random bytes, no repeated nonce.
                let signature = key.sign_prehash(digest.as_bytes()).map_err(|_| SignError::Failed)?;
                SignatureBytes::from_raw(&signature.to_bytes())
            }
            Secret::P256(key) => {
                let digest = DigestAlgorithm::Sha256.digest(message);
                // RFC 6979.
                let signature: p256::ecdsa::Signature =
                    key.sign_prehash(digest.as_bytes()).map_err(|_| SignError::Failed)?;
                SignatureBytes::from_raw(&signature.to_bytes())
            }
            Secret::P384(key) => {
                let digest = DigestAlgorithm::Sha384.digest(message);
                let signature: p384::ecdsa::Signature =
                    key.sign_prehash(digest.as_bytes()).map_err(|_| SignError::Failed)?;
                SignatureBytes::from_pair(&signature.to_bytes())
            }
            Secret::Rsa(key) => Some(sign_rsa(key, self.algorithm, message)?),
        };
        let value = value.ok_or(SignError::Failed)?;
        self.public.verify(self.algorithm, message, &value).map_err(|_| SignError::SelfCheck)?;
        Ok(value)
    }
}

/// A scalar by rejection: uniform in 1 .. n-1 (GB/T 32918.1 6.1, FIPS 186-5 A.2.2).
fn generate_scalar(kind: KeyKind, random: &dyn RandomSource) -> Result<PrivateKey, SignError> {
    /// One draw misses with a probability of 2^-32 at most; a source that misses this often is none.
    const DRAWS: usize = 8;
    let mut scalar = zeroize::Zeroizing::new([0; 32]);
    for _ in 0..DRAWS {
        random.fill(scalar.as_mut()).map_err(|_| SignError::Random)?;
        if let Ok(key) = PrivateKey::from_scalar(kind, scalar.as_ref()) {
            return Ok(key);
        }
    }
    Err(SignError::Random)
}

fn generate_rsa(random: &dyn RandomSource) -> Result<PrivateKey, SignError> {
    let mut random = InfallibleRandom::new(random);
    let key = rsa::RsaPrivateKey::new(&mut random, 2048);
    if random.failed() {
        return Err(SignError::Random);
    }
    let der = key.map_err(|_| SignError::Failed)?.to_pkcs1_der().map_err(|_| SignError::Failed)?;
    from_pkcs1(der.as_bytes()).map_err(|_| SignError::SelfCheck)
}

/// SEC 1 C.4 `ECPrivateKey`; the curve may stand outside, inside, or at both places if it is the same.
fn from_sec1(der: &[u8], outer: Option<String>) -> Result<PrivateKey, KeyError> {
    let inner = sec1_curve(der).ok_or(KeyError::Malformed)?;
    if outer.is_some() && inner.is_some() && outer != inner {
        return Err(KeyError::Malformed);
    }
    match outer.or(inner).as_deref() {
        Some(SM2_CURVE) => from_private_key(der, SM2_CURVE, from_sm2),
        Some(P256_CURVE) => from_private_key(der, P256_CURVE, from_p256),
        Some(P384_CURVE) => from_private_key(der, P384_CURVE, from_p384),
        Some(other) => Err(KeyError::Unsupported(other.to_owned())),
        None => Err(KeyError::Malformed),
    }
}

/// The named curve in `ECPrivateKey`, if it is there; outer `None` where this is no such structure.
///
/// ```text
/// ECPrivateKey ::= SEQUENCE {
///   version INTEGER, privateKey OCTET STRING,
///   parameters [0] EXPLICIT ECParameters OPTIONAL, publicKey [1] EXPLICIT BIT STRING OPTIONAL }
/// ```
fn sec1_curve(der: &[u8]) -> Option<Option<String>> {
    let mut reader = sequence(der)?;
    let version: u8 = reader.decode().ok()?;
    let _: &OctetStringRef = reader.decode().ok()?;
    if version != 1 {
        return None;
    }
    if reader.is_finished() {
        return Some(None);
    }
    let field = reader.tlv_bytes().ok()?;
    if field.first() != Some(&0xA0) {
        return Some(None);
    }
    let oid: ObjectIdentifier = ObjectIdentifier::from_der(content(field)?).ok()?;
    Some(Some(oid.to_string()))
}

/// The key, and a look at whether the public half that was stored with it is its own. To have the crate read the structure
/// would compute the public half once for each of these steps, and that is most of the work of loading a key.
fn from_private_key(
    der: &[u8],
    curve: &str,
    from_scalar: fn(&[u8]) -> Result<PrivateKey, KeyError>,
) -> Result<PrivateKey, KeyError> {
    let stored = sec1::EcPrivateKey::try_from(der).map_err(|_| KeyError::Malformed)?;
    // RFC 5915 3 asks for the length of the order; some writers drop leading zeros.
    let size: usize = if curve == P384_CURVE { 48 } else { 32 };
    let mut scalar = zeroize::Zeroizing::new(vec![0; size]);
    let length = stored.private_key.len();
    let place = size.checked_sub(length).filter(|_| length >= 24).and_then(|from| scalar.get_mut(from..));
    place.ok_or(KeyError::Malformed)?.copy_from_slice(stored.private_key);
    let key = from_scalar(&scalar)?;
    if let Some(point) = stored.public_key {
        let public = PublicKey::from_spki(&curve_spki(curve, point))?;
        if !public.same_point(&key.public) {
            return Err(KeyError::Malformed);
        }
    }
    Ok(key)
}

fn from_sm2(scalar: &[u8]) -> Result<PrivateKey, KeyError> {
    // GB/T 32918.1 6.1: d = n - 1 is no key; the signing equation divides by 1 + d. `from_slice` does not look at it,
    // the first signature would fail.
    let key = sm2::dsa::SigningKey::from_slice(SM2_ID, scalar).map_err(|_| KeyError::Malformed)?;
    let point = key.verifying_key().to_sec1_bytes();
    finish(SM2_CURVE, scalar, &point, Secret::Sm2(key))
}

fn from_p256(scalar: &[u8]) -> Result<PrivateKey, KeyError> {
    let key = p256::ecdsa::SigningKey::from_slice(scalar).map_err(|_| KeyError::Malformed)?;
    let point = key.verifying_key().to_sec1_point(false);
    finish(P256_CURVE, scalar, point.as_bytes(), Secret::P256(key))
}

fn from_p384(scalar: &[u8]) -> Result<PrivateKey, KeyError> {
    let key = p384::ecdsa::SigningKey::from_slice(scalar).map_err(|_| KeyError::Malformed)?;
    let point = key.verifying_key().to_sec1_point(false);
    finish(P384_CURVE, scalar, point.as_bytes(), Secret::P384(key))
}

/// PKCS#8 of a key on a curve: version 0, algorithm, OCTET STRING of `ECPrivateKey` (RFC 5208 5, SEC 1 C.4).
fn finish(curve: &str, scalar: &[u8], point: &[u8], key: Secret) -> Result<PrivateKey, KeyError> {
    let public = PublicKey::from_spki(&curve_spki(curve, point))?;
    let inner = sec1::EcPrivateKey { private_key: scalar, parameters: None, public_key: Some(point) };
    let inner = zeroize::Zeroizing::new(der::Encode::to_der(&inner).map_err(|_| KeyError::Malformed)?);
    let algorithm = tlv(TAG_SEQUENCE, &[oid_der(EC_PUBLIC_KEY), oid_der(curve)].concat());
    Ok(PrivateKey { algorithm: public.default_algorithm(), public, pkcs8: pkcs8(&algorithm, &inner), key })
}

/// PKCS#8 (RFC 5208 5): version 0, algorithm, OCTET STRING.
fn pkcs8(algorithm: &[u8], inner: &[u8]) -> SecretBytes {
    let inner = zeroize::Zeroizing::new(tlv(TAG_OCTET_STRING, inner));
    let version = tlv(TAG_INTEGER, &[0]);
    let body = zeroize::Zeroizing::new([version.as_slice(), algorithm, inner.as_slice()].concat());
    SecretBytes::new(tlv(TAG_SEQUENCE, &body))
}

/// RFC 8017 A.1.2. ring takes 2048 to 4096 bits, two primes, an exponent of 65537 or more.
fn from_pkcs1(der: &[u8]) -> Result<PrivateKey, KeyError> {
    let key = ring::rsa::KeyPair::from_der(der).map_err(|rejected| match rejected.to_string().as_str() {
        "InvalidEncoding" | "InconsistentComponents" => KeyError::Malformed,
        other => KeyError::Unsupported(format!("RSA ({other})")),
    })?;
    let algorithm = tlv(TAG_SEQUENCE, &[oid_der(RSA_ENCRYPTION), vec![TAG_NULL, 0]].concat());
    let bits = tlv(TAG_BIT_STRING, &[&[0], key.public().as_ref()].concat());
    let public = PublicKey::from_spki(&tlv(TAG_SEQUENCE, &[algorithm.clone(), bits].concat()))?;
    let pkcs8 = pkcs8(&algorithm, der);
    Ok(PrivateKey { algorithm: public.default_algorithm(), public, pkcs8, key: Secret::Rsa(Box::new(key)) })
}

/// What ring calls an algorithm that we sign with.
fn rsa_encoding(algorithm: SignatureAlgorithm) -> Option<&'static dyn ring::signature::RsaEncoding> {
    match algorithm {
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256) => Some(&ring::signature::RSA_PKCS1_SHA256),
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha384) => Some(&ring::signature::RSA_PKCS1_SHA384),
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512) => Some(&ring::signature::RSA_PKCS1_SHA512),
        SignatureAlgorithm::RsaPss { digest: DigestAlgorithm::Sha256, salt: 32 } => {
            Some(&ring::signature::RSA_PSS_SHA256)
        }
        SignatureAlgorithm::RsaPss { digest: DigestAlgorithm::Sha384, salt: 48 } => {
            Some(&ring::signature::RSA_PSS_SHA384)
        }
        SignatureAlgorithm::RsaPss { digest: DigestAlgorithm::Sha512, salt: 64 } => {
            Some(&ring::signature::RSA_PSS_SHA512)
        }
        _ => None,
    }
}

fn sign_rsa(
    key: &ring::rsa::KeyPair,
    algorithm: SignatureAlgorithm,
    message: &[u8],
) -> Result<SignatureBytes, SignError> {
    let encoding = rsa_encoding(algorithm).ok_or(SignError::Algorithm)?;
    let mut value = vec![0; key.public().modulus_len()];
    // ring seals its trait of random sources, so the salt of PSS comes from the system and not from a `RandomSource`;
    // PKCS#1 v1.5 draws nothing.
    let random = ring::rand::SystemRandom::new();
    key.sign(encoding, &random, message, &mut value).map_err(|_| SignError::Failed)?;
    Ok(SignatureBytes::new(value))
}
