//! Finding a path to a trust anchor, depth first (RFC 4158), with a limit on everything that a hostile set of
//! certificates could multiply.

use std::collections::HashSet;

use crate::limits::{Budget, Exhausted, Limit, PATH_LENGTH};
use crate::pki::Certificate;
use crate::pki::path::{PathFailure, PathFault, PathReport, PathValidator, PolicyInputs, Purpose, TrustAnchor};
use crate::pki::path::{policies, rules};
use crate::pki::revocation::{self, Circle, Force, Prover, Question, RevocationStatus, Statement};
use crate::time::{Standing, Time};

/// How deep the paths of those who sign lists may ask for further lists: the list of an indirect issuer, that of the
/// issuer's own certificate, and one more.
const PROOFS: usize = 3;
/// Most issuers of one certificate that are tried: more than the budget has signature checks.
const ISSUERS: usize = 1_024;

/// The best path from `target` to an anchor.
pub(super) fn best(
    validator: &PathValidator<'_>,
    target: &Certificate,
    purpose: Purpose,
    at: Time,
    budget: &Budget,
) -> PathReport {
    let aim = Aim { validator, purpose, at, budget, anchor: None, proving: &[] };
    let (mut report, end) = aim.best(target);
    if let Err(exhausted) = end
        && !(report.anchored && report.faults.is_empty())
    {
        // An unfinished search may have missed a better path.
        report.faults.push(PathFault { position: 0, failure: exhausted.into() });
    }
    report
}

/// Everything that evidence says of each certificate of a path, whatever its age; nothing of its anchor.
pub(super) fn history(
    validator: &PathValidator<'_>,
    report: &PathReport,
    budget: &Budget,
) -> Result<Vec<Vec<Statement>>, Exhausted> {
    let aim = Aim { validator, purpose: Purpose::Any, at: report.at, budget, anchor: None, proving: &[] };
    let all = aim.ask_each(&report.certificates, Force::Issue, revocation::history)?;
    Ok(all.into_iter().map(Option::unwrap_or_default).collect())
}

/// What is looked for.
#[derive(Clone, Copy)]
struct Aim<'a> {
    validator: &'a PathValidator<'a>,
    purpose: Purpose,
    at: Time,
    budget: &'a Budget,
    /// The only anchor that counts, where a path is in question already (RFC 5280 6.3.3 f).
    anchor: Option<&'a Certificate>,
    /// Those whose paths are being proven.
    proving: &'a [Certificate],
}

/// Certificates of a path being built.
type Chain = Vec<Certificate>;

impl<'a> Aim<'a> {
    fn best(&self, target: &Certificate) -> (PathReport, Result<(), Exhausted>) {
        let mut search = Search { aim: *self, best: None, longest: vec![target.clone()], bad_signature: false };
        let end = search.extend(&mut vec![target.clone()]);
        let report = match search.best.take() {
            Some(report) => report,
            None => search.unanchored(),
        };
        (report, end)
    }

    fn anchors(self) -> impl Iterator<Item = &'a TrustAnchor> {
        let counts = move |anchor: &&TrustAnchor| match self.anchor {
            Some(only) => anchor.certificate() == only,
            None => anchor.serves(self.purpose),
        };
        self.validator.anchors.iter().filter(counts)
    }

    /// Anchors, then candidates, each once.
    fn issuers_of(&self, subject: &Certificate) -> Vec<&'a Certificate> {
        let anchors = self.anchors().map(TrustAnchor::certificate);
        let all = anchors.chain(self.validator.candidates).filter(|issuer| may_issue(issuer, subject));
        let mut seen = HashSet::new();
        let mut issuers: Vec<_> = all.filter(|issuer| seen.insert(issuer.as_der())).take(ISSUERS).collect();
        // Those whose key identifier fits come first, then those in force (RFC 4158 3.5.12, 3.5.6); anchors stay before
        // candidates.
        let in_force = |issuer: &Certificate| issuer.validity().standing(self.at) == Standing::Valid;
        issuers.sort_by_key(|issuer| (!key_id_fits(issuer, subject), !in_force(issuer)));
        issuers
    }
}

impl Aim<'_> {
    /// Asks about each certificate of a complete chain, but for the anchor.
    fn ask_each<T>(
        self,
        chain: &[Certificate],
        force: Force,
        ask: impl Fn(&Question<'_>) -> Result<T, Exhausted>,
    ) -> Result<Vec<Option<T>>, Exhausted> {
        let signers: Vec<&Certificate> =
            self.anchors().map(TrustAnchor::certificate).chain(self.validator.candidates).collect();
        let prover = SameAnchor { aim: self, anchor: chain.last() };
        let mut all = Vec::new();
        for (position, certificate) in chain.iter().enumerate() {
            let Some(issuer) = chain.get(position + 1) else {
                all.push(None);
                continue;
            };
            let question = Question {
                certificate,
                issuer,
                at: self.at,
                force,
                evidence: self.validator.revocation,
                signers: &signers,
                prover: &prover,
                budget: self.budget,
            };
            all.push(Some(ask(&question)?));
        }
        Ok(all)
    }
}

struct Search<'a> {
    aim: Aim<'a>,
    best: Option<PathReport>,
    longest: Chain,
    bad_signature: bool,
}

