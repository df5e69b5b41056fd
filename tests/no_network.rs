//! No command reaches for the network: strace sees `verify` and `cert verify` open no socket, though the certificates
//! name sources of revocation data.
#![allow(clippy::unwrap_used, reason = "a test ends where a step of its making fails")]

use std::path::Path;
use std::process::Command;

/// One command of the program in a folder; gives its exit status.
fn run(folder: &Path, tracer: &[&str], line: &str) -> Option<i32> {
    let words: Vec<&str> = tracer.iter().copied().chain([env!("CARGO_BIN_EXE_eseal")]).chain(line.split(' ')).collect();
    let (program, arguments) = words.split_first().unwrap();
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).env("ESEAL_STORE", "store").env("ESEAL_KEY_FILE", "key");
    command.output().unwrap().status.code()
}

#[test]
fn verify_opens_no_socket() {
    if Command::new("strace").arg("-V").output().is_err() {
        assert_ne!(std::env::var("ESEAL_REQUIRE").as_deref(), Ok("1"), "strace is required");
        eprintln!("skipped: no strace command");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let notice = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/notice.pdf");
    std::fs::copy(notice, folder.join("notice.pdf")).unwrap();
    for line in [
        "init --key-file key",
        "ca create root --subject CN=Root --crl-url http://127.0.0.1:9/root.crl",
        "cert issue clerk --ca root --profile signer --subject CN=Clerk",
        "sign notice.pdf --cert clerk -o signed.pdf",
        "cert export root -o root.pem",
        "cert export clerk -o clerk.pem",
    ] {
        assert_eq!(run(folder, &[], line), Some(0), "{line}");
    }
    let tracer = ["strace", "-f", "-o", "trace", "-e", "trace=openat,socket,connect,bind,sendto,io_uring_setup"];
    for (line, status, opened) in [
        ("verify signed.pdf", 0, "signed.pdf"),
        ("verify signed.pdf --store none --trust root.pem", 3, "signed.pdf"),
        ("cert verify clerk.pem --store none --trust root.pem", 3, "clerk.pem"),
    ] {
        assert_eq!(run(folder, &tracer, line), Some(status), "{line}");
        let trace = std::fs::read_to_string(folder.join("trace")).unwrap();
        assert!(trace.contains(opened), "strace saw nothing of {line}");
        for call in ["socket(", "connect(", "bind(", "sendto(", "io_uring_setup("] {
            assert!(!trace.contains(call), "{line}: {call}\n{trace}");
        }
    }
}
