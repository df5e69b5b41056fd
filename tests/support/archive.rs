//! An office that keeps documents: a signer whose certificate lasts a year, authorities of timestamps that follow each
//! other, lists of any day.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use eseal::archive::{ArchiveError, Augmentation, Level, Note, Step, augment, document_timestamp};
use eseal::crypto::{Digest, DigestAlgorithm, KeyKind, PrivateKey, Signer};
use eseal::limits::Budget;
use eseal::pdf::{Document, StoreAddition, extend_security_store};
use eseal::pki::build::{CertificateRequest, Issuer, Profile, issue};
use eseal::pki::path::{RevocationEvidence, TrustAnchor};
use eseal::pki::timestamp::{
    Accuracy, Authority, REPLY_POLICY, Stamp, StampError, TimestampRequest, TimestampResponse, TimestampSource,
    VerifiedTimestamp, reply,
};
use eseal::pki::{Certificate, Crl, CrlRequest, Name, RevocationReason, Revoked};
use eseal::policy::Policy;
use eseal::report::{Indication, Kind, Report, SignatureReport, SubIndication};
use eseal::sign::{Closing, ContainerChoice, Identity, Need, Request, Show, Stated, Timestamping, sign_pdf};
use eseal::source::{Bytes, SharedSource};
use eseal::time::{Time, Validity};
use eseal::verify::{Evidence, NoRegister, verify};

use crate::support::plain_pdf;

pub const DAY: i64 = 86_400;
/// Day 0: 2027-01-01.
const START: i64 = 1_798_761_600;

#[derive(Clone, Copy, Debug)]
pub enum Tsa {
    /// Until day 1000.
    First,
    /// From day 900 on.
    Second,
    /// Another of the same time as the first.
    Other,
    /// One whose root nobody trusts.
    Stranger,
}

pub struct Holder {
    pub key: PrivateKey,
    pub certificate: Certificate,
}

pub struct Office {
    root: Holder,
    signer: Holder,
    tsa_root: Holder,
    first: Holder,
    second: Holder,
    other: Holder,
    stranger_root: Holder,
    stranger: Holder,
}

/// Every number once.
struct Numbers(AtomicU64);

impl eseal::crypto::RandomSource for Numbers {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        for piece in buffer.chunks_mut(32) {
            let next = self.0.fetch_add(1, Ordering::Relaxed);
            piece.copy_from_slice(&DigestAlgorithm::Sha256.digest(&next.to_be_bytes()).as_bytes()[..piece.len()]);
        }
        Ok(())
    }
}

pub fn at(offset: i64) -> Time {
    Time::from_unix(START + offset)
}

fn days(from: i64, to: i64) -> Validity {
    Validity { not_before: at(from * DAY), not_after: at(to * DAY) }
}

impl Office {
    pub fn new() -> Office {
        Office::with(KeyKind::P256)
    }

    pub fn with(kind: KeyKind) -> Office {
        let random = Numbers(AtomicU64::new(0));
        let name = |common: &str| Name::parse(&format!("CN={common},O=Archive,C=CN")).unwrap();
        let key = |fill: u8| PrivateKey::from_scalar(kind, &[fill; 32]).unwrap();
        let root = |common: &str, fill: u8| {
            let (subject, key) = (name(common), key(fill));
            let request = CertificateRequest {
                subject: &subject,
                public_key: key.public_key(),
                validity: days(-1_000, 8_000),
                profile: Profile::Authority,
                crl_url: None,
            };
            let certificate = issue(&request, &Issuer::own(&subject, key.public_key()), &key, &random).unwrap();
            Holder { key, certificate }
        };
        let below = |root: &Holder, common: &str, fill: u8, validity: Validity, profile: Profile| {
            let (subject, key) = (name(common), key(fill));
            let request = CertificateRequest {
                subject: &subject,
                public_key: key.public_key(),
                validity,
                profile,
                crl_url: Some("http://lists.example/list.crl"),
            };
            let issuer = Issuer::holder(&root.certificate, root.key.public_key()).unwrap();
            let certificate = issue(&request, &issuer, &root.key, &random).unwrap();
            Holder { key, certificate }
        };
        let (own, tsa_root, stranger_root) = (root("Root", 1), root("TSA root", 2), root("Stranger root", 3));
        Office {
            signer: below(&own, "Signer", 4, days(-100, 365), Profile::Signer),
            first: below(&tsa_root, "TSA 1", 5, days(-100, 1_000), Profile::Tsa),
            second: below(&tsa_root, "TSA 2", 6, days(900, 3_000), Profile::Tsa),
            other: below(&tsa_root, "TSA 3", 7, days(-100, 1_000), Profile::Tsa),
            stranger: below(&stranger_root, "Stranger", 8, days(-100, 3_000), Profile::Tsa),
            root: own,
            tsa_root,
            stranger_root,
        }
    }

