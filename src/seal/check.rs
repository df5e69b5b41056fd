//! Checking of a seal by itself: the maker's signature and the list of holders. Paths, times and revocation are judged
//! in `verify`.

use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm, SignatureBytes, VerifyError};
use crate::pki::Certificate;
use crate::seal::{CertList, Seal, SealError};

/// How a signature value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueForm {
    /// As the standard says (GB/T 35276 7.3), or the bare value of RSA.
    Standard,
    /// 64 bytes `r || s`: a finding VALUE_RAW.
    Raw,
}

/// A seal whose maker's signature is good (GM/T 0031-2014 6.1.2 a and b). Nothing is said of the maker's certificate.
#[derive(Clone, Debug)]
pub struct VerifiedSeal {
    seal: Seal,
    maker: Certificate,
    form: ValueForm,
    algorithm: SignatureAlgorithm,
}

impl VerifiedSeal {
    /// The seal.
    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The maker's certificate.
    #[must_use]
    pub fn maker(&self) -> &Certificate {
        &self.maker
    }

    /// How the value is written.
    #[must_use]
    pub fn value_form(&self) -> ValueForm {
        self.form
    }

    /// The algorithm that it was signed with.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}

/// Whether a certificate may sign with a seal (GB/T 38540-2020, check of a signature, step 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// It is in the list, byte for byte or by its digest.
    Yes,
    /// It is not.
    No,
    /// Its digest with the Z value in front is in the list: not standard.
    ZPrefixedDigest,
    /// The list cannot be read, or names digests that this program does not know.
    Unknown,
}

impl Seal {
    /// Checks the maker's signature over the bytes as stored.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn verify_maker(&self) -> Result<VerifiedSeal, SealError> {
        let maker = Certificate::from_der(self.maker_certificate()).map_err(SealError::MakerCertificate)?;
        let key = maker.public_key().map_err(SealError::MakerKey)?;
        // GM/T 0031-2014 names the algorithm by a bare OID; a key's OID with SM2 can only mean SM3.
        let digest = key.is_sm2().then_some(DigestAlgorithm::Sm3);
        let algorithm = SignatureAlgorithm::from_oid(self.algorithm(), digest)
            .ok_or_else(|| SealError::UnknownAlgorithm { oid: self.algorithm().to_owned() })?;
        let form =
            verify_value(&key, algorithm, self.signed_bytes(), self.signed_value()).map_err(SealError::Signature)?;
        Ok(VerifiedSeal { seal: self.clone(), maker, form, algorithm })
    }

    /// Whether this certificate may sign with the seal.
    #[must_use]
    pub fn lists_certificate(&self, der: &[u8]) -> Listed {
        match self.list() {
            CertList::Unreadable => Listed::Unknown,
            CertList::Certificates(list) => {
                if list.iter().any(|item| item == der) {
                    Listed::Yes
                } else {
                    Listed::No
                }
            }
            CertList::Digests(list) => {
                let mut outcome = Listed::No;
                for item in list {
                    let Some(algorithm) = digest_algorithm(&item.algorithm) else {
                        outcome = Listed::Unknown;
                        continue;
                    };
                    if algorithm.digest(der).as_bytes() == item.value {
                        return Listed::Yes;
                    }
                    if algorithm == DigestAlgorithm::Sm3 && is_z_prefixed(der, &item.value) {
                        return Listed::ZPrefixedDigest;
                    }
                }
                outcome
            }
        }
    }
}

/// A value in strict form first; then, for SM2 alone, 64 raw bytes, as a real government file carries them.
pub(in crate::seal) fn verify_value(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    value: &[u8],
) -> Result<ValueForm, VerifyError> {
    let strict = key.verify(algorithm, message, &SignatureBytes::new(value.to_vec()));
    if strict == Err(VerifyError::Malformed)
        && algorithm == SignatureAlgorithm::Sm2Sm3
        && let Some(raw) = SignatureBytes::from_raw(value)
    {
        return key.verify(algorithm, message, &raw).map(|()| ValueForm::Raw);
    }
    strict.map(|()| ValueForm::Standard)
}

/// `CertDigestObj.type` is free text: names with and without hyphen, in either case, and object identifiers.
fn digest_algorithm(text: &str) -> Option<DigestAlgorithm> {
    let packed: String =
        text.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).collect::<String>().to_ascii_uppercase();
    match packed.as_str() {
        "SM3" => Some(DigestAlgorithm::Sm3),
        "SHA1" => Some(DigestAlgorithm::Sha1),
        "SHA224" => Some(DigestAlgorithm::Sha224),
        "SHA256" => Some(DigestAlgorithm::Sha256),
        "SHA384" => Some(DigestAlgorithm::Sha384),
        "SHA512" => Some(DigestAlgorithm::Sha512),
        // MD5 names nobody: a second certificate with the same digest is made in seconds.
        _ => DigestAlgorithm::from_oid(text).filter(|algorithm| *algorithm != DigestAlgorithm::Md5),
    }
}

/// SM3(Z || certificate) with the Z of the certificate's own key.
fn is_z_prefixed(der: &[u8], value: &[u8]) -> bool {
    let key = Certificate::from_der(der).ok().and_then(|certificate| certificate.public_key().ok());
    key.and_then(|key| key.z_prefixed_digest(der)).is_some_and(|digest| digest.as_bytes() == value)
}