impl Search<'_> {
    /// Depth first; ends when a path is found that leaves nothing to wish. Depth is bounded by [`PATH_LENGTH`].
    fn extend(&mut self, chain: &mut Chain) -> Result<(), Exhausted> {
        let Some(last) = chain.last().cloned() else { return Ok(()) };
        if chain.len() > self.longest.len() {
            self.longest.clone_from(chain);
        }
        if self.aim.anchors().any(|anchor| *anchor.certificate() == last) {
            return self.judge(chain);
        }
        if chain.len() >= PATH_LENGTH {
            return Ok(());
        }
        for issuer in self.aim.issuers_of(&last) {
            // A loop: the same name and key again (RFC 4158 5.2).
            if chain.iter().any(|c| c.subject() == issuer.subject() && c.spki() == issuer.spki()) {
                continue;
            }
            self.aim.budget.spend(Limit::SignatureChecks, 1)?;
            let signed = issuer.public_key().ok().is_some_and(|key| last.verify_signature_by(&key).is_ok());
            if !signed {
                self.bad_signature = true;
                continue;
            }
            chain.push(issuer.clone());
            let end = self.extend(chain);
            chain.pop();
            end?;
            if self.best.as_ref().is_some_and(|best| cost(best) == (0, 0)) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Judges a complete chain and keeps it if it is the best.
    fn judge(&mut self, chain: &Chain) -> Result<(), Exhausted> {
        let Aim { purpose, at, budget, validator, .. } = self.aim;
        budget.spend(Limit::Paths, 1)?;
        let mut faults = rules::judge(chain, purpose, at, budget)?;
        let nothing_asked = PolicyInputs::default();
        let policies = match policies::check(chain, validator.policies.unwrap_or(&nothing_asked)) {
            Ok(policies) => policies,
            Err((position, failure)) => {
                faults.push(PathFault { position, failure });
                Vec::new()
            }
        };
        let (revocation, said): (Vec<_>, Vec<_>) = self.revocation(chain)?.into_iter().unzip();
        for (position, status) in revocation.iter().enumerate() {
            if let RevocationStatus::Revoked { at, reason } = status
                && *at <= self.aim.at
            {
                faults.push(PathFault { position, failure: PathFailure::Revoked { at: *at, reason: *reason } });
            }
        }
        faults.sort_by_key(|fault| fault.position);
        let report = PathReport { certificates: chain.clone(), anchored: true, faults, revocation, said, policies, at };
        if self.best.as_ref().is_none_or(|best| cost(&report) < cost(best)) {
            self.best = Some(report);
        }
        Ok(())
    }

    /// One status for each certificate of a complete chain.
    fn revocation(&self, chain: &Chain) -> Result<Vec<(RevocationStatus, Option<Time>)>, Exhausted> {
        let all = self.aim.ask_each(chain, Force::Judgement, revocation::status)?;
        Ok(all.into_iter().map(|status| status.unwrap_or((RevocationStatus::Anchor, None))).collect())
    }

    /// What can be said where no anchor was reached.
    fn unanchored(self) -> PathReport {
        let failure = if self.bad_signature { PathFailure::Signature } else { PathFailure::NoChain };
        let position = self.longest.len().saturating_sub(1);
        let Aim { purpose, at, budget, .. } = self.aim;
        let mut faults = rules::judge(&self.longest, purpose, at, budget)
            .unwrap_or_else(|end| vec![PathFault { position: 0, failure: end.into() }]);
        faults.push(PathFault { position, failure });
        let revocation = self.longest.iter().map(revocation::published).collect();
        let said = vec![None; self.longest.len()];
        let policies = Vec::new();
        PathReport { certificates: self.longest, anchored: false, faults, revocation, said, policies, at }
    }
}

/// Faults first, then certificates whose status is unknown.
fn cost(report: &PathReport) -> (usize, usize) {
    let unknown = report.revocation.iter().filter(|status| **status == RevocationStatus::Unknown).count();
    (report.faults.len(), unknown)
}

/// Looks for paths of those who sign lists.
struct SameAnchor<'a> {
    aim: Aim<'a>,
    anchor: Option<&'a Certificate>,
}

impl Prover for SameAnchor<'_> {
    /// RFC 5280 6.3.3 f: "the trust anchor for the certification path MUST be the same". A certificate that is proven
    /// by what it signed itself is none, unless its issuer named it for that.
    fn proves(&self, certificate: &Certificate, circle: Circle) -> Result<bool, Exhausted> {
        if self.aim.proving.contains(certificate) {
            return Ok(circle == Circle::Named);
        }
        if self.aim.proving.len() >= PROOFS {
            return Ok(false);
        }
        let mut proving = self.aim.proving.to_vec();
        proving.push(certificate.clone());
        let aim = Aim { purpose: Purpose::Any, anchor: self.anchor, proving: &proving, ..self.aim };
        let (report, end) = aim.best(certificate);
        end?;
        Ok(report.anchored && cost(&report) == (0, 0))
    }
}

/// Name chaining (RFC 5280 6.1.3 a 4).
fn may_issue(issuer: &Certificate, subject: &Certificate) -> bool {
    !subject.issuer().is_empty() && issuer.subject().matches(subject.issuer())
}

fn key_id_fits(issuer: &Certificate, subject: &Certificate) -> bool {
    let wanted = subject.authority_key_id().ok().flatten().and_then(|id| id.key_id);
    wanted.is_some() && wanted == issuer.subject_key_id().ok().flatten()
}
