//! The encryption dictionary of the standard security handler (ISO 32000-1 7.6.1 to 7.6.3, 7.6.5; ISO 32000-2 7.6).

use crate::pdf::error::{EncryptionPart, PdfError, UnsupportedEncryption};
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::view::View;
use crate::pdf::xref::Location;

/// Most crypt filters read; real files have one.
const FILTERS: usize = 32;
/// Most references that are followed to an entry of the dictionary.
const HOPS: usize = 4;

/// How strings or streams are encrypted (ISO 32000-1 table 25, CFM; ISO 32000-2 adds AESV3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Not at all.
    Identity,
    /// RC4 with a key for each object (7.6.2, algorithm 1).
    Rc4,
    /// AES-128 in CBC mode with a key for each object (7.6.2, algorithm 1).
    AesV2,
    /// AES-256 in CBC mode with the file's key (ISO 32000-2 7.6.3.3, algorithm 1.A).
    AesV3,
}

/// How the file's key comes from a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derivation {
    /// R 2: MD5 once.
    Md5Once,
    /// R 3 and 4: MD5 fifty times more.
    Md5Many,
    /// R 5, of Adobe's extension level 3: SHA-256 once.
    Sha256,
    /// R 6: algorithm 2.B of ISO 32000-2.
    Hardened,
}

/// Whether the document's metadata are encrypted (ISO 32000-1 table 21, `EncryptMetadata`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metadata {
    Encrypted,
    Clear,
}

/// An encryption dictionary of a known kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub(crate) derivation: Derivation,
    /// Bytes of the file's key.
    pub(crate) key_length: usize,
    /// O: 32 bytes, or the 48 of R 5 and 6.
    pub(crate) owner: Vec<u8>,
    /// U, likewise.
    pub(crate) user: Vec<u8>,
    /// OE of R 5 and 6.
    pub(crate) owner_key: Vec<u8>,
    /// UE of R 5 and 6.
    pub(crate) user_key: Vec<u8>,
    /// Perms of R 5 and 6, where it has its 16 bytes.
    pub(crate) perms: Option<Vec<u8>>,
    /// P, as its 32 bits.
    pub(crate) permissions: u32,
    pub(crate) metadata: Metadata,
    /// StmF.
    pub(crate) streams: Method,
    /// StrF.
    pub(crate) strings: Method,
    /// EFF.
    pub(crate) files: Method,
    /// CF; none below V 4.
    filters: Vec<(Vec<u8>, Method)>,
    /// The first file identifier, where keys depend on it.
    pub(crate) file_id: Vec<u8>,
}

/// What a revision's trailer says of encryption.
pub(crate) struct Stated {
    pub(crate) encryption: Encryption,
    /// The dictionary's own object, whose strings are never encrypted (7.6.1).
    pub(crate) place: Option<ObjectId>,
}

impl Encryption {
    /// Reads what the trailer of a revision says; `None` where it has no /Encrypt.
    pub(crate) fn of(view: &View<'_>) -> Result<Option<Stated>, PdfError> {
        let Some(entry) = view.trailer().get("Encrypt").filter(|value| **value != Object::Null) else {
            return Ok(None);
        };
        let dictionary = match plain(view, entry)? {
            Object::Dictionary(dictionary) => dictionary,
            _ => return Err(malformed(EncryptionPart::Dictionary)),
        };
        let reader = Reader { view, dictionary: &dictionary };
        Ok(Some(Stated { encryption: reader.read()?, place: entry.as_reference() }))
    }

    /// The method of a crypt filter by name (ISO 32000-1 tables 25 and 26).
    pub(crate) fn filter(&self, name: &[u8]) -> Result<Method, PdfError> {
        if name == b"Identity" {
            return Ok(Method::Identity);
        }
        let found = self.filters.iter().find(|(known, _)| known == name).map(|(_, method)| *method);
        found.ok_or_else(|| unsupported(UnsupportedEncryption::CryptFilter { name: name.to_vec() }))
    }

    /// Whether streams may name crypt filters of their own: from V 4 on (ISO 32000-1 7.6.5).
    pub(crate) fn knows_filters(&self) -> bool {
        !self.filters.is_empty()
    }
}

/// One dictionary being read.
struct Reader<'a> {
    view: &'a View<'a>,
    dictionary: &'a Dictionary,
}

