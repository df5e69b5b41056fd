//! Every sub-indication of EN 319 102-1, produced by the verifier itself; and every key of a policy, changing a verdict.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

#[path = "support/archive.rs"]
mod archive;
#[path = "support/forge.rs"]
mod forge;
#[path = "sub_indications/scenes.rs"]
mod scenes;
#[path = "support/world.rs"]
mod world;
#[path = "support/zip.rs"]
mod zip;

use std::collections::BTreeSet;

use eseal::report::SubIndication;
use serde::Deserialize;

use crate::scenes::{
    Scene, digital_signature_alone, named_policy, old_list, scene, sealed, sealed_again, sealed_too_late, with_source,
};
use crate::world::{NOW, codes};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    line: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    indication: Option<String>,
    recipe: Option<String>,
    reason: Option<String>,
}

#[test]
fn every_sub_indication_has_its_line() {
    let table: Table = toml::from_str(include_str!("sub_indications/table.toml")).unwrap();
    let names: Vec<&str> = table.line.iter().map(|line| line.name.as_str()).collect();
    let known: BTreeSet<&str> = SubIndication::ALL.iter().map(|sub| sub.name()).collect();
    assert_eq!(names.iter().copied().collect::<BTreeSet<_>>(), known);
    assert_eq!(names.len(), known.len(), "one line for each");
    let (mut wrong, mut open) = (Vec::new(), 0);
    for line in &table.line {
        match (&line.recipe, &line.indication, &line.reason) {
            (None, None, Some(reason)) => {
                open += 1;
                eprintln!("not produced: {}: {reason}", line.name);
            }
            (Some(recipe), Some(indication), None) => {
                let scene = scene(recipe).unwrap_or_else(|| panic!("no recipe {recipe}"));
                let report = scene.judge();
                let found = &report.signatures[0];
                let sub = found.sub_indication.map(|sub| sub.name());
                if sub != Some(line.name.as_str()) || found.indication.name() != indication {
                    wrong.push(format!("{}: {} {sub:?} {:?}", line.name, found.indication, codes(&report)));
                }
            }
            _ => panic!("{}: a recipe and an indication, or a reason", line.name),
        }
    }
    eprintln!("{open} of {} sub-indications are not produced", names.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_honest_document_passes() {
    let report = Scene::honest().judge();
    assert_eq!(report.signatures[0].indication.name(), "TOTAL-PASSED", "{:?}", codes(&report));
}

#[test]
fn sizes_of_rsa_keys_count() {
    use eseal::crypto::{KeyKind, PrivateKey, Signer};
    use eseal::policy::{Policy, Used};
    let key = PrivateKey::generate(KeyKind::Rsa2048, &world::Numbers::new(3)).unwrap();
    let used = Used { proven: None, validation: world::time(NOW) };
    let weak = |rules: &str| {
        let policy =
            Policy::parse(&format!("name = \"test\"\nextends = \"default\"\n[algorithms.rsa]\n{rules}")).unwrap();
        policy.weak_key(key.public_key(), used).is_some()
    };
    assert!(!weak("") && weak("2048 = \"never\"") && weak("2048 = 2020-01-01\n3072 = \"open\""));
    assert!(!weak("2048 = 2028-12-31"));
}

/// A key, the scene, the rules, and a code that comes (or, with a minus, goes) by them.
type Row = (&'static str, fn() -> Scene, &'static str, &'static str);

fn expired() -> Scene {
    let mut scene = Scene::honest();
    scene.now = NOW + 1801 * 86_400;
    scene
}

fn stray() -> Scene {
    scene("a file that the signature does not cover").unwrap()
}

const ROWS: &[Row] = &[
    ("max-age-hours", old_list, "[revocation]\nmax-age-hours = 24", "REVOCATION_TOO_OLD"),
    ("coverage.partial", stray, "[coverage]\npartial = \"fails\"", "COVERAGE_FORBIDDEN"),
    ("coverage.required", sealed_again, "[coverage]\nrequired = \"document\"", "COVERAGE_INSUFFICIENT"),
    ("changes.highest", sealed_again, "[changes]\nhighest = \"long-term-data\"", "POLICY_FORBIDS_CHANGE"),
    ("seals.state", sealed, "[seals]\nstate = \"required\"", "SEAL_STATE_UNKNOWN"),
    ("seals.claimed-outside", sealed_too_late, "[seals]\nclaimed-outside = \"doubts\"", "-SEAL_EXPIRED"),
    ("digests", Scene::honest, "[algorithms.digests]\nsm3 = \"never\"", "CRYPTO_CONSTRAINTS_FAILURE"),
    ("signatures", Scene::honest, "[algorithms.signatures]\nsm2 = 2020-01-01", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
    ("curves", Scene::honest, "[algorithms.curves]\nsm2 = \"never\"", "CRYPTO_CONSTRAINTS_FAILURE"),
    ("time.claimed", expired, "[time]\nclaimed = \"accepted\"", "-OUT_OF_BOUNDS_NO_POE"),
    ("time.proof", Scene::honest, "[time]\nproof = \"required\"", "TIME_UNPROVEN"),
    ("timestamps", Scene::honest, "[timestamps]\ndocument = \"required\"", "DOCUMENT_TIMESTAMP_MISSING"),
    ("revocation always", Scene::honest, "[revocation]\nrequired = \"always\"", "REVOCATION_UNKNOWN"),
    ("revocation never", with_source, "[revocation]\nrequired = \"never\"", "-TRY_LATER"),
    ("policies", Scene::honest, "[certificates]\npolicies = [\"2.999.1\"]", "CHAIN_CONSTRAINTS_FAILURE"),
    ("purposes", Scene::honest, "[certificates]\npurposes = [\"2.999.1\"]", "CHAIN_CONSTRAINTS_FAILURE"),
    (
        "key-usage",
        digital_signature_alone,
        "[certificates]\nkey-usage = \"non-repudiation\"",
        "CHAIN_CONSTRAINTS_FAILURE",
    ),
    (
        "signature-policies.unknown",
        named_policy,
        "[signature-policies]\nunknown = \"doubt\"",
        "SIGNATURE_POLICY_NOT_AVAILABLE",
    ),
    (
        "signature-policies.accepted",
        named_policy,
        "[signature-policies.accepted]\n\"2.999.7\" = \"any\"",
        "-SIGNATURE_POLICY_UNKNOWN",
    ),
    (
        "signature-policies.accepted with another digest",
        named_policy,
        "[signature-policies.accepted]\n\"2.999.7\" = \"00112233445566778899aabbccddeeff\"",
        "POLICY_PROCESSING_ERROR",
    ),
];

#[test]
fn keys_of_a_policy_change_verdicts() {
    for (key, scene, rules, code) in ROWS {
        let (code, comes) = code.strip_prefix('-').map_or((*code, true), |code| (code, false));
        let before = codes(&scene().judge()).contains(&code);
        let after = codes(&scene().with_policy(rules).judge()).contains(&code);
        assert_eq!((before, after), (!comes, comes), "{key}: {code}");
    }
}
