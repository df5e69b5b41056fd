//! Policies: their texts, good and bad, as data; every key changes a verdict; every loosening is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a fault here should stop the test")]
#![allow(clippy::indexing_slicing, reason = "tests")]

#[path = "support/exercise.rs"]
mod exercise;

use eseal::cli::manual;
use eseal::policy::{FaultKind, POLICY_BYTES, Policy};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    text: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(default)]
    base: bool,
    text: String,
    loosened: Option<Vec<String>>,
    #[serde(default)]
    faults: Vec<String>,
}

const BASE: &str = "name = \"test\"\nextends = \"default\"\n";

#[test]
fn every_text_is_read_or_refused_as_told() {
    let texts: Texts = toml::from_str(include_str!("policy/texts.toml")).unwrap();
    assert!(texts.text.len() > 20);
    let mut wrong = Vec::new();
    for one in texts.text {
        let text = format!("{}{}", if one.base { BASE } else { "" }, one.text);
        let (loosened, faults) = match Policy::parse(&text) {
            Ok(policy) => (Some(policy.loosened()), Vec::new()),
            Err(faults) => {
                let told = |f: &eseal::policy::Fault| format!("{} {} {}", f.line, f.key, f.kind.name());
                (None, faults.iter().map(told).collect())
            }
        };
        if loosened != one.loosened || faults != one.faults {
            wrong.push(format!("{text}\n{loosened:?} {faults:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
}

#[test]
fn a_policy_has_its_bounds() {
    let long = format!("{BASE}# {}", "x".repeat(POLICY_BYTES));
    assert_eq!(Policy::parse(&long).unwrap_err()[0].kind.name(), "too-large");
    let deep = format!("{BASE}a = {}", "[".repeat(100_000));
    assert_eq!(Policy::parse(&deep).unwrap_err()[0].kind.name(), "syntax");
    let fault = &Policy::from_bytes(b"name = \"x\"\n\xff").unwrap_err()[0];
    assert_eq!((fault.line, &fault.kind), (2, &FaultKind::NotUtf8));
}

/// Keys of one word, each with its values in rising order of strictness.
const CHOICES: [(&str, &[&str]); 12] = [
    ("time.claimed", &["accepted", "worsens"]),
    ("time.proof", &["optional", "required"]),
    ("timestamps.document", &["optional", "must-pass", "required"]),
    ("revocation.required", &["never", "where-published", "always"]),
    ("coverage.required", &["revision", "document"]),
    ("coverage.partial", &["indeterminate", "fails"]),
    ("changes.highest", &["annotations", "form-filling", "long-term-data", "none"]),
    ("changes.overlays", &["warn", "fail"]),
    ("seals.claimed-outside", &["doubts", "fails"]),
    ("seals.state", &["where-known", "required"]),
    ("certificates.key-usage", &["signing", "non-repudiation"]),
    ("signature-policies.unknown", &["warn", "doubt"]),
];

/// Algorithms and keys by their tables.
const ENDS: [(&str, &[&str]); 4] = [
    ("algorithms.digests", &["sm3", "sha224", "sha256", "sha384", "sha512", "sha1", "md5"]),
    ("algorithms.signatures", &["sm2", "ecdsa", "rsa-pkcs1", "rsa-pss", "ed25519"]),
    ("algorithms.curves", &["sm2", "p256", "p384", "p521", "ed25519"]),
    ("algorithms.rsa", &["1024", "2048"]),
];

fn rule<'p>(settings: &'p [(String, eseal::policy::Setting)], key: &str) -> Option<&'p str> {
    settings.iter().find(|(name, _)| name == key).and_then(|(_, setting)| match setting {
        eseal::policy::Setting::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

#[test]
fn every_loosening_appears_by_itself() {
    let settings = Policy::default().settings();
    let words = settings
        .iter()
        .filter(|(key, setting)| matches!(setting, eseal::policy::Setting::Text(_)) && !key.starts_with("algorithms."));
    assert_eq!(words.count(), CHOICES.len(), "a key that this test does not know");
    for (key, values) in CHOICES {
        let (table, name) = key.split_once('.').unwrap();
        let standing = values.iter().position(|one| rule(&settings, key) == Some(one)).unwrap();
        for (place, value) in values.iter().enumerate() {
            let policy = Policy::parse(&format!("{BASE}[{table}]\n{name} = \"{value}\"\n")).unwrap();
            let expected: Vec<String> = if place < standing { vec![key.to_owned()] } else { Vec::new() };
            assert_eq!(policy.loosened(), expected, "{key} = {value}");
            assert_eq!(rule(&policy.settings(), key), Some(*value));
        }
    }
    for (table, names) in ENDS {
        for name in names {
            let key = format!("{table}.{name}");
            let open = rule(&settings, &key) == Some("open");
            for (value, looser) in [("\"never\"", false), ("2010-12-31", !open), ("\"open\"", !open)] {
                if table == "algorithms.rsa" && *name == "2048" && value != "\"open\"" {
                    continue;
                }
                let policy = Policy::parse(&format!("{BASE}[{table}]\n{name} = {value}\n")).unwrap();
                let expected = if looser { vec![key.clone()] } else { Vec::new() };
                assert_eq!(policy.loosened(), expected, "{key} = {value}");
            }
        }
    }
}

#[test]
fn the_manual_names_every_key() {
    let pages = manual();
    let (_, page) = pages.iter().find(|(name, _)| name == "eseal-policy.5").unwrap();
    let page = page.replace("\\-", "-");
    let more = ["revocation.max-age-hours", "certificates.purposes", "certificates.policies", "extends", "name"];
    let keys = CHOICES.iter().map(|(key, _)| *key).chain(ENDS.iter().map(|(key, _)| *key)).chain(more);
    for key in keys.chain(["signature-policies.accepted"]) {
        assert!(page.contains(&format!("\n\\fB{key}\\fR\n")), "{key}");
    }
    for value in CHOICES.iter().flat_map(|(_, values)| *values) {
        assert!(page.contains(&format!("\"{value}\"")), "{value}");
    }
    for name in ENDS.iter().take(3).flat_map(|(_, names)| *names) {
        assert!(page.contains(name), "{name}");
    }
}

#[test]
fn every_fault_has_its_words() {
    use eseal::cli::messages::{Language, Section};
    for language in Language::ALL {
        let texts = Section::Output.source(language);
        for name in FaultKind::NAMES {
            assert!(texts.contains(&format!("\npolicy-fault-{name} = ")), "{name}");
        }
        for name in ["time-claimed", "revocation-required", "seals-claimed-outside", "algorithms"] {
            assert!(texts.contains(&format!("\nloosened-{name} = ")), "{name}");
        }
    }
}

/// A line of a policy that may be right or wrong.
fn line() -> impl Strategy<Value = String> {
    let words: Vec<String> = CHOICES
        .iter()
        .flat_map(|(key, values)| values.iter().map(move |value| format!("{key} = \"{value}\"")))
        .chain(
            ENDS.iter().flat_map(|(table, names)| names.iter().map(move |name| format!("{table}.{name} = \"open\""))),
        )
        .chain(
            [
                "revocation.max-age-hours = 24",
                "certificates.purposes = [\"1.2.3\", \"2.999.1\"]",
                "certificates.policies = [\"0.4.0.194112.1.2\"]",
                "signature-policies.accepted.\"1.2.3\" = \"any\"",
                "signature-policies.accepted.\"1.2.4\" = \"00112233445566778899AABBCCDDEEFF\"",
                "algorithms.rsa.3000 = \"open\"",
                "algorithms.digests.md5 = 2004-08-17",
                "nonsense = 1",
                "time = 3",
            ]
            .map(str::to_owned),
        )
        .collect();
    proptest::sample::select(words)
}

proptest! {
    #[test]
    fn what_is_read_says_the_same_when_written(
        lines in proptest::collection::vec(line(), 0..12),
        base in proptest::sample::select(Policy::NAMES.to_vec()),
    ) {
        let text = format!("name = \"test\"\nextends = \"{base}\"\n{}\n", lines.join("\n"));
        exercise::policy(text.as_bytes());
    }

    #[test]
    fn no_text_brings_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        exercise::policy(&bytes);
    }
}
