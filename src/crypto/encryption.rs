//! Reading of private keys that are stored encrypted: PEM, PKCS#8 `EncryptedPrivateKeyInfo`, PBES2.

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
use crate::crypto::{KeyError, SecretBytes};

/// id-PBES2, RFC 8018 A.4.
const PBES2: &str = "1.2.840.113549.1.5.13";
/// id-PBKDF2, RFC 8018 A.2.
const PBKDF2: &str = "1.2.840.113549.1.5.12";
/// id-scrypt, RFC 7914 7.
const SCRYPT: &str = "1.3.6.1.4.1.11591.4.11";

/// Most rounds of PBKDF2 that a file may ask for: ten million, the highest figure of RFC 8018 4.2.
const MAX_ROUNDS: u32 = 10_000_000;
/// Most memory that scrypt may ask for, 128 * N * r bytes: 256 MiB, as for our own stretching.
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;
/// Largest file that can be a private key.
const MAX_KEY_FILE: usize = 1 << 20;

/// PEM or DER, encrypted or not, to the plain DER of one of the structures that `PrivateKey::from_der` reads.
pub(crate) fn private_key_der(bytes: &[u8], password: Option<&SecretBytes>) -> Result<SecretBytes, KeyError> {
    if bytes.len() > MAX_KEY_FILE {
        return Err(KeyError::Malformed);
    }
    let der = match pem_block(bytes)? {
        Some(der) => der,
        None => SecretBytes::new(bytes.to_vec()),
    };
    let Some((scheme, data)) = encrypted(der.expose()) else { return Ok(der) };
    let password = password.ok_or(KeyError::PassphraseNeeded)?;
    decrypt_pbes2(scheme, data, password)
}

/// Decrypts what PBES2 encrypted (RFC 8018 6.2.2): PBKDF2 with HMAC-SHA-1, SHA-2 or SM3, or scrypt; AES, SM4 or DES-EDE3
/// in CBC mode. `scheme` is the DER of the whole `AlgorithmIdentifier`.
///
/// # Errors
/// [`KeyError::Unsupported`] for another scheme or a cost above the limits, [`KeyError::WrongPassphrase`] where the
/// padding is wrong.
pub fn decrypt_pbes2(scheme: &[u8], data: &[u8], password: &SecretBytes) -> Result<SecretBytes, KeyError> {
    let (oid, parameters) = split(scheme).ok_or(KeyError::Malformed)?;
    if oid != PBES2 {
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
        // AES-128-CBC, SM4-CBC (GM/T 0006).
        "2.16.840.1.101.3.4.1.2" | "1.2.156.10197.1.104.2" => 16,
        // AES-192-CBC, DES-EDE3-CBC.
        "2.16.840.1.101.3.4.1.22" | "1.2.840.113549.3.7" => 24,
        // AES-256-CBC.
        "2.16.840.1.101.3.4.1.42" => 32,
        _ => return Err(KeyError::Unsupported(cipher)),
    };
    let key = derive(derivation, password, size)?;
    let iv = iv.as_bytes();
    match cipher.as_str() {
        "2.16.840.1.101.3.4.1.2" => decrypt_cbc::<cbc::Decryptor<Aes128>>(&key, iv, data),
        "2.16.840.1.101.3.4.1.22" => decrypt_cbc::<cbc::Decryptor<Aes192>>(&key, iv, data),
        "2.16.840.1.101.3.4.1.42" => decrypt_cbc::<cbc::Decryptor<Aes256>>(&key, iv, data),
        "1.2.156.10197.1.104.2" => decrypt_cbc::<cbc::Decryptor<Sm4>>(&key, iv, data),
        _ => decrypt_cbc::<cbc::Decryptor<TdesEde3>>(&key, iv, data),
    }
}

fn decrypt_cbc<D: KeyIvInit + BlockModeDecrypt>(key: &[u8], iv: &[u8], data: &[u8]) -> Result<SecretBytes, KeyError> {
    let cipher = D::new_from_slices(key, iv).map_err(|_| KeyError::Malformed)?;
    let mut buffer = Zeroizing::new(data.to_vec());
    let plain = cipher.decrypt_padded::<Pkcs7>(&mut buffer).map_err(|_| KeyError::WrongPassphrase)?;
    Ok(SecretBytes::new(plain.to_vec()))
}

/// A key of `size` bytes from the password.
fn derive(identifier: &[u8], password: &SecretBytes, size: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (oid, parameters) = split(identifier).ok_or(KeyError::Malformed)?;
    let parameters = parameters.ok_or(KeyError::Malformed)?;
    match oid.as_str() {
        PBKDF2 => derive_pbkdf2(parameters, password, size),
        SCRYPT => derive_scrypt(parameters, password, size),
        _ => Err(KeyError::Unsupported(oid)),
    }
}

/// RFC 8018 5.2 with the parameters of A.2; the PRF where absent is HMAC-SHA-1.
fn derive_pbkdf2(parameters: &[u8], password: &SecretBytes, size: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut reader = sequence(parameters).ok_or(KeyError::Malformed)?;
    let salt: &OctetStringRef = reader.decode().map_err(|_| KeyError::Malformed)?;
    let rounds: u32 = reader.decode().map_err(|_| KeyError::Malformed)?;
    let mut next = if reader.is_finished() { None } else { reader.tlv_bytes().ok() };
    if let Some(length) = next.filter(|field| field.first() == Some(&TAG_INTEGER)) {
        let length = u16::from_der(length).map_err(|_| KeyError::Malformed)?;
        if usize::from(length) != size {
            return Err(KeyError::Malformed);
        }
        next = if reader.is_finished() { None } else { reader.tlv_bytes().ok() };
    }
    if !reader.is_finished() {
        return Err(KeyError::Malformed);
    }
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

/// The first private key of a PEM file (RFC 7468), other blocks such as EC PARAMETERS and certificates passed over.
/// `None` where the file is not PEM.
fn pem_block(bytes: &[u8]) -> Result<Option<SecretBytes>, KeyError> {
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
            return Err(KeyError::Unsupported("PEM encryption of RFC 1421; convert the key to PKCS#8".to_owned()));
        }
        let packed: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_ascii_whitespace()).collect());
        let der = base64::engine::general_purpose::STANDARD.decode(packed.as_bytes());
        return der.map(|der| Some(SecretBytes::new(der))).map_err(|_| KeyError::Malformed);
    }
    if is_pem { Err(KeyError::Malformed) } else { Ok(None) }
}
