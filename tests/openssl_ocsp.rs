//! `openssl ocsp` as a responder: it understands our questions, and we its answers.
#![allow(clippy::unwrap_used, reason = "a test ends where a step of its making fails")]

#[path = "support/forge.rs"]
mod forge;
#[path = "support/online.rs"]
mod online;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use eseal::crypto::{KeyKind, PrivateKey};
use eseal::limits::Budget;
use eseal::pki::ocsp::{OcspResponse, ResponderId, request};
use eseal::pki::path::{PathValidator, Purpose, RevocationEvidence, RevocationStatus, TrustAnchor};
use eseal::pki::{Certificate, RevocationReason, pem};
use eseal::report::Indication;
use eseal::time::Time;
use forge::{Wish, authority, key, name, ocsp_signing, responder_url, usage};

const NONCE: &[u8] = b"sixteen bytes ..";

/// An authority with an index of what it issued, as `openssl ca` keeps it.
struct Office {
    folder: tempfile::TempDir,
    anchor: Certificate,
    target: Certificate,
}

fn write_key(folder: &Path, file: &str, key: &PrivateKey) {
    fs::write(folder.join(file), pem::encode("PRIVATE KEY", key.to_pkcs8().expose())).unwrap();
}

fn write_certificate(folder: &Path, file: &str, certificate: &Certificate) {
    fs::write(folder.join(file), pem::encode("CERTIFICATE", certificate.as_der())).unwrap();
}

impl Office {
    fn new() -> Office {
        let (top, end) = (name("CN=Root,C=CN"), name("CN=end,C=CN"));
        let (top_key, end_key, responder_key) = (key(KeyKind::P256, 1), key(KeyKind::P256, 2), key(KeyKind::P256, 3));
        // Wide around the day on which openssl answers.
        let long = (-9000, 9000);
        let wish = Wish::new(&top, &top, &top_key, &[authority()]);
        let anchor = Wish { days: long, ..wish }.signed_by(&top_key);
        let wish = Wish::new(&end, &top, &end_key, &[responder_url()]);
        let target = Wish { serial: 0x77, days: long, ..wish }.signed_by(&top_key);
        let clerk = name("CN=OCSP,C=CN");
        let wish = Wish::new(&clerk, &top, &responder_key, &[ocsp_signing(), usage(&[0])]);
        let responder = Wish { serial: 0x78, days: long, ..wish }.signed_by(&top_key);
        let folder = tempfile::tempdir().unwrap();
        write_key(folder.path(), "root.key", &top_key);
        write_key(folder.path(), "responder.key", &responder_key);
        write_certificate(folder.path(), "root.pem", &anchor);
        write_certificate(folder.path(), "end.pem", &target);
        write_certificate(folder.path(), "responder.pem", &responder);
        let question = request(&target, &anchor, NONCE).unwrap();
        fs::write(folder.path().join("question.der"), question).unwrap();
        Office { folder, anchor, target }
    }

    fn index(&self, line: &str) {
        fs::write(self.folder.path().join("index.txt"), line).unwrap();
    }

    /// The answer to our question; `None` where there is no openssl.
    fn answer(&self, signer: &str, more: &[&str]) -> Option<OcspResponse> {
        let (pem, key) = (format!("{signer}.pem"), format!("{signer}.key"));
        let mut command = Command::new("openssl");
        command.current_dir(self.folder.path());
        command.args(["ocsp", "-index", "index.txt", "-CA", "root.pem", "-rsigner", &pem, "-rkey", &key]);
        command.args(["-reqin", "question.der", "-respout", "answer.der"]).args(more);
        match command.output() {
            Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
            Err(_) => {
                assert_ne!(std::env::var("ESEAL_REQUIRE").as_deref(), Ok("1"), "openssl is required");
                eprintln!("skipped: no openssl command");
                return None;
            }
        }
        Some(OcspResponse::from_der(&fs::read(self.folder.path().join("answer.der")).unwrap()).unwrap())
    }

