//! Public keys.

use std::sync::Arc;

use der::asn1::BitStringRef;
use der::{Decode, Reader as _};
use ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, Pss, RsaPublicKey};
use sm2::elliptic_curve::Group as _;
use sm2::elliptic_curve::ops::{LinearCombination as _, Reduce as _};
use sm2::elliptic_curve::point::AffineCoordinates as _;

use crate::crypto::encoding::{TAG_BIT_STRING, TAG_NULL, TAG_OCTET_STRING, TAG_OID, TAG_SEQUENCE, read_pair, tlv};
use crate::crypto::identifier::{self, MAX_SALT, RSASSA_PSS};
use crate::crypto::signature::{Prepared, oid_der};
use crate::crypto::{Digest, DigestAlgorithm, Hasher, MessageHasher, SignatureAlgorithm, SignatureBytes, VerifyError};

/// id-ecPublicKey, RFC 5480 2.1.1.
pub(crate) const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
/// rsaEncryption, RFC 3279 2.3.1.
pub(crate) const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
/// id-Ed25519, RFC 8410 3.
pub(crate) const ED25519: &str = "1.3.101.112";
/// The SM2 curve, GM/T 0006.
pub(crate) const SM2_CURVE: &str = "1.2.156.10197.1.301";
/// secp256r1, RFC 5480 2.1.1.1.
pub(crate) const P256_CURVE: &str = "1.2.840.10045.3.1.7";
pub(crate) const P384_CURVE: &str = "1.3.132.0.34";
const P521_CURVE: &str = "1.3.132.0.35";

/// The identifier that GB/T 35276 clause 10 fixes for every signer.
pub(crate) const SM2_ID: &str = "1234567812345678";

/// A public key that is on its curve, or an RSA key of an accepted shape.
#[derive(Clone, Debug)]
pub struct PublicKey {
    spki: Arc<[u8]>,
    bits: Arc<[u8]>,
    key: Key,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Sm2(sm2::PublicKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
    Rsa(RsaPublicKey, RsaUse),
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// What an RSA key says of its use (RFC 4055 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RsaUse {
    /// rsaEncryption: any scheme.
    Any,
    /// id-RSASSA-PSS without parameters: PSS with any digest.
    PssAny,
    /// id-RSASSA-PSS with parameters: this digest, at least this salt.
    Pss(DigestAlgorithm, usize),
}

/// Two keys are the same if they are the same point or numbers, however they were written.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for PublicKey {}

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
    /// The key is encrypted and no passphrase was given.
    #[error("the key is encrypted")]
    PassphraseNeeded,
    /// The passphrase is wrong or the key damaged.
    #[error("wrong passphrase or damaged key")]
    WrongPassphrase,
}

