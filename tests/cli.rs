//! What the program prints and how it exits: each case is a TOML file in `tests/cli/`, run in a folder of its own.
//!
//! ```toml
//! setup = ["init", "ca create root --subject CN=Root"]   # each must exit 0
//! [[step]]
//! run = "cert show nobody"           # words split at spaces, 'quoted' ones kept together
//! status = 7
//! stdout = ["..."]                   # texts that must occur
//! stderr = ["cert-unknown"]
//! stdin = "" ; env = { NAME = "value" } ; absent = ["file that must not exist"] ; present = [...]
//! write = { "name" = "contents" }    # files made before the step
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a fault here should stop the test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    setup: Vec<String>,
    step: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    run: String,
    status: i32,
    #[serde(default)]
    stdout: Vec<String>,
    #[serde(default)]
    stderr: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    write: BTreeMap<String, String>,
    #[serde(default)]
    mode: BTreeMap<String, u32>,
    #[serde(default)]
    present: Vec<String>,
    #[serde(default)]
    absent: Vec<String>,
}

#[test]
fn every_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        run(&file, &case);
    }
}

fn run(file: &Path, case: &Case) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for name in ["seal.png", "notice.pdf"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name), here.join(name)).unwrap();
    }
    fs::write(here.join("passphrase"), "correct horse\n").unwrap();
    fs::set_permissions(here.join("passphrase"), fs::Permissions::from_mode(0o600)).unwrap();
    for line in &case.setup {
        let output = eseal(here, line, &BTreeMap::new());
        assert_eq!(output.status.code(), Some(0), "{}: {line}: {}", file.display(), text(&output.stderr));
    }
    for step in &case.step {
        for (name, contents) in &step.write {
            fs::write(here.join(name), contents).unwrap();
        }
        for (name, mode) in &step.mode {
            fs::set_permissions(here.join(name), fs::Permissions::from_mode(*mode)).unwrap();
        }
        let output = eseal(here, &step.run, &step.env);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let place = format!("{}: {}\nstdout: {out}\nstderr: {err}", file.display(), step.run);
        assert_eq!(output.status.code(), Some(step.status), "{place}");
        step.stdout.iter().for_each(|part| assert!(out.contains(part), "no {part:?} in {place}"));
        step.stderr.iter().for_each(|part| assert!(err.contains(part), "no {part:?} in {place}"));
        step.present.iter().for_each(|name| assert!(here.join(name).exists(), "{name} is missing: {place}"));
        step.absent.iter().for_each(|name| assert!(!here.join(name).exists(), "{name} exists: {place}"));
    }
}

fn eseal(folder: &Path, line: &str, env: &BTreeMap<String, String>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
    command.args(words(line)).current_dir(folder).stdin(Stdio::null());
    command.env_clear().env("ESEAL_STORE", "store").env("ESEAL_PASSPHRASE_FILE", "passphrase").env("LC_ALL", "C");
    for (name, value) in env {
        if value.is_empty() {
            command.env_remove(name)
        } else {
            command.env(name, value)
        };
    }
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Splits at spaces; what stands in single quotes stays together.
fn words(line: &str) -> Vec<String> {
    let pieces = line.split('\'').enumerate();
    pieces
        .flat_map(|(n, piece)| match n % 2 {
            1 => vec![piece.to_owned()],
            _ => piece.split_whitespace().map(str::to_owned).collect(),
        })
        .collect()
}
