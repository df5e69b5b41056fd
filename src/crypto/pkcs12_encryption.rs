//! The password-based encryption and key derivation of PKCS#12 (RFC 7292 appendices B and C), which old key files have.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit};
use zeroize::Zeroizing;

use crate::crypto::encryption::decrypt_cbc;
use crate::crypto::{DigestAlgorithm, KeyError, SecretBytes};

/// Most rounds that a file may ask for, as for PBKDF2.
const MAX_ROUNDS: u32 = 10_000_000;

/// A password as PKCS#12 takes it: a BMPString with a zero at its end (RFC 7292 appendix B.1).
pub struct Pkcs12Password(Zeroizing<Vec<u8>>);

impl Pkcs12Password {
    /// From UTF-8.
    ///
    /// # Errors
    /// [`KeyError::WrongPassphrase`]: what is no text opens no such file.
    pub fn of(password: &SecretBytes) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(password.expose()).map_err(|_| KeyError::WrongPassphrase)?;
        Ok(Pkcs12Password(Zeroizing::new(text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect())))
    }

    /// No password at all: not even the zero of an empty one. Some writers mean this by an empty password.
    #[must_use]
    pub fn absent() -> Self {
        Pkcs12Password(Zeroizing::new(Vec::new()))
    }

    /// Key material (RFC 7292 appendix B.2). `id` is 1 for a key, 2 for an initial value, 3 for an integrity key
    /// (appendix B.3). All digests here have blocks of 64 bytes up to SHA-256 and SM3, of 128 above.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for no rounds or too many.
    pub fn derive(
        &self,
        digest: DigestAlgorithm,
        id: u8,
        (salt, rounds): (&[u8], u32),
        size: usize,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if rounds == 0 || rounds > MAX_ROUNDS {
            return Err(KeyError::Unsupported(format!("PKCS#12 key derivation with {rounds} rounds")));
        }
        let block = if digest.length() > 32 { 128 } else { 64 };
        let fill = |bytes: &[u8]| -> Vec<u8> {
            let size = bytes.len().div_ceil(block) * block;
            bytes.iter().copied().cycle().take(size).collect()
        };
        let mut input = Zeroizing::new([fill(salt), fill(&self.0)].concat());
        let mut out = Zeroizing::new(Vec::new());
        loop {
            let first = Zeroizing::new([vec![id; block].as_slice(), input.as_slice()].concat());
            let mut a = digest.digest(&first);
            for _ in 1..rounds {
                a = digest.digest(a.as_bytes());
            }
            out.extend_from_slice(a.as_bytes());
            if out.len() >= size {
                out.truncate(size);
                return Ok(out);
            }
            // Step 6 C: each block of the input becomes itself + B + 1 modulo 2^(8 * block).
            let b: Vec<u8> = a.as_bytes().iter().copied().cycle().take(block).collect();
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
}

/// A cipher of RFC 7292 appendix C, all with SHA-1. The two with RC4 are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pkcs12Cipher {
    /// pbeWithSHAAnd3-KeyTripleDES-CBC.
    TripleDes3,
    /// pbeWithSHAAnd2-KeyTripleDES-CBC.
    TripleDes2,
    /// pbeWithSHAAnd128BitRC2-CBC.
    Rc2Bits128,
    /// pbeWithSHAAnd40BitRC2-CBC.
    Rc2Bits40,
}

impl Pkcs12Cipher {
    /// By its identifier.
    #[must_use]
    pub fn from_oid(oid: &str) -> Option<Self> {
        match oid {
            "1.2.840.113549.1.12.1.3" => Some(Pkcs12Cipher::TripleDes3),
            "1.2.840.113549.1.12.1.4" => Some(Pkcs12Cipher::TripleDes2),
            "1.2.840.113549.1.12.1.5" => Some(Pkcs12Cipher::Rc2Bits128),
            "1.2.840.113549.1.12.1.6" => Some(Pkcs12Cipher::Rc2Bits40),
            _ => None,
        }
    }

    /// Decrypts.
    ///
    /// # Errors
    /// [`KeyError::WrongPassphrase`] where the padding is wrong.
    pub fn decrypt(
        self,
        password: &Pkcs12Password,
        (salt, rounds): (&[u8], u32),
        data: &[u8],
    ) -> Result<SecretBytes, KeyError> {
        let key = |size| password.derive(DigestAlgorithm::Sha1, 1, (salt, rounds), size);
        let iv = password.derive(DigestAlgorithm::Sha1, 2, (salt, rounds), 8)?;
        match self {
            Pkcs12Cipher::TripleDes3 => decrypt_cbc::<cbc::Decryptor<des::TdesEde3>>(&key(24)?, &iv, data),
            Pkcs12Cipher::TripleDes2 => decrypt_cbc::<cbc::Decryptor<des::TdesEde2>>(&key(16)?, &iv, data),
            Pkcs12Cipher::Rc2Bits128 => decrypt_rc2(&key(16)?, 128, &iv, data),
            Pkcs12Cipher::Rc2Bits40 => decrypt_rc2(&key(5)?, 40, &iv, data),
        }
    }
}

/// RFC 2268 with that many effective bits.
fn decrypt_rc2(key: &[u8], bits: usize, iv: &[u8], data: &[u8]) -> Result<SecretBytes, KeyError> {
    let cipher = cbc::Decryptor::inner_iv_slice_init(rc2::Rc2::new_with_eff_key_len(key, bits), iv);
    let cipher = cipher.map_err(|_| KeyError::Malformed)?;
    let mut buffer = Zeroizing::new(data.to_vec());
    let plain = cipher.decrypt_padded::<Pkcs7>(&mut buffer).map_err(|_| KeyError::WrongPassphrase)?;
    Ok(SecretBytes::new(plain.to_vec()))
}
