//! The last seal taken off again: the file that was sealed comes back, or the request is refused and nothing is written.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a fault here should stop the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use eseal::container::Package;
use eseal::limits::Budget;
use eseal::source::Bytes;

/// A folder with a store that has a seal `office`.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Desk(tempfile::tempdir().unwrap());
        for name in ["seal.png", "notice.pdf", "notice.ofd", "pair.ofd", "encrypted.pdf"] {
            fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name), desk.path(name)).unwrap();
        }
        for line in [
            "init",
            "ca create root --subject CN=Root",
            "cert issue maker --ca root --profile seal-maker --subject CN=Maker",
            "cert issue clerk --ca root --profile signer --subject CN=Clerk",
            "seal issue office --maker maker --holder clerk --name Office --picture seal.png",
        ] {
            desk.run(line, 0);
        }
        desk
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn run_in(&self, store: &str, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
        command.args(line.split_whitespace()).current_dir(self.0.path()).env_clear();
        command.env("ESEAL_STORE", store).env("ESEAL_KEY_FILE", format!("{store}.key")).env("LC_ALL", "C");
        command.output().unwrap()
    }

    /// Standard output and standard error.
    fn run(&self, line: &str, status: i32) -> String {
        let output = self.run_in("store", line);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert_eq!(output.status.code(), Some(status), "{line}: {text}");
        text
    }

    fn seal(&self, from: &str, to: &str, more: &str) {
        // A second seal beside the first: one over the other is refused.
        let at = if from.starts_with("one") { "60,200" } else { "100,100" };
        self.run(&format!("apply {from} --seal office --at {at} -o {to} {more}"), 0);
    }

    fn files(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let budget = Budget::default();
        let package = Package::open(Bytes::shared(self.read(name)), &budget).unwrap();
        let read = |entry: &eseal::container::Entry| package.read(entry, &budget).unwrap();
        package.files().map(|entry| (entry.path().to_string(), read(entry))).collect()
    }
}

#[test]
fn a_pdf_comes_back_byte_for_byte() {
    let desk = Desk::new();
    desk.seal("notice.pdf", "one.pdf", "");
    desk.seal("one.pdf", "two.pdf", "--lock");
    let two = desk.read("two.pdf");
    desk.run("unseal two.pdf -o a.pdf", 0);
    assert_eq!(desk.read("a.pdf"), desk.read("one.pdf"));
    assert_eq!(desk.read("two.pdf"), two, "the input is untouched");
    desk.run("verify a.pdf", 0);
    desk.run("unseal a.pdf", 0);
    assert_eq!(desk.read("a.unsealed.pdf"), desk.read("notice.pdf"));
    desk.run("verify a.unsealed.pdf", 4);
    desk.run("unseal two.pdf --in-place", 0);
    assert_eq!(desk.read("two.pdf"), desk.read("one.pdf"));
    let trail = desk.run("audit show --document one.pdf", 0);
    assert!(trail.contains("unsealing-prepared") && trail.contains("unsealing-done"), "{trail}");
    assert!(trail.contains("seal=office") && trail.contains("signature="), "{trail}");
    desk.run("audit verify", 0);
}

/// Whatever the end of the document looked like, and where its table was rebuilt: the seam is found by digest.
#[test]
fn a_pdf_comes_back_whatever_its_end_was() {
    let desk = Desk::new();
    let notice = desk.read("notice.pdf");
    let bare = notice.trim_ascii_end().to_vec();
    let no_eof = bare.strip_suffix(b"%%EOF").unwrap().to_vec();
    let at = notice.windows(9).rposition(|bytes| bytes == b"startxref").unwrap();
    let broken = [&notice[..at], b"startxref\n7\n%%EOF\n"].concat();
    let rows = [bare.clone(), [&bare[..], b"\r\n\r\n  \n"].concat(), [&bare[..], b"\r"].concat(), no_eof, broken];
    for (number, bytes) in rows.iter().enumerate() {
        fs::write(desk.path("in.pdf"), bytes).unwrap();
        desk.seal("in.pdf", "out.pdf", "--force");
        desk.run("unseal out.pdf -o back.pdf --force", 0);
        assert_eq!(&desk.read("back.pdf"), bytes, "row {number}");
    }
    // Bytes before the header do not survive sealing, so they cannot come back.
    fs::write(desk.path("in.pdf"), [b"%!PS junk\n", &notice[..at], b"startxref\n7\n%%EOF\n"].concat()).unwrap();
    desk.seal("in.pdf", "out.pdf", "--force");
    assert!(desk.run("unseal out.pdf -o lost.pdf", 7).contains("revision-lost"));
    assert!(!desk.path("lost.pdf").exists());
}

