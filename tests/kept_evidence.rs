//! Evidence of revocation that a store keeps: used as if it were named on the command line, and believed no more.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where a step fails")]

#[path = "support/forge.rs"]
mod forge;

use std::path::Path;
use std::process::Command;

use eseal::crypto::{KeyKind, PrivateKey};
use eseal::pki::extension::oid;
use eseal::pki::{Certificate, Name, pem, write};
use eseal::time::Time;
use forge::{Answer, Wish, authority, extension, good, key, list, list_at, name, now, responder_url, usage};
use serde_json::Value;

/// A store that trusts a root from outside, and files of certificates and evidence beside it.
struct Office {
    folder: tempfile::TempDir,
    top: Name,
    top_key: PrivateKey,
    anchor: Certificate,
}

impl Office {
    fn new() -> Office {
        let (top, top_key) = (name("CN=Outside Root"), key(KeyKind::Sm2, 1));
        let anchor = Wish { days: (-9_000, 9_000), ..Wish::new(&top, &top, &top_key, &[authority()]) };
        let anchor = anchor.signed_by(&top_key);
        let office = Office { folder: tempfile::tempdir().unwrap(), top, top_key, anchor };
        office.write("root.pem", pem::encode("CERTIFICATE", office.anchor.as_der()).as_bytes());
        office.run("init --key-file key", 0);
        office.run("trust add root.pem", 0);
        office
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(file), bytes).unwrap();
    }

    /// A certificate of the root, number 77, in `end.pem`.
    fn end(&self, extensions: &[Vec<u8>]) -> Certificate {
        let (end, end_key) = (name("CN=end"), key(KeyKind::Sm2, 2));
        let wish = Wish { serial: 77, days: (-9_000, 9_000), ..Wish::new(&end, &self.top, &end_key, extensions) };
        let certificate = wish.signed_by(&self.top_key);
        self.write("end.pem", pem::encode("CERTIFICATE", certificate.as_der()).as_bytes());
        self.write("end.key", pem::encode("PRIVATE KEY", end_key.to_pkcs8().expose()).as_bytes());
        certificate
    }

    /// Runs the program; tells what it printed.
    fn run(&self, line: &str, status: i32) -> String {
        self.run_with(line, status, Some("key"))
    }

    fn run_with(&self, line: &str, status: i32, key: Option<&str>) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
        command.current_dir(self.path()).args(line.split(' ')).args(["--lang", "en"]);
        command.env("ESEAL_STORE", "store").env_remove("ESEAL_KEY_FILE").envs(key.map(|key| ("ESEAL_KEY_FILE", key)));
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(output.status.code(), Some(status), "{line}: {text}");
        text
    }

    /// Judges `end.pem` when the lists of the test are young; no secret is needed.
    fn judge(&self, status: i32) -> String {
        self.run_with(&format!("cert verify end.pem --at {}", now()), status, None)
    }

    fn kept(&self) -> Vec<Value> {
        let text = self.run_with("trust evidence list --format json", 0, None);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn records(&self) -> usize {
        self.run("audit show --format json", 0).lines().count()
    }
}

fn number(n: u64) -> Vec<u8> {
    extension(oid::CRL_NUMBER, false, &write::integer(n))
}

/// cRLDistributionPoints with one URL.
fn point() -> Vec<u8> {
    let url = write::implicit_primitive(6, b"http://ca.example/root.crl");
    let point = write::sequence(&[&write::explicit(0, &write::implicit_constructed(0, &url))]);
    extension(oid::CRL_DISTRIBUTION_POINTS, false, &write::sequence(&[&point]))
}

