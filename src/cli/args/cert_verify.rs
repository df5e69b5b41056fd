//! `eseal cert verify`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{EvidenceOptions, TrustPurpose};

/// Judge the path of a certificate
#[derive(Args, Clone, Debug)]
#[command(
    about = "Judge the path of a certificate",
    after_help = "Exit status: 0 the path is valid, 1 it is not, 3 that cannot be told: no path to a trust anchor, or the \
                  revocation of a certificate is not known. With --revocation that of every certificate must be known, \
                  else where a certificate names a source of it.\n\nExample:\n  eseal cert verify clerk.pem --trust root.pem \
                  --revocation root.crl"
)]
pub struct CertVerify {
    /// Certificate, PEM or DER; further ones in the file may help to build its path
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// What is trusted and known.
    #[command(flatten)]
    pub evidence: EvidenceOptions,

    /// What is asked of certificate policies.
    #[command(flatten)]
    pub policies: Policies,

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
