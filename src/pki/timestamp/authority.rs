//! A small authority: answers requests with tokens of its own making (RFC 3161 2.1, 2.4.2).

use crate::crypto::{SignError, SignatureAlgorithm, Signer};
use crate::pki::Certificate;
use crate::pki::ber::tag;
use crate::pki::cms::{certificate_reference, oid};
use crate::pki::extension;
use crate::pki::timestamp::check::TimestampFaults;
use crate::pki::timestamp::info::Accuracy;
use crate::pki::timestamp::request::{CertificateWish, TimestampRequest};
use crate::pki::timestamp::response::{Failure, ResponseError, TimestampResponse, grant};
use crate::pki::write::{self, WriteError};
use crate::time::Time;

/// The policy under which our own tokens are issued: an arc of UUIDs (ITU-T X.667), so that nobody else can mean
/// something by it.
pub const REPLY_POLICY: &str = "2.25.238175418374015862310497154302871653429.1";

/// Who answers.
#[derive(Clone, Copy)]
pub struct Authority<'a> {
    /// The key.
    pub signer: &'a dyn Signer,
    /// Its certificate, of the profile for timestamps.
    pub certificate: &'a Certificate,
    /// Certificates above it, nearest first, that travel along where certificates are asked for.
    pub chain: &'a [Certificate],
}

