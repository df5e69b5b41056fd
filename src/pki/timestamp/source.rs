//! Where a token comes from while something is being signed.

use crate::crypto::{Digest, RandomSource};
use crate::pki::timestamp::authority::{Authority, REPLY_POLICY, ReplyError, Stamp, reply};
use crate::pki::timestamp::check::{TimestampFaults, VerifiedTimestamp};
use crate::pki::timestamp::info::Accuracy;
use crate::pki::timestamp::request::TimestampRequest;
use crate::pki::timestamp::response::{ResponseError, TimestampResponse};
use crate::pki::{Fetch, FetchError, FetchLimits};
use crate::time::Time;

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

/// An authority whose key is at hand: a store's own, for internal use and where there is no network.
#[derive(Clone, Copy)]
pub struct OwnAuthority<'a> {
    /// Who stamps.
    pub authority: Authority<'a>,
    /// The time that tokens state.
    pub time: Time,
    /// For serial numbers.
    pub random: &'a dyn RandomSource,
}

impl OwnAuthority<'_> {
    /// Bytes of a serial number: random ones of this length are never given twice.
    const SERIAL: usize = 16;

    /// The DER of an answer to a request.
    ///
    /// # Errors
    /// [`StampError::Random`], [`StampError::Reply`].
    pub fn answer(&self, request: &TimestampRequest) -> Result<Vec<u8>, StampError> {
        let mut serial = [0; OwnAuthority::SERIAL];
        self.random.fill(&mut serial).map_err(|_| StampError::Random)?;
        let policy = REPLY_POLICY;
        let stamp = Stamp { time: self.time, accuracy: Accuracy::seconds(1), serial: &serial, policy };
        Ok(reply(request, &self.authority, &stamp)?)
    }
}

impl TimestampSource for OwnAuthority<'_> {
    fn stamp(&self, digest: &Digest) -> Result<VerifiedTimestamp, StampError> {
        let request = TimestampRequest::over(digest);
        let token = TimestampResponse::from_der(&self.answer(&request)?)?.token_for(&request)?;
        Ok(token.verify_digest(digest, &[])?)
    }
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
