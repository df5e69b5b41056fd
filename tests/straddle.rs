//! Riding seals on PDF and OFD, and seals of GM/T 0031-2025: sealed with fixed keys, read back and verified.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/world.rs"]
mod world;
#[path = "support/zip.rs"]
mod zip;

use std::fmt::Write as _;
use std::rc::Rc;

use eseal::crypto::{DigestAlgorithm, KeyKind};
use eseal::geometry::{Millimetres, Size};
use eseal::limits::Budget;
use eseal::report::{Indication, Report};
use eseal::seal::{HolderList, Seal, SealStandard, SealVersion};
use eseal::sign::{
    Closing, ContainerChoice, Edge, Identity, Pages, Print, Request, SMALLEST_STRIP, SealInUse, Show, SignError,
    Signed, Stated, Straddle, sign_ofd, sign_pdf,
};
use eseal::source::Bytes;

use world::{SIGNED, World, fixture, time};
use zip::Zip;

/// Pages of several sizes in points, and how they are turned.
const PAGES: [(u32, u32, u32); 4] = [(595, 842, 0), (842, 595, 0), (595, 842, 90), (420, 595, 270)];

fn pdf() -> Vec<u8> {
    let mut bodies = vec!["<</Type/Catalog/Pages 2 0 R>>".to_owned()];
    let kids: String = (3..3 + PAGES.len()).map(|n| format!("{n} 0 R ")).collect();
    bodies.push(format!("<</Type/Pages/Count {}/Kids[{kids}]>>", PAGES.len()));
    for (w, h, turn) in PAGES {
        bodies.push(format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 {w} {h}]/Rotate {turn}/Resources<<>>>>"));
    }
    let mut out = "%PDF-1.7\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", bodies.len() + 1);
    for (n, body) in bodies.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", out.len()).unwrap();
        write!(out, "{} 0 obj\n{body}\nendobj\n", n + 1).unwrap();
    }
    let at = out.len();
    write!(out, "{table}trailer<</Size {}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n", bodies.len() + 1).unwrap();
    out.into_bytes()
}

/// The notice with three pages, the second one smaller.
fn ofd() -> Vec<u8> {
    let mut zip = Zip::of(&fixture("notice.ofd"));
    let page = "<ofd:Page ID=\"1\" BaseLoc=\"Pages/Page_0/Content.xml\"/>";
    let more = "<ofd:Page ID=\"31\" BaseLoc=\"Pages/Page_1/Content.xml\"/><ofd:Page ID=\"32\" BaseLoc=\"Pages/Page_2/Content.xml\"/>";
    zip.edit("Doc_0/Document.xml", page, &format!("{page}{more}"));
    zip.edit("Doc_0/Document.xml", "<ofd:MaxUnitID>21<", "<ofd:MaxUnitID>32<");
    let blank = |area: &str| format!("<ofd:Page xmlns:ofd=\"http://www.ofdspec.org/2016\">{area}</ofd:Page>");
    let small = "<ofd:Area><ofd:PhysicalBox>0 0 148 210</ofd:PhysicalBox></ofd:Area>";
    zip.put("Doc_0/Pages/Page_1/Content.xml", blank(small).as_bytes());
    zip.put("Doc_0/Pages/Page_2/Content.xml", blank("").as_bytes());
    zip.build()
}

fn straddle(edge: Edge, side: f64) -> Straddle {
    let size = Size { width: Millimetres(side), height: Millimetres(side) };
    Straddle {
        pages: Pages::All,
        edge,
        print: Print::OneSided,
        group: None,
        smallest: SMALLEST_STRIP,
        along: None,
        size,
    }
}

fn request<'a>(world: &'a World, seal: Option<&'a Seal>, show: Show) -> Request<'a> {
    Request {
        identity: Identity {
            signer: &world.signer.key,
            certificate: &world.signer.certificate,
            chain: std::slice::from_ref(&world.root.certificate),
        },
        seal: seal.map(|seal| SealInUse { seal, picture: &world.picture }),
        show,
        time: time(SIGNED),
        stated: Stated::default(),
        closing: Closing::Open,
        container: ContainerChoice::Auto,
        timestamping: None,
    }
}

fn on_pdf(bytes: &[u8], request: &Request<'_>) -> Result<Signed, SignError> {
    let document = eseal::pdf::Document::open(Bytes::shared(bytes.to_vec()), Rc::new(Budget::default())).unwrap();
    sign_pdf(&document, request)
}

fn on_ofd(bytes: &[u8], request: &Request<'_>) -> Result<Signed, SignError> {
    let budget = Budget::default();
    let document = eseal::ofd::Document::open(Bytes::shared(bytes.to_vec()), &budget).unwrap();
    sign_ofd(&document, &budget, request)
}

fn written(signed: &Signed) -> Vec<u8> {
    let mut out = Vec::new();
    signed.write_to(&mut out).unwrap();
    out
}

fn passed(report: &Report) {
    let codes: Vec<&str> = report.signatures.iter().flat_map(|s| &s.findings).map(|f| f.code.name()).collect();
    assert_eq!(report.indication, Indication::TotalPassed, "{codes:?}");
}

