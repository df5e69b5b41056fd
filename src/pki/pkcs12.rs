//! PKCS#12 key files (RFC 7292), in BER: the files of Chinese CAs have indefinite lengths inside and out.
//!
//! The integrity code comes first: a file without one is refused, so a wrong password and a damaged file are found
//! before anything is decrypted.

use hmac::{Hmac, KeyInit, Mac};

use crate::crypto::{
    DigestAlgorithm, KeyError, Pkcs12Cipher, Pkcs12Password, PrivateKey, SecretBytes, decrypt_pbes2, derive_key,
};
use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, Tlv, tag};
use crate::pki::{Certificate, CertificateError};

/// Most iterations of key derivation in one file, all of them together.
const ITERATIONS: u64 = 10_000_000;
/// Most bags of one file.
const BAGS: usize = 1_000;

/// What a key file holds.
pub struct KeyFile {
    /// Private keys, in the order of the file.
    pub keys: Vec<PrivateKey>,
    /// Certificates, in the order of the file.
    pub certificates: Vec<Certificate>,
}

/// Why a key file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs12Error {
    /// Not of this format.
    #[error("not a PKCS#12 file: {0}")]
    Structure(#[from] BerError),
    /// Without integrity code.
    #[error("the PKCS#12 file has no integrity code")]
    NoMac,
    /// The integrity code does not fit.
    #[error("wrong password or damaged file")]
    WrongPassword,
    /// An algorithm that is not known here.
    #[error("unsupported algorithm {0} in the PKCS#12 file")]
    Unsupported(String),
    /// More work than a file may ask for.
    #[error("the PKCS#12 file asks for more than {ITERATIONS} iterations, or is too large")]
    TooCostly,
    /// A key inside is not usable.
    #[error(transparent)]
    Key(KeyError),
    /// A certificate inside is not readable.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl From<KeyError> for Pkcs12Error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::WrongPassphrase => Pkcs12Error::WrongPassword,
            other => Pkcs12Error::Key(other),
        }
    }
}

/// Reads a key file.
///
/// ```text
/// PFX ::= SEQUENCE { version INTEGER (3), authSafe ContentInfo, macData MacData OPTIONAL }
/// ```
///
/// # Errors
/// [`Pkcs12Error`].
pub fn read(bytes: &[u8], password: &SecretBytes) -> Result<KeyFile, Pkcs12Error> {
    if bytes.len() as u64 > VALUE_BYTES {
        return Err(Pkcs12Error::TooCostly);
    }
    let mut outer = Reader::new(bytes, Encoding::Ber);
    let mut pfx = outer.enter(tag::SEQUENCE)?;
    if pfx.expect(tag::INTEGER)?.unsigned()? != 3 {
        return Err(BerError::Content.into());
    }
    let (kind, content) = content_info(&mut pfx)?;
    if kind != DATA {
        return Err(Pkcs12Error::Unsupported(kind));
    }
    let safe = octets(&pfx, &content.ok_or(BerError::Truncated)?)?;
    let wide = Pkcs12Password::of(password)?;
    let mut file = File { password, wide, left: ITERATIONS, bags: 0, keys: Vec::new(), certificates: Vec::new() };
    let mac = pfx.optional(tag::SEQUENCE)?.ok_or(Pkcs12Error::NoMac)?;
    file.check_mac(&mut pfx.inside(&mac)?, &safe)?;
    let mut safes = Reader::new(&safe, Encoding::Ber);
    let mut safes = safes.enter(tag::SEQUENCE)?;
    while !safes.is_empty() {
        file.safe(&mut safes)?;
    }
    Ok(KeyFile { keys: file.keys, certificates: file.certificates })
}

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERT_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";
/// PBES2 (RFC 8018 A.4), and the same scheme by GM/T 0091-2020.
const PBES2: [&str; 2] = ["1.2.840.113549.1.5.13", "1.2.156.10197.6.1.4.1.5.2"];
/// PBKDF2 (RFC 8018 A.2), and the same function by GM/T 0091-2020.
const PBKDF2: [&str; 2] = ["1.2.840.113549.1.5.12", "1.2.156.10197.6.1.4.1.5.1"];
/// PBMAC1 (RFC 8018 A.5).
const PBMAC1: &str = "1.2.840.113549.1.5.14";

