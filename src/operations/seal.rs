//! Seals of the store.

use std::path::{Path, PathBuf};

use crate::audit::Act;
use crate::crypto::{DigestAlgorithm, RandomSource};
use crate::drawing::{PictureError, PictureLimits, SEAL_DPI, decode};
use crate::files::{Overwrite, read_small};
use crate::geometry::{Millimetres, Size};
use crate::limits::VALUE_BYTES;
use crate::operations::certificate::{certificate_record, parsed, usable, write_file};
use crate::operations::seal_drawing::compose;
use crate::operations::token::signer;
use crate::operations::{Context, DrawingOrder, OperationError, Term};
use crate::pdf::PreparedPicture;
use crate::pki::Certificate;
use crate::pki::extension::Usage;
use crate::seal::{
    CertList, CheckCharacter, HolderList, IssueError, Listed, OwnerCode, PictureRequest, Seal, SealRequest,
    SealStandard, SealState, SealType, SealVersion, issue,
};
use crate::store::{Changes, Name, SealRecord, Store};
use crate::time::{Time, Validity};

/// Days of a seal unless told otherwise.
pub(in crate::operations) const SEAL_DAYS: u32 = 365;
/// Who made the structure (GB/T 38540-2020 6.1, Vid).
pub(in crate::operations) const VENDOR: &str = "ESEAL";
/// Digits of a seal's number unless given.
const NUMBER_DIGITS: usize = 20;

/// A seal to be made.
#[derive(Clone, Debug)]
pub struct SealOrder {
    /// Its name in the store.
    pub label: Name,
    /// The certificate that signs it.
    pub maker: Name,
    /// The certificates that may apply it.
    pub holders: Vec<Name>,
    /// The standard that its structure follows.
    pub standard: SealStandard,
    /// How it names them.
    pub list: HolderKind,
    /// Its title.
    pub title: String,
    /// Its picture.
    pub picture: PictureOrder,
    /// Its number; random unless given.
    pub number: Option<String>,
    /// Its type.
    pub kind: u64,
    /// How long.
    pub term: Term,
    /// Unified social credit code of its owner.
    pub owner: Option<OwnerCode>,
}

/// Where the picture of a seal comes from.
#[derive(Clone, Debug)]
pub enum PictureOrder {
    /// A file.
    File {
        /// The file.
        path: PathBuf,
        /// Its width on paper.
        width: Millimetres,
        /// Its height; it follows from the picture unless given.
        height: Option<Millimetres>,
    },
    /// It is drawn.
    Drawn(DrawingOrder),
}

/// How a seal names its holders (GB/T 38540-2020 6.1, certListType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HolderKind {
    /// By their certificates.
    Certificates,
    /// By digests of these.
    Digests,
}

/// What is shown of a seal.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct SealView {
    pub label: String,
    pub number: String,
    pub title: String,
    pub kind: u64,
    pub version: u64,
    pub standard: &'static str,
    pub maker: String,
    pub holders: Vec<String>,
    pub validity: Validity,
    pub created: Time,
    pub owner_code: Option<String>,
    /// Whether the owner's code ends in its check character.
    pub owner_code_right: bool,
    pub size_mm: (u64, u64),
    /// The size asked for when it was issued, where it was not of whole millimetres: the structure knows no others.
    pub rounded_from: Option<Size>,
    pub picture_kind: String,
    pub picture_bytes: usize,
    pub state: &'static str,
}

