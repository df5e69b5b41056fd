//! Keys that are handed over encrypted to another key, or under a password by the ways of Chinese authorities.

use cbc::cipher::{BlockCipherDecrypt, KeyInit};
use der::asn1::{BitStringRef, OctetStringRef, UintRef};
use der::{Decode, Reader as _};
use sm2::pke::{DecryptingKey, Mode};
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::crypto::encoding::TAG_OID;
use crate::crypto::encryption::decrypt_cbc;
use crate::crypto::identifier::{sequence, split};
use crate::crypto::{DigestAlgorithm, KeyError, KeyKind, PrivateKey, PublicKey, SecretBytes, Signer};

/// Opens an SM2 key that was enveloped to an SM2 key: so an authority hands over the key of an encryption certificate
/// that it made, protected by the key of the signing certificate.
///
/// ```text
/// SM2EnvelopedKey ::= SEQUENCE {                      -- GB/T 35276-2017 7.4, GM/T 0009-2012 7.4
///   symAlgID AlgorithmIdentifier, symEncryptedKey SM2Cipher,
///   sm2PublicKey BIT STRING, sm2EncryptedPrivateKey BIT STRING }
/// SM2Cipher ::= SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING, cipherText OCTET STRING }
/// ```
///
/// The symmetric algorithm is SM4 in ECB mode, the private key its 32 bytes without padding.
///
/// # Errors
/// [`KeyError::Malformed`] for another structure, or where the public half is not that of the key;
/// [`KeyError::Unsupported`] for another algorithm; [`KeyError::WrongPassphrase`] where it was enveloped to another key.
pub fn open_enveloped(opener: &PrivateKey, der: &[u8]) -> Result<PrivateKey, KeyError> {
    let scalar = opener.sm2_scalar().ok_or(KeyError::WrongPassphrase)?;
    let malformed = |_| KeyError::Malformed;
    let mut fields = sequence(der).ok_or(KeyError::Malformed)?;
    let algorithm = fields.tlv_bytes().map_err(malformed)?;
    // Some writers leave out the SEQUENCE around the identifier.
    let oid = if algorithm.first() == Some(&TAG_OID) {
        let oid: der::asn1::ObjectIdentifier = Decode::from_der(algorithm).map_err(malformed)?;
        oid.to_string()
    } else {
        split(algorithm).ok_or(KeyError::Malformed)?.0
    };
    // SM4, SM4-ECB (GM/T 0006).
    if oid != "1.2.156.10197.1.104" && oid != "1.2.156.10197.1.104.1" {
        return Err(KeyError::Unsupported(oid));
    }
    let cipher = fields.tlv_bytes().map_err(malformed)?;
    let public: BitStringRef<'_> = fields.decode().map_err(malformed)?;
    let encrypted: BitStringRef<'_> = fields.decode().map_err(malformed)?;
    if !fields.is_finished() {
        return Err(KeyError::Malformed);
    }
    let opener = DecryptingKey::new_with_mode(scalar, Mode::C1C3C2);
    let key = SecretBytes::new(opener.decrypt(&flat(cipher)?).map_err(|_| KeyError::WrongPassphrase)?);
    let key = sm4_ecb(key.expose(), encrypted.as_bytes().ok_or(KeyError::Malformed)?)?;
    let key = PrivateKey::from_scalar(KeyKind::Sm2, key.expose())?;
    let public = PublicKey::from_sm2_point(public.as_bytes().ok_or(KeyError::Malformed)?)?;
    if public.same_point(key.public_key()) { Ok(key) } else { Err(KeyError::Malformed) }
}

/// Whether the outline of the structure is that of `SM2EnvelopedKey`, before any key is at hand.
#[must_use]
pub fn is_enveloped(der: &[u8]) -> bool {
    let mut fields = match sequence(der) {
        Some(fields) => fields,
        None => return false,
    };
    let cipher = fields.tlv_bytes().and_then(|_| fields.tlv_bytes());
    cipher.is_ok_and(|cipher| flat(cipher).is_ok()) && fields.decode::<BitStringRef<'_>>().is_ok()
}

