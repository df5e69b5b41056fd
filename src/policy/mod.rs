//! Which algorithms, key sizes and evidence are accepted, and at which date.
//!
//! The policy `default` stands in `default.toml` beside this file; its SHA-256 appears in every report, so that a
//! verdict names the rules by which it was given.

use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};

/// Text of the default policy.
const DEFAULT: &str = include_str!("default.toml");

/// Rules of acceptance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    name: String,
    sha256: String,
    digests: Vec<DigestAlgorithm>,
    rsa_bits: usize,
    claimed_time: ClaimedTime,
}

/// What a time that is only claimed may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimedTime {
    /// It may only worsen a verdict.
    Worsens,
    /// It counts as the time of signing, as in GB/T 38540: a loosening, named in the report.
    Accepted,
}

/// What is too weak in a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// A digest that the policy does not accept.
    Digest(DigestAlgorithm),
    /// A key shorter than the policy asks for.
    KeySize {
        /// Its size.
        bits: usize,
        /// What the policy asks for.
        least: usize,
    },
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            name: "default".to_owned(),
            sha256: DigestAlgorithm::Sha256.digest(DEFAULT.as_bytes()).to_hex(),
            digests: vec![
                DigestAlgorithm::Sm3,
                DigestAlgorithm::Sha256,
                DigestAlgorithm::Sha384,
                DigestAlgorithm::Sha512,
            ],
            rsa_bits: 2048,
            claimed_time: ClaimedTime::Worsens,
        }
    }
}

impl Policy {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of its text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What it loosens against the default.
    #[must_use]
    pub fn loosened(&self) -> Vec<String> {
        match self.claimed_time {
            ClaimedTime::Worsens => Vec::new(),
            ClaimedTime::Accepted => vec!["time.claimed".to_owned()],
        }
    }

    /// How a merely claimed time counts.
    #[must_use]
    pub fn claimed_time(&self) -> ClaimedTime {
        self.claimed_time
    }

    /// What makes a signature of this algorithm and key too weak.
    #[must_use]
    pub fn weakness(&self, algorithm: SignatureAlgorithm, key: &PublicKey) -> Option<Weakness> {
        self.weak_digest(algorithm.digest()).or_else(|| self.weak_key(key))
    }

    /// Whether a digest is too weak.
    #[must_use]
    pub fn weak_digest(&self, digest: DigestAlgorithm) -> Option<Weakness> {
        (!self.digests.contains(&digest)).then_some(Weakness::Digest(digest))
    }

    /// Whether a key is too short; only RSA keys come in sizes that matter here.
    #[must_use]
    pub fn weak_key(&self, key: &PublicKey) -> Option<Weakness> {
        let rsa = key.name().starts_with("RSA");
        (rsa && key.bits() < self.rsa_bits).then(|| Weakness::KeySize { bits: key.bits(), least: self.rsa_bits })
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{DEFAULT, Policy};

    #[test]
    fn the_default_in_code_is_the_default_on_paper() {
        let paper: toml::Table = DEFAULT.parse().unwrap();
        let policy = Policy::default();
        assert_eq!(paper["name"].as_str(), Some(policy.name()));
        assert_eq!(paper["algorithms"]["rsa_bits"].as_integer(), Some(2048));
        let digests: Vec<_> =
            paper["algorithms"]["digests"].as_array().unwrap().iter().filter_map(|d| d.as_str()).collect();
        assert_eq!(digests, policy.digests.iter().map(|d| d.name()).collect::<Vec<_>>());
        assert_eq!(paper["time"]["claimed"].as_str(), Some("worsens"));
        assert!(policy.loosened().is_empty());
    }
}
