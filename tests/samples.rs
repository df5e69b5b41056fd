//! OFD files and seals made by other programs, each with the verdict and the reasons that have to come out without any
//! trust. The table is the test; the files themselves are no part of this program.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/mod.rs"]
mod support;
#[path = "support/world.rs"]
mod world;

use eseal::report::Indication::{self, Indeterminate, TotalFailed};
use eseal::report::{Report, SignatureReport};
use eseal::seal::{Seal, SealVersion};

use crate::world::{NOW, verify_untrusted};

/// What has to come out for one signature.
struct Row {
    container: &'static str,
    indication: Indication,
    /// Codes that must be there.
    with: &'static [&'static str],
    /// Steps that must have passed.
    passed: &'static [&'static str],
}

const fn row(
    container: &'static str,
    indication: Indication,
    with: &'static [&'static str],
    passed: &'static [&'static str],
) -> Row {
    Row { container, indication, with, passed }
}

/// Codes that say that bytes differ. Honest files never get one.
const ALARMS: [&str; 12] = [
    "HASH_FAILURE",
    "SIG_CRYPTO_FAILURE",
    "SES_DATAHASH",
    "SEAL_SIGNATURE",
    "FORMAT_FAILURE",
    "NON_DER",
    "SEAL_MISMATCH",
    "ALGORITHM_CONFUSION",
    "SIGNATURE_XML_AMBIGUOUS",
    "SIGNATURE_XML_SUSPICIOUS",
    "SIGNATURE_UNLISTED",
    "STAMP_INVALID",
];
const PLAIN: &[&str] = &["references", "content-digest", "signature-value"];
/// Form A has no attributes: its content is the digest.
const FORM_A: &[&str] = &["references", "encapsulated-content", "signature-value"];
const SEALED: &[&str] =
    &["references", "content-digest", "signature-value", "seal-signature", "signer-in-seal", "stamps"];
const CHAIN: &[&str] = &["NO_CERTIFICATE_CHAIN_FOUND"];
/// Attributes that are not in the order of DER.
const UNSORTED: &[&str] = &["NO_CERTIFICATE_CHAIN_FOUND", "ATTRIBUTES_UNSORTED"];
const ENDED: &[&str] = &["EXPIRED", "SEAL_EXPIRED"];

fn table() -> Vec<(&'static str, Vec<Row>)> {
    let raw = &["HASH_FAILURE", "OFD_RESOURCE_NOT_COVERED", "VALUE_RAW"];
    vec![
        (
            "gbt35275-form-b-two-signatures",
            vec![row("gbt35275", Indeterminate, UNSORTED, PLAIN), row("gbt35275", Indeterminate, UNSORTED, PLAIN)],
        ),
        ("ofdrw-made-gbt35275-form-a", vec![row("gbt35275", TotalFailed, &["EXPIRED"], FORM_A)]),
        ("ofdrw-made-gbt35275-form-b", vec![row("gbt35275", TotalFailed, &["EXPIRED"], PLAIN)]),
        ("ofdrw-made-v1", vec![row("ses-v1", TotalFailed, ENDED, SEALED)]),
        (
            "ofdrw-made-v4-twice",
            vec![row("ses-v4", TotalFailed, ENDED, SEALED), row("ses-v4", TotalFailed, ENDED, SEALED)],
        ),
        ("ofdrw-made-v5", vec![row("ses-v5", TotalFailed, &["EXPIRED"], SEALED)]),
        (
            "sign-bare-sm2",
            vec![row("raw", Indeterminate, &["NO_SIGNING_CERTIFICATE_FOUND"], &["references", "signature-xml"])],
        ),
        ("v1-keyed-sm3", vec![row("ses-v1", TotalFailed, &["DIGEST_UNCHECKABLE", "CERT_LIST_UNREADABLE"], &[])]),
        (
            "v4-raw64-and-gbt35275",
            vec![
                row("ses-v4", TotalFailed, raw, &["content-digest", "signature-value", "seal-signature"]),
                row("gbt35275", TotalFailed, raw, &["signature-value"]),
            ],
        ),
        ("v4-riding-seal", vec![row("ses-v4", Indeterminate, CHAIN, SEALED)]),
        (
            "v4-second-breaks-first",
            vec![
                row("ses-v4", TotalFailed, &["HASH_FAILURE"], &["content-digest", "signature-value", "seal-signature"]),
                row("ses-v4", Indeterminate, CHAIN, SEALED),
            ],
        ),
        ("v4-signed-after-expiry", vec![row("ses-v4", TotalFailed, ENDED, SEALED)]),
        ("v4-tax-loopback-urls", vec![row("ses-v4", Indeterminate, &["TRY_LATER"], SEALED)]),
        ("v4-tax-nested-ofd-picture", vec![row("ses-v4", Indeterminate, CHAIN, SEALED)]),
    ]
}

