//! `eseal cert verify`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::TrustPurpose;
use crate::time::Time;

/// Judge the path of a certificate
#[derive(Args, Clone, Debug)]
#[command(
    about = "Judge the path of a certificate",
    after_help = "Exit status: 0 the path is valid, 1 it is not, 3 that cannot be told: no path to a trust anchor, or the \
                  revocation of a certificate is not known.\n\nExample:\n  eseal cert verify clerk.pem --trust root.pem \
                  --revocation root.crl"
)]
pub struct CertVerify {
    /// Certificate, PEM or DER; further ones in the file may help to build its path
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Trust these certificates too: a file or a folder
    #[arg(long, value_name = "FILE")]
    pub trust: Vec<PathBuf>,

    /// Do not trust the anchors of the store
    #[arg(long)]
    pub no_store_trust: bool,

    /// Certificates that may help to build the path, without being trusted
    #[arg(long, value_name = "FILE")]
    pub untrusted: Vec<PathBuf>,

    /// Revocation lists and OCSP responses; with any, the revocation of every certificate must be known
    #[arg(long, value_name = "FILE")]
    pub revocation: Vec<PathBuf>,

    /// Judge by this policy: default, strict, gm, eidas, or a file [default: default]
    #[arg(long, value_name = "NAME|FILE")]
    pub policy: Option<String>,

    /// What is asked of certificate policies.
    #[command(flatten)]
    pub policies: Policies,

    /// Judge as of this time, RFC 3339 or a date [default: now]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::args::values::time)]
    pub at: Option<Time>,

    /// What the certificate is to be used for
    #[arg(long, value_enum, value_name = "PURPOSE", default_value_t = TrustPurpose::Any)]
    pub purpose: TrustPurpose,
}

/// What is asked of certificate policies (RFC 5280 6.1.1).
#[derive(Args, Clone, Debug)]
pub struct Policies {
    /// Accept this certificate policy (dotted identifier) [default: any]
    #[arg(long, value_name = "OID", value_parser = crate::cli::args::values::dotted)]
    pub policy_oid: Vec<String>,

    /// An accepted policy must hold on the whole path
    #[arg(long)]
    pub explicit_policy: bool,

    /// Policies may not be mapped
    #[arg(long)]
    pub inhibit_policy_mapping: bool,

    /// The policy anyPolicy stands for nothing
    #[arg(long)]
    pub inhibit_any_policy: bool,
}
