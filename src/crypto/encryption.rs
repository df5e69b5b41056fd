//! Reading of private keys that are stored encrypted: PEM, PKCS#8 `EncryptedPrivateKeyInfo`, PBES2, the schemes of
//! PKCS#12, and the encryption of PEM files before PKCS#8.

use aes::{Aes128, Aes192, Aes256};
use base64::Engine as _;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use der::asn1::OctetStringRef;
use der::{Decode, Reader as _};
use des::TdesEde3;
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::crypto::encoding::TAG_INTEGER;
use crate::crypto::identifier::{sequence, split};
use crate::crypto::pkcs12_encryption::{Pkcs12Cipher, Pkcs12Password};
use crate::crypto::{DigestAlgorithm, KeyError, SecretBytes};

/// id-PBES2, RFC 8018 A.4.
const PBES2: &str = "1.2.840.113549.1.5.13";
/// The same scheme under the identifier of GM/T 0091-2020.
const GM_PBES: &str = "1.2.156.10197.6.1.4.1.5.2";
/// id-PBKDF2, RFC 8018 A.2.
const PBKDF2: &str = "1.2.840.113549.1.5.12";
/// The same function under the identifier of GM/T 0091-2020.
const GM_PBKDF: &str = "1.2.156.10197.6.1.4.1.5.1";
/// id-scrypt, RFC 7914 7.
const SCRYPT: &str = "1.3.6.1.4.1.11591.4.11";

/// Most rounds of PBKDF2 that a file may ask for: ten million, the highest figure of RFC 8018 4.2.
const MAX_ROUNDS: u32 = 10_000_000;
/// Most memory that scrypt may ask for, 128 * N * r bytes: 256 MiB, as for our own stretching.
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;
/// Longest key that is derived: that of HMAC-SHA-512, whose block has 128 bytes.
const MAX_KEY: usize = 128;
/// SM4 in CBC mode, and SM4 alone (GM/T 0006).
const SM4_CBC: &str = "1.2.156.10197.1.104.2";
const SM4: &str = "1.2.156.10197.1.104";
/// Largest file that can be a private key.
const MAX_KEY_FILE: usize = 1 << 20;

/// A private key as it is stored: its plain DER, and whether a password was what opened it.
pub(crate) struct Opened {
    pub(crate) der: SecretBytes,
    pub(crate) protection: KeyProtection,
}

/// Whether a stored key was encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyProtection {
    Plain,
    Password,
}

/// PEM or DER, encrypted or not, to the plain DER of one of the structures that `PrivateKey::from_der` reads.
pub(crate) fn open(bytes: &[u8], password: Option<&SecretBytes>) -> Result<Opened, KeyError> {
    if bytes.len() > MAX_KEY_FILE {
        return Err(KeyError::Malformed);
    }
    let der = match pem_block(bytes)? {
        Some(Block::Der(der)) => der,
        Some(Block::Encrypted(block)) => {
            let password = password.ok_or(KeyError::PassphraseNeeded)?;
            return Ok(Opened { der: block.decrypt(password)?, protection: KeyProtection::Password });
        }
        None => SecretBytes::new(bytes.to_vec()),
    };
    let Some((scheme, data)) = encrypted(der.expose()) else {
        return Ok(Opened { der, protection: KeyProtection::Plain });
    };
    let (oid, parameters) = split(scheme).ok_or(KeyError::Malformed)?;
    let password = password.ok_or(KeyError::PassphraseNeeded)?;
    let der = match Pkcs12Cipher::from_oid(&oid) {
        Some(cipher) => {
            // RFC 7292 appendix C: pkcs-12PbeParams ::= SEQUENCE { salt OCTET STRING, iterations INTEGER }.
            let mut reader = parameters.and_then(sequence).ok_or(KeyError::Malformed)?;
            let salt: &OctetStringRef = reader.decode().map_err(|_| KeyError::Malformed)?;
            let rounds: u32 = reader.decode().map_err(|_| KeyError::Malformed)?;
            cipher.decrypt(&Pkcs12Password::of(password)?, (salt.as_bytes(), rounds), data)?
        }
        None => decrypt_pbes2(scheme, data, password)?,
    };
    Ok(Opened { der, protection: KeyProtection::Password })
}