/// Makes a seal, signed by its maker, with its picture prepared for sealing.
///
/// # Errors
/// [`OperationError`].
pub fn issue_seal(context: &Context<'_>, order: &SealOrder) -> Result<SealView, OperationError> {
    let Made { data, prepared, size_mm: (width_mm, height_mm), asked } = make_picture(&order.picture)?;
    let number = order.number.clone().map_or_else(|| random_number(context.random), Ok)?;
    let mut store = context.unlock()?;
    let now = context.now();
    let mut draft = context.draft(Act::SealIssued);
    draft.seal = Some(order.label.to_string());
    draft.certificate = Some(order.maker.to_string());
    let seal = store.act(draft.with("number", &number), |store, _| {
        let maker = maker(store, &order.maker, now)?;
        let issuer = (order.maker.as_str(), maker.validity());
        let validity = order.term.within(now, SEAL_DAYS, Some(issuer))?;
        let request = SealRequest {
            standard: order.standard,
            vendor: VENDOR.to_owned(),
            number: number.clone(),
            kind: SealType(order.kind),
            name: order.title.clone(),
            holders: holder_list(store, &order.holders, order.list, now)?,
            created: now,
            validity,
            picture: PictureRequest { data: data.clone(), width_mm, height_mm },
            extensions: order.owner.iter().map(OwnerCode::extension).collect(),
        };
        let signer = signer(context, &*store, &order.maker, || store.signer(&order.maker))?;
        let seal = issue(&request, &maker, signer.as_ref()).map_err(|fault| refusal(fault, &order.maker))?;
        let record = SealRecord {
            name: order.label.clone(),
            der: seal.as_der().to_vec(),
            number: number.clone(),
            maker: Some(order.maker.clone()),
            holders: order.holders.clone(),
            state: SealState::Active,
            added: now,
        };
        store.add_seal(&record, &prepared)?;
        view(&record)
    })?;
    Ok(SealView { rounded_from: rounded(asked, (width_mm, height_mm)), ..seal })
}

/// A picture ready to go into a seal.
struct Made {
    data: Vec<u8>,
    prepared: Vec<u8>,
    size_mm: (u64, u64),
    /// The size that was asked for.
    asked: Size,
}

fn make_picture(order: &PictureOrder) -> Result<Made, OperationError> {
    match order {
        PictureOrder::File { path, width, height } => {
            let data = read_small(path, VALUE_BYTES)?;
            let path = path.display().to_string();
            let unusable = |fault: PictureError| OperationError::PictureUnusable { path, fault: fault.to_string() };
            let (_, raster) = decode(&data, PictureLimits::default()).map_err(unusable)?;
            let prepared = PreparedPicture::from_raster(&raster).to_bytes();
            let ratio = f64::from(raster.height()) / f64::from(raster.width().max(1));
            let asked = Size { width: *width, height: height.unwrap_or(*width * ratio) };
            // A height that follows from the picture was asked for by nobody.
            let told = Size { height: height.unwrap_or(Millimetres(asked.height.0.ceil())), ..asked };
            Ok(Made { data, prepared, size_mm: (whole(asked.width.0)?, whole(asked.height.0)?), asked: told })
        }
        PictureOrder::Drawn(order) => {
            let drawing = compose(order)?;
            let asked = drawing.size;
            let size_mm = (whole(asked.width.0)?, whole(asked.height.0)?);
            #[allow(clippy::cast_precision_loss, reason = "between 1 and 1000")]
            let mm = |n: u64| Millimetres(n as f64);
            // In the middle of whole millimetres a seal keeps its measure.
            let drawing = drawing.on_sheet(Size { width: mm(size_mm.0), height: mm(size_mm.1) });
            let fault = |fault: PictureError| OperationError::SealUnbuildable { fault: fault.to_string() };
            let data = drawing.to_png(SEAL_DPI).map_err(fault)?;
            let prepared = match PreparedPicture::from_drawing(&drawing, &data) {
                Some(outlines) => outlines,
                None => PreparedPicture::from_picture(&data, PictureLimits::default()).map_err(fault)?,
            };
            Ok(Made { data, prepared: prepared.to_bytes(), size_mm, asked })
        }
    }
}

/// The size asked for, where whole millimetres are more.
fn rounded(asked: Size, size_mm: (u64, u64)) -> Option<Size> {
    #[allow(clippy::cast_precision_loss, reason = "between 1 and 1000")]
    let more = |asked: Millimetres, whole: u64| whole as f64 - asked.0 > 1e-6;
    (more(asked.width, size_mm.0) || more(asked.height, size_mm.1)).then_some(asked)
}

