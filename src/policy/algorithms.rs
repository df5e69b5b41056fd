//! Algorithms and key sizes, each accepted until a date.

use std::collections::BTreeMap;
use std::fmt;

use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};
use crate::time::Time;

/// Until when something is accepted, in rising order of generosity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// It is not.
    #[default]
    Never,
    /// To the end of this day: the instant after its last second, UTC.
    Until(Time),
    /// No end is known.
    Open,
}

/// When something was used, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// By proof. A claimed time never speaks for an algorithm, whatever the policy says of it.
    pub proven: Option<Time>,
    /// The time of judgement.
    pub validation: Time,
}

/// Algorithms and key sizes that a policy accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Algorithms {
    /// By the name of [`digest_key`].
    pub(crate) digests: BTreeMap<&'static str, End>,
    /// By the name of [`signature_key`].
    pub(crate) signatures: BTreeMap<&'static str, End>,
    /// Keys on curves, by the name of [`curve_key`].
    pub(crate) curves: BTreeMap<&'static str, End>,
    /// RSA keys of at least so many bits.
    pub(crate) rsa: BTreeMap<u32, End>,
}

/// Names of digests in a policy.
pub(crate) const DIGESTS: [&str; 7] = ["sm3", "sha224", "sha256", "sha384", "sha512", "sha1", "md5"];
/// Names of signature schemes.
pub(crate) const SIGNATURES: [&str; 5] = ["sm2", "ecdsa", "rsa-pkcs1", "rsa-pss", "ed25519"];
/// Names of curves.
pub(crate) const CURVES: [&str; 5] = ["sm2", "p256", "p384", "p521", "ed25519"];

/// Something too weak for the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakness {
    /// What: `SHA-1`, `RSA-1024`, `ECDSA`.
    pub what: String,
    /// Since when, and how far that is shown.
    pub ended: Ended,
}

/// How an algorithm stands to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The policy never accepts it.
    NeverAccepted,
    /// It was used after its end, as is proven.
    Before(Time),
    /// It has ended, and nothing proves that it was used before (EN 319 102-1 table 6,
    /// CRYPTO_CONSTRAINTS_FAILURE_NO_POE).
    Unproven(Time),
}

impl Algorithms {
    /// Whether a digest is too weak.
    pub(crate) fn digest(&self, digest: DigestAlgorithm, used: Used) -> Option<Weakness> {
        let end = self.digests.get(digest_key(digest)).copied().unwrap_or_default();
        weak(end, used, || digest.name().to_owned())
    }

    /// Whether a signature scheme is, apart from its digest.
    pub(crate) fn scheme(&self, algorithm: SignatureAlgorithm, used: Used) -> Option<Weakness> {
        let end = self.signatures.get(signature_key(algorithm)).copied().unwrap_or_default();
        weak(end, used, || algorithm.name())
    }

    /// Whether a key is too short, or on a curve that is not accepted.
    pub(crate) fn key(&self, key: &PublicKey, used: Used) -> Option<Weakness> {
        let end = match curve_key(key) {
            Some(curve) => self.curves.get(curve).copied().unwrap_or_default(),
            None => self.rsa_end(u32::try_from(key.bits()).unwrap_or(u32::MAX)),
        };
        weak(end, used, || match (curve_key(key), self.least_rsa()) {
            (None, Some(least)) => format!("{} < {least}", key.name()),
            _ => key.name(),
        })
    }

    fn rsa_end(&self, bits: u32) -> End {
        self.rsa.range(..=bits).next_back().map(|(_, end)| *end).unwrap_or_default()
    }

    /// The smallest RSA key that is accepted without an end.
    fn least_rsa(&self) -> Option<u32> {
        self.rsa.iter().find(|(_, end)| **end == End::Open).map(|(bits, _)| *bits)
    }

    /// Names of what is accepted here longer than there.
    pub(crate) fn looser_than(&self, other: &Algorithms) -> Vec<String> {
        let mut names = Vec::new();
        let tables = [
            ("digests", &self.digests, &other.digests),
            ("signatures", &self.signatures, &other.signatures),
            ("curves", &self.curves, &other.curves),
        ];
        for (table, mine, theirs) in tables {
            let longer = mine.iter().filter(|(name, end)| **end > theirs.get(*name).copied().unwrap_or_default());
            names.extend(longer.map(|(name, _)| format!("algorithms.{table}.{name}")));
        }
        // Between two steps of one table the other may have one.
        let mut steps: Vec<u32> = self.rsa.keys().chain(other.rsa.keys()).copied().collect();
        steps.sort_unstable();
        steps.dedup();
        let longer = steps.into_iter().filter(|bits| self.rsa_end(*bits) > other.rsa_end(*bits));
        names.extend(longer.map(|bits| format!("algorithms.rsa.{bits}")));
        names
    }
}

