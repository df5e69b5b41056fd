//! When was it signed, and what follows for things that are valid for a period only.
//!
//! GM/T 0031-2014 6.2.3 d) and EN 319 102-1 agree once the time of signing is proven. A time that is merely claimed may
//! only worsen a verdict: outside a period it condemns (or, for PAdES, leaves doubt); inside it proves nothing.

use crate::policy::{ClaimedOutside, ClaimedTime, Policy, Used};
use crate::report::{Code, Finding};
use crate::time::{Standing, Time, Validity, Zone};
use crate::verify::past::Existence;

/// What is known about the time of signing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    /// What the signer claims.
    pub(crate) claimed: Option<Time>,
    /// Whether the claim is told to a zone: one that is not is believed within all that it can mean.
    pub(crate) zone: Zone,
    /// What a timestamp or the trail of the issuing store proves.
    pub(crate) proven: Option<Time>,
    /// By what.
    pub(crate) proof: Proof<'a>,
    /// The time at which the verdict is given.
    pub(crate) validation: Time,
    /// What a claim outside a period does.
    pub(crate) rule: ClaimRule,
    /// How the policy counts a claim.
    pub(crate) policy: ClaimedTime,
}

/// By what a time of signing is proven.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proof<'a> {
    /// By the record of the act itself: that was when it was signed.
    Act,
    /// By timestamps over what was signed: it was there by then, and may have been signed at any time before
    /// (EN 319 102-1 3.1, proof of existence). Beside it, what else they prove.
    Existence(&'a Existence),
}

impl<'a> Proof<'a> {
    /// The earlier of two proofs.
    pub(crate) fn earliest(
        act: Option<Time>,
        shown: Option<Time>,
        existence: &'a Existence,
    ) -> (Option<Time>, Proof<'a>) {
        match (act, shown) {
            (Some(act), Some(shown)) if shown < act => (Some(shown), Proof::Existence(existence)),
            (Some(act), _) => (Some(act), Proof::Act),
            (None, shown) => (shown, Proof::Existence(existence)),
        }
    }
}

/// What a claimed time outside a period does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimRule {
    /// TOTAL-FAILED: SES_Signature and every signature in OFD (GM/T 0031-2014 6.2.3 d).
    Fails,
    /// INDETERMINATE: PAdES (EN 319 102-1 5.2.6.4).
    Doubts,
}

impl ClaimRule {
    /// For a seal and for every signature in OFD: as GM/T 0031-2014 has it, unless the policy follows EN 319 102-1.
    pub(crate) fn of_seals(policy: &Policy) -> Self {
        match policy.rules().claimed_outside {
            ClaimedOutside::Fails => ClaimRule::Fails,
            ClaimedOutside::Doubts => ClaimRule::Doubts,
        }
    }
}

/// The codes of one kind of period.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeriodCodes {
    pub(crate) expired: Code,
    pub(crate) not_yet_valid: Code,
    pub(crate) no_proof: Code,
}

/// Codes for certificates.
pub(crate) const CERTIFICATE: PeriodCodes =
    PeriodCodes { expired: Code::Expired, not_yet_valid: Code::NotYetValid, no_proof: Code::OutOfBoundsNoPoe };

/// Codes for seals.
pub(crate) const SEAL: PeriodCodes = PeriodCodes {
    expired: Code::SealExpired,
    not_yet_valid: Code::SealNotYetValid,
    no_proof: Code::SealOutOfBoundsNoPoe,
};

