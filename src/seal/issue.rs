//! Issuing of a seal: GB/T 38540-2020 (version 4) and GM/T 0031-2025 (version 5), which differ in the header's version
//! alone where a seal has no timestamp.

use crate::crypto::{DigestAlgorithm, SignError, Signer};
use crate::drawing::picture_format;
use crate::pki::extension::Usage;
use crate::pki::write::{
    WriteError, boolean, generalized_time, ia5, integer, octet_string, oid, printable, sequence, utf8,
};
use crate::pki::{Certificate, CertificateError, write};
use crate::seal::{ExtData, Seal, SealError, SealType};
use crate::time::{Standing, Time, Validity};

/// Longest seal number (practice of the field: 64 letters and digits, never interpreted).
const NUMBER_LENGTH: usize = 64;

/// How a seal names its holders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HolderList {
    /// The certificates themselves (certListType 1).
    Certificates(Vec<Certificate>),
    /// Their digests (certListType 2).
    Digests(Vec<Certificate>, DigestAlgorithm),
}

/// The picture of a new seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureRequest {
    /// PNG, JPEG, GIF or BMP.
    pub data: Vec<u8>,
    /// Width in mm.
    pub width_mm: u64,
    /// Height in mm.
    pub height_mm: u64,
}

/// The standard that a new seal follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SealStandard {
    /// GB/T 38540-2020.
    #[default]
    V4,
    /// GM/T 0031-2025. Its timestamp is optional and left out.
    V5,
}

impl SealStandard {
    /// `header.version`.
    fn version(self) -> u64 {
        match self {
            SealStandard::V4 => 4,
            SealStandard::V5 => 5,
        }
    }
}

/// What a new seal is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRequest {
    /// Which structure it has.
    pub standard: SealStandard,
    /// `header.Vid`, ASCII.
    pub vendor: String,
    /// `esID`: 1 to 64 letters and digits.
    pub number: String,
    /// `property.type`.
    pub kind: SealType,
    /// `property.name`: the title.
    pub name: String,
    /// Who may sign with it.
    pub holders: HolderList,
    /// `property.createDate`.
    pub created: Time,
    /// First and last instant; inside the validity of the maker's certificate.
    pub validity: Validity,
    /// The picture.
    pub picture: PictureRequest,
    /// `extDatas`; left out where empty.
    pub extensions: Vec<ExtData>,
}

