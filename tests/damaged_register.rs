//! A store of which a part cannot be read: what it would have said is not taken for good.
#![allow(clippy::unwrap_used, reason = "a test ends where a step of its making fails")]

use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
    command.current_dir(folder).args(line.split(' ')).env("ESEAL_STORE", "store").env("ESEAL_KEY_FILE", "key");
    command.output().unwrap()
}

#[test]
fn a_register_that_cannot_be_read_leaves_doubt() {
    // What is lost, and what then cannot be told any more.
    for table in ["revocations", "sealings"] {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/notice.pdf"), folder.join("notice.pdf"))
            .unwrap();
        for line in [
            "init --key-file key",
            "ca create root --subject CN=Root",
            "cert issue clerk --ca root --profile signer --subject CN=Clerk",
            "sign notice.pdf --cert clerk -o signed.pdf",
            "cert export clerk -o clerk.pem",
            "verify signed.pdf",
            "cert verify clerk.pem",
        ] {
            assert_eq!(run(folder, line).status.code(), Some(0), "{line}");
        }
        let database = rusqlite::Connection::open(folder.join("store/store.db")).unwrap();
        database.pragma_update(None, "foreign_keys", "OFF").unwrap();
        database.execute_batch(&format!("DROP TABLE {table};")).unwrap();
        let verified = run(folder, "verify signed.pdf --format json");
        let text = String::from_utf8(verified.stdout).unwrap();
        assert_eq!(verified.status.code(), Some(3), "{table}: {text}");
        assert!(text.contains("REGISTER_UNREADABLE"), "{table}: {text}");
        if table == "revocations" {
            let verified = run(folder, "cert verify clerk.pem --format json");
            let text = String::from_utf8(verified.stdout).unwrap();
            assert_eq!(verified.status.code(), Some(3), "{text}");
            assert!(text.contains("REGISTER_UNREADABLE"), "{text}");
            // Nothing is sealed or signed with it either.
            assert_eq!(run(folder, "sign notice.pdf --cert clerk -o again.pdf").status.code(), Some(6));
            assert!(!folder.join("again.pdf").exists());
        }
    }
}
