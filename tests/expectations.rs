//! The documents of `fixtures/documents` against `fixtures/expectations.toml`, by the program itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fault here should stop the test"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    file: String,
    /// Judged as of this time.
    at: Option<String>,
    /// Trusted certificates of `fixtures/pki`; both roots unless given.
    trust: Option<Vec<String>>,
    #[serde(default)]
    revocation: Vec<String>,
    /// Changes a copy.
    xor: Option<Xor>,
    indication: String,
    sub_indication: Option<String>,
    status: i32,
    #[serde(default)]
    codes: Vec<String>,
    /// How many; not counted unless given.
    signatures: Option<usize>,
}

/// One bit changed, `skip` bytes after, or before, the first occurrence of a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Xor {
    after: Option<String>,
    before: Option<String>,
    skip: usize,
}

impl Xor {
    fn text(&self) -> &str {
        self.after.as_deref().or(self.before.as_deref()).unwrap()
    }

    fn place(&self, bytes: &[u8]) -> Option<usize> {
        let at = bytes.windows(self.text().len()).position(|window| window == self.text().as_bytes())?;
        Some(if self.after.is_some() { at + self.text().len() + self.skip } else { at - self.skip })
    }
}

#[test]
fn every_document_is_judged_as_written() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let text = fs::read_to_string(fixtures.join("expectations.toml")).unwrap();
    let expectations: Expectations = toml::from_str(&text).unwrap();
    for case in &expectations.case {
        judge(&fixtures, case);
    }
}

/// A document without a case, or a case that nobody remembers, would be a fixture for nothing.
#[test]
fn every_document_has_a_case() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let text = fs::read_to_string(fixtures.join("expectations.toml")).unwrap();
    let expectations: Expectations = toml::from_str(&text).unwrap();
    for entry in fs::read_dir(fixtures.join("documents")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(expectations.case.iter().any(|case| case.file == name), "{name} has no case");
    }
}

fn judge(fixtures: &Path, case: &Case) {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(fixtures.join("documents").join(&case.file)).unwrap();
    if let Some(xor) = &case.xor {
        let at = xor.place(&bytes).unwrap_or_else(|| panic!("{}: no {}", case.file, xor.text()));
        bytes[at] ^= 1;
    }
    let document = folder.path().join(&case.file);
    fs::write(&document, bytes).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
    command.env_clear().arg("verify").arg(&document).args(["--format", "json", "--store"]);
    command.arg(folder.path().join("none")).args(["--at", case.at.as_deref().unwrap_or("2027-06-01T00:00:00Z")]);
    let roots = ["root-sm2.pem".to_owned(), "root-p256.pem".to_owned()];
    for root in case.trust.as_deref().unwrap_or(&roots) {
        command.arg("--trust").arg(fixtures.join("pki").join(root));
    }
    for list in &case.revocation {
        command.arg("--revocation").arg(fixtures.join("pki").join(list));
    }
    let output = command.output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    let changed = case.xor.as_ref().map(|xor| format!(" changed by {}", xor.text())).unwrap_or_default();
    let place = format!("{}{changed}: {out}{}", case.file, String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(case.status), "{place}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["indication"], case.indication, "{place}");
    if let Some(sub_indication) = &case.sub_indication {
        assert_eq!(report["signatures"][0]["sub_indication"], *sub_indication, "{place}");
    }
    if let Some(count) = case.signatures {
        assert_eq!(report["signatures"].as_array().unwrap().len(), count, "{place}");
    }
    let all = report["signatures"].as_array().unwrap().iter().flat_map(|s| s["findings"].as_array().unwrap());
    let codes: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .chain(all)
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    case.codes.iter().for_each(|code| assert!(codes.contains(&code.as_str()), "no {code} in {place}"));
}
