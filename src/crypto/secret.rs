//! Bytes that are wiped when dropped, and where random bytes come from.

/// Secret bytes; wiped on drop, never printed.
pub struct SecretBytes(zeroize::Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes ownership of bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        SecretBytes(zeroize::Zeroizing::new(bytes))
    }
    /// The bytes, for the moment of use.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// Where random bytes come from: the operating system at the edge, a fixed seed in tests.
pub trait RandomSource: Send + Sync {
    /// Fills the buffer with unpredictable bytes.
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()>;
}
