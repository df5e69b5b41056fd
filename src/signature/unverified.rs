//! A signature value as read, and the digests of the document that it needs.

use crate::crypto::{Digest, DigestAlgorithm, Hasher, MessageHasher, PublicKey, SignatureAlgorithm};
use crate::pki::Certificate;
use crate::pki::ber::{Encoding, Reader, tag};
use crate::pki::cms::{Family, SignedData, SignerInfo, oid};
use crate::pki::timestamp::TstInfo;
use crate::signature::statement::{STATEMENT_OID, Statement};
use crate::time::Time;

/// In which place a signature value was found: it decides what may be inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// PDF, `adbe.pkcs7.detached` (ISO 32000-1 12.8.3.3), and GM containers under any name.
    PdfDetached,
    /// PDF, `adbe.pkcs7.sha1`: eContent is the SHA-1 digest of the document (ISO 32000-1 12.8.3.3).
    PdfSha1,
    /// PDF, `ETSI.CAdES.detached` (ETSI EN 319 142-1).
    Pades,
    /// PDF document timestamp, `ETSI.RFC3161`.
    PdfTimestamp,
    /// PDF, `adbe.x509.rsa_sha1`: a bare PKCS#1 value (ISO 32000-1 12.8.3.2).
    PdfPkcs1,
    /// OFD, `SignedValue.dat` of a signature of type Sign (GB/T 33190-2016 18).
    Ofd,
    /// A file of its own beside the document.
    File,
}

/// One signature value; nothing of it is verified.
#[derive(Clone, Debug)]
pub struct Unverified {
    pub(crate) body: Body,
    pub(crate) profile: Profile,
    pub(crate) certificate: Option<Certificate>,
}

/// What was read.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Cms(Box<SignedData>),
    Bare { value: Vec<u8>, algorithm: Option<SignatureAlgorithm>, tail: Tail },
    Broken,
}

/// What follows a bare value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    Nothing,
    Zeros,
    Other,
}

/// What eContent has to do with the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentRole {
    /// Absent, as it should be: the document is the content.
    Detached,
    /// It holds the document's digest.
    DocumentDigest(DigestAlgorithm),
    /// It is a TSTInfo.
    Timestamp,
    /// It must not be there.
    Forbidden,
    /// It must be there and is not.
    Missing,
}

/// Digests a document for one signature value while the document is read.
#[derive(Clone, Debug)]
pub struct DocumentHasher {
    hashers: Vec<Hasher>,
    message: Option<MessageHasher>,
    start: Vec<u8>,
    length: u64,
}

/// Digests of a document.
#[derive(Clone, Debug, Default)]
pub struct DocumentDigests {
    pub(crate) digests: Vec<Digest>,
    pub(crate) message: Option<MessageHasher>,
    start: Vec<u8>,
    length: u64,
}

impl Profile {
    /// From the SubFilter of a PDF signature dictionary. The names of GM/T 0112 makers (`GM.sm2cms.detached`, ...) read
    /// as detached: the container itself tells what it is.
    #[must_use]
    pub fn of_sub_filter(name: &str) -> Option<Self> {
        match name {
            "adbe.pkcs7.detached" | "GM.sm2cms.detached" | "GM.SM2" => Some(Profile::PdfDetached),
            "adbe.pkcs7.sha1" => Some(Profile::PdfSha1),
            "ETSI.CAdES.detached" => Some(Profile::Pades),
            "ETSI.RFC3161" => Some(Profile::PdfTimestamp),
            "adbe.x509.rsa_sha1" => Some(Profile::PdfPkcs1),
            _ => None,
        }
    }

    /// Whether zero bytes may follow the container: /Contents is reserved before it is filled.
    pub(crate) fn is_padded(self) -> bool {
        !matches!(self, Profile::Ofd | Profile::File)
    }
}

impl Unverified {
    /// Reads a container of SignedData. `extra` are certificates from elsewhere (the document, the user) among which the
    /// signer's may be; those of the container come first. Bytes that are no container give a value whose
    /// [`crate::signature::Outcome`] says so.
    #[must_use]
    pub fn read(bytes: &[u8], profile: Profile, extra: &[Certificate]) -> Self {
        let Ok(signed_data) = SignedData::read(bytes) else {
            return Unverified { body: Body::Broken, profile, certificate: None };
        };
        let certificate = signed_data.signing_certificate(extra);
        Unverified { body: Body::Cms(Box::new(signed_data)), profile, certificate }
    }

