//! Evidence from the network: what is fetched, what is made of it, and what is said of places that do not help.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "a test ends where a step of its making fails")]

#[path = "support/forge.rs"]
mod forge;
#[path = "support/http.rs"]
mod http;
#[path = "support/online.rs"]
mod online;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use eseal::crypto::{KeyKind, PrivateKey};
use eseal::pki::extension::oid;
use eseal::pki::{Certificate, Crl, FetchLimits, Name, pem, write};
use eseal::report::{CertificateReport, Indication};
use forge::{Answer, Wish, authority, extension, good, key, list, list_at, name, now, ocsp_signing, revoked};
use http::{Server, answer};
use online::{World, said};

/// A root, its key, and a folder for files.
struct Office {
    folder: tempfile::TempDir,
    top: Name,
    top_key: PrivateKey,
    anchor: Certificate,
}

impl Office {
    fn new() -> Office {
        let (top, top_key) = (name("CN=Root"), key(KeyKind::Sm2, 1));
        let anchor = Wish::new(&top, &top, &top_key, &[authority()]).signed_by(&top_key);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.pem"), pem::encode("CERTIFICATE", anchor.as_der())).unwrap();
        Office { folder, top, top_key, anchor }
    }

    /// A certificate of the root with number 77 that names these places.
    fn end(&self, extensions: &[Vec<u8>]) -> (Certificate, PathBuf) {
        let (end, end_key) = (name("CN=end"), key(KeyKind::Sm2, 2));
        let certificate =
            Wish { serial: 77, ..Wish::new(&end, &self.top, &end_key, extensions) }.signed_by(&self.top_key);
        (certificate.clone(), self.file("end.pem", &certificate))
    }

