//! Message digests.

/// A digest algorithm. SHA-1 and MD5 are read, never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum DigestAlgorithm {
    Sm3,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha1,
    Md5,
}

impl DigestAlgorithm {
    /// Length of a digest in bytes.
    pub fn length(self) -> usize {
        todo!()
    }
    /// `SM3`, `SHA-256`, ...
    pub fn name(self) -> &'static str {
        todo!()
    }
    /// Dotted object identifier.
    pub fn oid(self) -> &'static str {
        todo!()
    }
    /// From a dotted object identifier.
    pub fn from_oid(_oid: &str) -> Option<Self> {
        todo!()
    }
    /// Digest of bytes in memory.
    pub fn digest(self, _bytes: &[u8]) -> Digest {
        todo!()
    }
    /// Whether collisions are feasible (MD5, SHA-1).
    pub fn is_weak(self) -> bool {
        todo!()
    }
}

/// A finished digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    bytes: Vec<u8>,
}

impl Digest {
    /// The algorithm that made it.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }
    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// Lower-case hexadecimal text.
    pub fn to_hex(&self) -> String {
        todo!()
    }
}

/// A digest being made over a stream.
#[derive(Clone, Debug)]
pub struct Hasher;

impl Hasher {
    /// Starts.
    pub fn new(_algorithm: DigestAlgorithm) -> Self {
        todo!()
    }
    /// Takes more bytes.
    pub fn update(&mut self, _bytes: &[u8]) {
        todo!()
    }
    /// Ends.
    pub fn finish(self) -> Digest {
        todo!()
    }
}