    /// A bare value over the document itself: OFD form C (no certificate inside), or `adbe.x509.rsa_sha1`, where the
    /// value is an OCTET STRING and the certificate stands in /Cert. `algorithm` is what the document names; without it
    /// the key's default is used, and in a PDF what the value itself names: SHA-1, which the name says, or one of the
    /// longer digests of later versions (ISO 32000-1 table 257).
    #[must_use]
    pub fn bare(
        bytes: &[u8],
        profile: Profile,
        algorithm: Option<SignatureAlgorithm>,
        certificate: Option<Certificate>,
    ) -> Self {
        let mut outer = Reader::new(bytes, Encoding::Ber);
        let body = match outer.next() {
            Ok(first) if matches!(first.tag, tag::OCTET_STRING | tag::SEQUENCE) => {
                let value = if first.tag == tag::SEQUENCE { first.bytes } else { first.content };
                let tail = match outer.rest() {
                    [] => Tail::Nothing,
                    rest if rest.iter().all(|b| *b == 0) => Tail::Zeros,
                    _ => Tail::Other,
                };
                // A raw value of 64 bytes may begin like a DER value; then the whole is the value.
                if tail == Tail::Other && bytes.len() == 64 {
                    Body::Bare { value: bytes.to_vec(), algorithm, tail: Tail::Nothing }
                } else {
                    Body::Bare { value: value.to_vec(), algorithm, tail }
                }
            }
            _ if bytes.len() == 64 => Body::Bare { value: bytes.to_vec(), algorithm, tail: Tail::Nothing },
            _ => Body::Broken,
        };
        Unverified { body, profile, certificate }.named_by_value()
    }

    /// With the algorithm of a PDF's bare value, where nothing else names it.
    fn named_by_value(mut self) -> Self {
        let key = self.key();
        if let Body::Bare { value, algorithm: algorithm @ None, .. } = &mut self.body
            && self.profile == Profile::PdfPkcs1
        {
            let named = key.and_then(|key| key.pkcs1_digest(value)).unwrap_or(DigestAlgorithm::Sha1);
            *algorithm = Some(SignatureAlgorithm::RsaPkcs1(named));
        }
        self
    }

    /// The container, where it is one and could be read.
    #[must_use]
    pub fn signed_data(&self) -> Option<&SignedData> {
        match &self.body {
            Body::Cms(signed_data) => Some(signed_data),
            Body::Bare { .. } | Body::Broken => None,
        }
    }

    /// The one signer, where there is exactly one.
    #[must_use]
    pub fn signer_info(&self) -> Option<&SignerInfo> {
        match self.signed_data()?.signer_infos.as_slice() {
            [info] => Some(info),
            _ => None,
        }
    }

    /// The signing certificate, where it was found.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// The signature algorithm, where it is known.
    #[must_use]
    pub fn algorithm(&self) -> Option<SignatureAlgorithm> {
        match &self.body {
            Body::Cms(_) => {
                let info = self.signer_info()?;
                let digest = DigestAlgorithm::from_oid(&info.digest_algorithm.oid);
                SignatureAlgorithm::from_identifier(&info.signature_algorithm.raw, digest)
            }
            Body::Bare { algorithm, .. } => (*algorithm).or_else(|| Some(self.key()?.default_algorithm())),
            Body::Broken => None,
        }
    }

    /// The digest algorithm over the document, where it is known.
    #[must_use]
    pub fn digest_algorithm(&self) -> Option<DigestAlgorithm> {
        match (&self.body, self.content_role()) {
            (Body::Cms(_), Some(ContentRole::DocumentDigest(algorithm))) => Some(algorithm),
            (Body::Cms(signed_data), Some(ContentRole::Timestamp)) => {
                let info = TstInfo::read(signed_data.content.as_deref()?).ok()?;
                DigestAlgorithm::from_oid(&info.digest_oid)
            }
            (Body::Cms(_), _) => DigestAlgorithm::from_oid(&self.signer_info()?.digest_algorithm.oid),
            (Body::Bare { .. }, _) => self.algorithm().map(SignatureAlgorithm::digest),
            (Body::Broken, _) => None,
        }
    }

    /// The time that the signer states; claimed, not proven.
    #[must_use]
    pub fn signing_time(&self) -> Option<Time> {
        self.signer_info()?.signed_attributes.as_ref()?.signing_time().ok()?
    }

    /// What the signer states beside the document, where the attribute of our own is there and readable.
    #[must_use]
    pub fn statement(&self) -> Option<Statement> {
        let attributes = self.signer_info()?.signed_attributes.as_ref()?.attributes();
        Statement::read(attributes.single(STATEMENT_OID).ok()??).ok()
    }

    /// The digests of the document that [`Unverified::verify`] will look at.
    #[must_use]
    pub fn needed_digests(&self) -> Vec<DigestAlgorithm> {
        match &self.body {
            Body::Cms(_) => self.digest_algorithm().into_iter().collect(),
            Body::Bare { .. } | Body::Broken => Vec::new(),
        }
    }

    /// A hasher that makes everything that [`Unverified::verify`] needs. Feed it the signed bytes of the document.
    #[must_use]
    pub fn document_hasher(&self) -> DocumentHasher {
        let hashers = self.needed_digests().into_iter().map(Hasher::new).collect();
        let message = if self.covers_document_directly() { self.message_hasher() } else { None };
        DocumentHasher { hashers, message, start: Vec::new(), length: 0 }
    }

