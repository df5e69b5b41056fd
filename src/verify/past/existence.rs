//! Proofs of existence (EN 319 102-1 V1.3.1 5.6.2.3): since when bytes of a document, and pieces of evidence, are shown to
//! exist.

use std::collections::BTreeMap;

use crate::crypto::{Digest, DigestAlgorithm};
use crate::time::Time;

/// What is proven to exist since when. Nothing is proven by being there: only a timestamp that was itself found valid
/// adds anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Existence {
    /// The beginning of the document up to an offset, since a time.
    beginnings: Vec<(u64, Time)>,
    /// Certificates, lists and answers by their SHA-256.
    pieces: BTreeMap<Vec<u8>, Time>,
}

/// What the timestamps of a document prove of one signature in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    /// Since when the signature, its value included, is shown to exist.
    pub(crate) since: Option<Time>,
    /// What else is.
    pub(crate) existence: &'a Existence,
}

impl Default for Shown<'_> {
    fn default() -> Self {
        Shown { since: None, existence: &NOTHING }
    }
}

/// Where nothing is proven.
pub(crate) static NOTHING: Existence = Existence { beginnings: Vec::new(), pieces: BTreeMap::new() };

impl Existence {
    /// The document's first `length` bytes exist since `time`.
    pub(crate) fn prove_beginning(&mut self, length: u64, time: Time) {
        self.beginnings.push((length, time));
    }

    /// A certificate, by its DER, exists since `time`.
    pub(crate) fn prove_certificate(&mut self, der: &[u8], time: Time) {
        self.prove_piece(&DigestAlgorithm::Sha256.digest(der), time);
    }

    /// A certificate, a list or an answer exists since `time`.
    pub(crate) fn prove_piece(&mut self, digest: &Digest, time: Time) {
        let since = self.pieces.entry(digest.as_bytes().to_vec()).or_insert(time);
        *since = (*since).min(time);
    }

    /// Since when the document's first `length` bytes are shown to exist.
    pub(crate) fn of_beginning(&self, length: u64) -> Option<Time> {
        self.beginnings.iter().filter(|(covered, _)| *covered >= length).map(|(_, time)| *time).min()
    }

    /// Since when a piece is shown to exist.
    pub(crate) fn of_piece(&self, digest: &Digest) -> Option<Time> {
        self.pieces.get(digest.as_bytes()).copied()
    }

    /// Since when a certificate, by its DER, is shown to exist.
    pub(crate) fn of_certificate(&self, der: &[u8]) -> Option<Time> {
        self.of_piece(&DigestAlgorithm::Sha256.digest(der))
    }
}

#[cfg(test)]
mod tests {
    use crate::crypto::DigestAlgorithm;
    use crate::time::Time;
    use crate::verify::past::Existence;

    #[test]
    fn the_earliest_proof_that_covers_counts() {
        let at = Time::from_unix;
        let mut existence = Existence::default();
        assert_eq!(existence.of_beginning(0), None);
        existence.prove_beginning(100, at(10));
        existence.prove_beginning(200, at(20));
        let of = |length| existence.of_beginning(length);
        assert_eq!((of(100), of(101), of(201)), (Some(at(10)), Some(at(20)), None));
        let digest = DigestAlgorithm::Sha256.digest(b"x");
        existence.prove_piece(&digest, at(20));
        existence.prove_piece(&digest, at(10));
        existence.prove_piece(&digest, at(30));
        assert_eq!((existence.of_piece(&digest), existence.of_certificate(b"y")), (Some(at(10)), None));
    }
}
