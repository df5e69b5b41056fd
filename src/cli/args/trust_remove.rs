//! `eseal trust remove`.

use clap::Args;

/// Stop trusting an anchor
#[derive(Args, Clone, Debug)]
#[command(about = "Stop trusting an anchor", after_help = "Example:\n  eseal trust remove 3f9c21aa")]
pub struct TrustRemove {
    /// Identifier of the anchor as trust list prints it; its beginning is enough if it is unambiguous
    pub id: String,
}