    /// Whether the value covers the bytes of the document without signed attributes and without eContent.
    pub(crate) fn covers_document_directly(&self) -> bool {
        match &self.body {
            Body::Cms(_) => {
                self.signer_info().is_some_and(|info| info.signed_attributes.is_none())
                    && self.content_role() == Some(ContentRole::Detached)
            }
            Body::Bare { .. } => true,
            Body::Broken => false,
        }
    }

    /// Whether rules of GB/T 35275 and GM/T 0010 apply: told by the container, not by its name.
    pub(crate) fn is_gm(&self) -> bool {
        self.signed_data().is_some_and(|data| data.family == Family::Gm)
            || self.algorithm() == Some(SignatureAlgorithm::Sm2Sm3)
    }

    pub(crate) fn content_role(&self) -> Option<ContentRole> {
        let signed_data = self.signed_data()?;
        let present = signed_data.content.is_some();
        Some(match self.profile {
            Profile::PdfSha1 if present => ContentRole::DocumentDigest(DigestAlgorithm::Sha1),
            Profile::PdfTimestamp if present => ContentRole::Timestamp,
            Profile::PdfSha1 | Profile::PdfTimestamp => ContentRole::Missing,
            _ if !present => ContentRole::Detached,
            _ if self.is_gm() => {
                let named = DigestAlgorithm::from_oid(&self.signer_info()?.digest_algorithm.oid);
                named.map_or(ContentRole::Forbidden, ContentRole::DocumentDigest)
            }
            _ => ContentRole::Forbidden,
        })
    }

    pub(crate) fn key(&self) -> Option<PublicKey> {
        self.certificate.as_ref()?.public_key().ok()
    }

    fn message_hasher(&self) -> Option<MessageHasher> {
        self.key()?.message_hasher(self.algorithm()?).ok()
    }
}

/// Longest start of a document that is remembered: identifier, length and first member of a SET.
const START: usize = 16;

impl DocumentHasher {
    /// Takes more of the document.
    pub fn update(&mut self, bytes: &[u8]) {
        let wanted = START.saturating_sub(self.start.len()).min(bytes.len());
        self.start.extend_from_slice(bytes.get(..wanted).unwrap_or(&[]));
        self.length = self.length.saturating_add(bytes.len() as u64);
        for hasher in &mut self.hashers {
            hasher.update(bytes);
        }
        if let Some(message) = &mut self.message {
            message.update(bytes);
        }
    }

    /// A copy from which the hasher of another signature may go on, without reading again what this one was fed. `None`
    /// for a value over the document itself, whose digest hangs on the signer's key.
    #[must_use]
    pub fn beginning(&self) -> Option<DocumentHasher> {
        self.message.is_none().then(|| self.clone())
    }

    /// Whether a [`DocumentHasher::beginning`] may take the place of this hasher, to which nothing has been fed: both make
    /// the same digests of any document.
    #[must_use]
    pub fn may_go_on_from(&self, beginning: &DocumentHasher) -> bool {
        let algorithms = |hasher: &DocumentHasher| hasher.hashers.iter().map(Hasher::algorithm).collect::<Vec<_>>();
        let keyed = self.message.is_some() || beginning.message.is_some();
        self.length == 0 && !keyed && algorithms(self) == algorithms(beginning)
    }

    /// Ends.
    #[must_use]
    pub fn finish(self) -> DocumentDigests {
        let digests = self.hashers.into_iter().map(Hasher::finish).collect();
        DocumentDigests { digests, message: self.message, start: self.start, length: self.length }
    }
}

impl DocumentDigests {
    /// All that `unverified` needs, of a document in memory.
    #[must_use]
    pub fn of(unverified: &Unverified, document: &[u8]) -> Self {
        let mut hasher = unverified.document_hasher();
        hasher.update(document);
        hasher.finish()
    }

    /// The digest of one algorithm.
    #[must_use]
    pub fn get(&self, algorithm: DigestAlgorithm) -> Option<&Digest> {
        self.digests.iter().find(|digest| digest.algorithm() == algorithm)
    }

    /// Whether the document is, as far as its start and length show, a SET of attributes: then a signature made over
    /// attributes can be shown as one over this document, by leaving the attributes out of the container.
    pub(crate) fn looks_like_attributes(&self) -> bool {
        let Some((&tag::SET, rest)) = self.start.split_first() else { return false };
        let Some((&first, field)) = rest.split_first() else { return false };
        let count = if first < 0x80 { 0 } else { usize::from(first & 0x7F) };
        let Some(field) = field.get(..count).filter(|_| count <= 8) else { return false };
        let length = if count == 0 { u64::from(first) } else { field.iter().fold(0, |n, b| n << 8 | u64::from(*b)) };
        let header = 2 + count as u64;
        self.start.get(2 + count) == Some(&tag::SEQUENCE) && length.checked_add(header) == Some(self.length)
    }
}

/// Whether two type identifiers both mean "data": id-data of RFC 5652 4 and its GB/T 35275 twin, which makers mix.
pub(crate) fn is_data(content_type: &str) -> bool {
    matches!(content_type, oid::DATA | oid::GM_DATA)
}
