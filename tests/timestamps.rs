//! Timestamps as structures: asked for, made, read back, checked; and nothing but the very token proves a time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where a step of its making fails")]

#[path = "support/forge.rs"]
mod forge;

use eseal::crypto::{DigestAlgorithm, KeyKind, PrivateKey, RandomSource};
use eseal::limits::Budget;
use eseal::pki::extension::oid;
use eseal::pki::path::{PathFailure, PathValidator, TrustAnchor};
use eseal::pki::timestamp::{
    Accuracy, Authority, CertificateWish, Failure, FaultKind, HttpAuthority, REPLY_POLICY, ReplyError, ResponseError,
    ResponseStatus, Stamp, StampError, TimestampFault, TimestampRequest, TimestampResponse, TimestampSource,
    TimestampToken, rejection, reply,
};
use eseal::pki::{Certificate, Fetch, FetchError, FetchLimits, write};
use forge::{Wish, authority, extension, key, name, now, usage};

const DATA: &[u8] = b"the value of a signature";

/// An authority of one kind of key, its root and its key.
struct Office {
    root: Certificate,
    certificate: Certificate,
    key: PrivateKey,
}

fn purposes(critical: bool, all: &[&str]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = all.iter().map(|one| write::oid(one).unwrap()).collect();
    extension(oid::EXTENDED_KEY_USAGE, critical, &write::sequence(&[&all.concat()]))
}

fn tsa() -> Vec<u8> {
    purposes(true, &[oid::TIME_STAMPING])
}

impl Office {
    fn new(kind: KeyKind, extended: Vec<u8>) -> Office {
        let (top, own) = (name("CN=Root,C=CN"), name("CN=Time,C=CN"));
        let (top_key, own_key) = (key(kind, 1), key(kind, 2));
        let root = Wish::new(&top, &top, &top_key, &[authority()]).signed_by(&top_key);
        let certificate = Wish::new(&own, &top, &own_key, &[usage(&[0]), extended]).signed_by(&top_key);
        Office { root, certificate, key: own_key }
    }

    fn answer(&self, request: &TimestampRequest) -> Result<Vec<u8>, ReplyError> {
        let who = Authority { signer: &self.key, certificate: &self.certificate, chain: &[] };
        let stamp = Stamp { time: now(), accuracy: Accuracy::seconds(1), serial: &[0x8F, 1], policy: REPLY_POLICY };
        reply(request, &who, &stamp)
    }

    fn token(&self, kind: KeyKind) -> Vec<u8> {
        let digest = imprint_by(kind).digest(DATA);
        let request = TimestampRequest::over(&digest).with_nonce(&[7; 8]);
        let response = self.answer(&request).unwrap();
        TimestampResponse::from_der(&response).unwrap().token_for(&request).unwrap().as_der().to_vec()
    }
}

fn imprint_by(kind: KeyKind) -> DigestAlgorithm {
    if kind == KeyKind::Sm2 { DigestAlgorithm::Sm3 } else { DigestAlgorithm::Sha256 }
}

const KINDS: [KeyKind; 2] = [KeyKind::Sm2, KeyKind::P256];

#[test]
fn a_token_of_our_own_is_verified_and_has_a_path() {
    for kind in KINDS {
        let office = Office::new(kind, tsa());
        let verified = TimestampToken::read(&office.token(kind)).unwrap().verify(DATA, &[]).unwrap();
        assert_eq!(verified.time(), now());
        assert_eq!(verified.info().latest(), now().plus_seconds(1));
        assert_eq!(verified.info().policy, REPLY_POLICY);
        assert_eq!(verified.info().serial_hex(), "008f01");
        assert_eq!(verified.certificate(), &office.certificate);
        assert_eq!(verified.imprint(), &imprint_by(kind).digest(DATA));
        let anchors = [TrustAnchor::new(office.root.clone())];
        let trusting = PathValidator { anchors: &anchors, ..PathValidator::default() };
        assert!(verified.path(&trusting, now(), &Budget::default()).validated().is_ok());
        let strange = PathValidator::default();
        let failure = verified.path(&strange, now(), &Budget::default()).validated().unwrap_err();
        assert_eq!(failure, PathFailure::NoChain);
    }
}

#[test]
fn a_token_for_other_data_is_broken() {
    for kind in KINDS {
        let token = TimestampToken::read(&Office::new(kind, tsa()).token(kind)).unwrap();
        let faults = token.verify(b"another value", &[]).unwrap_err();
        assert_eq!(faults.as_slice(), [TimestampFault::ImprintMismatch]);
        assert_eq!(faults.kind(), FaultKind::Broken);
    }
}

