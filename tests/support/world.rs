//! A small world for tests: a root, a seal maker, a signer and a seal, all from fixed keys, and documents sealed with
//! them; and a verifier that trusts the root.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::rc::Rc;
use std::sync::{Arc, Mutex};

use eseal::crypto::{DigestAlgorithm, KeyKind, PrivateKey, PublicKey, RandomSource, SecretBytes, Signer};
use eseal::drawing::PictureLimits;
use eseal::geometry::{Millimetres, Size};
use eseal::limits::Budget;
use eseal::pdf::PreparedPicture;
use eseal::pki::build::{CertificateRequest, Issuer, Profile, issue};
use eseal::pki::path::TrustAnchor;
use eseal::pki::{Certificate, Crl, Name};
use eseal::policy::Policy;
use eseal::report::Report;
use eseal::seal::{HolderList, PictureRequest, Seal, SealRequest, SealType, issue as issue_seal};
use eseal::sign::{
    Closing, ContainerChoice, Edge, Identity, Pages, Print, Remark, Request, SMALLEST_STRIP, SealInUse, Show,
    SignError, Signed, Stated, Straddle, Timestamping, sign_ofd, sign_ofd_document, sign_pdf,
};
use eseal::signature::Statement;
use eseal::source::Bytes;
use eseal::time::{Time, Validity};
use eseal::verify::{Evidence, NoRegister, Register, verify};

/// When the tests verify: 2026-11-22 06:00 UTC.
pub const NOW: i64 = 1_795_327_200;
/// When the tests sign: an hour before.
pub const SIGNED: i64 = NOW - 3600;

/// Numbers that look random and are always the same.
pub struct Numbers(Mutex<u64>);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Numbers(Mutex::new(seed))
    }
}

impl RandomSource for Numbers {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        let mut state = self.0.lock().unwrap();
        for piece in buffer.chunks_mut(32) {
            *state += 1;
            let digest = DigestAlgorithm::Sha256.digest(&state.to_be_bytes());
            piece.copy_from_slice(&digest.as_bytes()[..piece.len()]);
        }
        Ok(())
    }
}

/// A key and its certificate.
pub struct Holder {
    pub key: PrivateKey,
    pub certificate: Certificate,
}

/// Who there is.
pub struct World {
    pub kind: KeyKind,
    pub root: Holder,
    pub maker: Holder,
    pub signer: Holder,
    pub seal: Seal,
    pub picture: Arc<PreparedPicture>,
    pub random: Numbers,
}

pub fn time(unix: i64) -> Time {
    Time::from_unix(unix)
}

/// Ten years around the present.
pub fn long() -> Validity {
    Validity { not_before: time(NOW).plus_days(-1800), not_after: time(NOW).plus_days(1800) }
}

/// A picture of 8 x 8 pixels.
pub fn png() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let image =
        image::RgbaImage::from_fn(8, 8, |x, y| image::Rgba([200, 0, 0, if (x + y) % 2 == 0 { 255 } else { 0 }]));
    image.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

impl World {
    pub fn new(kind: KeyKind) -> World {
        let random = Numbers::new(7);
        let key = |fill: u8| PrivateKey::from_scalar(kind, &[fill; 32]).unwrap();
        let name = |common: &str| Name::parse(&format!("CN={common},O=Test,C=CN")).unwrap();
        let (root_name, root_key) = (name("Root"), key(0x11));
        let own = Issuer::own(&root_name, root_key.public_key());
        fn request<'a>(subject: &'a Name, public_key: &'a PublicKey, profile: Profile) -> CertificateRequest<'a> {
            CertificateRequest { subject, public_key, validity: long(), profile, crl_url: None }
        }
        let root =
            issue(&request(&root_name, root_key.public_key(), Profile::Authority), &own, &root_key, &random).unwrap();
        let issuer = Issuer::holder(&root, root_key.public_key()).unwrap();
        let holder = |common: &str, fill: u8, profile| {
            let (subject, key) = (name(common), key(fill));
            let certificate =
                issue(&request(&subject, key.public_key(), profile), &issuer, &root_key, &random).unwrap();
            Holder { key, certificate }
        };
        let maker = holder("Maker", 0x22, Profile::SealMaker);
        let signer = holder("Signer", 0x33, Profile::Signer);
        let root = Holder { key: root_key, certificate: root };
        let seal = issue_seal(&seal_request(&signer.certificate), &maker.certificate, &maker.key).unwrap();
        let picture = Arc::new(PreparedPicture::from_picture(&png(), PictureLimits::default()).unwrap());
        World { kind, root, maker, signer, seal, picture, random }
    }

