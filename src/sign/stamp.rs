//! A timestamp over the new value, put into its container (PAdES B-T: EN 319 142-1 6.3; GB/T 38540-2020 7.1).

use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};
use crate::pki::cms::with_timestamp;
use crate::pki::timestamp::TimestampSource;
use crate::sign::{Remark, Request, SignError};
use crate::signature::ses;

/// Room for a token in /Contents, in bytes: tokens with the path of their authority have 3 to 8 KiB.
pub(crate) const ROOM: usize = 16 << 10;

/// A timestamp that the new signature is to carry.
#[derive(Clone, Copy)]
pub struct Timestamping<'a> {
    /// Where the token comes from.
    pub source: &'a dyn TimestampSource,
    /// What happens without one.
    pub need: Need,
}

/// Whether a signature may do without the timestamp that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Need {
    /// It may not: nothing is signed without.
    #[default]
    Required,
    /// It may; it is told by [`Remark::TimestampMissing`].
    BestEffort,
}

/// Which container a value is in.
#[derive(Clone, Copy)]
pub(crate) enum Around {
    Cms,
    Ses,
}

/// The container with its timestamp, where one is asked for. `room` is the most bytes that it may have.
pub(crate) fn stamped(
    request: &Request<'_>,
    around: Around,
    (container, value): (Vec<u8>, &[u8]),
    room: usize,
    remarks: &mut Vec<Remark>,
) -> Result<Vec<u8>, SignError> {
    let Some(timestamping) = &request.timestamping else { return Ok(container) };
    match with_token(request, timestamping.source, around, (&container, value), room) {
        Ok(stamped) => Ok(stamped),
        Err(_) if timestamping.need == Need::BestEffort => {
            remarks.push(Remark::TimestampMissing);
            Ok(container)
        }
        Err(error) => Err(error),
    }
}

fn with_token(
    request: &Request<'_>,
    source: &dyn TimestampSource,
    around: Around,
    (container, value): (&[u8], &[u8]),
    room: usize,
) -> Result<Vec<u8>, SignError> {
    let failed = |detail: String| SignError::Timestamp { detail };
    // GM/T 0033: SM3 where the value is SM2.
    let digest = match request.identity.signer.algorithm() {
        SignatureAlgorithm::Sm2Sm3 => DigestAlgorithm::Sm3,
        _ => DigestAlgorithm::Sha256,
    };
    let token = source.stamp(&digest.digest(value)).map_err(|error| failed(error.to_string()))?;
    let stamped = match around {
        Around::Cms => with_timestamp(container, token.as_der()).map_err(|error| failed(error.to_string()))?,
        Around::Ses => ses::with_timestamp(container, token.as_der()).map_err(|error| failed(error.to_string()))?,
    };
    let length = stamped.len();
    if length > room {
        return Err(failed(format!("with its timestamp the value has {length} bytes, there is room for {room}")));
    }
    Ok(stamped)
}
