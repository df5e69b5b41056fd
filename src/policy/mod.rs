//! Which algorithms, key sizes and evidence are accepted, and at which date.
//!
//! A policy is a text in TOML ([`Policy::parse`]); the named ones stand beside this file. The SHA-256 of the text appears
//! in every report, so that a verdict names the rules by which it was given, and whatever is looser than the policy
//! `default` is listed with it. No policy can have anything passed that was not checked: there is no key for the
//! signature value, for digests, for the form of a document or for the path to an anchor.

mod algorithms;
mod fault;
mod parse;
mod rules;
mod settings;

pub use algorithms::{Algorithms, End, Ended, Used, Weakness};
pub use fault::{Fault, FaultKind};
pub use parse::POLICY_BYTES;
pub use rules::{
    ClaimedOutside, ClaimedTime, CoverageNeed, DocumentTimestamps, HighestChange, Overlays, PartialCoverage,
    ProofOfTime, RevocationNeed, Rules, SealState, SignerUsage, UnknownPolicy,
};

pub use settings::Setting;

use crate::crypto::{DigestAlgorithm, PublicKey, SignatureAlgorithm};

/// Name and text of the policies that the program knows; each extends none or an earlier one.
const NAMED: [(&str, &str); 4] = [
    ("default", include_str!("default.toml")),
    ("strict", include_str!("strict.toml")),
    ("gm", include_str!("gm.toml")),
    ("eidas", include_str!("eidas.toml")),
];

/// Rules of acceptance, read from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    name: String,
    extends: Option<String>,
    text: String,
    sha256: String,
    rules: Rules,
    loosened: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        // The text is read without a fault (`the_named_policies_are_read`); if it were not, nothing would be accepted.
        Policy::named("default").unwrap_or_else(|| Policy::of("default".to_owned(), None, "", Rules::closed()))
    }
}

impl Policy {
    /// Names of the policies that the program knows.
    pub const NAMES: [&'static str; 4] = ["default", "strict", "gm", "eidas"];

    /// A policy that the program knows.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Policy::parse(named_text(name)?).ok()
    }

    /// Reads the text of a policy.
    ///
    /// # Errors
    /// Every [`Fault`] that was found, in the order of lines; at least one.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let parse::Parsed { name, extends, rules } = parse::parse(text)?;
        Ok(Policy::of(name, extends, text, rules))
    }

    /// Reads the bytes of a policy's file.
    ///
    /// # Errors
    /// As [`Policy::parse`]; a text that is not UTF-8 is none of TOML.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Policy::parse(text),
            Err(error) => {
                let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let line = before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
                Err(vec![Fault { line, key: String::new(), kind: FaultKind::NotUtf8 }])
            }
        }
    }

    fn of(name: String, extends: Option<String>, text: &str, rules: Rules) -> Self {
        let sha256 = DigestAlgorithm::Sha256.digest(text.as_bytes()).to_hex();
        let mut policy = Policy { name, extends, text: text.to_owned(), sha256, rules, loosened: Vec::new() };
        if policy.name != "default"
            && let Some(default) = Policy::named("default")
        {
            policy.loosened = policy.rules.looser_than(&default.rules);
        }
        policy
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The named policy that it extends.
    #[must_use]
    pub fn extends(&self) -> Option<&str> {
        self.extends.as_deref()
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of its text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Every rule, those of the policy that it extends among them.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Every key with its value.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, Setting)> {
        settings::settings(&self.rules)
    }

    /// Its rules as a text that extends no other policy.
    #[must_use]
    pub fn whole_text(&self) -> String {
        parse::write(&self.name, &self.rules)
    }

    /// What it loosens against the default: the key of each rule, such as `time.claimed` or `algorithms.digests.sha1`.
    #[must_use]
    pub fn loosened(&self) -> Vec<String> {
        self.loosened.clone()
    }

    /// How a merely claimed time counts.
    #[must_use]
    pub fn claimed_time(&self) -> ClaimedTime {
        self.rules.claimed
    }

    /// What makes a signature of this algorithm and key too weak at the time of its use.
    #[must_use]
    pub fn weakness(&self, algorithm: SignatureAlgorithm, key: &PublicKey, used: Used) -> Option<Weakness> {
        self.weak_signature(algorithm, used).or_else(|| self.weak_key(key, used))
    }

    /// Whether a signature algorithm, its digest among it, is too weak.
    #[must_use]
    pub fn weak_signature(&self, algorithm: SignatureAlgorithm, used: Used) -> Option<Weakness> {
        let algorithms = &self.rules.algorithms;
        algorithms.digest(algorithm.digest(), used).or_else(|| algorithms.scheme(algorithm, used))
    }

    /// Whether a digest is too weak.
    #[must_use]
    pub fn weak_digest(&self, digest: DigestAlgorithm, used: Used) -> Option<Weakness> {
        self.rules.algorithms.digest(digest, used)
    }

    /// Whether a key is too short or of a kind that is not accepted.
    #[must_use]
    pub fn weak_key(&self, key: &PublicKey, used: Used) -> Option<Weakness> {
        self.rules.algorithms.key(key, used)
    }
}

/// The text of a policy that the program knows.
fn named_text(name: &str) -> Option<&'static str> {
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use crate::policy::{ClaimedTime, NAMED, Policy};

    #[test]
    fn the_named_policies_are_read() {
        for ((name, text), listed) in NAMED.iter().zip(Policy::NAMES) {
            let policy = Policy::parse(text).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            assert_eq!((policy.name(), *name), (listed, listed));
            assert_eq!(policy.text(), *text);
            assert_eq!(Some(policy), Policy::named(name));
        }
        assert_eq!(Policy::named("nobody's"), None);
    }

    #[test]
    fn the_default_loosens_nothing_and_the_others_what_they_say() {
        let loosened = |name: &str| Policy::named(name).unwrap().loosened();
        assert!(Policy::default().loosened().is_empty());
        assert!(loosened("strict").is_empty());
        assert_eq!(loosened("gm"), ["time.claimed"]);
        let eidas =
            ["algorithms.digests.sha1", "algorithms.digests.sha224", "algorithms.rsa.1024", "seals.claimed-outside"];
        assert_eq!(loosened("eidas"), eidas);
        assert_eq!(Policy::named("gm").unwrap().claimed_time(), ClaimedTime::Accepted);
    }

    #[test]
    fn a_whole_text_says_the_same() {
        for name in Policy::NAMES {
            let policy = Policy::named(name).unwrap();
            let whole = policy.whole_text().replace(&format!("\"{name}\""), "\"copy\"");
            let copy = Policy::parse(&whole).unwrap_or_else(|faults| panic!("{name}: {faults:?}\n{whole}"));
            assert_eq!(copy.rules(), policy.rules(), "{name}");
            assert_eq!(copy.loosened(), policy.loosened(), "{name}");
        }
    }
}