impl PublicKey {
    /// From DER `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7). Explicit curve parameters are refused (RFC 5480 2.1.1).
    ///
    /// # Errors
    /// [`KeyError::Malformed`] or [`KeyError::Unsupported`]; RSA outside 1024 to 8192 bits is unsupported.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let mut reader = identifier::sequence(der).ok_or(KeyError::Malformed)?;
        let algorithm = reader.tlv_bytes().map_err(|_| KeyError::Malformed)?;
        let bits: BitStringRef<'_> = reader.decode().map_err(|_| KeyError::Malformed)?;
        if !reader.is_finished() {
            return Err(KeyError::Malformed);
        }
        let bits = bits.as_bytes().ok_or(KeyError::Malformed)?;
        let (oid, parameters) = identifier::split(algorithm).ok_or(KeyError::Malformed)?;
        let key = match oid.as_str() {
            EC_PUBLIC_KEY => curve_key(&curve(parameters.ok_or(KeyError::Malformed)?)?, bits)?,
            SM2_CURVE => curve_key(SM2_CURVE, bits)?,
            RSA_ENCRYPTION | RSASSA_PSS => Key::Rsa(rsa_key(bits)?, rsa_use(&oid, parameters)?),
            ED25519 if parameters.is_none() => {
                let point = bits.try_into().map_err(|_| KeyError::Malformed)?;
                Key::Ed25519(ed25519_dalek::VerifyingKey::from_bytes(point).map_err(|_| KeyError::Malformed)?)
            }
            _ => return Err(KeyError::Unsupported(oid)),
        };
        Ok(PublicKey { spki: der.into(), bits: bits.into(), key })
    }

    /// From an SM2 point, `04 || x || y` or compressed, as GM structures outside certificates hold it.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] where it is not on the curve.
    pub fn from_sm2_point(point: &[u8]) -> Result<Self, KeyError> {
        PublicKey::from_spki(&curve_spki(SM2_CURVE, point))
    }

    /// The DER `SubjectPublicKeyInfo`, exactly as it was read.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The contents of subjectPublicKey (the BIT STRING without its unused-bits byte): what a key identifier digests.
    #[must_use]
    pub fn key_bits(&self) -> &[u8] {
        &self.bits
    }

    /// `SM2`, `P-256`, `RSA-2048`, ...
    #[must_use]
    pub fn name(&self) -> String {
        match &self.key {
            Key::Sm2(_) => "SM2".to_owned(),
            Key::P256(_) => "P-256".to_owned(),
            Key::P384(_) => "P-384".to_owned(),
            Key::P521(_) => "P-521".to_owned(),
            Key::Rsa(..) => format!("RSA-{}", self.bits()),
            Key::Ed25519(_) => "Ed25519".to_owned(),
        }
    }

    /// Whether both are the same point, however it was written.
    pub(crate) fn same_point(&self, other: &PublicKey) -> bool {
        match (&self.key, &other.key) {
            (Key::Sm2(one), Key::Sm2(other)) => one == other,
            (Key::P256(one), Key::P256(other)) => one == other,
            (Key::P384(one), Key::P384(other)) => one == other,
            _ => false,
        }
    }

    /// Size in bits of the field or modulus.
    #[must_use]
    pub fn bits(&self) -> usize {
        match &self.key {
            Key::Sm2(_) | Key::P256(_) | Key::Ed25519(_) => 256,
            Key::P384(_) => 384,
            Key::P521(_) => 521,
            Key::Rsa(key, _) => usize::try_from(key.n().bits_vartime()).unwrap_or(usize::MAX),
        }
    }

    /// Whether this is an SM2 key.
    #[must_use]
    pub fn is_sm2(&self) -> bool {
        matches!(self.key, Key::Sm2(_))
    }

    /// A hasher for a message that is to be verified with this key: for SM2 it starts with Z, ID 1234567812345678
    /// (GB/T 32918.2 5.5, 7.1 B3; GB/T 35276 clause 10).
    ///
    /// # Errors
    /// [`VerifyError::AlgorithmConfusion`] where key and algorithm do not fit.
    pub fn message_hasher(&self, algorithm: SignatureAlgorithm) -> Result<MessageHasher, VerifyError> {
        self.check_fit(algorithm)?;
        let prefix = match &self.key {
            Key::Sm2(key) => identity_digest(key, SM2_ID.as_bytes()).ok_or(VerifyError::Unsupported)?,
            _ => Vec::new(),
        };
        Ok(MessageHasher::new(algorithm, &prefix))
    }

    /// Verifies a value over a message in memory. The value is strict DER (ECDSA, SM2) or the RSA integer.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        value: &SignatureBytes,
    ) -> Result<(), VerifyError> {
        if let Key::Ed25519(key) = &self.key {
            self.check_fit(algorithm)?;
            return verify_ed25519(key, message, value);
        }
        let mut hasher = self.message_hasher(algorithm)?;
        hasher.update(message);
        self.verify_digest(hasher, value)
    }

    /// Verifies a value over a message fed to [`PublicKey::message_hasher`] of this same key.
    ///
    /// # Errors
    /// [`VerifyError`]; [`VerifyError::Unsupported`] for an Ed25519 message above 16 MiB, which cannot be streamed.
    pub fn verify_digest(&self, message: MessageHasher, value: &SignatureBytes) -> Result<(), VerifyError> {
        let algorithm = message.algorithm();
        self.check_fit(algorithm)?;
        match (message.finish(), &self.key) {
            (Prepared::Digest(digest), _) => self.verify_prepared(algorithm, digest.as_bytes(), value),
            (Prepared::Whole(message), Key::Ed25519(key)) => verify_ed25519(key, &message, value),
            (Prepared::Whole(_), _) => Err(VerifyError::AlgorithmConfusion),
            (Prepared::TooLong, _) => Err(VerifyError::Unsupported),
        }
    }

    /// Verifies an SM2, ECDSA or RSA value over a bare digest, without Z: some GM/T 0010 writers do so; always a finding.
    ///
    /// # Errors
    /// [`VerifyError`]; [`VerifyError::AlgorithmConfusion`] also where the digest is of another algorithm.
    pub fn verify_bare_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &Digest,
        value: &SignatureBytes,
    ) -> Result<(), VerifyError> {
        self.check_fit(algorithm)?;
        if digest.algorithm() != algorithm.digest() {
            return Err(VerifyError::AlgorithmConfusion);
        }
        self.verify_prepared(algorithm, digest.as_bytes(), value)
    }

    /// SM3(Z || bytes): what some vendors store where a plain SM3 is meant. `None` for keys that are not SM2.
    #[must_use]
    pub fn z_prefixed_digest(&self, bytes: &[u8]) -> Option<Digest> {
        let Key::Sm2(key) = &self.key else { return None };
        let mut hasher = Hasher::new(DigestAlgorithm::Sm3);
        hasher.update(&identity_digest(key, SM2_ID.as_bytes())?);
        hasher.update(bytes);
        Some(hasher.finish())
    }

    /// The digest algorithm that a bare PKCS#1 v1.5 value names inside (RFC 8017 9.2): what to verify it with. `None` for
    /// other keys, and for values that are none. Nothing is verified by this.
    #[must_use]
    pub fn pkcs1_digest(&self, value: &[u8]) -> Option<DigestAlgorithm> {
        let Key::Rsa(key, _) = &self.key else { return None };
        let number = rsa::BoxedUint::from_be_slice(value, key.n().bits_precision()).ok()?;
        if value.len() != key.size() || number >= **key.n() {
            return None;
        }
        let message = rsa::hazmat::rsa_encrypt(key, &number).ok()?.to_be_bytes();
        DigestAlgorithm::ALL.into_iter().find(|algorithm| {
            let prefix = digest_info_prefix(*algorithm);
            let info =
                prefix.len().checked_add(algorithm.length()).and_then(|length| message.len().checked_sub(length));
            info.and_then(|at| message.get(at..)).is_some_and(|info| info.starts_with(&prefix))
        })
    }

    /// The algorithm that this program signs with under such a key.
    #[must_use]
    pub fn default_algorithm(&self) -> SignatureAlgorithm {
        match &self.key {
            Key::Sm2(_) => SignatureAlgorithm::Sm2Sm3,
            Key::P256(_) => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
            Key::P384(_) => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384),
            Key::P521(_) => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512),
            Key::Rsa(_, RsaUse::Any) => SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
            Key::Rsa(_, RsaUse::PssAny) => SignatureAlgorithm::RsaPss { digest: DigestAlgorithm::Sha256, salt: 32 },
            Key::Rsa(_, RsaUse::Pss(digest, salt)) => SignatureAlgorithm::RsaPss { digest: *digest, salt: *salt },
            Key::Ed25519(_) => SignatureAlgorithm::Ed25519,
        }
    }

    /// Whether algorithm and key belong together.
    pub(crate) fn check_fit(&self, algorithm: SignatureAlgorithm) -> Result<(), VerifyError> {
        let fits = match (&self.key, algorithm) {
            (Key::Sm2(_), SignatureAlgorithm::Sm2Sm3) | (Key::Ed25519(_), SignatureAlgorithm::Ed25519) => true,
            (Key::P256(_) | Key::P384(_) | Key::P521(_), SignatureAlgorithm::Ecdsa(digest)) => {
                !matches!(digest, DigestAlgorithm::Sm3 | DigestAlgorithm::Md5)
            }
            (Key::Rsa(_, RsaUse::Any), SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss { .. })
            | (Key::Rsa(_, RsaUse::PssAny), SignatureAlgorithm::RsaPss { .. }) => true,
            // RFC 4055 3.3: the digest of the key, and a salt not shorter than the key asks for.
            (Key::Rsa(_, RsaUse::Pss(wanted, least)), SignatureAlgorithm::RsaPss { digest, salt }) => {
                digest == *wanted && salt >= *least
            }
            _ => false,
        };
        if fits { Ok(()) } else { Err(VerifyError::AlgorithmConfusion) }
    }

    /// The check itself, over the final digest. The fit has been checked.
    fn verify_prepared(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        value: &SignatureBytes,
    ) -> Result<(), VerifyError> {
        let bytes = value.as_bytes();
        match &self.key {
            Key::Sm2(key) => verify_sm2(key, digest, bytes),
            Key::P256(key) => verify_ecdsa(key, p256::ecdsa::Signature::from_slice, 32, digest, bytes),
            Key::P384(key) => verify_ecdsa(key, p384::ecdsa::Signature::from_slice, 48, digest, bytes),
            Key::P521(key) => verify_ecdsa(key, p521::ecdsa::Signature::from_slice, 66, digest, bytes),
            Key::Rsa(key, _) => verify_rsa(key, algorithm, digest, bytes),
            Key::Ed25519(_) => Err(VerifyError::Unsupported),
        }
    }
}

