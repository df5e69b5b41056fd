//! An office for tests: a root, a clerk with a certificate, a seal, and their ways of signing.
#![allow(dead_code, reason = "each suite uses a part of it")]

use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use eseal::crypto::{KeyKind, PrivateKey, RandomSource, Signer};
use eseal::drawing::{PictureLimits, Raster};
use eseal::geometry::{Millimetres, Size};
use eseal::limits::Budget;
use eseal::pdf::{Document, PreparedPicture};
use eseal::pki::build::{self, CertificateRequest, Issuer, Profile};
use eseal::pki::path::TrustAnchor;
use eseal::pki::{Certificate, Name, pem};
use eseal::policy::Policy;
use eseal::report::Report;
use eseal::seal::{HolderList, PictureRequest, Seal, SealRequest, SealType};
use eseal::sign::{
    Closing, ContainerChoice, Identity, PageRange, Pages, Request, SealInUse, Show, SignError, Stated, sign_ofd,
    sign_pdf,
};
use eseal::source::Bytes;
use eseal::time::{Time, Validity};
use eseal::verify::{Evidence, NoRegister, verify};

/// The picture of the seal: 42 mm across.
pub const SEAL_PNG: &[u8] = include_bytes!("../../fixtures/seal.png");
/// Its width and height.
pub const SEAL_MM: f64 = 42.0;

struct System;

impl RandomSource for System {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(buffer).map_err(|_| std::io::Error::other("no random bytes"))
    }
}

pub struct Office {
    pub root: Certificate,
    pub clerk: Certificate,
    key: PrivateKey,
    pub seal: Seal,
    picture: Arc<PreparedPicture>,
}

/// One way of signing.
#[derive(Clone)]
pub struct How {
    pub seal: Sealed,
    pub show: Show,
    pub closing: Closing,
    pub container: ContainerChoice,
}

/// With a seal and which picture, or without.
#[derive(Clone)]
pub enum Sealed {
    No,
    Yes,
    With(Arc<PreparedPicture>),
}

impl How {
    /// The seal at a place of the last page.
    pub fn seal(x: f64, y: f64, side: f64) -> Self {
        How { seal: Sealed::Yes, show: at(Pages::Last, x, y, side, side), ..How::sign() }
    }

    /// A signature that nobody sees.
    pub fn sign() -> Self {
        How { seal: Sealed::No, show: Show::Invisible, closing: Closing::Open, container: ContainerChoice::Auto }
    }

    pub fn closing(self, closing: Closing) -> Self {
        How { closing, ..self }
    }
}

/// A rectangle around a centre, in millimetres.
pub fn at(pages: Pages, x: f64, y: f64, width: f64, height: f64) -> Show {
    let size = Size { width: Millimetres(width), height: Millimetres(height) };
    Show::At { pages, x: Millimetres(x), y: Millimetres(y), size }
}

/// One page, from 1.
pub fn page(number: i64) -> Pages {
    Pages::List(vec![PageRange { from: number, to: number }])
}

fn moment(text: &str) -> Time {
    Time::parse_rfc3339(text).unwrap()
}

/// The office with keys of a kind; made once.
pub fn office(kind: KeyKind) -> &'static Office {
    static SM2: OnceLock<Office> = OnceLock::new();
    static P256: OnceLock<Office> = OnceLock::new();
    static RSA: OnceLock<Office> = OnceLock::new();
    let place = match kind {
        KeyKind::Sm2 => &SM2,
        KeyKind::P256 => &P256,
        _ => &RSA,
    };
    place.get_or_init(|| Office::new(kind))
}