impl End {
    fn passed(self, at: Time) -> bool {
        match self {
            End::Never => true,
            End::Until(end) => at >= end,
            End::Open => false,
        }
    }
}

impl fmt::Display for End {
    /// As it stands in a file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Never => f.write_str("\"never\""),
            End::Until(end) => {
                let last = end.plus_seconds(-1).to_string();
                f.write_str(last.split('T').next().unwrap_or_default())
            }
            End::Open => f.write_str("\"open\""),
        }
    }
}

fn weak(end: End, used: Used, what: impl FnOnce() -> String) -> Option<Weakness> {
    let ended = match (end, used.proven) {
        (End::Never, _) => Ended::NeverAccepted,
        (End::Until(at), Some(proven)) if end.passed(proven) => Ended::Before(at),
        (End::Until(at), None) if end.passed(used.validation) => Ended::Unproven(at),
        _ => return None,
    };
    Some(Weakness { what: what(), ended })
}

fn digest_key(digest: DigestAlgorithm) -> &'static str {
    match digest {
        DigestAlgorithm::Sm3 => "sm3",
        DigestAlgorithm::Sha224 => "sha224",
        DigestAlgorithm::Sha256 => "sha256",
        DigestAlgorithm::Sha384 => "sha384",
        DigestAlgorithm::Sha512 => "sha512",
        DigestAlgorithm::Sha1 => "sha1",
        DigestAlgorithm::Md5 => "md5",
    }
}

fn signature_key(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm {
        SignatureAlgorithm::Sm2Sm3 => "sm2",
        SignatureAlgorithm::Ecdsa(_) => "ecdsa",
        SignatureAlgorithm::RsaPkcs1(_) => "rsa-pkcs1",
        SignatureAlgorithm::RsaPss { .. } => "rsa-pss",
        SignatureAlgorithm::Ed25519 => "ed25519",
    }
}

/// `None` for RSA.
fn curve_key(key: &PublicKey) -> Option<&'static str> {
    match key.name().as_str() {
        "SM2" => Some("sm2"),
        "P-256" => Some("p256"),
        "P-384" => Some("p384"),
        "P-521" => Some("p521"),
        "Ed25519" => Some("ed25519"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::crypto::DigestAlgorithm;
    use crate::policy::algorithms::{Algorithms, End, Ended, Used};
    use crate::time::Time;

    #[test]
    fn an_end_is_judged_at_the_proven_time_else_now() {
        let at = Time::from_unix;
        let algorithms =
            Algorithms { digests: [("sha1", End::Until(at(100)))].into_iter().collect(), ..Algorithms::default() };
        let judged = |digest, proven: Option<i64>, now| {
            algorithms.digest(digest, Used { proven: proven.map(at), validation: at(now) }).map(|weak| weak.ended)
        };
        let sha1 = DigestAlgorithm::Sha1;
        assert_eq!(judged(sha1, None, 99), None);
        assert_eq!(judged(sha1, None, 100), Some(Ended::Unproven(at(100))));
        assert_eq!(judged(sha1, Some(99), 1000), None);
        assert_eq!(judged(sha1, Some(100), 1000), Some(Ended::Before(at(100))));
        assert_eq!(judged(DigestAlgorithm::Md5, Some(1), 1), Some(Ended::NeverAccepted));
    }

    #[test]
    fn a_size_counts_from_the_step_below_it() {
        let rsa = [(1024, End::Until(Time::from_unix(5))), (2048, End::Open)].into_iter().collect();
        let algorithms = Algorithms { rsa, ..Algorithms::default() };
        let ends = [1023, 1024, 2047, 2048, 9000].map(|bits| algorithms.rsa_end(bits));
        let until = End::Until(Time::from_unix(5));
        assert_eq!(ends, [End::Never, until, until, End::Open, End::Open]);
    }
}