    fn file(&self, file: &str, certificate: &Certificate) -> PathBuf {
        let path = self.folder.path().join(file);
        std::fs::write(&path, pem::encode("CERTIFICATE", certificate.as_der())).unwrap();
        path
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    fn list(&self, serials: &[u64], extensions: &[Vec<u8>]) -> Crl {
        let entries: Vec<_> = serials.iter().map(|serial| (*serial, Vec::new())).collect();
        list(&self.top, &self.top_key, &entries, extensions)
    }

    fn judge(&self, server: &Server, certificate: &Path) -> CertificateReport {
        World::new(&[("ca.example", server.address)], now()).judge(certificate, &self.root())
    }
}

fn uri(url: &str) -> Vec<u8> {
    write::implicit_primitive(6, url.as_bytes())
}

/// cRLDistributionPoints or freshestCRL with one point and these places of it.
fn points(kind: &str, urls: &[&str]) -> Vec<u8> {
    let names: Vec<u8> = urls.iter().flat_map(|url| uri(url)).collect();
    let point = write::sequence(&[&write::explicit(0, &write::implicit_constructed(0, &names))]);
    extension(kind, false, &write::sequence(&[&point]))
}

/// authorityInfoAccess.
fn access(places: &[(&str, &str)]) -> Vec<u8> {
    let all: Vec<u8> =
        places.iter().flat_map(|(method, url)| write::sequence(&[&write::oid(method).unwrap(), &uri(url)])).collect();
    extension(oid::AUTHORITY_INFO_ACCESS, false, &write::tlv(0x30, &all))
}

fn number(n: u64) -> Vec<u8> {
    extension(oid::CRL_NUMBER, false, &write::integer(n))
}

#[test]
fn a_list_is_fetched_and_judged_as_any_other() {
    let office = Office::new();
    let (_, end) = office.end(&[points(oid::CRL_DISTRIBUTION_POINTS, &["http://ca.example/root.crl"])]);
    let stranger = key(KeyKind::Sm2, 9);
    let forged = list(&office.top, &stranger, &[], &[]);
    let armoured = pem::encode("X509 CRL", office.list(&[], &[]).as_der()).into_bytes();
    let (clean, listed) = (office.list(&[1, 2], &[]), office.list(&[77], &[]));
    for (content, indication, code, words) in [
        (
            clean.as_der().to_vec(),
            Indication::TotalPassed,
            "EVIDENCE_FETCHED",
            "kind=crl url=http://ca.example/root.crl",
        ),
        (armoured, Indication::TotalPassed, "EVIDENCE_FETCHED", "time=2026-11-22"),
        (listed.as_der().to_vec(), Indication::TotalFailed, "CERTIFICATE_REVOKED", "kind=crl"),
        (forged.as_der().to_vec(), Indication::Indeterminate, "TRY_LATER", "does not settle it"),
        (b"<html>".to_vec(), Indication::Indeterminate, "TRY_LATER", "root.crl: neither a revocation list"),
    ] {
        let server = Server::of_files(vec![("/root.crl", content)]);
        let report = office.judge(&server, &end);
        let text = said(&report.findings);
        assert_eq!(report.indication, indication, "{text}");
        assert!(text.contains(code) && text.contains(words), "{text}");
        assert_eq!(server.asked().len(), 1, "once, whatever comes of it");
    }
    let server = Server::of_files(Vec::new());
    let text = said(&office.judge(&server, &end).findings);
    assert!(
        text.contains("TRY_LATER") && text.contains("http://ca.example/root.crl: the server answered with status 404"),
        "{text}"
    );
    assert!(!text.contains("EVIDENCE_FETCHED"), "{text}");
}

#[test]
fn the_second_place_of_a_point_serves_where_the_first_does_not() {
    let office = Office::new();
    let places = ["ldap://ca.example/cn=Root", "http://gone.example/root.crl", "http://ca.example/b.crl"];
    let (_, end) = office.end(&[points(oid::CRL_DISTRIBUTION_POINTS, &places)]);
    let server = Server::of_files(vec![("/b.crl", office.list(&[], &[]).as_der().to_vec())]);
    let report = office.judge(&server, &end);
    assert_eq!(report.indication, Indication::TotalPassed, "{}", said(&report.findings));
    let (_, end) = office.end(&[points(oid::CRL_DISTRIBUTION_POINTS, &places[..2])]);
    let text = said(&office.judge(&server, &end).findings);
    assert!(text.contains("TRY_LATER") && text.contains("only http and https are asked, not ldap"), "{text}");
    assert!(text.contains("gone.example is not known"), "{text}");
}

#[test]
fn a_delta_list_is_fetched_with_its_base() {
    let office = Office::new();
    let (_, end) = office.end(&[points(oid::CRL_DISTRIBUTION_POINTS, &["http://ca.example/base.crl"])]);
    let base = office.list(&[], &[number(5), points(oid::FRESHEST_CRL, &["http://ca.example/delta.crl"])]);
    let since = extension(oid::DELTA_CRL_INDICATOR, true, &write::integer(5));
    let delta = office.list(&[77], &[number(6), since]);
    let files = vec![("/base.crl", base.as_der().to_vec()), ("/delta.crl", delta.as_der().to_vec())];
    let report = office.judge(&Server::of_files(files), &end);
    let text = said(&report.findings);
    assert_eq!(report.indication, Indication::TotalFailed, "{text}");
    assert!(text.contains("kind=delta-crl url=http://ca.example/delta.crl"), "{text}");
    // Without the delta the base stands.
    let report = office.judge(&Server::of_files(vec![("/base.crl", base.as_der().to_vec())]), &end);
    assert_eq!(report.indication, Indication::TotalPassed, "{}", said(&report.findings));
}

#[test]
fn issuers_that_are_missing_are_fetched_and_their_status_too() {
    let office = Office::new();
    let (middle, middle_key) = (name("CN=Middle"), key(KeyKind::Sm2, 3));
    let published = points(oid::CRL_DISTRIBUTION_POINTS, &["http://ca.example/root.crl"]);
    let wish = Wish::new(&middle, &office.top, &middle_key, &[authority(), published]);
    let issuer = Wish { serial: 5, ..wish }.signed_by(&office.top_key);
    let (end, end_key) = (name("CN=far"), key(KeyKind::Sm2, 4));
    let above = access(&[(oid::ACCESS_CA_ISSUERS, "http://ca.example/middle.cer")]);
    let far = Wish::new(&end, &middle, &end_key, &[above]).signed_by(&middle_key);
    let far = office.file("far.pem", &far);
    for (serials, indication) in [(&[][..], Indication::TotalPassed), (&[5][..], Indication::TotalFailed)] {
        let files =
            vec![("/middle.cer", issuer.as_der().to_vec()), ("/root.crl", office.list(serials, &[]).as_der().to_vec())];
        let report = office.judge(&Server::of_files(files), &far);
        let text = said(&report.findings);
        assert_eq!(report.indication, indication, "{text}");
        assert!(text.contains("kind=certificate url=http://ca.example/middle.cer"), "{text}");
        assert!(text.contains("kind=crl url=http://ca.example/root.crl"), "{text}");
    }
    let report = office.judge(&Server::of_files(vec![("/middle.cer", b"no".to_vec())]), &far);
    let text = said(&report.findings);
    assert_eq!(report.indication, Indication::Indeterminate);
    assert!(text.contains("NO_CERTIFICATE_CHAIN_FOUND") && text.contains("middle.cer: not a certificate"), "{text}");
}

#[test]
fn an_ocsp_answer_is_asked_first_and_a_list_where_it_does_not_help() {
    let office = Office::new();
    let (certificate, end) = office.end(&[
        access(&[(oid::ACCESS_OCSP, "http://ca.example/ocsp")]),
        points(oid::CRL_DISTRIBUTION_POINTS, &["http://ca.example/root.crl"]),
    ]);
    let (clerk, clerk_key) = (name("CN=OCSP"), key(KeyKind::Sm2, 5));
    let no_check = extension(oid::OCSP_NO_CHECK, false, &write::tlv(5, &[]));
    let wish = Wish::new(&clerk, &office.top, &clerk_key, &[ocsp_signing(), no_check]);
    let responder = Wish { serial: 6, ..wish }.signed_by(&office.top_key);
    let told = |status: Vec<u8>, hours: i64, days: Option<i64>| {
        let at = now().plus_seconds(hours * 3600);
        let one = Answer {
            certificate: &certificate,
            issuer: &office.anchor,
            status,
            this_update: at,
            next_update: days.map(|days| now().plus_days(days)),
        };
        one.signed_by(&clerk, &clerk_key, &[&responder])
    };
    let list = office.list(&[], &[]).as_der().to_vec();
    let unauthorised = write::sequence(&[&write::enumerated(6)]);
    for (answered, indication, words, lists) in [
        (told(good(), -1, Some(1)), Indication::TotalPassed, "kind=ocsp url=http://ca.example/ocsp", 0),
        (told(revoked(now().plus_days(-3), 1), -1, Some(1)), Indication::TotalFailed, "CERTIFICATE_REVOKED", 0),
        // Too old, of the future, or none at all: the list is asked.
        (told(good(), -72, Some(-2)), Indication::TotalPassed, "kind=crl", 1),
        (told(good(), 2, Some(3)), Indication::TotalPassed, "kind=crl", 1),
        (unauthorised, Indication::TotalPassed, "kind=crl", 1),
    ] {
        let files = vec![("/ocsp", answered), ("/root.crl", list.clone())];
        let server = Server::of_files(files);
        let report = office.judge(&server, &end);
        let text = said(&report.findings);
        assert_eq!(report.indication, indication, "{text}");
        assert!(text.contains(words), "{text}");
        let asked = server.asked();
        assert_eq!(asked.iter().filter(|one| one.path == "/root.crl").count(), lists, "{text}");
        let question = asked.first().unwrap();
        assert_eq!(
            (question.method.as_str(), question.field("content-type")),
            ("POST", Some("application/ocsp-request"))
        );
        assert!(question.body.windows(32).any(|bytes| bytes == [0xA5; 32]), "no nonce in the question");
    }
}

#[test]
fn evidence_that_is_too_old_for_the_policy_is_fetched_anew() {
    let office = Office::new();
    let (_, end) = office.end(&[points(oid::CRL_DISTRIBUTION_POINTS, &["http://ca.example/root.crl"])]);
    let old = office.list(&[], &[]);
    let file = office.folder.path().join("old.crl");
    std::fs::write(&file, old.as_der()).unwrap();
    let day = "name = \"test\"\nextends = \"default\"\n[revocation]\nmax-age-hours = 24";
    let made = |hours: i64, entries: &[(u64, Vec<Vec<u8>>)]| {
        list_at(old.this_update().plus_seconds(hours * 3600), (&office.top, &office.top_key), entries, &[])
    };
    let (fresh, young) = (made(24, &[(77, Vec::new())]), made(1, &[]));
    for (served, hours, indication, words, asked) in [
        (fresh.as_der(), 25, Indication::TotalFailed, "CERTIFICATE_REVOKED", 1),
        (young.as_der(), 25, Indication::TotalPassed, "kind=crl", 1),
        (old.as_der(), 25, Indication::Indeterminate, "root.crl: what came does not settle it", 1),
        // Young enough: nobody is asked.
        (fresh.as_der(), 23, Indication::TotalPassed, "", 0),
    ] {
        let server = Server::of_files(vec![("/root.crl", served.to_vec())]);
        let at = old.this_update().plus_seconds(hours * 3600);
        let world = World::new(&[("ca.example", server.address)], at);
        let report = world.judge_by(day, (&end, &office.root()), &[&file]);
        let text = said(&report.findings);
        assert_eq!(report.indication, indication, "{text}");
        assert!(text.contains(words), "{text}");
        assert_eq!(server.asked().len(), asked, "{text}");
        assert_eq!(text.contains("REVOCATION_TOO_OLD"), indication == Indication::Indeterminate, "{text}");
    }
}

#[test]
fn too_many_places_are_not_all_asked() {
    let office = Office::new();
    let urls: Vec<String> = (0..60).map(|n| format!("http://ca.example/{n}")).collect();
    let places: Vec<(&str, &str)> = urls.iter().map(|url| (oid::ACCESS_OCSP, url.as_str())).collect();
    let (_, end) = office.end(&[access(&places)]);
    let server = Server::start(|_, stream| answer(stream, "503 Unavailable", &[], b""));
    let report = office.judge(&server, &end);
    assert_eq!(report.indication, Indication::Indeterminate);
    assert_eq!(server.asked().len(), 24);
    assert!(said(&report.findings).contains("more than 24 questions"));
    // Neither is anybody after a minute.
    let slow = World::new(&[("ca.example", server.address)], now()).hurrying(now(), 5).judge(&end, &office.root());
    assert!(said(&slow.findings).contains("60 s have gone by"), "{}", said(&slow.findings));
    assert!((25..40).contains(&server.asked().len()), "{}", server.asked().len());
    // Who is silent is asked once.
    let silent = Server::start(|_, _| std::thread::sleep(Duration::from_secs(30)));
    let time = Duration::from_millis(300);
    let limits = FetchLimits { connect: time, whole: time, ..FetchLimits::default() };
    let report = World::new(&[("ca.example", silent.address)], now()).judge_within(&end, &office.root(), limits);
    assert!(said(&report.findings).contains("no answer within 0.3 s"), "{}", said(&report.findings));
    assert_eq!(silent.asked().len(), 1);
}

fn eseal(folder: &Path, line: &str) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
    command.current_dir(folder).args(line.split(' ')).env("ESEAL_STORE", "store").env("ESEAL_KEY_FILE", "key");
    command.output().unwrap()
}