    /// A further certificate of the root.
    pub fn issue(&self, common: &str, key: &PublicKey, validity: Validity, profile: Profile) -> Certificate {
        let subject = Name::parse(&format!("CN={common},O=Test,C=CN")).unwrap();
        let request = CertificateRequest { subject: &subject, public_key: key, validity, profile, crl_url: None };
        let issuer = Issuer::holder(&self.root.certificate, self.root.key.public_key()).unwrap();
        issue(&request, &issuer, &self.root.key, &self.random).unwrap()
    }

    /// A seal with something changed in its request.
    pub fn seal_with(&self, change: impl FnOnce(&mut SealRequest)) -> Seal {
        let mut request = seal_request(&self.signer.certificate);
        change(&mut request);
        issue_seal(&request, &self.maker.certificate, &self.maker.key).unwrap()
    }

    fn request(&self, sealed: bool, closing: Closing, container: ContainerChoice, at: i64) -> Request<'_> {
        let size = Size { width: Millimetres(20.0), height: Millimetres(20.0) };
        let shown = Show::At { pages: Pages::Last, x: Millimetres(120.0), y: Millimetres(200.0), size };
        Request {
            identity: Identity {
                signer: &self.signer.key,
                certificate: &self.signer.certificate,
                chain: std::slice::from_ref(&self.root.certificate),
            },
            seal: sealed.then_some(SealInUse { seal: &self.seal, picture: &self.picture }),
            show: if sealed { shown } else { Show::Invisible },
            time: time(at),
            stated: Stated { statement: Statement::default(), ..Stated::default() },
            closing,
            container,
            timestamping: None,
        }
    }

    pub fn on_ofd(&self, bytes: &[u8], sealed: bool, closing: Closing) -> Vec<u8> {
        self.try_on_ofd(bytes, sealed, closing).unwrap()
    }

    pub fn try_on_ofd(&self, bytes: &[u8], sealed: bool, closing: Closing) -> Result<Vec<u8>, SignError> {
        let budget = Budget::default();
        let document = eseal::ofd::Document::open(Bytes::shared(bytes.to_vec()), &budget)?;
        let request = self.request(sealed, closing, ContainerChoice::Auto, SIGNED);
        Ok(written(&sign_ofd(&document, &budget, &request)?))
    }

    /// A seal on one document of an OFD package, shown like this.
    pub fn seal_document(&self, bytes: &[u8], index: usize, show: Option<Show>) -> Result<Vec<u8>, SignError> {
        let budget = Budget::default();
        let document = eseal::ofd::Document::open(Bytes::shared(bytes.to_vec()), &budget)?;
        let mut request = self.request(true, Closing::Open, ContainerChoice::Auto, SIGNED);
        request.show = show.unwrap_or(request.show);
        Ok(written(&sign_ofd_document(&document, index, &budget, &request)?))
    }

    /// A seal on an OFD package.
    pub fn seal_ofd(&self, bytes: &[u8]) -> Vec<u8> {
        self.on_ofd(bytes, true, Closing::Open)
    }

    pub fn try_on_pdf(&self, bytes: &[u8], sealed: bool, container: ContainerChoice) -> Result<Vec<u8>, SignError> {
        let document =
            eseal::pdf::Document::open_for_sealing(Bytes::shared(bytes.to_vec()), Rc::new(Budget::default()))?;
        Ok(written(&sign_pdf(&document, &self.request(sealed, Closing::Open, container, SIGNED))?))
    }

    pub fn on_pdf(&self, bytes: &[u8], sealed: bool, container: ContainerChoice) -> Vec<u8> {
        let document =
            eseal::pdf::Document::open_for_sealing(Bytes::shared(bytes.to_vec()), Rc::new(Budget::default())).unwrap();
        self.on_document(&document, sealed, container)
    }

    /// As `on_pdf`, on a document that may have been unlocked.
    pub fn on_document(&self, document: &eseal::pdf::Document, sealed: bool, container: ContainerChoice) -> Vec<u8> {
        written(&sign_pdf(document, &self.request(sealed, Closing::Open, container, SIGNED)).unwrap())
    }

    /// What is to be told of a document that is sealed.
    pub fn remarks(&self, document: &eseal::pdf::Document) -> Vec<Remark> {
        let request = self.request(false, Closing::Open, ContainerChoice::Auto, SIGNED);
        sign_pdf(document, &request).unwrap().remarks().to_vec()
    }

    /// The notice as PDF with a timestamp over the value, and what is to be told of it.
    pub fn stamped_pdf(
        &self,
        sealed: bool,
        timestamping: Option<Timestamping<'_>>,
    ) -> Result<(Vec<u8>, Vec<Remark>), SignError> {
        let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/notice.pdf")).unwrap();
        let document = eseal::pdf::Document::open_for_sealing(Bytes::shared(bytes), Rc::new(Budget::default()))?;
        let request = self.request(sealed, Closing::Open, ContainerChoice::Auto, SIGNED);
        let signed = sign_pdf(&document, &Request { timestamping, ..request })?;
        Ok((written(&signed), signed.remarks().to_vec()))
    }

    /// As [`World::stamped_pdf`], as OFD.
    pub fn stamped_ofd(
        &self,
        sealed: bool,
        timestamping: Option<Timestamping<'_>>,
    ) -> Result<(Vec<u8>, Vec<Remark>), SignError> {
        let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/notice.ofd")).unwrap();
        let budget = Budget::default();
        let document = eseal::ofd::Document::open(Bytes::shared(bytes), &budget)?;
        let request = self.request(sealed, Closing::Open, ContainerChoice::Auto, SIGNED);
        let signed = sign_ofd(&document, &budget, &Request { timestamping, ..request })?;
        Ok((written(&signed), signed.remarks().to_vec()))
    }

    /// The verdict of one who trusts the root.
    pub fn verify(&self, bytes: &[u8]) -> Report {
        self.verify_with(bytes, &[], &NoRegister, NOW)
    }

    pub fn verify_with(&self, bytes: &[u8], crls: &[Crl], register: &dyn Register, now: i64) -> Report {
        let anchors = [TrustAnchor::new(self.root.certificate.clone())];
        let policy = Policy::default();
        let evidence = Evidence {
            anchors: &anchors,
            untrusted: &[],
            revocation: eseal::pki::path::RevocationEvidence { crls, responses: &[] },
            register,
            policy: &policy,
            passwords: &[],
            missing: None,
            time: time(now),
        };
        verify(&Bytes::shared(bytes.to_vec()), "test", &evidence)
    }

    /// The verdict of one who trusts the root and has passwords.
    pub fn verify_encrypted(&self, bytes: &[u8], passwords: &[&str]) -> Report {
        let anchors = [TrustAnchor::new(self.root.certificate.clone())];
        let policy = Policy::default();
        let secret = |text: &&str| SecretBytes::new(text.as_bytes().to_vec());
        let passwords: Vec<SecretBytes> = passwords.iter().map(secret).collect();
        let evidence = Evidence {
            anchors: &anchors,
            untrusted: &[],
            revocation: eseal::pki::path::RevocationEvidence::default(),
            register: &NoRegister,
            policy: &policy,
            passwords: &passwords,
            missing: None,
            time: time(NOW),
        };
        verify(&Bytes::shared(bytes.to_vec()), "test", &evidence)
    }
}

