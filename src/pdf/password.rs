//! From a password to the file's key (ISO 32000-1 7.6.3, algorithms 2 to 7; ISO 32000-2 7.6.4, algorithms 2.A and 2.B).

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::crypto::cipher::{AES_BLOCK, CipherError, aes_cbc_decrypt, aes_cbc_encrypt, rc4};
use crate::crypto::{DigestAlgorithm, Hasher, SecretBytes};
use crate::pdf::encryption::{Derivation, Encryption, Metadata};
use crate::pdf::text::encode_pdf_doc;

/// What fills up short passwords (ISO 32000-1 algorithm 2, step a).
const PADDING: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E, 0x2E, 0x00,
    0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];
/// Longest password of R 5 and 6, in bytes (ISO 32000-2 7.6.4.3.3).
const LONGEST: usize = 127;
/// Rounds of algorithm 2.B before its end is tested. The test ends it within 32 + 255 rounds.
const ROUNDS: usize = 64;
/// No round comes after this one: the last byte of E is at most 255.
const LAST_ROUND: usize = 32 + 255;

/// Which password opened a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The empty user password: every reader shows such a file without asking.
    Freely,
    /// The user's.
    User,
    /// The owner's.
    Owner,
}

type Key = Zeroizing<Vec<u8>>;

/// The file's key, if the password is the user's or the owner's.
pub(crate) fn authenticate(encryption: &Encryption, password: &SecretBytes) -> Option<(SecretBytes, Opened)> {
    forms(encryption.derivation, password.expose()).iter().find_map(|password| {
        // The cipher refuses only lengths that the reader of the dictionary has not let through.
        let key = match encryption.derivation {
            Derivation::Md5Once | Derivation::Md5Many => open_md5(encryption, password).ok()?,
            Derivation::Sha256 | Derivation::Hardened => open_sha2(encryption, password).ok()?,
        };
        key.map(|(key, opened)| {
            let opened = if opened == Opened::User && password.is_empty() { Opened::Freely } else { opened };
            (SecretBytes::new(key.to_vec()), opened)
        })
    })
}

/// Whether Perms says what P and `EncryptMetadata` say (ISO 32000-2 7.6.4.4.12, algorithm 13); so where there is none.
pub(crate) fn permissions_hold(encryption: &Encryption, key: &SecretBytes) -> bool {
    let Some(perms) = &encryption.perms else { return true };
    // One block of ECB is one block of CBC with an initial vector of zeros.
    let Ok(plain) = aes_cbc_decrypt(key.expose(), &[0; AES_BLOCK], perms) else { return false };
    let metadata = if encryption.metadata == Metadata::Encrypted { b'T' } else { b'F' };
    let [a, b, c, d, _, _, _, _, flag, b'a', b'd', b'b', ..] = plain.as_slice() else { return false };
    u32::from_le_bytes([*a, *b, *c, *d]) == encryption.permissions && *flag == metadata
}

/// The forms in which a password may have been used: as given, and in the encoding that the standard asks for.
fn forms(derivation: Derivation, password: &[u8]) -> Vec<Key> {
    let text = std::str::from_utf8(password).ok();
    let (length, encoded) = match derivation {
        // ISO 32000-1 7.6.3.1: PDFDocEncoding.
        Derivation::Md5Once | Derivation::Md5Many => (PADDING.len(), text.and_then(encode_pdf_doc)),
        // ISO 32000-2 7.6.4.3.3: SASLprep, then UTF-8.
        Derivation::Sha256 | Derivation::Hardened => (LONGEST, text.map(|text| saslprep(text).into_bytes())),
    };
    let cut = |bytes: &[u8]| Zeroizing::new(bytes.get(..length).unwrap_or(bytes).to_vec());
    let mut forms = vec![cut(password)];
    if let Some(encoded) = encoded.map(Zeroizing::new) {
        let encoded = cut(&encoded);
        if !forms.contains(&encoded) {
            forms.push(encoded);
        }
    }
    forms
}

/// RFC 4013: 2.1 mapping and 2.2 normalisation. What it prohibits is not looked at: such a password opens nothing.
fn saslprep(text: &str) -> String {
    let nothing = |c: &char| {
        matches!(c, '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}' | '\u{2060}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
    };
    let space = |c| {
        if matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}') {
            ' '
        } else {
            c
        }
    };
    text.chars().filter(|c| !nothing(c)).map(space).nfkc().collect()
}

fn md5(pieces: &[&[u8]]) -> Key {
    digest(DigestAlgorithm::Md5, pieces)
}

fn digest(algorithm: DigestAlgorithm, pieces: &[&[u8]]) -> Key {
    let mut hasher = Hasher::new(algorithm);
    for piece in pieces {
        hasher.update(piece);
    }
    Zeroizing::new(hasher.finish().as_bytes().to_vec())
}

fn first(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(..length).unwrap_or(bytes)
}

/// Algorithm 2, step a.
fn padded(password: &[u8]) -> Key {
    let mut bytes = Zeroizing::new(password.to_vec());
    bytes.extend_from_slice(&PADDING);
    bytes.truncate(PADDING.len());
    bytes
}

