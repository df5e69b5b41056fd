//! Places that do not take a result: a full disk, a folder that is not writable, a store of somebody else. Nothing may be
//! left there. Mounting needs root; elsewhere these say that they are skipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fault here should stop the test"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

mod support;

const SETUP: [&str; 5] = [
    "init",
    "ca create root --subject CN=Root",
    "cert issue maker --ca root --profile seal-maker --subject CN=Maker",
    "cert issue clerk --ca root --profile signer --subject CN=Clerk",
    "seal issue office --maker maker --holder clerk --name x --picture seal.png",
];

/// A folder with a store, a seal, and the sample documents.
fn office() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["seal.png", "notice.pdf", "notice.ofd"] {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
        fs::copy(fixture, folder.path().join(name)).unwrap();
    }
    for line in SETUP {
        let output = command(env!("CARGO_BIN_EXE_eseal"), folder.path()).args(line.split(' ')).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    folder
}

fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env_remove("ESEAL_PASSPHRASE_FILE");
    command.env("ESEAL_STORE", "store").env("ESEAL_KEY_FILE", "key").env("LC_ALL", "C");
    command
}

/// Runs a script with mounts of its own; `None` where that is not allowed.
fn mounted(folder: &Path, script: &str) -> Option<Output> {
    let able = Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !able.is_ok_and(|output| output.status.success()) {
        support::skip("mounting is not allowed here");
        return None;
    }
    let script = format!("set -e; eseal='{}'; mkdir -p place; {script}", env!("CARGO_BIN_EXE_eseal"));
    Some(command("unshare", folder).args(["-m", "sh", "-c", &script]).output().unwrap())
}

fn refuses(output: &Output, code: &str) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(6), "{out}{err}");
    assert!(err.contains(code), "{err}");
    assert!(out.ends_with("left:\n"), "{out}");
}

#[test]
fn a_full_disk_keeps_nothing() {
    let folder = office();
    let script = "mount -t tmpfs -o size=64k none place; set +e; \
        $eseal apply notice.pdf --seal office --at 100,100 -o place/x.pdf; status=$?; \
        echo left: $(ls -A place); exit $status";
    let Some(output) = mounted(folder.path(), script) else { return };
    refuses(&output, "[output-full]");
}

#[test]
fn a_folder_that_is_not_writable_keeps_nothing() {
    let folder = office();
    let script = "mount -t tmpfs -o ro none place; set +e; \
        $eseal apply notice.ofd --seal office --at 100,100 -o place/x.ofd; status=$?; \
        echo left: $(ls -A place); exit $status";
    let Some(output) = mounted(folder.path(), script) else { return };
    refuses(&output, "[output-not-writable]");
}

#[test]
fn a_full_disk_makes_no_store_and_no_key_file() {
    let folder = office();
    let script = "mount -t tmpfs -o size=64k none place; set +e; \
        $eseal init --store place/store --key-file key2; status=$?; \
        echo left: $(ls -A place; ls key2 2>/dev/null); exit $status";
    let Some(output) = mounted(folder.path(), script) else { return };
    refuses(&output, "[store-full]");
}

#[test]
fn a_store_of_another_user_is_not_used() {
    let folder = office();
    if !Command::new("chown")
        .args(["-R", "12345", "store"])
        .current_dir(folder.path())
        .output()
        .unwrap()
        .status
        .success()
    {
        return support::skip("chown needs root");
    }
    let mut command = command(env!("CARGO_BIN_EXE_eseal"), folder.path());
    let output = command.args("apply notice.pdf --seal office --at 100,100".split(' ')).output().unwrap();
    assert_eq!(output.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&output.stderr).contains("[store-foreign-owner]"));
    assert!(!folder.path().join("notice.sealed.pdf").exists());
}