/// Why no seal was issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The number is empty, too long, or has other characters than letters and digits.
    #[error("a seal number has 1 to 64 letters and digits")]
    Number,
    /// The title is empty.
    #[error("the title is empty")]
    Title,
    /// Nobody could sign with it.
    #[error("the list of holders is empty")]
    NoHolder,
    /// The end lies before the beginning.
    #[error("the validity ends before it begins")]
    Backwards,
    /// The validity reaches outside that of the maker's certificate.
    #[error("{from} to {to} is not within the maker's certificate, {maker_from} to {maker_to}")]
    OutsideMaker {
        /// Asked for.
        from: Time,
        /// Asked for.
        to: Time,
        /// The certificate's.
        maker_from: Time,
        /// The certificate's.
        maker_to: Time,
    },
    /// The maker's certificate is not valid at the date of creation.
    #[error("the maker's certificate is not valid at {at}")]
    MakerNotValid {
        /// `createDate`.
        at: Time,
    },
    /// The maker's certificate is not meant for signatures.
    #[error("the maker's certificate may not sign: its key usage has no digitalSignature or nonRepudiation")]
    MakerMayNotSign,
    /// The signing key is not that of the maker's certificate.
    #[error("the key is not that of the maker's certificate")]
    OtherKey,
    /// Not a PNG, JPEG, GIF or BMP file.
    #[error("not a picture")]
    NotAPicture,
    /// A picture without size.
    #[error("the picture's size in mm is zero")]
    NoSize,
    /// The digest for the list is too weak.
    #[error("{0} is too weak to name holders")]
    WeakDigest(&'static str),
    /// A text that cannot be written.
    #[error(transparent)]
    Text(#[from] WriteError),
    /// The maker's certificate cannot be read.
    #[error("the maker's certificate: {0}")]
    Maker(#[from] CertificateError),
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The new seal does not pass its own check.
    #[error("the new seal does not pass its own check: {0}")]
    SelfCheck(SealError),
}

/// Makes a seal: checks the request, writes it in DER, has it signed, reads it back and verifies the maker's signature.
///
/// # Errors
/// [`IssueError`]; nothing has been signed where the request is at fault.
pub fn issue(request: &SealRequest, maker: &Certificate, signer: &dyn Signer) -> Result<Seal, IssueError> {
    check_request(request)?;
    check_maker(request, maker, signer)?;
    let info = write_info(request)?;
    let value = signer.sign(&info)?;
    let der = sequence(&[
        &info,
        &octet_string(maker.as_der()),
        &oid(signer.algorithm().oid())?,
        &write::bit_string(value.as_bytes()),
    ]);
    let seal = Seal::from_der(&der).map_err(IssueError::SelfCheck)?;
    seal.verify_maker().map_err(IssueError::SelfCheck)?;
    Ok(seal)
}

fn check_request(request: &SealRequest) -> Result<(), IssueError> {
    let number = request.number.as_bytes();
    if number.is_empty() || number.len() > NUMBER_LENGTH || !number.iter().all(u8::is_ascii_alphanumeric) {
        return Err(IssueError::Number);
    }
    if request.name.trim().is_empty() {
        return Err(IssueError::Title);
    }
    let (HolderList::Certificates(holders) | HolderList::Digests(holders, _)) = &request.holders;
    if holders.is_empty() {
        return Err(IssueError::NoHolder);
    }
    if let HolderList::Digests(_, algorithm) = request.holders
        && algorithm.is_weak()
    {
        return Err(IssueError::WeakDigest(algorithm.name()));
    }
    if request.validity.not_after < request.validity.not_before {
        return Err(IssueError::Backwards);
    }
    if picture_format(&request.picture.data).is_none() {
        return Err(IssueError::NotAPicture);
    }
    if request.picture.width_mm == 0 || request.picture.height_mm == 0 {
        return Err(IssueError::NoSize);
    }
    Ok(())
}

/// GM/T 0031-2014 6.1.2 c and GM/T 0031-2025: the maker's certificate may sign, and is good when the seal is made.
fn check_maker(request: &SealRequest, maker: &Certificate, signer: &dyn Signer) -> Result<(), IssueError> {
    let key = maker.public_key().map_err(|_| IssueError::OtherKey)?;
    if key != *signer.public_key() {
        return Err(IssueError::OtherKey);
    }
    // A broken extension says nothing; it is refused like a use that is not allowed. Absent, it allows every use
    // (RFC 5280 4.2.1.3).
    let usage = maker.key_usage().map_err(|_| IssueError::MakerMayNotSign)?;
    if usage.is_some_and(|usage| !usage.has(Usage::DigitalSignature) && !usage.has(Usage::NonRepudiation)) {
        return Err(IssueError::MakerMayNotSign);
    }
    let allowed = maker.validity();
    if !request.validity.is_within(&allowed) {
        return Err(IssueError::OutsideMaker {
            from: request.validity.not_before,
            to: request.validity.not_after,
            maker_from: allowed.not_before,
            maker_to: allowed.not_after,
        });
    }
    if allowed.standing(request.created) != Standing::Valid {
        return Err(IssueError::MakerNotValid { at: request.created });
    }
    Ok(())
}

/// `SES_SealInfo` of GB/T 38540-2020 and GM/T 0031-2025.
fn write_info(request: &SealRequest) -> Result<Vec<u8>, IssueError> {
    let header = sequence(&[&ia5("ES")?, &integer(request.standard.version()), &ia5(&request.vendor)?]);
    let (list_type, list) = match &request.holders {
        HolderList::Certificates(holders) => {
            let items: Vec<Vec<u8>> = holders.iter().map(|holder| octet_string(holder.as_der())).collect();
            (1, sequence(&[&items.concat()]))
        }
        HolderList::Digests(holders, algorithm) => {
            let kind = printable(algorithm.oid())?;
            let item =
                |holder: &Certificate| sequence(&[&kind, &octet_string(holder.fingerprint(*algorithm).as_bytes())]);
            let items: Vec<Vec<u8>> = holders.iter().map(item).collect();
            (2, sequence(&[&items.concat()]))
        }
    };
    let property = sequence(&[
        &integer(request.kind.0),
        &utf8(&request.name),
        &integer(list_type),
        &list,
        &generalized_time(request.created),
        &generalized_time(request.validity.not_before),
        &generalized_time(request.validity.not_after),
    ]);
    let picture = sequence(&[
        &ia5(picture_type(&request.picture.data))?,
        &octet_string(&request.picture.data),
        &integer(request.picture.width_mm),
        &integer(request.picture.height_mm),
    ]);
    let number = ia5(&request.number)?;
    let extensions = write_extensions(&request.extensions)?;
    Ok(sequence(&[&header, &number, &property, &picture, &extensions]))
}

/// `ExtensionDatas`, untagged; nothing for an empty list. DER leaves `critical FALSE` out.
fn write_extensions(extensions: &[ExtData]) -> Result<Vec<u8>, WriteError> {
    if extensions.is_empty() {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    for extension in extensions {
        let critical = if extension.critical { boolean(true) } else { Vec::new() };
        items.extend(sequence(&[&oid(&extension.oid)?, &critical, &octet_string(&extension.value)]));
    }
    Ok(sequence(&[&items]))
}

/// Name of the type in the standard's upper case.
fn picture_type(data: &[u8]) -> &'static str {
    match data.first() {
        Some(0xFF) => "JPG",
        Some(b'G') => "GIF",
        Some(b'B') => "BMP",
        _ => "PNG",
    }
}
