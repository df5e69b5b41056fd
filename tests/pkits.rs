//! NIST PKITS: the public suite of certificate paths, every case of its document, against the path validator.
//!
//! `ESEAL_PKITS` names the folder `PKITS_data` (of the PyPI package cryptography-vectors, as `.ci/run` fetches it);
//! without it the test is skipped, or fails with `ESEAL_REQUIRE=1`. `tests/pkits/cases.txt` is the table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where a step of its making fails"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use eseal::limits::Budget;
use eseal::pki::cms::{SignedData, SignerIdentifier};
use eseal::pki::path::{
    AnyPolicy, ExplicitPolicy, PathFailure, PathReport, PathValidator, PolicyInputs, PolicyMapping, Purpose,
    RevocationEvidence, RevocationStatus, TrustAnchor,
};
use eseal::pki::pem::encode;
use eseal::pki::{Certificate, Crl};
use eseal::time::Time;

const TABLE: &str = include_str!("pkits/cases.txt");

/// One line of the table.
struct Case {
    number: String,
    message: String,
    expected: String,
    in_scope: bool,
    inputs: PolicyInputs,
    policies: Option<Vec<String>>,
}

/// The certificates and lists of a case, or all there are.
struct Material {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
}

fn cases() -> Vec<Case> {
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(case).collect()
}

fn case(line: &str) -> Case {
    let (line, reason) = line.split_once("  # ").unwrap_or((line, ""));
    let in_scope = !line.starts_with('-');
    assert_eq!(in_scope, reason.is_empty(), "what is out of scope, and nothing else, has a reason: {line}");
    let mut fields = line.trim_start_matches('-').split_whitespace().map(str::to_owned);
    let mut field = || fields.next().expect(line);
    let (number, message, expected) = (field(), field(), field());
    let mut case = Case { number, message, expected, in_scope, inputs: PolicyInputs::default(), policies: None };
    for setting in fields {
        match setting.split_once('=').unwrap_or((&setting, "")) {
            ("accept", list) => case.inputs.accepted = policies(list),
            ("policies", list) => case.policies = Some(policies(list)),
            ("explicit", "") => case.inputs.explicit = ExplicitPolicy::Required,
            ("inhibit-mapping", "") => case.inputs.mapping = PolicyMapping::Inhibited,
            ("inhibit-any", "") => case.inputs.any = AnyPolicy::Inhibited,
            _ => panic!("unknown setting {setting}"),
        }
    }
    case
}

fn policies(list: &str) -> Vec<String> {
    let oid = |one: &str| match one {
        "any" => "2.5.29.32.0".to_owned(),
        number => format!("2.16.840.1.101.3.2.1.48.{number}"),
    };
    list.split(',').filter(|one| !one.is_empty()).map(oid).collect()
}

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ESEAL_PKITS").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        assert_ne!(std::env::var("ESEAL_REQUIRE").as_deref(), Ok("1"), "ESEAL_PKITS is required");
        eprintln!("skipped: ESEAL_PKITS names no folder");
    }
    folder
}

/// The container of a signed message: the last part of its MIME body.
fn container(path: &Path) -> Vec<u8> {
    let text = fs::read_to_string(path).unwrap().replace('\r', "");
    let (_, part) = text.split_once("Content-Type: application/pkcs7-signature").unwrap();
    let (_, body) = part.split_once("\n\n").unwrap();
    let digits: String = body.lines().take_while(|line| !line.starts_with("--")).collect();
    base64::engine::general_purpose::STANDARD.decode(digits).unwrap()
}

/// The signer's certificate, and what travels with the message.
fn message(folder: &Path, name: &str) -> (Certificate, Material) {
    let bytes = container(&folder.join("smime").join(format!("Signed{name}.eml")));
    let signed = SignedData::read(&bytes).unwrap();
    let certificates: Vec<Certificate> =
        signed.certificates.iter().map(|der| Certificate::from_der(der).expect(name)).collect();
    let crls = signed.crls.iter().map(|der| Crl::from_der(der).unwrap()).collect();
    let SignerIdentifier::IssuerAndSerial { issuer, serial } = &signed.signer_infos.first().unwrap().sid else {
        panic!("{name} names its signer by key");
    };
    let is_signer = |one: &&Certificate| one.issuer().as_der() == issuer && one.serial() == serial;
    let signer = certificates.iter().find(is_signer).expect(name).clone();
    (signer, Material { certificates, crls })
}

fn read_all<T>(folder: &Path, parse: impl Fn(&[u8]) -> Option<T>) -> Vec<T> {
    let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.filter_map(|bytes| parse(&bytes)).collect()
}

/// What a report says, in the words of the table.
fn word(report: &PathReport) -> String {
    let word = |failure: &PathFailure| match failure {
        PathFailure::Signature => "signature",
        PathFailure::NoChain => "no-chain",
        PathFailure::NotYetValid { .. } => "not-yet-valid",
        PathFailure::Expired { .. } => "expired",
        PathFailure::Revoked { .. } => "revoked",
        PathFailure::NotCa => "not-ca",
        PathFailure::PathLength => "path-length",
        PathFailure::KeyCertSign => "key-cert-sign",
        PathFailure::Policy => "policy",
        PathFailure::PolicyMapping => "policy-mapping",
        PathFailure::NameConstraints => "names",
        PathFailure::UnknownCritical { .. } => "critical",
        _ => "other",
    };
    if let Err(failure) = report.validated() {
        return word(&failure).to_owned();
    }
    let good = |status: &RevocationStatus| matches!(status, RevocationStatus::Good | RevocationStatus::Anchor);
    if report.revocation().iter().all(good) { "ok".to_owned() } else { "unknown".to_owned() }
}

