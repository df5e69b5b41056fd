//! `eseal cert list`.

use clap::Args;

/// List the certificates of the store
#[derive(Args, Clone, Debug)]
#[command(about = "List the certificates of the store", after_help = "Example:\n  eseal cert list")]
pub struct CertList {}
