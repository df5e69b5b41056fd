//! `eseal seal renew`.

use clap::Args;

use crate::cli::args::values::Name;

/// Issue a new seal in the place of another, which is cancelled as superseded
#[derive(Args, Clone, Debug)]
#[command(
    about = "Issue a new seal in the place of another, which is cancelled as superseded",
    after_help = "Example:\n  eseal seal renew office --days 365"
)]
pub struct SealRenew {
    /// Name of the seal
    pub name: Name,

    /// Name of the new seal [default: the name with the next free number, such as office-2]
    #[arg(long = "as", value_name = "NEW")]
    pub renewed: Option<Name>,

    /// Days of validity [default: 365, cut to the maker's end]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: Option<u32>,
}
