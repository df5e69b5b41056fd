//! Strings and streams of an encrypted file whose key is known (ISO 32000-1 7.6.2, 7.6.5; ISO 32000-2 7.6.3).

use crate::crypto::cipher::{AES_BLOCK, CipherError, aes_cbc_decrypt, aes_cbc_encrypt, rc4};
use crate::crypto::{DigestAlgorithm, Hasher, SecretBytes};
use crate::pdf::encryption::{Encryption, Metadata, Method};
use crate::pdf::error::PdfError;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::password::Opened;

/// An encryption with its key.
pub(crate) struct Protection {
    pub(crate) encryption: Encryption,
    pub(crate) key: SecretBytes,
    pub(crate) opened: Opened,
    /// Objects that are encryption dictionaries themselves: their strings are never encrypted (7.6.1).
    pub(crate) places: Vec<ObjectId>,
}

/// Whether encrypted bytes were what the standard says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sound {
    Yes,
    /// They are no whole blocks or their padding is wrong. Readers differ in what they make of them.
    No,
}

/// The key of one object's strings or stream.
struct ObjectKey {
    method: Method,
    key: SecretBytes,
}

impl Protection {
    /// Decrypts the strings of an object that lies by itself in the file. Strings of object streams are not encrypted
    /// by themselves (7.5.7, 7.6.1).
    pub(crate) fn decrypt_strings(&self, id: ObjectId, object: &mut Object) -> Sound {
        let mut sound = Sound::Yes;
        let Some(key) = self.string_key(id, object) else { return sound };
        each_string(object, &mut |bytes| {
            let (plain, this) = key.decrypt(bytes);
            *bytes = plain;
            if this == Sound::No {
                sound = Sound::No;
            }
        });
        sound
    }

    /// Encrypts the strings of an object that will lie by itself in the file. `place` makes the initial vectors of one
    /// revision differ from those of another.
    pub(crate) fn encrypt_strings(&self, id: ObjectId, place: u64, object: &mut Object) -> Result<(), CipherError> {
        let Some(key) = self.string_key(id, object) else { return Ok(()) };
        let mut number = 0_u64;
        let mut failed = None;
        each_string(object, &mut |bytes| {
            number = number.saturating_add(1);
            let iv = self.initial_vector(id, place, number, bytes);
            match key.encrypt(&iv, bytes) {
                Ok(encrypted) => *bytes = encrypted,
                Err(error) => failed = Some(error),
            }
        });
        failed.map_or(Ok(()), Err)
    }

    /// Decrypts the data of a stream. `filters` holds its /Filter and /DecodeParms with references resolved.
    pub(crate) fn decrypt_stream(
        &self,
        id: ObjectId,
        dictionary: &Dictionary,
        filters: &Dictionary,
        data: Vec<u8>,
    ) -> Result<(Vec<u8>, Sound), PdfError> {
        Ok(match self.stream_method(dictionary, filters)? {
            Method::Identity => (data, Sound::Yes),
            method => self.object_key(method, id).decrypt(&data),
        })
    }

    /// Encrypts the data of a stream whose dictionary has no references in /Filter and /DecodeParms.
    pub(crate) fn encrypt_stream(
        &self,
        id: ObjectId,
        place: u64,
        dictionary: &Dictionary,
        data: &[u8],
    ) -> Result<Vec<u8>, PdfError> {
        Ok(match self.stream_method(dictionary, dictionary)? {
            Method::Identity => data.to_vec(),
            method => {
                let iv = self.initial_vector(id, place, 0, data);
                let encrypted = self.object_key(method, id).encrypt(&iv, data);
                encrypted.map_err(|_| PdfError::Encrypted)?
            }
        })
    }

