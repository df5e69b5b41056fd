//! Attacks on sealed PDF files, as recipes with the verdict and the reason that a right verifier gives.
//!
//! Every recipe works on files that this program sealed: a GB/T 38540 seal with SM2 and a PAdES seal with P-256. Most
//! are done to finished bytes, and these are done to the files of other programs too (`others`); those that need the
//! signer's help (a SubFilter nobody knows, a literal /Contents) are signed with the attack already inside.
//!
//! Attacks that are updates of one rule each stand in `tests/changes.rs` and `tests/changes/rules.rs`. Which attack of the
//! literature is shown where: `src/verify/PDF_ATTACKS.md`.

#![allow(missing_docs, unreachable_pub, dead_code, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "pdf_attacks/craft.rs"]
mod craft;
#[path = "peers/office.rs"]
mod office;
#[path = "pdf_attacks/others.rs"]
mod others;
#[path = "pdf_attacks/recipes.rs"]
mod recipes;
mod support;

use eseal::crypto::KeyKind;
use eseal::report::{Effect, Indication, Report};

use crate::office::{How, office};
use crate::recipes::{RECIPES, Sealed, Wanted};

#[test]
fn the_sealed_file_itself_passes() {
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let report = office(kind).verify(&sealed(kind));
        assert_eq!(report.indication, Indication::TotalPassed, "{}", said(&report));
    }
}

#[test]
fn no_recipe_gets_through() {
    let mut faults = Vec::new();
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let file = Sealed::new(sealed(kind), kind);
        for recipe in RECIPES {
            let Some(attacked) = (recipe.make)(&file) else { continue };
            let report = office(kind).verify(&attacked);
            if let Some(fault) = judge(recipe.wanted, recipe.codes, &report) {
                faults.push(format!("{} ({kind:?}): {fault}; {}", recipe.name, said(&report)));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The mechanical proof of conditions 3 and 4 of article 13: no changed byte passes, but for the case of a digit of
/// /Contents, which changes nothing.
#[test]
fn no_flipped_byte_passes() {
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let file = Sealed::new(sealed(kind), kind);
        let mut faults = Vec::new();
        for at in places(&file) {
            let mut bytes = file.bytes.clone();
            bytes[at] ^= 0x20;
            let in_digits = (file.range[1] + 1..file.range[2] - 1).contains(&at);
            let neutral = in_digits && bytes[at].eq_ignore_ascii_case(&file.bytes[at]) && bytes[at].is_ascii_hexdigit();
            let report = office(kind).verify(&bytes);
            if report.indication == Indication::TotalPassed && !neutral {
                faults.push(format!("{at}: {:02X} to {:02X}", file.bytes[at], bytes[at]));
            }
        }
        assert!(faults.is_empty(), "{kind:?}: {}", faults.join(", "));
    }
}

/// The same for the bytes of the value itself, written anew as digits. Neutral, since no part of CMS signs them: the two
/// version numbers (RFC 5652 5.1, 5.3) and certificates that travel along beside the signer's.
#[test]
fn no_flipped_byte_of_the_value_passes() {
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let file = Sealed::new(sealed(kind), kind);
        let digits = file.range[1] + 1;
        let value: Vec<u8> = (digits..file.value_end().unwrap())
            .step_by(2)
            .map(|at| u8::from_str_radix(std::str::from_utf8(&file.bytes[at..at + 2]).unwrap(), 16).unwrap())
            .collect();
        let neutral = if kind == KeyKind::P256 { neutral(&value, office(kind).root.as_der()) } else { Vec::new() };
        let mut faults = Vec::new();
        for at in (0..value.len()).step_by(value.len() / 300 + 1) {
            let mut bytes = file.bytes.clone();
            bytes[digits + 2 * at..digits + 2 * at + 2].copy_from_slice(format!("{:02X}", value[at] ^ 1).as_bytes());
            let passed = office(kind).verify(&bytes).indication == Indication::TotalPassed;
            if passed && !neutral.iter().any(|range| range.contains(&at)) {
                faults.push(at);
            }
        }
        assert!(faults.is_empty(), "{kind:?}: {faults:?}");
    }
}

/// The places of the version numbers and of a travelling certificate in a CMS value.
fn neutral(value: &[u8], travelling: &[u8]) -> Vec<std::ops::Range<usize>> {
    use eseal::pki::ber::{Encoding, Reader, tag};
    let place = |part: &[u8]| {
        let at = part.as_ptr() as usize - value.as_ptr() as usize;
        at..at + part.len()
    };
    let mut content = Reader::new(value, Encoding::Der).enter(tag::SEQUENCE).unwrap();
    content.next().unwrap();
    let mut signed_data = content.enter(tag::context(0)).unwrap().enter(tag::SEQUENCE).unwrap();
    let mut ranges = vec![place(signed_data.next().unwrap().bytes)];
    let mut last = signed_data.next().unwrap();
    while !signed_data.is_empty() {
        last = signed_data.next().unwrap();
    }
    let mut info = signed_data.inside(&last).unwrap().enter(tag::SEQUENCE).unwrap();
    ranges.push(place(info.next().unwrap().bytes));
    let at = recipes::find(value, travelling).unwrap();
    ranges.push(at..at + travelling.len());
    ranges
}

/// Every byte around the gap and of the end, and bytes spread over all else.
fn places(file: &Sealed) -> Vec<usize> {
    let length = file.bytes.len();
    let [_, gap, second, _] = file.range;
    let mut places: Vec<usize> = (gap.saturating_sub(150)..gap + 20).collect();
    places.extend(second.saturating_sub(20)..(second + 60).min(length));
    places.extend(length - 120..length);
    // Steps that are coprime to the usual lengths of lines and records.
    places.extend((0..length).step_by(length / 150 + 13));
    places.sort_unstable();
    places.dedup();
    places
}

/// What is wrong with a verdict.
fn judge(wanted: Wanted, codes: &[&str], report: &Report) -> Option<String> {
    let expected: &[Indication] = match wanted {
        Wanted::Failed => &[Indication::TotalFailed],
        Wanted::Doubt => &[Indication::Indeterminate],
        Wanted::Refused => &[Indication::Refused, Indication::TotalFailed],
        Wanted::Passed => &[Indication::TotalPassed],
    };
    if !expected.contains(&report.indication) {
        return Some(format!("{} instead of {expected:?}", report.indication));
    }
    let mut found = report.findings.iter().chain(report.signatures.iter().flat_map(|s| &s.findings));
    let named = codes.is_empty() || found.any(|f| codes.contains(&f.code.name()));
    (!named).then(|| format!("none of {codes:?}"))
}

/// Everything that weighs in a report, for the message of a failure.
fn said(report: &Report) -> String {
    let weighty = |f: &&eseal::report::Finding| f.code.effect() != Effect::Tell;
    let of = |f: &eseal::report::Finding| format!("{}{:?}", f.code.name(), f.arguments);
    let document: Vec<String> = report.findings.iter().filter(weighty).map(of).collect();
    let signatures: Vec<String> = report
        .signatures
        .iter()
        .map(|s| {
            format!(
                "{}: {}: {}",
                s.id,
                s.indication,
                s.findings.iter().filter(weighty).map(of).collect::<Vec<_>>().join(" ")
            )
        })
        .collect();
    format!("{} [{}] [{}]", report.indication, document.join(" "), signatures.join(" | "))
}

fn sealed(kind: KeyKind) -> Vec<u8> {
    let notice = include_bytes!("../fixtures/notice.pdf");
    office(kind).on_pdf(notice, &How::seal(150.0, 230.0, 42.0)).unwrap()
}
