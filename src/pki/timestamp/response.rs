//! `TimeStampResp` (RFC 3161 2.4.2, GM/T 0033-2014 7.2).
//!
//! ```text
//! TimeStampResp ::= SEQUENCE { status PKIStatusInfo, timeStampToken TimeStampToken OPTIONAL }
//! PKIStatusInfo ::= SEQUENCE { status INTEGER, statusString SEQUENCE OF UTF8String OPTIONAL, failInfo BIT STRING OPTIONAL }
//! ```

use crate::limits::VALUE_BYTES;
use crate::pki::ber::{BerError, Encoding, Reader, tag};
use crate::pki::timestamp::check::TimestampFault;
use crate::pki::timestamp::request::{CertificateWish, TimestampRequest};
use crate::pki::timestamp::token::TimestampToken;
use crate::pki::write;

/// Most lines of `statusString` that are read.
const LINES: usize = 16;

/// An answer as read; nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampResponse {
    status: ResponseStatus,
    text: Vec<String>,
    failure: Option<Failure>,
    token: Option<Vec<u8>>,
}

/// `PKIStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseStatus {
    /// 0: as asked.
    Granted,
    /// 1: with changes.
    GrantedWithMods,
    /// 2: refused.
    Rejection,
    /// 3: not yet.
    Waiting,
    /// 4, 5 and whatever else.
    Other(u64),
}

/// `PKIFailureInfo`: why an authority refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Failure {
    /// Unknown digest algorithm.
    BadAlg = 0,
    /// The request is not permitted or supported.
    BadRequest = 2,
    /// Malformed.
    BadDataFormat = 5,
    /// The authority's time is not available.
    TimeNotAvailable = 14,
    /// The policy is not one of the authority's.
    UnacceptedPolicy = 15,
    /// An extension that is not supported.
    UnacceptedExtension = 16,
    /// Information asked for is not at hand.
    AddInfoNotAvailable = 17,
    /// A fault of the authority.
    SystemFailure = 25,
}

/// Why there is no token for a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// Not the structure.
    #[error("malformed timestamp response: {0}")]
    Malformed(#[from] BerError),
    /// Larger than any response.
    #[error("the timestamp response is too large")]
    TooLarge,
    /// The authority did not grant it.
    #[error("the authority did not grant the timestamp: {status:?} {text}")]
    Refused {
        /// What it answered.
        status: ResponseStatus,
        /// Why, where it says so in a way that the standard knows.
        failure: Option<Failure>,
        /// Why, in its words.
        text: String,
    },
    /// Granted, without a token.
    #[error("granted, without a token")]
    NoToken,
    /// What stands in the token's place is none.
    #[error(transparent)]
    Token(#[from] TimestampFault),
    /// The token stamps something else than what was asked for (RFC 3161 2.2).
    #[error("the token stamps something else than what was asked for")]
    OtherImprint,
    /// The nonce is missing or another one (RFC 3161 2.2).
    #[error("the nonce of the token is not that of the request")]
    OtherNonce,
    /// The policy is not the one asked for.
    #[error("the policy {found} is not the one asked for")]
    OtherPolicy {
        /// As the token names it.
        found: String,
    },
    /// The certificate was asked for and is missing (RFC 3161 2.4.1).
    #[error("the authority's certificate was asked for and is missing")]
    NoCertificate,
}

impl TimestampResponse {
    /// Reads a response; nothing may follow it.
    ///
    /// # Errors
    /// [`ResponseError::Malformed`], [`ResponseError::TooLarge`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, ResponseError> {
        if bytes.len() as u64 > VALUE_BYTES {
            return Err(ResponseError::TooLarge);
        }
        // The token within may be BER, as RFC 5652 5.1 allows.
        let mut outer = Reader::new(bytes, Encoding::Ber);
        let mut fields = outer.enter(tag::SEQUENCE)?;
        outer.end()?;
        let mut status_info = fields.enter(tag::SEQUENCE)?;
        let status = match status_info.next()?.unsigned()? {
            0 => ResponseStatus::Granted,
            1 => ResponseStatus::GrantedWithMods,
            2 => ResponseStatus::Rejection,
            3 => ResponseStatus::Waiting,
            other => ResponseStatus::Other(other),
        };
        let mut text = Vec::new();
        if let Some(lines) = status_info.optional(tag::SEQUENCE)? {
            let mut lines = status_info.inside(&lines)?;
            while !lines.is_empty() && text.len() < LINES {
                text.push(String::from_utf8_lossy(lines.expect(tag::UTF8_STRING)?.content).into_owned());
            }
        }
        let failure = status_info.optional(tag::BIT_STRING)?.and_then(|bits| Failure::read(bits.content));
        status_info.end()?;
        let token = fields.optional(tag::SEQUENCE)?.map(|token| token.bytes.to_vec());
        fields.end()?;
        Ok(TimestampResponse { status, text, failure, token })
    }

    /// What the authority answered.
    #[must_use]
    pub fn status(&self) -> ResponseStatus {
        self.status
    }

    /// The token, where one was granted; whether it answers a request is not looked at.
    ///
    /// # Errors
    /// [`ResponseError`].
    pub fn granted(&self) -> Result<TimestampToken, ResponseError> {
        if !matches!(self.status, ResponseStatus::Granted | ResponseStatus::GrantedWithMods) {
            let (status, failure) = (self.status, self.failure);
            return Err(ResponseError::Refused { status, failure, text: self.text.join(" ") });
        }
        Ok(TimestampToken::read(self.token.as_deref().ok_or(ResponseError::NoToken)?)?)
    }

    /// The token that answers `request`: same imprint, same nonce, and the policy and certificate where they were asked
    /// for (RFC 3161 2.2). Its value is verified by [`TimestampToken::verify`].
    ///
    /// # Errors
    /// [`ResponseError`].
    pub fn token_for(&self, request: &TimestampRequest) -> Result<TimestampToken, ResponseError> {
        let token = self.granted()?;
        request.answered_by(&token)?;
        Ok(token)
    }
}

