//! Timestamps of RFC 3161, and of GM/T 0033, which uses the same structures with SM2 and SM3 in containers of GB/T 35275.
//!
//! Read, a token is a [`TimestampToken`]; checked against what it stamps, a [`VerifiedTimestamp`], which says nothing of
//! trust yet: that is a path to an anchor for timestamps ([`VerifiedTimestamp::path`]) and the verifier's policy.
//! [`TimestampRequest`], [`TimestampResponse`] and [`reply`] are the two sides of asking for one; whoever needs a
//! token while making something takes a [`TimestampSource`].

mod authority;
mod check;
mod info;
mod request;
mod response;
mod source;
mod token;

pub use authority::{Authority, REPLY_POLICY, ReplyError, Stamp, reply};
pub use check::{FaultKind, TimestampFault, TimestampFaults, VerifiedTimestamp};
pub use info::{Accuracy, TstInfo};
pub use request::{CertificateWish, RequestError, TimestampRequest};
pub use response::{Failure, ResponseError, ResponseStatus, TimestampResponse, rejection};
pub use source::{HttpAuthority, OwnAuthority, StampError, TimestampSource};
pub use token::TimestampToken;
