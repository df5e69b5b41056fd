//! Documents signed with a timestamp over the value: PDF and OFD, CMS and SES, judged by those who trust the authority
//! and by those who do not, and never with a token of something else.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where a step of its making fails")]

#[path = "support/world.rs"]
mod world;

use eseal::crypto::{Digest, KeyKind, PrivateKey, Signer};
use eseal::pki::Certificate;
use eseal::pki::build::Profile;
use eseal::pki::timestamp::{
    Authority, Failure, OwnAuthority, ReplyError, StampError, TimestampSource, VerifiedTimestamp,
};
use eseal::report::{Code, Indication, Report, StepResult};
use eseal::sign::{Need, Remark, SignError, Timestamping};
use world::{NOW, Numbers, SIGNED, World, time};

/// An authority below the world's root.
struct Clockmaker {
    certificate: Certificate,
    key: PrivateKey,
    random: Numbers,
}

impl Clockmaker {
    fn new(world: &World, kind: KeyKind) -> Clockmaker {
        let key = PrivateKey::from_scalar(kind, &[0x55; 32]).unwrap();
        let validity = world.root.certificate.validity();
        let certificate = world.issue("Time", key.public_key(), validity, Profile::Tsa);
        Clockmaker { certificate, key, random: Numbers::new(3) }
    }

    fn at(&self, seconds: i64) -> OwnAuthority<'_> {
        let authority = Authority { signer: &self.key, certificate: &self.certificate, chain: &[] };
        OwnAuthority { authority, time: time(seconds), random: &self.random }
    }
}

/// Gives a token over something else.
struct Astray<'a>(OwnAuthority<'a>);

impl TimestampSource for Astray<'_> {
    fn stamp(&self, digest: &Digest) -> Result<VerifiedTimestamp, StampError> {
        self.0.stamp(&digest.algorithm().digest(b"something else"))
    }
}

/// Gives none.
struct Silent;

impl TimestampSource for Silent {
    fn stamp(&self, _: &Digest) -> Result<VerifiedTimestamp, StampError> {
        Err(StampError::Reply(ReplyError::Refused(Failure::SystemFailure)))
    }
}

/// Every way in which a document carries a value.
fn every_form(world: &World, source: &dyn TimestampSource) -> Vec<(&'static str, Vec<u8>)> {
    let timestamping = Some(Timestamping { source, need: Need::Required });
    vec![
        ("signed pdf", world.stamped_pdf(false, timestamping).unwrap().0),
        ("sealed pdf", world.stamped_pdf(true, timestamping).unwrap().0),
        ("signed ofd", world.stamped_ofd(false, timestamping).unwrap().0),
        ("sealed ofd", world.stamped_ofd(true, timestamping).unwrap().0),
    ]
}

fn codes(report: &Report) -> Vec<Code> {
    report.signatures.iter().flat_map(|one| one.findings.iter().map(|finding| finding.code)).collect()
}

#[test]
fn a_timestamp_proves_the_time_in_every_form() {
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let world = World::new(kind);
        let clock = Clockmaker::new(&world, kind);
        for (form, bytes) in every_form(&world, &clock.at(SIGNED + 2)) {
            let report = world.verify(&bytes);
            let signature = &report.signatures[0];
            assert_eq!(report.indication, Indication::TotalPassed, "{form}: {:?}", signature.findings);
            assert_eq!(signature.proven_time, Some(time(SIGNED + 2)), "{form}");
            let stamp = &signature.timestamps[0];
            assert_eq!((stamp.result, stamp.kind), (StepResult::Passed, "signature"), "{form}");
            assert!(codes(&report).contains(&Code::TimestampProves), "{form}");
            let strange = world::verify_untrusted(bytes.clone(), NOW);
            assert_eq!(strange.signatures[0].proven_time, None, "{form}");
            assert!(codes(&strange).contains(&Code::TimestampUntrusted), "{form}");
            assert_ne!(strange.indication, Indication::TotalFailed, "{form}");
        }
    }
}

#[test]
fn a_timestamp_of_something_else_fails_the_signature() {
    let world = World::new(KeyKind::Sm2);
    let clock = Clockmaker::new(&world, KeyKind::Sm2);
    for (form, bytes) in every_form(&world, &Astray(clock.at(SIGNED + 2))) {
        let report = world.verify(&bytes);
        assert_eq!(report.indication, Indication::TotalFailed, "{form}");
        assert!(codes(&report).contains(&Code::TimestampImprint), "{form}");
        assert_eq!(report.signatures[0].proven_time, None, "{form}");
    }
}

#[test]
fn a_signature_cannot_be_stamped_before_it_was_made() {
    let world = World::new(KeyKind::Sm2);
    let clock = Clockmaker::new(&world, KeyKind::Sm2);
    let source = clock.at(SIGNED - 3_600);
    let timestamping = Some(Timestamping { source: &source, need: Need::Required });
    let report = world.verify(&world.stamped_pdf(true, timestamping).unwrap().0);
    assert!(codes(&report).contains(&Code::TimeConflict), "{:?}", report.signatures[0].findings);
    assert_eq!(report.indication, Indication::Indeterminate);
}

#[test]
fn without_an_authority_only_a_welcome_timestamp_is_left_out() {
    let world = World::new(KeyKind::P256);
    let with = |need| world.stamped_pdf(false, Some(Timestamping { source: &Silent, need }));
    assert!(matches!(with(Need::Required), Err(SignError::Timestamp { .. })));
    let (bytes, remarks) = with(Need::BestEffort).unwrap();
    assert!(remarks.contains(&Remark::TimestampMissing));
    let report = world.verify(&bytes);
    assert_eq!((report.indication, report.signatures[0].timestamps.len()), (Indication::TotalPassed, 0));
}