    /// The roots that the office trusts.
    pub fn roots(&self) -> [&Certificate; 2] {
        [&self.root.certificate, &self.tsa_root.certificate]
    }

    /// A document signed on day 0.
    pub fn signed(&self) -> Vec<u8> {
        self.signed_with(None)
    }

    /// A document signed on day 0, with a timestamp over the value.
    pub fn signed_in_time(&self) -> Vec<u8> {
        self.signed_with(Some(&self.source(Tsa::First, 0)))
    }

    fn signed_with(&self, clerk: Option<&Clerk<'_>>) -> Vec<u8> {
        let document = open(&plain_pdf());
        let request = Request {
            identity: Identity {
                signer: &self.signer.key,
                certificate: &self.signer.certificate,
                chain: std::slice::from_ref(&self.root.certificate),
            },
            seal: None,
            show: Show::Invisible,
            time: at(0),
            stated: Stated::default(),
            closing: Closing::Open,
            container: ContainerChoice::Auto,
            timestamping: clerk.map(|source| Timestamping { source, need: Need::Required }),
        };
        let mut out = Vec::new();
        sign_pdf(&document, &request).unwrap().write_to(&mut out).unwrap();
        out
    }

    /// A list about signers, issued then and in force for a week.
    pub fn signer_list(&self, issued: i64, revoked: &[Revoked]) -> Crl {
        list(&self.root, issued, revoked)
    }

    /// A list about authorities of timestamps.
    pub fn tsa_list(&self, issued: i64, revoked: &[Revoked]) -> Crl {
        list(&self.tsa_root, issued, revoked)
    }

    /// A list in the signers' root's name by another key.
    pub fn forged_list(&self, issued: i64) -> Crl {
        let issuer = Issuer::own(self.root.certificate.subject(), self.stranger.key.public_key());
        let request =
            CrlRequest { number: 9, this_update: at(issued), next_update: at(issued + 7 * DAY), revoked: &[] };
        Crl::issue(&request, &issuer, &self.stranger.key).unwrap()
    }

    pub fn revoked_signer(&self, when: i64, reason: RevocationReason) -> Revoked {
        revoked(&self.signer, when, reason)
    }

    pub fn revoked_tsa(&self, when: i64, reason: RevocationReason) -> Revoked {
        revoked(&self.first, when, reason)
    }

    fn tsa(&self, tsa: Tsa) -> (&Holder, &Certificate) {
        match tsa {
            Tsa::First => (&self.first, &self.tsa_root.certificate),
            Tsa::Second => (&self.second, &self.tsa_root.certificate),
            Tsa::Other => (&self.other, &self.tsa_root.certificate),
            Tsa::Stranger => (&self.stranger, &self.stranger_root.certificate),
        }
    }