#[test]
fn documents_are_judged_with_what_was_fetched_for_each() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    for document in ["notice.pdf", "notice.ofd"] {
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(document), folder.join(document))
            .unwrap();
    }
    for line in [
        "init --key-file key",
        "ca create inner --subject CN=Inner --crl-url http://127.0.0.1:9/inner.crl",
        "cert issue insider --ca inner --profile signer --subject CN=Insider",
        "sign notice.pdf --cert insider -o inner.pdf",
        "cert export inner -o inner.pem",
        "ca create root --subject CN=Root --crl-url http://ca.example/root.crl",
        "cert issue clerk --ca root --profile signer --subject CN=Clerk",
        "sign notice.pdf --cert clerk -o signed.pdf",
        "sign notice.ofd --cert clerk -o signed.ofd",
        "cert export root -o root.pem",
        "ca crl root -o root.crl",
    ] {
        assert_eq!(eseal(folder, line).status.code(), Some(0), "{line}");
    }
    // The program itself never asks this machine, and says so.
    let asked = eseal(folder, "verify inner.pdf --store none --trust inner.pem --online --format json --lang en");
    let text = String::from_utf8(asked.stdout).unwrap();
    assert_eq!(asked.status.code(), Some(3), "{text}");
    assert!(text.contains("TRY_LATER") && text.contains("which is no public address"), "{text}");
    let list = std::fs::read(folder.join("root.crl")).unwrap();
    let crl = Crl::from_der(&pem::evidence(&list).unwrap().remove(0)).unwrap();
    let server = Server::of_files(vec![("/root.crl", list)]);
    let world = World::new(&[("ca.example", server.address)], crl.this_update().plus_seconds(60));
    let documents = [folder.join("signed.pdf"), folder.join("signed.ofd"), folder.join("notice.pdf")];
    let documents: Vec<&Path> = documents.iter().map(PathBuf::as_path).collect();
    let reports = world.verify(&documents, &folder.join("root.pem"));
    for (report, document) in reports.iter().zip(&documents).take(2) {
        let text = said(&report.findings);
        assert_eq!(report.indication, Indication::TotalPassed, "{}: {text}", document.display());
        assert!(text.contains("EVIDENCE_FETCHED kind=crl url=http://ca.example/root.crl"), "{text}");
    }
    let [.., unsigned] = reports.as_slice() else { panic!() };
    assert_eq!((unsigned.indication, unsigned.findings.len()), (Indication::NoSignature, 0));
    assert_eq!(server.asked().len(), 1, "once for the run");
    let gone = World::new(&[], crl.this_update().plus_seconds(60)).verify(&documents[..1], &folder.join("root.pem"));
    let text = gone.iter().flat_map(|one| &one.signatures).map(|one| said(&one.findings)).collect::<String>();
    assert!(text.contains("TRY_LATER") && text.contains("ca.example is not known"), "{text}");
}