impl TimestampRequest {
    /// Whether a token answers this request: same imprint, same nonce, and the policy and certificate where they were
    /// asked for (RFC 3161 2.2).
    ///
    /// # Errors
    /// [`ResponseError`]: the first that differs.
    pub fn answered_by(&self, token: &TimestampToken) -> Result<(), ResponseError> {
        let (request, info) = (self, token.info());
        let same_algorithm = info.digest_oid == request.digest_oid()
            || info.digest_algorithm().is_some_and(|own| request.digest().is_some_and(|d| d.algorithm() == own));
        if !same_algorithm || info.imprint != request.imprint() {
            return Err(ResponseError::OtherImprint);
        }
        if info.nonce.as_deref() != request.nonce() {
            return Err(ResponseError::OtherNonce);
        }
        if request.policy().is_some_and(|asked| asked != info.policy) {
            return Err(ResponseError::OtherPolicy { found: info.policy.clone() });
        }
        if request.certificates() == CertificateWish::Included && token.certificate(&[]).is_none() {
            return Err(ResponseError::NoCertificate);
        }
        Ok(())
    }
}

impl Failure {
    const ALL: [Failure; 8] = [
        Failure::BadAlg,
        Failure::BadRequest,
        Failure::BadDataFormat,
        Failure::TimeNotAvailable,
        Failure::UnacceptedPolicy,
        Failure::UnacceptedExtension,
        Failure::AddInfoNotAvailable,
        Failure::SystemFailure,
    ];

    /// The first bit set that the standard knows (RFC 3161 2.4.2).
    fn read(content: &[u8]) -> Option<Self> {
        let (_, bits) = content.split_first()?;
        let set = |n: u8| bits.get(usize::from(n / 8)).is_some_and(|byte| byte & (0x80 >> (n % 8)) != 0);
        Failure::ALL.into_iter().find(|failure| set(*failure as u8))
    }
}

/// DER of an answer that refuses.
#[must_use]
pub fn rejection(failure: Failure, text: &str) -> Vec<u8> {
    let lines = write::sequence(&[&write::utf8(text)]);
    let bits = write::named_bits(&[failure as u8]);
    write::sequence(&[&write::sequence(&[&write::integer(2), &lines, &bits])])
}

/// DER of an answer that grants a token.
pub(super) fn grant(token: &[u8]) -> Vec<u8> {
    write::sequence(&[&write::sequence(&[&write::integer(0)]), token])
}
