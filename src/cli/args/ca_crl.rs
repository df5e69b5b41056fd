//! `eseal ca crl`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::values::Name;

/// Write the revocation list of a CA
#[derive(Args, Clone, Debug)]
#[command(about = "Write the revocation list of a CA", after_help = "Example:\n  eseal ca crl root -o root.crl")]
pub struct CaCrl {
    /// Name of the CA
    pub name: Name,

    /// File to write, DER
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Days until the next list is due
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: u32,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}