/// A riding seal of 20 mm over all pages.
pub fn riding() -> Show {
    let size = Size { width: Millimetres(20.0), height: Millimetres(20.0) };
    let (edge, smallest) = (Edge::Right, SMALLEST_STRIP);
    Show::Straddle(Straddle {
        pages: Pages::All,
        edge,
        print: Print::OneSided,
        group: None,
        smallest,
        along: None,
        size,
    })
}

/// The verdict of one who trusts nobody.
pub fn verify_untrusted(bytes: Vec<u8>, now: i64) -> Report {
    let policy = Policy::default();
    let evidence = Evidence {
        anchors: &[],
        untrusted: &[],
        revocation: eseal::pki::path::RevocationEvidence::default(),
        register: &NoRegister,
        policy: &policy,
        passwords: &[],
        missing: None,
        time: time(now),
    };
    verify(&Bytes::shared(bytes), "test", &evidence)
}

fn seal_request(holder: &Certificate) -> SealRequest {
    SealRequest {
        standard: eseal::seal::SealStandard::V4,
        vendor: "eseal".to_owned(),
        number: "4401000000001".to_owned(),
        kind: SealType(1),
        name: "Test seal".to_owned(),
        holders: HolderList::Certificates(vec![holder.clone()]),
        created: time(NOW).plus_days(-30),
        validity: Validity { not_before: time(NOW).plus_days(-30), not_after: time(NOW).plus_days(300) },
        picture: PictureRequest { data: png(), width_mm: 20, height_mm: 20 },
        extensions: Vec::new(),
    }
}

fn written(signed: &Signed) -> Vec<u8> {
    let mut out = Vec::new();
    signed.write_to(&mut out).unwrap();
    out
}

/// Every code of a report, of the document and of its signatures.
pub fn codes(report: &Report) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = report.findings.iter().map(|finding| finding.code.name()).collect();
    for signature in &report.signatures {
        all.extend(signature.findings.iter().map(|finding| finding.code.name()));
        all.extend(signature.sub_indication.map(|sub| sub.name()));
    }
    all.sort_unstable();
    all.dedup();
    all
}