struct File<'a> {
    password: &'a SecretBytes,
    /// The same as this format takes it.
    wide: Pkcs12Password,
    left: u64,
    bags: usize,
    keys: Vec<PrivateKey>,
    certificates: Vec<Certificate>,
}

impl File<'_> {
    /// Counts iterations before they are run, each as often as it is run.
    fn spend(&mut self, iterations: u64, runs: u64) -> Result<u32, Pkcs12Error> {
        let cost = iterations.saturating_mul(runs);
        self.left = self.left.checked_sub(cost).ok_or(Pkcs12Error::TooCostly)?;
        if iterations == 0 {
            return Err(BerError::Content.into());
        }
        u32::try_from(iterations).map_err(|_| Pkcs12Error::TooCostly)
    }

    /// `MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }` (RFC 7292 4,
    /// appendix B.4: key of ID 3 and of the digest's length).
    fn check_mac(&mut self, mac: &mut Reader<'_>, safe: &[u8]) -> Result<(), Pkcs12Error> {
        let mut info = mac.enter(tag::SEQUENCE)?;
        let mut algorithm = info.enter(tag::SEQUENCE)?;
        let oid = algorithm.expect(tag::OID)?.oid()?;
        let value = info.next()?;
        let value = octets(&info, &value)?;
        let salt = mac.next()?;
        let salt = octets(mac, &salt)?;
        if oid == PBMAC1 {
            return self.check_pbmac1(&mut algorithm, safe, &value);
        }
        let iterations = mac.optional(tag::INTEGER)?.map(|n| n.unsigned()).transpose()?.unwrap_or(1);
        let digest = DigestAlgorithm::from_oid(&oid).ok_or_else(|| Pkcs12Error::Unsupported(oid.clone()))?;
        let iterations = self.spend(iterations, 1)?;
        let key = self.wide.derive(digest, 3, (&salt, iterations), digest.length())?;
        if mac_fits(digest, &key, safe, &value).ok_or_else(|| Pkcs12Error::Unsupported(oid.clone()))? {
            return Ok(());
        }
        // An empty password is written with its zero at the end, or as nothing at all.
        if self.password.expose().is_empty() {
            let absent = Pkcs12Password::absent();
            self.spend(u64::from(iterations), 1)?;
            let key = absent.derive(digest, 3, (&salt, iterations), digest.length())?;
            if mac_fits(digest, &key, safe, &value) == Some(true) {
                self.wide = absent;
                return Ok(());
            }
        }
        Err(Pkcs12Error::WrongPassword)
    }

    /// RFC 9579: `PBMAC1-params ::= SEQUENCE { keyDerivationFunc, messageAuthScheme }` (RFC 8018 A.5), the password as
    /// UTF-8, the length of the key in the parameters of PBKDF2; salt and iterations of MacData are not used.
    fn check_pbmac1(&mut self, algorithm: &mut Reader<'_>, safe: &[u8], value: &[u8]) -> Result<(), Pkcs12Error> {
        let mut parameters = algorithm.enter(tag::SEQUENCE)?;
        self.spend_pbkdf2(&mut parameters.clone())?;
        let derivation = parameters.expect(tag::SEQUENCE)?;
        let scheme = parameters.enter(tag::SEQUENCE)?.expect(tag::OID)?.oid()?;
        let digest = match scheme.as_str() {
            "1.2.840.113549.2.7" => DigestAlgorithm::Sha1,
            "1.2.840.113549.2.8" => DigestAlgorithm::Sha224,
            "1.2.840.113549.2.9" => DigestAlgorithm::Sha256,
            "1.2.840.113549.2.10" => DigestAlgorithm::Sha384,
            "1.2.840.113549.2.11" => DigestAlgorithm::Sha512,
            "1.2.156.10197.1.401.2" | "1.2.156.10197.1.401.3.1" => DigestAlgorithm::Sm3,
            _ => return Err(Pkcs12Error::Unsupported(scheme)),
        };
        let key = derive_key(derivation.bytes, self.password, None)?;
        // RFC 9579 3: a key of fewer than 20 bytes is refused.
        if key.len() < 20 {
            return Err(Pkcs12Error::Unsupported(format!("PBMAC1 with a key of {} bytes", key.len())));
        }
        if mac_fits(digest, &key, safe, value) == Some(true) { Ok(()) } else { Err(Pkcs12Error::WrongPassword) }
    }

    /// One ContentInfo of the AuthenticatedSafe, plain or encrypted (RFC 7292 4.1).
    fn safe(&mut self, safes: &mut Reader<'_>) -> Result<(), Pkcs12Error> {
        let mut info = safes.enter(tag::SEQUENCE)?;
        let kind = info.expect(tag::OID)?.oid()?;
        let content = info.next()?;
        let mut content = info.inside(&content)?;
        let plain = match kind.as_str() {
            DATA => SecretBytes::new(octets(&content, &content.clone().next()?)?),
            ENCRYPTED_DATA => {
                // RFC 5652 8: EncryptedData { version, EncryptedContentInfo { type, algorithm, [0] IMPLICIT content } }
                let mut data = content.enter(tag::SEQUENCE)?;
                data.expect(tag::INTEGER)?;
                let mut encrypted = data.enter(tag::SEQUENCE)?;
                encrypted.expect(tag::OID)?;
                let algorithm = encrypted.expect(tag::SEQUENCE)?;
                let text = encrypted.next()?;
                let text = octets(&encrypted, &text)?;
                self.decrypt(&algorithm, &text)?
            }
            _ => return Err(Pkcs12Error::Unsupported(kind)),
        };
        let mut bags = Reader::new(plain.expose(), Encoding::Ber);
        let mut bags = bags.enter(tag::SEQUENCE)?;
        while !bags.is_empty() {
            self.bag(&mut bags)?;
        }
        Ok(())
    }

    /// `SafeBag ::= SEQUENCE { bagId, bagValue [0] EXPLICIT ANY, bagAttributes SET OPTIONAL }` (RFC 7292 4.2).
    fn bag(&mut self, bags: &mut Reader<'_>) -> Result<(), Pkcs12Error> {
        self.bags += 1;
        if self.bags > BAGS {
            return Err(Pkcs12Error::TooCostly);
        }
        let mut bag = bags.enter(tag::SEQUENCE)?;
        let kind = bag.expect(tag::OID)?.oid()?;
        let mut value = bag.enter(tag::context(0))?;
        match kind.as_str() {
            KEY_BAG => self.keys.push(PrivateKey::from_der(value.expect(tag::SEQUENCE)?.bytes)?),
            SHROUDED_KEY_BAG => {
                let mut info = value.enter(tag::SEQUENCE)?;
                let algorithm = info.expect(tag::SEQUENCE)?;
                let text = info.next()?;
                let text = octets(&info, &text)?;
                let plain = self.decrypt(&algorithm, &text)?;
                self.keys.push(PrivateKey::from_der(plain.expose())?);
            }
            CERT_BAG => {
                let mut cert = value.enter(tag::SEQUENCE)?;
                if cert.expect(tag::OID)?.oid()? == X509_CERTIFICATE {
                    let mut inside = cert.enter(tag::context(0))?;
                    let der = inside.next()?;
                    self.certificates.push(Certificate::from_der(&octets(&inside, &der)?)?);
                }
            }
            // Lists, secrets and nested safes are of no use here.
            _ => {}
        }
        Ok(())
    }

    fn decrypt(&mut self, algorithm: &Tlv<'_>, text: &[u8]) -> Result<SecretBytes, Pkcs12Error> {
        let mut parts = Reader::new(algorithm.content, Encoding::Ber);
        let oid = parts.expect(tag::OID)?.oid()?;
        let mut parameters = parts.enter(tag::SEQUENCE)?;
        if PBES2.contains(&oid.as_str()) {
            self.spend_pbkdf2(&mut parameters)?;
            return Ok(decrypt_pbes2(algorithm.bytes, text, self.password)?);
        }
        let cipher = Pkcs12Cipher::from_oid(&oid).ok_or(Pkcs12Error::Unsupported(oid))?;
        let salt = parameters.next()?;
        let salt = octets(&parameters, &salt)?;
        let iterations = parameters.expect(tag::INTEGER)?.unsigned()?;
        let iterations = self.spend(iterations, 3)?;
        Ok(cipher.decrypt(&self.wide, (&salt, iterations), text)?)
    }

    /// Counts the iterations of PBKDF2 before they are run (RFC 8018 A.2); scrypt and others are refused here.
    fn spend_pbkdf2(&mut self, parameters: &mut Reader<'_>) -> Result<(), Pkcs12Error> {
        let mut kdf = parameters.enter(tag::SEQUENCE)?;
        let oid = kdf.expect(tag::OID)?.oid()?;
        if !PBKDF2.contains(&oid.as_str()) {
            return Err(Pkcs12Error::Unsupported(oid));
        }
        let mut inside = kdf.enter(tag::SEQUENCE)?;
        inside.expect(tag::OCTET_STRING)?;
        let iterations = inside.expect(tag::INTEGER)?.unsigned()?;
        self.spend(iterations, 1).map(|_| ())
    }
}