/// `SM2Cipher` as `04 || x || y || hash || text`. The text is a key of SM4: 16 bytes.
fn flat(cipher: &[u8]) -> Result<Vec<u8>, KeyError> {
    let malformed = |_| KeyError::Malformed;
    let mut fields = sequence(cipher).ok_or(KeyError::Malformed)?;
    let mut out = vec![4];
    for _ in 0..2 {
        let number: UintRef<'_> = fields.decode().map_err(malformed)?;
        let padding = 32_usize.checked_sub(number.as_bytes().len()).ok_or(KeyError::Malformed)?;
        out.resize(out.len() + padding, 0);
        out.extend_from_slice(number.as_bytes());
    }
    let hash: &OctetStringRef = fields.decode().map_err(malformed)?;
    let text: &OctetStringRef = fields.decode().map_err(malformed)?;
    if !fields.is_finished() || hash.as_bytes().len() != 32 || text.as_bytes().len() != 16 {
        return Err(KeyError::Malformed);
    }
    // On the curve, or nothing is multiplied with it (GB/T 32918.4 7.1 B1).
    let point = out.get(..65).ok_or(KeyError::Malformed)?;
    PublicKey::from_sm2_point(point)?;
    out.extend_from_slice(hash.as_bytes());
    out.extend_from_slice(text.as_bytes());
    Ok(out)
}

/// The private key is 32 bytes; structures of SKF devices (GM/T 0016) put 32 zeros before it.
fn sm4_ecb(key: &[u8], data: &[u8]) -> Result<SecretBytes, KeyError> {
    let cipher = Sm4::new_from_slice(key).map_err(|_| KeyError::Malformed)?;
    let (blocks, rest) = data.as_chunks::<16>();
    if !rest.is_empty() || !matches!(blocks.len(), 2 | 4) {
        return Err(KeyError::Malformed);
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(data.len()));
    for block in blocks {
        let mut block = (*block).into();
        cipher.decrypt_block(&mut block);
        plain.extend_from_slice(&block);
    }
    let (zeros, scalar) = plain.split_at(plain.len() - 32);
    if zeros.iter().any(|byte| *byte != 0) {
        return Err(KeyError::Malformed);
    }
    Ok(SecretBytes::new(scalar.to_vec()))
}

/// Opens the private key of a CFCA file: SM4 in CBC mode, key and initial value by the function of GB/T 32918.4 5.4.3
/// with SM3 from the bare password: the first 16 bytes are the initial value, the next the key.
///
/// # Errors
/// [`KeyError::WrongPassphrase`] where the padding is wrong or what comes out is no key.
pub fn open_cfca_key(data: &[u8], password: &SecretBytes) -> Result<PrivateKey, KeyError> {
    // 32 bytes are one block of the function: SM3(password || 1).
    let input = Zeroizing::new([password.expose(), &[0, 0, 0, 1]].concat());
    let derived = DigestAlgorithm::Sm3.digest(&input);
    let (iv, key) = derived.as_bytes().split_at_checked(16).ok_or(KeyError::Malformed)?;
    let plain = decrypt_cbc::<cbc::Decryptor<Sm4>>(key, iv, data)?;
    // A leading zero may be missing, or one too many be there.
    let digits = plain.expose();
    let zeros = digits.iter().take_while(|byte| **byte == 0).count();
    let digits = digits.get(zeros..).unwrap_or_default();
    let mut scalar = Zeroizing::new([0; 32]);
    let place = 32_usize.checked_sub(digits.len()).and_then(|from| scalar.get_mut(from..));
    place.ok_or(KeyError::WrongPassphrase)?.copy_from_slice(digits);
    PrivateKey::from_scalar(KeyKind::Sm2, scalar.as_ref()).map_err(|_| KeyError::WrongPassphrase)
}