#[test]
fn every_sample_gets_its_verdict_and_its_reasons() {
    let Some(samples) = support::samples() else { return };
    let mut wrong = Vec::new();
    let table = table();
    for (name, rows) in &table {
        let report = judged(&samples.join(format!("ofd/{name}.ofd")));
        if report.signatures.len() != rows.len() {
            wrong.push(format!("{name}: {} signatures", report.signatures.len()));
        }
        let worst = rows.iter().fold(Indication::TotalPassed, |worst, row| worst.worst(row.indication));
        if report.indication != worst {
            wrong.push(format!("{name}: {} {:?}", report.indication, world::codes(&report)));
        }
        for (signature, row) in report.signatures.iter().zip(rows) {
            wrong.extend(complaints(signature, row).into_iter().map(|why| format!("{name} {}: {why}", signature.id)));
        }
    }
    let files = support::files_below(&samples.join("ofd"), "ofd");
    let signed = files.iter().filter(|file| !file.to_string_lossy().contains("unsigned")).count();
    assert_eq!(signed, table.len(), "a sample without a row");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn complaints(signature: &SignatureReport, row: &Row) -> Vec<String> {
    let codes: Vec<&str> = signature.findings.iter().map(|finding| finding.code.name()).collect();
    let mut all = Vec::new();
    if signature.container != row.container || signature.indication != row.indication {
        all.push(format!("{} {} {codes:?}", signature.container, signature.indication));
    }
    all.extend(row.with.iter().filter(|code| !codes.contains(code)).map(|code| format!("no {code} in {codes:?}")));
    for step in row.passed {
        let passed = signature.steps.iter().any(|s| s.step == *step && s.result == eseal::report::StepResult::Passed);
        if !passed {
            all.push(format!("{step} did not pass: {codes:?}"));
        }
    }
    let alarms = codes.iter().filter(|code| ALARMS.contains(code) && !row.with.contains(code));
    // Whose digests are keyed, is not spoken of by the value either.
    if !row.with.contains(&"DIGEST_UNCHECKABLE") {
        all.extend(alarms.map(|code| format!("false alarm {code}")));
    }
    all
}

fn judged(file: &std::path::Path) -> Report {
    verify_untrusted(std::fs::read(file).unwrap(), NOW)
}

#[test]
fn the_files_that_differ_are_named() {
    let Some(samples) = support::samples() else { return };
    let places = |name: &str, signature: usize| -> Vec<String> {
        let report = judged(&samples.join(format!("ofd/{name}.ofd")));
        let findings = &report.signatures[signature].findings;
        let mut places: Vec<String> =
            findings.iter().filter(|f| f.code.name() == "HASH_FAILURE").filter_map(|f| f.place.clone()).collect();
        places.sort();
        places
    };
    let three = ["/Doc_0/Document.xml", "/Doc_0/Pages/Page_0/Content.xml", "/OFD.xml"];
    assert_eq!(places("v4-raw64-and-gbt35275", 0), three);
    assert_eq!(places("v4-raw64-and-gbt35275", 1), three);
    assert_eq!(places("v4-second-breaks-first", 0), ["/Doc_0/Signs/Signatures.xml"]);
}

#[test]
fn the_slices_of_a_riding_seal_are_listed() {
    let Some(samples) = support::samples() else { return };
    let report = judged(&samples.join("ofd/v4-riding-seal.ofd"));
    let placements = &report.signatures[0].placements;
    assert_eq!(placements.len(), 5);
    let left = |n: usize| placements[n].clip.unwrap().x.0;
    assert_eq!((left(0), left(1), left(4)), (0.0, 8.0, 32.0));
    assert!(placements.iter().enumerate().all(|(n, placement)| placement.page as usize == n + 1));
}

/// What the list of samples says beside the verdicts.
#[test]
fn what_is_told_of_the_samples_is_in_their_reports() {
    let Some(samples) = support::samples() else { return };
    let report = |name: &str| judged(&samples.join(format!("ofd/{name}.ofd")));
    let twice = report("ofdrw-made-v4-twice");
    let order: Vec<(&str, &[String], &[String])> =
        twice.signatures.iter().map(|s| (s.id.as_str(), s.covers.as_slice(), s.covered_by.as_slice())).collect();
    let (first, second) = (order[0].0.to_owned(), order[1].0.to_owned());
    assert_eq!(
        order,
        [(first.as_str(), &[][..], &[second.clone()][..]), (second.as_str(), &[first.clone()][..], &[][..])]
    );
    // A second seal that broke the first still tells that it came after it.
    let broken = report("v4-second-breaks-first");
    assert_eq!(broken.signatures[1].covers, [broken.signatures[0].id.clone()]);
    // The older namespace is told, and whether further signatures may follow.
    assert!(world::codes(&report("v4-raw64-and-gbt35275")).contains(&"NAMESPACE_OLD"));
    assert!(!world::codes(&report("v4-riding-seal")).contains(&"OFD_SIGNATURES_LIST_OPEN"));
    assert!(world::codes(&twice).contains(&"OFD_SIGNATURES_LIST_OPEN"));
    // A seal whose picture is an OFD, and no Seal.esl beside it.
    let nested = report("v4-tax-nested-ofd-picture");
    assert!(
        nested.signatures[0].seal.is_some()
            && nested.signatures[0].findings.iter().all(|f| f.code.name() != "SEAL_MISMATCH")
    );
    // The claimed time and the periods that it misses are named.
    let late = report("v4-signed-after-expiry");
    let told =
        |code: &str| late.signatures[0].findings.iter().any(|f| f.code.name() == code && !f.arguments.is_empty());
    assert!(told("EXPIRED") && told("SEAL_EXPIRED"), "{:?}", late.signatures[0].findings);
}

#[test]
fn unsigned_samples_have_no_signature_and_no_alarm() {
    let Some(samples) = support::samples() else { return };
    for file in support::files_below(&samples.join("ofd/unsigned"), "ofd") {
        let report = judged(&file);
        assert_eq!(report.indication, Indication::NoSignature, "{}: {:?}", file.display(), world::codes(&report));
    }
}

#[test]
fn seals_are_told_apart_and_checked() {
    let Some(samples) = support::samples() else { return };
    let odd = Seal::from_der(&std::fs::read(samples.join("seals/SESealData.DER")).unwrap()).unwrap();
    assert!(matches!(odd.list(), eseal::seal::CertList::Certificates(list) if list.len() == 2));
    let critical: Vec<bool> = odd.extensions().iter().map(|extension| extension.critical).collect();
    assert_eq!((critical.len(), critical.iter().filter(|critical| **critical).count()), (3, 1));
    assert!(odd.picture().kind.eq_ignore_ascii_case("gif"), "{}", odd.picture().kind);
    for (name, version, good) in [
        ("UserV1.esl", SealVersion::V1, true),
        ("UserV4.esl", SealVersion::V4, true),
        ("UserV5.esl", SealVersion::V5, true),
        ("SESealData.DER", SealVersion::V4, false),
    ] {
        let seal = Seal::from_der(&std::fs::read(samples.join("seals").join(name)).unwrap()).unwrap();
        assert_eq!(seal.version(), version, "{name}");
        assert_eq!(seal.verify_maker().is_ok(), good, "{name}");
    }
}

/// A further signature breaks none of those that are there; a locked document takes none.
#[test]
fn samples_signed_again_keep_the_verdicts_of_their_signatures() {
    let Some(samples) = support::samples() else { return };
    let world = world::World::new(eseal::crypto::KeyKind::Sm2);
    let mut signed = 0;
    for (name, _) in table() {
        let bytes = std::fs::read(samples.join(format!("ofd/{name}.ofd"))).unwrap();
        let before = verify_untrusted(bytes.clone(), NOW);
        let after = match world.try_on_ofd(&bytes, false, eseal::sign::Closing::Open) {
            Ok(bytes) => world.verify(&bytes),
            Err(eseal::sign::SignError::Locked { .. }) => continue,
            Err(error) => panic!("{name}: {error}"),
        };
        signed += 1;
        assert_eq!(after.signatures.len(), before.signatures.len() + 1, "{name}");
        for (old, new) in before.signatures.iter().zip(&after.signatures) {
            assert_eq!(old.indication, new.indication, "{name} {}: {:?}", old.id, world::codes(&after));
        }
        let last = after.signatures.last().unwrap();
        let codes: Vec<&str> = last.findings.iter().map(|finding| finding.code.name()).collect();
        assert_eq!(last.indication, Indication::TotalPassed, "{name}: {codes:?}");
    }
    assert!(signed >= 4, "{signed}");
}
