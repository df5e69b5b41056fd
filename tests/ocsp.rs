//! Answers of OCSP responders: who may give them, how long they hold, what they outweigh.
#![allow(clippy::unwrap_used, reason = "a test ends where a step of its making fails")]

#[path = "support/forge.rs"]
mod forge;

use std::slice::from_ref;

use eseal::crypto::{KeyKind, PrivateKey};
use eseal::limits::Budget;
use eseal::pki::extension::oid;
use eseal::pki::ocsp::{OcspError, OcspResponse};
use eseal::pki::path::{PathValidator, Purpose, RevocationStatus, TrustAnchor};
use eseal::pki::revocation::CarriedEvidence;
use eseal::pki::{Certificate, Name, RevocationReason, write};
use eseal::time::Time;
use forge::{Answer, Wish, authority, extension, good, key, list, name, now, ocsp_signing, responder_url, revoked};

struct World {
    top: Name,
    top_key: PrivateKey,
    anchor: Certificate,
    target: Certificate,
    responder: Name,
    responder_key: PrivateKey,
}

impl World {
    fn new(kind: KeyKind) -> World {
        let (top, responder) = (name("CN=根,C=CN"), name("CN=应答,C=CN"));
        let (top_key, end_key, responder_key) = (key(kind, 1), key(kind, 2), key(kind, 3));
        let anchor = Wish::new(&top, &top, &top_key, &[authority()]).signed_by(&top_key);
        let end = name("CN=end");
        let wish = Wish::new(&end, &top, &end_key, &[responder_url()]);
        let target = Wish { serial: 77, ..wish }.signed_by(&top_key);
        World { top, top_key, anchor, target, responder, responder_key }
    }

    fn answer(&self, status: Vec<u8>) -> Answer<'_> {
        Answer {
            certificate: &self.target,
            issuer: &self.anchor,
            status,
            this_update: now().plus_seconds(-3600),
            next_update: Some(now().plus_days(1)),
        }
    }

    /// A certificate for the responder.
    fn delegate(&self, extensions: &[Vec<u8>], days: (i64, i64), by: &PrivateKey) -> Certificate {
        let wish = Wish::new(&self.responder, &self.top, &self.responder_key, extensions);
        Wish { serial: 5, days, ..wish }.signed_by(by)
    }

    fn status(&self, evidence: &[&[u8]], at: Time) -> RevocationStatus {
        let anchors = [TrustAnchor::new(self.anchor.clone())];
        let mut carried = CarriedEvidence::default();
        evidence.iter().for_each(|der| carried.add(der).unwrap());
        let validator = PathValidator { anchors: &anchors, revocation: carried.evidence(), ..PathValidator::default() };
        let report = validator.report(&self.target, Purpose::Any, at, &Budget::default());
        report.revocation().first().unwrap().clone()
    }

    fn delegated(&self, responder: &Certificate) -> RevocationStatus {
        self.delegated_with(responder, &[])
    }

    fn delegated_with(&self, responder: &Certificate, list: &[&[u8]]) -> RevocationStatus {
        let answer = self.answer(good()).signed_by(&self.responder, &self.responder_key, &[responder]);
        self.status(&[&[answer.as_slice()], list].concat(), now())
    }
}

#[test]
fn the_issuer_answers_for_its_certificates() {
    for kind in [KeyKind::Sm2, KeyKind::P256] {
        let world = World::new(kind);
        let by_issuer = |status| world.answer(status).signed_by(&world.top, &world.top_key, &[]);
        assert_eq!(world.status(&[], now()), RevocationStatus::Unknown);
        assert_eq!(world.status(&[&by_issuer(good())], now()), RevocationStatus::Good);
        let at = now().plus_days(-3);
        let expected = RevocationStatus::Revoked { at, reason: RevocationReason::KeyCompromise };
        assert_eq!(world.status(&[&by_issuer(revoked(at, 1))], now()), expected);
        let unknown = write::implicit_primitive(2, &[]);
        assert_eq!(world.status(&[&by_issuer(unknown)], now()), RevocationStatus::Unknown);
        // What accuses outweighs what acquits, whichever comes first.
        let both = [&by_issuer(good())[..], &by_issuer(revoked(at, 1))[..]];
        assert_eq!(world.status(&both, now()), expected);
        assert_eq!(world.status(&[both[1], both[0]], now()), expected);
    }
}

#[test]
fn an_answer_holds_until_the_next() {
    let world = World::new(KeyKind::P256);
    let answer = |next_update| {
        let answer = Answer { next_update, ..world.answer(good()) };
        answer.signed_by(&world.top, &world.top_key, &[])
    };
    let told = now().plus_seconds(-3600);
    let (with, without) = (answer(Some(now())), answer(None));
    assert_eq!(world.status(&[&with], now()), RevocationStatus::Good);
    assert_eq!(world.status(&[&with], now().plus_seconds(1)), RevocationStatus::Unknown);
    assert_eq!(world.status(&[&without], told.plus_seconds(600)), RevocationStatus::Good);
    assert_eq!(world.status(&[&without], told.plus_seconds(601)), RevocationStatus::Unknown);
    assert_eq!(world.status(&[&with], told.plus_days(-30)), RevocationStatus::Good, "good later, so good before");
}

