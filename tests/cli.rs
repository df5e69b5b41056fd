//! What the program prints and how it exits: each case is a TOML file in `tests/cli/`, run in a folder of its own.
//!
//! ```toml
//! key_file = true                    # the store opens with a key file instead of a passphrase
//! with = [{ suite = "sm2" }, { suite = "p256" }]   # the whole case once for each, `{suite}` replaced
//! setup = ["init", "ca create root --subject CN=Root"]   # each must exit 0
//! [[step]]
//! run = "cert show nobody"           # words split at spaces, 'quoted' ones kept together
//! status = 7
//! stdout = ["..."]                   # texts that must occur
//! stderr = ["cert-unknown"]
//! stdin = "" ; env = { NAME = "value" } ; absent = ["file that must not exist"] ; present = [...]
//! write = { "name" = "contents" }    # files made before the step
//! copy = { "name" = "other" } ; half = { "name" = "other" }   # copies made before the step, or their first halves
//! append = { "name" = "other" }     # copies made before the step, with a line after them
//! lacks = ["text that must not occur on either stream"]
//! json = { "/signatures/0/reason" = "x" }             # values in the first line of standard output, by pointer
//! ```
//!
//! A step that does not exit 0 must leave no file behind that was not there before, whatever its name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a fault here should stop the test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    key_file: bool,
    #[serde(default)]
    with: Vec<BTreeMap<String, String>>,
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
    copy: BTreeMap<String, String>,
    #[serde(default)]
    half: BTreeMap<String, String>,
    #[serde(default)]
    append: BTreeMap<String, String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    json: BTreeMap<String, serde_json::Value>,
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
        let parse =
            |text: &str| -> Case { toml::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", file.display())) };
        let case = parse(&text);
        if case.with.is_empty() {
            run(&file, &case);
        }
        for values in &case.with {
            let replace = |text: String, (name, value): (&String, &String)| text.replace(&format!("{{{name}}}"), value);
            run(&file, &parse(&values.iter().fold(text.clone(), replace)));
        }
    }
}

fn run(file: &Path, case: &Case) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for name in ["seal.png", "notice.pdf", "notice.ofd", "pair.ofd", "encrypted.pdf"] {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name), here.join(name)).unwrap();
    }
    fs::write(here.join("passphrase"), "correct horse\n").unwrap();
    fs::set_permissions(here.join("passphrase"), fs::Permissions::from_mode(0o600)).unwrap();
    let key = if case.key_file { "key" } else { "" };
    let base = BTreeMap::from([("ESEAL_KEY_FILE".to_owned(), key.to_owned())]);
    for line in &case.setup {
        let output = eseal(here, line, &base);
        assert_eq!(output.status.code(), Some(0), "{}: {line}: {}", file.display(), text(&output.stderr));
    }
    for step in &case.step {
        for (name, contents) in &step.write {
            fs::create_dir_all(here.join(name).parent().unwrap()).unwrap();
            fs::write(here.join(name), contents).unwrap();
        }
        for (name, mode) in &step.mode {
            fs::set_permissions(here.join(name), fs::Permissions::from_mode(*mode)).unwrap();
        }
        for (name, source) in &step.copy {
            fs::copy(here.join(source), here.join(name)).unwrap();
        }
        for (name, source) in &step.append {
            let bytes = fs::read(here.join(source)).unwrap();
            fs::write(here.join(name), [bytes.as_slice(), b"one line more\n"].concat()).unwrap();
        }
        for (name, source) in &step.half {
            let bytes = fs::read(here.join(source)).unwrap();
            fs::write(here.join(name), bytes.split_at(bytes.len() / 2).0).unwrap();
        }
        let before = names(here);
        let output = eseal(here, &step.run, &base.clone().into_iter().chain(step.env.clone()).collect());
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let place = format!("{}: {}\nstdout: {out}\nstderr: {err}", file.display(), step.run);
        assert_eq!(output.status.code(), Some(step.status), "{place}");
        if step.status != 0 {
            assert_eq!(names(here), before, "{place}");
        }
        let first: serde_json::Value = match step.json.is_empty() {
            true => serde_json::Value::Null,
            false => serde_json::from_str(out.lines().next().unwrap()).unwrap_or_else(|e| panic!("{e}: {place}")),
        };
        for (pointer, value) in &step.json {
            assert_eq!(first.pointer(pointer), Some(value), "{pointer}: {place}");
        }
        step.lacks.iter().for_each(|t| assert!(!out.contains(t) && !err.contains(t), "{t:?} in {place}"));
        step.stdout.iter().for_each(|part| assert!(out.contains(part), "no {part:?} in {place}"));
        step.stderr.iter().for_each(|part| assert!(err.contains(part), "no {part:?} in {place}"));
        step.present.iter().for_each(|name| assert!(here.join(name).exists(), "{name} is missing: {place}"));
        step.absent.iter().for_each(|name| assert!(!here.join(name).exists(), "{name} exists: {place}"));
    }
}

/// All files below, but for those of a store: SQLite keeps its own there, and a refusal stands in the trail.
fn names(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.join("store.db").exists() {
            continue;
        }
        if path.is_dir() {
            found.extend(names(&path));
        }
        found.push(path);
    }
    found.sort();
    found
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
