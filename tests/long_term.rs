//! Documents that are judged long after they were signed (ETSI EN 319 102-1 V1.3.1 5.6): what timestamps and the evidence
//! inside prove, and what an attacker cannot make them prove. Every time is given; nothing asks a clock.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod support;

#[path = "support/archive.rs"]
mod archive;

use archive::{DAY, Office, Tsa, codes_of, doc_stamps};
use eseal::archive::{ArchiveError, Level, Note, Step, Wanting};
use eseal::pki::RevocationReason;
use eseal::report::{Indication, SubIndication};

const PASSED: (Indication, Option<SubIndication>) = (Indication::TotalPassed, None);

fn doubt(sub: SubIndication) -> (Indication, Option<SubIndication>) {
    (Indication::Indeterminate, Some(sub))
}

/// Signed on day 0, stamped and filled with evidence of day 1, stamped again on day 2.
fn kept(office: &Office) -> Vec<u8> {
    let signed = office.signed();
    let (stamped, _) = office.augment(&signed, Level::T, &[], 0, Tsa::First).unwrap();
    let lists = [office.signer_list(DAY, &[]), office.tsa_list(DAY, &[])];
    let (kept, steps) = office.augment(&stamped, Level::Lta, &lists, 2 * DAY, Tsa::First).unwrap();
    assert_eq!(steps, [Step::ValidationData, Step::DocumentTimestamp]);
    kept
}

#[test]
fn a_document_outlives_its_certificate() {
    let office = Office::new();
    let kept = kept(&office);
    assert_eq!(office.verdict(&kept, &[], 3 * DAY), PASSED, "{:?}", office.report(&kept, &[], 3 * DAY).signatures);
    // The signer's certificate ended after a year. The authority of the newest timestamp is asked about at present.
    let fresh = office.tsa_list(500 * DAY, &[]);
    assert_eq!(office.verdict(&kept, std::slice::from_ref(&fresh), 500 * DAY), PASSED);
    assert_eq!(office.verdict(&kept, &[], 500 * DAY).0, Indication::Indeterminate, "nobody speaks for the authority");
}

#[test]
fn an_authority_that_ended_proves_nothing_without_renewal() {
    let office = Office::new();
    let kept = kept(&office);
    let lists = [office.tsa_list(950 * DAY, &[])];
    assert_eq!(office.verdict(&kept, &lists, 1_200 * DAY), doubt(SubIndication::OutOfBoundsNoPoe));
    // Renewed while the first authority could be relied on, by one that lasts longer.
    let (renewed, steps) = office.augment(&kept, Level::Lta, &lists, 950 * DAY, Tsa::Second).unwrap();
    assert_eq!(steps, [Step::ValidationData, Step::DocumentTimestamp]);
    let fresh = [office.tsa_list(1_500 * DAY, &[])];
    assert_eq!(office.verdict(&renewed, &fresh, 1_500 * DAY), PASSED);
    // Renewed too late: the second authority shows that the first one's token was there only after that had ended.
    let late = office.stamp(&kept, 1_100 * DAY, Tsa::Second);
    assert_eq!(office.verdict(&late, &fresh, 1_500 * DAY), doubt(SubIndication::OutOfBoundsNoPoe));
}

#[test]
fn what_is_there_is_not_added_twice() {
    let office = Office::new();
    let kept = kept(&office);
    let lists = [office.signer_list(DAY, &[]), office.tsa_list(DAY, &[])];
    // The newest timestamp had no entry of its own yet.
    let (more, steps) = office.augment(&kept, Level::Lt, &lists, 3 * DAY, Tsa::First).unwrap();
    assert_eq!(steps, [Step::ValidationData]);
    assert!(more.len() < kept.len() + 3_000, "certificates and lists are there: {}", more.len() - kept.len());
    let (same, steps) = office.augment(&more, Level::Lt, &lists, 3 * DAY, Tsa::First).unwrap();
    assert_eq!((same == more, steps), (true, Vec::new()));
}

#[test]
fn evidence_that_is_wanting_is_named() {
    let office = Office::new();
    let signed = office.signed();
    let error = office.augment(&signed, Level::Lt, &[office.tsa_list(DAY, &[])], DAY, Tsa::First).unwrap_err();
    match error {
        ArchiveError::Wanting { first: Wanting::Revocation { subject }, more: 0 } => {
            assert!(subject.contains("Signer"), "{subject}");
        }
        other => panic!("{other}"),
    }
    let error = office.augment(&support::plain_pdf(), Level::T, &[], 0, Tsa::First).unwrap_err();
    assert!(matches!(error, ArchiveError::NoSignature), "{error}");
}

#[test]
fn old_evidence_is_told_of() {
    let office = Office::new();
    let lists = [office.signer_list(-DAY, &[]), office.tsa_list(-DAY, &[])];
    let notes = office.notes(&office.signed(), Level::Lt, &lists, 0);
    assert!(notes.iter().any(|Note::OldEvidence { subject }| subject.contains("Signer")), "{notes:?}");
}

#[test]
fn a_revocation_after_the_proof_does_no_harm_and_one_before_it_does() {
    let office = Office::new();
    let kept = kept(&office);
    let later = |day: i64, at: i64, reason| {
        let revoked = office.revoked_signer(at, reason);
        office.verdict(&kept, &[office.signer_list(day, &[revoked]), office.tsa_list(day, &[])], day)
    };
    let compromise = RevocationReason::KeyCompromise;
    assert_eq!(later(10 * DAY, 5 * DAY, compromise), PASSED);
    // Dated back before the proof: the signature may be the thief's.
    assert_eq!(later(10 * DAY, -3600, compromise), doubt(SubIndication::RevokedNoPoe));
    assert_eq!(later(10 * DAY, -3600, RevocationReason::CertificateHold), doubt(SubIndication::TryLater));
}

