//! `eseal trust list`.

use clap::Args;

/// List the trust anchors of the store
#[derive(Args, Clone, Debug)]
#[command(about = "List the trust anchors of the store", after_help = "Example:\n  eseal trust list")]
pub struct TrustList {}