impl Moment<'_> {
    /// The instant at which certificates are judged: proven where there is proof (or where the policy takes the claim
    /// for it), else the present.
    pub(crate) fn judged(&self) -> Time {
        self.counted().unwrap_or(self.validation)
    }

    /// The time of signing that counts as such, if any does.
    pub(crate) fn counted(&self) -> Option<Time> {
        match self.policy {
            ClaimedTime::Worsens => self.proven,
            ClaimedTime::Accepted => self.proven.or(self.claimed),
        }
    }

    /// When algorithms were used, as far as that is known.
    pub(crate) fn used(&self) -> Used {
        Used { proven: self.proven, validation: self.validation }
    }

    /// Findings about the claimed time itself.
    pub(crate) fn claim(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self.claimed {
            None if self.proven.is_none() => findings.push(Finding::new(Code::SigningTimeMissing)),
            Some(claimed) if self.zone.span(claimed).0 > self.validation => findings
                .push(Finding::new(Code::SigningTimeInFuture).with("time", claimed).with("now", self.validation)),
            Some(claimed) if self.proven.is_none() => {
                findings.push(Finding::new(Code::TimeClaimedOnly).with("time", claimed));
            }
            _ => {}
        }
        findings
    }

    /// What follows for something that is valid for a period, named `subject` in the report.
    pub(crate) fn period(&self, period: Validity, codes: PeriodCodes, subject: &str) -> Option<Finding> {
        let finding = |code: Code, at: Time| {
            Finding::new(code)
                .with("subject", subject)
                .with("time", at)
                .with("from", period.not_before)
                .with("to", period.not_after)
        };
        let between = |earliest: Time, latest: Time| match (period.standing(earliest), period.standing(latest)) {
            (Standing::Expired, _) => Some(codes.expired),
            (_, Standing::NotYetValid) => Some(codes.not_yet_valid),
            _ => None,
        };
        let outside = |at: Time| between(at, at);
        let by_claim = self.claimed.and_then(|claimed| {
            let (earliest, latest) = self.zone.span(claimed);
            let code = between(earliest, latest)?;
            Some(finding(if self.rule == ClaimRule::Fails { code } else { codes.no_proof }, claimed))
        });
        if let Some(proven) = self.proven {
            let code = outside(proven)?;
            // What is shown to exist after the end may have been made before it.
            let open = code == codes.expired && matches!(self.proof, Proof::Existence(_));
            return Some(if open {
                by_claim.unwrap_or_else(|| finding(codes.no_proof, proven))
            } else {
                finding(code, proven)
            });
        }
        if by_claim.is_some() {
            return by_claim;
        }
        if self.counted().is_some() {
            return None;
        }
        outside(self.validation).map(|_| finding(codes.no_proof, self.validation))
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::ClaimedTime;
    use crate::report::Code;
    use crate::time::{Time, Validity, Zone};
    use crate::verify::moment::{CERTIFICATE, ClaimRule, Moment, Proof, SEAL};
    use crate::verify::past::NOTHING;

    fn at(n: i64) -> Time {
        Time::from_unix(n)
    }

    fn moment(claimed: Option<i64>, proven: Option<i64>, validation: i64, rule: ClaimRule) -> Moment<'static> {
        let policy = ClaimedTime::Worsens;
        let zone = Zone::Stated;
        let (proven, proof) = (proven.map(at), Proof::Act);
        Moment { claimed: claimed.map(at), zone, proven, proof, validation: at(validation), rule, policy }
    }

    fn period() -> Validity {
        Validity { not_before: at(100), not_after: at(200) }
    }

    #[test]
    fn one_row_for_each_case() {
        use ClaimRule::{Doubts, Fails};
        let rows = [
            // claimed, proven, now, rule, expected
            (Some(150), None, 160, Fails, None),
            (Some(250), None, 260, Fails, Some(Code::Expired)),
            (Some(50), None, 160, Fails, Some(Code::NotYetValid)),
            (Some(250), None, 260, Doubts, Some(Code::OutOfBoundsNoPoe)),
            (Some(150), None, 260, Fails, Some(Code::OutOfBoundsNoPoe)),
            (Some(150), None, 260, Doubts, Some(Code::OutOfBoundsNoPoe)),
            (Some(150), Some(151), 260, Fails, None),
            (Some(150), Some(201), 260, Doubts, Some(Code::Expired)),
            (None, None, 150, Doubts, None),
            (None, None, 250, Doubts, Some(Code::OutOfBoundsNoPoe)),
        ];
        for (claimed, proven, now, rule, expected) in rows {
            let found = moment(claimed, proven, now, rule).period(period(), CERTIFICATE, "x").map(|f| f.code);
            assert_eq!(found, expected, "{claimed:?} {proven:?} {now} {rule:?}");
        }
        let seal = moment(Some(250), None, 260, Fails).period(period(), SEAL, "x").map(|f| f.code);
        assert_eq!(seal, Some(Code::SealExpired));
    }

    #[test]
    fn what_is_shown_to_exist_after_an_end_may_have_been_made_before_it() {
        let shown = |claimed, shown, rule| Moment {
            proof: Proof::Existence(&NOTHING),
            ..moment(claimed, Some(shown), 260, rule)
        };
        let found = |moment: Moment<'_>| moment.period(period(), CERTIFICATE, "x").map(|f| f.code);
        assert_eq!(found(shown(Some(150), 201, ClaimRule::Doubts)), Some(Code::OutOfBoundsNoPoe));
        assert_eq!(found(shown(Some(150), 201, ClaimRule::Fails)), Some(Code::OutOfBoundsNoPoe));
        assert_eq!(found(shown(Some(201), 202, ClaimRule::Fails)), Some(Code::Expired), "by its own word");
        assert_eq!(found(shown(None, 99, ClaimRule::Doubts)), Some(Code::NotYetValid), "there before it could be");
        assert_eq!(found(shown(None, 200, ClaimRule::Doubts)), None);
    }

    #[test]
    fn a_claim_in_the_future_leaves_doubt() {
        let found = moment(Some(300), None, 260, ClaimRule::Fails).claim();
        assert_eq!(found[0].code, Code::SigningTimeInFuture);
    }

    #[test]
    fn a_claim_without_a_zone_is_believed_within_all_that_it_can_mean() {
        const HOUR: i64 = 3600;
        let unknown =
            |claimed, now| Moment { zone: Zone::Unknown, ..moment(Some(claimed), None, now, ClaimRule::Fails) };
        let future = |moment: Moment| moment.claim().iter().any(|finding| finding.code == Code::SigningTimeInFuture);
        // A clock in Beijing, read as UTC, runs eight hours ahead.
        assert!(!future(unknown(8 * HOUR, 0)));
        assert!(!future(unknown(14 * HOUR, 0)) && future(unknown(14 * HOUR + 1, 0)));
        let period = Validity { not_before: at(100 * HOUR), not_after: at(200 * HOUR) };
        let found = |hour| unknown(hour * HOUR, 150 * HOUR).period(period, CERTIFICATE, "x").map(|f| f.code);
        assert_eq!((found(88), found(87)), (None, Some(Code::NotYetValid)));
        assert_eq!((found(214), found(215)), (None, Some(Code::Expired)));
        // One that states its zone is taken by its word.
        assert!(future(moment(Some(1), None, 0, ClaimRule::Fails)));
    }

    #[test]
    fn an_accepted_claim_counts_as_the_time_of_signing() {
        let mut moment = moment(Some(150), None, 260, ClaimRule::Fails);
        moment.policy = ClaimedTime::Accepted;
        assert_eq!(moment.judged(), at(150));
        assert_eq!(moment.period(period(), CERTIFICATE, "x"), None);
    }
}