/// SubjectPublicKeyInfo of a point on a named curve (RFC 5480 2).
pub(crate) fn curve_spki(curve: &str, point: &[u8]) -> Vec<u8> {
    let algorithm = tlv(TAG_SEQUENCE, &[oid_der(EC_PUBLIC_KEY), oid_der(curve)].concat());
    let bits = tlv(TAG_BIT_STRING, &[&[0], point].concat());
    tlv(TAG_SEQUENCE, &[algorithm, bits].concat())
}

/// The named curve in the parameters.
fn curve(parameters: &[u8]) -> Result<String, KeyError> {
    if parameters.first() != Some(&TAG_OID) {
        return Err(KeyError::Unsupported("explicit curve parameters".to_owned()));
    }
    let oid: der::asn1::ObjectIdentifier = Decode::from_der(parameters).map_err(|_| KeyError::Malformed)?;
    Ok(oid.to_string())
}

fn curve_key(curve: &str, bits: &[u8]) -> Result<Key, KeyError> {
    // An OCTET STRING inside the BIT STRING, a known fault of writers, begins like a point and has another length: it is
    // refused below. Its first bytes prove nothing, one x in 256 looks the same.
    // SEC 1 2.3.3: uncompressed and compressed points alone.
    if !matches!(bits.first(), Some(2..=4)) {
        return Err(KeyError::Malformed);
    }
    match curve {
        SM2_CURVE => sm2::PublicKey::from_sec1_bytes(bits).map(Key::Sm2).map_err(|_| KeyError::Malformed),
        P256_CURVE => p256::ecdsa::VerifyingKey::from_sec1_bytes(bits).map(Key::P256).map_err(|_| KeyError::Malformed),
        P384_CURVE => p384::ecdsa::VerifyingKey::from_sec1_bytes(bits).map(Key::P384).map_err(|_| KeyError::Malformed),
        P521_CURVE => p521::ecdsa::VerifyingKey::from_sec1_bytes(bits).map(Key::P521).map_err(|_| KeyError::Malformed),
        other => Err(KeyError::Unsupported(other.to_owned())),
    }
}

