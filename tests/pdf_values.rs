//! Every form of a signature value that PDF files of others hold, made by the openssl command and put into a PDF:
//! found, told by its content, verified over its byte range, and failed over any other.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a fault here should stop the test; other suites use the rest of the modules"
)]

#[path = "pdf_attacks/craft.rs"]
mod craft;
#[path = "peers/office.rs"]
mod office;
#[path = "pdf_attacks/recipes.rs"]
mod recipes;
mod support;

use std::path::Path;
use std::process::Command;

use eseal::pki::Certificate;
use eseal::pki::path::TrustAnchor;
use eseal::policy::Policy;
use eseal::report::{Effect, Indication, Report, StepResult};
use eseal::source::Bytes;
use eseal::time::Time;
use eseal::verify::{Evidence, NoRegister, verify};

use crate::craft::Form;

/// One form: how openssl is asked for it, and what is said of it besides.
struct Row {
    name: &'static str,
    sub_filter: &'static str,
    key: &'static [&'static str],
    how: How,
    /// Codes that must be there.
    with: &'static [&'static str],
    indication: Indication,
}

#[derive(Clone, Copy)]
enum How {
    /// `openssl cms -sign` over the covered bytes.
    Detached(&'static [&'static str]),
    /// The same, its outer lengths written anew.
    Indefinite,
    /// The same over their SHA-1 digest, which goes into the container (ISO 32000-1 12.8.3.3).
    Sha1Inside,
    /// A bare PKCS#1 value, its certificate in the dictionary (12.8.3.2).
    Bare(&'static str),
}

use How::{Bare, Detached, Indefinite, Sha1Inside};
use Indication::{Indeterminate, TotalPassed};

