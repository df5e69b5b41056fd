//! Tokens that other programs made: every one of them holds, and proves its time to those who trust its authority.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where a step of its making fails")]

#[path = "support/mod.rs"]
mod support;

use std::path::Path;
use std::rc::Rc;

use eseal::limits::Budget;
use eseal::pki::Certificate;
use eseal::pki::path::{Purpose, RevocationEvidence, TrustAnchor};
use eseal::policy::Policy;
use eseal::report::{Kind, Report, StepResult};
use eseal::source::Bytes;
use eseal::time::Time;
use eseal::verify::{Evidence, NoRegister, verify};

fn judged(bytes: &[u8], anchors: &[TrustAnchor], at: &str) -> Report {
    let policy = Policy::default();
    let evidence = Evidence {
        anchors,
        untrusted: &[],
        revocation: RevocationEvidence::default(),
        register: &NoRegister,
        policy: &policy,
        passwords: &[],
        missing: None,
        time: Time::parse_rfc3339(at).unwrap(),
    };
    verify(&Bytes::shared(bytes.to_vec()), "sample", &evidence)
}

/// Certificates of the document security store that issued themselves.
fn roots(bytes: &[u8]) -> Vec<Certificate> {
    let document = eseal::pdf::Document::open(Bytes::shared(bytes.to_vec()), Rc::new(Budget::default())).unwrap();
    let store = document.current().unwrap().security_store().unwrap().unwrap();
    let all = store.certificates.iter().filter_map(|value| Certificate::from_der(&value.data).ok());
    all.filter(Certificate::is_self_issued).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_token_of_other_programs_holds() {
    let Some(folder) = support::samples() else { return };
    let mut count = 0;
    for file in support::files_below(&folder.join("pdf"), "pdf") {
        let report = judged(&std::fs::read(&file).unwrap(), &[], "2026-11-22T06:00:00Z");
        for signature in &report.signatures {
            for stamp in &signature.timestamps {
                let said = format!("{} {}: {:?}", name(&file), signature.id, signature.findings);
                assert_eq!(stamp.result, StepResult::Indeterminate, "{said}");
                assert!(stamp.time.is_some() && !stamp.authority.is_empty(), "{said}");
                count += 1;
            }
            assert_eq!(signature.proven_time, None, "{}: nobody is trusted", name(&file));
        }
    }
    assert!(count >= 20, "only {count} tokens were met");
}

#[test]
fn tokens_of_pyhanko_prove_their_time_to_those_who_trust_the_authority() {
    let Some(folder) = support::samples() else { return };
    let mut met = 0;
    for file in support::files_below(&folder.join("pdf"), "pdf") {
        if !name(&file).contains("pades-lta-dss-indirect") {
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        let for_time = |root| TrustAnchor::for_purposes(root, vec![Purpose::Tsa]);
        let anchors: Vec<TrustAnchor> = roots(&bytes).into_iter().map(for_time).collect();
        assert!(!anchors.is_empty());
        // When it was made, by the frozen clock of its makers.
        let then = judged(&bytes, &anchors, "2020-11-01T00:00:00Z");
        for signature in &then.signatures {
            let stamped: Vec<_> = signature.timestamps.iter().collect();
            assert!(!stamped.is_empty(), "{}", signature.id);
            assert!(stamped.iter().all(|s| s.result == StepResult::Passed), "{:?}", signature.findings);
            assert_eq!(signature.proven_time, Some(Time::parse_rfc3339("2020-11-01").unwrap()));
            met += usize::from(signature.kind == Kind::Timestamp);
        }
        // Before it was made nothing of it can be evidence.
        let before = judged(&bytes, &anchors, "2020-10-01T00:00:00Z");
        assert!(before.signatures.iter().all(|signature| signature.proven_time.is_none()));
    }
    assert_eq!(met, 2);
}
