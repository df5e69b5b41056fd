//! Long-term evidence between pyHanko and us: what is kept by one is judged by the other, at signing time and years later;
//! and whatever an attacker makes of it passes with neither.
//!
//! Where pyHanko 0.38 judges otherwise: it wants a timestamp over the value and passes none that a document timestamp alone
//! proves (EN 319 142-1 6.3 allows either); it lets a list from after the end of a certificate speak for that certificate,
//! and then finds that it had ended, so that an authority and its successor must not have one root; and evidence from before
//! the signature acquits for ever, where we follow EN 319 102-1 V1.3.1 5.6.2.2 as it stands.

use std::path::{Path, PathBuf};

use eseal::archive::Level;
use eseal::pki::path::{RevocationEvidence, TrustAnchor};
use eseal::pki::{Certificate, Crl};
use eseal::policy::Policy;
use eseal::report::{Indication, Kind};
use eseal::source::Bytes;
use eseal::verify::{Evidence, NoRegister, verify};
use serde_json::{Value, json};

use crate::archive::{DAY, Office, Tsa, at};
use crate::{judges, support, tools};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/long_term.py");

/// A file, the day of its judgement, days of lists about the authority that are known besides, and who passes it.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    day: i64,
    lists: &'static [i64],
    passes: Passes,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Passes {
    Both,
    /// Here alone: there it is found intact, and the rest is why this suite's head says so.
    Here,
    Neither,
}

#[test]
fn what_is_kept_here_passes_by_pyhanko() {
    let Some([pyhanko]) = tools::need(["pyhanko"]) else { return };
    let office = Office::new();
    let folder = tempfile::tempdir().unwrap();
    let cases = cases(&office, &python(&pyhanko), folder.path());
    let put = |name: String, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let mut files = Vec::new();
    for (place, case) in cases.iter().enumerate() {
        let lists: Vec<PathBuf> =
            case.lists.iter().map(|day| put(format!("{day}.crl"), office.tsa_list(day * DAY, &[]).as_der())).collect();
        let file = put(format!("{place}.pdf"), &case.bytes);
        files.push(json!({ "file": file, "time": at(case.day * DAY).unix(), "lists": lists }));
    }
    let [root, stamps] = office.roots().map(|root| put(format!("{}.der", root.subject()), root.as_der()));
    let orders =
        put("orders.json".to_owned(), json!({ "roots": [root, stamps], "files": files }).to_string().as_bytes());
    let said = tools::run(&python(&pyhanko), [Path::new(SCRIPT), Path::new("judge"), &orders]);
    assert!(said.success, "{}", said.err);
    let answers: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), cases.len());
    let mut faults = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let lists: Vec<Crl> = case.lists.iter().map(|day| office.tsa_list(day * DAY, &[])).collect();
        let ours = office.verdict(&case.bytes, &lists, case.day * DAY);
        let theirs = answer["indication"] == "PASSED" && answer["changes"] != "OTHER";
        let expected = (case.passes != Passes::Neither, case.passes == Passes::Both);
        let intact = case.passes == Passes::Neither || answer["intact"] == true;
        if (ours.0 == Indication::TotalPassed, theirs) != expected || !intact {
            faults.push(format!("{} on day {}: here {ours:?}, there {answer}", case.name, case.day));
        }
    }
    assert!(faults.is_empty(), "{} of {}\n{}", faults.len(), cases.len(), faults.join("\n"));
}

/// What is kept by the office, honest and attacked.
fn cases(office: &Office, python: &Path, folder: &Path) -> Vec<Case> {
    let lists = [office.signer_list(DAY, &[]), office.tsa_list(DAY, &[])];
    let mut cases = Vec::new();
    let mut add = |name, bytes: &[u8], day, lists, passes| {
        cases.push(Case { name, bytes: bytes.to_vec(), day, lists, passes });
    };
    for (kept, signed) in [(Passes::Here, office.signed()), (Passes::Both, office.signed_in_time())] {
        let (t, _) = office.augment(&signed, Level::T, &[], 0, Tsa::First).unwrap();
        let (lt, _) = office.augment(&t, Level::Lt, &lists, DAY, Tsa::First).unwrap();
        let (lta, _) = office.augment(&lt, Level::Lta, &lists, 2 * DAY, Tsa::First).unwrap();
        let of_then = [office.tsa_list(950 * DAY, &[])];
        let (renewed, _) = office.augment(&lta, Level::Lta, &of_then, 950 * DAY, Tsa::Second).unwrap();
        let signed_list = lists[0].as_der();
        let broken = changed(&lta, &signed_list[signed_list.len() - 30..]);
        add("T", &t, 3, &[3], Passes::Neither);
        add("LT", &lt, 3, &[], kept);
        add("LT, the signer ended", &lt, 500, &[500], kept);
        add("LTA", &lta, 3, &[], kept);
        add("LTA, the signer ended", &lta, 500, &[500], kept);
        add("LTA, the authority ended", &lta, 1_200, &[1_200], Passes::Neither);
        add("renewed, the first authority ended", &renewed, 1_500, &[1_500], Passes::Here);
        add("renewed, both authorities ended", &renewed, 3_500, &[3_500], Passes::Neither);
        add("a page changed", &changed(&lta, b"/MediaBox"), 3, &[], Passes::Neither);
        add("the evidence changed", &broken, 500, &[500], Passes::Neither);
        add("contents put over", &altered(&lta, python, folder), 3, &[], Passes::Neither);
        add("contents put over what was renewed", &altered(&renewed, python, folder), 1_500, &[1_500], Passes::Neither);
    }
    cases
}