#[test]
fn lists_with_their_deltas_serve_every_verdict_until_they_are_removed() {
    let office = Office::new();
    office.end(&[point()]);
    assert!(office.judge(3).contains("TRY_LATER"));
    let base = list(&office.top, &office.top_key, &[], &[number(5)]);
    let since = extension(oid::DELTA_CRL_INDICATOR, true, &write::integer(5));
    let delta = list(&office.top, &office.top_key, &[(77, vec![])], &[number(6), since]);
    let stranger = list(&office.top, &key(KeyKind::Sm2, 9), &[(77, vec![])], &[number(7)]);
    office.write("forged.crl", stranger.as_der());
    office.write("base.crl", pem::encode("X509 CRL", base.as_der()).as_bytes());
    office.write("delta.crl", delta.as_der());
    // Kept, and not believed.
    office.run("trust evidence add forged.crl", 0);
    assert!(office.judge(3).contains("TRY_LATER"));
    office.run("trust evidence add base.crl", 0);
    office.judge(0);
    let text = office.run("trust evidence add delta.crl base.crl", 0);
    assert!(text.contains("Kept: delta-crl of CN=Outside Root") && text.contains("Kept already: crl"), "{text}");
    assert!(office.judge(1).contains("CERTIFICATE_REVOKED"));
    assert!(office.run("cert verify end.pem --store none --trust root.pem", 3).contains("TRY_LATER"));

    let kept = office.kept();
    assert_eq!(kept.len(), 3, "nothing twice");
    let of_delta = kept.iter().find(|one| one["kind"] == "delta-crl").unwrap();
    assert_eq!(of_delta["issuer"], "CN=Outside Root");
    assert_eq!(of_delta["this_update"], delta.this_update().to_string());
    assert_eq!(of_delta["next_update"], delta.next_update().unwrap().to_string());
    assert_eq!((&of_delta["entries"], &of_delta["source"]), (&Value::from(1), &Value::from("delta.crl")));
    let before = office.records();
    office.run("trust evidence add base.crl", 0);
    assert_eq!(office.records(), before, "nothing was done");
    assert!(office.run("trust evidence remove none", 7).contains("evidence-unknown"));
    office.run(&format!("trust evidence remove {}", of_delta["id"].as_str().unwrap()), 0);
    office.judge(0);
    let trail = office.run("audit show --format json", 0);
    assert_eq!(trail.matches("evidence-added").count(), 3, "{trail}");
    assert_eq!(trail.matches("evidence-removed").count(), 1, "{trail}");
    assert!(trail.contains(of_delta["id"].as_str().unwrap()), "{trail}");
    office.run("audit verify", 0);
}

#[test]
fn older_lists_stay_beside_newer_ones_and_speak_for_the_past() {
    let office = Office::new();
    office.end(&[point()]);
    let month = now().plus_days(-30);
    let then = list_at(month, (&office.top, &office.top_key), &[], &[number(1)]);
    office.write("then.crl", then.as_der());
    office.write("today.crl", list(&office.top, &office.top_key, &[], &[number(2)]).as_der());
    std::fs::create_dir(office.path().join("lists")).unwrap();
    office.write("lists/a.crl", then.as_der());
    office.write("lists/readme.txt", b"lists of a month");
    let text = office.run("trust evidence add today.crl lists", 0);
    assert!(text.contains("readme.txt holds neither"), "{text}");
    let times: Vec<String> = office.kept().iter().map(|one| one["this_update"].to_string()).collect();
    assert!(times.len() == 2 && times.is_sorted_by(|one, other| one > other), "the newest first: {times:?}");
    office.judge(0);
    office.run(&format!("cert verify end.pem --at {}", month.plus_seconds(60)), 0);
    std::fs::remove_file(office.path().join("lists/a.crl")).unwrap();
    for (wrong, status) in [("lists", 5), ("end.pem", 5), ("none.crl", 6)] {
        office.run(&format!("trust evidence add today.crl {wrong}"), status);
    }
}

