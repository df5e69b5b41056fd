//! Ciphers of document content: RC4 and AES in CBC mode, as the standard security handler of PDF uses them
//! (ISO 32000-2 7.6). Padding is the caller's, because the standard pads keys and content differently.

use aes::{Aes128, Aes256};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use rc4::{KeyInit, Rc4, StreamCipher};

/// Bytes of an AES block.
pub const AES_BLOCK: usize = 16;

/// A key, or data, of a length that the cipher does not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CipherError {
    /// The key has this many bytes.
    #[error("a key of {length} bytes does not fit the cipher")]
    KeyLength {
        /// Its length.
        length: usize,
    },
    /// The data are no whole number of blocks.
    #[error("{length} bytes are no whole number of blocks")]
    DataLength {
        /// Their length.
        length: usize,
    },
}

/// RC4, which is its own inverse. Broken; only ever used on files that have it.
///
/// # Errors
/// [`CipherError::KeyLength`] unless the key has 1 to 256 bytes.
pub fn rc4(key: &[u8], data: &[u8]) -> Result<Vec<u8>, CipherError> {
    let mut cipher = Rc4::new_from_slice(key).map_err(|_| CipherError::KeyLength { length: key.len() })?;
    let mut bytes = data.to_vec();
    cipher.try_apply_keystream(&mut bytes).map_err(|_| CipherError::DataLength { length: data.len() })?;
    Ok(bytes)
}

/// Encrypts whole blocks with AES-128 or AES-256 by the key's length, in CBC mode (NIST SP 800-38A 6.2).
///
/// # Errors
/// [`CipherError`].
pub fn aes_cbc_encrypt(key: &[u8], iv: &[u8; AES_BLOCK], data: &[u8]) -> Result<Vec<u8>, CipherError> {
    match key.len() {
        16 => encrypt::<cbc::Encryptor<Aes128>>(key, iv, data),
        32 => encrypt::<cbc::Encryptor<Aes256>>(key, iv, data),
        length => Err(CipherError::KeyLength { length }),
    }
}

/// Decrypts whole blocks, the inverse of [`aes_cbc_encrypt`].
///
/// # Errors
/// [`CipherError`].
pub fn aes_cbc_decrypt(key: &[u8], iv: &[u8; AES_BLOCK], data: &[u8]) -> Result<Vec<u8>, CipherError> {
    match key.len() {
        16 => decrypt::<cbc::Decryptor<Aes128>>(key, iv, data),
        32 => decrypt::<cbc::Decryptor<Aes256>>(key, iv, data),
        length => Err(CipherError::KeyLength { length }),
    }
}

fn encrypt<C: KeyIvInit + BlockModeEncrypt>(key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>, CipherError> {
    let cipher = C::new_from_slices(key, iv).map_err(|_| CipherError::KeyLength { length: key.len() })?;
    let mut bytes = data.to_vec();
    let length = bytes.len();
    cipher.encrypt_padded::<NoPadding>(&mut bytes, length).map_err(|_| CipherError::DataLength { length })?;
    Ok(bytes)
}

fn decrypt<C: KeyIvInit + BlockModeDecrypt>(key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>, CipherError> {
    let cipher = C::new_from_slices(key, iv).map_err(|_| CipherError::KeyLength { length: key.len() })?;
    let mut bytes = data.to_vec();
    let length = bytes.len();
    cipher.decrypt_padded::<NoPadding>(&mut bytes).map_err(|_| CipherError::DataLength { length })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use crate::crypto::cipher::{CipherError, aes_cbc_decrypt, aes_cbc_encrypt, rc4};

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// RFC 6229 2 (keystreams of 40 and 128 bits) and the example `Key`, `Plaintext` of the first publication.
    #[test]
    fn rc4_is_that_of_rfc_6229() {
        assert_eq!(rc4(&hex("0102030405"), &[0; 16]).unwrap(), hex("b2396305f03dc027ccc3524a0a1118a8"));
        let key = hex("0102030405060708090a0b0c0d0e0f10");
        assert_eq!(rc4(&key, &[0; 16]).unwrap(), hex("9ac7cc9a609d1ef7b2932899cde41b97"));
        assert_eq!(rc4(b"Key", b"Plaintext").unwrap(), hex("bbf316e8d940af0ad3"));
        assert_eq!(rc4(b"", b"x"), Err(CipherError::KeyLength { length: 0 }));
    }

    /// NIST SP 800-38A F.2.1 and F.2.5, first block.
    #[test]
    fn aes_is_that_of_sp_800_38a() {
        let iv: [u8; 16] = hex("000102030405060708090a0b0c0d0e0f").try_into().unwrap();
        let plain = hex("6bc1bee22e409f96e93d7e117393172a");
        for (key, cipher) in [
            ("2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d"),
            ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "f58c4c04d6e5f1ba779eabfb5f7bfbd6"),
        ] {
            assert_eq!(aes_cbc_encrypt(&hex(key), &iv, &plain).unwrap(), hex(cipher));
            assert_eq!(aes_cbc_decrypt(&hex(key), &iv, &hex(cipher)).unwrap(), plain);
        }
        assert_eq!(aes_cbc_decrypt(&[0; 16], &iv, &[0; 15]), Err(CipherError::DataLength { length: 15 }));
        assert_eq!(aes_cbc_encrypt(&[0; 24], &iv, &[]), Err(CipherError::KeyLength { length: 24 }));
    }
}