#[test]
fn one_field_has_a_strip_on_every_page_of_a_pdf() {
    let world = World::new(KeyKind::Sm2);
    for edge in [Edge::Right, Edge::Left, Edge::Top, Edge::Bottom] {
        let signed = on_pdf(&pdf(), &request(&world, Some(&world.seal), Show::Straddle(straddle(edge, 40.0)))).unwrap();
        let report = world.verify(&written(&signed));
        passed(&report);
        assert_eq!(report.signatures.len(), 1);
        let places = &report.signatures[0].placements;
        assert_eq!(places.iter().map(|p| p.page).collect::<Vec<_>>(), [1, 2, 3, 4], "{edge:?}");
        for (place, (w, h, turn)) in places.iter().zip(PAGES) {
            let (w, h) = if turn % 180 == 0 { (w, h) } else { (h, w) };
            let (w, h) = (f64::from(w) * 25.4 / 72.0, f64::from(h) * 25.4 / 72.0);
            let r = place.rectangle;
            let (gap, strip) = match edge {
                Edge::Right => (w - r.right().0, r.width.0),
                Edge::Left => (r.x.0, r.width.0),
                Edge::Top => (r.y.0, r.height.0),
                Edge::Bottom => (h - r.bottom().0, r.height.0),
            };
            assert!(gap.abs() < 0.01 && (strip - 10.0).abs() < 0.01, "{edge:?} {r:?} on {w} x {h}");
        }
    }
}

#[test]
fn stamps_of_an_ofd_are_the_whole_seal_with_a_clip() {
    let world = World::new(KeyKind::Sm2);
    let show = Show::Straddle(straddle(Edge::Right, 42.0));
    let file = written(&on_ofd(&ofd(), &request(&world, Some(&world.seal), show)).unwrap());
    let text = Zip::of(&file).text("Doc_0/Signs/Sign_0/Signature.xml");
    for (page, boundary, clip) in [
        ("1", "196 127.5 42 42", "0 0 14 42"),
        ("31", "120 84 42 42", "14 0 14 42"),
        ("32", "168 127.5 42 42", "28 0 14 42"),
    ] {
        let expected = format!("PageRef=\"{page}\" Boundary=\"{boundary}\" Clip=\"{clip}\"");
        assert!(text.contains(&expected), "no {expected} in {text}");
    }
    let report = world.verify(&file);
    passed(&report);
    let clips: Vec<_> = report.signatures[0].placements.iter().map(|p| (p.page, p.clip.unwrap().x.0)).collect();
    assert_eq!(clips, [(1, 0.0), (2, 14.0), (3, 28.0)]);
}

#[test]
fn what_cannot_ride_is_refused_with_the_reason() {
    let world = World::new(KeyKind::Sm2);
    let ask = straddle(Edge::Right, 42.0);
    let error = |show: Straddle| {
        let show = Show::Straddle(show);
        let one = on_pdf(&pdf(), &request(&world, Some(&world.seal), show.clone())).err().unwrap();
        let other = on_ofd(&ofd(), &request(&world, Some(&world.seal), show)).err().unwrap();
        assert_eq!(std::mem::discriminant(&one), std::mem::discriminant(&other), "{one} / {other}");
        one
    };
    let one = error(Straddle { pages: Pages::Last, ..ask.clone() });
    assert!(matches!(one, SignError::StraddleOnePage), "{one}");
    let narrow = error(Straddle { smallest: Millimetres(15.0), ..ask.clone() });
    assert!(matches!(narrow, SignError::StripTooNarrow { most: 2, .. }), "{narrow}");
    let tall = error(straddle(Edge::Right, 250.0));
    assert!(matches!(tall, SignError::StraddleTooTall { .. }), "{tall}");
    let text = on_pdf(&pdf(), &request(&world, None, Show::Straddle(ask))).err().unwrap();
    assert!(matches!(text, SignError::SealNeeded), "{text}");
}

#[test]
fn a_second_seal_may_ride_on_a_sealed_document_and_both_hold() {
    let world = World::new(KeyKind::Sm2);
    let at = |edge| request(&world, Some(&world.seal), Show::Straddle(straddle(edge, 42.0)));
    let pdf = written(&on_pdf(&written(&on_pdf(&pdf(), &at(Edge::Right)).unwrap()), &at(Edge::Left)).unwrap());
    let ofd = written(&on_ofd(&written(&on_ofd(&ofd(), &at(Edge::Right)).unwrap()), &at(Edge::Left)).unwrap());
    for file in [pdf, ofd] {
        let report = world.verify(&file);
        passed(&report);
        let counts: Vec<usize> = report.signatures.iter().map(|s| s.placements.len()).collect();
        assert_eq!(counts.len(), 2);
        assert!(counts.iter().all(|count| *count > 2), "{counts:?}");
    }
}

#[test]
fn seals_of_both_standards_and_both_lists_seal_both_formats() {
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let world = World::new(kind);
        for standard in [SealStandard::V4, SealStandard::V5] {
            for digests in [None, Some(DigestAlgorithm::Sm3), Some(DigestAlgorithm::Sha256)] {
                let seal = world.seal_with(|request| {
                    request.standard = standard;
                    if let Some(digest) = digests {
                        request.holders = HolderList::Digests(vec![world.signer.certificate.clone()], digest);
                    }
                });
                let (version, number) =
                    if standard == SealStandard::V5 { (SealVersion::V5, 5) } else { (SealVersion::V4, 4) };
                assert_eq!((seal.version(), seal.header_version()), (version, number));
                let show = Show::Straddle(straddle(Edge::Bottom, 30.0));
                let ask = request(&world, Some(&seal), show);
                let report = world.verify(&written(&on_ofd(&ofd(), &ask).unwrap()));
                passed(&report);
                let container = if standard == SealStandard::V5 { "ses-v5" } else { "ses-v4" };
                assert_eq!(report.signatures[0].container, container);
                let report = world.verify(&written(&on_pdf(&pdf(), &ask).unwrap()));
                passed(&report);
                assert_eq!(report.signatures[0].seal.as_ref().unwrap().version, number);
            }
        }
    }
}