/// Bytes that no signature covers may change without changing what the token says; none of them is accepted as another
/// time, and most are refused.
#[test]
fn no_flipped_byte_proves_another_time() {
    for kind in KINDS {
        let office = Office::new(kind, tsa());
        let token = office.token(kind);
        let anchors = [TrustAnchor::new(office.root.clone())];
        let trusting = PathValidator { anchors: &anchors, ..PathValidator::default() };
        let mut survivors = Vec::new();
        for at in 0..token.len() {
            for mask in [0x01, 0x80, 0xFF] {
                let mut flipped = token.clone();
                flipped[at] ^= mask;
                let Ok(read) = TimestampToken::read(&flipped) else { continue };
                let Ok(verified) = read.verify(DATA, &[]) else { continue };
                if verified.path(&trusting, now(), &Budget::default()).validated().is_ok() {
                    survivors.push((at, mask));
                }
            }
        }
        assert_eq!(survivors, [], "{kind:?}");
    }
}

#[test]
fn truncated_and_extended_tokens_are_no_tokens() {
    let token = Office::new(KeyKind::P256, tsa()).token(KeyKind::P256);
    for length in 0..token.len() {
        assert!(TimestampToken::read(&token[..length]).is_err(), "{length}");
    }
    let padded = [token.as_slice(), &[0; 9]].concat();
    assert_eq!(TimestampToken::read(&padded).unwrap_err(), TimestampFault::TrailingBytes);
    assert_eq!(TimestampToken::read_padded(&padded).unwrap().as_der(), token);
    let followed = [token.as_slice(), &[0, 1]].concat();
    assert_eq!(TimestampToken::read(&followed).unwrap_err(), TimestampFault::TrailingBytes);
    assert_eq!(TimestampToken::read_padded(&followed).unwrap().as_der(), token);
}

#[test]
fn certificates_for_more_than_time_are_not_trusted_for_it() {
    let wrong = [
        purposes(false, &[oid::TIME_STAMPING]),
        purposes(true, &[oid::TIME_STAMPING, oid::EMAIL_PROTECTION]),
        purposes(true, &[oid::EMAIL_PROTECTION]),
    ];
    for extended in wrong {
        let office = Office::new(KeyKind::P256, extended);
        let request = TimestampRequest::over(&DigestAlgorithm::Sha256.digest(DATA));
        assert_eq!(office.answer(&request).unwrap_err(), ReplyError::NotForTimestamps);
    }
}

#[test]
fn an_authority_refuses_what_it_does_not_understand() {
    let office = Office::new(KeyKind::P256, tsa());
    let weak = TimestampRequest::over(&DigestAlgorithm::Sha1.digest(DATA));
    assert_eq!(office.answer(&weak).unwrap_err(), ReplyError::Refused(Failure::BadAlg));
    let other = TimestampRequest::over(&DigestAlgorithm::Sha256.digest(DATA)).with_policy("1.2.3".to_owned());
    assert_eq!(office.answer(&other).unwrap_err(), ReplyError::Refused(Failure::UnacceptedPolicy));
    let refused = TimestampResponse::from_der(&rejection(Failure::UnacceptedPolicy, "no such policy")).unwrap();
    assert_eq!(refused.status(), ResponseStatus::Rejection);
    let expected = ResponseError::Refused {
        status: ResponseStatus::Rejection,
        failure: Some(Failure::UnacceptedPolicy),
        text: "no such policy".to_owned(),
    };
    assert_eq!(refused.granted().unwrap_err(), expected);
}

