//! Fetching what a verdict lacks: OCSP answers, revocation lists, certificates of issuers.
//!
//! Nothing that comes back is believed: it joins the evidence at hand, and the verdict is given again. The places come
//! from certificates, so from strangers: how many are asked for one document, and for how long, is limited, and who
//! did not answer once is not asked again in the same run.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::crypto::RandomSource;
use crate::limits::{Budget, PATH_LENGTH};
use crate::operations::{Context, Gathered};
use crate::pki::cms::SignedData;
use crate::pki::distribution::PointName;
use crate::pki::extension::GeneralName;
use crate::pki::ocsp::{self, OcspError, OcspResponse};
use crate::pki::path::{PathValidator, Purpose, RevocationStatus, TrustAnchor};
use crate::pki::revocation::NotEvidence;
use crate::pki::{Certificate, Crl, Fetch, FetchError, FetchLimits, pem};
use crate::report::{Code, Finding, Report};
use crate::time::{Clock, Time};
use crate::verify::{Evidence, Lack, Missing};

/// How often a verdict is given again because something new came in: each time an issuer may have been found whose own
/// status is asked next.
const ROUNDS: usize = 4;
/// Most questions to the network for one document: OCSP, list and delta for a path of eight, or for several short ones.
const QUESTIONS: u32 = 24;
/// Longest time for one document, after which nobody else is asked.
const TIME: Duration = Duration::from_secs(60);
/// Most certificates of one answer: a file of issuers holds a chain.
const CERTIFICATES: usize = 16;
/// How far clocks of responders may go ahead, in seconds.
const CLOCKS: i64 = 300;
/// Bytes of a nonce (RFC 9654 2.1: at least 32 for new clients is advised; 1 to 32 are accepted by responders).
const NONCE: usize = 32;
/// Media type of a question (RFC 6960 A.1).
const OCSP_REQUEST: &str = "application/ocsp-request";

/// One run's dealings with the network.
pub struct Retrieval<'a> {
    fetch: &'a dyn Fetch,
    random: &'a dyn RandomSource,
    clock: &'a dyn Clock,
    limits: FetchLimits,
    /// What was asked in this run, by URL and the certificate in question where there is one.
    answers: HashMap<(String, Vec<u8>), Known>,
    /// Hosts that did not answer.
    silent: HashMap<String, FetchError>,
    /// What follows is of one document.
    started: Time,
    asked: u32,
    done: HashSet<Vec<u8>>,
    fetched: Vec<Fetched>,
    failures: Vec<Failure>,
}

/// What is known of a place since it was asked.
#[derive(Clone)]
struct Known {
    answer: Result<Vec<u8>, Cause>,
    at: Time,
}

impl Known {
    fn answer(&self) -> Result<(Vec<u8>, Time), Cause> {
        self.answer.clone().map(|der| (der, self.at))
    }
}

/// Something that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fetched {
    kind: &'static str,
    url: String,
    at: Time,
}

/// Something that did not come in, or did not help.
#[derive(Clone, Debug)]
struct Failure {
    /// Subject of the certificate for which it was asked.
    subject: String,
    url: String,
    cause: Cause,
}

/// Why a place was of no help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    NotEvidence(#[from] NotEvidence),
    #[error(transparent)]
    Ocsp(#[from] OcspError),
    #[error("not a certificate")]
    NotACertificate,
    #[error("the question could not be made")]
    Question,
    #[error("the answer repeats another nonce")]
    Nonce,
    #[error("the answer is of the future: {at}")]
    Future { at: Time },
    #[error("what came does not settle it")]
    Useless,
}