#[test]
fn every_file_of_an_ofd_comes_back() {
    let desk = Desk::new();
    desk.seal("notice.ofd", "one.ofd", "");
    desk.seal("one.ofd", "two.ofd", "");
    desk.run("sign two.ofd --cert clerk -o three.ofd --lock", 0);
    for (from, to, before, status) in [
        ("three.ofd", "b.ofd", "two.ofd", 0),
        ("two.ofd", "c.ofd", "one.ofd", 0),
        ("one.ofd", "d.ofd", "notice.ofd", 4),
    ] {
        desk.run(&format!("unseal {from} -o {to}"), 0);
        assert_eq!(desk.files(to), desk.files(before), "{from}");
        let text = desk.run(&format!("verify {to} --format json"), status);
        assert!(!text.contains("SIGNATURE_UNLISTED") && !text.contains("SIGNATURE_REMOVED"), "{text}");
    }
    // What came back can be sealed again, with the same names.
    desk.seal("d.ofd", "again.ofd", "");
    let names = |name: &str| desk.files(name).into_keys().collect::<Vec<_>>();
    assert_eq!(names("again.ofd"), names("one.ofd"));
}

/// The first seal of a package names the lists of all its documents in OFD.xml, which it covers.
#[test]
fn joint_seals_on_two_documents_come_off_in_turn() {
    let desk = Desk::new();
    desk.seal("pair.ofd", "one.ofd", "--document 2");
    desk.seal("one.ofd", "two.ofd", "--document 1");
    desk.run("unseal two.ofd -o a.ofd", 0);
    assert_eq!(desk.files("a.ofd"), desk.files("one.ofd"));
    desk.run("unseal one.ofd -o b.ofd", 0);
    assert_eq!(desk.files("b.ofd"), desk.files("pair.ofd"));
    desk.run("verify b.ofd", 4);
}

#[test]
fn what_is_not_the_last_act_of_this_store_stays() {
    let desk = Desk::new();
    for ending in ["pdf", "ofd"] {
        desk.seal(&format!("notice.{ending}"), &format!("sealed.{ending}"), "");
        let refused = |file: &str, code: &str| {
            let text = desk.run(&format!("unseal {file} -o no.{ending}"), 7);
            assert!(text.contains(code), "{file}: {text}");
            assert!(!desk.path(&format!("no.{ending}")).exists());
        };
        refused(&format!("notice.{ending}"), "nothing-to-unseal");
        let mut bytes = desk.read(&format!("sealed.{ending}"));
        bytes.push(b'\n');
        fs::write(desk.path(&format!("more.{ending}")), bytes).unwrap();
        refused(&format!("more.{ending}"), "seal-not-last");
    }
    // Another store has not sealed it.
    assert_eq!(desk.run_in("other", "init").status.code(), Some(0));
    let output = desk.run_in("other", "unseal sealed.pdf -o no.pdf");
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(desk.run_in("none", "unseal sealed.pdf -o no.pdf").status.code(), Some(6));
    let trail = desk.run("audit show --result refused", 0);
    assert!(trail.contains("act=unseal") && trail.contains("code=seal-not-last"), "{trail}");
    // Files that are there are kept, and no input is its own output.
    desk.run("unseal sealed.pdf -o notice.pdf", 6);
    desk.run("unseal sealed.pdf -o sealed.pdf", 2);
    desk.run("unseal sealed.pdf sealed.ofd -o both", 2);
}

#[test]
fn an_encrypted_pdf_comes_back() {
    let desk = Desk::new();
    fs::write(desk.path("right"), "reader\n").unwrap();
    desk.seal("encrypted.pdf", "e.pdf", "--password-file right");
    desk.run("unseal e.pdf -o back.pdf", 5);
    desk.run("unseal e.pdf -o back.pdf --password-file right", 0);
    assert_eq!(desk.read("back.pdf"), desk.read("encrypted.pdf"));
}