#[test]
fn evidence_older_than_the_signature_does_not_acquit_for_ever() {
    // The thief signs on day 0 after the revocation of day -1 and carries the list of day -2, which does not know it.
    let office = Office::new();
    let (stamped, _) = office.augment(&office.signed(), Level::T, &[], 0, Tsa::First).unwrap();
    let lists = [office.signer_list(-2 * DAY, &[]), office.tsa_list(DAY, &[])];
    let (forged, _) = office.augment(&stamped, Level::Lta, &lists, 2 * DAY, Tsa::First).unwrap();
    let fresh = office.tsa_list(100 * DAY, &[]);
    assert_eq!(office.verdict(&forged, std::slice::from_ref(&fresh), 100 * DAY), doubt(SubIndication::TryLater));
    // Whoever has newer evidence learns it.
    let told = office.signer_list(100 * DAY, &[office.revoked_signer(-DAY, RevocationReason::KeyCompromise)]);
    assert_eq!(office.verdict(&forged, &[fresh, told], 100 * DAY), doubt(SubIndication::RevokedNoPoe));
}

#[test]
fn a_timestamp_of_an_authority_that_nobody_trusts_proves_nothing() {
    let office = Office::new();
    let signed = office.signed();
    let forged = office.stamp(&signed, 0, Tsa::Stranger);
    let lists = [office.signer_list(DAY, &[])];
    assert_eq!(office.verdict(&forged, &lists, 500 * DAY), doubt(SubIndication::OutOfBoundsNoPoe));
    // As long as the signer's certificate lasts it is no more than a warning.
    assert_eq!(office.verdict(&forged, &lists, DAY), PASSED);
}

#[test]
fn a_list_by_a_stranger_is_no_evidence() {
    let office = Office::new();
    let (stamped, _) = office.augment(&office.signed(), Level::T, &[], 0, Tsa::First).unwrap();
    let forged = office.forged_list(DAY);
    let filled = office.filled(&stamped, &[forged.as_der().to_vec(), b"no list".to_vec()]);
    let report = office.report(&filled, &[office.tsa_list(DAY, &[])], 2 * DAY);
    assert_eq!((report.indication, report.signatures[0].sub_indication), doubt(SubIndication::TryLater));
    assert!(report.findings.iter().any(|finding| finding.code.name() == "DSS_MALFORMED"), "{:?}", report.findings);
}

#[test]
fn a_revoked_authority_proves_nothing_and_one_revoked_after_a_proof_does() {
    let office = Office::new();
    let kept = kept(&office);
    let compromised = office.tsa_list(10 * DAY, &[office.revoked_tsa(5 * DAY, RevocationReason::KeyCompromise)]);
    let lists = [office.signer_list(10 * DAY, &[]), compromised.clone()];
    // Both timestamps are by the same authority, whose key somebody else has now.
    let report = office.report(&kept, &lists, 10 * DAY);
    assert!(doc_stamps(&report).iter().all(|stamp| stamp.indication == Indication::Indeterminate));
    assert_eq!(office.verdict(&kept, &lists, 500 * DAY), doubt(SubIndication::OutOfBoundsNoPoe));
    // With a timestamp of another authority from before the compromise it stands.
    let saved = office.stamp(&kept, 3 * DAY, Tsa::Other);
    let lists =
        [compromised, office.tsa_list(500 * DAY, &[office.revoked_tsa(5 * DAY, RevocationReason::KeyCompromise)])];
    assert_eq!(office.verdict(&saved, &lists, 500 * DAY), PASSED);
    // One from after the compromise does not save it.
    let late = office.stamp(&kept, 6 * DAY, Tsa::Other);
    assert_eq!(office.verdict(&late, &lists, 500 * DAY).0, Indication::Indeterminate);
}

#[test]
fn a_timestamp_over_other_bytes_fails() {
    let office = Office::new();
    let signed = office.signed();
    let honest = office.stamp(&signed, DAY, Tsa::First);
    let other = office.stamp_other(&signed, DAY);
    assert_ne!(honest, other);
    let report = office.report(&other, &[office.signer_list(DAY, &[]), office.tsa_list(DAY, &[])], 2 * DAY);
    assert_eq!(report.indication, Indication::TotalFailed);
    assert!(codes_of(&report).contains(&"TIMESTAMP_IMPRINT"), "{:?}", codes_of(&report));
}

#[test]
fn timestamps_against_their_order_leave_doubt() {
    let office = Office::new();
    let first = office.stamp(&office.signed(), 5 * DAY, Tsa::First);
    let broken = office.stamp(&first, 2 * DAY, Tsa::Other);
    let lists = [office.signer_list(6 * DAY, &[]), office.tsa_list(6 * DAY, &[])];
    assert_eq!(office.verdict(&broken, &lists, 7 * DAY), doubt(SubIndication::TimestampOrderFailure));
}

#[test]
fn without_its_evidence_a_document_does_not_outlive_its_certificate() {
    let office = Office::new();
    let stamped = office.stamp(&office.signed(), 0, Tsa::First);
    let fresh = office.tsa_list(500 * DAY, &[]);
    // The time is proven, and nothing says that the certificate was good then.
    assert_eq!(office.verdict(&stamped, std::slice::from_ref(&fresh), 500 * DAY), doubt(SubIndication::TryLater));
    // A list from while it lasted, kept elsewhere, does.
    let kept = office.signer_list(300 * DAY, &[]);
    assert_eq!(office.verdict(&stamped, &[fresh, kept], 500 * DAY), PASSED);
}