    /// How a stream is encrypted.
    fn stream_method(&self, dictionary: &Dictionary, filters: &Dictionary) -> Result<Method, PdfError> {
        let kind = dictionary.get("Type").and_then(Object::as_name);
        // 7.5.8.2: neither the data nor the strings of a cross-reference stream are encrypted.
        if kind == Some(b"XRef") {
            return Ok(Method::Identity);
        }
        if self.encryption.knows_filters()
            && let Some(name) = crypt_filter(filters)
        {
            return self.encryption.filter(name);
        }
        Ok(match kind {
            Some(b"Metadata") if self.encryption.metadata == Metadata::Clear => Method::Identity,
            Some(b"EmbeddedFile") => self.encryption.files,
            _ => self.encryption.streams,
        })
    }

    /// The key of an object's strings; `None` where they are not encrypted.
    fn string_key(&self, id: ObjectId, object: &Object) -> Option<ObjectKey> {
        let exempt = match object {
            Object::Stream(stream) => stream.dictionary.get("Type").is_some_and(|kind| kind.is_name("XRef")),
            Object::Null | Object::Boolean(_) | Object::Integer(_) | Object::Real(_) | Object::Name(_) => true,
            Object::Reference(_) => true,
            Object::String(_) | Object::Array(_) | Object::Dictionary(_) => false,
        };
        if exempt || self.encryption.strings == Method::Identity || self.places.contains(&id) {
            return None;
        }
        Some(self.object_key(self.encryption.strings, id))
    }

    /// Algorithm 1 (7.6.2): MD5 of the file's key, the low bytes of the object's numbers and, for AES, a salt. Algorithm
    /// 1.A of ISO 32000-2 takes the file's key itself.
    fn object_key(&self, method: Method, id: ObjectId) -> ObjectKey {
        if method == Method::AesV3 {
            return ObjectKey { method, key: self.key.clone() };
        }
        let mut hasher = Hasher::new(DigestAlgorithm::Md5);
        hasher.update(self.key.expose());
        let [a, b, c, _] = id.number.to_le_bytes();
        hasher.update(&[a, b, c]);
        hasher.update(&id.generation.to_le_bytes());
        if method == Method::AesV2 {
            hasher.update(b"sAlT");
        }
        let digest = hasher.finish();
        let length = self.key.expose().len().saturating_add(5).min(16);
        let key = digest.as_bytes().get(..length).unwrap_or_default().to_vec();
        ObjectKey { method, key: SecretBytes::new(key) }
    }

    /// An initial vector that nobody without the file's key can foresee (ISO 32000-1 7.6.2: "random"). It is made from
    /// that key, the place and the content, since this room has no chance: another content or place has another vector,
    /// and what is equal in all of them is encrypted alike, which tells nothing.
    fn initial_vector(&self, id: ObjectId, place: u64, number: u64, content: &[u8]) -> [u8; AES_BLOCK] {
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        hasher.update(b"eseal initial vector");
        hasher.update(&(self.key.expose().len() as u64).to_be_bytes());
        hasher.update(self.key.expose());
        hasher.update(&id.number.to_be_bytes());
        hasher.update(&id.generation.to_be_bytes());
        hasher.update(&place.to_be_bytes());
        hasher.update(&number.to_be_bytes());
        hasher.update(content);
        let digest = hasher.finish();
        let mut iv = [0; AES_BLOCK];
        iv.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
        iv
    }
}

impl ObjectKey {
    /// What is decrypted as far as it goes, and whether it was sound.
    fn decrypt(&self, data: &[u8]) -> (Vec<u8>, Sound) {
        match self.method {
            Method::Identity => (data.to_vec(), Sound::Yes),
            Method::Rc4 => {
                rc4(self.key.expose(), data).map_or_else(|_| (data.to_vec(), Sound::No), |d| (d, Sound::Yes))
            }
            Method::AesV2 | Method::AesV3 => self.decrypt_aes(data),
        }
    }