    fn status(&self, response: &OcspResponse, at: Time) -> RevocationStatus {
        let anchors = [TrustAnchor::new(self.anchor.clone())];
        let revocation = RevocationEvidence { crls: &[], responses: std::slice::from_ref(response) };
        let validator = PathValidator { anchors: &anchors, revocation, ..PathValidator::default() };
        let report = validator.report(&self.target, Purpose::Any, at, &Budget::default());
        report.revocation().first().unwrap().clone()
    }
}

const VALID: &str = "V\t20600101000000Z\t\t77\tunknown\t/CN=end\n";
const REVOKED: &str = "R\t20600101000000Z\t230101000000Z,keyCompromise\t77\tunknown\t/CN=end\n";

#[test]
fn openssl_answers_our_questions() {
    let office = Office::new();
    office.index(VALID);
    for signer in ["root", "responder"] {
        let Some(response) = office.answer(signer, &["-ndays", "1"]) else { return };
        assert_eq!(response.nonce(), Some(NONCE));
        let single = response.singles().first().unwrap();
        assert!(single.id.names(&office.target, &office.anchor));
        let told = single.this_update;
        assert_eq!(office.status(&response, told), RevocationStatus::Good, "{signer}");
        assert_eq!(office.status(&response, told.plus_days(1)), RevocationStatus::Good, "{signer}");
        assert_eq!(office.status(&response, told.plus_days(2)), RevocationStatus::Unknown, "{signer}");
    }
    office.index(REVOKED);
    let Some(response) = office.answer("responder", &["-ndays", "1"]) else { return };
    let told = response.singles().first().unwrap().this_update;
    let expected = RevocationStatus::Revoked {
        at: Time::parse_rfc3339("2023-01-01").unwrap(),
        reason: RevocationReason::KeyCompromise,
    };
    assert_eq!(office.status(&response, told), expected);
    office.index("");
    let Some(response) = office.answer("responder", &["-ndays", "1"]) else { return };
    assert_eq!(office.status(&response, told), RevocationStatus::Unknown);
}

#[test]
fn a_responder_names_itself_by_key_and_gives_no_end() {
    let office = Office::new();
    office.index(VALID);
    let Some(response) = office.answer("responder", &["-resp_key_id"]) else { return };
    assert!(matches!(response.responder(), ResponderId::ByKey(_)));
    let single = response.singles().first().unwrap();
    assert_eq!(single.next_update, None);
    let told = single.this_update;
    assert_eq!(office.status(&response, told), RevocationStatus::Good);
    assert_eq!(office.status(&response, told.plus_days(1)), RevocationStatus::Unknown);
}

#[test]
fn openssl_answers_over_http() {
    let office = Office::new();
    for (index, indication, word) in
        [(VALID, Indication::TotalPassed, "kind=ocsp"), (REVOKED, Indication::TotalFailed, "CERTIFICATE_REVOKED")]
    {
        office.index(index);
        // Openssl answers as of its own clock, which an answer tells.
        let Some(response) = office.answer("responder", &["-ndays", "1"]) else { return };
        let now = response.produced_at().plus_seconds(60);
        let mut command = Command::new("openssl");
        command.current_dir(office.folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.args(["ocsp", "-index", "index.txt", "-CA", "root.pem", "-rsigner", "responder.pem", "-ndays", "1"]);
        command.args(["-rkey", "responder.key", "-port", "0"]);
        let mut responder = command.spawn().unwrap();
        // "ACCEPT [::]:40123 PID=..." or "ACCEPT 0.0.0.0:40123 PID=...".
        let mut line = String::new();
        BufReader::new(responder.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port = line.split_whitespace().nth(1).and_then(|place| place.rsplit(':').next()?.parse::<u16>().ok());
        let address = SocketAddr::from(([127, 0, 0, 1], port.unwrap()));
        let world = online::World::new(&[("ocsp.example", address)], now);
        let report = world.judge(&office.folder.path().join("end.pem"), &office.folder.path().join("root.pem"));
        responder.kill().unwrap();
        responder.wait().unwrap();
        let text = online::said(&report.findings);
        assert_eq!(report.indication, indication, "{text}");
        assert!(text.contains(word) && text.contains("http://ocsp.example/"), "{text}");
    }
}