    fn source(&self, tsa: Tsa, when: i64) -> Clerk<'_> {
        let (holder, root) = self.tsa(tsa);
        Clerk { holder, root, time: at(when), change: None }
    }

    pub fn augment(
        &self,
        document: &[u8],
        level: Level,
        lists: &[Crl],
        when: i64,
        tsa: Tsa,
    ) -> Result<(Vec<u8>, Vec<Step>), ArchiveError> {
        let done = self.augmentation(document, level, lists, (when, tsa))?;
        Ok((bytes(&done.source), done.steps))
    }

    pub fn notes(&self, document: &[u8], level: Level, lists: &[Crl], when: i64) -> Vec<Note> {
        self.augmentation(document, level, lists, (when, Tsa::First)).unwrap().notes
    }

    fn augmentation(
        &self,
        document: &[u8],
        level: Level,
        lists: &[Crl],
        (when, tsa): (i64, Tsa),
    ) -> Result<Augmentation, ArchiveError> {
        // Whoever brings a document to a level knows everything of the day.
        let lists = if level == Level::T {
            vec![self.signer_list(when, &[]), self.tsa_list(when, &[])]
        } else {
            lists.to_vec()
        };
        self.with_evidence(&lists, when, |evidence| {
            let clerk = self.source(tsa, when);
            augment(&Bytes::shared(document.to_vec()), level, evidence, Some((&clerk, DigestAlgorithm::Sha256)))
        })
    }

    /// Appends a document timestamp.
    pub fn stamp(&self, document: &[u8], when: i64, tsa: Tsa) -> Vec<u8> {
        self.stamp_by(document, &self.source(tsa, when))
    }

    /// Appends one whose token is over other bytes.
    pub fn stamp_other(&self, document: &[u8], when: i64) -> Vec<u8> {
        let mut clerk = self.source(Tsa::First, when);
        clerk.change = Some(DigestAlgorithm::Sha256.digest(b"other bytes"));
        self.stamp_by(document, &clerk)
    }

    fn stamp_by(&self, document: &[u8], clerk: &Clerk<'_>) -> Vec<u8> {
        bytes(&document_timestamp(&open(document), clerk, DigestAlgorithm::Sha256).unwrap().as_source())
    }

    /// Adds these as revocation lists to the store of a document.
    pub fn filled(&self, document: &[u8], lists: &[Vec<u8>]) -> Vec<u8> {
        let addition = StoreAddition { key: "AB".to_owned(), crls: lists.to_vec(), ..StoreAddition::default() };
        bytes(&extend_security_store(&open(document), &[addition]).unwrap().unwrap().as_source())
    }

    /// The verdict on the signature.
    pub fn verdict(&self, document: &[u8], lists: &[Crl], when: i64) -> (Indication, Option<SubIndication>) {
        let report = self.report(document, lists, when);
        let signature = report.signatures.iter().find(|one| one.kind != Kind::Timestamp).unwrap();
        (signature.indication, signature.sub_indication)
    }

    pub fn report(&self, document: &[u8], lists: &[Crl], when: i64) -> Report {
        self.with_evidence(lists, when, |evidence| verify(&Bytes::shared(document.to_vec()), "kept.pdf", evidence))
    }

    fn with_evidence<T>(&self, lists: &[Crl], when: i64, ask: impl FnOnce(&Evidence<'_>) -> T) -> T {
        let anchors =
            [TrustAnchor::new(self.root.certificate.clone()), TrustAnchor::new(self.tsa_root.certificate.clone())];
        let policy = Policy::default();
        ask(&Evidence {
            anchors: &anchors,
            untrusted: &[],
            revocation: RevocationEvidence { crls: lists, responses: &[] },
            register: &NoRegister,
            policy: &policy,
            time: at(when),
            passwords: &[],
            missing: None,
        })
    }
}

/// An authority whose clock stands still.
struct Clerk<'a> {
    holder: &'a Holder,
    root: &'a Certificate,
    time: Time,
    /// What is stamped instead of what was asked for.
    change: Option<Digest>,
}

impl TimestampSource for Clerk<'_> {
    fn stamp(&self, digest: &Digest) -> Result<VerifiedTimestamp, StampError> {
        let digest = self.change.as_ref().unwrap_or(digest);
        let request = TimestampRequest::over(digest);
        let authority = Authority {
            signer: &self.holder.key,
            certificate: &self.holder.certificate,
            chain: std::slice::from_ref(self.root),
        };
        let stamp = Stamp { time: self.time, accuracy: Accuracy::seconds(1), serial: &[1, 2, 3], policy: REPLY_POLICY };
        let answer = reply(&request, &authority, &stamp)?;
        Ok(TimestampResponse::from_der(&answer)?.token_for(&request)?.verify_digest(digest, &[])?)
    }
}

fn list(root: &Holder, issued: i64, revoked: &[Revoked]) -> Crl {
    let issuer = Issuer::holder(&root.certificate, root.key.public_key()).unwrap();
    let number = u64::try_from(START + issued).unwrap();
    let request = CrlRequest { number, this_update: at(issued), next_update: at(issued + 7 * DAY), revoked };
    Crl::issue(&request, &issuer, &root.key).unwrap()
}

fn revoked(holder: &Holder, when: i64, reason: RevocationReason) -> Revoked {
    Revoked { serial: holder.certificate.serial().to_vec(), at: at(when), reason }
}

fn open(document: &[u8]) -> Document {
    Document::open(Bytes::shared(document.to_vec()), Rc::new(Budget::default())).unwrap()
}

fn bytes(source: &SharedSource) -> Vec<u8> {
    source.read_range(0, source.len()).unwrap()
}

/// The document timestamps of a report.
pub fn doc_stamps(report: &Report) -> Vec<&SignatureReport> {
    report.signatures.iter().filter(|one| one.kind == Kind::Timestamp).collect()
}

/// Every code of a report.
pub fn codes_of(report: &Report) -> Vec<&'static str> {
    report.signatures.iter().flat_map(|one| &one.findings).map(|finding| finding.code.name()).collect()
}