/// Decrypts what PBES2 encrypted (RFC 8018 6.2.2): PBKDF2 with HMAC-SHA-1, SHA-2 or SM3, or scrypt; AES, SM4 or DES-EDE3
/// in CBC mode. `scheme` is the DER of the whole `AlgorithmIdentifier`.
///
/// # Errors
/// [`KeyError::Unsupported`] for another scheme or a cost above the limits, [`KeyError::WrongPassphrase`] where the
/// padding is wrong.
pub fn decrypt_pbes2(scheme: &[u8], data: &[u8], password: &SecretBytes) -> Result<SecretBytes, KeyError> {
    let (oid, parameters) = split(scheme).ok_or(KeyError::Malformed)?;
    if oid != PBES2 && oid != GM_PBES {
        return Err(KeyError::Unsupported(oid));
    }
    let mut reader = parameters.and_then(sequence).ok_or(KeyError::Malformed)?;
    let derivation = reader.tlv_bytes().map_err(|_| KeyError::Malformed)?;
    let cipher = reader.tlv_bytes().map_err(|_| KeyError::Malformed)?;
    if !reader.is_finished() {
        return Err(KeyError::Malformed);
    }
    let (cipher, iv) = split(cipher).ok_or(KeyError::Malformed)?;
    let iv: &OctetStringRef =
        iv.and_then(|iv| Decode::from_der(iv).ok()).ok_or(KeyError::Unsupported(cipher.clone()))?;
    let size = match cipher.as_str() {
        // AES-128-CBC, SM4-CBC (GM/T 0006), and SM4 without its mode, which CFCA writes for the same.
        "2.16.840.1.101.3.4.1.2" | SM4_CBC | SM4 => 16,
        // AES-192-CBC, DES-EDE3-CBC.
        "2.16.840.1.101.3.4.1.22" | "1.2.840.113549.3.7" => 24,
        // AES-256-CBC.
        "2.16.840.1.101.3.4.1.42" => 32,
        _ => return Err(KeyError::Unsupported(cipher)),
    };
    let key = derive_key(derivation, password, Some(size))?;
    let iv = iv.as_bytes();
    match cipher.as_str() {
        "2.16.840.1.101.3.4.1.2" => decrypt_cbc::<cbc::Decryptor<Aes128>>(&key, iv, data),
        "2.16.840.1.101.3.4.1.22" => decrypt_cbc::<cbc::Decryptor<Aes192>>(&key, iv, data),
        "2.16.840.1.101.3.4.1.42" => decrypt_cbc::<cbc::Decryptor<Aes256>>(&key, iv, data),
        SM4_CBC | SM4 => decrypt_cbc::<cbc::Decryptor<Sm4>>(&key, iv, data),
        _ => decrypt_cbc::<cbc::Decryptor<TdesEde3>>(&key, iv, data),
    }
}

pub(crate) fn decrypt_cbc<D: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Result<SecretBytes, KeyError> {
    let cipher = D::new_from_slices(key, iv).map_err(|_| KeyError::Malformed)?;
    let mut buffer = Zeroizing::new(data.to_vec());
    let plain = cipher.decrypt_padded::<Pkcs7>(&mut buffer).map_err(|_| KeyError::WrongPassphrase)?;
    Ok(SecretBytes::new(plain.to_vec()))
}

/// A key from the password, by PBKDF2 or scrypt. `identifier` is the DER of the whole `AlgorithmIdentifier`; the size is
/// that of the caller, or where he names none the keyLength of the parameters.
///
/// # Errors
/// [`KeyError::Unsupported`] for another function or a cost above the limits, [`KeyError::Malformed`] without any size.
pub fn derive_key(
    identifier: &[u8],
    password: &SecretBytes,
    size: Option<usize>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (oid, parameters) = split(identifier).ok_or(KeyError::Malformed)?;
    let parameters = parameters.ok_or(KeyError::Malformed)?;
    match oid.as_str() {
        PBKDF2 | GM_PBKDF => derive_pbkdf2(parameters, password, size),
        SCRYPT => derive_scrypt(parameters, password, size.ok_or(KeyError::Malformed)?),
        _ => Err(KeyError::Unsupported(oid)),
    }
}