#[test]
fn an_answer_must_answer_its_question() {
    let office = Office::new(KeyKind::Sm2, tsa());
    let digest = DigestAlgorithm::Sm3.digest(DATA);
    let asked = TimestampRequest::over(&digest).with_nonce(&[1; 8]);
    let response = TimestampResponse::from_der(&office.answer(&asked).unwrap()).unwrap();
    assert!(response.token_for(&asked).is_ok());
    let rows = [
        (TimestampRequest::over(&digest).with_nonce(&[2; 8]), ResponseError::OtherNonce),
        (TimestampRequest::over(&digest), ResponseError::OtherNonce),
        (TimestampRequest::over(&DigestAlgorithm::Sm3.digest(b"x")).with_nonce(&[1; 8]), ResponseError::OtherImprint),
        (
            TimestampRequest::over(&DigestAlgorithm::Sha256.digest(DATA)).with_nonce(&[1; 8]),
            ResponseError::OtherImprint,
        ),
        (asked.clone().with_policy("1.2.3".to_owned()), ResponseError::OtherPolicy { found: REPLY_POLICY.to_owned() }),
    ];
    for (request, error) in rows {
        assert_eq!(response.token_for(&request).unwrap_err(), error);
    }
    let bare = asked.with_certificates(CertificateWish::Omitted);
    let answer = TimestampResponse::from_der(&office.answer(&bare).unwrap()).unwrap();
    let token = answer.token_for(&bare).unwrap();
    let faults = token.clone().verify(DATA, &[]).unwrap_err();
    assert_eq!(faults.as_slice(), [TimestampFault::NoCertificate]);
    assert_eq!(faults.kind(), FaultKind::Undecided);
    assert!(token.verify(DATA, &[office.certificate]).is_ok());
}

#[test]
fn requests_are_read_as_they_were_written() {
    let request = TimestampRequest::over(&DigestAlgorithm::Sm3.digest(DATA))
        .with_nonce(&[0x80, 1, 2])
        .with_policy("1.2.3.4".to_owned());
    let der = request.to_der().unwrap();
    assert_eq!(TimestampRequest::from_der(&der).unwrap(), request);
    assert_eq!(request.nonce(), Some([0, 0x80, 1, 2].as_slice()));
    for at in 0..der.len() {
        assert!(TimestampRequest::from_der(&der[..at]).is_err());
    }
    assert!(TimestampRequest::from_der(&[der.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn accuracies_are_read_as_they_were_written() {
    let office = Office::new(KeyKind::P256, tsa());
    let request = TimestampRequest::over(&DigestAlgorithm::Sha256.digest(DATA));
    for micros in [1, 999, 1_000, 500_250, 1_000_000, 61_002_003] {
        let who = Authority { signer: &office.key, certificate: &office.certificate, chain: &[] };
        let stamp = Stamp { time: now(), accuracy: Accuracy { micros }, serial: &[1], policy: REPLY_POLICY };
        let response = TimestampResponse::from_der(&reply(&request, &who, &stamp).unwrap()).unwrap();
        assert_eq!(response.granted().unwrap().info().accuracy, Some(Accuracy { micros }));
    }
}

/// A network that ends at one authority, which may answer something else than it was asked.
struct Wire<'a> {
    office: &'a Office,
    answer: Option<Vec<u8>>,
}

impl Fetch for Wire<'_> {
    fn get(&self, _: &str, _: &FetchLimits) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::Protocol)
    }

    fn post(&self, url: &str, kind: &str, body: &[u8], _: &FetchLimits) -> Result<Vec<u8>, FetchError> {
        assert_eq!((url, kind), ("http://tsa.example/", "application/timestamp-query"));
        let request = TimestampRequest::from_der(body).unwrap();
        Ok(self.answer.clone().unwrap_or_else(|| self.office.answer(&request).unwrap()))
    }
}

/// A network that is not there.
struct Cut;

impl Fetch for Cut {
    fn get(&self, _: &str, _: &FetchLimits) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::Protocol)
    }

    fn post(&self, _: &str, _: &str, _: &[u8], _: &FetchLimits) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::Status { status: 503 })
    }
}

struct Fixed;

impl RandomSource for Fixed {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        buffer.fill(5);
        Ok(())
    }
}

#[test]
fn an_authority_is_asked_over_a_network() {
    let office = Office::new(KeyKind::Sm2, tsa());
    let url = "http://tsa.example/";
    let digest = DigestAlgorithm::Sm3.digest(DATA);
    let wire = Wire { office: &office, answer: None };
    let source = HttpAuthority { fetch: &wire, url, random: &Fixed };
    assert_eq!(source.stamp(&digest).unwrap().imprint(), &digest);
    // An answer of yesterday, shown again.
    let old = office.answer(&TimestampRequest::over(&digest).with_nonce(&[9; 8])).unwrap();
    let replaying = Wire { office: &office, answer: Some(old) };
    let source = HttpAuthority { fetch: &replaying, url, random: &Fixed };
    assert_eq!(source.stamp(&digest).unwrap_err(), StampError::Response(ResponseError::OtherNonce));
    let source = HttpAuthority { fetch: &Cut, url, random: &Fixed };
    assert_eq!(source.stamp(&digest).unwrap_err(), StampError::Fetch(FetchError::Status { status: 503 }));
}
