//! Where a token comes from while something is being signed.

use crate::crypto::{Digest, RandomSource};
use crate::pki::timestamp::authority::ReplyError;
use crate::pki::timestamp::check::{TimestampFaults, VerifiedTimestamp};
use crate::pki::timestamp::request::TimestampRequest;
use crate::pki::timestamp::response::{ResponseError, TimestampResponse};
use crate::pki::{Fetch, FetchError, FetchLimits};

/// Bytes of a nonce (RFC 3161 2.4.1 advises 64 bits).
const NONCE: usize = 8;

/// Media type of a request (RFC 3161 3.4).
const QUERY: &str = "application/timestamp-query";

/// Gives tokens.
pub trait TimestampSource {
    /// A token over a digest, checked against it; trust is for whoever verifies the result.
    ///
    /// # Errors
    /// [`StampError`].
    fn stamp(&self, digest: &Digest) -> Result<VerifiedTimestamp, StampError>;
}

/// Why no token was had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StampError {
    /// The authority could not be asked.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Its answer is not one to what was asked.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// Its token does not hold.
    #[error(transparent)]
    Token(#[from] TimestampFaults),
    /// The store's own authority made none.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// No random bytes.
    #[error("no random bytes for the nonce")]
    Random,
    /// The request could not be written.
    #[error(transparent)]
    Write(#[from] crate::pki::write::WriteError),
}

/// An authority that is asked over HTTP (RFC 3161 3.4).
#[derive(Clone, Copy)]
pub struct HttpAuthority<'a> {
    /// The network.
    pub fetch: &'a dyn Fetch,
    /// Its address.
    pub url: &'a str,
    /// For nonces.
    pub random: &'a dyn RandomSource,
}

impl TimestampSource for HttpAuthority<'_> {
    fn stamp(&self, digest: &Digest) -> Result<VerifiedTimestamp, StampError> {
        let mut nonce = [0; NONCE];
        self.random.fill(&mut nonce).map_err(|_| StampError::Random)?;
        let request = TimestampRequest::over(digest).with_nonce(&nonce);
        let answer = self.fetch.post(self.url, QUERY, &request.to_der()?, &FetchLimits::default())?;
        let token = TimestampResponse::from_der(&answer)?.token_for(&request)?;
        Ok(token.verify_digest(digest, &[])?)
    }
}
