//! A seal as it was read.

use std::sync::Arc;

use crate::crypto::{KeyError, VerifyError};
use crate::pki::CertificateError;
use crate::pki::ber::BerError;
use crate::time::{Time, Validity};

/// Which standard a seal follows, told by its structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealVersion {
    /// GM/T 0031-2014: two members.
    V1,
    /// GB/T 38540-2020: four members.
    V4,
    /// GM/T 0031-2025: version 5 in the header, or a fifth member.
    V5,
}

impl SealVersion {
    /// `GM/T 0031-2014`, `GB/T 38540-2020` or `GM/T 0031-2025`.
    #[must_use]
    pub fn standard(self) -> &'static str {
        match self {
            SealVersion::V1 => "GM/T 0031-2014",
            SealVersion::V4 => "GB/T 38540-2020",
            SealVersion::V5 => "GM/T 0031-2025",
        }
    }
}

/// The integer `type` of a seal's properties. Makers follow different lists, so the number counts and the names help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SealType(pub u64);

impl SealType {
    /// Name by GM/T 0031: 1 unit, 2 personal.
    #[must_use]
    pub fn standard_name(self) -> Option<&'static str> {
        match self.0 {
            1 => Some("unit seal"),
            2 => Some("personal seal"),
            _ => None,
        }
    }

    /// Name by the list of the government's seal systems.
    #[must_use]
    pub fn government_name(self) -> Option<&'static str> {
        match self.0 {
            0 => Some("personal name seal"),
            1 => Some("legal name seal"),
            2 => Some("finance seal"),
            3 => Some("invoice seal"),
            4 => Some("contract seal"),
            5 => Some("legal representative's name seal"),
            6 => Some("business seal"),
            99 => Some("other"),
            _ => None,
        }
    }
}

/// The certificates that may sign with the seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertList {
    /// DER certificates (certListType 1, and V1).
    Certificates(Vec<Vec<u8>>),
    /// Digests of DER certificates (certListType 2).
    Digests(Vec<CertificateDigest>),
    /// Something that names nobody, as one maker's IA5String "1".
    Unreadable,
}

/// One `CertDigestObj` of GB/T 38540-2020.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateDigest {
    /// Free text: a name or an object identifier of a digest.
    pub algorithm: String,
    /// The digest.
    pub value: Vec<u8>,
}

/// `SES_ESPictrueInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Type as written: `PNG`, `gif`, `ofd`, ... Compare without regard to case.
    pub kind: String,
    /// The picture's bytes; for `ofd` a whole package.
    pub data: Vec<u8>,
    /// Width in mm.
    pub width_mm: u64,
    /// Height in mm.
    pub height_mm: u64,
}

/// `ExtData`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtData {
    /// Dotted object identifier.
    pub oid: String,
    /// Whether a reader must know it.
    pub critical: bool,
    /// The contents.
    pub value: Vec<u8>,
}

/// What a seal does otherwise than its standard says, and what we read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealOddity {
    /// The list of certificates names nobody.
    ListUnreadable,
    /// A date of the other ASN.1 type than the standard's.
    DateType,
    /// Larger than 100 mm: most likely pixels where millimetres are meant.
    PictureLarge,
    /// `header.version` is not that of the structure.
    HeaderVersion,
}

/// Why bytes are no seal, or its maker's signature is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Larger than any seal may be.
    #[error("a seal of {length} bytes is too large")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// A part is broken.
    #[error("malformed seal: {part}: {cause}")]
    Malformed {
        /// Name of the part in the standard.
        part: &'static str,
        /// What is wrong.
        cause: BerError,
    },
    /// `header.ID` is not `ES`.
    #[error("not a seal: its header does not say ES")]
    NotASeal,
    /// A version that no standard knows.
    #[error("unknown seal version {version}")]
    UnknownVersion {
        /// What the header says.
        version: u64,
    },
    /// `certListType` is neither 1 nor 2.
    #[error("unknown certListType {kind}")]
    UnknownListType {
        /// What is written.
        kind: u64,
    },
    /// The maker's certificate cannot be read.
    #[error("the maker's certificate: {0}")]
    MakerCertificate(CertificateError),
    /// The maker's key cannot be used.
    #[error("the maker's key: {0}")]
    MakerKey(KeyError),
    /// The maker signed with an algorithm that this program does not know.
    #[error("unknown signature algorithm {oid}")]
    UnknownAlgorithm {
        /// Its object identifier.
        oid: String,
    },
    /// The maker's signature value is not good.
    #[error("the maker's signature: {0}")]
    Signature(VerifyError),
}

/// A seal as it was read; nothing has been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal(pub(super) Arc<Parts>);

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) bytes: Vec<u8>,
    pub(super) version: SealVersion,
    pub(super) header_version: u64,
    pub(super) vendor: String,
    pub(super) number: String,
    pub(super) kind: SealType,
    pub(super) name: String,
    pub(super) list: CertList,
    pub(super) created: Time,
    pub(super) validity: Validity,
    pub(super) picture: Picture,
    pub(super) extensions: Vec<ExtData>,
    pub(super) maker: Vec<u8>,
    pub(super) algorithm: String,
    pub(super) value: Vec<u8>,
    pub(super) signed: Vec<u8>,
    pub(super) timestamp: Option<Vec<u8>>,
    pub(super) oddities: Vec<SealOddity>,
}

impl Seal {
    /// The seal's bytes exactly as read.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Which standard it follows.
    #[must_use]
    pub fn version(&self) -> SealVersion {
        self.0.version
    }

    /// `header.version` as written.
    #[must_use]
    pub fn header_version(&self) -> u64 {
        self.0.header_version
    }

    /// `header.Vid`: the maker's identifier of its product.
    #[must_use]
    pub fn vendor(&self) -> &str {
        &self.0.vendor
    }

    /// `esID`: the seal's number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.0.number
    }

    /// `property.type`.
    #[must_use]
    pub fn kind(&self) -> SealType {
        self.0.kind
    }

    /// `property.name`: the seal's title.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// `property.certList`.
    #[must_use]
    pub fn list(&self) -> &CertList {
        &self.0.list
    }

    /// `property.createDate`.
    #[must_use]
    pub fn created(&self) -> Time {
        self.0.created
    }

    /// `property.validStart` and `validEnd`.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.0.validity
    }

    /// The picture.
    #[must_use]
    pub fn picture(&self) -> &Picture {
        &self.0.picture
    }

    /// `extDatas`; empty where absent.
    #[must_use]
    pub fn extensions(&self) -> &[ExtData] {
        &self.0.extensions
    }

    /// DER of the maker's certificate, as stored.
    #[must_use]
    pub fn maker_certificate(&self) -> &[u8] {
        &self.0.maker
    }

    /// Dotted object identifier of the maker's signature algorithm.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        &self.0.algorithm
    }

    /// The maker's signature value, without the count of unused bits.
    #[must_use]
    pub fn signed_value(&self) -> &[u8] {
        &self.0.value
    }

    /// The bytes that the maker signed. V4 and V5: `eSealInfo` as stored; V1: SEQUENCE of `esealInfo`, `cert` and
    /// `signatureAlgorithm` as stored.
    #[must_use]
    pub fn signed_bytes(&self) -> &[u8] {
        &self.0.signed
    }

    /// The timestamp token of V5 over the signature value, not verified.
    #[must_use]
    pub fn timestamp(&self) -> Option<&[u8]> {
        self.0.timestamp.as_deref()
    }

    /// What the seal does otherwise than its standard says.
    #[must_use]
    pub fn oddities(&self) -> &[SealOddity] {
        &self.0.oddities
    }
}