/// RFC 8018 5.2 with the parameters of A.2; the PRF where absent is HMAC-SHA-1.
fn derive_pbkdf2(
    parameters: &[u8],
    password: &SecretBytes,
    mut size: Option<usize>,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut reader = sequence(parameters).ok_or(KeyError::Malformed)?;
    let salt: &OctetStringRef = reader.decode().map_err(|_| KeyError::Malformed)?;
    let rounds: u32 = reader.decode().map_err(|_| KeyError::Malformed)?;
    let mut next = if reader.is_finished() { None } else { reader.tlv_bytes().ok() };
    if let Some(length) = next.filter(|field| field.first() == Some(&TAG_INTEGER)) {
        let length = usize::from(u16::from_der(length).map_err(|_| KeyError::Malformed)?);
        if *size.get_or_insert(length) != length {
            return Err(KeyError::Malformed);
        }
        next = if reader.is_finished() { None } else { reader.tlv_bytes().ok() };
    }
    if !reader.is_finished() {
        return Err(KeyError::Malformed);
    }
    let size = size.filter(|size| (1..=MAX_KEY).contains(size)).ok_or(KeyError::Malformed)?;
    if rounds == 0 || rounds > MAX_ROUNDS {
        return Err(KeyError::Unsupported(format!("PBKDF2 with {rounds} rounds")));
    }
    let prf = match next {
        None => "1.2.840.113549.2.7".to_owned(),
        Some(prf) => split(prf).ok_or(KeyError::Malformed)?.0,
    };
    let mut key = Zeroizing::new(vec![0; size]);
    let (password, salt) = (password.expose(), salt.as_bytes());
    match prf.as_str() {
        "1.2.840.113549.2.7" => pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password, salt, rounds, &mut key),
        "1.2.840.113549.2.8" => pbkdf2::pbkdf2_hmac::<sha2::Sha224>(password, salt, rounds, &mut key),
        "1.2.840.113549.2.9" => pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, rounds, &mut key),
        "1.2.840.113549.2.10" => pbkdf2::pbkdf2_hmac::<sha2::Sha384>(password, salt, rounds, &mut key),
        "1.2.840.113549.2.11" => pbkdf2::pbkdf2_hmac::<sha2::Sha512>(password, salt, rounds, &mut key),
        // HMAC-SM3 (GM/T 0006 and GM/T 0091), with and without the arc for keyed use.
        "1.2.156.10197.1.401.2" | "1.2.156.10197.1.401.3.1" => {
            pbkdf2::pbkdf2_hmac::<sm3::Sm3>(password, salt, rounds, &mut key);
        }
        _ => return Err(KeyError::Unsupported(prf)),
    }
    Ok(key)
}

/// RFC 7914 7.1.
fn derive_scrypt(parameters: &[u8], password: &SecretBytes, size: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let any = der::asn1::AnyRef::from_der(parameters).map_err(|_| KeyError::Malformed)?;
    let shape = pkcs8::pkcs5::pbes2::ScryptParams::try_from(any).map_err(|_| KeyError::Malformed)?;
    let memory = shape.cost_parameter.saturating_mul(128).saturating_mul(u64::from(shape.block_size));
    if memory > MAX_SCRYPT_MEMORY || shape.parallelization > 16 {
        return Err(KeyError::Unsupported(format!("scrypt with {memory} bytes")));
    }
    let log_n = u8::try_from(shape.cost_parameter.trailing_zeros()).map_err(|_| KeyError::Malformed)?;
    let params = scrypt::Params::new(log_n, u32::from(shape.block_size), u32::from(shape.parallelization));
    let params = params.map_err(|_| KeyError::Malformed)?;
    if shape.cost_parameter.count_ones() != 1 {
        return Err(KeyError::Malformed);
    }
    let mut key = Zeroizing::new(vec![0; size]);
    scrypt::scrypt(password.expose(), shape.salt.as_ref(), &params, &mut key).map_err(|_| KeyError::Malformed)?;
    Ok(key)
}

/// Scheme and data of an `EncryptedPrivateKeyInfo` (RFC 5208 6), if that is what it is.
fn encrypted(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = sequence(der)?;
    let scheme = reader.tlv_bytes().ok()?;
    let data: &OctetStringRef = reader.decode().ok()?;
    // A SEC1 key starts with an INTEGER, so `scheme` would be no SEQUENCE.
    sequence(scheme)?;
    reader.is_finished().then(|| (scheme, data.as_bytes()))
}

