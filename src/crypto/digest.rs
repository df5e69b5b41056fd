//! Message digests.

use std::fmt::Write as _;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};
use sm3::Sm3;

/// A digest algorithm. SHA-1 and MD5 are read, never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// GB/T 32905.
    Sm3,
    /// FIPS 180-4.
    Sha224,
    /// FIPS 180-4.
    Sha256,
    /// FIPS 180-4.
    Sha384,
    /// FIPS 180-4.
    Sha512,
    /// FIPS 180-4; collisions are feasible.
    Sha1,
    /// RFC 1321; collisions are easy.
    Md5,
}

impl DigestAlgorithm {
    /// Every algorithm, for the way back from an object identifier.
    pub(crate) const ALL: [DigestAlgorithm; 7] = [
        DigestAlgorithm::Sm3,
        DigestAlgorithm::Sha224,
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha384,
        DigestAlgorithm::Sha512,
        DigestAlgorithm::Sha1,
        DigestAlgorithm::Md5,
    ];

    /// Length of a digest in bytes.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            DigestAlgorithm::Sm3 | DigestAlgorithm::Sha256 => 32,
            DigestAlgorithm::Sha224 => 28,
            DigestAlgorithm::Sha384 => 48,
            DigestAlgorithm::Sha512 => 64,
            DigestAlgorithm::Sha1 => 20,
            DigestAlgorithm::Md5 => 16,
        }
    }

    /// `SM3`, `SHA-256`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DigestAlgorithm::Sm3 => "SM3",
            DigestAlgorithm::Sha224 => "SHA-224",
            DigestAlgorithm::Sha256 => "SHA-256",
            DigestAlgorithm::Sha384 => "SHA-384",
            DigestAlgorithm::Sha512 => "SHA-512",
            DigestAlgorithm::Sha1 => "SHA-1",
            DigestAlgorithm::Md5 => "MD5",
        }
    }

    /// Dotted object identifier (GM/T 0006, RFC 5754 2, RFC 3370 2).
    #[must_use]
    pub fn oid(self) -> &'static str {
        match self {
            DigestAlgorithm::Sm3 => "1.2.156.10197.1.401",
            DigestAlgorithm::Sha224 => "2.16.840.1.101.3.4.2.4",
            DigestAlgorithm::Sha256 => "2.16.840.1.101.3.4.2.1",
            DigestAlgorithm::Sha384 => "2.16.840.1.101.3.4.2.2",
            DigestAlgorithm::Sha512 => "2.16.840.1.101.3.4.2.3",
            DigestAlgorithm::Sha1 => "1.3.14.3.2.26",
            DigestAlgorithm::Md5 => "1.2.840.113549.2.5",
        }
    }

    /// From a dotted object identifier. The arc `1.2.156.10197.1.401.1` (SM3 without a key) is SM3 as well.
    #[must_use]
    pub fn from_oid(oid: &str) -> Option<Self> {
        if oid == "1.2.156.10197.1.401.1" {
            return Some(DigestAlgorithm::Sm3);
        }
        DigestAlgorithm::ALL.into_iter().find(|algorithm| algorithm.oid() == oid)
    }

    /// Digest of bytes in memory.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }

    /// Whether collisions are feasible (MD5, SHA-1).
    #[must_use]
    pub fn is_weak(self) -> bool {
        matches!(self, DigestAlgorithm::Sha1 | DigestAlgorithm::Md5)
    }
}

/// A finished digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    bytes: Vec<u8>,
}

impl Digest {
    /// A digest that was stored somewhere. `None` if the length is not that of the algorithm.
    #[must_use]
    pub fn from_stored(algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == algorithm.length()).then(|| Digest { algorithm, bytes: bytes.to_vec() })
    }

    /// The algorithm that made it.
    #[must_use]
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Lower-case hexadecimal text.
    #[must_use]
    pub fn to_hex(&self) -> String {
        let mut text = String::with_capacity(self.bytes.len() * 2);
        for byte in &self.bytes {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// A digest being made over a stream.
#[derive(Clone, Debug)]
pub struct Hasher {
    algorithm: DigestAlgorithm,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Sm3(Sm3),
    Sha224(Sha224),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
    Sha1(Sha1),
    Md5(Md5),
}

impl Hasher {
    /// Starts.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        let state = match algorithm {
            DigestAlgorithm::Sm3 => State::Sm3(Sm3::new()),
            DigestAlgorithm::Sha224 => State::Sha224(Sha224::new()),
            DigestAlgorithm::Sha256 => State::Sha256(Sha256::new()),
            DigestAlgorithm::Sha384 => State::Sha384(Sha384::new()),
            DigestAlgorithm::Sha512 => State::Sha512(Sha512::new()),
            DigestAlgorithm::Sha1 => State::Sha1(Sha1::new()),
            DigestAlgorithm::Md5 => State::Md5(Md5::new()),
        };
        Hasher { algorithm, state }
    }

    /// What it makes.
    #[must_use]
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Sm3(state) => state.update(bytes),
            State::Sha224(state) => state.update(bytes),
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
            State::Sha1(state) => state.update(bytes),
            State::Md5(state) => state.update(bytes),
        }
    }

    /// Ends.
    #[must_use]
    pub fn finish(self) -> Digest {
        let bytes = match self.state {
            State::Sm3(state) => state.finalize().to_vec(),
            State::Sha224(state) => state.finalize().to_vec(),
            State::Sha256(state) => state.finalize().to_vec(),
            State::Sha384(state) => state.finalize().to_vec(),
            State::Sha512(state) => state.finalize().to_vec(),
            State::Sha1(state) => state.finalize().to_vec(),
            State::Md5(state) => state.finalize().to_vec(),
        };
        Digest { algorithm: self.algorithm, bytes }
    }
}

#[cfg(test)]
mod tests {
    use crate::crypto::{Digest, DigestAlgorithm, Hasher};

    /// GB/T 32905 annex A.1 (SM3), FIPS 180-4 examples and RFC 1321 A.5, each over `abc`.
    #[test]
    fn digests_of_abc() {
        let known = [
            (DigestAlgorithm::Sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            (DigestAlgorithm::Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (DigestAlgorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (DigestAlgorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (DigestAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
        ];
        for (algorithm, hex) in known {
            assert_eq!(algorithm.digest(b"abc").to_hex(), hex, "{}", algorithm.name());
        }
    }

    #[test]
    fn the_table_is_consistent() {
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(DigestAlgorithm::from_oid(algorithm.oid()), Some(algorithm));
            assert_eq!(algorithm.digest(b"").as_bytes().len(), algorithm.length());
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            assert_eq!(hasher.finish(), algorithm.digest(b"abc"));
            assert_eq!(Digest::from_stored(algorithm, &[0; 3]), None);
        }
        assert_eq!(DigestAlgorithm::from_oid("1.2.3"), None);
    }
}