/// What a new token says beside the imprint.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// The time.
    pub time: Time,
    /// How far it may be off.
    pub accuracy: Accuracy,
    /// Big-endian serial number, at most 20 bytes, never given twice (RFC 3161 2.4.2).
    pub serial: &'a [u8],
    /// The policy where the request names none, dotted.
    pub policy: &'a str,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The request is refused; the failure is what [`super::response::rejection`] tells the requester.
    #[error("the request is refused: {0:?}")]
    Refused(Failure),
    /// The certificate is not for timestamps: extended key usage critical and timeStamping alone (RFC 3161 2.3).
    #[error("the certificate is not one for timestamps")]
    NotForTimestamps,
    /// The time lies outside of the certificate's validity.
    #[error("the certificate is not valid at the time of the token")]
    NotValid,
    /// The key is not the certificate's.
    #[error("the key does not belong to the certificate")]
    KeyMismatch,
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A value that cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The new answer does not answer the request.
    #[error("the new answer does not read back: {0}")]
    SelfCheck(#[from] ResponseError),
    /// The new token does not verify.
    #[error("the new token does not verify: {0}")]
    Token(#[from] TimestampFaults),
}

/// Answers a request: the DER of a `TimeStampResp` that grants a token, which was read back and verified.
///
/// # Errors
/// [`ReplyError`].
pub fn reply(request: &TimestampRequest, authority: &Authority<'_>, stamp: &Stamp<'_>) -> Result<Vec<u8>, ReplyError> {
    // RFC 3161 2.1 (10, 11) and 2.4.1: what is not understood is refused.
    let digest = request.digest().filter(|digest| !digest.algorithm().is_weak());
    let digest = digest.ok_or(ReplyError::Refused(Failure::BadAlg))?;
    if !request.extensions().is_empty() {
        return Err(ReplyError::Refused(Failure::UnacceptedExtension));
    }
    if request.policy().is_some_and(|asked| asked != stamp.policy) {
        return Err(ReplyError::Refused(Failure::UnacceptedPolicy));
    }
    usable(authority, stamp.time)?;
    let token = token(&info(request, stamp)?, authority, request.certificates())?;
    let response = grant(&token);
    let read = TimestampResponse::from_der(&response)?.token_for(request)?;
    read.verify_digest(&digest, std::slice::from_ref(authority.certificate))?;
    Ok(response)
}

/// RFC 3161 2.3.
fn usable(authority: &Authority<'_>, time: Time) -> Result<(), ReplyError> {
    let certificate = authority.certificate;
    let critical = certificate.extension(extension::oid::EXTENDED_KEY_USAGE).is_some_and(|one| one.critical);
    let purposes = certificate.extended_key_usage().ok().flatten().unwrap_or_default();
    if !critical || purposes != [extension::oid::TIME_STAMPING] {
        return Err(ReplyError::NotForTimestamps);
    }
    if certificate.validity().standing(time) != crate::time::Standing::Valid {
        return Err(ReplyError::NotValid);
    }
    let own = certificate.public_key().is_ok_and(|key| key == *authority.signer.public_key());
    if own { Ok(()) } else { Err(ReplyError::KeyMismatch) }
}

/// `TSTInfo` (RFC 3161 2.4.2): the imprint as the request has it.
fn info(request: &TimestampRequest, stamp: &Stamp<'_>) -> Result<Vec<u8>, WriteError> {
    let nonce = request.nonce().map(write::integer_content).unwrap_or_default();
    Ok(write::sequence(&[
        &write::integer(1),
        &write::oid(stamp.policy)?,
        &request.imprint_der()?,
        &write::unsigned(stamp.serial),
        &write::generalized_time(stamp.time),
        &stamp.accuracy.to_der(),
        &nonce,
    ]))
}

/// The token around `TSTInfo`: one signer, signed attributes, DER throughout.
fn token(info: &[u8], authority: &Authority<'_>, wish: CertificateWish) -> Result<Vec<u8>, ReplyError> {
    let algorithm = authority.signer.algorithm();
    let digest = algorithm.digest();
    let gm = algorithm == SignatureAlgorithm::Sm2Sm3;
    let attribute = |oid: &str, value: &[u8]| -> Result<Vec<u8>, WriteError> {
        Ok(write::sequence(&[&write::oid(oid)?, &write::set(&[value])]))
    };
    let attributes = [
        attribute(oid::CONTENT_TYPE, &write::oid(oid::TST_INFO)?)?,
        attribute(oid::MESSAGE_DIGEST, &write::octet_string(digest.digest(info).as_bytes()))?,
        attribute(oid::SIGNING_CERTIFICATE_V2, &certificate_reference(authority.certificate, digest)?)?,
    ];
    let attributes = write::sorted(&attributes.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let value = authority.signer.sign(&write::tlv(tag::SET, &attributes))?;
    let certificate = authority.certificate;
    let digest_identifier = write::sequence(&[&write::oid(digest.oid())?]);
    // GB/T 35275 names SM2 as 1.2.156.10197.1.301.1.
    let signature_identifier =
        if gm { write::sequence(&[&write::oid(oid::GM_SM2_SIGNATURE)?]) } else { algorithm.identifier() };
    let signer_info = write::sequence(&[
        &write::integer(1),
        &write::sequence(&[certificate.issuer().as_der(), &write::integer_content(certificate.serial())]),
        &digest_identifier,
        &write::tlv(tag::context(0), &attributes),
        &signature_identifier,
        &write::octet_string(value.as_bytes()),
    ]);
    let certificates = match wish {
        CertificateWish::Omitted => Vec::new(),
        CertificateWish::Included => {
            let mut all = vec![certificate.as_der()];
            all.extend(authority.chain.iter().map(Certificate::as_der).filter(|der| *der != certificate.as_der()));
            all.dedup();
            write::tlv(tag::context(0), &write::sorted(&all))
        }
    };
    let content = write::sequence(&[&write::oid(oid::TST_INFO)?, &write::explicit(0, &write::octet_string(info))]);
    let signed_data = write::sequence(&[
        // Version 3: the content is not data (RFC 5652 5.1).
        &write::integer(3),
        &write::set(&[&digest_identifier]),
        &content,
        &certificates,
        &write::set(&[&signer_info]),
    ]);
    let outer = if gm { oid::GM_SIGNED_DATA } else { oid::SIGNED_DATA };
    Ok(write::sequence(&[&write::oid(outer)?, &write::explicit(0, &signed_data)]))
}