/// Whether the code is that of the message; `None` for a digest without use here.
fn mac_fits(digest: DigestAlgorithm, key: &[u8], message: &[u8], value: &[u8]) -> Option<bool> {
    fn fits<M: Mac + KeyInit>(key: &[u8], message: &[u8], value: &[u8]) -> bool {
        <M as KeyInit>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(message).verify_slice(value).is_ok())
    }
    match digest {
        DigestAlgorithm::Sha1 => Some(fits::<Hmac<sha1::Sha1>>(key, message, value)),
        DigestAlgorithm::Sha224 => Some(fits::<Hmac<sha2::Sha224>>(key, message, value)),
        DigestAlgorithm::Sha256 => Some(fits::<Hmac<sha2::Sha256>>(key, message, value)),
        DigestAlgorithm::Sha384 => Some(fits::<Hmac<sha2::Sha384>>(key, message, value)),
        DigestAlgorithm::Sha512 => Some(fits::<Hmac<sha2::Sha512>>(key, message, value)),
        DigestAlgorithm::Sm3 => Some(fits::<Hmac<sm3::Sm3>>(key, message, value)),
        DigestAlgorithm::Md5 => None,
    }
}

/// `ContentInfo ::= SEQUENCE { contentType, content [0] EXPLICIT ANY }`: the type and the value inside.
fn content_info<'a>(reader: &mut Reader<'a>) -> Result<(String, Option<Tlv<'a>>), BerError> {
    let mut info = reader.enter(tag::SEQUENCE)?;
    let kind = info.expect(tag::OID)?.oid()?;
    let content = match info.optional(tag::context(0))? {
        Some(value) => Some(info.inside(&value)?.next()?),
        None => None,
    };
    Ok((kind, content))
}

/// Contents of an OCTET STRING (also under an implicit tag), its pieces put together (X.690 8.7.3). Pieces of pieces
/// are not read.
fn octets(reader: &Reader<'_>, value: &Tlv<'_>) -> Result<Vec<u8>, BerError> {
    if value.tag & 0x20 == 0 {
        return Ok(value.content.to_vec());
    }
    let mut pieces = reader.inside(value)?;
    let mut out = Vec::new();
    while !pieces.is_empty() {
        out.extend_from_slice(pieces.expect(tag::OCTET_STRING)?.content);
    }
    Ok(out)
}
