//! Signature values made by other programs: every container in the sample documents is read, and where the sample's
//! signature is intact its value verifies over the bytes that it covers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::Path;

use eseal::container::Package;
use eseal::limits::Budget;
use eseal::signature::{Container, DocumentDigests, Outcome, Profile, Reason, Step, StepResult, Unverified, detect};
use eseal::source::Bytes;

mod support;

/// One `/ByteRange` of a PDF file, found by a plain scan.
struct Found {
    sub_filter: String,
    contents: Vec<u8>,
    covered: Vec<u8>,
}

#[test]
fn values_of_intact_pdf_samples_verify() {
    let Some(folder) = support::samples().map(|root| root.join("pdf")) else { return };
    let classes = classes(&folder.join("expected.tsv"));
    let mut verified = 0;
    for (file, class) in &classes {
        for found in scan(&std::fs::read(folder.join(file)).unwrap()) {
            let outcome = judge(&found);
            if class == "intact" {
                assert_eq!(outcome.result_of(Step::Value), StepResult::Passed, "{file}: {:?}", outcome.checks());
                assert!(
                    !outcome.checks().iter().any(|c| c.result == StepResult::Failed),
                    "{file}: {:?}",
                    outcome.checks()
                );
                verified += 1;
            }
        }
    }
    assert!(verified >= 40, "{verified}");
}

#[test]
fn content_in_a_detached_signature_is_a_format_failure() {
    let Some(folder) = support::samples().map(|root| root.join("pdf")) else { return };
    let file = "pyhanko__pdf-sig-with-econtent.pdf";
    let found = scan(&std::fs::read(folder.join(file)).unwrap());
    let outcome = judge(found.first().unwrap());
    assert!(outcome.has(Reason::ContentPresent));
    assert!(outcome.verified().is_none());
}

#[test]
fn a_serial_number_with_needless_zeros_is_malformed() {
    let Some(folder) = support::samples().map(|root| root.join("pdf")) else { return };
    let file = "dss__BadEncodedCMS.pdf";
    let found = scan(&std::fs::read(folder.join(file)).unwrap());
    let outcome = judge(found.first().unwrap());
    assert!(outcome.has(Reason::Malformed));
    assert!(outcome.verified().is_none());
}

#[test]
fn a_changed_document_is_a_hash_failure() {
    let Some(folder) = support::samples().map(|root| root.join("pdf")) else { return };
    let file = "pyhanko__sig-with-ski-sid.pdf";
    let mut found = scan(&std::fs::read(folder.join(file)).unwrap());
    let found = found.first_mut().unwrap();
    found.covered[100] ^= 1;
    let outcome = judge(found);
    assert_eq!(outcome.result_of(Step::MessageDigest), StepResult::Failed);
    assert_eq!(outcome.result_of(Step::Value), StepResult::Passed);
    assert!(outcome.has(Reason::MessageDigestMismatch));
    assert!(outcome.verified().is_none());
}

#[test]
fn values_of_ofd_samples_verify_over_signature_xml() {
    let Some(folder) = support::samples().map(|root| root.join("ofd")) else { return };
    let expected = [
        ("gbt35275-form-b-two-signatures.ofd", "Doc_0/Signs/Sign_0", Some(Reason::AttributesUnsorted)),
        ("gbt35275-form-b-two-signatures.ofd", "Doc_0/Signs/Sign_1", Some(Reason::AttributesUnsorted)),
        ("ofdrw-made-gbt35275-form-a.ofd", "Doc_0/Signs/Sign_0", None),
        ("ofdrw-made-gbt35275-form-b.ofd", "Doc_0/Signs/Sign_0", None),
        ("v4-raw64-and-gbt35275.ofd", "Doc_0/Signs/Sign_3", Some(Reason::ValueRaw)),
    ];
    for (file, place, oddity) in expected {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let value = entry(&bytes, &format!("{place}/SignedValue.dat"));
        let mut xml = entry(&bytes, &format!("{place}/Signature.xml"));
        assert_eq!(detect(&value), Container::Gbt35275, "{file}");
        let unverified = Unverified::read(&value, Profile::Ofd, &[]);
        let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, &xml));
        assert!(outcome.verified().is_some(), "{file} {place}: {:?}", outcome.checks());
        assert!(oddity.is_none_or(|reason| outcome.has(reason)), "{file}: {:?}", outcome.oddities());
        xml[40] ^= 1;
        let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, &xml));
        assert!(outcome.verified().is_none(), "{file} changed");
        assert!(outcome.checks().iter().any(|check| check.result == StepResult::Failed), "{file} changed");
    }
}