#[test]
fn answers_are_kept_once_with_or_without_their_wrapping() {
    let office = Office::new();
    let certificate = office.end(&[responder_url()]);
    assert!(office.judge(3).contains("TRY_LATER"));
    let answer = Answer {
        certificate: &certificate,
        issuer: &office.anchor,
        status: good(),
        this_update: now().plus_seconds(-60),
        next_update: Some(now().plus_days(1)),
    };
    let der = answer.signed_by(&office.top, &office.top_key, &[]);
    office.write("answer.pem", pem::encode("OCSP RESPONSE", &der).as_bytes());
    let basic = eseal::pki::ocsp::OcspResponse::from_der(&der).unwrap().as_basic_der().to_vec();
    office.write("basic.der", &basic);
    office.run("trust evidence add answer.pem basic.der", 0);
    let kept = office.kept();
    assert_eq!(kept.len(), 1);
    assert_eq!((&kept[0]["kind"], &kept[0]["issuer"]), (&Value::from("ocsp"), &Value::from("CN=Outside Root")));
    assert_eq!(kept[0]["next_update"], now().plus_days(1).to_string());
    office.judge(0);
}

#[test]
fn an_indirect_list_serves_too() {
    let office = Office::new();
    let (lists, lists_key) = (name("CN=lists"), key(KeyKind::Sm2, 5));
    let signer = Wish { serial: 5, ..Wish::new(&lists, &office.top, &lists_key, &[usage(&[6])]) };
    let signer = signer.signed_by(&office.top_key);
    office.write("signer.pem", pem::encode("CERTIFICATE", signer.as_der()).as_bytes());
    let issuer = write::sequence(&[&write::explicit(2, &write::explicit(4, lists.as_der()))]);
    office.end(&[extension(oid::CRL_DISTRIBUTION_POINTS, false, &write::sequence(&[&issuer]))]);
    let speaks =
        extension(oid::ISSUING_DISTRIBUTION_POINT, true, &write::sequence(&[&write::implicit_primitive(4, &[0xFF])]));
    office.write("indirect.crl", list(&lists, &lists_key, &[], &[speaks]).as_der());
    office.run("trust evidence add indirect.crl", 0);
    assert_eq!(office.kept()[0]["kind"], "indirect-crl");
    // Who signed it must be known, with a path to the same anchor.
    assert!(office.judge(3).contains("TRY_LATER"));
    let line = format!("cert verify end.pem --at {} --untrusted signer.pem", now());
    office.run(&line, 0);
}

#[test]
fn nothing_is_signed_with_what_a_kept_list_revokes() {
    let office = Office::new();
    office.end(&[point()]);
    let notice = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/notice.pdf");
    std::fs::copy(notice, office.path().join("notice.pdf")).unwrap();
    office.run("cert import clerk end.pem --key end.key", 0);
    office.run("sign notice.pdf --cert clerk -o before.pdf", 0);
    let date = write::generalized_time(Time::from_unix(1_577_836_800));
    let long_ago = extension(oid::INVALIDITY_DATE, false, &date);
    office.write("root.crl", list(&office.top, &office.top_key, &[(77, vec![long_ago])], &[]).as_der());
    office.run("trust evidence add root.crl", 0);
    let text = office.run("sign notice.pdf --cert clerk -o after.pdf", 7);
    assert!(text.contains("cert-revoked"), "{text}");
    assert!(!office.path().join("after.pdf").exists());
    let text = office.run_with("verify before.pdf", 1, None);
    assert!(text.contains("REVOKED") && text.contains("2020-01-01"), "{text}");
}

#[test]
fn a_store_keeps_no_more_than_verdicts_can_bear() {
    let office = Office::new();
    let many: String = (1..=129)
        .map(|n| pem::encode("X509 CRL", list(&office.top, &office.top_key, &[], &[number(n)]).as_der()))
        .collect();
    office.write("many.pem", many.as_bytes());
    let before = office.records();
    assert!(office.run("trust evidence add many.pem", 7).contains("evidence-full"));
    assert_eq!((office.kept().len(), office.records()), (0, before), "all or nothing");
}