    /// 7.6.2: the first block is the initial vector, the last ends in as many bytes as their value says.
    fn decrypt_aes(&self, data: &[u8]) -> (Vec<u8>, Sound) {
        // Some writers leave empty strings and streams empty: there is only one way to read them.
        if data.is_empty() {
            return (Vec::new(), Sound::Yes);
        }
        let Some((iv, body)) = data.split_first_chunk::<AES_BLOCK>() else { return (data.to_vec(), Sound::No) };
        let whole = body.len() - body.len() % AES_BLOCK;
        let blocks = body.get(..whole).unwrap_or_default();
        let Ok(mut plain) = aes_cbc_decrypt(self.key.expose(), iv, blocks) else { return (data.to_vec(), Sound::No) };
        let fill = plain.last().copied().map_or(0, usize::from);
        let kept = plain.len().checked_sub(fill).filter(|_| (1..=AES_BLOCK).contains(&fill));
        let even = kept.is_some_and(|kept| plain.iter().skip(kept).all(|byte| usize::from(*byte) == fill));
        match kept.filter(|_| even && whole == body.len()) {
            Some(kept) => {
                plain.truncate(kept);
                (plain, Sound::Yes)
            }
            None => (plain, Sound::No),
        }
    }

    fn encrypt(&self, iv: &[u8; AES_BLOCK], data: &[u8]) -> Result<Vec<u8>, CipherError> {
        match self.method {
            Method::Identity => Ok(data.to_vec()),
            Method::Rc4 => rc4(self.key.expose(), data),
            Method::AesV2 | Method::AesV3 => {
                let fill = AES_BLOCK - data.len() % AES_BLOCK;
                let mut padded = data.to_vec();
                padded.resize(data.len().saturating_add(fill), u8::try_from(fill).unwrap_or(0));
                let mut encrypted = iv.to_vec();
                encrypted.extend(aes_cbc_encrypt(self.key.expose(), iv, &padded)?);
                Ok(encrypted)
            }
        }
    }
}

/// The crypt filter that a stream names (7.4.10): the first filter, Identity where it gives no name.
pub(crate) fn crypt_filter(filters: &Dictionary) -> Option<&[u8]> {
    let filter = match filters.get("Filter") {
        Some(Object::Array(items)) => items.first(),
        other => other,
    };
    if !filter?.is_name("Crypt") {
        return None;
    }
    let parameters = filters.get("DecodeParms").or_else(|| filters.get("DP"));
    let parameters = match parameters {
        Some(Object::Array(items)) => items.first(),
        other => other,
    };
    let name = parameters.and_then(Object::as_dictionary).and_then(|parameters| parameters.get("Name"));
    Some(name.and_then(Object::as_name).unwrap_or(b"Identity"))
}

/// Every encrypted string of a value. /Contents of a signature dictionary is none (7.6.1): the signature is taken over
/// the file as it lies there. Values nest no deeper than the reader lets them.
fn each_string(object: &mut Object, take: &mut dyn FnMut(&mut Vec<u8>)) {
    match object {
        Object::String(bytes) => take(bytes),
        Object::Array(items) => items.iter_mut().for_each(|item| each_string(item, take)),
        Object::Dictionary(dictionary) => each_entry(dictionary, take),
        Object::Stream(stream) => each_entry(&mut stream.dictionary, take),
        _ => {}
    }
}

fn each_entry(dictionary: &mut Dictionary, take: &mut dyn FnMut(&mut Vec<u8>)) {
    let signature = is_signature(dictionary);
    for (key, value) in dictionary.iter_mut() {
        if !(signature && key == b"Contents") {
            each_string(value, take);
        }
    }
}

/// A signature dictionary (12.8.1, table 252): it has a /ByteRange, and its /Type, where it has one, says so.
fn is_signature(dictionary: &Dictionary) -> bool {
    let kind = dictionary.get("Type").and_then(Object::as_name);
    dictionary.get("ByteRange").is_some() && matches!(kind, None | Some(b"Sig" | b"DocTimeStamp"))
}