impl Reader<'_> {
    fn read(&self) -> Result<Encryption, PdfError> {
        let handler = self.entry(self.dictionary, "Filter")?;
        if !handler.is_name("Standard") {
            let name = handler.as_name().unwrap_or_default().to_vec();
            return Err(unsupported(UnsupportedEncryption::Handler { name }));
        }
        let (version, revision) = (self.integer("V")?.unwrap_or(0), self.integer("R")?.unwrap_or(0));
        let derivation = match (version, revision) {
            (1 | 2, 2) => Derivation::Md5Once,
            (1 | 2, 3) | (4, 4) => Derivation::Md5Many,
            (5, 5) => Derivation::Sha256,
            (5, 6) => Derivation::Hardened,
            _ => return Err(unsupported(UnsupportedEncryption::Version { version, revision })),
        };
        let modern = version == 5;
        let filters = if version >= 4 { self.filters(version)? } else { Vec::new() };
        let size = if modern { 48 } else { 32 };
        let (owner_key, user_key, file_id) = if modern {
            (self.bytes("OE", 32)?, self.bytes("UE", 32)?, Vec::new())
        } else {
            (Vec::new(), Vec::new(), first_identifier(self.view)?)
        };
        let mut encryption = Encryption {
            derivation,
            key_length: self.key_length(version, &filters)?,
            owner: self.bytes("O", size)?,
            user: self.bytes("U", size)?,
            owner_key,
            user_key,
            perms: if modern { self.bytes("Perms", 16).ok() } else { None },
            permissions: self.permissions()?,
            metadata: self.metadata(version)?,
            streams: Method::Rc4,
            strings: Method::Rc4,
            files: Method::Rc4,
            filters,
            file_id,
        };
        if version >= 4 {
            // Table 20: Identity where StmF and StrF are missing, StmF where EFF is.
            let method = |key: &str, default: Method| match self.entry(self.dictionary, key)?.as_name() {
                Some(name) => encryption.filter(name),
                None => Ok(default),
            };
            let (streams, strings) = (method("StmF", Method::Identity)?, method("StrF", Method::Identity)?);
            let files = method("EFF", streams)?;
            encryption = Encryption { streams, strings, files, ..encryption };
        }
        Ok(encryption)
    }

    /// CF (ISO 32000-1 table 20): each filter with its method, which must be one of this version.
    fn filters(&self, version: i64) -> Result<Vec<(Vec<u8>, Method)>, PdfError> {
        let mut filters = vec![(b"Identity".to_vec(), Method::Identity)];
        let Object::Dictionary(listed) = self.entry(self.dictionary, "CF")? else { return Ok(filters) };
        for (name, filter) in listed.iter().take(FILTERS) {
            let Object::Dictionary(filter) = plain(self.view, filter)? else { continue };
            let method = self.entry(&filter, "CFM")?;
            let method = match (version, method.as_name()) {
                (4, Some(b"V2")) => Method::Rc4,
                (4, Some(b"AESV2")) => Method::AesV2,
                (5, Some(b"AESV3")) => Method::AesV3,
                // None hands the work to another program; what nothing uses does no harm.
                _ => continue,
            };
            filters.push((name.to_vec(), method));
        }
        Ok(filters)
    }

    /// Bytes of the file's key: Length is in bits, a multiple of 8 (table 20). Some writers state bytes.
    fn key_length(&self, version: i64, filters: &[(Vec<u8>, Method)]) -> Result<usize, PdfError> {
        if version == 5 {
            return Ok(32);
        }
        let aes = filters.iter().any(|(_, method)| *method == Method::AesV2);
        let default = match version {
            1 => return Ok(5),
            // Table 25: AESV2 has keys of 128 bits; V2 without a stated length is seen with them, too.
            4 if aes => return Ok(16),
            4 => 128,
            _ => 40,
        };
        let bits = match self.integer("Length")?.unwrap_or(default) {
            bytes @ 5..=16 => bytes.saturating_mul(8),
            bits => bits,
        };
        match usize::try_from(bits) {
            Ok(bits @ 40..=128) if bits % 8 == 0 => Ok(bits / 8),
            _ => Err(malformed(EncryptionPart::Length)),
        }
    }

    /// P, 32 bits with a sign that some writers forget (table 22).
    fn permissions(&self) -> Result<u32, PdfError> {
        let value = self.integer("P")?.ok_or(malformed(EncryptionPart::Permissions))?;
        let signed = i32::try_from(value).ok().map(i32::cast_unsigned);
        signed.or_else(|| u32::try_from(value).ok()).ok_or(malformed(EncryptionPart::Permissions))
    }

    fn metadata(&self, version: i64) -> Result<Metadata, PdfError> {
        let stated = self.entry(self.dictionary, "EncryptMetadata")?;
        Ok(if version >= 4 && stated == Object::Boolean(false) { Metadata::Clear } else { Metadata::Encrypted })
    }

    fn integer(&self, key: &str) -> Result<Option<i64>, PdfError> {
        Ok(self.entry(self.dictionary, key)?.as_integer())
    }

    /// The first `length` bytes of a string; some writers pad them.
    fn bytes(&self, key: &'static str, length: usize) -> Result<Vec<u8>, PdfError> {
        let value = self.entry(self.dictionary, key)?;
        let bytes = value.as_string().and_then(|bytes| bytes.get(..length));
        bytes.map(<[u8]>::to_vec).ok_or(malformed(EncryptionPart::Entry { key }))
    }

    fn entry(&self, dictionary: &Dictionary, key: &str) -> Result<Object, PdfError> {
        dictionary.get(key).map_or(Ok(Object::Null), |value| plain(self.view, value))
    }
}

/// The first string of the trailer's /ID (ISO 32000-1 14.4); without one keys are made without it.
pub(crate) fn first_identifier(view: &View<'_>) -> Result<Vec<u8>, PdfError> {
    let Some(id) = view.trailer().get("ID") else { return Ok(Vec::new()) };
    let id = plain(view, id)?;
    let first = id.as_array().and_then(<[Object]>::first).map(|first| plain(view, first)).transpose()?;
    Ok(first.as_ref().and_then(Object::as_string).unwrap_or_default().to_vec())
}

/// A value as it is written, undecrypted. What it refers to must lie by itself in the file: an object stream would be
/// encrypted (ISO 32000-1 7.5.7).
fn plain(view: &View<'_>, object: &Object) -> Result<Object, PdfError> {
    let mut object = object.clone();
    for _ in 0..HOPS {
        let Object::Reference(id) = object else { return Ok(object) };
        object = match view.location(id)? {
            Some(Location::Offset(offset)) => view.stored(id, offset)?,
            None | Some(Location::Free) => return Ok(Object::Null),
            Some(Location::InStream { .. }) => return Err(malformed(EncryptionPart::Dictionary)),
        };
    }
    Err(malformed(EncryptionPart::Dictionary))
}

fn malformed(part: EncryptionPart) -> PdfError {
    PdfError::EncryptionMalformed { part }
}

fn unsupported(what: UnsupportedEncryption) -> PdfError {
    PdfError::EncryptionUnsupported { what }
}