/// A private key block of a PEM file.
enum Block {
    /// The structure itself, encrypted in its own way or not at all.
    Der(SecretBytes),
    /// Encrypted as a block.
    Encrypted(EncryptedBlock),
}

/// A block with `Proc-Type: 4,ENCRYPTED` (RFC 1421 4.6.1.1), as OpenSSL has written keys since SSLeay.
struct EncryptedBlock {
    /// The name of the cipher.
    cipher: String,
    iv: Vec<u8>,
    data: Vec<u8>,
}

impl EncryptedBlock {
    /// `Proc-Type: 4,ENCRYPTED`, `DEK-Info: CIPHER,HEX`, an empty line, base64.
    fn read(body: &str) -> Result<Self, KeyError> {
        let (mut dek, mut packed) = (None, String::new());
        for line in body.lines().map(str::trim) {
            match line.split_once(':') {
                Some(("DEK-Info", value)) => dek = value.trim().split_once(','),
                Some(_) => {}
                None => packed.push_str(line),
            }
        }
        let (cipher, iv) = dek.ok_or(KeyError::Malformed)?;
        let iv = unhex(iv.trim()).ok_or(KeyError::Malformed)?;
        let data = base64::engine::general_purpose::STANDARD.decode(packed.as_bytes());
        Ok(EncryptedBlock {
            cipher: cipher.trim().to_ascii_uppercase(),
            iv,
            data: data.map_err(|_| KeyError::Malformed)?,
        })
    }

    fn decrypt(&self, password: &SecretBytes) -> Result<SecretBytes, KeyError> {
        let (iv, data) = (self.iv.as_slice(), self.data.as_slice());
        // The salt is the beginning of the initial value.
        let salt = iv.get(..8).ok_or(KeyError::Malformed)?;
        let key = |size| bytes_to_key(password, salt, size);
        match self.cipher.as_str() {
            "AES-128-CBC" => decrypt_cbc::<cbc::Decryptor<Aes128>>(&key(16), iv, data),
            "AES-192-CBC" => decrypt_cbc::<cbc::Decryptor<Aes192>>(&key(24), iv, data),
            "AES-256-CBC" => decrypt_cbc::<cbc::Decryptor<Aes256>>(&key(32), iv, data),
            "SM4-CBC" => decrypt_cbc::<cbc::Decryptor<Sm4>>(&key(16), iv, data),
            "DES-EDE3-CBC" => decrypt_cbc::<cbc::Decryptor<TdesEde3>>(&key(24), iv, data),
            other => Err(KeyError::Unsupported(other.to_owned())),
        }
    }
}

/// PBKDF1 of RFC 8018 5.1 with MD5 and one round, drawn out to any length: `EVP_BytesToKey` of OpenSSL. It protects next
/// to nothing; such a key is only ever read.
fn bytes_to_key(password: &SecretBytes, salt: &[u8], size: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(size + 16));
    let mut last: Vec<u8> = Vec::new();
    while key.len() < size {
        let input = Zeroizing::new([last.as_slice(), password.expose(), salt].concat());
        last = DigestAlgorithm::Md5.digest(&input).as_bytes().to_vec();
        key.extend_from_slice(&last);
    }
    key.truncate(size);
    key
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// The first private key of a PEM file (RFC 7468), other blocks such as EC PARAMETERS and certificates passed over.
/// `None` where the file is not PEM.
fn pem_block(bytes: &[u8]) -> Result<Option<Block>, KeyError> {
    const BEGIN: &str = "-----BEGIN ";
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(None) };
    let mut rest = text;
    let mut is_pem = false;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        is_pem = true;
        let (label, after) = after.split_once("-----").ok_or(KeyError::Malformed)?;
        let (body, after) = after.split_once("-----END ").ok_or(KeyError::Malformed)?;
        rest = after;
        if !label.ends_with("PRIVATE KEY") {
            continue;
        }
        if body.contains("Proc-Type:") {
            return EncryptedBlock::read(body).map(|block| Some(Block::Encrypted(block)));
        }
        let packed: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect());
        let der = base64::engine::general_purpose::STANDARD.decode(packed.as_bytes());
        return der.map(|der| Some(Block::Der(SecretBytes::new(der)))).map_err(|_| KeyError::Malformed);
    }
    if is_pem { Err(KeyError::Malformed) } else { Ok(None) }
}