/// `RSAPublicKey` (RFC 8017 A.1.1) of 1024 to 8192 bits; whether 1024 bits are enough is for the policy to say.
fn rsa_key(bits: &[u8]) -> Result<RsaPublicKey, KeyError> {
    let shape = rsa::pkcs1::RsaPublicKeyRef::from_der(bits).map_err(|_| KeyError::Malformed)?;
    // Longer exponents than 33 bits only cost time; the crate refuses them, and even or tiny ones.
    RsaPublicKey::from_pkcs1_der(bits).map_err(|_| {
        let modulus = shape.modulus.as_bytes();
        KeyError::Unsupported(format!("RSA of {} bytes, or a strange exponent", modulus.len()))
    })
}

fn rsa_use(oid: &str, parameters: Option<&[u8]>) -> Result<RsaUse, KeyError> {
    match (oid, parameters) {
        (RSASSA_PSS, None) => Ok(RsaUse::PssAny),
        (RSASSA_PSS, Some(parameters)) => {
            let (digest, salt) = identifier::read_pss(parameters).ok_or(KeyError::Malformed)?;
            Ok(RsaUse::Pss(digest, salt))
        }
        (_, None | Some([TAG_NULL, 0])) => Ok(RsaUse::Any),
        _ => Err(KeyError::Malformed),
    }
}

