//! PKCS#12 key files (RFC 7292), in BER: the files of Chinese CAs have indefinite lengths inside and out.
//!
//! The integrity code comes first: a file without one is refused, so a wrong password and a damaged file are found
//! before anything is decrypted.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit, KeyIvInit};
use der::Decode;
use hmac::{Hmac, KeyInit, Mac};
use pkcs8::pkcs5::EncryptionScheme;

use crate::crypto::{DigestAlgorithm, KeyError, PrivateKey, SecretBytes};
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
    Key(#[from] KeyError),
    /// A certificate inside is not readable.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
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
    let mut file = File { password, left: ITERATIONS, bags: 0, keys: Vec::new(), certificates: Vec::new() };
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
const PBE_SHA1_3DES: &str = "1.2.840.113549.1.12.1.3";
const PBE_SHA1_RC2_40: &str = "1.2.840.113549.1.12.1.6";
const PBES2: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";

struct File<'a> {
    password: &'a SecretBytes,
    left: u64,
    bags: usize,
    keys: Vec<PrivateKey>,
    certificates: Vec<Certificate>,
}

impl File<'_> {
    fn spend(&mut self, iterations: u64) -> Result<u64, Pkcs12Error> {
        self.left = self.left.checked_sub(iterations).ok_or(Pkcs12Error::TooCostly)?;
        if iterations == 0 { Err(BerError::Content.into()) } else { Ok(iterations) }
    }

    /// `MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }` (RFC 7292 4,
    /// appendix B.4: key of ID 3 and of the digest's length).
    fn check_mac(&mut self, mac: &mut Reader<'_>, safe: &[u8]) -> Result<(), Pkcs12Error> {
        let mut info = mac.enter(tag::SEQUENCE)?;
        let oid = info.enter(tag::SEQUENCE)?.expect(tag::OID)?.oid()?;
        let value = info.next()?;
        let value = octets(&info, &value)?;
        let salt = mac.next()?;
        let salt = octets(mac, &salt)?;
        let iterations = mac.optional(tag::INTEGER)?.map(|n| n.unsigned()).transpose()?.unwrap_or(1);
        let iterations = self.spend(iterations)?;
        let digest = DigestAlgorithm::from_oid(&oid).ok_or_else(|| Pkcs12Error::Unsupported(oid.clone()))?;
        let key = derive(digest, self.password, &salt, 3, (iterations, digest.length()))?;
        let fits = match digest {
            DigestAlgorithm::Sha1 => mac_fits::<Hmac<sha1::Sha1>>(&key, safe, &value),
            DigestAlgorithm::Sha256 => mac_fits::<Hmac<sha2::Sha256>>(&key, safe, &value),
            DigestAlgorithm::Sha384 => mac_fits::<Hmac<sha2::Sha384>>(&key, safe, &value),
            DigestAlgorithm::Sha512 => mac_fits::<Hmac<sha2::Sha512>>(&key, safe, &value),
            DigestAlgorithm::Sm3 => mac_fits::<Hmac<sm3::Sm3>>(&key, safe, &value),
            _ => return Err(Pkcs12Error::Unsupported(oid)),
        };
        if fits { Ok(()) } else { Err(Pkcs12Error::WrongPassword) }
    }

    /// One ContentInfo of the AuthenticatedSafe, plain or encrypted (RFC 7292 4.1).
    fn safe(&mut self, safes: &mut Reader<'_>) -> Result<(), Pkcs12Error> {
        let mut info = safes.enter(tag::SEQUENCE)?;
        let kind = info.expect(tag::OID)?.oid()?;
        let content = info.next()?;
        let mut content = info.inside(&content)?;
        let plain = match kind.as_str() {
            DATA => octets(&content, &content.clone().next()?)?,
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
        let mut bags = Reader::new(&plain, Encoding::Ber);
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
                let plain = SecretBytes::new(self.decrypt(&algorithm, &text)?);
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

    fn decrypt(&mut self, algorithm: &Tlv<'_>, text: &[u8]) -> Result<Vec<u8>, Pkcs12Error> {
        let mut parts = Reader::new(algorithm.content, Encoding::Ber);
        let oid = parts.expect(tag::OID)?.oid()?;
        let mut parameters = parts.enter(tag::SEQUENCE)?;
        if oid == PBES2 {
            self.spend_pbes2(&mut parameters)?;
            let scheme = EncryptionScheme::from_der(algorithm.bytes).map_err(|_| Pkcs12Error::Unsupported(oid))?;
            return scheme.decrypt(self.password.expose(), text).map_err(|_| Pkcs12Error::WrongPassword);
        }
        let salt = parameters.next()?;
        let salt = octets(&parameters, &salt)?;
        let iterations = parameters.expect(tag::INTEGER)?.unsigned()?;
        // RFC 7292 appendix C: keys of ID 1, initial values of ID 2.
        let size = match oid.as_str() {
            PBE_SHA1_3DES => 24,
            PBE_SHA1_RC2_40 => 5,
            _ => return Err(Pkcs12Error::Unsupported(oid)),
        };
        let iterations = self.spend(iterations.saturating_mul(2))? / 2;
        let key = derive(DigestAlgorithm::Sha1, self.password, &salt, 1, (iterations, size))?;
        let iv = derive(DigestAlgorithm::Sha1, self.password, &salt, 2, (iterations, 8))?;
        let plain = if size == 24 {
            cbc::Decryptor::<des::TdesEde3>::new_from_slices(&key, &iv)
                .ok()
                .and_then(|cipher| cipher.decrypt_padded::<Pkcs7>(&mut text.to_vec()).ok().map(<[u8]>::to_vec))
        } else {
            cbc::Decryptor::inner_iv_slice_init(rc2::Rc2::new_with_eff_key_len(&key, 40), &iv)
                .ok()
                .and_then(|cipher| cipher.decrypt_padded::<Pkcs7>(&mut text.to_vec()).ok().map(<[u8]>::to_vec))
        };
        plain.ok_or(Pkcs12Error::WrongPassword)
    }

    /// Counts the iterations of PBKDF2 before they are run (RFC 8018 A.2); scrypt and others are refused here.
    fn spend_pbes2(&mut self, parameters: &mut Reader<'_>) -> Result<(), Pkcs12Error> {
        let mut kdf = parameters.enter(tag::SEQUENCE)?;
        let oid = kdf.expect(tag::OID)?.oid()?;
        if oid != PBKDF2 {
            return Err(Pkcs12Error::Unsupported(oid));
        }
        let mut inside = kdf.enter(tag::SEQUENCE)?;
        inside.expect(tag::OCTET_STRING)?;
        let iterations = inside.expect(tag::INTEGER)?.unsigned()?;
        self.spend(iterations).map(|_| ())
    }
}

fn mac_fits<M: Mac + KeyInit>(key: &[u8], message: &[u8], value: &[u8]) -> bool {
    <M as KeyInit>::new_from_slice(key).is_ok_and(|mac| mac.chain_update(message).verify_slice(value).is_ok())
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

/// Key derivation of RFC 7292 appendix B.2. All digests here have blocks of 64 bytes up to SHA-256 and SM3, of 128
/// above.
fn derive(
    digest: DigestAlgorithm,
    password: &SecretBytes,
    salt: &[u8],
    id: u8,
    (iterations, size): (u64, usize),
) -> Result<Vec<u8>, Pkcs12Error> {
    let block = if digest.length() > 32 { 128 } else { 64 };
    let text = std::str::from_utf8(password.expose()).map_err(|_| Pkcs12Error::WrongPassword)?;
    // Appendix B.1: BMPString with a zero at the end.
    let password: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let fill = |bytes: &[u8]| -> Vec<u8> {
        let size = bytes.len().div_ceil(block) * block;
        bytes.iter().copied().cycle().take(size).collect()
    };
    let mut input = [fill(salt), fill(&password)].concat();
    let mut out = Vec::new();
    loop {
        let mut a = digest.digest(&[vec![id; block], input.clone()].concat()).as_bytes().to_vec();
        for _ in 1..iterations {
            a = digest.digest(&a).as_bytes().to_vec();
        }
        out.extend_from_slice(&a);
        if out.len() >= size {
            out.truncate(size);
            return Ok(out);
        }
        // Step 6 C: each block of the input becomes itself + B + 1 modulo 2^(8 * block).
        let b: Vec<u8> = a.iter().copied().cycle().take(block).collect();
        for piece in input.chunks_mut(block) {
            let mut carry = 1_u16;
            for (x, y) in piece.iter_mut().zip(&b).rev() {
                carry += u16::from(*x) + u16::from(*y);
                *x = (carry & 0xFF) as u8;
                carry >>= 8;
            }
        }
    }
}