const RSA: &[&str] = &["rsa:2048"];
const P256: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const P384: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
const P521: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-521"];
const PSS: &[&str] = &["-md", "sha256", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"];
const WEAK: &[&str] = &["CRYPTO_CONSTRAINTS_FAILURE"];
const PLAIN: &str = "adbe.pkcs7.detached";

const fn row(name: &'static str, key: &'static [&'static str], arguments: &'static [&'static str]) -> Row {
    Row { name, sub_filter: PLAIN, key, how: Detached(arguments), with: &[], indication: TotalPassed }
}

const ROWS: &[Row] = &[
    row("RSA", RSA, &[]),
    row("RSA with PSS", RSA, PSS),
    row("P-256", P256, &[]),
    row("P-384", P384, &["-md", "sha384"]),
    row("P-521", P521, &["-md", "sha512"]),
    row("the certificate named by its key", P256, &["-keyid"]),
    row("without signed attributes", RSA, &["-noattr"]),
    Row { with: &["BER_ENCODING"], how: Indefinite, ..row("in indefinite lengths", RSA, &[]) },
    Row { sub_filter: "ETSI.CAdES.detached", ..row("PAdES", P256, &["-cades"]) },
    Row {
        sub_filter: "ETSI.CAdES.detached",
        with: WEAK,
        indication: Indeterminate,
        ..row("the old signing-certificate attribute", RSA, &["-cades", "-md", "sha1"])
    },
    Row { with: WEAK, indication: Indeterminate, ..row("SHA-1", RSA, &["-md", "sha1"]) },
    Row {
        name: "the SHA-1 digest inside",
        sub_filter: "adbe.pkcs7.sha1",
        key: RSA,
        how: Sha1Inside,
        with: WEAK,
        indication: Indeterminate,
    },
    Row {
        name: "a bare RSA value",
        sub_filter: "adbe.x509.rsa_sha1",
        key: RSA,
        how: Bare("-sha1"),
        with: WEAK,
        indication: Indeterminate,
    },
    Row {
        name: "a bare RSA value with a longer digest",
        sub_filter: "adbe.x509.rsa_sha1",
        key: RSA,
        how: Bare("-sha256"),
        with: &[],
        indication: TotalPassed,
    },
];

#[test]
fn every_form_of_value_is_verified_in_a_pdf() {
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    for row in ROWS {
        let Some(signer) = Signer::new(folder.path(), row.key) else { return support::skip("no openssl command") };
        let certificate: String = signer.certificate.as_der().iter().map(|byte| format!("{byte:02X}")).collect();
        let more = if matches!(row.how, Bare(_)) { format!("/Cert<{certificate}>") } else { String::new() };
        // Certificates of openssl begin when they are made.
        let time = signer.begins().plus_seconds(3600).to_pdf().leak();
        let form = Form { sub_filter: row.sub_filter, more: more.leak(), time, ..Form::default() };
        let file = craft::signed_by("Adobe.PPKLite", &form, |covered| signer.sign(row.how, covered));
        let report = signer.verify(&file);
        faults.extend(fault(row, &report).map(|fault| format!("{}: {fault}", row.name)));
        let mut changed = file;
        let at = recipes::find(&changed, b"Alice").unwrap();
        changed[at] ^= 1;
        let report = signer.verify(&changed);
        if report.indication != Indication::TotalFailed {
            faults.push(format!("{} over another page: {}", row.name, report.indication));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn fault(row: &Row, report: &Report) -> Option<String> {
    let [one] = &report.signatures[..] else { return Some(format!("{} signatures", report.signatures.len())) };
    let codes: Vec<&str> = one.findings.iter().map(|finding| finding.code.name()).collect();
    let value = one.steps.iter().find(|step| step.step == "signature-value").map(|step| step.result);
    let failed = one.findings.iter().any(|finding| finding.code.effect() == Effect::Fail);
    let right = value == Some(StepResult::Passed)
        && !failed
        && one.indication == row.indication
        && row.with.iter().all(|code| codes.contains(code));
    (!right).then(|| format!("{} {value:?} {codes:?}", one.indication))
}

/// A key of openssl and its certificate.
struct Signer<'a> {
    folder: &'a Path,
    certificate: Certificate,
}

impl Signer<'_> {
    fn new<'a>(folder: &'a Path, key: &[&str]) -> Option<Signer<'a>> {
        #[rustfmt::skip]
        let made = openssl(folder, &[
            &["req", "-x509", "-nodes", "-sha256", "-subj", "/CN=Signer", "-days", "30", "-keyout", "key", "-out",
              "certificate", "-newkey"], key,
        ].concat());
        made?;
        openssl(folder, &["x509", "-in", "certificate", "-outform", "DER", "-out", "der"]).unwrap();
        let certificate = Certificate::from_der(&std::fs::read(folder.join("der")).unwrap()).unwrap();
        Some(Signer { folder, certificate })
    }

    fn sign(&self, how: How, covered: &[u8]) -> Vec<u8> {
        let write = |name: &str, bytes: &[u8]| std::fs::write(self.folder.join(name), bytes).unwrap();
        let read = |name: &str| std::fs::read(self.folder.join(name)).unwrap();
        let sign = ["cms", "-sign", "-binary", "-in", "covered", "-signer", "certificate", "-inkey", "key"];
        let out = ["-outform", "DER", "-out", "value"];
        write("covered", covered);
        match how {
            Detached(arguments) => openssl(self.folder, &[&sign[..], &out, arguments].concat()).unwrap(),
            Indefinite => {
                openssl(self.folder, &[&sign[..], &out].concat()).unwrap();
                write("value", &indefinite(&read("value")));
            }
            Sha1Inside => {
                openssl(self.folder, &["dgst", "-sha1", "-binary", "-out", "digest", "covered"]).unwrap();
                write("covered", &read("digest"));
                openssl(self.folder, &[&sign[..], &out, &["-nodetach", "-md", "sha1"]].concat()).unwrap();
            }
            Bare(digest) => {
                openssl(self.folder, &["dgst", digest, "-sign", "key", "-out", "raw", "covered"]).unwrap();
                let raw = read("raw");
                let head = [&[0x04, 0x82][..], &u16::try_from(raw.len()).unwrap().to_be_bytes()].concat();
                write("value", &[head, raw].concat());
            }
        }
        read("value")
    }

    fn begins(&self) -> Time {
        self.certificate.validity().not_before
    }

    /// The verdict of one who trusts the signer.
    fn verify(&self, file: &[u8]) -> Report {
        let policy = Policy::default();
        let anchors = [TrustAnchor::new(self.certificate.clone())];
        let evidence = Evidence {
            anchors: &anchors,
            untrusted: &[],
            revocation: eseal::pki::path::RevocationEvidence::default(),
            register: &NoRegister,
            policy: &policy,
            passwords: &[],
            missing: None,
            time: self.begins().plus_days(1),
        };
        verify(&Bytes::shared(file.to_vec()), "file", &evidence)
    }
}

/// ContentInfo with indefinite lengths around the SignedData (X.690 8.1.3.6); openssl writes two bytes of length here.
fn indefinite(der: &[u8]) -> Vec<u8> {
    assert!(der[..2] == [0x30, 0x82] && der[4] == 0x06 && der[15..17] == [0xA0, 0x82]);
    [&[0x30, 0x80], &der[4..15], &[0xA0, 0x80], &der[19..], &[0; 4]].concat()
}

/// Runs openssl; `None` where there is no such command.
fn openssl(folder: &Path, arguments: &[&str]) -> Option<()> {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output().ok()?;
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(())
}