/// GB/T 32918.2 5.5: Z = SM3(ENTL || ID || a || b || xG || yG || xA || yA). `None` for an ID of 8192 bytes or more.
fn identity_digest(key: &sm2::PublicKey, id: &[u8]) -> Option<Vec<u8>> {
    /// a, b, xG and yG of GB/T 32918.5 clause 2.
    const CURVE: [u8; 128] = hex_array(
        b"FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC\
          28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93\
          32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7\
          BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0",
    );
    let bits = u16::try_from(id.len().checked_mul(8)?).ok()?;
    let point = sm2::elliptic_curve::sec1::ToSec1Point::to_sec1_point(key, false);
    let mut hasher = Hasher::new(DigestAlgorithm::Sm3);
    hasher.update(&bits.to_be_bytes());
    hasher.update(id);
    hasher.update(&CURVE);
    hasher.update(point.as_bytes().get(1..)?);
    Some(hasher.finish().as_bytes().to_vec())
}

/// Upper-case hexadecimal text to bytes, while compiling.
#[allow(clippy::indexing_slicing, reason = "runs while compiling: a wrong index does not compile")]
const fn hex_array(text: &[u8; 256]) -> [u8; 128] {
    const fn digit(c: u8) -> u8 {
        if c >= b'A' { c - b'A' + 10 } else { c - b'0' }
    }
    let mut out = [0; 128];
    let mut i = 0;
    while i < 128 {
        out[i] = digit(text[2 * i]) << 4 | digit(text[2 * i + 1]);
        i += 1;
    }
    out
}

/// GB/T 32918.2 7.1 over the final digest e. Range of r and s, and t = r + s = 0, are refused below.
fn verify_sm2(key: &sm2::PublicKey, digest: &[u8], value: &[u8]) -> Result<(), VerifyError> {
    let raw = read_pair(value, 32).ok_or(VerifyError::Malformed)?;
    let signature = sm2::dsa::Signature::from_slice(&raw).map_err(|_| VerifyError::Malformed)?;
    // 7.1 B5: t = (r + s) mod n must not be zero.
    if (*signature.r() + *signature.s()).is_zero().into() {
        return Err(VerifyError::Malformed);
    }
    sm2_equation(key, digest, &signature).then_some(()).ok_or(VerifyError::Mismatch)
}

/// GB/T 32918.2 7.1, B4 to B7, over the final digest. The crate's own check is made for secrets, in constant time; key,
/// digest and value are public, and its variable-time sum of multiples takes two thirds of the time.
fn sm2_equation(key: &sm2::PublicKey, digest: &[u8], signature: &sm2::dsa::Signature) -> bool {
    let Ok(digest) = sm2::FieldBytes::try_from(digest) else { return false };
    let (r, s) = (signature.r(), signature.s());
    let t = *r + *s;
    let terms = [(sm2::ProjectivePoint::generator(), *s), (key.to_projective(), t)];
    let point = sm2::ProjectivePoint::lincomb_vartime(&terms);
    if t.is_zero().into() || point.is_identity().into() {
        return false;
    }
    *r == sm2::Scalar::reduce(&digest) + sm2::Scalar::reduce(&point.to_affine().x())
}

/// FIPS 186-5 6.4.2 over the final digest; longer digests are cut to the size of n by the crate.
fn verify_ecdsa<S, K: PrehashVerifier<S>, E>(
    key: &K,
    read: impl Fn(&[u8]) -> Result<S, E>,
    size: usize,
    digest: &[u8],
    value: &[u8],
) -> Result<(), VerifyError> {
    let raw = read_pair(value, size).ok_or(VerifyError::Malformed)?;
    let signature = read(&raw).map_err(|_| VerifyError::Malformed)?;
    key.verify_prehash(digest, &signature).map_err(|_| VerifyError::Mismatch)
}