impl Office {
    fn new(kind: KeyKind) -> Self {
        let validity = Validity { not_before: moment("2020-01-01"), not_after: moment("2060-01-01") };
        let root_key = PrivateKey::generate(kind, &System).unwrap();
        let key = PrivateKey::generate(kind, &System).unwrap();
        let root_name = Name::parse("CN=Example Root,O=Example,C=CN").unwrap();
        let name = Name::parse("CN=示例市行政审批局,O=Example,C=CN").unwrap();
        let request = CertificateRequest {
            subject: &root_name,
            public_key: root_key.public_key(),
            validity,
            profile: Profile::Authority,
            crl_url: None,
        };
        let own = Issuer::own(&root_name, root_key.public_key());
        let root = build::issue(&request, &own, &root_key, &System).unwrap();
        let issuer = Issuer::holder(&root, root_key.public_key()).unwrap();
        let leaf = |subject, public_key, profile| {
            let request = CertificateRequest { subject, public_key, profile, ..request };
            build::issue(&request, &issuer, &root_key, &System).unwrap()
        };
        let clerk = leaf(&name, key.public_key(), Profile::Signer);
        let maker_key = PrivateKey::generate(kind, &System).unwrap();
        let maker_name = Name::parse("CN=Seal Maker,O=Example,C=CN").unwrap();
        let maker = leaf(&maker_name, maker_key.public_key(), Profile::SealMaker);
        let request = SealRequest {
            standard: eseal::seal::SealStandard::V4,
            vendor: "eseal".to_owned(),
            number: "52010000012345".to_owned(),
            kind: SealType(1),
            name: "示例市行政审批局".to_owned(),
            holders: HolderList::Certificates(vec![clerk.clone()]),
            created: moment("2026-01-01"),
            validity: Validity { not_before: moment("2026-01-01"), not_after: moment("2059-01-01") },
            picture: PictureRequest { data: SEAL_PNG.to_vec(), width_mm: 42, height_mm: 42 },
            extensions: Vec::new(),
        };
        let seal = eseal::seal::issue(&request, &maker, &maker_key).unwrap();
        let picture = Arc::new(PreparedPicture::from_picture(SEAL_PNG, PictureLimits::default()).unwrap());
        Office { root, clerk, key, seal, picture }
    }

    /// The clerk's key.
    pub fn signer(&self) -> &dyn Signer {
        &self.key
    }

    /// The root certificate as a PEM file.
    pub fn root_pem(&self) -> String {
        pem::encode("CERTIFICATE", self.root.as_der())
    }

    fn request<'a>(&'a self, how: &'a How) -> Request<'a> {
        let picture = match &how.seal {
            Sealed::No => None,
            Sealed::Yes => Some(&self.picture),
            Sealed::With(picture) => Some(picture),
        };
        Request {
            identity: Identity { signer: &self.key, certificate: &self.clerk, chain: std::slice::from_ref(&self.root) },
            seal: picture.map(|picture| SealInUse { seal: &self.seal, picture }),
            show: how.show.clone(),
            time: moment("2026-06-01T08:30:00+08:00"),
            stated: Stated { reason: Some("同意 (approved)".to_owned()), ..Stated::default() },
            closing: how.closing,
            container: how.container,
            timestamping: None,
        }
    }

    pub fn on_pdf(&self, file: &[u8], how: &How) -> Result<Vec<u8>, SignError> {
        let document = Document::open(Bytes::shared(file), Rc::new(Budget::default()))?;
        let signed = sign_pdf(&document, &self.request(how))?;
        let mut bytes = Vec::new();
        signed.write_to(&mut bytes).unwrap();
        Ok(bytes)
    }

    pub fn on_ofd(&self, file: &[u8], how: &How) -> Result<Vec<u8>, SignError> {
        let budget = Budget::default();
        let document = eseal::ofd::Document::open(Bytes::shared(file), &budget)?;
        let signed = sign_ofd(&document, &budget, &self.request(how))?;
        let mut bytes = Vec::new();
        signed.write_to(&mut bytes).unwrap();
        Ok(bytes)
    }

    /// Our own verdict, the root being trusted.
    pub fn verify(&self, file: &[u8]) -> Report {
        let policy = Policy::default();
        let anchors = [TrustAnchor::new(self.root.clone())];
        let evidence = Evidence {
            anchors: &anchors,
            untrusted: &[],
            revocation: eseal::pki::path::RevocationEvidence::default(),
            register: &NoRegister,
            policy: &policy,
            passwords: &[],
            missing: None,
            time: moment("2026-07-01"),
        };
        verify(&Bytes::shared(file), "file", &evidence)
    }
}

/// A red F: no turn and no mirror image of it looks the same. Five by seven cells of eight samples.
pub const LETTER: [&str; 7] = ["#####", "#....", "#....", "####.", "#....", "#....", "#...."];

pub fn letter() -> Arc<PreparedPicture> {
    const CELL: usize = 8;
    let mut alpha = Vec::new();
    for row in LETTER {
        let line: Vec<u8> = row.bytes().flat_map(|cell| [if cell == b'#' { 255 } else { 0 }; CELL]).collect();
        alpha.extend(line.repeat(CELL));
    }
    let rgb = [230, 0, 18].repeat(alpha.len());
    Arc::new(PreparedPicture::from_raster(&Raster::new(40, 56, rgb, Some(alpha)).unwrap()))
}