impl<'a> Retrieval<'a> {
    /// With the network of a context.
    #[must_use]
    pub fn new(context: &Context<'a>) -> Self {
        Retrieval {
            fetch: context.network.strangers,
            random: context.random,
            clock: context.clock,
            limits: FetchLimits::default(),
            answers: HashMap::new(),
            silent: HashMap::new(),
            started: context.now(),
            asked: 0,
            done: HashSet::new(),
            fetched: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// With other limits for each question.
    #[must_use]
    pub fn with_limits(mut self, limits: FetchLimits) -> Self {
        self.limits = limits;
        self
    }

    /// A verdict with all that could be fetched for it. What was fetched for the document before is laid aside.
    pub fn judged<T>(&mut self, gathered: &mut Gathered, verdict: impl Fn(&Evidence<'_>) -> T) -> T {
        let mark = gathered.mark();
        self.started = self.clock.now();
        self.asked = 0;
        self.done.clear();
        self.fetched.clear();
        self.failures.clear();
        let mut round = 0;
        let result = loop {
            let missing = Missing::default();
            let result = verdict(&Evidence { missing: Some(&missing), ..gathered.evidence() });
            round += 1;
            if round > ROUNDS || !self.fill(missing.into_lacks(), gathered) {
                break result;
            }
        };
        gathered.back_to(&mark);
        result
    }

    /// What was fetched for the last verdict, as findings.
    pub fn fetched(&self) -> impl Iterator<Item = Finding> + '_ {
        self.fetched.iter().map(|one| {
            let finding = Finding::new(Code::EvidenceFetched).with("kind", one.kind);
            finding.with("url", &one.url).with("time", one.at)
        })
    }

    /// Puts into a report what was fetched for it, and why other places were of no help.
    pub fn tell(&self, report: &mut Report) {
        report.findings.extend(self.fetched());
        report.signatures.iter_mut().for_each(|signature| self.tell_findings(&mut signature.findings));
    }

    /// Says beside each doubt which places were asked in vain.
    pub fn tell_findings(&self, findings: &mut [Finding]) {
        for finding in findings {
            let doubts = [Code::TryLater, Code::RevocationUnknown, Code::RevocationTooOld, Code::NoCertificateChain];
            if !doubts.contains(&finding.code) {
                continue;
            }
            let subject = finding.arguments.iter().find(|(name, _)| *name == "subject").map(|(_, value)| value.clone());
            let failures = self.failures.iter().filter(|one| Some(&one.subject) == subject.as_ref());
            for Failure { url, cause, .. } in failures {
                finding.arguments.push(("source", format!("{url}: {cause}")));
            }
        }
    }

    /// Whether anything new came in.
    fn fill(&mut self, lacks: Vec<Lack>, gathered: &mut Gathered) -> bool {
        let before = self.fetched.len();
        for lack in lacks {
            match lack {
                Lack::Status { certificate, issuer, not_before } => {
                    if self.done.insert(certificate.as_der().to_vec()) {
                        self.status(&certificate, (&issuer, not_before), gathered);
                    }
                }
                Lack::Issuer { of } => self.issuers(of, gathered),
            }
        }
        self.fetched.len() > before
    }

    /// OCSP first, since its answers are small and young; then every distribution point.
    fn status(
        &mut self,
        certificate: &Certificate,
        (issuer, not_before): (&Certificate, Option<Time>),
        gathered: &mut Gathered,
    ) {
        let mut last = None;
        for url in certificate.ocsp_urls().ok().flatten().unwrap_or_default() {
            let answer = self.ocsp(&url, certificate, issuer);
            last = self.take(certificate, "ocsp", &url, answer, gathered).then_some(url).or(last);
            if settles(certificate, (issuer, not_before), gathered) {
                return;
            }
        }
        for point in certificate.distribution_points().ok().flatten().unwrap_or_default() {
            let Some(PointName::Full(names)) = point.name else { continue };
            // Names of one point are places of the same list (RFC 5280 4.2.1.13).
            for name in names {
                let GeneralName::Uri(url) = name else { continue };
                let answer = self.get(&url);
                let list = answer.as_ref().ok().and_then(|(der, _)| list(der));
                let answer = answer.and_then(|(der, at)| Ok((pem_or_der(der)?, at)));
                if self.take(certificate, "crl", &url, answer, gathered) {
                    self.freshest(certificate, list.as_ref(), gathered);
                    last = Some(url);
                    break;
                }
            }
        }
        if let Some(url) = last.filter(|_| !settles(certificate, (issuer, not_before), gathered)) {
            self.fail(certificate, url, Cause::Useless);
        }
    }

    /// The delta list that a certificate or a list names (RFC 5280 4.2.1.15 and 5.2.6).
    fn freshest(&mut self, certificate: &Certificate, list: Option<&Crl>, gathered: &mut Gathered) {
        let mut urls = certificate.freshest_urls().ok().flatten().unwrap_or_default();
        urls.extend(list.map(Crl::freshest_urls).unwrap_or_default());
        for url in urls {
            let answer = self.get(&url).and_then(|(der, at)| Ok((pem_or_der(der)?, at)));
            if self.take(certificate, "delta-crl", &url, answer, gathered) {
                return;
            }
        }
    }

    /// Certificates above one, as far as they are not at hand.
    fn issuers(&mut self, of: Certificate, gathered: &mut Gathered) {
        let mut current = of;
        for _ in 0..PATH_LENGTH {
            let mut asked = current.as_der().to_vec();
            asked.push(b'i');
            if current.is_self_issued() || !self.done.insert(asked) {
                return;
            }
            let mut above = None;
            for url in current.issuer_urls().ok().flatten().unwrap_or_default() {
                match self.get(&url).and_then(|(bytes, at)| Ok((certificates(&bytes)?, at))) {
                    Ok((found, at)) => {
                        above = found.iter().find(|one| one.subject().matches(current.issuer())).cloned();
                        gathered.add_untrusted(found.into_iter());
                        self.fetched.push(Fetched { kind: "certificate", url, at });
                        break;
                    }
                    Err(cause) => self.fail(&current, url, cause),
                }
            }
            let Some(next) = above else { return };
            current = next;
        }
    }

    /// Adds what came in; tells whether it is evidence at all.
    fn take(
        &mut self,
        certificate: &Certificate,
        kind: &'static str,
        url: &str,
        answer: Result<(Vec<u8>, Time), Cause>,
        gathered: &mut Gathered,
    ) -> bool {
        let added = answer.and_then(|(der, at)| Ok(gathered.add_evidence(&der).map(|()| at)?));
        match added {
            Ok(at) => {
                let one = Fetched { kind, url: url.to_owned(), at };
                if !self.fetched.contains(&one) {
                    self.fetched.push(one);
                }
                true
            }
            Err(cause) => {
                self.fail(certificate, url.to_owned(), cause);
                false
            }
        }
    }

    fn fail(&mut self, certificate: &Certificate, url: String, cause: Cause) {
        self.failures.push(Failure { subject: certificate.subject().to_string(), url, cause });
    }

    /// An answer about one certificate (RFC 6960 A.1). A nonce that it repeats must be ours; many responders leave it
    /// out, and then its times alone say how old it is (RFC 9654 2.1, RFC 5019 4).
    fn ocsp(&mut self, url: &str, certificate: &Certificate, issuer: &Certificate) -> Result<(Vec<u8>, Time), Cause> {
        let key = (url.to_owned(), certificate.as_der().to_vec());
        if let Some(known) = self.answers.get(&key) {
            return known.answer();
        }
        let known = Known { at: self.clock.now(), answer: self.ocsp_now(url, certificate, issuer) };
        self.answers.entry(key).or_insert(known).answer()
    }

    fn ocsp_now(&mut self, url: &str, certificate: &Certificate, issuer: &Certificate) -> Result<Vec<u8>, Cause> {
        let mut nonce = [0; NONCE];
        self.random.fill(&mut nonce).map_err(|_| Cause::Question)?;
        let question = ocsp::request(certificate, issuer, &nonce).map_err(|_| Cause::Question)?;
        let der = self.ask(url, Some(&question))?;
        let response = OcspResponse::from_der(&der)?;
        if response.nonce().is_some_and(|repeated| repeated != nonce) {
            return Err(Cause::Nonce);
        }
        let latest = self.clock.now().plus_seconds(CLOCKS);
        let said = response.singles().iter().map(|single| single.this_update).chain([response.produced_at()]);
        match said.max().filter(|at| *at > latest) {
            Some(at) => Err(Cause::Future { at }),
            None => Ok(der),
        }
    }

    /// The content of a URL, once for a run.
    fn get(&mut self, url: &str) -> Result<(Vec<u8>, Time), Cause> {
        let key = (url.to_owned(), Vec::new());
        if let Some(known) = self.answers.get(&key) {
            return known.answer();
        }
        let known = Known { at: self.clock.now(), answer: self.ask(url, None).map_err(Cause::from) };
        self.answers.entry(key).or_insert(known).answer()
    }

    /// Asks the network, unless too much was asked or the host is known to be silent.
    fn ask(&mut self, url: &str, question: Option<&[u8]>) -> Result<Vec<u8>, FetchError> {
        if self.asked >= QUESTIONS {
            return Err(FetchError::TooMany { allowed: QUESTIONS });
        }
        if self.clock.now() > self.started.plus_seconds(TIME.as_secs().cast_signed()) {
            return Err(FetchError::OutOfTime { allowed: TIME });
        }
        let host = host(url);
        if let Some(fault) = self.silent.get(&host) {
            return Err(fault.clone());
        }
        self.asked += 1;
        let answer = match question {
            None => self.fetch.get(url, &self.limits),
            Some(question) => self.fetch.post(url, OCSP_REQUEST, question, &self.limits),
        };
        if let Err(
            fault @ (FetchError::TimedOut { .. } | FetchError::Connection { .. } | FetchError::HostUnknown { .. }),
        ) = &answer
        {
            self.silent.insert(host, fault.clone());
        }
        answer
    }
}

/// Whether the status of a certificate is known now, by evidence that is young enough, with its issuer taken for
/// granted.
fn settles(certificate: &Certificate, (issuer, not_before): (&Certificate, Option<Time>), gathered: &Gathered) -> bool {
    let anchors = [TrustAnchor::new(issuer.clone())];
    let Evidence { untrusted, revocation, time, .. } = gathered.evidence();
    let validator = PathValidator { anchors: &anchors, candidates: untrusted, revocation, policies: None };
    let report = validator.report(certificate, Purpose::Any, time, &Budget::default());
    let said = report.said().first().copied().flatten();
    let old = report.revocation().first() == Some(&RevocationStatus::Good) && said < not_before;
    report.anchor().is_some() && report.revocation().first() != Some(&RevocationStatus::Unknown) && !old
}

/// Between the scheme and the path.
fn host(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase()
}

/// Lists are published in DER (RFC 5280 4.2.1.13), and by some in PEM.
fn pem_or_der(bytes: Vec<u8>) -> Result<Vec<u8>, Cause> {
    if bytes.first() == Some(&0x30) {
        return Ok(bytes);
    }
    pem::evidence(&bytes).ok().and_then(|found| found.into_iter().next()).ok_or(Cause::NotEvidence(NotEvidence))
}

fn list(bytes: &[u8]) -> Option<Crl> {
    Crl::from_der(&pem_or_der(bytes.to_vec()).ok()?).ok()
}

/// A certificate, or a PKCS#7 message of nothing but certificates (RFC 5280 4.2.2.1).
fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, Cause> {
    let mut found = pem::certificates(bytes).unwrap_or_default();
    if found.is_empty()
        && let Ok(signed) = SignedData::read(bytes)
    {
        found = signed.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    }
    found.truncate(CERTIFICATES);
    if found.is_empty() { Err(Cause::NotACertificate) } else { Ok(found) }
}