/// RFC 8017 8.1.2 and 8.2.2. The value must be as long as the modulus.
fn verify_rsa(
    key: &RsaPublicKey,
    algorithm: SignatureAlgorithm,
    digest: &[u8],
    value: &[u8],
) -> Result<(), VerifyError> {
    if value.len() != key.size() {
        return Err(VerifyError::Malformed);
    }
    let result = match algorithm {
        SignatureAlgorithm::RsaPkcs1(algorithm) => {
            let prefix = digest_info_prefix(algorithm).into_boxed_slice();
            key.verify(Pkcs1v15Sign { hash_len: Some(algorithm.length()), prefix }, digest, value)
        }
        SignatureAlgorithm::RsaPss { digest: algorithm, salt } if salt <= MAX_SALT => match algorithm {
            DigestAlgorithm::Sm3 => key.verify(Pss::<sm3::Sm3>::new_with_salt(salt), digest, value),
            DigestAlgorithm::Sha224 => key.verify(Pss::<sha2::Sha224>::new_with_salt(salt), digest, value),
            DigestAlgorithm::Sha256 => key.verify(Pss::<sha2::Sha256>::new_with_salt(salt), digest, value),
            DigestAlgorithm::Sha384 => key.verify(Pss::<sha2::Sha384>::new_with_salt(salt), digest, value),
            DigestAlgorithm::Sha512 => key.verify(Pss::<sha2::Sha512>::new_with_salt(salt), digest, value),
            DigestAlgorithm::Sha1 => key.verify(Pss::<sha1::Sha1>::new_with_salt(salt), digest, value),
            DigestAlgorithm::Md5 => return Err(VerifyError::Unsupported),
        },
        SignatureAlgorithm::RsaPss { .. } => return Err(VerifyError::Malformed),
        _ => return Err(VerifyError::AlgorithmConfusion),
    };
    result.map_err(|_| VerifyError::Mismatch)
}

/// DER of `DigestInfo` up to the digest (RFC 8017 9.2, note 1).
fn digest_info_prefix(algorithm: DigestAlgorithm) -> Vec<u8> {
    let identifier = tlv(TAG_SEQUENCE, &[oid_der(algorithm.oid()), vec![TAG_NULL, 0]].concat());
    let digest = tlv(TAG_OCTET_STRING, &vec![0; algorithm.length()]);
    let mut info = tlv(TAG_SEQUENCE, &[identifier, digest].concat());
    info.truncate(info.len().saturating_sub(algorithm.length()));
    info
}