/// All seals of the store.
///
/// # Errors
/// [`OperationError`].
pub fn list_seals(context: &Context<'_>) -> Result<Vec<SealView>, OperationError> {
    context.open()?.seals()?.iter().map(view).collect()
}

/// One seal of the store.
///
/// # Errors
/// [`OperationError::SealUnknown`].
pub fn show_seal(context: &Context<'_>, label: &Name) -> Result<SealView, OperationError> {
    view(&seal_record(&context.open()?, label)?)
}

/// Writes a seal, DER, and records it.
///
/// # Errors
/// [`OperationError`]; nothing is written then.
pub fn export_seal(
    context: &Context<'_>,
    label: &Name,
    target: &Path,
    overwrite: Overwrite,
) -> Result<PathBuf, OperationError> {
    let mut store = context.unlock()?;
    let record = seal_record(&store, label)?;
    let mut draft = context.draft(Act::SealExported);
    draft.seal = Some(label.to_string());
    draft.file = Some(target.display().to_string());
    store.act(draft, |_, _| write_file(target, overwrite, &record.der))
}

/// Takes in a seal made elsewhere, for a certificate of this store.
///
/// # Errors
/// [`OperationError`]: the maker's signature must verify, and the certificate must be in the seal's list.
pub fn import_seal(
    context: &Context<'_>,
    label: &Name,
    file: &Path,
    holder: &Name,
) -> Result<SealView, OperationError> {
    let path = file.display().to_string();
    let bytes = read_small(file, VALUE_BYTES)?;
    let seal = Seal::from_der(&bytes).map_err(|_| OperationError::NotASeal { path: path.clone() })?;
    let verified = seal.verify_maker().map_err(|_| OperationError::SealSignatureWrong { path: path.clone() })?;
    let seal = verified.seal();
    let prepared = PreparedPicture::from_picture(&seal.picture().data, PictureLimits::default())
        .map_err(|fault| OperationError::PictureUnusable { path, fault: fault.to_string() })?
        .to_bytes();
    let mut store = context.unlock()?;
    let now = context.now();
    let mut draft = context.draft(Act::SealImported);
    draft.seal = Some(label.to_string());
    draft.certificate = Some(holder.to_string());
    store.act(draft.with("number", seal.number()), |store, _| {
        let certificate = certificate_record(&*store, holder)?;
        if seal.lists_certificate(&certificate.der) != Listed::Yes {
            return Err(OperationError::CertNotInSeal { name: holder.to_string(), seal: label.to_string() });
        }
        let record = SealRecord {
            name: label.clone(),
            der: seal.as_der().to_vec(),
            number: seal.number().to_owned(),
            maker: None,
            holders: vec![holder.clone()],
            state: SealState::Active,
            added: now,
        };
        store.add_seal(&record, &prepared)?;
        view(&record)
    })
}

/// A seal of the store by name.
pub(in crate::operations) fn seal_record(
    store: &(impl Store + ?Sized),
    label: &Name,
) -> Result<SealRecord, OperationError> {
    store.seal(label)?.ok_or_else(|| OperationError::SealUnknown { name: label.to_string() })
}

pub(in crate::operations) fn maker(store: &dyn Changes, name: &Name, now: Time) -> Result<Certificate, OperationError> {
    let record = certificate_record(store, name)?;
    let certificate = parsed(&record.der)?;
    usable(store, &record, &certificate, now)?;
    if !may_sign(&certificate) || is_authority(&certificate) {
        return Err(OperationError::NotAMaker { name: name.to_string() });
    }
    Ok(certificate)
}

