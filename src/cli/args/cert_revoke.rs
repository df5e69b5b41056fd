//! `eseal cert revoke`.

use clap::{Args, ValueEnum};

use crate::cli::args::values::Name;

/// Revoke a certificate issued in this store
#[derive(Args, Clone, Debug)]
#[command(
    about = "Revoke a certificate issued in this store",
    after_help = "Example:\n  eseal cert revoke clerk --reason superseded"
)]
pub struct CertRevoke {
    /// Name of the certificate
    pub name: Name,

    /// Why
    #[arg(long, value_enum, value_name = "REASON")]
    pub reason: RevokeReason,
}

/// Why a certificate is revoked (RFC 5280 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RevokeReason {
    /// No reason given
    Unspecified,
    /// Its key has become known to others
    KeyCompromise,
    /// The holder has left or changed name
    AffiliationChanged,
    /// Another certificate replaces it
    Superseded,
    /// It is no longer needed
    Cessation,
}