/// R 2 to 4: the user's password by algorithm 6, then the owner's by algorithm 7.
fn open_md5(encryption: &Encryption, password: &[u8]) -> Result<Option<(Key, Opened)>, CipherError> {
    if let Some(key) = open_as_user(encryption, &padded(password))? {
        return Ok(Some((key, Opened::User)));
    }
    // Algorithm 7: O holds the user's password under a key made from the owner's.
    let many = encryption.derivation == Derivation::Md5Many;
    let mut key = md5(&[&padded(password)]);
    if many {
        for _ in 0..50 {
            key = md5(&[&key]);
        }
    }
    let key = first(&key, encryption.key_length);
    let mut user = Zeroizing::new(encryption.owner.clone());
    for round in (0..if many { 20 } else { 1 }).rev() {
        user = Zeroizing::new(rc4(&turned(key, round), &user)?);
    }
    Ok(open_as_user(encryption, &user)?.map(|key| (key, Opened::Owner)))
}

/// Algorithms 2, 4, 5 and 6 with a padded password.
fn open_as_user(encryption: &Encryption, padded: &[u8]) -> Result<Option<Key>, CipherError> {
    let many = encryption.derivation == Derivation::Md5Many;
    let clear: &[u8] = if encryption.metadata == Metadata::Clear { &[0xFF; 4] } else { &[] };
    let permissions = encryption.permissions.to_le_bytes();
    let mut key = md5(&[padded, &encryption.owner, &permissions, &encryption.file_id, clear]);
    if many {
        for _ in 0..50 {
            key = md5(&[first(&key, encryption.key_length)]);
        }
    }
    key.truncate(encryption.key_length);
    let expected = if many {
        let mut value = md5(&[&PADDING, &encryption.file_id]);
        for round in 0..20 {
            value = Zeroizing::new(rc4(&turned(&key, round), &value)?);
        }
        value
    } else {
        Zeroizing::new(rc4(&key, &PADDING)?)
    };
    // Algorithm 6: of R 3 and 4 the first 16 bytes of U count.
    let opens = first(&encryption.user, expected.len()) == expected.as_slice();
    Ok(opens.then_some(key))
}

/// A key with each byte combined with the round's number (algorithm 3, step g).
fn turned(key: &[u8], round: u8) -> Key {
    Zeroizing::new(key.iter().map(|byte| byte ^ round).collect())
}

/// R 5 and 6: algorithm 2.A of ISO 32000-2. O and U are 32 bytes of hash, 8 of one salt, 8 of another.
fn open_sha2(encryption: &Encryption, password: &[u8]) -> Result<Option<(Key, Opened)>, CipherError> {
    let hash = |salt: &[u8], user: &[u8]| match encryption.derivation {
        Derivation::Hardened => hardened(password, salt, user),
        _ => Ok(digest(DigestAlgorithm::Sha256, &[password, salt, user])),
    };
    let ways = [
        (Opened::Owner, &encryption.owner, encryption.user.as_slice(), &encryption.owner_key),
        (Opened::User, &encryption.user, &[], &encryption.user_key),
    ];
    for (opened, stored, user, wrapped) in ways {
        let part = |range: std::ops::Range<usize>| stored.get(range).unwrap_or_default();
        if hash(part(32..40), user)?.as_slice() == part(0..32) {
            let key = hash(part(40..48), user)?;
            let key = aes_cbc_decrypt(&key, &[0; AES_BLOCK], wrapped)?;
            return Ok(Some((Zeroizing::new(key), opened)));
        }
    }
    Ok(None)
}

/// Algorithm 2.B of ISO 32000-2.
fn hardened(password: &[u8], salt: &[u8], user: &[u8]) -> Result<Key, CipherError> {
    let mut key = digest(DigestAlgorithm::Sha256, &[password, salt, user]);
    for round in 0..=LAST_ROUND {
        let once = Zeroizing::new([password, &key, user].concat());
        let text = Zeroizing::new(once.repeat(64));
        let (cipher_key, iv) = (first(&key, 16), key.get(16..32).unwrap_or_default());
        let iv: [u8; AES_BLOCK] = iv.try_into().map_err(|_| CipherError::KeyLength { length: key.len() })?;
        let encrypted = Zeroizing::new(aes_cbc_encrypt(cipher_key, &iv, &text)?);
        // The first 16 bytes as one number, modulo 3: 256 is 1 modulo 3, so it is their sum.
        let sum: u32 = first(&encrypted, 16).iter().map(|byte| u32::from(*byte)).sum();
        let algorithm = match sum % 3 {
            0 => DigestAlgorithm::Sha256,
            1 => DigestAlgorithm::Sha384,
            _ => DigestAlgorithm::Sha512,
        };
        key = digest(algorithm, &[&encrypted]);
        let last = encrypted.last().copied().map_or(0, usize::from);
        if round + 1 >= ROUNDS && last <= (round + 1).saturating_sub(32) {
            break;
        }
    }
    key.truncate(32);
    Ok(key)
}

#[cfg(test)]
mod tests {
    use crate::pdf::encryption::Derivation;
    use crate::pdf::password::{forms, saslprep};

    #[test]
    fn passwords_are_tried_as_given_and_as_the_standard_encodes_them() {
        let shown = |derivation, text: &str| -> Vec<Vec<u8>> {
            forms(derivation, text.as_bytes()).into_iter().map(|form| form.to_vec()).collect()
        };
        assert_eq!(shown(Derivation::Md5Many, "a"), [b"a"]);
        assert_eq!(shown(Derivation::Md5Many, "é"), ["é".as_bytes().to_vec(), vec![0xE9]]);
        assert_eq!(shown(Derivation::Md5Many, "章").len(), 1);
        assert_eq!(shown(Derivation::Md5Once, &"x".repeat(40)), [vec![b'x'; 32]]);
        assert_eq!(shown(Derivation::Hardened, "I\u{ad}X\u{a0}\u{aa}")[1], b"IX a");
        assert_eq!(saslprep("\u{2168}"), "IX");
    }
}
