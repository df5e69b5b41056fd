//! Bytes that are wiped when dropped, and where random bytes come from.

use std::convert::Infallible;
use std::fmt;

use rsa::rand_core::{TryCryptoRng, TryRng};

use crate::crypto::DigestAlgorithm;

/// Secret bytes; wiped on drop, never printed.
#[derive(Clone)]
pub struct SecretBytes(zeroize::Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes ownership of bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        SecretBytes(zeroize::Zeroizing::new(bytes))
    }

    /// The bytes, for the moment of use.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

/// Where random bytes come from: the operating system at the edge, a fixed seed in tests.
pub trait RandomSource: Send + Sync {
    /// Fills the buffer with unpredictable bytes.
    ///
    /// # Errors
    /// What the system says; then the buffer must not be used.
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()>;
}

/// A [`RandomSource`] for libraries that know no failing source.
///
/// Prime search asks again and again, so after a failure it is fed distinct worthless bytes to make it end; the caller
/// asks [`InfallibleRandom::failed`] and throws the result away.
pub(crate) struct InfallibleRandom<'a> {
    source: &'a dyn RandomSource,
    failures: u64,
}

impl<'a> InfallibleRandom<'a> {
    pub(crate) fn new(source: &'a dyn RandomSource) -> Self {
        InfallibleRandom { source, failures: 0 }
    }

    pub(crate) fn failed(&self) -> bool {
        self.failures > 0
    }
}

impl TryRng for InfallibleRandom<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        if self.failures > 0 || self.source.fill(buffer).is_err() {
            for piece in buffer.chunks_mut(32) {
                self.failures = self.failures.wrapping_add(1).max(1);
                let filler = DigestAlgorithm::Sha256.digest(&self.failures.to_le_bytes());
                piece.iter_mut().zip(filler.as_bytes()).for_each(|(to, from)| *to = *from);
            }
            self.failures = self.failures.max(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for InfallibleRandom<'_> {}