#[test]
fn a_bare_value_has_no_certificate() {
    let Some(folder) = support::samples().map(|root| root.join("ofd")) else { return };
    let bytes = std::fs::read(folder.join("sign-bare-sm2.ofd")).unwrap();
    let value = entry(&bytes, "Doc_0/Signs/Sign_0/SignedValue.dat");
    assert_eq!(detect(&value), Container::Raw);
    let unverified = Unverified::bare(&value, Profile::Ofd, None, None);
    let outcome = unverified.clone().verify(&DocumentDigests::of(&unverified, b"<ofd/>"));
    assert!(outcome.has(Reason::NoSigningCertificate));
    assert_eq!(outcome.result_of(Step::Value), StepResult::NotRun);
    assert!(outcome.verified().is_none());
}

#[test]
fn seal_signatures_are_told_by_their_content() {
    let Some(folder) = support::samples().map(|root| root.join("ofd")) else { return };
    let cases = [
        ("ofdrw-made-v1.ofd", Container::SesV1),
        ("v1-keyed-sm3.ofd", Container::SesV1),
        ("v4-riding-seal.ofd", Container::SesV4),
        ("v4-tax-loopback-urls.ofd", Container::SesV4),
        ("ofdrw-made-v5.ofd", Container::SesV5),
    ];
    for (file, container) in cases {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let budget = Budget::default();
        let package = Package::open(Bytes::shared(bytes), &budget).unwrap();
        let mut values = package.files().filter(|entry| entry.name().to_lowercase().ends_with("signedvalue.dat"));
        let value = package.read(values.next().unwrap(), &budget).unwrap();
        assert_eq!(detect(&value), container, "{file}");
    }
}

fn judge(found: &Found) -> Outcome {
    let profile = Profile::of_sub_filter(&found.sub_filter).unwrap();
    let unverified = Unverified::read(&found.contents, profile, &[]);
    unverified.clone().verify(&DocumentDigests::of(&unverified, &found.covered))
}

fn classes(path: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).filter_map(|line| line.split_once('\t'));
    rows.map(|(file, rest)| (file.to_owned(), rest.split('\t').next().unwrap().to_owned())).collect()
}

fn entry(bytes: &[u8], name: &str) -> Vec<u8> {
    let budget = Budget::default();
    let package = Package::open(Bytes::shared(bytes.to_vec()), &budget).unwrap();
    let found = package.files().find(|entry| entry.name().trim_start_matches('/') == name).unwrap();
    package.read(found, &budget).unwrap()
}

/// Every `/ByteRange [a b c d]` whose gap holds a hexadecimal string.
fn scan(pdf: &[u8]) -> Vec<Found> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(start) = find(pdf, b"/ByteRange", at) {
        at = start + 10;
        let Some(open) = find(pdf, b"[", at) else { break };
        let Some(close) = find(pdf, b"]", open) else { break };
        let Ok(text) = std::str::from_utf8(&pdf[open + 1..close]) else { continue };
        let numbers: Vec<usize> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [a, b, c, d] = numbers[..] else { continue };
        let ranges = (pdf.get(a..a + b), pdf.get(a + b..c), pdf.get(c..c + d));
        let (Some(first), Some(gap), Some(second)) = ranges else { continue };
        let Some(contents) = hexadecimal(gap) else { continue };
        // The dictionary's text in front of /ByteRange or behind it names the SubFilter.
        let object = rfind(pdf, b" obj", start.min(a + b));
        let Some(name) = find(pdf, b"/SubFilter", object) else { continue };
        let name = pdf[name + 10..].iter().skip_while(|b| b.is_ascii_whitespace() || **b == b'/');
        let name: Vec<u8> =
            name.copied().take_while(|b| b.is_ascii_alphanumeric() || *b == b'.' || *b == b'_').collect();
        all.push(Found { sub_filter: String::from_utf8(name).unwrap(), contents, covered: [first, second].concat() });
    }
    all
}

fn hexadecimal(gap: &[u8]) -> Option<Vec<u8>> {
    let digits = gap.strip_prefix(b"<")?.strip_suffix(b">")?;
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
    digits.chunks(2).map(|pair| Some(value(pair[0])? << 4 | value(*pair.get(1)?)?)).collect()
}

fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.windows(needle.len()).position(|window| window == needle).map(|at| from + at)
}

fn rfind(bytes: &[u8], needle: &[u8], before: usize) -> usize {
    bytes[..before].windows(needle.len()).rposition(|window| window == needle).unwrap_or(0)
}
