//! Object identifiers of signed messages, RFC 5652 and its Chinese twin.

/// id-data (RFC 5652 4).
pub const DATA: &str = "1.2.840.113549.1.7.1";
/// id-signedData (RFC 5652 5.1).
pub const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
/// data of GB/T 35275 and GM/T 0010.
pub const GM_DATA: &str = "1.2.156.10197.6.1.4.2.1";
/// signedData of GB/T 35275 and GM/T 0010.
pub const GM_SIGNED_DATA: &str = "1.2.156.10197.6.1.4.2.2";
/// id-ct-TSTInfo (RFC 3161 2.4.2).
pub const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
/// contentType (RFC 5652 11.1).
pub const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
/// messageDigest (RFC 5652 11.2).
pub const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
/// signingTime (RFC 5652 11.3).
pub const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
/// CMSAlgorithmProtection (RFC 6211 2).
pub const ALGORITHM_PROTECTION: &str = "1.2.840.113549.1.9.52";
/// signing-certificate, SHA-1 (RFC 2634 5.4).
pub const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
/// signing-certificate-v2 (RFC 5035 3).
pub const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";
/// sigPolicyId, a signed attribute (RFC 5126 5.8.1).
pub const SIGNATURE_POLICY: &str = "1.2.840.113549.1.9.16.2.15";
/// signature-time-stamp, an unsigned attribute (RFC 3161 appendix A).
pub const SIGNATURE_TIME_STAMP: &str = "1.2.840.113549.1.9.16.2.14";
/// SM2 signature as GB/T 35275 names it in `digestEncryptionAlgorithm`.
pub const GM_SM2_SIGNATURE: &str = "1.2.156.10197.1.301.1";