/// RFC 8032 5.1.7, without the weak keys and the two ways of reading s.
fn verify_ed25519(
    key: &ed25519_dalek::VerifyingKey,
    message: &[u8],
    value: &SignatureBytes,
) -> Result<(), VerifyError> {
    let signature = ed25519_dalek::Signature::from_slice(value.as_bytes()).map_err(|_| VerifyError::Malformed)?;
    key.verify_strict(message, &signature).map_err(|_| VerifyError::Mismatch)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::crypto::key::{Key, identity_digest};
    use crate::crypto::{
        DigestAlgorithm, Hasher, KeyError, MessageHasher, PublicKey, SignatureAlgorithm, SignatureBytes, VerifyError,
    };

    fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().map(|c| char::from(c).to_digit(16).unwrap() as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../tests/data/sm2-vectors.json")).unwrap()
    }

    fn text<'a>(value: &'a Value, name: &str) -> &'a str {
        value[name].as_str().unwrap()
    }

    /// GB/T 32918.5 annex A: Z, e and the signature of "message digest", as far as the standard prints them.
    #[test]
    fn annex_a() {
        let file = vectors();
        let key = PublicKey::from_spki(&unhex(text(&file, "publicKeyDer"))).unwrap();
        let Key::Sm2(point) = &key.key else { panic!("not SM2") };
        let z = identity_digest(point, b"1234567812345678").unwrap();
        assert_eq!(z, unhex("b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"));
        let e = key.z_prefixed_digest(b"message digest").unwrap();
        assert_eq!(e.to_hex(), "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640");
        let value = SignatureBytes::from_raw(&unhex(concat!(
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3",
            "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
        )))
        .unwrap();
        assert_eq!(key.verify(SignatureAlgorithm::Sm2Sm3, b"message digest", &value), Ok(()));
        assert_eq!(key.verify_bare_digest(SignatureAlgorithm::Sm2Sm3, &e, &value), Ok(()));
    }

    #[test]
    fn all_shared_vectors() {
        let file = vectors();
        let key = PublicKey::from_spki(&unhex(text(&file, "publicKeyDer"))).unwrap();
        let Key::Sm2(point) = &key.key else { panic!("not SM2") };
        let tests = file["tests"].as_array().unwrap();
        assert_eq!(tests.len(), 37);
        for test in tests {
            let z = identity_digest(point, &unhex(text(test, "id_hex"))).unwrap();
            let mut message = MessageHasher::new(SignatureAlgorithm::Sm2Sm3, &z);
            message.update(&unhex(text(test, "msg_hex")));
            let value = SignatureBytes::new(unhex(text(test, "sig_hex")));
            let valid = key.verify_digest(message, &value).is_ok();
            assert_eq!(valid, text(test, "result") == "valid", "{}", text(test, "comment"));
        }
    }

    #[test]
    fn an_identifier_too_long_has_no_z() {
        let key = PublicKey::from_spki(&unhex(text(&vectors(), "publicKeyDer"))).unwrap();
        let Key::Sm2(point) = &key.key else { panic!("not SM2") };
        assert!(identity_digest(point, &[b'x'; 8191]).is_some());
        assert!(identity_digest(point, &[b'x'; 8192]).is_none());
    }

    #[test]
    fn an_algorithm_of_another_key_is_confusion() {
        let key = PublicKey::from_spki(&unhex(text(&vectors(), "publicKeyDer"))).unwrap();
        let value = SignatureBytes::from_raw(&[1; 64]).unwrap();
        let ecdsa = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
        assert_eq!(key.verify(ecdsa, b"m", &value), Err(VerifyError::AlgorithmConfusion));
        let sha256 = DigestAlgorithm::Sha256.digest(b"m");
        let bare = key.verify_bare_digest(SignatureAlgorithm::Sm2Sm3, &sha256, &value);
        assert_eq!(bare, Err(VerifyError::AlgorithmConfusion));
        assert_eq!(key.verify(SignatureAlgorithm::Sm2Sm3, b"m", &value), Err(VerifyError::Mismatch));
    }

    #[test]
    fn broken_keys_are_refused() {
        let good = unhex(text(&vectors(), "publicKeyDer"));
        assert_eq!(PublicKey::from_spki(&good).unwrap().spki(), good);
        for length in 0..good.len() {
            assert!(PublicKey::from_spki(&good[..length]).is_err(), "{length}");
        }
        let mut off_curve = good.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        assert_eq!(PublicKey::from_spki(&off_curve), Err(KeyError::Malformed));
        let mut trailing = good.clone();
        trailing.push(0);
        assert_eq!(PublicKey::from_spki(&trailing), Err(KeyError::Malformed));
        let point = &good[good.len() - 65..];
        assert_eq!(PublicKey::from_sm2_point(point).unwrap(), PublicKey::from_spki(&good).unwrap());
    }

    /// RFC 5480 2.1.1: specifiedCurve is not used; CVE-2020-0601 is why.
    #[test]
    fn explicit_parameters_are_refused() {
        let der = [0x30, 20, 0x30, 13, 6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1, 0x30, 2, 5, 0, 3, 3, 0, 4, 4];
        assert!(matches!(PublicKey::from_spki(&der), Err(KeyError::Unsupported(_))));
    }

    #[test]
    fn a_stream_is_its_message() {
        let key = PublicKey::from_spki(&unhex(text(&vectors(), "publicKeyDer"))).unwrap();
        let whole = key.z_prefixed_digest(b"message digest").unwrap();
        let Key::Sm2(point) = &key.key else { panic!("not SM2") };
        let mut hasher = Hasher::new(DigestAlgorithm::Sm3);
        hasher.update(&identity_digest(point, b"1234567812345678").unwrap());
        b"message digest".iter().for_each(|byte| hasher.update(&[*byte]));
        assert_eq!(hasher.finish(), whole);
    }
}