#[test]
fn an_answer_after_the_end_of_a_certificate_acquits_nobody() {
    let world = World::new(KeyKind::P256);
    let late =
        Answer { this_update: now().plus_days(1001), next_update: Some(now().plus_days(1003)), ..world.answer(good()) };
    let late = late.signed_by(&world.top, &world.top_key, &[]);
    assert_eq!(world.status(&[&late], now()), RevocationStatus::Unknown);
}

#[test]
fn only_whom_the_issuer_certified_for_it_answers_in_its_place() {
    let world = World::new(KeyKind::P256);
    let always = (-1000, 1000);
    let nocheck = extension(oid::OCSP_NO_CHECK, false, &[5, 0]);
    let good = RevocationStatus::Good;
    let unknown = RevocationStatus::Unknown;
    let with = |extensions: &[Vec<u8>]| world.delegated(&world.delegate(extensions, always, &world.top_key));
    assert_eq!(with(&[ocsp_signing(), nocheck.clone()]), good);
    assert_eq!(with(&[ocsp_signing()]), good, "names no source of its own status");
    assert_eq!(with(from_ref(&nocheck)), unknown, "not certified for it");
    let any = extension(
        oid::EXTENDED_KEY_USAGE,
        false,
        &write::sequence(&[&write::oid(oid::ANY_EXTENDED_KEY_USAGE).unwrap()]),
    );
    assert_eq!(with(&[any, nocheck.clone()]), unknown, "any purpose is not this purpose");
    assert_eq!(with(&[ocsp_signing(), nocheck.clone(), forge::usage(&[5])]), unknown, "its key signs no answers");
    let strange = extension("1.2.3.4", true, &[5, 0]);
    assert_eq!(with(&[ocsp_signing(), nocheck.clone(), strange]), unknown);
    let other = world.delegate(&[ocsp_signing(), nocheck.clone()], always, &key(KeyKind::P256, 9));
    assert_eq!(world.delegated(&other), unknown, "certified by another key");
    let ended = world.delegate(&[ocsp_signing(), nocheck], (-1000, -1), &world.top_key);
    assert_eq!(world.delegated(&ended), unknown, "ended");
}

#[test]
fn a_responder_may_itself_be_revoked() {
    let world = World::new(KeyKind::P256);
    let url = write::implicit_primitive(6, b"http://ca.example/x.crl");
    let point = write::sequence(&[&write::explicit(0, &write::explicit(0, &url))]);
    let points = extension(oid::CRL_DISTRIBUTION_POINTS, false, &write::sequence(&[&point]));
    let responder = world.delegate(&[ocsp_signing(), points], (-1000, 1000), &world.top_key);
    let list = |serial| list(&world.top, &world.top_key, &[(serial, vec![])], &[]);
    assert_eq!(world.delegated(&responder), RevocationStatus::Unknown, "its own status is not known");
    assert_eq!(world.delegated_with(&responder, &[list(6).as_der()]), RevocationStatus::Good);
    // The list names the responder, and says nothing against the target: the list alone then speaks for it.
    let extra = World { target: responder.clone(), ..World::new(KeyKind::P256) };
    assert!(matches!(extra.status(&[list(5).as_der()], now()), RevocationStatus::Revoked { .. }));
    let anchors = [TrustAnchor::new(world.anchor.clone())];
    let mut carried = CarriedEvidence::default();
    let accusing = world.answer(revoked(now().plus_days(-3), 1));
    carried.add(&accusing.signed_by(&world.responder, &world.responder_key, &[&responder])).unwrap();
    carried.add(list(5).as_der()).unwrap();
    let validator = PathValidator { anchors: &anchors, revocation: carried.evidence(), ..PathValidator::default() };
    let report = validator.report(&world.target, Purpose::Any, now(), &Budget::default());
    assert_eq!(report.revocation().first(), Some(&RevocationStatus::Good), "a revoked responder accuses nobody");
}

#[test]
fn every_flipped_byte_of_an_answer_is_noticed() {
    let world = World::new(KeyKind::P256);
    let honest = world.answer(good()).signed_by(&world.top, &world.top_key, &[]);
    let unsigned_end = honest.len() - 4; // the empty list of certificates
    let mut judged = 0;
    for position in 0..unsigned_end {
        let mut flipped = honest.clone();
        flipped[position] ^= 1;
        let Ok(response) = OcspResponse::from_der(&flipped) else { continue };
        let anchors = [TrustAnchor::new(world.anchor.clone())];
        let revocation = eseal::pki::path::RevocationEvidence { crls: &[], responses: from_ref(&response) };
        let validator = PathValidator { anchors: &anchors, revocation, ..PathValidator::default() };
        let report = validator.report(&world.target, Purpose::Any, now(), &Budget::default());
        assert_eq!(report.revocation().first(), Some(&RevocationStatus::Unknown), "byte {position}");
        judged += 1;
    }
    assert!(judged > 100);
}

#[test]
fn a_refusal_of_the_responder_is_no_answer() {
    let refusal = write::sequence(&[&write::enumerated(3)]);
    assert_eq!(OcspResponse::from_der(&refusal), Err(OcspError::NotSuccessful { status: 3 }));
}
