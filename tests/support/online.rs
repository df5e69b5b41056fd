//! Judging certificates with a network that leads nowhere but to servers of the test.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use eseal::crypto::RandomSource;
use eseal::crypto::protect::ProtectionKind;
use eseal::net::{HttpFetch, Names, Reach};
use eseal::operations::{
    AnchorPurpose, CertificateFiles, Context, EvidenceRequest, Gathered, Network, OperationError, Policy, PolicyWish,
    Retrieval, Secret, Secrets, verify_certificate, verify_document_online,
};
use eseal::pki::FetchLimits;
use eseal::report::{CertificateReport, Finding, Report};
use eseal::time::{Clock, Time};

/// The same time for ever.
pub struct Still(pub Time);

impl Clock for Still {
    fn now(&self) -> Time {
        self.0
    }
}

/// Moves on each time it is looked at.
pub struct Hurrying {
    looked: AtomicI64,
    start: Time,
    step: i64,
}

impl Clock for Hurrying {
    fn now(&self) -> Time {
        self.start.plus_seconds(self.looked.fetch_add(1, Ordering::Relaxed) * self.step)
    }
}

/// Counts, so that no two nonces are the same.
pub struct Counting;

impl RandomSource for Counting {
    fn fill(&self, buffer: &mut [u8]) -> io::Result<()> {
        buffer.fill(0xA5);
        Ok(())
    }
}

/// A store is never opened.
pub struct Nobody;

impl Secrets for Nobody {
    fn existing(&self, _needed: ProtectionKind) -> Result<Secret, OperationError> {
        Err(OperationError::StoreUnnamed {})
    }

    fn fresh(&self, _random: &dyn RandomSource) -> Result<Secret, OperationError> {
        Err(OperationError::StoreUnnamed {})
    }

    fn pin(&self, _: &str) -> Result<eseal::crypto::SecretBytes, OperationError> {
        Err(OperationError::PassphraseNeeded {})
    }

    fn withdraw(&self) {}
}

/// Names and where they lead.
#[derive(Debug, Default)]
pub struct Directory(pub HashMap<String, SocketAddr>);

impl Names for Directory {
    fn lookup(&self, host: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(self.0.get(host).copied().into_iter().collect())
    }
}

/// A network of these hosts, as of a time.
pub struct World {
    fetch: HttpFetch,
    clock: Box<dyn Clock>,
}

impl World {
    pub fn new(hosts: &[(&str, SocketAddr)], now: Time) -> World {
        let names = Directory(hosts.iter().map(|(host, address)| ((*host).to_owned(), *address)).collect());
        let reach = Reach::Only(hosts.iter().map(|(_, address)| *address).collect());
        World { fetch: HttpFetch::with_names(reach, Arc::new(names)), clock: Box::new(Still(now)) }
    }

    /// The same where the clock moves on by so many seconds each time it is looked at.
    pub fn hurrying(mut self, start: Time, step: i64) -> World {
        self.clock = Box::new(Hurrying { looked: AtomicI64::new(0), start, step });
        self
    }

    fn context(&self) -> Context<'_> {
        Context {
            store: None,
            clock: self.clock.as_ref(),
            random: &Counting,
            operator: "tester".to_owned(),
            host: "here".to_owned(),
            secrets: &Nobody,
            network: Network { strangers: &self.fetch, named: &self.fetch },
        }
    }

    fn gathered(&self, context: &Context<'_>, anchor: &Path) -> Gathered {
        let trust = vec![CertificateFiles::File(anchor.to_path_buf())];
        Gathered::gather(context, &EvidenceRequest { trust, ..EvidenceRequest::default() }).unwrap()
    }

    /// Judges a certificate online.
    pub fn judge(&self, certificate: &Path, anchor: &Path) -> CertificateReport {
        self.judge_within(certificate, anchor, FetchLimits::default())
    }

    pub fn judge_within(&self, certificate: &Path, anchor: &Path, limits: FetchLimits) -> CertificateReport {
        let context = self.context();
        let mut gathered = self.gathered(&context, anchor);
        let mut retrieval = Retrieval::new(&context).with_limits(limits);
        let wish = PolicyWish::default();
        verify_certificate(certificate, AnchorPurpose::Any, &wish, &mut gathered, Some(&mut retrieval)).unwrap()
    }

    /// Judges a certificate online by a policy, with lists at hand.
    pub fn judge_by(&self, policy: &str, (certificate, anchor): (&Path, &Path), lists: &[&Path]) -> CertificateReport {
        let context = self.context();
        let request = EvidenceRequest {
            trust: vec![CertificateFiles::File(anchor.to_path_buf())],
            revocation: lists.iter().map(|list| list.to_path_buf()).collect(),
            ..EvidenceRequest::default()
        };
        let mut gathered = Gathered::gather(&context, &request).unwrap().with_policy(Policy::parse(policy).unwrap());
        let (wish, mut retrieval) = (PolicyWish::default(), Retrieval::new(&context));
        verify_certificate(certificate, AnchorPurpose::Any, &wish, &mut gathered, Some(&mut retrieval)).unwrap()
    }

    /// Judges documents online, one after the other in one run.
    pub fn verify(&self, documents: &[&Path], anchor: &Path) -> Vec<Report> {
        let context = self.context();
        let mut gathered = self.gathered(&context, anchor);
        let mut retrieval = Retrieval::new(&context);
        documents.iter().map(|one| verify_document_online(one, &mut gathered, &mut retrieval)).collect()
    }
}

/// All that is said in findings.
pub fn said(findings: &[Finding]) -> String {
    let one = |finding: &Finding| {
        let values: Vec<String> = finding.arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {}", finding.code.name(), values.join(" "))
    };
    findings.iter().map(one).collect::<Vec<_>>().join("\n")
}