fn run(case: &Case, signer: &Certificate, material: &Material, anchor: &TrustAnchor) -> Result<(), String> {
    let anchors = [anchor.clone()];
    let validator = PathValidator {
        anchors: &anchors,
        candidates: &material.certificates,
        revocation: RevocationEvidence { crls: &material.crls, responses: &[] },
        policies: Some(&case.inputs),
    };
    // After the publication of the suite, before its certificates end in 2030.
    let at = Time::parse_rfc3339("2020-06-01").unwrap();
    let report = validator.report(signer, Purpose::Any, at, &Budget::default());
    let found = word(&report);
    if found != case.expected {
        return Err(format!(
            "{} {}: {found}, expected {}: {:?} {:?}",
            case.number,
            case.message,
            case.expected,
            report.faults(),
            report.revocation()
        ));
    }
    match &case.policies {
        Some(expected) if report.policies() != expected => {
            Err(format!("{} {}: policies {:?}, expected {expected:?}", case.number, case.message, report.policies()))
        }
        _ => Ok(()),
    }
}

fn anchor(folder: &Path) -> TrustAnchor {
    let der = fs::read(folder.join("certs/TrustAnchorRootCertificate.crt")).unwrap();
    TrustAnchor::new(Certificate::from_der(&der).unwrap())
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "{} of the cases differ:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_case_has_the_result_of_its_table() {
    let Some(folder) = folder() else { return };
    let anchor = anchor(&folder);
    let mut faults = Vec::new();
    let mut out_of_scope = 0;
    for case in cases() {
        let (signer, material) = message(&folder, &case.message);
        let result = run(&case, &signer, &material, &anchor);
        if case.in_scope {
            faults.extend(result.err());
        } else {
            out_of_scope += 1;
            assert!(result.is_err(), "{} is said to be out of scope, and has the result of the table", case.number);
        }
    }
    assert_none(&faults);
    eprintln!("PKITS: {} runs agree, {out_of_scope} are out of scope", cases().len() - out_of_scope);
}

#[test]
fn every_case_has_the_same_result_out_of_the_whole_directory() {
    let Some(folder) = folder() else { return };
    let anchor = anchor(&folder);
    let all = Material {
        certificates: read_all(&folder.join("certs"), |der| Certificate::from_der(der).ok()),
        crls: read_all(&folder.join("crls"), |der| Crl::from_der(der).ok()),
    };
    assert!(all.certificates.len() >= 400 && all.crls.len() >= 170);
    let runs = cases().into_iter().filter(|case| case.in_scope);
    let faults: Vec<String> =
        runs.filter_map(|case| run(&case, &message(&folder, &case.message).0, &all, &anchor).err()).collect();
    assert_none(&faults);
}

/// A case through the command line: options, and exit status 0, 1 or 3.
fn run_program(folder: &Path, case: &Case, place: &Path) -> Result<(), String> {
    let (signer, material) = message(folder, &case.message);
    let pem = |label: &str, ders: Vec<&[u8]>| ders.iter().map(|der| encode(label, der)).collect::<String>();
    fs::write(place.join("end.pem"), encode("CERTIFICATE", signer.as_der())).unwrap();
    let others = material.certificates.iter().map(Certificate::as_der).collect();
    fs::write(place.join("others.pem"), pem("CERTIFICATE", others)).unwrap();
    fs::write(place.join("lists.pem"), pem("X509 CRL", material.crls.iter().map(Crl::as_der).collect())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_eseal"));
    command.current_dir(place).env("ESEAL_STORE", place.join("none"));
    command.args(["cert", "verify", "end.pem", "--untrusted", "others.pem", "--revocation", "lists.pem"]);
    command.arg("--trust").arg(folder.join("certs/TrustAnchorRootCertificate.crt")).args(["--at", "2020-06-01"]);
    case.inputs.accepted.iter().for_each(|oid| {
        command.args(["--policy-oid", oid]);
    });
    let flags = [
        (case.inputs.explicit == ExplicitPolicy::Required, "--explicit-policy"),
        (case.inputs.mapping == PolicyMapping::Inhibited, "--inhibit-policy-mapping"),
        (case.inputs.any == AnyPolicy::Inhibited, "--inhibit-any-policy"),
    ];
    command.args(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| flag));
    let output = command.output().unwrap();
    let expected = match case.expected.as_str() {
        "ok" => 0,
        "unknown" | "no-chain" => 3,
        _ => 1,
    };
    if output.status.code() == Some(expected) {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Err(format!("{} {}: {:?}, expected {expected}: {told}", case.number, case.message, output.status.code()))
}

#[test]
fn the_program_gives_every_case_its_exit_status() {
    let Some(folder) = folder() else { return };
    let place = tempfile::tempdir().unwrap();
    let runs = cases().into_iter().filter(|case| case.in_scope);
    let faults: Vec<String> = runs.filter_map(|case| run_program(&folder, &case, place.path()).err()).collect();
    assert_none(&faults);
}

#[test]
fn the_table_is_complete() {
    let numbers: Vec<String> = cases().into_iter().map(|case| case.number).collect();
    let of_section = |section: usize| {
        let mut cases: Vec<usize> = numbers
            .iter()
            .filter_map(|number| number.strip_prefix(&format!("4.{section}.")))
            .map(|rest| rest.split('.').next().unwrap().parse().unwrap())
            .collect();
        cases.dedup();
        cases
    };
    // Cases of each section of the document, 4.1 to 4.16.
    let sizes = [6, 8, 11, 21, 8, 17, 5, 20, 8, 14, 11, 10, 38, 35, 10, 2];
    for (section, size) in (1..).zip(sizes) {
        assert_eq!(of_section(section), (1..=size).collect::<Vec<_>>(), "section 4.{section}");
    }
    assert_eq!(numbers.len(), 247);
}