/// The certificates that a seal will list.
pub(in crate::operations) fn holder_list(
    store: &dyn Changes,
    holders: &[Name],
    kind: HolderKind,
    now: Time,
) -> Result<HolderList, OperationError> {
    let mut found = Vec::new();
    for name in holders {
        let record = certificate_record(store, name)?;
        let certificate = parsed(&record.der)?;
        usable(store, &record, &certificate, now)?;
        if !may_sign(&certificate) || is_authority(&certificate) {
            return Err(OperationError::NotASigner { name: name.to_string() });
        }
        found.push(certificate);
    }
    Ok(match kind {
        HolderKind::Certificates => HolderList::Certificates(found),
        HolderKind::Digests => HolderList::Digests(found, DigestAlgorithm::Sm3),
    })
}

/// Whether the key usage allows signing content; without one everything is allowed (RFC 5280 4.2.1.3).
fn may_sign(certificate: &Certificate) -> bool {
    match certificate.key_usage() {
        Ok(usage) => usage.is_none_or(|u| u.has(Usage::DigitalSignature) || u.has(Usage::NonRepudiation)),
        Err(_) => false,
    }
}

fn is_authority(certificate: &Certificate) -> bool {
    certificate.basic_constraints().is_ok_and(|constraints| constraints.is_some_and(|c| c.is_ca))
}

pub(in crate::operations) fn refusal(fault: IssueError, maker: &Name) -> OperationError {
    match fault {
        IssueError::OutsideMaker { maker_from, maker_to, .. } => {
            OperationError::ValidityOutside { issuer: maker.to_string(), not_before: maker_from, not_after: maker_to }
        }
        IssueError::MakerMayNotSign => OperationError::NotAMaker { name: maker.to_string() },
        IssueError::Sign(error) => error.into(),
        other => OperationError::SealUnbuildable { fault: other.to_string() },
    }
}

/// Whole millimetres, rounded up: the structure knows no others (GB/T 38540-2020 6.1).
fn whole(length: f64) -> Result<u64, OperationError> {
    let whole = (length - 1e-6).ceil();
    if (1.0..=1000.0).contains(&whole) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1000")]
        return Ok(whole as u64);
    }
    Err(OperationError::SealUnbuildable { fault: format!("{length} mm") })
}

/// Twenty digits, each equally likely: bytes of 250 and above are thrown away.
pub(in crate::operations) fn random_number(random: &dyn RandomSource) -> Result<String, OperationError> {
    let mut number = String::new();
    while number.len() < NUMBER_DIGITS {
        let mut bytes = [0; 32];
        random.fill(&mut bytes).map_err(|_| OperationError::RandomFailed {})?;
        let digits = bytes.iter().filter(|byte| **byte < 250).map(|byte| char::from(b'0' + byte % 10));
        number.extend(digits.take(NUMBER_DIGITS.saturating_sub(number.len())));
    }
    Ok(number)
}

pub(in crate::operations) fn view(record: &SealRecord) -> Result<SealView, OperationError> {
    let seal = Seal::from_der(&record.der).map_err(|_| OperationError::StoreDamaged {})?;
    let maker = parsed(seal.maker_certificate())?;
    let holders = match seal.list() {
        CertList::Certificates(list) => list
            .iter()
            .map(|der| Certificate::from_der(der).map_or_else(|_| "?".to_owned(), |c| c.subject().to_string()))
            .collect(),
        _ => record.holders.iter().map(Name::to_string).collect(),
    };
    let picture = seal.picture();
    Ok(SealView {
        label: record.name.to_string(),
        number: seal.number().to_owned(),
        title: seal.name().to_owned(),
        kind: seal.kind().0,
        version: seal.header_version(),
        standard: SealVersion::standard(seal.version()),
        maker: maker.subject().to_string(),
        holders,
        validity: seal.validity(),
        owner_code_right: seal.owner_code().is_none_or(|code| code.check() == CheckCharacter::Right),
        owner_code: seal.owner_code().map(|code| code.as_str().to_owned()),
        created: seal.created(),
        size_mm: (picture.width_mm, picture.height_mm),
        rounded_from: None,
        picture_kind: picture.kind.clone(),
        picture_bytes: picture.data.len(),
        state: record.state.word(),
    })
}
