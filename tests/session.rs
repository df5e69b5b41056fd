//! The session that the README shows, run by a shell as it stands there, and what its reports hold.
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

/// Keys of one signature's report, as scripts rely on them.
const SIGNATURE: [&str; 32] = [
    "id",
    "kind",
    "container",
    "sub_filter",
    "revision",
    "indication",
    "sub_indication",
    "findings",
    "algorithm",
    "digest",
    "signer",
    "path",
    "anchor",
    "seal",
    "claimed_time",
    "proven_time",
    "timestamps",
    "reason",
    "location",
    "role",
    "on_behalf_of",
    "reference",
    "coverage",
    "uncovered",
    "later_changes",
    "changes",
    "steps",
    "reliability",
    "placements",
    "signer/serial",
    "seal/state",
    "reliability/reliable",
];

const REPORT: [&str; 12] = [
    "schema",
    "tool/version",
    "file",
    "format",
    "validation_time",
    "policy/sha256",
    "policy/loosened",
    "exit_status",
    "indication",
    "findings",
    "signatures",
    "tool/name",
];

/// The first block of commands that a README shows after this heading.
fn block(readme: &str, begin: &str) -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(readme)).unwrap();
    let from = text.find(begin).unwrap();
    text[from..].split("```").next().unwrap().to_owned()
}

fn run(script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = folder.path().join("fixtures");
    fs::create_dir(&fixtures).unwrap();
    for name in ["seal.png", "notice.pdf", "notice.ofd"] {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
        fs::copy(fixture, fixtures.join(name)).unwrap();
    }
    let program = Path::new(env!("CARGO_BIN_EXE_eseal")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let script = format!("{script}\neseal verify notice.sealed.pdf notice.sealed.ofd --format json");
    let mut command = Command::new("sh");
    command.args(["-e", "-c", &script]).current_dir(folder.path()).env("PATH", path).env("LC_ALL", "C");
    command.env_remove("ESEAL_KEY_FILE").env_remove("ESEAL_STORE");
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    let reports: Vec<serde_json::Value> =
        out.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(reports.len(), 2, "{out}");
    for report in reports {
        assert_eq!(report["indication"], "TOTAL-PASSED");
        REPORT.iter().for_each(|key| assert!(report.pointer(&format!("/{key}")).is_some(), "{key}"));
        let signature = &report["signatures"][0];
        SIGNATURE.iter().for_each(|key| assert!(signature.pointer(&format!("/{key}")).is_some(), "{key}"));
    }
}

#[test]
fn the_session_runs_as_it_stands() {
    run(&block("README.md", "mkdir t &&"));
}

#[test]
fn the_chinese_session_runs_as_it_stands() {
    run(&block("README.zh-CN.md", "mkdir t &&"));
}

#[test]
fn the_session_runs_with_the_other_suite() {
    let script = block("README.md", "mkdir t &&");
    let other = script.replace("ca create root", "ca create root --suite p256");
    assert_ne!(script, other);
    run(&other);
}
