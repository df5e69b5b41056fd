//! Validation time sliding (EN 319 102-1 V1.3.1 5.6.2.2): from the present back along a path, to the last instant at which
//! nothing is known against any of its certificates.
//!
//! From the anchor downwards, each certificate is asked about with evidence that is shown to exist before the control
//! time, that is while those who signed it could be relied on. Revoked: the control time becomes the time of revocation.
//! Good by evidence that is in force at the control time: it stays. Good by older evidence: it becomes the time at
//! which that was issued, for nobody knows what came later.

use crate::pki::revocation::{RevocationStatus, Says, Statement, published};
use crate::pki::{Certificate, RevocationReason};
use crate::time::Time;
use crate::verify::past::Existence;
use crate::verify::{OwnStatus, Register};

/// What sliding rests on.
pub(crate) struct Grounds<'a> {
    /// What verified evidence says of each certificate of the path.
    pub(crate) history: &'a [Vec<Statement>],
    /// Since when things are shown to exist.
    pub(crate) existence: &'a Existence,
    /// What the store knows of its own certificates.
    pub(crate) register: &'a dyn Register,
    /// The time of validation: what is at hand exists at least now.
    pub(crate) now: Time,
    /// Since when the signature is shown to exist, and with it the certificate that it names.
    pub(crate) shown: Time,
    /// How old evidence may be at the control time, in seconds, where the policy says so (EN 319 102-1 5.2.5).
    pub(crate) max_age: Option<i64>,
}

/// Where the control time came to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slide {
    /// The control time: what is shown to exist by then may be relied on.
    pub(crate) control: Time,
    /// Everything that was met on the way, from the anchor downwards.
    pub(crate) stops: Vec<Stop>,
}

/// Something met on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    /// Place of the certificate in its path.
    pub(crate) position: usize,
    /// The control time behind it.
    pub(crate) control: Time,
    /// What it was.
    pub(crate) cause: Cause,
}

/// What was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Revoked.
    Revoked {
        /// Since when.
        at: Time,
        /// Why.
        reason: RevocationReason,
    },
    /// Good by evidence that is not in force any more.
    Stale {
        /// When the newest was issued.
        issued: Time,
    },
    /// The certificate ended.
    Ended {
        /// When.
        not_after: Time,
    },
    /// There is evidence, but none of it is shown to exist while its signer could be relied on.
    Unproven,
    /// The certificate itself is not shown to exist while its issuer could be relied on.
    CertificateUnproven,
    /// It names a source of evidence, and none is at hand.
    Missing,
    /// The store that issued it cannot read what it knows.
    Unreadable,
    /// It names no source, and none is at hand.
    NotPublished,
}

/// Slides from the present along a path: the certificate asked about first, the anchor last.
pub(crate) fn slide(path: &[Certificate], grounds: &Grounds<'_>) -> Slide {
    let mut slide = Slide { control: grounds.now, stops: Vec::new() };
    for (position, certificate) in path.iter().enumerate().rev() {
        if position + 1 < path.len() {
            slide.pass(position, certificate, grounds);
        }
        // Behind its end nobody speaks for a certificate any more.
        let not_after = certificate.validity().not_after;
        if not_after < slide.control {
            slide.stop(position, not_after, Cause::Ended { not_after });
        }
    }
    slide
}

impl Slide {
    fn stop(&mut self, position: usize, control: Time, cause: Cause) {
        self.control = self.control.min(control);
        self.stops.push(Stop { position, control: self.control, cause });
    }

    fn pass(&mut self, position: usize, certificate: &Certificate, grounds: &Grounds<'_>) {
        let control = self.control;
        let known = grounds.existence.of_certificate(certificate.as_der()).unwrap_or(grounds.now);
        // The signature names its certificate, so that this is not younger.
        let known = if position == 0 { known.min(grounds.shown) } else { known };
        if known > control {
            self.stop(position, control, Cause::CertificateUnproven);
        }
        let all = grounds.history.get(position).map(Vec::as_slice).unwrap_or_default();
        let usable: Vec<&Statement> = all.iter().filter(|one| is_usable(one, control, grounds)).collect();
        let own = grounds.register.own_status(certificate);
        let own_revocation = match own {
            OwnStatus::Revoked { at } => Some((at, RevocationReason::Unspecified)),
            _ => None,
        };
        if let Some((at, reason)) = revoked(&usable).or(own_revocation) {
            return self.stop(position, at, Cause::Revoked { at, reason });
        }
        let newest = usable.iter().filter(|one| one.says == Says::Good).max_by_key(|one| one.issued);
        match (own, newest) {
            (OwnStatus::Unreadable, _) => self.stop(position, control, Cause::Unreadable),
            (OwnStatus::Good, _) => {}
            (_, Some(good)) if is_fresh(good, control, grounds) => {}
            (_, Some(good)) => self.stop(position, good.issued, Cause::Stale { issued: good.issued }),
            (_, None) if !all.is_empty() => self.stop(position, control, Cause::Unproven),
            (_, None) if published(certificate) == RevocationStatus::NotPublished => {
                self.stop(position, control, Cause::NotPublished);
            }
            (_, None) => self.stop(position, control, Cause::Missing),
        }
    }
}

/// Revocation freshness (EN 319 102-1 5.2.5): in force at the control time, and no older than the policy allows.
fn is_fresh(statement: &Statement, control: Time, grounds: &Grounds<'_>) -> bool {
    let young = grounds.max_age.is_none_or(|seconds| control <= statement.issued.plus_seconds(seconds));
    young && statement.until.is_some_and(|until| control <= until)
}

/// Shown to exist before the control time and before its signer's certificate ended: what is signed later by such a key
/// may have been made by anybody.
fn is_usable(statement: &Statement, control: Time, grounds: &Grounds<'_>) -> bool {
    let since = |piece| grounds.existence.of_piece(piece).unwrap_or(grounds.now);
    let shown = statement.pieces.iter().map(since).max().unwrap_or(grounds.now);
    // What is issued after the time of validation is known now, and says no less.
    let in_time = statement.issued <= control || control == grounds.now;
    shown <= control && shown <= statement.signer_ends && in_time
}

/// The earliest revocation that stands: a hold ends where later evidence does not know it any more (RFC 5280 5.3.1).
fn revoked(usable: &[&Statement]) -> Option<(Time, RevocationReason)> {
    let released = |said: Time| usable.iter().any(|other| matches!(other.says, Says::Good) && other.issued > said);
    let standing = usable.iter().filter_map(|one| match one.says {
        Says::Revoked { reason: RevocationReason::CertificateHold, .. } if released(one.issued) => None,
        Says::Revoked { at, reason } => Some((at, reason)),
        Says::Good | Says::GoodForSome => None,
    });
    standing.min_by_key(|(at, reason)| (*reason == RevocationReason::CertificateHold, *at))
}