#[test]
fn what_pyhanko_keeps_passes_here() {
    let Some([pyhanko]) = tools::need(["pyhanko"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.pdf");
    std::fs::write(&base, support::plain_pdf()).unwrap();
    let start = at(0).unix().to_string();
    let arguments = [Path::new(SCRIPT), Path::new("make"), folder.path(), &base, Path::new(&start)];
    let said = tools::run(&python(&pyhanko), arguments);
    assert!(said.success, "{}", said.err);
    let peer = Peer::read(folder.path());
    let mut faults = Vec::new();
    let mut expect = |what: &str, bytes: &[u8], day: i64, expected: &[&str]| {
        let found = peer.verdict(bytes, day);
        if !expected.contains(&found.as_str()) {
            faults.push(format!("{what} on day {day}: {found}"));
        }
    };
    let passed = ["TOTAL-PASSED"];
    let failed = ["TOTAL-FAILED HASH_FAILURE", "TOTAL-FAILED FORMAT_FAILURE", "TOTAL-FAILED"];
    let later = ["INDETERMINATE TRY_LATER"];
    for evidence in ["crl", "ocsp"] {
        let read = |what: &str| std::fs::read(folder.path().join(format!("{evidence}-{what}.pdf"))).unwrap();
        expect("no evidence", &read("t"), 2, &later);
        for once in ["lt-once", "lta-once"] {
            expect(once, &read(once), 2, &passed);
        }
        // Its evidence was issued before the signature: it does not show that the certificate was good then.
        expect("lta-once", &read("lta-once"), 500, &later);
        let (lt, lta) = (read("lt"), read("lta"));
        expect("lt", &lt, 2, &passed);
        expect("lt", &lt, 500, &passed);
        expect("lta", &lta, 2, &passed);
        expect("lta", &lta, 500, &passed);
        expect("lta", &lta, 1_200, &["INDETERMINATE OUT_OF_BOUNDS_NO_POE"]);
        for day in [2, 500] {
            expect("a page changed", &changed(&lta, b"/MediaBox"), day, &failed);
            expect("contents put over", &altered(&lta, &python(&pyhanko), folder.path()), day, &failed);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is known of an office of pyHanko's.
struct Peer {
    anchors: Vec<TrustAnchor>,
    folder: PathBuf,
}

impl Peer {
    fn read(folder: &Path) -> Peer {
        let anchor = |name: &str| {
            let der = std::fs::read(folder.join(name)).unwrap();
            TrustAnchor::new(Certificate::from_der(&der).unwrap())
        };
        Peer { anchors: vec![anchor("root.der"), anchor("stamps.der")], folder: folder.to_path_buf() }
    }

    /// The verdict on the signature, with a list of the day about the authority.
    fn verdict(&self, bytes: &[u8], day: i64) -> String {
        let list = std::fs::read(self.folder.join(format!("{day}.crl"))).unwrap();
        let crls = [Crl::from_der(&list).unwrap()];
        let policy = Policy::default();
        let evidence = Evidence {
            anchors: &self.anchors,
            untrusted: &[],
            revocation: RevocationEvidence { crls: &crls, responses: &[] },
            register: &NoRegister,
            policy: &policy,
            time: at(day * DAY),
            passwords: &[],
            missing: None,
        };
        let report = verify(&Bytes::shared(bytes.to_vec()), "kept.pdf", &evidence);
        let signature = report.signatures.iter().find(|one| one.kind != Kind::Timestamp).unwrap();
        match signature.sub_indication {
            Some(sub) => format!("{} {}", signature.indication, sub.name()),
            None => signature.indication.to_string(),
        }
    }
}

fn python(pyhanko: &Path) -> PathBuf {
    judges::python(pyhanko)
}

/// With one bit of what follows a text changed.
fn changed(bytes: &[u8], text: &[u8]) -> Vec<u8> {
    let place = bytes.windows(text.len()).position(|part| part == text).expect("the text is there");
    let mut bytes = bytes.to_vec();
    bytes[place + text.len() - 1] ^= 1;
    bytes
}

/// With other contents of the first page in an update.
fn altered(bytes: &[u8], python: &Path, folder: &Path) -> Vec<u8> {
    let path = folder.join("altered.pdf");
    std::fs::write(&path, bytes).unwrap();
    let said = tools::run(python, [Path::new(SCRIPT), Path::new("alter"), &path]);
    assert!(said.success, "{}", said.err);
    std::fs::read(path).unwrap()
}
